"""The simulator of faults: short runs, and that it notices what it is for. ``make fuzz`` runs it at length."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.canaries import CANARIES
from faults.killing import kill
from faults.run import live, worlds
from faults.world import run

SEEDS = (*range(100, 104), *(pytest.param(seed, marks=pytest.mark.plain) for seed in range(104, 108)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_world_under_faults_loses_nothing(seed: int) -> None:
    lived = live(seed, 30.0)
    assert not lived.wrong, lived.wrong
    assert lived.steps > 50
    assert lived.counts["recoveries"] > 0


@pytest.mark.plain
def test_a_seed_gives_the_same_world_again(tmp_path: Path) -> None:
    first, again = (run(42, 30.0, tmp_path / name / "journal") for name in ("one", "two"))
    assert first.steps == again.steps
    assert first.counts == again.counts
    assert first.given == again.given
    assert run(43, 30.0, tmp_path / "three" / "journal").counts != first.counts


@pytest.mark.plain
@pytest.mark.slow
async def test_a_killed_server_goes_on_where_it_was(tmp_path: Path) -> None:
    town = await kill(3, 5, tmp_path)
    assert town.counts["kills"] == 3
    assert town.counts["looked for in the journal"] > 50
    assert town.counts["late comers served in order"] > 1  # how many come is up to the machine; two have an order


@pytest.mark.parametrize("canary", sorted(CANARIES))
@pytest.mark.plain
def test_a_deliberate_mistake_is_noticed(canary: str) -> None:
    lived, _ = worlds(1, 50_000, 20, 1, canary)
    assert lived[-1].wrong, f"{len(lived)} worlds with {canary} and nobody noticed"
