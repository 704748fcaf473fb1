# cython: cdivision=True
"""Every transition of work, in the order and with the events of reference_life.py; see life.pxd.

Every function that changes an entity marks it dirty (for the state hash); every change of what an agent
holds touches the agent (for the index of available agents). What an interaction counts for - its queue,
the gauges of its cell, its line, its clock - follows its state in :func:`change_state`, and nowhere else.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

from .cooldowns cimport add_ban, clear_bans, drop_ended_bans
from .law cimport *
from .lines cimport channel_of, line_leave
from .match cimport touch, wake
from .model cimport *
from .plans cimport may_move, queue_join, queue_leave, unsettle
from .require cimport requirement_release
from .staff cimport begin_work, change_presence, end_work, free_units, load_changed, take_units
from .store cimport cell_of, customer_find, customer_remember, dirty_assignment, dirty_interaction, dirty_offer, emit
from .store cimport handle_of, next_generation, reserve, ring_push, slot_give_back, slot_take_clean
from .timers cimport timer_arm, timer_disarm


# ---------------------------------------------------------------------- events

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
    """Its queue and tier are its own: in wrap-up its interaction may already be elsewhere."""
    cdef Assignment *one = &c.assignments[slot]
    emit(
        c, event, cause, one.interaction_handle, 0, handle_of(one.generation, slot), one.queue, one.tier, one.agent,
        x, y
    )


cdef inline void add_time(Total *total, int64_t time_ns) noexcept nogil:
    total.low += <uint64_t> time_ns
    total.high += total.low < <uint64_t> time_ns


# ---------------------------------------------------------------------- the state of an interaction

cdef inline bint is_queued(int32_t state) noexcept nogil:
    return state == I_WAITING or state == I_OFFERED


cdef void change_state(Center *c, int32_t slot, int32_t state) noexcept nogil:
    """Give it another state, with all that follows one: its clock, its line, the gauges, its queue's count."""
    cdef Interaction *one = &c.interactions[slot]
    cdef int32_t before = one.state
    dirty_interaction(c, slot)
    if state == before:
        return
    if before == I_WAITING:
        line_leave(c, slot)
    timer_disarm(c, &one.clock)
    cell_at(c, slot).standing[before] -= 1
    cell_at(c, slot).standing[state] += 1
    if is_queued(before) and not is_queued(state):
        queue_leave(c, slot)
    one.state = state
    if is_queued(state) and not is_queued(before):
        queue_join(c, slot)


cdef void begin_waiting(Center *c, int32_t slot) noexcept nogil:
    """It waits, and what its plan says about that is seen to before the next pair is made."""
    change_state(c, slot, I_WAITING)
    unsettle(c, slot)
    wake(c, slot)


cdef void arrive(Center *c, int32_t slot) noexcept nogil:
    """A new interaction, at its place, begins to wait."""
    cdef Interaction *one = &c.interactions[slot]
    dirty_interaction(c, slot)
    one.state = I_WAITING
    cell_at(c, slot).standing[I_WAITING] += 1
    queue_join(c, slot)
    unsettle(c, slot)
    wake(c, slot)


cdef inline void leave_line(Center *c, int32_t slot) noexcept nogil:
    """What it is sorted or filed by is about to change; the next pairing puts it where it belongs then."""
    line_leave(c, slot)
    if c.interactions[slot].state == I_WAITING:
        wake(c, slot)


# ---------------------------------------------------------------------- place and priority

cdef void place(Center *c, int32_t slot, int64_t priority) noexcept nogil:
    """Give it the place that its queue and tier promise; a priority of its own stays as it is."""
    cdef Interaction *one = &c.interactions[slot]
    leave_line(c, slot)
    if priority != PRIORITY_DEFAULT:
        one.priority, one.has_own_priority = <int32_t> priority, 1
    elif not one.has_own_priority:
        one.priority = c.queues[one.queue].priority
    one.due_ns = due_of(c, slot)
    dirty_interaction(c, slot)


cdef void set_priority(Center *c, int32_t slot, int32_t priority, bint has_own, int32_t cause) noexcept nogil:
    cdef Interaction *one = &c.interactions[slot]
    cdef int32_t old = one.priority
    leave_line(c, slot)
    one.priority, one.has_own_priority = priority, has_own
    dirty_interaction(c, slot)
    tell_priority(c, slot, old, cause)


cdef void tell_priority(Center *c, int32_t slot, int32_t old, int32_t cause) noexcept nogil:
    """Say that its priority is not what it was, if so."""
    if c.interactions[slot].priority != old:
        emit_interaction(c, PRIORITY_CHANGED, cause, slot, -1, c.interactions[slot].priority, old)


# ---------------------------------------------------------------------- interactions

cdef void return_interaction(Center *c, int32_t slot, int32_t cause) noexcept nogil:
    """Put it back at its old place: since, due and sequence number have never changed."""
    cdef Interaction *one = &c.interactions[slot]
    begin_waiting(c, slot)
    emit_interaction(c, INTERACTION_RETURNED, cause, slot, -1, one.since_ns, one.due_ns)


cdef void hold(Center *c, int32_t slot, int64_t until_ns, int32_t cause) noexcept nogil:
    """Take it out of the line until then."""
    cdef Interaction *one = &c.interactions[slot]
    change_state(c, slot, I_HELD)
    timer_disarm(c, &one.clock)  # of an earlier hold
    one.clock = timer_arm(c, TIMER_HOLD, slot, until_ns)
    cell_at(c, slot).held += 1
    emit_interaction(c, INTERACTION_HELD, cause, slot, -1, 0, until_ns)


cdef void release(Center *c, int32_t slot, int32_t cause) noexcept nogil:
    """HELD or SCHEDULED is over: it waits, at its old place; misses count from nothing again."""
    cdef Interaction *one = &c.interactions[slot]
    if one.state == I_SCHEDULED:
        one.entered_ns = c.at_ns
        if one.since_ns > c.at_ns:
            one.since_ns = c.at_ns
        one.due_ns = due_of(c, slot)
        prefer_last_agent(c, slot)
    one.misses = one.blamed = 0
    begin_waiting(c, slot)
    emit_interaction(c, INTERACTION_RELEASED, cause, slot, -1, one.since_ns, one.due_ns)


cdef void prefer_last_agent(Center *c, int32_t slot) noexcept nogil:
    """Whoever served the customer last may be waited for, if the queue says so and it is nobody's yet."""
    cdef Interaction *one = &c.interactions[slot]
    cdef int64_t limit_ns = c.queues[one.queue].fields[PREFER_LAST_NS]
    cdef int32_t agent = -1
    if limit_ns and one.addressed < 0 and (one.customer_high or one.customer_low):
        agent = customer_find(c, one.customer_high, one.customer_low)
    if agent >= 0:
        leave_line(c, slot)
        one.addressed, one.addressed_until_ns = agent, c.at_ns + limit_ns
        dirty_interaction(c, slot)


cdef int give_up(Center *c, int32_t slot) except -1 nogil:
    """It has missed too often: nobody answers it, so it must not empty the floor."""
    cdef Interaction *one = &c.interactions[slot]
    cdef const int64_t *fields = c.queues[one.queue].fields
    if fields[ON_HELD] == OVERFLOW_REJECT:
        reject(c, slot, CAUSE_MISSES)
    elif fields[ON_HELD] == OVERFLOW_MOVE and may_move(c, slot, <int32_t> fields[HELD_TO]):
        one.misses = one.blamed = 0
        begin_waiting(c, slot)
        move(c, slot, <int32_t> fields[HELD_TO], CAUSE_MISSES, PRIORITY_DEFAULT)
    else:
        hold(c, slot, c.at_ns + fields[HELD_NS], CAUSE_MISSES)
    return 0


cdef int overflow(Center *c, int32_t slot, int64_t queue, int32_t cause) except -1 nogil:
    """Move it to another queue if that may be; return whether it was."""
    if not may_move(c, slot, <int32_t> queue):
        return 0
    move(c, slot, <int32_t> queue, cause, PRIORITY_DEFAULT)
    return 1


cdef inline void visit(Interaction *one, int32_t queue) noexcept nogil:
    """Note that it has been there; once the list is full, overflow moves it no more anyway."""
    cdef int32_t i
    for i in range(one.n_visited):
        if one.visited[i] == queue:
            return
    if one.n_visited < MAX_VISITS:
        one.visited[one.n_visited] = queue
        one.n_visited += 1


cdef int move(Center *c, int32_t slot, int32_t queue, int32_t cause, int64_t priority) except -1 nogil:
    """Go to another queue, with the old wait: since stays, the entry clock and the plan begin anew."""
    cdef Interaction *one = &c.interactions[slot]
    cdef int32_t left = one.queue, old = one.priority, cell = cell_of(c, queue, one.tier)
    cdef bint waits = one.state == I_WAITING
    leave_line(c, slot)
    if waits:
        timer_disarm(c, &one.clock)
    cell_at(c, slot).moved += 1
    cell_at(c, slot).standing[one.state] -= 1
    if is_queued(one.state):
        queue_leave(c, slot)
    one.queue, one.cell = queue, cell
    visit(one, queue)
    one.step, one.entered_ns, one.waited_out = 0, c.at_ns, 0
    cell_at(c, slot).standing[one.state] += 1
    if is_queued(one.state):
        queue_join(c, slot)
    place(c, slot, priority)
    cell_at(c, slot).moved_in += 1
    emit_interaction(c, INTERACTION_MOVED, cause, slot, -1, left, one.due_ns)
    tell_priority(c, slot, old, cause)
    if waits:
        unsettle(c, slot)
    return 0


cdef void reject(Center *c, int32_t slot, int32_t cause) noexcept nogil:
    """Turn it away."""
    cell_at(c, slot).rejected += 1
    emit_interaction(c, INTERACTION_REJECTED, cause, slot, -1, c.at_ns - c.interactions[slot].since_ns, 0)
    end_interaction(c, slot, I_REJECTED)


cdef void expire(Center *c, int32_t slot) noexcept nogil:
    """It has waited for as long as its queue lets anybody wait."""
    cell_at(c, slot).expired += 1
    emit_interaction(c, INTERACTION_EXPIRED, CAUSE_MAX_WAIT, slot, -1, c.at_ns - c.interactions[slot].since_ns, 0)
    end_interaction(c, slot, I_EXPIRED)


cdef void abandon(Center *c, int32_t slot, int32_t cause) noexcept nogil:
    """The customer hangs up before anybody has answered, or the system gives the interaction up."""
    cdef Interaction *one = &c.interactions[slot]
    cdef Cell *cell = cell_at(c, slot)
    cdef int64_t wait_ns = c.at_ns - one.since_ns
    withdraw_offers(c, slot, cause)
    if wait_ns < 0:  # it was to begin later
        wait_ns = 0
    cell.abandoned += 1
    cell.abandoned_in_target += wait_ns <= c.queues[one.queue].target_ns
    emit_interaction(c, INTERACTION_ABANDONED, cause, slot, -1, wait_ns, 0)
    end_interaction(c, slot, I_ABANDONED)


cdef void end_interaction(Center *c, int32_t slot, int32_t state) noexcept nogil:
    """It is over, but remembered for a while."""
    cdef Interaction *one = &c.interactions[slot]
    change_state(c, slot, state)
    clear_bans(c, slot)
    if one.extra >= 0:
        requirement_release(c, one.extra)
        one.extra = -1
    c.ends += 1
    one.end_seq = c.ends
    ring_push(&c.ended_interactions, slot)


# ---------------------------------------------------------------------- offers

cdef void offer_to(Center *c, int32_t slot, const int32_t *agents, int32_t n) noexcept nogil:
    """Offer it to these agents at once; an AUTO_ACCEPT queue takes the first one's word for granted."""
    cdef Interaction *one = &c.interactions[slot]
    cdef const Queue *queue = &c.queues[one.queue]
    cdef int64_t deadline_ns = c.at_ns + queue.offer_ns
    cdef int32_t i, offer
    if queue.accepts_itself:
        take_at_once(c, slot, agents[0], deadline_ns)
        return
    change_state(c, slot, I_OFFERED)
    for i in range(n):
        offer = new_offer(c, slot, agents[i], deadline_ns)
        link_offer(c, offer)
        c.offers[offer].timer = timer_arm(c, TIMER_OFFER, offer, deadline_ns)
        load_changed(c, agents[i])


cdef void take_at_once(Center *c, int32_t slot, int32_t agent, int64_t deadline_ns) noexcept nogil:
    """Offered and accepted in one: what an offer holds and links while it is pending would be undone at once."""
    cdef int32_t offer = new_offer(c, slot, agent, deadline_ns)
    c.armings += 1  # of its timer
    c.offers[offer].timer = -1
    remember_offer(c, offer, ACCEPTED)
    begin_assignment(c, offer, CAUSE_AUTOMATIC)


cdef int32_t new_offer(Center *c, int32_t interaction, int32_t agent, int64_t deadline_ns) noexcept nogil:
    """Return a new offer, told and counted, which nobody holds yet."""
    cdef int32_t slot = slot_take_clean(&c.offer_slots, c.offers, sizeof(Offer))
    cdef Offer *offer = &c.offers[slot]
    cdef Interaction *one = &c.interactions[interaction]
    cdef Agent *a = &c.agents[agent]
    c.offers_seen += 1
    offer.seq, offer.interaction_seq, offer.deadline_ns = c.offers_seen, one.seq, deadline_ns
    offer.interaction_handle = handle_of(one.generation, interaction)
    offer.assignment_handle = offer.assignment_seq = offer.end_seq = 0
    offer.generation = offer.generation if offer.generation else 1
    offer.state, offer.taken, offer.interaction, offer.agent = PENDING, 0, interaction, agent
    offer.channel = channel_of(c, interaction)
    offer.units = <int32_t> c.channels[offer.channel].fields[CHANNEL_COST]
    a.last_offer_seq = offer.seq
    a.offers_received += 1
    dirty_offer(c, slot)
    cell_at(c, interaction).offers_made += 1
    emit_offer(c, OFFER_MADE, CAUSE_NONE, slot, 0, c.at_ns - one.since_ns, deadline_ns)
    return slot


cdef void link_offer(Center *c, int32_t slot) noexcept nogil:
    """Make an offer the last of its interaction's and of its agent's, who holds it on its channel."""
    cdef Offer *offer = &c.offers[slot]
    cdef Interaction *one = &c.interactions[offer.interaction]
    cdef Agent *a = &c.agents[offer.agent]
    offer.previous_of_interaction, offer.next_of_interaction = one.last_offer, -1
    if one.last_offer >= 0:
        c.offers[one.last_offer].next_of_interaction = slot
    else:
        one.first_offer = slot
    one.last_offer = slot
    offer.previous_of_agent, offer.next_of_agent = a.last_offer, -1
    if a.last_offer >= 0:
        c.offers[a.last_offer].next_of_agent = slot
    else:
        a.first_offer = slot
    a.last_offer = slot
    a.n_offers += 1
    a.offered_units += offer.units
    take_units(c, offer.agent, offer.channel, offer.units)


cdef void unlink_offer(Center *c, int32_t slot) noexcept nogil:
    """Take an offer from the lists of its interaction and its agent."""
    cdef Offer *offer = &c.offers[slot]
    cdef Interaction *one = &c.interactions[offer.interaction]
    cdef Agent *a = &c.agents[offer.agent]
    if offer.previous_of_interaction >= 0:
        c.offers[offer.previous_of_interaction].next_of_interaction = offer.next_of_interaction
    else:
        one.first_offer = offer.next_of_interaction
    if offer.next_of_interaction >= 0:
        c.offers[offer.next_of_interaction].previous_of_interaction = offer.previous_of_interaction
    else:
        one.last_offer = offer.previous_of_interaction
    if offer.previous_of_agent >= 0:
        c.offers[offer.previous_of_agent].next_of_agent = offer.next_of_agent
    else:
        a.first_offer = offer.next_of_agent
    if offer.next_of_agent >= 0:
        c.offers[offer.next_of_agent].previous_of_agent = offer.previous_of_agent
    else:
        a.last_offer = offer.previous_of_agent


cdef inline void remember_offer(Center *c, int32_t slot, int32_t state) noexcept nogil:
    """It has ended, and is remembered so that late answers can be told."""
    c.offers[slot].state = state
    c.ends += 1
    c.offers[slot].end_seq = c.ends
    ring_push(&c.ended_offers, slot)
    dirty_offer(c, slot)


cdef void end_offer(Center *c, int32_t slot, int32_t state) noexcept nogil:
    """Take a pending offer from both sides."""
    cdef Offer *offer = &c.offers[slot]
    cdef Agent *a = &c.agents[offer.agent]
    timer_disarm(c, &offer.timer)
    unlink_offer(c, slot)
    a.n_offers -= 1
    a.offered_units -= offer.units
    free_units(c, offer.agent, offer.channel, offer.units)
    remember_offer(c, slot, state)
    if state != ACCEPTED:
        load_changed(c, offer.agent)


cdef int64_t accept_offer(Center *c, int32_t slot, int32_t cause) noexcept nogil:
    """The first accept wins: the offer becomes an assignment, the others of a shared one are revoked."""
    cdef int32_t interaction = c.offers[slot].interaction
    cdef int64_t handle
    end_offer(c, slot, ACCEPTED)
    handle = begin_assignment(c, slot, cause)
    withdraw_offers(c, interaction, CAUSE_TAKEN)
    return handle


cdef int64_t begin_assignment(Center *c, int32_t slot, int32_t cause) noexcept nogil:
    """An accepted offer becomes an assignment, whose handle is returned."""
    cdef Offer *offer = &c.offers[slot]
    cdef int32_t interaction = offer.interaction, agent = offer.agent, made
    cdef Interaction *one = &c.interactions[interaction]
    cdef int64_t handle, wait_ns, deadline_ns
    change_state(c, interaction, I_ASSIGNED)
    one.round_missed = 0
    clear_bans(c, interaction)
    made = new_assignment(c, slot)
    handle = handle_of(c.assignments[made].generation, made)
    offer.assignment_handle, offer.assignment_seq = handle, c.assignments[made].seq
    deadline_ns = c.at_ns + c.queues[one.queue].max_handle_ns
    c.assignments[made].timer = timer_arm(c, TIMER_HANDLE, made, deadline_ns)
    begin_work(c, agent)
    if one.customer_high or one.customer_low:
        customer_remember(c, one.customer_high, one.customer_low, c.assignments[made].seq, agent)
    wait_ns = c.at_ns - one.since_ns
    count_answer(c, interaction, wait_ns)
    emit_offer(c, OFFER_ACCEPTED, cause, slot, handle, wait_ns, deadline_ns)
    return handle


cdef void count_answer(Center *c, int32_t interaction, int64_t wait_ns) noexcept nogil:
    cdef Cell *cell = cell_at(c, interaction)
    cdef int low = 0, high = c.n_wait_edges, middle
    while low < high:  # the first edge that is not below the wait
        middle = (low + high) // 2
        if c.wait_edges[middle] < wait_ns:
            low = middle + 1
        else:
            high = middle
    cell.answered += 1
    cell.in_target += wait_ns <= c.queues[c.interactions[interaction].queue].target_ns
    add_time(&cell.wait_ns, wait_ns)
    cell.wait_bins[low] += 1


cdef void withdraw_offers(Center *c, int32_t slot, int32_t cause) noexcept nogil:
    """Revoke an interaction's pending offers, without a return: it goes elsewhere."""
    cdef Interaction *one = &c.interactions[slot]
    cdef int32_t offer
    while one.first_offer >= 0:
        offer = one.first_offer
        emit_offer(c, OFFER_REVOKED, cause, offer, 0, 0, 0)
        cell_at(c, slot).offers_revoked += 1
        c.offers[offer].taken = cause == CAUSE_TAKEN
        end_offer(c, offer, REVOKED)
    one.round_missed = 0
    dirty_interaction(c, slot)


cdef int miss(
    Center *c, int32_t slot, int32_t state, int32_t event, int32_t cause, int64_t cool_down_ns
) except -1 nogil:
    """A declined, expired or failed offer: the pair cools down; the interaction returns after the last one.

    ``cool_down_ns`` 0 stands for the queue's.
    """
    cdef int32_t interaction = c.offers[slot].interaction
    cdef int64_t until_ns = c.at_ns
    until_ns += cool_down_ns if cool_down_ns else c.queues[c.interactions[interaction].queue].fields[COOL_DOWN_NS]
    emit_offer(c, event, CAUSE_NONE, slot, 0, 0, until_ns)
    end_offer(c, slot, state)
    count_miss(c, interaction)
    add_ban(c, interaction, c.offers[slot].agent, until_ns)
    end_round(c, interaction, cause)
    return 0


cdef void count_miss(Center *c, int32_t slot) noexcept nogil:
    """A round of offers counts one miss, to however many agents it went."""
    cdef Interaction *one = &c.interactions[slot]
    one.misses += not one.round_missed
    one.round_missed = 1
    dirty_interaction(c, slot)


cdef int end_round(Center *c, int32_t slot, int32_t cause) except -1 nogil:
    """When no offer of the round is left, the interaction returns, or is given up after too many misses."""
    cdef Interaction *one = &c.interactions[slot]
    cdef bint missed = one.round_missed
    if one.first_offer >= 0:
        return 0
    one.round_missed = 0
    if missed and one.misses >= c.queues[one.queue].fields[MAX_OFFERS]:
        give_up(c, slot)
    else:
        return_interaction(c, slot, cause)
    return 0


cdef int offer_expires(Center *c, int32_t slot) except -1 nogil:
    """Nobody answered: the agent is probably away, unless this interaction is hard to deliver."""
    cdef int32_t agent = c.offers[slot].agent, interaction = c.offers[slot].interaction
    cdef Interaction *one = &c.interactions[interaction]
    cdef bint blames = c.queues[one.queue].fields[ON_EXPIRY] == ON_EXPIRY_NOT_READY
    blames = blames and one.misses - one.round_missed < MISSES_BEFORE_AGENT_IS_BLAMELESS
    blames = blames and one.blamed < MISSES_BEFORE_AGENT_IS_BLAMELESS  # a shared offer expires many times
    cell_at(c, interaction).offers_expired += 1
    miss(c, slot, EXPIRED, OFFER_EXPIRED, CAUSE_EXPIRED, 0)
    if blames and c.agents[agent].presence == AVAILABLE:
        one.blamed += 1
        dirty_interaction(c, interaction)
        change_presence(c, agent, NOT_READY, REASON_NO_ANSWER, CAUSE_NO_ANSWER, OFFLINE)
        revoke_offers(c, agent, CAUSE_NO_ANSWER)
    return 0


cdef int revoke_offers(Center *c, int32_t agent, int32_t cause) except -1 nogil:
    """End an agent's pending offers without a cool-down; their interactions return."""
    cdef int32_t slot, interaction
    while c.agents[agent].first_offer >= 0:
        reserve(c)
        slot = c.agents[agent].first_offer
        interaction = c.offers[slot].interaction
        emit_offer(c, OFFER_REVOKED, cause, slot, 0, 0, 0)
        cell_at(c, interaction).offers_revoked += 1
        end_offer(c, slot, REVOKED)
        end_round(c, interaction, CAUSE_REVOKED)
    return 0


cdef void cool_downs_end(Center *c, int32_t slot) noexcept nogil:
    cdef int32_t ended = drop_ended_bans(c, slot)
    dirty_interaction(c, slot)
    if c.interactions[slot].state == I_WAITING:
        wake(c, slot)
    emit_interaction(c, COOL_DOWN_ENDED, CAUSE_NONE, slot, -1, ended, 0)


# ---------------------------------------------------------------------- assignments

cdef inline bint excludes(Center *c, const Assignment *one) noexcept nogil:
    """Say whether wrap-up after it blocks every channel."""
    return c.channels[one.channel].fields[CHANNEL_EXCLUSIVE_WRAP_UP] != 0


cdef int32_t new_assignment(Center *c, int32_t offer) noexcept nogil:
    """Return an active assignment for an accepted offer, the last of its agent's."""
    cdef int32_t slot = slot_take_clean(&c.assignment_slots, c.assignments, sizeof(Assignment))
    cdef Assignment *one = &c.assignments[slot]
    cdef Offer *by = &c.offers[offer]
    cdef Interaction *of = &c.interactions[by.interaction]
    c.assignments_seen += 1
    one.seq = c.assignments_seen
    one.interaction_handle, one.interaction_seq = by.interaction_handle, by.interaction_seq
    one.accepted_ns, one.wrap_up_ns = c.at_ns, 0
    one.generation = one.generation if one.generation else 1
    one.state, one.interaction, one.agent = A_ACTIVE, by.interaction, by.agent
    one.offer_handle = handle_of(by.generation, offer)
    one.queue, one.tier, one.cell = of.queue, of.tier, of.cell
    one.channel, one.units, one.timer = by.channel, by.units, -1
    link_assignment(c, slot)
    of.assignment, of.served_by = slot, by.agent
    dirty_assignment(c, slot)
    return slot


cdef void link_assignment(Center *c, int32_t slot) noexcept nogil:
    """Make an assignment the last of its agent's, who holds it on its channel."""
    cdef Assignment *one = &c.assignments[slot]
    cdef Agent *a = &c.agents[one.agent]
    one.previous_of_agent, one.next_of_agent = a.last_assignment, -1
    if a.last_assignment >= 0:
        c.assignments[a.last_assignment].next_of_agent = slot
    else:
        a.first_assignment = slot
    a.last_assignment = slot
    if one.state == A_ACTIVE:
        a.n_active += 1
    else:
        a.n_exclusive += excludes(c, one)
    a.assigned_units += one.units
    take_units(c, one.agent, one.channel, one.units)


cdef void end_talk(Center *c, int32_t slot, int32_t cause) noexcept nogil:
    """ACTIVE ends: the interaction is COMPLETED, or transferred; the agent wraps up or is free."""
    cdef Assignment *one = &c.assignments[slot]
    cdef Agent *a = &c.agents[one.agent]
    cdef Cell *cell = &c.cells[one.cell]
    cdef int64_t handle_ns = c.at_ns - one.accepted_ns
    cdef int64_t wrap_up_ns = c.queues[one.queue].wrap_up_ns
    add_time(&cell.handle_ns, handle_ns)
    if cause != CAUSE_TRANSFER:
        cell.completed += 1
        emit_assignment(c, INTERACTION_COMPLETED, cause, slot, handle_ns, 0)
        end_interaction(c, one.interaction, I_COMPLETED)
    c.interactions[one.interaction].assignment = -1
    dirty_interaction(c, one.interaction)
    timer_disarm(c, &one.timer)
    if wrap_up_ns == 0:
        end_assignment(c, slot, cause)
        return
    one.state = A_WRAP_UP
    one.wrap_up_ns = c.at_ns
    one.timer = timer_arm(c, TIMER_WRAP_UP, slot, c.at_ns + wrap_up_ns)
    a.n_active -= 1
    if excludes(c, one):
        a.n_exclusive += 1
        touch(c, one.agent)
    dirty_assignment(c, slot)
    emit_assignment(c, WRAP_UP_STARTED, cause, slot, 0, c.at_ns + wrap_up_ns)


cdef void end_assignment(Center *c, int32_t slot, int32_t cause) noexcept nogil:
    """The assignment is over and its units are free; it is forgotten at once."""
    cdef Assignment *one = &c.assignments[slot]
    cdef Agent *a = &c.agents[one.agent]
    cdef int64_t wrap_up_ns = 0
    if one.state == A_WRAP_UP:
        wrap_up_ns = c.at_ns - one.wrap_up_ns
        add_time(&c.cells[one.cell].wrap_up_ns, wrap_up_ns)
        a.n_exclusive -= excludes(c, one)
    else:
        c.interactions[one.interaction].assignment = -1
        dirty_interaction(c, one.interaction)
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
    a.assigned_units -= one.units
    free_units(c, one.agent, one.channel, one.units)
    one.state = FREE
    one.generation = next_generation(one.generation)
    c.hash_sum -= one.hash
    one.hash = 0
    slot_give_back(&c.assignment_slots, slot)
    end_work(c, one.agent)


cdef int return_work(Center *c, int32_t agent, int32_t cause) except -1 nogil:
    """The agent is gone: talks go back to their old places, wrap-ups end."""
    cdef int32_t slot, interaction
    cdef bint active
    while c.agents[agent].first_assignment >= 0:
        reserve(c)
        slot = c.agents[agent].first_assignment
        interaction = c.assignments[slot].interaction
        active = c.assignments[slot].state == A_ACTIVE
        end_assignment(c, slot, cause)
        if active:
            cell_at(c, interaction).returned += 1
            return_interaction(c, interaction, cause)
    return 0


cdef int media_failed(Center *c, int32_t slot) except -1 nogil:
    """Accepted, but the two were never connected: a miss after all, and the old place."""
    cdef int32_t interaction = c.assignments[slot].interaction, agent = c.assignments[slot].agent
    cdef int32_t offer = offer_slot(c, c.assignments[slot].offer_handle)
    cdef int64_t until_ns = c.at_ns + c.queues[c.interactions[interaction].queue].fields[COOL_DOWN_NS]
    end_assignment(c, slot, CAUSE_FAILED)
    if offer >= 0:
        c.offers[offer].state = FAILED
        c.offers[offer].assignment_handle = c.offers[offer].assignment_seq = 0
        dirty_offer(c, offer)
        emit_offer(c, OFFER_FAILED, CAUSE_NONE, offer, 0, 0, until_ns)
    else:  # forgotten by now
        emit_interaction(c, OFFER_FAILED, CAUSE_NONE, interaction, agent, 0, until_ns)
    cell_at(c, interaction).offers_failed += 1
    cell_at(c, interaction).returned += 1
    count_miss(c, interaction)
    add_ban(c, interaction, agent, until_ns)
    end_round(c, interaction, CAUSE_FAILED)
    return 0
