"""Every structure checked against what it stands for, slowly and completely."""

from .model cimport Center


cdef int check(Center *c) except -1

cdef inline int expect(bint good, str wrong) except -1:
    """Raise AssertionError unless what is expected is so."""
    if not good:
        raise AssertionError(wrong)
    return 0
