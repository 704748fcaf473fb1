"""What the demo prints at the end: a manager's tables, an engineer's figures, and what to make of them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from rich.console import Console

from ...model import QueueFigures
from ...sim.outcome import SERVICE_LEVEL_FORMULA, Outcome, Waits, group, quantile, waits
from ..terminal import put, say, table
from .result import DayResult
from .view import weekday

NS = 1_000_000_000


def manager(console: Console, result: DayResult) -> None:
    """Print service by queue and by tier, as the server counted it."""
    occupied_ns = sum(row.handle_ns + row.wrap_up_ns for row in result.queues)
    columns = ("calls", "answered", "hung up", "service\nlevel", "ASA", "AHT", "share of\nwork")
    drawn = table("What a center's manager asks", "", *columns)
    for name, rows in _by(result.queues, "queue"):
        drawn.add_row(name, *_service(rows, occupied_ns))
    drawn.add_section()
    for name, rows in _by(result.queues, "tier"):
        drawn.add_row(name, *_service(rows, occupied_ns))
    drawn.add_section()
    drawn.add_row("all", *_service(result.queues, occupied_ns), style="bold")
    put(console, drawn)
    targets = " and ".join(str(target) for target in sorted({row.target_ns // NS for row in result.queues}))
    say(
        console,
        f"Service level = {SERVICE_LEVEL_FORMULA}, with a target of {targets} s. ASA: mean wait of those answered. "
        "AHT: mean talk and wrap-up.",
    )
    say(
        console,
        f"Occupancy = (busy + wrap-up) / (available + busy + wrap-up) = {_percent(result.center.occupancy)}. "
        "Share of work: of that busy and wrap-up time, as agents serve several queues.",
    )
    say(console)


def _by(rows: Sequence[QueueFigures], key: str) -> list[tuple[str, list[QueueFigures]]]:
    groups: dict[str, list[QueueFigures]] = {}
    for row in rows:
        if row.enqueued:
            groups.setdefault(getattr(row, key), []).append(row)
    return sorted(groups.items(), key=lambda item: -sum(row.enqueued for row in item[1]))


def _service(rows: Sequence[QueueFigures], occupied_ns: int) -> list[str]:
    calls = sum(row.enqueued for row in rows)
    answered = sum(row.answered for row in rows)
    abandoned = sum(row.abandoned for row in rows)
    counted = answered + abandoned - sum(row.abandoned_in_target for row in rows)
    completed = sum(row.completed for row in rows)
    work_ns = sum(row.handle_ns + row.wrap_up_ns for row in rows)
    return [
        f"{calls:,}",
        f"{answered:,}",
        _percent(abandoned / calls if calls else None),
        _percent(sum(row.answered_in_target for row in rows) / counted if counted else None),
        f"{sum(row.wait_ns for row in rows) / answered / NS:.0f} s" if answered else "-",
        f"{work_ns / completed / NS:.0f} s" if completed else "-",
        _percent(work_ns / occupied_ns if occupied_ns else None),
    ]


def engineer(console: Console, results: Sequence[DayResult]) -> None:
    """Print decisions and latencies; of several servers, the median of each server's quantile and the worst."""
    commands = sum(result.center.commands for result in results)
    decisions = sum(result.center.decisions for result in results)
    wall_s = sum(result.wall_s for result in results)
    offers = [latency for result in results for latency in result.offer_latency_ns]
    drawn = table("What an engineer asks", "real time, not the bank's", "count", "p50", "p99", "p99.9", "longest")
    core = [result.center.decision_latency for result in results]
    drawn.add_row(
        "a command inside the core",
        f"{sum(latency.count for latency in core):,}",
        *[
            _duration(statistics.median(values))
            for values in ([c.p50_ns for c in core], [c.p99_ns for c in core], [c.p999_ns for c in core])
        ],
        _duration(max(latency.longest_ns for latency in core)),
    )
    drawn.add_row(
        "enqueue to offer over gRPC",
        f"{len(offers):,}",
        *[_duration(quantile(offers, share)) for share in (0.5, 0.99, 0.999, 1.0)],
    )
    put(console, drawn)
    say(console, f"{decisions:,} decisions (offers made), {commands:,} commands, {commands / wall_s:,.0f} a second.")
    several = " Inside the core: the median of each day's quantile." if len(results) > 1 else ""
    say(
        console,
        f"Enqueue to offer: from sending a call to hearing its offer, where an agent was free at once.{several}",
    )
    say(
        console,
        "A command: a Python call of the router, in the server's loop. A warm one takes about half a microsecond; the "
        "rest is the processor waking up and filling its caches (make bench measures the core itself).",
    )
    say(console)


def disturbance(console: Console, results: Sequence[DayResult]) -> None:
    """Warn of days whose figures are not to be trusted, before these are printed; say nothing when there are none."""
    disturbed = [result.stood_still_s for result in results if result.disturbed]
    if not disturbed:
        return
    which = "This day is" if len(results) == 1 else f"{len(disturbed)} of {len(results)} days are"
    say(
        console,
        f"{which} disturbed: the machine stood still for up to {max(disturbed)} s of the bank's time at once, calls "
        "went unanswered meanwhile, and their waits are longer than the router made them. Repeat on a quieter machine, "
        "or at a lower --speed.",
        "yellow",
    )
    say(console)


def speed_note(console: Console, results: Sequence[DayResult]) -> None:
    """Say what the speed, and a machine that stood still, do to the bank's figures."""
    speed = results[0].speed
    say(
        console,
        f"At {speed:g} times real time a millisecond of network, or of a busy machine, is {speed / 1000:.1f} s of the "
        "bank's time: every wait and talk above is longer by about as much as its messages took. People act by the "
        "server's time stamps, so that such delays do not add up.",
    )
    worst = max(results, key=lambda result: result.stall_s)
    say(
        console,
        f"The machine stood still for {worst.stall_s * 1000:.0f} ms at most: {worst.stood_still_s} s of the bank's "
        "time.",
    )


def compare(console: Console, title: str, pairs: Sequence[tuple[Sequence[Outcome], Sequence[Outcome]]]) -> None:
    """Print the waits of queued calls by tier, ours against the record's."""
    ours = group([outcome for lived, _ in pairs for outcome in lived], lambda outcome: outcome.tier)
    theirs = group([outcome for _, recorded in pairs for outcome in recorded], lambda outcome: outcome.tier)
    drawn = table(title, "tier", "", "queued", "answered", "mean", "median", "p90", "hung up")
    for tier in sorted(set(ours) | set(theirs), reverse=True):
        for who, groups in (("acdcore", ours), ("record", theirs)):
            drawn.add_row(tier if who == "acdcore" else "", who, *_waits(waits(groups.get(tier, []))))
        drawn.add_section()
    put(console, drawn)


def _waits(figures: Waits) -> list[str]:
    return [
        f"{figures.queued:,}",
        f"{figures.answered:,}",
        f"{figures.mean_s:.0f} s",
        f"{figures.median_s:.0f} s",
        f"{figures.p90_s:.0f} s",
        _percent(figures.abandoned_share),
    ]


def day_line(name: str, lived: Sequence[Outcome], recorded: Sequence[Outcome], tiers: Sequence[str]) -> str:
    """One line for a replayed day: the mean wait of queued and answered calls by tier, ours and recorded."""
    parts = [f"{weekday(name):15s}{len(lived):6,d} calls"]
    for tier in tiers:
        own = waits(outcome for outcome in lived if outcome.tier == tier)
        its = waits(outcome for outcome in recorded if outcome.tier == tier)
        parts.append(f"{tier} {own.mean_s:4.0f} s ({its.mean_s:.0f} s)")
    return "   ".join(parts)


def adds_up(console: Console, results: Sequence[DayResult]) -> bool:
    """Say whether all calls are accounted for, and whether callers', agents' and servers' counts agree."""
    calls = sum(len(result.outcomes) for result in results)
    answered = sum(outcome.answered for result in results for outcome in result.outcomes)
    refused = sum(result.refused for result in results)
    problems = [problem for result in results for problem in result.problems()]
    if problems:
        say(console, "The calls do not add up:", "bold red")
        for problem in problems:
            say(console, f"  {problem}")
        return False
    also = f" ({refused:,} more were refused, as the queue was full)" if refused else ""
    say(
        console,
        f"{calls:,} arrived = {answered:,} answered + {calls - answered:,} hung up{also}: it adds up, as counted by "
        "callers, by agents and by the server.",
    )
    return True


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _duration(ns: float) -> str:
    if ns < 1_000:
        return f"{ns:.0f} ns"
    if ns < 1_000_000:
        return f"{ns / 1_000:.1f} µs" if ns < 100_000 else f"{ns / 1_000:.0f} µs"
    return f"{ns / 1_000_000:.1f} ms"
