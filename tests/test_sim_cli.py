"""``acdcore sim`` as people meet it: tables of 80 columns, what-ifs, files, exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner
from typer.testing import Result as Ran

from acdcore.cli import sim as cli_sim
from acdcore.cli.app import app
from acdcore.cli.output import Exit
from acdcore.config import lint, load_center
from acdcore.sim import experiment, runs, summary
from acdcore.sim.experiment import sample_scenario
from acdcore.sim.scenario_lint import lint_scenario
from acdcore.sim.scenario_load import load_scenario

pytestmark = pytest.mark.plain

SMALL = """\
scenario: "small[bold]"
center:
  center: c
  skills: [s]
  tiers: {standard: {}, vip: {head_start: 60s}}
  queues:
    calls: {plan: [{requires: {s: 1}}], target: 20s}
  agent_groups: {floor: {count: 5, skills: {s: 3}}}
demand:
  - {queue: calls, tiers: {vip: 0.3, standard: 0.7}, calls_per_hour: 80}
customers: {patience: {exponential: 2m}}
handling: {talk: {exponential: 3m}}
run: {horizon: 4h, replications: 5}
"""


def ran(*arguments: str | Path) -> Ran:
    """Run the command line in this process, 80 columns wide."""
    environment = {"COLUMNS": "80", "TERMINAL_WIDTH": "80"}
    return CliRunner(env=environment).invoke(app, ["sim", *(str(word) for word in arguments)])


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def row(output: str, name: str) -> list[str]:
    """Return the cells of the first row that begins with a name."""
    found = re.search(rf"^{re.escape(name)}  +(.*)$", output, re.MULTILINE)
    assert found, output
    return found[1].split()


def width(output: str) -> int:
    """Return the longest line, those with the path of a file left aside."""
    return max(len(line) for line in output.splitlines() if "/pytest-" not in line)


@pytest.mark.parametrize("command", [(), ("run",), ("check",), ("compare",), ("report",)])
def test_help_fits_80_columns(command: tuple[str, ...]) -> None:
    result = ran(*command, "--help")
    assert result.exit_code == Exit.OK
    assert width(result.output) <= 80
    assert re.search(r"--help +-h +Show this message and exit\.", result.output)


def test_a_run_is_told_in_80_columns(small: Path) -> None:
    result = ran("run", small, "--processes", "1")
    assert result.exit_code == Exit.OK, result.output
    lines = result.output.splitlines()
    assert width(result.output) <= 80
    assert lines[0] == "small[bold]: 5 replications of 4h from Mon 2026-01-05 00:00 UTC, seed 1"
    offered, answered, hung_up, in_target, *_ = row(result.output, "calls")
    assert 250 < float(offered) < 400
    assert float(answered) < float(offered)
    assert re.fullmatch(r"\d+\.\d%", hung_up)
    assert re.fullmatch(r"\d+\.\d±\d+\.\d%", in_target)
    assert row(result.output, "  vip")[0] != row(result.output, "  standard")[0]
    assert float(row(result.output, "floor")[0]) == 5.0
    words = " ".join(result.output.split())
    assert "In target: answered within the queue's target (times the tier's factor) / offered" in words
    assert "Occupancy = (busy + wrap-up) / (available + busy + wrap-up)" in words


def test_the_same_seed_gives_the_same_result_whatever_the_processes(small: Path) -> None:
    def result(*options: str) -> str:
        [found] = re.findall(r"result ([0-9a-f]{16})", ran("run", small, *options).output)
        return str(found)

    alone = result("--processes", "1")
    assert result("--processes", "2") == alone
    assert result("--processes", "1", "--seed", "2") != alone
    assert result("--processes", "1", "--set", "run.seed=1") == alone


def test_what_ifs_reach_scenario_and_center(small: Path) -> None:
    options = ("--set", "demand[0].calls_per_hour=8", "--set", "center.agent_groups.floor.count=9")
    result = ran("run", small, "--processes", "1", "--replications", "2", *options)
    assert "2 replications" in result.output
    assert float(row(result.output, "calls")[0]) < 80
    assert float(row(result.output, "floor")[0]) == 9.0


@pytest.mark.parametrize(
    ("option", "code", "words"),
    [
        ("run.seed", Exit.USAGE, "allowed: path=value"),
        ("demand[4].queue=calls", Exit.INVALID, "demand[4] is not there; allowed: places from 0 to 1"),
        ("demand[0].queue=call", Exit.INVALID, "is no queue of this center (did you mean calls?)"),
    ],
)
def test_a_what_if_that_cannot_be_is_refused(small: Path, option: str, code: Exit, words: str) -> None:
    result = ran("run", small, "--set", option)
    assert result.exit_code == code
    assert words in " ".join(re.sub("[│╭╮╰╯─]", " ", result.output).split())


def test_figures_are_written_and_printed_as_json(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "figures"
    result = ran("run", small, "--processes", "1", "--out", folder, "--json")
    assert result.exit_code == Exit.OK
    printed, written = json.loads(result.output), json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    assert printed["scenario"] == "small[bold]"
    assert {key: printed[key] for key in written} == written
    assert (folder / "customers_by_queue_tier.csv").is_file()
    assert (folder / "customers_by_queue_tier.parquet").is_file()


def test_a_report_is_written(small: Path, tmp_path: Path) -> None:
    pages = [tmp_path / "run.html", tmp_path / "report.html", tmp_path / "compare.html"]
    once = ("--processes", "1", "--replications", "2")
    what_if = ("--what-if", "center.tiers.vip.head_start=0s")
    for page, command in zip(
        pages,
        (
            ("run", small, "--report", pages[0]),
            ("report", small, pages[1]),
            ("compare", small, *what_if, "--report", pages[2]),
        ),
        strict=True,
    ):
        result = ran(*command, *once)
        assert result.exit_code == Exit.OK, result.output
        assert "Written: " in result.output
        assert "<html" in page.read_text(encoding="utf-8")
    assert "# --set run.replications=2" in pages[0].read_text(encoding="utf-8")
    assert "head_start=0s" in pages[2].read_text(encoding="utf-8")


def test_check_says_what_a_scenario_comes_down_to(small: Path) -> None:
    result = ran("check", small, "--set", "run.replications=1")
    assert result.exit_code == Exit.OK
    assert width(result.output) <= 80
    assert row(result.output, "calls") == ["standard", "224", "exponential,", "mean", "2m", "3m00s", "11.2"]
    assert row(result.output, "floor") == ["5", "20.0", "calls"]
    assert "Warnings (1)" in result.output
    assert ran("check", small, "--set", "run.replications=1", "--strict").exit_code == Exit.INVALID
    assert ran("check", small, "--strict").exit_code == Exit.OK


def test_every_problem_is_printed_with_its_line(small: Path) -> None:
    small.write_text(SMALL.replace("exponential: 3m", "exponentiel: 3m").replace("queue: calls,", "queue: x,"))
    result = ran("check", small)
    assert result.exit_code == Exit.INVALID
    assert "is invalid: 2 problems" in result.output
    assert re.search(r"^ +10 +demand\[0\]\.queue *$", result.output, re.MULTILINE)
    assert re.search(r"^ +12 +handling\.talk\.exponentiel *$", result.output, re.MULTILINE)
    small.write_text("just a text")
    assert "is not a scenario's YAML" in ran("run", small).output


def test_a_slip_in_the_last_what_if_is_told_before_anything_is_simulated(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated: list[object] = []
    monkeypatch.setattr(experiment, "run_scenario", lambda *given: simulated.append(given))
    result = ran("compare", small, "--what-if", "run.seed=2", "--what-if", "center.tiers.vpi.head_start=0s")
    assert result.exit_code == Exit.INVALID
    assert "center.tiers.vpi is not there (did you mean vip?)" in result.output
    assert not simulated


def test_comparing_meets_the_same_customers(small: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(SMALL.replace("small[bold]", "other").replace("replications: 5", "replications: 3, seed: 8"))
    folder = tmp_path / "differences"
    what_if = ("--what-if", "center.agent_groups.floor.count=6")
    result = ran("compare", small, other, *what_if, "--processes", "1", "--out", folder)
    assert result.exit_code == Exit.OK, result.output
    assert width(result.output) <= 80
    assert "Compared with small[bold]: 5 replications" in result.output
    absolute, first, second = re.findall(r"^all +(.*)$", result.output, re.MULTILINE)
    assert re.fullmatch(r"\d+\.\d±\d+\.\d% +\d+\.\d% +\S+s +\S+s", absolute.strip())
    staffed = re.findall(r"^floor +(.*)$", result.output, re.MULTILINE)
    assert [one.split()[2:] for one in staffed] == [["20.0", "+0.00±0.00"], ["20.0", "+4.00±0.00"]]
    # the other scenario is the same one with the first's seed: no difference at all
    assert first.split() == ["+0.00±0.00", "+0.00±0.00", "+0.00±0.00s", "+0.00±0.00s"]
    assert float(second.split("±")[0].replace("−", "-")) > 1
    assert "other: standard service level no difference; vip no difference" in result.output
    assert sorted(path.name for path in folder.iterdir()) == [
        "differences.csv",
        "differences_by_queue.csv",
        "differences_by_queue_tier.csv",
        "differences_by_tier.csv",
        "differences_of_agents_by_type.csv",
    ]
    rows = json.loads(ran("compare", small, *what_if, "--processes", "1", "--json").output)
    assert {(one["queue"], one["tier"]) for one in rows} == {("calls", "standard"), ("calls", "vip")}
    assert all(one["service_level_diff"] > 0 for one in rows)


def test_what_cannot_be_compared_is_said(small: Path) -> None:
    result = ran("compare", small, "--what-if", "run.confidence=0.9", "--processes", "1")
    assert result.exit_code == Exit.OK  # of the first one
    result = ran("compare", small, "--what-if", "run.replications=2", "--processes", "1")
    assert result.exit_code == Exit.INVALID
    assert "error: " in result.output
    assert "replications" in result.output


def test_other_customers_are_told(small: Path) -> None:
    what_if = ("--what-if", "run.start=2026-01-06", "--processes", "1", "--replications", "2")
    result = ran("compare", small, *what_if)
    assert result.exit_code == Exit.OK, result.output
    words = " ".join(result.output.split())
    assert "does not meet the same customers as small[bold]: other run.start" in words
    assert "as all meet the same customers" not in words


def test_other_horizons_are_refused_before_anything_is_simulated(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulated: list[object] = []
    monkeypatch.setattr(experiment, "run_scenario", lambda *given: simulated.append(given))
    result = ran("compare", small, "--what-if", "run.horizon=8h")
    assert result.exit_code == Exit.INVALID
    assert "run.horizon is 8h; allowed: 4h, as in what it is compared with" in " ".join(result.output.split())
    assert not simulated


@pytest.mark.parametrize("command", ["run", "compare", "report"])
def test_warnings_are_told_on_standard_error(small: Path, tmp_path: Path, command: str) -> None:
    more = {"compare": ("--what-if", "center.tiers.vip.head_start=0s"), "report": (tmp_path / "page.html",)}
    unserved = ("--set", "center.agent_groups.floor.skills={}", "--processes", "1", "--replications", "2")
    result = ran(command, small, *more.get(command, ()), *unserved)
    assert result.exit_code == Exit.OK, result.output
    said = "warning: line 10, demand[0] brings customers to a queue that no agent can serve (calls)"
    assert said in " ".join(result.stderr.split())
    assert "warning:" not in result.stdout


def test_files_are_refused_that_are_not_what_they_are_called(small: Path, tmp_path: Path) -> None:
    for arguments, allowed in (
        (("report", small, tmp_path / "x.pdf"), ".html or .htm"),
        (("report", small, tmp_path / "x.html", "--png", tmp_path / "y.jpg"), ".png"),
        (("run", small, "--report", tmp_path / "x.pdf"), ".html or .htm"),
    ):
        result = ran(*arguments)
        assert result.exit_code == Exit.USAGE
        assert f"names that end in {allowed}" in " ".join(re.sub("[│╭╮╰╯─]", " ", result.output).split())
    assert not list(tmp_path.glob("[xy].*"))


def test_a_scenario_is_no_center(small: Path) -> None:
    result = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, ["check", str(small)])
    assert result.exit_code == Exit.INVALID
    assert "is a scenario, not a center: acdcore sim check" in result.output


def test_hours_are_expected_ones(small: Path) -> None:
    shift = "{agents: floor, shift: '00:00-04:00', absent: 0.25, late: 24m, breaks: {at: '02:00', for: 36m}}"
    result = ran("check", small, "--set", f"workforce.shifts=[{shift}]")
    assert result.exit_code == Exit.OK, result.output
    assert row(result.output, "floor")[:2] == ["5", "11.2"]  # 5 x 0.75 x (4 h - 24 m - 36 m) = 11.25


def test_comparing_takes_two(small: Path) -> None:
    result = ran("compare", small)
    assert result.exit_code == Exit.USAGE
    assert "at least two, or --what-if" in " ".join(re.sub("[│╭╮╰╯─]", " ", result.output).split())


def test_the_sample_is_valid_and_its_center_a_servers() -> None:
    scenario = load_scenario(sample_scenario())
    assert lint_scenario(scenario) == []
    assert lint(load_center(sample_scenario().with_name("sample_center.yaml"))) == []
    assert {queue.channel for queue in scenario.center.queues.values()} == {"voice", "chat", "email"}
    result = ran("run", "--replications", "2", "--processes", "1")
    assert result.exit_code == Exit.OK, result.output
    assert width(result.output) <= 80
    assert result.output.startswith("sample-day: 2 replications of 1d")
    assert [row(result.output, queue)[0] != "0" for queue in scenario.center.queues] == [True] * 4


def test_a_failure_and_an_interruption_have_their_exit_codes(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise runs.ReplicationError(3, 1, "it broke")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def lack(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'pandas'", name="pandas")

    monkeypatch.setattr(experiment, "run_scenario", fail)
    result = ran("run", small)
    assert (result.exit_code, "replication 3 (seed 1): it broke" in result.output) == (Exit.FAILED, True)
    monkeypatch.setattr(experiment, "run_scenario", interrupt)
    assert ran("run", small).exit_code == Exit.INTERRUPTED
    monkeypatch.setattr(experiment, "run_scenario", lack)
    result = ran("run", small)
    assert (result.exit_code, "pip install 'acdcore[server,sim]'" in result.output) == (Exit.FAILED, True)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0.0s"),
        (9.96, "10.0s"),
        (42.4, "42s"),
        (99.6, "1m40s"),
        (3_599.6, "60m00s"),
        (6_000, "1.7h"),
        (400_000, "4.6d"),
        (float("nan"), "-"),
    ],
)
def test_times_are_short(value: float, words: str) -> None:
    assert summary.seconds(value) == words


@pytest.mark.parametrize(("value", "words"), [(0, "0"), (3, "3"), (3.26, "3.3"), (99.96, "100.0"), (1234.5, "1,234")])
def test_counts_are_short(value: float, words: str) -> None:
    assert summary.count(value) == words


def test_an_override_says_path_and_value() -> None:
    assert cli_sim.override_value("a.b= c=d ") == cli_sim.Override("a.b", "c=d")
    assert cli_sim.override_value("a.b=") == cli_sim.Override("a.b", "null")
