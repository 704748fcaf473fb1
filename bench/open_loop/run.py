"""``acdcore bench --open-loop`` and ``python -m acdcore.bench.open_loop``: measure, show, write."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from ...cli.values import PICTURES, file_value
from ...cli.wording import by_default
from ...errors import AcdError
from ..demo.server import DemoError
from ..page_block import check_block, put_block
from ..terminal import results, with_progress
from .measure import AGENTS, RATES, OpenLoopPlan, measure
from .report import draw, show, text_of, write_json

WRONG: Final = 1
WRONG_USE: Final = 2
FAILED: Final = 4
BLOCK: Final = "acdcore bench --open-loop"
QUICK: Final = OpenLoopPlan(rates=(50.0, 100.0, 200.0), seconds=4.0, least=200)


def planned(*, agents: int | None, seed: int, quick: bool) -> OpenLoopPlan:
    """Return what ``acdcore bench`` asks for; raises ValueError for what cannot be."""
    base = QUICK if quick else OpenLoopPlan()
    return dataclasses.replace(base, seed=seed, agents=base.agents if agents is None else agents)


def run_and_show(
    plan: OpenLoopPlan, *, out: Console, err: Console, json_path: Path | None = None, plot_path: Path | None = None,
    page: Path | None = None,
) -> int:  # fmt: skip
    """Measure and print; return 0, or 1 when something did not hold.

    Raises DemoError, AcdError, RuntimeError or OSError when it cannot be measured or written, ValueError for a page
    without the block.
    """
    result = with_progress(err, "open loop", f"up to {len(plan.rates)} rates", partial(measure, plan))
    show(result, out)
    if json_path is not None:
        write_json(result, json_path)
    if plot_path is not None:
        draw(result, plot_path)
    if page is not None:
        put_block(page, BLOCK, text_of(result))
        draw(result, page.with_suffix(".svg"))
    return WRONG if result.problems else 0


def main(
    rates: Annotated[
        str,
        typer.Option(
            metavar="N,...",
            help=by_default(
                "Interactions a second, rising; it ends with the first too high one.",
                f"{len(RATES)}, from {RATES[0]} to {RATES[-1]}",
            ),
            show_default=False,
        ),
    ] = ",".join(map(str, RATES)),
    seconds: Annotated[float, typer.Option(metavar="SECONDS", help="How long a rate lasts at least.")] = 20.0,
    least: Annotated[int, typer.Option(metavar="N", help="How many interactions a rate has at least.")] = 4_000,
    drivers: Annotated[int, typer.Option(metavar="N", help="How many processes send.")] = 1,
    agents: Annotated[int, typer.Option(metavar="N", help="How many agents.")] = AGENTS,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed gives the same schedule.")] = 1,
    json: Annotated[Path | None, typer.Option(metavar="FILE", parser=file_value(), help="Write all figures.")] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", parser=file_value(*PICTURES), help="Draw it: .svg, .png or .pdf.")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Put tables and picture into docs/latency.md."),
    ] = None,
) -> None:
    """Measure latency from planned times at rising rates, against a server of its own on loopback."""
    err = Console(stderr=True, highlight=False)
    try:
        try:
            wanted = tuple(float(rate) for rate in rates.split(","))
        except ValueError:
            raise ValueError(f"rates: {rates}; allowed: numbers with commas between them") from None
        if page is not None:
            check_block(page, BLOCK)
        plan = OpenLoopPlan(wanted, seconds, least, seed, drivers, agents)
        code = run_and_show(plan, out=results(), err=err, json_path=json, plot_path=plot, page=page)
    except ValueError as error:
        err.print(f"error: {error}", soft_wrap=True, markup=False)
        raise typer.Exit(WRONG_USE) from None
    except (AcdError, DemoError, RuntimeError, OSError) as error:
        err.print(f"error: {error}", soft_wrap=True, markup=False)
        raise typer.Exit(FAILED) from None
    raise typer.Exit(code)
