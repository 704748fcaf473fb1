"""A center's YAML: what it may say, and that every problem is named with its line, path, value and what is allowed."""

from __future__ import annotations

import contextlib
import pickle
import re
from pathlib import Path
from typing import Any

import pytest

from acdcore.commands import default_tier
from acdcore.config import (
    Center,
    ConfigError,
    center_commands,
    format_duration,
    lint,
    load_center,
    parse_center,
    parse_duration,
)
from acdcore.config.tree import MAX_DEPTH, MAX_TEXT_BYTES
from acdcore.errors import InvalidArgument
from acdcore.router.codes import (
    BUILTIN_REASONS,
    MAX_DURATION_NS,
    MAX_LEVEL,
    MAX_NAME_BYTES,
    PPM,
    QUEUE_RULES,
    SECOND_NS,
    SETTING_RULES,
    Kind,
    Order,
    QueueField,
    Result,
    Setting,
    Strategy,
)
from acdcore.router.reference import Reference

pytestmark = pytest.mark.plain

BANK = """\
center: sample-bank
settings: {occupancy_half_life: 30m, lease: 60s, lease_grace: 60s, max_interactions: 100000}
skills: [regular, stocks]
reasons: [lunch, training]
tiers:
  vip: {head_start: 90s, target_factor: 0.5, rank: 10}
  standard: {}
queues:
  stocks:
    channel: voice
    target: 10s
    priority: 5
    plan: [{requires: {stocks: 2, regular: 1}}]
    strategy: longest_idle
    offer_timeout: 15s
    wrap_up: 1m30s
    cool_down: 0.5m
    max_waiting: 1000
    max_handle_time: 4h
    service_level: 0.9
  anyone:
    plan: [{requires: {}}]
agents:
  anna: {skills: {stocks: 7, regular: 3}, max_open_offers: 2}
agent_groups:
  floor: {count: 3, prefix: desk, skills: {regular: 5}}
"""


def problems(text: str) -> dict[str, tuple[int, str, str]]:
    """Return the problems of a text that must be invalid: path -> (line, value, message)."""
    with pytest.raises(ConfigError) as caught:
        parse_center(text, "test.yaml")
    return {problem.path: (problem.line, problem.value, problem.message) for problem in caught.value.problems}


def minimal(**sections: str) -> str:
    """Return a small valid file with sections added or replaced."""
    base = {
        "center": "c",
        "skills": "[s]",
        "queues": "{q: {plan: [{requires: {s: 1}}]}}",
        "agents": "{a: {skills: {s: 1}}}",
    }
    return "".join(f"{name}: {text}\n" for name, text in (base | sections).items())


def queue_with(field: str) -> str:
    return minimal(queues=f"{{q: {{plan: [{{requires: {{}}}}], {field}}}}}")


# ---------------------------------------------------------------------- what is valid


def test_a_whole_center_is_read() -> None:
    center = parse_center(BANK)
    assert center.center == "sample-bank"
    assert center.settings.lease_ns == 60 * SECOND_NS
    assert center.settings.max_skills == SETTING_RULES[Setting.MAX_SKILLS].default
    assert center.tiers["vip"].target_factor_ppm == PPM // 2
    queue = center.queues["stocks"]
    assert (queue.target_ns, queue.wrap_up_ns, queue.cool_down_ns) == (10 * SECOND_NS, 90 * SECOND_NS, 30 * SECOND_NS)
    assert queue.requires == {"stocks": 2, "regular": 1}
    assert queue.strategy is Strategy.LONGEST_IDLE
    assert center.queues["anyone"].target_ns == QUEUE_RULES[QueueField.TARGET_NS].default
    assert list(center.all_agents()) == ["anna", "desk-1", "desk-2", "desk-3"]


def test_the_commands_define_the_center_in_an_empty_router() -> None:
    router = Reference()
    for command in center_commands(parse_center(BANK), now_ns=7):
        assert router.apply(command).code == Result.OK, command
    view = router.center()
    assert (view.now_ns, view.skills, view.reasons, view.tiers, view.queues, view.agents) == (7, 2, 5, 2, 2, 4)
    assert router.setting(Setting.LEASE_NS) == 60 * SECOND_NS
    assert router.setting(Setting.MAX_INTERACTIONS) == 100_000
    vip = router.tier(router.find(Kind.TIER, b"vip"))
    assert vip == (b"vip", PPM // 2, 90 * SECOND_NS, 10)
    queue = router.queue(router.find(Kind.QUEUE, b"stocks"))
    assert queue is not None
    [step] = queue.plan
    assert (queue.target_ns, queue.priority, queue.strategy, queue.offer_ns) == (10 * SECOND_NS, 5, 2, 15 * SECOND_NS)
    assert (queue.wrap_up_ns, queue.cool_down_ns, queue.max_waiting) == (90 * SECOND_NS, 30 * SECOND_NS, 1000)
    assert queue.max_handle_ns == 4 * 3600 * SECOND_NS
    assert step.requirement == ((((0, 1),), ((1, 2),)), (), ())
    agent = router.agent(router.find(Kind.AGENT, b"anna"))
    assert agent is not None
    assert agent.skills == ((0, 3), (1, 7))
    assert router.find(Kind.AGENT, b"desk-3") == 3


def test_a_center_without_tiers_has_the_standard_one() -> None:
    router = Reference()
    for command in center_commands(parse_center(minimal()), now_ns=0):
        assert router.apply(command).code == Result.OK
    assert router.find(Kind.TIER, b"standard") == 0


def test_every_setting_can_be_set_under_its_own_name() -> None:
    names = {Setting.HALF_LIFE_NS: "occupancy_half_life"}
    for setting in Setting:
        name = names.get(setting, setting.name.lower().removesuffix("_ns"))
        rule = SETTING_RULES[setting]
        text = format_duration(rule.greatest) if setting.name.endswith("_NS") else str(rule.greatest)
        if setting == Setting.ORDER:
            text = Order(rule.greatest).name.lower()
        center = parse_center(minimal(settings=f"{{{name}: {text}}}"))
        assert dict(center.settings.router_fields())[setting] == rule.greatest
    assert len(center.settings.router_fields()) == len(Setting)


def test_ordinary_unicode_is_welcome_and_names_that_look_like_numbers_are_names() -> None:
    text = minimal(
        skills="[Børse, 'ไทย', 👩‍💼]", queues="{}", agents="{Zoë Ünal: {skills: {👩‍💼: 3}}, 101: {}, no: {}}"
    )
    assert list(parse_center(text).agents) == ["Zoë Ünal", "101", "no"]


def test_sections_whose_lines_are_all_commented_out_are_empty() -> None:
    center = parse_center("center: c\nskills:\n  # - later\nsettings:\ntiers:\n  gold:\nqueues:\nagents:\n  anna:\n")
    assert (center.skills, center.queues, list(center.tiers), list(center.agents)) == ([], {}, ["gold"], ["anna"])


def test_an_anchor_may_be_used_again() -> None:
    text = "center: c\nagents:\n  a: &floor {max_open_offers: 2}\n  b: *floor\n"
    assert parse_center(text).agents["b"].max_open_offers == 2


def test_loading_names_the_file_and_takes_a_byte_order_mark(tmp_path: Path) -> None:
    good = tmp_path / "good.yaml"
    good.write_bytes(b"\xef\xbb\xbf" + BANK.encode())
    assert load_center(good) == parse_center(BANK)
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(b"center: c\nskills: [\xff]\n")
    with pytest.raises(ConfigError, match=r"bad.yaml has 1 problem:\n  line 2: is not UTF-8"):
        load_center(bad)
    with pytest.raises(FileNotFoundError):
        load_center(tmp_path / "none.yaml")


# ---------------------------------------------------------------------- what is not


@pytest.mark.parametrize(
    ("text", "path", "value", "message"),
    [
        (minimal(colour="red"), "colour", "", "is not a known field"),
        (minimal(skils="[x]"), "skils", "", "did you mean skills?"),
        (minimal(center="''"), "center", "", "is empty"),
        (minimal(center="5"), "center", "5", "must be text"),
        ("skills: []\n", "center", "", "is missing"),
        (minimal(settings="{lease: 60}"), "settings.lease", "60", "needs a unit; allowed: 0s, or 1ms to 400d"),
        (minimal(settings="{leese: 60s}"), "settings.leese", "", "did you mean lease?"),
        (minimal(settings="[1]"), "settings", "a list of 1", "must be a mapping"),
        (
            minimal(settings="{max_agents: -1}"),
            "settings.max_agents",
            "-1",
            "is out of range; allowed: whole numbers from 0",
        ),
        (minimal(settings="{max_agents: true}"), "settings.max_agents", "true", "must be a whole number"),
        (minimal(skills="[s, t, s]"), "skills[2]", "s", "is a duplicate: already skills[0]"),
        (minimal(skills="{s: 1}"), "skills", "a mapping of 1", "must be a list"),
        (minimal(skills='[s, "a\\nb"]'), "skills[1]", "a\\nb", "holds a control character (U+000A at position 1)"),
        (minimal(reasons="[lunch, no_answer]"), "reasons[1]", "no_answer", "is built in"),
        (minimal(reasons=f"[{BUILTIN_REASONS[0].decode()}]"), "reasons[0]", "none", "is built in"),
        (
            minimal(tiers="{vip: {target_factor: .nan}}"),
            "tiers.vip.target_factor",
            "nan",
            "out of range; allowed: numbers",
        ),
        (minimal(tiers="{vip: {target_factor: .inf}}"), "tiers.vip.target_factor", "inf", "is out of range"),
        (minimal(tiers="{vip: {target_factor: -1}}"), "tiers.vip.target_factor", "-1", "is out of range"),
        (minimal(tiers="{vip: {target_factor: high}}"), "tiers.vip.target_factor", "high", "must be a number"),
        (
            minimal(tiers="{vip: {head_start: 401d}}"),
            "tiers.vip.head_start",
            "401d",
            "is out of range; allowed: 0s to 400d",
        ),
        (
            minimal(tiers="{vip: {rank: 9223372036854775808}}"),
            "tiers.vip.rank",
            "9223372036854775808",
            "is out of range",
        ),
        (minimal(queues="{q: {}}"), "queues.q.plan", "", "is missing"),
        (minimal(queues="{q: 5}"), "queues.q", "5", "must be a mapping"),
        (minimal(queues="{q: {plan: []}}"), "queues.q.plan", "a list of 0", "has no step; allowed: at least one step"),
        (
            minimal(queues="{q: {plan: [{needs: {}}]}}"),
            "queues.q.plan[0].needs",
            "",
            "not a known field; allowed: after, requires,",
        ),
        (minimal(queues="{q: {plan: [{requires: {t: 1}}]}}"), "queues.q.plan[0].requires.t", "t", "is no skill"),
        (minimal(queues="{q: {plan: [{requires: {s: 0}}]}}"), "queues.q.plan[0].requires.s", "0", f"1 to {MAX_LEVEL}"),
        (minimal(queues='{"q x\\e": {plan: [{}]}}'), 'queues."q x\\x1b"', "q x\\x1b", "holds a control character"),
        (queue_with("channel: chat"), "queues.q.channel", "chat", "is no channel of this center"),
        (queue_with("strategy: fastest"), "queues.q.strategy", "fastest", "allowed: least_occupied or longest_idle"),
        (queue_with("priority: 101"), "queues.q.priority", "101", "allowed: whole numbers from -100 to 100"),
        (queue_with("priority: 1.5"), "queues.q.priority", "1.5", "must be a whole number"),
        (queue_with("priority: 1e400"), "queues.q.priority", "inf", "must be a whole number"),
        (queue_with("target: .inf"), "queues.q.target", "inf", "needs a unit"),
        (queue_with("target: -5s"), "queues.q.target", "-5s", "must not be negative"),
        (
            queue_with("target: soon"),
            "queues.q.target",
            "soon",
            "is no duration; allowed: 0s to 400d, as a number and a unit",
        ),
        (queue_with("wrap_up: 0.5ms"), "queues.q.wrap_up", "0.5ms", "is out of range; allowed: 0s, or 1ms to 400d"),
        (queue_with("offer_timeout: 0s"), "queues.q.offer_timeout", "0s", "is out of range; allowed: 1ms to 400d"),
        (queue_with("cool_down: [1s]"), "queues.q.cool_down", "a list of 1", "is no duration"),
        (queue_with("service_level: 90"), "queues.q.service_level", "90", "is no share"),
        (queue_with("service_level: .nan"), "queues.q.service_level", "nan", "is no share"),
        (minimal(agents="{a: {skills: {t: 3}}}"), "agents.a.skills.t", "t", "is no skill of this center"),
        (minimal(agents="{a: {skills: {s: 11}}}"), "agents.a.skills.s", "11", "is out of range"),
        (minimal(agents="{a: {skills: [s]}}"), "agents.a.skills", "a list of 1", "must be a mapping"),
        (minimal(agent_groups="{g: {}}"), "agent_groups.g.count", "", "is missing"),
        (minimal(agent_groups="{g: {count: 0}}"), "agent_groups.g.count", "0", "is out of range"),
        (
            minimal(agents="{g-2: {}}", agent_groups="{g: {count: 3}}"),
            "agent_groups.g",
            "g-2",
            "there already, in agents",
        ),
        (minimal(agent_groups="{g: {count: 2}, h: {count: 3, prefix: g}}"), "agent_groups.h", "g-1", "(and 1 more)"),
        (
            minimal(settings="{max_agents: 2}", agent_groups="{g: {count: 3}}"),
            "agent_groups",
            "4",
            "up to 2 (settings.",
        ),
        (minimal(settings="{max_skills: 0}"), "skills", "1", "allowed: up to 0 (settings.max_skills)"),
        (minimal(settings="{max_queues: 0}"), "queues", "1", "allowed: up to 0 (settings.max_queues)"),
        (minimal(settings="{max_tiers: 0}"), "tiers", "1", "allowed: up to 0 (settings.max_tiers)"),
        (minimal(settings="{max_reasons: 3}", reasons="[x]"), "reasons", "4", "allowed: up to 3"),
        (minimal(settings="{max_requirements: 0}"), "queues", "1", "different requirements"),
        (minimal(settings="{max_skills_per_agent: 0}"), "agents.a.skills", "1", "(settings.max_skills_per_agent)"),
        (minimal(settings="{max_skills_per_requirement: 0}"), "queues.q.plan[0].requires", "1", "skills in its"),
        (minimal(agents="{a: !!python/object {}}"), "agents.a", "tag:yaml.org,2002:python/object", "has a tag"),
        (minimal(queues="{q: {plan: [{}]}, q: {plan: [{}]}}"), "queues.q", "q", "is a duplicate: already on line 3"),
    ],
)
def test_a_problem_is_named(text: str, path: str, value: str, message: str) -> None:
    found = problems(text)
    assert list(found) == [path]
    line, got, said = found[path]
    assert got == value
    assert message in said
    section = re.split(r"[.\[]", path)[0]
    assert line == next((n for n, one in enumerate(text.splitlines(), 1) if one.startswith(section)), 1)


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
center: c
settings: {lease: 1}
skills: [s, s]
queues:
  q:
    plan: [{requires: {t: 99}}]
    target: -1s
    taget: 1s
  q: {}
agents:
  anna:
    skills: {s: x}
"""
    with pytest.raises(ConfigError) as caught:
        parse_center(text, "c.yaml")
    assert [(problem.line, problem.path) for problem in caught.value.problems] == [
        (2, "settings.lease"),
        (3, "skills[1]"),
        (6, "queues.q.plan[0].requires.t"),
        (6, "queues.q.plan[0].requires.t"),
        (7, "queues.q.target"),
        (8, "queues.q.taget"),
        (9, "queues.q"),
        (12, "agents.anna.skills.s"),
    ]
    assert str(caught.value).startswith("c.yaml has 8 problems:\n  line 2, settings.lease: needs a unit")


def test_the_error_is_an_invalid_argument_and_survives_pickling() -> None:
    with pytest.raises(InvalidArgument) as caught:
        parse_center(minimal(settings="{lease: soon}"), "c.yaml")
    again = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(again, ConfigError)
    assert (again.field, again.value, again.reason) == ("settings.lease", "soon", "INVALID_CONFIG")
    assert again.problems == caught.value.problems  # type: ignore[attr-defined]


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("[1]\n", "must be a mapping"),
        ("just words\n", "must be a mapping"),
        ("a: [1\n", "is not valid YAML"),
        ("a: b: c\n", "is not valid YAML"),
        ("a: \x00\n", "is not valid YAML"),
        ("center: c\n---\ncenter: d\n", "must be one YAML document"),
        ("? [a]\n: 1\n", "has a key that is a mapping or a list"),
        ("a: &a {b: 1}\nc:\n  <<: *a\n", "merge key"),
        ("a: *b\n", "is not valid YAML: refers to an anchor that is not defined"),
        ("a: &a [*a]\n", "refers to itself"),
        ("[" * 100_000, f"is nested too deeply; allowed: {MAX_DEPTH} levels"),
        ("{a: " * 100_000, f"is nested too deeply; allowed: {MAX_DEPTH} levels"),
        ("\n".join(" " * depth + "a:" for depth in range(1000)), "is nested too deeply"),
        (LAUGHS, "holds too many values, aliases counted in full"),
        ("a: " + "1" * 5000, "holds a value of 5000 characters"),
        ("a: " + "9" * 999 + "\ncenter: c\n", "is not a known field"),
        ("#" * (MAX_TEXT_BYTES + 1), "is too large"),
    ],
)
def test_hostile_text_is_refused_early(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_center(text)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 5_000


def test_names_end_at_the_limit_in_bytes() -> None:
    fits = "é" * (MAX_NAME_BYTES // 2)
    assert parse_center(minimal(center=fits)).center == fits
    assert problems(minimal(center=fits + "x"))["center"][2].startswith(f"is {MAX_NAME_BYTES + 1} bytes long")
    found = problems(minimal(agent_groups=f"{{{'x' * (MAX_NAME_BYTES - 2)}: {{count: 10}}}}"))
    assert "its last agent's name is over 128 bytes long" in next(iter(found.values()))[2]


# ---------------------------------------------------------------------- warnings and durations


@pytest.mark.parametrize(
    ("tiers", "default", "warned"),
    [
        ("{}", "standard", []),
        ("{a: {head_start: 1s}, b: {}}", "a", ["tiers.a.head_start"]),
        ("{a: {head_start: 1s, rank: 1}, b: {}}", "b", []),
        ("{a: {}, b: {rank: -1, head_start: 1s, target_factor: 0.5}}", "b", ["tiers.b.head_start", "tiers.b.target"]),
        ("{a: {target_factor: 1.0}, b: {target_factor: 2}}", "a", []),
    ],
)
def test_the_default_tier_is_the_routers_and_warned_of_where_it_differs(
    tiers: str, default: str, warned: list[str]
) -> None:
    center = parse_center(minimal(tiers=tiers))
    router = Reference()
    for command in center_commands(center, now_ns=0):
        assert router.apply(command).code == Result.OK
    assert router.name(Kind.TIER, default_tier(router)).decode() == center.default_tier() == default
    warnings = lint(center)
    assert len(warnings) == len(warned)
    for warning, path in zip(sorted(warnings), warned, strict=True):
        assert warning.path.startswith(path)
        assert "everybody without a tier gets this" in warning.message


def test_a_center_made_in_code_has_no_lines() -> None:
    center = Center.model_validate({"center": "c", "skills": ["s"], "queues": {"q": {"plan": [{}], "target": "5s"}}})
    assert {warning.line for warning in lint(center)} == {0}


@pytest.mark.parametrize(
    ("text", "duration_ns"),
    [
        ("0", 0),
        ("0s", 0),
        ("20s", 20 * SECOND_NS),
        ("1m30s", 90 * SECOND_NS),
        ("1.5h", 5400 * SECOND_NS),
        ("1 h 30 m", 5400 * SECOND_NS),
        ("0.1s", SECOND_NS // 10),
        ("7us", 7_000),
        ("7µs", 7_000),
        ("2ms3ns", 2_000_003),
        ("400d", MAX_DURATION_NS),
        ("1.000000001s", SECOND_NS + 1),
    ],
)
def test_durations_are_exact(text: str, duration_ns: int) -> None:
    assert parse_duration(text) == duration_ns
    assert parse_duration(format_duration(duration_ns)) == duration_ns


@pytest.mark.parametrize(
    "text", ["", " ", "5", "s", "5 x", "-5s", "1e3s", "5s!", "0.5ns", "٣s", "1_0s", "nan", "9" * 65 + "s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no duration|negative|finer than a nanosecond"):
        parse_duration(text)


def test_no_value_of_a_queue_field_crashes_the_reader() -> None:
    odd: list[Any] = [
        "",
        "''",
        "[]",
        "{}",
        "~",
        "true",
        "0x10",
        "0o17",
        "-0",
        "1_000",
        "2020-01-01",
        "!!int x",
        "!!float y",
        "|",
        "*x",
    ]
    for value in odd:
        for field in ("target", "priority", "plan", "strategy", "channel", "service_level"):
            with contextlib.suppress(ConfigError):
                assert parse_center(minimal(queues=f"\n  q:\n    plan: [{{}}]\n    {field}: {value}")).queues
