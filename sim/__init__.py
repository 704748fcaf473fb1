"""People and days for the router: customers with their patience and their talks, agents with their shifts."""

if __name__ == "sim":  # found through the repository's root by accident: every type would exist twice
    raise ImportError(
        "import acdcore.sim, not sim: the folder sim/ is installed as acdcore.sim "
        "(in a checkout: pip install -e . first)"
    )
