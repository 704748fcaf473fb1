# cython: cdivision=True
"""The invariants of the compiled router: for tests and for operators who suspect something.

Nothing here trusts a counter, a list or an index: each is held to a count from scratch, or to the entities
that it stands for. The order is such that what a later check builds on has been checked before.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.string cimport memset

from .check_index cimport check_demands, check_groups, check_lines, check_requirements
from .check_plans cimport check_channels, check_gates, check_pairing, check_queues
from .digest cimport customer_hash, hash_from_scratch, state_hash
from .heap cimport Rank, RankHeap, rank_is_sound
from .law cimport *
from .lines cimport rank_of
from .model cimport *
from .names cimport NameEntry, names_find
from .occupancy cimport load_share
from .store cimport customer_find, handle_of


cdef int check(Center *c) except -1:
    """Raise AssertionError, saying what is wrong, unless everything holds."""
    cdef int32_t i
    check_leftovers(c)
    check_ends(c)
    for i in range(c.interaction_slots.used):
        if c.interactions[i].state != FREE:
            check_interaction(c, i)
    for i in range(c.offer_slots.used):
        if c.offers[i].state != FREE:
            check_offer(c, i)
    for i in range(c.assignment_slots.used):
        if c.assignments[i].state != FREE:
            check_assignment(c, i)
    for i in range(c.n_agents):
        check_agent(c, i)
    check_sides(c)
    check_pool(c)
    check_counts(c)
    check_timers(c)
    check_names(c)
    check_customers(c)
    check_channels(c)
    check_requirements(c)
    check_groups(c)
    check_lines(c)
    check_demands(c)
    check_queues(c)
    check_gates(c)
    check_pairing(c)
    expect(state_hash(c) == hash_from_scratch(c), "the hash kept differs from the hash from scratch")
    return 0


cdef int64_t check_some(Center *c, int64_t place, int64_t most) except -1:
    """Check some interactions, offers, assignments and agents, each by itself, from a place among all of them on.

    Returns the place to go on with, 0 after the last. Whatever was not there at the beginning of a round may be missed.
    """
    cdef int64_t left = most, end = place + 64 * most  # slots that are free take no time, but there may be many
    cdef int64_t i, offers, assignments, agents
    offers = c.interaction_slots.used
    assignments = offers + c.offer_slots.used
    agents = assignments + c.assignment_slots.used
    while left > 0 and place < end:
        if place >= agents + c.n_agents:
            return 0
        i, left = place, left - 1
        if i >= agents:
            check_agent(c, <int32_t> (i - agents))
        elif i >= assignments and c.assignments[i - assignments].state != FREE:
            check_assignment(c, <int32_t> (i - assignments))
        elif offers <= i < assignments and c.offers[i - offers].state != FREE:
            check_offer(c, <int32_t> (i - offers))
        elif i < offers and c.interactions[i].state != FREE:
            check_interaction(c, <int32_t> i)
        else:
            left += 1
        place += 1
    return place


cdef inline bint is_ended(int32_t state):
    return state in (I_COMPLETED, I_ABANDONED, I_EXPIRED, I_REJECTED)


cdef set members(const List *one):
    """Return what a list of slots holds; nothing may be in it twice."""
    cdef set found = {one.slots[i] for i in range(one.n)}
    expect(len(found) == one.n, "something stands twice in a list")
    return found


cdef list ring_slots(const Ring *ring):
    return [ring.slots[(ring.first + i) % ring.capacity] for i in range(ring.n)]


# ---------------------------------------------------------------------- between commands

cdef int check_leftovers(Center *c) except -1:
    """Between commands nothing is left to be looked at, and every mark agrees with its list."""
    cdef int32_t i
    cdef set claimed = members(&c.claimed), apart = members(&c.claimants_apart), asked = members(&c.asked_demands)
    expect(c.unsettled.n == 0, "somebody's plan has not been seen to")
    expect(c.checks.n == 0, "somebody's conditions have not been looked at")
    expect(c.woken.n == 0 and c.woken_lines.n == 0, "woken outside a command")
    expect(c.touched.n == 0 and c.candidates.n == 0, "an agent is left over from pairing")
    expect(c.claims_in_doubt.n == 0, "a claim has not been looked at")
    expect(c.claimants.n == 0 or c.claims_dirty, "a claimant has not been filed")
    for i in range(c.demand_slots.used):
        expect(c.demands[i].is_asked == (i in asked), "the demands that are asked for are others than those marked")
    for i in range(c.interaction_slots.used):
        one = &c.interactions[i]
        expect(one.is_apart == (i in apart), "the claimants apart are others than those marked")
        if one.state == FREE:
            expect(i not in claimed, "what is forgotten claims somebody")
            continue
        is_marked = one.is_unsettled or one.is_checked or one.woken or one.is_in_doubt
        expect(not is_marked, "a mark is left over")
        expect((one.claim >= 0) == (i in claimed), "the list of claims is wrong")
        if would_claim(c, i):
            is_filed = one.is_apart or c.demands[c.lines[one.line].demand].is_asked
            expect(is_filed, "somebody overdue is not among the claimants")
            expect(one.is_apart or one.n_bans == 0, "somebody overdue is apart, and filed with the others")
    for i in range(c.n_agents):
        expect(not c.agents[i].touched and not c.agents[i].candidate, "an agent is left over from pairing")
    return 0


cdef bint would_claim(Center *c, int32_t i):
    """Say whether it waits, has been overdue since the latest command, and is of the kind that claims agents."""
    cdef Interaction *one = &c.interactions[i]
    cdef Queue *queue = &c.queues[one.queue]
    if one.state != I_WAITING or one.claim >= 0 or one.due_ns > c.now_ns:
        return False
    return queue.fields[CLAIMS] != 0 and c.channels[queue.fields[CHANNEL]].coarse


cdef int check_ends(Center *c) except -1:
    """The rings hold exactly what has ended and is remembered, in the order of ends; pools count right."""
    cdef int32_t i, ended = 0, live = 0, pending = 0, offers = 0, assignments = 0, bans = 0
    cdef list interactions = ring_slots(&c.ended_interactions), answered = ring_slots(&c.ended_offers)
    cdef list ends = [c.interactions[i].end_seq for i in interactions]
    cdef list offer_ends = [c.offers[i].end_seq for i in answered]
    for i in interactions:
        expect(is_ended(c.interactions[i].state), "something is remembered as ended that has not ended")
    for i in answered:
        expect(c.offers[i].state not in (FREE, PENDING), "an offer is remembered as ended that has not ended")
    expect(ends == sorted(set(ends)) and offer_ends == sorted(set(offer_ends)), "ends are out of order")
    for i in range(c.interaction_slots.used):
        live += c.interactions[i].state != FREE
        ended += is_ended(c.interactions[i].state)
        bans += c.interactions[i].n_bans if c.interactions[i].state != FREE else 0
    for i in range(c.offer_slots.used):
        offers += c.offers[i].state != FREE
        pending += c.offers[i].state == PENDING
    for i in range(c.assignment_slots.used):
        assignments += c.assignments[i].state != FREE
    expect(ended == c.ended_interactions.n, "something has ended and is not remembered")
    expect(offers - pending == c.ended_offers.n, "an offer has ended and is not remembered")
    expect(live == c.interaction_slots.used - c.interaction_slots.n_free, "the pool of interactions miscounts")
    expect(offers == c.offer_slots.used - c.offer_slots.n_free, "the pool of offers miscounts")
    expect(assignments == c.assignment_slots.used - c.assignment_slots.n_free, "the pool of assignments miscounts")
    expect(bans == c.ban_slots.used - c.ban_slots.n_free, "the pool of cool-downs miscounts")
    return 0


# ---------------------------------------------------------------------- work

cdef int check_interaction(Center *c, int32_t i) except -1:
    cdef Interaction *one = &c.interactions[i]
    cdef bint waits = one.state == I_WAITING
    cdef bint held = one.state == I_HELD or one.state == I_SCHEDULED
    expect((one.assignment >= 0) == (one.state == I_ASSIGNED), "assigned without an assignment, or the reverse")
    if one.assignment >= 0:
        same = c.assignments[one.assignment].interaction == i and c.assignments[one.assignment].state == A_ACTIVE
        expect(same, "assigned by a foreign assignment")
    expect(waits or held or one.clock < 0, "a clock runs without need")
    expect(not held or one.clock >= 0, "held for ever, or by nobody")
    if is_ended(one.state):
        expect(one.n_bans == 0 and one.extra < 0 and one.claim < 0, "what has ended holds on to something")
    expect(one.addressed >= 0 or one.addressed_until_ns == NONE, "nobody's, but until some moment")
    expect(1 <= one.n_visited <= MAX_VISITS, "too many queues visited, or none")
    expect(one.since_ns <= c.now_ns or one.state in (I_SCHEDULED, I_ABANDONED), "it waits since a later moment")
    expect(one.cell == c.queues[one.queue].cells[one.tier], "an interaction counts in a foreign cell")
    expect(0 <= one.step < c.queues[one.queue].n_steps or is_ended(one.state), "a step that its plan has not")
    expect(one.extra < 0 or c.requirements[one.extra].hash == one.extra_hash, "a foreign requirement of its own")
    if one.claim >= 0:
        expect(waits and c.agents[one.claim].claim == i, "a claim that is not mutual, or of one who does not wait")
    check_round(c, i)
    check_bans(c, i)
    check_place(c, i)
    if one.name.length:
        entry = names_find(&c.names, KIND_INTERACTION, one.name.text, one.name.length, one.name.hash)
        expect(entry != NULL and entry.value == handle_of(one.generation, i), "a name leads elsewhere")
    return 0


cdef int check_round(Center *c, int32_t i) except -1:
    """An interaction's offers: all pending, to different agents, in the order in which they were made."""
    cdef Interaction *one = &c.interactions[i]
    cdef int32_t offer = one.first_offer, before = -1
    cdef set agents = set()
    cdef int64_t seq = 0
    while offer >= 0:
        expect(c.offers[offer].state == PENDING and c.offers[offer].interaction == i, "lists a foreign offer")
        expect(c.offers[offer].previous_of_interaction == before, "a round of offers is linked wrongly")
        expect(c.offers[offer].seq > seq, "a round of offers is out of order")
        expect(c.offers[offer].agent not in agents, "offered twice to one agent")
        agents.add(c.offers[offer].agent)
        seq, before, offer = c.offers[offer].seq, offer, c.offers[offer].next_of_interaction
    expect(one.last_offer == before, "a round of offers ends elsewhere")
    expect((len(agents) > 0) == (one.state == I_OFFERED), "offered without an offer, or the other way round")
    expect(len(agents) <= MAX_SHARED, "offered to too many at once")
    expect(one.state == I_OFFERED or not one.round_missed, "a round without offers goes on")
    return 0


cdef int check_bans(Center *c, int32_t i) except -1:
    cdef Interaction *one = &c.interactions[i]
    cdef int32_t ban = one.first_ban
    cdef list ends = []
    while ban >= 0:
        ends.append(c.bans[ban].until_ns)
        ban = c.bans[ban].next
    expect(len(ends) == one.n_bans and one.n_bans <= 64, "cool-downs miscounted, or too many")
    expect((one.timer >= 0) == (one.n_bans > 0), "cool-downs without a timer, or the other way round")
    if one.timer >= 0:
        expect(c.timers[one.timer].deadline_ns == min(ends), "the cool-down timer is not at the earliest end")
    return 0


cdef int check_place(Center *c, int32_t i) except -1:
    """Who waits stands in a line or among an agent's own; who does not, nowhere."""
    cdef Interaction *one = &c.interactions[i]
    cdef int32_t place = c.line_places[i]
    cdef const RankHeap *heap
    cdef Rank rank
    expect((place >= 0) == (one.state == I_WAITING), "in a line without waiting, or the other way round")
    if place < 0:
        expect(one.line < 0, "in a line, and nowhere in it")
        return 0
    expect((one.line < 0) == (one.addressed >= 0), "in a line though it is somebody's, or the other way round")
    if place == LISTED:
        expect(one.line >= 0, "in the list of no line")
        return 0
    heap = &c.agents[one.addressed].addressed if one.line < 0 else &c.lines[one.line].late
    expect(place < heap.n and heap.entries[place].id == i, "another one stands in its place")
    rank = rank_of(c, i)
    same = (heap.entries[place].a, heap.entries[place].b, heap.entries[place].c, heap.entries[place].d)
    expect(same == (rank.a, rank.b, rank.c, rank.d), "it stands by a rank that it no longer has")
    return 0


cdef int check_offer(Center *c, int32_t i) except -1:
    cdef Offer *one = &c.offers[i]
    if one.state == PENDING:
        expect(one.timer >= 0 and c.timers[one.timer].deadline_ns == one.deadline_ns, "a pending offer has no deadline")
        expect(c.interactions[one.interaction].seq == one.interaction_seq, "an offer of a foreign interaction")
        expect(one.units == c.channels[one.channel].fields[CHANNEL_COST], "an offer of foreign units")
        expect(not one.taken and one.end_seq == 0, "an offer has ended and is pending")
    else:
        expect(one.timer < 0, "an offer that ended has a timer")
        expect((one.state == ACCEPTED) == (one.assignment_handle != 0), "accepted without an assignment, or reversed")
    return 0


cdef int check_assignment(Center *c, int32_t i) except -1:
    cdef Assignment *one = &c.assignments[i]
    expect(one.timer >= 0, "an assignment has no deadline")
    expect(one.units == c.channels[one.channel].fields[CHANNEL_COST], "an assignment of foreign units")
    expect(one.cell == c.queues[one.queue].cells[one.tier], "an assignment counts in a foreign cell")
    if one.state == A_ACTIVE:
        expect(c.interactions[one.interaction].assignment == i, "an assignment of a foreign interaction")
        expect(c.interactions[one.interaction].seq == one.interaction_seq, "an assignment of a foreign interaction")
    return 0


# ---------------------------------------------------------------------- agents

cdef int check_agent(Center *c, int32_t i) except -1:
    cdef Agent *a = &c.agents[i]
    cdef list held = [0] * c.n_channels, units = [0] * c.n_channels
    cdef int32_t total, preferring = 0
    count_offers(c, i, held, units)
    count_assignments(c, i, held, units)
    total = sum(units)
    expect(a.assigned_units + a.offered_units == total, "units miscounted")
    expect(held == [a.held[channel] for channel in range(c.n_channels)], "what is held is miscounted")
    expect(units == [a.held_units[channel] for channel in range(c.n_channels)], "units of channels miscounted")
    expect(burden(c, held, units) <= UNITS, "an agent holds more than it has")
    expect(a.load == a.assigned_units, "occupancy runs under a load that is not the agent's")
    expect(a.ready == (a.presence == AVAILABLE or total > 0), "readiness is wrong")
    expect(0 <= a.occupancy <= (<int64_t> 1 << 40), "occupancy outside 0..1")
    expect(a.presence not in (OFFLINE, NOT_READY) or a.n_offers == 0, "an agent who is not there has an offer")
    expect(a.presence != DRAINING or total > 0, "a drain without work has not ended")
    if a.presence == OFFLINE:
        expect(a.lease_timer < 0, "the lease of an agent who is gone goes on")
        expect((a.grace_timer >= 0) == (a.first_assignment >= 0), "work is held for an agent who is gone, for ever")
    else:
        expect(a.grace_timer < 0, "grace for an agent who is there")
    expect(a.claim < 0 or c.interactions[a.claim].claim == i, "a claim that is not mutual")
    expect(a.fits == fits_from_scratch(c, i, held, units), "what an agent may be offered is wrong")
    expect(a.indexed == (a.fits if a.claim < 0 else 0), "the indices of available agents are wrong")
    expect(rank_is_sound(&a.addressed, c.line_places), "an agent's own interactions are not a heap")
    for place in range(a.addressed.n):
        one = &c.interactions[a.addressed.entries[place].id]
        preferring += one.addressed_until_ns != NONE
        expect(one.state == I_WAITING and one.addressed == i, "an agent has an interaction that is not theirs")
    expect(preferring == a.n_preferring, "those who would rather have this agent miscounted")
    return 0


cdef int count_offers(Center *c, int32_t i, list held, list units) except -1:
    cdef Agent *a = &c.agents[i]
    cdef int32_t one = a.first_offer, before = -1, count = 0, total = 0
    while one >= 0:
        expect(c.offers[one].state == PENDING and c.offers[one].agent == i, "an agent lists a foreign offer")
        expect(c.offers[one].previous_of_agent == before, "an agent's offers are linked wrongly")
        held[c.offers[one].channel] += 1
        units[c.offers[one].channel] += c.offers[one].units
        total += c.offers[one].units
        count += 1
        before, one = one, c.offers[one].next_of_agent
    expect(a.last_offer == before, "an agent's offers end elsewhere")
    expect(count == a.n_offers, "open offers miscounted")
    expect(total == a.offered_units, "offered units miscounted")
    return 0


cdef int count_assignments(Center *c, int32_t i, list held, list units) except -1:
    cdef Agent *a = &c.agents[i]
    cdef int32_t one = a.first_assignment, before = -1, active = 0, exclusive = 0, total = 0
    while one >= 0:
        expect(c.assignments[one].state != FREE and c.assignments[one].agent == i, "a foreign assignment")
        expect(c.assignments[one].previous_of_agent == before, "an agent's assignments are linked wrongly")
        held[c.assignments[one].channel] += 1
        units[c.assignments[one].channel] += c.assignments[one].units
        total += c.assignments[one].units
        active += c.assignments[one].state == A_ACTIVE
        if c.assignments[one].state == A_WRAP_UP:
            exclusive += c.channels[c.assignments[one].channel].fields[CHANNEL_EXCLUSIVE_WRAP_UP] != 0
        before, one = one, c.assignments[one].next_of_agent
    expect(a.last_assignment == before, "an agent's assignments end elsewhere")
    expect(active == a.n_active, "active assignments miscounted")
    expect(exclusive == a.n_exclusive, "exclusive wrap-ups miscounted")
    expect(total == a.assigned_units, "assigned units miscounted")
    return 0


cdef object burden(Center *c, list held, list units):
    """Return the units of everything held that nothing else held may interrupt."""
    cdef uint32_t shielded = 0
    cdef int channel
    for channel in range(c.n_channels):
        if held[channel]:
            shielded |= c.channels[channel].interrupts
    return sum([units[channel] for channel in range(c.n_channels) if not shielded >> channel & 1])


cdef uint32_t fits_from_scratch(Center *c, int32_t i, list held, list units):
    """Return on which channels the agent may be offered something, claims aside, from what is held."""
    cdef Agent *a = &c.agents[i]
    cdef uint32_t fits = 0
    cdef int channel
    if a.presence != AVAILABLE or a.n_offers >= a.max_open_offers or a.n_exclusive:
        return 0
    for channel in range(c.n_channels):
        most = c.channels[channel].fields[CHANNEL_MOST]
        if a.limits[channel] != NO_LIMIT:
            most = min(most, a.limits[channel])
        stays = ~c.channels[channel].interrupts
        in_the_way = sum([units[other] for other in range(c.n_channels) if stays >> other & 1])
        if held[channel] < most and in_the_way + c.channels[channel].fields[CHANNEL_COST] <= UNITS:
            fits |= <uint32_t> 1 << channel
    return fits


cdef int check_sides(Center *c) except -1:
    """Everything that is pending or assigned is in its agent's list: both sides count the same."""
    cdef int32_t i, offers = 0, assignments = 0, addressed = 0, in_queues = 0, before
    for i in range(c.offer_slots.used):
        offers += c.offers[i].state == PENDING
    for i in range(c.assignment_slots.used):
        assignments += c.assignments[i].state != FREE
    for i in range(c.interaction_slots.used):
        addressed += c.interactions[i].state == I_WAITING and c.interactions[i].addressed >= 0
    for i in range(c.n_queues):
        one, before = c.queues[i].first_addressed, -1
        while one >= 0:
            expect(c.interactions[one].queue == i, "a queue's list of what is certain agents' has a stranger")
            expect(c.interactions[one].state == I_WAITING and c.interactions[one].addressed >= 0, "or nobody's")
            expect(c.line_links[one].previous == before, "that list is linked wrongly")
            in_queues, before, one = in_queues + 1, one, c.line_links[one].next
    expect(in_queues == addressed, "an interaction is missing from its queue's list of what is certain agents'")
    for i in range(c.n_agents):
        offers -= c.agents[i].n_offers
        addressed -= c.agents[i].addressed.n
        one = c.agents[i].first_assignment
        while one >= 0:
            assignments -= 1
            one = c.assignments[one].next_of_agent
    expect(offers == 0, "an offer is missing from its agent")
    expect(assignments == 0, "an assignment is missing from its agent")
    expect(addressed == 0, "an interaction is missing from the agent whose it is")
    return 0


cdef int check_pool(Center *c) except -1:
    """The occupancies of all who are ready, summed."""
    cdef int64_t count = 0, load = 0, handled = 0
    cdef int32_t i
    for i in range(c.n_agents):
        if c.agents[i].ready:
            count += 1
            load += load_share(c.agents[i].load)
            handled += c.agents[i].handled
    expect(c.pool.count == count, "the pool counts others than those who are ready")
    expect(c.pool.load == load and c.pool.handled == handled, "the pool sums something else")
    expect(count or c.pool.value == 0, "an empty pool holds something")
    return 0


# ---------------------------------------------------------------------- counts, timers, names

cdef int check_counts(Center *c) except -1:
    """Hold every gauge against a count from scratch."""
    cdef int32_t i
    cdef list cells = [[0] * (I_REJECTED + 1) for _ in range(c.n_cells)]
    cdef list queued = [0] * c.n_queues, counted
    for i in range(c.interaction_slots.used):
        one = &c.interactions[i]
        if one.state != FREE:
            cells[one.cell][one.state] += 1
            queued[one.queue] += one.state in (I_WAITING, I_OFFERED)
    for i in range(c.n_cells):
        cell, counted = &c.cells[i], cells[i]
        expect(cell.standing[I_WAITING] == counted[I_WAITING], "a cell's gauge of the waiting is wrong")
        expect(cell.standing[I_OFFERED] == counted[I_OFFERED], "a cell's gauge of the offered is wrong")
        expect(cell.standing[I_ASSIGNED] == counted[I_ASSIGNED], "a cell's gauge of the active is wrong")
        expect(cell.standing[I_HELD] == counted[I_HELD], "a cell's gauge of the held is wrong")
        expect(cell.standing[I_SCHEDULED] == counted[I_SCHEDULED], "a cell's gauge of the scheduled is wrong")
    for i in range(c.n_queues):
        expect(c.queues[i].queued == queued[i], "a queue's length is wrong")
    return 0


cdef int armed(Center *c, dict owners, int32_t timer, int32_t kind, int32_t owner) except -1:
    """Note whose a timer is, if there is one; no two may have the same."""
    if timer < 0:
        return 0
    expect(timer not in owners, "a timer has two owners")
    expect(c.timers[timer].kind == kind, "a timer of another kind than its owner believes")
    expect(c.timers[timer].arming_seq <= c.armings, "a timer was armed in the future")
    owners[timer] = owner
    return 0


cdef dict timers_by_owner(Center *c):
    """Return timer slot -> owner; a gate's is queue * 64 + step."""
    cdef int32_t i, step
    cdef dict owners = {}
    for i in range(c.interaction_slots.used):
        one = &c.interactions[i]
        if one.state != FREE:
            armed(c, owners, one.timer, TIMER_COOL_DOWN, i)
            armed(c, owners, one.clock, TIMER_PLAN if one.state == I_WAITING else TIMER_HOLD, i)
    for i in range(c.offer_slots.used):
        if c.offers[i].state != FREE:
            armed(c, owners, c.offers[i].timer, TIMER_OFFER, i)
    for i in range(c.assignment_slots.used):
        if c.assignments[i].state != FREE:
            kind = TIMER_HANDLE if c.assignments[i].state == A_ACTIVE else TIMER_WRAP_UP
            armed(c, owners, c.assignments[i].timer, kind, i)
    for i in range(c.n_agents):
        armed(c, owners, c.agents[i].lease_timer, TIMER_LEASE, i)
        armed(c, owners, c.agents[i].grace_timer, TIMER_GRACE, i)
    for i in range(c.n_queues):
        for step in range(c.queues[i].n_steps):
            armed(c, owners, c.queues[i].plan[step].gate_timer, TIMER_GATE, i * 64 + step)
    return owners


cdef int check_timers(Center *c) except -1:
    """Every timer that is armed has one owner who knows it, and stands among the deadlines by its own, or in a lane."""
    cdef dict owners = timers_by_owner(c)
    cdef int32_t i, slot, before, armed_ = 0, last
    cdef int32_t[N_LANES] in_lane
    memset(in_lane, 0, sizeof(in_lane))
    expect(rank_is_sound(&c.deadlines, c.deadline_places), "the deadlines are not a heap")
    for i in range(c.deadlines.n):
        slot = c.deadlines.entries[i].id
        expect(slot in owners, "a timer outlives its owner")
        expect(owners[slot] == c.timers[slot].owner, "a timer believes that it is another's")
        expect(c.deadlines.entries[i].a == c.timers[slot].deadline_ns, "a timer stands by another deadline")
        expect(c.deadlines.entries[i].b == c.timers[slot].arming_seq, "a timer stands by another arming")
        expect(c.timers[slot].previous < 0, "a timer that stands behind another is in the heap")
        before, last = -1, -1
        while slot >= 0:
            armed_ += 1
            expect(slot in owners and owners[slot] == c.timers[slot].owner, "a timer in a lane is another's")
            expect(c.timers[slot].previous == before, "a lane's links disagree")
            if before >= 0:
                expect(c.timers[slot].lane == c.timers[before].lane, "a timer follows one of another lane")
                expect(c.timers[slot].deadline_ns >= c.timers[before].deadline_ns, "a lane is out of order")
                expect(c.timers[slot].arming_seq > c.timers[before].arming_seq, "a lane is out of order")
            if c.timers[slot].lane >= 0:
                in_lane[c.timers[slot].lane] += 1
                last = slot
            before, slot = slot, c.timers[slot].next
        if last >= 0:
            expect(c.lanes[c.timers[last].lane].last == last, "a lane's last is another")
            expect(c.lanes[c.timers[last].lane].last_ns == c.timers[last].deadline_ns, "a lane ends at another time")
    expect(armed_ == len(owners), "a timer outlives its owner, or is not armed")
    expect(c.timer_slots.used - c.timer_slots.n_free == armed_, "the pool of timers miscounts")
    for i in range(N_LANES):
        expect(c.lanes[i].n == in_lane[i], "a lane miscounts")
    return 0


cdef int check_name(Center *c, int32_t kind, const Name *name, int32_t slot) except -1:
    cdef NameEntry *entry = names_find(&c.names, kind, name.text, name.length, name.hash)
    expect(entry != NULL and entry.value == slot, "a name leads elsewhere, or nowhere")
    return 0


cdef int check_names(Center *c) except -1:
    """Every name leads to what has it, and there are no others in the table."""
    cdef int32_t i
    cdef int64_t n = c.n_skills + c.n_reasons + c.n_tiers + c.n_channels + c.n_queues + c.n_agents
    for i in range(c.n_skills):
        check_name(c, KIND_SKILL, &c.skills[i].name, i)
    for i in range(c.n_reasons):
        check_name(c, KIND_REASON, &c.reasons[i], i)
    for i in range(c.n_tiers):
        check_name(c, KIND_TIER, &c.tiers[i].name, i)
    for i in range(c.n_channels):
        check_name(c, KIND_CHANNEL, &c.channels[i].name, i)
    for i in range(c.n_queues):
        check_name(c, KIND_QUEUE, &c.queues[i].name, i)
    for i in range(c.n_agents):
        check_name(c, KIND_AGENT, &c.agents[i].name, i)
    for i in range(c.interaction_slots.used):
        n += c.interactions[i].state != FREE and c.interactions[i].name.length > 0
    n += c.requirement_slots.used - c.requirement_slots.n_free
    n += c.group_slots.used - c.group_slots.n_free
    n += c.demand_slots.used - c.demand_slots.n_free
    expect(c.names.n == n, "a name is left over from something that is gone")
    expect(c.requests.n == c.n_answers, "a request is left over from an answer that is gone")
    return 0


cdef int check_customers(Center *c) except -1:
    """The list of customers: the oldest first, each found by their bytes."""
    cdef int32_t slot = c.first_customer, before = -1, count = 0
    cdef int64_t number = 0
    while slot >= 0:
        one = &c.customers[slot]
        expect(one.previous == before, "the list of customers is linked wrongly")
        expect(one.number > number, "the list of customers is out of order")
        expect(one.hash == customer_hash(c, one), "a customer's hash is not theirs")
        expect(customer_find(c, one.high, one.low) == one.agent, "a customer is not found, or another is")
        number, before, slot, count = one.number, slot, one.next, count + 1
    expect(c.last_customer == before and c.n_customers == count, "the list of customers ends elsewhere")
    expect(c.known_customers.n == count, "a customer is left over in the table")
    expect(c.customer_slots.used - c.customer_slots.n_free == count, "the pool of customers miscounts")
    return 0
