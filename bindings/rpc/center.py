"""What the services of one center share: its owner, its watchers, and the calls under way."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ..errors import DoorReason, InvalidArgument, NotFound
from ..router.codes import Result
from .owner import Owner, stopping
from .pulse import Invariants, Pulse
from .watch import BUFFER_LIMIT, Switchboard

MAX_PAGE: Final = 1_000
"""Queues that one page may hold, and that one request may name."""
DEFAULT_PAGE: Final = 100


class Center:
    """What the services of one center share."""

    def __init__(self, name: str, owner: Owner, *, watch_buffer: int = BUFFER_LIMIT) -> None:
        self.name = name
        self.owner = owner
        self.switchboard = Switchboard(watch_buffer)
        self.calls = 0
        """Calls being answered now, streams included."""
        self.refusals: Counter[str] = Counter()
        """Calls that were refused, by reason."""
        self.invariants = Invariants(name)
        self.pulse = Pulse(owner.check_some, self.invariants, owner.clock.ahead_ns)
        self._closed = False
        self._quiet: asyncio.Event | None = None
        owner.followers.append(self.switchboard)

    def close(self) -> None:
        """Refuse new calls and end the streams; calls under way are answered."""
        self._closed = True
        self.switchboard.end(stopping)

    def enter(self) -> None:
        """A call begins; it has to leave, also when it is refused here."""
        self.calls += 1
        if self._closed:
            raise stopping()

    def leave(self) -> None:
        """A call has been answered."""
        self.calls -= 1
        if self.calls == 0 and self._quiet is not None:
            self._quiet.set()

    async def quiet(self) -> None:
        """Return when no call is being answered. For whoever has seen to it that no new ones come."""
        if self.calls:
            self._quiet = asyncio.Event()
            await self._quiet.wait()

    def check(self, name: str) -> None:
        """Refuse a request that is meant for another center."""
        if name and name != self.name:
            raise NotFound(
                f"center: this server has no center called {name!r}",
                reason=DoorReason.UNKNOWN_CENTER,
                field="center",
                value=name,
                allowed=f"{self.name!r}, or empty",
            )


# ---------------------------------------------------------------------- pages


def page_of(page_token: str, page_size: int) -> slice:
    """Return which entries of a list a page holds, or raise InvalidArgument with the field."""
    if not 0 <= page_size <= MAX_PAGE:
        raise InvalidArgument(
            reason=Result.INVALID_FIELD, field="page_size", value=page_size, allowed=f"0 to {MAX_PAGE}"
        )
    digits = page_token.removeprefix("from-")
    is_one_of_ours = page_token != digits and digits.isascii() and digits.isdecimal() and len(digits) < 10
    if page_token and not is_one_of_ours:
        raise InvalidArgument(
            reason=Result.INVALID_FIELD, field="page_token", value=page_token, allowed="a next_page_token, or empty"
        )
    begin = int(digits) if page_token else 0
    return slice(begin, begin + (page_size or DEFAULT_PAGE))


def next_page(page: slice, whole: Sequence[int]) -> str:
    """Return the token of the page after this one, empty when this is the last."""
    return f"from-{page.stop}" if page.stop < len(whole) else ""
