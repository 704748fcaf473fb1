"""The page for Prometheus: a thread of its own that asks every source for a copy, and writes it down.

A source is a part of the server that has figures: the center, later the journal. It copies them in the server's event
loop, a little at a time, and writes them in the page's thread, by the catalogue. When the loop does not come round,
the page says so and shows what can be seen without it.
"""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
    start_http_server,
)

from ..rpc.center import Center
from .center import CenterSource
from .text import CONTENT_TYPE, Page

T = TypeVar("T")

TIMEOUT_S: Final = 5.0
"""How long the copy may take; Prometheus itself waits 10 s by default."""


class Source(Protocol):
    """A part of the server that has figures. Scrapes come one after the other."""

    async def copy(self) -> None:
        """Copy what is to be written, in the server's event loop, a little at a time."""

    def give_up(self) -> None:
        """Forget what was copied: the loop has not come round in time. :meth:`write` follows."""

    def write(self, page: Page) -> None:
        """Write what was copied, in the page's thread; what can be seen without the loop, in any case."""


class MetricsServer:
    """The page itself, on a port of its own, loopback unless told otherwise.

    Args:
        center: the center whose figures the page has.
        host: the address to listen on.
        port: 0 for a free one.
        sources: who else has figures.
        groups: agent -> group of the configuration, for the agents who are in one.
        timeout_s: how long the server's loop may take to bring a copy.

    Raises OSError when the port cannot be had.
    """

    def __init__(
        self,
        center: Center,
        *,
        host: str,
        port: int,
        sources: Sequence[Source] = (),
        groups: Mapping[str, str] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._timeout_s = timeout_s
        self._sources: list[Source] = [CenterSource(center, groups or {}, self._ask), *sources]
        self._one_at_a_time = threading.Lock()
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        PlatformCollector(registry=self._process)
        GCCollector(registry=self._process)
        self._server, self._thread = start_http_server(port, addr=host, registry=self._process)
        self._server.set_app(self._serve)
        self.port = int(self._server.server_port)

    async def stop(self) -> None:
        """Close the page; a scrape under way may finish."""
        await asyncio.to_thread(self._server.shutdown)
        self._server.server_close()
        await asyncio.to_thread(self._thread.join)

    def scrape(self) -> Page:
        """Return the page as of now, without the process' own figures. For any thread but the loop's."""
        page = Page()
        with self._one_at_a_time:
            try:
                self._ask(self._copy())
            except (TimeoutError, RuntimeError):  # stuck in a commit or in somebody's long turn, or the loop is gone
                for source in self._sources:
                    source.give_up()
            for source in self._sources:
                source.write(page)
        return page

    def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        """Have something done in the server's loop, from the page's thread."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(self._timeout_s)
        except TimeoutError:
            future.cancel()
            raise

    async def _copy(self) -> None:
        for source in self._sources:
            await source.copy()

    def _serve(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Answer /metrics, and lead there from /."""
        plain = ("Content-Type", "text/plain; charset=utf-8")
        path = environ["PATH_INFO"]
        if path != "/metrics":
            if path == "/":
                start_response("302 Found", [("Location", "/metrics"), plain])
            else:
                start_response("404 Not Found", [plain])
            return [b"The metrics are under /metrics.\n"]
        pieces = [*self.scrape().encoded(), generate_latest(self._process)]
        headers = [("Content-Type", CONTENT_TYPE)]
        if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            packer = zlib.compressobj(1, wbits=31)  # quick: such text packs tenfold at any level
            pieces = [*map(packer.compress, pieces), packer.flush()]
            headers.append(("Content-Encoding", "gzip"))
        headers.append(("Content-Length", str(sum(map(len, pieces)))))
        start_response("200 OK", headers)
        return pieces
