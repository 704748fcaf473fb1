"""Paragraphs, tables and progress for people at a terminal, in 80 columns at most."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Final, TypeVar

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

WIDTH: Final = 80

T = TypeVar("T")

Column = str | tuple[str, str]
"""A heading, or a heading and "left" or "right"."""
Tell = Callable[[str, int, int], None]
"""Is told what is being done, how many steps are done, and of how many."""


def results() -> Console:
    """Return the console for results: 80 columns, wherever it goes, so that pages show what everybody sees."""
    return Console(width=WIDTH, highlight=False, emoji=False)


def say(console: Console, text: str = "", style: str = "") -> None:
    """Print a paragraph, wrapped between words to the width, 80 columns at most; without text a blank line."""
    put(console, Text(text, style=style))


def table(title: str, *columns: Column, left: int = 1, fold: bool = False) -> Table:
    """Return an empty table that reads well in 80 columns. A title is not broken where the table is narrower.

    So many of its first columns are words, aligned left, unless a column says it itself. With ``fold``, what is too
    wide for its column goes on in the next line.
    """
    empty = Table(box=SIMPLE_HEAD, pad_edge=False, title_justify="left")
    if title:
        empty.title = Text(title, style="bold", no_wrap=True, overflow="ignore")
    for at, column in enumerate(columns):
        name, justify = column if isinstance(column, tuple) else (column, "left" if at < left else "right")
        empty.add_column(
            name,
            justify="left" if justify == "left" else "right",
            no_wrap=not fold,
            overflow="fold" if fold else "ellipsis",
        )
    return empty


def put(console: Console, what: Text | Table) -> None:
    """Print in 80 columns at most; what is not a terminal gets no blanks at the ends of lines."""
    width = min(WIDTH, console.width)
    if console.is_terminal:
        console.print(what, highlight=False, width=width)
        return
    with console.capture() as capture:
        console.print(what, highlight=False, width=width)
    for line in capture.get().splitlines():
        console.print(Text(line.rstrip()), highlight=False, soft_wrap=True)


def printed(show: Callable[[Console], object]) -> str:
    """Return what is printed to the console that ``show`` is given, as text of at most 80 columns."""
    text = io.StringIO()
    show(Console(width=WIDTH, highlight=False, emoji=False, file=text))
    return text.getvalue()


def with_progress(err: Console, place: str, what: object, work: Callable[[Tell], T]) -> T:
    """Do something that takes a while, under a line that shows how far it is and goes away.

    ``work`` is given what to tell: what it does, how many steps are done, and of how many.
    """
    columns = (BarColumn(12), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    if not err.is_terminal:
        err.print(Text(f"{place}: {what}"), soft_wrap=True)
        return work(lambda *_: None)
    # Drawn between rounds only: a thread that draws would take its share of what is timed.
    with Progress(*columns, console=err, transient=True, auto_refresh=False) as progress:
        task = progress.add_task(place, total=None)

        def tell(doing: str, done: int, steps: int) -> None:
            progress.update(task, description=f"{place}, {doing}", completed=done, total=steps, refresh=True)

        return work(tell)
