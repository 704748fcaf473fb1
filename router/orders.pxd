"""The commands that work: each checks everything it may refuse, then lets life.pyx do it."""

from .model cimport Answer, Center, Command, Item


cdef int enqueue(Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil
cdef int run(Center *c, const Command *command, Answer *answer) except -1 nogil   # all others that work
