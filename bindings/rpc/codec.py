"""Between the wire and the router's words: requests in, messages out, refusals as statuses.

Messages are filled straight from the router's views: this is the part of a request that costs most.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.unknown_fields import UnknownFieldSet
from google.rpc import error_details_pb2, status_pb2

from .. import errors
from ..commands import Core, handle_id
from ..errors import AcdError, DoorReason, InvalidArgument, ResourceExhausted
from ..router.codes import (
    SECOND_NS,
    AgentState,
    AssignmentState,
    Cause,
    InteractionState,
    Kind,
    OfferState,
    Presence,
    Result,
)
from ..router.records import InteractionView
from ..v1 import agent_service_pb2, common_pb2, work_pb2
from ..views import OCCUPANCY_ONE, name_of, reason_of

DOMAIN: Final = "acdcore"
MAX_MESSAGE_BYTES: Final = 1 << 20
"""gRPC itself refuses messages beyond this before reading them."""
MAX_REQUEST_BYTES: Final = 64 << 10
"""No request needs more; larger ones are refused before they are parsed."""
DETAILS_KEY: Final = "grpc-status-details-bin"

M = TypeVar("M", bound=Message)

# ---------------------------------------------------------------------- refusals

STATUSES: Final[dict[type[AcdError], grpc.StatusCode]] = {
    errors.InvalidArgument: grpc.StatusCode.INVALID_ARGUMENT,
    errors.NotFound: grpc.StatusCode.NOT_FOUND,
    errors.AlreadyExists: grpc.StatusCode.ALREADY_EXISTS,
    errors.FailedPrecondition: grpc.StatusCode.FAILED_PRECONDITION,
    errors.ResourceExhausted: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.Aborted: grpc.StatusCode.ABORTED,
    errors.Unavailable: grpc.StatusCode.UNAVAILABLE,
    errors.DeadlineExceeded: grpc.StatusCode.DEADLINE_EXCEEDED,
    errors.Unimplemented: grpc.StatusCode.UNIMPLEMENTED,
    errors.Internal: grpc.StatusCode.INTERNAL,
}
"""The one table between exceptions and gRPC statuses, read in both directions."""
_EXCEPTIONS: Final = {status: kind for kind, status in STATUSES.items()}
_DOOR_REASONS: Final = {
    errors.Unavailable: DoorReason.NOT_SERVING,
    errors.DeadlineExceeded: DoorReason.DEADLINE_EXCEEDED,
    errors.Unimplemented: DoorReason.UNSUPPORTED,
    errors.ResourceExhausted: DoorReason.MESSAGE_TOO_LARGE,
}
RETRY_AFTER: Final = Duration(nanos=100_000_000)


def status_of(error: AcdError) -> status_pb2.Status:
    """Return the google.rpc.Status of a refusal, with all that a program needs in its details."""
    details: list[Message] = [
        error_details_pb2.ErrorInfo(
            reason=error.reason,
            domain=DOMAIN,
            metadata={
                key: text
                for key, text in (("field", error.field), ("value", error.value), ("allowed", error.allowed))
                if text
            },
        )
    ]
    if error.field:
        violation = error_details_pb2.BadRequest.FieldViolation(field=error.field, description=error.message)
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    if isinstance(error, errors.Unavailable):
        details.append(error_details_pb2.RetryInfo(retry_delay=RETRY_AFTER))
    status = status_pb2.Status(code=STATUSES[type(error)].value[0], message=error.message)
    for detail in details:
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    return status


async def abort(context: Any, error: AcdError) -> None:
    """End a call with a refusal."""
    trailing = ((DETAILS_KEY, status_of(error).SerializeToString()),)
    await context.abort(STATUSES[type(error)], error.message, trailing)


def error_of(code: grpc.StatusCode, message: str, details: bytes | None) -> AcdError:
    """Return the exception that the other side raised, from what came over the wire."""
    kind = _EXCEPTIONS.get(code, AcdError)
    info = error_details_pb2.ErrorInfo()
    if details:
        try:
            for packed in status_pb2.Status.FromString(details).details:
                if packed.Is(info.DESCRIPTOR):
                    packed.Unpack(info)
        except DecodeError:  # a proxy's own idea of details
            info.Clear()
    reason = info.reason or _DOOR_REASONS.get(kind, code.name)
    known = info.metadata
    return kind(
        message or reason.lower(),
        reason=str(reason),
        field=known.get("field", ""),
        value=known.get("value", ""),
        allowed=known.get("allowed", ""),
    )


# ---------------------------------------------------------------------- requests


class Unreadable:
    """Stands for a request that could not be read; carries the refusal to where it can be sent."""

    __slots__ = ("error",)

    def __init__(self, error: AcdError) -> None:
        self.error = error


def reader(kind: type[M]) -> Callable[[bytes], M | Unreadable]:
    """Return a function that reads one kind of request and never raises."""
    parse = kind.FromString

    def read(data: bytes) -> M | Unreadable:
        if len(data) > MAX_REQUEST_BYTES:
            return Unreadable(
                ResourceExhausted(
                    f"the request has {len(data)} bytes (allowed: at most {MAX_REQUEST_BYTES})",
                    reason=DoorReason.MESSAGE_TOO_LARGE,
                    value=f"{len(data)} bytes",
                    allowed=f"at most {MAX_REQUEST_BYTES} bytes",
                )
            )
        try:
            return parse(data)
        except DecodeError:
            return Unreadable(_why_unreadable(kind, data))

    return read


def _why_unreadable(kind: type[Message], data: bytes) -> AcdError:
    field = _not_utf8(kind.DESCRIPTOR, data)
    if field:
        return InvalidArgument(
            f"{field} is not UTF-8", reason=Result.INVALID_NAME, field=field, allowed="text in UTF-8"
        )
    name = kind.DESCRIPTOR.full_name
    return InvalidArgument(f"the bytes are no {name}", reason=Result.MALFORMED, allowed=f"a serialized {name}")


def _not_utf8(descriptor: Any, data: bytes) -> str:
    """Return the path of the first text field that is not UTF-8, empty when the fault is another."""
    raw = Empty()
    try:
        raw.ParseFromString(data)
    except DecodeError:
        return ""
    for part in UnknownFieldSet(raw):  # type: ignore[attr-defined]  # the stubs lack it
        field = descriptor.fields_by_number.get(part.field_number)
        if field is None or not isinstance(part.data, bytes):
            continue
        if field.type == FieldDescriptor.TYPE_STRING:
            try:
                part.data.decode()
            except UnicodeDecodeError:
                return str(field.name)
        elif field.type == FieldDescriptor.TYPE_MESSAGE and (inner := _not_utf8(field.message_type, part.data)):
            return f"{field.name}.{inner}"
    return ""


def timestamp_ns(value: Timestamp, field: str) -> int:
    """Return a Timestamp in nanoseconds since 1970, or raise InvalidArgument with the path."""
    if not 0 <= value.nanos < SECOND_NS:
        raise InvalidArgument(
            reason=Result.INVALID_FIELD, field=f"{field}.nanos", value=value.nanos, allowed="0 to 999999999"
        )
    return value.seconds * SECOND_NS + value.nanos


def presence_in(value: int, field: str, *, default: Presence | None = None) -> int:
    """Return the router's presence for one on the wire; unset takes the default, or is refused."""
    if value == common_pb2.PRESENCE_UNSPECIFIED and default is not None:
        return default
    presence = PRESENCES_IN.get(value)
    if presence is None:
        raise InvalidArgument(
            reason=Result.INVALID_PRESENCE, field=field, value=value, allowed=", ".join(common_pb2.Presence.keys()[1:])
        )
    return presence


def cause_in(value: int, *, default: Cause) -> int:
    """Return the router's cause for one on the wire; unset takes the default. Which are allowed is decided later."""
    return value if value != common_pb2.CAUSE_UNSPECIFIED else default


# ---------------------------------------------------------------------- messages

PRESENCES_OUT: Final = {
    Presence.OFFLINE: common_pb2.PRESENCE_OFFLINE,
    Presence.AVAILABLE: common_pb2.PRESENCE_AVAILABLE,
    Presence.NOT_READY: common_pb2.PRESENCE_NOT_READY,
    Presence.DRAINING: common_pb2.PRESENCE_DRAINING,
}
PRESENCES_IN: Final[dict[int, Presence]] = {wire: presence for presence, wire in PRESENCES_OUT.items()}
AGENT_STATES_OUT: Final = {
    AgentState.IDLE: common_pb2.AGENT_STATE_IDLE,
    AgentState.OFFERED: common_pb2.AGENT_STATE_OFFERED,
    AgentState.WRAP_UP: common_pb2.AGENT_STATE_WRAP_UP,
    AgentState.BUSY: common_pb2.AGENT_STATE_BUSY,
}
AGENT_STATES_IN: Final[dict[int, AgentState]] = {wire: state for state, wire in AGENT_STATES_OUT.items()}
SAME_ON_THE_WIRE: Final = {
    InteractionState: common_pb2.InteractionState,
    OfferState: common_pb2.OfferState,
    AssignmentState: common_pb2.AssignmentState,
    Cause: common_pb2.Cause,
}
"""Enumerations whose numbers are the same inside and on the wire; a test compares them by name."""


def timestamp(at_ns: int) -> Timestamp:
    """Return a time as a message."""
    seconds, nanos = divmod(at_ns, SECOND_NS)
    return Timestamp(seconds=seconds, nanos=nanos)


def duration(length_ns: int) -> Duration:
    """Return a length of time, 0 or more, as a message."""
    seconds, nanos = divmod(length_ns, SECOND_NS)
    return Duration(seconds=seconds, nanos=nanos)


def interaction(core: Core, handle: int) -> work_pb2.Interaction | None:
    """Return an interaction as a message, None when it is not remembered."""
    view = core.interaction(handle)
    if view is None:
        return None
    return work_pb2.Interaction(
        interaction_id=view.name.decode(),
        queue=core.name(Kind.QUEUE, view.queue).decode(),
        tier=core.name(Kind.TIER, view.tier).decode(),
        state=view.state,  # type: ignore[arg-type]  # the same numbers
        priority=view.priority,
        since_time=timestamp(view.since_ns),
        due_time=timestamp(view.due_ns),
        misses=view.misses,
        offer_ids=[handle_id("o", offer) for offer in view.offers],
        assignment_id=handle_id("a", view.assignment) if view.assignment else "",
        agent=core.name(Kind.AGENT, view.agent).decode() if view.agent >= 0 else "",
    )


def offer(core: Core, handle: int, now_ns: int) -> work_pb2.Offer | None:
    """Return an offer as a message as of a time, None when it is not remembered."""
    view = core.offer(handle)
    about = core.interaction(view.interaction) if view is not None else None
    if view is None or about is None:
        return None
    return work_pb2.Offer(
        offer_id=handle_id("o", handle),
        interaction_id=about.name.decode(),
        queue=core.name(Kind.QUEUE, about.queue).decode(),
        tier=core.name(Kind.TIER, about.tier).decode(),
        agent=core.name(Kind.AGENT, view.agent).decode(),
        state=view.state,  # type: ignore[arg-type]
        waited=duration(max(0, now_ns - about.since_ns)),
        deadline=timestamp(view.deadline_ns),
        time_to_answer=duration(max(0, view.deadline_ns - now_ns) if view.state == OfferState.PENDING else 0),
    )


def assignment(core: Core, handle: int, about: InteractionView | None = None) -> work_pb2.Assignment:
    """Return an assignment as a message; when the router has let go of it, ENDED with what ``about`` still tells."""
    view = core.assignment(handle)
    if view is None:
        ended = work_pb2.Assignment(assignment_id=handle_id("a", handle), state=common_pb2.ASSIGNMENT_STATE_ENDED)
        if about is not None:
            ended.interaction_id = about.name.decode()
            ended.queue = name_of(core, Kind.QUEUE, about.queue)
            ended.agent = name_of(core, Kind.AGENT, about.agent) if about.agent >= 0 else ""
        return ended
    return work_pb2.Assignment(
        assignment_id=handle_id("a", handle),
        interaction_id=name_of(core, Kind.INTERACTION, view.interaction),
        queue=core.name(Kind.QUEUE, view.queue).decode(),
        agent=core.name(Kind.AGENT, view.agent).decode(),
        state=view.state,  # type: ignore[arg-type]
        accept_time=timestamp(view.accepted_ns),
        deadline=timestamp(view.deadline_ns),
    )


def agent(core: Core, slot: int, now_ns: int) -> agent_service_pb2.Agent:
    """Return an agent as a message as of a time. The slot must exist."""
    view = core.agent(slot)
    if view is None:
        raise LookupError(f"no agent has slot {slot}")
    message = agent_service_pb2.Agent(
        agent=view.name.decode(),
        presence=PRESENCES_OUT[Presence(view.presence)],
        reason=reason_of(core, view.reason),
        state=AGENT_STATES_OUT[AgentState(view.state)],
        units=view.units,
        assignments=[assignment(core, handle) for handle in view.assignments],
        occupancy=view.occupancy / OCCUPANCY_ONE,
        skills=[
            agent_service_pb2.AgentSkill(skill=name_of(core, Kind.SKILL, skill), level=level)
            for skill, level in view.skills
        ],
    )
    for handle in view.offers:
        ringing = offer(core, handle, now_ns)
        if ringing is not None:
            message.offers.append(ringing)
    if view.presence == Presence.DRAINING:
        message.next_presence = PRESENCES_OUT[Presence(view.next_presence)]
    if view.occupancy_ns > 0:
        message.occupancy_time.CopyFrom(timestamp(view.occupancy_ns))
    if view.lease_deadline_ns > 0:
        message.lease_deadline.CopyFrom(timestamp(view.lease_deadline_ns))
    return message
