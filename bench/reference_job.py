"""The reference job: a center and a stream of events, the same for everybody who is measured.

N agents have 8 of 50 skills each. 200 requirements of one to three skills, each met by somebody, are asked for
by a Zipf law, in three tiers. The rule that every contender follows:

* An arrival goes to the agent, idle and with all its skills, who has been idle longest; at the start all are
  idle in the order of their indices. If there is none, it waits.
* A completion makes its agent idle. Of those waiting whom the agent may serve, it gets the one of the highest
  tier, and of these the one that arrived first. If there is none, the agent stays idle.
* An abandonment takes a waiting interaction away.

The stream is closed: whether an interaction arrives or ends depends on how many are there, so that 95 % of the
agents or more are at work and a given number of interactions waits. One contender makes the stream, seeded, and
all of them replay it: what they measure is the decision, not the drawing of random numbers.
"""

from __future__ import annotations

import hashlib
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

SKILLS: Final = 50
SKILLS_EACH: Final = 8
REQUIREMENTS: Final = 200
TIERS: Final = 3
AT_WORK: Final = 0.95
"""The least share of the agents that is at work once the center has filled."""

ARRIVE: Final = 0
COMPLETE: Final = 1
ABANDON: Final = 2
EVENT: Final = np.dtype([("kind", "u1"), ("tier", "u1"), ("requirement", "<u2"), ("interaction", "<i4")])
"""One event, 8 bytes. ``kind`` is ARRIVE, COMPLETE or ABANDON; tier and requirement are zero but for an arrival."""

NOBODY: Final = -1
"""The result of an arrival that waits, of a completion whose agent stays idle, and of every abandonment."""

CHECKPOINTS: Final = (1_000, 10_000, 100_000)
"""A contender too slow for all events runs the first so many, and is checked against the same prefix of the results."""

CHUNK: Final = 20_000

Event = tuple[int, int, int, int]
"""An event in plain Python: kind, tier, requirement, interaction."""
Progress = Callable[[int, int], None]
"""Is told how many events have been made, and of how many."""


@dataclass(frozen=True)
class Shape:
    """How large a center, and how its skills are spread.

    Attributes:
        agents: how many, 1 or more.
        profiles: how many different skill sets there are, agent i having set i mod profiles; 0: all are different.
        waiting: how many interactions may wait; beyond these the oldest gives up.
        seed: of everything that is drawn.
    """

    agents: int
    profiles: int = 0
    waiting: int = 300
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse what no center can have, with ValueError."""
        for name, least in (("agents", 1), ("profiles", 0), ("waiting", 0)):
            if (value := getattr(self, name)) < least:
                raise ValueError(f"{name}: {value} is too few; allowed: {least} or more")

    @property
    def target(self) -> int:
        """How many interactions are in the center, at work or waiting, once it has filled."""
        return round(AT_WORK * self.agents) + self.waiting

    @property
    def warm_up(self) -> int:
        """How many events fill the center and let its pattern of waiting settle."""
        return 20 * self.agents + 2 * self.waiting

    def __str__(self) -> str:
        """Say it as the tables do."""
        sets = f"{self.profiles:,} profiles" if self.profiles else "all distinct"
        return f"{self.agents:,} agents, {sets}, {self.waiting:,} waiting"


@dataclass(frozen=True)
class Standing:
    """Who does what after the warm-up.

    Attributes:
        idle: agents, the longest idle first.
        busy: interaction -> agent.
        waiting: (interaction, tier, requirement), the oldest first.
    """

    idle: list[int]
    busy: dict[int, int]
    waiting: list[tuple[int, int, int]]


@dataclass(frozen=True)
class Job:
    """One shape's center and its events.

    Attributes:
        shape: what it was made from.
        skill_sets: each agent's skills, ascending.
        requirements: each requirement's skills, ascending; all must be had.
        warm: the events of the warm-up, which begin with an empty center in which every agent is idle.
        timed: the events that are measured.
        standing: who does what between the two.
        results: of the timed events, one int32 each: the agent's index or the interaction's id, or NOBODY.
    """

    shape: Shape
    skill_sets: list[tuple[int, ...]]
    requirements: list[tuple[int, ...]]
    warm: NDArray[np.void]
    timed: NDArray[np.void]
    standing: Standing
    results: NDArray[np.int32]


def checksum(results: NDArray[np.int32]) -> str:
    """Return 16 hexadecimal digits that stand for all results and their order."""
    return hashlib.blake2b(np.ascontiguousarray(results, "<i4").tobytes(), digest_size=8).hexdigest()


def make_job(shape: Shape, timed: int = 100_000, progress: Progress | None = None) -> Job:
    """Draw a center and its events. A job of fewer timed events is a prefix of that of more.

    Takes some 3 microseconds an event, warm-up included: 10,000 agents with 100,000 waiting take two seconds.
    ``progress`` is called every CHUNK events.
    """
    draw = random.Random(shape.seed)
    skill_sets = _draw_skill_sets(draw, shape)
    requirements = [_draw_requirement(draw, skill_sets) for _ in range(REQUIREMENTS)]
    stream = _Stream(shape, skill_sets, requirements)
    total = shape.warm_up + timed
    warm = stream.make(shape.warm_up, lambda made: progress(made, total) if progress else None)
    standing = stream.standing()
    stream.answers.clear()
    events = stream.make(timed, lambda made: progress(shape.warm_up + made, total) if progress else None)
    results = np.array(stream.answers, np.int32)
    return Job(shape, skill_sets, requirements, warm, events, standing, results)


def _draw_skill_sets(draw: random.Random, shape: Shape) -> list[tuple[int, ...]]:
    """Return every agent's skills; no two sets that are meant to differ are equal."""
    count = shape.profiles or shape.agents
    sets: dict[tuple[int, ...], None] = {}
    while len(sets) < count:
        sets[tuple(sorted(draw.sample(range(SKILLS), SKILLS_EACH)))] = None
    different = list(sets)
    return [different[agent % count] for agent in range(shape.agents)]


def _draw_requirement(draw: random.Random, skill_sets: list[tuple[int, ...]]) -> tuple[int, ...]:
    """Return one to three skills that some agent has."""
    return tuple(sorted(draw.sample(draw.choice(skill_sets), draw.choice((1, 2, 3)))))


class _Stream:
    """Makes the events one after the other, having each done by a fast contender to know what may come next."""

    def __init__(self, shape: Shape, skill_sets: list[tuple[int, ...]], requirements: list[tuple[int, ...]]) -> None:
        from .contenders.python_deque import Floor

        self.shape = shape
        self.floor = Floor(skill_sets, requirements)
        # A generator for each kind of choice, so that no choice depends on how many of another kind were drawn ahead.
        self.wanted, self.valued, self.ended = (
            random.Random(f"{shape.seed} {what}") for what in ("requirement", "tier", "end")
        )
        self.zipf = list(accumulate(1 / (rank + 1) for rank in range(REQUIREMENTS)))
        self.active: list[int] = []
        self.waiting: deque[tuple[int, int, int]] = deque()
        """(interaction, tier, requirement) of those who have waited, the oldest first; some have left."""
        self.arrived = 0
        self.answers: list[int] = []

    def make(self, count: int, progress: Callable[[int], None]) -> NDArray[np.void]:
        """Make and do so many events; return them."""
        made: list[Event] = []
        while len(made) < count:
            made += self._chunk(min(CHUNK, count - len(made)))
            progress(len(made))
        return np.array(made, EVENT)

    def standing(self) -> Standing:
        """Return who does what now."""
        still = self.floor.waiting
        waiting = [entry for entry in self.waiting if entry[0] in still]
        return Standing(self.floor.idle(), dict(self.floor.busy), waiting)

    def _chunk(self, count: int) -> list[Event]:
        """Make and do up to CHUNK events."""
        target, most = self.shape.target, self.shape.waiting
        floor, active, queued = self.floor, self.active, self.floor.waiting
        made: list[Event] = []
        for _ in range(count):
            if len(queued) > most:
                while (oldest := self.waiting.popleft()[0]) not in queued:
                    pass
                made.append((ABANDON, 0, 0, oldest))
                floor.abandon(oldest)
                self.answers.append(NOBODY)
            elif len(active) + len(queued) < target:
                interaction, tier = self.arrived, self.valued.randrange(TIERS)
                requirement = self.wanted.choices(range(REQUIREMENTS), cum_weights=self.zipf)[0]
                self.arrived += 1
                made.append((ARRIVE, tier, requirement, interaction))
                agent = floor.arrive(interaction, tier, requirement)
                if agent == NOBODY:
                    self.waiting.append((interaction, tier, requirement))
                else:
                    active.append(interaction)
                self.answers.append(agent)
            else:
                which = self.ended.getrandbits(32) % len(active)
                ending, active[which] = active[which], active[-1]
                active.pop()
                made.append((COMPLETE, 0, 0, ending))
                taken = floor.complete(ending)
                if taken != NOBODY:
                    active.append(taken)
                self.answers.append(taken)
        return made
