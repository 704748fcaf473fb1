# cython: cdivision=True
"""Interned requirements and groups of agents; see require.pxd."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

from .available cimport indices_of_groups, indices_of_members
from .digest cimport group_signature_hash, requirement_hash
from .grades cimport grades_free, grades_join, grades_leave, grades_longer
from .hashing cimport name_hash
from .law cimport *
from .levels cimport find_groups, levels_join, levels_leave, levels_longer
from .model cimport *
from .names cimport NameEntry, names_find, names_put, names_remove, names_reserve
from .scores cimport scores_longer
from .store cimport dirty_group, list_reserve, slot_give_back, slot_take, slots_reserve

cdef extern from *:
    int __builtin_ctzll(unsigned long long) noexcept nogil


# ---------------------------------------------------------------------- requirements

cdef inline void insert_level(SkillLevel *levels, int32_t n, const Item *item) noexcept nogil:
    """Put a (skill, level) into the first ``n`` entries, which are sorted."""
    cdef SkillLevel one = SkillLevel(<int32_t> item.key, <int32_t> item.value)
    while n > 0 and levels[n - 1].skill > one.skill:
        levels[n] = levels[n - 1]
        n -= 1
    levels[n] = one


cdef struct Clause:
    SkillLevel *members
    int32_t n


cdef int compare_clauses(const Clause *one, const Clause *two) noexcept nogil:
    """Order clauses as tuples of pairs are ordered: -1, 0 or 1."""
    cdef int32_t i
    for i in range(one.n if one.n < two.n else two.n):
        if one.members[i].skill != two.members[i].skill:
            return -1 if one.members[i].skill < two.members[i].skill else 1
        if one.members[i].level != two.members[i].level:
            return -1 if one.members[i].level < two.members[i].level else 1
    return (one.n > two.n) - (one.n < two.n)


cdef int32_t insert_clause(Clause *sorted_, int32_t n, const Clause *one) noexcept nogil:
    """Put a clause into the first ``n``, which are sorted, unless it is there; return how many there are."""
    cdef int32_t at = n, i
    cdef int order
    while at > 0:
        order = compare_clauses(&sorted_[at - 1], one)
        if order == 0:
            return n
        if order < 0:
            break
        at -= 1
    i = n
    while i > at:
        sorted_[i] = sorted_[i - 1]
        i -= 1
    sorted_[at] = one[0]
    return n + 1


cdef int32_t read_clauses(const Item *items, int32_t n, SkillLevel *levels, Clause *clauses) noexcept nogil:
    """Collect the any-of clauses, each sorted, and return how many different ones there are."""
    cdef int32_t i, used = 0, n_clauses = 0
    cdef Clause one = Clause(NULL, 0)
    for i in range(n):
        if items[i].kind == ITEM_REQUIRE or items[i].kind == ITEM_ANY_OF:
            if one.n:
                n_clauses = insert_clause(clauses, n_clauses, &one)
            one = Clause(&levels[used], 0)
        elif items[i].kind != ITEM_OR:
            continue
        insert_level(one.members, one.n, &items[i])
        one.n += 1
        used += 1
    if one.n:
        n_clauses = insert_clause(clauses, n_clauses, &one)
    return n_clauses


cdef int32_t write_kind(int32_t *key, int32_t at, const Item *items, int32_t n, int32_t kind) noexcept nogil:
    """Append how many items of a kind there are, and these by skill; return where the key ends."""
    cdef int32_t i, count = 0
    for i in range(n):
        if items[i].kind == kind:
            insert_level(<SkillLevel *> &key[at + 1], count, &items[i])
            count += 1
    key[at] = count
    return at + 1 + 2 * count


cdef int write_key(const Item *items, int32_t n, int32_t **written, int32_t *length) except -1 nogil:
    """Write a requirement as words: clauses, each with its length, then excluded, then preferred."""
    cdef SkillLevel *levels = <SkillLevel *> malloc((<size_t> n + 1) * sizeof(SkillLevel))
    cdef Clause *clauses = <Clause *> malloc((<size_t> n + 1) * sizeof(Clause))
    cdef int32_t *key = <int32_t *> malloc((3 * <size_t> n + 4) * sizeof(int32_t))
    cdef int32_t i, at = 1
    if levels == NULL or clauses == NULL or key == NULL:
        free(levels)
        free(clauses)
        free(key)
        raise MemoryError
    key[0] = read_clauses(items, n, levels, clauses)
    for i in range(key[0]):
        key[at] = clauses[i].n
        memcpy(&key[at + 1], clauses[i].members, <size_t> clauses[i].n * sizeof(SkillLevel))
        at += 1 + 2 * clauses[i].n
    at = write_kind(key, at, items, n, ITEM_EXCLUDE)
    at = write_kind(key, at, items, n, ITEM_PREFER)
    free(levels)
    free(clauses)
    written[0] = key
    length[0] = at * <int32_t> sizeof(int32_t)
    return 0


cdef int read_key(Requirement *one, const int32_t *key, int32_t length) except -1 nogil:
    """Lay a requirement out for reading."""
    cdef int32_t words = length // <int32_t> sizeof(int32_t)
    cdef int32_t i, at = 1, used = 0
    one.skills = <SkillLevel *> malloc(<size_t> words * sizeof(int32_t))
    one.ends = <int32_t *> malloc((<size_t> key[0] + 1) * sizeof(int32_t))
    if one.skills == NULL or one.ends == NULL:
        raise MemoryError
    one.n_clauses = key[0]
    for i in range(key[0] + 2):
        memcpy(&one.skills[used], &key[at + 1], <size_t> key[at] * sizeof(SkillLevel))
        used += key[at]
        at += 1 + 2 * key[at]
        if i < key[0]:
            one.ends[i] = used
        elif i == key[0]:
            one.end_of_excluded = used
    one.n_skills = used
    return 0


cdef inline int32_t level_in(const Group *group, int32_t skill) noexcept nogil:
    """Return a group's level in a skill, 0 if it has it not."""
    cdef int32_t low = 0, high = group.n_skills, middle
    if not group.has & skill_bit(skill):  # most groups lack most skills; their lists then need not be read
        return 0
    while low < high:
        middle = (low + high) // 2
        if group.skills[middle].skill < skill:
            low = middle + 1
        else:
            high = middle
    return group.skills[low].level if low < group.n_skills and group.skills[low].skill == skill else 0


cdef inline bint has_level(const Group *group, const SkillLevel *wanted) noexcept nogil:
    return level_in(group, wanted.skill) >= wanted.level


cdef inline int32_t end_of_clauses(const Requirement *one) noexcept nogil:
    return one.ends[one.n_clauses - 1] if one.n_clauses else 0


cdef bint satisfies(const Group *group, const Requirement *one) noexcept nogil:
    """Say whether the group has one member of every clause and nothing that is excluded."""
    cdef int32_t i, clause = 0
    cdef bint met
    i = 0
    for clause in range(one.n_clauses):
        met = False
        while i < one.ends[clause]:
            met = met or has_level(group, &one.skills[i])
            i += 1
        if not met:
            return False
    for i in range(end_of_clauses(one), one.end_of_excluded):
        if has_level(group, &one.skills[i]):
            return False
    return True


cdef uint64_t needs_of(const Requirement *one) noexcept nogil:
    """Return a bit for each skill that stands alone in a clause: whoever has it not is not suited."""
    cdef uint64_t needs = 0
    cdef int32_t clause, i = 0
    for clause in range(one.n_clauses):
        if one.ends[clause] == i + 1:
            needs |= skill_bit(one.skills[i].skill)
        i = one.ends[clause]
    return needs


cdef int32_t requirement_of(Center *c, const Item *items, int32_t n) except -1 nogil:
    """Return the requirement that the items make, interned; those of other kinds are passed over."""
    cdef int32_t length = 0
    cdef int32_t *key = NULL
    write_key(items, n, &key, &length)
    return requirement_keyed(c, key, length)


cdef int32_t requirement_keyed(Center *c, int32_t *key, int32_t length) except -1 nogil:
    """Return the requirement that has this key, which becomes its own, or is freed if it has been there."""
    cdef int32_t slot
    cdef uint64_t hash_ = name_hash(<const char *> key, length)
    cdef NameEntry *known
    cdef Requirement *one
    known = names_find(&c.names, KIND_REQUIREMENT, <const char *> key, length, hash_)
    if known != NULL:
        free(key)
        return <int32_t> known.value
    slots_reserve(&c.requirement_slots, <void **> &c.requirements, 1, sizeof(Requirement))
    names_reserve(&c.names, 1)
    slot = slot_take(&c.requirement_slots)
    one = &c.requirements[slot]
    memset(one, 0, sizeof(Requirement))
    one.key, one.key_length = <char *> key, length
    read_key(one, key, length)
    row_longer(&one.groups, 0, words_of_groups(c))
    find_groups(c, one)
    one.hash = requirement_hash(c, slot)
    names_put(&c.names, KIND_REQUIREMENT, one.key, length, hash_, slot)
    return slot


cdef void requirement_hold(Center *c, int32_t requirement) noexcept nogil:
    c.n_requirements += c.requirements[requirement].references == 0
    c.requirements[requirement].references += 1


cdef void requirement_release(Center *c, int32_t requirement) noexcept nogil:
    """Let go of one reference; with the last one the requirement is gone."""
    cdef Requirement *one = &c.requirements[requirement]
    one.references -= 1
    if one.references:
        return
    c.n_requirements -= 1
    names_remove(&c.names, KIND_REQUIREMENT, one.key, one.key_length, name_hash(one.key, one.key_length))
    free(one.key)
    free(one.skills)
    free(one.ends)
    free(one.groups)
    grades_free(one)
    memset(one, 0, sizeof(Requirement))
    slot_give_back(&c.requirement_slots, requirement)


cdef bint requirement_is_empty(Center *c, int32_t requirement) noexcept nogil:
    return c.requirements[requirement].n_skills == 0


# ---------------------------------------------------------------------- groups

cdef int longer_bits(uint64_t **rows, int32_t n, int32_t before, int32_t words) except -1 nogil:
    """Make each of ``n`` rows of mere bits, one behind the other, ``words`` words long."""
    cdef uint64_t *moved = <uint64_t *> calloc(<size_t> n * words + 1, sizeof(uint64_t))
    cdef int32_t row
    if moved == NULL:
        raise MemoryError
    for row in range(n if before else 0):
        memcpy(moved + <size_t> row * words, rows[0] + <size_t> row * before, <size_t> before * sizeof(uint64_t))
    free(rows[0])
    rows[0] = moved
    return 0


cdef int row_longer(uint64_t **row, int32_t before, int32_t words) except -1 nogil:
    """Make a row as long as ``words`` words of groups need."""
    cdef uint64_t *moved = <uint64_t *> calloc(<size_t> words_of_row(words) + 1, sizeof(uint64_t))
    cdef int32_t w
    if moved == NULL:
        raise MemoryError
    for w in range(before):
        moved[w] = row[0][w]
        if moved[w]:
            set_bit(moved + words, w)
    free(row[0])
    row[0] = moved
    return 0


cdef int grow_groups(Center *c) except -1 nogil:
    """Make room for one more group, in every table that has a bit for each."""
    cdef int32_t before = words_of_groups(c), words, r
    if not slots_reserve(&c.group_slots, <void **> &c.groups, 1 if before else 64, sizeof(Group)):
        return 0
    words = words_of_groups(c)
    list_reserve(&c.dirty_groups, c.group_slots.capacity)
    for r in range(c.requirement_slots.used):
        if c.requirements[r].groups != NULL:
            row_longer(&c.requirements[r].groups, before, words)
            grades_longer(&c.requirements[r], before, words)
    indices_of_groups(c, before)
    longer_bits(&c.channel_groups, N_CHANNELS, before, words)
    longer_bits(&c.staffed_groups, 1, before, words)
    longer_bits(&c.living_groups, 1, before, words)
    levels_longer(c, before, words)
    scores_longer(c, words)
    return 0


cdef int32_t group_of(Center *c, const Item *items, int32_t n) except -1 nogil:
    """Return the group of a definition's HAS_SKILL and CHANNEL_LIMIT items, interned; it may have no members yet."""
    cdef int32_t *key = <int32_t *> malloc((2 * <size_t> n + 2) * sizeof(int32_t))
    cdef int32_t i, words
    cdef uint32_t lacks = 0
    if key == NULL:
        raise MemoryError
    for i in range(n):
        if items[i].kind == ITEM_CHANNEL_LIMIT and items[i].value == 0:
            lacks |= <uint32_t> 1 << <int> items[i].key
    words = write_kind(key, 0, items, n, ITEM_HAS_SKILL)
    key[0] = <int32_t> lacks
    return group_keyed(c, key, words * <int32_t> sizeof(int32_t))


cdef int32_t group_keyed(Center *c, int32_t *key, int32_t length) except -1 nogil:
    """Return the group that has this key, which becomes its own, or is freed if it has been there."""
    cdef int32_t slot, i, n_skills = (length // <int32_t> sizeof(int32_t) - 1) // 2
    cdef uint64_t hash_ = name_hash(<const char *> key, length)
    cdef NameEntry *known
    cdef Group *one
    known = names_find(&c.names, KIND_GROUP, <const char *> key, length, hash_)
    if known != NULL:
        free(key)
        return <int32_t> known.value
    grow_groups(c)
    names_reserve(&c.names, 1)
    slot = slot_take(&c.group_slots)
    one = &c.groups[slot]
    memset(one, 0, sizeof(Group))
    one.key, one.key_length = <char *> key, length
    one.skills, one.n_skills = <SkillLevel *> &key[1], n_skills
    one.lacks = <uint32_t> key[0]
    for i in range(n_skills):
        one.has |= skill_bit(one.skills[i].skill)
    one.group_hash = group_signature_hash(c, one.skills, n_skills, <int> one.lacks)
    names_put(&c.names, KIND_GROUP, one.key, length, hash_, slot)
    return slot


cdef int group_join(Center *c, int32_t group) except -1 nogil:
    """One more member: room for them in every index; the first one brings the group to life."""
    cdef Group *one = &c.groups[group]
    cdef int32_t i
    indices_of_members(c, group, one.members + 1)
    if one.members == 0:
        levels_join(c, group)
    one.members += 1
    if one.members > 1:
        return 0
    for i in range(c.requirement_slots.used):
        if c.requirements[i].groups != NULL and satisfies(one, &c.requirements[i]):
            row_set(c.requirements[i].groups, words_of_groups(c), group)
            c.requirements[i].n_groups += 1
            grades_join(c, i, group)
    for i in range(N_CHANNELS):
        if not (one.lacks >> i) & 1:
            set_bit(c.channel_groups + <size_t> i * words_of_groups(c), group)
    dirty_group(c, group)
    return 0


cdef void group_leave(Center *c, int32_t group) noexcept nogil:
    """One member less, already out of every index; the last one takes the group along."""
    cdef Group *one = &c.groups[group]
    cdef int32_t i
    one.members -= 1
    if one.members:
        return
    levels_leave(c, group)
    for i in range(c.requirement_slots.used):
        if c.requirements[i].groups != NULL and has_bit(c.requirements[i].groups, group):
            row_clear(c.requirements[i].groups, words_of_groups(c), group)
            c.requirements[i].n_groups -= 1
            grades_leave(c, i, group)
    for i in range(N_CHANNELS):
        clear_bit(c.channel_groups + <size_t> i * words_of_groups(c), group)
    if one.dirty:
        for i in range(c.dirty_groups.n):
            if c.dirty_groups.slots[i] == group:
                c.dirty_groups.n -= 1
                c.dirty_groups.slots[i] = c.dirty_groups.slots[c.dirty_groups.n]
                break
    c.hash_sum -= one.hash
    names_remove(&c.names, KIND_GROUP, one.key, one.key_length, name_hash(one.key, one.key_length))
    free(one.key)
    memset(one, 0, sizeof(Group))
    slot_give_back(&c.group_slots, group)


cdef void group_signed_in(Center *c, int32_t group, int32_t more) noexcept nogil:
    """Somebody of the group signs in (1) or out (-1); the first and the last may change what is hopeless."""
    cdef Group *one = &c.groups[group]
    one.signed_in += more
    if one.signed_in == (more > 0):
        c.staff_changed = 1
        if one.signed_in:
            set_bit(c.staffed_groups, group)
        else:
            c.staff_left = 1
            clear_bit(c.staffed_groups, group)


cdef void group_at_hand(Center *c, int32_t group, int32_t more) noexcept nogil:
    """Somebody of the group becomes AVAILABLE (1), or is so no more (-1)."""
    c.groups[group].at_hand += more
    c.at_hand_changed = 1


cdef int64_t count_at_hand(Center *c, int32_t requirement, int32_t channel) noexcept nogil:
    """Return how many agents with these skills and the channel are AVAILABLE, busy or not."""
    cdef const uint64_t *one = c.requirements[requirement].groups
    cdef const uint64_t *able = c.channel_groups + <size_t> channel * words_of_groups(c)
    cdef int64_t count = 0
    cdef uint64_t word
    cdef int32_t w
    for w in range(words_of_groups(c)):
        word = one[w] & able[w] & c.staffed_groups[w]
        while word:
            count += c.groups[w * 64 + __builtin_ctzll(word)].at_hand
            word &= word - 1
    return count


cdef bint is_hopeless_for(Center *c, int32_t requirement, int32_t extra, int32_t channel) noexcept nogil:
    """Say whether nobody signed in has these skills and the channel."""
    cdef const uint64_t *one = c.requirements[requirement].groups
    cdef const uint64_t *two = c.requirements[extra if extra >= 0 else requirement].groups
    cdef const uint64_t *able = c.channel_groups + <size_t> channel * words_of_groups(c)
    cdef int32_t w
    for w in range(words_of_groups(c)):
        if one[w] & two[w] & able[w] & c.staffed_groups[w]:
            return False
    return True


cdef int32_t preferred_met(Center *c, int32_t group, int32_t requirement) noexcept nogil:
    """Return how many of the preferred skills the group has."""
    cdef const Requirement *one = &c.requirements[requirement]
    cdef int32_t i, met = 0
    for i in range(one.end_of_excluded, one.n_skills):
        met += has_level(&c.groups[group], &one.skills[i])
    return met


cdef int32_t sum_of_levels(Center *c, int32_t group, int32_t requirement) noexcept nogil:
    """Return the sum of the group's levels: the best of each clause, and of each preferred skill."""
    cdef const Requirement *one = &c.requirements[requirement]
    cdef const Group *of = &c.groups[group]
    cdef int32_t i = 0, clause, level, best, total = 0
    for clause in range(one.n_clauses):
        best = 0
        while i < one.ends[clause]:
            level = level_in(of, one.skills[i].skill)
            best = level if level > best else best
            i += 1
        total += best
    for i in range(one.end_of_excluded, one.n_skills):
        total += level_in(of, one.skills[i].skill)
    return total
