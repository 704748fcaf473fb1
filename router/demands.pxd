"""Demands: what is asked for, and where a freed agent finds it; filed while somebody waits in one of their lines."""

from libc.stdint cimport int32_t

from .model cimport Center


cdef int32_t demand_of(Center *c, int32_t requirement, int32_t extra, int32_t channel) except -1 nogil
cdef void demand_drop(Center *c, int32_t demand) noexcept nogil
cdef int file_demand(Center *c, int32_t demand) except -1 nogil
cdef void unfile_demand(Center *c, int32_t demand) noexcept nogil
cdef void refile_demand(Center *c, int32_t demand) noexcept nogil   # another interaction may rank first
