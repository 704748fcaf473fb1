# cython: cdivision=True
"""The invariants of the compiled router: for tests and for operators who suspect something."""

from libc.stdint cimport int32_t, int64_t

from .digest cimport hash_from_scratch, state_hash
from .heap cimport agent_is_sound, rank_is_sound
from .law cimport *
from .match cimport is_available, may_serve
from .model cimport *
from .names cimport names_find


cdef int expect(bint good, str wrong) except -1:
    if not good:
        raise AssertionError(wrong)
    return 0


cdef int check(Center *c) except -1:
    """Raise AssertionError, saying what is wrong, unless everything holds."""
    cdef int32_t i
    for i in range(c.interaction_slots.used):
        if c.interactions[i].state != FREE:
            check_interaction(c, i)
    for i in range(c.offer_slots.used):
        if c.offers[i].state == PENDING:
            expect(c.offers[i].timer >= 0, "a pending offer has no deadline")
            expect(c.timers[c.offers[i].timer].owner == i, "an offer's timer belongs to somebody else")
        else:
            expect(c.offers[i].timer < 0, "an offer that ended has a timer")
    for i in range(c.assignment_slots.used):
        if c.assignments[i].state != FREE:
            expect(c.assignments[i].timer >= 0, "an assignment has no deadline")
    for i in range(c.n_agents):
        check_agent(c, i)
    check_index(c)
    check_lines(c)
    check_counts(c)
    check_pairing(c)
    expect(rank_is_sound(&c.deadlines, c.deadline_places), "the deadlines are not a heap")
    expect(state_hash(c) == hash_from_scratch(c), "the hash kept differs from the hash from scratch")
    return 0


cdef int check_interaction(Center *c, int32_t i) except -1:
    cdef Interaction *one = &c.interactions[i]
    cdef bint in_line = c.line_places[i] >= 0
    cdef int32_t ban = one.first_ban, bans = 0
    cdef int64_t first_ns = -1
    expect(in_line == (one.state == I_WAITING), "in a line without waiting, or the other way round")
    expect((one.first_offer >= 0) == (one.state == I_OFFERED), "offered without an offer, or the other way round")
    expect((one.assignment >= 0) == (one.state == I_ASSIGNED), "assigned without an assignment, or the reverse")
    expect(one.woken == 0, "woken outside a command")
    while ban >= 0:
        bans += 1
        if first_ns < 0 or c.bans[ban].until_ns < first_ns:
            first_ns = c.bans[ban].until_ns
        ban = c.bans[ban].next
    expect(bans == one.n_bans, "cool-downs miscounted")
    expect((one.timer >= 0) == (bans > 0), "cool-downs without a timer, or the other way round")
    if one.timer >= 0:
        expect(c.timers[one.timer].deadline_ns == first_ns, "the cool-down timer is not at the earliest end")
    if one.state >= I_COMPLETED:
        expect(bans == 0, "an interaction that ended cools down")
    if one.name.length:
        entry = names_find(&c.names, KIND_INTERACTION, one.name.text, one.name.length, one.name.hash) != NULL
        expect(entry, "an interaction's name is not in the table")
    return 0


cdef int check_agent(Center *c, int32_t i) except -1:
    cdef Agent *a = &c.agents[i]
    cdef int32_t one = a.first_offer, offers = 0, assignments = 0, active = 0
    while one >= 0:
        expect(c.offers[one].state == PENDING and c.offers[one].agent == i, "an agent lists a foreign offer")
        offers += 1
        one = c.offers[one].next_of_agent
    one = a.first_assignment
    while one >= 0:
        expect(c.assignments[one].state != FREE and c.assignments[one].agent == i, "a foreign assignment")
        assignments += 1
        active += c.assignments[one].state == A_ACTIVE
        one = c.assignments[one].next_of_agent
    expect(offers == a.n_offers and offers <= a.max_open_offers, "open offers miscounted or too many")
    expect(active == a.n_active, "active assignments miscounted")
    expect(a.offered_units == offers * VOICE_COST and a.assigned_units == assignments * VOICE_COST, "units miscounted")
    expect(a.offered_units + a.assigned_units <= UNITS, "an agent holds more than it has")
    expect(a.load == a.assigned_units, "occupancy runs under a load that is not the agent's")
    expect(a.ready == (a.presence == AVAILABLE or offers + assignments > 0), "readiness is wrong")
    expect(0 <= a.occupancy <= (<int64_t> 1 << 40), "occupancy outside 0..1")
    expect(a.presence not in (OFFLINE, NOT_READY) or offers == 0, "an agent who is not there has an offer")
    expect(a.presence != DRAINING or offers + assignments > 0, "a drain without work has not ended")
    if a.presence == OFFLINE:
        expect((a.grace_timer >= 0) == (assignments > 0), "work is held for an agent who is gone, for ever")
    expect(a.touched == 0 and a.candidate == 0, "an agent is left over from pairing")
    expect(a.indexed == is_available(c, i), "the index of available agents is wrong")
    return 0


cdef int check_index(Center *c) except -1:
    cdef int32_t g, s, a, words = c.groups_capacity // 64
    cdef int32_t count
    cdef bint bit
    for s in range(1, N_STRATEGIES):
        if not c.strategy_used[s]:
            continue
        for g in range(c.n_groups):
            heap_is_sound = agent_is_sound(&c.groups[g].available[s], c.agent_places + <size_t> s * c.agents_capacity)
            expect(heap_is_sound, "a group's available agents are not a heap")
            bit = (c.available_groups[s * words + (g >> 6)] >> (g & 63)) & 1
            expect(bit == (c.groups[g].available[s].n > 0), "a group's bit is wrong")
            count = 0
            for a in range(c.n_agents):
                count += c.agents[a].group == g and c.agents[a].indexed
            expect(count == c.groups[g].available[s].n, "a group's heap has too few or too many")
    for g in range(c.n_groups):
        count = 0
        for a in range(c.n_agents):
            count += c.agents[a].group == g and c.agents[a].ready
        expect(count == c.groups[g].pool.count, "a pool counts others than its ready members")
        if count == 0:
            expect(c.groups[g].pool.value == 0 and c.groups[g].pool.load == 0, "an empty pool holds something")
    return 0


cdef int check_lines(Center *c) except -1:
    cdef int32_t line, r, i, waiting
    cdef Requirement *requirement
    for line in range(c.n_lines):
        expect(rank_is_sound(&c.lines[line].heap, c.line_places), "a line is not a heap")
        expect(c.lines[line].heap.n <= c.lines[line].live <= c.lines[line].heap.capacity, "a line lacks room")
        expect((c.top_places[line] >= 0) == (c.lines[line].heap.n > 0), "a line is missing from its requirement")
    for r in range(c.n_requirements):
        requirement = &c.requirements[r]
        expect(rank_is_sound(&requirement.lines, c.top_places), "a requirement's lines are not a heap")
        waiting = 0
        for i in range(requirement.lines.n):
            line = requirement.lines.entries[i].id
            expect(c.lines[line].requirement == r, "a line under a foreign requirement")
            same = requirement.lines.entries[i].d == c.lines[line].heap.entries[0].d
            expect(same, "a line ranks by somebody who is not its first")
            waiting += c.lines[line].heap.n
        expect((waiting > 0) == (requirement.filed_under != -2), "filed without anybody waiting, or the reverse")
        if requirement.filed_under >= 0:
            i = c.skills[requirement.filed_under].filed[requirement.filed_at]
            expect(i == r, "filed in another's place")
        elif requirement.filed_under == -1:
            expect(c.common.slots[requirement.filed_at] == r, "filed in another's place")
    return 0


cdef int check_counts(Center *c) except -1:
    """Hold every gauge against a count from scratch."""
    cdef int32_t i, cell, queue
    cdef list waiting = [0] * c.n_cells, offered = [0] * c.n_cells, active = [0] * c.n_cells
    cdef list queued = [0] * c.n_queues
    for i in range(c.interaction_slots.used):
        cell, queue = c.interactions[i].cell, c.interactions[i].queue
        if c.interactions[i].state == I_WAITING:
            waiting[cell] += 1
            queued[queue] += 1
        elif c.interactions[i].state == I_OFFERED:
            offered[cell] += 1
            queued[queue] += 1
        elif c.interactions[i].state == I_ASSIGNED:
            active[cell] += 1
    for i in range(c.n_cells):
        same = c.cells[i].waiting == waiting[i] and c.cells[i].offered == offered[i] and c.cells[i].active == active[i]
        expect(same, "a cell's gauges are wrong")
    for i in range(c.n_queues):
        expect(c.queues[i].queued == queued[i], "a queue's length is wrong")
    return 0


cdef int check_pairing(Center *c) except -1:
    """Work conservation: no pair is left that may be made."""
    cdef int32_t i, a
    for a in range(c.n_agents):
        if not is_available(c, a):
            continue
        for i in range(c.interaction_slots.used):
            if c.interactions[i].state == I_WAITING and may_serve(c, a, i):
                raise AssertionError(f"agent {a} may serve interaction {c.interactions[i].seq}, and does not")
    return 0
