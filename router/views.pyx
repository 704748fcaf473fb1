# cython: cdivision=True
"""The views of records.py, built from the structs; nothing here is on the way of a decision."""

from libc.stdint cimport int32_t, int64_t

from . import records

from .hashing cimport name_hash
from .law cimport *
from .life cimport assignment_slot, interaction_slot, offer_slot
from .model cimport *
from .names cimport NameEntry, names_find
from .staff cimport agent_state
from .store cimport handle_of

KINDS_WITH_NAMES = "SKILL, REASON, TIER, CHANNEL, QUEUE, AGENT, INTERACTION"


cdef bytes text_of(const Name *name):
    return name.text[:name.length] if name.length else b""


cdef object find_name(Center *c, int kind, bytes name):
    cdef NameEntry *entry
    if kind not in (KIND_SKILL, KIND_REASON, KIND_TIER, KIND_CHANNEL, KIND_QUEUE, KIND_AGENT, KIND_INTERACTION):
        raise ValueError(f"kind: {kind!r} has no names; allowed: {KINDS_WITH_NAMES}")
    if not 0 < len(name) <= MAX_NAME_BYTES:
        return -1
    entry = names_find(&c.names, kind, name, <int32_t> len(name), name_hash(name, <int32_t> len(name)))
    return entry.value if entry != NULL else -1


cdef bytes entity_name(Center *c, int kind, int64_t which):
    cdef int32_t slot
    if kind == KIND_INTERACTION:
        slot = interaction_slot(c, which)
        return text_of(&c.interactions[slot].name) if slot >= 0 else b""
    if kind == KIND_SKILL:
        return text_of(&c.skills[which].name) if 0 <= which < c.n_skills else b""
    if kind == KIND_REASON:
        return text_of(&c.reasons[which]) if 0 <= which < c.n_reasons else b""
    if kind == KIND_TIER:
        return text_of(&c.tiers[which].name) if 0 <= which < c.n_tiers else b""
    if kind == KIND_CHANNEL:
        return text_of(&c.channels[which].name) if 0 <= which < c.n_channels else b""
    if kind == KIND_QUEUE:
        return text_of(&c.queues[which].name) if 0 <= which < c.n_queues else b""
    if kind == KIND_AGENT:
        return text_of(&c.agents[which].name) if 0 <= which < c.n_agents else b""
    raise ValueError(f"kind: {kind!r} has no names; allowed: {KINDS_WITH_NAMES}")


cdef tuple skills_of(const SkillLevel *skills, int n):
    return tuple([(skills[i].skill, skills[i].level) for i in range(n)])


cdef int64_t deadline_of(Center *c, int32_t timer):
    return c.timers[timer].deadline_ns if timer >= 0 else -1


cdef object tier_view(Center *c, int64_t slot):
    cdef Tier *tier
    if not 0 <= slot < c.n_tiers:
        return None
    tier = &c.tiers[slot]
    return text_of(&tier.name), tier.fields[TARGET_FACTOR_PPM], tier.fields[HEAD_START_NS], tier.fields[RANK]


cdef object channel_view(Center *c, int64_t slot):
    cdef Channel *one
    if not 0 <= slot < c.n_channels:
        return None
    one = &c.channels[slot]
    return records.ChannelView(
        slot, text_of(&one.name), *[one.fields[field] for field in range(1, N_CHANNEL_FIELDS)],
        tuple([other for other in range(c.n_channels) if one.interrupts >> other & 1]),
    )


cdef object requirement_view(const Requirement *one):
    cdef int32_t i, first = 0
    cdef list clauses = []
    for i in range(one.n_clauses):
        clauses.append(skills_of(&one.skills[first], one.ends[i] - first))
        first = one.ends[i]
    return records.RequirementView(
        tuple(sorted(clauses)),
        skills_of(&one.skills[first], one.end_of_excluded - first),
        skills_of(&one.skills[one.end_of_excluded], one.n_skills - one.end_of_excluded),
    )


cdef object step_view(Center *c, const Step *step):
    return records.StepView(
        step.after_ns, requirement_view(&c.requirements[step.requirement]),
        tuple([step.fields[field] for field in range(1, N_STEP_FIELDS)]), bool(step.is_open),
    )


cdef object queue_view(Center *c, int64_t slot):
    cdef Queue *queue
    cdef tuple fields
    cdef list overrides
    if not 0 <= slot < c.n_queues:
        return None
    queue = &c.queues[slot]
    fields = tuple([queue.fields[field] for field in range(1, N_QUEUE_FIELDS)])
    overrides = [
        (queue.overrides[i].tier, queue.overrides[i].target_factor_ppm, queue.overrides[i].head_start_ns)
        for i in range(queue.n_overrides)
    ]
    return records.QueueView(
        slot, text_of(&queue.name), *fields[:MAX_HANDLE_NS], fields,
        tuple([step_view(c, &queue.plan[i]) for i in range(queue.n_steps)]), tuple(sorted(overrides)),
        bool(queue.is_open), queue.queued,
    )


cdef object agent_view(Center *c, int64_t slot):
    cdef Agent *a
    cdef int32_t one
    cdef list offers = [], assignments = []
    if not 0 <= slot < c.n_agents:
        return None
    a = &c.agents[slot]
    one = a.first_offer
    while one >= 0:
        offers.append(handle_of(c.offers[one].generation, one))
        one = c.offers[one].next_of_agent
    one = a.first_assignment
    while one >= 0:
        assignments.append(handle_of(c.assignments[one].generation, one))
        one = c.assignments[one].next_of_agent
    claim = handle_of(c.interactions[a.claim].generation, a.claim) if a.claim >= 0 else 0
    return records.AgentView(
        slot, text_of(&a.name), a.presence, a.reason, a.next_presence, agent_state(a),
        a.assigned_units + a.offered_units, a.load, tuple(offers), tuple(assignments), a.occupancy,
        a.occupancy_ns, a.sign_in_seq, deadline_of(c, a.lease_timer),
        skills_of(c.groups[a.group].skills, c.groups[a.group].n_skills), claim, a.handled,
        tuple([a.held[channel] for channel in range(c.n_channels)]),
        tuple([most_at_once(c, a, channel) for channel in range(c.n_channels)]),
    )


cdef object most_at_once(Center *c, const Agent *agent, int channel):
    """Return how many an agent takes at once on a channel; 0: none ever."""
    most, own = c.channels[channel].fields[CHANNEL_MOST], agent.limits[channel]
    return most if own == NO_LIMIT else min(most, own)


cdef object interaction_view(Center *c, int64_t handle):
    cdef int32_t slot = interaction_slot(c, handle), offer, agent = -1
    cdef Interaction *one
    cdef list offers = []
    if slot < 0:
        return None
    one = &c.interactions[slot]
    offer = one.first_offer
    if offer >= 0:
        agent = c.offers[offer].agent
    while offer >= 0:
        offers.append(handle_of(c.offers[offer].generation, offer))
        offer = c.offers[offer].next_of_interaction
    assignment = 0
    if one.assignment >= 0:
        assignment = handle_of(c.assignments[one.assignment].generation, one.assignment)
    if one.state == I_ASSIGNED or one.state == I_COMPLETED:
        agent = one.served_by
    return records.InteractionView(
        handle, one.seq, text_of(&one.name), one.state, one.queue, one.tier, one.priority, one.since_ns, one.due_ns,
        one.misses, tuple(offers), assignment, agent, one.step, one.entered_ns, one.addressed,
        one.addressed_until_ns, one.claim, deadline_of(c, one.clock),
    )


cdef object offer_view(Center *c, int64_t handle):
    cdef int32_t slot = offer_slot(c, handle)
    cdef Offer *one
    if slot < 0:
        return None
    one = &c.offers[slot]
    return records.OfferView(
        handle, one.seq, one.state, one.interaction_handle, one.agent, one.deadline_ns, one.assignment_handle
    )


cdef object assignment_view(Center *c, int64_t handle):
    cdef int32_t slot = assignment_slot(c, handle)
    cdef Assignment *one
    if slot < 0:
        return None
    one = &c.assignments[slot]
    return records.AssignmentView(
        handle, one.seq, one.state, one.interaction_handle, one.agent, one.queue, one.accepted_ns,
        deadline_of(c, one.timer),
    )


cdef object total(const Total *one):
    return (<object> one.high << 64) | one.low


cdef Cell *cell_or_null(Center *c, int64_t queue, int64_t tier):
    """Return the cell of a (queue, tier) if anything has ever entered it."""
    if tier >= c.queues[queue].n_cells or c.queues[queue].cells[tier] < 0:
        return NULL
    return &c.cells[c.queues[queue].cells[tier]]


cdef object figures_view(Center *c, int64_t queue, int64_t tier):
    cdef Cell *cell
    if not (0 <= queue < c.n_queues and 0 <= tier < c.n_tiers):
        raise IndexError(f"no queue {queue} or no tier {tier}")
    cell = cell_or_null(c, queue, tier)
    if cell == NULL:
        return records.Figures(*[0] * 25, (0,) * (c.n_wait_edges + 1))
    return records.Figures(
        cell.enqueued, cell.answered, cell.in_target, cell.abandoned, cell.abandoned_in_target, cell.completed,
        cell.offers_made, cell.offers_declined, cell.offers_expired, cell.offers_revoked, cell.offers_failed,
        cell.returned, cell.moved, cell.moved_in, cell.held, cell.expired, cell.rejected,
        total(&cell.wait_ns), total(&cell.handle_ns), total(&cell.wrap_up_ns), cell.standing[I_WAITING],
        cell.standing[I_OFFERED], cell.standing[I_ASSIGNED], cell.standing[I_HELD], cell.standing[I_SCHEDULED],
        tuple([cell.wait_bins[i] for i in range(c.n_wait_edges + 1)]),
    )


cdef tuple wait_edges_view(Center *c):
    return tuple([c.wait_edges[i] for i in range(c.n_wait_edges)])


cdef int64_t earlier(int64_t one_ns, int64_t two_ns):
    """Return the earlier of two moments, the first of which may be -1: none yet."""
    return two_ns if one_ns < 0 or two_ns < one_ns else one_ns


cdef object waiting_since_view(Center *c, int64_t queue, int64_t tier):
    cdef Cell *cell
    cdef RankHeap *heap
    cdef Interaction *one
    cdef int32_t line, a, i
    cdef int64_t since_ns = -1, found = 0
    if not (0 <= queue < c.n_queues and 0 <= tier < c.n_tiers):
        return -1
    cell = cell_or_null(c, queue, tier)
    if cell == NULL or cell.standing[I_WAITING] == 0:
        return -1
    line = cell.first_line
    while line >= 0:  # within a line due follows since, so its first is the one that has waited longest
        if c.lines[line].n:
            since_ns = earlier(since_ns, c.interactions[c.lines[line].first.id].since_ns)
            found += c.lines[line].n
        line = c.lines[line].next
    for a in range(c.n_agents if found < cell.standing[I_WAITING] else 0):  # the others are certain agents' own
        heap = &c.agents[a].addressed
        for i in range(heap.n):
            one = &c.interactions[heap.entries[i].id]
            if one.queue == queue and one.tier == tier:
                since_ns = earlier(since_ns, one.since_ns)
    return since_ns


cdef object center_view(Center *c):
    return records.CenterView(
        c.now_ns, c.event_seq, c.interactions_seen, c.offers_seen, c.assignments_seen, c.sign_ins, c.armings,
        c.n_skills, c.n_reasons, c.n_tiers, c.n_queues, c.n_agents, c.n_requirements,
        c.interaction_slots.used - c.interaction_slots.n_free - c.ended_interactions.n,
        c.ended_interactions.n, c.ended_offers.n, c.n_answers, c.n_customers, c.n_channels,
        c.timer_slots.used - c.timer_slots.n_free,
    )
