"""A center in which one operation can be done again and again; the operations are in operations.pyx.

A round has three parts: what is *prepared*, the batch of commands that is *measured*, and what *restores* the
center. The measured part is one C function of its own, without the GIL, so that a profiler can tell it from the rest.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

from acdcore.router.core cimport Core
from acdcore.router.model cimport Answer, Center, Command, Item


cdef enum:
    BATCH = 16                      # commands that are measured in a round
    MOST_ITEMS = 10                 # of a measured command
    MOST_NOTED = 256                # events of one type in a round
    N_SKILLS = 50
    SKILLS_EACH = 8
    N_TIERS = 3
    FIRST_PAIR = N_SKILLS           # queue s below asks for skill s; from here on for two skills of somebody
    FIRST_TRIPLE = 125              # and from here on for three
    N_QUEUES = 200
    PLAN_QUEUE = 200                # two skills; one of them will do after PLAN_STEP_NS
    ANY_QUEUE = 201                 # no skill at all
    SHARED_QUEUE = 202              # no skill at all, offered to three at once
    N_EVENT_TYPES = 35              # one more than the largest EventType
    N_CODES = 43                    # and Result

cdef int64_t PLAN_STEP_NS


cdef struct Batch:                  # what is measured, and nothing else
    Center *center
    int32_t n
    bint hashes                     # ask for the state hash after every command
    uint64_t hash
    Command[BATCH] commands
    char[BATCH][16] names
    Item[BATCH][MOST_ITEMS] items
    Answer[BATCH] answers

cdef struct Noted:                  # handles, agents or moments that events of this round have named
    int64_t[MOST_NOTED] values
    int32_t n


cdef class Scenario:
    cdef Core core
    cdef Batch batch
    cdef int64_t now_ns
    cdef uint64_t random_state
    cdef uint64_t checksum
    cdef readonly int32_t agents
    cdef readonly int32_t waiting
    cdef readonly int64_t rounds    # since the warm-up
    cdef readonly int64_t measured  # commands, since the warm-up
    cdef int64_t[N_EVENT_TYPES] counts
    cdef int64_t[N_CODES] codes
    cdef uint64_t *skills           # by agent: bit s: has skill s
    cdef uint64_t[N_QUEUES] wanted  # by queue: bit s: asks for skill s
    cdef int32_t[1024] choice       # queues, as often as they are asked for
    cdef int32_t[BATCH] common      # queues that more than BATCH agents may serve
    cdef int32_t[BATCH] scarce      # queues of three skills that no agent may serve two of
    cdef int64_t *queued            # interactions that wait, by place
    cdef int32_t *queued_in         # their queues
    cdef int32_t *places            # by interaction slot: its place, -1: none
    cdef int32_t n_slots
    cdef int64_t *talks             # by agent: the interaction they talk about
    cdef Noted offers               # OFFER_MADE
    cdef Noted deadlines            # of offers made and of wrap-ups started
    cdef Noted accepted             # interactions, OFFER_ACCEPTED
    cdef Noted wrapping             # assignments, WRAP_UP_STARTED
    cdef Noted changed              # agents, PRESENCE_CHANGED
    cdef Noted vacated              # places of interactions that wait no more

    cdef int before(self) except -1 nogil
    cdef int after(self) except -1 nogil

    cdef int32_t draw(self, int32_t n) noexcept nogil
    cdef Command *ask(self, int32_t op, int64_t target=*) noexcept nogil
    cdef Command *ask_enqueue(self, int32_t queue) noexcept nogil
    cdef Item *item(self, int32_t kind, int64_t key, int64_t value) noexcept nogil
    cdef int do(self, int32_t op, int64_t target, int32_t queue=*, int64_t y=*) except -1 nogil
    cdef int64_t enqueue(self, int32_t queue) except -1 nogil
    cdef int set_presence(self, int32_t op, int32_t agent, int32_t presence) except -1 nogil
    cdef int serve(self) except -1 nogil
    cdef int complete_all(self) except -1 nogil
    cdef int cancel_all(self) except -1 nogil
    cdef int refill(self) except -1 nogil
    cdef int note(self) except -1 nogil
    cdef int occupy(self, int32_t place) except -1 nogil
    cdef void vacate(self, int32_t slot) noexcept nogil
    cdef int tally(self) except -1 nogil
    cdef uint64_t draw_skills(self, uint64_t among, int32_t n) noexcept nogil
    cdef int32_t count_able(self, uint64_t wanted) noexcept nogil
    cdef int choose_common(self) except -1
    cdef int choose_scarce(self) except -1
    cdef int define_agents(self) except -1
    cdef int fill(self) except -1
    cdef void begin(self, Command *command, int32_t op) noexcept nogil
    cdef void as_enqueue(self, Command *command, int32_t queue) noexcept nogil
    cdef int64_t submit(self, Command *command, const char *name=*, const Item *items=*) except -1 nogil
