"""The behavior suite: every table on the reference and on the compiled router, invariants after every line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tables
from acdcore.router import Core, EventType, Result
from acdcore.router.reference import Reference

PATHS = sorted(tables.TABLES.glob("*.txt"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@pytest.mark.parametrize("router", [Reference, Core])
def test_table(path: Path, router: Callable[[], Any]) -> None:
    tables.run(path, router())


def test_every_result_and_event_occurs() -> None:
    """A code that no table mentions is a rule that nobody has written down."""
    results: Counter[Result] = Counter()
    events: Counter[EventType] = Counter()
    for path in PATHS:
        router = Core()
        builder = tables.Builder(tables.Names(router))
        for step in tables.parse(path):
            results[step.result] += 1
            router.apply(builder.command(step))
            drained = router.drain()
            builder.names.learn(drained)
            events.update(EventType(event.type) for event in drained)
    assert [result.name for result in Result if not results[result]] == []
    assert [event.name for event in EventType if not events[event]] == []


def test_a_wrong_table_fails(tmp_path: Path) -> None:
    """The canary: a table that expects the wrong agent, the wrong code or too little is refused."""
    good = "0s tier t => OK | defined tier t\n0s queue q => OK | defined queue q\n0s agent a => OK | defined agent a\n"
    for bad in (
        "1s sign_in a => NOT_SIGNED_IN\n",
        "1s sign_in a => OK | b available agent\n",
        "1s sign_in a => OK\n",
        "1s sign_in a => OK | a available agent | offered o1 i1 a\n",
    ):
        path = tmp_path / "bad.txt"
        path.write_text(good + bad, encoding="utf-8")
        with pytest.raises(AssertionError, match="expected"):
            tables.run(path, Core())
