"""The decision: a deterministic, single-writer router that knows no clock, no I/O and no threads.

``Core`` is the compiled router, ``reference.Reference`` the specification in plain Python; both take a
:class:`~acdcore.router.records.Command` and give the same answers, events and state hash.
"""

if __name__ == "router":  # found through the repository's root by accident: every type would exist twice
    raise ImportError(
        "import acdcore.router, not router: the folder router/ is installed as acdcore.router "
        "(in a checkout: pip install -e . first)"
    )

from .codes import (
    AgentState,
    AssignmentState,
    Cause,
    EventType,
    InteractionState,
    ItemKind,
    Kind,
    OfferState,
    Op,
    Presence,
    QueueField,
    Result,
    Setting,
    Strategy,
    TierField,
)
from .core import Core
from .records import Answer, Command, Event, Item
from .snapshots import NewerSnapshotError

__all__ = [
    "AgentState",
    "Answer",
    "AssignmentState",
    "Cause",
    "Command",
    "Core",
    "Event",
    "EventType",
    "InteractionState",
    "Item",
    "ItemKind",
    "Kind",
    "NewerSnapshotError",
    "OfferState",
    "Op",
    "Presence",
    "QueueField",
    "Result",
    "Setting",
    "Strategy",
    "TierField",
]
