"""What people usually write: heaps from the standard library, from which nothing can be removed but the first.

Every requirement has a heap of those who wait for it and one of idle agents who meet it. An agent who becomes idle
is put into the heap of each requirement that it meets; entries that no longer hold are passed over when they come
to the top.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..reference_job import ARRIVE, COMPLETE, NOBODY, Event, Job


class PythonHeapq:
    """The reference job by two heaps a requirement, with lazy deletion."""

    name: ClassVar[str] = "Python, heapq"

    @classmethod
    def missing(cls) -> str | None:
        """Nothing is: it needs no more than Python."""
        return None

    def load(self, job: Job, events: NDArray[np.void]) -> None:
        """Restore the standing; events become tuples, so that reading them costs little."""
        wanting = [frozenset(skills) for skills in job.requirements]
        met_by = {
            skills: [r for r, wanted in enumerate(wanting) if wanted.issubset(skills)]
            for skills in dict.fromkeys(job.skill_sets)
        }
        self.meets = [met_by[skills] for skills in job.skill_sets]
        self.idle: list[list[tuple[int, int]]] = [[] for _ in wanting]
        """For each requirement (when, agent) of those who have been idle."""
        self.idle_since: dict[int, int] = {}
        self.lines: list[list[tuple[int, int]]] = [[] for _ in wanting]
        """For each requirement (tier, negative, interaction) of those who have waited."""
        self.busy = dict(job.standing.busy)
        self.waiting: set[int] = set()
        self.clock = 0
        for agent in job.standing.idle:
            self.rest(agent)
        for interaction, tier, requirement in job.standing.waiting:
            self.lines[requirement].append((-tier, interaction))
            self.waiting.add(interaction)
        for line in self.lines:
            heapify(line)
        self.events: list[Event] = events.tolist()
        self.answers: list[int] = []

    def rest(self, agent: int) -> None:
        """Offer an agent who has become idle to every requirement that it meets."""
        self.clock += 1
        self.idle_since[agent] = self.clock
        entry = (self.clock, agent)
        for requirement in self.meets[agent]:
            heappush(self.idle[requirement], entry)

    def arrive(self, interaction: int, tier: int, requirement: int) -> int:
        """Give an interaction to an agent, or let it wait; return the agent or NOBODY."""
        idle = self.idle[requirement]
        while idle:
            since, agent = heappop(idle)
            if self.idle_since.get(agent) == since:
                del self.idle_since[agent]
                self.busy[interaction] = agent
                return agent
        heappush(self.lines[requirement], (-tier, interaction))
        self.waiting.add(interaction)
        return NOBODY

    def complete(self, interaction: int) -> int:
        """End an interaction; return the one that its agent gets, or NOBODY."""
        agent = self.busy.pop(interaction)
        best: tuple[int, int] | None = None
        best_line: list[tuple[int, int]] = []
        for requirement in self.meets[agent]:
            line = self.lines[requirement]
            while line and line[0][1] not in self.waiting:
                heappop(line)
            if line and (best is None or line[0] < best):
                best, best_line = line[0], line
        if best is None:
            self.rest(agent)
            return NOBODY
        taken = heappop(best_line)[1]
        self.waiting.discard(taken)
        self.busy[taken] = agent
        return taken

    def run(self) -> None:
        """Do every event."""
        note = self.answers.append
        for kind, tier, requirement, interaction in self.events:
            if kind == ARRIVE:
                note(self.arrive(interaction, tier, requirement))
            elif kind == COMPLETE:
                note(self.complete(interaction))
            else:
                self.waiting.discard(interaction)
                note(NOBODY)

    def results(self) -> NDArray[np.int32]:
        """Return who got what."""
        return np.array(self.answers, np.int32)

    def close(self) -> None:
        """Forget everything."""
        self.__dict__.clear()
