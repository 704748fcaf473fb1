"""The words of the law as numbers: operations, results, states, events, limits.

Both routers, the reference and the compiled one, speak exactly these codes, and the journal and the
wire tables are built on them: a number, once given, never changes its meaning. ``core.pxd`` holds the
same numbers for C; a test compares the two.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

SECOND_NS: Final = 1_000_000_000
HOUR_NS: Final = 3600 * SECOND_NS
DAY_NS: Final = 24 * HOUR_NS

MAX_NOW_NS: Final = 2**62 - 1
"""Largest time a command may carry, in nanoseconds (the law: 0 <= now_ns < 2**62)."""
MIN_DURATION_NS: Final = 1_000_000
"""Shortest duration that arms a deadline: 1 ms, so that firing always comes to an end."""
MAX_DURATION_NS: Final = 400 * DAY_NS
"""Longest duration that a definition may state."""
MAX_NAME_BYTES: Final = 128
"""Longest name or id, in UTF-8 bytes."""
MIN_PRIORITY: Final = -100
MAX_PRIORITY: Final = 100
PRIORITY_DEFAULT: Final = -(2**31)
"""In a command's ``priority``: take the queue's default."""
SINCE_NOW: Final = -1
"""In an ENQUEUE's ``x``: the customer begins to wait now (or, if scheduled, at the time set)."""
NONE: Final = -1
"""In a field of a definition: not stated."""
NO_PRIORITY: Final = MIN_PRIORITY - 1
"""In a step's ``PRIORITY``: leave it as it is."""
UNITS: Final = 100
"""Units of capacity that every agent has."""
MAX_CHANNELS: Final = 16
"""Most channels of a center; the router keeps a table of this length for every agent."""
MAX_VISITS: Final = 8
"""Queues that one interaction may enter before overflow moves it no more."""
PPM: Final = 1_000_000
"""A tier's ``target_factor`` is stated in millionths."""


class Op(IntEnum):
    """What a command asks for. The first group defines, the second works."""

    CONFIGURE = 1
    DEFINE_SKILL = 2
    DEFINE_REASON = 3
    DEFINE_TIER = 4
    DEFINE_QUEUE = 5
    DEFINE_AGENT = 6
    DEFINE_CHANNEL = 7
    ADVANCE = 16
    ENQUEUE = 17
    CANCEL = 18
    COMPLETE = 19
    END_WRAP_UP = 20
    SIGN_IN = 21
    SET_PRESENCE = 22
    RENEW_LEASE = 23
    ACCEPT = 24
    DECLINE = 25
    MOVE = 26
    SET_PRIORITY = 27
    HOLD = 28
    RELEASE = 29
    FAIL = 30
    SET_QUEUE = 31
    RESUME = 32


class Result(IntEnum):
    """The answer to a command. Every code but OK is a refusal: the command itself changed nothing.

    Timers that were due have fired all the same, except where the refusal says that the command could
    not even be read (MALFORMED, TIME_ABSURD, TIME_BACKWARDS, REQUEST_MISMATCH).
    """

    OK = 0
    MALFORMED = 1
    TIME_ABSURD = 2
    TIME_BACKWARDS = 3
    REQUEST_MISMATCH = 4
    INVALID_NAME = 5
    INVALID_FIELD = 6
    INVALID_PRIORITY = 7
    INVALID_SINCE = 8
    INVALID_LEVEL = 9
    INVALID_PRESENCE = 10
    DUPLICATE_ITEM = 11
    UNKNOWN_SKILL = 12
    UNKNOWN_REASON = 13
    UNKNOWN_TIER = 14
    UNKNOWN_QUEUE = 15
    UNKNOWN_AGENT = 16
    UNKNOWN_INTERACTION = 17
    UNKNOWN_OFFER = 18
    UNKNOWN_ASSIGNMENT = 19
    ALREADY_EXISTS = 20
    IN_USE = 21
    LIMIT_REACHED = 22
    QUEUE_FULL = 23
    ALREADY_ENDED = 24
    NOT_ASSIGNED = 25
    NOT_IN_WRAP_UP = 26
    NOT_SIGNED_IN = 27
    WRONG_AGENT = 28
    OFFER_ACCEPTED = 29
    OFFER_DECLINED = 30
    OFFER_EXPIRED = 31
    OFFER_REVOKED = 32
    OFFER_FAILED = 33
    ALREADY_TAKEN = 34
    UNKNOWN_CHANNEL = 35
    QUEUE_UNSTAFFED = 36
    QUEUE_CLOSED = 37
    NOT_HELD = 38
    NOT_WAITING = 39
    INVALID_DURATION = 40
    INVALID_START = 41
    UNKNOWN_NAME = 42


class Kind(IntEnum):
    """Kinds of entities; also the first word of each entity's canonical tuple in the state hash."""

    CENTER = 1
    SKILL = 2
    REASON = 3
    TIER = 4
    QUEUE = 5
    AGENT = 6
    GROUP = 7
    INTERACTION = 8
    OFFER = 9
    ASSIGNMENT = 10
    ANSWER = 11
    CHANNEL = 12
    CUSTOMER = 13


class ItemKind(IntEnum):
    """Kinds of items: what a definition, or an ENQUEUE, says beyond its name.

    A queue's items are read in their order: those of a requirement, and STEP_FIELD, belong to the step that
    the last STEP opened, or to the first one, which holds from the beginning.
    """

    FIELD = 1
    """``key`` is a Setting, TierField, ChannelField, QueueField or AgentField, ``value`` its value."""
    REQUIRE = 2
    """Skill slot ``key`` at level ``value`` or better."""
    HAS_SKILL = 3
    """An agent's skill: slot ``key`` at level ``value``."""
    ANY_OF = 4
    """Opens an any-of group: skill slot ``key`` at level ``value`` or better, or ..."""
    OR = 5
    """... this one: adds a member to the group that was opened last."""
    EXCLUDE = 6
    """Nobody who has skill slot ``key`` at level ``value`` or better."""
    PREFER = 7
    """Rather somebody who has skill slot ``key`` at level ``value`` or better."""
    STEP = 8
    """Opens the next step of a queue's plan: it begins ``value`` ns after entry; ``key`` is 0."""
    STEP_FIELD = 9
    """``key`` is a StepField, ``value`` its value."""
    TIER_FACTOR = 10
    """A queue's own target factor for tier slot ``key``, in millionths."""
    TIER_HEAD_START = 11
    """A queue's own head start for tier slot ``key``, in ns."""
    MAY_INTERRUPT = 12
    """A channel may interrupt channel slot ``key``; ``value`` is 1."""
    CHANNEL_LIMIT = 13
    """An agent takes at most ``value`` at once on channel slot ``key``; 0: lacks the channel."""
    CUSTOMER = 14
    """Whose interaction it is: 128 bits, the high half ``key``, the low half ``value`` (both as int64)."""


class Setting(IntEnum):
    """The center's own settings (CONFIGURE)."""

    MAX_SKILLS = 1
    MAX_REASONS = 2
    MAX_TIERS = 3
    MAX_QUEUES = 4
    MAX_AGENTS = 5
    MAX_SKILLS_PER_AGENT = 6
    MAX_SKILLS_PER_REQUIREMENT = 7
    MAX_REQUIREMENTS = 8
    MAX_INTERACTIONS = 9
    MAX_COOL_DOWNS = 10
    REMEMBERED_INTERACTIONS = 11
    REMEMBERED_OFFERS = 12
    REMEMBERED_ANSWERS = 13
    HALF_LIFE_NS = 14
    LEASE_NS = 15
    LEASE_GRACE_NS = 16
    ORDER = 17
    SEED = 18
    MAX_CHANNELS = 19
    MAX_STEPS = 20
    REMEMBERED_CUSTOMERS = 21


class Order(IntEnum):
    """By what the waiting rank within a priority: the earlier due, or the larger share of the promise used up."""

    DUE = 1
    PROPORTIONAL = 2


class TierField(IntEnum):
    """Fields of a tier."""

    TARGET_FACTOR_PPM = 1
    HEAD_START_NS = 2
    RANK = 3


class ChannelField(IntEnum):
    """Fields of a channel."""

    COST = 1
    MOST = 2
    EXCLUSIVE_WRAP_UP = 3


class QueueField(IntEnum):
    """Fields of a queue. Those called ``_TO`` are queue slots, NONE when there is none."""

    TARGET_NS = 1
    PRIORITY = 2
    STRATEGY = 3
    OFFER_NS = 4
    WRAP_UP_NS = 5
    COOL_DOWN_NS = 6
    MAX_WAITING = 7
    MAX_HANDLE_NS = 8
    CHANNEL = 9
    MAX_WAIT_NS = 10
    ON_MAX_WAIT = 11
    MAX_WAIT_TO = 12
    ON_FULL = 13
    FULL_TO = 14
    ON_UNSTAFFED = 15
    UNSTAFFED_TO = 16
    ON_CLOSED = 17
    CLOSED_TO = 18
    MAX_OFFERS = 19
    ON_HELD = 20
    HELD_NS = 21
    HELD_TO = 22
    ON_EXPIRY = 23
    AUTO_ACCEPT = 24
    SHARED = 25
    RESERVE = 26
    RESERVE_RANK = 27
    RESERVE_OPENS_NS = 28
    PREFER_LAST_NS = 29
    AFFINITY = 30
    CLAIMS = 31


class StepField(IntEnum):
    """Fields of a plan's step. The first step has SKIP only.

    SKIP: whether the step is skipped while nobody signed in could serve in it and somebody could in a
    later one. PRIORITY: raise the interaction to it. MOVE_TO: the queue that the interaction moves to. KEEPS:
    the step asks for nothing itself, what held before goes on to hold (so it is for a step that moves).
    The others make the step conditional: it holds only while its gate is open. The gate opens when at
    least one of the queue's own measures asks for it (or none is stated) and every measure of the lender
    allows it; once open it judges by the ``_CLOSE`` values, which default to the ones that open it.
    """

    SKIP = 1
    PRIORITY = 2
    MOVE_TO = 3
    WAITING = 4
    WAITING_CLOSE = 5
    WAIT_NS = 6
    WAIT_CLOSE_NS = 7
    AGENTS = 8
    AGENTS_CLOSE = 9
    LENDER = 10
    LENDER_WAITING = 11
    LENDER_WAITING_CLOSE = 12
    LENDER_WAIT_NS = 13
    LENDER_WAIT_CLOSE_NS = 14
    LENDER_FREE = 15
    LENDER_FREE_CLOSE = 16
    KEEPS = 17


class AgentField(IntEnum):
    """Fields of an agent."""

    MAX_OPEN_OFFERS = 1


class Overflow(IntEnum):
    """What becomes of an interaction that a queue cannot take or keep.

    WAIT: it waits all the same (ON_HELD: it is tried again after HELD_NS). REJECT: the door refuses it
    (ON_MAX_WAIT: it ends EXPIRED; ON_HELD: it ends REJECTED). MOVE: it moves to another queue.
    """

    WAIT = 1
    REJECT = 2
    MOVE = 3


class OnExpiry(IntEnum):
    """What becomes of an agent whose offer expired: nothing, or NOT_READY with the reason ``no_answer``."""

    KEEP = 1
    NOT_READY = 2


class Strategy(IntEnum):
    """How a queue ranks the agents who may serve. Ties: longest idle, then the earlier sign-in."""

    LEAST_OCCUPIED = 1
    LONGEST_IDLE = 2
    BEST_SKILLED = 3
    FEWEST_SKILLS = 4
    FEWEST_HANDLED = 5
    ROUND_ROBIN = 6
    RANDOM = 7


class Presence(IntEnum):
    """What a person chose, or what followed from a missed offer or a lapsed lease."""

    OFFLINE = 0
    AVAILABLE = 1
    NOT_READY = 2
    DRAINING = 3


class AgentState(IntEnum):
    """What an agent is doing, computed from assignments and offers, in this precedence."""

    IDLE = 0
    OFFERED = 1
    WRAP_UP = 2
    BUSY = 3


class InteractionState(IntEnum):
    """Where an interaction is. It is in exactly one state; :data:`ENDS` are its ends."""

    WAITING = 1
    OFFERED = 2
    ASSIGNED = 3
    COMPLETED = 4
    ABANDONED = 5
    SCHEDULED = 6
    HELD = 7
    EXPIRED = 8
    REJECTED = 9


ENDS: Final = frozenset(
    {
        InteractionState.COMPLETED,
        InteractionState.ABANDONED,
        InteractionState.EXPIRED,
        InteractionState.REJECTED,
    }
)
"""The states in which an interaction is over."""


class OfferState(IntEnum):
    """How an offer stands."""

    PENDING = 1
    ACCEPTED = 2
    DECLINED = 3
    EXPIRED = 4
    REVOKED = 5
    FAILED = 6


class AssignmentState(IntEnum):
    """How an assignment stands; it holds its units until it has ENDED."""

    ACTIVE = 1
    WRAP_UP = 2
    ENDED = 3


class EventType(IntEnum):
    """What happened. One event for each transition, in the order in which they happened."""

    CONFIGURED = 1
    DEFINED = 2
    INTERACTION_ENQUEUED = 3
    INTERACTION_RETURNED = 4
    INTERACTION_COMPLETED = 5
    INTERACTION_ABANDONED = 6
    OFFER_MADE = 7
    OFFER_ACCEPTED = 8
    OFFER_DECLINED = 9
    OFFER_EXPIRED = 10
    OFFER_REVOKED = 11
    WRAP_UP_STARTED = 12
    ASSIGNMENT_ENDED = 13
    PRESENCE_CHANGED = 14
    COOL_DOWN_ENDED = 15
    INTERACTION_SCHEDULED = 16
    INTERACTION_HELD = 17
    INTERACTION_RELEASED = 18
    INTERACTION_MOVED = 19
    INTERACTION_EXPIRED = 20
    INTERACTION_REJECTED = 21
    STEP_BEGAN = 22
    PRIORITY_CHANGED = 23
    ADDRESS_ENDED = 24
    OFFER_FAILED = 25
    GATE_OPENED = 26
    GATE_CLOSED = 27
    CLAIM_MADE = 28
    CLAIM_ENDED = 29
    QUEUE_OPENED = 30
    QUEUE_CLOSED = 31
    REDEFINED = 32
    RESUMED = 33
    OFFER_EXTENDED = 34


class Cause(IntEnum):
    """Why something happened, where the event alone does not say."""

    NONE = 0
    AGENT = 1
    CUSTOMER = 2
    SYSTEM = 3
    DECLINED = 4
    EXPIRED = 5
    REVOKED = 6
    NO_ANSWER = 7
    LEASE_LAPSED = 8
    FORCED = 9
    DEADLINE = 10
    DRAINED = 11
    TAKEN = 12
    FULL = 13
    UNSTAFFED = 14
    CLOSED = 15
    MAX_WAIT = 16
    MISSES = 17
    PLAN = 18
    HOPELESS = 19
    LIMIT = 20
    UNFIT = 21
    ABSENT = 22
    FAILED = 23
    AUTOMATIC = 24
    TRANSFER = 25
    SCHEDULE = 26
    REPLACED = 27


class TimerKind(IntEnum):
    """What a deadline is for."""

    OFFER = 1
    WRAP_UP = 2
    HANDLE = 3
    COOL_DOWN = 4
    LEASE = 5
    GRACE = 6
    PLAN = 7
    HOLD = 8
    GATE = 9


BUILTIN_REASONS: Final = (b"none", b"no_answer", b"lease_lapsed")
"""Reasons that exist in every center, at slots 0, 1 and 2."""
BUILTIN_CHANNELS: Final = (b"voice",)
"""The channel that exists in every center, at slot 0; it may be replaced."""


class Rule(NamedTuple):
    """What a field of a definition may be: its default (always allowed), and which other values are."""

    default: int
    least: int
    greatest: int
    or_zero: bool = False
    """Whether 0 ("none") is allowed beside the range."""

    def allows(self, value: int) -> bool:
        """Say whether the field may have this value."""
        return self.least <= value <= self.greatest or value == self.default or (self.or_zero and value == 0)


SETTING_RULES: Final = {
    Setting.MAX_SKILLS: Rule(1_000, 0, 100_000),
    Setting.MAX_REASONS: Rule(100, 3, 10_000),
    Setting.MAX_TIERS: Rule(100, 0, 1_000),
    Setting.MAX_QUEUES: Rule(10_000, 0, 100_000),
    Setting.MAX_AGENTS: Rule(100_000, 0, 1_000_000),
    Setting.MAX_SKILLS_PER_AGENT: Rule(100, 0, 1_000),
    Setting.MAX_SKILLS_PER_REQUIREMENT: Rule(20, 0, 100),
    Setting.MAX_REQUIREMENTS: Rule(10_000, 0, 100_000),
    Setting.MAX_INTERACTIONS: Rule(2_000_000, 0, 100_000_000),
    Setting.MAX_COOL_DOWNS: Rule(8, 1, 64),
    Setting.REMEMBERED_INTERACTIONS: Rule(4_096, 0, 10_000_000),
    Setting.REMEMBERED_OFFERS: Rule(4_096, 0, 10_000_000),
    Setting.REMEMBERED_ANSWERS: Rule(16_384, 0, 10_000_000),
    Setting.HALF_LIFE_NS: Rule(1_800 * SECOND_NS, SECOND_NS, 30 * DAY_NS),
    Setting.LEASE_NS: Rule(0, MIN_DURATION_NS, MAX_DURATION_NS, or_zero=True),
    Setting.LEASE_GRACE_NS: Rule(60 * SECOND_NS, MIN_DURATION_NS, MAX_DURATION_NS),
    Setting.ORDER: Rule(Order.DUE, Order.DUE, Order.PROPORTIONAL),
    Setting.SEED: Rule(0, 0, 2**62 - 1),
    Setting.MAX_CHANNELS: Rule(MAX_CHANNELS, 1, MAX_CHANNELS),
    Setting.MAX_STEPS: Rule(10, 1, 32),
    Setting.REMEMBERED_CUSTOMERS: Rule(16_384, 0, 10_000_000),
}
TIER_RULES: Final = {
    TierField.TARGET_FACTOR_PPM: Rule(PPM, 1_000, 100 * PPM),
    TierField.HEAD_START_NS: Rule(0, 0, MAX_DURATION_NS),
    TierField.RANK: Rule(0, -1_000, 1_000),
}
CHANNEL_RULES: Final = {
    ChannelField.COST: Rule(UNITS, 1, UNITS),
    ChannelField.MOST: Rule(1, 1, 100),
    ChannelField.EXCLUSIVE_WRAP_UP: Rule(0, 0, 1),
}
_SLOT: Final = Rule(NONE, 0, 2**31 - 1)
_DURATION: Final = Rule(0, MIN_DURATION_NS, MAX_DURATION_NS, or_zero=True)
QUEUE_RULES: Final = {
    QueueField.TARGET_NS: Rule(20 * SECOND_NS, 0, MAX_DURATION_NS),
    QueueField.PRIORITY: Rule(0, MIN_PRIORITY, MAX_PRIORITY),
    QueueField.STRATEGY: Rule(Strategy.LEAST_OCCUPIED, Strategy.LEAST_OCCUPIED, Strategy.RANDOM),
    QueueField.OFFER_NS: Rule(20 * SECOND_NS, MIN_DURATION_NS, MAX_DURATION_NS),
    QueueField.WRAP_UP_NS: _DURATION,
    QueueField.COOL_DOWN_NS: Rule(30 * SECOND_NS, MIN_DURATION_NS, MAX_DURATION_NS),
    QueueField.MAX_WAITING: Rule(1_000_000, 0, 100_000_000),
    QueueField.MAX_HANDLE_NS: Rule(DAY_NS, MIN_DURATION_NS, MAX_DURATION_NS),
    QueueField.CHANNEL: Rule(0, 0, MAX_CHANNELS - 1),
    QueueField.MAX_WAIT_NS: _DURATION,
    QueueField.ON_MAX_WAIT: Rule(Overflow.REJECT, Overflow.REJECT, Overflow.MOVE),
    QueueField.MAX_WAIT_TO: _SLOT,
    QueueField.ON_FULL: Rule(Overflow.REJECT, Overflow.REJECT, Overflow.MOVE),
    QueueField.FULL_TO: _SLOT,
    QueueField.ON_UNSTAFFED: Rule(Overflow.WAIT, Overflow.WAIT, Overflow.MOVE),
    QueueField.UNSTAFFED_TO: _SLOT,
    QueueField.ON_CLOSED: Rule(Overflow.REJECT, Overflow.WAIT, Overflow.MOVE),
    QueueField.CLOSED_TO: _SLOT,
    QueueField.MAX_OFFERS: Rule(5, 1, 1_000),
    QueueField.ON_HELD: Rule(Overflow.WAIT, Overflow.WAIT, Overflow.MOVE),
    QueueField.HELD_NS: Rule(300 * SECOND_NS, MIN_DURATION_NS, MAX_DURATION_NS),
    QueueField.HELD_TO: _SLOT,
    QueueField.ON_EXPIRY: Rule(OnExpiry.NOT_READY, OnExpiry.KEEP, OnExpiry.NOT_READY),
    QueueField.AUTO_ACCEPT: Rule(0, 0, 1),
    QueueField.SHARED: Rule(1, 1, 16),
    QueueField.RESERVE: Rule(0, 0, 1_000),
    QueueField.RESERVE_RANK: Rule(0, -1_000, 1_000),
    QueueField.RESERVE_OPENS_NS: Rule(0, 0, MAX_DURATION_NS),
    QueueField.PREFER_LAST_NS: _DURATION,
    QueueField.AFFINITY: Rule(1, 0, 1),
    QueueField.CLAIMS: Rule(1, 0, 1),
}
MOVES_TO: Final = {
    QueueField.ON_MAX_WAIT: QueueField.MAX_WAIT_TO,
    QueueField.ON_FULL: QueueField.FULL_TO,
    QueueField.ON_UNSTAFFED: QueueField.UNSTAFFED_TO,
    QueueField.ON_CLOSED: QueueField.CLOSED_TO,
    QueueField.ON_HELD: QueueField.HELD_TO,
}
"""Which field says where a policy's MOVE leads."""
_COUNT: Final = Rule(NONE, 0, 100_000_000)
_WAIT: Final = Rule(NONE, 0, MAX_DURATION_NS)
STEP_RULES: Final = {
    StepField.SKIP: Rule(1, 0, 1),
    StepField.PRIORITY: Rule(NO_PRIORITY, MIN_PRIORITY, MAX_PRIORITY),
    StepField.MOVE_TO: _SLOT,
    StepField.WAITING: Rule(NONE, 1, 100_000_000),
    StepField.WAITING_CLOSE: Rule(NONE, 1, 100_000_000),
    StepField.WAIT_NS: Rule(NONE, MIN_DURATION_NS, MAX_DURATION_NS),
    StepField.WAIT_CLOSE_NS: _WAIT,
    StepField.AGENTS: _COUNT,
    StepField.AGENTS_CLOSE: _COUNT,
    StepField.LENDER: _SLOT,
    StepField.LENDER_WAITING: _COUNT,
    StepField.LENDER_WAITING_CLOSE: _COUNT,
    StepField.LENDER_WAIT_NS: _WAIT,
    StepField.LENDER_WAIT_CLOSE_NS: _WAIT,
    StepField.LENDER_FREE: _COUNT,
    StepField.LENDER_FREE_CLOSE: _COUNT,
    StepField.KEEPS: Rule(0, 0, 1),
}
AGENT_RULES: Final = {
    AgentField.MAX_OPEN_OFFERS: Rule(1, 1, 100),
}
MIN_LEVEL: Final = 1
MAX_LEVEL: Final = 10
"""Least and greatest proficiency; higher is better."""
FORCE: Final = 1
"""In ``flags``: a SET_PRESENCE goes OFFLINE at once, work returns to its old place; a SET_QUEUE that closes
turns away those who wait."""
DIRECT: Final = 2
"""In the ``flags`` of an ENQUEUE or a MOVE: for this agent whatever the skills, and without limit."""
REPLACE: Final = 4
"""In the ``flags`` of a DEFINE_TIER, _CHANNEL, _QUEUE or _AGENT: what has this name is defined anew."""
BY_INTERACTION: Final = 8
"""In the ``flags`` of a FAIL: the target is an interaction, its assignment is what fails."""

_WAIT_EDGES_S = (
    1,
    2,
    3,
    5,
    10,
    15,
    20,
    30,
    45,
    60,
    90,
    120,
    180,
    300,
    600,
    1_200,
    1_800,
    3_600,
    14_400,
    86_400,
    172_800,
)
WAIT_EDGES_NS: Final = tuple(seconds * SECOND_NS for seconds in _WAIT_EDGES_S)
"""Upper edges of the wait histogram, each inclusive; one more bin holds whatever waited longer.

Every queue's target joins them when the queue is defined, for good, while there is room for it. Waits that were counted
before stay above the new edge: what a bin counts only grows, and from then on it is exact.
"""
MAX_WAIT_EDGES: Final = 47
"""Edges that a center may have, at most."""
