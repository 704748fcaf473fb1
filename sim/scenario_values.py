"""What a value in a scenario may be: names of the center's parts, shares, days, times, rules' conditions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BeforeValidator, PlainValidator, ValidationInfo

from ..config.hours import DAYS, DAYS_FORM, SPAN_FORM, Span, find_zone, parse_days, parse_span
from ..config.references import did_you_mean
from ..config.values import checked_name, duration_value, refused
from ..router.codes import DAY_NS, MAX_LEVEL, MIN_LEVEL, SECOND_NS, Rule
from .laws import Law, count_law, factor_law, number, patience_law, time_law

MOST_HORIZON_NS: Final = 20_000 * DAY_NS
MINUTE_NS: Final = 60 * SECOND_NS
DAY_MINUTES: Final = 24 * 60
MOST_COUNT: Final = 10_000_000
TIME_OF_DAY_FORM: Final = "a time of day in 24 hours, such as 08:00, up to 24:00"
START_FORM: Final = "a date, or a date and a time, such as 2026-01-05 08:00"
_TIME_OF_DAY = re.compile(r"(\d{1,2}):(\d{2})")
_START = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?")


class Known(NamedTuple):
    """What there is in the center that a scenario is about. None: its file is wrong, names are not checked."""

    folder: str = ""
    """Where the files are that the scenario names."""
    queues: Mapping[str, int] | None = None
    """By name; so below."""
    tiers: Mapping[str, int] | None = None
    channels: Mapping[str, int] | None = None
    skills: Mapping[str, int] | None = None
    agents: Mapping[str, int] | None = None
    """Groups of agents, and single agents."""


def _name_of(kind: str, words: str) -> Callable[[Any, ValidationInfo], str]:
    def check(value: Any, info: ValidationInfo) -> str:
        name = checked_name(value)
        known: Mapping[str, int] | None = getattr(info.context, kind, None)
        if known is not None and name not in known:
            raise refused(f"is no {words} of this center{did_you_mean(name, known)}")
        return name

    return check


def or_list(value: Any) -> Any:
    """One value may stand without a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _share(value: Any) -> float:
    return number(value, 0.0, 1.0)


def _rate(value: Any) -> float:
    return number(value, 0.0, 1e9)


def _slowdown(value: Any) -> float:
    return number(value, 0.0, 100.0)


def _confidence(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.5 <= value < 1:
        raise refused("is no confidence", "numbers from 0.5 to less than 1, such as 0.95")
    return float(value)


def lasting(least_ns: int, greatest_ns: int, *, or_zero: bool = False) -> BeforeValidator:
    """Return what checks durations of a range."""
    rule = Rule(0 if or_zero else least_ns, least_ns, greatest_ns, or_zero)
    return BeforeValidator(lambda value: duration_value(value, rule))


def _time_of_day(value: Any) -> int:
    found = _TIME_OF_DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    minutes = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else DAY_MINUTES + 1
    if minutes > DAY_MINUTES:
        raise refused("is no time of day", TIME_OF_DAY_FORM)
    return minutes


def _days(value: Any) -> tuple[int, ...]:
    """Return the days of the week that are said, Monday 0, each once."""
    if isinstance(value, tuple):
        return value
    found: list[int] = []
    for part in or_list(value):
        try:
            days = parse_days(part) if isinstance(part, str) else None
        except ValueError:
            days = None
        if days is None:
            raise refused("is no day of the week", f"{DAYS_FORM}, or a list of them")
        found += days
    if not found:
        raise refused("has no day", f"{DAYS_FORM}, or a list of them")
    return tuple(sorted(set(found)))


def _shift(value: Any) -> Span:
    try:
        if not isinstance(value, str):
            raise ValueError("must be text")
        return parse_span(value)
    except ValueError as error:
        raise refused(str(error), SPAN_FORM) from None


def _start(value: Any) -> dt.datetime:
    if isinstance(value, str) and _START.fullmatch(value.strip()):
        try:
            return dt.datetime.fromisoformat(value.strip())
        except ValueError:
            pass
    raise refused("is no moment", START_FORM)


def _zone(value: Any) -> str:
    try:
        if not isinstance(value, str):
            raise ValueError("must be text")
        find_zone(value)
    except ValueError as error:
        raise refused(str(error), "a name from the IANA time zone database, such as Europe/Berlin or UTC") from None
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise refused("must be the name of a file")
    return value


def _level(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not MIN_LEVEL <= value <= MAX_LEVEL:
        raise refused("is no level", f"whole numbers from {MIN_LEVEL} to {MAX_LEVEL}")
    return value


QueueName = Annotated[str, BeforeValidator(_name_of("queues", "queue"))]
TierName = Annotated[str, BeforeValidator(_name_of("tiers", "tier"))]
ChannelName = Annotated[str, BeforeValidator(_name_of("channels", "channel"))]
SkillName = Annotated[str, BeforeValidator(_name_of("skills", "skill"))]
AgentsName = Annotated[str, BeforeValidator(_name_of("agents", "agent or group of agents"))]
ONE_OR_LIST: Final = BeforeValidator(or_list)
QueueNames = Annotated[list[QueueName], ONE_OR_LIST]
TierNames = Annotated[list[TierName], ONE_OR_LIST]
AgentsNames = Annotated[list[AgentsName], ONE_OR_LIST]
Share = Annotated[float, BeforeValidator(_share)]
Rate = Annotated[float, BeforeValidator(_rate)]
Slowdown = Annotated[float, BeforeValidator(_slowdown)]
Confidence = Annotated[float, BeforeValidator(_confidence)]
Level = Annotated[int, BeforeValidator(_level)]
TimeOfDay = Annotated[int, BeforeValidator(_time_of_day)]
"""Minutes from midnight."""
Days = Annotated[tuple[int, ...], PlainValidator(_days)]
EVERY_DAY: Final = tuple(range(7))
Shift = Annotated[Span, PlainValidator(_shift)]
Start = Annotated[dt.datetime, PlainValidator(_start)]
Zone = Annotated[str, BeforeValidator(_zone)]
FileName = Annotated[str, BeforeValidator(_text)]
TimeLaw = Annotated[Law, PlainValidator(time_law)]
Patience = Annotated[Law, PlainValidator(patience_law)]
CountLaw = Annotated[Law, PlainValidator(count_law)]
FactorLaw = Annotated[Law, PlainValidator(factor_law)]


def overlap_in_week(
    days: tuple[int, ...], span: tuple[float, float], other_days: tuple[int, ...], other: tuple[float, float]
) -> bool:
    """Say whether two spans of time (minutes from midnight), each on its days of the week, ever overlap."""
    week = 7 * DAY_MINUTES
    return any(
        begin + span[0] < end + other[1] and end + other[0] < begin + span[1]
        for begin in (day * DAY_MINUTES for day in days)
        for end in (day * DAY_MINUTES + turn for day in other_days for turn in (-week, 0, week))
    )


def days_words(days: tuple[int, ...]) -> str:
    """Return days of the week in words: ``mon-fri``, ``mon, wed``."""
    if len(days) > 1 and days == tuple(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
    return ", ".join(DAYS[day] for day in days)


def minutes_words(minutes: int) -> str:
    """Return a time of day as people write it: ``08:30``."""
    return f"{minutes // 60:02}:{minutes % 60:02}"
