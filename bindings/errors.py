"""What the outside hears when the answer is no: one exception for each kind of refusal.

The router answers with a :class:`~acdcore.router.codes.Result`; ``REFUSALS`` is the only table that
turns it into an exception, and :mod:`acdcore.rpc.codec` holds the only one that turns an exception
into a gRPC status. So the embedded router and the client raise exactly the same errors.
"""

# ruff: noqa: N818  the names are those of the gRPC statuses that everybody knows

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

from .router.codes import Result

MAX_ECHO: Final = 100
"""Longest part of an offending value that an error repeats, in characters."""


class DoorReason(StrEnum):
    """Reasons that the door itself gives, beside the names of the router's ``Result``."""

    CLIENT_CLOSED = "CLIENT_CLOSED"
    """This program has closed the client while the call was under way."""
    COMMIT_FAILED = "COMMIT_FAILED"
    """The log did not take the commands: the server stops, nothing of the last group is known to hold."""
    COMMIT_SLOW = "COMMIT_SLOW"
    """What came before has been on its way to the disk for seconds: try again a little later."""
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    """No answer in time. A change may or may not have happened: repeat it with the same request id."""
    DISK_FULL = "DISK_FULL"
    """The disk of the server's journal is full: nothing that begins something is taken until there is room."""
    INBOX_FULL = "INBOX_FULL"
    """More requests wait for the router than the server keeps: try again a little later."""
    INTERNAL = "INTERNAL"
    """The server met something it should not have: its log says what."""
    MESSAGE_TOO_LARGE = "MESSAGE_TOO_LARGE"
    """The request has more bytes than any request needs."""
    NOT_SERVING = "NOT_SERVING"
    """The server is starting, stopping or cannot be reached."""
    UNKNOWN_CENTER = "UNKNOWN_CENTER"
    """This server has no center of that name."""
    UNSUPPORTED = "UNSUPPORTED"
    """The server does not know this method."""
    WATCH_REPLACED = "WATCH_REPLACED"
    """A newer stream watches this agent's offers; the newest wins."""
    WATCH_TOO_SLOW = "WATCH_TOO_SLOW"
    """The watcher read too slowly and its buffer ran full: open the stream again, it begins with a snapshot."""


def shown(value: object) -> str:
    """Return a value as one printable line of at most ``MAX_ECHO`` characters, safe in logs and messages."""
    text = value if isinstance(value, str) else str(value)
    if len(text) > MAX_ECHO:
        text = text[: MAX_ECHO - 1] + "…"
    return printable(text)


def printable(text: str) -> str:
    """Return text with everything escaped that is not printable, line breaks among it."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)


class AcdError(Exception):
    """A refusal. Its fields are for programs, its text is for people.

    Attributes:
        reason: name of a ``Result`` or ``DoorReason``, in capitals.
        field: path of the field that is at fault, such as ``queue`` or ``skills[2].level``; may be empty.
        value: the offending value, printable and shortened; may be empty.
        allowed: what would have been accepted, in words; may be empty.
    """

    reason: str
    field: str
    value: str
    allowed: str

    def __init__(
        self,
        message: str = "",
        *,
        reason: str | Result = "",
        field: str = "",
        value: object = "",
        allowed: str = "",
    ) -> None:
        self.reason = reason.name if isinstance(reason, Result) else str(reason)
        self.field = field
        self.value = shown(value)
        self.allowed = allowed
        if not message:
            message = self.reason.lower().replace("_", " ") or "refused"
            if field:
                message = f"{field}: {message}"
            if self.value:
                message += f": {self.value!r}"
            if allowed:
                message += f" (allowed: {allowed})"
        self.message = message
        super().__init__(message)

    def called(self, names: Mapping[str, str]) -> Self:
        """Return the same refusal with its field as the caller calls it: ``names`` says what for which."""
        name = names.get(self.field)
        if name is None:
            return self
        message = self.message
        if message.startswith(self.field):
            message = name + message.removeprefix(self.field)
        again = type(self)(message, reason=self.reason, field=name, value=self.value, allowed=self.allowed)
        again.__cause__ = self.__cause__
        return again

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with all fields: keyword arguments do not survive the default."""
        fields = {"reason": self.reason, "field": self.field, "value": self.value, "allowed": self.allowed}
        return _rebuilt, (type(self), self.message, fields)


def _rebuilt(kind: type[AcdError], message: str, fields: dict[str, str]) -> AcdError:
    return kind(message, **fields)


class InvalidArgument(AcdError):
    """The request itself is wrong, whatever the state of the center. Do not repeat it."""


class NotFound(AcdError):
    """The request names something that does not exist, or no longer."""


class AlreadyExists(AcdError):
    """The name is taken."""


class FailedPrecondition(AcdError):
    """The thing exists, but its state does not allow this (any more)."""


class ResourceExhausted(AcdError):
    """A limit is reached: a queue is full, a message too large, a watcher too slow."""


class Aborted(AcdError):
    """Something newer took the place of this request."""


class Unavailable(AcdError):
    """The service cannot answer now. Repeating with the same request id is safe."""


class DeadlineExceeded(AcdError):
    """No answer in time. The change may have happened: repeat with the same request id to find out."""


class Unimplemented(AcdError):
    """The server is older than this client and does not know the method."""


class Internal(AcdError):
    """The other side failed in a way it should not have."""


REFUSALS: Final[dict[Result, type[AcdError]]] = {
    Result.MALFORMED: InvalidArgument,
    Result.TIME_ABSURD: InvalidArgument,
    Result.TIME_BACKWARDS: InvalidArgument,
    Result.REQUEST_MISMATCH: InvalidArgument,
    Result.INVALID_NAME: InvalidArgument,
    Result.INVALID_FIELD: InvalidArgument,
    Result.INVALID_PRIORITY: InvalidArgument,
    Result.INVALID_SINCE: InvalidArgument,
    Result.INVALID_LEVEL: InvalidArgument,
    Result.INVALID_DURATION: InvalidArgument,
    Result.INVALID_START: InvalidArgument,
    Result.INVALID_PRESENCE: InvalidArgument,
    Result.DUPLICATE_ITEM: InvalidArgument,
    Result.UNKNOWN_SKILL: NotFound,
    Result.UNKNOWN_REASON: NotFound,
    Result.UNKNOWN_TIER: NotFound,
    Result.UNKNOWN_CHANNEL: NotFound,
    Result.UNKNOWN_QUEUE: NotFound,
    Result.UNKNOWN_AGENT: NotFound,
    Result.UNKNOWN_INTERACTION: NotFound,
    Result.UNKNOWN_OFFER: NotFound,
    Result.UNKNOWN_ASSIGNMENT: NotFound,
    Result.UNKNOWN_NAME: NotFound,
    Result.ALREADY_EXISTS: AlreadyExists,
    Result.IN_USE: FailedPrecondition,
    Result.LIMIT_REACHED: ResourceExhausted,
    Result.QUEUE_FULL: ResourceExhausted,
    Result.QUEUE_UNSTAFFED: FailedPrecondition,
    Result.QUEUE_CLOSED: FailedPrecondition,
    Result.ALREADY_ENDED: FailedPrecondition,
    Result.NOT_ASSIGNED: FailedPrecondition,
    Result.NOT_IN_WRAP_UP: FailedPrecondition,
    Result.NOT_SIGNED_IN: FailedPrecondition,
    Result.NOT_HELD: FailedPrecondition,
    Result.NOT_WAITING: FailedPrecondition,
    Result.WRONG_AGENT: FailedPrecondition,
    Result.OFFER_ACCEPTED: FailedPrecondition,
    Result.OFFER_DECLINED: FailedPrecondition,
    Result.OFFER_EXPIRED: FailedPrecondition,
    Result.OFFER_REVOKED: FailedPrecondition,
    Result.OFFER_FAILED: FailedPrecondition,
    Result.ALREADY_TAKEN: FailedPrecondition,
}
"""The one table from the router's refusals to exceptions. Result.OK is no refusal."""


def refusal(result: int, message: str = "", *, field: str = "", value: object = "", allowed: str = "") -> AcdError:
    """Return the exception for a refusal of the router (``result`` is not OK), ready to be raised."""
    code = Result(result)
    return REFUSALS[code](message, reason=code, field=field, value=value, allowed=allowed)


def wrong_type(field: str, value: object, allowed: str) -> InvalidArgument:
    """Return the exception for a value of the wrong type; ``allowed`` completes "must be ..."."""
    kind = type(value).__name__
    got = "None" if value is None else f"{shown(repr(value))}, {'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"
    message = f"{field}: must be {allowed} (got {got})"
    return InvalidArgument(message, reason=Result.INVALID_FIELD, field=field, value=value, allowed=allowed)
