"""What a center's file says otherwise than a router that has been defined already, as commands.

Names stay what they are: what the file has and the router has not is defined, what differs is defined anew. A queue
that the file has no more is closed (those inside are served), an agent is signed out and has no skills any more; if
they come back, they are as the file says again. Skills, reasons, tiers and channels that the file has no more stay
known and do no harm: nothing refers to them any longer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from ..commands import Core
from ..router.codes import FORCE, REPLACE, Kind, Op, Presence, Setting
from ..router.records import Command
from ..translate import DEFINED, translated
from .definitions import center_commands
from .models import Center

_PLAIN: Final = (Op.DEFINE_SKILL, Op.DEFINE_REASON)
"""A name is all that there is to them."""
Definition = Callable[[Command, Callable[[Kind, int], bytes]], str]


def changes(
    center: Center,
    core: Core,
    now_ns: int,
    known: Mapping[Kind, Mapping[bytes, str]],
    retired: Collection[bytes],
    definition: Definition,
) -> Iterator[Command]:
    """Yield what brings a router in line with a center's file. Each is to be applied before the next is asked for.

    Args:
        center: what the file says.
        core: the router.
        now_ns: the commands' time.
        known: of every name that was defined: what tells its last definition from others.
        retired: queues that are closed because an earlier file had them no more.
        definition: makes that of a command and of what gives the names of its slots.
    """
    fresh = center_commands(center, now_ns)
    names: dict[Kind, list[bytes]] = {kind: [] for kind in DEFINED.values()}
    names[Kind.CHANNEL].append(b"voice")  # is there from the beginning
    for command in fresh:
        if command.op in DEFINED and command.name not in names[DEFINED[command.op]]:
            names[DEFINED[command.op]].append(command.name)
    yield from _settings(fresh[0], core)
    wanted = _last(fresh, names, definition)
    for command in fresh[1:]:
        kind = DEFINED[command.op]
        if known[kind].get(command.name) != wanted[kind, command.name]:
            yield _said(command, core, kind, names)
    yield from _retired(core, now_ns, names, known, retired)


def _settings(command: Command, core: Core) -> Iterator[Command]:
    other = [item for item in command.items if core.setting(Setting(item.key)) != item.value]
    if other:
        yield command._replace(items=tuple(other))


def _last(
    fresh: list[Command], names: Mapping[Kind, list[bytes]], definition: Definition
) -> dict[tuple[Kind, bytes], str]:
    """Return what tells each name's definition, the last one where it is defined in two steps."""

    def name_of(kind: Kind, slot: int) -> bytes:
        return names[kind][slot]

    return {(DEFINED[one.op], one.name): definition(one, name_of) for one in fresh[1:]}


def _said(command: Command, core: Core, kind: Kind, names: Mapping[Kind, list[bytes]]) -> Command:
    """Return a definition with the router's own slots; what it refers to has been defined by now."""
    here = translated(command, lambda of, slot: core.find(of, names[of][slot]))
    if core.find(kind, command.name) >= 0 and command.op not in _PLAIN:
        return here._replace(flags=here.flags | REPLACE)
    return here._replace(flags=here.flags & ~REPLACE)


def _retired(
    core: Core,
    now_ns: int,
    names: Mapping[Kind, list[bytes]],
    known: Mapping[Kind, Mapping[bytes, str]],
    retired: Collection[bytes],
) -> Iterator[Command]:
    queues, agents = set(names[Kind.QUEUE]), set(names[Kind.AGENT])
    for name in sorted(retired):
        if name in queues:
            yield Command(Op.SET_QUEUE, now_ns, queue=core.find(Kind.QUEUE, name), x=1)
    for name in known[Kind.QUEUE]:
        if name not in queues and name not in retired:
            yield Command(Op.SET_QUEUE, now_ns, queue=core.find(Kind.QUEUE, name), x=0)
    for name in known[Kind.AGENT]:
        slot = core.find(Kind.AGENT, name)
        view = core.agent(slot)
        if name in agents or view is None:
            continue
        if view.presence != Presence.OFFLINE:
            yield Command(Op.SET_PRESENCE, now_ns, agent=slot, x=Presence.OFFLINE, flags=FORCE)
        if view.skills:
            yield Command(Op.DEFINE_AGENT, now_ns, name=name, flags=REPLACE)
