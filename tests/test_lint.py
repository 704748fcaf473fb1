"""``acdcore check`` warns of what a center's file may say but can hardly mean, and only of that."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from acdcore.cli.app import app, sample_center
from acdcore.config import Center, describe, lint, load_center, parse_center
from acdcore.config.lint import MOST_OF_A_KIND

pytestmark = pytest.mark.plain

WORLD = """\
center: c
skills: [sales, support, french]
channels:
  chat: {cost: 30, most_at_once: 3}
  mail: {cost: 25, most_at_once: 2}
tiers: {vip: {rank: 10, head_start: 30s}, standard: {}}
calendars:
  office: {time_zone: Europe/Berlin, hours: {mon-fri: 08:00-18:00}}
queues:
  sales: {plan: [{requires: {sales: 3}, prefers: [french]}], calendar: office, at_closing: turn_away}
  support: {plan: [{requires: {support: 1}}, {after: 1m, any_of: [{sales: 1, support: 1}]}]}
  chats: {channel: chat, plan: [{requires: {support: 1}}]}
  mails: {channel: mail, plan: [{requires: {support: 1}}], target: 1m}
agents:
  anna: {skills: {sales: 7, french: 3}}
  ben: {skills: {support: 5}, channels: {chat: 2}}
  carla: {skills: {support: 9, sales: 4}, channels: {mail: 0}}
"""


def warned(text: str) -> dict[str, list[str]]:
    """Return what lint says of a center: path -> [message (got value)]."""
    found: dict[str, list[str]] = {}
    for problem in lint(parse_center(text)):
        assert problem.line or "center" not in text
        got = f" (got {problem.value})" if problem.value else ""
        found.setdefault(problem.path, []).append(problem.message + got)
    return found


def with_queues(*queues: str, world: str = WORLD) -> str:
    """Return the world with more queues."""
    return world.replace("queues:\n", "queues:\n" + "".join(f"  {queue}\n" for queue in queues))


def test_a_sound_center_has_no_warnings() -> None:
    assert warned(WORLD) == {}


def test_the_sample_bank_has_no_warnings() -> None:
    assert lint(load_center(sample_center())) == []


def test_the_example_of_the_document_has_no_warnings(root: Path) -> None:
    text = (root / "docs" / "center.md").read_text("utf-8")
    [example] = re.findall(r"^```yaml\n(center:.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert lint(parse_center(example)) == []


def test_warnings_come_with_line_path_value_and_what_to_do() -> None:
    text = """\
center: c
skills: [used, nobody, useless, neither]
queues:
  fine: {plan: [{requires: {used: 3}}]}
  hopeless: {plan: [{requires: {used: 9, nobody: 1}}], max_wait: 5m}
agents:
  anna: {skills: {used: 5, useless: 1}}
"""
    assert [describe(warning) for warning in lint(parse_center(text))] == [
        "line 2, skills: nobody: no agent has this skill: give it to one, or remove it",
        "line 2, skills: useless: no queue asks for this skill: ask for it in a plan, or remove it",
        "line 2, skills: neither: no agent has this skill, and no queue asks for it: remove it",
        "line 5, queues.hopeless: no agent can serve this queue: it requires used 9, nobody 1 (got hopeless)",
    ]
    assert [warning.message for warning in lint(parse_center("center: c\n"))] == [
        "the center has no queue: nothing can wait"
    ]


ONE_QUEUE = [
    # queues nobody serves: levels, groups, exclusions and channels count
    (
        "q: {plan: [{requires: {sales: 8}}], max_wait: 1m}",
        "queues.q",
        "no agent can serve this queue: it requires sales 8",
    ),
    ("q: {plan: [{requires: {sales: 8}}]}", "queues.q", "what waits here never ends by itself: state max_wait (got q)"),
    (
        "q: {plan: [{any_of: [{sales: 8, french: 4}]}], max_wait: 1m}",
        "queues.q",
        "it requires one of (sales 8 or french 4) (got q)",
    ),
    (
        "q: {plan: [{requires: {support: 1}, excludes: {support: 4}}], max_wait: 1m}",
        "queues.q",
        "it requires support 1, not support 4 (got q)",
    ),
    (
        "q: {channel: mail, plan: [{requires: {support: 6}}], max_wait: 1m}",
        "queues.q",
        "it requires support 6, on mail (got q)",
    ),
    # plans
    (
        "q: {plan: [{requires: {sales: 3}}, {after: 1m, requires: {sales: 8}}]}",
        "queues.q.plan[1]",
        "no agent can serve in this step: it requires sales 8; lower or remove it",
    ),
    (
        "q: {plan: [{requires: {sales: 8}}, {after: 1m, requires: {sales: 3}}]}",
        "queues.q.plan[0]",
        "no agent can serve in this step: it requires sales 8; lower it",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}, {after: 5m, requires: {sales: 1}}], max_wait: 5m}",
        "queues.q.plan[1].after",
        "begins when max_wait (5m) has ended the wait: begin earlier, or wait longer (got 5m)",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}, {after: 1m, requires: {sales: 3}}]}",
        "queues.q.plan[1]",
        "asks for the same as the step before and does nothing else: change or remove it",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}, {after: 1m, requires: {sales: 3}, when: {waiting: 3}}]}",
        "queues.q.plan[1]",
        "asks for the same as the step before",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}, {after: 1m, when: {waiting: 3}}]}",
        "queues.q.plan[1]",
        "does nothing: say who may serve, a priority or where to move, or remove it",
    ),
    (
        "q: {plan: [{requires: {sales: 8}}, {after: 1m, priority: 5}, {after: 2m, requires: {sales: 3}}]}",
        "queues.q.plan[0]",
        "no agent can serve in this step: it requires sales 8; lower it",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}, {after: 1m, priority: 0}]}",
        "queues.q.plan[1].priority",
        "raises nothing: the priority is 0 already, and a step never lowers it (got 0)",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}, {after: 1m, priority: 5}, {after: 2m, priority: 4}]}",
        "queues.q.plan[2].priority",
        "raises nothing: the priority is 5 already",
    ),
    # a step replaces what held before
    (
        "q: {plan: [{requires: {sales: 3}}, {after: 30s, requires: {support: 6}}]}",
        "queues.q.plan[1]",
        "anna could serve before 30s, not after it: a step replaces what held before; use any_of to add agents",
    ),
    (
        "q: {plan: [{}, {after: 30s, priority: 3}, {after: 1m, requires: {sales: 5}, when: {waiting: 3}}]}",
        "queues.q.plan[2]",
        "ben and carla could serve before 1m, not after it",
    ),
    (
        "q: {plan: [{requires: {support: 1}}, {requires: {support: 6}, when: {waiting: 3}}]}",
        "queues.q.plan[1]",
        "ben could serve in the step before, not in this",
    ),
    (
        (
            "q: {plan: [{requires: {sales: 1}}, {any_of: [{sales: 1, support: 1}], when: {waiting: 3}},"
            " {after: 1m, requires: {sales: 1}}]}"
        ),
        "queues.q.plan[2]",
        "ben could serve before 1m, not after it",
    ),
    (
        "q: {plan: [{requires: {sales: 7}}, {requires: {sales: 1}}, {after: 1m, move_to: support}]}",
        "queues.q.plan[0]",
        "nobody serves by this: plan[1] begins at the same time and replaces it; remove it, or let that begin later",
    ),
    (
        (
            "q: {plan: [{requires: {sales: 7}}, {after: 1m, requires: {sales: 4}, when: {waiting: 9}},"
            " {after: 1m, priority: 1}, {after: 1m, requires: {sales: 1}}]}"
        ),
        "queues.q.plan[1]",
        "nobody serves by this: plan[3] begins at the same time",
    ),
    # nobody gets in, or in time
    (
        "q: {plan: [{requires: {sales: 3}}], max_waiting: 0}",
        "queues.q.max_waiting",
        "everybody who comes is refused, agents free or not: state 1 at least (got 0)",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}], max_waiting: 0, on_full: {move_to: sales}}",
        "queues.q.max_waiting",
        "everybody who comes moves to sales, agents free or not",
    ),
    (
        (
            "q: {plan: [{requires: {sales: 3}}, {after: 30s, move_to: support}],"
            " reserve: {agents: 1, rank: 9, opens: 10s}}"
        ),
        "queues.q.reserve.opens",
        "opens 30s after the beginning of the wait, when plan[1] has moved on who waits (30s): let it open earlier",
    ),
    (
        (
            "q: {plan: [{requires: {sales: 3}}], max_wait: 1m, on_max_wait: {move_to: support},"
            " tiers: {standard: {target_factor: 3}}, reserve: {agents: 1, rank: 9}}"
        ),
        "queues.q.reserve.opens",
        "opens 1m after the beginning of the wait, when max_wait has moved on who waits (1m): let it open earlier",
    ),
    # gates
    (
        "q: {plan: [{requires: {sales: 3}}, {requires: {sales: 1}, when: {waiting: 11}}], max_waiting: 10}",
        "queues.q.plan[1].when.waiting",
        "this gate never opens: max_waiting is 10, so many never wait; change one of the two (got 11)",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}, {requires: {sales: 1}, when: {longest_wait: 2m}}], max_wait: 2m}",
        "queues.q.plan[1].when.longest_wait",
        "this gate never opens: max_wait is 2m, nobody waits so long; change one of the two (got 2m)",
    ),
    (
        "q: {plan: [{requires: {sales: 7}}, {requires: {support: 1}, when: {lender: {queue: chats, free: 3}}}]}",
        "queues.q.plan[1].when.lender.free",
        "this gate never opens: only 2 agents serve the first step there; change one of the two (got 3)",
    ),
    (
        "q: {plan: [{requires: {french: 1}}, {requires: {sales: 5}, when: {lender: {queue: chats, waiting: 0}}}]}",
        "queues.q.plan[1].when.lender.queue",
        "none of its agents can serve in this step: ask for what they can do (got chats)",
    ),
    # where the rest goes
    (
        "q: {plan: [{requires: {sales: 3}}], on_max_wait: {move_to: support}}",
        "queues.q.on_max_wait",
        "never happens: state max_wait, which is when it happens",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}], on_held: end, held_for: 1m}",
        "queues.q.held_for",
        "has no effect: only with on_held retry is something held for a while (got 1m)",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}], at_closing: turn_away}",
        "queues.q.at_closing",
        "only a calendar closes: state one, or remove this (got turn_away)",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}], calendar: office, on_closed: {move_to: sales}}",
        "queues.q.on_closed.move_to",
        "has the same calendar, so it is closed as well: name a queue that is open then (got sales)",
    ),
    (
        "q: {plan: [{requires: {sales: 1}}], on_unstaffed: {move_to: sales}}",
        "queues.q.on_unstaffed.move_to",
        "only agents of this queue serve that one, so nobody is there either: name another (got sales)",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}, {after: 1m, move_to: support}], on_unstaffed: reject}",
        "queues.q.on_unstaffed",
        "never happens: what nobody can serve moves on by plan[1]; remove one of the two",
    ),
    # work that never ends
    (
        "q: {plan: [{requires: {sales: 3}}], max_handle_time: 2d}",
        "queues.q.max_handle_time",
        "work whose client is lost keeps its agent from all other work for so long: state a day at most (got 2d)",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}], on_expiry: keep}",
        "queues.q.on_expiry",
        "what nobody answers is offered for ever: on_held tries again and no max_wait ends it; state one (got keep)",
    ),
    # tiers that can starve
    (
        "q: {plan: [{requires: {sales: 3}}], reserve: {agents: 2, rank: 10}}",
        "queues.q.reserve.agents",
        "keeps back all 2 agents of this queue: lower tiers wait until they are due; keep fewer (got 2)",
    ),
    (
        "q: {plan: [{requires: {french: 1}}], reserve: {agents: 1, rank: 10, opens: 1m}}",
        "queues.q.reserve.agents",
        "keeps back the only agent of this queue: lower tiers are offered nobody until 1m past due; keep fewer (got 1)",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}], reserve: {agents: 2, rank: 10, opens: 1h}}",
        "queues.q.reserve.agents",
        "keeps back all 2 agents of this queue: lower tiers can starve, for they are offered nobody until 1h",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}], reserve: {agents: 1, rank: 11}}",
        "queues.q.reserve.rank",
        "no tier ranks so high (at most 10): kept free for nobody (got 11)",
    ),
    (
        "q: {plan: [{requires: {sales: 3}}], reserve: {agents: 1, rank: 0}}",
        "queues.q.reserve.rank",
        "every tier ranks so high: keeps nobody out; state a higher rank (got 0)",
    ),
    (
        "q: {plan: [{requires: {french: 1}}], priority: -5}",
        "queues.q.priority",
        "can starve: all its agents also serve work of higher priority (sales: 0), which always goes first; state ",
    ),
    # promises far apart
    (
        "q: {channel: mail, plan: [{requires: {sales: 1}}], target: 1d}",
        "queues.q.target",
        "shares agents and priority with sales, whose target is 20s: what is overdue here goes before every new one",
    ),
]


@pytest.mark.parametrize(("queue", "path", "message"), ONE_QUEUE)
def test_a_queue_is_warned_of(queue: str, path: str, message: str) -> None:
    found = warned(with_queues(queue))
    assert list(found) == [path], found
    assert message in found[path][0]
    assert len(found[path]) == 1
    assert next(problem.line for problem in lint(parse_center(with_queues(queue)))) == 10


@pytest.mark.parametrize(
    "queue",
    [
        # moves without an end, within reason
        "q: {plan: [{requires: {sales: 3}}, {after: 1m, move_to: support}]}",
        "q: {plan: [{requires: {sales: 7}}, {after: 1m, requires: {sales: 3}}, {after: 2m, move_to: chats}]}",
        "q: {plan: [{requires: {sales: 3}}], max_wait: 1m, on_max_wait: {move_to: support}}",
        "q: {plan: [{requires: {sales: 3}}], calendar: office, on_closed: {move_to: support}}",
        "q: {plan: [{requires: {french: 1}}], on_unstaffed: {move_to: sales}}",
        # a gated step, then the same without a gate; the same again with an action
        (
            "q: {plan: [{requires: {sales: 3}}, {requires: {sales: 1}, when: {waiting: 3}},"
            " {after: 1s, requires: {sales: 1}}]}"
        ),
        "q: {plan: [{requires: {sales: 3}}, {after: 1m, priority: 5}]}",
        "q: {plan: [{requires: {sales: 3}}, {after: 1m, priority: 5, when: {waiting: 3}}]}",
        "q: {plan: [{requires: {sales: 3}}, {after: 1m, requires: {sales: 3}, prefers: [french]}]}",
        # one of two own measures may be out of reach
        "q: {plan: [{requires: {sales: 3}}, {requires: {sales: 1}, when: {waiting: 11, agents: 0}}], max_waiting: 10}",
        "q: {plan: [{requires: {sales: 3}}, {requires: {sales: 1}, when: {waiting: 10}}], max_waiting: 10}",
        (
            "q: {plan: [{requires: {sales: 3}}, {any_of: [{sales: 3, support: 1}],"
            " when: {lender: {queue: chats, free: 2}}}]}"
        ),
        # lower priority, but bounded, or with an agent of its own, or raised in time, or beside the rest
        "q: {plan: [{requires: {sales: 3}}], priority: -5, max_wait: 10m}",
        "q: {plan: [{requires: {sales: 1}}, {after: 10m, priority: 0}], priority: -5}",
        "q: {plan: [{requires: {sales: 1}}, {after: 10m, move_to: sales}], priority: -5}",
        # far apart, but at another priority that rises, on the same channel, or with other agents
        "q: {channel: mail, plan: [{requires: {sales: 1}}, {after: 20h, priority: 0}], target: 1d, priority: -5}",
        "q: {plan: [{requires: {french: 1}}], target: 1d}",
        # claims matter to coarse channels only: no warning where they can do nothing
        "q: {channel: chat, plan: [{requires: {support: 1}}], claims: true}",
        "q: {channel: mail, plan: [{requires: {support: 1}}], max_handle_time: 2d, target: 1m}",
        "q: {plan: [{requires: {sales: 3}}], on_expiry: keep, on_held: end}",
        "q: {plan: [{requires: {sales: 3}}], reserve: {agents: 1, rank: 10}}",
        # a reserve that opens before the plan moves on, or whose move has a condition
        (
            "q: {plan: [{requires: {sales: 3}}, {after: 31s, move_to: support}],"
            " reserve: {agents: 1, rank: 9, opens: 10s}}"
        ),
        (
            "q: {plan: [{requires: {sales: 3}}, {after: 9s, move_to: support, when: {waiting: 3}}],"
            " reserve: {agents: 1, rank: 9}}"
        ),
        # whoever comes from another queue may have waited long enough
        (
            "q: {plan: [{requires: {sales: 3}}, {after: 9s, move_to: support}], reserve: {agents: 1, rank: 9}}\n"
            "  r: {plan: [{requires: {sales: 3}}, {after: 9s, move_to: q}]}"
        ),
        # steps that add, whatever the order of the gates
        "q: {plan: [{requires: {sales: 5}}, {after: 30s, any_of: [{sales: 1, support: 1}]}]}",
        (
            "q: {plan: [{requires: {sales: 5}}, {after: 30s, requires: {sales: 1}, when: {waiting: 3}}, {after: 1m,"
            " any_of: [{sales: 1, support: 1}]}]}"
        ),
        (
            "q: {plan: [{requires: {sales: 3}}, {after: 1m, requires: {sales: 1}, when: {waiting: 3}}, {after: 1m,"
            " priority: 4}]}"
        ),
        "q: {plan: [{requires: {sales: 3}}], max_waiting: 1}",
    ],
)
def test_a_queue_that_is_meant_is_not(queue: str) -> None:
    assert warned(with_queues(queue)) == {}


def test_a_step_whose_gate_never_opens_serves_nobody() -> None:
    plan = "[{requires: {sales: 8}}, {requires: {sales: 1}, when: {waiting: 3}}]"
    gated = f"q: {{plan: {plan}, max_waiting: MOST, max_wait: 9m}}"
    assert "queues.q" in warned(with_queues(gated.replace("MOST", "2")))
    assert "queues.q" not in warned(with_queues(gated.replace("MOST", "3")))


def test_agents_whom_a_step_loses_are_counted_and_three_of_them_named() -> None:
    text = """\
center: c
skills: [sales, support]
queues: {q: {plan: [{requires: {sales: 3}}, {after: 30s, requires: {support: 1}, when: {waiting: 2}}]}}
agents:
  anna: {skills: {sales: 7}}
  ben: {skills: {sales: 7}}
  both: {skills: {sales: 3, support: 1}}
agent_groups: {floor: {count: 1300, prefix: desk, skills: {sales: 3}}}
"""
    lost = "could serve before 30s, not after it: a step replaces what held before; use any_of to add agents"
    assert warned(text) == {"queues.q.plan[1]": [f"anna, ben, desk-1 and 1,299 more {lost}"]}
    fewer = text.replace("count: 1300", "count: 1")
    assert warned(fewer) == {"queues.q.plan[1]": [f"anna, ben and desk-1 {lost}"]}
    assert warned(text.replace("requires: {support: 1}", "any_of: [{sales: 3, support: 1}]")) == {}


def test_a_late_step_after_hopeless_ones_serves_as_these_are_skipped() -> None:
    late = "q: {plan: [{requires: {sales: LEVEL}}, {after: 5m, requires: {support: 6}}], priority: -1, max_wait: 5m}"
    assert list(warned(with_queues(late.replace("LEVEL", "8")))) == ["queues.q.plan[0]", "queues.q.plan[1].after"]
    assert list(warned(with_queues(late.replace("LEVEL", "7")))) == ["queues.q.plan[1].after"]


def test_an_agent_of_its_own_saves_a_low_priority() -> None:
    low = with_queues("q: {plan: [{requires: {french: 1}}], priority: -5}")
    assert list(warned(low)) == ["queues.q.priority"]
    assert warned(low.replace("agents:\n", "agents:\n  dora: {skills: {french: 2}}\n")) == {}


def test_what_fits_beside_the_rest_cannot_be_starved_by_it() -> None:
    text = """\
center: c
channels: {chat: {cost: 25, most_at_once: 3}, mail: {cost: 25}}
queues:
  chats: {channel: chat, plan: [{}]}
  mails: {channel: mail, plan: [{}], priority: -1}
agents: {anna: {}}
"""
    assert warned(text) == {}
    assert list(warned(text.replace("most_at_once: 3", "most_at_once: 4"))) == ["queues.mails.priority"]
    interrupting = text.replace("cost: 25, most_at_once: 3", "cost: 100").replace(
        "mail: {cost: 25}", "mail: {interrupts: [chat]}"
    )
    assert warned(interrupting) == {}


def test_order_proportional_needs_promises_and_stands_any_distance() -> None:
    mail = "q: {channel: mail, plan: [{requires: {sales: 1}}], target: 1d}"
    proportional = with_queues(mail).replace("center: c\n", "center: c\nsettings: {order: proportional}\n")
    assert warned(proportional) == {}
    found = warned(proportional.replace("target: 1d", "target: 0s"))
    assert list(found) == ["queues.q.target"]
    assert "a promise of nothing is used up at once" in found["queues.q.target"][0]


# ---------------------------------------------------------------------- between queues


def test_circles_of_overflow_are_named_once() -> None:
    base = "plan: [{requires: {sales: 3}}]"
    text = with_queues(
        f"a: {{{base}, on_full: {{move_to: b}}}}",
        f"b: {{{base}, on_held: {{move_to: d}}}}",
        "d: {plan: [{requires: {sales: 3}}, {after: 1m, move_to: a}]}",
        f"e: {{{base}, on_full: {{move_to: a}}}}",
    )
    assert warned(text) == {
        "queues.a.on_full.move_to": [
            "moves in a circle (a to b to d to a): each is entered once, then it stays; break it (got b)"
        ]
    }


def test_a_circle_is_told_from_its_first_queue_on() -> None:
    base = "plan: [{requires: {sales: 3}}]"
    for order in ("abd", "bda", "dba"):
        moves = {"a": "b", "b": "d", "d": "a"}
        text = with_queues(*(f"{name}: {{{base}, on_full: {{move_to: {moves[name]}}}}}" for name in order))
        [path] = warned(text)
        assert path == f"queues.{order[0]}.on_full.move_to"


def test_two_circles_are_two_warnings() -> None:
    base = "plan: [{requires: {sales: 3}}]"
    text = with_queues(
        f"a: {{{base}, on_full: {{move_to: b}}, on_closed: {{move_to: d}}}}",
        f"b: {{{base}, on_full: {{move_to: a}}}}",
        f"d: {{{base}, on_full: {{move_to: a}}}}",
    )
    assert set(warned(text)) == {"queues.a.on_full.move_to", "queues.a.on_closed.move_to"}


def test_a_long_circle_is_not_written_out() -> None:
    names = [f"q{number}" for number in range(40)]
    queues = [
        f"{name}: {{plan: [{{requires: {{sales: 3}}}}], on_full: {{move_to: {to}}}}}"
        for name, to in zip(names, names[1:] + names[:1], strict=True)
    ]
    [[message]] = warned(with_queues(*queues)).values()
    assert message.startswith("moves in a circle (q0 to q1 to q2 to q3 to q4 to 35 more to q0): ")


def test_moving_to_where_nobody_serves() -> None:
    text = with_queues(
        "a: {plan: [{requires: {sales: 3}}, {after: 1m, move_to: z}], on_full: {move_to: z}}",
        "z: {plan: [{requires: {sales: 9}}], max_wait: 1m}",
    )
    said = "no agent can serve that queue: name another, or staff it (got z)"
    assert warned(text) == {
        "queues.a.plan[1].move_to": [said],
        "queues.a.on_full.move_to": [said],
        "queues.z": ["no agent can serve this queue: it requires sales 9 (got z)"],
    }


def test_queues_that_lend_to_each_other() -> None:
    both = "any_of: [{sales: 3, support: 1}]"
    text = with_queues(
        f"a: {{plan: [{{requires: {{sales: 3}}}}, {{{both}, when: {{lender: {{queue: b, waiting: 0}}}}}}]}}",
        f"b: {{plan: [{{requires: {{support: 1}}}}, {{{both}, when: {{lender: {{queue: a, waiting: 0}}}}}}]}}",
    )
    assert warned(text) == {
        "queues.a.plan[1].when.lender.queue": [
            "they lend to each other (a from b from a): under load neither can; let one lend (got b)"
        ]
    }


# ---------------------------------------------------------------------- the other parts


@pytest.mark.parametrize(
    ("before", "after", "path", "message"),
    [
        ("french]\n", "french, german]\n", "skills: german", "no agent has this skill, and no queue asks"),
        ("  mail:", "  fax: {}\n  mail:", "channels.fax", "no queue is on this channel: put one on it, or remove it"),
        (
            "most_at_once: 3",
            "most_at_once: 4",
            "channels.chat.most_at_once",
            "only 3 of cost 30 fit into an agent's 100 units: lower this or the cost (got 4)",
        ),
        (
            "standard: {}",
            "standard: {head_start: 5s}",
            "tiers.standard.head_start",
            "everybody without a tier gets this",
        ),
        (
            "queues:",
            "  shop: {time_zone: UTC, hours: {sat: 10:00-14:00}}\nqueues:",
            "calendars.shop",
            "no queue has this",
        ),
        (
            "{mon-fri: 08:00-18:00}",
            "{mon: [], tue:}".replace("tue:", "tue: []"),
            "calendars.office",
            "never opens: state",
        ),
        (
            "agents:\n",
            "agents:\n  dora: {}\n",
            "agents.dora",
            "can take no queue's work: no queue is content with these",
        ),
        (
            "agents:\n",
            "agents:\n  dora: &mute {skills: {sales: 9}, channels: {voice: 0}}\n  eva: *mute\n",
            "agents.dora",
            "can take no queue's work (and 1 more like this): no queue is content with these skills and",
        ),
        (
            "agents:\n",
            "agent_groups: {floor: {count: 9}}\nagents:\n",
            "agent_groups.floor",
            "can take no queue's work: no",
        ),
    ],
)
def test_another_part_is_warned_of(before: str, after: str, path: str, message: str) -> None:
    assert before in WORLD
    found = warned(WORLD.replace(before, after, 1))
    assert path in found
    assert message in found[path][0]
    assert set(found) == {path}
    assert len(found[path]) == 1


def test_agents_without_work_are_counted_when_they_are_many() -> None:
    agents = "".join(
        f"  a{number}: {{skills: {{french: {number % 10 + 1}, sales: {number // 10 + 1}}}}}\n" for number in range(30)
    )
    text = (
        f"center: c\nskills: [sales, french, x]\nqueues: {{q: {{plan: [{{requires: {{x: 1}}}}]}}}}\nagents:\n{agents}"
    )
    found = [warning for warning in lint(parse_center(text)) if "no queue's work" in warning.message]
    assert len(found) == MOST_OF_A_KIND + 1
    assert "10 more kinds of agents can take no queue's work" in {warning.message for warning in found}


SKILLS = ("s0", "s1", "s2")
LEVELS = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 3), max_size=3)
STEPS = st.fixed_dictionaries(
    {"requires": LEVELS, "excludes": LEVELS.filter(lambda skills: len(skills) < 2)},
    optional={"any_of": st.lists(LEVELS.filter(bool), max_size=2)},
)


@given(
    queues=st.lists(st.tuples(STEPS, st.integers(-2, 2), st.booleans()), min_size=1, max_size=5),
    agents=st.lists(st.tuples(LEVELS, st.booleans()), max_size=6),
)
def test_who_is_said_to_serve_and_to_starve_is_so(
    queues: list[tuple[dict[str, Any], int, bool]], agents: list[tuple[dict[str, int], bool]]
) -> None:
    """Compared with a judge who asks every agent about every queue."""
    center = Center.model_validate(
        {
            "center": "c",
            "skills": list(SKILLS),
            "channels": {"fax": {}},
            "queues": {
                f"q{number}": {"plan": [step], "priority": priority, "channel": "fax" if is_fax else "voice"}
                for number, (step, priority, is_fax) in enumerate(queues)
            },
            "agents": {
                f"a{number}": {"skills": skills, "channels": {} if has_fax else {"fax": 0}}
                for number, (skills, has_fax) in enumerate(agents)
            },
        }
    )

    def serves(skills: dict[str, int], has_fax: bool, step: dict[str, Any], is_fax: bool) -> bool:
        def has(skill: str, level: int) -> bool:
            return skills.get(skill, 0) >= level

        return (
            (has_fax or not is_fax)
            and all(has(*one) for one in step["requires"].items())
            and all(any(has(*one) for one in group.items()) for group in step.get("any_of", ()))
            and not any(has(*one) for one in step["excludes"].items())
        )

    able = [
        {number for number, (skills, has_fax) in enumerate(agents) if serves(skills, has_fax, step, is_fax)}
        for step, _, is_fax in queues
    ]
    starving = []
    for number, (_, priority, _) in enumerate(queues):
        above = set().union(*(able[other] for other, (_, higher, _) in enumerate(queues) if higher > priority))
        if able[number] and able[number] <= above:
            starving.append(f"queues.q{number}.priority")
    warnings = lint(center)
    assert [one.path for one in warnings if "no agent can serve this queue" in one.message] == [
        f"queues.q{number}" for number, those in enumerate(able) if not those
    ]
    assert [one.path for one in warnings if "can starve" in one.message] == starving
    useful = set().union(*able)
    profiles = {
        (frozenset(skills.items()), has_fax): number in useful for number, (skills, has_fax) in enumerate(agents)
    }
    assert sum("no queue's work" in one.message for one in warnings) == list(profiles.values()).count(False)


def test_warnings_fit_a_terminal_of_80_columns(tmp_path: Path) -> None:
    path = tmp_path / "center.yaml"
    for queue, where, message in ONE_QUEUE:
        path.write_text(with_queues(queue), encoding="utf-8")
        result = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, ["check", str(path)])
        assert result.exit_code == 0
        _, _, table = result.output.partition("line  where")
        assert max(map(len, table.splitlines())) <= 80, result.output
        words = "".join(table.split())
        assert "".join(where.split()) in words or len(where) > 20
        assert message.split()[0] in table


def test_more_targets_than_histograms_have_edges_for() -> None:
    def center(targets: int) -> str:
        queues = "".join(f"  q{n}: {{target: {3_700 + n}s, plan: [{{requires: {{a: 1}}}}]}}\n" for n in range(targets))
        return f"center: c\nskills: [a]\nqueues:\n{queues}agents:\n  anna: {{skills: {{a: 5}}}}\n"

    assert warned(center(26)) == {}
    ((path, said),) = warned(center(40)).items()
    assert path == "queues.q26.target"
    assert "is no edge of the histograms of waits" in said[0]
    assert "(got 3726s)" in said[0] or "(got 1h2m6s)" in said[0]
