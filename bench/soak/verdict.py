"""Whether a soak has held: rules that are stated, each with what it found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

from ...model import CenterFigures, QueueFigures
from .books import Books, unexpected
from .watch import Sample, wrong_rows

LONG_ENOUGH_S: Final = 1_200.0
"""Shorter runs are not judged for what grows slowly: their beginning is most of them."""
MEMORY_GROWTH: Final = 1.03
MEMORY_SLACK_MIB: Final = 2.0
FILES_SLACK: Final = 4
THREADS_SLACK: Final = 2
LATENCY_GROWTH: Final = 2.0
ON_TIME_MS: Final = 20.0
"""A look at which this program itself was later than this, p99, says nothing about the server's latency."""
FEWEST_LOOKS: Final = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule. ``holds`` None: it could not be judged, ``found`` says why."""

    rule: str
    holds: bool | None
    found: str


def quarters(samples: list[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Return the second and the last quarter of a run, by time. The first quarter is the warm-up."""
    end = samples[-1].at_s if samples else 0.0
    second = [sample for sample in samples if end / 4 <= sample.at_s < end / 2]
    last = [sample for sample in samples if sample.at_s >= end * 3 / 4]
    return second, last


def slope_an_hour(samples: list[Sample], value: Callable[[Sample], float]) -> float:
    """Return how much a value grows in an hour, by least squares over all but the first quarter; NaN of too few."""
    end = samples[-1].at_s if samples else 0.0
    points = [(sample.at_s / 3600.0, value(sample)) for sample in samples if sample.at_s >= end / 4]
    if len(points) < 3:
        return math.nan
    mean_x, mean_y = (sum(column) / len(points) for column in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    rise: float = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    return rise


def judge_growth(samples: list[Sample]) -> list[Finding]:
    """Return the rules about what must stay as it is: each compares the last quarter with the second."""
    rules: tuple[tuple[str, Callable[[Sample], float], float, float, str], ...] = (
        ("memory is flat", lambda sample: sample.rss_mib, MEMORY_GROWTH, MEMORY_SLACK_MIB, "MiB"),
        ("open files are flat", lambda sample: sample.files, 1.0, FILES_SLACK, "files"),
        ("threads are flat", lambda sample: sample.threads, 1.0, THREADS_SLACK, "threads"),
    )
    found = []
    for rule, value, factor, slack, unit in rules:
        found.append(_compared(rule, samples, value, factor, slack, unit))
    on_time = [sample for sample in samples if sample.late_p99_ms <= ON_TIME_MS]
    found.append(
        _compared(
            "latency is flat", on_time, lambda sample: sample.enqueue_p50_ms, LATENCY_GROWTH, 0.0, "ms", of=samples
        )
    )
    return found


def _compared(
    rule: str,
    samples: list[Sample],
    value: Callable[[Sample], float],
    factor: float,
    slack: float,
    unit: str,
    of: list[Sample] | None = None,
) -> Finding:
    ran_s = (of or samples)[-1].at_s if (of or samples) else 0.0
    if ran_s < LONG_ENOUGH_S:
        return Finding(rule, None, f"a run of {ran_s:,.0f} s; judged from {LONG_ENOUGH_S:,.0f} s on")
    second, last = quarters(samples)
    if min(len(second), len(last)) < FEWEST_LOOKS:
        return Finding(rule, None, f"too few looks at which this program was on time: {len(second)} and {len(last)}")
    before, after = (
        median(one for sample in part if not math.isnan(one := float(value(sample)))) for part in (second, last)
    )
    most = before * factor + slack
    digits = 0 if unit in {"files", "threads"} else 2 if unit == "ms" else 1
    text = (
        f"{before:.{digits}f} {unit} in the second quarter, {after:.{digits}f} in the last (at most {most:.{digits}f})"
    )
    return Finding(rule, after <= most, text)


@dataclass(frozen=True, slots=True)
class End:
    """How the server stood when everybody had gone; ``drained``: within the limit."""

    rows: list[QueueFigures]
    center: CenterFigures
    drained: bool


def judge_books(samples: list[Sample], wrong: list[str], books: Books, end: End | None) -> list[Finding]:
    """Return the rules about what must add up, between looks and at the end (None: the server did not answer)."""
    not_right = sum(not sample.adds_up for sample in samples)
    found = f"{len(samples) - not_right} of {len(samples)} looks" + (f"; first: {wrong[0]}" if wrong else "")
    looks = Finding("every look adds up", bool(samples) and not not_right, found)
    if end is None:
        return [looks, Finding("the server answers at the end", False, "it did not")]
    return [looks, *_final_books(books, end)]


def _final_books(books: Books, end: End) -> list[Finding]:
    def total(name: str) -> int:
        return sum(getattr(row, name) for row in end.rows)

    refused = books.refused.total()
    went = {name: total(name) for name in ("completed", "abandoned", "expired", "rejected")}
    open_now = total("waiting") + total("offered") + total("active") + total("held_now") + total("scheduled")
    ended = books.completed + books.cancelled
    return [
        Finding(
            "everybody who came is in the server's books, once",
            books.arrived - refused == books.enqueued == total("enqueued"),
            f"{books.arrived:,} came, {refused:,} were refused, {books.enqueued:,} enqueued; "
            f"the server counted {total('enqueued'):,}",
        ),
        Finding(
            "everybody who was in is out",
            end.drained and open_now == end.center.interactions == 0 and sum(went.values()) == total("enqueued"),
            ", ".join(f"{count:,} {name}" for name, count in went.items()) + f"; {open_now:,} still there",
        ),
        Finding(
            "customers and agents ended what the server says they ended",
            ended == went["completed"] + went["abandoned"],
            f"{books.completed:,} completed and {books.cancelled:,} hung up: {ended:,}; "
            f"the server counted {went['completed'] + went['abandoned']:,}",
        ),
        Finding(
            "accepted offers agree",
            books.accepted == total("offers_accepted"),
            f"{books.accepted:,} here, {total('offers_accepted'):,} at the server",
        ),
        Finding(
            "nobody is left",
            end.center.watchers == 0 and end.center.inbox == 0 and not wrong_rows(end.rows),
            f"{end.center.watchers} streams, {end.center.inbox} requests",
        ),
    ]


def judge_errors(samples: list[Sample], books: Books, said: str) -> list[Finding]:
    """Return the rules about what must not have happened; ``said`` is the server's log."""
    strange = {**unexpected(books.refusals), **books.surprises}
    violations = max((sample.page_violations for sample in samples), default=0)
    return [
        Finding(
            "no refusal or error unforeseen",
            not strange and not books.given_up,
            "; ".join(f"{what} ({times})" for what, times in list(strange.items())[:5])
            or (f"{books.given_up} calls without an answer" if books.given_up else _foreseen(books)),
        ),
        Finding("the server's own checks found nothing", violations == 0, f"{violations} violations on its page"),
        Finding("the server logged no warning", not said, next(iter(said.splitlines()), "nothing")[:120]),
    ]


def _foreseen(books: Books) -> str:
    return f"{books.refusals.total():,} refusals of the kinds that races and closed doors bring"


def holds(findings: list[Finding]) -> bool:
    """Whether no rule is broken."""
    return all(finding.holds is not False for finding in findings)
