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
from rich.console import Console

from ...cli.output import err
from ...cli.values import Sizes, number_value, refuse_beside, sizes_value
from ...cli.wording import FLAG, by_default
from ..command_line import JsonFile, named, run
from ..compare.measure import planned
from ..reference_job import Shape
from ..terminal import Tell, put, results, say, table, with_progress
from .growth import GROWTHS, Growth
from .measure import JOBS, GrowthTails, LoadTails, growth_tails, load_tails
from .report import STDOUT, TAIL_COLUMNS, replayed_rows, short_ns, tail_cells, write_json
from .run import Kind, Replayed

SHAPES: Final = (
    Shape(100),
    Shape(1_000),
    Shape(10_000),
    Shape(1_000, waiting=10_000),
    Shape(1_000, waiting=100_000),
    Shape(1_000, waiting=1_000_000),
)
"""Growing agents, then growing waiting, unless other sizes are asked for."""
RATES: Final = (100_000, 1_000_000)
"""Commands a second, for latency from planned times."""
MOST: Final = 1_000_000
EVENTS: Final = 100_000
GROW_TO: Final = 1_000_000


def loads_of(jobs: Sequence[str], shapes: Sequence[Shape]) -> list[tuple[str, Shape]]:
    """Return which job is to be done of which shape. The full law has no profiles: all its agents differ."""
    return [(job, shape) for job in jobs for shape in shapes if job == JOBS[0] or not shape.profiles]


def show_loads(loads: Sequence[LoadTails], to: Console) -> None:
    """Print the tails of loads, and what the longest commands were."""
    for title in dict.fromkeys(map(title_of, loads)):
        drawn = table(title, "agents/waiting", "", *TAIL_COLUMNS, left=2)
        for load in loads:
            if title_of(load) == title:
                name = f"{load.agents:,}/{load.waiting:,}"
                for row in replayed_rows(name, load.replayed, load.machine, load.planned):
                    drawn.add_row(*row)
                drawn.add_section()
        put(to, drawn)
    if loads:
        replays, name, own_ns = loads[0].replayed.replays, loads[0].clock, loads[0].clock_ns
        say(
            to,
            f"Own: the least of {replays} replays of each command. Machine: a loop of the median command's length that "
            f"does nothing. Clock: {name}; reading it twice takes {own_ns:.0f} ns, which is in every figure. By rate: "
            "from the planned time until done; own is computed from the least times, one server in turn.",
        )
    for load in loads:
        sets = f" of {load.profiles:,} profiles" if load.profiles else ""
        what = f"{load.load}, {load.agents:,} agents{sets}, {load.waiting:,} waiting"
        show_worst(f"The longest: {what} (results {load.results})", load.replayed, to)


def title_of(load: LoadTails) -> str:
    """Return the title of the table in which a load stands."""
    sets = f", agents of {load.profiles:,} profiles" if load.profiles else ""
    return f"Single commands of the {load.load}{sets}"


def show_worst(title: str, replayed: Replayed, to: Console, most: int = 6) -> None:
    """Print the longest commands of a run with what happened in each, and of which kind the slowest are."""
    say(to, title, "bold")  # it may be longer than a line
    drawn = table("", ("number", "right"), ("command", "left"), "own", ("what happened in it", "left"), fold=True)
    for one in replayed.worst[:most]:
        drawn.add_row(f"{one.number:,}", one.op, short_ns(one.own_ns), one.what())
    put(to, drawn)
    say(to, f"Of the slowest thousandth: {', '.join(map(kind_words, replayed.kinds))}. Hash {replayed.hash}.")


def kind_words(kind: Kind) -> str:
    """Say which share of the slowest is of an operation, what fired in them, and in how many an array grew."""
    beside = [f"{kind.due:.3g} timers each"] if kind.due else []
    beside += [f"an array grew in {kind.grew:,} of {kind.count:,}"] if kind.grew else []
    return f"{kind.share:.0%} {kind.op}" + (f" ({', '.join(beside)})" if beside else "")


def show_growths(growths: Sequence[GrowthTails], to: Console) -> None:
    """Print the tails of runs that grow, and which array's growth made the longest commands."""
    drawn = table("Centers that grow from nothing: single commands, own", "grows", "to", *TAIL_COLUMNS[1:])
    for growth in growths:
        drawn.add_row(growth.name, f"{growth.size:,}", *tail_cells(growth.replayed.own)[1:])
    put(to, drawn)
    for growth in growths:
        show_worst(f"{growth.name}: {growth.size:,} {growth.what}", growth.replayed, to)


def measured_growths(chosen: Sequence[Growth], size: int, replays: int, tell: Tell) -> list[GrowthTails]:
    """Measure centers that grow, one after the other."""
    found = []
    for number, one in enumerate(chosen):
        tell(one.name, number, len(chosen))
        found.append(growth_tails(one, size, replays))
    return found


def measured_loads(
    chosen: Sequence[tuple[str, Shape]], events: int, replays: int, rates: Sequence[int], tell: Tell
) -> list[LoadTails]:
    """Measure jobs of some shapes, one after the other."""
    found = []
    for number, (job, shape) in enumerate(chosen):
        tell(f"{job}: {shape}", number, len(chosen))
        found.append(load_tails(job, shape, events, replays, rates))
    return found


def main(
    agents: Annotated[
        Sizes | None, typer.Option(metavar="N,...", parser=sizes_value(1, MOST), help="How many agents.")
    ] = None,
    profiles: Annotated[
        Sizes | None,
        typer.Option(
            metavar="N,...", parser=sizes_value(0, MOST), help="How many sets of skills they have; 0: all differ."
        ),
    ] = None,
    waiting: Annotated[
        Sizes | None, typer.Option(metavar="N,...", parser=sizes_value(0, MOST), help="How many interactions wait.")
    ] = None,
    events: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=number_value(int, 1_000, 10 * MOST),
            help=by_default("How many events are measured.", f"{EVENTS}"),
        ),
    ] = None,
    replays: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 1, 1_000), help="Replays of each stream.")
    ] = 5,
    rate: Annotated[
        Sizes | None,
        typer.Option(
            metavar="N,...",
            parser=sizes_value(0, 100 * MOST),
            help=by_default("Planned commands a second; 0: none.", ",".join(map(str, RATES))),
        ),
    ] = None,
    growth: Annotated[
        bool, typer.Option("--growth", metavar=FLAG, help="Measure centers that grow from nothing instead.")
    ] = False,
    size: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=number_value(int, 100, 10 * MOST),
            help=by_default("With --growth: to how many they grow.", f"{GROW_TO}"),
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help='Only "reference" or "full law"; with --growth, only this. May be repeated.'),
    ] = None,
    json: JsonFile = None,
) -> None:
    """Time every command by itself, and say what the longest ones were.

    Without options, both jobs with 100, 1000 and 10000 agents, and with 1000
    agents and up to a million waiting: half a minute a size. --agents,
    --profiles and --waiting give others: all combinations, 1000, 0 and 300 being
    what is not given. The full law is left out where there are profiles.
    """
    if growth:
        others = {"--agents": agents, "--profiles": profiles, "--waiting": waiting, "--events": events, "--rate": rate}
        refuse_beside("--growth", others)
        names = named(only, [one.name for one in GROWTHS])
        growths = [one for one in GROWTHS if one.name in names]
        grown = with_progress(
            err(),
            "growth",
            f"{len(growths)} kinds",
            lambda tell: measured_growths(growths, size or GROW_TO, replays, tell),
        )
        if json is not None:
            write_json(json, grown)
        if json != STDOUT:
            show_growths(grown, results())
        return
    if size is not None:
        raise typer.BadParameter("it goes with --growth", param_hint="'--size'")
    given = [one.values if one else () for one in (agents, profiles, waiting)]
    loads = loads_of(named(only, JOBS), planned(*given).shapes if any(given) else SHAPES)
    if not loads:
        raise typer.BadParameter(f"{JOBS[1]} has no profiles; allowed: {JOBS[0]}", param_hint="'--only'")
    rates = [one for one in (rate.values if rate else RATES) if one > 0]
    found = with_progress(
        err(),
        "tails",
        f"{len(loads)} loads",
        lambda tell: measured_loads(loads, events or EVENTS, replays, rates, tell),
    )
    if json is not None:
        write_json(json, found)
    if json != STDOUT:
        show_loads(found, results())


if __name__ == "__main__":
    run(main)
