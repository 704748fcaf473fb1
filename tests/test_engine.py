"""The simulator's engine: small worlds that can be told by hand, and what must always add up."""

from __future__ import annotations

import re
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acdcore.router import Core
from acdcore.router.batch import COMMAND
from acdcore.router.codes import SECOND_NS, ChannelField, Op, QueueField
from acdcore.router.records import Command
from acdcore.router.reference import Reference
from acdcore.sim.engine import simulate
from acdcore.sim.world import (
    ALWAYS,
    CUSTOMER,
    WAIT_BINS,
    AgentType,
    Behavior,
    Choice,
    Count,
    Doing,
    Duty,
    Ending,
    Outcome,
    QueueWork,
    SelfService,
    Shape,
    Tally,
    World,
    wait_bin_edges_s,
)
from sim_worlds import AUTOMATIC, constant, exponential, roster, stream, total, trace, world

RINGING = AUTOMATIC | {QueueField.AUTO_ACCEPT: 0, QueueField.OFFER_NS: 20 * SECOND_NS}
WRAPPING = AUTOMATIC | {QueueField.WRAP_UP_NS: 60 * SECOND_NS}
FOREVER = ALWAYS


def rows(tally: Tally) -> list[tuple[float, float, float, str]]:
    """Return (arrival, wait, talk, outcome) of every customer, by arrival."""
    ordered = np.sort(tally.records, order="arrival_s")
    times = np.round(np.stack([ordered[name] for name in ("arrival_s", "wait_s", "talk_s")], axis=1), 6)
    return [
        (float(a), float(w), float(t), Outcome(o).name) for (a, w, t), o in zip(times, ordered["outcome"], strict=True)
    ]


# ------------------------------------------------------------------ told by hand


def test_one_agent_serves_in_turn() -> None:
    """Three come, one agent: waits are what is left of the talks before."""
    calls = trace((0.0, FOREVER, 10.0), (4.0, FOREVER, 10.0), (5.0, FOREVER, 10.0))
    told = simulate(world(traces=(calls,), records=True, horizon_s=100.0))
    assert rows(told) == [(0.0, 0.0, 10.0, "ANSWERED"), (4.0, 6.0, 10.0, "ANSWERED"), (5.0, 15.0, 10.0, "ANSWERED")]
    assert told.queue_s.sum() == pytest.approx(21.0)
    assert told.agents[0].tolist() == pytest.approx([70.0, 0.0, 30.0, 0.0, 0.0])
    assert told.ended_s == 100.0
    assert total(told, Count.WAITED) == 2


def test_who_loses_patience_hangs_up() -> None:
    calls = trace((0.0, FOREVER, 10.0), (4.0, 3.0, 10.0), (5.0, 5.5, 10.0))
    told = simulate(world(traces=(calls,), records=True))
    assert rows(told) == [(0.0, 0.0, 10.0, "ANSWERED"), (4.0, 3.0, 0.0, "ABANDONED"), (5.0, 5.0, 10.0, "ANSWERED")]
    assert total(told, Count.ABANDONED) == 1


def test_a_backlog_has_waited_before() -> None:
    """Whoever has waited longer is served first, and the whole wait counts."""
    backlog = trace((0.0, FOREVER, 10.0), (1.0, FOREVER, 1.0), (1.0, FOREVER, 1.0), since_s=(0.0, 0.0, -50.0))
    told = simulate(world(traces=(backlog,), records=True, start_ns=1_000 * SECOND_NS))
    assert sorted(row[1] for row in rows(told)) == [0.0, 11.0, 60.0]


def test_an_offer_rings_until_it_is_picked_up() -> None:
    agents = AgentType("all", pick_up=1)
    calls = trace((0.0, FOREVER, 10.0), (1.0, FOREVER, 10.0))
    told = simulate(
        world(queues=(RINGING,), agents=agents, distributions=(constant(3.0),), traces=(calls,), records=True)
    )
    assert rows(told) == [(0.0, 3.0, 10.0, "ANSWERED"), (1.0, 15.0, 10.0, "ANSWERED")]
    assert told.agents[0][Doing.OFFERED] == pytest.approx(6.0)


def test_a_missed_offer_goes_on_to_the_next_and_who_missed_it_comes_back() -> None:
    queue = RINGING | {QueueField.OFFER_NS: 5 * SECOND_NS}
    agents = AgentType("all", miss_share=1.0, back_after=1)
    told = simulate(
        world(2, queues=(queue,), agents=agents, distributions=(constant(30.0),), traces=(trace((0.0, 60.0, 1.0)),))
    )
    assert total(told, Count.OFFERS) == 4  # at 0, 5, 35 and 40 s: both are away till 35 and 40 s
    assert total(told, Count.MISSED) == 4
    assert total(told, Count.ABANDONED) == 1
    assert told.agents[:, Doing.AWAY].sum() == pytest.approx(
        60.0
    )  # an interaction that misses thrice blames nobody more


def test_declined_offers_go_elsewhere() -> None:
    told = simulate(
        world(3, queues=(RINGING,), agents=AgentType("all", decline_share=1.0), traces=(trace((0.0, 10.0, 1.0)),))
    )
    assert total(told, Count.DECLINED) == 3
    assert total(told, Count.ABANDONED) == 1


def test_wrap_up_takes_as_long_as_it_takes_or_is_allowed() -> None:
    calls = trace((0.0, FOREVER, 10.0), (1.0, FOREVER, 10.0))
    for length, waited in ((15.0, 24.0), (90.0, 69.0)):
        told = simulate(
            world(queues=(WRAPPING,), distributions=(constant(length),), wrap_up=1, traces=(calls,), records=True)
        )
        assert rows(told)[1][1] == waited
        assert told.agents[0][Doing.WRAP_UP] == pytest.approx(2 * min(length, 60.0))
        assert total(told, Count.WRAP_UP_S) == pytest.approx(2 * min(length, 60.0))


def test_a_connection_that_fails_puts_the_customer_back() -> None:
    queue = AUTOMATIC | {QueueField.COOL_DOWN_NS: 5 * SECOND_NS}
    told = simulate(
        world(queues=(queue,), work=(QueueWork(failure_share=1.0),), traces=(trace((0.0, 12.0, 1.0)),), records=True)
    )
    assert rows(told) == [(0.0, 12.0, 0.0, "ABANDONED")]
    assert total(told, Count.FAILED) == 3
    assert told.handled.sum() == 0


def test_transfers_wait_again_and_count_where_they_go() -> None:
    work = (QueueWork(transfers=(Choice(1.0, 1),)), QueueWork())
    told = simulate(
        world(
            2, queues=(AUTOMATIC, AUTOMATIC), work=work, talk=constant(7.0),
            traces=(trace((0.0, FOREVER, 10.0)),), records=True,
        )
    )  # fmt: skip
    by_queue = told.customers.sum(axis=(0, 1, 3))
    assert by_queue[:, Count.OFFERED].tolist() == [1.0, 1.0]
    assert by_queue[:, Count.ANSWERED].tolist() == [1.0, 1.0]
    assert by_queue[:, Count.TRANSFERRED].tolist() == [0.0, 1.0]
    assert by_queue[:, Count.TALK_S].tolist() == pytest.approx([10.0, 7.0])
    assert by_queue[:, Count.HANDLED].tolist() == [1.0, 1.0]
    assert told.handled.tolist() == [1, 1]  # not straight back to whom it came from


def test_a_full_queue_turns_away_and_some_try_again() -> None:
    queue = AUTOMATIC | {QueueField.MAX_WAITING: 1}
    behavior = Behavior(retry_share=1.0, retry_after=1, most_retries=2)
    calls = trace((0.0, FOREVER, 100.0), (1.0, FOREVER, 1.0), (2.0, FOREVER, 1.0))
    told = simulate(
        world(queues=(queue,), behavior=behavior, distributions=(constant(60.0),), traces=(calls,), records=True)
    )
    assert total(told, Count.REJECTED) == 2  # at 2 s and 62 s; at 122 s there is room
    assert total(told, Count.RETRIED) == 2
    assert total(told, Count.OFFERED) == 5
    assert [row[3] for row in rows(told)] == ["ANSWERED", "ANSWERED", "REJECTED", "REJECTED", "ANSWERED"]


def test_balking_depends_on_how_many_wait() -> None:
    behavior = Behavior(balk_share=1.0, balk_from=2)
    calls = trace(*((float(i), FOREVER, 100.0) for i in range(5)))
    told = simulate(world(behavior=behavior, traces=(calls,), records=True))
    assert [row[3] for row in rows(told)] == ["ANSWERED", "ANSWERED", "ANSWERED", "BALKED", "BALKED"]
    assert total(told, Count.BALKED) == 2
    assert total(told, Count.ABANDONED) == 2


def test_who_is_called_back_waits_in_another_queue_without_giving_up() -> None:
    behavior = Behavior(callback_after_s=30.0, callback_share=1.0, callback_queue=1)
    calls = trace((0.0, FOREVER, 100.0), (0.0, 60.0, 10.0))
    told = simulate(world(queues=(AUTOMATIC, AUTOMATIC), behavior=behavior, traces=(calls,), records=True))
    assert rows(told)[1][1:] == (100.0, 10.0, "ANSWERED")
    by_queue = told.customers.sum(axis=(0, 1, 3))
    assert by_queue[:, Count.CALLED_BACK].tolist() == [1.0, 0.0]
    assert by_queue[:, Count.ANSWERED].tolist() == [1.0, 1.0]
    assert told.queue_s.sum(axis=(0, 1, 3)).tolist() == pytest.approx([30.0, 70.0])


def test_self_service_keeps_some_and_delays_the_others() -> None:
    bot = SelfService(contained=1.0, length=1)
    told = simulate(world(sources=(stream(0.1, self_service=bot),), distributions=(constant(5.0),), records=True))
    assert total(told, Count.SELF_SERVED) == told.arrivals > 50
    assert total(told, Count.OFFERED) == 0
    passed_on = simulate(
        world(
            50, sources=(stream(0.1, self_service=replace(bot, contained=0.0)),), distributions=(constant(5.0),),
            ending=Ending.DOORS_SHUT,
        )
    )  # fmt: skip
    assert total(passed_on, Count.ANSWERED) == passed_on.arrivals


def test_agents_leave_when_they_are_done() -> None:
    plan = roster([(0.0, 0, Duty.SIGN_IN, 0.0), (5.0, 0, Duty.LEAVE, 0.0), (50.0, 0, Duty.SIGN_IN, 0.0)])
    calls = trace((0.0, FOREVER, 10.0), (1.0, FOREVER, 10.0))
    told = simulate(world(traces=(calls,), roster=plan, records=True, horizon_s=100.0))
    assert [row[1] for row in rows(told)] == [0.0, 49.0]
    assert told.agents[0].tolist() == pytest.approx([40.0, 0.0, 20.0, 0.0, 0.0])


def test_a_break_begins_when_there_is_no_work_and_lasts_in_full() -> None:
    plan = roster([(0.0, 0, Duty.SIGN_IN, 0.0), (5.0, 0, Duty.BREAK, 30.0)])
    calls = trace((0.0, FOREVER, 10.0), (1.0, FOREVER, 10.0))
    told = simulate(world(traces=(calls,), roster=plan, records=True, horizon_s=100.0))
    assert [row[1] for row in rows(told)] == [0.0, 39.0]
    assert told.agents[0].tolist() == pytest.approx([50.0, 0.0, 20.0, 0.0, 30.0])


def test_breaks_that_overlap_follow_one_another() -> None:
    plan = roster([(0.0, 0, Duty.SIGN_IN, 0.0), (5.0, 0, Duty.BREAK, 30.0), (10.0, 0, Duty.BREAK, 20.0)])
    told = simulate(world(roster=plan, horizon_s=100.0))
    assert told.agents[0][Doing.AWAY] == pytest.approx(50.0)


def test_a_rest_after_every_talk_keeps_the_next_waiting() -> None:
    calls = trace((0.0, FOREVER, 10.0), (1.0, FOREVER, 10.0))
    told = simulate(
        world(
            agents=AgentType("all", rest_share=1.0, rest=1),
            distributions=(constant(7.0),),
            traces=(calls,),
            records=True,
        )
    )
    assert [row[1] for row in rows(told)] == [0.0, 16.0]


def test_chats_at_once_slow_each_other_down() -> None:
    """Two chats of 10 s, 4 s apart; together each goes on at half its speed."""
    chat = {ChannelField.COST: 50, ChannelField.MOST: 2}
    queue = AUTOMATIC | {QueueField.CHANNEL: 1}
    told = simulate(
        world(
            queues=(queue,), channels=(chat,), agents=AgentType("all", slowdown=(0.0, 1.0)),
            traces=(trace((0.0, FOREVER, 10.0), (4.0, FOREVER, 10.0)),), records=True,
        )
    )  # fmt: skip
    # the first has 6 s left at 4 s and ends at 16 s; the second has done 6 s by then and ends at 20 s
    assert [row[2] for row in rows(told)] == [16.0, 16.0]


def test_a_call_lays_an_email_aside() -> None:
    email = {ChannelField.COST: 100, ChannelField.MOST: 1}
    call = {ChannelField.COST: 100, ChannelField.MOST: 1}
    queues = (AUTOMATIC | {QueueField.CHANNEL: 1}, AUTOMATIC | {QueueField.CHANNEL: 2})
    told = simulate(
        world(
            queues=queues, channels=(email, call), interrupts={2: 1},
            traces=(trace((0.0, FOREVER, 10.0)), trace((4.0, FOREVER, 5.0), queue=1)), records=True,
        )
    )  # fmt: skip
    assert rows(told) == [(0.0, 0.0, 15.0, "ANSWERED"), (4.0, 0.0, 5.0, "ANSWERED")]


def test_the_routers_limits_end_what_goes_on_too_long() -> None:
    queue = AUTOMATIC | {QueueField.MAX_HANDLE_NS: 30 * SECOND_NS, QueueField.MAX_WAIT_NS: 25 * SECOND_NS}
    told = simulate(world(queues=(queue,), traces=(trace((0.0, FOREVER, 99.0), (1.0, FOREVER, 1.0)),), records=True))
    assert rows(told) == [(0.0, 0.0, 30.0, "ANSWERED"), (1.0, 25.0, 0.0, "EXPIRED")]


def test_queues_open_and_close() -> None:
    openings = [
        Command(Op.SET_QUEUE, SECOND_NS, queue=0, x=0),
        Command(Op.SET_QUEUE, 11 * SECOND_NS, queue=0, x=1),
    ]
    calls = trace((5.0, FOREVER, 1.0), (15.0, FOREVER, 1.0))
    told = simulate(world(traces=(calls,), openings=openings, records=True))
    assert [row[3] for row in rows(told)] == ["REJECTED", "ANSWERED"]


# ------------------------------------------------------------------ the end


def test_at_the_horizon_it_stops_or_serves_those_inside_or_runs_on() -> None:
    calls = trace((0.0, FOREVER, 100.0), (5.0, FOREVER, 10.0), (15.0, FOREVER, 10.0))
    asked = world(traces=(calls,), records=True, horizon_s=10.0)
    stopped = simulate(asked)
    assert stopped.ended_s == 10.0
    assert total(stopped, Count.UNFINISHED) == 1
    shut = simulate(replace(asked, ending=Ending.DOORS_SHUT))
    assert shut.ended_s == 110.0
    assert shut.arrivals == 2
    assert shut.agent_s[0, :, 0, Doing.BUSY].tolist() == pytest.approx([10.0, 100.0])
    on = simulate(replace(asked, ending=Ending.RUN_ON))
    assert on.ended_s == 100.0
    assert on.arrivals == 3
    assert total(on, Count.OFFERED) == 2
    late = simulate(replace(asked, ending=Ending.DOORS_SHUT, most_overtime_s=20.0))
    assert late.ended_s == pytest.approx(30.0)
    assert total(late, Count.UNFINISHED) == 1


def test_intervals_fold_and_batches_split() -> None:
    """One call a minute in the first hour of a day of two, for four days."""
    at = [float(86_400 * 0 + 7_200 * day + 60 * i) for day in range(4) for i in range(60)]
    calls = trace(*((time, FOREVER, 30.0) for time in at))
    told = simulate(world(traces=(calls,), horizon_s=4 * 7_200.0, interval_s=1_800.0, period_s=7_200.0, batches=2))
    offered = told.customers[..., 0, 0, Count.OFFERED]
    assert offered.tolist() == [[60.0, 60.0, 0.0, 0.0, 0.0]] * 2
    assert told.counted_s.tolist() == [[3_600.0] * 4 + [0.0]] * 2
    assert told.agent_s[..., 0, Doing.BUSY].tolist() == pytest.approx(np.array([[1_800.0, 1_800.0, 0.0, 0.0, 0.0]] * 2))


def test_what_comes_in_the_warm_up_is_not_counted() -> None:
    calls = trace((0.0, FOREVER, 10.0), (4.0, FOREVER, 10.0), (25.0, FOREVER, 10.0))
    told = simulate(world(traces=(calls,), warm_up_s=12.0, horizon_s=100.0, records=True))
    assert [row[0] for row in rows(told)] == [25.0]
    assert told.agents[0].tolist() == pytest.approx([70.0, 0.0, 18.0, 0.0, 0.0])
    assert total(told, Count.TALK_S) == pytest.approx(10.0)
    assert told.arrivals == 3


# ------------------------------------------------------------------ always


def busy_world(seed: int = 1, **more: object) -> World:
    """Everything at once, in two queues of two tiers."""
    queues = (RINGING | {QueueField.WRAP_UP_NS: 30 * SECOND_NS, QueueField.MAX_WAITING: 30}, AUTOMATIC)
    behavior = Behavior(
        patience=2, balk_share=0.3, balk_from=3, retry_share=0.4, retry_after=2,
        callback_after_s=20.0, callback_share=0.2, callback_queue=1,
    )  # fmt: skip
    agents = AgentType(
        "all", pick_up=1, miss_share=0.05, decline_share=0.05, back_after=2, rest_share=0.05, rest=2, slowdown=(0.5,)
    )
    plan = [(0.0, agent, Duty.SIGN_IN, 0.0) for agent in range(8)]
    plan += [(300.0 + agent, agent, Duty.BREAK, 60.0) for agent in range(8)]
    plan += [(900.0, 7, Duty.LEAVE, 0.0), (1_200.0, 7, Duty.SIGN_IN, 0.0)]
    mixed = replace(stream(0.1), choices=(Choice(0.5, 0, 0), Choice(0.3, 0, 1), Choice(0.2, 1, 0)), batch=4)
    work = (QueueWork(0.03, (Choice(0.1, 1),), 5.0), QueueWork(short_s=5.0))
    given: dict[str, object] = {
        "queues": queues, "tiers": 2, "behavior": behavior, "agents": agents, "roster": roster(plan), "work": work,
        "talk": exponential(45.0), "wrap_up": 3, "sources": (mixed,), "horizon_s": 2_000.0, "interval_s": 300.0,
        "distributions": (constant(3.0), exponential(40.0), exponential(10.0), exponential(1.5)),
        "seed": seed, "records": True, "journal": True, "thresholds_ns": np.array([0, 20 * SECOND_NS]),
    }  # fmt: skip
    return world(8, **(given | more))  # type: ignore[arg-type]


def same(one: Tally, other: Tally) -> bool:
    """Say whether two tallies are equal in every byte."""
    return all(
        np.asarray(getattr(one, name)).tobytes() == np.asarray(getattr(other, name)).tobytes()
        for name in one.__dataclass_fields__
    )


def test_the_same_seed_gives_the_same_bytes_in_any_process() -> None:
    here = [simulate(busy_world(seed)) for seed in (1, 1, 2)]
    assert same(here[0], here[1])
    assert here[0].digest != here[2].digest
    with ProcessPoolExecutor(1) as pool:
        assert same(here[0], pool.submit(simulate, busy_world(1)).result())


def replayed(router: Core | Reference, asked: World, told: Tally) -> int:
    """Give a router the commands of a simulation and return its state hash."""
    for command in asked.definitions:
        assert router.apply(command).code == 0
    for row in told.journal.view(np.dtype(COMMAND)):
        values: dict[str, Any] = {name: int(row[name]) for name, _ in COMMAND if name in Command._fields}
        router.apply(Command(**(values | {"items": ()})))
    router.drain()
    return int(router.state_hash())


def test_the_journal_replayed_gives_the_same_state_on_both_routers() -> None:
    asked = busy_world(3)
    told = simulate(asked)
    assert len(told.journal.view(np.dtype(COMMAND))) == told.commands > 500
    assert replayed(Core(), asked, told) == told.digest
    assert replayed(Reference(), asked, told) == told.digest


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    ending=st.sampled_from(Ending),
    warm_up_s=st.sampled_from([0.0, 450.0]),
    batches=st.integers(1, 3),
)
def test_it_adds_up(seed: int, ending: Ending, warm_up_s: float, batches: int) -> None:
    """Every attempt ends once; rows and counts agree; agents' and queues' times are whole."""
    told = simulate(busy_world(seed, ending=ending, warm_up_s=warm_up_s, batches=batches))
    outcomes = np.bincount(told.records["outcome"], minlength=len(Outcome))
    assert outcomes[Outcome.REJECTED] == total(told, Count.REJECTED)
    for outcome, count in ((Outcome.UNFINISHED, Count.UNFINISHED), (Outcome.BALKED, Count.BALKED)):
        assert outcomes[outcome] <= total(told, count), outcome  # some once they have been transferred
    begun = total(told, Count.OFFERED)
    ends = (Count.ANSWERED, Count.ABANDONED, Count.REJECTED, Count.EXPIRED, Count.UNFINISHED)
    assert begun == sum(total(told, count) for count in ends)
    no_wait = total(told, Count.REJECTED) + told.waits[:, :, 0, 0].sum()
    assert total(told, Count.WAITED) == begun - no_wait
    assert told.waits[:, :, 0].sum() == total(told, Count.ANSWERED)
    assert told.waits[:, :, 1].sum() == total(told, Count.ABANDONED)
    assert told.within[..., 0, 1].sum() == total(told, Count.ANSWERED_IN_TARGET)
    assert told.agents.sum() == pytest.approx(told.agent_s.sum())
    assert told.counted_s[:, :-1].sum() == pytest.approx(2_000.0 - warm_up_s)
    assert told.counted_s.sum() == pytest.approx(told.ended_s - warm_up_s)
    assert told.agents[:7].sum() == pytest.approx(7 * (told.ended_s - warm_up_s))


def test_two_policies_meet_the_same_customers() -> None:
    """Twice the agents: others answer, at other times; who comes when with how long a matter stays."""
    asked = world(3, sources=(stream(0.05),), talk=exponential(60.0), horizon_s=20_000.0, records=True)
    few = np.sort(simulate(asked).records, order="arrival_s")
    many = np.sort(
        simulate(world(6, sources=(stream(0.05),), talk=exponential(60.0), horizon_s=20_000.0, records=True)).records,
        order="arrival_s",
    )
    n = min(len(few), len(many)) - 50  # the last ones may still talk
    assert (few["arrival_s"][:n] == many["arrival_s"][:n]).all()
    assert np.allclose(few["talk_s"][:n], many["talk_s"][:n], atol=1e-6)
    assert few["wait_s"].sum() > many["wait_s"].sum()


def test_memory_does_not_grow_with_the_horizon() -> None:
    """Ten times the customers, as many bytes: what grows must be asked for."""
    short, long = (simulate(world(2, sources=(stream(1.0),), horizon_s=horizon)) for horizon in (300.0, 3_000.0))
    assert long.arrivals > 8 * short.arrivals
    sizes = [sum(np.asarray(getattr(t, name)).nbytes for name in t.__dataclass_fields__) for t in (short, long)]
    assert sizes[0] == sizes[1]


# ------------------------------------------------------------------ words and bins


@pytest.mark.parametrize(
    ("header", "enum", "prefix"),
    [
        ("counts.pxd", Count, ""),
        ("counts.pxd", Outcome, "ENDED_"),
        ("draw.pyx", Shape, ""),
        ("desks.pyx", Duty, "DUTY_"),
        ("engine.pyx", Ending, ""),
    ],
)
def test_c_and_python_use_the_same_numbers(header: str, enum: type, prefix: str) -> None:
    text = (Path(__file__).parent.parent / "sim" / header).read_text(encoding="utf-8")
    for member in enum:  # type: ignore[attr-defined]
        found = re.search(rf"^ +{prefix}{member.name} = (\d+)\b", text, re.MULTILINE)
        assert found, member
        assert int(found[1]) == member, member


def test_wait_bins_are_narrow_and_in_order() -> None:
    edges = wait_bin_edges_s()
    assert len(edges) == WAIT_BINS
    assert (np.diff(edges) > 0).all()
    assert (edges[65:] <= (edges[64:-1] + 0.001) * (1.0 + 1.0 / 64) + 1e-9).all()
    assert CUSTOMER.itemsize == 48


@given(st.floats(0.0, 8e4))
@settings(max_examples=200, deadline=None)
def test_a_wait_is_in_the_bin_of_its_edges(wait_s: float) -> None:
    calls = trace((0.0, FOREVER, wait_s), (0.0, FOREVER, 0.0))
    told = simulate(world(traces=(calls,), horizon_s=1e5))
    waited_ms = -(-int(wait_s * 1e9 + 0.5) // 1_000_000)
    place = int(np.flatnonzero(told.waits[0, 0, 0])[-1])
    edges = np.rint(wait_bin_edges_s() * 1000)
    assert waited_ms <= edges[place]
    assert place == 0 or waited_ms > edges[place - 1]


# ------------------------------------------------------------------ bad input


def test_a_world_that_contradicts_itself_is_refused() -> None:
    good = world()
    with pytest.raises(ValueError, match=r"handle: its shape is \(1, 1, 2\), needed: \(1, 1, 1\)"):
        simulate(replace(good, handle=np.zeros((1, 1, 2), np.int32)))
    with pytest.raises(ValueError, match=r"handle\[0\]\[0\]\[0\]: 1; allowed: a distribution, 0 to 0"):
        simulate(replace(good, handle=np.ones((1, 1, 1), np.int32)))
    with pytest.raises(ValueError, match="warm_up_s"):
        simulate(replace(good, warm_up_s=1_000.0))
    with pytest.raises(RuntimeError, match="the router refused"):
        simulate(replace(good, definitions=[*good.definitions, good.definitions[0]]))
