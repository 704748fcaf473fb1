"""Definitions: settings, words, channels, tiers and agents become slots."""

from libc.stdint cimport int32_t, int64_t, uint32_t

from .law cimport LIMIT_REACHED
from .model cimport Answer, Center, Command, Item
from .store cimport refuse

cdef enum:
    MOST_FIELDS = 32            # no less than the longest field table

cdef struct FieldRule:
    int64_t standard            # always allowed
    int64_t least
    int64_t greatest
    int64_t or_zero

cdef struct Rules:
    FieldRule[MOST_FIELDS] rules
    int n                       # fields count from 1 to n - 1

cdef Rules SETTING_RULES, TIER_RULES, CHANNEL_RULES, QUEUE_RULES, STEP_RULES, AGENT_RULES

cdef bint allows(const Rules *rules, int64_t field, int64_t value) noexcept nogil
cdef bint field_is_good(
    const Rules *rules, const Item *item, int32_t i, uint32_t *given, Answer *answer) noexcept nogil
cdef void standards(const Rules *rules, int64_t *fields) noexcept nogil
cdef bint skill_is_good(Center *c, const Item *item, int32_t i, Answer *answer) noexcept nogil
# What a definition is about: the slot that it replaces, -1 for a good new name, -2 when it is refused.
cdef int32_t replaced(Center *c, const Command *command, const char *name, int32_t kind, Answer *answer) noexcept nogil
cdef void defined(Center *c, int32_t kind, int32_t slot, bint is_new, Answer *answer) noexcept nogil
# Have what has not ended planned anew, in the order in which it came: of a queue, of a tier (-1: of any).
cdef int replan_all(Center *c, int32_t queue, int32_t tier, bint only_waiting, bint begins_anew) except -1 nogil

cdef void find_coarse(Center *c) noexcept nogil                      # of the channels
cdef int agents_reserve(Center *c) except -1 nogil                  # room for one more
cdef void count_skills(Center *c, int32_t group, int32_t more) noexcept nogil

cdef int configure(Center *c, const Command *command, const Item *items, Answer *answer) except -1 nogil
cdef int define_skill(Center *c, const Command *command, const char *name, Answer *answer) except -1 nogil
cdef int define_reason(Center *c, const Command *command, const char *name, Answer *answer) except -1 nogil
cdef int define_tier(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil
cdef int define_channel(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil
cdef int define_agent(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil

cdef inline bint is_within(Center *c, int64_t count, int32_t limit, Answer *answer) noexcept nogil:
    """Say whether there may be so many, by one of the settings."""
    if count > c.settings[limit]:
        refuse(answer, LIMIT_REACHED, limit)
        return False
    return True
