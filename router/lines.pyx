# cython: cdivision=True
"""Lines and how they are filed; see lines.pxd.

A line belongs to a cell (queue and tier) and has one priority, step and own requirement: inside it the
order never changes, whatever the order of the center. Lines without an own requirement stay when they
are empty, as they will be needed again; the others go with the last who leaves.
"""

from libc.stdint cimport int32_t
from libc.stdlib cimport free
from libc.string cimport memset

from .heap cimport Rank, rank_push, rank_remove, rank_reserve
from .law cimport *
from .match cimport wake
from .model cimport *
from .require cimport demand_drop, demand_of, file_demand, unfile_demand
from .store cimport list_push, list_reserve, places_reserve, slot_give_back, slot_take, slots_reserve


cdef inline bint has_reserve(Center *c, int32_t line) noexcept nogil:
    return c.queues[c.lines[line].queue].fields[RESERVE] > 0


cdef int attach(Center *c, int32_t line) except -1 nogil:
    """File the line under the demand that its step in force makes now."""
    cdef Line *one = &c.lines[line]
    cdef Queue *queue = &c.queues[one.queue]
    cdef int32_t requirement = queue.plan[step_in_force(c, one.queue, one.step)].requirement
    one.demand = demand_of(c, requirement, one.extra, <int32_t> queue.fields[CHANNEL])
    c.demands[one.demand].n_lines += 1
    c.demands[one.demand].n_reserved += has_reserve(c, line)
    rank_reserve(&c.demands[one.demand].lines, c.demands[one.demand].n_lines)
    if one.heap.n:
        top_in(c, line)
    return 0


cdef void detach(Center *c, int32_t line, bint reserved) noexcept nogil:
    cdef int32_t demand = c.lines[line].demand
    cdef Demand *d = &c.demands[demand]
    if c.top_places[line] >= 0:
        rank_remove(&d.lines, c.top_places, line)
    d.n_lines -= 1
    d.n_reserved -= reserved
    if d.n_lines == 0:
        demand_drop(c, demand)
    elif d.lines.n == 0 and d.is_filed:
        unfile_demand(c, demand)


cdef int top_in(Center *c, int32_t line) except -1 nogil:
    """Put a line that is not empty among its demand's lines, by its first interaction."""
    cdef Demand *d = &c.demands[c.lines[line].demand]
    cdef Rank top = c.lines[line].heap.entries[0]
    top.id = line
    rank_push(&d.lines, c.top_places, &top)
    if not d.is_filed:
        file_demand(c, c.lines[line].demand)
    return 0


cdef int32_t line_of(Center *c, int32_t interaction) except -1 nogil:
    """Return the line of an interaction, made at its first use."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef int32_t line = c.cells[one.cell].first_line, before = c.line_slots.capacity
    while line >= 0:
        if (
            c.lines[line].priority == one.priority and c.lines[line].step == one.step
            and c.lines[line].extra == one.extra
        ):
            return line
        line = c.lines[line].next
    if slots_reserve(&c.line_slots, <void **> &c.lines, 1, sizeof(Line)):
        places_reserve(&c.top_places, before, c.line_slots.capacity)
        list_reserve(&c.woken_lines, c.line_slots.capacity)
    line = slot_take(&c.line_slots)
    memset(&c.lines[line], 0, sizeof(Line))
    c.lines[line].queue, c.lines[line].cell, c.lines[line].priority = one.queue, one.cell, one.priority
    c.lines[line].step, c.lines[line].extra = one.step, one.extra
    c.lines[line].next = c.cells[one.cell].first_line
    c.cells[one.cell].first_line = line
    attach(c, line)
    return line


cdef void line_free(Center *c, int32_t line, bint reserved) noexcept nogil:
    """An empty line that nobody will need again."""
    cdef int32_t *link = &c.cells[c.lines[line].cell].first_line
    cdef int32_t i
    detach(c, line, reserved)
    while link[0] != line:
        link = &c.lines[link[0]].next
    link[0] = c.lines[line].next
    if c.lines[line].is_woken:
        for i in range(c.woken_lines.n):
            if c.woken_lines.slots[i] == line:
                c.woken_lines.n -= 1
                c.woken_lines.slots[i] = c.woken_lines.slots[c.woken_lines.n]
                break
    free(c.lines[line].heap.entries)
    memset(&c.lines[line], 0, sizeof(Line))
    c.lines[line].demand = -1
    slot_give_back(&c.line_slots, line)


cdef int line_join(Center *c, int32_t interaction) except -1 nogil:
    """Put a WAITING interaction into its line, or among the interactions of the agent whose it is."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef Rank rank = rank_of(c, interaction)
    cdef Agent *agent
    cdef int32_t line
    if one.addressed >= 0:
        agent = &c.agents[one.addressed]
        rank_reserve(&agent.addressed, agent.addressed.n + 1)
        rank_push(&agent.addressed, c.line_places, &rank)
        return 0
    line = line_of(c, interaction)
    rank_reserve(&c.lines[line].heap, c.lines[line].heap.n + 1)
    rank_push(&c.lines[line].heap, c.line_places, &rank)
    one.line = line
    if c.line_places[interaction] == 0:
        if c.top_places[line] >= 0:
            rank_remove(&c.demands[c.lines[line].demand].lines, c.top_places, line)
        top_in(c, line)
    return 0


cdef void line_leave(Center *c, int32_t interaction) noexcept nogil:
    """Take an interaction from its line, or from its agent's own, if it stands in one."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef int32_t place = c.line_places[interaction], line = one.line
    cdef Line *of
    cdef Demand *d
    cdef Rank top
    if place < 0:
        return
    if line < 0:
        rank_remove(&c.agents[one.addressed].addressed, c.line_places, interaction)
        return
    of = &c.lines[line]
    one.line = -1
    rank_remove(&of.heap, c.line_places, interaction)
    if of.heap.n == 0 and of.extra >= 0:
        line_free(c, line, has_reserve(c, line))
    elif place == 0:
        d = &c.demands[of.demand]
        rank_remove(&d.lines, c.top_places, line)
        if of.heap.n:
            top = of.heap.entries[0]
            top.id = line
            rank_push(&d.lines, c.top_places, &top)
        elif d.lines.n == 0:
            unfile_demand(c, of.demand)


cdef int line_refile(Center *c, int32_t line) except -1 nogil:
    """A gate of its queue has turned: file it under what its step in force asks for now, and look at it."""
    cdef bint reserved = has_reserve(c, line)
    detach(c, line, reserved)
    attach(c, line)
    wake_line(c, line)
    return 0


cdef void wake_line(Center *c, int32_t line) noexcept nogil:
    """Remember that a line is to be looked at in the next pairing."""
    if not c.lines[line].is_woken:
        c.lines[line].is_woken = 1
        list_push(&c.woken_lines, line)


cdef int lines_of_queue_renew(Center *c, int32_t queue) except -1 nogil:
    """The queue is about to be defined anew: empty its lines, and wake who stood in them."""
    cdef Queue *q = &c.queues[queue]
    cdef int32_t i, line, next_line, interaction
    for i in range(q.n_cells):
        line = c.cells[q.cells[i]].first_line if q.cells[i] >= 0 else -1
        while line >= 0:
            next_line = c.lines[line].next
            while c.lines[line].heap.n:
                interaction = c.lines[line].heap.entries[0].id
                c.lines[line].extra = -1  # so that it stays until it is freed below
                line_leave(c, interaction)
                wake(c, interaction)
            line_free(c, line, has_reserve(c, line))
            line = next_line
    return 0
