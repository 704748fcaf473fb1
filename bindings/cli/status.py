"""``acdcore status``: what a running server says of itself, for people or, as JSON, for programs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from rich.console import Console, Group
from rich.text import Text

from ..config import format_duration
from ..model import CenterFigures, QueueFigures
from ..rpc.client import Client
from .output import line, plain, table

SECOND_NS = 1_000_000_000


async def ask(address: str, timeout_s: float) -> tuple[CenterFigures, list[QueueFigures]]:
    """Ask a server for its center's figures.

    Raises:
        Unavailable, DeadlineExceeded: when it cannot be reached or does not answer in time.
        AcdError: when it refuses.
    """
    timeout = timedelta(seconds=timeout_s)
    async with Client(address, timeout=timeout) as client:
        await client.wait_until_ready(timeout)
        return await client.center_figures(), await client.figures()


def as_json(center: CenterFigures, queues: Sequence[QueueFigures]) -> str:
    """Return everything as one JSON object; keys carry their units, ids are escaped as JSON does."""
    whole: dict[str, Any] = dataclasses.asdict(center)
    whole["state_hash"] = f"{center.state_hash:016x}"  # 64 bits are more than JSON's readers can count
    whole["queues"] = [
        dataclasses.asdict(row) | {"service_level": row.service_level, "service_level_all": row.service_level_all}
        for row in queues
    ]
    return json.dumps(whole, indent=2)


def print_status(console: Console, address: str, center: CenterFigures, queues: Sequence[QueueFigures]) -> None:
    """Print the center in a few lines, a row for each queue and tier, and what came up besides where it did."""
    latency = center.decision_latency
    up_s = max(0, round(center.uptime.total_seconds()))
    at_work = f"{center.agents_available} available, {center.agents_offered} offered, {center.agents_busy} busy"
    away = f"{center.agents_wrap_up} in wrap-up, {center.agents_not_ready} not ready, {center.agents_offline} offline"
    decisions = f"{center.decisions:,} decisions, {center.commands:,} commands, {center.refusals:,} refusals"
    times = " ".join(
        f"{name} {value / 1000:,.1f} µs"
        for name, value in (("p50", latency.p50_ns), ("p99", latency.p99_ns), ("p99.9", latency.p999_ns))
    )
    console.print(
        Group(
            line("center ", plain(center.center, "bold"), f" on {address}, up {format_duration(up_s * SECOND_NS)}"),
            line("  agents     ", at_work, ","),
            line("             ", away),
            line("  occupancy  ", _share(center.occupancy)),
            line("  router     ", decisions),
            line("  latency    ", times if latency.count else "no decision yet"),
            Text(),
        )
    )
    columns = [(name, "left") for name in ("queue", "tier")]
    columns += [(name, "right") for name in ("waiting", "longest", "answered", "abandoned", "in target", "ASA", "AHT")]
    console.print(table(columns, [_row(row) for row in queues]))
    besides = [row for row in queues if any(_besides(row))]
    if besides:
        console.print()
        columns = [(name, "left") for name in ("besides", "tier")]
        columns += [(name, "right") for name in BESIDES]
        console.print(table(columns, [[row.queue, row.tier, *_besides(row)] for row in besides]))
    console.print(
        Text("in target: answered in target / (answered + abandoned - abandoned in target)", style="dim"),
        soft_wrap=True,
    )


BESIDES: Final = ("scheduled", "held", "moved", "moved in", "expired", "rejected")
"""What comes up in some queues only: scheduled and held now; moves and other ends since the start."""


def _besides(row: QueueFigures) -> tuple[int, ...]:
    return (row.scheduled, row.held_now, row.moved, row.moved_in, row.expired, row.rejected)


def _row(row: QueueFigures) -> list[object]:
    longest = format_duration(row.longest_wait_ns // SECOND_NS * SECOND_NS) if row.longest_wait_ns >= 0 else "-"
    counts = (row.waiting, longest, row.answered, row.abandoned, _share(row.service_level))
    return [row.queue, row.tier, *counts, _seconds(row.average_speed_of_answer), _seconds(row.average_handle_time)]


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _seconds(span: timedelta | None) -> str:
    return "-" if span is None else f"{span.total_seconds():,.1f} s"
