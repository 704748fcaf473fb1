"""The differential run: seeded random commands for tiny centers, on two routers that must never disagree.

    python tests/fuzz.py --seed 7 --commands 1000000

prints the seed first and stops at the first difference, with the events of both and the fewest commands
that still show it. What the commands are, ``fuzz_definitions.py`` and ``fuzz_commands.py`` say; how they
become few, ``fuzz_shrink.py``. Every run draws its own features and its own weights for the operations
(a "swarm"), so that some runs hardly ever complete, some never decline, some only churn presence.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from acdcore.router import Answer, Command, Core, Event, EventType, Op, Result
from acdcore.router.batch import CELL, DOOR, STANDING, row_bytes
from acdcore.router.records import (
    AgentView,
    AssignmentView,
    CenterView,
    Figures,
    InteractionView,
    OfferView,
    QueueView,
)
from acdcore.router.reference import Reference
from fuzz_commands import ENDINGS, OFFER_ENDINGS, Commands
from fuzz_definitions import MS, NO_FEATURES, SECOND
from fuzz_shrink import in_short, shrink

__all__ = [
    "ENDINGS",
    "MS",
    "OFFER_ENDINGS",
    "SECOND",
    "Commands",
    "Difference",
    "Router",
    "Seen",
    "differential",
    "run",
]


class Router(Protocol):
    """What both routers are."""

    def apply(self, command: Command) -> Answer: ...
    def drain(self) -> list[Event]: ...
    def next_deadline_ns(self) -> int: ...
    def state_hash(self) -> int: ...
    def check_invariants(self) -> None: ...
    def center(self) -> CenterView: ...
    def figures(self, queue: int, tier: int) -> Figures: ...
    def wait_edges(self) -> tuple[int, ...]: ...
    def waiting_since(self, queue: int, tier: int) -> int: ...
    def cells_into(self, cells: bytearray, queue: int) -> tuple[int, int]: ...
    def doors_into(self, doors: bytearray, first: int) -> int: ...
    def standings_into(self, standings: bytearray, first: int) -> int: ...
    def interaction(self, handle: int) -> InteractionView | None: ...
    def offer(self, handle: int) -> OfferView | None: ...
    def assignment(self, handle: int) -> AssignmentView | None: ...
    def agent(self, slot: int) -> AgentView | None: ...
    def queue(self, slot: int) -> QueueView | None: ...


class Difference(AssertionError):
    """Two routers disagree, or one of them breaks its own invariants."""


class Seen:
    """What occurred in some runs: results, operations that succeeded, types of events with their causes."""

    def __init__(self) -> None:
        self.results: Counter[Result] = Counter()
        self.operations: Counter[Op] = Counter()
        self.events: Counter[EventType] = Counter()

    def count(self, command: Command, answer: Answer, events: list[Event]) -> None:
        """Count one command."""
        self.results[Result(answer.code)] += 1
        if answer.code == Result.OK:
            self.operations[Op(command.op)] += 1
        self.events.update(EventType(event.type) for event in events)

    def add(self, other: Seen) -> None:
        """Count another run's too."""
        self.results += other.results
        self.operations += other.operations
        self.events += other.events


def views(router: Router, stream: Commands) -> Iterator[object]:
    """Yield everything that can be looked at."""
    counts = router.center()
    yield counts
    yield router.wait_edges()
    yield from copies(router, counts)
    for queue in range(counts.queues):
        yield router.queue(queue)
        for tier in range(counts.tiers):
            yield router.figures(queue, tier), router.waiting_since(queue, tier)
    yield from (router.agent(slot) for slot in range(counts.agents))
    yield from (router.interaction(handle) for handle in stream.interactions.known)
    yield from (router.offer(handle) for handle in stream.offers.known)
    yield from (router.assignment(handle) for handle in stream.assignments.known)


def copies(router: Router, counts: CenterView) -> Iterator[object]:
    """Yield the bytes of every row that can be copied, a few at a time."""
    cells, doors, standings = bytearray(row_bytes(CELL) * max(counts.tiers, 4)), bytearray(72), bytearray(48)
    queue = 0
    while queue < counts.queues:
        copied, queue = router.cells_into(cells, queue)
        yield queue, bytes(cells[: copied * row_bytes(CELL)])
    for first in range(0, counts.queues + 1, len(doors) // row_bytes(DOOR)):
        yield bytes(doors[: router.doors_into(doors, first) * row_bytes(DOOR)])
    for first in range(0, counts.agents + 1, len(standings) // row_bytes(STANDING)):
        yield bytes(standings[: router.standings_into(standings, first) * row_bytes(STANDING)])


def compare_views(routers: Sequence[Router], stream: Commands) -> None:
    """Raise Difference unless every view of the others is the first one's."""
    for other in routers[1:]:
        for first, second in zip(views(routers[0], stream), views(other, stream), strict=True):
            if first != second:
                raise Difference(f"views:\n{first}\n{second}")


def compare(routers: Sequence[Router], command: Command) -> tuple[Answer, list[Event]]:
    """Apply one command to all; raise Difference unless answer, events, next deadline and hash are equal."""
    one, *others = routers
    first, events = one.apply(command), one.drain()
    if not others:
        return first, events
    deadline_ns, state_hash = one.next_deadline_ns(), one.state_hash()
    for two in others:
        second, found = two.apply(command), two.drain()
        if first != second:
            raise Difference(f"answers: {named(first)}, {named(second)}")
        if events != found:
            raise Difference(f"events:\none:\n{listed(events)}\ntwo:\n{listed(found)}")
        if deadline_ns != two.next_deadline_ns():
            raise Difference(f"next deadline: {deadline_ns}, {two.next_deadline_ns()}")
        if state_hash != two.state_hash():
            raise Difference(f"state hash: {state_hash:#x}, {two.state_hash():#x} after\n{listed(events)}")
    return first, events


def named(answer: Answer) -> str:
    """Return an answer in words."""
    return f"{Result(answer.code).name} {answer.value:#x}"


def listed(events: Iterable[Event]) -> str:
    """Return events in words, one a line."""
    return "\n".join(f"  {EventType(event.type).name} {tuple(event)}" for event in events) or "  none"


def differential(
    seed: int, commands: int, one: Router | None = None, two: Router | None = None, check_every: int = 1
) -> Seen:
    """Run random commands on two routers; raise Difference at the first answer, event or hash that differs."""
    return run(seed, commands, (one or Reference(), two or Core()), check_every)


def run(
    seed: int, commands: int, routers: Sequence[Router], check_every: int = 1, having: frozenset[str] = NO_FEATURES
) -> Seen:
    """Run random commands on one router or more; raise Difference when they disagree or break an invariant.

    Invariants are checked after every so many commands, views compared after every twentieth of those.
    """
    seen = Seen()
    done: list[Command] = []
    stream = Commands(seed, having)
    opening = stream.opening()
    try:
        for number in range(commands):
            command = opening[number] if number < len(opening) else stream.next()
            done.append(command)
            answer, events = compare(routers, command)
            if number % check_every == 0:
                for router in routers:
                    router.check_invariants()
            if number % (20 * check_every) == 0:
                compare_views(routers, stream)
            stream.observe(command, answer, events, routers[0])
            seen.count(command, answer, events)
    except Exception as error:
        features = ", ".join(sorted(stream.features))
        where = f"seed {seed}, command {len(done) - 1}: {done[-1]}\nfeatures: {features}"
        raise Difference(f"{where}\n{type(error).__name__}: {error}") from error
    return seen


def fault(commands: list[Command], make: Callable[[], Sequence[Router]]) -> str:
    """Return how fresh routers disagree on these commands, or which invariant they break; empty: not at all."""
    routers = make()
    try:
        for command in commands:
            compare(routers, command)
            for router in routers:
                router.check_invariants()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def history(seed: int, commands: int, router: Router) -> list[Command]:
    """Return the commands of a run, as far as this router gets."""
    stream = Commands(seed)
    opening = stream.opening()
    done: list[Command] = []
    for number in range(commands):
        command = opening[number] if number < len(opening) else stream.next()
        done.append(command)
        try:
            answer = router.apply(command)
        except Exception:
            break
        stream.observe(command, answer, router.drain(), router)
    return done


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--commands", type=int, default=20_000)
    parser.add_argument("--run", type=int, default=500, help="commands in one center")
    parser.add_argument("--check-every", type=int, default=1, help="invariants after every so many commands")
    parser.add_argument("--alone", action="store_true", help="the specification alone, held to its invariants")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)

    def make() -> Sequence[Router]:
        return (Reference(),) if arguments.alone else (Reference(), Core())

    seen, began = Seen(), time.monotonic()
    runs = max(1, arguments.commands // arguments.run)
    for number in range(runs):
        seed = arguments.seed + number
        if number and number % 200 == 0:
            print(f"{number * arguments.run:,} commands, {time.monotonic() - began:,.0f} s", flush=True)
        try:
            seen.add(run(seed, arguments.run, make(), arguments.check_every))
        except Difference as difference:
            print(difference, flush=True)
            show_fewest(history(seed, arguments.run, make()[0]), make)
            raise SystemExit(1) from None
    for counted in (seen.results, seen.events):
        for which, count in sorted(counted.items()):
            print(f"{which.name:22} {count:>9,}")
    total = seen.results.total()
    print(f"{total:,} commands, no difference, {total / (time.monotonic() - began):,.0f} a second")


def show_fewest(commands: list[Command], make: Callable[[], Sequence[Router]]) -> None:
    """Print the fewest commands that show a difference, and which one they show."""
    commands = shrink(commands, lambda: make()[0], lambda tried: fault(tried, make))
    print("the fewest commands that show a difference:")
    for command in commands:
        print(f"  {in_short(command)}")
    print(fault(commands, make))


if __name__ == "__main__":
    main()
