"""One process that sends at planned times, whatever the answers do, and measures from those times.

Customers come at the moments of a schedule that every process knows; this one sends for its share of them and speaks
for its share of the agents, on the wire's own messages: decoding them further would take from the machine that the
server runs on, too. An agent accepts when the offer is heard, talks for as long as the schedule says, and completes.
"""

from __future__ import annotations

import asyncio
import gc
import random
import time
import uuid
from array import array
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Final, cast

import grpc
import grpc.aio

from ...rpc.server import loop_factory
from ...v1 import agent_service_pb2 as agents
from ...v1 import agent_service_pb2_grpc as agents_grpc
from ...v1 import common_pb2
from ...v1 import interaction_service_pb2 as interactions
from ...v1 import interaction_service_pb2_grpc as interactions_grpc
from ..process_use import process_use

LEGS: Final = ("enqueue", "offer", "accept", "complete", "late")
"""What is timed, in nanoseconds. ``enqueue``: from the planned moment to the answer; ``offer``: from the same moment
until the agent's stream brings the offer; ``accept``: from then to the answer; ``complete``: from the moment at which
the talk was planned to end to the answer; ``late``: from the planned moment until this process began to send."""
CONNECTIONS: Final = 4
"""So many connections the agents of one process share."""
CALL_LIMIT_S: Final = 120.0
NEAR_NS: Final = 1_500_000
"""So near to a planned moment the loop is no longer put to sleep: its timers are no finer than a millisecond."""


@dataclass(frozen=True)
class Step:
    """Customers at one rate. ``begin_ns``: the moment on the machine's monotonic clock from which the plan counts."""

    number: int
    rate: float
    count: int
    seed: int
    talk_s: float
    begin_ns: int = 0

    def schedule(self) -> list[tuple[int, int]]:
        """Return of each customer when it comes, after the begin, and how long it talks, in nanoseconds."""
        draw = random.Random(f"{self.seed}/{self.number}/{self.rate:g}")
        at_s, found = 0.0, []
        for _ in range(self.count):
            at_s += draw.expovariate(self.rate)
            found.append((int(at_s * 1e9), int(draw.expovariate(1.0 / self.talk_s) * 1e9)))
        return found

    def name(self, customer: int) -> str:
        """Return the interaction's id of a customer."""
        return f"step-{self.number}-{customer}"


@dataclass
class StepTold:
    """What one process did and saw in a step. ``surprises``: refusals and errors, of which there are to be none.

    ``last_ns``: when the last customer was done, had nobody talked.
    """

    times: dict[str, array[int]] = field(default_factory=lambda: {leg: array("q") for leg in LEGS})
    enqueued: int = 0
    waited: int = 0
    accepted: int = 0
    completed: list[str] = field(default_factory=list)
    surprises: Counter[str] = field(default_factory=Counter)
    cpu_s: float = 0.0
    last_ns: int = 0


@dataclass(frozen=True)
class Share:
    """Whom a process speaks for: every ``of``-th customer, and these agents."""

    target: str
    index: int
    of: int
    agents: tuple[str, ...]


class Driver:
    """The customers and agents of one process."""

    def __init__(self, share: Share) -> None:
        self._share = share
        options = (("grpc.use_local_subchannel_pool", 1),)
        self._channels = [grpc.aio.insecure_channel(share.target, options=options) for _ in range(1 + CONNECTIONS)]
        self._customers = cast(
            "interactions_grpc.InteractionServiceAsyncStub",
            interactions_grpc.InteractionServiceStub(self._channels[0]),
        )
        self._desks = [
            cast("agents_grpc.AgentServiceAsyncStub", agents_grpc.AgentServiceStub(channel))
            for channel in self._channels[1:]
        ]
        self._step: Step | None = None
        self._planned: list[tuple[int, int]] = []
        self._told = StepTold()
        self._running: set[asyncio.Task[None]] = set()
        self._pacing: asyncio.Task[None] | None = None
        self._streams: list[asyncio.Task[None]] = []
        self._cpu_s = 0.0

    async def open(self) -> None:
        """Sign the agents in and listen for their offers."""
        listening = asyncio.Semaphore(0)
        for n, name in enumerate(self._share.agents):
            desk = self._desks[n % len(self._desks)]
            await desk.SignIn(
                agents.SignInRequest(agent=name, presence=common_pb2.PRESENCE_AVAILABLE, request_id=str(uuid.uuid4())),
                timeout=CALL_LIMIT_S,
            )
            self._streams.append(asyncio.create_task(self._listen(desk, name, listening)))
        for _ in self._share.agents:
            await listening.acquire()

    def begin(self, step: Step) -> None:
        """Start to send at the step's planned times."""
        gc.collect()
        gc.freeze()
        gc.disable()  # a pause of this process would be taken for the server's
        self._step, self._planned, self._told = step, step.schedule(), StepTold()
        self._cpu_s = process_use().cpu_s
        self._pacing = asyncio.create_task(self._pace(step))

    async def finish(self) -> StepTold:
        """Return what was seen; everybody has to be out."""
        if self._pacing is not None:
            await self._pacing
        if self._running:
            await asyncio.wait(self._running, timeout=CALL_LIMIT_S)
        self._told.cpu_s = process_use().cpu_s - self._cpu_s
        gc.enable()
        return self._told

    async def close(self) -> None:
        """Close all connections."""
        for stream in self._streams:
            stream.cancel()
        await asyncio.gather(*self._streams, return_exceptions=True)
        for channel in self._channels:
            await channel.close()

    # ------------------------------------------------------------------ customers

    async def _pace(self, step: Step) -> None:
        for customer in range(self._share.index, step.count, self._share.of):
            planned_ns = step.begin_ns + self._planned[customer][0]
            while (ahead_ns := planned_ns - time.monotonic_ns()) > 0:  # noqa: ASYNC110  a moment, not an event
                await asyncio.sleep((ahead_ns - NEAR_NS) / 1e9 if ahead_ns > 2 * NEAR_NS else 0.0)
            self._send(self._come(step.name(customer), planned_ns))

    def _send(self, errand: Any) -> None:
        one: asyncio.Task[None] = asyncio.create_task(errand)
        self._running.add(one)
        one.add_done_callback(self._running.discard)

    async def _ask(self, operation: str, call: Awaitable[Any], leg: str, planned_ns: int) -> Any:
        """Await a call and time it; None, and counted, when it was refused."""
        try:
            answer = await call
        except grpc.aio.AioRpcError as error:
            self._told.surprises[f"{operation}: {error.code().name} {error.details()}"[:120]] += 1
            return None
        self._told.times[leg].append(time.monotonic_ns() - planned_ns)
        return answer

    async def _come(self, name: str, planned_ns: int) -> None:
        self._told.times["late"].append(time.monotonic_ns() - planned_ns)
        request = interactions.EnqueueInteractionRequest(
            queue="calls", interaction_id=name, request_id=str(uuid.uuid4())
        )
        call = self._customers.EnqueueInteraction(request, timeout=CALL_LIMIT_S)
        answer = await self._ask("enqueue", call, "enqueue", planned_ns)
        if answer is not None:
            self._told.enqueued += 1
            self._told.waited += answer.interaction.state == common_pb2.INTERACTION_STATE_WAITING

    # ------------------------------------------------------------------ agents

    async def _listen(self, desk: agents_grpc.AgentServiceAsyncStub, name: str, listening: asyncio.Semaphore) -> None:
        try:
            async for update in desk.WatchOffers(agents.WatchOffersRequest(agent=name)):
                if update.HasField("offer_made"):
                    offer = update.offer_made
                    self._send(self._answer(desk, name, offer.offer_id, offer.interaction_id, time.monotonic_ns()))
                elif update.HasField("snapshot"):
                    listening.release()
        except grpc.aio.AioRpcError as error:
            self._told.surprises[f"watch: {error.code().name} {error.details()}"[:120]] += 1

    async def _answer(
        self, desk: agents_grpc.AgentServiceAsyncStub, agent: str, offer: str, interaction: str, heard_ns: int
    ) -> None:
        _, number, customer = interaction.split("-")
        if self._step is None or int(number) != self._step.number:
            self._told.surprises["an offer of another step"] += 1
            return
        comes_ns, talk_ns = self._planned[int(customer)]
        self._told.times["offer"].append(heard_ns - self._step.begin_ns - comes_ns)
        accept = agents.AcceptOfferRequest(offer_id=offer, agent=agent, request_id=str(uuid.uuid4()))
        call = desk.AcceptOffer(accept, timeout=CALL_LIMIT_S)
        if await self._ask("accept", call, "accept", heard_ns) is None:
            return
        self._told.accepted += 1
        ends_ns = time.monotonic_ns() + talk_ns
        await asyncio.sleep(talk_ns / 1e9)
        complete = interactions.CompleteInteractionRequest(interaction_id=interaction, request_id=str(uuid.uuid4()))
        done = self._customers.CompleteInteraction(complete, timeout=CALL_LIMIT_S)
        if await self._ask("complete", done, "complete", ends_ns) is not None:
            self._told.completed.append(interaction)
            self._told.last_ns = max(self._told.last_ns, time.monotonic_ns() - talk_ns)


async def _serve(share: Share, pipe: Connection) -> None:
    driver = Driver(share)
    try:
        await driver.open()
        pipe.send("ready")
        while (order := await asyncio.to_thread(pipe.recv)) is not None:
            if isinstance(order, Step):
                driver.begin(order)
            else:
                pipe.send(await driver.finish())
    finally:
        await driver.close()


def drive(share: Share, pipe: Connection) -> None:
    """Run a driver in a process of its own: a Step begins one, "finish" asks what it saw, None ends it."""
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_serve(share, pipe))
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")
        raise
    except KeyboardInterrupt:
        pass  # the process that started this one says so
