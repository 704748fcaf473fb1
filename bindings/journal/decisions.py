"""The decisions that a journal's replay makes: who was offered what, and how two replays differ in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ..commands import Core
from ..router.codes import EventType, Kind
from ..router.records import Event


class Decision(NamedTuple):
    """An offer that was made: when, after which wait, of what to whom."""

    now_ns: int
    wait_ns: int
    interaction: str
    queue: str
    tier: str
    agent: str


def decisions(core: Core, events: Sequence[Event]) -> Iterable[Decision]:
    """Yield the decisions among events, in order, with names."""
    for event in events:
        if event.type == EventType.OFFER_MADE:
            yield Decision(
                event.now_ns,
                event.x,
                core.name(Kind.INTERACTION, event.interaction).decode(),
                core.name(Kind.QUEUE, event.queue).decode(),
                core.name(Kind.TIER, event.tier).decode(),
                core.name(Kind.AGENT, event.agent).decode(),
            )


def hearing(into: Callable[[Decision], None]) -> Callable[[Core, Sequence[Event]], None]:
    """Return what hands the decisions of each group on, for a replica to tell of its events."""

    def hear(core: Core, events: Sequence[Event]) -> None:
        for one in decisions(core, events):
            into(one)

    return hear


class Difference(NamedTuple):
    """The first decision about an interaction in which two replays differ; None: there was none."""

    interaction: str
    before: Decision | None
    after: Decision | None

    @property
    def now_ns(self) -> int:
        """When it was made, by whichever came first."""
        return min(one.now_ns for one in (self.before, self.after) if one is not None)


class Comparison(NamedTuple):
    """How two replays compare.

    Attributes:
        before, after: decisions of each.
        interactions: about which there was a decision in either.
        differences: the first one of each interaction that was not offered to the same agents at the same times.
    """

    before: int
    after: int
    interactions: int
    differences: list[Difference]


def compare(before: Iterable[Decision], after: Iterable[Decision], *, agents_alone: bool = False) -> Comparison:
    """Compare the decisions of two replays, interaction by interaction.

    ``agents_alone``: the same agents in the same order are no difference, whenever it was.
    """
    sides: list[dict[str, list[Decision]]] = [{}, {}]
    counts = [0, 0]
    for side, made in enumerate((before, after)):
        for one in made:
            counts[side] += 1
            sides[side].setdefault(one.interaction, []).append(one)
    names = list(dict.fromkeys([*sides[0], *sides[1]]))
    differences = []
    for name in names:
        first, second = (side.get(name, []) for side in sides)
        for at in range(max(len(first), len(second))):
            was = first[at] if at < len(first) else None
            now = second[at] if at < len(second) else None
            if _key(was, agents_alone=agents_alone) != _key(now, agents_alone=agents_alone):
                differences.append(Difference(name, was, now))
                break
    differences.sort(key=lambda one: one.now_ns)
    return Comparison(counts[0], counts[1], len(names), differences)


def _key(one: Decision | None, *, agents_alone: bool) -> tuple[object, ...]:
    if one is None:
        return ()
    return (one.agent,) if agents_alone else (one.agent, one.now_ns)
