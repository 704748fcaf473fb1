"""Calendars in a center's YAML: the hours and dates at which queues are open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo, field_validator

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
from .values import Model, or_empty, or_empty_list, refused


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
    return [value] if isinstance(value, str) else or_empty_list(value)


Zone = Annotated[str, BeforeValidator(_time_zone)]
Days = Annotated[str, BeforeValidator(_days)]
Date = Annotated[date, PlainValidator(_date)]
Spans = Annotated[list[Annotated[Span, PlainValidator(_span)]], BeforeValidator(_spans)]


class Calendar(Model):
    """``calendars.NAME``: when the queues that have this calendar are open, in the local time of a zone."""

    time_zone: Zone
    hours: Annotated[dict[Days, Spans], BeforeValidator(or_empty)] = Field(default_factory=dict)
    """Days of the week, such as mon-fri -> spans of time; a day that is not said is closed."""
    closed: Annotated[list[Date], BeforeValidator(or_empty_list)] = Field(default_factory=list)
    special: Annotated[dict[Date, Spans], BeforeValidator(or_empty)] = Field(default_factory=dict)
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
