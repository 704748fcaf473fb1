"""What the compiled router is made of: flat structs, int32 slots, linked by index.

Read this first. A :c:struct:`Center` owns everything; entities live in arrays ("pools") and refer to
each other by slot, -1 meaning nobody. Arrays only grow, and only in :func:`store.reserve`, before a
command or a timer begins to change anything: after that nothing on the way allocates, so nothing fails
half-way. Handles given outside are ``generation << 32 | slot``.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t, uint8_t

from .heap cimport AgentHeap, RankHeap
from .law cimport N_AGENT_FIELDS, N_QUEUE_FIELDS, N_SETTINGS, N_STRATEGIES, N_TIER_FIELDS, N_WAIT_BINS
from .names cimport NameTable


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

cdef struct Pool:                   # the running sum of the occupancies of some ready agents
    int64_t count
    int64_t value                   # 2**-40
    int64_t load                    # 2**-40
    int64_t at_ns

cdef struct Skill:
    Name name
    int32_t agents                  # how many have it, at any level: what makes a skill scarce
    int32_t requirements            # how many ask for it
    int32_t *filed                  # requirements with somebody waiting that are filed under this skill
    int32_t n_filed
    int32_t filed_capacity

cdef struct Tier:
    Name name
    int64_t[N_TIER_FIELDS] fields   # by TierField

cdef struct Queue:
    Name name
    int64_t[N_QUEUE_FIELDS] fields  # by QueueField
    uint64_t skills_hash
    int32_t requirement
    int32_t queued                  # WAITING or OFFERED
    int32_t *cells                  # by tier slot: index into Center.cells, -1 until first used
    int32_t n_cells

cdef struct Total:                  # a sum of times: 128 bits, as 64 last 292 years of waits together
    uint64_t low
    uint64_t high

cdef struct Cell:                   # one (queue, tier): its counters and its lines
    int64_t enqueued
    int64_t answered
    int64_t in_target
    int64_t abandoned
    int64_t abandoned_in_target
    int64_t completed
    int64_t offers_made
    int64_t offers_declined
    int64_t offers_expired
    int64_t offers_revoked
    int64_t returned
    Total wait_ns
    Total handle_ns
    Total wrap_up_ns
    int64_t waiting                 # gauges
    int64_t offered
    int64_t active
    int64_t[N_WAIT_BINS] wait_bins
    int32_t first_line

cdef struct Line:                   # one (queue, tier, priority, requirement): order inside is static
    RankHeap heap                   # interactions by (-priority, due, since, sequence)
    int32_t requirement
    int32_t priority
    int32_t live                    # not ended: the room the heap must have
    int32_t next                    # of the same cell

cdef struct Requirement:
    SkillLevel *skills              # by skill slot
    uint64_t *groups                # bit g: group g satisfies it
    RankHeap lines                  # lines with somebody waiting, by their first interaction
    uint64_t skills_hash
    int32_t n_skills
    int32_t n_lines
    int32_t filed_under             # skill slot; -1: common (asks for no skill); -2: nobody waits
    int32_t filed_at                # position in that list

cdef struct Group:                  # agents of equal skills and levels
    SkillLevel *skills
    AgentHeap[N_STRATEGIES] available
    Pool pool
    uint64_t skills_hash
    uint64_t hash                   # what this entity has put into the state hash
    int32_t n_skills
    int32_t members
    uint8_t dirty                   # its hash is to be renewed

cdef struct Agent:
    Name name
    int64_t sign_in_seq
    int64_t idle_mark_ns            # a moment while AVAILABLE, else a length of time
    int64_t occupancy               # 2**-40
    int64_t occupancy_ns
    uint64_t hash
    int32_t group
    int32_t max_open_offers
    int32_t presence
    int32_t reason
    int32_t next_presence
    int32_t load                    # units as of occupancy_ns
    int32_t assigned_units
    int32_t offered_units
    int32_t n_offers
    int32_t n_active
    int32_t first_offer
    int32_t last_offer
    int32_t first_assignment
    int32_t last_assignment
    int32_t lease_timer
    int32_t grace_timer
    uint8_t ready
    uint8_t has_record
    uint8_t indexed                 # in its group's heaps of available agents
    uint8_t touched                 # to be looked at before pairing
    uint8_t candidate               # may take something waiting
    uint8_t dirty

cdef struct Interaction:
    int64_t seq
    int64_t since_ns
    int64_t due_ns
    int64_t end_seq
    uint64_t hash
    Name name
    int32_t generation
    int32_t state
    int32_t queue
    int32_t tier
    int32_t priority
    int32_t cell
    int32_t line
    int32_t misses
    int32_t first_offer
    int32_t assignment
    int32_t served_by               # agent, once it was assigned
    int32_t first_ban
    int32_t n_bans
    int32_t timer                   # of its earliest cool-down
    uint8_t woken                   # newly waiting, or a cool-down ended: to be paired
    uint8_t dirty

cdef struct Ban:                    # a cool-down of one pair
    int64_t until_ns
    int32_t agent
    int32_t next

cdef struct Offer:
    int64_t seq
    int64_t deadline_ns
    int64_t assignment_handle
    int64_t assignment_seq
    int64_t interaction_handle
    int64_t interaction_seq
    int64_t end_seq
    uint64_t hash
    int32_t generation
    int32_t state
    int32_t interaction             # valid while PENDING
    int32_t agent
    int32_t timer
    int32_t next_of_agent
    int32_t previous_of_agent
    int32_t next_of_interaction
    uint8_t dirty

cdef struct Assignment:
    int64_t seq
    int64_t interaction_handle
    int64_t interaction_seq
    int64_t accepted_ns
    int64_t wrap_up_ns
    uint64_t hash
    int32_t generation
    int32_t state
    int32_t interaction             # valid while ACTIVE
    int32_t agent
    int32_t queue
    int32_t tier
    int32_t cell
    int32_t timer
    int32_t next_of_agent
    int32_t previous_of_agent
    uint8_t dirty

cdef struct Timer:
    int64_t deadline_ns
    int64_t arming_seq
    int32_t kind
    int32_t owner

cdef struct Remembered:             # the answer to a request that carried an id
    uint64_t request_high
    uint64_t request_low
    uint64_t fingerprint
    uint64_t hash
    int64_t value
    int32_t code

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
    Skill *skills
    Name *reasons
    Tier *tiers
    Queue *queues
    Agent *agents
    Group *groups
    Requirement *requirements
    Line *lines
    Cell *cells
    int32_t n_skills
    int32_t n_reasons
    int32_t n_tiers
    int32_t n_queues
    int32_t n_agents
    int32_t n_groups
    int32_t n_requirements
    int32_t n_lines
    int32_t n_cells
    int32_t skills_capacity
    int32_t reasons_capacity
    int32_t tiers_capacity
    int32_t queues_capacity
    int32_t agents_capacity
    int32_t groups_capacity         # a multiple of 64
    int32_t requirements_capacity
    int32_t lines_capacity
    int32_t cells_capacity
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
    RankHeap deadlines              # timers by (deadline, order of arming)
    int32_t *deadline_places        # by timer slot
    int32_t *line_places            # by interaction slot: place in its line's heap, -1: not in it
    int32_t *top_places             # by line: place among its requirement's lines
    int32_t *agent_places           # by strategy and agent: place in its group's heap
    uint64_t[N_STRATEGIES] strategy_used
    uint64_t *available_groups      # by strategy in use: bit g: group g has somebody available
    List common                     # requirements with somebody waiting that ask for no skill
    List touched                    # agents
    List candidates                 # agents
    List woken                      # interactions
    List dirty_interactions
    List dirty_offers
    List dirty_assignments
    List dirty_agents
    List dirty_groups
    Event *events
    int64_t n_events
    int64_t events_capacity
    uint8_t broken                  # memory ran out half-way: nothing may be asked of it any more
