"""Paragraphs and tables for people at a terminal, in 80 columns at most."""

from __future__ import annotations

from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH: Final = 80


def say(console: Console, text: str = "", style: str = "") -> None:
    """Print a paragraph, wrapped between words to the width, 80 columns at most; without text a blank line."""
    put(console, Text(text, style=style))


def table(title: str, *columns: str, left: int = 1) -> Table:
    """Return an empty table that reads well in 80 columns; so many of its first columns are words, aligned left."""
    empty = Table(box=SIMPLE_HEAD, pad_edge=False, title_justify="left", title_style="bold", title=title)
    for at, name in enumerate(columns):
        empty.add_column(name, justify="left" if at < left else "right", no_wrap=True)
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
