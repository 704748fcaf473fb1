"""Routing by PostgreSQL: a function on the server does an event, and each call is a transaction of its own.

Agents and members are taken by SELECT ... ORDER BY ... LIMIT 1 FOR UPDATE SKIP LOCKED, so that routers which work
side by side pass over what another one is about to take. The tables and indexes are those of :mod:`.sqlite`; the
functions save a round trip for each statement.

The cluster is our own, in a temporary folder, reached through a Unix socket. Nothing survives a crash: its tables
are UNLOGGED, fsync, synchronous_commit and full_page_writes are off. That is faster than what one could run a center
on, and comparable with the contenders that keep everything in memory. Each event waits for the answer of the one
before it, as a router does.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterable
from contextlib import ExitStack
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, LiteralString

import numpy as np
from numpy.typing import NDArray

from ..reference_job import ARRIVE, COMPLETE, Event, Job
from .databases import Server, idle_since, serves, unprivileged

if TYPE_CHECKING:
    import psycopg

OWNER: Final = "acdcore"
PORT: Final = 5432
"""No TCP port is opened; it is a part of the socket's name."""
IN_MEMORY: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "256MB"}

SCHEMA: Final = """
CREATE UNLOGGED TABLE agents (agent int PRIMARY KEY, idle_since int);
CREATE UNLOGGED TABLE serves (agent int NOT NULL, queue int NOT NULL, ready_since int, PRIMARY KEY (agent, queue));
CREATE INDEX ready ON serves (queue, ready_since) WHERE ready_since IS NOT NULL;
CREATE UNLOGGED TABLE members (interaction int PRIMARY KEY, queue int, tier int, agent int);
CREATE INDEX line ON members (queue, tier DESC, interaction) WHERE agent IS NULL;
"""
FUNCTIONS: Final = """
CREATE FUNCTION arrive(arriving int, tier int, wanted int, now int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    taken int;
BEGIN
    SELECT agents.agent INTO taken FROM serves JOIN agents ON agents.agent = serves.agent
        WHERE serves.queue = wanted AND serves.ready_since IS NOT NULL AND agents.idle_since IS NOT NULL
        ORDER BY serves.ready_since LIMIT 1 FOR UPDATE OF agents SKIP LOCKED;
    IF taken IS NOT NULL THEN
        UPDATE agents SET idle_since = NULL WHERE agent = taken;
        UPDATE serves SET ready_since = NULL WHERE agent = taken;
    END IF;
    INSERT INTO members VALUES (arriving, wanted, tier, taken);
    RETURN coalesce(taken, -1);
END $$;

CREATE FUNCTION complete(ended int, now int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    freed int;
    taken int;
BEGIN
    DELETE FROM members WHERE interaction = ended RETURNING agent INTO freed;
    SELECT members.interaction INTO taken FROM serves
        CROSS JOIN LATERAL (
            SELECT interaction, tier FROM members WHERE members.queue = serves.queue AND members.agent IS NULL
            ORDER BY tier DESC, interaction LIMIT 1
        ) AS head
        JOIN members ON members.interaction = head.interaction
        WHERE serves.agent = freed AND members.agent IS NULL
        ORDER BY head.tier DESC, head.interaction LIMIT 1 FOR UPDATE OF members SKIP LOCKED;
    IF taken IS NOT NULL THEN
        UPDATE members SET agent = freed WHERE interaction = taken;
        RETURN taken;
    END IF;
    UPDATE agents SET idle_since = now WHERE agent = freed;
    UPDATE serves SET ready_since = now WHERE agent = freed;
    RETURN -1;
END $$;

CREATE FUNCTION abandon(leaving int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM members WHERE interaction = leaving;
    RETURN -1;
END $$;
"""

Call = tuple[LiteralString, tuple[int, ...]]
"""A statement and its parameters."""


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server here: on the path, or where Debian keeps it."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb")]
    return max(versions, key=lambda path: float(path.parent.name), default=None)


def call(event: Event, now: int) -> Call:
    """Return the function to call for an event."""
    kind, tier, queue, interaction = event
    if kind == ARRIVE:
        return "SELECT arrive(%s, %s, %s, %s)", (interaction, tier, queue, now)
    if kind == COMPLETE:
        return "SELECT complete(%s, %s)", (interaction, now)
    return "SELECT abandon(%s)", (interaction,)


class Postgres:
    """The reference job by functions in PL/pgSQL, called through prepared statements."""

    name: ClassVar[str] = "PostgreSQL, SKIP LOCKED"

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: list[int] = []
        self._undo = ExitStack()

    @classmethod
    def missing(cls) -> str | None:
        """Return why it cannot run here, if so."""
        if binaries() is None:
            return "PostgreSQL is not installed: apt-get install postgresql"
        if find_spec("psycopg") is None:
            return "Python's client for PostgreSQL is not installed: pip install 'psycopg[binary]'"
        return None

    def load(self, job: Job, events: NDArray[np.void]) -> None:
        """Make a cluster, start it and fill it with the standing; ServerError when that fails."""
        import psycopg

        programs = binaries()
        assert programs is not None, self.missing()
        with ExitStack() as undo:
            # SIGQUIT: at once, without a last look at data that goes anyway.
            self.server = Server("PostgreSQL", unprivileged(), signal.SIGQUIT)
            undo.callback(self.server.close)
            data = str(self.server.folder / "data")
            making = ("--username", OWNER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
            self.server.call(str(programs / "initdb"), "--pgdata", data, *making)
            settings = IN_MEMORY | {"listen_addresses": "", "unix_socket_directories": str(self.server.folder)}
            switches = [switch for name, value in settings.items() for switch in ("-c", f"{name}={value}")]
            self.server.start((str(programs / "postgres"), "-D", data, "-p", str(PORT), *switches), self._connects)
            undo.callback(self.connection.close)
            with self.server.reached(psycopg.Error):
                self._fill(job)
            self._undo = undo.pop_all()
        self.calls, self.answers = [call(event, now) for now, event in enumerate(events.tolist(), 1)], []

    def run(self) -> None:
        """Do every event; ServerError when the server goes away."""
        import psycopg

        note = self.answers.append
        with self.server.reached(psycopg.Error), self.connection.cursor() as cursor:
            for statement, parameters in self.calls:
                row = cursor.execute(statement, parameters, prepare=True).fetchone()
                assert row is not None, "a function returns one row"
                note(row[0])

    def results(self) -> NDArray[np.int32]:
        """Return who got what."""
        return np.array(self.answers, np.int32)

    def close(self) -> None:
        """Stop the server and forget everything."""
        self._undo.close()
        self.calls, self.answers = [], []

    def _connects(self) -> bool:
        """Whether the server is up; if so, the connection is made."""
        import psycopg

        try:
            self.connection: psycopg.Connection[Any] = psycopg.connect(
                host=str(self.server.folder), port=PORT, user=OWNER, dbname="postgres", autocommit=True
            )
        except psycopg.OperationalError:
            return False
        return True

    def _fill(self, job: Job) -> None:
        """Make the tables and enter the standing."""
        since = idle_since(job)
        execute = self.connection.execute
        execute(SCHEMA)
        self._copy("COPY agents FROM STDIN", ((agent, since.get(agent)) for agent in range(job.shape.agents)))
        self._copy("COPY serves FROM STDIN", ((agent, queue, since.get(agent)) for agent, queue in serves(job)))
        served = ((interaction, None, None, agent) for interaction, agent in job.standing.busy.items())
        waiting = ((interaction, queue, tier, None) for interaction, tier, queue in job.standing.waiting)
        self._copy("COPY members FROM STDIN", chain(served, waiting))
        execute("VACUUM ANALYZE")
        execute(FUNCTIONS)

    def _copy(self, statement: LiteralString, rows: Iterable[tuple[int | None, ...]]) -> None:
        """Enter many rows."""
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
