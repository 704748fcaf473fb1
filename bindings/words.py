"""What things are called outside: a field by the name of its argument and of its key in a center's YAML, a choice
by its word there. One place for the embedded router, the client and the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from .durations import format_duration
from .router.codes import PPM, OnExpiry, Overflow, QueueField, Rule, Strategy

OVERFLOW_WORDS: Final[Mapping[QueueField, Mapping[str, Overflow]]] = {
    QueueField.ON_FULL: {"reject": Overflow.REJECT},
    QueueField.ON_MAX_WAIT: {"end": Overflow.REJECT},
    QueueField.ON_UNSTAFFED: {"wait": Overflow.WAIT, "reject": Overflow.REJECT},
    QueueField.ON_CLOSED: {"reject": Overflow.REJECT, "wait": Overflow.WAIT},
    QueueField.ON_HELD: {"retry": Overflow.WAIT, "end": Overflow.REJECT},
}
"""What becomes of an interaction that a queue cannot take or keep, in the words of each case; all may move it."""


_NAMES: Final = {
    "HALF_LIFE_NS": "occupancy_half_life",
    "TARGET_FACTOR_PPM": "target_factor",
    "MOST": "most_at_once",
    "OFFER_NS": "offer_timeout",
    "MAX_HANDLE_NS": "max_handle_time",
    "PREFER_LAST_NS": "prefer_last_agent",
    "RESERVE": "reserve_agents",
    "SHARED": "shared_offers",
    "HELD_NS": "held_for",
    "MAX_WAIT_TO": "on_max_wait",
    "FULL_TO": "on_full",
    "UNSTAFFED_TO": "on_unstaffed",
    "CLOSED_TO": "on_closed",
    "HELD_TO": "on_held",
    "SKIP": "skip_when_hopeless",
}
"""What is called otherwise outside than in the router, a unit at the end aside."""


def field_name(code: IntEnum) -> str:
    """Return what a field is called outside: ``target`` for TARGET_NS."""
    return _NAMES.get(code.name) or code.name.lower().removesuffix("_ns")


def field_text(code: IntEnum, value: int) -> str:
    """Return a field's value as it is said outside: a length of time ``1m30s``, a factor ``0.5``."""
    if code.name.endswith("_NS"):
        return format_duration(value)
    return f"{value / PPM:.9g}" if code.name.endswith("_PPM") else str(value)


def field_allowed(code: IntEnum, rule: Rule) -> str:
    """Return what a field may be: ``1ms to 400d``."""
    zero = f"{field_text(code, 0)} or " if rule.or_zero else ""
    return f"{zero}{field_text(code, rule.least)} to {field_text(code, rule.greatest)}"


def word(choice: Strategy | OnExpiry) -> str:
    """Return the word of a choice: ``least_occupied``."""
    return choice.name.lower()


def overflow_word(case: QueueField, overflow: Overflow) -> str:
    """Return the word for what becomes of an interaction in a case; MOVE has none, it is said by the queue."""
    return next(text for text, one in OVERFLOW_WORDS[case].items() if one == overflow)
