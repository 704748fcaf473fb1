# cython: cdivision=True
"""Memory and book-keeping of a center; see store.pxd."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset

from . import codes

from .digest cimport digest_word
from .hashing cimport folded, name_hash
from .heap cimport Rank, rank_push, rank_remove, rank_reserve
from .law cimport *
from .model cimport *
from .names cimport NameEntry, names_find, names_put, names_remove, names_reserve

cdef int64_t[N_SETTINGS] DEFAULT_SETTINGS
for _setting, _rule in codes.SETTING_RULES.items():
    DEFAULT_SETTINGS[<int> int(_setting)] = _rule.default


# ---------------------------------------------------------------------- a center's beginning and end

cdef Center *center_new() except NULL:
    """Return an empty center with the default settings; raise MemoryError if there is no room."""
    cdef Center *c = <Center *> calloc(1, sizeof(Center))
    cdef bytes reason
    if c == NULL:
        raise MemoryError
    memcpy(c.settings, DEFAULT_SETTINGS, sizeof(DEFAULT_SETTINGS))
    try:
        for reason in codes.BUILTIN_REASONS:
            reserve_array(<void **> &c.reasons, &c.reasons_capacity, c.n_reasons + 1, sizeof(Name))
            names_reserve(&c.names, 1)
            name_keep(&c.reasons[c.n_reasons], reason, <int32_t> len(reason))
            names_put(
                &c.names, KIND_REASON, c.reasons[c.n_reasons].text, c.reasons[c.n_reasons].length,
                c.reasons[c.n_reasons].hash, c.n_reasons
            )
            digest_word(c, KIND_REASON, &c.reasons[c.n_reasons])
            c.n_reasons += 1
        reserve(c)
    except MemoryError:
        center_free(c)
        raise
    return c


cdef void center_free(Center *c) noexcept:
    """Free a center and everything it owns."""
    cdef int32_t i, s
    if c == NULL:
        return
    for i in range(c.n_skills):
        free(c.skills[i].name.text)
        free(c.skills[i].filed)
    for i in range(c.n_reasons):
        free(c.reasons[i].text)
    for i in range(c.n_tiers):
        free(c.tiers[i].name.text)
    for i in range(c.n_queues):
        free(c.queues[i].name.text)
        free(c.queues[i].cells)
    for i in range(c.n_agents):
        free(c.agents[i].name.text)
    for i in range(c.n_groups):
        free(c.groups[i].skills)
        for s in range(N_STRATEGIES):
            free(c.groups[i].available[s].entries)
    for i in range(c.n_requirements):
        free(c.requirements[i].skills)
        free(c.requirements[i].groups)
        free(c.requirements[i].lines.entries)
    for i in range(c.n_lines):
        free(c.lines[i].heap.entries)
    for i in range(c.interaction_slots.used):
        free(c.interactions[i].name.text)
    free(c.interaction_slots.free)
    free(c.offer_slots.free)
    free(c.assignment_slots.free)
    free(c.timer_slots.free)
    free(c.ban_slots.free)
    free(c.skills)
    free(c.reasons)
    free(c.tiers)
    free(c.queues)
    free(c.agents)
    free(c.groups)
    free(c.requirements)
    free(c.lines)
    free(c.cells)
    free(c.interactions)
    free(c.offers)
    free(c.assignments)
    free(c.timers)
    free(c.bans)
    free(c.ended_interactions.slots)
    free(c.ended_offers.slots)
    free(c.answers)
    free(c.deadlines.entries)
    free(c.deadline_places)
    free(c.line_places)
    free(c.top_places)
    free(c.agent_places)
    free(c.available_groups)
    free(c.common.slots)
    free(c.touched.slots)
    free(c.candidates.slots)
    free(c.woken.slots)
    free(c.dirty_interactions.slots)
    free(c.dirty_offers.slots)
    free(c.dirty_assignments.slots)
    free(c.dirty_agents.slots)
    free(c.dirty_groups.slots)
    free(c.names.entries)
    free(c.requests.entries)
    free(c.events)
    free(c)


# ---------------------------------------------------------------------- room

cdef int reserve_array(void **array, int32_t *capacity, int64_t n, size_t size) except -1 nogil:
    """Make room for ``n`` entries of ``size`` bytes, new ones zeroed; raise MemoryError if there is none."""
    cdef int64_t room = capacity[0]
    cdef void *moved
    if n <= room:
        return 0
    room = room if room > 8 else 8
    while room < n:
        room *= 2
    if room > 0x7FFFFFFF:
        raise MemoryError
    moved = realloc(array[0], <size_t> room * size)
    if moved == NULL:
        raise MemoryError
    memset(<char *> moved + <size_t> capacity[0] * size, 0, <size_t> (room - capacity[0]) * size)
    array[0] = moved
    capacity[0] = <int32_t> room
    return 0


cdef int list_reserve(List *one, int64_t n) except -1 nogil:
    return reserve_array(<void **> &one.slots, &one.capacity, n, sizeof(int32_t))


cdef int places_reserve(int32_t **places, int32_t before, int32_t capacity) except -1 nogil:
    """Make a table of places as long as its pool, what is new being "nowhere"."""
    cdef int32_t *moved = <int32_t *> realloc(places[0], <size_t> capacity * sizeof(int32_t))
    if moved == NULL:
        raise MemoryError
    memset(moved + before, 0xFF, <size_t> (capacity - before) * sizeof(int32_t))
    places[0] = moved
    return 0


cdef int slots_reserve(Slots *slots, void **array, int64_t more, size_t size) except -1 nogil:
    """Make room for ``more`` further entries of a pool; return whether it grew."""
    cdef int32_t capacity = slots.capacity
    cdef int32_t *moved
    if slots.used - slots.n_free + more <= capacity:
        return 0
    reserve_array(array, &capacity, slots.used - slots.n_free + more, size)
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


cdef int reserve(Center *c) except -1 nogil:
    """Make all room that one command or one timer may need; raise MemoryError if there is none."""
    cdef int32_t before = c.interaction_slots.capacity
    if slots_reserve(&c.interaction_slots, <void **> &c.interactions, 1, sizeof(Interaction)):
        places_reserve(&c.line_places, before, c.interaction_slots.capacity)
        list_reserve(&c.dirty_interactions, c.interaction_slots.capacity)
        list_reserve(&c.woken, c.interaction_slots.capacity)
    if slots_reserve(&c.offer_slots, <void **> &c.offers, OFFERS_A_STEP, sizeof(Offer)):
        list_reserve(&c.dirty_offers, c.offer_slots.capacity)
    if slots_reserve(&c.assignment_slots, <void **> &c.assignments, 1, sizeof(Assignment)):
        list_reserve(&c.dirty_assignments, c.assignment_slots.capacity)
    slots_reserve(&c.ban_slots, <void **> &c.bans, ENDS_A_STEP, sizeof(Ban))
    timers_reserve(c, 0)
    ring_reserve(&c.ended_interactions, c.ended_interactions.n + ENDS_A_STEP)
    ring_reserve(&c.ended_offers, c.ended_offers.n + OFFERS_A_STEP)
    if c.n_events + EVENTS_A_STEP > c.events_capacity:
        reserve_events(c)
    return 0


cdef int timers_reserve(Center *c, int64_t more) except -1 nogil:
    """Make room for ``more`` timers beside those that a command may always arm."""
    cdef int32_t before = c.timer_slots.capacity
    if slots_reserve(&c.timer_slots, <void **> &c.timers, TIMERS_A_STEP + more, sizeof(Timer)):
        places_reserve(&c.deadline_places, before, c.timer_slots.capacity)
        rank_reserve(&c.deadlines, c.timer_slots.capacity)
    return 0


cdef int reserve_events(Center *c) except -1 nogil:
    cdef int64_t capacity = c.events_capacity * 2 if c.events_capacity else 2 * EVENTS_A_STEP
    cdef Event *moved = <Event *> realloc(c.events, <size_t> capacity * sizeof(Event))
    if moved == NULL:
        raise MemoryError
    c.events = moved
    c.events_capacity = capacity
    return 0


# ---------------------------------------------------------------------- names, slots, rings

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


cdef int32_t slot_take(Slots *slots) noexcept nogil:
    """Return the slot freed last, or a new one; room has been reserved."""
    if slots.n_free:
        slots.n_free -= 1
        return slots.free[slots.n_free]
    slots.used += 1
    return slots.used - 1


cdef void slot_give_back(Slots *slots, int32_t slot) noexcept nogil:
    slots.free[slots.n_free] = slot
    slots.n_free += 1


cdef void ring_push(Ring *ring, int32_t slot) noexcept nogil:
    cdef int32_t place = ring.first + ring.n
    if place >= ring.capacity:
        place -= ring.capacity
    ring.slots[place] = slot
    ring.n += 1


cdef int32_t ring_pop(Ring *ring) noexcept nogil:
    cdef int32_t slot = ring.slots[ring.first]
    ring.first += 1
    if ring.first == ring.capacity:
        ring.first = 0
    ring.n -= 1
    return slot


# ---------------------------------------------------------------------- timers and events

cdef int32_t timer_arm(Center *c, int32_t kind, int32_t owner, int64_t deadline_ns) noexcept nogil:
    """Arm a new timer and return its slot."""
    cdef int32_t slot = slot_take(&c.timer_slots)
    cdef Rank rank
    c.armings += 1
    c.timers[slot] = Timer(deadline_ns, c.armings, kind, owner)
    rank = Rank(deadline_ns, c.armings, 0, 0, slot)
    rank_push(&c.deadlines, c.deadline_places, &rank)
    return slot


cdef void timer_disarm(Center *c, int32_t *timer) noexcept nogil:
    """Disarm a timer, if it is armed, and forget its slot."""
    if timer[0] < 0:
        return
    rank_remove(&c.deadlines, c.deadline_places, timer[0])
    slot_give_back(&c.timer_slots, timer[0])
    timer[0] = -1


cdef void emit(
    Center *c, int32_t event, int32_t cause, int64_t interaction, int64_t offer, int64_t assignment,
    int32_t queue, int32_t tier, int32_t agent, int64_t x, int64_t y
) noexcept nogil:
    """Write one event; room has been reserved."""
    c.event_seq += 1
    c.events[c.n_events] = Event(
        c.event_seq, c.at_ns, interaction, offer, assignment, x, y, event, cause, queue, tier, agent
    )
    c.n_events += 1


cdef int32_t cell_of(Center *c, int32_t queue, int32_t tier) except -1 nogil:
    """Return the cell of a (queue, tier), made at its first use."""
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


cdef inline uint64_t request_hash(uint64_t high, uint64_t low) noexcept nogil:
    """Hash all 128 bits: the low half of time-based UUIDs is the same for all of one client's."""
    return folded(folded(0, high), low)


cdef inline void request_put(Center *c, const Remembered *one, int64_t number) noexcept nogil:
    """File an answer under its request id, whose 16 bytes stay where the answer is."""
    cdef uint64_t hash_ = request_hash(one.request_high, one.request_low)
    names_put(&c.requests, KIND_ANSWER, <const char *> &one.request_high, 16, hash_, number)


cdef inline void request_remove(Center *c, const Remembered *one) noexcept nogil:
    cdef uint64_t hash_ = request_hash(one.request_high, one.request_low)
    names_remove(&c.requests, KIND_ANSWER, <const char *> &one.request_high, 16, hash_)


cdef bint answer_find(Center *c, const Command *command, uint64_t print_, Answer *answer) noexcept nogil:
    """Say whether this request was answered before, and how; other content is REQUEST_MISMATCH."""
    cdef NameEntry *entry = names_find(
        &c.requests, KIND_ANSWER, <const char *> &command.request_high, 16,
        request_hash(command.request_high, command.request_low)
    )
    cdef Remembered *first
    if entry == NULL:
        return False
    first = &c.answers[entry.value % c.answers_capacity]
    if first.fingerprint == print_:
        answer[0] = Answer(first.value, first.code)
    else:
        answer[0] = Answer(0, REQUEST_MISMATCH)
    return True


cdef void answer_forget_oldest(Center *c) noexcept nogil:
    cdef Remembered *oldest = &c.answers[c.first_answer % c.answers_capacity]
    request_remove(c, oldest)
    c.hash_sum -= oldest.hash
    c.first_answer += 1
    c.n_answers -= 1


cdef int answer_reserve(Center *c) except -1 nogil:
    """Make room for one more answer; the table of request ids points into the ring, so both move together."""
    cdef int64_t capacity = c.answers_capacity * 2 if c.answers_capacity else 64
    cdef int64_t number
    cdef Remembered *moved
    cdef Remembered *one
    names_reserve(&c.requests, 1)
    if c.n_answers < c.answers_capacity:
        return 0
    moved = <Remembered *> calloc(<size_t> capacity, sizeof(Remembered))
    if moved == NULL:
        raise MemoryError
    for number in range(c.first_answer, c.next_answer):
        one = &c.answers[number % c.answers_capacity]
        request_remove(c, one)
        moved[number % capacity] = one[0]
        request_put(c, &moved[number % capacity], number)
    free(c.answers)
    c.answers = moved
    c.answers_capacity = capacity
    return 0


cdef void answer_remember(Center *c, const Command *command, uint64_t print_, const Answer *answer) noexcept nogil:
    """Remember an answer; room has been reserved."""
    cdef Remembered *one = &c.answers[c.next_answer % c.answers_capacity]
    cdef uint64_t value = folded(folded(0, KIND_ANSWER), <uint64_t> (c.next_answer + 1))
    value = folded(folded(value, command.request_high), command.request_low)
    value = folded(folded(value, print_), <uint64_t> answer.code)
    one[0] = Remembered(command.request_high, command.request_low, print_, value, answer.value, answer.code)
    request_put(c, one, c.next_answer)
    c.hash_sum += value
    c.next_answer += 1
    c.n_answers += 1


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


cdef void forget_oldest(Center *c) noexcept nogil:
    """Forget the oldest ends beyond the limits, but none of the command just run: its events name them."""
    cdef Ring *ring = &c.ended_interactions
    while ring.n > c.settings[REMEMBERED_INTERACTIONS]:
        if c.interactions[ring.slots[ring.first]].end_seq > c.ends_before:
            break
        forget_interaction(c, ring_pop(ring))
    ring = &c.ended_offers
    while ring.n > c.settings[REMEMBERED_OFFERS]:
        if c.offers[ring.slots[ring.first]].end_seq > c.ends_before:
            break
        forget_offer(c, ring_pop(ring))
    while c.n_answers > c.settings[REMEMBERED_ANSWERS]:
        answer_forget_oldest(c)
