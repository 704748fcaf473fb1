"""What of the bank's record no law of a scenario has: patience that depends on the queue, talks on the time of day."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Final

import numpy as np

from .bank_trace import STANDARD, VIP
from .fit import fit_hazard
from .trace import TraceCall

FROM_S: Final = (0, 30, 60, 120)
OTHERS: Final = ((0, 3), (4, 8), (9, 10**6))
"""How many others waited when a call came: from, to."""
HOURS: Final = (7, 9, 12, 15, 18, 21, 24)
QUEUES: Final = ("regular", "new", "stocks", "callback")


def others_waiting(calls: Sequence[TraceCall]) -> list[int]:
    """Return how many waited, in all queues, when each call of one day came."""
    changes = sorted([(call.arrived_s, 1) for call in calls if call.queued] + _ends(calls))
    times = [at for at, _ in changes]
    waiting = [0, *accumulate(step for _, step in changes)]
    return [waiting[bisect_left(times, call.arrived_s)] for call in calls]


def _ends(calls: Sequence[TraceCall]) -> list[tuple[float, int]]:
    return [(call.answered_s, -1) for call in calls if call.queued]


def patience_table(by_day: Mapping[dt.date, Sequence[TraceCall]]) -> str:
    """Return hazards of hanging up (an hour), by how many others waited on arrival, of the queue of regular calls."""
    found: dict[tuple[str, int], list[TraceCall]] = defaultdict(list)
    for calls in by_day.values():
        for call, others in zip(calls, others_waiting(calls), strict=True):
            if call.queued and call.queue == "regular":
                group = next(at for at, (least, most) in enumerate(OTHERS) if least <= others <= most)
                found[call.tier, group].append(call)
    heads = [f"{low} to {high} s" for low, high in pairwise(FROM_S)]
    lines = [
        f"| hang up, an hour | calls | {' | '.join([*heads, f'after {FROM_S[-1]} s'])} |",
        "|---|---|---|---|---|---|",
    ]
    for tier, name in ((VIP, "VIP"), (STANDARD, "ordinary")):
        for group, (least, most) in enumerate(OTHERS):
            calls = found[tier, group]
            waits = np.asarray([max(call.wait_s, 0.5) for call in calls])
            hazard = fit_hazard(waits, np.asarray([not call.answered for call in calls], np.bool_), FROM_S)
            words = f"{least} to {most}" if most < 100 else f"{least} and more"
            rates = " | ".join(f"{3_600 * rate:.1f}" for rate in hazard.per_s)
            lines.append(f"| {name}, {words} others waiting | {len(calls):,} | {rates} |")
    return "\n".join(lines)


def talk_table(by_day: Mapping[dt.date, Sequence[TraceCall]]) -> str:
    """Return mean talks by queue and time of day."""
    spans = list(pairwise(HOURS))
    lines = [
        f"| mean talk | {' | '.join(f'{low} to {high} h' for low, high in spans)} |",
        "|---|" + "---|" * len(spans),
    ]
    for queue in QUEUES:
        cells = []
        for low, high in spans:
            talks = [
                call.handle_s
                for calls in by_day.values()
                for call in calls
                if call.queue == queue and call.answered and low * 3_600 <= call.arrived_s < high * 3_600
            ]
            cells.append(f"{np.mean(talks):.0f} s" if talks else "–")
        lines.append(f"| {queue} | {' | '.join(cells)} |")
    return "\n".join(lines)
