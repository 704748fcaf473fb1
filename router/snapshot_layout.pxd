"""What a snapshot holds of each entity, field by field: for writing and for reading."""

from libc.stdint cimport int32_t

from .model cimport Agent, Assignment, Ban, Cell, Center, Channel, Customer, Interaction, Offer, Override, Pool, Queue
from .model cimport Remembered, Step, Tier
from .snapshot_io cimport Armed, Io


cdef enum:
    FORMAT_VERSION = 1              # of the layout; whatever changes it counts on
    HEADER_BYTES = 32
    DIGEST_BYTES = 32

cdef void center_fields(Io *io, Center *c) noexcept nogil
cdef void pool_fields(Io *io, Pool *pool) noexcept nogil
cdef int channel_fields(Io *io, Channel *one) except -1
cdef int tier_fields(Io *io, Tier *one) except -1
cdef int queue_fields(Io *io, Queue *one) except -1
cdef void override_fields(Io *io, Override *one) noexcept nogil
cdef void step_fields(Io *io, Step *one, int32_t *requirement, Armed *gate) noexcept nogil
cdef int agent_fields(Io *io, Agent *one, int32_t *group, Armed *lease, Armed *grace) except -1
cdef void cell_fields(Io *io, Cell *one, int32_t n_wait_edges) noexcept nogil
cdef int interaction_fields(
    Io *io, Interaction *one, int32_t *extra, int32_t *served_by, Armed *cool_down, Armed *clock) except -1
cdef void ban_fields(Io *io, Ban *one) noexcept nogil
cdef void offer_fields(Io *io, Offer *one, Armed *timer) noexcept nogil
cdef void assignment_fields(Io *io, Assignment *one, Armed *timer) noexcept nogil
cdef void customer_fields(Io *io, Customer *one) noexcept nogil
cdef void answer_fields(Io *io, Remembered *one) noexcept nogil
