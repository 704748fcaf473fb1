"""What happens to interactions, offers and assignments: every transition of the law."""

from libc.stdint cimport int32_t, int64_t

from .model cimport Center


cdef int32_t interaction_slot(Center *c, int64_t handle) noexcept nogil
cdef int32_t offer_slot(Center *c, int64_t handle) noexcept nogil
cdef int32_t assignment_slot(Center *c, int64_t handle) noexcept nogil

cdef void emit_interaction(
    Center *c, int32_t event, int32_t cause, int32_t slot, int32_t agent, int64_t x, int64_t y
) noexcept nogil
cdef void change_state(Center *c, int32_t slot, int32_t state) noexcept nogil   # and what follows
cdef void begin_waiting(Center *c, int32_t slot) noexcept nogil     # joins its queue, unsettled and woken
cdef void place(Center *c, int32_t slot, int64_t priority) noexcept nogil
cdef void tell_priority(Center *c, int32_t slot, int32_t old, int32_t cause) noexcept nogil  # if it has changed
cdef void prefer_last_agent(Center *c, int32_t slot) noexcept nogil
cdef void set_priority(Center *c, int32_t slot, int32_t priority, bint has_own, int32_t cause) noexcept nogil
cdef void return_interaction(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef void hold(Center *c, int32_t slot, int64_t until_ns, int32_t cause) noexcept nogil
cdef void release(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef int move(Center *c, int32_t slot, int32_t queue, int32_t cause, int64_t priority) except -1 nogil
cdef int overflow(Center *c, int32_t slot, int64_t queue, int32_t cause) except -1 nogil   # 1: moved, 0: not
cdef void reject(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef void expire(Center *c, int32_t slot) noexcept nogil
cdef void abandon(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef void offer_to(Center *c, int32_t slot, const int32_t *agents, int32_t n) noexcept nogil
cdef int64_t accept_offer(Center *c, int32_t slot, int32_t cause) noexcept nogil            # the assignment's handle
cdef void withdraw_offers(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef int miss(                      # cool_down_ns 0: the queue's
    Center *c, int32_t slot, int32_t state, int32_t event, int32_t cause, int64_t cool_down_ns
) except -1 nogil
cdef int offer_expires(Center *c, int32_t slot) except -1 nogil
cdef int revoke_offers(Center *c, int32_t agent, int32_t cause) except -1 nogil
cdef void cool_downs_end(Center *c, int32_t slot) noexcept nogil
cdef void end_talk(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef void end_assignment(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef int return_work(Center *c, int32_t agent, int32_t cause) except -1 nogil
cdef int media_failed(Center *c, int32_t slot) except -1 nogil
cdef int64_t due_of(Center *c, int32_t slot) noexcept nogil
