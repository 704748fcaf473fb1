"""What all users of one load process share: the center, the plan, the books, the way to the server, the bells."""

from __future__ import annotations

import random
import time
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from gevent.event import Event
from locust.env import Environment

from ...config import Center
from .books import Books, Kind
from .link import Link
from .plan import People

OURS: Final = "load-"
"""What the ids of our interactions begin with."""
WAIT: Final = "wait"
"""Type of the rows of waits: a failure is a promise that was not kept."""
SPAN: Final = "time"
"""Type of the rows of other times."""
VOICE: Final = "voice"


@dataclass(frozen=True)
class Line:
    """A queue as callers know it."""

    name: str
    channel: str
    target_s: float
    weight: int


class Floor:
    """One process's share of the load.

    Args:
        environment: Locust's.
        target: host and port of the server.
        center: what the server runs.
        people: how those live who call and who answer.
        agents: names of the agents who work in this process.
    """

    def __init__(
        self, environment: Environment, target: str, center: Center, people: People, agents: list[str]
    ) -> None:
        self.environment = environment
        self.people = people
        self.books = Books()
        self.link = Link(environment, target, self.books)
        self.closing = Event()
        """Everybody ends what is at hand and goes."""
        self.bell = Event()
        """The shift begins."""
        self.shift_start = False
        """Whether agents wait for the bell."""
        self.under_way = 0
        """Users who have something at hand."""
        self.chance = random.Random()
        self.names = [name for name in agents if name]
        self.free_names = deque(agents)
        self.lines = [
            Line(name, queue.channel, queue.target_ns / 1e9, people.queues.get(name, 1))
            for name, queue in center.queues.items()
        ]
        tiers = center.all_tiers()
        self.tier = center.default_tier()
        self.best_tier = max(tiers, key=lambda name: tiers[name].rank)
        self.reasons = list(center.reasons)
        self._users = count()
        self._numbers = count()
        self._here = uuid.uuid4().hex[:6]

    @property
    def closed(self) -> bool:
        """Whether everybody has gone."""
        return self.closing.is_set() and self.under_way == 0

    def user_number(self) -> int:
        """Return a number that no other user of this process has."""
        return next(self._users)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """While this lasts, somebody has something at hand."""
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    def interaction_id(self, sent_ns: int) -> str:
        """Return a new id, which tells whoever hears of it when it was sent."""
        return f"{OURS}{self._here}-{next(self._numbers)}-{sent_ns}"

    def voice_lines(self) -> list[Line]:
        """Return the queues that callers call."""
        return [line for line in self.lines if line.channel == VOICE and line.weight]

    def chat_lines(self) -> list[Line]:
        """Return the queues of every other channel."""
        return [line for line in self.lines if line.channel != VOICE and line.weight]

    def target_s(self, queue: str) -> float:
        """Return a queue's target in seconds; infinite for a queue that the center's file does not have."""
        return next((line.target_s for line in self.lines if line.name == queue), float("inf"))

    def span(self, name: str, length_s: float) -> None:
        """Put a time into Locust's statistics, beside the calls: the sum of all calls does not grow."""
        self.environment.stats.entries[name, SPAN].log(1000 * length_s, 0)  # type: ignore[arg-type]  # as it logs

    def waited(self, queue: str, tier: str, wait_s: float, kept: bool) -> None:
        """Put the wait of somebody who counts for the service level into Locust's statistics."""
        entry = self.environment.stats.entries[f"{queue} {tier}", WAIT]
        entry.log(1000 * wait_s, 0)  # type: ignore[arg-type]  # as it logs
        if not kept:
            entry.log_error("promise not kept")

    def answered(self, queue: str, tier: str, wait_s: float) -> None:
        """Book an accept."""
        kept = wait_s <= self.target_s(queue)
        self.books.count(Kind.ANSWERED, queue, tier)
        if kept:
            self.books.count(Kind.ANSWERED_IN_TARGET, queue, tier)
        self.waited(queue, tier, wait_s, kept)

    def left(self, queue: str, tier: str, wait_s: float) -> None:
        """Book somebody who left before an agent accepted; within the target it does not count."""
        self.books.count(Kind.LEFT, queue, tier)
        if wait_s <= self.target_s(queue):
            self.books.count(Kind.LEFT_IN_TARGET, queue, tier)
        else:
            self.waited(queue, tier, wait_s, kept=False)


def sent_s_ago(interaction_id: str) -> float:
    """Return how long ago an interaction of ours was sent, by the clocks of both processes."""
    return (time.time_ns() - int(interaction_id.rpartition("-")[2])) / 1e9


def is_ours(interaction_id: str) -> bool:
    """Say whether an interaction was put in by a load."""
    return interaction_id.startswith(OURS)


def floor_of(environment: Any) -> Floor:
    """Return the floor of an environment, on which its users stand."""
    floor: Floor = environment.acdcore_floor
    return floor
