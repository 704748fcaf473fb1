# cython: cdivision=True
"""RESUME, as ``Reference._resume`` has it; see resume.pxd."""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, malloc, qsort

from . import codes

from .heap cimport Rank, rank_before
from .law cimport *
from .life cimport emit_offer
from .model cimport *
from .store cimport dirty_agent, dirty_offer, emit, refuse, reserve
from .timers cimport timer_arm, timer_disarm

cdef int64_t MAX_DURATION_NS = codes.MAX_DURATION_NS


cdef struct Late:                   # what is to be put off, sorted as it would have fired
    Rank *timers                    # by (deadline, order of arming); c is the new deadline, id the owner, d the kind
    int64_t n


cdef int compare(const void *one, const void *two) noexcept nogil:
    return -1 if rank_before(<const Rank *> one, <const Rank *> two) else 1


cdef inline void note(Center *c, Late *late, int32_t timer, int64_t deadline_ns) noexcept nogil:
    """Note a timer, if it is armed, and for a moment before this one."""
    cdef const Timer *one = &c.timers[timer]
    if timer >= 0 and one.deadline_ns < deadline_ns:
        late.timers[late.n] = Rank(one.deadline_ns, one.arming_seq, deadline_ns, one.kind, one.owner)
        late.n += 1


cdef void find_late(Center *c, int64_t until_ns, Late *late) noexcept nogil:
    """Find the leases, graces and offers that are to last longer, in the order in which they would have ended."""
    cdef int32_t i, queue
    for i in range(c.n_agents):
        note(c, late, c.agents[i].lease_timer, until_ns)
        note(c, late, c.agents[i].grace_timer, until_ns)
    for i in range(c.offer_slots.used):
        if c.offers[i].state == PENDING:
            queue = c.interactions[c.offers[i].interaction].queue
            note(c, late, c.offers[i].timer, c.at_ns + c.queues[queue].offer_ns)
    qsort(late.timers, <size_t> late.n, sizeof(Rank), compare)


cdef void extend_offer(Center *c, int32_t slot, int64_t deadline_ns) noexcept nogil:
    """Let an offer ring longer, and say so."""
    cdef Offer *offer = &c.offers[slot]
    cdef int64_t wait_ns = c.at_ns - c.interactions[offer.interaction].since_ns
    timer_disarm(c, &offer.timer)
    offer.timer = timer_arm(c, TIMER_OFFER, slot, deadline_ns)
    offer.deadline_ns = deadline_ns
    dirty_offer(c, slot)
    emit_offer(c, OFFER_EXTENDED, CAUSE_NONE, slot, 0, wait_ns, deadline_ns)


cdef void extend_agent(Center *c, int32_t agent, int32_t kind, int64_t deadline_ns) noexcept nogil:
    """Let an agent's lease, or the grace after it, last longer."""
    cdef int32_t *timer = &c.agents[agent].lease_timer if kind == TIMER_LEASE else &c.agents[agent].grace_timer
    timer_disarm(c, timer)
    timer[0] = timer_arm(c, kind, agent, deadline_ns)
    dirty_agent(c, agent)


cdef int resume(Center *c, const Command *command, Answer *answer) except -1 nogil:
    """Put off what somebody had to do meanwhile and could not; whatever else is due fires with the next command."""
    cdef Late late
    cdef const Rank *one
    cdef int64_t i
    if not MIN_DURATION_NS <= command.y <= MAX_DURATION_NS:
        refuse(answer, INVALID_DURATION, 0)
        return 0
    late.timers = <Rank *> malloc((<size_t> c.timer_slots.used + 1) * sizeof(Rank))
    late.n = 0
    if late.timers == NULL:
        raise MemoryError
    find_late(c, c.at_ns + command.y, &late)
    emit(c, RESUMED, CAUSE_NONE, 0, 0, 0, -1, -1, -1, late.n, c.at_ns + command.y)
    try:
        for i in range(late.n):
            reserve(c)
            one = &late.timers[i]
            if one.d == TIMER_OFFER:
                extend_offer(c, one.id, one.c)
            else:
                extend_agent(c, one.id, <int32_t> one.d, one.c)
    finally:
        free(late.timers)
    answer.value = late.n
    return 0
