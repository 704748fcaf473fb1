"""How the command line's help is worded where typer's own words would mislead."""

from __future__ import annotations

from typing import Any, Final

from rich.markup import escape
from typer.core import TyperCommand, TyperGroup

FLAG: Final = ""
"""The metavar of an option that takes no value."""


def by_default(words: str, default: str) -> str:
    """Return an option's help with a default that is said in words; typer would put it in brackets twice."""
    return f"{words}\n\n[dim]{escape(f'[default: {default}]')}[/dim]"


class Command(TyperCommand):
    """A command whose flags look like flags."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return ``--help`` as what it is: a flag."""
        return _flagged(super().get_help_option(ctx))


class Commands(TyperGroup):
    """Commands, with flags of their own that look like flags."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return ``--help`` as what it is: a flag."""
        return _flagged(super().get_help_option(ctx))


def _flagged(option: Any) -> Any:
    if option is not None:
        option.metavar = FLAG
    return option
