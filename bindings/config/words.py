"""Parts of a center in words, for those who check its file: who may serve, what a step does, what becomes of whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ..plans import Requirement
from ..router.codes import MIN_LEVEL, Overflow
from .calendars import Calendar
from .durations import format_duration
from .queues import Lender, Queue, Step, When
from .values import OPENS_BY_GROWING, Destination, Threshold

_FATES: Final = {Overflow.WAIT: "waits", Overflow.REJECT: "refused"}


def enumerated(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: ``anna, ben and carla``; at least one."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def leveled(skills: Mapping[str, int] | object) -> Mapping[str, int]:
    """Return skills with their levels: in a center's models they always have them."""
    assert isinstance(skills, Mapping)
    return skills


def _skill_words(skills: Mapping[str, int] | object, joint: str = ", ") -> str:
    return joint.join(f"{skill} {level}" for skill, level in leveled(skills).items())


def requirement_words(requirement: Requirement) -> str:
    """Return who may serve: ``stocks 5, one of (french 3 or german 3), not trainee``; empty when anybody may."""
    parts = [_skill_words(requirement.requires)] if requirement.requires else []
    parts += [f"one of ({_skill_words(group, ' or ')})" for group in requirement.any_of]
    for skill, level in leveled(requirement.excludes).items():
        parts.append(f"not {skill}" if level == MIN_LEVEL else f"not {skill} {level}")
    return ", ".join(parts)


def _measures(measured: When | Lender) -> list[str]:
    """Return what a gate looks at: ``waiting >= 5 (once open >= 2)``."""
    parts = []
    for attribute, code in measured.codes.items():
        threshold = getattr(measured, attribute)
        if isinstance(threshold, Threshold):
            sign = ">=" if code in OPENS_BY_GROWING else "<="
            opens, closes = (
                format_duration(value) if code.name.endswith("_NS") and value is not None else str(value)
                for value in threshold
            )
            word = attribute.removesuffix("_ns").replace("_", " ")
            again = "" if threshold.close in (None, threshold.open) else f" (once open {sign} {closes})"
            parts.append(f"{word} {sign} {opens}{again}")
    return parts


def gate_words(when: When) -> str:
    """Return when a gate is open: what the queue itself asks, and what the lender allows."""
    parts = [" or ".join(_measures(when))] if when.router_fields() else []
    if when.lender:
        parts.append(f"in {when.lender.queue} {' and '.join(_measures(when.lender))}")
    return ", and ".join(parts)


def step_words(step: Step, *, is_first: bool) -> str:
    """Return what a step says: who may serve, what it does, and on which condition."""
    parts = []
    if is_first or step.states_requirement:
        parts.append(requirement_words(step.requirement) or "anybody")
        if step.prefers:
            parts.append(f"rather {_skill_words(step.prefers)}")
    if step.priority is not None:
        parts.append(f"priority {step.priority}")
    if step.move_to is not None:
        parts.append(f"moves to {step.move_to}")
    if step.when:
        parts.append(f"while {gate_words(step.when)}")
    if not step.skip_when_hopeless:
        parts.append("not skipped")
    return "; ".join(parts) or "nothing"


def fate_words(destination: Destination, others: Mapping[Overflow, str] = _FATES) -> str:
    """Return what becomes of an interaction that a queue cannot take or keep."""
    return others.get(destination.overflow, f"moves to {destination.move_to}")


def besides_words(queue: Queue) -> list[str]:
    """Return what a queue says that most do not: whom it keeps free for whom, and its own view of tiers."""
    parts = []
    for tier, own in queue.tiers.items():
        said = []
        if own.target_factor_ppm is not None:
            said.append(f"target x {own.target_factor_ppm / 10**6:.6g}")
        if own.head_start_ns is not None:
            said.append(f"head start {format_duration(own.head_start_ns)}")
        parts += [f"{tier}: {', '.join(said)}"] if said else []
    if queue.prefer_last_agent_ns:
        parts.append(f"kept for the customer's last agent for {format_duration(queue.prefer_last_agent_ns)}")
    if queue.reserve and queue.reserve.agents:
        reserve, opens = queue.reserve, format_duration(queue.reserve.opens_ns)
        agents = f"{reserve.agents} agent{'s' * (reserve.agents != 1)}"
        parts.append(f"{agents} kept free for rank {reserve.rank} until {opens} past due")
    parts += [] if queue.affinity else ["no affinity"]
    parts += [] if queue.claims else ["no claims"]
    return parts


def calendar_words(calendar: Calendar) -> str:
    """Return when a calendar is open, and its dates."""
    open_on = [(str(days), spans) for days, spans in calendar.hours.items()]
    open_on += [(str(day), spans) for day, spans in calendar.special.items()]
    parts = [f"{days} {', '.join(map(str, spans)) or 'closed'}" for days, spans in open_on]
    if calendar.closed:
        parts.append(f"closed {', '.join(map(str, calendar.closed))}")
    return "; ".join(parts) or "never"
