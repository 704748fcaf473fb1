"""Where ``acdcore serve`` keeps its journal, and with which exit code it ends when something is wrong with that."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NoReturn

from ..config import Center
from ..journal import Damaged, Diverged, Fenced, InUse, JournalError, Newer, WrongCenter
from ..journal.folder import default_folder
from .output import Exit, fail, sentence

EXITS: Final[dict[type[JournalError], Exit]] = {
    InUse: Exit.IN_USE,
    Fenced: Exit.IN_USE,
    Damaged: Exit.DAMAGED,
    Diverged: Exit.DAMAGED,
    Newer: Exit.NEWER,
    WrongCenter: Exit.INVALID,
}
"""Of errors of the journal; all others end with STORAGE."""


def folder_of(center: Center, data: Path | None, *, volatile: bool) -> Path | None:
    """Return where a center's journal is kept, None where none is."""
    if volatile:
        return None
    try:
        return data or default_folder(center.center)
    except JournalError as error:
        journal_failed(error)


def journal_failed(error: JournalError) -> NoReturn:
    """Say what is wrong with a journal, and exit as its kind asks for."""
    code = next((code for kind, code in EXITS.items() if isinstance(error, kind)), Exit.STORAGE)
    fail(code, "the journal: ", sentence(str(error)))
