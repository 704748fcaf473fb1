import datetime

from acdcore.v1 import common_pb2 as _common_pb2
from acdcore.v1 import work_pb2 as _work_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EnqueueInteractionRequest(_message.Message):
    __slots__ = ("center", "request_id", "queue", "interaction_id", "tier", "priority", "since_time")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    queue: str
    interaction_id: str
    tier: str
    priority: int
    since_time: _timestamp_pb2.Timestamp
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., queue: _Optional[str] = ..., interaction_id: _Optional[str] = ..., tier: _Optional[str] = ..., priority: _Optional[int] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

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
