import datetime

from acdcore.v1 import common_pb2 as _common_pb2
from acdcore.v1 import work_pb2 as _work_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AgentSkill(_message.Message):
    __slots__ = ("skill", "level")
    SKILL_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    skill: str
    level: int
    def __init__(self, skill: _Optional[str] = ..., level: _Optional[int] = ...) -> None: ...

class ChannelUse(_message.Message):
    __slots__ = ("channel", "held", "limit")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    channel: str
    held: int
    limit: int
    def __init__(self, channel: _Optional[str] = ..., held: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class Agent(_message.Message):
    __slots__ = ("agent", "presence", "reason", "next_presence", "state", "units", "offers", "assignments", "occupancy", "occupancy_time", "lease_deadline", "skills", "channels", "claim_interaction_id", "handled")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    PRESENCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NEXT_PRESENCE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    OFFERS_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENTS_FIELD_NUMBER: _ClassVar[int]
    OCCUPANCY_FIELD_NUMBER: _ClassVar[int]
    OCCUPANCY_TIME_FIELD_NUMBER: _ClassVar[int]
    LEASE_DEADLINE_FIELD_NUMBER: _ClassVar[int]
    SKILLS_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    CLAIM_INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    HANDLED_FIELD_NUMBER: _ClassVar[int]
    agent: str
    presence: _common_pb2.Presence
    reason: str
    next_presence: _common_pb2.Presence
    state: _common_pb2.AgentState
    units: int
    offers: _containers.RepeatedCompositeFieldContainer[_work_pb2.Offer]
    assignments: _containers.RepeatedCompositeFieldContainer[_work_pb2.Assignment]
    occupancy: float
    occupancy_time: _timestamp_pb2.Timestamp
    lease_deadline: _timestamp_pb2.Timestamp
    skills: _containers.RepeatedCompositeFieldContainer[AgentSkill]
    channels: _containers.RepeatedCompositeFieldContainer[ChannelUse]
    claim_interaction_id: str
    handled: int
    def __init__(self, agent: _Optional[str] = ..., presence: _Optional[_Union[_common_pb2.Presence, str]] = ..., reason: _Optional[str] = ..., next_presence: _Optional[_Union[_common_pb2.Presence, str]] = ..., state: _Optional[_Union[_common_pb2.AgentState, str]] = ..., units: _Optional[int] = ..., offers: _Optional[_Iterable[_Union[_work_pb2.Offer, _Mapping]]] = ..., assignments: _Optional[_Iterable[_Union[_work_pb2.Assignment, _Mapping]]] = ..., occupancy: _Optional[float] = ..., occupancy_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lease_deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., skills: _Optional[_Iterable[_Union[AgentSkill, _Mapping]]] = ..., channels: _Optional[_Iterable[_Union[ChannelUse, _Mapping]]] = ..., claim_interaction_id: _Optional[str] = ..., handled: _Optional[int] = ...) -> None: ...

class SignInRequest(_message.Message):
    __slots__ = ("center", "request_id", "agent", "presence", "reason")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    PRESENCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    agent: str
    presence: _common_pb2.Presence
    reason: str
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., agent: _Optional[str] = ..., presence: _Optional[_Union[_common_pb2.Presence, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class SignInResponse(_message.Message):
    __slots__ = ("agent",)
    AGENT_FIELD_NUMBER: _ClassVar[int]
    agent: Agent
    def __init__(self, agent: _Optional[_Union[Agent, _Mapping]] = ...) -> None: ...

class SignOutRequest(_message.Message):
    __slots__ = ("center", "request_id", "agent", "force")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    agent: str
    force: bool
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., agent: _Optional[str] = ..., force: _Optional[bool] = ...) -> None: ...

class SignOutResponse(_message.Message):
    __slots__ = ("agent",)
    AGENT_FIELD_NUMBER: _ClassVar[int]
    agent: Agent
    def __init__(self, agent: _Optional[_Union[Agent, _Mapping]] = ...) -> None: ...

class SetPresenceRequest(_message.Message):
    __slots__ = ("center", "request_id", "agent", "presence", "reason", "next_presence")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    PRESENCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NEXT_PRESENCE_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    agent: str
    presence: _common_pb2.Presence
    reason: str
    next_presence: _common_pb2.Presence
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., agent: _Optional[str] = ..., presence: _Optional[_Union[_common_pb2.Presence, str]] = ..., reason: _Optional[str] = ..., next_presence: _Optional[_Union[_common_pb2.Presence, str]] = ...) -> None: ...

class SetPresenceResponse(_message.Message):
    __slots__ = ("agent",)
    AGENT_FIELD_NUMBER: _ClassVar[int]
    agent: Agent
    def __init__(self, agent: _Optional[_Union[Agent, _Mapping]] = ...) -> None: ...

class HeartbeatRequest(_message.Message):
    __slots__ = ("center", "agent")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    center: str
    agent: str
    def __init__(self, center: _Optional[str] = ..., agent: _Optional[str] = ...) -> None: ...

class HeartbeatResponse(_message.Message):
    __slots__ = ("lease_deadline",)
    LEASE_DEADLINE_FIELD_NUMBER: _ClassVar[int]
    lease_deadline: _timestamp_pb2.Timestamp
    def __init__(self, lease_deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AcceptOfferRequest(_message.Message):
    __slots__ = ("center", "request_id", "offer_id", "agent")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    OFFER_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    offer_id: str
    agent: str
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., offer_id: _Optional[str] = ..., agent: _Optional[str] = ...) -> None: ...

class AcceptOfferResponse(_message.Message):
    __slots__ = ("assignment",)
    ASSIGNMENT_FIELD_NUMBER: _ClassVar[int]
    assignment: _work_pb2.Assignment
    def __init__(self, assignment: _Optional[_Union[_work_pb2.Assignment, _Mapping]] = ...) -> None: ...

class DeclineOfferRequest(_message.Message):
    __slots__ = ("center", "request_id", "offer_id", "agent", "retry_after", "failed")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    OFFER_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    offer_id: str
    agent: str
    retry_after: _duration_pb2.Duration
    failed: bool
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., offer_id: _Optional[str] = ..., agent: _Optional[str] = ..., retry_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., failed: _Optional[bool] = ...) -> None: ...

class DeclineOfferResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EndWrapUpRequest(_message.Message):
    __slots__ = ("center", "request_id", "assignment_id")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    assignment_id: str
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., assignment_id: _Optional[str] = ...) -> None: ...

class EndWrapUpResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetAgentRequest(_message.Message):
    __slots__ = ("center", "agent")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    center: str
    agent: str
    def __init__(self, center: _Optional[str] = ..., agent: _Optional[str] = ...) -> None: ...

class GetAgentResponse(_message.Message):
    __slots__ = ("agent",)
    AGENT_FIELD_NUMBER: _ClassVar[int]
    agent: Agent
    def __init__(self, agent: _Optional[_Union[Agent, _Mapping]] = ...) -> None: ...

class WatchOffersRequest(_message.Message):
    __slots__ = ("center", "agent")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    center: str
    agent: str
    def __init__(self, center: _Optional[str] = ..., agent: _Optional[str] = ...) -> None: ...

class WatchOffersResponse(_message.Message):
    __slots__ = ("event_seq", "event_time", "snapshot", "offer_made", "offer_ended", "assignment_started", "wrap_up_started", "assignment_ended", "presence_changed", "offer_extended")
    EVENT_SEQ_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    OFFER_MADE_FIELD_NUMBER: _ClassVar[int]
    OFFER_ENDED_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_STARTED_FIELD_NUMBER: _ClassVar[int]
    WRAP_UP_STARTED_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_ENDED_FIELD_NUMBER: _ClassVar[int]
    PRESENCE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    OFFER_EXTENDED_FIELD_NUMBER: _ClassVar[int]
    event_seq: int
    event_time: _timestamp_pb2.Timestamp
    snapshot: Agent
    offer_made: _work_pb2.Offer
    offer_ended: OfferEnded
    assignment_started: _work_pb2.Assignment
    wrap_up_started: _work_pb2.Assignment
    assignment_ended: AssignmentEnded
    presence_changed: PresenceChanged
    offer_extended: _work_pb2.Offer
    def __init__(self, event_seq: _Optional[int] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., snapshot: _Optional[_Union[Agent, _Mapping]] = ..., offer_made: _Optional[_Union[_work_pb2.Offer, _Mapping]] = ..., offer_ended: _Optional[_Union[OfferEnded, _Mapping]] = ..., assignment_started: _Optional[_Union[_work_pb2.Assignment, _Mapping]] = ..., wrap_up_started: _Optional[_Union[_work_pb2.Assignment, _Mapping]] = ..., assignment_ended: _Optional[_Union[AssignmentEnded, _Mapping]] = ..., presence_changed: _Optional[_Union[PresenceChanged, _Mapping]] = ..., offer_extended: _Optional[_Union[_work_pb2.Offer, _Mapping]] = ...) -> None: ...

class OfferEnded(_message.Message):
    __slots__ = ("offer_id", "interaction_id", "state", "cause")
    OFFER_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    offer_id: str
    interaction_id: str
    state: _common_pb2.OfferState
    cause: _common_pb2.Cause
    def __init__(self, offer_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., state: _Optional[_Union[_common_pb2.OfferState, str]] = ..., cause: _Optional[_Union[_common_pb2.Cause, str]] = ...) -> None: ...

class AssignmentEnded(_message.Message):
    __slots__ = ("assignment_id", "interaction_id", "cause")
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    assignment_id: str
    interaction_id: str
    cause: _common_pb2.Cause
    def __init__(self, assignment_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., cause: _Optional[_Union[_common_pb2.Cause, str]] = ...) -> None: ...

class PresenceChanged(_message.Message):
    __slots__ = ("presence", "reason", "cause")
    PRESENCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    presence: _common_pb2.Presence
    reason: str
    cause: _common_pb2.Cause
    def __init__(self, presence: _Optional[_Union[_common_pb2.Presence, str]] = ..., reason: _Optional[str] = ..., cause: _Optional[_Union[_common_pb2.Cause, str]] = ...) -> None: ...
