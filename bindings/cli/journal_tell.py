"""What ``acdcore journal`` prints, within 80 columns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from ..errors import printable
from ..journal.decisions import Comparison, Decision
from ..journal.replica import Replica
from ..journal.sqlite import SqliteJournal
from ..journal.telling import Told
from ..router.codes import SECOND_NS
from ..times import moment
from .output import plain, table

_TELL_EVERY: Final = 500
_QUIET: Final = ("request_id",)
"""Facts that only JSON has: they are long, and seldom what somebody looks for."""


def printable_time(now_ns: int) -> str:
    """Return a time for people: UTC, to the millisecond."""
    try:
        return moment(now_ns).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    except OverflowError:
        return f"{now_ns} ns"


def told_line(one: Told) -> str:
    """Return a command as one line."""
    facts = " ".join(f"{key}={_word(value)}" for key, value in one.facts.items() if key not in _QUIET and value != "")
    answer = "" if one.result == "OK" else f" -> {one.result}"
    return f"{one.position}.{one.number + 1} {printable_time(one.now_ns)} {one.operation} {facts}{answer}".rstrip()


def _word(value: Any) -> str:
    if value is True:
        return "yes"
    text = printable(str(value))
    return f'"{text}"' if not text or any(sign in text for sign in ' "=') else text


def told_record(one: Told) -> dict[str, Any]:
    """Return a command as an object for JSON."""
    return {
        "position": one.position,
        "number": one.number + 1,
        "time": moment(one.now_ns).isoformat() if one.now_ns < 2**62 else None,
        "now_ns": one.now_ns,
        "operation": one.operation.lower(),
        "result": one.result,
        **one.facts,
    }


@dataclass(frozen=True)
class Replayed:
    """How a replay went."""

    groups: int
    commands: int
    decisions: int
    digests: int
    differences: int
    state_hash: str
    seconds: float

    def print(self, console: Console) -> None:
        """Print it."""
        seconds = max(self.seconds, 1e-9)
        rows = [
            ("groups", f"{self.groups:,}"),
            ("commands", f"{self.commands:,}, {self.commands / seconds:,.0f} a second"),
            ("decisions", f"{self.decisions:,}, {self.decisions / seconds:,.0f} a second"),
            ("states compared", f"{self.digests:,}"),
            ("state", self.state_hash),
            ("took", f"{self.seconds:.2f} s"),
        ]
        if self.differences:
            rows.insert(4, ("differences", f"{self.differences:,}"))
        for name, value in rows:
            console.print(Text(f"{name:<16} {value}"), soft_wrap=True)


def replayed(journal: SqliteJournal, replica: Replica, tell: Callable[[float], None]) -> Replayed:
    """Replay a journal to its end and return how that went."""
    began_s = time.perf_counter()
    start, end = replica.position, max(1, journal.end - replica.position)
    offers = replica.core.center().offer_seq
    for row in journal.read(start):
        replica.apply(row)
        if row.position % _TELL_EVERY == 0:
            tell((row.position - start) / end)
    took_s = time.perf_counter() - began_s
    groups, differences = replica.position - start, len(replica.diverged)
    digest = f"{replica.core.state_hash():016x}"
    return Replayed(
        groups, replica.commands, replica.core.center().offer_seq - offers, replica.digests, differences, digest, took_s
    )


def print_differences(console: Console, found: Comparison, left_out: Mapping[str, int], most: int, other: str) -> None:
    """Print how two replays compare."""
    same = found.interactions - len(found.differences)
    console.print(Text(f"{found.interactions:,} interactions offered: {same:,} alike, {len(found.differences):,} not"))
    console.print(Text(f"offers made: {found.before:,} as it was, {found.after:,} with {other}"))
    if left_out:
        parts = ", ".join(f"{count:,} {name.lower()}" for name, count in sorted(left_out.items()))
        console.print(Text(f"left out, as {other} has not what they name: {parts}"))
    shown = found.differences[:most]
    if shown:
        columns = [("interaction", "left"), ("queue", "left"), ("as it was", "left"), (f"with {other}", "left")]
        rows = []
        for one in shown:
            either = one.before or one.after
            queue = either.queue if either is not None else ""
            rows.append((plain(one.interaction), plain(queue), _side(one.before), _side(one.after)))
        console.print()
        console.print(table(columns, rows))
        if len(found.differences) > most:
            console.print(Text(f"and {len(found.differences) - most:,} more: --most", style="dim"))


def _side(one: Decision | None) -> Text:
    if one is None:
        return Text("-")
    return Text.assemble(plain(one.agent), f" after {one.wait_ns / SECOND_NS:,.1f} s")
