"""Few commands in the place of many: what still shows a difference when whatever does not matter is left out.

A command names an interaction, an offer or an assignment by a handle, and handles depend on everything before.
So each command remembers which command made what it names, and is given the handle that this one gets now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from acdcore.router import Answer, Command, Event, Item, Op
from acdcore.router.codes import BY_INTERACTION

NAMES = {
    Op.CANCEL: "interaction",
    Op.COMPLETE: "interaction",
    Op.MOVE: "interaction",
    Op.SET_PRIORITY: "interaction",
    Op.HOLD: "interaction",
    Op.RELEASE: "interaction",
    Op.ACCEPT: "offer",
    Op.DECLINE: "offer",
    Op.END_WRAP_UP: "assignment",
    Op.FAIL: "assignment",
}
"""Operation -> what its target is a handle of."""


def _about(command: Command) -> str:
    """Return what a command's target is a handle of."""
    if command.op == Op.FAIL and command.flags == BY_INTERACTION:
        return "interaction"
    return NAMES[Op(command.op)]


class Applies(Protocol):
    """As much of a router as is asked here."""

    def apply(self, command: Command) -> Answer: ...
    def drain(self) -> list[Event]: ...


class Made(NamedTuple):
    """Something by its making: the command's number, what it is, and how many of these that command made before."""

    number: int
    kind: str
    place: int


class Numbered(NamedTuple):
    """A command of the run, and what made its target."""

    number: int
    command: Command
    target: Made | None


Check = Callable[[list[Command]], str]
"""Returns what is wrong after these commands on fresh routers; empty: nothing."""


class Makings:
    """Which command made what."""

    def __init__(self) -> None:
        self.of: dict[tuple[str, int], Made] = {}
        self.handles: dict[Made, int] = {}

    def learn(self, number: int, events: Sequence[Event]) -> None:
        """Take in the events of a command: a handle not seen before, or seen under another making, is new."""
        places = dict.fromkeys(("interaction", "offer", "assignment"), 0)
        for event in events:
            for kind, place in places.items():
                handle = getattr(event, kind)
                if handle and (kind, handle) not in self.of:
                    made = Made(number, kind, place)
                    self.of[kind, handle], self.handles[made] = made, handle
                    places[kind] += 1


def numbered(commands: Sequence[Command], router: Applies) -> list[Numbered]:
    """Return the commands with the makings of their targets, as a router that runs them all shows."""
    makings, steps = Makings(), []
    for number, command in enumerate(commands):
        made = makings.of.get((_about(command), command.target)) if command.op in NAMES else None
        steps.append(Numbered(number, command, made))
        try:
            router.apply(command)
            makings.learn(number, router.drain())
        except Exception:  # this is the last that it could run
            break
    return steps


def concrete(steps: Sequence[Numbered], router: Applies) -> list[Command]:
    """Return the commands with the handles that their targets have when only these are run."""
    makings, commands = Makings(), []
    for number, command, target in steps:
        if target is not None:
            command = command._replace(target=makings.handles.get(target, 0))  # noqa: PLW2901
        commands.append(command)
        try:
            router.apply(command)
            makings.learn(number, router.drain())
        except Exception:
            break
    return commands


def shrink(commands: Sequence[Command], make: Callable[[], Applies], check: Check) -> list[Command]:
    """Return fewer commands of which ``check`` still says that something is wrong: ever smaller parts are left out."""
    steps = numbered(commands, make())
    size = len(steps) // 2
    while size:
        start = 0
        while start < len(steps):
            shorter = steps[:start] + steps[start + size :]
            if check(concrete(shorter, make())):
                steps = shorter
            else:
                start += size
        size //= 2
    return _without_items(concrete(steps, make()), check)


def _without_items(commands: list[Command], check: Check) -> list[Command]:
    """Leave out what definitions do not need to say."""
    for place, command in enumerate(commands):
        items: tuple[Item, ...] = command.items
        for item in reversed(command.items):
            shorter = tuple(one for one in items if one is not item)
            tried = [*commands[:place], command._replace(items=shorter), *commands[place + 1 :]]
            if check(tried):
                commands, items = tried, shorter
    return commands


def in_short(command: Command) -> str:
    """Return a command as Python, with plain numbers and without the fields that keep their defaults."""
    defaults = Command._field_defaults
    fields = zip(Command._fields[2:-2], command[2:-2], strict=True)
    given = "".join(f", {name}={plain(value)}" for name, value in fields if value != defaults[name])
    items = ", ".join(f"Item({', '.join(str(int(word)) for word in item)})" for item in command.items)
    given += f", items=({items},)" if items else ""
    given += f", request_id={command.request_id}" if command.request_id else ""
    op = f"Op.{Op(command.op).name}" if command.op in Op._value2member_map_ else str(command.op)
    return f"Command({op}, {command.now_ns}{given})"


def plain(value: object) -> str:
    """Return a value as Python, a number without the name it has in an enumeration."""
    return repr(int(value)) if isinstance(value, int) else repr(value)
