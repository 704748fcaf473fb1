"""docs/routing.md tells no tales: its snippets load, its outcomes are replayed, its pictures are what the script draws.

Every snippet has a file in ``tests/guide``: what completes the center, ``---``, and a table (see ``tables.py``) that
runs in it. A comment ``# says: WORDS`` names words of the guide, or of a picture, that the lines after it show;
``# lint: PATH`` a warning that the guide itself speaks of.
"""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import tables
from acdcore.config import Center, center_commands, lint, parse_center
from acdcore.router import Core, Kind, Result
from acdcore.router.reference import Reference

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "routing.md"
PICTURES = ROOT / "docs" / "pictures"
REPLAYS = Path(__file__).parent / "guide"
TEXT = GUIDE.read_text(encoding="utf-8")
SNIPPETS: dict[str, str] = dict(re.findall(r"<!-- replay: (\w+) -->\n```yaml\n(.*?)```", TEXT, re.DOTALL))
MINUTE_NS = 60 * 10**9
Router = Reference | Core


def merged(first: Any, second: Any) -> Any:
    """Return two YAML values as one: mappings are joined, key by key, and nothing is said twice."""
    if not isinstance(first, dict):
        raise TypeError(f"said twice: {first!r} and {second!r}")
    return first | {key: merged(first[key], value) if key in first else value for key, value in second.items()}


def center_of(name: str) -> Center:
    """Return a snippet as a complete center."""
    yaml = YAML()  # keeps the order, which says which tier is the default
    rest = (REPLAYS / f"{name}.txt").read_text(encoding="utf-8").partition("---\n")[0]
    whole = merged({"center": "guide"} | yaml.load(SNIPPETS[name]), yaml.load(rest))
    text = StringIO()
    yaml.dump(whole, text)
    return parse_center(text.getvalue())


def opened(name: str, make: Callable[[], Router]) -> Router:
    """Return a router with the center of a snippet."""
    router = make()
    for command in center_commands(center_of(name), 0):
        answer = router.apply(command)
        assert answer.code == Result.OK, (Result(answer.code).name, command)
    router.drain()
    return router


def replay(name: str, router: Router, folder: Path) -> None:
    """Run the table of a snippet."""
    text = (REPLAYS / f"{name}.txt").read_text(encoding="utf-8")
    above, _, table = text.partition("---\n")
    path = folder / f"{name}.txt"
    path.write_text("\n" * (above.count("\n") + 1) + table, encoding="utf-8")
    tables.run(path, router)


def plain(text: str) -> str:
    """Return text without marks and line breaks."""
    return " ".join(text.replace("**", "").replace("`", "").split())


def words_of(picture: Path) -> list[str]:
    """Return every line of text of a picture, its title and description included."""
    return [plain(part.text) for part in ET.parse(picture).iter() if part.text and part.text.strip()]


def test_every_snippet_has_a_replay_and_the_other_way_round() -> None:
    assert set(SNIPPETS) == {path.stem for path in REPLAYS.glob("*.txt")}
    assert TEXT.count("```yaml") == len(SNIPPETS)


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_a_center_without_fault(name: str) -> None:
    """Nothing to warn of, but for what the replay says: ``# lint: PATH``."""
    known = re.findall(r"^# lint: (.+)$", (REPLAYS / f"{name}.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(problem.path for problem in lint(center_of(name))) == sorted(known)


@pytest.mark.parametrize("name", SNIPPETS)
@pytest.mark.parametrize("make", [Reference, Core])
def test_what_is_told_happens(name: str, make: Callable[[], Router], tmp_path: Path) -> None:
    replay(name, opened(name, make), tmp_path)


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_replay_names_words_that_are_there(name: str) -> None:
    said = re.findall(r"^# says: (.+)$", (REPLAYS / f"{name}.txt").read_text(encoding="utf-8"), re.MULTILINE)
    places = [plain(TEXT), *(word for picture in PICTURES.glob("*.svg") for word in words_of(picture))]
    for words in said:
        assert any(plain(words) in place for place in places), words


@pytest.mark.parametrize("make", [Reference, Core])
def test_occupancy_is_as_drawn(make: Callable[[], Router], tmp_path: Path) -> None:
    """The shares in the text and in two pictures, by the router's own figures."""

    def percent(router: Router, agent: str, minute: int) -> float:
        view = router.agent(router.find(Kind.AGENT, agent.encode()))
        assert view is not None
        return float(100 * view.occupancy / 2**40 * 0.5 ** ((minute * MINUTE_NS - view.occupancy_ns) / 30 / MINUTE_NS))

    router = opened("strategies", make)
    replay("strategies", router, tmp_path)
    column = ["anna", "ben", "clara", "david", "eva", "felix"]
    words = words_of(PICTURES / "strategies.svg")
    first = words.index("work lately") + 1
    assert words[first : first + 6] == [f"{percent(router, name, 60):.0f} %" for name in column]

    router = opened("occupancy", make)
    table = tmp_path / "until.txt"
    lines = (REPLAYS / "occupancy.txt").read_text(encoding="utf-8").partition("---\n")[2].splitlines()
    table.write_text("\n".join(line for line in lines if not line.startswith(("9", "1"))), encoding="utf-8")
    tables.run(table, router)
    assert f"{percent(router, 'ben', 75):.1f}" == "75.0"
    assert f"Ben {percent(router, 'ben', 90):.0f} %" in words_of(PICTURES / "occupancy.svg")
    assert f"Anna {percent(router, 'anna', 90):.1f} %: goes first" in words_of(PICTURES / "occupancy.svg")


@pytest.mark.parametrize("make", [Reference, Core])
def test_a_full_queue_refuses(make: Callable[[], Router], tmp_path: Path) -> None:
    """Fewer than 50 wait: there is room; the fifty-first is refused."""
    router = opened("overflow", make)
    lines = ["1s open orders => OK"] if not is_open(router, "orders") else []
    lines = [f"{line} | orders open" for line in lines]
    lines += [f"2s enqueue c{number} orders standard => OK | enqueued c{number}" for number in range(50)]
    path = tmp_path / "full.txt"
    path.write_text("\n".join([*lines, "3s enqueue more orders standard => QUEUE_FULL"]), encoding="utf-8")
    tables.run(path, router)
    assert "fewer than 50 wait" in words_of(PICTURES / "overflow.svg")


def is_open(router: Router, queue: str) -> bool:
    """Say whether a queue is open."""
    view = router.queue(router.find(Kind.QUEUE, queue.encode()))
    assert view is not None
    return view.is_open


def test_the_bound_of_the_example() -> None:
    """The largest promise less the smallest, by the snippet's own numbers."""
    center = center_of("order")
    promises = {
        (queue, tier): center.queues[queue].target_ns * rule.target_factor_ppm // 10**6 - rule.head_start_ns
        for queue in center.queues
        for tier, rule in center.tiers.items()
        if center.queues[queue].priority == 0
    }
    assert promises["orders", "standard"] - promises["orders", "vip"] == 90 * 10**9
    assert max(promises.values()) == promises["complaints", "basic"] == 180 * 10**9
    assert min(promises.values()) == promises["orders", "vip"] == -70 * 10**9
    assert "250 seconds later or more" in plain(TEXT)


def test_the_pictures_are_what_the_script_draws(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "docs.draw", str(tmp_path)], cwd=ROOT, check=True, timeout=60)
    drawn = {path.name: path.read_bytes() for path in tmp_path.glob("*.svg")}
    assert drawn == {path.name: path.read_bytes() for path in PICTURES.iterdir()}, "draw again: python -m docs.draw"


def test_every_picture_is_shown_once_and_described() -> None:
    shown = re.findall(r"!\[([^\]]+)\]\(pictures/(\w+\.svg)\)", TEXT)
    assert sorted(name for _, name in shown) == sorted(path.name for path in PICTURES.iterdir())
    assert all(len(about) > 20 for about, _ in shown)


def test_every_link_leads_somewhere() -> None:
    headings = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert {link[1:] for link in links if link.startswith("#")} == anchors
    assert [link for link in links if not link.startswith("#") and not (GUIDE.parent / link).exists()] == []
