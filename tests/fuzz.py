"""Seeded random commands for a tiny center, and the differential run of two routers on them.

    python tests/fuzz.py --seed 7 --commands 200000

prints the seed first and stops at the first difference. Every run draws its own weights for the
operations (a "swarm"), so that some runs hardly ever complete, some never decline, some only churn
presence; limits are tiny so that every refusal occurs.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from acdcore.router import (
    Answer,
    Command,
    Core,
    Event,
    EventType,
    Item,
    ItemKind,
    Op,
    QueueField,
    Result,
    Setting,
    TierField,
)
from acdcore.router.codes import FORCE, SINCE_NOW, AgentField, Presence, Strategy
from acdcore.router.records import CenterView, Figures
from acdcore.router.reference import Reference

MS = 1_000_000
SECOND = 1_000 * MS
FIELD, REQUIRE, HAS_SKILL = ItemKind.FIELD, ItemKind.REQUIRE, ItemKind.HAS_SKILL


INTERACTION_ENDS = (EventType.INTERACTION_COMPLETED, EventType.INTERACTION_ABANDONED)
OFFER_ENDS = (EventType.OFFER_ACCEPTED, EventType.OFFER_DECLINED, EventType.OFFER_EXPIRED, EventType.OFFER_REVOKED)


class Router(Protocol):
    """What both routers are."""

    def apply(self, command: Command) -> Answer: ...
    def drain(self) -> list[Event]: ...
    def next_deadline_ns(self) -> int: ...
    def state_hash(self) -> int: ...
    def check_invariants(self) -> None: ...
    def center(self) -> CenterView: ...
    def figures(self, queue: int, tier: int) -> Figures: ...


class Difference(AssertionError):
    """Two routers disagree."""


class Commands:
    """A stream of random commands that knows just enough of the center to be interesting."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now_ns = self.random.choice((0, 1, 10**12, 2**61))
        self.interactions: list[int] = [0]
        self.offers: list[int] = [0]
        self.assignments: list[int] = [0]
        self.requests: list[Command] = []
        self.skills = self.reasons = self.tiers = self.queues = self.agents = 0
        self.serial = 0
        draw = self.random
        self.operations: dict[Callable[[], Command], float] = {
            self.configure: 0.03 * draw.random(),
            self.define_skill: 0.03 * draw.random(),
            self.define_reason: 0.02 * draw.random(),
            self.define_tier: 0.03 * draw.random(),
            self.define_queue: 0.06 * draw.random(),
            self.define_agent: 0.06 * draw.random(),
            self.enqueue: draw.choice((0.5, 1, 3)),
            self.cancel: draw.choice((0, 0.3, 1)),
            self.complete: draw.choice((0.1, 1, 2)),
            self.end_wrap_up: draw.choice((0, 0.3, 1)),
            self.sign_in: draw.choice((0.3, 1)),
            self.set_presence: draw.choice((0, 0.1, 0.6)),
            self.renew_lease: draw.choice((0, 0.3)),
            self.accept: draw.choice((0.3, 2)),
            self.decline: draw.choice((0, 0.5, 1)),
            self.advance: draw.choice((0.1, 1)),
            self.nonsense: 0.02,
            self.repeat: draw.choice((0, 0.1)),
        }
        self.needs = {
            self.cancel: self.interactions,
            self.complete: self.interactions,
            self.end_wrap_up: self.assignments,
            self.accept: self.offers,
            self.decline: self.offers,
        }
        self.pace_ns = draw.choice((MS, 100 * MS, SECOND, 20 * SECOND))

    def opening(self) -> list[Command]:
        """Return the definitions of a tiny center: all limits low, all durations short."""
        draw = self.random
        limits = {
            Setting.MAX_SKILLS: 4,
            Setting.MAX_REASONS: 5,
            Setting.MAX_TIERS: 3,
            Setting.MAX_QUEUES: 5,
            Setting.MAX_AGENTS: 7,
            Setting.MAX_SKILLS_PER_AGENT: 3,
            Setting.MAX_SKILLS_PER_REQUIREMENT: 2,
            Setting.MAX_REQUIREMENTS: 4,
            Setting.MAX_INTERACTIONS: 12,
            Setting.MAX_COOL_DOWNS: draw.choice((1, 2, 8)),
            Setting.REMEMBERED_INTERACTIONS: draw.choice((0, 2, 8)),
            Setting.REMEMBERED_OFFERS: draw.choice((0, 1, 6)),
            Setting.REMEMBERED_ANSWERS: draw.choice((0, 1, 5)),
            Setting.HALF_LIFE_NS: draw.choice((1, 60, 1_800)) * SECOND,
            Setting.LEASE_NS: draw.choices((0, MS, 5 * SECOND, 300 * SECOND), (6, 1, 3, 6))[0],
            Setting.LEASE_GRACE_NS: draw.choice((MS, 3 * SECOND)),
        }
        items = tuple(Item(FIELD, setting, value) for setting, value in limits.items())
        commands = [Command(Op.CONFIGURE, self.now_ns, items=items)]
        makes = {self.define_skill: 3, self.define_tier: 2, self.define_queue: 3, self.define_agent: 5}
        for make, count in makes.items():
            commands += [make() for _ in range(count)]
        slots = range(5)
        return commands + [Command(Op.SIGN_IN, self.now_ns, agent=slot, x=1) for slot in slots if draw.random() < 0.7]

    def observe(self, command: Command, answer: Answer, events: list[Event], counts: CenterView) -> None:
        """Learn the handles that now exist."""
        self.skills, self.reasons, self.tiers = counts.skills, counts.reasons, counts.tiers
        self.queues, self.agents = counts.queues, counts.agents
        for event in events:
            self._learn(self.interactions, event.interaction, event.type in INTERACTION_ENDS)
            self._learn(self.offers, event.offer, event.type in OFFER_ENDS)
            self._learn(self.assignments, event.assignment, event.type == EventType.ASSIGNMENT_ENDED)
        if command.request_id:
            self.requests.append(command)
            del self.requests[:-6]

    def _learn(self, known: list[int], handle: int, ended: bool) -> None:
        """Add what is new; mostly drop what has ended, so that late answers happen but do not prevail."""
        if ended and handle in known and len(known) > 1 and self.random.random() < 0.9:
            known.remove(handle)
        elif handle and not ended and handle not in known:
            known.append(handle)
            del known[:-12]

    def next(self) -> Command:
        draw = self.random
        make = self.advance
        for _ in range(3):  # mostly something that can be done
            make = draw.choices(list(self.operations), list(self.operations.values()))[0]
            if len(self.needs.get(make, (0, 0))) > 1 or draw.random() < 0.05:
                break
        if draw.random() < 0.7:
            self.now_ns = min(self.now_ns + int(draw.expovariate(1) * self.pace_ns), 2**62 - 1)
        return make()

    # ------------------------------------------------------------------ parts

    def _fresh(self, prefix: str) -> bytes:
        self.serial += 1
        roll = self.random.random()
        if roll < 0.02:
            return b"" if roll < 0.01 else b"n" * self.random.choice((128, 129))
        if roll < 0.12:
            return f"{prefix}{self.random.randrange(1, self.serial + 1)}".encode()  # perhaps taken
        return f"{prefix}{self.serial}".encode()

    def _slot(self, count: int) -> int:
        return (
            self.random.randrange(count) if count and self.random.random() < 0.97 else self.random.choice((-1, count))
        )

    def _handle(self, known: list[int]) -> int:
        roll = self.random.random()
        if roll < 0.97:
            return self.random.choice(known[-3:] if roll < 0.8 else known)
        return self.random.choice((0, -1, 2**63 - 1, self.random.choice(known) + 2**32, self.random.randrange(2**40)))

    def _skills(self, kind: ItemKind, most: int) -> list[Item]:
        draw = self.random
        levels = [draw.choice((1, 1, 3, 5, 10)) for _ in range(draw.randint(0, most))]
        items = [Item(kind, self._slot(max(self.skills, 3)), level) for level in levels]
        if draw.random() < 0.97:  # mostly without repetition
            items = list({item.key: item for item in items}.values())
        if items and draw.random() < 0.02:
            items[-1] = items[-1]._replace(value=draw.choice((0, 11, -5, 2**62)))
        return items

    def _fields(self, choices: dict[Any, tuple[int, ...]]) -> list[Item]:
        draw = self.random
        items = [Item(FIELD, field, draw.choice(values)) for field, values in choices.items() if draw.random() < 0.6]
        if draw.random() < 0.05:
            items.append(Item(draw.choice((FIELD, FIELD, 0, 9)), draw.randint(0, 20), draw.choice((-1, 0, 5, 2**62))))
        draw.shuffle(items)
        return items

    # ------------------------------------------------------------------ one of each

    def _command(self, op: Op, **fields: Any) -> Command:
        request_id = 0
        if self.random.random() < 0.15:
            request_id = self.random.choice((self.random.getrandbits(128), self.random.randrange(1, 5)))
        return Command(op, self.now_ns, request_id=request_id, **fields)

    def configure(self) -> Command:
        choices = {
            Setting.MAX_COOL_DOWNS: (1, 2, 64),
            Setting.MAX_INTERACTIONS: (6, 12),
            Setting.REMEMBERED_INTERACTIONS: (0, 3),
            Setting.REMEMBERED_ANSWERS: (0, 4, 70),
            Setting.HALF_LIFE_NS: (60 * SECOND, 1_800 * SECOND),
            Setting.LEASE_NS: (0, 0, 1, 10 * SECOND, 60 * SECOND),
        }
        return self._command(Op.CONFIGURE, items=tuple(self._fields(choices)))

    def define_skill(self) -> Command:
        return self._command(Op.DEFINE_SKILL, name=self._fresh("s"))

    def define_reason(self) -> Command:
        return self._command(Op.DEFINE_REASON, name=self._fresh("r"))

    def define_tier(self) -> Command:
        choices = {
            TierField.TARGET_FACTOR_PPM: (1_000, 333_333, 1_000_000, 100_000_000),
            TierField.HEAD_START_NS: (0, 90 * SECOND, 3_600 * SECOND),
            TierField.RANK: (-1, 0, 10),
        }
        return self._command(Op.DEFINE_TIER, name=self._fresh("t"), items=tuple(self._fields(choices)))

    def define_queue(self) -> Command:
        choices = {
            QueueField.TARGET_NS: (0, 10 * SECOND, 86_400 * SECOND),
            QueueField.PRIORITY: (-100, 0, 5),
            QueueField.STRATEGY: tuple(Strategy),
            QueueField.OFFER_NS: (MS, SECOND, 20 * SECOND),
            QueueField.WRAP_UP_NS: (0, MS, 5 * SECOND),
            QueueField.COOL_DOWN_NS: (MS, 3 * SECOND, 30 * SECOND),
            QueueField.MAX_WAITING: (0, 2, 5),
            QueueField.MAX_HANDLE_NS: (MS, 60 * SECOND, 3_600 * SECOND),
        }
        items = self._fields(choices) + self._skills(REQUIRE, 3)
        return self._command(Op.DEFINE_QUEUE, name=self._fresh("q"), items=tuple(items))

    def define_agent(self) -> Command:
        items = self._fields({AgentField.MAX_OPEN_OFFERS: (1, 2)}) + self._skills(HAS_SKILL, 4)
        return self._command(Op.DEFINE_AGENT, name=self._fresh("a"), items=tuple(items))

    def enqueue(self) -> Command:
        draw = self.random
        since = SINCE_NOW
        if draw.random() < 0.2:
            since = draw.choice((0, self.now_ns, max(0, self.now_ns - 60 * SECOND), self.now_ns + 1, -2))
        priority = -(2**31) if draw.random() < 0.8 else draw.choice((-100, -1, 5, 100, 101))
        name = self._fresh("i") if draw.random() < 0.5 else b""
        queue, tier = self._slot(self.queues), self._slot(self.tiers)
        return self._command(Op.ENQUEUE, queue=queue, tier=tier, priority=priority, x=since, name=name)

    def cancel(self) -> Command:
        cause = self.random.choice((2, 2, 3, 1)) if self.random.random() < 0.3 else 2
        return self._command(Op.CANCEL, target=self._handle(self.interactions), x=cause)

    def complete(self) -> Command:
        cause = self.random.choice((1, 2, 3, 0)) if self.random.random() < 0.3 else 1
        return self._command(Op.COMPLETE, target=self._handle(self.interactions), x=cause)

    def end_wrap_up(self) -> Command:
        return self._command(Op.END_WRAP_UP, target=self._handle(self.assignments))

    def sign_in(self) -> Command:
        presence = self.random.choice((1, 1, 1, 2, 0))
        return self._command(Op.SIGN_IN, agent=self._slot(self.agents), x=presence, y=self._slot(self.reasons))

    def set_presence(self) -> Command:
        draw = self.random
        presence, after = draw.choice((*Presence, 1, 7)), draw.choice((0, 2, 1))
        flags = draw.choice((0, FORCE)) if presence == Presence.OFFLINE or draw.random() < 0.05 else 0
        slots = {"agent": self._slot(self.agents), "y": self._slot(self.reasons)}
        return self._command(Op.SET_PRESENCE, x=presence, z=after, flags=flags, **slots)

    def renew_lease(self) -> Command:
        return self._command(Op.RENEW_LEASE, agent=self._slot(self.agents))

    def _answer_offer(self, op: Op) -> Command:
        agent = -1 if self.random.random() < 0.9 else self._slot(self.agents)
        return self._command(op, target=self._handle(self.offers), agent=agent)

    def accept(self) -> Command:
        return self._answer_offer(Op.ACCEPT)

    def decline(self) -> Command:
        return self._answer_offer(Op.DECLINE)

    def advance(self) -> Command:
        return self._command(Op.ADVANCE)

    def nonsense(self) -> Command:
        draw = self.random
        now_ns = draw.choice((self.now_ns, -1, 2**62, self.now_ns - 1, self.now_ns // 2))
        return Command(draw.choice((0, 7, 99, Op.ADVANCE, Op.ENQUEUE)), now_ns, queue=0, tier=0, x=SINCE_NOW)

    def repeat(self) -> Command:
        """A request again, or with other content."""
        if not self.requests:
            return self.advance()
        command = self.random.choice(self.requests)._replace(now_ns=self.now_ns)
        return command if self.random.random() < 0.7 else command._replace(x=command.x + 1)


def compare_figures(one: Router, two: Router, where: str) -> None:
    """Raise Difference unless every counter of every queue and tier is equal."""
    counts = one.center()
    for queue in range(counts.queues):
        for tier in range(counts.tiers):
            if one.figures(queue, tier) != two.figures(queue, tier):
                raise Difference(f"{where}\nfigures: {one.figures(queue, tier)} {two.figures(queue, tier)}")


def differential(
    seed: int, commands: int, one: Router | None = None, two: Router | None = None, check_every: int = 1
) -> tuple[Counter[Result], Counter[Op]]:
    """Run random commands on two routers; raise Difference at the first answer, event or hash that differs.

    Returns how often each result and each operation occurred.
    """
    one, two = one or Reference(), two or Core()
    stream = Commands(seed)
    opening = stream.opening()
    results: Counter[Result] = Counter()
    operations: Counter[Op] = Counter()
    for number in range(commands):
        command = opening[number] if number < len(opening) else stream.next()
        first, second = one.apply(command), two.apply(command)
        events, others = one.drain(), two.drain()
        where = f"seed {seed}, command {number}: {command}"
        if first != second:
            raise Difference(f"{where}\nanswers: {first} {second}")
        if events != others:
            raise Difference(f"{where}\nevents:\n{events}\n{others}")
        if one.next_deadline_ns() != two.next_deadline_ns():
            raise Difference(f"{where}\nnext deadline: {one.next_deadline_ns()} {two.next_deadline_ns()}")
        if one.state_hash() != two.state_hash():
            raise Difference(f"{where}\nstate hash: {one.state_hash():#x} {two.state_hash():#x}")
        if number % check_every == 0:
            one.check_invariants()
            two.check_invariants()
        if number % 100 == 99:
            compare_figures(one, two, where)
        stream.observe(command, first, events, one.center())
        results[Result(first.code)] += 1
        if first.code == Result.OK:
            operations[Op(command.op)] += 1
    return results, operations


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--commands", type=int, default=20_000)
    parser.add_argument("--run", type=int, default=1_000, help="commands in one center")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    results: Counter[Result] = Counter()
    for number in range(max(1, arguments.commands // arguments.run)):
        results += differential(arguments.seed + number, arguments.run)[0]
    for result in Result:
        print(f"{result.name:20} {results[result]:>9,}")
    print(f"{sum(results.values()):,} commands, no difference")


if __name__ == "__main__":
    main()
