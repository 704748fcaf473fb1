"""Pictures of the dashboards: drawn from the committed JSON, at its own places, with a real Prometheus' answers.

This is not Grafana, and only resembles it: kinds of panels, places, titles, units, colors, thresholds and legends are
those of the JSON; fonts and axes are matplotlib's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MultipleLocator, NullFormatter

from acdcore.bench.prometheus_server import Prometheus

DAY_S: Final = 86_400.0
COLUMN_PX: Final = 68
ROW_PX: Final = 36
GAP_PX: Final = 8
DPI: Final = 100
INK: Final = "#24292e"
MUTED: Final = "#6a737d"
PAPER: Final = "#f4f5f5"
PALETTE: Final = (
    "#73bf69", "#f2cc0c", "#5794f2", "#ff9830", "#f2495c", "#b877d9", "#37872d", "#1f60c4", "#fa6400", "#8f3bb8",
    "#96d98d", "#8ab8ff", "#ffb357", "#ff7383", "#ca95e5",
)  # fmt: skip
COLORS: Final = {
    "green": "#56a64b", "yellow": "#e0b400", "orange": "#ff780a", "red": "#e02f44", "blue": "#3274d9",
    "purple": "#a352cc", "dark-red": "#ad0317", "transparent": INK,
}  # fmt: skip
MOST_IN_LEGEND: Final = 14
LONGEST_NAME: Final = 34
"""Letters of a name beside a bar."""


class View(NamedTuple):
    """What is looked at: which Prometheus, from when to when (Unix time), how fine, and what variables stand for."""

    prometheus: Prometheus
    begin_s: float
    end_s: float
    step_s: float
    values: Mapping[str, str]

    def filled(self, expr: str) -> str:
        """Return an expression with values in place of variables."""
        return re.sub(r"\$\{?(\w+)\}?", lambda found: self.values[found[1]], expr)


# ---------------------------------------------------------------------- words


def shown(value: float, unit: str, decimals: int | None = None) -> str:
    """Write a value in one of the units that the dashboards use, as Grafana would."""
    if not math.isfinite(value):
        return "–"
    if unit == "percentunit":
        return f"{100 * value:.{1 if decimals is None else decimals}f}%".replace(".0%", "%")
    if unit == "s":
        return _seconds(value, decimals)
    if unit.startswith("suffix:"):
        return f"{value:.{1 if decimals is None else decimals}f}{unit.removeprefix('suffix:')}".replace(".0", "")
    if unit == "bytes":
        return _scaled(value, 1024, ("B", "KiB", "MiB", "GiB", "TiB"))
    if unit == "short" and abs(value) >= 1000:
        return _scaled(value, 1000, ("", "K", "Mil", "Bil")).replace(" ", "")
    return f"{value:.{decimals}f}" if decimals is not None else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _seconds(value: float, decimals: int | None) -> str:
    for factor, name, most in ((1e6, "µs", 1e-3), (1e3, "ms", 1.0), (1.0, "s", 60.0), (1 / 60, "min", 3600.0)):
        if abs(value) < most and (value or name == "s"):
            number = value * factor
            return f"{number:.{decimals}f} {name}" if decimals is not None and name == "s" else f"{number:.3g} {name}"
    return f"{value / 3600:.3g} h"


def _scaled(value: float, base: int, names: Sequence[str]) -> str:
    for name in names[:-1]:
        if abs(value) < base:
            return f"{value:.3g} {name}".strip()
        value /= base
    return f"{value:.3g} {names[-1]}"


def named(legend: str, labels: Mapping[str, str]) -> str:
    """Return a series' name: its legend with labels put in."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), legend) or "value"


def by_threshold(value: float, steps: Sequence[Mapping[str, Any]]) -> str:
    """Return the color that a value has."""
    chosen = [step["color"] for step in steps if step["value"] is None or value >= step["value"]]
    return COLORS.get(chosen[-1], chosen[-1]) if chosen else INK


# ---------------------------------------------------------------------- kinds of panels


class Series(NamedTuple):
    """One course: its name, moments (matplotlib's days), values, and which query it is of."""

    name: str
    times: Any
    values: Any
    letter: str


def courses(panel: Mapping[str, Any], view: View) -> list[Series]:
    """Ask for what a panel draws over time."""
    found = []
    for target in panel["targets"]:
        expr = view.filled(target["expr"])
        for one in view.prometheus.between(expr, view.begin_s, view.end_s, view.step_s):
            told = {round(moment - view.begin_s, 3): float(value) for moment, value in one["values"]}
            moments = np.arange(view.begin_s, view.end_s + 1, view.step_s)
            values = np.array([told.get(round(float(moment) - view.begin_s, 3), math.nan) for moment in moments])
            times = moments / DAY_S
            found.append(Series(named(target.get("legendFormat", ""), one["metric"]), times, values, target["refId"]))
    return found


def draw_stat(axes: Axes, panel: Mapping[str, Any], view: View) -> None:
    """Draw one large figure, and its course behind it."""
    defaults = panel["fieldConfig"]["defaults"]
    axes.axis("off")
    series = courses(panel, view)
    known = [value for one in series for value in one.values if math.isfinite(value)]
    if not known:
        axes.text(0.5, 0.45, defaults.get("noValue", "–"), ha="center", va="center", fontsize=20, color=MUTED)
        return
    last = known[-1]
    color, text = by_threshold(last, defaults["thresholds"]["steps"]), ""
    for mapping in defaults.get("mappings", []):
        said = mapping["options"].get(f"{last:g}")
        if said:
            text, color = said["text"], COLORS.get(said["color"], said["color"])
    if panel["options"]["graphMode"] == "area" and len(known) > 2:
        values = series[0].values
        top = np.nanmax(values)
        axes.fill_between(range(len(values)), values, color=color, alpha=0.15, linewidth=0)
        axes.plot(values, color=color, linewidth=1, alpha=0.5)
        axes.set_ylim(0, 2.2 * top if top > 0 else 1)
    axes.text(
        0.5, 0.62, text or shown(last, defaults["unit"], defaults.get("decimals")),
        ha="center", va="center", fontsize=20, color=color, transform=axes.transAxes,
    )  # fmt: skip


def _fixed(panel: Mapping[str, Any], series: Series) -> str:
    """Return the color that overrides give a series, empty when none do."""
    for override in panel["fieldConfig"].get("overrides", []):
        matcher = override["matcher"]
        if (matcher["id"], matcher["options"]) in {("byName", series.name), ("byFrameRefID", series.letter)}:
            for own in override["properties"]:
                if own["id"] == "color":
                    color: str = own["value"]["fixedColor"]
                    return COLORS.get(color, color)
    return ""


def draw_timeseries(axes: Axes, panel: Mapping[str, Any], view: View) -> None:
    """Draw courses as lines, or stacked as areas."""
    defaults = panel["fieldConfig"]["defaults"]
    custom = defaults["custom"]
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    base: Any = 0.0
    for place, one in enumerate(courses(panel, view)):
        color = _fixed(panel, one) or PALETTE[place % len(PALETTE)]
        label = one.name if place < MOST_IN_LEGEND else None
        if stacked:
            top = base + np.nan_to_num(one.values)
            axes.fill_between(one.times, base, top, color=color, alpha=0.75, linewidth=0, label=label, step=None)
            base = top
        else:
            axes.plot(one.times, one.values, color=color, linewidth=1.1, label=label)
    if custom.get("scaleDistribution", {}).get("type") == "log":
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0, top=defaults.get("max"))
    for step in defaults.get("thresholds", {}).get("steps", []):
        if step["value"] is not None and custom.get("thresholdsStyle", {}).get("mode") == "dashed":
            axes.axhline(step["value"], color=COLORS["red"], linestyle="--", linewidth=0.9)
    _over_time(axes, view, defaults["unit"])
    if names := axes.get_legend_handles_labels()[0]:
        axes.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.09),
            ncols=4 if len(names) < 9 else 5,
            fontsize=7,
            frameon=False,
            handlelength=1.2,
            columnspacing=1.0,
            labelcolor=INK,
        )


def _clock(day: float, _place: int | None) -> str:
    return datetime.fromtimestamp(round(day * DAY_S), UTC).strftime("%H:%M")


def _over_time(axes: Axes, view: View, unit: str) -> None:
    axes.set_xlim(view.begin_s / DAY_S, view.end_s / DAY_S)
    hours = (view.end_s - view.begin_s) / 3600
    axes.xaxis.set_major_locator(MultipleLocator((2 / 24) if hours > 4 else 1 / 1440 if hours < 0.2 else 1 / 96))
    axes.xaxis.set_major_formatter(FuncFormatter(_clock))
    if unit == "s" and axes.get_yscale() == "linear" and 150 < axes.get_ylim()[1] < 3600:
        axes.yaxis.set_major_locator(MultipleLocator(120 if axes.get_ylim()[1] > 360 else 60))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: shown(value, unit)))
    axes.yaxis.set_minor_formatter(NullFormatter())  # else it says powers of ten where less than a decade is shown
    axes.tick_params(labelsize=7, colors=MUTED, length=0)
    axes.grid(visible=True, color="#e6e8ea", linewidth=0.7)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)


def draw_heatmap(axes: Axes, panel: Mapping[str, Any], view: View) -> None:
    """Draw a histogram over time: each bucket's own count, the more the darker."""
    series = sorted(courses(panel, view), key=lambda one: float(one.name))
    if not series:
        return
    counts = np.diff(np.nan_to_num(np.array([one.values for one in series])), axis=0, prepend=0.0).clip(0)
    names = [shown(float(one.name), "s") if one.name != "+Inf" else "longer" for one in series]
    used = np.flatnonzero(counts.sum(axis=1) > 0)
    low, high = (used[0], used[-1] + 1) if len(used) else (0, len(series))
    held = np.ma.masked_less_equal(counts[low:high], 1e-9)
    axes.pcolormesh(series[0].times, np.arange(low, high), held**0.5, cmap="Blues", shading="nearest", vmin=0)
    _over_time(axes, view, "short")
    axes.set_yticks(np.arange(low, high), names[low:high])
    axes.grid(visible=False)


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def draw_bargauge(axes: Axes, panel: Mapping[str, Any], view: View) -> None:
    """Draw what is now as horizontal bars."""
    [target] = panel["targets"]
    found = view.prometheus.query(view.filled(target["expr"]), view.end_s)[:MOST_IN_LEGEND]
    names = [_cut(named(target.get("legendFormat", ""), one["metric"])) for one in found]
    values = [float(one["value"][1]) for one in found]
    axes.barh(range(len(values)), values, color=COLORS["blue"], height=0.6)
    axes.set_yticks(range(len(values)), names, fontsize=8, color=INK)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.15 * max([1.0, *values]))
    for place, value in enumerate(values):
        axes.text(value, place, f" {shown(value, panel['fieldConfig']['defaults']['unit'])}", va="center", fontsize=8)
    axes.tick_params(length=0, labelbottom=False)
    for side in axes.spines.values():
        side.set_visible(False)


def draw_table(axes: Axes, panel: Mapping[str, Any], view: View) -> None:
    """Draw a table as its transformations make it: one row a key, a column for each query."""
    axes.axis("off")
    organize = next(one for one in panel["transformations"] if one["id"] == "organize")["options"]
    fields = sorted(organize["indexByName"], key=organize["indexByName"].get)
    headings, key = [organize["renameByName"][field] for field in fields], fields[0]
    looks = {
        override["matcher"]["options"]: {own["id"]: own.get("value") for own in override["properties"]}
        for override in panel["fieldConfig"]["overrides"]
    }
    rows: dict[str, list[float]] = {}
    for place, target in enumerate(panel["targets"]):
        for one in view.prometheus.query(view.filled(target["expr"]), view.end_s):
            row = rows.setdefault(one["metric"][key], [math.nan] * len(panel["targets"]))
            row[place] = float(one["value"][1])
    sorting = headings.index(panel["options"]["sortBy"][0]["displayName"]) - 1
    ordered = sorted(rows.items(), key=lambda item: -np.nan_to_num(item[1][sorting], nan=-1.0))
    edges = np.linspace(0.13, 0.995, len(headings) - 1 + 1)[1:]
    height = 1 / max(8, len(ordered) + 1)
    for place, heading in enumerate(headings):
        right = place > 0
        axes.text(
            edges[place - 1] if right else 0.005, 1 - height / 2, heading,
            ha="right" if right else "left", va="center", fontsize=8, color=MUTED, fontweight="bold",
        )  # fmt: skip
    for line, (name, values) in enumerate(ordered, start=1):
        middle = 1 - (line + 0.5) * height
        axes.axhline(middle + height / 2, color="#e6e8ea", linewidth=0.7)
        axes.text(0.005, middle, name, va="center", fontsize=8.5, color=INK)
        for heading, edge, value in zip(headings[1:], edges, values, strict=True):
            text, color = _cell(value, looks[heading])
            axes.text(edge, middle, text, ha="right", va="center", fontsize=8.5, color=color)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)


def _cell(value: float, look: Mapping[str, Any]) -> tuple[str, str]:
    """Return a cell's text and color."""
    for mapping in look.get("mappings", []):
        said = mapping["options"].get(f"{value:g}")
        if said:
            return said["text"], COLORS.get(said["color"], said["color"])
    text = shown(value, look["unit"], look.get("decimals"))
    if "thresholds" in look and math.isfinite(value):
        return text, by_threshold(value, look["thresholds"]["steps"])
    return text, INK


KINDS: Final = {
    "stat": draw_stat,
    "timeseries": draw_timeseries,
    "heatmap": draw_heatmap,
    "bargauge": draw_bargauge,
    "table": draw_table,
}


# ---------------------------------------------------------------------- the page


def picture(dashboard: Mapping[str, Any], view: View, note: str) -> Figure:
    """Draw a whole dashboard; ``note`` stands below it and says what is shown."""
    plt.rcParams["font.family"] = "DejaVu Sans"
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
    head_px, foot_px = 56, 34
    width, height = 24 * COLUMN_PX + 2 * GAP_PX, rows * ROW_PX + head_px + foot_px
    figure = plt.figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=PAPER)
    chosen = "   ".join(
        f"{variable['label']}: {_chosen(variable, view)}"
        for variable in dashboard["templating"]["list"]
        if variable["name"] != "datasource"
    )
    figure.text(GAP_PX / width, 1 - 20 / height, dashboard["title"], fontsize=14, color=INK, va="center")
    figure.text(GAP_PX / width, 1 - 43 / height, chosen, fontsize=9, color=MUTED, va="center")
    figure.text(GAP_PX / width, 16 / height, note, fontsize=9, color=MUTED, va="center")
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        left, top = GAP_PX + place["x"] * COLUMN_PX, head_px + place["y"] * ROW_PX
        wide, tall = place["w"] * COLUMN_PX, place["h"] * ROW_PX
        if panel["type"] == "row":
            figure.text(
                (left + 4) / width, 1 - (top + tall / 2) / height, f"▾ {panel['title']}", fontsize=10, color=INK
            )
            continue
        _sheet(figure, width, height, (left, top, wide, tall))
        figure.text((left + 12) / width, 1 - (top + 18) / height, panel["title"], fontsize=9, color=INK, va="center")
        inner = _inside(panel["type"], left, top, wide, tall)
        box = (inner[0] / width, 1 - (inner[1] + inner[3]) / height, inner[2] / width, inner[3] / height)
        KINDS[panel["type"]](figure.add_axes(box, facecolor="none"), panel, view)
    return figure


def _chosen(variable: Mapping[str, Any], view: View) -> str:
    value = view.values[variable["name"]]
    return "All" if value == ".*" else value


def _sheet(figure: Figure, width: float, height: float, place: tuple[float, float, float, float]) -> None:
    left, top, wide, tall = place
    figure.patches.append(
        Rectangle(
            ((left + GAP_PX / 2) / width, 1 - (top + tall - GAP_PX / 2) / height),
            (wide - GAP_PX) / width,
            (tall - GAP_PX) / height,
            transform=figure.transFigure,
            facecolor="white",
            edgecolor="#dcdee0",
            linewidth=0.8,
            zorder=-1,
        )
    )


def _inside(kind: str, left: float, top: float, wide: float, tall: float) -> tuple[float, float, float, float]:
    """Return where a panel's contents are: left, top, width, height, in pixels."""
    if kind in {"stat", "table"}:
        return left + 12, top + 32, wide - 24, tall - 42
    if kind == "bargauge":
        return left + 230, top + 36, wide - 250, tall - 52
    if kind == "heatmap":
        return left + 62, top + 36, wide - 78, tall - 66
    return left + 62, top + 36, wide - 78, tall - 104
