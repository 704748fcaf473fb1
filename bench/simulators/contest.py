"""Simulators side by side: every one simulates the same call centers, in rounds that take turns, and is checked.

What is timed is ``run()``, in CPU time of this process. Rounds take turns (A, B, C, A, B, C ...), so that whatever else
a machine does while this runs falls on all alike. Who is slow simulates a shorter time. Whoever gets figures that
theory or the others rule out, or another outcome from the same seed, is not shown.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from time import process_time_ns
from typing import Final

from ..terminal import Tell
from .base import Contender, Outcome
from .check import Figures, figures, misses, who_differs
from .growth import growth_of
from .models import MODELS, Model
from .theory import exact

STEPS: Final[tuple[int, ...]] = tuple(digit * 10**power for power in range(2, 9) for digit in (1, 2, 5))
"""How many customers a round may have, so that equal hashes are likely from machine to machine."""
FEWEST: Final = 20_000
"""Customers of any round: a batch of fewer than a thousand of them would not outlast the queue's memory."""


@dataclass(frozen=True)
class Plan:
    """What is to be measured.

    Attributes:
        models: one table each.
        customers: of a round at most; None: as many as the model says.
        least: customers of a round at least, however slow somebody is: fewer would prove nothing.
        rounds: of each contender with each model.
        budget_s: CPU seconds that one contender should take with one model.
        growth: customers of the short run for the growth of memory; 0: it is not measured.
    """

    models: tuple[Model, ...] = MODELS
    customers: int | None = None
    least: int = 100_000
    rounds: int = 5
    budget_s: float = 10.0
    growth: int = 20_000


QUICK: Final = Plan(least=50_000, rounds=3, budget_s=1.0, growth=0)
"""Some figures in about a minute."""


def planned(*, customers: int | None = None, rounds: int | None = None, seed: int = 1, quick: bool = False) -> Plan:
    """Return what to measure. Raises ValueError when there are too few customers to be checked."""
    plan = QUICK if quick else Plan()
    if customers is not None and customers < FEWEST:
        raise ValueError(f"customers: {customers}; allowed: at least {FEWEST}, as fewer prove nothing")
    models = tuple(replace(model, seed=seed) for model in plan.models)
    least = plan.least if customers is None else min(plan.least, customers)
    return replace(plan, models=models, customers=customers, least=least, rounds=rounds or plan.rounds)


@dataclass
class Cell:
    """One contender with one model.

    Attributes:
        name: of the contender.
        customers: how many arrived in each round.
        per_s: customers a second, of each round.
        checksum: of the outcome.
        figures: of the outcome.
        grew: bytes by which the peak of memory grew; None: not measured.
        wrong: why it has no figures, or "".
    """

    name: str
    customers: int = 0
    per_s: list[float] = field(default_factory=list)
    checksum: str = ""
    figures: Figures = field(default_factory=dict)
    grew: int | None = None
    wrong: str = ""

    @property
    def median(self) -> float:
        """Customers a second, the median of all rounds."""
        return median(self.per_s)


@dataclass
class Table:
    """All contenders with one model. ``cannot``: contender -> why it cannot express the model."""

    model: Model
    cells: list[Cell]
    cannot: dict[str, str]
    exact: Mapping[str, float]


@dataclass
class Contest:
    """Everything that was measured. ``missing``: contender -> why it could not run here."""

    plan: Plan
    tables: list[Table] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def wrong(self) -> list[Cell]:
        """Whoever is wrong, or failed."""
        return [cell for table in self.tables for cell in table.cells if cell.wrong]


def measure(model: Model, plan: Plan, contenders: Sequence[type[Contender]], tell: Tell) -> Table:
    """Have a model simulated by everybody who can, in rounds that take turns, and check what they say."""
    reasons = {who.name: who.cannot(model) for who in contenders}
    able = [who for who in contenders if reasons[who.name] is None]
    runs = [_Runs(who, model, plan) for who in able]
    steps = len(runs) * (plan.rounds + 1 + bool(plan.growth))
    for turn in range(plan.rounds + 1):
        for place, run in enumerate(runs):
            doing = f"round {turn} of {plan.rounds}" if turn else "trying"
            tell(f"{doing}: {run.cell.name}", turn * len(runs) + place, steps)
            run.turn()
    cells = [run.cell for run in runs]
    for run in runs:
        run.sum_up()
    known = exact(model)
    judge(cells, known)
    right = [(who, cell) for who, cell in zip(able, cells, strict=True) if not cell.wrong]
    for place, (who, cell) in enumerate(right if plan.growth else ()):
        tell(f"memory: {cell.name}", (plan.rounds + 1) * len(runs) + place, steps)
        try:
            cell.grew = growth_of(who, model, plan.growth)
        except Exception as error:  # a process that was killed, too
            _give_up(cell, said(error))
    return Table(model, cells, {name: why for name, why in reasons.items() if why is not None}, known)


def judge(cells: Sequence[Cell], known: Mapping[str, float]) -> None:
    """Set ``wrong`` of everybody whose figures theory rules out, then of those whom the others do."""
    for cell in cells:
        if not cell.wrong and (what := misses(cell.figures, known)):
            _give_up(cell, f"theory rules it out: {what}")
    for name, why in who_differs({cell.name: cell.figures for cell in cells if not cell.wrong}).items():
        _give_up(next(cell for cell in cells if cell.name == name), why)


def said(error: Exception) -> str:
    """Return an error in one line."""
    return ": ".join(filter(None, (type(error).__name__, str(error).strip().partition("\n")[0])))


def _give_up(cell: Cell, why: str) -> None:
    cell.wrong = why
    cell.per_s.clear()


class _Runs:
    """The rounds of one contender with one model. The first finds out how fast it is, and does not count."""

    def __init__(self, contender: type[Contender], model: Model, plan: Plan) -> None:
        self.contender = contender()
        self.model = model
        self.plan = plan
        self.cell = Cell(contender.name)
        self.customers = 0
        self.outcome: Outcome | None = None

    def turn(self) -> None:
        """Do a round, if there is still sense in it."""
        if self.cell.wrong:
            return
        try:
            if self.customers:
                self.cell.per_s.append(self._round(self.customers))
            else:
                self.contender.prepare(self.model)
                self.customers = self._paced()
                self.outcome = None
        except Exception as error:  # whatever a contender does wrong is said, and the others go on
            _give_up(self.cell, said(error))

    def sum_up(self) -> None:
        """Keep what the outcome says, and let go of it."""
        if self.outcome is not None and not self.cell.wrong:
            self.cell.figures = figures(self.outcome, self.model, self.customers)
        self.outcome = None

    def _paced(self) -> int:
        """Return how many customers let it do all rounds in its time."""
        most = self.plan.customers or self.model.customers
        if most <= self.plan.least:
            return most
        pace = self._round(min(self.plan.least, FEWEST))
        if (fitting := pace * self.plan.budget_s / self.plan.rounds) >= most:
            return most
        return max(self.plan.least, *(step for step in STEPS if step <= fitting))

    def _round(self, customers: int) -> float:
        """Run; return customers a second. Raises RuntimeError when the same seed gives another outcome."""
        gc.collect()
        gc.freeze()  # what others left behind is nothing that this one's allocations should have to look through
        try:
            began = process_time_ns()
            outcome = self.contender.run(self.model, customers, self.model.seed)
            took = process_time_ns() - began
        finally:
            gc.unfreeze()
        if self.outcome is not None and outcome.checksum != self.cell.checksum:
            raise RuntimeError(f"another outcome of the same seed: {outcome.checksum}, before {self.cell.checksum}")
        self.outcome, self.cell.checksum, self.cell.customers = outcome, outcome.checksum, outcome.customers
        return outcome.customers / max(took, 1) * 1e9
