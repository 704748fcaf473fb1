"""Opening hours: from a calendar on the wall to moments in UTC at which queues open and close.

The router knows no calendar. Whoever drives it, a server or a simulation, asks this module when a queue
opens and closes and says so with SET_QUEUE commands.

Hours are said in the local time of a zone, so the days on which clocks are changed need rules: a span is
open from the first moment at which the clock on the wall shows its beginning or later, to the moment from
which on it shows nothing before its end. What the clock leaves out in spring is not open; what it shows
twice in autumn is open twice. A span belongs to the day on which it begins and may run past midnight, but
not into a date that is closed or special: such a date says itself, from midnight to midnight, when it is open.

Moments are whole nanoseconds since 1970 in UTC, as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from ..router.codes import DAY_NS, FORCE, SECOND_NS, Op
from ..router.records import Command

if TYPE_CHECKING:
    from .models import Center

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS_FORM: Final = "a day or a range of days (mon, tue, wed, thu, fri, sat, sun), such as sat or mon-fri"
SPAN_FORM: Final = "from-to in 24 hours, such as 08:00-18:00, 22:00-06:00 or 00:00-24:00"
DATE_FORM: Final = "a date such as 2026-12-25"
ZONE_FORM: Final = "a name from the IANA time zone database, such as Europe/Berlin or UTC"

_DAY_MINUTES: Final = 24 * 60
_SPAN = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9]) *- *([01]?[0-9]|2[0-4]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ONE_DAY: Final = timedelta(days=1)
_HORIZON_DAYS: Final = 16
"""What does not change for two weeks after the last date with hours of its own never changes: one week may lose
a span where the clocks leave an hour out, two weeks in a row cannot."""
_MOST_REMEMBERED: Final = 1_000


class Span(NamedTuple):
    """Open from ``begins`` to ``ends``, both in minutes from the midnight at which the day begins."""

    begins: int
    ends: int
    """More than 1440 when it runs past midnight; always more than ``begins``, by at most a day."""

    def __str__(self) -> str:
        """Return it as people write it: ``22:00-06:00``."""
        ends = self.ends if self.ends <= _DAY_MINUTES else self.ends - _DAY_MINUTES
        return f"{self.begins // 60:02}:{self.begins % 60:02}-{ends // 60:02}:{ends % 60:02}"


def parse_span(text: str) -> Span:
    """Return a span as minutes. Raises ValueError, saying what is wrong, when the text is none."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError("is no span of time")
    hour, minute, end_hour, end_minute = map(int, found.groups())
    begins, ends = hour * 60 + minute, end_hour * 60 + end_minute
    if ends > _DAY_MINUTES:
        raise ValueError("is no span of time")
    if ends == begins:
        raise ValueError("ends as it begins")
    return Span(begins, ends if ends > begins else ends + _DAY_MINUTES)


def parse_days(text: str) -> list[int]:
    """Return the days that ``sat`` or ``mon-fri`` says, Monday 0; a range may run past Sunday. Raises ValueError."""
    first, dash, last = (word.strip().lower() for word in text.partition("-"))
    if first not in DAYS or (dash and last not in DAYS):
        raise ValueError("is no day of the week")
    begin, end = DAYS.index(first), DAYS.index(last or first)
    return [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]


def parse_date(text: str) -> date:
    """Return a date of the calendar. Raises ValueError when the text is none."""
    if not _DATE.fullmatch(text.strip()):
        raise ValueError("is no date")
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("is no date") from None


def find_zone(name: str) -> ZoneInfo:
    """Return a time zone by its name. Raises ValueError when there is none of this name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such name; no name at all; the name of a folder
        if not available_timezones():
            raise ValueError("cannot be looked up, this machine has no time zones: pip install tzdata") from None
        raise ValueError("is no time zone") from None


class WallClock:
    """The clock on the wall in a zone: which moments (seconds or nanoseconds since 1970) belong to what it shows."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def shows(self, at_s: int) -> datetime:
        """Return what the clock shows at a moment, without a zone."""
        return datetime.fromtimestamp(at_s, self._zone).replace(tzinfo=None, fold=0)

    def utc_s(self, wall: datetime, fold: int = 0) -> int:
        """Return a moment in seconds; where the clock shows a time twice, ``fold`` says which of the two."""
        return int(wall.replace(tzinfo=self._zone, fold=fold).timestamp())

    def first_ns(self, wall: datetime) -> int:
        """Return the first moment (ns) at which the clock shows a time or later."""
        earlier, later = self.utc_s(wall, 1), self.utc_s(wall, 0)
        if earlier >= later:  # shown once, or twice: then fold 0 is the first
            return later * SECOND_NS
        while later - earlier > 1:  # left out: the change of the clock is between the two
            middle = (earlier + later) // 2
            if self.shows(middle) < wall:
                earlier = middle
            else:
                later = middle
        return later * SECOND_NS

    def last_ns(self, wall: datetime) -> int:
        """Return the moment (ns) from which on the clock shows nothing before a time."""
        second = self.utc_s(wall, 1)
        if second > self.utc_s(wall, 0) and self.shows(second - 1) < wall:
            return second * SECOND_NS
        return self.first_ns(wall)


class OpeningHours:
    """A calendar in use: whether it is open at a moment, and when that changes next.

    Args:
        zone: the zone in whose local time the hours are said.
        week: the spans that begin on each day of the week, from Monday.
        dates: the spans of single dates, instead of the week's; none: closed on that date.
    """

    def __init__(
        self, zone: ZoneInfo, week: Sequence[Sequence[Span]], dates: Mapping[date, Sequence[Span]] | None = None
    ) -> None:
        self._clock = WallClock(zone)
        self._week = [tuple(spans) for spans in week]
        self._dates = {day: tuple(spans) for day, spans in (dates or {}).items()}
        self._remembered: dict[date, list[tuple[int, int]]] = {}
        self._last_date_ns = max((self._clock.utc_s(_midnight(day)) * SECOND_NS for day in self._dates), default=0)

    def is_open(self, now_ns: int) -> bool:
        """Say whether it is open at a moment. It is at the moment at which it opens, not at which it closes."""
        today = self._date(now_ns)
        days = (today - _ONE_DAY, today, today + _ONE_DAY)
        return any(begin <= now_ns < end for day in days for begin, end in self._intervals(day))

    def next_change(self, now_ns: int, before_ns: int | None = None) -> int:
        """Return the first moment after ``now_ns``, and before ``before_ns``, at which it opens or closes; -1: none."""
        if before_ns is None:
            before_ns = max(now_ns, self._last_date_ns) + _HORIZON_DAYS * DAY_NS
        return next((at_ns for at_ns, _ in self.changes(now_ns, before_ns)), -1)

    def changes(self, start_ns: int, end_ns: int) -> Iterator[tuple[int, bool]]:
        """Yield (moment, whether it opens) of every change after ``start_ns`` and before ``end_ns``, in order."""
        for begin, end in self._merged(start_ns, end_ns):
            if start_ns < begin < end_ns:
                yield begin, True
            if start_ns < end < end_ns:
                yield end, False

    def _merged(self, start_ns: int, end_ns: int) -> Iterator[tuple[int, int]]:
        """Yield what is open in a range, parts that touch as one; the last may end too early, after the range."""
        day, last = self._date(start_ns) - _ONE_DAY, self._date(end_ns) + _ONE_DAY
        open_from = open_to = -1
        while day <= last:
            for begin, end in self._intervals(day):
                if open_from >= 0 and begin <= open_to:
                    open_to = max(open_to, end)
                    continue
                if open_from >= 0:
                    yield open_from, open_to
                open_from, open_to = begin, end
            day += _ONE_DAY
        if open_from >= 0:
            yield open_from, open_to

    def _intervals(self, day: date) -> list[tuple[int, int]]:
        """Return what begins on a day as (from, to) in nanoseconds, in order; to is not open any more."""
        known = self._remembered.get(day)
        if known is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            known = self._remembered[day] = self._reckoned(day)
        return known

    def _reckoned(self, day: date) -> list[tuple[int, int]]:
        spans = self._dates.get(day, self._week[day.weekday()])
        latest = _DAY_MINUTES if day + _ONE_DAY in self._dates else 2 * _DAY_MINUTES
        midnight = _midnight(day)
        moments = [
            (
                self._clock.first_ns(midnight + timedelta(minutes=begins)),
                self._clock.last_ns(midnight + timedelta(minutes=min(ends, latest))),
            )
            for begins, ends in spans
        ]
        return sorted((begin, end) for begin, end in moments if begin < end)

    def _date(self, at_ns: int) -> date:
        return self._clock.shows(at_ns // SECOND_NS).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time())


class QueueHours(NamedTuple):
    """When a queue is open, and whether those who wait when it closes are turned away or kept."""

    hours: OpeningHours
    turn_away: bool


def queue_hours(center: Center) -> dict[str, QueueHours]:
    """Return the hours of every queue that has a calendar, by the queue's name; the others are always open."""
    hours = {name: calendar.opening_hours() for name, calendar in center.calendars.items()}
    return {
        name: QueueHours(hours[queue.calendar], queue.at_closing == "turn_away")
        for name, queue in center.queues.items()
        if queue.calendar is not None
    }


def changes(
    calendars: Mapping[str, OpeningHours], queues: Mapping[str, str], start_ns: int, end_ns: int
) -> list[tuple[int, str, bool]]:
    """Return every queue's state at ``start_ns`` and its changes after that, before ``end_ns``: a whole range at once.

    Args:
        calendars: the hours of each calendar, by its name.
        queues: the calendar's name of each queue that has one.
        start_ns: where the range begins.
        end_ns: where it ends; nothing is returned when it is not after the beginning.

    Returns:
        (moment in ns, queue, whether it is open from then on), in order of time, then of ``queues``.
    """
    if end_ns <= start_ns:
        return []
    found = {
        name: [(start_ns, hours.is_open(start_ns)), *hours.changes(start_ns, end_ns)]
        for name, hours in calendars.items()
        if name in queues.values()
    }
    said = [(at_ns, queue, is_open) for queue, name in queues.items() for at_ns, is_open in found[name]]
    return sorted(said, key=lambda change: change[0])


def opening_commands(center: Center, start_ns: int, end_ns: int) -> list[Command]:
    """Return the commands that open and close a center's queues in a range of time, for a simulation or a replay.

    They are for a router whose queues were defined by :func:`~acdcore.config.center_commands`. The first ones, at
    ``start_ns``, put every queue that has a calendar as it stands then; all are before ``end_ns``, in order of time.
    """
    hours = queue_hours(center)
    slots = {name: slot for slot, name in enumerate(center.queues)}
    said = changes({name: one.hours for name, one in hours.items()}, {name: name for name in hours}, start_ns, end_ns)
    return [
        Command(
            Op.SET_QUEUE,
            at_ns,
            queue=slots[name],
            x=int(is_open),
            flags=FORCE if hours[name].turn_away and not is_open else 0,
        )
        for at_ns, name, is_open in said
    ]
