"""The books of a load: what several processes have found adds up to one, and what does not balance is named."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acdcore.bench.load.books import Books, Kind, Note, adds_up, compare
from acdcore.model import QueueFigures

pytestmark = pytest.mark.plain

QUEUES, TIERS = ("orders", "advice"), ("standard", "vip")
ROW = QueueFigures(
    queue="orders", tier="vip", target_ns=2 * 10**9, enqueued=0, answered=0, answered_in_target=0, abandoned=0,
    abandoned_in_target=0, completed=0, returned=0, offers_made=0, offers_accepted=0, offers_declined=0,
    offers_expired=0, offers_revoked=0, wait_ns=0, handle_ns=0, wrap_up_ns=0, waiting=0, offered=0, active=0,
    longest_wait_ns=-1, wait_edges_ns=(), wait_bins=(),
)  # fmt: skip

events = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(list(Kind)),
        st.sampled_from(QUEUES),
        st.sampled_from(TIERS),
        st.integers(0, 4),
        st.sampled_from((+1, -1)),
        st.booleans(),
    ),
    max_size=60,
)


@given(events)
def test_processes_that_tell_their_news_add_up_to_one(
    happened: list[tuple[int, Kind, str, str, int, int, bool]],
) -> None:
    alone, master = Books(), Books()
    workers = [Books() for _ in range(3)]
    for who, kind, queue, tier, number, by, tells in happened:
        for books in (alone, workers[who]):
            books.count(kind, queue, tier)
            books.mark(f"i-{number}", by)
            books.notes[Note.LOOKS] += 1
        if tells:
            master.add(workers[who].news())
    for worker in workers:
        master.add(worker.news())
    assert master.counts == alone.counts
    assert master.notes == alone.notes
    assert master.marks == alone.marks
    assert master.problems() == alone.problems()
    for key in itertools.product((None, *QUEUES), (None, *TIERS)):
        assert master.service_level(*key) == alone.service_level(*key)


def served_once() -> Books:
    """The books of a process whose caller was served by an agent of its own."""
    books = Books()
    for kind in (Kind.ENQUEUED, Kind.ANSWERED, Kind.ANSWERED_IN_TARGET, Kind.SERVED):
        books.count(kind, "orders", "vip")
    books.mark("i-1", +1)
    books.mark("i-1", -1)
    books.notes[Note.LOOKS] += 1
    return books


def test_what_balances_has_no_problems() -> None:
    assert served_once().problems() == []


def test_an_interaction_without_an_end_is_lost() -> None:
    books = served_once()
    books.open |= {"i-2", "i-3", "i-4", "i-5"}
    assert books.problems() == ["4 interactions were lost: i-2, i-3, i-4, ..."]
    master = Books()
    told = [books.news(), Books().news()]
    for one in told:
        master.add(one)
    master.still_open(told)
    assert master.problems() == ["4 interactions were lost: i-2, i-3, i-4, ..."]


def test_an_interaction_that_two_agents_have_got_is_named() -> None:
    books = served_once()
    books.mark("i-1", +1)
    assert books.problems() == ["1 interactions were assigned once too often: i-1"]


def test_an_interaction_that_came_back_may_be_assigned_again() -> None:
    books = served_once()
    for by in (+1, -1):  # another accept, whose media failed
        books.mark("i-1", by)
    assert books.problems() == []


def test_a_caller_whom_no_agent_has_served_is_named() -> None:
    books = served_once()
    books.mark("i-9", -1)
    assert books.problems() == ["1 interactions were served by nobody: i-9"]


def test_a_look_that_does_not_add_up_is_told() -> None:
    books = served_once()
    books.notes[Note.BAD_LOOKS] += 1
    assert books.problems() == ["1 of 1 looks at the figures did not add up"]


def test_the_service_level_leaves_out_who_hung_up_within_the_target() -> None:
    books = Books()
    for kind, number in ((Kind.ANSWERED, 8), (Kind.ANSWERED_IN_TARGET, 6), (Kind.LEFT, 5), (Kind.LEFT_IN_TARGET, 3)):
        for _ in range(number):
            books.count(kind, "orders", "vip")
    found = books.service_level("orders")
    assert (found.met, found.eligible, found.level) == (6, 10, 0.6)
    assert books.service_level("advice").level is None


def test_the_users_and_the_server_agree() -> None:
    before = [replace(ROW, enqueued=7, answered=5, completed=5, abandoned=2)]
    after = [replace(ROW, enqueued=8, answered=6, answered_in_target=1, completed=6, abandoned=2)]
    compared, problems = compare(served_once(), before, after)
    assert problems == []
    assert [(one.users, one.server) for one in compared if one.kind is Kind.SERVED] == [(1, 1)]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"enqueued": 2}, "orders, vip: the users count 1 enqueued, the server 2"),
        ({"answered": 2}, "orders, vip: the users count 1 answered, the server 2"),
        ({"answered_in_target": 0}, "orders, vip: the users count 1 answered in target, the server 0"),
        ({"completed": 0}, "orders, vip: the users count 1 served, the server 0"),
        ({"abandoned": 1}, "orders, vip: the users count 0 hung up, the server 1"),
        ({"returned": 1}, "orders, vip: the users count 0 returned, the server 1"),
        ({"scheduled": 3}, "orders, vip: 3 interactions still live"),
    ],
)
def test_what_the_server_counts_otherwise_is_told(changed: dict[str, int], problem: str) -> None:
    counted: dict[str, Any] = {"enqueued": 1, "answered": 1, "answered_in_target": 1, "completed": 1}
    after = replace(ROW, **counted | changed)
    assert compare(served_once(), [], [after])[1] == [problem]


def test_figures_of_one_moment_add_up() -> None:
    here = replace(ROW, enqueued=9, completed=2, abandoned=1, expired=1, rejected=1, waiting=1, offered=1, active=1)
    assert adds_up([replace(here, held_now=1)])
    assert adds_up([replace(here, scheduled=2), replace(ROW, enqueued=1, completed=0)])
    assert not adds_up([here])
