"""Queues over gRPC: doors that open and close, definitions as they were made, and how queues stand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acdcore.errors import NotFound
from acdcore.model import MoveTo, TierOverride, moment
from acdcore.plans import Gate, Requirement, Step
from acdcore.router.codes import InteractionState, OnExpiry, Overflow, QueueField, StepField, Strategy
from acdcore.rpc import queues
from acdcore.v1 import queue_service_pb2
from rpc_center import START_NS, blended_center, running

SECOND = timedelta(seconds=1)


async def test_a_queue_says_how_it_was_defined() -> None:
    router = blended_center()
    plan = [
        Step(Requirement({"german": 3}, ({"loans": 1, "stocks": 2},), excludes={"loans": 9}, prefers={"stocks": 1})),
        Step(Requirement({"german": 1}), after=30 * SECOND, priority=5, skip_when_hopeless=False),
        Step(
            Requirement({"loans": 1}),
            after=60 * SECOND,
            when=Gate(
                waiting=(10, 4),
                longest_wait=90 * SECOND,
                agents=2,
                lender="loans",
                lender_waiting=3,
                lender_longest_wait=(10 * SECOND, 20 * SECOND),
                lender_free=(5, 3),
            ),
        ),
        Step(after=600 * SECOND, move_to="back"),
    ]
    router.define_queue(
        "rich",
        plan=plan,
        channel="chat",
        target=45 * SECOND,
        priority=-4,
        tiers={"vip": TierOverride(0.25, 15 * SECOND), "standard": TierOverride(head_start=timedelta(0))},
        strategy=Strategy.BEST_SKILLED,
        prefer_last_agent=20 * SECOND,
        affinity=False,
        claims=False,
        reserve_agents=2,
        reserve_rank=10,
        reserve_opens=5 * SECOND,
        offer_timeout=11 * SECOND,
        auto_accept=True,
        shared_offers=3,
        cool_down=12 * SECOND,
        on_expiry=OnExpiry.KEEP,
        max_offers=7,
        on_held=MoveTo("back"),
        held_for=13 * SECOND,
        wrap_up=14 * SECOND,
        max_handle_time=timedelta(hours=3),
        max_waiting=99,
        on_full=MoveTo("loans"),
        max_wait=timedelta(minutes=20),
        on_max_wait=MoveTo("back"),
        on_unstaffed=Overflow.REJECT,
        on_closed=Overflow.WAIT,
    )
    async with running(router) as up:
        rich = await up.client.get_queue("rich")
        assert rich == router.queue("rich")
        assert rich.definition.plan == tuple(plan)
        assert (rich.is_open, rich.queued, rich.gates_open) == (True, 0, (True, True, False, True))
        assert (await up.client.queues())[-1] == rich
        plain = await up.client.get_queue("loans")
        assert plain == router.queue("loans")
        assert plain.definition.max_waiting == 3
        with pytest.raises(NotFound) as caught:
            await up.client.get_queue("nowhere")
        assert (caught.value.reason, caught.value.field) == ("UNKNOWN_QUEUE", "queue")


def test_every_field_of_the_law_is_on_the_wire() -> None:
    definition = queue_service_pb2.QueueDefinition.DESCRIPTOR.fields_by_name
    targets = {QueueField[f"{what}_TO"] for what in ("MAX_WAIT", "FULL", "UNSTAFFED", "CLOSED", "HELD")}
    assert len(definition) == len(QueueField) - len(targets) + len(("tiers", "plan"))
    measures = {*queues.COUNTS.values(), *queues.TIMES.values(), StepField.LENDER}
    others = {StepField.SKIP, StepField.PRIORITY, StepField.MOVE_TO, StepField.KEEPS}  # KEEPS: no requirement
    assert measures | others == set(StepField)
    gate = queue_service_pb2.Gate.DESCRIPTOR.fields_by_name
    assert set(gate) == {*queues.COUNTS, *queues.TIMES, "lender"}


async def test_closing_lets_those_inside_be_served_or_turns_them_away() -> None:
    async with running(blended_center()) as up:
        await up.client.enqueue("night", interaction_id="call-1")
        closed = await up.client.close_queue("night")
        assert (closed.is_open, closed.queued) == (False, 1)
        assert (await up.client.get_interaction("call-1")).state == InteractionState.WAITING
        again = await up.client.close_queue("night", turn_away=True)
        assert (again.is_open, again.queued) == (False, 0)
        assert (await up.client.get_interaction("call-1")).state == InteractionState.REJECTED
        [row] = await up.client.figures("night")
        assert (row.rejected, row.abandoned) == (1, 0)
        request_id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
        assert (await up.client.open_queue("night", request_id=request_id)).is_open
        await up.client.close_queue("night")
        assert not (await up.client.open_queue("night", request_id=request_id)).is_open  # a repeat changes nothing


async def test_gates_show_how_they_stand() -> None:
    router = blended_center()
    router.define_queue("busy", plan=[Step({"german": 1}), Step({"loans": 1}, after=SECOND, when=Gate(waiting=(2, 1)))])
    async with running(router) as up:
        assert (await up.client.get_queue("busy")).gates_open == (True, False)
        for n in range(2):
            await up.client.enqueue("busy", interaction_id=f"call-{n}", since=moment(START_NS))
        busy = await up.client.get_queue("busy")
        assert (busy.gates_open, busy.queued) == ((True, True), 2)
        up.clock.move(1)
        assert (await up.client.get_interaction("call-1")).step == 1


async def test_pages_of_queues() -> None:
    async with running(blended_center()) as up:
        request = queue_service_pb2.ListQueuesRequest(page_size=3)
        pages: list[list[str]] = []
        while not pages or request.page_token:
            answer = queue_service_pb2.ListQueuesResponse.FromString(
                await up.raw("QueueService/ListQueues", request.SerializeToString())
            )
            pages.append([one.queue for one in answer.queues])
            request.page_token = answer.next_page_token
        names = ["stocks", "loans", "back", "front", "chats", "hunt", "auto", "night"]
        assert pages == [names[:3], names[3:6], names[6:]]
        assert [one.queue for one in await up.client.queues()] == names
