# cython: cdivision=True
"""The compiled router: the dispatch of commands and the Python face over the C functions."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc

from . import records

from .check cimport check
from .claims cimport join_claimants
from .define cimport configure, define_agent, define_channel, define_reason, define_skill, define_tier
from .define_queue cimport define_queue
from .digest cimport state_hash
from .heap cimport ARITY
from .law cimport *
from .life cimport cool_downs_end, end_assignment, end_talk, offer_expires, release, return_work
from .life cimport revoke_offers
from .match cimport wake
from .model cimport *
from .orders cimport enqueue
from .orders cimport run as run_order
from .plans cimport pair, unsettle
from .staff cimport change_presence
from .store cimport answer_find, answer_remember, answer_reserve, center_free, center_new, dirty_agent
from .store cimport dirty_interaction, dirty_queue, fingerprint, forget_oldest, reserve
from .timers cimport timer_arm, timer_disarm
from .views cimport agent_view, assignment_view, center_view, channel_view, entity_name, figures_view, find_name
from .views cimport interaction_view, offer_view, queue_view, tier_view, waiting_since_view

cdef int64_t MAX_NOW_NS = (<int64_t> 1 << 62) - 1
cdef enum:
    MOST_BYTES = 0x7FFFFFFF

cdef object new_answer = records.Answer
cdef object new_event = records.Event


# ---------------------------------------------------------------------- deadlines

cdef int64_t fire_due(Center *c) except -1 nogil:
    """Fire whatever is due, in (deadline, order of arming), pairing after each; return how many."""
    cdef int64_t fired = 0
    cdef int32_t slot
    cdef Timer timer
    if c.deadlines.n == 0 or c.deadlines.entries[0].a > c.at_ns:
        return 0
    note_due(c, 0)
    while c.deadlines.n and c.deadlines.entries[0].a <= c.at_ns:
        reserve(c)
        slot = c.deadlines.entries[0].id
        timer = c.timers[slot]
        timer_disarm(c, &slot)
        fire(c, timer.kind, timer.owner)
        pair(c)
        fired += 1
    return fired


cdef void note_due(Center *c, int32_t place) noexcept nogil:
    """Note what time alone has changed, before the first timer fires: all of it holds from then on.

    A gate that is to turn, an interaction that may claim somebody or take one of the reserve now, are seen
    to in the first pairing, though their own timers may fire later in the same command.
    """
    cdef const Timer *timer
    cdef int32_t child, slot
    if place >= c.deadlines.n or c.deadlines.entries[place].a > c.at_ns:
        return
    slot = c.deadlines.entries[place].id
    while slot >= 0 and c.timers[slot].deadline_ns <= c.at_ns:  # it, and those behind it in its lane
        timer = &c.timers[slot]
        if timer.kind == TIMER_GATE:
            look_at_gates(c, timer.owner >> 6)
        elif timer.kind == TIMER_PLAN:
            join_claimants(c, timer.owner)
            if c.queues[c.interactions[timer.owner].queue].fields[RESERVE] > 0:
                wake(c, timer.owner)
        slot = timer.next
    for child in range(place * ARITY + 1, place * ARITY + 1 + ARITY):
        note_due(c, child)


cdef inline void look_at_gates(Center *c, int32_t queue) noexcept nogil:
    c.queues[queue].gates_dirty = 1
    c.gates_dirty = 1


cdef int fire(Center *c, int32_t kind, int32_t owner) except -1 nogil:
    """Do what a timer, no longer armed, was armed for."""
    if kind == TIMER_OFFER:
        c.offers[owner].timer = -1
        offer_expires(c, owner)
    elif kind == TIMER_HANDLE:
        c.assignments[owner].timer = -1
        end_talk(c, owner, CAUSE_DEADLINE)
    elif kind == TIMER_WRAP_UP:
        c.assignments[owner].timer = -1
        end_assignment(c, owner, CAUSE_DEADLINE)
    elif kind == TIMER_COOL_DOWN:
        c.interactions[owner].timer = -1
        cool_downs_end(c, owner)
    elif kind == TIMER_PLAN:
        c.interactions[owner].clock = -1
        dirty_interaction(c, owner)
        unsettle(c, owner)
    elif kind == TIMER_HOLD:
        c.interactions[owner].clock = -1
        release(c, owner, CAUSE_SCHEDULE if c.interactions[owner].state == I_SCHEDULED else CAUSE_DEADLINE)
    elif kind == TIMER_GATE:
        c.queues[owner >> 6].plan[owner & 63].gate_timer = -1
        dirty_queue(c, owner >> 6)
        look_at_gates(c, owner >> 6)
    elif kind == TIMER_LEASE:
        fire_lease(c, owner)
    else:
        c.agents[owner].grace_timer = -1
        dirty_agent(c, owner)
        return_work(c, owner, CAUSE_LEASE_LAPSED)
    return 0


cdef int fire_lease(Center *c, int32_t agent) except -1 nogil:
    """Nobody has renewed it: the agent is gone; what they were doing waits a while for them."""
    c.agents[agent].lease_timer = -1
    change_presence(c, agent, OFFLINE, REASON_LEASE_LAPSED, CAUSE_LEASE_LAPSED, OFFLINE)
    revoke_offers(c, agent, CAUSE_LEASE_LAPSED)
    if c.agents[agent].first_assignment >= 0:
        dirty_agent(c, agent)
        c.agents[agent].grace_timer = timer_arm(c, TIMER_GRACE, agent, c.at_ns + c.settings[LEASE_GRACE_NS])
    return 0


# ---------------------------------------------------------------------- commands

cdef inline bint is_known(int32_t op) noexcept nogil:
    return CONFIGURE <= op <= DEFINE_CHANNEL or ADVANCE <= op <= SET_QUEUE


cdef int run(Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil:
    """Run a command whose time has come; it refuses before it changes anything."""
    cdef int32_t op = command.op
    if op == ENQUEUE:
        enqueue(c, command, name, items, answer)
    elif op > ADVANCE:
        run_order(c, command, answer)
    else:
        c.steps_left = 0  # what is defined may need room of its own in the lists that are made ready for each step
        run_definition(c, command, name, items, answer)
    return 0


cdef int run_definition(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer
) except -1 nogil:
    cdef int32_t op = command.op
    if op == CONFIGURE:
        configure(c, command, items, answer)
    elif op == DEFINE_SKILL:
        define_skill(c, command, name, answer)
    elif op == DEFINE_REASON:
        define_reason(c, command, name, answer)
    elif op == DEFINE_TIER:
        define_tier(c, command, name, items, answer)
    elif op == DEFINE_CHANNEL:
        define_channel(c, command, name, items, answer)
    elif op == DEFINE_QUEUE:
        define_queue(c, command, name, items, answer)
    else:
        define_agent(c, command, name, items, answer)
    return 0


cdef int apply(Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil:
    """Fire what is due, run the command, pair until nothing more may be paired, and answer.

    Raises MemoryError when there is no room. The center may then have stopped half-way, so that it raises
    RuntimeError for every further command.
    """
    if c.broken:
        raise RuntimeError("this router ran out of memory within a command; start again from what was committed")
    c.broken = 1  # until it is known that nothing was raised
    step(c, command, name, items, answer)
    c.broken = 0
    return 0


cdef int step(Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil:
    cdef bint remembers = command.op != ADVANCE and (command.request_high != 0 or command.request_low != 0)
    cdef bint succeeded
    cdef uint64_t print_ = 0
    cdef int64_t fired
    answer.code = OK
    answer.value = 0
    if not is_known(command.op):
        answer.code = MALFORMED
        return 0
    if not 0 <= command.now_ns <= MAX_NOW_NS:
        answer.code = TIME_ABSURD
        return 0
    if command.now_ns < c.now_ns:
        answer.code = TIME_BACKWARDS
        return 0
    if remembers:
        print_ = fingerprint(command, name, items)
        if answer_find(c, command, print_, answer):
            return 0
        answer_reserve(c)
    reserve(c)
    c.at_ns = command.now_ns
    c.ends_before = c.ends
    fired = fire_due(c)
    if fired:
        reserve(c)
    if command.op == ADVANCE:
        answer.value = fired
    else:
        run(c, command, name, items, answer)
    succeeded = answer.code == OK and command.op != ADVANCE
    if succeeded:
        pair(c)
        if remembers:
            answer_remember(c, command, print_, answer)
    if succeeded or fired:
        c.now_ns = command.now_ns
        forget_oldest(c)
    return 0


cdef class Core:
    """An empty center behind one :meth:`apply`: the same interface as ``reference.Reference``.

    Not thread-safe: one owner calls it. Raises MemoryError when there is no room for a command, and
    RuntimeError for every command after that.
    """

    def __cinit__(self):
        self.c = center_new()

    def __dealloc__(self):
        center_free(self.c)

    def apply(self, command not None):
        """Apply a :class:`~acdcore.router.records.Command` and return its Answer.

        Raises OverflowError when a field does not fit its C type: callers check what they were given.
        """
        cdef Command flat
        cdef Answer answer
        cdef Item *items = NULL
        cdef bytes name = command.name
        cdef object request_id = command.request_id
        cdef tuple given = command.items
        cdef Py_ssize_t i
        if len(name) > MOST_BYTES or len(given) > MOST_BYTES:
            raise OverflowError("name, items: longer than any definition or id may ever be")
        flat.op, flat.now_ns, flat.target = command.op, command.now_ns, command.target
        flat.queue, flat.tier, flat.agent = command.queue, command.tier, command.agent
        flat.priority, flat.flags = command.priority, command.flags
        flat.x, flat.y, flat.z = command.x, command.y, command.z
        flat.name_length, flat.items = len(name), len(given)
        flat.request_high = flat.request_low = 0
        if request_id:
            flat.request_high = request_id >> 64
            flat.request_low = request_id & 0xFFFFFFFFFFFFFFFF
        try:
            if given:
                items = <Item *> malloc(<size_t> len(given) * sizeof(Item))
                if items == NULL:
                    raise MemoryError
                for i in range(len(given)):
                    items[i].kind, items[i].key, items[i].value = given[i]
            apply(self.c, &flat, name, items, &answer)
        finally:
            free(items)
        return new_answer(answer.code, answer.value)

    def drain(self):
        """Return the events since the last call, and let go of them."""
        cdef Center *c = self.c
        cdef Event *e
        cdef int64_t i
        cdef list events = []
        for i in range(c.n_events):
            e = &c.events[i]
            events.append(new_event(
                e.seq, e.now_ns, e.type, e.cause, e.interaction, e.offer, e.assignment, e.queue, e.tier, e.agent,
                e.x, e.y
            ))
        c.n_events = 0
        return events

    def next_deadline_ns(self):
        """Return when an ADVANCE is next worth calling, or -1."""
        return self.c.deadlines.entries[0].a if self.c.deadlines.n else -1

    def state_hash(self):
        """Return the 64-bit hash of the state: equal on equal histories, in any process."""
        return state_hash(self.c)

    def check_invariants(self):
        """Check every structure against what it stands for; raise AssertionError with what is wrong."""
        check(self.c)

    def find(self, int kind, bytes name not None):
        """Return the slot (or, for an interaction, the handle) that has a name; -1 when none has."""
        return find_name(self.c, kind, name)

    def name(self, int kind, int64_t which):
        """Return the name of a slot (or an interaction's handle); empty when there is none."""
        return entity_name(self.c, kind, which)

    def setting(self, int setting):
        """Return the value of one of the center's settings."""
        if not 1 <= setting < N_SETTINGS:
            raise ValueError(f"setting: {setting} is none; allowed: 1 to {N_SETTINGS - 1}")
        return self.c.settings[setting]

    def tier(self, int64_t slot):
        """Return (name, target factor in millionths, head start in ns, rank), or None."""
        return tier_view(self.c, slot)

    def channel(self, int64_t slot):
        """Return a channel's definition, or None."""
        return channel_view(self.c, slot)

    def queue(self, int64_t slot):
        """Return a queue's definition, or None."""
        return queue_view(self.c, slot)

    def agent(self, int64_t slot):
        """Return an agent as it stands, or None."""
        return agent_view(self.c, slot)

    def interaction(self, int64_t handle):
        """Return an interaction, live or remembered, or None."""
        return interaction_view(self.c, handle)

    def offer(self, int64_t handle):
        """Return an offer, pending or remembered, or None."""
        return offer_view(self.c, handle)

    def assignment(self, int64_t handle):
        """Return an assignment that has not ended, or None."""
        return assignment_view(self.c, handle)

    def figures(self, int64_t queue, int64_t tier):
        """Return the counters of a (queue, tier); raise IndexError when there is no such queue or tier."""
        return figures_view(self.c, queue, tier)

    def waiting_since(self, int64_t queue, int64_t tier):
        """Return the earliest ``since_ns`` of what is WAITING in a (queue, tier), or -1."""
        return waiting_since_view(self.c, queue, tier)

    def center(self):
        """Return the center's clock, sequences and sizes."""
        return center_view(self.c)
