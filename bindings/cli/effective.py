"""``acdcore check``: what a center's file comes to, defaults included, in tables of 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from ..config import Center, Queue, format_duration
from ..config.staffing import Staff
from ..config.words import besides_words, calendar_words, fate_words, step_words
from ..errors import shown
from ..router.codes import PPM, OnExpiry, Order, Overflow
from .output import plain, sentence, table

MOST_ROWS: Final = 50
"""Parts of one kind, such as queues, that are printed; a center may have thousands."""
_ORDERS: Final = {
    Order.DUE: "whose promise ends first",
    Order.PROPORTIONAL: "whose promise is used up most",
}
_CHANNEL = (("channel", "left"), ("cost", "right"), ("at once", "right"), ("interrupts", "left"), ("", "left"))
_TIER = (("tier", "left"), ("rank", "right"), ("head start", "right"), ("target factor", "right"), ("", "left"))
_CALENDAR = (("calendar", "left"), ("time zone", "left"), ("open", "left"))
_QUEUE = (
    ("queue", "left"),
    ("channel", "left"),
    ("target", "right"),
    ("priority", "right"),
    ("strategy", "left"),
    ("wrap-up", "right"),
    ("handling", "right"),
)
_PLAN = (("queue", "left"), ("after", "right"), ("who may serve", "left"), ("agents who could", "left"))
_SETTING = (("setting", "left"), ("value", "right"), ("default", "right"))
_TOLD_ABOVE = ("lease_ns", "lease_grace_ns", "occupancy_half_life_ns", "max_interactions", "order")
"""Settings that are printed whether or not they differ from their defaults."""
_OFFERS = (
    ("queue", "left"),
    ("rings", "left"),
    ("who misses it", "left"),
    ("cool-down", "right"),
    ("after", "left"),
    ("then", "left"),
)
_OVERFLOW = (
    ("queue", "left"),
    ("hours", "left"),
    ("closed", "left"),
    ("unstaffed", "left"),
    ("full", "left"),
    ("longest wait", "left"),
)
_BESIDES = (("queue", "left"), ("besides", "left"))
_ENDS = {Overflow.REJECT: "ends"}

Rows = Iterable[Sequence[Any]]


def print_effective(console: Console, center: Center) -> None:
    """Print what a valid center comes to: settings, channels, tiers, calendars, queues, in the file's order.

    Of the settings those that nobody has to know of are printed only where they differ from their defaults.
    """
    settings = center.settings
    lease = f"{format_duration(settings.lease_ns)}, then {format_duration(settings.lease_grace_ns)} of grace"
    console.print()
    console.print(Text(f"lease                {lease if settings.lease_ns else 'none: presence never lapses'}"))
    console.print(Text(f"occupancy half-life  {format_duration(settings.occupancy_half_life_ns)}"))
    console.print(Text(f"interactions         at most {settings.max_interactions:,}"))
    console.print(Text(f"order                {settings.order.name.lower()}: {_ORDERS[settings.order]}"))
    fields = type(settings).model_fields
    told = ((name, getattr(settings, name), fields[name].default) for name in fields if name not in _TOLD_ABOVE)
    _print(console, _SETTING, ((name, f"{it:,}", f"{usual:,}") for name, it, usual in told if it != usual), 0)
    channels = (
        (
            name,
            channel.cost,
            channel.most_at_once,
            sentence(", ".join(channel.interrupts) or "nothing"),
            "nothing else during wrap-up" if channel.exclusive_wrap_up else "",
        )
        for name, channel in center.all_channels().items()
    )
    _print(console, _CHANNEL, channels, 0)
    tiers, default = center.all_tiers(), center.default_tier()
    rows = (
        (
            name,
            tier.rank,
            format_duration(tier.head_start_ns),
            f"{tier.target_factor_ppm / PPM:.6g}",
            Text("default: of customers without a tier" if name == default else ""),
        )
        for name, tier in islice(tiers.items(), MOST_ROWS)
    )
    _print(console, _TIER, rows, len(tiers), Text.assemble("; default: ", plain(default)))
    calendars = (
        (name, calendar.time_zone, sentence(calendar_words(calendar)))
        for name, calendar in islice(center.calendars.items(), MOST_ROWS)
    )
    _print(console, _CALENDAR, calendars, len(center.calendars))
    _print_queues(console, center)


def _print(console: Console, columns: Sequence[tuple[str, str]], rows: Rows, count: int, more: Text | str = "") -> None:
    """Print a table, if there is anything in it; ``count`` is of how many parts these are the first ones."""
    known = list(rows)
    if not known:
        return
    console.print()
    console.print(table(columns, known, fold=True))
    if count > MOST_ROWS:
        console.print(Text.assemble(f"and {count - MOST_ROWS:,} more", more))


def _print_queues(console: Console, center: Center) -> None:
    def show(columns: Sequence[tuple[str, str]], rows: Callable[[str, Queue], Rows]) -> None:
        first = islice(center.queues.items(), MOST_ROWS)
        _print(console, columns, (row for name, queue in first for row in rows(name, queue)), len(center.queues))

    staff = Staff(center)
    show(_QUEUE, _queue)
    if center.queues:
        console.print(Text("wrap-up and handling: at most", style="dim"))
    show(_PLAN, lambda name, queue: _plan(name, queue, staff))
    show(_OFFERS, _offers)
    show(_OVERFLOW, _overflow)
    show(_BESIDES, _besides)


def _queue(name: str, queue: Queue) -> Rows:
    yield (
        name,
        queue.channel,
        format_duration(queue.target_ns),
        queue.priority,
        queue.strategy.name.lower(),
        format_duration(queue.wrap_up_ns),
        format_duration(queue.max_handle_time_ns),
    )


def _plan(name: str, queue: Queue, staff: Staff) -> Rows:
    for number, (step, requirement) in enumerate(zip(queue.plan, queue.requirements(), strict=True)):
        is_first = number == 0
        could = "" if requirement is None else _agents(staff, staff.able(requirement, queue.channel))
        words = sentence(step_words(step, is_first=is_first))
        yield name if is_first else "", format_duration(step.after_ns), words, sentence(could)


def _agents(staff: Staff, mask: int) -> str:
    """Return how many agents a mask stands for, and who they are, or the first few: ``32: anna, desk-1, desk-2...``."""
    count, names = staff.count(mask), [shown(name) for name in staff.names(mask)]
    if not count:
        return "nobody"
    return f"{count:,}: {', '.join(names)}{', ...' if count > len(names) else ''}"


def _offers(name: str, queue: Queue) -> Rows:
    rings = format_duration(queue.offer_timeout_ns)
    if queue.shared_offers > 1:
        rings = f"{rings} at {queue.shared_offers}"
    fate = fate_words(queue.on_held, _ENDS | {Overflow.WAIT: f"held {format_duration(queue.held_for_ns)}, tried again"})
    yield (
        name,
        "accepted at once" if queue.auto_accept else rings,
        "not ready" if queue.on_expiry == OnExpiry.NOT_READY else "stays available",
        format_duration(queue.cool_down_ns),
        f"{queue.max_offers:,} miss{'es' * (queue.max_offers != 1)}",
        fate,
    )


def _overflow(name: str, queue: Queue) -> Rows:
    hours = queue.calendar or "always"
    if queue.calendar and queue.at_closing == "turn_away":
        hours = f"{hours}, turns away"
    longest = f"{format_duration(queue.max_wait_ns)}: {fate_words(queue.on_max_wait, _ENDS)}"
    yield (
        name,
        hours,
        fate_words(queue.on_closed),
        fate_words(queue.on_unstaffed),
        f"{queue.max_waiting:,}: {fate_words(queue.on_full)}",
        longest if queue.max_wait_ns else "none",
    )


def _besides(name: str, queue: Queue) -> Rows:
    for number, words in enumerate(besides_words(queue)):
        yield "" if number else name, sentence(words)
