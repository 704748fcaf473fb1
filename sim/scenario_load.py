"""From a scenario's YAML to a :class:`~acdcore.sim.scenario.Scenario`, or to everything that is wrong with it.

The center is read as the server reads it, from a file of its own or from inside the scenario. ``overrides`` change
single values before anything is checked: what a what-if needs.
"""

from __future__ import annotations

import os
import re
import types
from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import ValidationError

from ..config import Center, ConfigError, Problem, describe
from ..config.load import as_said, brief, center_of, flawless, mapping_of, problems_of, read_text
from ..config.models import DEFAULT_CHANNEL, DEFAULT_TIER
from ..config.references import did_you_mean
from ..config.tree import Node, Path, UnreadableError, path_text, read_tree
from ..config.values import Model
from ..errors import InvalidArgument, shown
from .scenario import Scenario
from .scenario_check import check_scenario
from .scenario_values import Known

CENTER: Final = "center"
CENTER_FILE: Final = "center_file"
MOST_COUNT: Final = 1_000_000
EVERY: Final = -1
"""The step of an override's path that ``*`` is: every name or place that is there. No place has this number."""
DEFINED: Final[Mapping[Any, tuple[str, ...]]] = {
    "channels": (DEFAULT_CHANNEL,),
    "tiers": (DEFAULT_TIER,),
    "calendars": (),
    "queues": (),
    "agents": (),
    "agent_groups": (),
}
"""Sections of a center that define names, and names that are there without being said."""
MOST_NAMED: Final = 10
_STEP = re.compile(r'"((?:[^"\\]|\\.)*)"|([^.\[\]"]+)|\[(\d+)\]')


class OverrideError(InvalidArgument):
    """An override that cannot be made. The message names it, and what is allowed."""


def load_scenario(path: str | os.PathLike[str], overrides: Sequence[tuple[str, str]] = ()) -> Scenario:
    """Read a scenario's YAML file, and the center and other files that it names.

    Args:
        path: the file.
        overrides: (path, value) pairs, such as ``("demand[0].calls_per_hour", "300")``, made in this order before
            anything is checked. The path is dotted, places in lists are numbers from 0, ``*`` is every name or place
            that is there; the value is YAML.

    Raises:
        ConfigError: with everything that is wrong with it.
        OverrideError: when an override leads nowhere.
        OSError: when the scenario's own file cannot be read.
    """
    folder = str(FilePath(path).parent)
    return parse_scenario(read_text(path), os.fspath(path), folder, overrides)


def parse_scenario(
    text: str, name: str = "scenario", folder: str = "", overrides: Sequence[tuple[str, str]] = ()
) -> Scenario:
    """Read a scenario from YAML text.

    Args:
        text: the YAML.
        name: what error messages call it.
        folder: where the files are that it names.
        overrides: as for :func:`load_scenario`.

    Raises:
        ConfigError: with everything that is wrong with it.
        OverrideError: when an override leads nowhere.
    """
    tree, problems = mapping_of(text, name)
    both = CENTER in tree.parts and CENTER_FILE in tree.parts
    if both:
        problems.append(Problem(CENTER_FILE, tree.line_of((CENTER_FILE,)), "", "stands beside center; allowed: one"))
    for where, value in overrides:
        if _steps(where)[0] == CENTER_FILE:
            tree = overridden(tree, where, value)
    tree, center_name = (tree, "") if both else _with_center(tree, folder, problems)
    for where, value in overrides:
        tree = overridden(tree, where, value)
    center = _center(tree, center_name, problems)
    if center is None and not problems:
        problems.append(Problem("", tree.line, "", "has no center; allowed: center_file, or the whole one as center"))
    return flawless(_scenario(tree, center, folder, problems), name, problems)


def _with_center(tree: Node, folder: str, problems: list[Problem]) -> tuple[Node, str]:
    """Return the tree with the center of its file in it, and that file's name."""
    said = tree.parts.get(CENTER_FILE)
    if said is None or not isinstance(said.value, str):
        return tree, ""
    line = tree.line_of((CENTER_FILE,))
    try:
        center, wrong = read_tree(read_text(FilePath(folder) / said.value))
    except UnreadableError as error:
        problems.append(Problem(CENTER_FILE, line, "", f"{shown(said.value)}: {describe(error.problem)}"))
        return tree, said.value
    except ConfigError as error:
        problems += [Problem(CENTER_FILE, line, "", f"{shown(said.value)}: {describe(one)}") for one in error.problems]
        return tree, said.value
    except OSError as error:
        problems.append(Problem(CENTER_FILE, line, shown(said.value), f"cannot be read: {error.strerror or error}"))
        return tree, said.value
    problems += [Problem(CENTER_FILE, line, "", f"{shown(said.value)}: {describe(one)}") for one in wrong]
    return _put(tree, (CENTER,), center), said.value


def _center(tree: Node, file: str, problems: list[Problem]) -> Center | None:
    """Return the center, None where it is wrong; its problems are told at its own lines, in its own file."""
    node = tree.parts.get(CENTER)
    if node is None:
        return None
    center, wrong = center_of(node, () if file else (CENTER,))
    if file:
        line = tree.line_of((CENTER_FILE,))
        wrong = [Problem(CENTER_FILE, line, "", f"{shown(file)}: {describe(one)}") for one in wrong]
    problems += wrong
    return center


def _scenario(tree: Node, center: Center | None, folder: str, problems: list[Problem]) -> Scenario | None:
    known = _known(tree.value.get(CENTER), folder)
    stand_in = center or Center.model_validate({"center": "unknown"})
    try:
        scenario = Scenario.model_validate(tree.value | {CENTER: stand_in}, context=known)
    except ValidationError as error:
        problems += problems_of(tree, error, lambda path: fields_at(Scenario, path))
        return None
    scenario._tree = tree  # noqa: SLF001
    if center is None:
        return None

    def report(path: Path, value: str, message: str) -> None:
        said = as_said(tree, path)
        problems.append(Problem(path_text(said), tree.line_of(said), value, message))

    check_scenario(scenario, folder, report)
    return scenario


def _known(center: Any, folder: str) -> Known:
    """Return the names that a center's plain values define: whoever mends a file wants to see everything at once."""
    if not isinstance(center, dict):
        return Known(folder)

    def names(section: str, builtin: str = "") -> dict[str, int] | None:
        said = center.get(section)
        if not isinstance(said, dict | list | None):
            return None
        builtins = [builtin] if builtin and builtin not in (said or ()) else []
        return {name: slot for slot, name in enumerate([*builtins, *(said or ())]) if isinstance(name, str)}

    groups, agents = names("agent_groups"), names("agents")
    members: dict[str, int] | None = None
    if groups is not None and agents is not None:
        members = groups | agents
        for group, fields in (center.get("agent_groups") or {}).items():
            count = fields.get("count") if isinstance(fields, dict) else 0
            prefix = (fields.get("prefix") if isinstance(fields, dict) else None) or group
            if isinstance(count, int) and 0 < count <= MOST_COUNT:
                members.update((f"{prefix}-{number}", number) for number in range(1, count + 1))
    tiers = names("tiers", "" if center.get("tiers") else DEFAULT_TIER)
    return Known(folder, names("queues"), tiers, names("channels", DEFAULT_CHANNEL), names("skills"), members)


def fields_at(model: type[Model], path: Path) -> list[str]:
    """Return the names of the fields that the mapping at a path of a file may have; none where it is no model's."""
    kinds = [model]
    for step in path:
        found = []
        for kind in kinds:
            for name, field in kind.model_fields.items():
                if step == (field.alias or name):
                    found += _models_in(field.annotation)
        # a step that is no field is a name or a place in a list: the models below stay what they are
        kinds = found or kinds
    return list(dict.fromkeys(field.alias or name for kind in kinds for name, field in kind.model_fields.items()))


def _models_in(annotation: Any) -> list[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return [annotation]
    if get_origin(annotation) in (Annotated, Union, types.UnionType, list, dict):
        return [model for inner in get_args(annotation) for model in _models_in(inner)]
    return []


# ---------------------------------------------------------------------- overrides


def _steps(where: str) -> Path:
    """Return a dotted path's steps: ``demand[0].rates``, ``demand.0.rates``, ``queues."a.b".target``, ``queues.*``."""
    steps: list[str | int] = []
    at = 0
    while at < len(where):
        found = _STEP.match(where, at)
        if found is None:
            break
        quoted, plain, index = found.groups()
        unquoted = EVERY if plain == "*" else plain
        steps.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else unquoted or int(index))
        at = found.end()
        if at < len(where) and where[at] == ".":
            at += 1
            if at == len(where):
                break
        elif at < len(where) and where[at] != "[":
            break
    if not where or at < len(where) or where.endswith("."):
        raise OverrideError(f"{shown(where)} is no path; allowed: such as demand[0].calls_per_hour or run.seed")
    return tuple(steps)


def overridden(tree: Node, where: str, value: str) -> Node:
    """Return a tree in which a path has another value; ``tree`` itself stays as it is.

    Raises:
        OverrideError: when the path leads nowhere, or the value is no YAML.
    """
    try:
        node, problems = read_tree(value)
    except UnreadableError as error:
        raise OverrideError(f"{where}={shown(value)}: {describe(error.problem)}") from None
    if problems:
        raise OverrideError(f"{where}={shown(value)}: {describe(problems[0])}")
    _without_lines(node)
    path = _steps(where)
    _check_name(tree, path)
    return _put(tree, path, node)


def _check_name(tree: Node, path: Path) -> None:
    """Refuse a field of what the center does not define: a tier with a slip of the pen in its name would be a new one.

    A whole one may be put in: it is not there yet, nor is there more to the path than its name.
    """
    if len(path) <= len(("center", "tiers", "vip")) or path[0] != CENTER or path[1] not in DEFINED:
        return
    center = tree.parts.get(CENTER)
    section = center.parts.get(path[1]) if center else None
    names = list(section.value) if section and isinstance(section.value, dict) else []
    names += DEFINED[path[1]] if path[1] == "channels" or not names else ()
    if path[2] not in (*names, EVERY):
        allowed = ", ".join(map(str, names[:MOST_NAMED])) or "a whole one"
        raise OverrideError(
            f"{path_text(path[:3])} is not there{did_you_mean(path[2], names) or f'; allowed: {allowed}'}"
        )


def _without_lines(node: Node) -> None:
    """What comes from elsewhere stands on no line of the file."""
    node.line = 0
    node.key_lines = dict.fromkeys(node.key_lines, 0)
    for part in node.parts.values():
        _without_lines(part)


def _put(tree: Node, path: Path, node: Node, done: Path = ()) -> Node:
    if not path:
        return node
    step, *rest = path
    if step == EVERY:
        if not isinstance(tree.value, dict | list) or not tree.value:
            hint = did_you_mean(done[-1], fields_at(Scenario, done[:-1])) if done else ""
            raise OverrideError(f"{path_text(done)}.* is not there: {path_text(done)} is {brief(tree.value)}{hint}")
        for key in list(tree.value) if isinstance(tree.value, dict) else range(len(tree.value)):
            tree = _put(tree, (key, *rest), node, done)
        return tree
    if isinstance(tree.value, list) or (tree.value is None and isinstance(step, int)):
        values = list(tree.value or [])
        if isinstance(step, str) and step.isdecimal():
            step = int(step)
        if not isinstance(step, int) or step > len(values):
            raise OverrideError(f"{path_text((*done, step))} is not there; allowed: places from 0 to {len(values)}")
        copy = Node(values, tree.line)
        if step == len(values):
            copy.value.append(None)
    elif isinstance(tree.value, dict) and step == 0:  # one mapping stands for a list of one
        return _put(tree, tuple(rest), node, (*done, step))
    elif isinstance(tree.value, dict | None) and isinstance(step, str):
        copy = Node(dict(tree.value or {}), tree.line)
    else:
        what = brief(tree.value)
        raise OverrideError(f"{path_text((*done, step))} is not there: {path_text(done)} is {what}")
    copy.parts, copy.key_lines = dict(tree.parts), dict(tree.key_lines)
    below = tree.parts.get(step) or Node(None, 0)
    copy.key_lines.setdefault(step, 0)
    if not rest:
        copy.key_lines[step] = node.line
    copy.parts[step] = _put(below, tuple(rest), node, (*done, step))
    copy.value[step] = copy.parts[step].value
    return copy
