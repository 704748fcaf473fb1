# cython: cdivision=True
"""Lines and how they are filed; see lines.pxd.

A line belongs to a cell (queue and tier) and has one priority, step and own requirement: inside it the
order never changes, whatever the order of the center. Lines without an own requirement stay when they
are empty, as they will be needed again; the others go with the last who leaves.
"""

from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from .claims cimport ask_for_demand, claims_in
from .demands cimport demand_drop, demand_of, file_demand, refile_demand, unfile_demand
from .hashing cimport mix64
from .heap cimport Rank, rank_before, rank_push, rank_remove, rank_renew, rank_reserve
from .law cimport *
from .match cimport wake
from .model cimport *
from .store cimport list_drop, list_push, list_reserve, places_reserve, slot_give_back, slot_take, slots_reserve


cdef inline bint has_reserve(Center *c, int32_t line) noexcept nogil:
    return c.queues[c.lines[line].queue].fields[RESERVE] > 0


cdef int attach(Center *c, int32_t line) except -1 nogil:
    """File the line under the demand that its step in force makes now."""
    cdef Line *one = &c.lines[line]
    cdef Queue *queue = &c.queues[one.queue]
    cdef int32_t requirement = queue.plan[step_in_force(c, one.queue, one.step)].requirement
    cdef Demand *d
    one.demand = demand_of(c, requirement, one.extra, queue.channel)
    d = &c.demands[one.demand]
    d.n_lines += 1
    rank_reserve(&d.lines, d.n_lines)
    if has_reserve(c, line):
        c.reserved_lines += 1
        d.n_reserved += 1
        if d.first_filing >= 0:
            refile_demand(c, one.demand)
    if one.n:
        top_in(c, line)
        ask_for_demand(c, one.demand)  # where claims are made from now on, if anybody is past due
    return 0


cdef void detach(Center *c, int32_t line, bint reserved) noexcept nogil:
    cdef int32_t demand = c.lines[line].demand
    cdef Demand *d = &c.demands[demand]
    if c.top_places[line] >= 0:
        rank_remove(&d.lines, c.top_places, line)
    d.n_lines -= 1
    d.n_reserved -= reserved
    c.reserved_lines -= reserved
    if d.n_lines == 0:
        demand_drop(c, demand)
    elif d.lines.n == 0:
        unfile_demand(c, demand)
    else:
        refile_demand(c, demand)


cdef int top_in(Center *c, int32_t line) except -1 nogil:
    """Put a line that is not empty among its demand's lines, by its first interaction, which may be another now."""
    cdef int32_t demand = c.lines[line].demand
    cdef Demand *d = &c.demands[demand]
    cdef Rank top = c.lines[line].first
    top.id = line
    if c.top_places[line] >= 0:
        rank_renew(&d.lines, c.top_places, &top)
    else:
        rank_push(&d.lines, c.top_places, &top)
    if d.first_filing < 0:
        file_demand(c, demand)
    elif c.top_places[line] == 0:
        refile_demand(c, demand)
    return 0


cdef void top_out(Center *c, int32_t line) noexcept nogil:
    """The first interaction of a line has left: the next one stands for it, if there is one."""
    cdef int32_t demand = c.lines[line].demand
    cdef Demand *d = &c.demands[demand]
    cdef bint was_first = c.top_places[line] == 0
    cdef Rank top = c.lines[line].first
    if c.lines[line].n:
        top.id = line
        rank_renew(&d.lines, c.top_places, &top)
    else:
        rank_remove(&d.lines, c.top_places, line)
    if d.lines.n == 0:
        unfile_demand(c, demand)
    elif was_first:
        refile_demand(c, demand)


# ---------------------------------------------------------------------- inside a line

# Nearly all come in the order in which they rank, and for them a list will do. In the reference job with 100,000
# waiting an event takes 14 % less time so than with everybody in a heap, whose levels are memory that is no longer in
# the caches (and 147 instructions less, of 2,436); with 300 waiting, 4 % less. Whoever ranks neither before the list
# nor behind it when they come stands in a heap beside it, so that no place takes long to find, whatever the order they
# come in. From then on the heap stands for itself: once the list has moved on, the first or the last may be there.


cdef int stand_in(Center *c, Line *line, const Rank *rank) except -1 nogil:
    """Let an interaction of this rank stand in a line."""
    cdef int32_t slot = rank.id
    cdef Link *link = &c.line_links[slot]
    cdef Rank head
    if line.head < 0:
        line.head, link.next, link.previous = slot, -1, -1
        line.last = rank[0]
    elif rank_before(&line.last, rank):
        link.next, link.previous = -1, line.last.id
        c.line_links[line.last.id].next = slot
        line.last = rank[0]
    else:
        head = rank_of(c, line.head)
        if not rank_before(rank, &head):
            rank_reserve(&line.late, line.late.n + 1)
            rank_push(&line.late, c.line_places, rank)
            line.n += 1
            return 0
        link.next, link.previous = line.head, -1
        c.line_links[line.head].previous = slot
        line.head = slot
    c.line_places[slot] = LISTED
    line.n += 1
    return 0


cdef void stand_out(Center *c, Line *line, int32_t slot) noexcept nogil:
    """Let an interaction no longer stand in a line."""
    cdef Link *link = &c.line_links[slot]
    line.n -= 1
    if c.line_places[slot] != LISTED:
        rank_remove(&line.late, c.line_places, slot)
        return
    c.line_places[slot] = -1
    if link.previous >= 0:
        c.line_links[link.previous].next = link.next
    else:
        line.head = link.next
    if link.next >= 0:
        c.line_links[link.next].previous = link.previous
    elif link.previous >= 0:
        line.last = rank_of(c, link.previous)


cdef void find_first(Center *c, Line *line) noexcept nogil:
    """Whoever was first in a line has left: say who is now."""
    line.first.id = -1
    if line.head >= 0:
        line.first = rank_of(c, line.head)
    if line.late.n and (line.head < 0 or rank_before(&line.late.entries[0], &line.first)):
        line.first = line.late.entries[0]


# ---------------------------------------------------------------------- which line

cdef inline uint32_t home_of(int32_t cell, int32_t priority, int32_t step, int32_t extra) noexcept nogil:
    """Return where the search for a line begins."""
    cdef uint64_t one = <uint64_t> (<uint32_t> cell) << 32 | <uint32_t> extra
    cdef uint64_t two = <uint64_t> (<uint32_t> priority) << 32 | <uint32_t> step
    return <uint32_t> mix64(one + mix64(two))


cdef inline uint32_t home_of_line(const Line *line) noexcept nogil:
    return home_of(line.cell, line.priority, line.step, line.extra)


cdef void table_put(Center *c, int32_t line) noexcept nogil:
    """Enter a line in the table, in which there is room."""
    cdef uint32_t mask = <uint32_t> c.line_table_size - 1, place = home_of_line(&c.lines[line]) & mask
    while c.line_table[place] >= 0:
        place = (place + 1) & mask
    c.line_table[place] = line


cdef void table_remove(Center *c, int32_t line) noexcept nogil:
    """Take a line from the table; what was pushed past it moves back (Knuth, 6.4, algorithm R)."""
    cdef uint32_t mask = <uint32_t> c.line_table_size - 1, hole = home_of_line(&c.lines[line]) & mask, place, home
    while c.line_table[hole] != line:
        hole = (hole + 1) & mask
    place = hole
    while True:
        place = (place + 1) & mask
        if c.line_table[place] < 0:
            break
        home = home_of_line(&c.lines[c.line_table[place]]) & mask
        if ((place - home) & mask) >= ((place - hole) & mask):
            c.line_table[hole] = c.line_table[place]
            hole = place
    c.line_table[hole] = -1


cdef int table_reserve(Center *c) except -1 nogil:
    """Make the table four times as long as the pool of lines, and enter all of them anew."""
    cdef int32_t *moved
    cdef int32_t size = 32, line
    while size < 4 * c.line_slots.capacity:
        size *= 2
    moved = <int32_t *> malloc(<size_t> size * sizeof(int32_t))
    if moved == NULL:
        raise MemoryError
    memset(moved, 0xFF, <size_t> size * sizeof(int32_t))
    free(c.line_table)
    c.line_table, c.line_table_size = moved, size
    for line in range(c.line_slots.used):
        if c.lines[line].demand >= 0:
            table_put(c, line)
    return 0


cdef int32_t line_among(Center *c, int32_t cell, int32_t priority, int32_t step, int32_t extra) noexcept nogil:
    """Return the line that is distinguished by these, or -1."""
    cdef uint32_t place = home_of(cell, priority, step, extra)
    cdef int32_t line
    cdef const Line *one
    while c.line_table_size:
        line = c.line_table[place & <uint32_t> (c.line_table_size - 1)]
        if line < 0:
            break
        one = &c.lines[line]
        if one.cell == cell and one.priority == priority and one.step == step and one.extra == extra:
            return line
        place += 1
    return -1


cdef int32_t line_of(Center *c, int32_t interaction) except -1 nogil:
    """Return the line of an interaction, made at its first use; mostly it is its cell's latest."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef int32_t line = c.cells[one.cell].first_line
    cdef const Line *of
    if line >= 0:
        of = &c.lines[line]
        if of.priority == one.priority and of.step == one.step and of.extra == one.extra:
            return line
        line = line_among(c, one.cell, one.priority, one.step, one.extra)
    return line if line >= 0 else line_new(c, one)


cdef int32_t line_new(Center *c, const Interaction *one) except -1 nogil:
    """Return a new line, the first of its cell."""
    cdef int32_t before = c.line_slots.capacity, first = c.cells[one.cell].first_line, line
    cdef Line *of
    if slots_reserve(&c.line_slots, <void **> &c.lines, 1, sizeof(Line)):
        places_reserve(&c.top_places, before, c.line_slots.capacity)
        list_reserve(&c.woken_lines, c.line_slots.capacity)
        table_reserve(c)
    line = slot_take(&c.line_slots)
    of = &c.lines[line]
    memset(of, 0, sizeof(Line))
    of.queue, of.cell, of.priority, of.step, of.extra = one.queue, one.cell, one.priority, one.step, one.extra
    of.next, of.previous = first, -1
    of.head = of.first.id = -1
    if first >= 0:
        c.lines[first].previous = line
    c.cells[one.cell].first_line = line
    attach(c, line)
    table_put(c, line)
    return line


cdef void line_free(Center *c, int32_t line, bint reserved) noexcept nogil:
    """An empty line that nobody will need again."""
    cdef Line *of = &c.lines[line]
    detach(c, line, reserved)
    table_remove(c, line)
    if of.previous >= 0:
        c.lines[of.previous].next = of.next
    else:
        c.cells[of.cell].first_line = of.next
    if of.next >= 0:
        c.lines[of.next].previous = of.previous
    if of.is_woken:
        list_drop(&c.woken_lines, line)
    free(of.late.entries)
    memset(of, 0, sizeof(Line))
    of.demand = -1
    slot_give_back(&c.line_slots, line)


cdef int join_addressed(Center *c, int32_t interaction, const Rank *rank) except -1 nogil:
    """Put an interaction among those of the agent whose it is, and those of its queue that are somebody's."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef Agent *agent = &c.agents[one.addressed]
    cdef Link *link = &c.line_links[interaction]
    cdef int32_t *first = &c.queues[one.queue].first_addressed
    rank_reserve(&agent.addressed, agent.addressed.n + 1)
    rank_push(&agent.addressed, c.line_places, rank)
    agent.n_preferring += one.addressed_until_ns != NONE
    link.next, link.previous = first[0], -1
    if first[0] >= 0:
        c.line_links[first[0]].previous = interaction
    first[0] = interaction
    return 0


cdef void leave_addressed(Center *c, int32_t interaction) noexcept nogil:
    """Take it from there."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef Link *link = &c.line_links[interaction]
    rank_remove(&c.agents[one.addressed].addressed, c.line_places, interaction)
    c.agents[one.addressed].n_preferring -= one.addressed_until_ns != NONE
    if link.previous >= 0:
        c.line_links[link.previous].next = link.next
    else:
        c.queues[one.queue].first_addressed = link.next
    if link.next >= 0:
        c.line_links[link.next].previous = link.previous


cdef int line_join(Center *c, int32_t interaction) except -1 nogil:
    """Put a WAITING interaction into its line, or among the interactions of the agent whose it is."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef Rank rank = rank_of(c, interaction)
    cdef Line *of
    cdef int32_t line
    if one.addressed >= 0:
        join_addressed(c, interaction, &rank)
        return 0
    line = line_of(c, interaction)
    of = &c.lines[line]
    stand_in(c, of, &rank)
    one.line = line
    if rank.b <= c.at_ns and claims_in(c, one.queue):
        ask_for_demand(c, of.demand)
        c.claims_dirty = 1
    if of.first.id < 0 or rank_before(&rank, &of.first):
        of.first = rank
        top_in(c, line)
    return 0


cdef void line_leave(Center *c, int32_t interaction) noexcept nogil:
    """Take an interaction from its line, or from its agent's own, if it stands in one."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef int32_t line = one.line
    cdef Line *of
    if c.line_places[interaction] < 0:
        return
    if line < 0:
        leave_addressed(c, interaction)
        return
    one.line = -1
    of = &c.lines[line]
    stand_out(c, of, interaction)
    if of.first.id == interaction:
        find_first(c, of)
        top_out(c, line)
    if of.n == 0 and of.extra >= 0:
        line_free(c, line, has_reserve(c, line))


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
    cdef int32_t i, line, next_line, interaction, own
    for i in range(q.n_cells):
        line = c.cells[q.cells[i]].first_line if q.cells[i] >= 0 else -1
        while line >= 0:
            next_line, own = c.lines[line].next, c.lines[line].extra
            while c.lines[line].n:
                interaction = c.lines[line].first.id
                c.lines[line].extra = -1  # so that it stays until it is freed below
                line_leave(c, interaction)
                wake(c, interaction)
            c.lines[line].extra = own
            line_free(c, line, has_reserve(c, line))
            line = next_line
    return 0
