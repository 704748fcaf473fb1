"""The client: for telephony and chat front-ends that put customers in, and for agents' desktops.

    async with acdcore.Client("127.0.0.1:50051") as client:
        call = await client.enqueue("stocks", tier="vip")

    async with acdcore.Client("127.0.0.1:50051") as client:
        anna = client.agent("anna")
        await anna.sign_in()
        async for offer in anna.offers():
            assignment = await offer.accept()
            ...
            await assignment.complete()

Every change carries a request id of its own, so that repeats are harmless: calls that the server could not
take (UNAVAILABLE) are repeated a few times by gRPC itself. Refusals raise :class:`~acdcore.errors.AcdError`.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final, Self, TypeVar, cast

import grpc
import grpc.aio
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from .. import commands, model
from ..errors import Aborted, AcdError, DoorReason, InvalidArgument, ResourceExhausted, Unavailable, wrong_type
from ..router.codes import Cause, Presence, Result
from ..v1 import agent_service_pb2 as agents
from ..v1 import agent_service_pb2_grpc as agents_grpc
from ..v1 import figure_service_pb2 as figures
from ..v1 import figure_service_pb2_grpc as figures_grpc
from ..v1 import interaction_service_pb2 as interactions
from ..v1 import interaction_service_pb2_grpc as interactions_grpc
from . import codec, decode
from .decode import AssignmentEnded, OfferEnded, Update

A = TypeVar("A", "Offer", "Assignment")
T = TypeVar("T")
M = TypeVar("M", bound=Message)
TIMEOUT: Final = timedelta(seconds=5)
RECONNECT_FOR: Final = timedelta(seconds=60)
_RETRIES: Final = json.dumps(
    {
        "methodConfig": [
            {
                "name": [
                    {"service": contract.DESCRIPTOR.services_by_name[name].full_name}
                    for contract, name in (
                        (interactions, "InteractionService"),
                        (agents, "AgentService"),
                        (figures, "FigureService"),
                    )
                ],
                "retryPolicy": {
                    "maxAttempts": 5,
                    "initialBackoff": "0.05s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
    }
)


_TYPES: Final[dict[int, str]] = {
    FieldDescriptor.TYPE_STRING: "text",
    FieldDescriptor.TYPE_INT32: "a whole number",
    FieldDescriptor.TYPE_INT64: "a whole number",
    FieldDescriptor.TYPE_BOOL: "true or false",
}


async def _answered(call: Awaitable[T], target: str) -> T:
    """Await a call to a target; its refusal is raised as the AcdError that the server meant."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        refusal = _refusal(error, target)
    except asyncio.CancelledError:
        refusal = _closed_or_cancelled()
    raise refusal


def _closed_or_cancelled() -> AcdError:
    """Return the error of a call that was cancelled under our feet; go on being cancelled if that was it."""
    task = asyncio.current_task()
    if task is None or task.cancelling():
        raise asyncio.CancelledError
    return Aborted("this client was closed", reason=DoorReason.CLIENT_CLOSED)


def _unreachable(target: str) -> Unavailable:
    return Unavailable(f"{target} cannot be reached: is a server running there?", reason=DoorReason.NOT_SERVING)


def _refusal(error: grpc.aio.AioRpcError, target: str) -> AcdError:
    details = next((value for key, value in error.trailing_metadata() or () if key == codec.DETAILS_KEY), None)
    if details is None and error.code() == grpc.StatusCode.UNAVAILABLE:  # gRPC's own, a server of ours says more
        refusal = _unreachable(target)
        refusal.__cause__ = error
        return refusal
    return codec.error_of(error.code(), error.details() or "", details if isinstance(details, bytes) else None)


def _request_id(given: str | uuid.UUID | None) -> str:
    return str(given if given is not None else uuid.uuid4())


def _message(kind: type[M], **values: Any) -> M:
    """Return a request; what cannot be put into one raises InvalidArgument with the field, like the server."""
    try:
        return kind(**values)
    except (TypeError, ValueError):  # out of range, of another type, or not to be written in UTF-8
        for name, value in values.items():
            try:
                kind(**{name: value})
            except TypeError:
                raise wrong_type(name, value, _TYPES.get(kind.DESCRIPTOR.fields_by_name[name].type, "other")) from None
            except ValueError as error:
                raise InvalidArgument(
                    f"{name}: {error}", reason=Result.INVALID_FIELD, field=name, value=value
                ) from None
        raise


def _seconds(value: timedelta, field: str) -> float:
    """Return a length of time in seconds; anything but a timedelta raises InvalidArgument."""
    if not isinstance(value, timedelta):
        raise wrong_type(field, value, "a datetime.timedelta")
    return value.total_seconds()


def _cause(cause: Cause | str) -> Any:
    """Return a cause for the wire; which ones are allowed here is the server's to say."""
    return commands.chosen(Cause, cause, "cause", (Cause.AGENT, Cause.CUSTOMER, Cause.SYSTEM), Result.INVALID_FIELD)


class Client:
    """A center, from afar. One client serves a whole process; it belongs to one event loop.

    Args:
        target: host and port of the server.
        center: the center's name; empty for the server's only one.
        timeout: how long a call may take, repeats included, before it raises DeadlineExceeded.
        credentials: for TLS; none by default, as the server listens on loopback by default.
    """

    def __init__(
        self,
        target: str = "127.0.0.1:50051",
        *,
        center: str = "",
        timeout: timedelta = TIMEOUT,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        if not isinstance(target, str):
            raise wrong_type("target", target, "text, a host and a port")
        self._timeout = _seconds(timeout, "timeout")
        options = (("grpc.service_config", _RETRIES), ("grpc.enable_retries", 1))
        self._channel = (
            grpc.aio.insecure_channel(target, options=options)
            if credentials is None
            else grpc.aio.secure_channel(target, credentials, options=options)
        )
        self.target = target
        self._center = center
        self._interactions = cast(
            "interactions_grpc.InteractionServiceAsyncStub", interactions_grpc.InteractionServiceStub(self._channel)
        )
        self._agents = cast("agents_grpc.AgentServiceAsyncStub", agents_grpc.AgentServiceStub(self._channel))
        self._figures = cast("figures_grpc.FigureServiceAsyncStub", figures_grpc.FigureServiceStub(self._channel))

    async def __aenter__(self) -> Self:
        """Return the client; it connects when it is first used."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the connection."""
        await self.close()

    async def close(self) -> None:
        """Close the connection; calls under way raise Aborted (CLIENT_CLOSED)."""
        await self._channel.close()

    async def wait_until_ready(self, timeout: timedelta = timedelta(seconds=10)) -> None:  # noqa: ASYNC109
        """Return when the server can be reached, or raise Unavailable when that takes too long."""
        limit_s = _seconds(timeout, "timeout")
        try:
            await asyncio.wait_for(self._channel.channel_ready(), limit_s)
        except TimeoutError:
            raise _unreachable(self.target) from None

    async def _ask(self, call: Awaitable[T]) -> T:
        return await _answered(call, self.target)

    # ------------------------------------------------------------------ customers

    async def enqueue(
        self,
        queue: str,
        *,
        interaction_id: str = "",
        tier: str = "",
        priority: int | None = None,
        since: datetime | None = None,
        request_id: str | uuid.UUID | None = None,
    ) -> model.Interaction:
        """Put an interaction into a queue; it is offered at once when an agent is free.

        Args:
            queue: the queue's name.
            interaction_id: your own id for it, such as the call id; made up when empty.
            tier: the customer's tier; empty for the one of the lowest rank.
            priority: -100 to 100, larger is sooner; None for the queue's.
            since: when the customer began to wait, with a time zone; None for now.
            request_id: a UUID of your own, if you repeat calls yourself.
        """
        request = _message(
            interactions.EnqueueInteractionRequest,
            center=self._center,
            request_id=_request_id(request_id),
            queue=queue,
            interaction_id=interaction_id,
            tier=tier,
            priority=priority,
            since_time=None if since is None else _timestamp(since),
        )
        response = await self._ask(self._interactions.EnqueueInteraction(request, timeout=self._timeout))
        return decode.interaction(response.interaction)

    async def cancel(
        self,
        interaction_id: str | model.AboutInteraction,
        *,
        cause: Cause | str = Cause.CUSTOMER,
        request_id: str | uuid.UUID | None = None,
    ) -> model.Interaction:
        """Say that the customer is gone, or withdraw the interaction (Cause.SYSTEM)."""
        request = _message(
            interactions.CancelInteractionRequest,
            center=self._center,
            request_id=_request_id(request_id),
            interaction_id=model.interaction_name(interaction_id),
            cause=_cause(cause),
        )
        response = await self._ask(self._interactions.CancelInteraction(request, timeout=self._timeout))
        return decode.interaction(response.interaction)

    async def complete(
        self,
        interaction_id: str | model.AboutInteraction,
        *,
        cause: Cause | str = Cause.AGENT,
        request_id: str | uuid.UUID | None = None,
    ) -> model.Assignment:
        """Say that customer and agent are done; return the assignment, in wrap-up or ended."""
        request = _message(
            interactions.CompleteInteractionRequest,
            center=self._center,
            request_id=_request_id(request_id),
            interaction_id=model.interaction_name(interaction_id),
            cause=_cause(cause),
        )
        response = await self._ask(self._interactions.CompleteInteraction(request, timeout=self._timeout))
        return decode.assignment(response.assignment)

    async def get_interaction(self, interaction_id: str | model.AboutInteraction) -> model.Interaction:
        """Return how an interaction stands."""
        name = model.interaction_name(interaction_id)
        request = _message(interactions.GetInteractionRequest, center=self._center, interaction_id=name)
        response = await self._ask(self._interactions.GetInteraction(request, timeout=self._timeout))
        return decode.interaction(response.interaction)

    # ------------------------------------------------------------------ figures

    async def figures(self, *queues: str) -> list[model.QueueFigures]:
        """Return the figures of some queues, or of all: one entry for each queue and tier."""
        request = _message(figures.ListQueueFiguresRequest, center=self._center, queues=queues)
        rows: list[model.QueueFigures] = []
        while True:
            response = await self._ask(self._figures.ListQueueFigures(request, timeout=self._timeout))
            rows += map(decode.queue_figures, response.figures)
            if not response.next_page_token:
                return rows
            request.page_token = response.next_page_token

    async def center_figures(self) -> model.CenterFigures:
        """Return the center as a whole: agents, decisions, latencies, occupancy."""
        request = _message(figures.GetCenterFiguresRequest, center=self._center)
        return decode.center_figures(await self._ask(self._figures.GetCenterFigures(request, timeout=self._timeout)))

    # ------------------------------------------------------------------ agents

    def agent(self, name: str) -> AgentClient:
        """Return an agent to speak for; nothing is sent yet."""
        return AgentClient(name, self, self._agents, center=self._center, timeout_s=self._timeout)


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
        return await _answered(call, self._client.target)

    async def sign_in(
        self,
        presence: Presence | str = Presence.AVAILABLE,
        *,
        reason: str = "",
        request_id: str | uuid.UUID | None = None,
    ) -> model.Agent:
        """Begin to work, AVAILABLE or NOT_READY with a reason."""
        request = _message(
            agents.SignInRequest,
            center=self._center,
            request_id=_request_id(request_id),
            agent=self.name,
            presence=_presence(presence),
            reason=reason,
        )
        return decode.agent((await self._ask(self._stub.SignIn(request, timeout=self._timeout))).agent)

    async def sign_out(self, *, force: bool = False, request_id: str | uuid.UUID | None = None) -> model.Agent:
        """Go home: after the work at hand, or at once by force."""
        request = _message(
            agents.SignOutRequest, center=self._center, request_id=_request_id(request_id), agent=self.name, force=force
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
        request = _message(
            agents.SetPresenceRequest,
            center=self._center,
            request_id=_request_id(request_id),
            agent=self.name,
            presence=_presence(presence),
            reason=reason,
            next_presence=None if next_presence is None else _presence(next_presence, "next_presence"),
        )
        return decode.agent((await self._ask(self._stub.SetPresence(request, timeout=self._timeout))).agent)

    async def heartbeat(self) -> datetime | None:
        """Extend the lease; return when it ends, None without leases. Not needed while offers are watched."""
        request = _message(agents.HeartbeatRequest, center=self._center, agent=self.name)
        response = await self._ask(self._stub.Heartbeat(request, timeout=self._timeout))
        return model.moment(decode.at_ns(response.lease_deadline)) if response.HasField("lease_deadline") else None

    async def get(self) -> model.Agent:
        """Return how the agent stands."""
        request = _message(agents.GetAgentRequest, center=self._center, agent=self.name)
        return decode.agent((await self._ask(self._stub.GetAgent(request, timeout=self._timeout))).agent)

    async def accept(self, offer_id: str, *, request_id: str | uuid.UUID | None = None) -> Assignment:
        """Take an offer. FailedPrecondition tells who was faster: expiry, the customer, somebody else."""
        request = _message(
            agents.AcceptOfferRequest,
            center=self._center,
            request_id=_request_id(request_id),
            offer_id=offer_id,
            agent=self.name,
        )
        response = await self._ask(self._stub.AcceptOffer(request, timeout=self._timeout))
        return _with(Assignment, decode.assignment(response.assignment), self)

    async def decline(self, offer_id: str, *, request_id: str | uuid.UUID | None = None) -> None:
        """Do not take an offer: it goes back to its old place."""
        request = _message(
            agents.DeclineOfferRequest,
            center=self._center,
            request_id=_request_id(request_id),
            offer_id=offer_id,
            agent=self.name,
        )
        await self._ask(self._stub.DeclineOffer(request, timeout=self._timeout))

    async def complete(self, interaction_id: str | model.AboutInteraction) -> model.Assignment:
        """End the talk, as the agent."""
        return await self._client.complete(interaction_id)

    async def end_wrap_up(self, assignment_id: str, *, request_id: str | uuid.UUID | None = None) -> None:
        """Be done before the time for wrap-up is over."""
        request = _message(
            agents.EndWrapUpRequest,
            center=self._center,
            request_id=_request_id(request_id),
            assignment_id=assignment_id,
        )
        await self._ask(self._stub.EndWrapUp(request, timeout=self._timeout))

    async def watch(self) -> AsyncIterator[Update]:
        """Yield everything that happens to the agent, a snapshot first, until the stream ends with an AcdError.

        While this runs the server keeps the agent's lease.
        """
        call = self._stub.WatchOffers(_message(agents.WatchOffersRequest, center=self._center, agent=self.name))
        try:
            async for message in call:
                yield decode.update(message)
        except grpc.aio.AioRpcError as error:
            refusal = _refusal(error, self._client.target)
        except asyncio.CancelledError:
            refusal = _closed_or_cancelled()
        else:
            refusal = Unavailable("the server has ended the stream", reason=DoorReason.NOT_SERVING)
        finally:
            call.cancel()
        raise refusal

    async def offers(self, *, reconnect_for: timedelta = RECONNECT_FOR) -> AsyncIterator[Offer]:
        """Yield each offer that rings at the agent and still does when its turn comes.

        What has ended meanwhile is left out. A stream that breaks (the server restarts, this client was too
        slow) is opened again for up to ``reconnect_for``, and what rings then is yielded unless it has been.
        Raises what ended the stream for good, Aborted (WATCH_REPLACED) when the agent watches elsewhere.
        """
        ringing = _Ringing(self)
        listener = asyncio.create_task(ringing.listen(_seconds(reconnect_for, "reconnect_for")))
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
        self._handed_out: set[str] = set()
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
        self._handed_out.add(offer.offer_id)
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
                self._handed_out &= still
                self._offers = {key: offer for key, offer in self._offers.items() if key in still}
                for offer in offers:
                    self._ring(offer)
            case model.Offer() as offer:
                self._ring(offer)
            case OfferEnded(offer_id=offer_id):
                self._offers.pop(offer_id, None)
                self._handed_out.discard(offer_id)
            case AssignmentEnded():
                self._handed_out.clear()  # whatever was handed out before has become that assignment

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

    async def decline(self) -> None:
        """Do not take it: it goes back to its old place."""
        await self.by.decline(self.offer_id)


@dataclass(frozen=True, slots=True)
class Assignment(model.Assignment):
    """An assignment that can be ended."""

    by: AgentClient = field(kw_only=True, repr=False, compare=False)

    async def complete(self) -> model.Assignment:
        """End the talk; return the assignment, in wrap-up or ended."""
        return await self.by.complete(self.interaction_id)

    async def end_wrap_up(self) -> None:
        """Be done before the time for wrap-up is over."""
        await self.by.end_wrap_up(self.assignment_id)


def _with(kind: type[A], value: Any, agent: AgentClient) -> A:
    """Return a value of the model as one that can act."""
    return kind(**{one.name: getattr(value, one.name) for one in fields(value)}, by=agent)


def _presence(presence: Presence | str, field: str = "presence") -> Any:
    """Return a presence for the wire; which ones are allowed there is the server's to say."""
    number = commands.chosen(Presence, presence, field, tuple(Presence), Result.INVALID_PRESENCE)
    return codec.PRESENCES_OUT[Presence(number)]


def _timestamp(at: datetime) -> Timestamp:
    if not isinstance(at, datetime):
        raise wrong_type("since_time", at, "a datetime.datetime with a time zone")
    try:
        return codec.timestamp(model.moment_ns(at))
    except ValueError as error:
        raise InvalidArgument(
            f"since_time: {error}",
            reason=Result.INVALID_SINCE,
            field="since_time",
            value=at,
            allowed="with a time zone",
        ) from None
