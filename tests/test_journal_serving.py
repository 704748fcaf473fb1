"""``acdcore serve`` on a journal that is damaged, newer or torn, and on a disk that fails or hangs: what people see."""

from __future__ import annotations

import asyncio
import gc
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from acdcore.bench.demo.server import DemoServer
from acdcore.cli.output import Exit
from acdcore.errors import AcdError, Unavailable
from acdcore.journal import SqliteJournal, encoding, wal
from acdcore.journal.making import make_snapshot
from acdcore.journal.snapshots import Snapshot
from acdcore.router.codes import InteractionState
from acdcore.rpc import server as server_module
from acdcore.rpc.client import Client
from cli_ran import ran
from journal_world import CENTER, crashed, filled, flip

pytestmark = pytest.mark.plain

FRAME_BYTES = 24 + 4096


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The center's file."""
    path = tmp_path / "bank.yaml"
    path.write_text(CENTER, encoding="utf-8")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of everything that a journal consists of."""
    kept = [folder / "journal.db", folder / "journal.db-wal", *sorted((folder / "snapshots").iterdir())]
    return {path.name: path.read_bytes() for path in kept if path.exists()}


# ---------------------------------------------------------------------- what it does not start with


def damaged_row(folder: Path) -> None:
    """Flip a bit of a row in the database, with more rows in the write-ahead log behind it."""
    made = folder.with_name("made")
    journal, _ = filled(made, 100)
    journal.close()
    journal = SqliteJournal(made)
    journal.append(journal.end, journal.take(), encoding.encode([]))
    crashed(made, folder)
    journal.close()
    flip(folder / "journal.db", (folder / "journal.db").read_bytes().index(b"call-17"))


def damaged_log(folder: Path) -> None:
    """Flip a bit of a committed row in the write-ahead log."""
    journal, _ = filled(folder.with_name("made"), 20)
    crashed(journal.folder.path, folder)
    journal.close()
    frames = wal.look(folder / "journal.db-wal").frames
    flip(folder / "journal.db-wal", 32 + (frames - 6) * FRAME_BYTES + 24 + 99)


def newer_tables(folder: Path) -> None:
    """A database of a later format."""
    journal, _ = filled(folder, 1)
    journal.close()
    connection = sqlite3.connect(folder / "journal.db")
    connection.execute("PRAGMA user_version = 2")
    connection.close()


def newer_group(folder: Path) -> None:
    """A group of a later version."""
    journal, _ = filled(folder, 1)
    body = encoding.encode([])
    journal.append(journal.end, 1, bytes([encoding.VERSION + 1]) + body[1:])
    journal.close()


def newer_snapshot(folder: Path) -> None:
    """A snapshot of a later version."""
    journal, _ = filled(folder, 20)
    newest = journal.snapshot_path(make_snapshot(folder).position)
    newest.write_bytes(newest.read_bytes()[:8] + b"\2" + newest.read_bytes()[9:])
    journal.close()


def newer_state(folder: Path) -> None:
    """A snapshot with a state of a later version."""
    journal, _ = filled(folder, 20)
    newest = journal.snapshot_path(make_snapshot(folder).position)
    whole = Snapshot.unpacked(newest.read_bytes(), "it")
    newest.write_bytes(whole._replace(state=whole.state[:8] + b"\2" + whole.state[9:]).packed())
    journal.close()


@pytest.mark.parametrize(
    ("make", "code", "said"),
    [
        (damaged_row, Exit.DAMAGED, r"position 19: the checksum of this row does not hold"),
        (damaged_log, Exit.DAMAGED, r"journal\.db-wal, frame \d+: .* committed data is damaged"),
        (newer_tables, Exit.NEWER, r"has format 2, this build of acdcore reads up to 1"),
        (newer_group, Exit.NEWER, r"position 3 has version 2, this build of acdcore reads up to 1"),
        (newer_snapshot, Exit.NEWER, r"snapshot 21 has version 2, this build of acdcore reads up to 1"),
        (newer_state, Exit.NEWER, r"snapshot 21: format 2 is newer than this build reads; allowed: 1"),
    ],
)
def test_it_does_not_start_says_why_by_its_exit_code_and_changes_nothing(
    make: Callable[[Path], None], code: Exit, said: str, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def started(*_: object) -> None:
        raise RuntimeError("it has started")

    monkeypatch.setattr(server_module, "_serve", started)
    data = tmp_path / "journal"
    make(data)
    before = contents(data)
    for _ in range(2):
        result = ran("serve", file, "--data", data, "--port", "0", "--no-metrics")
        assert (result.exit_code, bool(re.search(said, " ".join(result.output.split())))) == (code, True), result.output
        gc.collect()  # a connection that nobody holds would be closed, and the log moved
        after = contents(data)
        assert {name: after[name] for name in before} == before


# ---------------------------------------------------------------------- real processes


class Process(NamedTuple):
    """A server in a process of its own."""

    popen: subprocess.Popen[str]
    target: str
    page: str

    def line(self) -> str:
        """Return the next line that it prints."""
        assert self.popen.stdout is not None
        return self.popen.stdout.readline()

    def ended(self) -> tuple[int, str]:
        """Wait for its end; return its exit code and its log."""
        _, log = self.popen.communicate(timeout=60)
        return self.popen.returncode, log


@contextmanager
def serving(*command: str | Path) -> Iterator[Process]:
    """Serve by a command until the block ends."""
    started = [sys.executable, "-u", *map(str, command), "--port", "0", "--metrics-port", "0"]
    with subprocess.Popen(started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as popen:
        try:
            assert popen.stdout is not None
            said = popen.stdout.readline()
            found = re.search(r"on (127\.0\.0\.1:\d+), metrics on (\S+)", said)
            if found is None:
                popen.kill()
                raise AssertionError(said + popen.communicate()[1])
            yield Process(popen, found[1], found[2])
        finally:
            popen.kill()


def test_a_torn_last_write_is_told_and_counted_and_the_server_starts(file: Path, tmp_path: Path) -> None:
    journal, _ = filled(tmp_path / "made", 12)
    data = crashed(tmp_path / "made", tmp_path / "journal")
    whole = journal.end
    journal.close()
    frames = wal.look(data / "journal.db-wal").frames
    with (data / "journal.db-wal").open("r+b") as log:
        log.truncate(32 + (frames - 1) * FRAME_BYTES + 24 + 100)
    with serving("-m", "acdcore.cli", "serve", file, "--data", data) as process:
        with urllib.request.urlopen(process.page, timeout=60) as answer:
            page = answer.read().decode()
        process.popen.terminate()
        code, said = process.ended()
    torn = re.search(r'^acdcore_journal_torn_pages\{center="bank"\} (\d+)$', page, re.MULTILINE)
    assert torn is not None
    assert int(torn[1]) > 0
    assert f'acdcore_journal_position{{center="bank"}} {whole}\n' in page  # one group less, and its own first one
    assert code == Exit.OK
    assert re.search(rf"torn_write .*torn_frames={torn[1]}\b", said), said


FAULTY = """
import sqlite3, sys, threading
from pathlib import Path
from acdcore.cli.app import app
from acdcore.journal.storage import Storage
from acdcore.rpc import server

flag, fault, commit = Path(sys.argv[1]), sys.argv[2], Storage.commit

def faulty(self, connection, statement, values=()):
    if flag.exists():
        print(fault, flush=True)
        if fault == "fails":
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR | 4 << 8
            raise error
        connection.create_function("hang", 0, threading.Event().wait)  # within SQLite, as a flush is
        connection.execute("SELECT hang()")
    return commit(self, connection, statement, values)

Storage.commit = faulty
server.GRACE_S = 1.0
app(sys.argv[3:])
"""


@pytest.fixture
def disk(tmp_path: Path) -> Callable[[str], Any]:
    """Return what serves on a disk that, from when a file named after the fault is there, has it."""
    program = tmp_path / "faulty.py"
    program.write_text(FAULTY, encoding="utf-8")
    file = tmp_path / "bank.yaml"
    file.write_text(CENTER, encoding="utf-8")

    def start(fault: str) -> Any:
        return serving(program, tmp_path / fault, fault, "serve", file, "--data", tmp_path / "journal")

    return start


async def still_waits(data: Path, name: str) -> None:
    """See that a server that takes the journal over still has an interaction."""
    with DemoServer(CENTER, 1.0, data=data) as again:
        async with Client(again.target) as client:
            assert (await client.get_interaction(name)).state == InteractionState.WAITING


async def test_after_a_failed_flush_the_process_ends_and_touches_the_journal_no_more(
    disk: Callable[[str], Any], tmp_path: Path
) -> None:
    """Not even as the interpreter ends: closing the database would flush and move what may not be there."""
    with disk("fails") as process:
        async with Client(process.target) as client:
            kept = await client.enqueue("loans")
            before = contents(tmp_path / "journal")
            (tmp_path / "fails").touch()
            with pytest.raises(Unavailable):
                await client.enqueue("loans")
        code, said = await asyncio.to_thread(process.ended)
    assert code == Exit.STORAGE
    assert "commit_failed" in said
    assert contents(tmp_path / "journal") == before
    await still_waits(tmp_path / "journal", kept.interaction_id)


async def test_a_disk_that_hangs_does_not_keep_a_server_from_ending(disk: Callable[[str], Any], tmp_path: Path) -> None:
    with disk("hangs") as process:
        async with Client(process.target) as client:
            kept = await client.enqueue("loans")
            (tmp_path / "hangs").touch()
            hanging = asyncio.create_task(client.enqueue("loans"))
            assert await asyncio.to_thread(process.line) == "hangs\n"
            process.popen.send_signal(signal.SIGTERM)
            with pytest.raises(AcdError):
                await hanging
            code, said = await asyncio.to_thread(process.ended)
    assert code == Exit.OK
    assert "commit_overdue" in said
    await still_waits(tmp_path / "journal", kept.interaction_id)
