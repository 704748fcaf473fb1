"""The reference job, small: right before it is fast."""

from __future__ import annotations

import pytest

from acdcore.bench.job import Job


@pytest.mark.parametrize("profiles", [0, 5])
def test_the_job_is_what_it_says(profiles: int) -> None:
    """95 % at work, at most 300 waiting, every command accepted, every invariant kept."""
    job = Job(40, profiles, seed=3)
    commands = job.run(3_000)
    busy, waiting = job.busy_and_waiting()
    assert 36 <= busy <= 38
    assert 0 <= waiting <= 300
    assert commands >= 3_000
    job.check()


def test_the_same_seed_gives_the_same_result() -> None:
    one, two, other = Job(30, seed=1), Job(30, seed=1), Job(30, seed=2)
    for job in (one, two, other):
        job.run(2_000)
    assert one.result_hash() == two.result_hash() != other.result_hash()
    assert one.state_hash() == two.state_hash() != other.state_hash()


def test_nobody_is_no_center() -> None:
    with pytest.raises(ValueError, match="agents"):
        Job(0)
