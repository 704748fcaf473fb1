"""Fit the sample bank to the Anonymous Bank's record and write its two files.

    python -m acdcore.sim.fit_bank 1999-01.csv.gz 1999-03.csv.gz 1999-05.csv.gz [--out FOLDER]

writes ``bank_day.yaml`` (demand and workforce of a busy working day) and ``bank_center.yaml`` (the center's
configuration). Same input, same files, to the byte. *Busy* is a working day (Sunday to Thursday) with at
least the median number of calls of all working days.
"""

from __future__ import annotations

import datetime as dt
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from .bank_trace import QUEUE_OF_TYPE, STANDARD, TIERS, VIP, read_bank
from .demand import SLOT_S, sample_path
from .fit import Handling, Hazard, fit_handling, fit_hazard, hazard_factor, kaplan_meier
from .fit_bank_write import center_yaml, day_yaml
from .staff import absences, infer_agents, on_duty, skills_of
from .trace import TraceCall, TraceError, group_by_day

OPENS_S: Final = 7 * 3600.0
CLOSES_S: Final = 24 * 3600.0
SLOTS: Final = tuple(OPENS_S + SLOT_S * index for index in range(round((CLOSES_S - OPENS_S) / SLOT_S)))
QUEUES: Final = tuple(QUEUE_OF_TYPE.values())
HEAD_START_S: Final = 90.0
SHORT_S: Final = 10.0
PATIENCE_FROM_S: Final = (0, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600)
AWAY_FROM_S: Final = (0, 3, 6, 10, 20, 40, 60, 120, 300, 900, 1_800)
LEAST_ENDS: Final = 100
"""Fewer abandoned calls than this say too little of a queue's own patience: the tier's is used as it is."""
UNSKILLED: Final = frozenset({"regular", "callback"})
"""Everybody takes these, so they do not tell one skill set from another."""
SATURDAY_FRIDAY: Final = (4, 5)


@dataclass(frozen=True)
class FittedQueue:
    """One queue's figures; see :class:`~acdcore.sim.demand.QueueDemand`."""

    calls_per_half_hour: list[float]
    vip_share: float
    patience_factor: dict[str, float]
    handling: Handling


@dataclass(frozen=True)
class SkillSet:
    """A set of queues that agents took together: its share of agents' days, and a level for each queue."""

    levels: dict[str, int]
    share: float


@dataclass(frozen=True)
class FittedBank:
    """Everything that was fitted."""

    files: tuple[str, ...]
    days: tuple[dt.date, ...]
    patience: dict[str, Hazard]
    queues: dict[str, FittedQueue]
    away: Hazard
    on_duty: list[float]
    skill_sets: list[SkillSet]
    observed: dict[str, float]


def fit_bank(files: Sequence[str]) -> FittedBank:
    """Fit all figures; raises :class:`TraceError` for unreadable files, ``ValueError`` for too little data."""
    calls = [call for name in files for call in read_bank(name).calls]
    by_day = group_by_day(calls)
    busy = busy_days(by_day)
    chosen = [call for day in busy for call in by_day[day] if OPENS_S <= call.arrived_s < CLOSES_S]
    skills = skills_of(calls)
    away = [absence for day in sorted(by_day) for absence in absences(by_day[day], skills)]
    away_s = np.asarray([max(absence.for_s, 0.5) for absence in away])
    duty = np.asarray([on_duty(infer_agents(by_day[day], skills), SLOT_S, SLOTS) for day in busy])
    patience = {tier: _patience(calls, tier) for tier in TIERS}
    return FittedBank(
        files=tuple(Path(name).name for name in files),
        days=tuple(busy),
        patience=patience,
        queues={queue: _queue(calls, chosen, queue, len(busy), patience) for queue in QUEUES},
        away=fit_hazard(away_s, np.asarray([absence.seen for absence in away]), AWAY_FROM_S),
        on_duty=[float(value) for value in duty.mean(axis=0)],
        skill_sets=_skill_sets(by_day, skills),
        observed=_observed(calls, chosen, len(busy)),
    )


def busy_days(by_day: Mapping[dt.date, Sequence[TraceCall]]) -> list[dt.date]:
    """Return the working days (Sunday to Thursday) with at least the median number of calls."""
    working = [day for day in by_day if day.weekday() not in SATURDAY_FRIDAY]
    if not working:
        raise ValueError("no working day (Sunday to Thursday) in the files")
    median = float(np.median([len(by_day[day]) for day in working]))
    return sorted(day for day in working if len(by_day[day]) >= median)


def vip_first(calls: Sequence[TraceCall], least_s: float, most_s: float) -> tuple[int, int]:
    """Count choices between the first VIP and an ordinary caller who had come before, and how many chose the VIP.

    Only choices count in which the VIP had come more than ``least_s`` and less than ``most_s`` after. They
    show whether a head start was given, and how large: within it the VIP goes first, beyond it never.
    """
    lines: dict[tuple[dt.date, str], list[TraceCall]] = defaultdict(list)
    for call in calls:
        if call.queued:
            lines[call.day, call.queue].append(call)
    choices = chose_vip = 0
    for line in lines.values():
        line.sort(key=lambda call: call.arrived_s)
        for taken in line:
            if not taken.answered:
                continue
            first = {taken.tier: taken.arrived_s}
            # whoever still waits 3 s later was truly passed over; clocks of the record differ by up to 2 s
            for other in line:
                if other.arrived_s >= taken.answered_s - 3.0:
                    break
                if other is not taken and other.answered_s > taken.answered_s + 3.0:
                    first[other.tier] = min(first.get(other.tier, math.inf), other.arrived_s)
            if len(first) < 2 or taken.arrived_s > first[taken.tier] + 1.0:
                continue
            if least_s < first[VIP] - first[STANDARD] < most_s:
                choices += 1
                chose_vip += taken.tier == VIP
    return choices, chose_vip


def _times(calls: Sequence[TraceCall]) -> tuple[np.ndarray, np.ndarray]:
    """Waits of queued calls and whether they ended by giving up; a wait below half a second counts as that."""
    return (
        np.asarray([max(call.wait_s, 0.5) for call in calls], dtype=np.float64),
        np.asarray([not call.answered for call in calls], dtype=np.bool_),
    )


def _patience(calls: Sequence[TraceCall], tier: str) -> Hazard:
    return fit_hazard(*_times([call for call in calls if call.queued and call.tier == tier]), PATIENCE_FROM_S)


def _queue(
    calls: Sequence[TraceCall], chosen: Sequence[TraceCall], queue: str, days: int, patience: Mapping[str, Hazard]
) -> FittedQueue:
    mine = [call for call in calls if call.queue == queue]
    per_slot = Counter(int((call.arrived_s - OPENS_S) // SLOT_S) for call in chosen if call.queue == queue)
    # only queued calls have a trustworthy priority; agents are as busy for one tier as for the other
    queued = [call for call in mine if call.queued]
    factors = {}
    for tier in TIERS:
        times, ended = _times([call for call in queued if call.tier == tier])
        enough = int(np.count_nonzero(ended)) >= LEAST_ENDS
        factors[tier] = hazard_factor(patience[tier], times, ended) if enough else 1.0
    return FittedQueue(
        calls_per_half_hour=[per_slot[index] / days for index in range(len(SLOTS))],
        vip_share=sum(call.tier == VIP for call in queued) / len(queued),
        patience_factor=factors,
        handling=fit_handling(np.asarray([call.handle_s for call in mine if call.answered]), SHORT_S),
    )


def _skill_sets(by_day: Mapping[dt.date, Sequence[TraceCall]], skills: Mapping[str, Counter[str]]) -> list[SkillSet]:
    """Return the skill sets that agents' days show, the commonest first, levels by calls taken a day."""
    days_of = Counter(agent for calls in by_day.values() for agent in {call.agent for call in calls} if agent)
    weight: Counter[tuple[str, ...]] = Counter()
    taken: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for agent, counts in skills.items():
        kinds = tuple(sorted(set(counts) - UNSKILLED))
        weight[kinds] += days_of[agent]
        taken[kinds].update(counts)
    total = sum(weight.values())
    found = []
    for kinds, agent_days in sorted(weight.items(), key=lambda item: (-item[1], item[0])):
        daily = {queue: taken[kinds][queue] / agent_days for queue in ("regular", *kinds)}
        levels = {queue: min(10, max(1, round(3 + 4 * math.log10(max(rate, 0.1))))) for queue, rate in daily.items()}
        found.append(SkillSet(levels, agent_days / total))
    return found


def _observed(calls: Sequence[TraceCall], chosen: Sequence[TraceCall], days: int) -> dict[str, float]:
    queued = [call for call in chosen if call.queued]
    waits = [call.wait_s for call in queued if call.answered]
    handled = np.asarray([call.handle_s for call in chosen if call.answered])
    within, within_vip = vip_first(calls, 3.0, HEAD_START_S - 3.0)
    beyond, beyond_vip = vip_first(calls, HEAD_START_S + 3.0, 10 * HEAD_START_S)
    return {
        "days": days,
        "calls_per_day": len(chosen) / days,
        "queued_share": len(queued) / len(chosen),
        "abandoned_share": sum(not call.answered for call in chosen) / len(chosen),
        "wait_of_queued_and_answered_s": float(np.mean(waits)),
        "handle_s": float(handled.mean()),
        "short_handle_share": float((handled < SHORT_S).mean()),
        "patience_s": kaplan_meier(*_times([call for call in calls if call.queued])).mean_s(),
        "vip_first_within_head_start": within_vip / max(1, within),
        "vip_first_beyond_head_start": beyond_vip / max(1, beyond),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Fit and write; returns the exit code: 0 done, 1 unreadable or too little input, 2 wrong usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    folder = sample_path("bank_day.yaml").parent
    if "--out" in arguments[:-1]:
        at = arguments.index("--out")
        folder = Path(arguments[at + 1])
        del arguments[at : at + 2]
    if not arguments or any(argument.startswith("-") for argument in arguments):
        print("usage: python -m acdcore.sim.fit_bank BANK.csv[.gz] [...] [--out FOLDER]", file=sys.stderr)
        return 2
    try:
        fitted = fit_bank(arguments)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "bank_day.yaml").write_text(day_yaml(fitted), encoding="utf-8")
        (folder / "bank_center.yaml").write_text(center_yaml(fitted), encoding="utf-8")
    except (TraceError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{folder}/bank_day.yaml, {folder}/bank_center.yaml: fitted to {len(fitted.days)} busy working days")
    for name, value in fitted.observed.items():
        print(f"  {name}: {value:.4g}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
