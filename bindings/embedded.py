"""The router in your own process: no server, no thread, no I/O; every call answers at once.

    from acdcore import Router

    router = Router()
    router.define_skill("stocks")
    router.define_tier("standard")
    router.define_queue("stocks", requires={"stocks": 1})
    router.define_agent("anna", skills={"stocks": 7})
    router.sign_in("anna")
    call = router.enqueue("stocks")
    [offer] = router.agent("anna").offers
    assignment = router.accept(offer.offer_id)

Time is an argument: every method takes ``now_ns``, by default the clock's, and never lets it run backwards.
Nothing happens between calls: when :meth:`Router.next_deadline_ns` has come, call :meth:`Router.advance`.
Every refusal raises an :class:`~acdcore.errors.AcdError`. One router belongs to one thread.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from . import commands, model, views
from .commands import Core
from .errors import InvalidArgument, NotFound, wrong_type
from .router.codes import (
    PPM,
    AgentField,
    Cause,
    Kind,
    Presence,
    QueueField,
    Result,
    Setting,
    Strategy,
    TierField,
)
from .router.records import Command

if TYPE_CHECKING:
    from .config import Center


def new_core() -> Core:
    """Return an empty compiled router."""
    from .router import Core as Compiled

    core: Core = Compiled()
    return core


def _nanoseconds(value: object, field: str) -> int:
    if isinstance(value, timedelta):
        return model.span_ns(value)
    raise wrong_type(field, value, "a datetime.timedelta")


def _given(fields: Mapping[Any, Any]) -> dict[Any, int]:
    """Leave out what was not given (None); turn durations into nanoseconds."""
    return {
        key: _nanoseconds(value, key.name.lower()) if key.name.endswith("_NS") else value
        for key, value in fields.items()
        if value is not None
    }


class Router:
    """A center's router with string ids.

    Args:
        clock: returns the time in nanoseconds since 1970; used where a call is not given ``now_ns``.
        core: the router to speak to; a new compiled one by default.
        max_events: how many events are kept for :meth:`events`; when nobody collects them, the oldest go
            (their sequence numbers tell how many).
    """

    def __init__(
        self, clock: Callable[[], int] = time.time_ns, core: Core | None = None, *, max_events: int = 100_000
    ) -> None:
        self.core: Core = new_core() if core is None else core
        self._clock = clock
        self._last_ns = max(0, self.core.center().now_ns)
        self._events: deque[model.RouterEvent] = deque(maxlen=max_events)

    @classmethod
    def from_file(cls, path: str | Path, clock: Callable[[], int] = time.time_ns) -> Self:
        """Return a router with the center of a YAML file defined; raises ConfigError naming every problem."""
        from .config import load_center

        return cls.from_center(load_center(path), clock)

    @classmethod
    def from_center(cls, center: Center, clock: Callable[[], int] = time.time_ns) -> Self:
        """Return a router with a center defined."""
        from .config import center_commands

        router = cls(clock)
        for command in center_commands(center, router._now(None)):
            router._run(command)
        return router

    def _now(self, now_ns: int | None) -> int:
        at_ns = self._clock() if now_ns is None else commands.whole(now_ns, "now_ns")
        self._last_ns = max(self._last_ns, at_ns)
        return self._last_ns

    def _run(self, command: Command) -> int:
        answer = self.core.apply(command)
        for one in self.core.drain():  # in words now, before the router may forget what they are about
            self._events.append(views.event(self.core, one))
        if answer.code != Result.OK:
            raise commands.refused(self.core, command, answer)
        return answer.value

    # ------------------------------------------------------------------ definitions

    def configure(
        self,
        *,
        lease: timedelta | None = None,
        lease_grace: timedelta | None = None,
        occupancy_half_life: timedelta | None = None,
        limits: Mapping[Setting, int] | None = None,
        now_ns: int | None = None,
    ) -> None:
        """Change settings of the center; what is not given stays. A lease of 0 never lapses."""
        durations = {
            Setting.LEASE_NS: lease,
            Setting.LEASE_GRACE_NS: lease_grace,
            Setting.HALF_LIFE_NS: occupancy_half_life,
        }
        self._run(commands.configure(self._now(now_ns), {**(limits or {}), **_given(durations)}))

    def define_skill(self, name: str, *, now_ns: int | None = None) -> None:
        """Define a skill."""
        self._run(commands.define_skill(self._now(now_ns), name))

    def define_reason(self, name: str, *, now_ns: int | None = None) -> None:
        """Define a reason for NOT_READY."""
        self._run(commands.define_reason(self._now(now_ns), name))

    def define_tier(
        self,
        name: str,
        *,
        target_factor: float | None = None,
        head_start: timedelta | None = None,
        rank: int | None = None,
        now_ns: int | None = None,
    ) -> None:
        """Define a tier of customers: a factor on every queue's target, a head start, a rank.

        Enqueueing without a tier takes the one of the lowest rank, of several the first.
        """
        fields = {
            TierField.TARGET_FACTOR_PPM: None if target_factor is None else _millionths(target_factor),
            TierField.HEAD_START_NS: head_start,
            TierField.RANK: rank,
        }
        self._run(commands.define_tier(self._now(now_ns), name, _given(fields)))

    def define_queue(
        self,
        name: str,
        *,
        requires: Mapping[str, int] | None = None,
        target: timedelta | None = None,
        priority: int | None = None,
        strategy: Strategy | str | None = None,
        offer_timeout: timedelta | None = None,
        wrap_up: timedelta | None = None,
        cool_down: timedelta | None = None,
        max_waiting: int | None = None,
        max_handle_time: timedelta | None = None,
        now_ns: int | None = None,
    ) -> None:
        """Define a queue: the skills it requires (name -> least level) and its policy; the rest has defaults."""
        fields = {
            QueueField.TARGET_NS: target,
            QueueField.PRIORITY: priority,
            QueueField.STRATEGY: None if strategy is None else _strategy(strategy),
            QueueField.OFFER_NS: offer_timeout,
            QueueField.WRAP_UP_NS: wrap_up,
            QueueField.COOL_DOWN_NS: cool_down,
            QueueField.MAX_WAITING: max_waiting,
            QueueField.MAX_HANDLE_NS: max_handle_time,
        }
        self._run(commands.define_queue(self.core, self._now(now_ns), name, requires=requires, fields=_given(fields)))

    def define_agent(
        self,
        name: str,
        *,
        skills: Mapping[str, int] | None = None,
        max_open_offers: int | None = None,
        now_ns: int | None = None,
    ) -> None:
        """Define an agent and what he or she can do (skill -> level, 1 to 10)."""
        fields = _given({AgentField.MAX_OPEN_OFFERS: max_open_offers})
        self._run(commands.define_agent(self.core, self._now(now_ns), name, skills=skills, fields=fields))

    # ------------------------------------------------------------------ interactions

    def enqueue(
        self,
        queue: str,
        interaction_id: str = "",
        *,
        tier: str | None = None,
        priority: int | None = None,
        since_ns: int | None = None,
        request_id: str | UUID = "",
        now_ns: int | None = None,
    ) -> str:
        """Put an interaction into a queue and return its id (made up when none is given)."""
        command = commands.enqueue(
            self.core,
            self._now(now_ns),
            queue=queue,
            interaction_id=interaction_id,
            tier=tier,
            priority=priority,
            since_ns=since_ns,
            request_id=commands.request_number(request_id),
        )
        self._run(command)
        return command.name.decode()

    def cancel(
        self,
        interaction_id: str | model.AboutInteraction,
        *,
        cause: Cause | str = Cause.CUSTOMER,
        request_id: str | UUID = "",
        now_ns: int | None = None,
    ) -> None:
        """End an interaction from outside: ABANDONED while it waits or rings, COMPLETED while it is served."""
        number = commands.request_number(request_id)
        now = self._now(now_ns)
        name = model.interaction_name(interaction_id)
        self._run(commands.cancel(self.core, now, interaction_id=name, cause=cause, request_id=number))

    def complete(
        self,
        interaction_id: str | model.AboutInteraction,
        *,
        cause: Cause | str = Cause.AGENT,
        request_id: str | UUID = "",
        now_ns: int | None = None,
    ) -> model.Assignment | None:
        """End the talk. Return the assignment in wrap-up, None when the queue has no wrap-up time."""
        number = commands.request_number(request_id)
        now = self._now(now_ns)
        name = model.interaction_name(interaction_id)
        handle = self._run(commands.complete(self.core, now, interaction_id=name, cause=cause, request_id=number))
        return views.assignment(self.core, handle)

    def interaction(self, interaction_id: str | model.AboutInteraction) -> model.Interaction:
        """Return an interaction as it stands, for a while also after its end."""
        name = model.interaction_name(interaction_id)
        handle = commands.resolved(self.core, Kind.INTERACTION, name, "interaction_id")
        found = views.interaction(self.core, handle)
        if found is None:
            raise NotFound(reason=Result.UNKNOWN_INTERACTION, field="interaction_id", value=name)
        return found

    # ------------------------------------------------------------------ agents

    def sign_in(
        self,
        agent: str,
        *,
        presence: Presence | str = Presence.AVAILABLE,
        reason: str = "",
        request_id: str | UUID = "",
        now_ns: int | None = None,
    ) -> None:
        """An agent begins to work, AVAILABLE or NOT_READY."""
        number = commands.request_number(request_id)
        now = self._now(now_ns)
        self._run(commands.sign_in(self.core, now, agent=agent, presence=presence, reason=reason, request_id=number))

    def set_presence(
        self,
        agent: str,
        presence: Presence | str,
        *,
        reason: str = "",
        next_presence: Presence | str | None = None,
        request_id: str | UUID = "",
        now_ns: int | None = None,
    ) -> None:
        """An agent takes a break, comes back, or drains towards ``next_presence``."""
        command = commands.set_presence(
            self.core,
            self._now(now_ns),
            agent=agent,
            presence=presence,
            reason=reason,
            next_presence=next_presence,
            request_id=commands.request_number(request_id),
        )
        self._run(command)

    def sign_out(
        self, agent: str, *, force: bool = False, request_id: str | UUID = "", now_ns: int | None = None
    ) -> None:
        """An agent goes home: after the work at hand, or at once by force."""
        number = commands.request_number(request_id)
        self._run(commands.sign_out(self.core, self._now(now_ns), agent=agent, force=force, request_id=number))

    def renew(self, agent: str, *, now_ns: int | None = None) -> None:
        """Extend an agent's lease."""
        self._run(commands.renew(self.core, self._now(now_ns), agent=agent))

    def agent(self, agent: str, *, now_ns: int | None = None) -> model.Agent:
        """Return an agent as he or she stands, with offers and assignments."""
        slot = commands.resolved(self.core, Kind.AGENT, agent, "agent")
        found = views.agent(self.core, slot, self._now(now_ns))
        if found is None:
            raise NotFound(reason=Result.UNKNOWN_AGENT, field="agent", value=agent)
        return found

    def accept(
        self, offer_id: str, *, agent: str = "", request_id: str | UUID = "", now_ns: int | None = None
    ) -> model.Assignment:
        """Take an offer. A repeat returns the same assignment, by its id alone once that has ended."""
        number = commands.request_number(request_id)
        now = self._now(now_ns)
        handle = self._run(commands.accept(self.core, now, offer_id=offer_id, agent=agent, request_id=number))
        return views.assignment(self.core, handle) or views.ended_assignment(handle)

    def decline(
        self, offer_id: str, *, agent: str = "", request_id: str | UUID = "", now_ns: int | None = None
    ) -> None:
        """Do not take an offer: it returns to its old place and cools down for this agent."""
        number = commands.request_number(request_id)
        now = self._now(now_ns)
        self._run(commands.decline(self.core, now, offer_id=offer_id, agent=agent, request_id=number))

    def end_wrap_up(self, assignment_id: str, *, request_id: str | UUID = "", now_ns: int | None = None) -> None:
        """End wrap-up before its time."""
        number = commands.request_number(request_id)
        now = self._now(now_ns)
        self._run(commands.end_wrap_up(self.core, now, assignment_id=assignment_id, request_id=number))

    # ------------------------------------------------------------------ time and figures

    def advance(self, *, now_ns: int | None = None) -> int:
        """Fire whatever is due; return how much fired."""
        return self._run(commands.advance(self._now(now_ns)))

    def next_deadline_ns(self) -> int:
        """Return when :meth:`advance` is next worth calling, -1: never as things stand."""
        return self.core.next_deadline_ns()

    def events(self) -> list[model.RouterEvent]:
        """Return what happened since this was last called, oldest first."""
        events = list(self._events)
        self._events.clear()
        return events

    def figures(self, queue: str, tier: str | None = None, *, now_ns: int | None = None) -> model.QueueFigures:
        """Return the figures of one queue and one tier (None: the default one)."""
        queue_slot = commands.resolved(self.core, Kind.QUEUE, queue, "queue")
        tier_slot = (
            commands.default_tier(self.core) if tier is None else commands.resolved(self.core, Kind.TIER, tier, "tier")
        )
        return views.queue_figures(self.core, queue_slot, tier_slot, self._now(now_ns))


def _strategy(given: Strategy | str) -> int:
    return commands.chosen(Strategy, given, "strategy", tuple(Strategy), Result.INVALID_FIELD)


def _millionths(factor: float) -> int:
    try:
        return round(factor * PPM)
    except (TypeError, ValueError, OverflowError):  # no number, NaN, infinite
        raise InvalidArgument(
            reason=Result.INVALID_FIELD, field="target_factor", value=factor, allowed="a finite number"
        ) from None
