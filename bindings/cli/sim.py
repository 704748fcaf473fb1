"""``acdcore sim``: scenarios checked, simulated, compared and reported."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from ..config import ConfigError
from ..config.load import read_text
from ..errors import AcdError, shown
from .output import Exit, err, fail, invalid, line, out, plain, problem_table, sentence, table
from .values import number_value
from .wording import FLAG, Command, Commands, by_default

sim_app = typer.Typer(
    name="sim",
    cls=Commands,
    help="Simulate a center: what becomes of customers and agents, by the router that production runs.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
T = TypeVar("T")


Experiment: TypeAlias = Any
"""What ``acdcore.sim.experiment`` returns; it is imported inside functions only, as no other command needs it."""


@dataclass(frozen=True)
class Override:
    """A value to put into a scenario."""

    path: str
    value: str


def override_value(text: str | Override) -> Override:
    """Return what ``path=value`` says."""
    if isinstance(text, Override):
        return text
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        allowed = "path=value, such as run.seed=2 or demand[0].calls_per_hour=300"
        raise typer.BadParameter(f"{shown(text)}; allowed: {allowed}")
    return Override(path.strip(), value.strip() or "null")


PAGES: Final = (".html", ".htm")


def file_value(*endings: str) -> Callable[[str | Path], Path]:
    """Return a reader of names of files that end in one of some ways."""

    def file(value: str | Path) -> Path:
        if Path(value).suffix.lower() not in endings:
            raise typer.BadParameter(f"{shown(str(value))}; allowed: names that end in {' or '.join(endings)}")
        return Path(value)

    return file


ScenarioFile = Annotated[
    Path,
    typer.Argument(metavar="SCENARIO.yaml", exists=True, dir_okay=False, readable=True, help="A scenario's file."),
]
OptionalScenarioFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="SCENARIO.yaml",
        exists=True,
        dir_okay=False,
        readable=True,
        help="A scenario's file; without one, the sample scenario.",
        show_default=False,
    ),
]
Sets = Annotated[
    list[Override] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        parser=override_value,
        help="Another value in the scenario, or in its center: center.queues.orders.target=30s. May be repeated.",
        show_default=False,
    ),
]
Replications = Annotated[
    int | None,
    typer.Option(
        metavar="N", parser=number_value(int, 1, 1_000_000), help=by_default("How many replications.", "the scenario's")
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(metavar="N", parser=number_value(int, 0), help=by_default("Other chance.", "the scenario's")),
]
Processes = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        parser=number_value(int, 1, 1_000),
        help=by_default("Replications at once; the result is the same.", "one a processor"),
    ),
]
OutFolder = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", file_okay=False, help="Write all figures there: CSV, Parquet, JSON."),
]
ReportFile = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE.html", parser=file_value(*PAGES), help="Write a report as one HTML page."),
]
AsJson = Annotated[bool, typer.Option("--json", metavar=FLAG, help="Print JSON instead of tables.")]


def overrides(sets: Sequence[Override] | None, replications: int | None, seed: int | None) -> list[tuple[str, str]]:
    """Return what options say of a scenario, as its loader takes it."""
    found = [(one.path, one.value) for one in sets or ()]
    found += [] if replications is None else [("run.replications", str(replications))]
    return found + ([] if seed is None else [("run.seed", str(seed))])


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turn what is wrong with a scenario, or happens while it is simulated, into words and an exit code."""
    try:
        yield
    except ConfigError as error:
        invalid(path, error, "a scenario's YAML")
    except AcdError as error:
        fail(Exit.INVALID, sentence(str(error)))
    except ValueError as error:
        if not type(error).__module__.startswith("acdcore.sim."):
            raise
        fail(Exit.INVALID, sentence(str(error)))  # of figures, comparisons, reports: they name what is allowed
    except OSError as error:
        fail(Exit.FAILED, plain(error.filename or path), ": ", error.strerror or "cannot be used")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "acdcore":
            raise
        fail(Exit.FAILED, f"the simulator needs {error.name}: pip install 'acdcore[server,sim]'")
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None
    except typer.Exit:  # a RuntimeError too
        raise
    except RuntimeError as error:  # a replication failed, or its process
        fail(Exit.FAILED, sentence(str(error)))


def with_progress(words: str, work: Callable[[Callable[[float], None]], T]) -> T:
    """Do something while a bar on standard error shows how far it is."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = err()
    hidden = not console.is_terminal
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task(plain(words).plain, total=1.0)
        return work(lambda share: bar.update(task, completed=share))


MOST_WARNINGS: Final = 5


def warn(path: Path, scenario: Any) -> None:
    """Say on standard error, each in a few words, what a scenario says but can hardly mean."""
    from acdcore.sim.scenario_lint import lint_scenario

    warnings = lint_scenario(scenario)
    for one in warnings[:MOST_WARNINGS]:
        value = f" ({one.value})" if one.value else ""
        where = f"line {one.line}, {one.path}" if one.line else one.path
        err().print(line(Text("warning: ", style="bold yellow"), sentence(f"{where} {one.message}{value}")))
    if len(warnings) > MOST_WARNINGS:
        more = len(warnings) - MOST_WARNINGS
        err().print(line(f"and {more:,} more: acdcore sim check ", sentence(str(path))), soft_wrap=True)


def print_run(console: Console, head: Text, scenario: Any) -> None:
    """Print what was run, in one line; in two, where that is too long for one."""
    from acdcore.sim.summary import run_words

    words = run_words(scenario)
    said = line(head, ": ", words)
    if said.cell_len > console.width:
        times, _, when = words.partition(" from ")
        said = line(head, ": ", f"{times}\nfrom {when}")
    console.print(said)


@sim_app.command(cls=Command)
def run(
    path: OptionalScenarioFile = None,
    sets: Sets = None,
    replications: Replications = None,
    seed: Seed = None,
    processes: Processes = None,
    out_folder: OutFolder = None,
    report_file: ReportFile = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a scenario, and print what became of customers and agents.

    Everything is in the scenario's file: the center as a server runs it, who
    comes, how people behave, who works when. --set changes single values.

    Figures are means over replications, each with its interval. The same seed
    gives the same result, whatever the number of processes.
    """
    with refusing(path or Path("the sample scenario")):
        from acdcore.sim.experiment import run_scenario, sample_scenario
        from acdcore.sim.scenario_load import load_scenario
        from acdcore.sim.summary import (
            AGENT_NOTE,
            agent_table,
            besides,
            customer_notes,
            customer_table,
            facts,
        )

        file, changes = path or sample_scenario(), overrides(sets, replications, seed)
        scenario = load_scenario(file, changes)
        warn(file, scenario)
        begun = time.perf_counter()
        experiment = with_progress(scenario.scenario, lambda progress: run_scenario(scenario, processes, progress))
        took_s = time.perf_counter() - begun
        figures = experiment.figures
        if out_folder is not None:
            figures.to_csv(out_folder)
            figures.to_parquet(out_folder)
            figures.to_json(out_folder / "figures.json")
        if report_file is not None:
            write_page(report_file, experiment, file, changes)
        if as_json:
            typer.echo(json_text(experiment))
            return
        console = out()
        print_run(console, plain(scenario.scenario, "bold"), scenario)
        console.print()
        customers, agents = customer_table(figures), agent_table(figures)
        console.print(table(customers.columns, customers.rows))
        console.print()
        console.print(table(agents.columns, agents.rows))
        console.print()
        for words in (besides(figures), customer_notes(figures), AGENT_NOTE, *facts(experiment)):
            if words:
                console.print(sentence(words))
        console.print(Text(f"Took {took_s:.1f} s."))
        for written in filter(None, (out_folder, report_file)):
            console.print(line("Written: ", plain(written)), soft_wrap=True)


def json_text(experiment: Experiment) -> str:
    """Return an experiment's figures as JSON: what ``--out`` writes into ``figures.json``."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        written = experiment.figures.to_json(Path(folder) / "figures.json")
        document = json.loads(written.read_text(encoding="utf-8"))
    return json.dumps({"scenario": experiment.scenario.scenario, "result": experiment.digest} | document, indent=1)


def write_page(
    path: Path,
    experiment: Experiment,
    file: Path,
    changes: Sequence[tuple[str, str]],
    others: Mapping[str, Experiment] | None = None,
) -> None:
    """Write an experiment's report: with the scenario's file, what was changed in it, and how others differ from it."""
    from acdcore.sim.report import write_report

    scenario, figures = experiment.scenario, experiment.figures
    write_report(
        path,
        scenario.scenario,
        figures,
        scenario_text="".join(f"# --set {where}={value}\n" for where, value in changes) + read_text(file),
        comparisons=[one for name, other in (others or {}).items() for one in compared(name, figures, other.figures)],
        goal={name: queue.service_level for name, queue in scenario.center.queues.items()},
        zone=scenario.run.time_zone,
    )


def compared(name: str, base: Any, other: Any) -> Iterator[Any]:
    """Yield how a run differs from another one: what becomes of customers, and what agents do, by type."""
    from acdcore.sim.compare import compare
    from acdcore.sim.report_compare import Comparison
    from acdcore.sim.summary import common_types

    yield Comparison.between(name, base, other)
    if common_types(base, other):
        figures = ("occupancy", "utilization", "staffed", "idle", "busy")
        yield Comparison(f"{name}: agents", compare(base, other, figures, ["type"], of="agents"))


@sim_app.command(cls=Command)
def report(
    path: ScenarioFile,
    page: Annotated[Path, typer.Argument(metavar="FILE.html", parser=file_value(*PAGES), help="The page to write.")],
    png: Annotated[
        Path | None,
        typer.Option(
            "--png", metavar="FILE.png", parser=file_value(".png"), help="A picture of it, too; takes a Chromium."
        ),
    ] = None,
    sets: Sets = None,
    replications: Replications = None,
    seed: Seed = None,
    processes: Processes = None,
) -> None:
    """Simulate a scenario and write a report: one HTML page that needs nothing else."""
    with refusing(path):
        from acdcore.sim.experiment import run_scenario
        from acdcore.sim.report_png import BrowserError, write_png
        from acdcore.sim.scenario_load import load_scenario

        changes = overrides(sets, replications, seed)
        scenario = load_scenario(path, changes)
        warn(path, scenario)
        experiment = with_progress(scenario.scenario, lambda progress: run_scenario(scenario, processes, progress))
        write_page(page, experiment, path, changes)
        out().print(line("Written: ", plain(page)), soft_wrap=True)
        if png is not None:
            try:
                write_png(page, png)
            except BrowserError as error:
                fail(Exit.FAILED, sentence(str(error)))
            out().print(line("Written: ", plain(png)), soft_wrap=True)


@sim_app.command(name="compare", cls=Command)
def compare_scenarios(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="SCENARIO.yaml", exists=True, dir_okay=False, help="The first is compared with."),
    ],
    what_ifs: Annotated[
        list[Override] | None,
        typer.Option(
            "--what-if",
            metavar="PATH=VALUE",
            parser=override_value,
            help="The first scenario with another value, as one more. May be repeated, each being a scenario of its "
            "own: for several changes at once make a second file; --set changes all of them.",
            show_default=False,
        ),
    ] = None,
    sets: Sets = None,
    replications: Replications = None,
    seed: Seed = None,
    processes: Processes = None,
    out_folder: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FOLDER", file_okay=False, help="Write the differences of all figures there: CSV."
        ),
    ] = None,
    report_file: ReportFile = None,
    as_json: AsJson = False,
) -> None:
    """Simulate scenarios with the same customers, and print what differs.

    All have the seed and the number of replications of the first one, so that
    they meet the same customers, and differences are taken replication by
    replication: intervals of them are much narrower than those of the figures.
    Where demand, patience or the start differ, customers do, of which it warns.

    acdcore sim compare day.yaml --what-if center.tiers.vip.head_start=0s
    """
    variants: list[tuple[Path, Override | None]] = [(path, None) for path in paths]
    variants += [(paths[0], one) for one in what_ifs or ()]
    if len(variants) < 2:
        raise typer.BadParameter("one scenario; allowed: at least two, or --what-if", param_hint="'SCENARIO.yaml'")
    changes = overrides(sets, replications, seed)
    given = list(changes)
    scenarios: dict[str, Any] = {}
    for path, variant in variants:  # all of them before anything is simulated: a slip in the last one is told at once
        with refusing(path):
            from acdcore.sim.scenario_load import load_scenario

            scenario = load_scenario(path, given + ([(variant.path, variant.value)] if variant else []))
            if not scenarios:
                given += [("run.replications", str(scenario.run.replications)), ("run.seed", str(scenario.run.seed))]
            name = f"{variant.path}={variant.value}" if variant else scenario.scenario
            name = str(path) if name in scenarios else name
            scenarios[f"{name} ({len(scenarios)})" if name in scenarios else name] = scenario
    warn_of_all([path for path, _ in variants], scenarios)
    found: dict[str, Experiment] = {}
    for (path, _), (name, scenario) in zip(variants, scenarios.items(), strict=True):
        with refusing(path):
            from acdcore.sim.experiment import run_scenario

            found[name] = with_progress(name, partial(run_scenario, scenario, processes))
    with refusing(paths[0]):
        if report_file is not None:
            base, *others = found
            write_page(report_file, found[base], paths[0], changes, {name: found[name] for name in others})
        tell_differences(found, out_folder, report_file, as_json=as_json)


def warn_of_all(paths: Sequence[Path], scenarios: Mapping[str, Any]) -> None:
    """Warn of scenarios that are compared: what is not said of the first one, and whether customers are the same.

    What cannot be compared is refused before anything is simulated.
    """
    with refusing(paths[0]):
        from acdcore.sim.summary import differing_customers, incomparable

        (base, first), *others = scenarios.items()
        warn(paths[0], first)
        for path, (name, scenario) in zip(paths[1:], others, strict=True):
            if wrong := incomparable(first, scenario):
                fail(Exit.INVALID, plain(name), ": ", wrong)
            if path != paths[0]:
                warn(path, scenario)
            if differing := differing_customers(first, scenario):
                words = f" does not meet the same customers as {base}: other {', '.join(differing)}"
                err().print(line(Text("warning: ", style="bold yellow"), plain(name), sentence(words)))


def tell_differences(
    found: dict[str, Experiment], out_folder: Path | None, report_file: Path | None, *, as_json: bool
) -> None:
    """Print, and write, how scenarios differ from the first of them."""
    from acdcore.sim.compare import compare_many
    from acdcore.sim.summary import (
        agent_differences,
        base_table,
        common_types,
        comparison_note,
        comparison_sentence,
        comparison_table,
        differing_customers,
    )

    base, *others = found
    figures = {name: experiment.figures for name, experiment in found.items()}
    tables = {name: comparison_table(figures[base], figures[name]) for name in others}
    frames = {by: compare_many(figures, by=by) for by in ((), ("tier",), ("queue",), ("queue", "tier"))}
    if out_folder is not None:
        out_folder.mkdir(parents=True, exist_ok=True)
        for by, frame in frames.items():
            frame.to_csv(out_folder / f"{'_by_'.join(['differences', *filter(None, ['_'.join(by)])])}.csv")
        if all(common_types(figures[base], figures[name]) for name in others):
            compare_many(figures, by=("type",), of="agents").to_csv(out_folder / "differences_of_agents_by_type.csv")
    if as_json:
        typer.echo(frames["queue", "tier"].reset_index().to_json(orient="records", indent=1))
        return
    console = out()
    print_run(console, line("Compared with ", plain(base, "bold")), found[base].scenario)
    console.print()
    shown = base_table(figures[base])
    console.print(table(shown.columns, shown.rows))
    for name in others:
        console.print()
        console.print(line(plain(name, "bold"), ": ", comparison_sentence(figures[base], figures[name])))
        console.print()
        console.print(table(tables[name].columns, tables[name].rows))
        if common_types(figures[base], figures[name]):
            console.print()
            agents = agent_differences(figures[base], figures[name])
            console.print(table(agents.columns, agents.rows))
    console.print()
    same = not any(differing_customers(found[base].scenario, found[name].scenario) for name in others)
    console.print(Text(comparison_note(same=same)))
    for written in filter(None, (out_folder, report_file)):
        console.print(line("Written: ", plain(written)), soft_wrap=True)


@sim_app.command(cls=Command)
def check(
    path: ScenarioFile,
    sets: Sets = None,
    strict: Annotated[bool, typer.Option("--strict", metavar=FLAG, help="Exit with 1 on warnings as well.")] = False,
) -> None:
    """Check a scenario's file and print every problem with its line.

    Of a valid one it prints warnings and what it comes down to: how many come,
    how much work that is, how many agents are there.
    """
    with refusing(path):
        from acdcore.sim.scenario_lint import lint_scenario
        from acdcore.sim.scenario_load import load_scenario
        from acdcore.sim.scenario_words import tables_of
        from acdcore.sim.summary import run_words

        scenario = load_scenario(path, overrides(sets, None, None))
        warnings = lint_scenario(scenario)
        console = out()
        console.print(line(plain(path, "bold"), " is valid: scenario ", plain(scenario.scenario)), soft_wrap=True)
        console.print(sentence(run_words(scenario)))
        if warnings:
            console.print()
            console.print(Text(f"Warnings ({len(warnings)})", style="bold yellow"))
            console.print(problem_table(warnings, "yellow"))
        for one in tables_of(scenario):
            console.print()
            console.print(table(one.columns, one.rows, fold=True))
        if warnings and strict:
            raise typer.Exit(Exit.INVALID)
