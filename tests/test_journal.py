"""The journal itself: groups as bytes, the chain of rows, SQLite's files after crashes and damage, one writer."""

from __future__ import annotations

import os
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from acdcore.journal import (
    Damaged,
    Fenced,
    Full,
    InUse,
    Missing,
    Newer,
    Row,
    SqliteJournal,
    StorageFailed,
    encoding,
    wal,
)
from acdcore.journal.chain import NO_LINK, Chain, checksum_of, link_of
from acdcore.journal.encoding import decode, encode, take_apart
from acdcore.journal.folder import default_folder
from acdcore.journal.sqlite import LOG_BYTES, SPARE_BYTES
from acdcore.router import batch
from acdcore.router.codes import Op
from acdcore.router.records import Answer, Command, Item
from journal_world import FakeStorage, crashed, defined, filled, flip, sqlite_error

pytestmark = pytest.mark.plain

GROUP = [
    (
        Command(Op.ENQUEUE, 5, queue=1, tier=2, agent=3, priority=-4, flags=2, x=-1, y=7, z=2**62, target=2**63 - 1,
                name="Zoë".encode(), items=(Item(2, 0, 5), Item(14, -(2**63), 2**63 - 1)), request_id=2**128 - 1),
        Answer(0, 1 << 32),
    ),
    (Command(Op.ADVANCE, 6), Answer(0, 3)),
    (Command(Op.DEFINE_SKILL, 6, name=b"x" * 128), Answer(20, -1)),
]  # fmt: skip


# ---------------------------------------------------------------------- bytes


def test_a_group_comes_back_as_it_went_in() -> None:
    for digest in (None, 0, 2**64 - 1):
        taken = take_apart(encode(GROUP, digest, 77, encoding.DEFINES))
        assert list(decode(taken)) == GROUP
        assert (taken.digest, taken.wall_ns, taken.length) == (digest, 77, 3)
        assert taken.flags & encoding.DEFINES
    assert list(decode(take_apart(encode([])))) == []


def test_rows_lie_as_the_router_takes_them() -> None:
    """So that a whole group is replayed in one call; if the router's rows change, the journal's version has to."""
    for mine, theirs in (
        (encoding.COMMAND, batch.COMMAND),
        (encoding.ANSWER, batch.ANSWER),
        (encoding.ITEM, batch.ITEM),
    ):
        assert mine.format.lstrip("<") == batch.packed(theirs).format.lstrip("@")
        assert mine.size == batch.row_bytes(theirs)
    packed = batch.pack(command for command, _ in GROUP)
    taken = take_apart(encode(GROUP))
    assert bytes(taken.commands) == packed.commands
    assert bytes(taken.names) == packed.names
    assert bytes(taken.items) == packed.items
    offset = 0
    for name, kind in batch.COMMAND:
        if name == "op":
            assert offset == encoding.OP_OFFSET
        offset += int(kind[1])


@pytest.mark.parametrize("body", [b"", b"\x01", encode(GROUP)[:-1], encode(GROUP) + b"\0", b"\0" + encode(GROUP)[1:]])
def test_what_is_not_of_one_piece_is_damaged(body: bytes) -> None:
    with pytest.raises(Damaged, match="position 9"):
        take_apart(body, "position 9")


def test_what_a_newer_version_wrote_is_refused_by_name() -> None:
    whole = encode(GROUP)
    newer = bytes([encoding.VERSION + 1]) + whole[1:]
    unknown = encode([(Command(99, 5), Answer(0))])
    for body, words in (
        (newer, "position 9 has version 2, this build of acdcore reads up to 1"),
        (newer[:3], "has version 2"),
        (bytes([whole[0], 7]) + whole[2:], "is of kind 7"),
        (unknown, "has operation 99"),
    ):
        with pytest.raises(Newer, match=words):
            take_apart(body, "position 9")


# ---------------------------------------------------------------------- the chain


def rows(count: int) -> list[Row]:
    """That many rows of a chain."""
    link, made = NO_LINK, []
    for position in range(1, count + 1):
        body = b"body %d" % position
        made.append(Row(position, 1, link, body, checksum_of(position, 1, link, body)))
        link = link_of(position, 1, link, body)
    return made


def test_a_chain_is_followed() -> None:
    chain = Chain("j")
    for row in rows(5):
        chain.follow(row)
    assert chain.position == 5


def test_every_kind_of_damage_to_a_row_is_seen_and_named() -> None:
    made = rows(3)
    other = rows(3)[1]._replace(body=b"forged")
    forged = other._replace(checksum=checksum_of(*other[:4]))  # put right with a new checksum
    cases = [
        ([made[0], made[2]], "position 2.*missing: 2"),
        ([made[0], other], "position 2.*checksum"),
        ([made[0], made[1]._replace(epoch=2)], "position 2.*checksum"),
        ([made[0], made[1]._replace(body=7)], "position 2.*another type"),  # type: ignore[arg-type]
        ([made[0], forged, made[2]], "position 3.*chain"),
        ([made[0], made[1], rows(5)[4]], "position 3.*missing: 3 to 4"),
    ]
    for damaged, words in cases:
        chain = Chain("j")
        with pytest.raises(Damaged, match=words):
            for row in damaged:
                chain.follow(row)


# ---------------------------------------------------------------------- SQLite's files


def test_what_was_appended_is_read_in_order_also_by_another_process_and_after_a_close(tmp_path: Path) -> None:
    journal, _ = filled(tmp_path / "j", 20)
    beside = SqliteJournal(tmp_path / "j", readonly=True)
    assert [row.position for row in beside.read()] == list(range(1, 22))
    assert [row.position for row in journal.read(15)] == list(range(16, 22))
    assert (journal.start, journal.end, beside.end, journal.center) == (0, 21, 21, "bank")
    beside.close()
    journal.close()
    again = SqliteJournal(tmp_path / "j")
    assert (again.end, again.link, again.torn_frames) == (21, journal.link, 0)
    again.close()


def test_killed_after_a_commit_everything_committed_is_there(tmp_path: Path) -> None:
    journal, _ = filled(tmp_path / "j", 30)
    copy = SqliteJournal(crashed(tmp_path / "j", tmp_path / "copy"))
    assert (copy.end, copy.link, copy.torn_frames) == (journal.end, journal.link, 0)
    copy.close()
    journal.close()


def last_frames(path: Path) -> list[int]:
    """Return where the frames of the last transaction in a write-ahead log begin."""
    log = wal.look(path)
    previous = max((one for one in log.commits if one < log.frames), default=0)
    return [32 + (number - 1) * (24 + 4096) for number in log.ours if number > previous]


@pytest.mark.parametrize("how", ["half a page", "cut off", "no commit mark"])
def test_a_torn_last_write_is_left_out_and_counted(tmp_path: Path, how: str) -> None:
    journal, _ = filled(tmp_path / "j", 12)
    copy = crashed(tmp_path / "j", tmp_path / "copy")
    log = copy / "journal.db-wal"
    begin = last_frames(log)[-1]
    with log.open("r+b") as file:
        if how == "half a page":
            file.seek(begin + 24 + 2048)
            file.write(b"\0" * 2048)
        elif how == "cut off":
            file.truncate(begin + 24 + 100)
        else:
            file.truncate(begin)
    torn = SqliteJournal(copy)
    assert torn.end == journal.end - 1
    frames = len(last_frames(journal.folder.wal))
    assert torn.torn_frames == (frames - 1 if how == "no commit mark" else frames)
    epoch = torn.take()
    torn.append(torn.end, epoch, encode(GROUP))  # and it goes on
    torn.close()
    journal.close()


def test_a_flipped_bit_in_committed_frames_of_the_log_is_refused(tmp_path: Path) -> None:
    """SQLite alone would drop the rest without a word."""
    journal, _ = filled(tmp_path / "j", 12)
    copy = crashed(tmp_path / "j", tmp_path / "copy")
    frames = wal.look(copy / "journal.db-wal").frames
    flip(copy / "journal.db-wal", 32 + (frames - 6) * (24 + 4096) + 24 + 99)
    before = (copy / "journal.db-wal").read_bytes()
    with pytest.raises(Damaged, match=rf"journal.db-wal, frame {frames - 5}: .*committed data is damaged"):
        SqliteJournal(copy)
    assert (copy / "journal.db-wal").read_bytes() == before  # nothing was changed
    flip(copy / "journal.db-wal", 32 + (frames - 6) * (24 + 4096) + 24 + 99)
    flip(copy / "journal.db-wal", 17)  # and in the log's own head
    with pytest.raises(Damaged, match=r"journal.db-wal, byte 0"):
        SqliteJournal(copy)
    journal.close()


def test_a_flipped_bit_in_the_database_is_refused_with_its_position(tmp_path: Path) -> None:
    journal, _ = filled(tmp_path / "j", 40)
    journal.close()
    database = tmp_path / "j" / "journal.db"
    data = database.read_bytes()
    at = data.index(b"call-17")
    flip(database, at)
    with pytest.raises(Damaged, match=r"journal.db, position 19: the checksum"):
        SqliteJournal(tmp_path / "j")
    reader = SqliteJournal(tmp_path / "j", readonly=True)
    assert len(list(_until_damaged(reader))) == 18
    reader.close()
    assert database.read_bytes()[:at] == data[:at]


def _until_damaged(journal: SqliteJournal) -> list[Row]:
    found = []
    with pytest.raises(Damaged):
        found += list(journal.read())
    try:
        for row in journal.read():
            found.append(row)
    except Damaged:
        pass
    return found


def test_a_missing_row_is_refused_with_its_position(tmp_path: Path) -> None:
    journal, _ = filled(tmp_path / "j", 10)
    journal.close()
    connection = sqlite3.connect(tmp_path / "j" / "journal.db")
    connection.execute("DELETE FROM journal WHERE position = 4")
    connection.commit()
    connection.close()
    with pytest.raises(Damaged, match="position 4: missing: 4; the next row is 5"):
        SqliteJournal(tmp_path / "j")


@pytest.mark.parametrize("at", range(0, 4096, 512))
def test_damage_to_the_first_page_is_never_a_start(tmp_path: Path, at: int) -> None:
    journal, _ = filled(tmp_path / "j", 3)
    journal.close()
    database = tmp_path / "j" / "journal.db"
    with database.open("r+b") as file:
        file.seek(at)
        file.write(os.urandom(512))
    if at in (0, 3584):  # SQLite's head, and the text of the tables; what lies between is not used
        with pytest.raises((Damaged, StorageFailed, Newer)):
            SqliteJournal(tmp_path / "j")
    else:
        SqliteJournal(tmp_path / "j").close()


def test_other_files_and_newer_formats_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "journal.db").write_text("no database at all, just words" * 100)
    with pytest.raises(Damaged, match=r"journal\.db"):
        SqliteJournal(tmp_path / "text")
    (tmp_path / "other").mkdir()
    connection = sqlite3.connect(tmp_path / "other" / "journal.db")
    connection.execute("CREATE TABLE songs (name TEXT)")
    connection.close()
    with pytest.raises(Damaged, match="no journal of acdcore"):
        SqliteJournal(tmp_path / "other")
    journal, _ = filled(tmp_path / "newer", 1)
    journal.close()
    connection = sqlite3.connect(tmp_path / "newer" / "journal.db")
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(Newer, match="format 2, this build of acdcore reads up to 1"):
        SqliteJournal(tmp_path / "newer")
    with pytest.raises(Missing, match="no journal here"):
        SqliteJournal(tmp_path / "nothing", readonly=True)


def test_a_crash_while_a_journal_is_made_leaves_one_that_can_be_made(tmp_path: Path) -> None:
    for count in range(1, 3):
        storage = FakeStorage()
        steps = 0

        def crash(_name: str, last: int = count) -> None:
            nonlocal steps
            steps += 1
            if steps == last:
                raise KeyboardInterrupt

        storage.before = crash
        path = tmp_path / str(count)
        with pytest.raises(KeyboardInterrupt):
            SqliteJournal(path, "bank", storage=storage).take()
        journal = SqliteJournal(path, "bank")
        assert journal.append(0, journal.take(), encode(GROUP)) == 1
        journal.close()


def test_what_failed_as_the_writer_took_over_is_not_moved_into_the_database(tmp_path: Path) -> None:
    """Closing would move the log, torn as it may be: after a failed write nothing is written any more."""
    journal, _ = filled(tmp_path / "j", 12)
    copy = crashed(tmp_path / "j", tmp_path / "copy")
    storage = FakeStorage()
    taking = SqliteJournal(copy, storage=storage)
    storage.failing["commit"] = sqlite_error(sqlite3.SQLITE_IOERR)
    before = {name: (copy / name).read_bytes() for name in ("journal.db", "journal.db-wal")}
    with pytest.raises(StorageFailed):
        taking.take()
    with pytest.raises(StorageFailed, match="a write has failed before"):
        taking.append(taking.end, 1, encode(GROUP))
    taking.close()
    assert {name: (copy / name).read_bytes() for name in before} == before
    journal.close()


# ---------------------------------------------------------------------- one writer


def test_a_second_process_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    journal, _ = filled(tmp_path / "j", 1)
    with pytest.raises(InUse, match=f"process {os.getpid()} writes to this directory"):
        SqliteJournal(tmp_path / "j")
    program = (
        "import sys\nfrom acdcore.journal import *\n"
        "try: SqliteJournal(sys.argv[1])\nexcept InUse as error: print(error)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "j")], capture_output=True, text=True, check=True
    )
    assert f"process {os.getpid()} writes" in said.stdout
    journal.close()
    SqliteJournal(tmp_path / "j").close()


def test_whoever_lost_the_journal_is_fenced(tmp_path: Path) -> None:
    """Where a lock does not hold, as on some network's file systems, the epoch does."""
    journal, _ = filled(tmp_path / "j", 1)
    connection = sqlite3.connect(tmp_path / "j" / "journal.db")
    connection.execute("UPDATE about SET epoch = epoch + 1")
    connection.commit()
    with pytest.raises(Fenced, match="epoch 1 is over"):
        journal.append(journal.end, 1, encode(GROUP))
    with pytest.raises(StorageFailed):  # and for good
        journal.append(journal.end, 1, encode(GROUP))
    journal.close()
    connection.close()


def test_an_append_says_behind_which_position(tmp_path: Path) -> None:
    journal, _ = filled(tmp_path / "j", 1)
    with pytest.raises(Fenced, match="the end is 2, not 1"):
        journal.append(1, 1, encode(GROUP))
    connection = sqlite3.connect(tmp_path / "j" / "journal.db")
    connection.execute("INSERT INTO journal VALUES (3, 1, '', '', 0)")
    connection.commit()
    with pytest.raises(Fenced, match="position 3 is there"):
        journal.append(2, 1, encode(GROUP))
    connection.close()
    journal.close()


# ---------------------------------------------------------------------- room


def test_the_log_keeps_its_room_and_begins_anew(tmp_path: Path) -> None:
    journal, _ = filled(tmp_path / "j", 0)
    body = encode(GROUP * 200)
    while journal.folder.database.stat().st_size < 3 * LOG_BYTES:
        journal.append(journal.end, 1, body)
        assert journal.folder.wal.stat().st_size == LOG_BYTES + SPARE_BYTES
    assert not journal.is_low
    assert (LOG_BYTES + SPARE_BYTES) // (4096 + 24) < 4_062  # one page of SQLite's index is enough
    journal.close()


def test_a_full_disk_is_told_from_a_broken_one(tmp_path: Path) -> None:
    storage = FakeStorage()
    journal, _ = filled(tmp_path / "j", 2, storage=storage)
    storage.fill()
    with pytest.raises(Full):
        journal.append(journal.end, 1, encode(GROUP))
    assert journal.is_low
    assert journal.relieve()
    storage.free()
    assert not journal.relieve()
    assert journal.append(journal.end, 1, encode(GROUP)) == 4
    storage.failing["commit"] = sqlite_error(sqlite3.SQLITE_IOERR | 4 << 8)
    with pytest.raises(StorageFailed):
        journal.append(journal.end, 1, encode(GROUP))
    storage.free()
    commits = storage.done.count("commit")
    with pytest.raises(StorageFailed):
        journal.append(journal.end, 1, encode(GROUP))
    assert storage.done.count("commit") == commits  # never tried again
    journal.close()


def test_sqlites_own_full_leaves_nothing_half_written(tmp_path: Path) -> None:
    journal, _ = filled(tmp_path / "j", 3)
    connection = journal._connection
    [(pages,)] = connection.execute("PRAGMA page_count").fetchall()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    end = journal.end
    with pytest.raises(Full):
        for _ in range(100):
            journal.append(journal.end, 1, encode(GROUP * 50))
            end = journal.end
    connection.execute("PRAGMA max_page_count = 1000000")
    assert not journal.relieve()
    assert journal.append(end, 1, encode(GROUP)) == end + 1
    assert len(list(journal.read())) == end + 1
    journal.close()


def test_trimming_goes_in_pieces_and_the_rest_is_still_chained(tmp_path: Path) -> None:
    journal, _ = filled(tmp_path / "j", 500)
    pieces = 0
    while journal.trim(450):
        pieces += 1
    assert pieces >= 2
    assert (journal.start, journal.end) == (450, 501)
    assert not journal.trim(450)
    assert next(row.position for row in journal.read(450)) == 451
    with pytest.raises(Missing, match="up to 450 have been trimmed"):
        next(journal.read(10))
    journal.close()
    again = SqliteJournal(tmp_path / "j")
    assert (again.start, again.end) == (450, 501)
    again.close()


def test_the_directorys_name_is_safe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    names = {default_folder(name) for name in ("bank", "../bank", "a/b", ".hidden", "", "é" * 64, "é" * 63 + "e", "..")}
    assert len(names) == 8
    assert {name.parent for name in names} == {tmp_path / "acdcore"}
    for name in names:
        name.mkdir(parents=True)
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert default_folder("bank") == Path("/home/me/.local/state/acdcore/bank")


def test_heads_of_frames_are_read_as_sqlite_writes_them(tmp_path: Path) -> None:
    journal, _ = filled(tmp_path / "j", 4)
    log = wal.look(journal.folder.wal)
    frames = int(struct.unpack_from("=I", journal.folder.shared.read_bytes(), 16)[0])
    assert log.frames == frames
    assert frames in log.commits
    assert wal.look(tmp_path / "none") == wal.Wal(0, (), frozenset())
    assert defined()[1]
    journal.close()
