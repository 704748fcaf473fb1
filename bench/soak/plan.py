"""What a soak lives: its center, who comes when and how patient they are, and when things change. All from one seed.

Lengths here are real seconds; the center's own, in its YAML, are the server's, whose clock runs ``speed`` times as
fast. With the ten times of the default a ring of 20 s takes two.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

QUEUES: Final = {"sales": 0.28, "support": 0.28, "billing": 0.14, "chat": 0.15, "hotline": 0.07, "mail": 0.08}
"""The queues, and the share of customers who come to each."""
TIERS: Final = {"standard": 0.8, "vip": 0.15, "gold": 0.05}
TALK_S: Final = {"chat": 2.0, "mail": 0.7}
"""Mean length of what an agent does for one customer, where it is not ``VOICE_TALK_S``."""
VOICE_TALK_S: Final = 0.9
PATIENCE_S: Final = 6.0
CUSTOMERS: Final = 20_000
"""So many customers there are, who come again and again."""
SHIFTS: Final = ("early", "late", "night")
"""Two of the three are at work at any time."""
SWING: Final = 0.35
"""By which share the rate of arrivals rises above and falls below its mean."""
WAVE_CYCLES: Final = 2.5
"""So many shift changes from one peak of arrivals to the next."""

CENTER: Final = """\
center: soak
settings: {{lease: 60s, lease_grace: 20s, max_interactions: 50000, seed: {seed}}}
skills: [sales, support, billing, french]
reasons: [lunch]
channels:
  chat: {{cost: 30, most_at_once: 3}}
  email: {{cost: 100}}
  voice: {{interrupts: [email]}}
tiers:
  standard: {{}}
  vip: {{head_start: 60s, rank: 10}}
  gold: {{target_factor: 0.5, rank: 20}}
calendars:
  half-hours: {{time_zone: UTC, hours: {{mon-sun: [{hours}]}}}}
queues:
  sales:
    target: 20s
    prefer_last_agent: 10s
    reserve: {{agents: 1, rank: 10}}
    wrap_up: 8s
    plan: [{{requires: {{sales: 5}}}}, {{after: 10s, requires: {{sales: 1}}, prefers: [french]}}]
  support:
    target: 30s
    strategy: longest_idle
    shared_offers: 2
    wrap_up: 8s
    on_closed: wait
    plan: [{{requires: {{support: 1}}}}, {{after: 40s, priority: 5}}]
  billing:
    target: 60s
    max_wait: 50s
    max_waiting: {few}
    on_full: {{move_to: support}}
    wrap_up: 5s
    plan: [{{requires: {{billing: 1}}}}]
  chat:
    channel: chat
    target: 60s
    on_closed: {{move_to: support}}
    plan: [{{requires: {{support: 1}}}}]
  hotline:
    target: 10s
    calendar: half-hours
    at_closing: turn_away
    on_closed: {{move_to: support}}
    strategy: best_skilled
    plan: [{{requires: {{}}, prefers: [support]}}]
  mail:
    channel: email
    target: 10m
    priority: -10
    wrap_up: 2s
    plan: [{{requires: {{billing: 1}}}}, {{after: 5m, priority: 5}}]
agent_groups:
{groups}
"""
GROUPS: Final = {
    "seller": (0.3, "{sales: 7}"),
    "newcomer": (0.15, "{sales: 2, support: 2}"),
    "helper": (0.3, "{support: 6, billing: 3}"),
    "allround": (0.25, "{sales: 5, support: 5, billing: 5, french: 4}"),
}
"""Of each shift: which share of its agents, and their skills."""


BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "seconds": (2, 30 * 86_400),
    "rate": (1, 2_000),
    "speed": (0.1, 100),
    "cycle_s": (1, 86_400),
    "every_s": (0.2, 600),
    "sites": (1, 100),
}
"""What may be asked for, least and most."""


@dataclass(frozen=True)
class SoakPlan:
    """What was asked for.

    ``seconds`` of real time, a ``rate`` of customers a second on average, a server whose clock runs ``speed`` times as
    fast as real time, a shift change every ``cycle_s`` seconds, a sample every ``every_s``, agents' programs in
    ``sites`` places, each with a connection of its own. Raises ValueError for what cannot be.
    """

    seconds: float
    seed: int = 1
    rate: float = 60.0
    speed: float = 10.0
    cycle_s: float = 120.0
    every_s: float = 5.0
    sites: int = 12

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name, (least, most) in BOUNDS.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name}: {value:g}; allowed: {least:g} to {most:g}")

    @property
    def agents(self) -> int:
        """Agents of one shift; two shifts are enough for the mean rate, and peaks wait."""
        return max(8, round(0.9 * self.rate))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A customer. ``at_s``: when, from the beginning; ``ends``: complete, transfer or fail, at the first agent.

    ``patience_s`` is how long they wait for an agent, ``talk_s`` how long they are served. ``starts_in_s`` above 0:
    a callback, so many of the *server's* seconds later. ``repeated``: the program sends the request twice, with the
    same request id. ``held``: it is held for a moment when it has to wait. ``urgent``: it gets a priority of its own.
    """

    number: int
    at_s: float
    queue: str
    tier: str
    customer: str
    french: bool
    patience_s: float
    talk_s: float
    ends: str
    starts_in_s: float
    repeated: bool
    held: bool
    urgent: bool

    @property
    def interaction_id(self) -> str:
        """The id that it gets."""
        return f"soak-{self.number}"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happens to the center at ``at_s``. ``what``: shift, close, open, cut, sever or twice.

    ``who`` is the shift that comes (``shift``), the queue, the site whose programs lose their connection and have
    none for ``length_s`` (``cut``), or an agent (``twice``: a second program listens for the same one). ``sever``
    shuts any one connection under the feet of whoever uses it. ``firm``: at closing, those who wait are turned away.
    """

    at_s: float
    what: str
    who: str
    length_s: float = 0.0
    firm: bool = False


def center_text(plan: SoakPlan) -> str:
    """Return the center's YAML."""
    hours = ", ".join(f'"{hour:02}:00-{hour:02}:30"' for hour in range(24))
    groups = [
        f"  {shift}-{group}: {{count: {size}, prefix: {shift}-{group}, skills: {GROUPS[group][1]}}}"
        for shift in SHIFTS
        for group, size in _sizes(plan).items()
    ]
    few = max(3, round(plan.rate / 8))
    return CENTER.format(seed=plan.seed, hours=hours, groups="\n".join(groups), few=few)


def names_of(plan: SoakPlan, shift: str) -> list[str]:
    """Return the names of a shift's agents."""
    return [f"{shift}-{group}-{n + 1}" for group, size in _sizes(plan).items() for n in range(size)]


def _sizes(plan: SoakPlan) -> dict[str, int]:
    sizes = {group: max(1, round(share * plan.agents)) for group, (share, _) in GROUPS.items()}
    sizes["allround"] += max(0, plan.agents - sum(sizes.values()))
    return sizes


def generator(plan: SoakPlan, what: str) -> random.Random:
    """Return the random numbers of one person or purpose: what others draw does not change them."""
    return random.Random(f"{plan.seed}/{what}")


def rate_at(plan: SoakPlan, at_s: float) -> float:
    """Return how many customers a second come at a moment."""
    return plan.rate * (1.0 + SWING * math.sin(2.0 * math.pi * at_s / (WAVE_CYCLES * plan.cycle_s)))


def arrivals(plan: SoakPlan) -> Iterator[Arrival]:
    """Yield the customers one by one: a Poisson process whose rate rises and falls, thinned from its peak."""
    draw = generator(plan, "arrivals")
    peak = plan.rate * (1.0 + SWING)
    numbers = count(1)
    at_s = 0.0
    while True:
        at_s += draw.expovariate(peak)
        if at_s >= plan.seconds:
            return
        if draw.random() * peak > rate_at(plan, at_s):
            continue
        [queue] = draw.choices(list(QUEUES), list(QUEUES.values()))
        [tier] = draw.choices(list(TIERS), list(TIERS.values()))
        [ends] = draw.choices(["complete", "transfer", "fail"], [0.965, 0.03, 0.005])
        yield Arrival(
            number=next(numbers),
            at_s=at_s,
            queue=queue,
            tier=tier,
            customer=f"customer-{draw.randrange(CUSTOMERS)}",
            french=queue == "sales" and draw.random() < 0.05,
            patience_s=0.2 + draw.expovariate(1.0 / (PATIENCE_S * (10.0 if queue == "mail" else 1.0))),
            talk_s=draw.expovariate(1.0 / TALK_S.get(queue, VOICE_TALK_S)),
            ends=ends,
            starts_in_s=draw.uniform(5.0, 60.0) if draw.random() < 0.02 else 0.0,
            repeated=draw.random() < 0.01,
            held=draw.random() < 0.05,
            urgent=draw.random() < 0.02,
        )


def changes(plan: SoakPlan) -> list[Change]:
    """Return all that changes, in order of time: shifts, queues that are closed and opened, streams that are cut."""
    cycle_s = plan.cycle_s
    found = [
        Change(at_s, "shift", SHIFTS[(number + 1) % len(SHIFTS)])
        for number, at_s in enumerate(_times(plan, cycle_s), start=1)
    ]
    draw = generator(plan, "changes")
    for at_s in _times(plan, cycle_s / 4):  # a queue's door
        queue = draw.choice(["sales", "support", "billing", "chat", "hotline", "mail"])
        begin_s = at_s + draw.uniform(0.0, cycle_s / 16)
        found.append(Change(begin_s, "close", queue, firm=draw.random() < 0.5))
        found.append(Change(begin_s + draw.uniform(cycle_s / 60, cycle_s / 8), "open", queue))
    for at_s in _times(plan, cycle_s / 3):  # a network that fails: most of the time for less than a lease, 6 s
        site = f"site-{draw.randrange(plan.sites)}"
        length_s = draw.uniform(8.0, 12.0) if draw.random() < 0.15 else draw.uniform(0.1, 2.5)
        found.append(Change(at_s + draw.uniform(0.0, cycle_s / 6), "cut", site, min(length_s, cycle_s / 4)))
    found += [  # the programs of telephony and chat
        Change(at_s + draw.uniform(0.0, cycle_s / 4), "cut", "front-end", draw.uniform(0.05, 0.5))
        for at_s in _times(plan, cycle_s / 2)
    ]
    found += [Change(at_s + draw.uniform(0.0, 1.0), "sever", "") for at_s in _times(plan, cycle_s / 6)]
    found += [Change(at_s, "twice", f"{draw.choice(SHIFTS)}-helper-1") for at_s in _times(plan, cycle_s / 5)]
    return sorted((change for change in found if change.at_s < plan.seconds), key=lambda change: change.at_s)


def _times(plan: SoakPlan, every_s: float) -> list[float]:
    return [every_s * n for n in range(1, int(plan.seconds / every_s) + 1) if every_s * n < plan.seconds]


def plan_hash(plan: SoakPlan) -> str:
    """Return a hash of everybody and everything that is to come: the same seed, the same soak."""
    digest = hashlib.sha256(center_text(plan).encode())
    for one in (*changes(plan), *arrivals(plan)):
        digest.update(repr(one).encode())
    return digest.hexdigest()[:16]
