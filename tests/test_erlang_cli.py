"""``acdcore erlang`` as people meet it: its tables, its JSON, what it refuses."""

from __future__ import annotations

import builtins
import json
import re
from typing import Any

import pytest
from typer.testing import CliRunner
from typer.testing import Result as Ran

from acdcore.cli.app import app
from acdcore.cli.output import Exit
from acdcore.sim.erlang import Formula, Limits, agents_needed, erlang_b, steady_state

pytestmark = pytest.mark.plain

DEMAND = ("--calls-per-hour", "252", "--handle-time", "2m")


def ran(*arguments: object) -> Ran:
    """Run the command in this process, 80 columns wide, with the demand of 252 calls an hour of two minutes."""
    words = ["erlang", *DEMAND, *map(str, arguments)]
    return CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, words)


def rows(shown: str) -> dict[str, list[str]]:
    """Return the table: what is told -> cells."""
    found = (re.split(r" {2,}", line.strip()) for line in shown.splitlines())
    return {cells[0]: cells[1:] for cells in found if len(cells) > 1}


def test_help_fits_80_columns_and_is_listed() -> None:
    shown = ran("--help").output
    assert "Usage: acdcore erlang" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert re.search(r"│ erlang +\w", CliRunner(env={"COLUMNS": "80"}).invoke(app, ["--help"]).output)


def test_erlang_c_of_twelve_agents() -> None:
    result = ran("--agents", 12)
    assert result.exit_code == Exit.OK
    assert result.output.startswith("Erlang C: 252 calls an hour of 120 s, a load of 8.4 erlangs\n")
    found = rows(result.output)
    state = steady_state(0.07, 120.0, 12)
    assert found["agents"] == ["12"]
    assert found["occupancy"] == ["70.00%"]
    assert found["answered in 20 s, of all"] == [f"{100 * state.service_level(20.0).offered:.2f}%"] == ["89.91%"]
    assert found["ASA"] == [f"{state.asa_s:.2f} s"] == ["6.13 s"]
    assert "abandoned" not in found
    assert "turned away" not in found


def test_patience_and_lines_add_what_they_bring_about() -> None:
    result = ran("--agents", 12, "--patience", "1m", "--lines", 17, "--target", "10s")
    assert "M/M/12/17+M: " in result.output
    found = rows(result.output)
    state = steady_state(0.07, 120.0, 12, patience_s=60.0, lines=17)
    level = state.service_level(10.0)
    assert found["answered in 10 s, of all"] == [f"{100 * level.offered:.2f}%"]
    assert found["of the answered"] == [f"{100 * (level.answered or 0):.2f}%"]
    assert found["without short abandons"] == [f"{100 * (level.without_short_abandons or 0):.2f}%"]
    assert found["abandoned"] == [f"{100 * state.p_abandon:.2f}%"]
    assert found["turned away"] == [f"{100 * state.p_block:.2f}%"]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (("--patience", "1m"), "Erlang A"),
        (("--lines", 12), "Erlang B"),
        (("--waiting-places", 0), "Erlang B"),
        (("--waiting-places", 5), "M/M/12/17"),
    ],
)
def test_each_formula_has_its_name(options: tuple[object, ...], name: str) -> None:
    assert ran("--agents", 12, *options).output.startswith(f"{name}: 252 calls")


def test_how_many_agents_and_their_neighbors() -> None:
    result = ran("--service-level", "80%")
    assert result.exit_code == Exit.OK
    found = rows(result.output)
    needed = agents_needed(0.07, 120.0, Limits(service_level=0.8)).agents
    assert result.output.startswith(f"{needed} agents are needed\n")
    assert found["agents"] == [str(needed + step) for step in range(-2, 3)]
    shares = [float(cell.rstrip("%")) for cell in found["answered in 20 s, of all"]]
    assert shares[1] < 80.0 <= shares[2]
    assert max(map(len, result.output.splitlines())) <= 80


def test_a_neighbor_that_could_not_keep_up_is_not_shown_but_named() -> None:
    result = ran("--asa", "1h")
    assert rows(result.output)["agents"] == ["9", "10", "11"]
    assert "With 8 or fewer, the queue would grow without end." in result.output
    patient = ran("--asa", "1h", "--patience", "1d")
    assert patient.exit_code == Exit.OK
    assert "grow" not in patient.output


def test_no_more_neighbors_than_lines() -> None:
    assert rows(ran("--blocked", "1%", "--lines", 17).output)["agents"][-1] == "14"
    assert rows(ran("--blocked", "5%", "--lines", 13).output)["agents"][-1] == "13"


def test_erlang_b_the_other_way_around() -> None:
    result = ran("--blocked", "1%", "--waiting-places", 0)
    needed = next(agents for agents in range(1, 100) if erlang_b(8.4, agents) <= 0.01)
    assert result.output.startswith(f"{needed} agents are needed\nErlang B")
    turned_away = rows(result.output)["turned away"]
    assert turned_away == [f"{100 * erlang_b(8.4, needed + step):.2f}%" for step in range(-2, 3)]


def test_the_formula_of_the_service_level_matters() -> None:
    def needed(formula: str) -> int:
        shown = ran("--service-level", "97%", "--patience", "1m", "--formula", formula, "--json").output
        return int(json.loads(shown)["agents_needed"])

    formulas: list[Formula] = ["offered", "answered", "without_short_abandons"]
    limits = {formula: Limits(service_level=0.97, formula=formula) for formula in formulas}
    wanted = {
        formula.replace("_", "-"): agents_needed(0.07, 120.0, limit, patience_s=60.0).agents
        for formula, limit in limits.items()
    }
    assert {formula: needed(formula) for formula in wanted} == wanted
    assert len(set(wanted.values())) > 1


def test_json_has_every_figure() -> None:
    whole: dict[str, Any] = json.loads(ran("--service-level", "0.8", "--json").output)
    assert (whole["model"], whole["agents_needed"]) == ("Erlang C", 12)
    assert [state["agents"] for state in whole["agents"]] == [10, 11, 12, 13, 14]
    state = steady_state(252 / 3600, 120.0, 12)
    found = whole["agents"][2]
    assert found["asa_s"] == state.asa_s
    assert found["patience_s"] is None
    assert found["service_level"]["target_s"] == 20.0
    assert found["service_level"]["offered"] == state.service_level(20.0).offered
    assert json.loads(ran("--agents", 12, "--json").output)["agents_needed"] is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "'--agents': not given; allowed without it: one or more of --service-level"),
        (("--agents", 8), "'--agents': 8; allowed: more than the offered load, 8.4, where nobody gives up"),
        (("--agents", 0), "'--agents': 0; allowed: whole numbers from 1 to 1000000"),
        (("--agents", 9, "--asa", "5s"), "'--asa': 5; allowed: only without --agents"),
        (("--agents", 9, "--lines", 8), "'--lines': 8; allowed: whole numbers from 9 to 2000000"),
        (("--agents", 9, "--lines", 9, "--waiting-places", 0), "'--waiting-places': 0; allowed: only without --lines"),
        (("--service-level", "80"), "'--service-level': 80; allowed: shares between 0% and 100%, such as 80% or 0.8"),
        (("--service-level", "100%"), "'--service-level': 100%; allowed: shares between"),
        (("--service-level", "80%", "--formula", "best"), "'--formula': best; allowed: offered, answered, without"),
        (("--abandoned", "3%"), "'--abandoned': 0.03; allowed: only with --patience; without, nobody gives up"),
        (("--blocked", "3%"), "'--blocked': 0.03; allowed: only with --lines or --waiting-places"),
        (("--agents", 9, "--patience", "0"), "'--patience': 0; allowed: a number and a unit"),
        (("--agents", 9, "--target", "soon"), "'--target': soon; allowed: a number and a unit"),
        (("--agents", 9, "--handle-time", "-2m"), "'--handle-time': -2m; allowed: a number and a unit"),
        (("--agents", 9, "--calls-per-hour", "nan"), "'--calls-per-hour': nan; allowed: numbers from 1e-06"),
    ],
)
def test_wrong_usage_is_named(options: tuple[object, ...], words: str) -> None:
    result = ran(*options)
    assert result.exit_code == Exit.USAGE
    assert words in " ".join(result.output.replace("│", " ").split())


def test_what_no_number_of_agents_keeps() -> None:
    result = ran("--blocked", "1%", "--lines", 9)
    assert result.exit_code == Exit.INVALID
    assert "9 agents, the most that there may be, do not keep what is asked for" in " ".join(result.output.split())


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_scipy(name: str, globals_: Any = None, locals_: Any = None, names: Any = (), level: int = 0) -> Any:
        if "erlang" in (names or ()) and name == "acdcore.sim":
            raise ModuleNotFoundError("No module named 'scipy'", name="scipy")
        return real(name, globals_, locals_, names, level)

    monkeypatch.setattr(builtins, "__import__", without_scipy)
    result = ran("--agents", 12)
    assert result.exit_code == Exit.FAILED
    assert "the formulas need scipy: pip install 'acdcore[sim]'" in " ".join(result.output.split())
