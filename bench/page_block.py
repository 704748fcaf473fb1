"""A block of a page under docs/ that a command has made: put there whole, in place of what it said last time."""

from __future__ import annotations

import os
import re
from pathlib import Path


def check_block(page: Path, command: str) -> None:
    """See that a page can get a command's output, before that is made: raises as :func:`put_block` does."""
    _read(page, command)
    if not os.access(page, os.W_OK):
        raise PermissionError(f"{page} cannot be written")


def put_block(page: Path, command: str, text: str) -> None:
    """Put a command's output into its block, the one under ``<!-- output of: COMMAND -->``.

    Raises ValueError when the page has not exactly one such block, OSError when it cannot be read or written.
    """
    was, block = _read(page, command)
    now = block.sub(lambda match: f"{match[1]}{text.rstrip()}\n{match[2]}", was)
    page.write_text(now, encoding="utf-8")


def _read(page: Path, command: str) -> tuple[str, re.Pattern[str]]:
    was = page.read_text(encoding="utf-8")
    block = re.compile(rf"(<!-- output of: {re.escape(command)} -->\n```text\n).*?(```\n)", re.DOTALL)
    found = len(block.findall(was))
    if found != 1:
        raise ValueError(f"{page}: {found} blocks under <!-- output of: {command} -->; allowed: exactly one")
    return was, block
