"""What an id may be: one rule for every name that enters from outside, whatever the door.

Ids reach logs, metric labels, terminals and other people's programs, so what could forge or hide text is
refused at the door. Ordinary Unicode (any script, spaces inside, emoji) is welcome.
"""

from __future__ import annotations

import unicodedata

from .router.codes import MAX_NAME_BYTES

_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REFUSED = {
    "Cc": "a control character",
    "Cs": "a lone surrogate (not valid Unicode)",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
}

ALLOWED = (
    f"1 to {MAX_NAME_BYTES} bytes of UTF-8, without control or bidirectional-control characters "
    "and without space at either end"
)
"""What an id may be, in words for an error message."""


def id_problem(value: str) -> str | None:
    """Say what is wrong with an id (``"is empty"``, ``"holds ..."``), or None when it may be used."""
    if not value:
        return "is empty"
    if len(value) > MAX_NAME_BYTES:  # before anything that looks at every character
        return f"is over {MAX_NAME_BYTES} bytes long"
    if value.isascii():
        if not value.isprintable():
            at = next(index for index, letter in enumerate(value) if not letter.isprintable())
            return f"holds a control character (U+{ord(value[at]):04X} at position {at})"
    else:
        for at, letter in enumerate(value):
            what = "a bidirectional control" if letter in _BIDI_CONTROLS else _REFUSED.get(unicodedata.category(letter))
            if what:
                return f"holds {what} (U+{ord(letter):04X} at position {at})"
        if (size := len(value.encode())) > MAX_NAME_BYTES:
            return f"is {size} bytes long"
    if value[0].isspace() or value[-1].isspace():
        return "begins or ends with space"
    return None


def check_id(value: str, field: str) -> None:
    """Refuse an id that may not be used.

    Raises:
        ValueError: with the field, what is wrong and what is allowed. The value itself is left out: it may
            be giant, or unprintable.
    """
    problem = id_problem(value)
    if problem is not None:
        raise ValueError(f"{field} {problem}; allowed: {ALLOWED}")
