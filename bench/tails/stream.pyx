# cython: cdivision=True
"""Commands on record; see stream.pxd."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

import json
from pathlib import Path

from acdcore.router import Core as PyCore
from acdcore.router.records import Answer as PyAnswer
from acdcore.router.records import Command as PyCommand
from acdcore.router.records import Item as PyItem

from acdcore.router.core cimport apply

PARTS = ("entries", "names", "items")


cdef int arena_push(Arena *arena, const void *bytes, int64_t n) except -1 nogil:
    """Add bytes; raise MemoryError if there is no room."""
    cdef int64_t capacity = arena.capacity if arena.capacity else 4096
    cdef char *moved
    while capacity < arena.n + n:
        capacity *= 2
    if capacity != arena.capacity:
        moved = <char *> realloc(arena.bytes, <size_t> capacity)
        if moved == NULL:
            raise MemoryError
        arena.bytes = moved
        arena.capacity = capacity
    if n:
        memcpy(arena.bytes + arena.n, bytes, <size_t> n)
        arena.n += n
    return 0


cdef class Stream:
    """A recording of every command of a center, from its first; ``apply`` runs one and puts it on record.

    Not thread-safe. ``apply`` raises what the router raises: a command that is refused is on record, too.
    """

    def __cinit__(self):
        self.about = {}
        self.labels = [""]
        self.label = 0
        self.now_ns = 0

    def __init__(self):
        self.core = PyCore()

    def __dealloc__(self):
        free(self.entries.bytes)
        free(self.names.bytes)
        free(self.items.bytes)

    def __len__(self):
        return length_of(self)

    cdef int push(self, const Command *command, const char *name, const Item *items) except -1 nogil:
        """Put a command on record."""
        cdef Entry entry
        entry.command = command[0]
        entry.name = self.names.n
        entry.item = self.items.n
        entry.label = self.label
        arena_push(&self.names, name, command.name_length)
        arena_push(&self.items, items, command.items * <int64_t> sizeof(Item))
        arena_push(&self.entries, &entry, sizeof(Entry))
        return 0

    cdef int put(self, Command *command, const char *name, const Item *items, Answer *answer) except -1:
        """Put a command on record and run it; its events are left where the router wrote them."""
        command.now_ns = self.now_ns
        self.push(command, name, items)
        self.core.c.n_events = 0
        return apply(self.core.c, command, name, items, answer)

    def apply(self, command not None):
        """Run a :class:`~acdcore.router.records.Command`, its time replaced by the stream's, and return its Answer."""
        cdef Command flat
        cdef Answer answer
        cdef Item[4096] items
        cdef bytes name = command.name
        cdef object request_id = command.request_id
        cdef tuple given = command.items
        cdef Py_ssize_t i
        if len(given) > 4096:
            raise ValueError(f"items: {len(given)} are too many; allowed: 4096")
        flat.op, flat.target = command.op, command.target
        flat.queue, flat.tier, flat.agent = command.queue, command.tier, command.agent
        flat.priority, flat.flags = command.priority, command.flags
        flat.x, flat.y, flat.z = command.x, command.y, command.z
        flat.name_length, flat.items = <int32_t> len(name), <int32_t> len(given)
        flat.request_high = <uint64_t> (request_id >> 64)
        flat.request_low = <uint64_t> (request_id & 0xFFFFFFFFFFFFFFFF)
        for i in range(len(given)):
            items[i].kind, items[i].key, items[i].value = given[i]
        self.put(&flat, name, items, &answer)
        return PyAnswer(answer.code, answer.value)

    def append(self, const uint8_t[::1] rows):
        """Put rows of :data:`acdcore.router.batch.COMMAND` on record as they are, times included, and run none.

        What is on record is ahead of ``core`` from then on, so that there is none any more. Raises ValueError for
        anything but whole rows without names and items.
        """
        cdef int64_t i, n = len(rows) // <int64_t> sizeof(Command)
        cdef const Command *commands = <const Command *> &rows[0] if n else NULL
        if n * <int64_t> sizeof(Command) != len(rows):
            raise ValueError(f"rows: {len(rows)} bytes are not whole rows of {sizeof(Command)}")
        for i in range(n):
            if commands[i].name_length or commands[i].items:
                raise ValueError(f"rows: the one numbered {i} has a name or items")
        for i in range(n):
            self.push(&commands[i], NULL, NULL)
        self.core = None

    def drain(self):
        """Return the events of the latest command, as a router does."""
        return self.events()

    def events(self):
        """Return the events of the latest command."""
        return self.core.drain()

    def measure(self, label):
        """Say as what the commands that follow are measured; "": not at all."""
        if label not in self.labels:
            self.labels.append(label)
        self.label = self.labels.index(label)

    def numbers(self, int32_t[::1] labels, int32_t[::1] ops):
        """Write the label and the operation of every command; both arrays are as long as the stream."""
        cdef int64_t i
        if labels.shape[0] != length_of(self) or ops.shape[0] != length_of(self):
            raise ValueError(f"labels, ops: of another length than the stream's {length_of(self)}")
        for i in range(length_of(self)):
            labels[i] = entry_of(self, i).label
            ops[i] = entry_of(self, i).command.op

    def command(self, int64_t i):
        """Return the ``i``-th command as the :class:`~acdcore.router.records.Command` that it was."""
        cdef const Entry *entry
        cdef const Command *flat
        cdef const Item *items
        cdef int32_t item
        if not 0 <= i < length_of(self):
            raise IndexError(i)
        entry = entry_of(self, i)
        flat, items = &entry.command, items_of(self, entry)
        return PyCommand(
            flat.op, flat.now_ns, flat.target, flat.queue, flat.tier, flat.agent, flat.priority, flat.flags,
            flat.x, flat.y, flat.z, name_of(self, entry)[:flat.name_length] if flat.name_length else b"",
            tuple(PyItem(items[item].kind, items[item].key, items[item].value) for item in range(flat.items)),
            (<object> flat.request_high << 64) | flat.request_low,
        )

    def save(self, folder):
        """Write the stream into a folder that is there."""
        cdef Arena *arena
        about = {"labels": self.labels, "about": self.about}
        Path(folder, "about.json").write_text(json.dumps(about), encoding="utf-8")
        for part in PARTS:
            arena = self.part(part)
            with Path(folder, part).open("wb") as file:
                if arena.n:
                    file.write(<uint8_t[:arena.n]> <uint8_t *> arena.bytes)

    @staticmethod
    def load(folder):
        """Read a stream from a folder; it can be replayed, not recorded any further."""
        cdef Stream stream = Stream.__new__(Stream)
        cdef Arena *arena
        about = json.loads(Path(folder, "about.json").read_text(encoding="utf-8"))
        stream.labels, stream.about = about["labels"], about["about"]
        for part in PARTS:
            arena = stream.part(part)
            arena.n = arena.capacity = Path(folder, part).stat().st_size
            if arena.n == 0:
                continue
            arena.bytes = <char *> realloc(NULL, <size_t> arena.n)
            if arena.bytes == NULL:
                raise MemoryError
            with Path(folder, part).open("rb") as file:
                if file.readinto(<uint8_t[:arena.n]> <uint8_t *> arena.bytes) != arena.n:
                    raise OSError(f"{folder}: {part} is shorter than it was")
        return stream

    cdef Arena *part(self, str name):
        if name == "entries":
            return &self.entries
        return &self.names if name == "names" else &self.items
