"""Over gRPC with the client: interactions that move, are kept, held, booked, shared out, and come back."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from acdcore.errors import AcdError, FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted
from acdcore.model import ChannelUse, moment
from acdcore.plans import Requirement
from acdcore.router.codes import AssignmentState, InteractionState, OfferState, Presence
from acdcore.v1 import interaction_service_pb2 as interactions
from rpc_center import SECOND_NS, START_NS, Running, blended_center, running

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


async def signed_in(up: Running, *names: str) -> list[Any]:
    """Agents' clients, signed in one after the other."""
    agents = [up.client.agent(name) for name in names]
    for agent in agents:
        await agent.sign_in()
    return agents


async def refused(call: Any, kind: type[AcdError]) -> tuple[str, str, str]:
    """Why a call was refused: reason, field and value."""
    with pytest.raises(kind) as caught:
        await call
    return caught.value.reason, caught.value.field, caught.value.value


# ---------------------------------------------------------------------- moves and doors


async def test_a_full_queue_sends_on_and_the_answer_says_where() -> None:
    async with running(blended_center()) as up:
        first = await up.client.enqueue("front", interaction_id="call-1")
        up.clock.move(10)
        second = await up.client.enqueue("front", interaction_id="call-2")
        assert (first.queue, second.queue) == ("front", "back")
        assert (second.due_ns - second.since_ns, second.entered) == (60 * SECOND_NS, moment(START_NS + 10 * SECOND_NS))
        rows = {row.queue: row for row in await up.client.figures("front", "back")}
        assert (rows["front"].enqueued, rows["front"].moved, rows["back"].enqueued, rows["back"].moved_in) == (
            2,
            1,
            0,
            1,
        )


async def test_moving_keeps_the_wait() -> None:
    async with running(blended_center()) as up:
        await up.client.enqueue("chats", interaction_id="chat-1", priority=7)
        up.clock.move(40)
        request_id = uuid.uuid4()
        for _repeat in range(2):
            moved = await up.client.move("chat-1", "back", request_id=request_id)
            assert (moved.queue, moved.since_ns, moved.priority) == ("back", START_NS, 7)
            assert (moved.due_ns, moved.entered_ns) == (START_NS + 60 * SECOND_NS, START_NS + 40 * SECOND_NS)
        assert (await up.client.move("chat-1", "loans", priority=-3)).priority == -3
        assert await refused(up.client.move("chat-1", "nowhere"), NotFound) == ("UNKNOWN_QUEUE", "queue", "nowhere")
        await up.client.cancel("chat-1")
        assert (await refused(up.client.move("chat-1", "back"), FailedPrecondition))[:2] == (
            "ALREADY_ENDED",
            "interaction_id",
        )


async def test_a_transfer_ends_the_talk_and_keeps_the_wait() -> None:
    async with running(blended_center()) as up:
        anna, dora = await signed_in(up, "anna", "dora")
        call = await up.client.enqueue("stocks", interaction_id="call-1")
        assignment = await anna.accept(call.offer_ids[0])
        up.clock.move(30)
        request = interactions.MoveInteractionRequest(
            interaction_id="call-1", queue="back", request_id=str(uuid.uuid4())
        )
        answer = interactions.MoveInteractionResponse.FromString(
            await up.raw("InteractionService/MoveInteraction", request.SerializeToString())
        )
        assert (answer.assignment.assignment_id, answer.assignment.state) == (assignment.assignment_id, 2)
        assert (int(answer.interaction.state), answer.interaction.agent) == (InteractionState.OFFERED, "dora")
        repeat = interactions.MoveInteractionResponse.FromString(
            await up.raw("InteractionService/MoveInteraction", request.SerializeToString())
        )
        assert repeat.assignment.assignment_id == assignment.assignment_id  # the same answer
        second = await dora.accept((await dora.get()).offers[0].offer_id)
        assert (await second.transfer("loans")).since_ns == START_NS
        assert (await anna.get()).assignments[0].state == AssignmentState.WRAP_UP


async def test_doors_refuse_with_their_reasons() -> None:
    async with running(blended_center()) as up:
        assert (await up.client.close_queue("night")).is_open is False
        closed = await refused(up.client.enqueue("night"), FailedPrecondition)
        assert closed == ("QUEUE_CLOSED", "queue", "night")
        await up.client.enqueue("loans", interaction_id="call-1")
        assert await refused(up.client.move("call-1", "night"), FailedPrecondition) == closed
        await up.client.open_queue("night")
        assert (await up.client.move("call-1", "night")).queue == "night"


# ---------------------------------------------------------------------- priorities, holds, appointments


async def test_priorities() -> None:
    async with running(blended_center()) as up:
        await up.client.enqueue("back", interaction_id="call-1")
        assert (await up.client.set_priority("call-1", 9)).priority == 9
        assert (await up.client.set_priority("call-1", None)).priority == 0
        wrong = await refused(up.client.set_priority("call-1", 101), InvalidArgument)
        assert wrong == ("INVALID_PRIORITY", "priority", "101")


async def test_what_is_held_comes_back_to_its_old_place() -> None:
    async with running(blended_center()) as up:
        [dora] = await signed_in(up, "dora")
        await up.client.enqueue("back", interaction_id="call-1")
        held = await up.client.hold("call-1", 30 * SECOND)
        assert (held.state, held.until, held.offer_ids) == (
            InteractionState.HELD,
            moment(START_NS + 30 * SECOND_NS),
            (),
        )
        [row] = await up.client.figures("back")
        assert (row.held, row.held_now, row.waiting, row.offers_revoked) == (1, 1, 0, 1)
        up.clock.move(30)
        back = await up.client.get_interaction("call-1")
        assert (back.state, back.since_ns, back.until) == (InteractionState.OFFERED, START_NS, None)
        await up.client.hold(back, MINUTE)
        released = await up.client.release("call-1")
        assert (released.state, released.agent) == (InteractionState.OFFERED, "dora")
        assert (await refused(up.client.release("call-1"), FailedPrecondition))[0] == "NOT_HELD"
        await dora.accept(released.offer_ids[0])
        assert (await refused(up.client.hold("call-1", SECOND), FailedPrecondition))[0] == "NOT_WAITING"


async def test_what_is_booked_begins_in_time() -> None:
    async with running(blended_center()) as up:
        await signed_in(up, "dora")
        at = moment(START_NS) + 10 * MINUTE
        booked = await up.client.enqueue("back", interaction_id="callback", start=at)
        assert (booked.state, booked.until, booked.since, booked.entered) == (InteractionState.SCHEDULED, at, at, None)
        [row] = await up.client.figures("back")
        assert (row.scheduled, row.waiting, row.longest_wait_ns) == (1, 0, -1)
        up.clock.move(600)
        begun = await up.client.get_interaction("callback")
        assert (begun.state, begun.since, begun.entered, begun.until) == (InteractionState.OFFERED, at, at, None)
        late = await up.client.enqueue("back", start=at - MINUTE)
        assert late.state == InteractionState.WAITING
        far = up.client.enqueue("back", start=at + timedelta(days=401))
        assert (await refused(far, InvalidArgument))[:2] == ("INVALID_START", "start")


async def test_the_longest_wait_ends() -> None:
    async with running(blended_center()) as up:
        await up.client.enqueue("night", interaction_id="call-1")
        up.clock.move(300)
        assert (await up.client.get_interaction("call-1")).state == InteractionState.EXPIRED
        [row] = await up.client.figures("night")
        assert (row.expired, row.abandoned, row.waiting) == (1, 0, 0)


# ---------------------------------------------------------------------- for whom


async def test_a_preferred_agent_is_waited_for_so_long() -> None:
    async with running(blended_center()) as up:
        dora, _emil = await signed_in(up, "dora", "emil")
        busy = await up.client.enqueue("back", agent="dora", preferred_for=MINUTE)
        assert (busy.agent, busy.addressed_agent) == ("dora", "dora")
        await dora.accept(busy.offer_ids[0])
        await up.client.enqueue("back", interaction_id="call-2", agent="dora", preferred_for=30 * SECOND)
        waits = await up.client.get_interaction("call-2")
        assert (waits.state, waits.addressed_agent) == (InteractionState.WAITING, "dora")
        assert waits.addressed_until == moment(START_NS + 30 * SECOND_NS)
        up.clock.move(30)
        everybodys = await up.client.get_interaction("call-2")
        assert (everybodys.agent, everybodys.addressed_agent, everybodys.addressed_until) == ("emil", "", None)


async def test_a_direct_interaction_goes_to_nobody_else() -> None:
    async with running(blended_center()) as up:
        [emil] = await signed_in(up, "emil")
        direct = await up.client.enqueue("stocks", interaction_id="call-1", agent="emil", direct=True)
        assert (direct.agent, direct.addressed_agent, direct.addressed_until) == ("emil", "emil", None)
        moved = await up.client.move("call-1", "back", agent="dora", direct=True)
        assert (moved.state, moved.queue, moved.agent) == (InteractionState.OFFERED, "back", "emil")  # dora is away
        assert moved.addressed_agent == ""
        await emil.accept(moved.offer_ids[0])


async def test_an_addressee_that_cannot_be_right_is_told() -> None:
    async with running(blended_center()) as up:
        nobody = up.client.enqueue("back", agent="nobody", preferred_for=MINUTE)
        assert await refused(nobody, NotFound) == ("UNKNOWN_AGENT", "agent", "nobody")
        nobody = up.client.move("call-1", "back", agent="nobody", direct=True)
        assert (await refused(nobody, NotFound))[1] in ("interaction_id", "agent")
        alone = await refused(up.client.enqueue("back", agent="dora"), InvalidArgument)
        assert alone == ("INVALID_DURATION", "preferred_for", "")
        both = await refused(
            up.client.enqueue("back", agent="dora", direct=True, preferred_for=MINUTE), InvalidArgument
        )
        assert both == ("INVALID_DURATION", "preferred_for", "1m")
        for wrong in ({"direct": True}, {"preferred_for": MINUTE}):
            assert (await refused(up.client.enqueue("back", **wrong), InvalidArgument))[:2] == (
                "INVALID_FIELD",
                "agent",
            )
        for length in (-SECOND, timedelta(0), timedelta(days=401), timedelta.max):
            call = up.client.enqueue("back", agent="dora", preferred_for=length)
            assert (await refused(call, InvalidArgument))[1] == "preferred_for"


async def test_requirements_of_an_interaction_hold_beside_the_queues() -> None:
    async with running(blended_center()) as up:
        await signed_in(up, "emil", "dora")
        wanted = Requirement(
            {"german": 6}, any_of=[{"stocks": 1, "loans": 2}], excludes=["stocks"], prefers={"loans": 5}
        )
        call = await up.client.enqueue("back", requirement=wanted)
        assert call.agent == "dora"
        assert (await up.client.enqueue("back", requirement={"german": 9})).state == InteractionState.WAITING
        unknown = up.client.enqueue("back", requirement=Requirement({"german": 1}, [{"loans": 1, "latin": 1}]))
        assert await refused(unknown, NotFound) == ("UNKNOWN_SKILL", "requirement.any_of[0].any_of[1].skill", "latin")
        wrong = up.client.enqueue("back", requirement={"german": 11})
        assert await refused(wrong, InvalidArgument) == ("INVALID_LEVEL", "requirement.requires[0].level", "11")
        many = up.client.enqueue("back", requirement={f"skill {n}": 1 for n in range(101)})
        assert (await refused(many, InvalidArgument))[:2] == ("INVALID_FIELD", "requirement")


async def test_a_customer_comes_back_to_the_same_agent_on_another_channel() -> None:
    async with running(blended_center()) as up:
        dora, _emil = await signed_in(up, "dora", "emil")
        first = await up.client.enqueue("chats", customer_id="lisa", agent="dora", preferred_for=MINUTE)
        await dora.accept(first.offer_ids[0])
        second = await up.client.enqueue("chats", customer_id="lisa")
        assert second.agent == "dora"
        state = await dora.get()
        assert (state.units, state.channels["chat"], state.channels["voice"]) == (
            80,
            ChannelUse(2, 2),
            ChannelUse(0, 1),
        )
        assert (state.handled, state.claim_interaction_id) == (1, "")
        assert (state.offers[0].channel, state.assignments[0].channel) == ("chat", "chat")
        assert (await up.client.agent("frida").get()).channels["chat"].limit == 0


async def test_a_claim_shows_on_both_sides() -> None:
    async with running(blended_center()) as up:
        [dora] = await signed_in(up, "dora")
        for n in (1, 2):
            chat = await up.client.enqueue("chats", interaction_id=f"chat-{n}")
            await dora.accept(chat.offer_ids[0])
        await up.client.enqueue("back", interaction_id="call-1")
        up.clock.move(60)
        assert (await up.client.get_interaction("call-1")).claimed_agent == "dora"
        assert (await dora.get()).claim_interaction_id == "call-1"


# ---------------------------------------------------------------------- offers that do not become talks


async def test_a_decline_may_say_for_how_long() -> None:
    async with running(blended_center()) as up:
        [dora] = await signed_in(up, "dora")
        call = await up.client.enqueue("back", interaction_id="call-1")
        await dora.decline(call.offer_ids[0], retry_after=2 * MINUTE)
        up.clock.move(119)
        assert (await up.client.get_interaction("call-1")).state == InteractionState.WAITING
        up.clock.move(1)
        again = await up.client.get_interaction("call-1")
        assert (again.state, again.misses) == (InteractionState.OFFERED, 1)
        offer = (await dora.get()).offers[0]
        for length in (timedelta(0), -SECOND, timedelta(days=500)):
            assert (await refused(dora.decline(offer.offer_id, retry_after=length), InvalidArgument))[:2] == (
                "INVALID_DURATION",
                "retry_after",
            )
        for _repeat in range(2):
            await dora.decline(offer.offer_id, failed=True)
        [row] = await up.client.figures("back")
        assert (row.offers_declined, row.offers_failed) == (1, 1)
        assert (await refused(dora.accept(offer.offer_id), FailedPrecondition))[0] == "OFFER_FAILED"


async def test_after_too_many_misses_an_interaction_is_held() -> None:
    async with running(blended_center()) as up:
        [dora] = await signed_in(up, "dora")
        await up.client.enqueue("back", interaction_id="call-1")
        for _miss in range(5):
            await dora.decline((await dora.get()).offers[0].offer_id, retry_after=SECOND)
            up.clock.move(1)
        held = await up.client.get_interaction("call-1")
        assert (held.state, held.misses) == (InteractionState.HELD, 5)
        assert held.until == moment(START_NS + 304 * SECOND_NS)
        assert (await dora.get()).presence == Presence.AVAILABLE


@pytest.mark.parametrize("by_assignment", [True, False])
async def test_failed_media_bring_the_interaction_back(by_assignment: bool) -> None:
    async with running(blended_center()) as up:
        dora, emil = await signed_in(up, "dora", "emil")
        call = await up.client.enqueue("back", interaction_id="call-1")
        assert call.agent == "dora"
        assignment = await dora.accept(call.offer_ids[0])
        up.clock.move(2)
        request_id = uuid.uuid4()
        about = {"assignment_id": assignment.assignment_id} if by_assignment else {"interaction_id": "call-1"}
        back = await up.client.fail(**about, request_id=request_id)
        assert (back.state, back.agent, back.since_ns, back.misses) == (InteractionState.OFFERED, "emil", START_NS, 1)
        second = await emil.accept(back.offer_ids[0])
        await up.client.fail(**about, request_id=request_id)  # a repeat does nothing to who serves now
        now = await up.client.get_interaction("call-1")
        assert (now.state, now.agent, now.assignment_id) == (InteractionState.ASSIGNED, "emil", second.assignment_id)
        [row] = await up.client.figures("back")
        assert (row.offers_failed, row.returned, row.answered, row.active) == (1, 1, 2, 1)


async def test_only_what_is_served_can_fail() -> None:
    async with running(blended_center()) as up:
        await up.client.enqueue("stocks", interaction_id="call-1")
        waits = await refused(up.client.fail("call-1"), FailedPrecondition)
        assert waits == ("NOT_ASSIGNED", "interaction_id", "call-1")
        [anna] = await signed_in(up, "anna")
        assignment = await anna.accept((await anna.get()).offers[0].offer_id)
        await assignment.complete()
        wraps_up = await refused(assignment.fail(), FailedPrecondition)
        assert wraps_up == ("NOT_ASSIGNED", "assignment_id", assignment.assignment_id)
        assert (await refused(up.client.fail("call-1"), FailedPrecondition))[0] == "ALREADY_ENDED"
        gone = await refused(up.client.fail(assignment_id="a-7fffffffffffffff"), NotFound)
        assert gone[:2] == ("UNKNOWN_ASSIGNMENT", "assignment_id")


async def test_the_first_of_several_gets_it() -> None:
    async with running(blended_center()) as up:
        dora, emil = await signed_in(up, "dora", "emil")
        call = await up.client.enqueue("hunt", interaction_id="call-1")
        assert len(call.offer_ids) == 2
        [to_emil], [to_dora] = (await emil.get()).offers, (await dora.get()).offers
        assert to_emil.state == OfferState.PENDING
        await emil.accept(to_emil.offer_id)
        late = await refused(dora.accept(to_dora.offer_id), FailedPrecondition)
        assert late == ("ALREADY_TAKEN", "offer_id", to_dora.offer_id)
        assert (await dora.get()).units == 0


async def test_limits_of_requirements_are_the_centers() -> None:
    router = blended_center()
    for n in range(21):
        router.define_skill(f"skill {n}")
    async with running(router) as up:
        many = up.client.enqueue("back", requirement={f"skill {n}": 1 for n in range(21)})
        assert (await refused(many, ResourceExhausted))[:2] == ("LIMIT_REACHED", "max_skills_per_requirement")
