"""The contenders that are databases decide as everybody else does, and say so when their server is gone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from acdcore.bench.contenders.databases import Server, ServerError, idle_since, serves
from acdcore.bench.contenders.postgres import Postgres
from acdcore.bench.contenders.redis import Redis
from acdcore.bench.contenders.sqlite import Sqlite
from acdcore.bench.reference_job import ABANDON, ARRIVE, COMPLETE, NOBODY, Job, Shape, checksum, make_job

pytestmark = pytest.mark.plain

Database = Sqlite | Redis | Postgres
DATABASES = (Sqlite, Redis, Postgres)
SERVERS = (Redis, Postgres)
SHAPES = (Shape(60, 0, 20), Shape(60, 5, 20, seed=2), Shape(40, 0, 0, seed=3))
EVENTS = 900


@cache
def job(shape: Shape) -> Job:
    """The center and its events."""
    return make_job(shape, EVENTS)


@contextmanager
def loaded(kind: type[Database], work: Job) -> Iterator[Database]:
    """A contender that stands where the warm-up ends."""
    if reason := kind.missing():
        pytest.skip(reason)
    contender = kind()
    contender.load(work, work.timed)
    try:
        yield contender
    finally:
        contender.close()


def gone(process: int, within: float = 5.0) -> bool:
    """Whether a process of ours has ended, soon enough."""
    late = time.monotonic() + within
    while Path(f"/proc/{process}").exists():
        if time.monotonic() > late:
            return False
        time.sleep(0.02)
    return True


def test_the_shapes_try_every_kind_of_event() -> None:
    """There are arrivals that wait and that do not, completions that find work and that do not, and hang-ups."""
    work = job(SHAPES[0])
    kinds, served = work.timed["kind"], work.results != NOBODY
    for kind in (ARRIVE, COMPLETE):
        assert 20 < served[kinds == kind].sum() < (kinds == kind).sum() - 20
    assert (kinds == ABANDON).sum() > 20
    assert {tier for _, tier, _ in work.standing.waiting} == {0, 1, 2}
    assert work.standing.idle and work.standing.busy


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_decides_as_the_reference_does(kind: type[Database], shape: Shape) -> None:
    """Every result is the same one, and so is the checksum that the table shows."""
    work = job(shape)
    with loaded(kind, work) as contender:
        contender.run()
        found = contender.results()
        assert found.tolist() == work.results.tolist()
        assert checksum(found) == checksum(work.results)


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_may_run_a_prefix_and_start_over(kind: type[Database]) -> None:
    """Loaded again, it starts from the same standing, and a prefix of the events has a prefix of the results."""
    work = job(SHAPES[0])
    with loaded(kind, work) as contender:
        contender.run()
        contender.close()
        contender.load(work, work.timed[:200])
        contender.run()
        assert contender.results().tolist() == work.results[:200].tolist()


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_that_is_killed_is_an_error_that_says_so(kind: type[Redis | Postgres]) -> None:
    """No hang, no half of the results: the error names the server, how it ended, and what it wrote last."""
    work = job(SHAPES[0])
    with loaded(kind, work) as contender:
        assert not isinstance(contender, Sqlite)
        process = contender.server.process
        assert process is not None
        # PostgreSQL is not killed outright: the kernel would keep a segment of shared memory for nobody.
        process.send_signal(signal.SIGKILL if kind is Redis else signal.SIGQUIT)
        process.wait(30.0)
        with pytest.raises(ServerError, match=rf"(?s){contender.server.name} ended with -?\d+ \(.+\); .*log"):
            contender.run()
        assert not len(contender.results())


@pytest.mark.parametrize("kind", SERVERS)
def test_closing_leaves_neither_process_nor_folder(kind: type[Redis | Postgres]) -> None:
    """What was started is ended, and what was written is removed, at once and also when closed again."""
    with loaded(kind, job(SHAPES[0])) as contender:
        assert not isinstance(contender, Sqlite)
        server = contender.server
        assert server.process is not None
        assert server.process.poll() is None
        assert server.folder.is_dir()
        contender.close()
        assert server.process.returncode is not None
        assert not server.folder.exists()
        contender.close()


@pytest.mark.parametrize("kind", SERVERS)
def test_a_load_that_fails_leaves_neither_process_nor_folder(
    kind: type[Redis | Postgres], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standing that cannot be entered ends the server that was started for it."""
    if reason := kind.missing():
        pytest.skip(reason)
    module = sys.modules[kind.__module__]

    def broken(_: Job) -> None:
        raise LookupError("no such standing")

    monkeypatch.setattr(module, "serves", broken)
    contender = kind()
    with pytest.raises(LookupError):
        contender.load(job(SHAPES[0]), job(SHAPES[0]).timed)
    process = contender.server.process
    assert process is not None and process.returncode is not None
    assert not contender.server.folder.exists()


def test_a_server_that_does_not_start_says_what_it_wrote() -> None:
    """Its exit code and its log are in the message; so are those of a command that prepares it."""
    server = Server("Sample")
    script = "import sys; print('the disk is full', file=sys.stderr); sys.exit(3)"
    with pytest.raises(ServerError, match=r"Sample ended with 3 instead of starting; .* the disk is full"):
        server.start((sys.executable, "-c", script), lambda: False)
    with pytest.raises(ServerError, match=r"Sample .* failed with 3; .* the disk is full"):
        server.call(sys.executable, "-c", script)
    server.close()
    assert not server.folder.exists()


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that does not stop when asked to is killed."""
    monkeypatch.setattr("acdcore.bench.contenders.databases.START_WITHIN", 0.5)
    monkeypatch.setattr("acdcore.bench.contenders.databases.STOP_WITHIN", 0.2)
    server = Server("Sample")
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    with pytest.raises(ServerError, match="Sample does not answer after"):
        server.start((sys.executable, "-c", deaf), lambda: False)
    assert server.process is not None
    server.close()
    assert server.process.returncode in {-signal.SIGKILL, -signal.SIGTERM}
    assert gone(server.process.pid)


def test_a_server_goes_with_whoever_forgot_it() -> None:
    """Without a call of close, process and folder go when nobody knows the server any more."""
    server = Server("Sample")
    server.start((sys.executable, "-c", "import time; time.sleep(600)"), lambda: True)
    assert server.process is not None
    process, folder = server.process.pid, server.folder
    del server
    assert gone(process)
    assert not folder.exists()


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs util-linux's setpriv")
def test_a_server_goes_with_whoever_was_killed() -> None:
    """Who is killed closes nothing, and the server does not stay behind for ever."""
    script = """
import sys
import time
from acdcore.bench.contenders.databases import Server
server = Server("Sample")
up = "import pathlib, time; pathlib.Path('up').touch(); time.sleep(600)"
server.start((sys.executable, "-c", up), (server.folder / "up").exists)
print(server.process.pid, server.folder, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        process, folder = starter.stdout.readline().split()
        starter.kill()
    shutil.rmtree(folder)
    assert gone(int(process))


def test_who_serves_which_queue() -> None:
    """Exactly those agents who have all skills of a requirement, by the definition."""
    work = job(SHAPES[1])
    expected = {
        (agent, queue)
        for agent, skills in enumerate(work.skill_sets)
        for queue, wanted in enumerate(work.requirements)
        if set(wanted) <= set(skills)
    }
    found = serves(work)
    assert found == sorted(expected)


def test_the_idle_keep_their_order() -> None:
    """The longest idle became so first, and all of them before the first timed event."""
    work = job(SHAPES[0])
    since = idle_since(work)
    assert sorted(since, key=since.__getitem__) == work.standing.idle
    assert max(since.values()) < 1


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there are no users to tell apart")
@pytest.mark.parametrize("kind", SERVERS)
def test_what_is_missing_is_named(kind: type[Redis | Postgres], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the server, or without Python's client for it, there is a reason that says what to install."""
    module = sys.modules[kind.__module__]
    present = (lambda: Path("/bin")) if kind is Postgres else (lambda _: "/bin/redis-server")
    absent = (lambda: None) if kind is Postgres else (lambda _: None)
    where = "binaries" if kind is Postgres else "shutil.which"
    monkeypatch.setattr(f"{module.__name__}.{where}", absent)
    assert "apt-get install" in (kind.missing() or "")
    monkeypatch.setattr(f"{module.__name__}.{where}", present)
    monkeypatch.setattr(f"{module.__name__}.find_spec", lambda _: None)
    assert "pip install" in (kind.missing() or "")
