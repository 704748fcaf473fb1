"""Real servers whose clock is a fake one: the wall clock is set while they run and while they are down, or they stop.

Debian's ``faketime`` stands between the process and the system's clocks; a file says by how much they are off.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from acdcore.journal import SqliteJournal
from acdcore.journal.encoding import decode, take_apart
from acdcore.router.codes import InteractionState, Op, Presence
from acdcore.rpc.client import Client
from acdcore.rpc.owner import GAP_NS
from cli_ran import ran
from rpc_center import until

# Libraries in between do not go with those of the sanitizers.
pytestmark = pytest.mark.plain

LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
needs_faketime = pytest.mark.skipif(LIBRARY is None, reason="faketime is not installed: apt-get install faketime")

SECOND_NS = 10**9
HOUR_S = 3600
DAY_S = 24 * HOUR_S
MOMENT_S = 290
"""What a test takes, at most; everything that could end by time does so 300 s after it has begun."""
CENTER = """\
center: bank
settings: {lease: 300s}
skills: [loans, cards]
queues:
  loans: {target: 20s, offer_timeout: 300s, max_handle_time: 9d, plan: [{requires: {loans: 1}}]}
  cards: {target: 20s, max_wait: 300s, plan: [{requires: {cards: 1}}]}
agents:
  ben: {skills: {loans: 9}}
  eve: {skills: {loans: 5, cards: 5}}
"""


class Faked:
    """A server in a process of its own whose clocks are off by what :meth:`set_off` says, and a client."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "journal"
        self._center = folder / "bank.yaml"
        self._center.write_text(CENTER, encoding="utf-8")
        self._offset = folder / "offset"
        self._process: subprocess.Popen[str] | None = None
        self._starts = 0

    def set_off(self, seconds: float) -> None:
        """Let the clocks be off from now on, also those of a server that runs."""
        new = self.folder / "offset.new"
        new.write_text(f"{seconds:+}\n", encoding="utf-8")
        new.replace(self._offset)  # whole, or not at all: it is read all the time

    @property
    def process(self) -> subprocess.Popen[str]:
        """The server's process."""
        assert self._process is not None
        return self._process

    @asynccontextmanager
    async def serving(self, off_s: float, *, all_clocks: bool = False) -> AsyncIterator[Client]:
        """Serve with a wall clock that is off, or with ``all_clocks``; killed when the block ends, if it still runs."""
        self.set_off(off_s)
        self._starts += 1
        environment = os.environ | {
            "LD_PRELOAD": str(LIBRARY) if LIBRARY is not None else "",
            "FAKETIME_TIMESTAMP_FILE": str(self._offset),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": str(int(not all_clocks)),
            "NO_FAKE_STAT": "1",
        }
        command = (
            sys.executable, "-m", "acdcore.cli", "serve", str(self._center), "--data", str(self.data), "--port", "0",
            "--no-metrics", "--log-format", "json",
        )  # fmt: skip
        try:
            said = await asyncio.to_thread(self._start, command, environment)
            found = re.search(r"127\.0\.0\.1:\d+", said)
            assert found is not None, said + self._log.read_text("utf-8")
            async with Client(found[0], timeout=timedelta(seconds=MOMENT_S)) as client:
                yield client
        finally:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.communicate()

    def _start(self, command: Sequence[str], environment: dict[str, str]) -> str:
        """Start it without a page of metrics, for which faketime's sleeping is not good enough; return its line."""
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    @property
    def _log(self) -> Path:
        return self.folder / f"server-{self._starts}.log"

    def told(self, event: str) -> list[dict[str, Any]]:
        """Return what the log of the server that was started last says of an event."""
        whole = [line for line in self._log.read_text("utf-8").splitlines(keepends=True) if line.endswith("}\n")]
        return [told for told in map(json.loads, whole) if told["event"] == event]

    def has_told(self, event: str, times: int = 1) -> bool:
        """Say whether the log has an event so many times."""
        return len(self.told(event)) >= times

    def has_resumed(self, least_s: float, most_s: float) -> bool:
        """Say whether the log tells that it resumed after about so long."""
        return any(least_s < told["duration_s"] < most_s for told in self.told("resumed"))

    def commands(self) -> Iterator[tuple[Op, int]]:
        """Yield every command of the journal with its time, in nanoseconds."""
        journal = SqliteJournal(self.data, readonly=True)
        try:
            for row in journal.read():
                yield from ((Op(command.op), command.now_ns) for command, _ in decode(take_apart(row.body)))
        finally:
            journal.close()


@pytest.fixture
def faked(tmp_path: Path) -> Faked:
    """A server that is yet to be started."""
    return Faked(tmp_path)


async def soon(holds: Callable[[], bool]) -> None:
    """Wait until something holds; raise TimeoutError when it does not within a moment."""
    async with asyncio.timeout(MOMENT_S):
        await until(holds)


async def waiting(client: Client, *names: str) -> list[int]:
    """Return since when they wait; they all do."""
    found = [await client.get_interaction(name) for name in names]
    assert {one.state for one in found} == {InteractionState.WAITING}
    return [one.since_ns for one in found]


async def nothing_has_happened(client: Client, offer_id: str, *, since: list[int]) -> None:
    """See that everything is as it was when ben got this offer, and that nobody's wait has changed."""
    ben = await client.agent("ben").get()
    assert ben.presence == Presence.AVAILABLE
    assert [one.offer_id for one in ben.offers] == [offer_id]
    assert (await client.get_interaction("ringing")).state == InteractionState.OFFERED
    assert (await client.get_interaction("callback")).state == InteractionState.SCHEDULED
    assert await waiting(client, "call", "patient") == since


def moments(times_ns: list[int]) -> bool:
    """Say whether each came at or after the one before, and all within a moment."""
    return times_ns == sorted(times_ns) and times_ns[-1] - times_ns[0] < MOMENT_S * SECOND_NS


async def begun(client: Client) -> tuple[str, list[int]]:
    """Begin something of everything that ends by time; return the offer to ben, and since when two wait."""
    await client.agent("ben").sign_in()
    await client.enqueue("loans", interaction_id="ringing")
    await client.enqueue("cards", interaction_id="call")
    await client.enqueue("loans", interaction_id="patient")
    await client.enqueue("cards", interaction_id="callback", start=datetime.now(UTC) + timedelta(seconds=300))
    [offer] = (await client.agent("ben").get()).offers
    return offer.offer_id, await waiting(client, "call", "patient")


@needs_faketime
async def test_a_wall_clock_that_is_set_changes_nothing_while_running_and_turns_no_time_back(faked: Faked) -> None:
    async with faked.serving(0) as client:
        offer_id, since = await begun(client)
        for n, off_s in enumerate((HOUR_S, -HOUR_S)):
            faked.set_off(off_s)
            await soon(partial(faked.has_told, "clock_set", n + 1))
            assert abs(faked.told("clock_set")[n]["ahead_s"] + off_s) < MOMENT_S
            await client.enqueue("loans", interaction_id=f"later-{n}")
            await nothing_has_happened(client, offer_id, since=since)
        assert moments(since + await waiting(client, "later-0", "later-1"))
    async with faked.serving(-DAY_S) as client:  # it was killed, and meanwhile the clock was set back
        await soon(partial(faked.has_told, "clock_set"))
        assert abs(faked.told("clock_set")[0]["ahead_s"] - DAY_S) < MOMENT_S
        await nothing_has_happened(client, offer_id, since=since)
        await client.enqueue("loans", interaction_id="later-2")
        assert moments(since + await waiting(client, "later-0", "later-1", "later-2"))
    assert moments([now_ns for _, now_ns in faked.commands()])
    async with faked.serving(DAY_S) as client:  # a day later
        await soon(partial(faked.has_told, "serving"))
        assert faked.told("clock_set") == []
        assert (await client.get_interaction("call")).state == InteractionState.EXPIRED  # it waits for 300 s
        assert (await client.get_interaction("callback")).state == InteractionState.WAITING
        [offer] = (await client.agent("ben").get()).offers
        assert offer.offer_id == offer_id  # it rings anew
        await client.agent("ben").accept(offer_id)
        await client.enqueue("loans", interaction_id="tomorrow")
    async with faked.serving(0) as client:  # the day was a mistake: time goes on from there
        await soon(partial(faked.has_told, "clock_set"))
        assert (await client.get_interaction("ringing")).state == InteractionState.ASSIGNED
        await client.enqueue("loans", interaction_id="the-last")
        names = ["patient", "later-0", "later-1", "later-2", "callback", "tomorrow", "the-last"]
        since = await waiting(client, *names)
        assert since == sorted(since)
        assert moments(since[-2:])
        assert since[-1] - since[0] > (DAY_S - MOMENT_S) * SECOND_NS
        eve = client.agent("eve")
        await eve.sign_in()
        for name in names:
            [offer] = (await eve.get()).offers
            assert offer.interaction_id == name
            await eve.accept(offer.offer_id)
            await eve.complete(name)
        state = f"{(await client.center_figures()).state_hash:016x}"
        faked.process.terminate()
        assert await asyncio.to_thread(faked.process.wait, MOMENT_S) == 0
    times_ns = [now_ns for _, now_ns in faked.commands()]
    assert times_ns == sorted(times_ns)
    verified = ran("journal", "verify", faked.data)
    assert (verified.exit_code, "all is well" in verified.output) == (0, True), verified.output
    assert state in verified.output  # a replay comes to what the server had


@needs_faketime
async def test_a_server_that_was_stopped_or_slept_resumes_before_anything_fires(faked: Faked) -> None:
    async with faked.serving(0, all_clocks=True) as client:
        offer_id, since = await begun(client)
        faked.process.send_signal(signal.SIGSTOP)
        stopped_s = time.monotonic()
        asked = asyncio.create_task(client.enqueue("loans", interaction_id="meanwhile"))
        await soon(lambda: time.monotonic() - stopped_s > GAP_NS / SECOND_NS + 0.5)
        assert not asked.done()
        faked.process.send_signal(signal.SIGCONT)
        await asked
        await soon(partial(faked.has_resumed, GAP_NS / SECOND_NS, MOMENT_S))
        await nothing_has_happened(client, offer_id, since=since)
        await waiting(client, "meanwhile")

        faked.set_off(600)  # as if the machine had slept: all clocks have gone on
        await soon(partial(faked.has_resumed, 600 - MOMENT_S, 600 + MOMENT_S))
        assert (await client.get_interaction("call")).state == InteractionState.EXPIRED
        assert (await client.get_interaction("callback")).state == InteractionState.WAITING
        ben = await client.agent("ben").get()
        assert ben.presence == Presence.AVAILABLE  # his lease was over, but nobody could have renewed it
        assert [one.offer_id for one in ben.offers] == [offer_id]
        assert faked.told("clock_set") == []
    slept_ns = since[0] + 300 * SECOND_NS  # before that nothing is due, and only the sleep leads beyond it
    commands = [(op, now_ns > slept_ns) for op, now_ns in faked.commands()]
    assert (Op.RESUME, False) in commands
    assert (Op.ADVANCE, False) not in commands
    assert commands.index((Op.RESUME, True)) < commands.index((Op.ADVANCE, True))
    assert ran("journal", "verify", faked.data).exit_code == 0
