"""What a scrape copies from the router: counters and how things stand, in the owner's loop, a little at a time.

Here is all that a scrape takes of the router's time; it is measured, turn by turn. The copies are bytes, which the
page's thread reads at leisure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Final, TypeVar

from .. import commands
from ..commands import Core
from ..router.batch import CELL, DOOR, STANDING, row_bytes
from ..router.codes import Kind, Setting
from ..router.records import CenterView
from ..rpc.owner import Owner

T = TypeVar("T")

CELLS_AT_ONCE: Final = 250
DOORS_AT_ONCE: Final = 2_000
AGENTS_AT_ONCE: Final = 2_500
NAMES_AT_ONCE: Final = 2_000
LIMITS: Final = {
    "interactions": Setting.MAX_INTERACTIONS,
    "agents": Setting.MAX_AGENTS,
    "queues": Setting.MAX_QUEUES,
    "tiers": Setting.MAX_TIERS,
    "skills": Setting.MAX_SKILLS,
    "reasons": Setting.MAX_REASONS,
    "channels": Setting.MAX_CHANNELS,
    "requirements": Setting.MAX_REQUIREMENTS,
}
"""Resource -> the setting that is its limit; the field of the center's view that counts it has the same name."""


@dataclass(slots=True)
class Copied:
    """What was copied. Every row is of one moment; rows of different turns may be of different ones.

    Attributes:
        now_ns: the service's time at the end.
        center: the center's sizes and sequences.
        default_tier: slot of the tier that every queue has a row of.
        cells: rows of CELL, in several pieces.
        doors: rows of DOOR, by queue.
        standings: rows of STANDING, by agent.
        edges_ns: upper edges of the wait histograms, as of the same turn as each piece of cells.
        capacity: the center's limits, by resource.
        answers: commands by (operation, result).
        spent_ns: time that all agents together spent, by :class:`~acdcore.rpc.floor.Activity`.
        took_ns: the router's time that all of it took.
        longest_ns: the longest turn of it.
    """

    now_ns: int = 0
    center: CenterView | None = None
    default_tier: int = 0
    cells: list[memoryview] = field(default_factory=list)
    edges_ns: list[tuple[int, ...]] = field(default_factory=list)
    doors: bytes = b""
    standings: bytes = b""
    capacity: dict[str, int] = field(default_factory=dict)
    answers: dict[tuple[int, int], int] = field(default_factory=dict)
    spent_ns: Sequence[int] = ()
    took_ns: int = 0
    longest_ns: int = 0


class Names:
    """Names of queues, tiers and agents by slot: what has been defined keeps its name, so each is asked for once."""

    def __init__(self) -> None:
        self.queues: list[str] = []
        self.tiers: list[str] = []
        self.agents: list[str] = []


class Copier:
    """Copies what the page needs from one owner's router.

    Args:
        owner: the router's owner.
        with_agents: whether agents' names are wanted, to know what group each belongs to.
    """

    def __init__(self, owner: Owner, *, with_agents: bool) -> None:
        self._owner = owner
        self._with_agents = with_agents
        self.names = Names()

    async def copy(self) -> Copied:
        """Copy everything. Raises AcdError when the owner does not serve.

        Names come last: by then whatever was copied has one, also what was defined meanwhile.
        """
        copied = Copied()
        await self._cells(copied)
        copied.doors = await self._all(copied, _doors, DOORS_AT_ONCE * row_bytes(DOOR), row_bytes(DOOR))
        copied.standings = await self._all(
            copied, _standings, AGENTS_AT_ONCE * row_bytes(STANDING), row_bytes(STANDING)
        )
        await self._turn(copied, lambda core, now_ns: self._whole(copied, core, now_ns))
        assert copied.center is not None
        await self._learn(copied, Kind.QUEUE, self.names.queues, copied.center.queues)
        await self._learn(copied, Kind.TIER, self.names.tiers, copied.center.tiers)
        if self._with_agents:
            await self._learn(copied, Kind.AGENT, self.names.agents, copied.center.agents)
        return copied

    async def skills(self, agents: Sequence[int]) -> dict[int, str]:
        """Return in words what agents can do, by their slots: some at a time, the caller sees to that."""
        return await self._owner.look(lambda core, _now_ns: {slot: abilities(core, slot) for slot in agents})

    async def _turn(self, copied: Copied, look: Callable[[Core, int], T]) -> T:
        def timed(core: Core, now_ns: int) -> T:
            begin_ns = perf_counter_ns()
            try:
                return look(core, now_ns)
            finally:
                took_ns = perf_counter_ns() - begin_ns
                copied.took_ns += took_ns
                copied.longest_ns = max(copied.longest_ns, took_ns)

        return await self._owner.look(timed)

    async def _cells(self, copied: Copied) -> None:
        queue = 0

        def some(core: Core, _now_ns: int) -> bool:
            nonlocal queue
            sizes = core.center()
            rows = bytearray(max(CELLS_AT_ONCE, sizes.tiers) * row_bytes(CELL))
            copied.edges_ns.append(core.wait_edges())
            n, queue = core.cells_into(rows, queue)
            copied.cells.append(memoryview(rows)[: n * row_bytes(CELL)])
            return queue < sizes.queues

        while await self._turn(copied, some):
            pass

    async def _all(
        self, copied: Copied, copy: Callable[[Core, bytearray, int], int], room: int, row_size: int
    ) -> bytes:
        """Copy all rows of a kind, as many at once as there is room for, in bytes."""
        pieces: list[bytes] = []
        first = 0

        def some(core: Core, _now_ns: int) -> bool:
            nonlocal first
            rows = bytearray(room)
            n = copy(core, rows, first)
            pieces.append(bytes(memoryview(rows)[: n * row_size]))
            first += n
            return n * row_size == room

        while await self._turn(copied, some):
            pass
        return b"".join(pieces)

    async def _learn(self, copied: Copied, kind: Kind, names: list[str], count: int) -> None:
        """Ask for the names that are not known yet."""

        def some(core: Core, _now_ns: int) -> None:
            slots = range(len(names), min(count, len(names) + NAMES_AT_ONCE))
            names.extend([core.name(kind, slot).decode() for slot in slots])

        while len(names) < count:
            await self._turn(copied, some)

    def _whole(self, copied: Copied, core: Core, now_ns: int) -> None:
        copied.now_ns = now_ns
        copied.center = core.center()
        copied.default_tier = commands.default_tier(core)
        copied.capacity = {resource: core.setting(setting) for resource, setting in LIMITS.items()}
        copied.answers = dict(self._owner.answers)
        copied.spent_ns = self._owner.floor.spent_ns(now_ns)


def _doors(core: Core, rows: bytearray, first: int) -> int:
    return core.doors_into(rows, first)


def _standings(core: Core, rows: bytearray, first: int) -> int:
    return core.standings_into(rows, first)


def abilities(core: Core, slot: int) -> str:
    """Return an agent's skills with their levels in words, and the channels that the agent has not."""
    view = core.agent(slot)
    assert view is not None
    skills = sorted((core.name(Kind.SKILL, skill).decode(), level) for skill, level in view.skills)
    words = ", ".join(f"{name} {level}" for name, level in skills) or "no skills"
    missing = sorted(core.name(Kind.CHANNEL, channel).decode() for channel, most in enumerate(view.limits) if not most)
    return f"{words}; not {', '.join(missing)}" if missing else words
