"""``acdcore check``: what a center's file comes to, defaults included, in tables of 80 columns."""

from __future__ import annotations

from itertools import islice
from typing import Final

from rich.console import Console
from rich.text import Text

from ..config import Center, format_duration
from ..router.codes import PPM
from .output import plain, table

MOST_ROWS: Final = 50
"""Rows of one table that are printed; a center may have thousands of queues."""
_TIER = (("tier", "left"), ("rank", "right"), ("head start", "right"), ("target factor", "right"), ("", "left"))
_QUEUE = (
    ("queue", "left"),
    ("target", "right"),
    ("priority", "right"),
    ("offer", "right"),
    ("wrap-up", "right"),
    ("cool-down", "right"),
    ("waiting", "right"),
    ("handling", "right"),
)


def print_effective(console: Console, center: Center) -> None:
    """Print a valid center's effective values: settings, tiers, queues, in the file's order."""
    settings = center.settings
    lease = f"{format_duration(settings.lease_ns)}, then {format_duration(settings.lease_grace_ns)} of grace"
    half_life = format_duration(settings.occupancy_half_life_ns)
    console.print()
    console.print(Text(f"lease                {lease if settings.lease_ns else 'none: presence never lapses'}"))
    console.print(Text(f"occupancy half-life  {half_life}"))
    console.print(Text(f"interactions         at most {settings.max_interactions:,}"))
    tiers, default = center.all_tiers(), center.default_tier()
    rows = [
        (
            name,
            tier.rank,
            format_duration(tier.head_start_ns),
            f"{tier.target_factor_ppm / PPM:.6g}",
            Text("default: of customers without a tier" if name == default else ""),
        )
        for name, tier in islice(tiers.items(), MOST_ROWS)
    ]
    console.print()
    console.print(table(_TIER, rows, fold=True))
    if len(tiers) > MOST_ROWS:
        console.print(Text.assemble(f"and {len(tiers) - MOST_ROWS:,} more; default: ", plain(default)))
    _print_queues(console, center)


def _print_queues(console: Console, center: Center) -> None:
    rows = [
        (
            name,
            format_duration(queue.target_ns),
            queue.priority,
            format_duration(queue.offer_timeout_ns),
            format_duration(queue.wrap_up_ns),
            format_duration(queue.cool_down_ns),
            f"{queue.max_waiting:,}",
            format_duration(queue.max_handle_time_ns),
        )
        for name, queue in islice(center.queues.items(), MOST_ROWS)
    ]
    if not rows:
        return
    console.print()
    console.print(table(_QUEUE, rows, fold=True))
    if len(center.queues) > MOST_ROWS:
        console.print(Text(f"and {len(center.queues) - MOST_ROWS:,} more"))
    console.print(Text("offer: how long it rings; waiting and handling: at most", style="dim"))
