# cython: cdivision=True
"""Gates; the rules are those of reference_rules.py (measures) and reference_plans.py (what follows)."""

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.stdlib cimport free

from .claims cimport anybody_claims, forget_claims
from .available cimport count_free
from .heap cimport Rank, RankHeap, rank_push, rank_reserve
from .law cimport *
from .lines cimport line_refile
from .model cimport *
from .plans cimport act, check_again, check_queue, gates_of, who_waits_in
from .require cimport count_at_hand, is_suited_group
from .store cimport dirty_queue, emit, list_push, list_reserve, reserve, reserve_array
from .timers cimport timer_arm, timer_disarm


cdef int turn_gates(Center *c) except -1 nogil:
    """Turn every gate that is not as it should be; one that opens acts on those it kept waiting."""
    cdef int32_t i, queue, step
    cdef int turned = 0
    c.gates_dirty = 0
    for i in range(c.gate_queues.n):
        queue = c.gate_queues.slots[i]
        if not c.queues[queue].gates_dirty:
            continue
        c.queues[queue].gates_dirty = 0
        for step in range(1, c.queues[queue].n_steps):
            if c.queues[queue].plan[step].has_gate:
                reserve(c)
                turned += turn_gate(c, queue, step)
    return turned


cdef int turn_gate(Center *c, int32_t queue, int32_t number) except -1 nogil:
    """Turn one gate if it is to be turned, and set its clock; return whether it turned."""
    cdef Step *step = &c.queues[queue].plan[number]
    cdef bint wanted = wants_open(c, queue, step)
    cdef bint turns = wanted != step.is_open
    cdef int64_t deadline_ns
    if turns:
        step.is_open = <uint8_t> wanted
        dirty_queue(c, queue)
        emit(c, GATE_OPENED if wanted else GATE_CLOSED, CAUSE_NONE, 0, 0, 0, queue, -1, -1, number, 0)
        refile_lines(c, queue, number)
        check_queue(c, queue)
        check_addressed(c, queue)
        c.claims_dirty |= anybody_claims(c)
        forget_claims(c)
        if wanted:
            act_on_all(c, queue, number)
    deadline_ns = gate_deadline_ns(c, queue, step)
    if deadline_ns != (c.timers[step.gate_timer].deadline_ns if step.gate_timer >= 0 else NONE):
        timer_disarm(c, &step.gate_timer)
        if deadline_ns != NONE:
            step.gate_timer = timer_arm(c, TIMER_GATE, queue * 64 + number, deadline_ns)
        dirty_queue(c, queue)
    return turns


cdef void check_addressed(Center *c, int32_t queue) noexcept nogil:
    """What is asked for in this queue has changed: somebody may wait in vain for an agent of their own."""
    cdef int32_t slot = c.queues[queue].first_addressed
    while slot >= 0:
        check_again(c, slot)
        slot = c.line_links[slot].next


cdef int refile_lines(Center *c, int32_t queue, int32_t number) except -1 nogil:
    """Those in this step or a later one may now ask for something else."""
    cdef Queue *q = &c.queues[queue]
    cdef int32_t i, line
    for i in range(q.n_cells):
        line = c.cells[q.cells[i]].first_line if q.cells[i] >= 0 else -1
        while line >= 0:
            if c.lines[line].step >= number:
                line_refile(c, line)
            line = c.lines[line].next
    return 0


cdef int act_on_all(Center *c, int32_t queue, int32_t number) except -1 nogil:
    """Let the step act on everybody of the queue who has begun it, in the order of sequence numbers."""
    cdef const Step *step = &c.queues[queue].plan[number]
    cdef int32_t i, n
    if step.fields[STEP_PRIORITY] == NO_PRIORITY and step.fields[STEP_MOVE_TO] == NONE:
        return 0
    n = who_waits_in(c, queue)
    for i in range(n):
        if c.interactions[c.scratch.slots[i]].step >= number:
            reserve(c)
            act(c, c.scratch.slots[i], &c.queues[queue].plan[number])
    return 0


# ---------------------------------------------------------------------- measures

cdef int64_t oldest_entry_ns(Center *c, int32_t queue) noexcept nogil:
    """Return when the one that has been in the queue longest entered it, or NONE."""
    cdef RankHeap *entered = &c.queues[queue].entered
    return entered.entries[0].a if entered.n else NONE


cdef int64_t measure(Center *c, int32_t own, const Step *step, int which) noexcept nogil:
    """Return what a gate's measure stands at."""
    cdef int32_t queue = own, requirement, channel
    cdef int64_t oldest_ns
    if which == STEP_LENDER_WAITING or which == STEP_LENDER_WAIT_NS or which == STEP_LENDER_FREE:
        queue = <int32_t> step.fields[STEP_LENDER]
    if which == STEP_WAITING or which == STEP_LENDER_WAITING:
        return c.queues[queue].queued
    if which == STEP_WAIT_NS or which == STEP_LENDER_WAIT_NS:
        oldest_ns = oldest_entry_ns(c, queue)
        return NONE if oldest_ns == NONE else c.at_ns - oldest_ns
    requirement, channel = c.queues[queue].plan[0].requirement, <int32_t> c.queues[queue].fields[CHANNEL]
    if which == STEP_LENDER_FREE:
        return count_free(c, requirement, -1, channel) + count_claimed(c, requirement, channel)
    return count_at_hand(c, requirement, channel)


cdef int64_t count_claimed(Center *c, int32_t requirement, int32_t channel) noexcept nogil:
    """Return how many more were free but for claims, which are no part of what gates measure."""
    cdef int32_t i, agent
    cdef int64_t count = 0
    for i in range(c.claimed.n):
        agent = c.interactions[c.claimed.slots[i]].claim
        if (c.agents[agent].fits >> channel) & 1:
            count += is_suited_group(c, c.agents[agent].group, requirement, -1)
    return count


cdef int64_t threshold(const Step *step, int which) noexcept nogil:
    """Return what a measure is compared with: once open, the value that closes, if there is one."""
    if step.is_open and step.fields[which + 1] != NONE:
        return step.fields[which + 1]
    return step.fields[which]


cdef bint passes(Center *c, int32_t queue, const Step *step, int which) noexcept nogil:
    cdef int64_t value = measure(c, queue, step, which), least = threshold(step, which)
    if which == STEP_WAITING or which == STEP_WAIT_NS or which == STEP_LENDER_FREE:
        return value >= least
    return value <= least


cdef bint wants_open(Center *c, int32_t queue, const Step *step) noexcept nogil:
    """Say whether the gate is to be open: its own queue asks for it, and the lender allows it."""
    cdef int[3] own = [STEP_WAITING, STEP_WAIT_NS, STEP_AGENTS]
    cdef int[3] lenders = [STEP_LENDER_WAITING, STEP_LENDER_WAIT_NS, STEP_LENDER_FREE]
    cdef bint asked = False, stated = False
    cdef int i
    for i in range(3):
        if step.fields[own[i]] != NONE:
            stated = True
            asked = asked or passes(c, queue, step, own[i])
    if stated and not asked:
        return False
    for i in range(3):
        if step.fields[lenders[i]] != NONE and not passes(c, queue, step, lenders[i]):
            return False
    return True


cdef int64_t gate_deadline_ns(Center *c, int32_t queue, const Step *step) noexcept nogil:
    """Return when time alone may turn the gate, or NONE."""
    cdef int which = STEP_LENDER_WAIT_NS if step.is_open else STEP_WAIT_NS
    cdef int64_t oldest_ns, deadline_ns
    if step.fields[which] == NONE:
        return NONE
    oldest_ns = oldest_entry_ns(c, <int32_t> step.fields[STEP_LENDER] if step.is_open else queue)
    if oldest_ns == NONE:
        return NONE
    deadline_ns = oldest_ns + threshold(step, which) + (1 if step.is_open else 0)
    return deadline_ns if deadline_ns > c.at_ns else NONE


# ---------------------------------------------------------------------- who measures whom

cdef int add_dependent(Center *c, int32_t queue, int32_t dependent) except -1 nogil:
    """Note that ``dependent`` has a gate that measures ``queue``."""
    cdef Queue *q = &c.queues[queue]
    if q.n_dependents and q.dependents[q.n_dependents - 1] == dependent:  # each queue is gone through once
        return 0
    reserve_array(<void **> &q.dependents, &q.dependents_capacity, q.n_dependents + 1, sizeof(int32_t))
    q.dependents[q.n_dependents] = dependent
    q.n_dependents += 1
    return 0


cdef int gates_renew(Center *c, int32_t queue) except -1 nogil:
    """The queue was defined: note anew which gates measure which queues; nothing if it has, and had, none."""
    cdef Queue *q = &c.queues[queue]
    cdef int32_t step, n_gates = 0
    for step in range(q.n_steps):
        n_gates += q.plan[step].has_gate
    if n_gates == 0 and q.n_gates == 0:
        gates_of(c, queue)  # what it lends may have changed all the same
        return 0
    q.n_gates = n_gates
    gates_relate(c)
    gates_of(c, queue)
    return 0


cdef int gates_relate(Center *c) except -1 nogil:
    """Note which gates measure which queues, each of which knows how many it has."""
    cdef int32_t i, step
    list_reserve(&c.gate_queues, c.n_queues)
    list_reserve(&c.agent_gates, c.n_queues)
    list_reserve(&c.presence_gates, c.n_queues)
    c.gate_queues.n = c.agent_gates.n = c.presence_gates.n = 0
    for i in range(c.n_queues):
        c.queues[i].n_dependents = 0
        c.queues[i].is_watched = 0
    for i in range(c.n_queues):
        if c.queues[i].n_gates:
            list_push(&c.gate_queues, i)
            add_dependent(c, i, i)
            for step in range(1, c.queues[i].n_steps):
                note_step(c, i, &c.queues[i].plan[step])
    for i in range(c.n_queues):
        watch(c, i)
    return 0


cdef int note_step(Center *c, int32_t queue, const Step *step) except -1 nogil:
    """Note what a step's gate measures."""
    cdef int32_t lender = <int32_t> step.fields[STEP_LENDER]
    if step.fields[STEP_WAIT_NS] != NONE:
        c.queues[queue].is_watched = 1
    if lender != NONE:
        add_dependent(c, lender, queue)
    if step.fields[STEP_LENDER_WAIT_NS] != NONE:
        c.queues[lender].is_watched = 1
    if step.fields[STEP_LENDER_FREE] != NONE:
        list_queue(&c.agent_gates, queue)
    if step.fields[STEP_AGENTS] != NONE:
        list_queue(&c.presence_gates, queue)
    return 0


cdef inline void list_queue(List *queues, int32_t queue) noexcept nogil:
    """Put a queue at the end, unless it is there already."""
    if queues.n == 0 or queues.slots[queues.n - 1] != queue:
        list_push(queues, queue)


cdef int watch(Center *c, int32_t queue) except -1 nogil:
    """Keep the queue's entries in their order, or let go of them, as its gates need."""
    cdef Queue *q = &c.queues[queue]
    cdef Interaction *one
    cdef Rank rank
    cdef int32_t i
    if not q.is_watched:
        for i in range(q.entered.n):
            c.entered_places[q.entered.entries[i].id] = -1
        free(q.entered.entries)
        q.entered.entries, q.entered.n, q.entered.capacity = NULL, 0, 0
        return 0
    if q.entered.n == q.queued:
        return 0
    rank_reserve(&q.entered, q.queued)
    for i in range(c.interaction_slots.used):
        one = &c.interactions[i]
        if one.queue == queue and (one.state == I_WAITING or one.state == I_OFFERED) and c.entered_places[i] < 0:
            rank = Rank(one.entered_ns, one.seq, 0, 0, i)
            rank_push(&q.entered, c.entered_places, &rank)
    return 0
