"""An agent's presence, lease, idle time, load and occupancy: what the law does to agents alone."""

from __future__ import annotations

from . import arithmetic
from .codes import Cause, EventType, Presence, Setting, TimerKind
from .reference_rules import Rules
from .reference_state import Agent, Group


class Staff(Rules):
    """The state with everything that happens to agents, their work aside."""

    def change_presence(
        self, agent: Agent, presence: Presence, reason: int, cause: Cause, after: Presence = Presence.OFFLINE
    ) -> None:
        if agent.presence != Presence.AVAILABLE and presence == Presence.AVAILABLE:
            agent.idle_mark_ns = self.at_ns - agent.idle_mark_ns  # from a length to a moment
        elif agent.presence == Presence.AVAILABLE and presence != Presence.AVAILABLE:
            agent.idle_mark_ns = self.at_ns - agent.idle_mark_ns  # and back
        if agent.presence != Presence.OFFLINE and presence == Presence.OFFLINE:
            self._note_leaving(agent)
        agent.presence, agent.reason, agent.next_presence = presence, reason, after
        if presence == Presence.OFFLINE:
            self.disarm(agent, TimerKind.LEASE)
        self.emit(EventType.PRESENCE_CHANGED, cause, agent=agent, x=presence, y=reason)
        self.load_changed(agent)

    def _note_leaving(self, agent: Agent) -> None:
        """When the last of a group who is signed in leaves, a queue may have lost everybody who serves it."""
        others = [one for one in self.agents if one.group is agent.group and one is not agent]
        if all(one.presence == Presence.OFFLINE for one in others):
            self.staff_left = True

    def arm_lease(self, agent: Agent) -> None:
        lease_ns = self.settings[Setting.LEASE_NS]
        self.disarm(agent, TimerKind.LEASE)
        if lease_ns and agent.presence != Presence.OFFLINE:
            self.arm(agent, TimerKind.LEASE, self.at_ns + lease_ns)

    def restart_idle(self, agent: Agent) -> None:
        """Idle time counts from now; while not AVAILABLE ``idle_mark_ns`` is a length, not a moment."""
        agent.idle_mark_ns = self.at_ns if agent.presence == Presence.AVAILABLE else 0

    def load_changed(self, agent: Agent) -> None:
        """Settle occupancy if load or readiness differ from what they were; end a drain at load 0."""
        if agent.presence == Presence.DRAINING and not agent.held:
            self.change_presence(agent, agent.next_presence, agent.reason, Cause.DRAINED)
            return
        if not agent.held:
            self.disarm(agent, TimerKind.GRACE)
        ready = agent.presence == Presence.AVAILABLE or bool(agent.held)
        load = agent.assigned_units
        if (ready, load) != (agent.ready, agent.load):
            self._settle(agent, ready, load)

    def _settle(self, agent: Agent, ready: bool, load: int) -> None:
        """Bring occupancy to now under the old load, then go on under the new one.

        Occupancy stands still while the agent is not ready: neither AVAILABLE nor holding anything.
        A newcomer begins at the means of the ready agents of equal skills, else of all, else at 0.
        """
        half_life = self.settings[Setting.HALF_LIFE_NS]
        pools = (agent.group.pool, self.pool)
        for pool in pools:
            pool.settle(self.at_ns, half_life)
        old_share, new_share = arithmetic.load_share(agent.load), arithmetic.load_share(load)
        if agent.ready:
            elapsed_ns = self.at_ns - agent.occupancy_ns
            agent.occupancy = arithmetic.evolve(agent.occupancy, old_share, elapsed_ns, half_life)
        elif not agent.has_record:
            peers = next((pool for pool in pools if pool.count), None)
            if peers:
                agent.occupancy, agent.handled = peers.mean(), peers.handled // peers.count
            agent.has_record = True
        for pool in pools:
            if agent.ready:
                pool.add(-1, agent.occupancy, old_share, agent.handled)
            if ready:
                pool.add(1, agent.occupancy, new_share, agent.handled)
            pool.clear_if_empty()
        agent.occupancy_ns = self.at_ns
        agent.ready, agent.load = ready, load

    def count_handled(self, agent: Agent) -> None:
        """One more accepted offer; whoever accepts is ready, and so in both pools."""
        agent.handled += 1
        for pool in (agent.group.pool, self.pool):
            pool.handled += 1

    def change_group(self, agent: Agent, group: Group) -> None:
        """Go over to the peers of other skills, with the occupancy and the record of before; a newcomer stays one."""
        if group is not agent.group:
            if agent.presence != Presence.OFFLINE:
                self._note_leaving(agent)
            share, half_life = arithmetic.load_share(agent.load), self.settings[Setting.HALF_LIFE_NS]
            if agent.ready:
                self._settle(agent, agent.ready, agent.load)
                agent.group.pool.add(-1, agent.occupancy, share, agent.handled)
                agent.group.pool.clear_if_empty()
                group.pool.settle(self.at_ns, half_life)
                group.pool.add(1, agent.occupancy, share, agent.handled)
            self.leave_group(agent)
            group.members += 1
            agent.group = group

    def leave_group(self, agent: Agent) -> None:
        """A group that has lost its last member is forgotten."""
        agent.group.members -= 1
        if not agent.group.members:
            del self.groups[agent.group.signature]
