"""People, a network, servers that crash and come back, and what must hold all along."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from acdcore.config import parse_center
from acdcore.journal.committer import JournalCommitter
from acdcore.journal.errors import Full, StorageFailed
from acdcore.journal.keeper import Keeper
from acdcore.journal.making import make_snapshot
from acdcore.journal.recovery import open_center, recover
from acdcore.journal.sqlite import SqliteJournal
from acdcore.router.codes import ENDS, SECOND_NS, Kind
from acdcore.router.records import InteractionView
from acdcore.router.reference import Reference
from acdcore.rpc.owner import Owner

from .network import Network, Weather
from .people import AgentDesk, Customer
from .serving import Serving
from .storage import Crash, Disk, FaultyStorage, SimulatedRunner
from .town import AGENTS, CENTER, QUEUES, Habits, Town, Wrong
from .virtual_loop import VirtualClock, VirtualLoop

WALL_NS: Final = 1_800_000_000 * 10**9
CALM: Final = Weather(delay_s=0.001)
LOG_BYTES: Final = 64 << 10
QUIET_S: Final = 300.0
"""How long everybody gets to finish once faults have stopped; then once more, while some still wait or talk."""
ENOUGH_S: Final = 3600.0
"""By then everybody has: patience, holds and talks of a minute on average last no hour in all."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What servers go through. Lengths of time in seconds, means of exponential ones."""

    life_s: float = 15.0
    """How long a server lives until it is killed."""
    down_s: float = 1.0
    full_every_s: float = 60.0
    """How long the disk has room, until it has none for a while."""
    snapshot_every: int = 300
    """Commands between two snapshots."""
    check_every: int = 20
    """Commits between two looks at the router's invariants."""


def drawn_habits(rng: random.Random) -> Habits:
    """Return people of a swarm: each run has its own pace and its own faults."""
    return Habits(
        arrivals_s=rng.choice((0.2, 0.6, 2.0)),
        patience_s=rng.choice((2.0, 20.0, 60.0)),
        talk_s=rng.choice((0.5, 3.0, 20.0)),
        repeats=rng.choice((0.0, 0.1, 0.5)),
    )


def drawn_fate(rng: random.Random) -> Fate:
    """Return servers of a swarm."""
    return Fate(
        life_s=rng.choice((3.0, 15.0, 200.0)),
        down_s=rng.choice((0.1, 1.0, 20.0)),
        full_every_s=rng.choice((30.0, 1e9)),
        snapshot_every=rng.choice((50, 300, 1_000_000)),
    )


def drawn_weather(rng: random.Random) -> Weather:
    """Return a network of a swarm."""
    return Weather(
        lost=rng.choice((0.0, 0.05, 0.3)),
        repeated=rng.choice((0.0, 0.05, 0.3)),
        cut_per_message=rng.choice((0.0, 0.02, 0.2)),
        delay_s=rng.choice((0.0005, 0.005, 0.2)),
        slow=rng.choice((0.0, 0.01)),
    )


def drawn_disk(rng: random.Random) -> Disk:
    """Return a disk of a swarm."""
    return Disk(
        flush_s=rng.choice((0.0005, 0.005, 0.05)),
        slow=rng.choice((0.0, 0.002)),
        broken=rng.choice((0.0, 0.0005)),
        crash=rng.choice((0.0, 0.02)),
        torn=rng.choice((0.0, 0.002)),
    )


class World(Town):
    """One seeded run. Raises Wrong, or whatever the code under test raises, when something does not hold."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.rng = random.Random(f"{seed}/world")
        habits, self.fate = drawn_habits(self.rng), drawn_fate(self.rng)
        self.network = Network(random.Random(f"{seed}/network"), drawn_weather(self.rng))
        super().__init__(seed, habits, self.network)
        self.disk = drawn_disk(self.rng)
        self.storage = FaultyStorage(random.Random(f"{seed}/storage"), self.disk)
        self.folder = folder
        self.center = parse_center(CENTER)
        self.acknowledged_position = 0
        self._commits = 0
        self._serving: Serving | None = None
        self._keeper: Keeper | None = None

    @property
    def steps(self) -> int:
        """Messages that arrived, and things done to storage."""
        return self.network.steps + self.storage.writes

    # ------------------------------------------------------------------ servers

    async def _start(self) -> None:
        """Start servers until one comes up: a disk may break while a journal is being opened, too."""
        while True:
            await asyncio.sleep(self.rng.expovariate(1.0 / self.fate.down_s))
            try:
                self._boot()
            except (StorageFailed, Full, Crash) as error:
                self.counts[f"no start: {type(error).__name__}"] += 1
                self.storage.power_cut(self.folder)
            else:
                return

    def _boot(self) -> None:
        """Start a server on what the last one left. Whatever was acknowledged must be there."""
        loop = asyncio.get_running_loop()
        journal = SqliteJournal(
            self.folder, self.center.center, storage=self.storage, log_bytes=LOG_BYTES, spare_bytes=LOG_BYTES
        )
        end = journal.end
        if end < self.acknowledged_position:
            raise Wrong(f"the journal ends at {end}, {self.acknowledged_position} was acknowledged")
        opened = open_center(journal, self.center, WALL_NS + round(loop.time() * SECOND_NS))
        self.counts["recoveries"] += 1
        self.counts["snapshots used"] += opened.recovery.snapshot > 0
        self.counts["torn"] += journal.torn_frames > 0
        self.counts["digests compared"] += opened.recovery.digests
        opened.core.check_invariants()
        clock = VirtualClock(loop, WALL_NS, least_ns=opened.core.center().now_ns)

        def elapsed_ns() -> int:
            return round(loop.time() * SECOND_NS)

        runner = SimulatedRunner(random.Random(f"{self.seed}/runner/{end}"), self.storage)
        committer = JournalCommitter(
            journal, opened.epoch, opened.core, digest_every=1, runner=runner, now_ns=elapsed_ns
        )
        runner.on_crash = self.woken.set
        owner = Owner(opened.core, clock, committer, elapsed_ns=elapsed_ns)
        committer.after_commit.append(lambda _n: self._committed(committer, owner))
        serving = Serving(owner)
        owner.on_failure = self.woken.set
        owner.start()
        self._keeper = Keeper(
            committer,
            self.folder,
            every=self.fate.snapshot_every,
            since=opened.recovery.commands,
            spawn=lambda _path: self._snapshot(),
        )
        self._serving = self.network.server = serving
        self.acknowledged_position = journal.end

    def _committed(self, committer: JournalCommitter, owner: Owner) -> None:
        self.acknowledged_position = committer.position
        self._commits += 1
        if self._commits % self.fate.check_every == 0:
            owner._core.check_invariants()

    async def _snapshot(self) -> tuple[int, bytes]:
        """What a process of its own would do."""
        await asyncio.sleep(self.rng.expovariate(1.0 / 0.05))
        storage = FaultyStorage(random.Random(f"{self.seed}/snapshot/{self.steps}"), self.disk)
        try:
            made = make_snapshot(self.folder, storage=storage, now_ns=storage.now_ns)
        except Crash:
            self.counts["snapshots interrupted"] += 1
            return 9, b""
        except OSError:
            return 1, b""
        finally:
            storage.let_go()
        self.counts["snapshots made"] += 1
        return 0, json.dumps(made._asdict()).encode()

    async def _crash(self) -> None:
        """Kill the server, whatever it is doing; its files stay as they are."""
        serving, keeper = self._serving, self._keeper
        assert serving is not None
        assert keeper is not None
        self.network.server = None
        serving.crash()
        await keeper.stop()
        self.storage.power_cut(self.folder)
        self.counts["crashes"] += 1

    # ------------------------------------------------------------------ a run

    async def live(self, length_s: float) -> None:
        """Live for so long under faults, then without, until everything is over, and look back."""
        loop = asyncio.get_running_loop()
        await self._start()
        for name in AGENTS:
            self.spawn(AgentDesk(self, name).live())
        self.spawn(self._arrivals(loop.time() + length_s))
        self.spawn(self._fill_disk(loop.time() + length_s))
        while loop.time() < length_s:
            await self.some_time(self.rng.expovariate(1.0 / self.fate.life_s))
            await self._crash()
            await self._start()
        self.network.weather = CALM
        for name in ("slow", "broken", "crash", "torn"):
            setattr(self.disk, name, 0.0)
        quiet_since_s = loop.time()
        await self.some_time(QUIET_S)
        while self._unfinished() and loop.time() - quiet_since_s < ENOUGH_S:
            await self.some_time(QUIET_S)
        await self._look_back()

    async def _arrivals(self, until_s: float) -> None:
        number = 0
        while asyncio.get_running_loop().time() < until_s:
            await asyncio.sleep(self.rng.expovariate(1.0 / self.habits.arrivals_s))
            number += 1
            tier = self.rng.choice(("vip", "standard"))
            self.spawn(Customer(self, f"call-{number}").live(self.rng.choice(QUEUES), tier))

    async def _fill_disk(self, until_s: float) -> None:
        while asyncio.get_running_loop().time() < until_s:
            await asyncio.sleep(min(self.rng.expovariate(1.0 / self.fate.full_every_s), until_s))
            self.disk.is_full = True
            self.counts["disk full"] += 1
            await asyncio.sleep(self.rng.expovariate(1.0 / 5.0))
            self.disk.is_full = False

    def _unfinished(self) -> list[InteractionView]:
        """Return the interactions that are not over."""
        assert self._serving is not None
        core = self._serving.owner._core
        views = (core.interaction(core.find(Kind.INTERACTION, name.encode())) for name in self.enqueued)
        return [view for view in views if view is not None and view.state not in ENDS]

    async def _settled(self) -> int:
        """Return the state's hash at a moment when all that has been applied is committed, too."""
        assert self._serving is not None
        owner = self._serving.owner
        for _ in range(1000):
            committed = self.acknowledged_position
            digest = await owner.read(lambda core, _now_ns: core.state_hash())
            if (self.acknowledged_position, owner._core.state_hash()) == (committed, digest):
                return digest
        raise Wrong("though nobody asks for anything, something is always under way")

    async def _look_back(self) -> None:
        """Liveness, and the journal told anew: the reference comes to the same state as the server."""
        unfinished = self._unfinished()
        if unfinished:
            raise Wrong(f"{len(unfinished)} are not over, {ENOUGH_S:.0f} s after the last fault: {unfinished[0]}")
        assert self._serving is not None
        core = self._serving.owner._core
        core.check_invariants()
        digest = await self._settled()
        self.empty()
        await self._crash()
        journal = SqliteJournal(self.folder, self.center.center, storage=self.storage)
        try:
            replica, _ = recover(journal)
            again = replica.core.state_hash()
            if again != digest:
                raise Wrong(f"replayed, the journal comes to {again:016x}, live it was {digest:016x}")
            if journal.start == 0:
                readable, _ = recover(journal, Reference())
                if readable.core.state_hash() != digest:
                    raise Wrong("the reference comes to another state than the server")
                self.counts["replays by the reference"] += 1
        finally:
            journal.close()


def run(seed: int, length_s: float, folder: Path) -> World:
    """Run one world from its seed. The folder is for its disk; a fast one (/dev/shm) is best."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        world = World(seed, folder)
        loop.run_until_complete(world.live(length_s))
        return world
    finally:
        loop.finish()
        asyncio.set_event_loop(None)
