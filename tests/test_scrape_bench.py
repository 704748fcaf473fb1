"""The bench of scrapes: what it builds, and that it measures something."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from acdcore.bench import scrape
from acdcore.bench.command_line import program


def test_every_queue_and_tier_of_the_center_has_been_used() -> None:
    core = scrape.center(12, 40, 6).core
    counts = core.center()
    assert (counts.queues, counts.tiers, counts.agents) == (12, 3, 40)
    assert all(core.figures(queue, tier).enqueued for queue in range(12) for tier in range(3))
    core.check_invariants()


def test_it_prints_what_a_scrape_takes(capsys: pytest.CaptureFixture[str]) -> None:
    scrape.main(queues=3, agents=20, groups=4, scrapes=2)
    said = capsys.readouterr().out
    assert "3 queues of 3 tiers, 20 agents, 2 scrapes" in said
    assert int(re.findall(r"([\d,]+) series", said)[0].replace(",", "")) > 500
    for line in ("the router's thread, a scrape", "its longest turn", "the whole page over HTTP"):
        assert re.search(rf"{line} +median +[\d.]+ ms, largest +[\d.]+ ms", said), said


def test_what_cannot_be_measured_is_refused() -> None:
    done = CliRunner().invoke(program(scrape.main), ["--queues", "0"])
    assert done.exit_code == 2
    assert "'--queues': 0; allowed: whole numbers from 1" in done.stderr
