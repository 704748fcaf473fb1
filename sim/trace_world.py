"""Worlds around a record: a center with the record's own agents, rosters as they were seen, recorded customers.

:class:`TraceWorlds` keeps what all days have in common; :func:`replay_world` makes the world in which one recorded
day is lived again on the engine, :func:`rostered` one in which a fitted day meets a roster that was seen.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from .build import make_world
from .demand import Purpose, stream
from .fit import Floats
from .fit_laws import FittedLaw
from .fit_staff import LONGEST_REST_S
from .fit_trace import FittedTrace
from .fit_write import LEVEL, center_yaml, flow, people_yaml, quoted
from .scenario import Scenario
from .scenario_load import parse_scenario
from .staff import AgentDay, infer_agents, skills_of
from .trace import DAY_S, TraceCall
from .world import NONE, AgentType, Distribution, Duty, Roster, Shape, Trace, World

MOST_OVERTIME: Final = "2h"
LONGEST_PATIENCE_S: Final = 1e6
ROUNDS: Final = 80
"""Halvings when a survival function is inverted."""


@dataclass(frozen=True)
class TraceWorlds:
    """A fitted record with its own agents by name."""

    fitted: FittedTrace
    skills: Mapping[str, Counter[str]]
    """By agent: calls taken of each queue."""
    center: str
    """Text of the center's YAML, to stand within a scenario's."""

    @classmethod
    def of(cls, fitted: FittedTrace, calls: Sequence[TraceCall]) -> TraceWorlds:
        """Make it; ``calls`` are those whose agents there are, perhaps of other days than those fitted.

        Raises:
            ValueError: no call names its agent.
        """
        skills = {
            agent: Counter({queue: count for queue, count in taken.items() if queue in fitted.queues})
            for agent, taken in skills_of(calls).items()
        }
        skills = {agent: taken for agent, taken in skills.items() if taken}
        if not skills:
            raise ValueError("no call names the agent who took it: who was there cannot be known")
        lines = center_yaml(fitted, "record").splitlines()
        lines = [line for line in lines[: lines.index("agent_groups:")] if not line.startswith("#")]
        lines.append("agents:")
        for agent, taken in skills.items():
            lines.append(f"  {quoted(agent)}: {flow({'skills': dict.fromkeys(taken, LEVEL)})}")
        return cls(fitted, skills, "\n".join(f"  {line}" for line in lines))

    def scenario(self, day: dt.date, seed: int, *, demand: bool, head_starts: bool = True) -> Scenario:
        """Return a scenario of one day.

        Args:
            day: which one; of it only the day of the week matters.
            seed: of chance.
            demand: whether customers come as fitted; else nobody comes.
            head_starts: whether tiers have theirs.
        """
        overrides = [("run.seed", str(seed)), ("run.start", day.isoformat())]
        if not demand:
            overrides.append(("demand", "[]"))
        if not head_starts:
            overrides += [(f'center.tiers."{tier}".head_start', "0s") for tier in self.fitted.head_starts_s]
        text = "\n".join(
            [
                "scenario: record",
                "center:",
                self.center,
                *people_yaml(self.fitted, "record"),
                f"run: {{horizon: 1d, interval: 30m, ending: doors_shut, most_overtime: {MOST_OVERTIME}}}",
            ]
        )
        return parse_scenario(text, "the record's scenario", overrides=overrides)


def rostered(world: World, agents: Sequence[AgentDay]) -> World:
    """Return a world in which these agents are there as long as they were seen.

    Absences of more than ten minutes are breaks; what is shorter is left to the scenario's wrap-up and rest.
    """
    slot = {name: index for index, name in enumerate(world.agents)}
    here = [agent for agent in agents if agent.agent in slot]
    return replace(world, roster=_roster(here, slot, LONGEST_REST_S))


def replay_world(worlds: TraceWorlds, base: World, day: dt.date, calls: Sequence[TraceCall], seed: int) -> World:
    """Return a world in which the calls of one day come again, and its agents are there as they were seen.

    Whoever hung up has the recorded patience; of whoever was answered it is drawn from the fitted law, given that
    it exceeds the recorded wait. Talks are the recorded ones, of those who hung up drawn. An agent's absences of up to
    a minute are drawn from that agent's own of the day; longer ones are breaks that begin when they did.

    Args:
        worlds: what the whole record tells.
        base: of ``worlds.scenario(..., demand=False)``.
        day: which one it is, for its streams of chance.
        calls: of that day.
        seed: redraws what is not recorded.
    """
    agents = [agent for agent in infer_agents(calls, worlds.skills) if agent.agent in worlds.skills]
    slot = {name: index for index, name in enumerate(base.agents)}
    count = len(base.agents)
    distributions = list(base.distributions)
    wrap_up = np.full(count, NONE, np.int32)
    for agent in agents:
        if agent.wrap_ups_s:
            wrap_up[slot[agent.agent]] = len(distributions)
            distributions.append(Distribution(Shape.EMPIRICAL, tuple(sorted(agent.wrap_ups_s))))
    none = len(distributions)
    distributions.append(Distribution(Shape.CONSTANT, (0.0,)))
    wrap_up[wrap_up == NONE] = none
    return replace(
        base,
        distributions=tuple(distributions),
        sources=(),
        traces=(_trace(worlds, base, day, calls, seed),),
        types=tuple(AgentType(name) for name in base.agents),
        type_of=np.arange(count, dtype=np.int32),
        handle=base.handle[:, :, base.type_of],
        wrap_up=np.broadcast_to(wrap_up, (len(base.queues), count)).copy(),
        roster=_roster(agents, slot, 0.0),
        seed=seed,
    )


def _roster(agents: Sequence[AgentDay], slot: Mapping[str, int], longer_s: float) -> Roster:
    """Make the roster of agents, with those of their breaks that are longer than ``longer_s``."""
    duties = []
    for agent in agents:
        who = slot[agent.agent]
        duties.append((agent.from_s, int(Duty.SIGN_IN), who, 0.0))
        duties += [(one.at_s, int(Duty.BREAK), who, one.for_s) for one in agent.breaks if one.for_s > longer_s]
        if agent.to_s < DAY_S:
            duties.append((agent.to_s, int(Duty.LEAVE), who, 0.0))
    duties.sort(key=lambda one: one[:3])
    return Roster(
        np.asarray([one[0] for one in duties], np.float64),
        np.asarray([one[2] for one in duties], np.int32),
        np.asarray([one[1] for one in duties], np.int32),
        np.asarray([one[3] for one in duties], np.float64),
    )


def _trace(worlds: TraceWorlds, base: World, day: dt.date, calls: Sequence[TraceCall], seed: int) -> Trace:
    which = day.isoformat()
    queues = {name: index for index, name in enumerate(base.queues)}
    tiers = {name: index for index, name in enumerate(base.tiers)}
    named = _tiers(worlds.fitted, calls, base.tiers, stream(seed, Purpose.REPLAY_TIERS, which))
    lots = stream(seed, Purpose.REPLAY_PATIENCE, which).random(len(calls))
    return Trace(
        np.asarray([call.arrived_s for call in calls], np.float64),
        np.asarray([queues[call.queue] for call in calls], np.int32),
        np.asarray([tiers[tier] for tier in named], np.int32),
        _patience(worlds.fitted, calls, named, lots),
        np.asarray([call.handle_s if call.answered else np.nan for call in calls], np.float64),
    )


def _tiers(
    fitted: FittedTrace, calls: Sequence[TraceCall], tiers: Sequence[str], random: np.random.Generator
) -> list[str]:
    """Return every call's tier, drawn with the queue's shares where the record does not name it."""
    chosen = []
    for call, lot in zip(calls, random.random(len(calls)).tolist(), strict=True):
        if call.tier or not fitted.tier_shares:
            chosen.append(call.tier or tiers[0])
            continue
        shares = sorted(fitted.tier_shares[call.queue].items())
        edges = np.cumsum([share for _, share in shares])
        chosen.append(shares[min(int(np.searchsorted(edges, lot, side="right")), len(shares) - 1)][0])
    return chosen


def law_of(fitted: FittedTrace, queue: str, tier: str) -> FittedLaw | None:
    """Return the law of patience that a scenario's rules give a queue and tier; None: nobody hangs up."""
    for cell in ((queue, tier), (queue, ""), ("", tier), ("", "")):
        if cell in fitted.patience:
            return fitted.patience[cell].chosen
    return None


def _patience(fitted: FittedTrace, calls: Sequence[TraceCall], tiers: Sequence[str], lots: Floats) -> Floats:
    waits = np.asarray([call.wait_s for call in calls], np.float64)
    answered = np.asarray([call.answered for call in calls], np.bool_)
    found = np.where(answered, LONGEST_PATIENCE_S, waits)
    cells = np.asarray([f"{call.queue}\0{tier}" for call, tier in zip(calls, tiers, strict=True)])
    for cell in np.unique(cells):
        law = law_of(fitted, *str(cell).split("\0"))
        mine = answered & (cells == cell)
        if law is not None and mine.any():
            found[mine] = draw_beyond(law, waits[mine], lots[mine])
    return found


def draw_beyond(law: FittedLaw, beyond_s: Floats, lots: Floats) -> Floats:
    """Return times of a law, given that each exceeds ``beyond_s``, by inversion of uniform ``lots``."""
    wanted = law.survival(beyond_s) * (1.0 - lots)
    low, high = beyond_s.copy(), np.full_like(beyond_s, LONGEST_PATIENCE_S)
    for _ in range(ROUNDS):
        middle = (low + high) / 2.0
        lasts = law.survival(middle) > wanted
        low, high = np.where(lasts, middle, low), np.where(lasts, high, middle)
    return high


def base_world(worlds: TraceWorlds, day: dt.date, seed: int, *, head_starts: bool = True) -> World:
    """Return the world of a day on which nobody comes: what :func:`replay_world` begins with."""
    return make_world(worlds.scenario(day, seed, demand=False, head_starts=head_starts), 0)
