"""What came of a scenario, in tables of 80 columns: text in cells, for whoever prints them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

import pandas as pd

from ..config.durations import format_duration
from .compare import compare, sentences
from .experiment import Experiment
from .figures import Figures
from .scenario import Scenario
from .world import Ending

LEFT: Final = "left"
RIGHT: Final = "right"
CUSTOMERS: Final = (
    ("", LEFT),
    ("offered", RIGHT),
    ("answered", RIGHT),
    ("hung up", RIGHT),
    ("in target", RIGHT),
    ("ASA", RIGHT),
    ("p90", RIGHT),
    ("AHT", RIGHT),
)
AGENTS: Final = (
    ("agents", LEFT),
    ("there", RIGHT),
    ("idle", RIGHT),
    ("ringing", RIGHT),
    ("busy", RIGHT),
    ("wrap-up", RIGHT),
    ("away", RIGHT),
    ("occupancy", RIGHT),
)
BESIDES: Final = (
    ("balked", "left at once, seeing others wait"),
    ("rejected", "were turned away"),
    ("expired", "waited longer than the queue allows"),
    ("retried", "were second and later tries"),
    ("transferred", "were transferred"),
    ("called_back", "chose to be called back"),
    ("self_served", "were content with the self-service"),
    ("unfinished", "still waited at the end"),
)
LEAST: Final = 0.05
"""A mean that would be shown as 0.0 is left out."""
ENDINGS: Final = {
    Ending.STOP: "everything stops at the horizon",
    Ending.DOORS_SHUT: "at the horizon nobody comes any more, those inside are served",
    Ending.RUN_ON: "it goes on until all who came before the horizon have left the queue",
}


Row = Mapping[str, float]


class Table(NamedTuple):
    """Columns as (heading, "left" or "right"), rows of text."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[str]]


def run_words(scenario: Scenario) -> str:
    """Return what was run, in a line."""
    run = scenario.run
    start = f"{run.start:%a %Y-%m-%d %H:%M}"
    times = f"{run.replications:,} replications" if run.replications > 1 else "one replication"
    warm_up = f" after {format_duration(run.warm_up_ns)} of warm-up" if run.warm_up_ns else ""
    return f"{times} of {format_duration(run.horizon_ns)} from {start} {run.time_zone}{warm_up}, seed {run.seed}"


def _rows(frame: pd.DataFrame) -> dict[Any, Row]:
    """Return a frame's rows by their keys."""
    return cast("dict[Any, Row]", frame.to_dict("index"))


def customer_table(figures: Figures) -> Table:
    """Return the figures of queues and their tiers, and of all."""
    world = figures.world
    by_queue, queue_waits = _rows(figures.frame(("queue",))), _rows(figures.waits(("queue",)))
    by_tier, tier_waits = _rows(figures.frame(("queue", "tier"))), _rows(figures.waits(("queue", "tier")))
    table: list[Sequence[str]] = []
    for queue in world.queues:
        table.append(_customers(queue, by_queue[queue], queue_waits[queue]))
        coming = [
            tier for tier in world.tiers if by_tier[queue, tier]["offered"] + by_tier[queue, tier]["moved_in"] > 0
        ]
        if len(coming) > 1:
            table += [_customers(f"  {tier}", by_tier[queue, tier], tier_waits[queue, tier]) for tier in coming]
    if len(world.queues) > 1:
        [all_of_them], [all_waits] = _rows(figures.frame()).values(), _rows(figures.waits()).values()
        table.append(_customers("all", all_of_them, all_waits))
    return Table(CUSTOMERS, table)


def _customers(name: str, row: Row, waits: Row) -> Sequence[str]:
    return (
        name,
        count(row["offered"]),
        count(row["answered"]),
        percent(row["abandon_share"]),
        with_interval(row, "service_level"),
        seconds(row["asa_s"]),
        seconds(waits["answered_p90_s"]),
        seconds(row["aht_s"]),
    )


def customer_notes(figures: Figures) -> str:
    """Return what the columns of :func:`customer_table` are."""
    interval = f"{figures.confidence * 100:g} % interval from {figures.method}"
    sign = f", ± half of its {interval}" if figures.method != "one value" else ""
    return (
        "Customers: means of a replication. In target: answered within the queue's target (times the tier's factor) "
        f"/ offered{sign}. ASA: mean wait of those answered, p90: what 90 % of them did not exceed. "
        "AHT: talk and wrap-up."
    )


def agent_table(figures: Figures) -> Table:
    """Return what agents do, by type: how many do what at a time."""
    by_type = _rows(figures.agents(("type",)))
    doings = ("staffed", "idle", "offered", "busy", "wrap_up", "away")
    rows = [
        (name, *(decimals(row[doing], 1) for doing in doings), with_interval(row, "occupancy"))
        for name, row in ((kind.name, by_type[kind.name]) for kind in figures.world.types)
    ]
    return Table(AGENTS, rows)


AGENT_NOTE: Final = (
    "Agents: how many are there at a time on average, and what they do. "
    "Occupancy = (busy + wrap-up) / (available + busy + wrap-up)."
)


def besides(figures: Figures) -> str:
    """Return what else happened to customers, in a sentence; empty when nothing did."""
    [row] = _rows(figures.frame()).values()
    parts = [f"{count(row[name])} {words}" for name, words in BESIDES if row[name] >= LEAST]
    return f"Of these, or besides: {', '.join(parts)}." if parts else ""


def facts(experiment: Experiment) -> Iterator[str]:
    """Yield what else is to be known of a run."""
    run = experiment.scenario.run
    if run.ending is not Ending.STOP:
        yield f"Ending: {ENDINGS[run.ending]}."
    yield f"{experiment.arrivals:,} customers in all; result {experiment.digest}"


# ---------------------------------------------------------------------- numbers


def decimals(value: float, digits: int) -> str:
    """Return a number with so many digits after its point, "-" for none."""
    return "-" if math.isnan(value) else f"{value:,.{digits}f}"


def count(value: float) -> str:
    """Return a mean count: whole when it is large."""
    return decimals(value, 0 if value >= 100 or value == round(value) else 1)


def percent(value: float) -> str:
    """Return a share in percent."""
    return "-" if math.isnan(value) else f"{value * 100:.1f}%"


def with_interval(row: Row, name: str) -> str:
    """Return a share in percent with half of its interval: ``81.2±1.1%``."""
    value, half = row[name], (row[f"{name}_high"] - row[f"{name}_low"]) / 2
    if math.isnan(value) or math.isnan(half):
        return percent(value)
    digits = 2 if half < 0.001 else 1
    return f"{value * 100:.{digits}f}±{half * 100:.{digits}f}%"


def seconds(value: float) -> str:
    """Return a time: ``4.2s``, ``45s``, ``3m31s``, ``5.1h``."""
    if math.isnan(value):
        return "-"
    if value < 10:
        return f"{value:.1f}s"
    if value < 99.5:
        return f"{value:.0f}s"
    if value < 5_970:
        return f"{round(value) // 60}m{round(value) % 60:02}s"
    return f"{value / 3_600:.1f}h" if value < 172_800 else f"{value / 86_400:.1f}d"


# ---------------------------------------------------------------------- comparisons


COMPARED: Final = ("service_level", "abandon_share", "asa_s", "aht_s")
DIFFERENCES: Final = (
    ("", LEFT),
    ("in target", RIGHT),
    ("hung up", RIGHT),
    ("ASA", RIGHT),
    ("AHT", RIGHT),
)


def comparison_table(base: Figures, other: Figures) -> Table:
    """Return what differs from a base: over all, by tier and by queue, each with half of its interval."""
    rows: list[Sequence[str]] = [_differences("all", row) for row in _rows(compare(base, other, COMPARED)).values()]
    for level, names in (("tier", base.world.tiers), ("queue", base.world.queues)):
        by_name = _rows(compare(base, other, COMPARED, [level]))
        if len(names) > 1:
            rows += [_differences(f"{level} {one}", by_name[one]) for one in names if one in by_name]
    # what neither has offered has no figures: nothing to show
    return Table(DIFFERENCES, [row for row in rows if set(row[1:]) != {"-"}])


def _differences(name: str, row: Row) -> Sequence[str]:
    shares = (_difference(row, figure, 100, "") for figure in COMPARED[:2])
    return name, *shares, *(_difference(row, figure, 1, "s") for figure in COMPARED[2:])


def _difference(row: Row, figure: str, scale: float, unit: str) -> str:
    """Return a difference with half of its interval: ``+0.6±0.2``."""
    value = row[f"{figure}_diff"] * scale
    half = (row[f"{figure}_high"] - row[f"{figure}_low"]) / 2 * scale
    if math.isnan(value):
        return "-"
    digits = 2 if half < 0.1 else 1
    shown = f"{value:+.{digits}f}".replace("-", "−")
    return f"{shown}{unit}" if math.isnan(half) else f"{shown}±{half:.{digits}f}{unit}"


def comparison_sentence(base: Figures, other: Figures) -> str:
    """Return how the service level differs, by tier if there are several: ``vip in target +3.1 ± 0.4 points; ...``."""
    [said] = sentences(base, other, by=["tier"] if len(base.world.tiers) > 1 else [])
    return said


def base_table(base: Figures) -> Table:
    """Return what the others are compared with: the figures of :func:`comparison_table` as they are."""
    rows = [("all", row) for row in _rows(base.frame()).values()]
    for level, names in (("tier", base.world.tiers), ("queue", base.world.queues)):
        by_name = _rows(base.frame((level,)))
        if len(names) > 1:
            rows += [(f"{level} {one}", by_name[one]) for one in names]
    shown = [
        (
            name,
            with_interval(row, "service_level"),
            percent(row["abandon_share"]),
            seconds(row["asa_s"]),
            seconds(row["aht_s"]),
        )
        for name, row in rows
    ]
    return Table(DIFFERENCES, [row for row in shown if set(row[1:]) != {"-"}])


AGENT_DIFFERENCES: Final = (
    ("agents", LEFT),
    ("occupancy", RIGHT),
    ("differs", RIGHT),
    ("hours", RIGHT),
    ("differ", RIGHT),
)


def common_types(base: Figures, other: Figures) -> bool:
    """Say whether two runs have a type of agents of the same name, of which differences can be taken."""
    return bool({kind.name for kind in base.world.types} & {kind.name for kind in other.world.types})


def agent_differences(base: Figures, other: Figures) -> Table:
    """Return occupancy and hours there in a base, by type of agents, and how they differ from it."""
    counted_h = (base.world.horizon_s - base.world.warm_up_s) / 3_600
    by_type = _rows(compare(base, other, ("occupancy", "staffed"), ["type"], of="agents"))
    rows = [
        (
            name,
            percent(row["occupancy_a"]),
            _difference(row, "occupancy", 100, ""),
            decimals(row["staffed_a"] * counted_h, 1),
            _difference(row, "staffed", counted_h, ""),
        )
        for name, row in ((kind.name, by_type[kind.name]) for kind in base.world.types if kind.name in by_type)
    ]
    return Table(AGENT_DIFFERENCES, rows)


def differing_customers(base: Scenario, other: Scenario) -> list[str]:
    """Return what makes the customers of two scenarios others though their seeds are the same."""
    sections = ("demand", "demand_factor", "backlog", "customers")
    found = [name for name in sections if getattr(base, name) != getattr(other, name)]
    times = ("start", "time_zone")
    return [f"run.{name}" for name in times if getattr(base.run, name) != getattr(other.run, name)] + found


def incomparable(base: Scenario, other: Scenario) -> str:
    """Return what keeps two scenarios from being compared replication by replication; empty when nothing does."""
    for name in ("horizon_ns", "warm_up_ns", "interval_ns", "period_ns", "replications", "batches", "seed"):
        mine, its = getattr(base.run, name), getattr(other.run, name)
        if mine != its:
            said = [
                "none" if one is None else format_duration(one) if name.endswith("_ns") else str(one)
                for one in (its, mine)
            ]
            return f"run.{name.removesuffix('_ns')} is {said[0]}; allowed: {said[1]}, as in what it is compared with"
    return ""


def comparison_note(*, same: bool) -> str:
    """Return what the columns of comparisons are; ``same``: whether all meet the same customers."""
    why = ", as all meet the same customers" if same else ""
    return (
        f"Differences to the first scenario, replication by replication{why}: in target and hung up in points "
        "(hundredths of those offered), ASA and AHT in seconds, occupancy in points, agents' hours there in hours of a "
        "replication, ± half of the interval."
    )
