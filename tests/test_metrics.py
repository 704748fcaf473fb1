"""The Prometheus page: the router's own counters, with names and units as the ecosystem has them.

What cannot be wrong unnoticed: after random commands every sample is held to the router's own views, to the figures
that the service answers, and to the catalogue.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate
from pathlib import Path

import pytest

import fuzz
import tables
from acdcore import commands
from acdcore.errors import NotFound
from acdcore.metrics.catalogue import AGENT_STATES, BY_NAME, CATALOGUE, Family, Part
from acdcore.metrics.copies import CELLS_AT_ONCE
from acdcore.model import QueueFigures, moment
from acdcore.router import Core
from acdcore.router.codes import SECOND_NS, Presence, Result
from acdcore.router.records import Command
from acdcore.rpc.floor import Activity, Floor
from acdcore.rpc.latency import LatencyHistogram
from metrics_page import Page, page_of
from rpc_center import START_NS, Running, blended_center, running, small_center


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
        await busy(up)
        seen = await page_of(up.server.center)
        vip = {"center": "bank", "queue": "stocks", "tier": "vip"}
        assert seen.value("acdcore_serving") == 1
        assert seen.value("acdcore_enqueued_total", **vip) == 2
        assert seen.value("acdcore_answered_total", **vip) == 1
        assert seen.value("acdcore_service_level_met_total", **vip) == 1
        assert seen.value("acdcore_service_level_eligible_total", **vip) == 1
        assert seen.value("acdcore_interactions_ended_total", **vip, outcome="completed") == 1
        assert seen.value("acdcore_interactions_ended_total", queue="loans", tier="standard", outcome="abandoned") == 1
        assert seen.value("acdcore_service_level_eligible_total", queue="loans", tier="standard") == 0
        assert seen.value("acdcore_abandoned_in_target_total", queue="loans", tier="standard") == 1
        assert seen.value("acdcore_handle_seconds_total", **vip) == 60
        assert seen.value("acdcore_wrap_up_seconds_total", **vip) == 30
        assert seen.value("acdcore_waiting_interactions", **vip) == 1
        assert seen.value("acdcore_oldest_wait_seconds", **vip) == 16
        assert seen.value("acdcore_target_seconds", **vip) == 10
        assert seen.value("acdcore_offers_total", **vip, outcome="made") == 2
        assert seen.value("acdcore_offers_total", **vip, outcome="accepted") == 1
        assert seen.value("acdcore_offers_total", **vip, outcome="declined") == 1
        assert seen.value("acdcore_wait_seconds_sum", **vip) == 4
        assert seen.value("acdcore_wait_seconds_count", **vip) == 1
        assert seen.value("acdcore_wait_seconds_bucket", **vip, le="3.0") == 0
        assert seen.value("acdcore_wait_seconds_bucket", **vip, le="5.0") == 1
        assert seen.value("acdcore_wait_seconds_bucket", **vip, le="+Inf") == 1
        assert seen.value("acdcore_agents", state="offline") == 1
        assert seen.value("acdcore_agents", state="not_ready") == 1
        assert seen.value("acdcore_agents", state="available") == 1
        assert seen.value("acdcore_agent_seconds_total", state="busy") == 60
        assert seen.value("acdcore_agent_seconds_total", state="wrap_up") == 30
        assert seen.value("acdcore_commands_total", operation="sign_in", result="ok") == 2
        assert seen.value("acdcore_decisions_total") == 3
        assert seen.value("acdcore_interactions") == 1
        assert seen.value("acdcore_queue_open", queue="loans") == 1
        assert seen.value("acdcore_queue_staffed", queue="loans") == 1
        assert seen.value("acdcore_capacity_used", resource="queues") == 2
        assert seen.value("acdcore_capacity", resource="queues") == 10_000
        assert seen.value("acdcore_decision_seconds_count") == up.server.owner.latency.count
        assert seen.value("acdcore_decision_seconds_bucket", le="+Inf") == up.server.owner.latency.count
        assert seen.value("process_resident_memory_bytes") > 0


async def test_the_page_says_what_moved_was_held_and_was_turned_away() -> None:
    async with running(blended_center()) as up:
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
        seen = await page_of(up.server.center)
        for name, queue, value in (
            ("held_total", "back", 2),
            ("held_interactions", "back", 1),
            ("moved_total", "stocks", 1),
            ("moved_in_total", "loans", 1),
            ("scheduled_interactions", "night", 1),
        ):
            assert seen.value(f"acdcore_{name}", queue=queue, tier="standard") == value, name
        for outcome in ("rejected", "expired"):
            assert seen.value("acdcore_interactions_ended_total", queue="night", tier="standard", outcome=outcome) == 1
        assert seen.value("acdcore_offers_total", queue="back", tier="standard", outcome="failed") == 1


async def test_counters_only_grow() -> None:
    async with running() as up:
        await busy(up)
        before = await page_of(up.server.center)
        await up.client.cancel("rings-1")
        await busy(up, day=2)
        after = await page_of(up.server.center)
        for sample in before.samples():
            if sample.name.endswith(("_total", "_bucket", "_count", "_sum")):
                assert after.value(sample.name, **sample.labels) >= sample.value, sample
        assert after.value("acdcore_enqueued_total", queue="stocks", tier="vip") == 4


async def test_a_center_with_many_queues_is_read_in_portions() -> None:
    router = small_center()
    names = [f"queue-{n}" for n in range(2 * CELLS_AT_ONCE)]
    for name in names:
        router.define_queue(name)
        router.enqueue(name)
    async with running(router) as up:
        seen = await page_of(up.server.center)
        counted = {sample.labels["queue"]: sample.value for sample in seen.samples("acdcore_enqueued_total")}
        assert counted == dict.fromkeys(names, 1) | {"stocks": 0, "loans": 0}
        assert seen.value("acdcore_invariant_checks_total", check="books") == len(names) + 2
        assert seen.value("acdcore_invariant_violations_total", check="books") == 0
        assert seen.value("acdcore_scrape_seconds") >= seen.value("acdcore_scrape_longest_turn_seconds") > 0


async def test_a_center_that_does_not_answer_says_so_and_shows_what_can_be_seen() -> None:
    async with running() as up:
        await up.server.owner.stop()
        seen = await page_of(up.server.center)
        assert seen.value("acdcore_serving", center="bank") == 0
        assert not list(seen.samples("acdcore_enqueued_total"))
        assert 0 < seen.value("acdcore_loop_last_turn_age_seconds") < 60
        assert seen.value("acdcore_decision_seconds_count") == 0


# ---------------------------------------------------------------------- nothing may be wrong unnoticed


def expected(row: QueueFigures) -> dict[tuple[str, str], float]:
    """Return the samples of a queue and tier: (name, value of the label more) -> value."""
    outcomes = ("made", "accepted", "declined", "expired", "revoked", "failed")
    edges = [*(edge_ns / SECOND_NS for edge_ns in row.wait_edges_ns), float("inf")]
    return {
        ("enqueued_total", ""): row.enqueued,
        ("answered_total", ""): row.answered,
        ("service_level_met_total", ""): row.answered_in_target,
        ("service_level_eligible_total", ""): row.answered + row.abandoned - row.abandoned_in_target,
        ("abandoned_in_target_total", ""): row.abandoned_in_target,
        ("interactions_ended_total", "completed"): row.completed,
        ("interactions_ended_total", "abandoned"): row.abandoned,
        ("interactions_ended_total", "expired"): row.expired,
        ("interactions_ended_total", "rejected"): row.rejected,
        ("returned_total", ""): row.returned,
        ("moved_total", ""): row.moved,
        ("moved_in_total", ""): row.moved_in,
        ("held_total", ""): row.held,
        ("handle_seconds_total", ""): row.handle_ns / SECOND_NS,
        ("wrap_up_seconds_total", ""): row.wrap_up_ns / SECOND_NS,
        ("waiting_interactions", ""): row.waiting,
        ("offered_interactions", ""): row.offered,
        ("active_interactions", ""): row.active,
        ("held_interactions", ""): row.held_now,
        ("scheduled_interactions", ""): row.scheduled,
        ("oldest_wait_seconds", ""): max(0, row.longest_wait_ns) / SECOND_NS,
        ("target_seconds", ""): row.target_ns / SECOND_NS,
        ("wait_seconds_count", ""): row.answered,
        ("wait_seconds_sum", ""): row.wait_ns / SECOND_NS,
        **{("offers_total", outcome): getattr(row, f"offers_{outcome}") for outcome in outcomes},
        **{
            ("wait_seconds_bucket", str(edge)): count
            for edge, count in zip(edges, accumulate(row.wait_bins), strict=True)
        },
    }


def by_row(page: Page) -> dict[tuple[str, str], dict[tuple[str, str], float]]:
    """Return the page's samples of queues and tiers: (queue, tier) -> as :func:`expected` has them."""
    rows: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
    for sample in page.samples():
        if "tier" in sample.labels:
            more = sample.labels.get("outcome", sample.labels.get("le", ""))
            more = str(float(more)) if "le" in sample.labels else more
            row = rows.setdefault((sample.labels["queue"], sample.labels["tier"]), {})
            key = (sample.name.removeprefix("acdcore_"), more)
            assert key not in row
            row[key] = sample.value
    return rows


@pytest.mark.parametrize("seed", range(3))
async def test_after_random_commands_every_sample_is_what_the_router_says(seed: int) -> None:
    core = Core()
    fuzz.run(100 + seed, 700, (core,), check_every=700, having=frozenset({"tiers"}))
    async with running(core, start_ns=core.center().now_ns + 1) as up:
        page = await page_of(up.server.center)
        answered = {(row.queue, row.tier): expected(row) for row in await up.client.figures()}
        assert by_row(page) == answered
        assert answered
        figures = await up.client.center_figures()
        for state in AGENT_STATES:
            assert page.value("acdcore_agents", state=state) == getattr(figures, f"agents_{state}")
            in_groups = sum(one.value for one in page.samples("acdcore_group_agents") if one.labels["state"] == state)
            assert in_groups == getattr(figures, f"agents_{state}")
        assert page.value("acdcore_interactions") == figures.interactions
        assert page.value("acdcore_decisions_total") == figures.decisions
        assert page.value("acdcore_events_total") == figures.event_seq
        for slot in range(core.center().queues):
            view = core.queue(slot)
            assert view is not None
            assert page.value("acdcore_queue_open", queue=view.name.decode()) == view.is_open
        assert page.value("acdcore_invariant_checks_total", check="books") == len(answered)
        assert sum(one.value for one in page.samples("acdcore_invariant_violations_total")) == 0


def family_of(sample_name: str) -> Family:
    """Return the catalogue's family of a sample."""
    found = [family for family in CATALOGUE if sample_name in family.sample_names()]
    assert len(found) == 1, sample_name
    return found[0]


async def test_the_page_is_the_catalogue() -> None:
    """Every family, its type and help, and every label of every sample; nothing else."""
    async with running() as up:
        await busy(up)
        with pytest.raises(NotFound):
            await up.client.enqueue("nowhere")
        page = await page_of(up.server.center)
        assert [line.split()[2] for line in page.text.splitlines() if line.startswith("# TYPE acdcore")] == list(
            dict.fromkeys(family_of(sample.name).name for sample in page.samples())
        )
        seen: dict[str, set[tuple[tuple[str, str], ...]]] = {}
        for sample in page.samples():
            family = family_of(sample.name)
            labels = dict(sample.labels)
            if sample.name.endswith("_bucket"):
                labels.pop("le")
            assert tuple(labels) == family.labels
            assert sample.labels["center"] == "bank"
            for name, values in family.values.items():
                assert labels[name] in values, sample
            seen.setdefault(family.name, set()).add(tuple(labels.items()))
        rows_a_part = {Part.CENTER: 1, Part.QUEUE: 2, Part.TIER: 3}
        here = {name: family for name, family in BY_NAME.items() if family.part in rows_a_part}
        assert set(seen) == set(here)
        for name, family in here.items():
            assert f"# HELP {name} {family.help}\n# TYPE {name} {family.kind}\n" in page.text
            rows = rows_a_part[family.part]
            if family.bound.isdecimal() and family.kind != "histogram":
                assert len(seen[name]) == rows * int(family.bound), name


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
    cumulated = list(accumulate(histogram.binned((10, 1_000, 50_000, 10**9))))
    assert cumulated == sorted(cumulated)
    assert cumulated[-2:] == [100_000, 100_000]
    for edge, seen in zip((1_000, 50_000), cumulated[1:], strict=False):
        assert edge * 15 / 16 <= seen <= edge
