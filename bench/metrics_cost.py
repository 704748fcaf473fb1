"""What metrics cost: servers with a page that is scraped each second, every 15 s, and one that has none.

    python -m acdcore.bench.metrics_cost

Three server processes with the same center take turns: in every round each of them is driven as fast as it goes for
some seconds, in an order drawn anew, while its page is scraped as it is to be and the others have nothing to do. So
whatever else the machine does falls on all alike, and each round gives a pair: with metrics / without.
"""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import json
import random
import time
import urllib.request
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from math import comb
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Final, cast

import grpc
import grpc.aio
import typer
from rich.console import Console
from rich.text import Text

from ..cli.values import file_value
from ..errors import AcdError
from ..rpc.client import Client
from ..rpc.server import loop_factory
from ..v1 import agent_service_pb2 as agents
from ..v1 import agent_service_pb2_grpc as agents_grpc
from ..v1 import common_pb2
from ..v1 import interaction_service_pb2 as interactions
from ..v1 import interaction_service_pb2_grpc as interactions_grpc
from .command_line import run
from .demo.server import DemoError, DemoServer
from .open_loop.report import load_before
from .page_block import check_block, put_block
from .process_use import process_use
from .surroundings import machine, versions
from .terminal import printed, put, results, say, with_progress

ARMS: Final = (("no metrics", 0.0), ("every 15 s", 15.0), ("each second", 1.0))
"""Each arm, and from one scrape of its page to the next in seconds; 0: it has no page."""
ALLOWED: Final = 0.03
SURE: Final = 0.95
TIERS: Final = ("standard", "vip")
CENTER: Final = """\
center: metrics-cost
tiers: {{standard: {{}}, vip: {{head_start: 30s, rank: 10}}}}
queues:
{queues}
agent_groups:
  agent: {{count: {agents}, skills: {{}}}}
"""
TIMEOUT_S: Final = 60.0
BROKEN: Final = 1
WRONG_USE: Final = 2
FAILED: Final = 4
BLOCK: Final = "python -m acdcore.bench.metrics_cost"


@dataclass(frozen=True)
class CostPlan:
    """``rounds`` of ``seconds`` for each arm, ``callers`` at once, at a center of so many ``queues`` and ``agents``."""

    rounds: int = 16
    seconds: float = 15.0
    callers: int = 32
    queues: int = 20
    agents: int = 64
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        bounds = (("rounds", 1, 1_000), ("seconds", 0.2, 600), ("callers", 1, 1_000), ("queues", 1, 1_000))
        for name, least, most in (*bounds, ("agents", 1, 10_000)):
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name}: {value:g}; allowed: {least:g} to {most:g}")

    def center_text(self) -> str:
        """Return the center's YAML: queues that everybody serves, each used by two tiers."""
        queues = "\n".join(f"  queue-{n + 1}: {{plan: [{{requires: {{}}}}]}}" for n in range(self.queues))
        return CENTER.format(queues=queues, agents=self.agents)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one arm did in one round. ``throughput``: interactions a second, from enqueue to completion.

    ``cpu_us``: the server's processor time for one of them, scrapes included; ``decision_us``: mean time inside the
    router for one command; ``scrape_ms``: mean time of a scrape, NaN when there was none.
    """

    throughput: float
    cpu_us: float
    decision_us: float
    scrapes: int
    scrape_ms: float


MEASURES: Final = (
    ("throughput", "interactions a second", 1.0),
    ("decision_us", "decision, µs", -1.0),
    ("cpu_us", "server's CPU, µs each", -1.0),
)
"""What is compared, what it is called, and whether more is better."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Of one measure and arm: the median, and that of the pairs' ratios to no metrics, with its interval."""

    arm: str
    measure: str
    middle: float
    ratio: float
    low: float
    high: float

    def within(self, better: float) -> bool | None:
        """Whether it is at most 3 % worse; None: the interval holds both."""
        worse = sorted((1.0 - self.low, 1.0 - self.high) if better > 0 else (self.low - 1.0, self.high - 1.0))
        if worse[1] <= ALLOWED:
            return True
        return False if worse[0] > ALLOWED else None


@dataclass
class MetricsCost:
    """All rounds: of each arm its turns, in order."""

    plan: CostPlan
    turns: dict[str, list[Turn]] = field(default_factory=lambda: {arm: [] for arm, _ in ARMS})
    page_bytes: int = 0
    page_samples: int = 0
    machine: dict[str, Any] = field(default_factory=machine)

    def compared(self, arm: str, measure: str) -> Compared:
        """Compare an arm with the one without metrics, round by round."""
        values = [getattr(turn, measure) for turn in self.turns[arm]]
        base = [getattr(turn, measure) for turn in self.turns[ARMS[0][0]]]
        ratios = sorted(value / other for value, other in zip(values, base, strict=True))
        low, high = interval_of_median(ratios)
        return Compared(arm, measure, median(values), median(ratios), low, high)

    @property
    def exceeded(self) -> list[Compared]:
        """Throughput and decisions that are surely more than 3 % worse."""
        found = []
        for measure, _, better in MEASURES[:2]:
            rows = [self.compared(arm, measure) for arm, _ in ARMS[1:]]
            found += [row for row in rows if row.within(better) is False]
        return found


def interval_of_median(ordered: Sequence[float]) -> tuple[float, float]:
    """Return an interval that holds the median with at least 95 %, by ranks alone; with too few values, all of them."""
    count = len(ordered)
    outside, rank = 0.0, 0
    while rank < count // 2 and 2.0 * (outside + comb(count, rank) / 2.0**count) <= 1.0 - SURE:
        outside += comb(count, rank) / 2.0**count
        rank += 1
    low = max(0, rank - 1)
    return ordered[low], ordered[count - 1 - low]


class Floor:
    """Callers and agents of one server: everybody goes on as soon as the answer is there."""

    def __init__(self, plan: CostPlan, server: DemoServer) -> None:
        self._plan = plan
        self._server = server
        self._channel = grpc.aio.insecure_channel(server.target, options=(("grpc.use_local_subchannel_pool", 1),))
        self._calls = cast(
            "interactions_grpc.InteractionServiceAsyncStub", interactions_grpc.InteractionServiceStub(self._channel)
        )
        self._desks = cast("agents_grpc.AgentServiceAsyncStub", agents_grpc.AgentServiceStub(self._channel))
        self._done: dict[str, asyncio.Future[None]] = {}
        self._number = 0
        self._going = True
        self._tasks: set[asyncio.Task[None]] = set()
        self._streams: list[asyncio.Task[None]] = []
        self.client = Client(server.target, timeout=timedelta(seconds=TIMEOUT_S))

    async def open(self) -> None:
        """Sign everybody in and listen."""
        for n in range(self._plan.agents):
            name = f"agent-{n + 1}"
            presence = common_pb2.PRESENCE_AVAILABLE
            await self._desks.SignIn(agents.SignInRequest(agent=name, presence=presence), timeout=TIMEOUT_S)
            self._streams.append(asyncio.create_task(self._listen(name)))

    async def close(self) -> None:
        """Close the connections."""
        for stream in self._streams:
            stream.cancel()
        await asyncio.gather(*self._streams, return_exceptions=True)
        await self._channel.close()
        await self.client.close()

    async def _listen(self, name: str) -> None:
        async for update in self._desks.WatchOffers(agents.WatchOffersRequest(agent=name)):
            if update.HasField("offer_made"):
                offer = update.offer_made
                one = asyncio.create_task(self._serve(name, offer.offer_id, offer.interaction_id))
                self._tasks.add(one)
                one.add_done_callback(self._tasks.discard)

    async def _serve(self, agent: str, offer: str, interaction: str) -> None:
        try:
            accept = agents.AcceptOfferRequest(offer_id=offer, agent=agent, request_id=str(uuid.uuid4()))
            await self._desks.AcceptOffer(accept, timeout=TIMEOUT_S)
            complete = interactions.CompleteInteractionRequest(interaction_id=interaction, request_id=str(uuid.uuid4()))
            await self._calls.CompleteInteraction(complete, timeout=TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            self._done.pop(interaction).set_exception(error)
            return
        self._done.pop(interaction).set_result(None)

    async def _caller(self) -> None:
        while self._going:
            self._number += 1
            number = self._number
            name = f"call-{number}"
            done = self._done[name] = asyncio.get_running_loop().create_future()
            request = interactions.EnqueueInteractionRequest(
                queue=f"queue-{number % self._plan.queues + 1}",
                tier=TIERS[number % len(TIERS)],
                interaction_id=name,
                request_id=str(uuid.uuid4()),
            )
            await self._calls.EnqueueInteraction(request, timeout=TIMEOUT_S)
            await done

    async def drive(self, seconds: float, every_s: float) -> Turn:
        """Drive it as fast as it goes. Raises AioRpcError, OSError when a call or a scrape fails."""
        self._going = True
        before, use, first = await self.client.center_figures(), process_use(self._server.pid), self._number
        begun = time.perf_counter()
        callers = [asyncio.create_task(self._caller()) for _ in range(self._plan.callers)]
        took: list[float] = []
        scraping = asyncio.create_task(self._scrape(every_s, took))
        try:
            await asyncio.wait(callers, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
            self._going = False
            await asyncio.gather(*callers)
        finally:
            scraping.cancel()
            await asyncio.gather(scraping, return_exceptions=True)
        length = time.perf_counter() - begun
        used, after = process_use(self._server.pid), await self.client.center_figures()
        count = self._number - first
        commands = after.decision_latency.count - before.decision_latency.count
        inside_ns = after.decision_latency.sum_ns - before.decision_latency.sum_ns
        return Turn(
            throughput=count / length,
            cpu_us=(used.cpu_s - use.cpu_s) / count * 1e6,
            decision_us=inside_ns / commands / 1e3,
            scrapes=len(took),
            scrape_ms=1e3 * sum(took) / len(took) if took else float("nan"),
        )

    async def _scrape(self, every_s: float, took: list[float]) -> None:
        if not every_s:
            return
        await asyncio.sleep(min(every_s, self._plan.seconds) / 2)  # in the middle, as a scrape falls anywhere
        while True:
            begun = time.perf_counter()
            await asyncio.to_thread(fetch, self._server.metrics_url)
            took.append(time.perf_counter() - begun)
            await asyncio.sleep(max(0.0, every_s - took[-1]))


def fetch(url: str) -> bytes:
    """Return a page. Raises OSError."""
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
        page: bytes = answer.read()
    return page


async def measured(plan: CostPlan, servers: Sequence[DemoServer], tell: Callable[[str, int, int], None]) -> MetricsCost:
    """Drive the servers in turns, after a first round that is not counted."""
    floors = {arm: Floor(plan, server) for (arm, _), server in zip(ARMS, servers, strict=True)}
    every = dict(ARMS)
    result = MetricsCost(plan)
    draw = random.Random(plan.seed)
    try:
        for floor in floors.values():
            await floor.open()
        for number in range(plan.rounds + 1):
            for arm in draw.sample(list(floors), len(floors)):
                tell(
                    f"round {number} of {plan.rounds}, {arm}" if number else f"warming up, {arm}",
                    number,
                    plan.rounds + 1,
                )
                gc.collect()
                turn = await floors[arm].drive(plan.seconds if number else min(2.0, plan.seconds), every[arm])
                if number:
                    result.turns[arm].append(turn)
        page = (await asyncio.to_thread(fetch, servers[-1].metrics_url)).decode("utf-8")
        result.page_bytes = len(page)
        result.page_samples = sum(not line.startswith("#") for line in page.splitlines())
    finally:
        for floor in floors.values():
            await floor.close()
    return result


def measure(plan: CostPlan, tell: Callable[[str, int, int], None]) -> MetricsCost:
    """Start the servers and drive them. Raises DemoError, AcdError, AioRpcError or OSError."""
    with ExitStack() as stack:
        text = plan.center_text()
        servers = [stack.enter_context(DemoServer(text, 1.0, metrics=bool(every_s))) for _, every_s in ARMS]
        runner = stack.enter_context(asyncio.Runner(loop_factory=loop_factory()))
        return runner.run(measured(plan, servers, tell))


# ---------------------------------------------------------------------- what is shown


def show(result: MetricsCost, to: Console) -> None:
    """Print the table and what it comes to."""
    plan, on = result.plan, result.machine
    say(to, f"{on['cpu']}, {on['cores']} cores shared by servers and clients{load_before(on)}")
    pages = f"a page of {result.page_samples:,} samples, {result.page_bytes / 1024:,.0f} KiB"
    each = f"{plan.rounds} rounds of {plan.seconds:g} s for each, {plan.callers} callers without pause"
    say(to, f"{plan.queues} queues, {plan.agents} agents, {pages}; {each}")
    to.print()
    lines = [_line("scraped", "interactions a second", "decision, mean", "server's CPU, each"), "-" * 79]
    for arm, _ in ARMS:
        cells = [_cell(result.compared(arm, measure), base=arm == ARMS[0][0]) for measure, _, _ in MEASURES]
        lines.append(_line(arm, *(value for value, _ in cells)))
        if arm != ARMS[0][0]:
            lines.append(_line("", *(ratio for _, ratio in cells)))
    put(to, Text("\n".join(lines)))
    to.print()
    scrape = median([turn.scrape_ms for turn in result.turns[ARMS[-1][0]]] or [float("nan")])
    say(
        to,
        f"Medians; below them those of the ratios to no metrics, round by round, with their interval ({SURE:.0%}, by "
        f"ranks). decision: time inside the router for one command. A scrape took {scrape:.1f} ms beside the load.",
    )
    for measure, name, better in MEASURES[:2]:
        for arm, _ in ARMS[1:]:
            row = result.compared(arm, measure)
            verdict = {True: "within 3 %", False: "MORE THAN 3 % worse", None: "not sure: within 3 % or not"}
            say(to, f"{name}, scraped {arm}: {verdict[row.within(better)]}")


def _line(arm: str, *cells: str) -> str:
    return f"{arm:<11}{''.join(f' {cell:<22}' for cell in cells)}".rstrip()


def _cell(row: Compared, *, base: bool) -> tuple[str, str]:
    value = f"{row.middle:,.0f}" if row.measure == "throughput" else f"{row.middle:,.2f} µs"
    if row.measure == "cpu_us":
        value = f"{row.middle:,.0f} µs"
    if base:
        return value, ""
    percents = (100 * (one - 1) for one in (row.ratio, row.low, row.high))
    return value, "{:+.1f} % [{:+.1f}, {:+.1f}]".format(*percents)


def text_of(result: MetricsCost) -> str:
    """Return what is shown as text of at most 80 columns."""
    return printed(lambda to: show(result, to))


def as_json(result: MetricsCost) -> str:
    """Return every turn, on what, and what it comes to."""
    told = {
        "machine": result.machine,
        "versions": versions(),
        "plan": dataclasses.asdict(result.plan),
        "page_bytes": result.page_bytes,
        "page_samples": result.page_samples,
        "turns": {arm: [dataclasses.asdict(turn) for turn in turns] for arm, turns in result.turns.items()},
        "compared": [
            dataclasses.asdict(result.compared(arm, measure)) for measure, _, _ in MEASURES for arm, _ in ARMS[1:]
        ],
    }
    return json.dumps(told, indent=1).replace("NaN", "null") + "\n"


def main(
    rounds: Annotated[int, typer.Option(metavar="N", help="How often each server has its turn.")] = 16,
    seconds: Annotated[float, typer.Option(metavar="SECONDS", help="How long a turn is.")] = 15.0,
    callers: Annotated[int, typer.Option(metavar="N", help="How many callers at once.")] = 32,
    queues: Annotated[int, typer.Option(metavar="N", help="How many queues, each with two tiers.")] = 20,
    agents: Annotated[int, typer.Option(metavar="N", help="How many agents.")] = 64,
    seed: Annotated[int, typer.Option(metavar="N", help="The order of the turns.")] = 1,
    json: Annotated[Path | None, typer.Option(metavar="FILE", parser=file_value(), help="Write every turn.")] = None,
    page: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Put the table into docs/latency.md."),
    ] = None,
) -> None:
    """Compare servers whose page is scraped with one that has none: exit code 1 when that surely costs over 3 %."""
    err = Console(stderr=True, highlight=False)
    try:
        if page is not None:
            check_block(page, BLOCK)
        plan = CostPlan(rounds, seconds, callers, queues, agents, seed)
        result = with_progress(err, "metrics", f"{rounds} rounds", lambda tell: measure(plan, tell))
        if json is not None:
            json.write_text(as_json(result), encoding="utf-8")
        if page is not None:
            put_block(page, BLOCK, text_of(result))
    except ValueError as error:
        err.print(f"error: {error}", soft_wrap=True, markup=False)
        raise typer.Exit(WRONG_USE) from None
    except (AcdError, DemoError, OSError, grpc.aio.AioRpcError) as error:
        err.print(f"error: {error}", soft_wrap=True, markup=False)
        raise typer.Exit(FAILED) from None
    show(result, results())
    raise typer.Exit(BROKEN if result.exceeded else 0)


if __name__ == "__main__":
    run(main)
