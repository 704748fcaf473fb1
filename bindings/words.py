"""What things are called outside: a field by the name of its argument and of its key in a center's YAML, a choice
by its word there. One place for the embedded router, the client and the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .router.codes import OnExpiry, Overflow, QueueField, Strategy

OVERFLOW_WORDS: Final[Mapping[QueueField, Mapping[str, Overflow]]] = {
    QueueField.ON_FULL: {"reject": Overflow.REJECT},
    QueueField.ON_MAX_WAIT: {"end": Overflow.REJECT},
    QueueField.ON_UNSTAFFED: {"wait": Overflow.WAIT, "reject": Overflow.REJECT},
    QueueField.ON_CLOSED: {"reject": Overflow.REJECT, "wait": Overflow.WAIT},
    QueueField.ON_HELD: {"retry": Overflow.WAIT, "end": Overflow.REJECT},
}
"""What becomes of an interaction that a queue cannot take or keep, in the words of each case; all may move it."""


def word(choice: Strategy | OnExpiry) -> str:
    """Return the word of a choice: ``least_occupied``."""
    return choice.name.lower()


def overflow_word(case: QueueField, overflow: Overflow) -> str:
    """Return the word for what becomes of an interaction in a case; MOVE has none, it is said by the queue."""
    return next(text for text, one in OVERFLOW_WORDS[case].items() if one == overflow)
