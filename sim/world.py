"""The world in numbers: what the engine simulates, and what it counts.

A scenario (``scenario.py``) is what people write; :class:`World` is what it comes down to for one replication: slots of
the router's center, distributions by their index in a list, arrays. It holds no rule of routing: the commands
that define the center are the router's own.

Times are seconds (float) or nanoseconds (int) from the moment at which the simulation begins; the router's clock
shows ``World.start_ns`` then. ``NONE`` (-1) as the index of a distribution means "not at all", unless its field says
otherwise. What values may be is checked in ``world_check.py``, before anything is simulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..router.codes import SECOND_NS
from ..router.records import Command

NONE: Final = -1
ALWAYS: Final = 1e30
"""Seconds that never pass: the patience of whoever never gives up."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Shape(IntEnum):
    """Families of distributions, and what their parameters are (all in seconds where they are times)."""

    CONSTANT = 0
    """(value)"""
    EXPONENTIAL = 1
    """(mean)"""
    GAMMA = 2
    """(shape, scale); Erlang-k is (k, mean / k)"""
    LOGNORMAL = 3
    """(mean, standard deviation) of the natural logarithm"""
    WEIBULL = 4
    """(shape, scale)"""
    UNIFORM = 5
    """(least, greatest)"""
    EMPIRICAL = 6
    """Any number of values, ascending: each as likely as the others, without interpolation."""
    HAZARD = 7
    """A piecewise-constant hazard: (from_0, rate_0, from_1, rate_1, ...) with from_0 = 0; the last rate > 0."""
    MIXTURE = 8
    """(weight_0, index_0, weight_1, index_1, ...): weights add up to 1, indices into ``World.distributions``, none of
    them a mixture. Hyperexponential is a mixture of exponentials."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution of times or factors, in the engine's terms. What is drawn is never less than 0."""

    shape: Shape
    parameters: tuple[float, ...]
    at_most: float = ALWAYS
    """What would be larger is this instead."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several places to go: taken with probability ``share``."""

    share: float
    queue: int
    tier: int = NONE
    """NONE: as before (only for transfers). A transfer to another tier is another interaction to the router, in the
    queue since the first one was, so that it may come back to the agent whom it came from."""


@dataclass(frozen=True, slots=True)
class SelfService:
    """What comes before the queue: a menu or a bot."""

    contained: float
    """Share whose matter ends there."""
    length: int
    """Distribution of the time spent there, for all."""


@dataclass(frozen=True)
class Source:
    """A stream of customers: Poisson, its rate piecewise constant, single or in batches."""

    edges_s: Floats
    """Where the pieces begin, ascending, and where the last one ends (which may be ALWAYS): n + 1 values."""
    rates_per_s: Floats
    """Batches a second in each piece: n values, each at least 0. Day factors are in them already. Those of a batch come
    one after the other in the same moment: each finds what the one before has left."""
    choices: tuple[Choice, ...]
    """Queue and tier; the shares add up to 1."""
    batch: int = NONE
    """Distribution of customers a batch, rounded to the nearest whole number, at least 1. NONE: one."""
    self_service: SelfService | None = None


@dataclass(frozen=True)
class Trace:
    """Customers who are known one by one. Arrays of n; arrivals ascend."""

    at_s: Floats
    queue: NDArray[np.int32]
    tier: NDArray[np.int32]
    patience_s: Floats
    """NaN: drawn as for all others of the queue and tier; ALWAYS: never gives up."""
    handle_s: Floats
    """Talk, without wrap-up. NaN: drawn."""
    since_s: Floats | None = None
    """When each began to wait; at most ``at_s``. None: on arrival."""


@dataclass(frozen=True, slots=True)
class Behavior:
    """How the customers of one (queue, tier) behave."""

    patience: int = NONE
    """Distribution of the time after which they hang up while waiting. NONE: never."""
    balk_share: float = 0.0
    """Share that leaves at once if there is no agent at once and ``balk_from`` others or more wait in the queue."""
    balk_from: int = 0
    retry_share: float = 0.0
    """Share of those who hung up, balked or were turned away who try again."""
    retry_after: int = NONE
    """Distribution of the time until they do; required where ``retry_share`` is more than 0."""
    most_retries: int = 5
    """After so many they give up for good."""
    callback_after_s: float = ALWAYS
    """After so long in the queue they are asked whether they want to be called back (once in each wait)."""
    callback_share: float = 0.0
    """Share that does: moved to ``callback_queue``, where nobody gives up."""
    callback_queue: int = NONE


@dataclass(frozen=True, slots=True)
class QueueWork:
    """How the work of one queue goes, whoever does it."""

    failure_share: float = 0.0
    """Share of accepted offers whose media cannot be connected: the offer fails."""
    transfers: tuple[Choice, ...] = ()
    """Where an interaction goes when its talk ends, instead of ending; the rest of the shares ends, and so does whoever
    finds the door of the other queue shut."""
    short_s: float = 0.0
    """Whoever hangs up within it is a short abandon."""


@dataclass(frozen=True)
class AgentType:
    """How the agents of one type behave. Figures of agents are summed by type."""

    name: str
    pick_up: int = NONE
    """Distribution of the time from an offer to its acceptance (or refusal). NONE: none at all. Of no meaning in a
    queue that accepts by itself."""
    miss_share: float = 0.0
    """Share of offers that they let expire."""
    decline_share: float = 0.0
    """Share of the other offers that they decline."""
    back_after: int = NONE
    """Distribution of the time after which an agent made NOT_READY by a missed offer is AVAILABLE again. NONE: at
    once."""
    rest_share: float = 0.0
    """Share of assignments after which they take a rest (NOT_READY) of ``rest`` seconds, wrap-up done."""
    rest: int = NONE
    slowdown: tuple[float, ...] = ()
    """By channel: with n interactions at once on it each goes on at 1 / (1 + slowdown * (n - 1)) of its speed.
    Missing: 0."""


class Duty(IntEnum):
    """What an agent does at a moment of the roster."""

    SIGN_IN = 0
    LEAVE = 1
    """For good, or until the next SIGN_IN; work under way is finished first."""
    BREAK = 2
    """For ``length_s``, from the moment at which there is no work any more; of those not signed in, nothing."""


@dataclass(frozen=True)
class Roster:
    """Who does what when, in order of time (and, at equal times, in this order). Arrays of n."""

    at_s: Floats
    agent: NDArray[np.int32]
    duty: NDArray[np.int32]
    length_s: Floats
    """Of a BREAK; 0 otherwise."""


class Ending(IntEnum):
    """What happens at the horizon."""

    STOP = 0
    """Everything stops; whoever has not been served yet is counted as unfinished."""
    DOORS_SHUT = 1
    """Nobody arrives any more, not for a second time either; those inside are served (figures of this time stand in the
    interval after the last)."""
    RUN_ON = 2
    """Arrivals go on, but whoever arrives later is not counted: until everybody who counts has left the queue."""


@dataclass(frozen=True)
class World:
    """One replication. Slots are those that ``definitions`` make: in the order of the definitions, from 0."""

    definitions: Sequence[Command]
    """Make the center; all at ``start_ns``."""
    openings: Sequence[Command]
    """SET_QUEUE commands at their times (router's clock), ascending."""
    queues: tuple[str, ...]
    tiers: tuple[str, ...]
    agents: tuple[str, ...]
    distributions: tuple[Distribution, ...]
    sources: tuple[Source, ...]
    traces: tuple[Trace, ...]
    behaviors: tuple[tuple[Behavior, ...], ...]
    """By queue, by tier."""
    work: tuple[QueueWork, ...]
    """By queue."""
    types: tuple[AgentType, ...]
    type_of: NDArray[np.int32]
    """By agent."""
    handle: NDArray[np.int32]
    """[queue, tier, type]: distribution of talk."""
    wrap_up: NDArray[np.int32]
    """[queue, type]: distribution of wrap-up. NONE: as long as the router's queue allows."""
    roster: Roster
    target_ns: Ints
    """[queue, tier]: what service levels are judged by."""
    thresholds_ns: Ints
    """Further waits that are counted exactly, ascending."""
    horizon_s: float
    warm_up_s: float = 0.0
    """Whoever arrives before, and all time before, is not counted."""
    interval_s: float = ALWAYS
    """Figures are split by intervals of this length, the last one possibly shorter..."""
    period_s: float = ALWAYS
    """...which begin anew (are folded) after this: a day, a week."""
    batches: int = 1
    """The time from warm-up to horizon is split into so many equal parts for batch means."""
    ending: Ending = Ending.STOP
    most_overtime_s: float = 86_400.0
    """After the horizon it stops then at the latest."""
    seed: int = 0
    replication: int = 0
    start_ns: int = SECOND_NS
    records: bool = False
    """Keep a row (:data:`CUSTOMER`) for each customer that counts; memory then grows with the horizon."""
    journal: bool = False
    """Keep every command (rows of ``router.batch.COMMAND``)."""

    def n_intervals(self) -> int:
        """Return how many intervals there are, without the one after the horizon."""
        span = min(self.horizon_s, self.period_s)
        return max(1, int(np.ceil(span / self.interval_s - 1e-9)))


class Count(IntEnum):
    """Columns of ``Tally.customers``. Whoever arrives in an interval is counted there, whenever it ends.

    Ends are counted in the queue and tier where they happen, in the interval of the arrival at the center. A transfer
    begins another wait, which is offered like any other. So, over all queues: offered = answered + abandoned + rejected
    + expired + unfinished.
    """

    OFFERED = 0
    """Came to this queue (or to a door that turned them away): from outside, retries included, or by transfer."""
    ANSWERED = 1
    """Accepted by an agent."""
    ANSWERED_IN_TARGET = 2
    ABANDONED = 3
    """Hung up while waiting or ringing, balked ones included."""
    ABANDONED_IN_TARGET = 4
    ABANDONED_SHORT = 5
    BALKED = 6
    REJECTED = 7
    EXPIRED = 8
    """Ended by the queue's longest wait."""
    WAITED = 9
    """Were not accepted at the moment at which they came: those answered later (that an agent has to pick up counts as
    waiting), those who hung up, and those whose wait expired or was not finished."""
    MOVED_IN = 10
    """Came from another queue, by overflow, plan or callback: the same wait goes on."""
    TRANSFERRED = 11
    """Of those offered, by transfer: their talk had ended elsewhere."""
    RETRIED = 12
    """Of those offered, how many had tried before."""
    CALLED_BACK = 13
    """Chose, here, to be called back."""
    SELF_SERVED = 14
    """Ended in self-service; not among those offered."""
    OFFERS = 15
    MISSED = 16
    DECLINED = 17
    FAILED = 18
    UNFINISHED = 19
    """Still waiting when the simulation stopped."""
    WAIT_S = 20
    """Sum of the waits of those answered."""
    WAIT_SQUARED_S2 = 21
    ABANDONED_WAIT_S = 22
    TALK_S = 23
    """Sum over all assignments that began here, transfers included, as far as the talk has ended."""
    WRAP_UP_S = 24
    LONGEST_WAIT_S = 25
    """The longest of all who were answered or hung up: a maximum, not a sum."""
    HANDLED = 26
    """Assignments of which talk has ended: what TALK_S is divided by."""


N_COUNTS: Final = len(Count)


class Doing(IntEnum):
    """What agents spend their time with, as the router states it. Time OFFLINE is not counted."""

    IDLE = 0
    """AVAILABLE and nothing to do."""
    OFFERED = 1
    BUSY = 2
    WRAP_UP = 3
    AWAY = 4
    """NOT_READY, or about to be (DRAINING), and nothing to do."""


N_DOINGS: Final = len(Doing)

WAIT_BINS: Final = 1_984
"""Bins of a wait histogram: 0, then 1 ms, growing so that each is at most 1/64 wider than its lower edge; see
:func:`wait_bin_edges_s`."""


def wait_bin_edges_s() -> Floats:
    """Return the upper edges of the bins of ``Tally.waits``, each inclusive, in seconds: WAIT_BINS values.

    The bin of a wait is found from whole milliseconds, rounded up: m < 64 has a bin of its own; beyond, every
    doubling is split into 64 equal parts (as HdrHistogram does).
    """
    small = np.arange(64, dtype=np.float64)
    rest = np.arange(WAIT_BINS - 64)
    octave, part = rest // 64, rest % 64
    upper = (64.0 + part + 1.0) * 2.0**octave - 1.0
    return np.concatenate([small, upper]) / 1_000.0


CUSTOMER: Final = np.dtype(
    [
        ("arrival_s", "f8"),
        ("wait_s", "f8"),
        ("talk_s", "f8"),
        ("queue", "i4"),
        ("tier", "i4"),
        ("agent", "i4"),
        ("source", "i4"),
        ("attempt", "i4"),
        ("outcome", "i4"),
    ]
)
"""One attempt of a customer who counts, in order of ending, told by its first wait: ``agent`` is the first who
answered, -1: none; ``queue`` and ``tier`` are those of the end; ``source`` counts the sources, then the traces;
``talk_s`` is of the first talk; ``outcome`` is an :class:`Outcome`."""


class Outcome(IntEnum):
    """How a wait ended."""

    ANSWERED = 0
    ABANDONED = 1
    BALKED = 2
    REJECTED = 3
    EXPIRED = 4
    UNFINISHED = 5
    SELF_SERVED = 6


@dataclass(frozen=True)
class Tally:
    """What one replication counted. The last interval is the time after the horizon.

    Shapes: Q queues, T tiers, K agent types, A agents, I intervals (``World.n_intervals()`` + 1), B batches.
    """

    customers: Floats
    """[B, I, Q, T, N_COUNTS]"""
    queue_s: Floats
    """[B, I, Q, T]: the integral of the number waiting (or ringing) over time."""
    agent_s: Floats
    """[B, I, K, N_DOINGS]: seconds."""
    agents: Floats
    """[A, N_DOINGS]: seconds, over the whole counted time, with the time after the horizon."""
    handled: Ints
    """[A]: assignments."""
    waits: Ints
    """[Q, T, 2, WAIT_BINS]: histogram of the waits of those answered (0) and those who hung up (1)."""
    within: Floats
    """[B, I, Q, T, 2, len(thresholds)]: how many of those answered (0) and of those who hung up (1) waited at most so
    long."""
    counted_s: Floats
    """[B, I]: how long each interval was counted in this run (folded intervals add up)."""
    ended_s: float
    """When the simulation stopped."""
    commands: int
    """How many commands the router was given, without definitions."""
    arrivals: int
    """How many customers came in all, counted or not."""
    digest: int
    """The router's state hash at the end."""
    records: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, CUSTOMER))
    journal: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    """Rows of ``router.batch.COMMAND``, as bytes, without definitions."""
