"""What is told of calls: the request id that names one in the log, in traces and in its answer; and the log's lines.

Whose ids are written? The server's own ids (offers, assignments, interactions that nobody named) are, and names of
queues that the center has. What callers chose is not, by default: an interaction's id may be a phone number, an
agent's name is a person's, and so may be where a call comes from. ``--log-ids`` writes those, too. A customer's id
is never written, nor any value that was refused.
"""

from __future__ import annotations

import logging
import random
import re
import uuid
from time import perf_counter_ns
from typing import Any, Final

from ..commands import Core
from ..errors import AcdError, DoorReason, Internal, InvalidArgument
from ..logs import event
from ..lookup import request_number
from ..router.codes import SECOND_NS, Kind
from . import codec
from .owner import unexpected

log = logging.getLogger("acdcore.rpc")

_OURS: Final = {
    "interaction_id": re.compile(r"i-[0-9a-f]{32}", re.ASCII),
    "offer_id": re.compile(r"o-[0-9a-f]{1,16}", re.ASCII),
    "assignment_id": re.compile(r"a-[0-9a-f]{1,16}", re.ASCII),
}
"""Ids that the server makes up, which tell nothing of anybody."""
_USUAL: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_NIL: Final = str(uuid.UUID(int=0))
_random: Final = random.Random()
_FIELD: Final = re.compile(r"[a-z0-9_.\[\]]{1,100}", re.ASCII)
_SEVERE: Final = frozenset({DoorReason.INBOX_FULL, DoorReason.COMMIT_FAILED, DoorReason.WATCH_TOO_SLOW})
"""Refusals that tell of the server's own troubles, not of the caller's."""


_HAS: Final[dict[type, frozenset[str]]] = {}


def _given(message: Any, name: str) -> str:
    """Return a text of a message, empty where its kind has none: to ask for one in vain takes microseconds."""
    kind = message.__class__
    has = _HAS.get(kind)
    if has is None:
        wanted = ("request_id", "queue", "agent", *_OURS)
        has = _HAS[kind] = frozenset(one for one in wanted if isinstance(getattr(message, one, None), str))
    return str(getattr(message, name)) if name in has else ""


def request_id_of(request: Any, context: Any) -> str:
    """Return a call's request id, as a UUID's text: the request's own, else the caller's metadata, else a new one.

    What is no UUID is passed over: it could be anything, and forge anything.
    """
    given = _as_uuid(_given(request, "request_id"))
    if not given:
        for key, value in context.invocation_metadata() or ():
            if key == codec.REQUEST_ID_KEY:
                given = _as_uuid(value)
    return given or _new_uuid()


def _new_uuid() -> str:
    """Return a random UUID (version 4) as text; unlike uuid's own it need not be hard to guess, and is made faster."""
    bits = _random.getrandbits(128) & ~(0xF000 << 64 | 0xC000 << 48) | 0x4000 << 64 | 0x8000 << 48
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _as_uuid(given: Any) -> str:
    """Return what the contract allows as a request id in its usual form, empty for anything else."""
    if not given or not isinstance(given, str):
        return ""
    if _USUAL.fullmatch(given) and given != _NIL:
        return given
    try:
        number = request_number(given)
    except InvalidArgument:
        return ""
    return str(uuid.UUID(int=number)) if number else ""


class CallLog:
    """Writes the lines about one center's calls.

    Args:
        center: the center's name.
        core: the center's router, whose names are looked up, nothing else.
        with_ids: whether ids that callers chose are written: interactions', agents', and their addresses.
    """

    def __init__(self, center: str, core: Core, *, with_ids: bool = False) -> None:
        self._center = center
        self._core = core
        self._with_ids = with_ids

    def answered(self, call: Call, response: Any) -> None:
        """A call was answered."""
        if log.isEnabledFor(logging.DEBUG):
            event(log, logging.DEBUG, "answered", code="OK", **self._facts(call, response))

    def cancelled(self, call: Call) -> None:
        """A caller has gone, or has ended its stream."""
        if log.isEnabledFor(logging.DEBUG):
            event(log, logging.DEBUG, "cancelled", code="CANCELLED", **self._facts(call))

    def refused(self, call: Call, error: Exception) -> AcdError:
        """A call was refused, or something unexpected happened; return what its caller is to hear."""
        if not isinstance(error, AcdError):
            facts = self._facts(call)
            event(log, logging.ERROR, "failed", code="INTERNAL", reason=DoorReason.INTERNAL, **facts, exc=error)
            return unexpected()
        level = logging.WARNING if error.reason in _SEVERE else logging.INFO
        level = logging.ERROR if isinstance(error, Internal) else level
        if log.isEnabledFor(level):
            field = error.field if _FIELD.fullmatch(error.field) else ""
            code = codec.STATUSES[type(error)].name
            event(log, level, "refused", code=code, reason=str(error.reason), field=field, **self._facts(call))
        return error

    def _facts(self, call: Call, response: Any = None) -> dict[str, Any]:
        request = call.request
        facts: dict[str, Any] = {
            "center": self._center,
            "method": call.method,
            "queue": self.queue_of(request),
            "request_id": call.request_id,
            "duration_s": (perf_counter_ns() - call.started_ns) / SECOND_NS,
            **call.trace,
        }
        for key, is_ours in _OURS.items():
            value = _given(request, key) or _given(getattr(response, "interaction", None), key)
            if value and (self._with_ids or is_ours.fullmatch(value)):
                facts[key] = value
        if self._with_ids:
            facts["agent"] = _given(request, "agent")
            facts["peer"] = call.peer()
        return facts

    def queue_of(self, request: Any) -> str:
        """Return the name of the queue that a request is about if the center has it: any other could be anything."""
        name = _given(request, "queue")
        return name if name and self._core.find(Kind.QUEUE, name.encode()) >= 0 else ""


class Call:
    """A call that is being answered."""

    __slots__ = ("_context", "method", "request", "request_id", "started_ns", "trace")

    def __init__(self, method: str, request: Any, context: Any) -> None:
        self.started_ns = perf_counter_ns()
        self.method = method
        self.request = request
        self.request_id = request_id_of(request, context)
        self.trace: dict[str, str] = {}
        """``trace_id`` and ``span_id``, where the call is traced."""
        self._context = context

    def peer(self) -> str:
        """Return the caller's address."""
        return str(self._context.peer())

    @property
    def trailing(self) -> tuple[tuple[str, str], ...]:
        """What every answer of this call carries behind it."""
        return ((codec.REQUEST_ID_KEY, self.request_id),)
