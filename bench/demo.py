"""``acdcore demo``: a bank's day, or a recorded month, through a real server by clients that behave like people."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from ..sim.bank_trace import read_any
from ..sim.demand import generate_day, load_day, sample_path
from ..sim.fit_bank import HEAD_START_S, vip_first
from ..sim.replay import RecordedDay, prepare
from ..sim.trace import TraceCall, TraceError
from .demo_center import replay_center
from .demo_report import adds_up, compare, day_line, engineer, manager, speed_note
from .demo_result import DayResult
from .demo_run import Job, live_days
from .demo_server import DemoError
from .demo_view import View, clock, weekday

SPEED: Final = 1_200.0
TRACE_SPEED: Final = 600.0
OK: Final = 0
INVALID: Final = 1
USAGE: Final = 2
FAILED: Final = 4


def run_demo(
    *,
    trace: Path | None = None,
    speed: float | None = None,
    seed: int = 1,
    until_s: float | None = None,
    day: str | None = None,
    days: int | None = None,
    jobs: int | None = None,
    console: Console | None = None,
) -> int:
    """Run the demo and print its report.

    Args:
        trace: A trace file (our layout or the Anonymous Bank's, see ``acdcore.sim.trace``) to replay; None
            for the sample bank's busy day.
        speed: Times real time; None for 1200, or 600 for a trace.
        seed: The same seed gives the same callers and agents (not the same milliseconds).
        until_s: Sample bank only: end the day here, seconds since midnight.
        day: Trace only: one day, ``YYYY-MM-DD`` or ``YYMMDD``.
        days: Trace only: the first so many days.
        jobs: Trace only: days lived at once, each with a server of its own; None for one a processor.
        console: Where to print; None for standard output.

    Returns:
        The exit code: 0 all is well; 1 the trace cannot be read; 2 the options do not fit together or name
        a day that is not there; 4 a server failed or the calls do not add up.
    """
    out = console if console is not None else Console()
    problem = _misuse(trace, speed, until_s, day, days, jobs)
    if problem:
        return _say(problem, USAGE)
    try:
        if trace is None:
            return _sample_day(out, speed or SPEED, seed, until_s)
        calls = read_any(trace)
        wanted = _days_of(calls, day, days)
        return _replay(out, calls, wanted, speed or TRACE_SPEED, seed, jobs or os.cpu_count() or 1)
    except (TraceError, OSError) as error:
        return _say(str(error), INVALID)
    except _MisuseError as error:
        return _say(str(error), USAGE)
    except DemoError as error:
        return _say(str(error), FAILED)
    except KeyboardInterrupt:
        return _say("interrupted", FAILED)


class _MisuseError(Exception):
    pass


def _sample_day(out: Console, speed: float, seed: int, until_s: float | None) -> int:
    figures = load_day(sample_path("bank_day.yaml"))
    try:
        day = generate_day(figures, seed, until_s=until_s)
    except ValueError as error:
        raise _MisuseError(str(error)) from error
    center = sample_path("bank_center.yaml").read_text("utf-8")
    out.print(Text("A busy day at a bank", style="bold"))
    _print(
        out,
        f"{clock(day.starts_s)} to {clock(day.ends_s)}, {len(day.callers):,} callers, {len(day.agents)} agents, "
        f"{speed:g} times real time, seed {seed};",
        "fitted to the record of the Anonymous Bank (SEE lab, Technion; Guedj and Mandelbaum).",
        "",
    )
    with View(out) as view:
        [result] = live_days([Job(day, center, speed)], 1, view.show, lambda _: None)
    out.print()
    manager(out, result)
    engineer(out, [result])
    speed_note(out, speed)
    good = adds_up(out, [result])
    _print(out, f"Took {result.wall_s:.0f} s.")
    return OK if good else FAILED


def _replay(
    out: Console, calls: Sequence[TraceCall], wanted: Sequence[dt.date] | None, speed: float, seed: int, jobs: int
) -> int:
    try:
        replay = prepare(calls, seed, wanted)
    except ValueError as error:
        raise _MisuseError(str(error)) from error
    center = replay_center(replay)
    recorded = {day.day.name: day for day in replay.days}
    tiers = sorted({outcome.tier for day in replay.days for outcome in day.recorded}, reverse=True)
    total = sum(len(day.day.callers) for day in replay.days)
    hours = sum(day.day.ends_s - day.day.starts_s for day in replay.days) / 3600
    out.print(Text("Recorded days, lived again", style="bold"))
    _print(
        out,
        f"{len(replay.days)} days, {total:,} calls, {hours:.0f} hours, {len(replay.skills)} agents; "
        f"{speed:g} times real time, {min(jobs, len(replay.days))} at once, seed {seed}.",
        "Recorded: arrivals, talks, the patience of those who hung up. Inferred: when agents were there, from the",
        "calls that they took and left. Mean waits of queued calls that were answered, and in brackets the record's:",
        "",
    )

    with View(out) as view:

        def done(result: DayResult) -> None:
            view.console.print(Text(_day_line(result, recorded[result.name], tiers)), highlight=False, soft_wrap=True)

        results = live_days([Job(day.day, center, speed) for day in replay.days], jobs, view.show, done)
    out.print()
    compare(out, [(result.outcomes, recorded[result.name].recorded) for result in results])
    _order_of_service(out, [call for call in calls if call.day in {day.date for day in replay.days}])
    engineer(out, results)
    speed_note(out, speed)
    return OK if adds_up(out, results) else FAILED


def _day_line(result: DayResult, day: RecordedDay, tiers: Sequence[str]) -> str:
    return day_line(result.name, result.outcomes, day.recorded, tiers)


def _order_of_service(out: Console, calls: Sequence[TraceCall]) -> None:
    """Say whether the record itself put its VIPs ahead, day by day if it changed its mind."""
    if not {"vip", "standard"} <= {call.tier for call in calls if call.queued}:
        return
    within: dict[dt.date, tuple[int, int]] = {}
    for date in sorted({call.day for call in calls}):
        within[date] = vip_first([call for call in calls if call.day == date], 3.0, HEAD_START_S - 3.0)
    choices, chosen = (sum(pair[index] for pair in within.values()) for index in (0, 1))
    if not choices:
        return
    _print(
        out,
        "Does the record put VIPs 90 s ahead, as acdcore was told to? Where a VIP had come up to 90 s after an",
        f"ordinary caller and one of the two was served, it served the VIP in {chosen:,} of {choices:,} cases"
        f" ({chosen / choices:.0%}).",
    )
    never = [date for date, (cases, vips) in within.items() if cases and not vips]
    others = [pair for date, pair in within.items() if date not in never]
    if never and others:
        cases, vips = (sum(pair[index] for pair in others) for index in (0, 1))
        named = (
            f"{weekday(never[0].isoformat())} to {weekday(never[-1].isoformat())}" if len(never) > 1 else str(never[0])
        )
        _print(out, f"Never on {len(never)} of its days ({named}), in {vips / cases:.0%} of the cases on the others.")
    out.print()


def _days_of(calls: Sequence[TraceCall], day: str | None, days: int | None) -> list[dt.date] | None:
    if day is not None:
        text = day if "-" in day else f"19{day[:2]}-{day[2:4]}-{day[4:]}"
        try:
            return [dt.date.fromisoformat(text)]
        except ValueError:
            raise _MisuseError(f"day: {day!r} is not a date YYYY-MM-DD or YYMMDD (of the 1900s)") from None
    if days is not None:
        return sorted({call.day for call in calls})[:days]
    return None


def _misuse(
    trace: Path | None, speed: float | None, until_s: float | None, day: str | None, days: int | None, jobs: int | None
) -> str:
    """Say what is wrong with the options; empty if nothing is."""
    if speed is not None and not 0.1 <= speed <= 10_000:
        return f"speed: {speed:g} is not allowed (allowed: 0.1 to 10000)"
    if trace is None and (day is not None or days is not None or jobs is not None):
        return "day, days and jobs need a trace"
    if trace is not None and until_s is not None:
        return "until is for the sample bank, not for a trace"
    if day is not None and days is not None:
        return "day and days exclude each other"
    for name, value in (("days", days), ("jobs", jobs)):
        if value is not None and value < 1:
            return f"{name}: {value} is not allowed (allowed: 1 or more)"
    return ""


def _print(out: Console, *lines: str) -> None:
    for line in lines:
        out.print(Text(line), highlight=False, soft_wrap=True)


def _say(problem: str, code: int) -> int:
    Console(stderr=True).print(Text(problem), highlight=False, soft_wrap=True)
    return code
