# cython: cdivision=True
"""Claims; the rules are those of reference_rules.py and reference_plans.py."""

from libc.stdint cimport int32_t, int64_t, uint32_t

from .freed cimport sooner
from .heap cimport ARITY, Rank, RankHeap
from .law cimport *
from .life cimport emit_interaction
from .lines cimport channel_of
from .match cimport has_room, is_banned, is_suited, touch, units_in_the_way
from .model cimport *
from .plans cimport sort_by_seq
from .require cimport is_suited_group
from .store cimport dirty_agent, dirty_interaction, doubt_claim, list_drop, list_drop_at, list_push, reserve


cdef enum:                          # what is known of who may be claimed for a demand, or for one apart
    UNKNOWN = 0
    VAIN = 1                        # nobody, but for agents about whom something has changed
    KEPT = 2                        # nobody, as long as nothing changes about the keeper, who has the units


cdef bint is_claimant(Center *c, int32_t interaction) noexcept nogil:
    """Say whether it waits, is past due, has claimed nobody and is of the kind that does."""
    cdef Interaction *one = &c.interactions[interaction]
    return one.state == I_WAITING and one.claim < 0 and one.due_ns <= c.at_ns and claims_in(c, one.queue)


cdef void join_claimants(Center *c, int32_t interaction) noexcept nogil:
    if not c.interactions[interaction].is_claimant and is_claimant(c, interaction):
        c.interactions[interaction].is_claimant = 1
        list_push(&c.claimants, interaction)
        c.claims_dirty = 1


cdef bint may_be_claimed(Center *c, int32_t agent, int32_t interaction) noexcept nogil:
    """Say whether the agent is the right one, had they the units."""
    cdef int32_t claim = c.agents[agent].claim
    return (
        (claim < 0 or claim == interaction)
        and has_room(c, agent, channel_of(c, interaction))
        and is_suited(c, agent, interaction)
        and not is_banned(c, agent, interaction)
    )


cdef bint claim_stands(Center *c, int32_t interaction) noexcept nogil:
    """Say whether it still waits, and for the right agent."""
    cdef Interaction *one = &c.interactions[interaction]
    return (
        one.state == I_WAITING and c.queues[one.queue].fields[CLAIMS] != 0
        and may_be_claimed(c, one.claim, interaction)
    )


cdef void end_claim(Center *c, int32_t interaction) noexcept nogil:
    cdef int32_t agent = c.interactions[interaction].claim
    c.interactions[interaction].claim = -1
    c.agents[agent].claim = -1
    touch(c, agent)
    dirty_agent(c, agent)
    dirty_interaction(c, interaction)
    emit_interaction(c, CLAIM_ENDED, CAUSE_NONE, interaction, agent, 0, 0)
    join_claimants(c, interaction)


cdef int end_claims(Center *c) except -1 nogil:
    """End the claims, of those in doubt, of what waits no more, and on agents who are not the right ones any more."""
    cdef int32_t i, interaction, ended = 0
    for i in range(c.claims_in_doubt.n):
        interaction = c.claims_in_doubt.slots[i]
        c.interactions[interaction].is_in_doubt = 0
        if not claim_stands(c, interaction):
            c.scratch.slots[ended] = interaction
            ended += 1
    c.claims_in_doubt.n = 0
    sort_by_seq(c, c.scratch.slots, ended)
    for i in range(ended):
        reserve(c)
        list_drop(&c.claimed, c.scratch.slots[i])
        end_claim(c, c.scratch.slots[i])
    return ended


cdef void forget_claims(Center *c) noexcept nogil:
    """A definition, or a gate that turns, may have changed anything: what is known, and whether claims stand."""
    cdef int32_t i
    c.forgets_claims = 1
    for i in range(c.claimed.n):
        doubt_claim(c, c.claimed.slots[i])


cdef int32_t smallest_in_the_way(Center *c, int32_t agent, int32_t channel) noexcept nogil:
    """Return the units of the smallest thing held that the channel may not interrupt; more than UNITS for none."""
    cdef Agent *a = &c.agents[agent]
    cdef int32_t slot = a.first_offer, smallest = UNITS + 1
    while slot >= 0:
        if not (c.channels[channel].interrupts >> c.offers[slot].channel) & 1 and c.offers[slot].units < smallest:
            smallest = c.offers[slot].units
        slot = c.offers[slot].next_of_agent
    slot = a.first_assignment
    while slot >= 0:
        if not (c.channels[channel].interrupts >> c.assignments[slot].channel) & 1:
            if c.assignments[slot].units < smallest:
                smallest = c.assignments[slot].units
        slot = c.assignments[slot].next_of_agent
    return smallest


cdef int64_t cheapest(Center *c, int32_t channel) noexcept nogil:
    """Return the least cost of a channel that this one may not interrupt."""
    cdef int64_t least = c.channels[channel].fields[CHANNEL_COST]
    cdef int32_t other
    for other in range(c.n_channels):
        if not (c.channels[channel].interrupts >> other) & 1 and c.channels[other].fields[CHANNEL_COST] < least:
            least = c.channels[other].fields[CHANNEL_COST]
    return least


cdef bint refills(Center *c, int32_t agent, int32_t channel, int32_t in_the_way) noexcept nogil:
    """Say whether what ends on the agent's hands may be made up for before the gap is wide enough."""
    if in_the_way == 0:
        return False
    if in_the_way + cheapest(c, channel) <= UNITS:
        return True
    return smallest_in_the_way(c, agent, channel) < in_the_way + c.channels[channel].fields[CHANNEL_COST] - UNITS


cdef int32_t whom_to_claim(
    Center *c, int32_t interaction, const int32_t *agents, int32_t n, int32_t *keeps
) noexcept nogil:
    """Return which of ``n`` agents (NULL: of all) has the least in the way of it; -1 if nobody is to be claimed.

    ``keeps`` becomes the agent on whose account that is so: one who has the units; -1: there is none.
    """
    cdef const Interaction *one = &c.interactions[interaction]
    cdef int32_t channel = channel_of(c, interaction), i, agent, in_the_way, best = -1, least = 0
    cdef const int32_t *key = c.demands[c.lines[one.line].demand].key if one.line >= 0 else NULL
    cdef const Agent *a
    keeps[0] = -1
    if key == NULL and agents == NULL:
        agents, n = &one.addressed, 1
    for i in range(c.n_agents if agents == NULL else n):
        agent = i if agents == NULL else agents[i]
        a = &c.agents[agent]
        if key != NULL and not is_suited_group(c, a.group, key[0], key[1]):  # by far most are passed over here
            continue
        if a.presence != AVAILABLE or not may_be_claimed(c, agent, interaction):
            continue
        in_the_way = units_in_the_way(c, agent, channel)
        if in_the_way + c.channels[channel].fields[CHANNEL_COST] <= UNITS:
            keeps[0] = agent  # who is only kept from it for now
            return -1
        if best >= 0 and (in_the_way > least or (in_the_way == least and not has_idled_longer(c, agent, best))):
            continue
        if refills(c, agent, channel, in_the_way):
            best, least = agent, in_the_way
    return best


cdef inline bint has_idled_longer(Center *c, int32_t one, int32_t two) noexcept nogil:
    if c.agents[one].idle_mark_ns != c.agents[two].idle_mark_ns:
        return c.agents[one].idle_mark_ns < c.agents[two].idle_mark_ns
    return c.agents[one].sign_in_seq < c.agents[two].sign_in_seq


cdef inline int32_t demand_for(Center *c, int32_t interaction) noexcept nogil:
    """Return the demand in whose lines it stands, or -1: it is a certain agent's."""
    cdef int32_t line = c.interactions[interaction].line
    return c.lines[line].demand if line >= 0 else -1


cdef void claim(Center *c, int32_t interaction, int32_t agent) noexcept nogil:
    touch(c, agent)
    dirty_agent(c, agent)
    dirty_interaction(c, interaction)
    c.interactions[interaction].claim = agent  # from now on in doubt when anything changes
    c.agents[agent].claim = interaction
    list_push(&c.claimed, interaction)
    emit_interaction(c, CLAIM_MADE, CAUSE_NONE, interaction, agent, 0, 0)


# ---------------------------------------------------------------------- who may have somebody now

cdef inline bint is_apart(Center *c, int32_t interaction) noexcept nogil:
    """Say whether what holds for those who ask for the same may not hold for it."""
    return c.interactions[interaction].line < 0 or c.interactions[interaction].n_bans > 0


cdef void ask_for_demand(Center *c, int32_t demand) noexcept nogil:
    """Somebody may be past due in one of its lines."""
    if not c.demands[demand].is_asked:
        c.demands[demand].is_asked = 1
        c.demands[demand].claims_known.what = UNKNOWN
        list_push(&c.asked_demands, demand)


cdef void drop_asked(Center *c, int32_t demand) noexcept nogil:
    """The demand is gone."""
    list_drop(&c.asked_demands, demand)


cdef void file_claimant(Center *c, int32_t interaction) noexcept nogil:
    cdef Interaction *one = &c.interactions[interaction]
    if not is_claimant(c, interaction):
        return
    if not is_apart(c, interaction):
        ask_for_demand(c, demand_for(c, interaction))
    elif not one.is_apart:
        one.is_apart = 1
        list_push(&c.claimants_apart, interaction)
    one.claims_known.what = UNKNOWN


cdef void file_claimants(Center *c) noexcept nogil:
    """Those who have become claimants since the last time, all of them back in their lines by now."""
    cdef int32_t i, slot
    for i in range(c.claimants.n):
        c.interactions[c.claimants.slots[i]].is_claimant = 0
        file_claimant(c, c.claimants.slots[i])
    c.claimants.n = 0
    i = 0
    while i < c.claimants_apart.n:  # those who are so no more are filed with the others
        slot = c.claimants_apart.slots[i]
        if is_claimant(c, slot) and is_apart(c, slot):
            i += 1
            continue
        c.interactions[slot].is_apart = 0
        list_drop_at(&c.claimants_apart, i)
        file_claimant(c, slot)


cdef void find_claimants(Center *c) noexcept nogil:
    """File everybody past due, in a center that has just been restored; those who have claimed somebody may have."""
    cdef int32_t i
    for i in range(c.claims_in_doubt.n):
        c.interactions[c.claims_in_doubt.slots[i]].is_in_doubt = 0
    c.claims_in_doubt.n = 0
    for i in range(c.interaction_slots.used):
        if c.interactions[i].state == I_WAITING:
            join_claimants(c, i)
    file_claimants(c)
    c.claims_dirty = anybody_claims(c)


cdef void first_overdue(Center *c, const RankHeap *heap, int32_t place, int32_t after, int32_t *first) noexcept nogil:
    """Find the first in a heap who may claim somebody; past due come before those who are not."""
    cdef int32_t child
    cdef const Rank *rank = &heap.entries[place]
    if place >= heap.n or rank.b > c.at_ns:
        return
    if first[0] >= 0 and not sooner(c, rank.id, first[0]):
        return
    if c.interactions[rank.id].claim < 0 and c.interactions[rank.id].n_bans == 0:
        if after < 0 or sooner(c, after, rank.id):
            first[0] = rank.id
            return
    for child in range(place * ARITY + 1, place * ARITY + 1 + ARITY):
        first_overdue(c, heap, child, after, first)


cdef void first_overdue_in(Center *c, const Line *line, int32_t after, int32_t *first) noexcept nogil:
    """Find the first in a line who may claim somebody."""
    cdef int32_t slot = line.head
    while slot >= 0 and c.interactions[slot].due_ns <= c.at_ns and (first[0] < 0 or sooner(c, slot, first[0])):
        if c.interactions[slot].claim < 0 and c.interactions[slot].n_bans == 0:
            if after < 0 or sooner(c, after, slot):
                first[0] = slot
                break
        slot = c.line_links[slot].next
    first_overdue(c, &line.late, 0, after, first)


cdef int32_t first_claimant(Center *c, int32_t demand, int32_t after) noexcept nogil:
    """Return who is to claim first of those who ask for this and rank after another (-1: of all), or -1."""
    cdef Demand *one = &c.demands[demand]
    cdef int32_t i, line, first = -1
    for i in range(one.lines.n):
        line = one.lines.entries[i].id
        if claims_in(c, c.lines[line].queue):
            first_overdue_in(c, &c.lines[line], after, &first)
    return first


cdef uint32_t of_interest(Center *c, int32_t agent) noexcept nogil:
    """Return the channels on which the agent may be claimed, or has the units: whoever asks for what they can."""
    cdef int32_t channel, in_the_way
    cdef uint32_t channels = 0
    if c.agents[agent].presence != AVAILABLE or c.agents[agent].claim >= 0:
        return 0
    for channel in range(c.n_channels):
        if c.channels[channel].coarse and has_room(c, agent, channel):
            in_the_way = units_in_the_way(c, agent, channel)
            if in_the_way + c.channels[channel].fields[CHANNEL_COST] <= UNITS or refills(c, agent, channel, in_the_way):
                channels |= <uint32_t> 1 << channel
    return channels


cdef struct Claim:                  # the first that is to be made, so far
    int32_t interaction             # -1: none
    int32_t agent


cdef void consider(Center *c, int32_t interaction, Known *known, Claim *best) noexcept nogil:
    """See whether the interaction is to claim somebody, and to do so before ``best``."""
    cdef int32_t agent
    if best.interaction >= 0 and not sooner(c, interaction, best.interaction):
        return
    if known.what == VAIN:
        agent = whom_to_claim(c, interaction, c.changed_agents.slots, c.changed_agents.n, &known.keeper)
    else:
        agent = whom_to_claim(c, interaction, NULL, 0, &known.keeper)
    if known.keeper >= 0:
        known.what = KEPT
    elif agent < 0:
        known.what = VAIN
    else:
        best.interaction, best.agent = interaction, agent


cdef inline bint is_settled(const Known *known, int32_t channel, uint32_t changed) noexcept nogil:
    """Say whether nothing has changed for those of whom this is known."""
    return known.what == KEPT or (known.what == VAIN and not (changed >> channel) & 1)


cdef void consider_late(Center *c, int32_t demand, int32_t first, int32_t after, Claim *best) noexcept nogil:
    """See whether somebody is to claim where the first ranks before what has been claimed: in the next round.

    Whom all of a demand would claim is the same agent; mostly there is none, so that nobody else is looked for.
    """
    cdef Claim any_of_it = Claim(-1, -1)
    consider(c, first, &c.demands[demand].claims_known, &any_of_it)
    if any_of_it.interaction < 0:
        return
    c.claims_dirty = 1
    first = first_claimant(c, demand, after)
    if first >= 0 and (best.interaction < 0 or sooner(c, first, best.interaction)):
        best.interaction, best.agent = first, any_of_it.agent


cdef void consider_demands(Center *c, uint32_t changed, int32_t after, Claim *best) noexcept nogil:
    cdef int32_t i = 0, slot, first
    cdef Demand *one
    while i < c.asked_demands.n:
        slot = c.asked_demands.slots[i]
        one = &c.demands[slot]
        if is_settled(&one.claims_known, one.key[2], changed):
            i += 1
            continue
        first = first_claimant(c, slot, -1)
        if first < 0:
            one.is_asked = 0
            list_drop_at(&c.asked_demands, i)
            continue
        if after < 0 or sooner(c, after, first):
            consider(c, first, &one.claims_known, best)
        else:
            consider_late(c, slot, first, after, best)
        i += 1


cdef Claim next_claim(Center *c, uint32_t changed, int32_t after) noexcept nogil:
    """Return the first claim that is to be made by those who rank after the latest claim of this round (-1: none yet).

    ``changed``: the channels on which a changed agent is of interest.
    """
    cdef Claim best = Claim(-1, -1)
    cdef int32_t i, slot
    cdef Known *known
    consider_demands(c, changed, after, &best)
    for i in range(c.claimants_apart.n):
        slot = c.claimants_apart.slots[i]
        known = &c.interactions[slot].claims_known
        if is_settled(known, channel_of(c, slot), changed) or not is_claimant(c, slot):
            continue  # one who has claimed somebody just now is none
        if after < 0 or sooner(c, after, slot):
            consider(c, slot, known, &best)
        elif known.what == UNKNOWN:
            c.claims_dirty = 1
    return best


cdef inline void look_at_keeper(Center *c, Known *known) noexcept nogil:
    if known.what == KEPT and c.agents[known.keeper].has_changed:
        known.what = UNKNOWN


cdef uint32_t see_changes(Center *c) noexcept nogil:
    """Forget what rests on agents about whom something has changed; return on which channels they are of interest."""
    cdef uint32_t changed = 0
    cdef int32_t i
    if c.changed_agents.n == 0:
        return 0
    for i in range(c.changed_agents.n):
        changed |= of_interest(c, c.changed_agents.slots[i])
    for i in range(c.asked_demands.n):
        look_at_keeper(c, &c.demands[c.asked_demands.slots[i]].claims_known)
    for i in range(c.claimants_apart.n):
        look_at_keeper(c, &c.interactions[c.claimants_apart.slots[i]].claims_known)
    return changed


cdef void release(Center *c, int32_t agent) noexcept nogil:
    """The agent has been claimed, and keeps nobody from claiming any more."""
    cdef int32_t i
    for i in range(c.asked_demands.n):
        release_one(&c.demands[c.asked_demands.slots[i]].claims_known, agent)
    for i in range(c.claimants_apart.n):
        release_one(&c.interactions[c.claimants_apart.slots[i]].claims_known, agent)


cdef inline void release_one(Known *known, int32_t agent) noexcept nogil:
    if known.what == KEPT and known.keeper == agent:
        known.what = UNKNOWN


cdef void forget_what_is_known(Center *c) noexcept nogil:
    """After a definition, or when a gate has turned: everybody is to be looked at again."""
    cdef int32_t i
    for i in range(c.asked_demands.n):
        c.demands[c.asked_demands.slots[i]].claims_known.what = UNKNOWN
    for i in range(c.claimants_apart.n):
        c.interactions[c.claimants_apart.slots[i]].claims_known.what = UNKNOWN


# ---------------------------------------------------------------------- making them

cdef int make_claims(Center *c) except -1 nogil:
    """When no pair is left: each overdue interaction claims the agent with the least in the way.

    Thousands may be overdue and hundreds at work after every command, while one agent has changed. So what is
    known of a demand is kept: when nobody was to be claimed for it, only agents about whom something has changed
    since may be; and if somebody is, then for its first claimant. An agent who has the units keeps others from
    claiming: once that one is claimed, who ranks after the claim may claim now, and who ranks before in another round.
    """
    cdef int made = 0
    cdef Claim one
    cdef int32_t i, after = -1
    cdef uint32_t changed
    c.claims_dirty = 0
    if c.forgets_claims:
        forget_what_is_known(c)
        c.forgets_claims = 0
    file_claimants(c)
    changed = see_changes(c)
    while c.asked_demands.n or c.claimants_apart.n:
        one = next_claim(c, changed, after)
        if one.interaction < 0:
            break
        reserve(c)
        claim(c, one.interaction, one.agent)
        release(c, one.agent)
        after = one.interaction
        made += 1
    for i in range(c.changed_agents.n):
        c.agents[c.changed_agents.slots[i]].has_changed = 0
    c.changed_agents.n = 0
    return made
