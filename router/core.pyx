# cython: cdivision=True
"""The compiled router: the dispatch of commands and the Python face over the C functions."""

cimport cython
from cpython.memoryview cimport PyMemoryView_GET_BUFFER
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memmove, memset

from . import batch as batches
from . import records

from .check cimport check, check_some
from .claims cimport forget_claims, join_claimants
from .copies cimport CellRow, DoorRow, StandingRow, copy_cells, copy_doors, copy_standings
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
from .resume cimport resume
from .snapshot_read cimport center_of
from .snapshot_write cimport snapshot_of
from .staff cimport change_presence
from .store cimport answer_find, answer_remember, answer_reserve, center_free, center_new, dirty_agent
from .store cimport dirty_interaction, dirty_queue, fingerprint, forget_oldest, reserve
from .timers cimport timer_arm, timer_disarm
from .tuples cimport acd_put, acd_record
from .views cimport agent_view, assignment_view, center_view, channel_view, entity_name, figures_view, find_name
from .views cimport interaction_view, offer_view, queue_view, tier_view, wait_edges_view, waiting_since_view

cdef int64_t MAX_NOW_NS = (<int64_t> 1 << 62) - 1
cdef enum:
    MOST_BYTES = 0x7FFFFFFF
    EVENT_BYTES = 76                # of a row of batch.EVENT, without the unused ones at its end

cdef object command_type = records.Command
cdef object new_answer = records.Answer
cdef object new_event = records.Event
cdef Py_ssize_t N_COMMAND_FIELDS = 14


# ---------------------------------------------------------------------- deadlines

cdef int64_t fire_due(Center *c, int64_t most) except -1 nogil:
    """Fire whatever is due, in (deadline, order of arming), pairing after each; return how many.

    No more than ``most``, if that is not 0: what is left is due for the next command.
    """
    cdef int64_t fired = 0
    cdef int32_t slot
    cdef Timer timer
    if c.deadlines.n == 0 or c.deadlines.entries[0].a > c.at_ns:
        return 0
    note_due(c, 0)
    while c.deadlines.n and c.deadlines.entries[0].a <= c.at_ns and (most == 0 or fired < most):
        reserve(c)
        slot = c.deadlines.entries[0].id
        timer = c.timers[slot]
        timer_disarm(c, &slot)
        fire(c, timer.kind, timer.owner)
        pair(c)
        fired += 1
    return fired


cdef void note_due(Center *c, int32_t place) noexcept nogil:
    """Note what time alone has changed, before the first timer fires (or a RESUME is paired): all of it holds then.

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
    return CONFIGURE <= op <= DEFINE_CHANNEL or ADVANCE <= op <= RESUME


cdef int run(Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil:
    """Run a command whose time has come; it refuses before it changes anything."""
    cdef int32_t op = command.op
    if op == ENQUEUE:
        enqueue(c, command, name, items, answer)
    elif op == RESUME:
        resume(c, command, answer)
        if answer.code == OK:
            note_due(c, 0)
    elif op > ADVANCE:
        run_order(c, command, answer)
    else:
        c.steps_left = 0  # what is defined may need room of its own in the lists that are made ready for each step
        run_definition(c, command, name, items, answer)
        if answer.code == OK:
            forget_claims(c)
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
    cdef int64_t fired = 0
    answer.code = OK
    answer.value = 0
    if not is_known(command.op) or (command.op == ADVANCE and command.x < 0):
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
    if command.op != RESUME:
        fired = fire_due(c, command.x if command.op == ADVANCE else 0)
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


# ---------------------------------------------------------------------- many commands

cdef struct Batch:                  # what is left of one; rows may lie at any address
    const char *commands
    char *answers
    const char *names
    const Item *items
    int64_t n
    int64_t done
    int64_t names_left              # bytes
    int64_t items_left
    int64_t most_events
    int64_t drained                 # events that nobody waits for any more, of those in the center


cdef int64_t apply_many(Center *c, const Command *commands, int64_t n, Answer *answers) except -1 nogil:
    """Apply commands without names and items, in order; return how many: fewer than n before one that has some."""
    cdef int64_t i
    for i in range(n):
        if commands[i].name_length or commands[i].items:
            return i
        apply(c, &commands[i], NULL, NULL, &answers[i])
    return n


cdef int apply_rows(Center *c, Batch *batch) except -1 nogil:
    """Apply rows until the last, one that cannot be read, or too many events.

    A row is copied before it is looked at: whoever shares the array may write to it meanwhile.
    """
    cdef Command command
    cdef Answer answer
    memset(&answer, 0, sizeof(Answer))
    while batch.done < batch.n:
        if batch.most_events and c.n_events - batch.drained >= batch.most_events:
            return 0
        memcpy(&command, batch.commands + batch.done * <int64_t> sizeof(Command), sizeof(Command))
        if not (0 <= command.name_length <= batch.names_left and 0 <= command.items <= batch.items_left):
            return 0
        apply(c, &command, batch.names, batch.items, &answer)
        batch.names += command.name_length
        batch.names_left -= command.name_length
        batch.items += command.items
        batch.items_left -= command.items
        memcpy(batch.answers + batch.done * <int64_t> sizeof(Answer), &answer, sizeof(Answer))
        batch.done += 1
    return 0


# ---------------------------------------------------------------------- the Python face

cdef inline Center *own(Core core) except NULL:
    """Return a router's center, unless another thread is at work in it without the GIL."""
    if core.in_batch:
        raise RuntimeError("another thread is within apply_batch of this router; one thread at a time may call it")
    return core.c


cdef inline int64_t first_event(Core core) noexcept:
    """Return which of the center's events is the oldest not drained; a driver in C may have let go of all."""
    if core.drained > core.c.n_events:
        core.drained = 0
    return core.drained


cdef int refuse_row(const Batch *batch) except -1:
    """Say what is wrong with the row that was not applied."""
    cdef Command command
    memcpy(&command, batch.commands + batch.done * <int64_t> sizeof(Command), sizeof(Command))
    if 0 <= command.name_length <= batch.names_left:
        raise batches.BatchError(batch.done, "items", command.items, f"0 to {batch.items_left}, left in items")
    raise batches.BatchError(
        batch.done, "name_length", command.name_length, f"0 to {batch.names_left}, left in names"
    )


cdef int with_items(Center *c, Command *flat, const char *name, tuple given, Answer *answer) except -1:
    cdef Item *items = <Item *> malloc(<size_t> len(given) * sizeof(Item))
    cdef Py_ssize_t i
    if items == NULL:
        raise MemoryError
    try:
        for i in range(len(given)):
            items[i].kind, items[i].key, items[i].value = given[i]
        apply(c, flat, name, items, answer)
    finally:
        free(items)
    return 0


cdef class Core:
    """An empty center behind one :meth:`apply`: the same interface as ``reference.Reference``.

    Not thread-safe: one owner calls it. Raises MemoryError when there is no room for a command, and
    RuntimeError for every command after that, and for a call while another thread is within :meth:`apply_batch`.
    """

    def __cinit__(self):
        self.c = center_new()

    def __dealloc__(self):
        center_free(self.c)

    @cython.boundscheck(False)
    @cython.wraparound(False)
    def apply(self, command not None):
        """Apply a :class:`~acdcore.router.records.Command` and return its Answer.

        Raises OverflowError when a field does not fit its C type: callers check what they were given.
        """
        # By index, not by name: an attribute of a NamedTuple takes 30 ns, of which a command has fourteen.
        cdef Center *c = own(self)
        cdef Command flat
        cdef Answer answer
        cdef tuple fields, items
        cdef bytes name
        if not isinstance(command, command_type) or len(<tuple> command) != N_COMMAND_FIELDS:
            raise TypeError(f"command: {type(command).__name__} is none; allowed: a Command")
        fields = <tuple> command
        flat.op, flat.now_ns, flat.target = fields[0], fields[1], fields[2]
        flat.queue, flat.tier, flat.agent = fields[3], fields[4], fields[5]
        flat.priority, flat.flags = fields[6], fields[7]
        flat.x, flat.y, flat.z = fields[8], fields[9], fields[10]
        name, items, request_id = fields[11], fields[12], fields[13]
        if name is None or items is None:
            raise TypeError("name, items: None is none; allowed: bytes and a tuple")
        if len(name) > MOST_BYTES or len(items) > MOST_BYTES:
            raise OverflowError("name, items: longer than any definition or id may ever be")
        flat.name_length, flat.items = <int32_t> len(name), <int32_t> len(items)
        flat.request_high = flat.request_low = 0
        if request_id:
            flat.request_high = request_id >> 64
            flat.request_low = request_id & 0xFFFFFFFFFFFFFFFF
        if flat.items:
            with_items(c, &flat, name, items, &answer)
        else:
            apply(c, &flat, name, NULL, &answer)
        made = acd_record(new_answer, 2)
        acd_put(made, 0, answer.code)
        acd_put(made, 1, answer.value)
        return made

    def apply_batch(self, commands, answers, bytes names not None=b"", items=b"", *, int64_t most_events=0):
        """Apply commands in order, as :meth:`apply` would one after the other, without the GIL; return how many.

        Args:
            commands: rows of :data:`~acdcore.router.batch.COMMAND`, each with its own ``now_ns``.
            answers: as many rows of :data:`~acdcore.router.batch.ANSWER`, or more; the answer to a row is in the same
                row. A refusal is an answer, and the next row follows.
            names: the names of all rows, one after the other.
            items: rows of :data:`~acdcore.router.batch.ITEM`, those of all rows one after the other.
            most_events: stop before a row once so many events wait to be drained (one command may still lead to
                more than that); 0: never.

        Raises BatchError for a row whose name or items are not there, after the rows before it were applied;
        ValueError or TypeError for arrays that do not fit, before anything was applied; MemoryError as
        :meth:`apply` does, naming the row.
        """
        cdef Center *c = own(self)
        cdef object rows = batches.view_of("commands", commands)
        cdef object room = batches.view_of("answers", answers, writable=True)
        cdef bytes beside = bytes(batches.view_of("items", items))  # a copy: whoever shares it may write to it
        cdef Batch batch
        batch.n = PyMemoryView_GET_BUFFER(rows).len // <int64_t> sizeof(Command)
        batches.check_room(PyMemoryView_GET_BUFFER(room).len // <int64_t> sizeof(Answer), batch.n)
        batches.check_most_events(most_events)
        batch.commands = <const char *> PyMemoryView_GET_BUFFER(rows).buf
        batch.answers = <char *> PyMemoryView_GET_BUFFER(room).buf
        batch.names, batch.names_left = names, len(names)
        batch.items, batch.items_left = <const Item *> <const char *> beside, len(beside) // <int64_t> sizeof(Item)
        batch.done, batch.most_events, batch.drained = 0, most_events, first_event(self)
        self.in_batch = True
        try:
            with nogil:
                apply_rows(c, &batch)
        except MemoryError:
            raise MemoryError(f"commands[{batch.done}]: no memory left; {batch.done} rows were applied") from None
        finally:
            self.in_batch = False
        if batch.done < batch.n and not (0 < most_events <= c.n_events - batch.drained):
            refuse_row(&batch)
        return batch.done

    def drain(self):
        """Return the events since the last call, and let go of them."""
        cdef Center *c = own(self)
        cdef const Event *e
        cdef int64_t i, first = first_event(self)
        cdef list events = []
        for i in range(first, c.n_events):
            e = &c.events[i]
            one = acd_record(new_event, 12)
            acd_put(one, 0, e.seq)
            acd_put(one, 1, e.now_ns)
            acd_put(one, 2, e.type)
            acd_put(one, 3, e.cause)
            acd_put(one, 4, e.interaction)
            acd_put(one, 5, e.offer)
            acd_put(one, 6, e.assignment)
            acd_put(one, 7, e.queue)
            acd_put(one, 8, e.tier)
            acd_put(one, 9, e.agent)
            acd_put(one, 10, e.x)
            acd_put(one, 11, e.y)
            events.append(one)
        c.n_events = self.drained = 0
        return events

    def drain_into(self, events):
        """Move the oldest events into rows of :data:`~acdcore.router.batch.EVENT`; return how many.

        What has no room stays for the next call. Raises ValueError or TypeError for an array that does not fit.
        """
        cdef Center *c = own(self)
        cdef object room = batches.view_of("events", events, writable=True)
        cdef char *to = <char *> PyMemoryView_GET_BUFFER(room).buf
        cdef int64_t i, n = PyMemoryView_GET_BUFFER(room).len // <int64_t> sizeof(Event)
        n = min(n, c.n_events - first_event(self))
        if n == 0:
            return 0
        memcpy(to, &c.events[self.drained], <size_t> n * sizeof(Event))
        for i in range(n):  # what a compiler leaves of a row is not for others to see
            memset(to + i * <int64_t> sizeof(Event) + EVENT_BYTES, 0, sizeof(Event) - EVENT_BYTES)
        self.drained += n
        if self.drained == c.n_events:
            c.n_events = self.drained = 0
        elif self.drained > c.n_events // 2:  # seldom enough that many small arrays do not move the rest each time
            memmove(c.events, &c.events[self.drained], <size_t> (c.n_events - self.drained) * sizeof(Event))
            c.n_events -= self.drained
            self.drained = 0
        return n

    def pending_events(self):
        """Return how many events wait to be drained."""
        return own(self).n_events - first_event(self)

    def next_deadline_ns(self):
        """Return when an ADVANCE is next worth calling, or -1."""
        return own(self).deadlines.entries[0].a if own(self).deadlines.n else -1

    def state_hash(self):
        """Return the 64-bit hash of the state: equal on equal histories, in any process."""
        return state_hash(own(self))

    def snapshot(self):
        """Return the whole state as bytes: equal states give equal bytes, in any process.

        Events that have not been drained are no part of it. Raises RuntimeError for a router that ran out of memory
        within a command.
        """
        cdef Center *c = own(self)
        if c.broken:
            raise RuntimeError("this router ran out of memory within a command; no snapshot is made of that")
        return snapshot_of(c)

    @classmethod
    def restored(cls, bytes data not None):
        """Return a router in the state that a snapshot holds; it goes on exactly as the one saved would.

        Raises ValueError, saying what is wrong, for a snapshot that is damaged, cut off or of another format, and
        NewerSnapshotError, which is a ValueError, if a newer build wrote it: then there is no router.
        """
        cdef Center *c = center_of(data)
        cdef Core core
        try:
            core = cls()
        except BaseException:
            center_free(c)
            raise
        center_free(core.c)
        core.c = c
        return core

    def check_invariants(self):
        """Check every structure against what it stands for; raise AssertionError with what is wrong."""
        check(own(self))

    def check_some(self, int64_t place, int64_t most):
        """Check a few interactions, offers, assignments and agents, each by itself, from a place on.

        For a running server, which cannot stop for :meth:`check_invariants`. Returns the place to go on with, 0 when
        a round is over. Raises AssertionError with what is wrong, ValueError for a place or a number below 0 or 1.
        """
        batches.check_part(place, most)
        return check_some(own(self), place, most)

    def find(self, int kind, bytes name not None):
        """Return the slot (or, for an interaction, the handle) that has a name; -1 when none has."""
        return find_name(own(self), kind, name)

    def name(self, int kind, int64_t which):
        """Return the name of a slot (or an interaction's handle); empty when there is none."""
        return entity_name(own(self), kind, which)

    def setting(self, int setting):
        """Return the value of one of the center's settings."""
        if not 1 <= setting < N_SETTINGS:
            raise ValueError(f"setting: {setting} is none; allowed: 1 to {N_SETTINGS - 1}")
        return own(self).settings[setting]

    def tier(self, int64_t slot):
        """Return (name, target factor in millionths, head start in ns, rank), or None."""
        return tier_view(own(self), slot)

    def channel(self, int64_t slot):
        """Return a channel's definition, or None."""
        return channel_view(own(self), slot)

    def queue(self, int64_t slot):
        """Return a queue's definition, or None."""
        return queue_view(own(self), slot)

    def agent(self, int64_t slot):
        """Return an agent as it stands, or None."""
        return agent_view(own(self), slot)

    def interaction(self, int64_t handle):
        """Return an interaction, live or remembered, or None."""
        return interaction_view(own(self), handle)

    def offer(self, int64_t handle):
        """Return an offer, pending or remembered, or None."""
        return offer_view(own(self), handle)

    def assignment(self, int64_t handle):
        """Return an assignment that has not ended, or None."""
        return assignment_view(own(self), handle)

    def figures(self, int64_t queue, int64_t tier):
        """Return the counters of a (queue, tier); raise IndexError when there is no such queue or tier."""
        return figures_view(own(self), queue, tier)

    def wait_edges(self):
        """Return the upper edges of the wait histograms in ns, each inclusive, in order."""
        return wait_edges_view(own(self))

    def waiting_since(self, int64_t queue, int64_t tier):
        """Return the earliest ``since_ns`` of what is WAITING in a (queue, tier), or -1."""
        return waiting_since_view(own(self), queue, tier)

    def cells_into(self, cells, int64_t queue):
        """Copy the figures of queues from one on into rows of :data:`~acdcore.router.batch.CELL`, whole queues only.

        Returns (how many rows, the queue to go on with), the latter the number of queues when nothing is left. Pairs
        that have never been used have no row. Raises ValueError when not even one queue's tiers have room, or for an
        array that does not fit.
        """
        cdef object room = batches.view_of("cells", cells, writable=True)
        cdef int64_t rows, begin = queue
        batches.check_first(queue)
        rows = copy_cells(
            own(self), &queue, <char *> PyMemoryView_GET_BUFFER(room).buf,
            PyMemoryView_GET_BUFFER(room).len // <int64_t> sizeof(CellRow),
        )
        batches.check_progress(begin, queue, self.c.n_queues, self.c.n_tiers)
        return rows, queue

    def doors_into(self, doors, int64_t first):
        """Copy how queues stand, from one on, into rows of :data:`~acdcore.router.batch.DOOR`; return how many.

        Raises ValueError for an array that does not fit.
        """
        cdef object room = batches.view_of("doors", doors, writable=True)
        batches.check_first(first)
        return copy_doors(
            own(self), first, <char *> PyMemoryView_GET_BUFFER(room).buf,
            PyMemoryView_GET_BUFFER(room).len // <int64_t> sizeof(DoorRow),
        )

    def standings_into(self, standings, int64_t first):
        """Copy how agents stand, from one on, into rows of :data:`~acdcore.router.batch.STANDING`; return how many.

        Raises ValueError for an array that does not fit.
        """
        cdef object room = batches.view_of("standings", standings, writable=True)
        batches.check_first(first)
        return copy_standings(
            own(self), first, <char *> PyMemoryView_GET_BUFFER(room).buf,
            PyMemoryView_GET_BUFFER(room).len // <int64_t> sizeof(StandingRow),
        )

    def center(self):
        """Return the center's clock, sequences and sizes."""
        return center_view(own(self))
