"""The embedded router opens and closes queues by their calendars, each change at its moment."""

from __future__ import annotations

import pytest

from acdcore import commands
from acdcore.config import opening_commands, parse_center
from acdcore.embedded import Router
from acdcore.errors import FailedPrecondition, InvalidArgument
from acdcore.model import RouterEvent
from acdcore.router.codes import HOUR_NS, EventType, InteractionState, Op

MONDAY_NS = 1_796_601_600 * 10**9
"""2026-12-07 00:00 UTC."""
CENTER = """\
center: c
skills: [any]
calendars:
  day: {time_zone: UTC, hours: {mon-fri: ["08:00-18:00"]}}
  night: {time_zone: UTC, hours: {mon-sun: ["18:00-08:00"]}}
  never: {time_zone: UTC, hours: {}}
queues:
  calls: {calendar: day, at_closing: turn_away, plan: [{requires: {any: 1}}]}
  letters: {calendar: day, plan: [{requires: {any: 1}}]}
  night: {calendar: night, plan: [{requires: {any: 1}}]}
  museum: {calendar: never, plan: [{requires: {any: 1}}]}
  always: {plan: [{requires: {any: 1}}]}
agents:
  anna: {skills: {any: 1}}
"""
CHANGES = (EventType.QUEUE_OPENED, EventType.QUEUE_CLOSED)


def at(hour: float) -> int:
    """Return a moment by the hours since Monday's midnight."""
    return MONDAY_NS + round(hour * HOUR_NS)


def center_at(hour: float, text: str = CENTER) -> Router:
    """A router that was made at an hour."""
    return Router.from_center(parse_center(text), clock=lambda: at(hour))


def open_queues(router: Router) -> list[str]:
    """Return the queues that are open."""
    return [name for name in ("calls", "letters", "night", "museum", "always") if router.queue(name).is_open]


def said(events: list[RouterEvent]) -> list[tuple[float, str]]:
    """Return (hour, sign and queue) of everything that opened or closed."""
    signs = {EventType.QUEUE_OPENED: "+", EventType.QUEUE_CLOSED: "-"}
    return [
        ((event.now_ns - MONDAY_NS) / HOUR_NS, signs[event.type] + event.queue)
        for event in events
        if event.type in CHANGES
    ]


@pytest.mark.parametrize(
    ("hour", "is_open"),
    [
        (7, ["night", "always"]),
        (8, ["calls", "letters", "always"]),
        (17.99, ["calls", "letters", "always"]),
        (18, ["night", "always"]),
        (5 * 24 + 12, ["always"]),  # a Saturday
    ],
)
def test_queues_begin_as_their_hours_say(hour: float, is_open: list[str]) -> None:
    router = center_at(hour)
    assert open_queues(router) == is_open
    router.core.check_invariants()


def test_a_change_is_a_deadline_and_comes_at_its_moment() -> None:
    router = center_at(7)
    router.events()
    assert router.next_deadline_ns() == at(8)
    with pytest.raises(FailedPrecondition, match="queue closed"):
        router.enqueue("calls", now_ns=at(8) - 1)
    assert said(router.events()) == []
    assert router.advance(now_ns=at(8)) == 3
    assert said(router.events()) == [(8, "+calls"), (8, "+letters"), (8, "-night")]
    assert router.next_deadline_ns() == at(18)


def test_whatever_is_due_is_done_before_a_command_in_order_of_time() -> None:
    router = center_at(9)
    router.events()
    call, letter = router.enqueue("calls"), router.enqueue("letters")
    router.sign_in("anna", now_ns=at(33))
    assert said(router.events()) == [
        (18, "-calls"),
        (18, "-letters"),
        (18, "+night"),
        (32, "+calls"),
        (32, "+letters"),
        (32, "-night"),
    ]
    assert router.interaction(call).state == InteractionState.REJECTED
    assert [offer.interaction_id for offer in router.agent("anna").offers] == [letter]
    router.core.check_invariants()


def test_timers_and_changes_fire_in_order_and_are_counted() -> None:
    router = center_at(17.5)
    router.enqueue("always", "later", start_ns=at(17.75))
    router.enqueue("always", "last", start_ns=at(18.25))
    router.events()
    assert router.advance(now_ns=at(19)) == 5
    events = [(event.now_ns, event.interaction_id or event.queue) for event in router.events()]  # times of commands
    assert events == [
        (at(18), "later"),
        (at(18), "calls"),
        (at(18), "letters"),
        (at(18), "night"),
        (at(19), "last"),
    ]


def test_what_somebody_does_by_hand_holds_until_the_calendar_changes() -> None:
    router = center_at(9)
    router.close_queue("calls")
    router.open_queue("night")
    router.advance(now_ns=at(17))
    assert open_queues(router) == ["letters", "night", "always"]
    router.events()
    router.advance(now_ns=at(18))
    assert open_queues(router) == ["night", "always"]
    assert said(router.events()) == [(18, "-letters")]  # the others are so already
    router.advance(now_ns=at(32))
    assert open_queues(router) == ["calls", "letters", "always"]


def test_a_queue_that_is_defined_anew_keeps_its_calendar() -> None:
    router = center_at(9)
    router.define_queue("calls", requires={"any": 1}, replace=True)
    router.advance(now_ns=at(18))
    assert not router.queue("calls").is_open


def test_without_calendars_nothing_is_due() -> None:
    router = center_at(9, "center: c\nqueues: {always: {plan: [{}]}}\n")
    assert router.next_deadline_ns() == -1
    closed = CENTER.replace("calendar: day", "calendar: never").replace("calendar: night", "calendar: never")
    assert center_at(9, closed).next_deadline_ns() == -1


def test_a_time_that_is_refused_opens_nothing() -> None:
    router = center_at(9)
    router.events()
    with pytest.raises(InvalidArgument):
        router.advance(now_ns=2**62 + 2**61)
    assert router.events() == []


def test_a_core_that_somebody_spoke_to_is_not_taken_back_in_time() -> None:
    router = center_at(9)
    router.events()
    router.core.apply(commands.sign_in(router.core, at(20), agent="anna"))
    router.advance(now_ns=at(21))
    assert said(router.events()) == [(20, "-calls"), (20, "-letters"), (20, "+night")]


@pytest.mark.parametrize("step_h", [0.5, 7, 100])
def test_the_changes_are_those_of_a_simulation(step_h: float) -> None:
    """Whatever the steps: as if the whole range had been said at once."""
    end = 14 * 24
    center = parse_center(CENTER)
    router = Router.from_center(center, clock=lambda: at(9))
    router.events()
    names = list(center.queues)
    expected = [
        ((command.now_ns - MONDAY_NS) / HOUR_NS, ("+" if command.x else "-") + names[command.queue])
        for command in opening_commands(center, at(9), at(end))
        if command.op == Op.SET_QUEUE and command.now_ns > at(9)
    ]
    hour = 9.0
    while hour < end - 0.001:
        hour = min(hour + step_h, end - 0.001)
        router.advance(now_ns=at(hour))
    assert said(router.events()) == expected
    assert len(expected) == (2 * 10 - 1) * 2 + 2 * 14 - 1
