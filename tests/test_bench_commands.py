"""The command lines of single benchmarks: what they refuse before anything is measured, and how their help looks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from typer.testing import Result as Ran

from acdcore.bench import flat_out, journal_cost, journal_recovery, memory, pathology
from acdcore.bench.command_line import program
from acdcore.bench.instructions import __main__ as instructions
from acdcore.bench.instructions import count
from acdcore.bench.metrics_cost import main as metrics_cost
from acdcore.bench.open_loop.run import main as open_loop
from acdcore.bench.pathology_cases import CASES
from acdcore.bench.reference_job import Shape
from acdcore.bench.tails import __main__ as tails
from acdcore.bench.tails.run import Kind
from acdcore.bench.terminal import printed, put, table

pytestmark = pytest.mark.plain

COMMANDS = (
    "flat_out", "instructions", "journal_cost", "journal_recovery", "journal_replay", "load", "memory", "metrics_cost",
    "open_loop", "pathology", "scrape", "sizing", "soak", "tails",
)  # fmt: skip


def ran(main: Any, *arguments: str) -> Ran:
    """Run a command line in this process, 80 columns wide."""
    return CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(program(main), arguments)


def refusal(main: Any, *arguments: str) -> str:
    """Return with which words a command line refuses something, as wrong usage."""
    done = ran(main, *arguments)
    assert done.exit_code == 2, done.output
    return " ".join(re.sub(r"[│╭╰─╮╯]", " ", done.output).split())


def started(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Start a benchmark as people do, in a terminal of 80 columns."""
    return subprocess.run(
        [sys.executable, "-m", f"acdcore.bench.{name}", *arguments], capture_output=True, text=True, timeout=60,
        env=os.environ | {"COLUMNS": "80"}, check=False,
    )  # fmt: skip


# ---------------------------------------------------------------------- help


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_80_columns_and_names_the_command_as_it_is_called(name: str) -> None:
    done = started(name, "--help")
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert not re.search(r"^ \S{1,4} *$", done.stdout, re.MULTILINE)  # a line of its words, broken again
    assert re.search(rf"^ Usage: python -m acdcore\.bench\.{name} \[OPTIONS\]", done.stdout, re.MULTILINE)
    assert not re.search(r"<(bool|int|str|list|path)|…", done.stdout), done.stdout


def test_every_benchmark_with_a_command_line_is_among_them(root: Path) -> None:
    files = [*(root / "bench").glob("*.py"), *(root / "bench").glob("*/__main__.py")]
    names = {
        path.parent.name if path.name == "__main__.py" else path.stem
        for path in files
        if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }
    assert names == {*COMMANDS}


def test_what_callgrind_runs_says_who_starts_it() -> None:
    for words in ((), ("--help",), ("accept", "100", "decline")):
        done = started("instructions.worker", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "it is started by python -m acdcore.bench.instructions only, under valgrind\n"


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("main", "arguments", "said"),
    [
        (pathology.main, ("--only", "nothing"), "'--only': nothing; allowed: rare skill; many skills;"),
        (pathology.main, ("--size", "10,1000"), "'--size': 10,1000; allowed: whole numbers from 104"),
        (pathology.main, ("--size", "1000,1000"), "'--size': 1000; allowed: two different sizes or more"),
        (pathology.main, ("--replays", "0"), "'--replays': 0; allowed: whole numbers from 1"),
        (tails.main, ("--only", "waiting"), "'--only': waiting; allowed: reference; full law"),
        (tails.main, ("--growth", "--only", "reference"), "'--only': reference; allowed: waiting; ids;"),
        (tails.main, ("--only", "full law", "--profiles", "40"), "full law has no profiles; allowed: reference"),
        (tails.main, ("--size", "1000"), "'--size': it goes with --growth"),
        (tails.main, ("--growth", "--waiting", "500"), "'--waiting': it has no meaning with --growth"),
        (tails.main, ("--growth", "--profiles", "4"), "'--profiles': it has no meaning with --growth"),
        (tails.main, ("--agents", "0"), "'--agents': 0; allowed: whole numbers from 1 to 1000000"),
        (tails.main, ("--agents", "-5"), "'--agents': -5; allowed"),
        (tails.main, ("--waiting", "-3"), "'--waiting': -3; allowed: whole numbers from 0"),
        (journal_recovery.main, ("--waiting", "-1"), "'--waiting': -1; allowed: whole numbers from 0"),
        (journal_recovery.main, ("--agents", "7"), "'--agents': 7; allowed: whole numbers from 20"),
        (journal_recovery.main, ("--agents", "30"), "'--agents': 30; allowed: multiples of 20"),
        (journal_cost.main, ("--clients", "0"), "'--clients': 0; allowed: whole numbers from 1"),
        (journal_cost.main, ("--folder", "/nowhere/x"), "'/nowhere/x' does not exist"),
        (instructions.main, ("--update", "--baseline", "/nowhere/x"), "/nowhere/x; allowed: a file in a folder that"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(main: Any, arguments: tuple[str, ...], said: str) -> None:
    assert said in refusal(main, *arguments)


@pytest.mark.parametrize("main", [tails.main, pathology.main, memory.main, open_loop, metrics_cost])
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_measured(main: Any, tmp_path: Path) -> None:
    assert "'--json': /nowhere/x; allowed: a file in a folder that exists" in refusal(main, "--json", "/nowhere/x")
    assert re.search(r"is a folder; +allowed: a file", refusal(main, "--json", str(tmp_path)))


@pytest.mark.parametrize("main", [open_loop, metrics_cost])
def test_a_page_without_the_block_is_refused_before_anything_is_measured(main: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing", encoding="utf-8")
    assert "0 blocks under" in refusal(main, "--page", str(page))


def test_what_counts_instructions_says_a_name_a_line_what_it_can_count() -> None:
    done = ran(instructions.main, "--only", "dance")
    first, second, *names = done.stderr.splitlines()
    assert first.startswith("instructions: nothing is called dance; allowed")
    assert max(len(first), len(second)) <= 80
    assert [name.strip() for name in names] == list(dict.fromkeys(task.name for task in count.all_tasks()))


# ---------------------------------------------------------------------- what is measured


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_least_size_is_enough_for_every_case(case: Any) -> None:
    assert len(case.make(pathology.LEAST).labels) > 1


def test_one_case_is_measured_at_the_sizes_that_are_asked_for(tmp_path: Path) -> None:
    arguments = ("--only", "closing", "--size", "300,110", "--replays", "1")
    done = ran(pathology.main, *arguments)
    assert done.exit_code == 0, done.output
    assert re.search(r"^ +n=110 +n=300 +growth", done.stdout, re.MULTILINE)
    assert "A scan of everything grows x 2.7" in done.stdout
    assert "closing: a queue" in done.stdout and "equal keys" not in done.stdout
    told = tmp_path / "told.json"
    ran(pathology.main, *arguments, "--json", str(told))
    assert [row["case"] for row in json.loads(told.read_text(encoding="utf-8"))] == ["closing"]


def test_tails_are_measured_of_all_combinations_of_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Shape]] = []

    def note(job: str, shape: Shape, *_: object) -> None:
        asked.append((job, shape))

    monkeypatch.setattr(tails, "load_tails", note)
    monkeypatch.setattr(tails, "show_loads", lambda *_: None)
    for arguments, shapes in (
        (("--waiting", "500"), [Shape(1_000, waiting=500)]),
        (("--agents", "20,30", "--profiles", "4"), [Shape(20, 4), Shape(30, 4)]),
        (("--agents", "20"), [Shape(20)]),
        ((), [*tails.SHAPES]),
    ):
        asked.clear()
        assert ran(tails.main, *arguments).exit_code == 0
        assert [shape for job, shape in asked if job == "reference"] == shapes
        assert [shape for job, shape in asked if job == "full law"] == [one for one in shapes if not one.profiles]


def test_tails_of_profiles_say_so() -> None:
    few = ("--agents", "20", "--profiles", "4", "--waiting", "5", "--events", "1000", "--replays", "1", "--rate", "0")
    done = ran(tails.main, *few)
    assert done.exit_code == 0, done.output
    assert "Single commands of the reference job, agents of 4 profiles\n" in done.stdout
    assert "The longest: reference job, 20 agents of 4 profiles, 5 waiting (results" in done.stdout
    assert "full law" not in done.stdout
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines == [line.rstrip() for line in lines]


def test_the_slowest_commands_are_told_with_what_happened_in_them() -> None:
    assert tails.kind_words(Kind("ENQUEUE", 50, 0.5, 0.0, 0)) == "50% ENQUEUE"
    assert tails.kind_words(Kind("ENQUEUE", 50, 0.5, 0.0, 7)) == "50% ENQUEUE (an array grew in 7 of 50)"
    both = "50% ADVANCE (1.5 timers each, an array grew in 7 of 50)"
    assert tails.kind_words(Kind("ADVANCE", 50, 0.5, 1.5, 7)) == both


def test_a_quantile_is_a_value_that_so_many_do_not_exceed() -> None:
    result = flat_out.FlatOutResult(4, 3, enqueue_seconds=[0.004, 0.001, 0.003, 0.002])
    cell = journal_cost.Cell(times_s=[0.004, 0.001, 0.003, 0.002])
    assert [result.enqueue_ms(share) for share in (0.5, 0.51, 1.0)] == [2.0, 3.0, 4.0]
    assert [cell.quantile_ms(share) for share in (0.5, 0.51, 1.0)] == [2.0, 3.0, 4.0]


# ---------------------------------------------------------------------- the tools below


def test_a_title_is_not_broken_where_its_table_is_narrower() -> None:
    drawn = table("A title that says what it is about", "n")
    drawn.add_row("1")
    shown = printed(lambda to: put(to, drawn)).splitlines()
    assert shown == ["A title that says what it is about", "", " n", " ─", " 1", ""]
