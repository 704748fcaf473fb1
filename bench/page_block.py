"""A block of a page under docs/ that a command has made: put there whole, in place of what it said last time."""

from __future__ import annotations

import re
from pathlib import Path


def put_block(page: Path, command: str, text: str) -> None:
    """Put a command's output into its block, the one under ``<!-- output of: COMMAND -->``.

    Raises ValueError when the page has not exactly one such block, OSError when it cannot be read or written.
    """
    was = page.read_text(encoding="utf-8")
    block = re.compile(rf"(<!-- output of: {re.escape(command)} -->\n```text\n).*?(```\n)", re.DOTALL)
    found = len(block.findall(was))
    if found != 1:
        raise ValueError(f"{page}: {found} blocks under <!-- output of: {command} -->; allowed: exactly one")
    now = block.sub(lambda match: f"{match[1]}{text.rstrip()}\n{match[2]}", was)
    page.write_text(now, encoding="utf-8")
