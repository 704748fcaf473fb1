"""Going away and coming back gains no place: whoever bounces their presence is offered the next work no sooner.

Also under strategies by which an absence might look like idleness, and with absences of any length, at any time.
"""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from acdcore.router import Command, Core, EventType, Item, ItemKind, Op, Presence, QueueField, Strategy
from acdcore.router.codes import SECOND_NS, SINCE_NOW

AGENTS = 4
Past = list[tuple[int, int]]
"""What happened: calls of so many seconds, each so many seconds after the one before came."""
Bounce = tuple[int, int, Presence]
"""Somebody leaves so many seconds after they were last there, for so long, as this."""


def center(strategy: Strategy, past: Past) -> tuple[Core, int]:
    """Return a center where these calls were answered and have ended, and the time in seconds."""
    core = Core()
    core.apply(Command(Op.DEFINE_TIER, 0, name=b"t"))
    core.apply(Command(Op.DEFINE_QUEUE, 0, name=b"q", items=(Item(ItemKind.FIELD, QueueField.STRATEGY, strategy),)))
    for slot in range(AGENTS):
        core.apply(Command(Op.DEFINE_AGENT, slot * SECOND_NS, name=b"a%d" % slot))
        core.apply(Command(Op.SIGN_IN, slot * SECOND_NS, agent=slot, x=Presence.AVAILABLE))
    now_s = AGENTS
    ends: list[tuple[int, int]] = []
    for gap_s, length_s in past:
        now_s += gap_s
        for end_s, handle in sorted(ends):
            if end_s <= now_s:
                core.apply(Command(Op.COMPLETE, end_s * SECOND_NS, target=handle, x=1))
                ends.remove((end_s, handle))
        if len(ends) < AGENTS:
            ends.append((now_s + length_s, call(core, now_s)[0]))
    for end_s, handle in sorted(ends):
        now_s = max(now_s, end_s)
        core.apply(Command(Op.COMPLETE, end_s * SECOND_NS, target=handle, x=1))
    return core, now_s


def call(core: Core, now_s: int) -> tuple[int, int]:
    """Let somebody call, and whoever is offered the call answer it; return the call and the agent."""
    core.drain()
    core.apply(Command(Op.ENQUEUE, now_s * SECOND_NS, queue=0, tier=0, x=SINCE_NOW))
    (offer,) = [event for event in core.drain() if event.type == EventType.OFFER_MADE]
    core.apply(Command(Op.ACCEPT, now_s * SECOND_NS, target=offer.offer))
    return offer.interaction, offer.agent


def places(strategy: Strategy, past: Past, bounces: list[Bounce], later_s: int) -> list[int]:
    """Return the agents in the order in which they are offered calls some time later, one agent bouncing meanwhile."""
    core, now_s = center(strategy, past)
    end_s = now_s + later_s + sum(there_s + away_s for there_s, away_s, _ in bounces)
    for there_s, away_s, presence in bounces:
        now_s += there_s
        core.apply(Command(Op.SET_PRESENCE, now_s * SECOND_NS, agent=BOUNCER, x=presence))
        now_s += away_s
        core.apply(Command(Op.SIGN_IN, now_s * SECOND_NS, agent=BOUNCER, x=Presence.AVAILABLE))
    return [call(core, end_s)[1] for _ in range(AGENTS)]


BOUNCER = 1
pasts = st.lists(st.tuples(st.integers(0, 200), st.integers(1, 900)), max_size=14)
some_bounces = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 3), st.integers(0, 3_600)),
        st.one_of(st.integers(0, 3), st.integers(0, 3_600)),
        st.sampled_from((Presence.NOT_READY, Presence.OFFLINE)),
    ),
    min_size=1,
    max_size=6,
)


@example(Strategy.LEAST_OCCUPIED, [(0, 1), (0, 1)], [(1, 0, Presence.NOT_READY)], 0)  # equals, one settled once more
@settings(max_examples=300, deadline=None)
@given(st.sampled_from(Strategy), pasts, some_bounces, st.integers(0, 3_600))
def test_bouncing_presence_gains_no_place(strategy: Strategy, past: Past, bounces: list[Bounce], later_s: int) -> None:
    """The same place or a later one, and the others keep theirs among themselves."""
    with_it = places(strategy, past, bounces, later_s)
    meanwhile_s = sum(there_s + away_s for there_s, away_s, _ in bounces)
    without = places(strategy, past, [], later_s + meanwhile_s)
    assert with_it.index(BOUNCER) >= without.index(BOUNCER)
    assert [slot for slot in with_it if slot != BOUNCER] == [slot for slot in without if slot != BOUNCER]
