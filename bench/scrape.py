"""What a scrape takes of the router's time.

    python -m acdcore.bench.scrape

A server in this process, with its event loop in the main thread and its page in another, as always. Queues of three
tiers each have been used, agents are signed in, some work, many wait. The page is asked again and again over HTTP while
a timer of the loop, due every millisecond, says how late it comes: with the page and without, as the machine itself
makes it wait, too. Times of the router's thread are what the server says of itself (``acdcore_scrape_seconds``).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import Annotated, Final

import typer

from ..cli.output import Exit, fail, plain
from ..cli.values import number_value
from ..embedded import Router
from ..errors import AcdError
from ..metrics.page import MetricsServer
from ..rpc.server import Server, loop_factory
from ..sim.outcome import quantile
from .command_line import run
from .surroundings import machine
from .terminal import results, say

TIERS: Final = ("gold", "silver", "bronze")
SKILLS: Final = 40
SHARES: Final = (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
FIGURES: Final = ("acdcore_scrape_seconds", "acdcore_scrape_longest_turn_seconds")


def center(queues: int, agents: int, groups: int) -> Router:
    """Return a center whose every queue and tier has been used; every fourth agent is signed in."""
    router = Router(clock=time.time_ns)
    for tier in TIERS:
        router.define_tier(tier)
    for skill in range(SKILLS):
        router.define_skill(f"skill-{skill}")
    for number in range(queues):
        target = timedelta(seconds=20 + number % 20)  # not all of them among the usual edges
        router.define_queue(f"queue-{number}", requires={f"skill-{number % SKILLS}": 1 + number % 5}, target=target)
    for number in range(agents):
        group = number % groups
        skills = {f"skill-{(group + more * 7) % SKILLS}": 1 + (group // SKILLS) % 10 for more in range(3)}
        router.define_agent(f"agent-{number}", skills=skills)
    for number in range(3 * queues):
        router.enqueue(f"queue-{number % queues}", f"first-{number}", tier=TIERS[number // queues])
    for number in range(0, agents, 4):
        router.sign_in(f"agent-{number}")
        if number % 8 == 0 and (offers := router.agent(f"agent-{number}").offers):
            router.accept(offers[0].offer_id)
    for number in range(10 * queues):
        whose = f"agent-{number % agents}" if number % 10 == 0 else ""
        router.enqueue(
            f"queue-{number % queues}", f"call-{number}", tier=TIERS[number % 3], agent=whose, direct=bool(whose)
        )
    return router


@dataclass(slots=True)
class Measured:
    """What was measured of some scrapes."""

    router_s: list[float] = field(default_factory=list)
    longest_turn_s: list[float] = field(default_factory=list)
    whole_s: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    alone_late_s: list[float] = field(default_factory=list)
    series: int = 0
    size: int = 0


async def lateness(into: list[float], until: asyncio.Event) -> None:
    """Note how late a timer of a millisecond comes, until told to stop."""
    while not until.is_set():
        due = time.perf_counter() + 0.001
        await asyncio.sleep(0.001)
        into.append(max(0.0, time.perf_counter() - due))


CHILD: Final = r"""
import json, re, sys, time, urllib.request
for url in sys.stdin:
    begin = time.perf_counter()
    with urllib.request.urlopen(url.strip(), timeout=60) as answer:
        text = answer.read().decode()
    whole_s = time.perf_counter() - begin
    found = [float(re.search(rf"^{name}{{.*}} (\S+)$", text, re.MULTILINE)[1]) for name in sys.argv[1:]]
    series = sum(line.startswith("acdcore_") for line in text.splitlines())
    print(json.dumps([*found, whole_s, series, len(text)]), flush=True)
"""
"""Reads a page as Prometheus would: in another process."""


class Reader:
    """A process that reads pages. It is started before gRPC is, which dislikes processes that are made later."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        assert child.stdin is not None
        assert child.stdout is not None
        self._child, self._in, self._out = child, child.stdin, child.stdout

    @classmethod
    async def start(cls) -> Reader:
        """Start it."""
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD, *FIGURES, stdin=pipe, stdout=pipe)
        return cls(child)

    async def read(self, port: int) -> tuple[float, float, float, int, int]:
        """Scrape once; return times of the router's thread, its longest turn and the whole, series, and size."""
        self._in.write(f"http://127.0.0.1:{port}/metrics\n".encode())
        router_s, longest_turn_s, whole_s, series, size = json.loads(await self._out.readline())
        return router_s, longest_turn_s, whole_s, series, size

    async def stop(self) -> None:
        """End it."""
        self._in.close()
        await self._child.wait()


async def measure(router: Router, scrapes: int) -> Measured:
    """Scrape a server of this center again and again."""
    found = Measured()
    reader = await Reader.start()
    server = Server(router, center_name="bench")
    await server.start()
    page = MetricsServer(server.center, host="127.0.0.1", port=0)

    await reader.read(page.port)  # names are learnt
    for into, is_scraped in ((found.alone_late_s, False), (found.late_s, True)):
        stop = asyncio.Event()
        ticking = asyncio.ensure_future(lateness(into, stop))
        for _ in range(scrapes):
            await asyncio.sleep(0.5)
            if is_scraped:
                router_s, longest_turn_s, whole_s, found.series, found.size = await reader.read(page.port)
                found.router_s.append(router_s)
                found.longest_turn_s.append(longest_turn_s)
                found.whole_s.append(whole_s)
        stop.set()
        await ticking
    await page.stop()
    await server.stop(1.0)
    await reader.stop()
    return found


def rows(found: Measured) -> list[tuple[str, str, str]]:
    """Return lines of (what, median, largest), in milliseconds."""
    lines = [
        ("the router's thread, a scrape", found.router_s),
        ("its longest turn", found.longest_turn_s),
        ("the whole page over HTTP", found.whole_s),
    ]
    return [(what, f"{median(values) * 1e3:,.2f} ms", f"{max(values) * 1e3:,.2f} ms") for what, values in lines]


def main(
    queues: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 1), help="How many queues, each with three tiers.")
    ] = 1_000,
    agents: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 1), help="How many agents; a quarter is signed in.")
    ] = 10_000,
    groups: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 1), help="How many sets of skills agents have.")
    ] = 400,
    scrapes: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 1), help="How often, one after the other.")
    ] = 20,
) -> None:
    """Measure what a scrape of the metrics takes of the router's time."""
    try:
        router = center(queues, agents, groups)
    except AcdError as error:
        fail(Exit.USAGE, plain(error))
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        found = runner.run(measure(router, scrapes))
    to, on = results(), machine()
    say(to, f"{queues:,} queues of 3 tiers, {agents:,} agents, {scrapes} scrapes; {on['cpu']}")
    say(to, f"{found.series:,} series, {found.size / 1e6:.1f} MB")
    for what, middle, largest in rows(found):
        say(to, f"  {what:30} median {middle:>10}, largest {largest:>10}")
    for what, values in (("without scrapes", found.alone_late_s), ("while scraped", found.late_s)):
        parts = [f"{name} {quantile(values, share) * 1e3:,.2f} ms" for name, share in SHARES]
        say(to, f"  a timer is late, {what:16} {', '.join(parts)}")


if __name__ == "__main__":
    run(main)
