"""Looking at a center from Python: the views of records.py, built from the structs."""

from libc.stdint cimport int64_t

from .model cimport Center


cdef object find_name(Center *c, int kind, bytes name)
cdef bytes entity_name(Center *c, int kind, int64_t which)
cdef object tier_view(Center *c, int64_t slot)
cdef object channel_view(Center *c, int64_t slot)
cdef object queue_view(Center *c, int64_t slot)
cdef object agent_view(Center *c, int64_t slot)
cdef object interaction_view(Center *c, int64_t handle)
cdef object offer_view(Center *c, int64_t handle)
cdef object assignment_view(Center *c, int64_t handle)
cdef object figures_view(Center *c, int64_t queue, int64_t tier)
cdef tuple wait_edges_view(Center *c)
cdef object waiting_since_view(Center *c, int64_t queue, int64_t tier)
cdef object center_view(Center *c)
