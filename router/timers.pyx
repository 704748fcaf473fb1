# cython: cdivision=True
"""Deadlines in lanes and a heap; see timers.pxd."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc, qsort

from .heap cimport Rank, rank_before, rank_push, rank_remove, rank_reserve
from .law cimport *
from .model cimport Center, Lane, Queue, Timer
from .store cimport TIMERS_A_STEP, places_reserve, slots_reserve


cdef int timers_reserve(Center *c, int64_t more) except -1 nogil:
    """Make room for ``more`` timers beside those that a command may always arm."""
    c.steps_left = 0  # the more will be used beside what is counted
    if slots_reserve(&c.timer_slots, <void **> &c.timers, TIMERS_A_STEP + more, sizeof(Timer)):
        places_reserve(&c.deadline_places, c.timer_slots.capacity, c.timer_slots.capacity)
        rank_reserve(&c.deadlines, c.timer_slots.capacity)
    return 0


cdef void leave_heap(Center *c, int32_t slot) noexcept nogil:
    """Take a timer from the heap; if it was the first of a lane, the next one takes its place there."""
    cdef Timer *timer = &c.timers[slot]
    cdef Timer *after
    cdef Rank rank
    rank_remove(&c.deadlines, c.deadline_places, slot)
    if timer.lane < 0:
        return
    c.lanes[timer.lane].n -= 1
    if timer.next >= 0:
        after = &c.timers[timer.next]
        after.previous = -1
        rank = Rank(after.deadline_ns, after.arming_seq, 0, 0, timer.next)
        rank_push(&c.deadlines, c.deadline_places, &rank)


cdef void leave_lane(Center *c, int32_t slot) noexcept nogil:
    """Take a timer that is not the first from its lane."""
    cdef Timer *timer = &c.timers[slot]
    cdef Lane *lane = &c.lanes[timer.lane]
    lane.n -= 1
    c.timers[timer.previous].next = timer.next
    if timer.next >= 0:
        c.timers[timer.next].previous = timer.previous
    else:
        lane.last, lane.last_ns = timer.previous, c.timers[timer.previous].deadline_ns


# ---------------------------------------------------------------------- all of them

cdef int compare(const void *one, const void *two) noexcept nogil:
    return -1 if rank_before(<const Rank *> one, <const Rank *> two) else 1


cdef int32_t likely_lane(Center *c, const Timer *timer) noexcept nogil:
    """Return in which lane a timer has probably stood: that of its owner's present duration."""
    cdef int32_t owner = timer.owner, kind = timer.kind
    cdef const Queue *queue
    if kind == TIMER_LEASE:
        return lane_of(kind, <uint64_t> c.settings[LEASE_NS])
    if kind == TIMER_GRACE:
        return lane_of(kind, <uint64_t> c.settings[LEASE_GRACE_NS])
    if kind == TIMER_HOLD or kind == TIMER_GATE:
        return -1
    if kind == TIMER_PLAN:
        return lane_of(kind, <uint64_t> (c.interactions[owner].queue * 64 + c.interactions[owner].step))
    if kind == TIMER_HANDLE or kind == TIMER_WRAP_UP:
        queue = &c.queues[c.assignments[owner].queue]
        return lane_of(kind, <uint64_t> (queue.max_handle_ns if kind == TIMER_HANDLE else queue.wrap_up_ns))
    if kind == TIMER_OFFER:
        return lane_of(kind, <uint64_t> c.queues[c.interactions[c.offers[owner].interaction].queue].offer_ns)
    return lane_of(kind, <uint64_t> c.queues[c.interactions[owner].queue].fields[COOL_DOWN_NS])


cdef int timers_file(Center *c) except -1 nogil:
    """Put all timers into lanes and the heap, in the order of arming; return whether no two were armed at once."""
    cdef int32_t n = c.timer_slots.used, i
    cdef Rank *order = <Rank *> malloc((<size_t> n + 1) * sizeof(Rank))
    cdef bint sound = True
    if order == NULL:
        raise MemoryError
    for i in range(n):
        order[i] = Rank(c.timers[i].arming_seq, i, 0, 0, i)
    qsort(order, <size_t> n, sizeof(Rank), compare)
    for i in range(n):
        sound = sound and (i == 0 or order[i - 1].a < order[i].a)
        timer_file(c, order[i].id, likely_lane(c, &c.timers[order[i].id]))
    free(order)
    return sound
