"""The behavior suite: every table on the reference and on the compiled router, invariants after every line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest

import tables
from acdcore.router import (
    Answer,
    Cause,
    Core,
    EventType,
    Item,
    ItemKind,
    Kind,
    Op,
    QueueField,
    Result,
    Setting,
    Strategy,
)
from acdcore.router.codes import QUEUE_RULES, AgentField, ChannelField, OnExpiry, Overflow, StepField, TierField
from acdcore.router.reference import Reference

PATHS = sorted(tables.TABLES.glob("*.txt"))
FIELDS: dict[Op, type[IntEnum]] = {
    Op.CONFIGURE: Setting,
    Op.DEFINE_TIER: TierField,
    Op.DEFINE_CHANNEL: ChannelField,
    Op.DEFINE_QUEUE: QueueField,
    Op.DEFINE_AGENT: AgentField,
}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@pytest.mark.parametrize("router", [Reference, Core])
def test_table(path: Path, router: Callable[[], Any]) -> None:
    tables.run(path, router())


class Seen:
    """What the tables mention, counted: codes, and the fields and words of definitions that were accepted."""

    def __init__(self) -> None:
        self.results: Counter[Result] = Counter()
        self.events: Counter[EventType] = Counter()
        self.causes: Counter[Cause] = Counter()
        self.ops: Counter[Op] = Counter()
        self.kinds: Counter[ItemKind] = Counter()
        self.fields: Counter[IntEnum] = Counter()
        self.words: Counter[tuple[QueueField, int]] = Counter()
        for path in PATHS:
            self._read(path)

    def _read(self, path: Path) -> None:
        router = Reference()
        builder = tables.Builder(tables.Names(router))
        for step in tables.parse(path):
            command = builder.command(step)
            answer = router.apply(command)
            self.results[Result(answer.code)] += 1
            if answer.code == Result.OK:
                self.ops[Op(command.op)] += 1
                for item in command.items:
                    self._count_item(Op(command.op), item)
            events = router.drain()
            builder.names.learn(events)
            self.events.update(EventType(event.type) for event in events)
            self.causes.update(Cause(event.cause) for event in events)

    def _count_item(self, op: Op, item: Item) -> None:
        self.kinds[ItemKind(item.kind)] += 1
        if item.kind == ItemKind.FIELD:
            self.fields[FIELDS[op](item.key)] += 1
            if op == Op.DEFINE_QUEUE:
                self.words[QueueField(item.key), item.value] += 1
        elif item.kind == ItemKind.STEP_FIELD:
            self.fields[StepField(item.key)] += 1


@pytest.fixture(scope="module")
def seen() -> Seen:
    return Seen()


def unseen(counts: Counter[Any], of: Iterable[IntEnum]) -> list[str]:
    return [one.name for one in of if not counts[one]]


def test_every_code_occurs(seen: Seen) -> None:
    """A code that no table mentions is a rule that nobody has written down."""
    assert unseen(seen.results, Result) == []
    assert unseen(seen.events, EventType) == []
    assert unseen(seen.causes, Cause) == []
    assert unseen(seen.ops, Op) == []
    assert unseen(seen.kinds, ItemKind) == []


@pytest.mark.parametrize("fields", [TierField, ChannelField, QueueField, StepField, AgentField])
def test_every_field_occurs(fields: type[IntEnum], seen: Seen) -> None:
    counts = Counter({field: seen.fields[field] for field in fields})
    assert unseen(counts, fields) == []


def test_every_policy_occurs(seen: Seen) -> None:
    """Each strategy, each thing that may become of an interaction, each consequence of a missed offer."""
    policies = {
        QueueField.ON_MAX_WAIT: (Overflow.REJECT, Overflow.MOVE),
        QueueField.ON_FULL: (Overflow.REJECT, Overflow.MOVE),
        QueueField.ON_UNSTAFFED: tuple(Overflow),
        QueueField.ON_CLOSED: tuple(Overflow),
        QueueField.ON_HELD: tuple(Overflow),
        QueueField.ON_EXPIRY: tuple(OnExpiry),
        QueueField.STRATEGY: tuple(Strategy),
    }
    for field, words in policies.items():
        default = QUEUE_RULES[field].default  # holds wherever a table states nothing
        missing = [word.name for word in words if word != default and not seen.words[field, word]]
        assert missing == [], field.name


def test_a_wrong_table_fails(tmp_path: Path) -> None:
    """The canary: a table that expects the wrong agent, the wrong code or too little is refused."""
    good = "0s tier t => OK | defined tier t\n0s queue q => OK | defined queue q\n0s agent a => OK | defined agent a\n"
    for bad in (
        "1s sign_in a => NOT_SIGNED_IN\n",
        "1s sign_in a => OK | b available agent\n",
        "1s sign_in a => OK\n",
        "1s sign_in a => OK | a available agent | offered o1 i1 a\n",
    ):
        path = tmp_path / "bad.txt"
        path.write_text(good + bad, encoding="utf-8")
        with pytest.raises(AssertionError, match="expected"):
            tables.run(path, Core())


VALUES = """
0s skill s
0s tier t
0s queue last requires=s max_waiting=0
0s queue next requires=s max_waiting=0 on_full=move full_to=last
0s queue first requires=s max_waiting=0 on_full=move full_to=next
0s queue shut requires=s
0s queue none requires=s on_unstaffed=reject
0s close shut
"""
REFUSALS = [
    # the door that refuses in the end, not the first one
    ("1s enqueue i first t", Result.QUEUE_FULL, "last"),
    ("1s enqueue i shut t", Result.QUEUE_CLOSED, "shut"),
    ("1s enqueue i none t", Result.QUEUE_UNSTAFFED, "none"),
    # the item that is wrong
    ("1s enqueue i first t requires=s excludes=nosuch", Result.UNKNOWN_SKILL, 1),
    ("1s enqueue i first t requires=s prefers=s:11", Result.INVALID_LEVEL, 1),
    ("1s queue q target=1s step=5s wait=0s", Result.INVALID_FIELD, 2),
    ("1s queue q target=1s full_to=nosuch", Result.UNKNOWN_QUEUE, 1),
    ("1s queue q target=1s factor.nosuch=1", Result.UNKNOWN_TIER, 1),
    ("1s agent a skills=s limits=nosuch:1", Result.UNKNOWN_CHANNEL, 1),
    ("1s agent a skills=s,s", Result.DUPLICATE_ITEM, 1),
    ("1s queue q flags=1", Result.INVALID_FIELD, 0),
    # which limit, and who has the name
    ("1s configure max_channels=1\n1s channel c", Result.LIMIT_REACHED, int(Setting.MAX_CHANNELS)),
    ("1s configure max_steps=1\n1s queue q step=1s", Result.LIMIT_REACHED, int(Setting.MAX_STEPS)),
    ("1s queue shut", Result.ALREADY_EXISTS, "shut"),
]


@pytest.mark.parametrize("router", [Reference, Core])
@pytest.mark.parametrize(("text", "result", "value"), REFUSALS, ids=[case[0].split("\n")[-1] for case in REFUSALS])
def test_a_refusal_says_what_it_refuses(text: str, result: Result, value: int | str, router: Callable[[], Any]) -> None:
    play = tables.Play(router(), VALUES)
    *before, last = text.split("\n")
    play("\n".join(before))
    answer = play.router.apply(play.builder.command(tables.parse_line(last, last)))
    expected = play.names.slot(Kind.QUEUE, value) if isinstance(value, str) else value
    assert answer == Answer(result, expected)
