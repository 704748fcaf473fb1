"""The Prometheus page: the router's own counters, with names and units as the ecosystem has them."""

from __future__ import annotations

import asyncio
import re
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

import tables
from acdcore import commands
from acdcore.model import moment
from acdcore.router import Core
from acdcore.router.codes import Presence, Result
from acdcore.router.records import Command
from acdcore.rpc.floor import Activity, Floor
from acdcore.rpc.latency import LatencyHistogram
from acdcore.rpc.metrics import QUEUES_AT_ONCE, MetricsServer
from rpc_center import START_NS, Running, blended_center, running, small_center

UNITS = re.compile(r"_(total|seconds|interactions|requests|agents|watchers|serving|bucket|count|sum|info|bytes|fds)$")


class Page:
    """What a scrape brought."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = {family.name: family for family in text_string_to_metric_families(text)}

    def value(self, name: str, **labels: str) -> float:
        """The one sample of a name whose labels include those given."""
        found = [
            sample.value
            for family in self.families.values()
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        assert len(found) == 1, (name, labels, found)
        return float(found[0])


async def scraped(page: MetricsServer) -> Page:
    """Scrape the page, as Prometheus would, from another thread."""

    def get() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{page.port}/metrics", timeout=20) as answer:
            text: str = answer.read().decode()
            return text

    return Page(await asyncio.to_thread(get))


async def busy(up: Running, day: int = 1) -> None:
    """A little of everything: served, waiting, abandoned, declined."""
    anna = up.client.agent("anna")
    await anna.sign_in()
    await up.client.agent("ben").sign_in(Presence.NOT_READY)
    call = await up.client.enqueue("stocks", tier="vip")
    up.clock.move(4)
    assignment = await anna.accept(call.offer_ids[0])
    up.clock.move(60)
    await assignment.complete()
    up.clock.move(30)
    await up.client.enqueue("stocks", interaction_id=f"rings-{day}", tier="vip")
    await anna.decline((await anna.get()).offers[0].offer_id)
    up.clock.move(16)
    await up.client.enqueue("loans", interaction_id=f"gone-{day}")
    await up.client.cancel(f"gone-{day}")


async def test_the_page_says_what_the_router_counted() -> None:
    async with running() as up:
        page = MetricsServer(up.server.center, host="127.0.0.1", port=0)
        await busy(up)
        seen = await scraped(page)
        vip = {"center": "bank", "queue": "stocks", "tier": "vip"}
        assert seen.value("acdcore_serving") == 1
        assert seen.value("acdcore_enqueued_total", **vip) == 2
        assert seen.value("acdcore_answered_total", **vip) == 1
        assert seen.value("acdcore_answered_in_target_total", **vip) == 1
        assert seen.value("acdcore_completed_total", **vip) == 1
        assert seen.value("acdcore_abandoned_total", queue="loans", tier="standard") == 1
        assert seen.value("acdcore_abandoned_in_target_total", queue="loans", tier="standard") == 1
        assert seen.value("acdcore_handle_seconds_total", **vip) == 60
        assert seen.value("acdcore_wrap_up_seconds_total", **vip) == 30
        assert seen.value("acdcore_waiting_interactions", **vip) == 1
        assert seen.value("acdcore_longest_wait_seconds", **vip) == 16
        assert seen.value("acdcore_target_seconds", **vip) == 10
        assert seen.value("acdcore_offers_total", **vip, outcome="made") == 2
        assert seen.value("acdcore_offers_total", **vip, outcome="accepted") == 1
        assert seen.value("acdcore_offers_total", **vip, outcome="declined") == 1
        assert seen.value("acdcore_wait_seconds_sum", **vip) == 4
        assert seen.value("acdcore_wait_seconds_count", **vip) == 1
        assert seen.value("acdcore_wait_seconds_bucket", **vip, le="3.0") == 0
        assert seen.value("acdcore_wait_seconds_bucket", **vip, le="5.0") == 1
        assert seen.value("acdcore_wait_seconds_bucket", **vip, le="+Inf") == 1
        assert seen.value("acdcore_agents", activity="offline") == 1
        assert seen.value("acdcore_agents", activity="not_ready") == 1
        assert seen.value("acdcore_agents", activity="available") == 1
        assert seen.value("acdcore_agent_seconds_total", activity="busy") == 60
        assert seen.value("acdcore_agent_seconds_total", activity="wrap_up") == 30
        assert seen.value("acdcore_commands_total", operation="sign_in", result="ok") == 2
        assert seen.value("acdcore_decisions_total") == 3
        assert seen.value("acdcore_interactions") == 1
        assert seen.value("acdcore_decision_seconds_count") == up.server.owner.latency.count
        assert seen.value("acdcore_decision_seconds_bucket", le="+Inf") == up.server.owner.latency.count
        assert "process_resident_memory_bytes" in seen.families
        await page.stop()


async def test_the_page_says_what_moved_was_held_and_was_turned_away() -> None:
    async with running(blended_center()) as up:
        page = MetricsServer(up.server.center, host="127.0.0.1", port=0)
        dora = up.client.agent("dora")
        await dora.sign_in()
        await up.client.enqueue("back", interaction_id="call-1")
        await dora.decline((await dora.get()).offers[0].offer_id, failed=True)
        await up.client.hold("call-1", timedelta(minutes=1))
        await up.client.enqueue("night", interaction_id="call-2", agent="emil", preferred_for=timedelta(hours=1))
        await up.client.enqueue("stocks", interaction_id="call-3")
        await up.client.move("call-3", "loans")
        await up.client.enqueue("night", interaction_id="call-4", start=moment(START_NS + 10**12))
        await dora.sign_out(force=True)
        await up.client.close_queue("night", turn_away=True)
        await up.client.open_queue("night")
        await up.client.enqueue("night", interaction_id="call-5")
        up.clock.move(301)
        await up.client.hold("call-1", timedelta(minutes=1))
        seen = await scraped(page)
        for name, queue, value in (
            ("held_total", "back", 2),
            ("held_interactions", "back", 1),
            ("moved_total", "stocks", 1),
            ("moved_in_total", "loans", 1),
            ("rejected_total", "night", 1),
            ("expired_total", "night", 1),
            ("scheduled_interactions", "night", 1),
        ):
            assert seen.value(f"acdcore_{name}", queue=queue, tier="standard") == value, name
        assert seen.value("acdcore_offers_total", queue="back", tier="standard", outcome="failed") == 1
        await page.stop()


async def test_names_have_units_and_help_and_counters_only_grow() -> None:
    async with running() as up:
        page = MetricsServer(up.server.center, host="127.0.0.1", port=0)
        await busy(up)
        before = await scraped(page)
        await up.client.cancel("rings-1")
        await busy(up, day=2)
        after = await scraped(page)
        ours = {name: family for name, family in before.families.items() if name.startswith("acdcore_")}
        assert len(ours) > 20
        for name, family in ours.items():
            assert family.documentation, name
            for sample in family.samples:
                assert UNITS.search(sample.name), sample.name
                assert sample.labels["center"] == "bank"
                if family.type == "counter":
                    assert after.value(sample.name, **sample.labels) >= sample.value
        await page.stop()


async def test_a_center_with_many_queues_is_read_in_portions() -> None:
    router = small_center()
    for n in range(2 * QUEUES_AT_ONCE):
        router.define_queue(f"queue-{n}")
    async with running(router) as up:
        page = MetricsServer(up.server.center, host="127.0.0.1", port=0)
        seen = await scraped(page)
        queues = [sample.labels["queue"] for sample in seen.families["acdcore_enqueued"].samples]
        assert queues == ["stocks", "loans", *(f"queue-{n}" for n in range(2 * QUEUES_AT_ONCE))]
        await page.stop()


async def test_a_center_that_does_not_answer_says_so() -> None:
    async with running() as up:
        page = MetricsServer(up.server.center, host="127.0.0.1", port=0)
        await up.server.owner.stop()
        seen = await scraped(page)
        assert seen.value("acdcore_serving", center="bank") == 0
        assert "acdcore_enqueued" not in seen.families
        await page.stop()


# ---------------------------------------------------------------------- the floor and the histogram


async def test_the_floor_counted_from_events_is_the_floor_that_stands_in_the_router() -> None:
    async with running() as up:
        floor = up.server.owner.floor
        await busy(up)
        await up.client.agent("ben").set_presence(Presence.AVAILABLE)
        await up.client.enqueue("loans", interaction_id="a")
        for name in ("anna", "ben"):
            for offer in (await up.client.agent(name).get()).offers:
                await up.client.agent(name).accept(offer.offer_id)
        counted = await up.server.owner.read(lambda core, now_ns: (Floor(core, now_ns).counts, list(floor.counts)))
        assert counted[0] == counted[1]
        assert sum(counted[0]) == 3


def test_the_floor_begins_with_how_things_stand() -> None:
    router = small_center()
    router.sign_in("anna")
    router.sign_in("ben")
    router.enqueue("stocks", "call-1")
    assignment = router.accept(router.interaction("call-1").offer_ids[0])
    floor = Floor(router.core, 0)
    assert (floor.counts[Activity.BUSY], floor.counts[Activity.AVAILABLE], floor.counts[Activity.OFFLINE]) == (1, 1, 1)
    assert floor.occupancy(0) is None
    router.complete("call-1")
    floor = Floor(router.core, 0)
    assert floor.counts[Activity.WRAP_UP] == 1
    followed(router.core, floor, commands.end_wrap_up(router.core, START_NS, assignment_id=assignment.assignment_id))
    assert (floor.counts[Activity.WRAP_UP], floor.counts[Activity.AVAILABLE]) == (0, 2)


def test_a_floor_follows_definitions_too() -> None:
    core = small_center().core
    floor = Floor(core, 0)
    followed(core, floor, commands.define_agent(core, START_NS, "dora"))
    followed(core, floor, commands.sign_in(core, START_NS, agent="dora"))
    assert (floor.counts[Activity.OFFLINE], floor.counts[Activity.AVAILABLE]) == (3, 1)


@pytest.mark.parametrize("path", sorted(tables.TABLES.glob("*.txt")), ids=lambda path: path.stem)
def test_a_floor_follows_whatever_may_happen(path: Path) -> None:
    core = Core()
    floor, names = Floor(core, 0), tables.Names(core)
    builder = tables.Builder(names)
    for step in tables.parse(path):
        core.apply(builder.command(step))
        events = core.drain()
        names.learn(events)
        for event in events:
            floor.follow(event)
        assert floor.counts == Floor(core, 0).counts, step.where


def followed(core: commands.Core, floor: Floor, command: Command) -> None:
    """Apply a command and let the floor follow what comes of it."""
    assert core.apply(command).code == Result.OK
    for event in core.drain():
        floor.follow(event)


@pytest.mark.parametrize("length_ns", [0, 1, 15, 16, 31, 32, 33, 1000, 123_456_789, 2**40 + 12345])
def test_quantiles_are_exact_to_a_sixteenth(length_ns: int) -> None:
    histogram = LatencyHistogram()
    histogram.add(length_ns)
    histogram.add(2 * length_ns + 1000)
    assert length_ns <= histogram.quantile_ns(0.5) <= length_ns * 17 / 16
    assert histogram.quantile_ns(1.0) == 2 * length_ns + 1000


def test_quantiles_of_many() -> None:
    histogram = LatencyHistogram()
    assert histogram.quantile_ns(0.5) == 0
    for value in range(1, 100_001):
        histogram.add(value)
    for share in (0.5, 0.9, 0.99, 0.999):
        assert 100_000 * share <= histogram.quantile_ns(share) <= 100_000 * share * 17 / 16
    assert (histogram.count, histogram.longest_ns, histogram.sum_ns) == (100_000, 100_000, 5_000_050_000)
    cumulated = list(histogram.cumulated((10, 1_000, 50_000, 10**9)))
    assert cumulated == sorted(cumulated)
    assert cumulated[-1] == 100_000
    for edge, seen in zip((1_000, 50_000), cumulated[1:], strict=False):
        assert edge * 15 / 16 <= seen <= edge


async def test_the_page_is_under_its_path_alone() -> None:
    async with running() as up:
        page = MetricsServer(up.server.center, host="127.0.0.1", port=0)

        def get(path: str) -> tuple[int, str, str]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{page.port}{path}", timeout=20) as answer:
                    return answer.status, answer.url, answer.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.url, error.read().decode()

        status, url, text = await asyncio.to_thread(get, "/")
        assert (status, url) == (200, f"http://127.0.0.1:{page.port}/metrics")
        assert "acdcore_serving" in text
        for path in ("/nope", "/metrics/more", "/favicon.ico"):
            status, _, text = await asyncio.to_thread(get, path)
            assert (status, text) == (404, "The metrics are under /metrics.\n")
        await page.stop()
