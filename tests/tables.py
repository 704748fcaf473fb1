"""The law as text tables: one command a line, what it answers, then every event it causes.

    10s   enqueue i1 sales vip          => OK | enqueued i1 | offered o1 i1 anna
    12s   decline o1                    => OK | declined o1 | returned i1 declined
    42s   advance                       => OK | cooled i1 | offered o2 i1 anna

A line is ``TIME COMMAND ARGUMENTS => RESULT | EVENT | EVENT ...``; a line that begins with ``|`` goes on
with the events of the line before, and ``#`` begins a comment. Times and durations take ns, ms, s, m, h.
Interactions are called by their ids; offers and assignments ``o1``, ``a1`` ... in the order in which they
were made. The same tables run on the reference, on the compiled router and through gRPC.

Commands (square brackets: may be left out)::

    configure SETTING=VALUE ...                     skill NAME          reason NAME
    tier NAME [factor=0.5] [head=90s] [rank=10]
    channel NAME [cost=50] [most=2] [exclusive_wrap_up=1] [interrupts=CHANNEL,...]
    queue NAME [FIELD=VALUE ...] [REQUIREMENT] [factor.TIER=0.5] [head.TIER=90s] [skip=0]
        [step=30s [REQUIREMENT] [FIELD=VALUE ...]] ...
    agent NAME [skills=SKILL:LEVEL,...] [limits=CHANNEL:MOST,...] [max_open_offers=1]
    redefine tier|channel|queue|agent NAME ...      (as above; what is not stated has its default again)
    advance [most=10]
    enqueue ID QUEUE TIER [priority=5] [since=3s] [start=60s] [customer=lisa] [REQUIREMENT]
        [agent=anna for=10s | agent=anna direct]    ("-" for ID: no id)
    cancel ID [customer|system]                     complete ID [agent|customer|system]
    move ID QUEUE [priority=5] [agent=anna for=10s | agent=anna direct]
    set_priority ID N|default                       hold ID [for=60s]       release ID
    wrapped A                                       fail A                  renew AGENT
    sign_in AGENT [available|not_ready] [REASON]
    presence AGENT available|not_ready|offline|draining [REASON] [after=not_ready] [force]
    accept O [by=AGENT]                             decline O [by=AGENT] [retry=60s] [failed]
    open QUEUE                                      close QUEUE [force]
    resume [for=60s]
    raw OP                                          (an operation by its number)

A REQUIREMENT is any of ``requires=SKILL:LEVEL,...`` (all of them), ``any_of=SKILL:LEVEL,...`` (one of
them; may be repeated), ``excludes=`` and ``prefers=``; a level left out is 1. In a queue, what follows
``step=`` belongs to that step. Any command takes ``id=N``, a request id; a definition takes ``flags=N``
and ``item=KIND:KEY:VALUE``, numbers as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from acdcore.router import (
    Cause,
    Command,
    Event,
    EventType,
    Item,
    ItemKind,
    Kind,
    Op,
    Presence,
    Result,
    Setting,
)
from acdcore.router.codes import (
    BY_INTERACTION,
    DIRECT,
    FORCE,
    MAX_CHANNELS,
    PRIORITY_DEFAULT,
    REPLACE,
    SINCE_NOW,
    AgentField,
    ChannelField,
    OnExpiry,
    Order,
    Overflow,
    QueueField,
    StepField,
    Strategy,
    TierField,
)
from acdcore.router.reference import Reference

TABLES = Path(__file__).parent / "tables"
UNITS_NS = {"ns": 1, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
UNKNOWN_FIELD = 99
DEFINITIONS = ("configure", "skill", "reason", "tier", "channel", "queue", "agent", "redefine")
REQUIREMENTS = {
    "requires": ItemKind.REQUIRE,
    "any_of": ItemKind.ANY_OF,
    "excludes": ItemKind.EXCLUDE,
    "prefers": ItemKind.PREFER,
}


def _field_words(fields: type[IntEnum]) -> dict[str, IntEnum]:
    """Return the words by which tables call the fields of a definition."""
    return {field.name.lower().removesuffix("_ns"): field for field in fields}


SETTING_WORDS = _field_words(Setting)
TIER_WORDS = {"factor": TierField.TARGET_FACTOR_PPM, "head": TierField.HEAD_START_NS, "rank": TierField.RANK}
CHANNEL_WORDS = _field_words(ChannelField)
QUEUE_WORDS = _field_words(QueueField)
STEP_WORDS = _field_words(StepField)
AGENT_WORDS = _field_words(AgentField)
VALUE_WORDS: dict[str, type[IntEnum]] = {
    "strategy": Strategy,
    "order": Order,
    "on_expiry": OnExpiry,
    "on_max_wait": Overflow,
    "on_full": Overflow,
    "on_unstaffed": Overflow,
    "on_closed": Overflow,
    "on_held": Overflow,
}
"""Fields whose values are words."""
QUEUES = ("lender", "move_to", "max_wait_to", "full_to", "unstaffed_to", "closed_to", "held_to")
"""Fields whose values are queues."""
UNKNOWN_SLOT = 1_000_000
UNKNOWN_HANDLE = 2**62


def value_ns(text: str) -> int:
    """Return a number, or a time in ns: 5, -1, 1500ms, 90s."""
    match = re.fullmatch(r"(-?\d+)(ns|ms|s|m|h)?", text)
    assert match, f"not a number or a time: {text!r}"
    return int(match[1]) * UNITS_NS[match[2] or "ns"]


def time_words(value_ns: int) -> str:
    """Return a time in ns as a table writes it, in seconds where they are whole."""
    unit = next((unit for unit in ("s", "ms") if value_ns % UNITS_NS[unit] == 0), "ns")
    return f"{value_ns // UNITS_NS[unit]}{unit}"


@dataclass(frozen=True)
class Step:
    """One line of a table."""

    where: str
    now_ns: int
    words: tuple[str, ...]
    options: dict[str, str]
    pairs: tuple[tuple[str, str], ...]
    """The options in the order in which they are written, repeated ones and all."""
    result: Result
    events: tuple[str, ...]
    text: str = field(compare=False)

    @property
    def is_definition(self) -> bool:
        """Whether the line defines, or is none of the commands that have an RPC."""
        return self.words[0] in (*DEFINITIONS, "advance", "resume", "raw")


def lines_of(text: str) -> list[tuple[int, str]]:
    """Return the commands of a table with their line numbers: comments gone, continued lines joined."""
    lines: list[tuple[int, str]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].rstrip()
        if line.lstrip().startswith("|"):
            lines[-1] = (lines[-1][0], f"{lines[-1][1]} {line.strip()}")
        elif line.strip():
            lines.append((number, line.strip()))
    return lines


def parse_line(line: str, where: str) -> Step:
    """Return one step; a line without ``=>`` expects OK, and says nothing of events."""
    left, _, right = line.partition("=>")
    time, *words = left.split()
    result, *events = [part.strip() for part in (right or "OK").split("|")]
    pairs = tuple((name, value) for name, equals, value in (word.partition("=") for word in words) if equals)
    plain = tuple(word for word in words if "=" not in word)
    return Step(where, value_ns(time), plain, dict(pairs), pairs, Result[result], tuple(events), line)


def parse(path: Path) -> list[Step]:
    """Return the steps of a table."""
    steps = []
    for number, line in lines_of(path.read_text(encoding="utf-8")):
        where = f"{path.name}:{number}"
        assert "=>" in line, f"{where}: no => in {line!r}"
        steps.append(parse_line(line, where))
    return steps


class Names:
    """Turns the names of a table into slots and handles, and events back into words."""

    def __init__(self, router: Any) -> None:
        self.router = router
        self.offers: dict[int, int] = {}
        self.assignments: dict[int, int] = {}
        self.interactions: dict[int, str] = {}
        self.handles: dict[str, int] = {}

    def slot(self, kind: Kind, name: str) -> int:
        slot: int = self.router.find(kind, name.encode())
        return slot if slot >= 0 else UNKNOWN_SLOT

    def handle(self, name: str) -> int:
        if name in self.handles:
            return self.handles[name]
        found: int = self.router.find(Kind.INTERACTION, name.encode())
        return found if found >= 0 else UNKNOWN_HANDLE

    def learn(self, events: list[Event]) -> None:
        """Give offers and assignments their numbers, in the order in which they were made."""
        for event in events:
            if event.offer and event.offer not in self.offers:
                self.offers[event.offer] = len(self.offers) + 1
                self.handles[f"o{len(self.offers)}"] = event.offer
            if event.assignment and event.assignment not in self.assignments:
                self.assignments[event.assignment] = len(self.assignments) + 1
                self.handles[f"a{len(self.assignments)}"] = event.assignment
            if event.interaction and event.interaction not in self.interactions:
                name = self.router.name(Kind.INTERACTION, event.interaction).decode()
                self.interactions[event.interaction] = name or f"#{len(self.interactions) + 1}"
                self.handles[self.interactions[event.interaction]] = event.interaction

    def words(self, event: Event) -> str:
        """Return an event as the tables write it."""
        self.learn([event])
        kind = EventType(event.type)
        cause = Cause(event.cause).name.lower()
        of = self.interactions.get(event.interaction, "")
        agent = self.router.name(Kind.AGENT, event.agent).decode()
        queue = self.router.name(Kind.QUEUE, event.queue).decode()
        offer, assignment = f"o{self.offers.get(event.offer)}", f"a{self.assignments.get(event.assignment)}"
        if kind in (EventType.DEFINED, EventType.REDEFINED):
            what = Kind(event.x)
            return f"{kind.name.lower()} {what.name.lower()} {self.router.name(what, event.y).decode()}"
        if kind == EventType.PRESENCE_CHANGED:
            reason = f" {self.router.name(Kind.REASON, event.y).decode()}" if event.y else ""
            return f"{agent} {Presence(event.x).name.lower()} {cause}{reason}"
        if kind == EventType.INTERACTION_MOVED:
            return f"moved {of} {self.router.name(Kind.QUEUE, event.x).decode()}->{queue} {cause}"
        return {
            EventType.CONFIGURED: "configured",
            EventType.INTERACTION_ENQUEUED: f"enqueued {of}",
            EventType.INTERACTION_SCHEDULED: f"scheduled {of} {time_words(event.y)}",
            EventType.INTERACTION_HELD: f"held {of} {cause} {time_words(event.y)}",
            EventType.INTERACTION_RELEASED: f"released {of} {cause}",
            EventType.INTERACTION_RETURNED: f"returned {of} {cause}",
            EventType.INTERACTION_COMPLETED: f"completed {of} {assignment} {cause}",
            EventType.INTERACTION_ABANDONED: f"abandoned {of} {cause}",
            EventType.INTERACTION_EXPIRED: f"gone {of} {cause}",
            EventType.INTERACTION_REJECTED: f"rejected {of} {cause}",
            EventType.STEP_BEGAN: f"step {of} {event.x} {cause}",
            EventType.PRIORITY_CHANGED: f"priority {of} {event.y}->{event.x} {cause}",
            EventType.ADDRESS_ENDED: f"not_only {of} {agent} {cause}",
            EventType.CLAIM_MADE: f"claimed {of} {agent}",
            EventType.CLAIM_ENDED: f"unclaimed {of} {agent} {cause}",
            EventType.OFFER_MADE: f"offered {offer} {of} {agent}",
            EventType.OFFER_ACCEPTED: f"accepted {offer} {assignment}" + (f" {cause}" if event.cause else ""),
            EventType.OFFER_DECLINED: f"declined {offer}",
            EventType.OFFER_EXPIRED: f"expired {offer}",
            EventType.OFFER_FAILED: f"failed {offer}",
            EventType.OFFER_REVOKED: f"revoked {offer} {cause}",
            EventType.WRAP_UP_STARTED: f"wrap_up {assignment}",
            EventType.ASSIGNMENT_ENDED: f"ended {assignment} {cause}",
            EventType.COOL_DOWN_ENDED: f"cooled {of}",
            EventType.GATE_OPENED: f"gate {queue} {event.x} open",
            EventType.GATE_CLOSED: f"gate {queue} {event.x} closed",
            EventType.QUEUE_OPENED: f"{queue} open",
            EventType.QUEUE_CLOSED: f"{queue} closed",
            EventType.RESUMED: f"resumed {event.x} {time_words(event.y)}",
            EventType.OFFER_EXTENDED: f"extended {offer} {time_words(event.y)}",
        }[kind]


class Builder:
    """Turns the lines of a table into commands."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def command(self, step: Step) -> Command:
        name, *arguments = step.words
        if name in DEFINITIONS:
            fields = self._define(name, arguments, step)
        else:
            fields = getattr(self, f"_{name}")(arguments, step.options)
        if name in ("enqueue", "move"):
            fields |= self._for_whom(arguments, step.options)
        if name == "enqueue":
            fields["items"] = tuple(self._own_items(step.pairs))
        request_id = int(step.options.get("id", "0"))
        return Command(now_ns=step.now_ns, request_id=request_id, **fields)

    # ------------------------------------------------------------------ definitions

    def _define(self, name: str, arguments: list[str], step: Step) -> dict[str, Any]:
        again = name == "redefine"
        if again:
            name, *arguments = arguments
        items: list[Item] = []
        for word, text in step.pairs:
            if word == "item":
                items.append(Item(*map(int, text.split(":"))))
            elif word not in ("id", "flags"):
                in_step = any(item.kind == ItemKind.STEP for item in items)
                items += getattr(self, f"_{name}_items")(word, text, in_step)
        flags = int(step.options.get("flags", REPLACE if again else 0))
        op = Op.CONFIGURE if name == "configure" else Op[f"DEFINE_{name.upper()}"]
        return {"op": op, "name": "".join(arguments).encode(), "flags": flags, "items": tuple(items)}

    def _pairs(self, kind: ItemKind, of: Kind, text: str) -> list[Item]:
        """Return the items of a list like ``english:7,german``; a number left out is 1."""
        pairs = [one.partition(":") for one in text.split(",")]
        return [Item(kind, self.names.slot(of, name), int(value or "1")) for name, _, value in pairs]

    def _requirement(self, word: str, text: str) -> list[Item]:
        items = self._pairs(REQUIREMENTS[word], Kind.SKILL, text)
        if word == "any_of":
            items[1:] = [item._replace(kind=ItemKind.OR) for item in items[1:]]
        return items

    def _value(self, word: str, text: str) -> int:
        """Return the value of a field: a number, a time, a word of the law, or a slot."""
        if word in VALUE_WORDS and text.isidentifier():
            return VALUE_WORDS[word][text.upper()]
        if word in QUEUES:
            return self.names.slot(Kind.QUEUE, text)
        if word == "channel":
            return min(self.names.slot(Kind.CHANNEL, text), MAX_CHANNELS - 1)  # unknown, yet within the field's range
        if word.startswith("factor"):
            return round(float(text) * 10**6)
        return value_ns(text)

    def _field(self, known: dict[str, Any], word: str, text: str) -> list[Item]:
        return [Item(ItemKind.FIELD, known.get(word, UNKNOWN_FIELD), self._value(word, text))]

    def _configure_items(self, word: str, text: str, _: bool) -> list[Item]:
        return self._field(SETTING_WORDS, word, text)

    def _tier_items(self, word: str, text: str, _: bool) -> list[Item]:
        return self._field(TIER_WORDS, word, text)

    def _channel_items(self, word: str, text: str, _: bool) -> list[Item]:
        if word == "interrupts":
            return self._pairs(ItemKind.MAY_INTERRUPT, Kind.CHANNEL, text)
        return self._field(CHANNEL_WORDS, word, text)

    def _agent_items(self, word: str, text: str, _: bool) -> list[Item]:
        if word == "skills":
            return self._pairs(ItemKind.HAS_SKILL, Kind.SKILL, text)
        if word == "limits":
            return self._pairs(ItemKind.CHANNEL_LIMIT, Kind.CHANNEL, text)
        return self._field(AGENT_WORDS, word, text)

    def _queue_items(self, word: str, text: str, in_step: bool) -> list[Item]:
        name, _, tier = word.partition(".")
        if word in REQUIREMENTS:
            return self._requirement(word, text)
        if word == "step":
            return [Item(ItemKind.STEP, 0, value_ns(text))]
        if tier:
            kind = {"factor": ItemKind.TIER_FACTOR, "head": ItemKind.TIER_HEAD_START}[name]
            return [Item(kind, self.names.slot(Kind.TIER, tier), self._value(name, text))]
        if in_step or word == "skip":
            return [Item(ItemKind.STEP_FIELD, STEP_WORDS.get(word, UNKNOWN_FIELD), self._value(word, text))]
        return self._field(QUEUE_WORDS, word, text)

    # ------------------------------------------------------------------ work

    def _raw(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return {"op": int(arguments[0])}

    def _advance(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return {"op": Op.ADVANCE, "x": int(options.get("most", "0"))}

    def _resume(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return {"op": Op.RESUME, "y": value_ns(options.get("for", "0"))}

    def _for_whom(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        """Return what ENQUEUE and MOVE have in common beyond the queue: priority and addressee."""
        fields: dict[str, Any] = {"flags": DIRECT if "direct" in arguments else 0}
        if "agent" in options:
            fields["agent"] = self.names.slot(Kind.AGENT, options["agent"])
        if "for" in options:
            fields["y"] = value_ns(options["for"])
        if "priority" in options:
            fields["priority"] = int(options["priority"])
        return fields

    def _own_items(self, pairs: tuple[tuple[str, str], ...]) -> list[Item]:
        items: list[Item] = []
        for word, text in pairs:
            if word in REQUIREMENTS:
                items += self._requirement(word, text)
            elif word == "customer":
                items.append(Item(ItemKind.CUSTOMER, 0, int.from_bytes(text.encode()[:7], "big")))
            elif word == "item":
                items.append(Item(*map(int, text.split(":"))))
        return items

    def _enqueue(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        name, queue, tier = arguments[:3]
        fields: dict[str, Any] = {"op": Op.ENQUEUE, "x": SINCE_NOW, "name": b"" if name == "-" else name.encode()}
        fields |= {"queue": self.names.slot(Kind.QUEUE, queue), "tier": self.names.slot(Kind.TIER, tier)}
        if "since" in options:
            fields["x"] = value_ns(options["since"])
        if "start" in options:
            fields["z"] = value_ns(options["start"])
        return fields

    def _move(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        queue = self.names.slot(Kind.QUEUE, arguments[1])
        return {"op": Op.MOVE, "target": self.names.handle(arguments[0]), "queue": queue}

    def _set_priority(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        priority = PRIORITY_DEFAULT if arguments[1] == "default" else int(arguments[1])
        return {"op": Op.SET_PRIORITY, "target": self.names.handle(arguments[0]), "priority": priority}

    def _hold(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return {"op": Op.HOLD, "target": self.names.handle(arguments[0]), "y": value_ns(options.get("for", "0"))}

    def _release(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return {"op": Op.RELEASE, "target": self.names.handle(arguments[0])}

    def _fail(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        flags = BY_INTERACTION if arguments[0].startswith("i") else 0
        return {"op": Op.FAIL, "target": self.names.handle(arguments[0]), "flags": flags}

    def _open(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return {"op": Op.SET_QUEUE, "queue": self.names.slot(Kind.QUEUE, arguments[0]), "x": 1}

    def _close(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        flags = FORCE if "force" in arguments else 0
        return {"op": Op.SET_QUEUE, "queue": self.names.slot(Kind.QUEUE, arguments[0]), "x": 0, "flags": flags}

    def _ends(self, op: Op, cause: str, arguments: list[str]) -> dict[str, Any]:
        given = arguments[1] if len(arguments) > 1 else cause
        return {"op": op, "target": self.names.handle(arguments[0]), "x": Cause[given.upper()]}

    def _cancel(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return self._ends(Op.CANCEL, "customer", arguments)

    def _complete(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return self._ends(Op.COMPLETE, "agent", arguments)

    def _wrapped(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return {"op": Op.END_WRAP_UP, "target": self.names.handle(arguments[0])}

    def _staff(self, op: Op, arguments: list[str]) -> dict[str, Any]:
        agent, presence, *reason = (*arguments, "available") if len(arguments) == 1 else arguments
        fields = {"op": op, "agent": self.names.slot(Kind.AGENT, agent), "x": Presence[presence.upper()]}
        return fields | {"y": self.names.slot(Kind.REASON, reason[0]) if reason else 0}

    def _sign_in(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return self._staff(Op.SIGN_IN, arguments)

    def _presence(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        force = arguments[-1] == "force"
        fields = self._staff(Op.SET_PRESENCE, arguments[:-1] if force else arguments)
        after = Presence[options.get("after", "offline").upper()]
        return fields | {"z": after, "flags": FORCE if force else 0}

    def _renew(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return {"op": Op.RENEW_LEASE, "agent": self.names.slot(Kind.AGENT, arguments[0])}

    def _answer(self, op: Op, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        agent = self.names.slot(Kind.AGENT, options["by"]) if "by" in options else -1
        return {"op": op, "target": self.names.handle(arguments[0]), "agent": agent}

    def _accept(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return self._answer(Op.ACCEPT, arguments, options)

    def _decline(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        fields = self._answer(Op.DECLINE, arguments, options)
        cause = Cause.FAILED if "failed" in arguments else 0
        return fields | {"x": cause, "y": value_ns(options.get("retry", "0"))}


def check_step(step: Step, result: Result, events: list[str]) -> None:
    """Compare what happened with what the table says."""
    got = " | ".join([result.name, *events])
    want = " | ".join([step.result.name, *step.events])
    assert got == want, f"\n{step.where}: {step.text}\n  expected {want}\n  got      {got}"


def run(path: Path, router: Any) -> None:
    """Run a table on a router, with every invariant after every line."""
    names = Names(router)
    builder = Builder(names)
    for step in parse(path):
        answer = router.apply(builder.command(step))
        events = router.drain()
        names.learn(events)
        check_step(step, Result(answer.code), [names.words(event) for event in events])
        router.check_invariants()


class Play:
    """A router that is told what to do in the words of the tables, bit by bit, inside a test."""

    def __init__(self, router: Any, text: str = "") -> None:
        self.router = router
        self.names = Names(router)
        self.builder = Builder(self.names)
        self.lines = 0
        self(text)

    def __call__(self, text: str) -> list[str]:
        """Do what the lines say, check what they expect, and return the words of all that happened.

        A line without ``=>`` must be answered OK; one that ends in ``=> OK`` and no more says that nothing
        else happens.
        """
        happened: list[str] = []
        for _, line in lines_of(text):
            self.lines += 1
            step = parse_line(line, f"line {self.lines}")
            answer = self.router.apply(self.builder.command(step))
            events = self.router.drain()
            self.names.learn(events)
            words = [self.names.words(event) for event in events]
            check_step(step, Result(answer.code), words if "=>" in line else [])
            self.router.check_invariants()
            happened += words
        return happened


def transcript(path: Path) -> str:
    """Return a table with the results and events that the reference gives: a help for writing one."""
    router = Reference()
    names = Names(router)
    builder = Builder(names)
    out = []
    for step in parse(path):
        answer = router.apply(builder.command(step))
        events = router.drain()
        names.learn(events)
        left = step.text.partition("=>")[0].rstrip()
        out.append(f"{left:52} => " + " | ".join([Result(answer.code).name, *map(names.words, events)]))
    return "\n".join(out)
