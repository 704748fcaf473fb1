"""Replications in parallel: the same tallies whatever the number of processes, and what happens when one fails."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import fields
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from acdcore.sim.runs import Progress, ReplicationError, run
from acdcore.sim.world import Tally, World
from tally_builder import fake_engine, make_world

pytestmark = pytest.mark.plain

REPLICATIONS = 7


def same(one: Tally, other: Tally) -> bool:
    return all(np.array_equal(getattr(one, part.name), getattr(other, part.name)) for part in fields(Tally))


def failing_engine(world: World, progress: Progress) -> Tally:
    if world.replication == 3:
        raise ZeroDivisionError("nobody to divide by")
    return fake_engine(world, progress)


def dying_engine(world: World, progress: Progress) -> Tally:
    progress(0.5)
    if world.replication == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return fake_engine(world, progress)


def first_fails(folder: Path, world: World, progress: Progress) -> Tally:
    """Fail at once, or run for half a minute and leave a file, unless told to stop."""
    if world.replication == 0:
        raise ValueError("the first one fails at once")
    (folder / f"begun {world.replication}").touch()
    for step in range(300):
        progress(step / 300)
        time.sleep(0.1)
    (folder / f"done {world.replication}").touch()
    return fake_engine(world, progress)


def no_world(replication: int) -> World:
    raise LookupError(f"no day {replication}")


@pytest.fixture(scope="module")
def alone() -> list[Tally]:
    return run(make_world, REPLICATIONS, 1, engine=fake_engine)


@pytest.mark.parametrize("processes", [2, 3, None])
def test_the_number_of_processes_changes_nothing(alone: list[Tally], processes: int | None) -> None:
    found = run(make_world, REPLICATIONS, processes, engine=fake_engine)
    assert len(found) == REPLICATIONS
    assert all(same(one, other) for one, other in zip(alone, found, strict=True))
    assert not same(found[0], found[1])


def test_more_replications_begin_with_the_same_ones(alone: list[Tally]) -> None:
    assert all(same(one, other) for one, other in zip(alone, run(make_world, 3, 1, engine=fake_engine), strict=False))


@pytest.mark.parametrize("processes", [1, 2])
def test_progress_goes_from_nothing_to_all_and_never_back(processes: int) -> None:
    shown: list[float] = []
    run(make_world, 40, processes, shown.append, engine=fake_engine)
    assert shown[0] == 0.0
    assert shown[-1] == 1.0
    assert shown == sorted(shown)
    if processes == 1:
        assert shown == pytest.approx([0, *(at / 40 for at in range(41) for _ in range(2 - (at in (0, 40)))), 1])


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_names_the_replication_and_its_seed(processes: int) -> None:
    said = r"replication 3 \(seed 42\): ZeroDivisionError: nobody to divide by"
    with pytest.raises(ReplicationError, match=said) as caught:
        run(make_world, REPLICATIONS, processes, engine=failing_engine)
    assert (caught.value.replication, caught.value.seed) == (3, 42)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_while_the_world_is_made_says_so(processes: int) -> None:
    with pytest.raises(ReplicationError, match=r"replication \d \(while its world was made\): LookupError: no day \d"):
        run(no_world, 2, processes, engine=fake_engine)


def test_the_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(ReplicationError(3, 42, "reason")))
    assert str(error) == "replication 3 (seed 42): reason"


def test_a_process_that_dies_is_reported_with_what_was_under_way() -> None:
    with pytest.raises(ReplicationError, match=r"a process ended without a word .* under way were \[.*1.*\]"):
        run(make_world, 4, 2, engine=dying_engine)


def test_a_failure_stops_what_runs_and_what_has_not_begun(tmp_path: Path) -> None:
    with pytest.raises(ReplicationError, match="the first one fails at once"):
        run(make_world, 20, 2, engine=partial(first_fails, tmp_path))
    assert not list(tmp_path.glob("done *"))
    assert len(list(tmp_path.glob("begun *"))) < 19


@pytest.mark.parametrize(
    ("replications", "processes", "said"),
    [
        (0, 1, "replications: 0; allowed is a whole number of at least 1"),
        (True, 1, "replications: True"),
        (1.5, 1, r"replications: 1\.5"),
        (1, 0, "processes: 0; allowed is a whole number of at least 1"),
        (1, -2, "processes: -2"),
    ],
)
def test_what_cannot_be_run_is_refused(replications: int, processes: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        run(make_world, replications, processes, engine=fake_engine)


SCRIPT = """
    import sys
    import test_runs
    from acdcore.sim.runs import run
    from tally_builder import make_world

    def show(share):
        if share > 0.0:
            print("begun", flush=True)

    if __name__ == "__main__":
        try:
            run(make_world, 20, int(sys.argv[1]), show, engine=test_runs.slow_engine)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
"""


def slow_engine(world: World, progress: Progress) -> Tally:
    for step in range(600):
        progress((step + 1) / 600)
        time.sleep(0.1)
    return fake_engine(world, progress)


@pytest.mark.skipif(os.name == "nt", reason="signals are sent to a process group")
@pytest.mark.parametrize("processes", [1, 2])
def test_an_interrupt_ends_all_processes_and_prints_nothing(tmp_path: Path, processes: int) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    paths = [str(Path(__file__).parent), *filter(None, sys.path)]
    with subprocess.Popen(
        [sys.executable, str(script), str(processes)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        start_new_session=True,
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "begun\n"
            os.killpg(child.pid, signal.SIGINT)  # as a terminal does: to all of them
            out, err = child.communicate(timeout=50)
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
    assert out.splitlines()[-1] == "interrupted"
    assert "Traceback" not in err
    assert child.returncode == 0
