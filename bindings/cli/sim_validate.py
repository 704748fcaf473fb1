"""``acdcore sim validate``: simulations held against theory and against published ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from .output import Exit, fail, line, out, plain, sentence
from .sim import Processes, with_progress
from .values import number_value
from .wording import by_default

Exams: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        exists=True,
        file_okay=False,
        help="A folder with further sets of exact results: erlang.json, skill_designs.json.",
        show_default=False,
    ),
]


def validate(
    exams: Exams = None,
    cases: Annotated[
        list[str] | None,
        typer.Option(
            "--case",
            metavar="PATTERN",
            help="Only cases of such a name: 'erlang_a/*', '*/own_*'. May be repeated.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", parser=number_value(int, 0, 2**31 - 2), help="Other chance.")] = 1,
    length: Annotated[
        float,
        typer.Option(
            metavar="FACTOR",
            parser=number_value(float, 0.001, 1_000.0),
            help=by_default("How long each case is simulated: by what its own length is multiplied.", "1"),
            show_default=False,
        ),
    ] = 1.0,
    processes: Processes = None,
    page: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE.md", dir_okay=False, help="Write all figures as a page.")
    ] = None,
) -> None:
    """Simulate models whose results are known, and hold every figure against them.

    Erlang B, C and A, M/M/n/K, priorities, N- and V-designs, Whitt's table, ContactCenters.
    A figure is inside if the exact value is in the 99 % interval. A case with
    one outside is simulated again, longer; a figure that is outside again has
    failed, and the exit code is 4. docs/validation.md has the figures.
    """
    try:
        from acdcore.sim.validation import Result, Summary, chosen_cases
        from acdcore.sim.validation import validate as hold
        from acdcore.sim.validation_report import Settings, case_lines, markdown, summary_text
        from acdcore.sim.validation_sets import SetError

        chosen = chosen_cases(exams, cases or ())

        def work(show: Callable[[float], None]) -> list[Result]:
            done = count(1)

            def report(result: Result) -> None:
                show(next(done) / len(chosen))
                for words in case_lines(result):
                    out().print(sentence(words), soft_wrap=True)

            return hold(chosen, seed=seed, length=length, processes=processes, report=report)

        results = with_progress("validating", work)
        out().print(sentence(summary_text(Summary.of(results))), soft_wrap=True)
        if page is not None:
            page.write_text(markdown(results, Settings(seed, length, exams is not None)), encoding="utf-8")
            out().print(line("written: ", plain(page)), soft_wrap=True)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "acdcore":
            raise
        fail(Exit.FAILED, f"the simulator needs {error.name}: pip install 'acdcore[server,sim]'")
    except SetError as error:
        fail(Exit.INVALID, plain(error))
    except OSError as error:
        fail(Exit.FAILED, plain(error.filename or exams), ": ", error.strerror or "cannot be used")
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None
    if any(result.failed for result in results):
        raise typer.Exit(Exit.FAILED)
