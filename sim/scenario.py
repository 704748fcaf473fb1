"""A scenario as typed, frozen models: a center, who comes, how people behave, who works when, how it is run.

:func:`~acdcore.sim.scenario_load.load_scenario` makes one from YAML; ``docs/simulate.md`` has every key. Attributes
carry their units (``length_ns``); in the file the same field has none (``length: 30m``).
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, InstanceOf, PrivateAttr, field_validator, model_validator

from ..config.durations import format_duration
from ..config.hours import WallClock, find_zone
from ..config.models import Center
from ..config.tree import Node
from ..config.values import EMPTY_IF_NULL, Model, Name, or_empty_list, refused, several, whole
from ..router.codes import DAY_NS, MIN_DURATION_NS, SECOND_NS
from .laws import SHARES_TOLERANCE
from .scenario_files import Counts, TraceRows, Wall
from .scenario_values import (
    DAY_MINUTES,
    EVERY_DAY,
    MINUTE_NS,
    MOST_COUNT,
    MOST_HORIZON_NS,
    ONE_OR_LIST,
    AgentsName,
    AgentsNames,
    ChannelName,
    Confidence,
    CountLaw,
    Days,
    FactorLaw,
    FileName,
    Level,
    Patience,
    QueueName,
    QueueNames,
    Rate,
    Share,
    Shift,
    SkillName,
    Slowdown,
    Start,
    TierName,
    TierNames,
    TimeLaw,
    TimeOfDay,
    Zone,
    lasting,
    or_list,
    overlap_in_week,
)
from .world import Ending

MOST_LENGTH_NS: Final = 400 * DAY_NS
ANY_LENGTH: Final = lasting(0, MOST_LENGTH_NS)
SOME_LENGTH: Final = lasting(MIN_DURATION_NS, MOST_LENGTH_NS)
INTERVAL: Final = lasting(SECOND_NS, MOST_LENGTH_NS)
OF_A_DAY: Final = lasting(MINUTE_NS, DAY_NS)
ENDINGS: Final = {ending.name.lower(): ending for ending in Ending}
DEFAULT_START: Final = dt.datetime(2026, 1, 5)  # noqa: DTZ001  the run's zone is a field of its own
"""A Monday."""


def _ending(value: Any) -> Ending:
    if isinstance(value, str) and value in ENDINGS:
        return ENDINGS[value]
    raise refused("is no ending", " or ".join(ENDINGS))


def add_up(shares: list[float], path: tuple[str | int, ...]) -> None:
    """Refuse shares that do not add up to 1."""
    total = sum(shares)
    if abs(total - 1.0) > SHARES_TOLERANCE:
        raise several([(path, f"has shares that add up to {total:g}, not to 1")])


# ---------------------------------------------------------------------- demand


class Part(Model):
    """``demand[N].mix[N]``: one of several things that a source's customers come for."""

    queue: QueueName
    tier: TierName | None = None
    share: Share


class Rates(Model):
    """``demand[N].rates[N]``: how many an hour come, interval by interval, on some days."""

    per_hour: list[Rate]
    interval_ns: Annotated[int, OF_A_DAY] = Field(default=60 * MINUTE_NS, alias="interval")
    start_minutes: TimeOfDay = Field(default=0, alias="start")
    days: Days = EVERY_DAY

    @model_validator(mode="after")
    def _in_a_day(self) -> Self:
        if not self.per_hour:
            raise several([(("per_hour",), "has no value; allowed: a list of at least one")])
        length_ns = len(self.per_hour) * self.interval_ns
        if length_ns > DAY_NS:
            count, interval = len(self.per_hour), format_duration(self.interval_ns)
            message = (
                f"has {count} intervals of {interval}: more than a day; allowed: up to {DAY_NS // self.interval_ns}"
            )
            raise several([(("per_hour",), message)])
        return self

    @property
    def ends_minutes(self) -> float:
        """When the last interval ends, in minutes from midnight; over 1440: on the next day."""
        return self.start_minutes + len(self.per_hour) * self.interval_ns / MINUTE_NS


class Calls(Model):
    """``demand[N].calls``: how many came, by date and interval, from a file."""

    file: FileName
    interval_ns: Annotated[int, OF_A_DAY] = Field(default=30 * MINUTE_NS, alias="interval")
    dates: Literal["same", "drawn"] = "same"
    """``same``: a simulated date has the figures of that date; ``drawn``: of one with the same day of the week."""


class SelfServiceRule(Model):
    """``demand[N].self_service``: a menu or a bot before the queue."""

    contained: Share
    length: TimeLaw


class SourceRule(Model):
    """``demand[N]``: a stream of customers, and what they come for."""

    queue: QueueName | None = None
    mix: list[Part] = Field(default_factory=list)
    tiers: Annotated[dict[TierName, Share], EMPTY_IF_NULL] = Field(default_factory=dict)
    calls_per_hour: Rate | None = None
    rates: Annotated[list[Rates], ONE_OR_LIST] = Field(default_factory=list)
    trace: FileName | None = None
    calls: Annotated[
        Calls | None, BeforeValidator(lambda value: {"file": value} if isinstance(value, str) else value)
    ] = None
    day_factor: FactorLaw | None = None
    batch: CountLaw | None = None
    self_service: SelfServiceRule | None = None

    @model_validator(mode="after")
    def _one_stream(self) -> Self:
        kinds = ("calls_per_hour", "rates", "trace", "calls")
        said = [kind for kind in kinds if kind in self.model_fields_set]
        if len(said) != 1:
            raise refused(f"says {' and '.join(said) or 'nothing'} of how many come", f"one of {', '.join(kinds)}")
        if self.queue is not None and self.mix:
            raise several([(("mix",), "stands beside queue; allowed: one of them")])
        if self.queue is None and not self.mix and said[0] in ("calls_per_hour", "rates"):
            raise refused("says nothing of what for they come", "queue or mix")
        if self.mix:
            add_up([part.share for part in self.mix], ("mix",))
        if self.tiers:
            add_up(list(self.tiers.values()), ("tiers",))
        for key in ("day_factor", "batch", "self_service"):
            if said == ["trace"] and key in self.model_fields_set:
                raise several([((key,), "stands beside trace, which says who comes")])
        return self

    @field_validator("rates", mode="after")
    @classmethod
    def _apart(cls, rates: list[Rates]) -> list[Rates]:
        for number, one in enumerate(rates):
            for other, earlier in enumerate(rates[:number]):
                spans = [(block.start_minutes, block.ends_minutes) for block in (one, earlier)]
                if overlap_in_week(one.days, spans[0], earlier.days, spans[1]):
                    raise several([((number,), f"overlaps rates[{other}] on the same day")])
        return rates


class Backlog(Model):
    """``backlog[N]``: customers who wait already when the run begins."""

    queue: QueueName
    tier: TierName | None = None
    count: Annotated[int, whole(1, MOST_COUNT)]
    age: TimeLaw | None = None
    """For how long each has been waiting; None: since the beginning of the run."""


# ---------------------------------------------------------------------- customers and their work


class Balk(Model):
    """``customers[N].balk``: who sees that others wait, and leaves at once."""

    share: Share
    others: Annotated[int, whole(0, MOST_COUNT)] = Field(default=1, alias="from")


class Retry(Model):
    """``customers[N].retry``: who tries again."""

    share: Share
    after: TimeLaw
    most: Annotated[int, whole(1, 1_000)] = 5


class Callback(Model):
    """``customers[N].callback``: who is asked whether to be called back."""

    after_ns: Annotated[int, ANY_LENGTH] = Field(alias="after")
    share: Share
    queue: QueueName


class CustomerRule(Model):
    """``customers[N]``: how the customers of some queues and tiers behave."""

    queue: QueueNames = Field(default_factory=list)
    tier: TierNames = Field(default_factory=list)
    patience: Patience | None = None
    balk: Balk | None = None
    retry: Retry | None = None
    callback: Callback | None = None
    short_abandon_ns: Annotated[int | None, ANY_LENGTH] = Field(default=None, alias="short_abandon")

    @model_validator(mode="after")
    def _of_queues(self) -> Self:
        if self.tier and "short_abandon_ns" in self.model_fields_set:
            raise several([(("short_abandon",), "cannot differ by tier; allowed: in a rule without tier")])
        return self


class Transfer(Model):
    """``handling[N].transfers[N]``: where an interaction goes when its talk has ended."""

    share: Share
    queue: QueueName
    tier: TierName | None = None


class HandlingRule(Model):
    """``handling[N]``: how long work takes, and what becomes of it."""

    queue: QueueNames = Field(default_factory=list)
    tier: TierNames = Field(default_factory=list)
    agents: AgentsNames = Field(default_factory=list)
    skill: Annotated[dict[SkillName, Level], EMPTY_IF_NULL] = Field(default_factory=dict)
    talk: TimeLaw | None = None
    wrap_up: TimeLaw | None = None
    transfers: Annotated[list[Transfer] | None, ONE_OR_LIST] = None
    failure: Share | None = None

    @model_validator(mode="after")
    def _conditions(self) -> Self:
        if self.tier and "wrap_up" in self.model_fields_set:
            raise several([(("wrap_up",), "cannot differ by tier; allowed: in a rule without tier")])
        for key in ("transfers", "failure"):
            if (self.tier or self.agents or self.skill) and key in self.model_fields_set:
                message = "differs by queue only; allowed: in a rule without tier, agents and skill"
                raise several([((key,), message)])
        if self.transfers and sum(one.share for one in self.transfers) > 1 + SHARES_TOLERANCE:
            raise several([(("transfers",), "has shares that add up to more than 1")])
        return self


# ---------------------------------------------------------------------- workforce


class Rest(Model):
    """``workforce.behavior[N].rest``: a rest now and then after work."""

    share: Share
    length: TimeLaw = Field(alias="for")


class BehaviorRule(Model):
    """``workforce.behavior[N]``: how some agents behave."""

    agents: AgentsNames = Field(default_factory=list)
    pick_up: TimeLaw | None = None
    miss: Share | None = None
    decline: Share | None = None
    back_after: TimeLaw | None = None
    rest: Rest | None = None
    slowdown: Annotated[dict[ChannelName, Slowdown] | None, EMPTY_IF_NULL] = None


class BreakRule(Model):
    """``workforce.shifts[N].breaks[N]``: when, how long, and over how long they are spread from agent to agent."""

    at_minutes: TimeOfDay = Field(alias="at")
    for_ns: Annotated[int, SOME_LENGTH] = Field(alias="for")
    spread_ns: Annotated[int, lasting(0, DAY_NS)] = Field(default=0, alias="spread")


class ShiftRule(Model):
    """``workforce.shifts[N]``: hours of some agents on some days."""

    agents: AgentsNames
    count: Annotated[int | None, whole(1, MOST_COUNT)] = None
    shift: Shift
    days: Days = EVERY_DAY
    breaks: Annotated[list[BreakRule], ONE_OR_LIST] = Field(default_factory=list)
    late: TimeLaw | None = None
    absent: Share = 0.0

    @model_validator(mode="after")
    def _breaks_in_shift(self) -> Self:
        if not self.agents:
            raise several([(("agents",), "names nobody; allowed: agents or groups of agents")])
        for number, one in enumerate(self.breaks):
            last = self.break_minutes(one) + (one.spread_ns + one.for_ns) / MINUTE_NS
            if last > self.shift.ends:
                message = f"is not within the shift {self.shift}: the last of these breaks would end after it"
                if self.break_minutes(one) >= self.shift.ends:
                    message = f"is not within the shift {self.shift}"
                raise several([(("breaks", number, "at"), message)])
        return self

    def break_minutes(self, one: BreakRule) -> int:
        """Return when a break begins, in minutes from the midnight of the shift's day."""
        return one.at_minutes if one.at_minutes >= self.shift.begins else one.at_minutes + DAY_MINUTES


class Staffing(Model):
    """``workforce.staffing.GROUP[N]``: how many of a group are there, interval by interval."""

    count: list[Annotated[int, whole(0, MOST_COUNT)]]
    interval_ns: Annotated[int, OF_A_DAY] = Field(default=60 * MINUTE_NS, alias="interval")
    start_minutes: TimeOfDay = Field(default=0, alias="start")
    days: Days = EVERY_DAY

    @model_validator(mode="after")
    def _in_a_day(self) -> Self:
        if not self.count:
            raise several([(("count",), "has no value; allowed: a list of at least one")])
        if len(self.count) * self.interval_ns > DAY_NS:
            message = f"has {len(self.count)} intervals of {format_duration(self.interval_ns)}: more than a day"
            raise several([(("count",), f"{message}; allowed: up to {DAY_NS // self.interval_ns}")])
        return self


StaffingBlocks = Annotated[list[Staffing], ONE_OR_LIST]


class WorkforceRules(Model):
    """``workforce``: who is there when, and how agents behave. Without shifts and staffing everybody always is."""

    behavior: Annotated[list[BehaviorRule], BeforeValidator(or_list)] = Field(default_factory=list)
    shifts: Annotated[list[ShiftRule], BeforeValidator(or_empty_list)] = Field(default_factory=list)
    staffing: Annotated[dict[AgentsName, StaffingBlocks], EMPTY_IF_NULL] = Field(default_factory=dict)

    @property
    def everybody_always(self) -> bool:
        """Whether nothing is said of who is there when."""
        return not self.shifts and not self.staffing


# ---------------------------------------------------------------------- the run


class Run(Model):
    """``run``: when it begins, how long it lasts, how often it is done, what is counted."""

    start: Start = DEFAULT_START
    time_zone: Zone = "UTC"
    horizon_ns: Annotated[int, lasting(SECOND_NS, MOST_HORIZON_NS)] = Field(default=DAY_NS, alias="horizon")
    warm_up_ns: Annotated[int, lasting(0, MOST_HORIZON_NS)] = Field(default=0, alias="warm_up")
    interval_ns: Annotated[int, INTERVAL] = Field(default=30 * MINUTE_NS, alias="interval")
    period_ns: Annotated[int | None, INTERVAL] = Field(default=None, alias="period")
    replications: Annotated[int, whole(1, 1_000_000)] = 10
    batches: Annotated[int, whole(1, 10_000)] = 1
    seed: Annotated[int, whole(0, 2**63 - 1)] = 1
    ending: Annotated[Ending, BeforeValidator(_ending)] = Ending.STOP
    most_overtime_ns: Annotated[int, ANY_LENGTH] = Field(default=DAY_NS, alias="most_overtime")
    targets_ns: Annotated[list[Annotated[int, ANY_LENGTH]], ONE_OR_LIST] = Field(default_factory=list, alias="targets")
    confidence: Confidence = 0.95

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.warm_up_ns >= self.horizon_ns:
            message = f"leaves nothing of the horizon; allowed: less than {format_duration(self.horizon_ns)}"
            raise several([(("warm_up",), message)])
        if self.period_ns is not None and self.period_ns < self.interval_ns:
            message = f"is shorter than the interval; allowed: {format_duration(self.interval_ns)} or longer"
            raise several([(("period",), message)])
        return self

    def wall(self) -> Wall:
        """Return what turns local times into seconds of the run."""
        return Wall(self.time_zone, WallClock(find_zone(self.time_zone)).first_ns(self.start))


class Scenario(Model):
    """A whole scenario, valid in itself: what :func:`~acdcore.sim.scenario_load.load_scenario` returns."""

    scenario: Name
    """The scenario's own name."""
    center_file: FileName | None = None
    """Where the center is, if it is in a file of its own; as the scenario says it."""
    center: InstanceOf[Center]
    demand: Annotated[list[SourceRule], BeforeValidator(or_empty_list)] = Field(default_factory=list)
    demand_factor: FactorLaw | None = None
    """Drawn once a day, for all sources alike, beside their own."""
    backlog: Annotated[list[Backlog], BeforeValidator(or_empty_list)] = Field(default_factory=list)
    customers: Annotated[list[CustomerRule], BeforeValidator(or_list)] = Field(default_factory=list)
    handling: Annotated[list[HandlingRule], BeforeValidator(or_list)] = Field(default_factory=list)
    workforce: Annotated[WorkforceRules, EMPTY_IF_NULL] = Field(default_factory=WorkforceRules)
    run: Annotated[Run, EMPTY_IF_NULL] = Field(default_factory=Run)

    _tree: Node | None = PrivateAttr(default=None)
    _traces: dict[int, TraceRows] = PrivateAttr(default_factory=dict)
    _counts: dict[int, Counts] = PrivateAttr(default_factory=dict)

    @property
    def traces(self) -> dict[int, TraceRows]:
        """What is in the traces, by the number of the source."""
        return self._traces

    @property
    def counts(self) -> dict[int, Counts]:
        """What is in the files of counts, by the number of the source."""
        return self._counts

    def line_of(self, *path: str | int) -> int:
        """Return the line of the file on which a path is said, 0 when it was said elsewhere."""
        return self._tree.line_of(path) if self._tree else 0
