"""What metrics cost: that real servers are driven in turns, and what is made of their figures."""

from __future__ import annotations

import json
import math
import random
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acdcore.bench import metrics_cost
from acdcore.bench.command_line import program
from acdcore.bench.metrics_cost import ARMS, CostPlan, MetricsCost, Turn, as_json, interval_of_median, text_of
from acdcore.config import parse_center

pytestmark = pytest.mark.plain

bench = program(metrics_cost.main)
runner = CliRunner()


def test_servers_take_turns(tmp_path: Path) -> None:
    told = tmp_path / "cost.json"
    page = tmp_path / "page.md"
    page.write_text(f"<!-- output of: {metrics_cost.BLOCK} -->\n```text\n```\n")
    options = ["--rounds", "2", "--seconds", "0.4", "--callers", "3", "--queues", "2", "--agents", "4"]
    done = runner.invoke(bench, [*options, "--json", str(told), "--page", str(page)])
    assert done.exit_code in {0, 1}, done.output
    assert done.stdout in page.read_text()
    found = json.loads(told.read_text())
    assert list(found["turns"]) == [arm for arm, _ in ARMS]
    for arm, every_s in ARMS:
        turns = found["turns"][arm]
        assert len(turns) == 2
        assert all(turn["throughput"] > 0 and turn["decision_us"] > 0 and turn["cpu_us"] >= 0 for turn in turns)
        assert all((turn["scrapes"] > 0) == (every_s > 0) for turn in turns)
    assert found["page_samples"] > 50


@pytest.mark.parametrize(
    ("options", "said"),
    [(["--rounds", "0"], "rounds: 0; allowed: 1 to 1000"), (["--seconds", "0.1"], "seconds: 0.1; allowed: 0.2 to 600")],
)
def test_what_cannot_be_is_refused(options: list[str], said: str) -> None:
    done = runner.invoke(bench, options)
    assert done.exit_code == 2
    assert said in done.stderr


def test_its_center_is_one() -> None:
    center = parse_center(CostPlan(queues=3).center_text(), "cost.yaml")
    assert len(center.queues) == 3


def test_the_interval_holds_the_median_as_often_as_it_says() -> None:
    assert interval_of_median([1.0, 2.0]) == (1.0, 2.0)
    assert interval_of_median([float(n) for n in range(1, 13)]) == (3.0, 10.0)  # the table of every textbook
    draw = random.Random(1)
    held = 0
    for _ in range(2_000):
        low, high = interval_of_median(sorted(draw.gauss(0.0, 1.0) for _ in range(16)))
        held += low <= 0.0 <= high
    assert 0.94 < held / 2_000 < 0.99


def cost(throughput: float, decision: float) -> MetricsCost:
    """Return a result in which metrics change throughput and decisions by these factors."""
    result = MetricsCost(CostPlan(rounds=12), page_bytes=2048, page_samples=100)
    draw = random.Random(2)
    for _ in range(12):
        base = draw.uniform(400.0, 600.0)  # the machine: it falls on all alike
        for arm, every_s in ARMS:
            more, longer = (throughput, decision) if every_s else (1.0, 1.0)
            noise = draw.uniform(0.999, 1.001)
            scrape = 3.0 if every_s else math.nan
            result.turns[arm].append(Turn(base * more * noise, 900.0, 5.0 * longer / noise, int(every_s > 0), scrape))
    return result


@pytest.mark.parametrize(
    ("throughput", "decision", "exceeded"),
    [
        (1.0, 1.0, []),
        (0.98, 1.02, []),
        (0.9, 1.0, ["throughput"] * 2),
        (1.1, 0.9, []),
        (1.0, 1.1, ["decision_us"] * 2),
    ],
)
def test_more_than_three_percent_is_found(throughput: float, decision: float, exceeded: list[str]) -> None:
    result = cost(throughput, decision)
    assert [row.measure for row in result.exceeded] == exceeded
    row = result.compared(ARMS[1][0], "throughput")
    assert row.low <= row.ratio <= row.high
    assert row.ratio == pytest.approx(throughput, rel=0.002)
    shown = text_of(result)
    assert ("MORE THAN 3 % worse" in shown) == bool(exceeded)
    assert max(map(len, shown.splitlines())) <= 80
    assert json.loads(as_json(result))["turns"][ARMS[0][0]][0]["scrape_ms"] is None


def test_what_is_not_sure_is_called_so() -> None:
    result = cost(1.0, 1.0)
    result.turns[ARMS[1][0]] = [
        Turn(turn.throughput * (0.8 if n % 2 else 1.2), 900.0, 5.0, 1, 3.0)
        for n, turn in enumerate(result.turns[ARMS[0][0]])
    ]
    assert result.compared(ARMS[1][0], "throughput").within(1.0) is None
    assert "not sure" in text_of(result)


def test_the_page_shows_what_the_command_prints(root: Path) -> None:
    page = (root / "docs" / "latency.md").read_text(encoding="utf-8")
    [shown] = re.findall(rf"<!-- output of: {re.escape(metrics_cost.BLOCK)} -->\n```text\n(.*?)```\n", page, re.DOTALL)
    assert "every 15 s" in shown and "within 3 %" in shown
    assert max(map(len, shown.splitlines())) <= 80
