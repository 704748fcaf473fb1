"""SimPy: a process for every customer, as its documentation models a bank whose customers renege; and carefully."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Generator
from importlib.util import find_spec
from itertools import accumulate
from random import Random
from typing import Any, ClassVar

from .base import ABANDONED, ANSWERED, BATCHES, OFFERED, WAITED, WITHIN, Empty, Outcome
from .models import Model


class AsDocumented:
    """Every customer waits for an agent or the end of patience, whichever comes first, even if an agent is there."""

    name: ClassVar[str] = "SimPy"
    careful: ClassVar[bool] = False

    @classmethod
    def missing(cls) -> str | None:
        """Say whether SimPy is installed."""
        return None if find_spec("simpy") else "SimPy is not installed: pip install simpy"

    @classmethod
    def cannot(cls, model: Model) -> str | None:
        """Say that the documentation's bank has one line."""
        return None if cls.careful or model.one_line else "its documentation has one line: see 'SimPy, careful'"

    def prepare(self, model: Model) -> None:
        """Prepare nothing."""

    def run(self, model: Model, customers: int, seed: int) -> Outcome:
        """Simulate until nobody is left."""
        import simpy

        env = simpy.Environment()
        center = _Center(env, model, customers, seed, self.careful)
        env.process(center.arrivals())
        env.run()
        return center.found.outcome()


class Careful(AsDocumented):
    """Patience is armed only by those who have to wait.

    One line: a Resource. Skills: agents are items of a FilterStore, whose requests are sorted by rank.
    """

    name: ClassVar[str] = "SimPy, careful"
    careful: ClassVar[bool] = True


def _store(env: Any, model: Model) -> Any:
    """Return all agents, by their groups, as items that whoever comes with the lowest (rank, time) gets first."""
    from simpy.resources.resource import SortedQueue
    from simpy.resources.store import FilterStore, FilterStoreGet

    class Ranked(FilterStoreGet):
        """A request for one of some groups; ``key`` is what SortedQueue sorts by."""

        def __init__(self, store: Any, groups: frozenset[int], rank: int) -> None:
            self.key = (rank, env.now)
            super().__init__(store, groups.__contains__)

    class Agents(FilterStore):
        """Who has been idle longest stands first; GetQueue is what SimPy's priority resources set, too."""

        GetQueue = SortedQueue

        def get_ranked(self, groups: frozenset[int], rank: int) -> Any:
            return Ranked(self, groups, rank)

    store = Agents(env)
    store.items.extend(group for group, agents in enumerate(model.agents) for _ in range(agents))
    return store


class _Center:
    """What the processes share."""

    def __init__(self, env: Any, model: Model, customers: int, seed: int, careful: bool) -> None:
        import simpy

        self.env = env
        self.careful = careful
        self.model = model
        self.random = Random(seed)
        self.horizon_s = model.horizon_s(customers)
        self.found = Empty(model)
        self.bounds = list(accumulate(rate / model.rate_per_s for rate in model.arrivals_per_s))[:-1]
        self.groups = [frozenset(groups) for groups in model.served_by]
        self.agents: Any
        if model.one_line:
            self.agents = simpy.Resource(env, model.agents[0])
            self.customer = self.customer_in_line
        else:
            self.agents = _store(env, model)
            self.customer = self.customer_with_skill

    def arrivals(self) -> Generator[Any, Any, None]:
        """Let customers in until the horizon."""
        env, expovariate, rate = self.env, self.random.expovariate, self.model.rate_per_s
        batch_s = self.horizon_s / BATCHES
        while True:
            yield env.timeout(expovariate(rate))
            if env.now >= self.horizon_s:
                return
            batch = min(int(env.now / batch_s), BATCHES - 1)
            kind = bisect(self.bounds, self.random.random()) if self.bounds else 0
            env.process(self.customer(batch, kind))

    def customer_in_line(self, batch: int, kind: int) -> Generator[Any, Any, None]:
        """Wait in the one line there is."""
        env, model, count = self.env, self.model, self.found.counts[batch, kind]
        began = env.now
        count[OFFERED] += 1
        with self.agents.request() as agent:
            waits = not agent.triggered
            count[WAITED] += waits
            if waits or not self.careful:
                yield agent | env.timeout(self.random.expovariate(1 / model.patience_s[kind]))
                self.found.wait_s[batch, kind] += env.now - began
                if not agent.triggered:
                    count[ABANDONED] += 1
                    return
            count[ANSWERED] += 1
            count[WITHIN] += env.now - began <= model.target_s
            talk_s = self.random.expovariate(1 / model.service_s[kind][0])
            self.found.work_s[batch, 0] += talk_s
            yield env.timeout(talk_s)

    def customer_with_skill(self, batch: int, kind: int) -> Generator[Any, Any, None]:
        """Wait for an agent of one of some groups, and put them back."""
        env, model, count = self.env, self.model, self.found.counts[batch, kind]
        began = env.now
        count[OFFERED] += 1
        agent = self.agents.get_ranked(self.groups[kind], model.rank[kind])
        if not agent.triggered:
            count[WAITED] += 1
            yield agent | env.timeout(self.random.expovariate(1 / model.patience_s[kind]))
            self.found.wait_s[batch, kind] += env.now - began
            if not agent.triggered:
                agent.cancel()
                count[ABANDONED] += 1
                return
        group = agent.value
        count[ANSWERED] += 1
        count[WITHIN] += env.now - began <= model.target_s
        talk_s = self.random.expovariate(1 / model.service_s[kind][group])
        self.found.work_s[batch, group] += talk_s
        yield env.timeout(talk_s)
        self.agents.put(group)
