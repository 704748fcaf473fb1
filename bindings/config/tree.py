"""YAML 1.2 as a tree that remembers lines, built from events so that no input can make it large or deep.

A library's own constructor would stop at the first duplicate key, lose the lines of scalars and expand
aliases without bound; everything else (scanning, parsing, which scalar is a number) is ruamel.yaml's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import ScalarNode

from ..errors import shown

MAX_TEXT_BYTES: Final = 32 * 2**20
MAX_DEPTH: Final = 16
MAX_NODES: Final = 2_000_000
"""Most values in a file, each alias counted as all that it stands for."""
MAX_SCALAR: Final = 1_000
"""Longest single value or key, in characters."""

_TAG = "tag:yaml.org,2002:"
_KNOWN_TAGS = frozenset([None, "!", *(_TAG + kind for kind in ("str", "map", "seq", "null", "bool", "int", "float"))])


Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """One thing that is wrong with a file. ``line`` counts from 1 (0: unknown); ``value`` is printable."""

    path: str
    line: int
    value: str
    message: str


class Node:
    """One value: its plain Python value, its line from 1, its parts with the lines of their keys."""

    __slots__ = ("key_lines", "line", "parts", "size", "value")

    def __init__(self, value: Any, line: int) -> None:
        self.value = value
        self.line = line
        self.size = 1
        self.parts: dict[str | int, Node] = {}
        self.key_lines: dict[str | int, int] = {}

    def line_of(self, path: Sequence[str | int]) -> int:
        """Return the line on which a path is said; of a path that is not there, its last part that is."""
        node, line = self, self.line
        for step in path:
            child = node.parts.get(step)
            if child is None:
                break
            line = node.key_lines.get(step, child.line)
            node = child
        return line


class _Open:
    """A mapping or sequence whose end has not come yet."""

    __slots__ = ("anchor", "is_mapping", "key", "key_line", "node")

    def __init__(self, node: Node, *, is_mapping: bool, anchor: str | None) -> None:
        self.node = node
        self.is_mapping = is_mapping
        self.anchor = anchor
        self.key: str | None = None
        self.key_line = 0


class UnreadableError(Exception):
    """The text as a whole cannot be read: not YAML, or too large. ``problem`` says where and why."""

    def __init__(self, line: int, message: str, value: str = "") -> None:
        self.problem = Problem("", line, value, message)
        super().__init__(message)


def path_text(path: Sequence[str | int]) -> str:
    """Return a path as people write it: ``queues.sales.plan[0]``, odd names in quotes and escaped."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            plain = bool(step) and step.replace("-", "_").replace("_", "a").isalnum()
            name = shown(step) if plain else '"' + shown(step).replace('"', '\\"') + '"'
            text += f".{name}" if text else name
    return text


class _Builder:
    """Turns the events of one document into nodes, and notes what is wrong without stopping where it can."""

    def __init__(self) -> None:
        self.yaml = YAML(typ="safe", pure=True)
        self.problems: list[Problem] = []
        self.open: list[_Open] = []
        self.anchors: dict[str, Node | None] = {}  # None: still open
        self.root: Node | None = None
        self.count = 0

    def build(self, text: str) -> Node | None:
        for event in self._events(text):
            line = event.start_mark.line + 1
            if isinstance(event, DocumentStartEvent):
                if self.root is not None:
                    raise UnreadableError(line, "must be one YAML document; a second one begins here")
            elif isinstance(event, CollectionEndEvent):
                done = self.open.pop()
                if done.anchor:
                    self.anchors[done.anchor] = done.node
                self._place(done.node, line)
            elif isinstance(event, AliasEvent):
                self._place(self._alias(event.anchor, line), line)
            elif isinstance(event, ScalarEvent):
                node = self._scalar(event, line)
                if event.anchor:
                    self.anchors[event.anchor] = node
                self._place(node, line, key_text=event.value)
            elif isinstance(event, MappingStartEvent | SequenceStartEvent):
                self._begin(event, line)
        return self.root

    def _events(self, text: str) -> Iterator[Any]:
        try:
            yield from self.yaml.parse(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = " ".join(part for part in (error.context, error.problem) if part)
            raise UnreadableError(mark.line + 1 if mark else 0, f"is not valid YAML: {shown(what)}") from error
        except YAMLError as error:
            raise UnreadableError(0, f"is not valid YAML: {shown(' '.join(str(error).split()))}") from error

    def _begin(self, event: Any, line: int) -> None:
        self._check_tag(event.tag, line)
        if len(self.open) >= MAX_DEPTH:
            raise UnreadableError(line, f"is nested too deeply; allowed: {MAX_DEPTH} levels")
        is_mapping = isinstance(event, MappingStartEvent)
        if event.anchor:
            self.anchors[event.anchor] = None
        self.open.append(_Open(Node({} if is_mapping else [], line), is_mapping=is_mapping, anchor=event.anchor))

    def _alias(self, anchor: str, line: int) -> Node:
        if anchor not in self.anchors:
            message = "is not valid YAML: refers to an anchor that is not defined before it"
            raise UnreadableError(line, message, shown("*" + anchor))
        node = self.anchors[anchor]
        if node is None:
            raise UnreadableError(line, "is not valid YAML: refers to itself", shown("*" + anchor))
        return node

    def _scalar(self, event: Any, line: int) -> Node:
        text: str = event.value
        if len(text) > MAX_SCALAR:
            raise UnreadableError(line, f"holds a value of {len(text)} characters; allowed: {MAX_SCALAR}", shown(text))
        self._check_tag(event.tag, line)
        if not (event.implicit[0] or event.tag not in (None, "!", _TAG + "str")):
            return Node(text, line)
        tag = event.tag or str(self.yaml.resolver.resolve(ScalarNode, text, event.implicit))
        if tag.removeprefix(_TAG) not in ("null", "bool", "int", "float"):
            return Node(text, line)  # what looks like a date is text here
        try:
            return Node(self.yaml.constructor.construct_object(ScalarNode(tag, text)), line)
        except (ValueError, YAMLError, KeyError):
            self.problems.append(Problem(self._where(), line, shown(text), f"is no {tag.removeprefix(_TAG)}"))
            return Node(text, line)

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag not in _KNOWN_TAGS:
            self.problems.append(Problem(self._where(), line, shown(tag), "has a tag; allowed: values without tags"))

    def _where(self) -> str:
        path: list[str | int] = []
        for part in self.open:
            if not part.is_mapping:
                path.append(len(part.node.value))
            elif part.key is not None:
                path.append(part.key)
        return path_text(path)

    def _place(self, node: Node, line: int, key_text: str | None = None) -> None:
        """Put a finished value where it belongs: at the root, in a sequence, or as a mapping's key or value."""
        self.count += node.size
        if self.count > MAX_NODES:
            raise UnreadableError(line, f"holds too many values, aliases counted in full; allowed: {MAX_NODES}")
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if not parent.is_mapping:
            index = len(parent.node.value)
            parent.node.value.append(node.value)
            parent.node.parts[index] = node
        elif parent.key is None:
            parent.key, parent.key_line = self._key(node, line, key_text), line
            return
        else:
            self._put(parent, parent.key, node)
            parent.key = None
        parent.node.size += node.size

    def _key(self, node: Node, line: int, key_text: str | None) -> str:
        """Keys are names: a plain 101 is the name "101", whatever YAML would make of it as a value."""
        if node.parts or isinstance(node.value, dict | list):
            raise UnreadableError(line, "has a key that is a mapping or a list; allowed: text")
        if key_text == "<<":
            raise UnreadableError(line, "uses a merge key, which is not part of YAML 1.2; repeat the fields", "<<")
        return key_text if key_text is not None else str(node.value)

    def _put(self, parent: _Open, key: str, node: Node) -> None:
        if key in parent.node.parts:
            first = parent.node.key_lines[key]
            # The key is still open here, so _where() ends with it.
            self.problems.append(
                Problem(self._where(), parent.key_line, shown(key), f"is a duplicate: already on line {first}")
            )
            return
        parent.node.value[key] = node.value
        parent.node.parts[key] = node
        parent.node.key_lines[key] = parent.key_line


def read_tree(text: str) -> tuple[Node, list[Problem]]:
    """Parse a text; return its tree and what is wrong with it that did not stop the reading.

    Raises:
        UnreadableError: when there is no tree: not YAML, empty, too large, too deep, endless.
    """
    if len(text) > MAX_TEXT_BYTES:
        raise UnreadableError(0, f"is too large; allowed: {MAX_TEXT_BYTES // 2**20} MiB")
    builder = _Builder()
    root = builder.build(text)
    if root is None:
        raise UnreadableError(0, "is empty")
    return root, builder.problems
