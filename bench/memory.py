"""How many bytes an agent, an interaction, an offer, an assignment, a timer and an answer take.

    python -m acdcore.bench.memory

Each is measured as the difference between two centers, one with eight times as many of it as the other, as the
C library counts what is allocated; and as what of it is in use, entry by entry. Arrays double, so that what is
allocated lies between *full* (just before an array doubles) and *just grown* (just after).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rich.console import Console

from acdcore.router import Core, ItemKind, Op, QueueField
from acdcore.router.codes import ChannelField

from ..cli.output import err
from .command_line import JsonFile, run
from .memory_probe import allocated, arrays, struct_sizes
from .tails import growth
from .tails.loads import center_that_grows, enqueue_many, must
from .tails.report import STDOUT, write_json
from .tails.run import own_process
from .tails.stream import Stream
from .tails.timing import center_of
from .terminal import Tell, put, results, say, table, with_progress

FEW: Final = 1 << 14
MANY: Final = 1 << 17
MARGIN: Final = 1_024
"""So far from a power of two, at which arrays double, that the room which a command keeps in reserve is beside it."""


@dataclass(frozen=True)
class Thing:
    """What is counted. ``make`` records a center with so many of it; ``less``: what else each of them brings along."""

    name: str
    make: Callable[[int], Stream]
    less: str = ""
    share: float = 1.0


@dataclass(frozen=True)
class Bytes:
    """Bytes for each of a thing. ``in_use``: entries of the router's arrays; the others: allocated."""

    name: str
    in_use: float
    full: float
    just_grown: float


@dataclass(frozen=True)
class Memory:
    """All of it, and the sizes of the structs."""

    things: list[Bytes]
    structs: dict[str, int]


def at_work(size: int) -> Stream:
    """So many interactions at work, 100 with each of 2,000 agents."""
    stream = center_that_grows(MAX_INTERACTIONS=max(size, 1))
    costs = ((ItemKind.FIELD, ChannelField.COST, 1), (ItemKind.FIELD, ChannelField.MOST, 100))
    channel = must(stream, Op.DEFINE_CHANNEL, *costs, name=b"chat")
    policy = ((ItemKind.FIELD, QueueField.CHANNEL, channel), (ItemKind.FIELD, QueueField.AUTO_ACCEPT, 1))
    queue = must(stream, Op.DEFINE_QUEUE, *policy, name=b"q")
    for agent in range(2_000):
        must(stream, Op.DEFINE_AGENT, name=b"a%d" % agent)
        must(stream, Op.SIGN_IN, agent=agent, x=1)
    enqueue_many(stream, size, [queue], [0])
    return stream


def remembered(size: int) -> Stream:
    """So many interactions that have ended and are remembered, and no offers."""
    return growth.ended(size, REMEMBERED_INTERACTIONS=size, REMEMBERED_OFFERS=0)


def remembered_offers(size: int) -> Stream:
    """So many offers that have ended and are remembered, and no interactions."""
    return growth.ended(size, REMEMBERED_INTERACTIONS=0, REMEMBERED_OFFERS=size)


def remembered_customers(size: int) -> Stream:
    """So many customers who are remembered, and nothing else."""
    return growth.ended(size, customers=True, REMEMBERED_INTERACTIONS=0, REMEMBERED_OFFERS=0, REMEMBERED_CUSTOMERS=size)


THINGS: Final = (
    Thing("interaction, waiting", growth.waiting),
    Thing("  its id of 36 bytes", growth.waiting_with_ids, "interaction, waiting"),
    Thing("  its timer", growth.waiting_with_timers, "interaction, waiting"),
    Thing("interaction, at work, with assignment", at_work),
    Thing("interaction, remembered", remembered),
    Thing("offer, remembered", remembered_offers),
    Thing("answer, remembered", growth.waiting_with_requests, "interaction, waiting"),
    Thing("customer, remembered", remembered_customers),
    Thing("agent, one of 40 skill sets", growth.only_agents),
    Thing("agent, all different, 200 requirements", growth.only_distinct_agents, share=1 / 8),
    Thing("queue, with a line and a skill", growth.queues, share=1 / 16),
)


def in_use(core: Core) -> int:
    """Return the bytes of all entries in use; a list to work off counts as long as it is, as each may be in it."""
    total = 0
    for name, (used, room, bytes_) in arrays(core).items():
        total += bytes_ * used // max(room, 1) if not name.startswith("work lists") else 0
    return total


def bytes_of(thing: Thing, few: int, many: int) -> tuple[float, float]:
    """Return the bytes (in use, allocated) for each of a thing, between two sizes."""
    found = []
    for size in (few, many):
        stream = thing.make(size)
        before = allocated()
        core = center_of(stream)
        after = allocated()
        all_of_it = sum(row[2] for row in arrays(core).values())
        found.append((in_use(core), after - before if after >= 0 else all_of_it))
        del core, stream
    (use1, all1), (use2, all2) = found
    return (use2 - use1) / (many - few), (all2 - all1) / (many - few)


def _measured(number: int) -> Bytes:
    thing = THINGS[number]
    few, many = int(FEW * thing.share), int(MANY * thing.share)
    use, full = bytes_of(thing, few - MARGIN, many - MARGIN)
    return Bytes(thing.name, use, full, bytes_of(thing, few + MARGIN, many + MARGIN)[1])


def measure(tell: Tell = lambda *_: None) -> Memory:
    """Measure all of it, each in a process of its own; ``tell`` is told what comes next."""
    found: dict[str, Bytes] = {}
    with own_process() as pool:
        for number, thing in enumerate(THINGS):
            tell(thing.name.strip(), number, len(THINGS))
            one = pool.submit(_measured, number).result()
            if thing.less:
                less = found[thing.less]
                one = Bytes(
                    one.name, one.in_use - less.in_use, one.full - less.full, one.just_grown - less.just_grown
                )  # fmt: skip
            found[one.name] = one
    return Memory(list(found.values()), struct_sizes())


def show(memory: Memory, to: Console) -> None:
    """Print the table."""
    drawn = table("Memory", "bytes for each", "in use", "allocated: full", "just grown")
    for one in memory.things:
        drawn.add_row(one.name, *(f"{value:,.0f}" for value in (one.in_use, one.full, one.just_grown)))
    put(to, drawn)
    sizes = ", ".join(f"{name} {size}" for name, size in sorted(memory.structs.items(), key=lambda row: -row[1]))
    say(to, f"Structs, bytes: {sizes}.")


def main(json: JsonFile = None) -> None:
    """Measure how many bytes each thing takes, and print it.

    An agent, an interaction, an offer, an assignment, a timer, an answer: each is
    the difference between two centers, one with eight times as many of it.
    """
    memory = with_progress(err(), "memory", f"{len(THINGS)} things", measure)
    if json is not None:
        write_json(json, [memory])
    if json != STDOUT:
        show(memory, results())


if __name__ == "__main__":
    run(main)
