"""docs/center.md has every key of a center's YAML, with the default and the range that the program's rules state."""

from __future__ import annotations

import re
from enum import IntEnum
from pathlib import Path
from typing import Any, get_args

import pytest

from acdcore.config import Agent, AgentGroup, Center, Queue, Settings, Step, Tier, format_duration, lint, parse_center
from acdcore.config.durations import FORM
from acdcore.config.models import DEFAULT_SERVICE_LEVEL, DEFAULT_TIER, RULES, STRATEGIES, Model
from acdcore.ids import ALLOWED
from acdcore.router.codes import (
    BUILTIN_REASONS,
    MAX_LEVEL,
    MIN_LEVEL,
    PPM,
    SETTING_RULES,
    QueueField,
    Setting,
    Strategy,
)

SECTIONS: dict[str, type[Model]] = {
    "The file": Center,
    "`settings`": Settings,
    "`tiers.NAME`": Tier,
    "`queues.NAME`": Queue,
    "`queues.NAME.plan[0]`": Step,
    "`agents.NAME`": Agent,
    "`agent_groups.NAME`": AgentGroup,
}
LEVELS = f"{MIN_LEVEL} to {MAX_LEVEL}"
UNRULED = {
    ("Queue", "channel"): ("`voice`", "`voice`"),
    ("Queue", "plan"): ("required", "one step"),
    ("Queue", "service_level"): (f"`{DEFAULT_SERVICE_LEVEL:g}`", "over 0, up to 1"),
    ("Step", "requires"): ("`{}`", LEVELS),
    ("Agent", "skills"): ("`{}`", LEVELS),
    ("AgentGroup", "skills"): ("`{}`", LEVELS),
    ("AgentGroup", "count"): ("required", f"1 to {SETTING_RULES[Setting.MAX_AGENTS].greatest}"),
    ("AgentGroup", "prefix"): ("-", "a name"),
}
"""What no rule of the router states: (default, allowed)."""


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "docs" / "center.md").read_text(encoding="utf-8")


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
    assert len({row[0] for row in cells}) == len(cells), f"a key twice in {heading}"
    return {row[0].strip("`"): row[1:] for row in cells[2:]}


def expected(code: IntEnum) -> tuple[str, str, str]:
    """Return (kind of unit, default, allowed) as the router's rule states them."""
    rule = RULES[type(code)][code]
    if code is QueueField.STRATEGY:
        return "word", f"`{Strategy(rule.default).name.lower()}`", " or ".join(f"`{name}`" for name in STRATEGIES)
    if code.name.endswith("_NS"):
        zero = "0s, or " if rule.or_zero else ""
        allowed = f"{zero}{format_duration(rule.least)} to {format_duration(rule.greatest)}"
        return "duration", f"`{format_duration(rule.default)}`", allowed
    if code.name.endswith("_PPM"):
        return "number, to a millionth", f"`{rule.default / PPM:g}`", f"{rule.least / PPM:g} to {rule.greatest / PPM:g}"
    return "whole number" if rule.least < 0 else "count", f"`{rule.default}`", f"{rule.least} to {rule.greatest}"


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_there_with_its_default_and_range(text: str, heading: str) -> None:
    model = SECTIONS[heading]
    table = rows(text, heading)
    names = {field.alias or name: name for name, field in model.model_fields.items()}
    assert set(table) == set(names)
    for key, (meaning, unit, default, allowed) in table.items():
        assert meaning, key
        code = model.codes.get(names[key])
        if code is not None:
            assert (unit, default, allowed) == expected(code), key
        elif model is not Center:
            assert (default, allowed) == UNRULED[model.__name__, key], key


def test_the_files_own_keys_have_their_defaults(text: str) -> None:
    empty = Center.model_validate({"center": "c"})
    table = rows(text, "The file")
    assert table["center"][2] == "required"
    for key in table.keys() - {"center"}:
        default = {"skills": "`[]`", "reasons": "`[]`"}.get(key, "`{}`")
        assert table[key][2] == default
        value: Any = getattr(empty, key)
        assert value == ([] if default == "`[]`" else Settings() if key == "settings" else {})


def test_what_no_rule_states_is_what_the_models_do() -> None:
    assert get_args(Queue.model_fields["channel"].annotation) == ("voice",)
    for (owner, key), (default, _) in UNRULED.items():
        field = next(model for model in SECTIONS.values() if model.__name__ == owner).model_fields[key]
        assert field.is_required() == (default == "required")
    step, agent = Step(), Agent()
    assert (step.requires, agent.skills, AgentGroup(count=1).prefix) == ({}, {}, None)


def test_the_words_of_the_program_are_those_of_the_document(text: str) -> None:
    words = " ".join(text.split())
    assert ALLOWED in words
    assert FORM.replace("20s, 1m30s or 0.5h", "`20s`, `1m30s` or `0.5h`") in words
    first, second, third = (f"`{name.decode()}`" for name in BUILTIN_REASONS)
    assert f"{first}, {second} and {third}, which are built in" in words
    assert f"without any there is one, `{DEFAULT_TIER}`" in words
    assert "is the tier with the lowest `rank`; of several with that rank the one that the file defines first" in words


def test_the_example_is_valid_and_has_every_key(text: str) -> None:
    [example] = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    center = parse_center(example)
    assert lint(center) == []
    assert center.default_tier() == "standard"
    said = [center, center.settings, center.tiers["vip"], center.queues["sales"], center.queues["sales"].plan[0]]
    said += [center.agents["anna"], center.agent_groups["floor"]]
    assert {type(part) for part in said} == set(SECTIONS.values())
    for part in said:
        assert part.model_fields_set == set(type(part).model_fields), type(part).__name__
