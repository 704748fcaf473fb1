"""Everything that a simulation has in memory, and the few things that all its parts do. Start reading here.

* ``draw``: random variates.
* ``agenda``: what happens when.
* ``stage``: all that there is, and how the router is spoken to.
* ``counts``: what is counted.
* ``visitors``: customers, from arrival to departure.
* ``desks``: agents, from sign-in to sign-out.
* ``engine``: the loop: the next thing on the agenda or the router's next deadline, then what the router says to it.

The agenda holds *nodes*, one for each thing that has something to come: ``index << 2 | kind``.
Offers and assignments are known by the router's own slots, customers by ours. Times are the router's, in nanoseconds.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from acdcore.router.law cimport PRIORITY_DEFAULT
from acdcore.router.model cimport Answer, Center, Command

from .agenda cimport NEVER, Agenda
from .draw cimport Draws


cdef enum:
    AT_FIXED = 0                    # kinds of nodes: the boundary, the roster, the openings, sources, agents
    AT_CUSTOMER = 1
    AT_RING = 2                     # an offer that an agent will answer
    AT_WORK = 3                     # an assignment whose talk or wrap-up will end

    NODE_BOUNDARY = 0               # indices of the fixed ones; sources follow, then agents
    NODE_ROSTER = 1
    NODE_OPENINGS = 2
    FIRST_SOURCE = 3

    IN_SELF_SERVICE = 1             # states of a customer; 0: the slot is free
    IN_QUEUE = 2                    # waiting or ringing
    TALKING = 3
    OUTSIDE = 4                     # until the next attempt

    WILL_ACCEPT = 0                 # what an agent does about an offer
    WILL_DECLINE = 1
    WILL_MISS = 2

    ABSENT = -1                     # Desk.doing of an agent who is OFFLINE
    NOT_COUNTED = -1                # Customer.block of those who came in the warm-up, or after the horizon

    MOST_S = 2000000000             # a longer time never passes: 63 years
    MOST_ENTRIES = 1 << 28          # of an array; four nodes for each must have a number

cdef struct Way:                    # world.Choice; shares are summed up
    double until
    int32_t queue
    int32_t tier

cdef struct Source:                 # world.Source, or a world.Trace
    double *edges_s
    double *rates_per_s
    double at_s                     # the arrival to come
    uint64_t key
    uint64_t word                   # where its own stream of random words is
    int64_t n_come
    int64_t n_left                  # of the batch that is coming
    Way *ways
    double *patience_s              # of a trace, like all that follows
    double *handle_s
    double *since_s                 # NULL: on arrival
    int32_t *queues
    int32_t *tiers
    double contained
    int32_t n_ways
    int32_t n                       # pieces, or customers
    int32_t i                       # the piece, or the next customer
    int32_t batch                   # distributions
    int32_t self_service
    uint8_t is_trace

cdef struct Behavior:               # world.Behavior
    double balk_share
    double retry_share
    double callback_share
    int64_t callback_after_ns
    int32_t patience
    int32_t balk_from
    int32_t retry_after
    int32_t most_retries
    int32_t callback_queue

cdef struct QueueWork:              # world.QueueWork
    double failure_share
    int64_t short_ns
    Way *ways                       # of transfers
    int32_t n_ways

cdef struct AgentType:              # world.AgentType
    double miss_share
    double decline_share
    double rest_share
    double *slowdown                # by channel
    int32_t pick_up
    int32_t back_after
    int32_t rest

cdef struct Customer:
    uint64_t key
    int64_t interaction             # handle, 0: none
    int64_t arrived_ns              # this time
    int64_t since_ns
    int64_t gives_up_ns
    int64_t asked_ns                # whether to be called back; NEVER: not (any more)
    double patience_s               # given; NaN: drawn
    double handle_s                 # given for the first talk; NaN: drawn
    double wait_s
    double talk_s                   # of the first talk
    int32_t block                   # batch and interval in which what becomes of it is counted
    int32_t state
    int32_t queue
    int32_t tier
    int32_t source
    int32_t attempt
    int32_t talks
    int32_t offers
    int32_t agent                   # who answered first, -1: nobody yet
    int32_t home                    # the queue of the first attempt
    uint8_t is_moving               # by a command of its own: transferred or called back
    uint8_t is_new                  # in Stage.newcomers

cdef struct Ring:
    int64_t offer
    int32_t agent
    int32_t will

cdef struct Work:
    uint64_t key                    # of the customer
    int64_t assignment              # handle, 0: none
    int64_t interaction
    int64_t began_ns
    int64_t paced_ns                # ``left_s`` is as of then
    double left_s                   # of the talk, at full speed
    double speed
    int32_t customer
    int32_t agent
    int32_t channel
    int32_t queue
    int32_t tier
    int32_t block
    int32_t talk                    # the customer's how manieth, from 0
    int32_t next                    # of the same agent, -1: none
    uint8_t is_active               # talk, not wrap-up

cdef struct Desk:                   # an agent
    int64_t since_ns                # doing what it does
    int64_t rest_ns                 # a break that begins when there is no work any more; 0: none
    int32_t type
    int32_t doing                   # world.Doing, or ABSENT
    int32_t first_work
    int32_t misses                  # after which it was away
    uint8_t is_present              # between SIGN_IN and LEAVE
    uint8_t is_away                 # on a break, or about to be

cdef struct Line:                   # those of one (queue, tier) who wait or ring
    int64_t since_ns                # there are so many
    int32_t n

cdef struct Stage:
    Center *c
    Draws draws
    int64_t now_ns
    int64_t start_ns
    int64_t horizon_ns
    int64_t last_ns                 # the simulation stops at the latest
    Agenda agenda
    uint64_t key                    # of this replication
    double nan
    # the world
    Source *sources
    Behavior *behaviors             # [queue, tier]
    QueueWork *work
    AgentType *types
    const int32_t *handle           # [queue, tier, type]
    const int32_t *wrap_up          # [queue, type]
    const int64_t *target_ns        # [queue, tier]
    const int64_t *thresholds_ns
    const double *duty_at_s
    const double *duty_length_s
    const int32_t *duty_agent
    const int32_t *duty
    const Command *openings
    int32_t n_sources
    int32_t n_queues
    int32_t n_tiers
    int32_t n_types
    int32_t n_agents
    int32_t n_thresholds
    int32_t n_duties
    int32_t n_openings
    int32_t next_duty
    int32_t next_opening
    int32_t ending
    uint8_t is_paced                # several interactions of an agent slow each other down
    # what is there
    Customer *customers
    int32_t *free_customers
    int32_t n_free
    int32_t n_used
    int32_t customers_capacity
    int32_t *customer_of            # by interaction slot
    int32_t interactions_capacity
    Ring *rings                     # by offer slot
    int32_t rings_capacity
    Work *works                     # by assignment slot
    int32_t works_capacity
    Desk *desks
    Line *lines                     # [queue, tier]
    int32_t *newcomers              # customers who have just entered a queue
    int32_t n_newcomers
    int32_t newcomers_capacity
    int64_t n_inside                # customers between arrival and departure
    int64_t n_counted               # of them who are counted, before their talk
    # what is counted: see counts.pxd
    int32_t block                   # the batch and interval of now; NOT_COUNTED: none
    int32_t n_intervals             # the one after the horizon included
    int32_t n_batches
    int64_t counts_from_ns
    int64_t interval_ns
    int64_t period_ns
    int64_t boundary_ns             # the last
    double *customer_counts
    double *queue_s
    double *agent_s
    double *agents
    int64_t *handled
    int64_t *waits
    double *within
    double *counted_s
    int64_t arrivals
    int64_t commands
    char *records
    int64_t n_records
    int64_t records_capacity
    uint8_t keeps_records
    Command *journal
    int64_t n_journal
    int64_t journal_capacity
    uint8_t keeps_journal
    int32_t refused                 # a result that cannot be: what op was answered with it
    int32_t refused_op


cdef int send(Stage *s, Command *command, Answer *answer) except -1 nogil
cdef int require(Stage *s, Command *command) except -1 nogil
cdef int make_room(Stage *s) except -1 nogil
cdef int32_t customer_new(Stage *s) except -1 nogil
cdef int newcomer(Stage *s, int32_t customer) except -1 nogil
cdef void customer_free(Stage *s, int32_t customer) noexcept nogil


cdef inline void begin_command(Stage *s, Command *command, int32_t op) noexcept nogil:
    """Fill in what is the same for most commands."""
    command.now_ns = s.now_ns
    command.request_high, command.request_low = 0, 0
    command.target, command.x, command.y, command.z = 0, 0, 0, 0
    command.op = op
    command.queue, command.tier, command.agent = -1, -1, -1
    command.priority = PRIORITY_DEFAULT
    command.flags, command.name_length, command.items = 0, 0, 0


cdef inline int64_t to_ns(double seconds) noexcept nogil:
    """Return a length of time in nanoseconds; NEVER for what is too long to count."""
    return <int64_t> (seconds * 1e9 + 0.5) if seconds < MOST_S else NEVER


cdef inline int64_t later(int64_t from_ns, double seconds) noexcept nogil:
    """Return when so much time has passed; NEVER if it is too long to count."""
    return from_ns + <int64_t> (seconds * 1e9 + 0.5) if seconds < MOST_S else NEVER


cdef inline int64_t sum_ns(int64_t one_ns, int64_t other_ns) noexcept nogil:
    """Return a moment or a length so much later or longer; NEVER stays what it is."""
    return one_ns + other_ns if other_ns < NEVER - one_ns else NEVER


cdef inline int32_t node_of(int32_t kind, int32_t index) noexcept nogil:
    return index << 2 | kind


cdef inline int32_t agent_node(const Stage *s, int32_t agent) noexcept nogil:
    return node_of(AT_FIXED, FIRST_SOURCE + s.n_sources + agent)


cdef inline int32_t slot_of(int64_t handle) noexcept nogil:
    return <int32_t> (handle & 0x7FFFFFFF)


cdef inline int32_t customer_in(const Stage *s, int64_t interaction) noexcept nogil:
    """Return whose interaction it is, -1: of somebody who has left."""
    cdef int32_t customer
    if interaction == 0:
        return -1
    customer = s.customer_of[slot_of(interaction)]
    if customer < 0 or s.customers[customer].interaction != interaction:
        return -1
    return customer
