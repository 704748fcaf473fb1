"""The plan of a load: how its people live and what a run must reach, read from one YAML file.

``load_plan`` reads a file and raises :class:`~acdcore.config.ConfigError` with everything that is wrong, each
problem with its line, its value and what is allowed.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ...config import Center, Problem, format_duration, parse_duration
from ...config.load import flawless, mapping_of, problems_of, read_text
from ...config.references import did_you_mean
from ...config.tree import Path
from ...config.values import refused, whole
from ...durations import FORM

NS_A_MS: Final = 1_000_000
NS_A_S: Final = 1_000_000_000
LONGEST_S: Final = 3600
CALLS: Final = (
    "EnqueueInteraction",
    "CancelInteraction",
    "CompleteInteraction",
    "FailAssignment",
    "GetInteraction",
    "SignIn",
    "SignOut",
    "SetPresence",
    "AcceptOffer",
    "DeclineOffer",
    "EndWrapUp",
    "GetAgent",
    "ListQueueFigures",
    "GetCenterFigures",
    "ListQueues",
)
"""The calls that a load makes, by the names of their rows."""
ENQUEUE_TO_OFFER: Final = "enqueue to offer"
OFFER_TO_ACCEPT: Final = "offer to accept"
STREAM_TO_SNAPSHOT: Final = "stream to snapshot"
SPANS: Final = (ENQUEUE_TO_OFFER, OFFER_TO_ACCEPT, STREAM_TO_SNAPSHOT)
"""What else is timed."""
SHAPES: Final = ("steady", "busy-hour", "shift-start", "outage")


def _duration(value: Any) -> int:
    if not isinstance(value, str):
        raise refused("must be a duration", FORM)
    try:
        length_ns = parse_duration(value)
    except ValueError as error:
        raise refused(str(error), FORM) from None
    if length_ns > LONGEST_S * NS_A_S:
        raise refused("is out of range", f"at most {LONGEST_S}s")
    return length_ns


def _share(value: Any) -> float:
    allowed = "a percentage from 0% to 100%, such as 0.5%"
    if not isinstance(value, str) or not value.endswith("%"):
        raise refused("must be a percentage", allowed)
    try:
        share = float(value[:-1]) / 100
    except ValueError:
        raise refused("is no percentage", allowed) from None
    if not 0.0 <= share <= 1.0:
        raise refused("is out of range", allowed)
    return share


class Range(NamedTuple):
    """Least and greatest length of something, in nanoseconds."""

    least_ns: int
    greatest_ns: int

    def draw_s(self, chance: random.Random) -> float:
        """Return a length of time in seconds, drawn evenly."""
        return chance.uniform(self.least_ns, self.greatest_ns) / NS_A_S


def _range(value: Any) -> Range:
    if isinstance(value, list):
        if len(value) != 2:
            raise refused("must be a duration or two, the least and the greatest", FORM)
        least_ns, greatest_ns = _duration(value[0]), _duration(value[1])
        if least_ns > greatest_ns:
            raise refused("must not begin above its end")
        return Range(least_ns, greatest_ns)
    return Range(_duration(value), _duration(value))


Duration = Annotated[int, BeforeValidator(_duration)]
Share = Annotated[float, BeforeValidator(_share)]
Span = Annotated[Range, BeforeValidator(_range)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)


class People(_Part):
    """``people``: how those live who call and those who answer."""

    pause: Span = _range(["1s", "3s"])
    patience: Span = _range(["5s", "10s"])
    impatience: Span = _range(["500ms", "2s"])
    callback_in: Span = _range(["500ms", "2s"])
    talk: Span = _range(["300ms", "1200ms"])
    chat: Span = _range(["1s", "4s"])
    chats_at_once: Annotated[int, whole(1, 100)] = 4
    pick_up: Span = _range(["50ms", "300ms"])
    wrap_up: Span = _range(["100ms", "600ms"])
    arrive: Span = _range(["0s", "3s"])
    work: Span = _range(["15s", "45s"])
    break_: Span = Field(default=_range(["500ms", "2s"]), alias="break")
    decline: Share = 0.02
    miss: Share = 0.01
    media_fails: Share = 0.005
    hang_up_in_talk: Share = 0.03
    look_every: Duration = NS_A_S
    queues: dict[str, Annotated[int, whole(0, 1000)]] = Field(default_factory=dict)


class Latency(_Part):
    """``thresholds.latency.NAME``: the longest that a share of all may take."""

    p50: Duration | None = None
    p95: Duration | None = None
    p99: Duration | None = None
    p999: Duration | None = None
    longest: Duration | None = None

    def wanted(self) -> list[tuple[str, float, int]]:
        """Return what is asked for: its name, the share of all from 0 to 1, and the limit in nanoseconds."""
        shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999, "longest": 1.0}
        return [(name, share, limit) for name, share in shares.items() if (limit := getattr(self, name)) is not None]


class Service(_Part):
    """One of ``thresholds.service_level``: of a queue, a tier, both, or of all."""

    queue: str | None = None
    tier: str | None = None
    at_least: Share

    def about(self) -> str:
        """Return what it is about, in words."""
        return ", ".join(name for name in (self.queue, self.tier) if name) or "all"


class Thresholds(_Part):
    """``thresholds``: what a run must reach."""

    latency: dict[str, Latency] = Field(default_factory=dict)
    failures: Share = 0.0
    service_level: list[Service] = Field(default_factory=list)


class Otherwise(_Part):
    """``shapes.SHAPE``: what takes the place of the general habits and thresholds."""

    people: People = Field(default_factory=People)
    latency: dict[str, Latency] = Field(default_factory=dict)
    failures: Share | None = None
    service_level: list[Service] | None = None


class Plan(_Part):
    """A whole file."""

    people: People = Field(default_factory=People)
    thresholds: Thresholds = Field(default_factory=Thresholds)
    shapes: dict[str, Otherwise] = Field(default_factory=dict)

    def people_of(self, shape: str) -> People:
        """Return how people live in a shape: the general habits, but for those that the shape names."""
        other = self.shapes.get(shape)
        if other is None:
            return self.people
        return self.people.model_copy(
            update={name: getattr(other.people, name) for name in other.people.model_fields_set}
        )

    def of_shape(self, shape: str) -> Thresholds:
        """Return what holds for a shape: latencies name by name, service levels all or none."""
        other = self.shapes.get(shape)
        if other is None:
            return self.thresholds
        said = self.thresholds
        return Thresholds.model_construct(
            latency={**said.latency, **other.latency},
            failures=said.failures if other.failures is None else other.failures,
            service_level=said.service_level if other.service_level is None else other.service_level,
        )

    def fitting(self, center: Center) -> tuple[Plan, list[str]]:
        """Return the plan without what it wants of queues and tiers that a center does not have, and their names."""
        left_out: dict[str, None] = {}
        known = {*center.queues, *center.all_tiers()}

        def fit(levels: list[Service]) -> list[Service]:
            kept = []
            for level in levels:
                strange = [name for name in (level.queue, level.tier) if name is not None and name not in known]
                left_out.update(dict.fromkeys(strange))
                kept += [] if strange else [level]
            return kept

        said = self.thresholds
        thresholds = said.model_copy(update={"service_level": fit(said.service_level)})
        shapes = {
            name: other.model_copy(update={"service_level": None if (own := other.service_level) is None else fit(own)})
            for name, other in self.shapes.items()
        }
        return self.model_copy(update={"thresholds": thresholds, "shapes": shapes}), list(left_out)


_PARTS: Final[dict[str, type[_Part]]] = {"people": People, "thresholds": Thresholds}


def load_plan(path: str | os.PathLike[str], center: Center | None = None) -> Plan:
    """Read a plan; with a center, its queues and tiers must be the center's.

    Raises:
        ConfigError: with everything that is wrong with it.
        OSError: when the file cannot be read.
    """
    return parse_plan(read_text(path), os.fspath(path), center)


def sample_path(name: str) -> FilePath:
    """Return the path of a file that comes with the load: ``plan.yaml`` or ``center.yaml``."""
    return FilePath(__file__).with_name(name)


def parse_plan(text: str, name: str = "plan", center: Center | None = None) -> Plan:
    """Read a plan from YAML text; ``name`` is what error messages call it. Raises ConfigError."""
    tree, problems = mapping_of(text, name)
    plan: Plan | None = None
    try:
        plan = Plan.model_validate(tree.value)
    except ValidationError as error:
        problems += problems_of(tree, error, _known_fields)
    if plan is not None:
        for path, message in _unknown(plan, center):
            place = ".".join(str(step) for step in path)
            problems.append(Problem(place, tree.line_of(path), "", message))
    return flawless(plan, name, problems)


def _known_fields(path: Path) -> list[str]:
    model: type[_Part] = Plan
    for step in path:
        if step in {"latency", "service_level"}:
            model = Latency if step == "latency" else Service
        elif model is Plan:
            model = _PARTS.get(str(step), Otherwise)
        elif model is Otherwise and step == "people":
            model = People
    return [field.alias or name for name, field in model.model_fields.items()]


def _unknown(plan: Plan, center: Center | None) -> list[tuple[Path, str]]:
    """Return names that nothing has: of rows and shapes, and, when the center is known, of queues and tiers."""
    found: list[tuple[Path, str]] = []

    def known(path: Path, what: str, name: str, names: Sequence[str]) -> None:
        if name not in names:
            advice = did_you_mean(name, names) or f"; allowed: {', '.join(names)}"
            found.append((path, f"is no {what}{advice}"))

    queues = list(center.queues) if center else []
    tiers = list(center.all_tiers()) if center else []
    judged: list[tuple[Path, Thresholds | Otherwise]] = [(("thresholds",), plan.thresholds)]
    for shape, other in plan.shapes.items():
        known(("shapes", shape), "shape", shape, SHAPES)
        judged.append((("shapes", shape), other))
    for queue in plan.people.queues if center else ():
        known(("people", "queues", queue), "queue of this center", queue, queues)
    for path, part in judged:
        for row in part.latency:
            known((*path, "latency", row), "call or span of a load", row, (*CALLS, *SPANS))
        for at, level in enumerate(part.service_level or ()):
            where: Path = (*path, "service_level", at)
            if center and level.queue is not None:
                known((*where, "queue"), "queue of this center", level.queue, queues)
            if center and level.tier is not None:
                known((*where, "tier"), "tier of this center", level.tier, tiers)
    return found


def said_duration(length_ns: float) -> str:
    """Return a length of time as people write it, to three digits."""
    if length_ns >= NS_A_S:
        return f"{length_ns / NS_A_S:.3g} s"
    return f"{length_ns / NS_A_MS:.3g} ms"


__all__ = ["CALLS", "SHAPES", "SPANS", "Plan", "format_duration", "load_plan", "parse_plan", "sample_path"]
