"""Lives a soak through a server of its own: people come and go, things change, and every few seconds somebody looks."""

from __future__ import annotations

import asyncio
import dataclasses
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from ...errors import AcdError
from ...model import CenterFigures, QueueFigures
from ...rpc.client import Client
from ...rpc.server import loop_factory
from ..demo.server import DemoServer
from ..surroundings import machine
from .books import Books
from .people import Crowd, Desk, Lobby, Site, sever
from .plan import QUEUES, SHIFTS, Change, SoakPlan, arrivals, center_text, changes, generator, names_of, plan_hash
from .verdict import End, Finding, holds, judge_books, judge_errors, judge_growth
from .watch import Sample, Watch

Tell = Callable[[Sample], None]
RUSH_S: Final = 2.0
"""Within so many seconds a whole shift signs in, or out."""
LEAVE_WITHIN_S: Final = 3.0
DRAIN_S: Final = 60.0
LOOK_S: Final = 0.1
FAILED_LOOKS: Final = 3
"""After so many looks without an answer, one after the other, the soak ends."""


@dataclass
class SoakResult:
    """What a soak found. ``seconds``: how long customers came. ``stopped``: somebody ended it before its time.

    ``journal``: whether the server kept one.
    """

    plan: SoakPlan
    plan_hash: str
    journal: bool
    began: str
    machine: dict[str, Any]
    seconds: float
    stopped: bool
    books: Books
    samples: list[Sample]
    findings: list[Finding]

    @property
    def during(self) -> list[Sample]:
        """The looks while customers came: without the last one, of when everybody had gone."""
        return during(self.samples, self.seconds)

    @property
    def holds(self) -> bool:
        """Whether no rule is broken."""
        return holds(self.findings)


def during(samples: list[Sample], seconds: float) -> list[Sample]:
    """Return the looks of the first so many seconds."""
    return [sample for sample in samples if sample.at_s <= seconds + LOOK_S]


class Soak:
    """One soak. ``stop`` may be set at any time: nobody comes any more, the rest is brought to its end and judged."""

    def __init__(self, plan: SoakPlan, target: str, pid: int, page_url: str, csv_path: Path, tell: Tell) -> None:
        self.books = Books()
        self.stop = asyncio.Event()
        self._plan = plan
        self._tell = tell
        self._crowd = Crowd(self.books)
        self._front = Site("front-end", target, self.books)
        self._sites = {f"site-{n}": Site(f"site-{n}", target, self.books) for n in range(plan.sites)}
        self._own = Client(target, timeout=timedelta(seconds=60))
        self._lobby = Lobby(plan, self._front, self.books, self._crowd)
        sites = list(self._sites.values())
        self._desks = {
            name: Desk(name, plan, sites[n % len(sites)], self._lobby, self.books, self._crowd)
            for shift in SHIFTS
            for n, name in enumerate(names_of(plan, shift))
        }
        self._port = int(target.rpartition(":")[2])
        self._draw = generator(plan, "sever")
        self.watch = Watch(self._own, pid, page_url, self.books, csv_path)
        self.seconds = 0.0
        self.standing: tuple[list[QueueFigures], CenterFigures, bool] | None = None
        """The server's figures at the end, and whether everybody was out in time; None: it did not answer."""

    async def live(self) -> None:
        """Live it, to the end or to the server's."""
        await self._own.wait_until_ready(timedelta(seconds=30))
        for shift in SHIFTS[:2]:
            await self._shift_comes(shift)
        self.watch.restart()
        begun_ns = time.monotonic_ns()
        errands = [
            asyncio.create_task(errand)
            for errand in (self._customers(begun_ns), self._changes(begun_ns), self._looks(begun_ns))
        ]
        stopped = asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait([*errands, stopped], return_when=asyncio.FIRST_COMPLETED)
            self.seconds = (time.monotonic_ns() - begun_ns) / 1e9
        finally:
            for one in (*errands, stopped):
                one.cancel()
            results = await asyncio.gather(*errands, stopped, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                self._surprise(result)
        try:
            self.standing = await self._finish()
        except (AcdError, OSError) as error:
            self._surprise(error)
        finally:
            await self._crowd.home()
            self.watch.close()
            for site in (self._front, *self._sites.values()):
                await site.client.close()
            await self._own.close()

    def _surprise(self, error: Exception) -> None:
        self.books.surprises[f"{type(error).__name__}: {error}"[:200]] += 1

    # ------------------------------------------------------------------ what goes on

    async def _customers(self, begun_ns: int) -> None:
        for arrival in arrivals(self._plan):
            planned_ns = begun_ns + int(arrival.at_s * 1e9)
            if (ahead_s := (planned_ns - time.monotonic_ns()) / 1e9) > 0:
                await asyncio.sleep(ahead_s)
            self._crowd.send(self._lobby.come(arrival, planned_ns))
        rest_s = self._plan.seconds - (time.monotonic_ns() - begun_ns) / 1e9
        await asyncio.sleep(max(0.0, rest_s))

    async def _changes(self, begun_ns: int) -> None:
        for change in changes(self._plan):
            ahead_s = change.at_s - (time.monotonic_ns() - begun_ns) / 1e9
            await asyncio.sleep(max(0.0, ahead_s))
            self.books.changes[change.what] += 1
            self._crowd.send(self._change(change))
        await asyncio.Event().wait()  # until it is over

    async def _looks(self, begun_ns: int) -> None:
        number, failed = 1, 0
        while failed < FAILED_LOOKS:
            ahead_s = number * self._plan.every_s - (time.monotonic_ns() - begun_ns) / 1e9
            await asyncio.sleep(max(0.0, ahead_s))
            try:
                self._tell(await self.watch.look(len(self._lobby.there)))
                failed = 0
            except (AcdError, OSError) as error:
                self._surprise(error)
                failed += 1
            number = max(number + 1, int((time.monotonic_ns() - begun_ns) / 1e9 / self._plan.every_s) + 1)

    async def _change(self, change: Change) -> None:
        match change.what:
            case "shift":
                await self._shift_comes(change.who)
                leaving = SHIFTS[(SHIFTS.index(change.who) + 1) % len(SHIFTS)]
                await self._all(leaving, Desk.go)
            case "close":
                await self._own.close_queue(change.who, turn_away=change.firm)
            case "open":
                await self._own.open_queue(change.who)
            case "cut":
                await (self._front if change.who == self._front.name else self._sites[change.who]).cut(change.length_s)
            case "sever":
                sever(self._port, self._draw)
            case "twice":
                await self._sign_in_twice(change.who)
            case other:
                raise ValueError(f"what: {other}; allowed: shift, close, open, cut, sever, twice")

    async def _shift_comes(self, shift: str) -> None:
        await self._all(shift, Desk.come)

    async def _all(self, shift: str, what: Callable[[Desk], Any]) -> None:
        """A whole shift does something, within ``RUSH_S``."""
        draw = random.Random(f"{self._plan.seed}/{shift}/{what.__name__}/{self.books.changes['shift']}")

        async def one(desk: Desk, after_s: float) -> None:
            await asyncio.sleep(after_s)
            await what(desk)

        desks = [self._desks[name] for name in names_of(self._plan, shift)]
        rush_s = min(RUSH_S, self._plan.cycle_s / 10)
        await asyncio.gather(*(one(desk, draw.uniform(0.0, rush_s)) for desk in desks))

    async def _sign_in_twice(self, name: str) -> None:
        """A second program listens for the same agent, for a moment: the newest wins, then the first one again."""
        try:
            async for _ in self._own.agent(name).watch():
                await asyncio.sleep(0.5)
        except AcdError as refusal:
            self.books.refusals["watch", refusal.reason] += 1

    # ------------------------------------------------------------------ the end

    async def _finish(self) -> tuple[list[QueueFigures], CenterFigures, bool]:
        for queue in QUEUES:
            await self._own.open_queue(queue)
        draw = generator(self._plan, "end")
        for customer in list(self._lobby.there.values()):
            if not customer.served:
                self._lobby.wait(customer, draw.uniform(0.0, min(LEAVE_WITHIN_S, self._plan.cycle_s / 4)))
        drained = await self._until(lambda center: not self._lobby.there and center.interactions == 0)
        for shift in SHIFTS:
            await self._all(shift, Desk.go)
        await self._crowd.home()
        drained &= await self._until(lambda center: center.watchers == 0)
        self._tell(await self.watch.look(len(self._lobby.there)))
        return await self._own.figures(), await self._own.center_figures(), drained

    async def _until(self, holds: Callable[[CenterFigures], bool]) -> bool:
        """Wait until the center is as it is to be; False when that takes too long."""
        limit = time.monotonic() + DRAIN_S
        while time.monotonic() < limit:
            if holds(await self._own.center_figures()):
                return True
            await asyncio.sleep(LOOK_S)
        return False


async def _lived(soak: Soak, begin: Callable[[Soak], None]) -> None:
    begin(soak)
    await soak.live()


def run_soak(
    plan: SoakPlan, csv_path: Path, *, tell: Tell, begin: Callable[[Soak], None], data: Path | None = None
) -> SoakResult:
    """Live a soak and judge it, also when the server dies on the way.

    ``data``: a folder in which the server keeps a journal; None: it keeps none. ``tell`` is called with every look,
    ``begin`` with the soak before its first moment, within the running loop.

    Raises DemoError when the server does not start, OSError when a file cannot be written.
    """
    began = datetime.now(UTC).isoformat(timespec="seconds")
    on = machine()
    with (
        DemoServer(center_text(plan), plan.speed, metrics=True, apart=True, data=data) as server,
        asyncio.Runner(loop_factory=loop_factory()) as runner,
    ):
        soak = runner.run(_made(plan, server, csv_path, tell))
        runner.run(_lived(soak, begin))
        said, died = server.said(), server.exit_code
    standing = soak.standing
    samples = soak.watch.samples
    end = None if standing is None else End(*standing)
    lived = f"exit code {server.exit_code}" if died is None else f"it ended by itself, exit code {died}"
    return SoakResult(
        plan=plan,
        plan_hash=plan_hash(plan),
        journal=data is not None,
        began=began,
        machine=on,
        seconds=soak.seconds,
        stopped=soak.stop.is_set(),
        books=soak.books,
        samples=samples,
        findings=[
            *judge_growth(during(samples, soak.seconds)),
            *judge_books(samples, soak.watch.wrong, soak.books, end),
            *judge_errors(samples, soak.books, said),
            Finding("the server stopped when it was told to", died is None and server.exit_code == 0, lived),
        ],
    )


async def _made(plan: SoakPlan, server: DemoServer, csv_path: Path, tell: Tell) -> Soak:
    return Soak(plan, server.target, server.pid, server.metrics_url, csv_path, tell)


def books_json(books: Books) -> dict[str, Any]:
    """Return the counts of a soak's people."""
    counts: dict[str, Any] = {}
    for field in dataclasses.fields(books):
        value = getattr(books, field.name)
        if isinstance(value, int):
            counts[field.name] = value
        elif field.name != "times":
            counts[field.name] = {
                ": ".join(key) if isinstance(key, tuple) else key: times for key, times in sorted(value.items())
            }
    return counts
