"""A scenario simulated: all replications, and the figures made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path

from .build import make_world
from .figures import Figures
from .runs import run
from .scenario import Scenario
from .world import World


@dataclass(frozen=True)
class Experiment:
    """What came of a scenario."""

    scenario: Scenario
    world: World
    """Of replication 0."""
    figures: Figures

    @property
    def digest(self) -> str:
        """Tells whether two runs decided alike: of the router's states at the ends of all replications."""
        total = 0
        for tally in self.figures.tallies:
            total = (total * 1_000_003 + (tally.digest & (2**64 - 1))) & (2**64 - 1)
        return f"{total:016x}"

    @property
    def arrivals(self) -> int:
        """How many customers came in all replications, counted or not."""
        return sum(tally.arrivals for tally in self.figures.tallies)


def run_scenario(
    scenario: Scenario, processes: int | None = None, progress: Callable[[float], None] | None = None
) -> Experiment:
    """Simulate all replications of a scenario.

    Args:
        scenario: what is simulated.
        processes: how many replications at once; None: one for each processor. The result does not depend on it.
        progress: called with the share that is done.

    Raises:
        ReplicationError: when one of them fails.
    """
    tallies = run(partial(make_world, scenario), scenario.run.replications, processes, progress)
    world = make_world(scenario, 0)
    return Experiment(scenario, world, Figures.of(world, tallies, scenario.run.confidence))


def sample_scenario() -> Path:
    """Return the path of the sample scenario."""
    return Path(str(resources.files("acdcore.sim"))) / "data" / "sample_scenario.yaml"
