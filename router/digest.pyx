# cython: cdivision=True
"""The state hash; the canonical tuples are those of State.canonical_tuples in reference_state.py.

Whatever changes an entity marks it dirty; its old hash is taken from the sum and its new one added when
the hash is asked for. A command therefore pays for a flag, not for a hash.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

from .hashing cimport folded
from .law cimport *
from .model cimport *


cdef inline uint64_t with_int(uint64_t value, int64_t word) noexcept nogil:
    return folded(value, <uint64_t> word)


cdef inline uint64_t with_timer(Center *c, uint64_t value, int32_t timer) noexcept nogil:
    """Fold a timer's deadline and order of arming, or (-1, 0)."""
    if timer < 0:
        return with_int(with_int(value, -1), 0)
    return with_int(with_int(value, c.timers[timer].deadline_ns), c.timers[timer].arming_seq)


cdef uint64_t skills_hash(Center *c, const SkillLevel *skills, int n) noexcept nogil:
    cdef uint64_t value = 0
    cdef int i
    for i in range(n):
        value += with_int(folded(0, c.skills[skills[i].skill].name.hash), skills[i].level)
    return value


cdef uint64_t word_hash(int kind, const Name *name) noexcept nogil:
    return folded(with_int(0, kind), name.hash)


cdef void digest_word(Center *c, int kind, const Name *name) noexcept nogil:
    """Add a skill or a reason, which never change."""
    c.hash_sum += word_hash(kind, name)


cdef uint64_t tier_hash(Center *c, int slot) noexcept nogil:
    cdef Tier *tier = &c.tiers[slot]
    cdef uint64_t value = word_hash(KIND_TIER, &tier.name)
    cdef int field
    for field in range(1, N_TIER_FIELDS):
        value = with_int(value, tier.fields[field])
    return value


cdef void digest_tier(Center *c, int tier) noexcept nogil:
    c.hash_sum += tier_hash(c, tier)


cdef uint64_t queue_hash(Center *c, int slot) noexcept nogil:
    cdef Queue *queue = &c.queues[slot]
    cdef uint64_t value = word_hash(KIND_QUEUE, &queue.name)
    cdef int field
    for field in range(1, N_QUEUE_FIELDS):
        value = with_int(value, queue.fields[field])
    return folded(value, queue.skills_hash)


cdef void digest_queue(Center *c, int queue) noexcept nogil:
    c.hash_sum += queue_hash(c, queue)


cdef uint64_t with_pool(uint64_t value, const Pool *pool) noexcept nogil:
    return with_int(with_int(with_int(with_int(value, pool.count), pool.value), pool.load), pool.at_ns)


cdef uint64_t group_hash(Center *c, int slot) noexcept nogil:
    cdef Group *group = &c.groups[slot]
    return with_pool(folded(with_int(0, KIND_GROUP), group.skills_hash), &group.pool)


cdef uint64_t agent_hash(Center *c, int slot) noexcept nogil:
    cdef Agent *agent = &c.agents[slot]
    cdef uint64_t value = word_hash(KIND_AGENT, &agent.name)
    value = with_int(value, agent.max_open_offers)
    value = with_int(value, agent.presence)
    value = folded(value, c.reasons[agent.reason].hash)
    value = with_int(value, agent.next_presence)
    value = with_int(value, agent.sign_in_seq)
    value = with_int(value, agent.idle_mark_ns)
    value = with_int(value, agent.ready)
    value = with_int(value, agent.load)
    value = with_int(value, agent.occupancy)
    value = with_int(value, agent.occupancy_ns)
    value = with_int(value, agent.has_record)
    value = with_timer(c, value, agent.lease_timer)
    value = with_timer(c, value, agent.grace_timer)
    return folded(value, c.groups[agent.group].skills_hash)


cdef uint64_t interaction_hash(Center *c, int slot) noexcept nogil:
    cdef Interaction *one = &c.interactions[slot]
    cdef uint64_t value = with_int(with_int(0, KIND_INTERACTION), one.seq)
    cdef uint64_t bans = 0
    cdef int32_t ban = one.first_ban
    value = folded(value, one.name.hash)
    value = folded(value, c.queues[one.queue].name.hash)
    value = folded(value, c.tiers[one.tier].name.hash)
    value = with_int(value, one.priority)
    value = with_int(value, one.since_ns)
    value = with_int(value, one.due_ns)
    value = with_int(value, one.state)
    value = with_int(value, one.misses)
    value = with_int(value, one.end_seq)
    value = with_int(value, c.assignments[one.assignment].seq if one.assignment >= 0 else 0)
    value = with_timer(c, value, one.timer)
    while ban >= 0:
        bans = with_int(folded(bans, c.agents[c.bans[ban].agent].name.hash), c.bans[ban].until_ns)
        ban = c.bans[ban].next
    return folded(value, bans)


cdef uint64_t offer_hash(Center *c, int slot) noexcept nogil:
    cdef Offer *one = &c.offers[slot]
    cdef uint64_t value = with_int(with_int(0, KIND_OFFER), one.seq)
    value = with_int(value, one.interaction_seq)
    value = folded(value, c.agents[one.agent].name.hash)
    value = with_int(value, one.state)
    value = with_int(value, one.assignment_seq)
    value = with_int(value, one.end_seq)
    return with_timer(c, value, one.timer)


cdef uint64_t assignment_hash(Center *c, int slot) noexcept nogil:
    cdef Assignment *one = &c.assignments[slot]
    cdef uint64_t value = with_int(with_int(0, KIND_ASSIGNMENT), one.seq)
    value = with_int(value, one.interaction_seq)
    value = folded(value, c.agents[one.agent].name.hash)
    value = with_int(value, one.state)
    value = with_int(value, one.accepted_ns)
    value = with_int(value, one.wrap_up_ns)
    return with_timer(c, value, one.timer)


cdef uint64_t center_hash(Center *c) noexcept nogil:
    cdef uint64_t value = with_int(0, KIND_CENTER)
    cdef int setting
    value = with_int(value, c.now_ns)
    value = with_int(value, c.event_seq)
    value = with_int(value, c.interactions_seen)
    value = with_int(value, c.offers_seen)
    value = with_int(value, c.assignments_seen)
    value = with_int(value, c.sign_ins)
    value = with_int(value, c.armings)
    value = with_int(value, c.ends)
    value = with_int(value, c.next_answer)
    value = with_pool(value, &c.pool)
    for setting in range(1, N_SETTINGS):
        value = with_int(value, c.settings[setting])
    return value


cdef inline void renew(Center *c, uint64_t *kept, uint64_t value) noexcept nogil:
    c.hash_sum += value - kept[0]
    kept[0] = value


cdef uint64_t state_hash(Center *c) noexcept nogil:
    """Return the state hash, having renewed what is dirty. A freed slot has hash 0."""
    cdef int32_t i, slot
    for i in range(c.dirty_interactions.n):
        slot = c.dirty_interactions.slots[i]
        c.interactions[slot].dirty = 0
        renew(c, &c.interactions[slot].hash, interaction_hash(c, slot) if c.interactions[slot].state != FREE else 0)
    for i in range(c.dirty_offers.n):
        slot = c.dirty_offers.slots[i]
        c.offers[slot].dirty = 0
        renew(c, &c.offers[slot].hash, offer_hash(c, slot) if c.offers[slot].state != FREE else 0)
    for i in range(c.dirty_assignments.n):
        slot = c.dirty_assignments.slots[i]
        c.assignments[slot].dirty = 0
        renew(c, &c.assignments[slot].hash, assignment_hash(c, slot) if c.assignments[slot].state != FREE else 0)
    for i in range(c.dirty_agents.n):
        slot = c.dirty_agents.slots[i]
        c.agents[slot].dirty = 0
        renew(c, &c.agents[slot].hash, agent_hash(c, slot))
    for i in range(c.dirty_groups.n):
        slot = c.dirty_groups.slots[i]
        c.groups[slot].dirty = 0
        renew(c, &c.groups[slot].hash, group_hash(c, slot))
    c.dirty_interactions.n = c.dirty_offers.n = c.dirty_assignments.n = 0
    c.dirty_agents.n = c.dirty_groups.n = 0
    return c.hash_sum + center_hash(c)


cdef uint64_t hash_from_scratch(Center *c) noexcept nogil:
    """Return the state hash without any help from what was kept: for check_invariants."""
    cdef uint64_t value = center_hash(c)
    cdef int32_t i
    cdef int64_t number
    for i in range(c.n_skills):
        value += word_hash(KIND_SKILL, &c.skills[i].name)
    for i in range(c.n_reasons):
        value += word_hash(KIND_REASON, &c.reasons[i])
    for i in range(c.n_tiers):
        value += tier_hash(c, i)
    for i in range(c.n_queues):
        value += queue_hash(c, i)
    for i in range(c.n_agents):
        value += agent_hash(c, i)
    for i in range(c.n_groups):
        value += group_hash(c, i)
    for i in range(c.interaction_slots.used):
        if c.interactions[i].state != FREE:
            value += interaction_hash(c, i)
    for i in range(c.offer_slots.used):
        if c.offers[i].state != FREE:
            value += offer_hash(c, i)
    for i in range(c.assignment_slots.used):
        if c.assignments[i].state != FREE:
            value += assignment_hash(c, i)
    for number in range(c.first_answer, c.next_answer):
        value += c.answers[number % c.answers_capacity].hash
    return value
