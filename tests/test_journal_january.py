"""A month of a real bank in one journal: replayed by other processes, under other hash seeds, it comes to one state."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from acdcore.bench.demo_center import replay_center
from acdcore.config import center_commands, parse_center
from acdcore.journal.encoding import Group, encode
from acdcore.journal.sqlite import SqliteJournal
from acdcore.router import Answer, Command, Core, Event
from acdcore.router.codes import SECOND_NS, Kind, Setting
from acdcore.router.records import InteractionView
from acdcore.sim.bank_trace import read_any
from acdcore.sim.replay import prepare
from exact_day import ExactDay

DAY_NS = 86_400 * SECOND_NS
A_GROUP = 50


class Noting:
    """A router for one day after another: it moves each to its date, and notes every command with its answer."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.offset_ns = 0
        self.noted: list[tuple[Command, Answer]] = []

    def apply(self, command: Command) -> Answer:
        moved = command._replace(now_ns=command.now_ns + self.offset_ns)
        answer = self._core.apply(moved)
        self.noted.append((moved, answer))
        return answer

    def drain(self) -> list[Event]:
        return self._core.drain()

    def next_deadline_ns(self) -> int:
        at_ns = self._core.next_deadline_ns()
        return at_ns if at_ns < 0 else max(0, at_ns - self.offset_ns)

    def setting(self, setting: Setting) -> int:
        return self._core.setting(setting)

    def find(self, kind: Kind, name: bytes) -> int:
        return self._core.find(kind, name)

    def interaction(self, handle: int) -> InteractionView | None:
        return self._core.interaction(handle)


def replayed(folder: Path, hash_seed: str) -> dict[str, object]:
    """Replay a journal in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "acdcore.cli", "journal", "replay", str(folder), "--json"],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )  # fmt: skip
    told: dict[str, object] = json.loads(done.stdout)
    return told


@pytest.mark.plain
@pytest.mark.slow
def test_january_comes_to_one_state_wherever_it_is_replayed(shared_dir: Path, tmp_path: Path) -> None:
    record = shared_dir / "data" / "anonymous-bank" / "1999-01.csv.gz"
    if not record.is_file():
        pytest.skip(f"needs the bank's record in {record}")
    month = prepare(read_any(record), seed=1)
    core = Core()
    defined: Group = [(command, core.apply(command)) for command in center_commands(
        parse_center(replay_center(month), "january"), 0)]  # fmt: skip
    core.drain()
    noting = Noting(core)
    first = month.days[0].date
    journal = SqliteJournal(tmp_path / "january", "january")
    epoch = journal.take()
    journal.append(0, epoch, encode(defined, core.state_hash()))
    for one in month.days:
        noting.offset_ns = (one.date - first) // dt.timedelta(days=1) * DAY_NS
        ExactDay(noting, one.day).run()
        for begin in range(0, len(noting.noted), A_GROUP):
            group = noting.noted[begin : begin + A_GROUP]
            digest = core.state_hash() if begin + A_GROUP >= len(noting.noted) else None
            journal.append(journal.end, epoch, encode(group, digest))
        noting.noted.clear()
    journal.close()
    told = [replayed(tmp_path / "january", seed) for seed in ("0", "4242")]
    live = f"{core.state_hash():016x}"
    assert [str(one["state_hash"]) for one in told] == [live, live]
    assert told[0]["decisions"] == told[1]["decisions"]
    assert int(str(told[0]["decisions"])) > 25_000
    assert int(str(told[0]["digests"])) == len(month.days) + 1
