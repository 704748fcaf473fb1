# cython: cdivision=True
"""The pairing rule on indices.

An arrival asks the index of its channel and order for the first agent (available.pxd), where groups rank before their
agents' own keys grade by grade (grades.pxd) or score by score (scores.pxd). A freed agent looks only at the demands
with somebody waiting that are filed under one of its skills, or that ask for none: from the first of each skill on, and
past those only for which it is not suited.

Between commands no pair is left that may be made (work conservation), so a new pair has a *woken*
interaction (newly waiting, or a cool-down has ended), stands in a *woken line* (its gate has opened), or
has a *candidate* (an agent who may have become available). Woken interactions join their lines when
pairing is done.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from .available cimport Eligible, begin_orders, count_free, eligible_for, first_available, index_renew, inner_order
from .available cimport make_key, next_word, walk_pays
from .claims cimport anybody_claims
from .freed cimport best_waiting, has_idle_peer, ranks_before, sooner
from .grades cimport begin_grades, eligible_in, grades_of, has_preferred, miss_grades, rank_group, ranks_groups
from .heap cimport ARITY, AgentHeap, AgentKey, Rank, RankHeap, agent_before
from .law cimport *
from .lines cimport channel_of, line_join, rank_of, step_in_force, wake_line
from .model cimport *
from .order cimport Walk, walk_on
from .plans cimport gates_of
from .require cimport is_suited_group
from .scores cimport begin_scores, next_scored
from .store cimport doubt_claim, list_push

cdef extern from *:
    int __builtin_ctzll(unsigned long long) noexcept nogil


cdef enum:
    FEW_WOKEN = 32
    NOBODY = -1                     # where a walk came to its end


# ---------------------------------------------------------------------- agents and their capacity

cdef int32_t units_in_the_way(Center *c, int32_t agent, int32_t channel) noexcept nogil:
    """Return the units of everything held that the channel may not interrupt."""
    cdef Agent *a = &c.agents[agent]
    cdef int32_t units = a.assigned_units + a.offered_units, other
    cdef uint32_t interrupts = c.channels[channel].interrupts
    if units:
        for other in range(c.n_channels if interrupts else 0):
            if (interrupts >> other) & 1:
                units -= a.held_units[other]
    return units


cdef uint32_t fitting(Center *c, int32_t agent) noexcept nogil:
    """Return on which channels the agent may be offered something, claims aside."""
    cdef const Agent *a = &c.agents[agent]
    cdef const Channel *one
    cdef uint32_t fits = 0
    cdef int32_t channel, units = a.assigned_units + a.offered_units, in_the_way
    if a.presence != AVAILABLE or a.n_offers >= a.max_open_offers or a.n_exclusive:
        return 0
    if a.first_offer < 0 and a.first_assignment < 0:
        return ((<uint32_t> 1 << c.n_channels) - 1) & ~c.groups[a.group].lacks
    for channel in range(c.n_channels):
        one = &c.channels[channel]
        in_the_way = units_in_the_way(c, agent, channel) if one.interrupts else units
        if in_the_way + one.fields[CHANNEL_COST] <= UNITS and a.held[channel] < limit_of(c, agent, channel):
            fits |= <uint32_t> 1 << channel
    return fits


cdef void touch(Center *c, int32_t agent) noexcept nogil:
    """Remember that the agent's availability or keys may have changed."""
    look_at(c, agent)
    if c.agents[agent].claim >= 0:
        doubt_claim(c, c.agents[agent].claim)


cdef inline void look_at(Center *c, int32_t agent) noexcept nogil:
    """Remember that the agent may take something."""
    if not c.agents[agent].touched:
        c.agents[agent].touched = 1
        list_push(&c.touched, agent)
    if anybody_claims(c) and not c.agents[agent].has_changed:
        c.agents[agent].has_changed = 1
        list_push(&c.changed_agents, agent)


cdef inline void index_agent(Center *c, int32_t agent) noexcept nogil:
    """Have the agent in the indices where it belongs: nowhere, if it is kept free for somebody."""
    cdef Agent *a = &c.agents[agent]
    cdef uint32_t channels = a.fits if a.claim < 0 else 0
    a.touched = 0
    if channels or a.indexed:
        index_renew(c, agent, channels)


cdef void settle_touched(Center *c) noexcept nogil:
    """Bring the indices up to date; whoever is available after a change may take something."""
    cdef int32_t i, agent
    cdef Agent *a
    if c.touched.n == 0:
        return
    c.claims_dirty |= anybody_claims(c)  # also by who leaves: an agent with room, but kept from it, prevents a claim
    for i in range(c.touched.n):
        agent = c.touched.slots[i]
        a = &c.agents[agent]
        a.fits = fitting(c, agent)
        index_agent(c, agent)
        if a.fits and not a.candidate:
            a.candidate = 1
            list_push(&c.candidates, agent)
    c.touched.n = 0
    for i in range(c.agent_gates.n):
        gates_of(c, c.agent_gates.slots[i])
    for i in range(c.presence_gates.n if c.at_hand_changed else 0):
        gates_of(c, c.presence_gates.slots[i])
    c.at_hand_changed = 0


# ---------------------------------------------------------------------- who may serve whom

cdef inline int32_t requirement_in_force(Center *c, int32_t interaction) noexcept nogil:
    cdef Interaction *one = &c.interactions[interaction]
    return c.queues[one.queue].plan[step_in_force(c, one.queue, one.step)].requirement


cdef bint is_suited(Center *c, int32_t agent, int32_t interaction) noexcept nogil:
    """Say whether this is the agent's kind of work: theirs by address, or by skills."""
    cdef Interaction *one = &c.interactions[interaction]
    if one.addressed >= 0:
        return one.addressed == agent
    return is_suited_group(c, c.agents[agent].group, requirement_in_force(c, interaction), one.extra)


cdef bint may_serve_but_for_reserves(Center *c, int32_t agent, int32_t interaction) noexcept nogil:
    cdef Agent *a = &c.agents[agent]
    return (
        (fitting(c, agent) >> channel_of(c, interaction)) & 1
        and (a.claim < 0 or a.claim == interaction)
        and is_suited(c, agent, interaction)
        and not is_banned(c, agent, interaction)
    )


cdef bint may_serve(Center *c, int32_t agent, int32_t interaction) noexcept nogil:
    """Say whether the law allows this pair now, without any index: what invariants are held to."""
    cdef int64_t free_agents = 0
    cdef int32_t other
    if not may_serve_but_for_reserves(c, agent, interaction):
        return False
    if c.agents[agent].claim == interaction or reserve_opens_ns(c, interaction) <= c.at_ns:
        return True
    for other in range(c.n_agents):
        free_agents += may_serve_but_for_reserves(c, other, interaction)
    return free_agents > c.queues[c.interactions[interaction].queue].fields[RESERVE]


cdef bint may_have(Center *c, int32_t agent, int32_t interaction) noexcept nogil:
    """Say the same of a new interaction, without a claim or cool-downs, where indices may not know of every change."""
    cdef int32_t requirement, channel, i, other
    cdef int64_t beyond
    if not may_serve_but_for_reserves(c, agent, interaction):
        return False
    if reserve_opens_ns(c, interaction) <= c.at_ns:
        return True
    requirement, channel = requirement_in_force(c, interaction), channel_of(c, interaction)
    beyond = beyond_reserve(c, interaction)
    for i in range(c.touched.n):  # these count as they are, not as the index has them
        other = c.touched.slots[i]
        beyond += may_serve_but_for_reserves(c, other, interaction)
        beyond -= is_free_for(c, other, requirement, c.interactions[interaction].extra, channel)
    return beyond > 0


cdef int64_t reserve_opens_ns(Center *c, int32_t interaction) noexcept nogil:
    """Return from when on the queue's reserve does not keep agents from this interaction; NONE: always."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef Queue *queue = &c.queues[one.queue]
    if one.addressed >= 0 or queue.fields[RESERVE] == 0:
        return NONE
    if c.tiers[one.tier].fields[RANK] >= queue.fields[RESERVE_RANK]:
        return NONE
    return one.due_ns + queue.fields[RESERVE_OPENS_NS]


cdef int64_t beyond_reserve(Center *c, int32_t interaction) noexcept nogil:
    """Return how many more agents are free for it than its queue keeps for others."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef int32_t requirement = requirement_in_force(c, interaction), channel = channel_of(c, interaction), ban
    cdef int64_t count = count_free(c, requirement, one.extra, channel)
    ban = one.first_ban
    while ban >= 0:
        if is_free_for(c, c.bans[ban].agent, requirement, one.extra, channel) and is_first_ban(c, ban, one.first_ban):
            count -= 1
        ban = c.bans[ban].next
    if one.claim >= 0 and (c.agents[one.claim].fits >> channel) & 1:
        count += not is_banned(c, one.claim, interaction)
    return count - c.queues[one.queue].fields[RESERVE]


cdef bint reserve_lets(Center *c, int32_t interaction) noexcept nogil:
    """Say whether its queue's reserve lets it have an agent now."""
    return reserve_opens_ns(c, interaction) <= c.at_ns or beyond_reserve(c, interaction) > 0


cdef bint is_free_for(Center *c, int32_t agent, int32_t requirement, int32_t extra, int32_t channel) noexcept nogil:
    cdef Agent *a = &c.agents[agent]
    return (a.indexed >> channel) & 1 and is_suited_group(c, a.group, requirement, extra)


cdef bint is_first_ban(Center *c, int32_t ban, int32_t first) noexcept nogil:
    """Say whether no ban before this one is for the same agent: a pair may cool down twice."""
    while first != ban:
        if c.bans[first].agent == c.bans[ban].agent:
            return False
        first = c.bans[first].next
    return True


# ---------------------------------------------------------------------- the first agent for an interaction

cdef struct Choice:                 # the best agent so far: ranks by group first, then by its key; NULL: none
    int64_t first
    int64_t second
    const AgentKey *key


cdef inline bint is_picked(Center *c, int32_t agent) noexcept nogil:
    cdef int32_t i
    for i in range(c.n_picked):
        if c.picked[i] == agent:
            return True
    return False


cdef inline bint beats(const Choice *best, int64_t first, int64_t second, const AgentKey *key) noexcept nogil:
    """Say whether this agent ranks before the best so far."""
    if best.key == NULL:
        return True
    if first != best.first:
        return first < best.first
    if second != best.second:
        return second < best.second
    return agent_before(key, best.key)


cdef void choose_from(
    Center *c, const AgentHeap *heap, int32_t place, int32_t interaction, int64_t first, int64_t second, Choice *best
) noexcept nogil:
    """Find the first agent of a heap who is neither banned nor picked, going down only past those."""
    cdef int32_t child
    cdef const AgentKey *key = &heap.entries[place]
    if place >= heap.n or not beats(best, first, second, key):
        return
    if not is_picked(c, key.id) and not is_banned(c, key.id, interaction):
        best.first, best.second, best.key = first, second, key
        return
    for child in range(place * ARITY + 1, place * ARITY + 1 + ARITY):
        choose_from(c, heap, child, interaction, first, second, best)


cdef int32_t addressee(Center *c, int32_t interaction) noexcept nogil:
    """Return the agent whose interaction it is, if they can take it now, or -1."""
    cdef int32_t agent = c.interactions[interaction].addressed
    cdef Agent *a = &c.agents[agent]
    if not (a.fits >> channel_of(c, interaction)) & 1 or (a.claim >= 0 and a.claim != interaction):
        return -1
    return -1 if is_banned(c, agent, interaction) or is_picked(c, agent) else agent


cdef void choose_among(
    Center *c, int32_t interaction, const Index *index, const Eligible *of, int64_t first, int64_t second, Choice *best
) noexcept nogil:
    """Find the first agent of groups of one rank who is neither banned nor picked, if they beat the best so far."""
    cdef int32_t group, w = next_word(c, index, of, 0)
    cdef uint64_t word
    cdef Walk walk
    if w >= 0 and walk_pays(c, index, of, w, &walk):
        group = walk_on(&index.order, of.one, of.two, &walk)
        while group >= 0:
            if not beats(best, first, second, &index.groups[group].heap.entries[0]):
                return
            choose_from(c, &index.groups[group].heap, 0, interaction, first, second, best)
            group = walk_on(&index.order, of.one, of.two, &walk)
        if group == NOBODY:
            return
    while w >= 0:
        word = of.one[w] & of.two[w] & index.bits[w]
        while word:
            group = w * 64 + __builtin_ctzll(word)
            word &= word - 1
            choose_from(c, &index.groups[group].heap, 0, interaction, first, second, best)
        w = next_word(c, index, of, w + 1)


cdef void choose_graded(
    Center *c, int32_t interaction, const Index *index, const Grades *graded, int32_t requirement, Choice *best
) noexcept nogil:
    """Likewise, in one grade after the other, the best first."""
    cdef int32_t i
    cdef const Grade *grade
    cdef Eligible of
    for i in range(graded.n):
        grade = &graded.grades[i]
        if best.key != NULL and (grade.first > best.first or grade.first == best.first and grade.second > best.second):
            return
        of = eligible_in(c, grade, requirement, c.interactions[interaction].extra)
        choose_among(c, interaction, index, &of, grade.first, grade.second, best)


cdef void choose_ranked(
    Center *c, int32_t interaction, const Index *index, int32_t requirement, int64_t strategy, Choice *best
) noexcept nogil:
    """Likewise, where groups have ranks and there are no grades: look at all, or at those of the best scores."""
    cdef int32_t extra = c.interactions[interaction].extra, group, w, looked_at
    cdef Eligible of = eligible_for(c, requirement, extra)
    cdef int64_t first = 0, second = 0
    cdef uint64_t word
    looked_at = begin_scores(c, index, &of, strategy, requirement, extra)
    if looked_at:
        miss_grades(c, strategy, requirement, extra, looked_at)
        while next_scored(c, &of, &group):
            rank_group(c, group, strategy, requirement, extra, &first, &second)
            if best.key != NULL and first > best.first:
                return
            choose_among(c, interaction, index, &of, first, second, best)
        return
    w = next_word(c, index, &of, 0)
    while w >= 0:
        word = of.one[w] & of.two[w] & index.bits[w]
        while word:
            group = w * 64 + __builtin_ctzll(word)
            word &= word - 1
            looked_at += 1
            rank_group(c, group, strategy, requirement, extra, &first, &second)
            choose_from(c, &index.groups[group].heap, 0, interaction, first, second, best)
        w = next_word(c, index, &of, w + 1)
    miss_grades(c, strategy, requirement, extra, looked_at)


cdef void choose(Center *c, int32_t interaction, const Index *index, int32_t requirement, Choice *best) noexcept nogil:
    """Find the first agent of an index who is neither banned nor picked, if they beat the best so far."""
    cdef int32_t extra = c.interactions[interaction].extra
    cdef int64_t strategy = c.queues[c.interactions[interaction].queue].fields[STRATEGY]
    cdef const Grades *graded
    cdef Eligible of
    if not ranks_groups(c, strategy, requirement, extra):
        of = eligible_for(c, requirement, extra)
        choose_among(c, interaction, index, &of, 0, 0, best)
        return
    graded = grades_of(c, strategy, requirement, extra, index.n_groups)
    if graded != NULL:
        choose_graded(c, interaction, index, graded, requirement, best)
    else:
        choose_ranked(c, interaction, index, requirement, strategy, best)


cdef int32_t first_graded(
    Center *c, const Index *index, const Grades *graded, int32_t requirement, int32_t extra
) noexcept nogil:
    """Return who ranks first of all grades where nobody is banned or picked, or -1."""
    cdef int32_t i, agent
    cdef Eligible of
    for i in range(graded.n):
        of = eligible_in(c, &graded.grades[i], requirement, extra)
        agent = first_available(c, index, &of)
        if agent >= 0:
            return agent
    return -1


cdef int32_t best_agent(Center *c, int32_t interaction) noexcept nogil:
    """Return the agent who ranks first among those who may serve the interaction, or -1."""
    cdef const Interaction *one = &c.interactions[interaction]
    cdef const Queue *queue = &c.queues[one.queue]
    cdef const Index *index = &c.indices[queue.kind]
    cdef int32_t requirement
    cdef Eligible of
    if one.addressed >= 0:
        return addressee(c, interaction)
    requirement = requirement_in_force(c, interaction)
    if queue.is_plain and one.extra < 0 and one.claim < 0 and one.n_bans == 0 and c.n_picked == 0:
        if not has_preferred(c, requirement):
            of = eligible_for(c, requirement, -1)
            return first_available(c, index, &of)
    return best_of_all(c, interaction, index, requirement)


cdef int32_t best_of_all(Center *c, int32_t interaction, const Index *index, int32_t requirement) noexcept nogil:
    """Return the same where more than the agents' own keys may matter: cool-downs, claims, reserves, skills."""
    cdef const Interaction *one = &c.interactions[interaction]
    cdef const Queue *queue = &c.queues[one.queue]
    cdef int64_t strategy = queue.fields[STRATEGY], first = 0, second = 0
    cdef bint by_group = ranks_groups(c, strategy, requirement, one.extra)
    cdef const Grades *graded = NULL
    cdef Eligible of
    cdef AgentKey key
    cdef Choice best
    if one.claim < 0 and one.n_bans == 0 and c.n_picked == 0 and queue.fields[RESERVE] == 0:
        if by_group:
            graded = grades_of(c, strategy, requirement, one.extra, index.n_groups)
        if graded != NULL:
            return first_graded(c, index, graded, requirement, one.extra)
        if not by_group:
            of = eligible_for(c, requirement, one.extra)
            return first_available(c, index, &of)
    best.key = NULL
    if one.claim >= 0 and (c.agents[one.claim].fits >> index.channel) & 1:
        if not is_banned(c, one.claim, interaction) and not is_picked(c, one.claim):
            make_key(c, one.claim, inner_order(strategy), &key)
            rank_group(c, c.agents[one.claim].group, strategy, requirement, one.extra, &first, &second)
            best.first, best.second, best.key = first, second, &key
    if queue.fields[RESERVE] == 0 or c.n_picked or reserve_lets(c, interaction):
        choose(c, interaction, index, requirement, &best)
    return best.key.id if best.key != NULL else -1


cdef void pick_shared(Center *c, int32_t interaction, int32_t most) noexcept nogil:
    """Pick the agents of a round of offers, beside the first, in the order of their ranks."""
    cdef int32_t agent
    cdef int64_t beyond
    if reserve_opens_ns(c, interaction) > c.at_ns:
        beyond = beyond_reserve(c, interaction)
        most = <int32_t> beyond if beyond < most else most
    while c.n_picked < most:
        agent = best_agent(c, interaction)
        if agent < 0:
            return
        c.picked[c.n_picked] = agent
        c.n_picked += 1


# ---------------------------------------------------------------------- the next pair

cdef void wake(Center *c, int32_t interaction) noexcept nogil:
    """Remember that an interaction is to be looked at in the next pairing."""
    if not c.interactions[interaction].woken:
        c.interactions[interaction].woken = 1
        list_push(&c.woken, interaction)
    c.claims_dirty |= anybody_claims(c)


cdef int unwake(Center *c, int32_t interaction) except -1 nogil:
    """It has been looked at; if it still waits, it waits in its line."""
    c.interactions[interaction].woken = 0
    if c.interactions[interaction].state == I_WAITING and c.line_places[interaction] < 0:
        line_join(c, interaction)
    return 0


cdef void first_served(
    Center *c, const RankHeap *heap, int32_t place, int32_t *interaction, int32_t *agent
) noexcept nogil:
    """Find the first interaction of a heap for which there is somebody, and who, going down only past cool-downs."""
    cdef int32_t one, found, child
    if place >= heap.n:
        return
    one = heap.entries[place].id
    if interaction[0] >= 0 and not sooner(c, one, interaction[0]):
        return
    found = best_agent(c, one)
    if found >= 0:
        interaction[0], agent[0] = one, found
        return
    if c.interactions[one].n_bans == 0:
        return  # nobody for it, then nobody for those behind it
    for child in range(place * ARITY + 1, place * ARITY + 1 + ARITY):
        first_served(c, heap, child, interaction, agent)


cdef void first_served_in(Center *c, const Line *line, int32_t *interaction, int32_t *agent) noexcept nogil:
    """Find the first interaction of a line for which there is somebody, and who."""
    cdef int32_t slot = line.head, found
    while slot >= 0 and (interaction[0] < 0 or sooner(c, slot, interaction[0])):
        found = best_agent(c, slot)
        if found >= 0:
            interaction[0], agent[0] = slot, found
            break
        if c.interactions[slot].n_bans == 0:
            break  # nobody for it, then nobody for those behind it
        slot = c.line_links[slot].next
    first_served(c, &line.late, 0, interaction, agent)


cdef int file_woken(Center *c) except -1 nogil:
    """Let all who are woken wait where they belong, and look there: of many, each would be looked at for every pair."""
    cdef int32_t i, interaction
    cdef Interaction *one
    for i in range(c.woken.n):
        interaction = c.woken.slots[i]
        unwake(c, interaction)
        one = &c.interactions[interaction]
        if one.line >= 0:
            wake_line(c, one.line)
        elif one.state == I_WAITING:
            look_at(c, one.addressed)
        if one.claim >= 0:
            look_at(c, one.claim)
    c.woken.n = 0
    return 0


cdef inline bint has_reserve(Center *c, int32_t interaction) noexcept nogil:
    """Say whether agents may be free that its queue has kept for others until now."""
    return c.queues[c.interactions[interaction].queue].fields[RESERVE] > 0


cdef inline bint touched_alone(Center *c) noexcept nogil:
    """Say whether nothing but what is available has changed, and nothing depends on that but pairs."""
    return (
        c.candidates.n == 0 and c.woken_lines.n == 0 and c.reserved_lines == 0
        and c.agent_gates.n == 0 and c.presence_gates.n == 0
    )


cdef inline bint waits_in_vain(Center *c, int32_t interaction) noexcept nogil:
    """Say whether another one has been waiting for the same: then nobody is there, as that pair would have been made.

    It halves what an arrival of the reference job takes to search: 136 instructions instead of 261, of 1,000 agents.
    Where no pair cools down, who the other one is need not be read.
    """
    cdef const Interaction *one = &c.interactions[interaction]
    cdef const Line *line
    cdef const Demand *demand
    cdef int32_t first = c.cells[one.cell].first_line
    if first < 0 or one.addressed >= 0 or one.claim >= 0:
        return False
    line = &c.lines[first]
    if line.priority != one.priority or line.step != one.step or line.extra != one.extra:
        return False
    demand = &c.demands[line.demand]
    if demand.first_filing < 0 or demand.n_reserved:
        return False
    if c.ban_slots.used == c.ban_slots.n_free and c.line_places[interaction] < 0:
        return True
    first = c.filings[demand.first_filing].first.id
    return first != interaction and c.interactions[first].n_bans == 0


cdef bint pair_freed(Center *c, int32_t *interaction, int32_t *agent) noexcept nogil:
    """Only one agent has changed: give it the first that it may take; the index need not know of it before that.

    Returns whether there is a pair. If there is none, and none is possible, nothing is touched any more.
    """
    cdef int32_t one = c.touched.slots[0], found = -1
    cdef Agent *a = &c.agents[one]
    c.claims_dirty |= anybody_claims(c)
    a.fits = fitting(c, one)
    if a.fits and not has_idle_peer(c, one):
        found = best_waiting(c, one)
    if found < 0:
        index_agent(c, one)
        c.touched.n = 0
        return False
    if c.interactions[found].claim >= 0 or has_reserve(c, found):
        return False  # another agent may rank before this one
    interaction[0], agent[0] = found, one
    return True


cdef int pair_woken(Center *c, int32_t *interaction, int32_t *agent) except -1 nogil:
    """Only one interaction is new: give it its first agent, or let it wait in its line. Returns whether it has one."""
    cdef int32_t one = c.woken.slots[0], found = -1
    if c.interactions[one].state == I_WAITING and not waits_in_vain(c, one):
        found = best_agent(c, one)
    c.woken.n = 0
    if found < 0:
        unwake(c, one)
        return 0
    c.interactions[one].woken = 0
    interaction[0], agent[0] = one, found
    return 1


cdef int next_pair(Center *c, int32_t *interaction, int32_t *agent) except -1 nogil:
    """Find the pair that the rule makes next: the interaction that ranks first, the agent first for it.

    Returns whether there is one.
    """
    cdef int32_t i, kept, found, other, best = -1, best_agent_ = -1
    cdef Rank rank
    cdef Rank best_rank = Rank(0, 0, 0, 0, -1)
    cdef bint searched = False
    c.n_picked = 0
    if c.orders_due:
        begin_orders(c)
    if c.grades_due:
        begin_grades(c)
    if c.woken.n == 0 and c.touched.n == 1 and touched_alone(c):
        if pair_freed(c, interaction, agent):
            return 1
        if c.touched.n == 0:
            return 0
    if c.woken.n > FEW_WOKEN:
        file_woken(c)
    settle_touched(c)
    if c.woken.n == 1 and c.candidates.n == 0 and c.woken_lines.n == 0:
        return pair_woken(c, interaction, agent)
    if c.woken.n == 0 and c.candidates.n == 0 and c.woken_lines.n == 0:
        return 0
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
        if best < 0 or ranks_before(c, &rank, &best_rank):
            best, best_rank, best_agent_, searched = other, rank, found, True
    c.woken.n = kept
    kept = 0
    for i in range(c.woken_lines.n):
        other = -1
        first_served_in(c, &c.lines[c.woken_lines.slots[i]], &other, &found)
        if other < 0:
            c.lines[c.woken_lines.slots[i]].is_woken = 0
            continue
        c.woken_lines.slots[kept] = c.woken_lines.slots[i]
        kept += 1
        rank = rank_of(c, other)
        if best < 0 or ranks_before(c, &rank, &best_rank):
            best, best_rank, best_agent_, searched = other, rank, found, True
    c.woken_lines.n = kept
    kept = 0
    for i in range(c.candidates.n):
        other = c.candidates.slots[i]
        found = best_waiting(c, other)
        if found < 0:
            c.agents[other].candidate = 0
            continue
        c.candidates.slots[kept] = other
        kept += 1
        rank = rank_of(c, found)
        if best < 0 or ranks_before(c, &rank, &best_rank):
            best, best_rank, best_agent_, searched = found, rank, other, False
    c.candidates.n = kept
    if best < 0:
        return 0
    if not searched and (kept > 1 or c.interactions[best].claim >= 0 or has_reserve(c, best)):
        best_agent_ = best_agent(c, best)
    interaction[0] = best
    agent[0] = best_agent_
    return 1
