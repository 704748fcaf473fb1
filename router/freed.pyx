# cython: cdivision=True
"""The first interaction for an agent who may have become available; see freed.pxd."""

from libc.stdint cimport int32_t, int64_t, uint32_t

from .heap cimport ARITY, Rank, RankHeap, rank_before
from .law cimport *
from .lines cimport channel_of, rank_of
from .match cimport is_banned, reserve_lets
from .model cimport *
from .require cimport bits_folded, is_suited_group

cdef extern from *:
    """
    /* Whether the share used/promise is larger for one than for two, -1, 0 or 1; all within 63 bits. */
    static inline int acd_compare_shares(long long used1, long long promise1, long long used2, long long promise2) {
        __int128 one = (__int128)used1 * promise2, two = (__int128)used2 * promise1;
        return (one > two) - (one < two);
    }
    /* What makes looking at all filings pay: to have not many more to look at than those under an agent's own skills,
       few of these, and most of all out of the question for want of a second skill. In the reference job an event then
       takes 1,656 instructions, going down under each skill 1,720; with 100,000 waiting 2,432 and 2,746. In the full
       law, where nearly all who wait would do with one skill, a command takes 8 % more time than going down. */
    #define ACD_MOST_TO_ONE 12
    #ifdef ACDCORE_DEBUG
    #define ACD_FEW_FILINGS 3
    #define ACD_MOST_TO_BROAD 1
    #else
    #define ACD_FEW_FILINGS 48
    #define ACD_MOST_TO_BROAD 5
    #endif

    /* Which of sixteen filings (FILINGS_AT_ONCE) need nothing that is lacking, a bit for each: 28 instructions, as
       vectors. When each next one was looked for from the place behind the last, 775 instructions an event went into
       this search with 100,000 waiting; now 500. */
    typedef uint32_t acd_needs __attribute__((vector_size(16), aligned(4), may_alias));
    typedef uint64_t acd_halves __attribute__((vector_size(16)));
    static inline unsigned acd_met_of_16(const uint32_t *needs, uint32_t lacks) {
        const acd_needs *four = (const acd_needs *)needs;
        const acd_needs first = {1, 2, 4, 8};
        acd_needs met = ((acd_needs)((four[0] & lacks) == 0) & first)
            | ((acd_needs)((four[1] & lacks) == 0) & (first << 4))
            | ((acd_needs)((four[2] & lacks) == 0) & (first << 8))
            | ((acd_needs)((four[3] & lacks) == 0) & (first << 12));
        acd_halves halves = (acd_halves)met;
        uint64_t both = halves[0] | halves[1];
        return (unsigned)(both | both >> 32);
    }
    """
    const int64_t ACD_FEW_FILINGS
    const int64_t ACD_MOST_TO_ONE
    const int64_t ACD_MOST_TO_BROAD
    uint32_t acd_met_of_16(const uint32_t *needs, uint32_t lacks) noexcept nogil
    int __builtin_ctz(unsigned int) noexcept nogil
    int acd_compare_shares(int64_t used1, int64_t promise1, int64_t used2, int64_t promise2) noexcept nogil


# ---------------------------------------------------------------------- the rank of interactions

cdef inline int64_t at_least_1(int64_t promise_ns) noexcept nogil:
    return promise_ns if promise_ns > 1 else 1


cdef int compare_ranks(Center *c, const Rank *one, const Rank *two) noexcept nogil:
    """Say which of two interactions ranks first: -1 for the one, 1 for the two."""
    cdef Cell *cell1
    cdef Cell *cell2
    cdef int64_t used1, used2
    cdef int order
    if one.a != two.a:
        return -1 if one.a < two.a else 1
    if c.settings[ORDER] == ORDER_PROPORTIONAL:
        cell1, cell2 = &c.cells[c.interactions[one.id].cell], &c.cells[c.interactions[two.id].cell]
        used1, used2 = c.at_ns - one.c + cell1.head_start_ns, c.at_ns - two.c + cell2.head_start_ns
        order = acd_compare_shares(used1, at_least_1(cell1.promise_ns), used2, at_least_1(cell2.promise_ns))
        if order:
            return -order
        if one.c != two.c:
            return -1 if one.c < two.c else 1
        return -1 if one.d < two.d else 1
    return -1 if rank_before(one, two) else 1


cdef bint sooner(Center *c, int32_t one, int32_t two) noexcept nogil:
    """Say whether the one interaction ranks before the two."""
    cdef Rank rank1 = rank_of(c, one), rank2 = rank_of(c, two)
    return ranks_before(c, &rank1, &rank2)


# ---------------------------------------------------------------------- the first interaction for an agent

# The best interaction so far is kept as its rank; its id is -1 where there is none.

cdef inline bint beats(Center *c, const Rank *rank, const Rank *best) noexcept nogil:
    return best.id < 0 or ranks_before(c, rank, best)


cdef bint may_take(Center *c, int32_t agent, int32_t interaction) noexcept nogil:
    """Say whether the agent, who has the skills, may take it: cool-downs, reserves and room on its channel."""
    return (
        (c.agents[agent].fits >> channel_of(c, interaction)) & 1
        and not is_banned(c, agent, interaction)
        and reserve_lets(c, interaction)
    )


cdef void first_waiting(
    Center *c, const RankHeap *heap, int32_t place, int32_t agent, Rank *best
) noexcept nogil:
    """Find the first interaction of a heap in static order that the agent may take."""
    cdef int32_t child, interaction
    if place >= heap.n or not beats(c, &heap.entries[place], best):
        return
    interaction = heap.entries[place].id
    if may_take(c, agent, interaction):
        best[0] = heap.entries[place]
        return
    if c.interactions[interaction].n_bans == 0 and c.interactions[interaction].addressed < 0:
        return  # the reserve keeps it, and then all that come after it in its line
    for child in range(place * ARITY + 1, place * ARITY + 1 + ARITY):
        first_waiting(c, heap, child, agent, best)


cdef int32_t first_addressed(Center *c, int32_t agent) noexcept nogil:
    """Return the first of the interactions that are this agent's, or -1."""
    cdef const RankHeap *heap = &c.agents[agent].addressed
    cdef Rank best = Rank(0, 0, 0, 0, -1)
    cdef int32_t i
    if c.settings[ORDER] == ORDER_DUE:  # the order of the heap
        first_waiting(c, heap, 0, agent, &best)
        return best.id
    for i in range(heap.n):
        if beats(c, &heap.entries[i], &best) and may_take(c, agent, heap.entries[i].id):
            best = heap.entries[i]
    return best.id


cdef void first_of_line(Center *c, const Line *line, int32_t agent, Rank *best) noexcept nogil:
    """Find the first interaction of a line that the agent, who is suited, may take."""
    cdef int32_t slot = line.head
    cdef Rank rank
    if not beats(c, &line.first, best):
        return
    while slot >= 0:
        rank = rank_of(c, slot)
        if not beats(c, &rank, best):
            break
        if may_take(c, agent, slot):
            best[0] = rank
            break
        if c.interactions[slot].n_bans == 0:
            break  # the reserve keeps it, and then all behind it
        slot = c.line_links[slot].next
    first_waiting(c, &line.late, 0, agent, best)


cdef void first_of_lines(Center *c, int32_t demand, int32_t agent, Rank *best) noexcept nogil:
    """Find the first interaction of a demand's lines that the agent, who is suited, may take."""
    cdef Demand *d = &c.demands[demand]
    cdef int32_t i
    for i in range(d.lines.n):
        first_of_line(c, &c.lines[d.lines.entries[i].id], agent, best)


cdef inline bint suits(Center *c, const Agent *a, const Filing *filing) noexcept nogil:
    """Say whether what is filed is for the agent, who may have no room on other channels."""
    return (a.fits >> filing.channel) & 1 and is_suited_group(c, a.group, filing.requirement, filing.extra)


cdef inline bint may_beat(const Rank *rank, const Rank *best) noexcept nogil:
    return best.id < 0 or rank_before(rank, best)


cdef bint takes_first(Center *c, const Filing *filing, int32_t agent, Rank *best) noexcept nogil:
    """Let the agent, who is suited, take what ranks first in a filing, or else whatever it may take of the demand.

    Returns whether it was the first, so that nothing that is filed and ranks later may beat it.
    """
    if filing.first.id >= 0 and not is_banned(c, agent, filing.first.id):
        best[0] = filing.first
        return True
    first_of_lines(c, filing.demand, agent, best)
    return False


cdef inline bint all_pays(Center *c, int32_t n_skills) noexcept nogil:
    """Say whether somebody with so many skills looks at all filings rather than at those under each skill.

    How many these are is guessed from how many skills there are; nothing but time depends on it.
    """
    cdef int64_t filed = c.filing_slots.used - c.filing_slots.n_free, own = filed * n_skills  # times all skills
    return (
        own <= ACD_FEW_FILINGS * c.n_skills
        and ACD_MOST_TO_BROAD * c.broad_filings <= filed
        and <int64_t> c.filing_slots.used * c.n_skills <= ACD_MOST_TO_ONE * own
    )


cdef void first_of_all(Center *c, int32_t agent, uint32_t lacks, Rank *best) noexcept nogil:
    """Find the first interaction that the agent may take among all filings."""
    cdef const Agent *a = &c.agents[agent]
    cdef const Filing *filing
    cdef bint is_static = c.settings[ORDER] == ORDER_DUE
    cdef int32_t n = c.filing_slots.used, begin = 0
    cdef uint32_t met
    while begin < n:
        met = acd_met_of_16(&c.filing_needs[begin], lacks)
        if n - begin < FILINGS_AT_ONCE:
            met &= (<uint32_t> 1 << (n - begin)) - 1
        while met:
            filing = &c.filings[begin + __builtin_ctz(met)]
            met &= met - 1
            if filing.demand >= 0 and (not is_static or may_beat(&filing.first, best)) and suits(c, a, filing):
                if is_static:
                    takes_first(c, filing, agent, best)
                else:
                    first_of_lines(c, filing.demand, agent, best)
        begin += FILINGS_AT_ONCE


cdef void first_filed(
    Center *c, const RankHeap *heap, int32_t place, int32_t agent, uint32_t lacks, Rank *best
) noexcept nogil:
    """Find the first interaction of a heap of filings that the agent may take, going down only past those it may not.

    Where the order is another than that of the heap, all of it is gone through.
    """
    cdef const Rank *rank = &heap.entries[place]
    cdef const Filing *filing = &c.filings[rank.id]
    cdef int32_t child = place * ARITY + 1, end
    cdef bint is_static = c.settings[ORDER] == ORDER_DUE
    if is_static and not may_beat(rank, best):
        return
    if not c.filing_needs[rank.id] & lacks and suits(c, &c.agents[agent], filing):
        if not is_static:
            first_of_lines(c, filing.demand, agent, best)
        elif takes_first(c, filing, agent, best):
            return
    end = child + ARITY if child + ARITY < heap.n else heap.n
    while child < end:
        first_filed(c, heap, child, agent, lacks, best)
        child += 1


cdef void first_under(Center *c, int32_t agent, uint32_t lacks, Rank *best) noexcept nogil:
    """Find the first interaction that the agent may take among those filed under its own skills, or under none."""
    cdef const Group *group = &c.groups[c.agents[agent].group]
    cdef const RankHeap *heap
    cdef int32_t i
    if c.common.n:
        first_filed(c, &c.common, 0, agent, lacks, best)
    for i in range(group.n_skills):
        heap = &c.skills[group.skills[i].skill].filed
        if heap.n:
            first_filed(c, heap, 0, agent, lacks, best)


cdef int32_t best_waiting(Center *c, int32_t agent) noexcept nogil:
    """Return the interaction that ranks first among those in lines that the agent may take, or -1."""
    cdef const Agent *a = &c.agents[agent]
    cdef Rank best = Rank(0, 0, 0, 0, -1)
    cdef const Group *group = &c.groups[a.group]
    cdef uint32_t lacks
    if a.claim >= 0:
        if c.interactions[a.claim].state != I_WAITING or not (a.fits >> channel_of(c, a.claim)) & 1:
            return -1
        return -1 if is_banned(c, agent, a.claim) else a.claim
    if a.addressed.n:
        best.id = first_addressed(c, agent)
        if best.id >= 0:
            return best.id
    lacks = ~bits_folded(group.has)
    if all_pays(c, group.n_skills):
        first_of_all(c, agent, lacks, &best)
    else:
        first_under(c, agent, lacks, &best)
    return best.id


cdef bint has_idle_peer(Center *c, int32_t agent) noexcept nogil:
    """Say whether somebody of the same skills has been available: then nothing waits that they may take, either."""
    cdef const Agent *a = &c.agents[agent]
    cdef int kind
    if a.claim >= 0 or a.addressed.n or a.indexed or c.ban_slots.used > c.ban_slots.n_free:
        return False
    for kind in range(c.n_kinds):
        if (a.fits >> c.indices[kind].channel) & 1 and c.indices[kind].groups[a.group].heap.n == 0:
            return False
    return True
