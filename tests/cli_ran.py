"""The command line as tests run it: in this process, or as a server in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from typer.testing import CliRunner
from typer.testing import Result as Ran

from acdcore.cli.app import app

VALID = """\
center: "[red]it's {mine}\\"[/red]"
skills: [s, "[blink]spare"]
queues:
  "q[bold]": {plan: [{requires: {s: 1}}]}
agents:
  anna: {skills: {s: 5}}
"""
"""A center whose names could be taken for markup, and one warning."""


def ran(*arguments: str | Path) -> Ran:
    """Run the command line in this process, 80 columns wide."""
    return CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, [str(word) for word in arguments])


class Served(NamedTuple):
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    said: str
    port: int
    metrics_port: int


@contextmanager
def serving(path: Path, *, port: int = 0) -> Iterator[Served]:
    """Serve a center's file, without a journal, until the block ends."""
    where = ("--volatile", "--port", str(port), "--metrics-port", "0", "--log-level", "warning")
    command = [sys.executable, "-m", "acdcore.cli", "serve", str(path), *where]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"on 127\.0\.0\.1:(\d+), metrics on http://127\.0\.0\.1:(\d+)/metrics", said)
        try:
            assert found, said + (process.stderr.read() if process.stderr and process.poll() is not None else "")
            yield Served(process, said, int(found[1]), int(found[2]))
        finally:
            process.kill()
