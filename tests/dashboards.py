"""Grafana's dashboards as the tests read them: panels, queries, and what Grafana would put in place of variables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import acdcore.ops

NAMES = ("floor", "router")
VARIABLE = re.compile(r"\$\{?(\w+)\}?")


class Asked(NamedTuple):
    """One query of a dashboard: where it stands and its PromQL, variables and all."""

    dashboard: str
    panel: str
    letter: str
    expr: str

    def __str__(self) -> str:
        return f"{self.dashboard}, {self.panel!r}, {self.letter}"


def committed(name: str) -> dict[str, Any]:
    """Return a dashboard as it is shipped."""
    path = Path(acdcore.ops.__file__).with_name("grafana") / f"{name}.json"
    whole: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return whole


def panels(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return all panels but the rows' headings."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def asked() -> Iterator[Asked]:
    """Yield the queries of all dashboards."""
    for name in NAMES:
        for panel in panels(committed(name)):
            for target in panel["targets"]:
                yield Asked(name, panel["title"], target["refId"], target["expr"])


def filled(expr: str, values: Mapping[str, str]) -> str:
    """Return an expression with values in place of variables; KeyError where one has none."""
    return VARIABLE.sub(lambda found: values[found[1]], expr)
