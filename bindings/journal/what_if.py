"""A journal lived again under another center's file: the same customers, the same agents, other rules.

Commands are said by their names. What people do follows what they did: customers come and give up at the same times,
agents sign in, take breaks and go at the same times; whoever is offered an interaction answers it after the time that
its answer took then, and the talk takes as long as it took then. Whatever names something that the other file does not
have is left out, and counted.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from ..commands import Core
from ..defining import new_core
from ..router.codes import BY_INTERACTION, MIN_DURATION_NS, EventType, InteractionState, Kind, Op, Result
from ..router.records import Answer, Command, Event
from ..translate import translated
from .decisions import Decision, decisions
from .replica import Replica

_DEFINES: Final = range(int(Op.CONFIGURE), int(Op.DEFINE_CHANNEL) + 1)
_FOLLOWS: Final = (Op.ACCEPT, Op.DECLINE, Op.COMPLETE, Op.END_WRAP_UP, Op.FAIL)
"""What an agent does about an interaction: it follows the other world's offers."""


class _UnknownError(LookupError):
    """The other center has no such name."""


class WhatIf:
    """Another center, living the same day.

    Args:
        definitions: makes the commands that define it at a time.
        into: told of each of its decisions.
    """

    def __init__(self, definitions: Callable[[int], list[Command]], into: Callable[[Decision], None]) -> None:
        self.core: Any = new_core()
        self.left_out: Counter[str] = Counter()
        """Commands that name what the other center has not, by operation."""
        self._definitions: Callable[[int], list[Command]] | None = definitions
        self._into = into
        self._later: list[tuple[int, int, Command | tuple[str, str]]] = []
        self._number = 0
        self._offered_ns: dict[str, int] = {}
        self._answer_ns: dict[str, int] = {}
        self._accepted_ns: dict[str, int] = {}
        self._talk_ns: dict[str, int] = {}

    def learn(self, core: Core, command: Command) -> None:
        """Look at a command of the first world, before it is applied there: how long answers and talks took."""
        name = _interaction_of(core, command)
        now_ns = command.now_ns
        if command.op in (Op.ACCEPT, Op.DECLINE) and name in self._offered_ns:
            self._answer_ns.setdefault(name, now_ns - self._offered_ns[name])
        if command.op == Op.ACCEPT:
            self._accepted_ns.setdefault(name, now_ns)
        if command.op == Op.COMPLETE and name in self._accepted_ns:
            self._talk_ns.setdefault(name, now_ns - self._accepted_ns[name])

    def hear(self, core: Core, events: Sequence[Event]) -> None:
        """Hear what happened in the first world."""
        for event in events:
            if event.type == EventType.OFFER_MADE:
                name = core.name(Kind.INTERACTION, event.interaction).decode()
                self._offered_ns.setdefault(name, event.now_ns)

    def learning(self, into: Callable[[Decision], None]) -> Replica:
        """Return a replica that lives the first world again, and learns from it; ``into`` hears its decisions."""

        def watch(core: Core, _position: int, _number: int, command: Command, answer: Answer | None) -> None:
            if answer is None:
                self.learn(core, command)

        def hear(core: Core, events: Sequence[Event]) -> None:
            self.hear(core, events)
            for one in decisions(core, events):
                into(one)

        return Replica(None, hear, watch=watch)

    def living(self) -> Replica:
        """Return a replica of the first world whose commands are said in this one, too."""

        def watch(core: Core, _position: int, _number: int, command: Command, answer: Answer | None) -> None:
            if answer is not None:
                self.live(core, command, answer)

        return Replica(None, watch=watch)

    def live(self, core: Core, command: Command, answer: Answer) -> None:
        """Say a command of the first world, whose router is ``core``, in this one."""
        if self._definitions is not None:
            for one in self._definitions(command.now_ns):
                self.core.apply(one)
            self._definitions = None
        self._until(command.now_ns)
        if command.op in _DEFINES or command.op in _FOLLOWS or command.op == Op.ADVANCE or answer.code != Result.OK:
            return
        try:
            here = translated(command, lambda kind, slot: self._found(core, kind, slot))
        except _UnknownError:
            self.left_out[Op(command.op).name] += 1
            return
        self._apply(here._replace(request_id=0))

    def _found(self, core: Core, kind: Kind, slot: int) -> int:
        found = self.core.find(kind, core.name(kind, slot))
        if found < 0:
            raise _UnknownError
        return int(found)

    def _until(self, now_ns: int) -> None:
        while True:
            later_ns = self._later[0][0] if self._later else -1
            due_ns = self.core.next_deadline_ns()
            if 0 <= due_ns <= now_ns and (later_ns < 0 or due_ns <= later_ns):
                self._apply(Command(Op.ADVANCE, due_ns))
            elif 0 <= later_ns <= now_ns:
                self._do(heapq.heappop(self._later))
            else:
                return

    def _do(self, later: tuple[int, int, Any]) -> None:
        now_ns, _, (what, name) = later
        view = self.core.interaction(self.core.find(Kind.INTERACTION, name.encode()))
        if view is None:
            return
        now_ns = max(now_ns, self.core.center().now_ns)
        if what == "accept" and view.state == InteractionState.OFFERED and view.offers:
            self._apply(Command(Op.ACCEPT, now_ns, target=view.offers[0]))
        elif what == "complete" and view.state == InteractionState.ASSIGNED:
            self._apply(Command(Op.COMPLETE, now_ns, target=view.handle, x=1))

    def _apply(self, command: Command) -> None:
        core = self.core
        core.apply(command._replace(now_ns=max(command.now_ns, core.center().now_ns)))
        events = core.drain()
        for one in decisions(core, events):
            self._into(one)
        for event in events:
            if event.type == EventType.OFFER_MADE:
                self._plan(core, event, "accept", self._answer_ns)
            elif event.type == EventType.OFFER_ACCEPTED:
                self._plan(core, event, "complete", self._talk_ns)

    def _plan(self, core: Core, event: Event, what: str, took_ns: dict[str, int]) -> None:
        """Have people do what they did about this interaction; what was never answered is not answered here."""
        name = core.name(Kind.INTERACTION, event.interaction).decode()
        length_ns = took_ns.get(name)
        if length_ns is None and what == "complete":
            return
        if length_ns is None:
            length_ns = MIN_DURATION_NS
        self._number += 1
        heapq.heappush(self._later, (event.now_ns + length_ns, self._number, (what, name)))


def _interaction_of(core: Core, command: Command) -> str:
    """Return the name of the interaction that an agent's command is about, empty when it is about none."""
    handle = 0
    if command.op in (Op.ACCEPT, Op.DECLINE):
        offer = core.offer(command.target)
        handle = offer.interaction if offer is not None else 0
    elif command.op == Op.COMPLETE or (command.op == Op.FAIL and command.flags & BY_INTERACTION):
        handle = command.target
    elif command.op in (Op.END_WRAP_UP, Op.FAIL):
        assignment = core.assignment(command.target)
        handle = assignment.interaction if assignment is not None else 0
    return core.name(Kind.INTERACTION, handle).decode() if handle else ""
