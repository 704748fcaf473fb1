"""Simulators side by side: all simulate the same call centers, theory agrees where it can, whoever errs is named."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from math import inf, log, sqrt
from pathlib import Path
from random import Random
from typing import ClassVar

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner
from typer.testing import Result as Ran

from acdcore.bench.simulators import contenders, contest, growth, report
from acdcore.bench.simulators.base import (
    ABANDONED,
    ANSWERED,
    BATCHES,
    COUNTS,
    OFFERED,
    WAITED,
    WITHIN,
    Contender,
    Empty,
    Outcome,
)
from acdcore.bench.simulators.check import (
    ENOUGH,
    GAVE_UP,
    HAD_TO_WAIT,
    IN_QUEUE,
    MEAN_WAIT_S,
    Figure,
    Figures,
    differs,
    figures,
    misses,
    most_errors,
    ratio,
    who_differs,
)
from acdcore.bench.simulators.contest import FEWEST, QUICK, Cell, Contest, Plan, Table, measure, planned
from acdcore.bench.simulators.models import BANK, CALLS_AN_HOUR, ERLANG_A, MODELS, SIX_SKILLS, TALK_S, Model
from acdcore.bench.simulators.plot import draw, short
from acdcore.bench.simulators.python_heapq import Heapq, one_line, skills
from acdcore.bench.simulators.theory import exact
from acdcore.cli.app import app
from acdcore.cli.output import Exit

pytestmark = pytest.mark.plain

NAMED = {who.name: who for who in contenders()}
PAIRS = [pytest.param(name, model, id=f"{name}, {model.name}") for name in NAMED for model in MODELS]
SMALL = Plan((ERLANG_A,), customers=FEWEST, least=FEWEST, rounds=2, growth=0)


def customers(name: str) -> int:
    """Return how many customers prove something in a second or so."""
    if name in {"SimPy", "SimPy, careful", "Ciw"}:
        return 30_000
    return 1_000_000 if name.startswith("C++") else 300_000


def quiet(*_: object) -> None:
    """Tell nobody."""


def able(name: str, model: Model) -> Contender:
    """Return a contender, ready; skip the test where it cannot run or express the model."""
    who = NAMED[name]
    if (why := who.missing() or who.cannot(model)) is not None:
        pytest.skip(why)
    one = who()
    one.prepare(model)
    return one


@cache
def simulated(name: str, model: Model, seed: int = 1) -> Outcome:
    """Return what a contender finds of a model, once for all tests."""
    return able(name, model).run(model, customers(name), seed)


def found(name: str, model: Model) -> Figures:
    """Return its figures."""
    return figures(simulated(name, model), model, customers(name))


class Impatient(Heapq):
    """Its customers give up too soon."""

    name: ClassVar[str] = "Impatient"

    def run(self, model: Model, customers: int, seed: int) -> Outcome:
        hasty = replace(model, patience_s=tuple(mean / 8 for mean in model.patience_s))
        return super().run(hasty, customers, seed)


class Moody(Heapq):
    """Gets another outcome each time."""

    name: ClassVar[str] = "Moody"
    runs: ClassVar[int] = 0

    def run(self, model: Model, customers: int, seed: int) -> Outcome:
        type(self).runs += 1
        return super().run(model, customers, seed + self.runs)


class Failing(Heapq):
    """Breaks down on the way."""

    name: ClassVar[str] = "Failing"

    def run(self, model: Model, customers: int, seed: int) -> Outcome:
        raise RuntimeError("the floor [red]caved in[/red]\nand more")


class Elsewhere(Heapq):
    """Cannot run here."""

    name: ClassVar[str] = "Elsewhere"

    @classmethod
    def missing(cls) -> str | None:
        return "it is not installed: pip install 'elsewhere[all]'"


class Narrow(Heapq):
    """Cannot express anything."""

    name: ClassVar[str] = "Narrow"

    @classmethod
    def cannot(cls, model: Model) -> str | None:  # noqa: ARG003
        return "it has no words for it"


class Hoarder(Heapq):
    """Forgets nobody."""

    name: ClassVar[str] = "Hoarder"

    def run(self, model: Model, customers: int, seed: int) -> Outcome:
        kept = [bytearray(1_000) for _ in range(customers)]
        assert len(kept) == customers
        return super().run(model, customers, seed)


class Mortal(Heapq):
    """Ends the process when a run is longer than the contest's."""

    name: ClassVar[str] = "Mortal"

    def run(self, model: Model, customers: int, seed: int) -> Outcome:
        if customers > FEWEST:
            os._exit(1)
        return super().run(model, customers, seed)


# ---------------------------------------------------------------------- the models


def test_the_models_are_what_they_say() -> None:
    load = sum(calls * talk / 3600 for calls, talk in zip(CALLS_AN_HOUR, TALK_S, strict=True))
    assert load == pytest.approx(57, abs=0.1)
    assert sum(SIX_SKILLS.agents) == 60
    assert len(set(SIX_SKILLS.serves)) == 12
    for kind, groups in enumerate(SIX_SKILLS.served_by):
        assert len(groups) == 5
        assert SIX_SKILLS.served_by[kind ^ 1] == groups  # both tiers of a skill
        assert SIX_SKILLS.patience_s[kind] == (180, 240)[SIX_SKILLS.rank[kind]]
    for serves in SIX_SKILLS.serves:
        assert len(serves) in {4, 6}
    assert ERLANG_A.rate_per_s * ERLANG_A.service_s[0][0] == pytest.approx(95)
    assert ERLANG_A.patience_s[0] == 2 * ERLANG_A.service_s[0][0]
    assert [model.one_line for model in MODELS] == [True, False, False]


def test_the_bank_is_as_published(shared_dir: Path) -> None:
    folder = shared_dir / "data" / "us-bank-13x9"

    def read(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.loadtxt(folder / f"{name}.csv", delimiter=",", encoding="utf-8-sig")

    assert list(BANK.agents) == read("agents").tolist()
    assert np.array(BANK.arrivals_per_s) * 3600 == pytest.approx(read("lambd_hourly_main_data"))
    assert 3600 / np.array(BANK.patience_s) == pytest.approx(read("data_theta_hourly"))
    service = np.array(BANK.service_s)
    hourly = np.divide(3600, service, out=np.zeros_like(service), where=service > 0)
    assert hourly == pytest.approx(read("mu_hourly"))


# ---------------------------------------------------------------------- everybody


def test_names_fit_their_column_and_differ() -> None:
    assert len(NAMED) == len(contenders())
    assert all(len(name) <= 16 for name in NAMED)


@pytest.mark.parametrize(("name", "model"), PAIRS)
def test_everybody_is_accounted_for(name: str, model: Model) -> None:
    outcome = simulated(name, model)
    classes, groups = len(model.arrivals_per_s), len(model.agents)
    assert outcome.counts.shape == (BATCHES, classes, COUNTS)
    assert (outcome.wait_s.shape, outcome.work_s.shape) == ((BATCHES, classes), (BATCHES, groups))
    counts = {count: outcome.counts[1:, :, count] for count in range(COUNTS)}  # of the warm-up nothing need be known
    assert (counts[OFFERED] == counts[ANSWERED] + counts[ABANDONED]).all()
    assert (counts[WITHIN] <= counts[ANSWERED]).all()
    assert (counts[ABANDONED] <= counts[WAITED]).all()
    assert (counts[OFFERED] - counts[WAITED] <= counts[WITHIN]).all()
    assert ((outcome.wait_s[1:] > 0) == (counts[WAITED] > 0)).all()
    assert (outcome.work_s[1:] > 0).all()
    # Poisson: within five standard deviations, in all and by class
    assert abs(outcome.customers - customers(name)) < 5 * sqrt(customers(name))
    expected = np.array(model.arrivals_per_s) / model.rate_per_s * customers(name) * (1 - 1 / BATCHES)
    assert (abs(counts[OFFERED].sum(0) - expected) < 5 * np.sqrt(expected)).all()


@pytest.mark.parametrize(("name", "model"), PAIRS)
def test_the_seed_decides(name: str, model: Model) -> None:
    one = able(name, model)
    first, again, other = (one.run(model, 2_000, seed).checksum for seed in (5, 5, 6))
    assert first == again != other


@pytest.mark.parametrize("name", NAMED)
def test_theory_agrees(name: str) -> None:
    assert misses(found(name, ERLANG_A), exact(ERLANG_A)) == ""


@pytest.mark.parametrize(("name", "model"), PAIRS)
def test_everybody_agrees(name: str, model: Model) -> None:
    own = found(name, model)
    others = [other for other, who in NAMED.items() if other != name and not (who.missing() or who.cannot(model))]
    assert {other: what for other in others if (what := differs(own, found(other, model)))} == {}


def test_both_python_programs_are_one() -> None:
    size = customers("Python, heapq")
    both = [program(ERLANG_A, ERLANG_A.horizon_s(size), seed) for program, seed in ((one_line, 1), (skills, 2))]
    assert differs(*(figures(outcome, ERLANG_A, size) for outcome in both)) == ""


# ---------------------------------------------------------------------- the rule, word by word


def by_definition(model: Model, horizon_s: float, seed: int) -> tuple[list[list[int]], float, float]:
    """Simulate as ``models.py`` is worded, with lists and no thought of speed, on the random numbers of ``skills``.

    Returns counts by class and count, warm-up included, and the sums of waits and of services.
    """
    random = Random(seed).random
    counts = [[0] * COUNTS for _ in model.arrivals_per_s]
    waits_s = work_s = 0.0
    idle = [
        (0.0, number, group) for number, group in enumerate(g for g, n in enumerate(model.agents) for _ in range(n))
    ]
    waiting: list[tuple[float, float, int]] = []  # since, until, class
    at_work: list[tuple[float, int, int]] = []  # until, number, group
    arrival = -log(1 - random()) / model.rate_per_s
    while True:
        moments = [arrival, *(entry[0] for entry in at_work), *(entry[1] for entry in waiting)]
        now = min(moments)
        if now == inf:
            return counts, waits_s, work_s
        talks: tuple[int, int, int, float] | None = None  # number, group, class, wait
        if now == arrival:
            draw, kind = random(), 0
            while kind + 1 < len(counts) and draw >= sum(model.arrivals_per_s[: kind + 1]) / model.rate_per_s:
                kind += 1
            counts[kind][OFFERED] += 1
            suited = [agent for agent in idle if model.service_s[kind][agent[2]]]
            if suited:
                idle.remove(agent := min(suited))
                talks = (agent[1], agent[2], kind, 0.0)
            else:
                counts[kind][WAITED] += 1
                waiting.append((now, now - log(1 - random()) * model.patience_s[kind], kind))
        elif gone := [entry for entry in waiting if entry[1] == now]:
            waiting.remove(gone[0])
            counts[gone[0][2]][ABANDONED] += 1
            waits_s += now - gone[0][0]
        else:
            at_work.remove(free := min(at_work))
            theirs = [entry for entry in waiting if model.service_s[entry[2]][free[2]]]
            if theirs:
                waiting.remove(first := min(theirs, key=lambda entry: (model.rank[entry[2]], entry[0])))
                talks = (free[1], free[2], first[2], now - first[0])
            else:
                idle.append((now, free[1], free[2]))
        if talks is not None:
            number, group, kind, wait_s = talks
            talk_s = -log(1 - random()) * model.service_s[kind][group]
            counts[kind][ANSWERED] += 1
            counts[kind][WITHIN] += wait_s <= model.target_s
            waits_s += wait_s
            work_s += talk_s
            at_work.append((now + talk_s, number, group))
        if now == arrival:
            arrival = now - log(1 - random()) / model.rate_per_s
            arrival = arrival if arrival < horizon_s else inf


@pytest.mark.parametrize(
    "model",
    [
        SIX_SKILLS,
        replace(SIX_SKILLS, name="6 skills, short of agents", agents=(4,) * 12),
        replace(BANK, name="the bank, short of agents", agents=tuple(agents - agents // 8 for agents in BANK.agents)),
        ERLANG_A,
    ],
    ids=lambda model: model.name,
)
def test_the_rule_is_followed_word_by_word(model: Model) -> None:
    horizon_s = model.horizon_s(4_000)
    counts, waits_s, work_s = by_definition(model, horizon_s, 3)
    outcome = skills(model, horizon_s, 3)
    assert outcome.counts.sum(0).tolist() == counts
    assert outcome.wait_s.sum() == pytest.approx(waits_s)
    assert outcome.work_s.sum() == pytest.approx(work_s)
    assert sum(count[ABANDONED] for count in counts) > 5


# ---------------------------------------------------------------------- checks that must fail


@pytest.mark.parametrize(
    ("model", "change"),
    [
        pytest.param(ERLANG_A, lambda model: replace(model, agents=(97,)), id="three agents less"),
        pytest.param(SIX_SKILLS, lambda model: replace(model, rank=(0,) * 12), id="no tiers"),
        pytest.param(SIX_SKILLS, lambda model: replace(model, agents=(0, *model.agents[1:])), id="a group stays away"),
        pytest.param(BANK, lambda model: replace(model, patience_s=(30.0,) * 13), id="nobody has patience"),
    ],
)
def test_another_model_is_seen(model: Model, change: Callable[[Model], Model]) -> None:
    other = change(model)
    size = customers(Heapq.name)
    assert differs(found(Heapq.name, model), figures(Heapq().run(other, size, 2), model, size))


def test_theory_is_the_equilibrium_of_births_and_deaths() -> None:
    """By the balance of every state, truncated far out, in units of a service."""
    inside = np.arange(1, 400)
    deaths = np.minimum(inside, 100) + np.maximum(inside - 100, 0) / 2
    odds = np.concatenate([[1.0], np.cumprod(95 / deaths)])
    odds /= odds.sum()
    queue = float(np.maximum(np.arange(400) - 100, 0) @ odds)
    known = exact(ERLANG_A)
    assert known[IN_QUEUE] == pytest.approx(queue, rel=1e-9)
    assert known[GAVE_UP] == pytest.approx(queue / 2 / 95, rel=1e-9)
    assert known[HAD_TO_WAIT] == pytest.approx(odds[100:].sum(), rel=1e-9)
    assert known[MEAN_WAIT_S] == pytest.approx(queue / 95 * 180, rel=1e-9)
    assert known["occupancy of group 0"] == pytest.approx(float(np.minimum(np.arange(400), 100) @ odds) / 100, rel=1e-9)
    assert exact(SIX_SKILLS) == exact(BANK) == {}
    assert misses(found(Heapq.name, BANK), exact(BANK)) == ""


def test_theory_rules_out_who_errs() -> None:
    wrong = figures(Impatient().run(ERLANG_A, FEWEST, 1), ERLANG_A, FEWEST)
    assert GAVE_UP in misses(wrong, {GAVE_UP: exact(ERLANG_A)[GAVE_UP]})


def test_standard_errors_are_those_of_batches() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    one = ratio(values, np.full(4, 2.0))
    assert one.value == pytest.approx(2.0)
    assert one.error == pytest.approx(values.std(ddof=1) / 2 / 2)
    assert ratio(values, 3 * values) == Figure(pytest.approx(1 / 3), pytest.approx(0))  # type: ignore[arg-type]
    assert most_errors(1) == pytest.approx(3.883, abs=1e-3)  # Student's t of 19 degrees of freedom, 99.95 %
    assert most_errors(10) > most_errors(1)


def test_rare_classes_are_not_compared() -> None:
    outcome = simulated(Heapq.name, BANK)
    named = found(Heapq.name, BANK).keys()
    for kind, offered in enumerate(outcome.counts[1:, :, OFFERED].sum(0)):
        assert (f"waited, class {kind}" in named) == (offered >= ENOUGH)


def test_most_decide() -> None:
    def said(value: float) -> Figures:
        return {GAVE_UP: Figure(value, 0.001)}

    assert who_differs({"a": said(0.1), "b": said(0.101), "c": said(0.2)}).keys() == {"c"}
    assert who_differs({"a": said(0.1), "b": said(0.2)}).keys() == {"a", "b"}
    assert who_differs({"a": said(0.1)}) == {}
    assert "a: gave up: 0.2, not 0.1 (± 0.0055)" in who_differs({"a": said(0.1), "b": said(0.1), "c": said(0.2)})["c"]


# ---------------------------------------------------------------------- the contest


def test_whoever_errs_is_named_and_the_others_are_shown() -> None:
    table = measure(ERLANG_A, SMALL, [Heapq, Impatient, Moody, Failing, Narrow], quiet)
    wrong = {cell.name: cell.wrong for cell in table.cells}
    assert wrong.keys() == {"Python, heapq", "Impatient", "Moody", "Failing"}
    assert wrong["Python, heapq"] == ""
    assert wrong["Impatient"].startswith("theory rules it out: ")
    assert wrong["Moody"].startswith("RuntimeError: another outcome of the same seed")
    assert wrong["Failing"] == "RuntimeError: the floor [red]caved in[/red]"
    assert table.cannot == {"Narrow": "it has no words for it"}
    [right, *others] = table.cells
    assert len(right.per_s) == SMALL.rounds
    assert right.checksum == Heapq().run(ERLANG_A, FEWEST, ERLANG_A.seed).checksum
    assert not any(cell.per_s for cell in others)


def test_whoever_is_slow_simulates_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a clock that says what each run takes: 0.1 ms a customer."""
    ran: list[int] = []
    clock = [0]

    class Clocked(Heapq):
        name: ClassVar[str] = "Clocked"

        def run(self, model: Model, customers: int, seed: int) -> Outcome:
            ran.append(customers)
            clock[0] += customers * 100_000
            return replace(super().run(model, 1_000, seed), customers=customers)

    monkeypatch.setattr(contest, "process_time_ns", lambda: clock[0])
    measure(ERLANG_A, replace(SMALL, customers=10**7, rounds=2, budget_s=12.0), [Clocked], quiet)
    assert ran == [FEWEST, 50_000, 50_000]
    ran.clear()
    measure(ERLANG_A, replace(SMALL, customers=10**7, budget_s=1.0), [Clocked], quiet)
    assert ran == [FEWEST, FEWEST, FEWEST]
    ran.clear()
    measure(ERLANG_A, replace(SMALL, customers=30_000, budget_s=100.0), [Clocked], quiet)
    assert ran == [FEWEST, 30_000, 30_000]


@pytest.mark.slow
def test_growth_is_seen_in_a_process_of_its_own() -> None:
    if growth.peak_bytes() is None:
        pytest.skip("the system does not say how much memory is resident")
    kept = growth.growth_of(Hoarder, ERLANG_A, 5_000)
    assert kept is not None and kept > 40_000_000
    table = measure(ERLANG_A, replace(SMALL, rounds=1, growth=5_000), [Heapq], quiet)
    assert table.cells[0].grew is not None and table.cells[0].grew < 2_000_000


@pytest.mark.slow
def test_whoever_dies_of_the_long_run_is_named() -> None:
    table = measure(ERLANG_A, replace(SMALL, rounds=1, growth=5_000), [Mortal], quiet)
    assert table.cells[0].wrong.startswith("BrokenProcessPool")


def test_plans() -> None:
    assert planned().models == MODELS
    assert planned(seed=7).models[2].seed == 7
    assert planned(quick=True) == QUICK
    assert planned(customers=30_000, rounds=2) == replace(Plan(), customers=30_000, least=30_000, rounds=2)
    with pytest.raises(ValueError, match="customers: 19999; allowed: at least 20000"):
        planned(customers=FEWEST - 1)


# ---------------------------------------------------------------------- what is shown


def table_of(model: Model) -> Table:
    """Return a table as wide as it gets."""
    known = found(Heapq.name, model)
    cells = [
        Cell(name[:16], 10_000_000, [12_345_678.0, 45_678_901.0], "0123456789abcdef", known, 987_654_321)
        for name in ("acdcore", report.BASE, report.SLOW[0], "n" * 16)
    ]
    wrong = Cell("Careless", figures=known, wrong="disagrees with 3 of 3")
    return Table(model, [*cells, wrong], {"Narrow": "it has no words for it"}, exact(model))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_tables_fit_80_columns(model: Model) -> None:
    said = io.StringIO()
    console = Console(file=said, width=80)
    table = table_of(model)
    console.print(report.drawn(table))
    console.print(report.drawn_figures(table))
    text = said.getvalue()
    assert "…" not in text
    for whole in ("29,012,290", "57%", "10,000,000", "+987.7 MB", "01234567", "x SimPy", "Careless (wrong)", "n" * 16):
        assert whole in text
    assert ("theory" in text) == model.one_line
    assert all(len(line) <= 80 for text in (report.NOTE, report.GREW_NOTE) for line in text.splitlines())


def test_json_and_picture_have_everybody(tmp_path: Path) -> None:
    everything = Contest(Plan(), [table_of(model) for model in MODELS], {"Elsewhere": "not installed"})
    told = report.as_json(everything)
    assert json.loads(json.dumps(told)) == json.loads(json.dumps(told, sort_keys=True))
    assert told["missing"] == {"Elsewhere": "not installed"}
    first = told["models"][0]
    assert first["contenders"][0]["per_s_rounds"] == [12_345_678.0, 45_678_901.0]
    assert first["contenders"][-1]["wrong"] == "disagrees with 3 of 3"
    assert first["exact"][GAVE_UP] == exact(ERLANG_A)[GAVE_UP]
    for some in (everything, replace(everything, tables=everything.tables[:1])):
        path = tmp_path / "speeds.svg"
        draw(some, path)
        assert path.stat().st_size > 5_000
    assert [short(speed) for speed in (12, 35_400, 4_876_556)] == ["12", "35.4 k", "4.88 M"]


def test_whoever_is_missing_is_told_of() -> None:
    said, aside = io.StringIO(), io.StringIO()
    out, err = Console(file=said, width=80), Console(file=aside, width=80)
    assert report.run_contest(SMALL, [Heapq, Elsewhere], out=out, err=err) == 0
    for text in (said.getvalue(), aside.getvalue()):
        assert "left out: Elsewhere: it is not installed: pip install 'elsewhere[all]'\n" in text
    assert report.run_contest(SMALL, [Heapq, Failing], out=out, err=err) == 1
    assert "not shown: Failing: RuntimeError: the floor [red]caved in[/red]\n" in said.getvalue()
    assert all(line == line.rstrip() for line in said.getvalue().splitlines())


@pytest.mark.parametrize("name", ["SimPy", "Ciw", "cimba, customers", "C++, plain"])
def test_packages_and_compilers_may_be_absent(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    who = NAMED[name]
    module = __import__(who.__module__, fromlist=["x"])
    if hasattr(module, "find_spec"):
        monkeypatch.setattr(module, "find_spec", lambda _: None)
    else:
        monkeypatch.setattr(module, "compiled", lambda: (None, "no C++ compiler: apt-get install g++"))
    why = who.missing()
    assert why is not None and "install" in why


def ran(*arguments: str | int | Path) -> Ran:
    """Run the command line in this process, 80 columns wide."""
    runner = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    return runner.invoke(app, ["bench", "--simulators", *map(str, arguments)])


def test_the_command_shows_tables_and_writes_files(tmp_path: Path) -> None:
    written, picture = tmp_path / "contest.json", tmp_path / "contest.png"
    done = ran("--quick", "--only", "heapq", "--events", FEWEST, "--rounds", 1, "--json", written, "--plot", picture)
    assert done.exit_code == Exit.OK, done.output
    for model in MODELS:
        assert model.name in done.output
    told = json.loads(written.read_text(encoding="utf-8"))
    hashes = [model["contenders"][0]["checksum"] for model in told["models"]]
    assert all(digits[:8] in done.output for digits in hashes)
    assert picture.stat().st_size > 5_000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--agents", "5"), "'--agents': it has no meaning with --simulators"),
        (("--full-law",), "'--full-law': it has no meaning with --simulators"),
        (("--only", "arena"), "allowed: words in these names: acdcore;"),
        (("--events", "100"), "allowed: at least 20000"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], said: str) -> None:
    done = ran(*arguments)
    assert done.exit_code == Exit.USAGE
    assert said in " ".join(done.output.replace("│", " ").split())


def test_an_empty_center_counts_nothing() -> None:
    outcome = Empty(BANK).outcome()
    assert outcome.customers == 0
    assert outcome.counts.shape == (BATCHES, 13, COUNTS)
