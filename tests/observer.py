"""Watches a router from outside, by its events alone, and holds it to the promises of the law.

It knows the definitions (skills, promises, limits of agents) and nothing of how the router works: who
waits, who is offered what and who works follows from the events. So it catches a fault that reference
and compiled router share.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from acdcore.router import Cause, Command, Event, EventType, Presence
from acdcore.router.records import AgentView, InteractionView, QueueView

ENDED = {EventType.INTERACTION_COMPLETED, EventType.INTERACTION_ABANDONED}


@dataclass
class Seen:
    """An interaction as its events tell it."""

    view: InteractionView
    place: str = "waiting"
    agent: int = -1
    offer: int = 0


@dataclass
class Observer:
    """Feed it every command with its events; it raises AssertionError when a promise is broken."""

    agents: dict[int, AgentView] = field(default_factory=dict)
    queues: dict[int, QueueView] = field(default_factory=dict)
    live: dict[int, Seen] = field(default_factory=dict)
    bans: dict[tuple[int, int], int] = field(default_factory=dict)
    presence: dict[int, int] = field(default_factory=dict)
    held: dict[int, set[int]] = field(default_factory=dict)
    next_seq: int = 1
    now_ns: int = 0
    ended: int = 0

    def see(self, router: object, command: Command, events: list[Event]) -> None:
        """Check the events of one command."""
        center = router.center()  # type: ignore[attr-defined]
        for slot in range(len(self.agents), center.agents):
            self.agents[slot] = router.agent(slot)  # type: ignore[attr-defined]
        for slot in range(len(self.queues), center.queues):
            self.queues[slot] = router.queue(slot)  # type: ignore[attr-defined]
        for event in events:
            assert event.seq == self.next_seq, "event sequence numbers have a gap"
            assert event.now_ns == command.now_ns >= self.now_ns, "an event at another time than its command's"
            self.next_seq += 1
            self.now_ns = event.now_ns
            if event.type == EventType.INTERACTION_ENQUEUED:
                assert event.interaction not in self.live, "an interaction entered twice"
                self.live[event.interaction] = Seen(router.interaction(event.interaction))  # type: ignore[attr-defined]
            else:
                self._step(event)

    def _step(self, event: Event) -> None:
        seen = self.live.get(event.interaction)
        match EventType(event.type):
            case EventType.OFFER_MADE:
                assert seen is not None and seen.place == "waiting", "offered without waiting"
                self._check_offer(seen, event)
                seen.place, seen.agent, seen.offer = "offered", event.agent, event.offer
                self.held.setdefault(event.agent, set()).add(event.offer)
            case EventType.OFFER_ACCEPTED:
                assert seen is not None and (seen.place, seen.agent, seen.offer) == (
                    "offered",
                    event.agent,
                    event.offer,
                )
                seen.place = "assigned"
                self.bans = {pair: until_ns for pair, until_ns in self.bans.items() if pair[0] != event.interaction}
                self.held[event.agent].remove(event.offer)
                self.held[event.agent].add(-event.assignment)
            case EventType.OFFER_DECLINED | EventType.OFFER_EXPIRED:
                self._leave_offer(seen, event)
                assert event.y > event.now_ns, "a cool-down that does not last"
                self.bans[event.interaction, event.agent] = event.y
            case EventType.OFFER_REVOKED:
                self._leave_offer(seen, event)
            case EventType.INTERACTION_RETURNED:
                assert seen is not None and seen.place in ("offered", "assigned")
                assert (event.x, event.y) == (seen.view.since_ns, seen.view.due_ns), "the old place was lost"
                seen.place, seen.agent = "waiting", -1
            case EventType.INTERACTION_COMPLETED:
                assert seen is not None and (seen.place, seen.agent) == ("assigned", event.agent)
                del self.live[event.interaction]
                self.ended += 1
            case EventType.INTERACTION_ABANDONED:
                assert seen is not None and seen.place != "assigned", "abandoned while talking"
                del self.live[event.interaction]
                self.ended += 1
            case EventType.ASSIGNMENT_ENDED:
                self.held[event.agent].remove(-event.assignment)
            case EventType.PRESENCE_CHANGED:
                self.presence[event.agent] = event.x
                assert event.cause != Cause.NONE
            case EventType.COOL_DOWN_ENDED:
                for pair in [pair for pair in self.bans if pair[0] == event.interaction]:
                    if self.bans[pair] <= event.now_ns:
                        del self.bans[pair]
            case _:
                pass

    def _leave_offer(self, seen: Seen | None, event: Event) -> None:
        assert seen is not None and (seen.place, seen.offer) == ("offered", event.offer), "an offer ended twice"
        self.held[event.agent].remove(event.offer)

    def _may_serve(self, agent: int, seen: Seen) -> bool:
        skills = dict(self.agents[agent].skills)
        wanted = self.queues[seen.view.queue].requirement
        return all(skills.get(skill, 0) >= level for skill, level in wanted)

    def _check_offer(self, seen: Seen, event: Event) -> None:
        """The agent may take it, and no one who ranks before it could have had the agent."""
        assert self.presence[event.agent] == Presence.AVAILABLE, "offered to somebody who is not available"
        assert not self.held.get(event.agent), "offered to somebody who has no room"
        assert self._may_serve(event.agent, seen), "offered to somebody who lacks a skill"
        assert (event.interaction, event.agent) not in self.bans, "offered during a cool-down"
        for handle, other in self.live.items():
            if other.place == "waiting" and rank(other.view) < rank(seen.view) and self._may_serve(event.agent, other):
                assert (handle, event.agent) in self.bans, (
                    f"{seen.view.seq} overtook {other.view.seq} at agent {event.agent}"
                )


def rank(view: InteractionView) -> tuple[int, int, int, int]:
    """Return the key of the law: priority, due, since, sequence."""
    return (-view.priority, view.due_ns, view.since_ns, view.seq)
