"""The half of the embedded router that defines a center: its settings, words, channels, tiers, queues and agents."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from . import commands, model, views
from .errors import InvalidArgument
from .lookup import Core, chosen, nanoseconds, whole
from .opening import Opening
from .plans import Requirement, Step
from .router.codes import (
    MAX_NOW_NS,
    MOVES_TO,
    PPM,
    QUEUE_RULES,
    AgentField,
    ChannelField,
    OnExpiry,
    Order,
    Overflow,
    QueueField,
    Result,
    Setting,
    Strategy,
    TierField,
)
from .router.records import Command
from .words import OVERFLOW_WORDS, field_name

Policy = Overflow | str | model.MoveTo
"""What becomes of an interaction that a queue cannot take or keep: a center's YAML's word (``reject``, ``end``), an
Overflow, or where it moves."""


def new_core() -> Core:
    """Return an empty compiled router."""
    from .router import Core as Compiled

    core: Core = Compiled()
    return core


class Defining:
    """What the embedded router has from the beginning, and how a center is defined in it.

    With ``replace`` a definition states anew what has the name already: then, too, what is not given has its
    default, and whatever waits is held to the new definition from now on.

    Args:
        clock: returns the time in nanoseconds since 1970; used where a call is not given ``now_ns``.
        core: the router to speak to; a new compiled one by default.
        max_events: how many events are kept for :meth:`Router.events`; when nobody collects them, the oldest go
            (their sequence numbers tell how many).
    """

    def __init__(
        self, clock: Callable[[], int] = time.time_ns, core: Core | None = None, *, max_events: int = 100_000
    ) -> None:
        self.core: Core = new_core() if core is None else core
        self._clock = clock
        self._last_ns = max(0, self.core.center().now_ns)
        self._events: deque[model.RouterEvent] = deque(maxlen=max_events)
        self._opening = Opening()

    def _now(self, now_ns: int | None) -> int:
        at_ns = self._clock() if now_ns is None else whole(now_ns, "now_ns")
        self._last_ns = max(self._last_ns, at_ns)
        return self._last_ns

    def _run(self, command: Command) -> int:
        """Open and close what is due, then run a command and return its answer's value; raises what refuses it."""
        self._open_and_close(command.now_ns)
        return self._apply(command)

    def _open_and_close(self, now_ns: int) -> int:
        """Tell the router of every queue that has opened or closed, each at its moment; return how much fired."""
        fired = 0
        while 0 <= self._opening.next_ns <= now_ns <= MAX_NOW_NS:
            at_ns = max(self._opening.next_ns, self.core.center().now_ns)  # whoever spoke to the core went ahead
            fired += self._apply(commands.advance(at_ns))
            for change in self._opening.changes(self.core, at_ns):
                self._apply(change)
                fired += 1
        return fired

    def _apply(self, command: Command) -> int:
        answer = self.core.apply(command)
        for one in self.core.drain():  # in words now, before the router may forget what they are about
            self._events.append(views.event(self.core, one))
        if answer.code != Result.OK:
            raise commands.refused(self.core, command, answer)
        return answer.value

    def configure(
        self,
        *,
        lease: timedelta | None = None,
        lease_grace: timedelta | None = None,
        occupancy_half_life: timedelta | None = None,
        order: Order | str | None = None,
        seed: int | None = None,
        limits: Mapping[Setting, int] | None = None,
        now_ns: int | None = None,
    ) -> None:
        """Change settings of the center; what is not given stays. A lease of 0 never lapses.

        ``order`` says by what the waiting rank within a priority, ``seed`` begins the random strategy.
        """
        fields = {
            Setting.LEASE_NS: lease,
            Setting.LEASE_GRACE_NS: lease_grace,
            Setting.HALF_LIFE_NS: occupancy_half_life,
            Setting.ORDER: _word(Order, order, "order"),
            Setting.SEED: seed,
        }
        self._run(commands.configure(self._now(now_ns), {**(limits or {}), **_given(fields)}))

    def define_skill(self, name: str, *, now_ns: int | None = None) -> None:
        """Define a skill."""
        self._run(commands.define_skill(self._now(now_ns), name))

    def define_reason(self, name: str, *, now_ns: int | None = None) -> None:
        """Define a reason for NOT_READY."""
        self._run(commands.define_reason(self._now(now_ns), name))

    def define_channel(
        self,
        name: str,
        *,
        cost: int | None = None,
        most_at_once: int | None = None,
        exclusive_wrap_up: bool | None = None,
        interrupts: Collection[str] = (),
        replace: bool = False,
        now_ns: int | None = None,
    ) -> None:
        """Define a channel: the units it costs (of an agent's 100), the most at once, what it may interrupt.

        ``voice`` is there without being defined; it may be replaced.
        """
        fields = {
            ChannelField.COST: cost,
            ChannelField.MOST: most_at_once,
            ChannelField.EXCLUSIVE_WRAP_UP: _switch(exclusive_wrap_up),
        }
        command = commands.define_channel(
            self.core, self._now(now_ns), name, interrupts=interrupts, fields=_given(fields), replace=replace
        )
        self._run(command)

    def define_tier(
        self,
        name: str,
        *,
        target_factor: float | None = None,
        head_start: timedelta | None = None,
        rank: int | None = None,
        replace: bool = False,
        now_ns: int | None = None,
    ) -> None:
        """Define a tier of customers: a factor on every queue's target, a head start, a rank.

        Enqueueing without a tier takes the one of the lowest rank, of several the first.
        """
        fields = _tier_fields(target_factor, head_start) | _given({TierField.RANK: rank})
        self._run(commands.define_tier(self._now(now_ns), name, fields, replace=replace))

    def define_queue(
        self,
        name: str,
        *,
        requires: Requirement | Mapping[str, int] | None = None,
        plan: Sequence[Step] | None = None,
        channel: str | None = None,
        target: timedelta | None = None,
        priority: int | None = None,
        tiers: Mapping[str, model.TierOverride] | None = None,
        strategy: Strategy | str | None = None,
        prefer_last_agent: timedelta | None = None,
        affinity: bool | None = None,
        claims: bool | None = None,
        reserve_agents: int | None = None,
        reserve_rank: int | None = None,
        reserve_opens: timedelta | None = None,
        offer_timeout: timedelta | None = None,
        auto_accept: bool | None = None,
        shared_offers: int | None = None,
        cool_down: timedelta | None = None,
        on_expiry: OnExpiry | str | None = None,
        max_offers: int | None = None,
        on_held: Policy | None = None,
        held_for: timedelta | None = None,
        wrap_up: timedelta | None = None,
        max_handle_time: timedelta | None = None,
        max_waiting: int | None = None,
        on_full: Policy | None = None,
        max_wait: timedelta | None = None,
        on_max_wait: Policy | None = None,
        on_unstaffed: Policy | None = None,
        on_closed: Policy | None = None,
        replace: bool = False,
        now_ns: int | None = None,
    ) -> None:
        """Define a queue: who may serve and its policy; what is not given has its default.

        Who may serve is ``requires`` (in short skill -> least level), or a ``plan`` of steps; without either
        anybody may. The names are those of a center's YAML, where each is explained.
        """
        fields: dict[QueueField, Any] = {
            QueueField.CHANNEL: channel,
            QueueField.TARGET_NS: target,
            QueueField.PRIORITY: priority,
            QueueField.STRATEGY: _word(Strategy, strategy, "strategy"),
            QueueField.PREFER_LAST_NS: prefer_last_agent,
            QueueField.AFFINITY: _switch(affinity),
            QueueField.CLAIMS: _switch(claims),
            QueueField.RESERVE: reserve_agents,
            QueueField.RESERVE_RANK: reserve_rank,
            QueueField.RESERVE_OPENS_NS: reserve_opens,
            QueueField.OFFER_NS: offer_timeout,
            QueueField.AUTO_ACCEPT: _switch(auto_accept),
            QueueField.SHARED: shared_offers,
            QueueField.COOL_DOWN_NS: cool_down,
            QueueField.ON_EXPIRY: _word(OnExpiry, on_expiry, "on_expiry"),
            QueueField.MAX_OFFERS: max_offers,
            QueueField.HELD_NS: held_for,
            QueueField.WRAP_UP_NS: wrap_up,
            QueueField.MAX_HANDLE_NS: max_handle_time,
            QueueField.MAX_WAITING: max_waiting,
            QueueField.MAX_WAIT_NS: max_wait,
            **_policy(QueueField.ON_HELD, on_held),
            **_policy(QueueField.ON_FULL, on_full),
            **_policy(QueueField.ON_MAX_WAIT, on_max_wait),
            **_policy(QueueField.ON_UNSTAFFED, on_unstaffed),
            **_policy(QueueField.ON_CLOSED, on_closed),
        }
        own = {tier: _tier_fields(one.target_factor, one.head_start) for tier, one in (tiers or {}).items()}
        command = commands.define_queue(
            self.core,
            self._now(now_ns),
            name,
            requires=requires,
            plan=plan,
            fields=_given(fields),
            tiers=own,
            replace=replace,
        )
        self._run(command)

    def define_agent(
        self,
        name: str,
        *,
        skills: Mapping[str, int] | None = None,
        channels: Mapping[str, int] | None = None,
        max_open_offers: int | None = None,
        replace: bool = False,
        now_ns: int | None = None,
    ) -> None:
        """Define an agent and what he or she can do (skill -> level, 1 to 10).

        ``channels`` are limits of his or her own (channel -> most at once, 0: not at all).
        """
        command = commands.define_agent(
            self.core,
            self._now(now_ns),
            name,
            skills=skills,
            channels=channels,
            fields=_given({AgentField.MAX_OPEN_OFFERS: max_open_offers}),
            replace=replace,
        )
        self._run(command)


def _given(fields: Mapping[Any, Any]) -> dict[Any, Any]:
    """Leave out what was not given (None); turn durations into nanoseconds."""
    return {
        key: nanoseconds(value, field_name(key)) if key.name.endswith("_NS") else value
        for key, value in fields.items()
        if value is not None
    }


def _tier_fields(target_factor: float | None, head_start: timedelta | None) -> dict[TierField, int]:
    factor_ppm = None if target_factor is None else _millionths(target_factor)
    return _given({TierField.TARGET_FACTOR_PPM: factor_ppm, TierField.HEAD_START_NS: head_start})


def _policy(what: QueueField, policy: Policy | None) -> dict[QueueField, int | str]:
    """Return the fields that a policy says: what happens, and the queue that it moves to."""
    if policy is None:
        return {}
    if isinstance(policy, model.MoveTo):
        return {what: Overflow.MOVE, MOVES_TO[what]: policy.queue}
    words = OVERFLOW_WORDS[what]
    said = words.get(policy.lower()) if isinstance(policy, str) else None
    if said is not None:
        return {what: said}
    allowed = [one for one in (Overflow.WAIT, Overflow.REJECT) if QUEUE_RULES[what].allows(one)]
    field = what.name.lower()
    try:
        return {what: chosen(Overflow, policy, field, allowed, Result.INVALID_FIELD)}
    except InvalidArgument as error:
        said_so = f"{' or '.join(words)}, or a MoveTo"
        raise InvalidArgument(reason=Result.INVALID_FIELD, field=field, value=error.value, allowed=said_so) from None


def _word(kind: type[Strategy | OnExpiry | Order], given: object, field: str) -> int | None:
    if given is None:
        return None
    try:
        return chosen(kind, given, field, tuple(kind), Result.INVALID_FIELD)  # type: ignore[arg-type]  # whatever it is
    except InvalidArgument as error:
        words = ", ".join(one.name.lower() for one in kind)
        raise InvalidArgument(reason=Result.INVALID_FIELD, field=field, value=error.value, allowed=words) from None


def _switch(given: bool | None) -> int | None:
    return given if given is None else int(given)


def _millionths(factor: float) -> int:
    try:
        return round(factor * PPM)
    except (TypeError, ValueError, OverflowError):  # no number, NaN, infinite
        raise InvalidArgument(
            reason=Result.INVALID_FIELD, field="target_factor", value=factor, allowed="a finite number"
        ) from None
