"""Between the wire and the router's words: requests in, messages out, refusals as statuses.

Messages are filled straight from the router's views: this is the part of a request that costs most.
"""

from __future__ import annotations

from collections.abc import Callable, Sized
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

from .. import errors, lookup
from ..commands import Core, handle_id
from ..errors import AcdError, DoorReason, InvalidArgument, ResourceExhausted
from ..plans import Requirement
from ..router.codes import (
    MAX_LEVEL,
    MIN_LEVEL,
    SECOND_NS,
    SETTING_RULES,
    AgentState,
    AssignmentState,
    Cause,
    InteractionState,
    Kind,
    OfferState,
    OnExpiry,
    Overflow,
    Presence,
    Result,
    Setting,
    Strategy,
)
from ..router.records import InteractionView
from ..v1 import agent_service_pb2, common_pb2, queue_service_pb2, work_pb2
from ..views import OCCUPANCY_ONE, channel_name, name_of, reason_of

DOMAIN: Final = "acdcore"
MAX_MESSAGE_BYTES: Final = 1 << 20
"""gRPC itself refuses messages beyond this before reading them."""
MAX_REQUEST_BYTES: Final = 64 << 10
"""No request needs more; larger ones are refused before they are parsed."""
DETAILS_KEY: Final = "grpc-status-details-bin"
REQUEST_ID_KEY: Final = "x-request-id"
"""Metadata in which callers may name a call, and in whose trailing form every answer names it."""

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


async def abort(context: Any, error: AcdError, trailing: tuple[tuple[str, str], ...] = ()) -> None:
    """End a call with a refusal, and with whatever else is to come behind it."""
    details = (DETAILS_KEY, status_of(error).SerializeToString())
    await context.abort(STATUSES[type(error)], error.message, (details, *trailing))


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


def duration_ns(value: Duration, field: str) -> int:
    """Return a Duration in nanoseconds that may begin something, or raise InvalidArgument with the path."""
    most = SECOND_NS - 1
    mixed = (value.seconds > 0 and value.nanos < 0) or (value.seconds < 0 and value.nanos > 0)
    if mixed or not -most <= value.nanos <= most:
        raise InvalidArgument(
            reason=Result.INVALID_FIELD,
            field=f"{field}.nanos",
            value=value.nanos,
            allowed=f"{-most} to {most}, with the sign of the seconds",
        )
    return lookup.duration(value.seconds * SECOND_NS + value.nanos, field)


class Address:
    """Whose an interaction is to be, as a request says it."""

    __slots__ = ("_agent", "_field", "_preferred_for_ns")

    def __init__(self, request: Any) -> None:
        """Read the request's oneof; raise InvalidArgument when it cannot be right."""
        self._field, self._agent, self._preferred_for_ns = "", "", None
        addressee = request.WhichOneof("addressee")
        if addressee == "direct_agent":
            self._field, self._agent = "direct_agent", request.direct_agent
        elif addressee == "preferred_agent":
            preferred = request.preferred_agent
            self._field, self._agent = "preferred_agent.agent", preferred.agent
            self._preferred_for_ns = duration_ns(preferred.preferred_for, "preferred_agent.preferred_for")

    def checked(self, core: Core) -> dict[str, Any]:
        """Return what the builders take, or raise NotFound or InvalidArgument with the path of the agent."""
        if not self._field:
            return {}
        lookup.resolved(core, Kind.AGENT, self._agent, self._field)
        direct = self._preferred_for_ns is None
        return {"agent": self._agent, "preferred_for_ns": self._preferred_for_ns, "direct": direct}


MOST_SKILLS: Final = SETTING_RULES[Setting.MAX_SKILLS_PER_REQUIREMENT].greatest
"""Skills that a requirement may name in any center; how many in this one is the router's to say."""


def _parts(message: work_pb2.Requirement) -> list[tuple[str, Any]]:
    """Return the lists of skills in a requirement, each with its path."""
    return [
        ("requirement.requires", message.requires),
        *((f"requirement.any_of[{at}].any_of", group.any_of) for at, group in enumerate(message.any_of)),
        ("requirement.excludes", message.excludes),
        ("requirement.prefers", message.prefers),
    ]


def requirement_in(message: work_pb2.Requirement) -> Requirement:
    """Return a requirement as the builders take it, or raise InvalidArgument with the path."""
    lists: tuple[Sized, ...] = (message.requires, message.any_of, message.excludes, message.prefers)
    count = sum(map(len, lists))  # before anything that looks at every one of them
    if count <= MOST_SKILLS:
        count += sum(len(group.any_of) - 1 for group in message.any_of if group.any_of)
    if count > MOST_SKILLS:
        raise InvalidArgument(
            reason=Result.INVALID_FIELD,
            field="requirement",
            value=f"{count} skills",
            allowed=f"at most {MOST_SKILLS} skills",
        )
    requires, *any_of, excludes, prefers = (_levels(skills, path) for path, skills in _parts(message))
    for at, group in enumerate(any_of):
        if not group:
            raise InvalidArgument(
                reason=Result.INVALID_FIELD,
                field=f"requirement.any_of[{at}].any_of",
                value="nothing",
                allowed="at least one skill: nobody has one of none",
            )
    return Requirement(requires, any_of, excludes, prefers)


def _levels(skills: Any, path: str) -> dict[str, int]:
    """Return skill -> level of a list of skills."""
    levels: dict[str, int] = {}
    for at, one in enumerate(skills):
        level = one.level or MIN_LEVEL
        where = f"{path}[{at}]"
        if not MIN_LEVEL <= level <= MAX_LEVEL:
            raise InvalidArgument(
                reason=Result.INVALID_LEVEL,
                field=f"{where}.level",
                value=level,
                allowed=f"{MIN_LEVEL} to {MAX_LEVEL}, or 0 for {MIN_LEVEL}",
            )
        if one.skill in levels:
            raise InvalidArgument(
                reason=Result.DUPLICATE_ITEM, field=f"{where}.skill", value=one.skill, allowed="each skill once"
            )
        levels[one.skill] = level
    return levels


def check_skills(core: Core, message: work_pb2.Requirement) -> None:
    """Raise NotFound or InvalidArgument with its path for the first skill that the router does not know."""
    for path, skills in _parts(message):
        for at, one in enumerate(skills):
            lookup.resolved(core, Kind.SKILL, one.skill, f"{path}[{at}].skill")


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
    Strategy: queue_service_pb2.Strategy,
    Overflow: queue_service_pb2.Overflow,
    OnExpiry: queue_service_pb2.OnExpiry,
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
    message = work_pb2.Interaction(
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
        step=view.step,
    )
    if view.state != InteractionState.SCHEDULED:
        message.enter_time.CopyFrom(timestamp(view.entered_ns))
    if view.addressed >= 0:
        message.addressed_agent = core.name(Kind.AGENT, view.addressed).decode()
        if view.addressed_until_ns >= 0:
            message.addressed_until_time.CopyFrom(timestamp(view.addressed_until_ns))
    if view.claim >= 0:
        message.claimed_agent = core.name(Kind.AGENT, view.claim).decode()
    if view.state in _TIMED_STATES and view.clock_ns >= 0:
        message.until_time.CopyFrom(timestamp(view.clock_ns))
    return message


_TIMED_STATES: Final = (InteractionState.HELD, InteractionState.SCHEDULED)


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
        channel=channel_name(core, about.queue),
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
            ended.channel = channel_name(core, about.queue)
        return ended
    return work_pb2.Assignment(
        assignment_id=handle_id("a", handle),
        interaction_id=name_of(core, Kind.INTERACTION, view.interaction),
        queue=core.name(Kind.QUEUE, view.queue).decode(),
        agent=core.name(Kind.AGENT, view.agent).decode(),
        state=view.state,  # type: ignore[arg-type]
        accept_time=timestamp(view.accepted_ns),
        deadline=timestamp(view.deadline_ns),
        channel=channel_name(core, view.queue),
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
        channels=[
            agent_service_pb2.ChannelUse(channel=name_of(core, Kind.CHANNEL, channel), held=held, limit=limit)
            for channel, (held, limit) in enumerate(zip(view.held, view.limits, strict=True))
        ],
        claim_interaction_id=name_of(core, Kind.INTERACTION, view.claim) if view.claim else "",
        handled=view.handled,
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
