"""The state hash: the sum mod 2**64 of the hash of every entity, kept up to date by what has changed."""

from libc.stdint cimport int32_t, uint64_t

from .model cimport Center, Customer, Name, SkillLevel


cdef uint64_t state_hash(Center *c) noexcept nogil
cdef uint64_t hash_from_scratch(Center *c) noexcept nogil
cdef uint64_t skills_hash(Center *c, const SkillLevel *skills, int n) noexcept nogil
cdef uint64_t requirement_hash(Center *c, int32_t requirement) noexcept nogil
cdef uint64_t group_signature_hash(Center *c, const SkillLevel *skills, int n, int lacks) noexcept nogil
cdef void digest_word(Center *c, int kind, const Name *name) noexcept nogil
cdef uint64_t tier_hash(Center *c, int32_t tier) noexcept nogil         # to take from, or add to, Center.hash_sum
cdef uint64_t channel_hash(Center *c, int32_t channel) noexcept nogil
cdef uint64_t customer_hash(Center *c, const Customer *customer) noexcept nogil
