# cython: cdivision=True
"""Groups, requirements, lines and demands, held to the definitions and the interactions that they index."""

from libc.stdint cimport int32_t, int64_t

from .check cimport expect
from .digest cimport group_signature_hash, requirement_hash
from .hashing cimport name_hash
from .heap cimport AgentHeap, AgentKey, Rank, agent_is_sound, rank_is_sound
from .law cimport *
from .model cimport *
from .names cimport names_find
from .occupancy cimport load_share
from .require cimport has_bit, words_of_groups


cdef int check_key(Center *c, int32_t kind, const char *key, int32_t length, int32_t slot) except -1:
    """What is interned is found by its key."""
    entry = names_find(&c.names, kind, key, length, name_hash(key, length))
    expect(entry != NULL and entry.value == slot, "something interned is not found by its key")
    return 0


# ---------------------------------------------------------------------- requirements

cdef object levels_of(Center *c, int32_t group):
    """Return skill -> level of a group."""
    return {c.groups[group].skills[i].skill: c.groups[group].skills[i].level for i in range(c.groups[group].n_skills)}


cdef bint is_met(const Requirement *one, dict levels):
    """Say whether somebody with these skills may serve, clause by clause."""
    cdef int32_t i = 0, clause
    for clause in range(one.n_clauses):
        met = False
        while i < one.ends[clause]:
            met = met or levels.get(one.skills[i].skill, 0) >= one.skills[i].level
            i += 1
        if not met:
            return False
    while i < one.end_of_excluded:
        if levels.get(one.skills[i].skill, 0) >= one.skills[i].level:
            return False
        i += 1
    return True


cdef int check_requirements(Center *c) except -1:
    """Who asks for a requirement holds it; its bits say which groups satisfy it."""
    cdef int32_t i, g, live = 0
    cdef list references = [0] * c.requirement_slots.used
    for i in range(c.n_queues):
        for step in range(c.queues[i].n_steps):
            references[c.queues[i].plan[step].requirement] += 1
    for i in range(c.interaction_slots.used):
        if c.interactions[i].state != FREE and c.interactions[i].extra >= 0:
            references[c.interactions[i].extra] += 1
    cdef list levels = [levels_of(c, g) for g in range(c.group_slots.used)]
    for i in range(c.requirement_slots.used):
        one = &c.requirements[i]
        expect(one.references == references[i], "a requirement's references are miscounted")
        expect((one.key != NULL) == (one.references > 0), "a requirement that nobody asks for, or a lost one")
        if one.key == NULL:
            continue
        live += 1
        check_key(c, KIND_REQUIREMENT, one.key, one.key_length, i)
        expect(one.hash == requirement_hash(c, i), "a requirement's hash is not its own")
        expect(not one.marked, "a mark is left over on a requirement")
        for g in range(c.group_slots.used):
            satisfies = c.groups[g].members > 0 and is_met(one, levels[g])
            expect(has_bit(one.groups, g) == satisfies, "a group is wrongly said to satisfy a requirement")
    expect(live == c.n_requirements, "the requirements that live are miscounted")
    return 0


# ---------------------------------------------------------------------- groups

cdef int check_groups(Center *c) except -1:
    """Every group against its members, then every index of available agents."""
    cdef int32_t g, a, i
    cdef list members = [[] for _ in range(c.group_slots.used)]
    cdef list skilled = [0] * c.n_skills
    for a in range(c.n_agents):
        g = c.agents[a].group
        members[g].append(a)
        for i in range(c.groups[g].n_skills):
            skilled[c.groups[g].skills[i].skill] += 1
    for i in range(c.n_skills):
        expect(c.skills[i].agents == skilled[i], "how many agents have a skill is miscounted")
    for g in range(c.group_slots.used):
        expect(c.groups[g].members == len(members[g]), "a group miscounts its members")
        check_group_bits(c, g)
        if members[g]:
            check_group(c, g, members[g])
        else:
            expect(c.groups[g].key == NULL and c.groups[g].hash == 0, "a group without members is kept")
    check_kinds(c)
    for i in range(c.n_kinds):
        check_kind(c, i, members)
    return 0


cdef int check_group_bits(Center *c, int32_t g) except -1:
    """The bits by group: who has the channel, where somebody is signed in, where somebody is available."""
    cdef Group *group = &c.groups[g]
    cdef int32_t words = words_of_groups(c), i
    cdef bint has
    expect(has_bit(c.staffed_groups, g) == (group.signed_in > 0), "a group's bit of the signed-in is wrong")
    for i in range(c.n_channels):
        has = group.members > 0 and not group.lacks >> i & 1
        expect(has_bit(c.channel_groups + <size_t> i * words, g) == has, "a group's bit of a channel is wrong")
    for i in range(c.n_kinds):
        has = group.n_kinds > i and group.available[i].n > 0
        expect(has_bit(c.available_groups + <size_t> i * words, g) == has, "a group's bit of the available is wrong")
    return 0


cdef int check_group(Center *c, int32_t g, list members) except -1:
    cdef Group *group = &c.groups[g]
    cdef int64_t count = 0, load = 0, handled = 0
    cdef int32_t a, i, signed_in = 0, at_hand = 0
    for a in members:
        at_hand += c.agents[a].presence == AVAILABLE
        signed_in += c.agents[a].presence != OFFLINE
        if c.agents[a].ready:
            count += 1
            load += load_share(c.agents[a].load)
            handled += c.agents[a].handled
        for i in range(c.n_channels):
            lacks = group.lacks >> i & 1
            expect((c.agents[a].limits[i] == 0) == lacks, "an agent of a group lacks other channels")
    expect(group.signed_in == signed_in, "a group miscounts those who are signed in")
    expect(group.at_hand == at_hand, "a group miscounts those who are AVAILABLE")
    expect(group.pool.count == count, "a pool counts others than its ready members")
    expect(group.pool.load == load and group.pool.handled == handled, "a pool sums something else")
    expect(count or group.pool.value == 0, "an empty pool holds something")
    expect(group.n_kinds == c.n_kinds, "a group lacks indices that are in use")
    check_key(c, KIND_GROUP, group.key, group.key_length, g)
    same = group.group_hash == group_signature_hash(c, group.skills, group.n_skills, <int> group.lacks)
    expect(same, "a group's hash is not that of its signature")
    return 0


cdef int check_kinds(Center *c) except -1:
    """The numbers of the indices in use."""
    cdef int32_t i, used = 0
    for i in range(N_KINDS):
        if c.kind_of[i] >= 0:
            used += 1
            expect(c.kind_of[i] < c.n_kinds and c.kinds[c.kind_of[i]] == i, "an index goes by two numbers")
    expect(used == c.n_kinds, "an index is in use that has no number")
    return 0


cdef int check_kind(Center *c, int32_t kind, list members) except -1:
    """One index: each group's heap holds its agents who are in it, by keys that still hold."""
    cdef const int32_t *places = c.agent_places + <size_t> kind * c.agents_capacity
    cdef int32_t channel = c.kinds[kind] // N_INNER_ORDERS, g, a, i, count
    cdef const AgentHeap *heap
    for g in range(c.group_slots.used):
        if c.groups[g].members == 0:
            continue
        heap = &c.groups[g].available[kind]
        expect(agent_is_sound(heap, places), "a group's available agents are not a heap")
        count = 0
        for a in members[g]:
            is_in = c.agents[a].indexed >> channel & 1
            expect((places[a] >= 0) == is_in, "an agent is in an index, and not in it")
            expect(not is_in or heap.entries[places[a]].id == a, "another agent stands in the place of one")
            count += is_in
        expect(count == heap.n <= heap.capacity, "a group's heap has too few or too many")
        for i in range(heap.n):
            check_agent_key(c, &heap.entries[i], c.kinds[kind] % N_INNER_ORDERS)
    return 0


cdef int check_agent_key(Center *c, const AgentKey *key, int32_t order) except -1:
    cdef Agent *a = &c.agents[key.id]
    cdef bint same = key.idle_mark_ns == a.idle_mark_ns and key.sign_in_seq == a.sign_in_seq
    if order == BY_OCCUPANCY:
        same = same and key.units == a.assigned_units + a.offered_units and key.load == a.load
    elif order == BY_HANDLED:
        same = same and key.units == a.handled
    elif order == BY_LAST_OFFER:
        same = same and key.units == a.last_offer_seq
    return expect(same, "an agent stands by a key that they no longer have")


# ---------------------------------------------------------------------- lines

cdef int32_t requirement_in_force(Center *c, int32_t queue, int32_t step):
    """Return the requirement of the latest step begun that states one and whose gate is open."""
    cdef const Step *plan = c.queues[queue].plan
    while plan[step].fields[STEP_MOVE_TO] != NONE or plan[step].fields[STEP_KEEPS] or not plan[step].is_open:
        step -= 1
    return plan[step].requirement


cdef list lines_of_cells(Center *c):
    """Return every line that a cell has; none may have two."""
    cdef int32_t queue, tier, cell, line
    cdef list lines = []
    cdef set cells = set()
    for queue in range(c.n_queues):
        for tier in range(c.queues[queue].n_cells):
            cell = c.queues[queue].cells[tier]
            if cell < 0:
                continue
            expect(cell not in cells, "two queues share a cell")
            cells.add(cell)
            line = c.cells[cell].first_line
            while line >= 0:
                expect(c.lines[line].queue == queue and c.lines[line].cell == cell, "a line in a foreign cell")
                lines.append(line)
                line = c.lines[line].next
    expect(len(cells) == c.n_cells, "a cell belongs to nobody")
    expect(len(set(lines)) == len(lines), "a line is in two cells")
    return lines


cdef int check_lines(Center *c) except -1:
    """Every line of a cell, and that all who wait and are nobody's stand in one."""
    cdef int32_t line, i, waiting = 0
    cdef list lines = lines_of_cells(c)
    expect(len(lines) == c.line_slots.used - c.line_slots.n_free, "the pool of lines miscounts")
    for line in lines:
        check_line(c, line)
        waiting += c.lines[line].heap.n
    for i in range(c.interaction_slots.used):
        waiting -= c.interactions[i].state == I_WAITING and c.interactions[i].addressed < 0
    expect(waiting == 0, "somebody waits in no line")
    return 0


cdef int check_line(Center *c, int32_t line) except -1:
    cdef Line *of = &c.lines[line]
    cdef Demand *demand = &c.demands[of.demand]
    cdef int32_t i
    expect(0 <= of.demand < c.demand_slots.used and demand.n_lines > 0, "a line under a demand that is gone")
    expect(not of.is_woken, "a line is left over from a command")
    expect(0 <= of.step < c.queues[of.queue].n_steps, "a line of a step that its plan has not")
    wanted = (requirement_in_force(c, of.queue, of.step), of.extra, c.queues[of.queue].fields[CHANNEL])
    expect((demand.key[0], demand.key[1], demand.key[2]) == wanted, "a line under a foreign demand")
    expect(rank_is_sound(&of.heap, c.line_places), "a line is not a heap")
    expect((c.top_places[line] >= 0) == (of.heap.n > 0), "a line is missing from its demand")
    for i in range(of.heap.n):
        one = &c.interactions[of.heap.entries[i].id]
        expect(one.line == line and one.state == I_WAITING, "somebody in a line who is not there")
        expect(one.queue == of.queue and one.cell == of.cell, "somebody in a line of another queue")
        same = one.priority == of.priority and one.step == of.step and one.extra == of.extra
        expect(same, "somebody in the line of others")
    return 0


# ---------------------------------------------------------------------- demands

cdef int check_demands(Center *c) except -1:
    """Every demand against its lines, and where it is filed."""
    cdef int32_t i, live = 0, filings = 0
    cdef list counts = [[0, 0, 0] for _ in range(c.demand_slots.used)]
    for i in lines_of_cells(c):
        counted = counts[c.lines[i].demand]
        counted[0] += 1
        counted[1] += c.queues[c.lines[i].queue].fields[RESERVE] > 0
        counted[2] += c.lines[i].heap.n > 0
    for i in range(c.demand_slots.used):
        one = &c.demands[i]
        expect([one.n_lines, one.n_reserved, one.lines.n] == counts[i], "a demand miscounts its lines")
        expect((one.key != NULL) == (one.n_lines > 0), "a demand that nobody makes, or a lost one")
        if one.key != NULL:
            live += 1
            filings += one.n_filings
            check_demand(c, i)
    expect(live == c.demand_slots.used - c.demand_slots.n_free, "the pool of demands miscounts")
    for i in range(c.n_skills):
        filings -= c.skills[i].n_filed
    expect(filings == c.n_common, "a demand is filed where it does not know of it")
    return 0


cdef int check_demand(Center *c, int32_t i) except -1:
    cdef Demand *one = &c.demands[i]
    cdef const Rank *first
    cdef int32_t f, line
    cdef set under = set()
    check_key(c, KIND_DEMAND, <const char *> one.key, 3 * <int32_t> sizeof(int32_t), i)
    expect(rank_is_sound(&one.lines, c.top_places), "a demand's lines are not a heap")
    for f in range(one.lines.n):
        line = one.lines.entries[f].id
        expect(c.lines[line].demand == i, "a line under a foreign demand")
        first = &c.lines[line].heap.entries[0]
        same = one.lines.entries[f].d == first.d and one.lines.entries[f].b == first.b
        expect(same and one.lines.entries[f].a == first.a, "a line ranks by somebody who is not its first")
    expect(one.is_filed == (one.lines.n > 0), "filed without anybody waiting, or the reverse")
    expect((one.n_filings > 0) == one.is_filed, "filed nowhere, or without need")
    for f in range(one.n_filings):
        under.add(one.filings[f].skill)
        filed = c.common if one.filings[f].skill < 0 else c.skills[one.filings[f].skill].filed
        filed += one.filings[f].place
        expect(filed.demand == i and filed.filing == f, "filed in another's place")
    if one.is_filed:
        check_is_found(c, i, under)
    return 0


cdef int check_is_found(Center *c, int32_t i, set under) except -1:
    """Every group that may serve a demand finds it: among the common ones, or under a skill that it has."""
    cdef Demand *one = &c.demands[i]
    cdef int32_t g
    for g in range(c.group_slots.used):
        if c.groups[g].members == 0 or not is_met(&c.requirements[one.key[0]], levels_of(c, g)):
            continue
        if one.key[1] < 0 or is_met(&c.requirements[one.key[1]], levels_of(c, g)):
            expect(-1 in under or under & set(levels_of(c, g)), "somebody who may serve a demand does not find it")
    return 0
