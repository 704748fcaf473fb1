"""Who is who among a center's agents: their slots by name, and the types by which a simulation tells them apart.

Agents of one type are alike in all that a scenario says. A group of agents is one type, unless a rule names some of
them; single agents share a type if they have the same skills and limits and the same rules hold for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..config import Center
from ..config.models import Agent
from .scenario import Scenario

MOST_NAMED: Final = 2
Slots = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Roll:
    """The agents of a center: their names by slot, and slots by the names of groups and of agents."""

    def __init__(self, center: Center) -> None:
        self.names: tuple[str, ...] = tuple(center.all_agents())
        self._groups: dict[str, range] = {}
        at = len(center.agents)
        for name, group in center.agent_groups.items():
            self._groups[name] = range(at, at + group.count)
            at += group.count
        self._slots: dict[str, int] = {}

    def slots(self, name: str) -> range:
        """Return the slots of a group, or of one agent. A name that both have is the group's."""
        if name in self._groups:
            return self._groups[name]
        if not self._slots:
            self._slots = {agent: slot for slot, agent in enumerate(self.names)}
        slot = self._slots[name]
        return range(slot, slot + 1)

    def all_slots(self, names: Iterable[str]) -> list[int]:
        """Return the slots of several groups and agents, each once, in the order of the names."""
        return list(dict.fromkeys(slot for name in names for slot in self.slots(name)))

    def mask(self, names: Sequence[str]) -> Mask:
        """Return [agent]: whether somebody is among the named; all are when no name is given."""
        found = np.full(len(self.names), not names, np.bool_)
        for name in names:
            span = self.slots(name)
            found[span.start : span.stop] = True
        return found


class Kind(NamedTuple):
    """One type of agents: its name, what each of them can do, how many they are, one of them."""

    name: str
    agent: Agent
    size: int
    example: int
    """The slot of one of them."""


@dataclass(frozen=True)
class TypeTable:
    """The types, and which one each agent is of."""

    kinds: tuple[Kind, ...]
    type_of: NDArray[np.int32]

    def examples(self) -> Slots:
        """Return the slot of one agent of each type."""
        return np.asarray([kind.example for kind in self.kinds], np.int64)


def type_table(scenario: Scenario, roll: Roll | None = None) -> TypeTable:
    """Return the types of a scenario's agents: groups' in the order of the file, after those of single agents."""
    center = scenario.center
    roll = roll or Roll(center)
    naming = [rule.agents for rule in scenario.handling] + [rule.agents for rule in scenario.workforce.behavior]
    naming = [names for names in naming if names]
    matched = np.asarray([roll.mask(names) for names in naming], np.bool_).reshape(len(naming), len(roll.names))
    type_of = np.full(len(roll.names), -1, np.int32)
    kinds: list[Kind] = []

    def add(members: Slots, agent: Agent, group: str = "") -> None:
        names = [roll.names[slot] for slot in members[:MOST_NAMED]]
        more = len(members) - len(names)
        words = f"{names[0]} and {more + 1} more" if more else ", ".join(names)
        name = f"{group} ({words})" if group and len(members) < center.agent_groups[group].count else group or words
        type_of[members] = len(kinds)
        kinds.append(Kind(name, agent, len(members), int(members[0])))

    alike: dict[object, list[int]] = {}
    for slot, agent in enumerate(center.agents.values()):
        key = (*map(frozenset, (agent.skills.items(), agent.channels.items())), agent.max_open_offers)
        alike.setdefault((*key, matched[:, slot].tobytes()), []).append(slot)
    singles = list(center.agents.values())
    for slots in alike.values():
        add(np.asarray(slots), singles[slots[0]])
    for name, group in center.agent_groups.items():
        span = roll.slots(name)
        for members in _split(matched[:, span.start : span.stop]):
            add(members + span.start, group, name)
    return TypeTable(tuple(kinds), type_of)


def _split(matched: Mask) -> list[Slots]:
    """Return the columns of a table in sets of equal ones, in the order of their first ones."""
    if not len(matched):
        return [np.arange(matched.shape[1])]
    alike: dict[bytes, list[int]] = {}
    for column in range(matched.shape[1]):
        alike.setdefault(matched[:, column].tobytes(), []).append(column)
    return [np.asarray(columns) for columns in alike.values()]
