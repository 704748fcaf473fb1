"""Many counters at once, copied from the reference row by row out of its views."""

from __future__ import annotations

from typing import Final

from . import batch
from .arithmetic import MASK64
from .batch import CELL, DOOR, STANDING, Rows
from .codes import MAX_WAIT_EDGES
from .records import Figures
from .reference_rules import Rules
from .reference_state import ANYBODY, Queue

_CELL: Final = batch.packed(CELL)
_DOOR: Final = batch.packed(DOOR)
_STANDING: Final = batch.packed(STANDING)


class Copies(Rules):
    """The face for whoever shows figures of many queues and agents."""

    def cells_into(self, cells: Rows, queue: int) -> tuple[int, int]:
        """Copy the figures of queues from one on into rows of :data:`~acdcore.router.batch.CELL`, whole queues only.

        Returns (how many rows, the queue to go on with), the latter the number of queues when nothing is left. Pairs
        that have never been used have no row. Raises ValueError when not even one queue's tiers have room, or for an
        array that does not fit.
        """
        room = batch.view_of("cells", cells, writable=True)
        batch.check_first(queue)
        copied, begin = 0, queue
        while queue < len(self.queues):
            used = [(tier, self.figures(queue, tier)) for tier in range(len(self.tiers))]
            used = [(tier, figures) for tier, figures in used if figures.enqueued or figures.moved_in]
            if (copied + len(used)) * _CELL.size > room.nbytes:
                break
            for tier, figures in used:
                _CELL.pack_into(room, copied * _CELL.size, *self._cell(queue, tier, figures))
                copied += 1
            queue += 1
        batch.check_progress(begin, queue, len(self.queues), len(self.tiers))
        return copied, queue

    def _cell(self, queue: int, tier: int, of: Figures) -> tuple[int, ...]:
        times = (of.wait_ns, of.handle_ns, of.wrap_up_ns)
        sums = (half for time_ns in times for half in (time_ns & MASK64, time_ns >> 64))
        return (
            queue, tier, self.waiting_since(queue, tier), of.enqueued, of.answered, of.in_target, of.abandoned,
            of.abandoned_in_target, of.completed, of.offers_made, of.offers_declined, of.offers_expired,
            of.offers_revoked, of.offers_failed, of.returned, of.moved, of.moved_in, of.held, of.expired, of.rejected,
            of.waiting, of.offered, of.active, of.held_now, of.scheduled, *sums, *of.wait_bins,
            *(0 for _ in range(len(of.wait_bins), MAX_WAIT_EDGES + 1)),
        )  # fmt: skip

    def doors_into(self, doors: Rows, first: int) -> int:
        """Copy how queues stand, from one on, into rows of :data:`~acdcore.router.batch.DOOR`; return how many.

        Raises ValueError for an array that does not fit.
        """
        room = batch.view_of("doors", doors, writable=True)
        batch.check_first(first)
        copied = self.queues[first : first + room.nbytes // _DOOR.size]
        for row, queue in enumerate(copied):
            view = self.queue(queue.slot)
            assert view is not None
            stands = (view.target_ns, view.queued, view.is_open, self._is_staffed(queue), 0)
            _DOOR.pack_into(room, row * _DOOR.size, *stands)
        return len(copied)

    def _is_staffed(self, queue: Queue) -> bool:
        """Say whether anybody signed in has the channel and the skills of some step, be its gate open or not."""
        served = [step.number for step in queue.plan if not step.moves]
        return not all(self.is_hopeless(queue, self.basis(queue, number), ANYBODY) for number in served)

    def standings_into(self, standings: Rows, first: int) -> int:
        """Copy how agents stand, from one on, into rows of :data:`~acdcore.router.batch.STANDING`; return how many.

        Raises ValueError for an array that does not fit.
        """
        room = batch.view_of("standings", standings, writable=True)
        batch.check_first(first)
        copied = self.agents[first : first + room.nbytes // _STANDING.size]
        for row, agent in enumerate(copied):
            stands = (self.group_hash(agent.group), agent.presence, agent.state)
            _STANDING.pack_into(room, row * _STANDING.size, *stands)
        return len(copied)
