"""How fast, and how it looks in use: benchmarks and the demo."""
