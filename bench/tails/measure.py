"""The loads whose single commands are timed: how they are recorded, and what is measured of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np

from acdcore.router import Core

from .. import full_law
from ..reference_job import Job, Shape, checksum, make_job
from .growth import GROWS, Growth
from .loads import reference
from .run import Planned, Replayed, Replays, Tail
from .stream import Stream
from .timing import clock

JOBS: Final = ("reference", "full law")
SETTLE: Final = 20_000
"""Events beyond the job's warm-up until every ring of what is remembered has come round once."""
REFERENCE: Final = "reference job"
FULL_LAW: Final = "full law"


@dataclass(frozen=True)
class LoadTails:
    """The tails of one load. ``results``: the checksum of who got whom, as every contender prints it."""

    load: str
    agents: int
    profiles: int
    waiting: int
    clock: str
    clock_ns: float
    results: str
    replayed: Replayed
    machine: Tail
    planned: list[Planned]


@dataclass(frozen=True)
class GrowthTails:
    """The tails of one run that grows. ``commands``: how many were measured."""

    name: str
    what: str
    size: int
    commands: int
    replayed: Replayed


def record_reference(shape: Shape, events: int) -> Stream:
    """Record the reference job: so many measured events after it has settled; raise RuntimeError if it goes wrong."""
    job = make_job(shape, SETTLE + events)
    stream, results = reference(job, SETTLE)
    if checksum(results) != checksum(job.results):
        raise RuntimeError(f"{shape}: the router's results are not those of the job")
    stream.about["results"] = _of_measured(job)
    return stream


def _of_measured(job: Job) -> str:
    return checksum(job.results[SETTLE:])


def record_full_law(shape: Shape, events: int) -> Stream:
    """Record the full law: so many measured commands after the floor has settled."""
    stream = Stream()
    full_law.define(cast("Core", stream), shape.agents, shape.seed)
    rehearsal = full_law.Rehearsal(shape.agents, shape.waiting, shape.seed)
    stream.append(rehearsal.run(full_law.SETTLING * shape.agents).view(np.uint8))
    rehearsal.checksum = 0
    stream.measure(FULL_LAW)
    stream.append(rehearsal.run(events).view(np.uint8))
    stream.about |= {"results": f"{rehearsal.checksum:016x}", "state": rehearsal.core.state_hash()}
    return stream


def load_tails(job: str, shape: Shape, events: int, replays: int, rates: Sequence[int]) -> LoadTails:
    """Measure one of :data:`JOBS` of one shape; ``rates``: for latency from planned times."""
    record, label = (record_reference, REFERENCE) if job == JOBS[0] else (record_full_law, FULL_LAW)
    with Replays(record, shape, events) as replayed:
        replayed.run(replays)
        name, _, own_ns = clock()
        return LoadTails(
            label, shape.agents, shape.profiles, shape.waiting, name, own_ns, replayed.about["results"],
            replayed.replayed(label), replayed.machine(label), [replayed.planned(label, rate) for rate in rates],
        )  # fmt: skip


def growth_tails(growth: Growth, size: int, replays: int, worst: int = 12) -> GrowthTails:
    """Measure one run that grows to its share of ``size``."""
    reached = max(1, int(size * growth.share))
    with Replays(growth.make, reached) as replayed:
        replayed.run(replays)
        found = replayed.replayed(GROWS, worst)
        return GrowthTails(growth.name, growth.what, reached, found.own.samples, found)
