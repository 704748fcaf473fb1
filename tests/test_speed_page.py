"""The page of figures shows what commands print that there are: too long to run here, so by their words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from acdcore.bench import memory

pytestmark = pytest.mark.plain

BLOCK = re.compile(r"<!-- output of: (?P<command>[^>]+) -->\n```text\n(?P<text>.*?)```\n", re.DOTALL)


def words(text: str) -> set[str]:
    """Return the words of an output, without figures and hashes."""
    without = re.sub(r"\b(?=[a-f]*\d)[0-9a-f]{8,16}\b", "", text)
    return {word.strip("'") for word in re.findall(r"[A-Za-z][A-Za-z'-]{2,}", without)}


def page(root: Path) -> str:
    """Return the page."""
    return (root / "docs" / "speed.md").read_text(encoding="utf-8")


def test_every_block_is_the_output_of_a_command(root: Path) -> None:
    assert page(root).count("```") == 2 * len(BLOCK.findall(page(root)))


@pytest.mark.parametrize("number", range(8))
def test_what_is_shown_stands_in_the_code_that_prints_it(number: int, root: Path) -> None:
    blocks = BLOCK.findall(page(root))
    assert len(blocks) == 8
    sources = [path for path in (root / "bench").rglob("*") if path.suffix in (".py", ".pyx")]
    sources += (root / "router").glob("*.py")
    known = words("".join(path.read_text(encoding="utf-8") for path in sources))
    assert words(blocks[number][1]) - known - {"UTC"} == set()


@pytest.mark.parametrize("number", [0, 1, 2], ids=["waiting", "id", "timer"])
def test_an_interaction_takes_the_memory_that_is_shown(number: int, root: Path) -> None:
    thing = memory.THINGS[number]
    use, _ = memory.bytes_of(thing, 2_000, 10_000)
    less = memory.bytes_of(memory.THINGS[0], 2_000, 10_000)[0] if thing.less else 0.0
    shown = re.search(rf"^ {re.escape(thing.name)} +([\d,]+) ", page(root), re.MULTILINE)
    assert shown is not None
    assert use - less == pytest.approx(float(shown[1].replace(",", "")), rel=0.02)


def test_nothing_is_wider_than_a_terminal(root: Path) -> None:
    for _, text in BLOCK.findall(page(root)):
        assert max(map(len, text.splitlines())) <= 80


def test_links_and_pictures_are_there(root: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", page(root)):
        assert link.startswith("https://") or (root / "docs" / link).exists(), link
