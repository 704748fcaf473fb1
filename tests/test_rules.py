"""Prometheus' rules: valid, about metrics that exist, and each alert shown to fire and to stay quiet."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from acdcore.metrics.catalogue import BY_NAME, JOURNAL_FAMILIES, sample_names
from acdcore.ops import contents

pytestmark = pytest.mark.plain

PROMTOOL = shutil.which("promtool")
CASES = Path(__file__).parent / "prometheus" / "rules_test.yml"
FOREIGN = {"up", "process_resident_memory_bytes", "process_open_fds", "process_max_fds"}
"""Metrics that are not ours: Prometheus' own, and those of prometheus_client."""


@pytest.fixture(scope="module")
def text() -> str:
    """The rules as they are given away."""
    found: bytes | str = contents()["prometheus/rules.yml"]
    return found.decode() if isinstance(found, bytes) else found


@pytest.fixture(scope="module")
def rules(text: str) -> list[dict[str, Any]]:
    """All rules."""
    return [rule for group in YAML(typ="safe").load(text)["groups"] for rule in group["rules"]]


def alerts_of(rules: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the alerts by name."""
    return {rule["alert"]: rule for rule in rules if "alert" in rule}


def cases() -> Iterator[dict[str, Any]]:
    """Yield what promtool is to look at: one alert at one time."""
    for test in YAML(typ="safe").load(CASES.read_text(encoding="utf-8"))["tests"]:
        yield from test["alert_rule_test"]


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: apt-get install prometheus")
@pytest.mark.parametrize("command", [("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")])
def test_promtool_finds_the_rules_sound_and_they_do_as_the_cases_say(
    tmp_path: Path, text: str, command: tuple[str, ...]
) -> None:
    assert PROMTOOL is not None
    (tmp_path / "rules.yml").write_text(text, encoding="utf-8")
    (tmp_path / "rules_test.yml").write_text(CASES.read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run([PROMTOOL, *command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(rules: list[dict[str, Any]]) -> None:
    fires = {case["alertname"] for case in cases() if case["exp_alerts"]}
    quiet = {case["alertname"] for case in cases() if not case["exp_alerts"]}
    names = set(alerts_of(rules))
    assert fires == names
    assert quiet == names


def test_every_metric_is_in_the_catalogue_or_recorded(rules: list[dict[str, Any]]) -> None:
    recorded = {rule["record"] for rule in rules if "record" in rule}
    known = {*sample_names(), *recorded, *FOREIGN}
    for rule in rules:
        used = set(re.findall(r"\b(?:acdcore[\w:]+|process_\w+|up\b)", rule["expr"]))
        assert used <= known, rule
        assert used or rule["expr"].startswith("vector(")


def test_labels_that_are_asked_for_exist(rules: list[dict[str, Any]]) -> None:
    for rule in rules:
        for name, asked in re.findall(r"\b(acdcore_\w+)\{([^}]+)\}", rule["expr"]):
            family = BY_NAME[name]
            for label, values in re.findall(r'(\w+)=~?"([^"]+)"', asked):
                assert label in family.labels
                if label in family.values:
                    assert set(values.split("|")) <= set(family.values[label])


def test_each_alert_says_what_it_is_where_and_what_to_do(rules: list[dict[str, Any]]) -> None:
    alerts = alerts_of(rules)
    assert len(alerts) > 12
    for name, alert in alerts.items():
        assert re.fullmatch(r"Acdcore[A-Z]\w+", name)
        assert alert["labels"]["severity"] in ("page", "ticket")
        notes = alert["annotations"]
        assert set(notes) == {"summary", "description", "runbook_url"}
        assert notes["runbook_url"] == f"docs/operations.md#{name.lower()}"
        assert len(notes["summary"]) < 100
        assert "{{" in notes["summary"] + notes["description"]


def test_alerts_of_the_journal_need_a_journals_figures_to_fire(text: str) -> None:
    """A volatile server gives none: an alert of nothing but these, without ``absent`` or numbers, stays quiet there."""
    [journals] = [group for group in YAML(typ="safe").load(text)["groups"] if group["name"] == "acdcore-journal"]
    figures = {name for family in JOURNAL_FAMILIES for name in family.sample_names()}
    for rule in journals["rules"]:
        used = set(re.findall(r"\bacdcore[\w:]+", rule["expr"]))
        assert used
        assert used <= figures, rule
        assert not re.search(r"\b(absent\w*|vector|scalar|time)\(", rule["expr"]), rule


def test_cases_evaluate_the_groups_in_the_order_of_the_file(text: str) -> None:
    """Unless they are named, promtool takes groups in any order, and alerts would see what was recorded before."""
    yaml = YAML(typ="safe")
    stated = yaml.load(CASES.read_text(encoding="utf-8"))["group_eval_order"]
    assert stated == [group["name"] for group in yaml.load(text)["groups"]]
