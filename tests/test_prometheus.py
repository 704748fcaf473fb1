"""A real Prometheus scrapes a running server, evaluates the rules, and answers all that the dashboards ask."""

from __future__ import annotations

import asyncio
import math
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import acdcore.ops
from acdcore.bench.prometheus_server import PATIENCE_S, Prometheus, config, prometheus
from acdcore.errors import AcdError
from acdcore.journal.committer import JournalCommitter
from acdcore.journal.figures import JournalSource
from acdcore.journal.recovery import Recovery
from acdcore.journal.sqlite import SqliteJournal
from acdcore.rpc.client import Client
from acdcore.rpc.clock import ManualClock
from acdcore.rpc.server import Server
from dashboards import NAMES, asked, committed, filled
from rpc_center import START_NS, blended_center

pytestmark = [
    pytest.mark.plain,
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="needs Prometheus: apt-get install prometheus"),
]

CHOSEN = {
    "center": "bank",
    "queue": ".*",
    "tier": ".*",
    "instance": ".*",
    "window": "1h",
    "__rate_interval": "1h",
    "datasource": "prometheus",
}
"""What a person would have chosen, and what Grafana itself puts in."""


class Up:
    """A server with its page, and its time."""

    def __init__(self, server: Server, clock: ManualClock, client: Client) -> None:
        self.server = server
        self.clock = clock
        self.client = client


@asynccontextmanager
async def serving(data: Path) -> AsyncIterator[Up]:
    """Run the blended center behind gRPC, with a journal in a directory, and its page of metrics."""
    clock = ManualClock(START_NS)
    router = blended_center()
    journal = SqliteJournal(data, "bank")
    committer = JournalCommitter(journal, journal.take(), router.core)
    source = JournalSource("bank", committer, Recovery())
    server = Server(router, clock=clock, center_name="bank", committer=committer, sources=[source])
    await server.start(metrics_port=0)
    try:
        async with Client(f"127.0.0.1:{server.port}", timeout=timedelta(minutes=1)) as client:
            yield Up(server, clock, client)
    finally:
        await server.stop(1.0)
        committer.close()


async def a_little_of_everything(up: Up, turn: int) -> None:
    """Customers of both tiers who are answered in time and too late, hang up, ring in vain; calls that are refused."""
    if turn:
        await up.client.cancel(f"waits-{turn - 1}")
    anna, dora, frida = (up.client.agent(name) for name in ("anna", "dora", "frida"))
    for agent in (anna, dora, frida):
        await agent.sign_in()
    for tier, wait_s in (("vip", 3), ("standard", 14)):
        call = await up.client.enqueue("stocks", tier=tier)
        up.clock.move(wait_s)
        assignment = await anna.accept(call.offer_ids[0])
        up.clock.move(60)
        await assignment.complete()
        up.clock.move(31)
    rings = await up.client.enqueue("loans", interaction_id=f"declined-{turn}")
    await up.client.agent(rings.agent).decline(rings.offer_ids[0])
    await up.client.enqueue("back", interaction_id=f"missed-{turn}", tier="vip")
    up.clock.move(90)
    for name in (f"declined-{turn}", f"missed-{turn}"):
        await up.client.cancel(name)
    await up.client.enqueue("stocks", interaction_id=f"waits-{turn}")
    await up.client.enqueue("stocks", interaction_id=f"hangs-up-{turn}", tier="vip")
    up.clock.move(40)
    await up.client.cancel(f"hangs-up-{turn}")
    with pytest.raises(AcdError):
        await up.client.enqueue("nowhere")
    for agent in (anna, dora, frida):
        await agent.sign_out(force=True)


async def holds(truth: Callable[[], bool]) -> None:
    """Wait, in a thread, so that the server goes on, until something holds; fail after a long while."""

    async def looking() -> None:
        while not await asyncio.to_thread(truth):  # noqa: ASYNC110  another process has no event of ours
            await asyncio.sleep(0.05)

    await asyncio.wait_for(looking(), PATIENCE_S)


def scrapes(asked_of: Prometheus) -> int:
    """Return how many scrapes have succeeded."""
    found = asked_of.query("sum_over_time(up[1h])")
    return int(float(found[0]["value"][1])) if found else 0


def quick_rules(folder: Path) -> list[Path]:
    """Copy the rules that are shipped, to be evaluated as often as is scraped."""
    copies = []
    for name, data in acdcore.ops.contents().items():
        text = data.decode()
        if name.startswith("prometheus/") and "groups:" in text:
            copy = folder / Path(name).name
            copy.write_text(re.sub(r"(?m)^(\s+)interval: .*$", r"\1interval: 200ms", text), encoding="utf-8")
            copies.append(copy)
    return copies


async def test_every_question_of_the_dashboards_has_an_answer(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as up:
        rules = quick_rules(tmp_path)
        with prometheus(config(tmp_path, [f"127.0.0.1:{up.server.metrics_port}"], rules)) as asked_of:
            await holds(lambda: scrapes(asked_of) >= 1)
            for turn in range(3):
                await a_little_of_everything(up, turn)
                before = await asyncio.to_thread(scrapes, asked_of)
                await holds(lambda before=before: scrapes(asked_of) >= before + 2)  # type: ignore[misc]
            empty = []
            for query in asked():
                found = await asyncio.to_thread(asked_of.query, filled(query.expr, CHOSEN))
                if not any(math.isfinite(float(series["value"][1])) for series in found):
                    empty.append((str(query), found))
            assert not empty
            await _rules_are_well(asked_of, rules)
            await _variables_have_values(asked_of)


async def _rules_are_well(asked_of: Prometheus, rules: list[Path]) -> None:
    """Hold that each rule was evaluated without an error, and that marks of alerts can be asked for."""

    def told() -> list[dict[str, Any]]:
        return [rule for group in asked_of.get("rules")["groups"] for rule in group["rules"]]

    assert rules
    await holds(lambda: all(rule["health"] != "unknown" for rule in told()))
    bad = [(rule["name"], rule.get("lastError")) for rule in await asyncio.to_thread(told) if rule["health"] != "ok"]
    assert not bad
    for name in NAMES:
        for marks in committed(name)["annotations"]["list"]:
            await asyncio.to_thread(asked_of.query, filled(marks["expr"], CHOSEN))


async def _variables_have_values(asked_of: Prometheus) -> None:
    """Hold that whoever opens a dashboard can choose something in each of its lists."""
    for name in NAMES:
        for variable in committed(name)["templating"]["list"]:
            if variable["type"] == "query":
                found = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
                assert found
                series = await asyncio.to_thread(asked_of.query, f"group by ({found[2]}) ({filled(found[1], CHOSEN)})")
                assert all(one["metric"][found[2]] for one in series)
                assert series, variable["name"]


def test_an_expression_that_is_wrong_is_refused(tmp_path: Path) -> None:
    """Otherwise the test above could not fail."""
    with prometheus(config(tmp_path, [])) as asked_of:
        for wrong in ("sum by queue (x)", "rate(x)", "x{center=$center}"):
            with pytest.raises(ValueError, match=r"parse error|expected type"):
                asked_of.query(wrong)
