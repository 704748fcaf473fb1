"""A center's configuration as typed, frozen models: what the YAML may say, field by field.

The models know the form of a file; which numbers are allowed is the router's to say
(:mod:`acdcore.router.codes`), and what one part says about another is checked in ``references.py``.
Attributes carry their units (``target_ns``); in the file the same field is ``target: 20s``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import IntEnum
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    PrivateAttr,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from ..ids import ALLOWED as ID_ALLOWED
from ..ids import id_problem
from ..router.codes import (
    AGENT_RULES,
    MAX_LEVEL,
    MIN_LEVEL,
    PPM,
    QUEUE_RULES,
    SETTING_RULES,
    TIER_RULES,
    AgentField,
    QueueField,
    Rule,
    Setting,
    Strategy,
    TierField,
)
from .durations import FORM, format_duration, parse_duration
from .hours import (
    DATE_FORM,
    DAYS,
    DAYS_FORM,
    SPAN_FORM,
    ZONE_FORM,
    OpeningHours,
    Span,
    find_zone,
    parse_date,
    parse_days,
    parse_span,
)
from .tree import Node

DEFAULT_TIER: Final = "standard"
"""The tier that a center has when its file defines none."""
STRATEGIES: Final = {strategy.name.lower(): strategy for strategy in Strategy}
DEFAULT_SERVICE_LEVEL: Final = 0.8
RULES: Final[dict[type[IntEnum], Mapping[Any, Rule]]] = {
    Setting: SETTING_RULES,
    TierField: TIER_RULES,
    QueueField: QUEUE_RULES,
    AgentField: AGENT_RULES,
}


def refused(message: str, allowed: str = "") -> PydanticCustomError:
    """Return an error with a message that is shown as it is; ``allowed`` is appended in words."""
    text = f"{message}; allowed: {allowed}" if allowed else message
    return PydanticCustomError("config", "{text}", {"text": text})


# ---------------------------------------------------------------------- kinds of values


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise refused("must be text (in quotes, if it looks like a number)", ID_ALLOWED)
    if problem := id_problem(value):
        raise refused(problem, ID_ALLOWED)
    return value


def _whole(value: Any, least: int, greatest: int, unit: str = "") -> int:
    allowed = f"whole numbers from {least} to {greatest}{unit}"
    if isinstance(value, bool) or not isinstance(value, int):
        raise refused("must be a whole number", allowed)
    if not least <= value <= greatest:
        raise refused("is out of range", allowed)
    return value


def _level(value: Any) -> int:
    return _whole(value, MIN_LEVEL, MAX_LEVEL)


def _count(value: Any) -> int:
    return _whole(value, 1, SETTING_RULES[Setting.MAX_AGENTS].greatest)


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise refused("is no share", "numbers over 0, up to 1, such as 0.8")
    return float(value)


def _or_empty(value: Any) -> Any:
    """A section whose lines are all commented out is null in YAML, and meant to be empty."""
    return {} if value is None else value


def _or_empty_list(value: Any) -> Any:
    return [] if value is None else value


def _text(value: Any, parse: Callable[[str], Any], allowed: str) -> Any:
    """Return what a text says, or raise what is allowed."""
    if not isinstance(value, str):
        raise refused("must be text", allowed)
    try:
        return parse(value)
    except ValueError as error:
        raise refused(str(error), allowed) from None


def _time_zone(value: Any) -> str:
    _text(value, find_zone, ZONE_FORM)
    return str(value)


def _days(value: Any) -> str:
    _text(value, parse_days, DAYS_FORM)
    return str(value)


def _date(value: Any) -> date:
    found: date = _text(value, parse_date, DATE_FORM)
    return found


def _span(value: Any) -> Span:
    found: Span = _text(value, parse_span, SPAN_FORM)
    return found


def _spans(value: Any) -> Any:
    """One span may stand without a list; nothing at all is closed."""
    return [value] if isinstance(value, str) else _or_empty_list(value)


def allowed_durations(rule: Rule) -> str:
    """Return in words which durations a rule allows."""
    zero = "0s, or " if rule.or_zero else ""
    return f"{zero}{format_duration(rule.least)} to {format_duration(rule.greatest)}"


def _duration(value: Any, rule: Rule) -> int:
    allowed = f"{allowed_durations(rule)}, as {FORM}"
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise refused("is no duration", allowed)
    if not isinstance(value, str) and value != 0:
        raise refused("needs a unit", allowed)
    try:
        duration_ns = parse_duration(value) if isinstance(value, str) else 0
    except ValueError as error:
        raise refused(str(error), allowed) from None
    if not rule.allows(duration_ns):
        raise refused("is out of range", allowed_durations(rule))
    return duration_ns


def _factor(value: Any, rule: Rule) -> int:
    allowed = f"numbers from {rule.least / PPM:g} to {rule.greatest / PPM:g}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused("must be a number", allowed)
    if not rule.least <= value * PPM <= rule.greatest:  # false for NaN as well
        raise refused("is out of range", allowed)
    return round(Fraction(value) * PPM)


def _strategy(value: Any) -> Strategy:
    if isinstance(value, str) and value in STRATEGIES:
        return STRATEGIES[value]
    raise refused("is no strategy", " or ".join(STRATEGIES))


def _by_rule(value: Any, code: IntEnum) -> int:
    """Return a field's value as the router counts it, or raise what is allowed."""
    if code is QueueField.STRATEGY:
        return _strategy(value)
    rule: Rule = RULES[type(code)][code]
    if code.name.endswith("_NS"):
        return _duration(value, rule)
    if code.name.endswith("_PPM"):
        return _factor(value, rule)
    return _whole(value, rule.least, rule.greatest)


Name = Annotated[str, BeforeValidator(_name)]
Level = Annotated[int, BeforeValidator(_level)]
Share = Annotated[float, BeforeValidator(_share)]
Skills = Annotated[dict[Name, Level], BeforeValidator(_or_empty)]
Count = Annotated[int, BeforeValidator(_count)]
NameList = Annotated[list[Name], BeforeValidator(_or_empty_list)]
Zone = Annotated[str, BeforeValidator(_time_zone)]
Days = Annotated[str, BeforeValidator(_days)]
Date = Annotated[date, PlainValidator(_date)]
Spans = Annotated[list[Annotated[Span, PlainValidator(_span)]], BeforeValidator(_spans)]


# ---------------------------------------------------------------------- the parts of a file


class Model(BaseModel):
    """What all parts have in common: frozen, and nothing in them that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    codes: ClassVar[dict[str, IntEnum]] = {}
    """Attribute -> what the router calls it, for those that the router knows."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        extras = {name: field.json_schema_extra for name, field in cls.model_fields.items()}
        cls.codes = {name: extra["code"] for name, extra in extras.items() if isinstance(extra, dict)}  # type: ignore[misc]

    @field_validator("*", mode="before")
    @classmethod
    def _check_by_rule(cls, value: Any, info: ValidationInfo) -> Any:
        code = cls.codes.get(info.field_name or "")
        return value if code is None else _by_rule(value, code)

    def router_fields(self) -> list[tuple[IntEnum, int]]:
        """Return the fields that the router knows, defaults included, in the order of their codes."""
        return sorted((code, int(getattr(self, name))) for name, code in self.codes.items())


def _ruled(code: IntEnum, alias: str | None = None) -> Any:
    """Return a field that the router knows as ``code``: its default and rule from there, its name in the file."""
    extra: Any = {"code": code}
    return Field(default=RULES[type(code)][code].default, alias=alias, json_schema_extra=extra)


class Settings(Model):
    """``settings``: the center's limits and times. All are optional."""

    max_skills: int = _ruled(Setting.MAX_SKILLS)
    max_reasons: int = _ruled(Setting.MAX_REASONS)
    max_tiers: int = _ruled(Setting.MAX_TIERS)
    max_queues: int = _ruled(Setting.MAX_QUEUES)
    max_agents: int = _ruled(Setting.MAX_AGENTS)
    max_skills_per_agent: int = _ruled(Setting.MAX_SKILLS_PER_AGENT)
    max_skills_per_requirement: int = _ruled(Setting.MAX_SKILLS_PER_REQUIREMENT)
    max_requirements: int = _ruled(Setting.MAX_REQUIREMENTS)
    max_interactions: int = _ruled(Setting.MAX_INTERACTIONS)
    max_cool_downs: int = _ruled(Setting.MAX_COOL_DOWNS)
    remembered_interactions: int = _ruled(Setting.REMEMBERED_INTERACTIONS)
    remembered_offers: int = _ruled(Setting.REMEMBERED_OFFERS)
    remembered_answers: int = _ruled(Setting.REMEMBERED_ANSWERS)
    occupancy_half_life_ns: int = _ruled(Setting.HALF_LIFE_NS, "occupancy_half_life")
    lease_ns: int = _ruled(Setting.LEASE_NS, "lease")
    lease_grace_ns: int = _ruled(Setting.LEASE_GRACE_NS, "lease_grace")


class Tier(Model):
    """``tiers.NAME``: the customer's value. ``target_factor`` 1.0 is 1,000,000 millionths (ppm)."""

    target_factor_ppm: int = _ruled(TierField.TARGET_FACTOR_PPM, "target_factor")
    head_start_ns: int = _ruled(TierField.HEAD_START_NS, "head_start")
    rank: int = _ruled(TierField.RANK)


class Step(Model):
    """One step of a routing plan: the skills that an agent must have, each at least at this level."""

    requires: Skills = Field(default_factory=dict)


class Queue(Model):
    """``queues.NAME``: a named line with its policy."""

    channel: Literal["voice"] = "voice"
    target_ns: int = _ruled(QueueField.TARGET_NS, "target")
    priority: int = _ruled(QueueField.PRIORITY)
    plan: list[Step]
    strategy: Strategy = _ruled(QueueField.STRATEGY)
    offer_timeout_ns: int = _ruled(QueueField.OFFER_NS, "offer_timeout")
    wrap_up_ns: int = _ruled(QueueField.WRAP_UP_NS, "wrap_up")
    cool_down_ns: int = _ruled(QueueField.COOL_DOWN_NS, "cool_down")
    max_waiting: int = _ruled(QueueField.MAX_WAITING)
    max_handle_time_ns: int = _ruled(QueueField.MAX_HANDLE_NS, "max_handle_time")
    service_level: Share = DEFAULT_SERVICE_LEVEL
    """Share of interactions to be answered within the target: an aim for reports, the router ignores it."""
    calendar: Name | None = None
    """The calendar by which the queue opens and closes; without one it is always open."""
    at_closing: Literal["keep", "turn_away"] = "keep"
    """What becomes of those who wait when the calendar closes the queue: kept, or treated as who comes later."""

    @field_validator("plan", mode="after")
    @classmethod
    def _one_step(cls, plan: list[Step]) -> list[Step]:
        if len(plan) != 1:
            raise refused(f"has {len(plan)} steps", "exactly one step, such as [{requires: {sales: 5}}]")
        return plan

    @property
    def requires(self) -> dict[str, int]:
        """Skill -> least level that this queue's only step requires."""
        return self.plan[0].requires


class Calendar(Model):
    """``calendars.NAME``: when the queues that have this calendar are open, in the local time of a zone."""

    time_zone: Zone
    hours: Annotated[dict[Days, Spans], BeforeValidator(_or_empty)] = Field(default_factory=dict)
    """Days of the week, such as mon-fri -> spans of time; a day that is not said is closed."""
    closed: Annotated[list[Date], BeforeValidator(_or_empty_list)] = Field(default_factory=list)
    special: Annotated[dict[Date, Spans], BeforeValidator(_or_empty)] = Field(default_factory=dict)
    """Dates with spans of their own, instead of those of the day of the week."""

    @field_validator("hours", mode="after")
    @classmethod
    def _each_day_once(cls, hours: dict[str, list[Span]]) -> dict[str, list[Span]]:
        said: dict[int, str] = {}
        for days in hours:
            for day in parse_days(days):
                if day in said:
                    raise refused(f"says {DAYS[day]} twice, in {said[day]} and in {days}", "each day once")
                said[day] = days
        return hours

    @field_validator("special", mode="after")
    @classmethod
    def _not_closed(cls, special: dict[date, list[Span]], info: ValidationInfo) -> dict[date, list[Span]]:
        for day in special:
            if day in info.data.get("closed", []):
                raise refused(f"says {day}, which is among those closed", "dates that are not in closed")
        return special

    def opening_hours(self) -> OpeningHours:
        """Return the calendar in use, which says what is open when."""
        week: list[list[Span]] = [[] for _ in DAYS]
        for days, spans in self.hours.items():
            for day in parse_days(days):
                week[day] = spans
        dates: dict[date, list[Span]] = {day: [] for day in self.closed} | self.special
        return OpeningHours(find_zone(self.time_zone), week, dates)


class Agent(Model):
    """``agents.NAME``: skill -> level, and limits."""

    skills: Skills = Field(default_factory=dict)
    max_open_offers: int = _ruled(AgentField.MAX_OPEN_OFFERS)


class AgentGroup(Agent):
    """``agent_groups.NAME``: ``count`` equal agents, named ``prefix``-1, ``prefix``-2, and so on."""

    count: Count
    prefix: Name | None = None
    """What the agents' names begin with; the group's own name when it is not given."""

    def names(self, group: str) -> list[str]:
        """Return the names of this group's agents; ``group`` is its own."""
        return [f"{self.prefix or group}-{number}" for number in range(1, self.count + 1)]


_EMPTY_IF_NULL = BeforeValidator(_or_empty)
Tiers = Annotated[dict[Name, Annotated[Tier, _EMPTY_IF_NULL]], _EMPTY_IF_NULL]
Queues = Annotated[dict[Name, Queue], _EMPTY_IF_NULL]
Agents = Annotated[dict[Name, Annotated[Agent, _EMPTY_IF_NULL]], _EMPTY_IF_NULL]
Calendars = Annotated[dict[Name, Calendar], _EMPTY_IF_NULL]
AgentGroups = Annotated[dict[Name, AgentGroup], _EMPTY_IF_NULL]


class Center(Model):
    """A whole center, valid in itself: what :func:`acdcore.config.load_center` returns."""

    center: Name
    """The center's own name."""
    settings: Annotated[Settings, _EMPTY_IF_NULL] = Field(default_factory=Settings)
    skills: NameList = Field(default_factory=list)
    reasons: NameList = Field(default_factory=list)
    """Reasons for NOT_READY, beside those built in."""
    tiers: Tiers = Field(default_factory=dict)
    calendars: Calendars = Field(default_factory=dict)
    queues: Queues = Field(default_factory=dict)
    agents: Agents = Field(default_factory=dict)
    agent_groups: AgentGroups = Field(default_factory=dict)

    _tree: Node | None = PrivateAttr(default=None)

    def __eq__(self, other: object) -> bool:
        """Two centers are equal when they say the same, on whatever lines."""
        return isinstance(other, Center) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def all_tiers(self) -> dict[str, Tier]:
        """Return the tiers that the center has: those of the file, or the one that every center needs."""
        return self.tiers or {DEFAULT_TIER: Tier()}

    def default_tier(self) -> str:
        """Return the tier of customers who come without one: of the lowest rank, of several the first."""
        tiers = self.all_tiers()
        return min(tiers, key=lambda name: tiers[name].rank)

    def all_agents(self) -> dict[str, Agent]:
        """Return every agent by name, in the order of definition: ``agents`` first, then each group's."""
        everyone = dict(self.agents)
        for name, group in self.agent_groups.items():
            everyone.update(dict.fromkeys(group.names(name), group))
        return everyone

    def line_of(self, *path: str | int) -> int:
        """Return the line of the file on which a path is said, 0 when the center came from no file."""
        return self._tree.line_of(path) if self._tree else 0
