"""Deliberate mistakes, each of which the simulator has to notice: who finds nothing must show that it could."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final
from unittest import mock

from acdcore import commands, lookup
from acdcore.journal import encoding, replica
from acdcore.journal.committer import JournalCommitter
from acdcore.journal.sqlite import SqliteJournal
from acdcore.router.codes import Op
from acdcore.rpc.owner import Owner


def _answers_before_the_commit() -> Any:
    """Answers leave as soon as a group is applied; its commit is not waited for."""

    async def commit(self: JournalCommitter, group: Any) -> None:
        import asyncio

        self._pending = asyncio.ensure_future(_commit(self, group))  # type: ignore[attr-defined]

    _commit = JournalCommitter.commit
    return mock.patch.object(JournalCommitter, "commit", commit)


def _forgets_request_ids() -> Any:
    """A repeated request is one more request."""
    return mock.patch.object(commands, "request_number", return_value=0)


def _loses_what_only_fires() -> Any:
    """What fires timers and does nothing else is not journaled."""
    real = Owner._apply

    def apply(self: Owner, command: Any, group: Any, events: Any) -> Any:
        answer = real(self, command, group, events)
        if command.op == Op.ADVANCE and group and group[-1][0] is command:
            group.pop()
        return answer

    return mock.patch.object(Owner, "_apply", apply)


def _loses_the_last_group() -> Any:
    """A restart takes all rows but the last."""
    real = SqliteJournal.read

    def read(self: SqliteJournal, after: int = 0) -> Iterator[Any]:
        rows = list(real(self, after))
        return iter(rows[:-1] if len(rows) > 20 else rows)

    return mock.patch.object(SqliteJournal, "read", read)


def _forgets_half_a_group() -> Any:
    """A replay leaves out the last command of a group that has several."""
    real = encoding.take_apart

    def take_apart(body: bytes, place: str = "") -> Any:
        group = real(body, place)
        if group.length < 3 or len(group.items) or len(group.names):
            return group
        less = group.length - 1
        return group._replace(length=less, commands=group.commands[: less * 88], answers=group.answers[: less * 16])

    return mock.patch.object(replica, "take_apart", take_apart)


CANARIES: Final[dict[str, Callable[[], Any]]] = {
    "answers-before-the-commit": _answers_before_the_commit,
    "forgets-request-ids": _forgets_request_ids,
    "loses-what-only-fires": _loses_what_only_fires,
    "loses-the-last-group": _loses_the_last_group,
    "forgets-half-a-group": _forgets_half_a_group,
}
assert lookup.request_number is commands.request_number, "who asks for a request's number asks commands"


@contextlib.contextmanager
def broken(canary: str) -> Iterator[None]:
    """Break the code in a way, or in none."""
    with CANARIES[canary]() if canary else contextlib.nullcontext():
        yield
