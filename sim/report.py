"""The report of a simulation: one HTML page that needs nothing but itself.

:func:`write_report` puts tables and charts, the data they are drawn from, styles and plotly.js into one file; it makes
no request to anywhere, opens from a disk, and its bytes depend on nothing but what was given. :func:`write_png`
takes a picture of it with a Chromium that is installed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata, resources
from pathlib import Path
from typing import Any, Final

import numpy as np

from .figures import Figures
from .report_compare import Comparison, compared_page
from .report_data import page_data
from .report_dates import Dates
from .report_numbers import duration, fixed
from .report_parts import Goals, Intervals, ReportError
from .report_png import write_png
from .report_staff import USUAL_GOAL
from .report_tables import agent_table, channel_table, fairness_table, queue_table, tiles, wait_table
from .world import ALWAYS, Count, Ending

__all__ = ["Comparison", "ReportError", "write_png", "write_report"]

SECTIONS: Final = (
    ("figures", "Figures"),
    ("comparison", "Comparison"),
    ("day", "The day"),
    ("map", "Queue by hour"),
    ("waits", "Waits"),
    ("staff", "Staffing"),
    ("fairness", "Fairness"),
    ("run", "The run"),
)
MANY: Final = 20
"""Queues, beyond which a heat map shows the busiest first."""
NAMED: Final = 4
"""Queues named in a note; of more the number is said."""
ENDINGS: Final = {
    Ending.STOP: "everything stops; who still waits is counted as unfinished",
    Ending.DOORS_SHUT: "nobody arrives any more, those inside are served",
    Ending.RUN_ON: "arrivals go on until everybody who counts has left the queue, but are not counted",
}


def write_report(
    path: str | os.PathLike[str],
    title: str,
    figures: Figures,
    *,
    scenario_text: str | None = None,
    comparisons: Sequence[Comparison] | None = None,
    goal: float | Mapping[str, float] | None = None,
    begins_s: float | None = None,
    zone: str | None = None,
) -> None:
    """Write the report of a run as one HTML page.

    Args:
        path: the file; it is replaced.
        title: its heading.
        figures: of the run.
        scenario_text: the scenario, shown as it is.
        comparisons: with other runs; a section of its own.
        goal: share of the offered to be answered within the target, over all or by queue; it is marked, and the need
            of agents is reckoned for it (for 80 % where there is none).
        begins_s: the time of day at which the simulation begins, in seconds after midnight, where no zone is given.
        zone: name of the center's time zone (``Europe/Berlin``); with it the page shows dates, reckoned from
            ``start_ns`` of the world.

    Raises:
        ReportError: names what cannot be shown and what is allowed, or the package that is missing.
        OSError: the file cannot be written.
    """
    goals = _goals(goal, figures.world.queues)
    dates = Dates.of(figures.world, zone, begins_s)
    page = _render(title, figures, goals, dates, scenario_text, comparisons or ())
    Path(path).write_bytes(page.encode("utf-8"))


def _goals(goal: float | Mapping[str, float] | None, queues: Sequence[str]) -> Goals:
    """Return the goals, or raise :class:`ReportError`."""
    overall = goal if isinstance(goal, int | float) else None
    by_queue = dict(goal) if isinstance(goal, Mapping) else {}
    for name, wanted in [("goal", overall), *((f"goal[{queue!r}]", one) for queue, one in by_queue.items())]:
        if wanted is not None and not 0.0 < wanted < 1.0:
            raise ReportError(f"{name}: {wanted!r}; allowed are shares above 0 and below 1")
    for queue in by_queue:
        if queue not in queues:
            raise ReportError(f"goal: no queue is called {queue!r}; there are {', '.join(queues)}")
    return Goals(overall, by_queue)


def _render(
    title: str,
    figures: Figures,
    goals: Goals,
    dates: Dates,
    scenario_text: str | None,
    comparisons: Sequence[Comparison],
) -> str:
    """Return the page."""
    jinja2, plotly_js = _packages()
    world = figures.world
    data = page_data(figures, goals, dates)
    compared = [compared_page(each) for each in comparisons]
    data["comparisons"] = [{"rows": each["rows"]} for each in compared]
    files = resources.files(__package__) / "page"
    intervals = Intervals.of(world)
    by_hour = intervals.are_many and np.unique(intervals.hours()).size != intervals.start_s.size
    busiest = figures.frame(("queue",))["offered"].to_numpy(dtype=np.float64)
    order = [queue for queue in np.argsort(-busiest, kind="stable").tolist() if busiest[queue] > 0.0]
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    return str(
        environment.from_string((files / "report.html").read_text("utf-8")).render(
            title=title,
            lead=_lead(figures),
            dates=dates.text,
            sections=[
                (key, "Queue by hour" if key == "map" and by_hour else "Queue by interval" if key == "map" else name)
                for key, name in SECTIONS
                if key != "comparison" or comparisons
            ],
            tiles=tiles(figures, goals),
            queue_table=queue_table(figures, goals),
            queue_note=_queue_note(goals, world.queues),
            channel_table=channel_table(figures),
            comparisons=compared,
            confidence=_percent(figures.confidence),
            has_day=intervals.are_many,
            by_hour=by_hour,
            day_note=_day_note(figures, intervals),
            many_tiers=len(world.tiers) > 1,
            many_queues=len(order) > MANY,
            queue_options=[(queue, world.queues[queue]) for queue in order],
            tier_options=list(enumerate(world.tiers)),
            has_staff=bool(data["staff"]["series"]),
            staff_note=_staff_note(data["staff"]),
            heat_note=_heat_note(goals),
            type_options=[(one["type"], world.types[one["type"]].name) for one in data["staff"]["series"][1:]],
            wait_table=wait_table(figures),
            agent_table=agent_table(figures),
            fairness_table=fairness_table(figures),
            fairness_count=len(data["fairness"]),
            facts=_facts(figures),
            scenario_text=scenario_text,
            foot=f"Made by acdcore {_version()}.",
            style=(files / "report.css").read_text("utf-8"),
            script=(files / "report.js").read_text("utf-8"),
            # "<" cannot end the script element or begin a comment where it is written as an escape
            data=json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c"),
            plotly=plotly_js,
        )
    )


def _packages() -> tuple[Any, str]:
    """Return Jinja and the text of plotly.js."""
    try:
        import jinja2
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise ReportError(f"{error.name}: not installed; a report needs it: pip install 'acdcore[sim]'") from error
    return jinja2, str(get_plotlyjs())


def _version() -> str:
    """Return the version of acdcore that is installed."""
    try:
        return metadata.version("acdcore")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _percent(value: float) -> str:
    return f"{100.0 * value:.4g} %"


def _samples(figures: Figures) -> str:
    """Say in a few words what was run."""
    n = len(figures.tallies)
    return f"{n:,} replication{'' if n == 1 else 's'}"


def _lead(figures: Figures) -> str:
    """Say what was simulated, below the title."""
    world = figures.world
    arrivals = np.mean([tally.arrivals for tally in figures.tallies])
    return (
        f"{_samples(figures)} of {duration(world.horizon_s)}, {arrivals:,.0f} customers each. "
        f"{len(world.queues):,} queue{_s(world.queues)}, {len(world.agents):,} agent{_s(world.agents)}. "
        + (f"± is half the {_percent(figures.confidence)} interval." if figures.method != "one value" else "")
    ).strip()


def _s(many: Sequence[object]) -> str:
    return "" if len(many) == 1 else "s"


def _queue_note(goals: Goals, queues: Sequence[str]) -> str:
    """Say how the columns are reckoned."""
    parts = [
        "Service level = answered within the target / offered.",
        "Early leavers left out = answered within the target / (answered + abandoned − abandoned within the target).",
        "ASA: mean wait of those answered. AHT: talk and wrap-up of an assignment. Waiting: mean number in the queue.",
        "Offered and answered are counts a replication.",
    ]
    if goals.overall is not None or goals.by_queue:
        parts.append(
            "The upright mark in a bar is the goal, the share to be answered within the target: "
            f"{_goal_text(goals, queues)} (service_level of a queue in the center's configuration). A level "
            "in the other color misses its goal by more than its interval."
        )
    return " ".join(parts)


def _goal_text(goals: Goals, queues: Sequence[str]) -> str:
    """Say what the goals are: one for all of them, or each queue's."""
    of = {queue: goal for queue in queues if (goal := goals.of(queue)) is not None}
    shares = sorted(set(of.values()), reverse=True)
    if len(shares) == 1:
        return (
            f"{_percent(shares[0])} in every queue"
            if len(of) == len(queues)
            else f"{_percent(shares[0])} in {_few(of)}"
        )
    return "; ".join(f"{_percent(one)} in {_few([queue for queue in of if of[queue] == one])}" for one in shares)


def _few(names: Iterable[str]) -> str:
    """Return a few names, and how many more there are."""
    all_of = list(names)
    return ", ".join(all_of[:NAMED]) + (f" and {len(all_of) - NAMED} more" if len(all_of) > NAMED else "")


def _heat_note(goals: Goals) -> str:
    """Say what the colors of the service level turn at."""
    stated = goals.overall is not None or goals.by_queue
    return (
        "Blue: better than the queue's goal; orange: worse. "
        + ("Each row is colored by its own queue's goal" if stated else "No goal is stated: colored by")
        + (f" ({_percent(USUAL_GOAL)} where none is stated)." if stated else f" {_percent(USUAL_GOAL)}.")
    )


def _day_note(figures: Figures, intervals: Intervals) -> str:
    """Say what an interval of the curves is."""
    world = figures.world
    length = duration(float(intervals.length_s[0]))
    folded = ""
    if world.period_s < world.horizon_s:
        folded = f", all periods of {duration(world.period_s)} laid over each other"
    shaded = f" Shaded: the {_percent(figures.confidence)} interval." if figures.method != "one value" else ""
    return (
        f"By intervals of {length}{folded}: whoever arrives in one is counted there, whenever the wait ends. Counts "
        f"are means a replication.{shaded}"
    )


def _staff_note(staff: Mapping[str, Any]) -> str:
    """Say how the need is reckoned, and what it leaves out."""
    if not staff["series"]:
        return ""
    later = staff["later"]
    left_out = ""
    if later:
        left_out = (
            f" Left out are queues with a target longer than an interval, as they can wait: {_few(later)}. Agents who "
            "are at work for those are among the busy, but their work is in neither load nor need."
        )
    pooled = f"{_percent(staff['goal'])} are answered within {duration(staff['target_s'])}"
    if staff["target_of"] is not None:
        pooled += f" (goal and target of {staff['target_of']}, the busiest of them)"
    apart = ""
    if any(one is not None for one in staff["need_apart"]):
        apart = (
            " Need, each queue on its own: the same for each queue with its own goal and target (of the tier with most "
            "customers), summed: what agents with a single skill each would have to be."
        )
    return (
        "Signed in: all whose shift it is; ready: without those who are not ready, mostly on a break. Busy or in "
        "wrap-up: at work for any queue. Offered load: arrivals and transfers times their handle time, in agents who "
        f"would be busy all the time. Need, pooled: the fewest agents with whom {pooled} by Erlang C, interval by "
        "interval, if every agent served every queue, one customer at a time, and nobody hung up."
        f"{apart} Customers who hang up, and several chats at once, ask for less. Compare needs with those ready."
        f"{left_out}"
    )


def _facts(figures: Figures) -> list[tuple[str, str]]:
    """Return what has to be known to run the same again, and to judge it."""
    world, tallies = figures.world, figures.tallies
    decisions = sum(float(tally.customers[..., Count.OFFERS].sum()) for tally in tallies)
    commands, arrivals = sum(tally.commands for tally in tallies), sum(tally.arrivals for tally in tallies)
    facts = [("Replications", f"{len(tallies):,}"), ("Seed", str(world.seed)), ("Horizon", duration(world.horizon_s))]
    if world.warm_up_s > 0.0:
        facts.append(("Warm-up, not counted", duration(world.warm_up_s)))
    if world.interval_s < ALWAYS:
        folded = f", folded every {duration(world.period_s)}" if world.period_s < world.horizon_s else ""
        facts.append(("Intervals", f"{world.n_intervals()} of {duration(world.interval_s)}{folded}"))
    facts += [
        ("At the horizon", ENDINGS[Ending(world.ending)]),
        ("Simulated until", f"{duration(float(np.mean([tally.ended_s for tally in tallies])))} on average"),
        ("Customers", f"{arrivals:,} in all replications, with those not counted"),
        ("Decisions", f"{fixed(decisions, 0)} offers to agents, {commands:,} commands to the router"),
        ("Intervals of figures", _method(figures)),
        ("Router's state at the end", _digest(figures)),
        ("Version", f"acdcore {_version()}"),
    ]
    return facts


def _method(figures: Figures) -> str:
    """Say how the intervals of the figures are made."""
    level = _percent(figures.confidence)
    if figures.method == "one value":
        return "none: one replication without batches says nothing of its own error"
    what = "replications" if figures.method == "replications" else "batches of equal length of the one replication"
    ratios = "the delta method" if figures.variance == "delta" else "the jackknife"
    return (
        f"{level}, Student's t with {figures.samples - 1} degrees of freedom over {figures.samples} {what}; ratios are "
        f"ratios of the sums over all of them, their variance by {ratios}. Each interval holds for its figure alone."
    )


def _digest(figures: Figures) -> str:
    """Return the hash of the first replication; equal inputs give equal ones."""
    return f"{figures.tallies[0].digest & (2**64 - 1):016x} (hash, replication 0)"
