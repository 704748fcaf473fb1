"""The section of a report that compares two runs: differences in a table, those of the service level in a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import pandas as pd

from .compare import compare, sentences
from .figures import Figures
from .report_numbers import Range, fixed, seconds, share, with_interval
from .report_parts import ReportError
from .report_tables import Cell, Group, Row, Table, sort_key

LABELS: Final = {
    "service_level": "Service level",
    "service_level_short": "Early leavers left out",
    "abandon_share": "Abandoned",
    "asa_s": "ASA",
    "wait_s": "Mean wait",
    "longest_wait_s": "Longest wait",
    "queue_length": "Waiting",
    "occupancy": "Occupancy",
}
USUAL: Final = ("service_level", "service_level_short", "abandon_share", "asa_s", "longest_wait_s", "queue_length")
SHARES: Final = ("_level", "_level_short", "_share", "occupancy", "utilization", "mean", "sd", "least", "greatest")
LEVEL: Final = "service_level"


@dataclass(frozen=True)
class Comparison:
    """Differences between two runs."""

    title: str
    frame: pd.DataFrame
    """As :func:`acdcore.sim.compare.compare` returns it: for each figure X the columns ``X_diff``, ``X_low`` and
    ``X_high``, and ``X_a`` and ``X_b``. The index names the lines."""
    sentences: tuple[str, ...] = ()

    @classmethod
    def between(
        cls, title: str, a: Figures, b: Figures, figures: Sequence[str] = USUAL, *, paired: bool = True
    ) -> Self:
        """Compare two runs over all, by tier and by queue; raises as :func:`acdcore.sim.compare.compare` does."""
        frames = [compare(a, b, figures, paired=paired).set_axis(["all"])]
        said: list[str] = []
        for level in ("tier", "queue"):
            if len(a.world.tiers if level == "tier" else a.world.queues) > 1:
                frame = compare(a, b, figures, [level], paired=paired)
                frames.append(frame.set_axis([f"{level} {name}" for name in frame.index]))
                if level == "tier":
                    said = sentences(a, b, [LEVEL], [level], paired=paired) if LEVEL in figures else []
        return cls(title, pd.concat(frames), tuple(said))


def compared_page(each: Comparison) -> dict[str, Any]:
    """Return the chart's rows, the table and the sentences of a comparison, or raise :class:`ReportError`."""
    columns = [str(column) for column in each.frame.columns]
    names = [column.removesuffix("_diff") for column in columns if column.endswith("_diff")]
    missing = [f"{name}{end}" for name in names for end in ("_low", "_high") if f"{name}{end}" not in columns]
    if not names or missing:
        wanted = ", ".join(missing) or "any X_diff"
        raise ReportError(f"comparisons: the frame of {each.title!r} lacks {wanted}; allowed is what compare() returns")
    rows, groups = [], []
    for key, row in each.frame.iterrows():
        line = ", ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)
        groups.append(Group((Row(line, tuple(_difference(row, name) for name in names)),)))
        if LEVEL in names and math.isfinite(float(row[f"{LEVEL}_diff"])):
            rows.append(_point(line, _range(row, LEVEL).scaled(100.0)))
    labels = [LABELS.get(name, name.removesuffix("_s").replace("_", " ").capitalize()) for name in names]
    return {
        "title": each.title,
        "sentences": each.sentences,
        "rows": rows,
        "table": Table(("Of", *labels), groups),
    }


def _range(row: pd.Series, name: str) -> Range:
    return Range(float(row[f"{name}_diff"]), float(row[f"{name}_low"]), float(row[f"{name}_high"]))


def _is_clear(what: Range) -> bool:
    """Whether the interval leaves out zero."""
    return math.isfinite(what.half) and not what.low <= 0.0 <= what.high


def _is_share(name: str) -> bool:
    return name.endswith(SHARES) or name.startswith(("within_", "waits_within_"))


def _difference(row: pd.Series, name: str) -> Cell:
    """Return a cell: the difference, and below it the two values."""
    what = _range(row, name)
    if _is_share(name):
        html = with_interval(what.scaled(100.0), most=2, sign=True)
    else:
        html = (seconds if name.endswith("_s") else with_interval)(what, sign=True)
    if f"{name}_a" in row.index and math.isfinite(what.value):
        shown = share if _is_share(name) else seconds if name.endswith("_s") else with_interval
        before, after = (shown(Range(float(row[f"{name}_{side}"]))) for side in ("a", "b"))
        html += f'<br><span class="pm">{before} → {after}</span>'
    return Cell(html, sort_key(what.value), "" if _is_clear(what) else "near")


def _point(line: str, what: Range) -> dict[str, Any]:
    """Return a row of the chart, in points."""
    known = math.isfinite(what.half)
    text = f"{fixed(what.value, 2, sign=True)} points"
    if known:
        text += f" ({fixed(what.low, 2, sign=True)} to {fixed(what.high, 2, sign=True)})"
    return {
        "name": line,
        "value": round(what.value, 4),
        "low": round(what.low, 4) if known else None,
        "high": round(what.high, 4) if known else None,
        "clear": _is_clear(what),
        "text": text,
    }
