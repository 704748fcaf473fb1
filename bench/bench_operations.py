"""The micro view: what each operation of the router costs, in a small center and in a large one.

Each operation is measured in batches of 16 commands, through the C-level interface. A figure is the median of
the batches, divided by 16, and so has a sixteenth of a Python call in it. The second size shows how it grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from rich import box
from rich.console import Console
from rich.table import Table

from acdcore.bench.operations import OPERATIONS, operation

SIZES: Final = (100, 10_000)
"""Agents; as many interactions wait where agents are busy."""
ROUNDS: Final = 100
WIDTH: Final = 80

Figures = dict[tuple[str, int], tuple[float, int]]
"""By operation and size: ns an operation, and the hash of its result."""


def table(figures: Figures) -> Table:
    """Return what was measured, an operation a line: ns at each size, how it grows, hashes of the results."""
    small, large = SIZES
    title = f"ns an operation, with {small:,} and {large:,} agents (and as many waiting)"
    shown = Table(title=title, box=box.SIMPLE_HEAD, width=WIDTH)
    shown.add_column("operation", no_wrap=True)
    for heading in (f"{small:,}", f"{large:,}", "growth"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("results", no_wrap=True, min_width=17)
    for name in OPERATIONS:
        if (name, small) in figures and (name, large) in figures:
            (few_ns, few), (many_ns, many) = figures[name, small], figures[name, large]
            hashes = f"{few >> 32:08x} {many >> 32:08x}"
            shown.add_row(name, f"{few_ns:,.0f}", f"{many_ns:,.0f}", f"{many_ns / few_ns:.1f}", hashes)
    return shown


@pytest.fixture(scope="module")
def figures() -> Iterator[Figures]:
    """Where the figures are kept until all are there; then they are shown."""
    kept: Figures = {}
    yield kept
    print()
    Console(width=WIDTH).print(table(kept))


@pytest.mark.benchmark(group="operations, in rounds of 16 commands")
@pytest.mark.parametrize("agents", SIZES)
@pytest.mark.parametrize("name", OPERATIONS)
def bench_operation(benchmark: Any, figures: Figures, name: str, agents: int) -> None:
    """One operation at one size."""
    one = operation(name, agents)
    one.prepare()

    def prepare() -> None:
        one.restore()  # what the round before has done
        one.prepare()

    one.measure()
    benchmark.pedantic(one.measure, setup=prepare, rounds=ROUNDS)
    one.restore()
    per_round = one.measured / one.rounds
    ns = benchmark.stats.stats.median * 1e9 / per_round
    figures[name, agents] = (ns, one.result_hash())
    benchmark.extra_info["ns an operation, median"] = round(ns, 1)
    benchmark.extra_info["hash"] = f"{one.result_hash():#018x}"
