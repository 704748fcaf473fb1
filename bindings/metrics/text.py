"""The page's text: Prometheus' exposition format, written by the catalogue.

prometheus_client writes a sample in about 3 µs, this in about a third of one, which decides how long the page's thread
keeps the interpreter to itself when a center has a thousand queues. What both write is the same format; tests read it
with prometheus_client's parser and with promtool.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client.utils import floatToGoString

from ..router.codes import SECOND_NS
from .catalogue import BY_NAME, Family, Kind

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
ROWS_AT_ONCE: Final = 200
"""Rows that are written before other threads get their turn, some tenths of a millisecond."""
_PAUSE_S: Final = 50e-6


def escaped(value: str) -> str:
    """Return a label's value as it stands between quotes."""
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def labels_text(names: Sequence[str], values: Sequence[str]) -> str:
    """Return ``{name="value",...}``."""
    pairs = (f'{name}="{escaped(value)}"' for name, value in zip(names, values, strict=True))
    return f"{{{','.join(pairs)}}}"


def edge_texts(edges: Sequence[int], scale: int) -> tuple[str, ...]:
    """Return what ``le`` says for each edge, divided by ``scale``, and ``+Inf`` behind the last."""
    to_text: Callable[[float], str] = floatToGoString
    return (*(to_text(edge / scale) for edge in edges), "+Inf")


def breathe() -> None:
    """Let other threads have the interpreter: the router's above all, which else waits milliseconds for its turn."""
    time.sleep(_PAUSE_S)


class Page:
    """One page under way. Every family of it is in the catalogue, and is written once, with all its samples."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._pieces: list[bytes] = []
        self._written: set[str] = set()

    def add(self, name: str, samples: Iterable[tuple[Sequence[str], float]]) -> None:
        """Write a counter or a gauge: (values of its labels, value) for each sample.

        Raises ValueError for a name that the catalogue has not, or that is on the page already.
        """
        family = self._begin(name)
        for values, value in samples:
            self._parts.append(f"{name}{labels_text(family.labels, values)} {value}\n")

    def add_rows(self, name: str, labels: Sequence[str], values: Sequence[float], more: str = "") -> None:
        """Write samples of many rows whose labels are texts already; ``more`` is one label more, ``name="value"``.

        A family may be written in several pieces of this kind, one after the other.
        """
        if name not in self._written:
            self._begin(name)
        end = f",{more}}} " if more else "} "
        for begin in range(0, len(labels), ROWS_AT_ONCE):
            pairs = zip(labels[begin : begin + ROWS_AT_ONCE], values[begin : begin + ROWS_AT_ONCE], strict=True)
            self._parts += [f"{name}{label[:-1]}{end}{value}\n" for label, value in pairs]
            self._flush()

    def add_histogram(
        self, name: str, edges: Sequence[int], rows: Iterable[tuple[str, Sequence[int], int]], scale: int = SECOND_NS
    ) -> None:
        """Write a histogram: (labels' text, counts bin by bin, sum of what was counted) for each row.

        There is one bin more than there are edges. Edges and sums are divided by ``scale``: as it is, they are times
        in ns.
        """
        self._begin(name)
        ends = [f'{text}"}} ' for text in edge_texts(edges, scale)]
        for number, (labels, bins, total) in enumerate(rows, start=1):
            head, seen = f'{name}_bucket{labels[:-1]},le="', list(accumulate(bins))
            self._parts += [f"{head}{end}{count}\n" for end, count in zip(ends, seen, strict=True)]
            self._parts.append(f"{name}_sum{labels} {total / scale}\n{name}_count{labels} {seen[-1]}\n")
            if number % (ROWS_AT_ONCE // 10) == 0:
                self._flush()

    def _begin(self, name: str) -> Family:
        family = BY_NAME.get(name)
        if family is None:
            raise ValueError(f"{name}: the catalogue has no such metric")
        if name in self._written:
            raise ValueError(f"{name}: it is on the page already")
        self._written.add(name)
        text = family.help.replace("\\", r"\\").replace("\n", r"\n")
        self._parts.append(f"# HELP {name} {text}\n# TYPE {name} {Kind(family.kind).value}\n")
        return family

    def written(self) -> frozenset[str]:
        """Return the names of the families that are on the page."""
        return frozenset(self._written)

    def _flush(self) -> None:
        """Encode what has been written, and let other threads have their turn: one large piece would stop them all."""
        self._pieces.append("".join(self._parts).encode())
        self._parts.clear()
        breathe()

    def encoded(self) -> list[bytes]:
        """Return the page in UTF-8, in pieces."""
        self._flush()
        return list(self._pieces)
