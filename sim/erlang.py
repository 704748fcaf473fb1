"""Erlang's formulas: what queueing theory says of one queue with equal agents, in steady state, and the inverses.

:func:`steady_state` solves them all: customers arrive at random (Poisson) and are served, in the order of their
arrival, by ``agents`` whose handle times are exponential. What else is given makes the model:

================================  ==================================================================
Erlang B, M/M/n/n                 ``lines=agents``: whoever finds all agents busy is turned away
Erlang C, M/M/n                   neither patience nor lines: everybody waits until answered
Erlang A, M/M/n+M                 ``patience_s``: who waits gives up after an exponential time
M/M/n/K                           ``lines``: how many may be there at once, those who talk included
M/M/n/K+M                         both
================================  ==================================================================

:func:`priority_waits` has strict priorities without interruption (Erlang C with classes),
:func:`agents_needed` and :func:`load_for_blocking` are the inverses.

Rates are per second, times in seconds, shares from 0 to 1; an offered load is arrival rate times handle time (erlangs).
Arguments that make no sense raise :class:`ErlangError`.

What is computed, with all terms positive, so that nothing cancels, and scaled by the largest, so that nothing
overflows: chances that agents are free by Erlang's recurrence. Waits from the *offered wait* V, how long a customer
would wait who never gives up. Given that the customer waits at all,

* V is exponential in Erlang C;
* in Erlang A it has a density proportional to exp(lam (1 - exp(-theta x)) / theta - n mu x): Baccelli and Hebuterne,
  "On queues with impatient customers", 1981; Mandelbaum and Zeltyn, "The Palm/Erlang-A queue, with applications to
  call centers", 2005; Garnett, Mandelbaum and Reiman, "Designing a call center with impatient customers", 2002. The
  incomplete gamma functions that it comes to cancel where patience is long, so it is integrated by Gauss-Legendre;
* with lines, V of who finds j waiting is the sum of exponential times of the rates n mu, n mu + theta, ..., n mu +
  j theta: exp(-theta V) is Beta(n mu / theta, j + 1), or V is Gamma(j + 1) without impatience.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Formula = Literal["offered", "answered", "without_short_abandons"]

MOST_AGENTS: Final = 1_000_000
MOST_LINES: Final = 2_000_000
LEAST: Final = 1e-30
MOST: Final = 1e30
"""Limits of rates, times and loads: wider than any center's, and no product of them overflows."""
_NEGLIGIBLE: Final = 45.0
"""Logarithm of how far below its peak a density is left out: 3e-20."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)


class ErlangError(ValueError):
    """An argument that no formula holds for.

    Attributes:
        field: name of the argument.
        why: its value and what is allowed.
    """

    def __init__(self, field: str, value: object, allowed: str) -> None:
        self.field = field
        self.why = f"{value}; allowed: {allowed}"
        super().__init__(f"{field}: {self.why}")


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """How many are answered within ``target_s``, by every formula in use. None where nobody is left to count.

    Attributes:
        offered: answered within the target, over all who call (turned away and abandoned ones included).
        answered: the same over those who are answered, ever.
        without_short_abandons: the same over all who call but those who give up within the target.
        waited_at_most: share, of those who are not turned away, whose wait ends within the target, whichever way.
        abandoned_within: gave up within the target, over all who call.
    """

    target_s: float
    offered: float
    answered: float | None
    without_short_abandons: float | None
    waited_at_most: float
    abandoned_within: float


@dataclass(frozen=True, slots=True)
class Steady:
    """A queue in steady state. Shares are of all who call; means are None where there is nobody to take them over.

    Attributes:
        patience_s: mean time after which a waiting customer gives up; infinite: never.
        lines: how many may be there at once, talking or waiting; None: any number.
        offered_load: erlangs.
        occupancy: share of their time that agents talk.
        p_no_wait: answered at once.
        p_wait: wait, whether answered or not.
        p_block: turned away, as all lines are taken.
        p_abandon: give up waiting.
        asa_s: average speed of answer: mean wait of the answered, those answered at once included.
        mean_wait_s: mean wait of everybody who is not turned away.
        wait_variance_s2: variance of the same, in square seconds.
        mean_wait_if_waiting_s: mean wait of those who wait.
        mean_wait_abandoned_s: mean wait of those who give up.
        mean_queue: mean number waiting.
    """

    arrival_per_s: float
    handle_s: float
    agents: int
    patience_s: float
    lines: int | None
    offered_load: float
    occupancy: float
    p_no_wait: float
    p_wait: float
    p_block: float
    p_abandon: float
    asa_s: float
    mean_wait_s: float
    wait_variance_s2: float
    mean_wait_if_waiting_s: float | None
    mean_wait_abandoned_s: float | None
    mean_queue: float

    def service_level(self, target_s: float) -> ServiceLevel:
        """Return the share answered within ``target_s`` (0: at once) by every formula."""
        _not_negative("target_s", target_s)
        waits = _waits(self.arrival_per_s, self.handle_s, self.agents, self.patience_s, self.lines)
        by = waits.until(target_s)
        good = self.p_no_wait + self.p_wait * by.answered
        short = self.p_wait * by.abandoned
        counted = good + self.p_wait * by.still + self.p_block
        return ServiceLevel(
            target_s=target_s,
            offered=min(1.0, good),
            answered=_share(good, self.p_no_wait + self.p_wait * waits.answered),
            without_short_abandons=_share(good, counted),
            waited_at_most=min(1.0, (good + short) / (self.p_no_wait + self.p_wait)),
            abandoned_within=short,
        )


@dataclass(frozen=True, slots=True)
class PriorityWaits:
    """Classes of strict priority in steady state; tuples have an entry for each class, the first is served first.

    Attributes:
        p_wait: share that waits, the same in every class.
        asa_s: mean wait of each class, those answered at once included.
        mean_wait_if_waiting_s: mean wait of those who wait.
        mean_queue: mean number waiting.
        asa_first_come_s: mean wait of everybody; the same as if the order were that of arrival.
    """

    arrivals_per_s: tuple[float, ...]
    handle_s: float
    agents: int
    occupancy: float
    p_wait: float
    asa_s: tuple[float, ...]
    mean_wait_if_waiting_s: tuple[float, ...]
    mean_queue: tuple[float, ...]
    asa_first_come_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is promised; None is not. A service level is a least, the others are mosts.

    Attributes:
        service_level: least share answered within ``target_s``, by ``formula`` (a field of :class:`ServiceLevel`).
        asa_s, p_abandon, p_block, occupancy: as in :class:`Steady`.
    """

    service_level: float | None = None
    target_s: float = 20.0
    formula: Formula = "offered"
    asa_s: float | None = None
    p_abandon: float | None = None
    p_block: float | None = None
    occupancy: float | None = None

    def __post_init__(self) -> None:
        """Refuse limits that are always or never kept."""
        if self.formula not in get_args(Formula):
            raise ErlangError("formula", self.formula, " or ".join(get_args(Formula)))
        _not_negative("target_s", self.target_s)
        shares = ("service_level", "p_abandon", "p_block", "occupancy")
        for name in shares:
            value = getattr(self, name)
            if value is not None and not 0.0 < value < 1.0:
                raise ErlangError(name, value, "shares above 0 and below 1")
        if self.asa_s is not None:
            _positive("asa_s", self.asa_s)
        if all(getattr(self, name) is None for name in (*shares, "asa_s")):
            raise ErlangError("limits", "none", f"one or more of {', '.join((*shares, 'asa_s'))}")

    def kept_by(self, state: Steady) -> bool:
        """Say whether a queue keeps every limit."""
        for name in ("asa_s", "p_abandon", "p_block", "occupancy"):
            most = getattr(self, name)
            if most is not None and getattr(state, name) > most:
                return False
        if self.service_level is None:
            return True
        found: float | None = getattr(state.service_level(self.target_s), self.formula)
        return found is not None and found >= self.service_level


# ---------------------------------------------------------------------- given that one waits


class _Until(NamedTuple):
    """Of those who wait: answered, given up and still waiting at a time. Adds up to 1."""

    answered: float
    abandoned: float
    still: float


class _Waits(Protocol):
    """What happens to those who wait.

    Attributes:
        log_scale: logarithm, at least 0, of a factor for ``weight`` and ``block``.
        weight: chance that a customer waits, over that of finding all agents busy and nobody waiting.
        block: the same of being turned away.
        answered, abandoned: shares of those who wait.
        mean_s, square_s2: moments of the wait, however it ends.
        answered_wait_s, abandoned_wait_s: mean wait, counted as 0 for those with another end.
    """

    log_scale: float
    weight: float
    block: float
    answered: float
    abandoned: float
    mean_s: float
    square_s2: float
    answered_wait_s: float
    abandoned_wait_s: float

    def until(self, time_s: float) -> _Until: ...


class _Endless:
    """Erlang C: nobody gives up or is turned away; V is exponential."""

    log_scale, block, answered, abandoned, abandoned_wait_s = 0.0, 0.0, 1.0, 0.0, 0.0

    def __init__(self, lam: float, service: float) -> None:
        self._drain = service - lam
        self.weight = service / self._drain
        self.mean_s = self.answered_wait_s = 1.0 / self._drain
        self.square_s2 = 2.0 / self._drain / self._drain

    def until(self, time_s: float) -> _Until:
        passed = -self._drain * time_s
        return _Until(-math.expm1(passed), 0.0, math.exp(passed))


class _Impatient:
    """Erlang A: V has a density, up to a factor, h(x) = exp(lam (1 - exp(-theta x)) / theta - service x).

    Its logarithm is concave, with the peak at ``_peak``; times in here count from there.
    """

    block = 0.0

    def __init__(self, lam: float, service: float, theta: float) -> None:
        excess = math.log1p((lam - service) / service) if lam > service else 0.0  # logarithm of the load, above 1
        self._theta = theta
        self._peak = excess / theta
        self._slope = 0.0 if lam > service else lam - service
        self._rate = min(lam, service)  # lam exp(-theta peak)
        self._start = -self._peak
        time_s, weight = self._density(self._start, math.inf)
        whole = float(weight.sum())
        self._whole = whole
        self.log_scale = -service / theta * float(_dip(np.asarray(-excess)))
        self.weight = service * whole
        z = theta * time_s
        mean = weight / whole
        gone = -np.expm1(-z)
        both = special.gammainc(2.0, z)  # 1 - exp(-z) (1 + z), which would cancel
        self.answered = float(mean @ np.exp(-z))
        self.abandoned = float(mean @ gone)
        self.mean_s = self.abandoned / theta
        self.square_s2 = float(mean @ both) * 2.0 / theta / theta
        self.answered_wait_s = float(mean @ (time_s * np.exp(-z)))
        self.abandoned_wait_s = float(mean @ both) / theta

    def _log(self, at: Floats | float) -> Floats:
        """Return the logarithm of h over that of its peak."""
        found: Floats = self._slope * at + self._rate / self._theta * _dip(self._theta * np.asarray(at))
        return found

    def _density(self, start: float, end: float) -> tuple[Floats, Floats]:
        """Return times V and weights with which sums over a part of V become integrals of h over its peak.

        Panels double in width away from the highest point of the part, beginning with the shortest scale on which
        h or exp(-theta x) changes there, and end where h is negligible. To the left, where h falls ever more
        steeply, none is wider than 1 / theta.
        """
        top = min(max(0.0, start), end)
        level = float(self._log(top))
        bend = self._rate * math.exp(-self._theta * top)
        slope = abs(self._slope + bend - self._rate)
        first = 1.0 / (slope + math.sqrt(bend * self._theta) + self._theta)
        edges = [top]
        step = first
        while edges[-1] < end and level - float(self._log(edges[-1])) < _NEGLIGIBLE:
            edges.append(min(edges[-1] + step, end))
            step *= 2.0
        step = first
        while edges[0] > start and level - float(self._log(edges[0])) < _NEGLIGIBLE:
            edges.insert(0, max(edges[0] - step, start))
            step = min(2.0 * step, 1.0 / self._theta)
        bounds = np.asarray(edges)
        half = np.diff(bounds)[:, None] / 2.0
        at = (bounds[:-1, None] + half + half * _NODES).ravel()
        weight = (half * _WEIGHTS).ravel() * np.exp(self._log(at))
        return at + self._peak, weight

    def until(self, time_s: float) -> _Until:
        split = self._start + time_s
        before, mass = self._density(self._start, split)
        after = float(self._density(split, math.inf)[1].sum()) / self._whole
        mass /= self._whole
        left = math.exp(-self._theta * time_s)
        abandoned = float(mass @ -np.expm1(-self._theta * before)) - math.expm1(-self._theta * time_s) * after
        return _Until(float(mass @ np.exp(-self._theta * before)), abandoned, left * after)


class _Lines:
    """Waiting places for ``places``, with or without impatience: sums over how many are found waiting."""

    def __init__(self, lam: float, service: float, theta: float, places: int) -> None:
        ahead = np.arange(places + 1.0)  # found waiting; the last of these states is full
        leave = service + theta * ahead
        steps = np.log(lam) - np.log(leave[1:])
        mode = int(np.searchsorted(-steps, 0.0))  # as many steps lead upwards: rates of leaving ascend
        ratio = lam / leave[1:]
        weight = np.concatenate(
            [np.cumprod(1.0 / ratio[:mode][::-1])[::-1], np.ones(1), np.cumprod(ratio[mode:])], dtype=np.float64
        )
        self._service, self._theta = service, theta
        self.log_scale, self.block = float(steps[:mode].sum()), float(weight[-1])
        self.weight = float(weight[:-1].sum())
        self._found = weight[:-1] / self.weight  # of those who wait: how many they find waiting
        self._ahead = ahead[:-1]
        rate = leave[1:]  # at which one's own place moves up or is given up
        self._stays = service / rate
        self.answered = float(self._found @ self._stays)
        self._leaves = theta * (self._ahead + 1.0) / rate
        self.abandoned = float(self._found @ self._leaves)
        self.mean_s = float(self._found @ ((self._ahead + 1.0) / rate))
        self.square_s2 = float(self._found @ (2.0 / rate * np.cumsum((self._ahead + 1.0) / rate)))
        answered_after = np.cumsum(1.0 / rate)  # mean wait of who is answered: V, weighted with exp(-theta V)
        self.answered_wait_s = float(self._found @ (self._stays * answered_after))
        self.abandoned_wait_s = float(self._found @ _given_up_wait(rate, theta))
        seen = self._found > 0.0  # among a million places, most are never reached, or never free
        self._found, self._ahead, self._stays, self._leaves = (
            row[seen] for row in (self._found, self._ahead, self._stays, self._leaves)
        )

    def until(self, time_s: float) -> _Until:
        if not self._ahead.size:
            return _Until(0.0, 0.0, 0.0)
        before = self._ahead + 1.0
        if self._theta == 0.0:
            passed = self._service * time_s
            answered = special.gammainc(before, passed)
            return _Until(float(self._found @ answered), 0.0, float(self._found @ special.gammaincc(before, passed)))
        shape = self._service / self._theta
        left, gone = math.exp(-self._theta * time_s), -math.expm1(-self._theta * time_s)
        answered = self._stays * special.betainc(before, shape + 1.0, gone)
        given_up = self._leaves * special.betainc(before + 1.0, shape, gone)  # and V has passed as well
        beyond = special.betaincc(before, shape, gone)
        return _Until(
            float(self._found @ answered),
            float(self._found @ given_up) + gone * float(self._found @ beyond),
            left * float(self._found @ beyond),
        )


def _given_up_wait(rate: Floats, theta: float) -> Floats:
    """Return, by how many are found waiting, the mean wait that ends in giving up, counted as 0 if it does not.

    One passes j + 1 stages of mean 1 / rate[j], ..., 1 / rate[0], each of which ends in giving up with the chance
    theta / rate; a stage begins with j others ahead. Solved from the last stage on, scaled by the rate.
    """
    up = theta * (np.arange(rate.size) + 1.0) / rate  # chance to give up, sooner or later
    # rate[j] x[j] = up[j] + (rate[j] - theta) x[j - 1], where rate[j] - theta = rate[j - 1]
    found: Floats = np.cumsum(up) / rate
    return found


def _dip(z: Floats) -> Floats:
    """Return 1 - exp(-z) - z, exactly near 0 too."""
    near = np.clip(z, -0.5, 0.5)
    series = -near * near / 2.0 * special.hyp1f1(1.0, 3.0, -near)
    found: Floats = np.where(near == z, series, -np.expm1(-z) - z)
    return found


def _waits(lam: float, handle_s: float, agents: int, patience_s: float, lines: int | None) -> _Waits:
    """Return what happens to those who wait."""
    service, theta = agents / handle_s, 1.0 / patience_s
    if lines is not None:
        return _Lines(lam, service, theta, lines - agents)
    if theta > 0.0:
        return _Impatient(lam, service, theta)
    return _Endless(lam, service)


# ---------------------------------------------------------------------- the formulas


def steady_state(
    arrival_per_s: float, handle_s: float, agents: int, *, patience_s: float = math.inf, lines: int | None = None
) -> Steady:
    """Solve a queue for its steady state; the module's text says which formula that is.

    Args:
        arrival_per_s: customers who call, a second.
        handle_s: mean handle time.
        agents: how many, from 1 to ``MOST_AGENTS``.
        patience_s: mean time after which a waiting customer gives up.
        lines: how many may be there at once, from ``agents`` to ``MOST_LINES``; None: any number.

    Raises:
        ErlangError: for an argument out of its range, or a load of ``agents`` or more that nothing limits.
    """
    _check(arrival_per_s, handle_s, agents, patience_s, lines)
    load = arrival_per_s * handle_s
    if lines is None and math.isinf(patience_s) and not _drains(arrival_per_s, handle_s, agents):
        raise ErlangError(
            "agents", agents, f"more than the offered load, {load:g}, where nobody gives up or is turned away"
        )
    waits = _waits(arrival_per_s, handle_s, agents, patience_s, lines)
    free = _some_free(load, agents) * math.exp(-waits.log_scale)
    whole = free + waits.weight + waits.block
    p_wait = waits.weight / whole
    p_no_wait = free / whole if whole < math.inf else 1.0
    answered = p_no_wait + p_wait * waits.answered
    entered = p_no_wait + p_wait
    mean_s = p_wait * waits.mean_s / entered
    p_abandon = min(1.0, p_wait * waits.abandoned)
    return Steady(
        arrival_per_s=arrival_per_s,
        handle_s=handle_s,
        agents=agents,
        patience_s=patience_s,
        lines=lines,
        offered_load=load,
        occupancy=min(1.0, load * answered / agents),
        p_no_wait=p_no_wait,
        p_wait=p_wait,
        p_block=waits.block / whole,
        p_abandon=p_abandon,
        asa_s=p_wait * waits.answered_wait_s / answered,
        mean_wait_s=mean_s,
        wait_variance_s2=p_wait * waits.square_s2 / entered - mean_s * mean_s,
        mean_wait_if_waiting_s=waits.mean_s if waits.weight > 0.0 else None,
        mean_wait_abandoned_s=waits.abandoned_wait_s / waits.abandoned if waits.abandoned > 0.0 else None,
        mean_queue=arrival_per_s * p_wait * waits.mean_s,
    )


def erlang_b(offered_load: float, agents: int) -> float:
    """Return the share turned away where nobody can wait (Erlang, 1917)."""
    _positive("offered_load", offered_load)
    _whole("agents", agents, 1, MOST_AGENTS)
    return 1.0 / (1.0 + _some_free(offered_load, agents))


def erlang_c(offered_load: float, agents: int) -> float:
    """Return the share that waits where nobody gives up (Erlang, 1917)."""
    return steady_state(offered_load, 1.0, agents).p_wait


def priority_waits(arrivals_per_s: Sequence[float], handle_s: float, agents: int) -> PriorityWaits:
    """Solve strict priorities without interruption, the first class first, all with the same mean handle time.

    Cobham, "Priority assignment in waiting line problems", 1954; Kella and Yechiali, "Waiting times in the
    non-preemptive priority M/M/c queue", 1985.

    Raises:
        ErlangError: for an argument out of its range, or a load of ``agents`` or more.
    """
    if not arrivals_per_s:
        raise ErlangError("arrivals_per_s", "none", "a rate for each class")
    for index, rate in enumerate(arrivals_per_s):
        _positive(f"arrivals_per_s[{index}]", rate)
    everybody = steady_state(math.fsum(arrivals_per_s), handle_s, agents)
    service = agents / handle_s
    # the room that classes up to each leave, as a share of the agents' time
    room = [1.0, *((service - math.fsum(arrivals_per_s[: k + 1])) / service for k in range(len(arrivals_per_s)))]
    waiting = tuple(1.0 / (service * room[k] * room[k + 1]) for k in range(len(arrivals_per_s)))
    asa = tuple(everybody.p_wait * wait for wait in waiting)
    return PriorityWaits(
        arrivals_per_s=tuple(arrivals_per_s),
        handle_s=handle_s,
        agents=agents,
        occupancy=everybody.occupancy,
        p_wait=everybody.p_wait,
        asa_s=asa,
        mean_wait_if_waiting_s=waiting,
        mean_queue=tuple(rate * wait for rate, wait in zip(arrivals_per_s, asa, strict=True)),
        asa_first_come_s=everybody.asa_s,
    )


# ---------------------------------------------------------------------- inverses


def agents_needed(
    arrival_per_s: float,
    handle_s: float,
    limits: Limits,
    *,
    patience_s: float = math.inf,
    lines: int | None = None,
    waiting_places: int | None = None,
) -> Steady:
    """Return the queue with the fewest agents that keep all limits; with one less, some limit is broken.

    Room is limited by ``lines``, in all, or by ``waiting_places``, beyond the agents (0: Erlang B), or by neither.

    Raises:
        ErlangError: for an argument out of its range, or where no number of agents is enough.
    """
    if lines is not None and waiting_places is not None:
        raise ErlangError("waiting_places", waiting_places, "only without lines")
    if waiting_places is not None:
        _whole("waiting_places", waiting_places, 0, MOST_LINES - MOST_AGENTS)
    _check(arrival_per_s, handle_s, 1, patience_s, lines)
    most = MOST_AGENTS if lines is None else min(lines, MOST_AGENTS)

    def enough(agents: int) -> Steady | None:
        room = lines if waiting_places is None else agents + waiting_places
        if room is None and math.isinf(patience_s) and not _drains(arrival_per_s, handle_s, agents):
            return None
        state = steady_state(arrival_per_s, handle_s, agents, patience_s=patience_s, lines=room)
        return state if limits.kept_by(state) else None

    # more agents never do worse: from the load on, in ever larger steps, to one too few and one enough, then between
    few, many, step = 0, int(max(1.0, min(arrival_per_s * handle_s, float(most)))), 1
    found = enough(many)
    while found is None:
        if many == most:
            raise ErlangError("limits", limits, f"what {most:,} agents can keep")
        few, many, step = many, min(many + step, most), step * 2
        found = enough(many)
    while many - few > 1:
        if few:
            middle = (few + many) // 2
        else:
            middle, step = max(1, many - step), step * 2
        state = enough(middle)
        if state is None:
            few = middle
        else:
            found, many = state, middle
    return found


def load_for_blocking(agents: int, p_block: float) -> float:
    """Return the offered load of which ``agents`` turn away the share ``p_block`` where nobody can wait (Erlang B)."""
    _whole("agents", agents, 1, MOST_AGENTS)
    if not 0.0 < p_block < 1.0:
        raise ErlangError("p_block", p_block, "shares above 0 and below 1")
    wanted = (1.0 - p_block) / p_block
    low, high = 0.0, float(agents)
    while _some_free(high, agents) > wanted:
        low, high = high, high * 2.0
    while low == 0.0 or high - low > 2e-16 * high:
        middle = (low + high) / 2.0 if low else high / 16.0
        if not low < middle < high:
            break
        if _some_free(middle, agents) > wanted:
            low = middle
        else:
            high = middle
    return high


def _some_free(load: float, agents: int) -> float:
    """Return the chance that not all agents are busy over that of exactly all, with nobody waiting: 1 / B - 1."""
    ratio = 0.0
    for count in range(1, agents + 1):
        ratio = count / load * (1.0 + ratio)
    return ratio


def _drains(arrival_per_s: float, handle_s: float, agents: int) -> bool:
    """Say whether agents can serve more than arrive."""
    return arrival_per_s < agents / handle_s


def _share(part: float, whole: float) -> float | None:
    return min(1.0, part / whole) if whole > 0.0 else None


# ---------------------------------------------------------------------- arguments


def _check(arrival_per_s: float, handle_s: float, agents: int, patience_s: float, lines: int | None) -> None:
    _positive("arrival_per_s", arrival_per_s)
    _positive("handle_s", handle_s)
    _whole("agents", agents, 1, MOST_AGENTS)
    if not LEAST <= arrival_per_s * handle_s <= MOST:
        raise ErlangError("handle_s", handle_s, f"what makes an offered load from {LEAST:g} to {MOST:g}")
    if not (LEAST <= patience_s <= MOST or patience_s == math.inf):
        raise ErlangError("patience_s", patience_s, f"numbers from {LEAST:g} to {MOST:g}; infinite: nobody gives up")
    if lines is not None:
        _whole("lines", lines, agents, MOST_LINES)


def _positive(field: str, value: float) -> None:
    if not LEAST <= value <= MOST:
        raise ErlangError(field, value, f"numbers from {LEAST:g} to {MOST:g}")


def _not_negative(field: str, value: float) -> None:
    if not 0.0 <= value < math.inf:
        raise ErlangError(field, value, "0 and numbers above")


def _whole(field: str, value: object, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ErlangError(field, value, f"whole numbers from {least} to {most}")
