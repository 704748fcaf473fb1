"""Snapshots: made by a replay beside the server, checked when read, two kept, and the journal trimmed behind them."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path

import pytest

from acdcore.journal import Damaged, InUse, JournalError, Missing, Newer, SqliteJournal
from acdcore.journal.committer import JournalCommitter
from acdcore.journal.encoding import encode
from acdcore.journal.keeper import Keeper, spawn
from acdcore.journal.making import make_snapshot, trim_unless_served
from acdcore.journal.recovery import open_center, recover
from acdcore.journal.snapshots import Snapshot, SnapshotFiles
from acdcore.journal.verify import verify
from journal_world import START_NS, FakeStorage, center, enqueued, filled, flip

pytestmark = pytest.mark.plain


def grown(path: Path) -> tuple[SqliteJournal, list[int]]:
    """A journal with three snapshots made as it grew, of which two are left; still being written."""
    journal, core = filled(path, 20)
    positions = []
    for begin in (100, 200, 300):
        for number in range(begin, begin + 10):
            journal.append(journal.end, 1, encode([enqueued(core, number)], core.state_hash()))
        positions.append(make_snapshot(path).position)
    assert [info.position for info in journal.snapshots()] == positions[1:]
    return journal, positions[1:]


def test_a_snapshot_and_the_rest_lead_where_the_whole_journal_leads(tmp_path: Path) -> None:
    journal, positions = grown(tmp_path / "j")
    made = make_snapshot(tmp_path / "j")  # nothing came behind the last one
    assert (made.position, made.size_bytes, made.trim) == (positions[1], 0, positions[0])
    replica, recovery = recover(journal)
    assert (recovery.snapshot, recovery.groups) == (positions[1], 0)
    for info in journal.snapshots():
        SnapshotFiles(journal.folder.snapshots, FakeStorage()).path(info.position).rename(
            tmp_path / f"{info.position}.kept"
        )
    whole, all_of_it = recover(journal)
    assert (all_of_it.snapshot, all_of_it.groups) == (0, journal.end)
    assert whole.core.state_hash() == replica.core.state_hash()
    assert whole.ledger.packed() == replica.ledger.packed()
    assert whole.core.snapshot() == replica.core.snapshot()
    journal.close()


@pytest.mark.parametrize("how", ["flipped", "cut", "empty", "gone"])
def test_a_snapshot_that_does_not_hold_is_passed_over(tmp_path: Path, how: str) -> None:
    journal, positions = grown(tmp_path / "j")
    newest = journal.snapshot_path(positions[1])
    if how == "flipped":
        flip(newest, newest.stat().st_size // 2)
    elif how == "cut":
        os.truncate(newest, newest.stat().st_size // 2)
    elif how == "empty":
        newest.write_bytes(b"")
    else:
        newest.unlink()
    journal.close()
    opened = open_center(tmp_path / "j", center(), START_NS)
    assert opened.recovery.snapshot == positions[0]
    assert opened.recovery.groups == 10
    assert len(opened.recovery.passed_over) == (how != "gone")
    opened.journal.close()
    made = make_snapshot(tmp_path / "j")  # the damaged one does not count any more
    assert made.trim == positions[0]
    assert len(list((tmp_path / "j" / "snapshots").glob("*.damaged"))) == (how != "gone")
    with SnapshotChecker(tmp_path / "j") as checked:
        assert checked == [positions[0], made.position]


class SnapshotChecker:
    """The positions of the snapshots of a journal that verifies."""

    def __init__(self, path: Path) -> None:
        self._journal = SqliteJournal(path, readonly=True)

    def __enter__(self) -> list[int]:
        return [info.position for info in verify(self._journal).snapshots]

    def __exit__(self, *exc: object) -> None:
        self._journal.close()


def test_without_a_snapshot_that_holds_a_trimmed_journal_is_refused(tmp_path: Path) -> None:
    journal, positions = grown(tmp_path / "j")
    while journal.trim(positions[0]):
        pass
    for position in positions:
        flip(journal.snapshot_path(position), 200)
    journal.close()
    with pytest.raises(Damaged, match=f"groups up to here have been trimmed.*snapshot {positions[1]}"):
        open_center(tmp_path / "j", center(), START_NS)


def test_a_newer_snapshot_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    journal, positions = grown(tmp_path / "j")
    newest = journal.snapshot_path(positions[1])
    data = bytearray(newest.read_bytes())
    data[8] = 2
    newest.write_bytes(data)
    journal.close()
    with pytest.raises(Newer, match="has version 2, this build of acdcore reads up to 1"):
        open_center(tmp_path / "j", center(), START_NS)


def test_a_newer_state_in_a_snapshot_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    journal, positions = grown(tmp_path / "j")
    newest = journal.snapshot_path(positions[1])
    whole = Snapshot.unpacked(newest.read_bytes(), "it")
    state = whole.state[:8] + (2).to_bytes(4, "little") + whole.state[12:]
    newest.write_bytes(whole._replace(state=state).packed())
    journal.close()
    with pytest.raises(Newer, match="format 2 is newer than this build reads; allowed: 1"):
        open_center(tmp_path / "j", center(), START_NS)
    with pytest.raises(Newer):
        make_snapshot(tmp_path / "j")  # nor is it set aside
    assert newest.exists()


def test_a_journal_trimmed_behind_its_snapshots_goes_on(tmp_path: Path) -> None:
    journal, positions = grown(tmp_path / "j")
    assert not trim_unless_served(tmp_path / "j", positions[0])  # somebody writes
    journal.close()
    assert trim_unless_served(tmp_path / "j", positions[0])
    opened = open_center(tmp_path / "j", center(), START_NS)
    assert opened.journal.start == positions[0]
    assert opened.recovery.snapshot == positions[1]
    opened.journal.append(opened.journal.end, opened.epoch, encode([enqueued(opened.core, 999)]))
    opened.journal.close()
    with SnapshotChecker(tmp_path / "j") as checked:
        assert checked == positions


def test_one_snapshot_at_a_time_and_none_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        make_snapshot(tmp_path)
    journal, _ = filled(tmp_path / "j", 3)
    from acdcore.journal.folder import Folder, Lock
    from acdcore.journal.making import LOCK

    lock = Lock(Folder(tmp_path / "j"), FakeStorage(), LOCK)
    with pytest.raises(InUse):
        make_snapshot(tmp_path / "j")
    lock.release()
    journal.close()


def test_an_interrupted_or_failing_snapshot_leaves_the_ones_before(tmp_path: Path) -> None:
    journal, positions = grown(tmp_path / "j")
    storage = FakeStorage()
    storage.fill()
    _, core = recover(journal)[0].core, recover(journal)[0].core
    journal.append(journal.end, 1, encode([enqueued(core, 777)]))
    with pytest.raises(JournalError, match="No space left"):
        make_snapshot(tmp_path / "j", storage=storage)
    (tmp_path / "j" / "snapshots" / f".{999:020}.snapshot.4711").write_bytes(b"half of it")
    assert [info.position for info in journal.snapshots()] == positions
    made = make_snapshot(tmp_path / "j")
    assert made.position == journal.end
    assert not list((tmp_path / "j" / "snapshots").glob(".*"))
    journal.close()


def test_what_a_snapshot_says_is_checked_byte_by_byte(tmp_path: Path) -> None:
    journal, positions = grown(tmp_path / "j")
    data = journal.get_snapshot(positions[0])
    whole = Snapshot.unpacked(data, "it")
    assert whole.packed() == data
    for at in range(0, len(data), max(1, len(data) // 300)):
        wrong = bytearray(data)
        wrong[at] ^= 1
        with pytest.raises((Damaged, Newer)):
            Snapshot.unpacked(bytes(wrong), "it")
    journal.close()


# ---------------------------------------------------------------------- while a server runs


async def test_a_keeper_has_snapshots_made_and_trims_between_commits(tmp_path: Path) -> None:
    path = tmp_path / "j"
    opened = open_center(path, center(), START_NS)
    committer = JournalCommitter(opened.journal, opened.epoch, opened.core)
    fails = True

    async def made_here(folder: Path) -> tuple[int, bytes]:
        if fails:
            return 7, b""
        return 0, json.dumps(make_snapshot(folder)._asdict()).encode()

    keeper = Keeper(committer, path, every=20, spawn=made_here)

    async def some(begin: int) -> None:
        for number in range(begin, begin + 25):
            await committer.commit([enqueued(opened.core, number)])
        while keeper._task is None or not keeper._task.done():  # noqa: ASYNC110  another task's
            await asyncio.sleep(0)

    await some(0)
    assert keeper.failures >= 1
    assert keeper.made == 0
    fails = False
    for begin in (100, 200, 300):
        await some(begin)
    assert keeper.made >= 2
    assert keeper.last_position == committer.journal.snapshots()[-1].position
    assert committer.journal.start == committer.journal.snapshots()[0].position > 0
    await keeper.stop()
    committer.close()
    assert re.fullmatch(r"\d{20}\.snapshot", opened.journal.snapshots()[0].position.__format__("020") + ".snapshot")
    again = open_center(path, center(), START_NS)
    assert again.core.interaction(again.core.find(8, b"call-310")) is not None
    again.journal.close()


async def test_however_long_a_snapshot_takes_commits_go_on(tmp_path: Path) -> None:
    path = tmp_path / "j"
    opened = open_center(path, center(), START_NS)
    committer = JournalCommitter(opened.journal, opened.epoch, opened.core)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(folder: Path) -> tuple[int, bytes]:
        begun.set()
        await go_on.wait()
        return 0, json.dumps(make_snapshot(folder)._asdict()).encode()

    keeper = Keeper(committer, path, every=20, spawn=slow)
    for number in range(100):
        await committer.commit([enqueued(opened.core, number)])
    assert begun.is_set()
    assert keeper.made == 0
    go_on.set()
    assert keeper._task is not None
    await keeper._task
    assert (keeper.made, keeper.last_position) == (1, committer.position)
    await keeper.stop()
    committer.close()


async def test_a_process_of_its_own_makes_a_snapshot_beside_the_writer(tmp_path: Path) -> None:
    journal, core = filled(tmp_path / "j", 20)
    code, printed = await spawn(tmp_path / "j")
    made = json.loads(printed)
    assert (code, made["position"], made["digest"]) == (0, journal.end, core.state_hash())
    assert [info.position for info in journal.snapshots()] == [journal.end]
    assert journal.append(journal.end, 1, encode([enqueued(core, 20)])) == made["position"] + 1
    journal.close()


async def test_commands_behind_the_last_snapshot_count_on_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "j"
    made = []

    async def made_here(folder: Path) -> tuple[int, bytes]:
        made.append(make_snapshot(folder))
        return 0, json.dumps(made[-1]._asdict()).encode()

    for start in range(3):
        opened = open_center(path, center(), START_NS)
        committer = JournalCommitter(opened.journal, opened.epoch, opened.core)
        keeper = Keeper(committer, path, every=40, since=opened.recovery.commands, spawn=made_here)
        for number in range(15):
            await committer.commit([enqueued(opened.core, 100 * start + number)])
        while keeper._task is not None and not keeper._task.done():  # noqa: ASYNC110  another task's
            await asyncio.sleep(0)
        await keeper.stop()
        committer.close()
    assert len(made) == 1
