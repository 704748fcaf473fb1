"""The three services: each method reads its request, hands one piece of work to the owner, returns its answer.

A method is written once, as a plain coroutine from request to response that raises AcdError;
:func:`handlers` wraps all of them alike. Which methods there are is read from the contract itself, so none
can be forgotten.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from .. import commands, views
from ..commands import Core
from ..errors import AcdError, DoorReason, FailedPrecondition, Internal, InvalidArgument, NotFound
from ..router.codes import Cause, Kind, Presence, Result, Setting
from ..router.records import Command, InteractionView
from ..v1 import agent_service_pb2 as agents
from ..v1 import figure_service_pb2 as figures
from ..v1 import interaction_service_pb2 as interactions
from . import codec
from .figures import center_figures, queue_rows
from .owner import Finish, Owner, stopping
from .watch import BUFFER_LIMIT, Switchboard, Watcher

log = logging.getLogger("acdcore.rpc")

MAX_QUEUES: Final = 1_000
"""Queues that one request for figures may name, and that one page may hold."""
DEFAULT_PAGE: Final = 100


class Center:
    """What the services of one center share."""

    def __init__(self, name: str, owner: Owner, *, watch_buffer: int = BUFFER_LIMIT) -> None:
        self.name = name
        self.owner = owner
        self.switchboard = Switchboard(watch_buffer)
        self.calls = 0
        """Calls being answered now, streams included."""
        self._closed = False
        self._quiet: asyncio.Event | None = None
        owner.followers.append(self.switchboard)

    def close(self) -> None:
        """Refuse new calls and end the streams; calls under way are answered."""
        self._closed = True
        self.switchboard.end(stopping)

    def enter(self) -> None:
        """A call begins; it has to leave, also when it is refused here."""
        self.calls += 1
        if self._closed:
            raise stopping()

    def leave(self) -> None:
        """A call has been answered."""
        self.calls -= 1
        if self.calls == 0 and self._quiet is not None:
            self._quiet.set()

    async def quiet(self) -> None:
        """Return when no call is being answered. For whoever has seen to it that no new ones come."""
        if self.calls:
            self._quiet = asyncio.Event()
            await self._quiet.wait()

    def check(self, name: str) -> None:
        """Refuse a request that is meant for another center."""
        if name and name != self.name:
            raise NotFound(
                f"center: this server has no center called {name!r}",
                reason=DoorReason.UNKNOWN_CENTER,
                field="center",
                value=name,
                allowed=f"{self.name!r}, or empty",
            )


class InteractionService:
    """The customers' side."""

    def __init__(self, center: Center) -> None:
        self._center = center
        self._owner = center.owner

    async def EnqueueInteraction(  # noqa: N802  the contract's name, as everywhere below
        self, request: interactions.EnqueueInteractionRequest
    ) -> interactions.EnqueueInteractionResponse:
        """Put an interaction into a queue."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)
        since_ns = codec.timestamp_ns(request.since_time, "since_time") if request.HasField("since_time") else None
        name = ""

        def build(core: Core, now_ns: int) -> Command:
            nonlocal name
            command = commands.enqueue(
                core,
                now_ns,
                queue=request.queue,
                interaction_id=request.interaction_id,
                tier=request.tier,
                priority=request.priority if request.HasField("priority") else None,
                since_ns=since_ns,
                request_id=number,
            )
            name = command.name.decode()
            return command

        def finish(core: Core, handle: int, _now_ns: int) -> interactions.EnqueueInteractionResponse:
            found = codec.interaction(core, handle)
            response = interactions.EnqueueInteractionResponse(interaction=found)
            if found is None:  # a repeat after it was forgotten
                response.interaction.interaction_id = name
            return response

        return await self._owner.submit(build, finish)

    async def CancelInteraction(  # noqa: N802
        self, request: interactions.CancelInteractionRequest
    ) -> interactions.CancelInteractionResponse:
        """End an interaction from outside."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)
        cause = codec.cause_in(request.cause, default=Cause.CUSTOMER)
        name = request.interaction_id

        def build(core: Core, now_ns: int) -> Command:
            return commands.cancel(core, now_ns, interaction_id=name, cause=cause, request_id=number)

        def finish(core: Core, _value: int, _now_ns: int) -> interactions.CancelInteractionResponse:
            return interactions.CancelInteractionResponse(interaction=_named_interaction(core, name))

        return await self._owner.submit(build, finish)

    async def CompleteInteraction(  # noqa: N802
        self, request: interactions.CompleteInteractionRequest
    ) -> interactions.CompleteInteractionResponse:
        """End the talk."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)
        cause = codec.cause_in(request.cause, default=Cause.AGENT)
        name = request.interaction_id
        before: InteractionView | None = None

        def build(core: Core, now_ns: int) -> Command:
            nonlocal before
            command = commands.complete(core, now_ns, interaction_id=name, cause=cause, request_id=number)
            before = core.interaction(command.target)
            return command

        def finish(core: Core, handle: int, _now_ns: int) -> interactions.CompleteInteractionResponse:
            return interactions.CompleteInteractionResponse(
                interaction=_named_interaction(core, name), assignment=codec.assignment(core, handle, before)
            )

        return await self._owner.submit(build, finish)

    async def GetInteraction(  # noqa: N802
        self, request: interactions.GetInteractionRequest
    ) -> interactions.GetInteractionResponse:
        """Look at an interaction."""
        self._center.check(request.center)

        def look(core: Core, _now_ns: int) -> interactions.GetInteractionResponse:
            handle = commands.resolved(core, Kind.INTERACTION, request.interaction_id, "interaction_id")
            return interactions.GetInteractionResponse(interaction=codec.interaction(core, handle))

        return await self._owner.read(look)


def _named_interaction(core: Core, name: str) -> Any:
    """Return an interaction by its name, by that alone when the center remembers no ends."""
    return codec.interaction(core, core.find(Kind.INTERACTION, name.encode())) or {"interaction_id": name}


class AgentService:
    """The agents' side."""

    def __init__(self, center: Center) -> None:
        self._center = center
        self._owner = center.owner

    @staticmethod
    def _finish(name: str, response: Callable[..., Any]) -> Finish[Any]:
        """Answer with the agent as he or she stands."""

        def finish(core: Core, _value: int, now_ns: int) -> Any:
            slot = commands.resolved(core, Kind.AGENT, name, "agent")
            return response(agent=codec.agent(core, slot, now_ns))

        return finish

    async def SignIn(self, request: agents.SignInRequest) -> agents.SignInResponse:  # noqa: N802
        """An agent begins to work."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)
        presence = codec.presence_in(request.presence, "presence", default=Presence.AVAILABLE)

        def build(core: Core, now_ns: int) -> Command:
            return commands.sign_in(
                core, now_ns, agent=request.agent, presence=presence, reason=request.reason, request_id=number
            )

        return await self._owner.submit(build, self._finish(request.agent, agents.SignInResponse))

    async def SignOut(self, request: agents.SignOutRequest) -> agents.SignOutResponse:  # noqa: N802
        """An agent goes home."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)

        def build(core: Core, now_ns: int) -> Command:
            return commands.sign_out(core, now_ns, agent=request.agent, force=request.force, request_id=number)

        return await self._owner.submit(build, self._finish(request.agent, agents.SignOutResponse))

    async def SetPresence(self, request: agents.SetPresenceRequest) -> agents.SetPresenceResponse:  # noqa: N802
        """An agent takes a break or comes back."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)
        presence = codec.presence_in(request.presence, "presence")
        after = codec.presence_in(request.next_presence, "next_presence") if request.next_presence else None

        def build(core: Core, now_ns: int) -> Command:
            return commands.set_presence(
                core,
                now_ns,
                agent=request.agent,
                presence=presence,
                reason=request.reason,
                next_presence=after,
                request_id=number,
            )

        return await self._owner.submit(build, self._finish(request.agent, agents.SetPresenceResponse))

    async def Heartbeat(self, request: agents.HeartbeatRequest) -> agents.HeartbeatResponse:  # noqa: N802
        """An agent's client is alive."""
        self._center.check(request.center)

        def build(core: Core, now_ns: int) -> Command | None:
            return renewal(core, now_ns, commands.resolved(core, Kind.AGENT, request.agent, "agent"))

        def finish(core: Core, _value: int, _now_ns: int) -> agents.HeartbeatResponse:
            view = core.agent(commands.resolved(core, Kind.AGENT, request.agent, "agent"))
            if view is None or view.lease_deadline_ns <= 0:
                return agents.HeartbeatResponse()
            return agents.HeartbeatResponse(lease_deadline=codec.timestamp(view.lease_deadline_ns))

        return await self._owner.submit(build, finish)

    async def AcceptOffer(self, request: agents.AcceptOfferRequest) -> agents.AcceptOfferResponse:  # noqa: N802
        """An agent takes the call."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)

        def build(core: Core, now_ns: int) -> Command:
            return commands.accept(core, now_ns, offer_id=request.offer_id, agent=request.agent, request_id=number)

        def finish(core: Core, handle: int, _now_ns: int) -> agents.AcceptOfferResponse:
            return agents.AcceptOfferResponse(assignment=codec.assignment(core, handle))

        return await self._owner.submit(build, finish)

    async def DeclineOffer(self, request: agents.DeclineOfferRequest) -> agents.DeclineOfferResponse:  # noqa: N802
        """An agent does not take the call."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)

        def build(core: Core, now_ns: int) -> Command:
            return commands.decline(core, now_ns, offer_id=request.offer_id, agent=request.agent, request_id=number)

        return await self._owner.submit(build, lambda *_: agents.DeclineOfferResponse())

    async def EndWrapUp(self, request: agents.EndWrapUpRequest) -> agents.EndWrapUpResponse:  # noqa: N802
        """An agent is done early."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)

        def build(core: Core, now_ns: int) -> Command:
            return commands.end_wrap_up(core, now_ns, assignment_id=request.assignment_id, request_id=number)

        return await self._owner.submit(build, lambda *_: agents.EndWrapUpResponse())

    async def GetAgent(self, request: agents.GetAgentRequest) -> agents.GetAgentResponse:  # noqa: N802
        """Look at an agent."""
        self._center.check(request.center)
        finish = self._finish(request.agent, agents.GetAgentResponse)
        return await self._owner.read(lambda core, now_ns: finish(core, 0, now_ns))

    async def WatchOffers(  # noqa: N802
        self, request: agents.WatchOffersRequest, write: Callable[[agents.WatchOffersResponse], Awaitable[None]]
    ) -> None:
        """Send a snapshot, then everything that happens to the agent, until the client goes or is ended."""
        self._center.check(request.center)
        switchboard = self._center.switchboard
        watcher: Watcher | None = None

        def look(core: Core, now_ns: int) -> agents.WatchOffersResponse:
            nonlocal watcher
            slot = commands.resolved(core, Kind.AGENT, request.agent, "agent")
            snapshot = agents.WatchOffersResponse(
                event_seq=core.center().event_seq,
                event_time=codec.timestamp(now_ns),
                snapshot=codec.agent(core, slot, now_ns),
            )
            watcher = switchboard.open(slot)  # from here on nothing is missed and nothing comes twice
            self._keep_lease(watcher, core.setting(Setting.LEASE_NS))
            return snapshot

        try:
            await write(await self._owner.read(look))
            while watcher is not None:
                await write(await watcher.next())
        finally:
            if watcher is not None:
                switchboard.close(watcher)

    def _keep_lease(self, watcher: Watcher, lease_ns: int) -> None:
        """Renew the agent's lease every third of it, for as long as this stream is the agent's."""
        if lease_ns <= 0:
            return
        owner, is_open = self._owner, self._center.switchboard.is_open

        def renew() -> None:
            if is_open(watcher):
                owner.post(lambda core, now_ns: renewal(core, now_ns, watcher.slot))
                owner.clock.call_at(owner.clock.now_ns() + lease_ns // 3, renew)

        renew()


def renewal(core: Core, now_ns: int, slot: int) -> Command | None:
    """Return a renewal of an agent's lease, None when the last one is less than a third of a lease old."""
    view = core.agent(slot)
    if view is None or view.presence == Presence.OFFLINE:
        name = views.name_of(core, Kind.AGENT, slot)
        raise FailedPrecondition(reason=Result.NOT_SIGNED_IN, field="agent", value=name)
    lease_ns = core.setting(Setting.LEASE_NS)
    if lease_ns <= 0 or view.lease_deadline_ns - now_ns > lease_ns - lease_ns // 3:
        return None
    return commands.renew(core, now_ns, agent=view.name.decode())


class FigureService:
    """The watchers' side."""

    def __init__(self, center: Center) -> None:
        self._center = center
        self._owner = center.owner

    async def GetQueueFigures(  # noqa: N802
        self, request: figures.GetQueueFiguresRequest
    ) -> figures.GetQueueFiguresResponse:
        """One queue."""
        self._center.check(request.center)

        def look(core: Core, now_ns: int) -> figures.GetQueueFiguresResponse:
            slot = commands.resolved(core, Kind.QUEUE, request.queue, "queue")
            return figures.GetQueueFiguresResponse(
                figures=queue_rows(core, [slot], now_ns), figure_time=codec.timestamp(now_ns)
            )

        return await self._owner.read(look)

    async def ListQueueFigures(  # noqa: N802
        self, request: figures.ListQueueFiguresRequest
    ) -> figures.ListQueueFiguresResponse:
        """Several queues, page by page."""
        self._center.check(request.center)
        names = list(request.queues)
        if len(names) > MAX_QUEUES:
            raise InvalidArgument(
                reason=Result.INVALID_FIELD,
                field="queues",
                value=f"{len(names)} names",
                allowed=f"at most {MAX_QUEUES}",
            )
        if not 0 <= request.page_size <= MAX_QUEUES:
            raise InvalidArgument(
                reason=Result.INVALID_FIELD, field="page_size", value=request.page_size, allowed=f"0 to {MAX_QUEUES}"
            )
        begin, size = _page_begin(request.page_token), request.page_size or DEFAULT_PAGE

        def look(core: Core, now_ns: int) -> figures.ListQueueFiguresResponse:
            slots: list[int] | range = range(core.center().queues)
            if names:
                slots = [commands.resolved(core, Kind.QUEUE, name, f"queues[{at}]") for at, name in enumerate(names)]
                _no_repeats(names)
            end = begin + size
            return figures.ListQueueFiguresResponse(
                figures=queue_rows(core, slots[begin:end], now_ns),
                figure_time=codec.timestamp(now_ns),
                next_page_token=f"from-{end}" if end < len(slots) else "",
            )

        return await self._owner.read(look)

    async def GetCenterFigures(  # noqa: N802
        self, request: figures.GetCenterFiguresRequest
    ) -> figures.GetCenterFiguresResponse:
        """The center as a whole."""
        self._center.check(request.center)
        center = self._center

        def look(core: Core, now_ns: int) -> figures.GetCenterFiguresResponse:
            return center_figures(core, now_ns, center.name, center.owner, len(center.switchboard))

        return await self._owner.read(look)


def _page_begin(token: str) -> int:
    digits = token.removeprefix("from-")
    if token and not (token != digits and digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise InvalidArgument(
            reason=Result.INVALID_FIELD, field="page_token", value=token, allowed="a next_page_token, or empty"
        )
    return int(digits) if token else 0


def _no_repeats(names: list[str]) -> None:
    seen = set()
    for at, name in enumerate(names):
        if name in seen:
            raise InvalidArgument(
                reason=Result.DUPLICATE_ITEM, field=f"queues[{at}]", value=name, allowed="each name once"
            )
        seen.add(name)


# ---------------------------------------------------------------------- handlers


def services(center: Center) -> dict[ServiceDescriptor, Any]:
    """Return the contract's services and what answers them."""
    answering = (InteractionService(center), AgentService(center), FigureService(center))
    contracts = (interactions.DESCRIPTOR, agents.DESCRIPTOR, figures.DESCRIPTOR)
    return {
        descriptor: service
        for contract, service in zip(contracts, answering, strict=True)
        for descriptor in contract.services_by_name.values()
    }


def handlers(center: Center) -> list[grpc.GenericRpcHandler]:
    """Return what a gRPC server needs to answer every method of the contract."""
    return [
        grpc.method_handlers_generic_handler(
            descriptor.full_name, {method.name: _handler(center, method, service) for method in descriptor.methods}
        )
        for descriptor, service in services(center).items()
    ]


def _handler(center: Center, method: MethodDescriptor, service: Any) -> grpc.RpcMethodHandler:
    answer = getattr(service, method.name)
    request = message_factory.GetMessageClass(method.input_type)
    response = message_factory.GetMessageClass(method.output_type)
    wrap, kind = (
        (_streaming, grpc.unary_stream_rpc_method_handler)
        if method.server_streaming
        else (_unary, grpc.unary_unary_rpc_method_handler)
    )
    return kind(
        wrap(center, answer), request_deserializer=codec.reader(request), response_serializer=response.SerializeToString
    )


def _refusal(error: Exception, name: str) -> AcdError:
    if isinstance(error, AcdError):  # values stay out of the log: they may tell who called
        log.info("%s refused: %s%s", name, error.reason, f" ({error.field})" if error.field else "")
        return error
    log.error("unexpected error in %s", name, exc_info=error)
    return Internal("the server met something it should not have; its log says what", reason=DoorReason.INTERNAL)


def _unary(center: Center, answer: Callable[[Any], Awaitable[Any]]) -> Callable[[Any, Any], Awaitable[Any]]:
    async def handle(request: Any, context: Any) -> Any:
        try:
            center.enter()
            if request.__class__ is codec.Unreadable:
                raise request.error
            return await answer(request)
        except Exception as error:
            refusal = _refusal(error, answer.__name__)
        finally:
            center.leave()
        return await codec.abort(context, refusal)

    return handle


def _streaming(center: Center, answer: Callable[[Any, Any], Awaitable[Any]]) -> Callable[[Any, Any], Awaitable[Any]]:
    async def handle(request: Any, context: Any) -> Any:
        async def only_request(request: Any) -> Any:
            return await answer(request, context.write)

        only_request.__name__ = answer.__name__
        return await _unary(center, only_request)(request, context)

    return handle
