"""The dates and the time zone that a report shows."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from ..router.codes import SECOND_NS
from .report_parts import DAY_S, Intervals, ReportError
from .world import World

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Dates:
    """When a simulation begins, as a clock on the wall of the center shows it.

    ``begins_s`` is the time of day, in seconds after midnight; ``text`` says from when to when in which zone, and
    ``days`` what each day of the axes is called, the day on which the simulation begins first.
    """

    begins_s: float
    text: str
    days: tuple[str, ...]

    @classmethod
    def of(cls, world: World, zone: str | None, begins_s: float | None) -> Dates:
        """Return those of a world; without a zone there is no date, and days are numbered.

        Raises:
            ReportError: both are given, or one of them is none.
        """
        if zone is not None and begins_s is not None:
            raise ReportError(f"begins_s: {begins_s!r} beside the zone {zone!r}; allowed is one of the two")
        begins_s = 0.0 if begins_s is None else begins_s
        if not (math.isfinite(begins_s) and begins_s >= 0.0):
            raise ReportError(f"begins_s: {begins_s!r}; allowed are seconds after midnight, 0 or more")
        intervals = Intervals.of(world)
        shown_s = float(intervals.start_s[-1] + intervals.length_s[-1])
        if zone is None:
            n = math.floor((begins_s + shown_s) / DAY_S) + 1
            return cls(begins_s, "", tuple(f"day {day + 1}" for day in range(n)))
        first, last = _wall(world, zone, 0.0), _wall(world, zone, world.horizon_s)
        begins_s = first.hour * 3_600.0 + first.minute * 60.0 + first.second + first.microsecond / 1e6
        n = math.floor((begins_s + shown_s) / DAY_S) + 1
        days = tuple(_day(world, first.date() + dt.timedelta(days=day), day) for day in range(n))
        text = f"{_date(first)} {first.year}, {first:%H:%M}, to {_date(last)} {last.year}, {last:%H:%M} ({zone})."
        if first.utcoffset() != last.utcoffset():
            text += " The clocks change in between; axes go on with the time that they showed at the beginning."
        return cls(begins_s, text, days)


def _wall(world: World, zone: str, after_s: float) -> dt.datetime:
    """Return what a clock on the wall shows so long after the beginning."""
    try:
        found = ZoneInfo(zone)
    except (ValueError, OSError, KeyError) as error:  # KeyError: a zone that is not there
        raise ReportError(f"zone: {zone!r}; allowed are names of time zones, like Europe/Berlin") from error
    at = dt.datetime.fromtimestamp(world.start_ns // SECOND_NS, dt.UTC)
    at += dt.timedelta(microseconds=world.start_ns % SECOND_NS / 1e3, seconds=after_s)
    return at.astimezone(found)


def _date(at: dt.date) -> str:
    """Return ``Mon 5 Jan``, in any locale."""
    return f"{WEEKDAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]}"


def _day(world: World, date: dt.date, number: int) -> str:
    """Return what a day is called: its date; a day on which several are laid has none."""
    if world.period_s >= world.horizon_s:
        return _date(date)
    return WEEKDAYS[date.weekday()] if world.period_s % (7.0 * DAY_S) == 0.0 else f"day {number + 1}"
