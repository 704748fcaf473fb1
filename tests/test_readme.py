"""Every block of the README does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from acdcore.bench.demo.server import DemoServer
from acdcore.config import center_commands, load_center
from acdcore.router import Core

pytestmark = pytest.mark.plain

ADDRESS = "127.0.0.1:50051"


@dataclass(frozen=True)
class Block:
    """A fenced block, what kind it is, and which command a comment before it names."""

    kind: str
    text: str
    command: str


def blocks() -> list[Block]:
    """Return the README's fenced blocks in order."""
    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    pattern = r"(?:<!-- output of: (?P<command>[^>]+) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)```\n"
    found = [Block(one["kind"], one["text"], one["command"] or "") for one in re.finditer(pattern, text, re.DOTALL)]
    assert text.count("```") == 2 * len(found), "a block that no test looks at"
    return found


BLOCKS = blocks()


def run(program: str, *arguments: str) -> str:
    """Run a Python program and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def words(text: str) -> set[str]:
    """Return the words of an output, without figures, hashes and frames."""
    without = re.sub(r"\b(?=[a-f]*\d)[0-9a-f]{8,16}\b|0x[0-9a-f]+", "", text)
    return set(re.findall(r"[A-Za-z][A-Za-z'-]{2,}", without))


def source_words(root: Path) -> set[str]:
    """Return the words that stand in the code of the commands that measure."""
    sources = [*(root / "bench").rglob("*.py"), *(root / "sim").glob("*.py"), *(root / "sim" / "data").glob("*.yaml")]
    return words("".join(path.read_text(encoding="utf-8") for path in sources))


def test_only_kinds_that_are_tested() -> None:
    assert [block.kind for block in BLOCKS].count("sh") == 1
    assert {block.kind for block in BLOCKS} == {"sh", "python", "text", "yaml"}


def test_the_two_commands_are_targets_that_say_what_they_do(root: Path) -> None:
    commands = next(block for block in BLOCKS if block.kind == "sh").text.split("\n")
    assert commands[:-1] == ["make demo", "make test"]
    shown = subprocess.run(["make", "help"], cwd=root, capture_output=True, text=True, check=True).stdout
    for command in commands[:-1]:
        assert f"  {command} " in shown


def test_programs_print_what_the_readme_shows(root: Path) -> None:
    """Each program, and the text block right after it; those that need a server get one."""
    programs = [number for number, block in enumerate(BLOCKS) if block.kind == "python"]
    assert len(programs) == 2
    center = (root / "sim" / "data" / "bank_center.yaml").read_text(encoding="utf-8")
    for number in programs:
        program, expected = BLOCKS[number].text, BLOCKS[number + 1].text
        if ADDRESS in program:
            with DemoServer(center, 1.0) as server:
                for _ in range(2):  # and again: it leaves the center as it found it
                    assert run(program.replace(ADDRESS, server.target)) == expected
        else:
            assert run(program) == expected


def test_the_first_program_is_short() -> None:
    program = next(block.text for block in BLOCKS if block.kind == "python")
    body = program.split("async def main():")[1].split("asyncio.run")[0]
    assert len(body.strip().splitlines()) <= 10


def test_the_center_is_valid_and_routes(tmp_path: Path) -> None:
    path = tmp_path / "flowers.yaml"
    path.write_text(next(block.text for block in BLOCKS if block.kind == "yaml"), encoding="utf-8")
    core = Core()
    assert all(core.apply(command).code == 0 for command in center_commands(load_center(path), 0))
    checked = subprocess.run(
        [sys.executable, "-m", "acdcore.cli", "check", str(path)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_demo_ends_as_shown(root: Path) -> None:
    """The same tables, from two hours of the day; what only a whole day prints stands in the code."""
    shown = next(block.text for block in BLOCKS if block.command == "acdcore demo")
    printed = run("from acdcore.cli import main; main()", "demo", "--until", "09:00")
    assert words(shown) - words(printed) - source_words(root) == set()
    for line in ("What a center's manager asks", "What an engineer asks", "a command inside the core"):
        assert line in shown
        assert line in printed
    assert "it adds up" in " ".join(printed.split())
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    "command",
    [
        "acdcore bench --agents 1000",
        "acdcore bench --full-law",
        "python -m acdcore.bench.flat_out",
        "acdcore demo --trace 1999-01.csv.gz",
    ],
)
def test_other_outputs_are_of_commands_that_there_are(command: str, root: Path) -> None:
    """Too long to run here: their words must stand in the code that prints them."""
    shown = next(block.text for block in BLOCKS if block.command == command)
    assert words(shown) - source_words(root) == set()


@pytest.mark.parametrize("number", range(2))
def test_simulated_days_are_as_shown(number: int, root: Path) -> None:
    """In the same words everywhere; to the last digit where chance is the same, which the C library may change."""
    block = [block for block in BLOCKS if block.command.startswith("acdcore sim")][number]
    done = subprocess.run(
        [sys.executable, "-m", "acdcore.cli", *block.command.split()[1:]],
        capture_output=True, text=True, cwd=root, env=os.environ | {"COLUMNS": "80"}, timeout=120, check=True,
    )  # fmt: skip
    printed = "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines() if not line.startswith("Took"))
    shown = "".join(f"{line}\n" for line in block.text.splitlines() if not line.startswith("Took"))
    assert words(shown) == words(printed)
    results = [re.findall(r"result (\w+)", text) for text in (shown, printed)]
    if results[0] and results[0] == results[1]:
        assert shown.strip() == printed.strip()


def test_links_lead_somewhere(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    for link in links:
        assert link.startswith("https://") or (root / link).exists(), link
