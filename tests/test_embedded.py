"""The router embedded: string ids, durations, errors that name the field, events in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import acdcore
from acdcore import commands
from acdcore.config import parse_center
from acdcore.embedded import Router
from acdcore.errors import (
    AcdError,
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
)
from acdcore.model import Assignment
from acdcore.router import Core
from acdcore.router.codes import (
    AgentState,
    AssignmentState,
    Cause,
    EventType,
    InteractionState,
    OfferState,
    Presence,
    Setting,
    Strategy,
)
from acdcore.router.reference import Reference
from rpc_center import SECOND_NS, START_NS, small_center

REQUEST_ID = "123e4567-e89b-12d3-a456-426614174000"


@pytest.fixture(params=[Reference, Core], ids=["reference", "compiled"])
def router(request: pytest.FixtureRequest) -> Router:
    """The small center on either router."""
    return small_center(request.param())


def test_a_call_from_enqueue_to_the_end_of_wrap_up(router: Router) -> None:
    router.sign_in("anna", now_ns=START_NS)
    call = router.enqueue("stocks", "call-1", tier="vip", since_ns=START_NS - SECOND_NS, now_ns=START_NS)
    assert call == "call-1"
    [offer] = router.agent("anna", now_ns=START_NS + SECOND_NS).offers
    assert (offer.interaction_id, offer.queue, offer.tier, offer.agent) == ("call-1", "stocks", "vip", "anna")
    assert (offer.state, offer.waited, offer.time_to_answer) == (
        OfferState.PENDING,
        timedelta(seconds=2),
        timedelta(seconds=19),
    )
    assignment = router.accept(offer.offer_id, agent="anna", now_ns=START_NS + 2 * SECOND_NS)
    assert (assignment.state, assignment.agent, assignment.queue) == (AssignmentState.ACTIVE, "anna", "stocks")
    assert router.interaction("call-1").assignment_id == assignment.assignment_id
    wrap_up = router.complete("call-1", now_ns=START_NS + 60 * SECOND_NS)
    assert (wrap_up.state, wrap_up.deadline_ns) == (AssignmentState.WRAP_UP, START_NS + 90 * SECOND_NS)
    assert router.agent("anna").state == AgentState.WRAP_UP
    assert router.next_deadline_ns() == START_NS + 90 * SECOND_NS
    assert router.advance(now_ns=START_NS + 90 * SECOND_NS) == 1
    assert router.agent("anna").state == AgentState.IDLE
    assert router.interaction("call-1").state == InteractionState.COMPLETED
    assert router.accept(offer.offer_id).state == AssignmentState.ENDED
    figures = router.figures("stocks", "vip")
    assert (figures.enqueued, figures.answered, figures.answered_in_target, figures.completed) == (1, 1, 1, 1)
    assert figures.average_speed_of_answer == timedelta(seconds=3)
    assert figures.average_handle_time == timedelta(seconds=58 + 30)
    assert figures.service_level == figures.service_level_all == 1.0
    router.core.check_invariants()


def test_complete_returns_what_has_ended_too_and_so_does_its_repeat(router: Router) -> None:
    router.sign_in("ben")
    call = router.enqueue("loans")
    [offer] = router.agent("ben").offers
    accepted = router.accept(offer.offer_id)
    ended = router.complete(call, request_id=REQUEST_ID)
    assert ended == Assignment(accepted.assignment_id, call, "loans", "ben", AssignmentState.ENDED, channel="voice")
    assert (ended.accepted, ended.deadline) == (None, None)
    assert router.complete(call, request_id=REQUEST_ID) == ended


def test_events_in_words(router: Router) -> None:
    router.events()
    router.sign_in("anna")
    router.enqueue("stocks", "call-1", tier="vip")
    router.cancel("call-1")
    events = router.events()
    assert [(event.type, event.cause, event.interaction_id, event.agent) for event in events] == [
        (EventType.PRESENCE_CHANGED, Cause.AGENT, "", "anna"),
        (EventType.INTERACTION_ENQUEUED, Cause.NONE, "call-1", ""),
        (EventType.OFFER_MADE, Cause.NONE, "call-1", "anna"),
        (EventType.OFFER_REVOKED, Cause.CUSTOMER, "call-1", "anna"),
        (EventType.INTERACTION_ABANDONED, Cause.CUSTOMER, "call-1", ""),
    ]
    assert [event.seq for event in events] == list(range(events[0].seq, events[0].seq + 5))
    assert events[2].offer_id == events[3].offer_id != ""
    assert router.events() == []


def test_events_nobody_collects_do_not_fill_the_memory() -> None:
    router = Router(core=Reference(), max_events=3)
    for n in range(10):
        router.define_skill(f"skill-{n}")
    assert [event.seq for event in router.events()] == [8, 9, 10]


def test_presence_and_leases(router: Router) -> None:
    router.configure(lease=timedelta(seconds=30))
    router.sign_in("anna", presence=Presence.NOT_READY, reason="lunch")
    anna = router.agent("anna")
    assert (anna.presence, anna.reason, anna.lease_deadline_ns) == (
        Presence.NOT_READY,
        "lunch",
        START_NS + 30 * SECOND_NS,
    )
    router.set_presence("anna", Presence.AVAILABLE, now_ns=START_NS + 10 * SECOND_NS)
    router.renew("anna", now_ns=START_NS + 20 * SECOND_NS)
    assert router.agent("anna").lease_deadline_ns == START_NS + 50 * SECOND_NS
    router.enqueue("loans", "call-1")
    router.accept(router.interaction("call-1").offer_ids[0])
    router.set_presence("anna", Presence.DRAINING, reason="lunch")
    assert router.agent("anna").next_presence == Presence.NOT_READY
    router.complete("call-1")
    assert (router.agent("anna").presence, router.agent("anna").reason) == (Presence.NOT_READY, "lunch")
    router.sign_out("anna")
    assert router.agent("anna").presence == Presence.OFFLINE
    assert router.agent("anna").skills == {"stocks": 7, "loans": 3}


def test_declining_gives_it_back(router: Router) -> None:
    router.sign_in("anna")
    router.enqueue("loans", "call-1")
    router.decline(router.interaction("call-1").offer_ids[0], agent="anna")
    assert router.interaction("call-1").state == InteractionState.WAITING
    router.sign_in("ben")
    assert router.interaction("call-1").agent == "ben"


def test_forced_sign_out_returns_the_work(router: Router) -> None:
    router.sign_in("anna")
    router.enqueue("loans", "call-1")
    router.accept(router.interaction("call-1").offer_ids[0])
    router.sign_out("anna", force=True)
    assert router.interaction("call-1").state == InteractionState.WAITING


def test_wrap_up_can_be_ended(router: Router) -> None:
    router.sign_in("anna")
    router.enqueue("stocks", "call-1")
    router.accept(router.interaction("call-1").offer_ids[0])
    wrap_up = router.complete("call-1")
    assert wrap_up is not None
    router.end_wrap_up(wrap_up.assignment_id)
    assert router.agent("anna").state == AgentState.IDLE
    with pytest.raises(NotFound, match="assignment_id"):
        router.end_wrap_up(wrap_up.assignment_id)


def test_a_repeat_with_a_request_id_has_one_effect(router: Router) -> None:
    first = router.enqueue("stocks", request_id=REQUEST_ID)
    assert router.enqueue("stocks", request_id=REQUEST_ID.replace("-", "").upper()) == first
    assert router.figures("stocks").enqueued == 1
    with pytest.raises(InvalidArgument, match="request_id") as caught:
        router.enqueue("loans", request_id=REQUEST_ID)
    assert caught.value.reason == "REQUEST_MISMATCH"


def test_ids_that_were_made_up_differ(router: Router) -> None:
    assert router.enqueue("stocks") != router.enqueue("stocks")


def test_without_a_tier_it_is_the_one_of_the_lowest_rank(router: Router) -> None:
    assert router.interaction(router.enqueue("stocks")).tier == "standard"
    assert Router(core=Reference()).core.tier(0) is None
    assert commands.default_tier(Reference()) == -1


def test_time_never_runs_backwards() -> None:
    times = iter([50, 40, 60])
    router = Router(clock=lambda: next(times), core=Reference())
    router.define_skill("a")
    router.define_skill("b")
    router.define_skill("c")
    router.define_skill("d", now_ns=10)
    assert [event.now_ns for event in router.events()] == [50, 50, 60, 60]


def test_a_center_from_its_yaml_runs_on_the_compiled_router() -> None:
    text = "center: tiny\ntiers: {standard: {}}\nqueues: {help: {plan: [{requires: {}}]}}\nagents: {anna: {}}\n"
    router = Router.from_center(parse_center(text, "tiny.yaml"))
    assert isinstance(router.core, Core)
    router.sign_in("anna")
    assert router.interaction(router.enqueue("help")).agent == "anna"


def test_a_center_from_a_file(tmp_path: Any) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(
        "center: tiny\ntiers: {standard: {}}\nqueues: {help: {plan: [{requires: {}}]}}\nagents: {anna: {}}\n"
    )
    assert Router.from_file(path).agent("anna").presence == Presence.OFFLINE


def test_the_public_names() -> None:
    assert acdcore.Router is Router
    assert acdcore.AcdError is AcdError
    assert acdcore.Presence is Presence
    assert acdcore.Strategy is Strategy


LONG = "x" * 129

MISTYPED: list[tuple[Callable[[Any], object], str]] = [
    (lambda r: r.enqueue(5), "queue: must be text (got 5, an int)"),
    (lambda r: r.enqueue(b"stocks"), "queue: must be text (got b'stocks', a bytes)"),
    (lambda r: r.enqueue(None), "queue: must be text (got None)"),
    (lambda r: r.enqueue("stocks", 7), "interaction_id: must be text (got 7, an int)"),
    (lambda r: r.enqueue("stocks", tier=["vip"]), "tier: must be text (got ['vip'], a list)"),
    (lambda r: r.enqueue("stocks", priority="high"), "priority: must be a whole number (got 'high', a str)"),
    (lambda r: r.enqueue("stocks", priority=1.5), "priority: must be a whole number (got 1.5, a float)"),
    (lambda r: r.enqueue("stocks", since_ns="now"), "since_ns: must be a whole number (got 'now', a str)"),
    (lambda r: r.enqueue("stocks", request_id=5), "request_id: must be a UUID or its text (got 5, an int)"),
    (lambda r: r.enqueue("stocks", now_ns="now"), "now_ns: must be a whole number (got 'now', a str)"),
    (lambda r: r.cancel(7), "interaction_id: must be text (got 7, an int)"),
    (lambda r: r.accept(7), "offer_id: must be text (got 7, an int)"),
    (lambda r: r.agent(3), "agent: must be text (got 3, an int)"),
    (lambda r: r.sign_in(3), "agent: must be text (got 3, an int)"),
    (lambda r: r.define_skill(3), "skill: must be text (got 3, an int)"),
    (
        lambda r: r.define_agent("dora", skills=["stocks"]),
        "skills: must be a mapping from skill to level (got ['stocks'], a list)",
    ),
    (
        lambda r: r.define_agent("dora", skills={"stocks": "7"}),
        "skills.stocks: must be a whole number (got '7', a str)",
    ),
    (lambda r: r.define_queue("q", target=5), "target: must be a datetime.timedelta (got 5, an int)"),
    (lambda r: r.define_queue("q", priority="1"), "priority: must be a whole number (got '1', a str)"),
]


@pytest.mark.parametrize(("wrong", "message"), MISTYPED)
def test_a_wrong_type_is_told_and_what_it_should_be(
    router: Router, wrong: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        wrong(router)
    assert str(caught.value) == message
    assert caught.value.field == message.partition(":")[0]
    assert caught.value.allowed
    assert caught.value.allowed in message


def test_words_may_be_given_by_name_and_wrong_ones_are_told(router: Router) -> None:
    router.sign_in("anna", presence="NOT_READY", reason="lunch")
    router.set_presence("anna", "AVAILABLE")
    assert router.agent("anna").presence == Presence.AVAILABLE
    router.define_queue("q", strategy="LONGEST_IDLE")
    wrongs: list[Any] = ["x", 9, 1.0, [], None]
    for wrong in wrongs:
        with pytest.raises(InvalidArgument, match="allowed: OFFLINE, AVAILABLE, NOT_READY, DRAINING") as caught:
            router.set_presence("anna", wrong)
        assert (caught.value.field, caught.value.value) == ("presence", str(wrong))
    with pytest.raises(InvalidArgument, match="allowed: least_occupied"):
        router.define_queue("r", strategy="FASTEST")


@pytest.mark.parametrize("kind", [Reference, Core])
def test_without_a_tier_the_way_out_is_told(kind: Callable[[], commands.Core]) -> None:
    router = Router(core=kind())
    router.define_queue("q")
    looks: list[Callable[[], object]] = [
        lambda: router.enqueue("q", "call-1"),
        lambda: router.enqueue("q", "call-1", tier=""),
        lambda: router.figures("q"),
    ]
    for look in looks:
        with pytest.raises(NotFound, match=r"^no tier is defined: define_tier\('standard'\)$") as caught:
            look()
        assert (caught.value.reason, caught.value.field, caught.value.value) == ("UNKNOWN_TIER", "tier", "")
    router.define_tier("standard")
    assert router.enqueue("q", "call-1") == "call-1"


def test_what_has_an_interaction_id_stands_for_it(router: Router) -> None:
    router.sign_in("anna")
    call = router.interaction(router.enqueue("stocks"))
    router.accept(call.offer_ids[0])
    assert router.interaction(call).state == InteractionState.ASSIGNED
    router.complete(call)
    waiting = router.interaction(router.enqueue("stocks"))
    router.cancel(waiting)
    assert router.interaction(waiting).state == InteractionState.ABANDONED


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        (lambda r: r.enqueue("stokcs"), "stocks"),
        (lambda r: r.enqueue("stocks", tier="Standard"), "standard"),
        (lambda r: r.agent("ana"), "anna"),
        (lambda r: r.sign_in("anna", presence=Presence.NOT_READY, reason="lunhc"), "lunch"),
        (lambda r: r.define_agent("dora", skills={"stock": 1}), "stocks"),
        (lambda r: r.agent("zzz"), ""),
        (lambda r: r.enqueue("stocks-of-another-center"), ""),
    ],
)
def test_a_close_name_is_suggested(router: Router, wrong: Callable[[Router], object], meant: str) -> None:
    with pytest.raises(NotFound) as caught:
        wrong(router)
    question = str(caught.value).partition("; ")[2].partition(" (allowed: ")[0]
    assert question == (f"did you mean {meant!r}?" if meant else "")


def test_too_many_names_are_not_compared(router: Router) -> None:
    for n in range(commands.MAX_COMPARED):
        router.define_skill(f"skill-{n}")
    with pytest.raises(NotFound, match=r"is called 'stock' \(allowed: stocks, loans, .* and 92 more\)$"):
        router.define_agent("dora", skills={"stock": 1})


@pytest.mark.parametrize(
    ("wrong", "known"),
    [
        (lambda r: r.enqueue("post"), "stocks, loans"),
        (lambda r: r.enqueue("loans", tier="gold"), "vip, standard"),
        (lambda r: r.define_queue("q", channel="fax"), "voice"),
        (lambda r: r.sign_in("anna", presence="NOT_READY", reason="tea"), "none, no_answer, lease_lapsed, lunch"),
        (lambda r: r.sign_in("nobody"), ""),  # people are not listed
    ],
)
def test_an_unknown_name_is_told_those_that_are_known(
    router: Router, wrong: Callable[[Router], object], known: str
) -> None:
    with pytest.raises(NotFound) as caught:
        wrong(router)
    assert caught.value.allowed == known
    assert str(caught.value).endswith(f"(allowed: {known})" if known else f"{caught.value.value!r}")


def test_what_is_listed_fits_into_an_answer(router: Router) -> None:
    for sign in "abc":
        router.define_queue(sign * 90)
    with pytest.raises(NotFound) as caught:
        router.enqueue("post")
    assert caught.value.allowed == f"stocks, loans, {'a' * 90}, {'b' * 90} and 1 more"


@pytest.mark.parametrize(
    ("again", "text"),
    [
        (lambda r: r.define_skill("stocks"), "skill: already exists: 'stocks' (allowed: an unused id)"),
        (lambda r: r.define_tier("vip"), "tier: already exists: 'vip' (allowed: an unused id)"),
        (lambda r: r.define_queue("loans"), "queue: already exists: 'loans' (allowed: an unused id)"),
        (lambda r: r.define_agent("anna"), "agent: already exists: 'anna' (allowed: an unused id)"),
    ],
)
def test_what_is_there_already_is_named(router: Router, again: Callable[[Router], object], text: str) -> None:
    with pytest.raises(AlreadyExists) as caught:
        again(router)
    assert str(caught.value) == text


SECOND = timedelta(seconds=1)
IN_WORDS: list[tuple[Callable[[Router], object], str]] = [
    (
        lambda r: r.hold("call-1", -SECOND),
        "hold_for: invalid duration: '-1s' (allowed: 1ms to 400d)",
    ),
    (
        lambda r: r.enqueue("loans", agent="ben", preferred_for=timedelta(days=401)),
        "preferred_for: invalid duration: '401d' (allowed: 1ms to 400d)",
    ),
    (lambda r: r.enqueue("loans", agent="ben"), "preferred_for: give preferred_for or direct"),
    (
        lambda r: r.enqueue("loans", agent="ben", preferred_for=SECOND, direct=True),
        "preferred_for: give preferred_for or direct, not both",
    ),
    (
        lambda r: r.enqueue("loans", preferred_for=SECOND),
        "agent: invalid field (allowed: give agent too, or neither preferred_for nor direct)",
    ),
    (
        lambda r: r.enqueue("loans", since_ns=START_NS + SECOND_NS),
        "since_ns: invalid since: '2027-01-15T08:00:01+00:00' (allowed: from 1970 to now)",
    ),
    (
        lambda r: r.enqueue("loans", since_ns=-SECOND_NS),
        "since_ns: invalid since: '1969-12-31T23:59:59+00:00' (allowed: from 1970 to now)",
    ),
    (
        lambda r: r.enqueue("loans", start_ns=10**30),
        f"start_ns: invalid start: '{10**30} ns since 1970' (allowed: from 1970 on)",
    ),
    (
        lambda r: r.define_queue("q", target=timedelta(days=500)),
        "target: invalid field: '500d' (allowed: 0s to 400d)",
    ),
    (
        lambda r: r.define_queue("q", wrap_up=timedelta(microseconds=1)),
        "wrap_up: invalid field: '1us' (allowed: 0s or 1ms to 400d)",
    ),
    (
        lambda r: r.define_tier("t", target_factor=500),
        "target_factor: invalid field: '500' (allowed: 0.001 to 100)",
    ),
    (lambda r: r.define_channel("chat", most_at_once=0), "most_at_once: invalid field: '0' (allowed: 1 to 100)"),
]


@pytest.mark.parametrize(("wrong", "text"), IN_WORDS)
def test_errors_speak_the_callers_words(router: Router, wrong: Callable[[Router], object], text: str) -> None:
    router.enqueue("loans", "call-1")
    with pytest.raises(InvalidArgument) as caught:
        wrong(router)
    assert str(caught.value) == text


WRONG: list[tuple[Callable[[Router], object], type[AcdError], str, str]] = [
    (lambda r: r.enqueue(""), InvalidArgument, "INVALID_NAME", "queue"),
    (lambda r: r.enqueue("nowhere"), NotFound, "UNKNOWN_QUEUE", "queue"),
    (lambda r: r.enqueue("stocks", tier="gold"), NotFound, "UNKNOWN_TIER", "tier"),
    (lambda r: r.enqueue("stocks", LONG), InvalidArgument, "INVALID_NAME", "interaction_id"),
    (lambda r: r.enqueue("stocks", "a\nb"), InvalidArgument, "INVALID_NAME", "interaction_id"),
    (lambda r: r.enqueue("stocks", "a\u202eb"), InvalidArgument, "INVALID_NAME", "interaction_id"),
    (lambda r: r.enqueue("stocks", "\ud800"), InvalidArgument, "INVALID_NAME", "interaction_id"),
    (lambda r: r.enqueue("stocks", priority=101), InvalidArgument, "INVALID_PRIORITY", "priority"),
    (lambda r: r.enqueue("stocks", priority=-(2**63)), InvalidArgument, "INVALID_PRIORITY", "priority"),
    (lambda r: r.enqueue("stocks", since_ns=-1), InvalidArgument, "INVALID_SINCE", "since_ns"),
    (lambda r: r.enqueue("stocks", since_ns=2**63), InvalidArgument, "INVALID_SINCE", "since_ns"),
    (lambda r: r.enqueue("stocks", since_ns=START_NS + 1), InvalidArgument, "INVALID_SINCE", "since_ns"),
    (lambda r: r.enqueue("stocks", request_id="42"), InvalidArgument, "INVALID_FIELD", "request_id"),
    (lambda r: r.enqueue("stocks", request_id="0" * 32), InvalidArgument, "INVALID_FIELD", "request_id"),
    (lambda r: [r.enqueue("stocks", "c") for _ in "ab"], AlreadyExists, "ALREADY_EXISTS", "interaction_id"),
    (lambda r: [r.enqueue("loans") for _ in "abcd"], ResourceExhausted, "QUEUE_FULL", "queue"),
    (lambda r: r.enqueue("stocks", now_ns=2**62), InvalidArgument, "TIME_ABSURD", "now_ns"),
    (lambda r: r.cancel("nobody"), NotFound, "UNKNOWN_INTERACTION", "interaction_id"),
    (lambda r: r.cancel(r.enqueue("stocks"), cause=Cause.AGENT), InvalidArgument, "INVALID_FIELD", "cause"),
    (lambda r: r.complete(r.enqueue("stocks")), FailedPrecondition, "NOT_ASSIGNED", "interaction_id"),
    (lambda r: r.interaction("nobody"), NotFound, "UNKNOWN_INTERACTION", "interaction_id"),
    (lambda r: r.accept("o-"), InvalidArgument, "INVALID_FIELD", "offer_id"),
    (lambda r: r.accept("o-1g"), InvalidArgument, "INVALID_FIELD", "offer_id"),
    (lambda r: r.accept("o-0"), InvalidArgument, "INVALID_FIELD", "offer_id"),
    (lambda r: r.accept("o-" + "f" * 16), InvalidArgument, "INVALID_FIELD", "offer_id"),
    (lambda r: r.accept("a-1"), InvalidArgument, "INVALID_FIELD", "offer_id"),
    (lambda r: r.accept("o-1"), NotFound, "UNKNOWN_OFFER", "offer_id"),
    (lambda r: r.decline("o-1", agent="zoe"), NotFound, "UNKNOWN_AGENT", "agent"),
    (lambda r: r.end_wrap_up("a-1"), NotFound, "UNKNOWN_ASSIGNMENT", "assignment_id"),
    (lambda r: r.sign_in("zoe"), NotFound, "UNKNOWN_AGENT", "agent"),
    (lambda r: r.sign_in("anna", presence=Presence.OFFLINE), InvalidArgument, "INVALID_PRESENCE", "presence"),
    (lambda r: r.sign_in("anna", reason="lunch"), InvalidArgument, "INVALID_FIELD", "reason"),
    (
        lambda r: r.sign_in("anna", presence=Presence.NOT_READY, reason="golf"),
        NotFound,
        "UNKNOWN_REASON",
        "reason",
    ),
    (lambda r: r.set_presence("anna", Presence.AVAILABLE), FailedPrecondition, "NOT_SIGNED_IN", "agent"),
    (lambda r: r.set_presence("anna", 9), InvalidArgument, "INVALID_PRESENCE", "presence"),  # type: ignore[arg-type]
    (
        lambda r: r.set_presence("anna", Presence.DRAINING, next_presence=Presence.AVAILABLE),
        InvalidArgument,
        "INVALID_PRESENCE",
        "next_presence",
    ),
    (
        lambda r: r.set_presence("anna", Presence.AVAILABLE, next_presence=Presence.OFFLINE),
        InvalidArgument,
        "INVALID_PRESENCE",
        "next_presence",
    ),
    (lambda r: r.renew("anna"), FailedPrecondition, "NOT_SIGNED_IN", "agent"),
    (lambda r: r.agent("zoe"), NotFound, "UNKNOWN_AGENT", "agent"),
    (lambda r: r.figures("stocks", "gold"), NotFound, "UNKNOWN_TIER", "tier"),
    (lambda r: r.define_skill("stocks"), AlreadyExists, "ALREADY_EXISTS", "skill"),
    (lambda r: r.define_skill(LONG), InvalidArgument, "INVALID_NAME", "skill"),
    (lambda r: r.define_agent("dora", skills={"golf": 1}), NotFound, "UNKNOWN_SKILL", "skills.golf"),
    (lambda r: r.define_agent("dora", skills={"stocks": 11}), InvalidArgument, "INVALID_LEVEL", "skills.stocks"),
    (lambda r: r.define_agent("dora", max_open_offers=0), InvalidArgument, "INVALID_FIELD", "max_open_offers"),
    (lambda r: r.define_queue("q", requires={"stocks": 0}), InvalidArgument, "INVALID_LEVEL", "requires.stocks"),
    (lambda r: r.define_queue("q", target=timedelta(seconds=-1)), InvalidArgument, "INVALID_FIELD", "target"),
    (lambda r: r.define_queue("q", target=timedelta.max), InvalidArgument, "INVALID_FIELD", "target"),
    (lambda r: r.define_queue("q", wrap_up=30), InvalidArgument, "INVALID_FIELD", "wrap_up"),  # type: ignore[arg-type]
    (lambda r: r.define_queue("q", strategy=99), InvalidArgument, "INVALID_FIELD", "strategy"),  # type: ignore[arg-type]
    (lambda r: r.define_tier("t", target_factor=float("nan")), InvalidArgument, "INVALID_FIELD", "target_factor"),
    (lambda r: r.define_tier("t", target_factor=float("inf")), InvalidArgument, "INVALID_FIELD", "target_factor"),
    (lambda r: r.define_tier("t", target_factor=-1.0), InvalidArgument, "INVALID_FIELD", "target_factor"),
    (lambda r: r.configure(occupancy_half_life=timedelta(hours=1)), FailedPrecondition, "IN_USE", ""),
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


def test_limits_name_their_setting(router: Router) -> None:
    router.configure(limits={Setting.MAX_SKILLS: 2})
    with pytest.raises(ResourceExhausted) as caught:
        router.define_skill("cards")
    assert (caught.value.field, caught.value.value) == ("max_skills", "2")


def test_strategies_and_ordinary_unicode(router: Router) -> None:
    router.define_skill("Grüße 你好 ☎")
    router.define_queue("очередь", requires={"Grüße 你好 ☎": 1}, strategy=Strategy.LONGEST_IDLE)
    router.define_agent("Zoë", skills={"Grüße 你好 ☎": 1})
    router.sign_in("Zoë")
    assert router.interaction(router.enqueue("очередь", "звонок {1} \"'\\")).agent == "Zoë"
