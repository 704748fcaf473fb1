"""Callers and agents as gRPC clients: they arrive, wait, give up, accept, talk, wrap up, at many times real time.

Everybody acts at moments of simulated time that are fixed beforehand or follow from the server's own time
stamps (rung at + time to pick up, accepted at + handle time), so delays do not add up: what a message
takes longer on its way is taken off the time that people would have waited anyway.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Final

from ... import Client, FailedPrecondition, NotFound, ResourceExhausted
from ...model import Agent, Offer
from ...router.codes import Cause, InteractionState, Presence
from ...rpc.decode import PresenceChanged
from ...sim.demand import AgentPlan, Caller, Day
from ...sim.outcome import Outcome
from ...sim.people import AgentMind
from ...sim.staff import LONGEST_WRAP_UP_S
from .result import DayResult, Tally

NS: Final = 1_000_000_000
LEAD_REAL_S: Final = 0.3
"""Real seconds between the end of preparations and the day's first moment."""
PROBES: Final = 20
STALL_PROBE_S: Final = 0.01
BREAK: Final = "break"


class DayClock:
    """Simulated seconds since midnight, by the server's clock as seen from here."""

    def __init__(self, speed: float, midnight_ns: int, offset_ns: float) -> None:
        self.speed = speed
        self._midnight_ns = midnight_ns
        self._offset_ns = offset_ns

    @classmethod
    async def synchronized(cls, client: Client, speed: float, starts_s: float) -> DayClock:
        """Ask the server for its time, believe the quickest answer, and let the day start in a moment."""
        offsets = []
        for _ in range(PROBES):
            before = time.monotonic_ns()
            figures = await client.center_figures()
            after = time.monotonic_ns()
            offsets.append((after - before, figures.figure_ns - (before + after) / 2 * speed))
        offset_ns = min(offsets)[1]
        starts_ns = time.monotonic_ns() * speed + offset_ns + LEAD_REAL_S * NS * speed
        return cls(speed, int(starts_ns - starts_s * NS), offset_ns)

    def now_s(self) -> float:
        """Now."""
        return (time.monotonic_ns() * self.speed + self._offset_ns - self._midnight_ns) / NS

    def of_ns(self, server_ns: int) -> float:
        """One of the server's time stamps."""
        return (server_ns - self._midnight_ns) / NS

    async def sleep_until(self, at_s: float) -> None:
        """Return at ``at_s``, at once if it is past."""
        left_s = (at_s - self.now_s()) / self.speed
        if left_s > 0.0:
            await asyncio.sleep(left_s)


@dataclass
class _Call:
    caller: Caller
    sent_ns: int = 0
    queued: bool = True
    """Until an offer comes at the very moment of arrival."""
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    answered_s: float = 0.0
    ended_s: float = 0.0
    since_s: float = 0.0


class DayAtTheBank:
    """One day through one server."""

    def __init__(self, client: Client, day: Day, speed: float) -> None:
        self.clock: DayClock
        self.synchronized = False
        self.client = client
        self.day = day
        self.speed = speed
        self.tally = Tally(waiting=dict.fromkeys(sorted({caller.queue for caller in day.callers}), 0))
        self.offer_latency_ns: list[int] = []
        self.assignments: set[str] = set()
        self.calls = {caller.call_id: _Call(caller) for caller in day.callers}
        self.outcomes: list[Outcome] = []
        self.stall_s = 0.0

    def now_s(self) -> float:
        """The time of day to show; preparations take place at its first moment."""
        return max(self.day.starts_s, self.clock.now_s()) if self.synchronized else self.day.starts_s

    async def live(self) -> DayResult:
        """Live the day until every call has ended and every agent has gone home."""
        began = time.monotonic()
        self.clock = await DayClock.synchronized(self.client, self.speed, self.day.starts_s)
        self.synchronized = True
        watching = asyncio.create_task(self._watch_for_stalls())
        async with asyncio.TaskGroup() as people:
            for plan in self.day.agents:
                people.create_task(_Desk(self, plan).work())
            for caller in self.day.callers:
                await self.clock.sleep_until(caller.arrival_s)
                people.create_task(self._call(self.calls[caller.call_id]))
        watching.cancel()
        figures = await self.client.center_figures()
        return DayResult(
            name=self.day.name,
            speed=self.speed,
            wall_s=time.monotonic() - began,
            outcomes=self.outcomes,
            refused=self.tally.refused,
            queues=await self.client.figures(),
            center=figures,
            offer_latency_ns=self.offer_latency_ns,
            assignments=len(self.assignments),
            stall_s=self.stall_s,
        )

    async def _watch_for_stalls(self) -> None:
        """Note by how much a short sleep overshoots: then nobody here could act in time."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(STALL_PROBE_S)
            self.stall_s = max(self.stall_s, time.monotonic() - before - STALL_PROBE_S)

    async def _call(self, call: _Call) -> None:
        """One caller's call, from dialing to the end."""
        caller = call.caller
        self.tally.arrived += 1
        self.tally.waiting[caller.queue] += 1
        call.sent_ns = time.monotonic_ns()
        try:
            interaction = await self.client.enqueue(caller.queue, interaction_id=caller.call_id, tier=caller.tier)
        except ResourceExhausted:
            self.tally.refused += 1
            self.tally.waiting[caller.queue] -= 1
            return
        call.since_s = self.clock.of_ns(interaction.since_ns)
        left_s = (call.since_s + caller.patience_s - self.clock.now_s()) / self.speed
        try:
            async with asyncio.timeout(max(0.0, left_s)):
                await call.answered.wait()
        except TimeoutError:
            if await self._gave_up(call):
                self.tally.abandoned += 1
                self.tally.waiting[caller.queue] -= 1
                self._note(call, answered=False, wait_s=caller.patience_s)
                return
        await call.ended.wait()
        self._note(call, answered=True, wait_s=max(0.0, call.answered_s - call.since_s))

    async def _gave_up(self, call: _Call) -> bool:
        """Hang up, unless an agent has answered in the meantime, which callers do not hang up on."""
        if call.answered.is_set():
            return False
        try:
            left = await self.client.cancel(call.caller.call_id)
        except FailedPrecondition:
            return False
        return left.state == InteractionState.ABANDONED

    def _note(self, call: _Call, *, answered: bool, wait_s: float) -> None:
        caller = call.caller
        handled_s = call.ended_s - call.answered_s if answered else 0.0
        self.outcomes.append(
            Outcome(
                caller.call_id, caller.queue, caller.tier, caller.arrival_s, call.queued, answered, wait_s, handled_s
            )
        )


class _Desk:
    """One agent at her desk."""

    def __init__(self, bank: DayAtTheBank, plan: AgentPlan) -> None:
        self.bank = bank
        self.agent = bank.client.agent(plan.agent)
        self.plan = plan
        self.mind = AgentMind(plan)
        self._at_hand = 0
        self._resting = False
        self._gone = False
        self._connected = asyncio.Event()
        self._at_leisure = asyncio.Event()
        self._doing = ""
        self._now_doing("off")

    async def work(self) -> None:
        """Sign in, take calls and breaks, sign out, finish the last call."""
        clock = self.bank.clock
        await clock.sleep_until(self.plan.from_s)
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(self._listen(tasks))
            await self._connected.wait()
            await self.agent.sign_in()
            self._leisure()
            breaks = tasks.create_task(self._take_breaks())
            await clock.sleep_until(self.plan.to_s)
            self._gone = True
            breaks.cancel()
            await self.agent.sign_out()
            await listening
        self._now_doing("off")

    async def _listen(self, tasks: asyncio.TaskGroup) -> None:
        """Follow the server's updates until she is offline for the day."""
        async for update in self.agent.watch():
            match update.what:
                case Agent():
                    self._connected.set()
                case Offer() as offer:
                    self._at_hand += 1
                    self._at_leisure.clear()
                    self._rings(offer)
                    tasks.create_task(self._serve(offer, self.bank.clock.of_ns(update.event_ns)))
                case PresenceChanged(presence=Presence.OFFLINE) if self._gone:
                    return
                case PresenceChanged(cause=Cause.NO_ANSWER) if not self._gone and not self._resting:
                    tasks.create_task(self._be(Presence.AVAILABLE))

    def _rings(self, offer: Offer) -> None:
        """Note a decision, and how long it took to get here if an agent was free at once."""
        bank = self.bank
        bank.tally.decisions += 1
        self._now_doing("ringing")
        call = bank.calls[offer.interaction_id]
        call.queued = offer.waited_ns > 0
        if not call.queued:
            bank.offer_latency_ns.append(time.monotonic_ns() - call.sent_ns)

    async def _serve(self, offer: Offer, rung_s: float) -> None:
        """Pick up, talk, wrap up or take a break."""
        bank, clock = self.bank, self.bank.clock
        call = bank.calls[offer.interaction_id]
        await clock.sleep_until(rung_s + self.mind.pick_up_s())
        try:
            assignment = await self.agent.accept(offer.offer_id)
        except (FailedPrecondition, NotFound):  # the caller has hung up, or she has left
            self._done()
            return
        bank.assignments.add(assignment.assignment_id)
        bank.tally.answered += 1
        bank.tally.waiting[call.caller.queue] -= 1
        self._now_doing("talking")
        call.answered_s = clock.of_ns(assignment.accepted_ns)
        call.answered.set()
        ends_s = call.answered_s + call.caller.handle_s
        await clock.sleep_until(ends_s)
        with contextlib.suppress(FailedPrecondition):  # the caller's patience ended as she answered
            await self.agent.complete(offer.interaction_id)
        call.ended_s = clock.now_s()
        call.ended.set()
        rest = self.mind.after_call(ends_s)
        if rest.is_break and not self._gone:
            self._resting = True
            await self._be(Presence.NOT_READY, BREAK)
            await self._end_wrap_up(assignment.assignment_id)
            self._done()
            await self._rest_until(ends_s + rest.for_s)
            return
        self._now_doing("wrap-up")
        await clock.sleep_until(ends_s + min(rest.for_s, LONGEST_WRAP_UP_S))
        self._done()
        await self._end_wrap_up(assignment.assignment_id)

    async def _end_wrap_up(self, assignment_id: str) -> None:
        with contextlib.suppress(FailedPrecondition, NotFound):  # the queue's limit has ended it before
            await self.agent.end_wrap_up(assignment_id)

    def _done(self) -> None:
        """One piece of work less at hand."""
        self._at_hand -= 1
        self._leisure()

    def _leisure(self) -> None:
        if self._at_hand == 0 and not self._resting:
            self._now_doing("free")
            self._at_leisure.set()

    async def _take_breaks(self) -> None:
        """Begin planned breaks that fall due while she is free; others begin after the call."""
        clock = self.bank.clock
        while (at_s := self.mind.next_break_s()) is not None:
            await clock.sleep_until(at_s)
            await self._at_leisure.wait()
            length_s = self.mind.due_break(clock.now_s())
            if length_s is not None:
                self._resting = True
                self._at_leisure.clear()
                await self._be(Presence.NOT_READY, BREAK)
                await self._rest_until(clock.now_s() + length_s)

    async def _rest_until(self, until_s: float) -> None:
        clock = self.bank.clock
        self._now_doing("on break")
        await clock.sleep_until(until_s)
        while not self._gone and (more_s := self.mind.due_break(clock.now_s())) is not None:
            await clock.sleep_until(clock.now_s() + more_s)
        self._resting = False
        if not self._gone:
            self._leisure()
            await self._be(Presence.AVAILABLE)

    async def _be(self, presence: Presence, reason: str = "") -> None:
        await self.agent.set_presence(presence, reason=reason)

    def _now_doing(self, doing: str) -> None:
        agents = self.bank.tally.agents
        if self._doing:
            agents[self._doing] -= 1
        self._doing = doing
        agents[doing] = agents.get(doing, 0) + 1
