"""Grafana's dashboards: the committed JSON is what the code makes, and asks only for what there is."""

from __future__ import annotations

import importlib.util
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from acdcore.metrics.catalogue import CATALOGUE, Kind
from dashboards import NAMES, VARIABLE, asked, committed, panels

pytestmark = pytest.mark.plain

BESIDE = re.compile(r"(process|python_gc)_\w+|scrape_duration_seconds|ALERTS|up")
"""Metrics that others define: Python's client library and Prometheus itself."""
BUILT_IN = {"__rate_interval", "__all"}
"""What Grafana itself puts in."""
FUNCTIONS = {"sum", "max", "min", "rate", "increase", "histogram_quantile", "sort_desc", "time", "timestamp", "vector"}
WORDS = {"by", "and", "on", "or"}


def labels_of(expr: str) -> str:
    """Return an expression without its label matchers, strings, groupings and windows."""
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]", "", VARIABLE.sub("x", expr))
    return re.sub(r"\b(by|on) \([^)]*\)", r"\1", bare)


def names_in(expr: str) -> set[str]:
    """Return the metrics that an expression asks for."""
    words = set(re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", labels_of(expr)))
    return words - FUNCTIONS - WORDS


@pytest.mark.parametrize("name", NAMES)
def test_what_is_committed_is_what_the_code_makes(name: str, root: Path) -> None:
    if importlib.util.find_spec("grafana_foundation_sdk") is None:
        pytest.skip("needs grafana-foundation-sdk, of the extra dev")
    from acdcore.ops.dashboards import text

    path = root / "bindings" / "ops" / "grafana" / f"{name}.json"
    assert path.read_text(encoding="utf-8") == text(name), "make dashboards"


@pytest.mark.parametrize("query", list(asked()), ids=str)
def test_every_query_asks_for_metrics_that_there_are(query: Any) -> None:
    known = {name for family in CATALOGUE for name in family.sample_names()}
    found = names_in(query.expr)
    assert found
    for name in found:
        assert name in known or BESIDE.fullmatch(name) or name in recorded(), name


def recorded() -> set[str]:
    """Return the names that recording rules make."""
    import acdcore.ops

    rules = Path(acdcore.ops.__file__).with_name("prometheus")
    return {name for path in rules.glob("*.yml") for name in re.findall(r"record: (\S+)", path.read_text("utf-8"))}


@pytest.mark.parametrize("query", list(asked()), ids=str)
def test_every_label_is_one_of_its_metric(query: Any) -> None:
    families = {name: family for family in CATALOGUE for name in family.sample_names()}
    for name, matchers in re.findall(r"(acdcore_\w+)\{([^}]*)\}", query.expr):
        family = families[name]
        for label, value in re.findall(r'(\w+)(?:=~|!=|=)"([^"]*)"', matchers):
            if label == "instance":  # Prometheus adds it
                continue
            assert label in family.labels, (name, label)
            allowed = family.values.get(label)
            if allowed and "$" not in value:
                assert set(value.split("|")) <= set(allowed), (name, label, value)
    if names_in(query.expr) <= families.keys():  # labels of metrics that others define are not known here
        for by in re.findall(r"by \(([^)]*)\)", query.expr):
            for label in by.split(", "):
                assert label == "le" or all(label in families[name].labels for name in names_in(query.expr)), label


@pytest.mark.parametrize("query", list(asked()), ids=str)
def test_counters_are_asked_for_their_growth_and_gauges_for_their_value(query: Any) -> None:
    families = {name: family for family in CATALOGUE for name in family.sample_names()}
    for name, window in re.findall(r"(acdcore_\w+)\{[^}]*\}(\[)?", query.expr):
        grows = families[name].kind is not Kind.GAUGE
        whole = name == "acdcore_invariant_violations_total"  # since the start: none must ever be
        assert bool(window) == (grows and not whole), name


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_that_is_used_is_defined_and_every_one_defined_is_used(name: str) -> None:
    dashboard = committed(name)
    defined = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert set(VARIABLE.findall(json.dumps(dashboard))) - BUILT_IN == defined


@pytest.mark.parametrize("name", NAMES)
def test_panels_fill_their_lines_without_overlap_and_explain_themselves(name: str) -> None:
    dashboard = committed(name)
    taken: Counter[tuple[int, int]] = Counter()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] >= 0 and place["x"] + place["w"] <= 24
        taken.update(
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        )
    assert set(taken.values()) == {1}
    assert len(taken) == 24 * (1 + max(y for _, y in taken)), "a hole"
    for panel in panels(dashboard):
        assert len(panel["description"]) > 15, panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert panel["fieldConfig"]["defaults"].get("unit") or panel["type"] in {"table", "heatmap"}, panel["title"]
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert ids == sorted(set(ids))


def test_the_two_pages_have_addresses_of_their_own_and_link_to_each_other() -> None:
    pages = [committed(name) for name in NAMES]
    assert [page["uid"] for page in pages] == ["acdcore-floor", "acdcore-router"]
    for page in pages:
        assert page["links"][0]["tags"] == ["acdcore"]
        assert "acdcore" in page["tags"]
