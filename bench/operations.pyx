# cython: cdivision=True
"""The router's operations, one class each: what is measured, and what comes before and after it.

*Idle* operations begin where every agent is free and nothing waits, *busy* ones where every agent is talking and
some interactions wait. See scenario.pyx for what a round is; OPERATIONS at the end has them all by name.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdio cimport snprintf

from acdcore.router import QueueField, Setting, Strategy
from acdcore.router.codes import MAX_DURATION_NS, SECOND_NS

from acdcore.router.law cimport *
from acdcore.router.model cimport Command

from .scenario cimport ANY_QUEUE, BATCH, N_SKILLS, PLAN_QUEUE, PLAN_STEP_NS, SHARED_QUEUE
from .scenario cimport SKILLS_EACH, Scenario

cdef int64_t DAY_NS = 86_400 * SECOND_NS


# ---------------------------------------------------------------------- arrivals

cdef class EnqueueWaits(Scenario):
    """Somebody comes and nobody is free."""

    cdef int before(self) except -1 nogil:
        for _i in range(BATCH):
            self.ask_enqueue(self.choice[self.draw(1024)])
        return 0

    cdef int after(self) except -1 nogil:
        return self.cancel_all()


cdef class EnqueueWithId(EnqueueWaits):
    """Somebody comes and nobody is free; the answer is remembered under a request id."""

    cdef uint64_t request

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        EnqueueWaits.before(self)
        for i in range(BATCH):
            self.request += 1
            self.batch.commands[i].request_high, self.batch.commands[i].request_low = 1, self.request
        return 0


cdef class EnqueueRepeated(Scenario):
    """A request id is known: the first answer is given again."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.ask_enqueue(self.choice[i])
            self.batch.commands[i].tier = 0
            self.batch.commands[i].request_high, self.batch.commands[i].request_low = 1, <uint64_t> i
        return 0


cdef class EnqueueCommon(Scenario):
    """Somebody comes whom many idle agents may serve; the best of them gets the offer."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.ask_enqueue(self.common[i])
        return 0

    cdef int after(self) except -1 nogil:
        self.serve()
        return self.complete_all()


cdef class EnqueueScarce(EnqueueCommon):
    """Somebody comes whom few agents may serve, all of them idle."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.ask_enqueue(self.scarce[i])
        return 0


cdef class EnqueueAnybody(EnqueueCommon):
    """Somebody comes whom every agent may serve."""

    cdef int before(self) except -1 nogil:
        for _i in range(BATCH):
            self.ask_enqueue(ANY_QUEUE)
        return 0


cdef class EnqueueOwn(EnqueueCommon):
    """Somebody comes with a requirement of their own, which nobody else has."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.ask_enqueue(ANY_QUEUE)
            self.item(ITEM_REQUIRE, self.common[i], 2)
        return 0


cdef class EnqueueKnown(EnqueueCommon):
    """Somebody comes who is known: the agent who served them last gets the offer."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        EnqueueCommon.before(self)
        for i in range(BATCH):
            self.batch.commands[i].items = 1
            self.batch.items[i][0].kind = ITEM_CUSTOMER
            self.batch.items[i][0].key, self.batch.items[i][0].value = 1, i
        return 0


cdef class EnqueueShared(Scenario):
    """Somebody comes and three agents get an offer."""

    cdef int before(self) except -1 nogil:
        for _i in range(BATCH):
            self.ask_enqueue(SHARED_QUEUE)
        return 0

    cdef int after(self) except -1 nogil:
        return self.cancel_all()


# ---------------------------------------------------------------------- offers

cdef class Accept(Scenario):
    """An agent accepts."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.enqueue(self.common[i])
        self.note()
        for i in range(BATCH):
            self.ask(ACCEPT, self.offers.values[i])
        return 0

    cdef int after(self) except -1 nogil:
        return self.complete_all()


cdef class AcceptShared(Scenario):
    """One of three agents accepts, and the others' offers are revoked."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        for _i in range(BATCH):
            self.enqueue(SHARED_QUEUE)
        self.note()
        for i in range(BATCH):
            self.ask(ACCEPT, self.offers.values[3 * i])
        return 0

    cdef int after(self) except -1 nogil:
        return self.complete_all()


cdef class AcceptTooLate(Scenario):
    """An agent accepts what was taken back: a command that is refused."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.do(CANCEL, self.enqueue(self.common[i]))
        self.note()
        for i in range(BATCH):
            self.ask(ACCEPT, self.offers.values[i])
        return 0


cdef class Offered(Scenario):
    """Offers are pending, of interactions that leave in the end."""

    cdef int64_t[BATCH] handles

    cdef int offer(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.handles[i] = self.enqueue(self.common[i])
        return self.note()

    cdef int after(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.do(CANCEL, self.handles[i])
        return 0


cdef class Decline(Offered):
    """An agent declines: the pair cools down, and the next agent gets the offer."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        self.offer()
        for i in range(BATCH):
            self.ask(DECLINE, self.offers.values[i])
        return 0


cdef class OfferExpires(Offered):
    """An offer expires: the agent is made NOT_READY, and the next one gets the offer."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        self.offer()
        for i in range(BATCH):
            self.now_ns = self.deadlines.values[i]
            self.ask(ADVANCE).now_ns = self.now_ns
        return 0

    cdef int after(self) except -1 nogil:
        cdef int32_t i, n = self.changed.n
        Offered.after(self)
        for i in range(n):
            self.set_presence(SET_PRESENCE, <int32_t> self.changed.values[i], AVAILABLE)
        return 0


cdef class CancelOffered(Offered):
    """Somebody hangs up while it rings at an agent's."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        self.offer()
        for i in range(BATCH):
            self.ask(CANCEL, self.handles[i])
        return 0

    cdef int after(self) except -1 nogil:
        return 0


# ---------------------------------------------------------------------- what waits

cdef class Queued(Scenario):
    """Some of those who wait, drawn once a round: BATCH of them that follow each other."""

    cdef int32_t first

    cdef int64_t waiting_one(self, int32_t i) noexcept nogil:
        return self.queued[(self.first + i) % self.waiting]

    cdef int before(self) except -1 nogil:
        self.first = self.draw(self.waiting)
        return 0


cdef class CancelWaiting(Queued):
    """Somebody gives up waiting."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        Queued.before(self)
        for i in range(BATCH):
            self.ask(CANCEL, self.waiting_one(i))
            self.vacate(<int32_t> self.waiting_one(i))
        return 0

    cdef int after(self) except -1 nogil:
        return self.refill()


cdef class Move(Queued):
    """Somebody who waits is moved to another queue."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        Queued.before(self)
        for i in range(BATCH):
            self.ask(MOVE, self.waiting_one(i)).queue = self.choice[self.draw(1024)]
        return 0

    cdef int after(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.do(MOVE, self.waiting_one(i), self.queued_in[(self.first + i) % self.waiting])
        return 0


cdef class RaisePriority(Queued):
    """Somebody who waits is given a higher priority."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        Queued.before(self)
        for i in range(BATCH):
            self.ask(SET_PRIORITY, self.waiting_one(i)).priority = 10
        return 0

    cdef int after(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.do(SET_PRIORITY, self.waiting_one(i))
        return 0


cdef class Hold(Queued):
    """Somebody who waits is put on hold."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        Queued.before(self)
        for i in range(BATCH):
            self.ask(HOLD, self.waiting_one(i)).y = DAY_NS
        return 0

    cdef int after(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.do(RELEASE, self.waiting_one(i))
        return 0


cdef class Release(Queued):
    """Somebody on hold waits again."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        Queued.before(self)
        for i in range(BATCH):
            self.do(HOLD, self.waiting_one(i), -1, DAY_NS)
        for i in range(BATCH):
            self.ask(RELEASE, self.waiting_one(i))
        return 0


cdef class StepBegins(Scenario):
    """The next step of a plan begins for somebody who waits."""

    cdef int64_t[BATCH] handles

    cdef int before(self) except -1 nogil:
        cdef int64_t[BATCH] begins
        cdef int32_t i
        for i in range(BATCH):
            self.handles[i] = self.enqueue(PLAN_QUEUE)
            begins[i] = self.now_ns + PLAN_STEP_NS
        for i in range(BATCH):
            self.now_ns = begins[i]
            self.ask(ADVANCE).now_ns = begins[i]
        return 0

    cdef int after(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.do(CANCEL, self.handles[i])
        return 0


# ---------------------------------------------------------------------- talks

cdef class CompleteIdle(Scenario):
    """A talk ends and nothing waits."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.enqueue(self.common[i])
        self.serve()
        for i in range(BATCH):
            self.ask(COMPLETE, self.accepted.values[i])
        return 0


cdef class Transfer(Scenario):
    """Somebody in a talk is handed over to another queue, where an agent is idle."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.enqueue(self.common[i])
        self.serve()
        for i in range(BATCH):
            self.ask(MOVE, self.accepted.values[i]).queue = ANY_QUEUE
        return 0

    cdef int after(self) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.do(CANCEL, self.accepted.values[i])
        return 0


cdef class Complete(Scenario):
    """A talk ends, and the agent takes the next of those who wait (or wraps up, if the queue says so)."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i, first = self.draw(self.agents)
        for i in range(BATCH):
            self.ask(COMPLETE, self.talks[(first + i) % self.agents])
        return 0

    cdef int after(self) except -1 nogil:
        cdef int32_t i
        self.note()
        for i in range(self.wrapping.n):
            self.do(END_WRAP_UP, self.wrapping.values[i])
        return self.refill()


cdef class EndWrapUp(Scenario):
    """An agent ends their wrap-up, and takes the next of those who wait."""

    cdef int wrap_up(self) except -1 nogil:
        cdef int32_t i, first = self.draw(self.agents)
        for i in range(BATCH):
            self.do(COMPLETE, self.talks[(first + i) % self.agents])
        return self.note()

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        self.wrap_up()
        for i in range(BATCH):
            self.ask(END_WRAP_UP, self.wrapping.values[i])
        return 0

    cdef int after(self) except -1 nogil:
        return self.refill()


cdef class WrapUpExpires(EndWrapUp):
    """A wrap-up's time is over, and the agent takes the next of those who wait."""

    cdef int before(self) except -1 nogil:
        cdef int32_t i
        self.wrap_up()
        for i in range(BATCH):
            self.now_ns = self.deadlines.values[i]
            self.ask(ADVANCE).now_ns = self.now_ns
        return 0


# ---------------------------------------------------------------------- agents

cdef class NotReady(Scenario):
    """An idle agent goes NOT_READY."""

    cdef int32_t first

    cdef int32_t one(self, int32_t i) noexcept nogil:
        return (self.first + i) % self.agents

    cdef int ask_presence(self, int32_t op, int32_t presence) except -1 nogil:
        cdef Command *command
        cdef int32_t i
        for i in range(BATCH):
            command = self.ask(op)
            command.agent, command.x = self.one(i), presence
        return 0

    cdef int everybody(self, int32_t op, int32_t presence) except -1 nogil:
        cdef int32_t i
        for i in range(BATCH):
            self.set_presence(op, self.one(i), presence)
        return 0

    cdef int before(self) except -1 nogil:
        self.first = self.draw(self.agents)
        return self.ask_presence(SET_PRESENCE, NOT_READY)

    cdef int after(self) except -1 nogil:
        return self.everybody(SET_PRESENCE, AVAILABLE)


cdef class NotReadyHashed(NotReady):
    """An idle agent goes NOT_READY, and the state hash is asked for."""

    cdef int before(self) except -1 nogil:
        self.batch.hashes = True
        return NotReady.before(self)


cdef class Available(NotReady):
    """An agent is AVAILABLE again."""

    cdef int before(self) except -1 nogil:
        self.first = self.draw(self.agents)
        self.everybody(SET_PRESENCE, NOT_READY)
        return self.ask_presence(SET_PRESENCE, AVAILABLE)

    cdef int after(self) except -1 nogil:
        return 0


cdef class SignOut(NotReady):
    """An idle agent goes OFFLINE."""

    cdef int before(self) except -1 nogil:
        self.first = self.draw(self.agents)
        return self.ask_presence(SET_PRESENCE, OFFLINE)

    cdef int after(self) except -1 nogil:
        return self.everybody(SIGN_IN, AVAILABLE)


cdef class SignIn(NotReady):
    """An agent signs in."""

    cdef int before(self) except -1 nogil:
        self.first = self.draw(self.agents)
        self.everybody(SET_PRESENCE, OFFLINE)
        return self.ask_presence(SIGN_IN, AVAILABLE)

    cdef int after(self) except -1 nogil:
        return 0


cdef class RenewLease(NotReady):
    """An agent's lease is renewed."""

    cdef int before(self) except -1 nogil:
        self.first = self.draw(self.agents)
        return self.ask_presence(RENEW_LEASE, 0)

    cdef int after(self) except -1 nogil:
        return 0


cdef class Redefine(NotReady):
    """An idle agent gets other skills, which nobody else has together."""

    cdef int before(self) except -1 nogil:
        cdef Command *command
        cdef uint64_t skills
        cdef int32_t i, skill
        self.first = self.draw(self.agents)
        for i in range(BATCH):
            command = self.ask(DEFINE_AGENT)
            command.flags = REPLACE
            command.name_length = snprintf(self.batch.names[i], 16, "a%d", self.one(i))
            skills = self.draw_skills(~<uint64_t> 0, SKILLS_EACH)
            for skill in range(N_SKILLS):
                if skills >> skill & 1:
                    self.item(ITEM_HAS_SKILL, skill, 5)
        return 0

    cdef int after(self) except -1 nogil:
        return 0


cdef class AdvanceNothing(Scenario):
    """Time passes, and nothing is due."""

    cdef int before(self) except -1 nogil:
        for _i in range(BATCH):
            self.ask(ADVANCE)
        return 0


AUTO = {QueueField.AUTO_ACCEPT: 1}
WRAPS = AUTO | {QueueField.WRAP_UP_NS: 60 * SECOND_NS}

# By name: the class, whether everybody is busy, what the queues have beside a requirement.
KINDS = {
    "enqueue, waits": (EnqueueWaits, True, {}),
    "enqueue, waits, with an id": (EnqueueWithId, True, {}),
    "enqueue, repeated": (EnqueueRepeated, True, {}),
    "enqueue, offered": (EnqueueCommon, False, {}),
    "enqueue, offered, longest idle": (EnqueueCommon, False, {QueueField.STRATEGY: Strategy.LONGEST_IDLE}),
    "enqueue, offered, scarce": (EnqueueScarce, False, {}),
    "enqueue, offered, no skill": (EnqueueAnybody, False, {}),
    "enqueue, offered, best skilled": (EnqueueCommon, False, {QueueField.STRATEGY: Strategy.BEST_SKILLED}),
    "enqueue, own requirement": (EnqueueOwn, False, {}),
    "enqueue, own, best skilled": (EnqueueOwn, False, {QueueField.STRATEGY: Strategy.BEST_SKILLED}),
    "enqueue, known customer": (EnqueueKnown, False, {QueueField.PREFER_LAST_NS: 60 * SECOND_NS}),
    "enqueue, offered to three": (EnqueueShared, False, {}),
    "enqueue, accepted at once": (EnqueueCommon, False, AUTO),
    "accept": (Accept, False, {}),
    "accept, one of three": (AcceptShared, False, {}),
    "accept, refused": (AcceptTooLate, False, {}),
    "decline": (Decline, False, {}),
    "offer expires": (OfferExpires, False, {}),
    "cancel, offered": (CancelOffered, False, {}),
    "cancel, waiting": (CancelWaiting, True, {}),
    "move, waiting": (Move, True, {}),
    "set priority": (RaisePriority, True, {}),
    "hold": (Hold, True, {}),
    "release": (Release, True, {}),
    "plan step begins": (StepBegins, True, {}),
    "complete, nothing waits": (CompleteIdle, False, AUTO),
    "complete, next one": (Complete, True, AUTO),
    "complete, wrap-up": (Complete, True, WRAPS),
    "wrap-up ends, next one": (EndWrapUp, True, WRAPS),
    "wrap-up expires, next one": (WrapUpExpires, True, WRAPS),
    "transfer": (Transfer, False, AUTO),
    "not ready": (NotReady, False, {}),
    "not ready, state hash": (NotReadyHashed, False, {}),
    "available": (Available, False, {}),
    "sign out": (SignOut, False, {}),
    "sign in": (SignIn, False, {}),
    "renew lease": (RenewLease, False, {Setting.LEASE_NS: MAX_DURATION_NS}),
    "redefine agent": (Redefine, False, {}),
    "advance, nothing due": (AdvanceNothing, True, {}),
}
OPERATIONS = tuple(KINDS)


def operation(name, agents, waiting=None, remembered=4096):
    """Return a center in which an operation can be repeated.

    ``agents``: how many; ``waiting``: how many interactions wait if the operation is one of a busy center (None:
    as many as there are agents); ``remembered``: how many ended interactions the center remembers. Raises ValueError
    for a name that is none, or for sizes that are too small.
    """
    if name not in KINDS:
        raise ValueError(f"name: {name!r} is none; allowed: {'; '.join(KINDS)}")
    kind, is_busy, fields = KINDS[name]
    if not is_busy:
        waiting = 0
    elif waiting is None:
        waiting = agents
    return kind(agents, waiting, fields, remembered)
