"""The numbers in law.pxd are those of codes.py, and both routers look alike from outside."""

from __future__ import annotations

import inspect
import re
from enum import IntEnum
from pathlib import Path

import pytest

from acdcore.router import Core, codes, records
from acdcore.router.reference import Reference

LAW = Path(__file__).parents[1] / "router" / "law.pxd"
PREFIXES = {
    "Kind": "KIND_",
    "ItemKind": "ITEM_",
    "Cause": "CAUSE_",
    "TimerKind": "TIMER_",
    "StepField": "STEP_",
    "ChannelField": "CHANNEL_",
    "Overflow": "OVERFLOW_",
    "OnExpiry": "ON_EXPIRY_",
    "Order": "ORDER_",
}
ELSEWHERE: dict[str, dict[str, str | None]] = {
    "AssignmentState": {"ACTIVE": "A_ACTIVE", "WRAP_UP": "A_WRAP_UP", "ENDED": None},
    "InteractionState": {state.name: f"I_{state.name}" for state in codes.InteractionState},
    "Result": {
        "QUEUE_CLOSED": "QUEUE_IS_CLOSED",
        **{f"OFFER_{end}": f"OFFER_{end}_ALREADY" for end in ("ACCEPTED", "DECLINED", "EXPIRED", "REVOKED", "FAILED")},
    },
}
"""Names that C spells differently, as enums of C share one scope. None: no C code needs it."""


def enums_of_law() -> dict[str, dict[str, int]]:
    """Return every enum of law.pxd by the name in its comment."""
    enums: dict[str, dict[str, int]] = {}
    current: dict[str, int] = {}
    for line in LAW.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"cdef enum:(?:\s*# (\w+))?", line):
            current = enums.setdefault(match[1] or "constants", {})
        elif match := re.match(r"\s+(\w+) = (-?\d+)", line):
            current[match[1]] = int(match[2])
    return enums


ENUMS = [value for value in vars(codes).values() if isinstance(value, type) and issubclass(value, IntEnum)]
ENUMS = [enum for enum in ENUMS if enum is not IntEnum]


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_enum_is_the_same_in_c(enum: type[IntEnum]) -> None:
    law = enums_of_law()[enum.__name__]
    prefix, elsewhere = PREFIXES.get(enum.__name__, ""), ELSEWHERE.get(enum.__name__, {})
    for member in enum:
        name = elsewhere.get(member.name, prefix + member.name)
        if name is not None:
            assert law[name] == member.value, f"{enum.__name__}.{member.name}"


def test_constants_are_the_same_in_c() -> None:
    law = enums_of_law()["constants"]
    for name, value in law.items():
        if hasattr(codes, name):
            assert getattr(codes, name) == value, name
    assert law["N_CHANNELS"] == codes.MAX_CHANNELS
    assert law["MAX_SHARED"] == codes.QUEUE_RULES[codes.QueueField.SHARED].greatest
    assert law["N_SETTINGS"] == max(codes.Setting) + 1
    assert law["N_TIER_FIELDS"] == max(codes.TierField) + 1
    assert law["N_CHANNEL_FIELDS"] == max(codes.ChannelField) + 1
    assert law["N_STEP_FIELDS"] == max(codes.StepField) + 1
    assert law["N_QUEUE_FIELDS"] == max(codes.QueueField) + 1
    assert law["N_AGENT_FIELDS"] == max(codes.AgentField) + 1
    assert law["N_STRATEGIES"] == max(codes.Strategy) + 1
    assert law["N_WAIT_BINS"] == law["MAX_WAIT_EDGES"] + 1
    assert len(codes.WAIT_EDGES_NS) < codes.MAX_WAIT_EDGES
    assert codes.BUILTIN_REASONS[law["REASON_NO_ANSWER"]] == b"no_answer"
    assert codes.BUILTIN_REASONS[law["REASON_LEASE_LAPSED"]] == b"lease_lapsed"


def test_every_field_has_a_rule() -> None:
    assert set(codes.SETTING_RULES) == set(codes.Setting)
    assert set(codes.TIER_RULES) == set(codes.TierField)
    assert set(codes.CHANNEL_RULES) == set(codes.ChannelField)
    assert set(codes.QUEUE_RULES) == set(codes.QueueField)
    assert set(codes.STEP_RULES) == set(codes.StepField)
    assert set(codes.AGENT_RULES) == set(codes.AgentField)
    tables = (codes.SETTING_RULES, codes.TIER_RULES, codes.CHANNEL_RULES, codes.QUEUE_RULES, codes.STEP_RULES)
    for table in (*tables, codes.AGENT_RULES):
        for field, rule in table.items():
            assert rule.allows(rule.default), field


def test_a_promise_never_overflows() -> None:
    """The latest due time there can be fits an int64."""
    target = codes.QUEUE_RULES[codes.QueueField.TARGET_NS].greatest
    factor = codes.TIER_RULES[codes.TierField.TARGET_FACTOR_PPM].greatest
    assert codes.MAX_NOW_NS + target * factor // codes.PPM < 2**63


def test_both_routers_have_the_same_face() -> None:
    for name, method in inspect.getmembers(Core, callable):
        if not name.startswith("_"):
            assert method.__doc__, name
            assert name in ("snapshot", "restored") or callable(getattr(Reference, name)), name


def test_views_are_equal_on_both() -> None:
    """Every view of every entity, after a random history, field by field."""
    import fuzz

    for seed in range(40):
        one, two = Reference(), Core()
        fuzz.differential(seed, 300, one, two, check_every=50)
        assert one.center() == two.center()
        for setting in codes.Setting:
            assert one.setting(setting) == two.setting(setting)
        for handle in [*one.interactions, 0, -1, 2**63 - 1]:
            assert one.interaction(handle) == two.interaction(handle)
            assert one.name(codes.Kind.INTERACTION, handle) == two.name(codes.Kind.INTERACTION, handle)
        for handle in [*one.offers, 0, -1, 2**63 - 1]:
            assert one.offer(handle) == two.offer(handle)
        for handle in [*one.assignments, 0, -1, 2**63 - 1]:
            assert one.assignment(handle) == two.assignment(handle)
        for slot in range(-1, 8):
            assert one.agent(slot) == two.agent(slot)
            assert one.queue(slot) == two.queue(slot)
            assert one.tier(slot) == two.tier(slot)
        counts = one.center()
        for queue in range(counts.queues):
            for tier in range(counts.tiers):
                assert one.figures(queue, tier) == two.figures(queue, tier)
                assert one.waiting_since(queue, tier) == two.waiting_since(queue, tier)
        for kind in (codes.Kind.SKILL, codes.Kind.REASON, codes.Kind.TIER, codes.Kind.QUEUE, codes.Kind.AGENT):
            for slot in range(-1, 8):
                name = one.name(kind, slot)
                assert name == two.name(kind, slot)
                assert one.find(kind, name) == two.find(kind, name)


@pytest.mark.parametrize("router", [Reference, Core])
def test_views_of_what_is_not_there(router: type[Reference]) -> None:
    empty = router()
    assert empty.agent(0) is None and empty.queue(0) is None and empty.tier(0) is None
    assert empty.interaction(1) is None and empty.offer(1) is None and empty.assignment(1) is None
    with pytest.raises(IndexError):
        empty.figures(0, 0)
    with pytest.raises(ValueError, match="kind"):
        empty.find(codes.Kind.OFFER, b"x")
    with pytest.raises(ValueError):
        empty.setting(99)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["now_ns", "target", "queue", "x", "priority", "request_id"])
def test_what_does_not_fit_its_type_is_an_overflow(field: str) -> None:
    command = records.Command(codes.Op.ENQUEUE, 0)._replace(**{field: 2**128})  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        Core().apply(command)
