"""A day of a center as people live it: who calls when and how patient they are, who answers and when.

:class:`BankDay` is the validated content of ``data/bank_day.yaml`` (fitted figures, written by
``acdcore.sim.fit_bank``); :func:`generate_day` makes one concrete day of it. The same seed gives the same
day: every purpose (arrivals, patience, handling, …) and every queue or agent draws from a stream of its own,
so that a change to one leaves the others as they were. Nothing here knows of routing, networks or clocks;
times are seconds since midnight.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import IntEnum
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from .fit import Handling, Hazard
from .staff import LONGEST_WRAP_UP_S, AgentDay, Break

SLOT_S: Final = 1_800.0
LAST_WAIT_S: Final = 1_800.0
"""Whoever still waits half an hour after the end of the day hangs up, however patient."""
MAX_HANDLE_S: Final = 3_600.0
"""Longest handle time drawn, as the record is cut there too."""
DRAWS_AN_AGENT: Final = 400
"""Absences and pick-up times drawn for each agent; used in turn, again from the first if she takes more calls."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0, le=1e6, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0.0, le=1e6, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=128)]


class DemandError(ValueError):
    """A demand file that cannot be used; the message names the path, the value and what is allowed."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class HazardFigures(_Strict):
    """A piecewise-constant hazard: from ``from_s[i]`` seconds on, ``per_s[i]`` ends a second."""

    from_s: list[NotNegative] = Field(min_length=1)
    per_s: list[NotNegative] = Field(min_length=1)

    @model_validator(mode="after")
    def _pieces(self) -> Self:
        if len(self.from_s) != len(self.per_s):
            raise ValueError("from_s and per_s must be equally long")
        if self.from_s[0] != 0 or any(a >= b for a, b in zip(self.from_s, self.from_s[1:], strict=False)):
            raise ValueError("from_s must begin with 0 and ascend")
        if self.per_s[-1] <= 0:
            raise ValueError("the last of per_s must be more than 0, or some would never end")
        return self

    def hazard(self) -> Hazard:
        """Return the same figures as something to compute with."""
        return Hazard(tuple(self.from_s), tuple(self.per_s))


class HandlingFigures(_Strict):
    """Handle times: a share of short ones (exponential), the rest lognormal (of seconds, natural logarithm)."""

    short_share: Share
    short_mean_s: Positive
    log_mean: Annotated[float, Field(ge=-5.0, le=12.0)]
    log_sd: Annotated[float, Field(ge=0.0, le=5.0)]

    def handling(self) -> Handling:
        """Return the same figures as something to compute with."""
        return Handling(self.short_share, self.short_mean_s, self.log_mean, self.log_sd)


class QueueDemand(_Strict):
    """What is asked of one queue: expected calls in each half hour, the tiers' shares, patience, handling.

    ``patience_factor`` multiplies the tier's hazard: 2 means that callers give up twice as readily.
    """

    calls_per_half_hour: list[NotNegative] = Field(min_length=1)
    tier_shares: dict[Name, Share]
    patience_factor: dict[Name, Positive]
    handling: HandlingFigures


class Shift(_Strict):
    """One agent's hours on duty."""

    agent: Name
    start: str
    end: str


class Workforce(_Strict):
    """Who answers: shifts, how soon they pick up, how long they stay away after a call.

    An absence of at most a minute is wrap-up; a longer one is a break.
    """

    pick_up_least_s: NotNegative
    pick_up_mean_s: Positive
    away_after_call: HazardFigures
    shifts: list[Shift] = Field(min_length=1)


class Observed(_Strict):
    """What the record shows on the days that were fitted, to hold the fit against."""

    days: int = Field(ge=1)
    calls_per_day: NotNegative
    queued_share: Share
    abandoned_share: Share
    wait_of_queued_and_answered_s: NotNegative
    handle_s: NotNegative
    short_handle_share: Share
    patience_s: NotNegative
    vip_first_within_head_start: Share
    vip_first_beyond_head_start: Share


class BankDay(_Strict):
    """The figures of a day: demand, workforce, and what was observed."""

    day: Name
    opens: str
    closes: str
    patience: dict[Name, HazardFigures]
    queues: dict[Name, QueueDemand] = Field(min_length=1)
    workforce: Workforce
    observed: Observed

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        opens, closes = time_of_day(self.opens), time_of_day(self.closes)
        if opens >= closes or (closes - opens) % SLOT_S:
            raise ValueError(f"opens {self.opens} to closes {self.closes} must be whole half hours, at least one")
        slots = round((closes - opens) / SLOT_S)
        for name, queue in self.queues.items():
            if len(queue.calls_per_half_hour) != slots:
                raise ValueError(
                    f"queues.{name}.calls_per_half_hour has {len(queue.calls_per_half_hour)} figures, must have {slots}"
                )
            if abs(sum(queue.tier_shares.values()) - 1.0) > 1e-6:
                raise ValueError(f"queues.{name}.tier_shares must add up to 1")
            for field, keys in (("tier_shares", queue.tier_shares), ("patience_factor", queue.patience_factor)):
                unknown = sorted(set(keys) - set(self.patience))
                if unknown:
                    known = ", ".join(sorted(self.patience))
                    raise ValueError(f"queues.{name}.{field}.{unknown[0]} is no tier of patience: {known}")
        for index, shift in enumerate(self.workforce.shifts):
            if time_of_day(shift.start) >= time_of_day(shift.end):
                raise ValueError(f"workforce.shifts[{index}] of {shift.agent} must end after it starts")
        return self


@dataclass(frozen=True, slots=True)
class Caller:
    """One call to come. ``patience_s`` is how long the caller waits at most."""

    call_id: str
    arrival_s: float
    queue: str
    tier: str
    patience_s: float
    handle_s: float


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """One agent's day: hours on duty, absences after each call in turn, breaks, pick-up times in turn."""

    agent: str
    from_s: float
    to_s: float
    away_s: tuple[float, ...]
    breaks: tuple[Break, ...]
    pick_up_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A concrete day: callers in order of arrival, agents' plans, first and last moment of interest."""

    name: str
    starts_s: float
    ends_s: float
    callers: tuple[Caller, ...]
    agents: tuple[AgentPlan, ...]


class Purpose(IntEnum):
    """What a random stream is for. Numbers are part of the seed: never reuse one."""

    ARRIVALS = 1
    TIERS = 2
    PATIENCE = 3
    HANDLING = 4
    AWAY = 5
    PICK_UP = 6
    REPLAY_TIERS = 7
    REPLAY_PATIENCE = 8
    REPLAY_HANDLING = 9


def stream(seed: int, purpose: Purpose, which: str = "") -> np.random.Generator:
    """Return the random stream of one purpose for one queue, agent or day (``which``), independent of all others."""
    key = (int(purpose), *which.encode("utf-8"))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def time_of_day(text: str) -> float:
    """Return the seconds since midnight of ``HH:MM`` (``24:00`` is the end of the day); ``ValueError`` otherwise."""
    match = re.fullmatch(r"(\d{2}):(\d{2})", text, re.ASCII)
    if match is None or int(match[2]) > 59 or int(match[1]) * 60 + int(match[2]) > 24 * 60:
        raise ValueError(f"{text!r} is not a time of day HH:MM from 00:00 to 24:00")
    return int(match[1]) * 3600.0 + int(match[2]) * 60.0


def sample_path(name: str) -> Path:
    """Return the path of a file of the sample bank: ``bank_center.yaml`` or ``bank_day.yaml``."""
    return Path(str(resources.files("acdcore.sim"))) / "data" / name


def load_day(path: str | os.PathLike[str]) -> BankDay:
    """Read and check a demand file; :class:`DemandError` names what is wrong, ``OSError`` where it is not there."""
    text = Path(path).read_text(encoding="utf-8")
    try:
        content = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise DemandError(f"{path}: {error}") from error
    try:
        return BankDay.model_validate(content)
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            place = ".".join(str(part) for part in problem["loc"]) or "the whole file"
            lines.append(f"{path}: {place}: {problem['msg']} (got {str(problem['input'])[:60]!r})")
        raise DemandError("\n".join(lines)) from error


def generate_day(figures: BankDay, seed: int, *, until_s: float | None = None, load: float = 1.0) -> Day:
    """Make one concrete day.

    Args:
        figures: What to draw from.
        seed: The same seed gives the same day.
        until_s: Stop arrivals and end shifts here (seconds since midnight); default: closing time.
        load: Multiplies the expected number of calls; more than 0.
    """
    opens = time_of_day(figures.opens)
    ends = min(time_of_day(figures.closes), until_s if until_s is not None else float("inf"))
    if ends <= opens or load <= 0.0:
        raise ValueError("a day needs a positive length and load")
    callers = [caller for name in sorted(figures.queues) for caller in _callers(figures, name, seed, load, ends)]
    callers.sort(key=lambda caller: (caller.arrival_s, caller.call_id))
    return Day(figures.day, opens, ends, tuple(callers), tuple(_agents(figures, seed, ends)))


def _callers(figures: BankDay, name: str, seed: int, load: float, ends: float) -> list[Caller]:
    """Draw the calls of one queue: a Poisson number in each half hour, spread evenly within it."""
    queue = figures.queues[name]
    random = stream(seed, Purpose.ARRIVALS, name)
    opens = time_of_day(figures.opens)
    expected = np.asarray(queue.calls_per_half_hour) * load
    counts = random.poisson(expected)
    starts = np.repeat(opens + SLOT_S * np.arange(counts.size), counts)
    arrivals = np.sort(starts + SLOT_S * random.random(starts.size))
    tiers = sorted(queue.tier_shares)
    shares = np.asarray([queue.tier_shares[tier] for tier in tiers])
    tier_at = stream(seed, Purpose.TIERS, name).choice(len(tiers), size=arrivals.size, p=shares / shares.sum())
    # one exponential a caller, turned into patience by the caller's own tier
    exhausted = stream(seed, Purpose.PATIENCE, name).exponential(size=arrivals.size)
    patience = np.zeros(arrivals.size)
    for index, tier in enumerate(tiers):
        mine = tier_at == index
        factor = queue.patience_factor.get(tier, 1.0)
        patience[mine] = figures.patience[tier].hazard().at_cumulated(exhausted[mine] / factor)
    patience = np.minimum(patience, ends + LAST_WAIT_S - arrivals)
    handle = queue.handling.handling().draw(stream(seed, Purpose.HANDLING, name), arrivals.size, MAX_HANDLE_S)
    return [
        Caller(f"{name}-{index + 1}", float(arrivals[index]), name, tiers[int(tier_at[index])],
               float(patience[index]), float(handle[index]))
        for index in range(arrivals.size)
        if arrivals[index] < ends
    ]  # fmt: skip


def _agents(figures: BankDay, seed: int, ends: float) -> list[AgentPlan]:
    force = figures.workforce
    away = force.away_after_call.hazard()
    plans = []
    for shift in force.shifts:
        start, end = time_of_day(shift.start), min(time_of_day(shift.end), ends)
        if start >= end:
            continue
        zeros, ones = np.zeros(DRAWS_AN_AGENT), np.ones(DRAWS_AN_AGENT)
        absent = away.draw(stream(seed, Purpose.AWAY, shift.agent), zeros, ones)
        extra = max(0.0, force.pick_up_mean_s - force.pick_up_least_s)
        pick_up = force.pick_up_least_s + stream(seed, Purpose.PICK_UP, shift.agent).exponential(extra, DRAWS_AN_AGENT)
        plans.append(AgentPlan(shift.agent, start, end, tuple(absent.tolist()), (), tuple(pick_up.tolist())))
    return plans


def plan_of(agent: AgentDay) -> AgentPlan:
    """Turn an agent's inferred day into a plan: what was recorded, picked up at once."""
    away = agent.wrap_ups_s or (0.0,)
    return AgentPlan(agent.agent, agent.from_s, agent.to_s, away, agent.breaks, (0.0,))


def is_break(away_s: float) -> bool:
    """Whether an absence after a call is a break rather than wrap-up."""
    return away_s > LONGEST_WRAP_UP_S
