"""A load on an acdcore server: people who call, agents who answer, thresholds that decide the exit code.

    locust -f bench/load/locustfile.py --headless -u 100 -t 60s --html load.html

needs a server with the center of bench/load/center.yaml on 127.0.0.1:50051, or --host and --center. docs/load.md
has the rest; `make load` starts a server of its own.
"""

from __future__ import annotations

import shutil
from typing import Any

import grpc.experimental.gevent as grpc_gevent
import locust.stats
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

grpc_gevent.init_gevent()  # before the first connection: while one user waits for an answer, the others go on

from acdcore.bench.load.callers import (  # noqa: E402
    CallbackCaller,
    ChatFrontEnd,
    ImpatientCaller,
    RegularCaller,
    Supervisor,
    VipCaller,
)
from acdcore.bench.load.desktops import AgentDesktop  # noqa: E402
from acdcore.bench.load.plan import SHAPES  # noqa: E402
from acdcore.bench.load.run import (  # noqa: E402
    BELL,
    SHARE,
    STATISTICS_WIDTH,
    STOP_TIMEOUT_S,
    Conductor,
    LoadShape,
    bucket_ms,
    hear_bell,
    open_floor,
)

__all__ = [
    "AgentDesktop",
    "CallbackCaller",
    "ChatFrontEnd",
    "ImpatientCaller",
    "LoadShape",
    "RegularCaller",
    "Supervisor",
    "VipCaller",
]


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    """Add this load's own options to Locust's."""
    group = parser.add_argument_group("acdcore")
    group.add_argument(
        "--shape",
        choices=SHAPES,
        default="steady",
        help="how users come and go, and what happens (default: %(default)s)",
    )
    group.add_argument(
        "--agents", type=int, metavar="N", help="how many of the users are agents' desktops (default: 3 in 10)"
    )
    group.add_argument(
        "--center", metavar="FILE", help="the YAML that the server runs (default: bench/load/center.yaml)"
    )
    group.add_argument("--plan", metavar="FILE", help="people's habits and thresholds (default: bench/load/plan.yaml)")
    group.add_argument(
        "--absent", metavar="GROUP", action="append", help="agents of this group stay at home; may be repeated"
    )
    group.add_argument(
        "--outage", type=float, default=3.0, metavar="SECONDS", help="length of the outage (default: %(default)s)"
    )
    group.add_argument(
        "--not-alone", action="store_true", help="others use the server, too: do not hold its figures to the users'"
    )


@events.init.add_listener
def begin(environment: Environment, **_: Any) -> None:
    """Get ready: read and check the files, ask the server for its figures, or wait for the master."""
    locust.stats.bucket_response_time = bucket_ms  # type: ignore[assignment]
    environment.stop_timeout = environment.stop_timeout or STOP_TIMEOUT_S
    runner = environment.runner
    assert runner is not None
    shares: list[Any] = []
    runner.register_message(BELL, hear_bell)
    if isinstance(runner, WorkerRunner):
        runner.register_message(SHARE, lambda msg, **_: shares.append(msg.data))
        events.test_start.add_listener(lambda environment, **_: open_floor(environment, shares[-1]))
        events.report_to_master.add_listener(lambda data, **_: report(environment, data))
        return
    conductor = environment.acdcore_conductor = Conductor(environment)  # type: ignore[attr-defined]
    fit_tables()
    events.test_start.add_listener(lambda **_: conductor.start())
    events.test_stopping.add_listener(lambda **_: conductor.wind_down())
    events.test_stop.add_listener(lambda **_: conductor.stop())
    events.quitting.add_listener(lambda **_: conductor.quitting())
    events.quit.add_listener(lambda **_: conductor.quit())
    if isinstance(runner, MasterRunner):
        events.worker_report.add_listener(lambda client_id, data: conductor.hear(client_id, data["acdcore"]))


def report(environment: Any, data: dict[str, Any]) -> None:
    """Tell the master what this worker's users have found since the last report."""
    floor = getattr(environment, "acdcore_floor", None)
    news = (
        {"counts": [], "notes": [], "marks": [], "open": [], "open_count": 0} if floor is None else floor.books.news()
    )
    data["acdcore"] = {**news, "closed": floor is not None and floor.closed}


def fit_tables() -> None:
    """Give Locust's tables a column for names; where the terminal is too narrow, leave them to the report."""
    locust.stats.STATS_AUTORESIZE = False
    locust.stats.STATS_NAME_WIDTH = STATISTICS_WIDTH - 80
    if shutil.get_terminal_size().columns < STATISTICS_WIDTH:
        locust.stats.console_logger.setLevel("WARNING")
