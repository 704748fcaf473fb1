"""acdcore: the routing core of a contact center, bound to the world.

``Router`` is the decision embedded in your process, ``Client`` speaks to a server over gRPC; both raise
the same ``AcdError``. Names are loaded when they are first asked for, so that ``import acdcore`` needs no
more than the router itself: neither grpc nor pydantic nor prometheus_client.
"""

from __future__ import annotations

import importlib
from typing import Any

if __name__ == "bindings":  # found through the repository's root by accident: every type would exist twice
    raise ImportError(
        "import acdcore, not bindings: the folder bindings/ is installed as acdcore "
        "(in a checkout: pip install -e . first)"
    )

_HOMES: dict[str, str] = {}
"""Public name -> the module that defines it."""

__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("acdcore")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(home, __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
