"""Server and simulator decide alike: what a simulated day told the router, the server's own core makes the same of."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from acdcore.commands import Core as CoreLike
from acdcore.router import Core
from acdcore.router.batch import COMMAND
from acdcore.router.codes import EventType
from acdcore.router.records import Command, Event
from acdcore.rpc.clock import ManualClock
from acdcore.rpc.owner import Build, Owner
from acdcore.sim.build import make_world
from acdcore.sim.engine import simulate
from acdcore.sim.experiment import sample_scenario
from acdcore.sim.scenario_load import load_scenario
from acdcore.sim.world import Count, Tally, World

HOURS = [("run.start", "2026-01-05 08:00"), ("run.horizon", "3h"), ("run.seed", "5")]


@pytest.fixture(scope="module")
def day() -> tuple[World, Tally]:
    """Three hours of the sample center, with a journal."""
    asked = make_world(load_scenario(sample_scenario(), HOURS), journal=True)
    return asked, simulate(asked)


def journal(told: Tally) -> list[Command]:
    """Return the journal as commands."""
    rows = told.journal.view(np.dtype(COMMAND)).tolist()
    names = [name for name, _ in COMMAND]
    found = []
    for row in rows:
        stated = dict(zip(names, row, strict=True))
        found.append(Command(**({name: stated[name] for name in stated if name in Command._fields} | {"items": ()})))
    return found


def at_its_time(command: Command) -> Build:
    """Return what makes the command for the owner, who says when."""
    return lambda _core, now_ns: command._replace(now_ns=now_ns)


def nothing(_core: CoreLike, _value: int, _now_ns: int) -> None:
    """Want nothing of the answer."""


async def served(asked: World, told: Tally) -> tuple[Core, list[Event]]:
    """Give a server's owner everything that the simulated router was given, when it was given; return what came of it.

    The owner fires its own timers, too, as its clock says: the simulator must have done so at the same moments.
    """
    core = Core()
    for command in asked.definitions:
        assert core.apply(command).code == 0
    clock = ManualClock(asked.start_ns)
    owner = Owner(core, clock)
    events: list[Event] = []
    owner.taps.append(events.extend)
    owner.start()
    for command in journal(told):
        clock.move_to(command.now_ns)
        done = owner.submit(at_its_time(command), nothing)
        await asyncio.wait([done])
        done.exception()  # a refusal is an answer, too
    owner.drain()
    await owner.stop()
    return core, events


async def test_a_simulated_morning_is_decided_alike_by_the_servers_core(day: tuple[World, Tally]) -> None:
    asked, told = day
    core, events = await served(asked, told)
    assert core.state_hash() == told.digest
    answered = told.customers[..., Count.ANSWERED].sum()
    accepted = sum(event.type == EventType.OFFER_ACCEPTED for event in events)
    failed = told.customers[..., Count.FAILED].sum()
    assert accepted - failed == answered > 300


async def test_one_decision_less_is_noticed(day: tuple[World, Tally]) -> None:
    asked, told = day
    rows = told.journal.view(np.dtype(COMMAND))
    less = replace(told, journal=rows[:-1].view("u1"))
    core, _ = await served(asked, less)
    assert core.state_hash() != told.digest
