"""The Anonymous Bank's own layout, read into a trace; also the command that converts a file.

    python -m acdcore.sim.bank_trace 1999-01.csv.gz january.csv.gz

The data is the call-by-call record of a bank's call center in 1999, published by the Service Enterprise
Engineering lab of the Technion (Guedj and Mandelbaum), which asks to be named as its source.

What its recording faults make necessary, each counted in the :class:`Conversion`:

* ``PHANTOM`` rows are no calls: dropped.
* Rows that hung up without having queued left in the menu and never asked for an agent: dropped.
* Served rows without a service start were never seen by an agent: dropped.
* Menu times may be negative; they are not used: a wait begins at ``q_start``, or, for a call that did not
  queue, at ``vru_exit``.
* A call that did not queue mostly carries priority 0, whoever called: its tier is left empty, except for
  new and internet customers, who are never high-priority in the recorded queue.
* Services of more than an hour are cut to an hour (a handful: lines left open).
* ``NO_SERVER`` in a served row: the agent is left empty. Someone once replaced ``NA`` by ``NO_SERVER`` in
  names, too: ``NO_SERVERAMA`` is read as ``NAAMA``.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from .trace import DAY_S, TraceCall, TraceError, read_header, read_trace, rows_of, write_trace

BANK_COLUMNS: Final = (
    "vru_line", "call_id", "customer_id", "priority", "type", "date", "vru_entry", "vru_exit", "vru_time",
    "q_start", "q_exit", "q_time", "outcome", "ser_start", "ser_exit", "ser_time", "server",
)  # fmt: skip
QUEUE_OF_TYPE: Final = {
    "PS": "regular",
    "NE": "stocks",
    "NW": "new",
    "IN": "internet",
    "PE": "english",
    "TT": "callback",
}
VIP: Final = "vip"
STANDARD: Final = "standard"
TIERS: Final = (VIP, STANDARD)
ANONYMOUS_QUEUES: Final = frozenset({"new", "internet"})
"""Queues whose callers are not identified before they queue, so none of them is high-priority."""
MAX_SERVICE_S: Final = 3_600
NO_SERVER: Final = "NO_SERVER"


@dataclass
class Conversion:
    """The calls of a file, in order of (day, arrival), and what was done to its faulty rows."""

    calls: list[TraceCall] = field(default_factory=list)
    rows: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)

    def summary(self) -> str:
        """Say in a few lines what became of the rows."""
        lines = [f"{self.rows} rows: {len(self.calls)} calls asked for an agent"]
        lines += [f"  dropped {count:6d}  {reason}" for reason, count in sorted(self.dropped.items())]
        lines += [f"  mended  {count:6d}  {reason}" for reason, count in sorted(self.mended.items())]
        return "\n".join(lines)


def is_bank_header(header: Sequence[str]) -> bool:
    """Whether a file with this header is in the bank's own layout."""
    return tuple(header) == BANK_COLUMNS


def read_any(path: str | os.PathLike[str]) -> list[TraceCall]:
    """Read a trace in our layout or in the bank's, told apart by the header; raises as ``read_trace`` does."""
    return read_bank(path).calls if is_bank_header(read_header(path)) else read_trace(path)


def read_bank(path: str | os.PathLike[str]) -> Conversion:
    """Read a file of the bank's layout; raises :class:`TraceError` naming line, column, value and what is allowed."""
    name = str(path)
    done = Conversion()
    rows = rows_of(path)
    line, header = next(rows, (0, []))
    if not is_bank_header(header):
        raise TraceError(name, line, "", ",".join(header), "the bank's header: " + ",".join(BANK_COLUMNS))
    seen: Counter[tuple[str, str]] = Counter()
    for line, fields in rows:
        if len(fields) != len(BANK_COLUMNS):
            raise TraceError(name, line, "", f"{len(fields)} fields", f"{len(BANK_COLUMNS)} fields, as in the header")
        done.rows += 1
        row = dict(zip(BANK_COLUMNS, fields, strict=True))
        call = _call(_BankRow(name, line, row), done)
        if call is not None:
            seen[row["date"], call.call_id] += 1
            again = seen[row["date"], call.call_id]
            if again > 1:
                call = replace(call, call_id=f"{call.call_id}.{again}")
                done.mended["call ids that the day has already: numbered"] += 1
            done.calls.append(call)
    done.calls.sort(key=lambda call: (call.day, call.arrived_s))
    return done


class _BankRow:
    """One row, with readers whose errors name the place."""

    def __init__(self, path: str, line: int, row: dict[str, str]) -> None:
        self.path = path
        self.line = line
        self.row = row

    def number(self, column: str) -> int:
        text = self.row[column]
        # the record has whole seconds, some of them negative
        if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit() or len(text) > 9:
            raise TraceError(self.path, self.line, column, text, "a whole number of seconds")
        return int(text)

    def choice(self, column: str, allowed: Sequence[str]) -> str:
        text = self.row[column]
        if text not in allowed:
            raise TraceError(self.path, self.line, column, text, "one of " + ", ".join(allowed))
        return text

    def arrival_s(self) -> int:
        """When the wait began: menu times may be faulty, so only of a call that did not queue."""
        queued_at = self.number("q_start")
        return queued_at if queued_at > 0 else self.number("vru_exit")

    def day(self) -> dt.date:
        text = self.row["date"]
        try:
            if len(text) == 6 and text.isascii() and text.isdigit():
                return dt.date(1900 + int(text[:2]), int(text[2:4]), int(text[4:]))
        except ValueError:
            pass
        raise TraceError(self.path, self.line, "date", text, "a date YYMMDD of the 1900s")


def _call(row: _BankRow, done: Conversion) -> TraceCall | None:
    if _is_fault(row, done):
        return None
    answered = row.row["outcome"] == "AGENT"
    queued = row.number("q_start") > 0
    queue = QUEUE_OF_TYPE[row.row["type"]]
    handle_s = row.number("ser_time") if answered else 0
    if handle_s > MAX_SERVICE_S:
        done.mended["services of more than an hour: cut to an hour"] += 1
        handle_s = MAX_SERVICE_S
    tier = _tier(queue, row.choice("priority", ("0", "1", "2")), queued)
    if not tier:
        done.mended["calls that did not queue, priority 0: tier left empty"] += 1
    return TraceCall(
        call_id=row.row["vru_line"] + "-" + row.row["call_id"],
        day=row.day(),
        arrived_s=float(row.arrival_s()),
        queue=queue,
        tier=tier,
        wait_s=float(row.number("q_time")) if queued else 0.0,
        answered=answered,
        handle_s=float(handle_s),
        agent=_agent(row.row["server"], done) if answered else "",
    )


def _agent(server: str, done: Conversion) -> str:
    if server in (NO_SERVER, ""):
        done.mended["served rows without a server: agent left empty"] += 1
        return ""
    if server.startswith(NO_SERVER):
        done.mended["servers' names with NO_SERVER in place of NA: restored"] += 1
        server = "NA" + server.removeprefix(NO_SERVER)
    return server.lower()


def _tier(queue: str, priority: str, queued: bool) -> str:
    if queue in ANONYMOUS_QUEUES:
        return STANDARD
    if priority == "2":
        return VIP
    return STANDARD if queued or priority == "1" else ""


def _is_fault(row: _BankRow, done: Conversion) -> bool:
    """Whether a row is no call that asked for an agent, or none that can be used; it is then counted."""
    outcome = row.choice("outcome", ("AGENT", "HANG", "PHANTOM"))
    answered = outcome == "AGENT"
    reasons = {
        "phantom rows": outcome == "PHANTOM",
        "rows of no known type": row.row["type"] not in QUEUE_OF_TYPE,
        "calls that left in the menu": not answered and row.number("q_start") <= 0,
        "served rows without a service start": answered and row.number("ser_start") <= 0,
        "services that end before they start": answered and row.number("ser_time") < 0,
        "waits that begin outside the day or end before they begin": not 0 <= row.arrival_s() < DAY_S
        or row.number("q_time") < 0,
    }
    for reason, applies in reasons.items():
        if applies:
            done.dropped[reason] += 1
            return True
    return False


def main(argv: Sequence[str] | None = None) -> int:
    """Convert a file; returns the exit code: 0 done, 1 unreadable input, 2 wrong usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if len(arguments) != 2 or arguments[0].startswith("-"):
        print("usage: python -m acdcore.sim.bank_trace IN.csv[.gz] OUT.csv[.gz]", file=sys.stderr)
        return 2
    try:
        done = read_bank(arguments[0])
        write_trace(arguments[1], done.calls)
    except (TraceError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(done.summary())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
