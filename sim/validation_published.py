"""Printed figures of published simulations. Where a figure is an estimate itself, its 95 % half-width stands beside it.

Whitt, "Engineering solution of a basic call-center model", Management Science 51(2), 2005: M/GI/100/200+GI. Buist and
L'Ecuyer, ContactCenters (Université de Montréal), the examples MMC, MMCAb and SimpleMSK and their printed results.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .validation_estimates import Figure, Formula, Sums
from .validation_models import Law, Tree, exponential, lasting, multi_skill_day, one_line
from .world import Count, Doing, Floats

UNIT_S: Final = 100.0
"""Whitt's unit of time, the mean service, in seconds here: 0.1 of it is a whole number."""
MINUTE_S: Final = 60.0
WHITT_SOURCE: Final = "Whitt 2005"
CONTACT_CENTERS: Final = "ContactCenters"


class Printed(NamedTuple):
    """A printed figure: its value, the half-width of its 95 % interval (0: exact), its last digit's unit."""

    value: float
    margin: float
    unit: float


class WhittModel(NamedTuple):
    """One row of the table: distributions of service and patience; what is printed, in the order of WHITT_FIGURES."""

    name: str
    service: Law
    patience: Law
    printed: tuple[Printed, ...]


def _erlang_2(mean_s: float) -> Law:
    return {"erlang": {"mean": lasting(mean_s), "k": 2}}


def _lognormal(mean_s: float) -> Law:
    return {"lognormal": {"mean": lasting(mean_s), "cv": 1}}


def _printed(*rows: tuple[float, float, float]) -> tuple[Printed, ...]:
    return tuple(Printed(*row) for row in rows)


WHITT_MODELS: Final = (
    WhittModel(
        "M/M+M",
        exponential(UNIT_S),
        exponential(UNIT_S),
        _printed(
            (0.4083, 0, 1e-4),
            (0.0499, 0, 1e-4),
            (5.092, 0, 1e-3),
            (0.0490, 0, 1e-4),
            (0.0666, 0, 1e-4),
            (0.7986, 0, 1e-4),
            (0.9644, 0, 1e-4),
        ),
    ),
    WhittModel(
        "M/E2+E2",
        _erlang_2(UNIT_S),
        _erlang_2(UNIT_S),
        _printed(
            (0.217, 0.0021, 1e-3),
            (0.0351, 0.0003, 1e-4),
            (11.52, 0.08, 1e-2),
            (0.1115, 0.0007, 1e-4),
            (0.1508, 0.0004, 1e-4),
            (0.510, 0.003, 1e-3),
            (0.795, 0.0023, 1e-3),
        ),
    ),
    WhittModel(
        "M/D+E2",
        lasting(UNIT_S),
        _erlang_2(UNIT_S),
        _printed(
            (0.180, 0.0013, 1e-3),
            (0.0309, 0.0002, 1e-4),
            (11.08, 0.04, 1e-2),
            (0.1078, 0.0004, 1e-4),
            (0.1343, 0.0003, 1e-4),
            (0.501, 0.0018, 1e-3),
            (0.833, 0.0013, 1e-3),
        ),
    ),
    WhittModel(
        "M/M+LN(1,1)",
        exponential(UNIT_S),
        _lognormal(UNIT_S),
        _printed(
            (0.242, 0.0026, 1e-3),
            (0.0376, 0.0003, 1e-4),
            (11.42, 0.07, 1e-2),
            (0.1094, 0.0007, 1e-4),
            (0.1788, 0.0003, 1e-4),
            (0.518, 0.0028, 1e-3),
            (0.792, 0.0018, 1e-3),
        ),
    ),
    WhittModel(
        "M/LN(1,1)+LN(1,1)",
        _lognormal(UNIT_S),
        _lognormal(UNIT_S),
        _printed(
            (0.229, 0.0015, 1e-3),
            (0.0366, 0.0002, 1e-4),
            (11.44, 0.05, 1e-2),
            (0.1098, 0.0005, 1e-4),
            (0.1753, 0.0003, 1e-4),
            (0.511, 0.0021, 1e-3),
            (0.797, 0.0016, 1e-3),
        ),
    ),
)
WHITT_ARRIVALS: Final = 102.0
"""In a unit of time."""
WHITT_AGENTS: Final = 100
WHITT_PLACES: Final = 200
WHITT_WITHIN_S: Final = (0.1 * UNIT_S, 0.2 * UNIT_S)


def _offered(s: Sums) -> Floats:
    return s.count(Count.OFFERED)


def _answered(s: Sums) -> Floats:
    return s.count(Count.ANSWERED)


def _runs(s: Sums) -> Floats:
    return s.runs


WHITT_FIGURES: Final[tuple[tuple[str, Formula, Formula, bool], ...]] = (
    ("P(W=0)", lambda s: _offered(s) - s.count(Count.WAITED), _offered, True),
    ("P(A)", lambda s: s.count(Count.ABANDONED), _offered, True),
    ("E[Q]", lambda s: s.queue_s.sum(axis=1), lambda s: s.counted_s, False),
    ("E[W|S]", lambda s: s.count(Count.WAIT_S), lambda s: _answered(s) * UNIT_S, False),
    ("E[W|A]", lambda s: s.count(Count.ABANDONED_WAIT_S), lambda s: s.count(Count.ABANDONED) * UNIT_S, False),
    ("P(W<=.1|S)", lambda s: s.waits(0), _answered, True),
    ("P(W<=.2|S)", lambda s: s.waits(1), _answered, True),
)


def whitt_scenario(model: WhittModel) -> Tree:
    """Return one row of the table as a scenario."""
    return one_line(
        WHITT_ARRIVALS / UNIT_S,
        model.service,
        WHITT_AGENTS,
        patience=model.patience,
        waiting_places=WHITT_PLACES,
    )


def whitt_figures(model: WhittModel) -> tuple[Figure, ...]:
    """Return what is printed of one row."""
    return tuple(
        Figure(name, one.value, above, below, share, one.margin, one.unit / 2)
        for one, (name, above, below, share) in zip(model.printed, WHITT_FIGURES, strict=True)
    )


# ---------------------------------------------------------------------- ContactCenters


DAY_S: Final = 480 * MINUTE_S
MULTI_SKILL_DAY_S: Final = 360 * MINUTE_S
TARGET_S: Final = 20.0


def _between(low: float, high: float) -> float:
    return (high - low) / 2


def _busy(s: Sums) -> Floats:
    return s.doing_s([0], Doing.BUSY)


def _staffed(s: Sums) -> Floats:
    return s.doing_s([0], Doing.IDLE, Doing.BUSY)


def mmc_scenario(patience: Law | None = None) -> Tree:
    """Return a day of 12 agents, from an empty center to the last call's end."""
    return one_line(4.2 / MINUTE_S, exponential(2 * MINUTE_S), 12, patience=patience)


MMC_FIGURES: Final = (
    Figure("within 20 s", 1816.158, lambda s: s.waits(0), _runs, margin=_between(1812.618, 1819.698), rounding=5e-4),
    Figure(
        "ASA (min)",
        0.099,
        lambda s: s.count(Count.WAIT_S),
        lambda s: _answered(s) * MINUTE_S,
        margin=_between(0.097, 0.102),
        rounding=5e-4,
    ),
    Figure("occupancy until closing", 0.695, _busy, _staffed, margin=_between(0.694, 0.697), rounding=5e-4),
)
MMC_AB_FIGURES: Final = (
    Figure("abandoned", 58.609, lambda s: s.count(Count.ABANDONED), _runs, margin=_between(57.660, 59.558)),
    Figure("within 20 s", 1906.008, lambda s: s.waits(0), _runs, margin=_between(1903.785, 1908.231), rounding=5e-4),
    Figure("occupancy until closing", 0.675, _busy, _staffed, margin=_between(0.674, 0.677), rounding=5e-4),
)


ZERO: Final = (0, 1, 2)
"""Types of agents of SimpleMSK's first group: those who stay, and the others."""


def _group_busy(s: Sums) -> Floats:
    return s.doing_s(ZERO, Doing.BUSY) + s.overtime_doing_s(ZERO, Doing.BUSY)


def _group_staffed(s: Sums) -> Floats:
    both = (Doing.IDLE, Doing.BUSY)
    return s.doing_s(ZERO, *both) + s.overtime_doing_s(ZERO, *both)


def _long_enough(s: Sums) -> Floats:
    """Served, and those who hung up later than 20 s."""
    return _answered(s) + s.count(Count.ABANDONED) - s.waits(0, abandoned=True)


MULTI_SKILL_FIGURES: Final = (
    Figure("served", 4297.305, _answered, _runs, margin=_between(4270.150, 4324.460), rounding=5e-4),
    Figure("abandoned", 910.335, lambda s: s.count(Count.ABANDONED), _runs, margin=_between(876.133, 944.537)),
    Figure("service level", 0.501, lambda s: s.waits(0), _long_enough, margin=_between(0.494, 0.509), rounding=5e-4),
    Figure("occupancy of group 0", 0.881, _group_busy, _group_staffed, margin=_between(0.877, 0.884), rounding=5e-4),
)


def contact_centers() -> tuple[tuple[str, Tree, float, tuple[Figure, ...]], ...]:
    """Return name, scenario, opening time in seconds and figures of each example."""
    return (
        ("MMC", mmc_scenario(), DAY_S, MMC_FIGURES),
        ("MMCAb", mmc_scenario(exponential(MINUTE_S)), DAY_S, MMC_AB_FIGURES),
        ("SimpleMSK", multi_skill_day(), MULTI_SKILL_DAY_S, MULTI_SKILL_FIGURES),
    )
