"""From a directory to a center that goes on where it was: the newest snapshot, then every group behind it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .. import commands
from ..commands import Core
from ..errors import AcdError
from ..refusals import refused
from ..router.codes import Result
from ..router.records import Answer, Command
from .encoding import DEFINES, encode
from .errors import Damaged, Missing, WrongCenter
from .interface import Journal
from .ledger import definition
from .replica import Hear, Replica, has_snapshots
from .snapshots import Snapshot
from .sqlite import SqliteJournal
from .storage import Storage

if TYPE_CHECKING:
    from ..config import Center

Progress = Callable[[int, int], None]
"""(position, end): told now and then how far it has come."""
_TELL_EVERY: Final = 1_000


class Recovery(NamedTuple):
    """How a center came back.

    Attributes:
        snapshot: position of the snapshot that it began with, 0: none.
        passed_over: snapshots that were damaged, with what is wrong with each.
        groups, commands: replayed behind the snapshot.
        digests: state hashes that were compared and found equal.
        torn_frames: pages of a torn last write that were left out.
        duration_s: how long it took.
    """

    snapshot: int = 0
    passed_over: tuple[str, ...] = ()
    groups: int = 0
    commands: int = 0
    digests: int = 0
    torn_frames: int = 0
    duration_s: float = 0.0


def recover(
    journal: Journal,
    core: Core | None = None,
    *,
    hear: Hear | None = None,
    progress: Progress | None = None,
) -> tuple[Replica, Recovery]:
    """Return a router that is where the journal ends, and how it came there.

    A damaged snapshot is passed over: the one before it, or the first group, and a longer replay take its place.
    Raises Damaged, Newer, or Diverged.
    """
    began_s = time.perf_counter()
    replica = Replica(core, hear)
    passed_over = restore(journal, replica)
    snapshot, first = replica.position, replica.position
    for row in journal.read(first):
        if row.position == first + 1 and row.link != replica.link:
            raise Damaged(f"position {row.position}", "it does not follow the snapshot before it")
        replica.apply(row)
        if progress is not None and row.position % _TELL_EVERY == 0:
            progress(row.position, journal.end)
    took_s = time.perf_counter() - began_s
    torn = getattr(journal, "torn_frames", 0)
    groups = replica.position - first
    return replica, Recovery(snapshot, passed_over, groups, replica.commands, replica.digests, torn, took_s)


def restore(journal: Journal, replica: Replica, through: int | None = None) -> tuple[str, ...]:
    """Take the newest snapshot that holds, of those up to ``through``; return what is wrong with newer ones."""
    passed_over: list[str] = []
    infos = journal.snapshots() if has_snapshots(replica.core) else []
    for info in reversed(infos):
        place = f"snapshot {info.position}"
        if info.position > journal.end:
            raise Damaged(
                f"position {journal.end + 1}",
                f"{place} holds what the groups up to {info.position} led to, but the journal ends at {journal.end}: "
                f"committed groups are missing",
            )
        if info.position < journal.start:
            break
        if through is not None and info.position > through:
            continue
        try:
            replica.restore(Snapshot.unpacked(journal.get_snapshot(info.position), place), place)
        except (Damaged, Missing) as error:
            passed_over.append(str(error))
        else:
            return tuple(passed_over)
    if journal.start > 0:
        why = "; ".join(passed_over) or "there is none"
        raise Damaged(
            f"position {journal.start}",
            f"groups up to here have been trimmed, so a snapshot is needed, and none can be read: {why}",
        )
    return tuple(passed_over)


class Opened(NamedTuple):
    """A center that is ready to be served from a journal; ``place`` is what people call that."""

    core: Any
    journal: Journal
    epoch: int
    place: str
    replica: Replica
    recovery: Recovery


def open_center(
    path: str | Path | Journal,
    center: Center,
    now_ns: int,
    *,
    core: Core | None = None,
    storage: Storage | None = None,
    progress: Progress | None = None,
) -> Opened:
    """Open a center's journal, bring the center back and in line with its file, and become the writer.

    What the file says otherwise than the journal is applied as commands, all of them or none: the file is refused
    as a whole when one is refused. ``now_ns`` is the wall clock; the journal's time never goes back behind its own.

    Raises InUse, Damaged, Newer, StorageFailed, and WrongCenter for another center's journal or a file that does
    not fit.
    """
    journal = path if not isinstance(path, str | Path) else SqliteJournal(path, center.center, storage=storage)
    try:
        name = getattr(journal, "center", center.center)
        if name != center.center:
            raise WrongCenter(
                f"this journal is that of center {name!r}, not of {center.center!r}: give each a directory of its own"
            )
        replica, recovery = recover(journal, core, progress=progress)
        group = _first_group(center, replica, max(now_ns, replica.core.center().now_ns))
        epoch = journal.take()
        if group:
            digest = replica.core.state_hash()
            journal.append(journal.end, epoch, encode(group, digest, time.time_ns(), DEFINES))
    except BaseException:
        journal.close()
        raise
    place = str(path) if isinstance(path, str | Path) else type(path).__name__
    return Opened(replica.core, journal, epoch, place, replica, recovery)


def _first_group(center: Center, replica: Replica, now_ns: int) -> list[tuple[Command, Answer]]:
    """Apply what a start begins with: a resumption, unless nothing went before, and what the file says otherwise."""
    from ..config.changes import changes

    core: Core = replica.core
    ledger = replica.ledger
    group: list[tuple[Command, Answer]] = []
    if replica.position:
        command = commands.resumption(core, now_ns)
        group.append((command, core.apply(command)))
    known = {kind: dict(names) for kind, names in ledger.definitions.items()}
    for command in changes(center, core, now_ns, known, set(ledger.retired), definition):
        answer = core.apply(command)
        if answer.code != Result.OK:
            said: AcdError = refused(core, command, answer)
            raise WrongCenter(
                f"the center's file cannot be brought in line with what is in its journal: {said} "
                f"({command.name.decode('utf-8', 'replace')}); nothing was changed"
            )
        ledger.note(core, command, answer, by_file=True)
        group.append((command, answer))
    core.drain()
    return group
