"""The page about loads says what there is: keys, shapes, users, options, and plans that can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from acdcore.bench.command_line import program
from acdcore.bench.load import __main__ as load
from acdcore.bench.load.plan import SHAPES, SPANS, People, parse_plan, sample_path
from acdcore.config import load_center

pytestmark = pytest.mark.plain


@pytest.fixture(scope="module")
def page() -> str:
    return (Path(__file__).parents[1] / "docs" / "load.md").read_text(encoding="utf-8")


def rows(page: str, head: str) -> list[str]:
    """Return the first words of a table's rows."""
    table = page.split(f"| {head} |", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def test_every_habit_is_told(page: str) -> None:
    assert rows(page, "key of `people`") == [field.alias or name for name, field in People.model_fields.items()]


def test_every_shape_every_user_and_every_time_is_told(page: str, root: Path) -> None:
    assert tuple(rows(page, "`--shape`")) == SHAPES
    code = "".join((root / "bench" / "load" / f"{part}.py").read_text("utf-8") for part in ("callers", "desktops"))
    users = re.findall(r"^class (\w+)\((?:Caller|Person)\):\n(?!.*\n\n    abstract)", code, re.MULTILINE)
    assert set(rows(page, "user")) == set(users)
    weights = [int(weight) for weight in re.findall(r"^    weight = (\d+)", code, re.MULTILINE)]
    assert [int(found) for found in re.findall(r"\| (\d+) of 18", page)] == weights
    assert sum(weights) == 18
    for span in SPANS:
        assert f"`{span}`" in page


def test_the_plan_that_is_shown_can_be_read(page: str) -> None:
    [shown] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    plan = parse_plan(shown, "load.md", load_center(sample_path("center.yaml")))
    assert plan.people_of("outage").talk == (2 * 10**9, 2 * 10**9)


def test_every_command_is_one_that_there_is(page: str, root: Path) -> None:
    commands = [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    assert len(commands) > 8
    command_line = program(load.main)
    shown = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(command_line, ["--help"]).output
    options = shown + (root / "bench" / "load" / "locustfile.py").read_text("utf-8")
    makefile = (root / "Makefile").read_text("utf-8")
    for command in commands:
        if command.startswith("make "):
            assert all(f"$({name})" in makefile for name in re.findall(r"([A-Z]+)=", command)), command
        elif "acdcore.bench.load" in command:
            get_command(command_line).make_context("load", command.split("acdcore.bench.load", 1)[1].split())
        else:
            assert command.split()[0] in {".venv/bin/locust", ".venv/bin/acdcore"}
    for option in set(re.findall(r"`(--[a-z-]+)", page)) - {"--enable-rebalancing"}:
        assert option in options, option


def test_links_lead_somewhere(page: str, root: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page)
    assert links
    for link in links:
        assert link.startswith("https://") or (root / "docs" / link).exists(), link


def test_the_output_that_is_shown_is_one_that_the_code_prints(page: str, root: Path) -> None:
    [shown] = re.findall(r"<!-- output of: make load -->\n```text\n(.*?)```", page, re.DOTALL)
    files = (root / "bench" / "load").iterdir()
    sources = "".join(path.read_text("utf-8") for path in files if path.suffix in {".py", ".yaml"})
    told = set(re.findall(r"[A-Za-z][A-Za-z'-]{2,}", shown))
    assert told - set(re.findall(r"[A-Za-z][A-Za-z'-]{2,}", sources)) == set()
    assert max(map(len, shown.splitlines())) <= 80
