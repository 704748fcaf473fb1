"""Many figures at once: rows that say what the views say, and wait histograms with every target among their edges.

That both routers copy the same bytes is held by the differential run (``fuzz.copies``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

import fuzz
from acdcore.embedded import Router
from acdcore.router import Command, Core, Item, ItemKind, Op, QueueField
from acdcore.router.batch import CELL, DOOR, STANDING, UNUSED, Layout, row_bytes
from acdcore.router.codes import MAX_WAIT_EDGES, SECOND_NS, WAIT_EDGES_NS
from acdcore.router.records import Figures
from acdcore.router.reference import Reference

HEADER = Path(__file__).parents[1] / "router" / "copies.pxd"
C_TYPES = {"int64_t": "i8", "uint64_t": "u8", "int": "i4"}
ROUTERS = [Reference, Core]
AnyRouter = Reference | Core


def busy(core: AnyRouter, seed: int) -> AnyRouter:
    """Apply random commands."""
    fuzz.run(seed, 600, (core,), check_every=600)
    return core


def cells_of(core: AnyRouter, room: int = 64) -> Iterator[np.void]:
    """Yield all rows of figures."""
    rows = np.zeros(room, np.dtype(CELL))
    queue = 0
    while queue < core.center().queues:
        copied, queue = core.cells_into(rows, queue)
        yield from rows[:copied].copy()


def figures_of(row: np.void, bins: int) -> Figures:
    """Return a row as the view has it."""
    sums = {
        name: int(row[f"{name}_low"]) + (int(row[f"{name}_high"]) << 64) for name in Figures._fields if "_ns" in name
    }
    waits = [int(row[f"waits_{place}"]) for place in range(MAX_WAIT_EDGES + 1)]
    assert not any(waits[bins:])
    plain = {name: int(row[name]) for name in Figures._fields if name not in (*sums, "wait_bins")}
    return Figures(**plain, **sums, wait_bins=tuple(waits[:bins]))


@pytest.mark.parametrize("seed", range(4))
def test_rows_say_what_the_views_say(seed: int) -> None:
    core = busy(Core(), seed)
    bins = len(core.wait_edges()) + 1
    counts = core.center()
    rows = {(int(row["queue"]), int(row["tier"])): row for row in cells_of(core, counts.tiers)}
    assert list(rows) == sorted(rows)
    assert rows
    for queue in range(counts.queues):
        for tier in range(counts.tiers):
            figures = core.figures(queue, tier)
            assert ((queue, tier) in rows) == bool(figures.enqueued or figures.moved_in)
            if (queue, tier) in rows:
                assert figures_of(rows[queue, tier], bins) == figures
                assert rows[queue, tier]["since_ns"] == core.waiting_since(queue, tier)
    doors = np.zeros(counts.queues + 1, np.dtype(DOOR))
    assert core.doors_into(doors, 0) == counts.queues
    for slot in range(counts.queues):
        queue_view = core.queue(slot)
        assert queue_view is not None
        same = (doors[slot]["target_ns"], doors[slot]["queued"], doors[slot]["is_open"])
        assert same == (queue_view.target_ns, queue_view.queued, queue_view.is_open)
    standings = np.zeros(counts.agents + 1, np.dtype(STANDING))
    assert core.standings_into(standings, 0) == counts.agents
    views = [core.agent(slot) for slot in range(counts.agents)]
    for one, view in zip(standings, views, strict=False):
        assert view is not None
        assert (one["presence"], one["state"]) == (view.presence, view.state)
    alike = {int(one["signature"]): view.skills for one, view in zip(standings, views, strict=False) if view}
    assert all(alike[int(one["signature"])] == view.skills for one, view in zip(standings, views, strict=False) if view)


@pytest.mark.parametrize("core", ROUTERS)
def test_what_does_not_fit_is_refused(core: type[AnyRouter]) -> None:
    router = busy(core(), 1)
    with pytest.raises(ValueError, match=r"cells: too few rows for a queue's tiers; allowed: [0-9]+ or more"):
        router.cells_into(bytearray(), 0)
    for method in (router.cells_into, router.doors_into, router.standings_into):
        with pytest.raises(ValueError, match="first: -1 is no row; allowed: 0 or more"):
            method(bytearray(row_bytes(CELL)) if method == router.cells_into else bytearray(), -1)
        with pytest.raises(ValueError, match="bytes in rows of"):
            method(bytearray(7), 0)
    beyond = router.center().queues + 5
    assert router.cells_into(bytearray(row_bytes(CELL)), beyond) == (0, beyond)
    assert (router.doors_into(bytearray(24), beyond), router.standings_into(bytearray(16), 10**9)) == (0, 0)


@pytest.mark.parametrize("core", ROUTERS)
def test_rows_may_lie_at_any_address(core: type[AnyRouter]) -> None:
    router = busy(core(), 2)
    for method, layout in ((router.cells_into, CELL), (router.doors_into, DOOR), (router.standings_into, STANDING)):
        size = 40 * row_bytes(layout)
        straight, odd = bytearray(size), bytearray(size + 3)
        assert method(straight, 0) == method(memoryview(odd)[3:], 0)
        assert straight == odd[3:]
        assert any(straight)


@pytest.mark.parametrize(("name", "layout"), [("CellRow", CELL), ("DoorRow", DOOR), ("StandingRow", STANDING)])
def test_rows_lie_as_the_header_says(name: str, layout: Layout) -> None:
    body = re.search(rf"cdef struct {name}:.*\n((?:    .*\n)+)", HEADER.read_text(encoding="utf-8"))
    assert body is not None
    fields = re.findall(r"^    (\w+)(?:\[N_WAIT_BINS\])? (\w+)$", body[1], re.MULTILINE)
    said = [(word, kind) for word, kind in layout if not word.startswith("waits_")]
    assert [(word, C_TYPES[kind]) for kind, word in fields if word != "waits"] == said
    assert row_bytes(layout) == sum(int(kind[1]) for _, kind in layout)
    assert UNUSED not in dict(layout) or layout[-1][0] == UNUSED


@pytest.mark.parametrize("core", ROUTERS)
def test_a_few_checks_at_a_time_look_at_everything_in_the_end(core: type[AnyRouter]) -> None:
    router = busy(core(), 3)
    place = rounds = 0
    for _ in range(10_000):
        place = router.check_some(place, 7)
        rounds += place == 0
        if rounds == 2:
            break
    assert rounds == 2
    for wrong in ((-1, 1), (0, 0)):
        with pytest.raises(ValueError, match="is no part; allowed: 0 or more"):
            router.check_some(*wrong)


# ---------------------------------------------------------------------- edges


def target(core: AnyRouter, seconds: int, name: bytes = b"queue", flags: int = 0) -> None:
    """Define a queue with a target."""
    items = (Item(ItemKind.FIELD, QueueField.TARGET_NS, seconds * SECOND_NS),)
    answer = core.apply(Command(Op.DEFINE_QUEUE, core.center().now_ns, name=name, items=items, flags=flags))
    assert answer.code == 0


@pytest.mark.parametrize("core", ROUTERS)
def test_every_target_becomes_an_edge_while_there_is_room(core: type[AnyRouter]) -> None:
    router = core()
    assert router.wait_edges() == WAIT_EDGES_NS
    target(router, 20, b"usual")
    assert router.wait_edges() == WAIT_EDGES_NS
    targets = [7, 500_000, 0, *range(7_001, 7_040)]
    for number, seconds in enumerate(targets):
        target(router, seconds, f"queue {number}".encode())
    kept = targets[: MAX_WAIT_EDGES - len(WAIT_EDGES_NS)]
    assert router.wait_edges() == tuple(sorted([*WAIT_EDGES_NS, *(one * SECOND_NS for one in kept)]))
    assert len(router.wait_edges()) == MAX_WAIT_EDGES
    router.check_invariants()


@pytest.mark.parametrize("core", ROUTERS)
def test_what_is_counted_at_a_target_is_what_was_answered_within_it(core: type[AnyRouter]) -> None:
    """From its edge on; what was answered before stays above it, so that no counter ever goes back."""
    now_s = 1_000_000
    router = Router(clock=lambda: now_s * SECOND_NS, core=core())
    router.define_tier("standard")
    router.define_agent("anna")
    router.define_queue("calls", target=timedelta(seconds=10), wrap_up=timedelta(0))

    def answered_after(seconds: int) -> None:
        nonlocal now_s
        call = f"call at {now_s}"
        router.enqueue("calls", call)
        now_s += seconds
        router.sign_in("anna")
        router.accept(router.interaction(call).offer_ids[0])
        router.complete(call)
        router.sign_out("anna")
        now_s += 1

    def bins() -> dict[int, int]:
        edges = [*(edge // SECOND_NS for edge in router.core.wait_edges()), -1]
        return {edge: n for edge, n in zip(edges, router.core.figures(0, 0).wait_bins, strict=True) if n}

    for seconds in (0, 6, 7, 8, 200_000):
        answered_after(seconds)
    assert bins() == {1: 1, 10: 3, -1: 1}
    router.define_queue("calls", target=timedelta(seconds=7), wrap_up=timedelta(0), replace=True)
    assert bins() == {1: 1, 10: 3, -1: 1}
    assert 7 * SECOND_NS in router.core.wait_edges()
    before = router.core.figures(0, 0).in_target
    for seconds in (6, 7, 8):
        answered_after(seconds)
    assert bins() == {1: 1, 7: 2, 10: 4, -1: 1}
    assert router.core.figures(0, 0).in_target - before == 2
    assert router.figures("calls").wait_edges_ns == router.core.wait_edges()
