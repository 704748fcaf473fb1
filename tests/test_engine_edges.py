"""The engine at its edges: moments that coincide, lengths of nothing and of for ever, and doors that shut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from acdcore.router.codes import (
    SECOND_NS,
    AgentField,
    ChannelField,
    ItemKind,
    Op,
    Overflow,
    QueueField,
    Setting,
)
from acdcore.router.records import Command, Item
from acdcore.sim.engine import simulate
from acdcore.sim.world import (
    ALWAYS,
    NONE,
    AgentType,
    Behavior,
    Choice,
    Count,
    Doing,
    Duty,
    Ending,
    Outcome,
    QueueWork,
    Tally,
)
from sim_worlds import (
    AUTOMATIC,
    START_NS,
    constant,
    define,
    exponential,
    fields,
    roster,
    stream,
    total,
    trace,
    world,
)

RINGING = AUTOMATIC | {QueueField.AUTO_ACCEPT: 0, QueueField.OFFER_NS: 20 * SECOND_NS}
ABSENT = roster([])
ENDS = (Count.ANSWERED, Count.ABANDONED, Count.REJECTED, Count.EXPIRED, Count.UNFINISHED)


def outcomes(tally: Tally) -> list[str]:
    """Return how each attempt ended, by arrival."""
    return [Outcome(one).name for one in np.sort(tally.records, order="arrival_s", kind="stable")["outcome"]]


def by_queue(tally: Tally, *counts: Count) -> list[list[float]]:
    """Return counts by queue."""
    found: list[list[float]] = tally.customers.sum(axis=(0, 1, 3))[:, list(counts)].tolist()
    return found


def adds_up(tally: Tally) -> bool:
    """Say whether every wait that began has ended once."""
    return total(tally, Count.OFFERED) == sum(total(tally, count) for count in ENDS)


# ------------------------------------------------------------------ lengths of nothing and of for ever


def test_a_rest_of_no_length_is_none() -> None:
    """An agent who rests for no time must not stay away for ever."""
    calls = trace((0.0, ALWAYS, 10.0), (20.0, ALWAYS, 10.0))
    resting = AgentType("all", rest_share=1.0, rest=1)
    told = simulate(world(agents=resting, distributions=(constant(0.0),), traces=(calls,), horizon_s=100.0))
    assert total(told, Count.ANSWERED) == 2
    plan = roster([(0.0, 0, Duty.SIGN_IN, 0.0), (5.0, 0, Duty.BREAK, 0.0)])
    told = simulate(world(roster=plan, traces=(calls,), horizon_s=100.0))
    assert total(told, Count.ANSWERED) == 2
    assert told.agents[0][Doing.AWAY] == 0.0


def test_a_break_without_end_lasts_to_the_end() -> None:
    plan = roster([(0.0, 0, Duty.SIGN_IN, 0.0), (5.0, 0, Duty.BREAK, ALWAYS), (9.0, 0, Duty.BREAK, ALWAYS)])
    told = simulate(world(roster=plan, traces=(trace((10.0, ALWAYS, 1.0)),), horizon_s=100.0))
    assert told.agents[0][Doing.AWAY] == pytest.approx(95.0)
    assert total(told, Count.UNFINISHED) == 1
    resting = AgentType("all", rest_share=1.0, rest=1)
    told = simulate(
        world(agents=resting, distributions=(constant(ALWAYS),), traces=(trace((0.0, ALWAYS, 5.0)),), horizon_s=100.0)
    )
    assert told.agents[0][Doing.AWAY] == pytest.approx(95.0)


def test_nothing_may_take_no_time() -> None:
    """No talk, no wrap-up, no pick-up, no patience: everything in one moment, in the order in which it was planned."""
    queue = RINGING | {QueueField.WRAP_UP_NS: 30 * SECOND_NS}
    told = simulate(
        world(
            queues=(queue,), distributions=(constant(0.0),), wrap_up=1, agents=AgentType("all", pick_up=1),
            traces=(trace((5.0, 0.0, 0.0), (5.0, ALWAYS, 0.0), (6.0, ALWAYS, 0.0)),), records=True,
        )
    )  # fmt: skip
    assert outcomes(told) == ["ANSWERED"] * 3
    assert total(told, Count.WAIT_S) == total(told, Count.TALK_S) == total(told, Count.WRAP_UP_S) == 0.0
    assert adds_up(told)
    nobody = simulate(world(roster=ABSENT, traces=(trace((5.0, 0.0, 0.0)),), records=True))
    assert outcomes(nobody) == ["ABANDONED"]
    assert total(nobody, Count.ABANDONED_WAIT_S) == 0.0


def test_who_began_to_wait_on_arrival_has_not_waited() -> None:
    """The two times of a row are made whole nanoseconds in the same way."""
    at = [i / 100 for i in range(1, 2_000) if int(i / 100 * 1e9) != int(i / 100 * 1e9 + 0.5)]
    assert at
    calls = trace(*((one, ALWAYS, 100.0) for one in at), since_s=at)
    told = simulate(world(len(at), traces=(calls,), horizon_s=200.0))
    assert total(told, Count.ANSWERED) == len(at)
    assert total(told, Count.WAITED) == total(told, Count.WAIT_S) == 0


def test_overtime_may_be_far_longer_than_the_horizon() -> None:
    """Nobody is ever served: it goes on to the last moment, in few steps."""
    shares: list[float] = []
    asked = world(
        roster=ABSENT, traces=(trace((0.0, ALWAYS, 1.0)),), sources=(stream(1e-4),), horizon_s=1.0,
        ending=Ending.RUN_ON, most_overtime_s=1e6,
    )  # fmt: skip
    told = simulate(asked, shares.append)
    assert told.ended_s == pytest.approx(1e6 + 1.0)
    assert told.queue_s.sum() > 1e6
    assert len(shares) < 300
    assert shares == sorted(shares)


def test_years_pass() -> None:
    """Sixty years, and a talk that never ends, end where they should."""
    horizon_s = 60 * 365 * 86_400.0
    calls = trace((0.0, ALWAYS, 10.0), (horizon_s - 5.0, ALWAYS, ALWAYS), (horizon_s - 4.0, 1.9e9, 1.0))
    told = simulate(world(traces=(calls,), horizon_s=horizon_s, interval_s=86_400.0, period_s=7 * 86_400.0))
    assert told.ended_s == pytest.approx(horizon_s)
    assert told.counted_s.sum() == pytest.approx(horizon_s)
    assert told.agents[0][Doing.BUSY] == pytest.approx(15.0, abs=1e-6)
    assert adds_up(told)


def test_the_last_interval_takes_in_what_rounding_leaves() -> None:
    """A third of the horizon is no whole number of nanoseconds: nothing of it is counted as overtime."""
    told = simulate(world(horizon_s=1e6, interval_s=1e6 / 3, roster=ABSENT))
    assert told.counted_s.shape == (1, 4)
    assert told.counted_s[0, 3] == 0.0
    assert told.counted_s[0, :3].sum() == pytest.approx(1e6)
    odd = simulate(world(horizon_s=1_000.0, interval_s=300.0, period_s=700.0, warm_up_s=450.0, batches=3))
    assert odd.counted_s.sum(axis=0) == pytest.approx([300.0, 150.0, 100.0, 0.0])
    assert odd.agent_s[..., Doing.IDLE].sum() == pytest.approx(550.0)


# ------------------------------------------------------------------ what falls on one moment


def test_patience_that_ends_as_the_agent_picks_up() -> None:
    """Whatever was planned first happens; either way the wait ends once."""
    for pick_up_s, ending in ((10.0, "ANSWERED"), (4.0, "ANSWERED"), (11.0, "ABANDONED")):
        told = simulate(
            world(
                queues=(RINGING,), agents=AgentType("all", pick_up=1), distributions=(constant(pick_up_s),),
                traces=(trace((0.0, 10.0, 1.0)),), records=True,
            )
        )  # fmt: skip
        assert outcomes(told) == [ending]
        assert adds_up(told)


def test_an_offer_is_answered_as_it_expires() -> None:
    """The router's deadline comes first; the answer then comes too late."""
    told = simulate(
        world(
            queues=(RINGING,), agents=AgentType("all", pick_up=1, back_after=2),
            distributions=(constant(20.0), constant(1_000.0)), traces=(trace((0.0, ALWAYS, 1.0)),), horizon_s=100.0,
        )
    )  # fmt: skip
    assert total(told, Count.MISSED) == 1
    assert total(told, Count.ANSWERED) == 0
    assert told.agents[0][Doing.AWAY] == pytest.approx(80.0)


def test_a_shared_offer_is_answered_by_several_at_once() -> None:
    """All three pick up in the same moment: one has it, the others' offers are revoked."""
    queue = RINGING | {QueueField.SHARED: 3}
    told = simulate(
        world(
            3, queues=(queue,), agents=AgentType("all", pick_up=1), distributions=(constant(2.0),),
            traces=(trace((0.0, ALWAYS, 10.0), (1.0, ALWAYS, 10.0)),), horizon_s=50.0,
        )
    )  # fmt: skip
    assert total(told, Count.OFFERS) == 5  # three at once, then two
    assert total(told, Count.ANSWERED) == 2
    assert told.agents[:, Doing.OFFERED].sum() == pytest.approx(3 * 2.0 + 2 * 2.0)
    assert sorted(told.handled.tolist()) == [0, 1, 1]


def test_who_leaves_while_it_rings_lets_go() -> None:
    """The offer is revoked as the agent leaves, at the very moment of the answer, and goes to the next one."""
    plan = roster([(0.0, 0, Duty.SIGN_IN, 0.0), (5.0, 0, Duty.LEAVE, 0.0), (9.0, 1, Duty.SIGN_IN, 0.0)])
    told = simulate(
        world(
            2, queues=(RINGING,), agents=AgentType("all", pick_up=1), distributions=(constant(5.0),), roster=plan,
            traces=(trace((0.0, ALWAYS, 10.0)),), records=True, horizon_s=100.0,
        )
    )  # fmt: skip
    assert told.records["wait_s"].tolist() == pytest.approx([14.0])
    assert told.agents[0].sum() == pytest.approx(5.0)


def test_who_leaves_and_comes_back_while_still_at_work() -> None:
    """Signed in again while draining: the agent goes on as if nothing had been, and a break of before is forgotten."""
    plan = roster(
        [
            (0.0, 0, Duty.SIGN_IN, 0.0), (2.0, 0, Duty.BREAK, 50.0), (3.0, 0, Duty.LEAVE, 0.0),
            (5.0, 0, Duty.SIGN_IN, 0.0),
        ]
    )  # fmt: skip
    told = simulate(
        world(roster=plan, traces=(trace((0.0, ALWAYS, 10.0), (6.0, ALWAYS, 5.0)),), records=True, horizon_s=100.0)
    )
    assert told.records["wait_s"].tolist() == pytest.approx([0.0, 4.0])
    assert told.agents[0].tolist() == pytest.approx([85.0, 0.0, 15.0, 0.0, 0.0])


def test_a_break_that_comes_due_while_an_agent_is_away_follows() -> None:
    """Missed at 20 s, back at 50 s, but a break has come due meanwhile: it follows."""
    plan = roster([(0.0, 0, Duty.SIGN_IN, 0.0), (30.0, 0, Duty.BREAK, 15.0)])
    told = simulate(
        world(
            queues=(RINGING,), agents=AgentType("all", miss_share=1.0, back_after=1), distributions=(constant(30.0),),
            roster=plan, traces=(trace((0.0, 25.0, 1.0)),), horizon_s=100.0,
        )
    )  # fmt: skip
    assert told.agents[0].tolist() == pytest.approx([35.0, 20.0, 0.0, 0.0, 45.0])


def test_a_break_before_anybody_has_signed_in_is_none() -> None:
    plan = roster([(0.0, 0, Duty.BREAK, 30.0), (1.0, 0, Duty.LEAVE, 0.0), (2.0, 0, Duty.SIGN_IN, 0.0)])
    told = simulate(world(roster=plan, horizon_s=10.0))
    assert told.agents[0].tolist() == pytest.approx([8.0, 0.0, 0.0, 0.0, 0.0])


def test_a_batch_comes_one_by_one() -> None:
    """Ten at once: those balk who find five others, not all because the ten are there."""
    asked = world(
        roster=ABSENT, behavior=Behavior(balk_share=1.0, balk_from=5), distributions=(constant(10.0),),
        sources=(replace(stream(0.01), batch=1),), horizon_s=150.0, records=True,
    )  # fmt: skip
    told = simulate(asked)
    assert told.arrivals == 10
    assert sorted(outcomes(told)) == ["BALKED"] * 5 + ["UNFINISHED"] * 5


def test_a_batch_loses_nobody_though_the_router_forgets_at_once() -> None:
    """An interaction's slot may be another's within the same moment."""
    settings = define(Op.CONFIGURE, "", fields({Setting.REMEMBERED_INTERACTIONS: 0, Setting.REMEMBERED_OFFERS: 0}))
    asked = world(
        2, queues=(RINGING | {QueueField.SHARED: 2},), sources=(replace(stream(0.05), batch=1),), seed=5,
        behavior=Behavior(patience=2, retry_share=0.5, retry_after=3, balk_share=0.2),
        distributions=(constant(4.0), exponential(20.0), constant(0.0)), work=(QueueWork(0.2),), talk=exponential(5.0),
        ending=Ending.DOORS_SHUT, records=True,
    )  # fmt: skip
    told = simulate(replace(asked, definitions=[settings, *asked.definitions]))
    assert told.arrivals > 100
    assert adds_up(told)
    assert total(told, Count.UNFINISHED) == 0
    assert len(told.records) == total(told, Count.OFFERED)


# ------------------------------------------------------------------ doors, transfers, callbacks


def test_a_transfer_to_a_closed_queue_ends_with_the_talk() -> None:
    closed = [Command(Op.SET_QUEUE, START_NS, queue=1, x=0)]
    for tier in (NONE, 1):
        told = simulate(
            world(
                queues=(AUTOMATIC,) * 2, tiers=2, work=(QueueWork(transfers=(Choice(1.0, 1, tier),)), QueueWork()),
                traces=(trace((0.0, ALWAYS, 10.0)),), openings=closed, records=True, ending=Ending.DOORS_SHUT,
            )
        )  # fmt: skip
        assert outcomes(told) == ["ANSWERED"]
        assert by_queue(told, Count.OFFERED, Count.REJECTED) == [[1.0, 0.0], [0.0, 0.0]]
        assert total(told, Count.HANDLED) == 1


def test_a_transfer_within_the_queue_waits_again_there() -> None:
    """Half of the talks are passed on in the same queue: each is a wait of its own, of nobody else's."""
    told = simulate(
        world(
            3, work=(QueueWork(transfers=(Choice(0.5, 0),)),), sources=(stream(0.5),), talk=constant(1.0),
            horizon_s=4_000.0, ending=Ending.DOORS_SHUT,
        )
    )  # fmt: skip
    handled, passed_on = total(told, Count.HANDLED), total(told, Count.TRANSFERRED)
    assert handled == told.handled.sum() == total(told, Count.OFFERED) == told.arrivals + passed_on
    assert abs(passed_on / handled - 0.5) < 4 * np.sqrt(0.25 / handled)
    assert adds_up(told)


def test_a_transfer_may_make_another_tier() -> None:
    """Who is passed on as a VIP is one: in the counts, and before the others."""
    work = (QueueWork(transfers=(Choice(1.0, 1, 1),)), QueueWork())
    asked = world(
        queues=(AUTOMATIC | {QueueField.PRIORITY: 5}, AUTOMATIC), tiers=2, work=work, talk=constant(7.0),
        traces=(trace((0.0, ALWAYS, 10.0)),), records=True, ending=Ending.DOORS_SHUT, journal=True,
    )  # fmt: skip
    told = simulate(asked)
    assert told.customers.sum(axis=(0, 1))[..., Count.ANSWERED].tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert told.customers.sum(axis=(0, 1))[..., Count.TRANSFERRED].tolist() == [[0.0, 0.0], [0.0, 1.0]]
    assert told.records[["queue", "tier", "agent", "talk_s", "outcome"]].tolist() == [(1, 1, 0, 10.0, 0)]
    assert told.ended_s == pytest.approx(1_000.0)
    assert total(told, Count.TALK_S) == pytest.approx(17.0)
    assert told.handled.tolist() == [2]


def test_a_second_wait_has_its_own_chance_of_balking() -> None:
    """Who has stayed in the first queue is as likely as anybody to leave the second one at once."""
    work = (QueueWork(transfers=(Choice(1.0, 1),)), QueueWork())
    told = simulate(
        world(
            queues=(AUTOMATIC,) * 2, work=work, behavior=Behavior(balk_share=0.5), sources=(stream(0.9),),
            talk=constant(1.0), horizon_s=20_000.0,
        )
    )  # fmt: skip
    (waited, balked) = np.array(by_queue(told, Count.WAITED, Count.BALKED))[1]
    assert waited > 3_000
    assert abs(balked / waited - 0.5) < 4 * np.sqrt(0.25 / waited)


def test_the_question_of_the_wait_before_is_not_asked_again() -> None:
    """Transferred to where connections fail: asked after 50 s of the second wait, whatever the first one had been."""
    work = (QueueWork(transfers=(Choice(1.0, 1),)), QueueWork(failure_share=1.0), QueueWork())
    behavior = Behavior(callback_after_s=50.0, callback_share=1.0, callback_queue=2, patience=1)
    plan = roster([(2.0, 0, Duty.SIGN_IN, 0.0), (2.0, 1, Duty.SIGN_IN, 0.0)])
    told = simulate(
        world(
            2, queues=(AUTOMATIC | {QueueField.COOL_DOWN_NS: 1_000 * SECOND_NS},) * 3, work=work, behavior=behavior,
            distributions=(constant(100.0),), roster=plan, traces=(trace((0.0, 5.0, 30.0)),), talk=constant(1.0),
            horizon_s=2_000.0,
        )
    )  # fmt: skip
    assert by_queue(told, Count.OFFERED, Count.CALLED_BACK, Count.FAILED) == [
        [1.0, 0.0, 0.0], [1.0, 1.0, 5.0], [0.0, 0.0, 0.0]
    ]  # fmt: skip
    assert told.queue_s.sum(axis=(0, 1, 3)).tolist()[:2] == pytest.approx([2.0, 50.0])


def test_who_cannot_be_called_back_waits_on() -> None:
    """The queue of callbacks is full, or closed: asked in vain, and then patience ends."""
    asking = ((Behavior(callback_after_s=10.0, callback_share=1.0, callback_queue=1),), (Behavior(),))
    full = AUTOMATIC | {QueueField.MAX_WAITING: 1}
    closed = [Command(Op.SET_QUEUE, START_NS, queue=1, x=0)]
    caller, first = trace((1.0, 30.0, 1.0)), trace((0.0, ALWAYS, 1.0), queue=1)
    for openings, calls in ((closed, (caller,)), ((), (caller, first))):
        told = simulate(
            world(
                queues=(AUTOMATIC, full), behaviors=asking, openings=openings, roster=ABSENT, records=True,
                traces=calls, horizon_s=100.0,
            )
        )  # fmt: skip
        assert total(told, Count.CALLED_BACK) == 0
        ours = told.records[told.records["source"] == 0]
        assert ours["outcome"].tolist() == [Outcome.ABANDONED]
        assert ours["wait_s"].tolist() == pytest.approx([30.0])
        assert adds_up(told)


def test_closing_turns_away_who_waits_but_not_whom_it_rings_for() -> None:
    closing = [Command(Op.SET_QUEUE, START_NS + 5 * SECOND_NS, queue=0, x=0, flags=1)]
    told = simulate(
        world(
            queues=(RINGING,), agents=AgentType("all", pick_up=1), distributions=(constant(8.0), constant(3.0)),
            behavior=Behavior(retry_share=1.0, retry_after=2, most_retries=1), openings=closing, records=True,
            traces=(trace((0.0, ALWAYS, 10.0), (1.0, ALWAYS, 10.0)),), horizon_s=100.0,
        )
    )  # fmt: skip
    assert outcomes(told) == ["ANSWERED", "REJECTED", "REJECTED"]
    assert total(told, Count.RETRIED) == 1


def test_misses_end_in_a_hold_another_queue_or_a_refusal() -> None:
    """After five failed connections the policy of the queue holds; who is held may hang up."""
    failing = AUTOMATIC | {QueueField.COOL_DOWN_NS: SECOND_NS, QueueField.HELD_NS: 60 * SECOND_NS}
    policies: list[tuple[dict[QueueField, int], str, float]] = [
        ({QueueField.ON_HELD: Overflow.REJECT}, "REJECTED", 4.0),
        ({QueueField.ON_HELD: Overflow.MOVE, QueueField.HELD_TO: 0}, "ANSWERED", 5.0),
        ({}, "ABANDONED", 30.0),
    ]
    for policy, ending, after_s in policies:
        told = simulate(
            world(
                queues=(AUTOMATIC, failing | policy), work=(QueueWork(), QueueWork(failure_share=1.0)),
                traces=(trace((0.0, 30.0, 1.0), queue=1),), records=True,
            )
        )  # fmt: skip
        assert outcomes(told) == [ending]
        assert told.records["wait_s"].tolist() == pytest.approx([after_s])
        assert total(told, Count.FAILED) == 5
        assert adds_up(told)
        assert told.queue_s.sum() == pytest.approx(after_s)


@pytest.mark.parametrize(("misses", "answered", "revoked"), [(0.0, 2, 0), (1.0, 0, 1)])
def test_two_chats_ring_at_one_desk(misses: float, answered: int, revoked: int) -> None:
    """The agent picks both up, or misses the first and is rid of the second, too, for being away."""
    half = {ChannelField.COST: 50, ChannelField.MOST: 2}
    queue = RINGING | {QueueField.CHANNEL: 1}
    asked = world(
        queues=(queue,), channels=(half,), agents=AgentType("all", pick_up=1, miss_share=misses, back_after=2),
        distributions=(constant(3.0), constant(1_000.0)), horizon_s=60.0,
        traces=(trace((0.0, 100.0, 10.0), (1.0, 100.0, 10.0)),),
    )  # fmt: skip
    more = Item(ItemKind.FIELD, AgentField.MAX_OPEN_OFFERS, 2)
    told = simulate(
        replace(
            asked,
            definitions=[
                one._replace(items=(*one.items, more)) if one.op == Op.DEFINE_AGENT else one
                for one in asked.definitions
            ],
        )
    )
    assert total(told, Count.OFFERS) == 2
    assert total(told, Count.ANSWERED) == answered
    assert total(told, Count.OFFERS) - total(told, Count.MISSED) - total(told, Count.ANSWERED) == revoked
    assert told.agents[0][Doing.OFFERED] == pytest.approx(3.0 if answered else 20.0)
    assert adds_up(told)


# ------------------------------------------------------------------ the same customers


def test_how_agents_miss_does_not_change_how_they_pick_up() -> None:
    """What is drawn for one purpose leaves the others as they were."""
    asked = world(
        500, queues=(RINGING,), sources=(stream(1.0),), distributions=(exponential(3.0),), horizon_s=300.0,
        agents=AgentType("all", pick_up=1), records=True,
    )  # fmt: skip
    missing = simulate(replace(asked, types=(AgentType("all", pick_up=1, miss_share=0.1),)))
    alike = np.isin(simulate(asked).records["wait_s"], missing.records["wait_s"])
    assert 0.8 < alike.mean() < 1.0


# ------------------------------------------------------------------ nobody and nothing


def test_a_world_of_nothing() -> None:
    empty = world(0, roster=ABSENT)
    assert simulate(empty).agents.shape == (0, 5)
    nothing = replace(
        empty, definitions=[], queues=(), tiers=(), behaviors=(), work=(), types=(), distributions=(),
        handle=np.zeros((0, 0, 0), np.int32), wrap_up=np.zeros((0, 0), np.int32), target_ns=np.zeros((0, 0), np.int64),
    )  # fmt: skip
    told = simulate(nothing)
    assert told.customers.shape == (1, 2, 0, 0, len(Count))
    assert told.arrivals == told.commands == 0
    assert told.ended_s == pytest.approx(1_000.0)


def test_nobody_is_left_to_serve_those_inside() -> None:
    plan = roster([(0.0, 0, Duty.SIGN_IN, 0.0), (5.0, 0, Duty.LEAVE, 0.0)])
    for ending in (Ending.DOORS_SHUT, Ending.RUN_ON):
        told = simulate(
            world(
                roster=plan, traces=(trace((6.0, ALWAYS, 1.0)),), horizon_s=10.0, ending=ending, most_overtime_s=50.0,
                records=True,
            )
        )  # fmt: skip
        assert told.ended_s == pytest.approx(60.0)
        assert outcomes(told) == ["UNFINISHED"]
        assert told.queue_s[0, 1].sum() == pytest.approx(50.0)


def test_running_on_ends_with_the_sources() -> None:
    """Who counts is served, though nobody else comes any more."""
    told = simulate(
        world(
            traces=(trace((0.0, ALWAYS, 30.0), (9.0, ALWAYS, 10.0)),), sources=(stream(0.0),), horizon_s=10.0,
            ending=Ending.RUN_ON, records=True,
        )
    )  # fmt: skip
    assert told.ended_s == pytest.approx(30.0)
    assert total(told, Count.ANSWERED) == 2


def test_a_batch_that_nothing_can_hold_is_refused() -> None:
    asked = world(sources=(replace(stream(1.0), batch=1),), distributions=(constant(1e30),))
    with pytest.raises(ValueError, match=r"batch: 1e\+30 customers at once; allowed: up to 268435456"):
        simulate(asked)
