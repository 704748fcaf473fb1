"""Every structure checked against what it stands for, slowly and completely."""

from libc.stdint cimport int64_t

from .model cimport Center


cdef int check(Center *c) except -1
cdef int64_t check_some(Center *c, int64_t place, int64_t most) except -1

cdef inline int expect(bint good, str wrong) except -1:
    """Raise AssertionError unless what is expected is so."""
    if not good:
        raise AssertionError(wrong)
    return 0
