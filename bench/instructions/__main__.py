"""A guard against slowness that noise cannot fool: how many instructions each operation takes, exactly.

    python -m acdcore.bench.instructions            # compare with the baseline: `make bench-check`
    python -m acdcore.bench.instructions --update   # take the figures of now as the baseline

Every operation of operations.pyx, in a small and in a large center, and the reference job are counted as count.py
says, and compared with instructions.json. However busy the machine is, two runs of the same build count the same, to
the instruction; with ``--only`` what allocates or copies memory may differ by 0.2 %, as the memory lies elsewhere.
(Time is another matter: an instruction that waits for memory costs what hundreds cost that do not. Speed is measured
elsewhere.)

Exits with 1 when something takes more instructions than the tolerance allows, does something else than it did for the
baseline, or has no figure there; and with 2 when nothing can be measured or compared: no valgrind, no baseline,
another kind of machine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ...cli.values import file_value
from ...cli.wording import FLAG, by_default
from ..command_line import run
from ..terminal import WIDTH, put, results
from .count import Build, CannotMeasureError, Figure, all_tasks, count_all, this_build

BASELINE: Final = Path(__file__).with_name("instructions.json")
TOLERANCE_PERCENT: Final = 3.0
"""For a build by the same compilers with the same flags: an edit may move some code about, and no more."""
WIDE_PERCENT: Final = 15.0
"""For the same code, built by other compilers, or with other flags."""
AGAIN: Final = "python -m acdcore.bench.instructions --update"


@dataclass(frozen=True)
class Baseline:
    """What instructions.json has: figures by name, and the build that they are of."""

    build: Build
    figures: dict[str, Figure]


@dataclass(frozen=True)
class Change:
    """A figure of now beside the baseline's; either may be missing."""

    key: str
    was: Figure | None
    now: Figure | None

    @property
    def percent(self) -> float | None:
        """How much more it is now, in percent of what it was; None when there is nothing to compare."""
        return 100 * (self.now.instructions / self.was.instructions - 1) if self.was and self.now else None

    @property
    def is_other_work(self) -> bool:
        """Whether the two had different results, so that they cannot be compared."""
        return bool(self.was and self.now and self.was.result != self.now.result)

    def __str__(self) -> str:
        """Say it in a line."""
        if self.percent is None:
            return self.key
        assert self.was is not None
        assert self.now is not None
        return f"{self.key}: {self.was.instructions:,.0f} -> {self.now.instructions:,.0f} ({self.percent:+.1f} %)"


@dataclass(frozen=True)
class Verdict:
    """What a comparison has come to: changes of each kind, and the tolerance in percent that they were held to."""

    tolerance: float
    slower: list[Change]
    faster: list[Change]
    other_work: list[Change]
    unknown: list[Change]
    """Measured now, and not in the baseline."""
    gone: list[Change]
    """In the baseline, and no more measured."""

    @property
    def is_good(self) -> bool:
        """Whether nothing has become slower, and nothing went unseen."""
        return not (self.slower or self.other_work or self.unknown or self.gone)


# ---------------------------------------------------------------------- the baseline


def read_baseline(path: Path) -> Baseline:
    """Read a baseline; raise CannotMeasureError when there is none, or when it is none."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        figures = {key: Figure(**figure) for key, figure in content["figures"].items()}
        return Baseline(Build(**content["build"]), figures)
    except FileNotFoundError:
        raise CannotMeasureError(f"there is no baseline at {path}: {AGAIN}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise CannotMeasureError(f"{path} is no baseline ({error}): {AGAIN}") from None


def baseline_to_replace(path: Path) -> Baseline | None:
    """Read a baseline that is to be taken anew; None when there is none, or when it is none."""
    try:
        return read_baseline(path)
    except CannotMeasureError:
        return None


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline, a figure a line, so that a difference can be read."""
    build = json.dumps(asdict(baseline.build), indent=4).replace("\n", "\n  ")
    lines = (f"    {json.dumps(key)}: {json.dumps(asdict(figure))}" for key, figure in baseline.figures.items())
    text = '{\n  "build": ' + build + ',\n  "figures": {\n' + ",\n".join(lines) + "\n  }\n}\n"
    path.write_text(text, encoding="utf-8")


# ---------------------------------------------------------------------- the comparison


def changes_of(was: Mapping[str, Figure], now: Mapping[str, Figure]) -> list[Change]:
    """Put figures side by side: those of now in their order, then those that are no more."""
    keys = [*now, *(key for key in was if key not in now)]
    return [Change(key, was.get(key), now.get(key)) for key in keys]


def tolerance_for(was: Build, now: Build) -> tuple[float, list[str]]:
    """Return the tolerance in percent, and in which ways the builds differ; raise CannotMeasureError if in all."""
    if was.machine != now.machine:
        raise CannotMeasureError(
            f"not comparable: the baseline was taken on {was.machine}, this is {now.machine}. Take one here: {AGAIN}"
        )
    differences = [
        f"{name}: {value}\n  baseline's: {asdict(was)[name]}"
        for name, value in asdict(now).items()
        if value != asdict(was)[name]
    ]
    return (WIDE_PERCENT if differences else TOLERANCE_PERCENT), differences


def judge(changes: Sequence[Change], tolerance: float) -> Verdict:
    """Say which changes are more than a tolerance in percent, and which cannot be judged."""
    same = [change for change in changes if change.percent is not None and not change.is_other_work]
    return Verdict(
        tolerance,
        slower=[change for change in same if (change.percent or 0) > tolerance],
        faster=[change for change in same if (change.percent or 0) < -tolerance],
        other_work=[change for change in changes if change.is_other_work],
        unknown=[change for change in changes if change.was is None],
        gone=[change for change in changes if change.now is None],
    )


# ---------------------------------------------------------------------- what is shown


def table(changes: Sequence[Change], tolerance: float) -> Table:
    """Return the figures as a table of 80 columns."""
    shown = Table(title="instructions an operation", box=box.SIMPLE_HEAD, width=WIDTH)
    shown.add_column("operation", no_wrap=True, min_width=30)
    for heading in ("agents", "baseline", "now", "change"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for change in changes:
        name, agents = change.key.rsplit(" @ ", 1)
        before, after = (f"{one.instructions:,.0f}" if one else "-" for one in (change.was, change.now))
        moved = "differs" if change.is_other_work else "-"
        style = "red" if change.is_other_work or change.percent is None else ""
        if change.percent is not None and not change.is_other_work:
            moved = f"{change.percent:+.1f} %"
            style = "red" if change.percent > tolerance else "green" if change.percent < -tolerance else ""
        shown.add_row(name, f"{int(agents):,}", before, after, moved, style=style)
    return shown


def said(verdict: Verdict) -> list[str]:
    """Return what there is to say of a verdict, worst first."""
    allowed = f"{verdict.tolerance:g} %"
    kinds = [
        (verdict.slower, f"SLOWER, by more than {allowed}. If that is meant: {AGAIN}"),
        (verdict.other_work, f"OTHER RESULTS than the baseline's, so that nothing can be compared. If meant: {AGAIN}"),
        (verdict.unknown, f"NOT IN THE BASELINE: {AGAIN}"),
        (verdict.gone, f"NO MORE MEASURED, but in the baseline: {AGAIN}"),
        (verdict.faster, f"Improved by more than {allowed}. Consider to keep it so: {AGAIN}"),
    ]
    lines = [line for changes, heading in kinds if changes for line in (heading, *(f"  {one}" for one in changes))]
    return lines or [f"Nothing has changed by more than {allowed}."]


# ---------------------------------------------------------------------- the command


def check(baseline_path: Path, only: Sequence[str], *, update: bool) -> bool:
    """Measure, compare, show; return whether all is well. Raises CannotMeasureError."""
    tasks = [task for task in all_tasks() if not only or any(word == task.key or word in task.name for word in only)]
    if not tasks:
        names = dict.fromkeys(task.name for task in all_tasks())
        raise CannotMeasureError(
            f"nothing is called {' or '.join(only)}; allowed: a part of one of these,\n"
            "or one of them with its agents, such as 'accept @ 100':\n" + "\n".join(f"  {name}" for name in names)
        )
    console = results()
    build = this_build()
    known = baseline_to_replace(baseline_path) if update else read_baseline(baseline_path)
    differences: list[str] = []
    tolerance = TOLERANCE_PERCENT
    if known and not update:
        tolerance, differences = tolerance_for(known.build, build)
    if known and update and only and known.build != build:
        raise CannotMeasureError("another build than the baseline's: take all figures anew, --update without --only")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("counting instructions under valgrind", total=len(tasks))
        now = count_all(tasks, lambda done: progress.update(bar, advance=done))
    was = {key: figure for key, figure in (known.figures if known else {}).items() if not only or key in now}
    changes = changes_of(was, now)
    put(console, table(changes, tolerance))
    if update:
        kept = known.figures if known and only else {}
        write_baseline(baseline_path, Baseline(build, kept | now))
        console.print(f"Baseline: {len(now)} taken anew, in {baseline_path}", soft_wrap=True)
        return True
    if differences:
        console.print("ANOTHER BUILD than the baseline's: its tolerance is wider.", style="yellow")
        console.print(*(f"  {line}" for line in differences), sep="\n", soft_wrap=True, markup=False)
    verdict = judge(changes, tolerance)
    console.print(*said(verdict), sep="\n", soft_wrap=True, markup=False)
    return verdict.is_good


def main(
    update: Annotated[
        bool, typer.Option("--update", metavar=FLAG, help="Take the figures of now as the baseline.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Part of a name, or such as 'accept @ 100'. May be repeated."),
    ] = None,
    baseline: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=by_default("The file of the baseline.", "instructions.json beside the code"),
            show_default=False,
        ),
    ] = BASELINE,
) -> None:
    """Count the instructions of every operation, and compare them with the baseline.

    Exit codes: 0 nothing has become slower; 1 something has, or does something
    else, or has no figure there; 2 nothing can be measured or compared.
    """
    if update:
        file_value()(baseline)  # refused now rather than when all is counted
    try:
        good = check(baseline, only or [], update=update)
    except CannotMeasureError as error:
        print(f"instructions: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    raise typer.Exit(0 if good else 1)


if __name__ == "__main__":
    run(main)
