"""The router embedded, beyond one queue: plans, channels, addressees, holds, moves, doors, defining anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from acdcore import Gate, MoveTo, Overflow, Requirement, Step, TierOverride
from acdcore.embedded import Router
from acdcore.errors import AcdError, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted
from acdcore.lookup import customer_item
from acdcore.model import ChannelUse
from acdcore.router import Core
from acdcore.router.codes import (
    AssignmentState,
    Cause,
    EventType,
    InteractionState,
    Order,
    Presence,
    Setting,
    Strategy,
)
from acdcore.router.reference import Reference
from rpc_center import SECOND_NS, START_NS, small_center

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=[Reference, Core], ids=["reference", "compiled"])
def router(request: pytest.FixtureRequest) -> Router:
    """The small center on either router."""
    return small_center(request.param())


def at(seconds: float) -> int:
    """Return so many seconds after the beginning."""
    return START_NS + round(seconds * SECOND_NS)


def types(router: Router) -> list[EventType]:
    """Return the types of the events since the last look."""
    return [event.type for event in router.events()]


# ---------------------------------------------------------------------- plans


def test_a_plan_widens_with_time(router: Router) -> None:
    plan = [
        Step({"stocks": 9}, skip_when_hopeless=False),
        Step({"stocks": 1}, after=30 * SECOND),
        Step(after=MINUTE, priority=50),
    ]
    router.define_queue("experts", plan=plan)
    router.sign_in("anna")
    call = router.enqueue("experts")
    assert router.interaction(call).state == InteractionState.WAITING
    assert router.next_deadline_ns() == at(30)
    router.advance(now_ns=at(30))
    assert (router.interaction(call).step, router.interaction(call).agent) == (1, "anna")
    later = router.enqueue("experts", now_ns=at(31))
    router.advance(now_ns=at(91))
    assert (router.interaction(later).step, router.interaction(later).priority) == (2, 50)
    assert router.interaction(later).entered_ns == at(31)
    assert router.interaction(later).entered is not None
    router.core.check_invariants()


def test_a_hopeless_step_is_skipped_at_once_and_a_step_may_move(router: Router) -> None:
    plan = [Step({"stocks": 9}), Step(after=MINUTE, move_to="loans")]
    router.define_queue("experts", plan=plan)
    router.sign_in("ben")
    call = router.enqueue("experts")
    assert (router.interaction(call).queue, router.interaction(call).agent) == ("loans", "ben")
    moved = next(event for event in router.events() if event.type == EventType.INTERACTION_MOVED)
    assert (moved.from_queue, moved.queue, moved.interaction_id) == ("experts", "loans", call)


def test_a_step_that_only_acts_keeps_the_gate_of_before(router: Router) -> None:
    """Loans helps while two wait; that the priority rises later does not open that door for good."""
    plan = [
        Step({"stocks": 1}, skip_when_hopeless=False),
        Step({"loans": 1}, after=SECOND, when=Gate(waiting=2)),
        Step(after=2 * SECOND, priority=5),
        Step(after=3 * SECOND, priority=9, when=Gate(waiting=2)),
    ]
    router.define_queue("gated", plan=plan)
    assert router.queue("gated").definition.plan == (
        Step(Requirement({"stocks": 1}), skip_when_hopeless=False),
        Step(Requirement({"loans": 1}), after=SECOND, when=Gate(waiting=2)),
        *plan[2:],
    )
    router.sign_in("ben")
    first = router.enqueue("gated")
    router.advance(now_ns=at(5))
    assert (router.interaction(first).step, router.interaction(first).priority) == (3, 5)
    assert router.interaction(first).state == InteractionState.WAITING
    second = router.enqueue("gated", now_ns=at(6))
    assert (router.interaction(first).priority, router.interaction(first).agent) == (9, "ben")
    assert router.interaction(second).state == InteractionState.WAITING


def test_what_a_queue_says_can_be_read_back(router: Router) -> None:
    gate = Gate(waiting=(3, 1), lender="loans", lender_free=1)
    plan = [
        Step(Requirement({"stocks": 5}, [{"stocks": 7, "loans": 3}], ["loans"], {"stocks": 9})),
        Step({"loans": 1}, after=MINUTE, when=gate),
    ]
    router.define_channel("chat", cost=30, most_at_once=3, exclusive_wrap_up=True)
    router.define_queue(
        "all",
        plan=plan,
        channel="chat",
        target=5 * SECOND,
        priority=3,
        tiers={"vip": TierOverride(0.5, 30 * SECOND)},
        strategy=Strategy.ROUND_ROBIN,
        prefer_last_agent=7 * SECOND,
        affinity=False,
        claims=False,
        reserve_agents=2,
        reserve_rank=10,
        reserve_opens=9 * SECOND,
        offer_timeout=11 * SECOND,
        auto_accept=False,
        shared_offers=2,
        cool_down=13 * SECOND,
        on_expiry="KEEP",
        max_offers=2,
        on_held=MoveTo("loans"),
        held_for=17 * SECOND,
        wrap_up=19 * SECOND,
        max_handle_time=MINUTE,
        max_waiting=9,
        on_full=Overflow.REJECT,
        max_wait=5 * MINUTE,
        on_max_wait=MoveTo("stocks"),
        on_unstaffed="REJECT",
        on_closed="WAIT",
    )
    queue = router.queue("all")
    said = queue.definition
    assert (queue.queue, queue.is_open, queue.queued, queue.gates_open) == ("all", True, 0, (True, False))
    first, second = said.plan
    assert first.requirement == Requirement({"stocks": 5}, ({"stocks": 7, "loans": 3},), {"loans": 1}, {"stocks": 9})
    assert second == Step(Requirement({"loans": 1}), after=MINUTE, when=gate)
    assert (said.channel, said.target, said.priority, said.strategy) == ("chat", 5 * SECOND, 3, "round_robin")
    assert said.tiers == {"vip": TierOverride(0.5, 30 * SECOND)}
    assert (said.prefer_last_agent, said.affinity, said.claims) == (7 * SECOND, False, False)
    assert (said.reserve_agents, said.reserve_rank, said.reserve_opens) == (2, 10, 9 * SECOND)
    assert (said.offer_timeout, said.auto_accept, said.shared_offers) == (11 * SECOND, False, 2)
    assert (said.cool_down, said.on_expiry, said.max_offers) == (13 * SECOND, "keep", 2)
    assert (said.on_held, said.held_for, said.wrap_up) == (MoveTo("loans"), 17 * SECOND, 19 * SECOND)
    assert (said.max_handle_time, said.max_waiting, said.on_full) == (MINUTE, 9, "reject")
    assert (said.max_wait, said.on_max_wait) == (5 * MINUTE, MoveTo("stocks"))
    assert (said.on_unstaffed, said.on_closed) == ("reject", "wait")
    again = {name: getattr(said, name) for name in type(said).__slots__}
    router.define_queue("all", **again, replace=True)
    assert router.queue("all") == queue


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
def test_words_of_the_yaml_are_taken_in_any_case(router: Router, spell: Callable[[str], str]) -> None:
    given = {
        "strategy": "least_occupied",
        "on_expiry": "not_ready",
        "on_full": "reject",
        "on_max_wait": "end",
        "on_unstaffed": "wait",
        "on_closed": "wait",
        "on_held": "retry",
    }
    router.define_queue("q", **{field: spell(word) for field, word in given.items()})  # type: ignore[arg-type]
    said = router.queue("q").definition
    assert {field: getattr(said, field) for field in given} == given
    router.configure(order=spell("proportional"))
    assert router.core.setting(Setting.ORDER) == Order.PROPORTIONAL
    router.sign_in("anna", presence=spell("not_ready"))
    router.set_presence("anna", spell("draining"), next_presence=spell("offline"))
    assert router.agent("anna").presence == Presence.OFFLINE
    call = router.enqueue("loans")
    router.cancel(call, cause=spell("system"))
    assert router.interaction(call).state == InteractionState.ABANDONED


@pytest.mark.parametrize(
    ("field", "word", "allowed"),
    [
        ("on_full", "wait", "reject, or a MoveTo"),
        ("on_max_wait", "stay", "end, or a MoveTo"),
        ("on_held", "again", "retry or end, or a MoveTo"),
        ("strategy", "fastest", ", ".join(one.name.lower() for one in Strategy)),
        ("on_expiry", "forgive", "keep, not_ready"),
    ],
)
def test_a_word_that_is_none_is_told_those_that_are(router: Router, field: str, word: str, allowed: str) -> None:
    wrong: Any = {field: word}
    with pytest.raises(InvalidArgument) as caught:
        router.define_queue("q", **wrong)
    assert (caught.value.field, caught.value.value, caught.value.allowed) == (field, word, allowed)


def test_an_interaction_may_ask_for_more_than_its_queue(router: Router) -> None:
    for agent in ("anna", "ben"):
        router.sign_in(agent)
    call = router.enqueue("loans", requirement=Requirement({"loans": 5}))
    assert router.interaction(call).agent == "ben"
    other = router.enqueue("loans", requirement=Requirement(excludes={"loans": 5}))
    assert router.interaction(other).agent == "anna"


# ---------------------------------------------------------------------- defining anew


def test_defining_anew_states_every_field_anew(router: Router) -> None:
    router.define_queue("loans", requires={"loans": 1}, priority=7, replace=True)
    assert router.queue("loans").definition.priority == 7
    assert router.queue("loans").definition.max_waiting > 3
    router.define_agent("anna", skills={"loans": 1}, replace=True)
    assert router.agent("anna").skills == {"loans": 1}
    router.define_tier("vip", rank=20, replace=True)
    assert router.core.tier(0) == (b"vip", 1_000_000, 0, 20)
    router.define_channel("voice", cost=50, most_at_once=2, replace=True)
    assert router.agent("anna").channels == {"voice": ChannelUse(held=0, limit=2)}
    assert [event.defined for event in router.events()][-4:] == ["loans", "anna", "vip", "voice"]


def test_what_waits_is_held_to_the_new_definition(router: Router) -> None:
    router.sign_in("ben")
    call = router.enqueue("stocks")
    assert router.interaction(call).state == InteractionState.WAITING
    router.define_queue("stocks", requires={"loans": 9}, replace=True)
    assert router.interaction(call).agent == "ben"


def test_settings_of_the_whole_center(router: Router) -> None:
    router.configure(order="PROPORTIONAL", seed=42)
    assert router.core.setting(Setting.ORDER) == Order.PROPORTIONAL
    assert router.core.setting(Setting.SEED) == 42
    router.configure(order=Order.DUE)
    assert router.core.setting(Setting.ORDER) == Order.DUE


# ---------------------------------------------------------------------- channels


def test_an_agent_has_room_for_several_chats_as_far_as_their_own_limits_go(router: Router) -> None:
    router.define_channel("chat", cost=30, most_at_once=3)
    router.define_queue("chat", channel="chat", auto_accept=True)
    router.define_agent("dora", channels={"chat": 2, "voice": 0})
    router.sign_in("dora")
    chats = [router.enqueue("chat") for _ in range(3)]
    assert [router.interaction(chat).state for chat in chats] == [
        InteractionState.ASSIGNED,
        InteractionState.ASSIGNED,
        InteractionState.WAITING,
    ]
    dora = router.agent("dora")
    assert dora.channels == {"voice": ChannelUse(0, 0), "chat": ChannelUse(2, 2)}
    assert (dora.units, dora.handled) == (60, 2)
    assert {one.channel for one in dora.assignments} == {"chat"}


def test_a_call_may_interrupt_an_email(router: Router) -> None:
    router.define_channel("email", cost=100)
    router.define_channel("voice", interrupts=["email"], replace=True)
    router.define_queue("mail", requires={"stocks": 1}, channel="email", auto_accept=True)
    router.sign_in("anna")
    mail = router.enqueue("mail")
    call = router.enqueue("stocks")
    [offer] = router.agent("anna").offers
    assert (offer.interaction_id, offer.channel) == (call, "voice")
    assert router.interaction(mail).state == InteractionState.ASSIGNED


def test_a_call_that_is_past_due_claims_an_agent(router: Router) -> None:
    router.define_channel("chat", cost=30, most_at_once=3)
    router.define_queue("chat", requires={"stocks": 1}, channel="chat", auto_accept=True)
    router.sign_in("anna")
    first, second = router.enqueue("chat"), router.enqueue("chat")
    call = router.enqueue("stocks")
    router.advance(now_ns=at(10))
    assert router.interaction(call).claimed_agent == "anna"
    assert router.agent("anna").claim_interaction_id == call
    third = router.enqueue("chat", now_ns=at(11))
    router.complete(first, now_ns=at(12))
    assert router.interaction(third).state == InteractionState.WAITING
    router.complete(second, now_ns=at(13))
    assert router.interaction(call).agent == "anna"
    assert router.agent("anna").claim_interaction_id == ""


# ---------------------------------------------------------------------- addressees


def test_a_preferred_agent_is_waited_for_so_long(router: Router) -> None:
    for agent in ("anna", "ben"):
        router.sign_in(agent)
    busy = router.enqueue("stocks")
    router.accept(router.interaction(busy).offer_ids[0])
    call = router.enqueue("loans", agent="anna", preferred_for=30 * SECOND)
    view = router.interaction(call)
    assert (view.state, view.addressed_agent, view.addressed_until_ns) == (InteractionState.WAITING, "anna", at(30))
    assert view.addressed_until is not None
    router.advance(now_ns=at(30))
    view = router.interaction(call)
    assert (view.agent, view.addressed_agent, view.addressed_until) == ("ben", "", None)
    assert EventType.ADDRESS_ENDED in types(router)


def test_a_direct_agent_needs_no_skill(router: Router) -> None:
    for agent in ("anna", "carla"):
        router.sign_in(agent)
    call = router.enqueue("stocks", agent="carla", direct=True)
    assert (router.interaction(call).agent, router.interaction(call).addressed_until_ns) == ("carla", -1)


def test_a_customer_finds_the_agent_of_the_last_time(router: Router) -> None:
    router.define_queue("loans", requires={"loans": 1}, prefer_last_agent=MINUTE, replace=True)
    for agent in ("anna", "ben"):
        router.sign_in(agent)
    first = router.enqueue("loans", customer_id="customer 7")
    agent = router.interaction(first).agent
    router.accept(router.interaction(first).offer_ids[0])
    router.complete(first, now_ns=at(5))
    again = router.enqueue("loans", customer_id="customer 7", now_ns=at(6))
    assert (router.interaction(again).agent, router.interaction(again).addressed_agent) == (agent, agent)
    router.cancel(again, now_ns=at(7))
    stranger = router.enqueue("loans", customer_id="customer 8", now_ns=at(8))
    assert router.interaction(stranger).addressed_agent == ""


def test_a_customers_id_is_kept_as_its_hash() -> None:
    """The same on every machine and for ever: journals and snapshots hold it."""
    item = customer_item("customer 7")
    assert (item.key, item.value) == (-4874014069628813678, -2728335581877042056)
    assert customer_item("customer 8") != item
    for bad in ("", "a\nb", "x" * 129):
        with pytest.raises(InvalidArgument) as caught:
            customer_item(bad)
        assert caught.value.field == "customer_id"


# ---------------------------------------------------------------------- holds, moves, doors


def test_a_callback_waits_from_its_time_on(router: Router) -> None:
    router.sign_in("anna")
    call = router.enqueue("stocks", start_ns=at(600))
    view = router.interaction(call)
    assert (view.state, view.until_ns, view.since_ns) == (InteractionState.SCHEDULED, at(600), at(600))
    assert (view.entered, view.entered_ns) == (None, 0)
    assert view.until is not None
    router.advance(now_ns=at(600))
    assert (router.interaction(call).agent, router.interaction(call).until) == ("anna", None)
    early = router.enqueue("stocks", start_ns=at(9_000), now_ns=at(601))
    router.release(early, now_ns=at(602))
    assert router.interaction(early).state == InteractionState.WAITING


def test_what_is_held_comes_back_to_its_old_place(router: Router) -> None:
    call = router.enqueue("stocks")
    other = router.enqueue("stocks", now_ns=at(1))
    router.hold(call, MINUTE, now_ns=at(2))
    assert (router.interaction(call).state, router.interaction(call).until_ns) == (InteractionState.HELD, at(62))
    assert router.figures("stocks", now_ns=at(3)).held_now == 1
    router.release(call, now_ns=at(4))
    router.sign_in("anna", now_ns=at(5))
    assert router.interaction(call).agent == "anna"
    assert router.interaction(other).state == InteractionState.WAITING
    router.hold(router.interaction(call), MINUTE, now_ns=at(6))
    assert router.interaction(other).agent == "anna"
    router.advance(now_ns=at(66))
    assert router.interaction(call).state == InteractionState.WAITING
    assert router.figures("stocks", now_ns=at(67)).held == 2


def test_moving_keeps_the_wait_and_a_transfer_too(router: Router) -> None:
    router.sign_in("anna")
    call = router.enqueue("stocks")
    router.accept(router.interaction(call).offer_ids[0])
    router.sign_in("ben", now_ns=at(4))
    router.move(call, "loans", priority=9, now_ns=at(5))
    view = router.interaction(call)
    assert (view.queue, view.priority, view.since_ns, view.agent) == ("loans", 9, START_NS, "ben")
    assert router.agent("anna", now_ns=at(6)).assignments[0].state == AssignmentState.WRAP_UP
    assert (router.figures("stocks").moved, router.figures("loans").moved_in) == (1, 1)
    router.accept(view.offer_ids[0], now_ns=at(6))
    router.move(view, "stocks", agent="anna", preferred_for=MINUTE, now_ns=at(7))
    assert router.interaction(call).addressed_agent == "anna"


def test_priority_may_be_changed_and_given_back(router: Router) -> None:
    call = router.enqueue("stocks")
    router.set_priority(call, 40)
    assert router.interaction(call).priority == 40
    router.set_priority(router.interaction(call), None)
    assert router.interaction(call).priority == 0
    assert types(router).count(EventType.PRIORITY_CHANGED) == 2


def test_a_closed_queue_refuses_and_turns_away(router: Router) -> None:
    call = router.enqueue("stocks")
    router.close_queue("stocks")
    assert not router.queue("stocks").is_open
    assert router.queue("stocks").queued == 1
    with pytest.raises(FailedPrecondition) as caught:
        router.enqueue("stocks")
    assert (caught.value.reason, caught.value.field, caught.value.value) == ("QUEUE_CLOSED", "queue", "stocks")
    router.close_queue("stocks", turn_away=True)
    assert router.interaction(call).state == InteractionState.REJECTED
    assert router.figures("stocks").rejected == 1
    router.open_queue("stocks")
    assert router.interaction(router.enqueue("stocks")).state == InteractionState.WAITING


def test_overflow_names_the_queue_that_refuses(router: Router) -> None:
    router.define_queue("back-office", requires={"loans": 1}, on_unstaffed=Overflow.REJECT)
    router.define_queue("front", max_waiting=0, on_full=MoveTo("back-office"))
    with pytest.raises(FailedPrecondition) as caught:
        router.enqueue("front")
    assert (caught.value.reason, caught.value.value) == ("QUEUE_UNSTAFFED", "back-office")
    router.sign_in("ben")
    assert router.interaction(router.enqueue("front")).queue == "back-office"


# ---------------------------------------------------------------------- offers


def test_a_decline_may_say_for_how_long_and_that_it_could_not_ring(router: Router) -> None:
    router.sign_in("anna")
    call = router.enqueue("stocks")
    router.decline(router.interaction(call).offer_ids[0], retry_after=5 * MINUTE)
    assert router.next_deadline_ns() == at(300)
    router.advance(now_ns=at(300))
    router.decline(router.interaction(call).offer_ids[0], failed=True, now_ns=at(301))
    assert router.figures("stocks").offers_failed == 1
    assert router.interaction(call).misses == 2


def test_media_that_fail_put_it_back(router: Router) -> None:
    router.sign_in("anna")
    call = router.enqueue("stocks")
    assignment = router.accept(router.interaction(call).offer_ids[0])
    assert assignment.channel == "voice"
    router.fail(assignment.assignment_id, now_ns=at(2))
    view = router.interaction(call)
    assert (view.state, view.since_ns, view.misses) == (InteractionState.WAITING, START_NS, 1)
    assert EventType.OFFER_FAILED in types(router)


def test_the_first_who_accepts_a_shared_offer_has_it(router: Router) -> None:
    router.define_queue("loans", requires={"loans": 1}, shared_offers=2, replace=True)
    for agent in ("anna", "ben"):
        router.sign_in(agent)
    call = router.enqueue("loans")
    first, second = router.interaction(call).offer_ids
    router.accept(first)
    with pytest.raises(FailedPrecondition) as caught:
        router.accept(second)
    assert (caught.value.reason, caught.value.field, caught.value.value) == ("ALREADY_TAKEN", "offer_id", second)
    revoked = [event for event in router.events() if event.type == EventType.OFFER_REVOKED]
    assert [(event.offer_id, event.cause) for event in revoked] == [(second, Cause.TAKEN)]


def test_after_too_many_misses_it_is_held_and_then_what_the_queue_says(router: Router) -> None:
    router.define_queue("loans", requires={"loans": 1}, max_offers=1, on_held=Overflow.REJECT, replace=True)
    router.sign_in("anna")
    call = router.enqueue("loans")
    router.decline(router.interaction(call).offer_ids[0])
    assert router.interaction(call).state == InteractionState.REJECTED


# ---------------------------------------------------------------------- what is wrong


PLAN_OF_TWO = [Step({"stocks": 1}), Step(after=timedelta(days=500))]


WRONG: list[tuple[Callable[[Router], object], type[AcdError], str, str]] = [
    (lambda r: r.define_queue("stocks"), AlreadyExists, "ALREADY_EXISTS", "queue"),
    (lambda r: r.define_queue("nowhere", replace=True), NotFound, "UNKNOWN_NAME", "queue"),
    (lambda r: r.define_tier("gold", replace=True), NotFound, "UNKNOWN_NAME", "tier"),
    (lambda r: r.define_agent("zoe", replace=True), NotFound, "UNKNOWN_NAME", "agent"),
    (lambda r: r.define_channel("fax", replace=True), NotFound, "UNKNOWN_NAME", "channel"),
    (lambda r: r.define_channel("voice"), AlreadyExists, "ALREADY_EXISTS", "channel"),
    (lambda r: r.define_channel("fax", cost=0), InvalidArgument, "INVALID_FIELD", "cost"),
    (lambda r: r.define_channel("fax", interrupts=["telex"]), NotFound, "UNKNOWN_CHANNEL", "interrupts[0]"),
    (lambda r: r.define_queue("q", channel="fax"), NotFound, "UNKNOWN_CHANNEL", "channel"),
    (lambda r: r.define_queue("q", on_full=MoveTo("x")), NotFound, "UNKNOWN_QUEUE", "on_full"),
    (lambda r: r.define_queue("q", on_full=Overflow.WAIT), InvalidArgument, "INVALID_FIELD", "on_full"),
    (lambda r: r.define_queue("q", on_held="x"), InvalidArgument, "INVALID_FIELD", "on_held"),
    (lambda r: r.define_queue("q", on_expiry="x"), InvalidArgument, "INVALID_FIELD", "on_expiry"),
    (lambda r: r.define_queue("q", tiers={"x": TierOverride(1.0)}), NotFound, "UNKNOWN_TIER", "tiers.x"),
    (
        lambda r: r.define_queue("q", tiers={"vip": TierOverride(0.0)}),
        InvalidArgument,
        "INVALID_FIELD",
        "tiers.vip.target_factor",
    ),
    (lambda r: r.define_queue("q", requires={}, plan=[]), InvalidArgument, "INVALID_FIELD", "requires"),
    (lambda r: r.define_queue("q", plan=[Step({"x": 1})]), NotFound, "UNKNOWN_SKILL", "plan[0].requires.x"),
    (lambda r: r.define_queue("q", plan=[Step(priority=1)]), InvalidArgument, "INVALID_FIELD", "plan[0]"),
    (lambda r: r.define_queue("q", plan=PLAN_OF_TWO), InvalidArgument, "INVALID_FIELD", "plan[1].after"),
    (
        lambda r: r.define_queue("q", plan=[Step(), Step(after=MINUTE), Step(after=SECOND)]),
        InvalidArgument,
        "INVALID_DURATION",
        "plan[2].after",
    ),
    (
        lambda r: r.define_queue("q", plan=[Step(), Step({"stocks": 1}, move_to="loans")]),
        InvalidArgument,
        "INVALID_FIELD",
        "plan[1].requirement",
    ),
    (
        lambda r: r.define_queue("q", plan=[Step(), Step(priority=101)]),
        InvalidArgument,
        "INVALID_PRIORITY",
        "plan[1].priority",
    ),
    (lambda r: r.define_queue("q", plan=[Step(), Step(move_to="x")]), NotFound, "UNKNOWN_QUEUE", "plan[1].move_to"),
    (
        lambda r: r.define_queue("q", plan=[Step(), Step(when=Gate(waiting=(1, 2)))]),
        InvalidArgument,
        "INVALID_FIELD",
        "plan[1].when.waiting",
    ),
    (
        lambda r: r.define_queue("q", plan=[Step(), Step(when=Gate(agents=(2, 1)))]),
        InvalidArgument,
        "INVALID_FIELD",
        "plan[1].when.agents",
    ),
    (
        lambda r: r.define_queue("q", plan=[Step(), Step(when=Gate(lender_free=1))]),
        InvalidArgument,
        "INVALID_FIELD",
        "plan[1].when.lender_free",
    ),
    (
        lambda r: r.define_queue("q", plan=[Step(), Step(when=Gate(lender="x", lender_free=1))]),
        NotFound,
        "UNKNOWN_QUEUE",
        "plan[1].when.lender",
    ),
    (
        lambda r: r.define_queue("q", plan=[Step(Requirement(any_of=[{}]))]),
        InvalidArgument,
        "INVALID_FIELD",
        "plan[0].any_of[0]",
    ),
    (lambda r: r.define_agent("zoe", channels={"fax": 1}), NotFound, "UNKNOWN_CHANNEL", "channels.fax"),
    (lambda r: r.define_agent("zoe", channels={"voice": 101}), InvalidArgument, "INVALID_FIELD", "channels.voice"),
    (lambda r: r.configure(order="FIFO"), InvalidArgument, "INVALID_FIELD", "order"),
    (lambda r: r.configure(seed=-1), InvalidArgument, "INVALID_FIELD", "seed"),
    (lambda r: r.enqueue("stocks", agent="zoe", direct=True), NotFound, "UNKNOWN_AGENT", "agent"),
    (lambda r: r.enqueue("stocks", agent="anna"), InvalidArgument, "INVALID_DURATION", "preferred_for"),
    (lambda r: r.enqueue("stocks", direct=True), InvalidArgument, "INVALID_FIELD", "agent"),
    (
        lambda r: r.enqueue("stocks", agent="anna", direct=True, preferred_for=SECOND),
        InvalidArgument,
        "INVALID_DURATION",
        "preferred_for",
    ),
    (
        lambda r: r.enqueue("stocks", agent="anna", preferred_for=timedelta(0)),
        InvalidArgument,
        "INVALID_DURATION",
        "preferred_for",
    ),
    (lambda r: r.enqueue("stocks", agent="anna", preferred_for=5), InvalidArgument, "INVALID_FIELD", "preferred_for"),  # type: ignore[arg-type]
    (
        lambda r: r.enqueue("stocks", requirement=Requirement({"x": 1})),
        NotFound,
        "UNKNOWN_SKILL",
        "requirement.requires.x",
    ),
    (
        lambda r: r.enqueue("stocks", requirement=Requirement(prefers={"stocks": 11})),
        InvalidArgument,
        "INVALID_LEVEL",
        "requirement.prefers.stocks",
    ),
    (lambda r: r.enqueue("stocks", requirement=5), InvalidArgument, "INVALID_FIELD", "requirement"),  # type: ignore[arg-type]
    (lambda r: r.enqueue("stocks", customer_id="a\nb"), InvalidArgument, "INVALID_NAME", "customer_id"),
    (lambda r: r.enqueue("stocks", start_ns=-1), InvalidArgument, "INVALID_START", "start_ns"),
    (lambda r: r.enqueue("stocks", start_ns=at(401 * 86_400)), InvalidArgument, "INVALID_START", "start_ns"),
    (lambda r: r.move("nobody", "loans"), NotFound, "UNKNOWN_INTERACTION", "interaction_id"),
    (lambda r: r.move(r.enqueue("stocks"), "x"), NotFound, "UNKNOWN_QUEUE", "queue"),
    (lambda r: r.set_priority(r.enqueue("stocks"), 101), InvalidArgument, "INVALID_PRIORITY", "priority"),
    (lambda r: r.hold(r.enqueue("stocks"), timedelta(0)), InvalidArgument, "INVALID_DURATION", "hold_for"),
    (
        lambda r: r.hold(r.enqueue("stocks", start_ns=at(9)), MINUTE),
        FailedPrecondition,
        "NOT_WAITING",
        "interaction_id",
    ),
    (lambda r: r.release(r.enqueue("stocks")), FailedPrecondition, "NOT_HELD", "interaction_id"),
    (lambda r: r.decline("o-1", retry_after=timedelta(0)), InvalidArgument, "INVALID_DURATION", "retry_after"),
    (lambda r: r.fail("a-1"), NotFound, "UNKNOWN_ASSIGNMENT", "assignment_id"),
    (lambda r: r.fail("o-1"), InvalidArgument, "INVALID_FIELD", "assignment_id"),
    (lambda r: r.open_queue("x"), NotFound, "UNKNOWN_QUEUE", "queue"),
    (lambda r: r.close_queue("x"), NotFound, "UNKNOWN_QUEUE", "queue"),
    (lambda r: r.queue("stokcs"), NotFound, "UNKNOWN_QUEUE", "queue"),
]


@pytest.mark.parametrize(("wrong", "kind", "reason", "field"), WRONG)
def test_what_is_wrong_is_named(
    router: Router, wrong: Callable[[Router], object], kind: type[AcdError], reason: str, field: str
) -> None:
    with pytest.raises(kind) as caught:
        wrong(router)
    assert type(caught.value) is kind
    assert (caught.value.reason, caught.value.field) == (reason, field)
    assert str(caught.value).isprintable()
    router.core.check_invariants()


step: Any = Step
gate: Any = Gate
requirement: Any = Requirement
"""To be given what their types forbid."""
MISTYPED: list[tuple[Callable[[Any], object], str]] = [
    (lambda r: r.define_queue("q", requires=["stocks"]), "requirement: must be a Requirement or a mapping"),
    (lambda r: r.define_queue("q", plan=[{"stocks": 1}]), "plan[0]: must be a Step (got"),
    (lambda r: r.define_queue("q", plan=[step("stocks")]), "plan[0]: must be a Requirement or a mapping"),
    (lambda r: r.define_queue("q", plan=[step(), step(after=5)]), "plan[1].after: must be a datetime.timedelta"),
    (lambda r: r.define_queue("q", plan=[step(), step(when=5)]), "plan[1].when: must be a Gate"),
    (
        lambda r: r.define_queue("q", plan=[step(), step(when=gate(waiting="5"))]),
        "plan[1].when.waiting: must be a whole number",
    ),
    (
        lambda r: r.define_queue("q", plan=[step(), step(when=gate(waiting=(1, 2, 3)))]),
        "plan[1].when.waiting: must be one value or a pair",
    ),
    (
        lambda r: r.define_queue("q", requires=requirement(excludes=5)),
        "excludes: must be a mapping from skill to level",
    ),
    (lambda r: r.define_queue("q", requires=requirement(prefers="stocks")), "prefers: must be a mapping"),
    (lambda r: r.define_queue("q", max_wait=5), "max_wait: must be a datetime.timedelta"),
    (lambda r: r.hold("c", 5), "hold_for: must be a datetime.timedelta"),
    (lambda r: r.open_queue(5), "queue: must be text"),
    (lambda r: r.enqueue("stocks", customer_id=5), "customer_id: must be text"),
    (lambda r: r.enqueue("stocks", start_ns="now"), "start_ns: must be a whole number"),
]


@pytest.mark.parametrize(("wrong", "message"), MISTYPED)
def test_a_wrong_type_is_told_and_what_it_should_be(
    router: Router, wrong: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        wrong(router)
    assert str(caught.value).startswith(message)


def test_offline_agents_make_a_queue_unstaffed(router: Router) -> None:
    router.define_queue("q", requires={"stocks": 1}, on_unstaffed="REJECT")
    router.sign_in("anna", presence=Presence.NOT_READY)
    assert router.interaction(router.enqueue("q")).state == InteractionState.WAITING
    router.sign_out("anna")
    with pytest.raises(FailedPrecondition, match="queue unstaffed: 'q'"):
        router.enqueue("q")


def test_a_limit_names_its_setting(router: Router) -> None:
    router.configure(limits={Setting.MAX_STEPS: 1})
    with pytest.raises(ResourceExhausted) as caught:
        router.define_queue("q", plan=[Step(), Step()])
    assert (caught.value.field, caught.value.value) == ("max_steps", "1")
