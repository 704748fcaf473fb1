"""Watches a router from outside, by commands, answers and events alone, and holds it to the promises of the law.

It knows nothing of how the router works: who waits, who is offered what and who works follows from the events,
and what may follow from that, ``observer_law.py`` says once more in its own words. So it catches a fault that
the specification and the compiled router share.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from acdcore.router import Answer, Cause, Command, Event, EventType, ItemKind, Kind, Op, Presence, QueueField, Result
from acdcore.router.codes import DIRECT, PRIORITY_DEFAULT, SINCE_NOW, Overflow, Setting, StepField
from fuzz import Router
from fuzz_commands import Commands, HasDeadline
from fuzz_definitions import NO_FEATURES
from observer_checks import Checks
from observer_world import NONE, ONES_OF_REQUIREMENT, Held, Person, Seen

DOORS = (Result.QUEUE_CLOSED, Result.QUEUE_UNSTAFFED, Result.QUEUE_FULL)
UNREAD = (Result.MALFORMED, Result.TIME_ABSURD, Result.TIME_BACKWARDS, Result.REQUEST_MISMATCH)
OFFERED_OR_NOT = {
    EventType.OFFER_DECLINED: "miss",
    EventType.OFFER_EXPIRED: "miss",
    EventType.OFFER_FAILED: "miss",
    EventType.OFFER_REVOKED: "revoked",
}


class Observer(Checks):
    """Feed it every command with its answer and events; it raises AssertionError when a promise is broken.

    Commands must carry no request ids: that a repeat does nothing cannot be told from its answer.
    """

    def __init__(self) -> None:
        super().__init__()
        self.next_seq = 1
        self.ended = 0
        self.interactions_seen = self.sign_ins = self.offers_seen = 0
        self.hops: list[tuple[int, int]] = []
        self.newcomer: Seen | None = None

    def see(self, router: HasDeadline, command: Command, answer: Answer, events: list[Event]) -> None:
        """Check one command."""
        assert command.request_id == 0
        if answer.code in UNREAD or (command.op == Op.RESUME and answer.code != Result.OK):
            assert not events
            return
        self.command = command
        self.now_ns = command.now_ns
        for event in events:
            assert event.seq == self.next_seq, "event sequence numbers have a gap"
            assert event.now_ns == command.now_ns, "an event at another time than its command's"
            self.next_seq += 1
            if event.type != EventType.OFFER_MADE:
                self.end_round()
            self._take(event)
        self.end_round()
        self._prefer_last_agent()
        assert not self.hops, "a door led on, but nobody followed"
        assert not self.untold, "a priority changed, and nobody was told"
        if answer.code == Result.OK:
            self._after(command)
        elif answer.code in DOORS:
            self._check_refusal(command, answer)
        if events or answer.code == Result.OK:
            while len(self.customers) > self.settings[Setting.REMEMBERED_CUSTOMERS]:
                del self.customers[next(iter(self.customers))]
        self.check_all(router.next_deadline_ns())

    def _after(self, command: Command) -> None:
        """Take in what a command did without an event."""
        if command.op == Op.SET_PRIORITY:
            seen = self.live[command.target]
            seen.has_own = command.priority != PRIORITY_DEFAULT
            expected = command.priority if seen.has_own else self.queues[seen.queue][QueueField.PRIORITY]
            assert seen.priority == expected

    def _check_refusal(self, command: Command, answer: Answer) -> None:
        """A door that refused is a door that refuses."""
        seen = self.live.get(command.target)
        if command.op == Op.MOVE:
            assert seen is not None
            assert answer == (self.door(command.queue, seen.wanted, command.agent != NONE), command.queue)
            assert command.queue != seen.queue, "refused at the door of the queue that it is in"
        else:
            refusal, hops = self.ways_in(command.queue, self._newcomer().wanted, command.agent != NONE)
            assert answer == (refusal, hops[0][0]), "refused at a door that is open"

    def _take(self, event: Event) -> None:
        kind = EventType(event.type)
        name = kind.name.lower()
        if kind in OFFERED_OR_NOT:
            self._offer_ended(event, OFFERED_OR_NOT[kind])
        else:
            getattr(self, f"_{name}")(event)

    @contextmanager
    def _changing(self, agent: Person) -> Iterator[None]:
        """Settle the agent's occupancy if load or readiness change meanwhile."""
        before = agent.ready, agent.load
        settled_ns, occupancy = agent.occupancy_ns, agent.occupancy
        self.settle(agent, *before)
        yield
        if (agent.ready, agent.load) == before:
            agent.occupancy_ns, agent.occupancy = settled_ns, occupancy
        elif not agent.has_record:
            self.welcome(agent)

    # ------------------------------------------------------------------ interactions

    def _newcomer(self) -> Seen:
        """Return the interaction that the ENQUEUE under way brings."""
        command = self.command
        start_ns = max(command.z, self.now_ns)
        since_ns = start_ns if command.x == SINCE_NOW else command.x
        own = command.priority != PRIORITY_DEFAULT
        numbers = (command.queue, command.tier, command.priority if own else 0, own)
        seen = Seen(0, self.interactions_seen + 1, *numbers, since_ns, self.now_ns, visited={command.queue})
        for item in command.items:
            if item.kind == ItemKind.CUSTOMER:
                seen.customer = (item.key % 2**64) << 64 | item.value % 2**64
            else:
                assert item.kind in ONES_OF_REQUIREMENT
                seen.wanted.take(item)
        if command.agent != NONE:
            seen.addressed = command.agent
            seen.addressed_until_ns = NONE if command.flags == DIRECT else start_ns + command.y
        self.place(seen)
        self.untold.clear()
        return seen

    def _enter(self, event: Event) -> Seen:
        assert self.command.op == Op.ENQUEUE and event.interaction not in self.live, "entered twice, or uncalled"
        seen = self._newcomer()
        assert len(self.live) < self.settings[Setting.MAX_INTERACTIONS]
        seen.handle = event.interaction
        self.interactions_seen += 1
        self.live[event.interaction] = seen
        assert (event.queue, event.tier, event.x) == (seen.queue, seen.tier, seen.since_ns)
        return seen

    def _interaction_enqueued(self, event: Event) -> None:
        seen = self._newcomer()
        refusal, self.hops = self.ways_in(seen.queue, seen.wanted, seen.addressed != NONE)
        assert refusal == Result.OK, "let in at a door that is shut"
        seen = self._enter(event)
        assert event.y == seen.due_ns, "another due time than promised"
        self.newcomer = seen if seen.customer and seen.addressed == NONE else None

    def _interaction_scheduled(self, event: Event) -> None:
        seen = self._enter(event)
        seen.place, seen.until_ns = "scheduled", event.y
        assert event.y == self.command.z > self.now_ns

    def _interaction_released(self, event: Event) -> None:
        seen = self.live[event.interaction]
        assert seen.place in ("held", "scheduled")
        assert event.cause == Cause.SYSTEM or seen.until_ns <= self.now_ns, "released too early"
        if seen.place == "scheduled":
            seen.entered_ns, seen.since_ns = self.now_ns, min(seen.since_ns, self.now_ns)
            self.place(seen)
            self._prefer(seen)
        seen.place, seen.misses, seen.missed = "waiting", 0, False
        assert (event.x, event.y) == (seen.since_ns, seen.due_ns), "the old place was lost"

    def _interaction_returned(self, event: Event) -> None:
        seen = self.live[event.interaction]
        assert seen.place == "between" or (seen.place == "offered" and not seen.offers)
        assert not seen.missed or seen.misses < self.queues[seen.queue][QueueField.MAX_OFFERS], "one miss too many"
        assert (event.x, event.y) == (seen.since_ns, seen.due_ns), "the old place was lost"
        seen.place, seen.missed = "waiting", False

    def _interaction_held(self, event: Event) -> None:
        seen = self.live[event.interaction]
        assert not seen.offers and seen.place in ("waiting", "offered", "between", "held")
        if event.cause == Cause.MISSES:
            line = self.queues[seen.queue]
            assert seen.missed and seen.misses >= line[QueueField.MAX_OFFERS]
            assert event.y == self.now_ns + line[QueueField.HELD_NS]
        seen.place, seen.until_ns, seen.missed = "held", event.y, False

    def _interaction_moved(self, event: Event) -> None:
        seen = self.live[event.interaction]
        assert event.x == seen.queue and not seen.offers
        if self.hops:
            assert (event.queue, event.cause) == self.hops.pop(0), "another way than the doors show"
        elif event.cause != Cause.TRANSFER:
            assert event.queue not in seen.visited and len(seen.visited) < 8, "overflow came to a queue twice"
            assert self.door(event.queue, seen.wanted, seen.addressed != NONE) == Result.OK
            self._check_move(seen, event)
        seen.queue, seen.step, seen.entered_ns, seen.waited_out = event.queue, 0, self.now_ns, False
        seen.visited.add(event.queue)
        if event.cause == Cause.TRANSFER:
            self._transfer(seen)
        if event.cause == Cause.MISSES:
            seen.misses = 0
        if seen.place in ("between", "offered"):
            seen.place = "waiting"
        seen.missed = False
        self.place(seen)
        assert event.y == seen.due_ns, "another due time than the new queue promises"

    def _transfer(self, seen: Seen) -> None:
        """Moved by somebody's choice: not straight back to whoever had it, unless it is said to be theirs."""
        command = self.command
        if seen.place == "between":
            cool_down_ns = self.queues[seen.served_in][QueueField.COOL_DOWN_NS]
            self._ban(seen.handle, seen.served_by, self.now_ns + cool_down_ns)
        self.bans.pop((seen.handle, command.agent), None)
        if command.priority != PRIORITY_DEFAULT:
            if seen.priority != command.priority:
                self.untold[seen.handle] = seen.priority
            seen.priority, seen.has_own = command.priority, True
        seen.addressed, seen.addressed_until_ns = command.agent, NONE
        if command.agent != NONE and command.flags != DIRECT:
            from_ns = seen.until_ns if seen.place in ("held", "scheduled") else self.now_ns
            seen.addressed_until_ns = from_ns + command.y

    def _check_move(self, seen: Seen, event: Event) -> None:
        line = self.queues[seen.queue]
        to = {
            Cause.MISSES: QueueField.HELD_TO,
            Cause.MAX_WAIT: QueueField.MAX_WAIT_TO,
            Cause.UNSTAFFED: QueueField.UNSTAFFED_TO,
            Cause.CLOSED: QueueField.CLOSED_TO,
        }
        if event.cause == Cause.PLAN:
            targets = [one.fields[StepField.MOVE_TO] for one in line.plan[1 : seen.step + 1] if one.is_open]
            assert event.queue in targets, "no step moves there"
        else:
            assert event.queue == line[to[Cause(event.cause)]]
        if event.cause == Cause.MISSES:
            assert seen.missed and seen.misses >= line[QueueField.MAX_OFFERS]
        if event.cause == Cause.UNSTAFFED:
            assert self.unstaffed(line, seen.step, seen.wanted)

    def _leave(self, event: Event, *places: str) -> Seen:
        seen = self.live.pop(event.interaction)
        assert seen.place in places and not seen.offers, f"ended while {seen.place}"
        self.bans = {pair: until_ns for pair, until_ns in self.bans.items() if pair[0] != event.interaction}
        self.ended += 1
        return seen

    def _interaction_completed(self, event: Event) -> None:
        seen = self._leave(event, "assigned")
        assert seen.assignment == event.assignment

    def _interaction_abandoned(self, event: Event) -> None:
        seen = self._leave(event, "waiting", "offered", "held", "scheduled")
        assert event.x == max(0, self.now_ns - seen.since_ns)

    def _interaction_expired(self, event: Event) -> None:
        seen = self._leave(event, "waiting")
        line = self.queues[seen.queue]
        assert line[QueueField.ON_MAX_WAIT] == Overflow.REJECT and line[QueueField.MAX_WAIT_NS] > 0
        assert self.now_ns - seen.entered_ns >= line[QueueField.MAX_WAIT_NS], "ended before its longest wait"

    def _interaction_rejected(self, event: Event) -> None:
        seen = self._leave(event, "waiting", "offered", "between")
        line = self.queues[seen.queue]
        if event.cause == Cause.MISSES:
            assert line[QueueField.ON_HELD] == Overflow.REJECT and seen.misses >= line[QueueField.MAX_OFFERS]
        else:
            assert event.cause == Cause.CLOSED and not line.is_open

    def _step_began(self, event: Event) -> None:
        seen = self.live[event.interaction]
        assert seen.place == "waiting" and event.x == seen.step + 1
        if event.cause == Cause.PLAN:
            stage = self.queues[seen.queue].plan[event.x]
            assert self.now_ns - seen.entered_ns >= stage.after_ns, "a step began too early"
        else:
            assert event.cause == Cause.HOPELESS and seen.addressed == NONE and self.may_skip(seen, True)
        seen.step = event.x

    def _priority_changed(self, event: Event) -> None:
        seen = self.live[event.interaction]
        if seen.handle in self.untold:
            assert (event.x, event.y) == (seen.priority, self.untold.pop(seen.handle))
            return
        assert event.y == seen.priority != event.x
        if event.cause == Cause.PLAN:
            plan = self.queues[seen.queue].plan[1 : seen.step + 1]
            assert event.x > event.y, "a step lowers a priority"
            assert event.x in [one.fields[StepField.PRIORITY] for one in plan if one.is_open]
            seen.has_own = True
        seen.priority = event.x

    def _address_ended(self, event: Event) -> None:
        seen = self.live[event.interaction]
        if seen is self.newcomer:
            self._prefer_last_agent()
        assert seen.addressed == event.agent != NONE
        assert self.why_address_ends(seen) is not None, "it was still worth while to wait for its agent"
        seen.addressed, seen.addressed_until_ns = NONE, NONE

    # ------------------------------------------------------------------ offers

    def _prefer_last_agent(self) -> None:
        """After its door and its plan have been seen to, a customer's interaction waits for their last agent."""
        seen, self.newcomer = self.newcomer, None
        if seen is not None and seen.place == "waiting" and seen.customer in self.customers:
            assert not self.has_affinity(seen), "the agent who serves this customer could have had it"
            self._prefer(seen)

    def _prefer(self, seen: Seen) -> None:
        limit_ns = self.queues[seen.queue][QueueField.PREFER_LAST_NS]
        if limit_ns and seen.customer in self.customers and seen.addressed == NONE:
            seen.addressed, seen.addressed_until_ns = self.customers[seen.customer], self.now_ns + limit_ns

    def _offer_made(self, event: Event) -> None:
        seen, agent = self.live[event.interaction], self.agents[event.agent]
        assert event.x == self.now_ns - seen.since_ns
        line = self.queues[seen.queue]
        assert event.y == self.now_ns + line[QueueField.OFFER_NS]
        by_affinity = seen is self.newcomer and self.has_affinity(seen)
        if by_affinity:
            self.newcomer = None
            assert event.agent == self.customers[seen.customer] and self.may_serve(agent, seen)
        else:
            self._prefer_last_agent()
            self.check_offer(seen, agent)
        self.round = (seen, None if by_affinity else agent)
        seen.place = "offered"
        seen.offers[event.offer] = event.agent
        self.offers_seen += 1
        agent.last_offer = self.offers_seen
        agent.offers_received += 1
        channel = line[QueueField.CHANNEL]
        with self._changing(agent):
            held = Held(seen.handle, channel, self.channels[channel].cost, deadline_ns=event.y)
            agent.holds[event.offer] = held

    def _offer_accepted(self, event: Event) -> None:
        seen, agent = self.live[event.interaction], self.agents[event.agent]
        assert seen.place == "offered" and seen.offers.pop(event.offer) == event.agent
        automatic = self.queues[seen.queue][QueueField.AUTO_ACCEPT] == 1 and event.cause == Cause.AUTOMATIC
        assert automatic or self.command.op == Op.ACCEPT, "accepted by nobody"
        with self._changing(agent):
            held = agent.holds.pop(event.offer)
            held.phase, held.deadline_ns = "talk", event.y
            agent.holds[-event.assignment] = held
        assert event.y == self.now_ns + self.queues[seen.queue][QueueField.MAX_HANDLE_NS]
        seen.place, seen.assignment, seen.missed = "assigned", event.assignment, False
        seen.served_by, seen.served_in = event.agent, seen.queue
        self.bans = {pair: until_ns for pair, until_ns in self.bans.items() if pair[0] != seen.handle}
        agent.handled += 1
        agent.has_worked = True
        self._restart_idle(agent)
        if seen.customer:
            self.customers.pop(seen.customer, None)
            self.customers[seen.customer] = event.agent

    def _offer_ended(self, event: Event, how: str) -> None:
        seen, agent = self.live[event.interaction], self.agents[event.agent]
        if event.offer in seen.offers:
            assert seen.offers.pop(event.offer) == event.agent
            assert event.cause != Cause.TAKEN or seen.place == "assigned"
            assert event.type != EventType.OFFER_EXPIRED or agent.holds[event.offer].deadline_ns <= self.now_ns
            with self._changing(agent):
                del agent.holds[event.offer]
        else:
            assert event.type == EventType.OFFER_FAILED and seen.place == "between", "an offer ended twice"
        if how == "miss":
            assert event.y > self.now_ns, "a cool-down that does not last"
            seen.misses += not seen.missed
            seen.missed = True
            self._ban(event.interaction, event.agent, event.y)

    def _ban(self, interaction: int, agent: int, until_ns: int) -> None:
        mine = {pair: end_ns for pair, end_ns in self.bans.items() if pair[0] == interaction}
        if len(mine) >= self.settings[Setting.MAX_COOL_DOWNS]:
            del self.bans[min(mine, key=lambda pair: mine[pair])]
        self.bans[interaction, agent] = until_ns

    def _cool_down_ended(self, event: Event) -> None:
        ended = [pair for pair, end_ns in self.bans.items() if pair[0] == event.interaction and end_ns <= self.now_ns]
        assert len(ended) == event.x > 0
        for pair in ended:
            del self.bans[pair]

    # ------------------------------------------------------------------ assignments and agents

    def _between(self, event: Event) -> None:
        seen = self.live.get(event.interaction)
        if seen is not None and seen.assignment == event.assignment:
            seen.place, seen.assignment = "between", 0

    def _wrap_up_started(self, event: Event) -> None:
        held = self.agents[event.agent].holds[-event.assignment]
        assert held.phase == "talk"
        assert event.y == self.now_ns + self.queues[event.queue][QueueField.WRAP_UP_NS] > self.now_ns
        held.phase, held.deadline_ns = "wrap_up", event.y
        self._between(event)

    def _assignment_ended(self, event: Event) -> None:
        agent = self.agents[event.agent]
        with self._changing(agent):
            del agent.holds[-event.assignment]
        self._restart_idle(agent)
        self._between(event)

    def _restart_idle(self, agent: Person) -> None:
        agent.idle_ns = self.now_ns if agent.presence == Presence.AVAILABLE else 0

    def _presence_changed(self, event: Event) -> None:
        agent = self.agents[event.agent]
        assert event.cause != Cause.NONE
        assert event.cause != Cause.DRAINED or not agent.holds, "a drain ended with work left"
        if agent.presence == Presence.OFFLINE and event.x != Presence.OFFLINE:
            self.sign_ins += 1
            agent.sign_in = self.sign_ins
        if (agent.presence == Presence.AVAILABLE) != (event.x == Presence.AVAILABLE):
            agent.idle_ns = self.now_ns - agent.idle_ns
        with self._changing(agent):
            agent.presence = event.x

    # ------------------------------------------------------------------ claims, gates, doors, definitions

    def _claim_made(self, event: Event) -> None:
        self._prefer_last_agent()
        seen, agent = self.live[event.interaction], self.agents[event.agent]
        self.check_claim(seen, agent)
        seen.claim, agent.claim = event.agent, seen.handle

    def _claim_ended(self, event: Event) -> None:
        agent = self.agents[event.agent]
        assert agent.claim == event.interaction
        agent.claim = 0
        if event.interaction in self.live:
            self.live[event.interaction].claim = NONE

    def _gate_opened(self, event: Event) -> None:
        stage = self.queues[event.queue].plan[event.x]
        assert stage.is_open != (event.type == EventType.GATE_OPENED), "a gate turned twice"
        assert not self.gate_is_right(event.queue, stage), "a gate turned that stood as it should"
        stage.is_open = not stage.is_open

    _gate_closed = _gate_opened

    def _queue_opened(self, event: Event) -> None:
        line = self.queues[event.queue]
        assert line.is_open != (event.type == EventType.QUEUE_OPENED)
        line.is_open = not line.is_open

    _queue_closed = _queue_opened

    def _resumed(self, event: Event) -> None:
        assert self.command.op == Op.RESUME and event.y == self.now_ns + self.command.y

    def _offer_extended(self, event: Event) -> None:
        seen, held = self.live[event.interaction], self.agents[event.agent].holds[event.offer]
        assert self.command.op == Op.RESUME and event.x == self.now_ns - seen.since_ns
        assert event.y == self.now_ns + self.queues[seen.queue][QueueField.OFFER_NS] > held.deadline_ns
        held.deadline_ns = event.y

    def _configured(self, event: Event) -> None:
        self.configure(self.command)

    def _defined(self, event: Event) -> None:
        kind, slot = Kind(event.x), event.y
        if kind == Kind.TIER:
            self.define_tier(self.command, slot)
            self._replan([seen for seen in self.live.values() if seen.tier == slot])
        elif kind == Kind.CHANNEL:
            self.define_channel(self.command, slot)
        elif kind == Kind.QUEUE:
            self.define_queue(self.command, slot)
            self._replan([seen for seen in self.live.values() if seen.queue == slot])
        elif kind == Kind.AGENT:
            agent = self.agents[slot] if slot < len(self.agents) else None
            assert agent is None or event.type == EventType.REDEFINED
            self.define_agent(self.command, slot)

    _redefined = _defined

    def _replan(self, changed: list[Seen]) -> None:
        for seen in changed:
            self.place(seen)


def watched(
    seed: int,
    commands: int,
    router: Router,
    having: frozenset[str] = NO_FEATURES,
    without: frozenset[str] = NO_FEATURES,
) -> tuple[Observer, Commands]:
    """Run random commands under an observer; see to it that the run has some features and is without others."""
    observer, stream = Observer(), Commands(seed, having, without | {"requests"})
    opening = stream.opening()
    for number in range(commands):
        command = opening[number] if number < len(opening) else stream.next()
        answer, events = router.apply(command), router.drain()
        observer.see(router, command, answer, events)
        stream.observe(command, answer, events, router)
    return observer, stream
