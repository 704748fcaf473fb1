"""What the command line prints: tables and lines in which no id can forge or hide anything.

Ids come from outside and may hold quotes, newlines, braces, brackets or terminal codes. Everything shown
goes through :func:`plain`: escaped, and never read as markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..config import ConfigError, Problem, said_once
from ..errors import printable, shown


class Exit(IntEnum):
    """Exit codes, as ``acdcore --help`` states them."""

    OK = 0
    INVALID = 1
    USAGE = 2
    UNREACHABLE = 3
    FAILED = 4
    IN_USE = 5
    DAMAGED = 6
    STORAGE = 7
    NEWER = 8
    INTERRUPTED = 130


def out() -> Console:
    """Return the console for results; made at each use, so that tests may redirect the stream."""
    return Console(highlight=False, emoji=False)


def err() -> Console:
    """Return the console for errors."""
    return Console(stderr=True, highlight=False, emoji=False)


def plain(value: object, style: str = "") -> Text:
    """Return a value as text that is shown as it is: no markup, control characters escaped."""
    return Text(shown(value), style=style)


def sentence(words: str) -> Text:
    """Return words with ids among them as :func:`plain` does, however long they are."""
    return Text(printable(words))


def line(*parts: object) -> Text:
    """Return strings as they are and other values as plain text, joined into one line."""
    return Text.assemble(*(part if isinstance(part, Text) else Text(str(part)) for part in parts))


def fail(code: Exit, *parts: object) -> NoReturn:
    """Say on standard error what went wrong, and exit."""
    err().print(line(Text("error: ", style="bold red"), *parts), soft_wrap=True)
    raise typer.Exit(code)


def table(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]], *, fold: bool = False) -> Table:
    """Return a table; columns are (heading, "left" | "right"), cells anything, shown plainly.

    Right ones are never folded, unless ``fold`` says that no cell may be cut however long it is.
    """
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading, justify in columns:
        right = justify == "right"
        drawn.add_column(
            Text(heading), justify="right" if right else "left", overflow="fold", no_wrap=right and not fold
        )
    for row in rows:
        drawn.add_row(*(cell if isinstance(cell, Text) else plain(cell) for cell in row))
    return drawn


def problem_table(problems: Sequence[Problem], style: str) -> Table:
    """Return what is wrong with a file: line and path of each, and below them what it is and which value it is about.

    Long lists and grammars of what is allowed are said once: the first time.
    """
    rows = []
    for problem in said_once(problems):
        where = Text(f"{problem.path}\n" if problem.path else "", style=style)  # escaped where paths are made
        what = line(where, problem.message, Text(f" (got {problem.value})" if problem.value else "", style="dim"))
        rows.append((problem.line or "-", what))
    return table([("line", "right"), ("where and what", "left")], rows)


def invalid(path: object, error: ConfigError, kind: str) -> NoReturn:
    """Say everything that is wrong with a file that is not ``kind``, and exit."""
    console = err()
    count = len(error.problems)
    head = f" is invalid: {count} problem{'s' if count != 1 else ''}"
    if not any(problem.path for problem in error.problems):  # nothing in it has a name: perhaps another file
        head = f" is not {kind}"
    console.print(line(plain(path, "bold"), Text(head, style="bold red")), soft_wrap=True)
    console.print(problem_table(error.problems, "red"))
    raise typer.Exit(Exit.INVALID)
