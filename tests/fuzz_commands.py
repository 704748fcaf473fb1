"""A stream of random commands that knows just enough of a center to be interesting.

It learns from the events which interactions wait, are held or are served, and mostly asks for what can be
done to them; it knows when the next deadline is, and likes to act just before, at and just after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from acdcore.router import Answer, Command, Event, EventType, Item, ItemKind, Kind, Op
from acdcore.router.codes import (
    BY_INTERACTION,
    DIRECT,
    FORCE,
    MAX_DURATION_NS,
    MAX_NOW_NS,
    PRIORITY_DEFAULT,
    SINCE_NOW,
    Cause,
    Presence,
)
from acdcore.translate import DEFINED
from fuzz_definitions import MS, NO_FEATURES, SECOND, Definitions

ENDINGS = {
    EventType.INTERACTION_COMPLETED,
    EventType.INTERACTION_ABANDONED,
    EventType.INTERACTION_EXPIRED,
    EventType.INTERACTION_REJECTED,
}
OFFER_ENDINGS = {
    EventType.OFFER_ACCEPTED,
    EventType.OFFER_DECLINED,
    EventType.OFFER_EXPIRED,
    EventType.OFFER_REVOKED,
    EventType.OFFER_FAILED,
}
STATES = dict.fromkeys(ENDINGS, "") | {
    EventType.INTERACTION_ENQUEUED: "waiting",
    EventType.INTERACTION_RETURNED: "waiting",
    EventType.INTERACTION_RELEASED: "waiting",
    EventType.INTERACTION_SCHEDULED: "held",
    EventType.INTERACTION_HELD: "held",
    EventType.OFFER_MADE: "waiting",
    EventType.OFFER_ACCEPTED: "assigned",
}
"""Event -> which of the stream's lists the interaction is in from then on (what may be held counts as waiting)."""
CUSTOMERS = ((0, 1), (0, 2), (1, 0), (-1, -1), (2**63 - 1, -(2**63)))
"""Customers, as the two halves of their numbers."""


class HasDeadline(Protocol):
    """As much of a router as the stream asks."""

    def next_deadline_ns(self) -> int: ...


class Handles:
    """Handles of one kind that exist, and some that are of this kind no more; the latest last."""

    def __init__(self) -> None:
        self.known: list[int] = []
        self.gone: list[int] = []

    def learn(self, handle: int, is_one: bool) -> None:
        """Take in a handle that has become one of this kind, or is one no more."""
        if is_one and handle not in self.known:
            self.known.append(handle)
            del self.known[:-12]
        elif not is_one and handle in self.known:
            self.known.remove(handle)
            self.gone.append(handle)
            del self.gone[:-4]


class Commands(Definitions):
    """One run: definitions first (:meth:`opening`), then :meth:`next` as often as you like.

    The features are drawn by the seed, but for those that it is said to have and to be without.
    """

    def __init__(self, seed: int, having: frozenset[str] = NO_FEATURES, without: frozenset[str] = NO_FEATURES) -> None:
        super().__init__(seed, having, without)
        self.interactions, self.waiting, self.held, self.talking = Handles(), Handles(), Handles(), Handles()
        self.offers, self.assignments, self.talks, self.wrap_ups = Handles(), Handles(), Handles(), Handles()
        self.requests: list[Command] = []
        self.deadline_ns = -1
        draw = self.random
        self.operations = self._operations()
        self.needs: dict[Callable[[], Command], Handles] = {
            self.complete: self.talking,
            self.end_wrap_up: self.wrap_ups,
            self.accept: self.offers,
            self.decline: self.offers,
            self.fail: self.talks,
            self.release: self.held,
            self.cancel: self.interactions,
            self.move: self.interactions,
            self.hold: self.waiting,
            self.set_priority: self.interactions,
        }
        if self.is_blended:
            self.operations |= {self.enqueue: 2, self.accept: 2, self.complete: 0.5, self.cancel: 0.3}
            self.operations[self.set_presence] /= 4
        self.pace_ns = draw.choice((MS, 100 * MS, SECOND, SECOND, 10 * SECOND))

    def _operations(self) -> dict[Callable[[], Command], float]:
        """Draw the weights of this run."""
        draw = self.random

        def seldom(feature: str, *weights: float) -> float:
            return draw.choice(weights) if self.has(feature) else 0

        return {
            self.configure: 0.03 * draw.random(),
            self.define_skill: 0.02 * draw.random(),
            self.define_reason: 0.02 * draw.random(),
            self.define_tier: 0.04 * draw.random(),
            self.define_channel: 0.06 * draw.random() if self.has("channels") else 0.005,
            self.define_queue: 0.1 * draw.random(),
            self.define_agent: 0.08 * draw.random(),
            self.enqueue: draw.choice((0.3, 1, 2)),
            self.cancel: draw.choice((0.1, 0.5, 1)),
            self.complete: draw.choice((0.1, 1, 2)),
            self.end_wrap_up: draw.choice((0, 0.3, 1)),
            self.sign_in: draw.choice((0.1, 0.4, 1)),
            self.set_presence: draw.choice((0, 0.1, 0.6)),
            self.renew_lease: seldom("leases", 0.1, 0.4) or 0.01,
            self.accept: draw.choice((0.3, 2)),
            self.decline: draw.choice((0, 0.5, 1)),
            self.fail: draw.choice((0, 0, 0.1, 0.5)),
            self.move: draw.choice((0, 0, 0.1, 0.5)),
            self.set_priority: seldom("priorities", 0, 0.1, 0.5),
            self.hold: draw.choice((0, 0, 0.1, 0.5)),
            self.release: draw.choice((0, 0.1, 0.5)),
            self.set_queue: seldom("closed", 0.05, 0.3) or 0.005,
            self.advance: draw.choice((0.1, 1)),
            self.resume: draw.choice((0.01, 0.01, 0.1, 0.4)),
            self.nonsense: seldom("malformed", 0.04),
            self.repeat: seldom("requests", 0.1, 0.2),
        }

    # ------------------------------------------------------------------ the stream

    def opening(self) -> list[Command]:
        """Return the definitions of a tiny center, and some who sign in."""
        makes: list[tuple[Callable[[], Command], Kind, int]] = [
            (self.define_skill, Kind.SKILL, 3),
            (self.define_tier, Kind.TIER, 2),
            (self.define_channel, Kind.CHANNEL, 2 if self.has("channels") else 0),
            (self.define_queue, Kind.QUEUE, 3),
            (self.define_agent, Kind.AGENT, 5),
        ]
        commands = [self.limits()]
        before, self.features = self.features, self.features - {"replace", "malformed", "requests"}
        for make, kind, count in makes:
            for _ in range(count):
                command = make()
                commands.append(command)
                self.names[kind].append(command.name)
        self.features = before
        if self.features & {"replace", "plans", "closed", "max_wait", "full", "unstaffed", "held"}:
            commands += [self.define_queue(renew=True) for _ in range(3)]  # now that all queues may be named
        for names in self.names.values():
            names[:] = [name for name in names if name in (b"voice", b"none", b"no_answer", b"lease_lapsed")]
        return commands + [Command(Op.SIGN_IN, self.now_ns, agent=slot, x=1) for slot in range(5) if self.maybe(0.7)]

    def observe(self, command: Command, answer: Answer, events: list[Event], router: HasDeadline) -> None:
        """Learn what now exists."""
        self.deadline_ns = router.next_deadline_ns()
        for event in events:
            self._learn(event)
            if event.type == EventType.DEFINED and command.op in DEFINED:
                self.names[DEFINED[command.op]].append(command.name)
        if command.request_id:
            self.requests.append(command)
            del self.requests[:-6]

    def _learn(self, event: Event) -> None:
        kind, one = EventType(event.type), event.interaction
        if one and kind in STATES:
            self.interactions.learn(one, kind not in ENDINGS)
            self.waiting.learn(one, STATES[kind] == "waiting")
            self.held.learn(one, STATES[kind] == "held")
            self.talking.learn(one, STATES[kind] == "assigned")
        if event.offer:
            self.offers.learn(event.offer, kind not in OFFER_ENDINGS)
        if event.assignment:
            self.assignments.learn(event.assignment, kind != EventType.ASSIGNMENT_ENDED)
            self.talks.learn(event.assignment, kind == EventType.OFFER_ACCEPTED)
            self.wrap_ups.learn(event.assignment, kind == EventType.WRAP_UP_STARTED)

    def next(self) -> Command:
        """Return the next command, some time later."""
        draw = self.random
        make = self.advance
        for _ in range(3):  # mostly something that can be done
            make = draw.choices(list(self.operations), list(self.operations.values()))[0]
            if make not in self.needs or self.needs[make].known or draw.random() < 0.05:
                break
        else:
            make = self.enqueue
        self._pass_time()
        return make()

    def _pass_time(self) -> None:
        roll = self.random.random()
        now_ns = self.now_ns
        if roll < 0.12 and self.deadline_ns >= 0:
            now_ns = self.deadline_ns + self.random.choice((-1, 0, 0, 1))
        elif roll < 0.7:
            now_ns += int(self.random.expovariate(1) * self.pace_ns)
        elif roll < 0.71:
            now_ns += self.random.choice((60, 600, 4_000)) * SECOND
        self.now_ns = min(max(now_ns, self.now_ns), MAX_NOW_NS)

    def handle(self, kind: Handles, others: Handles | None = None) -> int:
        """Return a handle, mostly a late one of this kind, seldom one of others, of what is gone or of nobody."""
        roll = self.random.random()
        known = kind.known
        if roll > 0.92:
            known = kind.gone
        elif roll > 0.86 and others:
            known = others.known
        if not known or (roll < 0.02 and self.has("malformed")):
            other = self.random.choice(known or [1]) + 2**32
            return self.random.choice((0, -1, 2**63 - 1, other, self.random.randrange(2**40)))
        return self.random.choice(known[-3:] if roll < 0.7 else known)

    def odd(self, sound: tuple[int, ...], others: tuple[int, ...]) -> int:
        """Return one of the sound values, in some runs and seldom one of the others."""
        return self.random.choice(others if self.has("malformed") and self.maybe(0.06) else sound)

    # ------------------------------------------------------------------ interactions

    def _whose(self) -> dict[str, int]:
        """Return to whom an ENQUEUE or a MOVE addresses an interaction, if to anybody."""
        draw = self.random
        whose = {}
        if self.has("direct") and self.maybe(0.2):
            whose = {"agent": self.slot(Kind.AGENT), "flags": DIRECT, "y": self.odd((0,), (1, MS))}
        elif self.has("addressed") and self.maybe(0.3):
            wait_ns = self.odd((MS, 2 * SECOND, 30 * SECOND), (0, -1, MAX_DURATION_NS + 1))
            whose = {"agent": self.slot(Kind.AGENT), "y": wait_ns}
        elif self.has("malformed") and self.maybe(0.02):
            whose = draw.choice(({"flags": DIRECT}, {"flags": 4}, {"y": 5}, {"agent": -2, "y": SECOND}))
        return whose

    def _priority(self) -> int:
        if not self.has("priorities") or self.maybe(0.75):
            return PRIORITY_DEFAULT
        return self.odd((-100, -1, 4, 5, 100), (101, -101, 2**31 - 1))

    def enqueue(self) -> Command:
        """Somebody calls."""
        draw = self.random
        since, start_ns, now_ns = SINCE_NOW, 0, self.now_ns
        if self.has("back_dated") and self.maybe(0.3):
            since = self.odd((0, now_ns, max(0, now_ns - 60 * SECOND), max(0, now_ns - SECOND)), (now_ns + 1, -2))
        if self.has("scheduled") and self.maybe(0.25):
            later = min(now_ns + draw.choice((1, MS, 2 * SECOND, 60 * SECOND)), MAX_NOW_NS)
            start_ns = self.odd((later, later, now_ns, 1), (-1, MAX_NOW_NS + 1, now_ns + MAX_DURATION_NS + 1))
        items: list[Item] = []
        if self.has("extra") and self.maybe(0.4):
            items += self.requirement(1)
        if self.has("customers") and self.maybe(0.7):
            customer = draw.choice(CUSTOMERS)
            if self.has("malformed") and self.maybe(0.02):
                customer = (0, 0)
            items.insert(draw.randrange(len(items) + 1), Item(ItemKind.CUSTOMER, *customer))
        return self.command(
            Op.ENQUEUE,
            queue=self.slot(Kind.QUEUE),
            tier=self.slot(Kind.TIER),
            priority=self._priority(),
            x=since,
            z=start_ns,
            name=self.fresh("i") if self.maybe(0.4) else b"",
            items=self.spoiled(items),
            **self._whose(),
        )

    def cancel(self) -> Command:
        """The customer hangs up, or the system gives the interaction up."""
        cause = self.odd((Cause.CUSTOMER, Cause.CUSTOMER, Cause.SYSTEM), (Cause.AGENT, 99))
        return self.command(Op.CANCEL, target=self.handle(self.interactions), x=cause)

    def complete(self) -> Command:
        """A talk ends."""
        cause = self.odd((Cause.AGENT, Cause.AGENT, Cause.CUSTOMER, Cause.SYSTEM), (0, 99))
        return self.command(Op.COMPLETE, target=self.handle(self.talking, self.interactions), x=cause)

    def move(self) -> Command:
        """Somebody moves an interaction, waiting, held or served, to a queue, perhaps to an agent."""
        target = self.handle(self.talking if self.maybe(0.3) else self.interactions)
        queue = self.slot(Kind.QUEUE)
        return self.command(Op.MOVE, target=target, queue=queue, priority=self._priority(), **self._whose())

    def set_priority(self) -> Command:
        """Somebody gives an interaction a priority."""
        priority = self.random.choice((self._priority(), -3, 7, PRIORITY_DEFAULT))
        return self.command(Op.SET_PRIORITY, target=self.handle(self.interactions), priority=priority)

    def hold(self) -> Command:
        """Somebody takes an interaction out of the line."""
        for_ns = self.odd((MS, 2 * SECOND, 60 * SECOND), (0, -1, MAX_DURATION_NS + 1))
        return self.command(Op.HOLD, target=self.handle(self.waiting, self.talking), y=for_ns)

    def release(self) -> Command:
        """Somebody puts an interaction back into the line."""
        return self.command(Op.RELEASE, target=self.handle(self.held, self.interactions))

    # ------------------------------------------------------------------ offers and assignments

    def end_wrap_up(self) -> Command:
        """An agent has wrapped up."""
        likely, others = (self.talks, self.wrap_ups) if self.maybe(0.05) else (self.wrap_ups, self.talks)
        return self.command(Op.END_WRAP_UP, target=self.handle(likely, others))

    def fail(self) -> Command:
        """The two could not be connected."""
        if self.maybe(0.5):
            return self.command(Op.FAIL, target=self.handle(self.talks, self.wrap_ups), flags=self.odd((0,), (1, 16)))
        return self.command(Op.FAIL, target=self.handle(self.talking, self.interactions), flags=BY_INTERACTION)

    def _offer(self, op: Op, **fields: Any) -> Command:
        agent = -1 if self.maybe(0.95) else self.slot(Kind.AGENT)
        return self.command(op, target=self.handle(self.offers), agent=agent, **fields)

    def accept(self) -> Command:
        """An agent takes an offer."""
        return self._offer(Op.ACCEPT)

    def decline(self) -> Command:
        """An agent turns an offer down, or it could not even ring."""
        cool_down_ns = self.odd((0, 0, MS, 20 * SECOND), (1, -1, MAX_DURATION_NS + 1))
        return self._offer(Op.DECLINE, x=self.odd((0, 0, Cause.FAILED), (1, 99)), y=cool_down_ns)

    # ------------------------------------------------------------------ agents and queues

    def sign_in(self) -> Command:
        """Somebody comes, or says anew how they are."""
        presence = self.odd((1, 1, 1, 2), (0, 3, 9))
        return self.command(Op.SIGN_IN, agent=self.slot(Kind.AGENT), x=presence, y=self.slot(Kind.REASON))

    def set_presence(self) -> Command:
        """Somebody says how they are."""
        presence = self.odd((*Presence, Presence.AVAILABLE), (7, -1))
        flags = self.random.choice((0, FORCE)) if presence == Presence.OFFLINE else self.odd((0,), (FORCE, 2))
        after = self.odd((Presence.OFFLINE, Presence.NOT_READY), (1, 3))
        slots = {"agent": self.slot(Kind.AGENT), "y": self.slot(Kind.REASON)}
        return self.command(Op.SET_PRESENCE, x=presence, z=after, flags=flags, **slots)

    def renew_lease(self) -> Command:
        """Somebody is still there."""
        return self.command(Op.RENEW_LEASE, agent=self.slot(Kind.AGENT))

    def set_queue(self) -> Command:
        """A queue opens or closes."""
        is_open = self.odd((0, 1), (2, -1))
        flags = self.random.choice((0, FORCE)) if is_open == 0 else self.odd((0,), (FORCE, 2))
        return self.command(Op.SET_QUEUE, queue=self.slot(Kind.QUEUE), x=is_open, flags=flags)

    # ------------------------------------------------------------------ others

    def advance(self) -> Command:
        """Nothing but time; perhaps not everything that is due at once."""
        return self.command(Op.ADVANCE, x=self.odd((0, 0, 0, 1, 2), (-1, 2**62)))

    def resume(self) -> Command:
        """Nobody could do anything for a while."""
        self.now_ns = min(self.now_ns + self.random.choice((0, MS, 20 * SECOND, 600 * SECOND)), MAX_NOW_NS)
        grace_ns = self.odd((MS, 5 * SECOND, 60 * SECOND, MAX_DURATION_NS), (0, -1, MS - 1, MAX_DURATION_NS + 1))
        return self.command(Op.RESUME, y=grace_ns)

    def nonsense(self) -> Command:
        """What no client of sound mind sends."""
        draw = self.random
        now_ns = draw.choice((self.now_ns, -1, 2**62, self.now_ns - 1, self.now_ns // 2))
        return Command(draw.choice((0, 8, 33, 99, Op.ADVANCE, Op.ENQUEUE)), now_ns, queue=0, tier=0, x=SINCE_NOW)

    def repeat(self) -> Command:
        """A request again, or with other content."""
        if not self.requests:
            return self.advance()
        command = self.random.choice(self.requests)._replace(now_ns=self.now_ns)
        return command if self.maybe(0.7) else command._replace(x=command.x + 1)
