"""Memory, and the router's only door; see stage.pxd."""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport realloc
from libc.string cimport memset

from acdcore.router.core cimport apply
from acdcore.router.law cimport OK
from acdcore.router.model cimport Answer, Command

from .agenda cimport agenda_reserve, unplan


cdef int grow(void **array, int32_t *capacity, int32_t least, size_t size) except -1 nogil:
    """Make an array at least so long; what is new is zero."""
    cdef int64_t wanted = max(<int64_t> least, 2 * <int64_t> capacity[0])
    cdef void *grown
    if least <= capacity[0]:
        return 0
    if wanted > MOST_ENTRIES:
        with gil:
            raise MemoryError(f"{least} entries at once are more than a simulation can hold")
    grown = realloc(array[0], <size_t> wanted * size)
    if grown == NULL:
        with gil:
            raise MemoryError(f"no room for {wanted} entries")
    array[0] = grown
    memset(<char *> grown + <size_t> capacity[0] * size, 0, <size_t> (wanted - capacity[0]) * size)
    capacity[0] = <int32_t> wanted
    return 0


cdef int make_room(Stage *s) except -1 nogil:
    """Let there be an entry for each slot that the router has, and a place for each node."""
    cdef int32_t before = s.interactions_capacity
    cdef int32_t most, i
    if s.c.interaction_slots.capacity > before:
        grow(<void **> &s.customer_of, &s.interactions_capacity, s.c.interaction_slots.capacity, sizeof(int32_t))
        for i in range(before, s.interactions_capacity):
            s.customer_of[i] = -1
    grow(<void **> &s.rings, &s.rings_capacity, s.c.offer_slots.capacity, sizeof(s.rings[0]))
    grow(<void **> &s.works, &s.works_capacity, s.c.assignment_slots.capacity, sizeof(s.works[0]))
    most = max(max(s.rings_capacity, s.works_capacity), s.customers_capacity)
    most = 4 * max(most, FIRST_SOURCE + s.n_sources + s.n_agents)
    agenda_reserve(&s.agenda, most)
    return 0


cdef int32_t customer_new(Stage *s) except -1 nogil:
    """Return a free customer, all zero."""
    cdef int32_t customer, before = s.customers_capacity
    if s.n_free:
        s.n_free -= 1
        customer = s.free_customers[s.n_free]
        memset(&s.customers[customer], 0, sizeof(s.customers[0]))
    else:
        if s.n_used == s.customers_capacity:
            grow(<void **> &s.customers, &s.customers_capacity, max(256, s.n_used + 1), sizeof(s.customers[0]))
            grow(<void **> &s.free_customers, &before, s.customers_capacity, sizeof(int32_t))
            make_room(s)
        customer = s.n_used
        s.n_used += 1
    s.n_inside += 1
    return customer


cdef void customer_free(Stage *s, int32_t customer) noexcept nogil:
    """The customer has left for good."""
    unplan(&s.agenda, node_of(AT_CUSTOMER, customer))
    s.customers[customer].state = 0
    s.customers[customer].interaction = 0
    s.free_customers[s.n_free] = customer
    s.n_free += 1
    s.n_inside -= 1


cdef int newcomer(Stage *s, int32_t customer) except -1 nogil:
    """The customer has entered a queue: once the router has been heard, it turns out whether there is to be waited."""
    if s.customers[customer].is_new:
        return 0
    grow(<void **> &s.newcomers, &s.newcomers_capacity, s.n_newcomers + 1, sizeof(int32_t))
    s.customers[customer].is_new = 1
    s.newcomers[s.n_newcomers] = customer
    s.n_newcomers += 1
    return 0


cdef int send(Stage *s, Command *command, Answer *answer) except -1 nogil:
    """Give the router a command. What it does is told by events, in the order in which it does it."""
    cdef void *grown
    if s.keeps_journal:
        if s.n_journal == s.journal_capacity:
            grown = realloc(s.journal, <size_t> (2 * s.journal_capacity + 1024) * sizeof(Command))
            if grown == NULL:
                with gil:
                    raise MemoryError("no room for a longer journal")
            s.journal = <Command *> grown
            s.journal_capacity = 2 * s.journal_capacity + 1024
        s.journal[s.n_journal] = command[0]
        s.n_journal += 1
    s.commands += 1
    apply(s.c, command, NULL, NULL, answer)
    if (s.c.interaction_slots.capacity > s.interactions_capacity or s.c.offer_slots.capacity > s.rings_capacity
            or s.c.assignment_slots.capacity > s.works_capacity):
        make_room(s)
    return 0


cdef int require(Stage *s, Command *command) except -1 nogil:
    """As :func:`send`, for a command that cannot be refused in a sound simulation. Raises RuntimeError if it is."""
    cdef Answer answer
    send(s, command, &answer)
    if answer.code != OK:
        with gil:
            from acdcore.router.codes import Op, Result
            at_s = (s.now_ns - s.start_ns) * 1e-9
            raise RuntimeError(
                f"the router refused {Op(command.op).name} at {at_s:.3f} s: {Result(answer.code).name}"
            )
    return 0
