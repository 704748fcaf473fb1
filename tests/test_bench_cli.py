"""The comparison as people meet it: ``acdcore bench``, its tables, its JSON and its picture."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console
from typer.testing import CliRunner
from typer.testing import Result as Ran

from acdcore.bench.compare import measure as compare
from acdcore.bench.compare import run as compare_run
from acdcore.bench.compare.measure import Cell, Comparison, Plan, Table, measure, paced, sizes
from acdcore.bench.compare.plot import draw, largest_plane, round_time
from acdcore.bench.compare.report import BASE, as_json, drawn, significant, time_words
from acdcore.bench.comparing import chosen, present
from acdcore.bench.contenders import contenders
from acdcore.bench.contenders.base import Contender
from acdcore.bench.contenders.python_deque import PythonDeque
from acdcore.bench.contenders.python_heapq import PythonHeapq
from acdcore.bench.reference_job import Job, Shape, checksum, make_job
from acdcore.cli.app import app
from acdcore.cli.output import Exit

pytestmark = pytest.mark.plain

TINY = Shape(20, 0, 10)


class Careless(PythonDeque):
    """Gets one event wrong: the last."""

    name: ClassVar[str] = "Careless"

    def results(self) -> NDArray[np.int32]:
        found = super().results()
        found[-1] += 1
        return found


class Failing(PythonDeque):
    """Breaks down on the way."""

    name: ClassVar[str] = "Failing"

    def run(self) -> None:
        raise RuntimeError("the floor [red]caved in[/red]\nand more")


class Elsewhere(PythonDeque):
    """Cannot run here."""

    name: ClassVar[str] = "Elsewhere"

    @classmethod
    def missing(cls) -> str | None:
        return "it is not installed: pip install 'elsewhere[all]'"


def ran(*arguments: str | Path) -> Ran:
    """Run the command line in this process, 80 columns wide."""
    return CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, ["bench", *map(str, arguments)])


def compared(*who: type[Contender], plan: Plan | None = None) -> tuple[int, str]:
    """Compare some contenders; return the exit code and what was printed."""
    said = io.StringIO()
    console = Console(file=said, width=80)
    plan = plan or Plan((TINY,), events=2_000, rounds=2)
    code = compare_run.run_comparison(plan, who, out=console, err=Console(file=io.StringIO()))
    return code, said.getvalue()


# ---------------------------------------------------------------------- the command


def test_help_fits_80_columns_and_names_every_option() -> None:
    result = ran("--help")
    assert result.exit_code == Exit.OK
    assert max(map(len, result.output.splitlines())) <= 80
    for option in ("agents", "profiles", "waiting", "events", "rounds", "seed", "only", "without", "json", "plot"):
        assert re.search(rf"│ --{option} +[NF]", result.output), option
    assert re.search(r"│ --quick +Four", result.output)
    # no line of its words is broken again, far from its end
    words = result.output.partition("╭")[0].splitlines()
    assert not [line for line in words if 0 < len(line.strip()) < 12]
    assert "()" not in result.output
    assert re.search(r"│ bench +\w", CliRunner().invoke(app, ["--help"]).output)


def test_a_run_prints_a_table_for_every_shape_and_writes_files(tmp_path: Path) -> None:
    told, picture = tmp_path / "told.json", tmp_path / "picture.svg"
    arguments = ("--agents", "10,20", "--waiting", "5", "--events", "2000", "--rounds", "2", "--only", "deque,HEAPQ")
    result = ran(*arguments, "--json", told, "--plot", picture)
    assert result.exit_code == Exit.OK, result.output
    assert max(map(len, result.output.splitlines())) <= 80
    assert all(line == line.rstrip() for line in result.stdout.splitlines())
    assert re.findall(r"^(\S+) agents, all distinct, 5 waiting", result.stdout, re.MULTILINE) == ["10", "20"]
    rows = re.findall(
        r"^(Python, .*?)  +([\d,.]+ [nµ]s) +.* to .*?- +2,000 +([0-9a-f]{8})$", result.stdout, re.MULTILINE
    )
    assert [name for name, _, _ in rows] == [PythonDeque.name, PythonHeapq.name] * 2
    read = json.loads(told.read_text(encoding="utf-8"))
    assert [shape["agents"] for shape in read["shapes"]] == [10, 20]
    for shape, (_, _, digits) in zip(read["shapes"], rows[::2], strict=True):
        job = make_job(Shape(shape["agents"], shape["profiles"], shape["waiting"], shape["seed"]), 2_000)
        assert shape["expected"]["2000"] == checksum(job.results)
        assert digits == checksum(job.results)[:8]
        for cell in shape["contenders"]:
            assert cell["checksum"] == checksum(job.results)
            assert len(cell["ns_rounds"]) == 2
            assert 0 < cell["ns_min"] <= cell["ns_median"] <= cell["ns_max"]
    assert read["machine"]["cores"] >= 1
    assert read["machine"]["cpu"]
    assert {"python", "numpy", "acdcore", "sqlite"} <= set(read["versions"])
    assert "<svg" in picture.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--agents", "0"), "0; allowed: whole numbers from 1 to 1000000, with commas between them"),
        (("--agents", "1,x"), "1,x; allowed: whole numbers"),
        (("--waiting", "-1"), "-1; allowed: whole numbers from 0"),
        (("--rounds", "0"), "0; allowed: whole numbers from 1 to 1000"),
        (("--only", "python,oracle"), "oracle; allowed: words in these names: "),
        (("--without", "oracle"), "'--without': oracle; allowed"),
        (("--only", "deque", "--without", "python"), "python; allowed: what leaves somebody"),
        (("--plot", "picture.bmp"), "picture.bmp; allowed: names ending in .svg, .png, .pdf"),
        (("--json", "/nowhere/told.json"), "/nowhere/told.json; allowed: a file in a folder that exists"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_measured(arguments: tuple[str, ...], said: str) -> None:
    result = ran(*arguments)
    assert result.exit_code == Exit.USAGE
    words = " ".join(re.sub(r"[│╭╰─╮╯]", " ", result.output).split())
    assert said in words


def test_shapes_are_all_combinations_of_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[Plan] = []

    def note(plan: Plan, *_: object, **__: object) -> int:
        plans.append(plan)
        return 0

    monkeypatch.setattr(compare_run, "run_comparison", note)
    ran("--profiles", "0,40", "--agents", "100,2_000,100", "--seed", "7")
    ran("--waiting", "5", "--quick")
    ran("--quick", "--seed", "3", "--rounds", "9")
    ran()
    assert plans[0].shapes == tuple(Shape(n, p, 300, 7) for p in (0, 40) for n in (100, 2_000))
    assert plans[1].shapes == (Shape(1_000, 0, 5),)
    assert (plans[1].rounds, plans[1].budget_s) == (compare.QUICK.rounds, compare.QUICK.budget_s)
    assert [(shape.agents, shape.seed) for shape in plans[2].shapes] == [(s.agents, 3) for s in compare.QUICK.shapes]
    assert plans[2].rounds == 9
    assert plans[3] == compare.STANDARD


# ---------------------------------------------------------------------- who is shown, and who is not


def test_whoever_gets_another_result_is_named_and_not_shown() -> None:
    code, said = compared(PythonDeque, Careless)
    assert code == 1
    assert re.search(rf"^{PythonDeque.name} +[\d,]+ ns", said, re.MULTILINE)
    assert not re.search(r"^Careless", said, re.MULTILINE)
    digits = checksum(make_job(TINY, 1_000).results)
    assert re.search(
        rf"^not shown: Careless: its results differ: [0-9a-f]{{16}} after 1,000 events, where\s+{digits} is right",
        said,
        re.MULTILINE,
    )


def test_whoever_fails_is_named_and_the_others_go_on() -> None:
    code, said = compared(Failing, PythonDeque)
    assert code == 1
    assert "not shown: Failing: RuntimeError: the floor [red]caved in[/red]\n" in said
    assert re.search(rf"^{PythonDeque.name} +[\d,]+ ns", said, re.MULTILINE)


def test_whoever_is_missing_is_left_out_with_the_reason() -> None:
    code, said = compared(Elsewhere, PythonDeque)
    assert code == 0
    assert "left out: Elsewhere: it is not installed: pip install 'elsewhere[all]'\n" in said
    assert present([Elsewhere, PythonDeque]) == ([PythonDeque], {"Elsewhere": Elsewhere.missing()})


def test_a_wrong_result_of_a_later_round_counts_too() -> None:
    class Fickle(PythonDeque):
        """Right but for the third time."""

        name: ClassVar[str] = "Fickle"
        times: ClassVar[int] = 0

        def results(self) -> NDArray[np.int32]:
            type(self).times += 1
            return super().results() + np.int32(self.times == 3)

    table = measure(TINY, Plan((TINY,), events=500, rounds=4), [Fickle], lambda *_: None)
    assert Fickle.times == 3
    assert table.cells[0].ns == []
    assert table.cells[0].wrong.startswith("its results differ: ")


# ---------------------------------------------------------------------- how it is measured


def test_rounds_take_turns_and_nobody_is_left_loaded() -> None:
    did: list[str] = []

    class One(PythonDeque):
        """Notes what it does."""

        name: ClassVar[str] = "One"

        def load(self, job: Job, events: NDArray[np.void]) -> None:
            did.append(f"{self.name} loads {len(events)}")
            super().load(job, events)

        def close(self) -> None:
            did.append(f"{self.name} closes")
            super().close()

    class Two(One):
        """Another."""

        name: ClassVar[str] = "Two"

    steps: list[tuple[int, int]] = []
    plan = Plan((TINY,), events=500, rounds=2, budget_s=100)
    table = measure(TINY, plan, [One, Two], lambda _, done, of: steps.append((done, of)))
    assert did == ["One loads 500", "One closes", "Two loads 500", "Two closes"] * 3
    assert [len(cell.ns) for cell in table.cells] == [2, 2]
    assert steps == sorted(steps) and steps[-1] == (5, 6)


def test_who_is_slow_does_fewer_events_and_rounds() -> None:
    plan = Plan((TINY,), events=100_000, rounds=5, budget_s=5)
    assert sizes(100_000) == [1_000, 10_000, 100_000]
    assert sizes(25_000) == [1_000, 10_000, 25_000]
    assert sizes(300) == [300]
    assert paced(sizes(100_000), 100, 0.1, plan) == (100_000, 5)
    assert paced(sizes(100_000), 10_000, 0.1, plan) == (100_000, 4)
    assert paced(sizes(100_000), 10_001, 0.0, plan) == (10_000, 5)
    assert paced(sizes(100_000), 1e6, 0.0, plan) == (1_000, 5)
    assert paced(sizes(100_000), 1e6, 4.0, plan) == (1_000, 3)  # 15 seconds for a median of three
    assert paced(sizes(100_000), 1e6, 4.1, plan) == (1_000, 1)
    assert paced(sizes(100_000), 1e8, 0.0, plan) == (1_000, 1)


def test_who_seems_slow_at_first_is_tried_with_more() -> None:
    loaded: list[int] = []

    class Cold(PythonDeque):
        """Takes its time with the first round only."""

        name: ClassVar[str] = "Cold"

        def load(self, job: Job, events: NDArray[np.void]) -> None:
            loaded.append(len(events))
            super().load(job, events)

    ns = iter([400_000.0, 2_000.0, 1_000.0, 1_000.0])
    plan = Plan((TINY,), events=100_000, rounds=2, budget_s=10.0)

    class Told(compare._Runs):
        """Is told how long its rounds took."""

        def _round(self, events: int) -> float:
            super()._round(events)
            return next(ns)

    job = make_job(TINY, 100_000)
    runs = Told(Cold, job, {count: checksum(job.results[:count]) for count in sizes(100_000)}, plan)
    for _ in range(4):
        runs.turn()
    assert loaded == [1_000, 10_000, 100_000, 100_000]
    assert (runs.cell.events, runs.cell.ns) == (100_000, [1_000.0, 1_000.0])


def test_contenders_are_chosen_by_words() -> None:
    everybody = contenders()
    names = [contender.name for contender in everybody]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 24
    assert chosen(everybody) == everybody
    assert [who.name for who in chosen(everybody, ["c++"], ["BITSET"])] == ["C++, hybrid", "C++, groups"]
    with pytest.raises(ValueError, match=r"^Oracle$"):
        chosen(everybody, ["c++"], ["Oracle"])


# ---------------------------------------------------------------------- how it is shown


def figures(**ns: float) -> list[Cell]:
    return [Cell(name.replace("_", " "), 1_000, [value], "0123456789abcdef") for name, value in ns.items()]


def test_times_are_said_in_a_unit_that_suits_them() -> None:
    assert time_words(37, 36, 41) == (["37", "36", "41"], "ns")
    assert time_words(9_999, 1) == (["9,999", "1"], "ns")
    assert time_words(57_000, 9_000, 112_000) == (["57.0", "9.00", "112"], "µs")
    assert time_words(2.5e10) == (["25.0"], "s")
    assert (significant(0.123), significant(12.34), significant(1234.5)) == ("0.12", "12.3", "1,234")
    assert [round_time(ns) for ns in (10, 1e3, 1e5, 1e6, 1e9)] == ["10 ns", "1 µs", "100 µs", "1 ms", "1 s"]


def test_ratios_are_to_the_c_level_interface() -> None:
    said = io.StringIO()
    cells = [*figures(Slow=5e8), Cell(BASE, 100_000, [90.0, 100.0, 110.0], "f" * 16), *figures(Fast=50)]
    Console(file=said, width=80).print(drawn(Table(TINY, {}, cells)))
    rows = [re.split(r" {2,}", row.strip()) for row in said.getvalue().splitlines()]
    assert rows[2:] == [
        ["Slow", "500 ms", "500 to 500", "5,000,000", "1,000", "01234567"],
        [BASE, "100 ns", "90 to 110", "1.00", "100,000", "ffffffff"],
        ["Fast", "50 ns", "50 to 50", "0.50", "1,000", "01234567"],
    ]


def test_the_picture_has_the_longest_row_of_shapes_that_differ_in_one_thing(tmp_path: Path) -> None:
    shapes = [Shape(100), Shape(10), Shape(10, 5), Shape(100, 0, 10_000), Shape(100, 0, 30), Shape(1_000)]
    tables = [Table(shape, {}, figures(acdcore=50 + shape.agents, Redis=1e5)) for shape in shapes]
    by_agents = largest_plane(tables, lambda t: t.shape.agents, lambda t: (t.shape.waiting, t.shape.profiles))
    assert [table.shape.agents for table in by_agents] == [10, 100, 1_000]
    by_waiting = largest_plane(tables, lambda t: t.shape.waiting, lambda t: (t.shape.agents, t.shape.profiles))
    assert [table.shape.waiting for table in by_waiting] == [30, 300, 10_000]
    for number, some in enumerate((tables, tables[:1], tables[:2])):
        path = tmp_path / f"{number}.svg"
        draw(Comparison(Plan(()), some), path)
        assert path.stat().st_size > 5_000


def test_json_names_whoever_is_wrong_or_missing() -> None:
    cells = [*figures(Fast=50), Cell("Careless", wrong="its results differ")]
    told = as_json(Comparison(Plan((TINY,)), [Table(TINY, {1_000: "0" * 16}, cells)], {"Elsewhere": "not installed"}))
    assert told["missing"] == {"Elsewhere": "not installed"}
    assert told["shapes"][0]["contenders"][1] == {"name": "Careless", "wrong": "its results differ"}
    assert told["shapes"][0]["contenders"][0]["ns_rounds"] == [50]
    assert json.loads(json.dumps(told)) == told
