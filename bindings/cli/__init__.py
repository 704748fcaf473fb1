"""The command line: ``acdcore serve | demo | check | status | bench | erlang``.

This is where the parts are put together, so it may reach the simulator and the benches, inside functions.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; what it needs beyond the router is loaded, or asked for, here."""
    try:
        from .app import app
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "acdcore":
            raise
        sys.stderr.write(f"acdcore's command line needs {error.name}: pip install 'acdcore[server]'\n")
        raise SystemExit(4) from None
    app()
