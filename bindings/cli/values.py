"""The values of options: read from their text, or refused in one style, "VALUE; allowed: ...".

The command line puts the option's name before it. A default passes through here too, as it is.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import typer

from ..errors import shown

Number = TypeVar("Number", int, float)
PICTURES: Final = (".svg", ".png", ".pdf")
WORDS: Final[dict[type, str]] = {int: "whole numbers", float: "numbers"}


def _refuse(value: object, allowed: str, what: str = "") -> NoReturn:
    raise typer.BadParameter(f"{shown(value)}{what}; allowed: {allowed}")


def number_value(kind: type[Number], least: Number, greatest: Number | None = None) -> Callable[[str | Number], Number]:
    """Return a reader of numbers from ``least`` to ``greatest`` (None: any), both allowed."""
    allowed = WORDS[kind]
    allowed += f" from {least}" if greatest is None else f" from {least} to {greatest}"

    def number(value: str | Number) -> Number:
        try:
            read = kind(value)
        except ValueError:
            _refuse(value, allowed)
        if not least <= read or not (greatest is None or read <= greatest):  # so that NaN is refused
            _refuse(value, allowed)
        return read

    return number


def word_value(*allowed: str) -> Callable[[str], str]:
    """Return a reader of one word of several."""

    def word(value: str) -> str:
        if value not in allowed:
            _refuse(value, ", ".join(allowed))
        return value

    return word


@dataclass(frozen=True)
class Sizes:
    """Several whole numbers in one option."""

    values: tuple[int, ...]


def sizes_value(least: int, greatest: int) -> Callable[[str | Sizes], Sizes]:
    """Return a reader of whole numbers in a range, with commas between them; each counts once."""
    allowed = f"{WORDS[int]} from {least} to {greatest}, with commas between them"

    def sizes(value: str | Sizes) -> Sizes:
        if isinstance(value, Sizes):
            return value
        try:
            read = tuple(dict.fromkeys(int(word) for word in value.split(",")))
        except ValueError:
            _refuse(value, allowed)
        if not all(least <= number <= greatest for number in read):
            _refuse(value, allowed)
        return Sizes(read)

    return sizes


def file_value(*endings: str) -> Callable[[str | Path], Path]:
    """Return a reader of a file to write, of these endings if any: what cannot be written is refused at once.

    It would be refused anyway, but after minutes of work that would be lost.
    """

    def file(value: str | Path) -> Path:
        path = Path(value)
        if not path.parent.is_dir():
            _refuse(path, "a file in a folder that exists")
        if path.is_dir():
            _refuse(path, "a file", " is a folder")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            _refuse(path, "a file that may be written")
        if endings and path.suffix.lower() not in endings:
            _refuse(path, f"names ending in {', '.join(endings)}")
        return path

    return file


def refuse_beside(name: str, others: Mapping[str, object]) -> None:
    """Refuse whatever is given of some options that have no meaning with another one."""
    for other, given in others.items():
        if given:
            raise typer.BadParameter(f"it has no meaning with {name}", param_hint=f"'{other}'")


def time_value(value: str | float) -> float:
    """Return a time of day, ``HH:MM``, as seconds since midnight; 24:00 is the day's end."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", value, re.ASCII)
    hours, minutes = (int(found[1]), int(found[2])) if found else (99, 0)
    if minutes > 59 or hours * 60 + minutes > 24 * 60:
        _refuse(value, "a time of day, HH:MM, up to 24:00")
    return hours * 3600.0 + minutes * 60.0


def date_value(value: str) -> str:
    """Return a date, ``YYYY-MM-DD`` or ``YYMMDD`` of the 1900s, as the text that it was."""
    text = f"19{value[:2]}-{value[2:4]}-{value[4:]}" if re.fullmatch(r"\d{6}", value, re.ASCII) else value
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise ValueError
        dt.date.fromisoformat(text)
    except ValueError:
        _refuse(value, "a date, YYYY-MM-DD, or YYMMDD of the 1900s")
    return value


def address_value(value: str) -> str:
    """Return an address of a server as it was: ``HOST:PORT``, an IPv6 host in brackets."""
    allowed = "HOST:PORT, such as 127.0.0.1:50051"
    host, colon, port = value.rpartition(":")
    if not colon or value.endswith("]"):
        _refuse(value, allowed, " has no port")
    if not host:
        _refuse(value, allowed, " has no host")
    if not re.fullmatch(r"\d{1,5}", port, re.ASCII) or not 1 <= int(port) <= 65_535:
        _refuse(value, f"{allowed}; ports from 1 to 65535", " has no such port")
    if ":" in host and not host.endswith("]") and "//" not in host:
        _refuse(value, f"{allowed}; an IPv6 host in brackets, such as [::1]:50051")
    return value


def collector_value(value: str) -> str:
    """Return where spans go: ``env``, or the URL of an OTLP collector as the exporter wants it."""
    if value == "env":
        return value
    for scheme, meant in (("otlp://", "http://"), ("otlps://", "https://")):
        if value.startswith(scheme):
            return meant + address_value(value.removeprefix(scheme))
    _refuse(value, "otlp://HOST:PORT, such as otlp://127.0.0.1:4317, otlps://HOST:PORT, or env")
