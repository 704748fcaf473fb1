"""The owner loop: one order, one commit seam, deadlines by the clock, bounded, and fail-stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from acdcore import commands
from acdcore.errors import AcdError, FailedPrecondition, NotFound, ResourceExhausted, Unavailable
from acdcore.router import Core
from acdcore.router.codes import EventType, InteractionState, Kind, Op, Presence, Result
from acdcore.router.records import Answer, Command, Event
from acdcore.router.reference import Reference
from acdcore.rpc.clock import ManualClock, ScaledClock, SystemClock
from acdcore.rpc.owner import Group, Owner
from acdcore.v1 import agent_service_pb2, interaction_service_pb2
from rpc_center import SECOND_NS, START_NS, Running, refusal, running, small_center, until


def enqueue(name: str, queue: str = "loans") -> Callable[[commands.Core, int], Command]:
    """Build a command that enqueues."""
    return lambda core, now_ns: commands.enqueue(core, now_ns, queue=queue, interaction_id=name)


def value(_core: commands.Core, answer: int, _now_ns: int) -> int:
    """Finish with the answer's value."""
    return answer


def nothing(_core: commands.Core, _now_ns: int) -> None:
    """Look at nothing: answered when everything before it has been applied and committed."""


class GatedCommitter:
    """Commits only when told to, or fails."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.arrived = asyncio.Event()
        self.gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def commit(self, group: Group) -> None:
        """Wait for the gate."""
        self.groups.append(group)
        self.arrived.set()
        await self.gate


def made(committer: Any = None, **options: Any) -> tuple[Owner, ManualClock]:
    """An owner of the small center, started."""
    clock = ManualClock(START_NS)
    owner = Owner(small_center().core, clock, committer, **options)
    owner.start()
    return owner, clock


# ---------------------------------------------------------------------- the commit seam


async def test_nothing_leaves_before_the_commit_has_returned() -> None:
    committer = GatedCommitter()
    async with running(committer=committer) as up:
        published: list[Event] = []
        up.server.owner.taps.append(published.extend)
        stream = up.channel.unary_stream(
            "/acdcore.v1.AgentService/WatchOffers",
            request_serializer=agent_service_pb2.WatchOffersRequest.SerializeToString,
            response_deserializer=agent_service_pb2.WatchOffersResponse.FromString,
        )(agent_service_pb2.WatchOffersRequest(agent="ben"))
        snapshot = await stream.read()
        assert snapshot.WhichOneof("update") == "snapshot"

        watched = asyncio.create_task(stream.read())
        change = asyncio.create_task(up.client.agent("ben").sign_in())
        await committer.arrived.wait()
        read = asyncio.create_task(up.client.agent("ben").get())
        health = health_pb2_grpc.HealthStub(up.channel)
        for _ in range(3):  # round trips on the same connection: whatever had left before would have arrived
            await health.Check(health_pb2.HealthCheckRequest())
        assert not change.done()
        assert not read.done()
        assert not watched.done()
        assert not published
        committer.gate.set_result(None)
        assert (await change).presence == Presence.AVAILABLE
        assert (await read).presence == Presence.AVAILABLE
        assert (await watched).WhichOneof("update") == "presence_changed"
        assert [event.type for event in published] == [EventType.PRESENCE_CHANGED]
        assert [command.op for command, _ in committer.groups[0]] == [Op.SIGN_IN]
        stream.cancel()


async def test_what_waits_for_a_commit_shares_the_next_one() -> None:
    committer = GatedCommitter()
    owner, _ = made(committer)
    first = owner.submit(enqueue("call-0"), value)
    await committer.arrived.wait()
    others = [owner.submit(enqueue(f"call-{n}", "stocks"), value) for n in range(1, 6)]
    committer.gate.set_result(None)
    await asyncio.gather(first, *others)
    assert [len(group) for group in committer.groups] == [1, 5]
    await owner.stop()


async def test_refusals_are_committed_when_they_fired_something_and_only_then() -> None:
    committer = GatedCommitter()
    owner, clock = made(committer)
    committer.gate.set_result(None)

    def refused_one(_core: commands.Core, now_ns: int) -> Command:
        return Command(Op.RENEW_LEASE, now_ns, agent=0)

    with pytest.raises(AcdError) as caught:
        await owner.submit(refused_one, value)
    assert caught.value.reason == "NOT_SIGNED_IN"
    assert committer.groups == []  # it left no trace
    await owner.submit(lambda core, now_ns: commands.sign_in(core, now_ns, agent="ben"), value)
    await owner.submit(enqueue("call-1"), value)
    owner._draining = True  # the timer comes late: the refused command is what fires the offer's deadline
    owner._cancel_timer()
    clock.move(20)
    with pytest.raises(AcdError):
        await owner.submit(refused_one, value)
    [(_command, answer)] = committer.groups[-1]
    assert answer.code == Result.NOT_SIGNED_IN
    assert len(committer.groups) == 3
    await owner.stop()


async def test_a_command_that_does_not_fit_is_that_requests_alone() -> None:
    committer = GatedCommitter()
    committer.gate.set_result(None)
    owner, _ = made(committer)
    with pytest.raises(AcdError) as caught:
        await owner.submit(lambda _core, now_ns: Command(Op.ENQUEUE, now_ns, queue=2**40), value)
    assert caught.value.reason == "INTERNAL"
    assert committer.groups == []
    assert await owner.submit(enqueue("call-1"), value) > 0
    await owner.stop()


async def test_after_a_gap_in_time_the_first_command_is_a_resumption(caplog: pytest.LogCaptureFixture) -> None:
    committer = GatedCommitter()
    passed = [0]
    owner = Owner(
        small_center(lease=timedelta(seconds=30)).core, ManualClock(START_NS), committer, elapsed_ns=lambda: passed[0]
    )
    owner.start()
    committer.gate.set_result(None)
    clock = owner.clock
    assert isinstance(clock, ManualClock)
    await owner.submit(lambda core, now_ns: commands.sign_in(core, now_ns, agent="ben"), value)
    await owner.submit(enqueue("call-1"), value)
    passed[0] += 600 * SECOND_NS  # the process was stopped, or the machine slept
    clock.move(600)
    ben = await owner.read(lambda core, _: core.agent(1))
    assert ben is not None
    assert (ben.presence, len(ben.offers)) == (Presence.AVAILABLE, 1)
    assert [command.op for command, _ in committer.groups[-1]] == [Op.RESUME]
    assert [one.getMessage() for one in caplog.records] == ["resumed duration_s=600"]
    await owner.stop()


async def test_after_a_commit_that_took_long_the_next_command_is_a_resumption() -> None:
    committer = GatedCommitter()
    passed = [0]
    owner, _ = made(committer, elapsed_ns=lambda: passed[0])
    first = owner.submit(enqueue("call-1"), value)
    await committer.arrived.wait()
    for _second in range(6):
        passed[0] += SECOND_NS
        owner._look_for_a_gap()  # the loop itself is at work meanwhile
    committer.gate.set_result(None)
    await first
    await owner.submit(enqueue("call-2"), value)
    done = [command.op for group in committer.groups for command, _ in group]
    assert done == [Op.ENQUEUE, Op.RESUME, Op.ENQUEUE]
    await owner.stop()


async def test_a_failed_commit_stops_everything() -> None:
    committer = GatedCommitter()
    async with running(committer=committer) as up:
        health = health_pb2_grpc.HealthStub(up.channel)
        question = health_pb2.HealthCheckRequest(service="acdcore.v1.AgentService")
        assert (await health.Check(question)).status == health_pb2.HealthCheckResponse.SERVING
        published: list[Event] = []
        up.server.owner.taps.append(published.extend)
        first = asyncio.create_task(raw_sign_in(up))
        await committer.arrived.wait()
        second = asyncio.create_task(raw_sign_in(up))
        stream = up.client.agent("anna").watch()
        watching = asyncio.ensure_future(anext(stream))
        await until(lambda: up.server.owner.inbox_size == 2)
        committer.gate.set_exception(OSError("disk gone"))
        for call in (first, second):
            said = await refusal(call)
            assert (said.code, said.info.reason) == (grpc.StatusCode.UNAVAILABLE, "COMMIT_FAILED")
        with pytest.raises(Unavailable):
            await watching
        assert not published
        await up.server.failed.wait()
        async for answer in health.Watch(question):
            if answer.status == health_pb2.HealthCheckResponse.NOT_SERVING:
                break
        said = await refusal(raw_sign_in(up))
        assert said.info.reason == "COMMIT_FAILED"
        assert said.retry_delay_s == pytest.approx(0.1)
        assert up.server.owner.failed


async def raw_sign_in(up: Running) -> bytes:
    """Sign ben in without the client's repeats."""
    return await up.raw("AgentService/SignIn", agent_service_pb2.SignInRequest(agent="ben").SerializeToString())


async def test_a_router_that_raises_stops_everything() -> None:
    class Broken(Reference):
        def apply(self, command: Command) -> Any:
            raise RuntimeError("half done")

    owner = Owner(Broken(), ManualClock(START_NS))
    owner.start()
    with pytest.raises(Unavailable):
        await owner.submit(lambda _core, now_ns: commands.advance(now_ns), value)
    assert owner.failed
    await owner.stop()


async def test_a_bug_in_one_request_is_that_requests_alone() -> None:
    owner, _ = made()

    def broken(*_: object) -> Any:
        raise ZeroDivisionError

    for build, finish in ((broken, value), (enqueue("call-1"), broken)):
        with pytest.raises(AcdError) as caught:
            await owner.submit(build, finish)
        assert caught.value.reason == "INTERNAL"
    assert await owner.read(lambda core, _: core.find(Kind.INTERACTION, b"call-1")) >= 0
    await owner.stop()


# ---------------------------------------------------------------------- bounds


async def test_a_full_inbox_refuses_and_says_when_to_come_again() -> None:
    committer = GatedCommitter()
    async with running(committer=committer, inbox_limit=2) as up:
        waiting = [asyncio.create_task(raw_sign_in(up))]
        await committer.arrived.wait()
        waiting += [asyncio.create_task(raw_sign_in(up)) for _ in range(2)]
        await until(lambda: up.server.owner.inbox_size == 2)
        said = await refusal(raw_sign_in(up))
        assert (said.code, said.info.reason) == (grpc.StatusCode.UNAVAILABLE, "INBOX_FULL")
        assert said.retry_delay_s == pytest.approx(0.1)
        committer.gate.set_result(None)
        await asyncio.gather(*waiting)


async def test_a_request_that_nobody_waits_for_any_more_is_not_applied() -> None:
    committer = GatedCommitter()
    owner, _ = made(committer)
    first = owner.submit(enqueue("call-1"), value)
    await committer.arrived.wait()
    given_up = owner.submit(enqueue("call-2"), value)
    given_up.cancel()
    committer.gate.set_result(None)
    await first
    assert await owner.read(lambda core, _: core.find(Kind.INTERACTION, b"call-2")) == -1
    await owner.stop()


async def test_stopping_answers_what_is_there_and_refuses_what_comes() -> None:
    owner, _ = made()
    last = owner.submit(enqueue("call-1"), value)
    await owner.stop()
    assert last.done()
    with pytest.raises(Unavailable, match="stopping"):
        owner.submit(enqueue("call-2"), value)
    owner.post(enqueue("call-2"))
    assert owner.inbox_size == 0


async def test_nothing_is_taken_before_the_start() -> None:
    owner = Owner(Reference(), ManualClock(START_NS))
    with pytest.raises(Unavailable, match="starting"):
        owner.read(nothing)
    await owner.stop()


# ---------------------------------------------------------------------- time


async def test_deadlines_fire_when_the_clock_says_so_and_not_before() -> None:
    owner, clock = made()
    events: list[Event] = []
    owner.taps.append(events.extend)
    await owner.submit(lambda core, now_ns: commands.sign_in(core, now_ns, agent="ben"), value)
    handle = await owner.submit(enqueue("call-1"), value)
    clock.move(19.9)
    await owner.read(nothing)
    assert EventType.OFFER_EXPIRED not in [event.type for event in events]
    clock.move(0.1)
    await owner.read(nothing)
    assert [event.now_ns for event in events if event.type == EventType.OFFER_EXPIRED] == [START_NS + 20 * SECOND_NS]

    def state(core: commands.Core, _now_ns: int) -> int:
        view = core.interaction(handle)
        assert view is not None
        return view.state

    assert await owner.read(state) == InteractionState.WAITING
    await owner.stop()


async def test_an_earlier_deadline_takes_the_place_of_a_later_one() -> None:
    owner, clock = made()
    events: list[Event] = []
    owner.taps.append(events.extend)
    await owner.submit(lambda core, now_ns: commands.sign_in(core, now_ns, agent="ben"), value)
    await owner.submit(enqueue("call-1"), value)  # due in 20 s
    offer = (await owner.read(lambda core, _: core.agent(1))).offers[0]  # type: ignore[union-attr]
    await owner.submit(lambda _core, now_ns: Command(Op.ACCEPT, now_ns, target=offer, agent=1), value)  # in a day
    clock.move(21)
    await owner.read(nothing)
    await owner.submit(lambda core, now_ns: commands.sign_in(core, now_ns, agent="anna"), value)
    await owner.submit(enqueue("call-2"), value)  # due in 20 s again
    clock.move(20)
    await owner.read(nothing)
    assert [event.type for event in events].count(EventType.OFFER_EXPIRED) == 1
    await owner.stop()


async def test_time_at_a_standstill_costs_nothing() -> None:
    owner, _ = made()
    await owner.submit(lambda core, now_ns: commands.sign_in(core, now_ns, agent="ben"), value)
    await owner.submit(enqueue("call-1"), value)
    before = owner.answers.total()
    for _ in range(200):
        await asyncio.sleep(0)
    assert owner.answers.total() == before
    assert owner.inbox_size == 0
    await owner.stop()


async def test_draining_lets_nothing_fire() -> None:
    owner, clock = made()
    await owner.submit(lambda core, now_ns: commands.sign_in(core, now_ns, agent="ben"), value)
    await owner.submit(enqueue("call-1"), value)
    owner.drain()
    clock.move(3600)
    assert await owner.read(lambda core, _: core.next_deadline_ns()) == START_NS + 20 * SECOND_NS
    await owner.stop()


def test_system_clock_follows_the_monotonic_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monotonic, wall = [1_000], [50_000]
    monkeypatch.setattr("acdcore.rpc.clock.elapsed_ns", lambda: monotonic[0])
    monkeypatch.setattr("time.time_ns", lambda: wall[0])
    clock, fast = SystemClock(), ScaledClock(60.0)
    assert clock.now_ns() == fast.now_ns() == 50_000
    wall[0] -= 3600 * SECOND_NS  # somebody sets the wall clock back
    monotonic[0] += 7
    assert clock.now_ns() == 50_007
    assert fast.now_ns() == 50_000 + 7 * 60
    assert clock.ahead_ns() == 3600 * SECOND_NS + 7
    assert fast.ahead_ns() == 0  # it is not meant to follow the wall clock


@pytest.mark.parametrize("stops", [[1], [2], [1, 5], [2, 4], [1, 4, 7]])
@pytest.mark.parametrize("made_before", [True, False])
def test_a_process_that_is_stopped_while_it_reads_clocks_finds_them_as_they_are(
    monkeypatch: pytest.MonkeyPatch, stops: list[int], made_before: bool
) -> None:
    readings, passed = iter(range(100)), [0]

    def elapsed_ns() -> int:
        number = next(readings)
        passed[0] += 600 * SECOND_NS if number in stops else 1_000
        return passed[0]

    monkeypatch.setattr("acdcore.rpc.clock.elapsed_ns", lambda: passed[0])
    monkeypatch.setattr("time.time_ns", lambda: START_NS + passed[0])
    clock = SystemClock() if made_before else None
    monkeypatch.setattr("acdcore.rpc.clock.elapsed_ns", elapsed_ns)
    monkeypatch.setattr("time.time_ns", lambda: START_NS + elapsed_ns())
    clock = clock or SystemClock()
    assert abs(clock.ahead_ns()) < SECOND_NS


def test_clocks_that_are_never_read_together_are_compared_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [0]

    def elapsed_ns() -> int:
        passed[0] += SECOND_NS // 100  # a machine on which every reading takes long
        return passed[0]

    monkeypatch.setattr("acdcore.rpc.clock.elapsed_ns", elapsed_ns)
    monkeypatch.setattr("time.time_ns", lambda: START_NS + elapsed_ns())
    clock = SystemClock()
    monkeypatch.setattr("time.time_ns", lambda: START_NS - 3600 * SECOND_NS + elapsed_ns())
    assert clock.ahead_ns() // SECOND_NS in {3599, 3600}


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_absurd_speeds_are_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        SystemClock(speed)


async def test_the_system_clock_calls_back() -> None:
    clock = SystemClock(1000.0)
    called = asyncio.Event()
    clock.call_at(clock.now_ns() + SECOND_NS, called.set)
    never = clock.call_at(clock.now_ns() + SECOND_NS, lambda: pytest.fail("it was called off"))
    never.cancel()
    await called.wait()


def test_manual_clock_calls_in_order_and_only_when_moved() -> None:
    clock = ManualClock(100)
    called: list[str] = []
    clock.call_at(130, lambda: called.append("late"))
    clock.call_at(120, lambda: called.append("early"))
    clock.call_at(120, lambda: called.append("cancelled")).cancel()
    clock.call_at(90, lambda: called.append("past"))
    assert called == []
    clock.move_to(129)
    assert called == ["past", "early"]
    clock.move_to(130)
    assert called == ["past", "early", "late"]
    with pytest.raises(ValueError, match="backwards"):
        clock.move_to(129)


# ---------------------------------------------------------------------- the same law behind the door


class Recorder:
    """A committer that remembers, as a journal would."""

    def __init__(self) -> None:
        self.commands: list[tuple[Command, Answer]] = []

    async def commit(self, group: Group) -> None:
        """Remember a group."""
        self.commands += group


@pytest.mark.parametrize(("one", "other"), [(Core, Reference), (Reference, Core)], ids=["compiled", "reference"])
async def test_what_was_committed_replays_to_the_same_events_and_state(one: type[Any], other: type[Any]) -> None:
    """Work through gRPC on one router; its commands on the other one: the same answers, events and hash."""
    recorder = Recorder()
    async with running(small_center(one()), committer=recorder) as up:
        published: list[Event] = []
        up.server.owner.taps.append(published.extend)
        anna, ben = up.client.agent("anna"), up.client.agent("ben")
        await asyncio.gather(anna.sign_in(), ben.sign_in())
        for n in range(80):
            if n % 6 == 5:
                up.clock.move(21)
            try:
                await up.client.enqueue("stocks" if n % 3 else "loans", interaction_id=f"call-{n}", tier="vip")
            except ResourceExhausted:  # the queue is full
                continue
            if n % 4 == 0:
                await up.client.cancel(f"call-{n}")
            for agent in (anna, ben):
                look = await agent.get()
                for offer in look.offers if n % 5 < 3 else ():
                    await (agent.accept(offer.offer_id) if n % 5 else agent.decline(offer.offer_id))
                if n % 7 == 0:
                    for assignment in (await agent.get()).assignments:
                        with contextlib.suppress(FailedPrecondition):
                            await agent.complete(assignment.interaction_id)
                if look.presence == Presence.NOT_READY:
                    await agent.set_presence(Presence.AVAILABLE)
        state = await up.server.owner.read(lambda core, _: core.state_hash())
    twin = small_center(other()).core
    twin.drain()
    answers = [(command, twin.apply(command)) for command, _ in recorder.commands]
    assert answers == recorder.commands
    assert twin.drain() == published
    assert twin.state_hash() == state
    twin.check_invariants()
    assert {EventType.OFFER_DECLINED, EventType.OFFER_EXPIRED, EventType.OFFER_REVOKED} <= {e.type for e in published}
    assert EventType.ASSIGNMENT_ENDED in {event.type for event in published}


async def test_enqueue_over_the_wire_gives_back_what_was_asked() -> None:
    async with running() as up:
        request = interaction_service_pb2.EnqueueInteractionRequest(queue="stocks", interaction_id="call-1")
        answer = interaction_service_pb2.EnqueueInteractionResponse.FromString(
            await up.raw("InteractionService/EnqueueInteraction", request.SerializeToString())
        )
        assert answer.interaction.interaction_id == "call-1"


async def test_names_are_looked_up_when_the_turn_comes() -> None:
    owner, _ = made()
    first = owner.submit(enqueue("call-1"), value)
    cancel = owner.submit(lambda core, now_ns: commands.cancel(core, now_ns, interaction_id="call-1"), value)
    unknown = owner.submit(lambda core, now_ns: commands.cancel(core, now_ns, interaction_id="call-2"), value)
    await first
    await cancel
    with pytest.raises(NotFound):
        await unknown
    await owner.stop()


async def test_leases_of_the_center_are_left_alone_without_one() -> None:
    owner, clock = made()
    await owner.submit(lambda core, now_ns: commands.sign_in(core, now_ns, agent="ben"), value)
    clock.move(timedelta(days=2).total_seconds())
    ben = await owner.read(lambda core, _: core.agent(1))
    assert ben is not None
    assert ben.presence == Presence.AVAILABLE
    await owner.stop()


def signed_in(slot: int) -> Callable[[commands.Core, int], Command]:
    """Build a command that signs an agent in."""
    return lambda _core, now_ns: Command(Op.SIGN_IN, now_ns, agent=slot, x=int(Presence.AVAILABLE))


async def test_after_a_gap_who_asks_waits_until_what_is_due_has_fired_in_order_in_bounded_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("acdcore.rpc.owner.FIRED_AT_ONCE", 2)
    committer = GatedCommitter()
    committer.gate.set_result(None)
    passed = [0]
    owner, clock = made(committer, elapsed_ns=lambda: passed[0])
    released: list[int] = []
    owner.taps.append(
        lambda events: released.extend(one.interaction for one in events if one.type == EventType.INTERACTION_RELEASED)
    )
    held = {}
    for number in (3, 1, 4, 2, 0):
        name = f"call-{number}"
        held[number] = await owner.submit(enqueue(name, "stocks"), value)

        def hold(core: commands.Core, now_ns: int, name: str = name, seconds: int = 60 + number) -> Command:
            return commands.hold(core, now_ns, interaction_id=name, hold_for_ns=seconds * SECOND_NS)

        await owner.submit(hold, value)
    committer.groups.clear()
    owner._cancel_timer()  # the machine sleeps
    passed[0] += 600 * SECOND_NS
    clock.move(600)
    await owner.submit(enqueue("late", "stocks"), value)
    done = [[(command.op, answer.value) for command, answer in group] for group in committer.groups]
    assert [[op for op, _ in group] for group in done] == [
        [Op.RESUME, Op.ADVANCE], [Op.ADVANCE], [Op.ADVANCE, Op.ENQUEUE],
    ]  # fmt: skip
    assert [number for group in done for op, number in group if op == Op.ADVANCE] == [2, 2, 1]
    assert released == [held[number] for number in range(5)]
    await owner.stop()


async def test_after_a_gap_timers_fire_in_bounded_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("acdcore.rpc.owner.FIRED_AT_ONCE", 2)
    committer = GatedCommitter()
    committer.gate.set_result(None)
    router = small_center(lease=timedelta(seconds=60))
    clock = ManualClock(START_NS)
    owner = Owner(router.core, clock, committer)
    owner.start()
    for agent in range(3):
        await owner.submit(signed_in(agent), value)
    clock.move(120)
    while owner._core.next_deadline_ns() >= 0:
        clock.move(0.001)  # a timer that is set again fires with the next move
        await asyncio.sleep(0)
    fired = [answer.value for group in committer.groups for command, answer in group if command.op == Op.ADVANCE]
    assert fired == [2, 1]
    await owner.stop()
