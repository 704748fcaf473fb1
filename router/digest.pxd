"""The state hash: the sum mod 2**64 of the hash of every entity, kept up to date by what has changed."""

from libc.stdint cimport uint64_t

from .model cimport Center, Name, SkillLevel


cdef uint64_t state_hash(Center *c) noexcept nogil
cdef uint64_t hash_from_scratch(Center *c) noexcept nogil
cdef uint64_t skills_hash(Center *c, const SkillLevel *skills, int n) noexcept nogil
cdef void digest_word(Center *c, int kind, const Name *name) noexcept nogil
cdef void digest_tier(Center *c, int tier) noexcept nogil
cdef void digest_queue(Center *c, int queue) noexcept nogil
