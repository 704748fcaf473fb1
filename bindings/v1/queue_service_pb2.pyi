import datetime

from acdcore.v1 import work_pb2 as _work_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Strategy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STRATEGY_UNSPECIFIED: _ClassVar[Strategy]
    STRATEGY_LEAST_OCCUPIED: _ClassVar[Strategy]
    STRATEGY_LONGEST_IDLE: _ClassVar[Strategy]
    STRATEGY_BEST_SKILLED: _ClassVar[Strategy]
    STRATEGY_FEWEST_SKILLS: _ClassVar[Strategy]
    STRATEGY_FEWEST_HANDLED: _ClassVar[Strategy]
    STRATEGY_ROUND_ROBIN: _ClassVar[Strategy]
    STRATEGY_RANDOM: _ClassVar[Strategy]

class Overflow(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OVERFLOW_UNSPECIFIED: _ClassVar[Overflow]
    OVERFLOW_WAIT: _ClassVar[Overflow]
    OVERFLOW_REJECT: _ClassVar[Overflow]
    OVERFLOW_MOVE: _ClassVar[Overflow]

class OnExpiry(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ON_EXPIRY_UNSPECIFIED: _ClassVar[OnExpiry]
    ON_EXPIRY_KEEP: _ClassVar[OnExpiry]
    ON_EXPIRY_NOT_READY: _ClassVar[OnExpiry]
STRATEGY_UNSPECIFIED: Strategy
STRATEGY_LEAST_OCCUPIED: Strategy
STRATEGY_LONGEST_IDLE: Strategy
STRATEGY_BEST_SKILLED: Strategy
STRATEGY_FEWEST_SKILLS: Strategy
STRATEGY_FEWEST_HANDLED: Strategy
STRATEGY_ROUND_ROBIN: Strategy
STRATEGY_RANDOM: Strategy
OVERFLOW_UNSPECIFIED: Overflow
OVERFLOW_WAIT: Overflow
OVERFLOW_REJECT: Overflow
OVERFLOW_MOVE: Overflow
ON_EXPIRY_UNSPECIFIED: OnExpiry
ON_EXPIRY_KEEP: OnExpiry
ON_EXPIRY_NOT_READY: OnExpiry

class OverflowRule(_message.Message):
    __slots__ = ("action", "move_to")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    MOVE_TO_FIELD_NUMBER: _ClassVar[int]
    action: Overflow
    move_to: str
    def __init__(self, action: _Optional[_Union[Overflow, str]] = ..., move_to: _Optional[str] = ...) -> None: ...

class TierOverride(_message.Message):
    __slots__ = ("tier", "target_factor", "head_start")
    TIER_FIELD_NUMBER: _ClassVar[int]
    TARGET_FACTOR_FIELD_NUMBER: _ClassVar[int]
    HEAD_START_FIELD_NUMBER: _ClassVar[int]
    tier: str
    target_factor: float
    head_start: _duration_pb2.Duration
    def __init__(self, tier: _Optional[str] = ..., target_factor: _Optional[float] = ..., head_start: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Gate(_message.Message):
    __slots__ = ("waiting", "waiting_close", "longest_wait", "longest_wait_close", "agents", "agents_close", "lender", "lender_waiting", "lender_waiting_close", "lender_longest_wait", "lender_longest_wait_close", "lender_free", "lender_free_close")
    WAITING_FIELD_NUMBER: _ClassVar[int]
    WAITING_CLOSE_FIELD_NUMBER: _ClassVar[int]
    LONGEST_WAIT_FIELD_NUMBER: _ClassVar[int]
    LONGEST_WAIT_CLOSE_FIELD_NUMBER: _ClassVar[int]
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    AGENTS_CLOSE_FIELD_NUMBER: _ClassVar[int]
    LENDER_FIELD_NUMBER: _ClassVar[int]
    LENDER_WAITING_FIELD_NUMBER: _ClassVar[int]
    LENDER_WAITING_CLOSE_FIELD_NUMBER: _ClassVar[int]
    LENDER_LONGEST_WAIT_FIELD_NUMBER: _ClassVar[int]
    LENDER_LONGEST_WAIT_CLOSE_FIELD_NUMBER: _ClassVar[int]
    LENDER_FREE_FIELD_NUMBER: _ClassVar[int]
    LENDER_FREE_CLOSE_FIELD_NUMBER: _ClassVar[int]
    waiting: int
    waiting_close: int
    longest_wait: _duration_pb2.Duration
    longest_wait_close: _duration_pb2.Duration
    agents: int
    agents_close: int
    lender: str
    lender_waiting: int
    lender_waiting_close: int
    lender_longest_wait: _duration_pb2.Duration
    lender_longest_wait_close: _duration_pb2.Duration
    lender_free: int
    lender_free_close: int
    def __init__(self, waiting: _Optional[int] = ..., waiting_close: _Optional[int] = ..., longest_wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., longest_wait_close: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., agents: _Optional[int] = ..., agents_close: _Optional[int] = ..., lender: _Optional[str] = ..., lender_waiting: _Optional[int] = ..., lender_waiting_close: _Optional[int] = ..., lender_longest_wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., lender_longest_wait_close: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., lender_free: _Optional[int] = ..., lender_free_close: _Optional[int] = ...) -> None: ...

class PlanStep(_message.Message):
    __slots__ = ("after", "requirement", "skip_when_hopeless", "priority", "move_to", "when")
    AFTER_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    SKIP_WHEN_HOPELESS_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    MOVE_TO_FIELD_NUMBER: _ClassVar[int]
    WHEN_FIELD_NUMBER: _ClassVar[int]
    after: _duration_pb2.Duration
    requirement: _work_pb2.Requirement
    skip_when_hopeless: bool
    priority: int
    move_to: str
    when: Gate
    def __init__(self, after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., requirement: _Optional[_Union[_work_pb2.Requirement, _Mapping]] = ..., skip_when_hopeless: _Optional[bool] = ..., priority: _Optional[int] = ..., move_to: _Optional[str] = ..., when: _Optional[_Union[Gate, _Mapping]] = ...) -> None: ...

class QueueDefinition(_message.Message):
    __slots__ = ("channel", "target", "priority", "strategy", "offer_timeout", "wrap_up", "cool_down", "max_waiting", "max_handle_time", "max_wait", "on_max_wait", "on_full", "on_unstaffed", "on_closed", "max_offers", "on_held", "held_for", "on_expiry", "auto_accept", "shared_offers", "reserve_agents", "reserve_rank", "reserve_opens", "prefer_last_agent", "affinity", "claims", "tiers", "plan")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    OFFER_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    WRAP_UP_FIELD_NUMBER: _ClassVar[int]
    COOL_DOWN_FIELD_NUMBER: _ClassVar[int]
    MAX_WAITING_FIELD_NUMBER: _ClassVar[int]
    MAX_HANDLE_TIME_FIELD_NUMBER: _ClassVar[int]
    MAX_WAIT_FIELD_NUMBER: _ClassVar[int]
    ON_MAX_WAIT_FIELD_NUMBER: _ClassVar[int]
    ON_FULL_FIELD_NUMBER: _ClassVar[int]
    ON_UNSTAFFED_FIELD_NUMBER: _ClassVar[int]
    ON_CLOSED_FIELD_NUMBER: _ClassVar[int]
    MAX_OFFERS_FIELD_NUMBER: _ClassVar[int]
    ON_HELD_FIELD_NUMBER: _ClassVar[int]
    HELD_FOR_FIELD_NUMBER: _ClassVar[int]
    ON_EXPIRY_FIELD_NUMBER: _ClassVar[int]
    AUTO_ACCEPT_FIELD_NUMBER: _ClassVar[int]
    SHARED_OFFERS_FIELD_NUMBER: _ClassVar[int]
    RESERVE_AGENTS_FIELD_NUMBER: _ClassVar[int]
    RESERVE_RANK_FIELD_NUMBER: _ClassVar[int]
    RESERVE_OPENS_FIELD_NUMBER: _ClassVar[int]
    PREFER_LAST_AGENT_FIELD_NUMBER: _ClassVar[int]
    AFFINITY_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    channel: str
    target: _duration_pb2.Duration
    priority: int
    strategy: Strategy
    offer_timeout: _duration_pb2.Duration
    wrap_up: _duration_pb2.Duration
    cool_down: _duration_pb2.Duration
    max_waiting: int
    max_handle_time: _duration_pb2.Duration
    max_wait: _duration_pb2.Duration
    on_max_wait: OverflowRule
    on_full: OverflowRule
    on_unstaffed: OverflowRule
    on_closed: OverflowRule
    max_offers: int
    on_held: OverflowRule
    held_for: _duration_pb2.Duration
    on_expiry: OnExpiry
    auto_accept: bool
    shared_offers: int
    reserve_agents: int
    reserve_rank: int
    reserve_opens: _duration_pb2.Duration
    prefer_last_agent: _duration_pb2.Duration
    affinity: bool
    claims: bool
    tiers: _containers.RepeatedCompositeFieldContainer[TierOverride]
    plan: _containers.RepeatedCompositeFieldContainer[PlanStep]
    def __init__(self, channel: _Optional[str] = ..., target: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., priority: _Optional[int] = ..., strategy: _Optional[_Union[Strategy, str]] = ..., offer_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., wrap_up: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., cool_down: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_waiting: _Optional[int] = ..., max_handle_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., on_max_wait: _Optional[_Union[OverflowRule, _Mapping]] = ..., on_full: _Optional[_Union[OverflowRule, _Mapping]] = ..., on_unstaffed: _Optional[_Union[OverflowRule, _Mapping]] = ..., on_closed: _Optional[_Union[OverflowRule, _Mapping]] = ..., max_offers: _Optional[int] = ..., on_held: _Optional[_Union[OverflowRule, _Mapping]] = ..., held_for: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., on_expiry: _Optional[_Union[OnExpiry, str]] = ..., auto_accept: _Optional[bool] = ..., shared_offers: _Optional[int] = ..., reserve_agents: _Optional[int] = ..., reserve_rank: _Optional[int] = ..., reserve_opens: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., prefer_last_agent: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., affinity: _Optional[bool] = ..., claims: _Optional[bool] = ..., tiers: _Optional[_Iterable[_Union[TierOverride, _Mapping]]] = ..., plan: _Optional[_Iterable[_Union[PlanStep, _Mapping]]] = ...) -> None: ...

class Queue(_message.Message):
    __slots__ = ("queue", "open", "queued", "gates_open", "definition")
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    GATES_OPEN_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    queue: str
    open: bool
    queued: int
    gates_open: _containers.RepeatedScalarFieldContainer[bool]
    definition: QueueDefinition
    def __init__(self, queue: _Optional[str] = ..., open: _Optional[bool] = ..., queued: _Optional[int] = ..., gates_open: _Optional[_Iterable[bool]] = ..., definition: _Optional[_Union[QueueDefinition, _Mapping]] = ...) -> None: ...

class OpenQueueRequest(_message.Message):
    __slots__ = ("center", "request_id", "queue")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    queue: str
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., queue: _Optional[str] = ...) -> None: ...

class OpenQueueResponse(_message.Message):
    __slots__ = ("queue",)
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    queue: Queue
    def __init__(self, queue: _Optional[_Union[Queue, _Mapping]] = ...) -> None: ...

class CloseQueueRequest(_message.Message):
    __slots__ = ("center", "request_id", "queue", "turn_away")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    TURN_AWAY_FIELD_NUMBER: _ClassVar[int]
    center: str
    request_id: str
    queue: str
    turn_away: bool
    def __init__(self, center: _Optional[str] = ..., request_id: _Optional[str] = ..., queue: _Optional[str] = ..., turn_away: _Optional[bool] = ...) -> None: ...

class CloseQueueResponse(_message.Message):
    __slots__ = ("queue",)
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    queue: Queue
    def __init__(self, queue: _Optional[_Union[Queue, _Mapping]] = ...) -> None: ...

class GetQueueRequest(_message.Message):
    __slots__ = ("center", "queue")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    center: str
    queue: str
    def __init__(self, center: _Optional[str] = ..., queue: _Optional[str] = ...) -> None: ...

class GetQueueResponse(_message.Message):
    __slots__ = ("queue",)
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    queue: Queue
    def __init__(self, queue: _Optional[_Union[Queue, _Mapping]] = ...) -> None: ...

class ListQueuesRequest(_message.Message):
    __slots__ = ("center", "page_size", "page_token")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    center: str
    page_size: int
    page_token: str
    def __init__(self, center: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListQueuesResponse(_message.Message):
    __slots__ = ("queues", "next_page_token")
    QUEUES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    queues: _containers.RepeatedCompositeFieldContainer[Queue]
    next_page_token: str
    def __init__(self, queues: _Optional[_Iterable[_Union[Queue, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
