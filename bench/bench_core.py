"""Nanoseconds an event of the reference job inside the core, by pytest-benchmark, with a hash of every result.

    make bench

``result`` is the checksum of all assignments: two builds whose checksums differ did not do the same work. What the
same job costs others, ``acdcore bench`` shows.
"""

from __future__ import annotations

from typing import Any

import pytest

from acdcore.bench.contenders.acdcore_batch import AcdcoreInBatches
from acdcore.bench.contenders.acdcore_clevel import AcdcoreFromC
from acdcore.bench.contenders.acdcore_python import AcdcoreFromPython
from acdcore.bench.contenders.base import Contender
from acdcore.bench.reference_job import Shape, checksum, make_job
from acdcore.router import Command, Core, Op
from acdcore.router.codes import SINCE_NOW

EVENTS = 100_000
ROUNDS = 5
SHAPES = (Shape(100), Shape(1_000), Shape(10_000), Shape(10_000, profiles=40), Shape(1_000, waiting=100_000))


@pytest.mark.parametrize("ours", [AcdcoreFromC, AcdcoreInBatches, AcdcoreFromPython], ids=lambda ours: ours.name)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def bench_reference_job(benchmark: Any, shape: Shape, ours: type[Contender]) -> None:
    """The reference job: arrivals, completions, abandonments."""
    job = make_job(shape, EVENTS)
    contender = ours()
    benchmark.pedantic(contender.run, setup=lambda: contender.load(job, job.timed), rounds=ROUNDS)
    result = checksum(contender.results())
    assert result == checksum(job.results)
    ns = benchmark.stats.stats.median * 1e9 / EVENTS
    benchmark.extra_info["ns an event, median"] = round(ns, 1)
    benchmark.extra_info["result"] = result
    print(f"\n  {shape}: {ours.name}: {ns:,.0f} ns an event, result {result}")


@pytest.mark.parametrize("what", ["nothing", "a command", "a command refused"])
def bench_python_call(benchmark: Any, what: str) -> None:
    """One command through a Python call, beside a call that does nothing."""
    core = Core()
    core.apply(Command(Op.DEFINE_TIER, 0, name=b"t"))
    core.apply(Command(Op.DEFINE_QUEUE, 0, name=b"q"))
    handle = core.apply(Command(Op.ENQUEUE, 0, queue=0, tier=0, x=SINCE_NOW)).value
    command = {
        "nothing": Command(Op.ADVANCE, 0),
        "a command": Command(Op.SET_PRIORITY, 0, target=handle, priority=0),
        "a command refused": Command(Op.COMPLETE, 0, target=handle, x=1),
    }[what]
    benchmark(core.pending_events if what == "nothing" else core.apply, *([] if what == "nothing" else [command]))
    benchmark.extra_info["result"] = f"{core.state_hash():#018x}"
