"""The command lines of the benchmarks: all of them dressed as ``acdcore`` itself is, and what several of them ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..cli.values import file_value
from ..cli.wording import Command
from ..errors import shown


def _file_or_output(value: str | Path) -> Path:
    return Path(value) if str(value) == "-" else file_value()(value)


JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", parser=_file_or_output, help="Write JSON to a file; - is standard output."),
]
"""Of benchmarks that print either their tables or JSON."""


def program(main: Callable[..., None]) -> typer.Typer:
    """Return a command line: ``main`` says in its signature which options there are, in its docstring what it does."""
    one = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    one.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})(main)
    return one


def run(main: Callable[..., None]) -> None:
    """Read the command line of this process and do what it says; usage names it as ``python -m`` was told."""
    program(main)()


def named(wanted: Sequence[str] | None, names: Sequence[str]) -> list[str]:
    """Return the names that ``--only`` has chosen, all without it; refuse what is none, and say which there are."""
    for word in wanted or ():
        if word not in names:  # commas are part of some names
            raise typer.BadParameter(f"{shown(word)}; allowed: {'; '.join(names)}", param_hint="'--only'")
    return [name for name in names if not wanted or name in wanted]
