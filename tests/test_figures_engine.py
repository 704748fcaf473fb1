"""Figures of what the engine counts: they keep the laws that hold whatever happens, and agree with theory."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

import sim_worlds
from acdcore.router.codes import SECOND_NS
from acdcore.sim.compare import compare
from acdcore.sim.engine import simulate
from acdcore.sim.erlang import steady_state
from acdcore.sim.figures import Figures
from acdcore.sim.runs import run
from acdcore.sim.world import Behavior, Choice, Ending, QueueWork, Tally, World

REPLICATIONS = 6
HOUR_S = 3_600.0


def day(replication: int, agents: int = 7, ending: Ending = Ending.DOORS_SHUT) -> World:
    """Two queues and two tiers over four hours; some hang up, nobody is transferred."""
    return sim_worlds.world(
        agents,
        queues=(sim_worlds.AUTOMATIC,) * 2,
        tiers=2,
        talk=sim_worlds.exponential(180.0),
        distributions=(sim_worlds.exponential(120.0), sim_worlds.constant(20.0)),
        behavior=Behavior(patience=1),
        wrap_up=2,
        sources=tuple(sim_worlds.stream(0.01, queue, tier) for queue in range(2) for tier in range(2)),
        thresholds_ns=np.array([10, 30, 200], np.int64) * SECOND_NS,
        horizon_s=4 * HOUR_S,
        interval_s=HOUR_S,
        ending=ending,
        seed=11,
        replication=replication,
    )


def eight(replication: int) -> World:
    """The same customers with one agent more."""
    return day(replication, 8)


def transferring(replication: int) -> World:
    """Half of the talks go on in the other queue."""
    return sim_worlds.world(
        5,
        queues=(sim_worlds.AUTOMATIC,) * 2,
        talk=sim_worlds.exponential(60.0),
        work=(QueueWork(transfers=(Choice(0.5, 1),)), QueueWork()),
        sources=(sim_worlds.stream(0.03),),
        horizon_s=2 * HOUR_S,
        ending=Ending.DOORS_SHUT,
        seed=11,
        replication=replication,
    )


@pytest.fixture(scope="module")
def tallies() -> list[Tally]:
    return run(day, REPLICATIONS, 1)


@pytest.fixture(scope="module")
def figures(tallies: list[Tally]) -> Figures:
    return Figures.of(day(0), tallies)


@pytest.mark.parametrize("processes", [2, 3])
@pytest.mark.plain
def test_the_engine_counts_the_same_whatever_the_number_of_processes(tallies: list[Tally], processes: int) -> None:
    found = run(day, REPLICATIONS, processes)
    for one, other in zip(tallies, found, strict=True):
        for part in fields(Tally):
            assert np.array_equal(getattr(one, part.name), getattr(other, part.name)), part.name
    assert len({tally.digest for tally in found}) == REPLICATIONS


@pytest.mark.parametrize("by", [(), ("queue",), ("tier", "interval")])
def test_everybody_ends_in_one_way(figures: Figures, by: tuple[str, ...]) -> None:
    frame = figures.frame(by)
    ends = frame[["answered", "abandoned", "rejected", "expired", "unfinished"]].sum(axis=1)
    np.testing.assert_allclose(ends, frame["offered"])
    assert frame["abandoned"].sum() > 0.0


def test_littles_law_holds_of_what_was_counted(figures: Figures) -> None:
    # everybody is counted from door to door: the waits add up to the time that the queue stood, after hours too
    frame = figures.frame(["queue"])
    waited_s = frame["wait_s"] * (frame["answered"] + frame["abandoned"])
    stood_s = sum(tally.queue_s.sum(axis=(0, 1, 3)) for tally in figures.tallies) / REPLICATIONS
    np.testing.assert_allclose(waited_s, stood_s)
    in_hours = sum(tally.queue_s[:, :-1].sum() for tally in figures.tallies) / REPLICATIONS
    assert figures.frame()["queue_length"].item() == pytest.approx(in_hours / (4 * HOUR_S))


def test_agents_work_as_much_as_customers_are_served(figures: Figures) -> None:
    served_s = figures.frame()["aht_s"].item() * figures.frame()["handled"].item()
    worked_s = sum(tally.agent_s[..., 2:4].sum() for tally in figures.tallies) / REPLICATIONS
    assert served_s == pytest.approx(worked_s)
    agents = figures.agents().iloc[0]
    assert agents["staffed"] == pytest.approx(7.0)
    assert agents[["idle", "offered", "busy", "wrap_up", "away"]].sum() == pytest.approx(7.0)
    each = figures.each_agent()
    assert each["handled"].sum() == pytest.approx(figures.frame()["handled"].item())
    assert figures.fairness()["least"].item() < each["occupancy"].mean() < figures.fairness()["greatest"].item()


def test_curves_meet_the_exact_counts_within_a_bin(figures: Figures) -> None:
    curve, row = figures.wait_curve(), figures.frame().iloc[0]
    for threshold in (10, 30, 200):
        # a bin is at most 1/64 wide: the exact count lies between the curve a bin before and a bin after
        before = curve["answered_within"][curve.index <= threshold * (1 - 1 / 64)].iloc[-1]
        after = curve["answered_within"][curve.index <= threshold * (1 + 1 / 64)].iloc[-1]
        assert before - 1e-12 <= row[f"within_{threshold}_s"] <= after + 1e-12


def test_transfers_are_counted_where_they_go() -> None:
    frame = Figures.of(transferring(0), run(transferring, 3, 1)).frame(["queue"])
    assert frame["moved_in"].tolist() == [0.0, 0.0]
    assert frame["offered"]["queue1"] == frame["transferred"]["queue1"] > 0.0
    assert frame["handled"]["queue1"] == frame["transferred"]["queue1"]
    assert frame["answered"].tolist() == frame["offered"].tolist()


def test_an_agent_more_is_seen_through_the_same_customers(figures: Figures) -> None:
    more = Figures.of(eight(0), run(eight, REPLICATIONS, 1))
    paired, apart = (compare(figures, more, ["asa_s", "offered"], paired=paired).iloc[0] for paired in (True, False))
    assert paired["offered_low"] == paired["offered_high"] == 0.0
    assert paired["asa_s_high"] < 0.0
    assert paired["asa_s_high"] - paired["asa_s_low"] < apart["asa_s_high"] - apart["asa_s_low"]


TARGET_S = 0.25


def steady(replication: int, batches: int = 1, horizon_s: float = 4_100.0) -> World:
    """M/M/10+M: 9 customers come while one talk and while the patience of one lasts; the start is not counted."""
    return sim_worlds.world(
        10,
        distributions=(sim_worlds.exponential(1.0),),
        behavior=Behavior(patience=1),
        sources=(sim_worlds.stream(9.0),),
        target_ns=np.full((1, 1), int(TARGET_S * SECOND_NS), np.int64),
        thresholds_ns=np.array([int(TARGET_S * SECOND_NS)], np.int64),
        horizon_s=horizon_s,
        warm_up_s=100.0,
        batches=batches,
        ending=Ending.RUN_ON,
        seed=3,
        replication=replication,
    )


@pytest.mark.plain
@pytest.mark.parametrize("method", ["replications", "batches"])
def test_every_figure_of_erlang_a_is_inside_its_interval(method: str) -> None:
    confidence = 0.999  # of each of a dozen figures
    if method == "replications":
        figures = Figures.of(steady(0), run(steady, 12, 1), confidence)
    else:
        world = steady(0, batches=20, horizon_s=40_100.0)
        figures = Figures.of(world, [simulate(world)], confidence)
    assert figures.method == method
    theory = steady_state(9.0, 1.0, 10, patience_s=1.0)
    level = theory.service_level(TARGET_S)
    row, agents = figures.frame().iloc[0], figures.agents().iloc[0]
    assert theory.mean_wait_abandoned_s is not None
    assert level.without_short_abandons is not None
    wanted = {
        "service_level": level.offered,
        "service_level_short": level.without_short_abandons,
        "within_0.25_s": level.offered,
        "waits_within_0.25_s": level.waited_at_most,
        "abandon_share": theory.p_abandon,
        "wait_share": theory.p_wait,
        "asa_s": theory.asa_s,
        "wait_s": theory.mean_wait_s,
        "abandoned_wait_s": theory.mean_wait_abandoned_s,
        "queue_length": theory.mean_queue,
        "talk_s": 1.0,
    }
    for name, value in wanted.items():
        assert row[f"{name}_low"] <= value <= row[f"{name}_high"], name
        assert row[f"{name}_high"] - row[f"{name}_low"] < 0.3 * value, name  # and it says something
    assert agents["occupancy_low"] <= theory.occupancy <= agents["occupancy_high"]
    assert agents["occupancy_high"] - agents["occupancy_low"] < 0.03
    if method == "batches":
        assert (figures.batch_check().loc[list(wanted), 0].abs() < 3.0 / np.sqrt(20)).all()
