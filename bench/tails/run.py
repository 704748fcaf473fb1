"""Streams recorded, replayed in processes of their own, and what their single commands took.

The i-th command of a stream does the same work in every replay. The least of its times over several replays is
therefore the program's own, whatever the machine did meanwhile; the quantiles of these least times are the main
figures. Each replay runs in a new process, so that memory is as new as in a server that has just begun.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from acdcore.router import Op

from . import timing
from .stream import Stream

Ticks = NDArray[np.int64]
T = TypeVar("T")

NEVER: Final = -1
"""In planned times: the command only brings the center to where it is measured."""
SMALL_BYTES: Final = 4096
"""What grows by less is not worth a word."""
LARGE_BYTES: Final = 1 << 20
"""What is given back at once and is at least as much shows in how long a command takes."""
MOST_SHOWN: Final = 8
"""Commands that are looked into, the longest first."""


@dataclass(frozen=True)
class Tail:
    """What single commands took, in nanoseconds; ``samples``: how many there were."""

    samples: int
    mean: float
    p50: float
    p99: float
    p999: float
    p9999: float
    max: float


@dataclass(frozen=True)
class Worst:
    """One of the commands that took longest.

    Attributes:
        number: its place in the stream, setup included.
        label: as what it was measured.
        op: the operation's name.
        own_ns: the least time over all replays.
        events: how many of each type it led to.
        due: how many timers it fired before it ran.
        faults: pages touched for the first time.
        allocated: bytes allocated less those freed; negative when more was freed.
        grew: {array: (bytes before, bytes after)} of the router's own arrays.
    """

    number: int
    label: str
    op: str
    own_ns: float
    events: dict[str, int]
    due: int
    faults: int
    allocated: int
    grew: dict[str, tuple[int, int]]

    def what(self) -> str:
        """Say in one line what happened in it."""
        grown = sorted(self.grew.items(), key=_most_grown)
        parts = [f"{name} {size(old)} to {size(new)}" for name, (old, new) in grown if new - old >= SMALL_BYTES]
        if self.due:
            parts.append(f"{self.due:,} timer{'s' * (self.due > 1)} fired")
        if not parts or max(self.events.values(), default=0) > 16:
            parts += [f"{count:,} {name}" for name, count in self.events.items()] or ["no event"]
        if self.allocated <= -LARGE_BYTES:
            parts.append(f"{size(-self.allocated)} given back")
        if self.faults:
            parts.append(f"{self.faults:,} new page{'s' * (self.faults > 1)}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Kind:
    """The commands of one operation among the slowest.

    Attributes:
        op: the operation's name.
        count: how many of the slowest are of this operation.
        share: of the slowest, from 0 to 1.
        due: how many timers each fired, in the mean.
        grew: in how many of them an array of the center's own grew.
    """

    op: str
    count: int
    share: float
    due: float
    grew: int


@dataclass(frozen=True)
class Replayed:
    """A stream's commands, each timed by itself, in ``replays`` replays.

    Attributes:
        label: of the commands that are meant; one of the stream's.
        own: the least time of each command over all replays: the program's own.
        seen: all times of all replays, the machine's interference among them.
        hash: of every answer, every event and the state in the end.
        kinds: of the slowest thousandth.
    """

    label: str
    replays: int
    own: Tail
    seen: Tail
    hash: str
    worst: list[Worst] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)


@dataclass(frozen=True)
class Planned:
    """Latency from planned times, ``rate`` commands a second in a Poisson process.

    Attributes:
        own: computed from the least time of each command: a single server, first come first served.
        seen: as measured in one replay.
        machine: the same plan with nothing to do: what the machine itself adds.
        busy: the share of the time that the program needs at this rate.
    """

    rate: int
    own: Tail
    seen: Tail
    machine: Tail
    busy: float


def tail_of(ns: NDArray[np.float64]) -> Tail:
    """Return the quantiles of some times in nanoseconds: each is one of them, none is interpolated."""
    if not len(ns):
        return Tail(0, 0, 0, 0, 0, 0, 0)
    ranks = [min(len(ns) - 1, int(share * len(ns))) for share in (0.5, 0.99, 0.999, 0.9999)]
    found = np.partition(ns, [*ranks, len(ns) - 1])
    p50, p99, p999, p9999 = (float(found[rank]) for rank in ranks)
    return Tail(len(ns), float(ns.mean()), p50, p99, p999, p9999, float(found[-1]))


def ticks_a_ns() -> float:
    """Return how many ticks of the clock in use pass in a nanosecond."""
    return timing.clock()[1]


# ---------------------------------------------------------------------- processes


@contextmanager
def own_process() -> Iterator[ProcessPoolExecutor]:
    """Run things in new processes, one after the other, each in one of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        yield pool


def _recorded(folder: Path, make: Callable[..., Stream], *given: Any) -> None:
    stream = make(*given)
    if stream.core is not None:
        stream.about["state"] = stream.core.state_hash()
    stream.save(folder)


def _replayed(folder: Path, times: int) -> list[tuple[Ticks, int, int, int]]:
    stream = Stream.load(folder)
    found = []
    for _ in range(times):
        ticks, events = np.ones(len(stream), np.int64), np.ones(len(stream), np.int32)
        found.append((ticks, *timing.replay(stream, ticks, events)))
    return found


def _replayed_planned(folder: Path, planned: Ticks) -> tuple[Ticks, int]:
    stream = Stream.load(folder)
    ticks = np.ones(len(stream), np.int64)
    return ticks, timing.replay_planned(stream, planned, ticks)


def _explained(folder: Path, which: Sequence[int]) -> tuple[list[dict[str, Any]], NDArray[np.int32], NDArray[np.int64]]:
    stream = Stream.load(folder)
    due, grew = np.zeros(len(stream), np.int32), np.zeros(len(stream), np.int64)
    return timing.explain(stream, which, due, grew), due, grew


def _machine(span: int, count: int) -> Ticks:
    ticks = np.ones(count, np.int64)
    timing.machine(span, ticks)
    return ticks


def _machine_planned(planned: Ticks) -> Ticks:
    ticks = np.ones(len(planned), np.int64)
    timing.machine_planned(planned, ticks)
    return ticks


# ---------------------------------------------------------------------- a stream and its replays


class Replays:
    """A recorded stream and what its replays took. Use it in a ``with`` statement: its files go in the end.

    Raises RuntimeError when two replays differ in their results, or a command is refused (unless ``refusals``).
    """

    def __init__(self, make: Callable[..., Stream], *given: Any, refusals: bool = False) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="acdcore-tails-")
        self._path = Path(self._folder.name)
        self._refusals = refusals
        try:
            self._call(_recorded, self._path, make, *given)
            stream = Stream.load(self._path)
        except BaseException:
            self._folder.cleanup()
            raise
        self.labels, self.about = stream.labels, stream.about
        self.label_of = np.empty(len(stream), np.int32)
        self.op_of = np.empty(len(stream), np.int32)
        stream.numbers(self.label_of, self.op_of)
        self.ticks: list[Ticks] = []
        self.hash = ""

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the stream's files."""
        self._folder.cleanup()

    @staticmethod
    def _call(what: Callable[..., T], *given: Any) -> T:
        with own_process() as pool:
            return pool.submit(what, *given).result()

    def run(self, replays: int, *, together: bool = False) -> None:
        """Replay it ``replays`` more times; ``together``: in one process, where memory has been used before."""
        for _ in range(1 if together else replays):
            for ticks, digest, state, refused in self._call(_replayed, self._path, replays if together else 1):
                result = f"{digest ^ state:016x}"
                if self.hash not in ("", result) or state != self.about.get("state", state):
                    raise RuntimeError(f"a replay led elsewhere: {result} after {self.hash or 'the recording'}")
                if refused and not self._refusals:
                    raise RuntimeError(f"{refused} commands were refused")
                self.hash = result
                self.ticks.append(ticks)

    def own_ns(self) -> NDArray[np.float64]:
        """Return the least time of each command over all replays, in nanoseconds."""
        least: Ticks = np.minimum.reduce(self.ticks)
        return least / ticks_a_ns()

    def which(self, label: str) -> NDArray[np.bool_]:
        """Return which commands are measured as this."""
        found: NDArray[np.bool_] = self.label_of == self.labels.index(label)
        return found

    def replayed(self, label: str, worst: int = MOST_SHOWN) -> Replayed:
        """Return the figures of the commands of one label, and look into the ``worst`` of them."""
        which = self.which(label)
        own = self.own_ns()
        seen = np.concatenate([ticks[which] for ticks in self.ticks]) / ticks_a_ns()
        numbers = np.flatnonzero(which)
        order = numbers[np.argsort(own[numbers])[::-1]]
        found, kinds = self._explain(order, own, label, worst) if worst and len(order) else ([], [])
        return Replayed(label, len(self.ticks), tail_of(own[which]), tail_of(seen), self.hash, found, kinds)

    def _explain(
        self, order: NDArray[np.intp], own: NDArray[np.float64], label: str, worst: int
    ) -> tuple[list[Worst], list[Kind]]:
        """Look into commands, the longest of which come first in ``order``."""
        first = [int(number) for number in order[:worst]]
        rows, due, grew = self._call(_explained, self._path, first)
        found = [
            Worst(
                number, label, Op(int(self.op_of[number])).name, float(own[number]), row["events"], row["due"],
                row["faults"], row["allocated"], row["grew"],
            )
            for number, row in zip(first, rows, strict=True)
        ]  # fmt: skip
        slow = order[: max(1, len(order) // 1000)]
        kinds = []
        for op in np.unique(self.op_of[slow]):
            these = slow[self.op_of[slow] == op]
            kinds.append(
                Kind(
                    Op(int(op)).name, len(these), len(these) / len(slow), float(due[these].mean()),
                    int((grew[these] > 0).sum()),
                )
            )  # fmt: skip
        return found, sorted(kinds, key=lambda kind: -kind.count)

    def planned(self, label: str, rate: int, most: int = 200_000, seed: int = 1) -> Planned:
        """Replay with planned times, ``rate`` commands a second, those of one label; ``most``: how many of them."""
        numbers = np.flatnonzero(self.which(label))[:most]
        gaps_ns = np.random.default_rng(seed).exponential(1e9 / rate, len(numbers))
        times = (np.cumsum(gaps_ns) * ticks_a_ns()).astype(np.int64)
        planned = np.full(len(self.label_of), NEVER, np.int64)
        planned[numbers] = times
        ticks, _ = self._call(_replayed_planned, self._path, planned)
        own = self.own_ns()[numbers]
        return Planned(
            rate,
            tail_of(in_turn(gaps_ns, own)),
            tail_of(ticks[numbers] / ticks_a_ns()),
            tail_of(self._call(_machine_planned, times) / ticks_a_ns()),
            float(own.sum() / gaps_ns.sum()),
        )

    def machine(self, label: str) -> Tail:
        """Return what the machine does by itself: as many waits of the median command's length, with nothing to do."""
        own = self.own_ns()[self.which(label)]
        span = max(1, int(np.median(own) * ticks_a_ns())) if len(own) else 1
        return tail_of(self._call(_machine, span, len(own)) / ticks_a_ns())


def in_turn(gaps_ns: NDArray[np.float64], service_ns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the time from its arrival until each is done, by one server in the order of arrival (Lindley).

    ``gaps_ns``: from one arrival to the next, the first from the beginning; ``service_ns``: what each needs.
    """
    steps = np.concatenate([[0.0], service_ns[:-1] - gaps_ns[1:]])
    walk = np.cumsum(steps)
    return walk - np.minimum.accumulate(walk) + service_ns


def _most_grown(row: tuple[str, tuple[int, int]]) -> int:
    old, new = row[1]
    return old - new


def size(count: int) -> str:
    """Return bytes as a reader likes them."""
    for unit, bytes_ in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= bytes_:
            digits = 0 if count >= 100 * bytes_ else 1 if count >= 10 * bytes_ else 2
            return f"{round(count / bytes_, digits):,g} {unit}"
    return f"{count} B"
