"""An agent's presence, lease, load and occupancy: what changes when anything about an agent does."""

from libc.stdint cimport int16_t, int32_t

from .law cimport BUSY, IDLE, OFFERED, WRAP_UP
from .model cimport Agent, Center


cdef void change_presence(
    Center *c, int32_t agent, int32_t presence, int32_t reason, int32_t cause, int32_t after
) noexcept nogil
cdef void arm_lease(Center *c, int32_t agent) noexcept nogil
cdef void load_changed(Center *c, int32_t agent) noexcept nogil
cdef void begin_work(Center *c, int32_t agent) noexcept nogil       # an assignment more is theirs
cdef void end_work(Center *c, int32_t agent) noexcept nogil         # one has ended
cdef int change_group(Center *c, int32_t agent, int32_t group) except -1 nogil

cdef inline int32_t agent_state(const Agent *a) noexcept nogil:
    """Return what the agent does now, by the most that they do."""
    if a.n_active:
        return BUSY
    if a.first_assignment >= 0:
        return WRAP_UP
    return OFFERED if a.n_offers else IDLE


cdef inline void take_units(Center *c, int32_t agent, int32_t channel, int32_t units) noexcept nogil:
    """The agent holds one more on the channel."""
    c.agents[agent].held[channel] += 1
    c.agents[agent].held_units[channel] += <int16_t> units
    c.channels[channel].holders += 1


cdef inline void free_units(Center *c, int32_t agent, int32_t channel, int32_t units) noexcept nogil:
    c.agents[agent].held[channel] -= 1
    c.agents[agent].held_units[channel] -= <int16_t> units
    c.channels[channel].holders -= 1
