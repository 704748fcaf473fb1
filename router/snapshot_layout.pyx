# cython: cdivision=True
"""The layout of a snapshot: every field of the state in its order, little-endian, with nothing between.

============  ======================================================================================================
header        magic ``acdstate``, u32 format version, u32 0, u64 length of the whole, u64 state hash
body          the parts below, one after the other; a count is an i32, a name a u8 length and its bytes
digest        BLAKE2b, 32 bytes, of everything before it
============  ======================================================================================================

The body::

    the center's own numbers and settings (center_fields)
    count, skills: each a name
    count, reasons: each a name
    count, channels (channel_fields)
    count, tiers (tier_fields)
    count, requirements: each a count of i32 words, and the words by which it is interned (require.pyx)
    count, queues (queue_fields): each with a count of overrides, a count of steps, and these
    count, groups of agents: each a count of words and the words, then its pool (pool_fields)
    count, agents (agent_fields)
    count, cells: each the slots of its queue and its tier, then cell_fields
    count of slots, interactions: each i32 generation and i32 state; unless it is free, interaction_fields and bans;
        then a count and the free slots, the one freed last at the end
    the same of offers (offer_fields) and of assignments (assignment_fields)
    count, customers (customer_fields), the one served longest ago first
    count, remembered answers (answer_fields), the oldest first

Slots that can be seen from outside are kept as they are. Requirements are numbered in the order in which queues'
steps, then interactions, name them; groups as agents name them; cells by queue and tier. So the bytes follow from the
state alone. A timer is its deadline and order of arming, beside whatever it is for. Everything else (lines, demands,
indices, heaps, lists, tables, counts, hashes) follows from this and is built anew; what is known of claims is
found out again.
"""

from libc.stdint cimport int32_t

from .law cimport *
from .model cimport *
from .snapshot_io cimport Armed, Io, io_i32, io_i64, io_name, io_timer, io_u8, io_u32, io_u64


cdef void pool_fields(Io *io, Pool *pool) noexcept nogil:
    io_i64(io, &pool.value)
    io_i64(io, &pool.at_ns)


cdef void center_fields(Io *io, Center *c) noexcept nogil:
    cdef int setting, edge
    io_i64(io, &c.now_ns)
    io_i64(io, &c.ends)
    io_i64(io, &c.event_seq)
    io_i64(io, &c.interactions_seen)
    io_i64(io, &c.offers_seen)
    io_i64(io, &c.assignments_seen)
    io_i64(io, &c.sign_ins)
    io_i64(io, &c.armings)
    io_i64(io, &c.next_answer)
    pool_fields(io, &c.pool)
    for setting in range(1, N_SETTINGS):
        io_i64(io, &c.settings[setting])
    io_i32(io, &c.n_wait_edges)
    for edge in range(MAX_WAIT_EDGES):
        if edge < c.n_wait_edges:
            io_i64(io, &c.wait_edges[edge])


# ---------------------------------------------------------------------- definitions

cdef int channel_fields(Io *io, Channel *one) except -1:
    cdef int field
    io_name(io, &one.name)
    for field in range(1, N_CHANNEL_FIELDS):
        io_i64(io, &one.fields[field])
    io_u32(io, &one.interrupts)
    return 0


cdef int tier_fields(Io *io, Tier *one) except -1:
    cdef int field
    io_name(io, &one.name)
    for field in range(1, N_TIER_FIELDS):
        io_i64(io, &one.fields[field])
    return 0


cdef int queue_fields(Io *io, Queue *one) except -1:
    cdef int field
    io_name(io, &one.name)
    io_u8(io, &one.is_open)
    for field in range(1, N_QUEUE_FIELDS):
        io_i64(io, &one.fields[field])
    return 0


cdef void override_fields(Io *io, Override *one) noexcept nogil:
    io_i32(io, &one.tier)
    io_i64(io, &one.target_factor_ppm)
    io_i64(io, &one.head_start_ns)


cdef void step_fields(Io *io, Step *one, int32_t *requirement, Armed *gate) noexcept nogil:
    cdef int field
    io_i64(io, &one.after_ns)
    io_i32(io, requirement)
    io_u8(io, &one.is_open)
    io_timer(io, gate)
    for field in range(1, N_STEP_FIELDS):
        io_i64(io, &one.fields[field])


cdef int agent_fields(Io *io, Agent *one, int32_t *group, Armed *lease, Armed *grace) except -1:
    cdef int channel
    io_name(io, &one.name)
    io_i32(io, group)
    io_i32(io, &one.max_open_offers)
    io_i32(io, &one.presence)
    io_i32(io, &one.reason)
    io_i32(io, &one.next_presence)
    io_i64(io, &one.sign_in_seq)
    io_i64(io, &one.idle_mark_ns)
    io_i64(io, &one.occupancy)
    io_i64(io, &one.occupancy_ns)
    io_u8(io, &one.has_record)
    io_i64(io, &one.handled)
    io_i64(io, &one.last_offer_seq)
    io_i64(io, &one.offers_received)
    io_timer(io, lease)
    io_timer(io, grace)
    for channel in range(N_CHANNELS):
        io_u8(io, &one.limits[channel])
    return 0


cdef void total_fields(Io *io, Total *one) noexcept nogil:
    io_u64(io, &one.low)
    io_u64(io, &one.high)


cdef void cell_fields(Io *io, Cell *one, int32_t n_wait_edges) noexcept nogil:
    """Of ``standing`` only how many have come to each end: the others are counted."""
    cdef int i
    io_i64(io, &one.enqueued)
    io_i64(io, &one.offers_made)
    io_i64(io, &one.answered)
    io_i64(io, &one.in_target)
    io_i64(io, &one.completed)
    io_i64(io, &one.abandoned)
    io_i64(io, &one.abandoned_in_target)
    io_i64(io, &one.offers_declined)
    io_i64(io, &one.offers_expired)
    io_i64(io, &one.offers_revoked)
    io_i64(io, &one.offers_failed)
    io_i64(io, &one.returned)
    io_i64(io, &one.moved)
    io_i64(io, &one.moved_in)
    io_i64(io, &one.held)
    io_i64(io, &one.expired)
    io_i64(io, &one.rejected)
    total_fields(io, &one.wait_ns)
    total_fields(io, &one.handle_ns)
    total_fields(io, &one.wrap_up_ns)
    for i in range(n_wait_edges + 1):
        io_i64(io, &one.wait_bins[i])
    io_i32(io, &one.standing[I_COMPLETED])
    io_i32(io, &one.standing[I_ABANDONED])
    io_i32(io, &one.standing[I_EXPIRED])
    io_i32(io, &one.standing[I_REJECTED])


# ---------------------------------------------------------------------- work

cdef int interaction_fields(
    Io *io, Interaction *one, int32_t *extra, int32_t *served_by, Armed *cool_down, Armed *clock
) except -1:
    cdef int i
    io_name(io, &one.name)
    io_i64(io, &one.seq)
    io_i32(io, &one.queue)
    io_i32(io, &one.tier)
    io_i32(io, &one.priority)
    io_u8(io, &one.has_own_priority)
    io_i64(io, &one.since_ns)
    io_i64(io, &one.due_ns)
    io_i64(io, &one.entered_ns)
    io_i64(io, &one.end_seq)
    io_i32(io, &one.step)
    io_u8(io, &one.waited_out)
    io_i32(io, extra)
    io_u64(io, &one.extra_hash)
    io_u64(io, &one.customer_high)
    io_u64(io, &one.customer_low)
    io_i32(io, &one.addressed)
    io_i64(io, &one.addressed_until_ns)
    io_i32(io, &one.claim)
    io_i32(io, served_by)
    io_i32(io, &one.misses)
    io_i32(io, &one.blamed)
    io_u8(io, &one.round_missed)
    io_timer(io, cool_down)
    io_timer(io, clock)
    io_i32(io, &one.n_bans)
    io_i32(io, &one.n_visited)
    for i in range(MAX_VISITS):
        if i < one.n_visited:
            io_i32(io, &one.visited[i])
    return 0


cdef void ban_fields(Io *io, Ban *one) noexcept nogil:
    io_i32(io, &one.agent)
    io_i64(io, &one.until_ns)


cdef void offer_fields(Io *io, Offer *one, Armed *timer) noexcept nogil:
    io_i64(io, &one.seq)
    io_i64(io, &one.end_seq)
    io_i64(io, &one.interaction_handle)
    io_i64(io, &one.interaction_seq)
    io_i32(io, &one.agent)
    io_i32(io, &one.channel)
    io_i32(io, &one.units)
    io_u8(io, &one.taken)
    io_i64(io, &one.deadline_ns)
    io_i64(io, &one.assignment_handle)
    io_i64(io, &one.assignment_seq)
    io_timer(io, timer)


cdef void assignment_fields(Io *io, Assignment *one, Armed *timer) noexcept nogil:
    io_i64(io, &one.seq)
    io_i64(io, &one.interaction_handle)
    io_i64(io, &one.interaction_seq)
    io_i64(io, &one.offer_handle)
    io_i32(io, &one.agent)
    io_i32(io, &one.queue)
    io_i32(io, &one.tier)
    io_i32(io, &one.channel)
    io_i32(io, &one.units)
    io_i64(io, &one.accepted_ns)
    io_i64(io, &one.wrap_up_ns)
    io_timer(io, timer)


# ---------------------------------------------------------------------- what is remembered

cdef void customer_fields(Io *io, Customer *one) noexcept nogil:
    io_u64(io, &one.high)
    io_u64(io, &one.low)
    io_i64(io, &one.number)
    io_i32(io, &one.agent)


cdef void answer_fields(Io *io, Remembered *one) noexcept nogil:
    io_u64(io, &one.request_high)
    io_u64(io, &one.request_low)
    io_u64(io, &one.fingerprint)
    io_i64(io, &one.value)
    io_i32(io, &one.code)
