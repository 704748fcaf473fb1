"""``acdcore ops``: what operating a server takes beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import printable, shown
from .output import Exit, fail, line, out, plain, table
from .wording import FLAG, Command, Commands

ops_app = typer.Typer(
    name="ops",
    cls=Commands,
    help="Files for those who operate a server: rules, alerts, dashboards, a unit.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@ops_app.callback()
def _ops() -> None:
    """Make ``write`` a command with a name, although it is the only one."""


@ops_app.command(cls=Command)
def write(
    folder: Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, help="Where to; it is made if need be.")],
    force: Annotated[
        bool, typer.Option("--force", metavar=FLAG, help="Replace files that are there with another content.")
    ] = False,
) -> None:
    """Write what Prometheus, Grafana, systemd and podman need into a folder.

    DIR/prometheus   prometheus.yml, recording rules, alerts
    DIR/grafana      the dashboards Floor (for supervisors) and Router (for
                     engineers): Dashboards, New, Import
    DIR/systemd      acdcore.service, a hardened unit
    DIR/container    Containerfile, for podman or docker

    They are yours to change. A second run leaves alone what is the same, and
    replaces nothing else without --force. docs/operations.md says how they
    are used, and what to do at each alert.
    """
    from .. import ops

    try:
        paths = ops.write(folder, force=force)
    except ops.WouldOverwriteError as error:
        names = ", ".join(str(path) for path in error.paths)
        fail(
            Exit.FAILED,
            printable(names),
            f": {'exists' if len(error.paths) == 1 else 'exist'} with another content, nothing was written; "
            "allowed: --force, or another folder",
        )
    except OSError as error:
        fail(Exit.FAILED, plain(error.filename or folder), ": ", shown(error.strerror or "cannot be written"))
    console = out()
    console.print(line("wrote into ", plain(folder, "bold")), soft_wrap=True)
    rows, last = [], ""
    for path in paths:
        purpose = ops.PURPOSES[path.parent.name]
        rows.append((path.relative_to(folder).as_posix(), purpose if purpose != last else ""))
        last = purpose
    console.print(table([("file", "left"), ("what for", "left")], rows))
