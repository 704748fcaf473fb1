# cython: cdivision=True
"""The pairing rule on indices.

Agents with equal skills form a *group*. A requirement keeps one bit for each group that satisfies it;
each group keeps a heap of its available agents for every strategy in use. An arrival therefore looks at
the heads of the groups in ``satisfies AND somebody available``. A freed agent looks only at the
requirements with somebody waiting that are filed under one of its skills (each under its scarcest), or
that ask for none, and compares their first interactions.

Between commands no pair is left that may be made (work conservation), so a new pair has a *woken*
interaction (newly waiting, or a cool-down has ended) or a *candidate* (an agent who may have become
available). Woken interactions stay outside the lines until pairing is done.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

from .digest cimport skills_hash
from .hashing cimport name_hash
from .heap cimport ARITY, AgentHeap, AgentKey, Rank, RankHeap, agent_before, agent_push, agent_remove, agent_reserve
from .heap cimport rank_before, rank_push, rank_remove, rank_reserve
from .law cimport *
from .model cimport *
from .names cimport NameEntry, names_find, names_put, names_reserve
from .occupancy cimport load_share, occupancy_key
from .store cimport dirty_group, list_push, list_reserve, reserve_array

cdef extern from *:
    int __builtin_ctzll(unsigned long long) noexcept nogil


# ---------------------------------------------------------------------- requirements and groups

cdef int signature_of(
    const Item *items, int32_t n, int32_t kind, SkillLevel **skills, int32_t *n_skills
) except -1 nogil:
    """Return the (skill, level) items of a definition, by skill slot, in memory of their own."""
    cdef int32_t i, j, count = 0
    cdef SkillLevel one
    cdef SkillLevel *out = <SkillLevel *> malloc((<size_t> n + 1) * sizeof(SkillLevel))
    if out == NULL:
        raise MemoryError
    for i in range(n):
        if items[i].kind != kind:
            continue
        one = SkillLevel(<int32_t> items[i].key, <int32_t> items[i].value)
        j = count
        while j > 0 and out[j - 1].skill > one.skill:
            out[j] = out[j - 1]
            j -= 1
        out[j] = one
        count += 1
    skills[0] = out
    n_skills[0] = count
    return 0


cdef bint satisfies(const Group *group, const Requirement *requirement) noexcept nogil:
    """Say whether the group's skills meet the requirement; both are sorted by skill."""
    cdef int32_t i, j = 0
    for i in range(requirement.n_skills):
        while j < group.n_skills and group.skills[j].skill < requirement.skills[i].skill:
            j += 1
        if j == group.n_skills or group.skills[j].skill != requirement.skills[i].skill:
            return False
        if group.skills[j].level < requirement.skills[i].level:
            return False
    return True


cdef inline bint has_bit(const uint64_t *bits, int32_t i) noexcept nogil:
    return (bits[i >> 6] >> (i & 63)) & 1


cdef inline void set_bit(uint64_t *bits, int32_t i) noexcept nogil:
    bits[i >> 6] |= <uint64_t> 1 << (i & 63)


cdef int32_t requirement_of(Center *c, const Item *items, int32_t n) except -1 nogil:
    """Return the requirement of a definition's REQUIRE items, interned; -2 when there are too many."""
    cdef SkillLevel *skills = NULL
    cdef int32_t n_skills = 0, slot, g, length
    cdef uint64_t hash_
    cdef NameEntry *known
    cdef Requirement *one
    cdef Skill *skill
    signature_of(items, n, ITEM_REQUIRE, &skills, &n_skills)
    length = n_skills * <int32_t> sizeof(SkillLevel)
    hash_ = name_hash(<const char *> skills, length)
    known = names_find(&c.names, KIND_REQUIREMENT, <const char *> skills, length, hash_)
    if known != NULL or c.n_requirements >= c.settings[MAX_REQUIREMENTS]:
        free(skills)
        return <int32_t> known.value if known != NULL else -2
    slot = c.n_requirements
    reserve_array(<void **> &c.requirements, &c.requirements_capacity, slot + 1, sizeof(Requirement))
    names_reserve(&c.names, 1)
    list_reserve(&c.common, slot + 1)
    one = &c.requirements[slot]
    for g in range(n_skills):
        skill = &c.skills[skills[g].skill]
        reserve_array(<void **> &skill.filed, &skill.filed_capacity, skill.requirements + 1, sizeof(int32_t))
    one.groups = <uint64_t *> malloc((<size_t> c.groups_capacity // 64 + 1) * sizeof(uint64_t))
    if one.groups == NULL:
        raise MemoryError
    memset(one.groups, 0, (<size_t> c.groups_capacity // 64 + 1) * sizeof(uint64_t))
    one.skills = skills
    one.n_skills = n_skills
    one.skills_hash = skills_hash(c, skills, n_skills)
    one.filed_under = -2
    for g in range(c.n_groups):
        if satisfies(&c.groups[g], one):
            set_bit(one.groups, g)
    for g in range(n_skills):
        c.skills[skills[g].skill].requirements += 1
    names_put(&c.names, KIND_REQUIREMENT, <const char *> skills, length, hash_, slot)
    c.n_requirements += 1
    return slot


cdef int grow_groups(Center *c) except -1 nogil:
    """Make room for more groups in every table that has a bit or a row for each."""
    cdef int32_t before = c.groups_capacity, words, r, s
    cdef int32_t capacity = before
    cdef uint64_t *bits
    reserve_array(<void **> &c.groups, &capacity, before + 64, sizeof(Group))
    words = capacity // 64
    for r in range(c.n_requirements):
        bits = <uint64_t *> realloc(c.requirements[r].groups, (<size_t> words + 1) * sizeof(uint64_t))
        if bits == NULL:
            raise MemoryError
        memset(bits + before // 64, 0, (<size_t> (words - before // 64) + 1) * sizeof(uint64_t))
        c.requirements[r].groups = bits
    bits = <uint64_t *> malloc(<size_t> words * N_STRATEGIES * sizeof(uint64_t))
    if bits == NULL:
        raise MemoryError
    memset(bits, 0, <size_t> words * N_STRATEGIES * sizeof(uint64_t))
    for s in range(N_STRATEGIES if before else 0):
        memcpy(bits + s * words, c.available_groups + s * (before // 64), <size_t> (before // 64) * sizeof(uint64_t))
    free(c.available_groups)
    c.available_groups = bits
    c.groups_capacity = capacity
    return 0


cdef int32_t group_of(Center *c, const Item *items, int32_t n) except -1 nogil:
    """Return the group of a definition's HAS_SKILL items, interned."""
    cdef SkillLevel *skills = NULL
    cdef int32_t n_skills = 0, slot, r, length
    cdef uint64_t hash_
    cdef NameEntry *known
    cdef Group *one
    signature_of(items, n, ITEM_HAS_SKILL, &skills, &n_skills)
    length = n_skills * <int32_t> sizeof(SkillLevel)
    hash_ = name_hash(<const char *> skills, length)
    known = names_find(&c.names, KIND_GROUP, <const char *> skills, length, hash_)
    if known != NULL:
        free(skills)
        return <int32_t> known.value
    slot = c.n_groups
    if slot >= c.groups_capacity:
        grow_groups(c)
    names_reserve(&c.names, 1)
    list_reserve(&c.dirty_groups, slot + 1)
    one = &c.groups[slot]
    one.skills = skills
    one.n_skills = n_skills
    one.skills_hash = skills_hash(c, skills, n_skills)
    for r in range(c.n_requirements):
        if satisfies(one, &c.requirements[r]):
            set_bit(c.requirements[r].groups, slot)
    names_put(&c.names, KIND_GROUP, <const char *> skills, length, hash_, slot)
    c.n_groups += 1
    dirty_group(c, slot)
    return slot


cdef int agent_room(Center *c, int32_t group) except -1 nogil:
    """Make room for one more agent in the group's heaps of every strategy in use."""
    cdef int s
    for s in range(1, N_STRATEGIES):
        if c.strategy_used[s]:
            agent_reserve(&c.groups[group].available[s], c.groups[group].members + 1)
    return 0


cdef int strategy_use(Center *c, int64_t strategy) except -1 nogil:
    """Begin to keep the index of a strategy, if it is not kept yet."""
    cdef int32_t a, g
    if c.strategy_used[strategy]:
        return 0
    for g in range(c.n_groups):
        agent_reserve(&c.groups[g].available[strategy], c.groups[g].members)
    c.strategy_used[strategy] = 1
    for a in range(c.n_agents):
        if c.agents[a].indexed:
            index_push(c, a, <int> strategy)
    return 0


# ---------------------------------------------------------------------- available agents

cdef bint is_available(Center *c, int32_t agent) noexcept nogil:
    """Say whether the agent may be offered anything on the channel voice."""
    cdef Agent *a = &c.agents[agent]
    return (
        a.presence == AVAILABLE
        and a.n_offers < a.max_open_offers
        and a.assigned_units + a.offered_units + VOICE_COST <= UNITS
    )


cdef inline int32_t *places_of(Center *c, int strategy) noexcept nogil:
    return c.agent_places + <size_t> strategy * c.agents_capacity


cdef void index_push(Center *c, int32_t agent, int strategy) noexcept nogil:
    cdef Agent *a = &c.agents[agent]
    cdef AgentKey key
    key.units = key.load = key.exponent = key.mantissa = 0
    key.idle_mark_ns = a.idle_mark_ns
    key.sign_in_seq = a.sign_in_seq
    key.id = agent
    if strategy == LEAST_OCCUPIED:
        key.units = a.assigned_units + a.offered_units
        key.load = a.load
        occupancy_key(
            a.occupancy, load_share(a.load), a.occupancy_ns, c.settings[HALF_LIFE_NS], &key.exponent, &key.mantissa
        )
    agent_push(&c.groups[a.group].available[strategy], places_of(c, strategy), &key)
    set_bit(c.available_groups + strategy * (c.groups_capacity // 64), a.group)


cdef void index_remove(Center *c, int32_t agent) noexcept nogil:
    cdef int32_t g = c.agents[agent].group
    cdef int s
    cdef AgentHeap *heap
    for s in range(1, N_STRATEGIES):
        if c.strategy_used[s]:
            heap = &c.groups[g].available[s]
            agent_remove(heap, places_of(c, s), agent)
            if heap.n == 0:
                c.available_groups[s * (c.groups_capacity // 64) + (g >> 6)] &= ~(<uint64_t> 1 << (g & 63))
    c.agents[agent].indexed = 0


cdef void touch(Center *c, int32_t agent) noexcept nogil:
    """Remember that the agent's availability or keys may have changed."""
    if not c.agents[agent].touched:
        c.agents[agent].touched = 1
        list_push(&c.touched, agent)


cdef void settle_touched(Center *c) noexcept nogil:
    """Bring the index up to date; whoever is available after a change may take something."""
    cdef int32_t i, agent
    cdef int s
    cdef Agent *a
    for i in range(c.touched.n):
        agent = c.touched.slots[i]
        a = &c.agents[agent]
        a.touched = 0
        if a.indexed:
            index_remove(c, agent)
        if not is_available(c, agent):
            continue
        a.indexed = 1
        for s in range(1, N_STRATEGIES):
            if c.strategy_used[s]:
                index_push(c, agent, s)
        if not a.candidate:
            a.candidate = 1
            list_push(&c.candidates, agent)
    c.touched.n = 0


# ---------------------------------------------------------------------- lines

cdef inline Rank rank_of(Center *c, int32_t interaction) noexcept nogil:
    cdef Interaction *one = &c.interactions[interaction]
    return Rank(-(<int64_t> one.priority), one.due_ns, one.since_ns, one.seq, interaction)


cdef int32_t line_of(Center *c, int32_t queue, int32_t cell, int32_t priority) except -1 nogil:
    """Return the line of a (queue, tier, priority) with room for one more, made at its first use."""
    cdef int32_t line = c.cells[cell].first_line
    cdef int32_t before = c.lines_capacity, r
    cdef int32_t *places
    while line >= 0 and c.lines[line].priority != priority:
        line = c.lines[line].next
    if line < 0:
        line = c.n_lines
        r = c.queues[queue].requirement
        rank_reserve(&c.requirements[r].lines, c.requirements[r].n_lines + 1)
        reserve_array(<void **> &c.lines, &c.lines_capacity, line + 1, sizeof(Line))
        if c.lines_capacity != before:
            places = <int32_t *> realloc(c.top_places, <size_t> c.lines_capacity * sizeof(int32_t))
            if places == NULL:
                raise MemoryError
            memset(places + before, 0xFF, <size_t> (c.lines_capacity - before) * sizeof(int32_t))
            c.top_places = places
        c.lines[line].requirement = r
        c.lines[line].priority = priority
        c.lines[line].next = c.cells[cell].first_line
        c.cells[cell].first_line = line
        c.requirements[r].n_lines += 1
        c.n_lines += 1
    rank_reserve(&c.lines[line].heap, c.lines[line].live + 1)
    return line


cdef void file_requirement(Center *c, int32_t requirement) noexcept nogil:
    """File a requirement somebody now waits for under its scarcest skill, or among the common ones."""
    cdef Requirement *r = &c.requirements[requirement]
    cdef int32_t i, skill, scarcest = -1
    cdef Skill *s
    for i in range(r.n_skills):
        skill = r.skills[i].skill
        if scarcest < 0 or c.skills[skill].agents < c.skills[scarcest].agents:
            scarcest = skill
    r.filed_under = scarcest
    if scarcest < 0:
        r.filed_at = c.common.n
        list_push(&c.common, requirement)
        return
    s = &c.skills[scarcest]
    r.filed_at = s.n_filed
    s.filed[s.n_filed] = requirement
    s.n_filed += 1


cdef void unfile_requirement(Center *c, int32_t requirement) noexcept nogil:
    """Nobody waits for it any more; the last of the list takes its place."""
    cdef Requirement *r = &c.requirements[requirement]
    cdef int32_t moved
    cdef Skill *s
    if r.filed_under < 0:
        c.common.n -= 1
        moved = c.common.slots[c.common.n]
        c.common.slots[r.filed_at] = moved
    else:
        s = &c.skills[r.filed_under]
        s.n_filed -= 1
        moved = s.filed[s.n_filed]
        s.filed[r.filed_at] = moved
    c.requirements[moved].filed_at = r.filed_at
    r.filed_under = -2


cdef void top_changed(Center *c, int32_t line) noexcept nogil:
    """The line's first interaction is another, or there is none: move it among its requirement's lines."""
    cdef Line *one = &c.lines[line]
    cdef Requirement *r = &c.requirements[one.requirement]
    cdef Rank top
    if c.top_places[line] >= 0:
        rank_remove(&r.lines, c.top_places, line)
    if one.heap.n:
        top = one.heap.entries[0]
        top.id = line
        rank_push(&r.lines, c.top_places, &top)
        if r.filed_under == -2:
            file_requirement(c, one.requirement)
    elif r.lines.n == 0 and r.filed_under != -2:
        unfile_requirement(c, one.requirement)


cdef void line_join(Center *c, int32_t interaction) noexcept nogil:
    cdef int32_t line = c.interactions[interaction].line
    cdef Rank rank = rank_of(c, interaction)
    rank_push(&c.lines[line].heap, c.line_places, &rank)
    if c.line_places[interaction] == 0:
        top_changed(c, line)


cdef void line_leave(Center *c, int32_t interaction) noexcept nogil:
    """Take an interaction from its line, if it is in it."""
    cdef int32_t line = c.interactions[interaction].line
    cdef int32_t place = c.line_places[interaction]
    if place < 0:
        return
    rank_remove(&c.lines[line].heap, c.line_places, interaction)
    if place == 0:
        top_changed(c, line)


cdef void wake(Center *c, int32_t interaction) noexcept nogil:
    """Remember that an interaction is to be looked at in the next pairing."""
    if not c.interactions[interaction].woken:
        c.interactions[interaction].woken = 1
        list_push(&c.woken, interaction)


cdef void unwake(Center *c, int32_t interaction) noexcept nogil:
    """It has been looked at; if it still waits, it waits in its line."""
    c.interactions[interaction].woken = 0
    if c.interactions[interaction].state == I_WAITING and c.line_places[interaction] < 0:
        line_join(c, interaction)


# ---------------------------------------------------------------------- the rule

cdef inline bint is_banned(Center *c, int32_t agent, int32_t interaction) noexcept nogil:
    cdef int32_t ban = c.interactions[interaction].first_ban
    while ban >= 0:
        if c.bans[ban].agent == agent:
            return True
        ban = c.bans[ban].next
    return False


cdef bint may_serve(Center *c, int32_t agent, int32_t interaction) noexcept nogil:
    """Say whether the law allows this pair now, without any index: for check_invariants."""
    cdef int32_t r = c.queues[c.interactions[interaction].queue].requirement
    return (
        is_available(c, agent)
        and satisfies(&c.groups[c.agents[agent].group], &c.requirements[r])
        and not is_banned(c, agent, interaction)
    )


cdef void first_not_banned(
    Center *c, const AgentHeap *heap, int32_t place, int32_t interaction, const AgentKey **best
) noexcept nogil:
    """Find the first agent of a heap who is not banned, going down only past banned ones."""
    cdef int32_t child
    if place >= heap.n or (best[0] != NULL and not agent_before(&heap.entries[place], best[0])):
        return
    if not is_banned(c, heap.entries[place].id, interaction):
        best[0] = &heap.entries[place]
        return
    for child in range(place * ARITY + 1, place * ARITY + 1 + ARITY):
        first_not_banned(c, heap, child, interaction, best)


cdef int32_t best_agent(Center *c, int32_t interaction) noexcept nogil:
    """Return the agent who ranks first among those who may serve the interaction, or -1."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef Queue *queue = &c.queues[one.queue]
    cdef int strategy = <int> queue.fields[STRATEGY]
    cdef const uint64_t *eligible = c.requirements[queue.requirement].groups
    cdef const uint64_t *available = c.available_groups + strategy * (c.groups_capacity // 64)
    cdef const AgentKey *best = NULL
    cdef const AgentHeap *heap
    cdef uint64_t word
    cdef int32_t w, words = (c.n_groups + 63) // 64
    for w in range(words):
        word = eligible[w] & available[w]
        while word:
            heap = &c.groups[w * 64 + __builtin_ctzll(word)].available[strategy]
            word &= word - 1
            if one.n_bans:
                first_not_banned(c, heap, 0, interaction, &best)
            elif best == NULL or agent_before(&heap.entries[0], best):
                best = &heap.entries[0]
    return best.id if best != NULL else -1


cdef void first_waiting(
    Center *c, const RankHeap *heap, int32_t place, int32_t agent, const Rank **best
) noexcept nogil:
    """Find the first interaction of a line that the agent is not banned from."""
    cdef int32_t child
    if place >= heap.n or (best[0] != NULL and not rank_before(&heap.entries[place], best[0])):
        return
    if not is_banned(c, agent, heap.entries[place].id):
        best[0] = &heap.entries[place]
        return
    for child in range(place * ARITY + 1, place * ARITY + 1 + ARITY):
        first_waiting(c, heap, child, agent, best)


cdef void first_of_requirement(Center *c, int32_t requirement, int32_t agent, const Rank **best) noexcept nogil:
    """Find the first interaction of a requirement's lines that the agent may take, if it beats ``best``."""
    cdef Requirement *r = &c.requirements[requirement]
    cdef const RankHeap *line
    cdef int32_t i
    if not has_bit(r.groups, c.agents[agent].group):
        return
    if best[0] != NULL and not rank_before(&r.lines.entries[0], best[0]):
        return
    line = &c.lines[r.lines.entries[0].id].heap
    if not is_banned(c, agent, line.entries[0].id):
        best[0] = &line.entries[0]
        return
    for i in range(r.lines.n):
        first_waiting(c, &c.lines[r.lines.entries[i].id].heap, 0, agent, best)


cdef int32_t best_waiting(Center *c, int32_t agent) noexcept nogil:
    """Return the interaction that ranks first among those in lines that the agent may take, or -1."""
    cdef Group *group = &c.groups[c.agents[agent].group]
    cdef const Rank *best = NULL
    cdef Skill *skill
    cdef int32_t i, j
    for i in range(c.common.n):
        first_of_requirement(c, c.common.slots[i], agent, &best)
    for i in range(group.n_skills):
        skill = &c.skills[group.skills[i].skill]
        for j in range(skill.n_filed):
            first_of_requirement(c, skill.filed[j], agent, &best)
    return best.id if best != NULL else -1


cdef bint next_pair(Center *c, int32_t *interaction, int32_t *agent) noexcept nogil:
    """Find the pair that the rule makes next: the interaction that ranks first, the agent first for it."""
    cdef int32_t i, kept, found, other, best = -1, best_agent_ = -1
    cdef Rank rank
    cdef Rank best_rank = Rank(0, 0, 0, 0, -1)
    cdef bint searched = False
    settle_touched(c)
    kept = 0
    for i in range(c.woken.n):
        other = c.woken.slots[i]
        found = best_agent(c, other) if c.interactions[other].state == I_WAITING else -1
        if found < 0:  # taken, or nobody for it, and nobody will be before the next command
            unwake(c, other)
            continue
        c.woken.slots[kept] = other
        kept += 1
        rank = rank_of(c, other)
        if best < 0 or rank_before(&rank, &best_rank):
            best, best_rank, best_agent_, searched = other, rank, found, True
    c.woken.n = kept
    kept = 0
    for i in range(c.candidates.n):
        other = c.candidates.slots[i]
        found = best_waiting(c, other) if c.agents[other].indexed else -1
        if found < 0:
            c.agents[other].candidate = 0
            continue
        c.candidates.slots[kept] = other
        kept += 1
        rank = rank_of(c, found)
        if best < 0 or rank_before(&rank, &best_rank):
            best, best_rank, best_agent_, searched = found, rank, other, False
    c.candidates.n = kept
    if best < 0:
        return False
    if not searched and kept > 1:
        best_agent_ = best_agent(c, best)
    interaction[0] = best
    agent[0] = best_agent_
    return True
