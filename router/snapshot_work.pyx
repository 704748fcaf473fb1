# cython: cdivision=True
"""Reads interactions, offers and assignments, and puts them where they belong; see snapshot_read.pyx."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport calloc, free, malloc, qsort
from libc.string cimport memset

from .available cimport index_renew
from .heap cimport Rank, rank_before
from .law cimport *
from .life cimport link_assignment, link_offer
from .lines cimport line_join
from .match cimport fitting
from .model cimport *
from .names cimport names_reserve
from .occupancy cimport load_share
from .plans cimport queue_join
from .require cimport requirement_hold
from .snapshot_io cimport Armed, Io, io_i32
from .snapshot_layout cimport answer_fields, assignment_fields, ban_fields, customer_fields, interaction_fields
from .snapshot_layout cimport offer_fields
from .snapshot_read cimport in_range, new_name, read_count, sound, take_timer
from .store cimport answer_find, answer_remember, answer_reserve, customer_remember, customers_reserve
from .store cimport dirty_assignment, dirty_interaction, dirty_offer, handle_of, interactions_grew, list_push
from .store cimport list_reserve, ring_push, ring_reserve, slot_take, slot_take_clean, slots_reserve

cdef enum:
    MOST_HELD = 128                 # offers and assignments of one agent: the law lets them have fewer
    SLOT_BYTES = 8                  # the least that a slot takes: its generation and its state

cdef struct Sorted:                 # slots by some number
    Rank *entries
    int32_t n


cdef int compare(const void *one, const void *two) noexcept nogil:
    return -1 if rank_before(<const Rank *> one, <const Rank *> two) else 1


cdef int sorted_begin(Sorted *sorted_, int32_t most) except -1:
    sorted_.n = 0
    sorted_.entries = <Rank *> malloc((<size_t> most + 1) * sizeof(Rank))
    if sorted_.entries == NULL:
        raise MemoryError
    return 0


cdef inline void sorted_add(Sorted *sorted_, int64_t by, int32_t slot) noexcept nogil:
    sorted_.entries[sorted_.n] = Rank(by, slot, 0, 0, slot)
    sorted_.n += 1


cdef int sorted_end(Sorted *sorted_, str what) except -1:
    """Sort; no two may have the same number."""
    cdef int32_t i
    qsort(sorted_.entries, <size_t> sorted_.n, sizeof(Rank), compare)
    for i in range(1, sorted_.n):
        if sorted_.entries[i - 1].a == sorted_.entries[i].a:
            sound(False, f"two {what} have one number")
    return 0


cdef int32_t slot_of(int64_t handle, const Slots *slots, str what) except -1:
    """Return the slot of a handle, which may have been given to somebody else since."""
    in_range(handle >> 32, 1, <int64_t> 1 << 31, what)
    in_range(<int64_t> (<uint32_t> handle), 0, slots.used, what)
    return <int32_t> (<uint32_t> handle)


cdef int read_free(Io *io, Slots *slots, uint8_t *is_free, int32_t n_free, str what) except -1:
    """Read the free slots, the one freed last at the end: each that is free, once."""
    cdef int32_t n = read_count(io, sizeof(int32_t), f"free slots of {what}"), i, slot = -1
    sound(n == n_free, f"other slots of {what} are free than those said to be")
    for i in range(n):
        io_i32(io, &slot)
        if not 0 <= slot < slots.used or is_free[slot] != 1:
            sound(False, f"slot {slot} of {what} is not free, or free twice")
        is_free[slot] = 2
        slots.free[i] = slot
    slots.n_free = n
    return 0


cdef uint8_t *marks(int32_t n) except NULL:
    cdef uint8_t *one = <uint8_t *> calloc(<size_t> n + 1, 1)
    if one == NULL:
        raise MemoryError
    return one


# ---------------------------------------------------------------------- interactions

cdef inline bint is_ended(int32_t state) noexcept nogil:
    return state in (I_COMPLETED, I_ABANDONED, I_EXPIRED, I_REJECTED)


cdef int read_interactions(Io *io, Center *c) except -1:
    cdef int32_t n = read_count(io, SLOT_BYTES, "interactions"), i, slot, n_free = 0, _
    cdef uint8_t *is_free
    cdef Sorted ended, waiting
    slots_reserve(&c.interaction_slots, <void **> &c.interactions, n + 1, sizeof(Interaction))
    interactions_grew(c)
    waiting.entries = NULL
    is_free = marks(n)
    sorted_begin(&ended, n)
    try:
        sorted_begin(&waiting, n)
        for _ in range(n):
            slot = slot_take_clean(&c.interaction_slots, c.interactions, sizeof(Interaction))
            c.line_places[slot] = c.entered_places[slot] = -1
            io_i32(io, &c.interactions[slot].generation)
            in_range(c.interactions[slot].generation, 1, <int64_t> 1 << 31, "generation of an interaction")
            if not read_interaction(io, c, slot):
                is_free[slot] = 1
                n_free += 1
            elif is_ended(c.interactions[slot].state):
                sorted_add(&ended, c.interactions[slot].end_seq, slot)
            elif c.interactions[slot].state == I_WAITING:
                sorted_add(&waiting, c.interactions[slot].seq, slot)
        read_free(io, &c.interaction_slots, is_free, n_free, "interactions")
        sorted_end(&waiting, "interactions that wait")
        for i in range(waiting.n):  # in the order in which they came, as is best for their lines
            line_join(c, waiting.entries[i].id)
        sorted_end(&ended, "ended interactions")
        ring_reserve(&c.ended_interactions, ended.n)
        for i in range(ended.n):
            ring_push(&c.ended_interactions, ended.entries[i].id)
    finally:
        free(is_free)
        free(ended.entries)
        free(waiting.entries)
    return 0


cdef bint read_interaction(Io *io, Center *c, int32_t slot) except -1:
    """Read an interaction, and have it wait where it waits; return whether there is one."""
    cdef Interaction *one = &c.interactions[slot]
    cdef int32_t state = 0, extra = -1
    cdef Armed cool_down, clock
    io_i32(io, &state)
    in_range(state, FREE, I_REJECTED + 1, "state of an interaction")
    if state == FREE:
        return False
    one.line = one.first_offer = one.last_offer = one.assignment = one.first_ban = one.timer = one.clock = -1
    interaction_fields(io, one, &extra, &one.served_by, &cool_down, &clock)
    one.extra, one.state = extra, state
    sound(not io.failed, "it ends within an interaction")
    check_interaction(c, one)
    if one.name.length:
        new_name(c, KIND_INTERACTION, &one.name, handle_of(one.generation, slot), "an interaction")
    if extra >= 0:
        requirement_hold(c, extra)
    read_bans(io, c, slot)
    take_timer(c, &cool_down, TIMER_COOL_DOWN, slot, &one.timer)
    take_timer(c, &clock, TIMER_PLAN if state == I_WAITING else TIMER_HOLD, slot, &one.clock)
    holds = state == I_HELD or state == I_SCHEDULED
    sound((one.timer >= 0) == (one.n_bans > 0), "cool-downs without a timer, or the other way round")
    sound((one.clock >= 0) == holds or state == I_WAITING, "a clock that nobody needs, or none for one who does")
    dirty_interaction(c, slot)
    place_interaction(c, slot)
    return True


cdef int check_interaction(Center *c, const Interaction *one) except -1:
    cdef int32_t i
    cdef bint ended = is_ended(one.state)
    in_range(one.queue, 0, c.n_queues, "queue of an interaction")
    in_range(one.tier, 0, c.n_tiers, "tier of an interaction")
    in_range(one.priority, MIN_PRIORITY, MAX_PRIORITY + 1, "priority of an interaction")
    in_range(one.seq, 1, c.interactions_seen + 1, "number of an interaction")
    in_range(one.end_seq, 1 if ended else 0, c.ends + 1 if ended else 1, "number of an interaction's end")
    in_range(one.entered_ns, 0, c.now_ns + 1, "entry of an interaction")
    in_range(one.since_ns, 0, <int64_t> 1 << 62, "time since which an interaction waits")
    in_range(one.step, 0, 32 if ended else c.queues[one.queue].n_steps, "step of an interaction")
    in_range(one.extra, -1, 0 if ended else c.requirement_slots.used, "requirement of an interaction")
    in_range(one.addressed, -1, c.n_agents, "agent whose interaction it is")
    in_range(one.served_by, -1, c.n_agents, "agent who served an interaction")
    in_range(one.claim, -1, c.n_agents if one.state == I_WAITING else 0, "agent who is claimed")
    in_range(one.n_bans, 0, 1 if ended else 65, "number of cool-downs")
    in_range(one.n_visited, 1, MAX_VISITS + 1, "number of queues visited")
    for i in range(one.n_visited):
        in_range(one.visited[i], 0, c.n_queues, "queue visited")
    good = one.has_own_priority <= 1 and one.waited_out <= 1 and one.round_missed <= 1
    good = good and (one.addressed >= 0 or one.addressed_until_ns == NONE)
    good = good and (one.extra < 0 or one.extra_hash == c.requirements[one.extra].hash)
    sound(good, "an interaction contradicts itself")
    sound(has_cell(c, one.queue, one.tier), "an interaction counts nowhere")
    return 0


cdef inline bint has_cell(Center *c, int32_t queue, int32_t tier) noexcept:
    return tier < c.queues[queue].n_cells and c.queues[queue].cells[tier] >= 0


cdef int read_bans(Io *io, Center *c, int32_t slot) except -1:
    """Read an interaction's cool-downs, in their order."""
    cdef Interaction *one = &c.interactions[slot]
    cdef int32_t ban, last = -1, _
    for _ in range(one.n_bans):
        slots_reserve(&c.ban_slots, <void **> &c.bans, 1, sizeof(Ban))
        ban = slot_take(&c.ban_slots)
        c.bans[ban] = Ban(0, -1, -1)
        ban_fields(io, &c.bans[ban])
        in_range(c.bans[ban].agent, 0, c.n_agents, "agent of a cool-down")
        in_range(c.bans[ban].until_ns, 0, (<int64_t> 1 << 62) + (<int64_t> 1 << 61), "end of a cool-down")
        if last < 0:
            one.first_ban = ban
        else:
            c.bans[last].next = ban
        last = ban
    return 0


cdef int place_interaction(Center *c, int32_t slot) except -1:
    """Count it, and let it stand in its queue, and claim whom it has claimed."""
    cdef Interaction *one = &c.interactions[slot]
    one.cell = c.queues[one.queue].cells[one.tier]
    if not is_ended(one.state):
        c.cells[one.cell].standing[one.state] += 1
    if one.state == I_WAITING or one.state == I_OFFERED:
        queue_join(c, slot)
        if c.failed:
            raise MemoryError
    if one.claim >= 0:
        sound(c.agents[one.claim].claim < 0, "an agent who is claimed twice")
        c.agents[one.claim].claim = slot
        list_push(&c.claimed, slot)
    return 0


# ---------------------------------------------------------------------- offers

cdef int read_offers(Io *io, Center *c) except -1:
    cdef int32_t n = read_count(io, SLOT_BYTES, "offers"), i, slot, n_free = 0, _
    cdef uint8_t *is_free
    cdef Sorted ended, pending
    slots_reserve(&c.offer_slots, <void **> &c.offers, n + 1, sizeof(Offer))
    list_reserve(&c.dirty_offers, c.offer_slots.capacity)
    pending.entries = NULL
    is_free = marks(n)
    sorted_begin(&ended, n)
    try:
        sorted_begin(&pending, n)
        for _ in range(n):
            slot = slot_take_clean(&c.offer_slots, c.offers, sizeof(Offer))
            if not read_offer(io, c, slot):
                is_free[slot] = 1
                n_free += 1
            elif c.offers[slot].state == PENDING:
                sorted_add(&pending, c.offers[slot].seq, slot)
            else:
                sorted_add(&ended, c.offers[slot].end_seq, slot)
        read_free(io, &c.offer_slots, is_free, n_free, "offers")
        sorted_end(&pending, "offers")
        for i in range(pending.n):
            slot = pending.entries[i].id
            sound(c.agents[c.offers[slot].agent].n_offers < MOST_HELD, "an agent has too many offers")
            link_offer(c, slot)
        sorted_end(&ended, "ended offers")
        ring_reserve(&c.ended_offers, ended.n)
        for i in range(ended.n):
            ring_push(&c.ended_offers, ended.entries[i].id)
    finally:
        free(is_free)
        free(ended.entries)
        free(pending.entries)
    return 0


cdef bint read_offer(Io *io, Center *c, int32_t slot) except -1:
    """Read an offer; return whether there is one."""
    cdef Offer *one = &c.offers[slot]
    cdef Armed timer
    cdef int32_t state = 0
    io_i32(io, &one.generation)
    in_range(one.generation, 1, <int64_t> 1 << 31, "generation of an offer")
    io_i32(io, &state)
    in_range(state, FREE, FAILED + 1, "state of an offer")
    if state == FREE:
        return False
    offer_fields(io, one, &timer)
    sound(not io.failed, "it ends within an offer")
    one.state = state
    in_range(one.seq, 1, c.offers_seen + 1, "number of an offer")
    in_range(one.end_seq, state != PENDING, c.ends + 1 if state != PENDING else 1, "number of an offer's end")
    in_range(one.agent, 0, c.n_agents, "agent of an offer")
    in_range(one.channel, 0, c.n_channels, "channel of an offer")
    in_range(one.units, 1, UNITS + 1, "units of an offer")
    in_range(one.taken, 0, 2, "whether an offer was taken")
    one.interaction = slot_of(one.interaction_handle, &c.interaction_slots, "handle of an offer's interaction")
    take_timer(c, &timer, TIMER_OFFER, slot, &one.timer)
    sound((one.timer >= 0) == (state == PENDING), "an offer without a deadline, or one that has ended with it")
    if state == PENDING:
        good = c.interactions[one.interaction].state == I_OFFERED
        good = good and c.interactions[one.interaction].generation == one.interaction_handle >> 32
        sound(good and one.deadline_ns == timer.deadline_ns, "a pending offer of what is not offered")
    dirty_offer(c, slot)
    return True


# ---------------------------------------------------------------------- assignments

cdef int read_assignments(Io *io, Center *c) except -1:
    cdef int32_t n = read_count(io, SLOT_BYTES, "assignments"), i, slot, n_free = 0, _
    cdef uint8_t *is_free
    cdef Sorted held
    cdef const Assignment *one
    slots_reserve(&c.assignment_slots, <void **> &c.assignments, n + 1, sizeof(Assignment))
    list_reserve(&c.dirty_assignments, c.assignment_slots.capacity)
    is_free = marks(n)
    sorted_begin(&held, n)
    try:
        for _ in range(n):
            slot = slot_take_clean(&c.assignment_slots, c.assignments, sizeof(Assignment))
            if read_assignment(io, c, slot):
                sorted_add(&held, c.assignments[slot].seq, slot)
            else:
                is_free[slot] = 1
                n_free += 1
        read_free(io, &c.assignment_slots, is_free, n_free, "assignments")
        sorted_end(&held, "assignments")
        for i in range(held.n):
            slot = held.entries[i].id
            one = &c.assignments[slot]
            sound(c.agents[one.agent].held[one.channel] < MOST_HELD, "an agent has too much work")
            link_assignment(c, slot)
    finally:
        free(is_free)
        free(held.entries)
    return 0


cdef bint read_assignment(Io *io, Center *c, int32_t slot) except -1:
    """Read an assignment; return whether there is one."""
    cdef Assignment *one = &c.assignments[slot]
    cdef Interaction *of
    cdef Armed timer
    cdef int32_t state = 0
    io_i32(io, &one.generation)
    in_range(one.generation, 1, <int64_t> 1 << 31, "generation of an assignment")
    io_i32(io, &state)
    in_range(state, FREE, A_WRAP_UP + 1, "state of an assignment")
    if state == FREE:
        return False
    assignment_fields(io, one, &timer)
    sound(not io.failed, "it ends within an assignment")
    one.state = state
    in_range(one.seq, 1, c.assignments_seen + 1, "number of an assignment")
    in_range(one.agent, 0, c.n_agents, "agent of an assignment")
    in_range(one.queue, 0, c.n_queues, "queue of an assignment")
    in_range(one.tier, 0, c.n_tiers, "tier of an assignment")
    in_range(one.channel, 0, c.n_channels, "channel of an assignment")
    in_range(one.units, 1, UNITS + 1, "units of an assignment")
    in_range(one.accepted_ns, 0, c.now_ns + 1, "begin of an assignment")
    in_range(one.wrap_up_ns, 0, c.now_ns + 1, "begin of a wrap-up")
    sound(has_cell(c, one.queue, one.tier), "an assignment counts nowhere")
    one.cell = c.queues[one.queue].cells[one.tier]
    one.interaction = slot_of(one.interaction_handle, &c.interaction_slots, "handle of an assignment's interaction")
    take_timer(c, &timer, TIMER_HANDLE if state == A_ACTIVE else TIMER_WRAP_UP, slot, &one.timer)
    sound(one.timer >= 0, "an assignment without a deadline")
    if state == A_ACTIVE:
        of = &c.interactions[one.interaction]
        good = of.state == I_ASSIGNED and of.assignment < 0 and of.generation == one.interaction_handle >> 32
        sound(good, "an assignment of what is not assigned")
        of.assignment, of.served_by = slot, one.agent
    dirty_assignment(c, slot)
    return True


cdef int settle_agents(Center *c) except -1:
    """Now that it is known what agents hold: what they may be offered, and what they add to the sums."""
    cdef int32_t i, p
    cdef Agent *a
    cdef Pool *pool
    for i in range(c.interaction_slots.used):
        good = (c.interactions[i].state == I_ASSIGNED) == (c.interactions[i].assignment >= 0)
        good = good and (c.interactions[i].state == I_OFFERED) == (c.interactions[i].first_offer >= 0)
        sound(good or c.interactions[i].state == FREE, "offered without an offer, or assigned without an assignment")
    for i in range(c.n_agents):
        a = &c.agents[i]
        a.ready = a.presence == AVAILABLE or a.first_offer >= 0 or a.first_assignment >= 0
        a.load = a.assigned_units
        for p in range(2 if a.ready else 0):
            pool = &c.pool if p else &c.groups[a.group].pool
            pool.count += 1
            pool.load += load_share(a.load)
            pool.handled += a.handled
        a.fits = fitting(c, i)
        if a.claim < 0 and a.fits:
            index_renew(c, i, a.fits)
    return 0


# ---------------------------------------------------------------------- what is remembered

cdef int read_customers(Io *io, Center *c) except -1:
    cdef int32_t n = read_count(io, 28, "customers"), i
    cdef int64_t before = 0
    cdef Customer one
    memset(&one, 0, sizeof(Customer))
    in_range(n, 0, c.settings[REMEMBERED_CUSTOMERS] + 1, "number of customers")
    names_reserve(&c.known_customers, n)
    customers_reserve(c, n)
    for i in range(n):
        customer_fields(io, &one)
        in_range(one.agent, 0, c.n_agents, "agent of a customer")
        in_range(one.number, before + 1, c.assignments_seen + 1, "number of a customer's assignment")
        before = one.number
        customer_remember(c, one.high, one.low, one.number, one.agent)
        sound(c.n_customers == i + 1, "a customer is there twice")
    return 0


cdef int read_answers(Io *io, Center *c) except -1:
    cdef int32_t n = read_count(io, 36, "answers"), _
    cdef Remembered one
    cdef Command command
    cdef Answer answer
    memset(&one, 0, sizeof(Remembered))
    memset(&command, 0, sizeof(Command))
    in_range(n, 0, c.settings[REMEMBERED_ANSWERS] + 1, "number of answers")
    in_range(c.next_answer, n, <int64_t> 1 << 62, "number of the next answer")
    c.first_answer = c.next_answer = c.next_answer - n
    for _ in range(n):
        answer_fields(io, &one)
        command.request_high, command.request_low = one.request_high, one.request_low
        sound(not answer_find(c, &command, one.fingerprint, &answer), "a request is answered twice")
        answer.code, answer.value = one.code, one.value
        answer_reserve(c)
        answer_remember(c, &command, one.fingerprint, &answer)
    return 0


cdef int read_work(Io *io, Center *c) except -1:
    read_interactions(io, c)
    read_offers(io, c)
    read_assignments(io, c)
    settle_agents(c)
    read_customers(io, c)
    read_answers(io, c)
    return 0
