"""The plan of a load: what may stand in its file, what is told of what is wrong, and how a run is judged by it."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from acdcore.bench.load.books import Books, Kind
from acdcore.bench.load.plan import CALLS, SHAPES, SPANS, People, load_plan, parse_plan, sample_path
from acdcore.bench.load.report import amend, headline, show
from acdcore.bench.load.shapes import Shape, agents_of, staff_of
from acdcore.bench.load.verdict import Timing, Verdict, judge, levels
from acdcore.config import ConfigError, lint, load_center, parse_center

pytestmark = pytest.mark.plain

CENTER = load_center(sample_path("center.yaml"))


def test_the_sample_plan_fits_the_sample_center() -> None:
    plan = load_plan(sample_path("plan.yaml"), CENTER)
    assert lint(CENTER) == []
    assert plan.thresholds.latency["enqueue to offer"].p99 == 250_000_000
    assert plan.thresholds.failures == pytest.approx(0.001)
    assert set(plan.shapes) == set(SHAPES) - {"steady"}


def test_what_the_sample_says_of_people_is_what_holds_without_it() -> None:
    said = load_plan(sample_path("plan.yaml")).people
    assert said.model_copy(update={"queues": {}}) == People()
    assert said.queues == {"orders": 6, "support": 3, "advice": 1}


def test_an_empty_plan_wants_nothing_but_that_no_call_fails() -> None:
    plan = parse_plan("{}")
    assert judge(plan.of_shape("steady"), [], Books(), 10, 0)[0].kept
    [check] = judge(plan.of_shape("steady"), [], Books(), 10, 1)
    assert (check.about, check.measured, check.kept) == ("failed calls", "10.000%", False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a", "line 1: must be a mapping of fields"),
        ("peple: {}", "line 1, peple: is not a known field (did you mean people?)"),
        ("people: {talk: 5}", "line 1, people.talk: must be a duration; allowed: a number and a unit"),
        ("people: {talk: [2s, 1s]}", "line 1, people.talk: must not begin above its end (got a list of 2)"),
        ("people: {talk: [1s, 2s, 3s]}", "line 1, people.talk: must be a duration or two"),
        ("people: {talk: 2h}", "line 1, people.talk: is out of range; allowed: at most 3600s (got 2h)"),
        ("people: {brek: 1s}", "line 1, people.brek: is not a known field (did you mean break?)"),
        ("people: {miss: 0.5}", "must be a percentage; allowed: a percentage from 0% to 100%, such as 0.5% (got 0.5)"),
        ("people: {miss: 101%}", "line 1, people.miss: is out of range; allowed: a percentage from 0% to 100%"),
        ("people: {miss: x%}", "line 1, people.miss: is no percentage"),
        ("people: {chats_at_once: 0}", "people.chats_at_once: is out of range; allowed: whole numbers from 1 to 100"),
        ("people:\n  queues: {sales: 2}", "line 2, people.queues.sales: is no queue of this center; allowed: orders"),
        ("thresholds: {latency: {AceptOffer: {p99: 1s}}}", "is no call or span of a load (did you mean AcceptOffer?)"),
        ("thresholds: {latency: {SignIn: {p98: 1s}}}", "thresholds.latency.SignIn.p98: is not a known field"),
        ("thresholds: {failures: 1}", "line 1, thresholds.failures: must be a percentage"),
        (
            "thresholds:\n  service_level:\n    - {tier: vip}",
            "line 3, thresholds.service_level[0].at_least: is missing",
        ),
        ("thresholds:\n  service_level:\n    - {tier: gold, at_least: 1%}", "is no tier of this center"),
        ("thresholds:\n  service_level:\n    - {queue: order, at_least: 1%}", "(did you mean orders?)"),
        ("shapes: {outrage: {}}", "line 1, shapes.outrage: is no shape (did you mean outage?)"),
        ("shapes: {outage: {people: {paws: 1s}}}", "shapes.outage.people.paws: is not a known field"),
        ("shapes: {outage: {latency: {SignIn: {p99: soon}}}}", "is no duration"),
        ("people: {talk: 1s}\npeople: {}", "line 2"),
        ("{", "line 1"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_plan(text, "my.yaml", CENTER)
    assert str(caught.value).startswith("my.yaml has 1 problem:")
    assert told in str(caught.value)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_plan("people: {talk: 1, miss: 2}\nthresholds: {failures: x}")
    assert [problem.line for problem in caught.value.problems] == [1, 1, 2]


def test_lengths_are_drawn_from_their_range() -> None:
    span = parse_plan("people: {talk: [100ms, 300ms]}").people.talk
    drawn = [span.draw_s(random.Random(seed)) for seed in range(200)]
    assert 0.1 <= min(drawn) < 0.12
    assert 0.28 < max(drawn) <= 0.3


def test_a_shape_changes_only_what_it_names() -> None:
    plan = parse_plan("""
people: {talk: 1s, pause: 2s}
thresholds:
  latency: {SignIn: {p99: 1s}, AcceptOffer: {p99: 2s}}
  failures: 1%
  service_level: [{at_least: 80%}]
shapes:
  outage:
    people: {pause: 3s}
    latency: {SignIn: {p50: 5s}}
""")
    people, wanted = plan.people_of("outage"), plan.of_shape("outage")
    assert (people.talk, people.pause) == (plan.people.talk, (3 * 10**9, 3 * 10**9))
    assert wanted.latency["SignIn"].wanted() == [("p50", 0.5, 5 * 10**9)]
    assert wanted.latency["AcceptOffer"] == plan.thresholds.latency["AcceptOffer"]
    assert (wanted.failures, wanted.service_level) == (0.01, plan.thresholds.service_level)
    assert plan.of_shape("steady") is plan.thresholds


def timing(p99_ms: float) -> Timing:
    """A row of Locust's, with a quantile."""
    return Timing("grpc", "AcceptOffer", 100, 0, {0.5: 1.0, 0.95: 1.0, 0.99: p99_ms, 0.999: p99_ms, 1.0: p99_ms})


def books(met: int, answered: int) -> Books:
    """Books of VIPs who called for orders."""
    found = Books()
    for kind, number in ((Kind.ANSWERED, answered), (Kind.ANSWERED_IN_TARGET, met)):
        for _ in range(number):
            found.count(kind, "orders", "vip")
    return found


WANTED = parse_plan("""
thresholds:
  latency: {AcceptOffer: {p50: 20ms, p99: 250ms}}
  failures: 1%
  service_level: [{tier: vip, at_least: 80%}, {queue: advice, tier: vip, at_least: 1%}]
""").thresholds


@pytest.mark.parametrize(
    ("p99_ms", "failures", "met", "kept"),
    [(250.0, 1, 8, [1, 1, 1, 1, 0]), (250.1, 2, 7, [1, 0, 0, 0, 0])],
)
def test_what_was_measured_is_held_to_what_is_wanted(p99_ms: float, failures: int, met: int, kept: list[int]) -> None:
    checks = judge(WANTED, [timing(p99_ms)], books(met, 10), 100, failures)
    assert [check.kept for check in checks] == [bool(one) for one in kept]
    assert [check.about for check in checks] == [
        "AcceptOffer, p50", "AcceptOffer, p99", "failed calls", "service level, vip", "service level, advice, vip",
    ]  # fmt: skip
    assert checks[1].wanted == "at most 250 ms"
    assert checks[-1].measured == "nothing measured"


def test_nothing_measured_keeps_nothing() -> None:
    assert not any(check.kept for check in judge(WANTED, [], Books(), 0, 0))


def verdict(met: int, *problems: str) -> Verdict:
    """A run with a name in it that a page must not take for its own."""
    found = books(met, 10)
    found.count(Kind.ANSWERED, "<b>queue</b>", "vip")
    return Verdict(judge(WANTED, [timing(3)], found, 100, 0), [timing(3)], levels(found), [], {}, "steady", [*problems])


def test_the_report_gets_the_verdict_at_its_head(tmp_path: Path) -> None:
    page = tmp_path / "load.html"
    page.write_text('<body><script>`<div id="root">`</script><div id="root"></div></body>', encoding="utf-8")
    amend(page, verdict(9, "somebody <i>was</i> lost"))
    text = page.read_text(encoding="utf-8")
    assert re.search(r'</script>\s*<section id="acdcore">.*</section>\s*<div id="root"></div></body>', text, re.DOTALL)
    assert "somebody &lt;i&gt;was&lt;/i&gt; lost" in text
    assert "&lt;b&gt;queue&lt;/b&gt;" in text
    assert "<b>queue" not in text
    assert "at most 250 ms" in text


def test_the_tables_fit_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    bad = verdict(5, "i-1 was lost")
    show(Console(width=200), bad)
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    for words in ("AcceptOffer", "FAILED: i-1 was lost", "MISSED", "kept", headline(bad)):
        assert words in printed
    assert headline(bad) == "2 of 5 thresholds missed, the books do not balance"
    assert not bad.good


def test_every_row_that_a_plan_may_name_is_one_that_a_load_writes(root: Path) -> None:
    """The calls are methods of the contract, and the users' code calls each of them."""
    contract = "".join(path.read_text("utf-8") for path in (root / "proto").rglob("*.proto"))
    users = "".join((root / "bench" / "load" / f"{part}.py").read_text("utf-8") for part in ("callers", "desktops"))
    for call in CALLS:
        assert f"rpc {call}(" in contract
        assert f'"{call}"' in users
    assert set(re.findall(r'call\(\s*"\w+",\s*"(\w+)"|_try\(\s*"\w+",\s*"(\w+)"', users)) <= {
        pair for call in CALLS for pair in ((call, ""), ("", call))
    }
    assert len(SPANS) == 3


@pytest.mark.parametrize("shape", SHAPES)
def test_users_come_and_go_as_the_shape_says(shape: str) -> None:
    there = [Shape(shape, users=200, staff=61, run_s=60.0).users_at(at_s) for at_s in range(61)]
    assert max(there) == 200
    assert min(there) == (61 + 35 if shape == "busy-hour" else 200)  # a quarter of the callers, and the staff
    assert (there[0], there[30], there[60]) == (min(there), max(there), min(there))


def test_a_busy_hour_without_an_end_comes_again() -> None:
    shape = Shape("busy-hour", users=100, staff=20, run_s=None)
    assert [shape.users_at(at_s) for at_s in (0, 30, 60, 90)] == [40, 100, 40, 100]


def test_what_happens_happens_within_the_run() -> None:
    assert {name: dict(Shape(name, 100, 31, 60.0).events()) for name in SHAPES} == {
        "steady": {}, "busy-hour": {}, "shift-start": {"bell": 15.0}, "outage": {"outage": 24.0},
    }  # fmt: skip


def test_agents_are_mixed_by_the_size_of_their_groups() -> None:
    names = agents_of(CENTER)
    assert len(set(names)) == sum(group.count for group in CENTER.agent_groups.values())
    first = [name.rpartition("-")[0] for name in names[:100]]
    assert {group: first.count(group) for group in set(first)} == {"general": 60, "technical": 30, "adviser": 10}


def test_an_absent_group_leaves_its_desks_empty() -> None:
    there, present = agents_of(CENTER, ["advisers"]), agents_of(CENTER)
    assert [name for name in there if name] == [name for name in present if not name.startswith("adviser")]
    assert there.count("") == CENTER.agent_groups["advisers"].count
    with pytest.raises(ValueError, match="--absent advice: is no group of agents of this center; allowed: generalists"):
        agents_of(CENTER, ["advice"])


@pytest.mark.parametrize(("asked", "staff"), [(None, 30), (0, 0), (99, 99)])
def test_so_many_of_the_users_are_agents(asked: int | None, staff: int) -> None:
    assert staff_of(100, asked, defined=1000) == staff


@pytest.mark.parametrize(
    ("asked", "told"),
    [(100, "must leave users who call; allowed: 0 to 99 of 100"), (-1, "allowed: 0 to 99"), (60, "has 50 agents")],
)
def test_too_many_agents_are_refused(asked: int, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        staff_of(100, asked, defined=50)
    assert staff_of(1000, None, defined=50) == 50


def test_for_another_center_the_plan_leaves_out_what_it_does_not_have() -> None:
    flowers = parse_center("""
center: flowers
skills: [roses]
tiers: {standard: {}}
queues: {orders: {plan: [{requires: {roses: 1}}]}}
agents: {anna: {skills: {roses: 3}}}
""")
    plan, left_out = load_plan(sample_path("plan.yaml")).fitting(flowers)
    assert left_out == ["vip", "support", "advice", "chat"]
    assert [level.about() for level in plan.thresholds.service_level] == ["standard", "orders"]
    assert [level.about() for level in plan.of_shape("outage").service_level] == ["standard"]
