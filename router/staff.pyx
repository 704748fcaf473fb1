# cython: cdivision=True
"""An agent's presence, lease, load and occupancy; see staff.pxd and reference.py."""

from libc.stdint cimport int32_t, int64_t

from .law cimport *
from .match cimport touch
from .model cimport *
from .occupancy cimport evolve, load_share, pool_mean, pool_settle
from .store cimport dirty_agent, dirty_group, emit, timer_arm, timer_disarm


cdef void change_presence(
    Center *c, int32_t agent, int32_t presence, int32_t reason, int32_t cause, int32_t after
) noexcept nogil:
    cdef Agent *a = &c.agents[agent]
    if (a.presence == AVAILABLE) != (presence == AVAILABLE):
        a.idle_mark_ns = c.at_ns - a.idle_mark_ns  # from a moment to a length of time, or back
    a.presence, a.reason, a.next_presence = presence, reason, after
    if presence == OFFLINE:
        timer_disarm(c, &a.lease_timer)
    emit(c, PRESENCE_CHANGED, cause, 0, 0, 0, -1, -1, agent, presence, reason)
    load_changed(c, agent)


cdef void arm_lease(Center *c, int32_t agent) noexcept nogil:
    cdef Agent *a = &c.agents[agent]
    timer_disarm(c, &a.lease_timer)
    if c.settings[LEASE_NS] and a.presence != OFFLINE:
        a.lease_timer = timer_arm(c, TIMER_LEASE, agent, c.at_ns + c.settings[LEASE_NS])
    dirty_agent(c, agent)


cdef void restart_idle(Center *c, int32_t agent) noexcept nogil:
    """Idle time counts from now; while not AVAILABLE the mark is a length, not a moment."""
    c.agents[agent].idle_mark_ns = c.at_ns if c.agents[agent].presence == AVAILABLE else 0
    dirty_agent(c, agent)
    touch(c, agent)


cdef void load_changed(Center *c, int32_t agent) noexcept nogil:
    """Settle occupancy if load or readiness differ from what they were; end a drain at load 0."""
    cdef Agent *a = &c.agents[agent]
    cdef int32_t units = a.assigned_units + a.offered_units
    cdef bint ready
    if a.presence == DRAINING and units == 0:
        change_presence(c, agent, a.next_presence, a.reason, CAUSE_DRAINED, OFFLINE)
        return
    if units == 0:
        timer_disarm(c, &a.grace_timer)
    ready = a.presence == AVAILABLE or units > 0
    if ready != a.ready or a.assigned_units != a.load:
        settle(c, agent, ready, a.assigned_units)
    dirty_agent(c, agent)
    touch(c, agent)


cdef inline void pool_add(Pool *pool, int64_t count, int64_t value, int64_t load) noexcept nogil:
    pool.count += count
    pool.value += value
    pool.load += load


cdef void settle(Center *c, int32_t agent, bint ready, int32_t load) noexcept nogil:
    """Bring occupancy to now under the old load, then go on under the new one."""
    cdef Agent *a = &c.agents[agent]
    cdef int64_t half_life_ns = c.settings[HALF_LIFE_NS]
    cdef int64_t old_share = load_share(a.load), new_share = load_share(load)
    cdef Pool *group = &c.groups[a.group].pool
    cdef Pool *pool
    cdef int i
    pool_settle(group, c.at_ns, half_life_ns)
    pool_settle(&c.pool, c.at_ns, half_life_ns)
    if a.ready:
        a.occupancy = evolve(a.occupancy, old_share, c.at_ns - a.occupancy_ns, half_life_ns)
    elif not a.has_record:
        if group.count:
            a.occupancy = pool_mean(group)
        elif c.pool.count:
            a.occupancy = pool_mean(&c.pool)
        a.has_record = 1
    for i in range(2):
        pool = group if i == 0 else &c.pool
        if a.ready:
            pool_add(pool, -1, -a.occupancy, -old_share)
        if ready:
            pool_add(pool, 1, a.occupancy, new_share)
        if pool.count == 0:
            pool.value = pool.load = 0
    a.occupancy_ns = c.at_ns
    a.ready, a.load = ready, load
    dirty_group(c, a.group)
