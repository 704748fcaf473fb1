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
from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta
from typing import Final, Self, TypeVar, cast

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from .. import model
from ..errors import wrong_type
from ..plans import Requirement
from ..router.codes import Cause, Result
from ..v1 import agent_service_pb2 as agents
from ..v1 import agent_service_pb2_grpc as agents_grpc
from ..v1 import figure_service_pb2 as figures
from ..v1 import figure_service_pb2_grpc as figures_grpc
from ..v1 import interaction_service_pb2 as interactions
from ..v1 import interaction_service_pb2_grpc as interactions_grpc
from ..v1 import queue_service_pb2 as lines
from ..v1 import queue_service_pb2_grpc as lines_grpc
from . import decode
from .agent_client import AgentClient, Assignment, Offer
from .calls import (
    addressed,
    answered,
    cause_in,
    closed,
    duration,
    request_id_in,
    request_of,
    requirement_out,
    seconds,
    timestamp,
    unreachable,
)
from .carrying import Carrying

__all__ = ["AgentClient", "Assignment", "Client", "Offer"]

T = TypeVar("T")
TIMEOUT: Final = timedelta(seconds=5)
_RETRIES: Final = json.dumps(
    {
        "methodConfig": [
            {
                "name": [
                    {"service": contract.DESCRIPTOR.services_by_name[name].full_name}
                    for contract, name in (
                        (interactions, "InteractionService"),
                        (agents, "AgentService"),
                        (lines, "QueueService"),
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


class Client:
    """A center, from afar. One client, one connection, serves a whole process; it belongs to one event loop.

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
        self._timeout = seconds(timeout, "timeout")
        options = (
            ("grpc.service_config", _RETRIES),
            ("grpc.enable_retries", 1),
            ("grpc.use_local_subchannel_pool", 1),  # a connection of its own, which close() closes
            # A server that was away is looked for each second: gRPC itself would wait longer with every try, two
            # minutes in the end, while the first offers ring at agents whose clients do not know of it yet.
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1_000),
        )
        self._channel = (
            grpc.aio.insecure_channel(target, options=options)
            if credentials is None
            else grpc.aio.secure_channel(target, credentials, options=options)
        )
        self.target = target
        self._center = center
        self._closed = False
        stubs = (
            interactions_grpc.InteractionServiceStub,
            agents_grpc.AgentServiceStub,
            lines_grpc.QueueServiceStub,
            figures_grpc.FigureServiceStub,
        )
        carrying = Carrying(self._channel)
        guarded = [_Guarded(self, stub(carrying)) for stub in stubs]
        self._interactions = cast("interactions_grpc.InteractionServiceAsyncStub", guarded[0])
        self._agents = cast("agents_grpc.AgentServiceAsyncStub", guarded[1])
        self._lines = cast("lines_grpc.QueueServiceAsyncStub", guarded[2])
        self._figures = cast("figures_grpc.FigureServiceAsyncStub", guarded[3])

    async def __aenter__(self) -> Self:
        """Return the client; it connects when it is first used."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the connection."""
        await self.close()

    async def close(self) -> None:
        """Close the connection; calls under way, and later ones, raise Aborted (CLIENT_CLOSED)."""
        self._closed = True
        await self._channel.close()

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` has been called."""
        return self._closed

    async def wait_until_ready(self, timeout: timedelta = timedelta(seconds=10)) -> None:  # noqa: ASYNC109
        """Return when the server can be reached, or raise Unavailable when that takes too long."""
        limit_s = seconds(timeout, "timeout")
        try:
            await asyncio.wait_for(self._channel.channel_ready(), limit_s)
        except TimeoutError:
            raise unreachable(self.target) from None

    async def _ask(self, call: Awaitable[T]) -> T:
        return await answered(call, self.target)

    # ------------------------------------------------------------------ customers

    async def enqueue(
        self,
        queue: str,
        *,
        interaction_id: str = "",
        tier: str = "",
        priority: int | None = None,
        since: datetime | None = None,
        start: datetime | None = None,
        agent: str = "",
        preferred_for: timedelta | None = None,
        direct: bool = False,
        requirement: Requirement | Mapping[str, int] | None = None,
        customer_id: str = "",
        request_id: str | uuid.UUID | None = None,
    ) -> model.Interaction:
        """Put an interaction into a queue; it is offered at once when an agent is free.

        Returns where it is: another queue than ``queue`` when that one sent it on.

        Args:
            queue: the queue's name.
            interaction_id: your own id for it, such as the call id; made up when empty.
            tier: the customer's tier; empty for the one of the lowest rank.
            priority: -100 to 100, larger is sooner; None for the queue's.
            since: when the customer began to wait, with a time zone; None for now, or ``start``.
            start: when it begins to wait, with a time zone, such as a callback's time; None for now.
            agent: for whom it is: rather than for others for ``preferred_for``, or ``direct``.
            preferred_for: how long that agent is waited for, 1 ms to 400 days.
            direct: for that agent without limit, whatever the skills.
            requirement: who may serve it, beside what the queue requires; in short ``{"german": 3}``.
            customer_id: whose it is, so that the agent who served this customer last may be found.
            request_id: a UUID of your own, if you repeat calls yourself.
        """
        request = request_of(
            interactions.EnqueueInteractionRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            queue=queue,
            interaction_id=interaction_id,
            tier=tier,
            priority=priority,
            since_time=None if since is None else timestamp(since),
            start_time=None if start is None else timestamp(start, "start", Result.INVALID_START),
            **addressed(agent, preferred_for, direct),
            requirement=None if requirement is None else requirement_out(requirement),
            customer_id=customer_id,
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
        request = request_of(
            interactions.CancelInteractionRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            interaction_id=model.interaction_name(interaction_id),
            cause=cause_in(cause),
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
        request = request_of(
            interactions.CompleteInteractionRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            interaction_id=model.interaction_name(interaction_id),
            cause=cause_in(cause),
        )
        response = await self._ask(self._interactions.CompleteInteraction(request, timeout=self._timeout))
        return decode.assignment(response.assignment)

    async def move(
        self,
        interaction_id: str | model.AboutInteraction,
        queue: str,
        *,
        priority: int | None = None,
        agent: str = "",
        preferred_for: timedelta | None = None,
        direct: bool = False,
        request_id: str | uuid.UUID | None = None,
    ) -> model.Interaction:
        """Move an interaction to another queue, the old wait kept; one that is served is transferred.

        ``priority`` None: its own if it has one, else the new queue's. The agent is given as in :meth:`enqueue`.
        """
        request = request_of(
            interactions.MoveInteractionRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            interaction_id=model.interaction_name(interaction_id),
            queue=queue,
            priority=priority,
            **addressed(agent, preferred_for, direct),
        )
        response = await self._ask(self._interactions.MoveInteraction(request, timeout=self._timeout))
        return decode.interaction(response.interaction)

    async def set_priority(
        self,
        interaction_id: str | model.AboutInteraction,
        priority: int | None,
        *,
        request_id: str | uuid.UUID | None = None,
    ) -> model.Interaction:
        """Give an interaction a priority of its own, -100 to 100; None: the queue's again."""
        request = request_of(
            interactions.SetInteractionPriorityRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            interaction_id=model.interaction_name(interaction_id),
            priority=priority,
        )
        response = await self._ask(self._interactions.SetInteractionPriority(request, timeout=self._timeout))
        return decode.interaction(response.interaction)

    async def hold(
        self,
        interaction_id: str | model.AboutInteraction,
        hold_for: timedelta,
        *,
        request_id: str | uuid.UUID | None = None,
    ) -> model.Interaction:
        """Take an interaction that waits or rings out of the line for a time; it comes back to its old place."""
        request = request_of(
            interactions.HoldInteractionRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            interaction_id=model.interaction_name(interaction_id),
            hold_for=duration(hold_for, "hold_for"),
        )
        response = await self._ask(self._interactions.HoldInteraction(request, timeout=self._timeout))
        return decode.interaction(response.interaction)

    async def release(
        self, interaction_id: str | model.AboutInteraction, *, request_id: str | uuid.UUID | None = None
    ) -> model.Interaction:
        """Let an interaction that is HELD or SCHEDULED wait from now on."""
        request = request_of(
            interactions.ReleaseInteractionRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            interaction_id=model.interaction_name(interaction_id),
        )
        response = await self._ask(self._interactions.ReleaseInteraction(request, timeout=self._timeout))
        return decode.interaction(response.interaction)

    async def fail(
        self,
        interaction_id: str | model.AboutInteraction = "",
        *,
        assignment_id: str = "",
        request_id: str | uuid.UUID | None = None,
    ) -> model.Interaction:
        """Say that the media of an accepted interaction could not be set up: it is back at its old place.

        Give the interaction or the assignment; the assignment is the safer one, for the interaction may have gone on.
        """
        name = model.interaction_name(interaction_id)
        request = request_of(
            interactions.FailAssignmentRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            **({"assignment_id": assignment_id} if assignment_id else {"interaction_id": name}),
        )
        response = await self._ask(self._interactions.FailAssignment(request, timeout=self._timeout))
        return decode.interaction(response.interaction)

    async def get_interaction(self, interaction_id: str | model.AboutInteraction) -> model.Interaction:
        """Return how an interaction stands."""
        name = model.interaction_name(interaction_id)
        request = request_of(interactions.GetInteractionRequest, center=self._center, interaction_id=name)
        response = await self._ask(self._interactions.GetInteraction(request, timeout=self._timeout))
        return decode.interaction(response.interaction)

    # ------------------------------------------------------------------ queues

    async def open_queue(self, queue: str, *, request_id: str | uuid.UUID | None = None) -> model.Queue:
        """Open a queue's door; return how the queue stands."""
        number = request_id_in(request_id)
        request = request_of(lines.OpenQueueRequest, center=self._center, request_id=number, queue=queue)
        return decode.queue((await self._ask(self._lines.OpenQueue(request, timeout=self._timeout))).queue)

    async def close_queue(
        self, queue: str, *, turn_away: bool = False, request_id: str | uuid.UUID | None = None
    ) -> model.Queue:
        """Close a queue's door; those who wait are served, or turned away as the queue's ``on_closed`` says."""
        request = request_of(
            lines.CloseQueueRequest,
            center=self._center,
            request_id=request_id_in(request_id),
            queue=queue,
            turn_away=turn_away,
        )
        return decode.queue((await self._ask(self._lines.CloseQueue(request, timeout=self._timeout))).queue)

    async def get_queue(self, queue: str) -> model.Queue:
        """Return a queue's definition and how it stands."""
        request = request_of(lines.GetQueueRequest, center=self._center, queue=queue)
        return decode.queue((await self._ask(self._lines.GetQueue(request, timeout=self._timeout))).queue)

    async def queues(self) -> list[model.Queue]:
        """Return all queues in the order of their definition."""
        request = request_of(lines.ListQueuesRequest, center=self._center)
        found: list[model.Queue] = []
        while True:
            response = await self._ask(self._lines.ListQueues(request, timeout=self._timeout))
            found += map(decode.queue, response.queues)
            if not response.next_page_token:
                return found
            request.page_token = response.next_page_token

    # ------------------------------------------------------------------ figures

    async def figures(self, *queues: str) -> list[model.QueueFigures]:
        """Return the figures of some queues, or of all: one entry for each queue and tier."""
        request = request_of(figures.ListQueueFiguresRequest, center=self._center, queues=queues)
        rows: list[model.QueueFigures] = []
        while True:
            response = await self._ask(self._figures.ListQueueFigures(request, timeout=self._timeout))
            rows += map(decode.queue_figures, response.figures)
            if not response.next_page_token:
                return rows
            request.page_token = response.next_page_token

    async def center_figures(self) -> model.CenterFigures:
        """Return the center as a whole: agents, decisions, latencies, occupancy."""
        request = request_of(figures.GetCenterFiguresRequest, center=self._center)
        return decode.center_figures(await self._ask(self._figures.GetCenterFigures(request, timeout=self._timeout)))

    async def is_serving(self) -> bool:
        """Return whether the server says that it serves: not while it stops, nor after a commit has failed."""
        health = health_pb2_grpc.HealthStub(self._channel)
        request = health_pb2.HealthCheckRequest()
        answer = await self._ask(health.Check(request, timeout=self._timeout))
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    # ------------------------------------------------------------------ agents

    def agent(self, name: str) -> AgentClient:
        """Return an agent to speak for; nothing is sent yet."""
        return AgentClient(name, self, self._agents, center=self._center, timeout_s=self._timeout)


class _Guarded:
    """A stub whose calls say what is wrong once the client is closed; gRPC's own error names its channel."""

    def __init__(self, client: Client, stub: object) -> None:
        self._client = client
        self._stub = stub

    def __getattr__(self, name: str) -> object:
        """Return a call of the stub."""
        if self._client.closed:
            raise closed()
        return getattr(self._stub, name)
