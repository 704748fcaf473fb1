# cython: cdivision=True
"""Groups, requirements, lines and demands, held to the definitions and the interactions that they index."""

from libc.stdint cimport int32_t, int64_t, uint64_t

from .available cimport make_key
from .check cimport expect
from .digest cimport group_signature_hash, requirement_hash
from .grades cimport grades_are_sound
from .hashing cimport name_hash
from .heap cimport ARITY, AgentHeap, AgentKey, Rank, RankHeap, agent_before, agent_is_sound, rank_before
from .heap cimport rank_is_sound
from .law cimport *
from .levels cimport is_at_least
from .lines cimport line_among, rank_of
from .model cimport *
from .names cimport names_find
from .occupancy cimport load_share
from .order cimport Available, order_is_sound
from .require cimport bits_folded, has_bit, skill_bit, words_of_groups


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


cdef int check_row(Center *c, const uint64_t *row) except -1:
    """A row tells which of its words are not 0. Returns how many bits it has."""
    cdef int32_t words = words_of_groups(c), w, count = 0
    for w in range(words):
        count += int(row[w]).bit_count()
        expect(has_bit(row + words, w) == (row[w] != 0), "a row tells wrongly which words of it are 0")
    return count


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
        expect(check_row(c, one.groups) == one.n_groups, "how many groups satisfy a requirement is miscounted")
        check_grades(c, i)
    expect(live == c.n_requirements, "the requirements that live are miscounted")
    return 0


cdef int check_grades(Center *c, int32_t requirement) except -1:
    """The grades that are kept: rows in order, each group in its own."""
    cdef const Requirement *one = &c.requirements[requirement]
    cdef int32_t i
    cdef int grading
    expect(grades_are_sound(c, requirement), "the grades of a requirement are wrong")
    for grading in range(GRADINGS if one.grades != NULL else 0):
        for i in range(one.grades[grading].n):
            check_row(c, one.grades[grading].grades[i].groups)
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
    expect(has_bit(c.living_groups, g) == (group.members > 0), "a group's bit of the living is wrong")
    check_levels(c, g)
    expect(has_bit(c.staffed_groups, g) == (group.signed_in > 0), "a group's bit of the signed-in is wrong")
    for i in range(c.n_channels):
        has = group.members > 0 and not group.lacks >> i & 1
        expect(has_bit(c.channel_groups + <size_t> i * words, g) == has, "a group's bit of a channel is wrong")
    for i in range(c.n_kinds):
        has = group.members > 0 and c.indices[i].groups[g].heap.n > 0
        expect(has_bit(c.indices[i].bits, g) == has, "a group's bit of the available is wrong")
    return 0


cdef int check_levels(Center *c, int32_t g) except -1:
    """The bits of all skills say which level a group has, none where it has no members."""
    cdef Group *group = &c.groups[g]
    cdef int32_t i, level
    levels = {group.skills[i].skill: group.skills[i].level for i in range(group.n_skills if group.members else 0)}
    for i in range(c.n_skills):
        level = levels.get(i, 0)
        same = is_at_least(c, g, i, level) and not is_at_least(c, g, i, level + 1)
        expect(same, "a group's bits of a level are wrong")
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
    bits = {group.skills[i].skill % 64 for i in range(group.n_skills)}
    expect({i for i in range(64) if group.has >> i & 1} == bits, "a group's bits of skills are wrong")
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
            expect(c.kind_of[i] < c.n_kinds, "an index has a number of none")
            index = &c.indices[c.kind_of[i]]
            expect(index.channel * N_INNER_ORDERS + index.order_by == i, "an index goes by two numbers")
    expect(used == c.n_kinds, "an index is in use that has no number")
    return 0


cdef int check_kind(Center *c, int32_t kind, list members) except -1:
    """One index: each group's heap holds its agents who are in it, by keys that still hold; the order, its groups."""
    cdef const Index *index = &c.indices[kind]
    cdef const Available *one
    cdef int32_t g, a, i, count, n_groups = 0, n_agents = 0
    for g in range(c.group_slots.used):
        one = &index.groups[g]
        if c.groups[g].members == 0:
            expect(one.heap.n == 0 and one.block < 0, "somebody of no group is available")
            continue
        expect(agent_is_sound(&one.heap, index.places), "a group's available agents are not a heap")
        expect(words_agree(&one.heap), "the words of two keys contradict the rest of them")
        count = 0
        for a in members[g]:
            is_in = c.agents[a].indexed >> index.channel & 1
            expect((index.places[a] >= 0) == is_in, "an agent is in an index, and not in it")
            expect(not is_in or one.heap.entries[index.places[a]].id == a, "another agent stands in the place of one")
            count += is_in
        expect(count == one.heap.n <= one.heap.capacity, "a group's heap has too few or too many")
        expect(c.groups[g].members <= one.heap.capacity, "a group's heap has not room for all")
        for i in range(one.heap.n):
            check_agent_key(c, &one.heap.entries[i], index.order_by)
        n_groups += count > 0
        n_agents += count
        if count:
            same = one.agent == one.heap.entries[0].id and one.word == one.heap.entries[0].word
            expect(same, "a group's first agent is another")
        expect((one.block >= 0) == (count > 0 and index.order.is_kept), "a group is in the order, and not in it")
    expect(check_row(c, index.bits) == n_groups == index.n_groups, "the groups of an index are miscounted")
    expect(n_agents == index.n_agents, "the agents of an index are miscounted")
    expect(order_is_sound(&index.order, index.groups), "an order is out of order")
    return 0


cdef bint words_agree(const AgentHeap *heap):
    """Say whether agents rank by the rest of their keys as they do by the words."""
    cdef AgentKey one, two
    cdef int32_t place
    for place in range(1, heap.n):
        one, two = heap.entries[(place - 1) // ARITY], heap.entries[place]
        one.word = two.word = 0
        if not agent_before(&one, &two):
            return False
    return True


cdef int check_agent_key(Center *c, const AgentKey *key, int32_t order_by) except -1:
    cdef AgentKey now
    make_key(c, key.id, order_by, &now)
    same = not agent_before(key, &now) and not agent_before(&now, key)
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
    cdef int32_t queue, tier, cell, line, before
    cdef list lines = []
    cdef set cells = set()
    for queue in range(c.n_queues):
        for tier in range(c.queues[queue].n_cells):
            cell = c.queues[queue].cells[tier]
            if cell < 0:
                continue
            expect(cell not in cells, "two queues share a cell")
            cells.add(cell)
            line, before = c.cells[cell].first_line, -1
            while line >= 0:
                expect(c.lines[line].queue == queue and c.lines[line].cell == cell, "a line in a foreign cell")
                expect(c.lines[line].previous == before, "the lines of a cell are linked wrongly")
                lines.append(line)
                line, before = c.lines[line].next, line
    expect(len(cells) == c.n_cells, "a cell belongs to nobody")
    expect(len(set(lines)) == len(lines), "a line is in two cells")
    return lines


cdef int check_lines(Center *c) except -1:
    """Every line of a cell, and that all who wait and are nobody's stand in one."""
    cdef int32_t line, i, waiting = 0, reserved = 0
    cdef list lines = lines_of_cells(c)
    check_line_table(c, lines)
    expect(len(lines) == c.line_slots.used - c.line_slots.n_free, "the pool of lines miscounts")
    for line in lines:
        check_line(c, line)
        waiting += c.lines[line].n
        reserved += c.queues[c.lines[line].queue].fields[RESERVE] > 0
    expect(reserved == c.reserved_lines, "the lines of queues with a reserve are miscounted")
    for i in range(c.interaction_slots.used):
        waiting -= c.interactions[i].state == I_WAITING and c.interactions[i].addressed < 0
    expect(waiting == 0, "somebody waits in no line")
    return 0


cdef int check_line_table(Center *c, list lines) except -1:
    """The table has every line once, where the search for it leads, and no other."""
    cdef int32_t line, place
    cdef list found = [c.line_table[place] for place in range(c.line_table_size) if c.line_table[place] >= 0]
    expect(sorted(found) == sorted(lines), "the table of lines has too few or too many")
    for line in lines:
        one = &c.lines[line]
        same = line_among(c, one.cell, one.priority, one.step, one.extra) == line
        expect(same, "a line is not found, or two are alike")
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
    expect((c.top_places[line] >= 0) == (of.n > 0), "a line is missing from its demand")
    for i in standing_in(c, of):
        one = &c.interactions[i]
        expect(one.line == line and one.state == I_WAITING, "somebody in a line who is not there")
        expect(one.queue == of.queue and one.cell == of.cell, "somebody in a line of another queue")
        same = one.priority == of.priority and one.step == of.step and one.extra == of.extra
        expect(same, "somebody in the line of others")
    return 0


cdef list standing_in(Center *c, const Line *of):
    """Return who stands in a line; its list is in order, the rest is a heap, and it knows its first and last."""
    cdef int32_t slot = of.head, before = -1, i
    cdef list found = []
    cdef Rank rank, earlier
    while slot >= 0:
        expect(c.line_places[slot] == LISTED, "somebody in a list who does not know of it")
        expect(c.line_links[slot].previous == before, "a list is linked wrongly")
        rank = rank_of(c, slot)
        expect(before < 0 or rank_before(&earlier, &rank), "a list is not in order")
        found.append(slot)
        before, earlier, slot = slot, rank, c.line_links[slot].next
    if found:
        expect(of.last.id == before and same_rank(&of.last, &earlier), "a list does not know its last")
    expect(rank_is_sound(&of.late, c.line_places), "those late in a line are not a heap")
    found += [of.late.entries[i].id for i in range(of.late.n)]
    expect(len(found) == of.n, "a line miscounts who stands in it")
    expect((of.first.id >= 0) == (of.n > 0), "a line does not know whether it has a first")
    for slot in found:
        rank = rank_of(c, slot)
        expect(not rank_before(&rank, &of.first), "somebody ranks before the first of a line")
    if found:
        rank = rank_of(c, of.first.id)
        expect(of.first.id in found and same_rank(&rank, &of.first), "the first of a line is not there")
    return found


# ---------------------------------------------------------------------- demands

cdef int check_demands(Center *c) except -1:
    """Every demand against its lines, and where it is filed."""
    cdef int32_t i, live = 0, filings = 0
    cdef list counts = [[0, 0, 0] for _ in range(c.demand_slots.used)]
    for i in lines_of_cells(c):
        counted = counts[c.lines[i].demand]
        counted[0] += 1
        counted[1] += c.queues[c.lines[i].queue].fields[RESERVE] > 0
        counted[2] += c.lines[i].n > 0
    for i in range(c.demand_slots.used):
        one = &c.demands[i]
        expect([one.n_lines, one.n_reserved, one.lines.n] == counts[i], "a demand miscounts its lines")
        expect((one.key != NULL) == (one.n_lines > 0), "a demand that nobody makes, or a lost one")
        if one.key != NULL:
            live += 1
            filings += check_demand(c, i)
    expect(live == c.demand_slots.used - c.demand_slots.n_free, "the pool of demands miscounts")
    expect(filings == c.filing_slots.used - c.filing_slots.n_free, "the pool of filings miscounts")
    expect(c.filing_slots.capacity % FILINGS_AT_ONCE == 0, "a freed agent looks at filings beyond the last")
    free = [i for i in range(c.filing_slots.used) if c.filings[i].demand < 0]
    expect(len(free) == c.filing_slots.n_free, "a filing is left over, or lost")
    expect(all(c.filing_needs[i] == 0xFFFFFFFF for i in free), "a free filing does not need every skill")
    broad = sum(c.filing_needs[i].bit_count() <= 1 for i in range(c.filing_slots.used))
    expect(c.broad_filings == broad, "the filings that need one skill are miscounted")
    for i in range(c.n_skills):
        expect(rank_is_sound(&c.skills[i].filed, c.filing_places), "what is filed under a skill is not a heap")
        filings -= c.skills[i].filed.n
    expect(rank_is_sound(&c.common, c.filing_places), "the common filings are not a heap")
    expect(filings == c.common.n, "a demand is filed where it does not know of it")
    return 0


cdef int check_demand(Center *c, int32_t i) except -1:
    """One demand; returns how often it is filed."""
    cdef Demand *one = &c.demands[i]
    cdef const Rank *first
    cdef int32_t f, line, slot = one.first_filing, filings = 0
    cdef set under = set()
    check_key(c, KIND_DEMAND, <const char *> one.key, 3 * <int32_t> sizeof(int32_t), i)
    expect(rank_is_sound(&one.lines, c.top_places), "a demand's lines are not a heap")
    for f in range(one.lines.n):
        line = one.lines.entries[f].id
        expect(c.lines[line].demand == i, "a line under a foreign demand")
        first = &c.lines[line].first
        expect(same_rank(&one.lines.entries[f], first), "a line ranks by somebody who is not its first")
    expect((one.lines.n > 0) == (slot >= 0), "filed without anybody waiting, or the reverse")
    while slot >= 0:
        expect(c.filings[slot].skill not in under, "filed twice under a skill")
        under.add(c.filings[slot].skill)
        check_filing(c, i, slot)
        slot, filings = c.filings[slot].next, filings + 1
    if filings:
        check_is_found(c, i, under)
    return filings


cdef bint same_rank(const Rank *one, const Rank *two):
    return one.a == two.a and one.b == two.b and one.c == two.c and one.d == two.d


cdef int check_filing(Center *c, int32_t demand, int32_t slot) except -1:
    """A filing says of its demand what is so, and stands where its first interaction ranks."""
    cdef const Filing *one = &c.filings[slot]
    cdef const Demand *d = &c.demands[demand]
    cdef const RankHeap *heap = &c.common if one.skill < 0 else &c.skills[one.skill].filed
    cdef const Rank *first = &c.lines[d.lines.entries[0].id].first
    cdef int32_t place = c.filing_places[slot], i
    cdef uint64_t needs = skill_bit(one.skill) if one.skill >= 0 else 0
    expect(0 <= place < heap.n and heap.entries[place].id == slot, "filed in another's place")
    expect(same_rank(&heap.entries[place], first), "filed by the rank of somebody who is not the first")
    expect(same_rank(&one.first, first), "a filing tells the rank of somebody who is not the first")
    expect(one.first.id == (-1 if d.n_reserved else first.id), "a filing names somebody who is not the first")
    of = (one.demand, one.requirement, one.extra, one.channel)
    expect(of == (demand, d.key[0], d.key[1], d.key[2]), "a filing of a foreign demand")
    for i in [one.requirement] + [one.extra] * (one.extra >= 0):
        for skill in skills_alone(&c.requirements[i]):
            needs |= skill_bit(skill)
    expect(c.filing_needs[slot] == bits_folded(needs), "a filing says wrongly which skills it needs")
    return 0


cdef list skills_alone(const Requirement *one):
    """Return the skills that are clauses by themselves."""
    cdef list bounds = [0] + [one.ends[i] for i in range(one.n_clauses)]
    return [one.skills[bounds[i]].skill for i in range(one.n_clauses) if bounds[i + 1] == bounds[i] + 1]


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
