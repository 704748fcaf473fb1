"""The sample bank: the estimators, the fitted files, a day generated, replayed and lived against the router."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from acdcore.bench.demo.center import replay_center
from acdcore.bench.exact_day import ExactDay
from acdcore.config import Center, center_commands, load_center, parse_center
from acdcore.router import Core
from acdcore.router.codes import Result
from acdcore.router.reference import Reference
from acdcore.sim import fit_bank
from acdcore.sim.demand import BankDay, DemandError, generate_day, load_day, sample_path, time_of_day
from acdcore.sim.fit import Handling, Hazard, fit_handling, fit_hazard, kaplan_meier
from acdcore.sim.fit_bank_write import deal, shifts
from acdcore.sim.outcome import Outcome, quantile, service, waits
from acdcore.sim.replay import prepare
from acdcore.sim.staff import Absence, Break, absences, infer_agents, on_duty, skills_of
from acdcore.sim.trace import TraceCall

DAY = dt.date(2024, 3, 4)


@pytest.fixture(scope="module")
def figures() -> BankDay:
    return load_day(sample_path("bank_day.yaml"))


@pytest.fixture(scope="module")
def center() -> Center:
    return load_center(sample_path("bank_center.yaml"))


def router_of(center: Center, kind: type[Core | Reference] = Core) -> Core | Reference:
    router = kind()
    for command in center_commands(center, 0):
        assert router.apply(command).code == Result.OK
    router.drain()
    return router


# ------------------------------------------------------------------ estimators


def test_kaplan_meier_counts_the_answered_as_still_waiting() -> None:
    # 10 waits: ends at 1 and 3, censored at 2; by hand: 3/4 after 1, then 1 of 2 at risk at 3
    survival = kaplan_meier(np.asarray([1.0, 2.0, 3.0, 4.0]), np.asarray([True, False, True, False]))
    assert survival.share.tolist() == pytest.approx([0.75, 0.75, 0.375, 0.375])
    assert survival.quantile_s(0.25) == 1.0
    assert survival.quantile_s(0.9) == math.inf
    assert survival.mean_s() == pytest.approx(1.0 + 0.75 * 2 + 0.375)


def test_a_hazard_is_found_again_through_censoring() -> None:
    truth = Hazard((0.0, 30.0, 120.0), (0.004, 0.012, 0.003))
    random = np.random.default_rng(20240304)
    patience = truth.draw(random, np.zeros(60_000), np.ones(60_000))
    waits_s = np.minimum(patience, random.exponential(90.0, 60_000))
    fitted = fit_hazard(waits_s, patience <= waits_s, truth.from_s)
    for rate, wanted in zip(fitted.per_s, truth.per_s, strict=True):
        assert rate == pytest.approx(wanted, rel=0.06)  # 4 standard errors of the least counted piece
    assert float(patience.mean()) == pytest.approx(truth.mean_s(), rel=0.03)


def test_conditional_patience_exceeds_what_was_waited() -> None:
    hazard = Hazard((0.0, 10.0, 20.0), (0.1, 0.0, 0.02))
    beyond = np.asarray([0.0, 15.0, 400.0] * 1000)
    drawn = hazard.draw(np.random.default_rng(1), beyond, np.ones(beyond.size))
    assert np.all(drawn >= beyond)
    assert not np.any((drawn > 10.0 + 1e-9) & (drawn < 20.0 - 1e-9))  # nobody ends where the hazard is 0
    assert hazard.share_beyond(20.0) == pytest.approx(math.exp(-1.0))


def test_handle_times_are_split_into_short_and_long() -> None:
    truth = Handling(0.1, 1.0, 5.0, 0.5)
    drawn = truth.draw(np.random.default_rng(7), 50_000, 1e9)
    fitted = fit_handling(drawn, 10.0)
    assert fitted.log_mean == pytest.approx(truth.log_mean, abs=0.02)
    assert fitted.log_sd == pytest.approx(truth.log_sd, abs=0.02)
    assert fitted.mean_s() == pytest.approx(float(drawn.mean()), rel=0.02)
    with pytest.raises(ValueError, match="only 1 handle times"):
        fit_handling(np.asarray([100.0, 1.0]), 10.0)
    with pytest.raises(ValueError, match="nothing ended beyond 60 s"):
        fit_hazard(np.asarray([10.0, 70.0]), np.asarray([True, False]), (0, 60))


# ------------------------------------------------------------------ agents inferred


def call(
    call_id: str, arrived: float, wait: float, handle: float | None, agent: str = "", queue: str = "q"
) -> TraceCall:
    answered = handle is not None
    return TraceCall(call_id, DAY, arrived, queue, "vip", wait, answered, handle or 0.0, agent)


def test_whoever_leaves_a_call_waiting_is_away() -> None:
    calls = [
        call("1", 100, 0, 50, "ann"),  # until 150
        call("2", 140, 40, 20, "ann"),  # waited until 180: 30 s of wrap-up, seen; until 200
        call("3", 190, 110, None),  # waited until 300 in vain
        call("4", 900, 0, 100, "ann"),  # so she was away for at least 100 s of the 700 after 200
        call("5", 9000, 0, 10, "ann"),  # 8000 s without a call, though nobody waited
    ]
    [ann] = infer_agents(calls, {"ann": ["q"]})
    assert (ann.from_s, ann.to_s) == (100, 9010)
    assert list(ann.wrap_ups_s) == [30]
    assert list(ann.breaks) == [Break(200, 100), Break(1000, 8000)]
    assert absences(calls, {"ann": ["q"]}) == [Absence(30, True), Absence(100, False)]
    [deaf] = infer_agents(calls, {"ann": ["other"]})  # nobody waited for her skills
    assert list(deaf.wrap_ups_s) == [0, 0]
    assert [rest.for_s for rest in deaf.breaks] == [8000]
    assert on_duty([ann], 1800.0, [0.0, 1800.0, 9000.0]) == pytest.approx([900 / 1800, 0.0, 10 / 1800])


def test_strays_make_no_skill() -> None:
    calls = [call(str(n), n, 0, 1, "ann", "main") for n in range(3)] + [call("s", 9, 0, 1, "ann", "stray")]
    calls += [call("b", 10, 0, 1, "bob", "rare")]
    assert skills_of(calls) == {"ann": {"main": 3}, "bob": {"rare": 1}}


# ------------------------------------------------------------------ the fitted files


def test_the_fitted_center_is_a_valid_center(center: Center, figures: BankDay) -> None:
    assert set(figures.queues) == set(center.queues)
    on_shift = {shift.agent for shift in figures.workforce.shifts}
    assert on_shift == set(center.all_agents())
    assert router_of(center).center().queues == len(figures.queues)


def test_the_fitted_day_is_a_busy_day_of_a_bank(figures: BankDay) -> None:
    expected = sum(sum(queue.calls_per_half_hour) for queue in figures.queues.values())
    assert expected == pytest.approx(figures.observed.calls_per_day, rel=0.001)
    assert 1300 < expected < 2500
    handle = sum(sum(q.calls_per_half_hour) * q.handling.handling().mean_s() for q in figures.queues.values())
    assert handle / expected == pytest.approx(figures.observed.handle_s, rel=0.05)
    vip, standard = (figures.patience[tier].hazard().mean_s() for tier in ("vip", "standard"))
    assert standard < figures.observed.patience_s < vip
    assert figures.observed.vip_first_within_head_start > 0.5
    assert figures.observed.vip_first_beyond_head_start < 0.05


@pytest.mark.plain
@pytest.mark.slow
def test_the_fit_gives_the_committed_files_again(shared_dir: Path, tmp_path: Path) -> None:
    folder = shared_dir / "data" / "anonymous-bank"
    files = [str(folder / f"1999-{month}.csv.gz") for month in ("01", "03", "05")]
    if not all(Path(name).is_file() for name in files):
        pytest.skip(f"needs the bank's record in {folder}")
    assert fit_bank.main([*files, "--out", str(tmp_path)]) == 0
    for name in ("bank_day.yaml", "bank_center.yaml"):
        assert (tmp_path / name).read_text("utf-8") == sample_path(name).read_text("utf-8")


def test_a_demand_file_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    text = sample_path("bank_day.yaml").read_text("utf-8")
    for old, new, message in (
        ("short_share: 0.0488", "short_share: 1.5", "queues.regular.handling.short_share"),
        ('closes: "24:00"', 'closes: "23:00"', "calls_per_half_hour has 34 figures, must have 32"),
        ("vip: 0.632", "gold: 0.632", "queues.regular.tier_shares.gold is no tier"),
        ("vip: 0.632", "vip: 0.9", "must add up to 1"),
        ("from_s: [0, 5, 10,", "from_s: [0, 5, 5,", "must begin with 0 and ascend"),
        ("  pick_up_least_s: 1\n", "", "workforce.pick_up_least_s"),
        ("day: busy", "days: 3\nday: busy", "days"),
        ('end: "12:30"', 'end: "06:00"', "must end after it starts"),
        ("patience:", "patience: [", "while parsing"),
    ):
        assert old in text
        (tmp_path / "day.yaml").write_text(text.replace(old, new, 1), "utf-8")
        with pytest.raises(DemandError) as caught:
            load_day(tmp_path / "day.yaml")
        assert message in str(caught.value)


def test_times_of_day() -> None:
    assert (time_of_day("00:00"), time_of_day("07:30"), time_of_day("24:00")) == (0.0, 27000.0, 86400.0)
    for wrong in ("24:01", "7:00", "07:60", "noon", "٠٧:٠٠"):
        with pytest.raises(ValueError, match="HH:MM"):
            time_of_day(wrong)


def test_shifts_follow_the_profile_and_nobody_stays_too_long() -> None:
    profile = [1.2, 2.6, 3.4, 3.0] + [2.0] * 30
    spans = shifts(profile)
    for slot, wanted in enumerate(profile):
        assert sum(start <= slot < end for start, end in spans) == round(wanted)
    assert max(end - start for start, end in spans) <= 16


def test_skill_sets_are_dealt_by_their_shares() -> None:
    sets = [fit_bank.SkillSet({"a": 1}, 0.5), fit_bank.SkillSet({"b": 1}, 0.3), fit_bank.SkillSet({"c": 1}, 0.2)]
    dealt = [next(iter(chosen.levels)) for chosen in deal(sets, 10)]
    assert (dealt.count("a"), dealt.count("b"), dealt.count("c")) == (5, 3, 2)
    assert len(set(dealt[:4])) == 3  # mixed from the start, not block after block


# ------------------------------------------------------------------ a day generated


def test_the_same_seed_gives_the_same_day_and_another_seed_another(figures: BankDay) -> None:
    assert generate_day(figures, 5) == generate_day(figures, 5)
    assert generate_day(figures, 5).callers != generate_day(figures, 6).callers


def test_streams_are_independent(figures: BankDay) -> None:
    whole = generate_day(figures, 5)
    queues = dict(figures.queues)
    del queues["stocks"]
    fewer = generate_day(figures.model_copy(update={"queues": queues}), 5)
    assert fewer.callers == tuple(caller for caller in whole.callers if caller.queue != "stocks")
    assert fewer.agents == whole.agents
    impatient = dict(figures.patience)
    impatient["vip"] = impatient["standard"]
    other = generate_day(figures.model_copy(update={"patience": impatient}), 5)
    assert [replace(caller, patience_s=0) for caller in other.callers] == [
        replace(caller, patience_s=0) for caller in whole.callers
    ]


def test_a_generated_day_is_as_large_as_its_figures(figures: BankDay) -> None:
    sizes = [len(generate_day(figures, seed).callers) for seed in range(20)]
    expected = figures.observed.calls_per_day
    assert abs(sum(sizes) / 20 - expected) < 5 * math.sqrt(expected / 20)  # Poisson
    day = generate_day(figures, 1, until_s=9 * 3600.0)
    assert all(day.starts_s <= caller.arrival_s < 9 * 3600.0 for caller in day.callers)
    assert all(agent.to_s <= 9 * 3600.0 for agent in day.agents)
    assert all(caller.handle_s <= 3600.0 and caller.patience_s > 0 for caller in day.callers)
    with pytest.raises(ValueError, match="positive"):
        generate_day(figures, 1, until_s=3600.0)


# ------------------------------------------------------------------ a day lived


def test_a_day_against_the_router_adds_up_and_looks_like_the_record(center: Center, figures: BankDay) -> None:
    outcomes = []
    for seed in (1, 2, 7):  # in the seventh an agent's shift ends while a call rings at her
        day = generate_day(figures, seed)
        lived = ExactDay(router := router_of(center), day).run()
        router.check_invariants()
        assert [outcome.call_id for outcome in lived] == [caller.call_id for caller in day.callers]
        for outcome, caller in zip(lived, day.callers, strict=True):
            if outcome.answered:
                assert outcome.handle_s == pytest.approx(caller.handle_s)
                assert outcome.wait_s <= caller.patience_s + 1e-6
            else:
                assert outcome.wait_s == pytest.approx(caller.patience_s)
        outcomes += lived
    # three days differ from the record's mean by chance; the record's own days vary from 0.1 to 0.35
    assert service(outcomes).abandoned_share == pytest.approx(figures.observed.abandoned_share, abs=0.1)
    assert waits(outcomes).queued / len(outcomes) == pytest.approx(figures.observed.queued_share, abs=0.1)
    by_tier = {tier: waits(o for o in outcomes if o.tier == tier) for tier in ("vip", "standard")}
    assert by_tier["vip"].mean_s < by_tier["standard"].mean_s


@pytest.mark.plain
def test_a_day_is_the_same_to_the_last_bit_on_both_routers(center: Center, figures: BankDay) -> None:
    day = generate_day(figures, 9)
    compiled, readable = router_of(center, Core), router_of(center, Reference)
    assert ExactDay(compiled, day).run() == ExactDay(readable, day).run()
    assert compiled.state_hash() == readable.state_hash()
    assert compiled.figures(0, 0) == readable.figures(0, 0)


def test_a_replayed_day_keeps_what_was_recorded() -> None:
    calls = [call(str(n), 1000.0 + 20 * n, 0.0 if n % 3 else 5.0, 60.0, "ann") for n in range(30)]
    calls += [call(f"x{n}", 1500.0 + n, 30.0 + n, None) for n in range(12)]
    calls += [replace(calls[0], call_id="unknown", arrived_s=1700.0, tier="", wait_s=0.0, agent="")]
    replay = prepare(sorted(calls, key=lambda c: c.arrived_s), seed=3)
    [recorded] = replay.days
    by_id = {caller.call_id: caller for caller in recorded.day.callers}
    assert len(by_id) == len(calls)
    assert by_id["unknown"].tier == "vip"  # the queue's recorded calls were all from VIPs
    for one in calls:
        again = by_id[one.call_id]
        assert again.arrival_s == one.arrived_s
        if one.answered:
            assert again.handle_s == one.handle_s
            assert again.patience_s >= one.wait_s
        else:
            assert again.patience_s == one.wait_s
            assert again.handle_s == 60.0  # as somebody else's
    assert prepare(calls, 3) == prepare(calls, 3)
    with pytest.raises(ValueError, match="no call on 2024-03-05"):
        prepare(calls, 3, [DAY + dt.timedelta(days=1)])
    lived = ExactDay(router_of(parse_center(replay_center(replay), "replay")), recorded.day).run()
    assert len(lived) == len(calls)


# ------------------------------------------------------------------ what managers ask


def outcome(wait: float, *, answered: bool, queued: bool = True) -> Outcome:
    return Outcome("", "q", "vip", 0.0, queued, answered, wait, 60.0 if answered else 0.0)


def test_service_level_by_its_formula() -> None:
    calls = [outcome(0, answered=True, queued=False), outcome(20, answered=True), outcome(70, answered=True)]
    calls += [outcome(10, answered=False), outcome(90, answered=False)]
    figure = service(calls)
    assert figure.service_level == pytest.approx(2 / (3 + 2 - 1))
    assert (figure.asa_s, figure.handle_s, figure.abandoned_share) == (30.0, 60.0, 0.4)
    queue = waits(calls)
    assert (queue.queued, queue.answered, queue.mean_s, queue.abandoned_share) == (4, 2, 45.0, 0.5)
    assert service([]).service_level == 0.0
    assert waits([]).p90_s == 0.0


def test_quantiles_are_values_that_occurred() -> None:
    assert [quantile([3, 1, 2, 4], share) for share in (0.0, 0.25, 0.26, 0.5, 0.99, 1.0)] == [1, 1, 2, 2, 4, 4]
