"""``python -m acdcore.bench.open_loop``: the measurement with all its options."""

from __future__ import annotations

from ..command_line import run
from .run import main

if __name__ == "__main__":
    run(main)
