from collections.abc import Callable

from .world import Tally, World

STEPS_SHOWN: int

def simulate(world: World, progress: Callable[[float], None] | None = None) -> Tally: ...
