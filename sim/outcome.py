"""What became of the calls of a day, and the figures that a manager asks of them.

Service level here is the share of calls answered within the target, of all that were answered or
abandoned, short abandons left out: ``answered in target / (answered + abandoned - abandoned in target)``.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

TARGET_S: Final = 20.0
SERVICE_LEVEL_FORMULA: Final = "answered in target / (answered + abandoned - abandoned in target)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one call went. ``queued``: no agent was free for it at once. Seconds throughout.

    ``wait_s`` runs from arrival to answer or hang-up; ``handle_s`` from answer to the end of the talk, 0
    if abandoned.
    """

    call_id: str
    queue: str
    tier: str
    arrival_s: float
    queued: bool
    answered: bool
    wait_s: float
    handle_s: float


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the queued calls of one group waited; times of those answered, 0 where there are none."""

    queued: int
    answered: int
    mean_s: float
    median_s: float
    p90_s: float
    abandoned_share: float


@dataclass(frozen=True, slots=True)
class Service:
    """A group's service: counts, service level and ASA (mean wait of all answered, also those not queued)."""

    calls: int
    answered: int
    abandoned: int
    service_level: float
    asa_s: float
    handle_s: float

    @property
    def abandoned_share(self) -> float:
        """Share of calls that hung up before an agent answered."""
        return self.abandoned / self.calls if self.calls else 0.0


def waits(outcomes: Iterable[Outcome]) -> Waits:
    """Sum up the queued among ``outcomes``."""
    queued = [outcome for outcome in outcomes if outcome.queued]
    answered = [outcome.wait_s for outcome in queued if outcome.answered]
    return Waits(
        queued=len(queued),
        answered=len(answered),
        mean_s=statistics.fmean(answered) if answered else 0.0,
        median_s=statistics.median(answered) if answered else 0.0,
        p90_s=quantile(answered, 0.9),
        abandoned_share=1.0 - len(answered) / len(queued) if queued else 0.0,
    )


def service(outcomes: Iterable[Outcome], target_s: float = TARGET_S) -> Service:
    """Sum up the service that ``outcomes`` got."""
    calls = list(outcomes)
    answered = [outcome for outcome in calls if outcome.answered]
    abandoned = len(calls) - len(answered)
    in_target = sum(outcome.wait_s <= target_s for outcome in answered)
    short_abandons = sum(not outcome.answered and outcome.wait_s <= target_s for outcome in calls)
    divisor = len(answered) + abandoned - short_abandons
    return Service(
        calls=len(calls),
        answered=len(answered),
        abandoned=abandoned,
        service_level=in_target / divisor if divisor else 0.0,
        asa_s=statistics.fmean(outcome.wait_s for outcome in answered) if answered else 0.0,
        handle_s=statistics.fmean(outcome.handle_s for outcome in answered) if answered else 0.0,
    )


def group(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> dict[str, list[Outcome]]:
    """Split outcomes by ``key``, in order of the keys."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return dict(sorted(groups.items()))


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of the values do not exceed; 0 when there are none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]
