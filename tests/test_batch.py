"""Many commands at once: the same as one at a time, in any split, on both routers."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import fuzz
from acdcore.router import Answer, Command, Core, Event, EventType, Item, ItemKind, Op, QueueField, Result, records
from acdcore.router.batch import ANSWER, COMMAND, DEFAULTS, EVENT, ITEM, UNUSED, BatchError, Layout, pack
from acdcore.router.codes import SINCE_NOW
from acdcore.router.reference import Reference

MODEL = Path(__file__).parents[1] / "router" / "model.pxd"
C_TYPES: dict[str, Any] = {"int64_t": ctypes.c_int64, "uint64_t": ctypes.c_uint64, "int32_t": ctypes.c_int32}
ROUTERS = [Reference, Core]
AnyRouter = Reference | Core


def rows_of(commands: Sequence[Command]) -> NDArray[np.void]:
    """Return commands without names and items as an array."""
    packed = pack(commands)
    assert not packed.names and not packed.items
    return np.frombuffer(packed.commands, np.dtype(COMMAND))


def answers_of(rows: NDArray[np.void]) -> list[Answer]:
    """Return answers as one command at a time gives them."""
    return [Answer(int(row["code"]), int(row["value"])) for row in rows]


def events_of(rows: NDArray[np.void]) -> list[Event]:
    """Return events as ``drain`` gives them."""
    return [Event(**{name: int(row[name]) for name in Event._fields}) for row in rows]


def drained(router: AnyRouter, room: int = 64) -> list[Event]:
    """Return all events, through an array with little room."""
    found: list[Event] = []
    rows = np.zeros(room, np.dtype(EVENT))
    while n := router.drain_into(rows):
        found += events_of(rows[:n])
    return found


def small_center(router: AnyRouter) -> None:
    """Define a queue that anna serves, who is there."""
    for command in (
        Command(Op.DEFINE_TIER, 0, name=b"t"),
        Command(Op.DEFINE_QUEUE, 0, name=b"q", items=(Item(ItemKind.FIELD, QueueField.WRAP_UP_NS, 0),)),
        Command(Op.DEFINE_AGENT, 0, name=b"anna"),
        Command(Op.SIGN_IN, 0, agent=0, x=1),
    ):
        assert router.apply(command).code == Result.OK
    router.drain()


def arrivals(count: int, now_ns: int = 0) -> NDArray[np.void]:
    """Return so many arrivals in the small center."""
    return rows_of([Command(Op.ENQUEUE, now_ns, queue=0, tier=0, x=SINCE_NOW)] * count)


# ---------------------------------------------------------------------- layouts


def c_struct(name: str) -> type[ctypes.Structure]:
    """Return a struct of model.pxd as a C compiler lays it out."""
    text = MODEL.read_text(encoding="utf-8")
    found = re.search(rf"^cdef struct {name}:.*?\n((?:    .*\n)+)", text, re.MULTILINE)
    assert found, name
    fields = re.findall(r"^ +(\w+) (\w+)", found[1], re.MULTILINE)
    return type(name, (ctypes.Structure,), {"_fields_": [(field, C_TYPES[kind]) for kind, field in fields]})


@pytest.mark.parametrize(
    ("name", "layout"), [("Command", COMMAND), ("Item", ITEM), ("Answer", ANSWER), ("Event", EVENT)]
)
def test_a_layout_is_that_of_the_struct(name: str, layout: Layout) -> None:
    struct, dtype = c_struct(name), np.dtype(layout)
    assert dtype.itemsize == ctypes.sizeof(struct)
    assert dtype.names is not None
    assert [field for field in dtype.names if field != UNUSED] == [field for field, *_ in struct._fields_]
    for field, kind, *_ in struct._fields_:
        assert dtype.fields is not None
        assert dtype.fields[field][:2] == (np.dtype(kind), getattr(struct, field).offset), field


def test_the_defaults_are_those_of_a_command() -> None:
    [row] = rows_of([Command(Op.ADVANCE, 0)])
    assert {name: int(row[name]) for name, _ in COMMAND if row[name] and name != "op"} == DEFAULTS
    assert {*records.Event._fields, UNUSED} == {name for name, _ in EVENT}


# ---------------------------------------------------------------------- the same as one at a time


def one_at_a_time(commands: Sequence[Command]) -> tuple[Core, list[Answer], list[Event]]:
    """Return a router after these commands, with all answers and events."""
    core = Core()
    answers, events = [], []
    for command in commands:
        answers.append(core.apply(command))
        events += core.drain()
    return core, answers, events


def splits(total: int, sizes: Sequence[int]) -> Iterator[slice]:
    """Yield slices that together cover so many rows, sizes taking turns."""
    first, turn = 0, 0
    while first < total:
        yield slice(first, first + sizes[turn % len(sizes)])
        first += sizes[turn % len(sizes)]
        turn += 1


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    sizes=st.lists(st.integers(1, 90), min_size=1, max_size=8),
    room=st.integers(1, 40),
    most_events=st.integers(0, 30),
)
def test_any_split_gives_the_same(seed: int, sizes: list[int], room: int, most_events: int) -> None:
    """Whatever random commands there are: answers, events and state hash, however they are cut into batches."""
    commands = fuzz.history(seed, 150, Core())
    expected, answers, events = one_at_a_time(commands)
    for router in (Reference(), Core()):
        found: list[Event] = []
        given_answers: list[Answer] = []
        for part in splits(len(commands), sizes):
            left = list(commands[part])
            while left:
                rows = pack(left)
                room_for_answers = np.full(len(left), -1, np.dtype(ANSWER))
                applied = router.apply_batch(
                    rows.commands, room_for_answers, rows.names, rows.items, most_events=most_events
                )
                assert applied == len(left) or 0 < most_events <= router.pending_events()
                given_answers += answers_of(room_for_answers[:applied])
                assert (room_for_answers[applied:] == np.full(1, -1, np.dtype(ANSWER))).all()
                left = left[applied:]
                if left or seed % 2:
                    found += drained(router, room)
        found += drained(router, room)
        assert given_answers == answers
        assert found == events
        assert router.state_hash() == expected.state_hash()
        assert router.next_deadline_ns() == expected.next_deadline_ns()
        router.check_invariants()


@pytest.mark.parametrize("make", ROUTERS)
def test_plain_and_batched_calls_take_turns(make: type[AnyRouter]) -> None:
    """Events come in order, whoever drains them and however."""
    router, expected = make(), Core()
    small_center(router)
    small_center(expected)
    answers = np.zeros(10, np.dtype(ANSWER))
    assert router.apply_batch(arrivals(10), answers) == 10
    assert len({row["value"] for row in answers}) == 10
    first = np.zeros(4, np.dtype(EVENT))
    assert router.drain_into(first) == 4
    assert router.pending_events() == 7
    router.apply(Command(Op.ADVANCE, 60 * 10**9))
    for command in [Command(Op.ENQUEUE, 0, queue=0, tier=0, x=SINCE_NOW)] * 10:
        expected.apply(command)
    expected.apply(Command(Op.ADVANCE, 60 * 10**9))
    assert events_of(first) + router.drain() == expected.drain()
    assert router.drain() == [] and router.drain_into(first) == router.pending_events() == 0


@pytest.mark.parametrize("make", ROUTERS)
def test_a_refusal_is_an_answer(make: type[AnyRouter]) -> None:
    """What the law refuses stops nothing: not even what is no operation, or comes too early."""
    router = make()
    small_center(router)
    commands = [
        Command(Op.ENQUEUE, 5, queue=7, tier=0, x=SINCE_NOW),
        Command(99, 5),
        Command(Op.ENQUEUE, 5, queue=0, tier=0, x=SINCE_NOW),
        Command(Op.ENQUEUE, 4, queue=0, tier=0, x=SINCE_NOW),
        Command(Op.CANCEL, 6, target=12_345, x=2),
        Command(Op.ENQUEUE, 6, queue=0, tier=0, x=SINCE_NOW),
    ]
    answers = np.zeros(len(commands), np.dtype(ANSWER))
    assert router.apply_batch(rows_of(commands), answers) == len(commands)
    assert [Result(code).name for code in answers["code"]] == [
        "UNKNOWN_QUEUE", "MALFORMED", "OK", "TIME_BACKWARDS", "UNKNOWN_INTERACTION", "OK",
    ]  # fmt: skip
    assert router.center().interactions == 2


def test_no_memory_of_a_router_leaves_with_its_rows() -> None:
    """The bytes that fill a row up are zero, so that the hash of an array is that of its rows."""
    core = Core()
    small_center(core)
    answers, events = bytearray(b"\xff" * 16 * 3), bytearray(b"\xff" * 80 * 10)
    assert core.apply_batch(arrivals(3), answers) == 3
    n = core.drain_into(events)
    assert n == 4
    assert all(answers[at + 12 : at + 16] == bytes(4) for at in range(0, 48, 16))
    assert all(events[at + 76 : at + 80] == bytes(4) for at in range(0, 80 * n, 80))
    assert events[80 * n :] == b"\xff" * 80 * (10 - n)


# ---------------------------------------------------------------------- what does not fit


@pytest.mark.parametrize("make", ROUTERS)
@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [("name_length", 3, "0 to 2, left in names"), ("name_length", -1, "0 to 2"), ("items", 2, "0 to 1, left in items"),
     ("items", -5, "0 to 1, left in items")],
)  # fmt: skip
def test_a_row_that_cannot_be_read(make: type[AnyRouter], field: str, value: int, allowed: str) -> None:
    """The rows before it are applied, and it is said how many; nothing of it or after it is."""
    router = make()
    rows = pack([Command(Op.DEFINE_SKILL, 0, name=b"s%d" % number) for number in range(4)])
    commands = np.frombuffer(rows.commands, np.dtype(COMMAND))
    commands[3][field] = value
    answers = np.full(4, -7, np.dtype(ANSWER))
    item = np.zeros(1, np.dtype(ITEM))
    with pytest.raises(BatchError, match=rf"^commands\[3\].{field}: {value} is none; allowed: {allowed}") as raised:
        router.apply_batch(commands, answers, rows.names, item)
    assert raised.value.applied == 3
    assert "3 rows were applied" in str(raised.value)
    assert list(answers["value"]) == [0, 1, 2, -7]
    assert [event.type for event in router.drain()] == [EventType.DEFINED] * 3
    assert router.apply(Command(Op.DEFINE_SKILL, 0, name=b"s3")) == Answer(Result.OK, 3)


@pytest.mark.parametrize("make", ROUTERS)
def test_arrays_that_do_not_fit(make: type[AnyRouter]) -> None:
    """Nothing is applied, and the message says what is allowed."""
    router = make()
    small_center(router)
    before = router.state_hash()
    good, answers = arrivals(4), np.zeros(4, np.dtype(ANSWER))
    read_only = np.zeros(4, np.dtype(ANSWER))
    read_only.flags.writeable = False
    swapped = np.dtype([*COMMAND[1:3], COMMAND[0], *COMMAND[3:]])
    batches: list[tuple[Any, Any, dict[str, Any], str]] = [
        (good, answers[:3], {}, r"^answers: 3 rows are too few; allowed: 4 or more"),
        (good[::2], answers, {}, r"^commands: .*not contiguous.*allowed: .*batch.COMMAND"),
        (good.reshape(2, 2), answers, {}, r"^commands: 2 dimension"),
        (np.zeros(4, np.int64), answers, {}, r"^commands: .*allowed: .*batch.COMMAND"),
        (np.zeros(4, swapped), answers, {}, r"^commands: .*batch.COMMAND"),
        (np.zeros(4, np.dtype(COMMAND).newbyteorder()), answers, {}, r"^commands: .*batch.COMMAND"),
        (bytes(87), answers, {}, r"^commands: 1 dimension\(s\), 87 bytes, .* or bytes in rows of 88"),
        (good, np.zeros(4, np.dtype(EVENT)), {}, r"^answers: .*batch.ANSWER"),
        (good, read_only, {}, r"^answers: it is read-only"),
        (good, answers, {"items": answers}, r"^items: .*batch.ITEM"),
        (good, answers, {"most_events": -1}, r"^most_events: -1 is too few; allowed: 0"),
    ]
    for commands, room, others, message in batches:
        with pytest.raises(ValueError, match=message):
            router.apply_batch(commands, room, **others)
    with pytest.raises(TypeError):
        router.apply_batch([Command(Op.ADVANCE, 0)], answers)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^events: .*batch.EVENT"):
        router.drain_into(answers)
    with pytest.raises(ValueError, match=r"^events: it is read-only"):
        router.drain_into(bytes(160))
    assert router.state_hash() == before and router.pending_events() == 0
    assert router.apply_batch(good[:0], answers[:0]) == 0


@pytest.mark.parametrize("make", ROUTERS)
def test_rows_may_come_from_anywhere(make: type[AnyRouter]) -> None:
    """From bytes, at odd addresses, read-only, from ctypes: only how they lie matters."""
    good = arrivals(3).tobytes()
    structs = (c_struct("Command") * 3).from_buffer_copy(good)
    odd = memoryview(bytearray(b"x" + good))[1:]
    hashes = set()
    for rows in (good, bytearray(good), odd, structs, np.frombuffer(good, np.dtype(COMMAND)).view(np.recarray)):
        router = make()
        small_center(router)
        answers = memoryview(bytearray(49))[1:]
        assert router.apply_batch(rows, answers) == 3
        events = memoryview(bytearray(1 + 80 * 4))[1:]
        assert router.drain_into(events) == 4
        hashes.add((bytes(answers), bytes(events), router.state_hash()))
    assert len(hashes) == 1


def test_commands_that_do_not_fit_a_row() -> None:
    with pytest.raises(OverflowError, match=r"^commands\[1\]: .*Command\(.*now_ns=9223372036854775808"):
        pack([Command(Op.ADVANCE, 0), Command(Op.ADVANCE, 2**63)])
    with pytest.raises(OverflowError, match=r"^commands\[0\]"):
        pack([Command(Op.DEFINE_TIER, 0, items=(Item(1, 2**64, 0),))])


def test_nothing_is_asked_of_a_router_while_a_batch_runs() -> None:
    """The loop runs without the GIL: another thread's call is refused, and the batch is whole nevertheless."""
    core = Core()
    small_center(core)
    rows = rows_of([Command(Op.ADVANCE, 0)] * 200_000)
    answers = np.zeros(len(rows), np.dtype(ANSWER))
    done: list[int] = []
    refused = ""
    until = time.monotonic() + 60
    while not refused and time.monotonic() < until:
        thread = threading.Thread(target=lambda: done.append(core.apply_batch(rows, answers)))
        thread.start()
        while thread.is_alive() and not refused:
            try:
                core.next_deadline_ns()
            except RuntimeError as error:
                refused = str(error)
        thread.join()
    assert "one thread at a time" in refused
    assert done and set(done) == {len(rows)}
    assert core.next_deadline_ns() == -1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits the address space as Linux does")
@pytest.mark.skipif("ACDCORE_TEST_BUILD" in os.environ, reason="the address sanitizer reserves more than any limit")
def test_no_memory_left_is_said_with_the_row() -> None:
    """As of one command: a MemoryError, then RuntimeError; and how far the batch came."""
    script = """
import resource
from acdcore.router import Command, Core, Op
from acdcore.router.batch import ANSWER, pack, row_bytes
core = Core()
core.apply(Command(Op.DEFINE_TIER, 0, name=b"t"))
core.apply(Command(Op.DEFINE_QUEUE, 0, name=b"q"))
rows = pack([Command(Op.ENQUEUE, 0, queue=0, tier=0, x=-1)] * 1000).commands
answers = bytearray(1000 * row_bytes(ANSWER))
with open("/proc/self/statm") as file:
    size = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + 40_000_000, resource.RLIM_INFINITY))
try:
    while True:
        core.apply_batch(rows, answers)
except MemoryError as error:
    said = str(error)
try:
    core.apply_batch(rows, answers)
except RuntimeError as error:
    again = str(error)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(said)
print(again)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    said, again = done.stdout.splitlines()
    found = re.fullmatch(r"commands\[(\d+)\]: no memory left; (\d+) rows were applied", said)
    assert found and found[1] == found[2] and 0 <= int(found[1]) < 1000
    assert "ran out of memory" in again
