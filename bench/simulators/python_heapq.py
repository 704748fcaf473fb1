"""Pure Python, written with care: ``heapq`` for the calendar, local names, no object a customer.

The calendar has only the ends of services; the next arrival stands beside it. Whoever gives up is found when an agent
gets to them in their line: nobody's fate depends on it before.
"""

from __future__ import annotations

from bisect import bisect
from collections import deque
from heapq import heappop, heappush, heapreplace
from itertools import accumulate
from math import inf, log
from random import Random
from typing import ClassVar, Final

import numpy as np

from .base import ABANDONED, ANSWERED, BATCHES, COUNTS, OFFERED, WAITED, WITHIN, Outcome
from .models import Model

_MOST: Final = BATCHES - 1


class Heapq:
    """Both programs: one for one line, one for skills."""

    name: ClassVar[str] = "Python, heapq"

    @classmethod
    def missing(cls) -> str | None:
        """Say nothing: it comes with Python."""
        return None

    @classmethod
    def cannot(cls, model: Model) -> str | None:  # noqa: ARG003
        """Say nothing: it can express everything."""
        return None

    def prepare(self, model: Model) -> None:
        """Prepare nothing."""

    def run(self, model: Model, customers: int, seed: int) -> Outcome:
        """Simulate with the program that suits the model."""
        program = one_line if model.one_line else skills
        return program(model, model.horizon_s(customers), seed)


def _outcome(model: Model, counts: list[list[int]], wait_s: list[float], work_s: list[float]) -> Outcome:
    """Return lists as an outcome: counts by COUNTS, the others flat, by batch and class or group."""
    columns = np.array(counts, np.int64).T.reshape(BATCHES, len(model.arrivals_per_s), COUNTS)
    waits = np.array(wait_s).reshape(BATCHES, -1)
    work = np.array(work_s).reshape(BATCHES, -1)
    return Outcome(int(columns[:, :, OFFERED].sum()), np.ascontiguousarray(columns), waits, work)


def one_line(model: Model, horizon_s: float, seed: int) -> Outcome:
    """Simulate one class and one group: as many agents as are free are a number."""
    random = Random(seed).random
    gap_s, [patience_s], [[service_s]] = -1 / model.rate_per_s, model.patience_s, model.service_s
    target_s, batch_s = model.target_s, horizon_s / BATCHES
    counts = [[0] * BATCHES for _ in range(COUNTS)]
    offered, answered, abandoned, waited, within = (
        counts[count] for count in (OFFERED, ANSWERED, ABANDONED, WAITED, WITHIN)
    )
    wait_s, work_s = [0.0] * BATCHES, [0.0] * BATCHES
    free = model.agents[0]
    ends: list[float] = []
    line: deque[tuple[float, float, int]] = deque()  # arrival, when patience ends, batch
    arrival = log(1.0 - random()) * gap_s
    while True:
        if ends and ends[0] < arrival:
            now = ends[0]
            while line:
                since, until, batch = line.popleft()
                if until <= now:
                    abandoned[batch] += 1
                    wait_s[batch] += until - since
                    continue
                talk_s = -log(1.0 - random()) * service_s
                wait = now - since
                answered[batch] += 1
                wait_s[batch] += wait
                work_s[batch] += talk_s
                if wait <= target_s:
                    within[batch] += 1
                heapreplace(ends, now + talk_s)
                break
            else:
                heappop(ends)
                free += 1
        elif arrival == inf:
            return _outcome(model, counts, wait_s, work_s)
        else:
            now = arrival
            batch = min(int(now / batch_s), _MOST)
            offered[batch] += 1
            if free:
                free -= 1
                talk_s = -log(1.0 - random()) * service_s
                answered[batch] += 1
                within[batch] += 1
                work_s[batch] += talk_s
                heappush(ends, now + talk_s)
            else:
                waited[batch] += 1
                line.append((now, now - log(1.0 - random()) * patience_s, batch))
            arrival = now + log(1.0 - random()) * gap_s
            if arrival >= horizon_s:
                arrival = inf


def skills(model: Model, horizon_s: float, seed: int) -> Outcome:
    """Simulate several classes and groups: a line for each class, and for each group since when its agents are idle."""
    random = Random(seed).random
    classes, groups = len(model.arrivals_per_s), len(model.agents)
    gap_s, target_s, batch_s = -1 / model.rate_per_s, model.target_s, horizon_s / BATCHES
    bounds = list(accumulate(rate / model.rate_per_s for rate in model.arrivals_per_s))[:-1]
    counts = [[0] * (BATCHES * classes) for _ in range(COUNTS)]
    offered, answered, abandoned, waited, within = (
        counts[count] for count in (OFFERED, ANSWERED, ABANDONED, WAITED, WITHIN)
    )
    wait_s, work_s = [0.0] * (BATCHES * classes), [0.0] * (BATCHES * groups)
    patience_s, service_s, served_by = model.patience_s, model.service_s, model.served_by
    idle = [deque([0.0] * agents) for agents in model.agents]  # since when, by group, longest first
    lines: list[deque[tuple[float, float, int]]] = [deque() for _ in range(classes)]
    ranks = sorted(set(model.rank))
    mine = [  # by group: the lines that it serves, those of one rank together
        [[(lines[kind], kind) for kind in serves if model.rank[kind] == rank] for rank in ranks]
        for serves in model.serves
    ]
    ends: list[tuple[float, int]] = []
    arrival = log(1.0 - random()) * gap_s
    while True:
        if ends and ends[0][0] < arrival:
            now, group = ends[0]
            kind = -1
            for alike in mine[group]:
                oldest = inf
                for line, other in alike:
                    while line:
                        since, until, batch = line[0]
                        if until > now:
                            if since < oldest:
                                oldest, kind = since, other
                            break
                        line.popleft()
                        place = batch * classes + other
                        abandoned[place] += 1
                        wait_s[place] += until - since
                if kind >= 0:
                    break
            if kind < 0:
                heappop(ends)
                idle[group].append(now)
                continue
            since, until, batch = lines[kind].popleft()
            talk_s = -log(1.0 - random()) * service_s[kind][group]
            wait = now - since
            place = batch * classes + kind
            answered[place] += 1
            wait_s[place] += wait
            work_s[batch * groups + group] += talk_s
            if wait <= target_s:
                within[place] += 1
            heapreplace(ends, (now + talk_s, group))
        elif arrival == inf:
            return _outcome(model, counts, wait_s, work_s)
        else:
            now = arrival
            batch = min(int(now / batch_s), _MOST)
            kind = bisect(bounds, random())
            place = batch * classes + kind
            offered[place] += 1
            longest, group = inf, -1
            for other in served_by[kind]:
                if idle[other] and idle[other][0] < longest:
                    longest, group = idle[other][0], other
            if group >= 0:
                idle[group].popleft()
                talk_s = -log(1.0 - random()) * service_s[kind][group]
                answered[place] += 1
                within[place] += 1
                work_s[batch * groups + group] += talk_s
                heappush(ends, (now + talk_s, group))
            else:
                waited[place] += 1
                lines[kind].append((now, now - log(1.0 - random()) * patience_s[kind], batch))
            arrival = now + log(1.0 - random()) * gap_s
            if arrival >= horizon_s:
                arrival = inf
