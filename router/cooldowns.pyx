# cython: cdivision=True
"""The cool-downs of an interaction; see cooldowns.pxd."""

from libc.stdint cimport int32_t, int64_t

from .law cimport *
from .model cimport *
from .store cimport doubt_claim, slot_give_back, slot_take
from .timers cimport timer_arm, timer_disarm


cdef void arm(Center *c, int32_t slot) noexcept nogil:
    """Keep the interaction's one cool-down timer at the earliest end; leave it if that is unmoved."""
    cdef Interaction *one = &c.interactions[slot]
    cdef int32_t ban = one.first_ban
    cdef int64_t first_ns = -1
    while ban >= 0:
        if first_ns < 0 or c.bans[ban].until_ns < first_ns:
            first_ns = c.bans[ban].until_ns
        ban = c.bans[ban].next
    if first_ns == (c.timers[one.timer].deadline_ns if one.timer >= 0 else -1):
        return
    timer_disarm(c, &one.timer)
    if first_ns >= 0:
        one.timer = timer_arm(c, TIMER_COOL_DOWN, slot, first_ns)


cdef void add_ban(Center *c, int32_t slot, int32_t agent, int64_t until_ns) noexcept nogil:
    """Add a cool-down at the end of the list; a full list loses the one that would end first."""
    cdef Interaction *one = &c.interactions[slot]
    cdef int32_t ban
    cdef int32_t *link = &one.first_ban
    cdef int32_t *first
    if one.n_bans >= c.settings[MAX_COOL_DOWNS]:
        first = link
        while link[0] >= 0:
            if c.bans[link[0]].until_ns < c.bans[first[0]].until_ns:
                first = link
            link = &c.bans[link[0]].next
        ban = first[0]
        first[0] = c.bans[ban].next
        slot_give_back(&c.ban_slots, ban)
        one.n_bans -= 1
        link = &one.first_ban
    while link[0] >= 0:
        link = &c.bans[link[0]].next
    ban = slot_take(&c.ban_slots)
    c.bans[ban] = Ban(until_ns, agent, -1)
    link[0] = ban
    one.n_bans += 1
    if one.claim >= 0:
        doubt_claim(c, slot)
    arm(c, slot)


cdef int32_t drop_ended_bans(Center *c, int32_t slot) noexcept nogil:
    """Drop the cool-downs that have ended and return how many."""
    cdef Interaction *one = &c.interactions[slot]
    cdef int32_t *link = &one.first_ban
    cdef int32_t ban, ended = 0
    while link[0] >= 0:
        ban = link[0]
        if c.bans[ban].until_ns > c.at_ns:
            link = &c.bans[ban].next
            continue
        link[0] = c.bans[ban].next
        slot_give_back(&c.ban_slots, ban)
        ended += 1
    one.n_bans -= ended
    one.claims_known.what = 0  # there may be somebody to claim now
    arm(c, slot)
    return ended


cdef void drop_bans_of(Center *c, int32_t slot, int32_t agent) noexcept nogil:
    """Drop the cool-downs of one pair."""
    cdef Interaction *one = &c.interactions[slot]
    cdef int32_t *link = &one.first_ban
    cdef int32_t ban
    while link[0] >= 0:
        ban = link[0]
        if c.bans[ban].agent != agent:
            link = &c.bans[ban].next
            continue
        link[0] = c.bans[ban].next
        slot_give_back(&c.ban_slots, ban)
        one.n_bans -= 1
    one.claims_known.what = 0
    arm(c, slot)


cdef void drop_bans(Center *c, int32_t slot) noexcept nogil:
    """Forget every cool-down, and their timer."""
    cdef Interaction *one = &c.interactions[slot]
    cdef int32_t ban
    while one.first_ban >= 0:
        ban = one.first_ban
        one.first_ban = c.bans[ban].next
        slot_give_back(&c.ban_slots, ban)
    one.n_bans = 0
    timer_disarm(c, &one.timer)
