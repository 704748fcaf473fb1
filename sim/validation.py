"""The validation: simulations held against theory and against published ones, by intervals from replications.

``acdcore sim validate`` simulates every case on the production router and prints each figure beside what it must be.
What counts as a failure was decided before anything was run:

* A figure **passes** if its exact value is in the 99 % interval. Of many right figures about one in a hundred is
  outside all the same.
* A case with a figure outside is looked at a second time, with another seed and twice the length. A figure that is
  outside again **fails**; by chance that happens to one right figure in ten thousand.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

import numpy as np
from scipy import stats

from .build import make_world
from .engine import simulate
from .runs import Progress, run
from .scenario import Scenario
from .scenario_load import parse_scenario
from .validation_estimates import CONFIDENCE, Comparison, Sums, compare
from .validation_models import lasting
from .validation_sets import Case, SetError, from_folder, own_cases, published_cases
from .world import Count, Tally, World

SEED: Final = 1
SECOND_LENGTH: Final = 2.0
"""How much longer the second look is."""


@dataclass(frozen=True)
class Look:
    """A case as it was simulated once."""

    seed: int
    replications: int
    counted_s: float
    """Of each replication."""
    customers: int
    """Who counted, over all replications."""
    comparisons: tuple[Comparison, ...]
    digest: int
    """Of the router's state at the end of all replications: the same for the same simulation."""


@dataclass(frozen=True)
class Result:
    """A case, the first look at it, and the second one if a figure was outside."""

    case: Case
    first: Look
    second: Look | None

    @property
    def outside(self) -> list[int]:
        """Places of the figures that were outside at first."""
        return [at for at, one in enumerate(self.first.comparisons) if not one.inside]

    @property
    def failed(self) -> list[int]:
        """Places of the figures that were outside twice."""
        if self.second is None:
            return []
        return [at for at in self.outside if not self.second.comparisons[at].inside]


@dataclass(frozen=True)
class Summary:
    """How many figures there were, how many were outside, and how likely so many or more are by chance."""

    cases: int
    cases_outside: int
    """Cases with at least one figure outside."""
    figures: int
    outside: int
    failed: int
    """Outside at the second look, too."""
    expected: float
    chance: float
    """Probability of at least so many outside if every figure is right, were they independent of each other."""

    @classmethod
    def of(cls, results: Iterable[Result]) -> Summary:
        """Sum up results."""
        found = list(results)
        figures = sum(len(result.first.comparisons) for result in found)
        outside = sum(len(result.outside) for result in found)
        return cls(
            cases=len(found),
            cases_outside=sum(bool(result.outside) for result in found),
            figures=figures,
            outside=outside,
            failed=sum(len(result.failed) for result in found),
            expected=figures * (1 - CONFIDENCE),
            chance=float(stats.binom.sf(outside - 1, figures, 1 - CONFIDENCE)),
        )


@lru_cache(maxsize=2)
def _parsed(text: str) -> Scenario:
    return parse_scenario(text, "validation")


def _world(text: str, replication: int) -> World:
    """Make a replication's world. In a process of its own, hence a function of its text."""
    return make_world(_parsed(text), replication)


def _lean(world: World, progress: Progress) -> Tally:
    """Simulate, and keep of the tally what figures are made of: thousands of histograms are a lot of memory."""
    tally = simulate(world, progress)
    return replace(tally, waits=np.zeros((0, 0, 2, 0), np.int64))


def seed_of(case: Case, seed: int) -> int:
    """Return the seed of a case: its own, so that what befalls one case by chance does not befall all of them."""
    return (seed << 32) + zlib.crc32(case.full_name.encode())


def scenario_text(case: Case, seed: int, length: float = 1.0) -> str:
    """Return the scenario of a case as YAML (in the form of JSON)."""
    counted_s = case.counted_s if _by_days(case) else case.counted_s * length
    horizon = lasting(case.warm_up_s + counted_s)
    settings = {
        "start": "2026-01-05",
        "horizon": horizon,
        "warm_up": lasting(case.warm_up_s),
        "interval": "400d",
        "replications": _replications(case, length),
        "seed": seed_of(case, seed),
        "ending": case.ending.name.lower(),
        "most_overtime": "30d",
        "targets": [lasting(time_s) for time_s in case.thresholds_s],
        "confidence": CONFIDENCE,
    }
    return json.dumps(case.scenario | {"run": settings})


def _by_days(case: Case) -> bool:
    """Whether the case is a day that begins and ends: more of it is more days."""
    return case.warm_up_s == 0.0


def _replications(case: Case, length: float) -> int:
    return max(2, round(case.replications * length)) if _by_days(case) else case.replications


def look(case: Case, seed: int, length: float = 1.0, processes: int | None = None) -> Look:
    """Simulate a case once.

    Args:
        case: what is simulated.
        seed: another one is another simulation.
        length: by what the length of each replication, or the number of days, is multiplied.
        processes: how many at once; None: one for each processor. The result does not depend on it.
    """
    text = scenario_text(case, seed, length)
    replications = _replications(case, length)
    tallies = run(partial(_world, text), replications, processes, engine=_lean)
    sums = Sums.of(_world(text, 0), tallies)
    return Look(
        seed=seed,
        replications=replications,
        counted_s=float(sums.counted_s.mean()),
        customers=round(float(sums.count(Count.OFFERED).sum())),
        comparisons=tuple(compare(figure, sums) for figure in case.figures),
        digest=sum(tally.digest for tally in tallies) % 2**64,
    )


def validate(
    cases: Sequence[Case],
    *,
    seed: int = SEED,
    length: float = 1.0,
    processes: int | None = None,
    report: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Simulate cases, those with a figure outside a second time.

    Args:
        cases: which.
        seed: of the first look; the second one has the next.
        length: by what the length of each case is multiplied.
        processes: how many replications at once; None: one for each processor.
        report: called with each result.
    """
    results = []
    for case in cases:
        first = look(case, seed, length, processes)
        second = None
        if not all(one.inside for one in first.comparisons):
            second = look(case, seed + 1, length * SECOND_LENGTH, processes)
        results.append(Result(case, first, second))
        if report is not None:
            report(results[-1])
    return results


def chosen_cases(exams: Path | None, patterns: Sequence[str] = ()) -> list[Case]:
    """Return the cases to simulate: of a folder, if one is named, then published ones and our own.

    Args:
        exams: a folder with ``erlang.json`` and ``skill_designs.json``, or one of them.
        patterns: of the names (``erlang_a/*``, ``*/own_*``); a case that matches one of them is taken. None: all.

    Raises:
        SetError: if the folder has no sets, one of them is not understood, or nothing matches.
        OSError: if a file cannot be read.
    """
    cases = [*(from_folder(exams) if exams else []), *published_cases(), *own_cases()]
    if patterns:
        chosen = [case for case in cases if any(fnmatchcase(case.full_name, pattern) for pattern in patterns)]
        if not chosen:
            names = ", ".join(case.full_name for case in cases)
            raise SetError(f"{' '.join(patterns)}: matches no case; allowed: patterns of {names}")
        return chosen
    return cases
