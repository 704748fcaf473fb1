from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class Presence(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRESENCE_UNSPECIFIED: _ClassVar[Presence]
    PRESENCE_OFFLINE: _ClassVar[Presence]
    PRESENCE_AVAILABLE: _ClassVar[Presence]
    PRESENCE_NOT_READY: _ClassVar[Presence]
    PRESENCE_DRAINING: _ClassVar[Presence]

class AgentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AGENT_STATE_UNSPECIFIED: _ClassVar[AgentState]
    AGENT_STATE_IDLE: _ClassVar[AgentState]
    AGENT_STATE_OFFERED: _ClassVar[AgentState]
    AGENT_STATE_WRAP_UP: _ClassVar[AgentState]
    AGENT_STATE_BUSY: _ClassVar[AgentState]

class InteractionState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTERACTION_STATE_UNSPECIFIED: _ClassVar[InteractionState]
    INTERACTION_STATE_WAITING: _ClassVar[InteractionState]
    INTERACTION_STATE_OFFERED: _ClassVar[InteractionState]
    INTERACTION_STATE_ASSIGNED: _ClassVar[InteractionState]
    INTERACTION_STATE_COMPLETED: _ClassVar[InteractionState]
    INTERACTION_STATE_ABANDONED: _ClassVar[InteractionState]
    INTERACTION_STATE_SCHEDULED: _ClassVar[InteractionState]
    INTERACTION_STATE_HELD: _ClassVar[InteractionState]
    INTERACTION_STATE_EXPIRED: _ClassVar[InteractionState]
    INTERACTION_STATE_REJECTED: _ClassVar[InteractionState]

class OfferState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OFFER_STATE_UNSPECIFIED: _ClassVar[OfferState]
    OFFER_STATE_PENDING: _ClassVar[OfferState]
    OFFER_STATE_ACCEPTED: _ClassVar[OfferState]
    OFFER_STATE_DECLINED: _ClassVar[OfferState]
    OFFER_STATE_EXPIRED: _ClassVar[OfferState]
    OFFER_STATE_REVOKED: _ClassVar[OfferState]
    OFFER_STATE_FAILED: _ClassVar[OfferState]

class AssignmentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASSIGNMENT_STATE_UNSPECIFIED: _ClassVar[AssignmentState]
    ASSIGNMENT_STATE_ACTIVE: _ClassVar[AssignmentState]
    ASSIGNMENT_STATE_WRAP_UP: _ClassVar[AssignmentState]
    ASSIGNMENT_STATE_ENDED: _ClassVar[AssignmentState]

class Cause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAUSE_UNSPECIFIED: _ClassVar[Cause]
    CAUSE_AGENT: _ClassVar[Cause]
    CAUSE_CUSTOMER: _ClassVar[Cause]
    CAUSE_SYSTEM: _ClassVar[Cause]
    CAUSE_DECLINED: _ClassVar[Cause]
    CAUSE_EXPIRED: _ClassVar[Cause]
    CAUSE_REVOKED: _ClassVar[Cause]
    CAUSE_NO_ANSWER: _ClassVar[Cause]
    CAUSE_LEASE_LAPSED: _ClassVar[Cause]
    CAUSE_FORCED: _ClassVar[Cause]
    CAUSE_DEADLINE: _ClassVar[Cause]
    CAUSE_DRAINED: _ClassVar[Cause]
    CAUSE_TAKEN: _ClassVar[Cause]
    CAUSE_FULL: _ClassVar[Cause]
    CAUSE_UNSTAFFED: _ClassVar[Cause]
    CAUSE_CLOSED: _ClassVar[Cause]
    CAUSE_MAX_WAIT: _ClassVar[Cause]
    CAUSE_MISSES: _ClassVar[Cause]
    CAUSE_PLAN: _ClassVar[Cause]
    CAUSE_HOPELESS: _ClassVar[Cause]
    CAUSE_LIMIT: _ClassVar[Cause]
    CAUSE_UNFIT: _ClassVar[Cause]
    CAUSE_ABSENT: _ClassVar[Cause]
    CAUSE_FAILED: _ClassVar[Cause]
    CAUSE_AUTOMATIC: _ClassVar[Cause]
    CAUSE_TRANSFER: _ClassVar[Cause]
    CAUSE_SCHEDULE: _ClassVar[Cause]
    CAUSE_REPLACED: _ClassVar[Cause]
PRESENCE_UNSPECIFIED: Presence
PRESENCE_OFFLINE: Presence
PRESENCE_AVAILABLE: Presence
PRESENCE_NOT_READY: Presence
PRESENCE_DRAINING: Presence
AGENT_STATE_UNSPECIFIED: AgentState
AGENT_STATE_IDLE: AgentState
AGENT_STATE_OFFERED: AgentState
AGENT_STATE_WRAP_UP: AgentState
AGENT_STATE_BUSY: AgentState
INTERACTION_STATE_UNSPECIFIED: InteractionState
INTERACTION_STATE_WAITING: InteractionState
INTERACTION_STATE_OFFERED: InteractionState
INTERACTION_STATE_ASSIGNED: InteractionState
INTERACTION_STATE_COMPLETED: InteractionState
INTERACTION_STATE_ABANDONED: InteractionState
INTERACTION_STATE_SCHEDULED: InteractionState
INTERACTION_STATE_HELD: InteractionState
INTERACTION_STATE_EXPIRED: InteractionState
INTERACTION_STATE_REJECTED: InteractionState
OFFER_STATE_UNSPECIFIED: OfferState
OFFER_STATE_PENDING: OfferState
OFFER_STATE_ACCEPTED: OfferState
OFFER_STATE_DECLINED: OfferState
OFFER_STATE_EXPIRED: OfferState
OFFER_STATE_REVOKED: OfferState
OFFER_STATE_FAILED: OfferState
ASSIGNMENT_STATE_UNSPECIFIED: AssignmentState
ASSIGNMENT_STATE_ACTIVE: AssignmentState
ASSIGNMENT_STATE_WRAP_UP: AssignmentState
ASSIGNMENT_STATE_ENDED: AssignmentState
CAUSE_UNSPECIFIED: Cause
CAUSE_AGENT: Cause
CAUSE_CUSTOMER: Cause
CAUSE_SYSTEM: Cause
CAUSE_DECLINED: Cause
CAUSE_EXPIRED: Cause
CAUSE_REVOKED: Cause
CAUSE_NO_ANSWER: Cause
CAUSE_LEASE_LAPSED: Cause
CAUSE_FORCED: Cause
CAUSE_DEADLINE: Cause
CAUSE_DRAINED: Cause
CAUSE_TAKEN: Cause
CAUSE_FULL: Cause
CAUSE_UNSTAFFED: Cause
CAUSE_CLOSED: Cause
CAUSE_MAX_WAIT: Cause
CAUSE_MISSES: Cause
CAUSE_PLAN: Cause
CAUSE_HOPELESS: Cause
CAUSE_LIMIT: Cause
CAUSE_UNFIT: Cause
CAUSE_ABSENT: Cause
CAUSE_FAILED: Cause
CAUSE_AUTOMATIC: Cause
CAUSE_TRANSFER: Cause
CAUSE_SCHEDULE: Cause
CAUSE_REPLACED: Cause
