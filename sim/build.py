"""From a scenario to the world of one replication: slots, arrays, and the center's own commands."""

from __future__ import annotations

import numpy as np

from ..config import Center, center_commands, opening_commands
from ..router.codes import PPM, SECOND_NS
from .agent_types import Kind, Roll, type_table
from .build_demand import DemandBuilder
from .build_handling import handling_tables, last_saying
from .build_laws import Laws
from .laws import Law, constant
from .rosters import allocate, make_roster
from .scenario import CustomerRule, HandlingRule, Scenario, Transfer
from .world import ALWAYS, NONE, AgentType, Behavior, Choice, Ints, QueueWork, World


def make_world(scenario: Scenario, replication: int = 0, *, records: bool = False, journal: bool = False) -> World:
    """Return what the engine simulates in one replication.

    Day factors, lateness, absences and dates of a record are drawn here, from streams of the scenario's seed, the
    replication and the purpose: two scenarios that differ in their center only meet the same customers and agents.

    Args:
        scenario: what is simulated.
        replication: which one, from 0.
        records: whether a row is kept for each customer.
        journal: whether every command is kept.
    """
    center, run = scenario.center, scenario.run
    start_ns = run.wall().start_ns
    end_ns = start_ns + run.horizon_ns + run.most_overtime_ns
    laws, roll = Laws(), Roll(center)
    table = type_table(scenario, roll)
    talk, wrap_up = handling_tables(scenario, table, roll)
    demand = DemandBuilder(scenario, replication, laws)
    queues, tiers = list(center.queues), list(center.all_tiers())
    behaviors = tuple(tuple(_behavior(scenario, queue, tier, laws) for tier in tiers) for queue in queues)
    work = tuple(_work(scenario, queue) for queue in queues)
    types = tuple(_agent_type(scenario, kind, roll, laws) for kind in table.kinds)
    # where nothing is said nobody can be served either, which has been checked: any distribution will do
    nothing = [laws.of(constant(0.0))] if (talk == NONE).any() else []
    talks = np.asarray([laws.of(rule.talk) for rule in scenario.handling] + nothing, np.int32)
    wrap_ups = np.asarray([laws.of(rule.wrap_up) for rule in scenario.handling] + [NONE], np.int32)
    sources, traces = demand.sources(), demand.traces()
    return World(
        definitions=center_commands(without_leases(center), start_ns),
        openings=opening_commands(center, start_ns, end_ns),
        queues=tuple(queues),
        tiers=tuple(tiers),
        agents=roll.names,
        distributions=laws.all(),
        sources=sources,
        traces=traces,
        behaviors=behaviors,
        work=work,
        types=types,
        type_of=table.type_of,
        handle=talks[talk],  # the number NONE, -1, finds the last one
        wrap_up=wrap_ups[wrap_up],
        roster=make_roster(scenario, replication, allocate(scenario, roll=roll), len(roll.names)),
        target_ns=targets_ns(center),
        thresholds_ns=np.asarray(sorted(set(run.targets_ns)), np.int64),
        horizon_s=run.horizon_ns / SECOND_NS,
        warm_up_s=run.warm_up_ns / SECOND_NS,
        interval_s=run.interval_ns / SECOND_NS,
        period_s=ALWAYS if run.period_ns is None else run.period_ns / SECOND_NS,
        batches=run.batches,
        ending=run.ending,
        most_overtime_s=run.most_overtime_ns / SECOND_NS,
        seed=run.seed,
        replication=replication,
        start_ns=start_ns,
        records=records,
        journal=journal,
    )


def without_leases(center: Center) -> Center:
    """Return a center whose agents' presence never lapses: simulated desktops do not lose touch."""
    return center.model_copy(update={"settings": center.settings.model_copy(update={"lease_ns": 0})})


def targets_ns(center: Center) -> Ints:
    """Return [queue, tier]: the queue's target, times the tier's factor, the queue's own one where it has one."""
    tiers = center.all_tiers()
    found = np.zeros((len(center.queues), len(tiers)), np.int64)
    for row, queue in enumerate(center.queues.values()):
        for column, (name, tier) in enumerate(tiers.items()):
            own = queue.tiers[name].target_factor_ppm if name in queue.tiers else None
            found[row, column] = queue.target_ns * (tier.target_factor_ppm if own is None else own) // PPM
    return found


def _behavior(scenario: Scenario, queue: str, tier: str, laws: Laws) -> Behavior:
    rules: list[CustomerRule] = scenario.customers
    conditions = {"queue": queue, "tier": tier}

    def said(field: str) -> object:
        return last_saying(rules, conditions, field)

    patience: Law | None = last_saying(rules, conditions, "patience")
    balk = last_saying(rules, conditions, "balk")
    retry = last_saying(rules, conditions, "retry")
    callback = last_saying(rules, conditions, "callback")
    never = patience is None or patience.parameters == (ALWAYS,)
    slots = {name: slot for slot, name in enumerate(scenario.center.queues)}
    return Behavior(
        patience=NONE if never else laws.of(patience),
        balk_share=balk.share if balk else 0.0,
        balk_from=balk.others if balk else 0,
        retry_share=retry.share if retry else 0.0,
        retry_after=laws.of(retry.after) if retry else NONE,
        most_retries=retry.most if retry else 5,
        callback_after_s=callback.after_ns / SECOND_NS if callback else ALWAYS,
        callback_share=callback.share if callback else 0.0,
        callback_queue=slots[callback.queue] if callback else NONE,
    )


def _work(scenario: Scenario, queue: str) -> QueueWork:
    slots = {name: slot for slot, name in enumerate(scenario.center.queues)}
    tiers = {name: slot for slot, name in enumerate(scenario.center.all_tiers())}
    rules: list[HandlingRule] = scenario.handling
    transfers: list[Transfer] = last_saying(rules, {"queue": queue}, "transfers") or []
    short_ns: int | None = last_saying(scenario.customers, {"queue": queue}, "short_abandon_ns")
    return QueueWork(
        failure_share=last_saying(rules, {"queue": queue}, "failure") or 0.0,
        transfers=tuple(
            Choice(one.share, slots[one.queue], NONE if one.tier is None else tiers[one.tier]) for one in transfers
        ),
        short_s=(short_ns or 0) / SECOND_NS,
    )


def _agent_type(scenario: Scenario, kind: Kind, roll: Roll, laws: Laws) -> AgentType:
    rules = [rule for rule in scenario.workforce.behavior if roll.mask(rule.agents)[kind.example]]
    rest = last_saying(rules, {}, "rest")
    slowdown: dict[str, float] = last_saying(rules, {}, "slowdown") or {}
    return AgentType(
        name=kind.name,
        pick_up=laws.of(last_saying(rules, {}, "pick_up")),
        miss_share=last_saying(rules, {}, "miss") or 0.0,
        decline_share=last_saying(rules, {}, "decline") or 0.0,
        back_after=laws.of(last_saying(rules, {}, "back_after")),
        rest_share=rest.share if rest else 0.0,
        rest=laws.of(rest.length) if rest else NONE,
        slowdown=tuple(slowdown.get(name, 0.0) for name in scenario.center.all_channels()) if slowdown else (),
    )
