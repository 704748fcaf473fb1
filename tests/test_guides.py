"""The programs of the guides print what stands below them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from acdcore.bench.demo.server import DemoServer
from acdcore.errors import AcdError

pytestmark = pytest.mark.plain

ADDRESS = "127.0.0.1:50051"
GUIDES = ("embedded", "client", "figures")


@dataclass(frozen=True)
class Guide:
    """A page: its text, its files by name, its programs with what each prints."""

    text: str
    files: dict[str, str]
    programs: list[tuple[str, str]]


def guide(name: str) -> Guide:
    """Read a page; every block of it is a file, a program, or the output of the program before it."""
    text = (Path(__file__).parents[1] / "docs" / f"{name}.md").read_text(encoding="utf-8")
    files = {found[1]: found[2] for found in re.finditer(r"```yaml\n# (\S+)\n(.*?)```\n", text, re.DOTALL)}
    programs = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```\n", text, re.DOTALL)
    assert text.count("```") == 2 * (len(files) + 2 * len(programs)), "a block that no test looks at"
    return Guide(text, files, programs)


@contextmanager
def target(page: Guide) -> Iterator[str]:
    """Run a server with the page's center, if it speaks to one."""
    if ADDRESS not in page.text:
        yield ADDRESS
        return
    [center] = page.files.values()
    with DemoServer(center, 1.0) as server:
        yield server.target


@pytest.mark.parametrize("name", GUIDES)
def test_programs_print_what_the_guide_shows(name: str, tmp_path: Path) -> None:
    page = guide(name)
    assert page.programs
    for file, content in page.files.items():
        (tmp_path / file).write_text(content, encoding="utf-8")
    with target(page) as address:
        for program, expected in page.programs:
            done = subprocess.run(
                [sys.executable, "-c", program.replace(ADDRESS, address)],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
                cwd=tmp_path,
            )
            assert done.returncode == 0, program + done.stderr
            assert done.stdout == expected, program


@pytest.mark.parametrize("name", GUIDES)
def test_links_lead_somewhere(name: str, root: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(#[^)]+)?\)", guide(name).text)
    assert links
    for path, anchor in links:
        text = (root / "docs" / path).read_text(encoding="utf-8")
        headings = {re.sub(r"[^a-z -]", "", line.lower()).strip().replace(" ", "-") for line in text.splitlines()}
        assert not anchor or anchor[1:] in headings


def test_every_class_of_error_has_its_advice() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", guide("client").text, re.MULTILINE)
    assert sorted(rows) == sorted(kind.__name__ for kind in AcdError.__subclasses__())
