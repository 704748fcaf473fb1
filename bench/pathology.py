"""Centers made to hurt: what a command costs where a careless router would look at everybody.

    python -m acdcore.bench.pathology

Each case runs at n and at ten times n. A router that looks at everybody takes ten times as long; what only goes down
a heap takes a little longer, and what reaches memory beyond the caches a little more. One command with n things to do
(a queue defined anew with n waiting) is shown for each of the n.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from .pathology_cases import CASES, Case
from .tails import report
from .tails.run import Replayed, Replays

SIZES: Final = (1_000, 10_000)
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
    scan: str
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
            case.name, case.what, label, case.scan, case.by_entry, at, at[-1].each_ns / at[0].each_ns,
            sizes[-1] / sizes[0],
        )
        for label, at in found.items()
    ]  # fmt: skip


def measure_all(
    sizes: Sequence[int] = SIZES,
    replays: int = REPLAYS,
    only: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> list[Measured]:
    """Measure all cases, or those named; ``progress`` is told which is done."""
    found = []
    for case in CASES:
        if not only or case.name in only:
            found += measure(case, sizes, replays)
            progress(case.name)
    return found


def show(found: Sequence[Measured]) -> None:
    """Print the table: a case, its commands, what each took at every size, and how it grew."""
    to = report.console()
    rows: list[Sequence[str] | None] = []
    before = ""
    sizes = [at.n for at in found[0].sizes] if found else []
    for one in found:
        if one.case != before:
            if rows:
                rows.append(None)
            rows.append((f"[bold]{one.case}[/]: {one.what}", *[""] * (len(sizes) + 3)))
            before = one.case
        rows.append((
            f"  {one.label}{' (each of n)' if one.by_entry else ''}",
            *(report.short_ns(at.each_ns) for at in one.sizes),
            f"x {one.growth:.1f}",
            report.short_ns(one.sizes[-1].replayed.own.max),
            one.sizes[-1].replayed.hash[:8],
        ))  # fmt: skip
    headings = [*(f"n={n:,}" for n in sizes), "growth", "longest", "hash"]
    columns = [("", "left"), *((heading, "right") for heading in headings)]
    if found:
        report.show(to, report.table("Pathology: mean of a command, own", columns, rows))
        replays = found[0].sizes[0].replayed.replays
        report.say(
            to,
            f"Own: the least of {replays} replays of each command. A scan of everything grows x {found[0].linear:.0f}. "
            f"Longest: of single commands at n={sizes[-1]:,}.",
        )


def main(
    size: Annotated[list[int] | None, typer.Option(min=10, help="n; give two or more.")] = None,
    replays: Annotated[int, typer.Option(min=1, help="Replays of each case.")] = REPLAYS,
    only: Annotated[list[str] | None, typer.Option(help="Only the case of this name.")] = None,
    json: Annotated[str, typer.Option(metavar="FILE", help="Write JSON to a file; - is standard output.")] = "",
) -> None:
    """Measure what should hurt, and print how it grows."""
    cases = [case for case in CASES if not only or case.name in only]
    with report.progress("pathology", len(cases)) as bar:
        found = measure_all(size or SIZES, replays, [case.name for case in cases], lambda name: report.step(bar, name))
    if json:
        report.write_json(json, found)
    if json != "-":
        show(found)


if __name__ == "__main__":
    typer.run(main)
