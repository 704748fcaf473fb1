"""The guard against slowness: it counts exactly, sees what is planted, and never passes in silence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from shutil import which
from typing import Final

import pytest
import typer

from acdcore.bench.instructions import __main__ as instructions
from acdcore.bench.instructions import count
from acdcore.bench.instructions.__main__ import (
    BASELINE,
    TOLERANCE_PERCENT,
    WIDE_PERCENT,
    Baseline,
    changes_of,
    judge,
    read_baseline,
    said,
    table,
    tolerance_for,
    write_baseline,
)
from acdcore.bench.instructions.count import (
    Build,
    CannotMeasureError,
    Figure,
    Task,
    all_tasks,
    compiler_of,
    figures_of,
    this_build,
    total_of,
)

pytestmark = pytest.mark.plain

BUILD: Final = Build("x86_64", "GNU C17 12.2.0 -O3", "3.1.0", "glibc 2.36")
PROFILE: Final = """\
# callgrind format
version: 1
desc: Trigger: --dump-after=acdcore_counted
events: Ir
summary: 463920

fn=(2) acdcore_measured
0 20
totals: {total}
"""
NAME: Final = "accept, refused @ 100"

needs_valgrind = pytest.mark.skipif(
    not which("valgrind") or "asan" in os.environ.get("LD_PRELOAD", ""),
    reason="needs valgrind (apt-get install valgrind), and a build without sanitizers",
)


def verdict_of(was: dict[str, Figure], now: dict[str, Figure], tolerance: float = TOLERANCE_PERCENT) -> str:
    """Return all that is said of some figures, and whether they are good, as one text."""
    verdict = judge(changes_of(was, now), tolerance)
    return "\n".join([*said(verdict), "good" if verdict.is_good else "bad"])


# ---------------------------------------------------------------------- what is read


def test_the_total_of_a_profile_is_read(tmp_path: Path) -> None:
    profile = tmp_path / "profile.2"
    profile.write_text(PROFILE.format(total=463_920))
    assert total_of(profile) == 463_920


@pytest.mark.parametrize("content", [None, "", "events: Ir\n", PROFILE.format(total=0)])
def test_a_profile_in_which_nothing_was_counted_is_an_error(tmp_path: Path, content: str | None) -> None:
    profile = tmp_path / "profile.2"
    if content is not None:
        profile.write_text(content)
    with pytest.raises(CannotMeasureError, match=r"counted nothing \(profile.2\)"):
        total_of(profile)


def test_every_task_has_the_second_of_its_two_profiles(tmp_path: Path) -> None:
    for number, total in enumerate((7, 3_200, 9, 480), start=1):
        (tmp_path / f"profile.{number}").write_text(PROFILE.format(total=total))
    tasks = [Task("accept", 100), Task("reference job, 40 profiles", 1_000, 40)]
    figures = figures_of(tasks, '[32, "aa"]\n[100, "bb"]\n', tmp_path)
    assert figures == {"accept @ 100": Figure(100.0, "aa"), "reference job, 40 profiles @ 1000": Figure(4.8, "bb")}
    with pytest.raises(CannotMeasureError, match="1 of 2 operations"):
        figures_of(tasks, '[32, "aa"]\n', tmp_path)


def test_the_compiler_is_what_the_module_says(tmp_path: Path) -> None:
    module = tmp_path / "module.so"
    comment = b"\0GCC: (Debian 12.2.0-14) 12.2.0\0"
    for content, expected in (
        (b"\x7fELF" + comment + b"main.c\0GNU C17 12.2.0 -O3 -fwrapv\0", "GNU C17 12.2.0 -O3 -fwrapv"),
        (b"\x7fELF" + comment, "GCC: (Debian 12.2.0-14) 12.2.0"),
        (b"\x7fELF\0Debian clang version 14.0.6\0", "Debian clang version 14.0.6"),
        (b"\x7fELF", "not known"),
    ):
        module.write_bytes(content)
        assert compiler_of(module) == expected
    assert this_build().compiler != "not known"


def test_a_baseline_is_read_as_it_was_written_a_figure_a_line(tmp_path: Path) -> None:
    baseline = Baseline(BUILD, {"accept @ 100": Figure(1672.69, "aa"), 'say "hi" @ 100': Figure(1.0, "bb")})
    path = tmp_path / "baseline.json"
    write_baseline(path, baseline)
    assert read_baseline(path) == baseline
    assert sum(line.startswith('    "') and "result" in line for line in path.read_text().splitlines()) == 2


@pytest.mark.parametrize("content", ["", "{}", '{"build": {}, "figures": {}}', '{"figures": {"a": 1}}', "[]"])
def test_what_is_no_baseline_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(content)
    with pytest.raises(CannotMeasureError, match="is no baseline"):
        read_baseline(path)
    with pytest.raises(CannotMeasureError, match="there is no baseline"):
        read_baseline(tmp_path / "absent.json")


def test_the_committed_baseline_has_every_operation() -> None:
    """Otherwise `make bench-check` fails at once; this says so where no valgrind is."""
    if not BASELINE.exists():
        pytest.skip("this is an installed copy, without the baseline")
    assert list(read_baseline(BASELINE).figures) == [task.key for task in all_tasks()]


# ---------------------------------------------------------------------- what is judged


def test_a_slow_down_is_seen_and_an_improvement_is_praised() -> None:
    was = {name: Figure(1_000, "aa") for name in ("slow @ 100", "slow @ 10000", "even @ 100", "quick @ 100")}
    now = {
        "slow @ 100": Figure(1_031, "aa"),
        "slow @ 10000": Figure(1_029, "aa"),
        "even @ 100": Figure(971, "aa"),
        "quick @ 100": Figure(969, "aa"),
    }
    text = verdict_of(was, now)
    assert "SLOWER, by more than 3 %" in text
    assert "slow @ 100: 1,000 -> 1,031 (+3.1 %)" in text
    assert "Improved by more than 3 %" in text
    assert "quick @ 100: 1,000 -> 969 (-3.1 %)" in text
    assert "slow @ 10000" not in text and "even" not in text
    assert text.endswith("bad")
    assert verdict_of(was, now | {"slow @ 100": was["slow @ 100"]}).endswith("good")
    assert verdict_of(was, was) == "Nothing has changed by more than 3 %.\ngood"


@pytest.mark.parametrize(
    ("was", "now", "said_"),
    [
        ({}, {"new @ 100": Figure(5, "aa")}, "NOT IN THE BASELINE: "),
        ({"old @ 100": Figure(5, "aa")}, {}, "NO MORE MEASURED, "),
        ({"one @ 100": Figure(5, "aa")}, {"one @ 100": Figure(5, "bb")}, "OTHER RESULTS "),
        ({"one @ 100": Figure(5, "aa")}, {"one @ 100": Figure(1, "bb")}, "OTHER RESULTS "),
    ],
)
def test_nothing_goes_unseen(was: dict[str, Figure], now: dict[str, Figure], said_: str) -> None:
    text = verdict_of(was, now)
    assert text.startswith(said_)
    assert text.endswith("bad")
    assert "Improved" not in text


def test_another_build_is_said_to_be_one_and_another_machine_is_not_compared() -> None:
    assert tolerance_for(BUILD, BUILD) == (TOLERANCE_PERCENT, [])
    tolerance, differences = tolerance_for(BUILD, replace(BUILD, compiler="GNU C17 13.1.0 -O2", cython="3.2.0"))
    assert tolerance == WIDE_PERCENT
    assert [line.split(":")[0] for line in differences] == ["compiler", "cython"]
    assert "13.1.0" in differences[0] and "12.2.0" in differences[0]
    with pytest.raises(CannotMeasureError, match="not comparable: the baseline was taken on x86_64, this is aarch64"):
        tolerance_for(BUILD, replace(BUILD, machine="aarch64"))


def test_the_table_fits_80_columns_with_the_longest_names() -> None:
    from rich.console import Console

    figures = {task.key: Figure(1_234_567.9, "aa") for task in all_tasks()}
    others = {key: Figure(figure.instructions, "bb") for key, figure in figures.items()}
    console = Console(width=80)
    with console.capture() as shown:
        console.print(table(changes_of(figures, figures | dict(list(others.items())[:2])), TOLERANCE_PERCENT))
    lines = shown.get().splitlines()
    assert max(map(len, lines)) <= 80
    for task in all_tasks():
        assert any(task.name in line and f" {task.agents:,} " in line and "1,234,568" in line for line in lines)
    assert sum(line.rstrip().endswith("differs") for line in lines) == 2


def test_as_many_processes_count_as_there_are_processors_to_use(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    class Pool(ThreadPoolExecutor):
        def __init__(self, max_workers: int) -> None:
            seen.append(max_workers)
            super().__init__(max_workers)

    monkeypatch.setattr(count, "which", lambda _: "valgrind")
    monkeypatch.setattr(count, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(count, "count_some", lambda tasks: {task.key: count.Figure(1.0, "") for task in tasks})
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert len(count.count_all(count.all_tasks(), lambda _: None)) == len(count.all_tasks())
    assert seen == [1]


# ---------------------------------------------------------------------- the whole


def guard(*words: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the guard as a user does."""
    environment = os.environ | ({"PATH": path} if path is not None else {})
    return subprocess.run(
        [sys.executable, "-m", "acdcore.bench.instructions", *words],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("factor", [1.0, 1.05])
def test_the_command_fails_when_something_is_slower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], factor: float
) -> None:
    """The same, with figures that are given instead of counted."""
    path = tmp_path / "baseline.json"
    counted = {task.key: Figure(1_000 * factor, "aa") for task in all_tasks()}
    monkeypatch.setattr(instructions, "count_all", lambda tasks, _say: {task.key: counted[task.key] for task in tasks})
    write_baseline(path, Baseline(this_build(), {key: Figure(1_000, "aa") for key in counted}))
    with pytest.raises(typer.Exit) as ended:
        instructions.main(baseline=path)
    assert ended.value.exit_code == (1 if factor > 1 else 0)
    assert ("SLOWER" in capsys.readouterr().out) == (factor > 1)
    with pytest.raises(typer.Exit) as ended:
        instructions.main(update=True, only=[NAME], baseline=path)
    assert ended.value.exit_code == 0
    figures = read_baseline(path).figures
    assert [key for key, figure in figures.items() if figure.instructions != 1_000] == ([NAME] if factor > 1 else [])
    assert list(figures) == list(counted)


@needs_valgrind
def test_a_planted_slow_down_makes_it_fail(tmp_path: Path) -> None:
    """Counted again, two operations have the same figures; against a baseline that was lowered, one is slower."""
    path = tmp_path / "baseline.json"
    words = ("--only", NAME, "--only", "advance, nothing due @ 100", "--baseline", str(path))
    first = guard(*words, "--update")
    assert first.returncode == 0, first.stderr
    assert f"Baseline: 2 taken anew, in {path}" in first.stdout
    lowered = json.loads(path.read_text())
    lowered["figures"][NAME]["instructions"] /= 1.05
    path.write_text(json.dumps(lowered))
    again = guard(*words)
    assert again.returncode == 1, again.stderr
    assert "SLOWER, by more than 3 %" in again.stdout
    assert "(+5.0 %)" in again.stdout
    assert "+0.0 %" in again.stdout


def test_what_cannot_be_measured_is_said_and_is_no_success(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    absent = guard("--only", NAME, "--baseline", str(path))
    assert absent.returncode == 2
    assert f"there is no baseline at {path}" in absent.stderr
    write_baseline(path, Baseline(this_build(), {NAME: Figure(1.0, "aa")}))
    without = guard("--only", NAME, "--baseline", str(path), path=str(tmp_path))
    assert without.returncode == 2
    assert without.stderr.strip() == "instructions: valgrind is not installed: apt-get install valgrind"
    nothing = guard("--only", "dance", "--baseline", str(path))
    assert nothing.returncode == 2
    assert "nothing is called dance" in nothing.stderr
    write_baseline(path, Baseline(replace(this_build(), machine="pdp11"), {NAME: Figure(1.0, "aa")}))
    other = guard("--only", NAME, "--baseline", str(path))
    assert other.returncode == 2
    assert "not comparable: the baseline was taken on pdp11" in other.stderr
