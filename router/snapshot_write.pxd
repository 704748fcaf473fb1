"""A center's whole state as bytes."""

from .model cimport Center


cdef bytes snapshot_of(Center *c)
