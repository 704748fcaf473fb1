"""The server opens and closes queues by their calendars, and leaves alone what somebody does by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from acdcore import commands
from acdcore.config import center_commands, parse_center
from acdcore.config.hours import OpeningHours, QueueHours, Span, parse_span, queue_hours
from acdcore.errors import AcdError, FailedPrecondition
from acdcore.plans import Gate, Step
from acdcore.router.codes import FORCE, HOUR_NS, SECOND_NS, Kind, Op, Result
from acdcore.router.records import Command
from acdcore.router.reference import Reference
from acdcore.rpc.clock import ManualClock, ScaledClock
from acdcore.rpc.opening import LOOK_EVERY_NS, Opening
from acdcore.rpc.owner import Group, Owner
from acdcore.rpc.server import Server
from rpc_center import running, small_center

MONDAY_NS = 1_796_601_600 * SECOND_NS
"""2026-12-07 00:00 UTC."""
MINUTE_NS = 60 * SECOND_NS
CENTER = """\
center: c
queues:
  day: {plan: [{}]}
  night: {plan: [{}]}
  always: {plan: [{}]}
"""


def daily(span: str, *, closed: Iterable[date] = ()) -> OpeningHours:
    """Return hours that are the same every day, in UTC."""
    spans: list[Span] = [parse_span(span)]
    return OpeningHours(ZoneInfo("UTC"), [spans] * 7, {day: [] for day in closed})


HOURS = {"day": QueueHours(daily("08:00-18:00"), turn_away=True), "night": QueueHours(daily("18:00-08:00"), False)}


class Log:
    """Keeps the commands that were committed."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.commands: list[Command] = []

    async def commit(self, group: Group) -> None:
        """Note what opened and closed, with its time of day."""
        for command, answer in group:
            self.commands.append(command)
            if command.op == Op.SET_QUEUE:
                assert answer.code == Result.OK
                minutes = (command.now_ns - MONDAY_NS) // MINUTE_NS
                name = ("day", "night", "always")[command.queue]
                self.said.append(f"{minutes // 60:02}:{minutes % 60:02} {'+' if command.x else '-'}{name}")


class Driven:
    """An owner with a clock that stands still, and its queues' opening."""

    def __init__(self, start_ns: int, hours: dict[str, QueueHours] | None = None) -> None:
        self.core = Reference()
        for command in center_commands(parse_center(CENTER), now_ns=0):
            assert self.core.apply(command).code == Result.OK
        self.clock = ManualClock(start_ns)
        self.log = Log()
        self.owner = Owner(self.core, self.clock, self.log)
        self.opening = Opening(self.owner, HOURS if hours is None else hours)
        self.owner.start()
        self.opening.start()

    async def settle(self) -> list[str]:
        """Return what was said since the last time, after everything posted has been done."""
        await self.owner.read(lambda _core, _now_ns: None)
        said, self.log.said = self.log.said, []
        return said

    async def go_to(self, hour: float) -> list[str]:
        """Move the clock there, a minute at a time as the timers come, and return what was said."""
        target = MONDAY_NS + round(hour * HOUR_NS)
        while self.clock.now_ns() < target:
            self.clock.move_to(min(target, self.clock.now_ns() + MINUTE_NS))
            await asyncio.sleep(0)
        return await self.settle()

    def is_open(self, name: bytes) -> bool:
        """Say whether the router has a queue open."""
        queue = self.core.queue(self.core.find(Kind.QUEUE, name))
        assert queue is not None
        return queue.is_open


async def test_queues_open_and_close_as_their_calendars_say() -> None:
    driven = Driven(MONDAY_NS + 6 * HOUR_NS)
    assert await driven.settle() == ["06:00 -day"]  # the others are open from the beginning
    assert await driven.go_to(7.99) == []
    assert await driven.go_to(8) == ["08:00 +day", "08:00 -night"]
    assert await driven.go_to(24) == ["18:00 -day", "18:00 +night"]
    assert await driven.go_to(35) == ["32:00 +day", "32:00 -night"]
    assert (driven.is_open(b"day"), driven.is_open(b"night"), driven.is_open(b"always")) == (True, False, True)
    await driven.owner.stop()


async def test_only_queues_that_ask_for_it_turn_away_who_waits() -> None:
    driven = Driven(MONDAY_NS + 12 * HOUR_NS)
    await driven.go_to(33)
    flags = {(command.queue, command.x): command.flags for command in driven.log.commands if command.op == Op.SET_QUEUE}
    assert flags == {(0, 0): FORCE, (0, 1): 0, (1, 0): 0, (1, 1): 0}
    await driven.owner.stop()


async def test_it_wakes_for_a_change_and_at_least_once_a_minute() -> None:
    driven = Driven(MONDAY_NS + 8 * HOUR_NS - 90 * SECOND_NS)
    wakes = [at_ns for at_ns, _, _ in driven.clock._timers]
    assert wakes == [MONDAY_NS + 8 * HOUR_NS - 90 * SECOND_NS + LOOK_EVERY_NS]
    driven.clock.move_to(wakes[0])
    assert [at_ns for at_ns, _, _ in driven.clock._timers] == [MONDAY_NS + 8 * HOUR_NS]
    await driven.owner.stop()


async def test_a_clock_that_jumps_over_changes_is_caught_up_with() -> None:
    driven = Driven(MONDAY_NS + 6 * HOUR_NS)
    assert await driven.settle() == ["06:00 -day"]
    driven.clock.move_to(MONDAY_NS + 30 * HOUR_NS)  # over a whole day: nothing has changed in the end
    assert await driven.settle() == []
    driven.clock.move_to(MONDAY_NS + 57 * HOUR_NS)
    assert await driven.settle() == ["57:00 +day", "57:00 -night"]
    await driven.owner.stop()


async def test_a_queue_closed_by_hand_stays_closed_until_its_hours_change() -> None:
    driven = Driven(MONDAY_NS + 9 * HOUR_NS)
    assert await driven.settle() == ["09:00 -night"]
    await driven.owner.submit(lambda _core, now_ns: Command(Op.SET_QUEUE, now_ns, queue=0, x=0), lambda *_: None)
    assert await driven.go_to(17) == ["09:00 -day"]
    assert await driven.go_to(31.9) == ["18:00 +night"]  # day is closed already: nothing to say
    assert not driven.is_open(b"day")
    assert await driven.go_to(32) == ["32:00 +day", "32:00 -night"]
    await driven.owner.stop()


async def test_after_a_restart_only_what_differs_is_said() -> None:
    driven = Driven(MONDAY_NS + 9 * HOUR_NS)
    assert await driven.settle() == ["09:00 -night"]
    driven.opening.stop()
    again = Opening(driven.owner, HOURS)
    again.start()
    assert await driven.settle() == []
    driven.clock.move_to(MONDAY_NS + 19 * HOUR_NS)
    assert await driven.settle() == ["19:00 -day", "19:00 +night"]  # the one that was stopped says nothing
    again.stop()
    driven.clock.move_to(MONDAY_NS + 40 * HOUR_NS)
    assert await driven.settle() == []
    await driven.owner.stop()


async def test_without_calendars_nothing_wakes() -> None:
    driven = Driven(MONDAY_NS, {})
    assert driven.clock._timers == []
    assert await driven.settle() == []
    await driven.owner.stop()


async def test_a_closed_queue_refuses_and_an_open_one_takes() -> None:
    text = CENTER.replace("day: {plan: [{}]}", "day: {plan: [{}], calendar: office}")
    center = parse_center(text + "calendars: {office: {time_zone: UTC, hours: {mon-sun: 08:00-18:00}}}\n")
    driven = Driven(MONDAY_NS + 7 * HOUR_NS, queue_hours(center))
    await driven.settle()

    def enqueue(core: commands.Core, now_ns: int) -> Command:
        return commands.enqueue(core, now_ns, queue="day", interaction_id=f"i{now_ns}")

    with pytest.raises(AcdError) as refused:
        await driven.owner.submit(enqueue, lambda *_: None)
    assert refused.value.reason == "QUEUE_CLOSED"
    await driven.go_to(8)
    await driven.owner.submit(enqueue, lambda *_: None)
    await driven.owner.stop()


# ---------------------------------------------------------------------- in a server


async def test_a_server_has_closed_what_is_closed_before_the_first_call() -> None:
    """START_NS is a Friday, 08:00 UTC."""
    router = small_center(Reference())
    async with running(router, hours={"loans": QueueHours(daily("09:00-10:00"), turn_away=False)}) as up:
        with pytest.raises(FailedPrecondition) as refused:
            await up.client.enqueue("loans")
        assert refused.value.reason == "QUEUE_CLOSED"
        await up.client.enqueue("stocks")
        up.clock.move(3600)
        await up.client.enqueue("loans")
        up.clock.move(3600)
        with pytest.raises(FailedPrecondition):
            await up.client.enqueue("loans")


async def test_a_fast_clock_does_not_make_the_server_look_more_often() -> None:
    hours = {"loans": QueueHours(daily("09:00-10:00"), turn_away=False)}
    server = Server(small_center(Reference()), clock=ScaledClock(1000.0), hours=hours)
    assert server._opening._look_every_ns == 1000 * LOOK_EVERY_NS


async def test_a_server_logs_openings_closings_and_gates(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="acdcore.rpc")
    router = small_center(Reference())
    router.define_queue("lends", plan=[Step({"stocks": 9}), Step({"stocks": 1}, when=Gate(waiting=1))])
    async with running(router, hours={"loans": QueueHours(daily("09:00-10:00"), turn_away=False)}) as up:
        up.clock.move(3600)
        await up.client.close_queue("stocks")
        await up.client.enqueue("lends", interaction_id="call-1")
        await up.client.cancel("call-1")
        await up.client.open_queue("stocks")
    assert [record.getMessage() for record in caplog.records if "answered" not in record.getMessage()] == [
        "queue_closed center=bank queue=loans",
        "queue_opened center=bank queue=loans",
        "queue_closed center=bank queue=stocks",
        "gate_opened center=bank queue=lends step=2",
        "gate_closed center=bank queue=lends step=2",
        "queue_opened center=bank queue=stocks",
    ]


async def test_a_quiet_server_does_not_look_for_doors(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING", logger="acdcore.rpc")
    async with running() as up:
        await up.client.close_queue("stocks")
    assert up.server.owner.taps == []
    assert caplog.records == []
