"""Customers and agents who keep at it: they repeat what was not answered, under the same request id."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from google.protobuf.message import Message

from acdcore.errors import (
    AcdError,
    DeadlineExceeded,
    DoorReason,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
    Unavailable,
)
from acdcore.v1 import agent_service_pb2 as agents
from acdcore.v1 import interaction_service_pb2 as interactions
from acdcore.v1.common_pb2 import ASSIGNMENT_STATE_ACTIVE, PRESENCE_AVAILABLE, PRESENCE_NOT_READY

from .town import Town, Wrong

M = TypeVar("M", bound=Message)


class Person:
    """Somebody with a client."""

    def __init__(self, town: Town, name: str) -> None:
        self.town = town
        self.name = name
        self.rng = random.Random(f"{town.seed}/{name}")

    def request_id(self) -> str:
        """Return a new one."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    async def pause(self, mean_s: float) -> None:
        """Do nothing for a while."""
        await asyncio.sleep(self.rng.expovariate(1.0 / mean_s))

    async def surely(self, method: str, request: Message, answer_type: type[M]) -> M:
        """Call until the server has said yes or no; repeat an answered call now and then: it must say the same.

        Raises AcdError, a definite refusal.
        """
        while True:
            try:
                answer = await self.town.line.call(method, request, answer_type)
            except AcdError as refusal:
                if not isinstance(refusal, Unavailable | DeadlineExceeded):
                    self.town.refused(method, refusal.reason)
                if not says_nothing(refusal):
                    raise
                await self.pause(0.5)
                continue
            self.town.acknowledged(method, request, answer)
            if self.rng.random() < self.town.habits.repeats:
                await self._again(method, request, answer)
            return answer

    async def _again(self, method: str, request: Message, answer: M) -> None:
        """Repeat a request that has been answered: the same answer, one effect; with other content it is refused."""
        await self.pause(1.0)
        self.town.counts["repeats"] += 1
        try:
            again = await self.town.line.call(method, request, type(answer))
        except NotFound:
            return  # what it was about is forgotten by now
        except AcdError as refusal:
            if says_nothing(refusal):
                return
            raise
        if identity(again) != identity(answer):
            raise Wrong(f"{method} repeated: {identity(again)}, first {identity(answer)}; {request}")
        if isinstance(request, interactions.EnqueueInteractionRequest):
            other = interactions.EnqueueInteractionRequest()
            other.CopyFrom(request)
            other.priority = 77
            try:
                await self.town.line.call(method, other, type(answer))
            except AcdError as refusal:
                if says_nothing(refusal) or isinstance(refusal, InvalidArgument):
                    return
                raise
            raise Wrong(f"{method} with the same request id and another priority was taken: {request}")


def says_nothing(refusal: AcdError) -> bool:
    """Say whether a request may have been taken all the same, now or before: only a repeat tells."""
    return isinstance(refusal, Unavailable | DeadlineExceeded) or refusal.reason == DoorReason.DISK_FULL


def identity(answer: Any) -> tuple[str, str]:
    """Return what an answer is about: repeats may find it in another state, but nothing else."""
    interaction = getattr(answer, "interaction", None)
    assignment = getattr(answer, "assignment", None)
    return (
        interaction.interaction_id if interaction is not None else "",
        assignment.assignment_id if assignment is not None else "",
    )


class Customer(Person):
    """Calls, waits, and hangs up if nobody answers."""

    async def live(self, queue: str, tier: str) -> None:
        """Call once."""
        request = interactions.EnqueueInteractionRequest(
            request_id=self.request_id(), interaction_id=self.name, queue=queue, tier=tier
        )
        if self.rng.random() < 0.3:
            request.customer_id = f"customer-{self.rng.randrange(50)}"
        try:
            await self.surely("InteractionService/EnqueueInteraction", request, interactions.EnqueueInteractionResponse)
        except ResourceExhausted:
            return  # the queue is full
        await self.pause(self.town.habits.patience_s)
        if self.rng.random() < 0.2:
            await self._wander()
        cancel = interactions.CancelInteractionRequest(request_id=self.request_id(), interaction_id=self.name)
        try:
            await self.surely("InteractionService/CancelInteraction", cancel, interactions.CancelInteractionResponse)
        except AcdError as refusal:
            if isinstance(refusal, InvalidArgument):
                raise Wrong(f"{self.name}: {refusal}") from refusal

    async def _wander(self) -> None:
        """Be moved, or held for a moment."""
        try:
            if self.rng.random() < 0.5:
                move = interactions.MoveInteractionRequest(
                    request_id=self.request_id(), interaction_id=self.name, queue=self.rng.choice(self.town.queues)
                )
                await self.surely("InteractionService/MoveInteraction", move, interactions.MoveInteractionResponse)
            else:
                hold = interactions.HoldInteractionRequest(request_id=self.request_id(), interaction_id=self.name)
                hold.hold_for.FromSeconds(5)
                await self.surely("InteractionService/HoldInteraction", hold, interactions.HoldInteractionResponse)
        except AcdError as refusal:
            if isinstance(refusal, InvalidArgument):
                raise Wrong(f"{self.name}: {refusal}") from refusal
        await self.pause(self.town.habits.patience_s)


class AgentDesk(Person):
    """Signs in, answers what rings, talks, and comes back after whatever happened."""

    def __init__(self, town: Town, name: str) -> None:
        super().__init__(town, name)
        self._talks: set[asyncio.Task[None]] = set()

    async def live(self) -> None:
        """Work for ever."""
        while True:
            try:
                await self._sign_in()
                await self._watch()
            except (Unavailable, DeadlineExceeded):
                await self.pause(1.0)
            except AcdError as refusal:
                if isinstance(refusal, InvalidArgument):
                    raise Wrong(f"{self.name}: {refusal}") from refusal
                await self.pause(1.0)

    async def _sign_in(self) -> None:
        request = agents.SignInRequest(request_id=self.request_id(), agent=self.name, presence=PRESENCE_AVAILABLE)
        await self.surely("AgentService/SignIn", request, agents.SignInResponse)

    async def _watch(self) -> None:
        stream: Any = self.town.line.stream(
            "AgentService/WatchOffers", agents.WatchOffersRequest(agent=self.name), agents.WatchOffersResponse
        )
        try:
            seen = 0
            async for update in stream:
                if update.event_seq < seen:
                    raise Wrong(f"{self.name}: update {update.event_seq} after {seen}")
                seen = update.event_seq
                kind = update.WhichOneof("update")
                if kind == "snapshot":
                    for offer in update.snapshot.offers:
                        self._start(self._ring, offer.offer_id)
                    for assignment in update.snapshot.assignments:
                        if assignment.state == ASSIGNMENT_STATE_ACTIVE:
                            self._start(self._talk, assignment.interaction_id)
                elif kind == "offer_made":
                    self._start(self._ring, update.offer_made.offer_id)
                elif kind == "presence_changed" and update.presence_changed.presence == PRESENCE_NOT_READY:
                    self._start(self._return, "")
        finally:
            await stream.aclose()

    def _start(self, what: Callable[[str], Any], about: str) -> None:
        task = self.town.spawn(what(about))
        self._talks.add(task)
        task.add_done_callback(self._talks.discard)

    async def _return(self, _about: str) -> None:
        await self.pause(2.0)
        try:
            await self._sign_in()
        except AcdError as refusal:
            if isinstance(refusal, InvalidArgument):
                raise Wrong(f"{self.name}: {refusal}") from refusal

    async def _ring(self, offer_id: str) -> None:
        await self.pause(0.5)
        chance = self.rng.random()
        try:
            if chance < 0.05:
                return  # it rings in vain
            if chance < 0.12:
                decline = agents.DeclineOfferRequest(request_id=self.request_id(), offer_id=offer_id, agent=self.name)
                await self.surely("AgentService/DeclineOffer", decline, agents.DeclineOfferResponse)
                return
            accept = agents.AcceptOfferRequest(request_id=self.request_id(), offer_id=offer_id, agent=self.name)
            taken = await self.surely("AgentService/AcceptOffer", accept, agents.AcceptOfferResponse)
            if taken.assignment.state == ASSIGNMENT_STATE_ACTIVE:  # the answer may come when all is over
                await self._talk(taken.assignment.interaction_id)
        except AcdError as refusal:
            if isinstance(refusal, InvalidArgument):
                raise Wrong(f"{self.name}: {refusal}") from refusal

    async def _talk(self, interaction_id: str) -> None:
        await self.pause(self.town.habits.talk_s)
        request = interactions.CompleteInteractionRequest(request_id=self.request_id(), interaction_id=interaction_id)
        try:
            await self.surely(
                "InteractionService/CompleteInteraction", request, interactions.CompleteInteractionResponse
            )
        except AcdError as refusal:
            if isinstance(refusal, InvalidArgument):
                raise Wrong(f"{self.name}: {refusal}") from refusal
