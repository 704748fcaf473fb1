"""Times and lengths of time: whole nanoseconds inside, ``datetime`` and ``timedelta`` for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(at_ns: int) -> datetime:
    """Return a time as a datetime in UTC, rounded down to a microsecond."""
    return EPOCH + timedelta(microseconds=at_ns // 1000)


def moment_text(at_ns: int) -> str:
    """Return a time in ISO 8601, UTC; one that no calendar has in nanoseconds since 1970."""
    try:
        return moment(at_ns).isoformat()
    except OverflowError:
        return f"{at_ns} ns since 1970"


def span(length_ns: int) -> timedelta:
    """Return a length of time as a timedelta, rounded down to a microsecond."""
    return timedelta(microseconds=length_ns // 1000)


def moment_ns(at: datetime) -> int:
    """Return an aware datetime as nanoseconds since 1970; ValueError when it has no time zone."""
    if at.tzinfo is None:
        raise ValueError(f"a time zone is needed: {at!r} has none (datetime.now(timezone.utc) does)")
    return span_ns(at - EPOCH)


def span_ns(length: timedelta) -> int:
    """Return a timedelta in nanoseconds, exactly."""
    return ((length.days * 86_400 + length.seconds) * 1_000_000 + length.microseconds) * 1000
