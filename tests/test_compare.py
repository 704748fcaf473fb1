"""Everybody who is compared does the same job, and it is the one that was meant."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from acdcore.bench import on_the_spot
from acdcore.bench.contenders import ceiling, contenders
from acdcore.bench.contenders.base import Contender
from acdcore.bench.reference_job import (
    ABANDON,
    ARRIVE,
    AT_WORK,
    COMPLETE,
    EVENT,
    NOBODY,
    SKILLS_EACH,
    Event,
    Job,
    Shape,
    Standing,
    checksum,
    make_job,
)

pytestmark = pytest.mark.plain

SHAPES = [
    Shape(1, 0, 0),
    Shape(7, 2, 5),
    Shape(30, 0, 20, seed=3),
    Shape(60, 4, 0, seed=4),
    Shape(100, 0, 400),
    Shape(300, 0, 40, seed=5),
]
EVENTS = 1_500
Skills = list[tuple[int, ...]]

EVERYBODY = [pytest.param(contender, id=contender.name) for contender in contenders()]


def replayed(contender: type[Contender], job: Job, events: NDArray[np.void]) -> NDArray[np.int32]:
    """Return what a contender makes of some events; skip the test where it cannot run."""
    if (why := contender.missing()) is not None:
        pytest.skip(why)
    one = contender()
    one.load(job, events)
    try:
        one.run()
        return one.results().copy()
    finally:
        one.close()


def by_definition(skill_sets: Skills, requirements: Skills, events: list[Event]) -> tuple[list[int], Standing]:
    """Do the job as its rule is worded, with lists and no thought of speed, from a center where all are idle."""
    idle = list(range(len(skill_sets)))
    busy: dict[int, int] = {}
    waiting: list[tuple[int, int, int]] = []
    results = []
    for kind, tier, requirement, interaction in events:
        result = NOBODY
        if kind == ARRIVE:
            wanted = set(requirements[requirement])
            result = next((agent for agent in idle if wanted <= set(skill_sets[agent])), NOBODY)
            if result == NOBODY:
                waiting.append((interaction, tier, requirement))
            else:
                idle.remove(result)
                busy[interaction] = result
        elif kind == COMPLETE:
            agent = busy.pop(interaction)
            mine = [entry for entry in waiting if set(requirements[entry[2]]) <= set(skill_sets[agent])]
            if mine:
                first = max(mine, key=lambda entry: (entry[1], -waiting.index(entry)))
                waiting.remove(first)
                result = first[0]
                busy[result] = agent
            else:
                idle.append(agent)
        else:
            waiting.remove(next(entry for entry in waiting if entry[0] == interaction))
        results.append(result)
    return results, Standing(idle, busy, waiting)


# ---------------------------------------------------------------------- the job


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_job_follows_its_own_rule(shape: Shape) -> None:
    job = make_job(shape, EVENTS)
    before, standing = by_definition(job.skill_sets, job.requirements, job.warm.tolist())
    both, _ = by_definition(job.skill_sets, job.requirements, [*job.warm.tolist(), *job.timed.tolist()])
    assert job.standing == standing
    assert job.results.tolist() == both[len(before) :]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_job_is_what_it_says(shape: Shape) -> None:
    job = make_job(shape, EVENTS)
    assert [len(set(skills)) for skills in job.skill_sets] == [SKILLS_EACH] * shape.agents
    assert len(set(job.skill_sets)) == min(shape.profiles or shape.agents, shape.agents)
    for wanted in job.requirements:
        assert 1 <= len(wanted) <= 3
        assert any(set(wanted) <= set(skills) for skills in job.skill_sets)
    busy, waiting = len(job.standing.busy), len(job.standing.waiting)
    assert len(job.standing.idle) + busy == shape.agents
    for (kind, tier, requirement, _), result in zip(job.timed.tolist(), job.results.tolist(), strict=True):
        assert tier < 3 and requirement < len(job.requirements)
        busy += (kind == ARRIVE and result != NOBODY) - (kind == COMPLETE and result == NOBODY)
        waiting += (kind == ARRIVE and result == NOBODY) - (kind == COMPLETE and result != NOBODY) - (kind == ABANDON)
        assert waiting <= shape.waiting + 1
        assert busy >= round(AT_WORK * shape.agents) - 1
        assert busy + waiting <= shape.target


def test_fewer_events_are_the_beginning_of_more() -> None:
    shape = Shape(50, 0, 30)
    few, many = make_job(shape, 300), make_job(shape, 25_000)
    assert np.array_equal(few.warm, many.warm)
    assert np.array_equal(few.timed, many.timed[:300])
    assert np.array_equal(few.results, many.results[:300])
    other = make_job(Shape(50, 0, 30, seed=2), 300)
    assert checksum(other.results) != checksum(few.results)


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    make_job(Shape(5, 0, 10), 45_000, lambda made, total: told.append((made, total)))
    assert told[0] == (120, 45_120)
    assert told[-1] == (45_120, 45_120)
    assert told == sorted(told) and len(told) == 4


@pytest.mark.parametrize(("agents", "profiles", "waiting"), [(0, 0, 0), (1, -1, 0), (1, 0, -1)])
def test_no_center_is_that_small(agents: int, profiles: int, waiting: int) -> None:
    with pytest.raises(ValueError, match="is too few; allowed"):
        Shape(agents, profiles, waiting)


def test_the_checksum_is_of_every_result_and_of_their_order() -> None:
    assert checksum(np.array([0, 1, -1], np.int32)) == "5ce0f8f069c56bc6"  # b2sum -l 64
    assert checksum(np.array([0, 1, -1], np.int64).astype(np.int32)) == checksum(np.array([0, 1, -1], np.int32))
    assert checksum(np.array([1, 0, -1], np.int32)) != checksum(np.array([0, 1, -1], np.int32))
    assert EVENT.itemsize == 8


# ---------------------------------------------------------------------- who does it

SETS = [(0, 1), (0,), (1, 2)]
WANTS = [(0,), (1,), (0, 1), (2,)]
RULE = [  # kind, tier, requirement, interaction; result; why
    (ARRIVE, 0, 0, 0, 0, "all are idle since the start: the lower index first"),
    (ARRIVE, 0, 1, 1, 2, "agent 0 is at work"),
    (ARRIVE, 0, 0, 2, 1, "the last who has skill 0"),
    (ARRIVE, 0, 2, 3, NOBODY, "nobody is idle"),
    (ARRIVE, 0, 0, 4, NOBODY, ""),
    (ARRIVE, 2, 0, 5, NOBODY, ""),
    (ARRIVE, 1, 1, 6, NOBODY, ""),
    (COMPLETE, 0, 0, 0, 5, "agent 0: the highest tier, though others are older"),
    (COMPLETE, 0, 0, 1, 6, "agent 2: the only one that it may serve"),
    (COMPLETE, 0, 0, 2, 4, "agent 1: 3 is older and wants a skill more"),
    (ABANDON, 0, 0, 3, NOBODY, "an abandonment has no result"),
    (COMPLETE, 0, 0, 6, NOBODY, "agent 2 is idle"),
    (COMPLETE, 0, 0, 4, NOBODY, "agent 1 is idle"),
    (COMPLETE, 0, 0, 5, NOBODY, "agent 0 is idle: 3 is gone"),
    (ARRIVE, 0, 1, 7, 2, "2 has been idle longer than 0"),
    (ARRIVE, 0, 0, 8, 1, "1 has been idle longer than 0"),
    (ARRIVE, 0, 3, 9, NOBODY, "0 is idle and has not the skill"),
    (ARRIVE, 0, 2, 10, 0, "0 has both skills"),
    (COMPLETE, 0, 0, 7, 9, ""),
    (ARRIVE, 1, 0, 11, NOBODY, ""),
    (ARRIVE, 1, 1, 12, NOBODY, ""),
    (ARRIVE, 1, 0, 13, NOBODY, ""),
    (ARRIVE, 1, 0, 14, NOBODY, ""),
    (ARRIVE, 1, 0, 15, NOBODY, ""),
    (COMPLETE, 0, 0, 10, 11, "agent 0: of one tier the oldest, whatever it wants"),
    (ABANDON, 0, 0, 14, NOBODY, "from the middle of a line"),
    (COMPLETE, 0, 0, 8, 13, "agent 1"),
    (COMPLETE, 0, 0, 13, 15, "agent 1: 14 is gone"),
    (COMPLETE, 0, 0, 11, 12, "agent 0"),
    (COMPLETE, 0, 0, 9, NOBODY, "agent 2"),
]


def by_hand() -> Job:
    """Return a job whose every result was found by hand."""
    events = np.array([entry[:4] for entry in RULE], EVENT)
    results = np.array([entry[4] for entry in RULE], np.int32)
    standing = Standing([0, 1, 2], {}, [])
    return Job(Shape(3), SETS, WANTS, events[:0], events, standing, results)


@pytest.mark.parametrize("contender", EVERYBODY)
def test_the_rule_by_hand(contender: type[Contender]) -> None:
    """If all contenders were wrong in the same way, this would tell."""
    job = by_hand()
    for entry, result in zip(RULE, replayed(contender, job, job.timed).tolist(), strict=True):
        assert result == entry[4], entry


def test_the_definition_by_hand() -> None:
    results, standing = by_definition(SETS, WANTS, [entry[:4] for entry in RULE])
    assert results == [entry[4] for entry in RULE]
    assert standing == Standing([2], {15: 1, 12: 0}, [])


@pytest.mark.parametrize("contender", EVERYBODY)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_everybody_does_the_same(contender: type[Contender], shape: Shape) -> None:
    job = make_job(shape, EVENTS)
    results = replayed(contender, job, job.timed)
    assert results.dtype == np.int32
    assert checksum(results) == checksum(job.results)


@pytest.mark.parametrize("contender", EVERYBODY)
def test_a_prefix_has_the_results_of_a_prefix_and_may_be_run_again(contender: type[Contender]) -> None:
    job = make_job(SHAPES[2], EVENTS)
    for count in (200, 1, 200):
        assert np.array_equal(replayed(contender, job, job.timed[:count]), job.results[:count])


# ---------------------------------------------------------------------- the ceiling's compiler


@pytest.fixture
def no_compiler_yet() -> Iterator[None]:
    """Forget which compiler was found, and forget it again afterwards."""
    for found in (on_the_spot.compiler, ceiling.compiled):
        found.cache_clear()
    yield
    for found in (on_the_spot.compiler, ceiling.compiled):
        found.cache_clear()


@pytest.mark.usefixtures("no_compiler_yet")
def test_without_a_compiler_the_ceiling_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert ceiling.Hybrid.missing() == "no C++ compiler: apt-get install g++"
    with pytest.raises(RuntimeError, match=r"no C\+\+ compiler"):
        ceiling.Hybrid().load(by_hand(), by_hand().timed)


@pytest.mark.usefixtures("no_compiler_yet")
def test_a_compiler_that_cannot_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "c++"
    program.write_text("#!/bin/sh\necho 'this is not for me' >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("CXX", f"{program} --really")
    assert ceiling.Groups.missing() == f"{program} cannot compile ceiling.cpp: this is not for me"


def test_too_many_different_requirements_are_refused() -> None:
    if (why := ceiling.Hybrid.missing()) is not None:
        pytest.skip(why)
    many: Skills = [tuple(pair) for pair in combinations(range(24), 2)][:257]
    job = dataclasses.replace(by_hand(), requirements=many)
    with pytest.raises(ValueError, match="257 different ones are too many; allowed: 256"):
        ceiling.Hybrid().load(job, job.timed)
    just_so = dataclasses.replace(job, requirements=[*WANTS, *[pair for pair in many if pair not in WANTS][:252]])
    assert np.array_equal(replayed(ceiling.Hybrid, just_so, job.timed), job.results)


def test_what_is_compiled_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    loaded, why = on_the_spot.load(ceiling.SOURCE, ceiling.FLAGS)
    if not on_the_spot.compiler():
        pytest.skip(why)
    assert loaded is not None
    assert hasattr(loaded, "ceiling_run")  # there, although its file has gone
    assert list(tmp_path.iterdir()) == []
