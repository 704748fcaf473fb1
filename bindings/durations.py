"""Durations as people write them, as whole nanoseconds: ``20s``, ``1m30s``, ``0.5h``."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

UNITS_NS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # the micro sign
    "μs": 1_000,  # the Greek letter
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60 * 1_000_000_000,
    "h": 3_600 * 1_000_000_000,
    "d": 86_400 * 1_000_000_000,
}
FORM: Final = "a number and a unit (ns, us, ms, s, m, h, d), such as 20s, 1m30s or 0.5h"

_SPELLED = ("d", "h", "m", "s", "ms", "us", "ns")
_LONGEST_TEXT = 64
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ns|us|µs|μs|ms|s|m|h|d)\s*")


def parse_duration(text: str) -> int:
    """Return the whole nanoseconds that a text says, exactly; ``0`` needs no unit.

    Raises:
        ValueError: when the text is no duration, negative, or not whole nanoseconds.
    """
    text = text.strip()
    if text == "0":
        return 0
    if text.startswith("-"):
        raise ValueError("must not be negative")
    total = Fraction(0)
    at = 0
    while at < len(text) <= _LONGEST_TEXT:
        part = _PART.match(text, at)
        if part is None:
            break
        total += Fraction(part[1]) * UNITS_NS[part[2]]
        at = part.end()
    if not text or at < len(text):
        raise ValueError("is no duration")
    if total.denominator != 1:
        raise ValueError("is finer than a nanosecond")
    return int(total)


def format_duration(duration_ns: int) -> str:
    """Return nanoseconds in the largest units that say them exactly: ``1m30s``, ``0s``, ``-1s``."""
    parts = ["-"] if duration_ns < 0 else []
    rest = abs(duration_ns)
    for unit in _SPELLED:
        count, rest = divmod(rest, UNITS_NS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
