"""The structures under the compiled router, against dictionaries and sorted lists."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acdcore.router.heap import HeapProbe
from acdcore.router.names import NamesProbe


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(-2, 2), st.integers(-(2**63), 2**63 - 1)), max_size=120))
def test_heap_is_a_sorted_list(steps: list[tuple[int, int, int]]) -> None:
    """Pushing an id that is out and removing one that is in; the first is always the least key."""
    heap, keys = HeapProbe(16), dict[int, tuple[int, int, int]]()
    for which, a, b in steps:
        if which in keys:
            heap.remove(which)
            del keys[which]
        else:
            heap.push(which, a, b)
            keys[which] = (a, b, which)
        assert heap.is_sound()
        assert heap.first() == min(keys, key=keys.__getitem__, default=-1)


def test_heap_of_thousands_comes_out_sorted() -> None:
    draw = random.Random(3)
    heap = HeapProbe(5_000)
    keys = {which: (draw.randrange(100), draw.randrange(100), which) for which in range(5_000)}
    for which, (a, b, _) in keys.items():
        heap.push(which, a, b)
    out = []
    while heap.first() >= 0:
        out.append(heap.first())
        heap.remove(out[-1])
    assert out == sorted(keys, key=keys.__getitem__)


@pytest.mark.parametrize("spread", [1, 3, 2**64 - 1])
def test_names_are_a_dictionary(spread: int) -> None:
    """Also where all hashes collide, and after thousands of removals."""
    draw = random.Random(spread)
    table, model = NamesProbe(spread), dict[bytes, int]()
    for step in range(3_000):
        name = b"n%d" % draw.randrange(60)
        if name in model:
            table.remove(name)
            del model[name]
        else:
            table.put(name, step)
            model[name] = step
        probe = b"n%d" % draw.randrange(60)
        assert table.find(probe) == model.get(probe)
        assert len(table) == len(model)
    assert all(table.find(name) == value for name, value in model.items())


def test_a_large_table_of_names_moves_over_little_by_little() -> None:
    """Thousands of names, put in and taken out while a table that has doubled still moves."""
    draw = random.Random(5)
    table, model = NamesProbe(2**64 - 1), dict[bytes, int]()
    while len(model) < 20_000:
        name = b"n%d" % draw.randrange(40_000)
        if name in model and draw.random() < 0.5:
            table.remove(name)
            del model[name]
        elif name not in model:
            number = len(model)
            table.put(name, number)
            model[name] = number
        probe = b"n%d" % draw.randrange(40_000)
        assert table.find(probe) == model.get(probe)
    assert len(table) == len(model)
    assert all(table.find(name) == value for name, value in model.items())
    for name in list(model):
        table.remove(name)
    assert len(table) == 0
