"""The fastest routing that we could write in plain Python, without anything compiled of its own.

Every loop that can be long runs inside the interpreter's C code, and everything is an integer:

* ``first[w]`` is the rank of the first who waits for the skills w, in one list. ``itemgetter`` picks the entries
  of all skills that an agent has in one call, and ``min`` finds who gets the agent.
* ``since`` says when each agent became idle. Where few agents have the skills, ``min`` over their entries is who
  has been idle longest. Where many have them, those who become idle are put at the end of a deque, and whoever
  is no longer idle is passed over when it comes to the front.
* Where many agents have equal skills, they form a group, ``since`` is of the longest idle in each group, and
  every requirement takes the ``min`` over its groups.
* If somebody already waits for the same skills, no idle agent has them: the arrival waits, without a search.
* Lines are deques; who hangs up in the middle of one is passed over later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import chain
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
FEW: Final = 4
"""So many agents are looked at one by one in the time that it takes to keep a deque of them."""
MOST_GROUPS: Final = 200

Picked = Callable[[list[int]], tuple[int, ...]]
Note = Callable[[int], None]


def picker(places: list[int], spare: int) -> Picked:
    """Return what picks these places of a list as a tuple; with fewer than two of them, a spare place too."""
    return itemgetter(*places, *[spare] * max(0, 2 - len(places)))


class Floor:
    """Agents and interactions. ``arrive``, ``complete`` and ``abandon`` do one event each and return its result.

    Attributes:
        busy: interaction -> agent.
        waiting: interaction -> number of the skills that it wants, for all who wait.
    """

    def __init__(self, skill_sets: list[tuple[int, ...]], requirements: list[tuple[int, ...]]) -> None:
        wants = {skills: want for want, skills in enumerate(dict.fromkeys(requirements))}
        self.want = [wants[skills] for skills in requirements]
        groups = {skills: group for group, skills in enumerate(dict.fromkeys(skill_sets))}
        meets = {had: [want for wanted, want in wants.items() if set(wanted) <= set(had)] for had in groups}
        picks = {had: picker(met, len(wants)) for had, met in meets.items()}
        self.picks = [picks[had] for had in skill_sets]
        self.first = [EMPTY] * (len(wants) + 1)  # and the spare
        self.lines: list[list[deque[int]]] = [[deque() for _ in range(TIERS)] for _ in wants]
        self.busy: dict[int, int] = {}
        self.waiting: dict[int, int] = {}

        self.grouped = len(groups) <= min(MOST_GROUPS, len(skill_sets) // 4)
        self.group = [groups[had] for had in skill_sets]
        self.moments: list[deque[int]] = [deque() for _ in groups]
        units = list(groups) if self.grouped else skill_sets  # what ``since`` has one entry for
        meeting: list[list[int]] = [[] for _ in wants]
        for unit, had in enumerate(units):
            for want in meets[had]:
                meeting[want].append(unit)
        self.scan = [picker(who, len(units)) if self.grouped or len(who) <= FEW else None for who in meeting]
        self.queues: list[deque[int]] = [deque() for _ in wants]
        notes = {
            had: tuple(self.queues[want].append for want in met if self.scan[want] is None)
            for had, met in meets.items()
        }
        self.notes: list[tuple[Note, ...]] = [notes[had] for had in skill_sets]
        self.spared = [EMPTY] * (len(units) + 1)
        self.begin(range(len(skill_sets)))

    def begin(self, idle: Iterable[int]) -> None:
        """Make these agents idle, the longest idle first, and no others."""
        self.since = self.spared.copy()
        self.clock = 0
        for entries in chain(self.queues, self.moments):
            entries.clear()
        for agent in idle:
            self.rest(agent)

    def idle(self) -> list[int]:
        """Return the agents who are idle, the longest idle first."""
        moments = chain.from_iterable(self.moments) if self.grouped else self.since
        return [moment & LOW for moment in sorted(moments) if moment != EMPTY]

    def arrive(self, interaction: int, tier: int, requirement: int) -> int:
        """Give an interaction to an agent, or let it wait; return the agent or NOBODY."""
        want = self.want[requirement]
        if self.first[want] == EMPTY:
            since = self.since
            if (scan := self.scan[want]) is not None:
                moment = min(scan(since))
            else:
                queue = self.queues[want]
                while queue:
                    moment = queue.popleft()
                    if since[moment & LOW] == moment:
                        break
                else:
                    moment = EMPTY
            if moment != EMPTY:
                agent = moment & LOW
                if self.grouped:
                    group = self.group[agent]
                    moments = self.moments[group]
                    moments.popleft()
                    since[group] = moments[0] if moments else EMPTY
                else:
                    since[agent] = EMPTY
                self.busy[interaction] = agent
                return agent
        self.wait(interaction, tier, want)
        return NOBODY

    def complete(self, interaction: int) -> int:
        """End an interaction; return the one that its agent gets, or NOBODY."""
        agent = self.busy.pop(interaction)
        rank = min(self.picks[agent](self.first))
        if rank == EMPTY:
            self.rest(agent)
            return NOBODY
        taken = rank & LOW
        self.busy[taken] = agent
        self.leave(taken, rank)
        return taken

    def abandon(self, interaction: int) -> None:
        """Take a waiting interaction away."""
        rank = self.first[self.waiting[interaction]]
        if rank & LOW == interaction:
            self.leave(interaction, rank)
        else:  # it stays in the middle of its line until that has come to it
            del self.waiting[interaction]

    def rest(self, agent: int) -> None:
        """Note that an agent becomes idle."""
        self.clock += 1
        moment = self.clock << SHIFT | agent
        if self.grouped:
            group = self.group[agent]
            moments = self.moments[group]
            moments.append(moment)
            if len(moments) == 1:
                self.since[group] = moment
            return
        self.since[agent] = moment
        for note in self.notes[agent]:
            note(moment)
        if self.clock > 4 * len(self.notes):  # deques would grow for ever with those who are no longer idle
            self.begin(self.idle())

    def wait(self, interaction: int, tier: int, want: int) -> None:
        """Put an interaction at the end of its line."""
        rank = (TIERS - 1 - tier) << SHIFT | interaction
        self.lines[want][TIERS - 1 - tier].append(rank)
        self.waiting[interaction] = want
        if rank < self.first[want]:  # noqa: PLR1730 - min() takes three times as long
            self.first[want] = rank

    def leave(self, interaction: int, rank: int) -> None:
        """Take away the first who waits for some skills, and find who is first then."""
        waiting = self.waiting
        want = waiting.pop(interaction)
        for line in self.lines[want][rank >> SHIFT :]:
            while line and line[0] & LOW not in waiting:
                line.popleft()
            if line:
                self.first[want] = line[0]
                return
        self.first[want] = EMPTY


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
    floor.begin(job.standing.idle)
    floor.busy = dict(job.standing.busy)
    for interaction, tier, requirement in job.standing.waiting:
        floor.wait(interaction, tier, floor.want[requirement])
    return floor
