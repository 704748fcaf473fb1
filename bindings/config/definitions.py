"""From a center's configuration to the commands that define it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum

from ..definitions import OVERRIDES
from ..plans import requirement_items
from ..router.codes import REPLACE, ItemKind, Kind, Op, Overflow, QueueField, StepField, TierField
from ..router.records import Command, Item
from .models import Agent, Center, Channel, Queue, Step
from .queues import DEFAULT_CHANNEL, DESTINATIONS, queues_named_by


def _items(kind: ItemKind, fields: Iterable[tuple[IntEnum, int]]) -> list[Item]:
    return [Item(kind, int(code), value) for code, value in fields]


def _fields(fields: Iterable[tuple[IntEnum, int]]) -> list[Item]:
    return _items(ItemKind.FIELD, fields)


class _Slots:
    """The slots that a center's names get, in the order of their definition, and the items that need them."""

    def __init__(self, center: Center) -> None:
        named: Mapping[Kind, Iterable[str]] = {
            Kind.SKILL: center.skills,
            Kind.TIER: center.all_tiers(),
            Kind.CHANNEL: center.all_channels(),
            Kind.QUEUE: center.queues,
        }
        self.slots = {kind: {name: slot for slot, name in enumerate(names)} for kind, names in named.items()}

    def of(self, kind: Kind, name: str, field: str = "") -> int:
        """Return the slot of a name; ``field`` is where it is said, which has been checked."""
        del field
        return self.slots[kind][name]

    def channel(self, channel: Channel) -> list[Item]:
        """Return all that a channel says."""
        interrupts = [Item(ItemKind.MAY_INTERRUPT, self.of(Kind.CHANNEL, name), 1) for name in channel.interrupts]
        return _fields(channel.router_fields()) + interrupts

    def queue(self, queue: Queue) -> list[Item]:
        """Return all that a queue says."""
        items = self.plain_queue(queue)
        for code, name in queue.references():
            items.append(Item(ItemKind.FIELD, code, Overflow.MOVE))
            items.append(Item(ItemKind.FIELD, DESTINATIONS[code], self.of(Kind.QUEUE, name)))
        return items + self._plan(queue)

    def plain_queue(self, queue: Queue) -> list[Item]:
        """Return what a queue says without the name of a queue, its plan aside."""
        items = _fields(queue.router_fields())
        items.append(Item(ItemKind.FIELD, QueueField.CHANNEL, self.of(Kind.CHANNEL, queue.channel)))
        items.sort(key=lambda item: item.key)
        for name, own in queue.tiers.items():
            for code, value in own.router_fields():
                items.append(Item(OVERRIDES[TierField(code)], self.of(Kind.TIER, name), value))
        return items

    def first_step(self, queue: Queue) -> list[Item]:
        """Return who may serve at first, which names no queue."""
        return requirement_items(self.of, queue.plan[0].requirement) + self._step(queue.plan[0])

    def _plan(self, queue: Queue) -> list[Item]:
        items: list[Item] = []
        for index, (step, requirement) in enumerate(zip(queue.plan, queue.requirements(), strict=True)):
            if index:
                items.append(Item(ItemKind.STEP, 0, step.after_ns))
            if requirement is not None:
                items += requirement_items(self.of, requirement)
            elif step.move_to is None:
                items.append(Item(ItemKind.STEP_FIELD, StepField.KEEPS, 1))
            items += self._step(step)
        return items

    def _step(self, step: Step) -> list[Item]:
        fields = step.router_fields()
        if step.move_to is not None:
            fields.append((StepField.MOVE_TO, self.of(Kind.QUEUE, step.move_to)))
        if step.when:
            fields += step.when.router_fields()
            if step.when.lender:
                fields.append((StepField.LENDER, self.of(Kind.QUEUE, step.when.lender.queue)))
                fields += step.when.lender.router_fields()
        return _items(ItemKind.STEP_FIELD, fields)

    def agent(self, agent: Agent) -> list[Item]:
        """Return all that an agent says."""
        items = _fields(agent.router_fields())
        items += [Item(ItemKind.HAS_SKILL, self.of(Kind.SKILL, name), level) for name, level in agent.skills.items()]
        limits = agent.channels.items()
        return items + [Item(ItemKind.CHANNEL_LIMIT, self.of(Kind.CHANNEL, name), most) for name, most in limits]


def _define(op: Op, now_ns: int, name: str, items: Iterable[Item] = (), flags: int = 0) -> Command:
    return Command(op, now_ns, name=name.encode(), items=tuple(items), flags=flags)


def _channels(center: Center, slots: _Slots, now_ns: int) -> Iterator[Command]:
    """Yield the channels: each plainly where it may interrupt one that comes later, and then once more."""
    again = []
    known = {DEFAULT_CHANNEL}
    for name, channel in center.all_channels().items():
        if name == DEFAULT_CHANNEL:  # it is there: as it is, or stated anew as soon as all others are
            again += [name] if name in center.channels else []
            continue
        known.add(name)
        if known.issuperset(channel.interrupts):
            yield _define(Op.DEFINE_CHANNEL, now_ns, name, slots.channel(channel))
        else:
            yield _define(Op.DEFINE_CHANNEL, now_ns, name, _fields(channel.router_fields()))
            again.append(name)
    for name in again:
        yield _define(Op.DEFINE_CHANNEL, now_ns, name, slots.channel(center.channels[name]), REPLACE)


def _queues(center: Center, slots: _Slots, now_ns: int) -> Iterator[Command]:
    """Yield the queues: each plainly where it refers to one that comes later, and then once more."""
    again = []
    known: set[str] = set()
    for name, queue in center.queues.items():
        if known.issuperset(queues_named_by(queue)):
            items = slots.queue(queue)
        else:
            items = slots.plain_queue(queue) + slots.first_step(queue)
            again.append(name)
        yield _define(Op.DEFINE_QUEUE, now_ns, name, items)
        known.add(name)
    for name in again:
        yield _define(Op.DEFINE_QUEUE, now_ns, name, slots.queue(center.queues[name]), REPLACE)


def center_commands(center: Center, now_ns: int) -> list[Command]:
    """Return the commands that define a center in a router that has nothing defined yet, in their order.

    Every field is stated, defaults too: the same commands mean the same under another version's defaults. What
    refers to something that is defined later is defined plainly first and stated anew, with REPLACE, once that
    is there.
    """
    slots = _Slots(center)
    commands = [Command(Op.CONFIGURE, now_ns, items=tuple(_fields(center.settings.router_fields())))]
    commands += [_define(Op.DEFINE_SKILL, now_ns, skill) for skill in center.skills]
    commands += [_define(Op.DEFINE_REASON, now_ns, reason) for reason in center.reasons]
    for name, tier in center.all_tiers().items():
        commands.append(_define(Op.DEFINE_TIER, now_ns, name, _fields(tier.router_fields())))
    commands += _channels(center, slots, now_ns)
    commands += _queues(center, slots, now_ns)
    for name, agent in center.all_agents().items():
        commands.append(_define(Op.DEFINE_AGENT, now_ns, name, slots.agent(agent)))
    return commands
