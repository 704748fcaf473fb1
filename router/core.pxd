"""The compiled router: one :func:`apply` for everything. Start reading at model.pxd.

From C (the simulator)::

    from acdcore.router.core cimport Core, apply
    from acdcore.router.model cimport Answer, Command

    cdef Answer answer
    apply(core.c, &command, NULL, NULL, &answer)   # without the GIL
"""

from .model cimport Answer, Center, Command, Item


cdef int apply(Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil


cdef class Core:
    cdef Center *c
