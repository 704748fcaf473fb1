# cython: cdivision=True
"""Demands and their filings; see demands.pxd.

A demand is filed under its scarcest skill (any-of: under each member of the scarcest clause), among the
demands there by the rank of its first interaction. A filing holds whatever decides whether somebody is
suited, so that a freed agent reads the demand itself hardly ever.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from .claims cimport drop_asked
from .hashing cimport name_hash
from .heap cimport Rank, RankHeap, rank_push, rank_remove, rank_renew, rank_reserve
from .law cimport *
from .model cimport *
from .names cimport NameEntry, names_find, names_put, names_remove, names_reserve
from .require cimport bits_folded, is_broad, needs_of, skill_bit
from .store cimport list_reserve, places_reserve, slot_give_back, slot_take, slots_reserve


cdef int32_t demand_of(Center *c, int32_t requirement, int32_t extra, int32_t channel) except -1 nogil:
    """Return the demand of two requirements (the second may be -1) on a channel, interned."""
    cdef int32_t[3] words = [requirement, extra, channel]
    cdef int32_t length = 3 * <int32_t> sizeof(int32_t), slot
    cdef uint64_t hash_ = name_hash(<const char *> words, length)
    cdef NameEntry *known = names_find(&c.names, KIND_DEMAND, <const char *> words, length, hash_)
    cdef Demand *one
    if known != NULL:
        return <int32_t> known.value
    if slots_reserve(&c.demand_slots, <void **> &c.demands, 1, sizeof(Demand)):
        list_reserve(&c.asked_demands, c.demand_slots.capacity)
    names_reserve(&c.names, 1)
    slot = slot_take(&c.demand_slots)
    one = &c.demands[slot]
    memset(one, 0, sizeof(Demand))
    one.first_filing = -1
    one.key = <int32_t *> malloc(<size_t> length)
    if one.key == NULL:
        raise MemoryError
    memcpy(one.key, words, <size_t> length)
    names_put(&c.names, KIND_DEMAND, <const char *> one.key, length, hash_, slot)
    return slot


cdef void demand_drop(Center *c, int32_t demand) noexcept nogil:
    """Nobody's line is here any more."""
    cdef Demand *one = &c.demands[demand]
    cdef int32_t length = 3 * <int32_t> sizeof(int32_t)
    unfile_demand(c, demand)
    if one.is_asked:
        drop_asked(c, demand)
    names_remove(
        &c.names, KIND_DEMAND, <const char *> one.key, length, name_hash(<const char *> one.key, length)
    )
    free(one.key)
    free(one.lines.entries)
    memset(one, 0, sizeof(Demand))
    slot_give_back(&c.demand_slots, demand)


# ---------------------------------------------------------------------- filings

cdef void scarcest(
    Center *c, int32_t requirement, int32_t *of, int32_t *first, int32_t *last, int64_t *fewest
) noexcept nogil:
    """Find the clause whose skills the fewest agents have, if it beats ``fewest``."""
    cdef const Requirement *one = &c.requirements[requirement]
    cdef int32_t clause, i = 0, begin
    cdef int64_t agents
    for clause in range(one.n_clauses):
        begin = i
        agents = 0
        while i < one.ends[clause]:
            agents += c.skills[one.skills[i].skill].agents
            i += 1
        if fewest[0] < 0 or agents < fewest[0]:
            of[0], first[0], last[0], fewest[0] = requirement, begin, i, agents


cdef inline RankHeap *filed_under(Center *c, int32_t skill) noexcept nogil:
    """Return the filings under a skill; -1: the common ones."""
    return &c.common if skill < 0 else &c.skills[skill].filed


cdef int file_under(Center *c, int32_t demand, int32_t skill, uint64_t needs) except -1 nogil:
    """Add a filing; :func:`refile_demand` says what ranks first in it.

    Whoever has not the skill finds the demand under another that they have, or is not suited.
    """
    cdef Demand *d = &c.demands[demand]
    cdef RankHeap *heap = filed_under(c, skill)
    cdef int32_t before = c.filing_slots.capacity, slot
    cdef Rank rank = d.lines.entries[0]
    cdef Filing *one
    # The search looks at so many at once: there is always a multiple of them, as pools double. What is not there
    # needs all skills.
    if slots_reserve(&c.filing_slots, <void **> &c.filings, 1 if before else FILINGS_AT_ONCE, sizeof(Filing)):
        places_reserve(&c.filing_places, before, c.filing_slots.capacity)
        places_reserve(<int32_t **> &c.filing_needs, before, c.filing_slots.capacity)
    rank_reserve(heap, heap.n + 1)
    slot = slot_take(&c.filing_slots)
    one = &c.filings[slot]
    c.filing_needs[slot] = bits_folded(needs | skill_bit(skill) if skill >= 0 else needs)
    c.broad_filings += is_broad(c.filing_needs[slot])
    one.demand, one.skill = demand, skill
    one.requirement, one.extra, one.channel = d.key[0], d.key[1], d.key[2]
    one.next = d.first_filing
    d.first_filing = slot
    rank.id = slot
    rank_push(heap, c.filing_places, &rank)
    return 0


cdef int file_demand(Center *c, int32_t demand) except -1 nogil:
    """File it under each member of its scarcest clause, or among the common ones if it has none."""
    cdef Demand *one = &c.demands[demand]
    cdef int32_t of = -1, first = 0, last = 0, i
    cdef int64_t fewest = -1
    cdef uint64_t needs = needs_of(&c.requirements[one.key[0]])
    scarcest(c, one.key[0], &of, &first, &last, &fewest)
    if one.key[1] >= 0:
        scarcest(c, one.key[1], &of, &first, &last, &fewest)
        needs |= needs_of(&c.requirements[one.key[1]])
    if of < 0:
        file_under(c, demand, -1, needs)
    for i in range(first, last):
        file_under(c, demand, c.requirements[of].skills[i].skill, needs)
    refile_demand(c, demand)
    return 0


cdef void unfile_demand(Center *c, int32_t demand) noexcept nogil:
    """Nobody waits for it any more."""
    cdef int32_t slot = c.demands[demand].first_filing
    while slot >= 0:
        rank_remove(filed_under(c, c.filings[slot].skill), c.filing_places, slot)
        c.broad_filings -= is_broad(c.filing_needs[slot])
        c.filing_needs[slot], c.filings[slot].demand = <uint32_t> -1, -1
        slot_give_back(&c.filing_slots, slot)
        slot = c.filings[slot].next
    c.demands[demand].first_filing = -1


cdef void refile_demand(Center *c, int32_t demand) noexcept nogil:
    """Give every filing the rank of the demand's first interaction, and its name where nothing may keep it back."""
    cdef Demand *one = &c.demands[demand]
    cdef Rank rank = one.lines.entries[0], first = c.lines[rank.id].first
    cdef int32_t slot = one.first_filing
    if one.n_reserved:
        first.id = -1
    while slot >= 0:
        rank.id = slot
        rank_renew(filed_under(c, c.filings[slot].skill), c.filing_places, &rank)
        c.filings[slot].first = first
        slot = c.filings[slot].next
