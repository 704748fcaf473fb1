"""A center's YAML: plans, channels, overflow, offers and reserves; what each says to the router, and what is wrong."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest

from acdcore import Gate, InteractionState, MoveTo, Overflow, Requirement, Step, TierOverride
from acdcore.config import Center, ConfigError, center_commands, parse_center
from acdcore.config.values import OVERFLOWS
from acdcore.embedded import Router
from acdcore.router.codes import (
    REPLACE,
    SECOND_NS,
    ChannelField,
    Op,
    Order,
    QueueField,
    Result,
    Setting,
    StepField,
)
from acdcore.router.reference import Reference

BANK = """\
center: bank
settings: {order: proportional, seed: 7}
skills: [sales, support, english, french]
channels:
  voice: {interrupts: [email, chat]}
  chat: {cost: 30, most_at_once: 3}
  email: {cost: 20, most_at_once: 5, exclusive_wrap_up: true}
tiers:
  standard: {}
  vip: {rank: 10}
queues:
  sales:
    tiers: {vip: {target_factor: 0.5}, standard: {head_start: 5s}}
    plan:
      - {requires: {sales: 3}, any_of: [{english: 3, french: 2}], excludes: {french: 9}, prefers: [english]}
      - {after: 30s, skip_when_hopeless: false}
      - {after: 1m, priority: 50, requires: {}}
      - after: 2m
        requires: {support: 1}
        when:
          waiting: {open: 5, close: 2}
          longest_wait: 30s
          agents: 0
          lender: {queue: support, waiting: 3, longest_wait: {open: 10s, close: 20s}, free: {open: 2, close: 1}}
      - {after: 3m, move_to: second}
    strategy: random
    prefer_last_agent: 30s
    affinity: false
    claims: false
    reserve: {agents: 2, rank: 10, opens: 30s}
    shared_offers: 3
    on_expiry: keep
    max_offers: 3
    on_held: {move_to: second}
    held_for: 2m
    max_wait: 10m
    on_max_wait: {move_to: second}
    on_full: {move_to: support}
    on_unstaffed: reject
    on_closed: wait
  support: {channel: chat, plan: [{requires: {support: 1}}], auto_accept: true, on_held: end}
  second: {plan: [{requires: {sales: 9}}], on_full: {move_to: support}}
agents:
  anna: {skills: {sales: 9, english: 5}, channels: {chat: 2, email: 0}}
"""


def defined(text: str) -> Router:
    """Return the specification with a center defined in it."""
    router = Reference()
    for command in center_commands(parse_center(text), now_ns=0):
        assert router.apply(command).code == Result.OK, command
    router.check_invariants()
    return Router(clock=lambda: 0, core=router)


def problems(text: str) -> list[tuple[str, str, str]]:
    """Return (path, value, message) of each problem of a text that must be invalid."""
    with pytest.raises(ConfigError) as caught:
        parse_center(text)
    return [(problem.path, problem.value, problem.message) for problem in caught.value.problems]


# ---------------------------------------------------------------------- what is valid


def test_everything_a_queue_says_reaches_the_router() -> None:
    queue = defined(BANK).queue("sales")
    assert queue.is_open
    assert queue.gates_open == (True, True, True, False, True)
    said = queue.definition
    assert (said.channel, said.strategy, said.on_expiry) == ("voice", "random", "keep")
    assert (said.affinity, said.claims, said.auto_accept, said.shared_offers) == (False, False, False, 3)
    assert (said.prefer_last_agent, said.held_for) == (timedelta(seconds=30), timedelta(minutes=2))
    assert (said.reserve_agents, said.reserve_rank, said.reserve_opens) == (2, 10, timedelta(seconds=30))
    assert (said.max_offers, said.max_wait) == (3, timedelta(minutes=10))
    assert (said.on_held, said.on_max_wait, said.on_full) == (MoveTo("second"), MoveTo("second"), MoveTo("support"))
    assert (said.on_unstaffed, said.on_closed) == ("reject", "wait")
    assert said.tiers == {
        "standard": TierOverride(head_start=timedelta(seconds=5)),
        "vip": TierOverride(target_factor=0.5),
    }
    first = Requirement({"sales": 3}, ({"english": 3, "french": 2},), {"french": 9}, {"english": 1})
    borrowing = Gate(
        waiting=(5, 2),
        longest_wait=timedelta(seconds=30),
        agents=0,
        lender="support",
        lender_waiting=3,
        lender_longest_wait=(timedelta(seconds=10), timedelta(seconds=20)),
        lender_free=(2, 1),
    )
    assert said.plan == (
        Step(first),
        Step(after=timedelta(seconds=30), skip_when_hopeless=False),
        Step(Requirement(), after=timedelta(minutes=1), priority=50),
        Step(Requirement({"support": 1}), after=timedelta(minutes=2), when=borrowing),
        Step(after=timedelta(minutes=3), move_to="second"),
    )


def test_channels_agents_and_settings_reach_the_router() -> None:
    router = defined(BANK)
    core = router.core
    voice, chat, email = (core.channel(slot) for slot in range(3))
    assert voice
    assert chat
    assert email
    assert (voice.name, voice.cost, voice.most, voice.interrupts) == (b"voice", 100, 1, (1, 2))
    assert (chat.name, chat.cost, chat.most, chat.exclusive_wrap_up) == (b"chat", 30, 3, 0)
    assert (email.name, email.cost, email.most, email.exclusive_wrap_up) == (b"email", 20, 5, 1)
    assert {name: use.limit for name, use in router.agent("anna").channels.items()} == {
        "voice": 1,
        "chat": 2,
        "email": 0,
    }
    assert (core.setting(Setting.ORDER), core.setting(Setting.SEED)) == (Order.PROPORTIONAL, 7)


def test_what_refers_to_something_later_is_defined_plainly_first_and_only_that() -> None:
    commands = center_commands(parse_center(BANK), now_ns=0)
    defined_in_order = [
        (one.op, one.name, one.flags) for one in commands if one.op in (Op.DEFINE_CHANNEL, Op.DEFINE_QUEUE)
    ]
    assert defined_in_order == [
        (Op.DEFINE_CHANNEL, b"chat", 0),
        (Op.DEFINE_CHANNEL, b"email", 0),
        (Op.DEFINE_CHANNEL, b"voice", REPLACE),
        (Op.DEFINE_QUEUE, b"sales", 0),
        (Op.DEFINE_QUEUE, b"support", 0),
        (Op.DEFINE_QUEUE, b"second", 0),
        (Op.DEFINE_QUEUE, b"sales", REPLACE),
    ]
    channels = center_commands(
        parse_center("center: c\nchannels: {a: {interrupts: [b, voice]}, b: {cost: 5, interrupts: [a]}}\n"), now_ns=0
    )
    assert [(one.name, one.flags) for one in channels if one.op == Op.DEFINE_CHANNEL] == [
        (b"a", 0),
        (b"b", 0),
        (b"a", REPLACE),
    ]


def test_queues_may_refer_to_each_other_in_a_circle() -> None:
    router = defined(
        "center: c\nqueues:\n  a: {plan: [{}], on_full: {move_to: b}}\n  b: {plan: [{}], on_full: {move_to: a}}\n"
    )
    assert router.queue("a").definition.on_full == MoveTo("b")
    assert router.queue("b").definition.on_full == MoveTo("a")


def test_every_field_is_stated_defaults_too() -> None:
    center = parse_center("center: c\nchannels: {voice: {}}\nqueues: {q: {plan: [{}]}}\nagents: {a: {}}\n")
    stated = {one.op: {item.key for item in one.items if item.kind == 1} for one in center_commands(center, now_ns=0)}
    slots = {code for code in QueueField if code.name.endswith("_TO")}
    assert stated[Op.DEFINE_QUEUE] == set(QueueField) - slots
    assert stated[Op.DEFINE_CHANNEL] == set(ChannelField)
    assert stated[Op.CONFIGURE] == set(Setting)


@pytest.mark.parametrize(
    ("plan", "gate"),
    [
        ("waiting: 3", Gate(waiting=3)),
        ("waiting: {open: 3}", Gate(waiting=3)),
        ("waiting: {open: 3, close: 3}", Gate(waiting=3)),
        ("agents: {open: 1, close: 4}", Gate(agents=(1, 4))),
        ("longest_wait: {open: 1m, close: 0s}", Gate(longest_wait=(timedelta(minutes=1), timedelta(0)))),
        ("lender: {queue: r, free: 1}", Gate(lender="r", lender_free=1)),
    ],
)
def test_a_measure_is_one_value_or_two(plan: str, gate: Gate) -> None:
    router = defined(f"center: c\nqueues: {{r: {{plan: [{{}}]}}, q: {{plan: [{{}}, {{when: {{{plan}}}}}]}}}}\n")
    assert router.queue("q").definition.plan[1].when == gate


def test_a_step_without_a_requirement_states_none_and_an_empty_one_means_anybody() -> None:
    text = """\
center: c
skills: [s, t]
queues:
  r: {plan: [{}]}
  q:
    plan:
      - {requires: {s: 1}, prefers: [t]}
      - {after: 1s, priority: 1}
      - {after: 2s, move_to: r}
      - {after: 3s, priority: 2}
      - {after: 4s, excludes: [t]}
      - {after: 5s, prefers: {}}
"""
    plan = defined(text).queue("q").definition.plan
    first = Requirement({"s": 1}, (), {}, {"t": 1})
    assert [step.requirement for step in plan] == [
        first,
        None,
        None,
        None,
        Requirement({}, (), {"t": 1}, {}),
        Requirement(),
    ]


def test_a_step_that_only_acts_keeps_the_gate_of_before() -> None:
    """Support helps while three wait; that the priority rises later does not open that door for good."""
    text = """\
center: c
skills: [sales, support]
queues:
  q:
    plan:
      - {requires: {sales: 1}, skip_when_hopeless: false}
      - {after: 10s, requires: {support: 1}, when: {waiting: 3}}
      - {after: 20s, priority: 5}
agents: {ben: {skills: {support: 1}}}
"""
    router = defined(text)
    router.sign_in("ben")
    for name in ("first", "second"):
        router.enqueue("q", interaction_id=name)
    router.advance(now_ns=30 * SECOND_NS)
    first = router.interaction("first")
    assert (first.step, first.priority, first.state) == (2, 5, InteractionState.WAITING)
    router.enqueue("q", interaction_id="third", now_ns=31 * SECOND_NS)
    assert router.interaction("first").agent == "ben"


@pytest.mark.parametrize("code", [code for _, code in OVERFLOWS])
def test_every_word_of_every_policy_is_taken(code: int) -> None:
    field = QueueField(code)
    key = field.name.lower()
    for word in OVERFLOWS[QueueField, code]:
        router = defined(f"center: c\nqueues: {{q: {{plan: [{{}}], {key}: {word}}}}}\n")
        assert getattr(router.queue("q").definition, key) == word
    router = defined(f"center: c\nqueues: {{q: {{plan: [{{}}], {key}: {{move_to: r}}}}, r: {{plan: [{{}}]}}}}\n")
    assert getattr(router.queue("q").definition, key) == MoveTo("r")


def test_a_center_made_in_code_may_say_it_all() -> None:
    plan = [{"requires": {"s": 1}}, {"after": "5s", "requires": {}}]
    center = Center.model_validate({"center": "c", "skills": ["s"], "queues": {"q": {"plan": plan, "on_held": "end"}}})
    assert center.queues["q"].on_held.overflow == Overflow.REJECT
    assert center.queues["q"].plan[1].after_ns == 5 * SECOND_NS


# ---------------------------------------------------------------------- what is not


def queue(*fields: str, plan: str = "[{}]") -> str:
    """Return a file with a queue ``q`` of such fields, beside ``r`` and a channel ``chat``."""
    said = "".join(f"    {field}\n" for field in (f"plan: {plan}", *fields))
    return f"center: c\nskills: [s, t]\nchannels: {{chat: {{}}}}\nqueues:\n  r: {{plan: [{{}}]}}\n  q:\n{said}"


def later(step: str) -> str:
    """Return a file whose queue ``q`` has such a second step."""
    return queue(plan=f"[{{}}, {{{step}}}]")


def limited(limit: str, plan: str) -> str:
    """Return a file with a limit and a queue ``q`` of such a plan."""
    return f"center: c\nsettings: {{{limit}}}\nskills: [s, t]\nqueues: {{q: {{plan: {plan}}}}}\n"


STEP = "queues.q.plan[1]"
WRONG = [
    (queue("on_full: {move_to: x}"), "queues.q.on_full.move_to", "x", "is no queue of this center"),
    (queue("on_full: {move_to: q}"), "queues.q.on_full.move_to", "q", "moves to itself; allowed: another queue"),
    (queue("on_full: wait"), "queues.q.on_full", "wait", "allowed: reject or {move_to: a queue}"),
    (queue("on_full: {to: r}"), "queues.q.on_full", "a mapping of 1", "allowed: reject or {move_to: a queue}"),
    (queue("on_full: {move_to: 5}"), "queues.q.on_full", "a mapping of 1", "must be text"),
    (queue("on_max_wait: reject"), "queues.q.on_max_wait", "reject", "allowed: end or {move_to: a queue}"),
    (queue("on_unstaffed: {move_to: x}"), "queues.q.on_unstaffed.move_to", "x", "is no queue"),
    (queue("on_closed: {move_to: q}"), "queues.q.on_closed.move_to", "q", "moves to itself"),
    (queue("on_held: wait"), "queues.q.on_held", "wait", "allowed: retry or end or {move_to: a queue}"),
    (queue("on_held: [retry]"), "queues.q.on_held", "a list of 1", "allowed: retry"),
    (queue("on_expiry: stay"), "queues.q.on_expiry", "stay", "allowed: keep or not_ready"),
    (queue("channel: chta"), "queues.q.channel", "chta", "is no channel of this center (did you mean chat?)"),
    (queue("tiers: {gold: {}}"), "queues.q.tiers.gold", "gold", "is no tier of this center"),
    (queue("tiers: {standard: {rank: 1}}"), "queues.q.tiers.standard.rank", "", "allowed: target_factor, head_start"),
    (
        queue("tiers: {standard: {target_factor: 0}}"),
        "queues.q.tiers.standard.target_factor",
        "0",
        "allowed: numbers from 0.001 to 100",
    ),
    (queue("reserve: {agents: 1}"), "queues.q.reserve.rank", "", "is missing"),
    (queue("reserve: {agents: 1, rank: 1, open: 1s}"), "queues.q.reserve.open", "", "did you mean opens?"),
    (queue("reserve: 3"), "queues.q.reserve", "3", "must be a mapping"),
    (queue("auto_accept: 1"), "queues.q.auto_accept", "1", "must be true or false"),
    (queue("auto_accept: true", "shared_offers: 2"), "queues.q.shared_offers", "2", "allowed: 1 with auto_accept"),
    (queue("shared_offers: 17"), "queues.q.shared_offers", "17", "allowed: whole numbers from 1 to 16"),
    (queue("max_offers: 0"), "queues.q.max_offers", "0", "allowed: whole numbers from 1 to 1000"),
    (queue("max_wait: 1ns"), "queues.q.max_wait", "1ns", "allowed: 0s, or 1ms to 400d"),
    (queue(plan="[{after: 1s}]"), "queues.q.plan[0].after", "1s", "holds from the beginning"),
    (queue(plan="[{priority: 0}]"), "queues.q.plan[0].priority", "0", "is for later steps"),
    (queue(plan="[{move_to: r}]"), "queues.q.plan[0].move_to", "r", "is for later steps"),
    (queue(plan="[{when: {waiting: 1}}]"), "queues.q.plan[0].when", "a mapping of 1", "is for later steps"),
    (
        queue(plan="[{}, {after: 2s}, {after: 1s}]"),
        "queues.q.plan[2].after",
        "1s",
        "is before the step before it; allowed: 2s or later",
    ),
    (queue(plan="[{}, {after: 2s}, {}]"), "queues.q.plan[2].after", "", "is before the step before it"),
    (later("requires: {x: 1}"), f"{STEP}.requires.x", "x", "is no skill of this center"),
    (later("any_of: [{s: 1, x: 1}]"), f"{STEP}.any_of[0].x", "x", "is no skill of this center"),
    (later("any_of: [{s: 1}, {}]"), f"{STEP}.any_of", "a list of 2", "has an empty group"),
    (later("any_of: {s: 1}"), f"{STEP}.any_of", "a mapping of 1", "must be a list"),
    (later("excludes: [s, x]"), f"{STEP}.excludes[1]", "x", "is no skill of this center"),
    (later("excludes: {s: 11}"), f"{STEP}.excludes.s", "11", "is out of range; allowed: whole numbers from 1 to 10"),
    (later("prefers: {x: 1}"), f"{STEP}.prefers.x", "x", "is no skill of this center"),
    (later("prefers: [1]"), f"{STEP}.prefers", "a list of 1", "must be a mapping"),
    (later("after: 500d"), f"{STEP}.after", "500d", "is out of range; allowed: 0s to 400d"),
    (later("priority: 101"), f"{STEP}.priority", "101", "allowed: whole numbers from -100 to 100"),
    (later("move_to: x"), f"{STEP}.move_to", "x", "is no queue of this center"),
    (later("move_to: q"), f"{STEP}.move_to", "q", "moves to itself"),
    (later("move_to: r, requires: {s: 1}"), f"{STEP}.requires", "a mapping of 1", "in a step that moves"),
    (later("move_to: r, prefers: [s]"), f"{STEP}.prefers", "a list of 1", "in a step that moves"),
    (later("wen: {waiting: 1}"), f"{STEP}.wen", "", "did you mean when?"),
    (later("when: {}"), f"{STEP}.when", "a mapping of 0", "measures nothing; allowed: at least one of waiting"),
    (later("when: {wating: 1}"), f"{STEP}.when.wating", "", "did you mean waiting?"),
    (later("when: {waiting: 0}"), f"{STEP}.when.waiting", "0", "allowed: whole numbers from 1 to"),
    (later("when: {longest_wait: 5}"), f"{STEP}.when.longest_wait", "5", "needs a unit"),
    (later("when: {waiting: {close: 1}}"), f"{STEP}.when.waiting", "a mapping of 1", "must be one value or have open"),
    (later("when: {waiting: {open: 1, shut: 1}}"), f"{STEP}.when.waiting", "a mapping of 2", "{open: ..., close: ...}"),
    (later("when: {waiting: {open: 1, close: 2}}"), f"{STEP}.when.waiting", "a mapping of 2", "on the wrong side"),
    (later("when: {agents: {open: 2, close: 1}}"), f"{STEP}.when.agents", "a mapping of 2", "on the wrong side"),
    (
        later("when: {lender: {queue: r, free: {open: 1, close: 2}}}"),
        f"{STEP}.when.lender.free",
        "a mapping of 2",
        "allowed: close at most as large as open",
    ),
    (
        later("when: {lender: {queue: r, longest_wait: {open: 9s, close: 1s}}}"),
        f"{STEP}.when.lender.longest_wait",
        "a mapping of 2",
        "allowed: close at least as large as open",
    ),
    (later("when: {lender: {queue: r}}"), f"{STEP}.when.lender", "a mapping of 1", "measures nothing"),
    (later("when: {lender: {queue: r, fre: 1}}"), f"{STEP}.when.lender.fre", "", "did you mean free?"),
    (later("when: {lender: {free: 1}}"), f"{STEP}.when.lender.queue", "", "is missing"),
    (later("when: {lender: {queue: x, free: 1}}"), f"{STEP}.when.lender.queue", "x", "is no queue of this center"),
    (later("when: {lender: {queue: q, free: 1}}"), f"{STEP}.when.lender.queue", "q", "lends its agents to itself"),
    ("center: c\nchannels: {a: {interrupts: [b]}}\n", "channels.a.interrupts[0]", "b", "is no channel of this center"),
    ("center: c\nchannels: {a: {interrupts: [a]}}\n", "channels.a.interrupts[0]", "a", "interrupts itself"),
    ("center: c\nchannels: {a: {cost: 0}}\n", "channels.a.cost", "0", "allowed: whole numbers from 1 to 100"),
    ("center: c\nchannels: {a: {most_atonce: 2}}\n", "channels.a.most_atonce", "", "did you mean most_at_once?"),
    ("center: c\nagents: {a: {channels: {fax: 1}}}\n", "agents.a.channels.fax", "fax", "is no channel of this center"),
    ("center: c\nagents: {a: {channels: {voice: 101}}}\n", "agents.a.channels.voice", "101", "from 0 to 100"),
    (
        "center: c\nagent_groups: {g: {count: 2, channels: {fax: 0}}}\n",
        "agent_groups.g.channels.fax",
        "fax",
        "is no channel of this center",
    ),
    ("center: c\nsettings: {order: fifo}\n", "settings.order", "fifo", "allowed: due or proportional"),
    ("center: c\nsettings: {seed: -1}\n", "settings.seed", "-1", "is out of range"),
    (
        "center: c\nsettings: {max_channels: 1}\nchannels: {chat: {}}\n",
        "channels",
        "2",
        "has 2 channels with the one built in; allowed: up to 1 (settings.max_channels)",
    ),
    (
        "center: c\nsettings: {max_steps: 1}\nqueues: {q: {plan: [{}, {}]}}\n",
        "queues.q.plan",
        "2",
        "has 2 steps; allowed: up to 1 (settings.max_steps)",
    ),
    (
        limited("max_skills_per_requirement: 2", "[{requires: {s: 1}, any_of: [{t: 1}], prefers: [t]}]"),
        "queues.q.plan[0]",
        "3",
        "has 3 skills in its requirement; allowed: up to 2",
    ),
    (
        limited(
            "max_requirements: 2",
            "[{requires: {s: 1}}, {any_of: [{s: 1}]}, {excludes: [s]}, {excludes: {s: 1}}, {requires: {}}]",
        ),
        "queues",
        "3",
        "has 3 different requirements; allowed: up to 2",
    ),
]


@pytest.mark.parametrize(("text", "path", "value", "message"), WRONG)
def test_a_problem_is_named(text: str, path: str, value: str, message: str) -> None:
    [(where, got, said)] = problems(text)
    assert (where, got) == (path, value)
    assert message in said


def test_several_faults_of_one_plan_are_told_with_their_lines() -> None:
    text = """\
center: c
queues:
  r: {plan: [{}]}
  q:
    plan:
      - {priority: 3}
      - {after: 9s}
      - after: 3s
        move_to: r
        requires: {}
"""
    with pytest.raises(ConfigError) as caught:
        parse_center(text)
    assert [(problem.line, problem.path) for problem in caught.value.problems] == [
        (6, "queues.q.plan[0].priority"),
        (8, "queues.q.plan[2].after"),
        (10, "queues.q.plan[2].requires"),
    ]


@pytest.mark.parametrize("limit", ["max_requirements", "max_skills_per_requirement", "max_steps", "max_channels"])
def test_what_the_limits_let_through_the_router_takes(limit: str) -> None:
    """The largest center that a limit lets through is defined without a refusal; one less is refused here."""
    text = """\
center: c
settings: {%s: %d}
skills: [s, t]
channels: {chat: {}}
queues:
  q: {plan: [{requires: {s: 1}, any_of: [{s: 2, t: 2}]}, {prefers: [s]}, {priority: 5}]}
  r: {plan: [{requires: {t: 1}}]}
"""
    least = {"max_requirements": 4, "max_skills_per_requirement": 3, "max_steps": 3, "max_channels": 2}[limit]
    assert defined(text % (limit, least)).core.setting(Setting[limit.upper()]) == least
    assert len(problems(text % (limit, least - 1))) == 1


def test_no_value_of_a_new_field_crashes_the_reader() -> None:
    odd = ["", "''", "[]", "{}", "~", "true", "0x10", "-0", "2020-01-01", "{open: }", "{open: [], close: {}}"]
    odd += ["{move_to: }", "{move_to: []}", "[[]]", "[{}]", "{a: {b: {c: d}}}", ".nan", "99999999999999999999"]
    steps = ("after", "requires", "any_of", "excludes", "prefers", "skip_when_hopeless", "priority", "move_to", "when")
    fields = ("tiers", "reserve", "on_full", "on_held", "auto_accept", "shared_offers", "max_wait", "on_expiry")
    texts = [later(f"{key}: {value}") for key in steps for value in odd]
    texts += [later(f"when: {{{key}: {value}}}") for key in ("waiting", "longest_wait", "lender") for value in odd]
    texts += [queue(f"{key}: {value}") for key in fields for value in odd]
    read = 0
    for text in texts:
        with contextlib.suppress(ConfigError):
            parse_center(text)
            read += 1
    assert 0 < read < len(texts)


def test_the_codes_of_steps_and_queues_do_not_get_mixed_up() -> None:
    """They are equal as numbers: a step's field must never be taken for a queue's."""
    assert int(StepField.LENDER_WAITING) == int(QueueField.ON_MAX_WAIT)
    assert (StepField, 11) not in OVERFLOWS
    assert (QueueField, 11) in OVERFLOWS
