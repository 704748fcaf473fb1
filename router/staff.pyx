# cython: cdivision=True
"""An agent's presence, lease, load and occupancy; see staff.pxd and reference_staff.py."""

from libc.stdint cimport int32_t

from .available cimport index_remove
from .law cimport *
from .match cimport touch
from .model cimport *
from .occupancy cimport change_pools, settle
from .plans cimport check_again
from .require cimport group_at_hand, group_join, group_leave, group_signed_in
from .store cimport dirty_agent, dirty_group, emit
from .timers cimport timer_arm, timer_disarm


# ---------------------------------------------------------------------- presence and lease

cdef inline void check_addressed(Center *c, int32_t agent) noexcept nogil:
    """What waits for this agent may do so in vain from now on."""
    cdef int32_t i
    for i in range(c.agents[agent].addressed.n):
        check_again(c, c.agents[agent].addressed.entries[i].id)


cdef void change_presence(
    Center *c, int32_t agent, int32_t presence, int32_t reason, int32_t cause, int32_t after
) noexcept nogil:
    cdef Agent *a = &c.agents[agent]
    if (a.presence == AVAILABLE) != (presence == AVAILABLE):
        a.idle_mark_ns = c.at_ns - a.idle_mark_ns  # from a moment to a length of time, or back
        group_at_hand(c, a.group, 1 if presence == AVAILABLE else -1)
    if (a.presence == OFFLINE) != (presence == OFFLINE):
        group_signed_in(c, a.group, -1 if presence == OFFLINE else 1)
    a.presence, a.reason, a.next_presence = presence, reason, after
    if presence == OFFLINE:
        timer_disarm(c, &a.lease_timer)
    if presence == OFFLINE or (presence != AVAILABLE and a.n_preferring):  # who waits without limit waits on
        check_addressed(c, agent)
    emit(c, PRESENCE_CHANGED, cause, 0, 0, 0, -1, -1, agent, presence, reason)
    load_changed(c, agent)


cdef void arm_lease(Center *c, int32_t agent) noexcept nogil:
    cdef Agent *a = &c.agents[agent]
    timer_disarm(c, &a.lease_timer)
    if c.settings[LEASE_NS] and a.presence != OFFLINE:
        a.lease_timer = timer_arm(c, TIMER_LEASE, agent, c.at_ns + c.settings[LEASE_NS])
    dirty_agent(c, agent)


# ---------------------------------------------------------------------- load and occupancy

cdef void load_changed(Center *c, int32_t agent) noexcept nogil:
    """Settle occupancy if load or readiness differ from what they were; end a drain when nothing is held."""
    cdef Agent *a = &c.agents[agent]
    cdef bint holds = a.first_offer >= 0 or a.first_assignment >= 0
    cdef bint ready
    if a.presence == DRAINING and not holds:
        change_presence(c, agent, a.next_presence, a.reason, CAUSE_DRAINED, OFFLINE)
        return
    if not holds:
        timer_disarm(c, &a.grace_timer)
    ready = a.presence == AVAILABLE or holds
    if ready != a.ready or a.assigned_units != a.load:
        settle(c, agent, ready, a.assigned_units)
    dirty_agent(c, agent)
    touch(c, agent)


cdef inline void restart_idle(Center *c, Agent *a) noexcept nogil:
    """Idle time counts from now; while not AVAILABLE the mark is a length, not a moment."""
    a.idle_mark_ns = c.at_ns if a.presence == AVAILABLE else 0


cdef void begin_work(Center *c, int32_t agent) noexcept nogil:
    """They accepted; whoever accepts is ready, and so in both pools."""
    cdef Agent *a = &c.agents[agent]
    load_changed(c, agent)
    restart_idle(c, a)
    a.handled += 1
    c.groups[a.group].pool.handled += 1
    c.pool.handled += 1
    dirty_group(c, a.group)


cdef void end_work(Center *c, int32_t agent) noexcept nogil:
    restart_idle(c, &c.agents[agent])
    load_changed(c, agent)


# ---------------------------------------------------------------------- groups

cdef int change_group(Center *c, int32_t agent, int32_t group) except -1 nogil:
    """Go over to the peers of other skills, with the occupancy and the record of before; a newcomer stays one."""
    cdef Agent *a = &c.agents[agent]
    cdef int32_t left = a.group
    if group == left:
        return 0
    group_join(c, group)
    index_remove(c, agent)
    if a.ready:
        settle(c, agent, True, a.load)
        change_pools(c, agent, left, group)
    if a.presence != OFFLINE:
        group_signed_in(c, left, -1)
        group_signed_in(c, group, 1)
    if a.presence == AVAILABLE:
        group_at_hand(c, left, -1)
        group_at_hand(c, group, 1)
    a.group = group
    group_leave(c, left)
    dirty_group(c, group)
    dirty_agent(c, agent)
    touch(c, agent)
    check_addressed(c, agent)
    return 0
