"""What runs under callgrind: some operations, one after the other; see count.py.

    python -m acdcore.bench.instructions.worker "accept" 100 "decline" 100

Each is done between two marks, at which callgrind writes down how many instructions were measured since the mark
before. For each a line of JSON is printed: how many commands were measured, and the hash of their result.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Final

from ..operations import operation
from ..scenario import counted, measured

ROUNDS: Final = 8
REMEMBERED: Final = 1_024
"""Ended interactions that a center remembers here. Nothing is measured before there are so many: by then the agents
who serve what is asked for have done so, and stand in every order behind those who cannot."""


def run_operation(name: str, agents: int) -> tuple[int, str]:
    """Do an operation between two marks; return how many commands were measured, and the result's hash."""
    one = operation(name, agents, remembered=REMEMBERED)
    counted()
    commands = one.run(ROUNDS)
    counted()
    return commands, f"{one.result_hash():016x}"


def run_job(path: Path) -> tuple[int, str]:
    """Do a reference job that was put into a file; return how many events were measured, and their checksum.

    Raises RuntimeError when the checksum is not the one that every contender must have.
    """
    from ..job import Prepared
    from ..reference_job import Job, checksum

    job: Job = pickle.loads(path.read_bytes())
    prepared = Prepared(job, job.timed)
    counted()
    measured(prepared.run)
    counted()
    found, wanted = checksum(prepared.results()), checksum(job.results)
    if found != wanted:
        raise RuntimeError(f"{job.shape}: the checksum is {found}, and must be {wanted}")
    return len(job.timed), found


def main(words: list[str]) -> None:
    """Do what the words name, two by two: an operation and its agents, or a job's name and its file."""
    if not words or len(words) % 2:
        print("it is started by python -m acdcore.bench.instructions only, under valgrind", file=sys.stderr)
        sys.exit(2)
    for name, where in zip(words[::2], words[1::2], strict=True):
        done = run_operation(name, int(where)) if where.isdecimal() else run_job(Path(where))
        print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
