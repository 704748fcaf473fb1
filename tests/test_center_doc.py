"""docs/center.md has every key of a center's YAML, with the default and the range that the program's rules state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any, get_args

import pytest

from acdcore.config import Agent, AgentGroup, Calendar, Center, Queue, Settings, Step, Tier, lint, parse_center
from acdcore.config.durations import FORM, format_duration
from acdcore.config.hours import DATE_FORM, DAYS_FORM, SPAN_FORM, ZONE_FORM
from acdcore.config.models import (
    DEFAULT_CHANNEL,
    DEFAULT_SERVICE_LEVEL,
    DEFAULT_TIER,
    RULES,
    Channel,
    Lender,
    Model,
    Override,
    Reserve,
    When,
)
from acdcore.config.tree import read_tree
from acdcore.config.values import AFTER_RULE, OVERFLOWS, SWITCHES, WORDS, key_of
from acdcore.ids import ALLOWED
from acdcore.router.codes import (
    BUILTIN_REASONS,
    CHANNEL_RULES,
    MAX_LEVEL,
    MIN_LEVEL,
    NO_PRIORITY,
    NONE,
    PPM,
    SETTING_RULES,
    UNITS,
    ChannelField,
    Setting,
    StepField,
    Strategy,
)
from acdcore.router.reference import Reference
from acdcore.router.reference_state import ANYBODY
from acdcore.router.reference_state import Queue as LawQueue
from acdcore.router.reference_state import Step as LawStep
from acdcore.sim import scenario
from acdcore.sim.laws import FAMILIES

pytestmark = pytest.mark.plain

SECTIONS: dict[str, type[Model]] = {
    "The file": Center,
    "`settings`": Settings,
    "`channels.NAME`": Channel,
    "`tiers.NAME`": Tier,
    "`calendars.NAME`": Calendar,
    "`queues.NAME`": Queue,
    "`queues.NAME.tiers.TIER`": Override,
    "`queues.NAME.reserve`": Reserve,
    "`queues.NAME.plan[N]`": Step,
    "`queues.NAME.plan[N].when`": When,
    "`queues.NAME.plan[N].when.lender`": Lender,
    "`agents.NAME`": Agent,
    "`agent_groups.NAME`": AgentGroup,
}
LEVELS = f"{MIN_LEVEL} to {MAX_LEVEL}"
CALENDAR_SPANS = f"{DAYS_FORM}; {SPAN_FORM}"
MOST = f"0 to {CHANNEL_RULES[ChannelField.MOST].greatest}"
UNRULED = {
    ("Channel", "interrupts"): ("`[]`", "channels of the center, not itself"),
    ("Calendar", "time_zone"): ("required", ZONE_FORM),
    ("Calendar", "hours"): ("`{}`", CALENDAR_SPANS),
    ("Calendar", "closed"): ("`[]`", f"{DATE_FORM}, not in `special`"),
    ("Calendar", "special"): ("`{}`", f"{DATE_FORM}; {SPAN_FORM}"),
    ("Queue", "channel"): (f"`{DEFAULT_CHANNEL}`", "a channel of the center"),
    ("Queue", "tiers"): ("`{}`", "tiers of the center"),
    ("Queue", "plan"): ("required", "at least one step"),
    ("Queue", "reserve"): ("-", "a mapping"),
    ("Queue", "calendar"): ("-", "a calendar of the file"),
    ("Queue", "at_closing"): ("`keep`", "`keep` or `turn_away`"),
    ("Queue", "service_level"): (f"`{DEFAULT_SERVICE_LEVEL:g}`", "over 0, up to 1"),
    ("Step", "after"): ("`0s`", f"{format_duration(AFTER_RULE.least)} to {format_duration(AFTER_RULE.greatest)}"),
    ("Step", "requires"): ("`{}`", LEVELS),
    ("Step", "any_of"): ("`[]`", LEVELS),
    ("Step", "excludes"): ("`{}`", LEVELS),
    ("Step", "prefers"): ("`{}`", LEVELS),
    ("Step", "move_to"): ("-", "another queue"),
    ("Step", "when"): ("-", "a mapping"),
    ("When", "lender"): ("-", "a mapping"),
    ("Lender", "queue"): ("required", "another queue"),
    ("Agent", "skills"): ("`{}`", LEVELS),
    ("Agent", "channels"): ("`{}`", MOST),
    ("AgentGroup", "skills"): ("`{}`", LEVELS),
    ("AgentGroup", "channels"): ("`{}`", MOST),
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


def expected(model: type[Model], name: str, code: IntEnum) -> tuple[str, str, str]:
    """Return (kind of unit, default, allowed) as the router's rule states them."""
    rule, field = RULES[type(code)][code], model.model_fields[name]
    key = key_of(code)
    if key in SWITCHES:
        return "switch", f"`{str(bool(rule.default)).lower()}`", "`true` or `false`"
    if key in WORDS:
        [default] = (word for word, value in WORDS[key].items() if value == rule.default)
        return "word", f"`{default}`", " or ".join(f"`{word}`" for word in WORDS[key])
    if key in OVERFLOWS:
        [default] = (word for word, value in OVERFLOWS[key].items() if value == rule.default)
        return "policy", f"`{default}`", " or ".join(f"`{word}`" for word in (*OVERFLOWS[key], "{move_to: a queue}"))
    if code.name.endswith("_NS"):
        zero = "0s, or " if rule.or_zero else ""
        unit, default = "duration", format_duration(max(rule.default, 0))
        allowed = f"{zero}{format_duration(rule.least)} to {format_duration(rule.greatest)}"
    elif code.name.endswith("_PPM"):
        unit, default = "number, to a millionth", f"{rule.default / PPM:g}"
        allowed = f"{rule.least / PPM:g} to {rule.greatest / PPM:g}"
    else:
        unit, default = "whole number" if rule.least < 0 else "count", f"{rule.default}"
        allowed = f"{rule.least} to {rule.greatest}"
    if field.is_required():
        return unit, "required", allowed
    return unit, "-" if field.default is None else f"`{default}`", allowed


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
            wanted = expected(model, names[key], code)
            beside = {"shared_offers": "; 1 with `auto_accept`"}.get(key, "")
            assert (unit, default, allowed) == (*wanted[:2], wanted[2] + beside), key
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
    assert get_args(Queue.model_fields["at_closing"].annotation) == ("keep", "turn_away")
    for (owner, key), (default, _) in UNRULED.items():
        model = next(model for model in SECTIONS.values() if model.__name__ == owner)
        field = next(field for name, field in model.model_fields.items() if key in (name, field.alias))
        assert field.is_required() == (default == "required")
        if not field.is_required():
            value = field.get_default(call_default_factory=True)
            words: dict[str, Any] = {"-": None, "`{}`": {}, "`[]`": [], "`0s`": 0}
            assert value == words.get(default, value if f"`{value}`" == default else ...), key


def test_what_is_optional_in_a_gate_or_a_step_has_no_default_of_the_routers() -> None:
    for model in (When, Lender, Step):
        for name, code in model.codes.items():
            if model.model_fields[name].default is None:
                assert RULES[type(code)][code].default in (NONE, NO_PRIORITY)


def test_the_words_of_the_program_are_those_of_the_document(text: str) -> None:
    words = " ".join(text.split())
    assert ALLOWED in words
    assert FORM.replace("20s, 1m30s or 0.5h", "`20s`, `1m30s` or `0.5h`") in words
    first, second, third = (f"`{name.decode()}`" for name in BUILTIN_REASONS)
    assert f"{first}, {second} and {third}, which are built in" in words
    assert f"without any there is one, `{DEFAULT_TIER}`" in words
    assert f"`{DEFAULT_CHANNEL}` is there without being written" in words
    assert f"An agent has {UNITS} units." in words
    for strategy in Strategy:
        assert f"* `{strategy.name.lower()}`: " in text
    assert "is the tier with the lowest `rank`; of several with that rank the one that the file defines first" in words


@pytest.mark.parametrize(("model", "heading"), [(When, "plan[N].when"), (Lender, "plan[N].when.lender")])
def test_the_document_says_on_which_side_of_close_a_gate_stays_open(
    text: str, model: type[Model], heading: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = rows(text, f"`queues.NAME.{heading}`")
    for name, code in model.codes.items():
        assert isinstance(code, StepField)
        step = LawStep(LawQueue(0, b"q"), 0, 0, ANYBODY, dict.fromkeys(StepField, NONE) | {StepField(code + 1): 4})
        stays = []
        for measured in (3, 4, 5):
            monkeypatch.setattr(Reference, "measure", lambda *_, value=measured: value)
            stays.append(Reference()._passes(step, code))
        assert stays in ([False, True, True], [True, True, False])
        side = "at most" if stays[0] else "at least"
        meaning = table[model.model_fields[name].alias or name][0]
        assert re.search(rf"^opens when .*; once open it stays open while (that is )?{side} `close`", meaning), meaning


def test_the_example_is_valid_and_has_every_key(text: str) -> None:
    [example] = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    center = parse_center(example)
    assert lint(center) == []
    assert center.default_tier() == "standard"
    sales = center.queues["sales"]
    step, borrowing = sales.plan[0], sales.plan[3]
    assert borrowing.when
    assert borrowing.when.lender
    assert sales.reserve
    parts: list[Model] = [
        center,
        center.settings,
        center.channels["chat"],
        center.tiers["vip"],
        center.calendars["office"],
        sales,
    ]
    parts += [sales.tiers["vip"], sales.reserve, borrowing.when, borrowing.when.lender]
    parts += [center.agents["anna"], center.agent_groups["floor"]]
    assert {type(part) for part in parts} == set(SECTIONS.values()) - {Step}
    for part in parts:
        assert part.model_fields_set == set(type(part).model_fields), type(part).__name__
    assert set().union(*(one.model_fields_set for one in sales.plan)) == set(Step.model_fields)
    assert {"requires", "any_of", "excludes", "prefers"} == step.model_fields_set


NAMED = {"requires", "any_of", "excludes", "prefers", "skills", "channels", "tiers", "queues", "agents", "agent_groups"}
"""Keys below which names of the file's own are keys."""
KEYS = {field.alias or name for model in SECTIONS.values() for name, field in model.model_fields.items()}
KEYS |= {"open", "close"}
OF_SCENARIOS = {
    field.alias or name
    for model in vars(scenario).values()
    if isinstance(model, type) and issubclass(model, Model) and model.__module__ == scenario.__name__
    for name, field in model.model_fields.items()
}
KEYS |= OF_SCENARIOS | {*FAMILIES, "at_most"}


def keys_said(value: Any, *, are_names: bool = False) -> Iterator[str]:
    """Yield the keys of a piece of YAML that are not names."""
    if isinstance(value, list):
        for one in value:
            yield from keys_said(one, are_names=are_names)
    elif isinstance(value, dict):
        for key, below in value.items():
            if not are_names:
                yield key
            yield from keys_said(below, are_names=not are_names and key in NAMED)


def unknown_keys(markdown: str) -> list[str]:
    """Return the keys in a page's code spans that no center's file may have."""
    text = re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)
    unknown = []
    for span in re.findall(r"`([^`]+)`", text):
        if re.match(r"[a-z_]+:( |$)", span):
            tree, _ = read_tree(span)
            unknown += [f"{key} in {span}" for key in keys_said(tree.value) if key not in KEYS]
    return unknown


def test_every_key_that_a_page_names_in_passing_exists(root: Path) -> None:
    pages = sorted((root / "docs").glob("*.md"))
    assert len(pages) > 3
    assert {page.name: found for page in pages if (found := unknown_keys(page.read_text(encoding="utf-8")))} == {}


def test_a_key_that_does_not_exist_is_found_in_a_page() -> None:
    assert unknown_keys("with `skip: false` and `requires: {skip: 3}`, `tiers: {vip: {rang: 3}}`") == [
        "skip in skip: false",
        "rang in tiers: {vip: {rang: 3}}",
    ]
