"""What the tests of the journal share: groups as a server makes them, storage that fails when told, small centers."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from acdcore.commands import Core
from acdcore.config import Center, parse_center
from acdcore.journal import SqliteJournal, Storage
from acdcore.journal.encoding import Group, encode
from acdcore.router import Core as Compiled
from acdcore.router.codes import Op
from acdcore.router.records import Answer, Command

START_NS = 1_800_000_000 * 10**9
CENTER = """\
center: bank
settings: {lease: 60s}
skills: [stocks, loans]
reasons: [lunch]
tiers:
  standard: {}
  vip: {head_start: 90s, rank: 10}
channels:
  chat: {cost: 40, most_at_once: 2}
queues:
  stocks: {target: 10s, plan: [{requires: {stocks: 5}}, {after: 30s, move_to: loans}], wrap_up: 20s}
  loans: {target: 20s, plan: [{requires: {loans: 1}}]}
agents:
  anna: {skills: {stocks: 7, loans: 3}}
  ben: {skills: {loans: 9}, channels: {chat: 1}}
"""


def center(text: str = CENTER) -> Center:
    """A center of its YAML."""
    return parse_center(text)


def sqlite_error(code: int, kind: type[sqlite3.Error] = sqlite3.OperationalError) -> sqlite3.Error:
    """Return what SQLite raises for a result code."""
    error = kind(f"code {code}")
    error.sqlite_errorcode = code
    error.sqlite_errorname = f"SQLITE_{code}"
    return error


class FakeStorage(Storage):
    """Real files, and a list of what is to go wrong, by the name of the method; counts what was done."""

    def __init__(self) -> None:
        self.failing: dict[str, BaseException | None] = {}
        self.done: list[str] = []
        self.before: Callable[[str], None] = lambda _name: None

    def _do(self, name: str) -> None:
        self.done.append(name)
        self.before(name)
        error = self.failing.get(name)
        if error is not None:
            raise error

    def fill(self) -> None:
        """No room any more: neither for commits nor for the log to be moved."""
        for name in ("commit", "checkpoint"):
            self.failing[name] = sqlite_error(sqlite3.SQLITE_FULL)
        self.failing["allocate"] = self.failing["write_whole"] = OSError(errno.ENOSPC, "No space left on device")

    def free(self) -> None:
        """Room again."""
        self.failing.clear()

    def commit(self, connection: sqlite3.Connection, statement: str, values: Sequence[Any] = ()) -> int:
        """Commit, or fail."""
        self._do("commit")
        return super().commit(connection, statement, values)

    def checkpoint(self, connection: sqlite3.Connection) -> tuple[int, int]:
        """Move the log, or fail."""
        self._do("checkpoint")
        return super().checkpoint(connection)

    def allocate(self, path: Path, size_bytes: int) -> None:
        """Allocate, or fail."""
        self._do("allocate")
        super().allocate(path, size_bytes)

    def write_whole(self, path: Path, parts: Sequence[bytes]) -> None:
        """Write a file, or fail."""
        self._do("write_whole")
        super().write_whole(path, parts)


def enqueued(core: Core, number: int, queue: int = 0) -> tuple[Command, Answer]:
    """Enqueue something and return the command with its answer."""
    at_ns = max(START_NS, core.center().now_ns) + 1_000_000
    command = Command(
        Op.ENQUEUE, at_ns, queue=queue, tier=0, x=-1, name=f"call-{number}".encode(), request_id=(1 << 90) + number
    )
    answer = core.apply(command)
    core.drain()
    return command, answer


def defined(text: str = CENTER) -> tuple[Compiled, Group]:
    """A core with a center defined, and the commands that did it."""
    from acdcore.config import center_commands

    core = Compiled()
    group = [(command, core.apply(command)) for command in center_commands(center(text), START_NS)]
    core.drain()
    return core, group


def filled(
    path: Path, groups: int, *, storage: Storage | None = None, **options: Any
) -> tuple[SqliteJournal, Compiled]:
    """A journal of a center with that many interactions, a group each, open; and its router."""
    core, first = defined()
    journal = SqliteJournal(path, "bank", storage=storage, **options)
    epoch = journal.take()
    journal.append(0, epoch, encode(first, core.state_hash()))
    for number in range(groups):
        group = [enqueued(core, number)]
        digest = core.state_hash() if number % 5 == 4 else None
        journal.append(journal.end, epoch, encode(group, digest))
    return journal, core


def crashed(path: Path, to: Path) -> Path:
    """Return a copy of a journal as a crash leaves it: nothing closed, no index of the log."""
    shutil.copytree(path, to)
    for name in ("journal.db-shm", "lock"):
        (to / name).unlink(missing_ok=True)
    return to


def flip(path: Path, at: int) -> None:
    """Flip a bit of a file."""
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 0x10]))
