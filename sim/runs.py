"""Replications in parallel processes: the same tallies, in the same order, whatever the number of processes.

A replication is made in the process that runs it, from its number alone; nothing is shared but how far each one is.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from ctypes import Array, c_byte, c_double
from functools import partial
from typing import Final, TypeAlias

from .world import Tally, World

MakeWorld: TypeAlias = Callable[[int], World]
"""Makes the world of a replication from its number. Other processes call it: it must be picklable (a function of a
module, or a ``functools.partial`` of one)."""
Progress: TypeAlias = Callable[[float], None]
Engine: TypeAlias = Callable[[World, Progress], Tally]

LOOK_S: Final = 0.1
"""How often the progress is shown."""
CHUNKS: Final = 16
"""Pieces of work a process, at most: enough that all end at about the same time."""


class ReplicationError(RuntimeError):
    """A replication failed; the message names it, its seed and what happened. The cause is the first failure."""

    def __init__(self, replication: int, seed: int | None, reason: str) -> None:
        super().__init__(replication, seed, reason)
        self.replication = replication
        self.seed = seed
        """None: its world could not even be made."""
        self.reason = reason

    def __str__(self) -> str:
        """Say which replication, how to repeat it, and why it failed."""
        where = "while its world was made" if self.seed is None else f"seed {self.seed}"
        return f"replication {self.replication} ({where}): {self.reason}"


class _StopError(Exception):
    """Ends a replication that nobody waits for any more."""


def default_engine(world: World, progress: Progress) -> Tally:
    """Simulate with the compiled engine."""
    from .engine import simulate

    return simulate(world, progress)


def run(
    scenario_worlds: MakeWorld,
    replications: int,
    processes: int | None = None,
    progress: Progress | None = None,
    *,
    engine: Engine = default_engine,
) -> list[Tally]:
    """Run replications 0, 1, ... and return their tallies in this order.

    Args:
        scenario_worlds: makes the world of a replication; picklable when ``processes`` is not 1.
        replications: how many, at least 1.
        processes: how many at once; None: one for each processor that this process may use. With 1 all run in this
            process. More than one: a script must start them under ``if __name__ == "__main__"``, as Python's
            ``multiprocessing`` demands.
        progress: called now and then, in this thread, with the share of all the work that is done, from 0 to 1.
        engine: what simulates; picklable when ``processes`` is not 1.

    Raises:
        ValueError: names the argument and what is allowed.
        ReplicationError: a replication failed; those that had not begun never do.
        KeyboardInterrupt: after the other processes have ended.
    """
    _check("replications", replications)
    at_once = usable_processors() if processes is None else processes
    _check("processes", at_once)
    at_once = min(at_once, replications)
    report = _silent if progress is None else progress
    report(0.0)
    if at_once == 1:
        tallies = [
            run_one(scenario_worlds, engine, number, partial(_part, report, number, replications))
            for number in range(replications)
        ]
    else:
        tallies = _Pool(scenario_worlds, engine, replications, at_once).run(report)
    report(1.0)
    return tallies


def _check(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name}: {value!r}; allowed is a whole number of at least 1")


def _silent(share: float) -> None:
    """Show nothing."""


def _part(report: Progress, done: int, of: int, share: float) -> None:
    """Show how far all of them are, when ``done`` are and the next one is at ``share``."""
    report((done + share) / of)


def usable_processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_one(make: MakeWorld, engine: Engine, number: int, progress: Progress) -> Tally:
    """Run one replication in this process; raises :class:`ReplicationError`."""
    seed: int | None = None
    try:
        world = make(number)
        seed = world.seed
        return engine(world, progress)
    except _StopError:
        raise
    except Exception as error:
        raise ReplicationError(number, seed, f"{type(error).__name__}: {error}") from error


class _Pool:
    """Processes that share the replications, and how far each replication is."""

    def __init__(self, make: MakeWorld, engine: Engine, replications: int, processes: int) -> None:
        self.make = make
        self.engine = engine
        self.replications = replications
        methods = multiprocessing.get_all_start_methods()
        # never fork: this process may have threads
        self.context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        # each place is written by one process only, so no lock is needed
        self.shares: Array[c_double] = self.context.RawArray(c_double, replications)
        self.stop: Array[c_byte] = self.context.RawArray(c_byte, 1)
        self.executor = ProcessPoolExecutor(
            processes, mp_context=self.context, initializer=_begin, initargs=(self.shares, self.stop)
        )
        size = max(1, replications // (processes * CHUNKS))
        self.chunks = [range(at, min(at + size, replications)) for at in range(0, replications, size)]

    def run(self, report: Progress) -> list[Tally]:
        try:
            futures = [self.executor.submit(_run_chunk, self.make, self.engine, chunk) for chunk in self.chunks]
            self._watch(futures, report)
            return [tally for future in futures for tally in future.result()]
        except BrokenProcessPool as error:
            begun = [number for number, share in enumerate(self.shares) if 0.0 < share < 1.0]
            raise ReplicationError(
                begun[0] if begun else 0,
                None,
                f"a process ended without a word (killed, or out of memory?); under way were {begun or 'none'}",
            ) from error
        finally:
            # whatever happened: what runs stops at its next report, what has not begun never does
            self.stop[0] = 1
            self.executor.shutdown(wait=True, cancel_futures=True)

    def _watch(self, futures: list[Future[list[Tally]]], report: Progress) -> None:
        """Show the progress until all are done; raise what the first of those that failed raised."""
        pending = set(futures)
        while pending:
            done, pending = wait(pending, timeout=LOOK_S, return_when=FIRST_COMPLETED)
            failed = [future for future in done if future.exception() is not None]
            if failed:
                failed[0].result()
            report(sum(self.shares) / self.replications)


_shares: Array[c_double] = (c_double * 0)()
_stop: Array[c_byte] = (c_byte * 1)()


def _begin(shares: Array[c_double], stop: Array[c_byte]) -> None:
    """Set up a process: an interrupt is the first process's to handle, which then asks the others to stop."""
    global _shares, _stop
    _shares, _stop = shares, stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run_chunk(make: MakeWorld, engine: Engine, numbers: range) -> list[Tally]:
    return [_run_shown(make, engine, number) for number in numbers]


def _run_shown(make: MakeWorld, engine: Engine, number: int) -> Tally:
    def show(share: float) -> None:
        if _stop[0]:
            raise _StopError
        _shares[number] = max(share, 1e-9)

    show(0.0)
    tally = run_one(make, engine, number, show)
    _shares[number] = 1.0
    return tally
