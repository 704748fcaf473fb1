"""What the soak's people have done and seen, counted on their side; and the times of a window between two samples."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

TIMES: Final = ("late", "enqueue", "offer", "accept", "complete")
"""What is timed, in nanoseconds.

``late``: how late this program itself sent, after the planned moment. ``enqueue``: from the planned moment to the
answer. ``offer``: from the planned moment until the offer is heard, of those for whom an agent was free at once.
``accept`` and ``complete``: from sending to the answer.
"""


@dataclass
class Books:
    """Counts from the beginning, and the times since the last look.

    ``arrived`` is everybody who has come by now; every one of them is ``enqueued`` or ``refused`` (by reason).
    ``refusals`` counts every other refusal by operation and reason; ``retried`` calls that were under way when a
    connection was cut, sent again with the same request id; ``given_up`` those that got no answer at all.
    """

    arrived: int = 0
    enqueued: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    accepted: int = 0
    completed: int = 0
    cancelled: int = 0
    transferred: int = 0
    media_failed: int = 0
    gone: int = 0
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)
    retried: int = 0
    given_up: int = 0
    streams_opened: int = 0
    streams_cut: int = 0
    signed_in: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    surprises: Counter[str] = field(default_factory=Counter)
    times: dict[str, array[int]] = field(default_factory=lambda: {name: array("q") for name in TIMES})

    def note(self, name: str, length_ns: int) -> None:
        """Keep one of ``TIMES``."""
        self.times[name].append(length_ns)

    def window(self) -> dict[str, array[int]]:
        """Return the times since the last look, and begin anew."""
        seen, self.times = self.times, {name: array("q") for name in TIMES}
        return seen


EXPECTED: Final = {
    "enqueue": {"QUEUE_CLOSED", "QUEUE_FULL"},
    "cancel": {"ALREADY_ENDED", "UNKNOWN_INTERACTION"},
    "hold": {"NOT_WAITING", "ALREADY_ENDED", "UNKNOWN_INTERACTION"},
    "set_priority": {"NOT_WAITING", "ALREADY_ENDED", "UNKNOWN_INTERACTION"},
    "accept": {"OFFER_REVOKED", "OFFER_EXPIRED", "ALREADY_TAKEN", "UNKNOWN_OFFER", "ALREADY_ENDED"},
    "decline": {"OFFER_REVOKED", "OFFER_EXPIRED", "ALREADY_TAKEN", "UNKNOWN_OFFER", "ALREADY_ENDED"},
    "complete": {"NOT_ASSIGNED", "ALREADY_ENDED", "UNKNOWN_INTERACTION"},
    "transfer": {"NOT_ASSIGNED", "ALREADY_ENDED", "UNKNOWN_INTERACTION", "QUEUE_CLOSED", "QUEUE_FULL"},
    "fail": {"NOT_ASSIGNED", "ALREADY_ENDED", "UNKNOWN_ASSIGNMENT"},
    "end_wrap_up": {"NOT_IN_WRAP_UP", "UNKNOWN_ASSIGNMENT"},
    "presence": {"NOT_SIGNED_IN"},
    "sign_out": {"NOT_SIGNED_IN"},
    "watch": {"CLIENT_CLOSED", "WATCH_REPLACED", "NOT_SERVING"},
}
"""Refusals that the soak brings about itself, by operation: races between customers, agents, doors and cut lines."""


def unexpected(refusals: Counter[tuple[str, str]]) -> dict[str, int]:
    """Return the refusals that nothing in the plan brings about."""
    return {
        f"{operation}: {reason}": times
        for (operation, reason), times in sorted(refusals.items())
        if reason not in EXPECTED.get(operation, ())
    }
