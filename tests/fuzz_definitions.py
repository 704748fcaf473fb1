"""Random definitions for a tiny center: which features a run has, and what its queues, agents and channels are.

A run has a *swarm* of features, each on or off, so that every pair of them meets often and each also runs
without the others. A quarter of the runs are *blended*: agents mostly answer, and calls meet chats that refill
every gap, without which hardly anything would ever be claimed. Limits are tiny and durations short: every
refusal and every timer occurs.
"""

from __future__ import annotations

import random
from typing import Any

from acdcore.router import Command, Item, ItemKind, Kind, Op, QueueField, Setting, TierField
from acdcore.router.codes import (
    REPLACE,
    AgentField,
    ChannelField,
    OnExpiry,
    Order,
    Overflow,
    StepField,
    Strategy,
)

MS = 1_000_000
SECOND = 1_000 * MS
FIELD, STEP_FIELD = ItemKind.FIELD, ItemKind.STEP_FIELD

FEATURES = (
    "addressed",
    "any_of",
    "auto_accept",
    "back_dated",
    "channel_limits",
    "channels",
    "claims",
    "closed",
    "customers",
    "direct",
    "escalation",
    "exclude",
    "expiry",
    "extra",
    "full",
    "gates",
    "held",
    "interrupts",
    "leases",
    "lenders",
    "malformed",
    "max_wait",
    "overrides",
    "plans",
    "prefer",
    "priorities",
    "proportional",
    "replace",
    "requests",
    "reserves",
    "scheduled",
    "shared",
    "skills",
    "strategies",
    "unstaffed",
)
NO_FEATURES: frozenset[str] = frozenset()
POLICIES = {
    "max_wait": (QueueField.ON_MAX_WAIT, QueueField.MAX_WAIT_TO),
    "full": (QueueField.ON_FULL, QueueField.FULL_TO),
    "unstaffed": (QueueField.ON_UNSTAFFED, QueueField.UNSTAFFED_TO),
    "closed": (QueueField.ON_CLOSED, QueueField.CLOSED_TO),
    "held": (QueueField.ON_HELD, QueueField.HELD_TO),
}
"""Feature -> the field with the policy, and the one that says where its MOVE leads."""
OF_FEATURES: dict[str, dict[QueueField, tuple[int, ...]]] = {
    "max_wait": {QueueField.MAX_WAIT_NS: (0, MS, 3 * SECOND, 20 * SECOND)},
    "held": {QueueField.MAX_OFFERS: (1, 2, 3), QueueField.HELD_NS: (MS, 5 * SECOND, 60 * SECOND)},
    "expiry": {QueueField.ON_EXPIRY: tuple(OnExpiry)},
    "auto_accept": {QueueField.AUTO_ACCEPT: (0, 1)},
    "shared": {QueueField.SHARED: (1, 2, 3, 16)},
    "reserves": {
        QueueField.RESERVE: (0, 1, 2),
        QueueField.RESERVE_RANK: (-1, 0, 5, 10),
        QueueField.RESERVE_OPENS_NS: (0, SECOND, 30 * SECOND),
    },
    "customers": {QueueField.PREFER_LAST_NS: (0, MS, 5 * SECOND, 60 * SECOND), QueueField.AFFINITY: (0, 1, 1)},
    "strategies": {QueueField.STRATEGY: tuple(Strategy)},
    "priorities": {QueueField.PRIORITY: (-100, 0, 5)},
}
"""What a queue of a run with the feature may have, beyond what every queue has."""
Choices = dict[Any, tuple[int, ...]]


class Definitions:
    """The random draws of one run, and the commands that define a center with them."""

    def __init__(self, seed: int, having: frozenset[str] = NO_FEATURES, without: frozenset[str] = NO_FEATURES) -> None:
        self.random = random.Random(seed)
        share = self.random.choice((0.1, 0.3, 0.5, 0.5, 0.8, 1))
        self.features = {feature for feature in FEATURES if self.random.random() < share}
        self.is_blended = self.maybe(0.25)
        if self.is_blended:
            self.features |= {"channels", "claims"}
            self.features -= {"skills", "channel_limits", "leases"}
        self.features = (self.features | having) - without
        self.now_ns = self.random.choice((0, 1, 10**12, 2**61))
        self.names: dict[Kind, list[bytes]] = {kind: [] for kind in Kind}
        self.names[Kind.CHANNEL].append(b"voice")
        self.names[Kind.REASON] += [b"none", b"no_answer", b"lease_lapsed"]
        self.serial = 0

    # ------------------------------------------------------------------ parts

    def has(self, feature: str) -> bool:
        """Say whether this run has the feature."""
        return feature in self.features

    def maybe(self, share: float) -> bool:
        """Say yes in this share of the cases."""
        return self.random.random() < share

    def fresh(self, prefix: str) -> bytes:
        """Return a new name, seldom one that is taken, is empty or is too long."""
        self.serial += 1
        roll = self.random.random()
        if roll < 0.02 and self.has("malformed"):
            return b"" if roll < 0.01 else b"n" * self.random.choice((128, 129))
        if roll < 0.07 and self.has("malformed"):
            return f"{prefix}{self.random.randrange(1, self.serial + 1)}".encode()  # perhaps taken
        return f"{prefix}{self.serial}".encode()

    def slot(self, kind: Kind) -> int:
        """Return the slot of something defined, seldom one that is not."""
        count = len(self.names[kind])
        sound = count and not (self.has("malformed") and self.maybe(0.03))
        return self.random.randrange(count) if sound else self.random.choice((-1, count))

    def command(self, op: Op, **fields: Any) -> Command:
        """Return a command at the present time, in some runs as a request that may be repeated."""
        request_id = 0
        if self.has("requests") and self.maybe(0.2):
            request_id = self.random.choice((self.random.getrandbits(128), self.random.randrange(1, 5)))
        return Command(op, self.now_ns, request_id=request_id, **fields)

    def fields(self, choices: Choices, share: float = 0.6) -> list[Item]:
        """Return FIELD items for a share of the fields, with one of their values each."""
        draw = self.random
        return [Item(FIELD, field, draw.choice(values)) for field, values in choices.items() if draw.random() < share]

    def spoiled(self, items: list[Item]) -> tuple[Item, ...]:
        """Return the items, in some runs and seldom with one that the law may refuse."""
        draw = self.random
        if self.has("malformed") and self.maybe(0.12):
            place = draw.randrange(len(items) + 1)
            if items and self.maybe(0.6):
                item = items[min(place, len(items) - 1)]
                changed = {draw.choice(("kind", "key", "value")): draw.choice((-1, 0, 1, 5, 11, 16, 2**62, -(2**63)))}
                items = [*items[:place], draw.choice((item, item._replace(**changed))), *items[place:]]
            else:
                wrong = Item(draw.randrange(17), draw.choice((-1, 0, 1, 7, 20, 99)), draw.choice((-1, 0, 1, 3, 2**62)))
                items = [*items[:place], wrong, *items[place:]]
        return tuple(items)

    def channel_slots(self) -> range:
        """Return the channels' slots, in some runs and seldom with one that nobody has defined."""
        return range(len(self.names[Kind.CHANNEL]) + (self.has("malformed") and self.maybe(0.06)))

    def skill(self, kind: ItemKind, key: int = -2) -> Item:
        """Return an item that names a skill at a level; mostly a low one."""
        level = self.random.choice((1, 1, 1, 3, 5, 10))
        if self.has("malformed") and self.maybe(0.005):
            level = self.random.choice((0, 11, -5, 2**62))
        return Item(kind, self.slot(Kind.SKILL) if key == -2 else key, level)

    def skills(self, kind: ItemKind, most: int) -> list[Item]:
        """Return items of one kind, mostly each for another skill."""
        items = [self.skill(kind) for _ in range(self.random.randint(0, most))]
        if not (self.has("malformed") and self.maybe(0.05)):
            items = list({item.key: item for item in items}.values())
        return items

    def requirement(self, most: int = 2) -> list[Item]:
        """Return the items of a requirement, of the kinds that the run has."""
        items: list[Item] = []
        if not self.has("skills") or not self.names[Kind.SKILL]:
            return items
        items += self.skills(ItemKind.REQUIRE, most)
        if self.has("any_of") and self.maybe(0.4):
            for number, item in enumerate(self.skills(ItemKind.OR, 3)):
                items.append(item._replace(kind=ItemKind.ANY_OF) if number == 0 else item)
        if self.has("exclude") and self.maybe(0.3):
            items += self.skills(ItemKind.EXCLUDE, 1)
        if self.has("prefer") and self.maybe(0.5):
            items += self.skills(ItemKind.PREFER, 2)
        return items

    def name_and_flags(self, kind: Kind, prefix: str, renew: bool) -> dict[str, Any]:
        """Return the name of something new, or of something that is to be replaced."""
        names = self.names[kind]
        if not renew and not (self.has("replace") and self.maybe(0.75)):
            flags = 1 if self.has("malformed") and self.maybe(0.02) else 0
            return {"name": self.fresh(prefix), "flags": flags}
        known = names and not (self.has("malformed") and self.maybe(0.05))
        return {"name": self.random.choice(names) if known else self.fresh(prefix), "flags": REPLACE}

    # ------------------------------------------------------------------ one of each

    def limits(self) -> Command:
        """Return the center's settings: all limits low, all durations short."""
        draw = self.random
        limits = {
            Setting.MAX_SKILLS: 4,
            Setting.MAX_REASONS: 5,
            Setting.MAX_TIERS: 3,
            Setting.MAX_QUEUES: 5,
            Setting.MAX_AGENTS: 7,
            Setting.MAX_CHANNELS: draw.choice((3, 4)) if self.has("channels") else 2,
            Setting.MAX_STEPS: 4,
            Setting.MAX_SKILLS_PER_AGENT: 3,
            Setting.MAX_SKILLS_PER_REQUIREMENT: draw.choice((3, 9, 9)),
            Setting.MAX_REQUIREMENTS: draw.choice((12, 20, 40)),
            Setting.MAX_INTERACTIONS: draw.choice((6, 20, 30)),
            Setting.MAX_COOL_DOWNS: draw.choice((1, 2, 8)),
            Setting.REMEMBERED_INTERACTIONS: draw.choice((0, 3, 10)),
            Setting.REMEMBERED_OFFERS: draw.choice((0, 3, 10)),
            Setting.REMEMBERED_ANSWERS: draw.choice((0, 1, 5)),
            Setting.REMEMBERED_CUSTOMERS: draw.choice((0, 1, 3)),
            Setting.HALF_LIFE_NS: draw.choice((1, 60, 1_800)) * SECOND,
            Setting.LEASE_NS: draw.choice((MS, 5 * SECOND, 300 * SECOND)) if self.has("leases") else 0,
            Setting.LEASE_GRACE_NS: draw.choice((MS, 3 * SECOND)),
            Setting.ORDER: Order.PROPORTIONAL if self.has("proportional") else Order.DUE,
            Setting.SEED: draw.choice((0, 1, 2**62 - 1)),
        }
        items = tuple(Item(FIELD, setting, value) for setting, value in limits.items())
        return Command(Op.CONFIGURE, self.now_ns, items=items)

    def configure(self) -> Command:
        """Change some settings of a center that is at work."""
        choices: Choices = {
            Setting.MAX_COOL_DOWNS: (1, 2, 64),
            Setting.MAX_INTERACTIONS: (6, 20),
            Setting.REMEMBERED_INTERACTIONS: (0, 3),
            Setting.REMEMBERED_ANSWERS: (0, 4, 70),
            Setting.REMEMBERED_CUSTOMERS: (0, 1, 3),
            Setting.HALF_LIFE_NS: (60 * SECOND, 1_800 * SECOND),
            Setting.SEED: (0, 7),
        }
        if self.has("leases"):
            choices[Setting.LEASE_NS] = (0, 10 * SECOND, 60 * SECOND)
        if self.has("proportional"):
            choices[Setting.ORDER] = tuple(Order)
        return self.command(Op.CONFIGURE, items=self.spoiled(self.fields(choices, 0.3)))

    def define_skill(self) -> Command:
        """Define a skill."""
        return self.command(Op.DEFINE_SKILL, name=self.fresh("s"))

    def define_reason(self) -> Command:
        """Define a reason for not being ready."""
        return self.command(Op.DEFINE_REASON, name=self.fresh("r"))

    def define_tier(self, renew: bool = False) -> Command:
        """Define a tier, or one anew."""
        choices: Choices = {
            TierField.TARGET_FACTOR_PPM: (1_000, 333_333, 1_000_000, 100_000_000),
            TierField.HEAD_START_NS: (0, 90 * SECOND, 3_600 * SECOND),
            TierField.RANK: (-1, 0, 10),
        }
        items = self.spoiled(self.fields(choices))
        return self.command(Op.DEFINE_TIER, items=items, **self.name_and_flags(Kind.TIER, "t", renew))

    def define_channel(self, renew: bool = False) -> Command:
        """Define a channel, or one anew."""
        choices: Choices = {
            ChannelField.COST: (1, 10, 25, 30, 34, 50, 60, 100),
            ChannelField.MOST: (1, 3, 4, 100),
            ChannelField.EXCLUSIVE_WRAP_UP: (0, 0, 1),
        }
        if self.is_blended:
            choices |= {ChannelField.COST: (10, 25, 34), ChannelField.MOST: (3, 10)}
        items = self.fields(choices, 0.8)
        if self.has("interrupts"):
            slots = self.channel_slots()
            items += [Item(ItemKind.MAY_INTERRUPT, slot, 1) for slot in slots if self.maybe(0.4)]
        named = self.name_and_flags(Kind.CHANNEL, "c", renew)
        return self.command(Op.DEFINE_CHANNEL, items=self.spoiled(items), **named)

    def define_agent(self, renew: bool = False) -> Command:
        """Define an agent, or one anew."""
        items = self.fields({AgentField.MAX_OPEN_OFFERS: (1, 1, 2, 3)}) + self.skills(ItemKind.HAS_SKILL, 4)
        if self.has("channel_limits"):
            slots = self.channel_slots()
            levels = (0, 1, 2, 5)
            items += [
                Item(ItemKind.CHANNEL_LIMIT, slot, self.random.choice(levels)) for slot in slots if self.maybe(0.3)
            ]
        return self.command(Op.DEFINE_AGENT, items=self.spoiled(items), **self.name_and_flags(Kind.AGENT, "a", renew))

    def define_queue(self, renew: bool = False) -> Command:
        """Define a queue, or one anew; references to queues lead to those that are there."""
        draw = self.random
        choices: Choices = {
            QueueField.TARGET_NS: (0, 2 * SECOND, 10 * SECOND, 86_400 * SECOND),
            QueueField.OFFER_NS: (MS, SECOND, 20 * SECOND, 60 * SECOND),
            QueueField.WRAP_UP_NS: (0, MS, 5 * SECOND),
            QueueField.COOL_DOWN_NS: (MS, 3 * SECOND, 30 * SECOND),
            QueueField.MAX_WAITING: (0, 1, 3, 8, 30, 30),
            QueueField.MAX_HANDLE_NS: (MS, 60 * SECOND, 3_600 * SECOND, 3_600 * SECOND),
        }
        if self.has("channels"):
            choices[QueueField.CHANNEL] = tuple(self.channel_slots())
        for feature, fields in OF_FEATURES.items():
            if self.has(feature):
                choices.update(fields)
        if self.is_blended:
            choices |= {QueueField.TARGET_NS: (0, 2 * SECOND), QueueField.OFFER_NS: (20 * SECOND, 60 * SECOND)}
        items = self.fields(choices)
        if not self.has("claims") and self.has("channels"):
            items.append(Item(FIELD, QueueField.CLAIMS, 0))
        for feature, (policy, to) in POLICIES.items():
            if self.has(feature) and self.maybe(0.7):
                items += self._policy(policy, to)
        draw.shuffle(items)
        if self.has("overrides"):
            items += self._overrides()
        items += self._plan()
        return self.command(Op.DEFINE_QUEUE, items=self.spoiled(items), **self.name_and_flags(Kind.QUEUE, "q", renew))

    def _policy(self, policy: QueueField, to: QueueField) -> list[Item]:
        if not self.names[Kind.QUEUE] or self.maybe(0.3):
            least = Overflow.WAIT if policy not in (QueueField.ON_MAX_WAIT, QueueField.ON_FULL) else Overflow.REJECT
            return [Item(FIELD, policy, self.random.choice((least, Overflow.REJECT)))]
        items = [Item(FIELD, policy, Overflow.MOVE), Item(FIELD, to, self.slot(Kind.QUEUE))]
        return items[:1] if self.has("malformed") and self.maybe(0.03) else items

    def _overrides(self) -> list[Item]:
        draw = self.random
        items = []
        for tier in range(len(self.names[Kind.TIER])):
            if self.maybe(0.3):
                items.append(Item(ItemKind.TIER_FACTOR, tier, draw.choice((1_000, 500_000, 2_000_000))))
            if self.maybe(0.3):
                items.append(Item(ItemKind.TIER_HEAD_START, tier, draw.choice((0, SECOND, 90 * SECOND))))
        return items

    def _plan(self) -> list[Item]:
        draw = self.random
        items = self.requirement()
        if not self.has("plans"):
            return items
        if self.maybe(0.2):
            items.append(Item(STEP_FIELD, StepField.SKIP, draw.choice((0, 1))))
        after_ns = 0
        for _ in range(draw.choice((0, 1, 1, 2, 3))):
            after_ns += draw.choice((0, MS, SECOND, 5 * SECOND))
            items.append(Item(ItemKind.STEP, 0, after_ns))
            items += self.requirement(1) + self._step_fields()
        return items

    def _step_fields(self) -> list[Item]:
        draw = self.random
        items = []
        if self.maybe(0.3):
            items.append(Item(STEP_FIELD, StepField.SKIP, draw.choice((0, 1))))
        if self.has("escalation"):
            if self.maybe(0.4):
                items.append(Item(STEP_FIELD, StepField.PRIORITY, draw.choice((-50, 3, 100))))
            if self.maybe(0.3):
                items.append(Item(STEP_FIELD, StepField.KEEPS, draw.choice((0, 1))))
            if self.maybe(0.3) and self.names[Kind.QUEUE]:
                items.append(Item(STEP_FIELD, StepField.MOVE_TO, self.slot(Kind.QUEUE)))
        if self.has("gates"):
            items += self._measure(StepField.WAITING, (1, 2, 3), (1, 1, 2), 0.4)
            items += self._measure(StepField.WAIT_NS, (MS, 2 * SECOND, 20 * SECOND), (0, MS, SECOND), 0.3)
            items += self._measure(StepField.AGENTS, (0, 1, 2), (0, 1, 3), 0.3)
        if self.has("lenders") and self.names[Kind.QUEUE] and self.maybe(0.6):
            items.append(Item(STEP_FIELD, StepField.LENDER, self.slot(Kind.QUEUE)))
            items += self._measure(StepField.LENDER_WAITING, (0, 1, 2), (0, 1, 3), 0.4)
            items += self._measure(StepField.LENDER_WAIT_NS, (0, SECOND, 10 * SECOND), (0, SECOND, 20 * SECOND), 0.4)
            items += self._measure(StepField.LENDER_FREE, (0, 1, 2), (0, 1, 1), 0.4)
        draw.shuffle(items)
        return items

    def _measure(self, which: StepField, opens: tuple[int, ...], closes: tuple[int, ...], share: float) -> list[Item]:
        """Return a gate's measure, perhaps with the value that closes it, mostly on the side where it may be."""
        draw = self.random
        if not self.maybe(share):
            return []
        value, other = draw.choice(opens), draw.choice(closes)
        items = [Item(STEP_FIELD, which, value)]
        falls = which in (StepField.WAITING, StepField.WAIT_NS, StepField.LENDER_FREE)
        sound = other <= value if falls else other >= value
        if (sound and self.maybe(0.6)) or (self.has("malformed") and self.maybe(0.02)):
            items.append(Item(STEP_FIELD, StepField(which + 1), other))
        return items
