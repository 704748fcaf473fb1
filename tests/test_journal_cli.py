"""``acdcore journal`` as people meet it: what it shows, its exit codes, within 80 columns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner
from typer.testing import Result as Ran

from acdcore import commands
from acdcore.cli.app import app
from acdcore.cli.output import Exit
from acdcore.commands import Core
from acdcore.journal import SqliteJournal
from acdcore.journal.encoding import encode
from acdcore.journal.recovery import open_center
from acdcore.router.codes import Op
from acdcore.router.records import Command
from journal_world import CENTER, START_NS, center, flip

pytestmark = pytest.mark.plain

SECOND_NS = 10**9


def ran(*arguments: str | Path) -> Ran:
    """Run the command line in this process, 80 columns wide."""
    runner = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    return runner.invoke(app, ["journal", *(str(word) for word in arguments)])


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of a little day: ten calls, two agents who answer and talk."""
    path = tmp_path_factory.mktemp("cli") / "j"
    opened = open_center(path, center(), START_NS)
    core: Core = opened.core
    at_ns = START_NS

    def apply(command: Command) -> int:
        answer = core.apply(command)
        core.drain()
        opened.journal.append(opened.journal.end, opened.epoch, encode([(command, answer)], core.state_hash()))
        return answer.value

    for agent in ("anna", "ben"):
        apply(commands.sign_in(core, at_ns, agent=agent))
    for n in range(10):
        at_ns += 5 * SECOND_NS
        queue = "stocks" if n % 2 else "loans"
        apply(commands.enqueue(core, at_ns, queue=queue, interaction_id=f"call-{n}", request_id=n + 1))
        for slot in (0, 1):
            view = core.agent(slot)
            assert view is not None
            at_ns += SECOND_NS
            if view.offers:
                apply(Command(Op.ACCEPT, at_ns, target=view.offers[0]))
            elif view.assignments:
                busy = core.assignment(view.assignments[0])
                assert busy is not None
                apply(Command(Op.COMPLETE, at_ns, target=busy.interaction, x=1))
    apply(commands.cancel(core, at_ns + SECOND_NS, interaction_id="call-9"))
    apply(Command(Op.CANCEL, at_ns + SECOND_NS, target=12345, x=2))  # and one that is refused
    opened.journal.close()
    return path


def test_help_fits_and_names_every_command() -> None:
    for words in ((), ("verify",), ("show",), ("replay",), ("diff",), ("snapshot",)):
        result = ran(*words, "--help")
        assert result.exit_code == 0
        assert max(map(len, result.output.splitlines())) <= 80
    for word in ("verify", "show", "replay", "diff", "snapshot"):
        assert word in ran("--help").output


def test_verify_says_what_there_is(lived: Path) -> None:
    result = ran("verify", lived)
    assert result.exit_code == 0
    assert "all is well" in result.output
    found = json.loads(ran("verify", lived, "--json").output)
    assert found["center"] == "bank"
    assert found["digests"] == found["end"]
    assert found["commands"] > 30
    quick = json.loads(ran("verify", lived, "--json", "--no-replay").output)
    assert (quick["state_hash"], quick["digests"]) == (None, 0)


def test_verify_names_the_place_of_damage(lived: Path, tmp_path: Path) -> None:
    copy = tmp_path / "j"
    subprocess.run(["cp", "-r", str(lived), str(copy)], check=True)
    flip(copy / "journal.db", (copy / "journal.db").read_bytes().index(b"call-3"))
    result = ran("verify", copy)
    assert result.exit_code == Exit.DAMAGED
    assert "the checksum of this row does not hold" in " ".join(result.output.split())
    empty = tmp_path / "empty"
    empty.mkdir()
    assert ran("verify", empty).exit_code == Exit.STORAGE
    assert "there is no journal here" in " ".join(ran("verify", empty).output.split())


def test_show_is_in_words_and_filtered(lived: Path) -> None:
    lines = ran("show", lived).output.splitlines()
    assert lines[0].startswith("1.1 2027-01-15 08:00:00.000 CONFIGURE")
    assert sum("ENQUEUE" in one for one in lines) == 10
    about = ran("show", lived, "--interaction", "call-0").output.splitlines()
    assert [one.split()[3] for one in about] == ["ENQUEUE", "ACCEPT", "COMPLETE"]
    assert "interaction=call-0" in about[0] and "queue=loans" in about[0]
    agents = {word for one in about[1:] for word in one.split() if word.startswith("agent=")}
    assert len(agents) == 1
    name = agents.pop().removeprefix("agent=")
    of_agent = ran("show", lived, "--agent", name, "--operation", "accept").output.splitlines()
    assert of_agent
    assert all("ACCEPT" in one and f"agent={name}" in one for one in of_agent)
    refused = [one for one in lines if one.endswith("-> UNKNOWN_INTERACTION")]
    assert len(refused) == 1
    some = ran("show", lived, "--from", "2027-01-15T08:00:10", "--to", "2027-01-15T08:00:20Z").output.splitlines()
    assert some
    assert all("08:00:1" in one for one in some)
    assert len(ran("show", lived, "--position", "2").output.splitlines()) == 1
    one, *_ = ran("show", lived, "--json", "--operation", "enqueue").output.splitlines()
    record = json.loads(one)
    assert (record["interaction"], record["queue"], record["operation"]) == ("call-0", "loans", "enqueue")
    assert record["request_id"].endswith("1")
    assert ran("show", lived, "--from", "yesterday").exit_code == 2
    assert ran("show", lived, "--operation", "steal").exit_code == 2


def test_replay_comes_to_the_same_state_twice(lived: Path, tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    first = json.loads(ran("replay", lived, "--json").output)
    second = json.loads(ran("replay", lived, "--json", "--decisions", file).output)
    assert first["state_hash"] == second["state_hash"]
    decided = [json.loads(one) for one in file.read_text().splitlines()]
    assert len(decided) == first["decisions"] == second["decisions"] > 5
    assert {"anna", "ben"} == {one["agent"] for one in decided}
    assert "commands" in ran("replay", lived).output


def test_builds_that_decide_alike_show_no_difference(lived: Path) -> None:
    result = ran("diff", lived, "--build", sys.executable)
    assert result.exit_code == 0, result.output
    assert "0 not" in result.output


def test_another_center_shows_who_would_have_been_offered_what(lived: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.yaml"
    file.write_text(CENTER, encoding="utf-8")
    same = ran("diff", lived, "--center", file)
    assert (same.exit_code, "0 not" in same.output) == (0, True), same.output
    file.write_text(CENTER.replace("anna: {skills: {stocks: 7, loans: 3}}", "anna: {skills: {stocks: 7}}"))
    result = ran("diff", lived, "--center", file)
    assert result.exit_code == 1
    assert max(map(len, result.output.splitlines())) <= 80
    assert "with this file" in result.output
    record = json.loads(ran("diff", lived, "--center", file, "--json").output)
    assert record["different"] > 0
    file.write_text(CENTER.replace("  ben:", "  bob:"))
    assert "left out" in ran("diff", lived, "--center", file).output
    assert ran("diff", lived).exit_code == 2
    file.write_text("center: 7\n")
    assert ran("diff", lived, "--center", file).exit_code == 1


def test_a_snapshot_is_made_by_hand_too(lived: Path, tmp_path: Path) -> None:
    copy = tmp_path / "j"
    subprocess.run(["cp", "-r", str(lived), str(copy)], check=True)
    nice = os.nice(0)
    done = subprocess.run(
        [sys.executable, "-m", "acdcore.cli", "journal", "snapshot", str(copy), "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    made = json.loads(done.stdout)
    journal = SqliteJournal(copy, readonly=True)
    assert made["position"] == journal.end
    assert made["digests"] == journal.end
    journal.close()
    assert os.nice(0) == nice
    assert json.loads(ran("verify", copy, "--json").output)["snapshots"] == [made["position"]]
