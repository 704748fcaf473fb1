"""Counters and how things stand, copied into rows of batch.py for whoever shows them: no Python object for each."""

from libc.stdint cimport int64_t, uint64_t

from .law cimport N_WAIT_BINS
from .model cimport Center


cdef struct CellRow:                # batch.CELL
    int queue
    int tier
    int64_t since_ns
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
    int64_t offers_failed
    int64_t returned
    int64_t moved
    int64_t moved_in
    int64_t held
    int64_t expired
    int64_t rejected
    int64_t waiting
    int64_t offered
    int64_t active
    int64_t held_now
    int64_t scheduled
    uint64_t wait_ns_low
    uint64_t wait_ns_high
    uint64_t handle_ns_low
    uint64_t handle_ns_high
    uint64_t wrap_up_ns_low
    uint64_t wrap_up_ns_high
    int64_t[N_WAIT_BINS] waits

cdef struct DoorRow:                # batch.DOOR
    int64_t target_ns
    int queued
    int is_open
    int is_staffed
    int unused

cdef struct StandingRow:            # batch.STANDING
    uint64_t signature
    int presence
    int state


cdef int64_t copy_cells(Center *c, int64_t *queue, char *rows, int64_t room) noexcept nogil
cdef int64_t copy_doors(Center *c, int64_t first, char *rows, int64_t room) noexcept nogil
cdef int64_t copy_standings(Center *c, int64_t first, char *rows, int64_t room) noexcept nogil
