"""Centers made to hurt: what a command costs where a careless router would look at everybody.

    python -m acdcore.bench.pathology

Each case runs at n and at ten times n. A router that looks at everybody takes ten times as long; what only goes down
a heap takes a little longer, and what reaches memory beyond the caches a little more. One command with n things to do
(a queue defined anew with n waiting) is shown for each of the n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import typer
from rich.console import Console

from ..cli.output import err
from ..cli.values import Sizes, number_value, sizes_value
from ..cli.wording import by_default
from .command_line import JsonFile, named, run
from .pathology_cases import CASES, LIMITS, Case
from .tails.report import STDOUT, short_ns, write_json
from .tails.run import Replayed, Replays
from .terminal import Tell, put, results, say, table, with_progress

SIZES: Final = (1_000, 10_000)
LEAST: Final = 104
"""With fewer of them some case runs out of what it measures."""
MOST: Final = LIMITS - 1_000
"""With more, what a case brings along beside its n would be more than its center may have."""
REPLAYS: Final = 3


@dataclass(frozen=True)
class At:
    """What the commands of one kind took at one size; ``each_ns``: in the mean, or for each of n."""

    n: int
    each_ns: float
    replayed: Replayed


@dataclass(frozen=True)
class Measured:
    """One kind of command of a case at every size; ``growth``: of the time, from the first size to the last."""

    case: str
    what: str
    label: str
    by_entry: bool
    sizes: list[At]
    growth: float
    linear: float


def measure(case: Case, sizes: Sequence[int] = SIZES, replays: int = REPLAYS) -> list[Measured]:
    """Measure a case, each kind of its commands by itself."""
    found: dict[str, list[At]] = {}
    for n in sizes:
        with Replays(case.make, n) as run:
            run.run(replays, together=True)
            for label in run.labels[1:]:
                replayed = run.replayed(label, worst=0)
                each = replayed.own.mean / n if case.by_entry else replayed.own.mean
                found.setdefault(label, []).append(At(n, each, replayed))
    return [
        Measured(
            case.name, case.what, label, case.by_entry, at, at[-1].each_ns / at[0].each_ns,
            sizes[-1] / sizes[0],
        )
        for label, at in found.items()
    ]  # fmt: skip


def measure_all(
    sizes: Sequence[int], replays: int, only: Sequence[str], tell: Tell = lambda *_: None
) -> list[Measured]:
    """Measure the cases of these names; ``tell`` is told which comes next."""
    found = []
    cases = [case for case in CASES if case.name in only]
    for number, case in enumerate(cases):
        tell(case.name, number, len(cases))
        found += measure(case, sizes, replays)
    return found


def show(found: Sequence[Measured], to: Console) -> None:
    """Print the table: a case, its commands, what each took at every size, and how it grew."""
    sizes = [at.n for at in found[0].sizes]
    headings = [*(f"n={n:,}" for n in sizes), "growth", "longest", "hash"]
    drawn = table("Pathology: mean of a command, own", "", *headings, fold=True)
    before = ""
    for one in found:
        if one.case != before:
            if before:
                drawn.add_section()
            drawn.add_row(f"[bold]{one.case}[/]: {one.what}", *[""] * len(headings))
            before = one.case
        drawn.add_row(
            f"  {one.label}{' (each of n)' if one.by_entry else ''}",
            *(short_ns(at.each_ns) for at in one.sizes),
            f"x {one.growth:.1f}",
            short_ns(one.sizes[-1].replayed.own.max),
            one.sizes[-1].replayed.hash[:8],
        )
    put(to, drawn)
    replays, linear = found[0].sizes[0].replayed.replays, round(found[0].linear, 1)
    say(
        to,
        f"Own: the least of {replays} replays of each command. A scan of everything grows x {linear:,g}. "
        f"Longest: of single commands at n={sizes[-1]:,}.",
    )


def main(
    size: Annotated[
        Sizes | None,
        typer.Option(
            metavar="N,N,...",
            parser=sizes_value(LEAST, MOST),
            help=by_default("n, two sizes or more.", ",".join(map(str, SIZES))),
        ),
    ] = None,
    replays: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 1, 1_000), help="Replays of each case.")
    ] = REPLAYS,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only the case of this name. May be repeated.")
    ] = None,
    json: JsonFile = None,
) -> None:
    """Measure what should hurt, and print how it grows with n.

    A router that looked at everybody would take as many times longer as there
    are more of them. Heaps and memory beyond the caches take a little longer.
    """
    sizes = sorted(size.values) if size else SIZES
    if len(sizes) < 2:
        raise typer.BadParameter(f"{sizes[0]}; allowed: two different sizes or more", param_hint="'--size'")
    names = named(only, [case.name for case in CASES])
    found = with_progress(
        err(), "pathology", f"{len(names)} cases", lambda tell: measure_all(sizes, replays, names, tell)
    )
    if json is not None:
        write_json(json, found)
    if json != STDOUT:
        show(found, results())


if __name__ == "__main__":
    run(main)
