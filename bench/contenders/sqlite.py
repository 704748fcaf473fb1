"""Routing by SQLite in memory, inside the process: no server, no network, no disk.

The tables have the shape of FreeSWITCH's mod_callcenter: agents, who serves which queue (there called tiers, each
row with a state of its own, such as ready), and members, who wait or are served. And so have the statements: SELECT
the best with ORDER BY and LIMIT 1, then UPDATE it. A queue is a requirement.

mod_callcenter polls and sorts its members with every round; here every choice is read off an index:

* ``ready`` has, for each queue, the agents who are idle, the longest idle first. An agent who becomes idle or busy
  changes one row for each queue that they serve, about a dozen.
* ``line`` has, for each queue, who waits, in the order in which they are served. A freed agent takes the best of the
  first ones of all their queues, so that nobody's choice depends on how many wait.

One transaction an event; statements are prepared once, by the module's own cache.
"""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from ..reference_job import ARRIVE, COMPLETE, NOBODY, Event, Job
from .databases import idle_since, serves

SCHEMA: Final = """
CREATE TABLE agents (agent INTEGER PRIMARY KEY, idle_since INTEGER);
CREATE TABLE serves (
    agent INTEGER NOT NULL, queue INTEGER NOT NULL, ready_since INTEGER, PRIMARY KEY (agent, queue)
) WITHOUT ROWID;
CREATE INDEX ready ON serves (queue, ready_since) WHERE ready_since IS NOT NULL;
CREATE TABLE members (interaction INTEGER PRIMARY KEY, queue INTEGER, tier INTEGER, agent INTEGER);
CREATE INDEX line ON members (queue, tier DESC, interaction) WHERE agent IS NULL;
"""
FIND_AGENT: Final = """
SELECT agent FROM serves WHERE queue = ? AND ready_since IS NOT NULL ORDER BY ready_since LIMIT 1
"""
FIND_MEMBER: Final = """
SELECT interaction FROM members WHERE interaction IN (
    SELECT (
        SELECT interaction FROM members WHERE queue = serves.queue AND agent IS NULL
        ORDER BY tier DESC, interaction LIMIT 1
    ) FROM serves WHERE agent = ?
) ORDER BY tier DESC, interaction LIMIT 1
"""
SET_IDLE: Final = "UPDATE agents SET idle_since = ? WHERE agent = ?"
SET_READY: Final = "UPDATE serves SET ready_since = ? WHERE agent = ?"
JOIN: Final = "INSERT INTO members VALUES (?, ?, ?, ?)"
TAKE: Final = "UPDATE members SET agent = ? WHERE interaction = ?"
LEAVE: Final = "DELETE FROM members WHERE interaction = ? RETURNING agent"


class Sqlite:
    """The reference job by statements of SQL, a transaction for an event."""

    name: ClassVar[str] = "SQLite in memory"

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.answers: list[int] = []

    @classmethod
    def missing(cls) -> str | None:
        """Return why it cannot run here, if so: RETURNING came with SQLite 3.35, in 2021."""
        if sqlite3.sqlite_version_info < (3, 35):
            return f"SQLite {sqlite3.sqlite_version} is older than 3.35: use a Python that was built with a newer one"
        return None

    def load(self, job: Job, events: NDArray[np.void]) -> None:
        """Fill the tables with the standing."""
        since = idle_since(job)
        self.tables = sqlite3.connect(":memory:", isolation_level=None)  # None: transactions begin where we say so
        self.tables.executescript(SCHEMA)
        many = self.tables.executemany
        self.tables.execute("BEGIN")
        many("INSERT INTO agents VALUES (?, ?)", ((agent, since.get(agent)) for agent in range(job.shape.agents)))
        many("INSERT INTO serves VALUES (?, ?, ?)", ((agent, queue, since.get(agent)) for agent, queue in serves(job)))
        many(JOIN, ((interaction, None, None, agent) for interaction, agent in job.standing.busy.items()))
        many(JOIN, ((interaction, queue, tier, None) for interaction, tier, queue in job.standing.waiting))
        self.tables.execute("COMMIT")
        self.tables.execute("ANALYZE")
        self.events, self.answers = events.tolist(), []

    def run(self) -> None:
        """Do every event."""
        execute, note = self.tables.execute, self.answers.append
        for now, (kind, tier, queue, interaction) in enumerate(self.events, 1):
            execute("BEGIN")
            if kind == ARRIVE:
                note(self._arrive(interaction, tier, queue))
            elif kind == COMPLETE:
                note(self._complete(interaction, now))
            else:
                execute(LEAVE, (interaction,)).fetchone()
                note(NOBODY)
            execute("COMMIT")

    def results(self) -> NDArray[np.int32]:
        """Return who got what."""
        return np.array(self.answers, np.int32)

    def close(self) -> None:
        """Forget everything."""
        self.tables.close()
        self.events, self.answers = [], []

    def _arrive(self, interaction: int, tier: int, queue: int) -> int:
        """Give an interaction to the agent who has been ready longest, or let it wait."""
        execute = self.tables.execute
        found: tuple[int] | None = execute(FIND_AGENT, (queue,)).fetchone()
        if found is None:
            execute(JOIN, (interaction, queue, tier, None))
            return NOBODY
        agent = found[0]
        execute(SET_IDLE, (None, agent))
        execute(SET_READY, (None, agent))
        execute(JOIN, (interaction, queue, tier, agent))
        return agent

    def _complete(self, interaction: int, now: int) -> int:
        """End an interaction and give its agent the best that waits, or let them be ready."""
        execute = self.tables.execute
        agent = execute(LEAVE, (interaction,)).fetchone()[0]
        found: tuple[int] | None = execute(FIND_MEMBER, (agent,)).fetchone()
        if found is None:
            execute(SET_IDLE, (now, agent))
            execute(SET_READY, (now, agent))
            return NOBODY
        execute(TAKE, (agent, found[0]))
        return found[0]
