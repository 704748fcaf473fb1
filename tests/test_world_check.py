"""Worlds that cannot be: each is refused in words that name the field, its value, and what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from acdcore.router.codes import (
    MAX_NOW_NS,
    SECOND_NS,
    Op,
    Setting,
)
from acdcore.router.records import Command
from acdcore.sim.engine import simulate
from acdcore.sim.world import (
    ALWAYS,
    NONE,
    AgentType,
    Behavior,
    Choice,
    Distribution,
    Duty,
    Ending,
    QueueWork,
    SelfService,
    Shape,
    World,
)
from sim_worlds import (
    AUTOMATIC,
    START_NS,
    constant,
    define,
    exponential,
    fields,
    roster,
    stream,
    trace,
    world,
)

ABSENT = roster([])


def test_what_shows_the_world_is_sound() -> None:
    """The worlds below differ from this one in one value each."""
    assert simulate(sound()).ended_s == 100.0


def sound() -> World:
    """Return a world that uses everything."""
    return world(
        2, queues=(AUTOMATIC,) * 2, tiers=2, distributions=(exponential(5.0), constant(2.0)), wrap_up=1,
        behavior=Behavior(1, 0.1, 2, 0.1, 1, 3, 50.0, 0.1, 1), agents=AgentType("all", 1, 0.1, 0.1, 1, 0.1, 1, (0.5,)),
        work=(QueueWork(0.1, (Choice(0.1, 1, 1),), 5.0),) * 2, horizon_s=100.0,
        sources=(replace(stream(0.1), batch=1, self_service=SelfService(0.5, 1)),),
        traces=(trace((0.0, 5.0, 1.0), (3.0, np.nan, np.nan), since_s=(-5.0, 3.0)),),
        roster=roster([(0.0, 0, Duty.SIGN_IN, 0.0), (3.0, 1, Duty.SIGN_IN, 0.0), (5.0, 0, Duty.BREAK, 9.0)]),
        openings=[Command(Op.SET_QUEUE, START_NS, queue=0, x=1)], thresholds_ns=np.array([5, 10]),
    )  # fmt: skip


def changed(part: str, **values: Any) -> Callable[[World], World]:
    """Return what changes fields of one part of a world: the first of its kind."""

    def change(good: World) -> World:
        whole = getattr(good, part)
        if part == "behaviors":
            return replace(good, behaviors=((replace(whole[0][0], **values), *whole[0][1:]), *whole[1:]))
        if isinstance(whole, (tuple, list)):
            first = whole[0]._replace(**values) if isinstance(whole[0], Command) else replace(whole[0], **values)
            more: dict[str, Any] = {part: (first, *whole[1:])}
            return replace(good, **more)
        return replace(good, **{part: replace(whole, **values)})

    return change


def with_(**values: Any) -> Callable[[World], World]:
    """Return what changes fields of a world."""
    return lambda good: replace(good, **values)


def drawn(shape: int, *parameters: float, at_most: float = ALWAYS) -> Callable[[World], World]:
    """Return what adds a distribution, as number 3."""
    one = Distribution(shape, parameters, at_most)  # type: ignore[arg-type]
    return lambda good: replace(good, distributions=(*good.distributions, one))


NAN, INF = float("nan"), float("inf")
BAD: list[tuple[Callable[[World], World], str]] = [
    (with_(horizon_s=0.0), r"horizon_s: 0\.0; allowed: a number from 1e-09"),
    (with_(horizon_s=NAN), "horizon_s: nan"),
    (with_(horizon_s=4e9, start_ns=2**61), r"horizon_s: 4e\+09; allowed: less than 2\.3058"),
    (with_(ending=Ending.DOORS_SHUT, most_overtime_s=ALWAYS), r"horizon_s \+ most_overtime_s: 1e\+30; allowed: less"),
    (with_(most_overtime_s=-1.0), "most_overtime_s: -1"),
    (with_(ending=3), r"ending: 3; allowed: 0 \(STOP\), 1 \(DOORS_SHUT\), 2 \(RUN_ON\)"),
    (with_(start_ns=-1), "start_ns: -1; allowed: a whole number from 0"),
    (with_(start_ns=MAX_NOW_NS), "horizon_s"),
    (with_(warm_up_s=100.0), "warm_up_s: 100.0 leaves nothing to count before 100.0"),
    (with_(warm_up_s=-1.0), "warm_up_s: -1.0"),
    (with_(interval_s=0.0), "interval_s: 0.0; allowed: a number from 0.001"),
    (with_(interval_s=1.4e-9), "interval_s"),
    (with_(period_s=NAN), "period_s: nan"),
    (with_(batches=0), "batches: 0; allowed: a whole number from 1"),
    (with_(batches=1.5), "batches: 1.5"),
    (with_(interval_s=0.001, batches=1_000), "batches x intervals x queues x tiers: 400,004,000; allowed: up to"),
    (with_(seed=-1), "seed: -1"),
    (with_(replication=-1), "replication: -1"),
    (with_(behaviors=()), r"behaviors: its shape is \(0,\), needed: \(2, 2\)"),
    (with_(work=()), r"work: its shape is \(0,\), needed: \(2,\)"),
    (with_(type_of=np.array([0, 1], np.int32)), r"type_of\[1\]: 1; allowed: a type, 0 to 0"),
    (with_(type_of=np.array([0.0, 0.0])), "type_of: an array of float64; allowed: whole numbers"),
    (with_(handle=np.full((2, 2, 1), 3)), r"handle\[0\]\[0\]\[0\]: 3; allowed: a distribution, 0 to 2"),
    (with_(handle=np.full((2, 2, 1), 2**32)), r"handle\[0\]\[0\]\[0\]: 4294967296"),
    (with_(wrap_up=np.full((2, 1), 3)), r"wrap_up\[0\]\[0\]: 3; allowed: a distribution, 0 to 2, or -1 for none"),
    (with_(target_ns=np.full((2, 2), -1)), r"target_ns\[0\]\[0\]: -1; allowed: nanoseconds from 0"),
    (with_(target_ns=np.full((2, 2), 0.5)), "target_ns: an array of float64"),
    (with_(thresholds_ns=np.array([5, 4])), r"thresholds_ns\[1\]: 4; allowed: at least the one before it"),
    (changed("definitions", op=Op.ENQUEUE), r"definitions\[0\]\.op: ENQUEUE; allowed: CONFIGURE, DEFINE_AGENT"),
    (changed("definitions", now_ns=START_NS + 1), r"definitions\[0\]\.now_ns: 1000000001; allowed: up to start_ns"),
    (changed("openings", op=Op.SIGN_IN), r"openings\[0\]\.op: SIGN_IN; allowed: SET_QUEUE"),
    (changed("openings", now_ns=0), r"openings\[0\]\.now_ns: 0; allowed: at least 1000000000"),
    (changed("openings", queue=2), r"openings\[0\]\.queue: 2; allowed: a queue, 0 to 1"),
    (with_(agents=("agent0",), type_of=np.zeros(1, np.int32), roster=ABSENT),
     "agents: 1 names; allowed: one for each of the 2 defined"),
    (with_(agents=("agent1", "agent0")), r"agents\[0\]: 'agent1'; allowed: 'agent0', which is what the definitions"),
    (lambda good: replace(good, definitions=[define(Op.CONFIGURE, "", fields({Setting.LEASE_NS: SECOND_NS})),
                                             *good.definitions]), "LEASE_NS is 1000000000; allowed: 0"),
    (drawn(9, 1.0), r"distributions\[3\]\.shape: 9; allowed: 0 \(CONSTANT\), 1"),
    (drawn(Shape.CONSTANT), r"distributions\[3\]\.parameters: \(\); allowed: 1 of them for CONSTANT"),
    (drawn(Shape.CONSTANT, -1.0), r"distributions\[3\]\.parameters\[0\]: -1\.0; allowed: a number from 0"),
    (drawn(Shape.CONSTANT, 1.0, at_most=-1.0), r"distributions\[3\]\.at_most: -1\.0"),
    (drawn(Shape.EXPONENTIAL, NAN), r"parameters\[0\]: nan"),
    (drawn(Shape.EXPONENTIAL, INF), r"parameters\[0\]: inf"),
    (drawn(Shape.GAMMA, 2.0), r"parameters: \(2\.0,\); allowed: 2 of them for GAMMA"),
    (drawn(Shape.GAMMA, 0.0, 1.0), r"parameters\[0\]: 0\.0; allowed: a shape of more than 0"),
    (drawn(Shape.WEIBULL, 1.0, -1.0), r"parameters\[1\]: .*-1\.0"),
    (drawn(Shape.LOGNORMAL, 1.0, -1.0), r"parameters\[1\]: .*-1\.0"),
    (drawn(Shape.UNIFORM, 2.0, 1.0), r"parameters\[1\]: 1\.0; allowed: at least the one before it"),
    (drawn(Shape.EMPIRICAL), "at least one value"),
    (drawn(Shape.EMPIRICAL, 2.0, 1.0), "at least the one before it"),
    (drawn(Shape.HAZARD, 0.0, 1.0, 5.0), "3 of them; allowed: pairs"),
    (drawn(Shape.HAZARD, 1.0, 1.0), "0, where the first piece begins"),
    (drawn(Shape.HAZARD, 0.0, 1.0, 0.0, 2.0), "pieces that begin one after the other"),
    (drawn(Shape.HAZARD, 0.0, 1.0, 5.0, 0.0), r"parameters\[3\]: 0\.0; allowed: a last rate of more than 0"),
    (drawn(Shape.MIXTURE, 1.0), "1 of them; allowed: pairs"),
    (drawn(Shape.MIXTURE, 0.5, 0.0, 0.4, 1.0), "weights that add up to 0.9; allowed"),
    (drawn(Shape.MIXTURE, 1.0, 3.0), r"parameters\[1\]: 3; allowed: a distribution that is no mixture, 0 to 3"),
    (drawn(Shape.MIXTURE, 1.0, 4.0), r"parameters\[1\]: 4; allowed"),
    (drawn(Shape.MIXTURE, 1.0, 0.5), r"parameters\[1\]: 0\.5; allowed"),
    (changed("sources", edges_s=np.array([0.0])), r"sources\[0\]\.edges_s: its shape is \(1,\), needed: \(2,\)"),
    (changed("sources", edges_s=np.array([5.0, 1.0])), r"edges_s\[1\]: 1\.0; allowed: at least the one before it"),
    (changed("sources", edges_s=np.array([0.0, INF])), r"edges_s\[1\]: inf"),
    (changed("sources", rates_per_s=np.array([-1.0])), r"rates_per_s\[0\]: -1\.0"),
    (changed("sources", rates_per_s=np.array(1.0)), r"rates_per_s: its shape is \(\), needed: one dimension"),
    (changed("sources", rates_per_s=np.array(["1"])), "rates_per_s: an array of <U1; allowed: numbers"),
    (changed("sources", choices=()), r"choices: shares that add up to 0; allowed: shares that add up to 1"),
    (changed("sources", choices=(Choice(1.0, 2, 0),)), r"choices\[0\]\.queue: 2; allowed: a queue, 0 to 1"),
    (changed("sources", choices=(Choice(1.0, 0),)), r"choices\[0\]\.tier: -1; allowed: a tier, 0 to 1$"),
    (changed("sources", batch=3), r"sources\[0\]\.batch: 3"),
    (changed("sources", self_service=SelfService(1.5, 1)), r"contained: 1\.5; allowed: a number from 0 to 1"),
    (changed("sources", self_service=SelfService(0.5, NONE)), r"self_service\.length: -1"),
    (changed("traces", at_s=np.array([3.0, 1.0])), r"traces\[0\]\.at_s\[1\]: 1\.0; allowed: at least the one before"),
    (changed("traces", at_s=np.array([-1.0, 1.0])), r"at_s\[0\]: -1\.0"),
    (changed("traces", queue=np.array([0, 2])), r"traces\[0\]\.queue\[1\]: 2; allowed: a queue, 0 to 1"),
    (changed("traces", tier=np.array([0])), r"traces\[0\]\.tier: its shape is \(1,\), needed: \(2,\)"),
    (changed("traces", handle_s=np.array([1.0, -1.0])), r"handle_s\[1\]: -1\.0; allowed: .* or NaN"),
    (changed("traces", since_s=np.array([0.5, 1.0])), r"since_s\[0\]: 0\.5; allowed: at most at_s of the same row"),
    (changed("traces", since_s=np.array([NAN, 1.0])), r"since_s\[0\]: nan"),
    (changed("behaviors", patience=3), r"behaviors\[0\]\[0\]\.patience: 3; allowed: .*, or -1 for none"),
    (changed("behaviors", balk_share=NAN), r"balk_share: nan; allowed: a number from 0 to 1"),
    (changed("behaviors", balk_from=-1), "balk_from: -1"),
    (changed("behaviors", retry_after=NONE), r"retry_after: -1; allowed: a distribution, 0 to 2$"),
    (changed("behaviors", most_retries=10**6), "most_retries: 1000000; allowed: a whole number from 0 to 30000"),
    (changed("behaviors", callback_queue=NONE), "callback_queue: -1; allowed: a queue, 0 to 1$"),
    (changed("behaviors", callback_after_s=-1.0), "callback_after_s: -1"),
    (changed("work", failure_share=2.0), r"work\[0\]\.failure_share: 2\.0"),
    (changed("work", short_s=NAN), r"short_s: nan"),
    (changed("work", transfers=(Choice(0.6, 0), Choice(0.6, 1))), "shares that add up to 1.2; allowed: up to 1"),
    (changed("work", transfers=(Choice(1.0, 0),)), "transfers: all go on, and none ever ends; allowed"),
    (changed("work", transfers=(Choice(0.6, 9),)), r"transfers\[0\]\.queue: 9"),
    (changed("work", transfers=(Choice(0.6, 0, 2),)), r"transfers\[0\]\.tier: 2"),
    (changed("types", pick_up=3), r"types\[0\]\.pick_up: 3"),
    (changed("types", back_after=-2), r"types\[0\]\.back_after: -2"),
    (changed("types", rest=NONE), r"types\[0\]\.rest: -1; allowed: a distribution, 0 to 2$"),
    (changed("types", miss_share=-0.1), "miss_share: -0.1"),
    (changed("types", slowdown=(-1.0,)), r"slowdown\[0\]: -1\.0"),
    (changed("types", slowdown=(0.0,) * 17), "slowdown: 17 of them; allowed: one by channel, up to 16"),
    (changed("roster", agent=np.array([0, 2, 0])), r"roster\.agent\[1\]: 2; allowed: an agent, 0 to 1"),
    (changed("roster", at_s=np.array([0.0, 9.0, 3.0])), r"roster\.at_s\[2\]: 3\.0; allowed: at least the one"),
    (changed("roster", duty=np.array([0, 3, 0])), r"roster\.duty\[1\]: 3; allowed: 0 \(SIGN_IN\), 1 \(LEAVE\)"),
    (changed("roster", length_s=np.array([0.0])), r"roster\.length_s: its shape is \(1,\), needed: \(3,\)"),
    (changed("roster", length_s=np.array([0.0, 0.0, -9.0])), r"roster\.length_s\[2\]: -9\.0"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), BAD, ids=range(len(BAD)))
def test_a_bad_world_is_refused_in_words(change: Callable[[World], World], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simulate(change(sound()))
