"""Writes the tables of docs/metrics.md out of the catalogue: ``python -m acdcore.metrics.document docs/metrics.md``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from .catalogue import CATALOGUE, Family, Part

HEADINGS: Final = {
    Part.CENTER: "## The center, and the server",
    Part.QUEUE: "## Queues",
    Part.TIER: "## Queues and tiers",
    Part.JOURNAL: "## The journal",
}
HEAD: Final = ("| metric | type | labels | meaning | series |", "|---|---|---|---|---|")
BEGIN: Final = "<!-- made by python -m acdcore.metrics.document: begin -->\n"
END: Final = "<!-- end -->\n"


def tables() -> str:
    """Return a table for each part of the catalogue, in Markdown."""
    parts = []
    for part, heading in HEADINGS.items():
        rows = [_row(family) for family in CATALOGUE if family.part is part]
        parts.append(
            "\n".join([heading, "", "| metric | type | labels | meaning | series |", "|---|---|---|---|---|", *rows])
        )
    return "\n\n".join(parts) + "\n"


def _row(family: Family) -> str:
    labels = ", ".join(f"`{name}`" for name in family.labels)
    for name, values in family.values.items():
        if len(values) <= 8:
            labels = labels.replace(f"`{name}`", f"`{name}` ({', '.join(values)})")
    return f"| `{family.name}` | {family.kind} | {labels} | {family.help} | {family.bound} |"


def renewed(page: str) -> str:
    """Return the page with its tables made anew. Raises ValueError for a page without the place for them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN.strip()} with {END.strip()} behind it")
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
