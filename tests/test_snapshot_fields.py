"""No field of the state is forgotten: each one of model.pxd is saved in a snapshot, or is said to follow from what is.

A field that is added to a struct and to neither list fails here; so does a layout that changed under the same number.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from pathlib import Path

import pytest

import tables
from acdcore.router import Core

ROUTER = Path(__file__).parents[1] / "router"

LAYOUTS = {
    "Agent": ("agent_fields",),
    "Assignment": ("assignment_fields",),
    "Ban": ("ban_fields",),
    "Cell": ("cell_fields",),
    "Center": ("center_fields",),
    "Channel": ("channel_fields",),
    "Customer": ("customer_fields",),
    "Interaction": ("interaction_fields",),
    "Offer": ("offer_fields",),
    "Override": ("override_fields",),
    "Pool": ("pool_fields",),
    "Queue": ("queue_fields",),
    "Remembered": ("answer_fields",),
    "Step": ("step_fields",),
    "Tier": ("tier_fields",),
    "Total": ("total_fields",),
}
"""Struct -> the functions of snapshot_layout.pyx that say what of it is saved."""
LINKS = "first_offer last_offer first_assignment last_assignment"
NEIGHBORS = "next_of_agent previous_of_agent next_of_interaction previous_of_interaction"
BESIDE = {
    "Agent": "group lease_timer grace_timer",
    "Assignment": "generation state timer",
    "Center": """skills n_skills reasons n_reasons tiers n_tiers channels n_channels queues n_queues agents n_agents
        cells n_cells groups requirements interactions interaction_slots offers offer_slots assignments
        assignment_slots bans timers customers n_customers first_customer answers first_answer n_answers""",
    "Group": "key key_length pool",
    "Interaction": "generation state extra served_by timer clock first_ban",
    "Name": "text length",
    "Offer": "generation state timer",
    "Queue": "plan n_steps overrides n_overrides",
    "Requirement": "key key_length",
    "Skill": "name",
    "Slots": "free n_free used",
    "Step": "requirement gate_timer",
    "Timer": "deadline_ns arming_seq",
}
"""What is saved elsewhere than in these functions: counts, lists, numbers in the place of slots, timers."""
FOLLOWS = {
    "Agent": f"""load ready assigned_units offered_units fits indexed touched candidate dirty n_offers n_active
        n_exclusive claim n_preferring has_changed addressed held held_units hash {LINKS}""",
    "Assignment": "hash interaction cell dirty next_of_agent previous_of_agent",
    "Ban": "next",
    "Cell": "promise_ns head_start_ns first_line",
    "Center": """half_life at_ns ends_before hash_sum names requests known_customers n_kinds kind_of orders_due
        grades_due indices indices_capacity demands filings lines n_requirements last_customer skills_capacity
        reasons_capacity tiers_capacity queues_capacity agents_capacity cells_capacity group_slots requirement_slots
        demand_slots filing_slots line_slots customer_slots timer_slots ban_slots ended_interactions ended_offers
        answers_capacity deadlines deadline_places lanes line_places line_links entered_places top_places filing_needs
        broad_filings filing_places line_table line_table_size reserved_lines channel_groups staffed_groups
        living_groups scores common touched candidates woken woken_lines unsettled checks scratch claimants
        asked_demands claimants_apart changed_agents gate_queues agent_gates presence_gates claimed claims_in_doubt
        picked n_picked gates_dirty staff_changed staff_left at_hand_changed failed claims_dirty forgets_claims
        dirty_queues dirty_interactions dirty_offers dirty_assignments dirty_agents dirty_groups events n_events
        events_capacity steps_left broken""",
    "Channel": "holders coarse",
    "Customer": "hash next previous",
    "Group": "skills has group_hash hash lacks n_skills members signed_in at_hand dirty",
    "Interaction": """hash cell line woken dirty is_unsettled is_checked is_fresh is_claimant assignment is_apart
        is_in_doubt first_offer last_offer claims_known""",
    "Name": "hash",
    "Offer": f"hash interaction dirty {NEIGHBORS}",
    "Pool": "count load handled",
    "Queue": """cells n_cells queued kind n_dependents max_waiting channel priority accepts_itself shared
        waits_unstaffed is_plain is_watched is_timed is_conditional gates_dirty offer_ns target_ns max_handle_ns
        wrap_up_ns hash entered first_addressed n_gates dependents dependents_capacity dirty""",
    "Remembered": "hash",
    "Requirement": """groups n_groups end_of_excluded n_skills references skills ends hash n_clauses marked grades
        grades_missed""",
    "Skill": "agents filed levels",
    "Slots": "capacity",
    "Step": "has_gate",
    "Timer": "kind owner lane next previous",
}
"""What is built anew from what is saved, is empty between commands, or is only about speed."""
NO_STATE = """Answer Command Demand Event Filing Grade Grades HalfLife Index Item Known Lane Line Link List Ring
    SkillLevel"""
"""Structs of which nothing is saved: they travel, or all of them follows."""


def structs(text: str) -> dict[str, set[str]]:
    """Return the fields of every struct of a header."""
    found = {}
    for name, body in re.findall(r"^cdef struct (\w+):[^\n]*\n((?:    [^\n]*\n|\n)*)", text, re.MULTILINE):
        lines = [line.split("#")[0].strip() for line in body.splitlines()]
        found[name] = {match[0] for line in lines if (match := re.search(r"\w+$", line))}
    return found


def saved(layout: str, functions: tuple[str, ...]) -> set[str]:
    """Return the fields that these functions name."""
    names = set()
    for function in functions:
        match = re.search(rf"^cdef \w+ {function}\((.*?)(?=^cdef |^# ---|\Z)", layout, re.MULTILINE | re.DOTALL)
        assert match, f"snapshot_layout.pyx has no {function}"
        names |= set(re.findall(r"&(?:one|c|pool)\.(\w+)", match[1]))
    return names


def wrong_fields(model: str, layout: str) -> list[str]:
    """Return every field that is neither saved nor said to follow, or both, or is not there any more."""
    wrong, of = [], structs(model)
    for name, fields in of.items():
        if name in NO_STATE.split():
            continue
        lists = [saved(layout, LAYOUTS.get(name, ())), set(BESIDE.get(name, "").split())]
        lists.append(set(FOLLOWS.get(name, "").split()))
        told = [field for one in lists for field in sorted(one)]
        wrong += [f"{name}.{field} is in no list" for field in sorted(fields - set(told))]
        wrong += [f"{name}.{field} is in two lists" for field in sorted(set(told)) if told.count(field) > 1]
        wrong += [f"{name}.{field} is no field" for field in sorted(set(told) - fields)]
    every = {*LAYOUTS, *BESIDE, *FOLLOWS, *NO_STATE.split()}
    return wrong + [f"{name} is in no list" for name in of if name not in every]


def texts() -> tuple[str, str]:
    """Return the header with the structs and the layout."""
    return tuple((ROUTER / name).read_text(encoding="utf-8") for name in ("model.pxd", "snapshot_layout.pyx"))  # type: ignore[return-value]


@pytest.mark.plain
def test_every_field_is_saved_or_follows() -> None:
    assert wrong_fields(*texts()) == []


@pytest.mark.plain
def test_a_field_that_is_forgotten_is_found() -> None:
    """The canary: a field added to a struct, one no longer saved, a new struct."""
    model, layout = texts()
    added = model.replace("    int32_t misses\n", "    int32_t misses\n    int32_t moods\n", 1)
    assert wrong_fields(added, layout) == ["Interaction.moods is in no list"]
    unsaved = layout.replace("    io_i32(io, &one.misses)\n", "", 1)
    assert wrong_fields(model, unsaved) == ["Interaction.misses is in no list"]
    assert wrong_fields(model + "\ncdef struct Mood:\n    int32_t kind\n", layout)[-1] == "Mood is in no list"


CENTER = """
0s  configure lease=60s
0s  skill loans
0s  skill cards
0s  tier gold head=90s
0s  channel chat cost=25 most=4 interrupts=voice
0s  queue loans requires=loans:2 factor.gold=0.5 step=30s any_of=loans,cards
0s  queue chats channel=chat wrap_up=60s
0s  reason lunch
0s  agent anna skills=loans:3 limits=chat:2
0s  agent ben
1s  sign_in anna
1s  sign_in ben
2s  enqueue i1 loans gold customer=lisa
3s  accept o1 id=7
4s  enqueue i2 chats gold
5s  decline o2 retry=60s
6s  enqueue i3 chats gold requires=loans
7s  enqueue i4 loans gold
8s  cancel i4
9s  enqueue i5 loans gold start=60s
"""
LAYOUT_DIGEST = "a12a915ee8b22548"
"""Of a snapshot of this center in format 1. Whoever changes the layout counts FORMAT_VERSION on, and keeps the old one
readable, or says what is to be done with a journal whose snapshots have it.
"""


def test_the_layout_is_that_of_its_version() -> None:
    core = Core()
    tables.Play(core, CENTER)
    data = core.snapshot()
    assert data[8:12] == (1).to_bytes(4, "little")
    assert blake2b(data, digest_size=8).hexdigest() == LAYOUT_DIGEST
