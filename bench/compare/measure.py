"""Contenders side by side: every one does the same events, in rounds that take turns, and is checked each time.

What is timed is ``run()`` and nothing else. Rounds take turns (A, B, C, A, B, C ...), so that whatever else a machine
does while this runs falls on all alike. Who is slow does fewer events, a prefix that ends at a checkpoint, and whoever
gets another result than the job says is not shown with figures.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from statistics import median
from time import perf_counter, perf_counter_ns
from typing import Final

from ..contenders.base import Contender
from ..reference_job import CHECKPOINTS, Job, Shape, checksum, make_job
from ..terminal import Tell

LEAST_ROUNDS: Final = 3
"""For a median that deserves the name a contender may take up to three times its time."""


@dataclass(frozen=True)
class Plan:
    """What is to be measured.

    Attributes:
        shapes: one table each.
        events: timed ones, at most.
        rounds: of each contender with each shape, at most.
        budget_s: seconds that one contender should take with one shape, loading included; the only round of a
            very slow one, or LEAST_ROUNDS of another, may take longer.
    """

    shapes: tuple[Shape, ...]
    events: int = 100_000
    rounds: int = 5
    budget_s: float = 5.0


STANDARD: Final = Plan(
    (
        *(Shape(agents, profiles) for profiles in (0, 40) for agents in (100, 1_000, 10_000)),
        *(Shape(1_000, 0, waiting) for waiting in (100, 10_000, 100_000)),
    ),
)
"""How large a center, of agents who all differ or of 40 kinds; and how many wait, with 1,000 agents."""

QUICK: Final = Plan((Shape(100), Shape(1_000), Shape(10_000), Shape(10_000, 40)), rounds=3, budget_s=1.0)
"""Some figures in less than a minute."""


@dataclass
class Cell:
    """One contender with one shape.

    Attributes:
        name: of the contender.
        events: how many it did in each round.
        ns: nanoseconds an event, of each round.
        checksum: of its results.
        wrong: why it has no figures, or "".
    """

    name: str
    events: int = 0
    ns: list[float] = field(default_factory=list)
    checksum: str = ""
    wrong: str = ""

    @property
    def median(self) -> float:
        """Nanoseconds an event, the median of all rounds."""
        return median(self.ns)


@dataclass
class Table:
    """All contenders with one shape, in the order of the registry. ``expected``: number of events -> checksum."""

    shape: Shape
    expected: dict[int, str]
    cells: list[Cell]


@dataclass
class Comparison:
    """Everything that was measured. ``missing``: contender -> why it could not run here."""

    plan: Plan
    tables: list[Table] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def wrong(self) -> list[tuple[Shape, Cell]]:
        """Whoever did something else than the job, or failed."""
        return [(table.shape, cell) for table in self.tables for cell in table.cells if cell.wrong]


USUAL: Final = Shape(1_000)
"""What is not said of a shape of which something else is."""


def planned(
    agents: Sequence[int] = (),
    profiles: Sequence[int] = (),
    waiting: Sequence[int] = (),
    *,
    events: int | None = None,
    rounds: int | None = None,
    seed: int = 1,
    quick: bool = False,
) -> Plan:
    """Return what to measure: all combinations of some sizes, or without any the standard shapes or the quick ones."""
    plan = QUICK if quick else STANDARD
    shapes = plan.shapes
    if agents or profiles or waiting:
        sizes = product(profiles or [USUAL.profiles], waiting or [USUAL.waiting], agents or [USUAL.agents])
        shapes = tuple(Shape(size, kinds, length) for kinds, length, size in sizes)
    return replace(
        plan,
        shapes=tuple(replace(shape, seed=seed) for shape in shapes),
        events=events or plan.events,
        rounds=rounds or plan.rounds,
    )


class WrongError(Exception):
    """A contender's results are not those of the job."""


def measure(shape: Shape, plan: Plan, contenders: Sequence[type[Contender]], tell: Tell) -> Table:
    """Make a shape's job and have it done by everybody, in rounds that take turns."""
    steps = len(contenders) * (plan.rounds + 1)
    tell("making the events", 0, steps)
    job = make_job(shape, plan.events, lambda made, total: tell(f"made {made:,} of {total:,} events", 0, steps))
    expected = {count: checksum(job.results[:count]) for count in sizes(plan.events)}
    runs = [_Runs(contender, job, expected, plan) for contender in contenders]
    for turn in range(plan.rounds + 1):
        for place, run in enumerate(runs):
            doing = f"round {turn} of {plan.rounds}" if turn else "trying"
            tell(f"{doing}: {run.cell.name}", turn * len(runs) + place, steps)
            run.turn()
    return Table(shape, expected, [run.cell for run in runs])


def sizes(events: int) -> list[int]:
    """Return the numbers of events that a contender may do, the least first."""
    return [*(count for count in CHECKPOINTS if count < events), events]


def paced(sizes: Sequence[int], ns_an_event: float, load_s: float, plan: Plan) -> tuple[int, int]:
    """Return how many events a contender of this pace does in a round, and how many rounds.

    As many events as let it do all rounds in its time; of those who are slow even with the fewest, fewer rounds.
    """
    fitting = [count for count in sizes if plan.rounds * count * ns_an_event * 1e-9 <= plan.budget_s]
    events = fitting[-1] if fitting else sizes[0]
    round_s = events * ns_an_event * 1e-9 + load_s
    affordable = int(plan.budget_s / round_s) if round_s else plan.rounds
    least = LEAST_ROUNDS if round_s <= plan.budget_s else 1
    return events, min(plan.rounds, max(least, affordable))


class _Runs:
    """The rounds of one contender with one shape. The first finds out how fast it is, and counts only if it is slow."""

    def __init__(self, contender: type[Contender], job: Job, expected: dict[int, str], plan: Plan) -> None:
        self.contender = contender
        self.job = job
        self.expected = expected
        self.plan = plan
        self.cell = Cell(contender.name)
        self.left: int | None = None  # rounds; None: its pace is not known yet

    def turn(self) -> None:
        """Do a round, if it is to do one."""
        if self.left == 0:
            return
        try:
            if self.left is None:
                self._try()
            else:
                self.left -= 1
                self.cell.ns.append(self._round(self.cell.events))
        except Exception as error:  # whatever a contender does wrong is said, and the others go on
            what = "its results differ" if isinstance(error, WrongError) else type(error).__name__
            self._give_up(": ".join(filter(None, (what, str(error).strip().partition("\n")[0]))))

    def _try(self) -> None:
        """Find out the pace from the first checkpoint, and from the next if there is time for it.

        The first thousand events run in cold caches: whoever seems slow by them may not be.
        """
        counts = list(self.expected)
        tried = 0
        events = counts[0]
        while tried < events:
            started = perf_counter()
            ns = self._round(events)
            load_s = max(0.0, perf_counter() - started - ns * events * 1e-9)
            tried = events
            events, rounds = paced(counts, ns, load_s, self.plan)
            if events == counts[-1]:
                break
        self.cell.events, self.left = events, rounds
        if events == tried and rounds == 1:
            self.left = 0
            self.cell.ns.append(ns)

    def _round(self, events: int) -> float:
        """Load, run and check; return nanoseconds an event. Raises WrongError when the results differ."""
        one = self.contender()
        one.load(self.job, self.job.timed[:events])
        try:
            gc.collect()
            gc.freeze()  # what others left behind is nothing that this one's allocations should have to look through
            started = perf_counter_ns()
            one.run()
            ended = perf_counter_ns()
            self.cell.checksum = checksum(one.results())
        finally:
            gc.unfreeze()
            one.close()
        if self.cell.checksum != self.expected[events]:
            raise WrongError(f"{self.cell.checksum} after {events:,} events, where {self.expected[events]} is right")
        return (ended - started) / events

    def _give_up(self, why: str) -> None:
        self.cell.wrong = why
        self.cell.ns.clear()
        self.left = 0
