"""The live view: frames at 80 columns, what they say of a center, keys, restarts, and a real terminal."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from fcntl import ioctl
from io import StringIO
from pathlib import Path
from typing import Any

import pyte
import pytest
from rich.cells import cell_len
from rich.console import Console

from acdcore import AcdError, Client, Internal, Unimplemented
from acdcore.cli import top
from acdcore.cli.output import Exit
from acdcore.cli.status import FORMULA, Standing
from acdcore.cli.top_view import (
    FOOT_ROWS,
    HEAD_ROWS,
    LEVEL_NS,
    MARKS,
    MINUTE_NS,
    ORDERS,
    RATE_NS,
    SECOND_NS,
    TOLD_NS,
    Choice,
    History,
    View,
    frame,
    pressed,
    span,
)
from acdcore.embedded import Router
from acdcore.model import CenterFigures, Latency, QueueFigures
from cli_ran import VALID, ran, serving
from rpc_center import running

pytestmark = pytest.mark.plain

START_NS = 10**18
CENTER = CenterFigures(
    center="bank",
    figure_ns=START_NS,
    start_ns=START_NS,
    commands=0,
    refusals=0,
    decisions=0,
    event_seq=0,
    decision_latency=Latency(9, 950, 12_000, 40_000, 2_000_000),
    interactions=0,
    agents_offline=2,
    agents_available=1,
    agents_offered=0,
    agents_busy=5,
    agents_wrap_up=2,
    agents_not_ready=3,
    occupancy=0.75,
    inbox=0,
    watchers=8,
    state_hash=0,
    version="1.2.3",
)


def row(queue: str, tier: str = "standard", **figures: Any) -> QueueFigures:
    """A queue's figures, nothing but what is stated."""
    router = Router(clock=lambda: 0)
    router.define_tier(tier)
    router.define_queue(queue, target=timedelta(seconds=20))
    return dataclasses.replace(router.figures(queue), **figures)


def standing(at_s: float, *rows: QueueFigures, began_s: float = 0.0, **center: Any) -> Standing:
    """A center some seconds after the beginning."""
    figure_ns, start_ns = (START_NS + int(seconds * SECOND_NS) for seconds in (at_s, began_s))
    return Standing(dataclasses.replace(CENTER, figure_ns=figure_ns, start_ns=start_ns, **center), [], list(rows))


def seen(*standings: Standing, choice: Choice | None = None, silent_s: float = 0.0) -> View:
    """What is in view after some samples."""
    history = History()
    for one in standings:
        history.add(one)
    return View("127.0.0.1:50051", standings[-1], history, choice or Choice(), silent_s)


def shown(view: View, width: int = 80, height: int | None = 24) -> list[str]:
    """The lines of a frame."""
    lines = [one.plain for one in frame(view, width, height)]
    assert max(map(cell_len, lines)) <= width
    assert height is None or len(lines) == height
    return lines


def names(view: View) -> list[str]:
    """The first words of the table's rows."""
    return [line.split()[0] for line in shown(view, height=None)[HEAD_ROWS:]]


# ---------------------------------------------------------------------- frames


def test_a_frame_of_a_center_at_work() -> None:
    before = standing(0, row("sales"), row("support"))
    sales = row("sales", enqueued=40, answered=30, answered_in_target=24, abandoned=5, abandoned_in_target=1)
    now = standing(
        60,
        dataclasses.replace(sales, waiting=4, longest_wait_ns=31 * SECOND_NS, active=6, offered=1, held_now=2),
        row("support", enqueued=6, moved_in=3, expired=1, rejected=1),
        commands=240,
        refusals=6,
        inbox=3,
    )
    assert shown(seen(before, now)) == [
        "bank on 127.0.0.1:50051, up 60s, acdcore 1.2.3",
        "agents    1 available  0 ringing  5 busy  2 wrap-up  3 not ready  2 offline",
        "at work   87.5% now, 75.0% since start",
        "customers 4 wait (31s at most)  1 ring  6 are served  2 held",
        "a minute  49 in  30 answered  7 lost  240 commands  6 refused",
        "in target 70.6% in 5 minutes, 70.6% since start",
        "a command p50 950 ns  p99 12 µs  p99.9 40 µs  most 2.0 ms  inbox 3  streams 8",
        "queue                waits  oldest  target   in/m  ans/m  lost/m   5m SL      SL",
        "sales                    4     31s     20s     40     30       5   70.6%   70.6%",
        "support                  0       -     20s      9      0       2       -       -",
        *[""] * 11,
        FORMULA,
        "all rows, by urgency: how much of the promise the oldest wait has used up",
        "q quit  t tiers  ↑↓ rows  u urgency  w waits  o oldest  s SL  r rate  n name    ",
    ]


def test_what_is_late_is_red_and_what_is_closed_is_said() -> None:
    router = Router(clock=lambda: 0)
    router.define_tier("standard")
    router.define_queue("night")
    router.close_queue("night")
    late = row("sales", waiting=1, longest_wait_ns=21 * SECOND_NS)
    view = seen(standing(0, late, row("soon", waiting=1, longest_wait_ns=20 * SECOND_NS), router.figures("night")))
    view.standing.queues.append(router.queue("night"))
    lines = frame(view, 80, 24)
    assert [
        str(one.style) for one in lines[HEAD_ROWS].spans if lines[HEAD_ROWS].plain[one.start : one.end] == "21s"
    ] == ["bold red"]
    assert "red" not in str(lines[HEAD_ROWS + 1].spans)
    assert lines[HEAD_ROWS + 2].plain.startswith("night closed ")


def test_rates_and_the_recent_level_are_those_of_the_last_minutes() -> None:
    samples = [
        standing(at, row("q", enqueued=at, answered=at, answered_in_target=min(at, 600))) for at in range(0, 901, 2)
    ]
    view = seen(*samples)
    history, keys = view.history, [("q", "standard")]
    assert history.a_minute(keys) == (60, 60, 0, 0, 0, 0)
    assert history.service_level(keys) == 0.0  # since second 600 nothing was in target
    before = history.before(LEVEL_NS)
    assert before is not None
    assert 0 <= (history.now.at_ns - LEVEL_NS) - before.at_ns < LEVEL_NS // MARKS
    assert len(history._marks) <= MARKS + 2
    older = history.before(RATE_NS)
    assert older is not None
    assert MINUTE_NS <= history.now.at_ns - older.at_ns < MINUTE_NS + LEVEL_NS // MARKS


def test_the_first_look_knows_no_rates() -> None:
    lines = shown(seen(standing(5, row("q", enqueued=100))))
    assert lines[4] == "a minute  known after the second look"
    assert lines[HEAD_ROWS].split() == ["q", "0", "-", "20s", "-", "-", "-", "-", "-"]


def test_a_server_that_is_silent_or_was_restarted_is_said_so() -> None:
    old = standing(3_600, row("q", enqueued=500), commands=9_000)
    silent = seen(old, silent_s=12.3)
    assert shown(silent)[0] == "bank on 127.0.0.1:50051, no answer for 12s, trying again"
    fresh = standing(3_605, row("q", enqueued=1), began_s=3_602)
    view = seen(old, fresh)
    assert shown(view)[0] == "bank on 127.0.0.1:50051, up 3s, restarted: rates begin anew"
    assert shown(view)[4] == "a minute  known after the second look"  # and nothing negative
    later = standing(3_602 + TOLD_NS // SECOND_NS, row("q", enqueued=56), began_s=3_602)
    assert shown(seen(old, fresh, later))[0] == "bank on 127.0.0.1:50051, up 60s, acdcore 1.2.3"
    assert shown(seen(old, fresh, later))[4].startswith("a minute  58 in")


def test_rows_are_sorted_the_worst_first() -> None:
    before = standing(0, *(row(name) for name in "abcd"))
    now = standing(
        60,
        row("a", waiting=1, longest_wait_ns=30 * SECOND_NS, target_ns=60 * SECOND_NS, enqueued=9),
        row("b", waiting=9, longest_wait_ns=18 * SECOND_NS, enqueued=1, answered=2, answered_in_target=1),
        row("c", enqueued=5, answered=2, answered_in_target=2),
        row("d", waiting=1, longest_wait_ns=10 * SECOND_NS, target_ns=SECOND_NS),
    )
    orders = {"u": "dbac", "w": "badc", "o": "abdc", "s": "bcad", "r": "acbd", "n": "abcd"}
    assert set(orders) == {order.key for order in ORDERS}
    for key, order in orders.items():
        assert "".join(names(seen(before, now, choice=Choice(order=key)))) == order, key


def test_tiers_stay_below_their_queue() -> None:
    rows = [row("a"), row("a", "vip", waiting=2), row("b", waiting=9, longest_wait_ns=SECOND_NS)]
    view = seen(standing(0, *rows), choice=Choice(order="w", tiers=True))
    lines = shown(view, height=None)[HEAD_ROWS:]
    assert [line[:10].rstrip() for line in lines] == ["b", "a", "  standard", "  vip"]
    assert [line.split()[1] for line in lines] == ["9", "2", "0", "2"]


def test_a_large_center_fits_80_by_24_and_scrolls() -> None:
    rows = [
        row(
            f"queue {number:04} with a long name",
            waiting=99_999,
            longest_wait_ns=10**17,
            enqueued=10**7,
            answered=10**7,
        )
        for number in range(300)
    ]
    large = dict.fromkeys(("agents_available", "agents_busy", "agents_offline", "agents_not_ready"), 10**6)
    before = standing(0, *(row(one.queue) for one in rows))
    for first, begins in ((0, 0), (100, 100), (10_000, 300 - 13)):
        view = seen(before, standing(60, *rows, commands=10**9, **large), choice=Choice(order="n", first=first))
        lines = shown(view)
        assert lines[HEAD_ROWS].startswith(f"queue {begins:04}")
        assert len(lines) - HEAD_ROWS - FOOT_ROWS == 13
        assert lines[-2].startswith(f"rows {begins + 1} to {begins + 13} of 300, by name")


@pytest.mark.parametrize(("width", "height"), [(80, 12), (40, 24), (200, 60), (80, 11)])
def test_frames_fit_other_terminals(width: int, height: int) -> None:
    shown(seen(standing(0, *(row(f"queue {number}") for number in range(50)))), width, height)


def test_names_cannot_forge_a_frame() -> None:
    view = seen(standing(0, row("[red]x[/red]"), row("漢字" * 20)))
    forged = dataclasses.replace(view.standing.rows[0], queue="a\x1b[2J\nb\u202e")
    view.standing.rows.append(forged)
    lines = shown(view)
    assert all(line.isprintable() for line in lines)
    assert [line for line in lines if line.startswith("[red]x[/red] ")]
    assert [line for line in lines if line.startswith("a\\x1b[2J\\nb\\u20")]


def test_a_center_without_queues_is_shown() -> None:
    assert shown(seen(standing(0)))[HEAD_ROWS] == "no queues"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0s"), (99, "99s"), (100, "1m40s"), (5_999, "99m59s"), (6_000, "1h40m"), (359_999, "99h59m"),
        (360_000, "4d04h"), (86_400 * 100, "100d"), (86_400 * 4_000, "4,000d"),
    ],
)  # fmt: skip
def test_lengths_of_time_take_six_columns(seconds: int, said: str) -> None:
    assert span(seconds * SECOND_NS) == said
    assert len(said) <= 6


# ---------------------------------------------------------------------- keys


def test_keys_quit_sort_show_tiers_and_scroll() -> None:
    choice = Choice()
    for key in ("q", "Q", "\x03", "\x04"):
        assert pressed(choice, key, 13) is None
    assert {order.key: pressed(choice, order.key, 13) for order in ORDERS} == {
        order.key: Choice(order=order.key) for order in ORDERS
    }
    assert pressed(choice, "t", 13) == Choice(tiers=True)
    assert pressed(Choice(tiers=True, first=5), "t", 13) == Choice(tiers=False)
    moves = {"\x1b[A": 29, "k": 29, "\x1b[B": 31, "j": 31, "\x1b[5~": 17, "\x1b[6~": 43, " ": 43}
    for key, first in moves.items():
        assert pressed(Choice(first=30), key, 13) == Choice(first=first)
    assert pressed(choice, "\x1b[A", 13) == choice
    assert pressed(choice, "x", 13) == choice


def test_what_is_read_is_split_into_keys() -> None:
    assert list(top._split("w\x1b[A\x1b[6~q\x1b")) == ["w", "\x1b[A", "\x1b[6~", "q", "\x1b"]


# ---------------------------------------------------------------------- looking


async def test_looking_goes_on_over_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    looker = top.Looker("127.0.0.1:1", 20.0, clock=lambda: now_s)
    async with running() as up:
        monkeypatch.setattr(looker, "_address", up.target)
        looker._client = looker._connected()
        await looker.begin()
        await up.client.enqueue("loans")
        await looker.look()
        assert looker.view is not None
        assert (looker.view.silent_s, looker.view.standing.center.commands) == (0.0, 1)
        monkeypatch.setattr(looker, "_timeout", timedelta(seconds=0.2))
    for now_s in (107.0, 108.0):
        await looker.look()
        assert looker.view.silent_s == now_s - 100.0
        assert looker.view.standing.center.commands == 1  # what was known is still shown
    monkeypatch.setattr(looker, "_timeout", timedelta(seconds=20))
    async with running() as again:
        monkeypatch.setattr(looker, "_address", again.target)
        await looker.look()  # fails as before, and connects anew
        await looker.look()
        assert (looker.view.silent_s, looker.view.standing.center.commands) == (0.0, 0)
    await looker.close()


async def test_a_call_that_is_cut_off_is_silence_and_a_refusal_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as up:
        looker = top.Looker(up.target, 20.0)
        await looker.begin()
        assert looker.view is not None
        for error in (AcdError(reason="CANCELLED"), Internal(reason="INTERNAL"), Unimplemented(reason="UNSUPPORTED")):

            async def fails(error: AcdError = error) -> CenterFigures:
                raise error

            monkeypatch.setattr(looker._client, "center_figures", fails)
            if isinstance(error, Unimplemented):
                with pytest.raises(Unimplemented):
                    await looker.look()
            else:
                await looker.look()
                assert looker.view.silent_s > 0
        await looker.close()


async def test_one_frame_has_the_rates_of_one_interval() -> None:
    async with running() as up:
        for _ in range(3):
            await up.client.enqueue("loans")
        console = Console(width=80, file=StringIO())
        await top.once(console, up.target, 20.0, 0.01)
    assert isinstance(console.file, StringIO)
    text = console.file.getvalue()
    assert "customers 3 wait (0s at most)  0 ring  0 are served\n" in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_top_without_a_server_says_so() -> None:
    result = ran("top", "--once", "--address", "127.0.0.1:1", "--timeout", "0.2")
    assert (result.exit_code, result.output) == (
        Exit.UNREACHABLE,
        "error: no server reached at 127.0.0.1:1 within 0.2 s\n",
    )


async def test_into_a_pipe_go_frames_without_control_codes_until_nobody_reads() -> None:
    def two_frames(target: str) -> tuple[list[str], int, str]:
        command = [sys.executable, "-m", "acdcore.cli", "top", "--address", target, "--every", "0.1"]
        environment = {**os.environ, "COLUMNS": "80"}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as run:
            assert run.stdout is not None
            assert run.stderr is not None
            lines: list[str] = []
            while lines.count("\n") < 2:
                lines.append(run.stdout.readline())
                assert lines[-1], run.stderr.read()
            run.stdout.close()
            return lines, run.wait(60), run.stderr.read()

    async with running() as up:
        lines, code, said = await asyncio.to_thread(two_frames, up.target)
    assert (code, said) == (Exit.OK, "")
    assert len([line for line in lines if line.startswith(f"bank on {up.target}, up ")]) == 2
    assert "\x1b" not in "".join(lines)


# ---------------------------------------------------------------------- a terminal


class Terminal:
    """A terminal of 80 columns and 24 rows with a program in it."""

    def __init__(self, *arguments: str) -> None:
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._own, theirs = pty.openpty()
        self.before = termios.tcgetattr(theirs)
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color"}
        for name in ("COLUMNS", "LINES"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "acdcore.cli", *arguments],
            stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
        )  # fmt: skip
        self._theirs = theirs

    def until(self, holds: Callable[[list[str]], bool]) -> list[str]:
        """Read until something can be seen; fail with what was seen when that takes very long."""
        end_s = time.monotonic() + 60
        while not holds(self.screen.display):
            assert time.monotonic() < end_s, "\n".join(self.screen.display)
            self._read(0.05)
        return list(self.screen.display)

    def _read(self, wait_s: float) -> None:
        if select.select([self._own], [], [], wait_s)[0]:
            data = os.read(self._own, 65_536)
            self.raw += data
            self._stream.feed(data)

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._own, keys.encode())

    def ended(self) -> int:
        """Wait for the end, reading on; return the exit code. The terminal is as it was before."""
        end_s = time.monotonic() + 60
        while self.process.poll() is None:
            assert time.monotonic() < end_s
            self._read(0.05)
        with contextlib.suppress(OSError):
            while self.raw[-8:] != b"" and _readable(self._own):
                self._read(0.0)
        assert termios.tcgetattr(self._theirs) == self.before
        return self.process.returncode

    def close(self) -> None:
        """Take the terminal away."""
        self.process.kill()
        self.process.wait()
        os.close(self._own)
        os.close(self._theirs)


def _readable(number: int) -> bool:
    return bool(select.select([number], [], [], 0)[0])


@contextlib.contextmanager
def terminal(*arguments: str) -> Iterator[Terminal]:
    """Run the command line in a terminal until the block ends."""
    one = Terminal(*arguments)
    try:
        yield one
    finally:
        one.close()


async def _enqueue(port: int) -> None:
    async with Client(f"127.0.0.1:{port}") as client:
        await client.enqueue("q[bold]")


def test_in_a_terminal_it_is_live_hears_keys_and_says_of_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "center.yaml"
    path.write_text(VALID, encoding="utf-8")
    with serving(path) as served:
        port = served.port
        with terminal("top", "--address", f"127.0.0.1:{port}", "--every", "0.1", "--timeout", "2") as seen_there:
            seen_there.until(lambda rows: rows[HEAD_ROWS].startswith("q[bold] ") and " in  " in rows[4])
            assert b"\x1b[?1049h" in seen_there.raw  # a screen of its own
            asyncio.run(_enqueue(port))
            rows = seen_there.until(lambda rows: rows[HEAD_ROWS].split()[1] == "1")
            assert rows[3].startswith("customers 1 wait (")
            assert rows[22].startswith("all rows, by urgency")
            seen_there.press("w")
            seen_there.until(lambda rows: rows[22].startswith("all rows, by how many wait"))
            served.process.send_signal(signal.SIGTERM)
            served.process.wait(60)
            seen_there.until(lambda rows: ", no answer for " in rows[0])
            with serving(path, port=port):
                seen_there.until(
                    lambda rows: ", restarted: rates begin anew" in rows[0] and rows[HEAD_ROWS].split()[1:2] == ["0"]
                )
                seen_there.press("q")
                assert seen_there.ended() == Exit.OK
            assert b"\x1b[?1049l" in seen_there.raw


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, Exit.OK), (signal.SIGINT, Exit.INTERRUPTED)])
async def test_a_signal_ends_it_and_leaves_the_terminal_as_it_was(number: signal.Signals, code: Exit) -> None:
    async with running() as up:

        def look() -> int:
            with terminal("top", "--address", up.target, "--every", "5") as seen_there:
                seen_there.until(lambda rows: rows[23].startswith("q quit"))
                seen_there.process.send_signal(number)
                return seen_there.ended()

        assert await asyncio.to_thread(look) == code


# ---------------------------------------------------------------------- the page


def test_the_frame_that_the_page_shows_is_one(root: Path) -> None:
    text = (root / "docs" / "logs.md").read_text(encoding="utf-8")
    [page] = re.findall(r"```text\n(bank on .*?)```", text, re.DOTALL)
    until_now: dict[str, Any] = {"enqueued": 4_880, "answered": 4_500, "abandoned": 380, "abandoned_in_target": 80}
    sales = row("sales", **until_now, answered_in_target=4_066)
    support = row("support", target_ns=60 * SECOND_NS, answered=500, answered_in_target=465, abandoned=10)
    now = (
        dataclasses.replace(
            sales, enqueued=5_080, answered=4_685, answered_in_target=4_231, abandoned=395, active=28, waiting=7,
            longest_wait_ns=31 * SECOND_NS, offered=1,
        ),
        dataclasses.replace(
            support, enqueued=45, answered=540, answered_in_target=503, abandoned=15, active=6, waiting=2,
            longest_wait_ns=9 * SECOND_NS,
        ),
    )  # fmt: skip
    agents = {"agents_available": 2, "agents_offered": 1, "agents_busy": 34, "agents_offline": 10, "agents_wrap_up": 5}
    view = seen(
        standing(8_000 - 300, sales, support),
        standing(8_000, *now, commands=1_560, refusals=5, version="0.1.0", occupancy=0.881, watchers=45, **agents),
    )
    latency = Latency(9, 2_100, 12_000, 40_000, 2_000_000)
    view.standing = view.standing._replace(center=dataclasses.replace(view.standing.center, decision_latency=latency))
    assert page == "\n".join(line.rstrip() for line in shown(view, height=14)) + "\n"
