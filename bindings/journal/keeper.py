"""Sees to snapshots while a server runs: when one is due, a process makes it, and then the journal is trimmed."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from ..logs import event as tell
from .committer import JournalCommitter
from .errors import Full

log = logging.getLogger("acdcore.journal")

SNAPSHOT_EVERY: Final = 100_000
"""Commands between two snapshots: some tenths of a second of replay."""
RETRY_AFTER: Final = 10
"""After one that failed, the next is tried when this part of the interval has passed."""

Spawn = Callable[[Path], Awaitable[tuple[int, bytes]]]
"""Makes a snapshot of a directory in another process; returns its exit code and what it printed, JSON."""


async def spawn(path: Path) -> tuple[int, bytes]:
    """Run ``acdcore journal snapshot`` and wait for it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "acdcore.cli", "journal", "snapshot", str(path), "--json",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        printed, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    return process.returncode or 0, printed


class Keeper:
    """Has a snapshot made now and then.

    Args:
        committer: the server's; told of every group.
        path: the journal's directory.
        every: commands between two snapshots.
        since: commands behind the newest snapshot, as replayed at the start: a server that is often started again
            makes snapshots, too.
        spawn: makes one.
    """

    def __init__(
        self,
        committer: JournalCommitter,
        path: Path,
        *,
        every: int = SNAPSHOT_EVERY,
        since: int = 0,
        spawn: Spawn = spawn,
    ) -> None:
        self._committer = committer
        self._path = path
        self._every = every
        self._spawn = spawn
        self._since = since
        self._task: asyncio.Task[None] | None = None
        self.made = 0
        self.failures = 0
        infos = committer.journal.snapshots()
        self.last_position = infos[-1].position if infos else 0
        self.last_made_ns = infos[-1].made_ns if infos else time.time_ns()
        """Wall clock of the newest snapshot; of the start where there is none."""
        committer.after_commit.append(self._committed)

    def _committed(self, commands: int) -> None:
        self._since += commands
        if self._since >= self._every and (self._task is None or self._task.done()):
            self._since = 0
            self._task = asyncio.get_running_loop().create_task(self._make(), name="acdcore snapshot")

    async def _make(self) -> None:
        began_s = time.perf_counter()
        try:
            code, printed = await self._spawn(self._path)
            made: dict[str, Any] = json.loads(printed) if code == 0 else {}
        except (OSError, ValueError) as error:
            self._failed(exc=error)
            return
        if code:
            self._failed(exit_code=code)
            return
        self.made += 1
        self.last_position, self.last_made_ns = made["position"], time.time_ns()
        took_s = time.perf_counter() - began_s
        facts = {"position": made["position"], "size_bytes": made["size_bytes"], "duration_s": took_s}
        tell(log, logging.INFO, "snapshot_made", **facts)
        await self._trim(made["trim"])

    def _failed(self, **facts: Any) -> None:
        self.failures += 1
        self._since = self._every - self._every // RETRY_AFTER
        tell(log, logging.ERROR, "snapshot_failed", **facts)

    async def _trim(self, through: int) -> None:
        journal = self._committer.journal
        try:
            while await self._committer.run(lambda: journal.trim(through)):
                pass  # a piece at a time: commits come between
        except Full:
            return  # another time

    async def stop(self, limit_s: float | None = None) -> None:
        """Make nothing more: give up what is being made, and wait for its end, so long at most."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=limit_s)
