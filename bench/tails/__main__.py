"""What single commands take, not in the mean but in the tail: which one is the longest, and what made it so.

    python -m acdcore.bench.tails                  # both jobs at every size: half a minute a size
    python -m acdcore.bench.tails --growth         # centers that grow from nothing to a million

Every command of a recorded stream is timed by itself through the C-level interface, in several replays, each in
a new process. *Own* is the least time of each command over all replays, as the command's work is the same in each of
them; *as seen* are all times; *machine* is what a loop of the same length meets that does nothing but read the
clock. By planned times, latency counts from when a command was to begin, so that a stall hits all who come behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from ..reference_job import Shape
from . import report
from .growth import GROWTHS
from .measure import JOBS, GrowthTails, LoadTails, growth_tails, load_tails
from .run import Replayed

SHAPES: Final = (
    Shape(100),
    Shape(1_000),
    Shape(10_000),
    Shape(1_000, waiting=10_000),
    Shape(1_000, waiting=100_000),
    Shape(1_000, waiting=1_000_000),
)
"""Growing agents, then growing waiting. The full law has no profiles: all agents differ."""
RATES: Final = (100_000, 1_000_000)
"""Commands a second, for latency from planned times."""


def show_loads(loads: Sequence[LoadTails]) -> None:
    """Print the tails of loads, and what the longest commands were."""
    to = report.console()
    columns = ("agents/waiting", "left"), ("", "left"), *report.TAIL_COLUMNS
    for job in dict.fromkeys(load.load for load in loads):
        rows: list[Sequence[str] | None] = []
        for load in loads:
            if load.load == job:
                name = f"{load.agents:,}/{load.waiting:,}"
                rows += [*report.replayed_rows(name, load.replayed, load.machine, load.planned), None]
        report.show(to, report.table(f"Single commands of the {job}", columns, rows))
    if loads:
        replays, name, own_ns = loads[0].replayed.replays, loads[0].clock, loads[0].clock_ns
        report.say(
            to,
            f"Own: the least of {replays} replays of each command. Machine: a loop of the median command's length that "
            f"does nothing. Clock: {name}; reading it twice takes {own_ns:.0f} ns, which is in every figure. By rate: "
            "from the planned time until done; own is computed from the least times, one server in turn.",
        )
    for load in loads:
        what = f"{load.load}, {load.agents:,} agents, {load.waiting:,} waiting"
        title = f"The longest: {what} (results {load.results})"
        show_worst(title, load.replayed)


def show_worst(title: str, replayed: Replayed, most: int = 6) -> None:
    """Print the longest commands of a run with what happened in each, and of which kind the slowest are."""
    to = report.console()
    columns = ("number", "right"), ("command", "left"), ("own", "right"), ("what happened in it", "left")
    rows = [(f"{one.number:,}", one.op, report.short_ns(one.own_ns), one.what()) for one in replayed.worst[:most]]
    report.show(to, report.table(title, columns, rows))
    kinds = ", ".join(
        f"{kind.share:.0%} {kind.op}" + (f" ({kind.due:.3g} timers each)" if kind.due else "")
        for kind in replayed.kinds
    )
    report.say(to, f"Of the slowest thousandth: {kinds}. Hash {replayed.hash}.")


def show_growths(growths: Sequence[GrowthTails]) -> None:
    """Print the tails of runs that grow, and which array's growth made the longest commands."""
    to = report.console()
    columns = ("grows", "left"), ("to", "right"), *report.TAIL_COLUMNS[1:]
    rows = [
        (growth.name, f"{growth.size:,}", *report.tail_cells(growth.replayed.own)[1:]) for growth in growths
    ]  # fmt: skip
    report.show(to, report.table("Centers that grow from nothing: single commands, own", columns, rows))
    for growth in growths:
        show_worst(f"{growth.name}: {growth.size:,} {growth.what}", growth.replayed)


def main(
    agents: Annotated[list[int] | None, typer.Option(help="Agents; with --waiting, one size instead of all.")] = None,
    waiting: Annotated[int, typer.Option(help="How many wait, with --agents.")] = 300,
    events: Annotated[int, typer.Option(min=1_000, help="Events measured.")] = 100_000,
    replays: Annotated[int, typer.Option(min=1, help="Replays of each stream.")] = 5,
    rate: Annotated[list[int] | None, typer.Option(help="Planned commands a second; 0: none.")] = None,
    growth: Annotated[bool, typer.Option("--growth", help="Measure centers that grow instead.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help='Only this: "reference", "full law"; or of the growths.')
    ] = None,
    size: Annotated[int, typer.Option(min=100, help="With --growth: to how many.")] = 1_000_000,
    json: Annotated[str, typer.Option(metavar="FILE", help="Write JSON to a file; - is standard output.")] = "",
) -> None:
    """Time every command by itself, and say what the longest ones were."""
    if growth:
        grown = []
        chosen = [one for one in GROWTHS if not only or one.name in only]
        with report.progress("growth", len(chosen)) as bar:
            for one in chosen:
                grown.append(growth_tails(one, size, replays))
                report.step(bar, one.name)
        if json:
            report.write_json(json, grown)
        if json != "-":
            show_growths(grown)
        return
    shapes = [Shape(number, waiting=waiting) for number in agents] if agents else SHAPES
    rates = [one for one in (RATES if rate is None else rate) if one > 0]
    jobs = [one for one in JOBS if not only or one in only]
    loads = []
    with report.progress("tails", len(shapes) * len(jobs)) as bar:
        for job in jobs:
            for shape in shapes:
                loads.append(load_tails(job, shape, events, replays, rates))
                report.step(bar, f"{job}: {shape}")
    if json:
        report.write_json(json, loads)
    if json != "-":
        show_loads(loads)


if __name__ == "__main__":
    typer.run(main)
