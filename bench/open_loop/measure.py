"""How long a server takes at rising rates, measured from planned times: no coordinated omission.

    acdcore bench --open-loop

A closed loop waits for an answer before it sends again, so that a slow server is asked less often and looks better
than it is. Here customers come when a seeded Poisson schedule says, whatever the answers do, and every latency counts
from the planned moment. Rates rise until the server no longer keeps up; the tables say how late the driving processes
themselves were, which is part of every latency.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...model import QueueFigures
from ...rpc.client import Client
from ..demo.server import DemoServer
from ..process_use import process_use
from ..surroundings import machine
from ..terminal import Tell
from .driver import LEGS, Share, Step, StepTold, drive

RATES: Final = (50, 71, 100, 141, 200, 283, 400, 566, 800, 1_131, 1_600, 2_263, 3_200)
"""Interactions a second: each is √2 times the one before."""
AGENTS: Final = 300
TALK_S: Final = 0.1
KEEPS_UP: Final = 0.95
"""A server keeps up when it has completed at least this share of the planned rate."""
LEAD_S: Final = 0.5
"""From telling the processes of a step to its first moment."""
DRAIN_S: Final = 120.0
LOOK_S: Final = 0.05
WARM: Final = (50.0, 100)
"""Rate and customers of a step that is not shown: connections, caches and the interpreter warm up."""
CENTER: Final = """\
center: open-loop
queues:
  calls: {{target: 20s, offer_timeout: 10m, plan: [{{requires: {{}}}}]}}
agent_groups:
  agent: {{count: {agents}, skills: {{}}}}
"""


@dataclass(frozen=True)
class OpenLoopPlan:
    """What to measure. Each step lasts at least ``seconds`` and has at least ``least`` customers."""

    rates: tuple[float, ...] = RATES
    seconds: float = 20.0
    least: int = 4_000
    seed: int = 1
    drivers: int = 1
    agents: int = AGENTS
    talk_s: float = TALK_S

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not self.rates or any(not 1 <= rate <= 100_000 for rate in self.rates):
            raise ValueError(f"rates: {', '.join(f'{rate:g}' for rate in self.rates)}; allowed: each 1 to 100000")
        if list(self.rates) != sorted(set(self.rates)):
            raise ValueError(f"rates: {', '.join(f'{rate:g}' for rate in self.rates)}; allowed: rising ones")
        bounds = (("seconds", 0.1, 3_600), ("least", 1, 10_000_000), ("drivers", 1, 64), ("agents", 1, 10_000))
        for name, least, most in bounds:
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name}: {value:g}; allowed: {least:g} to {most:g}")
        if self.agents < self.drivers:
            raise ValueError(f"agents: {self.agents}; allowed: at least one for each of {self.drivers} drivers")

    def step(self, number: int) -> Step:
        """Return a step: 0 is the one that warms up."""
        rate, count = WARM
        if number:
            rate = self.rates[number - 1]
            count = max(self.least, round(rate * self.seconds))
        return Step(number, rate, count, self.seed, self.talk_s)


@dataclass
class StepResult:
    """What happened at one rate. ``times``: of each leg, nanoseconds, ascending. ``cpu``: cores' worth of time.

    ``planned``: customers a second that the schedule had; ``done``: completed ones a second, from the first planned
    moment until the last was done, talks taken off. ``outcome``: a hash of who was served to the end.
    """

    rate: float
    customers: int
    planned: float
    done: float
    times: dict[str, NDArray[np.int64]]
    waited: int
    server_cpu: float
    driver_cpu: list[float]
    outcome: str
    problems: list[str]

    @property
    def keeps_up(self) -> bool:
        """Whether the server kept up with the plan."""
        return self.done >= KEEPS_UP * self.planned

    def quantile_ms(self, leg: str, share: float) -> float:
        """Return a quantile of a leg in milliseconds; share 1 is the longest."""
        times = self.times[leg]
        return float(np.quantile(times, share, method="inverted_cdf")) / 1e6 if len(times) else float("nan")


@dataclass
class OpenLoop:
    """All steps; ``machine``: on what, and how busy it was before."""

    plan: OpenLoopPlan
    steps: list[StepResult] = field(default_factory=list)
    machine: dict[str, Any] = field(default_factory=machine)

    @property
    def problems(self) -> list[str]:
        """What did not hold, of all steps."""
        return [f"{step.rate:g}/s: {problem}" for step in self.steps for problem in step.problems]

    @property
    def outcome(self) -> str:
        """Return one hash over all steps: with the same plan, and everybody served, always the same."""
        return digest([step.outcome for step in self.steps])


def digest(names: Sequence[str]) -> str:
    """Return a short hash of some names, whatever their order."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:16]


class _Drivers:
    """The far ends: processes that send and listen."""

    def __init__(self, plan: OpenLoopPlan, target: str) -> None:
        context = multiprocessing.get_context("spawn")  # gRPC does not survive a fork
        names = [f"agent-{n + 1}" for n in range(plan.agents)]
        self.pipes: list[Connection] = []
        self.processes = []
        for index in range(plan.drivers):
            near, far = context.Pipe()
            share = Share(target, index, plan.drivers, tuple(names[index :: plan.drivers]))
            process = context.Process(target=drive, args=(share, far), daemon=True)
            process.start()
            far.close()
            self.pipes.append(near)
            self.processes.append(process)

    def heard(self) -> list[Any]:
        """Return what each of them says next. Raises RuntimeError when one has failed."""
        said = []
        for pipe in self.pipes:
            try:
                one = pipe.recv()
            except EOFError:
                raise RuntimeError("a driving process has ended") from None
            if isinstance(one, str) and one != "ready":
                raise RuntimeError(f"a driving process has failed: {one}")
            said.append(one)
        return said

    def tell(self, order: Step | str | None) -> None:
        """Say something to all of them."""
        for pipe in self.pipes:
            pipe.send(order)

    def end(self) -> None:
        """End them."""
        for pipe, process in zip(self.pipes, self.processes, strict=True):
            try:
                pipe.send(None)
            except OSError:
                process.terminate()
            process.join(5.0)
            if process.is_alive():
                process.kill()
                process.join()


def measure(plan: OpenLoopPlan, tell: Tell, found: Callable[[StepResult], None] = lambda _: None) -> OpenLoop:
    """Measure all rates until the server no longer keeps up; ``found`` is called after each.

    Raises DemoError when the server does not start, RuntimeError when a driving process fails, AcdError when the
    server goes away.
    """
    result = OpenLoop(plan)
    with DemoServer(CENTER.format(agents=plan.agents), 1.0) as server, asyncio.Runner() as runner:
        client = runner.run(_client(server.target))
        drivers = _Drivers(plan, server.target)
        try:
            tell("signing in", 0, len(plan.rates))
            drivers.heard()
            for number in range(len(plan.rates) + 1):
                step = plan.step(number)
                tell(f"{step.rate:g} a second" if number else "warming up", max(0, number - 1), len(plan.rates))
                one = _measure(step, drivers, client, runner, server.pid)
                if number:
                    result.steps.append(one)
                    found(one)
                    if not one.keeps_up:
                        break
        finally:
            drivers.end()
            runner.run(client.close())
    return result


async def _client(target: str) -> Client:
    client = Client(target, timeout=timedelta(seconds=60))
    await client.wait_until_ready(timedelta(seconds=30))
    return client


def _measure(step: Step, drivers: _Drivers, client: Client, runner: asyncio.Runner, pid: int) -> StepResult:
    [before] = runner.run(client.figures())
    begin_ns = time.monotonic_ns() + int(LEAD_S * 1e9)
    drivers.tell(dataclasses.replace(step, begin_ns=begin_ns))
    schedule = step.schedule()
    cpu_s, looked = process_use(pid).cpu_s, time.monotonic()
    time.sleep(max(0.0, LEAD_S + schedule[-1][0] / 1e9))
    cpu = (process_use(pid).cpu_s - cpu_s) / (time.monotonic() - looked - LEAD_S)
    after = runner.run(_drained(client))
    drivers.tell("finish")
    told: list[StepTold] = drivers.heard()
    return step_result(step, told, before, after, begin_ns, cpu)


async def _drained(client: Client) -> QueueFigures:
    """Return the queue's figures once nobody is left, or after a while."""
    limit = time.monotonic() + DRAIN_S
    while True:
        [row] = await client.figures()
        if row.waiting + row.offered + row.active == 0 or time.monotonic() > limit:
            return row
        await asyncio.sleep(LOOK_S)


def step_result(
    step: Step, told: Sequence[StepTold], before: QueueFigures, after: QueueFigures, begin_ns: int, server_cpu: float
) -> StepResult:
    """Put together what the processes saw, and hold it against the server's figures."""
    schedule = step.schedule()
    lasts_s = schedule[-1][0] / 1e9
    completed = [name for one in told for name in one.completed]
    last_ns = max(one.last_ns for one in told)
    took_s = max(lasts_s, (last_ns - begin_ns) / 1e9)
    wanted = {step.name(customer) for customer in range(step.count)}
    times = {leg: np.sort(np.concatenate([np.asarray(one.times[leg], np.int64) for one in told])) for leg in LEGS}
    surprises = sum((one.surprises for one in told), Counter())
    problems = [f"{what} ({count})" for what, count in surprises.items()]
    if sorted(completed) != sorted(wanted):
        problems.append(f"{len(wanted - set(completed))} of {len(wanted)} were not served to the end, once")
    counted = {
        "enqueued": (sum(one.enqueued for one in told), after.enqueued - before.enqueued),
        "offers heard": (len(times["offer"]), after.offers_made - before.offers_made),
        "accepted": (sum(one.accepted for one in told), after.offers_accepted - before.offers_accepted),
        "completed": (len(completed), after.completed - before.completed),
        "left": (0, after.waiting + after.offered + after.active),
    }
    problems += [
        f"{what}: {here} counted here, {there} by the server"
        for what, (here, there) in counted.items()
        if here != there
    ]
    return StepResult(
        rate=step.rate,
        customers=step.count,
        planned=step.count / lasts_s,
        done=len(completed) / took_s,
        times=times,
        waited=sum(one.waited for one in told),
        server_cpu=server_cpu,
        driver_cpu=[one.cpu_s / took_s for one in told],
        outcome=digest(completed),
        problems=problems,
    )
