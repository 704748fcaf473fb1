"""What the agents do, counted and timed from the router's events, for figures that need both.

The router keeps counters of interactions; how long agents were available, busy or in wrap-up follows from
the events alone, exactly, by the service's clock. Nothing here influences a decision.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from ..commands import Core
from ..router.codes import AssignmentState, EventType, Kind, Presence
from ..router.records import Event


class Activity(IntEnum):
    """What an agent does, from the point of view of a manager; exactly one at a time."""

    OFFLINE = 0
    NOT_READY = 1
    AVAILABLE = 2
    OFFERED = 3
    WRAP_UP = 4
    BUSY = 5


_OFFER_ENDS: Final = frozenset(
    {
        EventType.OFFER_ACCEPTED,
        EventType.OFFER_DECLINED,
        EventType.OFFER_EXPIRED,
        EventType.OFFER_REVOKED,
        EventType.OFFER_FAILED,
    }
)


class _Agent:
    __slots__ = ("active", "activity", "offers", "presence", "wrap_ups")

    def __init__(self) -> None:
        self.presence: int = Presence.OFFLINE
        self.offers: set[int] = set()
        self.active = 0
        self.wrap_ups = 0
        self.activity = Activity.OFFLINE

    def now_does(self) -> Activity:
        if self.active:
            return Activity.BUSY
        if self.wrap_ups:
            return Activity.WRAP_UP
        if self.presence == Presence.AVAILABLE:
            return Activity.OFFERED if self.offers else Activity.AVAILABLE
        return Activity.OFFLINE if self.presence == Presence.OFFLINE else Activity.NOT_READY


class Floor:
    """The agents of one center. Begins with how they stand in the router, then follows its events."""

    def __init__(self, core: Core, now_ns: int) -> None:
        self.start_ns = now_ns
        self.counts = [0] * len(Activity)
        self._spent_ns = [0] * len(Activity)
        self._at_ns = now_ns
        self._agents: list[_Agent] = []
        self._wrap_ups: set[int] = set()
        for slot in range(core.center().agents):
            self._look(core, slot)

    def _look(self, core: Core, slot: int) -> None:
        view = core.agent(slot)
        agent = _Agent()
        self._agents.append(agent)
        if view is not None:
            agent.presence = view.presence
            agent.offers = set(view.offers)
            for handle in view.assignments:
                assignment = core.assignment(handle)
                if assignment is not None and assignment.state == AssignmentState.WRAP_UP:
                    agent.wrap_ups += 1
                    self._wrap_ups.add(handle)
                else:
                    agent.active += 1
        agent.activity = agent.now_does()
        self.counts[agent.activity] += 1

    def follow(self, event: Event) -> None:
        """Take one event, in order."""
        if event.agent < 0:
            if event.type == EventType.DEFINED and event.x == Kind.AGENT:
                self._agents.append(_Agent())
                self.counts[Activity.OFFLINE] += 1
            return
        agent = self._agents[event.agent]
        kind = event.type
        if kind == EventType.OFFER_MADE:
            agent.offers.add(event.offer)
        elif kind in _OFFER_ENDS:
            agent.offers.discard(event.offer)  # one that fails may have been accepted before
            agent.active += kind == EventType.OFFER_ACCEPTED
        elif kind == EventType.WRAP_UP_STARTED:
            agent.active -= 1
            agent.wrap_ups += 1
            self._wrap_ups.add(event.assignment)
        elif kind == EventType.ASSIGNMENT_ENDED:
            if event.assignment in self._wrap_ups:
                self._wrap_ups.discard(event.assignment)
                agent.wrap_ups -= 1
            else:
                agent.active -= 1
        elif kind == EventType.PRESENCE_CHANGED:
            agent.presence = event.x
        else:
            return
        activity = agent.now_does()
        if activity is not agent.activity:
            self._pass_time(event.now_ns)
            self.counts[agent.activity] -= 1
            self.counts[activity] += 1
            agent.activity = activity

    def _pass_time(self, now_ns: int) -> None:
        elapsed_ns = now_ns - self._at_ns
        if elapsed_ns > 0:
            self._at_ns = now_ns
            for activity, count in enumerate(self.counts):
                self._spent_ns[activity] += count * elapsed_ns

    def spent_ns(self, now_ns: int) -> list[int]:
        """Return, by :class:`Activity`, the time that all agents together have spent in it since the start."""
        self._pass_time(now_ns)
        return list(self._spent_ns)

    def occupancy(self, now_ns: int) -> float | None:
        """Return (busy + wrap-up) / (available + ringing + busy + wrap-up) since the start; None at first."""
        spent = self.spent_ns(now_ns)
        work = spent[Activity.BUSY] + spent[Activity.WRAP_UP]
        whole = work + spent[Activity.AVAILABLE] + spent[Activity.OFFERED]
        return work / whole if whole else None
