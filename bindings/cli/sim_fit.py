"""``acdcore sim fit``: a scenario from a record of calls, with what was fitted beside what was observed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer
from rich.console import Console
from rich.text import Text

from ..durations import FORM, parse_duration
from ..errors import AcdError, shown
from .output import Exit, fail, line, out, plain, sentence, table
from .values import number_value
from .wording import FLAG, by_default

Fitted: TypeAlias = Any
"""A ``FittedTrace`` of ``acdcore.sim.fit_trace``, which is imported inside functions only."""
HANDLING: Final = ("aic", "empirical", "exponential", "gamma", "weibull", "lognormal", "short and lognormal")
PATIENCE: Final = ("aic", "exponential", "weibull", "lognormal", "piecewise hazard")
PICTURES: Final = (".svg", ".png", ".pdf", ".html")
SECOND_NS: Final = 1_000_000_000


def words_value(allowed: tuple[str, ...]) -> Any:
    """Return a reader of one of several words."""

    def word(value: str) -> str:
        if value not in allowed:
            raise typer.BadParameter(f"{shown(value)}; allowed: {', '.join(allowed)}")
        return value

    return word


def duration_value(value: str | float) -> float:
    """Return a duration above 0 in seconds."""
    if not isinstance(value, str):
        return value
    try:
        read = parse_duration(value) / SECOND_NS
    except ValueError:
        read = 0.0
    if read <= 0.0:
        raise typer.BadParameter(f"{shown(value)}; allowed: {FORM}, above 0")
    return read


def picture_value(value: str | Path) -> Path:
    """Return the path of a picture that can be drawn."""
    if Path(value).suffix.lower() not in PICTURES:
        raise typer.BadParameter(f"{shown(str(value))}; allowed: names that end in {', '.join(PICTURES)}")
    return Path(value)


Traces = Annotated[
    list[Path],
    typer.Argument(
        metavar="TRACE.csv",
        exists=True,
        dir_okay=False,
        readable=True,
        help="Records of calls, .csv or .csv.gz: acdcore's own layout or the Anonymous Bank's.",
    ),
]
Target = Annotated[
    float,
    typer.Option(
        metavar="DURATION", parser=duration_value, help=by_default("The queues' target.", "20s"), show_default=False
    ),
]
HeadStarts = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TIER=DURATION",
        help="How far ahead a tier is put; the bank's VIPs by 90s if not said. May be repeated.",
        show_default=False,
    ),
]


def fit(
    traces: Traces,
    out_file: Annotated[
        Path, typer.Option("--out", metavar="SCENARIO.yaml", dir_okay=False, help="Where the scenario goes.")
    ] = Path("fitted.yaml"),
    handling: Annotated[
        str,
        typer.Option(
            metavar="LAW", parser=words_value(HANDLING), help="Law of talks: the best by AIC, or one by name."
        ),
    ] = "aic",
    patience: Annotated[
        str, typer.Option(metavar="LAW", parser=words_value(PATIENCE), help="Law of patience, likewise.")
    ] = "aic",
    odd_days: Annotated[
        bool,
        typer.Option("--odd-days", metavar=FLAG, help="Fit arrivals and staffing to days unlike others, too."),
    ] = False,
    target: Target = 20.0,
    head_start: HeadStarts = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", parser=picture_value, help="Draw fitted and observed: .svg, .png, .pdf or .html."),
    ] = None,
    replications: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=number_value(int, 0, 10_000),
            help=by_default("Weeks simulated to be held against the record; 0: none.", "20"),
            show_default=False,
        ),
    ] = 20,
) -> None:
    """Fit a scenario to a record of calls, and show it beside the record.

    Writes the scenario and a center; acdcore sim run takes the one, acdcore
    serve the other. docs/fit.md says how, and what a record does not tell.
    """
    try:
        fitted, calls, paths = _fit(traces, out_file, handling, patience, odd_days, target, head_start or [])
        console = out()
        show(console, fitted)
        if replications:
            _show_week(console, fitted, calls, out_file, replications)
        if plot is not None:
            from acdcore.sim.fit_plot import draw

            draw(fitted, calls, plot)
            paths = [*paths, plot]
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "acdcore":
            raise
        fail(Exit.FAILED, f"fitting needs {error.name}: pip install 'acdcore[server,sim]'")
    console.print()
    console.print(line("written: ", Text(", ").join(plain(path) for path in paths)), soft_wrap=True)


def _fit(
    traces: list[Path],
    out_file: Path,
    handling: str,
    patience: str,
    odd_days: bool,
    target_s: float,
    head_starts: list[str],
) -> tuple[Fitted, Any, list[Path]]:
    """Read, fit and write, or say what is wrong and exit."""
    from acdcore.sim.fit_trace import fit_files
    from acdcore.sim.fit_write import write
    from acdcore.sim.trace import TraceError

    if out_file.suffix not in (".yaml", ".yml"):
        raise typer.BadParameter(
            f"{shown(str(out_file))}; allowed: names that end in .yaml or .yml", param_hint="--out"
        )
    try:
        fitted, calls = fit_files(
            traces,
            handling=handling,
            patience=patience,
            odd=odd_days,
            head_starts_s=_head_starts(head_starts),
            target_s=target_s,
        )
        return fitted, calls, write(fitted, out_file)
    except (TraceError, AcdError, ValueError) as error:
        fail(Exit.INVALID, sentence(str(error)))
    except OSError as error:
        fail(Exit.FAILED, plain(error.filename or out_file), ": ", error.strerror or "cannot be used")


def _head_starts(said: list[str]) -> dict[str, float]:
    found = {}
    for one in said:
        tier, equals, text = one.rpartition("=")
        if not equals or not tier:
            raise typer.BadParameter(
                f"{shown(one)}; allowed: TIER=DURATION, such as vip=90s", param_hint="'--head-start'"
            )
        found[tier] = duration_value(text)
    return found


# ---------------------------------------------------------------------- tables


def show(console: Console, fitted: Fitted) -> None:
    """Print what was fitted beside what was observed, in 80 columns."""
    days = f"{fitted.days[0]} to {fitted.days[-1]}, {len(fitted.days)} days"
    console.print(line(f"{fitted.calls:,} calls, {days}"))
    for day, why in sorted(fitted.odd.items()):
        console.print(Text(f"  left out: {day}: {why}", style="yellow"))
    _show_arrivals(console, fitted)
    _show_talks(console, fitted)
    _show_patience(console, fitted)
    _show_staff(console, fitted)


def _title(console: Console, words: str) -> None:
    console.print()
    console.print(Text(words, style="bold"))


def _sd(value: float) -> str:
    return f"{value:.0%}" if value else "-"


def _show_arrivals(console: Console, fitted: Fitted) -> None:
    common = fitted.arrivals.common_sd
    _title(console, f"Arrivals a week; days differ by {_sd(common)} (standard deviation) for all queues alike")
    rows = []
    for queue in fitted.queues:
        one = fitted.arrivals.queues[queue]
        week = sum(sum(profile.levels.values()) for profile in one.profiles)
        shares = fitted.tier_shares.get(queue, {})
        tiers = ", ".join(f"{tier} {share:.0%}" for tier, share in shares.items())
        rows.append((queue, f"{week:,.0f}", _sd(one.day_sd), f"{one.scatter:.1f}", len(one.profiles), tiers))
    columns = [("queue", "left"), ("a week", "right"), ("own days", "right"), ("scatter", "right")]
    console.print(table([*columns, ("profiles", "right"), ("tiers", "left")], rows))
    console.print(Text("scatter: variance of half-hours within a day over Poisson's, which is simulated", style="dim"))


def _show_talks(console: Console, fitted: Fitted) -> None:
    _title(console, "Talk")
    rows = []
    for queue, times in fitted.handling.items():
        values, _ = times.sample.expanded()
        law = times.chosen
        mean = f"{law.mean_s:.0f} / {float(values.mean()):.0f} s"
        rows.append((queue or "other queues", f"{len(values):,}", law.family, mean, f"{law.distance:.3f}"))
    columns = [("queue", "left"), ("talks", "right"), ("law", "left"), ("mean fitted / seen", "right")]
    console.print(table([*columns, ("max difference", "right")], rows))


def _show_patience(console: Console, fitted: Fitted) -> None:
    _title(console, "Patience; those who were answered are censored")
    rows = []
    for (queue, tier), times in fitted.patience.items():
        law, sample = times.chosen, times.sample
        who = " ".join(filter(None, (queue or "all queues", tier)))
        seen = sample.survival.quantile_s(0.25)
        quarter = f"{_quantile(law.survival, 0.25):.0f} / {f'{seen:.0f}' if math.isfinite(seen) else '-'} s"
        rows.append((who, f"{sample.size:,}", f"{sample.ends:,}", law.family, quarter, f"{law.distance:.3f}"))
    if not rows:
        console.print("nobody hung up: all wait for ever")
        return
    columns = [("of", "left"), ("waited", "right"), ("hung up", "right"), ("law", "left")]
    console.print(table([*columns, ("25 % gone by", "right"), ("max diff.", "right")], rows))
    console.print(
        Text("fitted / Kaplan-Meier; max difference: between the two survival curves", style="dim"), soft_wrap=True
    )


def _quantile(survival: Any, share: float) -> float:
    """Return the time by which a share has gone, by bisection."""
    import numpy as np

    low, high = 0.0, 1.0
    while float(survival(np.asarray([high]))[0]) > 1.0 - share and high < 1e9:
        high *= 2.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if float(survival(np.asarray([middle]))[0]) > 1.0 - share else (low, middle)
    return high


def _show_staff(console: Console, fitted: Fitted) -> None:
    staff = fitted.staff
    words = f"{staff.agents} agents seen" if staff.inferred else "no agents named: as many as talked at once"
    _title(console, f"Staffing; {words}")
    rows = [
        (group.name, f"{group.share:.0%}", f"{sum(float(duty[at].sum()) / 2.0 for duty in staff.duty.values()):.0f}",
         ", ".join(group.queues))
        for at, group in enumerate(staff.groups)
    ]  # fmt: skip
    console.print(table([("group", "left"), ("days", "right"), ("hours a week", "right"), ("takes", "left")], rows))
    away = staff.away
    if away is not None:
        console.print(f"away after a call: {away.mean_s():.0f} s on average, {away.rest_share:.0%} more than a minute")


def _show_week(console: Console, fitted: Fitted, calls: Any, path: Path, replications: int) -> None:
    from acdcore.sim.fit_check import simulate_week

    week = simulate_week(fitted, calls, path, replications, processes=1)
    _title(console, f"A week: simulated ({replications} times) / recorded")
    rows = []
    for queue, figures in week.items():
        parts = [(name, "%" if name in ("wait_share", "service_level", "abandon_share") else "") for name in figures]
        cells = [_beside(figures[name], percent) for name, percent in parts]
        rows.append((queue or "all", *cells))
    columns = ["offered", "waited %", f"in {fitted.target_s:g} s %", "ASA s", "hung up %", "talk s"]
    console.print(table([("queue", "left"), *((name, "right") for name in columns)], rows))


def _beside(one: Any, percent: str) -> str:
    factor = 100.0 if percent else 1.0
    simulated, recorded = (f"{value * factor:.0f}" for value in (one.simulated, one.recorded))
    return f"{simulated}/{recorded}"
