"""A journal's figures for the page of metrics: the families of :data:`acdcore.metrics.catalogue.JOURNAL_FAMILIES`."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..metrics.catalogue import COMMIT_EDGES_NS
from ..metrics.text import Page, labels_text
from ..router.codes import SECOND_NS
from .committer import JournalCommitter
from .keeper import Keeper
from .recovery import Recovery


class JournalSource:
    """What a scrape tells of a center's journal. All of it is plain numbers that any thread may look at."""

    def __init__(
        self,
        center: str,
        committer: JournalCommitter,
        recovery: Recovery,
        keeper: Keeper | None = None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._center = center
        self._committer = committer
        self._recovery = recovery
        self._keeper = keeper
        self._now_ns = now_ns
        self._began_ns = now_ns()

    async def copy(self) -> None:
        """Copy nothing: no figure depends on another."""

    def give_up(self) -> None:
        """Have nothing to forget."""

    def write(self, page: Page) -> None:
        """Write everything."""
        committer, keeper, recovery = self._committer, self._keeper, self._recovery
        journal, commits = committer.journal, committer.commits
        counts = list(commits.counts)
        made_ns = keeper.last_made_ns if keeper is not None else self._began_ns
        one = self._one
        one(page, "journal_commits_total", sum(counts))
        one(page, "journal_commands_total", committer.groups.sum)
        row = (labels_text(("center",), (self._center,)), counts, commits.sum)
        page.add_histogram("acdcore_journal_commit_seconds", COMMIT_EDGES_NS, [row])
        one(page, "journal_commit_under_way_seconds", committer.under_way_ns / SECOND_NS)
        one(page, "journal_written_bytes_total", committer.body_bytes)
        one(page, "journal_bytes", journal.size_bytes())
        one(page, "journal_position", committer.position)
        one(page, "journal_groups", committer.position - journal.start)
        one(page, "journal_room_low", int(committer.is_low))
        one(page, "journal_room_none", int(committer.is_full))
        one(page, "journal_full_total", committer.times_full)
        one(page, "journal_failures_total", committer.failures)
        one(page, "journal_torn_pages", recovery.torn_frames)
        one(page, "snapshot_age_seconds", max(0, self._now_ns() - made_ns) / SECOND_NS)
        one(page, "snapshots_made_total", keeper.made if keeper is not None else 0)
        one(page, "snapshot_failures_total", keeper.failures if keeper is not None else 0)
        one(page, "snapshots_passed_over", len(recovery.passed_over))
        one(page, "recovery_seconds", recovery.duration_s)
        one(page, "recovery_commands", recovery.commands)

    def _one(self, page: Page, name: str, value: float) -> None:
        page.add(f"acdcore_{name}", [((self._center,), value)])
