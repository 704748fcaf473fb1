"""What is looked at every few seconds of a soak: the server's process, its page, its figures, and what people met."""

from __future__ import annotations

import asyncio
import csv
import math
import os
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, TypeVar

from prometheus_client.parser import text_string_to_metric_families

from ...errors import Unavailable
from ...model import CenterFigures, QueueFigures
from ...rpc.client import Client
from ...sim.outcome import quantile
from ..process_use import process_use
from .books import Books

T = TypeVar("T")
ASKS: Final = 3
PAGE_LIMIT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One look. Sizes and gauges are of that moment; ``cpu``, rates and latencies of the time since the look before.

    ``cpu``: processor seconds of the server in a second, ``driver_cpu`` of this program. ``late_…``: how late this
    program itself sent. ``adds_up``: every queue's and tier's figures of one moment, and the page between two looks.
    Latencies are in milliseconds, NaN when there were none.
    """

    at_s: float
    rss_mib: float
    files: int
    threads: int
    cpu: float
    driver_cpu: float
    driver_rss_mib: float
    planned_rate: float
    late_p99_ms: float
    late_max_ms: float
    enqueue_p50_ms: float
    enqueue_p99_ms: float
    enqueue_max_ms: float
    offer_p50_ms: float
    offer_p99_ms: float
    offer_max_ms: float
    accept_p50_ms: float
    accept_p99_ms: float
    complete_p50_ms: float
    complete_p99_ms: float
    commands_rate: float
    decision_p99_us: float
    waiting: int
    ringing: int
    active: int
    held: int
    scheduled: int
    interactions: int
    there: int
    agents_signed_in: int
    agents_at_work: int
    watchers: int
    inbox: int
    enqueued: int
    completed: int
    abandoned: int
    expired: int
    rejected: int
    page_ms: float
    page_bytes: int
    page_samples: int
    page_violations: int
    adds_up: bool


COLUMNS: Final = tuple(field.name for field in fields(Sample))


def wrong_rows(rows: Iterable[QueueFigures]) -> list[str]:
    """Return the queues and tiers whose figures do not add up: whoever came in is somewhere, or went out.

    The figures must be of one moment, as one answer of the server has them.
    """
    wrong = []
    for row in rows:
        came = row.enqueued + row.moved_in
        here = row.waiting + row.offered + row.active + row.held_now + row.scheduled
        went = row.completed + row.abandoned + row.expired + row.rejected + row.moved
        if came != here + went:
            wrong.append(f"{row.queue}/{row.tier}: {came} came in, {here} are there, {went} went out")
        accepted_at_most = row.offers_made - row.offers_declined - row.offers_expired - row.offers_revoked
        if row.offers_accepted > accepted_at_most:
            wrong.append(f"{row.queue}/{row.tier}: {row.offers_accepted} offers accepted of {accepted_at_most} left")
    return wrong


@dataclass(frozen=True, slots=True)
class Page:
    """One scrape: the sum of each metric over its labels, and what the scrape took."""

    sums: dict[str, float]
    samples: int
    size: int
    seconds: float


def read_page(url: str) -> Page:
    """Scrape a Prometheus page. Raises OSError when it cannot be had, ValueError when it cannot be read."""
    begun = time.perf_counter()
    with urllib.request.urlopen(url, timeout=PAGE_LIMIT_S) as answer:
        text = answer.read().decode("utf-8")
    took = time.perf_counter() - begun
    sums: dict[str, float] = {}
    samples = 0
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
            samples += 1
    return Page(sums, samples, len(text), took)


async def again(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask, up to a few times while the connection is cut. Raises AcdError."""
    for _ in range(ASKS - 1):
        try:
            return await ask()
        except Unavailable:
            await asyncio.sleep(1.0)
    return await ask()


class Watch:
    """Looks at a running soak, and keeps every look in memory and, line by line, in a CSV file."""

    def __init__(self, client: Client, pid: int, page_url: str, books: Books, csv_path: Path) -> None:
        self.samples: list[Sample] = []
        self.wrong: list[str] = []
        """What did not add up, in words; at most a hundred."""
        self._client = client
        self._pid = pid
        self._page_url = page_url
        self._books = books
        self._file = csv_path.open("w", newline="", encoding="utf-8")
        self._csv = csv.DictWriter(self._file, COLUMNS, lineterminator="\n")
        self._csv.writeheader()
        self._begun = time.monotonic()
        self._last: tuple[float, float, float, int, int] = (self._begun, *self._cpu(), 0, 0)

    def _cpu(self) -> tuple[float, float]:
        return process_use(self._pid).cpu_s, process_use().cpu_s

    def restart(self) -> None:
        """The soak begins now: what was before is not measured."""
        self._books.window()
        self._begun = time.monotonic()
        self._last = (self._begun, *self._cpu(), self._last[3], self._books.arrived)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    async def look(self, there: int) -> Sample:
        """Look once; ``there``: customers that this side believes to be there. Raises OSError, AcdError."""
        before = await again(self._client.figures)
        page = await asyncio.to_thread(read_page, self._page_url)
        after = await again(self._client.figures)
        center = await again(self._client.center_figures)
        wrong = [*wrong_rows(before), *wrong_rows(after), *_outside(page, before, after)]
        self.wrong = [*self.wrong, *wrong][:100]
        sample = self._sample(page, after, center, there, adds_up=not wrong)
        self.samples.append(sample)
        self._csv.writerow(asdict(sample))
        self._file.flush()
        return sample

    def _sample(
        self, page: Page, rows: list[QueueFigures], center: CenterFigures, there: int, *, adds_up: bool
    ) -> Sample:
        now = time.monotonic()
        use, own = process_use(self._pid), process_use()
        last, cpu, own_cpu, commands, arrived = self._last
        self._last = (now, use.cpu_s, own.cpu_s, center.commands, self._books.arrived)
        length = max(now - last, 1e-9)
        times = self._books.window()

        def ms(name: str, share: float) -> float:
            return round(quantile(times[name], share) / 1e6, 3) if times[name] else math.nan

        def total(name: str) -> int:
            return sum(getattr(row, name) for row in rows)

        return Sample(
            at_s=round(now - self._begun, 3),
            rss_mib=round(use.rss_mib, 3),
            files=use.files,
            threads=use.threads,
            cpu=round((use.cpu_s - cpu) / length, 4),
            driver_cpu=round((own.cpu_s - own_cpu) / length, 4),
            driver_rss_mib=round(own.rss_mib, 3),
            planned_rate=round((self._books.arrived - arrived) / length, 2),
            late_p99_ms=ms("late", 0.99),
            late_max_ms=ms("late", 1.0),
            enqueue_p50_ms=ms("enqueue", 0.5),
            enqueue_p99_ms=ms("enqueue", 0.99),
            enqueue_max_ms=ms("enqueue", 1.0),
            offer_p50_ms=ms("offer", 0.5),
            offer_p99_ms=ms("offer", 0.99),
            offer_max_ms=ms("offer", 1.0),
            accept_p50_ms=ms("accept", 0.5),
            accept_p99_ms=ms("accept", 0.99),
            complete_p50_ms=ms("complete", 0.5),
            complete_p99_ms=ms("complete", 0.99),
            commands_rate=round((center.commands - commands) / length, 1),
            decision_p99_us=center.decision_latency.p99_ns / 1e3,
            waiting=total("waiting"),
            ringing=total("offered"),
            active=total("active"),
            held=total("held_now"),
            scheduled=total("scheduled"),
            interactions=center.interactions,
            there=there,
            agents_signed_in=center.agents_available + center.agents_offered + center.agents_busy
            + center.agents_wrap_up + center.agents_not_ready,
            agents_at_work=center.agents_offered + center.agents_busy + center.agents_wrap_up,
            watchers=center.watchers,
            inbox=center.inbox,
            enqueued=total("enqueued"),
            completed=total("completed"),
            abandoned=total("abandoned"),
            expired=total("expired"),
            rejected=total("rejected"),
            page_ms=round(page.seconds * 1e3, 2),
            page_bytes=page.size,
            page_samples=page.samples,
            page_violations=int(page.sums.get("acdcore_invariant_violations_total", 0)),
            adds_up=adds_up,
        )  # fmt: skip


def _outside(page: Page, before: list[QueueFigures], after: list[QueueFigures]) -> list[str]:
    """Return the counters of the page that do not lie between the figures before and after it."""
    wrong = []
    for metric, name in (("acdcore_enqueued_total", "enqueued"), ("acdcore_answered_total", "answered")):
        least, most = (sum(getattr(row, name) for row in rows) for rows in (before, after))
        value = page.sums.get(metric, math.nan)
        if not least <= value <= most:
            wrong.append(f"the page's {metric} is {value:g}, the figures before and after it {least} and {most}")
    if page.sums.get("acdcore_serving") != 1:
        wrong.append(f"the page's acdcore_serving is {page.sums.get('acdcore_serving')}")
    return wrong


def as_columns(samples: list[Sample]) -> dict[str, list[Any]]:
    """Return the looks, a list for each column; what is not a number is None."""
    return {
        name: [None if isinstance(value, float) and math.isnan(value) else value for value in values]
        for name in COLUMNS
        for values in [[getattr(sample, name) for sample in samples]]
    }


def samples_of(columns: dict[str, list[Any]]) -> list[Sample]:
    """Return the looks that :func:`as_columns` has written."""
    rows = zip(*(columns[name] for name in COLUMNS), strict=True)
    found = []
    for row in rows:
        values: list[Any] = [math.nan if value is None else value for value in row]
        found.append(Sample(*values))
    return found


def write_atomically(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
