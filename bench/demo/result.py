"""What one lived day leaves behind, and whether it adds up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ...model import CenterFigures, QueueFigures
from ...sim.outcome import Outcome

DISTURBED_S: Final = 30
"""Seconds of the bank's time that a machine may stand still at once before a day counts as disturbed."""


@dataclass
class Tally:
    """Where a day stands: simulated time and counts, sent to whoever watches."""

    now_s: float = 0.0
    arrived: int = 0
    answered: int = 0
    abandoned: int = 0
    refused: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    agents: dict[str, int] = field(default_factory=dict)
    decisions: int = 0


@dataclass
class DayResult:
    """One day lived through one server.

    ``offer_latency_ns``: real time from sending an enqueue to hearing of its offer, where an agent was free.
    ``stall_s``: the most by which these clients once woke too late, in real seconds; the server shares the machine.
    ``refused``: calls that the server's limits kept out; they are in no other figure.
    """

    name: str
    speed: float
    wall_s: float
    outcomes: list[Outcome]
    refused: int
    queues: list[QueueFigures]
    center: CenterFigures
    offer_latency_ns: list[int]
    assignments: int
    stall_s: float

    @property
    def stood_still_s(self) -> int:
        """The stall in seconds of the bank's time, rounded as it is printed."""
        return round(self.stall_s * self.speed)

    @property
    def disturbed(self) -> bool:
        """Whether the machine stood still for so much of the bank's time that waits are not to be trusted."""
        return self.stood_still_s > DISTURBED_S

    def problems(self) -> list[str]:
        """Everything that does not add up, in words; empty when all is well."""
        answered = sum(outcome.answered for outcome in self.outcomes)
        abandoned = len(self.outcomes) - answered
        counted = {
            "enqueued": (len(self.outcomes), sum(row.enqueued for row in self.queues)),
            "answered": (answered, sum(row.answered - row.returned for row in self.queues)),
            "abandoned": (abandoned, sum(row.abandoned for row in self.queues)),
            "completed": (answered, sum(row.completed for row in self.queues)),
            "still alive": (0, sum(row.waiting + row.offered + row.active for row in self.queues)),
            "assignments": (answered, self.assignments),
        }
        return [
            f"{self.name}: {what}: callers and agents count {ours}, the server counts {theirs}"
            for what, (ours, theirs) in counted.items()
            if ours != theirs
        ]
