# cython: cdivision=True
"""The state hash; the canonical tuples are those of State.canonical_tuples in reference_state.py.

Whatever changes an entity marks it dirty; its old hash is taken from the sum and its new one added when
the hash is asked for. A command therefore pays for a flag, not for a hash. Skills, reasons, tiers, channels
and customers, which change rarely or never, are taken from the sum and added to it at once.
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


cdef inline uint64_t name_of_queue(Center *c, int64_t queue) noexcept nogil:
    """Return the hash of a queue's name, or 0 for none."""
    return 0 if queue == NONE else c.queues[queue].name.hash


# ---------------------------------------------------------------------- sets of skills and channels

cdef inline uint64_t skill_hash(Center *c, const SkillLevel *one) noexcept nogil:
    return with_int(folded(0, c.skills[one.skill].name.hash), one.level)


cdef uint64_t skills_hash(Center *c, const SkillLevel *skills, int n) noexcept nogil:
    """Return the hash of a set of (skill, level): a sum, so that the order of slots does not matter."""
    cdef uint64_t value = 0
    cdef int i
    for i in range(n):
        value += skill_hash(c, &skills[i])
    return value


cdef uint64_t requirement_hash(Center *c, int32_t requirement) noexcept nogil:
    """Return the hash of a requirement: a sum over its clauses, and 0 if it asks for nothing."""
    cdef const Requirement *one = &c.requirements[requirement]
    cdef uint64_t value = 0
    cdef int32_t i, first = 0
    for i in range(one.n_clauses):
        value += folded(with_int(0, 1), skills_hash(c, &one.skills[first], one.ends[i] - first))
        first = one.ends[i]
    for i in range(first, one.n_skills):
        value += folded(with_int(0, 2 if i < one.end_of_excluded else 3), skill_hash(c, &one.skills[i]))
    return value


cdef uint64_t group_signature_hash(Center *c, const SkillLevel *skills, int n, int lacks) noexcept nogil:
    """Return the hash of what makes a group: skills and levels, and the channels that its members lack."""
    cdef uint64_t value = skills_hash(c, skills, n)
    cdef int channel
    for channel in range(c.n_channels):
        if lacks >> channel & 1:
            value += folded(with_int(0, 4), c.channels[channel].name.hash)
    return value


# ---------------------------------------------------------------------- entities

cdef uint64_t word_hash(int kind, const Name *name) noexcept nogil:
    return folded(with_int(0, kind), name.hash)


cdef void digest_word(Center *c, int kind, const Name *name) noexcept nogil:
    """Add a skill or a reason, which never change."""
    c.hash_sum += word_hash(kind, name)


cdef uint64_t tier_hash(Center *c, int32_t tier) noexcept nogil:
    cdef Tier *one = &c.tiers[tier]
    cdef uint64_t value = word_hash(KIND_TIER, &one.name)
    cdef int field
    for field in range(1, N_TIER_FIELDS):
        value = with_int(value, one.fields[field])
    return value


cdef uint64_t channel_hash(Center *c, int32_t channel) noexcept nogil:
    cdef Channel *one = &c.channels[channel]
    cdef uint64_t value = word_hash(KIND_CHANNEL, &one.name)
    cdef uint64_t interrupts = 0
    cdef int field, other
    for field in range(1, N_CHANNEL_FIELDS):
        value = with_int(value, one.fields[field])
    for other in range(c.n_channels):
        if one.interrupts >> other & 1:
            interrupts += c.channels[other].name.hash
    return folded(value, interrupts)


cdef uint64_t step_hash(Center *c, const Step *step) noexcept nogil:
    cdef uint64_t value = with_int(0, step.after_ns)
    cdef int field
    value = folded(value, c.requirements[step.requirement].hash)
    value = with_int(value, step.is_open)
    value = with_timer(c, value, step.gate_timer)
    for field in range(1, N_STEP_FIELDS):
        if field == STEP_MOVE_TO or field == STEP_LENDER:
            value = folded(value, name_of_queue(c, step.fields[field]))
        else:
            value = with_int(value, step.fields[field])
    return value


cdef uint64_t queue_hash(Center *c, int32_t queue) noexcept nogil:
    cdef Queue *one = &c.queues[queue]
    cdef const Override *own
    cdef uint64_t value = word_hash(KIND_QUEUE, &one.name)
    cdef uint64_t overrides = 0
    cdef int32_t field, i
    for field in range(1, N_QUEUE_FIELDS):
        if field in (MAX_WAIT_TO, FULL_TO, UNSTAFFED_TO, CLOSED_TO, HELD_TO):
            value = folded(value, name_of_queue(c, one.fields[field]))
        elif field == CHANNEL:
            value = folded(value, c.channels[one.fields[CHANNEL]].name.hash)
        else:
            value = with_int(value, one.fields[field])
    for i in range(one.n_overrides):
        own = &one.overrides[i]
        overrides += with_int(
            with_int(folded(0, c.tiers[own.tier].name.hash), own.target_factor_ppm), own.head_start_ns
        )
    value = folded(with_int(value, one.is_open), overrides)
    for i in range(one.n_steps):
        value = folded(value, step_hash(c, &one.plan[i]))
    return value


cdef uint64_t with_pool(uint64_t value, const Pool *pool) noexcept nogil:
    value = with_int(with_int(with_int(value, pool.count), pool.value), pool.load)
    return with_int(with_int(value, pool.handled), pool.at_ns)


cdef uint64_t group_hash(Center *c, int32_t slot) noexcept nogil:
    cdef Group *group = &c.groups[slot]
    return with_pool(folded(with_int(0, KIND_GROUP), group.group_hash), &group.pool)


cdef uint64_t agent_hash(Center *c, int32_t slot) noexcept nogil:
    cdef Agent *agent = &c.agents[slot]
    cdef uint64_t value = word_hash(KIND_AGENT, &agent.name)
    cdef uint64_t limits = 0
    cdef int channel
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
    value = with_int(value, agent.handled)
    value = with_int(value, agent.last_offer_seq)
    value = with_int(value, agent.offers_received)
    value = with_int(value, c.interactions[agent.claim].seq if agent.claim >= 0 else 0)
    value = with_timer(c, value, agent.lease_timer)
    value = with_timer(c, value, agent.grace_timer)
    value = folded(value, c.groups[agent.group].group_hash)
    for channel in range(c.n_channels):
        if agent.limits[channel] != NO_LIMIT:
            limits += with_int(folded(0, c.channels[channel].name.hash), agent.limits[channel])
    return folded(value, limits)


cdef inline uint64_t with_agent(Center *c, uint64_t value, int32_t agent) noexcept nogil:
    """Fold the hash of an agent's name, or 0 for nobody."""
    return folded(value, c.agents[agent].name.hash if agent >= 0 else 0)


cdef uint64_t interaction_hash(Center *c, int32_t slot) noexcept nogil:
    cdef Interaction *one = &c.interactions[slot]
    cdef uint64_t value = with_int(with_int(0, KIND_INTERACTION), one.seq)
    cdef uint64_t visited = 0, bans = 0
    cdef int32_t i, ban = one.first_ban
    cdef bint is_plan = one.clock >= 0 and c.timers[one.clock].kind == TIMER_PLAN
    for i in range(one.n_visited):
        visited = folded(visited, c.queues[one.visited[i]].name.hash)
    while ban >= 0:
        bans = with_int(folded(bans, c.agents[c.bans[ban].agent].name.hash), c.bans[ban].until_ns)
        ban = c.bans[ban].next
    value = folded(value, one.name.hash)
    value = folded(value, c.queues[one.queue].name.hash)
    value = folded(value, c.tiers[one.tier].name.hash)
    value = with_int(value, one.priority)
    value = with_int(value, one.has_own_priority)
    value = folded(value, one.extra_hash)
    value = folded(value, one.customer_high)
    value = folded(value, one.customer_low)
    value = with_int(value, one.step)
    value = with_int(value, one.entered_ns)
    value = folded(value, visited)
    value = with_int(value, one.waited_out)
    value = with_agent(c, value, one.addressed)
    value = with_agent(c, value, one.claim)
    value = with_int(value, one.addressed_until_ns)
    value = with_int(value, one.since_ns)
    value = with_int(value, one.due_ns)
    value = with_int(value, one.state)
    value = with_int(value, one.misses)
    value = with_int(value, one.blamed)
    value = with_int(value, one.round_missed)
    value = with_int(value, one.end_seq)
    value = with_int(value, c.assignments[one.assignment].seq if one.assignment >= 0 else 0)
    value = with_timer(c, value, one.timer)
    value = with_timer(c, value, one.clock if is_plan else -1)
    value = with_timer(c, value, -1 if is_plan else one.clock)
    return folded(value, bans)


cdef uint64_t offer_hash(Center *c, int32_t slot) noexcept nogil:
    cdef Offer *one = &c.offers[slot]
    cdef uint64_t value = with_int(with_int(0, KIND_OFFER), one.seq)
    value = with_int(value, one.interaction_seq)
    value = with_agent(c, value, one.agent)
    value = with_int(value, one.units)
    value = with_int(value, one.state)
    value = with_int(value, one.taken)
    value = with_int(value, one.assignment_seq)
    value = with_int(value, one.end_seq)
    return with_timer(c, value, one.timer)


cdef uint64_t assignment_hash(Center *c, int32_t slot) noexcept nogil:
    cdef Assignment *one = &c.assignments[slot]
    cdef uint64_t value = with_int(with_int(0, KIND_ASSIGNMENT), one.seq)
    value = with_int(value, one.interaction_seq)
    value = with_agent(c, value, one.agent)
    value = with_int(value, one.units)
    value = folded(value, c.queues[one.queue].name.hash)
    value = folded(value, c.channels[one.channel].name.hash)
    value = with_int(value, one.state)
    value = with_int(value, one.accepted_ns)
    value = with_int(value, one.wrap_up_ns)
    return with_timer(c, value, one.timer)


cdef uint64_t customer_hash(Center *c, const Customer *customer) noexcept nogil:
    cdef uint64_t value = with_int(with_int(0, KIND_CUSTOMER), customer.number)
    value = folded(folded(value, customer.high), customer.low)
    return with_agent(c, value, customer.agent)


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


# ---------------------------------------------------------------------- the sum

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
        renew(c, &c.groups[slot].hash, group_hash(c, slot) if c.groups[slot].members else 0)
    for i in range(c.dirty_queues.n):
        slot = c.dirty_queues.slots[i]
        c.queues[slot].dirty = 0
        renew(c, &c.queues[slot].hash, queue_hash(c, slot))
    c.dirty_interactions.n = c.dirty_offers.n = c.dirty_assignments.n = 0
    c.dirty_agents.n = c.dirty_groups.n = c.dirty_queues.n = 0
    return c.hash_sum + center_hash(c)


cdef uint64_t hash_from_scratch(Center *c) noexcept nogil:
    """Return the state hash without any help from what was kept: for check_invariants.

    Hashes that other entities fold in (of names, requirements and groups' signatures) are taken as they are;
    check_invariants holds these to their own functions.
    """
    cdef uint64_t value = center_hash(c)
    cdef int32_t i
    cdef int64_t number
    for i in range(c.n_skills):
        value += word_hash(KIND_SKILL, &c.skills[i].name)
    for i in range(c.n_reasons):
        value += word_hash(KIND_REASON, &c.reasons[i])
    for i in range(c.n_tiers):
        value += tier_hash(c, i)
    for i in range(c.n_channels):
        value += channel_hash(c, i)
    for i in range(c.n_queues):
        value += queue_hash(c, i)
    for i in range(c.n_agents):
        value += agent_hash(c, i)
    for i in range(c.group_slots.used):
        if c.groups[i].members:
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
    i = c.first_customer
    while i >= 0:
        value += customer_hash(c, &c.customers[i])
        i = c.customers[i].next
    for number in range(c.first_answer, c.next_answer):
        value += c.answers[number % c.answers_capacity].hash
    return value
