"""What the compiled router is made of: flat structs, int32 slots, linked by index.

Read this first. A :c:struct:`Center` owns everything; entities live in arrays ("pools") and refer to
each other by slot, -1 meaning nobody. Arrays only grow. :func:`store.reserve` makes room for one transition
before it begins, so a transition itself cannot fail (``noexcept``); whatever may go through many of them
reserves before each and is ``except -1``. Handles given outside are ``generation << 32 | slot``.

Who may serve whom is decided between *groups* (agents of equal skills who lack the same channels) and
*demands* (a requirement, perhaps a second one of the interaction's own, and a channel). What waits stands
in *lines* of equal (queue, tier, priority, step, own requirement), and each line is filed under the demand
that its step makes at the moment.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t

from .heap cimport Rank, RankHeap
from .law cimport MAX_SHARED, MAX_VISITS, MAX_WAIT_EDGES, N_CHANNEL_FIELDS, N_CHANNELS, N_QUEUE_FIELDS, N_SETTINGS
from .law cimport N_STEP_FIELDS, N_TIER_FIELDS, N_WAIT_BINS
from .names cimport NameTable
from .order cimport Available, Order


cdef enum:
    # An index of available agents serves one channel and one inner order; strategies that rank by group
    # first share the order by occupancy.
    BY_OCCUPANCY = 0
    BY_IDLE = 1
    BY_HANDLED = 2
    BY_LAST_OFFER = 3
    BY_CHANCE = 4
    N_INNER_ORDERS = 5
    N_KINDS = 80                    # N_CHANNELS * N_INNER_ORDERS
    LANES_A_KIND = 8
    N_LANES = 80                    # LANES_A_KIND for each kind of timer, which count from 1
    N_STATES = 10                   # of an interaction, FREE among them
    FILINGS_AT_ONCE = 16            # looked at together by a freed agent: their pool is always a multiple of it
    NO_LIMIT = 255                  # in Agent.limits: the channel's own most holds
    GRADINGS = 3                    # kinds of rank of groups: by level, fewest skills, preferred skills alone
    LISTED = 0x7FFFFFFF             # in Center.line_places: in the list of its line


cdef struct Command:                # one command, flat; name and items travel beside it
    int64_t now_ns
    uint64_t request_high           # 128-bit request id, 0: none
    uint64_t request_low
    int64_t target                  # handle
    int64_t x
    int64_t y
    int64_t z
    int32_t op
    int32_t queue                   # slots, -1: none
    int32_t tier
    int32_t agent
    int32_t priority
    int32_t flags
    int32_t name_length
    int32_t items

cdef struct Item:                   # one line of a definition
    int64_t kind
    int64_t key
    int64_t value

cdef struct Answer:
    int64_t value
    int32_t code

cdef struct Event:
    int64_t seq
    int64_t now_ns
    int64_t interaction             # handles, 0: none
    int64_t offer
    int64_t assignment
    int64_t x
    int64_t y
    int32_t type
    int32_t cause
    int32_t queue                   # slots, -1: none
    int32_t tier
    int32_t agent

cdef struct Name:                   # a name that is kept: its bytes, not terminated, and their hash
    char *text
    uint64_t hash
    int32_t length

cdef struct SkillLevel:
    int32_t skill
    int32_t level

cdef struct HalfLife:               # of occupancy
    int64_t ns
    uint64_t ratio                  # 2**94 / ns, 0 where that is no 64-bit number: to divide by ns without a division

cdef struct Pool:                   # the running sum of the occupancies of some ready agents
    int64_t count
    int64_t value                   # 2**-40
    int64_t load                    # 2**-40
    int64_t handled
    int64_t at_ns

cdef struct Filing:                 # a demand with somebody waiting, under one skill: a cache line for a freed agent
    Rank first                      # of its first interaction; id -1: some may be kept back, look at the lines
    int32_t demand                  # -1: the slot is free
    int32_t requirement             # the demand's
    int32_t extra
    int32_t channel
    int32_t skill                   # -1: among the common ones
    int32_t next                    # of the same demand

cdef struct Skill:
    Name name
    int32_t agents                  # how many have it, at any level: what makes a skill scarce
    RankHeap filed                  # filings under this skill, by the first interaction of each
    uint64_t *levels                # of all groups in it (levels.pxd); NULL: nobody has had it

cdef struct Tier:
    Name name
    int64_t[N_TIER_FIELDS] fields   # by TierField

cdef struct Channel:
    Name name
    int64_t[N_CHANNEL_FIELDS] fields    # by ChannelField
    uint32_t interrupts             # bit c: may interrupt channel c
    int32_t holders                 # offers and assignments on it, of all agents
    uint8_t coarse                  # some channel that it may not interrupt costs less

cdef struct Override:               # a queue's own promise to a tier; NONE: the tier's
    int64_t target_factor_ppm
    int64_t head_start_ns
    int32_t tier

cdef struct Step:
    int64_t[N_STEP_FIELDS] fields   # by StepField
    int64_t after_ns
    int32_t requirement
    int32_t gate_timer
    uint8_t has_gate
    uint8_t is_open

cdef struct Queue:                  # what every interaction needs comes first: it fills one cache line
    Step *plan
    int32_t *cells                  # by tier slot: index into Center.cells, -1 until first used
    int32_t n_cells
    int32_t n_steps
    int32_t queued                  # WAITING or OFFERED
    int32_t kind                    # index of available agents that its strategy reads
    int32_t n_dependents
    int32_t max_waiting             # these as ``fields`` have them
    int32_t channel
    int32_t priority
    uint8_t accepts_itself
    uint8_t shared
    uint8_t waits_unstaffed
    uint8_t is_open
    uint8_t is_plain                # agents rank by their own keys alone, skills apart, and none are kept in reserve
    uint8_t is_watched              # some gate measures how long its oldest entry has waited
    uint8_t is_timed                # its plan, longest wait, claims or reserve need a clock
    uint8_t is_conditional          # it has steps to skip, or is left when nobody serves it
    uint8_t gates_dirty             # its gates are to be looked at
    int64_t offer_ns
    int64_t target_ns
    int64_t max_handle_ns
    int64_t wrap_up_ns
    int64_t[N_QUEUE_FIELDS] fields  # by QueueField
    Name name
    uint64_t hash
    Override *overrides             # by tier
    RankHeap entered                # WAITING or OFFERED by (entered_ns, sequence), kept if is_watched
    int32_t n_overrides
    int32_t first_addressed         # who waits in it for an agent of their own, linked by Center.line_links; -1: nobody
    int32_t n_gates
    int32_t *dependents             # queues with a gate that measures this one (itself, too, if it has any)
    int32_t dependents_capacity
    uint8_t dirty

cdef struct Total:                  # a sum of times: 128 bits, as 64 last 292 years of waits together
    uint64_t low
    uint64_t high

cdef struct Cell:                   # one (queue, tier): its counters and its lines; what every interaction counts first
    int64_t promise_ns              # target times factor, of the tier or the queue's own for it
    int64_t head_start_ns
    int64_t enqueued
    int64_t offers_made
    int64_t answered
    int64_t in_target
    int64_t completed
    int32_t first_line
    int32_t[N_STATES] standing      # how many are in each state; of those where all ends, how many have come
    Total wait_ns
    Total handle_ns
    int64_t abandoned
    int64_t abandoned_in_target
    int64_t offers_declined
    int64_t offers_expired
    int64_t offers_revoked
    int64_t offers_failed
    int64_t returned
    int64_t moved
    int64_t moved_in
    int64_t held
    int64_t expired
    int64_t rejected
    Total wrap_up_ns
    int64_t[N_WAIT_BINS] wait_bins  # by Center.wait_edges

cdef struct Line:                   # one (queue, tier, priority, step, own requirement): order inside is static,
    Rank first                      # by (-priority, due, since, sequence); who is first, id -1: nobody is there
    Rank last                       # who is last in the list, while there is one
    RankHeap late                   # those before and behind whom somebody of the list ranked when they came
    int32_t head                    # who is first in the list of all others, -1: it is empty
    int32_t n                       # how many there are
    int32_t queue
    int32_t cell
    int32_t priority
    int32_t step                    # the latest that has begun
    int32_t extra                   # requirement of the interactions' own, -1: none
    int32_t demand                  # what its step in force asks for; -1: the slot is free
    int32_t next                    # of the same cell
    int32_t previous
    uint8_t is_woken                # its gate has opened, or many have joined it: to be looked at in the next pairing

cdef struct Grade:                  # the groups of one rank, see grades.pxd
    int64_t first                   # the rank: smaller is better
    int64_t second
    uint64_t *groups                # a row of bits
    int32_t n_groups

cdef struct Grades:                 # of one kind, the best first
    Grade *grades
    int32_t n
    int32_t capacity
    uint8_t is_kept

cdef struct Requirement:            # interned, counted
    uint64_t *groups                # a row of bits (require.pxd): the groups that satisfy it
    int32_t n_groups                # how many do
    int32_t end_of_excluded         # clauses end at ends[n_clauses - 1] (0 without any)
    int32_t n_skills                # in all
    int32_t references              # steps and interactions that ask for it; 0: the slot is free
    SkillLevel *skills              # clauses one after the other (each by skill), then excluded, then preferred
    int32_t *ends                   # where each clause ends in ``skills``
    char *key                       # what it is interned by
    uint64_t hash
    Grades *grades                  # GRADINGS of them; NULL: none are kept
    int32_t key_length
    int32_t n_clauses
    uint8_t grades_missed           # bit g: those of grading g, in this pairing
    uint8_t marked                  # while counting how many are new

cdef struct Known:                  # what is known of claims, see claims.pyx
    int32_t what
    int32_t keeper

cdef struct Demand:                 # interned by its key (memory of its own), counted by its lines
    int32_t *key                    # requirement, own requirement (-1: none), channel
    int32_t n_lines                 # lines that are here, waiting or not: 0: the slot is free
    int32_t n_reserved              # of these, how many belong to a queue with a reserve
    int32_t first_filing            # -1: it is not filed, as nobody waits
    RankHeap lines                  # those with somebody waiting, by their first interaction
    Known claims_known              # about whom to claim for it
    uint8_t is_asked                # in Center.asked_demands

cdef struct Group:                  # agents of equal skills and levels who lack the same channels; 0 members: free
    SkillLevel *skills
    uint64_t has                    # a bit for each skill
    Pool pool
    char *key
    uint64_t group_hash             # of its signature
    uint64_t hash                   # what this entity has put into the state hash
    uint32_t lacks                  # bit c: has not channel c
    int32_t key_length
    int32_t n_skills
    int32_t members
    int32_t signed_in
    int32_t at_hand                 # members who are AVAILABLE, busy or not
    uint8_t dirty                   # its hash is to be renewed

cdef struct Index:                  # the available agents of one channel in one inner order
    int32_t channel
    int32_t order_by                # the inner order
    int32_t n_groups                # with somebody available
    int32_t n_agents                # who are
    Available *groups               # by group
    uint64_t *bits                  # a row of bits (require.pxd): the groups with somebody available
    int32_t *places                 # by agent: place in the group's heap; -1: nowhere
    Order order                     # of the groups with somebody available, while these are many

cdef struct Agent:                  # likewise
    int64_t idle_mark_ns            # a moment while AVAILABLE, else a length of time
    int64_t sign_in_seq
    int64_t occupancy               # 2**-40
    int64_t occupancy_ns
    int32_t group
    int32_t presence
    int32_t load                    # units as of occupancy_ns
    int32_t assigned_units
    int32_t offered_units
    uint32_t fits                   # bit c: may be offered something on channel c, claims aside
    uint32_t indexed                # bit c: in its group's heaps for channel c
    uint8_t ready
    uint8_t touched                 # to be looked at before pairing
    uint8_t candidate               # may take something waiting
    uint8_t dirty
    int32_t n_offers
    int32_t max_open_offers
    int16_t n_active
    int16_t n_exclusive             # wrap-ups that block every channel
    int32_t claim                   # interaction that it is kept free for, -1: none
    int32_t first_offer
    int32_t last_offer
    int32_t first_assignment
    int32_t last_assignment
    int32_t lease_timer
    int32_t grace_timer
    int32_t n_preferring            # of ``addressed``, how many wait for this agent only for a while
    uint8_t has_record
    uint8_t has_changed             # in Center.changed_agents
    RankHeap addressed              # WAITING interactions that are this agent's
    uint8_t[N_CHANNELS] held        # offers, active work and wrap-up
    uint8_t[N_CHANNELS] limits      # NO_LIMIT: not stated
    int16_t[N_CHANNELS] held_units  # at most 100 each of at most 100
    int64_t handled
    int64_t last_offer_seq
    int64_t offers_received
    uint64_t hash
    Name name
    int32_t reason
    int32_t next_presence

cdef struct Interaction:            # what every command looks at comes first; four cache lines in all
    int64_t seq
    int64_t since_ns
    int64_t due_ns
    uint64_t hash
    int32_t generation
    int32_t state
    int32_t queue
    int32_t cell
    int32_t line                    # while it stands in one, else -1
    int32_t first_ban
    uint8_t woken                   # newly waiting, or a cool-down ended: to be paired
    uint8_t dirty
    uint8_t is_unsettled            # in Center.unsettled
    uint8_t is_checked              # in Center.checks: its conditions are to be looked at
    uint8_t is_fresh                # its plan has just been brought up to date
    uint8_t is_claimant             # in Center.claimants: to be filed among those past due
    uint8_t has_own_priority
    uint8_t waited_out
    int64_t end_seq
    int32_t addressed               # agent, -1: everybody's
    int32_t assignment
    int32_t timer                   # of its earliest cool-down
    int32_t clock                   # PLAN while WAITING, HOLD while HELD or SCHEDULED
    int32_t priority
    int32_t tier
    int32_t step
    int32_t extra                   # requirement of its own, -1: none
    int32_t claim                   # agent, -1: none
    int32_t n_bans
    int32_t served_by               # agent, once it was assigned
    uint8_t round_missed
    uint8_t is_apart                # in Center.claimants_apart
    uint8_t is_in_doubt             # in Center.claims_in_doubt
    int64_t entered_ns
    int32_t first_offer             # in the order in which they were made
    int32_t last_offer
    int32_t misses
    int32_t blamed                  # agents made NOT_READY as they missed it
    int64_t addressed_until_ns      # NONE: without limit
    uint64_t extra_hash             # of the requirement ``extra``, which itself is let go at the end; 0: none
    uint64_t customer_high          # 0 and 0: not known
    uint64_t customer_low
    Name name
    int32_t n_visited
    int32_t[MAX_VISITS] visited     # queues
    Known claims_known              # about whom to claim for it, if it is apart

cdef struct Link:                   # of the list of a line, -1: none
    int32_t next
    int32_t previous

cdef struct Ban:                    # a cool-down of one pair
    int64_t until_ns
    int32_t agent
    int32_t next

cdef struct Offer:
    int64_t seq
    int64_t end_seq
    uint64_t hash
    int64_t interaction_handle
    int32_t generation
    int32_t state
    int32_t interaction             # valid while PENDING
    int32_t agent
    int32_t channel
    int32_t units
    int32_t timer
    uint8_t taken                   # revoked as another agent was quicker
    uint8_t dirty
    int64_t deadline_ns
    int64_t assignment_handle
    int64_t assignment_seq
    int64_t interaction_seq
    int32_t next_of_agent
    int32_t previous_of_agent
    int32_t next_of_interaction
    int32_t previous_of_interaction

cdef struct Assignment:
    int64_t seq
    int64_t interaction_handle
    int64_t accepted_ns
    uint64_t hash
    int32_t generation
    int32_t state
    int32_t interaction             # valid while ACTIVE
    int32_t agent
    int32_t queue
    int32_t tier
    int32_t cell
    int32_t timer
    int64_t interaction_seq
    int64_t wrap_up_ns
    int64_t offer_handle            # of the offer it came from, which may be forgotten by now
    int32_t channel
    int32_t units
    int32_t next_of_agent
    int32_t previous_of_agent
    uint8_t dirty

cdef struct Timer:                  # alone in the heap of deadlines, or in a lane
    int64_t deadline_ns
    int64_t arming_seq
    int32_t kind
    int32_t owner
    int32_t lane                    # -1: in none
    int32_t next                    # of its lane
    int32_t previous                # -1: it is the first of its lane, or in none: so in the heap

cdef struct Lane:                   # timers that come due in the order of arming; the first of them is in the heap
    int64_t last_ns                 # when the last one comes due
    int32_t last
    int32_t n

cdef struct Remembered:             # the answer to a request that carried an id
    uint64_t request_high
    uint64_t request_low
    uint64_t fingerprint
    uint64_t hash
    int64_t value
    int32_t code

cdef struct Customer:               # who served a customer last; oldest first in a list
    uint64_t high
    uint64_t low
    uint64_t hash                   # what it has put into the state hash
    int64_t number                  # of the assignment
    int32_t agent
    int32_t next
    int32_t previous

cdef struct Slots:                  # of a pool: which are free, the last freed first
    int32_t *free
    int32_t n_free
    int32_t used                    # slots ever used
    int32_t capacity

cdef struct Ring:                   # first in, first out
    int32_t *slots
    int32_t first
    int32_t n
    int32_t capacity

cdef struct List:                   # of slots
    int32_t *slots
    int32_t n
    int32_t capacity

cdef struct Center:
    int64_t[N_SETTINGS] settings
    HalfLife half_life              # as the settings have it
    int64_t now_ns                  # of the last command that left a trace
    int64_t at_ns                   # of the command under way
    int64_t ends                    # interactions and offers that have ended
    int64_t ends_before             # as the command under way began
    int64_t event_seq
    int64_t interactions_seen
    int64_t offers_seen
    int64_t assignments_seen
    int64_t sign_ins
    int64_t armings
    uint64_t hash_sum               # of all entities but the center itself
    Pool pool
    NameTable names
    NameTable requests              # request ids
    NameTable known_customers
    Channel[N_CHANNELS] channels
    int32_t n_channels
    int32_t n_kinds                 # indices in use
    int32_t[N_KINDS] kind_of        # by channel * N_INNER_ORDERS + inner order: its number, -1: not in use
    uint8_t orders_due              # in some index so many groups have somebody available that the order pays
    uint8_t grades_due              # some requirement's have been missed
    Index *indices                  # of available agents, by number of the kind
    int32_t indices_capacity
    Skill *skills
    Name *reasons
    Tier *tiers
    Queue *queues
    Agent *agents
    Group *groups
    Requirement *requirements
    Demand *demands
    Filing *filings
    Line *lines
    Cell *cells
    int64_t[MAX_WAIT_EDGES] wait_edges  # the upper edges of all cells' wait_bins, in order
    int32_t n_wait_edges
    Customer *customers
    int32_t n_skills
    int32_t n_reasons
    int32_t n_tiers
    int32_t n_queues
    int32_t n_agents
    int32_t n_cells
    int32_t n_requirements          # live ones
    int32_t n_customers
    int32_t first_customer          # the one served longest ago
    int32_t last_customer
    int32_t skills_capacity
    int32_t reasons_capacity
    int32_t tiers_capacity
    int32_t queues_capacity
    int32_t agents_capacity
    int32_t cells_capacity
    Slots group_slots               # its capacity is a multiple of 64
    Slots requirement_slots
    Slots demand_slots
    Slots filing_slots
    Slots line_slots
    Slots customer_slots
    Interaction *interactions
    Offer *offers
    Assignment *assignments
    Timer *timers
    Ban *bans
    Slots interaction_slots
    Slots offer_slots
    Slots assignment_slots
    Slots timer_slots
    Slots ban_slots
    Ring ended_interactions
    Ring ended_offers
    Remembered *answers             # a ring, oldest first from first_answer
    int64_t answers_capacity
    int64_t first_answer
    int64_t n_answers
    int64_t next_answer             # the number of the next answer; its place is that mod capacity
    RankHeap deadlines              # timers by (deadline, order of arming), those behind another in a lane left out
    int32_t *deadline_places        # by timer slot
    Lane[N_LANES] lanes             # by kind of timer and what it has in common with others
    int32_t *line_places            # by interaction: LISTED, or place in a heap, its line's or its agent's; -1: nowhere
    Link *line_links                # by interaction
    int32_t *entered_places         # by interaction: place in its queue's heap of entries
    int32_t *top_places             # by line: place among its demand's lines
    uint32_t *filing_needs          # by filing: skills that nobody who takes it is without (bits_folded); all: none
    int32_t broad_filings           # how many of these need one skill at most
    int32_t *filing_places          # by filing: place in its skill's heap, or among the common ones
    int32_t *line_table             # lines, where the hash of what distinguishes them leads; -1: free
    int32_t line_table_size         # a power of two
    int32_t reserved_lines          # lines of queues with a reserve
    uint64_t *channel_groups        # by channel: bit g: group g has the channel
    uint64_t *staffed_groups        # bit g: somebody of group g is signed in
    uint64_t *living_groups         # bit g: group g has members
    uint64_t *scores                # of groups, within one search (scores.pyx)
    RankHeap common                 # filings of demands that ask for no skill
    List touched                    # agents
    List candidates                 # agents
    List woken                      # interactions
    List woken_lines
    List unsettled                  # interactions whose plan is to be brought up to date, in order
    List checks                     # interactions whose conditions are to be looked at
    List scratch                    # interactions, for whoever sorts some
    List claimants                  # interactions that have become overdue, or wait anew, and would claim somebody
    List asked_demands              # demands with such, filed
    List claimants_apart            # and those of them with cool-downs, or who are a certain agent's
    List changed_agents             # about whom something has changed since claims were last made
    List gate_queues                # queues with gates, in order
    List agent_gates                # those of them whose gates measure who is free
    List presence_gates             # those of them whose gates measure who is AVAILABLE
    List claimed                    # interactions that have claimed somebody
    List claims_in_doubt            # those of them about whom, or about whose agent, something has changed
    int32_t[MAX_SHARED] picked      # agents who get an offer of the round under way
    int32_t n_picked
    uint8_t gates_dirty             # some queue's gates are
    uint8_t staff_changed           # a group has got its first, or lost its last, who is signed in
    uint8_t staff_left              # a group has lost its last
    uint8_t at_hand_changed         # of some group
    uint8_t failed                  # memory ran out where nothing could be raised: to be raised in the end
    uint8_t claims_dirty            # there may be somebody to claim
    uint8_t forgets_claims          # what is known of claims no longer holds
    List dirty_queues
    List dirty_interactions
    List dirty_offers
    List dirty_assignments
    List dirty_agents
    List dirty_groups
    Event *events
    int64_t n_events
    int64_t events_capacity
    int32_t steps_left              # for which room has been made already
    uint8_t broken                  # memory ran out half-way: nothing may be asked of it any more
