"""The numbers of codes.py for C; tests/test_codes.py holds the two to each other.

No module belongs to this header: enums and constants only.
"""


cdef enum:
    SLOT_BITS = 32
    MAX_NAME_BYTES = 128
    UNITS = 100
    VOICE_COST = 100
    MIN_LEVEL = 1
    MAX_LEVEL = 10
    MIN_PRIORITY = -100
    MAX_PRIORITY = 100
    FORCE = 1
    PPM = 1000000
    MIN_DURATION_NS = 1000000
    PRIORITY_DEFAULT = -2147483648
    SINCE_NOW = -1
    N_SETTINGS = 17          # one more than the largest Setting
    N_TIER_FIELDS = 4
    N_QUEUE_FIELDS = 9
    N_AGENT_FIELDS = 2
    N_STRATEGIES = 3         # strategies count from 1
    N_WAIT_BINS = 22
    REASON_NO_ANSWER = 1
    REASON_LEASE_LAPSED = 2
    MISSES_BEFORE_AGENT_IS_BLAMELESS = 2

cdef enum:  # Op
    CONFIGURE = 1
    DEFINE_SKILL = 2
    DEFINE_REASON = 3
    DEFINE_TIER = 4
    DEFINE_QUEUE = 5
    DEFINE_AGENT = 6
    ADVANCE = 16
    ENQUEUE = 17
    CANCEL = 18
    COMPLETE = 19
    END_WRAP_UP = 20
    SIGN_IN = 21
    SET_PRESENCE = 22
    RENEW_LEASE = 23
    ACCEPT = 24
    DECLINE = 25

cdef enum:  # Result
    OK = 0
    MALFORMED = 1
    TIME_ABSURD = 2
    TIME_BACKWARDS = 3
    REQUEST_MISMATCH = 4
    INVALID_NAME = 5
    INVALID_FIELD = 6
    INVALID_PRIORITY = 7
    INVALID_SINCE = 8
    INVALID_LEVEL = 9
    INVALID_PRESENCE = 10
    DUPLICATE_ITEM = 11
    UNKNOWN_SKILL = 12
    UNKNOWN_REASON = 13
    UNKNOWN_TIER = 14
    UNKNOWN_QUEUE = 15
    UNKNOWN_AGENT = 16
    UNKNOWN_INTERACTION = 17
    UNKNOWN_OFFER = 18
    UNKNOWN_ASSIGNMENT = 19
    ALREADY_EXISTS = 20
    IN_USE = 21
    LIMIT_REACHED = 22
    QUEUE_FULL = 23
    ALREADY_ENDED = 24
    NOT_ASSIGNED = 25
    NOT_IN_WRAP_UP = 26
    NOT_SIGNED_IN = 27
    WRONG_AGENT = 28
    OFFER_ACCEPTED_ALREADY = 29   # Result.OFFER_ACCEPTED; the event has that name in C
    OFFER_DECLINED_ALREADY = 30
    OFFER_EXPIRED_ALREADY = 31
    OFFER_REVOKED_ALREADY = 32

cdef enum:  # Kind
    KIND_CENTER = 1
    KIND_SKILL = 2
    KIND_REASON = 3
    KIND_TIER = 4
    KIND_QUEUE = 5
    KIND_AGENT = 6
    KIND_GROUP = 7
    KIND_INTERACTION = 8
    KIND_OFFER = 9
    KIND_ASSIGNMENT = 10
    KIND_ANSWER = 11
    KIND_REQUIREMENT = 12         # only inside: the name table also interns requirements

cdef enum:  # ItemKind
    ITEM_FIELD = 1
    ITEM_REQUIRE = 2
    ITEM_HAS_SKILL = 3

cdef enum:  # Setting
    MAX_SKILLS = 1
    MAX_REASONS = 2
    MAX_TIERS = 3
    MAX_QUEUES = 4
    MAX_AGENTS = 5
    MAX_SKILLS_PER_AGENT = 6
    MAX_SKILLS_PER_REQUIREMENT = 7
    MAX_REQUIREMENTS = 8
    MAX_INTERACTIONS = 9
    MAX_COOL_DOWNS = 10
    REMEMBERED_INTERACTIONS = 11
    REMEMBERED_OFFERS = 12
    REMEMBERED_ANSWERS = 13
    HALF_LIFE_NS = 14
    LEASE_NS = 15
    LEASE_GRACE_NS = 16

cdef enum:  # TierField
    TARGET_FACTOR_PPM = 1
    HEAD_START_NS = 2
    RANK = 3

cdef enum:  # QueueField
    TARGET_NS = 1
    PRIORITY = 2
    STRATEGY = 3
    OFFER_NS = 4
    WRAP_UP_NS = 5
    COOL_DOWN_NS = 6
    MAX_WAITING = 7
    MAX_HANDLE_NS = 8

cdef enum:  # AgentField
    MAX_OPEN_OFFERS = 1

cdef enum:  # Strategy
    LEAST_OCCUPIED = 1
    LONGEST_IDLE = 2

cdef enum:  # Presence
    OFFLINE = 0
    AVAILABLE = 1
    NOT_READY = 2
    DRAINING = 3

cdef enum:  # AgentState
    IDLE = 0
    OFFERED = 1
    WRAP_UP = 2
    BUSY = 3

cdef enum:  # InteractionState
    FREE = 0                      # the slot is on the free list
    I_WAITING = 1
    I_OFFERED = 2
    I_ASSIGNED = 3
    I_COMPLETED = 4
    I_ABANDONED = 5

cdef enum:  # OfferState
    PENDING = 1
    ACCEPTED = 2
    DECLINED = 3
    EXPIRED = 4
    REVOKED = 5

cdef enum:  # AssignmentState
    A_ACTIVE = 1
    A_WRAP_UP = 2

cdef enum:  # EventType
    CONFIGURED = 1
    DEFINED = 2
    INTERACTION_ENQUEUED = 3
    INTERACTION_RETURNED = 4
    INTERACTION_COMPLETED = 5
    INTERACTION_ABANDONED = 6
    OFFER_MADE = 7
    OFFER_ACCEPTED = 8
    OFFER_DECLINED = 9
    OFFER_EXPIRED = 10
    OFFER_REVOKED = 11
    WRAP_UP_STARTED = 12
    ASSIGNMENT_ENDED = 13
    PRESENCE_CHANGED = 14
    COOL_DOWN_ENDED = 15

cdef enum:  # Cause
    CAUSE_NONE = 0
    CAUSE_AGENT = 1
    CAUSE_CUSTOMER = 2
    CAUSE_SYSTEM = 3
    CAUSE_DECLINED = 4
    CAUSE_EXPIRED = 5
    CAUSE_REVOKED = 6
    CAUSE_NO_ANSWER = 7
    CAUSE_LEASE_LAPSED = 8
    CAUSE_FORCED = 9
    CAUSE_DEADLINE = 10
    CAUSE_DRAINED = 11

cdef enum:  # TimerKind
    TIMER_OFFER = 1
    TIMER_WRAP_UP = 2
    TIMER_HANDLE = 3
    TIMER_COOL_DOWN = 4
    TIMER_LEASE = 5
    TIMER_GRACE = 6
