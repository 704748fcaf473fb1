"""Scenarios compared replication by replication: what they have in common (the same customers) cancels out.

Both must have been simulated with the same seed and the same replications; then the interval of a difference is
that of the paired differences, mostly far narrower than what two separate intervals would allow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from .figures import Figures, Of
from .figures_cells import FiguresError
from .figures_define import Described
from .figures_estimate import Estimate, Floats, difference, over

MINUS: Final = "\N{MINUS SIGN}"
PLUS_MINUS: Final = "\N{PLUS-MINUS SIGN}"


@dataclass(frozen=True)
class _Difference:
    """b - a in every cell: [cells]."""

    value: Floats
    error: Floats
    freedom: Floats

    def half_width(self, confidence: float) -> Floats:
        known = np.where(self.freedom > 0.0, self.freedom, np.nan)
        return np.asarray(stats.t.ppf((1.0 + confidence) / 2.0, known) * self.error, dtype=np.float64)

    def p(self) -> Floats:
        """Return how likely a difference at least as large is if there is none (two-sided t test)."""
        known = np.where(self.freedom > 0.0, self.freedom, np.nan)
        tails = 2.0 * stats.t.sf(np.abs(over(self.value, self.error)), known)
        certain = np.where(self.value == 0.0, 1.0, 0.0)
        return np.asarray(np.where(self.error == 0.0, certain, tails), dtype=np.float64)


def compare(
    a: Figures,
    b: Figures,
    figures: Sequence[str] | None = None,
    by: Sequence[str] = (),
    *,
    of: Of = "customers",
    paired: bool = True,
    adjust: bool = False,
    confidence: float | None = None,
) -> pd.DataFrame:
    """Return b - a for each figure in each cell that both have.

    Args:
        a: what is compared with.
        b: what is compared.
        figures: which ones; None: all that both have.
        by: levels, as of the frame.
        of: which frame: "customers", "agents", "fairness", "each_agent" or "waits".
        paired: replication by replication. False: as if the replications had nothing to do with each other (Welch's
            interval), which scenarios with different seeds or numbers of replications need.
        adjust: p-values adjusted by Holm's method to how many differences the whole table shows: the chance that
            any of them is called different though none is stays below the level. Intervals are not adjusted.
        confidence: of the intervals; None: that of ``a``.

    Returns:
        For each figure X the columns ``X_a``, ``X_b``, ``X_diff`` (b - a), ``X_low`` and ``X_high`` (the ends of
        the difference's interval) and ``X_p``. NaN where either has no value, or one value only.

    Raises:
        FiguresError: names what does not go together, and what is allowed.
    """
    level = _level(a, confidence)
    names = _names([a, b], figures, by, of)
    _check_pair(a, b, "b", paired=paired)
    frame = _frame(a, b, names, by, of, level, paired=paired)
    return _adjusted(frame, names) if adjust else frame


def compare_many(
    scenarios: Mapping[str, Figures],
    figures: Sequence[str] | None = None,
    by: Sequence[str] = (),
    *,
    of: Of = "customers",
    paired: bool = True,
    adjust: bool = False,
    confidence: float | None = None,
) -> pd.DataFrame:
    """Return the differences of each scenario to the first one, as :func:`compare` does.

    The first level of the index, ``scenario``, is the name of the scenario that is compared; with ``adjust`` all
    differences of all scenarios count.
    """
    if len(scenarios) < 2:
        raise FiguresError(f"scenarios: {list(scenarios)!r}; at least two are needed")
    first, *others = scenarios
    level = _level(scenarios[first], confidence)
    names = _names(list(scenarios.values()), figures, by, of)
    frames = {}
    for name in others:
        _check_pair(scenarios[first], scenarios[name], name, paired=paired)
        frames[name] = _frame(scenarios[first], scenarios[name], names, by, of, level, paired=paired)
    frame = pd.concat(frames, names=["scenario"])
    if not by and of != "each_agent":
        frame = frame.reset_index(level=1, drop=True)
    return _adjusted(frame, names) if adjust else frame


def sentences(
    a: Figures,
    b: Figures,
    figures: Sequence[str] = ("service_level",),
    by: Sequence[str] = (),
    *,
    of: Of = "customers",
    paired: bool = True,
    confidence: float | None = None,
) -> list[str]:
    """Say b - a in words, one sentence a figure: ``vip within 10 s +3.1 ± 0.4 points; standard ...``.

    Shares are in points (hundredths). What has no interval is said to have none. Raises as :func:`compare` does.
    """
    frame = compare(a, b, figures, by, of=of, paired=paired, confidence=confidence)
    described = {entry.name: entry for entry in b.described(of)}
    return [_sentence(frame, described[name]) for name in figures]


def holm(p: Floats) -> Floats:
    """Return p-values adjusted by Holm's step-down method (1979); NaN stay, and do not count."""
    known = np.flatnonzero(~np.isnan(p))
    ascending = known[np.argsort(p[known], kind="stable")]
    steps = p[ascending] * np.arange(known.size, 0, -1)
    adjusted = p.copy()
    adjusted[ascending] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


def _adjusted(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    columns = [f"{name}_p" for name in names]
    values = frame[columns].to_numpy(np.float64)
    return frame.assign(**dict(zip(columns, holm(values.ravel()).reshape(values.shape).T, strict=True)))


def _level(a: Figures, confidence: float | None) -> float:
    level = a.confidence if confidence is None else confidence
    if not 0.0 < level < 1.0:
        raise FiguresError(f"confidence: {level!r}; allowed is more than 0 and less than 1")
    return level


def _names(all_of: Sequence[Figures], figures: Sequence[str] | None, by: Sequence[str], of: Of) -> list[str]:
    """Return the figures to compare: those asked for, or those that all have."""
    all_of[0].table(of, by)  # checks both
    common = [
        entry.name
        for entry in all_of[0].described(of)
        if all(entry.name in {other.name for other in one.described(of)} for one in all_of[1:])
    ]
    unknown = [name for name in figures or () if name not in common]
    if unknown or (figures is not None and not figures):
        raise FiguresError(f"figures: {unknown or list(figures or ())!r}; allowed is any of {', '.join(common)}")
    return common if figures is None else list(figures)


def _check_pair(a: Figures, b: Figures, name: str, *, paired: bool) -> None:
    """Raise :class:`FiguresError` unless what was simulated can be compared."""
    for field in ("horizon_s", "warm_up_s", "interval_s", "period_s"):
        mine, other = getattr(a.world, field), getattr(b.world, field)
        if mine != other:
            raise FiguresError(f"{name}: {field} is {other:g}; allowed is {mine:g}, as in what it is compared with")
    if not paired:
        return
    if a.world.seed != b.world.seed:
        raise FiguresError(
            f"{name}: its seed is {b.world.seed}; allowed is {a.world.seed}, as in what it is compared with "
            "(or compare them unpaired)"
        )
    if (a.method, a.samples) != (b.method, b.samples):
        raise FiguresError(
            f"{name}: has {_samples(b)}; allowed is {_samples(a)}, as in what it is compared with "
            "(or compare them unpaired)"
        )


def _samples(figures: Figures) -> str:
    return "one replication" if figures.samples == 1 else f"{figures.samples} {figures.method}"


def _frame(
    a: Figures, b: Figures, names: Sequence[str], by: Sequence[str], of: Of, level: float, *, paired: bool
) -> pd.DataFrame:
    """Return the differences of two scenarios in the cells that both have."""
    before, after = a.table(of, by), b.table(of, by)
    index = before.index[before.index.isin(after.index)]
    if index.empty:
        raise FiguresError(f"by: {list(by)!r}; the two have nothing of the same name there")
    mine, other = before.index.get_indexer(index), after.index.get_indexer(index)
    columns = {}
    for name in names:
        old, new = before.estimates[name].at(mine), after.estimates[name].at(other)
        made = _paired(new, old) if paired else _unpaired(new, old)
        half = made.half_width(level)
        columns[f"{name}_a"], columns[f"{name}_b"], columns[f"{name}_diff"] = old.value, new.value, made.value
        columns[f"{name}_low"], columns[f"{name}_high"] = made.value - half, made.value + half
        columns[f"{name}_p"] = made.p()
    return pd.DataFrame(columns, index=index)


def _paired(after: Estimate, before: Estimate) -> _Difference:
    both = difference(after, before)
    error = np.where(np.isnan(both.value), np.nan, both.deviation())
    return _Difference(both.value, error, _freedom(both))


def _unpaired(after: Estimate, before: Estimate) -> _Difference:
    new, old = after.deviation() ** 2, before.deviation() ** 2
    below = over(new**2, _freedom(after)) + over(old**2, _freedom(before))
    # with no spread at all any number of degrees of freedom will do
    freedom = np.where(below == 0.0, 1.0, over((new + old) ** 2, below))
    return _Difference(after.value - before.value, np.sqrt(new + old), np.nan_to_num(freedom))


def _freedom(estimate: Estimate) -> Floats:
    return estimate.used.astype(np.float64) - 1.0


def _sentence(frame: pd.DataFrame, described: Described) -> str:
    name = described.name
    scale, unit = (100.0, "points") if described.unit == "share" else (1.0, described.unit)
    said: list[str] = []
    for key, value, high in zip(frame.index, frame[f"{name}_diff"], frame[f"{name}_high"], strict=True):
        words = [] if frame.index.names == [None] else [_key_in_words(key)]
        if not said:
            words.append(described.label)
        shown = _difference_in_words(value * scale, (high - value) * scale, unit, int(described.unit in ("share", "s")))
        if any(digit in shown for digit in "0123456789"):
            unit = ""  # said once, with the first number
        said.append(" ".join([*words, shown]))
    return "; ".join(said)


def _key_in_words(key: object) -> str:
    parts = key if isinstance(key, tuple) else (key,)
    return ", ".join(f"{part:g} s" if isinstance(part, float) else str(part) for part in parts)


def _difference_in_words(value: float, half: float, unit: str, least_digits: int) -> str:
    if math.isnan(value):
        return "nothing to compare"
    if value == half == 0.0:
        return "no difference"
    digits = max(_digits(half), least_digits)
    said = f"{value:+.{digits}f}".replace("-", MINUS)
    if math.isnan(half):
        return f"{said} {unit}".rstrip() + " (no interval)"
    return f"{said} {PLUS_MINUS} {half:.{digits}f} {unit}".rstrip()


def _digits(half: float) -> int:
    """Return how many decimals say something: the first digit of the half width, a second one after a 1."""
    if not half > 0.0:
        return 2
    first = math.floor(math.log10(half))
    leading = half / 10.0**first
    return min(9, max(0, -first + (leading < 2.0)))
