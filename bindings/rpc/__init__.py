"""The router behind gRPC: one owner loop, the services around it, the client that speaks to them."""
