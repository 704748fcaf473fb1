"""``acdcore sim replay``: recorded days lived again on the engine, beside the record."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from ..errors import AcdError
from .output import Exit, fail, line, out, plain, sentence, table
from .sim import with_progress
from .sim_fit import Target, Traces
from .values import date_value, number_value
from .wording import by_default

COLUMNS: Final = (
    ("day", "left"), ("calls", "right"), ("in target %", "right"), ("ASA s", "right"), ("hung up %", "right"),
)  # fmt: skip
SHARES: Final = ("service_level", "abandon_share")
SHOWN: Final = ("service_level", "asa_s", "abandon_share")


def replay(
    traces: Traces,
    day: Annotated[
        str | None, typer.Option(metavar="DATE", parser=date_value, help="Only this day.", show_default=False)
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(
            metavar="N", parser=number_value(int, 1, 1_000), help="How often what is not recorded is redrawn."
        ),
    ] = 3,
    target: Target = 20.0,
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE.csv",
            dir_okay=False,
            help=by_default("Write all figures there.", "nowhere"),
            show_default=False,
        ),
    ] = None,
) -> None:
    """Live recorded days again on the engine, and show them beside the record.

    Arrivals, talks and agents are the recorded ones; docs/fit.md says what is
    drawn. Figures are simulated/recorded.
    """
    try:
        from acdcore.sim.fit_trace import fit_files
        from acdcore.sim.replay_days import replay as replay_days
        from acdcore.sim.trace import TraceError
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "acdcore":
            raise
        fail(Exit.FAILED, f"replaying needs {error.name}: pip install 'acdcore[server,sim]'")
    chosen = None if day is None else [_date(day)]
    try:
        fitted, calls = fit_files(traces, target_s=target)
        numbers = range(1, seeds + 1)
        days = with_progress(
            "Replaying", lambda tell: replay_days(fitted, calls, days=chosen, seeds=numbers, progress=tell)
        )
        if out_file is not None:
            _write(days, out_file)
    except (TraceError, AcdError, ValueError) as error:
        fail(Exit.INVALID, sentence(str(error)))
    except OSError as error:
        fail(Exit.FAILED, plain(error.filename or ""), ": ", error.strerror or "cannot be used")
    console = out()
    rows = [(str(one.day), f"{one.calls:,}", *(_beside(one, figure) for figure in SHOWN)) for one in days]
    console.print(table(COLUMNS, rows))
    console.print(Text("simulated/recorded; in target: of all who called", style="dim"))
    _summary(console, days)
    if out_file is not None:
        console.print(line("written: ", plain(out_file)), soft_wrap=True)


def _date(text: str) -> dt.date:
    """Return a date that was read as one, YYMMDD of the 1900s among them."""
    return dt.date.fromisoformat(text if "-" in text else f"19{text[:2]}-{text[2:4]}-{text[4:]}")


def _beside(one: Any, figure: str) -> str:
    factor = 100.0 if figure in SHARES else 1.0
    return f"{one.replayed[figure].mean() * factor:.0f}/{one.recorded[figure] * factor:.0f}"


def _summary(console: Any, days: Any) -> None:
    """Say how far off a day is on average, days with more calls counting more."""
    total = sum(one.calls for one in days)
    parts = []
    for figure, name in zip(SHOWN, ("in target", "ASA", "hung up"), strict=True):
        off = sum(one.calls * abs(one.error(figure)) for one in days) / total
        bias = sum(one.calls * one.error(figure) for one in days) / total
        unit, factor = ("points", 100.0) if figure in SHARES else ("s", 1.0)
        parts.append(f"{name} {off * factor:.1f} {unit} (bias {bias * factor:+.1f})")
    console.print(Text(f"mean error of a day: {'; '.join(parts)}"))


def _write(days: Any, path: Path) -> None:
    """Write one line a day; of each figure the record and the mean of the replays."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["day", "calls", *(f"{figure}_{what}" for figure in SHOWN for what in ("recorded", "replayed"))]
        )
        for one in days:
            values = [(one.recorded[figure], float(one.replayed[figure].mean())) for figure in SHOWN]
            writer.writerow([one.day, one.calls, *(f"{value:.6g}" for pair in values for value in pair)])
