"""Write what :mod:`acdcore.sim.fit_trace` fitted: a center, and a scenario that names it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..config.hours import DAYS
from .fit_arrivals import SLOT_S, QueueArrivals
from .fit_laws import EMPIRICAL, FittedLaw, hazard_yaml, seconds
from .fit_staff import LONGEST_REST_S, Staff, whole_counts
from .fit_trace import FittedTimes, FittedTrace
from .staff import LONGEST_WRAP_UP_S

Counts = NDArray[np.int64]
WIDTH: Final = 110
PLAIN: Final = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
MEANT_OTHERWISE: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan"})
"""Words that YAML reads as something else than text."""
REPLICATIONS: Final = 20
MOST_TALK_S: Final = 7_200.0
LEVEL: Final = 5
"""The proficiency of all who have a skill: a record does not tell."""


def files_of(fitted: FittedTrace, scenario: Path) -> dict[Path, str]:
    """Return every file to be written, with its text: the scenario, its center, empirical laws.

    Args:
        fitted: what was fitted.
        scenario: where the scenario goes; the others go beside it.
    """
    stem = scenario.name.removesuffix(scenario.suffix)
    center = scenario.with_name(f"{stem}-center.yaml")
    texts = {scenario: scenario_yaml(fitted, stem, center.name), center: center_yaml(fitted, stem)}
    for queue, times in fitted.handling.items():
        if times.chosen.family == EMPIRICAL:
            values, _ = times.sample.expanded()
            lines = [f"# talks of {queue or 'all queues'}, seconds".replace(",", " in")]
            texts[scenario.with_name(talk_file(stem, queue))] = (
                "\n".join([*lines, *(f"{value:g}" for value in np.sort(values))]) + "\n"
            )
    return texts


def write(fitted: FittedTrace, scenario: Path) -> list[Path]:
    """Write all files and return their paths; ``OSError`` where one cannot be written."""
    texts = files_of(fitted, scenario)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return list(texts)


def talk_file(stem: str, queue: str) -> str:
    """Return the name of the file with a queue's recorded talks."""
    return f"{stem}-talk-{re.sub(r'[^A-Za-z0-9_-]+', '_', queue) or 'all'}.csv"


# ---------------------------------------------------------------------- the center


def center_yaml(fitted: FittedTrace, name: str) -> str:
    """Return the text of a center's file that server and simulator take."""
    lines = [
        *_heading(fitted),
        "# Assumed, as calls do not tell: one promise for all queues; who has been idle longest goes first; one level",
        "# of proficiency; wrap_up is a limit (agents end it themselves).",
        f"center: {quoted(name)}",
        f"skills: [{', '.join(map(quoted, fitted.queues))}]",
    ]
    if fitted.tiers:
        lines.append("tiers:")
        for tier in fitted.tiers:
            start = fitted.head_starts_s.get(tier, 0.0)
            lines.append(f"  {quoted(tier)}: {flow({'head_start': seconds(start), 'rank': 10} if start else {})}")
    lines.append("queues:")
    for queue in fitted.queues:
        rule = {
            "target": seconds(fitted.target_s),
            "plan": [{"requires": {queue: 1}}],
            "strategy": "longest_idle",
            "auto_accept": True,
            "wrap_up": seconds(2 * LONGEST_WRAP_UP_S),
            "max_handle_time": seconds(MOST_TALK_S),
        }
        lines.append(f"  {quoted(queue)}: {flow(rule)}")
    counts = group_counts(fitted)
    lines += ["# As many as the roster ever needs at once.", "agent_groups:"]
    for index, group in enumerate(fitted.staff.groups):
        most = max(1, *(int(table[index].max()) for table in counts.values()))
        skills = dict.fromkeys(group.queues, LEVEL)
        lines.append(f"  {quoted(group.name)}: {flow({'count': most, 'skills': skills})}  # {group.share:.0%}")
    return "\n".join(lines) + "\n"


def group_counts(fitted: FittedTrace) -> dict[int, Counts]:
    """Return, by day of the week, [group, half-hour]: whole agents."""
    return {
        weekday: whole_counts(duty, fitted.arrivals.expected(weekday)) for weekday, duty in fitted.staff.duty.items()
    }


# ---------------------------------------------------------------------- the scenario


def scenario_yaml(fitted: FittedTrace, name: str, center_file: str) -> str:
    """Return the text of a scenario's file."""
    lines = [
        *_heading(fitted),
        *_odd(fitted),
        f"scenario: {quoted(name)}",
        f"center_file: {quoted(center_file)}",
        *people_yaml(fitted, name),
        *_staffing(fitted),
        *_run(fitted),
    ]
    return "\n".join(lines) + "\n"


def people_yaml(fitted: FittedTrace, name: str) -> list[str]:
    """Return the lines of a scenario that say who comes and how people behave, without who works when."""
    return [*_demand(fitted), *_customers(fitted), *_handling(fitted, name), *_behavior(fitted)]


def _heading(fitted: FittedTrace) -> list[str]:
    days = f"{fitted.days[0]} to {fitted.days[-1]}, {len(fitted.days)} days"
    files = ", ".join(fitted.files) or "a trace"
    return [f"# Fitted by `acdcore sim fit` to {files}: {fitted.calls:,} calls, {days}."]


def _odd(fitted: FittedTrace) -> list[str]:
    if not fitted.odd:
        return []
    lines = ["# Days left out of arrivals and staffing, as they are unlike others of their day of the week:"]
    return lines + [f"#   {day}: {why}" for day, why in sorted(fitted.odd.items())]


def _demand(fitted: FittedTrace) -> list[str]:
    lines = []
    if fitted.arrivals.common_sd:
        lines += [
            "# What all queues have in common of a day's luck; each queue's own is beside it.",
            f"demand_factor: {flow(_factor(fitted.arrivals.common_sd))}",
        ]
    lines.append("demand:")
    for queue in fitted.queues:
        one = fitted.arrivals.queues[queue]
        lines.append(f"  - queue: {quoted(queue)}  # half-hours scatter {one.scatter:.2f} times as much as Poisson's")
        if fitted.tier_shares:
            lines.append(f"    tiers: {flow(_rounded_shares(fitted.tier_shares[queue]))}")
        if one.day_sd:
            lines.append(f"    day_factor: {flow(_factor(one.day_sd))}")
        lines.append("    rates:")
        lines += _rates(one)
    return lines


def _factor(sd: float) -> dict[str, Any]:
    return {"gamma": {"mean": 1, "sd": round(sd, 4)}}


def _rounded_shares(shares: Mapping[str, float]) -> dict[str, float]:
    """Round to 4 digits so that they add up to 1."""
    rounded = {tier: round(share, 4) for tier, share in shares.items()}
    largest = max(rounded, key=lambda tier: rounded[tier])
    rounded[largest] = round(rounded[largest] + 1.0 - sum(rounded.values()), 4)
    return rounded


def _rates(arrivals: QueueArrivals) -> list[str]:
    lines = []
    for profile in arrivals.profiles:
        for weekday, level in profile.levels.items():
            per_hour = level * profile.shares * (3_600.0 / SLOT_S)
            first, last = _span(per_hour > 0.0)
            head = f"days: {DAYS[weekday]}, start: {_clock(first)}, interval: 30m"
            values = [f"{rate:.4g}" for rate in per_hour[first:last]]
            lines += _listed(f"      - {{{head}, per_hour: [", values, "]}", " " * 10)
    return lines


def _customers(fitted: FittedTrace) -> list[str]:
    if not fitted.patience:
        return ["customers: [{patience: never}]  # nobody hung up"]
    lines = ["# Patience, those who were answered being censored. A later rule takes precedence.", "customers:"]
    # from everybody to the single group
    for (queue, tier), times in sorted(fitted.patience.items(), key=lambda one: bool(one[0][0]) + bool(one[0][1])):
        rule = {key: name for key, name in (("queue", queue), ("tier", tier)) if name}
        note = f"  # {times.chosen.family}: {times.sample.ends:,} of {times.sample.size:,} hung up"
        lines += _rule({**rule, "patience": dict(times.chosen.yaml)}, note)
    return lines


def _handling(fitted: FittedTrace, stem: str) -> list[str]:
    lines = ["handling:"]
    for queue, times in sorted(fitted.handling.items(), key=lambda one: bool(one[0])):
        talk = _talk(times, stem, queue)
        rule = {"queue": queue} if queue else {}
        note = f"  # {times.chosen.family} of {times.sample.size:,}"
        lines += _rule({**rule, "talk": talk}, note)
    away = fitted.staff.away
    if away is not None:
        seen = f"the end of {away.seen:,} of {away.calls:,} was seen"
        lines.append(f"  # Absence after a call: mean {away.mean_s():.0f} s; {seen}.")
        wrap_up = {**hazard_yaml(away.hazard), "at_most": seconds(LONGEST_WRAP_UP_S)}
        lines += _rule({"wrap_up": wrap_up}, "")
    return lines


def _talk(times: FittedTimes, stem: str, queue: str) -> dict[str, Any]:
    law: FittedLaw = times.chosen
    if law.family == EMPIRICAL:
        return {"empirical": talk_file(stem, queue)}
    # no longer than anything recorded: a fitted tail would go beyond
    return {**law.yaml, "at_most": seconds(float(times.sample.time_s[-1]))}


def _behavior(fitted: FittedTrace) -> list[str]:
    lines = ["workforce:"]
    away = fitted.staff.away
    if away is not None and away.rest_share > 0.0:
        rest = {**hazard_yaml(away.rest()), "at_most": seconds(LONGEST_REST_S - LONGEST_WRAP_UP_S)}
        lines += ["  behavior:", "    # Absence beyond a minute is rest."]
        lines.append(f"    - rest: {flow({'share': round(away.rest_share, 5), 'for': rest})}")
    return lines


def _staffing(fitted: FittedTrace) -> list[str]:
    staff: Staff = fitted.staff
    source = "agents seen" if staff.inferred else "as many as talked at once: the record names no agents"
    lines = [f"  # Average of {source}, rounded so that the day's hours stay the same.", "  staffing:"]
    counts = group_counts(fitted)
    for index, group in enumerate(staff.groups):
        lines.append(f"    {quoted(group.name)}:")
        for weekday, table in counts.items():
            row = table[index]
            if not row.any():
                continue
            first, last = _span(row > 0)
            head = f"days: {DAYS[weekday]}, start: {_clock(first)}, interval: 30m"
            values = [str(int(value)) for value in row[first:last]]
            lines += _listed(f"      - {{{head}, count: [", values, "]}", " " * 10)
    return lines


def _run(fitted: FittedTrace) -> list[str]:
    return [
        "run:",
        f"  start: {fitted.days[0]}",
        "  horizon: 7d",
        "  interval: 30m",
        "  ending: doors_shut",
        f"  replications: {REPLICATIONS}",
        "  seed: 1",
        f"  targets: [{seconds(fitted.target_s)}]",
    ]


# ---------------------------------------------------------------------- text


def quoted(name: str) -> str:
    """Return a name as YAML says it."""
    plain = PLAIN.fullmatch(name) and name.lower() not in MEANT_OTHERWISE
    return name if plain else json.dumps(name, ensure_ascii=False)


def flow(value: Any) -> str:
    """Return a value in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(str(key))}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if re.fullmatch(r"[0-9.]+s", value) else quoted(value)
    return f"{value:g}" if isinstance(value, float) and 1e-4 <= abs(value) < 1e6 else str(value)


def _rule(rule: Mapping[str, Any], note: str) -> list[str]:
    """Return a rule in a list on one line, or on one for each key."""
    line = f"  - {flow(rule)}{note}"
    if len(line) <= WIDTH:
        return [line]
    lines = []
    for place, (key, value) in enumerate(rule.items()):
        lines += _law_lines(f"{'  - ' if place == 0 else '    '}{key}: ", value, note if place == len(rule) - 1 else "")
    return lines


def _law_lines(head: str, value: Any, note: str) -> list[str]:
    line = f"{head}{flow(value)}{note}"
    if len(line) <= WIDTH or not isinstance(value, Mapping) or "hazard" not in value:
        return [line]
    extra = [f", {key}: {flow(one)}" for key, one in value.items() if key != "hazard"]
    lines = _listed(f"{head}{{hazard: [", [flow(piece) for piece in value["hazard"]], f"]{''.join(extra)}}}", " " * 8)
    return [*lines[:-1], lines[-1] + note]


def _listed(head: str, values: Iterable[str], tail: str, indent: str) -> list[str]:
    """Return ``head`` value, value, ... ``tail`` on lines that are not too long."""
    lines, line = [], head
    pieces = list(values)
    for place, value in enumerate(pieces):
        piece = value + (tail if place == len(pieces) - 1 else ",")
        space = "" if line in (head, indent) else " "
        if len(line) + len(space) + len(piece) > WIDTH and line not in (head, indent):
            lines.append(line)
            line, space = indent, ""
        line += space + piece
    return [*lines, line]


def _span(some: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[int, int]:
    """Return where the first True is, and where the last one ends."""
    at = np.flatnonzero(some)
    return int(at[0]), int(at[-1]) + 1


def _clock(slot: int) -> str:
    minutes = slot * SLOT_S // 60
    return f'"{minutes // 60:02d}:{minutes % 60:02d}"'
