"""What a world must be for the engine to simulate it: the one place where its values are checked, once, on loading.

The engine takes indices and lengths at their word, in C. So whatever is wrong is refused here, in the words of the
field, its value and what is allowed: nothing is clamped, nothing is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn

import numpy as np

from ..router.codes import MAX_CHANNELS, MAX_NOW_NS, SECOND_NS, Op
from ..router.records import Command
from .world import (
    ALWAYS,
    NONE,
    AgentType,
    Behavior,
    Choice,
    Distribution,
    Duty,
    Ending,
    QueueWork,
    Roster,
    Shape,
    Source,
    Trace,
    World,
)

LEAST_S: Final = 0.001
"""The least length of an interval or a period."""
MOST_BLOCKS: Final = 20_000_000
"""Batches x intervals x queues x tiers: each is a row of counts."""
MOST_RETRIES: Final = 30_000
MOST_LOG: Final = 1_000.0
"""Logarithms beyond it have no number whose logarithm they are."""
SHARES_TOLERANCE: Final = 1e-6
DEFINITIONS: Final = frozenset(
    op for op in Op if op in (Op.CONFIGURE, Op.SET_QUEUE) or op.name.startswith("DEFINE_")
)  # fmt: skip


def check_world(world: World) -> None:
    """Check a world by itself; its center is known when the router has taken the definitions.

    Raises:
        ValueError: names the first field that is wrong, its value, and what is allowed.
    """
    _check_run(world)
    _check_shapes(world)
    _check_commands(world)
    for at, distribution in enumerate(world.distributions):
        _check_distribution(f"distributions[{at}]", distribution, world.distributions)
    for at, source in enumerate(world.sources):
        _check_source(f"sources[{at}]", source, world)
    for at, trace in enumerate(world.traces):
        _check_trace(f"traces[{at}]", trace, world)
    for queue, row in enumerate(world.behaviors):
        for tier, behavior in enumerate(row):
            _check_behavior(f"behaviors[{queue}][{tier}]", behavior, world)
    for queue, work in enumerate(world.work):
        _check_work(f"work[{queue}]", work, world)
    _check_ends(world)
    for at, kind in enumerate(world.types):
        _check_type(f"types[{at}]", kind, world)
    _check_roster(world.roster, len(world.agents))


# ------------------------------------------------------------------ numbers


def _wrong(field: str, value: object, allowed: str) -> NoReturn:
    raise ValueError(f"{field}: {value}; allowed: {allowed}")


def _number(field: str, value: Any, least: float, most: float = ALWAYS) -> float:
    """Return a number that is within limits, not NaN."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not least <= number <= most:
        _wrong(field, repr(value), f"a number from {least:g} to {most:g}")
    return number


def _share(field: str, value: Any) -> float:
    return _number(field, value, 0.0, 1.0)


def _whole(field: str, value: Any, least: int, most: int) -> int:
    if not isinstance(value, (int, np.integer)) or not least <= value <= most:
        _wrong(field, repr(value), f"a whole number from {least} to {most}")
    return int(value)


def _known(what: str, n: int, *, or_none: bool) -> str:
    """Say which slots there are."""
    known = f"{'an' if what[0] in 'aeiou' else 'a'} {what}, 0 to {n - 1}" if n else f"no {what}, as there is none"
    return f"{known}, or {NONE} for none" if or_none else known


def _index(field: str, value: Any, of: Sequence[object], what: str, *, or_none: bool = False) -> None:
    """Check an index of a list; NONE may be allowed besides."""
    if not isinstance(value, (int, np.integer)) or not (NONE if or_none else 0) <= value < len(of):
        _wrong(field, repr(value), _known(what, len(of), or_none=or_none))


def _shape(field: str, values: Any, shape: tuple[int, ...]) -> None:
    if np.shape(values) != shape:
        raise ValueError(f"{field}: its shape is {np.shape(values)}, needed: {shape}")


def _one_long(field: str, values: Any) -> tuple[int]:
    """Return how long an array of one dimension is."""
    shape = np.shape(values)
    if len(shape) != 1:
        raise ValueError(f"{field}: its shape is {shape}, needed: one dimension")
    return (shape[0],)


def _first(field: str, values: np.ndarray[Any, Any], is_wrong: Any, allowed: str) -> None:
    """Refuse the first entry of an array that is wrong."""
    if np.any(is_wrong):
        place = np.argwhere(is_wrong)[0]
        _wrong(f"{field}{''.join(f'[{at}]' for at in place)}", values[tuple(place)], allowed)


def _numbers(field: str, values: Any, least: float, most: float = ALWAYS, *, or_nan: bool = False) -> Any:
    """Check an array of numbers and return it."""
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iuf":
        _wrong(field, f"an array of {array.dtype}", "numbers")
    good = (array >= least) & (array <= most)
    if or_nan and array.dtype.kind == "f":
        good |= np.isnan(array)
    _first(field, array, ~good, f"a number from {least:g} to {most:g}{', or NaN' if or_nan else ''}")
    return array


def _slots(field: str, values: Any, n: int, what: str, *, or_none: bool = False) -> None:
    """Check an array of slots."""
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        _wrong(field, f"an array of {array.dtype}", "whole numbers")
    least = NONE if or_none else 0
    _first(field, array, (array < least) | (array >= n), _known(what, n, or_none=or_none))


def _ascending(field: str, array: Any) -> None:
    if len(array) > 1:
        is_less = np.concatenate([[False], array[1:] < array[:-1]])
        _first(field, array, is_less, "at least the one before it")


# ------------------------------------------------------------------ the run


def _check_run(world: World) -> None:
    longest_s = MAX_NOW_NS / SECOND_NS
    _whole("start_ns", world.start_ns, 0, MAX_NOW_NS)
    horizon_s = _number("horizon_s", world.horizon_s, 1e-9, longest_s)
    overtime_s = _number("most_overtime_s", world.most_overtime_s, 0.0)
    if world.ending not in Ending._value2member_map_:
        _wrong("ending", repr(world.ending), ", ".join(f"{one} ({one.name})" for one in Ending))
    spent_s = horizon_s + (0.0 if world.ending == Ending.STOP else overtime_s)
    if world.start_ns + spent_s * SECOND_NS >= MAX_NOW_NS:
        field = "horizon_s" if horizon_s == spent_s else "horizon_s + most_overtime_s"
        left_s = (MAX_NOW_NS - world.start_ns) / SECOND_NS
        _wrong(field, f"{spent_s:g}", f"less than {left_s:g}, when the router's clock ends")
    warm_up_s = _number("warm_up_s", world.warm_up_s, 0.0)
    if round(warm_up_s * 1e9) >= round(horizon_s * 1e9):
        raise ValueError(f"warm_up_s: {world.warm_up_s} leaves nothing to count before {world.horizon_s}")
    _number("interval_s", world.interval_s, LEAST_S)
    _number("period_s", world.period_s, LEAST_S)
    _whole("batches", world.batches, 1, MOST_BLOCKS)
    pairs = max(1, len(world.queues) * len(world.tiers))
    blocks = world.batches * (world.n_intervals() + 1) * pairs
    if blocks > MOST_BLOCKS:
        _wrong("batches x intervals x queues x tiers", f"{blocks:,}", f"up to {MOST_BLOCKS:,} that are counted apart")
    _whole("seed", world.seed, 0, 2**128)
    _whole("replication", world.replication, 0, 2**32 - 1)


def _check_shapes(world: World) -> None:
    queues, tiers, kinds = len(world.queues), len(world.tiers), len(world.types)
    if len(world.behaviors) != queues or any(len(row) != tiers for row in world.behaviors):
        found = (len(world.behaviors), *sorted({len(row) for row in world.behaviors}))
        raise ValueError(f"behaviors: its shape is {found}, needed: {(queues, tiers)}")
    if len(world.work) != queues:
        raise ValueError(f"work: its shape is {(len(world.work),)}, needed: {(queues,)}")
    tables: Mapping[str, tuple[Any, tuple[int, ...]]] = {
        "type_of": (world.type_of, (len(world.agents),)),
        "handle": (world.handle, (queues, tiers, kinds)),
        "wrap_up": (world.wrap_up, (queues, kinds)),
        "target_ns": (world.target_ns, (queues, tiers)),
        "thresholds_ns": (world.thresholds_ns, _one_long("thresholds_ns", world.thresholds_ns)),
    }
    for name, (values, shape) in tables.items():
        _shape(name, values, shape)
    _slots("type_of", world.type_of, kinds, "type")
    _slots("handle", world.handle, len(world.distributions), "distribution")
    _slots("wrap_up", world.wrap_up, len(world.distributions), "distribution", or_none=True)
    for name in ("target_ns", "thresholds_ns"):
        values = np.asarray(tables[name][0])
        if values.size and values.dtype.kind not in "iu":
            _wrong(name, f"an array of {values.dtype}", "whole numbers")
        _first(name, values, (values < 0) | (values > MAX_NOW_NS), f"nanoseconds from 0 to {MAX_NOW_NS}")
    _ascending("thresholds_ns", np.asarray(world.thresholds_ns))


def _check_commands(world: World) -> None:
    for at, command in enumerate(world.definitions):
        if command.op not in DEFINITIONS:
            names = ", ".join(sorted(op.name for op in DEFINITIONS))
            _wrong(f"definitions[{at}].op", _op_name(command), names)
        if command.now_ns > world.start_ns:
            _wrong(f"definitions[{at}].now_ns", command.now_ns, f"up to start_ns, {world.start_ns}")
    before_ns = world.start_ns
    for at, command in enumerate(world.openings):
        if command.op != Op.SET_QUEUE:
            _wrong(f"openings[{at}].op", _op_name(command), Op.SET_QUEUE.name)
        _index(f"openings[{at}].queue", command.queue, world.queues, "queue")
        if not before_ns <= command.now_ns <= MAX_NOW_NS:
            _wrong(f"openings[{at}].now_ns", command.now_ns, f"at least {before_ns}: start_ns, and the one before it")
        before_ns = command.now_ns


def _op_name(command: Command) -> str:
    return Op(command.op).name if command.op in Op._value2member_map_ else str(command.op)


# ------------------------------------------------------------------ distributions


def _check_distribution(field: str, one: Distribution, known: Sequence[Distribution]) -> None:
    if one.shape not in PARAMETERS:
        _wrong(f"{field}.shape", repr(one.shape), ", ".join(f"{shape} ({shape.name})" for shape in Shape))
    _number(f"{field}.at_most", one.at_most, 0.0)
    if one.shape in HOW_MANY and len(one.parameters) != HOW_MANY[one.shape]:
        name = Shape(one.shape).name
        _wrong(f"{field}.parameters", one.parameters, f"{HOW_MANY[one.shape]} of them for {name}")
    values = _numbers(f"{field}.parameters", one.parameters, -ALWAYS)
    _one_long(f"{field}.parameters", values)
    PARAMETERS[one.shape](f"{field}.parameters", values, known)


def _times(field: str, values: Any, _: Sequence[Distribution]) -> None:
    _numbers(field, values, 0.0)


def _shape_and_scale(field: str, values: Any, _: Sequence[Distribution]) -> None:
    if values[0] <= 0:
        _wrong(f"{field}[0]", values[0], "a shape of more than 0")
    _number(f"{field}[1]", values[1], 0.0)


def _lognormal(field: str, values: Any, _: Sequence[Distribution]) -> None:
    _number(f"{field}[0]", values[0], -MOST_LOG, MOST_LOG)
    _number(f"{field}[1]", values[1], 0.0, MOST_LOG)


def _ordered_times(field: str, values: Any, _: Sequence[Distribution]) -> None:
    if not len(values):
        _wrong(field, "()", "at least one value")
    _numbers(field, values, 0.0)
    _ascending(field, values)


def _hazard(field: str, values: Any, _: Sequence[Distribution]) -> None:
    if not len(values) or len(values) % 2:
        _wrong(field, f"{len(values)} of them", "pairs of (from, rate), at least one")
    _numbers(field, values, 0.0)
    if values[0] != 0:
        _wrong(f"{field}[0]", values[0], "0, where the first piece begins")
    starts = values[::2]
    if (np.diff(starts) <= 0).any():
        _wrong(field, values.tolist(), "pieces that begin one after the other")
    if values[-1] <= 0:
        _wrong(f"{field}[{len(values) - 1}]", values[-1], "a last rate of more than 0, or some would never end")


def _mixture(field: str, values: Any, known: Sequence[Distribution]) -> None:
    if not len(values) or len(values) % 2:
        _wrong(field, f"{len(values)} of them", "pairs of (weight, index), at least one")
    _numbers(field, values[::2], 0.0, 1.0)
    if abs(values[::2].sum() - 1.0) > SHARES_TOLERANCE:
        _wrong(field, f"weights that add up to {values[::2].sum():g}", "weights that add up to 1")
    for at in range(1, len(values), 2):
        index = values[at]
        if index != math.floor(index) or not 0 <= index < len(known) or known[int(index)].shape == Shape.MIXTURE:
            allowed = f"a distribution that is no mixture, 0 to {len(known) - 1}"
            _wrong(f"{field}[{at}]", f"{index:g}", allowed)


PARAMETERS: Final[Mapping[int, Callable[[str, Any, Sequence[Distribution]], None]]] = {
    Shape.CONSTANT: _times,
    Shape.EXPONENTIAL: _times,
    Shape.GAMMA: _shape_and_scale,
    Shape.LOGNORMAL: _lognormal,
    Shape.WEIBULL: _shape_and_scale,
    Shape.UNIFORM: _ordered_times,
    Shape.EMPIRICAL: _ordered_times,
    Shape.HAZARD: _hazard,
    Shape.MIXTURE: _mixture,
}
HOW_MANY: Final[Mapping[int, int]] = {
    Shape.CONSTANT: 1, Shape.EXPONENTIAL: 1, Shape.GAMMA: 2, Shape.LOGNORMAL: 2, Shape.WEIBULL: 2, Shape.UNIFORM: 2,
}  # fmt: skip


# ------------------------------------------------------------------ customers


def _check_choices(field: str, choices: Sequence[Choice], world: World, *, is_transfer: bool) -> None:
    for at, choice in enumerate(choices):
        _share(f"{field}[{at}].share", choice.share)
        _index(f"{field}[{at}].queue", choice.queue, world.queues, "queue")
        _index(f"{field}[{at}].tier", choice.tier, world.tiers, "tier", or_none=is_transfer)
    total = sum(choice.share for choice in choices)
    if total > 1.0 + SHARES_TOLERANCE or (not is_transfer and total < 1.0 - SHARES_TOLERANCE):
        _wrong(field, f"shares that add up to {total:g}", "up to 1" if is_transfer else "shares that add up to 1")


def _check_source(field: str, source: Source, world: World) -> None:
    edges = _numbers(f"{field}.edges_s", source.edges_s, 0.0)
    rates = _numbers(f"{field}.rates_per_s", source.rates_per_s, 0.0)
    _shape(f"{field}.edges_s", edges, (_one_long(f"{field}.rates_per_s", rates)[0] + 1,))
    _ascending(f"{field}.edges_s", edges)
    _check_choices(f"{field}.choices", source.choices, world, is_transfer=False)
    _index(f"{field}.batch", source.batch, world.distributions, "distribution", or_none=True)
    if source.self_service is not None:
        _share(f"{field}.self_service.contained", source.self_service.contained)
        _index(f"{field}.self_service.length", source.self_service.length, world.distributions, "distribution")


def _check_trace(field: str, trace: Trace, world: World) -> None:
    at_s = _numbers(f"{field}.at_s", trace.at_s, 0.0)
    n = _one_long(f"{field}.at_s", at_s)
    _ascending(f"{field}.at_s", at_s)
    for name, values in (("queue", trace.queue), ("tier", trace.tier)):
        _shape(f"{field}.{name}", values, n)
        _slots(f"{field}.{name}", values, len(world.queues if name == "queue" else world.tiers), name)
    for name, times in (("patience_s", trace.patience_s), ("handle_s", trace.handle_s)):
        _shape(f"{field}.{name}", times, n)
        _numbers(f"{field}.{name}", times, 0.0, or_nan=True)
    if trace.since_s is not None:
        since_s = _numbers(f"{field}.since_s", trace.since_s, -MAX_NOW_NS / SECOND_NS)
        _shape(f"{field}.since_s", since_s, n)
        _first(f"{field}.since_s", since_s, since_s > at_s, "at most at_s of the same row")


def _check_behavior(field: str, behavior: Behavior, world: World) -> None:
    _index(f"{field}.patience", behavior.patience, world.distributions, "distribution", or_none=True)
    _share(f"{field}.balk_share", behavior.balk_share)
    _whole(f"{field}.balk_from", behavior.balk_from, 0, 2**31 - 1)
    retries = _share(f"{field}.retry_share", behavior.retry_share) > 0
    _index(f"{field}.retry_after", behavior.retry_after, world.distributions, "distribution", or_none=not retries)
    _whole(f"{field}.most_retries", behavior.most_retries, 0, MOST_RETRIES)
    _number(f"{field}.callback_after_s", behavior.callback_after_s, 0.0)
    calls_back = _share(f"{field}.callback_share", behavior.callback_share) > 0
    _index(f"{field}.callback_queue", behavior.callback_queue, world.queues, "queue", or_none=not calls_back)


def _check_work(field: str, work: QueueWork, world: World) -> None:
    _share(f"{field}.failure_share", work.failure_share)
    _check_choices(f"{field}.transfers", work.transfers, world, is_transfer=True)
    _number(f"{field}.short_s", work.short_s, 0.0)


def _check_ends(world: World) -> None:
    """Check that whoever is passed on may end some day: zero talks could go on for ever in one moment otherwise."""
    ending = {queue for queue, work in enumerate(world.work) if sum(one.share for one in work.transfers) < 1.0}
    for _ in world.work:
        for queue, work in enumerate(world.work):
            if any(one.share > 0.0 and one.queue in ending for one in work.transfers):
                ending.add(queue)
    for queue in sorted(set(range(len(world.work))) - ending):
        allowed = "shares, or queues, by which somebody's matter ends"
        _wrong(f"work[{queue}].transfers", "all go on, and none ever ends", allowed)


# ------------------------------------------------------------------ agents


def _check_type(field: str, kind: AgentType, world: World) -> None:
    for name in ("pick_up", "back_after"):
        _index(f"{field}.{name}", getattr(kind, name), world.distributions, "distribution", or_none=True)
    _share(f"{field}.miss_share", kind.miss_share)
    _share(f"{field}.decline_share", kind.decline_share)
    rests = _share(f"{field}.rest_share", kind.rest_share) > 0
    _index(f"{field}.rest", kind.rest, world.distributions, "distribution", or_none=not rests)
    if len(kind.slowdown) > MAX_CHANNELS:
        _wrong(f"{field}.slowdown", f"{len(kind.slowdown)} of them", f"one by channel, up to {MAX_CHANNELS}")
    for at, slowdown in enumerate(kind.slowdown):
        _number(f"{field}.slowdown[{at}]", slowdown, 0.0, 1e6)


def _check_roster(roster: Roster, n_agents: int) -> None:
    at_s = _numbers("roster.at_s", roster.at_s, 0.0)
    n = _one_long("roster.at_s", at_s)
    _ascending("roster.at_s", at_s)
    _shape("roster.agent", roster.agent, n)
    _slots("roster.agent", roster.agent, n_agents, "agent")
    _shape("roster.duty", roster.duty, n)
    duties = np.asarray(roster.duty)
    names = ", ".join(f"{one} ({one.name})" for one in Duty)
    _first("roster.duty", duties, ~np.isin(duties, [int(one) for one in Duty]), names)
    _shape("roster.length_s", roster.length_s, n)
    _numbers("roster.length_s", roster.length_s, 0.0)
