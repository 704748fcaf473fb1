"""Streams of what happens to agents, and the client's iterator over offers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from acdcore import commands, model
from acdcore.errors import Aborted, FailedPrecondition, ResourceExhausted, Unavailable
from acdcore.router.codes import AssignmentState, Cause, OfferState, Presence
from acdcore.rpc import watch
from acdcore.rpc.agent_client import _Ringing
from acdcore.rpc.client import Client
from acdcore.rpc.decode import AssignmentEnded, OfferEnded, OfferExtended, PresenceChanged, Update
from acdcore.rpc.server import Server
from acdcore.v1 import agent_service_pb2
from rpc_center import SECOND_NS, START_NS, Running, blended_center, running, small_center, until


async def take(stream: AsyncIterator[Update], count: int) -> list[Any]:
    """The next updates of a stream."""
    return [(await anext(stream)).what for _ in range(count)]


async def opened(up: Running, name: str) -> AsyncIterator[Update]:
    """A stream that has sent its snapshot."""
    stream = up.client.agent(name).watch()
    assert isinstance((await anext(stream)).what, model.Agent)
    return stream


async def test_a_stream_begins_with_how_things_stand() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        call = await up.client.enqueue("stocks", interaction_id="call-1", tier="vip")
        up.clock.move(3)
        first = await anext(anna.watch())
        assert isinstance(first.what, model.Agent)
        assert (first.what.presence, first.event_ns) == (Presence.AVAILABLE, START_NS + 3 * SECOND_NS)
        [offer] = first.what.offers
        assert (offer.offer_id, offer.interaction_id, offer.queue, offer.tier) == (
            call.offer_ids[0],
            "call-1",
            "stocks",
            "vip",
        )
        assert (offer.waited, offer.time_to_answer) == (timedelta(seconds=3), timedelta(seconds=17))


async def test_everything_that_happens_comes_in_order() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        stream = anna.watch()
        snapshot = await anext(stream)
        assert isinstance(snapshot.what, model.Agent)
        assert snapshot.what.presence == Presence.OFFLINE
        await anna.sign_in()
        call = await up.client.enqueue("stocks", interaction_id="call-1", tier="vip")
        await anna.accept(call.offer_ids[0])
        await anna.complete("call-1")
        up.clock.move(30)
        await up.client.enqueue("stocks", interaction_id="call-2", tier="vip")
        await up.client.cancel("call-2")
        updates = [await anext(stream) for _ in range(7)]
        assert [update.event_seq for update in updates] == sorted({update.event_seq for update in updates})
        assert updates[0].event_seq > snapshot.event_seq
        signed_in, offer, started, wrap_up, ended, second, revoked = (update.what for update in updates)
        assert signed_in == PresenceChanged(Presence.AVAILABLE, "", Cause.AGENT)
        assert isinstance(offer, model.Offer)
        assert (offer.offer_id, offer.state, offer.time_to_answer_ns) == (
            call.offer_ids[0],
            OfferState.PENDING,
            20 * SECOND_NS,
        )
        assert isinstance(started, model.Assignment)
        assert (started.state, started.interaction_id) == (AssignmentState.ACTIVE, "call-1")
        assert isinstance(wrap_up, model.Assignment)
        assert (wrap_up.state, wrap_up.deadline_ns) == (AssignmentState.WRAP_UP, START_NS + 30 * SECOND_NS)
        assert ended == AssignmentEnded(started.assignment_id, "call-1", Cause.DEADLINE)
        assert isinstance(second, model.Offer)
        assert revoked == OfferEnded(second.offer_id, "call-2", OfferState.REVOKED, Cause.CUSTOMER)


async def test_declined_and_expired_offers() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        stream = await opened(up, "anna")
        call = await up.client.enqueue("stocks", interaction_id="call-1")
        await anna.decline(call.offer_ids[0])
        up.clock.move(30)  # the pair's cool-down ends, and it rings again
        await up.server.owner.read(lambda *_: None)
        up.clock.move(20)
        _, declined, _, expired, presence = await take(stream, 5)
        assert declined == OfferEnded(call.offer_ids[0], "call-1", OfferState.DECLINED, Cause.NONE)
        assert isinstance(expired, OfferEnded)
        assert expired.state == OfferState.EXPIRED
        assert presence == PresenceChanged(Presence.NOT_READY, "no_answer", Cause.NO_ANSWER)


async def test_an_offer_that_is_given_more_time_is_told_with_its_new_deadline() -> None:
    async with running() as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        stream = anna.watch()
        await anext(stream)
        call = await up.client.enqueue("stocks", interaction_id="call-1", tier="vip")
        up.clock.move(5)
        await up.server.owner.submit(commands.resumption, lambda *_: None)  # as after a gap in time
        await anna.accept(call.offer_ids[0])
        made, extended, started = [await anext(stream) for _ in range(3)]
        assert isinstance(made.what, model.Offer)
        assert isinstance(extended.what, OfferExtended)
        assert (extended.event_ns, extended.event_seq > made.event_seq) == (START_NS + 5 * SECOND_NS, True)
        assert extended.what.offer == replace(
            made.what, waited_ns=5 * SECOND_NS, deadline_ns=START_NS + 25 * SECOND_NS, time_to_answer_ns=20 * SECOND_NS
        )
        assert isinstance(started.what, model.Assignment)
        ringing = _Ringing(anna)  # what offers() yields from
        for update in (made, extended):
            ringing._follow(update)
        offer = await ringing.next()
        assert offer is not None
        assert (offer.offer_id, offer.deadline_ns) == (call.offer_ids[0], START_NS + 25 * SECOND_NS)
        ringing._follow(extended)
        assert not ringing._offers  # it has been handed out, and is not again


def chat(number: int) -> model.Offer:
    """Return an offer as it rings."""
    return model.Offer(
        f"o-{number}", f"chat-{number}", "chats", "vip", "anna", OfferState.PENDING, 0, START_NS, 20 * SECOND_NS
    )


async def test_what_has_been_accepted_elsewhere_is_not_handed_out() -> None:
    async with running() as up:
        ringing = _Ringing(up.client.agent("anna"))
        for number in (1, 2):
            ringing._follow(Update(number, START_NS, chat(number)))
        ringing._follow(Update(3, START_NS, model.Assignment("a-1", "chat-1", "chats", "anna", AssignmentState.ACTIVE)))
        offer = await ringing.next()
        assert offer is not None
        assert offer.interaction_id == "chat-2"
        assert not ringing._offers


async def test_what_still_rings_is_not_handed_out_again_when_other_work_ends() -> None:
    async with running() as up:
        ringing = _Ringing(up.client.agent("anna"))
        for number in (1, 2):
            ringing._follow(Update(number, START_NS, chat(number)))
            assert await ringing.next() is not None
        taken = model.Assignment("a-1", "chat-1", "chats", "anna", AssignmentState.ACTIVE)
        ringing._follow(Update(3, START_NS, taken))
        ringing._follow(Update(4, START_NS, AssignmentEnded("a-1", "chat-1", Cause.AGENT)))
        await up.client.agent("anna").sign_in()
        anna = replace(await up.client.agent("anna").get(), offers=(chat(2),))
        ringing._follow(Update(5, START_NS, anna))  # the stream has broken, and begins anew
        assert not ringing._offers
        assert list(ringing._handed_out) == ["o-2"]


async def test_the_slower_of_two_hears_that_it_is_taken() -> None:
    async with running(blended_center()) as up:
        dora, emil = up.client.agent("dora"), up.client.agent("emil")
        await dora.sign_in()
        await emil.sign_in()
        stream = await opened(up, "dora")
        await up.client.enqueue("hunt", interaction_id="call-1")
        await emil.accept((await emil.get()).offers[0].offer_id)
        rings, ended = await take(stream, 2)
        assert isinstance(rings, model.Offer)
        assert rings.channel == "voice"
        assert ended == OfferEnded(rings.offer_id, "call-1", OfferState.REVOKED, Cause.TAKEN)


async def test_what_the_queue_accepts_arrives_as_an_assignment() -> None:
    async with running(blended_center()) as up:
        await up.client.agent("dora").sign_in()
        stream = await opened(up, "dora")
        await up.client.enqueue("auto", interaction_id="call-1")
        await up.client.complete("call-1")
        started, ended = await take(stream, 2)
        assert isinstance(started, model.Assignment)
        assert (started.interaction_id, started.state) == ("call-1", AssignmentState.ACTIVE)
        assert ended == AssignmentEnded(started.assignment_id, "call-1", Cause.AGENT)


async def test_failed_media_end_the_assignment_and_what_could_not_ring_its_offer() -> None:
    async with running(blended_center()) as up:
        dora = up.client.agent("dora")
        await dora.sign_in()
        stream = await opened(up, "dora")
        call = await up.client.enqueue("back", interaction_id="call-1")
        await dora.decline(call.offer_ids[0], failed=True)
        again = await up.client.enqueue("back", interaction_id="call-2")
        await (await dora.accept(again.offer_ids[0])).fail()
        _, silent, _, started, ended, failed = await take(stream, 6)
        assert silent == OfferEnded(call.offer_ids[0], "call-1", OfferState.FAILED, Cause.NONE)
        assert ended == AssignmentEnded(started.assignment_id, "call-2", Cause.FAILED)
        assert failed == OfferEnded(again.offer_ids[0], "call-2", OfferState.FAILED, Cause.NONE)


async def test_a_transfer_is_heard_of() -> None:
    async with running(blended_center()) as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        call = await up.client.enqueue("stocks", interaction_id="call-1")
        assignment = await anna.accept(call.offer_ids[0])
        stream = await opened(up, "anna")
        await assignment.transfer("back")
        up.clock.move(30)
        await up.server.owner.read(lambda *_: None)
        wrap_up, ended = await take(stream, 2)
        assert isinstance(wrap_up, model.Assignment)
        assert (wrap_up.state, ended.cause) == (AssignmentState.WRAP_UP, Cause.DEADLINE)


async def test_nobody_hears_of_others() -> None:
    async with running() as up:
        stream = await opened(up, "carla")
        anna = up.client.agent("anna")
        await anna.sign_in()
        await up.client.enqueue("stocks")
        await up.client.agent("carla").sign_in()
        assert await take(stream, 1) == [PresenceChanged(Presence.AVAILABLE, "", Cause.AGENT)]


async def test_the_newest_stream_wins() -> None:
    async with running() as up:
        older = await opened(up, "anna")
        newer = await opened(up, "anna")
        with pytest.raises(Aborted) as caught:
            await anext(older)
        assert caught.value.reason == "WATCH_REPLACED"
        await up.client.agent("anna").sign_in()
        assert await take(newer, 1) == [PresenceChanged(Presence.AVAILABLE, "", Cause.AGENT)]
        assert (await up.client.center_figures()).watchers == 1


async def test_a_slow_watcher_is_ended_and_nobody_else() -> None:
    async with running(watch_buffer=20) as up:
        quick = await opened(up, "ben")
        slow = up.channel.unary_stream(
            "/acdcore.v1.AgentService/WatchOffers",
            request_serializer=agent_service_pb2.WatchOffersRequest.SerializeToString,
            response_deserializer=agent_service_pb2.WatchOffersResponse.FromString,
        )(agent_service_pb2.WatchOffersRequest(agent="anna"))
        await slow.read()  # the snapshot, and then nothing more: what fits into the network's buffers flows there
        anna = up.client.agent("anna")
        await anna.sign_in()
        switchboard = up.server.center.switchboard
        for n in range(100_000):
            if len(switchboard) != 2:
                break
            await up.server.owner.submit(other_presence, lambda *_: None)
            if n % 10 == 9:
                await asyncio.sleep(0.001)  # slowly enough for whoever reads
        else:
            pytest.fail("a client that does not read was never ended")
        await up.client.agent("ben").sign_in()
        assert await take(quick, 1) == [PresenceChanged(Presence.AVAILABLE, "", Cause.AGENT)]
        with pytest.raises(grpc.aio.AioRpcError, match="too slowly") as caught:
            while await slow.read():
                pass
        assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def other_presence(core: Any, now_ns: int) -> Any:
    """Set anna's presence to what it is not."""
    view = core.agent(0)
    presence = Presence.NOT_READY if view.presence == Presence.AVAILABLE else Presence.AVAILABLE
    return commands.set_presence(core, now_ns, agent="anna", presence=presence)


async def test_a_watcher_that_is_full_is_ended_with_a_reason() -> None:
    watcher = watch.Watcher(0, limit=2)
    for _ in range(3):
        watcher.push(agent_service_pb2.WatchOffersResponse())
    watcher.push(agent_service_pb2.WatchOffersResponse())
    with pytest.raises(ResourceExhausted) as caught:
        await watcher.next()
    assert caught.value.reason == "WATCH_TOO_SLOW"


async def test_a_stream_that_is_opened_too_late_ends_at_once() -> None:
    switchboard = watch.Switchboard()
    early = switchboard.open(0)
    switchboard.end(lambda: Unavailable("closing", reason="NOT_SERVING"))
    for watcher in (early, switchboard.open(1)):
        with pytest.raises(Unavailable, match="closing"):
            await watcher.next()


async def test_a_client_that_goes_is_no_longer_watched_for() -> None:
    async with running() as up:
        async with Client(up.target) as short:
            await anext(short.agent("anna").watch())
            assert len(up.server.center.switchboard) == 1
        await until(lambda: len(up.server.center.switchboard) == 0)


async def test_an_open_stream_keeps_the_lease_and_a_lost_one_lets_it_lapse() -> None:
    async with running(small_center(lease=timedelta(seconds=30))) as up:
        async with Client(up.target) as desktop:
            stream = desktop.agent("anna").watch()
            await anext(stream)
            await desktop.agent("anna").sign_in()
            for _ in range(12):  # two minutes, a third of a lease at a time
                up.clock.move(10)
                await up.server.owner.read(lambda *_: None)
            assert (await up.client.agent("anna").get()).presence == Presence.AVAILABLE
            await up.client.enqueue("stocks", interaction_id="call-1")
        await until(lambda: len(up.server.center.switchboard) == 0)
        up.clock.move(30)
        gone = await up.client.agent("anna").get()
        assert (gone.presence, gone.reason, gone.offers) == (Presence.OFFLINE, "lease_lapsed", ())
        back = await up.client.get_interaction("call-1")
        assert (back.state.name, back.since_ns) == ("WAITING", START_NS + 120 * SECOND_NS)


# ---------------------------------------------------------------------- the client's offers


async def test_offers_are_accepted_as_they_ring() -> None:
    async with running(small_center(wrap_up_s=0)) as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        served = []

        async def work() -> None:
            async for offer in anna.offers():
                assignment = await offer.accept()
                served.append(assignment.interaction_id)
                assert (await assignment.complete()).state == AssignmentState.ENDED

        working = asyncio.create_task(work())
        for n in range(5):
            await up.client.enqueue("stocks", interaction_id=f"call-{n}")
        await until(lambda: len(served) == 5)
        assert served == [f"call-{n}" for n in range(5)]
        working.cancel()


async def test_offers_that_have_ended_meanwhile_are_left_out() -> None:
    async with running(small_center(wrap_up_s=0)) as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        await up.client.enqueue("stocks", interaction_id="call-1")
        offers = anna.offers()
        first = await anext(offers)
        await first.decline()
        await up.client.enqueue("stocks", interaction_id="call-2")
        await up.client.cancel("call-2")
        await up.client.enqueue("stocks", interaction_id="call-3")
        await until(lambda: len(up.server.owner.answers) > 0)
        rung = await anext(offers)
        while rung.interaction_id == "call-2":  # it had been handed out before the news of its end could come
            with pytest.raises(FailedPrecondition):
                await rung.accept()
            rung = await anext(offers)
        assert rung.interaction_id == "call-3"


async def test_offers_survive_a_restart_of_the_server() -> None:
    async with running() as first:
        port = first.server.port
        anna = first.client.agent("anna")
        offers = anna.offers()
        waiting = asyncio.ensure_future(anext(offers))
        await until(lambda: len(first.server.center.switchboard) == 1)
        await first.server.stop(1.0)
        second = Server(small_center(), clock=first.clock, center_name="bank")
        await second.start(port)
        try:
            await anna.sign_in()
            await first.client.enqueue("stocks", interaction_id="after")
            assert (await waiting).interaction_id == "after"
        finally:
            await second.stop(1.0)


async def test_offers_end_when_the_server_is_gone_for_good() -> None:
    async with running() as up:
        await up.server.stop(0.0)
        with pytest.raises(Unavailable):
            async for _ in up.client.agent("anna").offers(reconnect_for=timedelta(milliseconds=10)):
                pass


async def test_offers_end_with_the_reason_when_somebody_else_watches() -> None:
    async with running() as up:
        offers = up.client.agent("anna").offers()
        waiting = asyncio.ensure_future(anext(offers))
        await until(lambda: len(up.server.center.switchboard) == 1)
        await opened(up, "anna")
        with pytest.raises(Aborted, match="newer"):
            await waiting


async def test_closing_the_client_ends_what_is_under_way_with_an_error() -> None:
    async with running() as up:
        client = Client(up.target)
        offers = asyncio.ensure_future(anext(client.agent("anna").offers()))
        updates = client.agent("ben").watch()
        await anext(updates)
        await until(lambda: len(up.server.center.switchboard) == 2)
        await client.close()
        for waiting in (offers, anext(updates)):
            with pytest.raises(Aborted) as caught:
                await waiting
            assert caught.value.reason == "CLIENT_CLOSED"
        assert client.closed
        for later in (client.enqueue("sales"), anext(client.agent("ben").watch())):
            with pytest.raises(Aborted, match="this client was closed"):
                await later


async def test_a_client_has_a_connection_of_its_own() -> None:
    def connections(port: int) -> int:
        tables = [Path(f"/proc/self/net/{name}").read_text("ascii").splitlines()[1:] for name in ("tcp", "tcp6")]
        rows = [line.split() for table in tables for line in table]
        return sum(row[3] == "01" and row[2].endswith(f":{port:04X}") for row in rows)

    async with running() as up, Client(up.target) as other:
        for client in (up.client, other):
            await client.queues()
        assert connections(up.server.port) == 2


async def test_being_cancelled_is_still_being_cancelled() -> None:
    async with running() as up:
        stream = up.client.agent("anna").watch()
        await anext(stream)
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
