"""May 1999 of the Anonymous Bank, predicted from January and March, and held against its record.

    python -m acdcore.sim.bank_prediction --data anonymous-bank [--docs docs] [--replications 40]

writes the tables of ``docs/bank.md`` (between its markers) and the pictures beside it. Same input, same bytes.
The record: Service Enterprise Engineering lab, Technion; Guedj and Mandelbaum.
"""

from __future__ import annotations

import argparse
import datetime as dt
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from scipy import stats

from .bank_causes import patience_table, talk_table
from .bank_days import (
    CLOSES,
    LADDER,
    OPENS,
    PREDICTED,
    REPLAY_WITHOUT,
    Column,
    figure,
    load_bank,
    recorded_before,
    recorded_may,
    simulated,
)
from .fit import Floats
from .trace import TraceError

BAND: Final = 0.90
REPLAYS: Final = 5
BEGIN: Final = "<!-- figures: python -m acdcore.sim.bank_prediction -->"
END: Final = "<!-- end of figures -->"
ODD: Final[Mapping[dt.date, str]] = {
    dt.date(1999, 5, 17): "a general election",
    dt.date(1999, 5, 20): "the eve of a holiday, closed at 14:00",
    dt.date(1999, 5, 23): "half again as many calls as on any other Sunday",
}
"""Working days of May unlike others."""
NAMES: Final[Mapping[str, str]] = {
    "service_level": "answered in 20 s, of all",
    "service_level_queued": "answered in 20 s, of those who waited",
    "asa_s": "ASA",
    "abandon_share": "hung up",
}
PREDICTIONS: Final[Mapping[str, str]] = {
    "before": "January and March as they were",
    "a": "A: their demand and staffing, simulated",
    "b": "B: their demand, May's staffing, simulated",
    "replay": "C: May lived again (no prediction)",
}
STEPS: Final[Mapping[str, str]] = {
    "replay": "C: all of May's own",
    "absences": "and absences of at most ten minutes drawn",
    "patience": "and patience drawn",
    "talks": "and talks drawn",
    "b": "and arrivals drawn: B",
}


@dataclass(frozen=True)
class Prediction:
    """Everything that was counted: [..., half-hour, tier, column]."""

    days: tuple[dt.date, ...]
    recorded: Floats
    """[day, ...]"""
    before: Floats
    """[day of January or March, ...]"""
    simulated: Mapping[str, Floats]
    """[replication, day, ...] by the names of ``bank_days.PREDICTED`` and ``bank_days.LADDER``"""

    def of(self, name: str) -> Floats:
        """Return counts of a prediction as [replication, day, half-hour, column], 7:00 to 24:00."""
        return open_hours(self.before[np.newaxis] if name == "before" else self.simulated[name])

    @property
    def replications(self) -> int:
        """Of each day in variant A."""
        return len(self.simulated["a"])

    def on(self, days: Sequence[bool]) -> Prediction:
        """Return the same of some days."""
        chosen = np.asarray(days, np.bool_)
        kept = tuple(day for day, keep in zip(self.days, days, strict=True) if keep)
        counts = {name: one[:, chosen] for name, one in self.simulated.items()}
        return Prediction(kept, self.recorded[chosen], self.before, counts)


def open_hours(counts: Floats) -> Floats:
    """Return [..., half-hour from 7:00, column] of [..., half-hour, tier, column]."""
    return np.asarray(counts.sum(axis=-2)[..., OPENS:CLOSES, :], np.float64)


@dataclass(frozen=True)
class Errors:
    """How far a prediction is off: by half-hour of the mean day, and in all."""

    recorded: float
    predicted: float
    mean_absolute: float
    """Over the half-hours of the mean day, each counted by its recorded calls."""
    bias: float
    """Predicted less recorded, likewise."""
    worst: float
    covered_half_hours: float
    """Share of the half-hours of the mean day whose record lies in the band; NaN: no band."""
    covered_days: float
    """Share of the days, likewise."""
    covered_cells: float
    """Share of the single half-hours of single days, likewise."""


def errors(prediction: Prediction, name: str, what: str) -> Errors:
    """Hold one prediction against the record."""
    recorded, predicted = open_hours(prediction.recorded), prediction.of(name)
    by_half_hour = figure(what, recorded.sum(axis=0))
    expected = figure(what, predicted.sum(axis=(0, 1)))
    weight = recorded.sum(axis=0)[:, Column.OFFERED]
    off = expected - by_half_hour
    several = name in ("a", "b")
    return Errors(
        float(figure(what, recorded.sum(axis=(0, 1)))),
        float(figure(what, predicted.sum(axis=(0, 1, 2)))),
        float(np.average(np.abs(off), weights=weight)),
        float(np.average(off, weights=weight)),
        float(np.abs(off).max()),
        _covered(by_half_hour, figure(what, predicted.sum(axis=1))) if several else math.nan,
        _covered(figure(what, recorded.sum(axis=1)), figure(what, predicted.sum(axis=2))) if several else math.nan,
        _covered(figure(what, recorded), figure(what, predicted)) if several else math.nan,
    )


def band(replications: Floats) -> tuple[Floats, Floats]:
    """Return the ends of the band in which :data:`BAND` of the replications lie."""
    low, high = np.nanquantile(replications, [(1 - BAND) / 2, (1 + BAND) / 2], axis=0)
    return np.asarray(low), np.asarray(high)


def _covered(recorded: Floats, replications: Floats) -> float:
    """Return the share of figures in the band, of those that there are in the record and most replications."""
    known = ~np.isnan(recorded) & (np.mean(np.isnan(replications), axis=0) < 0.5)
    low, high = band(replications[:, known])
    return float(np.mean((recorded[known] >= low - 1e-9) & (recorded[known] <= high + 1e-9)))


def compute(folder: str, replications: int, processes: int | None) -> Prediction:
    """Fit, simulate and count.

    Raises:
        OSError, TraceError: where the record cannot be read.
    """
    replications_of = dict.fromkeys(PREDICTED, replications)
    replications_of |= dict.fromkeys([*LADDER, REPLAY_WITHOUT], min(replications, REPLAYS))
    counts = simulated(folder, replications_of, processes)
    return Prediction(load_bank(folder).days, recorded_may(folder), recorded_before(folder), counts)


# ---------------------------------------------------------------------- the head start


@dataclass(frozen=True)
class HeadStart:
    """One figure of one tier, with the head start and without, and the paired difference with its interval."""

    with_it: float
    without: float
    difference: float
    half_width: float
    """Of the 95 % interval of the difference."""


QUEUED: Final[Mapping[str, tuple[Column, Column]]] = {
    "asa_s": (Column.WAIT_S, Column.WAITED_ANSWERED),
    "service_level_queued": (Column.WAITED_IN_TARGET, Column.WAITED),
    "abandon_share": (Column.WAITED_ABANDONED, Column.WAITED),
}
"""Figures of those who waited: above, below."""


def head_start(prediction: Prediction, kind: str, tier: int, what: str) -> HeadStart:
    """Compare a tier's figure, among those who waited, over the same customers with and without the head start.

    The interval is of days: the jackknife leaves out one at a time.
    """
    above, below = QUEUED[what]
    both = [prediction.simulated[name][:, :, OPENS:CLOSES, tier].sum(axis=(0, 2)) for name in (kind, f"{kind}_without")]
    whole = [of[:, above].sum() / of[:, below].sum() for of in both]
    without_one = [(of[:, above].sum() - of[:, above]) / (of[:, below].sum() - of[:, below]) for of in both]
    off = without_one[0] - without_one[1]
    count = len(off)
    error = math.sqrt((count - 1) / count * float(np.sum((off - off.mean()) ** 2)))
    half = float(stats.t.ppf(0.975, count - 1)) * error
    return HeadStart(float(whole[0]), float(whole[1]), float(whole[0] - whole[1]), half)


# ---------------------------------------------------------------------- words


def shown(what: str, value: float, *, signed: bool = False) -> str:
    """Return a figure in words: seconds or per cent."""
    sign = "+" if signed else ""
    if math.isnan(value):
        return "–"
    return f"{value:{sign}.1f} s" if what == "asa_s" else f"{100 * value:{sign}.1f} %"


def tables(prediction: Prediction) -> str:
    """Return the tables of the page, as Markdown."""
    usual = prediction.on([day not in ODD for day in prediction.days])
    odd = "; ".join(f"{day.day} May: {why}" for day, why in ODD.items())
    count, replications = len(prediction.days), prediction.replications
    parts = [
        f"All {count} working days of May, 7:00 to 24:00; {replications} replications of each day.",
        *_error_tables(prediction),
        f"Without the {count - len(usual.days)} odd days ({odd}), of which January and March know nothing:",
        *_error_tables(usual, short=True),
        "How much each part costs, on these days: May lived again, more and more of it drawn from January and March.",
        _ladder_table(usual),
        "The head start of 90 s, given or not to the same customers; of those who waited. May lived again (C):",
        _head_start_table(prediction, "replay"),
        "The same in variant B, without the odd days:",
        _head_start_table(usual, "b"),
    ]
    return "\n\n".join(parts)


def causes(folder: str) -> list[str]:
    """Return the tables of what of the record no law of a scenario has."""
    before = load_bank(folder).before
    return [
        "Patience in January and March, by how many others waited when a call came:",
        patience_table(before),
        "Talks in January and March, by time of day:",
        talk_table(before),
    ]


def _error_tables(prediction: Prediction, *, short: bool = False) -> list[str]:
    found = []
    for what, title in NAMES.items():
        if short and what == "service_level_queued":
            continue
        lines = [
            f"| **{title}** | in all | mean error of a half-hour | bias | worst half-hour | in the 90 % band |",
            "|---|---|---|---|---|---|",
        ]
        for name, words in PREDICTIONS.items():
            one = errors(prediction, name, what)
            covered = (one.covered_half_hours, one.covered_days, one.covered_cells)
            inside = "–" if math.isnan(covered[0]) else " / ".join(f"{100 * share:.0f} %" for share in covered)
            cells = [
                words,
                shown(what, one.predicted),
                shown(what, one.mean_absolute),
                shown(what, one.bias, signed=True),
                shown(what, one.worst),
                inside,
            ]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append(f"| the record of May | {shown(what, errors(prediction, 'a', what).recorded)} | | | | |")
        found.append("\n".join(lines))
    return found


def _ladder_table(prediction: Prediction) -> str:
    shown_of = [what for what in NAMES if what != "service_level_queued"]
    lines = [f"| | {' | '.join(NAMES[what] for what in shown_of)} |", "|---|---|---|---|"]
    recorded = [shown(what, errors(prediction, "a", what).recorded) for what in shown_of]
    lines.append(f"| the record of May | {' | '.join(recorded)} |")
    for name, words in STEPS.items():
        cells = [shown(what, errors(prediction, name, what).predicted) for what in shown_of]
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _head_start_table(prediction: Prediction, kind: str) -> str:
    lines = ["| | with 90 s | without | difference (95 % interval) | May as recorded |", "|---|---|---|---|---|"]
    titles = ("mean wait of the answered", "answered in 20 s", "hung up")
    for tier, name in enumerate(("VIP", "ordinary")):
        of = prediction.recorded[:, OPENS:CLOSES, tier].sum(axis=(0, 1))
        for what, title in zip(QUEUED, titles, strict=True):
            one = head_start(prediction, kind, tier, what)
            half = shown(what, one.half_width).removesuffix(" s").removesuffix(" %")
            change = f"{shown(what, one.difference, signed=True)} ± {half}"
            above, below = QUEUED[what]
            recorded = shown(what, float(of[above] / of[below]))
            cells = [f"{name}: {title}", shown(what, one.with_it), shown(what, one.without), change, recorded]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def put_between(page: str, text: str) -> str:
    """Return a page with ``text`` between its markers.

    Raises:
        ValueError: it has not both of them.
    """
    begin, end = page.find(BEGIN), page.find(END)
    if begin < 0 or end < begin:
        raise ValueError(f"the page has no {BEGIN} before {END}")
    return f"{page[: begin + len(BEGIN)]}\n\n{text}\n\n{page[end:]}"


def main(argv: Sequence[str] | None = None) -> int:
    """Predict, and write tables and pictures; returns the exit code: 0 done, 1 unreadable input."""
    parser = argparse.ArgumentParser(prog="python -m acdcore.sim.bank_prediction", description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder of 1999-01.csv.gz, 1999-03.csv.gz and 1999-05.csv.gz")
    parser.add_argument("--docs", type=Path, help="write bank.md's tables and the pictures there; else print")
    parser.add_argument("--replications", type=int, default=40, help="of each day; default 40")
    parser.add_argument("--processes", type=int, help="at once; default: one a processor")
    options = parser.parse_args(argv)
    if options.replications < 2:
        parser.error(f"--replications: {options.replications}; allowed: 2 or more")
    try:
        prediction = compute(options.data, options.replications, options.processes)
        text = "\n\n".join([tables(prediction), *causes(options.data)])
        if options.docs is None:
            print(text)
            return 0
        from .bank_plots import draw_all

        page = options.docs / "bank.md"
        page.write_text(put_between(page.read_text(encoding="utf-8"), text), encoding="utf-8")
        written = [page, *draw_all(prediction, options.docs)]
    except (OSError, TraceError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print("written:", ", ".join(map(str, written)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
