"""Centers made to hurt a careless router: right at size, and to the last event what the reference does.

How long it takes is for ``python -m acdcore.bench.pathology`` to tell; no clock decides anything here.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from acdcore.bench import pathology_cases as cases
from acdcore.bench.pathology_cases import CASES, Case
from acdcore.bench.tails import timing
from acdcore.bench.tails.stream import Stream
from acdcore.router import EventType, Op, Result
from acdcore.router.reference import Reference

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def made(case: Case, n: int, measured: int, monkeypatch: pytest.MonkeyPatch) -> Stream:
    monkeypatch.setattr(cases, "MOST_MEASURED", measured)
    monkeypatch.setattr(cases, "STAFF", 5)
    monkeypatch.setattr(cases, "COOLING", 5)
    return case.make(n)


@every_case
@pytest.mark.plain
def test_the_reference_does_the_same(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = made(case, 30, 10, monkeypatch)
    router = Reference()
    assert [router.apply(stream.command(number)).code for number in range(len(stream))] == [Result.OK] * len(stream)
    assert stream.core is not None
    assert router.state_hash() == stream.core.state_hash()
    assert len(stream.labels) > 1


@every_case
def test_it_is_right_at_size(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = made(case, 500, 50, monkeypatch)
    assert stream.core is not None
    stream.core.check_invariants()
    ticks, events = np.ones(len(stream), np.int64), np.ones(len(stream), np.int32)
    _, state, refused = timing.replay(stream, ticks, events)
    assert (state, refused) == (stream.core.state_hash(), 0)


def events_of_measured(stream: Stream, label: str) -> Counter[str]:
    """Count the events of the commands that are measured as this."""
    labels, ops = np.empty(len(stream), np.int32), np.empty(len(stream), np.int32)
    stream.numbers(labels, ops)
    which = np.flatnonzero(labels == stream.labels.index(label)).tolist()
    rows = timing.explain(stream, which, np.empty(len(stream), np.int32), np.empty(len(stream), np.int64))
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(row["events"])
    return counts


@pytest.mark.parametrize(
    ("name", "label", "event", "count"),
    [
        ("rare skill", "one more wants the rare skill", EventType.OFFER_MADE, 0),
        ("rare skill", "the one agent goes on", EventType.OFFER_MADE, 50),
        ("all idle", "arrive", EventType.OFFER_MADE, 50),
        ("all busy", "complete, next, arrive", EventType.OFFER_MADE, 50),
        ("own requirements", "arrive, a requirement nobody else has", EventType.OFFER_MADE, 0),
        ("own, ranked", "arrive", EventType.OFFER_MADE, 50),
        ("any order", "complete, next, arrive", EventType.OFFER_MADE, 50),
        ("mass sign-in", "sign in, get one", EventType.OFFER_MADE, 500),
        ("mass sign-in", "live work meanwhile", EventType.INTERACTION_COMPLETED, 50),
        ("one address", "complete, next, one more", EventType.OFFER_MADE, 50),
        ("redefinition", "define the queue anew", EventType.PRIORITY_CHANGED, 500),
        ("closing", "close the queue, turn all away", EventType.INTERACTION_REJECTED, 500),
        ("last one leaves", "sign out: n steps begin", EventType.STEP_BEGAN, 500),
        ("steps at once", "advance: n steps begin", EventType.STEP_BEGAN, 500),
        ("claims", "one more overdue call", EventType.CLAIM_MADE, 0),
        ("reserve", "not ready, back again", EventType.OFFER_MADE, 0),
        ("many lines", "complete, next, arrive", EventType.OFFER_MADE, 50),
    ],
)
def test_what_is_measured_does_what_it_is_meant_to(
    name: str, label: str, event: EventType, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = next(case for case in CASES if case.name == name)
    assert events_of_measured(made(case, 500, 50, monkeypatch), label)[event.name] == count


def test_a_case_that_is_refused_something_says_so() -> None:
    center = cases.Center()
    with pytest.raises(ValueError, match="UNKNOWN_QUEUE"):
        center.enqueue(3)
    assert center.stream.command(len(center.stream) - 1).op == Op.ENQUEUE
