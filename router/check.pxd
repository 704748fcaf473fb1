"""Every structure checked against what it stands for, slowly and completely."""

from .model cimport Center


cdef int check(Center *c) except -1
