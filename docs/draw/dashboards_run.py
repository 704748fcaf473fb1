"""Draw both dashboards: ``python -m docs.draw.dashboards_run [floor] [router]`` writes docs/dashboard-*.png.

Floor: the sample bank's busy day, lived by a real server much faster than real time; its metrics' page is read once a
minute of the bank's, stamped with the bank's time, and put into a real Prometheus (``promtool tsdb
create-blocks-from openmetrics``). Router: a real Prometheus scrapes a server under load for some minutes.
Either takes about five minutes, and needs Debian's package ``prometheus``.
"""

from __future__ import annotations

import asyncio
import json
import re
import selectors
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import matplotlib as mpl
from PIL import Image

import acdcore.ops
from acdcore import Client
from acdcore.bench.demo.people import DayAtTheBank
from acdcore.bench.demo.server import DemoServer
from acdcore.bench.flat_out import FlatOut, FlatOutResult, center_text
from acdcore.bench.prometheus_server import config, prometheus
from acdcore.config import parse_center
from acdcore.sim.demand import generate_day, load_day, sample_path

from .dashboards import View, picture

DOCS: Final = Path(__file__).parents[1]
SPEED: Final = 240.0
EVERY_S: Final = 60.0
"""How often the page of the bank's day is read, in the bank's seconds."""
MIDNIGHT_S: Final = datetime(2026, 1, 5, tzinfo=UTC).timestamp()
CHOSEN: Final = {"datasource": "", "queue": ".*", "tier": ".*", "instance": ".*", "window": "30m"}
NOT_GRAFANA: Final = "Drawn by docs/draw from the committed JSON and a real Prometheus' answers; this is not Grafana."
INTERACTIONS: Final = 60_000
"""Of the load that the router is shown under."""


class Reader(threading.Thread):
    """Reads a page of metrics again and again, and writes what it says with the bank's time."""

    def __init__(self, url: str, bank: DayAtTheBank, path: Path) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._bank = bank
        self._path = path
        self.over = threading.Event()

    def run(self) -> None:
        """Read until told that it is over."""
        seen: dict[str, str] = {}
        with self._path.open("w", encoding="utf-8") as file:
            while not self.over.wait(EVERY_S / SPEED / 4):
                at_s = MIDNIGHT_S + self._bank.now_s() // EVERY_S * EVERY_S
                if not self._bank.synchronized or seen.get("at") == str(at_s):
                    continue
                seen["at"] = str(at_s)
                with urllib.request.urlopen(self._url, timeout=60) as answer:
                    text = answer.read().decode()
                file.writelines(
                    self._labeled(line, at_s) for line in text.splitlines() if line and not line.startswith("#")
                )
            file.write("# EOF\n")

    @staticmethod
    def _labeled(line: str, at_s: float) -> str:
        """Return a sample as Prometheus would have kept it, with its job and instance, and with its time."""
        name, _, value = line.rpartition(" ")
        own = 'job="acdcore",instance="127.0.0.1:9464"'
        name = f"{name[:-1]},{own}}}" if name.endswith("}") else f"{name}{{{own}}}"
        return f"{name} {value} {at_s:.0f}\n"


async def _live(server: DemoServer, path: Path) -> None:
    day = generate_day(load_day(sample_path("bank_day.yaml")), seed=1)
    async with Client(server.target) as client:
        await client.wait_until_ready()
        bank = DayAtTheBank(client, day, SPEED)
        reader = Reader(server.metrics_url, bank, path)
        reader.start()
        await bank.live()
        reader.over.set()
        await asyncio.to_thread(reader.join)


def draw_floor(folder: Path) -> None:
    """Live the bank's day and draw what its supervisors would have seen in the afternoon."""
    live_floor(folder)
    look_at_floor(folder)


def live_floor(folder: Path) -> None:
    """Live the bank's day and leave what a Prometheus would have kept of it in a folder."""
    page = folder / "page.txt"
    center = sample_path("bank_center.yaml").read_text("utf-8")
    with DemoServer(center, SPEED, metrics=True) as server:
        loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
        with closing(loop):
            loop.run_until_complete(_live(server, page))
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", page, folder / "data"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    apply_rules(folder)


def apply_rules(folder: Path) -> None:
    """Add to a day what the recording rules make of it."""
    rules = Path(acdcore.ops.__file__).with_name("prometheus") / "rules.yml"
    with prometheus(config(folder, [])) as asked:
        span = (f"--start={MIDNIGHT_S + 6 * 3600:.0f}", f"--end={MIDNIGHT_S + 15 * 3600:.0f}")
        where = (f"--url=http://127.0.0.1:{asked.port}", f"--output-dir={folder / 'data'}", str(rules))
        command = ["promtool", "tsdb", "create-blocks-from", "rules", *span, *where]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def look_at_floor(folder: Path) -> None:
    """Draw the dashboard of a day that was lived into a folder."""
    name = re.search(r"(?m)^center: (\S+)", sample_path("bank_center.yaml").read_text("utf-8"))
    assert name
    end = MIDNIGHT_S + 14 * 3600 + 22 * 60  # a quiet moment: some are free, none waits long
    begin = end - 8 * 3600
    with prometheus(config(folder, [])) as asked:
        view = View(asked, begin, end, EVERY_S, CHOSEN | {"center": name[1], "__rate_interval": "4m"})
        _save("floor", view, f"The sample bank's busy day at {SPEED:g} times real time, until 14:22. {NOT_GRAFANA}")


def draw_router(folder: Path) -> None:
    """Put a server under load and draw what its engineers would have seen."""
    agents = 500
    result = FlatOutResult(INTERACTIONS, agents)

    async def load() -> None:
        async with Client(server.target) as client:
            await client.wait_until_ready()
            await FlatOut(client, server.pid, result).run()

    center = center_text(agents)
    with DemoServer(center, 1.0, metrics=True, data=folder / "journal") as server:
        where = urlsplit(server.metrics_url).netloc
        with prometheus(config(folder, [where], every="2s")) as asked:
            time.sleep(30)  # so that there is a little of what it is like without load
            begin = time.time() // 2 * 2 - 20  # whole seconds, as steps are named by them
            asyncio.run(load())
            time.sleep(10)
            values = CHOSEN | {"center": parse_center(center).center, "__rate_interval": "16s"}
            view = View(asked, begin, time.time() // 2 * 2, 2.0, values)
            _save("router", view, f"{INTERACTIONS:,} interactions, {agents} agents, no think time. {NOT_GRAFANA}")


def _save(name: str, view: View, note: str) -> None:
    path = Path(acdcore.ops.__file__).with_name("grafana") / f"{name}.json"
    figure = picture(json.loads(path.read_text("utf-8")), view, note)
    drawn = BytesIO()
    figure.savefig(drawn, format="png")
    few = Image.open(drawn).convert("RGB").quantize(128, dither=Image.Dither.NONE)  # a quarter of the size
    few.save(DOCS / f"dashboard-{name}.png", optimize=True)


def main(names: list[str]) -> None:
    """Draw those that are named, or both."""
    mpl.use("Agg")
    for name, draw in (("floor", draw_floor), ("router", draw_router)):
        if not names or name in names:
            with tempfile.TemporaryDirectory() as folder:
                draw(Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
