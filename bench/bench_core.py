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


@pytest.mark.parametrize("what", ["nothing", "a command", "a command in C"])
def bench_python_call(benchmark: Any, what: str) -> None:
    """What a Python call costs: an event of the reference job by ``apply``, in C, and a call that does nothing."""
    job = make_job(SHAPES[1], EVENTS)
    in_c, from_python = AcdcoreFromC(), AcdcoreFromPython()

    def prepared() -> None:
        for contender in (in_c, from_python):
            contender.load(job, job.timed)

    def run() -> None:
        if what == "a command in C":
            in_c.run()
            return
        core, commands = from_python.core, from_python.commands
        if what == "nothing":
            call = core.pending_events
            for _ in commands:
                call()
        else:
            apply = core.apply
            for command in commands:
                apply(command)

    benchmark.pedantic(run, setup=prepared, rounds=ROUNDS)
    ns = benchmark.stats.stats.median * 1e9 / EVENTS
    result = f"{from_python.core.state_hash():016x}" if what == "a command" else checksum(in_c.results())
    benchmark.extra_info["ns an event, median"] = round(ns, 1)
    benchmark.extra_info["result"] = "" if what == "nothing" else result
    print(f"\n  {what}: {ns:,.0f} ns, result {benchmark.extra_info['result'] or '-'}")
