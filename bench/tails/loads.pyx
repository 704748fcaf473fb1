# cython: cdivision=True
"""The loads whose commands are timed one by one: the reference job's kind, and centers that grow from nothing."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint64_t
from libc.string cimport memset
from libc.stdio cimport snprintf

import numpy as np

from acdcore.router import Command as PyCommand
from acdcore.router import Item as PyItem
from acdcore.router import ItemKind, QueueField, Result, Setting, Strategy, TierField
from acdcore.router import Op as PyOp
from acdcore.router.codes import DAY_NS

from acdcore.router.law cimport CANCEL, CAUSE_AGENT, CAUSE_CUSTOMER, COMPLETE, ENQUEUE, ITEM_CUSTOMER
from acdcore.router.law cimport OFFER_ACCEPTED, OK, PRIORITY_DEFAULT, SINCE_NOW
from acdcore.router.model cimport Answer, Center, Command, Item

from ..reference_job import SKILLS, TIERS
from .stream import Stream as PyStream
from .stream cimport Stream

TIER_APART_NS = 100 * DAY_NS
"""So far do the reference job's tiers stand apart that the higher one is always served first."""
MOST_SLOTS = 10_000
"""More slots of interactions than there are interactions: those that have ended are remembered for a while."""

cdef enum:
    MILLISECOND_NS = 1_000_000
    ARRIVES = 0                 # as in reference_job.py
    COMPLETES = 1


def must(stream, op, *items, **fields):
    """Apply a command that is not to be refused; return its value. Raises ValueError if it is."""
    answer = stream.apply(PyCommand(op, 0, items=tuple(PyItem(*item) for item in items), **fields))
    if answer.code != Result.OK:
        raise ValueError(f"{PyOp(op).name}: {Result(answer.code).name} {answer.value}")
    return answer.value


cdef inline void blank(Command *command, int32_t op) noexcept nogil:
    memset(command, 0, sizeof(Command))
    command.op = op
    command.queue = command.tier = command.agent = -1
    command.priority = PRIORITY_DEFAULT


# ---------------------------------------------------------------------- the reference job

def define_reference(stream, job):
    """Define the center of a :class:`~acdcore.bench.reference_job.Job`: a queue a requirement; sign everybody in."""
    for skill in range(SKILLS):
        must(stream, PyOp.DEFINE_SKILL, name=b"s%d" % skill)
    for tier in range(TIERS):
        head_start = (ItemKind.FIELD, TierField.HEAD_START_NS, tier * TIER_APART_NS)
        must(stream, PyOp.DEFINE_TIER, head_start, name=b"t%d" % tier)
    policy = [
        (ItemKind.FIELD, QueueField.STRATEGY, Strategy.LONGEST_IDLE), (ItemKind.FIELD, QueueField.AUTO_ACCEPT, 1),
    ]
    for queue, wanted in enumerate(job.requirements):
        requirement = [(ItemKind.REQUIRE, skill, 1) for skill in wanted]
        must(stream, PyOp.DEFINE_QUEUE, *policy, *requirement, name=b"q%d" % queue)
    for agent, skills in enumerate(job.skill_sets):
        must(stream, PyOp.DEFINE_AGENT, *[(ItemKind.HAS_SKILL, skill, 1) for skill in skills], name=b"a%d" % agent)
    for agent in range(len(job.skill_sets)):
        must(stream, PyOp.SIGN_IN, agent=agent, x=1)


cdef class Played:
    """The reference job's events as commands, every offer being accepted as it is made."""

    cdef Stream stream
    cdef int64_t[::1] handles       # by interaction
    cdef int32_t[::1] interactions  # by slot

    cdef int32_t play(self, int32_t kind, int32_t tier, int32_t queue, int32_t interaction) except -2:
        """Do one event; return the agent that an arrival got, the interaction that a freed agent got, or -1."""
        cdef Center *c = self.stream.core.c
        cdef Command command
        cdef Answer answer
        cdef int64_t i
        self.stream.now_ns += MILLISECOND_NS
        if kind == ARRIVES:
            blank(&command, ENQUEUE)
            command.queue, command.tier, command.x = queue, tier, SINCE_NOW
        else:
            blank(&command, COMPLETE if kind == COMPLETES else CANCEL)
            command.target = self.handles[interaction]
            command.x = CAUSE_AGENT if kind == COMPLETES else CAUSE_CUSTOMER
        self.stream.put(&command, NULL, NULL, &answer)
        if answer.code != OK:
            raise RuntimeError(f"operation {command.op} was refused: {answer.code}")
        if kind == ARRIVES:
            self.handles[interaction] = answer.value
            self.interactions[<int32_t> answer.value] = interaction
        for i in range(c.n_events):
            if c.events[i].type == OFFER_ACCEPTED:
                return c.events[i].agent if kind == ARRIVES else self.interactions[<int32_t> c.events[i].interaction]
        return -1


def reference(job, int64_t settle=0):
    """Record a :class:`~acdcore.bench.reference_job.Job`; return (stream, int32 results of the job's timed events).

    Of these the first ``settle`` only bring the center to where it is measured.
    """
    cdef Played played = Played()
    cdef int64_t i
    cdef const int32_t[::1] interaction
    cdef const uint8_t[::1] kind, tier
    cdef const uint16_t[::1] queue
    cdef int32_t[::1] results = np.empty(len(job.timed), np.int32)
    stream = played.stream = PyStream()
    define_reference(stream, job)
    played.handles = np.zeros(len(job.warm) + len(job.timed), np.int64)
    played.interactions = np.zeros(2 * len(job.warm) + 2 * len(job.timed) + MOST_SLOTS, np.int32)
    for is_timed, events in ((False, job.warm), (True, job.timed)):
        kind, tier, queue, interaction = (
            np.ascontiguousarray(events[field]) for field in ("kind", "tier", "requirement", "interaction")
        )
        for i in range(kind.shape[0]):
            if is_timed and i == settle:
                stream.measure("reference job")
            result = played.play(kind[i], tier[i], queue[i], interaction[i])
            if is_timed:
                results[i] = result
    return stream, np.asarray(results)


# ---------------------------------------------------------------------- growth

def enqueue_many(
    Stream stream not None, int64_t count, queues, tiers, *, bint names=False, bint requests=False, bint customers=False
):
    """Enqueue ``count`` interactions, over queues and tiers in turn, one a microsecond; return the last handle.

    ``names``: each has an id of its own of 36 bytes, as a UUID's; ``requests``: each command has a request id;
    ``customers``: each is another customer's.
    """
    cdef int32_t[::1] into = np.array(queues, np.int32), of = np.array(tiers, np.int32)
    cdef char[64] name
    cdef Command command
    cdef Answer answer
    cdef Item item
    cdef int64_t i
    item.kind = ITEM_CUSTOMER
    blank(&command, ENQUEUE)
    command.x = SINCE_NOW
    command.name_length = 36 if names else 0
    command.items = 1 if customers else 0
    for i in range(count):
        stream.now_ns += 1_000
        command.queue, command.tier = into[i % into.shape[0]], of[i % of.shape[0]]
        if names:
            snprintf(name, 64, "%08llx-1111-4222-8333-%012llx", <unsigned long long> i, <unsigned long long> i)
        if requests:
            command.request_high, command.request_low = 1, <uint64_t> (length(stream) + 1)
        item.key, item.value = 7, i + 1
        stream.put(&command, name, &item, &answer)
        if answer.code != OK:
            raise RuntimeError(f"ENQUEUE was refused: {answer.code}")
    return answer.value


cdef inline int64_t length(Stream stream):
    return len(stream)


def serve_many(
    Stream stream not None, int64_t count, int32_t queue, *, bint requests=False, bint customers=False
):
    """Enqueue into a queue that accepts at once, and complete, ``count`` times: an agent is free."""
    cdef Command command
    cdef Answer answer
    cdef Item item
    cdef int64_t i
    item.kind = ITEM_CUSTOMER
    for i in range(count):
        stream.now_ns += 1_000
        blank(&command, ENQUEUE)
        command.queue, command.tier, command.x = queue, 0, SINCE_NOW
        command.items = 1 if customers else 0
        item.key, item.value = 7, i + 1
        if requests:
            command.request_high, command.request_low = 1, <uint64_t> (2 * i + 1)
        stream.put(&command, NULL, &item, &answer)
        blank(&command, COMPLETE)
        command.target, command.x = answer.value, CAUSE_AGENT
        if requests:
            command.request_high, command.request_low = 1, <uint64_t> (2 * i + 2)
        stream.put(&command, NULL, NULL, &answer)
        if answer.code != OK:
            raise RuntimeError(f"COMPLETE was refused: {answer.code}")


def center_that_grows(**settings):
    """Return a stream with a center of no limits but those given by the names of settings: a skill and a tier."""
    stream = PyStream()
    items = [(ItemKind.FIELD, Setting[name], value) for name, value in settings.items()]
    if items:
        must(stream, PyOp.CONFIGURE, *items)
    must(stream, PyOp.DEFINE_SKILL, name=b"skill")
    must(stream, PyOp.DEFINE_TIER, name=b"tier")
    return stream
