"""acdcore: the routing core of a contact center, bound to the world.

``Router`` is the decision embedded in your process, ``Client`` speaks to a server over gRPC; both raise
the same ``AcdError``. Names are loaded when they are first asked for, so that ``import acdcore`` needs no
more than the router itself: neither grpc nor pydantic nor prometheus_client.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if __name__ == "bindings":  # found through the repository's root by accident: every type would exist twice
    raise ImportError(
        "import acdcore, not bindings: the folder bindings/ is installed as acdcore "
        "(in a checkout: pip install -e . first)"
    )

if TYPE_CHECKING:
    from .config import Center, ConfigError, load_center
    from .embedded import Router
    from .errors import (
        Aborted,
        AcdError,
        AlreadyExists,
        DeadlineExceeded,
        FailedPrecondition,
        Internal,
        InvalidArgument,
        NotFound,
        ResourceExhausted,
        Unavailable,
        Unimplemented,
    )
    from .model import (
        Agent,
        Assignment,
        CenterFigures,
        ChannelUse,
        Interaction,
        Latency,
        MoveTo,
        Offer,
        Queue,
        QueueDefinition,
        QueueFigures,
        RouterEvent,
        TierOverride,
    )
    from .plans import Gate, Requirement, Step
    from .router.codes import (
        AgentState,
        AssignmentState,
        Cause,
        EventType,
        InteractionState,
        OfferState,
        OnExpiry,
        Order,
        Overflow,
        Presence,
        Setting,
        Strategy,
    )
    from .rpc.client import Client

    __version__: str

_HOMES = {
    ".config": ("Center", "ConfigError", "load_center"),
    ".embedded": ("Router",),
    ".errors": (
        "Aborted",
        "AcdError",
        "AlreadyExists",
        "DeadlineExceeded",
        "FailedPrecondition",
        "Internal",
        "InvalidArgument",
        "NotFound",
        "ResourceExhausted",
        "Unavailable",
        "Unimplemented",
    ),
    ".model": (
        "Agent",
        "Assignment",
        "CenterFigures",
        "ChannelUse",
        "Interaction",
        "Latency",
        "MoveTo",
        "Offer",
        "Queue",
        "QueueDefinition",
        "QueueFigures",
        "RouterEvent",
        "TierOverride",
    ),
    ".plans": ("Gate", "Requirement", "Step"),
    ".router.codes": (
        "AgentState",
        "AssignmentState",
        "Cause",
        "EventType",
        "InteractionState",
        "OfferState",
        "OnExpiry",
        "Order",
        "Overflow",
        "Presence",
        "Setting",
        "Strategy",
    ),
    ".rpc.client": ("Client",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Aborted",
    "AcdError",
    "Agent",
    "AgentState",
    "AlreadyExists",
    "Assignment",
    "AssignmentState",
    "Cause",
    "Center",
    "CenterFigures",
    "ChannelUse",
    "Client",
    "ConfigError",
    "DeadlineExceeded",
    "EventType",
    "FailedPrecondition",
    "Gate",
    "Interaction",
    "InteractionState",
    "Internal",
    "InvalidArgument",
    "Latency",
    "MoveTo",
    "NotFound",
    "Offer",
    "OfferState",
    "OnExpiry",
    "Order",
    "Overflow",
    "Presence",
    "Queue",
    "QueueDefinition",
    "QueueFigures",
    "Requirement",
    "ResourceExhausted",
    "Router",
    "RouterEvent",
    "Setting",
    "Step",
    "Strategy",
    "TierOverride",
    "Unavailable",
    "Unimplemented",
    "__version__",
    "load_center",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("acdcore")
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = importlib.import_module(home, __name__)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == __name__:
            raise
        message = f"acdcore.{name} needs {error.name}: pip install 'acdcore[server]'"
        raise ModuleNotFoundError(message, name=error.name) from error
    globals()[name] = value = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
