"""Who of a center's agents could serve what, were everybody there: sets of agents as the bits of whole numbers.

Agents with equal skills and channels are one profile, and a set of profiles is an integer with a bit for each:
a center of 100,000 different agents and 10,000 queues takes a second, not hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final, NamedTuple

from ..plans import Requirement
from .durations import format_duration
from .models import Agent, Center, Queue, Step
from .tree import Path
from .words import leveled

MOST_NAMED_AGENTS: Final = 3
"""Agents of a set that are named one by one."""


class Profile(NamedTuple):
    """Agents who are equal in what they can do: how many, where the file says the first of them, the first names."""

    path: Path
    agents: int
    names: tuple[str, ...]


def _mask(bits: Iterable[int], size: int) -> int:
    data = bytearray((size + 7) // 8)
    for bit in bits:
        data[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(data, "little")


class Staff:
    """A center's agents by what they can do. Sets of profiles are masks: bit n stands for ``profiles[n]``."""

    def __init__(self, center: Center) -> None:
        everyone: list[tuple[Path, Agent, int, tuple[str, ...]]] = [
            (("agents", name), agent, 1, (name,)) for name, agent in center.agents.items()
        ]
        everyone += [
            (("agent_groups", name), group, group.count, tuple(islice(group.each_name(name), MOST_NAMED_AGENTS)))
            for name, group in center.agent_groups.items()
        ]
        known: dict[object, int] = {}
        self.profiles: list[Profile] = []
        self._holders: dict[str, list[tuple[int, int]]] = {}
        self._lacking: dict[str, list[int]] = {}
        for path, agent, count, names in everyone:
            lacks = [channel for channel, most in agent.channels.items() if not most]
            key = (frozenset(agent.skills.items()), frozenset(lacks))
            number = known.setdefault(key, len(self.profiles))
            if number < len(self.profiles):
                like = self.profiles[number]
                first = (*like.names, *names)[:MOST_NAMED_AGENTS]
                self.profiles[number] = like._replace(agents=like.agents + count, names=first)
                continue
            self.profiles.append(Profile(path, count, names))
            for skill, level in agent.skills.items():
                self._holders.setdefault(skill, []).append((number, level))
            for channel in lacks:
                self._lacking.setdefault(channel, []).append(number)
        self.everybody = (1 << len(self.profiles)) - 1
        by_count: dict[int, list[int]] = {}
        for number, profile in enumerate(self.profiles):
            by_count.setdefault(profile.agents, []).append(number)
        self._by_count = {count: _mask(those, len(self.profiles)) for count, those in by_count.items()}
        self._skill_masks: dict[tuple[str, int], int] = {}
        self._channel_masks: dict[str, int] = {}
        self._able: dict[tuple[str, str], int] = {}

    def with_skill(self, skill: str, level: int) -> int:
        """Return who has a skill at a level or better."""
        mask = self._skill_masks.get((skill, level))
        if mask is None:
            holders = self._holders.get(skill, ())
            mask = _mask((number for number, has in holders if has >= level), len(self.profiles))
            self._skill_masks[skill, level] = mask
        return mask

    def with_channel(self, channel: str) -> int:
        """Return who may be given something on a channel."""
        mask = self._channel_masks.get(channel)
        if mask is None:
            mask = self.everybody & ~_mask(self._lacking.get(channel, ()), len(self.profiles))
            self._channel_masks[channel] = mask
        return mask

    def able(self, requirement: Requirement, channel: str) -> int:
        """Return who meets a requirement and has the channel."""
        key = (channel, repr(requirement))
        mask = self._able.get(key)
        if mask is None:
            mask = self._able[key] = self._reckoned(requirement, channel)
        return mask

    def _reckoned(self, requirement: Requirement, channel: str) -> int:
        mask = self.with_channel(channel)
        for skill, level in requirement.requires.items():
            mask &= self.with_skill(skill, level)
        for group in requirement.any_of:
            mask &= self._any(group)
        return mask & ~self._any(leveled(requirement.excludes))

    def _any(self, skills: Mapping[str, int]) -> int:
        mask = 0
        for skill, level in skills.items():
            mask |= self.with_skill(skill, level)
        return mask

    def count(self, mask: int) -> int:
        """Return how many agents a mask stands for."""
        return sum(count * (mask & those).bit_count() for count, those in self._by_count.items())

    def names(self, mask: int) -> list[str]:
        """Return the names of a mask's agents, in the order of the file; of many only the first few."""
        names: list[str] = []
        while mask and len(names) < MOST_NAMED_AGENTS:
            lowest = mask & -mask
            names += self.profiles[lowest.bit_length() - 1].names
            mask ^= lowest
        return names[:MOST_NAMED_AGENTS]


class Line(NamedTuple):
    """A queue and who could serve it."""

    name: str
    queue: Queue
    steps: list[int | None]
    """Who could serve as each step says; None in one that says nothing of that."""
    reached: list[bool]
    """Whether each step can begin, and its gate open, at all."""
    able: int
    """Who could serve in some step that can be reached."""
    highest: int
    """The highest priority that the queue and its plan give by themselves."""


def lines_of(center: Center, staff: Staff) -> dict[str, Line]:
    """Return every queue with who could serve it, by its name."""
    requirements: dict[str, list[int | None]] = {
        name: [None if one is None else staff.able(one, queue.channel) for one in queue.requirements()]
        for name, queue in center.queues.items()
    }
    lines = {}
    for name, queue in center.queues.items():
        steps = requirements[name]
        reached = []
        for number, step in enumerate(queue.plan):
            in_time = not queue.max_wait_ns or step.after_ns < queue.max_wait_ns or not any(steps[:number])
            reached.append(in_time and not shut(center, staff, queue, step))
        able = 0
        for mask, begins in zip(steps, reached, strict=True):
            able |= (mask or 0) if begins else 0
        raises = [step.priority for step, begins in zip(queue.plan, reached, strict=True) if begins]
        highest = max([queue.priority, *(priority for priority in raises if priority is not None)])
        lines[name] = Line(name, queue, steps, reached, able, highest)
    return lines


def shut(center: Center, staff: Staff, queue: Queue, step: Step) -> tuple[str, str, str] | None:
    """Return why a step's gate can never open, None when it can: (where below ``when``, value, why)."""
    when = step.when
    if when is None:
        return None
    own: list[tuple[str, str, str] | None] = []
    if when.waiting is not None:
        full = when.waiting.open > queue.max_waiting
        why = f"max_waiting is {queue.max_waiting}, so many never wait"
        own.append(("waiting", str(when.waiting.open), why) if full else None)
    if when.longest_wait_ns is not None:
        late = 0 < queue.max_wait_ns <= when.longest_wait_ns.open
        why = f"max_wait is {format_duration(queue.max_wait_ns)}, nobody waits so long"
        own.append(("longest_wait", format_duration(when.longest_wait_ns.open), why) if late else None)
    if when.agents is not None:
        own.append(None)
    if own and all(own):
        return own[0]
    lender = when.lender
    if lender is not None and lender.free is not None and lender.queue in center.queues:
        lending = center.queues[lender.queue]
        able = staff.able(lending.plan[0].requirement, lending.channel)
        there = staff.count(able)
        if there < lender.free.open:
            who = {0: "nobody serves", 1: "only 1 agent serves"}.get(there, f"only {there} agents serve")
            return "lender.free", str(lender.free.open), f"{who} the first step there"
    return None
