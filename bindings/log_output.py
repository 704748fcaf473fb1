"""How ``acdcore serve`` writes its log: without waiting for whoever reads it, and without drowning anybody.

    loop -> limiter -> bounded queue -> a thread of its own -> stream

The router's loop never waits for a terminal, a pipe or a disk. A flood of calls that are all refused for the same
reason costs a few lines; how many were left out is said.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Final, NamedTuple, TextIO

from .logs import Event, json_formatter, text_formatter

BURST: Final = 10
"""Lines of one kind that may come at once."""
A_SECOND: Final = 1.0
"""Lines of one kind a second after that."""
SUMMARY_S: Final = 10.0
"""After so many seconds without a line of a kind it is said how many of it were left out."""
MOST_KINDS: Final = 2_000
"""Kinds that are told apart; there are about half as many."""
QUEUE_LIMIT: Final = 10_000
"""Lines that may wait for whoever reads the log; more are dropped and counted."""
CLOSE_S: Final = 2.0
"""How long an ending process waits for the last lines to be written."""
LIMITED: Final = ("refused", "failed", "message")
"""Events that callers can bring about as often as they like."""

Kind = tuple[str, ...]
_KIND: Final = ("of", "center", "method", "reason")


class _Bucket:
    __slots__ = ("at_s", "left_out", "since_s", "tokens")

    def __init__(self, now_s: float) -> None:
        self.tokens = float(BURST)
        self.at_s = now_s
        self.left_out = 0
        self.since_s = now_s
        """When the first of those left out came."""


class Limiter:
    """Lets a few lines of each kind pass, and counts the rest. For one thread at a time.

    A kind is an event with its method and reason, or what another library says, whatever the values in it.
    What is written for debugging is not limited, nor are lines about the server itself.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._buckets: dict[Kind, _Bucket] = {}

    def lets(self, record: logging.LogRecord) -> bool:
        """Say whether a record may be written; one that may tells by ``left_out`` how many before it could not."""
        kind = kind_of(record)
        if kind is None:
            return True
        now_s = self._clock()
        bucket = self._buckets.get(kind)
        if bucket is None:
            if len(self._buckets) >= MOST_KINDS:
                self._forget(now_s)
            bucket = self._buckets[kind] = _Bucket(now_s)
        bucket.tokens = min(BURST, bucket.tokens + (now_s - bucket.at_s) * A_SECOND)
        bucket.at_s = now_s
        if bucket.tokens < 1.0:
            if bucket.left_out == 0:
                bucket.since_s = now_s
            bucket.left_out += 1
            return False
        bucket.tokens -= 1.0
        record.left_out = bucket.left_out
        bucket.left_out = 0
        return True

    def _forget(self, now_s: float) -> None:
        """Make room: kinds that have been quiet, all of them if need be."""
        self._buckets = {
            kind: one for kind, one in self._buckets.items() if one.left_out or now_s - one.at_s < BURST / A_SECOND
        }
        if len(self._buckets) >= MOST_KINDS:
            self._buckets.clear()

    def summaries(self, *, all_of_them: bool = False) -> list[Event]:
        """Return what to say of those left out where nothing like them has come for a while."""
        due_s = self._clock() - SUMMARY_S
        told = []
        for kind, bucket in self._buckets.items():
            if bucket.left_out and (all_of_them or bucket.since_s <= due_s):
                facts = {key: value for key, value in zip(_KIND, kind, strict=False) if value}
                told.append(Event("left_out", {**facts, "left_out": bucket.left_out}))
                bucket.left_out = 0
        return told


def kind_of(record: logging.LogRecord) -> Kind | None:
    """Return what a record is counted with, None for one that is always written."""
    if record.levelno <= logging.DEBUG:
        return None
    if isinstance(record.msg, Event):
        if record.msg.name not in LIMITED:
            return None
        return record.msg.name, *(str(record.msg.get(key, "")) for key in _KIND[1:])
    return "message", "", "", "", record.name, str(record.msg)[:200]  # before its arguments are put in


class Counts(NamedTuple):
    """What has become of the records of an output."""

    written: int
    lost: int


class Output(logging.Handler):
    """Writes records to a stream in a thread of its own.

    Args:
        stream: where to.
        formatter: what makes lines of records.
        limiter: what floods go through.
        queue_limit: lines that may wait.
    """

    def __init__(
        self,
        stream: TextIO,
        formatter: logging.Formatter,
        limiter: Limiter | None = None,
        *,
        queue_limit: int = QUEUE_LIMIT,
    ) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._stream = stream
        self._limiter = limiter or Limiter()
        self._queue: queue.Queue[logging.LogRecord | None] = queue.Queue(queue_limit)
        self._lost = self._written = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="acdcore log", daemon=True)
        self._thread.start()

    @property
    def counts(self) -> Counts:
        """How many records were written, and how many lost."""
        return Counts(self._written, self._lost)

    def emit(self, record: logging.LogRecord) -> None:
        """Put a record into the queue, or count it as lost. Logging calls this with the handler's lock held."""
        if self._closing.is_set() or not self._limiter.lets(record):
            return
        try:
            self._queue.put_nowait(record)
        except queue.Full:
            self._lost += 1

    def _run(self) -> None:
        told_lost = 0
        while True:
            try:
                record = self._queue.get(timeout=SUMMARY_S / 4)
            except queue.Empty:
                self._summarize()
                continue
            if record is None:
                break
            self._write(record)
            if self._lost > told_lost and self._queue.empty():
                self._write(_own(logging.WARNING, Event("lines_lost", {"left_out": self._lost - told_lost})))
                told_lost = self._lost
        self._summarize(all_of_them=True)

    def _summarize(self, *, all_of_them: bool = False) -> None:
        with self._locked():
            told = self._limiter.summaries(all_of_them=all_of_them)
        for one in told:
            self._write(_own(logging.INFO, one))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.acquire()
        try:
            yield
        finally:
            self.release()

    def _write(self, record: logging.LogRecord) -> None:
        try:
            self._stream.write(self.format(record) + "\n")
            self._stream.flush()
            self._written += 1
        except Exception:  # nobody reads any more, the disk is full, a value has no text: the server goes on
            self._lost += 1

    def close(self) -> None:
        """Write what waits, for at most ``CLOSE_S`` seconds, and end."""
        if not self._closing.is_set():
            self._closing.set()
            with contextlib.suppress(queue.Full):
                self._queue.put(None, timeout=CLOSE_S)
            self._thread.join(CLOSE_S)
        super().close()


def _own(level: int, one: Event) -> logging.LogRecord:
    return logging.LogRecord("acdcore.log", level, "", 0, one, None, None)


@contextlib.contextmanager
def writing(style: str, level: str, stream: TextIO | None = None) -> Iterator[Output]:
    """Write the log of this process until the block ends: what acdcore says, and warnings of other libraries.

    Args:
        style: one of :data:`acdcore.logs.FORMATS`.
        level: one of :data:`acdcore.logs.LEVELS`; what is less than that is not written.
        stream: where to; standard error by default.
    """
    stream = stream or sys.stderr
    output = Output(stream, json_formatter() if style == "json" else text_formatter(stream))
    root, ours = logging.getLogger(), logging.getLogger("acdcore")
    number = logging.getLevelNamesMapping()[level.upper()]
    before = root.level, ours.level
    root.addHandler(output)
    root.setLevel(max(logging.WARNING, number))
    ours.setLevel(number)
    try:
        yield output
    finally:
        root.removeHandler(output)
        root.setLevel(before[0])
        ours.setLevel(before[1])
        output.close()
