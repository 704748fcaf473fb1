"""Definitions: settings, skills, reasons, tiers, queues and agents become slots."""

from .model cimport Answer, Center, Command, Item


cdef int configure(Center *c, const Command *command, const Item *items, Answer *answer) except -1 nogil
cdef int define_skill(Center *c, const Command *command, const char *name, Answer *answer) except -1 nogil
cdef int define_reason(Center *c, const Command *command, const char *name, Answer *answer) except -1 nogil
cdef int define_tier(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil
cdef int define_queue(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil
cdef int define_agent(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil
