"""Live a day against the router itself, in simulated time and without any delay.

What production runs and what this runs is the same router; no rule of routing is here. Messages take no
time, so this is what any transport, however fast, can only approach: the demo is held against it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from ..router.codes import SECOND_NS, Cause, EventType, Kind, Op, Presence, Result, Setting
from ..router.records import Answer, Command, Event, InteractionView
from ..sim.demand import Caller, Day
from ..sim.outcome import Outcome
from ..sim.people import AgentMind

BREAK_REASON: Final = b"break"
MIDNIGHT_NS: Final = 1_000_000 * SECOND_NS
"""Where the day's midnight lies on the router's time line; a configuration comes before it."""


class RouterLike(Protocol):
    """What a day needs of a router: the reference and the compiled one both have it."""

    def apply(self, command: Command) -> Answer: ...
    def drain(self) -> list[Event]: ...
    def next_deadline_ns(self) -> int: ...
    def setting(self, setting: Setting) -> int: ...
    def find(self, kind: Kind, name: bytes) -> int: ...
    def interaction(self, handle: int) -> InteractionView | None: ...


@dataclass
class _Call:
    caller: Caller
    handle: int = 0
    queued: bool = False
    answered_s: float = -1.0
    ended_s: float = -1.0


class _Desk:
    """One agent at work: her mind, her slot, and which of her intentions still stand."""

    def __init__(self, mind: AgentMind, slot: int) -> None:
        self.mind = mind
        self.slot = slot
        self.busy = False
        self.resting = False
        self.gone = False


class ExactDay:
    """One day against one configured router. Raises ``RuntimeError`` where the router refuses what must be right."""

    def __init__(self, router: RouterLike, day: Day) -> None:
        self.router = router
        self.day = day
        self.now_s = day.starts_s
        self.commands = 0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self._calls: dict[int, _Call] = {}
        self._all: list[_Call] = []
        self._desks: dict[int, _Desk] = {}

    def run(self) -> list[Outcome]:
        """Live the day to its end, until every call has ended, and tell how each went, in order of arrival."""
        for caller in self.day.callers:
            self._at(caller.arrival_s, partial(self._arrive, caller))
        for plan in self.day.agents:
            desk = _Desk(AgentMind(plan), self._slot(Kind.AGENT, plan.agent))
            self._desks[desk.slot] = desk
            self._at(plan.from_s, partial(self._sign_in, desk))
            self._at(plan.to_s, partial(self._sign_out, desk))
        while self._due:
            deadline = self.router.next_deadline_ns()
            if 0 <= deadline < self._ns(self._due[0][0]):
                self.now_s = (deadline - MIDNIGHT_NS) / SECOND_NS
                self._apply(Command(Op.ADVANCE, deadline))
                continue
            self.now_s, _, act = heapq.heappop(self._due)
            act()
        return [self._outcome(call) for call in self._all]

    # ------------------------------------------------------------------ people

    def _arrive(self, caller: Caller) -> None:
        call = _Call(caller)
        self._all.append(call)
        answer = self._send(
            Op.ENQUEUE, queue=self._slot(Kind.QUEUE, caller.queue), tier=self._slot(Kind.TIER, caller.tier), before=call
        )
        if answer.code == Result.OK:
            self._at(caller.arrival_s + caller.patience_s, partial(self._lose_patience, call))
        else:
            call.ended_s = self.now_s

    def _lose_patience(self, call: _Call) -> None:
        if call.answered_s < 0.0 and call.ended_s < 0.0:
            self._send(Op.CANCEL, target=call.handle, x=int(Cause.CUSTOMER))

    def _sign_in(self, desk: _Desk) -> None:
        self._send(Op.SIGN_IN, agent=desk.slot, x=int(Presence.AVAILABLE))
        self._plan_break(desk)

        self._renew(desk)

    def _renew(self, desk: _Desk) -> None:
        """Keep her lease, as a door would, every third of it, until she has gone."""
        lease_s = self.router.setting(Setting.LEASE_NS) / SECOND_NS
        if lease_s > 0.0 and (not desk.gone or desk.busy):
            # who left while a call rang is still busy here, though signed out
            self._send(Op.RENEW_LEASE, agent=desk.slot, allowed=(Result.NOT_SIGNED_IN,) if desk.gone else ())
            self._at(self.now_s + lease_s / 3.0, partial(self._renew, desk))

    def _sign_out(self, desk: _Desk) -> None:
        desk.gone = True
        self._send(Op.SET_PRESENCE, agent=desk.slot, x=int(Presence.OFFLINE))

    def _plan_break(self, desk: _Desk) -> None:
        at = desk.mind.next_break_s()
        if at is not None:
            self._at(max(at, self.now_s), partial(self._break_due, desk))

    def _break_due(self, desk: _Desk) -> None:
        """Begin the break now, unless she is busy: then it begins after her call."""
        if desk.gone or desk.busy or desk.resting:
            return
        length = desk.mind.due_break(self.now_s)
        if length is not None:
            self._rest(desk, length)

    def _rest(self, desk: _Desk, for_s: float) -> None:
        desk.resting = True
        reason = self._slot(Kind.REASON, BREAK_REASON.decode())
        self._send(Op.SET_PRESENCE, agent=desk.slot, x=int(Presence.NOT_READY), y=reason)
        self._at(self.now_s + for_s, partial(self._return, desk))

    def _return(self, desk: _Desk) -> None:
        desk.resting = False
        if desk.gone:
            return
        length = desk.mind.due_break(self.now_s)
        if length is not None:
            self._rest(desk, length)
            return
        self._send(Op.SET_PRESENCE, agent=desk.slot, x=int(Presence.AVAILABLE))
        self._plan_break(desk)

    def _ring(self, offer: int, desk: _Desk) -> None:
        if self._send(Op.ACCEPT, target=offer, agent=desk.slot, allowed=(Result.OFFER_REVOKED,)).code != Result.OK:
            desk.busy = False
            self._break_due(desk)

    def _hang_up(self, call: _Call, desk: _Desk) -> None:
        answer = self._send(Op.COMPLETE, target=call.handle, x=int(Cause.AGENT))
        rest = desk.mind.after_call(self.now_s)
        assignment = answer.value
        if rest.is_break:
            if not desk.gone:
                self._rest(desk, rest.for_s)
            self._wrapped(assignment, desk)
        else:
            self._at(self.now_s + rest.for_s, partial(self._wrapped, assignment, desk))

    def _wrapped(self, assignment: int, desk: _Desk) -> None:
        desk.busy = False
        # her wrap-up may have reached the queue's limit by now
        self._send(Op.END_WRAP_UP, target=assignment, allowed=(Result.NOT_IN_WRAP_UP, Result.UNKNOWN_ASSIGNMENT))
        if not desk.busy:
            self._break_due(desk)

    # ------------------------------------------------------------------ the router

    def _send(
        self, op: Op, *, target: int = 0, queue: int = -1, tier: int = -1, agent: int = -1, x: int = 0, y: int = 0,
        allowed: tuple[Result, ...] = (), before: _Call | None = None,
    ) -> Answer:  # fmt: skip
        x = -1 if op == Op.ENQUEUE else x
        command = Command(op, self._ns(self.now_s), target=target, queue=queue, tier=tier, agent=agent, x=x, y=y)
        return self._apply(command, before, allowed)

    def _apply(self, command: Command, enqueued: _Call | None = None, allowed: tuple[Result, ...] = ()) -> Answer:
        self.commands += 1
        answer = self.router.apply(command)
        full = (Result.QUEUE_FULL, Result.LIMIT_REACHED) if enqueued is not None else ()
        if answer.code != Result.OK and answer.code not in (*allowed, *full):
            raise RuntimeError(f"{Op(command.op).name} at {self.now_s:.3f} s: {Result(answer.code).name}")
        if enqueued is not None and answer.code == Result.OK:
            enqueued.handle = answer.value
            enqueued.queued = True  # unless an offer at this very moment says otherwise
            self._calls[answer.value] = enqueued
        for event in self.router.drain():
            self._see(event)
        return answer

    def _see(self, event: Event) -> None:
        call = self._calls.get(event.interaction)
        if event.type == EventType.OFFER_MADE and call is not None:
            desk = self._desks[event.agent]
            desk.busy = True
            call.queued = event.x > 0
            self._at(self.now_s + desk.mind.pick_up_s(), partial(self._ring, event.offer, desk))
        elif event.type == EventType.OFFER_ACCEPTED and call is not None:
            call.answered_s = self.now_s
            self._at(self.now_s + call.caller.handle_s, partial(self._hang_up, call, self._desks[event.agent]))
        elif event.type in (EventType.INTERACTION_COMPLETED, EventType.INTERACTION_ABANDONED) and call is not None:
            call.ended_s = self.now_s

    def _outcome(self, call: _Call) -> Outcome:
        caller = call.caller
        answered = call.answered_s >= 0.0
        until = call.answered_s if answered else call.ended_s
        return Outcome(
            caller.call_id, caller.queue, caller.tier, caller.arrival_s, call.queued, answered,
            until - caller.arrival_s, call.ended_s - call.answered_s if answered else 0.0,
        )  # fmt: skip

    def _slot(self, kind: Kind, name: str) -> int:
        slot = self.router.find(kind, name.encode())
        if slot < 0:
            raise RuntimeError(f"the center has no {kind.name.lower()} {name!r}")
        return slot

    def _at(self, when_s: float, act: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._due, (max(when_s, self.now_s), self._order, act))

    @staticmethod
    def _ns(at_s: float) -> int:
        return MIDNIGHT_NS + round(at_s * SECOND_NS)
