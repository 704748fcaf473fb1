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

class Interaction(_message.Message):
    __slots__ = ("interaction_id", "queue", "tier", "state", "priority", "since_time", "due_time", "misses", "offer_ids", "assignment_id", "agent")
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
    def __init__(self, interaction_id: _Optional[str] = ..., queue: _Optional[str] = ..., tier: _Optional[str] = ..., state: _Optional[_Union[_common_pb2.InteractionState, str]] = ..., priority: _Optional[int] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., misses: _Optional[int] = ..., offer_ids: _Optional[_Iterable[str]] = ..., assignment_id: _Optional[str] = ..., agent: _Optional[str] = ...) -> None: ...

class Offer(_message.Message):
    __slots__ = ("offer_id", "interaction_id", "queue", "tier", "agent", "state", "waited", "deadline", "time_to_answer")
    OFFER_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    WAITED_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_ANSWER_FIELD_NUMBER: _ClassVar[int]
    offer_id: str
    interaction_id: str
    queue: str
    tier: str
    agent: str
    state: _common_pb2.OfferState
    waited: _duration_pb2.Duration
    deadline: _timestamp_pb2.Timestamp
    time_to_answer: _duration_pb2.Duration
    def __init__(self, offer_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., queue: _Optional[str] = ..., tier: _Optional[str] = ..., agent: _Optional[str] = ..., state: _Optional[_Union[_common_pb2.OfferState, str]] = ..., waited: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time_to_answer: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Assignment(_message.Message):
    __slots__ = ("assignment_id", "interaction_id", "queue", "agent", "state", "accept_time", "deadline")
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_TIME_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    assignment_id: str
    interaction_id: str
    queue: str
    agent: str
    state: _common_pb2.AssignmentState
    accept_time: _timestamp_pb2.Timestamp
    deadline: _timestamp_pb2.Timestamp
    def __init__(self, assignment_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., queue: _Optional[str] = ..., agent: _Optional[str] = ..., state: _Optional[_Union[_common_pb2.AssignmentState, str]] = ..., accept_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
