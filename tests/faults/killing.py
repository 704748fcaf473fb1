"""Real servers, killed: ``python -m faults.killing --times 100`` in ``tests/``.

A server process with a journal is under load through gRPC; at random moments it gets SIGKILL and is started again on
the same directory. Whatever it had answered must be in its journal, an assignment must belong to one agent, and those
who wait for somebody who comes only in the end must then be served in the order in which they came.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from acdcore.commands import parsed_handle
from acdcore.errors import AcdError, DeadlineExceeded, Unavailable
from acdcore.journal.recovery import recover
from acdcore.journal.sqlite import SqliteJournal
from acdcore.router.codes import ENDS, Kind, OfferState
from acdcore.rpc.calls import refused
from acdcore.v1 import agent_service_pb2 as agents
from acdcore.v1 import interaction_service_pb2 as interactions

from .people import AgentDesk, Customer, Person
from .town import AGENTS, CENTER, QUEUES, Habits, Town, Wrong

M = TypeVar("M", bound=Message)
UP_LIMIT_S: Final = 60.0
END_LIMIT_S: Final = 120.0
LATE_EVERY_S: Final = 0.1
RECONNECT: Final = (
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
)


class Wire:
    """A real connection to wherever the server is, or will be again."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.channel = grpc.aio.insecure_channel(target, options=RECONNECT)

    async def call(self, method: str, request: Message, answer_type: type[M], timeout_s: float = 2.0) -> M:
        """Call a method; raises AcdError."""
        ask = self.channel.unary_unary(
            f"/acdcore.v1.{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer_type.FromString,
        )
        try:
            answer: M = await ask(request, timeout=timeout_s)
        except grpc.aio.AioRpcError as error:
            raise _meant(error, self._target) from None
        return answer

    async def stream(self, method: str, request: Message, answer_type: type[M]) -> AsyncIterator[M]:
        """Open a stream; raises AcdError when it ends."""
        call = self.channel.unary_stream(
            f"/acdcore.v1.{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer_type.FromString,
        )(request)
        try:
            async for update in call:
                yield update
        except grpc.aio.AioRpcError as error:
            raise _meant(error, self._target) from None
        finally:
            call.cancel()


def _meant(error: grpc.aio.AioRpcError, target: str) -> AcdError:
    """Return a refusal; whatever gRPC itself says of a connection that broke means that nothing is known."""
    meant = refused(error, target)
    known = isinstance(meant, Unavailable | DeadlineExceeded) or meant.reason
    return meant if known else Unavailable(str(error.details()), reason="BROKEN")


class LateComers(Person):
    """Customers for whom nobody is there until the end, one after the other."""

    def __init__(self, town: Town) -> None:
        super().__init__(town, "late")
        self.order: list[str] = []

    async def live(self, until_s: float) -> None:
        """Call one after the other."""
        while time.monotonic() < until_s:
            await asyncio.sleep(LATE_EVERY_S)
            name = f"late-{len(self.order)}"
            request = interactions.EnqueueInteractionRequest(
                request_id=self.request_id(), interaction_id=name, queue="late"
            )
            self.order.append(name)
            await self.surely("InteractionService/EnqueueInteraction", request, interactions.EnqueueInteractionResponse)


class Eve(AgentDesk):
    """Comes in the end and takes whoever is next."""

    def __init__(self, town: Town) -> None:
        super().__init__(town, "eve")
        self.served: list[str] = []

    async def serve(self, count: int) -> None:
        """Serve so many, one after the other."""
        while len(self.served) < count:
            await self._sign_in()  # nobody else renews her lease
            look = agents.GetAgentRequest(agent=self.name)
            for offer in (await self.surely("AgentService/GetAgent", look, agents.GetAgentResponse)).agent.offers:
                self.served.append(offer.interaction_id)
                accept = agents.AcceptOfferRequest(
                    request_id=self.request_id(), offer_id=offer.offer_id, agent=self.name
                )
                await self.surely("AgentService/AcceptOffer", accept, agents.AcceptOfferResponse)
                done = interactions.CompleteInteractionRequest(
                    request_id=self.request_id(), interaction_id=offer.interaction_id
                )
                await self.surely(
                    "InteractionService/CompleteInteraction", done, interactions.CompleteInteractionResponse
                )


class KilledTown(Town):
    """A town whose server is a process."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "journal"
        self.center = folder / "center.yaml"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.center.write_text(CENTER.replace("_interactions: 500", "_interactions: 50000"), "utf-8")
        self.wire = Wire(f"127.0.0.1:{self.port}")
        super().__init__(seed, Habits(arrivals_s=0.01, patience_s=1.0, talk_s=0.05, repeats=0.1), self.wire)
        self.rng = random.Random(seed)
        self.yes: list[Message] = []
        """What was acknowledged since the server was started."""
        self._process: asyncio.subprocess.Process | None = None
        self.recovery_s: list[float] = []

    def acknowledged(self, method: str, request: Message, answer: Any) -> None:
        """Note it, to look for it in the journal."""
        super().acknowledged(method, request, answer)
        self.yes.append(request)

    async def start(self) -> None:
        """Start a server and wait until it answers."""
        began_s = time.monotonic()
        with (self.folder / "server.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "acdcore.cli", "serve", str(self.center), "--data", str(self.data),
                "--port", str(self.port), "--no-metrics", "--snapshot-every", "2000", "--log-level", "warning",
                stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
        look = agents.GetAgentRequest(agent="anna")
        while True:
            try:
                await self.wire.call("AgentService/GetAgent", look, agents.GetAgentResponse)
            except (Unavailable, DeadlineExceeded):
                if self._process.returncode is not None or time.monotonic() - began_s > UP_LIMIT_S:
                    said = (self.folder / "server.log").read_text("utf-8", "replace")[-2000:]
                    raise Wrong(f"the server did not come up (exit code {self._process.returncode}): {said}") from None
                await asyncio.sleep(0.02)
            else:
                self.recovery_s.append(time.monotonic() - began_s)
                return

    async def end(self, by: signal.Signals) -> int:
        """Send the server a signal, wait for its end, and return its exit code."""
        assert self._process is not None
        self._process.send_signal(by)
        return await asyncio.wait_for(self._process.wait(), END_LIMIT_S)

    def look_into_journal(self) -> None:
        """Find everything that was acknowledged in what the journal leads to."""
        journal = SqliteJournal(self.data, readonly=True)
        try:
            core = recover(journal)[0].core
        finally:
            journal.close()
        for request in self.yes:
            if isinstance(request, agents.AcceptOfferRequest):
                offer = core.offer(parsed_handle("o", request.offer_id, "offer_id"))
                if offer is not None and offer.state not in (OfferState.ACCEPTED, OfferState.FAILED):
                    raise Wrong(f"{request.offer_id}: accepted, and now {OfferState(offer.state).name}")
                continue
            name = getattr(request, "interaction_id", "")
            if not name:
                continue
            found = core.interaction(core.find(Kind.INTERACTION, name.encode()))
            if found is None:
                raise Wrong(f"{type(request).__name__} of {name} was acknowledged, and it is not there")
            ends = interactions.CancelInteractionRequest | interactions.CompleteInteractionRequest
            if isinstance(request, ends) and found.state not in ENDS:
                raise Wrong(f"{name} was ended, and now is {found}")
        self.counts["looked for in the journal"] += len(self.yes)
        self.yes.clear()


async def _arrivals(town: KilledTown, stop: asyncio.Event) -> None:
    number = 0
    while not stop.is_set():
        await asyncio.sleep(town.rng.expovariate(1.0 / town.habits.arrivals_s))
        number += 1
        customer = Customer(town, f"call-{number}")
        town.spawn(customer.live(town.rng.choice(QUEUES), town.rng.choice(("vip", "standard"))))


async def kill(times: int, seed: int, folder: Path) -> KilledTown:
    """Kill a server so many times. Raises Wrong."""
    town = KilledTown(seed, folder)
    await town.start()
    for name in AGENTS:
        town.spawn(AgentDesk(town, name).live())
    stop = asyncio.Event()
    town.spawn(_arrivals(town, stop))
    late = LateComers(town)
    coming = town.spawn(late.live(float("inf")))
    for number in range(times):
        await town.some_time(town.rng.uniform(0.05, 1.0))
        await town.end(signal.SIGKILL)
        town.look_into_journal()
        town.counts["kills"] += 1
        await town.start()
        if sys.stderr.isatty():
            print(f"\r{number + 1} of {times} kills, {len(town.enqueued)} calls ", end="", file=sys.stderr, flush=True)
    stop.set()
    await town.some_time(1.0)
    coming.cancel()
    eve = Eve(town)
    known = [name for name in late.order if name in town.enqueued]
    await asyncio.wait_for(eve.serve(len(known)), END_LIMIT_S)
    order = [name for name in eve.served if name in town.enqueued]
    if order != known:
        raise Wrong(f"served in another order than they came: {order[:20]}, not {known[:20]}")
    town.empty()
    code = await town.end(signal.SIGTERM)
    if code != 0:
        raise Wrong(f"exit code {code} after SIGTERM")
    town.look_into_journal()
    town.counts["late comers served in order"] = len(order)
    await town.wire.channel.close()
    return town


def main(argv: list[str] | None = None) -> int:
    """Kill, and report."""
    parser = argparse.ArgumentParser(prog="killing", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--times", type=int, default=100, help="how often (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="of the people and the moments (default: 1)")
    asked = parser.parse_args(argv)
    print(f"seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="acdcore-kill-") as folder:
        town = asyncio.run(kill(asked.times, asked.seed, Path(folder)))
    for name, count in sorted(town.counts.items()):
        print(f"  {name:<34}{count:>12,}")
    times_s = sorted(town.recovery_s)
    print(f"from start to first answer: median {times_s[len(times_s) // 2]:.2f} s, longest {times_s[-1]:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
