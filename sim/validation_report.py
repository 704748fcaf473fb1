"""What a validation found, as lines for a terminal and as a page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from .validation import SECOND_LENGTH, Look, Result, Summary
from .validation_estimates import CLUSTER, RARE, Comparison
from .validation_sets import LEAST_CUSTOMERS, MOST_CUSTOMERS, RELAXATIONS, WARM_UP


@dataclass(frozen=True)
class Settings:
    """How a validation was run."""

    seed: int
    length: float
    with_files: bool
    """Whether sets came from files."""


KINDS = {
    "erlang_b": "Erlang B: nobody can wait",
    "erlang_c": "Erlang C: nobody gives up",
    "erlang_a": "Erlang A: patience is exponential",
    "mmck": "M/M/n/K: few can wait",
    "priority_nonpreemptive_common_mu": "Strict priorities, without interruption",
    "skill_design": "N- and V-designs",
    "whitt": "Whitt's table",
    "contact_centers": "ContactCenters",
}


def _number(value: float) -> str:
    return f"{value:.5g}"


def _z(comparison: Comparison) -> str:
    return "" if math.isnan(comparison.z) else f"{comparison.z:+.2f}"


def _verdict(result: Result, at: int) -> str:
    comparison = result.first.comparisons[at]
    if comparison.inside:
        return "rare" if comparison.rare else ""
    if result.second is None:
        return "outside"
    again = result.second.comparisons[at]
    return f"outside; second look {'inside' if again.inside else 'OUTSIDE'}, z {_z(again)}"


def _widest(look: Look) -> str:
    widths = [one.half_width_share for one in look.comparisons if not one.rare and math.isfinite(one.half_width_share)]
    return f"{_median(widths):.2%}" if widths else ""


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def case_lines(result: Result) -> list[str]:
    """Return a line for a case, and one for each of its figures that was outside."""
    outside = result.outside
    head = (
        f"{result.case.full_name} ({result.case.source}): {len(result.first.comparisons)} figures, "
        f"{len(outside)} outside; {result.first.customers:,} customers, "
        f"median half-width {_widest(result.first)}, {result.first.digest:016x}"
    )
    lines = [head]
    for at in outside:
        one = result.first.comparisons[at]
        lines.append(
            f"    {one.figure}: exact {_number(one.exact)}, estimate {_number(one.estimate)} "
            f"[{_number(one.low)}, {_number(one.high)}], z {_z(one)}, {_verdict(result, at)}"
        )
    if result.case.left_out:
        lines.append(f"    not compared: {', '.join(result.case.left_out)}")
    return lines


def summary_text(summary: Summary) -> str:
    """Return the summary as a few sentences."""
    return (
        f"{summary.figures:,} figures of {summary.cases} cases; {summary.outside} of them, in {summary.cases_outside} "
        f"cases, are outside their 99 % intervals at the first look. {summary.expected:.1f} are expected by chance; "
        f"were figures independent, so many or more would be seen with probability {summary.chance:.2g}. "
        f"{summary.failed} are outside at the second look, too."
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], align: str) -> str:
    rule = "|".join(" --- " if one == "l" else " ---: " for one in align)
    lines = [f"| {' | '.join(head)} |", f"|{rule}|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def _kind_rows(results: Sequence[Result]) -> Iterable[list[str]]:
    for kind, words in KINDS.items():
        summary = Summary.of(result for result in results if result.case.kind == kind)
        if summary.cases:
            numbers = (summary.cases, summary.figures, summary.outside, summary.cases_outside, summary.failed)
            yield [words, *(f"{number:,}" for number in numbers)]


def _case_rows(results: Iterable[Result]) -> Iterable[list[str]]:
    for result in results:
        first, case = result.first, result.case
        yield [
            f"`{case.name}`",
            case.source,
            f"{first.replications:,} × {first.counted_s:,.0f} s",
            f"{case.warm_up_s:,.0f} s",
            f"{first.customers:,}",
            f"{len(first.comparisons)}",
            f"{len(result.outside)}",
            _widest(first),
            f"`{first.digest:016x}`",
        ]


def _figure_rows(results: Iterable[Result]) -> Iterable[list[str]]:
    for result in results:
        for at, one in enumerate(result.first.comparisons):
            yield [
                f"`{result.case.name}`",
                one.figure.replace("|", "\\|"),
                _number(one.exact),
                _number(one.estimate),
                f"{_number(one.low)} to {_number(one.high)}",
                _z(one),
                _verdict(result, at),
            ]


ABOUT = """# The simulator held against theory

Every table of this page was made by a command; nobody edits it. Each case is a scenario like any other: a center whose
queues, priorities, plans and strategies the production router follows, customers who come, wait and hang up, and
agents who talk. What it must reproduce is known: by Erlang's formulas, by solving a Markov chain, or from the printed
results of somebody else's simulator.

**How it is judged** was decided before the run that this page shows; no seed, length or rule was changed to make one
of its figures pass:

* A figure's 99 % interval is Student's, over replications with streams of chance of their own; of ratios it is the
  jackknife's. The exact value must be inside. The interval of a share of which fewer than {rare} cases were seen in all
  is widened to what the whole count allows (Clopper and Pearson, in clusters of at least {cluster:g}, as customers wait
  behind each other), as so few cases say little of their own spread; such figures are marked *rare*.
* Where the figure to be met was itself estimated by a simulation, its printed 95 % interval is taken into account: two
  estimates differ by the root of the sum of their squared errors. Half a unit of the last printed digit is allowed for.
* With hundreds of figures about one in a hundred is outside by chance alone. A case with a figure outside is looked at
  again with the next seed and {second:g} times the length; a figure that is outside again has failed.
* Figures of one case depend on each other (the same waits make its mean and its service levels), so those outside come
  in clusters: one unlucky case may well have ten. The probability below takes them as independent, which they are not.
* That intervals are as wide as they should be is a test of its own, over many seeds (`tests/test_validation.py`).

**How long.** A steady state starts empty and is not counted for {warm_up:g} relaxation times. Then {relaxations:,.0f}
of them are counted, over all replications together, but never fewer than {least:,.0f} customers and never more than
{most:,.0f}: what is left of chance then is what the intervals show. It is most where an almost fully loaded floor
forgets slowly where it was, as with 1,000 agents at 99 %. A customer who came in the counted time is followed to the
end of the wait. A day that starts empty has no warm-up; there are more days instead. `half-width` in the tables is the
median of a case's intervals, as a share of the exact value, rare ones left aside.
"""

DEFINITIONS = """## What the figures mean

Shares are of all who call unless the name says otherwise; means of waits are in seconds unless it says otherwise.

| figure | is |
| --- | --- |
| `p_wait` | not answered at once; `p_wait_given_entry`: of those who were let in |
| `p_block`, `p_abandon` | turned away; hung up while waiting |
| `asa`, `mean_wait_served` | mean wait of those answered, zeros included |
| `asa_given_wait`, `mean_wait_given_wait` | mean wait of those who waited |
| `mean_wait_all` | mean wait of all, whichever way it ended; `mean_wait_abandoned`: of those who hung up |
| `mean_wait_fcfs` | mean wait of all classes together: who goes first does not change it |
| `mean_queue`, `busy_…` | averages over time |
| `occupancy`, `util_…` | talking over signed in, by time |
| `sl T=…` | answered within T seconds over all who call; `sl_given_entry`: over those who were let in |
| `served_le_T_over_…` | answered within T over all, over those answered, or over all but who hung up within T |
| `wait_le_T_over_all` | wait ended within T, whichever way |
| `frac_class1_served_by_A` | share of class 1's calls that A agents answered |

The numbers 1, 2, ... after a name are classes; of strict priorities, the first one is served first.

**N- and V-designs.** Agents A serve class 1, agents B both (a V-design has no A). Class 1 goes to an A if one is free,
else to a B, but only while more than `reserve` of them are free; a B who becomes free takes class `b_first` first. In a
center that is a strategy (`fewest_skills`), a priority, and, for the reserve, a step that borrows from class 2's queue
while enough of its agents are free (`when: {lender: {queue: two, free: ...}}`): the router's rule says exactly what the
chain's does. Without A agents, a queue's own `reserve` says the same (`own_V_reserve_2_of_queue`).

**ContactCenters.** Occupancy of MMC and MMCAb is of the time until closing, as that program counts it. In SimpleMSK
the service and patience of a call depend on the period of its arrival, which is its tier here; the agents of the last
period stay until the last call has ended, and those who leave finish their calls first, both counted.
"""


def markdown(results: Sequence[Result], settings: Settings) -> str:
    """Return the page."""
    summary = Summary.of(results)
    command = "acdcore sim validate"
    command += " --exams DIR" if settings.with_files else ""
    command += f" --seed {settings.seed}"
    command += f" --length {settings.length:g}" if settings.length != 1.0 else ""
    about = ABOUT.format(
        rare=RARE,
        cluster=CLUSTER,
        second=SECOND_LENGTH,
        warm_up=WARM_UP,
        relaxations=RELAXATIONS,
        least=LEAST_CUSTOMERS,
        most=MOST_CUSTOMERS,
    )
    made_by = [f"Made by `{command} --markdown docs/validation.md`."]
    if settings.with_files:
        made_by.append("DIR holds `erlang.json` and `skill_designs.json`; cases named `own_…` need no file.")
    made_by.append(
        "The seed of a case is made of the seed and the case's name; `digest` is of the router's state at the end of "
        "all its replications, so that who runs it again sees whether it was the same simulation."
    )
    head = ("", "cases", "figures", "outside", "in cases", "twice outside")
    result = _table(head, _kind_rows(results), "lrrrrr")
    parts = [about, "## The result", summary_text(summary), result, " ".join(made_by), DEFINITIONS]
    order = {kind: at for at, kind in enumerate(KINDS)}
    ordered = sorted(results, key=lambda result: order[result.case.kind])
    for kind, group in groupby(ordered, key=lambda result: result.case.kind):
        found = list(group)
        parts += [
            f"## {KINDS[kind]}",
            _table(
                (
                    "case",
                    "source",
                    "counted",
                    "warm-up",
                    "customers",
                    "figures",
                    "outside",
                    "median half-width",
                    "digest",
                ),
                _case_rows(found),
                "llrrrrrrl",
            ),
            "<details><summary>all figures</summary>",
            _table(
                ("case", "figure", "exact", "estimate", "99 % interval", "z", ""),
                _figure_rows(found),
                "llrrrrl",
            ),
            "</details>",
        ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"
