"""Centers in which a careless router would look at everybody, each for a size ``n``: see :data:`CASES`.

What is labelled is measured. Times stand still unless a case says otherwise, so that keys are equal as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from acdcore.router import Cause, EventType, ItemKind, Op, QueueField, Strategy, TierField
from acdcore.router.codes import (
    DIRECT,
    FORCE,
    REPLACE,
    SECOND_NS,
    SINCE_NOW,
    ChannelField,
    Presence,
    Setting,
    StepField,
)

from .tails.loads import must
from .tails.stream import Stream

Triple = tuple[int, int, int]
MOST_MEASURED: Final = 500
"""Rounds that are measured."""
STAFF: Final = 100
"""Agents of those cases whose size is another one's."""
COOLING: Final = 64
HOUR_NS: Final = 3_600 * SECOND_NS
LIMITS: Final = 100_000


class Center:
    """A stream with words for what the cases do. Interactions at work are in ``active``, agents by slot."""

    def __init__(self, **settings: int) -> None:
        self.stream = Stream()
        self.active: deque[int] = deque()
        room = {"MAX_SKILLS": LIMITS, "MAX_QUEUES": LIMITS, "MAX_REQUIREMENTS": LIMITS, "MAX_AGENTS": LIMITS} | settings
        self(Op.CONFIGURE, *((ItemKind.FIELD, Setting[name], value) for name, value in room.items()))
        self(Op.DEFINE_TIER, name=b"tier")
        self.queues = self.agents = self.skills = 0

    def __call__(self, op: Op, *items: Triple, **fields: object) -> int:
        """Apply a command that is not to be refused; note who is at work from now on."""
        value = must(self.stream, op, *items, **fields)
        self.active += [
            event.interaction for event in self.stream.events() if event.type == EventType.OFFER_ACCEPTED
        ]  # fmt: skip
        return value

    def skill(self, count: int = 1) -> range:
        """Define so many skills."""
        for number in range(self.skills, self.skills + count):
            self(Op.DEFINE_SKILL, name=b"s%d" % number)
        self.skills += count
        return range(self.skills - count, self.skills)

    def queue(self, *items: Triple, **policy: int) -> int:
        """Define a queue that accepts offers at once, unless its policy says otherwise."""
        fields = ((ItemKind.FIELD, QueueField[field], value) for field, value in ({"AUTO_ACCEPT": 1} | policy).items())
        self.queues += 1
        return self(Op.DEFINE_QUEUE, *fields, *items, name=b"q%d" % self.queues)

    def agent(self, *skills: tuple[int, int], signs_in: bool = True) -> int:
        """Define an agent with (skill, level) pairs."""
        has = [(ItemKind.HAS_SKILL, skill, level) for skill, level in skills]
        self.agents += 1
        slot = self(Op.DEFINE_AGENT, *has, name=b"a%d" % self.agents)
        if signs_in:
            self.sign_in(slot)
        return slot

    def sign_in(self, agent: int) -> None:
        """Have an agent sign in, available."""
        self(Op.SIGN_IN, agent=agent, x=Presence.AVAILABLE)

    def enqueue(self, queue: int, *items: Triple, **fields: int) -> int:
        """Have somebody come now."""
        return self(Op.ENQUEUE, *items, queue=queue, tier=0, **({"x": SINCE_NOW} | fields))

    def complete(self, interaction: int | None = None) -> None:
        """End an interaction that is at work: the one that began first, unless it is said which."""
        target = self.active.popleft() if interaction is None else interaction
        self(Op.COMPLETE, target=target, x=Cause.AGENT)

    def tick(self, ns: int = 1_000_000) -> None:
        """Let some time pass."""
        self.stream.now_ns += ns

    def measure(self, label: str) -> None:
        """Say as what the commands that follow are measured; "": not at all."""
        self.stream.measure(label)


@dataclass(frozen=True)
class Case:
    """One pathology.

    Attributes:
        name: of the case, short.
        what: in words; ``n`` is the size.
        make: records it for a size.
        by_entry: the measured command has n things to do, so that its time is divided by n.
    """

    name: str
    what: str
    make: Callable[[int], Stream]
    by_entry: bool = False


def _distinct(number: int, first: int = 0, digits: int = 5) -> list[tuple[int, int]]:
    """Return skills and levels that no other number has: its decimal digits, as levels of so many skills."""
    return [(first + place, 1 + number // 10**place % 10) for place in range(digits)]


# ---------------------------------------------------------------------- skills


def rare_skill(n: int) -> Stream:
    """``n`` wait for the one agent who has a rare skill; n others work on, and more who want the rare skill come."""
    c = Center()
    c.skill(6)
    rare, common = c.queue((ItemKind.REQUIRE, 5, 1)), c.queue((ItemKind.REQUIRE, 0, 1))
    c.agent((5, 1))
    for number in range(n):
        c.agent(*_distinct(number))
    mine = c.enqueue(rare)
    for _ in range(n):
        c.enqueue(rare)
    for _ in range(n + 10):
        c.enqueue(common)
    c.active.remove(mine)
    for _ in range(MOST_MEASURED):
        c.tick()
        c.measure("one more wants the rare skill")
        c.enqueue(rare)
        c.measure("others work on")
        c.complete()
        c.enqueue(common)
        c.measure("the one agent goes on")
        c.complete(mine)
        mine = c.active.pop()
    return c.stream


def many_skills(n: int) -> Stream:
    """``n`` skills, n queues that require one each, n agents with eight each, n waiting."""
    c = Center()
    c.skill(n)
    queues = [c.queue((ItemKind.REQUIRE, skill, 1)) for skill in range(n)]
    for number in range(n):
        c.agent(*((skill, 1) for skill in {(number + place * place * 37) % n for place in range(8)}))
    for number in range(2 * n):
        c.enqueue(queues[number * 7 % n])
    c.measure("complete, next, arrive")
    for number in range(MOST_MEASURED):
        c.tick()
        c.complete()
        c.enqueue(queues[number * 31 % n])
    return c.stream


def distinct_idle(n: int) -> Stream:
    """``n`` agents, no two alike, all idle: whom does somebody get whom all of them could serve?"""
    return _idle(n, "LEAST_OCCUPIED")


def distinct_idle_ranked(n: int) -> Stream:
    """Likewise, in a queue that ranks agents by their levels first: by group."""
    return _idle(n, "BEST_SKILLED")


def _idle(n: int, strategy: str) -> Stream:
    c = Center()
    c.skill(5)
    queue = c.queue((ItemKind.REQUIRE, 0, 1), STRATEGY=Strategy[strategy])
    for number in range(n):
        c.agent(*_distinct(number))
    for _ in range(MOST_MEASURED):
        c.tick()
        c.measure("arrive")
        c.enqueue(queue)
        c.measure("complete")
        c.complete()
    return c.stream


def distinct_busy(n: int) -> Stream:
    """``n`` agents, no two alike, all busy; n wait with 200 requirements."""
    c = Center()
    c.skill(5)
    asked = [(ItemKind.REQUIRE, number % 5, 1 + number // 5 % 10) for number in range(200)]
    queues = [c.queue(item, PRIORITY=number // 50) for number, item in enumerate(asked)]
    for number in range(n):
        c.agent(*_distinct(number))
    for number in range(2 * n):
        c.enqueue(queues[number % 5])
    for number in range(n):
        c.enqueue(queues[number % 200])
    c.measure("complete, next, arrive")
    for number in range(MOST_MEASURED):
        c.tick()
        c.complete()
        c.enqueue(queues[number % 200])
    return c.stream


def own_requirements(n: int) -> Stream:
    """``n`` wait with requirements of their own, no two alike; agents whom few of them suit come and go."""
    c = Center()
    c.skill(8)
    queue = c.queue()
    agents = [c.agent(*_distinct(number * 97 % n, 0, 5), signs_in=False) for number in range(STAFF)]
    for number in range(n):
        c.enqueue(queue, *_own(number))
    for number in range(STAFF):
        c.tick()
        c.measure("arrive, a requirement nobody else has")
        waiting = c.enqueue(queue, *_own(n + number))
        c.measure("give up")
        c(Op.CANCEL, target=waiting, x=Cause.CUSTOMER)
        c.measure("sign in, get one of them")
        c.sign_in(agents[number])
    return c.stream


def own_requirements_ranked(n: int) -> Stream:
    """``n`` wait likewise for nobody who is there; whoever comes asks for a skill, and for whoever has most of it."""
    c = Center()
    c.skill(8)
    queue = c.queue(STRATEGY=Strategy.BEST_SKILLED)
    for number in range(STAFF):
        c.agent((5, 1 + number % 10), (6, 1 + number // 10))
    for number in range(n):
        c.enqueue(queue, *_own(number), (ItemKind.REQUIRE, 7, 1))
    for number in range(MOST_MEASURED):
        c.tick()
        c.measure("arrive")
        c.enqueue(queue, (ItemKind.REQUIRE, 5, 1 + number % 2))
        c.measure("complete")
        c.complete()
    return c.stream


def own_requirements_idle(n: int) -> Stream:
    """``n`` agents, no two alike, all idle; whoever comes has a requirement that nobody else has."""
    c = Center()
    c.skill(5)
    queues = {"arrive": c.queue(), "arrive, for the best skilled": c.queue(STRATEGY=Strategy.BEST_SKILLED)}
    for number in range(n):
        c.agent(*_distinct(number))
    for number in range(MOST_MEASURED):
        for label, queue in queues.items():
            c.tick()
            c.measure(label)
            c.enqueue(queue, (ItemKind.REQUIRE, 0, 1 + number % 5))
            c.measure("")
            c.complete()
    return c.stream


def _own(number: int) -> list[Triple]:
    """Ask for exactly one number's skills and levels: at least these, and no better."""
    items: list[Triple] = [(ItemKind.REQUIRE, skill, level) for skill, level in _distinct(number) if level > 1]
    return items + [(ItemKind.EXCLUDE, skill, level + 1) for skill, level in _distinct(number) if level < 10]


# ---------------------------------------------------------------------- crowds


def equal_keys(n: int) -> Stream:
    """``n`` agents and n waiting, all of one moment, one priority, one tier: only sequence numbers tell them apart."""
    c = Center()
    queue = c.queue()
    agents = [c.agent() for _ in range(n)]
    for _ in range(2 * n):
        c.enqueue(queue, x=0)
    c.measure("complete, next, arrive")
    for _ in range(MOST_MEASURED):
        c.complete()
        c.enqueue(queue, x=0)
    c.measure("not ready, back again")
    for agent in agents[:MOST_MEASURED]:
        c(Op.SET_PRESENCE, agent=agent, x=Presence.NOT_READY)
        c(Op.SET_PRESENCE, agent=agent, x=Presence.AVAILABLE)
    return c.stream


def any_order(n: int) -> Stream:
    """``n`` wait who came in another order than that in which their waits began, as do those who come."""
    c = Center()
    queue = c.queue()
    agents = [c.agent() for _ in range(STAFF)]
    c.tick(HOUR_NS)
    for _ in agents:
        c.enqueue(queue, x=0)
    for number in range(n):
        c.enqueue(queue, x=number * 7_919 % n * 1_000_000)
    c.measure("complete, next, arrive")
    for number in range(MOST_MEASURED):
        c.tick()
        c.complete()
        c.enqueue(queue, x=(2 * number + 1) * 7_919 % (2 * n) * 500_000)
    return c.stream


def mass_sign_in(n: int) -> Stream:
    """``n`` agents, no two alike, sign in while 2 n wait; live work of others goes on among them."""
    c = Center()
    c.skill(6)
    live, crowd = c.queue((ItemKind.REQUIRE, 5, 1)), c.queue((ItemKind.REQUIRE, 0, 1))
    for _ in range(STAFF):
        c.agent((5, 1))
    late = [c.agent(*_distinct(number), signs_in=False) for number in range(n)]
    for _ in range(2 * n):
        c.enqueue(crowd)
    for _ in range(2 * STAFF):
        c.enqueue(live)
    mine = deque(c.active)
    c.measure("live work before")
    for _ in range(MOST_MEASURED):
        _live(c, live, mine)
    for number, agent in enumerate(late):
        c.tick(1_000)
        c.measure("sign in, get one")
        c.sign_in(agent)
        if number * MOST_MEASURED // n != (number + 1) * MOST_MEASURED // n:
            c.measure("live work meanwhile")
            _live(c, live, mine)
    return c.stream


def _live(c: Center, queue: int, mine: deque[int]) -> None:
    c.active.clear()
    c.complete(mine.popleft())
    c.enqueue(queue)
    mine += c.active


def addressed(n: int) -> Stream:
    """``n`` wait for one agent by address."""
    c = Center()
    queue = c.queue()
    agent = c.agent()
    c.enqueue(queue)
    for _ in range(n):
        c.enqueue(queue, agent=agent, flags=DIRECT)
    c.measure("complete, next, one more")
    for _ in range(MOST_MEASURED):
        c.tick()
        c.complete()
        c.enqueue(queue, agent=agent, flags=DIRECT)
    c.measure("not ready, back again")
    for _ in range(MOST_MEASURED):
        c(Op.SET_PRESENCE, agent=agent, x=Presence.NOT_READY)
        c(Op.SET_PRESENCE, agent=agent, x=Presence.AVAILABLE)
    return c.stream


def cooling_down(n: int) -> Stream:
    """``n`` wait, the first few of whom cool down from the one agent: every look passes them."""
    c = Center()
    queue = c.queue(AUTO_ACCEPT=0, COOL_DOWN_NS=HOUR_NS, MAX_OFFERS=1_000)
    agent = c.agent()
    for _ in range(n):
        c.enqueue(queue)
    for number in range(COOLING + MOST_MEASURED):
        if number == COOLING:
            c.measure("not ready, back again")
        c(Op.SET_PRESENCE, agent=agent, x=Presence.NOT_READY)
        c(Op.SET_PRESENCE, agent=agent, x=Presence.AVAILABLE)
        view = c.stream.core.agent(agent) if c.stream.core else None
        if number < COOLING and view:
            c(Op.DECLINE, target=view.offers[0])
    return c.stream


# ---------------------------------------------------------------------- plans


def gates(n: int) -> Stream:
    """``n`` / 10 queues borrow from one lender by a gate each on its waiting line, and hundreds come and go there."""
    return _gates(n, (ItemKind.STEP_FIELD, StepField.LENDER_WAITING, 3))


def gates_on_the_free(n: int) -> Stream:
    """Likewise, by gates on how many agents the lender has free."""
    return _gates(n, (ItemKind.STEP_FIELD, StepField.LENDER_FREE, 3))


def _gates(n: int, measure: Triple) -> Stream:
    c = Center()
    c.skill(3)
    lender = c.queue((ItemKind.REQUIRE, 0, 1))
    for _ in range(STAFF):
        c.agent((0, 1))
    lent = (ItemKind.STEP_FIELD, StepField.LENDER, lender), measure
    for number in range(n // 10):
        c.measure("define one more gate" if number >= n // 10 - 10 else "")
        queue = c.queue((ItemKind.REQUIRE, 1, 1 + number % 10), (ItemKind.STEP, 0, SECOND_NS), *lent)
        c.measure("")
        c.enqueue(queue)
    for _ in range(3 * STAFF // 2):
        c.enqueue(lender)
    c.measure("complete, next, arrive at the lender")
    for _ in range(MOST_MEASURED):
        c.tick(1_000)
        c.complete()
        c.enqueue(lender)
    return c.stream


def redefinition(n: int) -> Stream:
    """A queue in which n wait is defined anew: each gets its place anew."""
    c = Center()
    c.skill(1)
    c(Op.DEFINE_QUEUE, (ItemKind.REQUIRE, 0, 1), name=b"crowded")
    for _ in range(n):
        c.enqueue(0)
    c.measure("define the queue anew")
    anew = (ItemKind.FIELD, QueueField.PRIORITY, 7), (ItemKind.REQUIRE, 0, 2)
    c(Op.DEFINE_QUEUE, *anew, name=b"crowded", flags=REPLACE)
    return c.stream


def closing(n: int) -> Stream:
    """A queue in which ``n`` wait is closed, and turns them all away."""
    c = Center()
    queue = c.queue()
    for _ in range(n):
        c.enqueue(queue)
    c.measure("close the queue, turn all away")
    c(Op.SET_QUEUE, queue=queue, x=0, flags=FORCE)
    return c.stream


def elsewhere(n: int) -> Stream:
    """``n`` wait, and n agents are there, who have nothing to do with what happens in other queues."""
    c = Center()
    c.skill(3)
    few = [(ItemKind.FIELD, ChannelField.COST, 20), (ItemKind.FIELD, ChannelField.MOST, 5)]
    chat, mail = (c(Op.DEFINE_CHANNEL, *few, name=name) for name in (b"chat", b"mail"))
    crowded, empty = c.queue((ItemKind.REQUIRE, 0, 1)), c.queue()
    gate = [(ItemKind.STEP_FIELD, StepField.WAITING, 3), (ItemKind.STEP_FIELD, StepField.PRIORITY, 5)]
    gated = c.queue((ItemKind.REQUIRE, 1, 1), (ItemKind.STEP, 0, SECOND_NS), (ItemKind.REQUIRE, 1, 1), *gate)
    kept = {"RESERVE": 1, "RESERVE_RANK": 5, "RESERVE_OPENS_NS": 300 * 24 * HOUR_NS, "CHANNEL": mail}
    chats, mails = c.queue((ItemKind.REQUIRE, 2, 1), CHANNEL=chat), c.queue((ItemKind.REQUIRE, 2, 1), **kept)
    for number in range(n):
        c.agent((2, 1 + number % 10))
        c.enqueue(crowded)
    for _ in range(2):
        c.enqueue(gated)
    c.tick(2 * SECOND_NS)
    c(Op.ADVANCE)
    known = (ItemKind.CUSTOMER, 1, 1)
    c.enqueue(chats, known)
    for _ in range(MOST_MEASURED):
        c.tick()
        c.measure("a gate opens, priorities rise")
        third = c.enqueue(gated)
        c.measure("it closes again")
        c(Op.CANCEL, target=third, x=Cause.CUSTOMER)
        c.measure("an empty queue is closed by force")
        c(Op.SET_QUEUE, queue=empty, x=0, flags=FORCE)
        c.measure("")
        c(Op.SET_QUEUE, queue=empty, x=1)
        c.measure("who is being served comes again, under a reserve")
        c.enqueue(mails, known)
        c.measure("")
        c.complete(c.active.pop())
    return c.stream


def last_leaves(n: int) -> Stream:
    """The last agent signs out who could serve the first step of ``n``: all go on to the second."""
    c = Center()
    c.skill(2)
    queue = c.queue((ItemKind.REQUIRE, 0, 1), (ItemKind.STEP, 0, HOUR_NS), (ItemKind.REQUIRE, 1, 1))
    agent = c.agent((0, 1))
    other = c.agent((1, 1))
    for one in (agent, other):
        c(Op.SET_PRESENCE, agent=one, x=Presence.NOT_READY)
    for _ in range(n):
        c.enqueue(queue)
    c.measure("sign out: n steps begin")
    c(Op.SET_PRESENCE, agent=agent, x=Presence.OFFLINE)
    return c.stream


def steps_at_once(n: int) -> Stream:
    """The second step of n begins at the same moment: n timers, one command."""
    c = Center()
    c.skill(1)
    queue = c.queue((ItemKind.REQUIRE, 0, 1), (ItemKind.STEP, 0, 10 * SECOND_NS), (ItemKind.REQUIRE, 0, 2))
    for _ in range(n):
        c.enqueue(queue)
    c.tick(11 * SECOND_NS)
    c.measure("advance: n steps begin")
    c(Op.ADVANCE)
    return c.stream


def two_steps(n: int) -> Stream:
    """``n`` wait in the first step of a plan; agents who only suit the second sign in, no two alike."""
    c = Center()
    c.skill(7)
    queue = c.queue((ItemKind.REQUIRE, 5, 1), (ItemKind.STEP, 0, HOUR_NS), (ItemKind.REQUIRE, 6, 1))
    c.agent((5, 1))
    late = [c.agent((6, 1), *_distinct(number), signs_in=False) for number in range(MOST_MEASURED)]
    for _ in range(n):
        c.enqueue(queue)
    c.measure("sign in, suits a later step")
    for agent in late:
        c.sign_in(agent)
    return c.stream


def claims(n: int) -> Stream:
    """``n`` overdue calls, none of whom the agents who chat could ever take: who would they claim?"""
    c = Center()
    c.skill(2)
    cost = ((ItemKind.FIELD, ChannelField.COST, 20), (ItemKind.FIELD, ChannelField.MOST, 5))
    chat = c(Op.DEFINE_CHANNEL, *cost, name=b"chat")
    calls = c.queue((ItemKind.REQUIRE, 0, 1), TARGET_NS=0)
    chats = c.queue((ItemKind.REQUIRE, 1, 1), CHANNEL=chat, CLAIMS=0)
    for _ in range(STAFF):
        c.agent((1, 1))
    for _ in range(6 * STAFF):
        c.enqueue(chats)
    for _ in range(n):
        c.enqueue(calls)
    for _ in range(MOST_MEASURED):
        c.tick()
        c.measure("complete a chat, take the next")
        c.complete()
        c.enqueue(chats)
        c.measure("one more overdue call")
        c.enqueue(calls)
    return c.stream


def claims_kept(n: int) -> Stream:
    """``n`` overdue chats for whom agents have the units, kept by a reserve; calls claim just these agents."""
    c = Center()
    cost = ((ItemKind.FIELD, ChannelField.COST, 30), (ItemKind.FIELD, ChannelField.MOST, 3))
    chat = c(Op.DEFINE_CHANNEL, *cost, name=b"chat")
    c(Op.DEFINE_CHANNEL, (ItemKind.FIELD, ChannelField.COST, 10), name=b"e-mail")
    chats = c.queue(CHANNEL=chat, TARGET_NS=0, RESERVE=1_000, RESERVE_RANK=5, RESERVE_OPENS_NS=300 * 24 * HOUR_NS)
    calls, others = c.queue(TARGET_NS=0), c.queue(CHANNEL=chat, CLAIMS=0)
    for _ in range(2 * MOST_MEASURED):
        c.agent()
        c.enqueue(others)
    for _ in range(n):
        c.enqueue(chats)
    c.measure("an overdue call claims one of them")
    for _ in range(MOST_MEASURED):
        c.tick()
        c.enqueue(calls)
    return c.stream


def claims_apart(n: int) -> Stream:
    """``n`` overdue calls by address to agents who chat, each of whom can be claimed by one of them."""
    c = Center()
    cost = ((ItemKind.FIELD, ChannelField.COST, 20), (ItemKind.FIELD, ChannelField.MOST, 5))
    chat = c(Op.DEFINE_CHANNEL, *cost, name=b"chat")
    calls, chats = c.queue(TARGET_NS=0), c.queue(CHANNEL=chat, CLAIMS=0)
    agents = [c.agent() for _ in range(STAFF)]
    for _ in range(6 * STAFF):
        c.enqueue(chats)
    for number in range(n):
        c.enqueue(calls, agent=agents[number % STAFF], flags=DIRECT)
    for number in range(MOST_MEASURED):
        c.tick()
        c.measure("complete a chat, take the next")
        c.complete()
        c.enqueue(chats)
        c.measure("one more overdue call")
        c.enqueue(calls, agent=agents[number % STAFF], flags=DIRECT)
    return c.stream


def reserve(n: int) -> Stream:
    """``n`` wait whom a reserve keeps from all agents, who come and go."""
    c = Center()
    c(Op.DEFINE_TIER, (ItemKind.FIELD, TierField.RANK, 10), name=b"vip")
    queue = c.queue(RESERVE=1_000, RESERVE_RANK=5, RESERVE_OPENS_NS=300 * 24 * HOUR_NS)
    agents = [c.agent() for _ in range(STAFF)]
    for _ in range(n):
        c.enqueue(queue)
    c.measure("not ready, back again")
    for number in range(MOST_MEASURED):
        c(Op.SET_PRESENCE, agent=agents[number % STAFF], x=Presence.NOT_READY)
        c(Op.SET_PRESENCE, agent=agents[number % STAFF], x=Presence.AVAILABLE)
    return c.stream


def many_lines(n: int) -> Stream:
    """``n`` queues of one requirement, somebody waiting in each."""
    c = Center()
    queues = [c.queue() for _ in range(n)]
    agents = [c.agent() for _ in range(STAFF)]
    for queue in [*queues, *queues[:STAFF]]:
        c.enqueue(queue)
    c.measure("complete, next, arrive")
    for number in range(MOST_MEASURED):
        c.tick()
        c.complete()
        c.enqueue(queues[number * 7 % n])
    assert len(agents) == len(c.active)
    return c.stream


CASES: Final[Sequence[Case]] = (
    Case("rare skill", "n wait for the one agent with a rare skill", rare_skill),
    Case("many skills", "n skills, n queues, n agents, n waiting", many_skills),
    Case("all idle", "n agents all different and idle", distinct_idle),
    Case("all idle, ranked", "likewise, ranked by level first", distinct_idle_ranked),
    Case("all busy", "n agents all different and busy, n waiting", distinct_busy),
    Case("own requirements", "n wait, each with one of their own", own_requirements),
    Case("own, ranked", "n wait likewise, who comes gets the best there", own_requirements_ranked),
    Case("own, all idle", "n agents all different and idle, who comes has one of their own", own_requirements_idle),
    Case("equal keys", "n agents, n waiting, all keys equal", equal_keys),
    Case("any order", "n wait, who came in another order", any_order),
    Case("mass sign-in", "n agents sign in, 2 n wait", mass_sign_in),
    Case("one address", "n wait for one agent by address", addressed),
    Case("cool-downs", "n wait, 64 ahead cool down", cooling_down),
    Case("gates, waiting", "n/10 gates on one lender's line", gates),
    Case("gates, free", "n/10 gates on one lender's free agents", gates_on_the_free),
    Case("redefinition", "a queue with n waiting defined anew", redefinition, by_entry=True),
    Case("closing", "a queue with n waiting is closed", closing, by_entry=True),
    Case("elsewhere", "n wait and n agents are idle, in other queues", elsewhere),
    Case("last one leaves", "n steps become hopeless at once", last_leaves, by_entry=True),
    Case("steps at once", "n steps begin in one command", steps_at_once, by_entry=True),
    Case("two steps", "n wait in a plan, sign-ins suit its second step", two_steps),
    Case("claims", "n overdue calls whom nobody can take", claims),
    Case("claims, kept", "n overdue chats whom claimed agents had the units for", claims_kept),
    Case("claims, addressed", "n overdue calls to agents who chat", claims_apart),
    Case("reserve", "n wait whom a reserve keeps waiting", reserve),
    Case("many lines", "n queues of one requirement, n waiting", many_lines),
)
"""Every case."""
