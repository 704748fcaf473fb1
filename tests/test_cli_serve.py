"""Serving from the command line, and asking what is served: ports, signals, and how a center stands."""

from __future__ import annotations

import dataclasses
import errno
import io
import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent import futures
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from rich.console import Console

import acdcore
from acdcore.cli.app import app
from acdcore.cli.listening import why_not_listening
from acdcore.cli.output import Exit
from acdcore.cli.status import Standing, print_status
from acdcore.embedded import Router
from acdcore.model import CenterFigures, Latency, Queue, QueueFigures
from acdcore.plans import Gate, Step
from acdcore.rpc import server as rpc_server
from acdcore.rpc.ports import ListenError
from cli_ran import VALID, Served, ran, serving

pytestmark = pytest.mark.plain


@pytest.fixture
def valid(tmp_path: Path) -> Path:
    path = tmp_path / "center.yaml"
    path.write_text(VALID, encoding="utf-8")
    return path


@pytest.fixture
def served(valid: Path) -> Iterator[Served]:
    with serving(valid) as one:
        yield one


def test_a_server_serves_answers_status_and_stops_on_sigterm(served: Served) -> None:
    assert served.said.startswith("acdcore serving center [red]it's {mine}\"[/red] on 127.0.0.1:")
    result = ran("status", "--address", f"127.0.0.1:{served.port}")
    assert result.exit_code == Exit.OK, result.output
    assert "center [red]it's {mine}\"[/red] on" in result.output
    assert re.search(r"0 available, .* 1 offline", " ".join(result.output.split()))
    assert re.search(r"q\[bold\] +0 +- +0 +0 +-", result.output)
    assert max(map(len, result.output.splitlines())) <= 80
    told = json.loads(ran("status", "--json", "--address", f"127.0.0.1:{served.port}").output)
    assert told["center"] == "[red]it's {mine}\"[/red]"
    assert told["agents_offline"] == 1
    assert (told["health"], told["version"]) == ("serving", acdcore.__version__)
    assert told["uptime_s"] > 0
    assert [(row["queue"], row["waiting"], row["service_level"]) for row in told["queues"]] == [("q[bold]", 0, None)]
    assert [(row["is_open"], row["gates_open"]) for row in told["queues"]] == [(True, [True])]
    with urllib.request.urlopen(f"http://127.0.0.1:{served.metrics_port}/metrics", timeout=10) as page:
        assert "acdcore_" in page.read().decode()
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(timeout=20) == Exit.OK
    unreachable = ran("status", "--address", f"127.0.0.1:{served.port}", "--timeout", "0.3")
    assert unreachable.exit_code == Exit.UNREACHABLE
    assert unreachable.output == f"error: no server reached at 127.0.0.1:{served.port} within 0.3 s\n"


def center_figures(most: int = 0) -> CenterFigures:
    """A center's figures, as many agents of every kind as wanted."""
    return CenterFigures(
        center="large",
        figure_ns=10**18,
        start_ns=0,
        commands=10**9,
        refusals=10**6,
        decisions=10**9,
        event_seq=0,
        decision_latency=Latency(1, 950, 12_345, 999_600, 2_500_000_000),
        interactions=0,
        agents_offline=most,
        agents_available=most,
        agents_offered=most,
        agents_busy=most,
        agents_wrap_up=most,
        agents_not_ready=most,
        occupancy=1.0,
        inbox=7,
        watchers=1234,
        state_hash=0,
        version="1.2.3",
    )


def shown_status(figures: CenterFigures, rows: list[QueueFigures], queues: list[Queue] | None = None) -> list[str]:
    """What status prints on a terminal of 80 columns."""
    console = Console(width=80, file=io.StringIO())
    print_status(console, "127.0.0.1:50051", Standing(figures, queues or [], rows))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def at_noon(name: str, tier: str = "standard", *, answered: int = 980) -> QueueFigures:
    """A queue's figures on a busy day."""
    router = Router(clock=lambda: 0)
    router.define_tier(tier)
    router.define_queue(name)
    return dataclasses.replace(
        router.figures(name),
        answered=answered,
        answered_in_target=answered // 2,
        abandoned=246,
        completed=answered,
        waiting=17,
        longest_wait_ns=754 * 10**9,
        wait_ns=answered * 107 * 10**9,
        handle_ns=answered * 211 * 10**9,
    )


def test_status_of_a_large_center_fits_80_columns() -> None:
    shown = shown_status(center_figures(100_000), [])
    assert shown[1] == "  health     serving, up 11574d1h46m40s, acdcore 1.2.3"
    assert shown[2] == "  agents     100000 available, 100000 offered, 100000 busy,"
    assert shown[3] == "             100000 in wrap-up, 100000 not ready, 100000 offline"
    assert shown[4].startswith("  occupancy")
    assert shown[6] == "  a command  p50 950 ns  p99 12 µs  p99.9 1.0 ms  most 2.5 s"
    assert shown[7] == "  load       7 requests wait for the router, 1,234 streams open"
    assert max(map(len, shown)) <= 80


def test_status_of_a_busy_day_breaks_no_name() -> None:
    names = ["callback", "internet", "n" * 20, "w" * 30]
    shown = shown_status(center_figures(), [at_noon(name) for name in names])
    assert max(map(len, shown)) <= 80
    at = shown.index("") + 1
    assert shown[at].split() == ["queue", "waits", "longest", "answered", "abandoned", "SL", "ASA", "AHT"]
    figures = ["17", "12m34s", "980", "246", "40.0%", "107", "s", "211", "s"]
    assert [line.split() for line in shown[at + 1 : at + 4]] == [[name, *figures] for name in names[:3]]
    assert re.fullmatch(r"w{20,29}…", shown[at + 4].split()[0])
    assert shown[at + 4].split()[1:] == figures
    assert shown[at + 5].startswith("SL: ")


def test_status_shows_tiers_below_their_queue() -> None:
    rows = [at_noon("sales"), at_noon("sales", "vip", answered=20), at_noon("support")]
    shown = shown_status(center_figures(), rows)
    at = shown.index("") + 2
    assert [line.split()[:4] for line in shown[at : at + 4]] == [
        ["sales", "34", "12m34s", "1000"],
        ["standard", "17", "12m34s", "980"],
        ["vip", "17", "12m34s", "20"],
        ["support", "17", "12m34s", "980"],
    ]
    assert [line[:3] for line in shown[at : at + 4]] == ["sal", "  s", "  v", "sup"]
    assert "  33.5%  107 s  211 s" in shown[at]  # 500 of 1,000 + 2 x 246


@pytest.mark.parametrize(
    ("mean_s", "said"),
    [(9.94, "9.9 s"), (9.96, "10 s"), (999.4, "999 s"), (999.6, "17m"), (3_900, "1h5m"), (0, "0.0 s")],
)
def test_status_says_means_in_few_columns(mean_s: float, said: str) -> None:
    row = dataclasses.replace(at_noon("q"), answered=1, wait_ns=int(mean_s * 10**9))
    shown = shown_status(center_figures(), [row])
    assert re.search(rf"% +{said}  211 s$", shown[shown.index("") + 2])


def test_status_tells_what_came_up_besides_only_where_it_did() -> None:
    router = Router(clock=lambda: 0)
    router.define_tier("standard")
    for queue in ("quiet", "moved_to", "second_line"):
        router.define_queue(queue)
    plain = [router.figures(queue) for queue in ("quiet", "moved_to")]
    assert not any("scheduled" in line for line in shown_status(center_figures(), plain))
    router.enqueue("second_line", "call-1")
    router.move("call-1", "moved_to")
    router.hold("call-1", timedelta(minutes=1))
    rows = [router.figures(queue) for queue in ("quiet", "moved_to", "second_line")]
    shown = shown_status(center_figures(), rows)
    assert max(map(len, shown)) <= 80
    at = next(number for number, line in enumerate(shown) if "scheduled" in line)
    assert shown[at].split() == ["queue", "scheduled", "held", "moved", "moved", "in", "expired", "rejected"]
    assert [line.split() for line in shown[at + 1 : at + 3]] == [
        ["moved_to", "0", "1", "0", "1", "0", "0"],
        ["second_line", "0", "0", "1", "0", "0", "0"],
    ]
    large = dataclasses.replace(rows[1], scheduled=99_999, held_now=99_999, moved=9_999_999, expired=9_999_999)
    assert max(map(len, shown_status(center_figures(), [large]))) <= 80


def test_status_names_closed_queues_and_open_gates() -> None:
    router = Router(clock=lambda: 0)
    router.define_tier("standard")
    router.define_skill("s")
    router.define_queue("support")
    lent = Step({"s": 1}, when=Gate(waiting=1, lender="support", lender_waiting=5))
    for queue in ("sales", "phone"):
        router.define_queue(queue, plan=[Step({"s": 5}), lent, Step({"s": 2})])
    quiet = shown_status(center_figures(), [], [router.queue("sales"), router.queue("phone")])
    assert not any(line.startswith(("  closed", "  gates")) for line in quiet)
    router.enqueue("sales", "call-1")
    router.close_queue("phone")
    shown = shown_status(center_figures(), [], [router.queue("sales"), router.queue("phone")])
    assert "  closed     phone" in shown
    assert "  gates open sales step 2 (from support)" in shown
    many = [dataclasses.replace(router.queue("phone"), queue=f"a phone {number:03}\x1b") for number in range(99)]
    shown = shown_status(center_figures(), [], many)
    at = next(number for number, line in enumerate(shown) if line.startswith("  closed"))
    doors = shown[at : shown.index("")]
    assert max(map(len, shown)) <= 80
    assert {line[:13] for line in doors[1:]} == {" " * 13}
    words = " ".join(" ".join(doors).split())
    assert words.startswith("closed a phone 000\\x1b, a phone 001\\x1b, ")
    assert words.endswith("a phone 019\\x1b, and 79 more")


@pytest.mark.parametrize(
    ("arguments", "what", "way_out"),
    [
        (("--no-metrics", "--port", "{taken}"), "", "--port N, or --port 0 for a free one"),
        (
            ("--port", "{free}", "--metrics-port", "{taken}"),
            " for metrics",
            "--metrics-port N, or --metrics-port 0 for a free one, or --no-metrics",
        ),
        (
            ("--port", "{free}", "--metrics-port", "{free}"),
            " for metrics",
            "--metrics-port N, or --metrics-port 0 for a free one, or --no-metrics",
        ),
    ],
)
def test_a_port_that_is_taken_is_said_with_the_way_out(
    valid: Path, arguments: tuple[str, ...], what: str, way_out: str
) -> None:
    host = "127.0.0.1"
    with socket.create_server((host, 0)) as other, socket.create_server((host, 0)) as soon:
        taken, free = other.getsockname()[1], soon.getsockname()[1]
        soon.close()
        words = [word.format(taken=taken, free=free) for word in arguments]
        command = [sys.executable, "-m", "acdcore.cli", "serve", str(valid), "--volatile", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == Exit.FAILED
    assert done.stdout == ""
    port = words[-1]
    warned, volatile, said = done.stderr.splitlines()
    assert warned == f"1 warning: acdcore check {valid} shows it"
    assert "volatile" in volatile
    assert said == f"error: cannot listen on {host}:{port}{what}: the port is in use; allowed: {way_out}"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EADDRINUSE])
def test_a_port_that_is_not_for_everybody_is_said(number: int) -> None:
    error = ListenError("gRPC", "::1", 80, OSError(number, "No"))
    assert why_not_listening(error) == "cannot listen on [::1]:80: " + (
        "the port is not for everybody; allowed: --port N, or --port 0 for a free one"
        if number == errno.EACCES
        else "the port is in use; allowed: --port N, or --port 0 for a free one"
    )


@pytest.mark.parametrize(
    ("host", "said"), [("192.0.2.1", "192.0.2.1:50051: "), ("a..b", "a..b:50051: no name of a host; allowed")]
)
def test_a_host_that_is_not_here_is_said(valid: Path, host: str, said: str) -> None:
    result = ran("serve", valid, "--volatile", "--no-metrics", "--host", host, "--port", "50051")
    assert result.exit_code == Exit.FAILED
    assert f"error: cannot listen on {said}" in result.output
    assert result.output.endswith("; allowed: --host with an address of this machine\n")


def test_serving_a_file_with_warnings_says_how_to_see_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rpc_server, "run_server", lambda *_, **__: None)
    for skills, said in (("s", ""), ("s, t", "1 warning: {} shows it\n"), ("s, t, u", "2 warnings: {} shows them\n")):
        path = tmp_path / "center.yaml"
        path.write_text(VALID.replace('s, "[blink]spare"', skills), encoding="utf-8")
        app(["serve", str(path)], standalone_mode=False)
        assert capsys.readouterr() == ("stopped\n", said.format(f"acdcore check {path}"))


def test_ctrl_c_stops_a_server_and_it_says_so(served: Served) -> None:
    served.process.send_signal(signal.SIGINT)
    said, _ = served.process.communicate(timeout=20)
    assert (served.process.returncode, said) == (Exit.OK, "stopped\n")


def test_serving_an_invalid_file_serves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("center: c\nqueues: {q: {plan: [{}], target: -1s}}\n", encoding="utf-8")
    result = ran("serve", path, "--port", "0")
    assert result.exit_code == Exit.INVALID
    assert "queues.q.target" in result.output
    assert "acdcore serving" not in result.output


class Stopping(health_pb2_grpc.HealthServicer):  # type: ignore[misc]  # grpc_health has no types
    """What a server says while it stops."""

    def Check(
        self, request: health_pb2.HealthCheckRequest, context: grpc.ServicerContext
    ) -> health_pb2.HealthCheckResponse:
        """Say that it does not serve."""
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.NOT_SERVING)


def test_status_of_a_server_that_does_not_serve_fails() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(1))
    health_pb2_grpc.add_HealthServicer_to_server(Stopping(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        result = ran("status", "--address", f"127.0.0.1:{port}")
    finally:
        server.stop(0).wait()
    assert result.exit_code == Exit.FAILED
    said = " ".join(result.output.split())
    assert said == f"error: the server at 127.0.0.1:{port} answers that it does not serve: it stops"
