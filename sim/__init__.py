"""The world simulated: people who arrive, wait, give up and talk, and the shifts of those who answer."""

if __name__ == "sim":  # found through the repository's root by accident: every type would exist twice
    raise ImportError(
        "import acdcore.sim, not sim: the folder sim/ is installed as acdcore.sim "
        "(in a checkout: pip install -e . first)"
    )
