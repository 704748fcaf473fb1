"""The model classes that Cimba compiles. Numba reads the bodies of their methods; Python does not run them.

Three centers: one line of customers who are processes and hold a unit of one Resource; the same with agents who are
processes and take times of arrival out of a Store; and groups, each a Resource, where customers are processes who
wait for several at once (``acquire_any``, in order of priority, then of arrival). Cimba would give an arrival an agent
of the first of the groups that has one; who has been idle longest is found from rings that stand beside the Resources.
"""

from __future__ import annotations

from math import inf
from typing import Any

import cimba as cb
import numpy as np

from .base import ABANDONED, ANSWERED, BATCHES, OFFERED, WAITED, WITHIN, Empty, Outcome
from .models import Model

GIVE_UP = -17
"""The signal of the timer of patience: negative, or ``acquire_any`` would return it as a place in its list."""


class Count(cb.Model):
    """What became of the customers of a class who arrived in a batch."""

    offered: cb.Output[int] = 0
    answered: cb.Output[int] = 0
    abandoned: cb.Output[int] = 0
    waited: cb.Output[int] = 0
    within: cb.Output[int] = 0
    wait_s: cb.Output[float] = 0.0


class Work(cb.Model):
    """The time of service that a group gave to the customers of a batch."""

    work_s: cb.Output[float] = 0.0


# ---------------------------------------------------------------------- one line


class LineCustomer(cb.Model):
    """Waits for one of the agents."""

    center: cb.Ref[LineCenter]
    batch: int = 0

    @cb.process
    def call(self) -> None:
        center = self.center
        count = center.counts[self.batch]
        count.offered += 1
        if center.agents.available() > 0:
            center.agents.acquire()
            count.within += 1
        else:
            began = cb.now()
            count.waited += 1
            me = cb.this_process()
            me.timer_set(cb.random.exponential(center.patience_s), GIVE_UP)
            signal = center.agents.acquire()
            wait_s = cb.now() - began
            count.wait_s += wait_s
            if signal == GIVE_UP:
                count.abandoned += 1
                cb.release(self)
            me.timers_clear()
            if wait_s <= center.target_s:
                count.within += 1
        count.answered += 1
        talk_s = cb.random.exponential(center.service_s)
        center.works[self.batch].work_s += talk_s
        cb.hold(talk_s)
        center.agents.release()
        cb.release(self)


class LineCenter(cb.Model):
    """Customers are processes."""

    horizon_s: cb.Param[float] = 1.0
    gap_s: cb.Param[float] = 1.0
    patience_s: cb.Param[float] = 1.0
    service_s: cb.Param[float] = 1.0
    target_s: cb.Param[float] = 1.0
    agents: cb.Resource
    counts: list[Count]
    works: list[Work]

    @cb.process
    def arrivals(self) -> None:
        while True:
            cb.hold(cb.random.exponential(self.gap_s))
            now = cb.now()
            if now >= self.horizon_s:
                break
            cb.spawn(LineCustomer, center=self, batch=min(int(now / self.horizon_s * BATCHES), BATCHES - 1))


# ---------------------------------------------------------------------- one line, agents are processes


class Agent(cb.Model):
    """Takes whoever stands first in the line; draws their patience then, which nobody has asked for before."""

    center: cb.Ref[StoreCenter]

    @cb.process
    def serve(self) -> None:
        center = self.center
        while True:
            arrival = center.line.get()
            batch = min(int(arrival / center.horizon_s * BATCHES), BATCHES - 1)
            count = center.counts[batch]
            wait_s = cb.now() - arrival
            if wait_s > 0.0:
                count.waited += 1
                patience_s = cb.random.exponential(center.patience_s)
                if patience_s < wait_s:
                    count.abandoned += 1
                    count.wait_s += patience_s
                    continue
                count.wait_s += wait_s
            count.answered += 1
            if wait_s <= center.target_s:
                count.within += 1
            talk_s = cb.random.exponential(center.service_s)
            center.works[batch].work_s += talk_s
            cb.hold(talk_s)


class StoreCenter(cb.Model):
    """Agents are processes, customers are numbers."""

    horizon_s: cb.Param[float] = 1.0
    gap_s: cb.Param[float] = 1.0
    patience_s: cb.Param[float] = 1.0
    service_s: cb.Param[float] = 1.0
    target_s: cb.Param[float] = 1.0
    line: cb.Store[float]
    agents: list[Agent]
    counts: list[Count]
    works: list[Work]

    @cb.process
    def arrivals(self) -> None:
        while True:
            cb.hold(cb.random.exponential(self.gap_s))
            now = cb.now()
            if now >= self.horizon_s:
                break
            self.counts[min(int(now / self.horizon_s * BATCHES), BATCHES - 1)].offered += 1
            self.line.put(now)


# ---------------------------------------------------------------------- skills


class Group(cb.Model):
    """Agents of equal skills, and since when those are idle who are: a ring, longest first."""

    agents: cb.Resource
    since: cb.Array[float]
    first: int = 0
    idle: int = 0
    waiting: int = 0
    works: list[Work]


class Class(cb.Model):
    """Customers who are alike, and the groups that serve them."""

    rank: cb.Param[int] = 0
    patience_s: cb.Param[float] = 1.0
    bound: cb.Param[float] = 1.0
    resources: list[cb.Ref[cb.Resource]]
    groups: list[cb.Ref[Group]]
    service_s: cb.Array[float]
    counts: list[Count]


class SkillCustomer(cb.Model):
    """Takes the agent idle longest, or waits for the first of several groups to have one."""

    center: cb.Ref[SkillCenter]
    kind: int = 0
    batch: int = 0

    @cb.process
    def call(self) -> None:
        own = self.center.classes[self.kind]
        count = own.counts[self.batch]
        count.offered += 1
        chosen = -1
        longest = inf
        for place in range(len(own.groups)):
            other = own.groups[place]
            if other.idle > 0 and other.since[other.first] < longest:
                longest = other.since[other.first]
                chosen = place
        if chosen >= 0:
            taken = own.groups[chosen]
            taken.first = (taken.first + 1) % len(taken.since)
            taken.idle -= 1
            taken.agents.acquire()
            count.within += 1
        else:
            began = cb.now()
            count.waited += 1
            for place in range(len(own.groups)):
                own.groups[place].waiting += 1
            me = cb.this_process()
            me.timer_set(cb.random.exponential(own.patience_s), GIVE_UP)
            chosen = cb.acquire_any(own.resources, -own.rank)
            for place in range(len(own.groups)):
                own.groups[place].waiting -= 1
            wait_s = cb.now() - began
            count.wait_s += wait_s
            if chosen < 0:
                count.abandoned += 1
                cb.release(self)
            me.timers_clear()
            if wait_s <= self.center.target_s:
                count.within += 1
        count.answered += 1
        group = own.groups[chosen]
        talk_s = cb.random.exponential(own.service_s[chosen])
        group.works[self.batch].work_s += talk_s
        cb.hold(talk_s)
        group.agents.release()
        if group.waiting == 0:
            group.since[(group.first + group.idle) % len(group.since)] = cb.now()
            group.idle += 1
        cb.release(self)


class SkillCenter(cb.Model):
    """Customers are processes, groups are resources."""

    horizon_s: cb.Param[float] = 1.0
    gap_s: cb.Param[float] = 1.0
    target_s: cb.Param[float] = 1.0
    groups: list[Group]
    classes: list[Class]

    @cb.process
    def arrivals(self) -> None:
        while True:
            cb.hold(cb.random.exponential(self.gap_s))
            now = cb.now()
            if now >= self.horizon_s:
                break
            draw = cb.random.uniform()
            kind = 0
            while draw >= self.classes[kind].bound:
                kind += 1
            batch = min(int(now / self.horizon_s * BATCHES), BATCHES - 1)
            cb.spawn(SkillCustomer, center=self, kind=kind, batch=batch)


# ---------------------------------------------------------------------- between Python and Cimba


def center_of(model: Model, horizon_s: float, *, agents_only: bool) -> Any:
    """Return a model as an object that Cimba simulates."""
    center: Any
    if not model.one_line:
        center = _skill_center(model)
    else:
        center = StoreCenter() if agents_only else LineCenter()
        center.patience_s, center.service_s = model.patience_s[0], model.service_s[0][0]
        center.counts, center.works = _some(Count), _some(Work)
        if agents_only:
            center.line = cb.Store()
            center.agents = [Agent() for _ in range(model.agents[0])]
            for agent in center.agents:
                agent.center = center
        else:
            center.agents = cb.Resource(capacity=model.agents[0])
    center.horizon_s, center.gap_s, center.target_s = horizon_s, 1 / model.rate_per_s, model.target_s
    return center


def _some(kind: Any) -> list[Any]:
    return [kind() for _ in range(BATCHES)]


def _skill_center(model: Model) -> Any:
    center: Any = SkillCenter()
    groups: list[Any] = []
    for agents in model.agents:
        group: Any = Group()
        group.agents, group.since, group.idle = cb.Resource(capacity=agents), cb.Array(agents), agents
        group.works = _some(Work)
        groups.append(group)
    center.groups, center.classes, bound = groups, [], 0.0
    classes: list[Any] = []
    for kind, served_by in enumerate(model.served_by):
        one: Any = Class()
        bound += model.arrivals_per_s[kind] / model.rate_per_s
        one.bound = bound if kind + 1 < len(model.served_by) else 2.0
        one.rank, one.patience_s = model.rank[kind], model.patience_s[kind]
        one.groups = [groups[group] for group in served_by]
        one.resources = [groups[group].agents for group in served_by]
        one.service_s = cb.Array([model.service_s[kind][group] for group in served_by])
        one.counts = _some(Count)
        classes.append(one)
    center.classes = classes
    return center


def outcome_of(center: Any, model: Model, seed: int) -> Outcome:
    """Simulate until nobody is left, in this thread. Raises RuntimeError when Cimba fails."""
    results = cb.Experiment(center, replications=1, window=cb.Window.until_idle(), seed=seed).run(workers=1)
    if results.failed.any():
        raise RuntimeError(f"Cimba: {results.failure_reasons[0, 0]}")
    found = Empty(model)
    lines = [center] if model.one_line else center.classes
    groups = [center] if model.one_line else center.groups
    places = (OFFERED, ANSWERED, ABANDONED, WAITED, WITHIN)
    for kind, line in enumerate(lines):
        for batch, count in enumerate(line.counts):
            one = results[count]
            told = (one.offered, one.answered, one.abandoned, one.waited, one.within)
            found.counts[batch, kind, places] = [int(np.asarray(value)[0, 0]) for value in told]
            found.wait_s[batch, kind] = float(np.asarray(one.wait_s)[0, 0])
    for number, group in enumerate(groups):
        for batch, work in enumerate(group.works):
            found.work_s[batch, number] = float(np.asarray(results[work].work_s)[0, 0])
    return found.outcome()
