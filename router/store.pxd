"""Memory and book-keeping of a center: room, slots, events, names, answers."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset

from .law cimport REMEMBERED_ANSWERS, REMEMBERED_CUSTOMERS, REMEMBERED_INTERACTIONS, REMEMBERED_OFFERS
from .model cimport Answer, Center, Command, Event, Item, List, Name, Ring, Slots


cdef enum:
    # What one command or one timer may need at most before room is made again: an agent holds at most
    # UNITS things, each of which may return, be offered anew and bring its agent back.
    OFFERS_A_STEP = 256
    TIMERS_A_STEP = 640
    EVENTS_A_STEP = 1024
    ENDS_A_STEP = 256
    STEPS_AHEAD = 16                # for so many steps room is made at least


cdef extern from *:
    """
    /* A debug build moves small arrays whenever room is asked for, so that a sanitizer sees who keeps a pointer. */
    #ifdef ACDCORE_DEBUG
    #define ACD_MOVES 1
    #else
    #define ACD_MOVES 0
    #endif
    """
    const bint ACD_MOVES


cdef extern from *:
    """
    /* What is about to be used was used long ago: let it come while other things are done. */
    static inline void soon_write(const void *where, size_t bytes) {
        for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)where + i, 1);
    }
    """
    void soon_write(const void *where, size_t bytes) noexcept nogil


cdef Center *center_new() except NULL
cdef Center *center_begun() except NULL                             # without what every center has: to be restored
cdef void center_free(Center *c) noexcept

cdef int reserve_all(Center *c) except -1 nogil
cdef int grow_array(void **array, int32_t *capacity, int64_t n, size_t size) except -1 nogil
cdef int reserve_array(void **array, int32_t *capacity, int64_t n, size_t size) except -1 nogil
cdef int slots_reserve(Slots *slots, void **array, int64_t more, size_t size) except -1 nogil
cdef int places_reserve(int32_t **places, int32_t before, int32_t capacity) except -1 nogil
cdef int list_reserve(List *one, int64_t n) except -1 nogil
cdef int ring_reserve(Ring *ring, int64_t n) except -1 nogil
cdef int customers_reserve(Center *c, int32_t more) except -1 nogil
cdef int interactions_grew(Center *c) except -1 nogil

cdef int name_keep(Name *name, const char *text, int32_t length) except -1 nogil
cdef void name_drop(Name *name) noexcept nogil

cdef int32_t cell_new(Center *c, int32_t queue, int32_t tier) except -1 nogil

cdef uint64_t fingerprint(const Command *command, const char *name, const Item *items) noexcept nogil
cdef bint answer_find(Center *c, const Command *command, uint64_t print_, Answer *answer) noexcept nogil
cdef int answer_reserve(Center *c) except -1 nogil
cdef int remember_more(Center *c) except -1 nogil                     # the settings allow it now
cdef void answer_remember(Center *c, const Command *command, uint64_t print_, const Answer *answer) noexcept nogil

cdef void customer_remember(
    Center *c, uint64_t high, uint64_t low, int64_t number, int32_t agent) noexcept nogil
cdef int32_t customer_find(Center *c, uint64_t high, uint64_t low) noexcept nogil   # who served them last, or -1

cdef void forget_some(Center *c) noexcept nogil

cdef inline int64_t handle_of(int32_t generation, int32_t slot) noexcept nogil:
    return (<int64_t> generation << 32) | slot


cdef inline int32_t next_generation(int32_t generation) noexcept nogil:
    """Return the generation of a slot that is given to somebody else; never 0, so that 0 is no handle."""
    return 1 if generation == 0x7FFFFFFF else generation + 1


cdef inline int32_t slot_take(Slots *slots) noexcept nogil:
    """Return the slot freed last, or a new one; room has been reserved."""
    if slots.n_free:
        slots.n_free -= 1
        return slots.free[slots.n_free]
    slots.used += 1
    return slots.used - 1


cdef inline int32_t slot_take_clean(Slots *slots, void *array, size_t size) noexcept nogil:
    """Return the slot freed last, or a new one, its ``size`` bytes zero."""
    if slots.n_free == 0:
        memset(<char *> array + <size_t> slots.used * size, 0, size)
    return slot_take(slots)


cdef inline void slot_give_back(Slots *slots, int32_t slot) noexcept nogil:
    slots.free[slots.n_free] = slot
    slots.n_free += 1


cdef inline void ring_push(Ring *ring, int32_t slot) noexcept nogil:
    cdef int32_t place = ring.first + ring.n
    if place >= ring.capacity:
        place -= ring.capacity
    ring.slots[place] = slot
    ring.n += 1


cdef inline int32_t ring_pop(Ring *ring) noexcept nogil:
    cdef int32_t slot = ring.slots[ring.first]
    ring.first += 1
    if ring.first == ring.capacity:
        ring.first = 0
    ring.n -= 1
    return slot


cdef inline void emit(
    Center *c, int32_t event, int32_t cause, int64_t interaction, int64_t offer, int64_t assignment,
    int32_t queue, int32_t tier, int32_t agent, int64_t x, int64_t y
) noexcept nogil:
    """Write one event; room has been reserved."""
    cdef Event *one = &c.events[c.n_events]
    c.event_seq += 1
    c.n_events += 1
    one.seq, one.now_ns = c.event_seq, c.at_ns
    one.interaction, one.offer, one.assignment = interaction, offer, assignment
    one.x, one.y, one.type, one.cause = x, y, event, cause
    one.queue, one.tier, one.agent = queue, tier, agent


cdef inline int32_t cell_of(Center *c, int32_t queue, int32_t tier) except -1 nogil:
    """Return the cell of a (queue, tier), made at its first use."""
    if tier < c.queues[queue].n_cells and c.queues[queue].cells[tier] >= 0:
        return c.queues[queue].cells[tier]
    return cell_new(c, queue, tier)


cdef inline void refuse(Answer *answer, int32_t code, int64_t value) noexcept nogil:
    answer.code = code
    answer.value = value


cdef inline void list_push(List *one, int32_t slot) noexcept nogil:
    one.slots[one.n] = slot
    one.n += 1


cdef inline void list_drop_at(List *one, int32_t place) noexcept nogil:
    """Take out what stands at a place; the last one takes the place."""
    one.n -= 1
    one.slots[place] = one.slots[one.n]


cdef inline void list_drop(List *one, int32_t slot) noexcept nogil:
    """Take a slot out, if it is in, where the order is of no importance."""
    cdef int32_t place
    for place in range(one.n):
        if one.slots[place] == slot:
            list_drop_at(one, place)
            return


cdef inline void doubt_claim(Center *c, int32_t slot) noexcept nogil:
    """Something has changed about an interaction that claims somebody, or about the agent: see whether it still may."""
    if not c.interactions[slot].is_in_doubt:
        c.interactions[slot].is_in_doubt = 1
        list_push(&c.claims_in_doubt, slot)


cdef inline void dirty_interaction(Center *c, int32_t slot) noexcept nogil:
    if not c.interactions[slot].dirty:
        c.interactions[slot].dirty = 1
        list_push(&c.dirty_interactions, slot)
    if c.interactions[slot].claim >= 0:
        doubt_claim(c, slot)


cdef inline void dirty_offer(Center *c, int32_t slot) noexcept nogil:
    if not c.offers[slot].dirty:
        c.offers[slot].dirty = 1
        list_push(&c.dirty_offers, slot)


cdef inline void dirty_assignment(Center *c, int32_t slot) noexcept nogil:
    if not c.assignments[slot].dirty:
        c.assignments[slot].dirty = 1
        list_push(&c.dirty_assignments, slot)


cdef inline void dirty_agent(Center *c, int32_t slot) noexcept nogil:
    if not c.agents[slot].dirty:
        c.agents[slot].dirty = 1
        list_push(&c.dirty_agents, slot)


cdef inline void dirty_group(Center *c, int32_t slot) noexcept nogil:
    if not c.groups[slot].dirty:
        c.groups[slot].dirty = 1
        list_push(&c.dirty_groups, slot)


cdef inline void dirty_queue(Center *c, int32_t slot) noexcept nogil:
    if not c.queues[slot].dirty:
        c.queues[slot].dirty = 1
        list_push(&c.dirty_queues, slot)


cdef inline void forget_oldest(Center *c) noexcept nogil:
    """Forget what has ended beyond the limits, if anything has."""
    if (
        c.ended_interactions.n > c.settings[REMEMBERED_INTERACTIONS] or c.ended_offers.n > c.settings[REMEMBERED_OFFERS]
        or c.n_answers > c.settings[REMEMBERED_ANSWERS] or c.n_customers > c.settings[REMEMBERED_CUSTOMERS]
    ):
        forget_some(c)


cdef inline int reserve(Center *c) except -1 nogil:
    """Make all room that one command or one timer may need; see reserve_all, which looks several steps ahead."""
    if c.steps_left > 0 and not ACD_MOVES:
        c.steps_left -= 1
        return 0
    return reserve_all(c)
