"""What happens when: a heap of nodes in four-way branches, each node at most once, to be taken back at any time.

It differs from the router's heaps (router/heap.pxd) in what a simulation does all the time: it takes the first node
and plans another one right after. The first place is then left empty until something is planned, or looked for:
one way down the heap instead of two (``hole``). tests/test_agenda.py holds it against a sorted list;
``python -m acdcore.bench.simulators`` shows what the simulator gains.
"""

from libc.stdint cimport int32_t, int64_t


cdef extern from *:
    """
    #define ACD_NEVER INT64_MAX
    """
    const int64_t NEVER "ACD_NEVER"     # later than any time


cdef struct Moment:
    int64_t at_ns
    int64_t order                   # of those of one moment: the order of planning, or who comes first anyway
    int32_t node

cdef struct Agenda:
    Moment *moments
    int32_t *places                 # by node, -1: not planned
    int64_t planned                 # how many have been
    int32_t n                       # the empty first place included
    int32_t n_nodes                 # of which there may be
    bint hole                       # the first place is empty


cdef int agenda_reserve(Agenda *a, int32_t n_nodes) except -1 nogil
cdef void agenda_free(Agenda *a) noexcept nogil
cdef void plan_as(Agenda *a, int32_t node, int64_t at_ns, int64_t order) noexcept nogil
cdef void unplan(Agenda *a, int32_t node) noexcept nogil             # if it is there
cdef void fill(Agenda *a) noexcept nogil
cdef bint agenda_is_sound(const Agenda *a) noexcept nogil


cdef inline bint is_planned(const Agenda *a, int32_t node) noexcept nogil:
    return a.places[node] >= 0


cdef inline void plan(Agenda *a, int32_t node, int64_t at_ns) noexcept nogil:
    """Put a node that is not there on the agenda, behind all that was planned for the same moment before."""
    a.planned += 1
    plan_as(a, node, at_ns, a.planned)


cdef inline void plan_first(Agenda *a, int32_t node, int64_t at_ns) noexcept nogil:
    """As :func:`plan`, but ahead of all others of that moment; of several such the lower node is first."""
    plan_as(a, node, at_ns, <int64_t> node - 0x7FFFFFFF)


cdef inline int64_t next_ns(Agenda *a) noexcept nogil:
    """Return when the first one comes due; NEVER if there is none."""
    if a.hole:
        fill(a)
    return a.moments[0].at_ns if a.n else NEVER


cdef inline int32_t take_first(Agenda *a) noexcept nogil:
    """Take the first one off, once :func:`next_ns` has said that there is one."""
    cdef int32_t node = a.moments[0].node
    a.places[node] = -1
    a.hole = True
    return node
