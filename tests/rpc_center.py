"""A small center behind a real gRPC server inside the test's own process, with time standing still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import grpc
import grpc.aio
from google.rpc import error_details_pb2, status_pb2

from acdcore.commands import Core
from acdcore.embedded import Router
from acdcore.model import MoveTo
from acdcore.router.codes import Overflow
from acdcore.rpc.client import Client
from acdcore.rpc.clock import ManualClock
from acdcore.rpc.codec import DETAILS_KEY
from acdcore.rpc.server import Server

START_NS = 1_800_000_000 * 10**9
"""Where time stands when a test begins: 2027-01-15."""
SECOND_NS = 10**9


def small_center(core: Core | None = None, *, lease: timedelta | None = None, wrap_up_s: int = 30) -> Router:
    """A router with two queues, two tiers, anna (stocks and loans), ben (loans) and carla (nothing)."""
    router = Router(clock=lambda: START_NS, core=core)
    if lease is not None:
        router.configure(lease=lease)
    for skill in ("stocks", "loans"):
        router.define_skill(skill)
    router.define_reason("lunch")
    router.define_tier("vip", head_start=timedelta(seconds=90), rank=10)
    router.define_tier("standard")
    wrap_up = timedelta(seconds=wrap_up_s)
    router.define_queue("stocks", requires={"stocks": 5}, target=timedelta(seconds=10), wrap_up=wrap_up)
    router.define_queue("loans", requires={"loans": 1}, max_waiting=3)
    router.define_agent("anna", skills={"stocks": 7, "loans": 3})
    router.define_agent("ben", skills={"loans": 9})
    router.define_agent("carla")
    return router


def blended_center(core: Core | None = None) -> Router:
    """The small center with chats and lines that send on, ring at several, answer by themselves, or keep hours.

    Chats cost 40 units, two at once; dora and emil take both channels, frida voice only. ``front`` is full with one
    and moves to ``back``; ``hunt`` rings at two; ``auto`` accepts for its agents; ``night`` refuses when closed.
    """
    router = small_center(core)
    router.define_channel("chat", cost=40, most_at_once=2)
    router.define_skill("german")
    for name, skills, channels in (
        ("dora", {"german": 8, "loans": 2}, {}),
        ("emil", {"german": 4}, {}),
        ("frida", {"loans": 5}, {"chat": 0}),
    ):
        router.define_agent(name, skills=skills, channels=channels)
    anybody = {"german": 1}
    router.define_queue("back", requires=anybody, target=timedelta(minutes=1))
    router.define_queue("front", requires=anybody, max_waiting=1, on_full=MoveTo("back"))
    router.define_queue("chats", requires=anybody, channel="chat", target=timedelta(minutes=2))
    router.define_queue("hunt", requires=anybody, shared_offers=2)
    router.define_queue("auto", requires=anybody, auto_accept=True, wrap_up=timedelta(0))
    router.define_queue("night", requires=anybody, on_closed=Overflow.REJECT, max_wait=timedelta(minutes=5))
    return router


class Running:
    """A running server, its time, and a client."""

    def __init__(self, server: Server, clock: ManualClock, client: Client, channel: grpc.aio.Channel) -> None:
        self.server = server
        self.clock = clock
        self.client = client
        self.channel = channel

    @property
    def target(self) -> str:
        """Where the server listens."""
        return f"127.0.0.1:{self.server.port}"

    async def raw(self, method: str, data: bytes, timeout: float = 60.0) -> bytes:  # noqa: ASYNC109
        """Call a method with the bytes of a request and return the bytes of its answer."""
        call = self.channel.unary_unary(f"/acdcore.v1.{method}")
        answer: bytes = await call(data, timeout=timeout)
        return answer


@asynccontextmanager
async def running(
    router: Router | Core | None = None, *, start_ns: int = START_NS, **options: Any
) -> AsyncIterator[Running]:
    """Run a server of the small center (or of another) until the block ends."""
    clock = ManualClock(start_ns)
    server = Server(small_center() if router is None else router, clock=clock, center_name="bank", **options)
    await server.start()
    target = f"127.0.0.1:{server.port}"
    try:
        # a window that does not grow: what a client that reads nothing leaves behind is felt by the server soon
        window = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 65_536)]
        async with (
            Client(target, timeout=timedelta(minutes=1)) as client,
            grpc.aio.insecure_channel(target, options=window) as channel,
        ):
            yield Running(server, clock, client, channel)
    finally:
        await server.stop(1.0)


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop run until something holds; the test's own limit ends it when it never does."""
    while not holds():  # noqa: ASYNC110  what is waited for has no event of its own
        await asyncio.sleep(0.001)


class Refusal:
    """What came over the wire with a status that is not OK."""

    def __init__(self, error: grpc.aio.AioRpcError) -> None:
        self.code = error.code()
        self.message = error.details() or ""
        self.info = error_details_pb2.ErrorInfo()
        self.violations: list[str] = []
        self.retry_delay_s: float | None = None
        raw = dict(error.trailing_metadata() or ()).get(DETAILS_KEY)
        if isinstance(raw, bytes):
            for detail in status_pb2.Status.FromString(raw).details:
                if detail.Is(self.info.DESCRIPTOR):
                    detail.Unpack(self.info)
                elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
                    bad = error_details_pb2.BadRequest()
                    detail.Unpack(bad)
                    self.violations = [violation.field for violation in bad.field_violations]
                elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
                    retry = error_details_pb2.RetryInfo()
                    detail.Unpack(retry)
                    self.retry_delay_s = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9

    @property
    def field(self) -> str:
        """Path of the field at fault."""
        return str(self.info.metadata.get("field", ""))


async def refusal(call: Any) -> Refusal:
    """Await a call that must be refused and return how."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return Refusal(error)
    raise AssertionError("the call was answered, it should have been refused")
