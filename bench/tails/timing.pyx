# cython: cdivision=True
"""A recorded stream replayed, each command timed by itself; and what a machine does that does nothing.

A stream is deterministic: its i-th command does the same work in every replay, so the least of several
replays is what the program itself needs for it, and whatever is beyond that was the machine (an interrupt,
another process, a cold cache). Nothing is subtracted: the clock's own time, which :func:`clock` tells, is in
every figure.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint64_t

from pathlib import Path

from acdcore.router import Core as PyCore
from acdcore.router.codes import EventType

from acdcore.router.core cimport Core, apply
from acdcore.router.digest cimport state_hash
from acdcore.router.hashing cimport folded
from acdcore.router.heap cimport ARITY
from acdcore.router.law cimport OK
from acdcore.router.model cimport Answer, Center

from ..memory_probe import arrays
from ..memory_probe cimport bytes_of
from .clock cimport ACD_HAS_COUNTER, acd_allocated, acd_clock_ns, acd_page_faults, acd_tick_after
from .clock cimport acd_tick_before
from .stream cimport Entry, Stream, entry_of, items_of, length_of, name_of

CALIBRATION_NS = 50_000_000

cdef bint COUNTER = False
cdef double TICKS_A_NS = 0.0
cdef double OWN_NS = 0.0


# ---------------------------------------------------------------------- the clock

def counter_is_steady():
    """Say whether the processor's time-stamp counter runs at one pace for ever, as far as the system tells."""
    if not ACD_HAS_COUNTER:
        return False
    try:
        flags = Path("/proc/cpuinfo").read_text("ascii", errors="replace")
    except OSError:
        return False
    return " constant_tsc" in flags and " nonstop_tsc" in flags


def clock():
    """Return the clock in use: (name, ticks a nanosecond, nanoseconds that reading it before and after takes).

    The first call chooses it and takes 50 ms to compare it with CLOCK_MONOTONIC.
    """
    global COUNTER, TICKS_A_NS, OWN_NS
    if TICKS_A_NS == 0.0:
        COUNTER = counter_is_steady()
        calibrate()
    return "time-stamp counter" if COUNTER else "CLOCK_MONOTONIC", TICKS_A_NS, OWN_NS


cdef void calibrate():
    """Find the counter's pace over some time, and the least time between two readings."""
    global TICKS_A_NS, OWN_NS
    cdef int64_t from_ns = acd_clock_ns(), from_tick = acd_tick_before(COUNTER), before, least = 1 << 40
    cdef int _i
    while acd_clock_ns() < from_ns + <int64_t> CALIBRATION_NS:
        pass
    TICKS_A_NS = <double> (acd_tick_after(COUNTER) - from_tick) / <double> (acd_clock_ns() - from_ns)
    for _i in range(10_000):
        before = acd_tick_before(COUNTER)
        least = min(least, acd_tick_after(COUNTER) - before)
    OWN_NS = least / TICKS_A_NS


# ---------------------------------------------------------------------- replays

cdef inline uint64_t with_events(Center *c, const Answer *answer, uint64_t digest) noexcept nogil:
    """Fold what a command led to into a hash."""
    cdef int64_t i
    digest = folded(folded(digest, <uint64_t> answer.code), <uint64_t> answer.value)
    for i in range(c.n_events):
        digest = folded(digest, <uint64_t> c.events[i].type)
        digest = folded(folded(digest, <uint64_t> c.events[i].interaction), <uint64_t> c.events[i].agent)
    return digest


@cython.boundscheck(False)
@cython.wraparound(False)
def replay(Stream stream not None, int64_t[::1] ticks, int32_t[::1] events):
    """Replay a stream on an empty center; write each command's ticks and how many events it had.

    Returns (hash of every answer and event, state hash, commands refused). Raises ValueError when an array is
    not as long as the stream, MemoryError when there is no room.
    """
    cdef Core core = PyCore()
    cdef Center *c = core.c
    cdef const Entry *entry
    cdef Answer answer
    cdef int64_t i, n = length_of(stream), before, refused = 0
    cdef uint64_t digest = 0
    if ticks.shape[0] != n or events.shape[0] != n:
        raise ValueError(f"ticks, events: of another length than the stream's {n}")
    clock()
    with nogil:
        for i in range(n):
            entry = entry_of(stream, i)
            c.n_events = 0
            before = acd_tick_before(COUNTER)
            apply(c, &entry.command, name_of(stream, entry), items_of(stream, entry), &answer)
            ticks[i] = acd_tick_after(COUNTER) - before
            events[i] = <int32_t> c.n_events
            refused += answer.code != OK
            digest = with_events(c, &answer, digest)
    return digest, state_hash(c), refused


cdef inline void wait_until(int64_t tick) noexcept nogil:
    while acd_tick_before(COUNTER) < tick:
        pass


@cython.boundscheck(False)
@cython.wraparound(False)
def replay_planned(Stream stream not None, int64_t[::1] planned, int64_t[::1] ticks):
    """Replay a stream whose commands have planned times; write each one's ticks from then until it was done.

    ``planned``: ticks from the beginning, NEVER (-1) for what is only there to bring the center to where it begins.
    A command that is late runs at once: whoever comes behind a long one waits for it, and that counts.
    """
    cdef Core core = PyCore()
    cdef Center *c = core.c
    cdef const Entry *entry
    cdef Answer answer
    cdef int64_t i, n = length_of(stream), begun = -1
    cdef uint64_t digest = 0
    if ticks.shape[0] != n or planned.shape[0] != n:
        raise ValueError(f"planned, ticks: of another length than the stream's {n}")
    clock()
    with nogil:
        for i in range(n):
            entry = entry_of(stream, i)
            c.n_events = 0
            if planned[i] >= 0:
                if begun < 0:
                    begun = acd_tick_before(COUNTER) - planned[i]
                wait_until(begun + planned[i])
            apply(c, &entry.command, name_of(stream, entry), items_of(stream, entry), &answer)
            ticks[i] = acd_tick_after(COUNTER) - begun - planned[i] if planned[i] >= 0 else 0
            digest = with_events(c, &answer, digest)
    return digest


@cython.boundscheck(False)
@cython.wraparound(False)
def machine(int64_t span, int64_t[::1] ticks):
    """Do nothing but read the clock for ``span`` ticks, again and again; write how long each really took."""
    cdef int64_t i, before, now
    clock()
    with nogil:
        for i in range(ticks.shape[0]):
            before = acd_tick_before(COUNTER)
            now = before
            while now - before < span:
                now = acd_tick_after(COUNTER)
            ticks[i] = now - before


@cython.boundscheck(False)
@cython.wraparound(False)
def machine_planned(int64_t[::1] planned, int64_t[::1] ticks):
    """Keep the planned times with nothing to do; write how late each was over, in ticks."""
    cdef int64_t i, begun
    if planned.shape[0] != ticks.shape[0]:
        raise ValueError("planned, ticks: of different lengths")
    clock()
    with nogil:
        begun = acd_tick_before(COUNTER)
        for i in range(planned.shape[0]):
            wait_until(begun + planned[i])
            ticks[i] = acd_tick_after(COUNTER) - begun - planned[i]


# ---------------------------------------------------------------------- what was it that took so long

cdef int32_t count_due(Center *c, int32_t place, int64_t now_ns) noexcept nogil:
    """Count the timers that a command at this time fires first."""
    cdef int32_t child, timer, count = 0
    if place >= c.deadlines.n or c.deadlines.entries[place].a > now_ns:
        return 0
    timer = c.deadlines.entries[place].id
    while timer >= 0 and c.timers[timer].deadline_ns <= now_ns:  # of a lane only the first is in the heap
        count += 1
        timer = c.timers[timer].next if c.timers[timer].lane >= 0 else -1
    for child in range(place * ARITY + 1, place * ARITY + 1 + ARITY):
        count += count_due(c, child, now_ns)
    return count


cdef dict counted(Center *c):
    """Count the events of a command by type."""
    cdef int64_t i
    counts = {}
    for i in range(c.n_events):
        name = EventType(c.events[i].type).name
        counts[name] = counts.get(name, 0) + 1
    return counts


def explain(Stream stream not None, which, int32_t[::1] due, int64_t[::1] grew):
    """Replay a stream untimed; write how many timers each command fires and by how many bytes arrays grew in it.

    Returns, for each command of ``which``, a dict: its time (``now_ns``), ``code``, ``events`` by type, ``due``
    timers, page ``faults``, bytes ``allocated``, and which arrays ``grew``: {array: (bytes before, bytes after)}.
    """
    cdef Core core = PyCore()
    cdef Center *c = core.c
    cdef const Entry *entry
    cdef Answer answer
    cdef int64_t i, n = length_of(stream), before, faults, bytes_
    cdef bint is_wanted
    wanted = sorted(set(which), reverse=True)
    found = {}
    before = bytes_of(c)
    for i in range(n):
        entry = entry_of(stream, i)
        c.n_events = 0
        due[i] = count_due(c, 0, entry.command.now_ns)
        is_wanted = wanted and wanted[-1] == i
        old = arrays(core) if is_wanted else None
        faults, bytes_ = acd_page_faults(), acd_allocated() if is_wanted else 0
        apply(c, &entry.command, name_of(stream, entry), items_of(stream, entry), &answer)
        grew[i] = bytes_of(c) - before
        before += grew[i]
        if is_wanted:
            faults, bytes_ = acd_page_faults() - faults, acd_allocated() - bytes_
            found[wanted.pop()] = {
                "now_ns": entry.command.now_ns, "code": answer.code, "events": counted(c), "due": due[i],
                "faults": faults, "allocated": bytes_,
                "grew": {name: (old[name][2], row[2]) for name, row in arrays(core).items() if row[2] > old[name][2]},
            }
    return [found[i] for i in which]


def center_of(Stream stream not None):
    """Return the center that a stream leads to, its events let go of."""
    cdef Core core = PyCore()
    cdef Center *c = core.c
    cdef const Entry *entry
    cdef Answer answer
    cdef int64_t i
    with nogil:
        for i in range(length_of(stream)):
            entry = entry_of(stream, i)
            c.n_events = 0
            apply(c, &entry.command, name_of(stream, entry), items_of(stream, entry), &answer)
    c.n_events = 0
    return core
