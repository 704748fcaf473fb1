"""Write what :mod:`acdcore.sim.fit_bank` fitted as two YAML files with comments for their readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from .bank_trace import STANDARD, VIP
from .fit import Hazard

if TYPE_CHECKING:
    from .fit_bank import FittedBank, SkillSet

LONGEST_SHIFT_SLOTS: Final = 16
NAMES: Final = (
    "anna", "boris", "clara", "daniel", "edith", "felix", "gita", "hugo", "irene", "jonas", "karin", "leo",
    "mira", "noah", "olga", "paul", "rita", "simon", "tara", "uri", "vera", "walter", "xenia", "yael", "zoe",
    "adam", "bella", "carl", "dina", "emil", "flora", "george", "helen", "ivan", "julia", "kurt", "lena", "max",
)  # fmt: skip
"""Names for the sample's agents; none of the record's."""

SOURCE: Final = """\
# Fitted by `python -m acdcore.sim.fit_bank`; do not edit, fit again.
# Source of the record: "Anonymous Bank", calls of 1999, Service Enterprise Engineering lab, Technion;
# Guedj and Mandelbaum. Only fitted figures are here, no row of the record.
"""


def day_yaml(fitted: FittedBank) -> str:
    """Return the text of ``bank_day.yaml``."""
    files = ", ".join(fitted.files)
    lines = [
        "# A busy working day of the sample bank: who calls, how patient they are, who answers and when.",
        *SOURCE.splitlines(),
        f"# Files: {files}. Busy: the {len(fitted.days)} working days (Sunday to Thursday) with at least the",
        "# median number of calls. Unit of every figure named _s: seconds; _per_s: a second.",
        "day: busy working day",
        'opens: "07:00"',
        'closes: "24:00"',
        "# How readily callers give up: a piecewise-constant hazard by tier, fitted with those who were answered",
        "# as censored. from_s[i]: this piece begins after so many seconds of waiting.",
        "patience:",
    ]
    for tier, hazard in fitted.patience.items():
        lines.append(f"  {tier}: # mean {hazard.mean_s():.0f} s")
        lines += _hazard(hazard, "    ")
    lines += [
        "# Expected calls in each half hour from opening time. tier_shares: among callers who queued, as the record's",
        "# priorities of others cannot be trusted. patience_factor multiplies the tier's hazard.",
        "# handling: a short_share of calls below 10 s (exponential), the rest lognormal.",
        "queues:",
    ]
    for name, queue in fitted.queues.items():
        calls = queue.calls_per_half_hour
        vip = round(queue.vip_share, 3)
        lines.append(f"  {name}: # {sum(calls):.0f} calls a day, mean handle time {queue.handling.mean_s():.0f} s")
        lines += _figures("calls_per_half_hour", [f"{value:.2f}" for value in calls], "    ")
        lines.append(f"    tier_shares: {{{VIP}: {vip:.3f}, {STANDARD}: {1 - vip:.3f}}}")
        factors = ", ".join(f"{tier}: {factor:.3f}" for tier, factor in queue.patience_factor.items())
        lines.append(f"    patience_factor: {{{factors}}}")
        law = queue.handling
        lines.append(
            f"    handling: {{short_share: {law.short_share:.4f}, short_mean_s: {law.short_mean_s:.2f},"
            f" log_mean: {law.log_mean:.3f}, log_sd: {law.log_sd:.3f}}}"
        )
    lines += [
        "workforce:",
        "  # Assumed, not fitted: the record shows no ringing.",
        "  pick_up_least_s: 1",
        "  pick_up_mean_s: 3",
        "  # Time away after a call, while somebody waited: at most a minute is wrap-up, longer is a break.",
        f"  away_after_call: # mean {fitted.away.mean_s():.0f} s, {fitted.away.share_beyond(60.0):.1%} beyond 60 s",
        *_hazard(fitted.away, "    "),
        "  # Shifts that follow the average number of agents on duty in each half hour:",
        *[f"  # {line}" for line in _wrapped([f"{value:.1f}" for value in fitted.on_duty], 100)],
        "  shifts:",
    ]
    for name, (start, end) in zip(NAMES, shifts(fitted.on_duty), strict=False):
        lines.append(f'    - {{agent: {name}, start: "{_clock(start)}", end: "{_clock(end)}"}}')
    lines += ["# What the record shows on these days (patience and order of service: on all days).", "observed:"]
    lines += [f"  {name}: {_plain(value)}" for name, value in fitted.observed.items()]
    return "\n".join(lines) + "\n"


def center_yaml(fitted: FittedBank) -> str:
    """Return the text of ``bank_center.yaml``."""
    within = fitted.observed["vip_first_within_head_start"]
    beyond = fitted.observed["vip_first_beyond_head_start"]
    lines = [
        "# The sample bank: a center file that `acdcore serve` and `acdcore demo` can run.",
        *SOURCE.splitlines(),
        "center: sample-bank",
        "settings:",
        "  # As long as an hour because the demo runs this file at many times real time: at x1200 an hour lasts 3 s.",
        "  lease: 1h",
        "  max_interactions: 100000",
        "skills: [regular, stocks, new, internet, english]",
        "reasons: [break]",
        "tiers:",
        "  # The bank put its VIPs 90 s ahead: in the record the VIP went first in",
        f"  # {within:.0%} of the choices against somebody who had come up to 90 s before, in {beyond:.0%} beyond.",
        "  vip: {head_start: 90s, rank: 10}",
        "  standard: {}",
        "queues:",
        "  # One promise for all, as the bank served all by one clock. wrap_up is a limit: agents end it themselves.",
        "  # offer_timeout is generous, as people here are programs at many times real time: at x1200 it is 0.1 s.",
    ]
    for name in fitted.queues:
        skill = "regular" if name == "callback" else name
        lines += [
            f"  {name}:",
            "    channel: voice",
            "    target: 20s",
            f"    plan: [{{requires: {{{skill}: 1}}}}]",
            "    strategy: least_occupied",
            "    offer_timeout: 2m",
            "    wrap_up: 2m",
            "    cool_down: 30s",
            "    max_waiting: 1000",
            "    max_handle_time: 2h",
            "    service_level: 0.8",
        ]
    lines += [
        "# Skill sets as often as the record's agents show them; levels grow with the calls of a kind taken a day.",
        "agents:",
    ]
    hours = shifts(fitted.on_duty)
    for name, skill_set in zip(NAMES, deal(fitted.skill_sets, len(hours)), strict=False):
        levels = ", ".join(f"{skill}: {level}" for skill, level in skill_set.levels.items())
        lines.append(f"  {name}: {{skills: {{{levels}}}}}")
    return "\n".join(lines) + "\n"


def shifts(on_duty: Sequence[float]) -> list[tuple[int, int]]:
    """Turn a profile of agents on duty into shifts (first slot, end slot): first come, first to go home.

    The profile is rounded to whole agents, at least one; nobody stays for more than eight hours. Raises
    ``ValueError`` if it takes more shifts than there are names for.
    """
    wanted = [max(1, round(value)) for value in on_duty]
    open_since: list[int] = []
    done: list[tuple[int, int]] = []
    for slot, count in enumerate([*wanted, 0]):
        while len(open_since) > count or (open_since and slot - open_since[0] >= LONGEST_SHIFT_SLOTS):
            done.append((open_since.pop(0), slot))
        while len(open_since) < count:
            open_since.append(slot)
    if len(done) > len(NAMES):
        raise ValueError(f"{len(done)} shifts, but names for {len(NAMES)} agents")
    return sorted(done)


def deal(skill_sets: Sequence[SkillSet], count: int) -> list[SkillSet]:
    """Deal skill sets to agents in turn so that at any point each is as near its share as can be."""
    dealt = [0] * len(skill_sets)
    order = []
    for turn in range(1, count + 1):
        behind = max(range(len(skill_sets)), key=lambda index: (skill_sets[index].share * turn - dealt[index], -index))
        dealt[behind] += 1
        order.append(skill_sets[behind])
    return order


def _hazard(hazard: Hazard, indent: str) -> list[str]:
    return [
        f"{indent}from_s: [{', '.join(f'{value:g}' for value in hazard.from_s)}]",
        f"{indent}per_s: [{', '.join(f'{value:.5f}' for value in hazard.per_s)}]",
    ]


def _figures(name: str, values: Sequence[str], indent: str) -> list[str]:
    lines = _wrapped(values, 100)
    head = [f"{indent}{name}:", f"{indent}  [{lines[0]}"]
    return (
        head + [f"{indent}   {line}" for line in lines[1:-1]] + [f"{indent}   {lines[-1]}]"]
        if len(lines) > 1
        else [f"{indent}{name}: [{lines[0]}]"]
    )


def _wrapped(values: Sequence[str], width: int) -> list[str]:
    lines, line = [], ""
    for index, value in enumerate(values):
        piece = value + ("," if index + 1 < len(values) else "")
        if line and len(line) + 1 + len(piece) > width:
            lines.append(line)
            line = piece
        else:
            line = f"{line} {piece}" if line else piece
    return [*lines, line]


def _clock(slot: int) -> str:
    minutes = 7 * 60 + 30 * slot
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _plain(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}" if value < 1.0 else f"{value:.1f}"
