"""The agents' side: presence, offers, wrap-up, and the stream of what happens to one agent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from .. import commands, views
from ..commands import Core
from ..errors import FailedPrecondition
from ..router.codes import Kind, Presence, Result, Setting
from ..router.records import Command
from ..v1 import agent_service_pb2 as agents
from . import codec
from .center import Center
from .owner import Finish
from .watch import Watcher


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
        offer = 0

        def build(core: Core, now_ns: int) -> Command:
            nonlocal offer
            command = commands.accept(core, now_ns, offer_id=request.offer_id, agent=request.agent, request_id=number)
            offer = command.target
            return command

        def finish(core: Core, handle: int, _now_ns: int) -> agents.AcceptOfferResponse:
            response = agents.AcceptOfferResponse(assignment=codec.assignment(core, handle))
            accepted = core.offer(offer)
            if not response.assignment.agent and accepted is not None:  # a repeat after it was over
                response.assignment.agent = request.agent
                response.assignment.interaction_id = views.name_of(core, Kind.INTERACTION, accepted.interaction)
            return response

        return await self._owner.submit(build, finish)

    async def DeclineOffer(self, request: agents.DeclineOfferRequest) -> agents.DeclineOfferResponse:  # noqa: N802
        """An agent does not take the call."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)
        retry_after_ns = (
            codec.duration_ns(request.retry_after, "retry_after") if request.HasField("retry_after") else None
        )

        def build(core: Core, now_ns: int) -> Command:
            return commands.decline(
                core,
                now_ns,
                offer_id=request.offer_id,
                agent=request.agent,
                retry_after_ns=retry_after_ns,
                failed=request.failed,
                request_id=number,
            )

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
