"""Bytes in and out: one field after the other, little-endian, the same functions for both ways.

What is read past the end is 0 and leaves a mark (``failed``), so that a reader may look once for each entity.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from .model cimport Name


cdef extern from *:
    """
    static inline void acd_write_bytes(unsigned char *to, uint64_t value, int bytes) {
        for (int i = 0; i < bytes; i++) to[i] = (unsigned char)(value >> (8 * i));
    }
    static inline uint64_t acd_read_bytes(const unsigned char *from, int bytes) {
        uint64_t value = 0;
        for (int i = 0; i < bytes; i++) value |= (uint64_t)from[i] << (8 * i);
        return value;
    }
    """
    void acd_write_bytes(unsigned char *to, uint64_t value, int bytes) noexcept nogil
    uint64_t acd_read_bytes(const unsigned char *from_, int bytes) noexcept nogil


cdef struct Io:
    unsigned char *begin            # when writing, memory of its own, which grows
    unsigned char *at
    unsigned char *end
    uint8_t writes
    uint8_t failed                  # the bytes came to an end, or the memory did

cdef struct Armed:                  # a timer as it is saved; deadline_ns -1: none
    int64_t deadline_ns
    int64_t arming_seq


cdef bint io_more(Io *io, int64_t bytes) noexcept nogil
cdef int io_name(Io *io, Name *name) except -1                      # read, it becomes the name's own memory

cdef inline int64_t io_left(const Io *io) noexcept nogil:
    """Return how many bytes are still to be read."""
    return io.end - io.at


cdef inline unsigned char *io_take(Io *io, int64_t bytes) noexcept nogil:
    """Return where the next so many bytes are, or are to be; NULL: nowhere."""
    cdef unsigned char *at
    if io_left(io) < bytes and not io_more(io, bytes):
        return NULL
    at = io.at
    io.at += bytes
    return at


cdef inline uint64_t io_word(Io *io, uint64_t value, int bytes) noexcept nogil:
    """Write a value and return it, or return what is read."""
    cdef unsigned char *at = io_take(io, bytes)
    if at == NULL:
        return 0
    if io.writes:
        acd_write_bytes(at, value, bytes)
        return value
    return acd_read_bytes(at, bytes)


cdef inline void io_u8(Io *io, uint8_t *value) noexcept nogil:
    value[0] = <uint8_t> io_word(io, value[0], 1)


cdef inline void io_i32(Io *io, int32_t *value) noexcept nogil:
    value[0] = <int32_t> io_word(io, <uint32_t> value[0], 4)


cdef inline void io_u32(Io *io, uint32_t *value) noexcept nogil:
    value[0] = <uint32_t> io_word(io, value[0], 4)


cdef inline void io_i64(Io *io, int64_t *value) noexcept nogil:
    value[0] = <int64_t> io_word(io, <uint64_t> value[0], 8)


cdef inline void io_u64(Io *io, uint64_t *value) noexcept nogil:
    value[0] = io_word(io, value[0], 8)


cdef inline void io_timer(Io *io, Armed *timer) noexcept nogil:
    io_i64(io, &timer.deadline_ns)
    io_i64(io, &timer.arming_seq)
