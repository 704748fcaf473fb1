# cython: cdivision=True
"""The reference job as the router does it: a queue for each requirement, and one command for each event.

Every queue takes the agent's word for granted (AUTO_ACCEPT), has no wrap-up and gives work to whoever has been
idle longest; each tier is a hundred days ahead of the one below it, so that a higher one always comes first.
An arrival is an ENQUEUE, a completion a COMPLETE, whoever gives up a CANCEL, one millisecond apart.

The commands are prepared before anything is timed: handles are part of the law, so that a rehearsal on another
router tells them all.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t
from libc.string cimport memset

import numpy as np

from acdcore.router import Command as PyCommand
from acdcore.router import Core as PyCore
from acdcore.router import Item, ItemKind, Op, Presence, QueueField, Strategy, TierField
from acdcore.router import batch
from acdcore.router.codes import DAY_NS

from . import reference_job, replay

from acdcore.router.core cimport Core, apply
from acdcore.router.law cimport CANCEL, CAUSE_AGENT, CAUSE_CUSTOMER, COMPLETE, ENQUEUE, OFFER_ACCEPTED, OK
from acdcore.router.law cimport PRIORITY_DEFAULT, SINCE_NOW
from acdcore.router.model cimport Answer, Center, Command

HEAD_START_NS = 100 * DAY_NS
EVENT_NS = 1_000_000        # between two events

cdef enum:
    ARRIVE = 0              # as in reference_job.py
    ABANDON = 2
    NOBODY = -1

cdef struct Given:          # a row of reference_job.EVENT
    uint8_t kind
    uint8_t tier
    uint16_t requirement
    int32_t interaction


def new_core(job):
    """Return a router with a job's center defined and everybody signed in, in the order of their indices."""
    core = PyCore()

    def define(op, name, items=()):
        answer = core.apply(PyCommand(op, 0, name=name, items=tuple(Item(*item) for item in items)))
        if answer.code:
            raise RuntimeError(f"{op.name} {name!r}: {answer}")

    for skill in range(reference_job.SKILLS):
        define(Op.DEFINE_SKILL, b"s%d" % skill)
    for tier in range(reference_job.TIERS):
        define(Op.DEFINE_TIER, b"t%d" % tier, [(ItemKind.FIELD, TierField.HEAD_START_NS, tier * HEAD_START_NS)])
    policy = {QueueField.STRATEGY: Strategy.LONGEST_IDLE, QueueField.AUTO_ACCEPT: 1, QueueField.WRAP_UP_NS: 0}
    fields = [(ItemKind.FIELD, field, value) for field, value in policy.items()]
    for queue, skills in enumerate(job.requirements):
        define(Op.DEFINE_QUEUE, b"q%d" % queue, [*fields, *((ItemKind.REQUIRE, skill, 1) for skill in skills)])
    for agent, skills in enumerate(job.skill_sets):
        define(Op.DEFINE_AGENT, b"a%d" % agent, [(ItemKind.HAS_SKILL, skill, 1) for skill in skills])
    for agent in range(len(job.skill_sets)):
        core.apply(PyCommand(Op.SIGN_IN, 0, agent=agent, x=Presence.AVAILABLE))
    core.drain()
    return core


cdef class Prepared:
    """A job with its commands ready and a router as it stands after the warm-up.

    Attributes:
        core: the router.
        commands: the timed events as an array of ``batch.COMMAND``.
        handles: of every interaction up to the last, by its id.

    Raises RuntimeError when the router refuses a command, MemoryError when there is no room.
    """

    cdef readonly Core core
    cdef readonly object commands
    cdef readonly object handles
    cdef readonly int64_t first_ns  # when the timed events begin
    cdef object found

    def __init__(self, job, events):
        everything = np.concatenate([job.warm, events])
        rows = np.zeros(len(everything), np.dtype(batch.COMMAND))
        self.handles = np.zeros(max(0, int(everything["interaction"].max(initial=-1))) + 1, np.int64)
        rehearse(new_core(job), everything.view(np.uint8), rows.view(np.uint8), self.handles)
        self.core = new_core(job)
        replay.apply_all(self.core, rows[: len(job.warm)].view(np.uint8))
        self.commands = rows[len(job.warm):].copy()
        self.first_ns = (len(job.warm) + 1) * EVENT_NS
        self.found = np.full(len(events), NOBODY, np.int64)

    def run(self):
        """Do every event through the C-level interface, without the GIL, and note what its events say."""
        cdef const uint8_t[::1] rows = self.commands.view(np.uint8)
        cdef int64_t[::1] found = self.found
        if len(found):
            run_all(self.core.c, <const Command *> &rows[0], &found[0], len(found))

    def results(self):
        """Return the results of :meth:`run` as every contender gives them."""
        return self.decoded(self.commands["op"] == Op.ENQUEUE, self.found)

    def decoded(self, arrived, found):
        """Return results: an arrival's agent, a completion's next interaction, whose handle was found; or nobody.

        ``arrived`` says which events are arrivals, ``found`` has an agent's slot for them, handles for others and -1
        for nobody.
        """
        order = np.argsort(self.handles)
        places = np.searchsorted(self.handles[order], found)
        interactions = order[np.minimum(places, len(order) - 1)]
        return np.where(arrived | (found == NOBODY), found, interactions).astype(np.int32)


cdef int rehearse(Core core, const uint8_t[::1] events, uint8_t[::1] rows, int64_t[::1] handles) except -1:
    """Do every event, write down its command, and the handle of whoever arrives."""
    cdef Center *c = core.c
    cdef const Given *given
    cdef Command *command
    cdef Answer answer
    cdef int64_t i, gap_ns = EVENT_NS
    for i in range(len(events) // <int64_t> sizeof(Given)):
        given = <const Given *> &events[i * <int64_t> sizeof(Given)]
        command = <Command *> &rows[i * <int64_t> sizeof(Command)]
        memset(command, 0, sizeof(Command))
        command.now_ns = (i + 1) * gap_ns
        command.queue = command.tier = command.agent = -1
        command.priority = PRIORITY_DEFAULT
        if given.kind == ARRIVE:
            command.op, command.x = ENQUEUE, SINCE_NOW
            command.queue, command.tier = given.requirement, given.tier
        elif given.kind == ABANDON:
            command.op, command.x, command.target = CANCEL, CAUSE_CUSTOMER, handles[given.interaction]
        else:
            command.op, command.x, command.target = COMPLETE, CAUSE_AGENT, handles[given.interaction]
        apply(c, command, NULL, NULL, &answer)
        if answer.code != OK:
            raise RuntimeError(f"event {i} of the reference job: refused with {answer.code}")
        if given.kind == ARRIVE:
            handles[given.interaction] = answer.value
        c.n_events = 0
    return 0


cdef int run_all(Center *c, const Command *commands, int64_t *found, int64_t n) except -1:
    """The timed loop: one command after the other; after each, who got whom."""
    cdef Answer answer
    cdef int64_t i, k
    with nogil:
        for i in range(n):
            apply(c, &commands[i], NULL, NULL, &answer)
            for k in range(c.n_events):
                if c.events[k].type == OFFER_ACCEPTED:
                    found[i] = c.events[k].agent if commands[i].op == ENQUEUE else c.events[k].interaction
            c.n_events = 0
    return 0
