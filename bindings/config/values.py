"""What a value in a center's YAML may be, and what all parts of a file have in common.

The models know the form of a file; which numbers are allowed is the router's to say
(:mod:`acdcore.router.codes`), and what one part says about another is checked in ``references.py``.
Attributes carry their units (``target_ns``); in the file the same field is ``target: 20s``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Final, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from ..ids import ALLOWED as ID_ALLOWED
from ..ids import id_problem
from ..router.codes import (
    AGENT_RULES,
    CHANNEL_RULES,
    MAX_DURATION_NS,
    MAX_LEVEL,
    MIN_LEVEL,
    NO_PRIORITY,
    NONE,
    PPM,
    QUEUE_RULES,
    SETTING_RULES,
    STEP_RULES,
    TIER_RULES,
    AgentField,
    ChannelField,
    OnExpiry,
    Order,
    Overflow,
    QueueField,
    Rule,
    Setting,
    StepField,
    Strategy,
    TierField,
)
from ..words import OVERFLOW_WORDS
from .durations import FORM, format_duration, parse_duration

STRATEGIES: Final = {strategy.name.lower(): strategy for strategy in Strategy}
Code = tuple[type[IntEnum], int]
"""Numbers alone would not do as keys: the codes of different parts are equal as numbers."""


def key_of(code: IntEnum) -> Code:
    """Return a code as a key that no other code equals."""
    return type(code), int(code)


WORDS: Final[dict[Code, Mapping[str, IntEnum]]] = {
    key_of(QueueField.STRATEGY): STRATEGIES,
    key_of(QueueField.ON_EXPIRY): {kind.name.lower(): kind for kind in OnExpiry},
    key_of(Setting.ORDER): {order.name.lower(): order for order in Order},
}
"""Fields that are said in words."""
SWITCHES: Final = frozenset(
    map(
        key_of,
        (
            ChannelField.EXCLUSIVE_WRAP_UP,
            QueueField.AUTO_ACCEPT,
            QueueField.AFFINITY,
            QueueField.CLAIMS,
            StepField.SKIP,
        ),
    )
)
"""Fields that are true or false."""
RULES: Final[dict[type[IntEnum], Mapping[Any, Rule]]] = {
    Setting: SETTING_RULES,
    TierField: TIER_RULES,
    ChannelField: CHANNEL_RULES,
    QueueField: QUEUE_RULES,
    StepField: STEP_RULES,
    AgentField: AGENT_RULES,
}
OVERFLOWS: Final[dict[Code, Mapping[str, Overflow]]] = {key_of(case): said for case, said in OVERFLOW_WORDS.items()}
"""What becomes of an interaction that a queue cannot take or keep, in the words of each case; all may move it."""


MEASURES: Final = frozenset(
    {
        StepField.WAITING,
        StepField.WAIT_NS,
        StepField.AGENTS,
        StepField.LENDER_WAITING,
        StepField.LENDER_WAIT_NS,
        StepField.LENDER_FREE,
    }
)
"""What a gate looks at; the code that follows each is that of the value that closes it."""
OPENS_BY_GROWING: Final = frozenset({StepField.WAITING, StepField.WAIT_NS, StepField.LENDER_FREE})
"""Measures that open a gate when they are at least so large; the others do when they are at most so large."""


def refused(message: str, allowed: str = "") -> PydanticCustomError:
    """Return an error with a message that is shown as it is; ``allowed`` is appended in words."""
    text = f"{message}; allowed: {allowed}" if allowed else message
    return PydanticCustomError("config", "{text}", {"text": text})


def several(problems: Sequence[tuple[tuple[str | int, ...], str]]) -> PydanticCustomError:
    """Return one error that stands for several problems: (path below the part that is checked, message) each."""
    return PydanticCustomError("config_several", "{text}", {"text": problems[0][1], "problems": list(problems)})


# ---------------------------------------------------------------------- kinds of values


def checked_name(value: Any) -> str:
    if not isinstance(value, str):
        raise refused("must be text (in quotes, if it looks like a number)", ID_ALLOWED)
    if problem := id_problem(value):
        raise refused(problem, ID_ALLOWED)
    return value


def whole_value(value: Any, least: int, greatest: int) -> int:
    """Return a whole number, or raise which ones are allowed."""
    allowed = f"whole numbers from {least} to {greatest}"
    if isinstance(value, bool) or not isinstance(value, int):
        raise refused("must be a whole number", allowed)
    if not least <= value <= greatest:
        raise refused("is out of range", allowed)
    return value


def whole(least: int, greatest: int) -> BeforeValidator:
    """Return what checks whole numbers of a range."""
    return BeforeValidator(lambda value: whole_value(value, least, greatest))


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise refused("is no share", "numbers over 0, up to 1, such as 0.8")
    return float(value)


def or_empty(value: Any) -> Any:
    """A section whose lines are all commented out is null in YAML, and meant to be empty."""
    return {} if value is None else value


def or_empty_list(value: Any) -> Any:
    return [] if value is None else value


def allowed_durations(rule: Rule) -> str:
    """Return in words which durations a rule allows."""
    zero = "0s, or " if rule.or_zero else ""
    return f"{zero}{format_duration(rule.least)} to {format_duration(rule.greatest)}"


def duration_value(value: Any, rule: Rule) -> int:
    """Return a duration as whole nanoseconds, or raise which ones the rule allows."""
    allowed = f"{allowed_durations(rule)}, as {FORM}"
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise refused("is no duration", allowed)
    if not isinstance(value, str) and value != 0:
        raise refused("needs a unit", allowed)
    try:
        duration_ns = parse_duration(value) if isinstance(value, str) else 0
    except ValueError as error:
        raise refused(str(error), allowed) from None
    if not rule.allows(duration_ns):
        raise refused("is out of range", allowed_durations(rule))
    return duration_ns


def _factor(value: Any, rule: Rule) -> int:
    allowed = f"numbers from {rule.least / PPM:g} to {rule.greatest / PPM:g}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused("must be a number", allowed)
    if not rule.least <= value * PPM <= rule.greatest:  # false for NaN as well
        raise refused("is out of range", allowed)
    return round(Fraction(value) * PPM)


def _word(value: Any, code: IntEnum) -> IntEnum:
    words = WORDS[key_of(code)]
    if isinstance(value, str) and value in words:
        return words[value]
    raise refused(f"is no {code.name.lower().replace('_', ' ')}", " or ".join(words))


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise refused("must be true or false")
    return value


def _by_rule(value: Any, code: IntEnum) -> Any:
    """Return a field's value as the router counts it, or raise what is allowed."""
    if key_of(code) in WORDS:
        return _word(value, code)
    if key_of(code) in SWITCHES:
        return _switch(value)
    rule: Rule = RULES[type(code)][code]
    if code.name.endswith("_NS"):
        return duration_value(value, rule)
    if code.name.endswith("_PPM"):
        return _factor(value, rule)
    return whole_value(value, rule.least, rule.greatest)


class Destination(NamedTuple):
    """What becomes of an interaction; ``move_to`` is the queue that it moves to, None unless it does."""

    overflow: Overflow
    move_to: str | None = None


def _destination(value: Any, code: IntEnum) -> Destination:
    """Return what a policy says: one of its words, or ``{move_to: QUEUE}``."""
    words = OVERFLOWS[key_of(code)]
    if isinstance(value, str) and value in words:
        return Destination(words[value])
    if isinstance(value, dict) and list(value) == ["move_to"]:
        return Destination(Overflow.MOVE, checked_name(value["move_to"]))
    if isinstance(value, Destination):
        return value
    raise refused("is not known", f"{' or '.join(words)} or {{move_to: a queue}}")


class Threshold(NamedTuple):
    """What opens a gate; ``close`` is what closes it again, None: the same."""

    open: int
    close: int | None = None


def _threshold(value: Any, code: StepField) -> Threshold:
    """Return a measure's value, or its ``{open: ..., close: ...}``; the second has the code that follows."""
    if isinstance(value, Threshold):
        return value
    if not isinstance(value, dict):
        return Threshold(_by_rule(value, code))
    if not {"open"} <= set(value) <= {"open", "close"}:
        raise refused("must be one value or have open and close", "{open: ..., close: ...}")
    opens = _by_rule(value["open"], code)
    if "close" not in value:
        return Threshold(opens)
    closes = _by_rule(value["close"], StepField(code + 1))
    if closes != opens and (closes < opens) != (code in OPENS_BY_GROWING):
        side = "at most" if code in OPENS_BY_GROWING else "at least"
        raise refused("closes on the wrong side: it would close while it opens", f"close {side} as large as open")
    return Threshold(opens, closes)


def field_value(value: Any, code: IntEnum) -> Any:
    """Return a field's value as the models keep it, or raise what is allowed."""
    if key_of(code) in OVERFLOWS:
        return _destination(value, code)
    if isinstance(code, StepField) and code in MEASURES:
        return _threshold(value, code)
    return _by_rule(value, code)


def ranking_skills(value: Any) -> Any:
    """Skills with their levels; a list of skills means level 1 each."""
    if isinstance(value, list) and all(isinstance(skill, str) for skill in value):
        return dict.fromkeys(value, MIN_LEVEL)
    return or_empty(value)


AFTER_RULE: Final = Rule(0, 0, MAX_DURATION_NS)
"""When a step may begin."""


def _after(value: Any) -> int:
    return duration_value(value, AFTER_RULE)


Name = Annotated[str, BeforeValidator(checked_name)]
Level = Annotated[int, whole(MIN_LEVEL, MAX_LEVEL)]
Share = Annotated[float, BeforeValidator(_share)]
Skills = Annotated[dict[Name, Level], BeforeValidator(or_empty)]
SkillsOrList = Annotated[dict[Name, Level], BeforeValidator(ranking_skills)]
After = Annotated[int, BeforeValidator(_after)]
Count = Annotated[int, whole(1, SETTING_RULES[Setting.MAX_AGENTS].greatest)]
Limit = Annotated[int, whole(0, CHANNEL_RULES[ChannelField.MOST].greatest)]
NameList = Annotated[list[Name], BeforeValidator(or_empty_list)]
EMPTY_IF_NULL = BeforeValidator(or_empty)


# ---------------------------------------------------------------------- the parts of a file


class Model(BaseModel):
    """What all parts have in common: frozen, and nothing in them that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    codes: ClassVar[dict[str, IntEnum]] = {}
    """Attribute -> what the router calls it, for those that the router knows."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        extras = {name: field.json_schema_extra for name, field in cls.model_fields.items()}
        cls.codes = {name: extra["code"] for name, extra in extras.items() if isinstance(extra, dict)}  # type: ignore[misc]

    @field_validator("*", mode="before")
    @classmethod
    def _check_by_rule(cls, value: Any, info: ValidationInfo) -> Any:
        code = cls.codes.get(info.field_name or "")
        return value if code is None else field_value(value, code)

    def router_fields(self) -> list[tuple[IntEnum, int]]:
        """Return what the router is told of the fields that it knows, defaults included, in the order of their codes.

        What is said with the name of a queue is not among them: that takes a slot.
        """
        fields: list[tuple[IntEnum, int]] = []
        for attribute, code in self.codes.items():
            value = getattr(self, attribute)
            if isinstance(value, Threshold):
                fields.append((code, value.open))
                if value.close is not None:
                    fields.append((StepField(code + 1), value.close))
            elif value is not None and not isinstance(value, Destination):
                fields.append((code, int(value)))
        return sorted(fields)


def ruled(code: IntEnum, alias: str | None = None, *, required: bool = False, optional: bool = False) -> Any:
    """Return a field that the router knows as ``code``: its default and rule from there, its name in the file.

    Without a value an ``optional`` one is None, which leaves it to something else; so is a step's that has none.
    """
    extra: Any = {"code": code}
    if required:
        return Field(alias=alias, json_schema_extra=extra)
    default: Any = RULES[type(code)][code].default
    if key_of(code) in OVERFLOWS:
        default = Destination(Overflow(default))
    elif key_of(code) in SWITCHES:
        default = bool(default)
    elif optional or (isinstance(code, StepField) and default in (NONE, NO_PRIORITY)):
        default = None
    return Field(default=default, alias=alias, json_schema_extra=extra)
