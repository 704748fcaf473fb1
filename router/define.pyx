# cython: cdivision=True
"""Definitions; the checks and their order are those of reference_define.py.

Everything is checked before anything changes. What a new definition changes for those who wait is done
here (:func:`replan_all`); what follows from it is found as the command is paired.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.string cimport memcpy, memset

from . import codes

from .available cimport indices_of_agents
from .define_queue cimport cell_promise
from .digest cimport channel_hash, digest_word, tier_hash
from .hashing cimport name_hash
from .law cimport *
from .match cimport touch
from .model cimport *
from .names cimport NameEntry, names_find, names_put, names_reserve
from .occupancy cimport half_life_of
from .plans cimport check_again, queue_flags, replan, sort_by_seq
from .require cimport group_join, group_of
from .staff cimport arm_lease, change_group
from .store cimport dirty_agent, emit, grow_array, list_push, list_reserve, name_keep, refuse, remember_more, reserve
from .store cimport reserve_array
from .timers cimport timers_reserve


cdef Rules rules_of(dict table) except *:
    cdef Rules out
    memset(&out, 0, sizeof(Rules))
    out.n = len(table) + 1
    for field, rule in table.items():
        out.rules[<int> int(field)] = FieldRule(rule.default, rule.least, rule.greatest, rule.or_zero)
    return out


SETTING_RULES = rules_of(codes.SETTING_RULES)
TIER_RULES = rules_of(codes.TIER_RULES)
CHANNEL_RULES = rules_of(codes.CHANNEL_RULES)
QUEUE_RULES = rules_of(codes.QUEUE_RULES)
STEP_RULES = rules_of(codes.STEP_RULES)
AGENT_RULES = rules_of(codes.AGENT_RULES)


# ---------------------------------------------------------------------- items

cdef bint allows(const Rules *rules, int64_t field, int64_t value) noexcept nogil:
    """Say whether there is such a field and it may have this value."""
    cdef const FieldRule *rule
    if not 1 <= field < rules.n:
        return False
    rule = &rules.rules[field]
    return rule.least <= value <= rule.greatest or value == rule.standard or (rule.or_zero and value == 0)


cdef void standards(const Rules *rules, int64_t *fields) noexcept nogil:
    """Give every field its default."""
    cdef int field
    for field in range(1, rules.n):
        fields[field] = rules.rules[field].standard


cdef bint field_is_good(
    const Rules *rules, const Item *item, int32_t i, uint32_t *given, Answer *answer
) noexcept nogil:
    """Check the item that states a field; ``given`` has a bit for each that has been stated before."""
    if 1 <= item.key < rules.n and (given[0] >> item.key) & 1:
        refuse(answer, DUPLICATE_ITEM, i)
        return False
    if not allows(rules, item.key, item.value):
        refuse(answer, INVALID_FIELD, i)
        return False
    given[0] |= <uint32_t> 1 << item.key
    return True


cdef bint skill_is_good(Center *c, const Item *item, int32_t i, Answer *answer) noexcept nogil:
    if not 0 <= item.key < c.n_skills:
        refuse(answer, UNKNOWN_SKILL, i)
        return False
    if not MIN_LEVEL <= item.value <= MAX_LEVEL:
        refuse(answer, INVALID_LEVEL, i)
        return False
    return True


cdef bint channel_item_is_good(Center *c, const Item *item, int32_t i, Answer *answer) noexcept nogil:
    """Check an item that names a channel: one that may be interrupted, or an agent's limit there."""
    cdef int64_t least = 1 if item.kind == ITEM_MAY_INTERRUPT else 0
    cdef int64_t greatest = 1 if item.kind == ITEM_MAY_INTERRUPT else UNITS
    if not 0 <= item.key < c.n_channels:
        refuse(answer, UNKNOWN_CHANNEL, i)
        return False
    if not least <= item.value <= greatest:
        refuse(answer, INVALID_FIELD, i)
        return False
    return True


cdef bint is_repeated(const Item *items, int32_t i) noexcept nogil:
    """Say whether an item of the same kind and key comes earlier: only so few are good that this is quick."""
    cdef int32_t j
    for j in range(i):
        if items[j].kind == items[i].kind and items[j].key == items[i].key:
            return True
    return False


cdef bint items_are_good(
    Center *c, const Command *command, const Item *items, const Rules *rules, int64_t first_kind,
    int64_t second_kind, int64_t *fields, Answer *answer
) noexcept nogil:
    """Check every item in its order and collect the fields, or refuse and return False.

    The two kinds are those of items that are allowed beside fields, 0: none.
    """
    cdef int32_t i
    cdef uint32_t given = 0
    cdef int64_t kind
    cdef bint good
    standards(rules, fields)
    for i in range(command.items):
        kind = items[i].kind
        if kind == ITEM_FIELD:
            good = field_is_good(rules, &items[i], i, &given, answer)
            if good:
                fields[items[i].key] = items[i].value
        elif kind == 0 or (kind != first_kind and kind != second_kind):
            refuse(answer, INVALID_FIELD, i)
            good = False
        elif is_repeated(items, i):
            refuse(answer, DUPLICATE_ITEM, i)
            good = False
        elif kind == ITEM_HAS_SKILL:
            good = skill_is_good(c, &items[i], i, answer)
        else:
            good = channel_item_is_good(c, &items[i], i, answer)
        if not good:
            return False
    return True


# ---------------------------------------------------------------------- names

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


cdef int32_t replaced(Center *c, const Command *command, const char *name, int32_t kind, Answer *answer) noexcept nogil:
    """Return the slot of what is replaced, -1 for a new name, -2 when the definition is refused."""
    cdef NameEntry *known = NULL
    if command.flags != 0 and command.flags != REPLACE:
        refuse(answer, INVALID_FIELD, 0)
        return -2
    if command.flags == 0:
        return -1 if name_is_good(c, command, name, kind, answer) else -2
    if 1 <= command.name_length <= MAX_NAME_BYTES:
        known = names_find(&c.names, kind, name, command.name_length, name_hash(name, command.name_length))
    if known == NULL:
        refuse(answer, UNKNOWN_NAME, 0)
        return -2
    return <int32_t> known.value


cdef inline void name_put(Center *c, int32_t kind, const Name *name, int32_t slot) noexcept nogil:
    names_put(&c.names, kind, name.text, name.length, name.hash, slot)


cdef void defined(Center *c, int32_t kind, int32_t slot, bint is_new, Answer *answer) noexcept nogil:
    emit(c, DEFINED if is_new else REDEFINED, CAUSE_NONE, 0, 0, 0, -1, -1, -1, kind, slot)
    answer.value = slot


# ---------------------------------------------------------------------- those who wait

cdef inline bint is_unended(int32_t state) noexcept nogil:
    return state in (I_WAITING, I_OFFERED, I_ASSIGNED, I_SCHEDULED, I_HELD)


cdef int replan_all(Center *c, int32_t queue, int32_t tier, bint only_waiting, bint begins_anew) except -1 nogil:
    """Have what has not ended planned anew, in the order in which it came: of a queue, of a tier (-1: of any)."""
    cdef int32_t slot, i
    cdef Interaction *one
    c.scratch.n = 0
    for slot in range(c.interaction_slots.used):
        one = &c.interactions[slot]
        if not is_unended(one.state) or (only_waiting and one.state != I_WAITING):
            continue
        if (queue < 0 or one.queue == queue) and (tier < 0 or one.tier == tier):
            list_push(&c.scratch, slot)
    sort_by_seq(c, c.scratch.slots, c.scratch.n)
    for i in range(c.scratch.n):
        reserve(c)
        replan(c, c.scratch.slots[i], begins_anew)
    c.scratch.n = 0
    return 0


# ---------------------------------------------------------------------- one of each

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
        elif items[i].key == REMEMBERED_ANSWERS or items[i].key == REMEMBERED_CUSTOMERS:
            remember_more(c)
        elif items[i].key == HALF_LIFE_NS:
            c.half_life = half_life_of(items[i].value)
        elif items[i].key == SEED:  # chance ranks everybody anew
            for agent in range(c.n_agents):
                touch(c, agent)
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
    name_put(c, KIND_SKILL, &c.skills[slot].name, slot)
    digest_word(c, KIND_SKILL, &c.skills[slot].name)
    defined(c, KIND_SKILL, slot, True, answer)
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
    name_put(c, KIND_REASON, &c.reasons[slot], slot)
    digest_word(c, KIND_REASON, &c.reasons[slot])
    defined(c, KIND_REASON, slot, True, answer)
    return 0


cdef int define_tier(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer
) except -1 nogil:
    cdef int64_t[MOST_FIELDS] fields
    cdef int32_t slot = replaced(c, command, name, KIND_TIER, answer), queue
    cdef bint is_new = slot == -1
    if slot == -2 or not items_are_good(c, command, items, &TIER_RULES, 0, 0, fields, answer):
        return 0
    if is_new:
        slot = c.n_tiers
        if not is_within(c, slot + 1, MAX_TIERS, answer):
            return 0
        reserve_array(<void **> &c.tiers, &c.tiers_capacity, slot + 1, sizeof(Tier))
        names_reserve(&c.names, 1)
        name_keep(&c.tiers[slot].name, name, command.name_length)
        c.n_tiers += 1
        name_put(c, KIND_TIER, &c.tiers[slot].name, slot)
    else:
        c.hash_sum -= tier_hash(c, slot)
    memcpy(&c.tiers[slot].fields[1], &fields[1], (N_TIER_FIELDS - 1) * sizeof(int64_t))
    c.hash_sum += tier_hash(c, slot)
    defined(c, KIND_TIER, slot, is_new, answer)
    if is_new:
        return 0
    for queue in range(c.n_queues):
        if slot < c.queues[queue].n_cells and c.queues[queue].cells[slot] >= 0:
            cell_promise(c, queue, slot)
    replan_all(c, -1, slot, False, False)
    return 0


cdef void find_coarse(Center *c) noexcept nogil:
    """Say of every channel whether one that it may not interrupt costs less, so that gaps may be refilled for ever."""
    cdef int32_t i, j
    cdef Channel *one
    for i in range(c.n_channels):
        one = &c.channels[i]
        one.coarse = 0
        for j in range(c.n_channels):
            if c.channels[j].fields[CHANNEL_COST] < one.fields[CHANNEL_COST] and not (one.interrupts >> j) & 1:
                one.coarse = 1


cdef int define_channel(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer
) except -1 nogil:
    cdef int64_t[MOST_FIELDS] fields
    cdef int32_t slot = replaced(c, command, name, KIND_CHANNEL, answer), i
    cdef bint is_new = slot == -1
    cdef Channel *channel
    if slot == -2 or not items_are_good(
        c, command, items, &CHANNEL_RULES, ITEM_MAY_INTERRUPT, 0, fields, answer
    ):
        return 0
    if is_new:
        slot = c.n_channels
        if not is_within(c, slot + 1, MAX_CHANNELS, answer):
            return 0
        names_reserve(&c.names, 1)
        name_keep(&c.channels[slot].name, name, command.name_length)
        c.n_channels += 1
        name_put(c, KIND_CHANNEL, &c.channels[slot].name, slot)
    elif c.channels[slot].holders:
        refuse(answer, IN_USE, 0)
        return 0
    else:
        c.hash_sum -= channel_hash(c, slot)
    channel = &c.channels[slot]
    memcpy(&channel.fields[1], &fields[1], (N_CHANNEL_FIELDS - 1) * sizeof(int64_t))
    channel.interrupts = 0
    for i in range(command.items):
        if items[i].kind == ITEM_MAY_INTERRUPT:
            channel.interrupts |= <uint32_t> 1 << items[i].key
    c.hash_sum += channel_hash(c, slot)
    find_coarse(c)
    for i in range(c.n_queues):
        queue_flags(c, i)
    for i in range(c.n_agents):
        touch(c, i)
    c.claims_dirty = 1
    defined(c, KIND_CHANNEL, slot, is_new, answer)
    replan_all(c, -1, -1, True, False)
    return 0


# ---------------------------------------------------------------------- agents

cdef int agents_reserve(Center *c) except -1 nogil:
    """Make room for one more agent in the pool and in every table by agent."""
    cdef int32_t before = c.agents_capacity
    grow_array(<void **> &c.agents, &c.agents_capacity, c.n_agents + 1, sizeof(Agent))
    if c.agents_capacity == before:
        return 0
    indices_of_agents(c, before)
    list_reserve(&c.touched, c.agents_capacity)
    list_reserve(&c.candidates, c.agents_capacity)
    list_reserve(&c.changed_agents, c.agents_capacity)
    list_reserve(&c.dirty_agents, c.agents_capacity)
    return 0


cdef void count_skills(Center *c, int32_t group, int32_t more) noexcept nogil:
    """One agent more, or less, has the skills of a group."""
    cdef int32_t i
    for i in range(c.groups[group].n_skills):
        c.skills[c.groups[group].skills[i].skill].agents += more


cdef int add_agent(Center *c, const Command *command, const char *name, int32_t group) except -1 nogil:
    """Begin an agent, OFFLINE and without a record, in a group that may be new."""
    cdef int32_t slot = c.n_agents
    cdef Agent *a
    agents_reserve(c)
    names_reserve(&c.names, 1)
    group_join(c, group)
    a = &c.agents[slot]
    memset(a, 0, sizeof(Agent))
    name_keep(&a.name, name, command.name_length)
    a.group = group
    a.first_offer = a.last_offer = a.first_assignment = a.last_assignment = -1
    a.lease_timer = a.grace_timer = a.claim = -1
    c.n_agents += 1
    name_put(c, KIND_AGENT, &a.name, slot)
    return 0


cdef void limit_agent(Center *c, int32_t agent, const Item *items, int32_t n, int64_t most_offers) noexcept nogil:
    """Take over what an agent's definition says beyond skills."""
    cdef Agent *a = &c.agents[agent]
    cdef int32_t i
    memset(a.limits, NO_LIMIT, sizeof(a.limits))
    for i in range(n):
        if items[i].kind == ITEM_CHANNEL_LIMIT:
            a.limits[items[i].key] = <unsigned char> items[i].value
    a.max_open_offers = <int32_t> most_offers


cdef int define_agent(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer
) except -1 nogil:
    cdef int64_t[MOST_FIELDS] fields
    cdef int32_t slot = replaced(c, command, name, KIND_AGENT, answer), n_skills = 0, group, i
    cdef bint is_new = slot == -1
    if slot == -2:
        return 0
    for i in range(command.items):
        n_skills += items[i].kind == ITEM_HAS_SKILL
    if not is_within(c, n_skills, MAX_SKILLS_PER_AGENT, answer):
        return 0
    if not items_are_good(c, command, items, &AGENT_RULES, ITEM_HAS_SKILL, ITEM_CHANNEL_LIMIT, fields, answer):
        return 0
    if is_new and not is_within(c, c.n_agents + 1, MAX_AGENTS, answer):
        return 0
    group = group_of(c, items, command.items)
    if is_new:
        slot = c.n_agents
        add_agent(c, command, name, group)
        count_skills(c, group, 1)
    elif group != c.agents[slot].group:
        count_skills(c, c.agents[slot].group, -1)  # before the last to leave takes the group along
        change_group(c, slot, group)
        count_skills(c, group, 1)
    limit_agent(c, slot, items, command.items, fields[MAX_OPEN_OFFERS])
    dirty_agent(c, slot)
    touch(c, slot)
    c.claims_dirty = 1
    for i in range(c.agents[slot].addressed.n):
        check_again(c, c.agents[slot].addressed.entries[i].id)
    defined(c, KIND_AGENT, slot, is_new, answer)
    return 0
