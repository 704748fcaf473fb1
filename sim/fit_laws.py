"""Named distributions fitted by maximum likelihood to times of which some are censored, and chosen by AIC.

The likelihood of a family is the density of the times whose end was seen times the survival of the others; densities
are SciPy's, so is the search. AIC = 2 k - 2 ln L with k parameters (Akaike 1974): the least one is chosen.

Times are seconds. A record in whole seconds has zeros, which no density of positive times allows: they count as half
a second (see :data:`LEAST_S`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import optimize, special, stats

from .fit import Bools, Floats, Hazard, Survival, fit_hazard, kaplan_meier

LEAST_S: Final = (0.5, 0.0005)
"""What 0 s counts as: in a record of whole seconds, and in any other."""
PIECES_S: Final = (0, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1_200)
"""Where the pieces of a hazard may begin..."""
LEAST_ENDS: Final = 25
"""...if at least so many ends were seen in the piece and beyond."""
SHORT_S: Final = 10.0
"""Where the search for short calls begins."""
LEAST_AT_RISK: Final = 30
"""Fewer than so many at risk say too little to hold a fit against."""


@dataclass(frozen=True)
class Sample:
    """Times, equal ones together: ``ended[i]`` ended at ``time_s[i]``, ``censored[i]`` are known to last longer."""

    time_s: Floats
    ended: Floats
    censored: Floats
    survival: Survival

    @classmethod
    def of(cls, time_s: Floats, ended: Bools | None = None) -> Sample:
        """Sort times; raises ``ValueError`` where there is none, or one is negative or no number."""
        seen = np.ones(time_s.size, np.bool_) if ended is None else ended
        if time_s.size == 0:
            raise ValueError("no times to fit")
        if not np.all(np.isfinite(time_s)) or float(time_s.min()) < 0.0:
            raise ValueError("times must be finite and not negative")
        least = LEAST_S[0] if np.array_equal(time_s, np.round(time_s)) else LEAST_S[1]
        times = np.maximum(time_s, least)
        distinct, at = np.unique(times, return_inverse=True)
        return cls(
            distinct,
            np.bincount(at, weights=seen, minlength=distinct.size).astype(np.float64),
            np.bincount(at, weights=~seen, minlength=distinct.size).astype(np.float64),
            kaplan_meier(times, seen),
        )

    @property
    def ends(self) -> int:
        """How many ends were seen."""
        return int(self.ended.sum())

    @property
    def size(self) -> int:
        """How many times there are."""
        return int(self.ended.sum() + self.censored.sum())

    def log_likelihood(self, log_density: Floats, log_survival: Floats) -> float:
        """Return ln L of a density and a survival, given at each of ``time_s``."""
        return float(_dot(self.ended, log_density) + _dot(self.censored, log_survival))

    def expanded(self) -> tuple[Floats, Bools]:
        """Return every time, and whether it ended."""
        times = np.concatenate([np.repeat(self.time_s, n.astype(np.int64)) for n in (self.ended, self.censored)])
        return times, np.arange(times.size) < self.ends


def _dot(counts: Floats, logs: Floats) -> float:
    # Nobody there: a density of 0 does not matter. Not np.dot, which shares long sums among threads: these wait for
    # each other on a busy machine, and the last digits depend on how many there are.
    some = counts > 0
    return float(np.sum(counts[some] * logs[some]))


@dataclass(frozen=True)
class FittedLaw:
    """A family with the parameters found, how well it fits, and how a scenario's YAML says it."""

    family: str
    parameters: Mapping[str, float]
    yaml: Mapping[str, Any]
    """As in a scenario; times in seconds as text (``12.5s``)."""
    mean_s: float
    n_parameters: int
    log_likelihood: float
    distance: float
    """Largest difference between the fitted survival and Kaplan–Meier's, as far as enough are at risk."""
    survival: Callable[[Floats], Floats]
    """Share that lasts longer than each time."""

    @property
    def aic(self) -> float:
        """Akaike's criterion: the less the better."""
        return 2.0 * self.n_parameters - 2.0 * self.log_likelihood

    def words(self) -> str:
        """Say the law in a few words: ``lognormal, mean 186 s``."""
        return f"{self.family}, mean {self.mean_s:.0f} s"


@dataclass(frozen=True)
class _Family:
    """A family in unconstrained parameters: where a search begins, its logarithms, what the result means."""

    start: Callable[[Sample], Sequence[float]]
    bounds: Sequence[tuple[float, float]]
    log_density: Callable[[Floats, Floats], Floats]
    log_survival: Callable[[Floats, Floats], Floats]
    tell: Callable[[Floats], tuple[dict[str, float], dict[str, Any], float]]
    """Parameters by name, YAML, mean."""


def seconds(value: float) -> str:
    """Return a time as a scenario says it, to the microsecond at most: ``186.4s``."""
    return f"{round(value, 6):.6g}s" if value < 1e5 else f"{value:.0f}s"


def _crude_mean(sample: Sample) -> float:
    return float(np.sum(sample.time_s * (sample.ended + sample.censored))) / max(1, sample.ends)


def _gamma_told(theta: Floats) -> tuple[dict[str, float], dict[str, Any], float]:
    shape, mean = np.exp(theta).tolist()
    sd = mean / math.sqrt(shape)
    return {"mean_s": mean, "shape": shape}, {"gamma": {"mean": seconds(mean), "sd": seconds(sd)}}, mean


def _lognormal_yaml(log_mean: float, log_sd: float) -> tuple[dict[str, Any], float]:
    mean = math.exp(log_mean + log_sd**2 / 2.0)
    return {"lognormal": {"mean": seconds(mean), "cv": round(math.sqrt(math.expm1(log_sd**2)), 6)}}, mean


def _lognormal_told(theta: Floats) -> tuple[dict[str, float], dict[str, Any], float]:
    log_mean, log_sd = float(theta[0]), math.exp(theta[1])
    yaml, mean = _lognormal_yaml(log_mean, log_sd)
    return {"log_mean": log_mean, "log_sd": log_sd}, yaml, mean


def _weibull_told(theta: Floats) -> tuple[dict[str, float], dict[str, Any], float]:
    shape, scale = np.exp(theta).tolist()
    mean = scale * math.gamma(1.0 + 1.0 / shape)
    yaml = {"weibull": {"mean": seconds(mean), "shape": round(shape, 6)}}
    return {"shape": shape, "scale_s": scale}, yaml, mean


def _short_told(theta: Floats) -> tuple[dict[str, float], dict[str, Any], float]:
    share, short = float(special.expit(theta[0])), math.exp(theta[1])
    log_mean, log_sd = float(theta[2]), math.exp(theta[3])
    rest, mean = _lognormal_yaml(log_mean, log_sd)
    share = round(share, 6)
    parts = [{"share": share, "of": {"exponential": seconds(short)}}, {"share": round(1.0 - share, 6), "of": rest}]
    said = {"short_share": share, "short_mean_s": short, "log_mean": log_mean, "log_sd": log_sd}
    return said, {"mixture": parts}, share * short + (1.0 - share) * mean


def _lognormal_log_density(theta: Floats, t: Floats) -> Floats:
    logs: Floats = np.log(t)
    result: Floats = stats.norm.logpdf(logs, theta[0], np.exp(theta[1])) - logs
    return result


def _lognormal_log_survival(theta: Floats, t: Floats) -> Floats:
    result: Floats = stats.norm.logsf(np.log(t), theta[0], np.exp(theta[1]))
    return result


def _mixed(theta: Floats, short: Floats, long: Floats) -> Floats:
    result: Floats = np.logaddexp(special.log_expit(theta[0]) + short, special.log_expit(-theta[0]) + long)
    return result


def _lognormal_start(sample: Sample) -> Sequence[float]:
    weights = sample.ended if sample.ends else sample.censored
    logs = np.log(sample.time_s)
    mean = float(np.average(logs, weights=weights))
    return mean, math.log(max(0.2, math.sqrt(float(np.average((logs - mean) ** 2, weights=weights)))))


def _short_start(sample: Sample) -> Sequence[float]:
    short = sample.time_s < SHORT_S
    share = float(sample.ended[short].sum()) / max(1, sample.ends)
    weights = np.where(short, 1e-9, sample.ended)
    logs = np.log(sample.time_s)
    mean = float(np.average(logs, weights=weights))
    sd = math.sqrt(float(np.average((logs - mean) ** 2, weights=weights)))
    return float(special.logit(min(max(share, 0.01), 0.5))), math.log(4.0), mean, math.log(max(0.2, sd))


_ANY: Final = (-5.0, 20.0)
_LOG_SHAPE: Final = (-3.0, 5.0)
FAMILIES: Final[Mapping[str, _Family]] = {
    "exponential": _Family(
        lambda sample: [math.log(_crude_mean(sample))],
        [_ANY],
        lambda theta, t: stats.expon.logpdf(t, scale=np.exp(theta[0])),
        lambda theta, t: stats.expon.logsf(t, scale=np.exp(theta[0])),
        lambda theta: (
            {"mean_s": math.exp(theta[0])},
            {"exponential": seconds(math.exp(theta[0]))},
            math.exp(theta[0]),
        ),
    ),
    "gamma": _Family(
        lambda sample: [0.0, math.log(_crude_mean(sample))],
        [_LOG_SHAPE, _ANY],
        lambda theta, t: stats.gamma.logpdf(t, np.exp(theta[0]), scale=np.exp(theta[1] - theta[0])),
        lambda theta, t: stats.gamma.logsf(t, np.exp(theta[0]), scale=np.exp(theta[1] - theta[0])),
        _gamma_told,
    ),
    "weibull": _Family(
        lambda sample: [0.0, math.log(_crude_mean(sample))],
        [_LOG_SHAPE, _ANY],
        lambda theta, t: stats.weibull_min.logpdf(t, np.exp(theta[0]), scale=np.exp(theta[1])),
        lambda theta, t: stats.weibull_min.logsf(t, np.exp(theta[0]), scale=np.exp(theta[1])),
        _weibull_told,
    ),
    "lognormal": _Family(
        _lognormal_start,
        [_ANY, (-3.0, 2.0)],
        _lognormal_log_density,
        _lognormal_log_survival,
        _lognormal_told,
    ),
    "short and lognormal": _Family(
        _short_start,
        [(-12.0, 3.0), (-3.0, math.log(3.0 * SHORT_S)), _ANY, (-2.0, 2.0)],
        lambda theta, t: _mixed(
            theta, stats.expon.logpdf(t, scale=np.exp(theta[1])), _lognormal_log_density(theta[2:], t)
        ),
        lambda theta, t: _mixed(
            theta, stats.expon.logsf(t, scale=np.exp(theta[1])), _lognormal_log_survival(theta[2:], t)
        ),
        _short_told,
    ),
}
HAZARD: Final = "piecewise hazard"
EMPIRICAL: Final = "empirical"
HANDLING: Final = tuple(FAMILIES)
"""What handle times are tried with; an Erlang law is a gamma law of whole shape."""
PATIENCE: Final = ("exponential", "weibull", "lognormal", HAZARD)
"""What patience is tried with."""


def fit_law(sample: Sample, family: str) -> FittedLaw:
    """Fit one family.

    Raises:
        ValueError: no end was seen, or the family is none of :data:`FAMILIES` and :data:`HAZARD`.
    """
    if sample.ends == 0:
        raise ValueError(f"none of {sample.size} times was seen to end: nothing can be fitted")
    if family == HAZARD:
        return _fit_hazard(sample)
    if family not in FAMILIES:
        raise ValueError(f"family: {family!r}; allowed are {', '.join([*FAMILIES, HAZARD])}")
    one = FAMILIES[family]

    def loss(theta: Floats) -> float:
        log_survival = one.log_survival(theta, sample.time_s) if sample.censored.any() else sample.censored
        return -sample.log_likelihood(one.log_density(theta, sample.time_s), log_survival) / sample.size

    found = optimize.minimize(loss, np.asarray(one.start(sample)), method="L-BFGS-B", bounds=one.bounds)
    theta = np.asarray(found.x, np.float64)
    parameters, yaml, mean_s = one.tell(theta)

    def survival(t: Floats) -> Floats:
        positive = np.maximum(t, 1e-9)
        result: Floats = np.where(t <= 0.0, 1.0, np.exp(one.log_survival(theta, positive)))
        return result

    log_likelihood = -float(found.fun) * sample.size
    distance = _distance(sample, survival)
    return FittedLaw(family, parameters, yaml, mean_s, theta.size, log_likelihood, distance, survival)


def fit_pieces(sample: Sample, candidates: Sequence[int] = PIECES_S) -> Hazard:
    """Fit a piecewise-constant hazard, its pieces only as many as have enough ends.

    Raises:
        ValueError: no end was seen.
    """
    times, ended = sample.expanded()
    pieces: list[int] = [0]
    for at in candidates[1:]:
        within = int(sample.ended[(sample.time_s >= pieces[-1]) & (sample.time_s < at)].sum())
        beyond = int(sample.ended[sample.time_s >= at].sum())
        if within >= LEAST_ENDS and beyond >= LEAST_ENDS:
            pieces.append(at)
    return fit_hazard(times, ended, pieces)


def _fit_hazard(sample: Sample) -> FittedLaw:
    hazard = fit_pieces(sample)
    rates = np.asarray(hazard.per_s)
    piece = np.searchsorted(np.asarray(hazard.from_s), sample.time_s, side="right") - 1
    with np.errstate(divide="ignore"):  # where nobody ended the rate is 0, and counts for nothing
        log_rates = np.log(rates[piece])
    log_survival = -hazard.cumulated(sample.time_s)

    def survival(t: Floats) -> Floats:
        result: Floats = np.exp(-hazard.cumulated(np.maximum(t, 0.0)))
        return result

    return FittedLaw(
        HAZARD,
        {f"from_{start:g}_s": rate for start, rate in zip(hazard.from_s, hazard.per_s, strict=True)},
        hazard_yaml(hazard),
        hazard.mean_s(),
        len(hazard.from_s),
        sample.log_likelihood(log_rates + log_survival, log_survival),
        _distance(sample, survival),
        survival,
    )


def hazard_yaml(hazard: Hazard) -> dict[str, Any]:
    """Return a piecewise-constant hazard as a scenario says it."""
    return {
        "hazard": [
            {"from": seconds(start), "per_hour": float(f"{rate * 3600.0:.6g}")}
            for start, rate in zip(hazard.from_s, hazard.per_s, strict=True)
        ]
    }


def empirical_law(sample: Sample, file: str) -> FittedLaw:
    """Return the law that draws the recorded times again, which a file beside the scenario lists."""
    values, _ = sample.expanded()
    survival = sample.survival

    def share_beyond(t: Floats) -> Floats:
        at = np.searchsorted(survival.time_s, t, side="right")
        result: Floats = np.concatenate(([1.0], survival.share))[at]
        return result

    mean = float(values.mean())
    return FittedLaw(EMPIRICAL, {"mean_s": mean}, {"empirical": file}, mean, 0, 0.0, 0.0, share_beyond)


def ranked(sample: Sample, families: Sequence[str]) -> list[FittedLaw]:
    """Fit several families and return them, the least AIC first."""
    return sorted((fit_law(sample, family) for family in families), key=lambda law: law.aic)


def _distance(sample: Sample, survival: Callable[[Floats], Floats]) -> float:
    at_risk = np.cumsum((sample.ended + sample.censored)[::-1])[::-1]
    enough = at_risk >= LEAST_AT_RISK
    if not enough.any():
        return math.nan
    difference = np.abs(sample.survival.share - survival(sample.survival.time_s))
    return float(difference[enough].max())
