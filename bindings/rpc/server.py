"""The server: one center's router behind gRPC, with health, reflection and a page for Prometheus."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from .. import __version__
from ..commands import Core
from ..embedded import Router
from ..errors import DoorReason, Unavailable
from ..journal.committer import JournalCommitter
from ..journal.figures import JournalSource
from ..journal.keeper import SNAPSHOT_EVERY, Keeper
from ..journal.recovery import Opened, open_center
from ..logs import event
from ..metrics.page import MetricsServer, Source
from .call_log import CallLog
from .center import Center
from .clock import Clock, SystemClock
from .codec import MAX_MESSAGE_BYTES
from .doors import door_log
from .opening import LOOK_EVERY_NS, Opening
from .owner import INBOX_LIMIT, Committer, Owner
from .ports import ListenError, address, check_free
from .services import handlers, services
from .watch import BUFFER_LIMIT

if TYPE_CHECKING:
    from ..config import Center as CenterConfig
    from ..config.hours import QueueHours
    from ..tracing import Tracing

log = logging.getLogger("acdcore.rpc")

GRACE_S: Final = 7.0
"""How long a stopping server waits for calls under way. All that it may wait for takes ten seconds at most."""
FLUSH_S: Final = 0.5
"""How long the network may take to carry the last answers away; and how long the last group and a snapshot's process
may take to end when the grace is over."""
CLOSE_S: Final = 1.0
"""How long giving the journal back may take: when the disk hangs, the end of the process does that."""
PENDING_LIMIT: Final = 2 * INBOX_LIMIT
"""Calls that gRPC may hold before they come to us. It drops what is above that unread, with CANCELLED, from a thousand
on by default; the inbox refuses so that clients repeat, so it must be the one that is full first."""
OPTIONS: Final = (
    ("grpc.server.max_pending_requests", PENDING_LIMIT),
    ("grpc.server.max_pending_requests_hard_limit", PENDING_LIMIT),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),  # a second server on the same port is a mistake
    ("grpc.keepalive_time_ms", 20_000),  # so that the streams of dead clients end and leases may lapse
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
)


class Server:
    """A center behind gRPC, within the running event loop.

    Args:
        router: an embedded :class:`~acdcore.embedded.Router` or a core, with its center defined. It belongs
            to the server from now on.
        clock: the service's time; real time by default.
        center_name: the center's name, which requests may leave empty.
        committer: makes commands durable before anything that they caused is seen.
        inbox_limit: requests that may wait for the router.
        watch_buffer: updates that may wait for one slow stream.
        hours: when queues are open, by their names; the server opens and closes them. The others it leaves alone.
        log_ids: whether the log may name interactions, agents and callers' addresses as callers gave them.
        tracing: makes spans of calls; none by default.
        groups: agent -> group, for agents who are in one; figures of agents are given by group.
        sources: who else has figures for the page, a journal for one.
    """

    def __init__(
        self,
        router: Router | Core,
        *,
        clock: Clock | None = None,
        center_name: str = "center",
        committer: Committer | None = None,
        inbox_limit: int = INBOX_LIMIT,
        watch_buffer: int = BUFFER_LIMIT,
        hours: Mapping[str, QueueHours] | None = None,
        log_ids: bool = False,
        tracing: Tracing | None = None,
        groups: Mapping[str, str] | None = None,
        sources: Sequence[Source] = (),
    ) -> None:
        core: Core = router.core if isinstance(router, Router) else router
        clock = clock or SystemClock()
        self.owner = Owner(core, clock, committer, inbox_limit=inbox_limit)
        if log.isEnabledFor(logging.INFO):
            self.owner.taps.append(door_log(core, center_name))
        look_every_ns = int(LOOK_EVERY_NS * getattr(clock, "speed", 1.0))  # a minute of ours, however time runs
        self._opening = Opening(self.owner, hours, look_every_ns=look_every_ns)
        self.center = Center(center_name, self.owner, watch_buffer=watch_buffer)
        self._groups = groups
        self._sources = sources
        self._calls = CallLog(center_name, core, with_ids=log_ids)
        self._tracing = tracing
        if tracing is not None:
            self.owner.stages = tracing.stages
        self.port = 0
        self.metrics_port: int | None = None
        self.failed = asyncio.Event()
        """Set when a commit has failed: the process has to stop."""
        self._health = health.aio.HealthServicer()
        self._grpc: grpc.aio.Server | None = None
        self._metrics: MetricsServer | None = None
        self._failing: asyncio.Task[None] | None = None

    async def start(self, port: int = 0, *, host: str = "127.0.0.1", metrics_port: int | None = None) -> int:
        """Listen and serve; return the port (0 asks for a free one). ``metrics_port`` None: no page.

        Raises ListenError, an OSError, when a port cannot be had; the other one is free again then.
        """
        check_free(host, port)
        server = grpc.aio.server(options=OPTIONS)
        names = [descriptor.full_name for descriptor in services(self.center)]
        server.add_generic_rpc_handlers(tuple(handlers(self.center, self._calls, self._tracing)))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        reflection.enable_server_reflection(
            [*names, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name, reflection.SERVICE_NAME], server
        )
        if metrics_port is not None:  # before gRPC, which never gives back a port that it has not served
            self._metrics = self._page(host, port, metrics_port)
            self.metrics_port = self._metrics.port
        try:
            self.port = server.add_insecure_port(address(host, port))
        except RuntimeError as error:  # somebody was faster
            await self._close_page()
            check_free(host, port)
            raise ListenError("gRPC", host, port, OSError(str(error))) from None
        if self._tracing is not None:
            self._tracing.listening(host, self.port)
        self.owner.on_failure = self._on_failure
        self.owner.start()
        self._opening.start()  # before the first call can come
        self.center.pulse.start()
        for name in ("", *names):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        await server.start()
        self._grpc = server
        return self.port

    def _page(self, host: str, port: int, metrics_port: int) -> MetricsServer:
        """Put up the page; until the owner works it says that the center does not serve."""
        try:
            if metrics_port == port != 0:
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))  # by the service itself, in a moment
            return MetricsServer(self.center, host=host, port=metrics_port, groups=self._groups, sources=self._sources)
        except OSError as error:
            raise ListenError("metrics", host, metrics_port, error) from None

    async def _close_page(self) -> None:
        page, self._metrics = self._metrics, None
        if page is not None:
            await page.stop()

    def _on_failure(self) -> None:
        self.failed.set()
        self._failing = asyncio.get_running_loop().create_task(self._health.enter_graceful_shutdown())

    async def stop(self, grace: float = GRACE_S) -> None:
        """Stop in order: health says no, streams end, calls under way are answered, the open group is finished.

        Takes at most ``grace`` seconds for calls under way, and a little to carry away the last answers. A commit
        that takes longer is given up: nobody was told that it holds.
        """
        until_s = asyncio.get_running_loop().time() + grace
        await self._health.enter_graceful_shutdown()
        self._opening.stop()
        self.owner.drain()
        self.center.close()
        server, self._grpc = self._grpc, None
        if server is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.center.quiet(), grace)
            await server.stop(min(FLUSH_S, grace) or None)  # once: grpc.aio does not bear being stopped twice
        await self.owner.stop(max(FLUSH_S, until_s - asyncio.get_running_loop().time()))
        await self._close_page()
        self.center.pulse.stop()

    async def __aenter__(self) -> Self:
        """Start on a free port of the loopback."""
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop without waiting long."""
        await self.stop(1.0)


async def serve(
    center: CenterConfig,
    *,
    data: Path | None = None,
    snapshot_every: int = SNAPSHOT_EVERY,
    host: str = "127.0.0.1",
    port: int = 50051,
    metrics_port: int | None = 9464,
    speed: float = 1.0,
    log_ids: bool = False,
    tracing: Tracing | None = None,
    ready: Callable[[int, int | None], None] | None = None,
) -> None:
    """Serve a center until SIGTERM or SIGINT, then stop in order; a second signal ends the process at once.

    Args:
        center: the center, as read from its YAML.
        data: the directory of its journal; None: volatile, nothing is kept when the process ends.
        snapshot_every: commands between two snapshots of the journal.
        host: the address to listen on; only this machine can reach the default.
        port: the port for gRPC, 0 for a free one.
        metrics_port: the port of the Prometheus page, 0 for a free one, None for none.
        speed: how much faster than real time the service's clock runs.
        log_ids: whether the log may name interactions, agents and callers' addresses as callers gave them.
        tracing: makes spans of calls; none by default.
        ready: called with both ports when calls are answered.

    Raises:
        ListenError: a port cannot be had; it is an OSError.
        JournalError: the journal cannot be opened, or the center's file does not fit what is in it.
        Unavailable: a commit has failed and the server had to stop.
    """
    if data is None:
        event(log, logging.INFO, "volatile", center=center.center)
        clock = SystemClock(speed)
        router = Router.from_center(center, clock=clock.now_ns)
        await _serve(center, router, clock, None, None, host, port, metrics_port, log_ids, tracing, ready)
        return
    durable = open_center(data, center, time.time_ns())
    _tell_how_it_came_back(center.center, durable)
    committer = JournalCommitter(durable.journal, durable.epoch, durable.core)
    keeper = Keeper(committer, data, every=snapshot_every, since=durable.recovery.commands)
    clock = SystemClock(speed, least_ns=durable.core.center().now_ns)
    source = JournalSource(center.center, committer, durable.recovery, keeper)
    try:
        await _serve(center, durable.core, clock, committer, source, host, port, metrics_port, log_ids, tracing, ready)
    finally:
        await keeper.stop(FLUSH_S)
        committer.close(CLOSE_S)


def _tell_how_it_came_back(center: str, durable: Opened) -> None:
    facts = durable.recovery
    if facts.torn_frames:
        event(log, logging.WARNING, "torn_write", center=center, torn_frames=facts.torn_frames)
    for _why in facts.passed_over:
        event(log, logging.ERROR, "snapshot_passed_over", center=center)
    event(
        log,
        logging.INFO,
        "recovered",
        center=center,
        data=durable.place,
        position=durable.replica.position,
        groups=facts.groups,
        commands=facts.commands,
        duration_s=facts.duration_s,
    )


async def _serve(
    center: CenterConfig,
    router: Router | Core,
    clock: SystemClock,
    committer: JournalCommitter | None,
    source: Source | None,
    host: str,
    port: int,
    metrics_port: int | None,
    log_ids: bool,
    tracing: Tracing | None,
    ready: Callable[[int, int | None], None] | None,
) -> None:
    from ..config.hours import queue_hours  # whoever has a center's configuration has what reads it

    server = Server(
        router,
        clock=clock,
        center_name=center.center,
        committer=committer,
        sources=() if source is None else (source,),
        hours=queue_hours(center),
        log_ids=log_ids,
        tracing=tracing,
        groups=center.groups(),
    )
    loop = asyncio.get_running_loop()
    told = asyncio.Event()

    def on_signal(number: int) -> None:
        event(log, logging.INFO, "stopping", center=center.center, signal=signal.Signals(number).name)
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(one)
            signal.signal(one, signal.SIG_DFL)  # the second one ends the process at once
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    await server.start(port, host=host, metrics_port=metrics_port)
    page = None if server.metrics_port is None else address(host, server.metrics_port)
    where: dict[str, Any] = {"address": address(host, server.port), "metrics_address": page}
    event(log, logging.INFO, "serving", center=center.center, **where, version=__version__)
    if ready is not None:
        ready(server.port, server.metrics_port)
    waits = [asyncio.ensure_future(event.wait()) for event in (told, server.failed)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    await server.stop(0.0 if server.failed.is_set() else GRACE_S)
    event(log, logging.INFO, "stopped", center=center.center)
    if server.failed.is_set():
        raise Unavailable("a commit has failed, the server had to stop", reason=DoorReason.COMMIT_FAILED)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's event loop where it can be had, None for asyncio's own: for ``asyncio.Runner``."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def run_server(center: CenterConfig, **options: Any) -> None:
    """Run :func:`serve` with the fastest event loop that can be had."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve(center, **options))
