"""The Prometheus page: read from the router's own counters when somebody asks, never kept beside them.

The page is served by a thread of its own. It asks the owner for figures like everybody else, a few queues
at a time, so that a scrape of a large center does not hold up decisions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    make_wsgi_app,
    start_http_server,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from .. import commands, views
from ..commands import Core
from ..errors import AcdError
from ..model import QueueFigures
from ..router.codes import SECOND_NS, Op, Result
from .center import Center
from .figures import offers_made
from .floor import Activity

QUEUES_AT_ONCE: Final = 50
TIMEOUT_S: Final = 10.0
DECISION_EDGES_NS: Final = tuple(step * 10**power for power in (3, 4, 5, 6, 7) for step in (1, 2, 5))
"""Upper edges of the decision histogram: 1 µs to 50 ms, and whatever is longer."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    rows: list[QueueFigures]
    activities: list[int]
    spent_ns: list[int]
    answers: dict[tuple[int, int], int]
    events: int
    decisions: int
    interactions: int
    decision_counts: list[int]
    decision_count: int
    decision_sum_ns: int
    inbox: int
    watchers: int


class CenterCollector(Collector):
    """Collects one center's figures at scrape time, from another thread than the loop's."""

    def __init__(self, center: Center, loop: asyncio.AbstractEventLoop) -> None:
        self._center = center
        self._loop = loop

    def describe(self) -> Iterable[Metric]:
        """Return nothing: registering must not scrape."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics; only acdcore_serving 0 when the owner does not answer."""
        serving = GaugeMetricFamily("acdcore_serving", "1 while the center answers", labels=["center"])
        try:
            snapshot = asyncio.run_coroutine_threadsafe(self._look(), self._loop).result(TIMEOUT_S)
        except (AcdError, TimeoutError, RuntimeError):  # stopped, stuck in a commit, or the loop is gone
            serving.add_metric([self._center.name], 0)
            yield serving
            return
        serving.add_metric([self._center.name], 1)
        yield serving
        yield from queue_metrics(self._center.name, snapshot.rows)
        yield from self._center_metrics(snapshot)

    async def _look(self) -> _Snapshot:
        owner = self._center.owner
        queues = await owner.read(lambda core, _now_ns: core.center().queues)
        rows: list[QueueFigures] = []
        for begin in range(0, queues, QUEUES_AT_ONCE):
            some = range(begin, min(begin + QUEUES_AT_ONCE, queues))
            rows += await owner.read(lambda core, now_ns, some=some: _rows(core, some, now_ns))  # type: ignore[misc]
        return await owner.read(lambda core, now_ns: self._whole(core, now_ns, rows))

    def _whole(self, core: Core, now_ns: int, rows: list[QueueFigures]) -> _Snapshot:
        owner, center = self._center.owner, core.center()
        return _Snapshot(
            rows=rows,
            activities=list(owner.floor.counts),
            spent_ns=owner.floor.spent_ns(now_ns),
            answers=dict(owner.answers),
            events=center.event_seq,
            decisions=offers_made(core),
            interactions=center.interactions,
            decision_counts=list(owner.latency.cumulated(DECISION_EDGES_NS)),
            decision_count=owner.latency.count,
            decision_sum_ns=owner.latency.sum_ns,
            inbox=owner.inbox_size,
            watchers=len(self._center.switchboard),
        )

    def _center_metrics(self, seen: _Snapshot) -> Iterator[Metric]:
        name = self._center.name
        agents = GaugeMetricFamily(
            "acdcore_agents", "Agents by what they do, each counted once", labels=["center", "activity"]
        )
        spent = CounterMetricFamily(
            "acdcore_agent_seconds",
            "Time that all agents together spent, by what they did; "
            "occupancy = (busy + wrap_up) / (available + offered + busy + wrap_up)",
            labels=["center", "activity"],
        )
        for activity in Activity:
            agents.add_metric([name, activity.name.lower()], seen.activities[activity])
            spent.add_metric([name, activity.name.lower()], seen.spent_ns[activity] / SECOND_NS)
        yield agents
        yield spent
        taken = CounterMetricFamily(
            "acdcore_commands", "Commands by operation and result", labels=["center", "operation", "result"]
        )
        for (op, code), count in sorted(seen.answers.items()):
            taken.add_metric([name, Op(op).name.lower(), Result(code).name.lower()], count)
        yield taken
        for key, text, value in (
            ("acdcore_events", "Events of the router", seen.events),
            ("acdcore_decisions", "Offers made", seen.decisions),
        ):
            counter = CounterMetricFamily(key, text, labels=["center"])
            counter.add_metric([name], value)
            yield counter
        for key, text, value in (
            ("acdcore_interactions", "Interactions that live now", seen.interactions),
            ("acdcore_inbox_requests", "Requests that wait for the router", seen.inbox),
            ("acdcore_watchers", "Open streams of agents' clients", seen.watchers),
        ):
            gauge = GaugeMetricFamily(key, text, labels=["center"])
            gauge.add_metric([name], value)
            yield gauge
        decisions = HistogramMetricFamily(
            "acdcore_decision_seconds", "Time inside the router for one command", labels=["center"]
        )
        buckets = [
            (str(edge_ns / SECOND_NS), float(count))
            for edge_ns, count in zip(DECISION_EDGES_NS, seen.decision_counts, strict=True)
        ]
        buckets.append(("+Inf", float(seen.decision_count)))
        decisions.add_metric([name], buckets, seen.decision_sum_ns / SECOND_NS)
        yield decisions


def _rows(core: Core, queues: range, now_ns: int) -> list[QueueFigures]:
    tiers, default = core.center().tiers, commands.default_tier(core)
    return [
        views.queue_figures(core, queue, tier, now_ns)
        for queue in queues
        for tier in views.used_tiers(core, queue, tiers, default)
    ]


_COUNTERS: Final = {
    "acdcore_enqueued": ("enqueued", "Interactions that came in"),
    "acdcore_answered": ("answered", "Accepted offers"),
    "acdcore_answered_in_target": ("answered_in_target", "Accepted offers whose wait was within the queue's target"),
    "acdcore_abandoned": ("abandoned", "Interactions that ended before an agent accepted them"),
    "acdcore_abandoned_in_target": ("abandoned_in_target", "Those that left within the queue's target"),
    "acdcore_completed": ("completed", "Interactions served to their end"),
    "acdcore_returned": ("returned", "Accepted interactions that came back: their agent was lost, or media failed"),
    "acdcore_moved": ("moved", "Interactions that left for another queue"),
    "acdcore_moved_in": ("moved_in", "Interactions that came from another queue"),
    "acdcore_held": ("held", "Times that misses or a program took an interaction out of the line"),
    "acdcore_expired": ("expired", "Interactions that ended because the queue's longest wait was over"),
    "acdcore_rejected": ("rejected", "Interactions that ended because the queue turned them away"),
}
_SECONDS: Final = {
    "acdcore_handle_seconds": ("handle_ns", "Time from accept to completion"),
    "acdcore_wrap_up_seconds": ("wrap_up_ns", "Time in wrap-up (after-call work, ACW)"),
}
_GAUGES: Final = {
    "acdcore_waiting_interactions": ("waiting", "Interactions that wait now"),
    "acdcore_offered_interactions": ("offered", "Interactions that ring now"),
    "acdcore_active_interactions": ("active", "Interactions that are served now"),
    "acdcore_held_interactions": ("held_now", "Interactions that are held now"),
    "acdcore_scheduled_interactions": ("scheduled", "Interactions that begin to wait later"),
}
_OUTCOMES: Final = ("made", "accepted", "declined", "expired", "revoked", "failed")


def queue_metrics(center: str, rows: list[QueueFigures]) -> Iterator[Metric]:
    """Yield the metrics of queues and tiers."""
    labels = ["center", "queue", "tier"]
    for key, (field, text) in _COUNTERS.items():
        counter = CounterMetricFamily(key, text, labels=labels)
        for row in rows:
            counter.add_metric([center, row.queue, row.tier], getattr(row, field))
        yield counter
    for key, (field, text) in _SECONDS.items():
        counter = CounterMetricFamily(key, text, labels=labels)
        for row in rows:
            counter.add_metric([center, row.queue, row.tier], getattr(row, field) / SECOND_NS)
        yield counter
    for key, (field, text) in _GAUGES.items():
        gauge = GaugeMetricFamily(key, text, labels=labels)
        for row in rows:
            gauge.add_metric([center, row.queue, row.tier], getattr(row, field))
        yield gauge
    longest = GaugeMetricFamily(
        "acdcore_longest_wait_seconds", "How long the longest of those that wait has waited, 0: none", labels=labels
    )
    target = GaugeMetricFamily("acdcore_target_seconds", "The queue's target, for service levels", labels=labels)
    offers = CounterMetricFamily("acdcore_offers", "Offers made, and by outcome", labels=[*labels, "outcome"])
    waits = HistogramMetricFamily(
        "acdcore_wait_seconds", "Waits of those answered, from since to accept", labels=labels
    )
    for row in rows:
        key_values = [center, row.queue, row.tier]
        longest.add_metric(key_values, max(0, row.longest_wait_ns) / SECOND_NS)
        target.add_metric(key_values, row.target_ns / SECOND_NS)
        for outcome in _OUTCOMES:
            offers.add_metric([*key_values, outcome], getattr(row, f"offers_{outcome}"))
        waits.add_metric(key_values, _cumulated(row), row.wait_ns / SECOND_NS)
    yield longest
    yield target
    yield offers
    yield waits


def _cumulated(row: QueueFigures) -> list[tuple[str, float]]:
    total, buckets = 0, []
    edges = [str(edge_ns / SECOND_NS) for edge_ns in row.wait_edges_ns]
    for edge, count in zip([*edges, "+Inf"], row.wait_bins, strict=True):
        total += count
        buckets.append((edge, float(total)))
    return buckets


def _only_on_its_path(page: Callable[..., Any]) -> Callable[..., Any]:
    """Return the page as served under /metrics alone; prometheus_client's own answers on every path."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return page(environ, start_response)
        plain = ("Content-Type", "text/plain; charset=utf-8")
        if path == "/":
            start_response("302 Found", [("Location", "/metrics"), plain])
        else:
            start_response("404 Not Found", [plain])
        return [b"The metrics are under /metrics.\n"]

    return serve


class MetricsServer:
    """The page itself, on a port of its own, loopback unless told otherwise."""

    def __init__(self, center: Center, *, host: str, port: int) -> None:
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        registry.register(CenterCollector(center, asyncio.get_running_loop()))
        self._server, self._thread = start_http_server(port, addr=host, registry=registry)
        self._server.set_app(_only_on_its_path(make_wsgi_app(registry)))
        self.port = int(self._server.server_port)

    async def stop(self) -> None:
        """Close the page; a scrape under way may finish."""
        await asyncio.to_thread(self._server.shutdown)
        self._server.server_close()
        await asyncio.to_thread(self._thread.join)
