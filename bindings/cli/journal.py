"""``acdcore journal``: look into a server's journal, check it, replay it, compare what two centers make of it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.text import Text

from ..errors import AcdError
from ..journal import JournalError, SqliteJournal
from ..journal.decisions import Comparison, Decision, compare, hearing
from ..journal.making import be_nice, make_snapshot, trim_unless_served
from ..journal.telling import Told
from ..router.codes import Op
from ..times import moment_ns
from . import serving
from .journal_tell import print_differences, printable_time, replayed, told_line, told_record
from .output import Exit, fail, invalid, line, out, plain, sentence
from .sim import with_progress
from .values import number_value, word_value
from .wording import FLAG, Command, Commands

if TYPE_CHECKING:
    from ..config import Center

journal_app = typer.Typer(
    name="journal",
    cls=Commands,
    help="Look into a server's journal: check, show, replay and compare it.",
    no_args_is_help=True,
)
OPERATIONS: Final = tuple(op.name.lower() for op in Op)
Folder = Annotated[
    Path,
    typer.Argument(metavar="DIR", exists=True, file_okay=False, help="The journal's directory, as of serve --data."),
]
AsJson = Annotated[bool, typer.Option("--json", metavar=FLAG, help="Print JSON instead of words.")]


def _moment(value: str) -> int:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"{value}; allowed: ISO 8601, such as 2027-01-15T08:00, UTC without a zone") from None
    return moment_ns(at if at.tzinfo else at.replace(tzinfo=UTC))


@contextmanager
def _reading(path: Path) -> Iterator[SqliteJournal]:
    """Open a journal beside whoever writes to it; say what is wrong with it and exit."""
    try:
        journal = SqliteJournal(path, readonly=True)
        try:
            yield journal
        finally:
            journal.close()
    except JournalError as error:
        serving.journal_failed(error)
    except AcdError as error:
        fail(Exit.FAILED, plain(error))


@journal_app.command(cls=Command)
def verify(
    path: Folder,
    no_replay: Annotated[
        bool, typer.Option("--no-replay", metavar=FLAG, help="Look at checksums and the chain alone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check everything: each row's checksum, the chain, snapshots, and a replay.

    The replay has to come to the same answers and to the same state wherever
    the server noted it. Nothing is changed; a server may be at work meanwhile.
    Exits with 6 and the place when something is wrong.
    """
    from ..journal.verify import verify as check

    with _reading(path) as journal:
        found = with_progress("Checking", lambda tell: check(journal, replay=not no_replay, progress=tell))
    if as_json:
        record = found._asdict() | {"snapshots": [one.position for one in found.snapshots]}
        record["state_hash"] = None if found.state_hash is None else f"{found.state_hash:016x}"
        typer.echo(json.dumps(record))
        return
    rows = [
        ("groups", f"{found.end - found.start:,}, positions {found.start + 1:,} to {found.end:,}"),
        ("commands", f"{found.commands:,}"),
        ("time", f"{printable_time(found.first_ns)} to {printable_time(found.last_ns)}" if found.commands else "-"),
        ("size", f"{found.size_bytes / 1e6:,.1f} MB"),
        ("snapshots", ", ".join(f"{one.position:,}" for one in found.snapshots) or "none"),
    ]
    if found.state_hash is not None:
        rows += [("states compared", f"{found.digests:,}"), ("state", f"{found.state_hash:016x}")]
    console = out()
    console.print(line("journal of center ", plain(found.center, "bold"), " in ", sentence(str(path))), soft_wrap=True)
    for name, value in rows:
        console.print(Text(f"{name:<16} {value}"), soft_wrap=True)
    console.print(Text(f"all is well ({found.duration_s:.1f} s)"))


@journal_app.command(cls=Command)
def show(
    path: Folder,
    since: Annotated[
        int | None,
        typer.Option("--from", metavar="TIME", parser=_moment, help="Not before: ISO 8601, UTC.", show_default=False),
    ] = None,
    until: Annotated[
        int | None,
        typer.Option("--to", metavar="TIME", parser=_moment, help="Before: ISO 8601, UTC.", show_default=False),
    ] = None,
    operation: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OP", parser=word_value(*OPERATIONS), help="Only these, such as enqueue; may be repeated."
        ),
    ] = None,
    interaction: Annotated[str | None, typer.Option(metavar="ID", help="Only what is about it.")] = None,
    agent: Annotated[str | None, typer.Option(metavar="NAME", help="Only what is about this agent.")] = None,
    position: Annotated[
        int | None, typer.Option(metavar="N", parser=number_value(int, 1), help="Only this group.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", metavar=FLAG, help="Print a JSON object a line.")] = False,
) -> None:
    """Show commands in words: when, what, with which names, and the answer.

    The first column is the group's position and the command's number in it.
    """
    from ..journal.telling import Teller
    from ..journal.verify import begin

    teller = Teller()

    def fits(one: Told) -> bool:
        return (
            (since is None or one.now_ns >= since)
            and (until is None or one.now_ns < until)
            and (not operation or one.operation.lower() in operation)
            and (interaction is None or interaction in one.interactions)
            and (agent is None or agent in one.agents)
            and (position is None or one.position == position)
        )

    def watch(core: Any, at: int, number: int, command: Any, answer: Any) -> None:
        if answer is None:
            teller.before(core, command)
            return
        one = teller.after(core, at, number, command, answer)
        if fits(one):
            typer.echo(json.dumps(told_record(one)) if as_json else told_line(one))

    with _reading(path) as journal:
        replica = begin(journal, first=position is None, position=position or 0, watch=watch, strict=False)
        for row in journal.read(replica.position):
            replica.apply(row)
            if position is not None and row.position >= position:
                break


@journal_app.command(cls=Command)
def replay(
    path: Folder,
    decisions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="Write every offer made there, a JSON object a line.",
            show_default=False,
        ),
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", metavar=FLAG, help="Count differences instead of ending at the first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Replay it from as early as can be, and say how it went and how fast.

    Answers and states have to be those that the server came to: else it exits
    with 6 and says at which command it went another way.
    """
    from ..journal.verify import begin

    file = None
    try:
        file = decisions.open("w", encoding="utf-8") if decisions is not None else None

        def write(one: Decision) -> None:
            if file is not None:
                file.write(json.dumps(one._asdict()) + "\n")

        with _reading(path) as journal:

            def work(tell: Callable[[float], None]) -> Any:
                replica = begin(
                    journal, first=True, hear=None if file is None else hearing(write), strict=not keep_going
                )
                return replayed(journal, replica, tell)

            result = with_progress("Replaying", work)
    except OSError as error:
        fail(Exit.FAILED, plain(error.filename or ""), ": ", error.strerror or "cannot be written")
    finally:
        if file is not None:
            file.close()
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(result)))
    else:
        result.print(out())


@journal_app.command(cls=Command)
def diff(
    path: Folder,
    center: Annotated[
        Path | None,
        typer.Option(
            metavar="CENTER.yaml",
            exists=True,
            dir_okay=False,
            readable=True,
            show_default=False,
            help="Another center's file: what would have been decided under it.",
        ),
    ] = None,
    build: Annotated[
        Path | None,
        typer.Option(
            metavar="PYTHON",
            exists=True,
            dir_okay=False,
            show_default=False,
            help="Another build: the Python that has it, such as new/bin/python.",
        ),
    ] = None,
    most: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 0), help="Differences that are shown, at most.")
    ] = 20,
    as_json: AsJson = False,
) -> None:
    """Replay it twice, and show the decisions that change.

    With --build the same commands go to another build of acdcore: an upgrade
    that decides alike shows nothing. With --center the same customers come to
    another center: they come and give up, and agents sign in and take breaks,
    as they did; answers and talks take as long as they did. Exits with 1 when
    any decision differs.
    """
    if (center is None) == (build is None):
        raise typer.BadParameter("one of the two is needed", param_hint="'--center' or '--build'")
    left_out: dict[str, int] = {}
    if build is not None:
        found = _between_builds(path, build)
    else:
        found, left_out = _between_centers(path, _other_center(center or path))
    if as_json:
        record = {"before": found.before, "after": found.after, "interactions": found.interactions,
                  "left_out": left_out, "differences": [_difference(one) for one in found.differences[:most]],
                  "different": len(found.differences)}  # fmt: skip
        typer.echo(json.dumps(record))
    else:
        print_differences(out(), found, left_out, most, "this file" if center is not None else "that build")
    raise typer.Exit(Exit.INVALID if found.differences else Exit.OK)


def _difference(one: Any) -> dict[str, Any]:
    sides = {name: side and side._asdict() for name, side in (("before", one.before), ("after", one.after))}
    return {"interaction": one.interaction, **sides}


def _other_center(path: Path) -> Center:
    from ..config import ConfigError, load_center

    try:
        return load_center(path)
    except ConfigError as error:
        invalid(path, error, "a center's YAML")


def _between_builds(path: Path, build: Path) -> Comparison:
    """Replay in this build and in another one, each in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="acdcore-diff-") as folder:
        sides = []
        for name, python in (("before", sys.executable), ("after", str(build))):
            file = Path(folder) / name
            command = [python, "-m", "acdcore.cli", "journal", "replay", str(path), "--keep-going", "--json"]
            done = subprocess.run(  # noqa: S603  a Python that whoever runs this has named
                [*command, "--decisions", str(file)],
                capture_output=True,
                text=True,
                check=False,
                stdin=subprocess.DEVNULL,
            )
            if done.returncode:
                fail(Exit.FAILED, plain(python), ": ", sentence(" ".join(done.stderr.split()[-60:])))
            with file.open(encoding="utf-8") as written:
                sides.append([Decision(**json.loads(text)) for text in written])
        return compare(*sides)


def _between_centers(path: Path, center: Center) -> tuple[Comparison, dict[str, int]]:
    """Replay as it was, and live the same again under another center's file."""
    from ..config import center_commands
    from ..journal.what_if import WhatIf

    before: list[Decision] = []
    after: list[Decision] = []
    with _reading(path) as journal:
        if journal.start:
            fail(
                Exit.INVALID, f"groups up to {journal.start:,} have been trimmed; allowed: a journal from its beginning"
            )

        def work(tell: Callable[[float], None]) -> WhatIf:
            learned = WhatIf(lambda now_ns: center_commands(center, now_ns), after.append)
            replayed(journal, learned.learning(before.append), lambda share: tell(share / 2))
            replayed(journal, learned.living(), lambda share: tell((1 + share) / 2))
            return learned

        learned = with_progress("Replaying", work)
    return compare(before, after, agents_alone=True), dict(learned.left_out)


@journal_app.command(cls=Command)
def snapshot(path: Folder, as_json: AsJson = False) -> None:
    """Make a snapshot of what is committed by now, by a replay that is checked.

    A server does so itself now and then, with this very command. It runs at a
    low priority; the server goes on meanwhile. Two snapshots are kept, and the
    journal lets go of what is before the older one.
    """
    be_nice()
    try:
        made = make_snapshot(path)
        if not as_json and made.trim:
            trim_unless_served(path, made.trim)
    except JournalError as error:
        serving.journal_failed(error)
    if as_json:
        typer.echo(json.dumps(made._asdict()))
    elif made.size_bytes:
        speed = f"{made.commands:,} commands replayed, {made.digests:,} states compared, {made.duration_s:.1f} s"
        out().print(Text(f"snapshot {made.position:,}: {made.size_bytes / 1e6:,.1f} MB; {speed}"), soft_wrap=True)
    else:
        out().print(Text(f"snapshot {made.position:,} is there already: nothing came behind it"))
