"""What is counted, as it happens: flat arrays that Python owns, laid out as world.Tally says.

A *block* is a batch and an interval, ``batch * n_intervals + interval``: that of a customer's arrival for all that
becomes of the customer, that of now for what goes on all the time (who waits, what agents do). Nothing grows with the
horizon, unless rows are kept on request.
"""

from libc.stdint cimport int32_t, int64_t

from acdcore.router.model cimport Agent

from .stage cimport ABSENT, NOT_COUNTED, Customer, Desk, Line, Stage


cdef enum:                          # world.Count, world.Doing, world.Outcome; a test compares them
    OFFERED = 0
    ANSWERED = 1
    ANSWERED_IN_TARGET = 2
    ABANDONED = 3
    ABANDONED_IN_TARGET = 4
    ABANDONED_SHORT = 5
    BALKED = 6
    REJECTED = 7
    EXPIRED = 8
    WAITED = 9
    MOVED_IN = 10
    TRANSFERRED = 11
    RETRIED = 12
    CALLED_BACK = 13
    SELF_SERVED = 14
    OFFERS = 15
    MISSED = 16
    DECLINED = 17
    FAILED = 18
    UNFINISHED = 19
    WAIT_S = 20
    WAIT_SQUARED_S2 = 21
    ABANDONED_WAIT_S = 22
    TALK_S = 23
    WRAP_UP_S = 24
    LONGEST_WAIT_S = 25
    HANDLED = 26
    N_COUNTS = 27

    DOING_NOTHING = 0
    DOING_RING = 1
    DOING_TALK = 2
    DOING_WRAP_UP = 3
    DOING_AWAY = 4
    N_DOINGS = 5

    ENDED_ANSWERED = 0
    ENDED_ABANDONED = 1
    ENDED_BALKED = 2
    ENDED_REJECTED = 3
    ENDED_EXPIRED = 4
    ENDED_UNFINISHED = 5
    ENDED_SELF_SERVED = 6

    WAIT_BINS = 1984


cdef packed struct Record:          # world.CUSTOMER
    double arrival_s
    double wait_s
    double talk_s
    int32_t queue
    int32_t tier
    int32_t agent
    int32_t source
    int32_t attempt
    int32_t outcome


cdef void count_answer(Stage *s, Customer *customer, int64_t wait_ns) noexcept nogil
cdef void count_abandon(Stage *s, Customer *customer, int64_t wait_ns) noexcept nogil
cdef int keep_record(Stage *s, const Customer *customer, int32_t outcome) except -1 nogil
cdef void cross_boundary(Stage *s) noexcept nogil
cdef int64_t next_boundary_ns(const Stage *s, int64_t now_ns) noexcept nogil


cdef inline double *counts_of(Stage *s, int32_t block, int32_t queue, int32_t tier) noexcept nogil:
    """Return the columns of a block; of one beyond all that is shown for whoever is not counted."""
    cdef int64_t row = 0
    if block != NOT_COUNTED:
        row = (<int64_t> block * s.n_queues + queue) * s.n_tiers + tier + 1
    return s.customer_counts + row * N_COUNTS


cdef inline void line_changes(Stage *s, int32_t queue, int32_t tier, int32_t by) noexcept nogil:
    """So many more wait or ring in a (queue, tier) from now on."""
    cdef int32_t place = queue * s.n_tiers + tier
    cdef Line *line = &s.lines[place]
    if s.block != NOT_COUNTED:
        s.queue_s[<int64_t> s.block * s.n_queues * s.n_tiers + place] += line.n * (s.now_ns - line.since_ns) * 1e-9
    line.since_ns = s.now_ns
    line.n += by


cdef inline void desk_spent(Stage *s, int32_t agent, Desk *desk) noexcept nogil:
    """Write down the time since the last change to what the agent has been doing."""
    cdef double seconds
    if s.block != NOT_COUNTED and desk.doing != ABSENT:
        seconds = (s.now_ns - desk.since_ns) * 1e-9
        s.agent_s[(<int64_t> s.block * s.n_types + desk.type) * N_DOINGS + desk.doing] += seconds
        s.agents[<int64_t> agent * N_DOINGS + desk.doing] += seconds
    desk.since_ns = s.now_ns


cdef inline int32_t doing_of(const Agent *agent) noexcept nogil:
    """Return what an agent does, as the router sees it."""
    if agent.n_active:
        return DOING_TALK
    if agent.first_assignment >= 0:
        return DOING_WRAP_UP
    if agent.n_offers:
        return DOING_RING
    if agent.presence == 1:  # AVAILABLE
        return DOING_NOTHING
    return ABSENT if agent.presence == 0 else DOING_AWAY


cdef inline void look_at(Stage *s, int32_t agent) noexcept nogil:
    """Notice what an agent does now."""
    cdef Desk *desk = &s.desks[agent]
    cdef int32_t doing = doing_of(&s.c.agents[agent])
    if doing != desk.doing:
        desk_spent(s, agent, desk)
        desk.doing = doing
