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
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from uuid import UUID

from . import commands, model, views
from .defining import Defining, new_core
from .errors import AcdError, NotFound
from .lookup import nanoseconds
from .opening import Opening
from .plans import Requirement
from .router.codes import Cause, Kind, Presence, Result

if TYPE_CHECKING:
    from .config import Center

__all__ = ["Router", "new_core"]

_ARGUMENTS: Final = {"since_time": "since_ns", "start_time": "start_ns"}
"""What fields of the contract are called as arguments here, where that differs."""


class Router(Defining):
    """A center's router with string ids; it is made of a clock and a core, see :class:`~acdcore.defining.Defining`."""

    @classmethod
    def from_file(cls, path: str | Path, clock: Callable[[], int] = time.time_ns) -> Self:
        """Return a router with the center of a YAML file defined; raises ConfigError naming every problem."""
        from .config import load_center

        return cls.from_center(load_center(path), clock)

    @classmethod
    def from_center(cls, center: Center, clock: Callable[[], int] = time.time_ns) -> Self:
        """Return a router with a center defined. Queues that have a calendar are open or closed as it says.

        From then on they open and close by it: whatever is due is done before each command, in order of time, and
        :meth:`next_deadline_ns` tells of the next change.
        """
        from .config import center_commands
        from .config.hours import queue_hours

        router = cls(clock)
        now_ns = router._now(None)
        for command in center_commands(center, now_ns):
            router._apply(command)
        router._opening = Opening(queue_hours(center))
        for command in router._opening.start(router.core, now_ns):
            router._apply(command)
        return router

    # ------------------------------------------------------------------ interactions

    def enqueue(
        self,
        queue: str,
        interaction_id: str = "",
        *,
        tier: str | None = None,
        priority: int | None = None,
        since_ns: int | None = None,
        start_ns: int | None = None,
        agent: str = "",
        preferred_for: timedelta | None = None,
        direct: bool = False,
        requirement: Requirement | None = None,
        customer_id: str = "",
        request_id: str | UUID = "",
        now_ns: int | None = None,
    ) -> str:
        """Put an interaction into a queue and return its id (made up when none is given).

        Args:
            queue: where it waits.
            interaction_id: what you call it.
            tier: the customer's tier; None: the default one.
            priority: its own, larger is sooner; None: the queue's.
            since_ns: when the customer began to wait; None: now, or at ``start_ns``.
            start_ns: when it begins to wait, such as a callback; None: now.
            agent: for whom it is: ``preferred_for`` so long, or ``direct``.
            preferred_for: how long that agent is waited for before anybody may serve.
            direct: for that agent without limit and whatever the skills.
            requirement: who may serve it, beside what the queue requires.
            customer_id: whose it is, so that the customer finds the same agent again.
            request_id: makes a repeat return the first answer.
            now_ns: when it is; None: what the clock says.
        """
        try:
            command = commands.enqueue(
                self.core,
                self._now(now_ns),
                queue=queue,
                interaction_id=interaction_id,
                tier=tier,
                priority=priority,
                since_ns=since_ns,
                start_ns=start_ns,
                agent=agent,
                preferred_for_ns=_length(preferred_for, "preferred_for"),
                direct=direct,
                requirement=requirement,
                customer_id=customer_id,
                request_id=commands.request_number(request_id),
            )
            self._run(command)
        except AcdError as refusal:
            raise refusal.called(_ARGUMENTS) from refusal.__cause__
        return command.name.decode()

    def move(
        self,
        interaction_id: str | model.AboutInteraction,
        queue: str,
        *,
        priority: int | None = None,
        agent: str = "",
        preferred_for: timedelta | None = None,
        direct: bool = False,
        request_id: str | UUID = "",
        now_ns: int | None = None,
    ) -> None:
        """Move an interaction to another queue, its wait kept. One that is served is transferred.

        ``priority`` None: its own if it has one, else the new queue's; the agent as in :meth:`enqueue`.
        """
        command = commands.move(
            self.core,
            self._now(now_ns),
            interaction_id=model.interaction_name(interaction_id),
            queue=queue,
            priority=priority,
            agent=agent,
            preferred_for_ns=_length(preferred_for, "preferred_for"),
            direct=direct,
            request_id=commands.request_number(request_id),
        )
        self._run(command)

    def set_priority(
        self,
        interaction_id: str | model.AboutInteraction,
        priority: int | None,
        *,
        request_id: str | UUID = "",
        now_ns: int | None = None,
    ) -> None:
        """Give an interaction a priority of its own, larger is sooner; None: the queue's again."""
        number = commands.request_number(request_id)
        now = self._now(now_ns)
        name = model.interaction_name(interaction_id)
        self._run(commands.set_priority(self.core, now, interaction_id=name, priority=priority, request_id=number))

    def hold(
        self,
        interaction_id: str | model.AboutInteraction,
        hold_for: timedelta,
        *,
        request_id: str | UUID = "",
        now_ns: int | None = None,
    ) -> None:
        """Take an interaction out of the line for so long; then it waits again, at its old place."""
        number = commands.request_number(request_id)
        now = self._now(now_ns)
        name = model.interaction_name(interaction_id)
        hold_for_ns = nanoseconds(hold_for, "hold_for")
        self._run(commands.hold(self.core, now, interaction_id=name, hold_for_ns=hold_for_ns, request_id=number))

    def release(
        self,
        interaction_id: str | model.AboutInteraction,
        *,
        request_id: str | UUID = "",
        now_ns: int | None = None,
    ) -> None:
        """Let an interaction that is held or scheduled wait from now on."""
        number = commands.request_number(request_id)
        now = self._now(now_ns)
        name = model.interaction_name(interaction_id)
        self._run(commands.release(self.core, now, interaction_id=name, request_id=number))

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
    ) -> model.Assignment:
        """End the talk. Return the assignment: in WRAP_UP, or ENDED where the queue has no wrap-up time."""
        number = commands.request_number(request_id)
        now = self._now(now_ns)
        name = model.interaction_name(interaction_id)
        command = commands.complete(self.core, now, interaction_id=name, cause=cause, request_id=number)
        before = self.core.interaction(command.target)
        handle = self._run(command)
        return views.assignment(self.core, handle) or views.ended_assignment(self.core, handle, before)

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
        return views.assignment(self.core, handle) or views.ended_assignment(self.core, handle, None)

    def decline(
        self,
        offer_id: str,
        *,
        agent: str = "",
        retry_after: timedelta | None = None,
        failed: bool = False,
        request_id: str | UUID = "",
        now_ns: int | None = None,
    ) -> None:
        """Do not take an offer: it returns to its old place and cools down for this agent.

        ``retry_after`` is how long (None: the queue's cool-down), ``failed`` says that it could not even ring.
        """
        command = commands.decline(
            self.core,
            self._now(now_ns),
            offer_id=offer_id,
            agent=agent,
            retry_after_ns=_length(retry_after, "retry_after"),
            failed=failed,
            request_id=commands.request_number(request_id),
        )
        self._run(command)

    def fail(self, assignment_id: str, *, request_id: str | UUID = "", now_ns: int | None = None) -> None:
        """Say that the media of an accepted interaction could not be set up: it is back at its old place."""
        number = commands.request_number(request_id)
        now = self._now(now_ns)
        self._run(commands.fail(self.core, now, assignment_id=assignment_id, request_id=number))

    def end_wrap_up(self, assignment_id: str, *, request_id: str | UUID = "", now_ns: int | None = None) -> None:
        """End wrap-up before its time."""
        number = commands.request_number(request_id)
        now = self._now(now_ns)
        self._run(commands.end_wrap_up(self.core, now, assignment_id=assignment_id, request_id=number))

    # ------------------------------------------------------------------ queues

    def open_queue(self, queue: str, *, request_id: str | UUID = "", now_ns: int | None = None) -> None:
        """Open a queue's door; one with a calendar stays open until that says otherwise."""
        number = commands.request_number(request_id)
        self._run(commands.open_queue(self.core, self._now(now_ns), queue=queue, request_id=number))

    def close_queue(
        self, queue: str, *, turn_away: bool = False, request_id: str | UUID = "", now_ns: int | None = None
    ) -> None:
        """Close a queue's door; those who wait are served, or turned away as the queue's ``on_closed`` says.

        One with a calendar stays closed until the next time at which that opens it.
        """
        number = commands.request_number(request_id)
        now = self._now(now_ns)
        self._run(commands.close_queue(self.core, now, queue=queue, turn_away=turn_away, request_id=number))

    def queue(self, queue: str) -> model.Queue:
        """Return a queue's definition, with its plan in words, and how it stands."""
        found = views.queue(self.core, commands.resolved(self.core, Kind.QUEUE, queue, "queue"))
        if found is None:
            raise NotFound(reason=Result.UNKNOWN_QUEUE, field="queue", value=queue)
        return found

    # ------------------------------------------------------------------ time and figures

    def advance(self, *, now_ns: int | None = None) -> int:
        """Fire whatever is due, queues that open or close among it; return how much fired."""
        at_ns = self._now(now_ns)
        return self._open_and_close(at_ns) + self._apply(commands.advance(at_ns))

    def resume(self, grace: timedelta, *, now_ns: int | None = None) -> int:
        """Go on after a restart or a gap in time; return how many leases and offers last longer now.

        No lease lapses before ``grace`` from now, so that agents can come back, and every offer that rings has its
        time to answer again. Whatever else is due by now is done with the next call, not by this one.
        """
        return self._apply(commands.resume(self._now(now_ns), grace_ns=nanoseconds(grace, "grace")))

    def next_deadline_ns(self) -> int:
        """Return when :meth:`advance` is next worth calling, -1: never as things stand."""
        moments = (self.core.next_deadline_ns(), self._opening.next_ns)
        return min((at_ns for at_ns in moments if at_ns >= 0), default=-1)

    def events(self) -> list[model.RouterEvent]:
        """Return what happened since this was last called, oldest first."""
        events = list(self._events)
        self._events.clear()
        return events

    def figures(self, queue: str, tier: str | None = None, *, now_ns: int | None = None) -> model.QueueFigures:
        """Return the figures of one queue and one tier (None: the default one)."""
        queue_slot = commands.resolved(self.core, Kind.QUEUE, queue, "queue")
        tier_slot = commands.given_tier(self.core, tier)
        return views.queue_figures(self.core, queue_slot, tier_slot, self._now(now_ns))


def _length(given: timedelta | None, field: str) -> int | None:
    return None if given is None else nanoseconds(given, field)
