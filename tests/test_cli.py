"""The command line as people meet it: help, exit codes, and ids that cannot forge what is printed."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner
from typer.testing import Result as Ran

import acdcore
from acdcore.cli.app import app, sample_center
from acdcore.cli.output import Exit, plain

VALID = """\
center: "[red]it's {mine}\\"[/red]"
skills: [s, "[blink]spare"]
queues:
  "q[bold]": {plan: [{requires: {s: 1}}]}
agents:
  anna: {skills: {s: 5}}
"""


class Served(NamedTuple):
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    said: str
    port: int
    metrics_port: int


def ran(*arguments: str | Path) -> Ran:
    """Run the command line in this process, 80 columns wide."""
    return CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, [str(word) for word in arguments])


@pytest.fixture
def valid(tmp_path: Path) -> Path:
    path = tmp_path / "center.yaml"
    path.write_text(VALID, encoding="utf-8")
    return path


@pytest.fixture
def served(valid: Path) -> Iterator[Served]:
    command = [sys.executable, "-m", "acdcore.cli", "serve", str(valid), "--port", "0", "--metrics-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"on 127\.0\.0\.1:(\d+), metrics on http://127\.0\.0\.1:(\d+)/metrics", said)
        try:
            assert found, said + (process.stderr.read() if process.stderr and process.poll() is not None else "")
            yield Served(process, said, int(found[1]), int(found[2]))
        finally:
            process.kill()


# ---------------------------------------------------------------------- help and usage


def test_help_says_what_there_is_and_what_exit_codes_mean() -> None:
    result = ran("--help")
    assert result.exit_code == Exit.OK
    for command in ("serve", "demo", "check", "status"):
        assert re.search(rf"│ {command} +\w", result.output), command
    words = " ".join(result.output.split())
    assert "0 all is well" in words
    assert "1 the input or a center's file is invalid" in words
    assert "2 wrong usage" in words
    assert "3 no server reached" in words
    assert "4 it failed" in words


@pytest.mark.parametrize("command", ["serve", "demo", "check", "status"])
def test_help_of_every_command_fits_80_columns(command: str) -> None:
    result = ran(command, "--help")
    assert result.exit_code == Exit.OK
    assert f"Usage: acdcore {command}" in result.output
    assert max(map(len, result.output.splitlines())) <= 80


def test_version() -> None:
    result = ran("--version")
    assert (result.exit_code, result.output) == (Exit.OK, f"acdcore {acdcore.__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("chek",),
        ("check",),
        ("check", "none.yaml"),
        ("serve", "--port", "70000"),
        ("serve", "--speed", "nan"),
        ("serve", "--speed", "0"),
        ("status", "--timeout", "-1"),
        ("status", "--timeout", "nan"),
        ("demo", "--trace", "none.csv"),
        ("demo", "--until", "25:00"),
        ("demo", "--until", "noon"),
        ("demo", "--days", "0"),
        ("demo", "--days", "2"),
        ("demo", "--speed", "nan"),
    ],
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    assert ran(*arguments).exit_code == Exit.USAGE


# ---------------------------------------------------------------------- check


def test_check_of_a_valid_file_says_so_and_shows_warnings(valid: Path) -> None:
    result = ran("check", valid)
    assert result.exit_code == Exit.OK
    assert "is valid: center [red]it's {mine}\"[/red], 2 skills, 1 tier, 1 queue, 1 agent, 2 warnings" in result.output
    assert "2  skills[1]  no agent has this skill (got [blink]spare)" in result.output
    assert ran("check", "--strict", valid).exit_code == Exit.INVALID


def test_check_of_the_sample_bank_finds_nothing() -> None:
    result = ran("check", "--strict", sample_center())
    assert result.exit_code == Exit.OK
    assert "0 warnings" in result.output


def test_check_prints_every_problem_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(
        "center: c\nskills: [s, s]\nqueues:\n  q: {plan: [{requires: {t: 1}}], target: soon}\n", encoding="utf-8"
    )
    result = ran("check", path)
    assert result.exit_code == Exit.INVALID
    assert "is invalid: 3 problems" in result.output
    rows = [line.split() for line in result.output.splitlines()]
    assert ["2", "skills[1]"] in [row[:2] for row in rows]
    assert ["4", "queues.q.target"] in [row[:2] for row in rows]
    assert "(got soon)" in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("quoted", "shown"),
    [
        (r'"\e[31mred\e[0m"', r"\x1b[31mred\x1b[0m"),
        (r'"two\nlines"', r"two\nlines"),
        (r'"\u202egnorw"', r"\u202egnorw"),
        (r'"[red]{x}\t"', r"[red]{x}\t"),
        (r'"[link=http://x]\0"', r"[link=http://x]\x00"),
    ],
)
def test_what_could_forge_the_output_is_escaped(tmp_path: Path, quoted: str, shown: str) -> None:
    path = tmp_path / "nasty.yaml"
    path.write_text(f"center: {quoted}\n", encoding="utf-8")
    result = ran("check", path)
    assert result.exit_code == Exit.INVALID
    assert shown in " ".join(result.output.split())
    assert all(letter.isprintable() for letter in result.output.replace("\n", ""))


def test_plain_text_is_never_markup() -> None:
    assert plain("[red]x[/red]").plain == "[red]x[/red]"
    assert plain("[red]x[/red]").spans == []
    assert plain("\x1b]8;;http://x\x07").plain == r"\x1b]8;;http://x\x07"


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"center: caf\xe9\n")
    result = ran("check", path)
    assert result.exit_code == Exit.INVALID
    assert "is not UTF-8" in result.output


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("# A heading\n\n**The core.** Words\n", 3, "is not valid YAML: refers to an anchor that is not defined"),
        ("center: [\n", 2, "is not valid YAML: while parsing"),
        ("Only words\n", 1, "must be a mapping of fields"),
    ],
)
def test_what_is_no_center_at_all_is_said_first(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "README.md"
    path.write_text(text, encoding="utf-8")
    result = ran("check", path)
    assert result.exit_code == Exit.INVALID
    whole = " ".join(result.output.split())
    assert f"README.md is not a center's YAML line where what {line} - {said}" in whole


# ---------------------------------------------------------------------- serve and status


def test_a_server_serves_answers_status_and_stops_on_sigterm(served: Served) -> None:
    assert served.said.startswith("acdcore serving center [red]it's {mine}\"[/red] on 127.0.0.1:")
    result = ran("status", "--address", f"127.0.0.1:{served.port}")
    assert result.exit_code == Exit.OK, result.output
    assert "center [red]it's {mine}\"[/red] on" in result.output
    assert re.search(r"0 available, .* 1 offline", " ".join(result.output.split()))
    assert re.search(r"q\[bold\] +standard +0 +- +0 +0 +-", result.output)
    assert max(map(len, result.output.splitlines())) <= 80
    told = json.loads(ran("status", "--json", "--address", f"127.0.0.1:{served.port}").output)
    assert told["center"] == "[red]it's {mine}\"[/red]"
    assert told["agents_offline"] == 1
    assert [(row["queue"], row["waiting"], row["service_level"]) for row in told["queues"]] == [("q[bold]", 0, None)]
    with urllib.request.urlopen(f"http://127.0.0.1:{served.metrics_port}/metrics", timeout=10) as page:
        assert "acdcore_" in page.read().decode()
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(timeout=20) == Exit.OK
    unreachable = ran("status", "--address", f"127.0.0.1:{served.port}", "--timeout", "0.3")
    assert unreachable.exit_code == Exit.UNREACHABLE
    assert f"no server reached at 127.0.0.1:{served.port}" in unreachable.output


def test_a_port_that_is_taken_is_said_and_fails(served: Served, valid: Path) -> None:
    command = [sys.executable, "-m", "acdcore.cli", "serve", str(valid), "--no-metrics", "--port", str(served.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == Exit.FAILED
    assert f"cannot listen on 127.0.0.1:{served.port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_serving_an_invalid_file_serves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("center: c\nqueues: {q: {plan: [{}], target: -1s}}\n", encoding="utf-8")
    result = ran("serve", path, "--port", "0")
    assert result.exit_code == Exit.INVALID
    assert "queues.q.target" in result.output
    assert "acdcore serving" not in result.output
