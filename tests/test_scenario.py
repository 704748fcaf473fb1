"""Scenarios: what is wrong is told all at once, with its path, line and value; what-ifs; warnings."""

from __future__ import annotations

import math
import pickle
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from pydantic_core import PydanticCustomError

from acdcore.config import ConfigError
from acdcore.sim.laws import FAMILIES, NUMBER, TIME, Law, Quantity, law_words, read_law
from acdcore.sim.scenario import Scenario
from acdcore.sim.scenario_lint import lint_scenario
from acdcore.sim.scenario_load import OverrideError, load_scenario, parse_scenario
from acdcore.sim.world import ALWAYS, Shape

pytestmark = pytest.mark.plain

CENTER = """\
center:
  center: c
  skills: [a, b]
  channels: {chat: {cost: 30}}
  tiers: {standard: {}, vip: {rank: 1}}
  queues:
    q: {plan: [{requires: {a: 1}}], wrap_up: 1m}
    r: {plan: [{requires: {b: 1}}]}
  agents:
    anna: {skills: {a: 5, b: 2}}
  agent_groups:
    g: {count: 3, skills: {a: 4}}
    h: {count: 2, skills: {b: 4}}
"""
TALK = "handling: {talk: 3m}\n"


def parsed(*lines: str, sets: Sequence[tuple[str, str]] = (), folder: str = "") -> Scenario:
    return parse_scenario("scenario: s\n" + CENTER + "\n".join(lines), "s", folder, sets)


def problems(*lines: str, folder: str = "") -> list[tuple[str, str]]:
    """Return path and message of everything that is wrong."""
    with pytest.raises(ConfigError) as caught:
        parsed(*lines, folder=folder)
    return [(problem.path, problem.message) for problem in caught.value.problems]


def only_problem(*lines: str, folder: str = "") -> str:
    [(path, message)] = problems(*lines, folder=folder)
    return f"{path}: {message}"


# ---------------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("lines", "path", "words"),
    [
        ("demand: [{queue: qq, calls_per_hour: 1}]", "demand[0].queue", "is no queue of this center (did you mean q?)"),
        ("demand: [{queue: q, call_per_hour: 1, rates: {per_hour: [1]}}]", "demand[0].call_per_hour", "did you mean"),
        ("demand: [{queue: q}]", "demand[0]", "says nothing of how many come; allowed: one of calls_per_hour"),
        ("demand: [{queue: q, calls_per_hour: 1, trace: t}]", "demand[0]", "says calls_per_hour and trace"),
        ("demand: [{calls_per_hour: 1}]", "demand[0]", "says nothing of what for they come; allowed: queue or mix"),
        ("demand: [{queue: q, mix: [{queue: q, share: 1}], calls_per_hour: 1}]", "demand[0].mix", "beside queue"),
        ("demand: [{mix: [{queue: q, share: 0.4}], calls_per_hour: 1}]", "demand[0].mix", "add up to 0.4, not to 1"),
        ("demand: [{queue: q, calls_per_hour: -1}]", "demand[0].calls_per_hour", "numbers from 0 to 1e+09"),
        ("demand: [{queue: q, calls_per_hour: .nan}]", "demand[0].calls_per_hour", "is out of range"),
        ("demand: [{queue: q, calls_per_hour: true}]", "demand[0].calls_per_hour", "must be a number"),
        ("demand: [{queue: q, tiers: {gold: 1}, calls_per_hour: 1}]", "demand[0].tiers.gold", "is no tier"),
        ("demand: [{queue: q, tiers: {vip: 0.5}, calls_per_hour: 1}]", "demand[0].tiers", "add up to 0.5"),
        ("demand: [{queue: q, rates: {per_hour: [], interval: 1h}}]", "demand[0].rates.per_hour", "has no value"),
        ("demand: [{queue: q, rates: {per_hour: [1, 2, 3], interval: 9h}}]", "demand[0].rates.per_hour", "up to 2"),
        ("demand: [{queue: q, rates: {per_hour: [1], start: 25:00}}]", "demand[0].rates.start", "is no time of day"),
        ("demand: [{queue: q, rates: {per_hour: [1], days: mo}}]", "demand[0].rates.days", "is no day of the week"),
        (
            "demand: [{queue: q, rates: [{per_hour: [1, 2], days: sun, start: 23:00}, {per_hour: [1], days: mon}]}]",
            "demand[0].rates[1]",
            "overlaps rates[0] on the same day",
        ),
        ("demand: [{queue: q, calls_per_hour: 1, day_factor: 2}]", "demand[0].day_factor", "has the mean 2"),
        (
            "demand: [{queue: q, calls_per_hour: 1, day_factor: {exponential: 1, at_most: 2}}]",
            "demand[0].day_factor",
            "must not be cut by at_most",
        ),
        ("demand: [{trace: t.csv, batch: 2}]", "demand[0].batch", "stands beside trace"),
        ("demand: [{trace: t.csv}]", "demand[0].trace", "cannot be read: t.csv"),
        ("demand: [{calls: {file: t.csv, dates: any}}]", "demand[0].calls.dates", "is not known; allowed: 'same'"),
        ("demand_factor: {lognormal: {mean: 1}}", "demand_factor.lognormal", "must have sd or cv, one of them"),
        ("backlog: [{queue: q, count: 0}]", "backlog[0].count", "whole numbers from 1"),
        ("customers: {patience: {exponentiel: 3m}}", "customers.patience.exponentiel", "did you mean exponential?"),
        ("customers: {patience: 3}", "customers.patience", "needs a unit"),
        ("customers: {balk: {share: 1.5}}", "customers.balk.share", "numbers from 0 to 1"),
        ("customers: {retry: {share: 1}}", "customers.retry.after", "is missing"),
        ("customers: {callback: {share: 1, after: 1m, queue: x}}", "customers.callback.queue", "is no queue"),
        ("customers: [{tier: vip, short_abandon: 5s}]", "customers[0].short_abandon", "cannot differ by tier"),
        ("handling: [{agents: i, talk: 3m}]", "handling[0].agents", "is no agent or group of agents"),
        ("handling: [{skill: {a: 11}, talk: 3m}]", "handling[0].skill.a", "is no level"),
        ("handling: [{tier: vip, wrap_up: 3m}]", "handling[0].wrap_up", "cannot differ by tier"),
        ("handling: [{agents: g, failure: 0.1}]", "handling[0].failure", "differs by queue only"),
        (
            "handling: [{transfers: [{share: 0.6, queue: q}, {share: 0.6, queue: r}]}]",
            "handling[0].transfers",
            "add up to more than 1",
        ),
        ("workforce: {behavior: {slowdown: {fax: 1}}}", "workforce.behavior.slowdown.fax", "is no channel"),
        ("workforce: {behavior: {rest: {share: 1}}}", "workforce.behavior.rest.for", "is missing"),
        ("workforce: {shifts: [{agents: [], shift: 08:00-09:00}]}", "workforce.shifts[0].agents", "names nobody"),
        ("workforce: {shifts: [{agents: g, shift: 8-9}]}", "workforce.shifts[0].shift", "is no span of time"),
        (
            "workforce: {shifts: [{agents: g, count: 4, shift: 08:00-09:00}]}",
            "workforce.shifts[0].count",
            "is more than there are; allowed: up to 3",
        ),
        (
            "workforce: {shifts: [{agents: g, shift: 22:00-06:00}, {agents: g-2, shift: 05:00-07:00}]}",
            "workforce.shifts[1]",
            "gives g-2 a shift that overlaps the one of shifts[0]",
        ),
        (
            """workforce: {shifts: [
                {agents: g, count: 2, shift: 08:00-12:00, days: mon}, {agents: g, count: 2, shift: 13:00-17:00}]}""",
            "workforce.shifts[1].count",
            "up to 1 of 3 who have no other shift on these days",
        ),
        (
            "workforce: {shifts: [{agents: g, shift: 08:00-12:00, breaks: {at: 11:45, for: 30m}}]}",
            "workforce.shifts[0].breaks.at",
            "the last of these breaks would end after it",
        ),
        (
            "workforce: {shifts: [{agents: g, shift: 08:00-12:00}], staffing: {g: {count: [1]}}}",
            "workforce.shifts[0].agents",
            "names g-1, of whom staffing.g says",
        ),
        ("workforce: {staffing: {g: {count: [1, 4]}}}", "workforce.staffing.g.count[1]", "allowed: up to 3"),
        (
            "workforce: {staffing: {g: [{count: [1]}, {count: [1], days: sat}]}}",
            "workforce.staffing.g[1]",
            "overlaps staffing.g[0]",
        ),
        (
            "workforce: {staffing: {g: {count: [1]}, g-1: {count: [1]}}}",
            "workforce.staffing.g-1",
            "has an agent who is in staffing.g too",
        ),
        ("run: {start: 2026-02-30}", "run.start", "is no moment"),
        ("run: {time_zone: Mars}", "run.time_zone", "is no time zone"),
        ("run: {horizon: 1h, warm_up: 1h}", "run.warm_up", "leaves nothing of the horizon"),
        ("run: {period: 1h, interval: 2h}", "run.period", "is shorter than the interval"),
        ("run: {ending: never}", "run.ending", "is no ending; allowed: stop or doors_shut or run_on"),
        ("run: {confidence: 95}", "run.confidence", "numbers from 0.5 to less than 1"),
        ("runs: {}", "runs", "is not a known field (did you mean run?)"),
        ("center_file: c.yaml", "center_file", "stands beside center"),
        ("demand: [{queue: q, calls_per_hour: 1}]", "demand[0]", "brings customers to a queue whose talk is not said"),
        (
            "handling: {queue: r, talk: 1m}\ndemand: [{queue: q, calls_per_hour: 1}]\nbacklog: [{queue: r, count: 1}]",
            "demand[0]",
            "whose talk is not said; allowed: talk in handling",
        ),
        (
            "handling: [{agents: g, talk: 1m}]\nbacklog: [{queue: q, count: 1}]",
            "backlog[0]",
            "whose talk is not said for tier standard and anna",
        ),
        (
            "handling: [{queue: q, talk: 1m, transfers: {share: 0.1, queue: r}}]\nbacklog: [{queue: q, count: 1}]",
            "handling[0].transfers",
            "brings customers to a queue whose talk is not said",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_path(lines: str, path: str, words: str) -> None:
    if not lines.startswith(("handling", "demand: [{queue: q, calls_per_hour: 1}]")) and "talk" not in words:
        lines = TALK + lines
    found = only_problem(*lines.split("\n"))
    assert found.startswith(f"{path}: "), found
    assert words in found


def test_everything_is_told_at_once_with_lines() -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(
            "demand:",
            "  - {queue: x, calls_per_hour: 1}",
            "customers:",
            "  patience: {mixture: [{share: 0.5, of: 3}, {share: 0.4, of: {erlang: {mean: 1m, k: 0}}}]}",
            "run: {seed: -1, seed: 2}",
        )
    found = [(problem.line, problem.path, problem.value) for problem in caught.value.problems]
    assert found == [
        (16, "demand[0].queue", "x"),
        (18, "customers.patience.mixture", "a list of 2"),
        (19, "run.seed", "seed"),
        (19, "run.seed", "-1"),
    ]


def test_names_are_checked_though_the_center_is_wrong_too() -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(
            "demand: [{queue: x, calls_per_hour: 1}, {queue: q, calls_per_hour: 1}]",
            "handling: {agents: [g-3, g-4], talk: 1m}",
            sets=[("center.queues.q.plan", "[]")],
        )
    assert [problem.path for problem in caught.value.problems] == [
        "center.queues.q.plan",
        "demand[0].queue",
        "handling.agents[1]",
    ]


def test_a_centers_file_is_read_and_its_problems_are_told_with_its_lines(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("center: c\nqueues:\n  q: {plan: [{}], targte: 3s}\n", encoding="utf-8")
    path = tmp_path / "s.yaml"
    path.write_text("scenario: s\ncenter_file: c.yaml\nrun: {sed: 1}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_scenario(path)
    assert [(problem.line, problem.path) for problem in caught.value.problems] == [(2, "center_file"), (3, "run.sed")]
    assert "c.yaml: line 3, queues.q.targte: is not a known field (did you mean target?)" in str(caught.value)
    with pytest.raises(ConfigError, match=r"center_file: d\.yaml: No such file|cannot be read"):
        load_scenario(path, [("center_file", "d.yaml")])
    fixed = load_scenario(path, [("center.queues.q", "{plan: [{}], target: 3s}"), ("run", "{}")])
    assert fixed.center.queues["q"].target_ns == 3 * 10**9
    assert fixed.center_file == "c.yaml"


@pytest.mark.parametrize("text", ["", "[]", "a: [", "scenario: s"])
def test_what_is_no_scenario_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_scenario(text)


# ---------------------------------------------------------------------- what-ifs


def test_overrides_reach_every_place() -> None:
    lines = ("demand: [{queue: q, calls_per_hour: 1}]", TALK)
    changed = parsed(
        *lines,
        sets=[
            ("demand[0].calls_per_hour", "7"),
            ("demand.1", "{queue: r, calls_per_hour: 2}"),
            ("run.horizon", "2h"),
            ("handling[0].talk", "5m"),
            ('center.queues."q".target', "30s"),
            ("center.agent_groups.g.count", "9"),
            ("run.targets[0]", "10s"),
        ],
    )
    assert [source.calls_per_hour for source in changed.demand] == [7, 2]
    assert changed.run.horizon_ns == 7_200 * 10**9
    assert changed.center.queues["q"].target_ns == 30 * 10**9
    assert len(changed.center.all_agents()) == 12
    assert changed.run.targets_ns == [10 * 10**9]
    assert changed.handling[0].talk == read_law("5m", TIME)
    assert parsed(*lines).demand[0].calls_per_hour == 1


def test_a_star_is_every_name_or_place_that_is_there() -> None:
    lines = ("demand: [{queue: q, calls_per_hour: 1}, {queue: r, calls_per_hour: 2}]", TALK)
    changed = parsed(*lines, sets=[("center.queues.*.target", "30s"), ("demand.*.calls_per_hour", "7")])
    assert {queue.target_ns for queue in changed.center.queues.values()} == {30 * 10**9}
    assert [source.calls_per_hour for source in changed.demand] == [7, 7]
    with pytest.raises(OverrideError, match="is not there"):  # in quotes it is a name
        parsed(*lines, sets=[('center.queues."*".target', "30s")])


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("backlog.*.count", "1", "backlog.* is not there"),
        ("center.queue.*.target", "1s", "center.queue.* is not there: center.queue is null (did you mean queues?)"),
        ("center.tiers.vpi.head_start", "0s", "center.tiers.vpi is not there (did you mean vip?)"),
        ("center.queues.z.target", "1s", "center.queues.z is not there; allowed: q, r"),
        ("center.calendars.z.closed", "[]", "center.calendars.z is not there; allowed: a whole one"),
        ("run.seed.*", "1", "run.seed.* is not there: run.seed is 1"),
        ("demand[3].queue", "q", "allowed: places from 0 to 1"),
        ("demand.x", "q", "allowed: places from 0 to 1"),
        ("demand[0].queue.name", "q", "demand[0].queue is q"),
        ("run.seed[0]", "q", "is not there: run.seed is 1"),
        ("handling[1].talk", "1m", "handling[1] is not there: handling is a mapping of 1"),
        ("run.", "q", "is no path"),
        ("", "q", "is no path"),
        ("a b[", "q", "is no path"),
        ("run.seed", "{", "is not valid YAML"),
    ],
)
def test_an_override_that_leads_nowhere_is_refused(path: str, value: str, words: str) -> None:
    with pytest.raises(OverrideError) as caught:
        parsed("demand: [{queue: q, calls_per_hour: 1}]", TALK, "run: {seed: 1}", sets=[(path, value)])
    assert words in str(caught.value)


def test_an_override_defines_whole_ones_and_what_is_there_unsaid() -> None:
    sets = [("center.queues.z", "{plan: [{requires: {a: 1}}]}"), ("center.queues.z.target", "9s")]
    changed = parsed(TALK, sets=[*sets, ("center.channels.voice.cost", "50")])
    assert changed.center.queues["z"].target_ns == 9 * 10**9
    assert changed.center.channels["voice"].cost == 50


def test_an_override_changes_one_place_only_though_the_file_says_it_once() -> None:
    lines = ("demand: [&d {queue: q, calls_per_hour: 1}, *d]", TALK)
    changed = parsed(*lines, sets=[("demand[1].calls_per_hour", "5")])
    assert [source.calls_per_hour for source in changed.demand] == [1, 5]


def test_an_override_of_something_wrong_is_told_without_a_line() -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(TALK, sets=[("run.seed", "x")])
    [problem] = caught.value.problems
    assert (problem.line, problem.path, problem.value) == (0, "run.seed", "x")


# ---------------------------------------------------------------------- warnings

COMING = "demand: [{queue: q, calls_per_hour: 1}]"
CLOSED = "{day: {time_zone: UTC, hours: {mon-sun: ['08:00-20:00']}}}"


@pytest.mark.parametrize(
    ("lines", "path", "words"),
    [
        ("workforce: {shifts: [{agents: g, shift: 08:00-09:00}]}", "workforce", "3 of 6 agents have no shift"),
        ("customers: [{queue: q, patience: 1m}, {patience: 2m}]", "customers[0]", "replaces; put general rules first"),
        ("customers: [{queue: q}]", "customers[0]", "says nothing but for whom"),
        ("handling: [{talk: 1m, wrap_up: {exponential: 2m}}]", "handling[0].wrap_up", "at which it ends"),
        ("run: {replications: 1}", "run.replications", "gives figures without intervals"),
        ("run: {ending: doors_shut, most_overtime: 0s}", "run.most_overtime", "stops at the horizon"),
    ],
)
def test_what_can_hardly_be_meant_is_warned_of(lines: str, path: str, words: str) -> None:
    more = () if lines.startswith("handling") else (TALK,)
    [warning] = lint_scenario(parsed(lines, *more, COMING))
    assert warning.path == path
    assert words in warning.message
    assert warning.line > 0


def test_a_queue_that_nobody_can_serve_is_warned_of() -> None:
    sets = [("center.agent_groups", "{}"), ("center.agents.anna.skills", "{a: 1}")]
    [warning] = lint_scenario(parsed("demand: [{queue: r, calls_per_hour: 1}]", TALK, sets=sets))
    assert warning.path == "demand[0]"
    assert "no agent can serve" in warning.message


@pytest.mark.parametrize(
    ("lines", "sets", "path", "words"),
    [
        ("demand: []", (), "demand", "brings nobody during the run"),
        ("demand: [{queue: q, calls_per_hour: 0}]", (), "demand", "brings nobody during the run"),
        (
            f"{COMING}\nworkforce: {{shifts: [{{agents: [g, h, anna], days: sun, shift: 08:00-09:00}}]}}",
            (),
            "workforce",
            "has nobody at work during the run",
        ),
        (
            "demand: [{queue: q, rates: {start: 20:00, per_hour: [9, 9]}}]",
            (("center.calendars", CLOSED), ("center.queues.q.calendar", "day")),
            "demand[0]",
            "all come while the queue is closed by its calendar",
        ),
        (
            f"{COMING}\ncustomers: [{{patience: {{exponential: 4m}}}}]",
            (("center.queues.q.target", "8h"),),
            "customers[0].patience",
            "makes customers hang up after 4m on average, long before the target",
        ),
    ],
)
def test_days_that_can_hardly_be_meant_are_warned_of(
    lines: str, sets: tuple[tuple[str, str], ...], path: str, words: str
) -> None:
    found = {warning.path: warning.message for warning in lint_scenario(parsed(lines, TALK, sets=list(sets)))}
    assert words in found[path]


def test_nothing_is_warned_of_where_it_is_meant() -> None:
    half_open = parsed(
        "demand: [{queue: q, rates: {start: 19:00, per_hour: [9, 9]}}]",
        "customers: [{patience: {exponential: 4m}}, {queue: q, patience: never}]",
        TALK,
        sets=[
            ("center.calendars", CLOSED),
            ("center.queues.q.calendar", "day"),
            ("center.queues.q.target", "8h"),
        ],
    )
    assert lint_scenario(half_open) == []
    sent_on = parsed(
        "demand: [{queue: q, rates: {start: 20:00, per_hour: [9, 9]}}]",
        TALK,
        sets=[
            ("center.calendars", CLOSED),
            ("center.queues.q.calendar", "day"),
            ("center.queues.q.on_closed", "{move_to: r}"),
        ],
    )
    assert lint_scenario(sent_on) == []


def test_breaks_that_overlap_are_warned_of() -> None:
    def warned(breaks: str) -> list[tuple[str, str]]:
        shift = f"{{agents: [g, h, anna], shift: 08:00-16:00, breaks: [{breaks}]}}"
        scenario = parsed(COMING, TALK, f"workforce: {{shifts: [{shift}]}}")
        return [(one.path, one.message) for one in lint_scenario(scenario) if "overlaps" in one.message]

    [(path, message)] = warned("{at: 11:00, for: 30m}, {at: 11:00, for: 15m}")
    assert path == "workforce.shifts[0].breaks[1]"
    assert re.fullmatch(r"overlaps breaks\[0\] for (\d+) of \1 agents", message)
    assert warned("{at: 11:00, for: 30m}, {at: 11:30, for: 15m}") == []
    assert warned("{at: 11:00, for: 30m, spread: 1h}, {at: 12:30, for: 15m, spread: 1h}") == []
    [(_, message)] = warned("{at: 11:00, for: 30m, spread: 1h}, {at: 11:45, for: 15m}")
    assert not re.fullmatch(r"overlaps breaks\[0\] for (\d+) of \1 agents", message)


def test_customers_outside_of_the_run_are_warned_of(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("arrival_s,queue\n-5,q\n10,q\n90000,q\n", encoding="utf-8")
    (tmp_path / "c.csv").write_text("date,start,calls\n2025-01-05,08:00,4\n", encoding="utf-8")
    scenario = parsed("demand: [{trace: t.csv}, {calls: c.csv, queue: q}]", TALK, folder=str(tmp_path))
    assert [(one.path, one.message) for one in lint_scenario(scenario)] == [
        ("demand[0].trace", "2 of 3 customers come before or after the run"),
        ("demand[1].calls", "has none of the dates of the run: nobody comes"),
    ]


# ---------------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("arrival_s,queu\n1,q\n", "'queu' is not a column (did you mean queue?)"),
        ("queue\nq\n", "a header that has time or arrival_s"),
        ("arrival_s,time,queue\n1,2026-01-05 00:00,q\n", "says when somebody arrives once"),
        ("arrival_s,arrival_s\n1,1\n", "allowed twice in the header"),
        ("arrival_s,queue\n1,x\n", "line 2, column queue: 'x' is not a queue of this center"),
        ("arrival_s,queue,tier\n1,q,gold\n", "line 2, column tier: 'gold'"),
        ("arrival_s,queue\n1,q\n2\n", "line 3: '1 fields' is not 2 fields"),
        ("arrival_s,queue\nnan,q\n", "'nan' is not a number of seconds"),
        ("arrival_s,queue\n,q\n", "is not when somebody arrives"),
        ("arrival_s,queue,patience_s\n1,q,-1\n", "never, or empty"),
        ("arrival_s,queue,since_s\n1,q,2\n", "'2' is not at most the arrival"),
        ("time,queue\n2026-01-05,q\n", "a local date and time such as"),
        ("time,queue\n2026-02-30 08:00,q\n", "a local date and time such as"),
        ("arrival_s,queue\n", "has no customer"),
        ("arrival_s\n1\n", "has customers without a queue"),
    ],
)
def test_a_trace_that_cannot_be_used_is_told(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    found = only_problem("demand: [{trace: t.csv}]", TALK, folder=str(tmp_path))
    assert found.startswith("demand[0].trace: ")
    assert words in found


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("date,calls\n2026-01-05,1\n", "a header that has start"),
        ("date,start,calls\n2026-1-5,08:00,1\n", "a date such as"),
        ("date,start,calls\n2026-01-05,24:00,1\n", "a time of day such as"),
        ("date,start,calls\n2026-01-05,08:00,-1\n", "a number of customers from 0 on"),
        (
            "date,start,calls\n2026-01-05,08:00,1\n2026-01-05,08:15,1\n",
            "at least an interval (30 min) from every other",
        ),
        ("date,start,calls\n", "has no interval"),
        ("date,start,calls,tier\n2026-01-05,08:00,1,vip\n", "has no queue; allowed: a column, or queue beside it"),
    ],
)
def test_counts_that_cannot_be_used_are_told(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "c.csv").write_text(content, encoding="utf-8")
    found = only_problem("demand: [{calls: c.csv}]", TALK, folder=str(tmp_path))
    assert found.startswith("demand[0].calls: ")
    assert words in found


def test_days_without_a_date_to_draw_from_are_told(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("date,start,calls\n2025-12-29,08:00,4\n", encoding="utf-8")
    source = "demand: [{calls: {file: c.csv, dates: drawn}, queue: q}]"
    assert parsed(source, TALK, folder=str(tmp_path)).counts
    found = only_problem(source, TALK, "run: {horizon: 2d}", folder=str(tmp_path))
    assert "has no Tuesday to draw from" in found


@pytest.mark.parametrize(("content", "words"), [("x\ny\n", "'y' is not a number"), ("x\n", "has no number")])
def test_empirical_values_that_cannot_be_used_are_told(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "v.csv").write_text(content, encoding="utf-8")
    found = only_problem("customers: {patience: {empirical: v.csv}}", folder=str(tmp_path))
    assert found.startswith("customers.patience.empirical: ")
    assert words in found


# ---------------------------------------------------------------------- distributions


MEANS: dict[str, tuple[object, float]] = {
    "constant": ("3m", 180.0),
    "exponential": ("3m", 180.0),
    "erlang": ({"mean": "3m", "k": 3}, 180.0),
    "gamma": ({"mean": "3m", "sd": "2m"}, 180.0),
    "lognormal": ({"mean": "3m", "cv": 1.5}, 180.0),
    "weibull": ({"mean": "3m", "shape": 0.7}, 180.0),
    "uniform": (["1m", "3m"], 120.0),
    "hyperexponential": ([{"share": 0.25, "mean": "4m"}, {"share": 0.75, "mean": "20s"}], 75.0),
    "empirical": (["1s", "2s", "6s"], 3.0),
    "hazard": ([{"from": "0s", "per_hour": 0}, {"from": "10s", "per_hour": 36}], 110.0),
    "mixture": ([{"share": 0.5, "of": "10s"}, {"share": 0.5, "of": {"exponential": "30s"}}], 20.0),
}


def test_every_family_has_its_mean() -> None:
    assert set(MEANS) == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_draws_have_the_mean_that_is_said(family: str) -> None:
    said, mean = MEANS[family]
    law = read_law({family: said}, TIME)
    assert law.mean() == pytest.approx(mean)
    drawn = law.draw(np.random.default_rng(1), 40_000)
    # five standard errors of the sample itself: a fixed seed, so it holds always or never
    assert abs(drawn.mean() - mean) <= 5 * drawn.std() / math.sqrt(len(drawn)) + 1e-9
    assert drawn.min() >= 0
    cut = read_law({family: said, "at_most": "5s"}, TIME)
    assert cut.draw(np.random.default_rng(1), 1_000).max() <= 5


def test_an_exponential_is_said_by_its_rate_as_well() -> None:
    assert read_law({"exponential": {"per_hour": 20}}, TIME) == read_law({"exponential": "3m"}, TIME)


@pytest.mark.parametrize(
    ("value", "quantity", "words"),
    [
        ({"per_hour": 0}, TIME, "is out of range; allowed: numbers from 0.000104167 to 1e+09"),
        ({"per_hour": "often"}, TIME, "must be a number"),
        ({"per_day": 3}, TIME, "is not a known field"),
        ({"per_hour": 20}, NUMBER, "must be a number"),
    ],
)
def test_a_rate_that_is_none_is_refused(value: object, quantity: Quantity, words: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        read_law({"exponential": value}, quantity)
    assert words in str(caught.value.context)


def test_spread_is_what_is_said() -> None:
    random = np.random.default_rng(2)
    for value in (
        {"gamma": {"mean": 4, "sd": 2}},
        {"gamma": {"mean": 4, "cv": 0.5}},
        {"gamma": {"mean": 4, "shape": 4}},
        {"lognormal": {"mean": 4, "sd": 2}},
        {"erlang": {"mean": 4, "k": 4}},
    ):
        assert read_law(value, NUMBER).draw(random, 200_000).std() == pytest.approx(2, rel=0.03), value


def test_a_mixture_is_taken_apart() -> None:
    inner = {"mixture": [{"share": 0.5, "of": "1s"}, {"share": 0.5, "of": {"exponential": "9s"}}], "at_most": "5s"}
    law = read_law({"mixture": [{"share": 0.5, "of": inner}, {"share": 0.5, "of": "2s"}], "at_most": "7s"}, TIME)
    assert law.flattened() == [
        (0.25, Law(Shape.CONSTANT, (1.0,), at_most=5.0)),
        (0.25, Law(Shape.EXPONENTIAL, (9.0,), at_most=5.0)),
        (0.5, Law(Shape.CONSTANT, (2.0,), at_most=7.0)),
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "constant 180s"),
        ("90s", "1m30s"),
        ({"exponential": "3m", "at_most": "1h"}, "exponential, mean 3m, at most 1h"),
    ],
)
def test_words(value: object, words: str) -> None:
    assert law_words(read_law(value, TIME) if value else None) == (words if value else "none")
    assert law_words(Law(Shape.CONSTANT, (ALWAYS,))) == "never"


def test_a_scenario_can_be_sent_to_another_process() -> None:
    scenario = parsed("demand: [{queue: q, calls_per_hour: 1}]", TALK)
    again = pickle.loads(pickle.dumps(scenario))
    for part in ("scenario", "center", "demand", "customers", "handling", "workforce", "run"):
        assert getattr(again, part) == getattr(scenario, part)
    assert again.line_of("demand") == scenario.line_of("demand") == 15
