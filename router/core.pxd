"""The compiled router: one :func:`apply` for everything. Start reading at model.pxd.

From C (the simulator)::

    from acdcore.router.core cimport Core, apply
    from acdcore.router.model cimport Answer, Command

    cdef Answer answer
    apply(core.c, &command, NULL, NULL, &answer)   # without the GIL
    core.c.n_events = 0                            # once its events were looked at

and ``apply_many`` for an array of commands that have neither names nor items.
"""

from libc.stdint cimport int64_t

from .model cimport Answer, Center, Command, Item


cdef int apply(Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil


cdef int64_t apply_many(Center *c, const Command *commands, int64_t n, Answer *answers) except -1 nogil


cdef class Core:
    cdef Center *c
    cdef int64_t drained            # how many of the center's events ``drain_into`` has handed out already
    cdef bint in_batch              # a thread is in the center without the GIL
