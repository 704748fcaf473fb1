"""Every figure by name: its unit, its formula, and how it comes from what was counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np

from ..router.codes import SECOND_NS
from .figures_cells import AgentSums, CustomerSums
from .figures_estimate import Estimate, Floats, Variance, mean, ratio, total
from .world import Count, Doing, World

SumsT = TypeVar("SumsT", CustomerSums, AgentSums)
Column = Callable[[SumsT], Floats]


@dataclass(frozen=True)
class Described:
    """What a column shows."""

    name: str
    unit: str
    """customers, offers, assignments, agents, share or s"""
    formula: str
    about: str

    @property
    def label(self) -> str:
        """The name in words: ``within 10 s`` for ``within_10_s``, ``ASA`` for ``asa_s``."""
        words = self.name if "within_" in self.name else self.name.removesuffix("_s")
        return LABELS.get(words, words.replace("_", " "))


LABELS: Final = {"asa": "ASA", "aht": "AHT", "service_level_short": "service level (short abandons left out)"}


@dataclass(frozen=True)
class Figure(Described, Generic[SumsT]):
    """A figure: a count where ``below`` is None, else above / below, each summed over the cell."""

    above: Column[SumsT]
    below: Column[SumsT] | None = None
    is_greatest: bool = False
    """``above`` is the greatest of the cell rather than a sum; there is none where ``below`` is 0."""

    def estimate(self, sums: SumsT, variance: Variance, *, batches: bool) -> Estimate:
        """Estimate the figure in every cell, from samples that are replications or batches of one."""
        above = self.above(sums)
        if self.below is None:
            return total(above, sums.exposure_s, variance) if batches else mean(above)
        below = self.below(sums)
        if not self.is_greatest:
            return ratio(above, below, variance)
        if not batches:
            return mean(np.where(below > 0.0, above, np.nan))
        # one run has one greatest value, whatever its batches: no interval
        value = np.where(np.any(below > 0.0, axis=0), np.max(above, axis=0), np.nan)
        known = ~np.isnan(value)
        return Estimate(value, np.zeros_like(above), known.astype(np.int64))


CustomerFigure = Figure[CustomerSums]
AgentFigure = Figure[AgentSums]


def _counted(name: str, count: Count, about: str, unit: str = "customers") -> CustomerFigure:
    return Figure(name, unit, name.replace("_", " "), about, lambda sums: sums.of(count))


def _over(
    name: str, unit: str, formula: str, about: str, above: tuple[Count, ...], below: tuple[Count, ...]
) -> CustomerFigure:
    return Figure(name, unit, formula, about, _adder(above), _adder(below))


def _adder(counts: tuple[Count, ...]) -> Column[CustomerSums]:
    return lambda sums: np.sum(sums.counts[:, :, list(counts)], axis=2)


def _short_level_below(sums: CustomerSums) -> Floats:
    return sums.of(Count.ANSWERED) + sums.of(Count.ABANDONED) - sums.of(Count.ABANDONED_IN_TARGET)


COUNTS: Final[tuple[CustomerFigure, ...]] = (
    _counted(
        "offered", Count.OFFERED, "came to the queue, from outside or by transfer; retries and the turned away included"
    ),
    _counted("answered", Count.ANSWERED, "accepted by an agent"),
    _counted("abandoned", Count.ABANDONED, "hung up while waiting or ringing, short and balked ones included"),
    _counted("short_abandoned", Count.ABANDONED_SHORT, "of the abandoned: within the queue's short time"),
    _counted("balked", Count.BALKED, "of the abandoned: left at once, seeing the queue"),
    _counted("rejected", Count.REJECTED, "turned away: full, closed or unstaffed"),
    _counted("expired", Count.EXPIRED, "ended by the queue's longest wait"),
    _counted("waited", Count.WAITED, "not accepted at the moment of coming"),
    _counted("moved_in", Count.MOVED_IN, "came from another queue, by overflow, plan or callback"),
    _counted("transferred", Count.TRANSFERRED, "of the offered: by transfer"),
    _counted("retried", Count.RETRIED, "of the offered: had tried before"),
    _counted("called_back", Count.CALLED_BACK, "chose to be called back"),
    _counted("self_served", Count.SELF_SERVED, "ended in self-service, not among the offered"),
    _counted("unfinished", Count.UNFINISHED, "still waiting when the simulation stopped"),
    _counted("offers", Count.OFFERS, "offers made to agents", "offers"),
    _counted("missed", Count.MISSED, "of the offers: let expire", "offers"),
    _counted("declined", Count.DECLINED, "of the offers: declined", "offers"),
    _counted("failed", Count.FAILED, "of the offers: accepted, but not connected", "offers"),
    _counted("handled", Count.HANDLED, "assignments of which the talk ended", "assignments"),
)
SHARES: Final[tuple[CustomerFigure, ...]] = (
    _over(
        "service_level", "share", "answered in target / offered", "service level, all offered",
        (Count.ANSWERED_IN_TARGET,), (Count.OFFERED,),
    ),
    Figure(
        "service_level_short", "share", "answered in target / (answered + abandoned - abandoned in target)",
        "service level, those left out who hung up within the target",
        _adder((Count.ANSWERED_IN_TARGET,)), _short_level_below,
    ),
    _over(
        "abandon_share", "share", "abandoned / offered", "share that hung up",
        (Count.ABANDONED,), (Count.OFFERED,),
    ),
    _over("wait_share", "share", "waited / offered", "share that had to wait", (Count.WAITED,), (Count.OFFERED,)),
)  # fmt: skip
TIMES: Final[tuple[CustomerFigure, ...]] = (
    _over(
        "asa_s", "s", "sum of the waits of the answered / answered", "average speed of answer",
        (Count.WAIT_S,), (Count.ANSWERED,),
    ),
    _over(
        "wait_s", "s", "sum of the waits of the answered and the abandoned / (answered + abandoned)", "mean wait",
        (Count.WAIT_S, Count.ABANDONED_WAIT_S), (Count.ANSWERED, Count.ABANDONED),
    ),
    _over(
        "abandoned_wait_s", "s", "sum of the waits of the abandoned / abandoned", "mean wait until hanging up",
        (Count.ABANDONED_WAIT_S,), (Count.ABANDONED,),
    ),
    Figure(
        "longest_wait_s", "s", "greatest wait of the answered and the abandoned", "longest wait",
        _adder((Count.LONGEST_WAIT_S,)), _adder((Count.ANSWERED, Count.ABANDONED)), is_greatest=True,
    ),
    _over(
        "aht_s", "s", "(talk + wrap-up) / handled", "average handle time",
        (Count.TALK_S, Count.WRAP_UP_S), (Count.HANDLED,),
    ),
    _over("talk_s", "s", "talk / handled", "mean talk of an assignment", (Count.TALK_S,), (Count.HANDLED,)),
    _over(
        "wrap_up_s", "s", "wrap-up / handled", "mean wrap-up of an assignment", (Count.WRAP_UP_S,), (Count.HANDLED,)
    ),
    Figure(
        "queue_length", "customers", "integral of the number waiting or ringing over time / time counted",
        "mean number waiting", lambda sums: sums.queue_s, lambda sums: sums.exposure_s,
    ),
)  # fmt: skip


def threshold_figures(world: World) -> tuple[CustomerFigure, ...]:
    """Return two figures for each of the world's thresholds."""
    found: list[CustomerFigure] = []
    for at, threshold_ns in enumerate(world.thresholds_ns.tolist()):
        text = f"{threshold_ns / SECOND_NS:.9g}"
        found += [
            Figure(
                f"within_{text}_s", "share", f"answered within {text} s / offered",
                f"share of the offered who were answered within {text} s",
                _within(at, (0,)), _adder((Count.OFFERED,)),
            ),
            Figure(
                f"waits_within_{text}_s", "share", f"(answered + abandoned within {text} s) / offered",
                f"share of the offered whose wait ended within {text} s",
                _within(at, (0, 1)), _adder((Count.OFFERED,)),
            ),
        ]  # fmt: skip
    return tuple(found)


def _within(threshold: int, ends: tuple[int, ...]) -> Column[CustomerSums]:
    return lambda sums: np.sum(sums.within[:, :, list(ends), threshold], axis=2)


def customer_figures(world: World) -> tuple[CustomerFigure, ...]:
    """Return all figures of customers, in the order of the columns."""
    return COUNTS + SHARES + TIMES + threshold_figures(world)


def _spent(*doings: Doing) -> Column[AgentSums]:
    return lambda sums: np.sum(sums.seconds[:, :, list(doings)], axis=2)


def _exposure(sums: AgentSums) -> Floats:
    return sums.exposure_s


WORK: Final = (Doing.BUSY, Doing.WRAP_UP)
READY: Final = (Doing.IDLE, Doing.OFFERED, Doing.BUSY, Doing.WRAP_UP)
"""AVAILABLE, with or without work: what occupancy is a share of."""

AGENT_FIGURES: Final[tuple[AgentFigure, ...]] = (
    Figure("staffed", "agents", "time signed in / time counted", "agents signed in", _spent(*Doing), _exposure),
    *(
        Figure(doing.name.lower(), "agents", f"time {text} / time counted", f"agents {text}", _spent(doing), _exposure)
        for doing, text in (
            (Doing.IDLE, "available without work"),
            (Doing.OFFERED, "with an offer pending"),
            (Doing.BUSY, "busy"),
            (Doing.WRAP_UP, "in wrap-up"),
            (Doing.AWAY, "not ready"),
        )
    ),
    Figure(
        "occupancy", "share", "(busy + wrap-up) / (available + busy + wrap-up)",
        "share of the time ready for work that was work; available includes pending offers",
        _spent(*WORK), _spent(*READY),
    ),
    Figure(
        "utilization", "share", "(busy + wrap-up) / signed in", "share of the time signed in that was work",
        _spent(*WORK), _spent(*Doing),
    ),
)  # fmt: skip

EACH_AGENT: Final = (
    Described("occupancy", "share", "(busy + wrap-up) / (available + busy + wrap-up)", "occupancy of the agent"),
    Described("utilization", "share", "(busy + wrap-up) / signed in", "utilization of the agent"),
    Described("staffed_s", "s", "time signed in", "time signed in, in a replication"),
    Described("handled", "assignments", "assignments", "assignments in a replication"),
)
FAIRNESS: Final = (
    Described("agents", "agents", "agents who were ready for work at any time", "agents of the type"),
    Described("mean", "share", "mean of their occupancies", "mean occupancy, each agent counting the same"),
    Described("sd", "share", "standard deviation of their occupancies (n - 1)", "spread of occupancy"),
    Described("least", "share", "least of their occupancies", "the least occupied agent"),
    Described("greatest", "share", "greatest of their occupancies", "the most occupied agent"),
    Described("handled", "assignments", "mean of their assignments", "assignments an agent"),
    Described("handled_sd", "assignments", "standard deviation of their assignments (n - 1)", "spread of assignments"),
    Described("handled_least", "assignments", "least of their assignments", "assignments of who had the fewest"),
    Described("handled_greatest", "assignments", "greatest of their assignments", "assignments of who had the most"),
)


def wait_entries(ends: Sequence[str], percents: Sequence[int]) -> tuple[Described, ...]:
    """Describe the percentiles of waits."""
    found = []
    for end in ends:
        for percent in percents:
            formula = f"wait that {percent} % of the {end} do not exceed"
            name = f"{end}_p{percent}_s"
            found += [
                Described(
                    name, "s", f"{formula}, in each replication", f"{percent}th percentile, mean of replications"
                ),
                Described(f"{name}_pooled", "s", f"{formula}, in all replications together", f"{percent}th percentile"),
            ]
    return tuple(found)
