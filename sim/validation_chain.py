"""N- and V-designs solved exactly as Markov chains: what simulations of them are held against.

The stationary distribution is that of the truncated chain, by sparse LU; service levels follow one customer who has
just begun to wait (the tagged customer) until absorption, by the action of the matrix exponential (Al-Mohy and Higham
2011). Nothing is shared with the simulator or the router but the statement of the rule, in
:class:`~acdcore.sim.validation_models.Design`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse import linalg

from .validation_models import Design
from .world import Floats


class State(NamedTuple):
    """How many A are busy, how many B are busy with each class, how many wait of each class."""

    a: int
    b1: int
    b2: int
    q1: int
    q2: int


SERVED: Final = State(-1, 0, 0, 0, 0)
GONE: Final = State(-2, 0, 0, 0, 0)
"""Where a tagged customer ends: no states of the center."""


class Change(NamedTuple):
    """One way out of a state: at what rate, to where, and from which class's line somebody was taken (0: none)."""

    rate: float
    to: State
    taken: int = 0
    left: int = 0
    """Whose customer hung up (0: nobody's)."""


class Chain:
    """The chain of one design, with ``places`` for those who wait of each class."""

    def __init__(self, model: Design, places: tuple[int, int]) -> None:
        self.model = model
        self.places = places

    def _arrivals(self, s: State) -> Iterator[Change]:
        model = self.model
        idle = model.b_agents - s.b1 - s.b2
        one, two = model.arrivals_per_s
        if s.a < model.a_agents:
            yield Change(one, s._replace(a=s.a + 1), 0)
        elif idle > model.reserve:
            yield Change(one, s._replace(b1=s.b1 + 1), 0)
        elif s.q1 < self.places[0]:
            yield Change(one, s._replace(q1=s.q1 + 1), 0)
        if idle:
            yield Change(two, s._replace(b2=s.b2 + 1), 0)
        elif s.q2 < self.places[1]:
            yield Change(two, s._replace(q2=s.q2 + 1), 0)

    def _b_freed(self, rate: float, s: State) -> Change:
        """Return what a B does who has just become free; ``s`` is without that work."""
        model = self.model
        idle = model.b_agents - s.b1 - s.b2
        may = {1: s.q1 > 0 and idle > model.reserve, 2: s.q2 > 0}
        for which in (model.b_first, 3 - model.b_first):
            if may[which]:
                taken = s._replace(b1=s.b1 + 1, q1=s.q1 - 1) if which == 1 else s._replace(b2=s.b2 + 1, q2=s.q2 - 1)
                return Change(rate, taken, which)
        return Change(rate, s, 0)

    def changes(self, s: State) -> Iterator[Change]:
        """Return all ways out of a state."""
        model = self.model
        yield from self._arrivals(s)
        if s.a:
            rate = s.a * model.a_service_per_s
            yield Change(rate, s._replace(q1=s.q1 - 1), 1) if s.q1 else Change(rate, s._replace(a=s.a - 1), 0)
        if s.b1:
            yield self._b_freed(s.b1 * model.b_service_per_s[0], s._replace(b1=s.b1 - 1))
        if s.b2:
            yield self._b_freed(s.b2 * model.b_service_per_s[1], s._replace(b2=s.b2 - 1))
        if s.q1 and model.patience_per_s[0]:
            yield Change(s.q1 * model.patience_per_s[0], s._replace(q1=s.q1 - 1), 0, 1)
        if s.q2 and model.patience_per_s[1]:
            yield Change(s.q2 * model.patience_per_s[1], s._replace(q2=s.q2 - 1), 0, 2)

    def stationary(self) -> dict[State, float]:
        """Return the probability of each state that can be reached from the empty center."""
        index, matrix = _generator([State(0, 0, 0, 0, 0)], self.changes)
        # one equation follows from the others: the empty center's weight is set to 1 instead
        balance = matrix.T.tocsc()
        rest = linalg.spsolve(balance[1:, 1:], -balance[1:, 0].toarray().ravel())
        weights = np.concatenate([[1.0], rest])
        shares = weights / weights.sum()
        return {state: float(shares[at]) for state, at in index.items()}

    def _tagged(self, which: int) -> Callable[[State], Iterator[Change]]:
        """Return the ways on for the last of a class's line: who comes later behind them is of no matter."""
        patience = self.model.patience_per_s[which - 1]

        def waiting(s: State) -> int:
            return s.q1 if which == 1 else s.q2

        def changes(s: State) -> Iterator[Change]:
            if s in (SERVED, GONE):
                return
            for change in self.changes(s):
                if waiting(change.to) > waiting(s):
                    continue
                if change.left == which:
                    ahead = waiting(s) - 1
                    if ahead:
                        yield change._replace(rate=ahead * patience)
                    yield Change(patience, GONE)
                elif change.taken == which and waiting(s) == 1:
                    yield change._replace(to=SERVED)
                else:
                    yield change

        return changes

    def level(self, which: int, within_s: Sequence[float], found: dict[State, float]) -> list[tuple[float, float]]:
        """Return, for each time, the shares of a class that are served and that hang up within it."""
        begins: dict[State, float] = {}
        at_once = 0.0
        for state, share in found.items():
            joined = [
                change.to
                for change in self._arrivals(state)
                if (change.to.q1 > state.q1 if which == 1 else change.to.q2 > state.q2)
            ]
            if joined:
                begins[joined[0]] = begins.get(joined[0], 0.0) + share
            else:
                at_once += share
        if not begins:
            return [(at_once, 0.0) for _ in within_s]
        index, matrix = _generator([*begins, SERVED, GONE], self._tagged(which))
        start = np.zeros(len(index))
        for state, share in begins.items():
            start[index[state]] = share
        levels = []
        for time_s in within_s:
            after: Floats = linalg.expm_multiply(matrix.T.tocsr() * time_s, start)
            levels.append((at_once + float(after[index[SERVED]]), float(after[index[GONE]])))
        return levels


def _generator(
    start: Sequence[State], changes: Callable[[State], Iterator[Change]]
) -> tuple[dict[State, int], sparse.csr_matrix]:
    """Return the states that can be reached, numbered, and the rates between them."""
    index = {state: at for at, state in enumerate(start)}
    rows: list[int] = []
    columns: list[int] = []
    rates: list[float] = []
    open_ = deque(start)
    while open_:
        state = open_.popleft()
        here = index[state]
        for change in changes(state):
            there = index.get(change.to)
            if there is None:
                there = index[change.to] = len(index)
                open_.append(change.to)
            rows += [here, here]
            columns += [there, here]
            rates += [change.rate, -change.rate]
    size = len(index)
    return index, sparse.csr_matrix((rates, (rows, columns)), shape=(size, size))


def solve(
    model: Design, places: tuple[int, int] = (60, 60), within_s: Sequence[float] = (20.0, 60.0)
) -> dict[str, Any]:
    """Return the figures of a design.

    Args:
        model: the design.
        places: how many of each class can wait; who comes beyond is lost. Choose them so large that ``truncated`` is
            negligible.
        within_s: the times of the service levels.

    Returns:
        Figures by name, those of the classes as lists. ``truncated``: the probabilities that all places of a class are
        taken; ``mean_wait_all``: of those who are served and who hang up alike, in seconds.
    """
    chain = Chain(model, places)
    found = chain.stationary()
    states = np.asarray(list(found), dtype=np.float64)
    weights = np.asarray(list(found.values()))
    a, b1, b2, *queues = (float(weights @ states[:, column]) for column in range(5))
    idle = model.b_agents - states[:, 1] - states[:, 2]
    waits = [
        float(weights @ ((states[:, 0] == model.a_agents) & (idle <= model.reserve))),
        float(weights @ (idle == 0)),
    ]
    by_a, by_b = a * model.a_service_per_s, b1 * model.b_service_per_s[0]
    levels = [chain.level(which, within_s, found) for which in (1, 2)]
    rates = list(zip(queues, model.arrivals_per_s, model.patience_per_s, strict=True))
    return {
        "states": len(found),
        "truncated": [float(weights @ (states[:, 3 + at] == places[at])) for at in (0, 1)],
        "p_wait": waits,
        "mean_queue": queues,
        "mean_wait_all": [queue / arrivals for queue, arrivals, _ in rates],
        "p_abandon": [queue * patience / arrivals for queue, arrivals, patience in rates],
        "busy_A": a,
        "busy_B_class1": b1,
        "busy_B_class2": b2,
        "util_A": a / model.a_agents if model.a_agents else None,
        "util_B": (b1 + b2) / model.b_agents,
        "frac_class1_served_by_A": by_a / (by_a + by_b),
        "sl": {
            str(time_s): {
                f"class{which}": {
                    "served_le_T_over_all": levels[which - 1][at][0],
                    "abandoned_le_T_over_all": levels[which - 1][at][1],
                    "wait_le_T_over_all": sum(levels[which - 1][at]),
                }
                for which in (1, 2)
            }
            for at, time_s in enumerate(within_s)
        },
    }
