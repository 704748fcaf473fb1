"""Which rule of a scenario says what of whom: tables of the numbers of rules, the last that holds being in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config.models import Agent
from ..config.queues import Queue
from ..plans import Requirement
from .agent_types import Kind, Roll, TypeTable
from .scenario import HandlingRule, Scenario
from .world import NONE

Table = NDArray[np.int64]
Mask = NDArray[np.bool_]


def among(names: Sequence[str], known: Sequence[str]) -> Mask:
    """Return [known]: whether a rule holds for each; for all, when it names none."""
    return np.asarray([not names or name in names for name in known], np.bool_)


def _has(kind: Kind, skills: Mapping[str, int]) -> bool:
    return all(kind.agent.skills.get(skill, 0) >= level for skill, level in skills.items())


def handling_tables(scenario: Scenario, table: TypeTable, roll: Roll) -> tuple[Table, Table]:
    """Return [queue, tier, type] and [queue, type]: the numbers of the rules that say talk and wrap-up, or NONE."""
    queues, tiers = list(scenario.center.queues), list(scenario.center.all_tiers())
    talk = np.full((len(queues), len(tiers), len(table.kinds)), NONE, np.int64)
    wrap_up = np.full((len(queues), len(table.kinds)), NONE, np.int64)
    for number, rule in enumerate(scenario.handling):
        for_queue, for_tier = among(rule.queue, queues), among(rule.tier, tiers)
        for_type = _types(rule, table, roll)
        if rule.talk is not None:
            talk[np.ix_(for_queue, for_tier, for_type)] = number
        if rule.wrap_up is not None:
            wrap_up[np.ix_(for_queue, for_type)] = number
    return talk, wrap_up


def _types(rule: HandlingRule, table: TypeTable, roll: Roll) -> Mask:
    named = roll.mask(rule.agents)[table.examples()] if table.kinds else np.zeros(0, np.bool_)
    return named & np.asarray([_has(kind, rule.skill) for kind in table.kinds], np.bool_)


def last_rule(rules: Sequence[Any], conditions: Mapping[str, str], field: str) -> int | None:
    """Return the number of the last rule that says a field and whose conditions hold; None where no rule does."""
    for number in reversed(range(len(rules))):
        rule = rules[number]
        if getattr(rule, field) is None:
            continue
        if all(not getattr(rule, key, ()) or name in getattr(rule, key) for key, name in conditions.items()):
            return number
    return None


def last_saying(rules: Sequence[Any], conditions: Mapping[str, str], field: str) -> Any:
    """Return a field of the rule that :func:`last_rule` finds; None where no rule says it."""
    number = last_rule(rules, conditions, field)
    return None if number is None else getattr(rules[number], field)


def may_serve(agent: Agent, queue: Queue) -> bool:
    """Say whether an agent could serve a queue in some step of its plan."""
    if agent.channels.get(queue.channel) == 0:
        return False
    return any(_meets(agent, one) for one in queue.requirements() if one is not None)


def _meets(agent: Agent, requirement: Requirement) -> bool:
    def has(skill: str, level: int) -> bool:
        return agent.skills.get(skill, 0) >= level

    excluded = dict(requirement.excludes) if isinstance(requirement.excludes, Mapping) else {}
    return (
        all(has(skill, level) for skill, level in requirement.requires.items())
        and all(any(has(skill, level) for skill, level in group.items()) for group in requirement.any_of)
        and not any(has(skill, level) for skill, level in excluded.items())
    )
