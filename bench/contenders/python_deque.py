"""The fastest routing that we could write in plain Python, without anything compiled of its own.

Every loop runs inside the interpreter's C code; what is left in bytecode is a dozen steps an event:

* ``first[r]`` is the rank of the first who waits for requirement r, in one list. ``itemgetter`` picks the entries
  of those requirements that an agent meets in one call, and ``min`` finds who gets the agent.
* Agents who are idle are the keys of a dict, which keeps them in the order in which they became so. For a
  requirement that many meet, ``filter`` walks that order until a set of agents contains one: 1 / (share of agents
  who meet it) steps. For one that few meet, ``min`` over when each of these few became idle is faster.
* If somebody already waits for the same requirement, no idle agent meets it: the arrival waits, without a search.
* Lines are deques; who hangs up in the middle of one is passed over later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import isqrt
from operator import itemgetter
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from ..reference_job import ARRIVE, COMPLETE, NOBODY, TIERS, Event, Job

EMPTY: Final = 1 << 62
"""The rank of nobody, and the moment at which an agent at work became idle: later than all others."""
SHIFT: Final = 32
LOW: Final = (1 << SHIFT) - 1
"""A rank is (tiers above) << 32 | interaction, a moment (when) << 32 | agent: the smallest is the first."""

Picked = Callable[[list[int]], tuple[int, ...]]


def picker(places: list[int], spare: int) -> Picked:
    """Return what picks these places of a list as a tuple; with fewer than two of them, a spare place too."""
    return itemgetter(*places, *[spare] * max(0, 2 - len(places)))


class Floor:
    """Agents and interactions. ``arrive``, ``complete`` and ``abandon`` do one event each and return its result.

    Attributes:
        idle: agents who are idle, as keys, the longest idle first.
        busy: interaction -> agent.
        waiting: interaction -> requirement, for all who wait.
    """

    def __init__(self, skill_sets: list[tuple[int, ...]], requirements: list[tuple[int, ...]]) -> None:
        having = [set(skills) for skills in skill_sets]
        wanting = [frozenset(skills) for skills in requirements]
        meets = [[r for r, skills in enumerate(wanting) if skills <= mine] for mine in having]
        meeting: list[list[int]] = [[] for _ in requirements]
        for agent, mine in enumerate(meets):
            for requirement in mine:
                meeting[requirement].append(agent)
        few = isqrt(len(skill_sets))  # where a scan of those who meet it costs as much as a walk until one does
        self.scan = [picker(agents, len(skill_sets)) if len(agents) <= few else None for agents in meeting]
        self.contains = [frozenset(agents).__contains__ for agents in meeting]
        self.picks = [picker(mine, len(requirements)) for mine in meets]
        self.first = [EMPTY] * (len(requirements) + 1)  # and the spare
        self.lines: list[list[deque[int]]] = [[deque() for _ in range(TIERS)] for _ in requirements]
        self.since = [*range(len(skill_sets)), EMPTY]  # moment 0, by index; and the spare
        self.clock = 0
        self.idle = dict.fromkeys(range(len(skill_sets)))
        self.busy: dict[int, int] = {}
        self.waiting: dict[int, int] = {}

    def arrive(self, interaction: int, tier: int, requirement: int) -> int:
        """Give an interaction to an agent, or let it wait; return the agent or NOBODY."""
        if self.first[requirement] == EMPTY:
            if (scan := self.scan[requirement]) is not None:
                moment = min(scan(self.since))
                agent = moment & LOW if moment != EMPTY else NOBODY
            else:
                agent = next(filter(self.contains[requirement], self.idle), NOBODY)
            if agent != NOBODY:
                del self.idle[agent]
                self.since[agent] = EMPTY
                self.busy[interaction] = agent
                return agent
        rank = (TIERS - 1 - tier) << SHIFT | interaction
        self.lines[requirement][TIERS - 1 - tier].append(rank)
        self.waiting[interaction] = requirement
        if rank < self.first[requirement]:  # noqa: PLR1730 - min() takes three times as long
            self.first[requirement] = rank
        return NOBODY

    def complete(self, interaction: int) -> int:
        """End an interaction; return the one that its agent gets, or NOBODY."""
        agent = self.busy.pop(interaction)
        rank = min(self.picks[agent](self.first))
        if rank == EMPTY:
            self.clock += 1
            self.since[agent] = self.clock << SHIFT | agent
            self.idle[agent] = None
            return NOBODY
        taken = rank & LOW
        self.busy[taken] = agent
        self._leave(taken, rank)
        return taken

    def abandon(self, interaction: int) -> None:
        """Take a waiting interaction away."""
        requirement = self.waiting[interaction]
        rank = self.first[requirement]
        if rank & LOW == interaction:
            self._leave(interaction, rank)
        else:  # it stays in the middle of its line until that has come to it
            del self.waiting[interaction]

    def _leave(self, interaction: int, rank: int) -> None:
        """Take away the first who waits for a requirement, and find who is first then."""
        waiting = self.waiting
        requirement = waiting.pop(interaction)
        for line in self.lines[requirement][rank >> SHIFT :]:
            while line and line[0] & LOW not in waiting:
                line.popleft()
            if line:
                self.first[requirement] = line[0]
                return
        self.first[requirement] = EMPTY


class PythonDeque:
    """The reference job by :class:`Floor`, a method call for an event."""

    name: ClassVar[str] = "Python, dict and deque"

    @classmethod
    def missing(cls) -> str | None:
        """Nothing is: it needs no more than Python."""
        return None

    def load(self, job: Job, events: NDArray[np.void]) -> None:
        """Restore the standing; events become tuples, so that reading them costs little."""
        self.floor = restored(job)
        self.events: list[Event] = events.tolist()
        self.answers: list[int] = []

    def run(self) -> None:
        """Do every event."""
        arrive, complete, abandon = self.floor.arrive, self.floor.complete, self.floor.abandon
        note = self.answers.append
        for kind, tier, requirement, interaction in self.events:
            if kind == ARRIVE:
                note(arrive(interaction, tier, requirement))
            elif kind == COMPLETE:
                note(complete(interaction))
            else:
                abandon(interaction)
                note(NOBODY)

    def results(self) -> NDArray[np.int32]:
        """Return who got what."""
        return np.array(self.answers, np.int32)

    def close(self) -> None:
        """Forget everything."""
        del self.floor, self.events, self.answers


def restored(job: Job) -> Floor:
    """Return a floor as it stands after the warm-up."""
    floor = Floor(job.skill_sets, job.requirements)
    floor.idle = dict.fromkeys(job.standing.idle)
    floor.since = [EMPTY] * (len(job.skill_sets) + 1)
    for agent in floor.idle:
        floor.clock += 1
        floor.since[agent] = floor.clock << SHIFT | agent
    floor.busy = dict(job.standing.busy)
    for interaction, tier, requirement in job.standing.waiting:
        rank = (TIERS - 1 - tier) << SHIFT | interaction
        floor.lines[requirement][TIERS - 1 - tier].append(rank)
        floor.waiting[interaction] = requirement
        floor.first[requirement] = min(floor.first[requirement], rank)
    return floor
