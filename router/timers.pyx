# cython: cdivision=True
"""Deadlines in lanes and a heap; see timers.pxd."""

from libc.stdint cimport int32_t, int64_t

from .heap cimport Rank, rank_push, rank_remove, rank_reserve
from .model cimport Center, Lane, Timer
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
