# cython: cdivision=True
"""Memory and book-keeping of a center; see store.pxd."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset

from . import codes

from .available cimport indices_free
from .define_queue cimport cell_promise
from .digest cimport channel_hash, customer_hash, digest_word
from .grades cimport grades_free
from .hashing cimport folded, name_hash
from .law cimport *
from .model cimport *
from .names cimport NameEntry, names_find, names_free, names_put, names_remove, names_reserve
from .occupancy cimport half_life_of
from .timers cimport timers_reserve

ctypedef List *ListPointer

cdef enum:
    WORKED_OFF = 128
    SMALL_BYTES = 1 << 16

cdef int64_t[N_SETTINGS] DEFAULT_SETTINGS
cdef int64_t[N_CHANNEL_FIELDS] DEFAULT_CHANNEL
for _setting, _rule in codes.SETTING_RULES.items():
    DEFAULT_SETTINGS[<int> int(_setting)] = _rule.default
for _field, _rule in codes.CHANNEL_RULES.items():
    DEFAULT_CHANNEL[<int> int(_field)] = _rule.default


# ---------------------------------------------------------------------- a center's beginning and end

cdef Center *center_begun() except NULL:
    """Return a center with nothing in it at all; raise MemoryError if there is no room."""
    cdef Center *c = <Center *> calloc(1, sizeof(Center))
    if c == NULL:
        raise MemoryError
    memset(c.kind_of, 0xFF, sizeof(c.kind_of))
    c.first_customer = c.last_customer = -1
    return c


cdef Center *center_new() except NULL:
    """Return an empty center with the default settings; raise MemoryError if there is no room."""
    cdef Center *c = center_begun()
    cdef bytes name
    for edge_ns in codes.WAIT_EDGES_NS:
        c.wait_edges[c.n_wait_edges] = edge_ns
        c.n_wait_edges += 1
    try:
        memcpy(c.settings, DEFAULT_SETTINGS, sizeof(DEFAULT_SETTINGS))
        c.half_life = half_life_of(c.settings[HALF_LIFE_NS])
        names_reserve(&c.names, len(codes.BUILTIN_REASONS) + len(codes.BUILTIN_CHANNELS))
        for name in codes.BUILTIN_REASONS:
            reserve_array(<void **> &c.reasons, &c.reasons_capacity, c.n_reasons + 1, sizeof(Name))
            builtin(c, KIND_REASON, &c.reasons[c.n_reasons], name, c.n_reasons)
            digest_word(c, KIND_REASON, &c.reasons[c.n_reasons])
            c.n_reasons += 1
        for name in codes.BUILTIN_CHANNELS:
            builtin(c, KIND_CHANNEL, &c.channels[c.n_channels].name, name, c.n_channels)
            memcpy(c.channels[c.n_channels].fields, DEFAULT_CHANNEL, sizeof(DEFAULT_CHANNEL))
            c.hash_sum += channel_hash(c, c.n_channels)
            c.n_channels += 1
        reserve(c)
    except MemoryError:
        center_free(c)
        raise
    return c


cdef int builtin(Center *c, int32_t kind, Name *name, bytes text, int32_t slot) except -1:
    """Name what is there in every center."""
    name_keep(name, text, <int32_t> len(text))
    names_put(&c.names, kind, name.text, name.length, name.hash, slot)
    return 0


cdef void center_free(Center *c) noexcept:
    """Free a center and everything it owns."""
    if c == NULL:
        return
    free_definitions(c)
    free_demands(c)
    free_work(c)
    free_lists(c)
    names_free(&c.names)
    names_free(&c.requests)
    names_free(&c.known_customers)
    free(c.answers)
    free(c.events)
    free(c)


cdef void slots_free(Slots *slots, void *array) noexcept:
    free(slots.free)
    free(array)


cdef void free_definitions(Center *c) noexcept:
    cdef int32_t i
    for i in range(c.n_skills):
        free(c.skills[i].name.text)
        free(c.skills[i].filed.entries)
        free(c.skills[i].levels)
    for i in range(c.n_reasons):
        free(c.reasons[i].text)
    for i in range(c.n_tiers):
        free(c.tiers[i].name.text)
    for i in range(c.n_channels):
        free(c.channels[i].name.text)
    for i in range(c.n_queues):
        free(c.queues[i].name.text)
        free(c.queues[i].plan)
        free(c.queues[i].overrides)
        free(c.queues[i].entered.entries)
        free(c.queues[i].cells)
        free(c.queues[i].dependents)
    for i in range(c.n_agents):
        free(c.agents[i].name.text)
        free(c.agents[i].addressed.entries)
    free(c.skills)
    free(c.reasons)
    free(c.tiers)
    free(c.queues)
    free(c.agents)
    free(c.cells)


cdef void free_demands(Center *c) noexcept:
    """Free groups, requirements, demands and lines; slots that are free hold no memory."""
    cdef int32_t i
    indices_free(c)
    for i in range(c.group_slots.used):
        free(c.groups[i].key)  # with the skills, which lie in it
    for i in range(c.requirement_slots.used):
        free(c.requirements[i].key)
        free(c.requirements[i].skills)
        free(c.requirements[i].ends)
        free(c.requirements[i].groups)
        grades_free(&c.requirements[i])
    for i in range(c.demand_slots.used):
        free(c.demands[i].key)
        free(c.demands[i].lines.entries)
    for i in range(c.line_slots.used):
        free(c.lines[i].late.entries)
    slots_free(&c.group_slots, c.groups)
    slots_free(&c.requirement_slots, c.requirements)
    slots_free(&c.demand_slots, c.demands)
    slots_free(&c.filing_slots, c.filings)
    slots_free(&c.line_slots, c.lines)


cdef void free_work(Center *c) noexcept:
    cdef int32_t i
    for i in range(c.interaction_slots.used):
        free(c.interactions[i].name.text)
    slots_free(&c.interaction_slots, c.interactions)
    slots_free(&c.offer_slots, c.offers)
    slots_free(&c.assignment_slots, c.assignments)
    slots_free(&c.timer_slots, c.timers)
    slots_free(&c.ban_slots, c.bans)
    slots_free(&c.customer_slots, c.customers)


cdef void free_lists(Center *c) noexcept:
    cdef ListPointer[22] lists = [
        &c.touched, &c.candidates, &c.woken, &c.woken_lines, &c.unsettled, &c.checks, &c.scratch, &c.claimants,
        &c.gate_queues, &c.agent_gates, &c.presence_gates, &c.claimed, &c.dirty_queues, &c.dirty_interactions,
        &c.dirty_offers, &c.dirty_assignments, &c.dirty_agents, &c.dirty_groups,
        &c.asked_demands, &c.claimants_apart, &c.changed_agents, &c.claims_in_doubt,
    ]
    cdef int i
    for i in range(22):
        free(lists[i].slots)
    free(c.ended_interactions.slots)
    free(c.ended_offers.slots)
    free(c.deadlines.entries)
    free(c.deadline_places)
    free(c.line_places)
    free(c.line_links)
    free(c.entered_places)
    free(c.top_places)
    free(c.filing_needs)
    free(c.filing_places)
    free(c.line_table)
    free(c.channel_groups)
    free(c.staffed_groups)
    free(c.living_groups)
    free(c.scores)
    free(c.common.entries)


# ---------------------------------------------------------------------- room

cdef int relocate(void **array, size_t bytes) except -1 nogil:
    """Move an array that has room enough, in debug builds, if it is small."""
    cdef void *moved
    if not ACD_MOVES or array[0] == NULL or not 0 < bytes <= SMALL_BYTES:
        return 0
    moved = malloc(bytes)
    if moved == NULL:
        raise MemoryError
    memcpy(moved, array[0], bytes)
    free(array[0])
    array[0] = moved
    return 0


cdef int grow_array(void **array, int32_t *capacity, int64_t n, size_t size) except -1 nogil:
    """Make room for ``n`` entries of ``size`` bytes, new ones not touched; raise MemoryError if there is none.

    A large block is moved by the kernel, page table by page table, and its new pages come when they are first
    used: doubling a pool of a million takes microseconds, clearing its new half would take tens of milliseconds.
    """
    cdef int64_t room = capacity[0]
    cdef void *moved
    if n <= room:
        return relocate(array, <size_t> room * size)
    room = room if room > 8 else 8
    while room < n:
        room *= 2
    if room > 0x7FFFFFFF:
        raise MemoryError
    moved = realloc(array[0], <size_t> room * size)
    if moved == NULL:
        raise MemoryError
    array[0] = moved
    capacity[0] = <int32_t> room
    return 0


cdef int reserve_array(void **array, int32_t *capacity, int64_t n, size_t size) except -1 nogil:
    """Make room for ``n`` entries of ``size`` bytes, new ones zeroed; raise MemoryError if there is none."""
    cdef int32_t before = capacity[0]
    grow_array(array, capacity, n, size)
    memset(<char *> array[0] + <size_t> before * size, 0, <size_t> (capacity[0] - before) * size)
    return 0


cdef int list_reserve(List *one, int64_t n) except -1 nogil:
    """Make room for ``n`` slots."""
    return grow_array(<void **> &one.slots, &one.capacity, n, sizeof(int32_t))


cdef int places_reserve(int32_t **places, int32_t before, int32_t capacity) except -1 nogil:
    """Make a table of places as long as its pool, what is new being "nowhere"."""
    cdef int32_t *moved = <int32_t *> realloc(places[0], <size_t> capacity * sizeof(int32_t))
    if moved == NULL:
        raise MemoryError
    memset(moved + before, 0xFF, <size_t> (capacity - before) * sizeof(int32_t))
    places[0] = moved
    return 0


cdef int links_reserve(Link **links, int32_t capacity) except -1 nogil:
    """Make a table of links as long as its pool; what is new is written before it is read."""
    cdef Link *moved = <Link *> realloc(links[0], <size_t> capacity * sizeof(Link))
    if moved == NULL:
        raise MemoryError
    links[0] = moved
    return 0


cdef int slots_reserve(Slots *slots, void **array, int64_t more, size_t size) except -1 nogil:
    """Make room for ``more`` further entries of a pool, new ones not touched; return whether it grew."""
    cdef int32_t capacity = slots.capacity
    cdef int32_t *moved
    if slots.used - slots.n_free + more <= capacity:
        return relocate(array, <size_t> capacity * size)
    grow_array(array, &capacity, slots.used - slots.n_free + more, size)
    moved = <int32_t *> realloc(slots.free, <size_t> capacity * sizeof(int32_t))
    if moved == NULL:
        raise MemoryError
    slots.free = moved
    slots.capacity = capacity
    return 1


cdef int ring_reserve(Ring *ring, int64_t n) except -1 nogil:
    """Make room for ``n`` entries, the first at place 0 when it has to grow."""
    cdef int32_t capacity = 0, i
    cdef int32_t *moved = NULL
    if n <= ring.capacity:
        return 0
    reserve_array(<void **> &moved, &capacity, n, sizeof(int32_t))
    for i in range(ring.n):
        moved[i] = ring.slots[(ring.first + i) % ring.capacity]
    free(ring.slots)
    ring.slots = moved
    ring.capacity = capacity
    ring.first = 0
    return 0


cdef inline void count_steps(Center *c, int64_t free_places, int64_t a_step) noexcept nogil:
    """Count on no more steps than there are places for, this one being the first of them."""
    if free_places // a_step - 1 < c.steps_left:
        c.steps_left = <int32_t> (free_places // a_step) - 1


cdef inline int64_t free_slots(const Slots *slots) noexcept nogil:
    return slots.capacity - slots.used + slots.n_free


cdef int reserve_all(Center *c) except -1 nogil:
    """Make all room that this command or timer and a few more may need, and count how many.

    Raises MemoryError if there is none. What a definition adds is not counted: whoever defines sets
    ``steps_left`` to 0.
    """
    c.steps_left = 0
    if slots_reserve(&c.interaction_slots, <void **> &c.interactions, STEPS_AHEAD, sizeof(Interaction)):
        interactions_grew(c)
    if slots_reserve(&c.offer_slots, <void **> &c.offers, STEPS_AHEAD * OFFERS_A_STEP, sizeof(Offer)):
        list_reserve(&c.dirty_offers, c.offer_slots.capacity)
    if slots_reserve(&c.assignment_slots, <void **> &c.assignments, STEPS_AHEAD * OFFERS_A_STEP, sizeof(Assignment)):
        list_reserve(&c.dirty_assignments, c.assignment_slots.capacity)
    slots_reserve(&c.ban_slots, <void **> &c.bans, STEPS_AHEAD * ENDS_A_STEP, sizeof(Ban))
    timers_reserve(c, (STEPS_AHEAD - 1) * TIMERS_A_STEP)
    names_reserve(&c.known_customers, STEPS_AHEAD * OFFERS_A_STEP)
    customers_reserve(c, STEPS_AHEAD * OFFERS_A_STEP)
    ring_reserve(&c.ended_interactions, c.ended_interactions.n + STEPS_AHEAD * ENDS_A_STEP)
    ring_reserve(&c.ended_offers, c.ended_offers.n + STEPS_AHEAD * OFFERS_A_STEP)
    list_reserve(&c.dirty_queues, c.n_queues + 1)  # the one more may be what the command defines
    list_reserve(&c.dirty_agents, c.n_agents + 1)
    list_reserve(&c.touched, c.n_agents + 1)
    list_reserve(&c.candidates, c.n_agents + 1)
    list_reserve(&c.changed_agents, c.n_agents + 1)
    if c.n_events + STEPS_AHEAD * EVENTS_A_STEP > c.events_capacity:
        reserve_events(c)
    c.steps_left = 0x7FFFFFFF
    count_steps(c, free_slots(&c.interaction_slots), 1)
    count_steps(c, free_slots(&c.offer_slots), OFFERS_A_STEP)
    count_steps(c, free_slots(&c.assignment_slots), OFFERS_A_STEP)
    count_steps(c, free_slots(&c.ban_slots), ENDS_A_STEP)
    count_steps(c, free_slots(&c.timer_slots), TIMERS_A_STEP)
    count_steps(c, free_slots(&c.customer_slots), OFFERS_A_STEP)
    count_steps(c, c.ended_interactions.capacity - c.ended_interactions.n, ENDS_A_STEP)
    count_steps(c, c.ended_offers.capacity - c.ended_offers.n, OFFERS_A_STEP)
    count_steps(c, c.events_capacity - c.n_events, EVENTS_A_STEP)
    return 0


cdef int interactions_grew(Center *c) except -1 nogil:
    """Make every list and every table by interaction as long as the pool now is.

    Lists that are worked off while they grow have some room for what has been worked off. A place in the tables
    is cleared when its slot is first taken.
    """
    cdef int32_t capacity = c.interaction_slots.capacity
    cdef ListPointer[9] lists = [
        &c.scratch, &c.dirty_interactions, &c.woken, &c.unsettled, &c.checks, &c.claimants, &c.claimants_apart,
        &c.claimed, &c.claims_in_doubt,
    ]
    cdef int i
    places_reserve(&c.line_places, capacity, capacity)
    links_reserve(&c.line_links, capacity)
    places_reserve(&c.entered_places, capacity, capacity)
    for i in range(9):
        if i > 0 and lists[i].n == 0:  # nothing to copy; the scratch list is read though it says that it is empty
            free(lists[i].slots)
            lists[i].slots, lists[i].capacity = NULL, 0
        list_reserve(lists[i], <int64_t> capacity + WORKED_OFF)
    return 0


cdef int reserve_events(Center *c) except -1 nogil:
    cdef int64_t capacity = c.events_capacity * 2 if c.events_capacity else 2 * STEPS_AHEAD * EVENTS_A_STEP
    cdef Event *moved = <Event *> realloc(c.events, <size_t> capacity * sizeof(Event))
    if moved == NULL:
        raise MemoryError
    c.events = moved
    c.events_capacity = capacity
    return 0


# ---------------------------------------------------------------------- names

cdef int name_keep(Name *name, const char *text, int32_t length) except -1 nogil:
    """Keep a copy of a name; an empty one takes no room."""
    name.length = length
    name.hash = name_hash(text, length)
    name.text = NULL
    if length:
        name.text = <char *> malloc(<size_t> length)
        if name.text == NULL:
            raise MemoryError
        memcpy(name.text, text, <size_t> length)
    return 0


cdef void name_drop(Name *name) noexcept nogil:
    free(name.text)
    name.text = NULL
    name.length = 0


# ---------------------------------------------------------------------- cells

cdef int32_t cell_new(Center *c, int32_t queue, int32_t tier) except -1 nogil:
    """Make the cell of a (queue, tier), if there is none, and return it."""
    cdef Queue *q = &c.queues[queue]
    cdef int32_t before = q.n_cells
    if tier >= before:
        reserve_array(<void **> &q.cells, &q.n_cells, c.n_tiers, sizeof(int32_t))
        memset(q.cells + before, 0xFF, <size_t> (q.n_cells - before) * sizeof(int32_t))
    if q.cells[tier] < 0:
        reserve_array(<void **> &c.cells, &c.cells_capacity, c.n_cells + 1, sizeof(Cell))
        c.cells[c.n_cells].first_line = -1
        q.cells[tier] = c.n_cells
        c.n_cells += 1
        cell_promise(c, queue, tier)
    return q.cells[tier]


# ---------------------------------------------------------------------- answers that are remembered

cdef uint64_t fingerprint(const Command *command, const char *name, const Item *items) noexcept nogil:
    """Return the hash of a command's content: everything but its time and its request id."""
    cdef uint64_t value = folded(0, <uint64_t> command.op)
    cdef int32_t i
    value = folded(value, <uint64_t> command.target)
    value = folded(value, <uint64_t> (<int64_t> command.queue))
    value = folded(value, <uint64_t> (<int64_t> command.tier))
    value = folded(value, <uint64_t> (<int64_t> command.agent))
    value = folded(value, <uint64_t> (<int64_t> command.priority))
    value = folded(value, <uint64_t> (<int64_t> command.flags))
    value = folded(value, <uint64_t> command.x)
    value = folded(value, <uint64_t> command.y)
    value = folded(value, <uint64_t> command.z)
    value = folded(value, name_hash(name, command.name_length))
    for i in range(command.items):
        value = folded(value, <uint64_t> items[i].kind)
        value = folded(value, <uint64_t> items[i].key)
        value = folded(value, <uint64_t> items[i].value)
    return value


cdef inline uint64_t wide_hash(uint64_t high, uint64_t low) noexcept nogil:
    """Hash all 128 bits: the low half of time-based UUIDs is the same for all of one client's."""
    return folded(folded(0, high), low)


cdef inline void request_put(Center *c, const Remembered *one, int64_t number) noexcept nogil:
    """File an answer under its request id, whose 16 bytes stay where the answer is."""
    cdef uint64_t hash_ = wide_hash(one.request_high, one.request_low)
    names_put(&c.requests, KIND_ANSWER, <const char *> &one.request_high, 16, hash_, number)


cdef inline void request_remove(Center *c, const Remembered *one) noexcept nogil:
    cdef uint64_t hash_ = wide_hash(one.request_high, one.request_low)
    names_remove(&c.requests, KIND_ANSWER, <const char *> &one.request_high, 16, hash_)


cdef inline Remembered *answer_at(Center *c, int64_t number) noexcept nogil:
    """Return where the answer of a number is; the ring's length is a power of two."""
    return &c.answers[number & (c.answers_capacity - 1)]


cdef bint answer_find(Center *c, const Command *command, uint64_t print_, Answer *answer) noexcept nogil:
    """Say whether this request was answered before, and how; other content is REQUEST_MISMATCH."""
    cdef NameEntry *entry = names_find(
        &c.requests, KIND_ANSWER, <const char *> &command.request_high, 16,
        wide_hash(command.request_high, command.request_low)
    )
    cdef Remembered *first
    if entry == NULL:
        return False
    first = answer_at(c, entry.value)
    if first.fingerprint == print_:
        answer[0] = Answer(first.value, first.code)
    else:
        answer[0] = Answer(0, REQUEST_MISMATCH)
    return True


cdef void answer_forget_oldest(Center *c) noexcept nogil:
    cdef Remembered *oldest = answer_at(c, c.first_answer)
    request_remove(c, oldest)
    c.hash_sum -= oldest.hash
    c.first_answer += 1
    c.n_answers -= 1


cdef int remember_more(Center *c) except -1 nogil:
    """Make room as the settings say now, rather than in the midst of the work."""
    if c.answers != NULL and c.settings[REMEMBERED_ANSWERS] >= c.answers_capacity:
        answers_move(c)
    customers_reserve(c, c.settings[REMEMBERED_CUSTOMERS])
    return 0


cdef int answer_reserve(Center *c) except -1 nogil:
    """Make room for one more answer.

    The ring is as long as the setting says from the first answer on, so that it never moves while answers come;
    its pages come as they are used. The table of request ids points into it.
    """
    names_reserve(&c.requests, 1)
    return answers_move(c) if c.n_answers == c.answers_capacity else 0


cdef int answers_move(Center *c) except -1 nogil:
    cdef int64_t capacity = 64, number
    cdef Remembered *moved
    cdef Remembered *one
    while capacity <= c.settings[REMEMBERED_ANSWERS]:
        capacity *= 2
    moved = <Remembered *> malloc(<size_t> capacity * sizeof(Remembered))
    if moved == NULL:
        raise MemoryError
    for number in range(c.first_answer, c.next_answer):
        one = answer_at(c, number)
        request_remove(c, one)
        moved[number & (capacity - 1)] = one[0]
        request_put(c, &moved[number & (capacity - 1)], number)
    free(c.answers)
    c.answers = moved
    c.answers_capacity = capacity
    return 0


cdef void answer_remember(Center *c, const Command *command, uint64_t print_, const Answer *answer) noexcept nogil:
    """Remember an answer; room has been reserved."""
    cdef Remembered *one = answer_at(c, c.next_answer)
    cdef uint64_t value = folded(folded(0, KIND_ANSWER), <uint64_t> (c.next_answer + 1))
    value = folded(folded(value, command.request_high), command.request_low)
    value = folded(folded(value, print_), <uint64_t> answer.code)
    one[0] = Remembered(command.request_high, command.request_low, print_, value, answer.value, answer.code)
    request_put(c, one, c.next_answer)
    c.hash_sum += value
    c.next_answer += 1
    c.n_answers += 1


# ---------------------------------------------------------------------- customers that are remembered

cdef inline void customer_put(Center *c, int32_t slot) noexcept nogil:
    """File a customer under their 16 bytes, which stay where the customer is."""
    cdef Customer *one = &c.customers[slot]
    names_put(&c.known_customers, KIND_CUSTOMER, <const char *> &one.high, 16, wide_hash(one.high, one.low), slot)


cdef inline void customer_take_out(Center *c, int32_t slot) noexcept nogil:
    cdef Customer *one = &c.customers[slot]
    names_remove(&c.known_customers, KIND_CUSTOMER, <const char *> &one.high, 16, wide_hash(one.high, one.low))


cdef NameEntry *customer_entry(Center *c, uint64_t high, uint64_t low) noexcept nogil:
    cdef uint64_t[2] key = [high, low]
    return names_find(&c.known_customers, KIND_CUSTOMER, <const char *> key, 16, wide_hash(high, low))


cdef int customers_reserve(Center *c, int32_t more) except -1 nogil:
    """Make room for ``more`` customers, and from the first on for as many as the setting says.

    So the pool moves only when the setting grows; the table of customers points into it.
    """
    cdef Slots *slots = &c.customer_slots
    cdef int32_t slot, capacity = 0
    cdef Customer *moved = NULL
    if slots.used - slots.n_free + more <= slots.capacity:
        return 0
    grow_array(<void **> &moved, &capacity, c.settings[REMEMBERED_CUSTOMERS] + more, sizeof(Customer))
    slot = c.first_customer
    while slot >= 0:
        customer_take_out(c, slot)
        slot = c.customers[slot].next
    if slots.used:
        memcpy(moved, c.customers, <size_t> slots.used * sizeof(Customer))
    free(c.customers)
    c.customers = moved
    slot = c.first_customer
    while slot >= 0:
        customer_put(c, slot)
        slot = c.customers[slot].next
    return grow_array(<void **> &slots.free, &slots.capacity, capacity, sizeof(int32_t))


cdef void customer_unlink(Center *c, int32_t slot) noexcept nogil:
    """Take a customer from the list, and their hash from the sum."""
    cdef Customer *one = &c.customers[slot]
    c.hash_sum -= one.hash
    if one.previous >= 0:
        c.customers[one.previous].next = one.next
    else:
        c.first_customer = one.next
    if one.next >= 0:
        c.customers[one.next].previous = one.previous
    else:
        c.last_customer = one.previous


cdef void customer_remember(Center *c, uint64_t high, uint64_t low, int64_t number, int32_t agent) noexcept nogil:
    """Remember who served a customer last, at the end of the list; room has been reserved."""
    cdef NameEntry *known = customer_entry(c, high, low)
    cdef int32_t slot
    cdef Customer *one
    if known != NULL:
        slot = <int32_t> known.value
        customer_unlink(c, slot)
    else:
        slot = slot_take(&c.customer_slots)
    one = &c.customers[slot]
    one[0] = Customer(high, low, 0, number, agent, -1, c.last_customer)
    one.hash = customer_hash(c, one)
    c.hash_sum += one.hash
    if c.last_customer >= 0:
        c.customers[c.last_customer].next = slot
    else:
        c.first_customer = slot
    c.last_customer = slot
    if known == NULL:
        customer_put(c, slot)
        c.n_customers += 1


cdef int32_t customer_find(Center *c, uint64_t high, uint64_t low) noexcept nogil:
    """Return the agent who served a customer last, or -1."""
    cdef NameEntry *known = customer_entry(c, high, low)
    return c.customers[known.value].agent if known != NULL else -1


cdef void customer_forget_oldest(Center *c) noexcept nogil:
    cdef int32_t slot = c.first_customer
    customer_take_out(c, slot)
    customer_unlink(c, slot)
    slot_give_back(&c.customer_slots, slot)
    c.n_customers -= 1


# ---------------------------------------------------------------------- forgetting

cdef void forget_interaction(Center *c, int32_t slot) noexcept nogil:
    cdef Interaction *one = &c.interactions[slot]
    if one.name.length:
        names_remove(&c.names, KIND_INTERACTION, one.name.text, one.name.length, one.name.hash)
        name_drop(&one.name)
    c.hash_sum -= one.hash
    one.hash = 0
    one.state = FREE
    one.generation = next_generation(one.generation)
    slot_give_back(&c.interaction_slots, slot)


cdef void forget_offer(Center *c, int32_t slot) noexcept nogil:
    cdef Offer *one = &c.offers[slot]
    c.hash_sum -= one.hash
    one.hash = 0
    one.state = FREE
    one.generation = next_generation(one.generation)
    slot_give_back(&c.offer_slots, slot)


cdef void forget_some(Center *c) noexcept nogil:
    """Forget the oldest ends beyond the limits, but none of the command just run: its events name them."""
    cdef Ring *ring = &c.ended_interactions
    while ring.n > c.settings[REMEMBERED_INTERACTIONS]:
        if c.interactions[ring.slots[ring.first]].end_seq > c.ends_before:
            break
        forget_interaction(c, ring_pop(ring))
        soon_write(&c.interactions[ring.slots[ring.first]], sizeof(Interaction))
    ring = &c.ended_offers
    while ring.n > c.settings[REMEMBERED_OFFERS]:
        if c.offers[ring.slots[ring.first]].end_seq > c.ends_before:
            break
        forget_offer(c, ring_pop(ring))
        soon_write(&c.offers[ring.slots[ring.first]], sizeof(Offer))
    while c.n_answers > c.settings[REMEMBERED_ANSWERS]:
        answer_forget_oldest(c)
    while c.n_customers > c.settings[REMEMBERED_CUSTOMERS]:
        customer_forget_oldest(c)
