"""The customers' side: interactions come in, move, are held and released, leave, and are done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .. import commands
from ..commands import Core
from ..errors import InvalidArgument
from ..router.codes import Cause, Kind, Result
from ..router.records import Command, InteractionView
from ..v1 import interaction_service_pb2 as interactions
from . import codec
from .center import Center

T = TypeVar("T")


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
        start_ns = codec.timestamp_ns(request.start_time, "start_time") if request.HasField("start_time") else None
        address = codec.Address(request)
        wanted = codec.requirement_in(request.requirement) if request.HasField("requirement") else None
        name = ""

        def build(core: Core, now_ns: int) -> Command:
            nonlocal name
            if wanted is not None:
                codec.check_skills(core, request.requirement)
            command = commands.enqueue(
                core,
                now_ns,
                queue=request.queue,
                interaction_id=request.interaction_id,
                tier=request.tier,
                priority=request.priority if request.HasField("priority") else None,
                since_ns=since_ns,
                start_ns=start_ns,
                **address.checked(core),
                requirement=wanted,
                customer_id=request.customer_id,
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
        cause = codec.cause_in(request.cause, default=Cause.CUSTOMER)
        return await self._change(request, interactions.CancelInteractionResponse, commands.cancel, cause=cause)

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
                interaction=named_interaction(core, name), assignment=codec.assignment(core, handle, before)
            )

        return await self._owner.submit(build, finish)

    async def MoveInteraction(  # noqa: N802
        self, request: interactions.MoveInteractionRequest
    ) -> interactions.MoveInteractionResponse:
        """Move an interaction to another queue, or to an agent."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)
        address = codec.Address(request)
        name = request.interaction_id
        before: InteractionView | None = None

        def build(core: Core, now_ns: int) -> Command:
            nonlocal before
            command = commands.move(
                core,
                now_ns,
                interaction_id=name,
                queue=request.queue,
                priority=request.priority if request.HasField("priority") else None,
                **address.checked(core),
                request_id=number,
            )
            before = core.interaction(command.target)
            return command

        def finish(core: Core, left_behind: int, _now_ns: int) -> interactions.MoveInteractionResponse:
            response = interactions.MoveInteractionResponse(interaction=named_interaction(core, name))
            if left_behind:  # by a repeat, too, though the interaction may have gone on
                about = before if before is not None and before.assignment == left_behind else None
                response.assignment.CopyFrom(codec.assignment(core, left_behind, about))
                response.assignment.interaction_id = name
            return response

        return await self._owner.submit(build, finish)

    async def SetInteractionPriority(  # noqa: N802
        self, request: interactions.SetInteractionPriorityRequest
    ) -> interactions.SetInteractionPriorityResponse:
        """Give an interaction another priority."""
        priority = request.priority if request.HasField("priority") else None
        response = interactions.SetInteractionPriorityResponse
        return await self._change(request, response, commands.set_priority, priority=priority)

    async def HoldInteraction(  # noqa: N802
        self, request: interactions.HoldInteractionRequest
    ) -> interactions.HoldInteractionResponse:
        """Take an interaction out of the line for a while."""
        length_ns = codec.duration_ns(request.hold_for, "hold_for")
        return await self._change(request, interactions.HoldInteractionResponse, commands.hold, hold_for_ns=length_ns)

    async def ReleaseInteraction(  # noqa: N802
        self, request: interactions.ReleaseInteractionRequest
    ) -> interactions.ReleaseInteractionResponse:
        """Let an interaction wait again."""
        return await self._change(request, interactions.ReleaseInteractionResponse, commands.release)

    async def FailAssignment(  # noqa: N802
        self, request: interactions.FailAssignmentRequest
    ) -> interactions.FailAssignmentResponse:
        """Say that the media of what an agent accepted could not be set up."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)
        target = request.WhichOneof("target")
        if target is None:
            raise InvalidArgument(
                reason=Result.INVALID_FIELD, field="target", value="nothing", allowed="interaction_id or assignment_id"
            )
        handle = 0

        def build(core: Core, now_ns: int) -> Command:
            nonlocal handle
            if target == "interaction_id":
                command = commands.fail(core, now_ns, interaction_id=request.interaction_id, request_id=number)
                handle = command.target
                return command
            command = commands.fail(core, now_ns, assignment_id=request.assignment_id, request_id=number)
            about = core.assignment(command.target)
            handle = about.interaction if about is not None else 0
            return command

        def finish(core: Core, _value: int, _now_ns: int) -> interactions.FailAssignmentResponse:
            return interactions.FailAssignmentResponse(interaction=codec.interaction(core, handle))

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

    async def _change(
        self, request: Any, response: Callable[..., T], command: Callable[..., Command], **arguments: Any
    ) -> T:
        """Run a command about one interaction and answer with how it stands then."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)
        name = request.interaction_id

        def build(core: Core, now_ns: int) -> Command:
            return command(core, now_ns, interaction_id=name, **arguments, request_id=number)

        def finish(core: Core, _value: int, _now_ns: int) -> T:
            return response(interaction=named_interaction(core, name))

        return await self._owner.submit(build, finish)


def named_interaction(core: Core, name: str) -> Any:
    """Return an interaction by its name, by that alone when the center remembers no ends."""
    return codec.interaction(core, core.find(Kind.INTERACTION, name.encode())) or {"interaction_id": name}
