# cython: cdivision=True
"""Commands on record, applied again from C."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from acdcore.router.core cimport Core, apply, apply_many
from acdcore.router.hashing cimport folded
from acdcore.router.law cimport OFFER_ACCEPTED, OK
from acdcore.router.model cimport Answer, Center, Command

cdef enum:
    CHUNK = 256             # commands at once, so that their events need little room


def apply_all(Core core, const uint8_t[::1] rows):
    """Apply rows of ``batch.COMMAND`` without names and items, and let go of their events and answers."""
    cdef int64_t n = len(rows) // <int64_t> sizeof(Command), done = 0, more
    cdef Center *c = core.c
    cdef Answer[CHUNK] answers
    cdef const Command *commands
    if n == 0:
        return
    commands = <const Command *> &rows[0]
    with nogil:
        while done < n:
            more = apply_many(c, &commands[done], min(n - done, <int64_t> CHUNK), answers)
            if more == 0:
                raise ValueError(f"rows[{done}]: it has a name or items; allowed: rows without")
            done += more
            c.n_events = 0


def run(Core core, const uint8_t[::1] rows, uint64_t checksum):
    """Apply rows without names and items, without the GIL: what is timed.

    Returns the checksum with every acceptance (interaction, agent) folded into it; raises RuntimeError when any
    command was refused.
    """
    cdef int64_t n = len(rows) // <int64_t> sizeof(Command), i, k, refused = 0
    cdef Center *c = core.c
    cdef Answer answer
    cdef const Command *commands = NULL
    if n:
        commands = <const Command *> &rows[0]
    with nogil:
        for i in range(n):
            apply(c, &commands[i], NULL, NULL, &answer)
            refused += answer.code != OK
            for k in range(c.n_events):
                if c.events[k].type == OFFER_ACCEPTED:
                    checksum = folded(folded(checksum, <uint64_t> c.events[k].interaction), c.events[k].agent)
            c.n_events = 0
    if refused:
        raise RuntimeError(f"{refused} commands were refused that had been accepted")
    return checksum


def accepted(uint64_t checksum, int64_t interaction, int64_t agent):
    """Return a checksum with one acceptance folded into it, as :func:`run` does."""
    return folded(folded(checksum, <uint64_t> interaction), <uint64_t> agent)
