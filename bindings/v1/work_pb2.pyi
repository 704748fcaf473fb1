import datetime

from acdcore.v1 import common_pb2 as _common_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SkillLevel(_message.Message):
    __slots__ = ("skill", "level")
    SKILL_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    skill: str
    level: int
    def __init__(self, skill: _Optional[str] = ..., level: _Optional[int] = ...) -> None: ...

class SkillGroup(_message.Message):
    __slots__ = ("any_of",)
    ANY_OF_FIELD_NUMBER: _ClassVar[int]
    any_of: _containers.RepeatedCompositeFieldContainer[SkillLevel]
    def __init__(self, any_of: _Optional[_Iterable[_Union[SkillLevel, _Mapping]]] = ...) -> None: ...

class Requirement(_message.Message):
    __slots__ = ("requires", "any_of", "excludes", "prefers")
    REQUIRES_FIELD_NUMBER: _ClassVar[int]
    ANY_OF_FIELD_NUMBER: _ClassVar[int]
    EXCLUDES_FIELD_NUMBER: _ClassVar[int]
    PREFERS_FIELD_NUMBER: _ClassVar[int]
    requires: _containers.RepeatedCompositeFieldContainer[SkillLevel]
    any_of: _containers.RepeatedCompositeFieldContainer[SkillGroup]
    excludes: _containers.RepeatedCompositeFieldContainer[SkillLevel]
    prefers: _containers.RepeatedCompositeFieldContainer[SkillLevel]
    def __init__(self, requires: _Optional[_Iterable[_Union[SkillLevel, _Mapping]]] = ..., any_of: _Optional[_Iterable[_Union[SkillGroup, _Mapping]]] = ..., excludes: _Optional[_Iterable[_Union[SkillLevel, _Mapping]]] = ..., prefers: _Optional[_Iterable[_Union[SkillLevel, _Mapping]]] = ...) -> None: ...

class PreferredAgent(_message.Message):
    __slots__ = ("agent", "preferred_for")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    PREFERRED_FOR_FIELD_NUMBER: _ClassVar[int]
    agent: str
    preferred_for: _duration_pb2.Duration
    def __init__(self, agent: _Optional[str] = ..., preferred_for: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Interaction(_message.Message):
    __slots__ = ("interaction_id", "queue", "tier", "state", "priority", "since_time", "due_time", "misses", "offer_ids", "assignment_id", "agent", "step", "enter_time", "addressed_agent", "addressed_until_time", "claimed_agent", "until_time")
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    MISSES_FIELD_NUMBER: _ClassVar[int]
    OFFER_IDS_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    ENTER_TIME_FIELD_NUMBER: _ClassVar[int]
    ADDRESSED_AGENT_FIELD_NUMBER: _ClassVar[int]
    ADDRESSED_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_AGENT_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    interaction_id: str
    queue: str
    tier: str
    state: _common_pb2.InteractionState
    priority: int
    since_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    misses: int
    offer_ids: _containers.RepeatedScalarFieldContainer[str]
    assignment_id: str
    agent: str
    step: int
    enter_time: _timestamp_pb2.Timestamp
    addressed_agent: str
    addressed_until_time: _timestamp_pb2.Timestamp
    claimed_agent: str
    until_time: _timestamp_pb2.Timestamp
    def __init__(self, interaction_id: _Optional[str] = ..., queue: _Optional[str] = ..., tier: _Optional[str] = ..., state: _Optional[_Union[_common_pb2.InteractionState, str]] = ..., priority: _Optional[int] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., misses: _Optional[int] = ..., offer_ids: _Optional[_Iterable[str]] = ..., assignment_id: _Optional[str] = ..., agent: _Optional[str] = ..., step: _Optional[int] = ..., enter_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., addressed_agent: _Optional[str] = ..., addressed_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., claimed_agent: _Optional[str] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Offer(_message.Message):
    __slots__ = ("offer_id", "interaction_id", "queue", "tier", "agent", "state", "waited", "deadline", "time_to_answer", "channel")
    OFFER_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    WAITED_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_ANSWER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    offer_id: str
    interaction_id: str
    queue: str
    tier: str
    agent: str
    state: _common_pb2.OfferState
    waited: _duration_pb2.Duration
    deadline: _timestamp_pb2.Timestamp
    time_to_answer: _duration_pb2.Duration
    channel: str
    def __init__(self, offer_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., queue: _Optional[str] = ..., tier: _Optional[str] = ..., agent: _Optional[str] = ..., state: _Optional[_Union[_common_pb2.OfferState, str]] = ..., waited: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time_to_answer: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., channel: _Optional[str] = ...) -> None: ...

class Assignment(_message.Message):
    __slots__ = ("assignment_id", "interaction_id", "queue", "agent", "state", "accept_time", "deadline", "channel")
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_TIME_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    assignment_id: str
    interaction_id: str
    queue: str
    agent: str
    state: _common_pb2.AssignmentState
    accept_time: _timestamp_pb2.Timestamp
    deadline: _timestamp_pb2.Timestamp
    channel: str
    def __init__(self, assignment_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., queue: _Optional[str] = ..., agent: _Optional[str] = ..., state: _Optional[_Union[_common_pb2.AssignmentState, str]] = ..., accept_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., channel: _Optional[str] = ...) -> None: ...
