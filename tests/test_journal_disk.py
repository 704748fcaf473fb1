"""A real server on a real file system that is small: filled up and emptied again while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from acdcore.bench.demo.server import DemoServer
from acdcore.errors import ResourceExhausted
from acdcore.rpc.client import Client
from journal_world import CENTER

SIZE_MIB = 32
"""Room for the write-ahead log, which is kept, and a little more."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "acdcore-test", str(place)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("needs to mount a file system: root, and a system that lets it")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Write until there is no room left; return the file that took it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert os.statvfs(disk).f_bavail == 0
    return filler


async def refused(client: Client, calls: list[str]) -> bool:
    """Send one more interaction in; note it unless it is refused as the disk is full."""
    name = f"call-{len(calls)}"
    try:
        await client.enqueue("loans", interaction_id=name)
    except ResourceExhausted as full:
        if full.reason != "DISK_FULL":
            raise
        return True
    calls.append(name)
    return False


@pytest.mark.slow
@pytest.mark.plain
async def test_a_full_disk_takes_what_ends_work_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    calls: list[str] = []
    with DemoServer(CENTER, 1.0, data=small_disk / "journal") as server:
        async with Client(server.target) as client:
            ben = client.agent("ben")
            await ben.sign_in()
            for _ in range(20):
                assert not await refused(client, calls)
            [offer] = (await ben.get()).offers
            await ben.accept(offer.offer_id)
            await ben.sign_out()  # after this talk
            filler = fill(small_disk)
            async with asyncio.timeout(60):  # the log still has its room; noticing that there is no more takes some
                while not await refused(client, calls):
                    pass
            await ben.complete(calls[0])  # work that ends needs no new room
            for name in calls[1:10]:
                await client.cancel(name)
            assert await refused(client, calls)
            filler.unlink()
            async with asyncio.timeout(60):
                while await refused(client, calls):
                    pass
            assert server.exit_code is None
        os.kill(server.pid, signal.SIGKILL)
    with DemoServer(CENTER, 1.0, data=small_disk / "journal") as again:
        async with Client(again.target) as client:
            states = [(await client.get_interaction(name)).state.name for name in calls]
    assert states == ["COMPLETED"] + ["ABANDONED"] * 9 + ["WAITING"] * (len(calls) - 10)
