"""``acdcore demo``: a bank's day, or a recorded month, through a real server by clients that behave like people."""

from __future__ import annotations

import datetime as dt
import signal
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from ...sim.bank_trace import STANDARD, VIP, read_any
from ...sim.demand import generate_day, load_day, sample_path
from ...sim.fit_bank import HEAD_START_S, vip_first
from ...sim.outcome import Outcome
from ...sim.replay import prepare
from ...sim.runs import usable_processors
from ...sim.trace import TraceCall, TraceError, group_by_day
from ..terminal import say
from .center import replay_center
from .report import adds_up, compare, day_line, disturbance, engineer, manager, speed_note
from .result import DayResult
from .run import Job, live_days
from .server import DemoError
from .view import View, clock, weekday

SPEED: Final = 1_500.0
TRACE_SPEED: Final = 600.0
OK: Final = 0
INVALID: Final = 1
USAGE: Final = 2
FAILED: Final = 4
Pair = tuple[Sequence[Outcome], Sequence[Outcome]]
"""A day's calls as lived and as recorded."""


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
        speed: Times real time; None for 1500, or 600 for a trace.
        seed: The same seed gives the same callers and agents (not the same milliseconds).
        until_s: Sample bank only: end the day here, seconds since midnight.
        day: Trace only: one day, ``YYYY-MM-DD`` or ``YYMMDD``.
        days: Trace only: the first so many days.
        jobs: Trace only: days lived at once, each with a server of its own; None for one a processor.
        console: Where to print; None for standard output.

    Returns:
        The exit code: 0 all is well; 1 the trace cannot be read; 2 the options do not fit together or name
        a day that is not there; 4 a server failed or the calls do not add up.

    Raises:
        KeyboardInterrupt: On Ctrl-C, when the servers have ended and "interrupted" is printed. The program is
            expected to end then, and Ctrl-C is ignored from here on; while it was ending, a third one kills.
    """
    out = console if console is not None else Console()
    problem = _misuse(trace, speed, until_s, day, days, jobs)
    if problem:
        return _say(problem, USAGE)
    interrupts = _Interrupts()
    try:
        if trace is None:
            return _sample_day(out, speed or SPEED, seed, until_s)
        calls = read_any(trace)
        wanted = _days_of(calls, day, days)
        return _replay(out, calls, wanted, speed or TRACE_SPEED, seed, jobs or usable_processors())
    except (TraceError, OSError) as error:
        return _say(str(error), INVALID)
    except _MisuseError as error:
        return _say(str(error), USAGE)
    except DemoError as error:
        return _say(str(error), FAILED)
    except KeyboardInterrupt:
        _say("interrupted", FAILED)
        raise
    finally:
        interrupts.over()


class _Interrupts:
    """Ctrl-C: the first one interrupts, the next is ignored (all is ending already), the third kills."""

    def __init__(self) -> None:
        self._count = 0
        self._before = signal.getsignal(signal.SIGINT)
        # only the main thread may, and where Ctrl-C is ignored (nohup, a background job) it stays so
        ignored = self._before in (None, signal.SIG_IGN)
        self._mine = threading.current_thread() is threading.main_thread() and not ignored
        if self._mine:
            signal.signal(signal.SIGINT, self._interrupted)

    def over(self) -> None:
        """Put back what was before; after an interrupt ignore more of them, as Python does not while it exits."""
        if self._mine:
            signal.signal(signal.SIGINT, signal.SIG_IGN if self._count else self._before)

    def _interrupted(self, _signal: int, _frame: object) -> None:
        self._count += 1
        if self._count == 1:
            raise KeyboardInterrupt
        if self._count > 2:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)


class _MisuseError(Exception):
    pass


def _sample_day(out: Console, speed: float, seed: int, until_s: float | None) -> int:
    figures = load_day(sample_path("bank_day.yaml"))
    try:
        day = generate_day(figures, seed, until_s=until_s)
    except ValueError as error:
        raise _MisuseError(str(error)) from error
    center = sample_path("bank_center.yaml").read_text("utf-8")
    say(out, "A busy day at a bank", "bold")
    say(
        out,
        f"{clock(day.starts_s)} to {clock(day.ends_s)}, {len(day.callers):,} callers, {len(day.agents)} agents, "
        f"{speed:g} times real time, seed {seed}. Fitted to the record of the Anonymous Bank (SEE lab, Technion; "
        "Guedj and Mandelbaum).",
    )
    say(out)
    with View(out) as view:
        [result] = live_days([Job(day, center, speed)], 1, view.show, lambda _: None)
    say(out)
    disturbance(out, [result])
    manager(out, result)
    seen = figures.observed
    if until_s is None:
        say(
            out,
            f"The record's {seen.days} busy days had {seen.calls_per_day:,.0f} calls on average, "
            f"{seen.abandoned_share:.1%} hung up, AHT without wrap-up was {seen.handle_s:.0f} s.",
        )
        say(out)
    engineer(out, [result])
    speed_note(out, [result])
    good = adds_up(out, [result])
    say(out, f"Took {result.wall_s:.0f} s.")
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
    say(out, "Recorded days, lived again", "bold")
    say(
        out,
        f"{len(replay.days)} days, {total:,} calls, {hours:.1f} hours, {len(replay.skills)} agents; {speed:g} times "
        f"real time, {min(jobs, len(replay.days))} at once, seed {seed}. Recorded: arrivals, talks, the patience of "
        "those who hung up. Inferred: when agents were there, from the calls that they took and left. Mean waits of "
        "queued calls that were answered, the record's in brackets:",
    )
    say(out)
    with View(out, lines=len(replay.days) == 1) as view:

        def done(result: DayResult) -> None:
            lived, once = result.outcomes, recorded[result.name].recorded
            mark = "   disturbed" if result.disturbed else ""
            out.print(Text(day_line(result.name, lived, once, tiers) + mark), highlight=False, soft_wrap=True)

        results = live_days([Job(day.day, center, speed) for day in replay.days], jobs, view.show, done)
    say(out)
    pairs = {recorded[result.name].date: (result.outcomes, recorded[result.name].recorded) for result in results}
    disturbance(out, results)
    compare(out, "Waits of queued calls: acdcore against the record", list(pairs.values()))
    say(
        out,
        "Mean, median, 90th percentile: of queued calls that were answered. Hung up: of queued calls. Queued: no "
        "agent was free at once. Calls that the bank answered at once mostly have no recorded tier; theirs is drawn "
        "with the shares of the queue's other calls.",
    )
    say(out)
    _order_of_service(out, calls, pairs)
    engineer(out, results)
    speed_note(out, results)
    return OK if adds_up(out, results) else FAILED


def _order_of_service(out: Console, calls: Sequence[TraceCall], pairs: Mapping[dt.date, Pair]) -> None:
    """Say whether the record itself put its VIPs ahead; where only on some days, compare those by themselves."""
    if not {VIP, STANDARD} <= {call.tier for call in calls if call.queued}:
        return
    by_day = group_by_day([call for call in calls if call.day in pairs])
    choices = {date: vip_first(some, 3.0, HEAD_START_S - 3.0) for date, some in by_day.items()}
    cases, chosen = (sum(pair[index] for pair in choices.values()) for index in (0, 1))
    if not cases:
        return
    say(
        out,
        f"Did the bank put VIPs {HEAD_START_S:.0f} s ahead, as acdcore was told to? Where a VIP had come up to "
        f"{HEAD_START_S:.0f} s after an ordinary caller of the queue, and one of the two was served, the record shows "
        f"the VIP served first in {chosen:,} of {cases:,} cases ({chosen / cases:.0%}).",
    )
    never = [date for date, (some, vips) in choices.items() if some and not vips]
    some, vips = (sum(pair[index] for date, pair in choices.items() if date not in never) for index in (0, 1))
    if never and vips:
        days = f"{weekday(str(never[0]))} to {weekday(str(never[-1]))}" if len(never) > 1 else weekday(str(never[0]))
        say(out, f"Never on {len(never)} of the days ({days}); on the others in {vips / some:.0%} of the cases:")
        say(out)
        compare(out, "The other days", [pair for date, pair in pairs.items() if date not in never])
    say(out)


def _days_of(calls: Sequence[TraceCall], day: str | None, days: int | None) -> list[dt.date] | None:
    if day is not None:
        text = day if "-" in day else f"19{day[:2]}-{day[2:4]}-{day[4:]}"
        try:
            return [dt.date.fromisoformat(text)]
        except ValueError:
            raise _MisuseError(f"day: {day!r} is not a date YYYY-MM-DD or YYMMDD (of the 1900s)") from None
    if days is not None:
        return sorted(group_by_day(calls))[:days]
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


def _say(problem: str, code: int) -> int:
    Console(stderr=True).print(Text(problem), highlight=False, soft_wrap=True)
    return code
