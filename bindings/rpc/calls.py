"""One call to a server: what goes into its request, and how its refusal comes out as an exception."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import grpc
import grpc.aio
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from .. import commands, model
from ..durations import format_duration
from ..errors import Aborted, AcdError, DoorReason, InvalidArgument, Unavailable, shown, wrong_type
from ..lookup import nanoseconds, whole
from ..plans import Requirement, Skills
from ..router.codes import MAX_LEVEL, MIN_LEVEL, SECOND_NS, Cause, Presence, Result
from ..v1 import work_pb2
from ..v1.work_pb2 import PreferredAgent
from . import codec

T = TypeVar("T")
M = TypeVar("M", bound=Message)

_TYPES: Final[dict[int, str]] = {
    FieldDescriptor.TYPE_STRING: "text",
    FieldDescriptor.TYPE_INT32: "a whole number",
    FieldDescriptor.TYPE_INT64: "a whole number",
    FieldDescriptor.TYPE_BOOL: "true or false",
}


_ARGUMENTS: Final = {
    "since_time": "since",
    "start_time": "start",
    "preferred_agent.agent": "agent",
    "preferred_agent.preferred_for": "preferred_for",
    "direct_agent": "agent",
}
"""What fields of the contract are called as arguments of the client, where that differs."""


async def answered(call: Awaitable[T], target: str) -> T:
    """Await a call to a target; its refusal is raised as the AcdError that the server meant."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        refusal = refused(error, target)
    except asyncio.CancelledError:
        refusal = closed_or_cancelled()
    raise refusal


def closed_or_cancelled() -> AcdError:
    """Return the error of a call that was cancelled under our feet; go on being cancelled if that was it."""
    task = asyncio.current_task()
    if task is None or task.cancelling():
        raise asyncio.CancelledError
    return closed()


def closed() -> Aborted:
    """Return the error of a call on a client that this program has closed."""
    return Aborted("this client was closed", reason=DoorReason.CLIENT_CLOSED)


def unreachable(target: str) -> Unavailable:
    return Unavailable(f"{target} cannot be reached: is a server running there?", reason=DoorReason.NOT_SERVING)


def refused(error: grpc.aio.AioRpcError, target: str) -> AcdError:
    trailing = dict(error.trailing_metadata() or ())
    details = trailing.get(codec.DETAILS_KEY)
    if details is None and error.code() == grpc.StatusCode.UNAVAILABLE:  # gRPC's own, a server of ours says more
        refusal = unreachable(target)
        refusal.__cause__ = error
        return refusal
    meant = codec.error_of(error.code(), error.details() or "", details if isinstance(details, bytes) else None)
    meant = meant.called(_ARGUMENTS)
    if request_id := trailing.get(codec.REQUEST_ID_KEY):  # shown below a traceback; the server's log has it, too
        meant.add_note(f"{codec.REQUEST_ID_KEY}: {shown(request_id)}")
    return meant


def request_id_in(given: str | uuid.UUID | None) -> str:
    return str(given if given is not None else uuid.uuid4())


def request_of(kind: type[M], **values: Any) -> M:
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


def seconds(value: timedelta, field: str) -> float:
    """Return a length of time in seconds; anything but a timedelta raises InvalidArgument."""
    if not isinstance(value, timedelta):
        raise wrong_type(field, value, "a datetime.timedelta")
    return value.total_seconds()


def cause_in(cause: Cause | str) -> Any:
    """Return a cause for the wire; which ones are allowed here is the server's to say."""
    return commands.chosen(Cause, cause, "cause", (Cause.AGENT, Cause.CUSTOMER, Cause.SYSTEM), Result.INVALID_FIELD)


def presence_in(presence: Presence | str, field: str = "presence") -> Any:
    """Return a presence for the wire; which ones are allowed there is the server's to say."""
    number = commands.chosen(Presence, presence, field, tuple(Presence), Result.INVALID_PRESENCE)
    return codec.PRESENCES_OUT[Presence(number)]


def timestamp(at: datetime, field: str = "since", reason: Result = Result.INVALID_SINCE) -> Timestamp:
    """Return a time for the wire; anything but a datetime with a time zone raises InvalidArgument."""
    if not isinstance(at, datetime):
        raise wrong_type(field, at, "a datetime.datetime with a time zone")
    try:
        return codec.timestamp(model.moment_ns(at))
    except ValueError as error:
        raise InvalidArgument(
            f"{field}: {error}",
            reason=reason,
            field=field,
            value=at,
            allowed="with a time zone",
        ) from None


def duration(length: timedelta, field: str) -> Duration:
    """Return a length of time for the wire; which lengths are allowed there is the server's to say."""
    if not isinstance(length, timedelta):
        raise wrong_type(field, length, "a datetime.timedelta")
    whole_ns = model.span_ns(length)
    sign = -1 if whole_ns < 0 else 1
    seconds_, nanos = divmod(abs(whole_ns), SECOND_NS)
    return Duration(seconds=sign * seconds_, nanos=sign * nanos)


def addressed(agent: str, preferred_for: timedelta | None, direct: bool) -> dict[str, Any]:
    """Return what a request says of the agent for whom an interaction is, nothing when it is everybody's."""
    if not isinstance(agent, str):
        raise wrong_type("agent", agent, "text")
    if agent and direct and preferred_for is None:
        return {"direct_agent": agent}
    if agent and not direct and preferred_for is not None:
        limit = duration(preferred_for, "preferred_for")
        return {"preferred_agent": PreferredAgent(agent=agent, preferred_for=limit)}
    if agent or direct or preferred_for is not None:
        length = None if preferred_for is None else format_duration(nanoseconds(preferred_for, "preferred_for"))
        raise commands.wrong_address(agent, length)
    return {}


def requirement_out(given: Requirement | Mapping[str, int]) -> work_pb2.Requirement:
    """Return a requirement for the wire; a mapping is what it requires."""
    wanted = Requirement(given) if isinstance(given, Mapping) else given
    if not isinstance(wanted, Requirement):
        raise wrong_type("requirement", given, "a Requirement or a mapping from skill to level")
    return work_pb2.Requirement(
        requires=_levels(wanted.requires, "requirement.requires"),
        any_of=[
            work_pb2.SkillGroup(any_of=_levels(group, f"requirement.any_of[{at}]"))
            for at, group in enumerate(wanted.any_of)
        ],
        excludes=_levels(wanted.excludes, "requirement.excludes"),
        prefers=_levels(wanted.prefers, "requirement.prefers"),
    )


def _levels(skills: Skills, field: str) -> list[work_pb2.SkillLevel]:
    given: object = skills
    if isinstance(given, Mapping):
        pairs = [(skill, whole(level, f"{field}.{skill}")) for skill, level in given.items()]
    elif isinstance(given, Sequence) and not isinstance(given, str | bytes):
        pairs = [(skill, MIN_LEVEL) for skill in given]
    else:
        raise wrong_type(field, given, "a mapping from skill to level or a list of skills")
    for _, level in pairs:
        if level == 0:
            raise InvalidArgument(
                reason=Result.INVALID_LEVEL, field=field, value=level, allowed=f"{MIN_LEVEL} to {MAX_LEVEL}"
            )
    return [request_of(work_pb2.SkillLevel, skill=skill, level=level) for skill, level in pairs]
