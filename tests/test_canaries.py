"""Wrong routers, one for each part of the law: the observer and the differential run must find every one.

A test that cannot fail shows nothing. Each router here is the specification with one rule bent, as a slip might
bend it; random commands must bring it to light.
"""

from __future__ import annotations

from typing import Any

import pytest

import fuzz
from acdcore.router import Cause, Core, QueueField
from acdcore.router.reference import Reference
from acdcore.router.reference_state import Agent, Channel, Interaction, Offer, Queue, Requirement, Step
from observer import watched


class NewestFirst(Reference):
    """Within a priority, whoever came last is served first."""

    def interaction_rank(self, interaction: Interaction) -> Any:
        return (interaction.addressed is None, -interaction.priority, -interaction.seq)


class MostOccupied(Reference):
    """The busiest are offered work first."""

    def _static_rank(self, agent: Agent, strategy: int) -> tuple[int, ...]:
        return tuple(-part for part in super()._static_rank(agent, strategy))


class Impatient(Reference):
    """Cool-downs are forgotten."""

    @staticmethod
    def is_banned(*_: object) -> bool:
        return False


class Overbooked(Reference):
    """Units are not counted."""

    def has_units(self, agent: Agent, channel: Channel) -> bool:
        return True


class Interrupting(Reference):
    """A channel may interrupt itself."""

    @staticmethod
    def in_the_way(agent: Agent, channel: Channel) -> list[int]:
        return [units for held, units in agent.held if held.slot not in channel.interrupts and held is not channel]


class Exclusionless(Reference):
    """Excluded skills exclude nobody."""

    def is_suited(self, agent: Agent, interaction: Interaction) -> bool:
        if interaction.addressed:
            return agent is interaction.addressed
        both = (self.in_force(interaction), interaction.extra)
        return all(Requirement(one.any_of).allows(agent.skills) for one in both)


class Unpreferred(Reference):
    """Preferred skills rank nobody."""

    def agent_rank(self, agent: Agent, interaction: Interaction) -> tuple[int, ...]:
        return (0, *super().agent_rank(agent, interaction)[1:])


class Reserveless(Reference):
    """Nothing is kept free for anybody."""

    def reserve_opens_ns(self, interaction: Interaction) -> int:
        return -1


class Gateless(Reference):
    """Gates never open."""

    def wants_open(self, step: Step) -> bool:
        return False


class Unhysteretic(Reference):
    """A gate shuts at the value that opens it."""

    @staticmethod
    def threshold(step: Step, which: Any) -> int:
        return step.fields[which]


class Planless(Reference):
    """Hopeless steps are not skipped."""

    def may_skip(self, interaction: Interaction, may_leave: bool) -> bool:
        return False


class Endless(Reference):
    """The longest wait is not looked at."""

    def _catch_up(self, interaction: Interaction) -> None:
        interaction.waited_out = True
        super()._catch_up(interaction)


class Faithful(Reference):
    """An address never ends by itself."""

    def _why_address_ends(self, interaction: Interaction) -> Cause:
        return Cause.NONE


class Unclaiming(Reference):
    """Nobody is ever claimed."""

    def may_claim(self, interaction: Interaction) -> bool:
        return False


class Sharing(Reference):
    """A shared offer goes to everybody who is free."""

    def _shared(self, interaction: Interaction, free: int) -> int:
        return free


class Unsociable(Reference):
    """A customer's other work is not followed."""

    def _follow_customer(self, interaction: Interaction) -> None:
        return


class Patient(Reference):
    """However often it was missed, it is offered again."""

    def give_up(self, interaction: Interaction) -> None:
        self.return_interaction(interaction, Cause.DECLINED)


class Lenient(Reference):
    """A full queue takes more."""

    def queued(self, queue: Queue) -> list[Interaction]:
        return super().queued(queue)[:1]


class Unequal(Reference):
    """A newcomer begins with nothing behind them."""

    def load_changed(self, agent: Agent) -> None:
        agent.has_record = True
        super().load_changed(agent)


class Placeless(Reference):
    """What moves to another queue loses its wait."""

    def move(self, interaction: Interaction, queue: Queue, cause: Cause, priority: int = -(2**31)) -> None:
        interaction.since_ns = max(interaction.since_ns, self.at_ns - 1)
        super().move(interaction, queue, cause, priority)


class Unfailing(Reference):
    """A second agent of a shared offer is told nothing when the first one takes it."""

    def withdraw_offers(self, interaction: Interaction, cause: Cause) -> None:
        for offer in list(interaction.offers)[1:]:
            offer.taken = True
        super().withdraw_offers(interaction, Cause.SYSTEM if cause == Cause.TAKEN else cause)


class Dueless(Reference):
    """Tiers' overrides per queue are not looked at."""

    def promise(self, queue: Queue, tier: Any) -> tuple[int, int]:
        return queue[QueueField.TARGET_NS] * tier.target_factor_ppm // 1_000_000, tier.head_start_ns


class Idle(Reference):
    """A decline counts as work: idle time begins anew."""

    def end_offer(self, offer: Offer, state: Any) -> None:
        super().end_offer(offer, state)
        self.restart_idle(offer.agent)


CANARIES: dict[type[Reference], frozenset[str]] = {
    NewestFirst: frozenset(),
    MostOccupied: frozenset(),
    Impatient: frozenset(),
    Overbooked: frozenset({"channels"}),
    Interrupting: frozenset({"channels"}),
    Exclusionless: frozenset({"skills", "exclude"}),
    Unpreferred: frozenset({"skills", "prefer"}),
    Reserveless: frozenset({"reserves"}),
    Gateless: frozenset({"plans", "gates"}),
    Unhysteretic: frozenset({"plans", "gates"}),
    Planless: frozenset({"plans", "skills"}),
    Endless: frozenset({"max_wait"}),
    Faithful: frozenset({"addressed"}),
    Unclaiming: frozenset({"claims", "channels"}),
    Sharing: frozenset({"shared"}),
    Unsociable: frozenset({"customers"}),
    Patient: frozenset({"held"}),
    Lenient: frozenset(),
    Unequal: frozenset(),
    Placeless: frozenset({"full", "unstaffed", "closed"}),
    Dueless: frozenset({"overrides"}),
    Idle: frozenset({"strategies"}),
}
"""Wrong router -> the features that a run needs to show it."""


@pytest.mark.parametrize("canary", CANARIES, ids=lambda canary: canary.__name__)
def test_the_observer_finds(canary: type[Reference]) -> None:
    with pytest.raises(AssertionError):
        for seed in range(150):
            watched(seed, 250, canary(), having=CANARIES[canary])


@pytest.mark.parametrize("canary", [*CANARIES, Unfailing], ids=lambda canary: canary.__name__)
def test_the_differential_run_finds(canary: type[Reference]) -> None:
    having = CANARIES.get(canary, frozenset({"shared"}))
    with pytest.raises(fuzz.Difference, match="seed"):
        for seed in range(150):
            fuzz.run(seed, 300, (canary(), Core()), check_every=1_000, having=having)


def test_the_observer_says_what_it_saw() -> None:
    with pytest.raises(AssertionError, match="overtook"):
        for seed in range(50):
            watched(seed, 250, NewestFirst())
