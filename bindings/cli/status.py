"""``acdcore status``: what a running server says of itself, for people or, as JSON, for programs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any, Final, NamedTuple

from rich.cells import cell_len
from rich.console import Console, Group
from rich.text import Text

from ..config import format_duration
from ..model import CenterFigures, Latency, Queue, QueueFigures
from ..rpc.client import Client
from .output import line, plain, sentence, table

SECOND_NS = 1_000_000_000
LEAST_NAME: Final = 12
"""Columns that names keep, whatever the figures need."""
MOST_DOORS: Final = 20
"""Closed queues and open gates that are named; a center may have thousands."""
_TIER: Final = "  "
_LABEL: Final = 13
"""Columns before what is said of the center as a whole."""


class Standing(NamedTuple):
    """A center as it stands: all of it, its queues' doors and gates, and a row for each queue and tier."""

    center: CenterFigures
    queues: list[Queue]
    rows: list[QueueFigures]


class NotServingError(Exception):
    """A server that answers and says that it does not serve: it stops, or a commit has failed."""


async def ask(address: str, timeout_s: float) -> Standing:
    """Ask a server for its center's figures.

    Raises:
        Unavailable, DeadlineExceeded: when it cannot be reached or does not answer in time.
        NotServingError: when it answers that it does not serve.
        AcdError: when it refuses.
    """
    timeout = timedelta(seconds=timeout_s)
    async with Client(address, timeout=timeout) as client:
        await client.wait_until_ready(timeout)
        if not await client.is_serving():
            raise NotServingError
        center, rows = await client.center_figures(), await client.figures()
        return Standing(center, await client.queues(), rows)  # after the rows: each of them is found in it


def as_json(standing: Standing) -> str:
    """Return everything as one JSON object; keys carry their units, ids are escaped as JSON does."""
    whole: dict[str, Any] = {"health": "serving"} | dataclasses.asdict(standing.center)
    whole["uptime_s"] = standing.center.uptime.total_seconds()
    whole["state_hash"] = f"{standing.center.state_hash:016x}"  # 64 bits are more than JSON's readers can count
    doors = {queue.queue: queue for queue in standing.queues}
    whole["queues"] = [
        dataclasses.asdict(row)
        | {"service_level": row.service_level, "service_level_all": row.service_level_all}
        | {"is_open": doors[row.queue].is_open, "gates_open": doors[row.queue].gates_open}
        for row in standing.rows
    ]
    return json.dumps(whole, indent=2)


def print_status(console: Console, address: str, standing: Standing) -> None:
    """Print the center in a few lines, a row for each queue and its tiers, and what else came up where it did."""
    center, queues, rows = standing
    up_s = max(0, round(center.uptime.total_seconds()))
    at_work = f"{center.agents_available} available, {center.agents_offered} offered, {center.agents_busy} busy"
    away = f"{center.agents_wrap_up} in wrap-up, {center.agents_not_ready} not ready, {center.agents_offline} offline"
    decisions = f"{center.decisions:,} decisions, {center.commands:,} commands, {center.refusals:,} refusals"
    load = f"{center.inbox:,} requests wait for the router, {center.watchers:,} streams open"
    version = f", acdcore {center.version}" if center.version else ""
    console.print(
        Group(
            line("center ", plain(center.center, "bold"), f" on {address}"),
            line("  health     ", f"serving, up {format_duration(up_s * SECOND_NS)}{version}"),
            line("  agents     ", at_work, ","),
            line("             ", away),
            line("  occupancy  ", share(center.occupancy)),
            line("  router     ", decisions),
            line("  a command  ", latency_words(center.decision_latency)),
            line("  load       ", load),
        )
    )
    _print_doors(console, queues)
    _print_rows(console, FIGURES, rows, _figures)
    beside = [row for row in rows if any(_others(row))]
    if beside:
        _print_rows(console, OTHERS, beside, _others)
    console.print(
        Group(
            Text(FORMULA, style="dim"),
            Text("ASA: average speed of answer; AHT: average handle time, wrap-up included", style="dim"),
        )
    )


# ---------------------------------------------------------------------- doors and gates


def _print_doors(console: Console, queues: Sequence[Queue]) -> None:
    """Print which queues are closed, and which gates of plans are open, if any."""
    closed = [queue.queue for queue in queues if not queue.is_open]
    gates = [words for queue in queues for words in _gates(queue)]
    for label, parts in (("closed", closed), ("gates open", gates)):
        if parts:
            more = f", and {len(parts) - MOST_DOORS:,} more" * (len(parts) > MOST_DOORS)
            said = sentence(", ".join(parts[:MOST_DOORS]) + more)
            for number, part in enumerate(said.wrap(console, max(LEAST_NAME, console.width - _LABEL))):
                console.print(line(f"  {'' if number else label}".ljust(_LABEL), part))


def _gates(queue: Queue) -> list[str]:
    return [
        f"{queue.queue} step {number}" + (f" (from {step.when.lender})" if step.when.lender else "")
        for number, (step, is_open) in enumerate(zip(queue.definition.plan, queue.gates_open, strict=False), start=1)
        if is_open and step.when is not None
    ]


# ---------------------------------------------------------------------- rows

FORMULA: Final = "SL: answered in target / (answered + abandoned - abandoned in target)"
FIGURES: Final = ("waits", "longest", "answered", "abandoned", "SL", "ASA", "AHT")
OTHERS: Final = ("scheduled", "held", "moved", "moved in", "expired", "rejected")
"""What comes up in some queues only: scheduled and held now; moves and other ends since the start."""
_SUMS: Final = tuple(
    field.name
    for field in dataclasses.fields(QueueFigures)
    if field.name not in ("queue", "tier", "target_ns", "longest_wait_ns", "wait_edges_ns", "wait_bins")
)


def whole(rows: Sequence[QueueFigures]) -> QueueFigures:
    """Return a queue's figures, all tiers together; each was promised its own target."""
    sums = {name: sum(getattr(row, name) for row in rows) for name in _SUMS}
    return dataclasses.replace(rows[0], longest_wait_ns=max(row.longest_wait_ns for row in rows), **sums)


def _print_rows(
    console: Console,
    headings: Sequence[str],
    rows: Sequence[QueueFigures],
    cells: Callable[[QueueFigures], Sequence[object]],
) -> None:
    """Print a table of queues, and below a queue that has several its tiers; names too long for the line are cut."""
    named: list[tuple[str, Sequence[str]]] = []
    for queue, group in groupby(rows, key=lambda row: row.queue):
        tiers = list(group)
        named.append((plain(queue).plain, [str(cell) for cell in cells(whole(tiers))]))
        if len(tiers) > 1:
            named += [(_TIER + plain(row.tier).plain, [str(cell) for cell in cells(row)]) for row in tiers]
    widths = [max(map(cell_len, column)) for column in zip(headings, *(cells for _, cells in named), strict=True)]
    room = max(LEAST_NAME, console.width - sum(widths) - 2 * len(widths))
    drawn: list[list[object]] = []
    for name, figures in named:
        text = Text(name)
        text.truncate(room, overflow="ellipsis")
        drawn.append([text, *figures])
    console.print()
    console.print(table([("queue", "left"), *((heading, "right") for heading in headings)], drawn))


def _figures(row: QueueFigures) -> tuple[object, ...]:
    longest = format_duration(row.longest_wait_ns // SECOND_NS * SECOND_NS) if row.longest_wait_ns >= 0 else "-"
    counts = (row.waiting, longest, row.answered, row.abandoned, share(row.service_level))
    return (*counts, _span(row.average_speed_of_answer), _span(row.average_handle_time))


def _others(row: QueueFigures) -> tuple[int, ...]:
    return (row.scheduled, row.held_now, row.moved, row.moved_in, row.expired, row.rejected)


def share(part: float | None) -> str:
    """Return a share of something, a dash where there is none."""
    return "-" if part is None else f"{part:.1%}"


def latency_words(latency: Latency) -> str:
    """Return how long the router took for a command."""
    if not latency.count:
        return "none yet"
    named = (("p50", latency.p50_ns), ("p99", latency.p99_ns), ("p99.9", latency.p999_ns), ("most", latency.longest_ns))
    return "  ".join(f"{name} {_short(length_ns)}" for name, length_ns in named)


def _short(length_ns: int) -> str:
    """Return a short time in three digits: ``950 ns``, ``2.1 µs``, ``34 µs``, ``1.2 ms``, ``3.4 s``."""
    if length_ns < 1_000:
        return f"{length_ns} ns"
    for unit_ns, unit in ((1_000, "µs"), (1_000_000, "ms")):
        if length_ns < 999.5 * unit_ns:
            number = length_ns / unit_ns
            return f"{number:.1f} {unit}" if number < 9.95 else f"{number:.0f} {unit}"
    return f"{length_ns / SECOND_NS:.1f} s"


def others_now(rows: Sequence[QueueFigures]) -> dict[str, int]:
    """Return how many interactions neither wait nor ring nor are served, by what they do instead."""
    return {"held": sum(row.held_now for row in rows), "scheduled": sum(row.scheduled for row in rows)}


def _span(span: timedelta | None) -> str:
    """Return a mean in a few columns: ``9.8 s``, ``211 s``, from 1,000 seconds on ``17m``, ``1h5m``."""
    if span is None:
        return "-"
    seconds = span.total_seconds()
    if seconds < 999.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    return format_duration(round(seconds / 60) * 60 * SECOND_NS)
