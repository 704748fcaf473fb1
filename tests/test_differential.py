"""The two routers are one: differential runs over all features, and replays.

The suite runs a slice; the million of commands that a release is held to is a command::

    python tests/fuzz.py --seed 20261122 --commands 1000000

or ``pytest tests/test_differential.py --commands 1000000``.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fuzz
from acdcore.router import Answer, Command, Core, EventType, Op, Result
from acdcore.router.reference import Reference
from fuzz_shrink import in_short, shrink

SEED = 20_261_122
COMMANDS_A_RUN = 400
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_differential(part: int, fuzz_commands: int) -> None:
    """Every answer, event, deadline and hash equal after every command, every view and invariant after some.

    The parts together run as many commands as ``--commands`` says.
    """
    seen = fuzz.Seen()
    runs = max(1, fuzz_commands // PARTS // COMMANDS_A_RUN)
    for run in range(runs):
        seen.add(fuzz.differential(SEED + part * runs + run, COMMANDS_A_RUN, check_every=4))
    assert seen.results.total() == runs * COMMANDS_A_RUN
    assert set(seen.operations) == set(Op), "an operation never succeeded: the run shows less than it seems to"
    assert set(EventType) - set(seen.events) <= {EventType.CLAIM_MADE, EventType.CLAIM_ENDED}
    common = {Result.OK, Result.OFFER_EXPIRED, Result.QUEUE_FULL, Result.QUEUE_CLOSED, Result.REQUEST_MISMATCH}
    assert common <= set(seen.results)


def test_every_refusal_is_reached() -> None:
    """Random commands reach every result: by the specification alone, which is quicker."""
    seen = fuzz.Seen()
    for seed in range(30):
        seen.add(fuzz.run(seed, 500, (Reference(),), check_every=500))
    assert [result.name for result in Result if not seen.results[result]] == []
    assert [event.name for event in EventType if not seen.events[event]] == []
    assert [op.name for op in Op if not seen.operations[op]] == []


def test_the_same_seed_gives_the_same_commands() -> None:
    one, two = fuzz.Commands(5), fuzz.Commands(5)
    assert one.features == two.features
    assert one.opening() == two.opening()
    assert [one.next() for _ in range(200)] == [two.next() for _ in range(200)]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), commands=st.integers(15, 120))
def test_hypothesis_finds_no_difference(seed: int, commands: int) -> None:
    fuzz.differential(seed, commands)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_replay_gives_the_same_hash(seed: int) -> None:
    """Determinism: the same commands give the same state, also when every refused one is left out."""
    core = Core()
    commands = fuzz.history(seed, 300, core)
    again, without_refusals = Core(), Core()
    for command in commands:
        before = again.state_hash()
        answer = again.apply(command)
        if again.state_hash() != before or answer.code == Result.OK:
            without_refusals.apply(command)
    assert again.state_hash() == core.state_hash() == without_refusals.state_hash()


# ---------------------------------------------------------------------- canaries


class Careless(Reference):
    """A router with a fault: a decline takes a nanosecond from everybody who waits."""

    def apply(self, command: Command) -> Answer:
        answer = super().apply(command)
        if command.op == Op.DECLINE and answer.code == Result.OK and self.forgets():
            for interaction in self.waiting():
                interaction.due_ns += 1
        return answer

    def forgets(self) -> bool:
        """Say whether it does so now."""
        return True


class Forgetful(Careless):
    """Only once in a while."""

    def forgets(self) -> bool:
        return self.interactions_seen % 7 == 6


def test_canary() -> None:
    """A router that is wrong by a nanosecond, and only sometimes, is found."""
    with pytest.raises(fuzz.Difference, match="seed"):
        for seed in range(200):
            fuzz.differential(seed, 500, Forgetful(), Core())


def test_a_difference_is_shrunk() -> None:
    """What is printed of a difference is short enough to read, and still shows it."""

    def make() -> tuple[fuzz.Router, fuzz.Router]:
        return Careless(), Reference()

    commands: list[Command] = []
    for seed in range(2, 200):
        commands = fuzz.history(seed, 60, Careless())
        if fuzz.fault(commands, make):
            break
    few = shrink(commands, Careless, lambda tried: fuzz.fault(tried, make))
    assert len(few) < 25  # what defines a center included
    assert "state hash" in fuzz.fault(few, make)
    assert all(in_short(command).startswith("Command(Op.") for command in few)
