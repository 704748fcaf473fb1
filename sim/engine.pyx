# cython: cdivision=True
"""The engine: the world's agenda and the router's deadlines as one stream of moments, and what the router says to each.

There is no routing here: who serves whom is told by the router's events. Whatever falls on one moment happens in
this order: what the router has due, the boundary between intervals, the roster, the rest in the order in which it was
planned.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

import numpy as np

from acdcore.router import Core as PyCore
from acdcore.router import batch
from acdcore.router.codes import MAX_CHANNELS, Kind, Result, Setting

from . import world as worlds
from .world_check import check_world

from acdcore.router.core cimport Core
from acdcore.router.law cimport (
    ADVANCE, ASSIGNMENT_ENDED, INTERACTION_ABANDONED, INTERACTION_COMPLETED, INTERACTION_EXPIRED, INTERACTION_MOVED,
    INTERACTION_REJECTED, INTERACTION_RETURNED, OFFER_ACCEPTED, OFFER_DECLINED, OFFER_EXPIRED, OFFER_FAILED,
    OFFER_MADE, OFFER_REVOKED, PRESENCE_CHANGED, WRAP_UP_STARTED,
)
from acdcore.router.model cimport Command, Event

from .agenda cimport NEVER, agenda_free, next_ns, plan_first, take_first
from .counts cimport (
    DECLINED, ENDED_ABANDONED, ENDED_EXPIRED, ENDED_REJECTED, ENDED_UNFINISHED, FAILED, MISSED, UNFINISHED, WAITED,
    Record, counts_of, cross_boundary, keep_record, look_at, next_boundary_ns,
)
from .desks cimport (
    agent_returns, assignment_ended, duty_calls, offer_accepted, offer_ended, offer_made, plan_duty, presence_changed,
    ring_is_answered, talk_ended, work_goes_on, wrap_up_started,
)
from .draw cimport Table, draws_begin, mixed
from .stage cimport (
    ABSENT, AT_CUSTOMER, AT_FIXED, AT_RING, AT_WORK, FIRST_SOURCE, IN_QUEUE, NODE_BOUNDARY, NODE_OPENINGS,
    NODE_ROSTER, NOT_COUNTED, AgentType, Behavior, Customer, Desk, Line, QueueWork, Source, Stage, Way, begin_command,
    customer_in, later, make_room, node_of, require, to_ns,
)
from .visitors cimport (
    customer_acts, goes_unserved, is_moved, plan_arrival, settle_newcomers, source_speaks, waits_again,
)

cdef enum:
    STOP = 0                        # world.Ending; a test compares the two
    DOORS_SHUT = 1
    RUN_ON = 2


# ------------------------------------------------------------------ the loop

cdef int hear(Stage *s) except -1 nogil:
    """Take in what the router says, in its order; what is answered to that is heard in the same go."""
    cdef int64_t i = 0
    cdef int32_t agent
    while i < s.c.n_events:
        agent = s.c.events[i].agent
        hear_one(s, &s.c.events[i])
        if agent >= 0:
            look_at(s, agent)
        i += 1
        if i == s.c.n_events and s.n_newcomers:
            settle_newcomers(s)
    s.c.n_events = 0
    return 0


cdef inline int hear_one(Stage *s, const Event *event) except -1 nogil:
    """Take in one event, which is gone once anything is answered: the router's buffer may move then."""
    cdef int32_t kind = event.type
    if kind == OFFER_MADE:
        offer_made(s, event)
    elif kind == OFFER_ACCEPTED:
        return offer_accepted(s, event)
    elif kind == INTERACTION_COMPLETED:
        return talk_ended(s, event)
    elif kind == WRAP_UP_STARTED:
        wrap_up_started(s, event)
    elif kind == ASSIGNMENT_ENDED:
        assignment_ended(s, event)
    elif kind == PRESENCE_CHANGED:
        presence_changed(s, event)
    elif kind == OFFER_EXPIRED:
        offer_ended(s, event, MISSED)
    elif kind == OFFER_DECLINED:
        offer_ended(s, event, DECLINED)
    elif kind == OFFER_FAILED:
        offer_ended(s, event, FAILED)
    elif kind == OFFER_REVOKED:
        offer_ended(s, event, -1)
    elif kind == INTERACTION_ABANDONED:
        return hear_of_customer(s, event)
    elif kind == INTERACTION_REJECTED:
        return hear_of_customer(s, event)
    elif kind == INTERACTION_EXPIRED:
        return hear_of_customer(s, event)
    elif kind == INTERACTION_RETURNED:
        return hear_of_customer(s, event)
    elif kind == INTERACTION_MOVED:
        return hear_of_customer(s, event)
    return 0


cdef int hear_of_customer(Stage *s, const Event *event) except -1 nogil:
    cdef int32_t customer = customer_in(s, event.interaction)
    if customer < 0:
        return 0
    if event.type == INTERACTION_ABANDONED:
        return goes_unserved(s, customer, ENDED_ABANDONED)
    if event.type == INTERACTION_REJECTED:
        return goes_unserved(s, customer, ENDED_REJECTED)
    if event.type == INTERACTION_EXPIRED:
        return goes_unserved(s, customer, ENDED_EXPIRED)
    if event.type == INTERACTION_MOVED:
        return is_moved(s, customer, event.queue)
    return waits_again(s, customer)


cdef int happens_now(Stage *s, int32_t node) except -1 nogil:
    """Do what a node is for."""
    cdef int32_t index = node >> 2
    if node & 3 == AT_WORK:
        return work_goes_on(s, index)
    if node & 3 == AT_CUSTOMER:
        return customer_acts(s, index)
    if node & 3 == AT_RING:
        return ring_is_answered(s, index)
    if index >= FIRST_SOURCE + s.n_sources:
        return agent_returns(s, index - FIRST_SOURCE - s.n_sources)
    if index >= FIRST_SOURCE:
        return source_speaks(s, index - FIRST_SOURCE)
    if index == NODE_ROSTER:
        return duty_calls(s)
    if index == NODE_OPENINGS:
        return opens_or_closes(s)
    cross_boundary(s)
    if next_boundary_ns(s, s.now_ns) != NEVER:
        plan_first(&s.agenda, node_of(AT_FIXED, NODE_BOUNDARY), next_boundary_ns(s, s.now_ns))
    return 0


cdef int opens_or_closes(Stage *s) except -1 nogil:
    """A queue opens or closes."""
    cdef Command command = s.openings[s.next_opening]
    s.next_opening += 1
    command.now_ns = s.now_ns
    require(s, &command)
    if s.next_opening < s.n_openings:
        plan_first(&s.agenda, node_of(AT_FIXED, NODE_OPENINGS), s.openings[s.next_opening].now_ns)
    return 0


cdef bint is_over(const Stage *s) noexcept nogil:
    """Say whether all that counts has happened, at or after the horizon."""
    if s.ending == STOP:
        return True
    return s.n_inside == 0 if s.ending == DOORS_SHUT else s.n_counted == 0


cdef int64_t live(Stage *s, int64_t until_ns) except -1 nogil:
    """Live on until a moment, not included; return whether it goes on after that."""
    cdef int64_t at_ns, deadline_ns
    cdef Command command
    while True:
        at_ns = next_ns(&s.agenda)
        deadline_ns = s.c.deadlines.entries[0].a if s.c.deadlines.n else NEVER
        if min(at_ns, deadline_ns) >= s.horizon_ns and s.now_ns >= s.horizon_ns and is_over(s):
            return 0
        if min(at_ns, deadline_ns) >= s.last_ns:
            return 0
        if min(at_ns, deadline_ns) >= until_ns:
            return 1
        if deadline_ns <= at_ns:
            s.now_ns = deadline_ns
            begin_command(s, &command, ADVANCE)
            require(s, &command)
        else:
            s.now_ns = at_ns
            happens_now(s, take_first(&s.agenda))
        hear(s)


cdef int finish(Stage *s) except -1 nogil:
    """Count who has not been answered, and what went on until now."""
    cdef int32_t i
    cdef Customer *customer
    cross_boundary(s)
    for i in range(s.n_used):
        customer = &s.customers[i]
        if customer.state == IN_QUEUE:
            counts_of(s, customer.block, customer.queue, customer.tier)[UNFINISHED] += 1.0
            counts_of(s, customer.block, customer.queue, customer.tier)[WAITED] += 1.0
            if customer.agent < 0:
                customer.wait_s = (s.now_ns - customer.since_ns) * 1e-9
                keep_record(s, customer, ENDED_UNFINISHED)
    return 0


# ------------------------------------------------------------------ from Python

cdef class Simulation:
    """One replication on its way. Use :func:`simulate`.

    Raises ValueError for a world that contradicts itself, RuntimeError when the router refuses its center.
    """

    cdef Stage stage
    cdef Core core
    cdef object world
    cdef list kept                  # arrays that the stage points into
    cdef list owned                 # memory of our own, as addresses

    def __cinit__(self, world):
        memset(&self.stage, 0, sizeof(Stage))
        self.kept = []
        self.owned = []

    def __init__(self, world):
        cdef Stage *s = &self.stage
        check_world(world)
        self.world = world
        self.core = PyCore()
        self.define()
        s.c = self.core.c
        s.nan = float("nan")
        s.start_ns = s.now_ns = s.boundary_ns = world.start_ns
        s.horizon_ns = world.start_ns + round(world.horizon_s * 1e9)
        s.last_ns = s.horizon_ns
        if world.ending != STOP:
            s.last_ns = later(s.horizon_ns, world.most_overtime_s)
        s.ending = world.ending
        s.key = np.random.SeedSequence(world.seed, spawn_key=(world.replication,)).generate_state(1, np.uint64)[0]
        draws_begin(&s.draws)
        s.keeps_records, s.keeps_journal = world.records, world.journal
        self.load_sizes()
        self.load_distributions()
        self.load_behaviors()
        self.load_sources()
        self.load_roster()
        self.load_counts()
        make_room(s)
        self.begin()

    def define(self):
        """Make the center in the router, which must take every definition."""
        for command in self.world.definitions:
            answer = self.core.apply(command)
            if answer.code:
                name = Result(answer.code).name
                raise RuntimeError(f"the router refused {command.op!r} of {command.name.decode()!r}: {name}")
        self.core.drain()
        self.check_center()

    def check_center(self):
        """Check that the center is the one that the world speaks of, slot by slot."""
        c = self.core.c
        defined = {"queues": c.n_queues, "tiers": c.n_tiers, "agents": c.n_agents}
        for kind, n in ((Kind.QUEUE, "queues"), (Kind.TIER, "tiers"), (Kind.AGENT, "agents")):
            names = getattr(self.world, n)
            if len(names) != defined[n]:
                raise ValueError(f"{n}: {len(names)} names; allowed: one for each of the {defined[n]} defined")
            for slot, name in enumerate(names):
                if self.core.find(kind, name.encode()) != slot:
                    there = self.core.name(kind, slot).decode()
                    raise ValueError(f"{n}[{slot}]: {name!r}; allowed: {there!r}, which is what the definitions make")
        lease_ns = self.core.setting(Setting.LEASE_NS)
        if lease_ns:
            raise ValueError(f"definitions: LEASE_NS is {lease_ns}; allowed: 0, as nobody renews simulated leases")

    cdef void *memory(self, int64_t n, size_t size) except NULL:
        """Return zeroed memory for n entries, freed with the simulation."""
        cdef void *block = calloc(max(n, 1), size)
        if block == NULL:
            raise MemoryError("no room for the simulated world")
        self.owned.append(<size_t> block)
        return block

    cdef double *floats(self, values) except NULL:
        """Return the address of a copy of numbers, kept with the simulation."""
        cdef double[::1] view
        array = np.array(values, dtype=np.float64).ravel()
        if array.size == 0:
            array = np.zeros(1)
        self.kept.append(array)
        view = array
        return &view[0]

    cdef int32_t *slots(self, values) except NULL:
        cdef int32_t[::1] view
        array = np.array(values, dtype=np.int32).ravel()
        if array.size == 0:
            array = np.zeros(1, np.int32)
        self.kept.append(array)
        view = array
        return &view[0]

    cdef int64_t *times(self, values) except NULL:
        cdef int64_t[::1] view
        array = np.array(values, dtype=np.int64).ravel()
        if array.size == 0:
            array = np.zeros(1, np.int64)
        self.kept.append(array)
        view = array
        return &view[0]

    def load_sizes(self):
        cdef Stage *s = &self.stage
        world = self.world
        s.n_queues, s.n_tiers, s.n_agents = len(world.queues), len(world.tiers), len(world.agents)
        s.n_types = len(world.types)
        s.n_sources = len(world.sources) + len(world.traces)
        s.handle, s.wrap_up = self.slots(world.handle), self.slots(world.wrap_up)
        s.target_ns, s.thresholds_ns = self.times(world.target_ns), self.times(world.thresholds_ns)
        s.n_thresholds = len(world.thresholds_ns)

    def load_distributions(self):
        cdef Table *tables = <Table *> self.memory(len(self.world.distributions), sizeof(Table))
        for i, one in enumerate(self.world.distributions):
            tables[i].values = self.floats(one.parameters)
            tables[i].n = len(one.parameters)
            tables[i].shape = one.shape
            tables[i].at_most = one.at_most
        self.stage.draws.tables = tables

    cdef Way *ways(self, choices) except NULL:
        cdef Way *ways = <Way *> self.memory(len(choices), sizeof(Way))
        until = 0.0
        for i, choice in enumerate(choices):
            until += choice.share
            ways[i].until, ways[i].queue, ways[i].tier = until, choice.queue, choice.tier
        return ways

    def load_behaviors(self):
        cdef Stage *s = &self.stage
        cdef Behavior *behavior
        cdef int32_t i
        s.behaviors = <Behavior *> self.memory(s.n_queues * s.n_tiers, sizeof(Behavior))
        for i, one in enumerate(one for row in self.world.behaviors for one in row):
            behavior = &s.behaviors[i]
            behavior.patience, behavior.balk_share, behavior.balk_from = one.patience, one.balk_share, one.balk_from
            behavior.retry_share, behavior.retry_after = one.retry_share, one.retry_after
            behavior.most_retries = one.most_retries
            behavior.callback_share, behavior.callback_queue = one.callback_share, one.callback_queue
            behavior.callback_after_ns = to_ns(one.callback_after_s)
        s.work = <QueueWork *> self.memory(s.n_queues, sizeof(QueueWork))
        for i, one in enumerate(self.world.work):
            s.work[i].failure_share, s.work[i].short_ns = one.failure_share, to_ns(one.short_s)
            s.work[i].ways, s.work[i].n_ways = self.ways(one.transfers), len(one.transfers)
        s.types = <AgentType *> self.memory(s.n_types, sizeof(AgentType))
        for i, one in enumerate(self.world.types):
            s.types[i].miss_share, s.types[i].decline_share = one.miss_share, one.decline_share
            s.types[i].rest_share, s.types[i].rest = one.rest_share, one.rest
            s.types[i].pick_up, s.types[i].back_after = one.pick_up, one.back_after
            s.types[i].slowdown = self.floats([*one.slowdown, *[0.0] * (MAX_CHANNELS - len(one.slowdown))])
            s.is_paced |= any(one.slowdown)
        for i in range(s.c.n_channels):
            s.is_paced |= s.c.channels[i].interrupts != 0

    def load_sources(self):
        cdef Stage *s = &self.stage
        cdef Source *source
        cdef int32_t i
        s.sources = <Source *> self.memory(s.n_sources, sizeof(Source))
        for i, one in enumerate([*self.world.sources, *self.world.traces]):
            source = &s.sources[i]
            source.key = mixed(s.key + mixed(<uint64_t> i + 1))
            source.word = mixed(source.key ^ <uint64_t> 0xA5A5A5A5A5A5A5A5)
            source.batch = source.self_service = -1
            if isinstance(one, worlds.Trace):
                source.is_trace = 1
                source.n = len(one.at_s)
                source.edges_s = self.floats(one.at_s)
                source.queues, source.tiers = self.slots(one.queue), self.slots(one.tier)
                source.patience_s, source.handle_s = self.floats(one.patience_s), self.floats(one.handle_s)
                source.since_s = NULL if one.since_s is None else self.floats(one.since_s)
                continue
            source.n = len(one.rates_per_s)
            source.edges_s, source.rates_per_s = self.floats(one.edges_s), self.floats(one.rates_per_s)
            source.at_s = source.edges_s[0]
            source.ways, source.n_ways = self.ways(one.choices), len(one.choices)
            source.batch = one.batch
            if one.self_service is not None:
                source.contained, source.self_service = one.self_service.contained, one.self_service.length

    def load_roster(self):
        cdef Stage *s = &self.stage
        cdef int32_t i
        cdef const uint8_t[::1] rows
        roster, world = self.world.roster, self.world
        s.n_duties = len(roster.at_s)
        s.duty_at_s, s.duty_length_s = self.floats(roster.at_s), self.floats(roster.length_s)
        s.duty_agent, s.duty = self.slots(roster.agent), self.slots(roster.duty)
        s.desks = <Desk *> self.memory(s.n_agents, sizeof(Desk))
        types = self.slots(world.type_of)
        for i in range(s.n_agents):
            s.desks[i].type, s.desks[i].doing, s.desks[i].first_work = types[i], ABSENT, -1
            s.desks[i].since_ns = s.start_ns
        packed = batch.pack(world.openings)
        s.n_openings = len(world.openings)
        array = np.frombuffer(bytes(packed.commands) or bytes(sizeof(Command)), np.uint8)
        self.kept.append(array)
        rows = array
        s.openings = <const Command *> &rows[0]

    def load_counts(self):
        cdef Stage *s = &self.stage
        world = self.world
        s.n_intervals, s.n_batches = world.n_intervals() + 1, world.batches
        s.counts_from_ns = s.start_ns + round(world.warm_up_s * 1e9)
        s.interval_ns = min(to_ns(world.interval_s), s.horizon_ns - s.start_ns)
        s.period_ns = min(to_ns(world.period_s), s.horizon_ns - s.start_ns)
        blocks = s.n_batches * s.n_intervals
        pairs = s.n_queues * s.n_tiers
        s.block = NOT_COUNTED
        s.lines = <Line *> self.memory(pairs, sizeof(Line))
        for i in range(pairs):
            s.lines[i].since_ns = s.start_ns
        s.customer_counts = self.floats(np.zeros((blocks * pairs + 1) * worlds.N_COUNTS))
        s.queue_s = self.floats(np.zeros(blocks * pairs))
        s.agent_s = self.floats(np.zeros(blocks * s.n_types * worlds.N_DOINGS))
        s.agents = self.floats(np.zeros(s.n_agents * worlds.N_DOINGS))
        s.handled = self.times(np.zeros(s.n_agents, np.int64))
        s.waits = self.times(np.zeros(pairs * 2 * worlds.WAIT_BINS, np.int64))
        s.within = self.floats(np.zeros(blocks * pairs * 2 * s.n_thresholds))
        s.counted_s = self.floats(np.zeros(blocks))

    def begin(self):
        """Plan the first of everything."""
        cdef Stage *s = &self.stage
        cdef int32_t i
        plan_first(&s.agenda, node_of(AT_FIXED, NODE_BOUNDARY), s.start_ns)
        if s.n_openings:
            plan_first(&s.agenda, node_of(AT_FIXED, NODE_OPENINGS), s.openings[0].now_ns)
        plan_duty(s)
        for i in range(s.n_sources):
            plan_arrival(s, i)

    def live(self, double until_s):
        """Live on until so many seconds after the start; return whether it goes on after that."""
        cdef int64_t goes_on, until_ns = later(self.stage.start_ns, until_s)
        with nogil:
            goes_on = live(&self.stage, until_ns)
        return goes_on != 0

    def tally(self):
        """End it and return what was counted."""
        cdef Stage *s = &self.stage
        if s.ending == STOP or s.now_ns < s.horizon_ns:
            s.now_ns = s.horizon_ns if s.ending == STOP else max(s.now_ns, min(s.last_ns, s.horizon_ns))
        elif not is_over(s):
            s.now_ns = s.last_ns
        finish(s)
        b, i, q, t, k = s.n_batches, s.n_intervals, s.n_queues, s.n_tiers, s.n_types
        counts = np.asarray(<double[:(b * i * q * t + 1) * worlds.N_COUNTS]> s.customer_counts)[worlds.N_COUNTS:]
        shapes = (b, i, q, t)
        return worlds.Tally(
            customers=counts.reshape(*shapes, worlds.N_COUNTS).copy(),
            queue_s=np.asarray(<double[:max(1, b * i * q * t)]> s.queue_s)[: b * i * q * t].reshape(shapes).copy(),
            agent_s=self.taken(s.agent_s, (b, i, k, worlds.N_DOINGS)),
            agents=self.taken(s.agents, (s.n_agents, worlds.N_DOINGS)),
            handled=np.array([s.handled[one] for one in range(s.n_agents)], np.int64),
            waits=np.asarray(<int64_t[:max(1, q * t * 2 * worlds.WAIT_BINS)]> s.waits)[: q * t * 2 * worlds.WAIT_BINS]
            .reshape(q, t, 2, worlds.WAIT_BINS).copy(),
            within=self.taken(s.within, (*shapes, 2, s.n_thresholds)),
            counted_s=self.taken(s.counted_s, (b, i)),
            ended_s=(s.now_ns - s.start_ns) * 1e-9,
            commands=s.commands,
            arrivals=s.arrivals,
            digest=self.core.state_hash(),
            records=self.rows(s.records, s.n_records * <int64_t> sizeof(Record)).view(worlds.CUSTOMER),
            journal=self.rows(<char *> s.journal, s.n_journal * <int64_t> sizeof(Command)),
        )

    cdef object taken(self, double *values, tuple shape):
        size = int(np.prod(shape))
        return np.asarray(<double[:max(1, size)]> values)[:size].reshape(shape).copy()

    cdef object rows(self, char *memory, int64_t size):
        array = np.zeros(size, np.uint8)
        cdef uint8_t[::1] view = array
        if size:
            memcpy(&view[0], memory, <size_t> size)
        return array

    def __dealloc__(self):
        cdef Stage *s = &self.stage
        for address in self.owned or ():
            free(<void *> <size_t> address)
        agenda_free(&s.agenda)
        free(s.customers)
        free(s.free_customers)
        free(s.customer_of)
        free(s.rings)
        free(s.works)
        free(s.newcomers)
        free(s.records)
        free(s.journal)


STEPS_SHOWN = 200


def simulate(world, progress=None):
    """Live one replication of a world to its end and return its tally; see world.World and world.Tally.

    Args:
        world: what is simulated. The same world gives the same tally, byte by byte, in any process.
        progress: is told the share of the horizon that has passed, now and then.

    Raises ValueError for a world that contradicts itself, RuntimeError when the router refuses its center.
    """
    simulation = Simulation(world)
    step_s = until_s = world.horizon_s / STEPS_SHOWN
    goes_on, steps = True, 0
    while goes_on:
        steps += 1
        goes_on = simulation.live(until_s)
        if steps >= STEPS_SHOWN:  # what follows the horizon may be many times as long
            step_s *= 2.0
        until_s += step_s
        if progress is not None:
            progress(min(1.0, steps / STEPS_SHOWN))
    if progress is not None:
        progress(1.0)
    return simulation.tally()
