"""Lists that keep themselves sorted, by the sortedcontainers library: nothing stale is ever left in them.

Every requirement has a sorted list of those who wait for it; idle agents are in one, by when they became idle.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..reference_job import ARRIVE, COMPLETE, NOBODY, Event, Job

if TYPE_CHECKING:
    from sortedcontainers import SortedList


class PythonSorted:
    """The reference job by sorted lists."""

    name: ClassVar[str] = "Python, sortedcontainers"

    @classmethod
    def missing(cls) -> str | None:
        """Say whether the library is there."""
        return None if find_spec("sortedcontainers") else "pip install sortedcontainers"

    def load(self, job: Job, events: NDArray[np.void]) -> None:
        """Restore the standing; events become tuples, so that reading them costs little."""
        from sortedcontainers import SortedList

        wanting = [frozenset(skills) for skills in job.requirements]
        met_by = {
            skills: frozenset(r for r, wanted in enumerate(wanting) if wanted.issubset(skills))
            for skills in dict.fromkeys(job.skill_sets)
        }
        self.meets = [met_by[skills] for skills in job.skill_sets]
        self.idle: SortedList[tuple[int, int]] = SortedList(enumerate(job.standing.idle))
        """(when, agent) of all who are idle."""
        self.clock = len(self.idle)
        lines: list[list[tuple[int, int]]] = [[] for _ in wanting]
        self.waiting: dict[int, tuple[int, int]] = {}
        """Interaction -> (tier, requirement)."""
        for interaction, tier, requirement in job.standing.waiting:
            lines[requirement].append((-tier, interaction))
            self.waiting[interaction] = (tier, requirement)
        self.lines: list[SortedList[tuple[int, int]]] = [SortedList(line) for line in lines]
        """For each requirement (tier, negative, interaction) of all who wait."""
        self.busy = dict(job.standing.busy)
        self.events: list[Event] = events.tolist()
        self.answers: list[int] = []

    def arrive(self, interaction: int, tier: int, requirement: int) -> int:
        """Give an interaction to an agent, or let it wait; return the agent or NOBODY."""
        for place, (_, agent) in enumerate(self.idle):
            if requirement in self.meets[agent]:
                del self.idle[place]
                self.busy[interaction] = agent
                return agent
        self.lines[requirement].add((-tier, interaction))
        self.waiting[interaction] = (tier, requirement)
        return NOBODY

    def complete(self, interaction: int) -> int:
        """End an interaction; return the one that its agent gets, or NOBODY."""
        agent = self.busy.pop(interaction)
        best = min((line[0] for r in self.meets[agent] if (line := self.lines[r])), default=None)
        if best is None:
            self.clock += 1
            self.idle.add((self.clock, agent))
            return NOBODY
        taken = best[1]
        self.abandon(taken)
        self.busy[taken] = agent
        return taken

    def abandon(self, interaction: int) -> None:
        """Take a waiting interaction away."""
        tier, requirement = self.waiting.pop(interaction)
        self.lines[requirement].remove((-tier, interaction))

    def run(self) -> None:
        """Do every event."""
        note = self.answers.append
        for kind, tier, requirement, interaction in self.events:
            if kind == ARRIVE:
                note(self.arrive(interaction, tier, requirement))
            elif kind == COMPLETE:
                note(self.complete(interaction))
            else:
                self.abandon(interaction)
                note(NOBODY)

    def results(self) -> NDArray[np.int32]:
        """Return who got what."""
        return np.array(self.answers, np.int32)

    def close(self) -> None:
        """Forget everything."""
        self.__dict__.clear()
