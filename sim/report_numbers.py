"""Numbers as people read them: as many digits as their interval bears, with its half width.

Every function here returns HTML that needs no escaping: digits, units, a dash where there is nothing to say.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

NOTHING: Final = "–"
MOST_SECONDS: Final = 600.0
MOST_MINUTES: Final = 120.0
RELATIVE: Final = 1e-6
"""An interval is called symmetric where its halves differ by no more than this share of its width."""


class Range(NamedTuple):
    """A value and its interval; NaN where there is none."""

    value: float
    low: float = math.nan
    high: float = math.nan

    @property
    def half(self) -> float:
        """Half the width of the interval; NaN without one."""
        return (self.high - self.low) / 2.0

    @property
    def is_symmetric(self) -> bool:
        """Whether the value is the middle of its interval."""
        return abs((self.high - self.value) - (self.value - self.low)) <= RELATIVE * (self.high - self.low)

    def scaled(self, factor: float) -> Range:
        """Return the same in another unit."""
        return Range(self.value * factor, self.low * factor, self.high * factor)


def decimals_for(what: Range, least: int, most: int) -> int:
    """Return how many decimals a value bears: those of the first digit of its half width, within limits.

    Without an interval the value's own size decides.
    """
    if not math.isfinite(what.half) or what.half <= 0.0:
        size = abs(what.value)
        wanted = 0 if size == 0.0 or size >= 100.0 else 1 if size >= 1.0 else 2
    else:
        wanted = -math.floor(math.log10(what.half))
    return min(most, max(least, wanted))


def with_interval(what: Range, unit: str = "", *, least: int = 1, most: int = 3, sign: bool = False) -> str:
    """Return ``81.2 % ±0.8``, or ``81.2 % (80.1 to 81.4)`` for a lopsided interval, or the value alone.

    Alone stands what has no interval, and what came out the same every time.
    """
    if not math.isfinite(what.value):
        return NOTHING
    known = math.isfinite(what.half) and what.half > 0.0
    decimals = decimals_for(what, least, most) if known or what.value != round(what.value) else 0
    text = fixed(what.value, decimals, sign=sign) + (f" {unit}" if unit else "")
    if not known:
        return text
    if what.is_symmetric:
        half = fixed(what.half, decimals)
        if not half.strip("0."):  # less than its last digit can say
            half = f"&lt;{fixed(10.0**-decimals, decimals)}"
        return f'{text} <span class="pm">±{half}</span>'
    return f'{text} <span class="pm">({fixed(what.low, decimals)} to {fixed(what.high, decimals)})</span>'


def fixed(value: float, decimals: int, *, sign: bool = False) -> str:
    """Return a number with so many decimals, commas between thousands, and a true minus sign."""
    text = f"{value:+,.{decimals}f}" if sign else f"{value:,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("+-")
    return text.replace("-", "−")


def share(what: Range, *, sign: bool = False) -> str:
    """Return a share as a percentage."""
    return with_interval(what.scaled(100.0), "%", most=2, sign=sign)


def count(what: Range) -> str:
    """Return a mean count a replication."""
    return with_interval(what, least=0 if abs(what.value) >= 100.0 else 1, most=1)


def seconds(what: Range, *, sign: bool = False) -> str:
    """Return a time in seconds, minutes or hours, whatever suits its size."""
    size = abs(what.value)
    if not math.isfinite(size) or size < MOST_SECONDS:
        return with_interval(what, "s", least=0 if size >= 100.0 else 1, most=2, sign=sign)
    if size < MOST_MINUTES * 60.0:
        return with_interval(what.scaled(1.0 / 60.0), "min", most=2, sign=sign)
    return with_interval(what.scaled(1.0 / 3_600.0), "h", most=2, sign=sign)


def duration(value_s: float) -> str:
    """Return an exact time without an interval: ``20 s``, ``90 s``, ``30 min``, ``8 h``, ``7 days``."""
    for unit, size, least in (("days", 86_400.0, 2.0), ("h", 3_600.0, 1.0), ("min", 60.0, 2.0)):
        if value_s >= least * size:
            return f"{value_s / size:.4g} {unit}"
    return f"{value_s:.4g} s"
