"""What one part of a file says about another: names that must exist, names that must be free, limits.

These checks walk the plain values, not the models, so that they speak also when a file has other
problems: whoever mends a file wants to see everything at once. What has the wrong form is passed over
here; the models have already said so.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from ..ids import id_problem
from ..router.codes import BUILTIN_REASONS, SETTING_RULES, Setting
from .tree import Path

Report = Callable[[Path, Any, str], None]
"""Called with the path, the offending value and the message."""

_MOST_COMPARED: Final = 1_000
_LONGEST_COMPARED: Final = 64


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return ``" (did you mean ...?)"`` when a known name is close, else nothing."""
    if not isinstance(name, str) or len(name) > _LONGEST_COMPARED:
        return ""
    candidates = [word for word, _ in zip(known, range(_MOST_COMPARED), strict=False)]
    close = difflib.get_close_matches(name, candidates, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def check_references(root: dict[str, Any], report: Report) -> None:
    """Report every broken reference, doubled name and exceeded limit of a file's plain values."""
    skills = _word_list(root, "skills", {}, report)
    builtin = {name.decode(): "is built in: every center has it already" for name in BUILTIN_REASONS}
    reasons = _word_list(root, "reasons", builtin, report)
    if isinstance(root.get("skills"), list | None):  # else every skill would seem unknown
        for path, levels in _skill_maps(root):
            for skill in levels:
                if skill not in skills:
                    report((*path, skill), skill, f"is no skill of this center{did_you_mean(skill, skills)}")
    calendars = root.get("calendars")
    if isinstance(calendars, dict | None):  # else every calendar would seem unknown
        for name, queue in _mapping(root.get("queues")).items():
            calendar = _mapping(queue).get("calendar")
            if isinstance(calendar, str) and calendar not in (calendars or {}):
                message = f"is no calendar of this center{did_you_mean(calendar, calendars or ())}"
                report(("queues", name, "calendar"), calendar, message)
    agents = _agent_names(root, report)
    _limits(root, skills, len(reasons) + len(BUILTIN_REASONS), agents, report)


def _word_list(root: dict[str, Any], section: str, taken: dict[str, str], report: Report) -> dict[str, str]:
    """Return the words of a list as keys, in order, reporting each that is there twice or taken."""
    seen: dict[str, str] = {}
    for index, word in enumerate(_list(root.get(section))):
        if isinstance(word, str):
            if word in seen or word in taken:
                report((section, index), word, seen.get(word) or taken[word])
            seen.setdefault(word, f"is a duplicate: already {section}[{index}]")
    return seen


def _skill_maps(root: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every mapping from skills to levels, with its path."""
    for name, queue in _mapping(root.get("queues")).items():
        for index, step in enumerate(_list(_mapping(queue).get("plan"))):
            yield ("queues", name, "plan", index, "requires"), _mapping(_mapping(step).get("requires"))
    for section in ("agents", "agent_groups"):
        for name, agent in _mapping(root.get(section)).items():
            yield (section, name, "skills"), _mapping(_mapping(agent).get("skills"))


def _agent_names(root: dict[str, Any], report: Report) -> int:
    """Report agents' names that are taken twice or too long; return how many agents there are."""
    owners: dict[str, str] = dict.fromkeys(_mapping(root.get("agents")), "agents")
    total = len(owners)
    most = SETTING_RULES[Setting.MAX_AGENTS].greatest
    for group, fields in _mapping(root.get("agent_groups")).items():
        prefix = _mapping(fields).get("prefix") or group
        count = _mapping(fields).get("count")
        if (
            not isinstance(prefix, str)
            or isinstance(count, bool)
            or not isinstance(count, int)
            or not 1 <= count <= most
        ):
            continue
        total += count
        if total > most:
            continue  # the limits say so; no need to write all their names
        last = f"{prefix}-{count}"
        if id_problem(prefix) is None and (problem := id_problem(last)):
            report(("agent_groups", group), last, f"its last agent's name {problem}")
        doubled = [name for number in range(1, count + 1) if (name := f"{prefix}-{number}") in owners]
        if doubled:
            message = f"makes an agent that is there already, in {owners[doubled[0]]}"
            report(("agent_groups", group), doubled[0], message + _and_more(len(doubled)))
        owners.update((f"{prefix}-{number}", f"agent_groups.{group}") for number in range(1, count + 1))
    return total


def _and_more(count: int) -> str:
    return f" (and {count - 1} more)" if count > 1 else ""


def _limits(root: dict[str, Any], skills: dict[str, str], reasons: int, agents: int, report: Report) -> None:
    """Report what exceeds the center's own limits, which the router would refuse."""
    settings = _mapping(root.get("settings"))

    def limit(setting: Setting) -> int:
        given = settings.get(setting.name.lower())
        rule = SETTING_RULES[setting]
        usable = isinstance(given, int) and not isinstance(given, bool) and rule.allows(given)
        return int(given) if usable else rule.default  # type: ignore[arg-type]

    def check(path: Path, count: int, setting: Setting, what: str) -> None:
        if count > limit(setting):
            name = f"settings.{setting.name.lower()}"
            report(path, count, f"has {count} {what}; allowed: up to {limit(setting)} ({name})")

    queues = _mapping(root.get("queues"))
    check(("skills",), len(skills), Setting.MAX_SKILLS, "skills")
    check(("reasons",), reasons, Setting.MAX_REASONS, "reasons with those built in")
    check(("tiers",), len(_mapping(root.get("tiers"))) or 1, Setting.MAX_TIERS, "tiers")
    check(("queues",), len(queues), Setting.MAX_QUEUES, "queues")
    check(("agents",) if not root.get("agent_groups") else ("agent_groups",), agents, Setting.MAX_AGENTS, "agents")
    requirements = set()
    for path, levels in _skill_maps(root):
        if path[0] == "queues":
            check(path, len(levels), Setting.MAX_SKILLS_PER_REQUIREMENT, "required skills")
            requirements.add(tuple(sorted((skill, str(level)) for skill, level in levels.items())))
        else:
            check(path, len(levels), Setting.MAX_SKILLS_PER_AGENT, "skills")
    check(("queues",), len(requirements), Setting.MAX_REQUIREMENTS, "different requirements")
