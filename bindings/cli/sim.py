"""``acdcore sim``: scenarios checked, simulated, compared and reported."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from ..config import ConfigError
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
        fail(Exit.INVALID, plain(error))
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
        fail(Exit.FAILED, plain(error))


def with_progress(words: str, work: Callable[[Callable[[float], None]], T]) -> T:
    """Do something while a bar on standard error shows how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = err()
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(Text(words).plain, total=1.0)
        return work(lambda share: bar.update(task, completed=share))


@sim_app.command(cls=Command)
def run(
    path: OptionalScenarioFile = None,
    sets: Sets = None,
    replications: Replications = None,
    seed: Seed = None,
    processes: Processes = None,
    out_folder: OutFolder = None,
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
            run_words,
        )

        file = path or sample_scenario()
        scenario = load_scenario(file, overrides(sets, replications, seed))
        begun = time.perf_counter()
        experiment = with_progress(scenario.scenario, lambda progress: run_scenario(scenario, processes, progress))
        took_s = time.perf_counter() - begun
        figures = experiment.figures
        if out_folder is not None:
            figures.to_csv(out_folder)
            figures.to_parquet(out_folder)
            figures.to_json(out_folder / "figures.json")
        if as_json:
            typer.echo(json_text(experiment))
            return
        console = out()
        console.print(line(plain(scenario.scenario, "bold"), ": ", run_words(scenario)))
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
        for written in filter(None, (out_folder,)):
            console.print(line("Written: ", plain(written)), soft_wrap=True)


def json_text(experiment: Any) -> str:
    """Return an experiment's figures as JSON: what ``--out`` writes into ``figures.json``."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        written = experiment.figures.to_json(Path(folder) / "figures.json")
        document = json.loads(written.read_text(encoding="utf-8"))
    return json.dumps({"scenario": experiment.scenario.scenario, "result": experiment.digest} | document, indent=1)


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
        from acdcore.sim.scenario_check import lint_scenario
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
