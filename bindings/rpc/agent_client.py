"""The client's half for agents' desktops and phones: presence, offers that ring, work at hand."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

import grpc
import grpc.aio

from .. import model
from ..errors import DoorReason, ResourceExhausted, Unavailable
from ..router.codes import Presence
from ..v1 import agent_service_pb2 as agents
from ..v1 import agent_service_pb2_grpc as agents_grpc
from . import decode
from .calls import answered, closed_or_cancelled, duration, presence_in, refused, request_id_in, request_of, seconds
from .decode import OfferEnded, OfferExtended, Update

if TYPE_CHECKING:
    from .client import Client

A = TypeVar("A", "Offer", "Assignment")
T = TypeVar("T")
RECONNECT_FOR: Final = timedelta(seconds=60)


class AgentClient:
    """What an agent's desktop or phone does."""

    def __init__(
        self, name: str, client: Client, stub: agents_grpc.AgentServiceAsyncStub, *, center: str, timeout_s: float
    ) -> None:
        self.name = name
        self._client = client
        self._stub = stub
        self._center = center
        self._timeout = timeout_s

    async def _ask(self, call: Awaitable[T]) -> T:
        return await answered(call, self._client.target)

    async def sign_in(
        self,
        presence: Presence | str = Presence.AVAILABLE,
        *,
        reason: str = "",
        request_id: str | uuid.UUID | None = None,
    ) -> model.Agent:
        """Begin to work, AVAILABLE or NOT_READY with a reason."""
        request = request_of(
            agents.SignInRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            agent=self.name,
            presence=presence_in(presence),
            reason=reason,
        )
        return decode.agent((await self._ask(self._stub.SignIn(request, timeout=self._timeout))).agent)

    async def sign_out(self, *, force: bool = False, request_id: str | uuid.UUID | None = None) -> model.Agent:
        """Go home: after the work at hand, or at once by force."""
        request = request_of(
            agents.SignOutRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            agent=self.name,
            force=force,
        )
        return decode.agent((await self._ask(self._stub.SignOut(request, timeout=self._timeout))).agent)

    async def set_presence(
        self,
        presence: Presence | str,
        *,
        reason: str = "",
        next_presence: Presence | str | None = None,
        request_id: str | uuid.UUID | None = None,
    ) -> model.Agent:
        """Take a break (NOT_READY with a reason), come back (AVAILABLE), or finish first (DRAINING)."""
        request = request_of(
            agents.SetPresenceRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            agent=self.name,
            presence=presence_in(presence),
            reason=reason,
            next_presence=None if next_presence is None else presence_in(next_presence, "next_presence"),
        )
        return decode.agent((await self._ask(self._stub.SetPresence(request, timeout=self._timeout))).agent)

    async def heartbeat(self) -> datetime | None:
        """Extend the lease; return when it ends, None without leases. Not needed while offers are watched."""
        request = request_of(agents.HeartbeatRequest, center=self._center, agent=self.name)
        response = await self._ask(self._stub.Heartbeat(request, timeout=self._timeout))
        return model.moment(decode.at_ns(response.lease_deadline)) if response.HasField("lease_deadline") else None

    async def get(self) -> model.Agent:
        """Return how the agent stands."""
        request = request_of(agents.GetAgentRequest, center=self._center, agent=self.name)
        return decode.agent((await self._ask(self._stub.GetAgent(request, timeout=self._timeout))).agent)

    async def accept(self, offer_id: str, *, request_id: str | uuid.UUID | None = None) -> Assignment:
        """Take an offer. FailedPrecondition tells who was faster: expiry, the customer, somebody else."""
        request = request_of(
            agents.AcceptOfferRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            offer_id=offer_id,
            agent=self.name,
        )
        response = await self._ask(self._stub.AcceptOffer(request, timeout=self._timeout))
        return _with(Assignment, decode.assignment(response.assignment), self)

    async def decline(
        self,
        offer_id: str,
        *,
        retry_after: timedelta | None = None,
        failed: bool = False,
        request_id: str | uuid.UUID | None = None,
    ) -> None:
        """Do not take an offer: it goes back to its old place.

        Args:
            offer_id: the offer.
            retry_after: how long it is not to ring here again, 1 ms to 400 days; None for the queue's cool-down.
            failed: it could not even ring; the agent has not said no.
            request_id: a UUID of your own, if you repeat calls yourself.
        """
        request = request_of(
            agents.DeclineOfferRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            offer_id=offer_id,
            agent=self.name,
            retry_after=None if retry_after is None else duration(retry_after, "retry_after"),
            failed=failed,
        )
        await self._ask(self._stub.DeclineOffer(request, timeout=self._timeout))

    async def complete(self, interaction_id: str | model.AboutInteraction) -> model.Assignment:
        """End the talk, as the agent."""
        return await self._client.complete(interaction_id)

    async def transfer(
        self, interaction_id: str | model.AboutInteraction, queue: str, *, priority: int | None = None
    ) -> model.Interaction:
        """Hand the customer on to another queue, the old wait kept; the agent wraps up."""
        return await self._client.move(interaction_id, queue, priority=priority)

    async def fail(self, assignment_id: str, *, request_id: str | uuid.UUID | None = None) -> model.Interaction:
        """Say that the media of what was accepted could not be set up: it is back at its old place."""
        return await self._client.fail(assignment_id=assignment_id, request_id=request_id)

    async def end_wrap_up(self, assignment_id: str, *, request_id: str | uuid.UUID | None = None) -> None:
        """Be done before the time for wrap-up is over."""
        request = request_of(
            agents.EndWrapUpRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            assignment_id=assignment_id,
        )
        await self._ask(self._stub.EndWrapUp(request, timeout=self._timeout))

    async def watch(self) -> AsyncIterator[Update]:
        """Yield everything that happens to the agent, a snapshot first, until the stream ends with an AcdError.

        While this runs the server keeps the agent's lease.
        """
        call = self._stub.WatchOffers(request_of(agents.WatchOffersRequest, center=self._center, agent=self.name))
        try:
            async for message in call:
                yield decode.update(message)
        except grpc.aio.AioRpcError as error:
            refusal = refused(error, self._client.target)
        except asyncio.CancelledError:
            refusal = closed_or_cancelled()
        else:
            refusal = Unavailable("the server has ended the stream", reason=DoorReason.NOT_SERVING)
        finally:
            call.cancel()
        raise refusal

    async def offers(self, *, reconnect_for: timedelta = RECONNECT_FOR) -> AsyncIterator[Offer]:
        """Yield each offer that rings at the agent and still does when its turn comes.

        What has ended meanwhile is left out; what is given more time once it has been yielded is not yielded again,
        :meth:`watch` tells its new deadline. What a queue accepts for its agents is never offered: :meth:`watch`
        brings it as an assignment. A stream that breaks (the server restarts, this client was too slow) is opened
        again for up to ``reconnect_for``, and what rings then is yielded unless it has been.
        Raises what ended the stream for good, Aborted (WATCH_REPLACED) when the agent watches elsewhere.
        """
        ringing = _Ringing(self)
        listener = asyncio.create_task(ringing.listen(seconds(reconnect_for, "reconnect_for")))
        try:
            while (offer := await ringing.next()) is not None:
                yield offer
            await listener  # raises what ended it
        finally:
            listener.cancel()


class _Ringing:
    """What rings at an agent right now and has not been handed out."""

    def __init__(self, agent: AgentClient) -> None:
        self._agent = agent
        self._offers: dict[str, Offer] = {}
        self._handed_out: dict[str, str] = {}  # offer -> interaction, until it is over or has become an assignment
        self._changed = asyncio.Event()
        self._over = False

    async def next(self) -> Offer | None:
        """Return the offer that has rung longest, None when there will be no more."""
        while not self._offers:
            if self._over:
                return None
            self._changed.clear()
            await self._changed.wait()
        offer = self._offers.pop(next(iter(self._offers)))
        self._handed_out[offer.offer_id] = offer.interaction_id
        return offer

    async def listen(self, reconnect_s: float) -> None:
        """Follow the agent's stream, and open it again when it breaks."""
        loop = asyncio.get_running_loop()
        broken_at: float | None = None
        pause_s = 0.05
        try:
            while True:
                try:
                    async for update in self._agent.watch():
                        broken_at, pause_s = None, 0.05
                        self._follow(update)
                except (Unavailable, ResourceExhausted):
                    broken_at = loop.time() if broken_at is None else broken_at
                    if loop.time() + pause_s - broken_at > reconnect_s:
                        raise
                    await asyncio.sleep(pause_s)
                    pause_s = min(2 * pause_s, 1.0)
        finally:
            self._over = True
            self._changed.set()

    def _follow(self, update: Update) -> None:
        match update.what:
            case model.Agent(offers=offers):
                still = {offer.offer_id for offer in offers}
                self._handed_out = {key: about for key, about in self._handed_out.items() if key in still}
                self._offers = {key: offer for key, offer in self._offers.items() if key in still}
                for offer in offers:
                    self._ring(offer)
            case (model.Offer() as offer) | OfferExtended(offer=offer):
                self._ring(offer)
            case OfferEnded(offer_id=offer_id):
                self._offers.pop(offer_id, None)
                self._handed_out.pop(offer_id, None)
            case model.Assignment(interaction_id=taken):  # accepted here or elsewhere: it rings no more
                self._offers = {key: one for key, one in self._offers.items() if one.interaction_id != taken}
                self._handed_out = {key: about for key, about in self._handed_out.items() if about != taken}

    def _ring(self, offer: model.Offer) -> None:
        if offer.offer_id not in self._handed_out:
            self._offers[offer.offer_id] = _with(Offer, offer, self._agent)
            self._changed.set()


@dataclass(frozen=True, slots=True)
class Offer(model.Offer):
    """An offer that can be answered."""

    by: AgentClient = field(kw_only=True, repr=False, compare=False)

    async def accept(self) -> Assignment:
        """Take it. FailedPrecondition tells who was faster: expiry, the customer, somebody else."""
        return await self.by.accept(self.offer_id)

    async def decline(self, *, retry_after: timedelta | None = None, failed: bool = False) -> None:
        """Do not take it, or it could not even ring (``failed``): it goes back to its old place."""
        await self.by.decline(self.offer_id, retry_after=retry_after, failed=failed)


@dataclass(frozen=True, slots=True)
class Assignment(model.Assignment):
    """An assignment that can be ended."""

    by: AgentClient = field(kw_only=True, repr=False, compare=False)

    async def complete(self) -> model.Assignment:
        """End the talk; return the assignment, in wrap-up or ended."""
        return await self.by.complete(self.interaction_id)

    async def transfer(self, queue: str, *, priority: int | None = None) -> model.Interaction:
        """Hand the customer on to another queue, the old wait kept; the agent wraps up."""
        return await self.by.transfer(self.interaction_id, queue, priority=priority)

    async def fail(self) -> model.Interaction:
        """Say that its media could not be set up: the interaction is back at its old place."""
        return await self.by.fail(self.assignment_id)

    async def end_wrap_up(self) -> None:
        """Be done before the time for wrap-up is over."""
        await self.by.end_wrap_up(self.assignment_id)


def _with(kind: type[A], value: Any, agent: AgentClient) -> A:
    """Return a value of the model as one that can act."""
    return kind(**{one.name: getattr(value, one.name) for one in fields(value)}, by=agent)
