# cython: cdivision=True
"""A center's whole state as bytes; the layout is that of snapshot_layout.pyx."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from hashlib import blake2b

from .digest cimport state_hash
from .law cimport *
from .model cimport *
from .snapshot_io cimport Armed, Io, io_i32, io_name, io_take, io_u32, io_u64
from .snapshot_layout cimport (
    DIGEST_BYTES, FORMAT_VERSION, agent_fields, answer_fields, assignment_fields, ban_fields, cell_fields,
    center_fields, channel_fields, customer_fields, interaction_fields, offer_fields, override_fields, pool_fields,
    queue_fields, step_fields, tier_fields,
)

MAGIC = b"acdstate"

cdef struct Numbers:                # of what is interned, in the order in which it is named
    int32_t *of                     # by slot; -1: none yet
    int32_t *slots                  # by number
    int32_t n


cdef int begin(Numbers *numbers, int32_t slots) except -1:
    """Number as many as there are slots."""
    numbers.of = <int32_t *> malloc((<size_t> slots + 1) * sizeof(int32_t))
    numbers.slots = <int32_t *> malloc((<size_t> slots + 1) * sizeof(int32_t))
    numbers.n = 0
    if numbers.of == NULL or numbers.slots == NULL:
        end(numbers)
        raise MemoryError
    memset(numbers.of, 0xFF, (<size_t> slots + 1) * sizeof(int32_t))
    return 0


cdef void end(Numbers *numbers) noexcept:
    free(numbers.of)
    free(numbers.slots)


cdef inline void name_it(Numbers *numbers, int32_t slot) noexcept nogil:
    """Give it the next number, unless it has one."""
    if slot >= 0 and numbers.of[slot] < 0:
        numbers.of[slot] = numbers.n
        numbers.slots[numbers.n] = slot
        numbers.n += 1


cdef inline int32_t number_of(const Numbers *numbers, int32_t slot) noexcept nogil:
    return numbers.of[slot] if slot >= 0 else -1


cdef inline Armed armed(Center *c, int32_t timer) noexcept nogil:
    if timer < 0:
        return Armed(-1, 0)
    return Armed(c.timers[timer].deadline_ns, c.timers[timer].arming_seq)


cdef inline void count(Io *io, int32_t n) noexcept nogil:
    io_i32(io, &n)


cdef void key_words(Io *io, const char *key, int32_t length) noexcept nogil:
    """Write the words by which something is interned."""
    cdef const int32_t *words = <const int32_t *> key
    cdef int32_t n = length // <int32_t> sizeof(int32_t), i
    count(io, n)
    for i in range(n):
        count(io, words[i])


cdef void free_slots(Io *io, const Slots *slots) noexcept nogil:
    cdef int32_t i
    count(io, slots.n_free)
    for i in range(slots.n_free):
        count(io, slots.free[i])


# ---------------------------------------------------------------------- definitions

cdef int write_words(Io *io, Center *c) except -1:
    cdef int32_t i
    count(io, c.n_skills)
    for i in range(c.n_skills):
        io_name(io, &c.skills[i].name)
    count(io, c.n_reasons)
    for i in range(c.n_reasons):
        io_name(io, &c.reasons[i])
    count(io, c.n_channels)
    for i in range(c.n_channels):
        channel_fields(io, &c.channels[i])
    count(io, c.n_tiers)
    for i in range(c.n_tiers):
        tier_fields(io, &c.tiers[i])
    return 0


cdef void write_requirements(Io *io, Center *c, Numbers *numbers) noexcept:
    """Number the requirements and write them."""
    cdef int32_t i, step
    for i in range(c.n_queues):
        for step in range(c.queues[i].n_steps):
            name_it(numbers, c.queues[i].plan[step].requirement)
    for i in range(c.interaction_slots.used):
        if c.interactions[i].state != FREE:
            name_it(numbers, c.interactions[i].extra)
    count(io, numbers.n)
    for i in range(numbers.n):
        key_words(io, c.requirements[numbers.slots[i]].key, c.requirements[numbers.slots[i]].key_length)


cdef int write_queues(Io *io, Center *c, const Numbers *requirements) except -1:
    cdef int32_t i, j, requirement
    cdef Queue *one
    cdef Armed gate
    count(io, c.n_queues)
    for i in range(c.n_queues):
        one = &c.queues[i]
        queue_fields(io, one)
        count(io, one.n_overrides)
        for j in range(one.n_overrides):
            override_fields(io, &one.overrides[j])
        count(io, one.n_steps)
        for j in range(one.n_steps):
            requirement, gate = requirements.of[one.plan[j].requirement], armed(c, one.plan[j].gate_timer)
            step_fields(io, &one.plan[j], &requirement, &gate)
    return 0


cdef int write_agents(Io *io, Center *c, Numbers *groups) except -1:
    """Number the groups, write them, then the agents."""
    cdef int32_t i, group
    cdef Armed lease, grace
    for i in range(c.n_agents):
        name_it(groups, c.agents[i].group)
    count(io, groups.n)
    for i in range(groups.n):
        group = groups.slots[i]
        key_words(io, c.groups[group].key, c.groups[group].key_length)
        pool_fields(io, &c.groups[group].pool)
    count(io, c.n_agents)
    for i in range(c.n_agents):
        group = groups.of[c.agents[i].group]
        lease, grace = armed(c, c.agents[i].lease_timer), armed(c, c.agents[i].grace_timer)
        agent_fields(io, &c.agents[i], &group, &lease, &grace)
    return 0


cdef void write_cells(Io *io, Center *c) noexcept:
    cdef int32_t queue, tier
    count(io, c.n_cells)
    for queue in range(c.n_queues):
        for tier in range(c.queues[queue].n_cells):
            if c.queues[queue].cells[tier] >= 0:
                count(io, queue)
                count(io, tier)
                cell_fields(io, &c.cells[c.queues[queue].cells[tier]], c.n_wait_edges)


# ---------------------------------------------------------------------- work

cdef int write_interactions(Io *io, Center *c, const Numbers *requirements) except -1:
    cdef int32_t i, extra, served_by, ban
    cdef Interaction *one
    cdef Armed cool_down, clock
    count(io, c.interaction_slots.used)
    for i in range(c.interaction_slots.used):
        one = &c.interactions[i]
        count(io, one.generation)
        count(io, one.state)
        if one.state == FREE:
            continue
        extra = number_of(requirements, one.extra)
        served_by = one.served_by if one.state == I_ASSIGNED or one.state == I_COMPLETED else -1
        cool_down, clock = armed(c, one.timer), armed(c, one.clock)
        interaction_fields(io, one, &extra, &served_by, &cool_down, &clock)
        ban = one.first_ban
        while ban >= 0:
            ban_fields(io, &c.bans[ban])
            ban = c.bans[ban].next
    free_slots(io, &c.interaction_slots)
    return 0


cdef void write_offers(Io *io, Center *c) noexcept nogil:
    cdef int32_t i
    cdef Armed timer
    count(io, c.offer_slots.used)
    for i in range(c.offer_slots.used):
        count(io, c.offers[i].generation)
        count(io, c.offers[i].state)
        if c.offers[i].state != FREE:
            timer = armed(c, c.offers[i].timer)
            offer_fields(io, &c.offers[i], &timer)
    free_slots(io, &c.offer_slots)


cdef void write_assignments(Io *io, Center *c) noexcept nogil:
    cdef int32_t i
    cdef Armed timer
    count(io, c.assignment_slots.used)
    for i in range(c.assignment_slots.used):
        count(io, c.assignments[i].generation)
        count(io, c.assignments[i].state)
        if c.assignments[i].state != FREE:
            timer = armed(c, c.assignments[i].timer)
            assignment_fields(io, &c.assignments[i], &timer)
    free_slots(io, &c.assignment_slots)


cdef void write_remembered(Io *io, Center *c) noexcept nogil:
    cdef int32_t slot = c.first_customer
    cdef int64_t number
    count(io, c.n_customers)
    while slot >= 0:
        customer_fields(io, &c.customers[slot])
        slot = c.customers[slot].next
    count(io, <int32_t> c.n_answers)
    for number in range(c.first_answer, c.next_answer):
        answer_fields(io, &c.answers[number & (c.answers_capacity - 1)])


# ---------------------------------------------------------------------- the whole

cdef int write_body(Io *io, Center *c) except -1:
    cdef Numbers requirements, groups
    begin(&requirements, c.requirement_slots.used)
    try:
        begin(&groups, c.group_slots.used)
        try:
            center_fields(io, c)
            write_words(io, c)
            write_requirements(io, c, &requirements)
            write_queues(io, c, &requirements)
            write_agents(io, c, &groups)
        finally:
            end(&groups)
        write_cells(io, c)
        write_interactions(io, c, &requirements)
    finally:
        end(&requirements)
    write_offers(io, c)
    write_assignments(io, c)
    write_remembered(io, c)
    return 0


cdef bytes sealed(Io *io, uint64_t hash_):
    """Return what was written, with its length and the state hash in the header and the digest at its end."""
    cdef int64_t n = io.at - io.begin
    cdef uint64_t length = <uint64_t> (n + DIGEST_BYTES)
    cdef bytes whole = PyBytes_FromStringAndSize(NULL, n + DIGEST_BYTES), digest
    io.at = io.begin + 16
    io_u64(io, &length)
    io_u64(io, &hash_)
    memcpy(PyBytes_AS_STRING(whole), io.begin, <size_t> n)
    digest = blake2b(memoryview(whole)[:n], digest_size=DIGEST_BYTES).digest()
    memcpy(PyBytes_AS_STRING(whole) + n, PyBytes_AS_STRING(digest), DIGEST_BYTES)
    return whole


cdef bytes snapshot_of(Center *c):
    """Return the state of a center, which is not within a command, as bytes that follow from it alone."""
    cdef Io io
    cdef uint32_t version = FORMAT_VERSION, zero = 0
    cdef uint64_t later = 0, hash_ = state_hash(c)
    cdef bytes magic = MAGIC
    cdef unsigned char *at
    memset(&io, 0, sizeof(Io))
    io.writes = 1
    try:
        at = io_take(&io, 8)
        if at != NULL:
            memcpy(at, PyBytes_AS_STRING(magic), 8)
        io_u32(&io, &version)
        io_u32(&io, &zero)
        io_u64(&io, &later)
        io_u64(&io, &later)
        write_body(&io, c)
        if io.failed:
            raise MemoryError
        return sealed(&io, hash_)
    finally:
        free(io.begin)
