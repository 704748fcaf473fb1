"""What every comparison of contenders shares: who takes part, what is said of the others, which files it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol, TypeVar

from rich.console import Console
from rich.text import Text

from .terminal import Tell, with_progress

WRONG: Final = 1
"""The exit code when somebody did not do the job."""

Part = TypeVar("Part")
T = TypeVar("T")


class Named(Protocol):
    """What takes part in any comparison: it has a name, and may lack what it needs."""

    name: ClassVar[str]

    @classmethod
    def missing(cls) -> str | None:
        """Return why it cannot run here, or None when it can."""


Who = TypeVar("Who", bound=Named)


def chosen(everybody: Sequence[type[Who]], only: Iterable[str] = (), without: Iterable[str] = ()) -> list[type[Who]]:
    """Return the contenders whose names contain any of ``only`` (none given: all) and none of ``without``.

    Case does not matter. Raises ValueError with the word that is part of no name.
    """
    only, without = list(only), list(without)

    def named(contender: type[Who], words: list[str]) -> bool:
        return any(word.casefold() in contender.name.casefold() for word in words)

    for word in (*only, *without):
        if not any(named(contender, [word]) for contender in everybody):
            raise ValueError(word)
    return [who for who in everybody if (not only or named(who, only)) and not named(who, without)]


def present(contenders: Iterable[type[Who]]) -> tuple[list[type[Who]], dict[str, str]]:
    """Return those who can run here, and why each of the others cannot."""
    reasons = [(contender, contender.missing()) for contender in contenders]
    return [who for who, why in reasons if why is None], {who.name: why for who, why in reasons if why is not None}


def say_left_out(console: Console, missing: Mapping[str, str]) -> None:
    """Say who cannot run here, and why, a line each."""
    for name, why in missing.items():
        console.print(Text(f"left out: {name}: {why}"), soft_wrap=True)


def in_turn(kind: str, parts: Sequence[Part], work: Callable[[Part, Tell], T], err: Console) -> Iterator[T]:
    """Do one part of a comparison after the other, showing how far it is; yield what was found of each."""
    for number, part in enumerate(parts, 1):
        yield with_progress(err, f"{kind} {number} of {len(parts)}", part, partial(work, part))


def write_files(
    json_path: Path | None, plot_path: Path | None, as_json: Callable[[], dict[str, Any]], draw: Callable[[Path], None]
) -> None:
    """Write what was found until now, as JSON and as a picture, wherever that was asked for.

    Raises OSError when a file cannot be written, ValueError for a kind of picture that cannot be made.
    """
    if json_path is not None:
        json_path.write_text(json.dumps(as_json(), indent=1) + "\n", encoding="utf-8")
    if plot_path is not None:
        draw(plot_path)
