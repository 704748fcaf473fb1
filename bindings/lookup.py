"""Words to numbers: the router as the world sees it, and the checks of whatever enters from outside.

Ids become slots and handles here, and nowhere further in. What cannot be right raises
:class:`~acdcore.errors.InvalidArgument`, a name that the router does not know
:class:`~acdcore.errors.NotFound`; both name the field.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from datetime import timedelta
from difflib import get_close_matches
from enum import IntEnum
from hashlib import blake2b
from typing import Any, Final, Protocol
from uuid import UUID

from .durations import format_duration
from .errors import InvalidArgument, NotFound, wrong_type
from .ids import ALLOWED, id_problem
from .router.batch import Rows
from .router.codes import (
    MAX_DURATION_NS,
    MAX_PRIORITY,
    MIN_DURATION_NS,
    MIN_PRIORITY,
    ItemKind,
    Kind,
    Result,
    Setting,
)
from .router.records import (
    AgentView,
    Answer,
    AssignmentView,
    CenterView,
    ChannelView,
    Command,
    Event,
    Figures,
    InteractionView,
    Item,
    OfferView,
    QueueView,
)
from .times import span_ns


class Core(Protocol):
    """What both routers are to everybody outside: the reference and the compiled one."""

    def apply(self, command: Command, /) -> Answer:
        """Run one command; the only way in."""

    def drain(self) -> list[Event]:
        """Return the events since the last drain, in order."""

    def next_deadline_ns(self) -> int:
        """Return when ADVANCE is next worth calling, -1: never."""

    def state_hash(self) -> int:
        """Return the hash of the state, 64 bits."""

    def check_invariants(self) -> None:
        """Raise AssertionError when the state contradicts itself."""

    def check_some(self, place: int, most: int, /) -> int:
        """Check a few entities from a place on; return the next place, 0 when a round is over."""

    def find(self, kind: Kind, name: bytes, /) -> int:
        """Return the slot or handle of a name, -1: unknown."""

    def name(self, kind: Kind, slot_or_handle: int, /) -> bytes:
        """Return a name, empty: unknown or none."""

    def interaction(self, handle: int, /) -> InteractionView | None:
        """Return an interaction, live or remembered."""

    def offer(self, handle: int, /) -> OfferView | None:
        """Return an offer, pending or remembered."""

    def assignment(self, handle: int, /) -> AssignmentView | None:
        """Return an assignment that has not ended."""

    def agent(self, slot: int, /) -> AgentView | None:
        """Return an agent."""

    def queue(self, slot: int, /) -> QueueView | None:
        """Return a queue."""

    def tier(self, slot: int, /) -> Any:
        """Return a tier as (name, target_factor_ppm, head_start_ns, rank), or None."""

    def channel(self, slot: int, /) -> ChannelView | None:
        """Return a channel."""

    def figures(self, queue: int, tier: int, /) -> Figures:
        """Return the counters of one queue and tier."""

    def cells_into(self, cells: Rows, queue: int, /) -> tuple[int, int]:
        """Copy the figures of whole queues from one on into rows; return how many, and the queue to go on with."""

    def doors_into(self, doors: Rows, first: int, /) -> int:
        """Copy how queues stand, from one on, into rows; return how many."""

    def standings_into(self, standings: Rows, first: int, /) -> int:
        """Copy how agents stand, from one on, into rows; return how many."""

    def center(self) -> CenterView:
        """Return the center as a whole."""

    def setting(self, setting: Setting, /) -> int:
        """Return the value of a setting."""

    def wait_edges(self) -> tuple[int, ...]:
        """Return the upper edges of the wait histograms in ns, in order."""

    def waiting_since(self, queue: int, tier: int, /) -> int:
        """Return the earliest since_ns of those that wait, -1: none."""


MAX_HANDLE: Final = 2**63 - 1
DURATION_ALLOWED: Final = f"{format_duration(MIN_DURATION_NS)} to {format_duration(MAX_DURATION_NS)}"
PRIORITY_ALLOWED: Final = f"{MIN_PRIORITY} to {MAX_PRIORITY}"
MAX_COMPARED: Final = 100
"""Names that are compared with an unknown one, at most: a typing error must not hold up decisions. That many
take a few milliseconds at worst."""
MAX_LISTED: Final = 10
"""Names that are listed where one is unknown, at most."""
MAX_LISTED_LENGTH: Final = 200
"""And how many characters they may have together."""
REQUEST_ID_ALLOWED: Final = "a UUID other than nil, 36 characters or 32 hexadecimal digits"
_REQUEST_ID = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_HANDLE = re.compile(r"[0-9a-f]{1,16}", re.ASCII)
_UNKNOWN: Final = {
    Kind.SKILL: Result.UNKNOWN_SKILL,
    Kind.REASON: Result.UNKNOWN_REASON,
    Kind.TIER: Result.UNKNOWN_TIER,
    Kind.CHANNEL: Result.UNKNOWN_CHANNEL,
    Kind.QUEUE: Result.UNKNOWN_QUEUE,
    Kind.AGENT: Result.UNKNOWN_AGENT,
    Kind.INTERACTION: Result.UNKNOWN_INTERACTION,
}

# ---------------------------------------------------------------------- words to numbers


def checked_name(value: str, field: str) -> bytes:
    """Return an id as the router keeps it, UTF-8, or raise InvalidArgument with the field."""
    if not isinstance(value, str):
        raise wrong_type(field, value, "text")
    problem = id_problem(value)
    if problem is not None:
        raise InvalidArgument(
            f"{field} {problem}; allowed: {ALLOWED}",
            reason=Result.INVALID_NAME,
            field=field,
            value=value,
            allowed=ALLOWED,
        )
    return value.encode()


def resolved(core: Core, kind: Kind, name: str, field: str) -> int:
    """Return the slot or handle of a name, or raise NotFound (or InvalidArgument) with the field."""
    try:
        found = core.find(kind, name.encode())
    except UnicodeEncodeError:
        found = -1
    except AttributeError:
        raise wrong_type(field, name, "text") from None
    if found < 0:
        checked_name(name, field)
        word = kind.name.lower()
        known = _known(core, kind)
        allowed = f" (allowed: {known})" if known else ""
        message = f"{field}: no {word} is called {name!r}{_suggestion(core, kind, name)}{allowed}"
        raise NotFound(message, reason=_UNKNOWN[kind], field=field, value=name, allowed=known)
    return found


def _counted(core: Core, kind: Kind) -> int:
    """Return how many things of a kind are defined; interactions are not."""
    center = core.center()
    counts = {
        Kind.SKILL: center.skills,
        Kind.REASON: center.reasons,
        Kind.TIER: center.tiers,
        Kind.CHANNEL: center.channels,
        Kind.QUEUE: center.queues,
        Kind.AGENT: center.agents,
    }
    return counts.get(kind, 0)


def _known(core: Core, kind: Kind) -> str:
    """Return the names that are defined, the first few; people are not listed."""
    if kind in (Kind.AGENT, Kind.INTERACTION):
        return ""
    count = _counted(core, kind)
    listed: list[str] = []
    for slot in range(min(count, MAX_LISTED)):
        listed.append(core.name(kind, slot).decode())
        if sum(map(len, listed)) > MAX_LISTED_LENGTH:  # an error has to fit into the head of an answer
            listed.pop()
            break
    more = count - len(listed)
    return ", ".join(listed) + (f" and {more} more" if listed and more else "")


def _suggestion(core: Core, kind: Kind, name: str) -> str:
    """Return a question after the one close name, empty when none is close or there are too many to compare."""
    count = _counted(core, kind)
    if not 0 < count <= MAX_COMPARED:
        return ""
    names = (core.name(kind, slot).decode() for slot in range(count))
    near = [one for one in names if abs(len(one) - len(name)) <= 3]
    close = get_close_matches(name, near, n=1, cutoff=0.75)
    return f"; did you mean {close[0]!r}?" if close else ""


def request_number(given: str | UUID) -> int:
    """Return a request id as 128 bits, 0 for the empty text."""
    if not given:
        return 0
    text = str(given) if isinstance(given, UUID) else given
    if not isinstance(text, str):
        raise wrong_type("request_id", text, "a UUID or its text")
    number = int(text.replace("-", ""), 16) if _REQUEST_ID.fullmatch(text) else 0
    if number == 0:
        raise InvalidArgument(reason=Result.INVALID_FIELD, field="request_id", value=text, allowed=REQUEST_ID_ALLOWED)
    return number


def handle_id(prefix: str, handle: int) -> str:
    """Return the id by which the outside knows a handle: ``o`` for offers, ``a`` for assignments."""
    return f"{prefix}-{handle:x}"


def parsed_handle(prefix: str, text: str, field: str) -> int:
    """Return the handle behind an offer's or an assignment's id."""
    if not isinstance(text, str):
        raise wrong_type(field, text, "text")
    digits = _HANDLE.fullmatch(text, 2) if text[:2] == f"{prefix}-" else None
    handle = int(digits[0], 16) if digits else 0
    if not 0 < handle <= MAX_HANDLE:
        raise InvalidArgument(
            reason=Result.INVALID_FIELD,
            field=field,
            value=text,
            allowed=f"an id that this service gave: {prefix!r}, a hyphen and hexadecimal digits",
        )
    return handle


def default_tier(core: Core) -> int:
    """Return the slot of the tier of the lowest rank, of several the first; -1 when there is none."""
    best, best_rank, slot = -1, None, 0
    while (tier := core.tier(slot)) is not None:
        if best_rank is None or tier[3] < best_rank:
            best, best_rank = slot, tier[3]
        slot += 1
    return best


def given_tier(core: Core, name: str | None) -> int:
    """Return the slot of a tier, without a name that of the default one, or raise NotFound."""
    if name:
        return resolved(core, Kind.TIER, name, "tier")
    slot = default_tier(core)
    if slot < 0:
        raise NotFound(
            "no tier is defined: define_tier('standard')",
            reason=Result.UNKNOWN_TIER,
            field="tier",
            allowed="a tier that is defined",
        )
    return slot


def made_up_id(request_id: int) -> str:
    """Return an id for an interaction whose caller gave none: the same again for the same request id."""
    return f"i-{request_id or secrets.randbits(128):032x}"


def whole(value: int, field: str) -> int:
    """Return a whole number, or raise InvalidArgument with the field."""
    given: object = value
    if not isinstance(given, int) or isinstance(given, bool):
        raise wrong_type(field, given, "a whole number")
    return value


def within(value: int, least: int, greatest: int, field: str, result: Result = Result.INVALID_FIELD) -> int:
    if not least <= whole(value, field) <= greatest:
        raise InvalidArgument(reason=result, field=field, value=value, allowed=f"{least} to {greatest}")
    return value


def duration(value: int, field: str) -> int:
    """Return a duration in nanoseconds that may arm a deadline, or raise InvalidArgument with the field."""
    if not MIN_DURATION_NS <= whole(value, field) <= MAX_DURATION_NS:
        raise InvalidArgument(
            reason=Result.INVALID_DURATION, field=field, value=format_duration(value), allowed=DURATION_ALLOWED
        )
    return value


def nanoseconds(value: object, field: str) -> int:
    """Return a timedelta in nanoseconds, or raise InvalidArgument with the field."""
    if isinstance(value, timedelta):
        return span_ns(value)
    raise wrong_type(field, value, "a datetime.timedelta")


def customer_item(customer_id: str) -> Item:
    """Return the item that says whose an interaction is.

    The router keeps 128 bits of a customer's id, the BLAKE2b hash of its UTF-8: no name leaks into
    snapshots, and any id of any length that may be an id takes the same room.
    """
    digest = blake2b(checked_name(customer_id, "customer_id"), digest_size=16).digest()
    high = int.from_bytes(digest[:8], "big", signed=True)
    low = int.from_bytes(digest[8:], "big", signed=True)
    return Item(ItemKind.CUSTOMER, high, low)


def chosen(kind: type[IntEnum], value: int | str, field: str, allowed: Collection[IntEnum], result: Result) -> int:
    """Return a member's number, given as the member, its number or its name in any case, or raise InvalidArgument."""
    number = getattr(kind.__members__.get(value.upper()), "value", value) if isinstance(value, str) else value
    is_number = isinstance(number, int) and not isinstance(number, bool)
    if is_number and number in allowed:
        return int(number)
    raise InvalidArgument(
        reason=result,
        field=field,
        value=next((one.name for one in kind if is_number and one == value), value),
        allowed=", ".join(one.name for one in allowed),
    )
