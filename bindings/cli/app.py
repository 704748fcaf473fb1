"""The commands and their options."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from .. import __version__
from ..config import Center, ConfigError, lint, load_center
from .output import Exit, err, fail, line, out, plain, problem_table

EXIT_CODES = """
Exit codes: 0 all is well; 1 the input or a center's file is invalid; 2 wrong usage;
3 no server reached; 4 it failed.
"""

app = typer.Typer(
    name="acdcore",
    help="The routing core of a contact center: decides in microseconds who serves whom.",
    epilog=EXIT_CODES.strip().replace("\n", " "),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)

Port = Annotated[int, typer.Option(min=0, max=65535, help="Port for gRPC; 0 picks a free one.")]
CenterFile = Annotated[
    Path, typer.Argument(metavar="CENTER.yaml", exists=True, dir_okay=False, readable=True, help="A center's file.")
]
OptionalCenterFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="[CENTER.yaml]",
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
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
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
        console = err()
        count = len(error.problems)
        head = f" is invalid: {count} problem{'s' if count != 1 else ''}"
        console.print(line(plain(path, "bold"), Text(head, style="bold red")), soft_wrap=True)
        console.print(problem_table(error.problems, "red"))
        raise typer.Exit(Exit.INVALID) from None
    except OSError as error:
        fail(Exit.INVALID, plain(path), ": ", error.strerror or "cannot be read")


@app.command()
def check(
    path: CenterFile,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings as well.")] = False,
) -> None:
    """Check a center's file and print every problem with its line.

    Warnings name what is allowed but can hardly be meant: a skill nobody has, a queue nobody can serve.
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
    console.print(line(plain(path, "bold"), " is valid: center ", plain(center.center), f", {counted}"), soft_wrap=True)
    if warnings:
        console.print(problem_table(warnings, "yellow"))
        if strict:
            raise typer.Exit(Exit.INVALID)


@app.command()
def serve(
    path: OptionalCenterFile = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; the default is reached from here only.")
    ] = "127.0.0.1",
    port: Port = 50051,
    metrics_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port for Prometheus (/metrics); 0 picks a free one.")
    ] = 9464,
    metrics: Annotated[bool, typer.Option("--metrics/--no-metrics", help="Whether to serve /metrics at all.")] = True,
    speed: Annotated[
        float, typer.Option(min=0.001, max=100_000, help="Times faster than real time the center's clock runs.")
    ] = 1.0,
) -> None:
    """Serve a center over gRPC until SIGTERM or Ctrl-C, which let it finish what it has begun."""
    center = _load(path or sample_center())
    from ..rpc.server import serve as run_server

    def ready(grpc_port: int, bound_metrics_port: int | None) -> None:
        shown_metrics = "off" if bound_metrics_port is None else f"http://127.0.0.1:{bound_metrics_port}/metrics"
        where = f" on {host}:{grpc_port}, metrics {shown_metrics}"
        out().print(line("acdcore serving center ", plain(center.center, "bold"), where), soft_wrap=True)

    try:
        asyncio.run(
            run_server(
                center,
                host=host,
                port=port,
                metrics_port=metrics_port if metrics else None,
                speed=speed,
                ready=ready,
            )
        )
    except (OSError, RuntimeError) as error:
        fail(Exit.FAILED, "the server stopped: ", plain(error))
