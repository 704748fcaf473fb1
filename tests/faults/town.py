"""What people and their servers have in common, whether the servers are simulated or real: what people saw."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from google.protobuf.message import Message

from acdcore.v1 import agent_service_pb2 as agents
from acdcore.v1 import interaction_service_pb2 as interactions

M = TypeVar("M", bound=Message)

CENTER: Final = """\
center: bank
settings: {lease: 30s, remembered_interactions: 500, remembered_offers: 500, remembered_answers: 5000}
skills: [stocks, loans, late]
reasons: [lunch]
channels:
  chat: {cost: 40, most_at_once: 2}
tiers:
  standard: {}
  vip: {head_start: 90s, rank: 10}
queues:
  stocks:
    target: 10s
    plan: [{requires: {stocks: 5}}, {after: 20s, requires: {stocks: 1}}]
    wrap_up: 3s
    offer_timeout: 4s
  loans: {target: 20s, plan: [{requires: {loans: 1}}], wrap_up: 0s, max_waiting: 30, offer_timeout: 4s}
  hunt: {target: 20s, plan: [{requires: {loans: 1}}], shared_offers: 2, wrap_up: 1s, offer_timeout: 4s}
  chats: {channel: chat, target: 30s, plan: [{requires: {loans: 1}}], wrap_up: 1s, offer_timeout: 4s}
  late: {target: 1h, plan: [{requires: {late: 1}}], wrap_up: 0s, offer_timeout: 4s}
agents:
  eve: {skills: {late: 1}}
  anna: {skills: {stocks: 7, loans: 3}}
  ben: {skills: {loans: 9}}
  carla: {skills: {stocks: 2, loans: 2}}
  dora: {skills: {stocks: 9}}
"""
"""The center that all of them live in."""
QUEUES: Final = ("stocks", "loans", "hunt", "chats")
AGENTS: Final = ("anna", "ben", "carla", "dora")


class Wrong(AssertionError):
    """Something that must never be."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How people are. Lengths of time in seconds, means of exponential ones; chances from 0 to 1."""

    arrivals_s: float = 0.6
    patience_s: float = 20.0
    talk_s: float = 3.0
    repeats: float = 0.1
    """Chance that a request that has been answered is sent once more."""


class Line(Protocol):
    """What carries people's requests to a server: ``Service/Method``."""

    async def call(self, method: str, request: Message, answer_type: type[M], timeout_s: float = 2.0) -> M:
        """Call a method; raises AcdError."""

    def stream(self, method: str, request: Message, answer_type: type[M]) -> AsyncIterator[M]:
        """Open a stream; raises AcdError when it ends."""


class Town:
    """People who live with a server, and what it has told them."""

    def __init__(self, seed: int, habits: Habits, line: Line) -> None:
        self.seed = seed
        self.habits = habits
        self.line = line
        self.queues = QUEUES
        self.enqueued: set[str] = set()
        self.counts: Counter[str] = Counter()
        """What happened, by name; what must happen somewhere in many runs is looked for here."""
        self.given: dict[str, tuple[str, str]] = {}
        """Assignment -> (offer, agent), as acknowledged."""
        self.wrong: BaseException | None = None
        self.woken = asyncio.Event()
        """Set when somebody has found something wrong, or the server has failed."""
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Let somebody live; what they find wrong ends the run."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None and self.wrong is None:
            self.wrong = task.exception()
            self.woken.set()

    def acknowledged(self, method: str, request: Message, answer: Any) -> None:
        """Note what the server has said yes to: an assignment belongs to one offer and one agent, for ever."""
        self.counts[f"ok {method.partition('/')[2]}"] += 1
        if isinstance(request, agents.AcceptOfferRequest):
            about = (request.offer_id, request.agent)
            before = self.given.setdefault(answer.assignment.assignment_id, about)
            if before != about:
                raise Wrong(f"{answer.assignment.assignment_id} was given to {before}, then to {about}")
        elif isinstance(request, interactions.EnqueueInteractionRequest):
            self.enqueued.add(request.interaction_id)

    def refused(self, method: str, reason: str) -> None:
        """Note what the server has said no to."""
        self.counts[f"no {reason}"] += 1

    def empty(self) -> None:
        """Let everybody go."""
        for task in list(self._tasks):
            task.cancel()

    async def some_time(self, seconds: float) -> None:
        """Let people live until the time is over, or the server is, or somebody found something wrong: raises it."""
        self.woken.clear()
        try:
            async with asyncio.timeout(seconds):
                await self.woken.wait()
        except TimeoutError:
            pass
        if self.wrong is not None:
            raise self.wrong
