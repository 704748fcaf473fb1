"""The commands and their options."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.text import Text

from .. import __version__, log_output
from ..config import Center, ConfigError, lint, load_center
from ..errors import AcdError, DeadlineExceeded, DoorReason, Unavailable
from ..journal import JournalError
from ..logs import FORMATS, LEVELS
from . import serving
from .bench import bench
from .effective import print_effective
from .erlang import erlang
from .journal import journal_app
from .listening import why_not_listening
from .notify import tell_service_manager
from .ops import ops_app
from .output import Exit, err, fail, invalid, line, out, plain, problem_table, sentence
from .sim import sim_app
from .sim_fit import fit
from .sim_replay import replay
from .sim_validate import validate
from .values import address_value, collector_value, date_value, number_value, time_value, word_value
from .wording import FLAG, Command, Commands, by_default

EXIT_CODES = """
Exit codes: 0 all is well; 1 the input or a center's file is invalid, or two things differ;
2 wrong usage; 3 no server reached; 4 it failed; 5 another process writes to the journal;
6 the journal is damaged; 7 its disk failed; 8 a newer version wrote it; 130 interrupted (Ctrl-C).
"""

app = typer.Typer(
    name="acdcore",
    cls=Commands,
    rich_markup_mode="rich",
    help="The routing core of a contact center: decides in microseconds who serves whom.",
    epilog=EXIT_CODES.strip().replace("\n", " "),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)

PORT = number_value(int, 0, 65_535)
CenterFile = Annotated[
    Path, typer.Argument(metavar="CENTER.yaml", exists=True, dir_okay=False, readable=True, help="A center's file.")
]
OptionalCenterFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="CENTER.yaml",
        exists=True,
        dir_okay=False,
        readable=True,
        help="A center's file; without one, the sample bank.",
        show_default=False,
    ),
]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"acdcore {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar=FLAG, callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Run before every command; options that belong to no command are here."""


def sample_center() -> Path:
    """Return the file of the sample bank."""
    from acdcore import sim

    return Path(sim.__file__).with_name("data") / "bank_center.yaml"


def _load(path: Path) -> Center:
    """Load a center, or print everything that is wrong with it and exit."""
    try:
        return load_center(path)
    except ConfigError as error:
        if any(problem.path == "scenario" for problem in error.problems):  # a key that only scenarios have, at the top
            fail(Exit.INVALID, plain(path), " is a scenario, not a center: acdcore sim check ", sentence(str(path)))
        invalid(path, error, "a center's YAML")
    except OSError as error:
        fail(Exit.INVALID, plain(path), ": ", error.strerror or "cannot be read")


@app.command(cls=Command)
def check(
    path: CenterFile,
    strict: Annotated[bool, typer.Option("--strict", metavar=FLAG, help="Exit with 1 on warnings as well.")] = False,
) -> None:
    """Check a center's file and print every problem with its line.

    Of a valid file it prints warnings and what the file comes to, defaults
    included, with who could serve in each step of a queue's plan.
    Warnings name what is allowed but can hardly be meant: a skill nobody has,
    a queue nobody can serve or that can starve, a step that loses agents.
    """
    center = _load(path)
    warnings = lint(center)
    console = out()
    parts = [
        (len(center.skills), "skill"),
        (len(center.all_tiers()), "tier"),
        (len(center.queues), "queue"),
        (len(center.all_agents()), "agent"),
        (len(warnings), "warning"),
    ]
    counted = ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in parts)
    console.print(line(plain(path, "bold"), " is valid: center ", plain(center.center)), soft_wrap=True)
    console.print(Text(counted))
    if warnings:
        console.print()
        console.print(Text(f"Warnings ({len(warnings)})", style="bold yellow"))
        console.print(problem_table(warnings, "yellow"))
    print_effective(console, center)
    if warnings and strict:
        raise typer.Exit(Exit.INVALID)


@app.command(cls=Command)
def serve(
    path: OptionalCenterFile = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            file_okay=False,
            help=by_default("Where the center's journal is kept.", "~/.local/state/acdcore/CENTER"),
            show_default=False,
        ),
    ] = None,
    volatile: Annotated[
        bool, typer.Option("--volatile", metavar=FLAG, help="Keep no journal: all is forgotten when it ends.")
    ] = False,
    snapshot_every: Annotated[
        int,
        typer.Option(
            metavar="N", parser=number_value(int, 100), help="Commands from one snapshot of the journal to the next."
        ),
    ] = 100_000,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; the default is reached from this machine only.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="PORT", parser=PORT, help="Port for gRPC, up to 65535; 0 picks a free one.")
    ] = 50051,
    metrics_port: Annotated[
        int, typer.Option(metavar="PORT", parser=PORT, help="Port of the Prometheus page; 0 picks a free one.")
    ] = 9464,
    no_metrics: Annotated[bool, typer.Option("--no-metrics", metavar=FLAG, help="Serve no Prometheus page.")] = False,
    speed: Annotated[
        float,
        typer.Option(
            metavar="TIMES",
            parser=number_value(float, 0.001, 100_000),
            help="How much faster than real time its clock runs.",
        ),
    ] = 1.0,
    log_format: Annotated[
        str,
        typer.Option(metavar="FORMAT", parser=word_value(*FORMATS), help="Its log: text, or json, one object a line."),
    ] = "text",
    log_level: Annotated[
        str,
        typer.Option(
            metavar="LEVEL",
            parser=word_value(*LEVELS),
            help="Least that is logged: debug (every call), info (refusals, too), warning, error, critical.",
        ),
    ] = "info",
    log_ids: Annotated[
        bool,
        typer.Option("--log-ids", metavar=FLAG, help="Let its log name agents, interactions and callers' addresses."),
    ] = False,
    traces: Annotated[
        str | None,
        typer.Option(
            metavar="COLLECTOR",
            parser=collector_value,
            help=by_default(
                "Send a span of every call: to otlp://HOST:PORT, or otlps:// with TLS, or env: as OTEL_... say.", "none"
            ),
        ),
    ] = None,
) -> None:
    """Serve a center over gRPC, with health, reflection and a page for Prometheus.

    Whatever it has answered is in its journal, and on disk, before: killed and
    started again it goes on where it was. docs/journal.md has the rest.
    Its log goes to standard error; docs/logs.md tells of it, and of spans.
    SIGTERM or Ctrl-C stops it in order: calls under way are answered first.
    A second one ends it at once.
    """
    path = path or sample_center()
    center = _load(path)
    if count := len(lint(center)):
        head, tail = ("1 warning", "shows it") if count == 1 else (f"{count:,} warnings", "shows them")
        err().print(line(f"{head}: acdcore check ", sentence(str(path)), f" {tail}"), soft_wrap=True)
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # gRPC's own log knows neither format; it says what calls say
    from ..rpc.ports import ListenError
    from ..rpc.server import run_server

    if data is not None and volatile:
        raise typer.BadParameter("DIR; allowed: only without --volatile", param_hint="'--data'")
    folder = serving.folder_of(center, data, volatile=volatile)

    def ready(grpc_port: int, bound_metrics_port: int | None) -> None:
        where = f" on {host}:{grpc_port}, "
        page = "no metrics" if bound_metrics_port is None else f"metrics on http://{host}:{bound_metrics_port}/metrics"
        out().print(line("acdcore serving center ", plain(center.center, "bold"), where, page), soft_wrap=True)
        tell_service_manager("READY=1")

    page_port = None if no_metrics else metrics_port
    try:
        with log_output.writing(log_format, log_level), _tracing(traces, center.center) as tracing:
            kept = {"data": folder, "snapshot_every": snapshot_every}
            options = {"log_ids": log_ids, "tracing": tracing, "ready": ready}
            run_server(center, **kept, host=host, port=port, metrics_port=page_port, speed=speed, **options)
    except typer.Exit:  # a RuntimeError; all has been said
        raise
    except JournalError as error:
        serving.journal_failed(error)
    except ListenError as error:
        fail(Exit.FAILED, why_not_listening(error))
    except (OSError, RuntimeError) as error:
        fail(Exit.FAILED, plain(error))
    except AcdError as error:
        fail(Exit.STORAGE if error.reason == DoorReason.COMMIT_FAILED else Exit.FAILED, plain(error))
    except KeyboardInterrupt:  # before the server took the signal over: nothing was served
        raise typer.Exit(Exit.INTERRUPTED) from None
    out().print("stopped")


@contextlib.contextmanager
def _tracing(collector: str | None, center: str) -> Iterator[Any]:
    """Send spans to a collector while the block lasts, if there is one; what it needs is imported only then."""
    if collector is None:
        yield None
        return
    try:
        from ..tracing import EnvironmentValueError, exporting
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "acdcore":
            raise
        fail(Exit.FAILED, f"--traces needs {error.name}: pip install 'acdcore[tracing]'")
    try:
        with exporting(None if collector == "env" else collector, center) as tracing:
            yield tracing
    except EnvironmentValueError as error:
        fail(Exit.USAGE, plain(error))


@app.command(cls=Command)
def status(
    address: Annotated[
        str, typer.Option(metavar="HOST:PORT", parser=address_value, help="The server to ask.")
    ] = "127.0.0.1:50051",
    timeout: Annotated[
        float,
        typer.Option(metavar="SECONDS", parser=number_value(float, 0.1, 600), help="How long to wait for it."),
    ] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", metavar=FLAG, help="Print JSON instead of a table.")] = False,
) -> None:
    """Ask a running server how it is: health, agents, waits, service level, latency.

    Exit codes: 0 it serves; 3 not reached, or no answer in time; 4 it answers that
    it does not serve, or refuses; 130 Ctrl-C.
    """
    from . import status as asked

    try:
        standing = asyncio.run(asked.ask(address, timeout))
    except (Unavailable, DeadlineExceeded) as error:
        _unreachable(address, timeout, error)
    except asked.NotServingError:
        fail(Exit.FAILED, "the server at ", plain(address), " answers that it does not serve: it stops")
    except AcdError as error:
        fail(Exit.FAILED, plain(error))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None
    if as_json:
        typer.echo(asked.as_json(standing))
    else:
        asked.print_status(out(), address, standing)


@app.command(cls=Command)
def top(
    address: Annotated[
        str, typer.Option(metavar="HOST:PORT", parser=address_value, help="The server to look at.")
    ] = "127.0.0.1:50051",
    every: Annotated[
        float,
        typer.Option(metavar="SECONDS", parser=number_value(float, 0.1, 600), help="How often to look."),
    ] = 2.0,
    timeout: Annotated[
        float,
        typer.Option(metavar="SECONDS", parser=number_value(float, 0.1, 600), help="How long to wait for an answer."),
    ] = 5.0,
    just_once: Annotated[
        bool, typer.Option("--once", metavar=FLAG, help="Print one frame, with the rates of one interval.")
    ] = False,
) -> None:
    """Look at a running center, live: agents, waits, service levels, rates, latency.

    q quits; u, w, o, s, r and n sort by urgency (the share of the promise that the
    oldest wait has used up), waits, oldest wait, service level, rate and name;
    t shows tiers; arrows scroll. When the server restarts it says so and goes on.
    Where the output is no terminal, it prints frame after frame.
    Exit codes: 0 quit; 3 no server reached at first; 4 the server refused; 130 Ctrl-C.
    """
    from . import top as looked

    console = looked.Frames()
    way = looked.once if just_once else looked.live if console.is_terminal else looked.endless
    try:
        asyncio.run(way(console, address, timeout, every))
    except (Unavailable, DeadlineExceeded) as error:
        _unreachable(address, timeout, error)
    except AcdError as error:
        fail(Exit.FAILED, plain(error))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None


def _unreachable(address: str, timeout_s: float, error: AcdError) -> NoReturn:
    why = "" if address in str(error) else f": {error}"
    fail(Exit.UNREACHABLE, "no server reached at ", plain(address), f" within {timeout_s:g} s", plain(why))


@app.command(cls=Command)
def demo(
    trace: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help="Live a recorded trace (CSV) again instead of the sample bank's day.",
        ),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            metavar="TIMES",
            parser=number_value(float, 0.1, 10_000),
            help=by_default("How much faster than real time.", "1500, with --trace 600"),
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="N", parser=number_value(int, 0), help="Other callers and agents for every seed.")
    ] = 1,
    until: Annotated[
        float | None,
        typer.Option(
            metavar="HH:MM", parser=time_value, help=by_default("End the sample bank's day here.", "closing time")
        ),
    ] = None,
    day: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD", parser=date_value, help=by_default("Only this day of the trace.", "all days")
        ),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=number_value(int, 1),
            help=by_default("Only the trace's first N days.", "all days"),
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=number_value(int, 1),
            help=by_default("Days of a trace lived at once.", "one a processor"),
        ),
    ] = None,
) -> None:
    """Live a bank's busy day through a real server, in under a minute, and print how it went.

    Callers arrive, wait, give up and talk; agents sign in, accept, talk and wrap
    up: all of them over gRPC on this machine. Then come the figures that a
    center's manager asks for, and those that an engineer asks for.
    """
    try:
        from acdcore.bench.demo.command import run_demo
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "acdcore":
            raise
        fail(Exit.FAILED, f"the demo needs {error.name}: pip install 'acdcore[server,sim]'")
    _check_demo(trace is not None, until, day, days, jobs)
    try:
        code = run_demo(trace=trace, speed=speed, seed=seed, until_s=until, day=day, days=days, jobs=jobs)
    except KeyboardInterrupt:  # the demo has said so
        code = Exit.INTERRUPTED
    raise typer.Exit(code)


app.command(cls=Command)(bench)
app.command(cls=Command)(erlang)
app.add_typer(sim_app)
app.add_typer(journal_app)
app.add_typer(ops_app)
sim_app.command(cls=Command)(fit)
sim_app.command(cls=Command)(replay)
sim_app.command(cls=Command)(validate)


def _check_demo(traced: bool, until: float | None, day: str | None, days: int | None, jobs: int | None) -> None:
    """Refuse options of the demo that do not fit together, by their names."""
    for name, value in (("--day", day), ("--days", days), ("--jobs", jobs)):
        if value is not None and not traced:
            raise typer.BadParameter(f"{value}; allowed: only with --trace", param_hint=f"'{name}'")
    if day is not None and days is not None:
        raise typer.BadParameter(f"{day}; allowed: only without --days", param_hint="'--day'")
    if until is None:
        return
    shown = f"{int(until) // 3600:02}:{int(until) % 3600 // 60:02}"
    if traced:
        raise typer.BadParameter(f"{shown}; allowed: only without --trace", param_hint="'--until'")
    from acdcore.sim.demand import load_day, sample_path
    from acdcore.sim.demand import time_of_day as seconds

    opens = load_day(sample_path("bank_day.yaml")).opens
    if until <= seconds(opens):
        allowed = f"after {opens}, when the sample bank opens, up to 24:00"
        raise typer.BadParameter(f"{shown}; allowed: {allowed}", param_hint="'--until'")
