import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OfferFigures(_message.Message):
    __slots__ = ("made", "accepted", "declined", "expired", "revoked", "failed")
    MADE_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    DECLINED_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_FIELD_NUMBER: _ClassVar[int]
    REVOKED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    made: int
    accepted: int
    declined: int
    expired: int
    revoked: int
    failed: int
    def __init__(self, made: _Optional[int] = ..., accepted: _Optional[int] = ..., declined: _Optional[int] = ..., expired: _Optional[int] = ..., revoked: _Optional[int] = ..., failed: _Optional[int] = ...) -> None: ...

class HistogramBin(_message.Message):
    __slots__ = ("upper_edge", "count")
    UPPER_EDGE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    upper_edge: _duration_pb2.Duration
    count: int
    def __init__(self, upper_edge: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., count: _Optional[int] = ...) -> None: ...

class QueueFigures(_message.Message):
    __slots__ = ("queue", "tier", "target", "enqueued", "answered", "answered_in_target", "abandoned", "abandoned_in_target", "completed", "returned", "offers", "wait_sum", "wait_histogram", "handle_sum", "wrap_up_sum", "waiting", "offered", "active", "longest_wait", "service_level", "service_level_all", "average_speed_of_answer", "average_handle_time", "moved", "moved_in", "held", "expired", "rejected", "held_now", "scheduled")
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    ENQUEUED_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_IN_TARGET_FIELD_NUMBER: _ClassVar[int]
    ABANDONED_FIELD_NUMBER: _ClassVar[int]
    ABANDONED_IN_TARGET_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FIELD_NUMBER: _ClassVar[int]
    OFFERS_FIELD_NUMBER: _ClassVar[int]
    WAIT_SUM_FIELD_NUMBER: _ClassVar[int]
    WAIT_HISTOGRAM_FIELD_NUMBER: _ClassVar[int]
    HANDLE_SUM_FIELD_NUMBER: _ClassVar[int]
    WRAP_UP_SUM_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    OFFERED_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    LONGEST_WAIT_FIELD_NUMBER: _ClassVar[int]
    SERVICE_LEVEL_FIELD_NUMBER: _ClassVar[int]
    SERVICE_LEVEL_ALL_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_SPEED_OF_ANSWER_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_HANDLE_TIME_FIELD_NUMBER: _ClassVar[int]
    MOVED_FIELD_NUMBER: _ClassVar[int]
    MOVED_IN_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    HELD_NOW_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_FIELD_NUMBER: _ClassVar[int]
    queue: str
    tier: str
    target: _duration_pb2.Duration
    enqueued: int
    answered: int
    answered_in_target: int
    abandoned: int
    abandoned_in_target: int
    completed: int
    returned: int
    offers: OfferFigures
    wait_sum: _duration_pb2.Duration
    wait_histogram: _containers.RepeatedCompositeFieldContainer[HistogramBin]
    handle_sum: _duration_pb2.Duration
    wrap_up_sum: _duration_pb2.Duration
    waiting: int
    offered: int
    active: int
    longest_wait: _duration_pb2.Duration
    service_level: float
    service_level_all: float
    average_speed_of_answer: _duration_pb2.Duration
    average_handle_time: _duration_pb2.Duration
    moved: int
    moved_in: int
    held: int
    expired: int
    rejected: int
    held_now: int
    scheduled: int
    def __init__(self, queue: _Optional[str] = ..., tier: _Optional[str] = ..., target: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., enqueued: _Optional[int] = ..., answered: _Optional[int] = ..., answered_in_target: _Optional[int] = ..., abandoned: _Optional[int] = ..., abandoned_in_target: _Optional[int] = ..., completed: _Optional[int] = ..., returned: _Optional[int] = ..., offers: _Optional[_Union[OfferFigures, _Mapping]] = ..., wait_sum: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., wait_histogram: _Optional[_Iterable[_Union[HistogramBin, _Mapping]]] = ..., handle_sum: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., wrap_up_sum: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., waiting: _Optional[int] = ..., offered: _Optional[int] = ..., active: _Optional[int] = ..., longest_wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., service_level: _Optional[float] = ..., service_level_all: _Optional[float] = ..., average_speed_of_answer: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., average_handle_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., moved: _Optional[int] = ..., moved_in: _Optional[int] = ..., held: _Optional[int] = ..., expired: _Optional[int] = ..., rejected: _Optional[int] = ..., held_now: _Optional[int] = ..., scheduled: _Optional[int] = ...) -> None: ...

class GetQueueFiguresRequest(_message.Message):
    __slots__ = ("center", "queue")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    center: str
    queue: str
    def __init__(self, center: _Optional[str] = ..., queue: _Optional[str] = ...) -> None: ...

class GetQueueFiguresResponse(_message.Message):
    __slots__ = ("figures", "figure_time")
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    FIGURE_TIME_FIELD_NUMBER: _ClassVar[int]
    figures: _containers.RepeatedCompositeFieldContainer[QueueFigures]
    figure_time: _timestamp_pb2.Timestamp
    def __init__(self, figures: _Optional[_Iterable[_Union[QueueFigures, _Mapping]]] = ..., figure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListQueueFiguresRequest(_message.Message):
    __slots__ = ("center", "queues", "page_size", "page_token")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    QUEUES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    center: str
    queues: _containers.RepeatedScalarFieldContainer[str]
    page_size: int
    page_token: str
    def __init__(self, center: _Optional[str] = ..., queues: _Optional[_Iterable[str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListQueueFiguresResponse(_message.Message):
    __slots__ = ("figures", "figure_time", "next_page_token")
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    FIGURE_TIME_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    figures: _containers.RepeatedCompositeFieldContainer[QueueFigures]
    figure_time: _timestamp_pb2.Timestamp
    next_page_token: str
    def __init__(self, figures: _Optional[_Iterable[_Union[QueueFigures, _Mapping]]] = ..., figure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class LatencyFigures(_message.Message):
    __slots__ = ("count", "p50", "p99", "p999", "longest", "sum")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    P50_FIELD_NUMBER: _ClassVar[int]
    P99_FIELD_NUMBER: _ClassVar[int]
    P999_FIELD_NUMBER: _ClassVar[int]
    LONGEST_FIELD_NUMBER: _ClassVar[int]
    SUM_FIELD_NUMBER: _ClassVar[int]
    count: int
    p50: _duration_pb2.Duration
    p99: _duration_pb2.Duration
    p999: _duration_pb2.Duration
    longest: _duration_pb2.Duration
    sum: _duration_pb2.Duration
    def __init__(self, count: _Optional[int] = ..., p50: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., p99: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., p999: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., longest: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., sum: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class AgentFigures(_message.Message):
    __slots__ = ("offline", "available", "offered", "busy", "wrap_up", "not_ready")
    OFFLINE_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    OFFERED_FIELD_NUMBER: _ClassVar[int]
    BUSY_FIELD_NUMBER: _ClassVar[int]
    WRAP_UP_FIELD_NUMBER: _ClassVar[int]
    NOT_READY_FIELD_NUMBER: _ClassVar[int]
    offline: int
    available: int
    offered: int
    busy: int
    wrap_up: int
    not_ready: int
    def __init__(self, offline: _Optional[int] = ..., available: _Optional[int] = ..., offered: _Optional[int] = ..., busy: _Optional[int] = ..., wrap_up: _Optional[int] = ..., not_ready: _Optional[int] = ...) -> None: ...

class GetCenterFiguresRequest(_message.Message):
    __slots__ = ("center",)
    CENTER_FIELD_NUMBER: _ClassVar[int]
    center: str
    def __init__(self, center: _Optional[str] = ...) -> None: ...

class GetCenterFiguresResponse(_message.Message):
    __slots__ = ("center", "figure_time", "start_time", "commands", "refusals", "decisions", "event_seq", "decision_latency", "interactions", "agents", "occupancy", "inbox", "watchers", "state_hash", "version")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    FIGURE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    EVENT_SEQ_FIELD_NUMBER: _ClassVar[int]
    DECISION_LATENCY_FIELD_NUMBER: _ClassVar[int]
    INTERACTIONS_FIELD_NUMBER: _ClassVar[int]
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    OCCUPANCY_FIELD_NUMBER: _ClassVar[int]
    INBOX_FIELD_NUMBER: _ClassVar[int]
    WATCHERS_FIELD_NUMBER: _ClassVar[int]
    STATE_HASH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    center: str
    figure_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    commands: int
    refusals: int
    decisions: int
    event_seq: int
    decision_latency: LatencyFigures
    interactions: int
    agents: AgentFigures
    occupancy: float
    inbox: int
    watchers: int
    state_hash: int
    version: str
    def __init__(self, center: _Optional[str] = ..., figure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., commands: _Optional[int] = ..., refusals: _Optional[int] = ..., decisions: _Optional[int] = ..., event_seq: _Optional[int] = ..., decision_latency: _Optional[_Union[LatencyFigures, _Mapping]] = ..., interactions: _Optional[int] = ..., agents: _Optional[_Union[AgentFigures, _Mapping]] = ..., occupancy: _Optional[float] = ..., inbox: _Optional[int] = ..., watchers: _Optional[int] = ..., state_hash: _Optional[int] = ..., version: _Optional[str] = ...) -> None: ...
