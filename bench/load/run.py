"""One load from its beginning to its verdict, in one process or as the master and workers of a distributed run.

The conductor lives where Locust decides: alone, or in the master. It deals the center's agents out to the
processes, rings the bells, lets everybody end what is at hand before the run ends, so that every process has
told all it knows, holds the books to the server's figures, and decides the exit code.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import gevent
from locust import LoadTestShape
from locust.env import Environment
from locust.runners import MasterRunner
from rich.console import Console

from ...config import Center, ConfigError, parse_center
from ...config.load import read_text
from ...model import QueueFigures
from ...rpc import decode
from ...v1.figure_service_pb2 import ListQueueFiguresRequest
from .books import Books, Comparison, Note, compare
from .desktops import AgentDesktop
from .floor import Floor, floor_of
from .link import BROKEN, Link
from .plan import Plan, parse_plan, sample_path
from .report import amend, show
from .shapes import DEFAULT_USERS, Shape, agents_of, staff_of
from .verdict import Timing, Verdict, judge, levels

T = TypeVar("T")
USAGE: Final = 2
UNREACHED: Final = 3
FAILED: Final = 1
SHARE: Final = "acdcore-share"
BELL: Final = "acdcore-bell"
TARGET: Final = "127.0.0.1:50051"
STOP_TIMEOUT_S: Final = 20.0
"""How long users may take to end what is at hand when Locust stops them."""
CLOSING_LIMIT_S: Final = 60.0
PROGRESS_S: Final = 10.0
SHARES: Final = (0.5, 0.95, 0.99, 0.999, 1.0)
STATISTICS_WIDTH: Final = 105
"""Columns that Locust's own tables take, names included."""


def bucket_ms(response_time: float) -> float:
    """Round a time in milliseconds to three digits, so that quantiles are known to 0.5 %."""
    return float(f"{response_time:.3g}")


class Conductor:
    """Directs a run. Raises SystemExit, with what is wrong on standard error, when there cannot be one."""

    def __init__(self, environment: Environment) -> None:
        options = environment.parsed_options
        assert options is not None
        self._environment = environment
        self._options = options
        self._target: str = environment.host or TARGET
        self._center_text, self._plan_text = self._read(options.center, options.plan)
        self.center, self.plan = self._parse()
        self._names = said(agents_of, self.center, options.absent or ())
        options.num_users = options.num_users or DEFAULT_USERS
        options.spawn_rate = options.spawn_rate or max(10.0, options.num_users / 5)  # before Locust makes it 1
        self._link = Link(environment, self._target, Books())
        self._before = self._figures(first=True)
        self._begin_again()

    # ------------------------------------------------------------------ before

    def _read(self, center: str | None, plan: str | None) -> tuple[str, str]:
        paths = [Path(center) if center else sample_path("center.yaml")]
        paths.append(Path(plan) if plan else sample_path("plan.yaml"))
        try:
            return read_text(paths[0]), read_text(paths[1])
        except (OSError, ConfigError) as error:
            raise give_up(str(error)) from None

    def _parse(self) -> tuple[Center, Plan]:
        try:
            center = parse_center(self._center_text, self._options.center or "center.yaml")
            if self._options.plan:
                return center, parse_plan(self._plan_text, self._options.plan, center)
        except ConfigError as error:
            raise give_up(str(error)) from None
        plan, left_out = parse_plan(self._plan_text).fitting(center)
        if left_out:
            print(
                f"bench/load/plan.yaml names what this center does not have, left out: {', '.join(left_out)}",
                flush=True,
            )
        return center, plan

    def _begin_again(self) -> None:
        """Get ready for a run; in Locust's web interface there may be several."""
        options = self._options
        users = int(options.num_users)
        staff = said(staff_of, users, options.agents, len(self._names))
        AgentDesktop.fixed_count = staff
        self.shape = Shape(options.shape, users, staff + 1, options.run_time)
        self._spawn_rate = float(options.spawn_rate)
        self._to_come = dict(self.shape.events())
        self._reports: dict[str, Mapping[str, Any]] = {}
        self._closing_since: float | None = None
        self._began: float | None = None
        self._told_at_s = 0.0
        self._told_calls = 0
        self._books = Books()
        self.verdict: Verdict | None = None

    def start(self) -> None:
        """Deal out the agents as a run begins."""
        self._begin_again()
        self._before = self._figures()
        runner = self._environment.runner
        if isinstance(runner, MasterRunner):
            clients = list(runner.clients.ready)
            for at, client in enumerate(clients):
                share = self._share(self._names[at :: len(clients)])
                runner.send_message(SHARE, share, client_id=client.id)
        else:
            floor = open_floor(self._environment, self._share(self._names))
            self._books = floor.books
        self._began = time.monotonic()

    def _share(self, names: list[str]) -> dict[str, Any]:
        return {
            "target": self._target,
            "center": self._center_text,
            "plan": self._plan_text,
            "shape": self.shape.name,
            "agents": names,
        }

    # ------------------------------------------------------------------ meanwhile

    def tick(self) -> tuple[int, float] | None:
        """Return how many users there are to be now and how many come in a second; None when all is over."""
        at_s = time.monotonic() - self._began if self._began is not None else 0.0
        if self._closing_since is None:
            if self.shape.run_s is None or at_s < self.shape.run_s:
                for what, when_s in list(self._to_come.items()):
                    if at_s >= when_s:
                        del self._to_come[what]
                        self.ring(what)
                self._tell(at_s)
                return self.shape.users_at(at_s), self._spawn_rate
            self.close()
        assert self._closing_since is not None
        if self._closed() or time.monotonic() - self._closing_since > CLOSING_LIMIT_S:
            return None
        return self.shape.users_at(min(at_s, self.shape.run_s or at_s)), self._spawn_rate

    def ring(self, what: str) -> None:
        """Let every process know that something happens: the bell, an outage, the close."""
        runner = self._environment.runner
        assert runner is not None
        if what != "close":
            print(f"{what}", flush=True)
        runner.send_message(BELL, {"what": what, "outage_s": float(self._options.outage)})

    def close(self) -> None:
        """Let everybody end what is at hand and go."""
        if self._closing_since is None and self._began is not None:
            self._closing_since = time.monotonic()
            self.ring("close")

    def wind_down(self) -> None:
        """Close, and wait until everybody has gone: the run was stopped by hand, or has ended."""
        self.close()
        with gevent.Timeout(CLOSING_LIMIT_S, exception=False):
            while not self._closed():
                gevent.sleep(0.1)

    def hear(self, client: str, report: Mapping[str, Any]) -> None:
        """Take what a worker reports."""
        self._books.add(report)
        self._reports[client] = report
        self._books.still_open(self._reports.values())

    def _closed(self) -> bool:
        """Say whether everybody has gone, and everything that they know has been told."""
        runner = self._environment.runner
        if self._began is None:
            return True
        if isinstance(runner, MasterRunner):
            there = [client.id for client in runner.clients.all]
            return all(self._reports.get(client, {}).get("closed") for client in there)
        return floor_of(self._environment).closed

    def _tell(self, at_s: float) -> None:
        """Print a line of progress now and then."""
        if not self._options.headless or at_s < self._told_at_s + PROGRESS_S:
            return
        stats, runner = self._environment.stats, self._environment.runner
        assert runner is not None
        calls, level = stats.total.num_requests, self._books.service_level().level
        rate = (calls - self._told_calls) / (at_s - self._told_at_s)
        reached = "none yet" if level is None else f"{level:.1%}"
        print(f"{at_s:5.0f} s  {runner.user_count:,} users, {rate:,.0f} calls a second, "
              f"service level {reached}", flush=True)  # fmt: skip
        self._told_at_s, self._told_calls = at_s, calls

    # ------------------------------------------------------------------ afterwards

    def stop(self) -> None:
        """Judge the run that has ended."""
        if self.verdict is not None or self._began is None:
            return
        closed = self._closed()
        stats = self._environment.stats
        rows = [
            Timing(
                entry.method, entry.name, entry.num_requests, entry.num_failures,
                {share: _quantile_ms(entry, share) for share in SHARES},
            )
            for _, entry in sorted(stats.entries.items(), key=lambda one: (one[0][1], one[0][0]))
            if entry.num_requests
        ]  # fmt: skip
        calls, failures = stats.total.num_requests, stats.total.num_failures
        checks = judge(self.plan.of_shape(self.shape.name), rows, self._books, calls, failures)
        problems = self._books.problems()
        compared: list[Comparison] = []
        if not self._options.not_alone:
            after = self._figures()
            if self._before is None or after is None:
                problems.append("the server could not be asked for its figures")
            else:
                compared, differences = compare(self._books, self._before, after)
                problems += differences
        if not closed:
            problems.insert(0, "the run was interrupted: not everybody could end what was at hand")
        runner = self._environment.runner
        assert runner is not None
        problems += [f"a user failed: {one['msg']} ({one['count']} times)" for one in runner.exceptions.values()]
        notes = {note: self._books.notes[note] for note in Note if self._books.notes[note]}
        self.verdict = Verdict(checks, rows, levels(self._books), compared, notes, self._about(), problems)
        if not self._options.headless:
            show(Console(), self.verdict)

    def _about(self) -> str:
        shape, runner = self.shape, self._environment.runner
        where = f", in {len(self._reports)} processes" if isinstance(runner, MasterRunner) else ""
        length = f", {shape.run_s:g} s" if shape.run_s else ""
        return f"{shape.name}, {shape.users:,} users, {shape.staff - 1:,} of them agents{length}{where}"

    def quitting(self) -> None:
        """Decide the exit code, and put the verdict into the report that Locust has written."""
        if self.verdict is None:
            return
        self._environment.process_exit_code = 0 if self.verdict.good else FAILED
        report = Path(self._options.html_file) if self._options.html_file else None
        if report is not None and report.is_file():
            amend(report, self.verdict)

    def quit(self) -> None:
        """Print the verdict as the last thing."""
        if self.verdict is not None and self._options.headless:
            show(Console(), self.verdict)
            sys.stdout.flush()

    def _figures(self, first: bool = False) -> list[QueueFigures] | None:
        """Return the server's figures; None when it does not answer."""
        rows: list[QueueFigures] = []
        token = ""
        try:
            while True:
                request = ListQueueFiguresRequest(page_size=1000, page_token=token)
                answer = self._link.connection(0).figures.ListQueueFigures(request, timeout=20)
                rows += [decode.queue_figures(row) for row in answer.figures]
                token = answer.next_page_token
                if not token:
                    return rows
        except BROKEN as error:
            if first:
                raise give_up(f"no server answers at {self._target}: {_why(error)}", UNREACHED) from None
            return None


def _quantile_ms(entry: Any, share: float) -> float:
    return float(entry.max_response_time if share == 1.0 else entry.get_response_time_percentile(share))


def _why(error: Exception) -> str:
    details = getattr(error, "details", None)
    return str(details()) if callable(details) else str(error)


def said(ask: Callable[..., T], *about: Any) -> T:
    """Return what a function returns; a ValueError of it is told, and ends the process."""
    try:
        return ask(*about)
    except ValueError as error:
        raise give_up(str(error)) from None


def give_up(message: str, code: int = USAGE) -> SystemExit:
    """Say on standard error why there can be no run; return what ends the process."""
    print(message, file=sys.stderr)
    return SystemExit(code)


class LoadShape(LoadTestShape):
    """What Locust asks, about once a second, how many users there are to be; the conductor answers."""

    use_common_options = True

    def tick(self) -> Any:
        """Return the number of users and how many of them come in a second; None ends the run."""
        environment: Any = self.runner and self.runner.environment
        conductor: Conductor = environment.acdcore_conductor
        return conductor.tick()


# ---------------------------------------------------------------------- every process


def open_floor(environment: Any, share: Mapping[str, Any]) -> Floor:
    """Open this process's floor for a run."""
    old = getattr(environment, "acdcore_floor", None)
    if old is not None:
        old.link.close()
    center = parse_center(share["center"])
    people = parse_plan(share["plan"]).people_of(share["shape"])
    floor = Floor(environment, share["target"], center, people, list(share["agents"]))
    floor.shift_start = share["shape"] == "shift-start"
    if not floor.shift_start:
        floor.bell.set()
    environment.acdcore_floor = floor
    return floor


def hear_bell(environment: Any, msg: Any) -> None:
    """Hear from the conductor what happens."""
    floor = floor_of(environment)
    match msg.data["what"]:
        case "bell":
            floor.bell.set()
        case "outage":
            gevent.spawn(floor.link.cut, msg.data["outage_s"])
        case "close":
            floor.closing.set()
