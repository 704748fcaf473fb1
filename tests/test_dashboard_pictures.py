"""The pictures of the dashboards: every panel at its place, values written as Grafana writes them."""

from __future__ import annotations

import math
from typing import Any

import matplotlib as mpl
import pytest
from docs.draw.dashboards import COLUMN_PX, DPI, View, by_threshold, picture, shown

from dashboards import NAMES, committed, panels

pytestmark = pytest.mark.plain

CHOSEN = {"center": "bank", "queue": ".*", "tier": ".*", "instance": ".*", "window": "30m", "__rate_interval": "1m"}
LABELS = {
    "queue": "stocks", "tier": "vip", "state": "busy", "outcome": "accepted", "group": "all", "operation": "enqueue",
    "reason": "UNKNOWN_QUEUE", "instance": "here", "generation": "0", "resource": "agents", "check": "books",
}  # fmt: skip


class Answering:
    """In place of a Prometheus: two buckets or one series for whatever it is asked, with a gap in it."""

    def series(self, expr: str) -> list[dict[str, str]]:
        """Return the labels of what an expression brings."""
        return [LABELS | {"le": "0.001"}, LABELS | {"le": "+Inf"}] if "by (le)" in expr[:12] else [LABELS]

    def between(self, expr: str, begin_s: float, end_s: float, step_s: float) -> list[dict[str, Any]]:
        """Answer for a range."""
        steps = [begin_s + n * step_s for n in range(int((end_s - begin_s) / step_s) + 1) if n != 2]
        return [{"metric": labels, "values": [(at, "1.5") for at in steps]} for labels in self.series(expr)]

    def query(self, expr: str, at_s: float) -> list[dict[str, Any]]:
        """Answer for a moment."""
        return [{"metric": labels, "value": (at_s, "1")} for labels in self.series(expr)]


@pytest.mark.parametrize("name", NAMES)
def test_every_panel_is_drawn_at_its_place(name: str) -> None:
    mpl.use("Agg")
    prometheus: Any = Answering()
    figure = picture(committed(name), View(prometheus, 0.0, 600.0, 60.0, CHOSEN), "a note")
    texts = [(text.get_text(), *text.get_position()) for text in figure.texts]
    assert figure.get_figwidth() * DPI == pytest.approx(24 * COLUMN_PX, rel=0.02)
    assert len(figure.axes) == len(panels(committed(name)))
    for panel in panels(committed(name)):
        left = panel["gridPos"]["x"] / 24
        assert any(title == panel["title"] and abs(x - left) < 0.02 for title, x, _ in texts), panel["title"]
    assert any("a note" in text for text, _, _ in texts)
    mpl.pyplot.close(figure)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.8, "percentunit", "80%"),
        (0.4567, "percentunit", "45.7%"),
        (0.0, "s", "0 s"),
        (4.2e-6, "s", "4.2 µs"),
        (0.05, "s", "50 ms"),
        (90.0, "s", "1.5 min"),
        (5400.0, "s", "1.5 h"),
        (3 * 2**20, "bytes", "3 MiB"),
        (12_345.0, "short", "12.3K"),
        (7.0, "none", "7"),
        (1.62, "suffix:×", "1.6×"),
        (math.nan, "s", "–"),
    ],
)
def test_values_are_written_with_their_units(value: float, unit: str, said: str) -> None:
    assert shown(value, unit) == said


def test_a_value_has_the_color_of_the_last_threshold_that_it_reaches() -> None:
    steps: list[dict[str, Any]] = [{"value": None, "color": "red"}, {"value": 0.7, "color": "#123456"}]
    assert by_threshold(0.69, steps) == "#e02f44"
    assert by_threshold(0.7, steps) == "#123456"
