"""Whole loads through real servers: a healthy one passes, a starved queue and a slow network fail by thresholds.

Limits are wide: on a busy machine the healthy run must keep them, and what is injected is far beyond them.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acdcore.bench.command_line import program
from acdcore.bench.load import __main__ as load
from acdcore.bench.load.slow_proxy import SlowProxy

pytestmark = [pytest.mark.plain, pytest.mark.slow]

CENTER = """\
center: small
settings: {remembered_interactions: 100000}
skills: [orders, advice]
reasons: [break]
channels: {chat: {cost: 30, most_at_once: 3}}
tiers: {standard: {}, vip: {head_start: 1s, rank: 10}}
queues:
  orders: {target: 2s, plan: [{requires: {orders: 1}}], wrap_up: 200ms, offer_timeout: 3s}
  advice: {target: 2s, plan: [{requires: {advice: 1}}], offer_timeout: 3s}
  chat: {channel: chat, target: 2s, plan: [{requires: {orders: 1}}], offer_timeout: 3s}
agent_groups:
  sellers: {count: 20, skills: {orders: 5}}
  advisers: {count: 20, skills: {advice: 5, orders: 1}}
"""
PLAN = """\
people:
  pause: [200ms, 500ms]
  patience: 2500ms
  callback_in: 100ms
  talk: [50ms, 150ms]
  chat: [100ms, 200ms]
  chats_at_once: 2
  pick_up: [10ms, 50ms]
  wrap_up: [10ms, 50ms]
  work: 2s
  break: 100ms
  miss: 0%
  look_every: 300ms
  queues: {orders: 1, advice: 1}
thresholds:
  latency:
    EnqueueInteraction: {p95: 2s}
    enqueue to offer: {p50: 2s}
  failures: 1%
  service_level:
    - {queue: orders, at_least: 20%}
    - {queue: advice, at_least: 20%}
"""
RUNS = {
    "healthy": ("--workers", "2"),
    "starved": ("--absent", "advisers", "--shape", "busy-hour"),
    "slow": ("--delay", "1100ms", "--shape", "outage", "--outage", "200ms"),
}


@dataclass(frozen=True)
class Run:
    """How a load ended."""

    code: int
    printed: str
    report: str

    def measured(self, about: str) -> tuple[str, bool]:
        """Return what a threshold's line says was measured, and whether it was kept."""
        [line] = [line for line in self.printed.splitlines() if line.strip().startswith(f"{about} ")]
        return re.split(r" {2,}", line.strip())[-2], line.strip().endswith("kept")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """Run all loads at once, each with a server of its own."""
    folder = tmp_path_factory.mktemp("load")
    (folder / "center.yaml").write_text(CENTER, encoding="utf-8")
    (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
    common = ["--center", "center.yaml", "--plan", "plan.yaml", "--users", "24", "--agents", "8", "--duration", "5s"]
    started = {
        name: subprocess.Popen(
            [sys.executable, "-m", "acdcore.bench.load", *common, "--report", f"{name}.html", *options],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=os.environ | {"COLUMNS": "80"},
        )
        for name, options in RUNS.items()
    }  # fmt: skip
    try:
        ended = {}
        for name, process in started.items():
            printed = process.communicate(timeout=240)[0]
            print(f"---- {name}: {process.returncode}\n{printed}")
            page = folder / f"{name}.html"
            ended[name] = Run(process.returncode, printed, page.read_text("utf-8") if page.is_file() else "")
        yield ended
    finally:
        for process in started.values():
            process.kill()


def test_a_healthy_load_of_two_workers_keeps_its_thresholds_and_its_books(runs: dict[str, Run]) -> None:
    """Counts of both workers add up to the server's, those behind the service level among them."""
    run = runs["healthy"]
    assert run.code == 0
    assert "in 2 processes" in run.printed
    assert "5 thresholds kept, everything adds up" in run.printed
    for count in ("enqueued", "answered", "answered in target", "served"):
        [(users, server)] = re.findall(rf"^ {count} +([\d,]+) +([\d,]+)$", run.printed, re.MULTILINE)
        assert users == server
        assert int(users.replace(",", "")) > 10


def test_a_starved_queue_fails_by_its_service_level(runs: dict[str, Run]) -> None:
    run = runs["starved"]
    assert run.code == 1
    assert run.measured("service level, advice") == ("0.0%", False)
    assert run.measured("service level, orders")[1]
    assert "everything adds up" in run.printed


def test_latency_that_is_injected_fails_by_the_latency_of_the_calls(runs: dict[str, Run]) -> None:
    """Each way every message is 1.1 s late; the lines are cut in between, and still the books balance."""
    run = runs["slow"]
    assert run.code == 1
    p95, kept = run.measured("EnqueueInteraction, p95")
    assert p95.endswith(" s")
    assert float(p95.split()[0]) >= 2.2
    assert not kept
    assert "outage" in run.printed.splitlines()
    assert "everything adds up" in run.printed


def test_the_report_has_the_verdict_the_times_and_the_waits(runs: dict[str, Run]) -> None:
    for run in runs.values():
        for words in ("Thresholds", "Service level", "The books", "enqueue to offer", "orders standard", "SignIn"):
            assert words in run.report
    assert "MISSED" in runs["starved"].report
    assert "MISSED" not in runs["healthy"].report


def test_what_is_printed_fits_80_columns(runs: dict[str, Run]) -> None:
    for run in runs.values():
        lines = run.printed.splitlines()
        begin = next(at for at, line in enumerate(lines) if line.startswith("Load: "))
        own = [line for line in lines[begin:] if not line.startswith("Report: ")]
        assert max(map(len, own)) <= 80


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--users", "1"], 2, "'--users': 1; allowed: whole numbers from 2"),
        (["--duration", "10ms"], 2, "10ms is too short; allowed: 1s or more"),
        (["--duration", "soon"], 2, "'soon' is no duration; allowed: such as 60s, 5m or 200ms"),
        (["--shape", "round"], 2, "'--shape': round; allowed: steady, busy-hour"),
        (["--center", "no.yaml"], 2, "no.yaml"),
    ],
)
def test_wrong_options_are_told(options: list[str], code: int, told: str) -> None:
    done = CliRunner().invoke(program(load.main), options)
    assert done.exit_code == code
    assert told in " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.stderr).split())


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (
            ["--absent", "nobody"],
            2,
            "--absent nobody: is no group of agents of this center; allowed: sellers, advisers",
        ),
        ([], 3, "no server answers at 127.0.0.1:9"),
    ],
)
def test_locust_tells_what_is_wrong_before_it_begins(
    options: list[str], code: int, told: str, tmp_path: Path, root: Path
) -> None:
    (tmp_path / "center.yaml").write_text(CENTER, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(root / "bench" / "load" / "locustfile.py"), "--headless", "-t", "1s",
         "--center", "center.yaml", "--host", "127.0.0.1:9", *options],
        capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "left out: support" in done.stdout


def test_the_proxy_is_late_each_way_and_keeps_the_order() -> None:
    def echo(listener: socket.socket) -> None:
        near, _ = listener.accept()
        with near:
            while data := near.recv(65536):
                near.sendall(data)

    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=echo, args=(listener,), daemon=True).start()
        with SlowProxy(f"127.0.0.1:{listener.getsockname()[1]}", 0.1) as proxy:
            host, port = proxy.target.split(":")
            sent = bytes(range(256)) * 2000
            with socket.create_connection((host, int(port)), timeout=30) as far:
                begin = time.monotonic()
                threading.Thread(target=far.sendall, args=(sent,), daemon=True).start()
                got = b""
                while len(got) < len(sent):
                    got += far.recv(65536)
                assert time.monotonic() - begin >= 0.2
                assert got == sent
                proxy.delay_s = 0.0
                far.sendall(b"end")
                assert far.recv(3) == b"end"
