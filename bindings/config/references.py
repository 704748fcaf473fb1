"""What one part of a file says about another: names that must exist, names that must be free, limits.

These checks walk the plain values, not the models, so that they speak also when a file has other
problems: whoever mends a file wants to see everything at once. What has the wrong form is passed over
here; the models have already said so.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from ..ids import id_problem
from ..router.codes import BUILTIN_REASONS, SETTING_RULES, Setting
from .models import DEFAULT_CHANNEL, DEFAULT_TIER
from .tree import Path

Report = Callable[[Path, Any, str], None]
"""Called with the path, the offending value and the message."""

POLICIES: Final = ("on_full", "on_max_wait", "on_unstaffed", "on_closed", "on_held")
"""Keys of a queue that may move an interaction."""
REQUIREMENT_KEYS: Final = ("requires", "any_of", "excludes", "prefers")
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


Named = tuple[Path, str]
"""Where something is named, and its name."""


def _report_unknown(named: Iterable[Named], kind: str, known: Mapping[str, Any], report: Report) -> None:
    for path, name in named:
        if name not in known:
            report(path, name, f"is no {kind} of this center{did_you_mean(name, known)}")


def _keys(root: dict[str, Any], section: str, builtin: str = "") -> dict[str, Any] | None:
    """Return the names that a section defines, None when it is not of a form that would say."""
    said = root.get(section)
    if not isinstance(said, dict | None):
        return None
    names = dict(said or {})
    if builtin:
        names.setdefault(builtin, None)
    return names


def check_references(root: dict[str, Any], report: Report) -> None:
    """Report every broken reference, doubled name and exceeded limit of a file's plain values."""
    skills = _word_list(root, "skills", {}, report)
    builtin = {name.decode(): "is built in: every center has it already" for name in BUILTIN_REASONS}
    reasons = _word_list(root, "reasons", builtin, report)
    if isinstance(root.get("skills"), list | None):  # else every skill would seem unknown
        for path, levels in _skill_maps(root):
            said = enumerate(levels) if isinstance(levels, list) else ((skill, skill) for skill in levels)
            _report_unknown(_texts(((*path, at), skill) for at, skill in said), "skill", skills, report)
    tiers = _keys(root, "tiers", "" if root.get("tiers") else DEFAULT_TIER)
    channels = _keys(root, "channels", DEFAULT_CHANNEL)
    for found, kind, known in (
        (_tier_names(root), "tier", tiers),
        (_channel_names(root), "channel", channels),
        (_queue_names(root), "queue", _keys(root, "queues")),
        (_calendar_names(root), "calendar", _keys(root, "calendars")),
    ):
        if known is not None:
            _report_unknown(found, kind, known, report)
    _to_itself(root, report)
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


def _queues(root: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for name, queue in _mapping(root.get("queues")).items():
        yield ("queues", name), _mapping(queue)


def _steps(root: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path, queue in _queues(root):
        for index, step in enumerate(_list(queue.get("plan"))):
            yield (*path, "plan", index), _mapping(step)


def _skill_maps(root: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any] | list[Any]]]:
    """Yield every mapping from skills to levels, and every list of skills, with its path."""
    for path, step in _steps(root):
        yield (*path, "requires"), _mapping(step.get("requires"))
        for index, group in enumerate(_list(step.get("any_of"))):
            yield (*path, "any_of", index), _mapping(group)
        for key in ("excludes", "prefers"):
            said = step.get(key)
            if isinstance(said, list):
                yield (*path, key), said
            else:
                yield (*path, key), _mapping(said)
    for section in ("agents", "agent_groups"):
        for name, agent in _mapping(root.get(section)).items():
            yield (section, name, "skills"), _mapping(_mapping(agent).get("skills"))


def _texts(named: Iterable[tuple[Path, Any]]) -> Iterator[Named]:
    """Leave out what is no text: the models say so."""
    return ((path, name) for path, name in named if isinstance(name, str))


def _tier_names(root: dict[str, Any]) -> Iterator[Named]:
    for path, queue in _queues(root):
        yield from (((*path, "tiers", tier), tier) for tier in _mapping(queue.get("tiers")))


def _channel_names(root: dict[str, Any]) -> Iterator[Named]:
    for name, channel in _mapping(root.get("channels")).items():
        interrupts = enumerate(_list(_mapping(channel).get("interrupts")))
        yield from _texts((("channels", name, "interrupts", index), other) for index, other in interrupts)
    yield from _texts(((*path, "channel"), queue.get("channel")) for path, queue in _queues(root))
    for section in ("agents", "agent_groups"):
        for name, agent in _mapping(root.get(section)).items():
            limits = _mapping(_mapping(agent).get("channels"))
            yield from (((section, name, "channels", channel), channel) for channel in limits)


def _calendar_names(root: dict[str, Any]) -> Iterator[Named]:
    return _texts(((*path, "calendar"), queue.get("calendar")) for path, queue in _queues(root))


def _queue_names(root: dict[str, Any]) -> Iterator[Named]:
    for path, queue in _queues(root):
        policies = (((*path, key, "move_to"), _mapping(queue.get(key)).get("move_to")) for key in POLICIES)
        yield from _texts(policies)
    for path, step in _steps(root):
        lender = _mapping(_mapping(step.get("when")).get("lender"))
        said = (((*path, "move_to"), step.get("move_to")), ((*path, "when", "lender", "queue"), lender.get("queue")))
        yield from _texts(said)


def _to_itself(root: dict[str, Any], report: Report) -> None:
    """Report what leads back to where it comes from."""
    for path, name in _queue_names(root):
        if name == path[1]:
            what = "lends its agents to itself" if path[-1] == "queue" else "moves to itself"
            report(path, name, f"{what}; allowed: another queue")
    for path, name in _channel_names(root):
        if path[0] == "channels" and name == path[1]:
            report(path, name, "interrupts itself; allowed: other channels")


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
    channels = {DEFAULT_CHANNEL, *_mapping(root.get("channels"))}
    check(("channels",), len(channels), Setting.MAX_CHANNELS, "channels with the one built in")
    check(("queues",), len(queues), Setting.MAX_QUEUES, "queues")
    check(("agents",) if not root.get("agent_groups") else ("agent_groups",), agents, Setting.MAX_AGENTS, "agents")
    for path, queue in _queues(root):
        check((*path, "plan"), len(_list(queue.get("plan"))), Setting.MAX_STEPS, "steps")
    requirements = set()
    for path, step in _steps(root):
        said, count = _requirement(step)
        where = (*path, "requires") if set(step) & set(REQUIREMENT_KEYS) == {"requires"} else path
        check(where, count, Setting.MAX_SKILLS_PER_REQUIREMENT, "skills in its requirement")
        requirements.add(said)
    for section in ("agents", "agent_groups"):
        for name, agent in _mapping(root.get(section)).items():
            levels = _mapping(_mapping(agent).get("skills"))
            check((section, name, "skills"), len(levels), Setting.MAX_SKILLS_PER_AGENT, "skills")
    check(("queues",), len(requirements), Setting.MAX_REQUIREMENTS, "different requirements")


def _requirement(step: dict[str, Any]) -> tuple[str, int]:
    """Return what tells a step's requirement from others, and how many skills it names."""
    requires = _mapping(step.get("requires"))
    groups = [_mapping(group) for group in _list(step.get("any_of"))]
    clauses = sorted(
        [sorted(group.items(), key=str) for group in groups] + [[one] for one in requires.items()], key=str
    )
    ranked = [step.get(key) for key in ("excludes", "prefers")]
    levels = [dict.fromkeys(map(str, one), 1) if isinstance(one, list) else _mapping(one) for one in ranked]
    count = len(requires) + sum(map(len, groups)) + sum(map(len, levels))
    return str([clauses, *(sorted(one.items(), key=str) for one in levels)]), count
