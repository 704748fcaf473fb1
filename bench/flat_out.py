"""A server as fast as it goes: many callers, many agents, no think time; then the books must balance.

    python -m acdcore.bench.flat_out --interactions 100000 --agents 500

Starts a server process on loopback, drives it through gRPC from this process, and checks that nothing was
lost, nothing was assigned twice, that every look at the figures added up, and how the server's memory went.
Prints one table; exits with 1 when something does not hold. Rates depend on the machine, the checks do not.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Annotated, Final

import typer

from ..cli.values import number_value
from ..errors import AcdError, FailedPrecondition
from ..rpc.client import Client
from ..rpc.server import loop_factory
from ..sim.outcome import quantile
from .command_line import run
from .demo.server import DemoServer
from .process_use import process_use

CALLERS: Final = 48
ADVICE_EVERY: Final = 20
"""Every twentieth customer wants advice, which one agent in 250 can give: these customers wait."""
HANG_UP: Final = (40, 33)
"""Every so manieth customer hangs up as soon as the enqueue has been answered: waiting, ringing or served."""
BACKLOG_PER_AGENT: Final = 2
FLAT: Final = 1.10
"""Memory is flat when the end has at most this many times what the first third had."""
QUEUES: Final = ("loans", "stocks", "cards")
TIERS: Final = ("standard", "vip")

CENTER: Final = """\
center: flat-out
skills: [advice, loans, stocks]
tiers:
  standard: {{}}
  vip: {{head_start: 90s, rank: 10}}
queues:
  loans: {{target: 20s, plan: [{{requires: {{loans: 1}}}}]}}
  stocks: {{target: 10s, plan: [{{requires: {{stocks: 5}}}}], strategy: longest_idle}}
  advice: {{target: 60s, plan: [{{requires: {{advice: 1}}}}]}}
  cards: {{target: 30s, plan: [{{requires: {{}}}}]}}
agent_groups:
  broad: {{count: {broad}, prefix: broad, skills: {{loans: 5, stocks: 7}}}}
  narrow: {{count: {narrow}, prefix: narrow, skills: {{loans: 8}}}}
  expert: {{count: {expert}, prefix: expert, skills: {{advice: 9}}}}
"""


@dataclass
class FlatOutResult:
    """What a run found. ``rss_mib`` are the server's resident sizes in MiB, one for each hundredth of the run."""

    interactions: int
    agents: int
    seconds: float = 0.0
    calls: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    cancelled: set[str] = field(default_factory=set)
    looks: int = 0
    looks_that_did_not_add_up: int = 0
    server_completed: int = 0
    server_abandoned: int = 0
    server_open: int = 0
    rss_mib: list[float] = field(default_factory=list)
    enqueue_seconds: list[float] = field(default_factory=list)
    surprises: Counter[str] = field(default_factory=Counter)

    @property
    def calls_per_second(self) -> float:
        """Unary calls answered in a second of real time."""
        return self.calls / self.seconds

    @property
    def lost(self) -> int:
        """Interactions that nobody answered and that did not hang up before."""
        return self.interactions - len(self.answered.keys() | self.cancelled)

    @property
    def assigned_twice(self) -> int:
        """Interactions that more than one accept has got."""
        return sum(times > 1 for times in self.answered.values())

    @property
    def rss_first_third(self) -> float:
        """The largest resident size in the first third of the run, in MiB."""
        return max(self.rss_mib[: max(1, len(self.rss_mib) // 3)], default=0.0)

    @property
    def rss_end(self) -> float:
        """The resident size at the end, in MiB."""
        return self.rss_mib[-1] if self.rss_mib else 0.0

    @property
    def memory_flat(self) -> bool:
        """Whether the end has at most ``FLAT`` times the first third."""
        return self.rss_end <= self.rss_first_third * FLAT

    def enqueue_ms(self, share: float) -> float:
        """Return a quantile of the enqueue calls' round trips, in milliseconds."""
        return 1000 * quantile(self.enqueue_seconds, share)

    def problems(self) -> list[str]:
        """Return what does not hold, memory aside: that needs a long run."""
        found = []
        if self.lost:
            found.append(f"{self.lost} interactions were lost")
        if self.assigned_twice:
            found.append(f"{self.assigned_twice} interactions were assigned twice")
        if self.looks_that_did_not_add_up:
            found.append(f"{self.looks_that_did_not_add_up} of {self.looks} looks at the figures did not add up")
        if self.server_open:
            found.append(f"{self.server_open} interactions are still open")
        if self.server_completed + self.server_abandoned != self.interactions:
            found.append(f"{self.server_completed} completed + {self.server_abandoned} abandoned is another number")
        if self.surprises:
            found.append(f"unexpected errors: {dict(self.surprises)}")
        return found


class FlatOut:
    """One run: callers and agents, and what they saw."""

    def __init__(self, client: Client, pid: int, result: FlatOutResult) -> None:
        self._client = client
        self._pid = pid
        self.result = result
        self._numbers = count()
        self._open: set[str] = set()
        self._room = asyncio.Event()
        self._done = asyncio.Event()
        self._called = 0

    async def run(self) -> None:
        """Sign everybody in, let everybody call, wait until every interaction has ended."""
        names = agent_names(self.result.agents)
        agents = [asyncio.create_task(self._agent(name)) for name in names]
        try:
            begin = time.perf_counter()
            await asyncio.gather(*(self._caller() for _ in range(CALLERS)))
            await self._done.wait()
            self.result.seconds = time.perf_counter() - begin
            await self._look()
        finally:
            for agent in agents:
                agent.cancel()
            await asyncio.gather(*agents, return_exceptions=True)

    # ------------------------------------------------------------------ people

    async def _caller(self) -> None:
        limit = BACKLOG_PER_AGENT * self.result.agents
        hundredth = max(1, self.result.interactions // 100)
        while (number := next(self._numbers)) < self.result.interactions:
            while len(self._open) >= limit:
                self._room.clear()
                await self._room.wait()
            name = f"flat-out-{number}"
            self._open.add(name)
            begin = time.perf_counter()
            queue = "advice" if number % ADVICE_EVERY == 0 else QUEUES[number % len(QUEUES)]
            await self._client.enqueue(queue, interaction_id=name, tier=TIERS[number % 7 == 0])
            self.result.enqueue_seconds.append(time.perf_counter() - begin)
            self.result.calls += 1
            self._called += 1
            if any(number % every == 0 for every in HANG_UP):
                await self._hang_up(name)
            if number % hundredth == 0:
                await self._look()

    async def _hang_up(self, name: str) -> None:
        self.result.calls += 1
        try:
            await self._client.cancel(name)
        except FailedPrecondition as refusal:  # served to the end already
            if refusal.reason != "ALREADY_ENDED":
                self.result.surprises[refusal.reason] += 1
            return
        self.result.cancelled.add(name)
        self._ended(name)

    async def _agent(self, name: str) -> None:
        agent = self._client.agent(name)
        await agent.sign_in()
        self.result.calls += 1
        async for offer in agent.offers():
            self.result.calls += 1
            try:
                assignment = await offer.accept()
            except FailedPrecondition as refusal:  # the customer was faster
                if refusal.reason != "OFFER_REVOKED":
                    self.result.surprises[refusal.reason] += 1
                continue
            self.result.answered[offer.interaction_id] += 1
            self.result.calls += 1
            try:
                await assignment.complete()
            except FailedPrecondition as refusal:  # the customer hung up while being served
                if refusal.reason not in {"ALREADY_ENDED", "NOT_ASSIGNED"}:
                    self.result.surprises[refusal.reason] += 1
            except AcdError as refusal:
                self.result.surprises[refusal.reason] += 1
            self._ended(offer.interaction_id)

    def _ended(self, name: str) -> None:
        self._open.discard(name)
        self._room.set()
        if not self._open and self._called == self.result.interactions:
            self._done.set()

    # ------------------------------------------------------------------ books

    async def _look(self) -> None:
        """One look at the figures, which are of one moment: everything that came in is somewhere."""
        rows = await self._client.figures()
        self.result.calls += 1
        self.result.looks += 1
        entered = sum(row.enqueued for row in rows)
        still_open = sum(row.waiting + row.offered + row.active for row in rows)
        self.result.server_completed = sum(row.completed for row in rows)
        self.result.server_abandoned = sum(row.abandoned for row in rows)
        self.result.server_open = still_open
        if entered != still_open + self.result.server_completed + self.result.server_abandoned:
            self.result.looks_that_did_not_add_up += 1
        self.result.rss_mib.append(process_use(self._pid).rss_mib)


def groups(agents: int) -> dict[str, int]:
    """Return how many agents of each group there are: at least one who can do anything."""
    expert = max(1, agents // 250)
    broad = (agents - expert + 1) // 2
    return {"broad": broad, "narrow": agents - expert - broad, "expert": expert}


def agent_names(agents: int) -> list[str]:
    """Return the names of the center's agents."""
    return [f"{group}-{n + 1}" for group, size in groups(agents).items() for n in range(size)]


def center_text(agents: int) -> str:
    """Return a center with that many agents, at least 3."""
    return CENTER.format(**groups(agents))


async def _drive(target: str, pid: int, result: FlatOutResult) -> None:
    async with Client(target, timeout=timedelta(seconds=60)) as client:
        await client.wait_until_ready(timedelta(seconds=30))
        await FlatOut(client, pid, result).run()


def run_flat_out(interactions: int, agents: int) -> FlatOutResult:
    """Run everything against a server of its own and return what it found."""
    result = FlatOutResult(interactions, agents)
    with DemoServer(center_text(agents), 1.0) as server, asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_drive(server.target, server.pid, result))
    return result


def report(result: FlatOutResult) -> str:
    """Return a result as a table."""
    rows = {
        "interactions": f"{result.interactions:,}",
        "agents": f"{result.agents:,}",
        "seconds": f"{result.seconds:.1f}",
        "calls a second": f"{result.calls_per_second:,.0f}",
        "enqueue p50, p99": f"{result.enqueue_ms(0.5):.1f} ms, {result.enqueue_ms(0.99):.1f} ms",
        "answered by agents": f"{len(result.answered):,}",
        "completed, abandoned": f"{result.server_completed:,}, {result.server_abandoned:,}",
        "lost": f"{result.lost:,}",
        "assigned twice": f"{result.assigned_twice:,}",
        "looks that added up": f"{result.looks - result.looks_that_did_not_add_up:,} of {result.looks:,}",
        "server's memory": f"{result.rss_first_third:.1f} MiB in the first third, {result.rss_end:.1f} MiB at the end",
    }
    width = max(map(len, rows))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows.items())


def main(
    interactions: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 1), help="How many interactions.")
    ] = 100_000,
    agents: Annotated[int, typer.Option(metavar="N", parser=number_value(int, 3), help="How many agents.")] = 500,
) -> None:
    """Drive a server as fast as it goes, and check that its books balance.

    Exit code 1 when something was lost, assigned twice or does not add up; or,
    with 50000 interactions or more, when the server's memory grew.
    """
    result = run_flat_out(interactions, agents)
    print(report(result))
    problems = result.problems()
    if interactions >= 50_000 and not result.memory_flat:
        problems.append("the server's memory grew")
    print("\n".join(f"FAILED: {problem}" for problem in problems) or "everything adds up")
    raise typer.Exit(1 if problems else 0)


if __name__ == "__main__":
    run(main)
