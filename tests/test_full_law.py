"""The full law as a benchmark: right, and all of it, before it is fast."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from acdcore.bench import replay
from acdcore.bench.full_law import STANDARD, FullLaw, Plan, Rehearsal, define, one_full_law, planned, run_full_law
from acdcore.bench.full_law_report import as_json, drawn
from acdcore.router import Core, EventType, Op
from acdcore.router.batch import ANSWER, COMMAND
from acdcore.router.reference import Reference

SEEN = {
    "OFFER_ACCEPTED", "OFFER_DECLINED", "OFFER_EXPIRED", "OFFER_REVOKED", "INTERACTION_ABANDONED", "STEP_BEGAN",
    "WRAP_UP_STARTED", "ASSIGNMENT_ENDED", "PRESENCE_CHANGED", "COOL_DOWN_ENDED",
}  # fmt: skip


@pytest.fixture(scope="module")
def small() -> FullLaw:
    """A small center's run."""
    return one_full_law(40, 60, Plan(events=2_000, rounds=3))


@pytest.mark.plain
def test_it_is_the_full_law(small: FullLaw) -> None:
    """Nothing that makes a command cost more is left out, and it takes about seven of them."""
    assert set(small.events) >= SEEN
    assert set(small.mix) == {
        "ADVANCE", "ENQUEUE", "ACCEPT", "DECLINE", "COMPLETE", "END_WRAP_UP", "CANCEL", "SET_PRESENCE", "RENEW_LEASE",
    }  # fmt: skip
    assert small.mix["END_WRAP_UP"] < small.events["WRAP_UP_STARTED"], "the queue's limit ends some"
    assert 6 <= small.commands_an_interaction <= 8
    assert small.at_work >= 0.9
    assert small.commands == sum(small.mix.values()) == 6_000
    assert len(small.rounds_ns) == 3 and min(small.rounds_ns) <= small.ns <= max(small.rounds_ns)


@pytest.mark.plain
def test_the_same_seed_gives_the_same_result(small: FullLaw) -> None:
    """However the commands are cut into rounds."""
    [again, other] = [one_full_law(40, 60, Plan(events=3_000, rounds=2, seed=seed)) for seed in (1, 2)]
    assert (again.checksum, again.state_hash) == (small.checksum, small.state_hash)
    assert other.checksum != small.checksum and other.state_hash != small.state_hash


@pytest.mark.plain
def test_every_size_asked_for_is_run() -> None:
    told: list[str] = []
    found = run_full_law(planned([10, 20], [5, 30], events=300, rounds=1), told.append)
    assert [(one.agents, one.waiting) for one in found] == [(10, 5), (10, 30), (20, 5), (20, 30)]
    assert len(told) == 8 and told[0] == "10 agents, 5 waiting: rehearsal"


def test_what_is_measured_without_being_told() -> None:
    assert planned() == Plan() and planned(seed=3) == Plan(seed=3) and (1_000, 1_000_000) in STANDARD
    assert planned([7]).sizes == ((7, 300),) and planned([], [7, 8]).sizes == ((1_000, 7), (1_000, 8))
    assert planned([7], events=5, rounds=2) == Plan(((7, 300),), 5, 2)
    for agents, waiting in (([0], [1]), ([1], [5, 0])):
        with pytest.raises(ValueError, match=r"is too few; allowed: 1 or more of each"):
            planned(agents, waiting)


@pytest.mark.plain
def test_the_table_and_the_json_say_it(small: FullLaw) -> None:
    console = Console(width=80, file=StringIO(), color_system=None)
    slow = replace(small, agents=10_000, waiting=1_000_000, rounds_ns=(98_000.0, 99_000.0))
    console.print(drawn([small, slow]))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"{small.ns:,.0f} ns" in shown and "98,000 to 99,000" in shown and "\u2026" not in shown
    assert f"{small.checksum[:8]} {small.state_hash[:8]}" in shown
    assert max(map(len, shown.splitlines())) <= 80
    [size] = json.loads(json.dumps(as_json([small])))["full_law"]
    assert size["ns_median"] == small.ns and size["rounds_ns"] == list(small.rounds_ns)
    assert (size["checksum"], size["mix"]) == (small.checksum, small.mix)


COMMAND_LINE = [sys.executable, "-m", "acdcore.cli", "bench", "--full-law"]


@pytest.mark.plain
def test_the_command_prints_it(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    sizes = ["--agents", "10", "--waiting", "5,9", "--events", "200", "--rounds", "2", "--json", str(figures)]
    done = subprocess.run([*COMMAND_LINE, *sizes], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(figures.read_text(encoding="utf-8"))["full_law"]
    assert [one["waiting"] for one in found] == [5, 9]
    assert all(one["checksum"][:8] in done.stdout and one["commands"] == 400 for one in found)
    assert all(line == line.rstrip() for line in done.stdout.splitlines())


@pytest.mark.plain
def test_the_command_has_calls_claim_agents() -> None:
    sizes = ["--claims", "--agents", "30", "--waiting", "40", "--events", "2000", "--rounds", "1"]
    done = subprocess.run([*COMMAND_LINE, *sizes], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "the full law, with claims" in done.stdout
    assert one_full_law(30, 40, Plan(events=2_000, rounds=1, claims=True)).checksum[:8] in done.stdout


@pytest.mark.plain
def test_claims_are_those_of_the_full_law() -> None:
    line = [*COMMAND_LINE[:-1], "--claims"]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert "it goes with --full-law" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--profiles", "3"], "'--profiles': it has no meaning with --full-law"),
        (["--quick"], "'--quick': it has no meaning with --full-law"),
        (["--waiting", "0"], "0 is too few; allowed: 1 or more of each"),
    ],
)
@pytest.mark.plain
def test_the_command_says_what_has_no_meaning(options: list[str], said: str) -> None:
    done = subprocess.run([*COMMAND_LINE, *options], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("\u2502", " ").split())


def test_calls_may_claim_agents() -> None:
    with_claims = one_full_law(30, 40, Plan(events=2_000, rounds=1, claims=True))
    assert with_claims.events["CLAIM_MADE"] > 0
    without = one_full_law(30, 40, Plan(events=2_000, rounds=1))
    assert "CLAIM_MADE" not in without.events and with_claims.checksum != without.checksum


def test_the_reference_does_the_same() -> None:
    """What is timed is the law: the specification comes to the same state, by the same rows."""
    rehearsal = Rehearsal(12, 15, seed=7)
    rows = rehearsal.run(500)
    assert len(rehearsal.waiting) in (14, 15, 16)
    rehearsal.core.check_invariants()
    for router in (Reference(), Core()):
        define(router, 12, 7)
        answers = np.zeros(len(rows), np.dtype(ANSWER))
        assert router.apply_batch(rows, answers) == len(rows)
        assert not answers["code"].any()
        assert router.state_hash() == rehearsal.core.state_hash()


def test_a_replay_notices_what_is_refused() -> None:
    core = Core()
    rows = np.zeros(2, np.dtype(COMMAND))
    rows["op"] = (Op.ADVANCE, Op.COMPLETE)
    with pytest.raises(RuntimeError, match="1 commands were refused"):
        replay.run(core, rows.view(np.uint8), 0)
    rows["name_length"] = (0, 3)
    with pytest.raises(ValueError, match=r"rows\[1\]: it has a name or items; allowed: rows without"):
        replay.apply_all(core, rows.view(np.uint8))
    replay.apply_all(core, rows[:0].view(np.uint8))
    assert replay.run(core, rows[:0].view(np.uint8), 5) == 5


def test_acceptances_are_what_the_checksum_is_of() -> None:
    """The timed loop and the rehearsal fold the same: an acceptance more, or another agent, is another checksum."""
    rehearsal = Rehearsal(5, 3, seed=1)
    rows = rehearsal.run(200)
    core = Core()
    define(core, 5, 1)
    assert rehearsal.seen[EventType.OFFER_ACCEPTED] > 0
    assert replay.run(core, rows.view(np.uint8), 0) == rehearsal.checksum
    assert replay.accepted(0, 1, 2) != replay.accepted(0, 1, 3) != replay.accepted(0, 2, 2)
