"""Replays: of whatever a router may be asked, and of a journal that another machine has written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from acdcore.journal import SqliteJournal
from acdcore.journal.encoding import encode
from acdcore.journal.recovery import open_center, recover
from acdcore.router import Answer, Command, Core
from acdcore.router.codes import InteractionState, Kind, Op, Result
from acdcore.router.reference import Reference
from fuzz_commands import Commands
from fuzz_definitions import FEATURES
from journal_world import CENTER, START_NS, center

pytestmark = pytest.mark.plain

SEED = 20_261_122
KEPT = Path(__file__).parent / "journals" / "version-1.db"
"""A day of the center of ``journal_world``, as version 1 of the journal's format has it."""


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_asked_replays_to_the_same_answers_refusals_and_nonsense_too(seed: int, tmp_path: Path) -> None:
    core, stream = Core(), Commands(SEED + seed, frozenset(FEATURES))
    journal = SqliteJournal(tmp_path / "j", "any")
    epoch = journal.take()
    opening = stream.opening()
    group: list[tuple[Command, Answer]] = []
    results = set()
    for number in range(700):
        command = opening[number] if number < len(opening) else stream.next()
        if command.op not in tuple(Op):  # nobody can ask a server for these
            continue
        answer = core.apply(command)
        stream.observe(command, answer, core.drain(), core)
        group.append((command, answer))
        results.add(Result(answer.code))
        if len(group) == 7:
            journal.append(journal.end, epoch, encode(group, core.state_hash()))
            group = []
    journal.append(journal.end, epoch, encode(group, core.state_hash()))
    assert {Result.OK, Result.MALFORMED} < results
    assert len(results) > 15
    for router in (None, Reference()):
        replica, recovery = recover(journal, router)
        assert replica.core.state_hash() == core.state_hash()
        assert recovery.digests == journal.end > 80
    journal.close()


def test_a_journal_of_another_machine_and_an_earlier_build_leads_where_it_led_there(tmp_path: Path) -> None:
    """If this fails, servers that have such journals no longer start: what was written has to be read for ever."""
    (tmp_path / "j").mkdir()
    shutil.copy(KEPT, tmp_path / "j" / "journal.db")
    journal = SqliteJournal(tmp_path / "j", readonly=True)
    for router in (None, Reference()):
        replica, recovery = recover(journal, router)
        assert recovery.digests == journal.end
        assert f"{replica.core.state_hash():016x}" == "9f8ac0cb65ddc971"
    journal.close()
    opened = open_center(tmp_path / "j", center(CENTER), START_NS)
    views = [opened.core.interaction(opened.core.find(Kind.INTERACTION, b"call-%d" % number)) for number in range(10)]
    states = ["" if view is None else InteractionState(view.state).name for view in views]
    assert states == ["COMPLETED"] * 4 + ["WAITING"] * 5 + ["ABANDONED"]
    opened.journal.close()
