"""docs/simulate.md against the program: every key, default and range, and examples that are really simulated."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from acdcore.config.durations import format_duration
from acdcore.config.values import Model
from acdcore.sim import scenario as models
from acdcore.sim.build import make_world
from acdcore.sim.engine import simulate
from acdcore.sim.laws import FAMILIES, TIME, read_law
from acdcore.sim.scenario import Scenario
from acdcore.sim.scenario_files import COUNT_COLUMNS, TRACE_COLUMNS
from acdcore.sim.scenario_lint import lint_scenario
from acdcore.sim.scenario_load import parse_scenario
from acdcore.sim.scenario_values import EVERY_DAY, MOST_COUNT, MOST_HORIZON_NS, days_words, minutes_words
from acdcore.sim.world import Ending

pytestmark = pytest.mark.plain

SECTIONS: dict[str, type[Model]] = {
    "The file": Scenario,
    "`demand[N]`": models.SourceRule,
    "`demand[N].mix[N]`": models.Part,
    "`demand[N].rates[N]`": models.Rates,
    "`demand[N].calls`": models.Calls,
    "`demand[N].self_service`": models.SelfServiceRule,
    "`backlog[N]`": models.Backlog,
    "`customers[N]`": models.CustomerRule,
    "`customers[N].balk`": models.Balk,
    "`customers[N].retry`": models.Retry,
    "`customers[N].callback`": models.Callback,
    "`handling[N]`": models.HandlingRule,
    "`handling[N].transfers[N]`": models.Transfer,
    "`workforce`": models.WorkforceRules,
    "`workforce.behavior[N]`": models.BehaviorRule,
    "`workforce.behavior[N].rest`": models.Rest,
    "`workforce.shifts[N]`": models.ShiftRule,
    "`workforce.shifts[N].breaks[N]`": models.BreakRule,
    "`workforce.staffing.GROUP[N]`": models.Staffing,
    "`run`": models.Run,
}
SHARES = {"failure", "miss", "decline"}
"""What nobody says is a share of 0."""


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "docs" / "simulate.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def examples(text: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def rows(text: str, heading: str) -> dict[str, list[str]]:
    """Return a section's table: key -> (meaning, unit, default, allowed)."""
    section = re.search(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, heading
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in re.findall(r"^\|.*$", section[1], re.MULTILINE)
    ]
    assert cells[0] == ["key", "meaning", "unit", "default", "allowed"]
    assert {len(row) for row in cells} == {5}
    return {row[0].strip("`"): row[1:] for row in cells[2:]}


def said(value: Any, name: str) -> str:
    """Return a default as the page says it."""
    if value is None:
        return "`0`" if name in SHARES else "`0s`" if name == "short_abandon_ns" else "-"
    if isinstance(value, tuple):
        assert value == EVERY_DAY
        return "`mon-sun`"
    if isinstance(value, Ending):
        return f"`{value.name.lower()}`"
    if isinstance(value, Model):
        assert not value.model_fields_set
        return "`{}`"
    if name.endswith("_ns"):
        return "`[]`" if value == [] else f"`{format_duration(value)}`"
    if name.endswith("_minutes"):
        return f"`{minutes_words(value)}`"
    if name == "start":
        return f"`{value:%Y-%m-%d}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_there_with_its_default(text: str, heading: str) -> None:
    model = SECTIONS[heading]
    table = rows(text, heading)
    assert list(table) == [field.alias or name for name, field in model.model_fields.items()]
    for (name, field), (key, (meaning, unit, default, allowed)) in zip(
        model.model_fields.items(), table.items(), strict=True
    ):
        assert meaning and unit and allowed, key
        wanted = "required" if field.is_required() else said(field.get_default(call_default_factory=True), name)
        assert default == wanted, key


def test_no_part_of_a_scenario_is_missing() -> None:
    parts = {one for one in vars(models).values() if isinstance(one, type) and issubclass(one, Model)}
    assert {one for one in parts if one.__module__ == models.__name__} == set(SECTIONS.values())


def test_every_distribution_is_there_and_can_be_read(text: str) -> None:
    section = text[text.index("## Distributions") : text.index("## The file")]
    found = re.findall(r"^\| `\{(\w+): (.*)\}` \|", section, re.MULTILINE)
    assert tuple(family for family, _ in found) == FAMILIES
    for family, of in found:
        center = "scenario: s\ncenter: {center: c, queues: {q: {plan: [{}]}}}\n"
        [rule] = parse_scenario(f"{center}customers: {{patience: {{{family}: {of}}}}}").customers
        assert rule.patience is not None
        assert 0 < rule.patience.mean() <= 400 * 86_400


def test_every_column_of_a_file_is_there(text: str) -> None:
    section = text[text.index("## Files") : text.index("## Types of agents")]
    columns = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert (*columns,) == (*TRACE_COLUMNS, *COUNT_COLUMNS)


def test_limits_are_those_of_the_program(text: str) -> None:
    assert rows(text, "`backlog[N]`")["count"][3] == f"1 to {MOST_COUNT}"
    assert rows(text, "`run`")["horizon"][3] == f"1s to {format_duration(MOST_HORIZON_NS)}"
    assert days_words(EVERY_DAY) == "mon-sun"
    assert read_law("400d", TIME).mean() == 400 * 86_400
    with pytest.raises(Exception, match="out of range"):
        read_law("401d", TIME)


@pytest.mark.parametrize("number", [0, 1])
def test_an_example_is_valid_and_can_be_simulated(examples: list[str], number: int) -> None:
    scenario = parse_scenario(examples[number])
    assert lint_scenario(scenario) == []
    tally = simulate(make_world(scenario, 0))
    assert tally.arrivals > 1_000
    assert tally.customers.sum() > 1_000


def test_the_second_example_has_every_key(examples: list[str]) -> None:
    scenario = parse_scenario(examples[1])
    keys: dict[type[Model], set[str]] = {}

    def walk(value: object) -> None:
        if isinstance(value, Model) and type(value) in SECTIONS.values():
            keys.setdefault(type(value), set()).update(value.model_fields_set)
            for name in type(value).model_fields:
                walk(getattr(value, name))
        elif isinstance(value, list | dict):
            for one in value.values() if isinstance(value, dict) else value:
                walk(one)

    walk(scenario)
    files = {models.Calls: set(models.Calls.model_fields)}
    left_out = {Scenario: {"center_file"}, models.SourceRule: {"trace", "calls"}} | files
    for model in SECTIONS.values():
        assert keys.get(model, set()) == set(model.model_fields) - left_out.get(model, set()), model.__name__
