# cython: cdivision=True
"""A center in which one operation can be done again and again; see scenario.pxd."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from acdcore.router import Command as PyCommand
from acdcore.router import Core as PyCore
from acdcore.router import EventType, ItemKind, QueueField, Result, Setting, TierField
from acdcore.router import Item as PyItem
from acdcore.router import Op as PyOp
from acdcore.router.codes import MAX_DURATION_NS, SECOND_NS, StepField

from acdcore.router.core cimport apply
from acdcore.router.digest cimport state_hash
from acdcore.router.hashing cimport folded
from acdcore.router.law cimport *
from acdcore.router.model cimport Event

if max(EventType) + 1 != N_EVENT_TYPES or max(Result) + 1 != N_CODES:
    raise ImportError("scenario.pxd counts fewer types of events, or codes, than there are")

cdef extern from *:
    """
    #if defined(__GNUC__)
    #define ACD_APART __attribute__((noinline, noclone))
    #else
    #define ACD_APART
    #endif
    #if defined(__clang__)
    #undef ACD_APART
    #define ACD_APART __attribute__((noinline))
    #endif
    /* Two names for a profiler. callgrind counts what runs within the first, and writes down, and forgets, what it
       has counted when the second returns. Each does something after its call, or it would be but a jump. */
    static volatile int acdcore_calls;
    ACD_APART static int acdcore_measured(int (*run)(void *), void *what) {
        int failed = run(what);
        acdcore_calls++;
        return failed;
    }
    ACD_APART static void acdcore_counted(void) {
        acdcore_calls++;
    }
    """
    int acdcore_measured(int (*run)(void *) except -1 nogil, void *what) except -1 nogil
    void acdcore_counted() noexcept nogil

PLAN_STEP_NS = 10 * SECOND_NS
cdef int64_t STEP_NS = 1_000_000    # from one command to the next


cdef int run_batch(void *what) except -1 nogil:
    """What is measured: the commands, one after the other."""
    cdef Batch *batch = <Batch *> what
    cdef int32_t i
    for i in range(batch.n):
        apply(batch.center, &batch.commands[i], batch.names[i], batch.items[i], &batch.answers[i])
        if batch.hashes:
            batch.hash = folded(batch.hash, state_hash(batch.center))
    return 0


cdef int run_call(void *what) except -1 with gil:
    """What is measured: a call of a Python function."""
    cdef list call = <list> what
    call[1] = call[0]()
    return 0


def measured(function):
    """Call a function where an instruction profiler counts; return what it returns."""
    cdef list call = [function, None]
    acdcore_measured(<int (*)(void *) except -1 nogil> run_call, <void *> call)
    return call[1]


def counted():
    """Tell an instruction profiler that a figure is complete: it writes it down, and starts again from 0."""
    acdcore_counted()


cdef inline void push(Noted *noted, int64_t value) noexcept nogil:
    if noted.n < MOST_NOTED:
        noted.values[noted.n] = value
    noted.n += 1


cdef class Scenario:
    """A center, busy or idle, and one operation in it. Each of the operations is a class of its own.

    ``agents``: how many (64 or more), each with 8 of 50 skills, all sets different. ``waiting``: how many
    interactions wait while every agent is talking (50 or more), or 0: nothing waits and every agent is idle.
    ``fields``: what its queues have beside a requirement, by QueueField, and settings, by Setting. ``remembered``:
    how many ended interactions and offers the center remembers. Raises ValueError for sizes that are too small.
    """

    def __cinit__(self, int32_t agents, int32_t waiting=0, fields=None, int32_t remembered=4096, uint64_t seed=1):
        if agents < 64:
            raise ValueError(f"agents: {agents} is too few; allowed: 64 or more")
        if waiting and waiting < N_SKILLS:
            raise ValueError(f"waiting: {waiting} is too few; allowed: 0, or {N_SKILLS} or more")
        self.core = PyCore()
        self.batch.center = self.core.c
        self.agents, self.waiting = agents, waiting
        self.random_state = seed
        self.n_slots = agents + waiting + 2 * remembered + 1024
        self.skills = <uint64_t *> malloc(<size_t> agents * sizeof(uint64_t))
        self.talks = <int64_t *> malloc(<size_t> agents * sizeof(int64_t))
        self.queued = <int64_t *> malloc(<size_t> (waiting + 1) * sizeof(int64_t))
        self.queued_in = <int32_t *> malloc(<size_t> (waiting + 1) * sizeof(int32_t))
        self.places = <int32_t *> malloc(<size_t> self.n_slots * sizeof(int32_t))
        if NULL in (self.skills, self.talks, self.queued, self.queued_in, self.places):
            raise MemoryError
        memset(self.places, 0xFF, <size_t> self.n_slots * sizeof(int32_t))

    def __init__(self, int32_t agents, int32_t waiting=0, fields=None, int32_t remembered=4096, uint64_t seed=1):
        self.draw_center()
        self.define(fields or {}, remembered)
        if waiting:
            self.fill()
        self.run(remembered // BATCH + 8)  # until what is remembered is full, and every array has grown
        self.checksum = self.batch.hash = 0
        self.rounds = self.measured = 0
        memset(self.counts, 0, sizeof(self.counts))
        memset(self.codes, 0, sizeof(self.codes))

    def __dealloc__(self):
        free(self.skills)
        free(self.talks)
        free(self.queued)
        free(self.queued_in)
        free(self.places)

    # ------------------------------------------------------------------ the center

    cdef int32_t draw(self, int32_t n) noexcept nogil:
        """Return a number below ``n``: a 64-bit linear congruential generator (Knuth's MMIX constants)."""
        self.random_state = self.random_state * <uint64_t> 6364136223846793005U + <uint64_t> 1442695040888963407U
        return <int32_t> ((self.random_state >> 33) % <uint64_t> n)

    cdef uint64_t draw_skills(self, uint64_t among, int32_t n) noexcept nogil:
        """Return ``n`` different skills, as bits, among some."""
        cdef uint64_t chosen = 0, bit
        while n:
            bit = <uint64_t> 1 << self.draw(N_SKILLS)
            if bit & among and not bit & chosen:
                chosen |= bit
                n -= 1
        return chosen

    cdef int32_t count_able(self, uint64_t wanted) noexcept nogil:
        cdef int32_t agent, n = 0
        for agent in range(self.agents):
            n += self.skills[agent] & wanted == wanted
        return n

    def draw_center(self):
        """Draw who has which skills, what the queues ask for, and how often each is asked for."""
        cdef int32_t agent, queue, place
        for agent in range(self.agents):
            self.skills[agent] = self.draw_skills(~<uint64_t> 0, SKILLS_EACH)
        for queue in range(N_QUEUES):
            if queue < FIRST_PAIR:
                self.wanted[queue] = <uint64_t> 1 << queue
            else:
                agent = self.draw(self.agents)
                self.wanted[queue] = self.draw_skills(self.skills[agent], 2 if queue < FIRST_TRIPLE else 3)
        ranks = sorted(range(N_QUEUES), key=lambda queue: (queue % 4 == 0, self.draw(1 << 20)))
        total = sum(1 / (rank + 1) for rank in range(N_QUEUES))
        place = 0
        for rank, queue in enumerate(ranks):  # by Zipf's law
            share = round(1024 / (rank + 1) / total)
            while place < 1024 and (share > 0 or rank == N_QUEUES - 1):
                self.choice[place] = queue
                place, share = place + 1, share - 1
        self.choose_common()
        self.choose_scarce()

    cdef int choose_common(self) except -1:
        """Choose single skills that most agents have: a batch cannot use them up."""
        able = sorted(((self.count_able(self.wanted[queue]), -queue) for queue in range(FIRST_PAIR)), reverse=True)
        if able[BATCH - 1][0] <= BATCH:
            raise ValueError(f"agents: {self.agents} is too few for {BATCH} skills that more than {BATCH} have")
        for place in range(BATCH):
            self.common[place] = -able[place][1]
        return 0

    cdef int choose_scarce(self) except -1:
        """Choose queues of three skills of which no agent may serve two: each finds its own few idle."""
        cdef int32_t queue, n = 0, other
        cdef uint64_t both
        for queue in range(FIRST_TRIPLE, N_QUEUES):
            if n == BATCH:
                return 0
            for other in range(n):
                both = self.wanted[queue] | self.wanted[self.scarce[other]]
                if self.count_able(both):
                    break
            else:
                self.scarce[n] = queue
                n += 1
        if n < BATCH:
            raise ValueError(f"agents: {self.agents} have no {BATCH} scarce sets of skills that nobody has two of")
        return 0

    def define(self, fields, remembered):
        """Define the center and sign everybody in."""
        settings = {Setting.REMEMBERED_INTERACTIONS: remembered, Setting.REMEMBERED_OFFERS: remembered}
        settings |= {Setting.REMEMBERED_ANSWERS: remembered}
        settings |= {key: value for key, value in fields.items() if isinstance(key, Setting)}
        self.order(PyOp.CONFIGURE, b"", settings)
        for skill in range(N_SKILLS):
            self.order(PyOp.DEFINE_SKILL, b"s%d" % skill)
        for tier in range(N_TIERS):
            self.order(PyOp.DEFINE_TIER, b"t%d" % tier, {TierField.HEAD_START_NS: tier * 90 * SECOND_NS})
        fields = {key: value for key, value in fields.items() if isinstance(key, QueueField)}
        fields[QueueField.MAX_HANDLE_NS] = MAX_DURATION_NS
        for queue in range(N_QUEUES):
            self.order(PyOp.DEFINE_QUEUE, b"q%d" % queue, fields, self.requirement(self.wanted[queue]))
        plan = (*self.requirement(3), PyItem(ItemKind.STEP, 0, PLAN_STEP_NS))
        plan += (PyItem(ItemKind.STEP_FIELD, StepField.SKIP, 0), *self.requirement(1))
        self.order(PyOp.DEFINE_QUEUE, b"plan", fields, plan)
        self.order(PyOp.DEFINE_QUEUE, b"any", fields)
        self.order(PyOp.DEFINE_QUEUE, b"shared", fields | {QueueField.SHARED: 3})
        self.define_agents()

    cdef int define_agents(self) except -1:
        """Define the agents, and sign everybody in."""
        cdef Command command
        cdef Item[SKILLS_EACH] items
        cdef char[16] name
        cdef int32_t agent, skill
        for agent in range(self.agents):
            self.begin(&command, DEFINE_AGENT)
            command.name_length = snprintf(name, sizeof(name), "a%d", agent)
            for skill in range(N_SKILLS):
                if self.skills[agent] >> skill & 1:
                    items[command.items].kind, items[command.items].key = ITEM_HAS_SKILL, skill
                    items[command.items].value = 5
                    command.items += 1
            self.submit(&command, name, items)
        for agent in range(self.agents):
            self.set_presence(SIGN_IN, agent, AVAILABLE)
        self.core.c.n_events = 0
        return 0

    def order(self, op, name, fields=None, items=()):
        """Define one thing; it must be accepted."""
        stated = tuple(PyItem(ItemKind.FIELD, key, value) for key, value in (fields or {}).items())
        answer = self.core.apply(PyCommand(op, 0, name=name, items=(*stated, *items)))
        if answer.code != Result.OK:
            raise RuntimeError(f"{op!r} {name!r}: {Result(answer.code)!r}")

    def requirement(self, uint64_t wanted):
        """Return the items that ask for some skills."""
        return tuple(PyItem(ItemKind.REQUIRE, skill, 1) for skill in range(N_SKILLS) if wanted >> skill & 1)

    cdef int fill(self) except -1:
        """Give every agent something to talk about, then let interactions wait: every skill at least once."""
        cdef Command command
        cdef int32_t agent, place
        for agent in range(self.agents):
            self.begin(&command, ENQUEUE)
            self.as_enqueue(&command, agent % N_SKILLS)
            command.agent, command.flags = agent, DIRECT
            self.submit(&command)
            self.serve()
            self.offers.n = self.deadlines.n = self.accepted.n = 0
        for place in range(self.waiting):
            self.queued_in[place] = place if place < N_SKILLS else self.choice[self.draw(1024)]
            self.occupy(place)
        return 0

    # ------------------------------------------------------------------ a round

    cdef int before(self) except -1 nogil:
        """Prepare a round: bring the center to where the operation begins, and ask for the commands."""
        return 0

    cdef int after(self) except -1 nogil:
        """Bring the center back to where it was."""
        return 0

    def prepare(self):
        """Do what comes before the measured part of a round."""
        with nogil:
            self.batch.n = 0
            self.offers.n = self.deadlines.n = self.accepted.n = 0
            self.wrapping.n = self.changed.n = self.vacated.n = 0
            self.before()
            self.note()

    def measure(self):
        """Do the measured part of a round, without the GIL: BATCH commands."""
        with nogil:
            acdcore_measured(run_batch, &self.batch)

    def restore(self):
        """Note what has come of the measured part, and bring the center back."""
        with nogil:
            self.tally()
            self.note()
            self.after()
            self.note()
        self.rounds += 1
        self.measured += self.batch.n

    def run(self, int64_t rounds):
        """Do some rounds; return how many commands have been measured in them."""
        before = self.measured
        for _ in range(rounds):
            self.prepare()
            self.measure()
            self.restore()
        return self.measured - before

    cdef int tally(self) except -1 nogil:
        """Fold the answers and events of the measured part into the result, and count the events."""
        cdef Center *c = self.core.c
        cdef uint64_t sum_ = self.checksum
        cdef int64_t i
        for i in range(self.batch.n):
            sum_ = folded(folded(sum_, <uint64_t> self.batch.answers[i].code), <uint64_t> self.batch.answers[i].value)
            self.codes[self.batch.answers[i].code] += 1
        for i in range(c.n_events):
            sum_ = folded(folded(sum_, <uint64_t> c.events[i].type), <uint64_t> c.events[i].cause)
            sum_ = folded(folded(sum_, <uint64_t> c.events[i].interaction), <uint64_t> c.events[i].agent)
            sum_ = folded(folded(sum_, <uint64_t> c.events[i].x), <uint64_t> c.events[i].y)
            self.counts[c.events[i].type] += 1
        self.checksum = sum_
        return 0

    cdef int note(self) except -1 nogil:
        """Note what the events name that have come since the last look, and let go of them."""
        cdef Center *c = self.core.c
        cdef Event *e
        cdef int64_t i
        for i in range(c.n_events):
            e = &c.events[i]
            if e.type == OFFER_MADE:
                push(&self.offers, e.offer)
                push(&self.deadlines, e.y)
            elif e.type == OFFER_ACCEPTED:
                push(&self.accepted, e.interaction)
                self.talks[e.agent] = e.interaction
                self.vacate(<int32_t> e.interaction)
            elif e.type == WRAP_UP_STARTED:
                push(&self.wrapping, e.assignment)
                push(&self.deadlines, e.y)
            elif e.type == PRESENCE_CHANGED:
                push(&self.changed, e.agent)
        c.n_events = 0
        if self.deadlines.n > MOST_NOTED or self.changed.n > MOST_NOTED or self.accepted.n > MOST_NOTED:
            with gil:
                raise RuntimeError(f"more than {MOST_NOTED} events of a type in a round")
        return 0

    # ------------------------------------------------------------------ commands

    cdef void begin(self, Command *command, int32_t op) noexcept nogil:
        memset(command, 0, sizeof(Command))
        self.now_ns += STEP_NS
        command.op, command.now_ns = op, self.now_ns
        command.queue = command.tier = command.agent = -1
        command.priority = PRIORITY_DEFAULT
        if op == COMPLETE:
            command.x = CAUSE_AGENT
        elif op == CANCEL:
            command.x = CAUSE_CUSTOMER

    cdef void as_enqueue(self, Command *command, int32_t queue) noexcept nogil:
        command.queue, command.tier, command.x = queue, self.draw(N_TIERS), SINCE_NOW

    cdef Command *ask(self, int32_t op, int64_t target=0) noexcept nogil:
        """Return one more command of those to be measured."""
        cdef Command *command = &self.batch.commands[self.batch.n]
        self.batch.n += 1
        self.begin(command, op)
        command.target = target
        return command

    cdef Command *ask_enqueue(self, int32_t queue) noexcept nogil:
        """Return one more ENQUEUE of those to be measured."""
        cdef Command *command = self.ask(ENQUEUE)
        self.as_enqueue(command, queue)
        return command

    cdef Item *item(self, int32_t kind, int64_t key, int64_t value) noexcept nogil:
        """Add an item to the command that was asked for last."""
        cdef int32_t last = self.batch.n - 1
        cdef Command *command = &self.batch.commands[last]
        cdef Item *item = &self.batch.items[last][command.items]
        command.items += 1
        item.kind, item.key, item.value = kind, key, value
        return item

    cdef int64_t submit(self, Command *command, const char *name=NULL, const Item *items=NULL) except -1 nogil:
        """Apply a command that is not measured and must be accepted; return the answer's value."""
        cdef Answer answer
        apply(self.core.c, command, name, items, &answer)
        if answer.code != OK:
            with gil:
                raise RuntimeError(f"{PyOp(command.op)!r}: {Result(answer.code)!r}")
        return answer.value

    cdef int do(self, int32_t op, int64_t target, int32_t queue=-1, int64_t y=0) except -1 nogil:
        """Apply a command that needs a target, and perhaps a queue or a length of time."""
        cdef Command command
        self.begin(&command, op)
        command.target, command.queue = target, queue
        command.y = y
        self.submit(&command)
        return 0

    cdef int64_t enqueue(self, int32_t queue) except -1 nogil:
        """Let an interaction come; return its handle."""
        cdef Command command
        self.begin(&command, ENQUEUE)
        self.as_enqueue(&command, queue)
        return self.submit(&command)

    cdef int set_presence(self, int32_t op, int32_t agent, int32_t presence) except -1 nogil:
        """SIGN_IN or SET_PRESENCE."""
        cdef Command command
        self.begin(&command, op)
        command.agent, command.x = agent, presence
        self.submit(&command)
        return 0

    cdef int serve(self) except -1 nogil:
        """Accept every offer that has been noted (once more, if it was accepted), and note what comes of it."""
        cdef int32_t i
        self.note()
        for i in range(self.offers.n):
            self.do(ACCEPT, self.offers.values[i])
        self.note()
        return 0

    cdef int complete_all(self) except -1 nogil:
        """Complete every talk that has been noted."""
        cdef int32_t i
        self.note()
        for i in range(self.accepted.n):
            self.do(COMPLETE, self.accepted.values[i])
        return 0

    cdef int cancel_all(self) except -1 nogil:
        """Cancel every interaction that a measured command has let in."""
        cdef int32_t i
        for i in range(self.batch.n):
            self.do(CANCEL, self.batch.answers[i].value)
        return 0

    # ------------------------------------------------------------------ what waits

    cdef int occupy(self, int32_t place) except -1 nogil:
        """Let a new interaction wait at a place, in the place's queue: so what waits stays of one kind."""
        cdef int64_t handle = self.enqueue(self.queued_in[place])
        if <int32_t> handle >= self.n_slots:
            with gil:
                raise RuntimeError(f"slot {<int32_t> handle}: more than {self.n_slots} are in use")
        self.queued[place] = handle
        self.places[<int32_t> handle] = place
        return 0

    cdef void vacate(self, int32_t slot) noexcept nogil:
        """Note that an interaction waits no more."""
        if slot < self.n_slots and self.places[slot] >= 0:
            push(&self.vacated, self.places[slot])
            self.places[slot] = -1

    cdef int refill(self) except -1 nogil:
        """Let an interaction come for each that somebody has taken or that has left."""
        cdef int32_t i
        self.note()
        for i in range(self.vacated.n):
            self.occupy(<int32_t> self.vacated.values[i])
        self.vacated.n = 0
        return 0

    # ------------------------------------------------------------------ what came of it

    def result_hash(self):
        """Return the hash of every measured answer and event since the warm-up, and of the state."""
        return folded(folded(self.checksum, self.batch.hash), state_hash(self.core.c))

    def state_hash(self):
        """Return the router's state hash."""
        return state_hash(self.core.c)

    def events(self):
        """Return how many events of each type the measured commands have led to."""
        return {EventType(type_): self.counts[type_] for type_ in range(1, N_EVENT_TYPES) if self.counts[type_]}

    def standing(self):
        """Return how many interactions wait, are offered, are talked about, and are on hold."""
        each = [self.core.figures(queue, tier) for queue in range(SHARED_QUEUE + 1) for tier in range(N_TIERS)]
        return tuple(sum(getattr(one, name) for one in each) for name in ("waiting", "offered", "active", "held_now"))

    def answers(self):
        """Return how many measured commands have been answered with each code."""
        return {Result(code): self.codes[code] for code in range(N_CODES) if self.codes[code]}

    def check(self):
        """Check every invariant of the router, slowly."""
        self.core.check_invariants()
