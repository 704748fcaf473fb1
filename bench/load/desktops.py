"""Who answers: agents' desktops. They hear of offers by a stream, accept, talk, wrap up, take breaks, go home."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import gevent
from gevent.event import Event
from gevent.pool import Group
from locust import task

from ...errors import AcdError
from ...rpc.decode import at_ns, length_ns
from ...v1 import agent_service_pb2 as agents
from ...v1 import common_pb2 as words
from ...v1 import interaction_service_pb2 as interactions
from .books import Kind, Note
from .callers import Person
from .floor import VOICE, is_ours, sent_s_ago
from .link import BROKEN
from .plan import ENQUEUE_TO_OFFER, OFFER_TO_ACCEPT, STREAM_TO_SNAPSHOT

_TOO_LATE: Final = frozenset({"OFFER_EXPIRED", "OFFER_REVOKED", "ALREADY_TAKEN", "UNKNOWN_OFFER"})
_OVER: Final = frozenset({"ALREADY_ENDED", "NOT_ASSIGNED", "UNKNOWN_INTERACTION", "UNKNOWN_ASSIGNMENT"})
_WRAPPED_UP: Final = frozenset({"NOT_IN_WRAP_UP", "UNKNOWN_ASSIGNMENT"})
_AWAY: Final = frozenset({"NOT_SIGNED_IN"})
_GAVE_BACK: Final = frozenset({words.CAUSE_FAILED, words.CAUSE_FORCED, words.CAUSE_LEASE_LAPSED})
"""Why an assignment ends and its interaction waits again."""
_AGAIN_S: Final = 0.1
_REMEMBERED: Final = 200
"""So many assignments are known to be one's own after they have ended: a stream may tell of them late."""
NIGHT_SHARE: Final = 10
"""One agent in so many works before the shift's bell."""
_HOME: Final = 0.2
"""How long an agent who went home takes to see whether the load is over."""


class _Talk:
    """An assignment in this agent's hands."""

    def __init__(self, assignment: Any, tier: str) -> None:
        self.assignment_id: str = assignment.assignment_id
        self.interaction_id: str = assignment.interaction_id
        self.queue: str = assignment.queue
        self.tier = tier
        self.channel: str = assignment.channel
        self.over = Event()
        self.returned = False


class AgentDesktop(Person):
    """An agent's desktop."""

    def on_start(self) -> None:
        """Take a name; without one, as more desktops than agents were asked for, stay at home."""
        names = self.floor.free_names
        self.agent = names.popleft() if names else ""
        self._ringing: dict[str, Any] = {}
        self._talks: dict[str, _Talk] = {}
        self._taken: deque[str] = deque(maxlen=_REMEMBERED)
        self._hands = Group()
        self._stream: Any = None
        self._watching = False
        self._working = False
        self._asked_back = False

    def on_stop(self) -> None:
        """Give the name back."""
        if self.agent:
            self.floor.free_names.append(self.agent)
            self.agent = ""

    @task
    def shift(self) -> None:
        """Work from signing in to going home."""
        if not self.agent or self.leaving() or not self._begins():
            gevent.sleep(_HOME)
            return
        with self.floor.busy():
            try:
                self._come()
                self._work()
            finally:
                self._go()

    def wait_time(self) -> float:
        """Return the pause between shifts."""
        return 0.0

    def _begins(self) -> bool:
        """Say whether this agent's shift has begun; until the bell only one in so many works."""
        return self.number % NIGHT_SHARE == 0 or self.floor.bell.wait(_HOME)

    def _come(self) -> None:
        if self.floor.shift_start and self.floor.bell.is_set():
            self.rest(self.people.arrive.draw_s(self.chance))
        self._watching = True
        self.call("agents", "SignIn", agents.SignInRequest(agent=self.agent))
        self._working = True
        self._hands.spawn(self._watch)

    def _work(self) -> None:
        """Let offers come, and take a break now and then."""
        while not self.leaving():
            until = time.monotonic() + self.people.work.draw_s(self.chance)
            while not self.leaving() and time.monotonic() < until:
                self.floor.closing.wait(min(_HOME, max(0.0, until - time.monotonic())))
            if self.leaving():
                return
            reason = self.floor.reasons[0] if self.floor.reasons else ""
            self._presence(words.PRESENCE_DRAINING if self._talks else words.PRESENCE_NOT_READY, reason)
            self.rest(self.people.break_.draw_s(self.chance))
            if not self.leaving():
                self._presence(words.PRESENCE_AVAILABLE)

    def _presence(self, presence: Any, reason: str = "") -> None:
        request = agents.SetPresenceRequest(agent=self.agent, presence=presence, reason=reason)
        try:
            self.call("agents", "SetPresence", request, _AWAY)
        except AcdError as refusal:  # the lease lapsed during an outage: come again
            if refusal.reason not in _AWAY:
                raise
            self.call("agents", "SignIn", agents.SignInRequest(agent=self.agent))

    def _go(self) -> None:
        """End what is at hand and sign out; then nothing of this agent is left."""
        self._working = False
        for talk in list(self._talks.values()):
            talk.over.set()
        deadline = time.monotonic() + 2 * _HOME
        while self._talks and time.monotonic() < deadline:
            gevent.sleep(0.01)
        try:
            self.call("agents", "SignOut", agents.SignOutRequest(agent=self.agent), _AWAY)
            while self._talks:  # accepted while the agent was leaving
                for talk in list(self._talks.values()):
                    talk.over.set()
                gevent.sleep(0.01)
        except AcdError as refusal:
            if refusal.reason not in _AWAY:
                raise
        finally:
            self._watching = False
            if self._stream is not None:
                self._stream.cancel()
            self._hands.join(timeout=5)
            self._hands.kill()
            self._ringing.clear()

    # ------------------------------------------------------------------ what the stream tells

    def _watch(self) -> None:
        """Follow the agent's stream, and open it again when it breaks."""
        while self._watching:
            connection = self.floor.link.connection(self.number)
            begin = time.perf_counter()
            call = None
            try:
                call = self._stream = connection.watch(agents.WatchOffersRequest(agent=self.agent))
                for message in call:
                    self._hear(message, begin)
            except BROKEN:
                pass
            finally:
                if call is not None:
                    call.cancel()
            if self._watching:
                gevent.sleep(_AGAIN_S)

    def _hear(self, message: Any, begin: float) -> None:
        match message.WhichOneof("update"):
            case "snapshot":
                self.floor.span(STREAM_TO_SNAPSHOT, time.perf_counter() - begin)
                self._see(message.snapshot)
            case "offer_made":
                self._ring(message.offer_made, at_ns(message.event_time))
            case "offer_ended":
                self._ringing.pop(message.offer_ended.offer_id, None)
            case "assignment_started":
                self._started(message.assignment_started)
            case "assignment_ended":
                self._ended(message.assignment_ended)
            case "presence_changed":
                self._changed(message.presence_changed)

    def _see(self, agent: Any) -> None:
        """Take a snapshot for how things stand, after an outage too."""
        held = {one.assignment_id for one in agent.assignments}
        for talk in list(self._talks.values()):
            if talk.assignment_id not in held:  # it ended while nobody listened
                self._spawn(self._find_out, talk)
        still = {offer.offer_id for offer in agent.offers}
        taken = {one.interaction_id for one in agent.assignments}
        self._ringing = {
            key: offer for key, offer in self._ringing.items() if key in still or offer.interaction_id in taken
        }
        for offer in agent.offers:
            if offer.offer_id not in self._ringing:
                self._ring(offer, 0)
        for assignment in agent.assignments:
            if assignment.state == words.ASSIGNMENT_STATE_ACTIVE:
                self._started(assignment)
        gone = agent.presence == words.PRESENCE_OFFLINE and self._working
        if gone or agent.reason in {"no_answer", "lease_lapsed"}:
            self._spawn(self._come_back)

    def _find_out(self, talk: _Talk) -> None:
        """Learn whether an assignment that is gone was served, or came back."""
        about = self.call(
            "interactions", "GetInteraction", interactions.GetInteractionRequest(interaction_id=talk.interaction_id)
        ).interaction
        served = about.state == words.INTERACTION_STATE_COMPLETED and about.agent == self.agent
        if not served and about.assignment_id != talk.assignment_id:
            self._returned(talk)
        talk.over.set()

    def _changed(self, change: Any) -> None:
        lost = change.cause in {words.CAUSE_NO_ANSWER, words.CAUSE_LEASE_LAPSED}
        if lost and self._working and change.presence != words.PRESENCE_AVAILABLE:
            self._spawn(self._come_back)

    def _come_back(self) -> None:
        """Be there again after a missed offer."""
        if self._asked_back:
            return
        self._asked_back = True
        try:
            self.rest(self.people.break_.draw_s(self.chance) / 2)
            if self._working and not self.leaving():
                self._presence(words.PRESENCE_AVAILABLE)
        finally:
            self._asked_back = False

    # ------------------------------------------------------------------ offers and talks

    def _ring(self, offer: Any, made_ns: int) -> None:
        """Hear an offer; ``made_ns`` when it was made, 0 where a snapshot tells of it."""
        self._ringing[offer.offer_id] = offer
        # when the customer began to wait: the message says all three as of one moment
        since_ns = at_ns(offer.deadline) - length_ns(offer.time_to_answer) - length_ns(offer.waited)
        if is_ours(offer.interaction_id) and made_ns == since_ns:  # somebody was free at once
            span_s = sent_s_ago(offer.interaction_id)
            if span_s < 0:
                self.floor.books.notes[Note.CLOCKS] += 1
            else:
                self.floor.span(ENQUEUE_TO_OFFER, span_s)
        self._spawn(self._answer, offer, made_ns, since_ns)

    def _answer(self, offer: Any, made_ns: int, since_ns: int) -> None:
        notes = self.floor.books.notes
        draw = self.chance.random()
        if draw < self.people.miss:
            notes[Note.MISSED] += 1
            return
        self.rest(self.people.pick_up.draw_s(self.chance))
        if offer.offer_id not in self._ringing or not self._working:
            return
        if draw < self.people.miss + self.people.decline:
            notes[Note.DECLINED] += 1
            self._try("agents", "DeclineOffer", agents.DeclineOfferRequest(offer_id=offer.offer_id), _TOO_LATE)
            return
        request = agents.AcceptOfferRequest(offer_id=offer.offer_id, agent=self.agent)
        answer = self._try("agents", "AcceptOffer", request, _TOO_LATE)
        self._ringing.pop(offer.offer_id, None)
        if answer is None:
            notes[Note.LATE] += 1
            return
        if answer.assignment.assignment_id not in self._taken:
            self._talk(self._take(answer.assignment, offer, made_ns, since_ns))

    def _take(self, assignment: Any, offer: Any, made_ns: int, since_ns: int) -> _Talk:
        """Book an accept: the offer's interaction is this agent's."""
        if not assignment.interaction_id:  # over before its answer came: a repeat after an outage
            assignment.interaction_id, assignment.queue = offer.interaction_id, offer.queue
        talk = _Talk(assignment, offer.tier)
        self._talks[talk.assignment_id] = talk
        self._taken.append(talk.assignment_id)
        if is_ours(talk.interaction_id):
            self.floor.books.mark(talk.interaction_id, +1)
            accepted_ns = at_ns(assignment.accept_time) or time.time_ns()
            self.floor.answered(talk.queue, talk.tier, (accepted_ns - since_ns) / 1e9)
            if made_ns:
                self.floor.span(OFFER_TO_ACCEPT, (accepted_ns - made_ns) / 1e9)
        return talk

    def _started(self, assignment: Any) -> None:
        """Hear of an assignment: of one's own accept, or of what a queue accepts for its agents."""
        offer_id = next(
            (key for key, offer in self._ringing.items() if offer.interaction_id == assignment.interaction_id), None
        )
        if offer_id is None and assignment.assignment_id not in self._taken:
            self._spawn(self._given, assignment)

    def _given(self, assignment: Any) -> None:
        """Serve what was accepted automatically."""
        about = self.call(
            "interactions",
            "GetInteraction",
            interactions.GetInteractionRequest(interaction_id=assignment.interaction_id),
        ).interaction
        if assignment.assignment_id in self._taken:
            return
        self._talk(self._take(assignment, about, 0, at_ns(about.since_time)))

    def _ended(self, ended: Any) -> None:
        talk = self._talks.get(ended.assignment_id)
        if talk is None:
            return
        if ended.cause in _GAVE_BACK:
            self._returned(talk)
        talk.over.set()

    def _returned(self, talk: _Talk) -> None:
        if talk.returned:
            return
        talk.returned = True
        if is_ours(talk.interaction_id):
            self.floor.books.mark(talk.interaction_id, -1)
            self.floor.books.count(Kind.RETURNED, talk.queue, talk.tier)

    def _talk(self, talk: _Talk) -> None:
        """Talk until one of the two has enough, then wrap up."""
        try:
            if self.chance.random() < self.people.media_fails and is_ours(talk.interaction_id):
                request = interactions.FailAssignmentRequest(assignment_id=talk.assignment_id)
                if self._try("interactions", "FailAssignment", request, _OVER) is not None:
                    self._returned(talk)
                return
            length = self.people.talk if talk.channel == VOICE else self.people.chat
            if self._working:
                talk.over.wait(length.draw_s(self.chance))
            if talk.returned:
                return
            done = self._try(
                "interactions",
                "CompleteInteraction",
                interactions.CompleteInteractionRequest(interaction_id=talk.interaction_id),
                _OVER,
            )
        finally:
            self._talks.pop(talk.assignment_id, None)
        if done is not None and done.assignment.state == words.ASSIGNMENT_STATE_WRAP_UP:
            self._wrap_up(talk, at_ns(done.assignment.deadline))

    def _wrap_up(self, talk: _Talk, deadline_ns: int) -> None:
        """Write what there is to write; who is slow is stopped by the queue."""
        length_s = self.people.wrap_up.draw_s(self.chance)
        if time.time_ns() + length_s * 1e9 >= deadline_ns:
            return
        self.rest(length_s)
        request = agents.EndWrapUpRequest(assignment_id=talk.assignment_id)
        self._try("agents", "EndWrapUp", request, _WRAPPED_UP)

    def _spawn(self, do: Callable[..., None], *about: Any) -> None:
        """Do something beside everything else; a call that failed for good is in the statistics and in the books."""

        def quietly() -> None:
            with contextlib.suppress(AcdError):
                do(*about)

        self._hands.spawn(quietly)

    def _try(self, service: str, method: str, request: Any, refusals: frozenset[str]) -> Any:
        """Call; None when it was refused as may be expected."""
        try:
            return self.call(service, method, request, refusals)
        except AcdError as refusal:
            if refusal.reason not in refusals:
                raise
            return None
