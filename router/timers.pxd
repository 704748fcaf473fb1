"""Deadlines: armed at their end, disarmed from anywhere, fired in (deadline, order of arming).

Most timers run for one of a few durations (an offer's, a wrap-up's, a lease's), so that each comes due after
all that were armed before it with the same duration. Those stand in *lanes*, first in, first out; only the
first of a lane, and whatever fits in none, stands in the heap ``Center.deadlines``. Arming and disarming are
then O(1) for nearly all: of 10,000 handle times under way, none is sifted past another.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

from .heap cimport Rank, rank_push
from .law cimport TIMER_HOLD, TIMER_PLAN
from .model cimport LANES_A_KIND, Center, Lane, Timer
from .store cimport slot_give_back, slot_take


cdef int timers_reserve(Center *c, int64_t more) except -1 nogil
cdef void leave_heap(Center *c, int32_t slot) noexcept nogil
cdef void leave_lane(Center *c, int32_t slot) noexcept nogil

cdef int timers_file(Center *c) except -1 nogil                     # all there are, which stand nowhere yet

cdef inline int32_t lane_of(int32_t kind, uint64_t like) noexcept nogil:
    """Return the lane of the timers of a kind that have this in common."""
    return kind * LANES_A_KIND + <int32_t> (like * <uint64_t> 0x9E3779B97F4A7C15U >> 61)


cdef inline int32_t lane_for(Center *c, int32_t kind, int32_t owner, int64_t deadline_ns) noexcept nogil:
    """Return the lane of timers like this one, or -1: by duration, or by step where that is what recurs.

    What is scheduled for a moment of its own would keep a lane from all who come due before it.
    """
    cdef uint64_t like = <uint64_t> (deadline_ns - c.at_ns)
    if kind == TIMER_HOLD:
        return -1
    if kind == TIMER_PLAN:
        like = <uint64_t> (c.interactions[owner].queue * 64 + c.interactions[owner].step)
    return lane_of(kind, like)


cdef inline void timer_file(Center *c, int32_t slot, int32_t lane) noexcept nogil:
    """Put a timer that is armed later than all others behind those in a lane, or alone into the heap."""
    cdef Timer *timer = &c.timers[slot]
    cdef Lane *in_
    cdef Rank rank
    timer.next = timer.previous = -1
    if lane >= 0:
        in_ = &c.lanes[lane]
        if in_.n and timer.deadline_ns >= in_.last_ns:
            timer.lane, timer.previous = lane, in_.last
            c.timers[in_.last].next = slot
            in_.last, in_.last_ns = slot, timer.deadline_ns
            in_.n += 1
            return
        if in_.n:
            lane = -1
        else:
            in_.last, in_.last_ns, in_.n = slot, timer.deadline_ns, 1
    timer.lane = lane
    rank = Rank(timer.deadline_ns, timer.arming_seq, 0, 0, slot)
    rank_push(&c.deadlines, c.deadline_places, &rank)


cdef inline int32_t timer_arm(Center *c, int32_t kind, int32_t owner, int64_t deadline_ns) noexcept nogil:
    """Arm a new timer and return its slot."""
    cdef int32_t slot = slot_take(&c.timer_slots)
    cdef Timer *timer = &c.timers[slot]
    c.armings += 1
    timer.deadline_ns, timer.arming_seq, timer.kind, timer.owner = deadline_ns, c.armings, kind, owner
    timer_file(c, slot, lane_for(c, kind, owner, deadline_ns))
    return slot


cdef inline void timer_disarm(Center *c, int32_t *timer) noexcept nogil:
    """Disarm a timer, if it is armed, and forget its slot."""
    cdef int32_t slot = timer[0]
    if slot < 0:
        return
    timer[0] = -1
    if c.timers[slot].previous < 0:
        leave_heap(c, slot)
    else:
        leave_lane(c, slot)
    slot_give_back(&c.timer_slots, slot)
