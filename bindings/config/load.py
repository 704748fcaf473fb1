"""From a text or a file to a :class:`~acdcore.config.models.Center`, or to everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path as FilePath
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from ..errors import InvalidArgument, shown
from .durations import FORM
from .models import (
    Agent,
    AgentGroup,
    Calendar,
    Center,
    Channel,
    Lender,
    Model,
    Override,
    Queue,
    Reserve,
    Settings,
    Step,
    Tier,
    When,
)
from .references import check_references, did_you_mean
from .tree import MAX_TEXT_BYTES, Node, Path, Problem, UnreadableError, path_text, read_tree

T = TypeVar("T")
_FORMS: Final = {
    "missing": "is missing",
    "model_type": "must be a mapping of fields",
    "dict_type": "must be a mapping",
    "list_type": "must be a list",
    "literal_error": "is not known; allowed: {expected}",
}
_PARTS: Final[dict[str, type[Model]]] = {
    "settings": Settings,
    "channels": Channel,
    "tiers": Tier,
    "calendars": Calendar,
    "queues": Queue,
    "agents": Agent,
    "agent_groups": AgentGroup,
}
_QUEUE_PARTS: Final[dict[str, type[Model]]] = {"plan": Step, "tiers": Override, "reserve": Reserve}
_STEP_PARTS: Final[dict[str, type[Model]]] = {"when": When, "lender": Lender}
"""Parts of a queue and of its plan's steps, by the key that holds them."""
_MOST_SAID: Final = 20
_DURATION_FORM: Final = f", as {FORM}"
_LONG_LIST: Final = 60
"""What is allowed is told once if it takes more characters."""


class ConfigError(InvalidArgument):
    """A configuration that cannot be used. ``problems`` has everything that is wrong, in the file's order."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        self.name = name
        self.problems = list(problems)
        lines = [f"{shown(name)} has {_counted(len(problems), 'problem')}:"]
        lines += [f"  {describe(problem)}" for problem in said_once(self.problems[:_MOST_SAID])]
        if len(problems) > _MOST_SAID:
            lines.append(f"  and {len(problems) - _MOST_SAID} more")
        first = self.problems[0]
        super().__init__("\n".join(lines), reason="INVALID_CONFIG", field=first.path, value=first.value)

    def __reduce__(self) -> tuple[object, ...]:
        return ConfigError, (self.name, self.problems)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def describe(problem: Problem) -> str:
    """Return a problem as one line: ``line 12, queues.sales.target: is out of range; allowed: ... (got 500d)``."""
    where = ", ".join(part for part in (f"line {problem.line}" if problem.line else "", problem.path) if part)
    got = f" (got {problem.value})" if problem.value else ""
    return f"{where}: {problem.message}{got}" if where else f"{problem.message}{got}"


def said_once(problems: Sequence[Problem]) -> list[Problem]:
    """Return problems as they are told one below the other: the grammar of durations, and long lists, only once."""
    told: list[Problem] = []
    lines: dict[str, int] = {}  # what has been said -> on which line of the file it was about
    for problem in problems:
        message = problem.message
        if message.endswith(_DURATION_FORM):
            if _DURATION_FORM in lines:
                message = message.removesuffix(_DURATION_FORM)
            lines.setdefault(_DURATION_FORM, problem.line)
        head, mark, allowed = message.partition("; allowed: ")
        if mark and len(allowed) > _LONG_LIST and not allowed.endswith(_DURATION_FORM):
            if allowed in lines:
                message = f"{head}; allowed: as {f'for line {lines[allowed]}' if lines[allowed] else 'above'}"
            lines.setdefault(allowed, problem.line)
        told.append(problem._replace(message=message))
    return told


def load_center(path: str | os.PathLike[str]) -> Center:
    """Read a center's YAML file.

    Raises:
        ConfigError: with everything that is wrong with it.
        OSError: when the file cannot be read.
    """
    return parse_center(read_text(path), os.fspath(path))


def read_text(path: str | os.PathLike[str]) -> str:
    """Read a file as UTF-8, of a giant one only so much that it is seen to be too large.

    Raises:
        ConfigError: when it is not UTF-8.
        OSError: when it cannot be read.
    """
    with FilePath(path).open("rb") as file:
        data = file.read(MAX_TEXT_BYTES + 1)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        bad = Problem("", line, shown(repr(data[error.start : error.start + 1])), "is not UTF-8")
        raise ConfigError(os.fspath(path), [bad]) from None


def parse_center(text: str, name: str = "center") -> Center:
    """Read a center from YAML text; ``name`` is what error messages call it.

    Raises:
        ConfigError: with everything that is wrong with it.
    """
    tree, problems = tree_of(text, name)
    center, wrong = center_of(tree)
    return flawless(center, name, problems + wrong)


def tree_of(text: str, name: str) -> tuple[Node, list[Problem]]:
    """Return the tree of a YAML text and what is wrong with it so far; ``name`` is what error messages call it.

    Raises:
        ConfigError: when there is no tree.
    """
    try:
        return read_tree(text)
    except UnreadableError as error:
        raise ConfigError(name, [error.problem]) from None


def mapping_of(text: str, name: str) -> tuple[Node, list[Problem]]:
    """Return what :func:`tree_of` does, of a text that must be a mapping.

    Raises:
        ConfigError: when there is no tree, or one of something else.
    """
    tree, problems = tree_of(text, name)
    if not isinstance(tree.value, dict):
        raise ConfigError(name, [Problem("", tree.line, "", "must be a mapping of fields")])
    return tree, problems


def flawless(found: T | None, name: str, problems: Sequence[Problem]) -> T:
    """Return what was found in a text; ``name`` is what error messages call it.

    Raises:
        ConfigError: with all problems in the order of the text's lines, when there are any or nothing was found.
    """
    if found is None or problems:
        raise ConfigError(name, sorted(problems, key=lambda problem: problem.line))
    return found


def center_of(tree: Node, under: Path = ()) -> tuple[Center | None, list[Problem]]:
    """Return the center that a tree says, None where it says none, and what is wrong with it.

    ``under`` is where the tree stands in a larger one: problems are told with whole paths.
    """
    if not isinstance(tree.value, dict):
        return None, [Problem(path_text(under), tree.line, brief(tree.value), "must be a mapping of fields")]
    problems: list[Problem] = []

    def report(path: Path, value: Any, message: str) -> None:
        problems.append(Problem(path_text(under + path), tree.line_of(path), brief(value), message))

    check_references(tree.value, report)
    try:
        center = Center.model_validate(tree.value)
    except ValidationError as error:
        return None, problems + problems_of(tree, error, _known_fields, under)
    if problems:
        return None, problems
    center._tree = tree  # noqa: SLF001
    return center, []


def problems_of(
    tree: Node, error: ValidationError, known_fields: Callable[[Path], Sequence[str]], under: Path = ()
) -> list[Problem]:
    """Turn all of pydantic's errors into problems of a file.

    Args:
        tree: what was validated.
        error: what pydantic found.
        known_fields: the names of the fields that the mapping at a path may have.
        under: where the tree stands in a larger one.
    """
    return [
        problem._replace(path=path_text(under + path))
        for detail in error.errors(include_url=False)
        for path, problem in _problems(tree, dict(detail), known_fields)
    ]


def _problems(
    tree: Node, detail: dict[str, Any], known_fields: Callable[[Path], Sequence[str]]
) -> Iterator[tuple[Path, Problem]]:
    """Turn one of pydantic's errors into problems of this file: (path, problem without one) each."""
    path = as_said(tree, detail["loc"])
    kind: str = detail["type"]
    if kind == "config_several":
        for below, message in detail["ctx"]["problems"]:
            at = as_said(tree, path + below)
            yield at, Problem("", tree.line_of(at), _said_at(tree, at), message)
        return
    if kind == "config":
        message = detail["ctx"]["text"]
    elif kind == "extra_forbidden":
        known = known_fields(path[:-1])
        advice = did_you_mean(path[-1], known) or f"; allowed: {', '.join(known)}"
        message = f"is not a known field{advice}"
    elif kind in _FORMS:
        message = _FORMS[kind].format(**detail.get("ctx", {}))
    else:
        message = str(detail["msg"])
    value = "" if kind in ("missing", "extra_forbidden") else brief(detail["input"])
    yield path, Problem("", tree.line_of(path), value, message)


def as_said(tree: Node, path: Path) -> Path:
    """Return a path as the file has it: one value may stand where the models have a list of one."""
    said: Path = ()
    node: Node | None = tree
    for step in path:
        if step == "[key]" or (isinstance(step, int) and node is not None and not isinstance(node.value, list)):
            continue
        said += (step,)
        node = node.parts.get(step) if node else None
    return said


def _said_at(tree: Node, path: Path) -> str:
    """Return the value at a path, empty when there is none."""
    node: Node | None = tree
    for step in path:
        node = node.parts.get(step) if node else None
    return brief(node.value) if node else ""


def _known_fields(path: Path) -> list[str]:
    """Return the names of the fields that a mapping in the file may have."""
    model: type[Model] = _PARTS[str(path[0])] if path else Center
    if len(path) > 2:
        parts = _STEP_PARTS if len(path) > 4 else _QUEUE_PARTS
        model = parts[str(path[-1] if len(path) > 4 else path[2])]
    return [field.alias or name for name, field in model.model_fields.items()]


def brief(value: Any) -> str:
    """Return a value on one printable line, collections by their size."""
    if isinstance(value, dict):
        return f"a mapping of {len(value)}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return shown(value)
