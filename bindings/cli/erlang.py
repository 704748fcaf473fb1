"""``acdcore erlang``: how many agents, and what to expect of them, by Erlang's formulas."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from typing import Annotated, Any, Final, NoReturn, TypeAlias

import typer
from rich.console import Console
from rich.text import Text

from ..durations import FORM, parse_duration
from ..errors import shown
from .output import Exit, fail, out, table
from .values import number_value
from .wording import FLAG, by_default

State: TypeAlias = Any
"""A ``Steady`` of ``acdcore.sim.erlang``, which is imported inside functions only: no other command needs it."""
HOUR_S: Final = 3_600.0
NEIGHBORS: Final = 2
"""Numbers of agents shown to either side of what is needed."""
FORMULAS: Final = ("offered", "answered", "without-short-abandons")
OPTION_OF: Final = {
    "arrival_per_s": "--calls-per-hour",
    "handle_s": "--handle-time",
    "agents": "--agents",
    "patience_s": "--patience",
    "lines": "--lines",
}
_SHARE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(%?)", re.ASCII)


def seconds_value(least_s: float) -> Any:
    """Return a reader of durations, in seconds."""

    def seconds(value: str | float) -> float:
        if not isinstance(value, str):
            return value
        try:
            read = parse_duration(value) / 1e9
        except ValueError:
            read = -1.0
        if read < least_s:
            raise typer.BadParameter(f"{shown(value)}; allowed: {FORM}{', above 0' if least_s else ''}")
        return read

    return seconds


def share_value(value: str | float) -> float:
    """Return a share above 0 and below 1, from ``80%`` or ``0.8``."""
    if not isinstance(value, str):
        return value
    found = _SHARE.fullmatch(value.strip())
    read = float(found[1]) / (100.0 if found[2] else 1.0) if found else 0.0
    if not 0.0 < read < 1.0:
        raise typer.BadParameter(f"{shown(value)}; allowed: shares between 0% and 100%, such as 80% or 0.8")
    return read


def formula_value(value: str) -> str:
    """Return the name of a formula of the service level."""
    if value not in FORMULAS:
        raise typer.BadParameter(f"{shown(value)}; allowed: {', '.join(FORMULAS)}")
    return value


def erlang(
    calls_per_hour: Annotated[
        float, typer.Option(metavar="CALLS", parser=number_value(float, 1e-6, 1e9), help="How many call in an hour.")
    ],
    handle_time: Annotated[
        float,
        typer.Option(metavar="DURATION", parser=seconds_value(1e-9), help="Mean handle time, such as 2m or 1m30s."),
    ],
    agents: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=number_value(int, 1, 1_000_000),
            help="How many agents; without, what --service-level or another limit needs.",
        ),
    ] = None,
    patience: Annotated[
        float | None,
        typer.Option(
            metavar="DURATION",
            parser=seconds_value(1e-9),
            help=by_default("Mean time after which a caller who waits gives up (Erlang A).", "nobody gives up"),
        ),
    ] = None,
    lines: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=number_value(int, 1, 2_000_000),
            help=by_default("How many may be in the system, talking or waiting.", "any number"),
        ),
    ] = None,
    waiting_places: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=number_value(int, 0, 1_000_000),
            help="The same beyond the agents, however many they are; 0: nobody can wait (Erlang B).",
        ),
    ] = None,
    target: Annotated[
        float | None,
        typer.Option(
            metavar="DURATION",
            parser=seconds_value(0.0),
            help=by_default("Answer time of the service level.", "20s"),
        ),
    ] = None,
    service_level: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", parser=share_value, help="Limit: at least so many answered in time, such as 80%."
        ),
    ] = None,
    formula: Annotated[
        str,
        typer.Option(
            metavar="OVER",
            parser=formula_value,
            help="What --service-level is a share of: offered, answered or without-short-abandons.",
        ),
    ] = "offered",
    asa: Annotated[
        float | None,
        typer.Option(metavar="DURATION", parser=seconds_value(1e-9), help="Limit: mean wait of the answered, at most."),
    ] = None,
    abandoned: Annotated[
        float | None, typer.Option(metavar="SHARE", parser=share_value, help="Limit: at most so many give up.")
    ] = None,
    blocked: Annotated[
        float | None, typer.Option(metavar="SHARE", parser=share_value, help="Limit: at most so many are turned away.")
    ] = None,
    occupancy: Annotated[
        float | None, typer.Option(metavar="SHARE", parser=share_value, help="Limit: agents at work so much at most.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", metavar=FLAG, help="Print JSON instead of a table.")] = False,
) -> None:
    """Say what to expect of so many agents, or how many are needed, by Erlang's formulas.

    Callers come at random, at a constant rate, and handle times are exponential:
    Erlang C; with --patience Erlang A; with --waiting-places 0 Erlang B.
    With limits instead of --agents it finds the fewest agents that keep all of
    them, and shows two less and two more beside. One queue, equal agents; for
    skills, tiers and days that change, simulate.
    """
    try:
        from acdcore.sim import erlang as theory
    except ModuleNotFoundError as error:
        _fail_missing(error)
    asked = {"service_level": service_level, "asa_s": asa, "p_abandon": abandoned, "p_block": blocked}
    limits = {name: value for name, value in (asked | {"occupancy": occupancy}).items() if value is not None}
    _check(agents, limits, patience is not None, lines, waiting_places)
    rate, target_s = calls_per_hour / HOUR_S, 20.0 if target is None else target
    endless = math.inf if patience is None else patience
    try:
        if agents is not None:
            room = lines if waiting_places is None else agents + waiting_places
            chosen = theory.steady_state(rate, handle_time, agents, patience_s=endless, lines=room)
            states: list[State] = [chosen]
        else:
            over: Any = formula.replace("-", "_")
            wanted = theory.Limits(**limits, target_s=target_s, formula=over)
            chosen = theory.agents_needed(
                rate, handle_time, wanted, patience_s=endless, lines=lines, waiting_places=waiting_places
            )
            states = _neighbors(chosen, waiting_places)
    except theory.ErlangError as error:
        if error.field == "limits":
            most = theory.MOST_AGENTS if lines is None else lines
            fail(Exit.INVALID, f"{most:,} agents, the most that there may be, do not keep what is asked for")
        raise typer.BadParameter(error.why, param_hint=f"'{OPTION_OF[error.field]}'") from None
    if as_json:
        typer.echo(_as_json(chosen, states, target_s, needed=agents is None))
    else:
        _show(out(), chosen, states, target_s, needed=agents is None)


def _check(
    agents: int | None, limits: dict[str, float], impatient: bool, lines: int | None, waiting_places: int | None
) -> None:
    """Refuse options that do not fit together, by their names."""
    options = {"service_level": "--service-level", "asa_s": "--asa", "p_abandon": "--abandoned"}
    options |= {"p_block": "--blocked", "occupancy": "--occupancy"}

    def refuse(option: str, why: str) -> NoReturn:
        raise typer.BadParameter(why, param_hint=f"'{option}'")

    if agents is None and not limits:
        refuse("--agents", f"not given; allowed without it: one or more of {', '.join(options.values())}")
    if agents is not None and limits:
        name, value = next(iter(limits.items()))
        refuse(options[name], f"{value:g}; allowed: only without --agents")
    if lines is not None and waiting_places is not None:
        refuse("--waiting-places", f"{waiting_places}; allowed: only without --lines")
    if "p_abandon" in limits and not impatient:
        refuse("--abandoned", f"{limits['p_abandon']:g}; allowed: only with --patience; without, nobody gives up")
    if "p_block" in limits and lines is None and waiting_places is None:
        allowed = "only with --lines or --waiting-places; without, nobody is turned away"
        refuse("--blocked", f"{limits['p_block']:g}; allowed: {allowed}")


def _neighbors(chosen: State, waiting_places: int | None) -> list[State]:
    """Return the same queue with a few agents less and more, as far as it has a steady state."""
    from acdcore.sim import erlang as theory

    states = []
    for count in range(max(1, chosen.agents - NEIGHBORS), chosen.agents + NEIGHBORS + 1):
        room = chosen.lines if waiting_places is None else count + waiting_places
        try:
            state = theory.steady_state(
                chosen.arrival_per_s, chosen.handle_s, count, patience_s=chosen.patience_s, lines=room
            )
        except theory.ErlangError:  # fewer than the load, or more than lines: there is nothing to show
            continue
        states.append(state)
    return states


def _model(state: State) -> str:
    """Return the formula's name."""
    impatient = math.isfinite(state.patience_s)
    if state.lines is None:
        return "Erlang A" if impatient else "Erlang C"
    if state.lines == state.agents:
        return "Erlang B"
    return f"M/M/{state.agents}/{state.lines}{'+M' if impatient else ''}"


def _rows(states: list[State], target_s: float) -> list[tuple[str, list[str]]]:
    """Return the lines of the table: what is told, and each queue's figure."""
    levels = [state.service_level(target_s) for state in states]
    patient, open_ended = math.isinf(states[0].patience_s), states[0].lines is None
    rows = [
        ("occupancy", [_percent(state.occupancy) for state in states]),
        ("answered at once", [_percent(state.p_no_wait) for state in states]),
        (f"answered in {target_s:g} s, of all", [_percent(level.offered) for level in levels]),
    ]
    if not (patient and open_ended):
        rows.append(("  of the answered", [_percent(level.answered) for level in levels]))
    if not patient:
        rows.append(("  without short abandons", [_percent(level.without_short_abandons) for level in levels]))
        rows.append(("abandoned", [_percent(state.p_abandon) for state in states]))
    if not open_ended:
        rows.append(("turned away", [_percent(state.p_block) for state in states]))
    rows.append(("ASA", [_seconds(state.asa_s) for state in states]))
    rows.append(("mean wait of who waits", [_seconds(state.mean_wait_if_waiting_s) for state in states]))
    if not patient:
        rows.append(("mean wait of the abandoned", [_seconds(state.mean_wait_abandoned_s) for state in states]))
    rows.append(("mean number waiting", [f"{state.mean_queue:,.2f}" for state in states]))
    return rows


def _show(console: Console, chosen: State, states: list[State], target_s: float, *, needed: bool) -> None:
    """Print what was found and a table of it."""
    if needed:
        console.print(Text(f"{chosen.agents:,} agents are needed", style="bold"))
    calls = f"{chosen.arrival_per_s * HOUR_S:,.10g} calls an hour of {chosen.handle_s:,.10g} s"
    console.print(Text(f"{_model(chosen)}: {calls}, a load of {chosen.offered_load:,.4g} erlangs"))
    console.print()
    heads = [("agents", "left"), *((f"{state.agents:,}", "right") for state in states)]
    rows = [
        [
            words,
            *(
                Text(cell, style="bold" if needed and state.agents == chosen.agents else "")
                for cell, state in zip(cells, states, strict=True)
            ),
        ]
        for words, cells in _rows(states, target_s)
    ]
    console.print(table(heads, rows))
    least = states[0].agents
    if chosen.lines is None and needed and max(1, chosen.agents - NEIGHBORS) < least:
        console.print()
        console.print(Text(f"With {least - 1:,} or fewer, the queue would grow without end."))


def _as_json(chosen: State, states: list[State], target_s: float, *, needed: bool) -> str:
    """Return everything as one JSON object; shares from 0 to 1, keys carry their units, null is unlimited or nobody."""

    def whole(state: State) -> dict[str, Any]:
        patience = state.patience_s if math.isfinite(state.patience_s) else None
        level = dataclasses.asdict(state.service_level(target_s))
        return dataclasses.asdict(state) | {"patience_s": patience, "service_level": level}

    found = {"model": _model(chosen), "agents_needed": chosen.agents if needed else None}
    return json.dumps(found | {"agents": [whole(state) for state in states]}, indent=2)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100.0 * share:.2f}%"


def _seconds(duration_s: float | None) -> str:
    return "-" if duration_s is None else f"{duration_s:,.2f} s"


def _fail_missing(error: ModuleNotFoundError) -> NoReturn:
    """Say which package has to be installed, unless it is one of ours that cannot be found."""
    if error.name is None or error.name.partition(".")[0] == "acdcore":
        raise error
    fail(Exit.FAILED, f"the formulas need {error.name}: pip install 'acdcore[sim]'")
