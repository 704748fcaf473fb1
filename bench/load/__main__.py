"""A load through a server of its own: people who call, agents who answer, and thresholds that must be kept.

    python -m acdcore.bench.load --shape steady --users 200 --duration 60s

Starts a server process on a free port of loopback with a sample center, lets Locust drive it (locustfile.py), prints
what was measured against what is wanted, writes Locust's report, and exits with 0 when every threshold is kept and
the books balance: nobody lost, nobody assigned twice, the users' counts those of the server.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from ...cli.values import number_value, word_value
from ...cli.wording import by_default
from ...config.load import read_text
from ...durations import parse_duration
from ...errors import InvalidArgument
from ..command_line import run
from ..demo.server import DemoError, DemoServer
from ..process_use import process_use
from .plan import SHAPES, sample_path
from .slow_proxy import SlowProxy

REPORT: Final = Path("build/load.html")
SAMPLE_EVERY_S: Final = 1.0
USAGE: Final = 2
FAILED: Final = 4
INTERRUPTED: Final = 130
NS: Final = 1_000_000_000


@dataclass(frozen=True)
class Asked:
    """What the command line asks for; None where it says nothing, so that Locust or its file decide."""

    shape: str
    users: int
    agents: int | None
    spawn_rate: int | None
    duration_ns: int
    workers: int
    report: Path
    center: Path | None
    plan: Path | None
    absent: Sequence[str]
    delay_ns: int
    outage_ns: int


class _Server:
    """What the server process used while it was driven."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._begin = process_use(pid)
        self._rss_mib = [self._begin.rss_mib]
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while not self._over.wait(SAMPLE_EVERY_S):
            with contextlib.suppress(OSError):
                self._rss_mib.append(process_use(self._pid).rss_mib)

    def report(self) -> str:
        """Stop looking, and return what was seen in a line or two."""
        self._over.set()
        self._thread.join()
        try:
            end = process_use(self._pid)
        except OSError:
            return "The server has ended by itself."
        first = max(self._rss_mib[: max(1, len(self._rss_mib) // 3)])
        return (
            f"The server used {end.cpu_s - self._begin.cpu_s:.1f} s of processor time; its memory was {first:.1f} MiB"
            f"\nin the first third of the run and {end.rss_mib:.1f} MiB at the end."
        )


def locust_command(given: Asked, target: str, *more: str) -> list[str]:
    """Return the command that drives a server."""
    locustfile = str(Path(__file__).with_name("locustfile.py"))
    command = [sys.executable, "-m", "locust", "-f", locustfile, "--headless", "--only-summary"]
    command += ["--loglevel", "WARNING", "--host", target, "--shape", given.shape, "--users", str(given.users)]
    command += ["--run-time", f"{given.duration_ns // NS}s", "--html", str(given.report)]
    command += ["--outage", f"{given.outage_ns / NS:g}"]
    for name, path in (("--center", given.center), ("--plan", given.plan)):
        command += [name, str(path)] if path is not None else []
    for name, value in (("--agents", given.agents), ("--spawn-rate", given.spawn_rate)):
        command += [name, f"{value:g}"] if value is not None else []
    for group in given.absent:
        command += ["--absent", group]
    return [*command, *more]


@contextlib.contextmanager
def _workers(count: int) -> Iterator[list[str]]:
    """Run Locust's workers; yield what makes a master of the command that drives the server."""
    if not count:
        yield []
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    locustfile = str(Path(__file__).with_name("locustfile.py"))
    command = [sys.executable, "-m", "locust", "-f", locustfile, "--worker", "--master-port", port]
    workers = [
        # out of Ctrl-C's reach: the master tells them when all is over
        subprocess.Popen([*command, "--loglevel", "WARNING"], stdin=subprocess.DEVNULL, process_group=0)
        for _ in range(count)
    ]
    try:
        yield ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port,
               "--expect-workers", str(count), "--expect-workers-max-wait", "60"]  # fmt: skip
    finally:
        for worker in workers:
            try:
                worker.wait(10)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


def _drive(command: Sequence[str]) -> int:
    """Run Locust to its end and return its exit code. Ctrl-C reaches it from the terminal, too: it ends the run."""
    interrupted = False
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as locust:
        while True:
            try:
                code = locust.wait()
            except KeyboardInterrupt:
                interrupted = True
            else:
                return INTERRUPTED if interrupted else code


def driven(given: Asked) -> int:
    """Run a load and return the exit code.

    Raises:
        DemoError: The server did not come up.
        InvalidArgument: The center's file is not text.
        OSError: The center's file cannot be read.
    """
    center = read_text(given.center or sample_path("center.yaml"))
    given.report.parent.mkdir(parents=True, exist_ok=True)
    given.report.unlink(missing_ok=True)
    with DemoServer(center, 1.0, apart=True) as server, contextlib.ExitStack() as stack:
        target = server.target
        if given.delay_ns:
            target = stack.enter_context(SlowProxy(target, given.delay_ns / NS)).target
        use = _Server(server.pid)
        with _workers(given.workers) as master:
            code = _drive(locust_command(given, target, *master))
        print(use.report())
    if given.report.is_file():
        print(f"Report: {given.report}")
    return code


def _length(least_ns: int) -> Callable[[str], str]:
    """Return a reader of lengths of time, which leaves them as they are written."""

    def length(text: str) -> str:
        try:
            length_ns = parse_duration(text)
        except ValueError as error:
            raise typer.BadParameter(f"{text!r} {error}; allowed: such as 60s, 5m or 200ms") from None
        if length_ns < least_ns:
            raise typer.BadParameter(f"{text} is too short; allowed: {least_ns / NS:g}s or more")
        return text

    return length


def main(
    shape: Annotated[
        str,
        typer.Option(metavar="SHAPE", parser=word_value(*SHAPES), help=f"How users come and go: {', '.join(SHAPES)}."),
    ] = "steady",
    users: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 2), help="Most at once, agents among them.")
    ] = 200,
    agents: Annotated[
        int | None,
        typer.Option(
            metavar="N", parser=number_value(int, 0), help=by_default("How many of them are agents.", "3 in 10")
        ),
    ] = None,
    spawn_rate: Annotated[
        int | None,
        typer.Option(
            metavar="N", parser=number_value(int, 1), help=by_default("Users who come in a second.", "a fifth of all")
        ),
    ] = None,
    duration: Annotated[str, typer.Option(metavar="TIME", parser=_length(NS), help="How long.")] = "60s",
    workers: Annotated[
        int,
        typer.Option(
            metavar="N", parser=number_value(int, 0), help="Processes of users beside a master; 0: one in all."
        ),
    ] = 0,
    report: Annotated[Path, typer.Option(metavar="FILE", dir_okay=False, help="Locust's report.")] = REPORT,
    center: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=by_default("What the server runs.", "bench/load/center.yaml")),
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=by_default("Habits and thresholds.", "bench/load/plan.yaml")),
    ] = None,
    absent: Annotated[
        list[str] | None, typer.Option(metavar="GROUP", help="Agents who stay at home. May be repeated.")
    ] = None,
    delay: Annotated[str, typer.Option(metavar="TIME", parser=_length(0), help="Every message is so late.")] = "0s",
    outage: Annotated[
        str, typer.Option(metavar="TIME", parser=_length(0), help="How long the outage of its shape is.")
    ] = "3s",
) -> None:
    """Put a load through a server of its own: people who call, agents who answer, thresholds that must be kept.

    docs/load.md has the rest. Exit codes: 0 all is well; 1 a threshold is missed
    or the books do not balance; 2 wrong usage or a file that is wrong; 3 no
    server reached; 4 no server of its own; 130 interrupted (Ctrl-C).
    """
    times_ns = [parse_duration(text) for text in (duration, delay, outage)]
    given = Asked(
        shape, users, agents, spawn_rate, times_ns[0], workers, report, center, plan, absent or (), *times_ns[1:]
    )
    try:
        code = driven(given)
    except (OSError, InvalidArgument) as error:
        print(error, file=sys.stderr)
        code = USAGE
    except DemoError as error:
        print(error, file=sys.stderr)
        code = FAILED
    raise typer.Exit(code)


if __name__ == "__main__":
    run(main)
