"""The contract on the wire, as Python modules generated from ``proto/acdcore/v1`` by ``proto/generate.py``.

Never edited by hand; what every message, field and method means is said in the .proto files.
"""
