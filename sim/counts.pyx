# cython: cdivision=True
"""Counting; see counts.pxd."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport realloc

from .stage cimport NEVER, NOT_COUNTED, Customer, Stage


cdef extern from *:
    """
    #if defined(_MSC_VER)
    #include <intrin.h>
    static inline int acd_log2(uint64_t x) { unsigned long at; _BitScanReverse64(&at, x); return (int) at; }
    #else
    static inline int acd_log2(uint64_t x) { return 63 - __builtin_clzll(x); }
    #endif
    """
    int acd_log2(uint64_t x) noexcept nogil


cdef int32_t bin_of(int64_t wait_ns) noexcept nogil:
    """Return the bin of a wait, see world.wait_bin_edges_s."""
    cdef uint64_t ms = <uint64_t> ((wait_ns + 999_999) // 1_000_000)
    cdef int32_t octave
    if ms < 64:
        return <int32_t> ms
    octave = acd_log2(ms) - 6
    return min(WAIT_BINS - 1, 64 + 64 * octave + <int32_t> (ms >> octave) - 64)


cdef void count_wait(Stage *s, const Customer *customer, int32_t kind, int64_t wait_ns) noexcept nogil:
    """Count a wait in the histogram and against the thresholds."""
    cdef int64_t place = customer.queue * s.n_tiers + customer.tier
    cdef double *within
    cdef int32_t i = s.n_thresholds
    s.waits[(place * 2 + kind) * WAIT_BINS + bin_of(wait_ns)] += 1
    if i:
        within = s.within + ((<int64_t> customer.block * s.n_queues * s.n_tiers + place) * 2 + kind) * i
        while i > 0 and wait_ns <= s.thresholds_ns[i - 1]:
            i -= 1
            within[i] += 1.0


cdef void count_answer(Stage *s, Customer *customer, int64_t wait_ns) noexcept nogil:
    """An agent accepts, after so long a wait."""
    cdef double wait_s = wait_ns * 1e-9
    cdef double *counts
    if customer.block == NOT_COUNTED:
        return
    counts = counts_of(s, customer.block, customer.queue, customer.tier)
    counts[ANSWERED] += 1.0
    counts[WAIT_S] += wait_s
    counts[WAIT_SQUARED_S2] += wait_s * wait_s
    if wait_ns <= s.target_ns[customer.queue * s.n_tiers + customer.tier]:
        counts[ANSWERED_IN_TARGET] += 1.0
    if wait_ns > 0:
        counts[WAITED] += 1.0
    if wait_s > counts[LONGEST_WAIT_S]:
        counts[LONGEST_WAIT_S] = wait_s
    count_wait(s, customer, 0, wait_ns)


cdef void count_abandon(Stage *s, Customer *customer, int64_t wait_ns) noexcept nogil:
    """The customer hangs up, after so long a wait."""
    cdef double wait_s = wait_ns * 1e-9
    cdef double *counts
    if customer.block == NOT_COUNTED:
        return
    counts = counts_of(s, customer.block, customer.queue, customer.tier)
    counts[ABANDONED] += 1.0
    counts[ABANDONED_WAIT_S] += wait_s
    counts[WAITED] += 1.0
    if wait_ns <= s.target_ns[customer.queue * s.n_tiers + customer.tier]:
        counts[ABANDONED_IN_TARGET] += 1.0
    if wait_ns <= s.work[customer.queue].short_ns:
        counts[ABANDONED_SHORT] += 1.0
    if wait_s > counts[LONGEST_WAIT_S]:
        counts[LONGEST_WAIT_S] = wait_s
    count_wait(s, customer, 1, wait_ns)


cdef int keep_record(Stage *s, const Customer *customer, int32_t outcome) except -1 nogil:
    """Keep a row about an attempt that has ended, if rows are wanted and it counts."""
    cdef Record *row
    cdef void *grown
    if not s.keeps_records or customer.block == NOT_COUNTED:
        return 0
    if s.n_records == s.records_capacity:
        grown = realloc(s.records, <size_t> (2 * s.records_capacity + 1024) * sizeof(Record))
        if grown == NULL:
            with gil:
                raise MemoryError("no room for more rows about customers")
        s.records = <char *> grown
        s.records_capacity = 2 * s.records_capacity + 1024
    row = <Record *> s.records + s.n_records
    s.n_records += 1
    row.arrival_s = (customer.arrived_ns - s.start_ns) * 1e-9
    row.wait_s = customer.wait_s
    row.talk_s = customer.talk_s
    row.queue, row.tier, row.agent = customer.queue, customer.tier, customer.agent
    row.source, row.attempt, row.outcome = customer.source, customer.attempt, outcome
    return 0


cdef int32_t block_at(const Stage *s, int64_t now_ns) noexcept nogil:
    """Return the block that begins, or goes on, at a moment."""
    cdef int64_t at_ns = now_ns - s.start_ns
    cdef int64_t length_ns = s.horizon_ns - s.counts_from_ns
    cdef int32_t batch
    if now_ns < s.counts_from_ns:
        return NOT_COUNTED
    if now_ns >= s.horizon_ns:
        return s.n_batches * s.n_intervals - 1
    # in floats, as the product has no room in 64 bits; boundaries are found with the same formula
    batch = <int32_t> (<double> (now_ns - s.counts_from_ns) * s.n_batches / <double> length_ns)
    batch = min(batch, s.n_batches - 1)
    if now_ns < batch_begins_ns(s, batch):
        batch -= 1
    elif batch + 1 < s.n_batches and now_ns >= batch_begins_ns(s, batch + 1):
        batch += 1
    # the last interval takes in what rounding to nanoseconds leaves behind it
    return batch * s.n_intervals + <int32_t> min(at_ns % s.period_ns // s.interval_ns, s.n_intervals - 2)


cdef int64_t batch_begins_ns(const Stage *s, int32_t batch) noexcept nogil:
    return s.counts_from_ns + <int64_t> (<double> (s.horizon_ns - s.counts_from_ns) / s.n_batches * batch)


cdef int64_t next_boundary_ns(const Stage *s, int64_t now_ns) noexcept nogil:
    """Return when the block changes next; NEVER after the horizon."""
    cdef int64_t at_ns = now_ns - s.start_ns
    cdef int64_t period = at_ns // s.period_ns * s.period_ns
    cdef int64_t next_ns
    cdef int32_t batch
    if now_ns >= s.horizon_ns:
        return NEVER
    if now_ns < s.counts_from_ns:
        return s.counts_from_ns
    next_ns = period + ((at_ns - period) // s.interval_ns + 1) * s.interval_ns
    next_ns = s.start_ns + min(next_ns, period + s.period_ns)
    batch = block_at(s, now_ns) // s.n_intervals
    if batch + 1 < s.n_batches:
        next_ns = min(next_ns, batch_begins_ns(s, batch + 1))
    return min(next_ns, s.horizon_ns)


cdef void cross_boundary(Stage *s) noexcept nogil:
    """Write down all that has gone on in the block that ends now, and begin the next."""
    cdef int32_t i
    for i in range(s.n_queues * s.n_tiers):
        line_changes(s, i // s.n_tiers, i % s.n_tiers, 0)
    for i in range(s.n_agents):
        desk_spent(s, i, &s.desks[i])
    if s.block != NOT_COUNTED:
        s.counted_s[s.block] += (s.now_ns - s.boundary_ns) * 1e-9
    s.boundary_ns = s.now_ns
    s.block = block_at(s, s.now_ns)
