"""Runs worlds until so many steps have been simulated: ``make fuzz``, or

    python -m faults.run --seed 7 --steps 1000000

in ``tests/``. Prints its seed first; a world that finds something wrong prints its own, with which it is had again:
``--seed N --worlds 1``.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Final, NamedTuple

from .canaries import CANARIES, broken
from .world import run

LENGTH_S: Final = 150.0
"""How long a world lives under faults, simulated."""
MUST_HAPPEN: Final = (
    "crashes", "recoveries", "torn", "snapshots made", "snapshots used", "snapshots interrupted", "disk full",
    "no DISK_FULL", "no OFFER_REVOKED", "no OFFER_EXPIRED", "no ALREADY_TAKEN", "no ALREADY_ENDED", "ok AcceptOffer",
    "ok CompleteInteraction", "ok MoveInteraction", "replays by the reference", "repeats",
)  # fmt: skip
"""What has to have happened somewhere in a long run: else it shows less than it seems to."""
LONG_STEPS: Final = 300_000


class Lived(NamedTuple):
    """What became of one world."""

    seed: int
    steps: int
    counts: Counter[str]
    wrong: str


def live(seed: int, length_s: float = LENGTH_S, canary: str = "") -> Lived:
    """Run one world, on the fastest disk there is."""
    silenced = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # servers that die have much to say
    fast = Path("/dev/shm")
    where = fast if os.access(fast, os.W_OK) else None
    try:
        with tempfile.TemporaryDirectory(prefix="acdcore-faults-", dir=where) as folder, broken(canary):
            world = run(seed, length_s, Path(folder) / "journal")
    except Exception:
        return Lived(seed, 0, Counter(), traceback.format_exc(limit=-8))
    finally:
        logging.disable(silenced)
    return Lived(seed, world.steps, world.counts, "")


def worlds(first: int, steps: int, most: int, processes: int, canary: str = "") -> tuple[list[Lived], int]:
    """Run worlds from consecutive seeds until so many steps are done, or one found something wrong."""
    done: list[Lived] = []
    total, seed = 0, first
    began_s = time.monotonic()
    # Not forked: whoever calls may have threads, and objects of gRPC, which must not be collected in a child.
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        running: set[Future[Lived]] = set()
        while total < steps and len(done) < most and not any(one.wrong for one in done):
            while len(running) < processes and seed < first + most:
                running.add(pool.submit(live, seed, canary=canary))
                seed += 1
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            done += [future.result() for future in ended]
            total = sum(one.steps for one in done)
            if sys.stderr.isatty():
                rate = total / (time.monotonic() - began_s)
                print(f"\r{total:,} steps in {len(done)} worlds, {rate:,.0f}/s ", end="", file=sys.stderr, flush=True)
        for future in running:
            future.cancel()
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return done, total


def main(argv: list[str] | None = None) -> int:
    """Run and report; 1 when something was wrong, or a long run did not reach what it must."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, help="of the first world; the next ones follow (default: by chance)")
    parser.add_argument("--steps", type=int, default=1_000_000, help="messages and writes in all (default: 1,000,000)")
    parser.add_argument("--worlds", type=int, default=1_000_000, help="at most so many worlds")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="at once (default: all processors)")
    parser.add_argument("--canary", choices=sorted(CANARIES), default="", help="break the code so; it must be noticed")
    asked = parser.parse_args(argv)
    seed = random.randrange(10**9) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)
    began_s = time.monotonic()
    done, steps = worlds(seed, asked.steps, asked.worlds, asked.processes, asked.canary)
    counts: Counter[str] = Counter()
    for one in done:
        counts += one.counts
        if one.wrong:
            print(f"\nworld {one.seed}:\n{one.wrong}\nagain: --seed {one.seed} --worlds 1 --processes 1")
    for name, count in sorted(counts.items()):
        print(f"  {name:<34}{count:>12,}")
    print(f"{steps:,} steps in {len(done)} worlds, {time.monotonic() - began_s:.0f} s")
    if any(one.wrong for one in done):
        return 1
    missing = [name for name in MUST_HAPPEN if not counts[name]] if steps >= LONG_STEPS else []
    if missing:
        print(f"never happened: {', '.join(missing)}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
