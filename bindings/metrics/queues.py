"""The families of queues and tiers: columns of what was copied, put into text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import iter_unpack
from typing import Final

from ..router.arithmetic import MASK64
from ..router.batch import CELL, DOOR, packed
from ..router.codes import QUEUE_RULES, SECOND_NS, QueueField
from .copies import Copied, Names
from .text import ROWS_AT_ONCE, Page, breathe, labels_text

_WORDS: Final = packed(CELL).size // 8
"""Words of 64 bits in a row; its first holds queue and tier."""
_PLACES: Final = {name: place - 1 for place, (name, kind) in enumerate(CELL) if kind != "i4"}
"""Column -> which word of a row."""
COUNTERS: Final = (
    "enqueued",
    "answered",
    "in_target",
    "abandoned",
    "abandoned_in_target",
    "completed",
    "offers_made",
    "offers_declined",
    "offers_expired",
    "offers_revoked",
    "offers_failed",
    "returned",
    "moved",
    "moved_in",
    "held",
    "expired",
    "rejected",
)
"""Columns that only grow."""
STANDING: Final = ("waiting", "offered", "active", "held_now", "scheduled")
"""Columns that count what is there now."""
MAX_SHARED: Final = QUEUE_RULES[QueueField.SHARED].greatest
_TIMES: Final = ("wait_ns", "handle_ns", "wrap_up_ns")


@dataclass(slots=True)
class Rows:
    """A row for each (queue, tier), column by column.

    Attributes:
        keys: (queue, tier) as slots.
        columns: the columns of ``COUNTERS`` and ``STANDING``, and ``since_ns``.
        times: the sums of times, in ns.
        bins: wait bins of each row, one more than there are edges.
        edges_ns: upper edges of the wait bins.
    """

    keys: list[tuple[int, int]] = field(default_factory=list)
    columns: dict[str, list[int]] = field(default_factory=dict)
    times: dict[str, list[int]] = field(default_factory=dict)
    bins: list[list[int]] = field(default_factory=list)
    edges_ns: tuple[int, ...] = ()


def rows_of(copied: Copied) -> Rows:
    """Read what was copied; queues whose default tier was never used get a row of zeros for it."""
    names = ("since_ns", *COUNTERS, *STANDING)
    rows = Rows(columns={name: [] for name in names}, times={name: [] for name in _TIMES})
    rows.edges_ns = copied.edges_ns[-1] if copied.edges_ns else ()
    for piece, edges_ns in zip(copied.cells, copied.edges_ns, strict=True):
        whole, halves = piece.cast("q"), piece.cast("i")
        rows.keys += zip(halves[0 :: 2 * _WORDS].tolist(), halves[1 :: 2 * _WORDS].tolist(), strict=True)
        for name in names:
            rows.columns[name] += whole[_PLACES[name] :: _WORDS].tolist()
        for name in _TIMES:
            low, high = (whole[_PLACES[f"{name}_{half}"] :: _WORDS].tolist() for half in ("low", "high"))
            rows.times[name] += [(one & MASK64) + (other << 64) for one, other in zip(low, high, strict=True)]
        first, missing = _PLACES["waits_0"], [place for place, edge in enumerate(rows.edges_ns) if edge not in edges_ns]
        for begin in range(first, len(whole), _WORDS):
            bins = whole[begin : begin + len(edges_ns) + 1].tolist()
            for place in missing:  # an edge that came while the copy was made: nothing was counted there before
                bins.insert(place, 0)
            rows.bins.append(bins)
        breathe()
    there = {queue for queue, tier in rows.keys if tier == copied.default_tier}
    queues = len(copied.doors) // packed(DOOR).size
    lacking = [(queue, copied.default_tier) for queue in range(queues) if queue not in there]
    rows.keys += lacking
    for column in (*rows.columns.values(), *rows.times.values()):
        column.extend([0] * len(lacking))
    rows.bins += [[0] * (len(rows.edges_ns) + 1) for _ in lacking]
    return rows


# ---------------------------------------------------------------------- text

_PLAIN: Final = {
    "acdcore_enqueued_total": "enqueued",
    "acdcore_answered_total": "answered",
    "acdcore_service_level_met_total": "in_target",
    "acdcore_abandoned_in_target_total": "abandoned_in_target",
    "acdcore_returned_total": "returned",
    "acdcore_moved_total": "moved",
    "acdcore_moved_in_total": "moved_in",
    "acdcore_held_total": "held",
    "acdcore_waiting_interactions": "waiting",
    "acdcore_offered_interactions": "offered",
    "acdcore_active_interactions": "active",
    "acdcore_held_interactions": "held_now",
    "acdcore_scheduled_interactions": "scheduled",
}
"""Families that are a column of the router's."""
_BY_OUTCOME: Final = {
    "acdcore_interactions_ended_total": {
        "completed": "completed",
        "abandoned": "abandoned",
        "expired": "expired",
        "rejected": "rejected",
    },
    "acdcore_offers_total": {
        "made": "offers_made",
        "accepted": "answered",
        "declined": "offers_declined",
        "expired": "offers_expired",
        "revoked": "offers_revoked",
        "failed": "offers_failed",
    },
}


class QueueText:
    """Writes the families of queues and tiers of one center; keeps the text of labels from scrape to scrape."""

    def __init__(self, center: str, names: Names) -> None:
        self._center = center
        self._names = names
        self._labels: dict[tuple[int, int], str] = {}
        self._queue_labels: list[str] = []

    def write(self, page: Page, rows: Rows, copied: Copied) -> None:
        """Write all of them."""
        labels = self._labels_of(rows.keys)
        columns = rows.columns
        for name, column in _PLAIN.items():
            page.add_rows(name, labels, columns[column])
        for name, outcomes in _BY_OUTCOME.items():
            for outcome, column in outcomes.items():
                page.add_rows(name, labels, columns[column], f'outcome="{outcome}"')
        eligible = zip(columns["answered"], columns["abandoned"], columns["abandoned_in_target"], strict=True)
        page.add_rows("acdcore_service_level_eligible_total", labels, [one + two - out for one, two, out in eligible])
        page.add_rows("acdcore_handle_seconds_total", labels, _seconds(rows.times["handle_ns"]))
        page.add_rows("acdcore_wrap_up_seconds_total", labels, _seconds(rows.times["wrap_up_ns"]))
        since = zip(columns["since_ns"], columns["waiting"], strict=True)
        oldest = [max(0, copied.now_ns - since_ns) if waiting else 0 for since_ns, waiting in since]
        page.add_rows("acdcore_oldest_wait_seconds", labels, _seconds(oldest))
        doors = list(iter_unpack(packed(DOOR).format, copied.doors))
        targets = [doors[queue][0] for queue, _ in rows.keys]
        page.add_rows("acdcore_target_seconds", labels, _seconds(targets))
        page.add_histogram(
            "acdcore_wait_seconds", rows.edges_ns, zip(labels, rows.bins, rows.times["wait_ns"], strict=True)
        )
        whole = self._labels_of_queues(len(doors))
        page.add_rows("acdcore_queue_open", whole, [door[2] for door in doors])
        page.add_rows("acdcore_queue_staffed", whole, [door[3] for door in doors])

    def _labels_of(self, keys: Sequence[tuple[int, int]]) -> list[str]:
        for queue, tier in keys:
            if (queue, tier) not in self._labels:
                values = (self._center, self._names.queues[queue], self._names.tiers[tier])
                self._labels[queue, tier] = labels_text(("center", "queue", "tier"), values)
        return [self._labels[key] for key in keys]

    def _labels_of_queues(self, count: int) -> list[str]:
        for name in self._names.queues[len(self._queue_labels) : count]:
            self._queue_labels.append(labels_text(("center", "queue"), (self._center, name)))
        return self._queue_labels[:count]


def _seconds(times_ns: Sequence[int]) -> list[float]:
    return [time_ns / SECOND_NS for time_ns in times_ns]


# ---------------------------------------------------------------------- books


class Books:
    """Checks that what was copied adds up: a row's counters with each other, and with those of the scrape before."""

    def __init__(self) -> None:
        self._before: dict[tuple[int, int], tuple[int, ...]] = {}

    def check(self, rows: Rows) -> list[str]:
        """Return what is wrong, a line for each; no line names anything but slots."""
        wrong: list[str] = []
        columns = rows.columns
        counts = zip(*(columns[name] for name in COUNTERS), strict=True)
        standing = zip(*(columns[name] for name in STANDING), strict=True)
        after: dict[tuple[int, int], tuple[int, ...]] = {}
        for number, (key, counted, there, bins) in enumerate(zip(rows.keys, counts, standing, rows.bins, strict=True)):
            if number % ROWS_AT_ONCE == 0:
                breathe()
            after[key] = counted
            wrong += [f"queue {key[0]}, tier {key[1]}: {problem}" for problem in problems(counted, there, bins)]
            before = self._before.get(key)
            if before is not None and before != counted and any(map(int.__gt__, before, counted)):
                wrong.append(f"queue {key[0]}, tier {key[1]}: a counter is less than it was")
        self._before = after
        return wrong


def problems(counted: tuple[int, ...], there: tuple[int, ...], bins: Sequence[int]) -> list[str]:
    """Return what does not add up in a row: its counters, what is there now, and its waits."""
    enqueued, answered, in_target, abandoned, abandoned_in_target, completed, made, *rest = counted
    declined, lapsed, revoked, failed, returned, moved, moved_in, _held, expired, rejected = rest
    _waiting, ringing, active, *_ = there
    ended, served = completed + abandoned + expired + rejected, completed + active + returned
    open_offers = made - answered - declined - lapsed - revoked - failed
    wrong = []
    if enqueued + moved_in != ended + moved + sum(there):
        wrong.append(f"{enqueued + moved_in} came, {ended + moved} went, {sum(there)} are there")
    if sum(bins) != answered:
        wrong.append(f"{answered} were answered, but {sum(bins)} waits are counted")
    if in_target > answered or abandoned_in_target > abandoned:
        wrong.append("more within the target than in all")
    if not served <= answered <= served + moved:  # some moved on while they were served
        wrong.append(f"{answered} were answered, {served} served, {moved} moved")
    if open_offers > MAX_SHARED * ringing or open_offers + returned < ringing:  # some failed after they were accepted
        wrong.append(f"{ringing} ring, but {open_offers} offers are open")
    if min(*counted, *there, *bins) < 0:
        wrong.append("a count below 0")
    return wrong
