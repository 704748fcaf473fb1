"""How fast a journal replays: a real center's record, day after day in one journal, as a server would have written it.

    python -m acdcore.bench.journal_replay 1999-01.csv.gz

The record's customers come when they came, and its agents are there when they were; the router decides who gets
whom, and every command goes into the journal. Then ``acdcore journal replay`` runs in processes of its own, each under
another PYTHONHASHSEED, five times: all have to come to the state that was lived. The median of the times is shown.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer
from rich.console import Console

from ..cli.output import table
from ..config import center_commands, parse_center
from ..errors import printable
from ..journal.encoding import Group, encode
from ..journal.sqlite import SqliteJournal
from ..router import Answer, Command, Core, Event
from ..router.codes import SECOND_NS, Kind, Setting
from ..router.records import InteractionView
from ..sim.bank_trace import read_any
from ..sim.replay import prepare
from .command_line import run
from .demo.center import replay_center
from .exact_day import ExactDay
from .surroundings import machine
from .terminal import printed, put, say

DAY_NS: Final = 86_400 * SECOND_NS
A_GROUP: Final = 50
SEEDS: Final = ("0", "4242")
ROUNDS: Final = 5
"""Replays under each seed, turn about: the one with the median time is shown."""


class Noting:
    """A router for one day after another: it moves each to its date, and notes every command with its answer."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.offset_ns = 0
        self.noted: list[tuple[Command, Answer]] = []

    def apply(self, command: Command) -> Answer:
        """Apply a command of the day, at its date."""
        moved = command._replace(now_ns=command.now_ns + self.offset_ns)
        answer = self._core.apply(moved)
        self.noted.append((moved, answer))
        return answer

    def drain(self) -> list[Event]:
        """Return what has happened since."""
        return self._core.drain()

    def next_deadline_ns(self) -> int:
        """Return when the next timer fires, on the day's own time line."""
        at_ns = self._core.next_deadline_ns()
        return at_ns if at_ns < 0 else max(0, at_ns - self.offset_ns)

    def setting(self, setting: Setting) -> int:
        """Return one of the center's settings."""
        return self._core.setting(setting)

    def find(self, kind: Kind, name: bytes) -> int:
        """Return what has a name, -1: nothing."""
        return self._core.find(kind, name)

    def interaction(self, handle: int) -> InteractionView | None:
        """Return an interaction."""
        return self._core.interaction(handle)


class Lived(NamedTuple):
    """A record that was lived and is in a journal; ``state`` is the router's state hash in the end."""

    days: int
    calls: int
    state: str


def live(record: Path, folder: Path) -> Lived:
    """Live a record and write its journal, with a state hash in the end of each day."""
    month = prepare(read_any(record), seed=1)
    core = Core()
    name = "record"
    center = parse_center(replay_center(month), name)
    defined: Group = [(command, core.apply(command)) for command in center_commands(center, 0)]
    core.drain()
    noting = Noting(core)
    first = month.days[0].date
    journal = SqliteJournal(folder, name)
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
    return Lived(len(month.days), sum(len(one.day.callers) for one in month.days), f"{core.state_hash():016x}")


def replayed(folder: Path, hash_seed: str) -> dict[str, Any]:
    """Replay a journal in a process of its own; return what ``acdcore journal replay --json`` says."""
    done = subprocess.run(
        [sys.executable, "-m", "acdcore.cli", "journal", "replay", str(folder), "--json"],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def report(lived: Lived, replays: Sequence[dict[str, Any]], seeds: Sequence[str] = SEEDS) -> str:
    """Return the table that is printed."""
    rows = [
        (
            seed,
            f"{one['commands']:,}",
            f"{one['decisions']:,}",
            f"{one['seconds']:.2f} s",
            f"{one['decisions'] / one['seconds']:,.0f}",
            one["state_hash"],
        )
        for seed, one in zip(seeds, replays, strict=True)
    ]
    columns = ("hash seed", "commands", "decisions", "time", "decisions a second", "state")
    here = machine()

    def show(to: Console) -> None:
        say(to, f"{lived.days} days, {lived.calls:,} calls; lived, their state is {lived.state}.")
        say(to, f"{here['cpu']}, {here['cores']} cores, load {here['load'][0]:.1f}")
        put(to, table([(name, "right") for name in columns], rows))

    return printed(show)


def main(
    record: Annotated[
        Path,
        typer.Argument(
            metavar="RECORD", exists=True, dir_okay=False, readable=True, show_default=False,
            help="A record of calls, such as 1999-01.csv.gz of the Anonymous Bank.",
        ),
    ],
) -> None:  # fmt: skip
    """Live a record of calls with a journal, then replay that, and time it.

    Exit code 1 when a replay comes to another state.
    """
    with tempfile.TemporaryDirectory(prefix="acdcore-replay-") as folder:
        try:
            lived = live(record, Path(folder) / "journal")
        except (OSError, ValueError) as error:
            raise typer.BadParameter(printable(str(error)), param_hint="RECORD") from None
        rounds = [[replayed(Path(folder) / "journal", seed) for seed in SEEDS] for _ in range(ROUNDS)]
    by_seed = [sorted(replays, key=lambda one: one["seconds"]) for replays in zip(*rounds, strict=True)]
    print(report(lived, [replays[ROUNDS // 2] for replays in by_seed]), end="")
    raise typer.Exit(int(any(one["state_hash"] != lived.state for replays in rounds for one in replays)))


if __name__ == "__main__":
    run(main)
