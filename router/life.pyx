# cython: cdivision=True
"""Every transition of the law, in the order and with the events of reference.py.

A command first checks everything it may refuse; from there on nothing fails. Every function that
changes an entity marks it dirty (for the state hash), every change of an agent's units, presence or
keys touches the agent (for the index of available agents).
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from . import codes

from .cooldowns cimport add_ban, clear_bans, drop_ended_bans
from .hashing cimport name_hash
from .law cimport *
from .match cimport line_leave, line_of, next_pair, wake
from .model cimport *
from .names cimport NameEntry, names_find, names_put, names_reserve
from .staff cimport arm_lease, change_presence, load_changed, restart_idle
from .store cimport cell_of, dirty_agent, dirty_assignment, dirty_interaction, dirty_offer, emit
from .store cimport handle_of, name_keep, next_generation, refuse, reserve, ring_push, slot_give_back, slot_take
from .store cimport timer_arm, timer_disarm

cdef extern from *:
    """
    static inline long long acd_promise(long long target_ns, long long factor_ppm) {
        return (long long)((__int128)target_ns * factor_ppm / 1000000);
    }
    """
    int64_t acd_promise(int64_t target_ns, int64_t factor_ppm) noexcept nogil

cdef int64_t[N_WAIT_BINS - 1] WAIT_EDGES
cdef int _bin
for _bin in range(N_WAIT_BINS - 1):
    WAIT_EDGES[_bin] = codes.WAIT_EDGES_NS[_bin]


# ---------------------------------------------------------------------- handles, answers, events

cdef inline int64_t slot_in(const Slots *slots, int64_t handle) noexcept nogil:
    """Return the slot that a handle names if the pool has ever used it, or -1."""
    cdef int64_t slot = <int64_t> (<uint32_t> handle)
    return slot if slot < slots.used else -1


cdef int32_t interaction_slot(Center *c, int64_t handle) noexcept nogil:
    """Return the slot of an interaction, live or remembered, or -1."""
    cdef int64_t slot = slot_in(&c.interaction_slots, handle)
    if slot < 0 or c.interactions[slot].generation != handle >> 32 or c.interactions[slot].state == FREE:
        return -1
    return <int32_t> slot


cdef int32_t offer_slot(Center *c, int64_t handle) noexcept nogil:
    """Return the slot of an offer, pending or remembered, or -1."""
    cdef int64_t slot = slot_in(&c.offer_slots, handle)
    if slot < 0 or c.offers[slot].generation != handle >> 32 or c.offers[slot].state == FREE:
        return -1
    return <int32_t> slot


cdef int32_t assignment_slot(Center *c, int64_t handle) noexcept nogil:
    """Return the slot of an assignment that has not ended, or -1."""
    cdef int64_t slot = slot_in(&c.assignment_slots, handle)
    if slot < 0 or c.assignments[slot].generation != handle >> 32 or c.assignments[slot].state == FREE:
        return -1
    return <int32_t> slot


cdef void emit_interaction(Center *c, int32_t event, int32_t cause, int32_t slot, int64_t x, int64_t y) noexcept nogil:
    cdef Interaction *one = &c.interactions[slot]
    emit(c, event, cause, handle_of(one.generation, slot), 0, 0, one.queue, one.tier, -1, x, y)


cdef void emit_offer(
    Center *c, int32_t event, int32_t cause, int32_t slot, int64_t assignment, int64_t x, int64_t y
) noexcept nogil:
    cdef Offer *offer = &c.offers[slot]
    cdef Interaction *one = &c.interactions[offer.interaction]
    emit(
        c, event, cause, offer.interaction_handle, handle_of(offer.generation, slot), assignment, one.queue, one.tier,
        offer.agent, x, y
    )


cdef void emit_assignment(Center *c, int32_t event, int32_t cause, int32_t slot, int64_t x, int64_t y) noexcept nogil:
    cdef Assignment *one = &c.assignments[slot]
    emit(
        c, event, cause, one.interaction_handle, 0, handle_of(one.generation, slot), one.queue, one.tier, one.agent,
        x, y
    )


cdef inline void add_time(Total *total, int64_t time_ns) noexcept nogil:
    total.low += <uint64_t> time_ns
    total.high += total.low < <uint64_t> time_ns


cdef inline Cell *cell_at(Center *c, int32_t interaction) noexcept nogil:
    return &c.cells[c.interactions[interaction].cell]


# ---------------------------------------------------------------------- pairing and deadlines

cdef void pair(Center *c) noexcept nogil:
    """Make pairs until none is left: always the first of the waiting, with the first agent for it."""
    cdef int32_t interaction, agent
    while next_pair(c, &interaction, &agent):
        make_offer(c, interaction, agent)


cdef int64_t fire_due(Center *c) except -1 nogil:
    """Fire whatever is due, in (deadline, order of arming), pairing after each; return how many."""
    cdef int64_t fired = 0
    cdef int32_t slot
    cdef Timer timer
    while c.deadlines.n and c.deadlines.entries[0].a <= c.at_ns:
        reserve(c)
        slot = c.deadlines.entries[0].id
        timer = c.timers[slot]
        timer_disarm(c, &slot)
        fire(c, &timer)
        pair(c)
        fired += 1
    return fired


cdef void fire(Center *c, const Timer *timer) noexcept nogil:
    cdef int32_t owner = timer.owner
    if timer.kind == TIMER_OFFER:
        c.offers[owner].timer = -1
        offer_expires(c, owner)
    elif timer.kind == TIMER_COOL_DOWN:
        c.interactions[owner].timer = -1
        cool_downs_end(c, owner)
    elif timer.kind == TIMER_HANDLE:
        c.assignments[owner].timer = -1
        end_talk(c, owner, CAUSE_DEADLINE)
    elif timer.kind == TIMER_WRAP_UP:
        c.assignments[owner].timer = -1
        end_assignment(c, owner, CAUSE_DEADLINE)
    elif timer.kind == TIMER_LEASE:
        c.agents[owner].lease_timer = -1
        change_presence(c, owner, OFFLINE, REASON_LEASE_LAPSED, CAUSE_LEASE_LAPSED, OFFLINE)
        revoke_offers(c, owner, CAUSE_LEASE_LAPSED)
        if c.agents[owner].first_assignment >= 0:
            dirty_agent(c, owner)
            c.agents[owner].grace_timer = timer_arm(c, TIMER_GRACE, owner, c.at_ns + c.settings[LEASE_GRACE_NS])
    else:
        c.agents[owner].grace_timer = -1
        dirty_agent(c, owner)
        return_work(c, owner, CAUSE_LEASE_LAPSED)


# ---------------------------------------------------------------------- interactions

cdef int enqueue(Center *c, const Command *command, const char *name, Answer *answer) except -1 nogil:
    cdef int64_t since_ns = c.at_ns if command.x == SINCE_NOW else command.x
    cdef int64_t priority, due_ns
    cdef int32_t slot, cell, line
    cdef Queue *queue
    cdef Tier *tier
    cdef Interaction *one
    cdef NameEntry *known
    cdef Name kept
    if not 0 <= command.queue < c.n_queues:
        refuse(answer, UNKNOWN_QUEUE, 0)
        return 0
    if not 0 <= command.tier < c.n_tiers:
        refuse(answer, UNKNOWN_TIER, 0)
        return 0
    queue, tier = &c.queues[command.queue], &c.tiers[command.tier]
    priority = queue.fields[PRIORITY] if command.priority == PRIORITY_DEFAULT else command.priority
    if not MIN_PRIORITY <= priority <= MAX_PRIORITY:
        refuse(answer, INVALID_PRIORITY, 0)
        return 0
    if not 0 <= since_ns <= c.at_ns:
        refuse(answer, INVALID_SINCE, 0)
        return 0
    if command.name_length:
        if command.name_length > MAX_NAME_BYTES:
            refuse(answer, INVALID_NAME, 0)
            return 0
        known = names_find(
            &c.names, KIND_INTERACTION, name, command.name_length, name_hash(name, command.name_length)
        )
        if known != NULL:
            refuse(answer, ALREADY_EXISTS, known.value)
            return 0
    if queue.queued >= queue.fields[MAX_WAITING]:
        refuse(answer, QUEUE_FULL, 0)
        return 0
    if c.interaction_slots.used - c.interaction_slots.n_free - c.ended_interactions.n >= c.settings[MAX_INTERACTIONS]:
        refuse(answer, LIMIT_REACHED, MAX_INTERACTIONS)
        return 0
    cell = cell_of(c, command.queue, command.tier)
    line = line_of(c, command.queue, cell, <int32_t> priority)
    names_reserve(&c.names, 1)
    name_keep(&kept, name, command.name_length)
    # nothing fails from here on
    due_ns = since_ns + acd_promise(queue.fields[TARGET_NS], tier.fields[TARGET_FACTOR_PPM])
    due_ns -= tier.fields[HEAD_START_NS]
    slot = slot_take(&c.interaction_slots)
    one = &c.interactions[slot]
    c.interactions_seen += 1
    one.seq = c.interactions_seen
    one.since_ns, one.due_ns, one.end_seq = since_ns, due_ns, 0
    one.name = kept
    one.generation = one.generation if one.generation else 1
    one.state = I_WAITING
    one.queue, one.tier, one.priority = command.queue, command.tier, <int32_t> priority
    one.cell, one.line, one.misses, one.n_bans = cell, line, 0, 0
    one.first_offer = one.assignment = one.served_by = one.first_ban = one.timer = -1
    if kept.length:
        names_put(
            &c.names, KIND_INTERACTION, kept.text, kept.length, kept.hash, handle_of(one.generation, slot)
        )
    queue.queued += 1
    c.lines[line].live += 1
    c.cells[cell].enqueued += 1
    c.cells[cell].waiting += 1
    dirty_interaction(c, slot)
    wake(c, slot)
    emit_interaction(c, INTERACTION_ENQUEUED, CAUSE_NONE, slot, since_ns, due_ns)
    answer.value = handle_of(one.generation, slot)
    return 0


cdef int32_t live_interaction(Center *c, int64_t handle, Answer *answer) noexcept nogil:
    """Return the slot of an interaction that has not ended, or refuse and return -1."""
    cdef int32_t slot = interaction_slot(c, handle)
    if slot < 0:
        refuse(answer, UNKNOWN_INTERACTION, 0)
        return -1
    if c.interactions[slot].state >= I_COMPLETED:
        refuse(answer, ALREADY_ENDED, 0)
        return -1
    return slot


cdef void cancel(Center *c, const Command *command, Answer *answer) noexcept nogil:
    """The customer hangs up, or the system gives the interaction up."""
    cdef int32_t slot, offer, cause = <int32_t> command.x
    cdef int64_t wait_ns
    cdef Interaction *one
    cdef Cell *cell
    if command.x != CAUSE_CUSTOMER and command.x != CAUSE_SYSTEM:
        refuse(answer, INVALID_FIELD, 0)
        return
    slot = live_interaction(c, command.target, answer)
    if slot < 0:
        return
    one, cell = &c.interactions[slot], cell_at(c, slot)
    if one.assignment >= 0:
        end_talk(c, one.assignment, cause)
        return
    if one.state == I_WAITING:
        cell.waiting -= 1
    else:
        cell.offered -= 1
    c.queues[one.queue].queued -= 1
    while one.first_offer >= 0:
        offer = one.first_offer
        emit_offer(c, OFFER_REVOKED, cause, offer, 0, 0, 0)
        cell.offers_revoked += 1
        end_offer(c, offer, REVOKED)
        load_changed(c, c.offers[offer].agent)
    wait_ns = c.at_ns - one.since_ns
    cell.abandoned += 1
    cell.abandoned_in_target += wait_ns <= c.queues[one.queue].fields[TARGET_NS]
    emit_interaction(c, INTERACTION_ABANDONED, cause, slot, wait_ns, 0)
    line_leave(c, slot)
    end_interaction(c, slot, I_ABANDONED)


cdef void end_interaction(Center *c, int32_t slot, int32_t state) noexcept nogil:
    """It is over, but remembered for a while."""
    cdef Interaction *one = &c.interactions[slot]
    one.state = state
    one.assignment = -1
    c.ends += 1
    one.end_seq = c.ends
    clear_bans(c, slot)
    c.lines[one.line].live -= 1
    ring_push(&c.ended_interactions, slot)
    dirty_interaction(c, slot)


cdef void return_interaction(Center *c, int32_t slot, int32_t cause) noexcept nogil:
    """Put it back at its old place: since, due and sequence number have never changed."""
    cdef Interaction *one = &c.interactions[slot]
    one.state = I_WAITING
    cell_at(c, slot).waiting += 1
    dirty_interaction(c, slot)
    wake(c, slot)
    emit_interaction(c, INTERACTION_RETURNED, cause, slot, one.since_ns, one.due_ns)


# ---------------------------------------------------------------------- offers

cdef void make_offer(Center *c, int32_t interaction, int32_t agent) noexcept nogil:
    cdef int32_t slot = slot_take(&c.offer_slots)
    cdef Offer *offer = &c.offers[slot]
    cdef Interaction *one = &c.interactions[interaction]
    cdef Agent *a = &c.agents[agent]
    cdef Cell *cell = cell_at(c, interaction)
    line_leave(c, interaction)
    c.offers_seen += 1
    offer.seq, offer.interaction_seq = c.offers_seen, one.seq
    offer.interaction_handle = handle_of(one.generation, interaction)
    offer.deadline_ns = c.at_ns + c.queues[one.queue].fields[OFFER_NS]
    offer.assignment_handle = offer.assignment_seq = offer.end_seq = 0
    offer.generation = offer.generation if offer.generation else 1
    offer.state, offer.interaction, offer.agent = PENDING, interaction, agent
    offer.timer = timer_arm(c, TIMER_OFFER, slot, offer.deadline_ns)
    offer.next_of_interaction, one.first_offer = one.first_offer, slot
    offer.previous_of_agent, offer.next_of_agent = a.last_offer, -1
    if a.last_offer >= 0:
        c.offers[a.last_offer].next_of_agent = slot
    else:
        a.first_offer = slot
    a.last_offer = slot
    a.n_offers += 1
    a.offered_units += VOICE_COST
    one.state = I_OFFERED
    cell.waiting -= 1
    cell.offered += 1
    cell.offers_made += 1
    load_changed(c, agent)
    dirty_offer(c, slot)
    dirty_interaction(c, interaction)
    emit_offer(c, OFFER_MADE, CAUSE_NONE, slot, 0, c.at_ns - one.since_ns, offer.deadline_ns)


cdef void end_offer(Center *c, int32_t slot, int32_t state) noexcept nogil:
    """Take a pending offer from both sides; it is remembered so that late answers can be told."""
    cdef Offer *offer = &c.offers[slot]
    cdef Agent *a = &c.agents[offer.agent]
    cdef int32_t *link = &c.interactions[offer.interaction].first_offer
    offer.state = state
    c.ends += 1
    offer.end_seq = c.ends
    timer_disarm(c, &offer.timer)
    while link[0] != slot:
        link = &c.offers[link[0]].next_of_interaction
    link[0] = offer.next_of_interaction
    if offer.previous_of_agent >= 0:
        c.offers[offer.previous_of_agent].next_of_agent = offer.next_of_agent
    else:
        a.first_offer = offer.next_of_agent
    if offer.next_of_agent >= 0:
        c.offers[offer.next_of_agent].previous_of_agent = offer.previous_of_agent
    else:
        a.last_offer = offer.previous_of_agent
    a.n_offers -= 1
    a.offered_units -= VOICE_COST
    ring_push(&c.ended_offers, slot)
    dirty_offer(c, slot)


cdef int32_t answerable_offer(Center *c, const Command *command, int32_t idempotent, Answer *answer) noexcept nogil:
    """Return the offer if it is pending or already ended in the way asked for, or refuse and return -1."""
    cdef int32_t slot = offer_slot(c, command.target)
    cdef Offer *offer
    if slot < 0:
        refuse(answer, UNKNOWN_OFFER, 0)
        return -1
    offer = &c.offers[slot]
    if command.agent != -1:
        if not 0 <= command.agent < c.n_agents:
            refuse(answer, UNKNOWN_AGENT, 0)
            return -1
        if command.agent != offer.agent:
            refuse(answer, WRONG_AGENT, 0)
            return -1
    if offer.state == PENDING or offer.state == idempotent:
        return slot
    refuse(answer, OFFER_ACCEPTED_ALREADY + offer.state - ACCEPTED, offer.assignment_handle)
    return -1


cdef void accept(Center *c, const Command *command, Answer *answer) noexcept nogil:
    """Compare-and-set on the offer: only a pending one turns into an assignment, and only once."""
    cdef int32_t slot = answerable_offer(c, command, ACCEPTED, answer)
    cdef int32_t made
    cdef int64_t handle, wait_ns, deadline_ns
    cdef Offer *offer
    cdef Interaction *one
    if slot < 0:
        return
    offer = &c.offers[slot]
    if offer.state == ACCEPTED:
        answer.value = offer.assignment_handle
        return
    end_offer(c, slot, ACCEPTED)
    one = &c.interactions[offer.interaction]
    one.state = I_ASSIGNED
    clear_bans(c, offer.interaction)
    deadline_ns = c.at_ns + c.queues[one.queue].fields[MAX_HANDLE_NS]
    made = new_assignment(c, offer.interaction, offer.agent, deadline_ns)
    handle = handle_of(c.assignments[made].generation, made)
    offer.assignment_handle, offer.assignment_seq = handle, c.assignments[made].seq
    load_changed(c, offer.agent)
    restart_idle(c, offer.agent)
    wait_ns = c.at_ns - one.since_ns
    count_answer(c, offer.interaction, wait_ns)
    dirty_interaction(c, offer.interaction)
    emit_offer(c, OFFER_ACCEPTED, CAUSE_NONE, slot, handle, wait_ns, deadline_ns)
    answer.value = handle


cdef void count_answer(Center *c, int32_t interaction, int64_t wait_ns) noexcept nogil:
    cdef Interaction *one = &c.interactions[interaction]
    cdef Cell *cell = cell_at(c, interaction)
    cdef int low = 0, high = N_WAIT_BINS - 1, middle
    while low < high:  # the first edge that is not below the wait
        middle = (low + high) // 2
        if WAIT_EDGES[middle] < wait_ns:
            low = middle + 1
        else:
            high = middle
    c.queues[one.queue].queued -= 1
    cell.offered -= 1
    cell.active += 1
    cell.answered += 1
    cell.in_target += wait_ns <= c.queues[one.queue].fields[TARGET_NS]
    add_time(&cell.wait_ns, wait_ns)
    cell.wait_bins[low] += 1


cdef void decline(Center *c, const Command *command, Answer *answer) noexcept nogil:
    cdef int32_t slot = answerable_offer(c, command, DECLINED, answer)
    if slot < 0 or c.offers[slot].state == DECLINED:
        return
    cell_at(c, c.offers[slot].interaction).offers_declined += 1
    miss(c, slot, DECLINED, OFFER_DECLINED, CAUSE_DECLINED)


cdef void miss(Center *c, int32_t slot, int32_t state, int32_t event, int32_t cause) noexcept nogil:
    """A declined or expired offer: the pair cools down, the interaction returns."""
    cdef Offer *offer = &c.offers[slot]
    cdef Interaction *one = &c.interactions[offer.interaction]
    cdef int64_t until_ns = c.at_ns + c.queues[one.queue].fields[COOL_DOWN_NS]
    emit_offer(c, event, CAUSE_NONE, slot, 0, 0, until_ns)
    end_offer(c, slot, state)
    load_changed(c, offer.agent)
    one.misses += 1
    cell_at(c, offer.interaction).offered -= 1
    add_ban(c, offer.interaction, offer.agent, until_ns)
    return_interaction(c, offer.interaction, cause)


cdef void offer_expires(Center *c, int32_t slot) noexcept nogil:
    """Nobody answered: the agent is probably away, unless this interaction is hard to deliver."""
    cdef int32_t agent = c.offers[slot].agent
    cdef int32_t interaction = c.offers[slot].interaction
    cdef bint agent_to_blame = c.interactions[interaction].misses < MISSES_BEFORE_AGENT_IS_BLAMELESS
    cell_at(c, interaction).offers_expired += 1
    miss(c, slot, EXPIRED, OFFER_EXPIRED, CAUSE_EXPIRED)
    if agent_to_blame and c.agents[agent].presence == AVAILABLE:
        change_presence(c, agent, NOT_READY, REASON_NO_ANSWER, CAUSE_NO_ANSWER, OFFLINE)
        revoke_offers(c, agent, CAUSE_NO_ANSWER)


cdef void revoke_offers(Center *c, int32_t agent, int32_t cause) noexcept nogil:
    """End an agent's pending offers without a cool-down; their interactions return."""
    cdef int32_t slot, interaction
    while c.agents[agent].first_offer >= 0:
        slot = c.agents[agent].first_offer
        interaction = c.offers[slot].interaction
        emit_offer(c, OFFER_REVOKED, cause, slot, 0, 0, 0)
        cell_at(c, interaction).offers_revoked += 1
        cell_at(c, interaction).offered -= 1
        end_offer(c, slot, REVOKED)
        load_changed(c, agent)
        return_interaction(c, interaction, CAUSE_REVOKED)


cdef void cool_downs_end(Center *c, int32_t slot) noexcept nogil:
    cdef int32_t ended = drop_ended_bans(c, slot)
    dirty_interaction(c, slot)
    if c.interactions[slot].state == I_WAITING:
        wake(c, slot)
    emit_interaction(c, COOL_DOWN_ENDED, CAUSE_NONE, slot, ended, 0)


# ---------------------------------------------------------------------- assignments

cdef int32_t new_assignment(Center *c, int32_t interaction, int32_t agent, int64_t deadline_ns) noexcept nogil:
    cdef int32_t slot = slot_take(&c.assignment_slots)
    cdef Assignment *one = &c.assignments[slot]
    cdef Interaction *of = &c.interactions[interaction]
    cdef Agent *a = &c.agents[agent]
    c.assignments_seen += 1
    one.seq = c.assignments_seen
    one.interaction_handle, one.interaction_seq = handle_of(of.generation, interaction), of.seq
    one.accepted_ns, one.wrap_up_ns = c.at_ns, 0
    one.generation = one.generation if one.generation else 1
    one.state, one.interaction, one.agent = A_ACTIVE, interaction, agent
    one.queue, one.tier, one.cell = of.queue, of.tier, of.cell
    one.timer = timer_arm(c, TIMER_HANDLE, slot, deadline_ns)
    one.previous_of_agent, one.next_of_agent = a.last_assignment, -1
    if a.last_assignment >= 0:
        c.assignments[a.last_assignment].next_of_agent = slot
    else:
        a.first_assignment = slot
    a.last_assignment = slot
    a.n_active += 1
    a.assigned_units += VOICE_COST
    of.assignment, of.served_by = slot, agent
    dirty_assignment(c, slot)
    return slot


cdef void complete(Center *c, const Command *command, Answer *answer) noexcept nogil:
    cdef int32_t slot, assignment
    if command.x != CAUSE_AGENT and command.x != CAUSE_CUSTOMER and command.x != CAUSE_SYSTEM:
        refuse(answer, INVALID_FIELD, 0)
        return
    slot = live_interaction(c, command.target, answer)
    if slot < 0:
        return
    assignment = c.interactions[slot].assignment
    if assignment < 0:
        refuse(answer, NOT_ASSIGNED, 0)
        return
    answer.value = handle_of(c.assignments[assignment].generation, assignment)
    end_talk(c, assignment, <int32_t> command.x)


cdef void end_talk(Center *c, int32_t slot, int32_t cause) noexcept nogil:
    """ACTIVE ends: the interaction is COMPLETED, the agent wraps up or is free."""
    cdef Assignment *one = &c.assignments[slot]
    cdef Cell *cell = &c.cells[one.cell]
    cdef int64_t handle_ns = c.at_ns - one.accepted_ns
    cdef int64_t wrap_up_ns = c.queues[one.queue].fields[WRAP_UP_NS]
    cell.completed += 1
    add_time(&cell.handle_ns, handle_ns)
    cell.active -= 1
    emit_assignment(c, INTERACTION_COMPLETED, cause, slot, handle_ns, 0)
    end_interaction(c, one.interaction, I_COMPLETED)
    timer_disarm(c, &one.timer)
    if wrap_up_ns == 0:
        end_assignment(c, slot, cause)
        return
    one.state = A_WRAP_UP
    one.wrap_up_ns = c.at_ns
    one.timer = timer_arm(c, TIMER_WRAP_UP, slot, c.at_ns + wrap_up_ns)
    c.agents[one.agent].n_active -= 1
    dirty_assignment(c, slot)
    emit_assignment(c, WRAP_UP_STARTED, cause, slot, 0, c.at_ns + wrap_up_ns)


cdef void end_wrap_up(Center *c, const Command *command, Answer *answer) noexcept nogil:
    cdef int32_t slot = assignment_slot(c, command.target)
    if slot < 0:
        refuse(answer, UNKNOWN_ASSIGNMENT, 0)
    elif c.assignments[slot].state != A_WRAP_UP:
        refuse(answer, NOT_IN_WRAP_UP, 0)
    else:
        end_assignment(c, slot, CAUSE_AGENT)


cdef void end_assignment(Center *c, int32_t slot, int32_t cause) noexcept nogil:
    """The assignment is over and its units are free; it is forgotten at once."""
    cdef Assignment *one = &c.assignments[slot]
    cdef Agent *a = &c.agents[one.agent]
    cdef int64_t wrap_up_ns = 0
    if one.state == A_WRAP_UP:
        wrap_up_ns = c.at_ns - one.wrap_up_ns
        add_time(&c.cells[one.cell].wrap_up_ns, wrap_up_ns)
    else:
        a.n_active -= 1
    emit_assignment(c, ASSIGNMENT_ENDED, cause, slot, wrap_up_ns, 0)
    timer_disarm(c, &one.timer)
    if one.previous_of_agent >= 0:
        c.assignments[one.previous_of_agent].next_of_agent = one.next_of_agent
    else:
        a.first_assignment = one.next_of_agent
    if one.next_of_agent >= 0:
        c.assignments[one.next_of_agent].previous_of_agent = one.previous_of_agent
    else:
        a.last_assignment = one.previous_of_agent
    a.assigned_units -= VOICE_COST
    one.state = FREE
    one.generation = next_generation(one.generation)
    c.hash_sum -= one.hash
    one.hash = 0
    slot_give_back(&c.assignment_slots, slot)
    restart_idle(c, one.agent)
    load_changed(c, one.agent)


cdef void return_work(Center *c, int32_t agent, int32_t cause) noexcept nogil:
    """The agent is gone: talks go back to their old places, wrap-ups end."""
    cdef int32_t slot, interaction
    cdef bint active
    while c.agents[agent].first_assignment >= 0:
        slot = c.agents[agent].first_assignment
        interaction = c.assignments[slot].interaction
        active = c.assignments[slot].state == A_ACTIVE
        end_assignment(c, slot, cause)
        if active:
            c.interactions[interaction].assignment = -1
            c.queues[c.interactions[interaction].queue].queued += 1
            cell_at(c, interaction).active -= 1
            cell_at(c, interaction).returned += 1
            return_interaction(c, interaction, cause)


# ---------------------------------------------------------------------- agents

cdef bint known_agent(Center *c, const Command *command, bint with_reason, Answer *answer) noexcept nogil:
    if not 0 <= command.agent < c.n_agents:
        refuse(answer, UNKNOWN_AGENT, 0)
        return False
    if with_reason and not 0 <= command.y < c.n_reasons:
        refuse(answer, UNKNOWN_REASON, 0)
        return False
    return True


cdef void sign_in(Center *c, const Command *command, Answer *answer) noexcept nogil:
    cdef Agent *a
    if not known_agent(c, command, True, answer):
        return
    if command.x != AVAILABLE and command.x != NOT_READY:
        refuse(answer, INVALID_PRESENCE, 0)
        return
    a = &c.agents[command.agent]
    if a.presence == OFFLINE:
        c.sign_ins += 1
        a.sign_in_seq = c.sign_ins
        timer_disarm(c, &a.grace_timer)
    choose_presence(c, command.agent, <int32_t> command.x, <int32_t> command.y)


cdef void set_presence(Center *c, const Command *command, Answer *answer) noexcept nogil:
    cdef int32_t agent = command.agent, reason = <int32_t> command.y
    cdef Agent *a
    if not known_agent(c, command, True, answer):
        return
    a = &c.agents[agent]
    if not OFFLINE <= command.x <= DRAINING:
        refuse(answer, INVALID_PRESENCE, 0)
    elif command.x == DRAINING and command.z != OFFLINE and command.z != NOT_READY:
        refuse(answer, INVALID_PRESENCE, 0)
    elif command.flags != 0 and (command.flags != FORCE or command.x != OFFLINE):
        refuse(answer, INVALID_FIELD, 0)
    elif a.presence == OFFLINE and not (command.flags and a.first_assignment >= 0):
        refuse(answer, NOT_SIGNED_IN, 0)
    elif command.x == DRAINING:
        if a.assigned_units + a.offered_units:
            drain(c, agent, <int32_t> command.z, reason)
        else:
            choose_presence(c, agent, <int32_t> command.z, reason)
    elif command.x == OFFLINE and command.flags:
        change_presence(c, agent, OFFLINE, reason, CAUSE_FORCED, OFFLINE)
        revoke_offers(c, agent, CAUSE_FORCED)
        return_work(c, agent, CAUSE_FORCED)
    elif command.x == OFFLINE and a.first_assignment >= 0:
        drain(c, agent, OFFLINE, reason)
        revoke_offers(c, agent, CAUSE_AGENT)
    else:
        choose_presence(c, agent, <int32_t> command.x, reason)


cdef void choose_presence(Center *c, int32_t agent, int32_t presence, int32_t reason) noexcept nogil:
    """AVAILABLE, NOT_READY, or OFFLINE without work; all but AVAILABLE revoke pending offers."""
    change_presence(c, agent, presence, reason, CAUSE_AGENT, OFFLINE)
    if presence != AVAILABLE:
        revoke_offers(c, agent, CAUSE_AGENT)
    arm_lease(c, agent)


cdef void drain(Center *c, int32_t agent, int32_t after, int32_t reason) noexcept nogil:
    """Take nothing new, keep what is there; go to ``after`` when the last unit is free."""
    change_presence(c, agent, DRAINING, reason, CAUSE_AGENT, after)
    arm_lease(c, agent)


cdef void renew_lease(Center *c, const Command *command, Answer *answer) noexcept nogil:
    if not known_agent(c, command, False, answer):
        return
    if c.agents[command.agent].presence == OFFLINE:
        refuse(answer, NOT_SIGNED_IN, 0)
        return
    arm_lease(c, command.agent)
