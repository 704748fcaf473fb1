"""What a load has reached, held to what it must reach: measured against wanted, one line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .books import Books, Comparison, Note, ServiceLevel
from .plan import NS_A_MS, Thresholds, said_duration

FORMULA = "Service level = answered in target / (answered + hung up - hung up in target)."


@dataclass(frozen=True)
class Timing:
    """One row of Locust's statistics. Times in milliseconds, by the share of all that took at most as long."""

    kind: str
    name: str
    count: int
    failed: int
    quantiles_ms: Mapping[float, float]


@dataclass(frozen=True)
class Check:
    """One threshold: what it is about, what was wanted and what was measured, in words."""

    about: str
    wanted: str
    measured: str
    kept: bool


@dataclass
class Verdict:
    """A whole run."""

    checks: list[Check]
    timings: list[Timing]
    levels: list[tuple[str, str, ServiceLevel]]
    """Queue, tier ("" for all of the queue's) and what was reached."""
    books: list[Comparison]
    notes: Mapping[Note, int]
    about: str = ""
    """Which load it was, in words."""
    problems: list[str] = field(default_factory=list)
    """What does not balance, or went wrong."""

    @property
    def good(self) -> bool:
        """Whether every threshold is kept and everything adds up."""
        return not self.problems and all(check.kept for check in self.checks)


def judge(thresholds: Thresholds, timings: Sequence[Timing], books: Books, calls: int, failures: int) -> list[Check]:
    """Return every threshold with what was measured.

    Args:
        thresholds: what is wanted.
        timings: the rows that were measured.
        books: what the users have found.
        calls: how many calls were made, failed ones included.
        failures: how many of them failed.
    """
    checks = []
    measured = {timing.name: timing for timing in timings}
    for name, limits in thresholds.latency.items():
        row = measured.get(name)
        for word, share, limit_ns in limits.wanted():
            about, wanted = f"{name}, {word}", f"at most {said_duration(limit_ns)}"
            if row is None or not row.count:
                checks.append(Check(about, wanted, "nothing measured", kept=False))
                continue
            took_ms = row.quantiles_ms[share]
            kept = took_ms * NS_A_MS <= limit_ns
            checks.append(Check(about, wanted, said_duration(took_ms * NS_A_MS), kept))
    ratio = failures / calls if calls else 1.0
    said = f"{ratio:.3%}" if calls else "nothing measured"
    checks.append(Check("failed calls", f"at most {percent(thresholds.failures)}", said, ratio <= thresholds.failures))
    for service in thresholds.service_level:
        found = books.service_level(service.queue, service.tier)
        level = found.level
        checks.append(
            Check(
                f"service level, {service.about()}",
                f"at least {percent(service.at_least)}",
                "nothing measured" if level is None else f"{level:.1%}",
                level is not None and level >= service.at_least,
            )
        )
    return checks


def percent(share: float) -> str:
    """Return a share as people write it: 0.5%, 80%."""
    return f"{100 * share:.6g}%"


def levels(books: Books) -> list[tuple[str, str, ServiceLevel]]:
    """Return the service level of each queue and tier, of each queue, and of each tier."""
    keys = books.keys()
    queues, tiers = sorted({queue for queue, _ in keys}), sorted({tier for _, tier in keys})
    found = [(queue, tier, books.service_level(queue, tier)) for queue, tier in keys]
    found += [(queue, "", books.service_level(queue)) for queue in queues]
    found += [("", tier, books.service_level(None, tier)) for tier in tiers]
    return [*found, ("", "", books.service_level())]
