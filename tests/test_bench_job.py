"""The reference job as the router does it: right before it is fast."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from acdcore.bench.contenders.acdcore_batch import MOST_EVENTS, ROWS, AcdcoreInBatches
from acdcore.bench.contenders.acdcore_clevel import AcdcoreFromC
from acdcore.bench.contenders.acdcore_python import AcdcoreFromPython
from acdcore.bench.contenders.base import Contender
from acdcore.bench.job import Prepared, new_core
from acdcore.bench.reference_job import ABANDON, ARRIVE, Job, Shape, checksum, make_job
from acdcore.router import Core, Op, Result
from acdcore.router.batch import ANSWER, EVENT

OURS = (AcdcoreFromC, AcdcoreInBatches, AcdcoreFromPython)
SHAPES = (Shape(40), Shape(40, profiles=5, waiting=20, seed=3), Shape(7, waiting=0), Shape(1, waiting=2))


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def job(request: pytest.FixtureRequest) -> Job:
    """A small job."""
    return make_job(request.param, timed=3_000)


def ran(contender: Contender, job: Job, events: NDArray[np.void]) -> NDArray[np.int32]:
    """Return the results of a contender."""
    contender.load(job, events)
    contender.run()
    results = contender.results()
    contender.close()
    return results


@pytest.mark.parametrize("ours", OURS, ids=lambda ours: ours.name)
def test_ours_do_the_job(job: Job, ours: type[Contender]) -> None:
    """Every face of the router gives the results of whoever made the job, also of a prefix, also a second time."""
    contender = ours()
    assert ours.missing() is None and len(ours.name) <= 24
    assert checksum(ran(contender, job, job.timed)) == checksum(job.results)
    assert list(ran(contender, job, job.timed[:1_001])) == list(job.results[:1_001])
    assert ran(contender, job, job.timed[:0]).size == 0


def test_a_job_is_what_it_says(job: Job) -> None:
    """95 % at work and so many waiting, every command accepted, every invariant kept after all of them."""
    prepared = Prepared(job, job.timed)
    prepared.run()
    prepared.core.check_invariants()
    agents = [prepared.core.agent(slot) for slot in range(job.shape.agents)]
    at_work = sum(agent is not None and agent.units > 0 for agent in agents)
    waiting = sum(
        prepared.core.figures(queue, tier).waiting
        for queue in range(len(job.requirements))
        for tier in range(prepared.core.center().tiers)
    )
    assert at_work + waiting in (job.shape.target, job.shape.target - 1)
    assert waiting <= job.shape.waiting + 1


def test_the_commands_are_those_of_the_events(job: Job) -> None:
    """A command an event, each accepted, and as many events as the batch contender makes room for."""
    prepared = Prepared(job, job.timed)
    ops = {int(op): int((prepared.commands["op"] == op).sum()) for op in set(prepared.commands["op"])}
    kinds = job.timed["kind"]
    arrived, left = int((kinds == ARRIVE).sum()), int((kinds == ABANDON).sum())
    assert (ops[Op.ENQUEUE], ops.get(Op.CANCEL, 0)) == (arrived, left)
    assert ops[Op.COMPLETE] == len(kinds) - arrived - left
    answers, events = np.zeros(ROWS, np.dtype(ANSWER)), np.zeros(MOST_EVENTS, np.dtype(EVENT))
    for first in range(0, len(kinds), ROWS):
        rows = prepared.commands[first : first + ROWS]
        assert prepared.core.apply_batch(rows, answers) == len(rows)
        assert not answers["code"].any()
        assert prepared.core.drain_into(events) < MOST_EVENTS
        assert prepared.core.pending_events() == 0


def test_a_job_that_is_refused_is_no_job() -> None:
    job = make_job(Shape(3, waiting=1), timed=10)
    wrong = job.timed.copy()
    wrong["requirement"] = 999
    wrong["kind"] = ARRIVE
    with pytest.raises(RuntimeError, match=f"refused with {Result.UNKNOWN_QUEUE.value}"):
        Prepared(job, wrong)


def test_everybody_is_signed_in_in_order() -> None:
    core = new_core(make_job(Shape(5), timed=1))
    assert isinstance(core, Core)
    numbers = [agent.signed_in_seq for agent in map(core.agent, range(5)) if agent is not None]
    assert numbers == [1, 2, 3, 4, 5]
    assert core.drain() == []
