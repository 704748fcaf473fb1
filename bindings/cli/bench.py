"""``acdcore bench``: its options, and what they come to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from .output import Exit, err, fail, out, plain
from .values import Sizes, number_value, sizes_value
from .wording import FLAG, by_default

if TYPE_CHECKING:
    from acdcore.bench.compare import Plan
    from acdcore.bench.contenders.base import Contender

PICTURES: Final = (".svg", ".png", ".pdf")
MOST: Final = 1_000_000
"""The largest of every size: a center beyond it takes longer to fill than anyone waits for a table."""
USUAL: Final = ((1_000,), (0,), (300,))
"""Agents, profiles and waiting of those shapes of which only something else is given."""


def bench(
    agents: Annotated[
        Sizes | None,
        typer.Option(metavar="N,...", parser=sizes_value(1, MOST), help="How many agents, such as 100,1000,10000."),
    ] = None,
    profiles: Annotated[
        Sizes | None,
        typer.Option(
            metavar="N,...",
            parser=sizes_value(0, MOST),
            help="How many different sets of skills they have; 0: every agent another.",
        ),
    ] = None,
    waiting: Annotated[
        Sizes | None,
        typer.Option(
            metavar="N,...", parser=sizes_value(0, MOST), help="How many interactions wait, such as 300,10000."
        ),
    ] = None,
    events: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=number_value(int, 1, 10 * MOST),
            help=by_default("How many events are timed; who is slow does the first 10000 or 1000.", "100000"),
        ),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=number_value(int, 1, 1_000),
            help=by_default("How often; who is slow does fewer.", "5, with --quick 3"),
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 0), help="Other skills and events for every seed.")
    ] = 1,
    only: Annotated[
        str, typer.Option(metavar="NAME,...", help="Only contenders with these words in their names.", show_default=False)
    ] = "",
    without: Annotated[
        str, typer.Option(metavar="NAME,...", help="None with these words, such as redis,postgres.", show_default=False)
    ] = "",
    quick: Annotated[
        bool, typer.Option("--quick", metavar=FLAG, help="Four shapes in less than a minute; rougher figures.")
    ] = False,
    json_path: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="FILE", dir_okay=False, help="Write every round's figure, machine and versions."
        ),
    ] = None,
    plot_path: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", dir_okay=False, help="Draw time against size: .svg, .png or .pdf."),
    ] = None,
) -> None:
    """Time acdcore beside what one would use instead: C++, Python, databases.

    Everybody does the same events: arrivals, completions and abandonments of a
    center with 95 % of its agents at work and so many interactions waiting.
    For each shape of a center there is a table: time an event (median, least and
    most of all rounds), its ratio to acdcore's C-level interface, and a hash of
    who got whom. Rounds take turns, so that a disturbance falls on all alike.

    Without options, the standard eight shapes in 5 to 10 minutes: 100, 1000 and
    10000 agents, all distinct or of 40 profiles, with 300 waiting; and 1000
    agents with 10000 and 100000 waiting. --agents, --profiles and --waiting give
    others: all combinations, 1000, 0 and 300 being what is not given.

    What is not installed is left out, with the reason. Whoever gets another
    result, or fails, is named instead of shown, and the exit code is 1.
    """
    try:
        from acdcore.bench.compare_run import run_comparison
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "acdcore":
            raise
        fail(Exit.FAILED, f"the benchmark needs {error.name}: pip install 'acdcore[bench]'")
    given = tuple(sizes.values if sizes else () for sizes in (agents, profiles, waiting))
    plan = _plan(given, events, rounds, seed, quick=quick)
    for name, path in (("--json", json_path), ("--plot", plot_path)):
        _check_file(name, path)
    contenders = _contenders(only, without)
    try:
        code = run_comparison(plan, contenders, out=out(), err=err(), json_path=json_path, plot_path=plot_path)
    except OSError as error:
        fail(Exit.FAILED, plain(error))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None
    raise typer.Exit(code)


def _plan(
    given: tuple[tuple[int, ...], ...], events: int | None, rounds: int | None, seed: int, *, quick: bool
) -> Plan:
    """Return what is to be measured: the standard shapes, or all combinations of the sizes that were given."""
    import dataclasses
    from itertools import product

    from acdcore.bench.compare import QUICK, STANDARD
    from acdcore.bench.reference_job import Shape

    plan = QUICK if quick else STANDARD
    if any(given):
        sizes = [mine or usual for mine, usual in zip(given, USUAL, strict=True)]
        shapes = tuple(Shape(n, p, w, seed) for p, w, n in product(sizes[1], sizes[2], sizes[0]))
    else:
        shapes = tuple(dataclasses.replace(shape, seed=seed) for shape in plan.shapes)
    return dataclasses.replace(plan, shapes=shapes, events=events or plan.events, rounds=rounds or plan.rounds)


def _contenders(only: str, without: str) -> list[type[Contender]]:
    """Return who takes part; a word that is part of no name is refused with all names."""
    from acdcore.bench.compare import chosen
    from acdcore.bench.contenders import contenders

    everybody = contenders()
    words = [[word.strip() for word in given.split(",") if word.strip()] for given in (only, without)]
    try:
        found = chosen(everybody, *words)
    except ValueError as error:
        hint = "'--only'" if str(error) in [word.casefold() for word in words[0]] else "'--without'"
        names = "; ".join(contender.name for contender in everybody)
        raise typer.BadParameter(f"{error}; allowed: words in these names: {names}", param_hint=hint) from None
    if not found:
        raise typer.BadParameter(f"{without}; allowed: what leaves somebody", param_hint="'--without'")
    return found


def _check_file(name: str, path: Path | None) -> None:
    """Refuse a file that could not be written after minutes of measuring."""
    if path is None:
        return
    if not path.parent.is_dir():
        raise typer.BadParameter(f"{path}; allowed: a file in a folder that exists", param_hint=f"'{name}'")
    if name == "--plot" and path.suffix.lower() not in PICTURES:
        raise typer.BadParameter(f"{path}; allowed: names ending in {', '.join(PICTURES)}", param_hint=f"'{name}'")
