"""Every operation that is measured does what it says, and can be repeated for ever."""

from __future__ import annotations

from typing import Final

import pytest

from acdcore.bench.operations import OPERATIONS, operation
from acdcore.bench.scenario import Scenario, counted, measured
from acdcore.router import EventType, Result

AGENTS: Final = 100
ROUNDS: Final = 20

COMES: Final = EventType.INTERACTION_ENQUEUED
OFFER: Final = EventType.OFFER_MADE
TAKEN: Final = EventType.OFFER_ACCEPTED
ENDED: Final = EventType.ASSIGNMENT_ENDED
DONE: Final = EventType.INTERACTION_COMPLETED
BACK: Final = EventType.INTERACTION_RETURNED
PRESENCE: Final = EventType.PRESENCE_CHANGED
GONE: Final = EventType.INTERACTION_ABANDONED
REVOKED: Final = EventType.OFFER_REVOKED

EVENTS: Final[dict[str, list[EventType]]] = {
    "enqueue, waits": [COMES],
    "enqueue, waits, with an id": [COMES],
    "enqueue, repeated": [],
    "enqueue, offered": [COMES, OFFER],
    "enqueue, offered, longest idle": [COMES, OFFER],
    "enqueue, offered, scarce": [COMES, OFFER],
    "enqueue, offered, no skill": [COMES, OFFER],
    "enqueue, offered, best skilled": [COMES, OFFER],
    "enqueue, own requirement": [COMES, OFFER],
    "enqueue, own, best skilled": [COMES, OFFER],
    "enqueue, known customer": [COMES, OFFER],
    "enqueue, offered to three": [COMES, OFFER, OFFER, OFFER],
    "enqueue, accepted at once": [COMES, OFFER, TAKEN],
    "accept": [TAKEN],
    "accept, one of three": [TAKEN, REVOKED, REVOKED],
    "accept, refused": [],
    "decline": [EventType.OFFER_DECLINED, BACK, OFFER],
    "offer expires": [EventType.OFFER_EXPIRED, BACK, PRESENCE, OFFER],
    "cancel, offered": [REVOKED, GONE],
    "cancel, waiting": [GONE],
    "move, waiting": [EventType.INTERACTION_MOVED],
    "set priority": [EventType.PRIORITY_CHANGED],
    "hold": [EventType.INTERACTION_HELD],
    "release": [EventType.INTERACTION_RELEASED],
    "plan step begins": [EventType.STEP_BEGAN],
    "complete, nothing waits": [DONE, ENDED],
    "complete, next one": [DONE, ENDED, OFFER, TAKEN],
    "complete, wrap-up": [DONE, EventType.WRAP_UP_STARTED],
    "wrap-up ends, next one": [ENDED, OFFER, TAKEN],
    "wrap-up expires, next one": [ENDED, OFFER, TAKEN],
    "transfer": [ENDED, EventType.INTERACTION_MOVED, OFFER, TAKEN],
    "not ready": [PRESENCE],
    "not ready, state hash": [PRESENCE],
    "available": [PRESENCE],
    "sign out": [PRESENCE],
    "sign in": [PRESENCE],
    "renew lease": [],
    "redefine agent": [EventType.REDEFINED],
    "advance, nothing due": [],
}
"""The events of one measured command."""


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_does_what_it_says_and_brings_the_center_back(name: str) -> None:
    one = operation(name, AGENTS, remembered=64)
    standing = one.standing()
    assert one.run(ROUNDS) == one.measured == ROUNDS * 16
    expected = {event: one.measured * EVENTS[name].count(event) for event in EVENTS[name]}
    assert one.events() == expected
    answer = Result.OFFER_REVOKED if name == "accept, refused" else Result.OK
    assert one.answers() == {answer: one.measured}
    assert one.standing() == standing
    assert sum(standing) in (0, 2 * AGENTS, 2 * AGENTS + 16)  # idle, busy, busy beside the repeated ones
    one.check()


def test_no_operation_is_without_its_events() -> None:
    assert tuple(EVENTS) == OPERATIONS


@pytest.mark.parametrize("name", ["enqueue, waits", "decline", "complete, next one", "not ready, state hash"])
def test_the_same_rounds_give_the_same_hashes(name: str) -> None:
    one, again, longer = (operation(name, AGENTS, remembered=64) for _ in range(3))
    for scenario, rounds in ((one, 5), (again, 5), (longer, 6)):
        scenario.run(rounds)
    assert one.result_hash() == again.result_hash() != longer.result_hash()
    assert one.state_hash() == again.state_hash() != longer.state_hash()


def test_the_state_hash_is_asked_for_after_every_command() -> None:
    """The same commands with and without it end in the same state, but not with the same result."""
    plain, hashed = operation("not ready", AGENTS), operation("not ready, state hash", AGENTS)
    assert plain.run(3) == hashed.run(3)
    assert plain.state_hash() == hashed.state_hash()
    assert plain.result_hash() != hashed.result_hash()


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="'dance' is none; allowed: enqueue, waits; "):
        operation("dance", AGENTS)
    with pytest.raises(ValueError, match="agents: 63 is too few"):
        operation("accept", 63)
    with pytest.raises(ValueError, match="waiting: 49 is too few"):
        operation("hold", AGENTS, 49)


def test_an_idle_scenario_has_nothing_to_hold() -> None:
    one = operation("accept", AGENTS, 500)
    assert one.waiting == 0
    assert one.standing() == (0, 0, 0, 0)
    assert isinstance(one, Scenario)


def test_a_python_call_can_be_measured() -> None:
    assert measured(lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        measured(lambda: 1 // 0)
    counted()
