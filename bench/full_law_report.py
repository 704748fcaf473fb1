"""``acdcore bench --full-law``: measures, and shows what a command costs as a table for people or JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .full_law import FullLaw, Plan, run_full_law
from .surroundings import machine, versions
from .terminal import put, say

NOTE: Final = (
    "a command: its time, median, then least and most of all rounds; commands: how many an interaction takes;\n"
    "at work: agents with work in hand; result: hash of who got whom, and of the router's state at the end."
)


def drawn(results: Sequence[FullLaw], *, claims: bool = False) -> Table:
    """Return a table of 80 columns at most, a size of center a line."""
    shown = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", title_justify="left")
    shown.title, shown.title_style = "the full law, with claims" if claims else "the full law", "bold"
    for heading in ("agents", "waiting", "a command", "min to max", "commands", "at work", "result"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for one in results:
        shown.add_row(
            f"{one.agents:,}",
            f"{one.waiting:,}",
            f"{one.ns:,.0f} ns",
            f"{min(one.rounds_ns):,.0f} to {max(one.rounds_ns):,.0f}",
            f"{one.commands_an_interaction:.1f}",
            f"{one.at_work:.0%}",
            f"{one.checksum[:8]} {one.state_hash[:8]}",
        )
    return shown


def as_json(results: Sequence[FullLaw], *, claims: bool = False) -> dict[str, Any]:
    """Return everything that was measured, every round of it, and on what; times in nanoseconds a command."""
    sizes = [{**asdict(one), "ns_median": one.ns} for one in results]
    return {"machine": machine(), "versions": versions(), "claims": claims, "full_law": sizes}


def run_and_show(plan: Plan, *, out: Console, err: Console, json_path: Path | None = None) -> int:
    """Measure, say on ``err`` what is being done, print the table on ``out``; return 0.

    Raises OSError when the file cannot be written, RuntimeError when the router did not do what it did in the
    rehearsal.
    """
    if err.is_terminal:
        with err.status("") as status:
            results = run_full_law(plan, status.update)
    else:
        results = run_full_law(plan, lambda what: err.print(Text(what), soft_wrap=True))
    put(out, drawn(results, claims=plan.claims))
    say(out)
    say(out, NOTE)
    if json_path:
        json_path.write_text(json.dumps(as_json(results, claims=plan.claims), indent=2) + "\n", encoding="utf-8")
    return 0
