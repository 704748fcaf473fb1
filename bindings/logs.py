"""What a server writes to its log: events, each with facts under keys that are documented and stay what they are.

    log = logging.getLogger("acdcore.rpc")
    event(log, logging.INFO, "refused", method=..., reason=..., request_id=..., duration_s=0.0004)

The events are records of Python's own logging, so that a program which embeds a server sees them in its own log.
``acdcore serve`` writes them by :mod:`acdcore.log_output`: one JSON object a line, or text for people.

Only the keys of ``FIELDS`` are written, whatever a record carries, and no value can forge a line or a key.
Customers' data never gets here: no customer's id, no attribute, no value of a refused field, no text of an
exception. Ids that others made are written only where :mod:`acdcore.rpc.call_log` is asked to.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from .errors import AcdError, printable

LEVELS: Final = ("debug", "info", "warning", "error", "critical")
FORMATS: Final = ("text", "json")

FIELDS: Final[dict[str, str]] = {
    "time": "when, by the machine's clock: RFC 3339, UTC, to the microsecond",
    "level": "debug, info, warning, error or critical",
    "logger": "the part of the program that speaks, such as acdcore.rpc; other libraries by their own names",
    "event": "what happened, one of the events below",
    "center": "the center's name",
    "method": "the method called, such as acdcore.v1.InteractionService/EnqueueInteraction",
    "code": "the call's gRPC status, such as NOT_FOUND",
    "reason": "why a call was refused: the reason that its caller got, such as UNKNOWN_QUEUE",
    "field": "path of the request's field at fault",
    "queue": "name of a queue, where the center has it",
    "step": "a step of a queue's plan, counted from 1",
    "request_id": "the call's request id, a UUID; the same as in the answer's x-request-id",
    "duration_s": "how long it took, in seconds: a call inside the server, a recovery, a standstill",
    "offer_id": "an offer, by the id that the server gave it",
    "assignment_id": "an assignment, by the id that the server gave it",
    "interaction_id": "an interaction, by the id that the server gave it; with --log-ids by any",
    "agent": "name of an agent; with --log-ids only",
    "peer": "address of the calling program; with --log-ids only",
    "trace_id": "the call's trace, 32 hexadecimal digits, where it is traced",
    "span_id": "the call's span, 16 hexadecimal digits, where it is traced",
    "left_out": "how many lines like this one were left out before it",
    "of": "the event whose lines were left out",
    "address": "where the server listens for gRPC",
    "metrics_address": "where the page for Prometheus is",
    "traces_address": "where spans are sent",
    "version": "the version of acdcore",
    "signal": "the signal that stops the server",
    "limit_s": "the limit that was passed, in seconds",
    "ahead_s": "by how many seconds the center's time is ahead of the machine's clock; below 0 when it is behind",
    "data": "the directory of the journal",
    "position": "a position of the journal: which group of commands it is, from 1",
    "groups": "groups of commands that were replayed",
    "commands": "commands that were replayed",
    "torn_frames": "pages of a last write, torn by a crash, that were left out; nobody was told that it holds",
    "size_bytes": "how many bytes were written",
    "exit_code": "with which a process has ended",
    "exception": "class of an exception; of an operating system's error also what it says",
    "traceback": "where an exception came from: file, line and function of each frame, outermost first",
    "message": "what another library says",
}
"""Every key that a line may have, and what it means, in the order in which a line has them."""

EVENTS: Final[dict[str, str]] = {
    "serving": "the server answers calls from now on",
    "stopping": "a signal came: new calls are refused, those under way are answered",
    "stopped": "the server has ended",
    "answered": "a call was answered (debug)",
    "cancelled": "the caller has gone before the answer, or has ended its stream (debug)",
    "refused": "a call was refused",
    "failed": "the server met something it should not have; the caller got INTERNAL",
    "queue_opened": "a queue's door was opened, by its hours or by hand",
    "queue_closed": "a queue's door was closed",
    "gate_opened": "the gate of a step in a queue's plan was opened",
    "gate_closed": "the gate of a step in a queue's plan was closed",
    "volatile": "the server keeps no journal: all is forgotten when it ends",
    "torn_write": "a crash tore the last write to the journal: it was left out, and nobody was told that it holds",
    "recovered": "the journal was opened and the center is where it was",
    "resumed": "nobody was at work for long, as the machine slept or a commit hung: leases and offers got time again",
    "clock_set": "the machine's clock was set, now or before the start: the center's time goes on regardless",
    "snapshot_passed_over": "a snapshot is damaged: the one before it and a longer replay took its place",
    "snapshot_made": "a snapshot was written, by a replay of the journal that came to the same state",
    "snapshot_failed": "no snapshot could be made; the journal grows until one is",
    "journal_low": "the journal's disk is full: nothing is taken that begins something, the rest goes on",
    "journal_full": "there is no room left at all: commands wait for it, and nothing is taken",
    "journal_has_room": "the journal's disk has room again, everything is taken",
    "invariant_violated": "what must always hold did not: a bug, or broken memory; the message says what (critical)",
    "commit_failed": "commands could not be made durable: the server stops",
    "commit_overdue": "a commit has not returned while the server stopped; what waited for it stays unanswered",
    "spans_lost": "no collector took the last spans in time",
    "left_out": "lines were left out and none like them came since",
    "lines_lost": "the log's reader was too slow: so many lines were lost",
    "message": "what another library says, escaped",
}
"""Every event, and when it is written."""

MOST_TEXT: Final = 1_000
"""Characters of a message or a value that are written."""
MOST_FRAMES: Final = 30


class Event(dict[str, Any]):
    """An event with its facts: a message of Python's logging that JSON formatters take as it is.

    As text it is one printable line, made only when somebody writes it.
    """

    __slots__ = ("name",)

    def __init__(self, name: str, facts: dict[str, Any]) -> None:
        super().__init__(facts)
        self.name = name

    def __str__(self) -> str:
        """Return the event and its facts as ``refused method=... reason=...``."""
        return " ".join([self.name, *(f"{key}={_word(value)}" for key, value in self.items())])


def event(log: logging.Logger, level: int, name: str, /, *, exc: BaseException | None = None, **facts: Any) -> None:
    """Log an event of ``EVENTS`` with facts, keys of ``FIELDS``; what is None or empty is left out.

    Of ``exc`` only its class and where it came from are written, never its text, which may name a customer.
    """
    if log.isEnabledFor(level):
        told = {key: value for key, value in facts.items() if value is not None and value != ""}
        if exc is not None:
            told |= _exception_facts(exc)
        # made here: logging would look for the line that called, in vain, for half of what a record costs
        log.handle(logging.LogRecord(log.name, level, "", 0, Event(name, told), None, None))


def _exception_facts(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    said = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    if isinstance(error, OSError) and error.strerror:
        said += f": {error.strerror}"
    elif isinstance(error, AcdError):
        said += f": {error.reason}"
    elif getattr(error, "for_the_log", False):
        said += f": {_shortened(printable(str(error)))}"
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return {
        "exception": said,
        "traceback": [f"{_tail(one.filename)}:{one.lineno} in {one.name}" for one in frames],
    }


def _tail(path: str) -> str:
    """Return the last parts of a file's path: enough to find it, nothing of whose machine it is."""
    return "/".join(path.replace(os.sep, "/").rsplit("/", 3)[1:])


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what is to be written of a record: keys of ``FIELDS``, in their order, values that JSON knows.

    A record that is no :class:`Event` comes from another library: its text is one escaped line.
    """
    told: dict[str, Any]
    if isinstance(record.msg, Event):
        told = {"event": record.msg.name, **record.msg}
    else:
        told = {"event": "message", "message": _shortened(printable(_message(record)))}
        if record.exc_info and record.exc_info[1] is not None:
            told |= _exception_facts(record.exc_info[1])
    at = datetime.fromtimestamp(record.created, UTC)
    told["time"] = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    told["level"] = record.levelname.lower()
    told["logger"] = record.name
    if left_out := getattr(record, "left_out", 0):
        told["left_out"] = left_out
    return {key: _plain(told[key]) for key in FIELDS if key in told}


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # the record's own fault: its arguments do not fit
        return str(record.msg)


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _shortened(value)
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, bool | int):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return _shortened(str(value))


# ---------------------------------------------------------------------- formats

_BARE = re.compile(r"[\w.:/@+,\[\]-]+")


def _word(value: Any) -> str:
    """Return a value as one word of a line, in quotes where it could be mistaken for several."""
    if isinstance(value, float):
        return f"{round(value, 6):g}"
    if isinstance(value, list | tuple):  # a traceback, the place itself first
        value = " < ".join(map(str, reversed(value)))
    text = printable(str(value))
    return text if _BARE.fullmatch(text) else '"' + text.replace('"', '\\"') + '"'


def json_formatter() -> logging.Formatter:
    """Return what makes one JSON object a line of a record, in ASCII: other letters are escaped, as JSON does."""
    from pythonjsonlogger.json import JsonFormatter  # so that only who writes JSON needs it

    class Lines(JsonFormatter):
        def format(self, record: logging.LogRecord) -> str:
            return self.serialize_log_record(facts_of(record))

    return Lines(json_ensure_ascii=True)


class TextFormatter(logging.Formatter):
    """Lines for people: time of day in UTC, level, event, then facts; JSON has them all, text what people look for.

    Args:
        width: columns of the terminal, where lines are folded between facts, never inside one; None where the log
            goes anywhere else, and an event without a traceback is one line.
        color: whether levels that matter are colored.
    """

    _LEVELS: Final = {"debug": "DEBUG", "info": "INFO ", "warning": "WARN ", "error": "ERROR", "critical": "FATAL"}
    _COLORS: Final = {"warning": "33", "error": "31", "critical": "1;31"}
    _HEAD: Final = 20
    """Columns of time and level."""
    _INDENT: Final = " " * 14
    _LEFT_OUT: Final = ("time", "level", "event", "center", "code", "request_id", "trace_id", "span_id", "traceback")
    _BARE: Final = ("method", "reason", "message", "exception")

    def __init__(self, width: int | None = None, *, color: bool = False) -> None:
        super().__init__()
        self._width = width
        self._color = color

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text."""
        facts = facts_of(record)
        level = facts["level"]
        head = self._LEVELS.get(level, "INFO ")
        if self._color and level in self._COLORS:
            head = f"\x1b[{self._COLORS[level]}m{head}\x1b[0m"
        lines = self._folded([str(facts["event"]), *self._words(facts)])
        frames = [printable(frame) for frame in reversed(facts.get("traceback", ()))]
        first, *more = [*lines, *frames]
        return f"\n{self._INDENT}".join([f"{facts['time'][11:23]}Z {head} {first}", *more])

    def _words(self, facts: dict[str, Any]) -> Iterator[str]:
        """Yield what is told of an event, what names the call last: it is long, and seldom read."""
        for key, value in facts.items():
            if key in self._LEFT_OUT or (key == "logger" and value.startswith("acdcore")):
                continue
            if key == "duration_s":
                yield f"{value * 1000:.1f}ms" if value < 1 else f"{value:.1f}s"
            elif key in self._BARE:
                yield from (value.rpartition("/")[2] if key == "method" else value).split(" ")
            else:
                yield f"{key}={_word(value)}"
        yield from (f"{key}={_word(facts[key])}" for key in ("trace_id", "request_id") if key in facts)

    def _folded(self, words: list[str]) -> list[str]:
        lines = [words[0]]
        for word in words[1:]:
            before = self._HEAD if len(lines) == 1 else len(self._INDENT)
            if self._width is not None and before + len(lines[-1]) + 1 + len(word) > self._width:
                lines.append(word)
            else:
                lines[-1] += f" {word}"
        return lines


def text_formatter(stream: TextIO) -> TextFormatter:
    """Return a formatter for people who read a stream, folding lines where it is a terminal."""
    if not stream.isatty():
        return TextFormatter()
    return TextFormatter(shutil.get_terminal_size().columns, color="NO_COLOR" not in os.environ)
