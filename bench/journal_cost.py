"""What the journal costs: one server with a journal and one without, the same calls, turn about.

    python -m acdcore.bench.journal_cost

Every client sends an interaction in, waits for the answer, cancels it, waits for that answer, and so on: all of it
is work that has to be on disk before it is answered. Servers and clients share this machine. Rounds of the two
servers take turns, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Annotated, Final

import typer

from acdcore import Client
from acdcore.rpc.server import loop_factory

from ..cli.values import Sizes, number_value, sizes_value
from ..cli.wording import by_default
from ..sim.outcome import quantile
from .command_line import run
from .demo.server import DemoServer
from .surroundings import machine

CENTER: Final = """\
center: journal-cost
settings: {max_interactions: 1000000}
skills: [any]
tiers: {standard: {}}
queues:
  calls: {target: 20s, plan: [{requires: {any: 1}}]}
agents:
  nobody: {skills: {any: 5}}
"""
CONNECTIONS: Final = 20
"""At most; more clients share them, as programs that call a server do."""
SIDES: Final = ("volatile", "journal")
COUNTS: Final = (1, 10, 100, 1_000)
"""Of clients."""


@dataclass
class Cell:
    """One number of clients at one server: calls a second and times of calls, round by round."""

    rates: list[float] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)

    def quantile_ms(self, share: float) -> float:
        """Return a quantile of the times of calls, in milliseconds."""
        return 1000 * quantile(self.times_s, share)


async def measure(target: str, clients: int, seconds: float) -> tuple[float, list[float]]:
    """Drive a server for a while; return calls a second, and how long each call took in seconds."""
    times: list[float] = []
    async with AsyncExitStack() as stack:
        links = [
            await stack.enter_async_context(Client(target, timeout=timedelta(seconds=60)))
            for _ in range(min(clients, CONNECTIONS))
        ]
        for link in links:
            await link.wait_until_ready(timedelta(seconds=30))
        began_s = time.perf_counter()
        end_s = began_s + seconds

        async def client(number: int) -> None:
            link = links[number % len(links)]
            while (now_s := time.perf_counter()) < end_s:
                call = await link.enqueue("calls")
                then_s = time.perf_counter()
                await link.cancel(call.interaction_id)
                times.append(then_s - now_s)
                times.append(time.perf_counter() - then_s)

        await asyncio.gather(*(client(number) for number in range(clients)))
        return len(times) / (time.perf_counter() - began_s), times


def compared(counts: Sequence[int], rounds: int, seconds: float, folder: Path) -> dict[tuple[int, str], Cell]:
    """Measure every number of clients at both servers; return what was found by (clients, side)."""
    cells = {(clients, side): Cell() for clients in counts for side in SIDES}
    with (
        DemoServer(CENTER, 1.0) as volatile,
        DemoServer(CENTER, 1.0, data=folder / "journal") as journal,
        asyncio.Runner(loop_factory=loop_factory()) as runner,
    ):
        targets = {"volatile": volatile.target, "journal": journal.target}
        for target in targets.values():
            runner.run(measure(target, 10, min(1.0, seconds)))  # warm
        for turn in range(rounds):
            for clients in counts:
                for side in SIDES if turn % 2 == 0 else reversed(SIDES):
                    rate, times_s = runner.run(measure(targets[side], clients, seconds))
                    cells[clients, side].rates.append(rate)
                    cells[clients, side].times_s += times_s
    return cells


def flush_ms(folder: Path) -> float:
    """Return how long a flush of 4 KiB takes on this disk: the median of 200, in milliseconds."""
    took_s = []
    with (folder / "flush").open("wb") as file:
        for _ in range(200):
            file.write(b"x" * 4096)
            file.flush()
            began_s = time.perf_counter()
            os.fsync(file.fileno())
            took_s.append(time.perf_counter() - began_s)
    return 1000 * median(took_s)


def report(cells: dict[tuple[int, str], Cell], flush: float) -> str:
    """Return it as a table."""
    here = machine()
    lines = [
        f"{here['cpu']}, {here['cores']} cores, Python {platform.python_version()}; a flush takes {flush:.2f} ms",
        "",
        "          calls a second             p50, p99 of a call, ms",
        "clients  volatile   journal  ratio      volatile       journal",
    ]
    for clients in dict.fromkeys(number for number, _ in cells):
        without, kept = (cells[clients, side] for side in SIDES)
        ratio = median(kept.rates) / median(without.rates)
        times = [f"{one.quantile_ms(0.5):.1f}, {one.quantile_ms(0.99):.1f}" for one in (without, kept)]
        lines.append(
            f"{clients:>7,}  {median(without.rates):>8,.0f}  {median(kept.rates):>8,.0f}  {ratio:>5.2f}"
            f"  {times[0]:>12}  {times[1]:>12}"
        )
    lines += ["", "medians of rounds that take turns; ratio: journal / volatile"]
    return "\n".join(lines)


def main(
    clients: Annotated[
        Sizes | None,
        typer.Option(
            metavar="N,...", parser=sizes_value(1, 100_000),
            help=by_default("How many clients at once.", ",".join(map(str, COUNTS))),
        ),
    ] = None,
    rounds: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 1, 1_000), help="Rounds of each.")
    ] = 5,
    seconds: Annotated[
        float, typer.Option(metavar="SECONDS", parser=number_value(float, 0.1, 600), help="How long a round is.")
    ] = 4.0,
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", exists=True, file_okay=False, writable=True, show_default=False,
            help="Where the journal is kept, in a new folder that goes away again.",
        ),
    ] = None,
) -> None:  # fmt: skip
    """Compare a server that keeps a journal with one that does not, turn about."""
    with tempfile.TemporaryDirectory(prefix="acdcore-journal-", dir=folder) as name:
        flush = flush_ms(Path(name))
        print(report(compared(clients.values if clients else COUNTS, rounds, seconds, Path(name)), flush))


if __name__ == "__main__":
    run(main)
