"""The page itself: its text, its limits, what it shows when nothing goes as it should, and its documentation."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import logging
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from acdcore.embedded import Router
from acdcore.errors import AcdError, NotFound
from acdcore.metrics import document
from acdcore.metrics.catalogue import BY_NAME, CATALOGUE, MOST_GROUPS, Family, Kind
from acdcore.metrics.copies import Copied, Copier
from acdcore.metrics.groups import ACTIVITIES, OTHER, Groups, shortened
from acdcore.metrics.limits import memory_limit_bytes
from acdcore.metrics.page import MetricsServer
from acdcore.metrics.queues import Books, rows_of
from acdcore.metrics.text import Page as Text
from acdcore.metrics.text import labels_text
from acdcore.router.batch import CELL, DOOR, row_bytes
from acdcore.router.codes import AgentState, Presence
from acdcore.rpc.pulse import PERIOD_S, Invariants, Pulse
from metrics_page import fetched, page_of
from rpc_center import SECOND_NS, Running, running, small_center, until

DOCS = Path(__file__).parents[1] / "docs"
PROMTOOL = shutil.which("promtool")


# ---------------------------------------------------------------------- names and documentation


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: apt-get install prometheus")
async def test_promtool_finds_nothing_to_say_of_the_page() -> None:
    async with running() as up:
        await up.client.agent("anna").sign_in()
        await up.client.enqueue("stocks")
        with pytest.raises(NotFound):
            await up.client.enqueue("nowhere")
        page = (await page_of(up.server.center)).text
    ours = "".join(line for line in page.splitlines(keepends=True) if re.match(r"(# (HELP|TYPE) )?acdcore_", line))
    assert PROMTOOL is not None
    done = await asyncio.create_subprocess_exec(
        PROMTOOL, "check", "metrics", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = await done.communicate(ours.encode())
    assert (done.returncode, said.decode()) == (0, "")


def test_the_catalogue_is_sound() -> None:
    assert len(BY_NAME) == len(CATALOGUE)
    for family in CATALOGUE:
        assert re.fullmatch(r"acdcore_[a-z_]+", family.name)
        assert (family.kind is Kind.COUNTER) == family.name.endswith("_total")
        assert family.help
        assert "\n" not in family.help
        assert not family.help.endswith(".")
        assert family.labels[0] == "center"
        assert set(family.values) <= set(family.labels)
        assert not {"agent", "customer", "interaction", "peer", "le"} & set(family.labels)


def test_the_documentation_has_every_metric_as_the_catalogue_has_it() -> None:
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert document.renewed(page) == page, "make it anew: python -m acdcore.metrics.document docs/metrics.md"
    assert re.findall(r"^\| `(acdcore_\w+)` \|", page, re.MULTILINE) == [family.name for family in CATALOGUE]
    with pytest.raises(ValueError, match="has no <!-- made by"):
        document.renewed("# Metrics\n")


def test_a_metric_that_no_catalogue_has_cannot_be_written() -> None:
    page = Text()
    with pytest.raises(ValueError, match="acdcore_surprises: the catalogue has no such metric"):
        page.add("acdcore_surprises", [])
    page.add("acdcore_serving", [(("bank",), 1)])
    with pytest.raises(ValueError, match="acdcore_serving: it is on the page already"):
        page.add("acdcore_serving", [(("bank",), 1)])
    with pytest.raises(ValueError, match="zip"):
        page.add("acdcore_agents", [(("bank",), 1)])
    assert labels_text(("a", "b"), ('x"\\', "line\nbreak")) == '{a="x\\"\\\\",b="line\\nbreak"}'


# ---------------------------------------------------------------------- the page on the wire


async def test_the_page_is_under_its_path_alone_and_packed_for_who_wants_that() -> None:
    async with running() as up:
        page = MetricsServer(up.server.center, host="127.0.0.1", port=0)
        code, headers, body = await fetched(page, "/")
        assert (code, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        assert b"\nacdcore_serving{" in body
        code, headers, body = await fetched(page, **{"Accept-Encoding": "gzip, deflate"})
        assert headers["Content-Encoding"] == "gzip"
        assert b"\nacdcore_serving{" in gzip.decompress(body)
        for path in ("/nope", "/metrics/more", "/favicon.ico"):
            code, _, body = await fetched(page, path)
            assert (code, body) == (404, b"The metrics are under /metrics.\n")
        await page.stop()


class Figures:
    """A part of the server with figures of its own."""

    def __init__(self) -> None:
        self.copied = 0
        self.given_up = 0

    async def copy(self) -> None:
        self.copied += 1

    def give_up(self) -> None:
        self.given_up += 1

    def write(self, page: Text) -> None:
        page.add("acdcore_test_copies", [(("bank",), self.copied)])
        page.add_histogram("acdcore_test_sizes", (1, 10), [('{center="bank"}', (3, 0, 1), 25)], scale=1)


class Silent(Figures):
    """One that writes nothing."""

    def write(self, page: Text) -> None:
        del page


async def test_another_part_contributes_by_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    family = Family("acdcore_test_copies", Kind.GAUGE, CATALOGUE[0].part, "Copies made", ("center",))
    monkeypatch.setitem(BY_NAME, family.name, family)
    sizes = dataclasses.replace(family, name="acdcore_test_sizes", kind=Kind.HISTOGRAM)
    monkeypatch.setitem(BY_NAME, sizes.name, sizes)
    async with running(sources=[Figures()]) as up:
        page = await page_of(up.server.center, sources=up.server._sources)
        buckets = [(one.labels["le"], one.value) for one in page.samples("acdcore_test_sizes_bucket")]
        assert buckets == [("1.0", 3), ("10.0", 3), ("+Inf", 4)]
        assert page.value("acdcore_test_sizes_sum") == 25
        assert "# HELP acdcore_test_copies Copies made\n# TYPE acdcore_test_copies gauge\n" in page.text
        assert page.value("acdcore_test_copies", center="bank") == 1


# ---------------------------------------------------------------------- when nothing goes as it should


class Slow:
    """A committer that waits until it may go on."""

    def __init__(self) -> None:
        self.may_go_on = asyncio.Event()

    async def commit(self, group: object) -> None:
        await self.may_go_on.wait()


async def test_a_page_does_not_wait_for_a_commit_for_ever() -> None:
    committer = Slow()
    async with running(committer=committer) as up:
        call = asyncio.ensure_future(up.client.enqueue("stocks"))
        await until(lambda: up.server.owner.latency.count == 1)
        source = Silent()
        page = await page_of(up.server.center, timeout_s=0.05, sources=[source])
        assert (page.value("acdcore_serving"), source.given_up) == (0, 1)
        assert page.value("acdcore_decision_seconds_count") == 1
        assert not list(page.samples("acdcore_enqueued_total"))
        committer.may_go_on.set()
        await call
        assert (await page_of(up.server.center)).value("acdcore_enqueued_total", queue="stocks", tier="standard") == 1


async def test_a_full_inbox_does_not_keep_the_page_from_being_made() -> None:
    async with running(inbox_limit=1) as up:
        owner = up.server.owner
        first = owner.read(lambda _core, _now_ns: 1)
        with pytest.raises(AcdError, match="wait already"):
            owner.read(lambda _core, _now_ns: 2)
        assert (await owner.look(lambda _core, _now_ns: 3), await first) == (3, 1)
        assert (await page_of(up.server.center)).value("acdcore_inbox_limit_requests") == 1


async def test_a_loop_that_stands_still_is_seen() -> None:
    async with running() as up:
        pulse = up.server.center.pulse
        await until(lambda: pulse.stalls.count > 0)
        beats = pulse.stalls.count
        time.sleep(0.3)  # noqa: ASYNC251  what the test is about
        stood_s = pulse.age_s()
        assert stood_s > 0.29 - PERIOD_S
        await until(lambda: pulse.stalls.count > beats)
        page = await page_of(up.server.center)
        assert page.value("acdcore_loop_last_turn_age_seconds") < stood_s
        assert pulse.stalls.longest_ns > 150_000_000
        late = page.value("acdcore_loop_stall_seconds_count") - page.value(
            "acdcore_loop_stall_seconds_bucket", le="0.1"
        )
        assert late >= 1


# ---------------------------------------------------------------------- what is counted beside the router


async def test_refusals_are_counted_by_the_reason_that_the_caller_was_given() -> None:
    async with running() as up:
        for queue in ("nowhere", "nowhere", "x" * 1000):
            with pytest.raises(AcdError):
                await up.client.enqueue(queue)
        for _ in range(3):
            await up.client.enqueue("loans")
        with pytest.raises(AcdError):
            await up.client.enqueue("loans")
        page = await page_of(up.server.center)
        counted = {one.labels["reason"]: one.value for one in page.samples("acdcore_refusals_total")}
        assert counted == {"unknown_queue": 2, "invalid_name": 1, "queue_full": 1}


async def test_only_what_finds_somebody_free_counts_from_enqueue_to_offer() -> None:
    async with running() as up:
        await up.client.enqueue("stocks")
        assert up.server.owner.enqueue_to_offer.count == 0
        await up.client.agent("ben").sign_in()
        await up.client.enqueue("loans")
        page = await page_of(up.server.center)
        assert page.value("acdcore_enqueue_to_offer_seconds_count") == 1
        assert page.value("acdcore_decision_seconds_count") == 3
        assert page.value("acdcore_enqueue_to_offer_seconds_sum") > 0


async def test_watchers_their_lag_and_those_that_were_too_slow() -> None:
    async with running(watch_buffer=2) as up:
        board = up.server.center.switchboard
        anna = up.client.agent("anna")
        watcher = board.open(0)
        await anna.sign_in()
        page = await page_of(up.server.center)
        assert (page.value("acdcore_watchers"), page.value("acdcore_watcher_lag_updates")) == (1, watcher.waiting)
        assert watcher.waiting == 1
        assert page.value("acdcore_watcher_limit_updates") == 2
        for presence in (Presence.NOT_READY, Presence.AVAILABLE):
            await anna.set_presence(presence)
        page = await page_of(up.server.center)
        assert (page.value("acdcore_watchers"), page.value("acdcore_watchers_dropped_total")) == (0, 1)


# ---------------------------------------------------------------------- groups of agents


def many_groups(groups: int) -> Router:
    """A center with groups of 1, 2, 3 ... agents, each of a skill of its own."""
    router = small_center()
    for number in range(groups):
        router.define_skill(f"skill {number}")
        for agent in range(number + 1):
            router.define_agent(f"agent {number}-{agent}", skills={f"skill {number}": 5})
    return router


async def test_there_are_no_more_groups_than_a_page_can_bear() -> None:
    async with running(many_groups(MOST_GROUPS + 7)) as up:
        page = await page_of(up.server.center)
        offline = {one.labels["group"]: one.value for one in page.samples("acdcore_group_agents") if one.value}
        assert len(offline) == MOST_GROUPS + 1
        assert sum(offline.values()) == page.value("acdcore_agents", state="offline")
        assert offline[f"skill {MOST_GROUPS + 6} 5"] == MOST_GROUPS + 7
        assert offline[OTHER] == sum(range(1, 8)) + 3
        assert "skill 0 5" not in offline


async def test_groups_have_the_names_of_the_configuration_and_else_say_what_agents_can() -> None:
    router = small_center()
    router.define_channel("chat", cost=40)
    router.define_agent("dora", skills={"loans": 9}, channels={"chat": 0})
    async with running(router, groups={"anna": "first line", "carla": "first line"}) as up:
        await up.client.agent("anna").sign_in()
        page = MetricsServer(up.server.center, host="127.0.0.1", port=0, groups=up.server._groups)
        scraped = await asyncio.to_thread(page.scrape)
        await page.stop()
        text = b"".join(scraped.encoded()).decode()
        assert 'acdcore_group_agents{center="bank",group="first line",state="available"} 1\n' in text
        found = set(re.findall(r'group="([^"]+)"', text))
        assert found == {"first line", "loans 9", "loans 9; not chat"}


def test_groups_keep_their_series_as_long_as_they_have_agents() -> None:
    groups = Groups({})
    sizes: dict[str | int, list[int]] = {
        f"group {number}": [1 + number, 0, 0, 0, 0, 0] for number in range(MOST_GROUPS)
    }
    assert set(groups.shown(sizes)) == set(sizes)
    larger = sizes | {"newcomers": [100, 0, 0, 0, 0, 0]}
    shown = groups.shown(larger)
    assert set(shown) == set(sizes) | {OTHER}
    assert shown[OTHER][0] == 100
    del larger["group 7"]
    assert set(groups.shown(larger)) == set(larger)


def test_long_labels_are_cut_and_stay_different() -> None:
    one, two = (shortened("x" * 200 + end) for end in "ab")
    assert one != two
    assert len(one) == len(two) <= 120
    assert shortened("short") == "short"


def test_an_agent_does_one_thing_whatever_presence_and_state_are() -> None:
    everybody, by_group = Groups({}).count(b"", [])
    assert (sum(everybody), by_group) == (0, {})
    assert len(ACTIVITIES) == len(Presence) * len(AgentState)


# ---------------------------------------------------------------------- invariants


async def copied_from(up: Running) -> Copied:
    """Copy once, as a scrape does."""
    return await Copier(up.server.owner, with_agents=True).copy()


async def busy(up: Running) -> None:
    """Let some come, wait, ring, be served and go."""
    anna = up.client.agent("anna")
    await anna.sign_in()
    call = await up.client.enqueue("stocks")
    assignment = await anna.accept(call.offer_ids[0])
    await up.client.enqueue("stocks", interaction_id="waits")
    await assignment.complete()
    await assignment.end_wrap_up()
    assert (await up.client.get_interaction("waits")).offer_ids


COLUMNS = (
    "enqueued",
    "answered",
    "in_target",
    "completed",
    "offers_made",
    "returned",
    "offered",
    "waiting",
    "moved_in",
)


@pytest.mark.parametrize("column", COLUMNS)
async def test_books_that_do_not_add_up_are_seen(column: str) -> None:
    async with running() as up:
        await busy(up)
        rows = rows_of(await copied_from(up))
        assert Books().check(rows) == []
        rows.columns[column][0] += 40
        assert len(Books().check(rows)) >= 1


async def test_a_counter_that_goes_back_is_seen_and_told_of(caplog: pytest.LogCaptureFixture) -> None:
    async with running() as up:
        await busy(up)
        books, invariants = Books(), Invariants("bank")
        rows = rows_of(await copied_from(up))
        assert books.check(rows) == []
        before = rows.columns["held"][0]
        rows.columns["held"][0] = before + 1
        assert books.check(rows) == []
        rows.columns["held"][0] = before
        with caplog.at_level(logging.CRITICAL):
            invariants.count("books", 1, books.check(rows))
        assert (invariants.checks["books"], invariants.violations["books"]) == (1, 1)
        assert "queue 0, tier 1: a counter is less than it was" in caplog.text


async def test_a_beat_looks_at_a_few_and_goes_on_behind_what_is_wrong(caplog: pytest.LogCaptureFixture) -> None:
    asked = []

    def check(place: int, most: int) -> int:
        asked.append(place)
        if place == 32:
            raise AssertionError("units miscounted")
        return (place + most) % 64

    invariants = Invariants("bank")
    pulse = Pulse(check, invariants)
    with caplog.at_level(logging.CRITICAL):
        for _ in range(6):
            pulse.check_some(16)
    assert asked == [0, 16, 32, 48, 0, 16]
    assert (invariants.checks["entities"], invariants.violations["entities"]) == (96, 1)
    assert 'invariant_violated center=bank message="entities: units miscounted"' in caplog.text


def test_a_wall_clock_that_is_set_is_told_once_each_time(caplog: pytest.LogCaptureFixture) -> None:
    ahead_s = [0.0]
    pulse = Pulse(lambda place, _most: place, Invariants("bank"), lambda: round(ahead_s[0] * SECOND_NS))
    with caplog.at_level(logging.WARNING):
        for ahead_s[0] in (0.0, 0.9, -0.9, 3600.0, 3600.5, 3599.5, -86400.25, -86400.25, 0.001):
            pulse._compare_clocks()
    assert [record.getMessage() for record in caplog.records] == [
        "clock_set center=bank ahead_s=3600",
        "clock_set center=bank ahead_s=-86400.2",
        "clock_set center=bank ahead_s=0.001",
    ]


async def test_the_page_says_how_far_the_center_is_from_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as up:
        monkeypatch.setattr(up.server.owner.clock, "ahead_ns", lambda: -3600 * SECOND_NS)
        assert (await page_of(up.server.center)).value("acdcore_clock_ahead_seconds") == -3600


async def test_a_running_server_checks_its_router() -> None:
    async with running() as up:
        invariants = up.server.center.invariants
        await until(lambda: invariants.checks["entities"] > 0)
        page = await page_of(up.server.center)
        assert page.value("acdcore_invariant_checks_total", check="entities") > 0
        assert page.value("acdcore_invariant_violations_total", check="entities") == 0


# ---------------------------------------------------------------------- while a center changes


async def test_what_is_defined_while_a_copy_is_made_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as up:
        copier = Copier(up.server.owner, with_agents=True)
        all_rows = copier._all
        late = timedelta(seconds=7)

        async def later(copied: Copied, copy: Callable[[Any, bytearray, int], int], room: int, row: int) -> bytes:
            if not copied.doors:
                router = Router(core=up.server.owner._core, clock=up.clock.now_ns)
                router.define_queue("late", target=late, replace="late" in copier.names.queues)
                router.define_agent("dora", replace=router.core.center().agents > 3)
            return await all_rows(copied, copy, room, row)

        monkeypatch.setattr(copier, "_all", later)
        rows = rows_of(await copier.copy())
        assert copier.names.queues == ["stocks", "loans", "late"]
        assert copier.names.agents[-1] == "dora"
        assert {queue for queue, _ in rows.keys} == {0, 1, 2}
        assert {len(bins) for bins in rows.bins} == {len(rows.edges_ns) + 1}


def test_rows_of_pieces_with_different_edges_fit_together() -> None:
    router = Router(clock=lambda: 10**18)
    router.define_tier("standard")
    router.define_queue("one")
    router.enqueue("one")
    edges_ns, cells = [], []
    for target in (20, 7):
        router.define_queue("two", target=timedelta(seconds=target), replace=target == 7)
        rows = bytearray(4 * row_bytes(CELL))
        n, _ = router.core.cells_into(rows, 0)
        cells.append(memoryview(rows)[: n * row_bytes(CELL)])
        edges_ns.append(router.core.wait_edges())
    assert len(edges_ns[0]) < len(edges_ns[1])
    rows_read = rows_of(Copied(cells=cells, edges_ns=edges_ns, doors=bytes(2 * row_bytes(DOOR))))
    assert rows_read.edges_ns == edges_ns[1]
    assert {len(bins) for bins in rows_read.bins} == {len(edges_ns[1]) + 1}


# ---------------------------------------------------------------------- memory


def test_the_memory_limit_is_the_least_of_all_groups_above(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/a.slice/b.service\n")
    inner = tmp_path / "sys/fs/cgroup/a.slice/b.service"
    inner.mkdir(parents=True)
    (inner / "memory.max").write_text("max\n")
    machine = memory_limit_bytes(tmp_path)
    assert machine > 2**20
    (inner.parent / "memory.max").write_text("1048576\n")
    assert memory_limit_bytes(tmp_path) == 2**20
    (inner / "memory.max").write_text("4096\n")
    assert memory_limit_bytes(tmp_path) == 4096
    (tmp_path / "proc/self/cgroup").write_text("7:cpu:/x\n5:memory,pids:/y\n")
    old = tmp_path / "sys/fs/cgroup/memory/y"
    old.mkdir(parents=True)
    (old / "memory.limit_in_bytes").write_text("8192\n")
    assert memory_limit_bytes(tmp_path) == 8192
    assert memory_limit_bytes(tmp_path / "nothing") == machine


def test_families_are_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        CATALOGUE[0].name = "x"  # type: ignore[misc]
