"""Agents by group and by what they do: as many groups as a page can bear, the others together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from struct import iter_unpack
from typing import Final

from ..router.batch import STANDING, packed
from ..router.codes import AgentState, Presence
from ..rpc.floor import Activity
from .catalogue import MOST_GROUPS
from .text import breathe

OTHER: Final = "other"
LONGEST_LABEL: Final = 120
"""Characters of a group's label; a longer one is cut, and what distinguishes it follows as eight digits."""
_ROW: Final = packed(STANDING).format
_SIZE: Final = packed(STANDING).size
AT_ONCE: Final = 500
"""Agents that are counted before other threads get their turn."""


def activity(presence: int, state: int) -> Activity:
    """Return what an agent does; the same as the floor makes of the events."""
    if state == AgentState.BUSY:
        return Activity.BUSY
    if state == AgentState.WRAP_UP:
        return Activity.WRAP_UP
    if presence == Presence.AVAILABLE:
        return Activity.OFFERED if state == AgentState.OFFERED else Activity.AVAILABLE
    return Activity.OFFLINE if presence == Presence.OFFLINE else Activity.NOT_READY


ACTIVITIES: Final = {
    (presence.value, state.value): activity(presence, state) for presence in Presence for state in AgentState
}


def shortened(label: str) -> str:
    """Return a label that is not too long, and still its own."""
    if len(label) <= LONGEST_LABEL:
        return label
    digits = hashlib.blake2b(label.encode(), digest_size=4).hexdigest()
    return f"{label[: LONGEST_LABEL - 10]}… {digits}"


class Groups:
    """Keeps which groups have series of their own, so that they do not come and go from scrape to scrape.

    Args:
        of_agent: agent -> group, for the agents who are in one; the others are grouped by what they can do.
    """

    def __init__(self, of_agent: Mapping[str, str]) -> None:
        self._of_agent = of_agent
        self._names: list[str | None] = []
        self._abilities: dict[int, str] = {}
        self._shown: set[str] = set()

    def count(self, standings: bytes, agents: Sequence[str]) -> tuple[list[int], dict[str | int, list[int]]]:
        """Count agents by what they do: all, and by group, a name or the signature of agents who are in none.

        Agents whose names are not known yet, as there are none to be known, are grouped by signature.
        """
        names = self._names
        names += [self._of_agent.get(name) for name in agents[len(names) :]]
        seen: Counter[tuple[str | int, int, int]] = Counter()
        for begin in range(0, len(standings), AT_ONCE * _SIZE):
            piece = standings[begin : begin + AT_ONCE * _SIZE]
            for slot, (signature, presence, state) in enumerate(iter_unpack(_ROW, piece), start=begin // _SIZE):
                name = names[slot] if slot < len(names) else None
                seen[signature if name is None else name, presence, state] += 1
            breathe()
        everybody, by_group = [0] * len(Activity), dict[str | int, list[int]]()
        for (key, presence, state), count in seen.items():
            place = ACTIVITIES[presence, state]
            everybody[place] += count
            by_group.setdefault(key, [0] * len(Activity))[place] += count
        return everybody, by_group

    def unnamed(self, by_group: Mapping[str | int, Sequence[int]], standings: bytes) -> dict[int, int]:
        """Return an agent for each signature among the largest groups whose abilities are not known yet."""
        largest = sorted(by_group, key=lambda key: (-sum(by_group[key]), str(key)))[:MOST_GROUPS]
        self._abilities = {key: text for key, text in self._abilities.items() if key in by_group}
        wanted = {key for key in largest if isinstance(key, int) and key not in self._abilities}
        found: dict[int, int] = {}
        if wanted:
            for slot, row in enumerate(iter_unpack(_ROW, standings)):
                if row[0] in wanted:
                    found.setdefault(row[0], slot)
        return found

    def learn(self, abilities: Mapping[int, str]) -> None:
        """Take what was not known: signature -> abilities in words."""
        self._abilities.update(abilities)

    def shown(self, by_group: Mapping[str | int, Sequence[int]]) -> dict[str, list[int]]:
        """Return the groups that have series of their own, the rest as ``other``, by label.

        A group keeps its series as long as it has agents; only places that are free are given to the largest others.
        """
        labelled: dict[str, list[int]] = {}
        for key, counts in by_group.items():
            label = shortened(key) if isinstance(key, str) else shortened(self._abilities.get(key, OTHER))
            into = labelled.setdefault(label, [0] * len(Activity))
            into[:] = map(int.__add__, into, counts)
        rest = labelled.pop(OTHER, [0] * len(Activity))
        self._shown &= labelled.keys()
        for label in sorted(labelled.keys() - self._shown, key=lambda label: (-sum(labelled[label]), label)):
            if len(self._shown) < MOST_GROUPS:
                self._shown.add(label)
            else:
                rest = list(map(int.__add__, rest, labelled[label]))
        result = {label: labelled[label] for label in sorted(self._shown)}
        return result | {OTHER: rest} if any(rest) else result
