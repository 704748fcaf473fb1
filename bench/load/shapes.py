"""How many users there are when, and what happens meanwhile: a steady load, a busy hour, a shift, an outage."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from ...config import Center

DEFAULT_USERS: Final = 100
AGENTS_SHARE: Final = 0.3
"""Of all users, unless the number of agents is given."""
LEAST: Final = 0.25
"""Of the callers, at the edges of the busy hour."""
STEPS: Final = 20
BELL_AT: Final = 0.25
OUTAGE_AT: Final = 0.4
"""At which part of the run the bell rings, the lines are cut."""
WITHOUT_END_S: Final = 60.0
"""A run without a given length: its busy hour lasts so long and comes again, its bell and outage are as of it."""


@dataclass(frozen=True)
class Shape:
    """A shape for so many users, of whom ``staff`` are always there: agents and a supervisor."""

    name: str
    users: int
    staff: int
    run_s: float | None

    def users_at(self, at_s: float) -> int:
        """Return how many users there are at a time since the beginning."""
        if self.name != "busy-hour":
            return self.users
        callers = max(0, self.users - self.staff)
        length_s = self.run_s or WITHOUT_END_S
        height = LEAST + (1 - LEAST) * math.sin(math.pi * (at_s % length_s) / length_s) ** 2
        return self.users - callers + round(callers * round(height * STEPS) / STEPS)

    def events(self) -> Mapping[str, float]:
        """Return what happens and when, in seconds since the beginning."""
        length_s = self.run_s or WITHOUT_END_S
        if self.name == "shift-start":
            return {"bell": BELL_AT * length_s}
        if self.name == "outage":
            return {"outage": OUTAGE_AT * length_s}
        return {}


def agents_of(center: Center, absent: Collection[str] = ()) -> list[str]:
    """Return the agents' names, groups mixed by their sizes, so that the first so many are a fair sample.

    Whoever is of an absent group has no name: there is a desktop, and nobody comes.

    Raises:
        ValueError: a group that the center does not have.
    """
    for name in absent:
        if name not in center.agent_groups:
            known = ", ".join(center.agent_groups) or "none, as this center has no groups"
            raise ValueError(f"--absent {name}: is no group of agents of this center; allowed: {known}")
    placed = [(0.0, name) for name in center.agents]
    for group, its in center.agent_groups.items():
        names = its.names(group)
        placed += [((at + 0.5) / len(names), "" if group in absent else name) for at, name in enumerate(names)]
    return [name for _, name in sorted(placed, key=lambda one: one[0])]


def staff_of(users: int, agents: int | None, defined: int) -> int:
    """Return how many of the users are agents; of ``defined`` agents there cannot be more. Raises ValueError."""
    staff = min(round(AGENTS_SHARE * users), defined) if agents is None else agents
    if not 0 <= staff < users:
        raise ValueError(f"--agents {staff}: must leave users who call; allowed: 0 to {users - 1} of {users} users")
    if staff > defined:
        raise ValueError(f"--agents {staff}: the center has {defined} agents")
    return staff
