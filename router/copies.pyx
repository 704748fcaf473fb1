# cython: cdivision=True
"""Copies of many counters at once; see copies.pxd. Nothing here is on the way of a decision, or changes anything."""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from .heap cimport RankHeap
from .law cimport *
from .lines cimport basis
from .model cimport *
from .require cimport is_hopeless_for
from .staff cimport agent_state


# ---------------------------------------------------------------------- cells

cdef int64_t copy_cells(Center *c, int64_t *queue, char *rows, int64_t room) noexcept nogil:
    """Copy the cells of queues from one on, whole queues only, in the order of (queue, tier); return how many.

    ``queue`` becomes the first that had no room, or the number of queues. Rows may lie at any address: each is made
    elsewhere.
    """
    cdef CellRow row
    cdef const Queue *one
    cdef int64_t n = 0, begin
    cdef int32_t tier
    cdef bint is_elsewhere = False
    while queue[0] < c.n_queues:
        one = &c.queues[queue[0]]
        begin = n
        for tier in range(one.n_cells):
            if one.cells[tier] < 0 or not is_used(&c.cells[one.cells[tier]]):
                continue
            if n == room:
                return finish_cells(c, rows, begin, is_elsewhere)
            is_elsewhere |= copy_cell(c, <int32_t> queue[0], tier, &row)
            memcpy(rows + n * <int64_t> sizeof(CellRow), &row, sizeof(CellRow))
            n += 1
        queue[0] += 1
    return finish_cells(c, rows, n, is_elsewhere)


cdef inline bint is_used(const Cell *cell) noexcept nogil:
    return cell.enqueued or cell.moved_in


cdef bint copy_cell(Center *c, int32_t queue, int32_t tier, CellRow *to) noexcept nogil:
    """Copy one cell; say whether some of those who wait do so elsewhere than in its lines."""
    cdef const Cell *cell = &c.cells[c.queues[queue].cells[tier]]
    cdef int64_t found = 0
    to.queue, to.tier = queue, tier
    to.since_ns = since_in_lines(c, cell, &found)
    to.enqueued, to.answered, to.in_target = cell.enqueued, cell.answered, cell.in_target
    to.abandoned, to.abandoned_in_target = cell.abandoned, cell.abandoned_in_target
    to.completed, to.returned = cell.completed, cell.returned
    to.offers_made, to.offers_declined = cell.offers_made, cell.offers_declined
    to.offers_expired, to.offers_revoked = cell.offers_expired, cell.offers_revoked
    to.offers_failed = cell.offers_failed
    to.moved, to.moved_in, to.held = cell.moved, cell.moved_in, cell.held
    to.expired, to.rejected = cell.expired, cell.rejected
    to.waiting, to.offered, to.active = cell.standing[I_WAITING], cell.standing[I_OFFERED], cell.standing[I_ASSIGNED]
    to.held_now, to.scheduled = cell.standing[I_HELD], cell.standing[I_SCHEDULED]
    to.wait_ns_low, to.wait_ns_high = cell.wait_ns.low, cell.wait_ns.high
    to.handle_ns_low, to.handle_ns_high = cell.handle_ns.low, cell.handle_ns.high
    to.wrap_up_ns_low, to.wrap_up_ns_high = cell.wrap_up_ns.low, cell.wrap_up_ns.high
    memcpy(to.waits, cell.wait_bins, sizeof(cell.wait_bins))
    return found < to.waiting


cdef int64_t since_in_lines(Center *c, const Cell *cell, int64_t *found) noexcept nogil:
    """Return since when the first of all its lines wait, -1: nobody; ``found``: how many wait in them."""
    cdef const Line *one
    cdef int64_t since_ns = -1, one_ns
    cdef int32_t line = cell.first_line if cell.standing[I_WAITING] else -1
    while line >= 0:  # within a line due follows since, so its first is the one that has waited longest
        one = &c.lines[line]
        if one.n:
            one_ns = c.interactions[one.first.id].since_ns
            if since_ns < 0 or one_ns < since_ns:
                since_ns = one_ns
            found[0] += one.n
        line = one.next
    return since_ns


cdef int64_t finish_cells(Center *c, char *rows, int64_t n, bint is_elsewhere) noexcept nogil:
    """Let what waits for certain agents, outside the lines, count for the oldest wait, too; return n."""
    cdef const RankHeap *heap
    cdef const Interaction *one
    cdef CellRow row
    cdef int64_t place
    cdef int32_t a, i
    if not is_elsewhere:
        return n
    for a in range(c.n_agents):
        heap = &c.agents[a].addressed
        for i in range(heap.n):
            one = &c.interactions[heap.entries[i].id]
            place = place_of(rows, n, one.queue, one.tier) * <int64_t> sizeof(CellRow)
            if place >= 0:
                memcpy(&row, rows + place, sizeof(CellRow))
                if row.since_ns < 0 or one.since_ns < row.since_ns:
                    row.since_ns = one.since_ns
                    memcpy(rows + place, &row, sizeof(CellRow))
    return n


cdef int64_t place_of(const char *rows, int64_t n, int32_t queue, int32_t tier) noexcept nogil:
    """Return the place of a (queue, tier) among the rows, -1 when it has not been copied."""
    cdef int64_t low = 0, high = n, middle
    cdef int32_t[2] key             # as a row begins
    while low < high:
        middle = (low + high) // 2
        memcpy(key, rows + middle * <int64_t> sizeof(CellRow), sizeof(key))
        if key[0] == queue and key[1] == tier:
            return middle
        if key[0] < queue or (key[0] == queue and key[1] < tier):
            low = middle + 1
        else:
            high = middle
    return -1


# ---------------------------------------------------------------------- queues and agents

cdef int64_t copy_doors(Center *c, int64_t first, char *rows, int64_t room) noexcept nogil:
    """Copy how queues stand, from one on; return how many."""
    cdef DoorRow row
    cdef const Queue *one
    cdef int64_t i, n = min(room, c.n_queues - min(first, <int64_t> c.n_queues))
    for i in range(n):
        one = &c.queues[first + i]
        row.target_ns, row.queued, row.is_open = one.target_ns, one.queued, one.is_open
        row.is_staffed, row.unused = is_staffed(c, <int32_t> (first + i)), 0
        memcpy(rows + i * <int64_t> sizeof(DoorRow), &row, sizeof(DoorRow))
    return n


cdef bint is_staffed(Center *c, int32_t queue) noexcept nogil:
    """Say whether anybody signed in has the channel and the skills of some step, be its gate open or not."""
    cdef const Queue *one = &c.queues[queue]
    cdef int32_t step
    for step in range(one.n_steps):
        if one.plan[step].fields[STEP_MOVE_TO] != NONE:
            continue
        if not is_hopeless_for(c, basis(c, queue, step), -1, one.channel):
            return True
    return False


cdef int64_t copy_standings(Center *c, int64_t first, char *rows, int64_t room) noexcept nogil:
    """Copy how agents stand, from one on; return how many."""
    cdef StandingRow row
    cdef const Agent *one
    cdef int64_t i, n = min(room, c.n_agents - min(first, <int64_t> c.n_agents))
    for i in range(n):
        one = &c.agents[first + i]
        row.signature, row.presence, row.state = c.groups[one.group].group_hash, one.presence, agent_state(one)
        memcpy(rows + i * <int64_t> sizeof(StandingRow), &row, sizeof(StandingRow))
    return n
