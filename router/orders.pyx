# cython: cdivision=True
"""The commands that work, in the order and with the refusals of reference.py; see orders.pxd.

A command first checks everything that it may refuse; from there on only memory may fail. Every check
that refuses returns False, or -1 where it would return a slot.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

from .cooldowns cimport add_ban, drop_bans_of
from .define cimport is_within
from .define_queue cimport is_of_requirement, requirement_item_is_good
from .hashing cimport name_hash
from .law cimport *
from .life cimport abandon, accept_offer, arrive, assignment_slot, begin_waiting, change_state, due_of
from .life cimport emit_interaction, end_assignment, end_talk, hold, interaction_slot, media_failed, miss, move
from .life cimport offer_slot, offer_to, overflow, prefer_last_agent, reject, release, return_work, revoke_offers
from .life cimport set_priority, withdraw_offers
from .lines cimport line_leave
from .match cimport may_have
from .model cimport *
from .names cimport NameEntry, names_find, names_put, names_reserve
from .plans cimport door, settle, unsettle, who_waits_in
from .require cimport requirement_hold, requirement_is_empty, requirement_of, requirement_release
from .staff cimport arm_lease, change_presence
from .store cimport cell_of, customer_find, dirty_queue, emit, handle_of, name_keep
from .store cimport refuse, reserve, slot_take_clean, soon_write
from .timers cimport timer_arm, timer_disarm

cdef int64_t MAX_NOW_NS = (<int64_t> 1 << 62) - 1
cdef int64_t MAX_DURATION_NS = <int64_t> 400 * 86_400 * 1_000_000_000


cdef struct Ways:                   # the queues that lead on from doors that do not open
    int32_t[MAX_VISITS] queues
    int32_t[MAX_VISITS] causes
    int32_t n

cdef struct Arrival:                # what an ENQUEUE states, once it has been checked
    int64_t since_ns
    int64_t start_ns                # 0: now
    uint64_t customer_high
    uint64_t customer_low
    int32_t extra                   # requirement, -1: none
    bint is_scheduled
    Ways ways


# ---------------------------------------------------------------------- checks

cdef bint check(bint good, int32_t code, Answer *answer) noexcept nogil:
    if not good:
        refuse(answer, code, 0)
    return good


cdef inline bint queue_is_good(Center *c, const Command *command, Answer *answer) noexcept nogil:
    return check(0 <= command.queue < c.n_queues, UNKNOWN_QUEUE, answer)


cdef inline bint agent_is_good(Center *c, const Command *command, Answer *answer) noexcept nogil:
    return check(0 <= command.agent < c.n_agents, UNKNOWN_AGENT, answer)


cdef inline bint priority_is_good(const Command *command, Answer *answer) noexcept nogil:
    return check(
        command.priority == PRIORITY_DEFAULT or MIN_PRIORITY <= command.priority <= MAX_PRIORITY,
        INVALID_PRIORITY, answer
    )


cdef inline bint duration_is_good(int64_t duration_ns, Answer *answer) noexcept nogil:
    return check(MIN_DURATION_NS <= duration_ns <= MAX_DURATION_NS, INVALID_DURATION, answer)


cdef int32_t live_interaction(Center *c, const Command *command, Answer *answer) noexcept nogil:
    """Return the slot of an interaction that has not ended, or refuse and return -1."""
    cdef int32_t slot = interaction_slot(c, command.target)
    if slot < 0:
        refuse(answer, UNKNOWN_INTERACTION, 0)
        return -1
    if c.interactions[slot].end_seq:
        refuse(answer, ALREADY_ENDED, 0)
        return -1
    return slot


cdef bint address_is_good(Center *c, const Command *command, Answer *answer) noexcept nogil:
    """Check whose interaction it is to be, and for how long."""
    if command.flags != 0 and (command.flags != DIRECT or command.agent == -1):
        refuse(answer, INVALID_FIELD, 0)
        return False
    if command.agent != -1 and not agent_is_good(c, command, answer):
        return False
    if command.agent == -1 or command.flags == DIRECT:
        return check(command.y == 0, INVALID_DURATION, answer)
    return duration_is_good(command.y, answer)


cdef void address(Center *c, int32_t slot, const Command *command, int64_t from_ns) noexcept nogil:
    """Make it the agent's of the command, or everybody's."""
    cdef Interaction *one = &c.interactions[slot]
    one.addressed, one.addressed_until_ns = command.agent, NONE
    if command.agent != -1 and command.flags != DIRECT:
        one.addressed_until_ns = from_ns + command.y


# ---------------------------------------------------------------------- what an ENQUEUE states

cdef bint times_are_good(Center *c, const Command *command, Arrival *one, Answer *answer) noexcept nogil:
    """Check since when the customer waits, and when the interaction is to begin."""
    cdef int64_t last_ns = c.at_ns + MAX_DURATION_NS
    if last_ns > MAX_NOW_NS:
        last_ns = MAX_NOW_NS
    if not check(0 <= command.z <= last_ns, INVALID_START, answer):
        return False
    one.start_ns = command.z
    one.is_scheduled = command.z > c.at_ns
    one.since_ns = command.x
    if command.x == SINCE_NOW:
        one.since_ns = command.z if one.is_scheduled else c.at_ns
        return True
    return check(0 <= command.x <= c.at_ns, INVALID_SINCE, answer)


cdef bint items_are_good(
    Center *c, const Command *command, const Item *items, Arrival *one, Answer *answer
) noexcept nogil:
    """Check an interaction's own requirement and its customer, item by item."""
    cdef int32_t i, skills = 0
    one.customer_high = one.customer_low = 0
    if command.items == 0:
        return True
    for i in range(command.items):
        skills += is_of_requirement(&items[i])
    if not is_within(c, skills, MAX_SKILLS_PER_REQUIREMENT, answer):
        return False
    for i in range(command.items):
        if is_of_requirement(&items[i]):
            if not requirement_item_is_good(c, items, 0, i, answer):
                return False
        elif items[i].kind != ITEM_CUSTOMER or (items[i].key == 0 and items[i].value == 0):
            refuse(answer, INVALID_FIELD, i)
            return False
        elif one.customer_high or one.customer_low:
            refuse(answer, DUPLICATE_ITEM, i)
            return False
        else:
            one.customer_high, one.customer_low = <uint64_t> items[i].key, <uint64_t> items[i].value
    return True


cdef bint name_is_good(Center *c, const Command *command, const char *name, Answer *answer) noexcept nogil:
    """Check that an interaction's own name, if it has any, is a good new one."""
    cdef NameEntry *known
    if command.name_length == 0:
        return True
    if not check(command.name_length <= MAX_NAME_BYTES, INVALID_NAME, answer):
        return False
    known = names_find(&c.names, KIND_INTERACTION, name, command.name_length, name_hash(name, command.name_length))
    if known != NULL:
        refuse(answer, ALREADY_EXISTS, known.value)
        return False
    return True


cdef bint find_ways(Center *c, const Command *command, Arrival *one, Answer *answer) noexcept nogil:
    """Follow the doors that do not open to one that does, or refuse as the last one does."""
    cdef int32_t queue = command.queue, code, policy, cause, i
    cdef int64_t to
    one.ways.n = 0
    while True:
        code = door(c, queue, one.extra, command.agent != -1)
        if code == OK:
            return True
        if code == QUEUE_IS_CLOSED:
            policy, to, cause = ON_CLOSED, c.queues[queue].fields[CLOSED_TO], CAUSE_CLOSED
        elif code == QUEUE_UNSTAFFED:
            policy, to, cause = ON_UNSTAFFED, c.queues[queue].fields[UNSTAFFED_TO], CAUSE_UNSTAFFED
        else:
            policy, to, cause = ON_FULL, c.queues[queue].fields[FULL_TO], CAUSE_FULL
        if c.queues[queue].fields[policy] != OVERFLOW_MOVE or to == command.queue or one.ways.n + 1 >= MAX_VISITS:
            refuse(answer, code, queue)
            return False
        for i in range(one.ways.n):
            if one.ways.queues[i] == to:
                refuse(answer, code, queue)
                return False
        queue = <int32_t> to
        one.ways.queues[one.ways.n], one.ways.causes[one.ways.n] = queue, cause
        one.ways.n += 1


cdef bint fits_in(Center *c, const Command *command, Arrival *one, Answer *answer) noexcept nogil:
    """Check doors and limits, once the interaction's own requirement is known."""
    cdef int64_t live = c.interaction_slots.used - c.interaction_slots.n_free - c.ended_interactions.n
    one.ways.n = 0
    if not one.is_scheduled and not find_ways(c, command, one, answer):
        return False
    if not is_within(c, live + 1, MAX_INTERACTIONS, answer):
        return False
    if one.extra < 0:
        return True
    return is_within(c, c.n_requirements + (c.requirements[one.extra].references == 0), MAX_REQUIREMENTS, answer)


cdef void let_go(Center *c, int32_t extra) noexcept nogil:
    """Forget a requirement that was made for nothing; one that is in use stays."""
    if extra >= 0:
        requirement_hold(c, extra)
        requirement_release(c, extra)


# ---------------------------------------------------------------------- interactions

cdef int enqueue(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer
) except -1 nogil:
    cdef Arrival arrival
    cdef int32_t slot, i, extra
    if not queue_is_good(c, command, answer):
        return 0
    if not check(0 <= command.tier < c.n_tiers, UNKNOWN_TIER, answer):
        return 0
    if not priority_is_good(command, answer) or not times_are_good(c, command, &arrival, answer):
        return 0
    if not address_is_good(c, command, answer) or not items_are_good(c, command, items, &arrival, answer):
        return 0
    if not name_is_good(c, command, name, answer):
        return 0
    arrival.extra = -1
    if command.items:
        extra = requirement_of(c, items, command.items)
        if requirement_is_empty(c, extra):
            let_go(c, extra)
        else:
            arrival.extra = extra
    if not fits_in(c, command, &arrival, answer):
        let_go(c, arrival.extra)
        return 0
    slot = new_interaction(c, command, name, &arrival)
    answer.value = handle_of(c.interactions[slot].generation, slot)
    if arrival.is_scheduled:
        change_state(c, slot, I_SCHEDULED)
        c.interactions[slot].clock = timer_arm(c, TIMER_HOLD, slot, arrival.start_ns)
        emit_interaction(c, INTERACTION_SCHEDULED, CAUSE_NONE, slot, -1, arrival.since_ns, arrival.start_ns)
        return 0
    arrive(c, slot)
    emit_interaction(c, INTERACTION_ENQUEUED, CAUSE_NONE, slot, -1, arrival.since_ns, c.interactions[slot].due_ns)
    for i in range(arrival.ways.n):
        move(c, slot, arrival.ways.queues[i], arrival.ways.causes[i], PRIORITY_DEFAULT)
    if command.agent == -1 and (arrival.customer_high or arrival.customer_low):
        follow_customer(c, slot)
    return 0


cdef int32_t new_interaction(
    Center *c, const Command *command, const char *name, const Arrival *arrival
) except -1 nogil:
    """Return a new interaction at its place, in no state yet."""
    cdef int32_t slot, cell = cell_of(c, command.queue, command.tier)
    cdef Interaction *one
    cdef Name kept
    if command.name_length:
        names_reserve(&c.names, 1)
    name_keep(&kept, name, command.name_length)
    slot = slot_take_clean(&c.interaction_slots, c.interactions, sizeof(Interaction))
    one = &c.interactions[slot]
    if one.generation == 0:  # never used before
        one.generation = 1
        c.line_places[slot] = c.entered_places[slot] = -1
    c.interactions_seen += 1
    one.seq = c.interactions_seen
    one.since_ns, one.entered_ns, one.end_seq = arrival.since_ns, c.at_ns, 0
    one.customer_high, one.customer_low = arrival.customer_high, arrival.customer_low
    one.name = kept
    one.queue, one.tier, one.cell = command.queue, command.tier, cell
    one.visited[0], one.n_visited = command.queue, 1
    one.has_own_priority = command.priority != PRIORITY_DEFAULT
    one.priority = command.priority if one.has_own_priority else c.queues[command.queue].priority
    one.due_ns = due_of(c, slot)
    one.extra, one.extra_hash = arrival.extra, 0
    if arrival.extra >= 0:
        requirement_hold(c, arrival.extra)
        one.extra_hash = c.requirements[arrival.extra].hash
    one.step, one.misses, one.blamed, one.n_bans = 0, 0, 0, 0
    one.waited_out = one.round_missed = 0
    one.line = one.claim = one.first_offer = one.last_offer = one.assignment = one.served_by = -1
    one.first_ban = one.timer = one.clock = -1
    address(c, slot, command, arrival.start_ns if arrival.is_scheduled else c.at_ns)
    c.cells[cell].enqueued += 1
    if kept.length:
        names_put(&c.names, KIND_INTERACTION, kept.text, kept.length, kept.hash, handle_of(one.generation, slot))
    return slot


cdef bint serves_customer(Center *c, int32_t agent, int32_t interaction) noexcept nogil:
    """Say whether the agent is talking to the customer of this interaction."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef Interaction *other
    cdef int32_t slot = c.agents[agent].first_assignment
    while slot >= 0:
        if c.assignments[slot].state == A_ACTIVE:
            other = &c.interactions[c.assignments[slot].interaction]
            if other.customer_high == one.customer_high and other.customer_low == one.customer_low:
                return True
        slot = c.assignments[slot].next_of_agent
    return False


cdef int follow_customer(Center *c, int32_t slot) except -1 nogil:
    """Who serves this customer on another channel may have it at once; who served last may be waited for."""
    cdef int32_t agent
    cdef Interaction *one
    settle(c)
    reserve(c)
    one = &c.interactions[slot]
    agent = customer_find(c, one.customer_high, one.customer_low)
    if agent < 0 or one.state != I_WAITING:
        return 0
    if c.queues[one.queue].fields[AFFINITY] and serves_customer(c, agent, slot) and may_have(c, agent, slot):
        offer_to(c, slot, &agent, 1)
    else:
        prefer_last_agent(c, slot)
        unsettle(c, slot)
    return 0


cdef void cancel(Center *c, const Command *command, Answer *answer) noexcept nogil:
    """The customer hangs up, or the system gives the interaction up."""
    cdef int32_t slot, cause = <int32_t> command.x
    if not check(command.x == CAUSE_CUSTOMER or command.x == CAUSE_SYSTEM, INVALID_FIELD, answer):
        return
    slot = live_interaction(c, command, answer)
    if slot < 0:
        return
    if c.interactions[slot].assignment >= 0:
        end_talk(c, c.interactions[slot].assignment, cause)
    else:
        abandon(c, slot, cause)


cdef int transfer(Center *c, const Command *command, Answer *answer) except -1 nogil:
    """MOVE, by somebody's choice: to any queue that lets it in, and to whom it is said to be."""
    cdef int32_t slot = live_interaction(c, command, answer), code
    cdef int64_t from_ns = c.at_ns
    cdef Interaction *one
    if slot < 0 or not queue_is_good(c, command, answer) or not priority_is_good(command, answer):
        return 0
    if not address_is_good(c, command, answer):
        return 0
    one = &c.interactions[slot]
    code = door(c, command.queue, one.extra, command.agent != -1)
    if code != OK and command.queue != one.queue:
        refuse(answer, code, command.queue)
        return 0
    if one.state == I_HELD or one.state == I_SCHEDULED:
        from_ns = c.timers[one.clock].deadline_ns
    if one.assignment >= 0:
        answer.value = handle_of(c.assignments[one.assignment].generation, one.assignment)
        hand_over(c, slot)
    elif one.first_offer >= 0:
        withdraw_offers(c, slot, CAUSE_TRANSFER)
        begin_waiting(c, slot)
    line_leave(c, slot)
    if command.agent != -1:  # said is said: what cooled down between these two does so no more
        drop_bans_of(c, slot, command.agent)
    address(c, slot, command, from_ns)
    move(c, slot, command.queue, CAUSE_TRANSFER, command.priority)
    return 0


cdef void hand_over(Center *c, int32_t slot) noexcept nogil:
    """The talk ends, the interaction waits again; it does not come straight back."""
    cdef int32_t assignment = c.interactions[slot].assignment, agent = c.assignments[assignment].agent
    cdef int64_t cool_down_ns = c.queues[c.assignments[assignment].queue].fields[COOL_DOWN_NS]
    end_talk(c, assignment, CAUSE_TRANSFER)
    begin_waiting(c, slot)
    add_ban(c, slot, agent, c.at_ns + cool_down_ns)


cdef void change_priority(Center *c, const Command *command, Answer *answer) noexcept nogil:
    cdef int32_t slot = live_interaction(c, command, answer), priority = command.priority
    if slot < 0 or not priority_is_good(command, answer):
        return
    if priority == PRIORITY_DEFAULT:
        priority = c.queues[c.interactions[slot].queue].priority
    set_priority(c, slot, priority, command.priority != PRIORITY_DEFAULT, CAUSE_SYSTEM)


cdef void hold_for(Center *c, const Command *command, Answer *answer) noexcept nogil:
    cdef int32_t slot = live_interaction(c, command, answer)
    if slot < 0 or not duration_is_good(command.y, answer):
        return
    if c.interactions[slot].state == I_ASSIGNED or c.interactions[slot].state == I_SCHEDULED:
        refuse(answer, NOT_WAITING, 0)
        return
    withdraw_offers(c, slot, CAUSE_SYSTEM)
    hold(c, slot, c.at_ns + command.y, CAUSE_SYSTEM)


cdef void release_now(Center *c, const Command *command, Answer *answer) noexcept nogil:
    cdef int32_t slot = live_interaction(c, command, answer)
    if slot < 0:
        return
    if c.interactions[slot].state != I_HELD and c.interactions[slot].state != I_SCHEDULED:
        refuse(answer, NOT_HELD, 0)
        return
    release(c, slot, CAUSE_SYSTEM)


cdef int set_queue(Center *c, const Command *command, Answer *answer) except -1 nogil:
    """Opening hours arrive as commands; closing with FORCE turns those away who wait."""
    cdef bint opens = command.x == 1
    if not queue_is_good(c, command, answer):
        return 0
    if (command.x != 0 and not opens) or command.flags not in (0, FORCE) or (command.flags and opens):
        refuse(answer, INVALID_FIELD, 0)
        return 0
    if c.queues[command.queue].is_open != opens:
        c.queues[command.queue].is_open = opens
        dirty_queue(c, command.queue)
        emit(c, QUEUE_OPENED if opens else QUEUE_CLOSED, CAUSE_NONE, 0, 0, 0, command.queue, -1, -1, 0, 0)
    if command.flags:
        turn_away(c, command.queue)
    return 0


cdef int turn_away(Center *c, int32_t queue) except -1 nogil:
    """Reject, or move on, everybody who waits in a queue that has closed, in the order in which they came."""
    cdef const int64_t *fields = c.queues[queue].fields
    cdef int32_t i, slot, n = who_waits_in(c, queue)
    for i in range(n):
        reserve(c)
        slot = c.scratch.slots[i]
        if fields[ON_CLOSED] == OVERFLOW_MOVE:
            overflow(c, slot, fields[CLOSED_TO], CAUSE_CLOSED)
        else:
            reject(c, slot, CAUSE_CLOSED)
    return 0


# ---------------------------------------------------------------------- offers

cdef int32_t answerable_offer(Center *c, const Command *command, int32_t idempotent, Answer *answer) noexcept nogil:
    """Return the offer if it is pending or already ended in the way asked for, or refuse and return -1."""
    cdef int32_t slot = offer_slot(c, command.target)
    cdef Offer *offer
    if slot < 0:
        refuse(answer, UNKNOWN_OFFER, 0)
        return -1
    offer = &c.offers[slot]
    if command.agent != -1:
        if not agent_is_good(c, command, answer) or not check(command.agent == offer.agent, WRONG_AGENT, answer):
            return -1
    if offer.state == PENDING or offer.state == idempotent:
        return slot
    if offer.taken:
        refuse(answer, ALREADY_TAKEN, 0)
    else:
        refuse(answer, OFFER_ACCEPTED_ALREADY + offer.state - ACCEPTED, offer.assignment_handle)
    return -1


cdef void accept(Center *c, const Command *command, Answer *answer) noexcept nogil:
    """Compare-and-set on the offer: only a pending one turns into an assignment, and only once."""
    cdef int32_t slot = answerable_offer(c, command, ACCEPTED, answer)
    if slot < 0:
        return
    if c.offers[slot].state == ACCEPTED:
        answer.value = c.offers[slot].assignment_handle
    else:
        answer.value = accept_offer(c, slot, CAUSE_NONE)


cdef int decline(Center *c, const Command *command, Answer *answer) except -1 nogil:
    """Refused by the agent (CAUSE_NONE), or never delivered (CAUSE_FAILED); y: the cool-down, 0: the queue's."""
    cdef bint failed = command.x == CAUSE_FAILED
    cdef int32_t state = FAILED if failed else DECLINED, slot
    cdef Cell *cell
    if not check(failed or command.x == CAUSE_NONE, INVALID_FIELD, answer):
        return 0
    if command.y != 0 and not duration_is_good(command.y, answer):
        return 0
    slot = answerable_offer(c, command, state, answer)
    if slot < 0 or c.offers[slot].state != PENDING:
        return 0
    cell = &c.cells[c.interactions[c.offers[slot].interaction].cell]
    if failed:
        cell.offers_failed += 1
        miss(c, slot, FAILED, OFFER_FAILED, CAUSE_FAILED, command.y)
    else:
        cell.offers_declined += 1
        miss(c, slot, DECLINED, OFFER_DECLINED, CAUSE_DECLINED, command.y)
    return 0


# ---------------------------------------------------------------------- assignments

cdef void complete(Center *c, const Command *command, Answer *answer) noexcept nogil:
    cdef int32_t slot, assignment, cause = <int32_t> command.x
    if command.x != CAUSE_AGENT and command.x != CAUSE_CUSTOMER and command.x != CAUSE_SYSTEM:
        refuse(answer, INVALID_FIELD, 0)
        return
    slot = live_interaction(c, command, answer)
    if slot < 0:
        return
    assignment = c.interactions[slot].assignment
    if check(assignment >= 0, NOT_ASSIGNED, answer):
        soon_write(&c.assignments[assignment], sizeof(Assignment))
        soon_write(&c.agents[c.interactions[slot].served_by], sizeof(Agent))
        answer.value = handle_of(c.assignments[assignment].generation, assignment)
        end_talk(c, assignment, cause)


cdef int32_t assignment_in(
    Center *c, const Command *command, int32_t state, int32_t code, Answer *answer
) noexcept nogil:
    """Return the assignment if it is in this state, or refuse and return -1."""
    cdef int32_t slot = assignment_slot(c, command.target)
    if not check(slot >= 0, UNKNOWN_ASSIGNMENT, answer) or not check(c.assignments[slot].state == state, code, answer):
        return -1
    return slot


cdef void end_wrap_up(Center *c, const Command *command, Answer *answer) noexcept nogil:
    cdef int32_t slot = assignment_in(c, command, A_WRAP_UP, NOT_IN_WRAP_UP, answer)
    if slot >= 0:
        end_assignment(c, slot, CAUSE_AGENT)


cdef int fail(Center *c, const Command *command, Answer *answer) except -1 nogil:
    cdef int32_t slot
    if not check(command.flags == 0 or command.flags == BY_INTERACTION, INVALID_FIELD, answer):
        return 0
    if command.flags == BY_INTERACTION:
        slot = live_interaction(c, command, answer)
        if slot < 0:
            return 0
        slot = c.interactions[slot].assignment
        check(slot >= 0, NOT_ASSIGNED, answer)
    else:
        slot = assignment_in(c, command, A_ACTIVE, NOT_ASSIGNED, answer)
    if slot >= 0:
        answer.value = handle_of(c.assignments[slot].generation, slot)
        media_failed(c, slot)
    return 0


# ---------------------------------------------------------------------- agents

cdef bint agent_and_reason_are_good(Center *c, const Command *command, Answer *answer) noexcept nogil:
    return agent_is_good(c, command, answer) and check(0 <= command.y < c.n_reasons, UNKNOWN_REASON, answer)


cdef int sign_in(Center *c, const Command *command, Answer *answer) except -1 nogil:
    cdef Agent *a
    if not agent_and_reason_are_good(c, command, answer):
        return 0
    if not check(command.x == AVAILABLE or command.x == NOT_READY, INVALID_PRESENCE, answer):
        return 0
    a = &c.agents[command.agent]
    if a.presence == OFFLINE:
        c.sign_ins += 1
        a.sign_in_seq = c.sign_ins
        timer_disarm(c, &a.grace_timer)
    choose_presence(c, command.agent, <int32_t> command.x, <int32_t> command.y)
    return 0


cdef int set_presence(Center *c, const Command *command, Answer *answer) except -1 nogil:
    cdef int32_t agent = command.agent, reason = <int32_t> command.y
    cdef Agent *a
    if not agent_and_reason_are_good(c, command, answer):
        return 0
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
        if a.first_offer >= 0 or a.first_assignment >= 0:
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
    return 0


cdef int choose_presence(Center *c, int32_t agent, int32_t presence, int32_t reason) except -1 nogil:
    """AVAILABLE, NOT_READY, or OFFLINE without work; all but AVAILABLE revoke pending offers."""
    change_presence(c, agent, presence, reason, CAUSE_AGENT, OFFLINE)
    if presence != AVAILABLE:
        revoke_offers(c, agent, CAUSE_AGENT)
    arm_lease(c, agent)
    return 0


cdef void drain(Center *c, int32_t agent, int32_t after, int32_t reason) noexcept nogil:
    """Take nothing new, keep what is there; go to ``after`` when the last unit is free."""
    change_presence(c, agent, DRAINING, reason, CAUSE_AGENT, after)
    arm_lease(c, agent)


cdef void renew_lease(Center *c, const Command *command, Answer *answer) noexcept nogil:
    if not agent_is_good(c, command, answer):
        return
    if check(c.agents[command.agent].presence != OFFLINE, NOT_SIGNED_IN, answer):
        arm_lease(c, command.agent)


# ---------------------------------------------------------------------- which is which

cdef int run(Center *c, const Command *command, Answer *answer) except -1 nogil:
    """Run a command that neither defines anything nor enqueues."""
    cdef int32_t op = command.op
    if op == ACCEPT:
        accept(c, command, answer)
    elif op == COMPLETE:
        complete(c, command, answer)
    elif op == CANCEL:
        cancel(c, command, answer)
    elif op == END_WRAP_UP:
        end_wrap_up(c, command, answer)
    elif op == DECLINE:
        decline(c, command, answer)
    elif op == SIGN_IN:
        sign_in(c, command, answer)
    elif op == SET_PRESENCE:
        set_presence(c, command, answer)
    elif op == RENEW_LEASE:
        renew_lease(c, command, answer)
    elif op == MOVE:
        transfer(c, command, answer)
    elif op == SET_PRIORITY:
        change_priority(c, command, answer)
    elif op == HOLD:
        hold_for(c, command, answer)
    elif op == RELEASE:
        release_now(c, command, answer)
    elif op == FAIL:
        fail(c, command, answer)
    elif op == SET_QUEUE:
        set_queue(c, command, answer)
    return 0
