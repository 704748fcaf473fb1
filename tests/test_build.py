"""A scenario as the engine's world: slots, rules, demand by the clock on the wall, rosters, and what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from acdcore.router.codes import ItemKind, Op, Setting
from acdcore.sim.build import make_world
from acdcore.sim.engine import simulate
from acdcore.sim.scenario import Scenario
from acdcore.sim.scenario_load import parse_scenario
from acdcore.sim.scenario_words import expected_customers, tables_of
from acdcore.sim.world import ALWAYS, NONE, Count, Duty, Ending, Shape, World

HOUR = 3_600.0
CENTER = """\
scenario: s
center:
  center: c
  settings: {lease: 60s}
  skills: [a, b]
  channels: {chat: {cost: 30, most_at_once: 3}}
  tiers: {standard: {}, vip: {target_factor: 0.5, rank: 1}}
  queues:
    q: {target: 20s, plan: [{requires: {a: 1}}], wrap_up: 1m, tiers: {vip: {target_factor: 0.25}}}
    r: {target: 60s, channel: chat, plan: [{requires: {b: 1}}]}
  agents:
    anna: {skills: {a: 5, b: 2}}
    ben: {skills: {a: 5, b: 2}}
    carla: {skills: {a: 2}}
  agent_groups:
    g: {count: 4, skills: {a: 4}}
    h: {count: 2, prefix: desk, skills: {b: 4}}
"""


def scenario(*lines: str, folder: str = "", sets: Sequence[tuple[str, str]] = ()) -> Scenario:
    text = CENTER + "\n".join(lines)
    return parse_scenario(text if "handling:" in text else f"{text}\nhandling: {{talk: 3m}}", "s", folder, sets)


def world(*lines: str, replication: int = 0, folder: str = "") -> World:
    return make_world(scenario(*lines, folder=folder), replication)


def duties(made: World) -> list[tuple[float, str, str, float]]:
    """Return the roster as (hours, agent, duty, minutes)."""
    roster = made.roster
    return [
        (float(at) / HOUR, made.agents[agent], Duty(duty).name, float(length) / 60)
        for at, agent, duty, length in zip(roster.at_s, roster.agent, roster.duty, roster.length_s, strict=True)
    ]


def there(made: World, hour: float) -> set[str]:
    """Return who is on duty just after an hour."""
    found: set[str] = set()
    for at, agent, duty, _ in duties(made):
        if at <= hour and duty != "BREAK":
            (found.add if duty == "SIGN_IN" else found.discard)(agent)
    return found


def constant(made: World, index: int) -> float:
    assert made.distributions[index].shape is Shape.CONSTANT
    return made.distributions[index].parameters[0]


# ---------------------------------------------------------------------- slots, targets, types


def test_slots_and_targets_are_those_of_the_center() -> None:
    made = world("run: {targets: [1m, 10s, 60s]}")
    assert made.queues == ("q", "r")
    assert made.tiers == ("standard", "vip")
    assert made.agents == ("anna", "ben", "carla", "g-1", "g-2", "g-3", "g-4", "desk-1", "desk-2")
    # the queue's own factor, where it has one
    assert (made.target_ns / 1e9).tolist() == [[20, 5], [60, 30]]
    assert made.thresholds_ns.tolist() == [10 * 10**9, 60 * 10**9]


def test_agents_do_not_lose_touch() -> None:
    made = scenario()
    assert made.center.settings.lease_ns == 60 * 10**9
    [configure] = [one for one in make_world(made).definitions if one.op == Op.CONFIGURE]
    leases = [one.value for one in configure.items if one.kind == ItemKind.FIELD and one.key == Setting.LEASE_NS]
    assert leases == [0]


def test_a_group_is_a_type_and_equal_agents_share_one() -> None:
    made = world()
    assert [kind.name for kind in made.types] == ["anna, ben", "carla", "g", "h"]
    assert made.type_of.tolist() == [0, 0, 1, 2, 2, 2, 2, 3, 3]


def test_types_are_split_where_a_rule_names_some_agents() -> None:
    made = world(
        "handling: [{talk: 3m}, {agents: [g-2, ben], talk: 2m}]",
        "workforce: {behavior: [{agents: [g, h], miss: 0.1}, {agents: g-4, miss: 0.2}]}",
    )
    names = [made.types[kind].name for kind in made.type_of]
    assert names == ["anna", "ben", "carla", "g (g-1, g-3)", "g (g-2)", "g (g-1, g-3)", "g (g-4)", "h", "h"]
    assert [made.types[kind].miss_share for kind in made.type_of] == [0, 0, 0, 0.1, 0.1, 0.1, 0.2, 0.1, 0.1]


def test_the_last_rule_that_holds_says_talk_and_wrap_up() -> None:
    made = world(
        "handling:",
        "  - {talk: 1s, wrap_up: 11s}",
        "  - {queue: q, talk: 2s}",
        "  - {tier: vip, talk: 3s}",
        "  - {skill: {a: 5}, talk: 4s}",
        "  - {queue: r, agents: [h, ben], talk: 5s, wrap_up: 55s}",
    )
    talk = [[[constant(made, one) for one in row] for row in rows] for rows in made.handle]
    # types: anna; ben; carla; g; h
    assert [kind.name for kind in made.types] == ["anna", "ben", "carla", "g", "h"]
    assert talk == [[[4, 4, 2, 2, 2], [4, 4, 3, 3, 3]], [[4, 5, 1, 1, 5], [4, 5, 3, 3, 5]]]
    assert [[constant(made, one) for one in row] for row in made.wrap_up] == [[11] * 5, [11, 55, 11, 11, 55]]


def test_what_nobody_says_is_left_to_the_router() -> None:
    made = world("handling: {queue: q, agents: g, talk: 3m}")
    assert constant(made, int(made.handle[0, 1, 2])) == 180
    assert {constant(made, int(one)) for one in made.handle[1].ravel()} == {0}  # nobody comes there
    assert simulate(made).arrivals == 0
    assert (made.wrap_up == NONE).all()
    assert made.types[0].pick_up == NONE
    assert made.behaviors[0][0].patience == NONE
    assert made.work[0].short_s == 0
    assert made.n_intervals() == 48


def test_customers_rules_are_told_field_by_field() -> None:
    made = world(
        "customers:",
        "  - {patience: 60s, short_abandon: 5s, retry: {share: 0.5, after: 9m, most: 2}}",
        "  - {tier: vip, patience: 90s, balk: {share: 0.2, from: 3}}",
        "  - {queue: r, patience: never, callback: {after: 2m, share: 0.3, queue: q}}",
        "handling: [{talk: 1m, failure: 0.01}, {queue: r, transfers: [{share: 0.1, queue: q, tier: vip}], failure: 0}]",
        "workforce: {behavior: [{slowdown: {chat: 0.2}, rest: {share: 0.1, for: 5m}}, {agents: h, slowdown: {}}]}",
    )
    one, other = made.behaviors[0]
    assert [constant(made, one.patience), constant(made, other.patience)] == [60, 90]
    assert (one.balk_share, other.balk_share, other.balk_from) == (0, 0.2, 3)
    assert (other.retry_share, constant(made, other.retry_after), other.most_retries) == (0.5, 540, 2)
    assert one.callback_after_s == ALWAYS
    elsewhere = made.behaviors[1][1]
    assert (elsewhere.patience, elsewhere.callback_after_s, elsewhere.callback_share) == (NONE, 120, 0.3)
    assert elsewhere.callback_queue == 0
    assert [work.short_s for work in made.work] == [5, 5]
    assert [work.failure_share for work in made.work] == [0.01, 0]
    assert [(one.share, one.queue, one.tier) for one in made.work[1].transfers] == [(0.1, 0, 1)]
    assert [kind.slowdown for kind in made.types] == [(0.0, 0.2)] * 3 + [()]
    assert {kind.rest_share for kind in made.types} == {0.1}


def test_mixtures_of_mixtures_reach_the_engine_flat() -> None:
    made = world(
        "handling:",
        "  talk:",
        "    mixture:",
        "      - {share: 0.5, of: {hyperexponential: [{share: 0.5, mean: 1m}, {share: 0.5, mean: 2m}], at_most: 5m}}",
        "      - {share: 0.5, of: 1m}",
    )
    mixture = made.distributions[int(made.handle[0, 0, 0])]
    assert mixture.shape is Shape.MIXTURE
    parts = [made.distributions[int(index)] for index in mixture.parameters[1::2]]
    assert mixture.parameters[0::2] == (0.25, 0.25, 0.5)
    assert [(part.shape, part.parameters, part.at_most) for part in parts] == [
        (Shape.EXPONENTIAL, (60.0,), 300.0),
        (Shape.EXPONENTIAL, (120.0,), 300.0),
        (Shape.CONSTANT, (60.0,), ALWAYS),
    ]


# ---------------------------------------------------------------------- demand


def test_a_constant_rate_never_ends() -> None:
    [source] = world("demand: [{queue: q, tiers: {vip: 0.2, standard: 0.8}, calls_per_hour: 36}]").sources
    assert source.edges_s.tolist() == [0, float(ALWAYS)]
    assert source.edges_s.dtype == np.float64
    assert source.rates_per_s.tolist() == [0.01]
    assert [(one.share, one.queue, one.tier) for one in source.choices] == [(0.2, 0, 1), (0.8, 0, 0)]


def test_a_mixture_of_queues_and_tiers_multiplies_shares() -> None:
    [source] = world(
        "demand:",
        "  - mix: [{queue: q, share: 0.5}, {queue: r, tier: vip, share: 0.3}, {queue: r, share: 0.2}]",
        "    tiers: {vip: 0.25, standard: 0.75}",
        "    calls_per_hour: 1",
        "    self_service: {contained: 0.3, length: 40s}",
        "    batch: {uniform: [1, 3]}",
    ).sources
    shares = {(one.queue, one.tier): one.share for one in source.choices}
    assert shares == pytest.approx({(0, 1): 0.125, (0, 0): 0.375, (1, 1): 0.35, (1, 0): 0.15})
    assert source.self_service is not None
    assert source.self_service.contained == 0.3
    assert source.batch != NONE


def test_rates_are_by_days_and_hours_on_the_wall() -> None:
    [source] = world(
        "demand:",
        "  - queue: q",
        "    rates:",
        "      - {days: mon, start: 08:00, interval: 30m, per_hour: [36, 36, 72]}",
        "      - {days: tue, start: 23:00, per_hour: [36, 108]}",
        "run: {start: 2026-01-05 08:30, horizon: 3d}",
    ).sources
    # Monday 8:30-9:00 is the second interval, Tuesday's second one is on Wednesday
    assert (source.edges_s / HOUR).tolist() == [0, 0.5, 1, 38.5, 39.5, 40.5]
    assert (source.rates_per_s * 100).tolist() == pytest.approx([1, 2, 0, 1, 3])


def test_an_hour_that_the_clock_leaves_out_has_no_customers_and_one_shown_twice_has_twice() -> None:
    lines = ("demand: [{queue: q, rates: {start: 00:00, per_hour: [1, 2, 3, 4]}}]",)
    settings = "time_zone: Europe/Berlin, horizon: 20h"
    [spring] = world(*lines, f"run: {{start: 2026-03-29, {settings}}}").sources
    assert (spring.edges_s / HOUR).tolist() == [0, 1, 2, 3]
    assert (spring.rates_per_s * HOUR).tolist() == [1, 2, 4]
    [autumn] = world(*lines, f"run: {{start: 2026-10-25, {settings}}}").sources
    assert (autumn.edges_s / HOUR).tolist() == [0, 1, 2, 4, 5]
    assert (autumn.rates_per_s * HOUR).tolist() == [1, 2, 3, 4]


def test_day_factors_are_drawn_once_a_day_by_replication_and_shared_or_not() -> None:
    lines = (
        "demand:",
        "  - {queue: q, calls_per_hour: 36, day_factor: {gamma: {mean: 1, sd: 0.2}}}",
        "  - {queue: q, calls_per_hour: 36, day_factor: {gamma: {mean: 1, sd: 0.2}}}",
        "  - {queue: q, calls_per_hour: 36}",
        "run: {horizon: 60d}",
    )
    first, second, plain = world(*lines).sources
    assert len(first.rates_per_s) == 60
    assert (np.diff(first.edges_s) == 24 * HOUR).all()
    assert len(plain.rates_per_s) == 1
    assert abs(float(np.corrcoef(first.rates_per_s, second.rates_per_s)[0, 1])) < 0.4
    assert first.rates_per_s.std() / 0.01 == pytest.approx(0.2, rel=0.3)
    assert (world(*lines).sources[0].rates_per_s == first.rates_per_s).all()
    assert (world(*lines, replication=1).sources[0].rates_per_s != first.rates_per_s).all()
    shared = world(*lines, "demand_factor: {gamma: {mean: 1, sd: 0.2}}").sources
    factor = shared[2].rates_per_s / 0.01
    assert shared[0].rates_per_s == pytest.approx(first.rates_per_s * factor)


def test_another_center_meets_the_same_days() -> None:
    lines = (
        "demand: [{queue: q, calls_per_hour: 36, day_factor: {gamma: {mean: 1, sd: 0.2}}}]",
        "workforce: {shifts: [{agents: g, shift: 08:00-16:00, late: {exponential: 9m}, absent: 0.3}]}",
        "run: {horizon: 5d}",
    )
    one = make_world(scenario(*lines), 3)
    other = make_world(scenario(*lines, sets=[("center.queues.q.target", "1m"), ("center.settings.seed", "9")]), 3)
    assert (one.sources[0].rates_per_s == other.sources[0].rates_per_s).all()
    assert (one.roster.at_s == other.roster.at_s).all()
    assert (one.target_ns != other.target_ns).any()


def test_counts_are_those_of_the_date_or_of_a_drawn_one(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(
        "date,start,calls,queue,tier\n"
        "2026-01-05,08:00,18,q,vip\n2026-01-05,08:30,9,q,vip\n2026-01-05,08:00,1,r,\n"
        "2026-01-12,08:00,36,q,vip\n2026-01-12,08:00,2,r,\n",
        encoding="utf-8",
    )
    source = "demand: [{calls: {file: c.csv, dates: %s}, tiers: {vip: 0.5, standard: 0.5}}]"
    q, r = world(source % "same", folder=str(tmp_path)).sources
    assert (q.edges_s / HOUR).tolist() == [0, 8, 8.5, 9]
    assert q.rates_per_s.tolist() == pytest.approx([0, 0.01, 0.005])
    assert [(one.queue, one.tier, one.share) for one in q.choices] == [(0, 1, 1.0)]
    assert [(one.queue, one.tier, one.share) for one in r.choices] == [(1, 1, 0.5), (1, 0, 0.5)]
    drawn = [
        tuple(round(one.rates_per_s.max() * 1_800) for one in made.sources)
        for made in (world(source % "drawn", replication=number, folder=str(tmp_path)) for number in range(40))
    ]
    # all of a date together, and both dates about as often
    assert set(drawn) == {(18, 1), (36, 2)}
    assert 8 <= drawn.count((18, 1)) <= 32


def test_a_trace_says_what_it_says_and_the_rest_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "time,queue,tier,patience_s,handle_s,since_s\n"
        "2026-01-05 09:00:01.5,r,,never,,\n2026-01-05 08:30,,vip,30,99,-10\n2026-01-05 07:59,q,,,,\n",
        encoding="utf-8",
    )
    lines = ("demand: [{trace: t.csv, queue: q, tiers: {vip: 1}}]", "run: {start: 2026-01-05 08:00, horizon: 2h}")
    [trace] = world(*lines, folder=str(tmp_path)).traces
    assert trace.at_s.tolist() == [1_800, 3_601.5]
    assert trace.queue.tolist() == [0, 1]
    assert trace.tier.tolist() == [1, 1]
    assert trace.patience_s.tolist() == [30, float(ALWAYS)]
    assert trace.handle_s[0] == 99
    assert np.isnan(trace.handle_s[1])
    assert trace.since_s is not None
    assert trace.since_s.tolist() == [-10, 3_601.5]


def test_what_a_trace_leaves_open_is_drawn_by_shares(tmp_path: Path) -> None:
    rows = "".join(f"{number},\n" for number in range(2_000))
    (tmp_path / "t.csv").write_text(f"arrival_s,queue\n{rows}", encoding="utf-8")
    source = "{trace: t.csv, mix: [{queue: q, share: 0.8}, {queue: r, tier: vip, share: 0.2}]}"
    [trace] = world(f"demand: [{source}]", folder=str(tmp_path)).traces
    assert trace.queue.mean() == pytest.approx(0.2, abs=0.04)
    assert (trace.tier == trace.queue).all()  # q's are of the default tier
    [again] = world(f"demand: [{source}]", folder=str(tmp_path)).traces
    assert (again.queue == trace.queue).all()


def test_a_backlog_waits_from_before_the_beginning() -> None:
    [trace] = world(
        "backlog: [{queue: q, count: 3, age: {uniform: [1m, 2m]}}, {queue: r, tier: vip, count: 2}]",
    ).traces
    assert trace.at_s.tolist() == [0] * 5
    assert trace.since_s is not None
    assert (np.diff(trace.since_s) >= 0).all()
    assert (trace.since_s[:3] >= -120).all()
    assert (trace.since_s[:3] <= -60).all()
    assert trace.since_s[3:].tolist() == [0, 0]
    assert trace.queue.tolist() == [0, 0, 0, 1, 1]
    assert trace.tier.tolist() == [0, 0, 0, 1, 1]


@pytest.mark.plain
def test_what_is_expected_is_what_comes(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("arrival_s,queue\n5,r\n", encoding="utf-8")
    made = scenario(
        "demand:",
        "  - {queue: q, tiers: {vip: 0.5, standard: 0.5}, calls_per_hour: 300, day_factor: {uniform: [0.9, 1.1]}}",
        "  - {trace: t.csv}",
        "  - {queue: r, rates: {per_hour: [60, 120]}, batch: 2}",
        "backlog: [{queue: q, count: 50}]",
        folder=str(tmp_path),
    )
    assert expected_customers(made).tolist() == [[3_650, 3_600], [361, 0]]
    counted = np.zeros((2, 2))
    for replication in range(10):
        counted += simulate(make_world(made, replication)).customers[..., Count.OFFERED].sum(axis=(0, 1)) / 10
    assert counted == pytest.approx(expected_customers(made), rel=0.12)
    customers, agents = tables_of(made)
    assert [row[:3] for row in customers.rows] == [
        ("q", "standard", "3,650"),
        ("q", "vip", "3,600"),
        ("r", "standard", "361"),
    ]
    assert agents.rows[0] == ("anna, ben", "2", "48.0", "q, r")


# ---------------------------------------------------------------------- rosters


def test_without_a_workforce_everybody_is_always_there() -> None:
    made = world()
    assert duties(made) == [(0, name, "SIGN_IN", 0) for name in made.agents]


def test_shifts_take_the_first_who_are_free_and_end_before_the_horizon_only() -> None:
    made = world(
        "workforce:",
        "  shifts:",
        "    - {agents: g, count: 2, shift: 08:00-16:00, days: mon}",
        "    - {agents: [g-3, g], count: 2, shift: 22:00-06:00, days: mon}",
        "    - {agents: anna, shift: 20:00-00:00, days: tue}",
        "run: {horizon: 48h}",
    )
    assert duties(made) == [
        (8, "g-1", "SIGN_IN", 0),
        (8, "g-2", "SIGN_IN", 0),
        (16, "g-1", "LEAVE", 0),
        (16, "g-2", "LEAVE", 0),
        (22, "g-3", "SIGN_IN", 0),
        (22, "g-4", "SIGN_IN", 0),
        (30, "g-3", "LEAVE", 0),
        (30, "g-4", "LEAVE", 0),
        (44, "anna", "SIGN_IN", 0),
    ]


def test_who_is_in_a_shift_when_it_begins_is_there_and_in_a_break_for_the_rest_of_it() -> None:
    made = world(
        "workforce:",
        "  shifts: [{agents: g-1, shift: 22:00-06:00, breaks: [{at: 01:30, for: 45m}, {at: 02:30, for: 15m}]}]",
        "run: {start: 2026-01-05 02:00, horizon: 6h}",
    )
    assert duties(made) == [
        (0, "g-1", "SIGN_IN", 0),
        (0, "g-1", "BREAK", 15),
        (0.5, "g-1", "BREAK", 15),
        (4, "g-1", "LEAVE", 0),
    ]


def test_breaks_are_spread_over_agents() -> None:
    made = world("workforce: {shifts: [{agents: g, shift: 08:00-16:00, breaks: {at: 11:00, for: 30m, spread: 2h}}]}")
    assert [one for one in duties(made) if one[2] == "BREAK"] == [
        (11 + number / 2, f"g-{number + 1}", "BREAK", 30) for number in range(4)
    ]


def test_shifts_that_touch_are_one() -> None:
    made = world(
        "workforce: {shifts: [{agents: anna, shift: 00:00-24:00, late: {exponential: 9m}}]}", "run: {horizon: 5d}"
    )
    late = duties(made)
    # the day before the run began has its shift too, so nobody comes late to the first day
    assert late == [(0, "anna", "SIGN_IN", 0)]
    split = world("workforce: {shifts: [{agents: ben, shift: 08:00-12:00}, {agents: ben, shift: 12:00-17:00}]}")
    assert duties(split) == [(8, "ben", "SIGN_IN", 0), (17, "ben", "LEAVE", 0)]


def test_lateness_and_absence_are_drawn_by_agent_day_and_replication() -> None:
    lines = (
        "workforce: {shifts: [{agents: [g, h], shift: 08:00-16:00, late: {exponential: 6m}, absent: 0.25}]}",
        "run: {horizon: 100d}",
    )
    made = world(*lines)
    begins = [at % 24 for at, _, duty, _ in duties(made) if duty == "SIGN_IN"]
    assert len(begins) == pytest.approx(600 * 0.75, rel=0.1)
    assert (np.mean(begins) - 8) * 60 == pytest.approx(6, rel=0.2)
    assert duties(world(*lines)) == duties(made)
    assert duties(world(*lines, replication=1)) != duties(made)


def test_who_would_come_after_the_end_stays_away() -> None:
    made = world("workforce: {shifts: [{agents: g, shift: 08:00-09:00, late: 1h}]}")
    assert duties(made) == []


def test_staffing_lets_the_last_go_first() -> None:
    made = world("workforce: {staffing: {g: {start: 08:00, interval: 2h, count: [2, 4, 1]}}}")
    assert [sorted(there(made, hour)) for hour in (7.9, 8, 10, 12, 14)] == [
        [],
        ["g-1", "g-2"],
        ["g-1", "g-2", "g-3", "g-4"],
        ["g-1"],
        [],
    ]
    signed_in = [agent for _, agent, duty, _ in duties(made) if duty == "SIGN_IN"]
    assert sorted(signed_in) == ["g-1", "g-2", "g-3", "g-4"]


@pytest.mark.parametrize(("ending", "ends"), [("stop", 0), ("doors_shut", 0), ("run_on", 2)])
def test_who_is_there_at_the_horizon_stays_unless_life_goes_on(ending: str, ends: int) -> None:
    made = world("workforce: {staffing: {g: {interval: 2h, count: [1, 2]}}}", f"run: {{horizon: 4h, ending: {ending}}}")
    assert made.ending is Ending[ending.upper()]
    assert len([one for one in duties(made) if one[2] == "LEAVE" and one[0] == 4]) == ends


def test_agents_serve_only_while_they_are_there() -> None:
    made = world(
        "demand: [{queue: q, calls_per_hour: 30}]",
        "handling: {talk: 1m}",
        "workforce: {shifts: [{agents: g, shift: 09:00-11:00}]}",
        "run: {horizon: 12h, interval: 1h, ending: doors_shut, most_overtime: 0s}",
    )
    tally = simulate(made)
    staffed = tally.agent_s.sum(axis=(0, 2, 3)) / HOUR
    assert staffed[9:11] == pytest.approx([4, 4])
    assert staffed[:9].sum() == 0
    assert staffed[11:].sum() < 0.1  # who is at work at 11 finishes that
    answered = tally.customers[..., Count.ANSWERED].sum()
    assert 150 < answered < 400
    assert tally.customers[..., Count.UNFINISHED].sum() > 0


def test_opening_hours_are_the_centers() -> None:
    made = make_world(
        scenario(
            "demand: [{queue: q, calls_per_hour: 60}]",
            "run: {horizon: 24h, interval: 1h}",
            sets=[
                ("center.calendars", "{shop: {time_zone: UTC, hours: {mon: ['08:00-10:00']}}}"),
                ("center.queues.q.calendar", "shop"),
            ],
        )
    )
    assert [one.op for one in made.openings] == [Op.SET_QUEUE] * 3
    tally = simulate(made)
    rejected = tally.customers[..., Count.REJECTED].sum(axis=(0, 2, 3))
    offered = tally.customers[..., Count.OFFERED].sum(axis=(0, 2, 3))
    assert rejected[8:10].sum() == 0
    assert rejected.sum() == offered[:8].sum() + offered[10:].sum()
