"""From a center's configuration to the commands that define it, and to what looks wrong without being so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum

from ..router.codes import PPM, ItemKind, Op
from ..router.records import Command, Item
from .durations import format_duration
from .models import Center
from .tree import Problem, path_text


def _fields(fields: Iterable[tuple[IntEnum, int]]) -> tuple[Item, ...]:
    return tuple(Item(ItemKind.FIELD, int(code), value) for code, value in fields)


def center_commands(center: Center, now_ns: int) -> list[Command]:
    """Return the commands that define a center in a router that has nothing defined yet, in their order.

    Every field is stated, defaults too: the same commands mean the same under another version's defaults.
    """
    slots = {skill: slot for slot, skill in enumerate(center.skills)}

    def levels(kind: ItemKind, skills: Mapping[str, int]) -> tuple[Item, ...]:
        return tuple(Item(kind, slots[skill], level) for skill, level in skills.items())

    commands = [Command(Op.CONFIGURE, now_ns, items=_fields(center.settings.router_fields()))]
    commands += [Command(Op.DEFINE_SKILL, now_ns, name=skill.encode()) for skill in center.skills]
    commands += [Command(Op.DEFINE_REASON, now_ns, name=reason.encode()) for reason in center.reasons]
    for name, tier in center.all_tiers().items():
        commands.append(Command(Op.DEFINE_TIER, now_ns, name=name.encode(), items=_fields(tier.router_fields())))
    for name, queue in center.queues.items():
        items = _fields(queue.router_fields()) + levels(ItemKind.REQUIRE, queue.requires)
        commands.append(Command(Op.DEFINE_QUEUE, now_ns, name=name.encode(), items=items))
    for name, agent in center.all_agents().items():
        items = _fields(agent.router_fields()) + levels(ItemKind.HAS_SKILL, agent.skills)
        commands.append(Command(Op.DEFINE_AGENT, now_ns, name=name.encode(), items=items))
    return commands


def lint(center: Center) -> list[Problem]:
    """Return what is allowed but can hardly be meant.

    That is: skills nobody has or needs, queues nobody can serve, a default tier with an advantage or a handicap.
    """
    warnings: list[Problem] = []

    def warn(path: tuple[str | int, ...], value: str, message: str) -> None:
        warnings.append(Problem(path_text(path), center.line_of(*path), value, message))

    agents = (*center.agents.values(), *center.agent_groups.values())
    profiles = {tuple(sorted(agent.skills.items())) for agent in agents}
    held = [dict(profile) for profile in profiles]
    had = {skill for profile in held for skill in profile}
    needed = {skill for queue in center.queues.values() for skill in queue.requires}
    for index, skill in enumerate(center.skills):
        if skill not in had:
            warn(("skills", index), skill, "no agent has this skill")
        if skill not in needed:
            warn(("skills", index), skill, "no queue requires this skill")
    for name, queue in center.queues.items():
        fit = any(all(profile.get(skill, 0) >= least for skill, least in queue.requires.items()) for profile in held)
        if not fit:
            wanted = ", ".join(f"{skill} {least}" for skill, least in queue.requires.items()) or "nothing"
            warn(("queues", name), name, f"no agent can serve this queue: it requires {wanted}")
    name = center.default_tier()
    tier = center.all_tiers()[name]
    why = "everybody without a tier gets this: the tier is the default (lowest rank, then the first)"
    if tier.head_start_ns:
        warn(("tiers", name, "head_start"), format_duration(tier.head_start_ns), why)
    if tier.target_factor_ppm != PPM:
        warn(("tiers", name, "target_factor"), f"{tier.target_factor_ppm / PPM:g}", why)
    if not center.queues:
        warn(("queues",), "", "the center has no queue")
    return sorted(warnings, key=lambda problem: problem.line)
