"""Centers that grow from nothing, one kind of thing at a time: which array's growth stalls a single command.

Every array doubles when it is full. Amortised that is cheap, but one command pays for it all: these runs find
that command, and say which array it was. What grows alone is told apart from what grows beside it by a run of
its own; the last run has everything at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from acdcore.router import ItemKind, Op, Presence, QueueField, Setting, TierField
from acdcore.router.codes import DAY_NS, StepField

from .loads import center_that_grows, enqueue_many, must, serve_many
from .stream import Stream

GROWS: Final = "grows"
SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True)
class Growth:
    """A run that grows. ``make`` records it for a size; ``share``: of the size that it takes, to stay short."""

    name: str
    what: str
    make: Callable[[int], Stream]
    share: float = 1.0


def _field(field: QueueField | TierField | Setting, value: int) -> tuple[int, int, int]:
    return ItemKind.FIELD, field, value


def waiting(size: int) -> Stream:
    """So many begin to wait in one queue; nobody is there to serve."""
    return _waiting(size)


def waiting_with_ids(size: int) -> Stream:
    """Likewise, each with an id of its own as a server gives it."""
    return _waiting(size, names=True)


def waiting_with_requests(size: int) -> Stream:
    """Likewise, each command with a request id whose answer is remembered."""
    return _waiting(size, requests=True)


def waiting_with_timers(size: int) -> Stream:
    """Likewise, each with a longest wait: a timer."""
    return _waiting(size, timers=True)


def waiting_watched(size: int) -> Stream:
    """Likewise, in a queue whose gate measures how long the oldest entry has waited."""
    stream = center_that_grows(MAX_INTERACTIONS=max(size, 1))
    step = (ItemKind.STEP, 0, 0), (ItemKind.STEP_FIELD, StepField.WAIT_NS, DAY_NS)
    queue = must(stream, Op.DEFINE_QUEUE, _field(QueueField.MAX_WAITING, size), *step, name=b"q")
    stream.measure(GROWS)
    enqueue_many(stream, size, [queue], [0])
    return stream


def waiting_in_many_lines(size: int) -> Stream:
    """Likewise, over 1,000 queues and ten tiers: 10,000 lines."""
    stream = center_that_grows(MAX_INTERACTIONS=max(size, 1))
    tiers = [0, *(must(stream, Op.DEFINE_TIER, name=b"t%d" % tier) for tier in range(9))]
    queues = [
        must(stream, Op.DEFINE_QUEUE, _field(QueueField.MAX_WAITING, size), name=b"q%d" % queue)
        for queue in range(1_000)
    ]
    stream.measure(GROWS)
    enqueue_many(stream, size, queues, [tiers[i // 1_000 % 10] for i in range(10_000)])
    return stream


def everything(size: int) -> Stream:
    """Likewise, with ids, remembered answers, customers and timers at once."""
    return _waiting(size, names=True, requests=True, customers=True, timers=True)


def _waiting(
    size: int, *, names: bool = False, requests: bool = False, customers: bool = False, timers: bool = False
) -> Stream:
    stream = center_that_grows(MAX_INTERACTIONS=max(size, 1), REMEMBERED_ANSWERS=size if requests else 0)
    policy = [_field(QueueField.MAX_WAITING, size), _field(QueueField.MAX_WAIT_NS, DAY_NS if timers else 0)]
    queue = must(stream, Op.DEFINE_QUEUE, *policy, name=b"q")
    stream.measure(GROWS)
    enqueue_many(stream, size, [queue], [0], names=names, requests=requests, customers=customers)
    return stream


def served(size: int) -> Stream:
    """So many are served at once and remembered, with their offers."""
    return _served(size)


def served_with_requests(size: int) -> Stream:
    """Likewise, each command with a request id."""
    return _served(size, requests=True)


def served_customers(size: int) -> Stream:
    """Likewise, each another customer's, who is remembered."""
    return _served(size, customers=True)


def _served(size: int, *, requests: bool = False, customers: bool = False) -> Stream:
    return ended(
        size, requests=requests, customers=customers, REMEMBERED_INTERACTIONS=size, REMEMBERED_OFFERS=size,
        REMEMBERED_ANSWERS=2 * size if requests else 0, REMEMBERED_CUSTOMERS=size if customers else 0,
    )  # fmt: skip


def ended(size: int, *, requests: bool = False, customers: bool = False, **settings: int) -> Stream:
    """Record how one agent serves so many, one after the other, with these settings of what is remembered."""
    stream = center_that_grows(**settings)
    queue = must(stream, Op.DEFINE_QUEUE, _field(QueueField.AUTO_ACCEPT, 1), name=b"q")
    must(stream, Op.DEFINE_AGENT, name=b"a")
    must(stream, Op.SIGN_IN, agent=0, x=Presence.AVAILABLE)
    stream.measure(GROWS)
    serve_many(stream, size, queue, requests=requests, customers=customers)
    return stream


def agents(size: int) -> Stream:
    """So many agents of 40 skill sets are defined, sign in, and each is given something to do."""
    return _agents(size, 40)


def distinct_agents(size: int) -> Stream:
    """Likewise, agents who are all different: a group each, and 200 requirements that each is held against."""
    return _agents(size, 0)


def only_agents(size: int) -> Stream:
    """So many agents of 40 skill sets, signed in, with nothing to do."""
    return _agents(size, 40, works=False)


def only_distinct_agents(size: int) -> Stream:
    """Likewise, all different."""
    return _agents(size, 0, works=False)


def _agents(size: int, profiles: int, *, works: bool = True) -> Stream:
    stream = center_that_grows(MAX_AGENTS=max(size, 1), MAX_INTERACTIONS=max(size, 1))
    skills = [must(stream, Op.DEFINE_SKILL, name=b"s%d" % skill) for skill in range(50)]
    auto = _field(QueueField.AUTO_ACCEPT, 1)
    queue = must(stream, Op.DEFINE_QUEUE, auto, name=b"q")
    for number in range(200):
        wants = (ItemKind.REQUIRE, skills[number % 50], 1 + number // 50)
        must(stream, Op.DEFINE_QUEUE, auto, wants, name=b"q%d" % number)
    stream.measure(GROWS)
    for agent in range(size):
        which = agent % profiles if profiles else agent
        has = [(ItemKind.HAS_SKILL, skills[place * 8 + which // 8**place % 8], 1 + place % 3) for place in range(6)]
        must(stream, Op.DEFINE_AGENT, *has, name=b"agent-%07d" % agent)
    for agent in range(size):
        must(stream, Op.SIGN_IN, agent=agent, x=Presence.AVAILABLE)
    if works:
        enqueue_many(stream, size, [queue], [0])
    return stream


def queues(size: int) -> Stream:
    """So many queues, each with a requirement of its own and a skill of its own; then one waits in each."""
    stream = center_that_grows(MAX_QUEUES=max(size, 1), MAX_SKILLS=size + 1, MAX_REQUIREMENTS=size + 1)
    stream.measure(GROWS)
    for number in range(size):
        skill = must(stream, Op.DEFINE_SKILL, name=b"skill-%d" % number)
        must(stream, Op.DEFINE_QUEUE, (ItemKind.REQUIRE, skill, 1), name=b"queue-%d" % number)
    enqueue_many(stream, size, list(range(size)), [0])
    return stream


GROWTHS: Final = (
    Growth("waiting", "wait in one queue", waiting),
    Growth("ids", "wait, each with an id", waiting_with_ids),
    Growth("requests", "wait, each command with a request id", waiting_with_requests),
    Growth("timers", "wait, each with a timer", waiting_with_timers),
    Growth("watched", "wait where a gate measures the oldest", waiting_watched),
    Growth("lines", "wait in 10,000 lines", waiting_in_many_lines),
    Growth("everything", "wait, with all of this at once", everything),
    Growth("served", "are served and remembered", served, 0.5),
    Growth("answers", "are served, each command with a request id", served_with_requests, 0.5),
    Growth("customers", "are served, each another customer", served_customers, 0.5),
    Growth("agents", "agents of 40 skill sets", agents, 0.1),
    Growth("distinct", "agents, all different", distinct_agents, 0.02),
    Growth("queues", "queues, each with a skill of its own", queues, 0.01),
)
"""Every growth, with the share of the size (1,000,000 unless said otherwise) that it is run at."""
