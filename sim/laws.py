"""Distributions as people write them in YAML, and what can be said of them: means, draws.

A bare value is constant (``3m``); everything else is a mapping with one key, the family, and perhaps ``at_most``
beside it. What is drawn is a time, a number of customers or a factor: a :class:`Quantity` says how such a value is
written. A :class:`Law` is the result, in the engine's terms (:class:`~acdcore.sim.world.Shape`), in seconds where
it is of times.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from ..config.durations import FORM, format_duration
from ..config.references import did_you_mean
from ..config.tree import Path
from ..config.values import duration_value, refused, several
from ..router.codes import DAY_NS, SECOND_NS, Rule
from .scenario_files import FileError, read_values
from .world import ALWAYS, Floats, Shape

FAMILIES: Final = (
    "constant",
    "exponential",
    "erlang",
    "gamma",
    "lognormal",
    "weibull",
    "uniform",
    "hyperexponential",
    "empirical",
    "hazard",
    "mixture",
)
MOST_TIME_NS: Final = 400 * DAY_NS
MOST_NUMBER: Final = 1e9
SHARES_TOLERANCE: Final = 1e-3
"""Shares may add up to 1 as nearly as this; they are then divided by their sum."""
MOST_NESTED: Final = 4
_TIME_RULE: Final = Rule(0, 0, MOST_TIME_NS)


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution. A mixture has ``parts``, (share, law) each, and every other one ``parameters``."""

    shape: Shape
    parameters: tuple[float, ...] = ()
    parts: tuple[tuple[float, Law], ...] = ()
    at_most: float = ALWAYS

    def mean(self) -> float:
        """Return the mean, ``at_most`` left aside."""
        if self.shape is Shape.MIXTURE:
            return sum(share * law.mean() for share, law in self.parts)
        return _MEANS[self.shape](self.parameters)

    def draw(self, random: np.random.Generator, count: int) -> Floats:
        """Draw ``count`` values."""
        if self.shape is Shape.MIXTURE:
            which = random.choice(len(self.parts), size=count, p=[share for share, _ in self.parts])
            drawn = np.stack([law.draw(random, count) for _, law in self.parts])[which, np.arange(count)]
        else:
            drawn = _DRAWS[self.shape](random, self.parameters, count)
        return np.minimum(drawn, self.at_most)

    def flattened(self) -> list[tuple[float, Law]]:
        """Return a mixture's parts, mixtures among them taken apart; of another law itself."""
        if self.shape is not Shape.MIXTURE:
            return [(1.0, self)]
        return [
            (share * inner, replace(law, at_most=min(law.at_most, self.at_most)))
            for share, part in self.parts
            for inner, law in part.flattened()
        ]


def constant(value: float) -> Law:
    """Return the law of what is always the same."""
    return Law(Shape.CONSTANT, (value,))


def _lognormal_mean(parameters: tuple[float, ...]) -> float:
    log_mean, log_sd = parameters
    return math.exp(log_mean + log_sd * log_sd / 2)


def _hazard_pieces(parameters: tuple[float, ...]) -> list[tuple[float, float, float]]:
    """Return a hazard's pieces: (from, to, rate)."""
    starts, rates = parameters[0::2], parameters[1::2]
    return list(zip(starts, [*starts[1:], math.inf], rates, strict=True))


def _hazard_mean(parameters: tuple[float, ...]) -> float:
    """Return the integral of the survival function."""
    total, survival = 0.0, 1.0
    for begin, end, rate in _hazard_pieces(parameters):
        lasting = math.exp(-rate * (end - begin)) if rate else 1.0
        total += survival * ((1.0 - lasting) / rate if rate else end - begin)
        survival *= lasting
    return total


def _draw_hazard(random: np.random.Generator, parameters: tuple[float, ...], count: int) -> Floats:
    left = random.exponential(size=count)
    drawn = np.full(count, math.nan)
    for begin, end, rate in _hazard_pieces(parameters):
        spent = rate * (end - begin) if rate else 0.0
        here = np.isnan(drawn) & (left < spent)
        drawn[here] = begin + left[here] / rate if rate else begin
        left = left - spent
    return drawn


_MEANS: Final[Mapping[Shape, Callable[[tuple[float, ...]], float]]] = {
    Shape.CONSTANT: lambda p: p[0],
    Shape.EXPONENTIAL: lambda p: p[0],
    Shape.GAMMA: lambda p: p[0] * p[1],
    Shape.LOGNORMAL: _lognormal_mean,
    Shape.WEIBULL: lambda p: p[1] * math.gamma(1 + 1 / p[0]),
    Shape.UNIFORM: lambda p: (p[0] + p[1]) / 2,
    Shape.EMPIRICAL: lambda p: math.fsum(p) / len(p),
    Shape.HAZARD: _hazard_mean,
}
_DRAWS: Final[Mapping[Shape, Callable[[np.random.Generator, tuple[float, ...], int], Floats]]] = {
    Shape.CONSTANT: lambda _, p, n: np.full(n, p[0]),
    Shape.EXPONENTIAL: lambda r, p, n: r.exponential(p[0], n),
    Shape.GAMMA: lambda r, p, n: r.gamma(p[0], p[1], n),
    Shape.LOGNORMAL: lambda r, p, n: r.lognormal(p[0], p[1], n),
    Shape.WEIBULL: lambda r, p, n: p[1] * r.weibull(p[0], n),
    Shape.UNIFORM: lambda r, p, n: r.uniform(p[0], p[1], n),
    Shape.EMPIRICAL: lambda r, p, n: r.choice(np.asarray(p), n),
    Shape.HAZARD: _draw_hazard,
}


# ---------------------------------------------------------------------- from YAML


class Quantity(NamedTuple):
    """What a distribution is of: how its values are written, and what they are called in messages."""

    read: Callable[[Any], float]
    what: str
    example: str
    unit: str
    """What an empirical file's numbers are in."""


def time_s(value: Any) -> float:
    """Return a duration in seconds, or raise what is allowed."""
    return duration_value(value, _TIME_RULE) / SECOND_NS


def plain_number(value: Any) -> float:
    """Return a number that is not negative, or raise what is allowed."""
    return number(value, 0.0, MOST_NUMBER)


def number(value: Any, least: float, greatest: float, *, above: bool = False) -> float:
    """Return a number in a range, without its lower end if ``above``; or raise what is allowed."""
    allowed = f"numbers over {least:g}, up to {greatest:g}" if above else f"numbers from {least:g} to {greatest:g}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused("must be a number", allowed)
    if not least <= value <= greatest or (above and value <= least):  # true for NaN as well
        raise refused("is out of range", allowed)
    return float(value)


TIME: Final = Quantity(time_s, "duration", "3m", "seconds")
NUMBER: Final = Quantity(plain_number, "number", "3", "numbers")


class _Reader:
    """Reads one distribution and notes everything that is wrong with it, each with its path below it."""

    def __init__(self, quantity: Quantity, folder: str) -> None:
        self.quantity = quantity
        self.folder = folder
        self.problems: list[tuple[Path, str]] = []

    def wrong(self, path: Path, message: str, allowed: str = "") -> None:
        self.problems.append((path, f"{message}; allowed: {allowed}" if allowed else message))

    def value(self, value: Any, path: Path, *, positive: bool = False) -> float:
        """Return a time or number, 1 where it is none."""
        return self.checked(self.quantity.read, value, path, positive=positive)

    def checked(self, read: Callable[[Any], float], value: Any, path: Path, *, positive: bool = False) -> float:
        try:
            found = read(value)
        except PydanticCustomError as error:
            self.problems.append((path, error.message()))
            return 1.0
        if positive and found <= 0:
            self.wrong(path, "must be more than 0")
            return 1.0
        return found

    def rate(self, value: Any, path: Path) -> float:
        """Return how many an hour, of which the mean time comes: from one in 400 days; 1 where it is none."""
        least = 3_600.0 * SECOND_NS / MOST_TIME_NS
        return self.checked(lambda said: number(said, least, MOST_NUMBER), value, path)

    def law(self, value: Any, path: Path, depth: int = 0) -> Law:
        if not isinstance(value, dict):
            return constant(self.value(value, path))
        families = [key for key in value if key != "at_most"]
        for key in families:
            if key not in FAMILIES:
                self.wrong((*path, key), f"is no distribution{did_you_mean(key, FAMILIES)}", ", ".join(FAMILIES))
        if len(families) != 1:
            message = f"must name one distribution, not {len(families)}"
            self.wrong(
                path, message, f"{self.quantity.example}, or {{exponential: {self.quantity.example}}} and others"
            )
        if len(families) != 1 or families[0] not in FAMILIES:
            return constant(1.0)
        family = families[0]
        if depth > MOST_NESTED:
            self.wrong(path, "is nested too deeply", f"{MOST_NESTED} mixtures in each other")
            return constant(1.0)
        read: Callable[[Any, Path, int], Law] = getattr(self, f"_{family}")
        law = read(value[family], (*path, family), depth)
        if "at_most" in value:
            law = replace(law, at_most=self.value(value["at_most"], (*path, "at_most"), positive=True))
        return law

    def _fields(self, value: Any, path: Path, *wanted: str, one_of: tuple[str, ...] = ()) -> dict[str, Any] | None:
        """Return a mapping that has the wanted keys and just one of some others; None where it does not."""
        keys = f"{{{', '.join([*wanted, *([' or '.join(one_of)] if one_of else [])])}}}"
        if not isinstance(value, dict):
            self.wrong(path, "must be a mapping", keys)
            return None
        said = [key for key in value if key in one_of]
        good = len(said) == bool(one_of)
        for key in value:
            if key not in wanted and key not in one_of:
                self.wrong((*path, key), f"is not a known field{did_you_mean(key, (*wanted, *one_of))}", keys)
                good = False
        for key in wanted:
            if key not in value:
                self.wrong((*path, key), "is missing")
                good = False
        if len(said) != bool(one_of):
            self.wrong(path, f"must have {' or '.join(one_of)}, one of them")
        return value if good else None

    def _ratio(self, value: Any, path: Path) -> float:
        return self.checked(lambda said: number(said, 0.0, 1e6, above=True), value, path)

    def _mean_sd(self, value: Any, path: Path, extra: tuple[str, ...] = ()) -> tuple[float, float] | None:
        """Return mean and coefficient of variation."""
        fields = self._fields(value, path, "mean", one_of=("sd", "cv", *extra))
        if fields is None:
            return None
        mean = self.value(fields["mean"], (*path, "mean"), positive=True)
        if "sd" in fields:
            return mean, self.value(fields["sd"], (*path, "sd"), positive=True) / mean
        if "cv" in fields:
            return mean, self._ratio(fields["cv"], (*path, "cv"))
        return mean, 1 / math.sqrt(self._ratio(fields["shape"], (*path, "shape")))

    def _constant(self, value: Any, path: Path, _: int) -> Law:
        return constant(self.value(value, path))

    def _exponential(self, value: Any, path: Path, _: int) -> Law:
        if self.quantity is not TIME or not isinstance(value, dict):
            return Law(Shape.EXPONENTIAL, (self.value(value, path, positive=True),))
        fields = self._fields(value, path, "per_hour")
        if fields is None:
            return constant(1.0)
        return Law(Shape.EXPONENTIAL, (3_600.0 / self.rate(fields["per_hour"], (*path, "per_hour")),))

    def _erlang(self, value: Any, path: Path, _: int) -> Law:
        fields = self._fields(value, path, "mean", "k")
        if fields is None:
            return constant(1.0)
        mean, k = self.value(fields["mean"], (*path, "mean"), positive=True), fields["k"]
        if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= 10_000:
            self.wrong((*path, "k"), "is no number of phases", "whole numbers from 1 to 10000")
            return constant(1.0)
        return Law(Shape.GAMMA, (float(k), mean / k))

    def _gamma(self, value: Any, path: Path, _: int) -> Law:
        said = self._mean_sd(value, path, ("shape",))
        if said is None:
            return constant(1.0)
        mean, cv = said
        return Law(Shape.GAMMA, (1 / cv**2, mean * cv**2))

    def _lognormal(self, value: Any, path: Path, _: int) -> Law:
        said = self._mean_sd(value, path)
        if said is None:
            return constant(1.0)
        mean, cv = said
        variance = math.log1p(cv**2)
        return Law(Shape.LOGNORMAL, (math.log(mean) - variance / 2, math.sqrt(variance)))

    def _weibull(self, value: Any, path: Path, _: int) -> Law:
        fields = self._fields(value, path, "mean", "shape")
        if fields is None:
            return constant(1.0)
        mean = self.value(fields["mean"], (*path, "mean"), positive=True)
        shape = self.checked(lambda said: number(said, 0.05, 1e3), fields["shape"], (*path, "shape"))
        return Law(Shape.WEIBULL, (shape, mean / math.gamma(1 + 1 / shape)))

    def _uniform(self, value: Any, path: Path, _: int) -> Law:
        if not isinstance(value, list) or len(value) != 2:
            self.wrong(path, "must be a list of two", "[least, greatest]")
            return constant(1.0)
        least, greatest = (self.value(one, (*path, at)) for at, one in enumerate(value))
        if greatest < least:
            self.wrong((*path, 1), "is less than the first of the two", "[least, greatest]")
        return Law(Shape.UNIFORM, (least, greatest))

    def _parts(self, value: Any, path: Path, key: str) -> list[tuple[float, Any, Path]]:
        """Return a list's (share, what is at ``key``, its path); empty where it is no such list."""
        if not isinstance(value, list) or not value:
            self.wrong(path, "must be a list of parts", f"[{{share: 0.3, {key}: ...}}, ...]")
            return []
        found = []
        for at, part in enumerate(value):
            fields = self._fields(part, (*path, at), "share", key)
            if fields is None:
                return []
            share = self.checked(lambda said: number(said, 0.0, 1.0), fields["share"], (*path, at, "share"))
            found.append((share, fields[key], (*path, at, key)))
        total = sum(share for share, _, _ in found)
        if abs(total - 1.0) > SHARES_TOLERANCE:
            self.wrong(path, f"has shares that add up to {total:g}, not to 1")
            return []
        return [(share / total, what, where) for share, what, where in found]

    def _hyperexponential(self, value: Any, path: Path, _: int) -> Law:
        parts = [
            (share, Law(Shape.EXPONENTIAL, (self.value(mean, where, positive=True),)))
            for share, mean, where in self._parts(value, path, "mean")
        ]
        return Law(Shape.MIXTURE, parts=tuple(parts))

    def _mixture(self, value: Any, path: Path, depth: int) -> Law:
        parts = [(share, self.law(of, where, depth + 1)) for share, of, where in self._parts(value, path, "of")]
        return Law(Shape.MIXTURE, parts=tuple(parts))

    def _empirical(self, value: Any, path: Path, _: int) -> Law:
        if isinstance(value, list) and value:
            return Law(Shape.EMPIRICAL, tuple(sorted(self.value(one, (*path, at)) for at, one in enumerate(value))))
        if not isinstance(value, str):
            self.wrong(path, "must be a list of values or the name of a file", f"a CSV of {self.quantity.unit}")
            return constant(1.0)
        try:
            values = read_values(self.folder, value)
        except FileError as error:
            self.wrong(path, str(error))
            return constant(1.0)
        return Law(Shape.EMPIRICAL, tuple(sorted(values)))

    def _hazard(self, value: Any, path: Path, _: int) -> Law:
        form = "[{from: 0s, per_hour: 7}, ...]"
        if self.quantity is not TIME:
            self.wrong(path, "is of times only")
            return constant(1.0)
        if not isinstance(value, list) or not value:
            self.wrong(path, "must be a list of pieces", form)
            return constant(1.0)
        pieces: list[tuple[float, float]] = []
        for at, piece in enumerate(value):
            fields = self._fields(piece, (*path, at), "from", "per_hour")
            if fields is not None:
                rate = self.checked(plain_number, fields["per_hour"], (*path, at, "per_hour"))
                pieces.append((self.value(fields["from"], (*path, at, "from")), rate / 3_600.0))
        if len(pieces) < len(value):
            return constant(1.0)
        if pieces[0][0]:
            self.wrong((*path, 0, "from"), "must be 0s in the first piece")
        for at, ((begin, _rate), (later, _later_rate)) in enumerate(pairwise(pieces), 1):
            if later <= begin:
                self.wrong((*path, at, "from"), "is not after the piece before it")
        if not pieces[-1][1]:
            self.wrong((*path, len(pieces) - 1, "per_hour"), "must be more than 0 in the last piece, or some never end")
        return Law(Shape.HAZARD, tuple(figure for piece in pieces for figure in piece))


def read_law(value: Any, quantity: Quantity, folder: str = "") -> Law:
    """Return the distribution that a value of a YAML file says.

    Args:
        value: a bare value, or a mapping with one family's name.
        quantity: what it is of.
        folder: where the files are that it may name.

    Raises:
        PydanticCustomError: with everything that is wrong with it.
    """
    if isinstance(value, Law):
        return value
    reader = _Reader(quantity, folder)
    law = reader.law(value, ())
    if reader.problems:
        raise several(reader.problems)
    return law


def time_law(value: Any, info: ValidationInfo) -> Law:
    """Return a distribution of times."""
    return read_law(value, TIME, info.context.folder if info.context else "")


def patience_law(value: Any, info: ValidationInfo) -> Law:
    """Return a distribution of times, in which ``never`` is one that does not pass."""
    return constant(ALWAYS) if value == "never" else time_law(value, info)


def count_law(value: Any, info: ValidationInfo) -> Law:
    """Return a distribution of how many."""
    return read_law(value, NUMBER, info.context.folder if info.context else "")


def factor_law(value: Any, info: ValidationInfo) -> Law:
    """Return a distribution of factors, whose mean is 1."""
    law = count_law(value, info)
    if law.at_most < ALWAYS:
        raise refused("must not be cut by at_most, as its mean has to be 1")
    mean = law.mean()
    if abs(mean - 1.0) > SHARES_TOLERANCE:
        raise refused(f"has the mean {mean:.6g}; a factor's is 1: let the demand itself say how much it is")
    return law


def law_words(law: Law | None) -> str:
    """Return a distribution of times in a few words: ``lognormal, mean 3m5s``."""
    if law is None:
        return "none"
    if law.shape is Shape.CONSTANT and law.parameters[0] >= ALWAYS:
        return "never"
    mean = seconds_words(law.mean())
    cut = f", at most {seconds_words(law.at_most)}" if law.at_most < ALWAYS else ""
    return f"{mean}{cut}" if law.shape is Shape.CONSTANT else f"{law.shape.name.lower()}, mean {mean}{cut}"


def seconds_words(seconds: float) -> str:
    """Return a time as people write it, to the millisecond below a minute, to the second above."""
    digits = 3 if seconds < 60 else 0
    return format_duration(round(round(seconds, digits) * 1_000) * 1_000_000)


TIME_FORM: Final = FORM
