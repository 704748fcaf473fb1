"""What a soak shows: a table of 80 columns, the verdict, JSON that can be read again, and a picture over time."""

from __future__ import annotations

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.text import Text

from ..open_loop.report import load_before
from ..surroundings import versions
from ..terminal import printed, put, say, table
from .books import Books
from .plan import SoakPlan
from .run import SoakResult, books_json
from .verdict import Finding, slope_an_hour
from .watch import Sample, as_columns, samples_of, write_atomically

ROWS: Final = 10
FORMAT: Final = 1
WORDS: Final = {True: "holds", False: "BROKEN", None: "not judged"}


def duration(seconds: float) -> str:
    """Return a length of time as people say it: 450 s, 12 min, 7.5 h."""
    if seconds < 600:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.3g} h"


def write_json(result: SoakResult, path: Path) -> None:
    """Write everything that was found. Raises OSError."""
    told = {
        "format": FORMAT,
        "plan": dataclasses.asdict(result.plan),
        "plan_hash": result.plan_hash,
        "journal": result.journal,
        "began": result.began,
        "machine": result.machine,
        "versions": versions(),
        "seconds": round(result.seconds, 3),
        "stopped": result.stopped,
        "findings": [dataclasses.asdict(finding) for finding in result.findings],
        "books": books_json(result.books),
        "samples": as_columns(result.samples),
    }
    write_atomically(path, json.dumps(told, indent=1) + "\n")


def read_json(path: Path) -> SoakResult:
    """Read what :func:`write_json` has written. Raises OSError, ValueError when it is something else."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise ValueError(f"format {told['format']}, this program reads {FORMAT}")
        return SoakResult(
            plan=SoakPlan(**told["plan"]),
            plan_hash=told["plan_hash"],
            journal=told.get("journal", False),
            began=told["began"],
            machine=told["machine"],
            seconds=told["seconds"],
            stopped=told["stopped"],
            books=_books_of(told["books"]),
            samples=samples_of(told["samples"]),
            findings=[Finding(**finding) for finding in told["findings"]],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: not a soak's result: {error}") from None


def _books_of(told: dict[str, Any]) -> Books:
    values: dict[str, Any] = {}
    for name, value in told.items():
        if name == "refusals":
            values[name] = Counter({tuple(key.split(": ")): times for key, times in value.items()})
        else:
            values[name] = Counter(value) if isinstance(value, dict) else value
    return Books(**values)


# ---------------------------------------------------------------------- tables


def text_of(result: SoakResult) -> str:
    """Return the whole report as text of at most 80 columns."""
    return printed(lambda to: show(result, to))


def show(result: SoakResult, to: Any) -> None:
    """Print the report: what was lived, how it went over time, the verdict."""
    for line in _head(result):
        say(to, line)
    to.print()
    put(to, _over_time(result))
    to.print()
    slope = slope_an_hour(result.during, lambda sample: sample.rss_mib)
    if not math.isnan(slope):
        say(to, f"memory after the first quarter: {slope:+.2f} MiB an hour, by least squares")
    say(
        to,
        "RSS, files: the server's, at their most. CPU: of one core. p50, p99: the median of what each look saw; max: "
        "the most. enqueue: from the planned moment to the answer. offer: from the planned moment until the agent's "
        "program hears it, when somebody was free at once. late: this program itself, in sending.",
    )
    to.print()
    put(to, _verdict(result.findings))
    broken = [finding for finding in result.findings if finding.holds is False]
    if broken:
        say(to, f"{len(broken)} of {len(result.findings)} rules broken", "bold red")
    else:
        unjudged = sum(finding.holds is None for finding in result.findings)
        rest = f", {unjudged} not judged" if unjudged else ""
        say(to, f"{len(result.findings) - unjudged} rules hold{rest}", "bold green")


def _head(result: SoakResult) -> list[str]:
    books, plan, on = result.books, result.plan, result.machine
    who = f"{books.arrived:,} customers ({plan.rate:g} a second on average)"
    agents = f"{3 * plan.agents} agents in three shifts"
    kept = "a server with a journal" if result.journal else "a server without a journal"
    clock = f"{kept}, its clock {plan.speed:g} times real time; seed {plan.seed}, plan {result.plan_hash}"
    doors = f"{books.changes['shift']} shift changes, {books.changes['close']} doors closed and opened"
    wires = f"{books.changes['cut']} connections cut ({books.streams_cut:,} streams with them)"
    more = f"{books.changes['sever']} severed, {books.changes['twice']} second sign-ins"
    calls = f"{books.transferred:,} transfers, {books.repeated:,} repeated and {books.retried:,} retried calls"
    return [
        f"soak of {duration(result.seconds)}{', stopped early' if result.stopped else ''}, began {result.began}",
        f"{on['cpu']}, {on['cores']} cores shared by server and clients{load_before(on)}",
        f"{who}, {agents}, {clock}",
        f"{doors}, {wires}, {more}, {calls}",
    ]


def _most(samples: Sequence[Sample], value: Callable[[Sample], float]) -> float:
    return max((one for sample in samples if not math.isnan(one := float(value(sample)))), default=math.nan)


def _middle(samples: Sequence[Sample], value: Callable[[Sample], float]) -> float:
    seen = [one for sample in samples if not math.isnan(one := float(value(sample)))]
    return median(seen) if seen else math.nan


def parts(samples: Sequence[Sample], most: int = ROWS) -> list[list[Sample]]:
    """Return the looks in parts of about equal length, no more than ``most`` of them."""
    count = min(most, len(samples))
    edges = [round(n * len(samples) / count) for n in range(count + 1)] if count else []
    return [list(samples[begin:end]) for begin, end in pairwise(edges)]


def _ms(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _over_time(result: SoakResult) -> Text:
    """Return the table over time; its columns are too many for rich's spaces between them."""
    head = (
        "            RSS               enqueue, ms     offer, ms   late at most",
        "  until     MiB files CPU   p50   p99   max   p50   p99    p99 waiting  live",
    )
    lines = [
        f"{duration(part[-1].at_s):>7}"
        f"{_most(part, lambda one: one.rss_mib):8.1f}"
        f"{_most(part, lambda one: one.files):6.0f}"
        f"{_middle(part, lambda one: one.cpu):5.0%}"
        f"{_ms(_middle(part, lambda one: one.enqueue_p50_ms)):>6}"
        f"{_ms(_middle(part, lambda one: one.enqueue_p99_ms)):>6}"
        f"{_ms(_most(part, lambda one: one.enqueue_max_ms)):>6}"
        f"{_ms(_middle(part, lambda one: one.offer_p50_ms)):>6}"
        f"{_ms(_middle(part, lambda one: one.offer_p99_ms)):>6}"
        f"{_ms(_middle(part, lambda one: one.late_p99_ms)):>7}"
        f"{_most(part, lambda one: one.waiting):8,.0f}"
        f"{_most(part, lambda one: one.interactions):6,.0f}"
        for part in parts(result.during)
    ]
    return Text("\n".join([*head, "-" * max(map(len, head)), *lines]))


def _verdict(findings: Sequence[Finding]) -> Any:
    styles = {True: "", False: "bold red", None: "dim"}
    drawn = table("verdict", "rule", "", "found", left=3, fold=True)
    for finding in findings:
        style = styles[finding.holds]
        drawn.add_row(finding.rule, Text(WORDS[finding.holds], style=style), Text(finding.found, style=style))
    return drawn
