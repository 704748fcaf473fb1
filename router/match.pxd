"""Who ranks first: indices of those who are available, against the lines of lines.pxd."""

from libc.stdint cimport int32_t, int64_t, uint32_t

from .law cimport AVAILABLE, CHANNEL_MOST
from .model cimport NO_LIMIT, Center


cdef void touch(Center *c, int32_t agent) noexcept nogil            # availability or keys may have changed
cdef void settle_touched(Center *c) noexcept nogil                  # bring the indices up to date
cdef void wake(Center *c, int32_t interaction) noexcept nogil       # a WAITING one is to be paired, if it may be
cdef int next_pair(Center *c, int32_t *interaction, int32_t *agent) except -1 nogil
cdef void pick_shared(Center *c, int32_t interaction, int32_t most) noexcept nogil
cdef bint may_have(Center *c, int32_t agent, int32_t interaction) noexcept nogil   # as may_serve, from the indices
cdef bint may_serve(Center *c, int32_t agent, int32_t interaction) noexcept nogil
cdef bint is_suited(Center *c, int32_t agent, int32_t interaction) noexcept nogil
cdef int32_t units_in_the_way(Center *c, int32_t agent, int32_t channel) noexcept nogil
cdef uint32_t fitting(Center *c, int32_t agent) noexcept nogil
cdef bint reserve_lets(Center *c, int32_t interaction) noexcept nogil    # have an agent now
cdef int64_t reserve_opens_ns(Center *c, int32_t interaction) noexcept nogil

cdef inline int32_t limit_of(Center *c, int32_t agent, int32_t channel) noexcept nogil:
    """Return how many at once the agent takes on the channel; 0: none ever."""
    cdef int32_t most = <int32_t> c.channels[channel].fields[CHANNEL_MOST]
    cdef int32_t own = c.agents[agent].limits[channel]
    return own if own != NO_LIMIT and own < most else most


cdef inline bint has_room(Center *c, int32_t agent, int32_t channel) noexcept nogil:
    """Say whether the agent is AVAILABLE and not at the channel's most, units aside."""
    return c.agents[agent].presence == AVAILABLE and c.agents[agent].held[channel] < limit_of(c, agent, channel)


cdef inline bint is_banned(Center *c, int32_t agent, int32_t interaction) noexcept nogil:
    """Say whether the pair cools down."""
    cdef int32_t ban = c.interactions[interaction].first_ban
    while ban >= 0:
        if c.bans[ban].agent == agent:
            return True
        ban = c.bans[ban].next
    return False
