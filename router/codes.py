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
"""In an ENQUEUE's ``x``: the customer begins to wait now."""
UNITS: Final = 100
"""Units of capacity that every agent has."""
VOICE_COST: Final = 100
"""Units that one interaction on the channel ``voice`` holds."""
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


class ItemKind(IntEnum):
    """Kinds of items that a definition carries: what a name cannot say."""

    FIELD = 1
    """``key`` is a Setting, TierField, QueueField or AgentField, ``value`` its value."""
    REQUIRE = 2
    """A queue's requirement: skill slot ``key`` at level ``value`` or better."""
    HAS_SKILL = 3
    """An agent's skill: slot ``key`` at level ``value``."""


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


class TierField(IntEnum):
    """Fields of a tier."""

    TARGET_FACTOR_PPM = 1
    HEAD_START_NS = 2
    RANK = 3


class QueueField(IntEnum):
    """Fields of a queue."""

    TARGET_NS = 1
    PRIORITY = 2
    STRATEGY = 3
    OFFER_NS = 4
    WRAP_UP_NS = 5
    COOL_DOWN_NS = 6
    MAX_WAITING = 7
    MAX_HANDLE_NS = 8


class AgentField(IntEnum):
    """Fields of an agent."""

    MAX_OPEN_OFFERS = 1


class Strategy(IntEnum):
    """How a queue ranks the agents who may serve. Ties: longest idle, then the earlier sign-in."""

    LEAST_OCCUPIED = 1
    LONGEST_IDLE = 2


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
    """Where an interaction is. It is in exactly one state; the last two are ends."""

    WAITING = 1
    OFFERED = 2
    ASSIGNED = 3
    COMPLETED = 4
    ABANDONED = 5


class OfferState(IntEnum):
    """How an offer stands."""

    PENDING = 1
    ACCEPTED = 2
    DECLINED = 3
    EXPIRED = 4
    REVOKED = 5


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


class TimerKind(IntEnum):
    """What a deadline is for."""

    OFFER = 1
    WRAP_UP = 2
    HANDLE = 3
    COOL_DOWN = 4
    LEASE = 5
    GRACE = 6


BUILTIN_REASONS: Final = (b"none", b"no_answer", b"lease_lapsed")
"""Reasons that exist in every center, at slots 0, 1 and 2."""


class Rule(NamedTuple):
    """What a field of a definition may be: its default, and which values are allowed."""

    default: int
    least: int
    greatest: int
    or_zero: bool = False
    """Whether 0 ("none") is allowed beside the range."""

    def allows(self, value: int) -> bool:
        """Say whether the field may have this value."""
        return self.least <= value <= self.greatest or (self.or_zero and value == 0)


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
}
TIER_RULES: Final = {
    TierField.TARGET_FACTOR_PPM: Rule(PPM, 1_000, 100 * PPM),
    TierField.HEAD_START_NS: Rule(0, 0, MAX_DURATION_NS),
    TierField.RANK: Rule(0, -1_000, 1_000),
}
QUEUE_RULES: Final = {
    QueueField.TARGET_NS: Rule(20 * SECOND_NS, 0, MAX_DURATION_NS),
    QueueField.PRIORITY: Rule(0, MIN_PRIORITY, MAX_PRIORITY),
    QueueField.STRATEGY: Rule(Strategy.LEAST_OCCUPIED, Strategy.LEAST_OCCUPIED, Strategy.LONGEST_IDLE),
    QueueField.OFFER_NS: Rule(20 * SECOND_NS, MIN_DURATION_NS, MAX_DURATION_NS),
    QueueField.WRAP_UP_NS: Rule(0, MIN_DURATION_NS, MAX_DURATION_NS, or_zero=True),
    QueueField.COOL_DOWN_NS: Rule(30 * SECOND_NS, MIN_DURATION_NS, MAX_DURATION_NS),
    QueueField.MAX_WAITING: Rule(1_000_000, 0, 100_000_000),
    QueueField.MAX_HANDLE_NS: Rule(DAY_NS, MIN_DURATION_NS, MAX_DURATION_NS),
}
AGENT_RULES: Final = {
    AgentField.MAX_OPEN_OFFERS: Rule(1, 1, 100),
}
MIN_LEVEL: Final = 1
MAX_LEVEL: Final = 10
"""Least and greatest proficiency; higher is better."""
FORCE: Final = 1
"""In a SET_PRESENCE's ``flags``: go OFFLINE at once, work returns to its old place."""

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
"""Upper edges of the wait histogram, each inclusive; one more bin holds whatever waited longer."""
