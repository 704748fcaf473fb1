"""Agents: they sign in, answer, talk, wrap up, miss or decline offers, take breaks, and leave when they are done."""

from libc.stdint cimport int32_t

from acdcore.router.model cimport Event

from .stage cimport Stage


cdef void plan_duty(Stage *s) noexcept nogil
cdef int duty_calls(Stage *s) except -1 nogil                       # the next row of the roster is due
cdef int agent_returns(Stage *s, int32_t agent) except -1 nogil     # from a break, or from having missed an offer
cdef int ring_is_answered(Stage *s, int32_t offer) except -1 nogil
cdef int work_goes_on(Stage *s, int32_t assignment) except -1 nogil     # its talk, or its wrap-up, ends

# what the router says
cdef void offer_made(Stage *s, const Event *event) noexcept nogil
cdef void offer_ended(Stage *s, const Event *event, int32_t count) noexcept nogil
cdef int offer_accepted(Stage *s, const Event *event) except -1 nogil
cdef int talk_ended(Stage *s, const Event *event) except -1 nogil
cdef void wrap_up_started(Stage *s, const Event *event) noexcept nogil
cdef void assignment_ended(Stage *s, const Event *event) noexcept nogil
cdef void presence_changed(Stage *s, const Event *event) noexcept nogil
