"""Indexed 4-ary heaps: the first in O(1), any entry removed or moved by its id in O(log n).

A heap keeps its keys beside the ids, so that sifting stays within a few cache lines, and tells each
entry's place to a table ``places`` (by id) that the owner provides. Keys of equal rank do not occur:
every key ends in a sequence number. Room is made by :func:`reserve` beforehand; pushing never fails.
"""

from libc.stdint cimport int32_t, int64_t


cdef enum:
    ARITY = 4

cdef struct Rank:                   # smaller is sooner; compared left to right
    int64_t a
    int64_t b
    int64_t c
    int64_t d
    int32_t id

cdef struct AgentKey:               # a cache line
    int64_t word                    # as much of the rank as a word tells: mostly it decides, where the rest need not
    int64_t units
    int64_t load
    int64_t exponent
    int64_t mantissa                # a uint64 with its top bit turned over, so that it sorts as int64
    int64_t idle_mark_ns
    int64_t sign_in_seq
    int32_t id

cdef struct RankHeap:
    Rank *entries
    int32_t n
    int32_t capacity

cdef struct AgentHeap:
    AgentKey *entries
    int32_t n
    int32_t capacity


cdef inline bint rank_before(const Rank *one, const Rank *two) noexcept nogil:
    if one.a != two.a:
        return one.a < two.a
    if one.b != two.b:
        return one.b < two.b
    if one.c != two.c:
        return one.c < two.c
    return one.d < two.d


cdef inline bint agent_before(const AgentKey *one, const AgentKey *two) noexcept nogil:
    if one.word != two.word:
        return one.word < two.word
    if one.units != two.units:
        return one.units < two.units
    if one.load != two.load:
        return one.load < two.load
    if one.exponent != two.exponent:
        return one.exponent < two.exponent
    if one.mantissa != two.mantissa:
        return one.mantissa < two.mantissa
    if one.idle_mark_ns != two.idle_mark_ns:
        return one.idle_mark_ns < two.idle_mark_ns
    return one.sign_in_seq < two.sign_in_seq


cdef int rank_reserve(RankHeap *heap, int32_t n) except -1 nogil
cdef void rank_push(RankHeap *heap, int32_t *places, const Rank *entry) noexcept nogil
cdef void rank_renew(RankHeap *heap, int32_t *places, const Rank *entry) noexcept nogil
cdef void rank_remove(RankHeap *heap, int32_t *places, int32_t id) noexcept nogil
cdef bint rank_is_sound(const RankHeap *heap, const int32_t *places) noexcept nogil

cdef int agent_reserve(AgentHeap *heap, int32_t n) except -1 nogil
cdef void agent_push(AgentHeap *heap, int32_t *places, const AgentKey *entry) noexcept nogil
cdef void agent_remove(AgentHeap *heap, int32_t *places, int32_t id) noexcept nogil
cdef bint agent_is_sound(const AgentHeap *heap, const int32_t *places) noexcept nogil
