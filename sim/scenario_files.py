"""The CSV files that a scenario may name: values, a trace of customers, counts by interval and date.

UTF-8, gzip where the name ends in ``.gz``. The first error ends the reading of a file: it names line, column, value
and what is allowed.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from ..config.hours import WallClock, find_zone, parse_date
from ..config.references import did_you_mean
from ..errors import shown
from ..router.codes import SECOND_NS
from .trace import TraceError, rows_of
from .world import ALWAYS, NONE, Floats

TRACE_COLUMNS: Final = ("time", "arrival_s", "queue", "tier", "patience_s", "handle_s", "since_s")
COUNT_COLUMNS: Final = ("date", "start", "calls", "queue", "tier")
MOST_SECONDS: Final = 1e10
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")


class FileError(ValueError):
    """A file that a scenario names and that cannot be used."""


@dataclass(frozen=True)
class Wall:
    """What turns local times into seconds from the beginning of a run: the zone, and when that is (ns since 1970)."""

    zone: str
    start_ns: int
    _clocks: dict[str, WallClock] = field(default_factory=dict, repr=False, compare=False)

    @property
    def clock(self) -> WallClock:
        """The zone's clock on the wall."""
        if not self._clocks:
            self._clocks[self.zone] = WallClock(find_zone(self.zone))
        return self._clocks[self.zone]

    def at_s(self, wall: dt.datetime) -> float:
        """Return a local time in seconds from the beginning; the first of two moments, the next of none."""
        whole = wall.replace(microsecond=0)
        return (self.clock.first_ns(whole) - self.start_ns) / SECOND_NS + wall.microsecond / 1e6

    def day_s(self, day: dt.date, minutes: float) -> float:
        """Return a time of a day, in minutes from its midnight (which may be 24 h or more), in seconds."""
        midnight = dt.datetime.combine(day, dt.time())
        return self.at_s(midnight + dt.timedelta(minutes=minutes))

    def days(self, until_s: float) -> list[dt.date]:
        """Return the local dates that a run of so many seconds touches, and the one before."""
        first = self.clock.shows(self.start_ns // SECOND_NS).date() - dt.timedelta(days=1)
        last = self.clock.shows(self.start_ns // SECOND_NS + math.ceil(until_s)).date()
        return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


class Names(NamedTuple):
    """The names that a file may use, with their slots; None: they are not known, and not checked."""

    queues: Mapping[str, int] | None
    tiers: Mapping[str, int] | None


@dataclass(frozen=True)
class TraceRows:
    """A trace as it is in its file: arrays of n, in order of arrival; NONE and NaN where it does not say."""

    at_s: Floats
    queue: np.ndarray[tuple[int], np.dtype[np.int32]]
    tier: np.ndarray[tuple[int], np.dtype[np.int32]]
    patience_s: Floats
    handle_s: Floats
    since_s: Floats


@dataclass(frozen=True)
class Counts:
    """Customers by (queue slot, tier slot), date and beginning of the interval in minutes; NONE: not said."""

    by_choice: Mapping[tuple[int, int], Mapping[dt.date, Mapping[int, float]]]

    def dates(self) -> list[dt.date]:
        """Return every date that is there, in order."""
        return sorted({day for days in self.by_choice.values() for day in days})


class _Reader:
    """Reads the rows of one file by the names of its columns."""

    def __init__(self, folder: str, name: str, columns: Sequence[str], needed: Sequence[Sequence[str]]) -> None:
        self.name = name
        self.line = 0
        self.row: list[str] = []
        try:
            self.rows: Iterator[tuple[int, list[str]]] = iter(list(rows_of(Path(folder) / name)))
        except TraceError as error:
            raise FileError(str(error)) from None
        except OSError as error:
            raise FileError(f"cannot be read: {shown(name)}: {error.strerror or error}") from None
        self.line, header = next(self.rows, (0, []))
        titles = [title.strip() for title in header]
        for title in titles:
            if title not in columns:
                self.wrong("", title, f"a column{did_you_mean(title, columns)}; allowed: {', '.join(columns)}")
            if titles.count(title) > 1:
                self.wrong(title, title, "allowed twice in the header")
        for one_of in needed:
            if not set(one_of) & set(titles):
                self.wrong("", ",".join(titles), f"a header that has {' or '.join(one_of)}")
        self.at = {title: index for index, title in enumerate(titles)}

    def wrong(self, column: str, value: str, allowed: str) -> None:
        place = f", line {self.line}" if self.line else ""
        place += f", column {column}" if column else ""
        raise FileError(f"{shown(self.name)}{place}: {shown(value)!r} is not {allowed}")

    def __iter__(self) -> Iterator[_Reader]:
        for line, row in self.rows:
            self.line, self.row = line, row
            if len(self.row) != len(self.at):
                self.wrong("", f"{len(self.row)} fields", f"{len(self.at)} fields, as in the header")
            yield self

    def text(self, column: str) -> str:
        """Return what a column says, empty where there is none."""
        return self.row[self.at[column]].strip() if column in self.at else ""

    def seconds(self, column: str, empty: float, least: float = 0.0, *, never: bool = False) -> float:
        """Return a column's seconds, ``empty`` where it says nothing."""
        text = self.text(column)
        if not text:
            return empty
        if never and text == "never":
            return ALWAYS
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= MOST_SECONDS:
            allowed = f"a number of seconds from {least:g} to {MOST_SECONDS:g}"
            self.wrong(column, text, f"{allowed}, never, or empty" if never else f"{allowed}, or empty")
        return value

    def slot(self, column: str, known: Mapping[str, int] | None, kind: str) -> int:
        """Return the slot of a column's name, NONE where it says nothing."""
        text = self.text(column)
        if not text or known is None:
            return NONE
        if text not in known:
            self.wrong(column, text, f"a {kind} of this center{did_you_mean(text, known)}")
        return known[text]


def read_values(folder: str, name: str) -> list[float]:
    """Return the numbers in the first column of a CSV file; a first line that is no number is a header.

    Raises:
        FileError: when it cannot be read, or a line is no number from 0 on.
    """
    values: list[float] = []
    try:
        for number, (line, row) in enumerate(rows_of(Path(folder) / name)):
            try:
                value = float(row[0])
            except ValueError:
                if number == 0:
                    continue
                value = math.nan
            if not 0 <= value <= MOST_SECONDS:
                raise FileError(f"{shown(name)}, line {line}: {shown(row[0])!r} is not a number from 0 on")
            values.append(value)
    except TraceError as error:
        raise FileError(str(error)) from None
    except OSError as error:
        raise FileError(f"cannot be read: {shown(name)}: {error.strerror or error}") from None
    if not values:
        raise FileError(f"{shown(name)} has no number")
    return values


def read_trace_rows(folder: str, name: str, names: Names, wall: Wall) -> TraceRows:
    """Read a trace of customers.

    Raises:
        FileError: at the first thing that is wrong.
    """
    reader = _Reader(folder, name, TRACE_COLUMNS, [("time", "arrival_s")])
    if {"time", "arrival_s"} <= set(reader.at):
        reader.wrong("", "time,arrival_s", "a header that says when somebody arrives once")
    rows: list[tuple[float, int, int, float, float, float]] = []
    for row in reader:
        at_s = _moment(row, wall) if "time" in row.at else row.seconds("arrival_s", math.nan, -MOST_SECONDS)
        if math.isnan(at_s):
            row.wrong("arrival_s", "", "when somebody arrives")
        queue, tier = row.slot("queue", names.queues, "queue"), row.slot("tier", names.tiers, "tier")
        patience_s = row.seconds("patience_s", math.nan, never=True)
        since_s = row.seconds("since_s", at_s, -MOST_SECONDS)
        if since_s > at_s:
            row.wrong("since_s", row.text("since_s"), "at most the arrival")
        rows.append((at_s, queue, tier, patience_s, row.seconds("handle_s", math.nan), since_s))
    if not rows:
        raise FileError(f"{shown(name)} has no customer")
    rows.sort(key=lambda one: one[0])
    columns = list(zip(*rows, strict=True))
    floats = [np.asarray(column, np.float64) for column in columns]
    return TraceRows(
        floats[0], np.asarray(columns[1], np.int32), np.asarray(columns[2], np.int32), floats[3], floats[4], floats[5]
    )


def _moment(row: _Reader, wall: Wall) -> float:
    text = row.text("time")
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError
        return wall.at_s(dt.datetime.fromisoformat(text))
    except ValueError:
        row.wrong("time", text, "a local date and time such as 2026-01-05 08:30:12.5")
        raise  # not reached: wrong() raises


def read_counts(folder: str, name: str, names: Names, interval_minutes: int) -> Counts:
    """Read how many customers came, by date and interval, and perhaps by queue and tier.

    Raises:
        FileError: at the first thing that is wrong.
    """
    reader = _Reader(folder, name, COUNT_COLUMNS, [("date",), ("start",), ("calls",)])
    found: dict[tuple[int, int], dict[dt.date, dict[int, float]]] = {}
    for row in reader:
        choice = row.slot("queue", names.queues, "queue"), row.slot("tier", names.tiers, "tier")
        try:
            day = parse_date(row.text("date"))
        except ValueError:
            row.wrong("date", row.text("date"), "a date such as 2026-01-05")
            raise
        matched = _TIME.fullmatch(row.text("start"))
        minutes = int(matched[1]) * 60 + int(matched[2]) if matched and int(matched[2]) < 60 else -1
        if not 0 <= minutes < 1_440:
            row.wrong("start", row.text("start"), "a time of day such as 08:30")
        try:
            calls = float(row.text("calls"))
        except ValueError:
            calls = math.nan
        if not 0 <= calls <= 1e9:
            row.wrong("calls", row.text("calls"), "a number of customers from 0 on")
        of_day = found.setdefault(choice, {}).setdefault(day, {})
        if any(abs(minutes - other) < interval_minutes for other in of_day):
            row.wrong("start", row.text("start"), f"at least an interval ({interval_minutes} min) from every other")
        of_day[minutes] = calls
    if not found:
        raise FileError(f"{shown(name)} has no interval")
    return Counts(found)
