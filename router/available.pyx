# cython: cdivision=True
"""Indices of available agents; see available.pxd.

Agents of equal skills and channels form a *group*. An index has for each group a heap of those of its agents
who are available, with the key and the number of the first one in the group's own cache line. Who is first
of all eligible groups is found in one of two ways, by estimated cost:

* *Scan*: the bits of eligible groups AND those of groups with somebody available, then compare their first
  agents. Best where profiles repeat, so that groups are few, and for a scarce requirement, which few groups
  satisfy.
* *Walk* the groups with somebody available in the order of their first agents (order.pxd), until one is
  eligible. Best where nearly every agent is a group and many of them are eligible. The order is kept only
  while many groups have somebody available.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memset

from .hashing cimport folded
from .heap cimport AgentHeap, AgentKey, agent_before, agent_push, agent_remove, agent_reserve
from .law cimport *
from .match cimport touch
from .model cimport *
from .occupancy cimport load_share, occupancy_key
from .order cimport Available, Walk, order_add, order_clear, order_drop, order_free, order_reserve, walk_on
from .require cimport row_clear, row_longer, row_set, words_of_groups
from .store cimport reserve_array

cdef extern from *:
    """
    /* From how many groups with somebody available on the order is kept, and below how many no longer. At 100 of 2,000
       agents, all different, it takes 4 % less time to keep it; at 500 of 10,000, 26 %. */
    #ifdef ACDCORE_DEBUG
    #define ACD_ORDER_BEGINS 3
    #define ACD_ORDER_ENDS 2
    #else
    #define ACD_ORDER_BEGINS 64
    #define ACD_ORDER_ENDS 32
    #endif

    /* The first word from w on in which two rows have a bit in common; words: none. Eight at once, as vectors, take 22
       instructions instead of 50. */
    typedef uint64_t acd_pair __attribute__((vector_size(16), aligned(8), may_alias));
    static int acd_next_common(const uint64_t *one, const uint64_t *two, int w, int words) {
        for (; w + 8 <= words; w += 8) {
            const acd_pair *a = (const acd_pair *)(one + w), *b = (const acd_pair *)(two + w);
            acd_pair common = (a[0] & b[0]) | (a[1] & b[1]) | (a[2] & b[2]) | (a[3] & b[3]);
            if (common[0] | common[1]) break;
        }
        while (w < words && !(one[w] & two[w])) w++;
        return w;
    }
    """
    int32_t acd_next_common(const uint64_t *one, const uint64_t *two, int32_t w, int32_t words) noexcept nogil
    const int32_t ACD_ORDER_BEGINS
    const int32_t ACD_ORDER_ENDS
    int __builtin_ctzll(unsigned long long) noexcept nogil
    int __builtin_popcountll(unsigned long long) noexcept nogil

cdef enum:
    MANY = 8                        # where there are so many times more, it pays whatever the next two say
    PEERS_BEGIN = 2                 # with more agents a group than that, the first agents of groups change too often:
    PEERS_END = 4                   # it takes 15 % more time to keep the order where 500 of 10,000 are of 100 kinds
    HIT = 3                         # what the first agent of a group costs, where a step of a walk or a word costs 1
    OUT_OF_STEPS = -2


# ---------------------------------------------------------------------- indices in use

cdef int inner_order(int64_t strategy) noexcept nogil:
    """Return by what a strategy orders agents of equal skills."""
    if strategy == LONGEST_IDLE:
        return BY_IDLE
    if strategy == FEWEST_HANDLED:
        return BY_HANDLED
    if strategy == ROUND_ROBIN:
        return BY_LAST_OFFER
    return BY_CHANCE if strategy == RANDOM else BY_OCCUPANCY


cdef int kind_use(Center *c, int32_t channel, int64_t strategy) except -1 nogil:
    """Begin to keep the index of a channel in a strategy's order, if it is not kept yet."""
    cdef int32_t which = channel * N_INNER_ORDERS + inner_order(strategy), words = words_of_groups(c), a, g
    cdef Index *index
    if c.kind_of[which] >= 0:
        return 0
    reserve_array(<void **> &c.indices, &c.indices_capacity, c.n_kinds + 1, sizeof(Index))
    index = &c.indices[c.n_kinds]
    index.channel, index.order_by = channel, inner_order(strategy)
    if words:
        groups_longer(index, 0, words)
    if c.agents_capacity:
        places_longer(index, 0, c.agents_capacity)
    for g in range(c.group_slots.used):
        members_more(&index.groups[g].heap, c.groups[g].members)
    for a in range(c.n_agents):
        index_remove(c, a)  # from the indices there are; they come back into all
        touch(c, a)
    c.kind_of[which] = c.n_kinds
    c.n_kinds += 1
    return 0


cdef int groups_longer(Index *index, int32_t before, int32_t words) except -1 nogil:
    """Make every table by group of an index longer; both lengths are in words of 64 groups."""
    cdef Available *moved = <Available *> realloc(index.groups, <size_t> words * 64 * sizeof(Available))
    cdef int32_t g
    if moved == NULL:
        raise MemoryError
    index.groups = moved
    memset(&moved[before * 64], 0, <size_t> (words - before) * 64 * sizeof(Available))
    for g in range(before * 64, words * 64):
        moved[g].block = -1
    row_longer(&index.bits, before, words)
    if index.order.is_kept:
        order_reserve(&index.order, <int64_t> words * 64)
    return 0


cdef int places_longer(Index *index, int32_t before, int32_t capacity) except -1 nogil:
    cdef int32_t *moved = <int32_t *> realloc(index.places, <size_t> capacity * sizeof(int32_t))
    if moved == NULL:
        raise MemoryError
    index.places = moved
    memset(&moved[before], 0xFF, <size_t> (capacity - before) * sizeof(int32_t))
    return 0


cdef int members_more(AgentHeap *heap, int32_t n) except -1 nogil:
    """Make room for ``n`` members in a group's heap: for one, no more than that, as many groups have one."""
    if n == 1 and heap.capacity == 0:
        heap.entries = <AgentKey *> malloc(sizeof(AgentKey))
        if heap.entries == NULL:
            raise MemoryError
        heap.capacity = 1
        return 0
    return agent_reserve(heap, n)


cdef int indices_of_groups(Center *c, int32_t words) except -1 nogil:
    """There is room for more groups than ``words`` words of them."""
    cdef int kind
    for kind in range(c.n_kinds):
        groups_longer(&c.indices[kind], words, words_of_groups(c))
    return 0


cdef int indices_of_members(Center *c, int32_t group, int32_t n) except -1 nogil:
    """A group is about to have ``n`` members."""
    cdef int kind
    for kind in range(c.n_kinds):
        members_more(&c.indices[kind].groups[group].heap, n)
    return 0


cdef int indices_of_agents(Center *c, int32_t before) except -1 nogil:
    """There is room for more agents than ``before``."""
    cdef int kind
    for kind in range(c.n_kinds):
        places_longer(&c.indices[kind], before, c.agents_capacity)
    return 0


cdef void indices_free(Center *c) noexcept:
    cdef int32_t g
    cdef int kind
    for kind in range(c.indices_capacity):  # the last one may have been begun only
        for g in range(c.group_slots.capacity if c.indices[kind].groups != NULL else 0):
            free(c.indices[kind].groups[g].heap.entries)
        free(c.indices[kind].groups)
        free(c.indices[kind].bits)
        free(c.indices[kind].places)
        order_free(&c.indices[kind].order)
    free(c.indices)


# ---------------------------------------------------------------------- who is in

cdef int64_t word_of_occupancy(const AgentKey *key) noexcept nogil:
    """Tell 7 bits of the units, 7 of the load, 26 of the exponent, the first 23 of the mantissa; more is the most."""
    cdef int64_t exponent = key.exponent + (1 << 25), rest
    if key.units > 127:
        return 0x7FFFFFFFFFFFFFFF
    if key.load > 127 or exponent >= 1 << 26:
        rest = (<int64_t> 1 << 49) - 1
    else:
        rest = (exponent << 23) + (key.mantissa >> 41) + (1 << 22) if exponent >= 0 else 0
    return (((key.units << 7) + (key.load if key.load < 127 else 127)) << 49) + rest


cdef void make_key(Center *c, int32_t agent, int order_by, AgentKey *key) noexcept nogil:
    """Write the part of an agent's rank that stays as it is until its load or offers change.

    Its word never contradicts the rest: of two keys in one order, the one that ranks later has no smaller word.
    """
    cdef Agent *a = &c.agents[agent]
    cdef uint64_t chance
    key.units = key.load = key.exponent = key.mantissa = 0
    key.word = key.idle_mark_ns = a.idle_mark_ns
    key.sign_in_seq = a.sign_in_seq
    key.id = agent
    if order_by == BY_OCCUPANCY:
        key.units = a.assigned_units + a.offered_units
        key.load = a.load
        occupancy_key(
            a.occupancy, load_share(a.load), a.occupancy_ns, &c.half_life, &key.exponent, &key.mantissa
        )
        key.word = word_of_occupancy(key)
    elif order_by == BY_HANDLED:
        key.word = key.units = a.handled
    elif order_by == BY_LAST_OFFER:
        key.word = key.units = a.last_offer_seq
    elif order_by == BY_CHANCE:
        chance = folded(folded(folded(0, <uint64_t> c.settings[SEED]), a.name.hash), <uint64_t> a.offers_received)
        key.word = key.units = <int64_t> (chance ^ <uint64_t> 1 << 63)  # so that it sorts as an unsigned number


cdef inline bint same_key(const AgentKey *one, const AgentKey *two) noexcept nogil:
    return not agent_before(one, two) and not agent_before(two, one)


cdef inline bint order_begins(const Index *index) noexcept nogil:
    """Say whether to begin to keep the order."""
    return index.n_groups >= ACD_ORDER_BEGINS and (
        index.n_agents <= PEERS_BEGIN * index.n_groups or index.n_groups >= MANY * ACD_ORDER_BEGINS
    )


cdef inline bint order_ends(const Index *index) noexcept nogil:
    """Say whether to keep it no longer; there is enough in between for what it takes to begin to be worth while."""
    return index.n_groups < ACD_ORDER_ENDS or (
        index.n_agents > PEERS_END * index.n_groups and index.n_groups < MANY * ACD_ORDER_ENDS
    )


cdef void push(Center *c, Index *index, int32_t group, const AgentKey *key) noexcept nogil:
    """Put an agent in."""
    cdef Available *one = &index.groups[group]
    agent_push(&one.heap, index.places, key)
    index.n_agents += 1
    if one.heap.n == 1:
        row_set(index.bits, words_of_groups(c), group)
        index.n_groups += 1
    if index.order.is_kept and order_ends(index):
        order_clear(&index.order, index.groups)
        index.order.is_kept = 0
    elif not index.order.is_kept and order_begins(index):
        c.orders_due = 1
    if index.places[key.id]:
        return
    if index.order.is_kept and one.heap.n > 1:
        order_drop(&index.order, index.groups, group)
    one.word, one.agent = key.word, key.id
    if index.order.is_kept:
        order_add(&index.order, index.groups, group)


cdef void pull(Center *c, Index *index, int32_t group, int32_t agent) noexcept nogil:
    """Take an agent out."""
    cdef Available *one = &index.groups[group]
    cdef bint was_first = index.places[agent] == 0
    if was_first and index.order.is_kept:
        order_drop(&index.order, index.groups, group)
    agent_remove(&one.heap, index.places, agent)
    index.n_agents -= 1
    if one.heap.n == 0:
        row_clear(index.bits, words_of_groups(c), group)
        index.n_groups -= 1
        if index.order.is_kept and order_ends(index):
            order_clear(&index.order, index.groups)
            index.order.is_kept = 0
    elif was_first:
        one.word, one.agent = one.heap.entries[0].word, one.heap.entries[0].id
        if index.order.is_kept:
            order_add(&index.order, index.groups, group)


cdef void index_renew(Center *c, int32_t agent, uint32_t channels) noexcept nogil:
    """Have the agent in the indices of these channels only, by the keys of now."""
    cdef Agent *a = &c.agents[agent]
    cdef Index *index
    cdef AgentKey key
    cdef int kind, made = -1
    cdef bint was_in, is_in
    for kind in range(c.n_kinds):
        index = &c.indices[kind]
        was_in, is_in = (a.indexed >> index.channel) & 1, (channels >> index.channel) & 1
        if is_in and made != index.order_by:
            made = index.order_by
            make_key(c, agent, made, &key)
        if was_in and is_in and same_key(&key, &index.groups[a.group].heap.entries[index.places[agent]]):
            continue
        if was_in:
            pull(c, index, a.group, agent)
        if is_in:
            push(c, index, a.group, &key)
    a.indexed = channels


cdef void index_remove(Center *c, int32_t agent) noexcept nogil:
    """Take the agent out of every index."""
    if c.agents[agent].indexed:
        index_renew(c, agent, 0)


cdef int begin_orders(Center *c) except -1 nogil:
    """Begin to keep the orders that pay now: as many steps as it takes agents to come and go before the next time."""
    cdef Index *index
    cdef int32_t group
    cdef int kind
    c.orders_due = 0
    for kind in range(c.n_kinds):
        index = &c.indices[kind]
        if index.order.is_kept or not order_begins(index):
            continue
        order_reserve(&index.order, c.group_slots.capacity)
        for group in range(c.group_slots.used):
            if index.groups[group].heap.n:
                order_add(&index.order, index.groups, group)
        index.order.is_kept = 1
    return 0


# ---------------------------------------------------------------------- who is first

cdef int32_t next_word(Center *c, const Index *index, const Eligible *of, int32_t w) noexcept nogil:
    """Return the first word from ``w`` on with a group that is eligible and has somebody available; -1: none.

    Where few groups are eligible, the words without any of them are passed over by the rows' own bits.
    """
    cdef const uint64_t *one = of.one
    cdef const uint64_t *two = of.two
    cdef const uint64_t *bits = index.bits
    cdef int32_t words = words_of_groups(c), line = w >> 6
    cdef uint64_t lines
    if of.n >= words:
        w = acd_next_common(one, bits, w, words)
        while w < words and not one[w] & two[w] & bits[w]:
            w = acd_next_common(one, bits, w + 1, words)
        return w if w < words else -1
    if w >= words:
        return -1
    lines = one[words + line] & two[words + line] & bits[words + line] & (<uint64_t> -1 << (w & 63))
    while True:
        while lines:
            w = line * 64 + __builtin_ctzll(lines)
            if one[w] & two[w] & bits[w]:
                return w
            lines &= lines - 1
        line += 1
        if line >= (words + 63) // 64:
            return -1
        lines = one[words + line] & two[words + line] & bits[words + line]


cdef bint walk_pays(Center *c, const Index *index, const Eligible *of, int32_t w, Walk *walk) noexcept nogil:
    """Say whether to walk the order rather than to scan on from ``w``, the first word with anybody.

    How far that is, and how many there are in it, tells how many are to be found: it costs less than to count
    them, and tells more than how many are eligible, as those who are available are mostly those who are less in
    demand. That is why those who have been so for longest are often passed in vain; once that has cost as much
    as to scan, the walk ends.
    """
    cdef int64_t words = words_of_groups(c), eligible = of.n, hits, left
    if not index.order.is_kept:
        return False
    hits = __builtin_popcountll(of.one[w] & of.two[w] & index.bits[w])
    hits = 1 + (hits * words - 1) // (w + 1)
    left = HIT * hits + (eligible if eligible < words else words) * (words - w - 1) // words
    walk[0] = Walk(0, 0, left)
    return index.n_groups < hits * left


cdef inline bint is_before(const Available *one, const Available *two) noexcept nogil:
    """Say whether one group's first agent ranks before another's, words aside."""
    return agent_before(&one.heap.entries[0], &two.heap.entries[0])


cdef int32_t scan(Center *c, const Index *index, const Eligible *of, int32_t w) noexcept nogil:
    """Return the group of the first agent of all from a word on."""
    cdef const uint64_t *one = of.one
    cdef const uint64_t *two = of.two
    cdef const Available *groups = index.groups
    cdef uint64_t word
    cdef int64_t least = 0x7FFFFFFFFFFFFFFF
    cdef int32_t words = words_of_groups(c), best = -1, group
    cdef bint is_dense = of.n >= words
    while w >= 0:
        word = one[w] & two[w] & index.bits[w]
        while word:
            group = w * 64 + __builtin_ctzll(word)
            word &= word - 1
            if groups[group].word > least:
                continue
            if groups[group].word < least or best < 0 or is_before(&groups[group], &groups[best]):
                best, least = group, groups[group].word
        if is_dense:
            w = w + 1 if w + 1 < words else -1
        else:
            w = next_word(c, index, of, w + 1)
    return best


cdef int32_t first_available(Center *c, const Index *index, const Eligible *of) noexcept nogil:
    """Return the agent who ranks first by their key among those of these groups, or -1."""
    cdef int32_t w = next_word(c, index, of, 0), group = OUT_OF_STEPS
    cdef Walk walk
    if w < 0:
        return -1
    if walk_pays(c, index, of, w, &walk):
        group = walk_on(&index.order, of.one, of.two, &walk)
    if group == OUT_OF_STEPS:
        group = scan(c, index, of, w)
    return index.groups[group].agent


cdef int64_t count_free(Center *c, int32_t requirement, int32_t extra, int32_t channel) noexcept nogil:
    """Return how many agents with these skills are free to take something on the channel."""
    cdef Eligible of = eligible_for(c, requirement, extra)
    cdef const Index *index
    cdef int64_t count = 0
    cdef uint64_t word
    cdef int32_t w
    cdef int kind = 0
    while kind < c.n_kinds and c.indices[kind].channel != channel:
        kind += 1
    if kind == c.n_kinds:
        return 0
    index = &c.indices[kind]
    w = next_word(c, index, &of, 0)
    while w >= 0:
        word = of.one[w] & of.two[w] & index.bits[w]
        while word:
            count += index.groups[w * 64 + __builtin_ctzll(word)].heap.n
            word &= word - 1
        w = next_word(c, index, &of, w + 1)
    return count
