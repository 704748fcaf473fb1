# cython: cdivision=True
"""The reference job, driven through the router's C-level interface: what a decision costs, and nothing else.

N agents with 8 of 50 skills each; 200 requirements of one to three skills, each met by somebody, asked for
by a Zipf law; three tiers; the longest idle agent gets the interaction that ranks first. Arrivals and
completions keep 95 % of agents at work; beyond 300 waiting the oldest gives up. Every offer is accepted at
once, so that an interaction takes three commands: enqueue, accept, complete (or cancel).
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

import random

from acdcore.router import Command as PyCommand
from acdcore.router import Core as PyCore
from acdcore.router import Item as PyItem
from acdcore.router import ItemKind, QueueField, Strategy, TierField
from acdcore.router import Op as PyOp

from acdcore.router.core cimport Core, apply
from acdcore.router.hashing cimport folded
from acdcore.router.law cimport ACCEPT, CANCEL, CAUSE_AGENT, CAUSE_CUSTOMER, COMPLETE, ENQUEUE, I_WAITING
from acdcore.router.law cimport OFFER_MADE, OK, PRIORITY_DEFAULT, SINCE_NOW
from acdcore.router.model cimport Answer, Center, Command

SKILLS = 50
SKILLS_EACH = 8
REQUIREMENTS = 200
TIERS = 3
SECOND_NS = 10**9

cdef enum:
    MOST_WAITING = 300
    ARRIVALS_KEPT = 1 << 16     # a ring of the latest arrivals, from which the oldest gives up


cdef class Job:
    """A center under the reference job. ``agents``: how many; ``profiles``: how many skill sets, 0: all different.

    Raises MemoryError when there is no room, ValueError for fewer than one agent.
    """

    cdef Core core
    cdef int64_t now_ns
    cdef uint64_t state             # of the generator
    cdef uint64_t checksum
    cdef int64_t *active            # handles of interactions at work
    cdef int32_t n_active
    cdef int32_t agents
    cdef int64_t *arrivals          # handles, the oldest from first_arrival
    cdef int64_t first_arrival
    cdef int64_t next_arrival
    cdef int64_t waiting
    cdef int32_t[1024] choice       # requirements, as often as they are asked for
    cdef readonly int64_t commands

    def __cinit__(self, int32_t agents, int32_t profiles=0, uint64_t seed=1):
        if agents < 1:
            raise ValueError(f"agents: {agents} is too few; allowed: 1 or more")
        self.core = PyCore()
        self.now_ns = 0
        self.state = seed
        self.agents = agents
        self.active = <int64_t *> malloc(<size_t> agents * sizeof(int64_t))
        self.arrivals = <int64_t *> malloc(ARRIVALS_KEPT * sizeof(int64_t))
        if self.active == NULL or self.arrivals == NULL:
            raise MemoryError
        self.define(random.Random(seed), profiles)
        self.warm_up()

    def __dealloc__(self):
        free(self.active)
        free(self.arrivals)

    def define(self, draw, profiles):
        """Define the center and sign everybody in."""
        apply_ = self.core.apply
        for skill in range(SKILLS):
            apply_(PyCommand(PyOp.DEFINE_SKILL, 0, name=b"s%d" % skill))
        for tier in range(TIERS):
            items = (PyItem(ItemKind.FIELD, TierField.HEAD_START_NS, tier * 90 * SECOND_NS),)
            apply_(PyCommand(PyOp.DEFINE_TIER, 0, name=b"t%d" % tier, items=items))
        strategy = PyItem(ItemKind.FIELD, QueueField.STRATEGY, Strategy.LONGEST_IDLE)
        sets = [draw.sample(range(SKILLS), SKILLS_EACH) for _ in range(profiles or self.agents)]
        for queue in range(REQUIREMENTS):
            wanted = draw.sample(draw.choice(sets), draw.choice((1, 2, 3)))
            items = tuple(PyItem(ItemKind.REQUIRE, skill, 1) for skill in wanted)
            apply_(PyCommand(PyOp.DEFINE_QUEUE, 0, name=b"q%d" % queue, items=(strategy, *items)))
        zipf = draw.choices(range(REQUIREMENTS), [1 / (rank + 1) for rank in range(REQUIREMENTS)], k=1024)
        for place, queue in enumerate(zipf):
            self.choice[place] = queue
        for agent in range(self.agents):
            items = tuple(PyItem(ItemKind.HAS_SKILL, skill, 1) for skill in sets[agent % len(sets)])
            apply_(PyCommand(PyOp.DEFINE_AGENT, 0, name=b"a%d" % agent, items=items))
        for agent in range(self.agents):
            apply_(PyCommand(PyOp.SIGN_IN, 0, agent=agent, x=1))
        self.core.drain()

    def warm_up(self):
        """Fill the center, and let it run until its pattern of waiting no longer depends on the start."""
        self.run(20 * self.agents)
        self.checksum = 0
        self.commands = 0

    cdef uint64_t next_random(self) noexcept nogil:
        """A 64-bit linear congruential generator (Knuth's MMIX constants); its high bits are used."""
        self.state = self.state * <uint64_t> 6364136223846793005U + <uint64_t> 1442695040888963407U
        return self.state >> 33

    cdef int do(self, Command *command) except -1 nogil:
        """Apply a command, then accept every offer that it led to."""
        cdef Center *c = self.core.c
        cdef Answer answer
        cdef int64_t i = 0
        apply(c, command, NULL, NULL, &answer)
        self.commands += 1
        self.checksum += answer.code != OK
        if command.op == ENQUEUE:
            self.arrivals[self.next_arrival & (ARRIVALS_KEPT - 1)] = answer.value
            self.next_arrival += 1
            self.waiting += 1
        while i < c.n_events:
            if c.events[i].type == OFFER_MADE:
                self.checksum = folded(folded(self.checksum, <uint64_t> c.events[i].interaction), c.events[i].agent)
                self.active[self.n_active] = c.events[i].interaction
                self.n_active += 1
                self.waiting -= 1
                command.op = ACCEPT
                command.target = c.events[i].offer
                apply(c, command, NULL, NULL, &answer)
                self.commands += 1
                self.checksum += answer.code != OK
            i += 1
        c.n_events = 0
        return 0

    cdef int64_t oldest_waiting(self) noexcept nogil:
        """Return the handle of the oldest arrival that still waits."""
        cdef Center *c = self.core.c
        cdef int64_t handle
        cdef int32_t slot
        while True:
            handle = self.arrivals[self.first_arrival & (ARRIVALS_KEPT - 1)]
            self.first_arrival += 1
            slot = <int32_t> handle
            if c.interactions[slot].generation == handle >> 32 and c.interactions[slot].state == I_WAITING:
                return handle

    cdef int step(self) except -1 nogil:
        """One arrival, or one completion if enough agents are at work; and one who gives up if too many wait."""
        cdef Command command
        cdef int32_t which
        cdef uint64_t draw = self.next_random()
        memset(&command, 0, sizeof(Command))
        self.now_ns += 1_000_000
        command.now_ns = self.now_ns
        command.agent = -1
        if self.n_active < self.agents * 95 // 100:
            command.op = ENQUEUE
            command.queue = self.choice[draw & 1023]
            command.tier = <int32_t> ((draw >> 10) % 3)
            command.priority = PRIORITY_DEFAULT
            command.x = SINCE_NOW
        else:
            which = <int32_t> (draw % <uint64_t> self.n_active)
            command.op = COMPLETE
            command.target = self.active[which]
            command.x = CAUSE_AGENT
            self.n_active -= 1
            self.active[which] = self.active[self.n_active]
        self.do(&command)
        if self.waiting > MOST_WAITING:
            command.op = CANCEL
            command.target = self.oldest_waiting()
            command.x = CAUSE_CUSTOMER
            self.waiting -= 1
            self.do(&command)
        return 0

    def run(self, int64_t events):
        """Run ``events`` arrivals and completions, without the GIL; return the number of commands."""
        cdef int64_t _i, before = self.commands
        with nogil:
            for _i in range(events):
                self.step()
        return self.commands - before

    def result_hash(self):
        """Return the hash of every assignment since the warm-up: who got what, in which order."""
        return self.checksum

    def check(self):
        """Check every invariant of the router, slowly."""
        self.core.check_invariants()

    def state_hash(self):
        """Return the router's state hash."""
        return self.core.state_hash()

    def busy_and_waiting(self):
        """Return how many agents are at work and how many interactions wait."""
        return self.n_active, self.waiting
