# cython: cdivision=True
"""What a center's memory is made of; see memory_probe.pxd.

The only part of the benchmarks that knows every array of the router: whoever changes one in ``model.pxd``
changes its row here.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

from acdcore.router.core cimport Core
from acdcore.router.heap cimport AgentKey, Rank
from acdcore.router.model cimport *
from acdcore.router.names cimport NameEntry, NameTable
from acdcore.router.order cimport Available, Block
from acdcore.router.require cimport words_of_groups, words_of_row

from .tails.clock cimport acd_allocated

ctypedef const List *ListPointer


cdef inline void row(Row *rows, int *n, const char *name, int64_t used, int64_t capacity, int64_t size) noexcept nogil:
    rows[n[0]] = Row(name, used, capacity, size)
    n[0] += 1


cdef inline void pool(Row *rows, int *n, const char *name, const Slots *slots, int64_t size) noexcept nogil:
    """A pool with its list of free slots."""
    row(rows, n, name, slots.used - slots.n_free, slots.capacity, size + <int64_t> sizeof(int32_t))


cdef inline void table(Row *rows, int *n, const char *name, const NameTable *names) noexcept nogil:
    """A table of names, with that of before while it moves over."""
    row(rows, n, name, names.n, names.capacity + names.old_capacity * (names.old != NULL), sizeof(NameEntry))


cdef int rows_of(Center *c, Row *rows, bint deep) noexcept nogil:
    """Write a row for each array; return how many."""
    cdef int n = 0
    table(rows, &n, "names: table", &c.names)
    table(rows, &n, "request ids: table", &c.requests)
    table(rows, &n, "customers: table", &c.known_customers)
    row(rows, &n, "skills", c.n_skills, c.skills_capacity, sizeof(Skill))
    row(rows, &n, "reasons", c.n_reasons, c.reasons_capacity, sizeof(Name))
    row(rows, &n, "tiers", c.n_tiers, c.tiers_capacity, sizeof(Tier))
    row(rows, &n, "queues", c.n_queues, c.queues_capacity, sizeof(Queue))
    row(rows, &n, "agents", c.n_agents, c.agents_capacity, sizeof(Agent))
    row(rows, &n, "cells (queue, tier)", c.n_cells, c.cells_capacity, sizeof(Cell))
    pool(rows, &n, "groups", &c.group_slots, sizeof(Group))
    pool(rows, &n, "requirements", &c.requirement_slots, sizeof(Requirement))
    pool(rows, &n, "demands", &c.demand_slots, sizeof(Demand))
    pool(rows, &n, "lines", &c.line_slots, sizeof(Line))
    pool(rows, &n, "customers", &c.customer_slots, sizeof(Customer))
    pool(rows, &n, "interactions", &c.interaction_slots, sizeof(Interaction))
    pool(rows, &n, "offers", &c.offer_slots, sizeof(Offer))
    pool(rows, &n, "assignments", &c.assignment_slots, sizeof(Assignment))
    pool(rows, &n, "timers", &c.timer_slots, sizeof(Timer))
    pool(rows, &n, "cool-downs", &c.ban_slots, sizeof(Ban))
    row(rows, &n, "answers: ring", c.n_answers, c.answers_capacity, sizeof(Remembered))
    row(rows, &n, "ended interactions: ring", c.ended_interactions.n, c.ended_interactions.capacity, sizeof(int32_t))
    row(rows, &n, "ended offers: ring", c.ended_offers.n, c.ended_offers.capacity, sizeof(int32_t))
    row(rows, &n, "deadlines: heap", c.deadlines.n, c.deadlines.capacity, sizeof(Rank))
    row(rows, &n, "deadlines: places", c.deadlines.n, c.timer_slots.capacity, sizeof(int32_t))
    row(rows, &n, "lines, entries: places", c.interaction_slots.used, c.interaction_slots.capacity, 2 * sizeof(int32_t))
    row(rows, &n, "lines: links", c.interaction_slots.used, c.interaction_slots.capacity, sizeof(Link))
    row(rows, &n, "demands' lines: places", c.line_slots.used, c.line_slots.capacity, sizeof(int32_t))
    row(rows, &n, "lines: table", c.line_slots.used - c.line_slots.n_free, c.line_table_size, sizeof(int32_t))
    pool(rows, &n, "filings", &c.filing_slots, sizeof(Filing))
    row(rows, &n, "filings: places", c.filing_slots.used, c.filing_slots.capacity, sizeof(int32_t))
    row(rows, &n, "filings without a skill", c.common.n, c.common.capacity, sizeof(Rank))
    indices(c, rows, &n)
    row(rows, &n, "events", c.n_events, c.events_capacity, sizeof(Event))
    lists(c, rows, &n)
    if deep:
        hanging(c, rows, &n)
    return n


cdef void indices(Center *c, Row *rows, int *n) noexcept nogil:
    """Who is available, by channel and order; and the rows of bits by group."""
    cdef int64_t words = words_of_groups(c), groups = c.group_slots.used, used = 0, capacity = 0
    cdef int64_t word = sizeof(uint64_t)
    cdef int kind
    row(rows, n, "channels, staffed: rows of bits", groups // 64, words, word * (c.n_channels + 1))
    row(rows, n, "available: rows of bits", groups // 64, words_of_row(<int32_t> words), word * c.n_kinds)
    row(rows, n, "available: groups", groups, c.group_slots.capacity, c.n_kinds * <int64_t> sizeof(Available))
    row(rows, n, "available: places of agents", c.n_agents, c.agents_capacity, c.n_kinds * <int64_t> sizeof(int32_t))
    for kind in range(c.n_kinds):
        used += c.indices[kind].order.n
        capacity += c.indices[kind].order.capacity
    row(rows, n, "available: blocks in order", used, capacity, sizeof(Block) + 3 * sizeof(int32_t))


cdef void lists(Center *c, Row *rows, int *n) noexcept nogil:
    cdef ListPointer[12] by_interaction = [
        &c.dirty_interactions, &c.woken, &c.unsettled, &c.checks, &c.scratch, &c.claimants, &c.claimed,
        &c.dirty_offers, &c.dirty_assignments, &c.woken_lines, &c.gate_queues, &c.dirty_groups,
    ]
    cdef ListPointer[4] by_agent = [&c.touched, &c.candidates, &c.dirty_agents, &c.dirty_queues]
    cdef int64_t capacity = 0
    cdef int i
    for i in range(12):
        capacity += by_interaction[i].capacity
    row(rows, n, "work lists of interactions", 0, capacity, sizeof(int32_t))
    capacity = 0
    for i in range(4):
        capacity += by_agent[i].capacity
    row(rows, n, "work lists of agents", 0, capacity, sizeof(int32_t))


cdef void grades(Center *c, Row *rows, int *n) noexcept nogil:
    """The rows of those requirements whose groups rank, and what holds them."""
    cdef int64_t row_bytes = words_of_row(words_of_groups(c)) * <int64_t> sizeof(uint64_t), used = 0, bytes_ = 0
    cdef const Grades *of
    cdef int32_t i
    cdef int grading
    for i in range(c.requirement_slots.used):
        of = c.requirements[i].grades
        bytes_ += GRADINGS * <int64_t> sizeof(Grades) if of != NULL else 0
        for grading in range(GRADINGS if of != NULL else 0):
            used += of[grading].n * row_bytes
            bytes_ += of[grading].capacity * <int64_t> sizeof(Grade)
    row(rows, n, "requirements: grades", used, used + bytes_, 1)


cdef void hanging(Center *c, Row *rows, int *n) noexcept nogil:
    """What hangs on single entries: a scan of them all."""
    cdef int64_t used = 0, capacity = 0, bytes_ = 0
    cdef int32_t i, kind
    for i in range(c.line_slots.used):
        used += c.lines[i].late.n
        capacity += c.lines[i].late.capacity
    row(rows, n, "lines: those who came late", used, capacity, sizeof(Rank))
    used = capacity = 0
    for i in range(c.n_queues):
        used += c.queues[i].entered.n
        capacity += c.queues[i].entered.capacity
        bytes_ += c.queues[i].n_cells * <int64_t> sizeof(int32_t) + c.queues[i].n_steps * <int64_t> sizeof(Step)
    row(rows, n, "queues: heaps of entries", used, capacity, sizeof(Rank))
    row(rows, n, "queues: plans and cells", bytes_, bytes_, 1)
    used = capacity = 0
    for i in range(c.demand_slots.used):
        used += c.demands[i].lines.n
        capacity += c.demands[i].lines.capacity
    row(rows, n, "demands: heaps of lines", used, capacity, sizeof(Rank))
    used = capacity = bytes_ = 0
    for i in range(c.group_slots.used):
        bytes_ += c.groups[i].key_length
        for kind in range(c.n_kinds):
            used += c.indices[kind].groups[i].heap.n
            capacity += c.indices[kind].groups[i].heap.capacity
    row(rows, n, "available: heaps of agents", used, capacity, sizeof(AgentKey))
    row(rows, n, "groups: keys", bytes_, bytes_, 1)
    used = capacity = bytes_ = 0
    for i in range(c.n_agents):
        used += c.agents[i].addressed.n
        capacity += c.agents[i].addressed.capacity
        bytes_ += c.agents[i].name.length
    row(rows, n, "agents: heaps of what is theirs", used, capacity, sizeof(Rank))
    row(rows, n, "agents: names", bytes_, bytes_, 1)
    used = bytes_ = 0
    for i in range(c.requirement_slots.used):
        used += c.requirements[i].groups != NULL
        bytes_ += c.requirements[i].key_length
    row(
        rows, n, "requirements: rows of bits", used, used,
        words_of_row(words_of_groups(c)) * <int64_t> sizeof(uint64_t),
    )
    row(rows, n, "requirements: keys", bytes_, bytes_, 1)
    grades(c, rows, n)
    used = capacity = 0
    for i in range(c.n_skills):
        used += c.skills[i].filed.n
        capacity += c.skills[i].filed.capacity
    row(rows, n, "skills: heaps of filings", used, capacity, sizeof(Rank))
    bytes_ = 0
    for i in range(c.interaction_slots.used):
        bytes_ += c.interactions[i].name.length
    row(rows, n, "interactions: names", bytes_, bytes_, 1)


cdef int64_t bytes_of(Center *c) noexcept nogil:
    """Return the bytes of all arrays that the center itself owns, without a scan."""
    cdef Row[MOST_ROWS] rows
    cdef int64_t bytes_ = 0
    cdef int i
    for i in range(rows_of(c, rows, False)):
        bytes_ += rows[i].capacity * rows[i].size
    return bytes_


def arrays(Core core not None):
    """Return {array: (entries used, entries there is room for, bytes of that room)} of a center."""
    cdef Row[MOST_ROWS] rows
    cdef int i, n = rows_of(core.c, rows, True)
    return {
        rows[i].name.decode("ascii"): (rows[i].used, rows[i].capacity, rows[i].capacity * rows[i].size)
        for i in range(n)
    }


def struct_sizes():
    """Return {struct: bytes} of what comes and goes, as the compiler lays it out."""
    return {
        "Agent": sizeof(Agent), "Group": sizeof(Group), "AgentKey": sizeof(AgentKey), "Queue": sizeof(Queue),
        "Cell": sizeof(Cell), "Line": sizeof(Line), "Interaction": sizeof(Interaction), "Rank": sizeof(Rank),
        "Offer": sizeof(Offer), "Assignment": sizeof(Assignment), "Timer": sizeof(Timer),
        "Remembered": sizeof(Remembered), "NameEntry": sizeof(NameEntry), "Customer": sizeof(Customer),
        "Event": sizeof(Event), "Ban": sizeof(Ban), "Requirement": sizeof(Requirement), "Demand": sizeof(Demand),
    }


def allocated():
    """Return the bytes that this process has allocated and not freed, by its C library; -1 where it does not say."""
    return acd_allocated()
