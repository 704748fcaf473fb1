"""What the open loop shows: tables of 80 columns, JSON, and pictures of latency against rate and by percentile."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator
from rich.text import Text

from ..colors import INK
from ..surroundings import versions
from ..terminal import printed, put, say
from .measure import OpenLoop, StepResult

SHARES: Final = ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9"), (1.0, "max"))
PAIRS: Final = (("enqueue", "offer"), ("accept", "complete"))
TITLES: Final = {
    "enqueue": "enqueue: planned to answered",
    "offer": "offer: planned to heard by agent",
    "accept": "accept: heard to answered",
    "complete": "complete: planned to answered",
}
COLORS: Final = {"p50": "#1d6fa5", "p90": "#5b8c5a", "p99": "#b26a00", "p99.9": "#c1121f", "max": "#8a8a8a"}
CURVE: Final = tuple(1.0 - 10.0 ** (-n / 20) for n in range(81))
"""Shares at which a percentile curve is kept: from 0 to 99.99 %, evenly on the scale on which it is drawn."""


def short_ms(value: float) -> str:
    """Return milliseconds with three digits: 0.823, 4.31, 35.8, 1,204."""
    if math.isnan(value):
        return "-"
    digits = 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f}"


def text_of(result: OpenLoop) -> str:
    """Return the tables as text of at most 80 columns."""
    return printed(lambda to: show(result, to))


def show(result: OpenLoop, to: Any) -> None:
    """Print the tables and what did not hold."""
    on, plan = result.machine, result.plan
    many = "1 process that drives it" if plan.drivers == 1 else f"{plan.drivers} processes that drive it"
    say(to, f"{on['cpu']}, {on['cores']} cores shared by a server and {many}{load_before(result.machine)}")
    say(
        to,
        f"{plan.agents} agents, talks of {plan.talk_s * 1e3:g} ms on average, Poisson arrivals, seed {plan.seed}",
    )
    to.print()
    put(to, rates_text(result.steps))
    for pair in PAIRS:
        to.print()
        put(to, legs_text(pair, result.steps))
    to.print()
    say(
        to,
        "All times in milliseconds. planned, done: interactions a second, each of them three calls and a few messages "
        "on a stream. waited: no agent was free. late: the driving process itself, from the planned moment to sending; "
        "it is part of enqueue and offer. CPU: of one core, while customers came. enqueue, offer: from the moment at "
        "which the customer was planned; accept: from hearing the offer; complete: from the planned end of the talk.",
    )
    last = result.steps[-1] if result.steps else None
    if last is not None and not last.keeps_up:
        say(to, f"The server does not keep up with {last.planned:,.0f} a second: it does {last.done:,.0f}.")
    served = sum(step.customers for step in result.steps)
    if result.problems:
        for problem in result.problems:
            say(to, f"FAILED: {problem}", "bold red")
    else:
        say(to, f"All {served:,} interactions were served once, as both sides counted; outcome {result.outcome}")


def load_before(on: dict[str, Any]) -> str:
    """Return how busy a machine was before, in words; nothing where it does not say."""
    return f"; {on['load'][0]:.1f} programs at work before, on average" if on.get("load") else ""


def rates_text(steps: Sequence[StepResult]) -> Text:
    """Return the rates: planned, done, how late the driver was, and who used the processor."""
    head = (
        "                                          late, ms              CPU",
        " planned    done    count  waited    p50     p99     max  server  driver",
    )
    lines = [
        f"{step.planned:8,.0f}{step.done:8,.0f}{step.customers:9,}{step.waited:8,}"
        f"{short_ms(step.quantile_ms('late', 0.5)):>7}{short_ms(step.quantile_ms('late', 0.99)):>8}"
        f"{short_ms(step.quantile_ms('late', 1.0)):>8}{step.server_cpu:8.0%}{sum(step.driver_cpu):8.0%}"
        for step in steps
    ]
    return Text("\n".join([*head, "-" * max(map(len, head)), *lines]))


def legs_text(legs: Sequence[str], steps: Sequence[StepResult]) -> Text:
    """Return the quantiles of some legs, beside each other, by rate."""
    names = "".join(f"{name:>7}" for _, name in SHARES)
    head = (" " * 8 + "".join(f" {TITLES[leg]:^35}" for leg in legs), " planned" + f" {names}" * len(legs))
    lines = [
        f"{step.planned:8,.0f}"
        + "".join(" " + "".join(f"{short_ms(step.quantile_ms(leg, share)):>7}" for share, _ in SHARES) for leg in legs)
        for step in steps
    ]
    rule = "-" * 8 + (" " + "-" * 35) * len(legs)
    return Text("\n".join([head[0].rstrip(), head[1], rule, *lines]))


def as_json(result: OpenLoop) -> dict[str, Any]:
    """Return everything: the plan, and for each rate counts, quantiles and percentile curves, in milliseconds."""
    plan = result.plan
    return {
        "machine": result.machine,
        "versions": versions(),
        "plan": dataclasses.asdict(plan),
        "outcome": result.outcome,
        "problems": result.problems,
        "steps": [_step_json(step) for step in result.steps],
    }


def _step_json(step: StepResult) -> dict[str, Any]:
    return {
        "rate": step.rate,
        "customers": step.customers,
        "planned": step.planned,
        "done": step.done,
        "keeps_up": step.keeps_up,
        "waited": step.waited,
        "server_cpu": step.server_cpu,
        "driver_cpu": step.driver_cpu,
        "outcome": step.outcome,
        "legs_ms": {
            leg: {
                **{name: step.quantile_ms(leg, share) for share, name in SHARES},
                "curve": [[share, step.quantile_ms(leg, share)] for share in (*CURVE, 1.0)],
            }
            for leg in step.times
        },
    }


def write_json(result: OpenLoop, path: Path) -> None:
    """Write :func:`as_json`. Raises OSError."""
    path.write_text(json.dumps(as_json(result), indent=1) + "\n", encoding="utf-8")


# ---------------------------------------------------------------------- pictures


def draw(result: OpenLoop, path: Path) -> None:
    """Draw latency against rate, and its percentiles at each rate. Raises ValueError for another kind of file, OSError.

    The logarithmic scale of the percentiles gives every nine as much room as the one before.
    """
    figure = Figure(figsize=(9.6, 8.4), layout="constrained")
    (enqueue, offer), (curve, late) = figure.subplots(2, 2)
    _against_rate(enqueue, result.steps, "enqueue", "enqueue, planned to answered")
    _against_rate(offer, result.steps, "offer", "enqueue planned to offer heard")
    _curves(curve, result.steps, "offer", "enqueue planned to offer heard")
    _against_rate(late, result.steps, "late", "of this, the driving process's own lateness")
    offer.sharey(enqueue)
    curve.sharey(enqueue)
    handles, names = enqueue.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(names), frameon=False)
    with mpl.rc_context({"svg.hashsalt": "acdcore"}):
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)


def _dress(axis: Axes, title: str) -> None:
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter(FuncFormatter(lambda ms, _: f"{ms:g} ms" if ms < 1000 else f"{ms / 1000:g} s"))
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.set_title(title, color=INK, fontsize="medium")
    axis.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(colors=INK)
    axis.spines[["top", "right"]].set_visible(False)


def _against_rate(axis: Axes, steps: Sequence[StepResult], leg: str, title: str) -> None:
    rates = [step.planned for step in steps]
    for share, name in SHARES:
        values = [step.quantile_ms(leg, share) for step in steps]
        axis.plot(rates, values, color=COLORS[name], marker="o", markersize=3.5, linewidth=1.4, label=name)
    if steps and not steps[-1].keeps_up:
        axis.axvspan(steps[-1].done, rates[-1] * 1.05, color="#f2e3e3", zorder=0)
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(FixedLocator([step.rate for step in steps]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{rate:,.0f}"))
    axis.tick_params(axis="x", labelsize="small")
    axis.set_xlabel("interactions a second; shaded: more than it does", color=INK)
    _dress(axis, title)


def _curves(axis: Axes, steps: Sequence[StepResult], leg: str, title: str) -> None:
    shades = mpl.colormaps["viridis"]
    for number, step in enumerate(steps):
        most = 1.0 - 1.0 / max(2, len(step.times[leg]))
        shares = [share for share in CURVE if share <= most]
        values = [step.quantile_ms(leg, share) for share in shares]
        color = shades(0.9 * number / max(1, len(steps) - 1))
        axis.plot(
            [_nines(share) for share in shares], values, color=color, linewidth=1.2, label=f"{step.planned:,.0f}/s"
        )
    axis.xaxis.set_major_locator(FixedLocator([0.0, 1.0, 2.0, 3.0, 4.0]))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda nines, _: f"{100 * (1 - 10.0**-nines):.4g} %"))
    axis.set_xlabel("percentile", color=INK)
    axis.legend(frameon=False, fontsize="small", ncols=2)
    _dress(axis, title)


def _nines(share: float) -> float:
    """Return on the scale on which 90 %, 99 % and 99.9 % are as far apart."""
    return -math.log10(1.0 - share)
