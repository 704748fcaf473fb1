"""One table from results to exceptions, one between exceptions and gRPC statuses; both have no holes."""

from __future__ import annotations

import pickle

import grpc
import pytest

from acdcore import commands, errors
from acdcore.errors import REFUSALS, AcdError, DoorReason, refusal, shown
from acdcore.router.codes import ItemKind, Op, QueueField, Result, Setting, StepField
from acdcore.router.records import Answer, Command, Item
from acdcore.router.reference import Reference
from acdcore.rpc import codec

KINDS = sorted(AcdError.__subclasses__(), key=lambda kind: kind.__name__)


def test_every_refusal_has_an_exception() -> None:
    assert set(REFUSALS) == set(Result) - {Result.OK}


def test_every_exception_has_a_status_of_its_own() -> None:
    assert set(codec.STATUSES) == set(KINDS)
    assert len(set(codec.STATUSES.values())) == len(KINDS)
    assert grpc.StatusCode.OK not in codec.STATUSES.values()


@pytest.mark.parametrize("result", sorted(set(Result) - {Result.OK}))
def test_a_refusal_survives_the_wire(result: Result) -> None:
    error = refusal(result, field="queue", value='x"\n\u202e', allowed="anything else")
    status = codec.status_of(error)
    again = codec.error_of(codec.STATUSES[type(error)], error.message, status.SerializeToString())
    assert type(again) is type(error)
    assert (again.reason, again.field, again.value, again.allowed, str(again)) == (
        result.name,
        "queue",
        'x"\\n\\u202e',
        "anything else",
        str(error),
    )


@pytest.mark.parametrize("result", sorted(set(Result) - {Result.OK}))
def test_every_refusal_of_a_command_says_what_it_is_about(result: Result) -> None:
    value = Setting.MAX_QUEUES if result == Result.LIMIT_REACHED else 0
    command = Command(Op.ENQUEUE, 5, target=7, agent=0, queue=0, name=b"call-1", request_id=9)
    error = commands.refused(Reference(), command, Answer(result, value))
    assert type(error) is REFUSALS[result]
    assert error.reason == result.name
    if result not in {Result.MALFORMED, Result.IN_USE}:
        assert error.field


DEFINITION = Command(
    Op.DEFINE_QUEUE,
    5,
    name=b"q",
    items=(
        Item(ItemKind.FIELD, QueueField.MAX_WAITING, 7),
        Item(ItemKind.TIER_FACTOR, 0, 5),
        Item(ItemKind.REQUIRE, 0, 11),
        Item(ItemKind.STEP, 0, 9),
        Item(ItemKind.PREFER, 0, 1),
        Item(ItemKind.STEP_FIELD, StepField.MOVE_TO, 8),
        Item(99, 1, 1),
    ),
)


@pytest.mark.parametrize(
    ("index", "field", "value"),
    [
        (0, "max_waiting", "7"),
        (1, "tiers.standard", "5"),
        (2, "requires.stocks", "11"),
        (3, "plan[1].after", "9ns"),
        (4, "plan[1].prefers.stocks", "1"),
        (5, "plan[1].move_to", "8"),
        (6, "items[6]", "1"),
        (7, "items[7]", "q"),
    ],
)
def test_a_fault_in_a_definition_is_named_by_its_place(index: int, field: str, value: str) -> None:
    core = Reference()
    core.apply(commands.define_skill(1, "stocks"))
    core.apply(commands.define_tier(1, "standard"))
    error = commands.refused(core, DEFINITION, Answer(Result.INVALID_FIELD, index))
    assert (error.field, error.value) == (field, value)


def test_an_unknown_queue_of_an_interaction_is_no_fault_of_its_requirement() -> None:
    command = Command(Op.ENQUEUE, 5, queue=0, items=(Item(ItemKind.REQUIRE, 0, 1),))
    assert commands.refused(Reference(), command, Answer(Result.UNKNOWN_QUEUE)).field == "queue"
    assert commands.refused(Reference(), command, Answer(Result.UNKNOWN_SKILL)).field == "items[0]"


@pytest.mark.parametrize("result", [Result.QUEUE_FULL, Result.QUEUE_CLOSED, Result.QUEUE_UNSTAFFED])
def test_a_door_that_is_shut_is_named_not_the_one_that_was_asked(result: Result) -> None:
    core = Reference()
    for name in ("asked", "shut"):
        core.apply(commands.define_queue(core, 1, name))
    error = commands.refused(core, Command(Op.ENQUEUE, 5, queue=0), Answer(result, 1))
    assert (error.field, error.value) == ("queue", "shut")


@pytest.mark.parametrize(
    ("op", "field"),
    [(Op.ENQUEUE, "preferred_for"), (Op.MOVE, "preferred_for"), (Op.HOLD, "hold_for"), (Op.DECLINE, "retry_after")],
)
def test_a_wrong_duration_is_called_what_the_operation_calls_it(op: Op, field: str) -> None:
    error = commands.refused(Reference(), Command(op, 5, y=3), Answer(Result.INVALID_DURATION))
    assert (error.field, error.value, error.reason) == (field, "3ns", "INVALID_DURATION")


@pytest.mark.parametrize("code", list(grpc.StatusCode))
def test_every_status_makes_an_error_even_without_details(code: grpc.StatusCode) -> None:
    error = codec.error_of(code, "", None)
    assert isinstance(error, AcdError)
    assert error.reason
    assert str(error)


def test_details_of_somebody_else_do_no_harm() -> None:
    error = codec.error_of(grpc.StatusCode.UNAVAILABLE, "proxy says no", b"\xff\xfenonsense")
    assert isinstance(error, errors.Unavailable)
    assert error.reason == DoorReason.NOT_SERVING
    assert str(error) == "proxy says no"


@pytest.mark.parametrize("kind", [AcdError, *KINDS])
def test_errors_can_be_pickled(kind: type[AcdError]) -> None:
    error = kind("no", reason="QUEUE_FULL", field="queue", value=3, allowed="less")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert vars(again) == vars(error)


def test_what_is_repeated_of_a_value_is_short_and_printable() -> None:
    assert shown("a\n\t\u202e\ud800") == "a\\n\\t\\u202e\\ud800"
    assert len(shown("x" * 10_000)) == errors.MAX_ECHO
    assert shown("Grüße 你好") == "Grüße 你好"


def test_a_message_says_field_value_and_what_is_allowed() -> None:
    assert str(refusal(Result.INVALID_PRIORITY, field="priority", value=101, allowed="-100 to 100")) == (
        "priority: invalid priority: '101' (allowed: -100 to 100)"
    )
