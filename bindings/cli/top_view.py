"""What ``acdcore top`` shows: frames of a terminal, made of a few samples of a center's figures and nothing else."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.text import Text

from ..model import QueueFigures
from .output import line, plain
from .status import FORMULA, Standing, latency_words, others_now, share, whole

SECOND_NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * SECOND_NS
RATE_NS: Final = MINUTE_NS
"""Rates are those of the last minute, of the service's time."""
LEVEL_NS: Final = 5 * MINUTE_NS
"""The recent service level is that of the last five minutes."""
MARKS: Final = 30
"""Samples kept of those minutes, whatever the interval: what a center of thousands of queues takes is bounded."""
TOLD_NS: Final = 60 * SECOND_NS
"""How long it is said that the server was restarted."""
HEAD_ROWS: Final = 8
FOOT_ROWS: Final = 3
LEAST_NAME: Final = 12

Key = tuple[str, str]


class Counts(NamedTuple):
    """What only grows of one queue and tier."""

    entered: int = 0
    answered: int = 0
    in_target: int = 0
    abandoned: int = 0
    abandoned_in_target: int = 0
    lost: int = 0
    """Abandoned, expired or rejected."""

    def plus(self, other: Counts) -> Counts:
        """Return both together."""
        return Counts(*map(sum, zip(self, other, strict=True)))

    def minus(self, other: Counts) -> Counts:
        """Return what has come since the other."""
        return Counts(*(mine - before for mine, before in zip(self, other, strict=True)))

    @property
    def service_level(self) -> float | None:
        """Answered in target / (answered + abandoned - abandoned in target); None when nothing counts."""
        eligible = self.answered + self.abandoned - self.abandoned_in_target
        return self.in_target / eligible if eligible > 0 else None


def counts_of(row: QueueFigures) -> Counts:
    """Return a row's counters."""
    lost = row.abandoned + row.expired + row.rejected
    entered = row.enqueued + row.moved_in
    return Counts(entered, row.answered, row.answered_in_target, row.abandoned, row.abandoned_in_target, lost)


class Mark(NamedTuple):
    """The counters of a center at one moment, by the service's time."""

    at_ns: int
    commands: int
    refusals: int
    offers: int
    rows: dict[Key, Counts]


class History:
    """What a center's counters were in the last minutes. Begins anew when the server does."""

    def __init__(self) -> None:
        self._marks: deque[Mark] = deque()
        self._start_ns = -1
        self.restarted_ns = -1
        """When the server that answers now began, if another one answered before; -1: none did."""
        self.now: Mark = Mark(0, 0, 0, 0, {})

    def add(self, standing: Standing) -> None:
        """Take a sample."""
        center = standing.center
        if self._start_ns not in (-1, center.start_ns):
            self._marks.clear()
            self.restarted_ns = center.start_ns
        self._start_ns = center.start_ns
        rows = {(row.queue, row.tier): counts_of(row) for row in standing.rows}
        self.now = Mark(center.figure_ns, center.commands, center.refusals, center.decisions, rows)
        if not self._marks or self.now.at_ns - self._marks[-1].at_ns >= LEVEL_NS // MARKS:
            self._marks.append(self.now)
        while len(self._marks) > 2 and self._marks[1].at_ns <= self.now.at_ns - LEVEL_NS:
            self._marks.popleft()

    def before(self, span_ns: int) -> Mark | None:
        """Return the sample that is a span of time old, or nearly, else the oldest; None: there is but one."""
        wanted_ns = self.now.at_ns - span_ns
        older = [mark for mark in self._marks if mark.at_ns < self.now.at_ns]
        return max((mark for mark in older if mark.at_ns <= wanted_ns), default=older[0] if older else None)

    def a_minute(self, keys: Iterable[Key]) -> Counts | None:
        """Return what some rows together have counted in a minute, at the rate of the last one; None: unknown yet."""
        before = self.before(RATE_NS)
        if before is None:
            return None
        grown = self._grown(keys, before)
        return Counts(*(round(MINUTE_NS * count / (self.now.at_ns - before.at_ns)) for count in grown))

    def service_level(self, keys: Iterable[Key]) -> float | None:
        """Return the service level of the last five minutes of some rows together."""
        before = self.before(LEVEL_NS)
        return None if before is None else self._grown(keys, before).service_level

    def _grown(self, keys: Iterable[Key], before: Mark) -> Counts:
        grown = Counts()
        for key in keys:
            grown = grown.plus(self.now.rows.get(key, Counts()).minus(before.rows.get(key, Counts())))
        return grown


class Order(NamedTuple):
    """An order of rows: the key that asks for it, and what it is called."""

    key: str
    short: str
    name: str


ORDERS: Final = (
    Order("u", "urgency", "urgency: how much of the promise the oldest wait has used up"),
    Order("w", "waits", "how many wait"),
    Order("o", "oldest", "the oldest wait"),
    Order("s", "SL", "the service level of the last five minutes"),
    Order("r", "rate", "how many come"),
    Order("n", "name", "name"),
)
"""The orders of rows, the worst first."""


@dataclass(frozen=True)
class Choice:
    """What whoever looks has asked for."""

    order: str = "u"
    tiers: bool = False
    first: int = 0
    """Rows that are scrolled past."""


@dataclass
class View:
    """All that a frame shows."""

    address: str
    standing: Standing
    history: History = field(default_factory=History)
    choice: Choice = field(default_factory=Choice)
    silent_s: float = 0.0
    """For how long the server has not answered; 0: it did."""


class Row(NamedTuple):
    """A line of the table: a queue, or a tier of it."""

    name: str
    figures: QueueFigures
    keys: tuple[Key, ...]
    is_tier: bool
    is_open: bool


def rows_of(view: View) -> list[Row]:
    """Return the rows in the order that was asked for; tiers stay below their queue."""
    doors = {queue.queue: queue.is_open for queue in view.standing.queues}
    blocks: list[list[Row]] = []
    for name, group in groupby(view.standing.rows, key=lambda row: row.queue):
        tiers = list(group)
        keys = tuple((row.queue, row.tier) for row in tiers)
        block = [Row(name, whole(tiers), keys, is_tier=False, is_open=doors.get(name, True))]
        if view.choice.tiers and len(tiers) > 1:
            block += [Row(row.tier, row, ((row.queue, row.tier),), is_tier=True, is_open=True) for row in tiers]
        blocks.append(block)
    blocks.sort(key=lambda block: _rank(view, block[0]))
    return [row for block in blocks for row in block]


def _rank(view: View, row: Row) -> tuple[float, float, str]:
    """Return what a queue is sorted by, the smallest first; names decide between equals."""
    figures, oldest_ns = row.figures, float(row.figures.longest_wait_ns)
    match view.choice.order:
        case "w":
            return -float(figures.waiting), -oldest_ns, row.name
        case "o":
            return -oldest_ns, -float(figures.waiting), row.name
        case "s":
            level = view.history.service_level(row.keys)
            return (2.0 if level is None else level), -float(figures.waiting), row.name
        case "r":
            rate = view.history.a_minute(row.keys)
            return -float(rate.entered if rate else 0), -float(figures.waiting), row.name
        case "n":
            return 0.0, 0.0, row.name
    used = oldest_ns / max(1, figures.target_ns) if oldest_ns >= 0 else -1.0
    return -used, -float(figures.waiting), row.name


# ---------------------------------------------------------------------- lines


def frame(view: View, width: int = 80, height: int | None = None) -> list[Text]:
    """Return the lines of a frame, none wider than ``width`` columns; ``height`` lines at most, None: all rows."""
    rows = rows_of(view)
    room = len(rows) if height is None else max(1, height - HEAD_ROWS - FOOT_ROWS)
    first = min(view.choice.first, max(0, len(rows) - room))
    shown = rows[first : first + room]
    lines = [*_head(view), *_table(view, shown, width)]
    if height is None:
        return [_fit(one, width) for one in lines]
    lines += [Text("")] * (height - FOOT_ROWS - len(lines))
    lines += _foot(view, first, len(shown), len(rows), width)
    return [_fit(one, width) for one in lines[:height]]


def _fit(text: Text, width: int) -> Text:
    text.truncate(width, overflow="ellipsis")
    return text


def _head(view: View) -> Iterator[Text]:
    center, rows = view.standing.center, view.standing.rows
    yield _title(view)
    there = center.agents_available + center.agents_offered + center.agents_busy + center.agents_wrap_up
    at_work = (center.agents_busy + center.agents_wrap_up) / there if there else None
    agents = (
        (center.agents_available, "available"),
        (center.agents_offered, "ringing"),
        (center.agents_busy, "busy"),
        (center.agents_wrap_up, "wrap-up"),
        (center.agents_not_ready, "not ready"),
        (center.agents_offline, "offline"),
    )
    yield _labelled("agents", "  ".join(f"{count:,} {what}" for count, what in agents))
    yield _labelled("at work", f"{share(at_work)} now, {share(center.occupancy)} since start")
    oldest_ns = max((row.longest_wait_ns for row in rows), default=-1)
    waiting = f"{sum(row.waiting for row in rows):,} wait" + (f" ({span(oldest_ns)} at most)" if oldest_ns >= 0 else "")
    parts = [waiting, f"{sum(row.offered for row in rows):,} ring", f"{sum(row.active for row in rows):,} are served"]
    parts += [f"{count:,} {what}" for what, count in others_now(rows).items() if count]
    yield _labelled("customers", "  ".join(parts))
    keys = list(view.history.now.rows)
    yield _labelled("a minute", _rates(view, keys))
    recent, since = share(view.history.service_level(keys)), share(whole(rows).service_level if rows else None)
    yield _labelled("in target", f"{recent} in 5 minutes, {since} since start")
    inside = f"  inbox {center.inbox:,}  streams {center.watchers:,}"
    yield _labelled("a command", latency_words(center.decision_latency) + inside)


def _title(view: View) -> Text:
    center = view.standing.center
    title = line(plain(center.center, "bold"), " on ", plain(view.address))
    if view.silent_s > 0:
        title.append(f", no answer for {span(int(view.silent_s * SECOND_NS))}, trying again", style="bold red")
        return title
    title.append(f", up {span(center.figure_ns - center.start_ns)}")
    if view.history.restarted_ns >= 0 and center.figure_ns - view.history.restarted_ns < TOLD_NS:
        title.append(", restarted: rates begin anew", style="bold yellow")
    elif center.version:
        title.append(f", acdcore {center.version}")
    return title


def _labelled(label: str, words: str) -> Text:
    return line(Text(f"{label:<10}", style="bold"), words)


def _rates(view: View, keys: list[Key]) -> str:
    rate = view.history.a_minute(keys)
    before = view.history.before(RATE_NS)
    if rate is None or before is None:
        return "known after the second look"
    now, span_ns = view.history.now, view.history.now.at_ns - before.at_ns
    commands, refusals = (
        MINUTE_NS * count / span_ns for count in (now.commands - before.commands, now.refusals - before.refusals)
    )
    return (
        f"{rate.entered:,} in  {rate.answered:,} answered  {rate.lost:,} lost  "
        f"{commands:,.0f} commands  {refusals:,.0f} refused"
    )


HEADINGS: Final = ("waits", "oldest", "target", "in/m", "ans/m", "lost/m", "5m SL", "SL")
WIDTHS: Final = (5, 6, 6, 5, 5, 6, 6, 6)
"""Columns that figures have at least, so that they stand still while they change."""


def _cells(view: View, row: Row) -> list[Text]:
    figures, rate = row.figures, view.history.a_minute(row.keys)
    late = figures.longest_wait_ns > figures.target_ns
    oldest = Text(
        span(figures.longest_wait_ns) if figures.longest_wait_ns >= 0 else "-", style="bold red" if late else ""
    )
    waits = Text(f"{figures.waiting:,}", style="bold" if figures.waiting else "dim")
    rates = ["-"] * 3 if rate is None else [f"{rate.entered:,}", f"{rate.answered:,}", f"{rate.lost:,}"]
    levels = [share(view.history.service_level(row.keys)), share(figures.service_level)]
    return [waits, oldest, *map(Text, (span(figures.target_ns), *rates, *levels))]


def _table(view: View, rows: Sequence[Row], width: int) -> Iterator[Text]:
    drawn = [(row, _cells(view, row)) for row in rows]
    columns = [[Text(heading), *(cells[at] for _, cells in drawn)] for at, heading in enumerate(HEADINGS)]
    widths = [
        max(least, *(cell_len(one.plain) for one in column)) for least, column in zip(WIDTHS, columns, strict=True)
    ]
    room = max(LEAST_NAME, width - sum(widths) - 2 * len(widths))
    yield _aligned(Text("queue"), room, [Text(heading) for heading in HEADINGS], widths, "reverse")
    if not rows:
        yield Text("no queues", style="dim")
    for row, cells in drawn:
        name = Text.assemble("  " * row.is_tier, plain(row.name))
        if not row.is_open:
            name.append(" closed", style="yellow")
        yield _aligned(name, room, cells, widths, "dim" if row.is_tier else "")


def _aligned(name: Text, room: int, cells: Sequence[Text], widths: Sequence[int], style: str) -> Text:
    name.truncate(room, overflow="ellipsis")
    name.append(" " * (room - cell_len(name.plain)))
    for cell, width in zip(cells, widths, strict=True):
        name.append(" " * (2 + width - cell_len(cell.plain)))
        name.append_text(cell)
    if style:
        name.stylize_before(style)
    return name


def _foot(view: View, first: int, shown: int, count: int, width: int) -> Iterator[Text]:
    ordered = next(order.name for order in ORDERS if order.key == view.choice.order)
    where = f"rows {first + 1:,} to {first + shown:,} of {count:,}" if shown < count else "all rows"
    yield Text(FORMULA, style="dim")
    yield Text(f"{where}, by {ordered}", style="dim")
    keys = "  ".join(f"{order.key} {order.short}" for order in ORDERS)
    yield Text(f"q quit  t tiers  ↑↓ rows  {keys}".ljust(width), style="reverse")


def span(length_ns: int) -> str:
    """Return a length of time in at most six columns: ``9s``, ``12m34s``, ``5h07m``, ``12d03h``, ``1,234d``."""
    seconds = max(0, length_ns) // SECOND_NS
    if seconds < 100:
        return f"{seconds}s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 100:
        return f"{minutes}m{seconds:02}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 100:
        return f"{hours}h{minutes:02}m"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours:02}h" if days < 100 else f"{days:,}d"


def scrolled(choice: Choice, by: int) -> Choice:
    """Return a choice with other rows in view."""
    return replace(choice, first=max(0, choice.first + by))


def pressed(choice: Choice, key: str, page: int) -> Choice | None:
    """Return what a key makes of a choice, None: whoever pressed it wants to go."""
    if key in ("q", "Q", "\x03", "\x04"):
        return None
    if any(order.key == key for order in ORDERS):
        return replace(choice, order=key, first=0)
    if key == "t":
        return replace(choice, tiers=not choice.tiers, first=0)
    steps = {"\x1b[A": -1, "k": -1, "\x1b[B": 1, "j": 1, "\x1b[5~": -page, "\x1b[6~": page, " ": page}
    return scrolled(choice, steps[key]) if key in steps else choice
