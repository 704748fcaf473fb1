"""The two routers are one: differential runs, the canary that must fail, and properties by Hypothesis."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fuzz
from acdcore.router import Answer, Command, Core, Op, Result
from acdcore.router.reference import Reference

SEED = 20_261_121
RUNS_A_PART = 50
COMMANDS_A_RUN = 500
PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_differential(part: int) -> None:
    """200,000 commands in all: every answer, event, deadline and hash equal, invariants after every one."""
    results: Counter[Result] = Counter()
    operations: Counter[Op] = Counter()
    for run in range(RUNS_A_PART):
        seed = SEED + part * RUNS_A_PART + run
        counted = fuzz.differential(seed, COMMANDS_A_RUN)
        results += counted[0]
        operations += counted[1]
    assert results.total() == RUNS_A_PART * COMMANDS_A_RUN
    assert set(operations) == set(Op), "an operation never succeeded: the run shows less than it seems to"
    common = {Result.OK, Result.OFFER_EXPIRED, Result.OFFER_REVOKED, Result.QUEUE_FULL, Result.REQUEST_MISMATCH}
    assert common <= set(results)


class Forgetful(Reference):
    """A router with a fault: once in a while, somebody who was returned loses the old place."""

    def apply(self, command: Command) -> Answer:
        answer = super().apply(command)
        if self.interactions_seen % 7 == 6 and command.op == Op.DECLINE and answer.code == Result.OK:
            for interaction in self.waiting():
                interaction.due_ns += 1
        return answer


def test_canary() -> None:
    """A router that is wrong by a nanosecond, and only sometimes, is found."""
    with pytest.raises(fuzz.Difference, match="seed"):
        for seed in range(200):
            fuzz.differential(seed, 500, Forgetful(), Core())


def test_the_same_seed_gives_the_same_commands() -> None:
    one, two = fuzz.Commands(5), fuzz.Commands(5)
    assert one.opening() == two.opening()
    assert [one.next() for _ in range(200)] == [two.next() for _ in range(200)]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), commands=st.integers(15, 120))
def test_hypothesis_finds_no_difference(seed: int, commands: int) -> None:
    fuzz.differential(seed, commands)


def history(seed: int, commands: int) -> tuple[list[Command], Core]:
    """Run random commands on a compiled router; return them and it."""
    core, stream = Core(), fuzz.Commands(seed)
    opening = stream.opening()
    done = []
    for number in range(commands):
        command = opening[number] if number < len(opening) else stream.next()
        answer = core.apply(command)
        stream.observe(command, answer, core.drain(), core.center())
        done.append(command)
    return done, core


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_replay_gives_the_same_hash(seed: int) -> None:
    """Determinism: the same commands give the same state, also when every refused one is left out."""
    commands, core = history(seed, 300)
    again, without_refusals = Core(), Core()
    for command in commands:
        before = again.state_hash()
        answer = again.apply(command)
        if again.state_hash() != before or answer.code == Result.OK:
            without_refusals.apply(command)
    assert again.state_hash() == core.state_hash() == without_refusals.state_hash()
