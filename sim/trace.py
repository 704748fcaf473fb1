"""The layout of a call trace, and its reader and writer.

A trace is a CSV file (gzip when its name ends in ``.gz``), UTF-8, one header line, one line a call that
asked for an agent. Calls that ended in the menu are not in it. Columns, in any order:

============  ========  ==================================================================================
column        needed    meaning
============  ========  ==================================================================================
``call_id``   yes       unique within the day, 1 to 128 bytes, no control characters
``day``       yes       the local date on which the call came, ``YYYY-MM-DD``
``arrived_s`` yes       when the wait began, seconds since local midnight of that day, 0 <= x < 86400
``queue``     yes       the queue that was asked for, as named in the center's YAML
``tier``      no        the customer's tier as named in the center's YAML; empty: not recorded
``wait_s``    yes       seconds from ``arrived_s`` until an agent answered or the customer hung up,
                        0 <= x <= 86400; 0 for a call that found a free agent
``outcome``   yes       ``answered`` or ``abandoned``
``handle_s``  answered  seconds that the agent spoke with the customer, 0 <= x <= 86400; empty if abandoned
``agent``     no        who answered; empty: not recorded (or abandoned)
============  ========  ==================================================================================

Seconds are plain decimals (``83`` or ``83.25``). Daylight saving plays no part: ``arrived_s`` counts on
the wall clock of that day.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeVar, cast

DAY_S: Final = 86_400
COLUMNS: Final = ("call_id", "day", "arrived_s", "queue", "tier", "wait_s", "outcome", "handle_s", "agent")
OPTIONAL_COLUMNS: Final = frozenset({"tier", "handle_s", "agent"})
OUTCOMES: Final = ("answered", "abandoned")
MAX_NAME_BYTES: Final = 128

_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
_T = TypeVar("_T")


class TraceError(ValueError):
    """A trace that cannot be read: where, what stands there, and what is allowed.

    ``line`` counts from 1 (the header); 0 means the file as a whole. ``column`` is empty where no
    single column is at fault.
    """

    def __init__(self, path: str, line: int, column: str, value: str, allowed: str) -> None:
        self.path = path
        self.line = line
        self.column = column
        self.value = value
        self.allowed = allowed
        place = f"{path}:{line}" if line else path
        what = f"column {column!r}: " if column else ""
        shown = value if len(value) <= 60 else value[:57] + "..."
        super().__init__(f"{place}: {what}{shown!r} is not {allowed}")


@dataclass(frozen=True, slots=True)
class TraceCall:
    """One recorded call. Seconds throughout; ``arrived_s`` counts from midnight of ``day``.

    ``tier`` and ``agent`` are empty where the trace does not say; ``handle_s`` is 0 for an abandoned call.
    """

    call_id: str
    day: dt.date
    arrived_s: float
    queue: str
    tier: str
    wait_s: float
    answered: bool
    handle_s: float
    agent: str

    @property
    def queued(self) -> bool:
        """Whether the caller had to wait at all."""
        return self.wait_s > 0.0

    @property
    def answered_s(self) -> float:
        """When an agent answered or the caller gave up, seconds since midnight."""
        return self.arrived_s + self.wait_s


def open_text(path: str | os.PathLike[str]) -> IO[str]:
    """Open a CSV file for reading, through gzip if its name ends in ``.gz``."""
    if str(path).endswith(".gz"):
        return io.TextIOWrapper(cast("IO[bytes]", gzip.open(path, "rb")), encoding="utf-8", newline="")
    return Path(path).open(encoding="utf-8", newline="")


def rows_of(path: str | os.PathLike[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, fields) of a CSV file, the header first.

    Raises :class:`TraceError` where the file is no text, no CSV or no gzip, ``OSError`` where it is not there.
    """
    name = str(path)
    line = 0
    try:
        with open_text(path) as file:
            reader = csv.reader(file, strict=True)
            for fields in reader:
                line = reader.line_num
                if fields:
                    yield line, fields
    except UnicodeDecodeError as error:
        raise TraceError(name, line + 1, "", repr(error.object[error.start : error.end]), "UTF-8 text") from error
    except (gzip.BadGzipFile, EOFError) as error:
        raise TraceError(name, line, "", str(error), "a whole gzip file") from error
    except csv.Error as error:
        raise TraceError(name, line + 1, "", str(error), "CSV with balanced quotes") from error


def group_by_day(calls: Iterable[TraceCall]) -> dict[dt.date, list[TraceCall]]:
    """Split calls by day, days in order, calls of a day in the order given."""
    days: dict[dt.date, list[TraceCall]] = {}
    for call in calls:
        days.setdefault(call.day, []).append(call)
    return dict(sorted(days.items()))


def read_header(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the header's column names; raises as :func:`read_trace` does."""
    for _, fields in rows_of(path):
        return tuple(field.strip() for field in fields)
    raise TraceError(str(path), 0, "", "", "a file with a header line")


def read_trace(path: str | os.PathLike[str]) -> list[TraceCall]:
    """Read a whole trace, in order of (day, arrival, line).

    Raises :class:`TraceError` at the first thing that is wrong, naming line, column, value and what is
    allowed, and ``OSError`` when the file cannot be opened.
    """
    name = str(path)
    rows = rows_of(path)
    try:
        line, header = next(rows)
    except StopIteration:
        raise TraceError(name, 0, "", "", "a file with a header line") from None
    at = _columns(name, line, [field.strip() for field in header])
    calls: list[TraceCall] = []
    seen: dict[tuple[dt.date, str], int] = {}
    for line, fields in rows:
        if len(fields) != len(header):
            raise TraceError(name, line, "", f"{len(fields)} fields", f"{len(header)} fields, as in the header")
        call = _call(_Row(name, line, {column: fields[index].strip() for column, index in at.items()}))
        first = seen.setdefault((call.day, call.call_id), line)
        if first != line:
            raise TraceError(name, line, "call_id", call.call_id, f"new on {call.day} (line {first} has it)")
        calls.append(call)
    if not calls:
        raise TraceError(name, 0, "", "no calls", "a trace with at least one call")
    calls.sort(key=lambda call: (call.day, call.arrived_s))
    return calls


def write_trace(path: str | os.PathLike[str], calls: Iterable[TraceCall]) -> int:
    """Write a trace (gzip if the name ends in ``.gz``) and return the number of calls."""
    count = 0
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for call in calls:
        count += 1
        writer.writerow(
            (
                call.call_id,
                call.day.isoformat(),
                f"{call.arrived_s:.12g}",
                call.queue,
                call.tier,
                f"{call.wait_s:.12g}",
                OUTCOMES[0] if call.answered else OUTCOMES[1],
                f"{call.handle_s:.12g}" if call.answered else "",
                call.agent,
            )
        )
    data = buffer.getvalue().encode("utf-8")
    # mtime=0: the same calls give the same bytes
    Path(path).write_bytes(gzip.compress(data, mtime=0) if str(path).endswith(".gz") else data)
    return count


def _columns(path: str, line: int, header: list[str]) -> dict[str, int]:
    """Map column names to positions, refusing unknown, repeated and missing ones."""
    at: dict[str, int] = {}
    for index, column in enumerate(header):
        if column not in COLUMNS:
            raise TraceError(path, line, "", column, "a column of a trace: " + ", ".join(COLUMNS))
        if column in at:
            raise TraceError(path, line, column, column, "allowed twice in the header")
        at[column] = index
    for column in COLUMNS:
        if column not in at and column not in OPTIONAL_COLUMNS:
            raise TraceError(path, line, column, ",".join(header), f"a header that has the column {column!r}")
    return at


class _Row:
    """One line's fields, read one by one with errors that name the place."""

    def __init__(self, path: str, line: int, fields: dict[str, str]) -> None:
        self.path = path
        self.line = line
        self.fields = fields

    def read(self, column: str, parse: Callable[[str], _T | None], allowed: str) -> _T:
        text = self.fields.get(column, "")
        value = parse(text)
        if value is None:
            raise TraceError(self.path, self.line, column, text, allowed)
        return value


def _call(row: _Row) -> TraceCall:
    outcome = row.read("outcome", lambda text: text if text in OUTCOMES else None, "'answered' or 'abandoned'")
    answered = outcome == OUTCOMES[0]
    name = f"a name of 1 to {MAX_NAME_BYTES} bytes without control characters"
    a_day = f"a number of seconds, 0 <= x <= {DAY_S}"
    if answered:
        handle_s = row.read("handle_s", _seconds, a_day)
    else:
        row.read("handle_s", lambda text: 0.0 if not text else None, "empty, as the call was abandoned")
        handle_s = 0.0
    return TraceCall(
        call_id=row.read("call_id", _name, name),
        day=row.read("day", _date, "a date YYYY-MM-DD"),
        arrived_s=row.read("arrived_s", _second_of_day, f"a number of seconds, 0 <= x < {DAY_S}"),
        queue=row.read("queue", _name, name),
        tier=row.read("tier", _name_or_empty, name + ", or empty"),
        wait_s=row.read("wait_s", _seconds, a_day),
        answered=answered,
        handle_s=handle_s,
        agent=row.read("agent", _name_or_empty, name + ", or empty"),
    )


def _seconds(text: str) -> float | None:
    if not _SECONDS.fullmatch(text):
        return None
    value = float(text)
    return value if value <= DAY_S else None


def _second_of_day(text: str) -> float | None:
    value = _seconds(text)
    return None if value is None or value >= DAY_S else value


def _date(text: str) -> dt.date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _name(text: str) -> str | None:
    if not text or len(text.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
        return None
    return None if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in text) else text


def _name_or_empty(text: str) -> str | None:
    return _name(text) if text else ""
