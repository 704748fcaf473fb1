# cython: cdivision=True
"""The agenda; see agenda.pxd."""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, realloc


cdef enum:
    ARITY = 4


cdef inline bint sooner(const Moment *one, const Moment *other) noexcept nogil:
    if one.at_ns != other.at_ns:
        return one.at_ns < other.at_ns
    return one.order < other.order


cdef inline void rise(Agenda *a, int32_t place, Moment moment) noexcept nogil:
    """Put a moment at a place or above it."""
    cdef Moment *moments = a.moments
    cdef int32_t parent
    while place > 0:
        parent = (place - 1) // ARITY
        if not sooner(&moment, &moments[parent]):
            break
        moments[place] = moments[parent]
        a.places[moments[place].node] = place
        place = parent
    moments[place] = moment
    a.places[moment.node] = place


cdef inline void sink(Agenda *a, int32_t place, Moment moment) noexcept nogil:
    """Put a moment at a place or below it."""
    cdef Moment *moments = a.moments
    cdef int32_t child, last, first
    while True:
        child = place * ARITY + 1
        if child + ARITY <= a.n:  # all four are there, which is so nearly always
            first = child
            if sooner(&moments[child + 1], &moments[first]):
                first = child + 1
            if sooner(&moments[child + 2], &moments[first]):
                first = child + 2
            if sooner(&moments[child + 3], &moments[first]):
                first = child + 3
        else:
            if child >= a.n:
                break
            first = child
            for last in range(child + 1, a.n):
                if sooner(&moments[last], &moments[first]):
                    first = last
        if not sooner(&moments[first], &moment):
            break
        moments[place] = moments[first]
        a.places[moments[place].node] = place
        place = first
    moments[place] = moment
    a.places[moment.node] = place


cdef void fill(Agenda *a) noexcept nogil:
    """Let the last one take the empty first place."""
    a.hole = False
    a.n -= 1
    if a.n:
        sink(a, 0, a.moments[a.n])


cdef void plan_as(Agenda *a, int32_t node, int64_t at_ns, int64_t order) noexcept nogil:
    cdef Moment moment
    moment.at_ns, moment.order, moment.node = at_ns, order, node
    if a.hole:
        a.hole = False
        sink(a, 0, moment)
    else:
        a.n += 1
        rise(a, a.n - 1, moment)


cdef void unplan(Agenda *a, int32_t node) noexcept nogil:
    cdef int32_t place = a.places[node]
    cdef Moment moved
    if place < 0:
        return
    if a.hole:
        fill(a)
        place = a.places[node]
    a.places[node] = -1
    a.n -= 1
    if place == a.n:
        return
    moved = a.moments[a.n]
    if place > 0 and sooner(&moved, &a.moments[(place - 1) // ARITY]):
        rise(a, place, moved)
    else:
        sink(a, place, moved)


cdef int agenda_reserve(Agenda *a, int32_t n_nodes) except -1 nogil:
    """Let there be room for so many nodes."""
    cdef int32_t node
    cdef void *moments
    cdef void *places
    if n_nodes <= a.n_nodes:
        return 0
    moments = realloc(a.moments, <size_t> n_nodes * sizeof(Moment))
    if moments != NULL:
        a.moments = <Moment *> moments
    places = realloc(a.places, <size_t> n_nodes * sizeof(int32_t))
    if places != NULL:
        a.places = <int32_t *> places
    if moments == NULL or places == NULL:
        with gil:
            raise MemoryError(f"no room to plan {n_nodes} things")
    for node in range(a.n_nodes, n_nodes):
        a.places[node] = -1
    a.n_nodes = n_nodes
    return 0


cdef void agenda_free(Agenda *a) noexcept nogil:
    free(a.moments)
    free(a.places)


cdef bint agenda_is_sound(const Agenda *a) noexcept nogil:
    """Say whether everybody stands where ``places`` says, and nobody before whom comes sooner."""
    cdef int32_t place, node, n_planned = 0
    for place in range(a.n):
        if place == 0 and a.hole:
            continue
        if a.places[a.moments[place].node] != place:
            return False
        if place > 0 and (place - 1) // ARITY > 0 and sooner(&a.moments[place], &a.moments[(place - 1) // ARITY]):
            return False
        if 0 < place <= ARITY and not a.hole and sooner(&a.moments[place], &a.moments[0]):
            return False
    for node in range(a.n_nodes):
        n_planned += a.places[node] >= 0
    return n_planned == a.n - a.hole


cdef class PlainAgenda:
    """For tests: an agenda by itself."""

    cdef Agenda a

    def __init__(self, int n_nodes):
        agenda_reserve(&self.a, n_nodes)

    def plan(self, int node, int64_t at_ns):
        plan(&self.a, node, at_ns)

    def plan_first(self, int node, int64_t at_ns):
        plan_first(&self.a, node, at_ns)

    def unplan(self, int node):
        unplan(&self.a, node)

    def is_planned(self, int node):
        return is_planned(&self.a, node)

    def take_first(self):
        """Return (when, node) of the first one and take it off; None if there is none."""
        at_ns = next_ns(&self.a)
        return None if at_ns == NEVER else (at_ns, take_first(&self.a))

    def is_sound(self):
        return agenda_is_sound(&self.a)

    def __dealloc__(self):
        agenda_free(&self.a)
