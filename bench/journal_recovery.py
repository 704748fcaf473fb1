"""How fast a center comes back: from its journal alone, from a snapshot, and how large both are.

    python -m acdcore.bench.journal_recovery --waiting 100000 --agents 10000

Writes the journal that a server would have written, then opens it as a server does when it starts: all rows are
checked, a snapshot is read, what came behind it is replayed, answers and hashes are compared, and the new writer's
first group is appended. Times are those of this process alone; starting Python and reading the center's file, which
come before, are told apart.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from ..cli.output import table
from ..cli.values import number_value
from ..config import Center, center_commands, parse_center
from ..journal.encoding import encode
from ..journal.making import make_snapshot
from ..journal.recovery import Opened, open_center
from ..journal.sqlite import SqliteJournal
from ..router import Answer, Command, Core
from ..router.codes import Op, Presence
from .command_line import run
from .surroundings import machine
from .terminal import put, results, say

A_GROUP: Final = 100
DIGEST_EVERY: Final = 10
"""Groups."""
SKILLS: Final = 20
BASE_NS: Final = 1_800_000_000 * 10**9
STEP_NS: Final = 1_000_000
TAIL: Final = 20_000
"""Commands that come behind the snapshot."""
MOST_AGENTS: Final = 100_000
MOST_WAITING: Final = 1_000_000


def center_text(agents: int, waiting: int) -> str:
    """Return a center's YAML: queues of one skill each, agents with three; nobody has the skill that is waited for."""
    skills = [f"s{number}" for number in range(SKILLS)]
    queues = "\n".join(f"  {skill}: {{target: 20s, plan: [{{requires: {{{skill}: 3}}}}]}}" for skill in skills)
    groups = "\n".join(
        f"  g{at}: {{count: {agents // SKILLS}, prefix: g{at}-, skills: {{{skills[at]}: 1, {skills[at - 1]}: 2}}}}"
        for at in range(SKILLS)
    )
    return (
        f"center: recovery\nsettings: {{max_interactions: {2 * waiting + 100_000}, max_agents: {agents}}}\n"
        f"skills: [{', '.join(skills)}]\ntiers: {{standard: {{}}, vip: {{head_start: 90s}}}}\n"
        f"queues:\n{queues}\nagent_groups:\n{groups}\n"
    )


def commands(agents: int, waiting: int, seed: int = 1) -> Iterator[Command]:
    """Yield what comes before and behind the snapshot: everybody signs in, then interactions come that nobody takes."""
    rng = random.Random(seed)
    now_ns = BASE_NS
    for agent in range(agents):
        now_ns += STEP_NS
        yield Command(Op.SIGN_IN, now_ns, agent=agent, x=int(Presence.AVAILABLE))
    for number in range(waiting):
        now_ns += STEP_NS
        yield Command(
            Op.ENQUEUE, now_ns, queue=rng.randrange(SKILLS), tier=rng.randrange(2), x=-1,
            name=f"call-{number}".encode(), request_id=(1 << 100) + number,
        )  # fmt: skip


class Writer:
    """Writes a journal as a server does, without the server."""

    def __init__(self, folder: Path, center: Center) -> None:
        self.core = Core()
        self.journal = SqliteJournal(folder, center.center)
        self._epoch = self.journal.take()
        self._group: list[tuple[Command, Answer]] = []
        for command in center_commands(center, BASE_NS):
            self.apply(command)
        self.flush()

    def apply(self, command: Command) -> None:
        """Apply and note a command."""
        answer = self.core.apply(command)
        if answer.code:
            raise RuntimeError(f"refused: {command}: {answer}")
        self.core.drain()
        self._group.append((command, answer))
        if len(self._group) == A_GROUP:
            self.flush()

    def flush(self) -> None:
        """Commit what has gathered."""
        if self._group:
            digest = self.core.state_hash() if self.journal.end % DIGEST_EVERY == 0 else None
            self.journal.append(self.journal.end, self._epoch, encode(self._group, digest))
            self._group = []


def opened(folder: Path, center: Center) -> tuple[Opened, float]:
    """Open a journal as a server does; return it and the seconds that took."""
    began_s = time.perf_counter()
    found = open_center(folder, center, time.time_ns())
    took_s = time.perf_counter() - began_s
    found.journal.close()
    return found, took_s


def measure(folder: Path, agents: int, waiting: int) -> list[tuple[str, str, str, str]]:
    """Return the table's rows: (what, commands replayed, seconds, state)."""
    began_s = time.perf_counter()
    center = parse_center(center_text(agents, waiting))
    rows = [("the center's file is read", "", f"{time.perf_counter() - began_s:.2f} s", "")]
    stream = list(commands(agents, waiting + TAIL))
    writer = Writer(folder, center)
    for command in stream[:-TAIL]:
        writer.apply(command)
    writer.flush()
    writer.journal.close()
    found, took_s = opened(folder, center)
    row = ("opened, from the journal alone", f"{found.recovery.commands:,}", f"{took_s:.2f} s", _state(found))
    rows.append(row)
    made = make_snapshot(folder)
    size = f"a snapshot is made: {made.size_bytes / 1e6:.1f} MB"
    rows.append((size, f"{made.commands:,}", f"{made.duration_s:.2f} s", f"{made.digest:016x}"))
    found, took_s = opened(folder, center)
    rows.append(("opened, from the snapshot", f"{found.recovery.commands:,}", f"{took_s:.2f} s", _state(found)))
    journal = SqliteJournal(folder, center.center)
    epoch, core, group = journal.take(), found.core, []
    later_ns = max(0, core.center().now_ns - stream[-TAIL].now_ns) + STEP_NS
    for command in stream[-TAIL:]:
        moved = command._replace(now_ns=command.now_ns + later_ns)
        group.append((moved, core.apply(moved)))
        core.drain()
        if len(group) == A_GROUP:
            journal.append(journal.end, epoch, encode(group, core.state_hash()))
            group = []
    journal.close()
    found, took_s = opened(folder, center)
    rows.append(
        ("opened, from it and what came behind", f"{found.recovery.commands:,}", f"{took_s:.2f} s", _state(found))
    )
    return rows


def _state(found: Opened) -> str:
    return f"{found.core.state_hash():016x}"


def staff_value(value: str | int) -> int:
    """Return how many agents there are to be: as many for each skill."""
    read = number_value(int, SKILLS, MOST_AGENTS)(value)
    if read % SKILLS:
        raise typer.BadParameter(f"{read}; allowed: multiples of {SKILLS}")
    return read


def main(
    agents: Annotated[
        int, typer.Option(metavar="N", parser=staff_value, help=f"How many agents, a multiple of {SKILLS}.")
    ] = 10_000,
    waiting: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 0, MOST_WAITING), help="How many interactions wait.")
    ] = 100_000,
) -> None:
    """Measure how fast a center comes back, and how large its snapshot is.

    From its journal alone, from a snapshot, and from one with more behind it.
    """
    with tempfile.TemporaryDirectory(prefix="acdcore-recovery-") as folder:
        rows = measure(Path(folder) / "journal", agents, waiting)
    to, here = results(), machine()
    say(to, f"{agents:,} agents signed in, {waiting:,} interactions waiting.")
    say(to, f"{here['cpu']}, {here['cores']} cores, load {here['load'][0]:.1f}")
    put(to, table((("", "left"), ("commands", "right"), ("time", "right"), ("state", "left")), rows))


if __name__ == "__main__":
    run(main)
