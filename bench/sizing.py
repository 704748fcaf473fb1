"""What a server needs: its memory as agents are defined, interactions wait, and agents' clients connect.

    python -m acdcore.bench.sizing

Each step starts a server process of its own, from a center's YAML, as an operator would, and reads its resident size
and the processor's time that it took until it answered: neither depends much on what else the machine does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Annotated, Final

import grpc.aio
import typer

from ..cli.output import table
from ..cli.wording import FLAG
from ..rpc.client import Client
from ..rpc.server import loop_factory
from ..v1 import agent_service_pb2, agent_service_pb2_grpc
from .command_line import run
from .demo.server import DemoServer
from .process_use import process_use
from .terminal import put, results, say

AT_ONCE: Final = 100
"""Calls under way at a time."""
SKILLS: Final = 20
START_LIMIT_S: Final = 300.0
"""How long a large center's file may take to be read, on a machine that does much else."""


@dataclass(frozen=True, slots=True)
class Step:
    """A server to look at: how large its center is, how many interactions wait, how many agents' clients listen."""

    agents: int = 0
    queues: int = 0
    waiting: int = 0
    clients: int = 0

    @property
    def words(self) -> str:
        """What is in it, for the table."""
        found = [(self.agents, "agents"), (self.queues, "queues"), (self.waiting, "waiting"), (self.clients, "clients")]
        return ", ".join(f"{count:,} {what}" for count, what in found if count) or "nothing"


STEPS: Final = (
    Step(),
    Step(agents=1_000, queues=100),
    Step(agents=10_000, queues=100),
    Step(agents=10_000, queues=1_000),
    Step(agents=1_000, queues=100, waiting=10_000),
    Step(agents=1_000, queues=100, waiting=50_000),
    Step(agents=1_000, queues=100, clients=500),
    Step(agents=1_000, queues=100, clients=1_000),
)
"""What is measured: from one to the next of a kind grows one thing only."""


def center(agents: int, queues: int) -> str:
    """Return a center's YAML: agents who all have other levels of eight of 20 skills, queues that ask for one."""
    lines = ["center: sizing", f"skills: [{', '.join(f's{number}' for number in range(SKILLS))}]"]
    if queues:
        lines.append("queues:")
        lines += [f"  q{n}: {{target: 20s, plan: [{{requires: {{s{n % SKILLS}: 3}}}}]}}" for n in range(queues)]
    if agents:
        lines.append("agents:")
        for n in range(agents):
            skills = ", ".join(f"s{(n + k) % SKILLS}: {1 + (n // (SKILLS * 10**k)) % 10}" for k in range(8))
            lines.append(f"  a{n}: {{skills: {{{skills}}}}}")
    return "\n".join(lines) + "\n"


async def fill(target: str, waiting: int, queues: int) -> None:
    """Enqueue so many interactions, with ids of 36 letters, that nobody is there to serve."""
    async with Client(target) as client:
        for begin in range(0, waiting, AT_ONCE):
            some = range(begin, min(begin + AT_ONCE, waiting))
            await asyncio.gather(*(client.enqueue(f"q{n % queues}", interaction_id=f"{n:036d}") for n in some))


async def listen(stack: AsyncExitStack, target: str, clients: int) -> None:
    """Sign agents in, each over a connection of its own, and leave their streams of offers open."""
    for number in range(clients):
        options = [("grpc.use_local_subchannel_pool", 1)]  # else all of one process share a connection
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(target, options=options))
        stub = agent_service_pb2_grpc.AgentServiceStub(channel)
        await stub.SignIn(agent_service_pb2.SignInRequest(agent=f"a{number}"))
        stream = stub.WatchOffers(agent_service_pb2.WatchOffersRequest(agent=f"a{number}"))
        await stream.read()
        stack.callback(stream.cancel)


async def measured(step: Step) -> tuple[float, float]:
    """Return the processor's seconds until a server answers, and its resident MiB when everything is in it."""
    with DemoServer(center(step.agents, step.queues), 1.0, start_limit_s=START_LIMIT_S) as server:
        seconds = process_use(server.pid).cpu_s
        await fill(server.target, step.waiting, step.queues)
        async with AsyncExitStack() as stack:
            await listen(stack, server.target, step.clients)
            return seconds, process_use(server.pid).rss_mib


async def measured_steps(steps: Sequence[Step]) -> list[tuple[str, str, str]]:
    """Measure the steps, one after the other, and return the table's rows."""
    rows = []
    for step in steps:
        seconds, size = await measured(step)
        rows.append((step.words, f"{size:,.0f} MiB", f"{seconds:.1f} s"))
    return rows


def main(
    quick: Annotated[bool, typer.Option("--quick", metavar=FLAG, help="Only the first two steps.")] = False,
) -> None:
    """Measure what a server needs: its memory, and processor time to start."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        rows = runner.run(measured_steps(STEPS[:2] if quick else STEPS))
    to = results()
    say(to, "What a server needs")
    say(to)
    put(to, table([("in it", "left"), ("memory", "right"), ("CPU to start", "right")], rows))
    say(to)
    say(to, "clients: agents signed in, each with a connection and a stream of its own.")
    say(to, "CPU to start: processor time until the first answer.")


if __name__ == "__main__":
    run(main)
