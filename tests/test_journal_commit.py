"""Between owner and journal: no answer before the flush, a full disk, a slow one, a broken one."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from acdcore import commands
from acdcore.errors import AcdError, ResourceExhausted, Unavailable
from acdcore.journal import SqliteJournal
from acdcore.journal.committer import BEGINS, JournalCommitter, Thread
from acdcore.journal.figures import JournalSource
from acdcore.journal.recovery import Recovery, open_center, recover
from acdcore.metrics.catalogue import JOURNAL_FAMILIES
from acdcore.metrics.text import Page
from acdcore.router import Answer, Command
from acdcore.router import Core as Compiled
from acdcore.router.codes import Kind, Op, Presence
from acdcore.rpc.clock import ManualClock
from acdcore.rpc.owner import Owner
from journal_world import START_NS, FakeStorage, center, sqlite_error

pytestmark = pytest.mark.plain

T = TypeVar("T")


class Gate:
    """A runner in the loop itself that waits to be let through."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()

    async def call(self, work: Callable[[], T]) -> T:
        """Run it when the gate is open."""
        await self.open.wait()
        return work()

    def close(self, limit_s: float, last: Callable[[], None]) -> None:
        """Nothing to end."""
        last()


class World:
    """An owner with a journal whose storage, thread and time are in the test's hands."""

    def __init__(self, path: Path, core: Compiled | None = None) -> None:
        self.path = path
        self.storage = FakeStorage()
        self.gate = Gate()
        self.passed_ns = 0
        self.slept: list[float] = []
        opened = open_center(path, center(), START_NS, core=core, storage=self.storage)
        self.core = opened.core
        self.committer = JournalCommitter(
            opened.journal,
            opened.epoch,
            opened.core,
            runner=self.gate,
            sleep=self._sleep,
            now_ns=lambda: self.passed_ns,
        )
        self.clock = ManualClock(START_NS)
        self.owner = Owner(opened.core, self.clock, self.committer)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def enqueue(self, name: str) -> Awaitable[int]:
        """Enqueue something."""
        return self.owner.submit(
            lambda core, now_ns: commands.enqueue(core, now_ns, queue="loans", interaction_id=name), _value
        )

    def cancel(self, name: str) -> Awaitable[int]:
        """Cancel it."""
        return self.owner.submit(lambda core, now_ns: commands.cancel(core, now_ns, interaction_id=name), _value)

    def replayed(self) -> Any:
        """Return a router that has replayed what is on disk."""
        journal = SqliteJournal(self.path, readonly=True)
        try:
            return recover(journal)[0].core
        finally:
            journal.close()


def _value(_core: Any, value: int, _now_ns: int) -> int:
    return value


@asynccontextmanager
async def world(path: Path, core: Compiled | None = None) -> AsyncIterator[World]:
    """A world at work."""
    one = World(path, core)
    one.owner.start()
    try:
        yield one
    finally:
        one.storage.free()
        one.gate.open.set()
        await one.owner.stop(5.0)
        one.committer.close()


async def turns(count: int = 20) -> None:
    """Let the loop come round."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_no_answer_before_the_flush_and_everything_answered_is_on_disk(tmp_path: Path) -> None:
    async with world(tmp_path / "j") as one:
        one.gate.open.clear()
        waiting = [asyncio.ensure_future(one.enqueue(f"call-{n}")) for n in range(5)]
        look = one.owner.read(lambda core, _: core.find(Kind.INTERACTION, b"call-4"))
        await turns()
        assert not any(call.done() for call in [*waiting, look])
        assert one.replayed().find(Kind.INTERACTION, b"call-4") < 0
        one.gate.open.set()
        assert await look > 0
        await asyncio.gather(*waiting)
        assert one.replayed().find(Kind.INTERACTION, b"call-4") > 0
        assert (one.committer.commits.count, one.committer.groups.sum) == (1, 5)


async def test_a_full_disk_refuses_what_is_new_takes_what_ends_work_and_recovers(tmp_path: Path) -> None:
    async with world(tmp_path / "j") as one:
        await one.enqueue("call-1")
        await one.enqueue("call-2")
        one.storage.failing["checkpoint"] = sqlite_error(sqlite3.SQLITE_FULL)  # the database cannot grow
        assert one.committer.journal.relieve()
        with pytest.raises(ResourceExhausted) as caught:
            await one.enqueue("call-3")
        assert caught.value.reason == "DISK_FULL"
        with pytest.raises(ResourceExhausted):
            await one.owner.submit(lambda core, now_ns: commands.sign_in(core, now_ns, agent="ben"), _value)
        await one.cancel("call-1")
        assert one.replayed().state_hash() == one.core.state_hash()
        one.storage.free()
        await turns(60)
        assert not one.committer.is_low
        await one.enqueue("call-3")


async def test_with_no_room_at_all_a_group_waits_and_nothing_is_lost(tmp_path: Path) -> None:
    async with world(tmp_path / "j") as one:
        await one.enqueue("call-1")
        one.storage.fill()
        waiting = asyncio.ensure_future(one.cancel("call-1"))
        await turns(40)
        assert not waiting.done()
        assert one.committer.is_full
        with pytest.raises(ResourceExhausted) as caught:
            await one.cancel("call-1")
        assert caught.value.reason == "DISK_FULL"
        with pytest.raises(ResourceExhausted):
            await one.owner.read(lambda core, _: core.center())  # it would have to wait, too
        assert set(one.slept) == {0.25}
        one.storage.free()
        await waiting
        assert one.committer.times_full == 1
        assert one.committer.refusal() is None
        await one.enqueue("call-2")
        assert one.replayed().state_hash() == one.core.state_hash()


def test_what_begins_something_is_told_from_what_goes_on() -> None:
    goes_on = set(Op) - BEGINS
    assert {Op.CANCEL, Op.COMPLETE, Op.END_WRAP_UP, Op.ACCEPT, Op.DECLINE, Op.RENEW_LEASE, Op.ADVANCE} <= goes_on
    assert {Op.ENQUEUE, Op.SIGN_IN} <= BEGINS
    assert all(op in BEGINS for op in Op if op < Op.ADVANCE)


async def test_slow_commits_answer_nothing_early_and_shed_what_comes(tmp_path: Path) -> None:
    async with world(tmp_path / "j") as one:
        one.gate.open.clear()
        first = asyncio.ensure_future(one.enqueue("call-1"))
        await turns()
        one.passed_ns = 10**9
        second = asyncio.ensure_future(one.enqueue("call-2"))  # a second is no reason to refuse
        await turns()
        one.passed_ns = 30 * 10**9
        for _ in range(100):
            with pytest.raises(Unavailable) as caught:
                await one.enqueue("call-3")
            assert caught.value.reason == "COMMIT_SLOW"
        assert one.owner.inbox_size == 1
        assert not first.done()
        assert not second.done()
        one.gate.open.set()
        await asyncio.gather(first, second)
        await one.enqueue("call-3")


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR | 4 << 8, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT])
async def test_a_failed_flush_ends_the_server_and_is_never_tried_again(
    tmp_path: Path, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path / "j") as one:
        failed = asyncio.Event()
        one.owner.on_failure = failed.set
        await one.enqueue("call-1")
        one.storage.failing["commit"] = sqlite_error(code)
        with pytest.raises(Unavailable) as caught:
            await one.enqueue("call-2")
        assert caught.value.reason == "COMMIT_FAILED"
        await failed.wait()
        assert f"journal.db: code {code}" in caplog.text  # the log says what the disk said
        commits = one.storage.done.count("commit")
        one.storage.free()
        with pytest.raises(Unavailable):
            await one.cancel("call-1")
        await turns()
        assert one.storage.done.count("commit") == commits
        assert one.committer.failures == 1


class Fragile(Compiled):
    """A router with a bug: there is a name that it cannot bear."""

    def apply(self, command: Command) -> Answer:
        """Apply it, or break."""
        if command.name == b"poison":
            raise RuntimeError("half done")
        return super().apply(command)


async def test_what_breaks_the_router_is_not_journaled_so_that_no_restart_breaks_of_it(tmp_path: Path) -> None:
    async with world(tmp_path / "j", Fragile()) as one:
        await one.enqueue("call-1")
        with pytest.raises(Unavailable) as caught:
            await one.enqueue("poison")
        assert caught.value.reason == "COMMIT_FAILED"
        assert one.owner.failed
    for _ in range(2):
        opened = open_center(tmp_path / "j", center(), START_NS, core=Fragile())
        assert opened.core.find(Kind.INTERACTION, b"call-1") > 0
        assert opened.core.find(Kind.INTERACTION, b"poison") < 0
        opened.journal.close()


async def test_the_page_of_metrics_tells_of_the_journal(tmp_path: Path) -> None:
    async with world(tmp_path / "j") as one:
        await one.enqueue("call-1")
        source = JournalSource("bank", one.committer, Recovery(torn_frames=2, commands=7), now_ns=lambda: START_NS)
        page = Page()
        await source.copy()
        source.write(page)
        source.give_up()
        assert page.written() == {family.name for family in JOURNAL_FAMILIES}
        text = b"".join(page.encoded()).decode()
        for line in (
            'acdcore_journal_commits_total{center="bank"} 1',
            'acdcore_journal_commands_total{center="bank"} 1',
            'acdcore_journal_commit_seconds_bucket{center="bank",le="+Inf"} 1',
            'acdcore_journal_position{center="bank"} 2',
            'acdcore_journal_room_low{center="bank"} 0',
            'acdcore_journal_torn_pages{center="bank"} 2',
            'acdcore_recovery_commands{center="bank"} 7',
            'acdcore_snapshot_age_seconds{center="bank"} 0.0',
        ):
            assert line in text, line


async def test_timers_are_journalled_like_everything_else(tmp_path: Path) -> None:
    async with world(tmp_path / "j") as one:
        await one.owner.submit(lambda core, now_ns: commands.sign_in(core, now_ns, agent="ben"), _value)
        await one.enqueue("call-1")
        for _ in range(5):
            one.clock.move(11)
            await one.owner.read(lambda core, _: core.center())
        ben = one.core.agent(1)
        assert ben.presence != Presence.AVAILABLE
        assert one.replayed().state_hash() == one.core.state_hash()


async def test_the_thread_runs_in_order_and_hands_errors_on() -> None:
    thread = Thread()
    done: list[int] = []
    await asyncio.gather(*(thread.call(lambda n=n: done.append(n)) for n in range(50)))  # type: ignore[misc]
    assert done == list(range(50))

    def broken() -> None:
        raise AcdError("no")

    with pytest.raises(AcdError):
        await thread.call(broken)
    thread.close(5.0, lambda: done.append(50))
    assert not thread._thread.is_alive()
    assert done[-1] == 50


async def test_what_hangs_in_the_thread_is_not_waited_for_and_nothing_happens_beside_it() -> None:
    thread, hangs, done = Thread(), threading.Event(), list[int]()
    hanging = thread.call(hangs.wait)
    thread.close(0.01, lambda: done.append(1))
    assert not done
    hangs.set()
    assert await hanging
    thread._thread.join()
    assert done == [1]
