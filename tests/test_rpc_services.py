"""Every method of the contract, through a real server: what it answers, and how it says no."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from acdcore.errors import (
    AcdError,
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
)
from acdcore.model import moment
from acdcore.plans import Requirement
from acdcore.router.codes import (
    AgentState,
    AssignmentState,
    Cause,
    InteractionState,
    OfferState,
    Presence,
    Setting,
)
from acdcore.rpc.client import Client
from acdcore.v1 import agent_service_pb2, figure_service_pb2, interaction_service_pb2
from rpc_center import SECOND_NS, START_NS, running, small_center


async def test_the_life_of_a_call() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        signed_in = await anna.sign_in()
        assert (signed_in.presence, signed_in.state, signed_in.units) == (Presence.AVAILABLE, AgentState.IDLE, 0)
        assert signed_in.skills == {"stocks": 7, "loans": 3}
        since = moment(START_NS - 5 * SECOND_NS)
        call = await up.client.enqueue("stocks", interaction_id="call-1", tier="vip", priority=3, since=since)
        assert (call.interaction_id, call.queue, call.tier, call.state) == (
            "call-1",
            "stocks",
            "vip",
            InteractionState.OFFERED,
        )
        assert (call.priority, call.since, call.due) == (3, since, since + timedelta(seconds=10 - 90))
        [offer] = (await anna.get()).offers
        assert (offer.offer_id, offer.state, offer.waited) == (
            call.offer_ids[0],
            OfferState.PENDING,
            timedelta(seconds=5),
        )
        assert offer.deadline == moment(START_NS + 20 * SECOND_NS)
        assignment = await anna.accept(offer.offer_id)
        assert (assignment.state, assignment.interaction_id, assignment.agent) == (
            AssignmentState.ACTIVE,
            "call-1",
            "anna",
        )
        up.clock.move(60)
        wrap_up = await assignment.complete()
        assert (wrap_up.state, wrap_up.deadline) == (AssignmentState.WRAP_UP, moment(START_NS + 90 * SECOND_NS))
        await assignment.end_wrap_up()
        assert (await up.client.get_interaction("call-1")).state == InteractionState.COMPLETED
        assert (await anna.sign_out()).presence == Presence.OFFLINE


async def test_an_enqueue_without_anything_has_defaults() -> None:
    async with running() as up:
        first, second = await up.client.enqueue("loans"), await up.client.enqueue("loans")
        assert first.interaction_id != second.interaction_id
        assert (first.tier, first.priority, first.since_ns) == ("standard", 0, START_NS)


@pytest.mark.parametrize("cause", [Cause.CUSTOMER, Cause.SYSTEM])
async def test_cancelling_what_waits_abandons_it(cause: Cause) -> None:
    async with running() as up:
        await up.client.enqueue("loans", interaction_id="call-1")
        assert (await up.client.cancel("call-1", cause=cause)).state == InteractionState.ABANDONED
        with pytest.raises(FailedPrecondition) as caught:
            await up.client.cancel("call-1")
        assert (caught.value.reason, caught.value.field, caught.value.value) == (
            "ALREADY_ENDED",
            "interaction_id",
            "call-1",
        )


async def test_hanging_up_while_served_completes_it() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        call = await up.client.enqueue("stocks")
        await anna.accept(call.offer_ids[0])
        ended = await up.client.cancel(call.interaction_id)
        assert ended.state == InteractionState.COMPLETED


async def test_presence() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        with pytest.raises(FailedPrecondition, match="not signed in"):
            await anna.set_presence(Presence.AVAILABLE)
        at_lunch = await anna.sign_in(Presence.NOT_READY, reason="lunch")
        assert (at_lunch.presence, at_lunch.reason) == (Presence.NOT_READY, "lunch")
        assert (await anna.set_presence(Presence.AVAILABLE)).reason == ""
        call = await up.client.enqueue("loans")
        await anna.accept(call.offer_ids[0])
        draining = await anna.set_presence(Presence.DRAINING, next_presence=Presence.OFFLINE)
        assert (draining.presence, draining.next_presence, draining.state) == (
            Presence.DRAINING,
            Presence.OFFLINE,
            AgentState.BUSY,
        )
        await anna.complete(call.interaction_id)
        assert (await anna.get()).presence == Presence.OFFLINE


async def test_forced_sign_out_returns_the_call() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        call = await up.client.enqueue("loans")
        await anna.accept(call.offer_ids[0])
        assert (await anna.sign_out()).presence == Presence.DRAINING
        assert (await anna.sign_out(force=True)).presence == Presence.OFFLINE
        assert (await up.client.get_interaction(call.interaction_id)).state == InteractionState.WAITING


async def test_declining() -> None:
    async with running() as up:
        anna, ben = up.client.agent("anna"), up.client.agent("ben")
        await anna.sign_in()
        call = await up.client.enqueue("loans")
        with pytest.raises(FailedPrecondition) as caught:
            await ben.accept(call.offer_ids[0])
        assert (caught.value.reason, caught.value.field, caught.value.value) == ("WRONG_AGENT", "agent", "ben")
        await anna.decline(call.offer_ids[0])
        await ben.sign_in()
        assert (await up.client.get_interaction(call.interaction_id)).agent == "ben"


async def test_accept_against_hang_up_and_expiry() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        first = await up.client.enqueue("stocks")
        await up.client.cancel(first.interaction_id)
        second = await up.client.enqueue("stocks")
        up.clock.move(20)
        for offer_id, reason in ((first.offer_ids[0], "OFFER_REVOKED"), (second.offer_ids[0], "OFFER_EXPIRED")):
            with pytest.raises(FailedPrecondition) as caught:
                await anna.accept(offer_id)
            assert (caught.value.reason, caught.value.field) == (reason, "offer_id")
        looked = await anna.get()
        assert (looked.presence, looked.reason, looked.units) == (Presence.NOT_READY, "no_answer", 0)


async def test_two_clients_accept_the_same_offer_and_get_the_same_assignment() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        call = await up.client.enqueue("stocks")
        first, second = await asyncio.gather(anna.accept(call.offer_ids[0]), anna.accept(call.offer_ids[0]))
        assert first == second
        assert (await up.client.figures("stocks"))[-1].answered == 1


async def test_a_repeat_returns_the_first_answer_and_has_one_effect() -> None:
    async with running() as up:
        again = uuid.uuid4()
        first = await up.client.enqueue("loans", request_id=again)
        assert await up.client.enqueue("loans", request_id=again) == first
        [row] = await up.client.figures("loans")
        assert row.enqueued == 1
        with pytest.raises(InvalidArgument) as caught:
            await up.client.enqueue("stocks", request_id=again)
        assert (caught.value.reason, caught.value.field) == ("REQUEST_MISMATCH", "request_id")


async def test_a_repeat_after_the_end_was_forgotten_still_names_the_call() -> None:
    router = small_center()
    router.configure(limits={Setting.REMEMBERED_INTERACTIONS: 0})
    async with running(router) as up:
        again = uuid.uuid4()
        first = await up.client.enqueue("loans", request_id=again)
        assert (await up.client.cancel(first.interaction_id)).interaction_id == first.interaction_id
        await up.client.enqueue("loans")  # a command later the end may be forgotten
        assert (await up.client.enqueue("loans", request_id=again)).interaction_id == first.interaction_id
        with pytest.raises(NotFound):
            await up.client.get_interaction(first.interaction_id)


async def test_limits() -> None:
    async with running() as up:
        for n in range(3):
            await up.client.enqueue("loans", interaction_id=f"call-{n}")
        with pytest.raises(ResourceExhausted) as full:
            await up.client.enqueue("loans")
        assert (full.value.reason, full.value.field, full.value.value) == ("QUEUE_FULL", "queue", "loans")
        with pytest.raises(AlreadyExists) as taken:
            await up.client.enqueue("stocks", interaction_id="call-1")
        assert (taken.value.field, taken.value.value) == ("interaction_id", "call-1")


async def test_centers_have_names() -> None:
    async with running() as up, Client(up.target, center="bank") as right, Client(up.target, center="shop") as wrong:
        await right.enqueue("loans", interaction_id="call-1")
        anna = wrong.agent("anna")
        for call in (
            wrong.enqueue("loans"),
            wrong.cancel("call-1"),
            wrong.complete("call-1"),
            wrong.get_interaction("call-1"),
            wrong.move("call-1", "stocks"),
            wrong.set_priority("call-1", 1),
            wrong.hold("call-1", timedelta(seconds=1)),
            wrong.release("call-1"),
            wrong.fail("call-1"),
            wrong.open_queue("loans"),
            wrong.close_queue("loans"),
            wrong.get_queue("loans"),
            wrong.queues(),
            anna.sign_in(),
            anna.sign_out(),
            anna.set_presence(Presence.AVAILABLE),
            anna.heartbeat(),
            anna.accept("o-1"),
            anna.decline("o-1"),
            anna.end_wrap_up("a-1"),
            anna.get(),
            anext(anna.watch()),
            wrong.figures(),
            wrong.center_figures(),
        ):
            with pytest.raises(NotFound) as caught:
                await call
            assert (caught.value.reason, caught.value.field, caught.value.value) == ("UNKNOWN_CENTER", "center", "shop")


async def test_leases_and_heartbeats() -> None:
    async with running(small_center(lease=timedelta(seconds=30))) as up:
        anna = up.client.agent("anna")
        with pytest.raises(FailedPrecondition, match="not signed in"):
            await anna.heartbeat()
        await anna.sign_in()
        taken = up.server.owner.answers.total
        before = taken()
        assert await anna.heartbeat() == moment(START_NS + 30 * SECOND_NS)
        assert taken() == before  # too early to bother the router
        up.clock.move(10)
        assert await anna.heartbeat() == moment(START_NS + 40 * SECOND_NS)
        assert taken() == before + 1
        call = await up.client.enqueue("stocks")
        up.clock.move(15)
        assert await anna.heartbeat() == moment(START_NS + 55 * SECOND_NS)
        up.clock.move(30)
        gone = await anna.get()
        assert (gone.presence, gone.reason) == (Presence.OFFLINE, "lease_lapsed")
        assert (await up.client.get_interaction(call.interaction_id)).state == InteractionState.WAITING


async def test_no_lease_no_deadline() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        assert await anna.heartbeat() is None


# ---------------------------------------------------------------------- figures


async def test_queue_figures() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        early = await up.client.enqueue("stocks", tier="vip")
        up.clock.move(4)
        await (await anna.accept(early.offer_ids[0])).complete()
        await up.client.enqueue("stocks", interaction_id="late", tier="vip")
        await up.client.enqueue("stocks", interaction_id="gone", tier="vip")
        await up.client.cancel("gone")
        up.clock.move(12)
        await up.client.cancel("late")
        await up.client.enqueue("stocks", tier="vip", since=moment(START_NS))
        unused, vip = sorted(await up.client.figures("stocks"), key=lambda row: row.tier)
        assert (unused.tier, unused.enqueued, unused.service_level, unused.longest_wait_ns) == ("standard", 0, None, -1)
        assert (vip.enqueued, vip.answered, vip.answered_in_target) == (4, 1, 1)
        assert (vip.abandoned, vip.abandoned_in_target, vip.completed, vip.waiting) == (2, 1, 1, 1)
        assert (vip.service_level, vip.service_level_all) == (1 / 2, 1 / 3)
        assert (vip.wait_ns, vip.handle_ns, vip.longest_wait_ns) == (4 * SECOND_NS, 0, 16 * SECOND_NS)
        assert (vip.offers_made, vip.offers_accepted, vip.offers_revoked) == (1, 1, 0)
        assert (sum(vip.wait_bins), len(vip.wait_bins)) == (1, len(vip.wait_edges_ns) + 1)
        assert vip.wait_bins[vip.wait_edges_ns.index(5 * SECOND_NS)] == 1
        assert vip.average_speed_of_answer == timedelta(seconds=4)


async def test_figures_of_one_queue_carry_both_service_levels() -> None:
    async with running() as up:
        request = figure_service_pb2.GetQueueFiguresRequest(queue="loans")
        answer = figure_service_pb2.GetQueueFiguresResponse.FromString(
            await up.raw("FigureService/GetQueueFigures", request.SerializeToString())
        )
        [row] = answer.figures
        assert (row.queue, row.tier) == ("loans", "standard")
        assert not row.HasField("service_level")
        assert not row.HasField("average_speed_of_answer")
        await up.client.enqueue("loans", interaction_id="call-1")
        up.clock.move(21)
        await up.client.cancel("call-1")
        answer = figure_service_pb2.GetQueueFiguresResponse.FromString(
            await up.raw("FigureService/GetQueueFigures", request.SerializeToString())
        )
        [row] = answer.figures
        assert (row.service_level, row.service_level_all, row.HasField("service_level")) == (0.0, 0.0, True)
        assert answer.figure_time.seconds == (START_NS // SECOND_NS) + 21


async def test_pages_of_figures() -> None:
    router = small_center()
    for n in range(7):
        router.define_queue(f"queue-{n}")
    async with running(router) as up:
        request = figure_service_pb2.ListQueueFiguresRequest(page_size=4)
        pages: list[list[str]] = []
        while not pages or request.page_token:
            answer = figure_service_pb2.ListQueueFiguresResponse.FromString(
                await up.raw("FigureService/ListQueueFigures", request.SerializeToString())
            )
            pages.append([row.queue for row in answer.figures])
            request.page_token = answer.next_page_token
        assert [len(page) for page in pages] == [4, 4, 1]
        assert [name for page in pages for name in page] == ["stocks", "loans", *(f"queue-{n}" for n in range(7))]
        assert [row.queue for row in await up.client.figures()] == [name for page in pages for name in page]
        assert [row.queue for row in await up.client.figures("loans", "queue-3")] == ["loans", "queue-3"]


async def test_center_figures_count_every_agent_once_and_time_them() -> None:
    async with running() as up:
        anna, ben = up.client.agent("anna"), up.client.agent("ben")
        await anna.sign_in()
        await ben.sign_in(Presence.NOT_READY)
        up.clock.move(30)
        call = await up.client.enqueue("stocks")
        offered = await up.client.center_figures()
        assert (offered.agents_offline, offered.agents_offered, offered.agents_not_ready) == (1, 1, 1)
        assignment = await anna.accept(call.offer_ids[0])
        up.clock.move(60)
        busy = await up.client.center_figures()
        assert (busy.agents_busy, busy.agents_available, busy.interactions) == (1, 0, 1)
        assert busy.occupancy == pytest.approx(60 / 90)
        await assignment.complete()
        up.clock.move(10)
        figures = await up.client.center_figures()
        assert (figures.center, figures.agents_wrap_up, figures.decisions) == ("bank", 1, 1)
        assert figures.occupancy == pytest.approx(70 / 100)
        assert figures.uptime == timedelta(seconds=100)
        assert figures.commands == figures.decision_latency.count == 5
        assert figures.refusals == 0
        latency = figures.decision_latency
        assert 0 < latency.p50_ns <= latency.p99_ns <= latency.p999_ns <= latency.longest_ns
        assert latency.longest_ns <= latency.sum_ns <= latency.count * latency.longest_ns
        assert latency.mean_ns == latency.sum_ns / latency.count
        with pytest.raises(NotFound):
            await anna.accept("o-77")
        assert (await up.client.center_figures()).refusals == 1


async def test_a_fresh_center_has_no_occupancy() -> None:
    async with running() as up:
        figures = await up.client.center_figures()
        assert (figures.occupancy, figures.decisions, figures.watchers, figures.inbox) == (None, 0, 0, 0)
        assert figures.state_hash == await up.server.owner.read(lambda core, _: core.state_hash())


async def test_unknown_fields_are_ignored() -> None:
    async with running() as up:
        request = interaction_service_pb2.EnqueueInteractionRequest(queue="loans").SerializeToString()
        unknown = b"\xf2\x3f\x05hello"  # field 1022, length-delimited
        answer = interaction_service_pb2.EnqueueInteractionResponse.FromString(
            await up.raw("InteractionService/EnqueueInteraction", request + unknown)
        )
        assert answer.interaction.queue == "loans"


async def test_times_keep_their_nanoseconds() -> None:
    async with running() as up:
        request = interaction_service_pb2.EnqueueInteractionRequest(queue="loans")
        request.since_time.seconds, request.since_time.nanos = START_NS // SECOND_NS - 1, 999_999_999
        answer = interaction_service_pb2.EnqueueInteractionResponse.FromString(
            await up.raw("InteractionService/EnqueueInteraction", request.SerializeToString())
        )
        assert answer.interaction.since_time == request.since_time


async def test_since_needs_a_time_zone() -> None:
    async with running() as up:
        with pytest.raises(InvalidArgument) as caught:
            await up.client.enqueue("loans", since=datetime(2027, 1, 1))  # noqa: DTZ001  that is the point
        assert caught.value.field == "since"
        assert (await up.client.enqueue("loans", since=datetime(2027, 1, 1, tzinfo=UTC))).since.year == 2027


async def test_the_server_s_refusals_speak_the_client_s_words() -> None:
    async with running() as up:
        later = up.client.enqueue("loans", since=datetime(2030, 1, 1, tzinfo=UTC))
        calls = {
            "since: invalid since: '2030-01-01T00:00:00+00:00' (allowed: from 1970 to now)": later,
            "agent: no agent is called 'nobody'": up.client.enqueue("loans", agent="nobody", direct=True),
            "preferred_for: invalid duration: '-1s' (allowed: 1ms to 400d)": up.client.enqueue(
                "loans", agent="anna", preferred_for=-timedelta(seconds=1)
            ),
            "tier: no tier is called 'gold' (allowed: vip, standard)": up.client.enqueue("loans", tier="gold"),
        }
        for text, call in calls.items():
            with pytest.raises(AcdError) as caught:
                await call
            assert str(caught.value) == text
            assert text.startswith(f"{caught.value.field}: ")


async def test_get_agent_shows_everything_at_hand() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        call = await up.client.enqueue("stocks")
        await anna.accept(call.offer_ids[0])
        up.clock.move(1800)
        await anna.complete(call.interaction_id)
        raw = agent_service_pb2.GetAgentResponse.FromString(
            await up.raw("AgentService/GetAgent", agent_service_pb2.GetAgentRequest(agent="anna").SerializeToString())
        ).agent
        assert raw.occupancy == 0.0  # settled when load last changed, when anna accepted
        assert raw.units == 100
        assert raw.assignments[0].interaction_id == call.interaction_id
        up.clock.move(30)
        rested = await anna.get()
        assert (rested.units, rested.assignments) == (0, ())
        assert rested.occupancy == pytest.approx(0.5, abs=0.01)  # half an hour's work at a half-life of half an hour


@pytest.mark.parametrize(("wrap_up_s", "state"), [(30, AssignmentState.WRAP_UP), (0, AssignmentState.ENDED)])
async def test_who_served_is_told_after_completion(wrap_up_s: int, state: AssignmentState) -> None:
    async with running(small_center(wrap_up_s=wrap_up_s)) as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        call = await up.client.enqueue("stocks", interaction_id="call-1")
        assert call.agent == "anna"
        assignment = await anna.accept(call.offer_ids[0])
        request_id = str(uuid.uuid4())
        for _repeat in range(2):
            done = await up.client.complete("call-1", request_id=request_id)
            assert (done.assignment_id, done.interaction_id) == (assignment.assignment_id, "call-1")
            assert (done.queue, done.agent, done.state, done.channel) == ("stocks", "anna", state, "voice")
            ended = await up.client.get_interaction("call-1")
            assert (ended.state, ended.agent, ended.assignment_id) == (InteractionState.COMPLETED, "anna", "")


async def test_answering_an_offer_twice_in_the_same_way_changes_nothing() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        call = await up.client.enqueue("loans", interaction_id="call-1")
        for _repeat in range(2):
            await anna.decline(call.offer_ids[0])
        assert (await up.client.get_interaction("call-1")).misses == 1
        call = await up.client.enqueue("loans", interaction_id="call-2")
        assert await anna.accept(call.offer_ids[0]) == await anna.accept(call.offer_ids[0])


MISTYPED: list[tuple[Callable[[Any], Any], str]] = [
    (lambda c: c.enqueue(5), "queue: must be text (got 5, an int)"),
    (lambda c: c.enqueue("stocks", priority="high"), "priority: must be a whole number (got 'high', a str)"),
    (lambda c: c.enqueue("stocks", interaction_id=5), "interaction_id: must be text (got 5, an int)"),
    (
        lambda c: c.enqueue("stocks", since=5),
        "since: must be a datetime.datetime with a time zone (got 5, an int)",
    ),
    (lambda c: c.cancel(7), "interaction_id: must be text (got 7, an int)"),
    (lambda c: c.complete(7), "interaction_id: must be text (got 7, an int)"),
    (lambda c: c.get_interaction(7), "interaction_id: must be text (got 7, an int)"),
    (
        lambda c: c.enqueue("stocks", start=5),
        "start: must be a datetime.datetime with a time zone (got 5, an int)",
    ),
    (lambda c: c.enqueue("stocks", agent=5), "agent: must be text (got 5, an int)"),
    (
        lambda c: c.enqueue("stocks", agent="anna", preferred_for=5),
        "preferred_for: must be a datetime.timedelta (got 5, an int)",
    ),
    (
        lambda c: c.enqueue("stocks", requirement=5),
        "requirement: must be a Requirement or a mapping from skill to level (got 5, an int)",
    ),
    (
        lambda c: c.enqueue("stocks", requirement={"loans": "x"}),
        "requirement.requires.loans: must be a whole number (got 'x', a str)",
    ),
    (
        lambda c: c.enqueue("stocks", requirement=Requirement(excludes="loans")),
        "requirement.excludes: must be a mapping from skill to level or a list of skills (got 'loans', a str)",
    ),
    (lambda c: c.enqueue("stocks", customer_id=5), "customer_id: must be text (got 5, an int)"),
    (lambda c: c.move(7, "stocks"), "interaction_id: must be text (got 7, an int)"),
    (lambda c: c.set_priority("call-1", "x"), "priority: must be a whole number (got 'x', a str)"),
    (lambda c: c.hold("call-1", 5), "hold_for: must be a datetime.timedelta (got 5, an int)"),
    (lambda c: c.fail(assignment_id=5), "assignment_id: must be text (got 5, an int)"),
    (lambda c: c.open_queue(5), "queue: must be text (got 5, an int)"),
    (lambda c: c.close_queue("loans", turn_away="x"), "turn_away: must be true or false (got 'x', a str)"),
    (
        lambda c: c.agent("anna").decline("o-1", retry_after=5),
        "retry_after: must be a datetime.timedelta (got 5, an int)",
    ),
    (lambda c: c.agent("anna").decline("o-1", failed="x"), "failed: must be true or false (got 'x', a str)"),
    (lambda c: c.figures(7), "queues: must be text (got (7,), a tuple)"),
    (lambda c: c.agent(3).sign_in(), "agent: must be text (got 3, an int)"),
    (lambda c: c.agent("anna").accept(3), "offer_id: must be text (got 3, an int)"),
    (lambda c: c.agent("anna").sign_out(force="x"), "force: must be true or false (got 'x', a str)"),
    (lambda c: c.wait_until_ready(5), "timeout: must be a datetime.timedelta (got 5, an int)"),
    (
        lambda c: anext(c.agent("anna").offers(reconnect_for=5)),
        "reconnect_for: must be a datetime.timedelta (got 5, an int)",
    ),
]


@pytest.mark.parametrize(("wrong", "message"), MISTYPED)
async def test_a_wrong_type_is_told_and_what_it_should_be(wrong: Callable[[Any], Any], message: str) -> None:
    async with Client("127.0.0.1:1") as client:  # nobody is asked
        with pytest.raises(InvalidArgument) as caught:
            await wrong(client)
    assert str(caught.value) == message
    assert caught.value.field == message.partition(":")[0]
    assert caught.value.allowed
    assert caught.value.allowed in message


async def test_a_client_is_made_of_the_right_types() -> None:
    with pytest.raises(InvalidArgument, match=r"timeout: must be a datetime\.timedelta"):
        Client(timeout=5)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="target: must be text"):
        Client(50051)  # type: ignore[arg-type]


async def test_words_may_be_given_by_name_and_wrong_ones_are_told() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        assert (await anna.sign_in("AVAILABLE")).presence == Presence.AVAILABLE
        call = await up.client.enqueue("stocks")
        with pytest.raises(InvalidArgument, match="allowed: OFFLINE, AVAILABLE, NOT_READY, DRAINING") as caught:
            await anna.set_presence("x")
        assert (caught.value.field, caught.value.value) == ("presence", "x")
        with pytest.raises(InvalidArgument) as caught:
            await anna.set_presence(Presence.DRAINING, next_presence="x")
        assert caught.value.field == "next_presence"
        for wrong in ("x", "DRAINED"):
            with pytest.raises(InvalidArgument, match="allowed: AGENT, CUSTOMER, SYSTEM") as caught:
                await up.client.cancel(call, cause=wrong)
            assert (caught.value.field, caught.value.value) == ("cause", wrong)
        await up.client.cancel(call, cause="SYSTEM")


async def test_what_has_an_interaction_id_stands_for_it() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        call = await up.client.enqueue("stocks")
        assignment = await anna.accept(call.offer_ids[0])
        assert (await up.client.get_interaction(call)).state == InteractionState.ASSIGNED
        assert (await up.client.complete(assignment)).interaction_id == call.interaction_id
        waiting = await up.client.enqueue("stocks")
        assert (await up.client.cancel(waiting)).state == InteractionState.ABANDONED
