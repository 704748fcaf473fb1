"""The US bank: its figures are those that were published, theory's balances hold, and the page says what comes out."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from acdcore.cli.app import app
from acdcore.sim import us_bank
from acdcore.sim.experiment import Experiment
from acdcore.sim.report_data import page_data
from acdcore.sim.report_dates import Dates
from acdcore.sim.report_parts import Goals
from acdcore.sim.scenario import Scenario
from acdcore.sim.scenario_lint import lint_scenario
from acdcore.sim.us_bank import FILE, Paired, Rates, busy_agents, hang_ups, scenario_with, simulated

pytestmark = pytest.mark.plain

REPLICATIONS = 4
BLOCK = re.compile(r"<!-- output of: (?P<command>[^>]+) -->\n```text\n(?P<text>.*?)```\n", re.DOTALL)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return scenario_with("longest_idle", REPLICATIONS)


@pytest.fixture(scope="module")
def rates(scenario: Scenario) -> Rates:
    return Rates.of(scenario)


@pytest.fixture(scope="module")
def experiment(scenario: Scenario) -> Experiment:
    return simulated(scenario, records=True, processes=2)


def numbers(path: Path) -> list[list[float]]:
    """Return the rows of a CSV."""
    return [[float(cell) for cell in line.split(",")] for line in path.read_text(encoding="utf-8-sig").split()]


def far_off(paired: Paired) -> int:
    """Return how many differences are further from 0 than six of their standard errors, or than 0.05 at least."""
    differences = paired.measured - paired.theory
    error = differences.std(axis=0, ddof=1) / np.sqrt(len(differences))
    return int((np.abs(differences.mean(axis=0)) > np.maximum(6 * error, 0.05)).sum())


def test_the_figures_are_those_that_were_published(rates: Rates, shared_dir: Path) -> None:
    folder = shared_dir / "data" / "us-bank-13x9"
    arrivals = np.concatenate(numbers(folder / "lambd_hourly_main_data.csv"))
    assert rates.arrivals_per_h == pytest.approx(arrivals, rel=1e-12)
    assert rates.hang_up_per_h == pytest.approx(np.concatenate(numbers(folder / "data_theta_hourly.csv")), rel=1e-12)
    assert rates.served_per_h == pytest.approx(np.asarray(numbers(folder / "mu_hourly.csv")), rel=1e-12)
    assert rates.agents.tolist() == np.concatenate(numbers(folder / "agents.csv")).tolist()
    # the file that looks like a profile of the day has the classes' shares, added up
    shares = np.cumsum(arrivals) / arrivals.sum()
    assert shares == pytest.approx(np.concatenate(numbers(folder / "data_arr_cdf.csv")), abs=6e-6)


def test_levels_rank_groups_by_their_rates(scenario: Scenario, rates: Rates) -> None:
    groups = [scenario.center.all_agents()[f"group-{number}-1"].skills for number in range(1, 10)]
    for row, skill in zip(rates.served_per_h, scenario.center.queues, strict=True):
        having = sorted((rate, group[skill]) for rate, group in zip(row, groups, strict=True) if rate)
        assert [level for _, level in having] == list(range(11 - len(having), 11))
        assert sum(skill in group for group in groups) == len(having)


def test_nothing_is_to_be_warned_of(scenario: Scenario) -> None:
    assert lint_scenario(scenario) == []


def test_whoever_waits_hangs_up_at_the_rate_that_was_said(experiment: Experiment, rates: Rates) -> None:
    paired = hang_ups(experiment.figures.tallies, rates)
    assert far_off(paired) == 0
    online_banking = experiment.world.queues.index("online-banking")
    assert (paired.measured[:, online_banking] > 5).all()  # calls an hour of 162: only one group serves them


def test_agents_are_as_busy_as_their_calls_take(experiment: Experiment, rates: Rates) -> None:
    paired = busy_agents(experiment.figures.tallies, experiment.world, rates)
    assert far_off(paired) == 0
    assert (paired.measured <= rates.agents).all()
    assert (paired.measured.sum(axis=1) > 0.97 * rates.least_busy).all()  # of so few replications one may be calm


def test_balances_notice_a_wrong_rate(experiment: Experiment, rates: Rates) -> None:
    wrong = Rates(rates.arrivals_per_h, rates.hang_up_per_h * 1.5, rates.served_per_h * 1.05, rates.agents)
    assert far_off(hang_ups(experiment.figures.tallies, wrong)) >= 1
    assert far_off(busy_agents(experiment.figures.tallies, experiment.world, wrong)) >= 1


def test_bounds_where_they_are_known() -> None:
    # 2 classes, 2 groups, by hand: group 0 ends 10 calls of class 0 an hour, group 1 only 8; class 1 has group 1
    few = Rates(np.asarray([40.0, 10.0]), np.ones(2), np.asarray([[10.0, 8.0], [0.0, 5.0]]), np.asarray([3.0, 2.0]))
    assert few.least_lost_per_h == pytest.approx(50 - 30 - 10 - 0.75 * 5)  # what group 1 has left, class 1 gets
    assert np.isnan(few.least_busy)
    enough = Rates(few.arrivals_per_h, few.hang_up_per_h, few.served_per_h, np.asarray([3.0, 4.0]))
    assert enough.least_lost_per_h == pytest.approx(0, abs=1e-9)
    assert enough.least_busy == pytest.approx(3 + 10 / 8 + 2)
    assert enough.pooled.offered_load == pytest.approx(40 / 10 + 10 / 5)


def test_a_report_begins_after_the_warm_up(experiment: Experiment) -> None:
    data = page_data(experiment.figures, Goals(0.8, {}), Dates.of(experiment.figures.world, None, 23 * 3_600.0))
    assert data["intervals"]["start_s"] == [3_600.0 + 1_800.0 * number for number in range(48)]
    assert not data["several_days"]  # from midnight to midnight
    offered = data["day"][0]["offered"]
    assert len(offered) == 48
    assert min(offered) > 2_300
    assert len(data["heat"]["start_s"]) == 24
    # talks that have not ended at the horizon do not make the load of the last interval smaller
    load = data["staff"]["load"]
    assert len(load) == 48
    assert load[-1] > 0.93 * np.median(load)


# ---------------------------------------------------------------------- the page


@cache
def blocks(page: Path) -> dict[str, str]:
    """Return the outputs on the page by their commands."""
    return {found["command"]: found["text"] for found in BLOCK.finditer(page.read_text(encoding="utf-8"))}


def shape(output: str) -> list[str]:
    """Return the words of an output's lines, with neither numbers nor what depends on how they are broken."""
    text = re.sub(r"\b[0-9a-f]{16}\b|^Took .*|^Of these, or besides: .*", "", output, flags=re.MULTILINE)
    return re.findall(r"[a-z][a-z_-]+(?:-\d)?", text.lower())


def small(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run one of the page's commands, with two replications."""
    words = shlex.split(command)
    if words[:3] == ["python", "-m", "acdcore.sim.us_bank"]:
        assert us_bank.main(["--replications", "2"]) == 0
        return capsys.readouterr().out
    assert words[:2] == ["acdcore", "sim"]
    words = [str(FILE) if word == "sim/data/us_bank.yaml" else word for word in words[1:]]
    result = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, [*words, "--replications", "2"])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("number", range(3))
def test_the_page_shows_what_its_commands_print(number: int, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = blocks(root / "docs" / "us-bank.md")
    assert len(page) == 3
    command, text = list(page.items())[number]
    assert max(map(len, text.splitlines())) <= 80
    assert shape(small(command, capsys)) == shape(text)


def test_the_page_has_the_plot(root: Path) -> None:
    page = (root / "docs" / "us-bank.md").read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", page):
        assert link.startswith("https://") or (root / "docs" / link).exists(), link
    picture = (root / "docs" / "us-bank.svg").read_text(encoding="utf-8")
    for name in (*us_bank.POLICIES, "online-banking", "group-9"):
        assert name in picture
