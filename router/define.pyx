# cython: cdivision=True
"""Definitions; the checks and their order are those of reference.py."""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport realloc
from libc.string cimport memcpy, memset

from . import codes

from .digest cimport digest_queue, digest_tier, digest_word
from .hashing cimport name_hash
from .law cimport *
from .match cimport agent_room, group_of, requirement_of, strategy_use
from .model cimport *
from .names cimport NameEntry, names_find, names_put, names_reserve
from .staff cimport arm_lease
from .store cimport dirty_agent, emit, list_reserve, name_keep, refuse, reserve_array, timers_reserve

cdef enum:
    MOST_FIELDS = 32  # one more than the largest field of any definition


cdef struct FieldRule:
    int64_t standard
    int64_t least
    int64_t greatest
    int64_t or_zero

cdef struct Rules:
    FieldRule[MOST_FIELDS] rules
    int n                       # fields count from 1 to n - 1

cdef Rules SETTING_RULES, TIER_RULES, QUEUE_RULES, AGENT_RULES


cdef Rules rules_of(dict table) except *:
    cdef Rules out
    memset(&out, 0, sizeof(Rules))
    out.n = len(table) + 1
    for field, rule in table.items():
        out.rules[<int> int(field)] = FieldRule(rule.default, rule.least, rule.greatest, rule.or_zero)
    return out


SETTING_RULES = rules_of(codes.SETTING_RULES)
TIER_RULES = rules_of(codes.TIER_RULES)
QUEUE_RULES = rules_of(codes.QUEUE_RULES)
AGENT_RULES = rules_of(codes.AGENT_RULES)


cdef bint is_repeated(const Item *items, int32_t i) noexcept nogil:
    cdef int32_t j
    for j in range(i):
        if items[j].kind == items[i].kind and items[j].key == items[i].key:
            return True
    return False


cdef bint items_are_good(
    Center *c, const Command *command, const Item *items, const Rules *rules, int32_t with_skills,
    int32_t most_skills, int64_t *fields, Answer *answer
) noexcept nogil:
    """Check every item in its order and collect the fields, or refuse and return False.

    ``with_skills`` is the kind of item that names a skill (0: none may), ``most_skills`` the setting that
    limits how many; they are counted first, as the search for duplicates takes the square of their number.
    """
    cdef int32_t i, n_skills = 0
    cdef int field
    cdef const FieldRule *rule = NULL
    for i in range(command.items):
        n_skills += with_skills != 0 and items[i].kind == with_skills
    if with_skills and not is_within(c, n_skills, most_skills, answer):
        return False
    for field in range(1, rules.n):
        fields[field] = rules.rules[field].standard
    for i in range(command.items):
        if items[i].kind != ITEM_FIELD and (with_skills == 0 or items[i].kind != with_skills):
            refuse(answer, INVALID_FIELD, i)
            return False
        if is_repeated(items, i):
            refuse(answer, DUPLICATE_ITEM, i)
            return False
        if items[i].kind == with_skills:
            if not 0 <= items[i].key < c.n_skills:
                refuse(answer, UNKNOWN_SKILL, i)
                return False
            if not MIN_LEVEL <= items[i].value <= MAX_LEVEL:
                refuse(answer, INVALID_LEVEL, i)
                return False
            continue
        if 1 <= items[i].key < rules.n:
            rule = &rules.rules[items[i].key]
        else:
            rule = NULL
        if rule == NULL or not (
            rule.least <= items[i].value <= rule.greatest or (rule.or_zero and items[i].value == 0)
        ):
            refuse(answer, INVALID_FIELD, i)
            return False
        fields[items[i].key] = items[i].value
    return True


cdef bint name_is_good(
    Center *c, const Command *command, const char *name, int32_t kind, Answer *answer
) noexcept nogil:
    cdef NameEntry *known
    if not 1 <= command.name_length <= MAX_NAME_BYTES:
        refuse(answer, INVALID_NAME, 0)
        return False
    known = names_find(&c.names, kind, name, command.name_length, name_hash(name, command.name_length))
    if known != NULL:
        refuse(answer, ALREADY_EXISTS, known.value)
        return False
    return True


cdef bint is_within(Center *c, int64_t count, int32_t limit, Answer *answer) noexcept nogil:
    if count > c.settings[limit]:
        refuse(answer, LIMIT_REACHED, limit)
        return False
    return True


cdef void defined(Center *c, int32_t kind, const Name *name, int32_t slot, Answer *answer) noexcept nogil:
    names_put(&c.names, kind, name.text, name.length, name.hash, slot)
    emit(c, DEFINED, CAUSE_NONE, 0, 0, 0, -1, -1, -1, kind, slot)
    answer.value = slot


cdef int configure(Center *c, const Command *command, const Item *items, Answer *answer) except -1 nogil:
    cdef int64_t[MOST_FIELDS] fields
    cdef int32_t i, agent
    if not items_are_good(c, command, items, &SETTING_RULES, 0, 0, fields, answer):
        return 0
    for i in range(command.items):
        if items[i].key == HALF_LIFE_NS and c.n_agents and items[i].value != c.settings[HALF_LIFE_NS]:
            refuse(answer, IN_USE, 0)  # the static keys of agents are built on it
            return 0
    timers_reserve(c, c.n_agents)
    for i in range(command.items):
        c.settings[items[i].key] = items[i].value
        if items[i].key == LEASE_NS:  # those who are signed in are held to the new lease from now on
            for agent in range(c.n_agents):
                arm_lease(c, agent)
    emit(c, CONFIGURED, CAUSE_NONE, 0, 0, 0, -1, -1, -1, command.items, 0)
    return 0


cdef int define_skill(Center *c, const Command *command, const char *name, Answer *answer) except -1 nogil:
    cdef int32_t slot = c.n_skills
    if not name_is_good(c, command, name, KIND_SKILL, answer):
        return 0
    if not is_within(c, slot + 1, MAX_SKILLS, answer):
        return 0
    reserve_array(<void **> &c.skills, &c.skills_capacity, slot + 1, sizeof(Skill))
    names_reserve(&c.names, 1)
    name_keep(&c.skills[slot].name, name, command.name_length)
    c.n_skills += 1
    digest_word(c, KIND_SKILL, &c.skills[slot].name)
    defined(c, KIND_SKILL, &c.skills[slot].name, slot, answer)
    return 0


cdef int define_reason(Center *c, const Command *command, const char *name, Answer *answer) except -1 nogil:
    cdef int32_t slot = c.n_reasons
    if not name_is_good(c, command, name, KIND_REASON, answer):
        return 0
    if not is_within(c, slot + 1, MAX_REASONS, answer):
        return 0
    reserve_array(<void **> &c.reasons, &c.reasons_capacity, slot + 1, sizeof(Name))
    names_reserve(&c.names, 1)
    name_keep(&c.reasons[slot], name, command.name_length)
    c.n_reasons += 1
    digest_word(c, KIND_REASON, &c.reasons[slot])
    defined(c, KIND_REASON, &c.reasons[slot], slot, answer)
    return 0


cdef int define_tier(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer
) except -1 nogil:
    cdef int64_t[MOST_FIELDS] fields
    cdef int32_t slot = c.n_tiers
    if not name_is_good(c, command, name, KIND_TIER, answer):
        return 0
    if not items_are_good(c, command, items, &TIER_RULES, 0, 0, fields, answer):
        return 0
    if not is_within(c, slot + 1, MAX_TIERS, answer):
        return 0
    reserve_array(<void **> &c.tiers, &c.tiers_capacity, slot + 1, sizeof(Tier))
    names_reserve(&c.names, 1)
    name_keep(&c.tiers[slot].name, name, command.name_length)
    memcpy(c.tiers[slot].fields, fields, N_TIER_FIELDS * sizeof(int64_t))
    c.n_tiers += 1
    digest_tier(c, slot)
    defined(c, KIND_TIER, &c.tiers[slot].name, slot, answer)
    return 0


cdef int define_queue(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer
) except -1 nogil:
    cdef int64_t[MOST_FIELDS] fields
    cdef int32_t slot = c.n_queues, requirement
    cdef Queue *queue
    if not name_is_good(c, command, name, KIND_QUEUE, answer):
        return 0
    if not items_are_good(
        c, command, items, &QUEUE_RULES, ITEM_REQUIRE, MAX_SKILLS_PER_REQUIREMENT, fields, answer
    ):
        return 0
    if not is_within(c, slot + 1, MAX_QUEUES, answer):
        return 0
    requirement = requirement_of(c, items, command.items)
    if requirement < 0:
        refuse(answer, LIMIT_REACHED, MAX_REQUIREMENTS)
        return 0
    reserve_array(<void **> &c.queues, &c.queues_capacity, slot + 1, sizeof(Queue))
    names_reserve(&c.names, 1)
    strategy_use(c, fields[STRATEGY])
    queue = &c.queues[slot]
    name_keep(&queue.name, name, command.name_length)
    memcpy(queue.fields, fields, N_QUEUE_FIELDS * sizeof(int64_t))
    queue.requirement = requirement
    queue.skills_hash = c.requirements[requirement].skills_hash
    c.n_queues += 1
    digest_queue(c, slot)
    defined(c, KIND_QUEUE, &queue.name, slot, answer)
    return 0


cdef int agents_reserve(Center *c) except -1 nogil:
    """Make room for one more agent in the pool and in every table by agent."""
    cdef int32_t before = c.agents_capacity, s
    cdef size_t row
    cdef int32_t *places
    reserve_array(<void **> &c.agents, &c.agents_capacity, c.n_agents + 1, sizeof(Agent))
    if c.agents_capacity == before:
        return 0
    row = <size_t> c.agents_capacity * sizeof(int32_t)
    places = <int32_t *> realloc(c.agent_places, row * N_STRATEGIES)
    if places == NULL:
        raise MemoryError
    s = N_STRATEGIES - 1
    while s >= 0:  # rows become longer: move the last first
        lengthen_row(places + <size_t> s * c.agents_capacity, places + <size_t> s * before, before, c.agents_capacity)
        s -= 1
    c.agent_places = places
    list_reserve(&c.touched, c.agents_capacity)
    list_reserve(&c.candidates, c.agents_capacity)
    list_reserve(&c.dirty_agents, c.agents_capacity)
    return 0


cdef void lengthen_row(int32_t *to, const int32_t *source, int32_t n, int32_t longer) noexcept nogil:
    """Move a row of places, last entry first as the two may overlap; what is new is nowhere."""
    cdef int32_t i = longer - 1
    while i >= n:
        to[i] = -1
        i -= 1
    while i >= 0:
        to[i] = source[i]
        i -= 1


cdef int define_agent(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer
) except -1 nogil:
    cdef int64_t[MOST_FIELDS] fields
    cdef int32_t slot = c.n_agents, group, i
    cdef Agent *a
    if not name_is_good(c, command, name, KIND_AGENT, answer):
        return 0
    if not items_are_good(c, command, items, &AGENT_RULES, ITEM_HAS_SKILL, MAX_SKILLS_PER_AGENT, fields, answer):
        return 0
    if not is_within(c, slot + 1, MAX_AGENTS, answer):
        return 0
    agents_reserve(c)
    names_reserve(&c.names, 1)
    group = group_of(c, items, command.items)
    agent_room(c, group)
    names_reserve(&c.names, 1)
    a = &c.agents[slot]
    name_keep(&a.name, name, command.name_length)
    a.group = group
    a.max_open_offers = <int32_t> fields[MAX_OPEN_OFFERS]
    a.first_offer = a.last_offer = a.first_assignment = a.last_assignment = -1
    a.lease_timer = a.grace_timer = -1
    c.n_agents += 1
    c.groups[group].members += 1
    for i in range(c.groups[group].n_skills):
        c.skills[c.groups[group].skills[i].skill].agents += 1
    dirty_agent(c, slot)
    defined(c, KIND_AGENT, &a.name, slot, answer)
    return 0
