"""The decision: a deterministic, single-writer router that knows no clock, no I/O and no threads."""

if __name__ == "router":  # found through the repository's root by accident: every type would exist twice
    raise ImportError(
        "import acdcore.router, not router: the folder router/ is installed as acdcore.router "
        "(in a checkout: pip install -e . first)"
    )
