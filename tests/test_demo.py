"""The demo, small: a real server, callers and agents over gRPC, and what is printed when it goes wrong."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from acdcore import Client
from acdcore.bench.demo.center import replay_center
from acdcore.bench.demo.command import FAILED, INVALID, OK, USAGE, run_demo
from acdcore.bench.demo.people import DayAtTheBank, DayClock
from acdcore.bench.demo.report import adds_up, disturbance, speed_note
from acdcore.bench.demo.result import DayResult, Tally
from acdcore.bench.demo.run import Job, live_days
from acdcore.bench.demo.server import DemoError, DemoServer
from acdcore.bench.demo.view import View
from acdcore.config import parse_center
from acdcore.sim.demand import AgentPlan, Caller, Day, generate_day, load_day, sample_path
from acdcore.sim.replay import IDLE_GAP_S, prepare, without_idle_gaps
from acdcore.sim.staff import Break
from acdcore.sim.trace import TraceCall, write_trace

pytestmark = pytest.mark.plain

HOUR = 3600.0
FAST = 3600.0
"""An hour a second: enough for counting, not for faithful waits."""


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(printed: io.StringIO) -> Console:
    return Console(file=printed, width=80)


@pytest.fixture(scope="module")
def lived() -> DayResult:
    day = generate_day(load_day(sample_path("bank_day.yaml")), 4, until_s=8 * HOUR)
    center = sample_path("bank_center.yaml").read_text("utf-8")
    [result] = live_days([Job(day, center, FAST)], 1, lambda _: None, lambda _: None)
    return result


def recorded(day: int) -> list[TraceCall]:
    """A made-up morning: a call every 30 s, two agents; in every six an ordinary caller served before a VIP."""
    date = dt.date(2024, 5, day)
    calls = []
    for number in range(60):
        kind = number % 6
        wait, answered = (0.0, 0.0, 0.0, 50.0, 25.0, 40.0)[kind], kind < 5
        tier = "" if kind == 0 else ("vip", "standard")[number % 2]
        agent = ("ann", "bob")[number % 2] if answered else ""
        handle = 45.0 if answered else 0.0
        arrived = 8 * HOUR + 30.0 * number
        calls.append(TraceCall(f"c{number}", date, arrived, "sales", tier, wait, answered, handle, agent))
    return calls


def test_a_small_day_adds_up_on_every_side(lived: DayResult) -> None:
    assert lived.problems() == []
    assert len(lived.outcomes) == sum(row.enqueued for row in lived.queues) > 30
    assert lived.center.decisions >= sum(outcome.answered for outcome in lived.outcomes) > 10
    assert lived.center.decision_latency.count == lived.center.commands
    assert all(outcome.wait_s >= 0.0 and outcome.handle_s >= 0.0 for outcome in lived.outcomes)
    assert all(latency > 0 for latency in lived.offer_latency_ns)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda day: replace(day, outcomes=day.outcomes[1:]), "enqueued: callers and agents count"),
        (lambda day: replace(day, assignments=day.assignments + 1), "assignments"),
        (
            lambda day: replace(day, queues=[replace(row, waiting=row.waiting + 1) for row in day.queues]),
            "still alive",
        ),
        (
            lambda day: replace(day, queues=[replace(row, abandoned=row.abandoned + 1) for row in day.queues]),
            "abandoned",
        ),
    ],
)
def test_what_does_not_add_up_is_said(
    lived: DayResult,
    console: Console,
    printed: io.StringIO,
    change: Callable[[DayResult], DayResult],
    message: str,
) -> None:
    assert adds_up(console, [lived])
    assert "it adds up" in printed.getvalue()
    wrong = change(lived)
    assert any(message in problem for problem in wrong.problems())
    assert not adds_up(console, [lived, wrong])
    assert "do not add up" in printed.getvalue()


def test_a_day_on_a_machine_that_stood_still_is_marked(
    lived: DayResult, console: Console, printed: io.StringIO
) -> None:
    calm, stalled = replace(lived, stall_s=30.4 / FAST), replace(lived, stall_s=30.6 / FAST)
    speed_note(console, [calm])
    assert "8 ms at most: 30 s of" in printed.getvalue()
    disturbance(console, [calm])
    assert "disturbed" not in printed.getvalue()
    disturbance(console, [stalled])
    assert "This day is disturbed: the machine stood still for up to 31 s" in printed.getvalue()
    disturbance(console, [calm, stalled])
    assert "1 of 2 days are disturbed" in printed.getvalue()
    assert lived.stall_s > 0.0


def test_the_sample_day_is_printed_in_80_columns(console: Console, printed: io.StringIO) -> None:
    assert run_demo(speed=FAST, until_s=8 * HOUR, console=console) == OK
    text = printed.getvalue()
    assert max(len(line) for line in text.splitlines()) <= 80
    assert [line for line in text.splitlines() if line.endswith(" ")] == []
    for part in (
        "Anonymous Bank",
        "busy",  # a plain line of progress
        "What a center's manager asks",
        "answered in target / (answered + abandoned - abandoned in",
        "Occupancy = (busy + wrap-up) / (available + busy + wrap-up) =",
        "What an engineer asks",
        "a command inside the core",
        "enqueue to offer over gRPC",
        "A warm one takes\nabout half a microsecond",
        "a millisecond of network",
        "it adds up",
    ):
        assert part in text
    for row in ("regular", "new", "vip", "standard", "all"):
        assert f"\n {row} " in text


def test_a_trace_is_lived_again_two_days_at_once(tmp_path: Path, console: Console, printed: io.StringIO) -> None:
    write_trace(tmp_path / "trace.csv.gz", recorded(6) + recorded(7))
    assert run_demo(trace=tmp_path / "trace.csv.gz", speed=FAST, jobs=2, console=console) == OK
    text = printed.getvalue()
    assert "2024-05-06 Mon" in text
    assert "2024-05-07 Tue" in text
    assert "120 arrived =" in text
    assert re.findall(r"^ (\w*) +(acdcore|record) +[1-9]", text, re.MULTILINE) == [
        ("vip", "acdcore"),
        ("", "record"),
        ("standard", "acdcore"),
        ("", "record"),
    ]
    assert "the VIP served first in 0 of 20 cases (0%)" in " ".join(text.split())


def test_one_day_of_a_trace_can_be_chosen(tmp_path: Path, console: Console, printed: io.StringIO) -> None:
    write_trace(tmp_path / "trace.csv", recorded(6) + recorded(7))
    assert run_demo(trace=tmp_path / "trace.csv", speed=FAST, day="2024-05-07", console=console) == OK
    assert "60 arrived =" in printed.getvalue()
    assert "2024-05-06" not in printed.getvalue()


def test_wrong_usage_and_wrong_input_have_their_own_exit_codes(
    tmp_path: Path, console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "trace.csv"
    write_trace(trace, recorded(6))
    cases: list[tuple[int, str, dict[str, Any]]] = [
        (USAGE, "need a trace", {"days": 3}),
        (USAGE, "speed: 0 is not allowed", {"speed": 0.0}),
        (USAGE, "positive length", {"until_s": HOUR}),
        (USAGE, "until is for the sample bank", {"trace": trace, "until_s": HOUR}),
        (USAGE, "exclude each other", {"trace": trace, "day": "990103", "days": 1}),
        (USAGE, "jobs: 0 is not allowed", {"trace": trace, "jobs": 0}),
        (USAGE, "'soon' is not a date", {"trace": trace, "day": "soon"}),
        (USAGE, "no call on 1999-01-03", {"trace": trace, "day": "990103"}),
        (INVALID, "absent.csv", {"trace": tmp_path / "absent.csv"}),
    ]
    for code, message, options in cases:
        assert run_demo(console=console, **options) == code
        assert message in capsys.readouterr().err
    trace.write_text("call_id,day\n1,2\n")
    assert run_demo(trace=trace, console=console) == INVALID
    assert f"{trace}:1: column 'arrived_s'" in capsys.readouterr().err


def test_a_server_that_cannot_start_says_why() -> None:
    with pytest.raises(DemoError, match=r"did not start \(exit code 1\)") as caught, DemoServer("center: 5\n", 1.0):
        pytest.fail("it started")
    assert "queues" in str(caught.value) or "center" in str(caught.value)


def test_a_worker_that_fails_ends_the_others() -> None:
    day = generate_day(load_day(sample_path("bank_day.yaml")), 1)
    good = Job(day, sample_path("bank_center.yaml").read_text("utf-8"), 1.0)  # would take 17 hours
    with pytest.raises(DemoError, match="did not start"):
        live_days([good, replace(good, center="nonsense")], 2, lambda _: None, lambda _: None)


def test_a_day_whose_agents_the_center_does_not_know_fails(console: Console) -> None:
    day = Day("odd", 0.0, 60.0, (Caller("1", 0.0, "regular", "vip", 5.0, 5.0),), ())
    stranger = AgentPlan("nobody", 0.0, 60.0, (0.0,), (), (0.0,))
    center = sample_path("bank_center.yaml").read_text("utf-8")
    with pytest.raises(DemoError, match="nobody"):
        live_days([Job(replace(day, agents=(stranger,)), center, FAST)], 1, lambda _: None, lambda _: None)


def test_a_terminal_sees_one_picture_that_changes() -> None:
    printed = io.StringIO()
    day = Day("today", 7 * HOUR, 9 * HOUR, (), ())
    with View(Console(file=printed, force_terminal=True, width=80)) as view:
        for minutes in (0, 30):
            view.show([(day, Tally(now_s=day.starts_s + 60 * minutes, waiting={"sales": minutes}))])
    text = printed.getvalue()
    assert "07:00" in text
    assert "07:30" in text
    assert "sales 30" in text
    assert "\x1b[" in text


def test_a_terminal_of_16_colors_tells_a_full_bar_from_an_empty_one() -> None:
    day = Day("today", 7 * HOUR, 9 * HOUR, (), ())
    colors = []
    for now_s in (day.starts_s, day.ends_s):
        printed = io.StringIO()
        with View(Console(file=printed, force_terminal=True, color_system="standard", width=80)) as view:
            view.show([(day, Tally(now_s=now_s))])
        colors += re.findall("\x1b\\[(\\d+)m━", printed.getvalue())[:1]
    assert len(set(colors)) == 2


def test_after_closing_the_view_says_why_it_goes_on() -> None:
    day = Day("today", 7 * HOUR, 9 * HOUR, (), ())
    for now_s, closed in ((day.ends_s - 1.0, False), (day.ends_s, True)):
        printed = io.StringIO()
        with View(Console(file=printed, force_terminal=True, width=80)) as view:
            view.show([(day, Tally(now_s=now_s))])
        assert ("closed, the last customers hang up or are served" in printed.getvalue()) == closed


async def test_the_clock_stands_still_until_the_day_starts() -> None:
    """A client needs a running loop, so the test has one."""
    day = Day("today", 7 * HOUR, 9 * HOUR, (), ())
    bank = DayAtTheBank(Client("127.0.0.1:1"), day, 1.0)
    assert bank.now_s() == day.starts_s
    started_ns = time.monotonic_ns()
    bank.synchronized = True
    for ahead_s, shown_s in ((600.0, day.starts_s), (-HOUR, day.starts_s + HOUR)):
        bank.clock = DayClock(1.0, started_ns + int((ahead_s - day.starts_s) * 1e9), 0.0)
        assert shown_s <= bank.now_s() <= shown_s + time.monotonic_ns() / 1e9 - started_ns / 1e9 + 1e-3


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_ctrl_c_ends_everything_quietly() -> None:
    """A terminal sends it to the demo, its workers and their servers; some people press it twice."""
    program = f"""
from acdcore.bench.demo.command import run_demo
if __name__ == "__main__":
    try:
        run_demo(speed={FAST})
    except KeyboardInterrupt:
        raise SystemExit(130)
"""
    with subprocess.Popen(
        [sys.executable, "-u", "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as demo:
        assert demo.stdout is not None
        assert any("called" in line for line in demo.stdout)  # people are on the telephone
        for _ in range(2):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(demo.pid, signal.SIGINT)
            time.sleep(0.05)
        _, said = demo.communicate(timeout=60)
    assert said == "interrupted\n"
    assert demo.returncode == 130


def test_long_times_without_callers_are_cut() -> None:
    callers = [Caller(str(at), at, "q", "t", 100.0, 50.0) for at in (100.0, 40_000.0, 40_500.0)]
    plan = AgentPlan("ann", 50.0, 41_000.0, (0.0,), (Break(200.0, 39_700.0), Break(40_100.0, 60.0)), (0.0,))
    day = without_idle_gaps("d", callers, [plan])
    gap = 40_000.0 - 250.0  # from the end of the first call
    moved = gap - IDLE_GAP_S
    assert [caller.arrival_s for caller in day.callers] == [100.0 + moved, 40_000.0, 40_500.0]
    [ann] = day.agents
    assert (ann.from_s, ann.to_s) == (50.0 + moved, 41_000.0)
    # of the first break, 1150 to 39900 is cut
    assert list(ann.breaks) == [Break(200.0 + moved, 39_700.0 - 38_750.0), Break(40_100.0, 60.0)]
    assert (day.starts_s, day.ends_s) == (50.0 + moved, 41_000.0)


def test_the_center_of_a_replay_has_what_the_trace_has() -> None:
    center = parse_center(replay_center(prepare(recorded(6), 1)), "replay")
    assert list(center.queues) == ["sales"]
    assert sorted(center.tiers) == ["standard", "vip"]
    assert sorted(center.all_agents()) == ["ann", "bob"]


def test_the_command_line_runs_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "acdcore.cli", "demo", "--until", "07:30", "--speed", "3600"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "it adds up" in done.stdout
    assert FAILED not in (OK, USAGE, INVALID)
