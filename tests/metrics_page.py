"""Asks a page for Prometheus, as Prometheus would."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from acdcore.metrics.page import MetricsServer
from acdcore.rpc.center import Center


class Page:
    """What a scrape brought."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.all = [one for family in text_string_to_metric_families(text) for one in family.samples]

    def samples(self, name: str = "") -> Iterator[Sample]:
        """Yield our own samples, of one name or all."""
        return (one for one in self.all if one.name.startswith("acdcore_") and name in ("", one.name))

    def value(self, name: str, **labels: str) -> float:
        """The one sample of a name whose labels include those given."""
        found = [one.value for one in self.all if one.name == name and labels.items() <= one.labels.items()]
        assert len(found) == 1, (name, labels, found)
        return float(found[0])


async def fetched(page: MetricsServer, path: str = "/metrics", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask a page from another thread; return the HTTP code, the headers and the body. Redirects are followed."""

    def get() -> tuple[int, dict[str, str], bytes]:
        request = urllib.request.Request(f"http://127.0.0.1:{page.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    return await asyncio.to_thread(get)


async def page_of(center: Center, **options: Any) -> Page:
    """Put up a page, scrape it once and take it down."""
    page = MetricsServer(center, host="127.0.0.1", port=0, **options)
    try:
        code, _, body = await fetched(page)
        assert code == 200
        return Page(body.decode())
    finally:
        await page.stop()
