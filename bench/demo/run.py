"""Days lived in processes of their own, so that neither the view nor another day holds anybody up.

Each worker process starts one real server, lives one day through it, and reports over a pipe: a
:class:`Tally` a few times a second, at last a :class:`DayResult`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing
import os
import selectors
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Final

from ... import Client
from ...sim.demand import Day
from .people import DayAtTheBank
from .result import DayResult, Tally
from .server import DemoError, DemoServer

TALLY_EVERY_S: Final = 0.25
SPARE_DAY_S: Final = 6 * 3600.0
"""A day that is not over so long after its last moment hangs: longest wait, longest talk and to spare."""
SPARE_REAL_S: Final = 30.0

Watch = Callable[[Sequence[tuple[Day, Tally]]], None]
"""Called a few times a second with the days that are being lived."""


@dataclass(frozen=True)
class Job:
    """A day to live: the center's text, at how many times real time."""

    day: Day
    center: str
    speed: float


class _Worker:
    """The near end of one worker process."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.tally = Tally(now_s=job.day.starts_s)
        context = multiprocessing.get_context("spawn")  # gRPC does not survive a fork
        self.pipe, far = context.Pipe(duplex=False)
        self.process: BaseProcess = context.Process(target=_work, args=(far, job), daemon=True)
        self.process.start()
        far.close()

    def read(self) -> DayResult | None:
        """Take one message: the result, or None after a tally. Raises :class:`DemoError` when the worker failed."""
        try:
            message: Tally | DayResult | str = self.pipe.recv()
        except EOFError:
            self.process.join()
            raise DemoError(f"{self.job.day.name}: a worker ended with {self.process.exitcode}") from None
        if isinstance(message, str):
            raise DemoError(f"{self.job.day.name}: {message}")
        if isinstance(message, DayResult):
            return message
        self.tally = message
        return None

    def end(self) -> None:
        """See that the process is gone; its server goes with it."""
        self.process.join(0.1 if self.process.is_alive() else None)
        if self.process.is_alive():
            self.process.terminate()
            self.process.join()
        self.pipe.close()


def live_days(jobs: Sequence[Job], at_once: int, watch: Watch, done: Callable[[DayResult], None]) -> list[DayResult]:
    """Live days, up to ``at_once`` at a time, and return their results in the order of ``jobs``.

    Raises :class:`DemoError` when one of them fails; the others are ended then, as they are on Ctrl-C.
    """
    pending = list(enumerate(jobs))
    running: dict[Connection, tuple[int, _Worker]] = {}
    results: dict[int, DayResult] = {}
    try:
        while pending or running:
            while pending and len(running) < at_once:
                index, job = pending.pop(0)
                with _interrupts_held():
                    worker = _Worker(job)
                    running[worker.pipe] = (index, worker)
            for pipe in wait(list(running), timeout=TALLY_EVERY_S):
                assert isinstance(pipe, Connection)
                index, worker = running[pipe]
                result = worker.read()
                if result is not None:
                    results[index] = result
                    del running[pipe]
                    worker.end()
                    done(result)
            watch([(worker.job.day, worker.tally) for _, worker in running.values()])
    finally:
        for _, worker in running.values():
            worker.process.terminate()
        for _, worker in running.values():
            worker.end()
    return [results[index] for index in range(len(jobs))]


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Put Ctrl-C off, for good in what is started here: workers and their servers are ended by this process.

    A terminal sends Ctrl-C to all of them; one that were still importing would die of it with a traceback.
    """
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        yield
        return
    noted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: noted.append(number))
    resource_tracker.ensure_running()  # it unblocks the signal when it starts, so it has to be there before
    # what is started inherits this mask; here another thread, such as numpy's, may still take the signal
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, before)
        if noted:
            signal.raise_signal(signal.SIGINT)


class _Leave:
    """What SIGTERM does to a worker: its server and itself end at once.

    Hundreds of tasks are under way then; unwinding them would take longer, and print what nobody can use.
    """

    def __init__(self) -> None:
        self._asked = False
        self._server: DemoServer | None = None

    def __call__(self, _signal: int, _frame: object) -> None:
        self._asked = True
        if self._server is not None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            self._server.kill()
            os._exit(1)

    def with_server(self, server: DemoServer) -> None:
        """There is a server now; leave if that was asked for while it was being started."""
        self._server = server
        if self._asked:
            self(signal.SIGTERM, None)


def _work(pipe: Connection, job: Job) -> None:
    """Live one day in this process and report; what goes wrong is reported, too."""
    leave = _Leave()
    signal.signal(signal.SIGTERM, leave)
    try:
        server = DemoServer(job.center, job.speed)
        leave.with_server(server)
        with server:
            pipe.send(_run(server.target, job, pipe))
    except DemoError as error:
        pipe.send(str(error))
    except BrokenPipeError:  # nobody listens any more
        pass
    except Exception:
        pipe.send(traceback.format_exc())


def _run(target: str, job: Job, pipe: Connection) -> DayResult:
    # select() waits with microseconds where epoll() rounds to milliseconds: 1 ms is 1.2 s of a day at x1200
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        gc.freeze()  # what was imported lives on; collecting it again would only stop the clock
        return runner.run(_live(target, job, pipe))


async def _live(target: str, job: Job, pipe: Connection) -> DayResult:
    span_s = job.day.ends_s - job.day.starts_s + SPARE_DAY_S
    async with Client(target) as client:
        await client.wait_until_ready()
        bank = DayAtTheBank(client, job.day, job.speed)
        reporting = asyncio.create_task(_report(bank, pipe))
        try:
            async with asyncio.timeout(span_s / job.speed + SPARE_REAL_S):
                return await bank.live()
        except TimeoutError:
            left = bank.tally.arrived - len(bank.outcomes)
            raise DemoError(f"the day does not end: {left} calls and {bank.tally.agents} agents are left") from None
        finally:
            reporting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reporting


async def _report(bank: DayAtTheBank, pipe: Connection) -> None:
    while True:
        await asyncio.sleep(TALLY_EVERY_S)
        tally = bank.tally
        try:
            pipe.send(replace(tally, now_s=bank.now_s(), waiting=dict(tally.waiting), agents=dict(tally.agents)))
        except BrokenPipeError:  # nobody listens any more
            signal.raise_signal(signal.SIGTERM)
