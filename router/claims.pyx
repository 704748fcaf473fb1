# cython: cdivision=True
"""Claims; the rules are those of reference_rules.py and reference_plans.py."""

from libc.stdint cimport int32_t, int64_t

from .law cimport *
from .life cimport emit_interaction
from .lines cimport channel_of
from .match cimport has_room, is_banned, is_suited, sooner, touch, units_in_the_way
from .model cimport *
from .plans cimport sort_by_seq
from .store cimport dirty_agent, dirty_interaction, list_push, reserve


cdef bint is_claimant(Center *c, int32_t interaction) noexcept nogil:
    """Say whether it waits, is past due, has claimed nobody and is of the kind that does."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef Queue *queue = &c.queues[one.queue]
    return (
        one.state == I_WAITING and one.claim < 0 and one.due_ns <= c.at_ns
        and queue.fields[CLAIMS] and c.channels[queue.fields[CHANNEL]].coarse
    )


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
    """End the claims of what waits no more, and on agents who are not the right ones any more."""
    cdef int32_t i, interaction, kept = 0, ended = 0
    for i in range(c.claimed.n):
        interaction = c.claimed.slots[i]
        if claim_stands(c, interaction):
            c.claimed.slots[kept] = interaction
            kept += 1
        else:
            c.scratch.slots[ended] = interaction
            ended += 1
    c.claimed.n = kept
    sort_by_seq(c, c.scratch.slots, ended)
    for i in range(ended):
        reserve(c)
        end_claim(c, c.scratch.slots[i])
    return ended


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


cdef int32_t whom_to_claim(Center *c, int32_t interaction, int32_t *keeps) noexcept nogil:
    """Return the agent with the least in the way of it; -1 if nobody is to be claimed.

    ``keeps`` becomes the agent on whose account that is so: one who has the units; -1: there is none.
    """
    cdef int32_t channel = channel_of(c, interaction), agent, in_the_way, best = -1, least = 0
    cdef Agent *a
    keeps[0] = -1
    for agent in range(c.n_agents):
        a = &c.agents[agent]
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


cdef bint anybody_to_claim(Center *c) noexcept nogil:
    """Say whether anybody who is claimed by nobody holds anything at all."""
    cdef int32_t agent
    for agent in range(c.n_agents):
        if c.agents[agent].presence == AVAILABLE and c.agents[agent].claim < 0:
            if c.agents[agent].assigned_units + c.agents[agent].offered_units:
                return True
    return False


cdef void sort_by_rank(Center *c, int32_t *slots, int32_t n) noexcept nogil:
    """Sort interactions, the first to be served first (Shell's sort)."""
    cdef int32_t gap = 1, i, j, moved
    while gap < n // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, n):
            moved, j = slots[i], i
            while j >= gap and sooner(c, moved, slots[j - gap]):
                slots[j] = slots[j - gap]
                j -= gap
            slots[j] = moved
        gap //= 3


cdef inline int32_t demand_for(Center *c, int32_t interaction) noexcept nogil:
    """Return the demand in whose lines it stands, or -1: it is a certain agent's."""
    cdef int32_t line = c.interactions[interaction].line
    return c.lines[line].demand if line >= 0 else -1


cdef bint is_in_vain(Center *c, int32_t interaction) noexcept nogil:
    """Say whether somebody who asks for the same has found nobody: claims and cool-downs only leave fewer."""
    cdef int32_t demand = demand_for(c, interaction)
    cdef Demand *one
    if demand < 0 or c.demands[demand].vain != c.claim_rounds:
        return False
    one = &c.demands[demand]
    return one.keeper < 0 or (c.interactions[interaction].n_bans == 0 and c.agents[one.keeper].claim < 0)


cdef int32_t look_for_agent(Center *c, int32_t interaction) noexcept nogil:
    """Return whom the interaction is to claim, or -1, having noted for all who ask for the same that there is nobody.

    Nothing is noted of one with cool-downs, for whom there may be nobody though others have somebody.
    """
    cdef int32_t keeper = -1, demand = demand_for(c, interaction)
    cdef int32_t agent = whom_to_claim(c, interaction, &keeper)
    if agent < 0 and demand >= 0 and c.interactions[interaction].n_bans == 0:
        c.demands[demand].vain, c.demands[demand].keeper = c.claim_rounds, keeper
    return agent


cdef void keep_claimants(Center *c) noexcept nogil:
    """Forget those who claim nobody any more, for whatever reason."""
    cdef int32_t i, interaction, kept = 0
    for i in range(c.claimants.n):
        interaction = c.claimants.slots[i]
        if is_claimant(c, interaction):
            c.claimants.slots[kept] = interaction
            kept += 1
        else:
            c.interactions[interaction].is_claimant = 0
    c.claimants.n = kept


cdef int32_t hopeful_claimants(Center *c) noexcept nogil:
    """Put those for whom there may be an agent into the scratch list, in their order, and return how many."""
    cdef int32_t i, interaction, demand, n = 0
    for i in range(c.claimants.n):
        interaction = c.claimants.slots[i]
        demand = demand_for(c, interaction)
        if demand >= 0 and c.demands[demand].asked != c.claim_rounds and c.interactions[interaction].n_bans == 0:
            c.demands[demand].asked = c.claim_rounds
            look_for_agent(c, interaction)
        if demand < 0 or c.demands[demand].vain != c.claim_rounds or c.demands[demand].keeper >= 0:
            c.scratch.slots[n] = interaction
            n += 1
    sort_by_rank(c, c.scratch.slots, n)
    return n


cdef int make_claims(Center *c) except -1 nogil:
    """When no pair is left: each overdue interaction claims the agent with the least in the way.

    Thousands may be overdue and hundreds at work, while most of the former ask for the same: what one of
    a demand has found out in this round holds for the others, too.
    """
    cdef int32_t i, n, interaction, agent
    cdef int made = 0
    c.claims_dirty = 0
    keep_claimants(c)
    if c.claimants.n == 0 or not anybody_to_claim(c):
        return 0
    c.claim_rounds += 1
    n = hopeful_claimants(c)
    for i in range(n):
        interaction = c.scratch.slots[i]
        if is_in_vain(c, interaction):
            continue
        agent = look_for_agent(c, interaction)
        if agent < 0:
            continue
        reserve(c)
        c.interactions[interaction].claim = agent
        c.agents[agent].claim = interaction
        list_push(&c.claimed, interaction)
        touch(c, agent)
        dirty_agent(c, agent)
        dirty_interaction(c, interaction)
        emit_interaction(c, CLAIM_MADE, CAUSE_NONE, interaction, agent, 0, 0)
        made += 1
    return made
