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
    queue NAME [requires=SKILL:LEVEL,...] [FIELD=VALUE ...]
    agent NAME [skills=SKILL:LEVEL,...] [max_open_offers=1]
    advance
    enqueue ID QUEUE TIER [priority=5] [since=3s]   ("-" for ID: no id)
    cancel ID [customer|system]                     complete ID [agent|customer|system]
    wrapped A                                       renew AGENT
    sign_in AGENT [available|not_ready] [REASON]
    presence AGENT available|not_ready|offline|draining [REASON] [after=not_ready] [force]
    accept O [by=AGENT]                             decline O [by=AGENT]
    raw OP                                          (an operation by its number)

Any command takes ``id=N``, a request id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
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
    QueueField,
    Result,
    Setting,
    Strategy,
    TierField,
)
from acdcore.router.codes import FORCE, SINCE_NOW, AgentField
from acdcore.router.reference import Reference

TABLES = Path(__file__).parent / "tables"
UNITS_NS = {"ns": 1, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
QUEUE_WORDS = {
    "target": QueueField.TARGET_NS,
    "priority": QueueField.PRIORITY,
    "strategy": QueueField.STRATEGY,
    "offer": QueueField.OFFER_NS,
    "wrap_up": QueueField.WRAP_UP_NS,
    "cool_down": QueueField.COOL_DOWN_NS,
    "max_waiting": QueueField.MAX_WAITING,
    "max_handle": QueueField.MAX_HANDLE_NS,
}
UNKNOWN_SLOT = 1_000_000
UNKNOWN_HANDLE = 2**62


def value_ns(text: str) -> int:
    """Return a number, or a time in ns: 5, -1, 1500ms, 90s."""
    match = re.fullmatch(r"(-?\d+)(ns|ms|s|m|h)?", text)
    assert match, f"not a number or a time: {text!r}"
    return int(match[1]) * UNITS_NS[match[2] or "ns"]


@dataclass(frozen=True)
class Step:
    """One line of a table."""

    where: str
    now_ns: int
    words: tuple[str, ...]
    options: dict[str, str]
    result: Result
    events: tuple[str, ...]
    text: str = field(compare=False)

    @property
    def is_definition(self) -> bool:
        """Whether the line defines, or is none of the commands that have an RPC."""
        return self.words[0] in ("configure", "skill", "reason", "tier", "queue", "agent", "advance", "raw")


def parse(path: Path) -> list[Step]:
    """Return the steps of a table."""
    lines: list[tuple[int, str]] = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.split("#", 1)[0].rstrip()
        if line.lstrip().startswith("|"):
            lines[-1] = (lines[-1][0], f"{lines[-1][1]} {line.strip()}")
        elif line.strip():
            lines.append((number, line.strip()))
    steps = []
    for number, line in lines:
        left, arrow, right = line.partition("=>")
        assert arrow, f"{path.name}:{number}: no => in {line!r}"
        time, *words = left.split()
        result, *events = [part.strip() for part in right.split("|")]
        options = dict(word.split("=", 1) for word in words if "=" in word)
        plain = tuple(word for word in words if "=" not in word)
        where = f"{path.name}:{number}"
        steps.append(Step(where, value_ns(time), plain, options, Result[result], tuple(events), line))
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
        cause = Cause(event.cause).name.lower()
        of = self.interactions.get(event.interaction, "")
        agent = self.router.name(Kind.AGENT, event.agent).decode()
        offer, assignment = f"o{self.offers.get(event.offer)}", f"a{self.assignments.get(event.assignment)}"
        match EventType(event.type):
            case EventType.CONFIGURED:
                return "configured"
            case EventType.DEFINED:
                return f"defined {Kind(event.x).name.lower()} {self.router.name(event.x, event.y).decode()}"
            case EventType.INTERACTION_ENQUEUED:
                return f"enqueued {of}"
            case EventType.INTERACTION_RETURNED:
                return f"returned {of} {cause}"
            case EventType.INTERACTION_COMPLETED:
                return f"completed {of} {assignment} {cause}"
            case EventType.INTERACTION_ABANDONED:
                return f"abandoned {of} {cause}"
            case EventType.OFFER_MADE:
                return f"offered {offer} {of} {agent}"
            case EventType.OFFER_ACCEPTED:
                return f"accepted {offer} {assignment}"
            case EventType.OFFER_DECLINED:
                return f"declined {offer}"
            case EventType.OFFER_EXPIRED:
                return f"expired {offer}"
            case EventType.OFFER_REVOKED:
                return f"revoked {offer} {cause}"
            case EventType.WRAP_UP_STARTED:
                return f"wrap_up {assignment}"
            case EventType.ASSIGNMENT_ENDED:
                return f"ended {assignment} {cause}"
            case EventType.PRESENCE_CHANGED:
                reason = self.router.name(Kind.REASON, event.y).decode()
                presence = Presence(event.x).name.lower()
                return f"{agent} {presence} {cause}" + (f" {reason}" if event.y else "")
            case EventType.COOL_DOWN_ENDED:
                return f"cooled {of}"
        raise AssertionError(event)


class Builder:
    """Turns the lines of a table into commands."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def command(self, step: Step) -> Command:
        name, *arguments = step.words
        fields = getattr(self, f"_{name}")(arguments, step.options)
        request_id = int(step.options.get("id", "0"))
        return Command(now_ns=step.now_ns, request_id=request_id, **fields)

    def _skills(self, kind: ItemKind, text: str | None) -> list[Item]:
        pairs = [one.partition(":") for one in text.split(",")] if text else []
        return [Item(kind, self.names.slot(Kind.SKILL, skill), int(level or "1")) for skill, _, level in pairs]

    @staticmethod
    def _item(field: int, text: str) -> Item:
        return Item(ItemKind.FIELD, field, value_ns(text))

    def _raw(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return {"op": int(arguments[0])}

    def _advance(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return {"op": Op.ADVANCE}

    def _configure(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        known = {setting.name.lower().removesuffix("_ns"): setting for setting in Setting}
        items = [self._item(known.get(name, 99), value) for name, value in options.items() if name != "id"]
        return {"op": Op.CONFIGURE, "items": tuple(items)}

    def _skill(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return {"op": Op.DEFINE_SKILL, "name": "".join(arguments).encode()}

    def _reason(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        return {"op": Op.DEFINE_REASON, "name": "".join(arguments).encode()}

    def _tier(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        items = []
        if "factor" in options:
            items.append(Item(ItemKind.FIELD, TierField.TARGET_FACTOR_PPM, round(float(options["factor"]) * 10**6)))
        if "head" in options:
            items.append(self._item(TierField.HEAD_START_NS, options["head"]))
        if "rank" in options:
            items.append(self._item(TierField.RANK, options["rank"]))
        return {"op": Op.DEFINE_TIER, "name": arguments[0].encode(), "items": tuple(items)}

    def _queue(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        items = self._skills(ItemKind.REQUIRE, options.get("requires"))
        for word, text in options.items():
            if word == "strategy":
                items.append(Item(ItemKind.FIELD, QueueField.STRATEGY, Strategy[text.upper()]))
            elif word not in ("requires", "id"):
                items.append(self._item(QUEUE_WORDS.get(word, 99), text))
        return {"op": Op.DEFINE_QUEUE, "name": arguments[0].encode(), "items": tuple(items)}

    def _agent(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        items = self._skills(ItemKind.HAS_SKILL, options.get("skills"))
        if "max_open_offers" in options:
            items.append(self._item(AgentField.MAX_OPEN_OFFERS, options["max_open_offers"]))
        return {"op": Op.DEFINE_AGENT, "name": arguments[0].encode(), "items": tuple(items)}

    def _enqueue(self, arguments: list[str], options: dict[str, str]) -> dict[str, Any]:
        name, queue, tier = arguments
        fields: dict[str, Any] = {"op": Op.ENQUEUE, "x": SINCE_NOW, "name": b"" if name == "-" else name.encode()}
        fields |= {"queue": self.names.slot(Kind.QUEUE, queue), "tier": self.names.slot(Kind.TIER, tier)}
        if "priority" in options:
            fields["priority"] = int(options["priority"])
        if "since" in options:
            fields["x"] = value_ns(options["since"])
        return fields

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
        return self._answer(Op.DECLINE, arguments, options)


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
