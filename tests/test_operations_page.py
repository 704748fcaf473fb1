"""The operations guide: its blocks are outputs or commands that there are, and it knows every alert."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import acdcore.ops
from acdcore.cli.app import app
from test_readme import Block, source_words, words

pytestmark = pytest.mark.plain

FENCE = re.compile(r"(?:<!-- output of: (?P<command>[^>]+) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)```\n", re.DOTALL)


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "operations.md").read_text(encoding="utf-8")


def blocks(page: str) -> list[Block]:
    """Return the page's fenced blocks."""
    return [Block(found["kind"], found["text"], found["command"] or "") for found in FENCE.finditer(page)]


def block(page: str, command: str) -> str:
    """Return what the page shows as the output of a command."""
    [found] = [one.text for one in blocks(page) if one.command == command]
    return found


def test_every_block_is_of_a_kind_that_is_tested(page: str) -> None:
    found = blocks(page)
    assert page.count("```") == 2 * len(found)
    assert {one.kind for one in found} <= {"sh", "text", "promql"}
    assert all(one.command for one in found if one.kind == "text")
    assert max(len(line) for one in found for line in one.text.splitlines()) <= 100


def test_commands_of_the_page_are_there_with_their_options(page: str) -> None:
    """Those of acdcore, by their help; systemd's, podman's and others' are tried by hand."""
    shown = [line for one in blocks(page) if one.kind == "sh" for line in one.text.replace("\\\n", " ").splitlines()]
    ours = [line.split() for line in shown if re.match(r"\S*acdcore ", line)]
    assert len(ours) >= 4
    for _, *rest in ours:
        names = [word for word in rest if re.fullmatch(r"[a-z]+", word)][: 2 if rest[0] in {"ops", "sim"} else 1]
        told = CliRunner(env={"COLUMNS": "80"}).invoke(app, [*names, "--help"])
        assert told.exit_code == 0, rest
        assert all(word in told.output for word in rest if word.startswith("--")), rest


def test_the_files_are_those_that_are_written(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["ops", "write", "ops"])
    assert done.exit_code == 0
    printed = "".join(f"{line.rstrip()}\n" for line in done.output.splitlines())
    assert block(page, "acdcore ops write ops") == printed


def test_what_the_unit_is_exposed_to_is_what_systemd_says(page: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    unit = tmp_path / "acdcore.service"
    unit.write_bytes(acdcore.ops.contents()["systemd/acdcore.service"])
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
        capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"SYSTEMD_COLORS": "0", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    shown = block(page, "systemd-analyze security --offline=true acdcore.service")
    exposure = re.compile(r"Overall exposure level for acdcore\.service: ([\d.]+)")
    stated, said = (exposure.search(text) for text in (shown, done.stdout))
    assert stated
    assert said
    assert float(said[1]) == float(stated[1])


def test_sizes_are_printed_in_these_words(page: str, root: Path) -> None:
    """The whole takes minutes; two of its steps show that it runs and prints the same table."""
    done = subprocess.run(
        [sys.executable, "-m", "acdcore.bench.sizing", "--quick"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = block(page, "python -m acdcore.bench.sizing")
    assert words(shown) - source_words(root) == set()
    rows = [re.split(r"\s{2,}", line) for line in done.stdout.splitlines()]
    first = next(row for row in rows if row[0] == "nothing")
    assert re.fullmatch(r"\d+ MiB", first[1])
    assert any(line.startswith("nothing ") for line in shown.splitlines())
    assert any(line.startswith("1,000 agents, 100 queues ") for line in done.stdout.splitlines())


def alerts() -> set[str]:
    """Return the alerts of the rules that are shipped."""
    rules = [text.decode() for name, text in acdcore.ops.contents().items() if name.startswith("prometheus/")]
    return {name for text in rules for name in re.findall(r"(?m)^\s*- alert: (\S+)", text)}


def sections(page: str) -> set[str]:
    """Return the names of the sections below 'Alerts'."""
    below = page.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    return set(re.findall(r"(?m)^### (\S+)$", below))


def test_every_alert_has_its_section_and_every_section_its_alert(page: str) -> None:
    assert alerts()
    assert sections(page) == alerts()


def test_every_alert_points_at_its_section() -> None:
    rules = acdcore.ops.contents()["prometheus/rules.yml"].decode()
    found = re.findall(r"(?s)- alert: (\S+).*?runbook_url: (\S+)", rules)
    assert len(found) == len(alerts())
    assert found == [(name, f"docs/operations.md#{name.lower()}") for name, _ in found]


def test_every_section_says_what_it_means_and_what_to_do(page: str) -> None:
    below = page.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    for part in below.split("\n### ")[1:]:
        name, _, text = part.partition("\n")
        assert len(text.split()) > 30, name
        assert "**Do:**" in text, name


def test_links_lead_somewhere(page: str, root: Path) -> None:
    for path, anchor in re.findall(r"\]\(([^)#]*)(#[^)]+)?\)", page):
        text = page if not path else (root / "docs" / path).read_text(encoding="utf-8") if path.endswith(".md") else ""
        assert not path or (root / "docs" / path).exists(), path
        headings = {
            re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).strip().replace(" ", "-")
            for line in text.splitlines()
            if line.startswith("#")
        }
        assert not anchor or anchor[1:] in headings, (path, anchor)
