"""Fit everything that a trace of calls tells: who comes, how long talks are, how patient people are, who answers.

:func:`fit_trace` makes a :class:`FittedTrace`; ``fit_write.py`` makes a scenario of it. What a trace does not say,
and what is assumed instead, is on the page ``docs/fit.md``.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from .bank_trace import VIP, is_bank_header, read_any
from .fit_arrivals import Arrivals, counts_by_day, fit_arrivals, odd_days
from .fit_laws import EMPIRICAL, FAMILIES, HANDLING, HAZARD, PATIENCE, FittedLaw, Sample, empirical_law, ranked
from .fit_staff import Staff, fit_staff
from .trace import TraceCall, group_by_day, read_header

BY_AIC: Final = "aic"
HANDLING_CHOICES: Final = (BY_AIC, EMPIRICAL, *FAMILIES)
PATIENCE_CHOICES: Final = (BY_AIC, *PATIENCE)
LEAST_OWN: Final = 100
"""A queue has a law of its own, rather than the law of all queues, if at least so many ends were seen."""
TARGET_S: Final = 20.0
BANK_HEAD_START_S: Final = 90.0
Cell = tuple[str, str]
"""Queue and tier; empty: all of them."""


@dataclass(frozen=True)
class FittedTimes:
    """One group's times, the laws tried on them (best first), and the law that was chosen."""

    sample: Sample
    tried: tuple[FittedLaw, ...]
    chosen: FittedLaw


@dataclass(frozen=True)
class FittedTrace:
    """Everything that was fitted."""

    files: tuple[str, ...]
    days: tuple[dt.date, ...]
    """Those that arrivals and staffing are fitted to."""
    odd: Mapping[dt.date, str]
    """Days that these leave out, and why."""
    calls: int
    queues: tuple[str, ...]
    """The largest first."""
    tiers: tuple[str, ...]
    """As named; empty where the trace names none."""
    head_starts_s: Mapping[str, float]
    target_s: float
    arrivals: Arrivals
    tier_shares: Mapping[str, Mapping[str, float]]
    """By queue, among calls that queued if any of them did; empty where the trace names no tiers."""
    handling: Mapping[str, FittedTimes]
    """By queue; "" is the law of all queues, for those that have too few calls."""
    patience: Mapping[Cell, FittedTimes]
    """By (queue, tier); "" as queue: of all queues; as tier: of all tiers. Empty: nobody hung up."""
    staff: Staff


def read_traces(files: Sequence[str | Path]) -> tuple[list[TraceCall], bool]:
    """Read several traces as one, and say whether all are in the bank's layout.

    Raises:
        TraceError: where one cannot be understood, or has a day that another one has.
        OSError: where one cannot be read.
        ValueError: a day stands in two files.
    """
    calls: list[TraceCall] = []
    file_of: dict[dt.date, str] = {}
    for file in files:
        read = read_any(file)
        for day in sorted({call.day for call in read}):
            other = file_of.setdefault(day, str(file))
            if other != str(file):
                raise ValueError(f"{file}: has calls of {day}, which {other} has too; allowed: each day in one file")
        calls += read
    return calls, all(is_bank_header(read_header(file)) for file in files)


def fit_trace(
    calls: Sequence[TraceCall],
    files: Sequence[str | Path] = (),
    *,
    handling: str = BY_AIC,
    patience: str = BY_AIC,
    odd: bool = False,
    head_starts_s: Mapping[str, float] | None = None,
    target_s: float = TARGET_S,
) -> FittedTrace:
    """Fit a trace.

    Args:
        calls: of all days.
        files: where they come from, to be told.
        handling: which law of handle times: ``aic`` (of several the best), ``empirical``, or one by its name.
        patience: which law of patience: ``aic`` or one by its name.
        odd: whether arrivals and staffing are also fitted to days unlike others of their day of the week.
        head_starts_s: by tier, what the center gives it; seconds.
        target_s: the queues' target.

    Raises:
        ValueError: there is too little to fit, or an argument is not allowed.
    """
    for name, value, allowed in (
        ("handling", handling, HANDLING_CHOICES),
        ("patience", patience, PATIENCE_CHOICES),
    ):
        if value not in allowed:
            raise ValueError(f"{name}: {value!r}; allowed are {', '.join(allowed)}")
    if not any(call.answered for call in calls):
        raise ValueError("no call was answered: there is nothing to fit handle times to")
    by_day = group_by_day(calls)
    left_out = {} if odd else odd_days(by_day)
    regular = {day: of_day for day, of_day in by_day.items() if day not in left_out}
    queues = tuple(queue for queue, _ in Counter(call.queue for call in calls).most_common())
    days, counts = counts_by_day(regular, queues)
    tiers = _tiers(calls)
    starts = dict(head_starts_s or {})
    for tier in starts:
        if tier not in tiers:
            raise ValueError(f"head start: {tier!r} is no tier of the trace; allowed are {', '.join(tiers) or 'none'}")
    return FittedTrace(
        files=tuple(Path(file).name for file in files),
        days=days,
        odd=left_out,
        calls=len(calls),
        queues=queues,
        tiers=tiers,
        head_starts_s=starts,
        target_s=target_s,
        arrivals=fit_arrivals(days, counts, queues),
        tier_shares={queue: _tier_shares(calls, queue) for queue in queues} if tiers else {},
        handling=_handling(calls, queues, handling),
        patience=_patience(calls, queues, tiers, patience),
        staff=fit_staff(by_day, days, queues),
    )


def fit_files(
    files: Sequence[str | Path],
    *,
    handling: str = BY_AIC,
    patience: str = BY_AIC,
    odd: bool = False,
    head_starts_s: Mapping[str, float] | None = None,
    target_s: float = TARGET_S,
) -> tuple[FittedTrace, list[TraceCall]]:
    """Read and fit; the bank's own layout gives its high-priority tier the head start that the bank gave it.

    Raises:
        TraceError, OSError, ValueError: as :func:`read_traces` and :func:`fit_trace`.
    """
    calls, bank = read_traces(files)
    starts = dict(head_starts_s or {})
    if bank and any(call.tier == VIP for call in calls):
        starts.setdefault(VIP, BANK_HEAD_START_S)
    fitted = fit_trace(
        calls, files, handling=handling, patience=patience, odd=odd, head_starts_s=starts, target_s=target_s
    )
    return fitted, calls


def _tiers(calls: Sequence[TraceCall]) -> tuple[str, ...]:
    return tuple(tier for tier, _ in Counter(call.tier for call in calls if call.tier).most_common())


def _tier_shares(calls: Sequence[TraceCall], queue: str) -> dict[str, float]:
    """Return the tiers' shares among a queue's calls that waited, else among all that name one, else of all queues.

    Who waited was certainly known to the center: some records name a tier only then.
    """
    named = [call for call in calls if call.tier]
    mine = [call for call in named if call.queue == queue]
    for some in ([call for call in mine if call.queued], mine, named):
        if some:
            counts = Counter(call.tier for call in some)
            return {tier: count / len(some) for tier, count in sorted(counts.items())}
    return {}


def _handling(calls: Sequence[TraceCall], queues: Sequence[str], choice: str) -> dict[str, FittedTimes]:
    by_queue = {queue: [call.handle_s for call in calls if call.queue == queue and call.answered] for queue in queues}
    found = {}
    rest = {queue: times for queue, times in by_queue.items() if len(times) < LEAST_OWN}
    for queue, times in by_queue.items():
        if queue not in rest:
            found[queue] = _fitted(Sample.of(np.asarray(times)), HANDLING, choice, f"{queue}-talk.csv")
    if rest:
        everybody = [time for times in by_queue.values() for time in times]
        found[""] = _fitted(Sample.of(np.asarray(everybody)), HANDLING, choice, "all-talk.csv")
    return found


def _patience(
    calls: Sequence[TraceCall], queues: Sequence[str], tiers: Sequence[str], choice: str
) -> dict[Cell, FittedTimes]:
    """Fit every (queue, tier) with enough who hung up; then tiers over all queues; then everybody."""
    waited = [call for call in calls if call.queued]
    found: dict[Cell, FittedTimes] = {}
    cells: list[Cell] = [("", "")]
    cells += [("", tier) for tier in tiers] if len(tiers) > 1 else []
    cells += [(queue, tier) for queue in queues for tier in (tiers if len(tiers) > 1 else ("",))]
    for queue, tier in cells:
        mine = [call for call in waited if queue in ("", call.queue) and tier in ("", call.tier)]
        hung_up = sum(not call.answered for call in mine)
        if hung_up >= LEAST_OWN or ((queue, tier) == ("", "") and hung_up):
            times = np.asarray([call.wait_s for call in mine])
            ended = np.asarray([not call.answered for call in mine], np.bool_)
            found[queue, tier] = _fitted(Sample.of(times, ended), PATIENCE, choice)
    return found


def _fitted(sample: Sample, families: Sequence[str], choice: str, file: str = "") -> FittedTimes:
    tried = tuple(ranked(sample, families))
    if choice == EMPIRICAL:
        return FittedTimes(sample, tried, empirical_law(sample, file))
    chosen = tried[0] if choice == BY_AIC else next(law for law in tried if law.family == choice)
    return FittedTimes(sample, tried, chosen)


__all__ = ["HAZARD", "FittedTimes", "FittedTrace", "fit_files", "fit_trace", "read_traces"]
