"""The hashes of arithmetic.py for C: SplitMix64's finalizer, a fold of words, FNV-1a of names."""

from libc.stdint cimport int32_t, uint64_t


cdef inline uint64_t mix64(uint64_t word) noexcept nogil:
    word = (word ^ (word >> 30)) * <uint64_t> 0xBF58476D1CE4E5B9U
    word = (word ^ (word >> 27)) * <uint64_t> 0x94D049BB133111EBU
    return word ^ (word >> 31)


cdef inline uint64_t folded(uint64_t value, uint64_t word) noexcept nogil:
    """Fold one more word into a hash that began with 0."""
    return mix64((value ^ word) + <uint64_t> 0x9E3779B97F4A7C15U)


cdef inline uint64_t name_hash(const char *text, int32_t length) noexcept nogil:
    cdef uint64_t value = <uint64_t> 0xCBF29CE484222325U
    cdef int32_t i
    for i in range(length):
        value = (value ^ <uint64_t> (<unsigned char> text[i])) * <uint64_t> 0x100000001B3U
    return mix64(value)
