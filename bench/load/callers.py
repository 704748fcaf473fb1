"""Who calls: customers of several kinds, a chat front-end with several chats at once, and a supervisor who looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import gevent
from gevent.pool import Group
from locust import User, task
from locust.user.users import UserMeta

from ...errors import AcdError
from ...rpc import decode
from ...v1 import agent_service_pb2 as agents
from ...v1 import common_pb2 as words
from ...v1 import figure_service_pb2 as figures
from ...v1 import interaction_service_pb2 as interactions
from ...v1 import queue_service_pb2 as lines
from .books import Kind, Note, adds_up
from .floor import Floor, Line, floor_of

__all__ = ["CallbackCaller", "ChatFrontEnd", "ImpatientCaller", "RegularCaller", "Supervisor", "VipCaller"]

_AT_THE_DOOR: Final = frozenset({"QUEUE_FULL", "QUEUE_CLOSED", "QUEUE_UNSTAFFED", "LIMIT_REACHED"})
_OVER: Final = frozenset({"ALREADY_ENDED", "UNKNOWN_INTERACTION"})
_ENDS: Final = {
    words.INTERACTION_STATE_COMPLETED: Kind.SERVED,
    words.INTERACTION_STATE_ABANDONED: Kind.LEFT,
    words.INTERACTION_STATE_EXPIRED: Kind.EXPIRED,
    words.INTERACTION_STATE_REJECTED: Kind.REJECTED,
}
_MOST_QUEUES: Final = 1000


class Person(User):
    """Somebody who lives on the floor of this process."""

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.floor: Floor = floor_of(environment)
        self.people = self.floor.people
        self.chance = self.floor.chance
        self.number = self.floor.user_number()

    def leaving(self) -> bool:
        """Say whether this user is to end what is at hand and go."""
        return self.floor.closing.is_set() or self._state == "stopping"

    def rest(self, length_s: float) -> None:
        """Do nothing for a while, or until the load ends."""
        self.floor.closing.wait(length_s)

    def wait_time(self) -> float:
        """Return the pause after a task; at the end of the load nothing is left to do."""
        return 0.5 if self.floor.closing.is_set() else self.people.pause.draw_s(self.chance)

    def call(self, service: str, method: str, request: Any, refusals: frozenset[str] = frozenset()) -> Any:
        """Call the server; raises AcdError."""
        return self.floor.link.call(self.number, service, method, request, refusals)


class Caller(Person):
    """A customer who calls, waits, hangs up or is served, and calls again."""

    abstract = True

    @task
    def one(self) -> None:
        """Live one interaction from its arrival to its end."""
        if not self.leaving() and self.floor.voice_lines():
            self.live(self.choose(self.floor.voice_lines()), self.tier(), self.people.patience.draw_s(self.chance))

    def tier(self) -> str:
        """Return the customer's tier."""
        return self.floor.tier

    def choose(self, choice: list[Line]) -> Line:
        """Return a queue, by weight."""
        return self.chance.choices(choice, [line.weight for line in choice])[0]

    def live(self, line: Line, tier: str, patience_s: float, start_s: float = 0.0) -> None:
        """Put an interaction in and stay with it until its end is known and booked.

        Args:
            line: into which queue.
            tier: of the customer.
            patience_s: how long it waits before it gives up.
            start_s: in how long it begins to wait; 0: now.
        """
        with self.floor.busy():
            sent_ns = time.time_ns()
            begin = time.monotonic() + start_s
            name = self.floor.interaction_id(sent_ns)
            request = interactions.EnqueueInteractionRequest(queue=line.name, interaction_id=name, tier=tier)
            if start_s:
                request.start_time.FromNanoseconds(sent_ns + int(start_s * 1e9))
            self.floor.books.open.add(name)  # also while the answer is on its way: it may never come
            try:
                about = self.call("interactions", "EnqueueInteraction", request, _AT_THE_DOOR).interaction
            except AcdError as refusal:
                if refusal.reason in _AT_THE_DOOR:
                    self.floor.books.notes[Note.REFUSED] += 1
                    self.floor.books.open.discard(name)
                return
            self.floor.books.count(Kind.ENQUEUED, line.name, tier)
            ended = self._stay(name, about, begin + patience_s)
            self._book(name, ended, max(0.0, time.monotonic() - begin))

    def _stay(self, name: str, about: Any, patient_until: float) -> Any:
        """Look now and then how an interaction stands, hang up when it takes too long; return it at its end."""
        rude = self.chance.random() < self.people.hang_up_in_talk
        look_every_s = self.people.look_every / 1e9
        while about.state not in _ENDS:
            served = about.state == words.INTERACTION_STATE_ASSIGNED
            left_s = patient_until - time.monotonic()
            if self.leaving() and not self._ramping_down():
                about = self._hang_up(name, words.CAUSE_CUSTOMER if served else words.CAUSE_SYSTEM)
            elif (served and rude) or (not served and left_s <= 0):
                about = self._hang_up(name, words.CAUSE_CUSTOMER)
            else:
                self.rest(look_every_s if served else max(0.0, min(look_every_s, left_s)))
                if not self.floor.closing.is_set():
                    about = self._look(name)
        return about

    def _ramping_down(self) -> bool:
        """Say whether only this user leaves: then the call is lived to its end."""
        return not self.floor.closing.is_set()

    def _look(self, name: str) -> Any:
        return self.call(
            "interactions", "GetInteraction", interactions.GetInteractionRequest(interaction_id=name)
        ).interaction

    def _hang_up(self, name: str, cause: Any) -> Any:
        request = interactions.CancelInteractionRequest(interaction_id=name, cause=cause)
        try:
            return self.call("interactions", "CancelInteraction", request, _OVER).interaction
        except AcdError as refusal:
            if refusal.reason not in _OVER:
                raise
            return self._look(name)

    def _book(self, name: str, ended: Any, waited_s: float) -> None:
        books = self.floor.books
        books.open.discard(name)
        kind = _ENDS[ended.state]
        if kind is Kind.LEFT:
            self.floor.left(ended.queue, ended.tier, waited_s)
            return
        books.count(kind, ended.queue, ended.tier)
        if kind is Kind.SERVED:
            books.mark(name, -1)


class RegularCaller(Caller):
    """A customer of the lowest tier."""

    weight = 10


class VipCaller(Caller):
    """A customer of the highest tier."""

    weight = 3

    def tier(self) -> str:
        """Return the customer's tier."""
        return self.floor.best_tier


class ImpatientCaller(Caller):
    """A customer who hangs up soon."""

    weight = 2

    @task
    def one(self) -> None:
        """Live one interaction from its arrival to its end."""
        if not self.leaving() and self.floor.voice_lines():
            self.live(self.choose(self.floor.voice_lines()), self.tier(), self.people.impatience.draw_s(self.chance))


class CallbackCaller(Caller):
    """A customer who asks to be called back in a moment."""

    weight = 1

    @task
    def one(self) -> None:
        """Live one interaction from its arrival to its end."""
        if not self.leaving() and self.floor.voice_lines():
            start_s = self.people.callback_in.draw_s(self.chance)
            line = self.choose(self.floor.voice_lines())
            self.live(line, self.tier(), self.people.patience.draw_s(self.chance), start_s)


class ChatFrontEnd(Caller):
    """A web site's chat: several customers at once, of both tiers."""

    weight = 2

    @task
    def one(self) -> None:
        """Keep several chats going until this front-end leaves."""
        choice = self.floor.chat_lines()
        if self.leaving() or not choice:
            return
        chats = Group()
        for _ in range(self.people.chats_at_once):
            chats.spawn(self._chats, choice)
        chats.join()

    def _chats(self, choice: list[Line]) -> None:
        gevent.sleep(self.people.pause.draw_s(self.chance) / 2)
        while not self.leaving():
            tier = self.chance.choice((self.floor.tier, self.floor.best_tier))
            try:
                self.live(self.choose(choice), tier, self.people.patience.draw_s(self.chance))
            except AcdError:  # it is among the failures, and in the books
                gevent.sleep(1.0)
            self.rest(self.people.pause.draw_s(self.chance))


class Supervisor(Person):
    """A supervisor: looks at figures, at how queues are defined and stand, and at an agent now and then."""

    fixed_count = 1

    @task(4)
    def look_at_figures(self) -> None:
        """Look at every queue's figures, which are of one moment and must add up."""
        if self.leaving():
            return
        with self.floor.busy():
            answer = self.call("figures", "ListQueueFigures", figures.ListQueueFiguresRequest(page_size=_MOST_QUEUES))
            if not answer.next_page_token:  # several pages are not of one moment
                self.floor.books.notes[Note.LOOKS] += 1
                if not adds_up([decode.queue_figures(row) for row in answer.figures]):
                    self.floor.books.notes[Note.BAD_LOOKS] += 1

    @task(2)
    def look_at_the_center(self) -> None:
        """Look at the center as a whole."""
        self._if_there(lambda: self.call("figures", "GetCenterFigures", figures.GetCenterFiguresRequest()))

    @task(1)
    def look_at_queues(self) -> None:
        """Look at how every queue is defined, and whether it is open."""
        self._if_there(lambda: self.call("lines", "ListQueues", lines.ListQueuesRequest(page_size=_MOST_QUEUES)))

    @task(1)
    def look_at_an_agent(self) -> None:
        """Look at somebody who works here."""
        if not self.leaving() and self.floor.names:
            request = agents.GetAgentRequest(agent=self.chance.choice(self.floor.names))
            self._if_there(lambda: self.call("agents", "GetAgent", request))

    def _if_there(self, look: Callable[[], object]) -> None:
        if not self.leaving():
            with self.floor.busy():
                look()


def kinds() -> list[UserMeta]:
    """Return the kinds of users who call or look."""
    return [RegularCaller, VipCaller, ImpatientCaller, CallbackCaller, ChatFrontEnd, Supervisor]
