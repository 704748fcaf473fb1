"""The journal's page: its figures are the code's, its commands are there, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acdcore.bench.journal_cost import compared, report
from acdcore.bench.journal_replay import SEEDS
from acdcore.cli.app import app
from acdcore.cli.output import Exit
from acdcore.commands import LEAST_GRACE_NS
from acdcore.errors import DoorReason
from acdcore.journal import sqlite
from acdcore.journal.committer import DIGEST_EVERY, SLOW_S
from acdcore.journal.keeper import SNAPSHOT_EVERY
from acdcore.logs import EVENTS
from acdcore.rpc.owner import GAP_NS

pytestmark = pytest.mark.plain

SECOND_NS = 10**9


@pytest.fixture(scope="module")
def page() -> str:
    return (Path(__file__).parents[1] / "docs" / "journal.md").read_text(encoding="utf-8")


def test_every_exit_code_of_a_journal_is_there(page: str) -> None:
    table = page.split("<!-- exit codes -->")[1].split("\n\n", maxsplit=1)[0]
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    assert codes == {int(code) for code in Exit} - {Exit.UNREACHABLE}


def test_its_figures_are_those_of_the_code(page: str) -> None:
    text = " ".join(page.split())
    for words in (
        f"has {(sqlite.LOG_BYTES + sqlite.SPARE_BYTES) >> 20} MiB from the start and needs {sqlite.LOG_BYTES >> 20}",
        f"for at least {LEAST_GRACE_NS // SECOND_NS} seconds",
        f"After every {SNAPSHOT_EVERY:,} commands",
        f"`application_id` 0x{sqlite.APPLICATION:x}, `user_version` {sqlite.FORMAT}",
    ):
        assert words in text, words
    assert (DIGEST_EVERY, SLOW_S, GAP_NS) == (1_000, 2.0, 5 * SECOND_NS)
    for words in ("after every thousand commands", "longer than two seconds", "more than five seconds"):
        assert words in text, words


def test_what_it_names_is_there(page: str, root: Path) -> None:
    reasons = {name for name in re.findall(r"`([A-Z_]{6,})`", page) if "_" in name} - {"RESOURCE_EXHAUSTED"}
    assert {"DISK_FULL", "COMMIT_SLOW", "COMMIT_FAILED"} <= reasons
    assert reasons - {"XDG_STATE_HOME"} <= set(DoorReason)
    for event in ("torn_write", "snapshot_passed_over", "journal_low", "journal_full", "journal_has_room"):
        assert f"`{event}`" in page
        assert event in EVENTS
    for path in re.findall(r"\]\(([^)#]+)\)", page):
        assert (root / "docs" / path).exists(), path


def test_every_command_and_option_on_it_is_there(page: str) -> None:
    runner = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    for command in ("verify", "show", "replay", "diff", "snapshot"):
        rows = [row for row in page.splitlines() if row.startswith(f"| `{command} DIR")]
        assert rows
        shown = runner.invoke(app, ["journal", command, "--help"]).output
        for option in re.findall(r"--[a-z-]+", " ".join(rows)):
            assert option in shown, (command, option)
    shown = runner.invoke(app, ["serve", "--help"]).output
    assert all(option in shown for option in ("--data", "--volatile", "--snapshot-every"))


def test_every_figure_comes_from_a_command_that_is_there(page: str, root: Path) -> None:
    blocks = re.findall(r"<!-- output of: python -m acdcore\.bench\.(\w+)[^>]*-->\n```text\n(.*?)```", page, re.DOTALL)
    assert [name for name, _ in blocks] == ["journal_cost", "journal_recovery", "journal_replay"]
    for name, text in blocks:
        source = (root / "bench" / f"{name}.py").read_text(encoding="utf-8")
        assert max(map(len, text.splitlines())) <= 80
        assert "cores" in text and "cores" in source  # the machine is named
    _, replayed = blocks[-1]
    rows = re.findall(r"^ +\d+ .* ([\d,]+) +([0-9a-f]{16})$", replayed, re.MULTILINE)
    assert "decisions a second" in replayed
    assert len(rows) == len(SEEDS) == 2
    assert {state for _, state in rows} == {*re.findall(r"their state is ([0-9a-f]{16})", replayed)}


def test_what_it_costs_is_measured_by_the_command_that_it_names(tmp_path: Path) -> None:
    cells = compared([2], 1, 0.2, tmp_path)
    table = report(cells, 1.0)
    assert re.search(r"^ +2 +\d", table, re.MULTILINE)
    assert max(map(len, table.splitlines())) <= 80
    assert all(cell.rates[0] > 0 for cell in cells.values())
