import datetime

from acdcore.v1 import common_pb2 as _common_pb2
from acdcore.v1 import work_pb2 as _work_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EnqueueInteractionRequest(_message.Message):
    __slots__ = ("center", "request_id", "queue", "interaction_id", "tier", "priority", "since_time", "preferred_agent", "direct_agent", "start_time", "requirement", "customer_id")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    PREFERRED_AGENT_FIELD_NUMBER: _ClassVar[int]
    DIRECT_AGENT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    queue: str
    interaction_id: str
    tier: str
    priority: int
    since_time: _timestamp_pb2.Timestamp
    preferred_agent: _work_pb2.PreferredAgent
    direct_agent: str
    start_time: _timestamp_pb2.Timestamp
    requirement: _work_pb2.Requirement
    customer_id: str
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., queue: _Optional[str] = ..., interaction_id: _Optional[str] = ..., tier: _Optional[str] = ..., priority: _Optional[int] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., preferred_agent: _Optional[_Union[_work_pb2.PreferredAgent, _Mapping]] = ..., direct_agent: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., requirement: _Optional[_Union[_work_pb2.Requirement, _Mapping]] = ..., customer_id: _Optional[str] = ...) -> None: ...

class EnqueueInteractionResponse(_message.Message):
    __slots__ = ("interaction",)
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    interaction: _work_pb2.Interaction
    def __init__(self, interaction: _Optional[_Union[_work_pb2.Interaction, _Mapping]] = ...) -> None: ...

class CancelInteractionRequest(_message.Message):
    __slots__ = ("center", "request_id", "interaction_id", "cause")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    interaction_id: str
    cause: _common_pb2.Cause
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., cause: _Optional[_Union[_common_pb2.Cause, str]] = ...) -> None: ...

class CancelInteractionResponse(_message.Message):
    __slots__ = ("interaction",)
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    interaction: _work_pb2.Interaction
    def __init__(self, interaction: _Optional[_Union[_work_pb2.Interaction, _Mapping]] = ...) -> None: ...

class CompleteInteractionRequest(_message.Message):
    __slots__ = ("center", "request_id", "interaction_id", "cause")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    interaction_id: str
    cause: _common_pb2.Cause
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., cause: _Optional[_Union[_common_pb2.Cause, str]] = ...) -> None: ...

class CompleteInteractionResponse(_message.Message):
    __slots__ = ("interaction", "assignment")
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_FIELD_NUMBER: _ClassVar[int]
    interaction: _work_pb2.Interaction
    assignment: _work_pb2.Assignment
    def __init__(self, interaction: _Optional[_Union[_work_pb2.Interaction, _Mapping]] = ..., assignment: _Optional[_Union[_work_pb2.Assignment, _Mapping]] = ...) -> None: ...

class MoveInteractionRequest(_message.Message):
    __slots__ = ("center", "request_id", "interaction_id", "queue", "priority", "preferred_agent", "direct_agent")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    PREFERRED_AGENT_FIELD_NUMBER: _ClassVar[int]
    DIRECT_AGENT_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    interaction_id: str
    queue: str
    priority: int
    preferred_agent: _work_pb2.PreferredAgent
    direct_agent: str
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., queue: _Optional[str] = ..., priority: _Optional[int] = ..., preferred_agent: _Optional[_Union[_work_pb2.PreferredAgent, _Mapping]] = ..., direct_agent: _Optional[str] = ...) -> None: ...

class MoveInteractionResponse(_message.Message):
    __slots__ = ("interaction", "assignment")
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_FIELD_NUMBER: _ClassVar[int]
    interaction: _work_pb2.Interaction
    assignment: _work_pb2.Assignment
    def __init__(self, interaction: _Optional[_Union[_work_pb2.Interaction, _Mapping]] = ..., assignment: _Optional[_Union[_work_pb2.Assignment, _Mapping]] = ...) -> None: ...

class SetInteractionPriorityRequest(_message.Message):
    __slots__ = ("center", "request_id", "interaction_id", "priority")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    interaction_id: str
    priority: int
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., priority: _Optional[int] = ...) -> None: ...

class SetInteractionPriorityResponse(_message.Message):
    __slots__ = ("interaction",)
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    interaction: _work_pb2.Interaction
    def __init__(self, interaction: _Optional[_Union[_work_pb2.Interaction, _Mapping]] = ...) -> None: ...

class HoldInteractionRequest(_message.Message):
    __slots__ = ("center", "request_id", "interaction_id", "hold_for")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    HOLD_FOR_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    interaction_id: str
    hold_for: _duration_pb2.Duration
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., hold_for: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class HoldInteractionResponse(_message.Message):
    __slots__ = ("interaction",)
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    interaction: _work_pb2.Interaction
    def __init__(self, interaction: _Optional[_Union[_work_pb2.Interaction, _Mapping]] = ...) -> None: ...

class ReleaseInteractionRequest(_message.Message):
    __slots__ = ("center", "request_id", "interaction_id")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    interaction_id: str
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., interaction_id: _Optional[str] = ...) -> None: ...

class ReleaseInteractionResponse(_message.Message):
    __slots__ = ("interaction",)
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    interaction: _work_pb2.Interaction
    def __init__(self, interaction: _Optional[_Union[_work_pb2.Interaction, _Mapping]] = ...) -> None: ...

class FailAssignmentRequest(_message.Message):
    __slots__ = ("center", "request_id", "interaction_id", "assignment_id")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_ID_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    interaction_id: str
    assignment_id: str
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., assignment_id: _Optional[str] = ...) -> None: ...

class FailAssignmentResponse(_message.Message):
    __slots__ = ("interaction",)
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    interaction: _work_pb2.Interaction
    def __init__(self, interaction: _Optional[_Union[_work_pb2.Interaction, _Mapping]] = ...) -> None: ...

class GetInteractionRequest(_message.Message):
    __slots__ = ("center", "interaction_id")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    center: str
    interaction_id: str
    def __init__(self, center: _Optional[str] = ..., interaction_id: _Optional[str] = ...) -> None: ...

class GetInteractionResponse(_message.Message):
    __slots__ = ("interaction",)
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    interaction: _work_pb2.Interaction
    def __init__(self, interaction: _Optional[_Union[_work_pb2.Interaction, _Mapping]] = ...) -> None: ...
