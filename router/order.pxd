"""The groups with somebody available, in the order of their first agents: sorted blocks.

Where nearly every agent has skills of their own, there are thousands of groups with somebody available. An
interaction that many of them may serve then finds the first one soonest by walking this order, as it passes
few who may not.

An entry is a group and the word of its first agent's key; the whole keys are looked at where words are
equal. Entries stand in blocks, which are never nearly empty: two that follow each other have more than half
a block's worth together. So an entry is found, put in or taken out within a few cache lines. Room is made by
:func:`order_reserve` beforehand; putting in never fails.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from .heap cimport AgentHeap


cdef extern from *:
    """
    #ifndef ACD_BLOCK
    #ifdef ACDCORE_DEBUG
    #define ACD_BLOCK 4             /* so that blocks are split and joined all the time */
    #else
    #define ACD_BLOCK 64
    #endif
    #endif
    """
    enum:
        ACD_BLOCK

cdef struct Available:              # those of one group who are available, in one index; their first one inline
    AgentHeap heap
    int64_t word                    # of the first one's key: as much of its rank as a word tells
    int32_t agent                   # the first one; where there is none, neither is to be read
    int32_t block                   # where the group stands in the order; -1: not in it

cdef struct Block:
    int32_t first                   # entries stand from here on
    int32_t n
    int32_t place                   # in the sequence of blocks
    int64_t[ACD_BLOCK] words
    int32_t[ACD_BLOCK] groups

cdef struct Order:
    Block *blocks
    int32_t *free                   # blocks that are not in use
    int32_t *sequence               # blocks in order, twice as long as there are blocks
    int32_t capacity                # blocks
    int32_t n_free
    int32_t first                   # the sequence is that from here on
    int32_t n
    uint8_t is_kept                 # it holds every group with somebody available; else none

cdef struct Walk:                   # how far one has come; begin with zeros but for the steps
    int32_t block                   # counted from the first
    int32_t entry
    int64_t steps                   # that may still be made


cdef int order_reserve(Order *order, int64_t n) except -1 nogil     # room for so many groups
cdef void order_clear(Order *order, Available *groups) noexcept nogil   # nobody stands in it any more
cdef void order_free(Order *order) noexcept
cdef void order_add(Order *order, Available *groups, int32_t group) noexcept nogil
cdef void order_drop(Order *order, Available *groups, int32_t group) noexcept nogil
cdef int32_t walk_on(const Order *order, const uint64_t *one, const uint64_t *two, Walk *walk) noexcept nogil
cdef bint order_is_sound(const Order *order, const Available *groups) noexcept nogil
