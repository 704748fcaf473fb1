"""Nanoseconds a command inside the core, by pytest-benchmark, with a hash of every result.

    make bench

``hash`` is that of all assignments: two builds whose hashes differ did not do the same work. A center of
10,000 agents does not fit the inner caches; what grows with it is mostly the time to reach memory.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import Any

import pytest

from acdcore.bench.job import Job
from acdcore.router import Command, Core, Op
from acdcore.router.codes import SINCE_NOW

EVENTS = 100_000
ROUNDS = 5


@pytest.mark.parametrize("profiles", [0, 40], ids=["distinct", "40-profiles"])
@pytest.mark.parametrize("agents", [100, 1_000, 10_000])
def bench_reference_job(benchmark: Any, agents: int, profiles: int) -> None:
    """The reference job through the C-level interface: arrivals, accepts and completions."""
    job = Job(agents, profiles)
    rates = []

    def run() -> None:
        started = perf_counter_ns()
        commands = job.run(EVENTS)
        rates.append((perf_counter_ns() - started) / commands)

    benchmark.pedantic(run, rounds=ROUNDS)
    rates.sort()
    benchmark.extra_info["ns a command, median"] = round(rates[len(rates) // 2], 1)
    benchmark.extra_info["commands an event"] = round(job.commands / (ROUNDS * EVENTS), 3)
    benchmark.extra_info["hash"] = f"{job.result_hash():#018x}"
    print(
        f"\n  {agents:>6,} agents, {'all distinct' if profiles == 0 else f'{profiles} profiles'}: "
        f"{rates[len(rates) // 2]:.0f} ns a command ({min(rates):.0f} to {max(rates):.0f}), "
        f"result {job.result_hash():#018x}"
    )


def bench_python_call(benchmark: Any) -> None:
    """One enqueue and one cancel through a Python call each, nobody being there to serve."""
    core = Core()
    core.apply(Command(Op.DEFINE_TIER, 0, name=b"t"))
    core.apply(Command(Op.DEFINE_QUEUE, 0, name=b"q"))

    def run() -> None:
        handle = core.apply(Command(Op.ENQUEUE, 0, queue=0, tier=0, x=SINCE_NOW)).value
        core.apply(Command(Op.CANCEL, 0, target=handle, x=2))
        core.drain()

    benchmark(run)
