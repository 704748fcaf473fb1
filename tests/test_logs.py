"""The log: lines that nothing can forge, keys that are documented, floods that stay small, readers that may be slow."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acdcore import logs
from acdcore.errors import NotFound
from acdcore.log_output import BURST, MOST_KINDS, SUMMARY_S, Limiter, Output, writing
from acdcore.logs import EVENTS, FIELDS, LEVELS, MOST_TEXT, Event, TextFormatter, event, facts_of, json_formatter

pytestmark = pytest.mark.plain

METHOD = "acdcore.v1.InteractionService/EnqueueInteraction"
NASTY = [
    'quote " and \\ backslash',
    "two\nlines",
    "\r\n11:56:07.754Z ERROR failed",
    '{"level": "error"}',
    "{braces} %s %(name)s [brackets]",
    "\u202egnorw\u2066",
    "line\u2028separator\u2029",
    "\x1b[31mred\x1b[0m\x00\x7f",
    "a b=c reason=FORGED",
    "Ω ü 漢 😀",
]


def record(name: str = "refused", level: int = logging.INFO, /, **facts: Any) -> logging.LogRecord:
    """A record of an event."""
    return logging.LogRecord("acdcore.rpc", level, "", 0, Event(name, facts), None, None)


def refused(reason: str = "UNKNOWN_QUEUE") -> logging.LogRecord:
    """A record of a call that was refused."""
    return record(method=METHOD, reason=reason)


def in_json(one: logging.LogRecord) -> dict[str, Any]:
    """What a record is in JSON, read again."""
    text = json_formatter().format(one)
    assert "\n" not in text
    assert text.isascii()
    assert text.isprintable()
    read: dict[str, Any] = json.loads(text)
    return read


# ---------------------------------------------------------------------- lines


@pytest.mark.parametrize("value", NASTY)
def test_no_value_can_forge_a_line_or_a_key(value: str) -> None:
    one = record(queue=value, reason="QUEUE_CLOSED")
    told = in_json(one)
    assert (told["queue"], told["reason"], told["event"]) == (value, "QUEUE_CLOSED", "refused")
    assert list(told) == ["time", "level", "logger", "event", "reason", "queue"]
    text = TextFormatter().format(one)
    assert text.isprintable()
    assert re.fullmatch(r"[0-9:.]{12}Z INFO  refused QUEUE_CLOSED queue=(\".*\"|[^ \"=]+)", text)
    assert str(one.msg).isprintable()


@given(st.text(max_size=200))
def test_any_value_is_one_word_of_one_line(value: str) -> None:
    one = record(queue=value, reason="X")
    assert in_json(one)["queue"] == value
    words = TextFormatter().format(one).partition(" queue=")[2]
    assert words.isprintable()
    unquoted = re.sub(r'\\"', "", words[1:-1]) if words[:1] == '"' else words
    assert not {'"', " "} & set(unquoted.replace(" ", "") if words[:1] == '"' else unquoted)
    assert words[:1] != '"' or words[-1] == '"'


def test_a_line_has_its_keys_in_the_documented_order_and_its_time_in_utc() -> None:
    one = record(duration_s=0.00012345678, request_id="r", queue="q", reason="R", method=METHOD, center="c")
    one.created = 1_800_000_000.25
    assert json_formatter().format(one) == (
        '{"time": "2027-01-15T08:00:00.250000Z", "level": "info", "logger": "acdcore.rpc", "event": "refused", '
        f'"center": "c", "method": "{METHOD}", "reason": "R", "queue": "q", "request_id": "r", '
        '"duration_s": 0.000123}'
    )
    assert TextFormatter().format(one) == (
        "08:00:00.250Z INFO  refused EnqueueInteraction R queue=q 0.1ms request_id=r"
    )


def test_only_documented_keys_are_written() -> None:
    told = in_json(record(customer_id="4711", queue="q", nonsense=1))
    assert set(told) == {"time", "level", "logger", "event", "queue"}


def test_what_is_none_or_empty_is_left_out_and_0_is_not(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "acdcore.test")
    event(logging.getLogger("acdcore.test"), logging.INFO, "refused", queue="", field=None, step=0)
    event(logging.getLogger("acdcore.test"), logging.DEBUG, "answered")
    [one] = caplog.records
    assert (one.msg, one.getMessage()) == ({"step": 0}, "refused step=0")


def test_text_is_folded_on_a_terminal_of_80_columns_between_facts() -> None:
    one = record(method=METHOD, reason="UNKNOWN_QUEUE", field="queue", request_id="r" * 36, duration_s=1.5, queue="q q")
    folded = TextFormatter(80).format(one)
    assert max(map(len, folded.splitlines())) <= 80
    assert len(folded.splitlines()) == 2
    assert " ".join(folded.split()) == " ".join(TextFormatter().format(one).split())
    assert '\n              queue="q q" 1.5s request_id=rrr' in folded


def test_levels_that_matter_are_colored_on_a_terminal_only() -> None:
    one = record("failed", logging.ERROR)
    assert " \x1b[31mERROR\x1b[0m failed" in TextFormatter(80, color=True).format(one)
    assert logs.text_formatter(io.StringIO()).format(one).isprintable()


def test_what_other_libraries_say_is_one_escaped_line() -> None:
    one = logging.LogRecord("grpc._cython", logging.WARNING, "", 0, "a %s\nb", ("x\u202e",), None)
    assert in_json(one)["message"] == "a x\\u202e\\nb"
    assert TextFormatter().format(one).endswith("WARN  message logger=grpc._cython a x\\u202e\\nb")
    unfit = logging.LogRecord("grpc", logging.WARNING, "", 0, "a %d", ("x",), None)
    assert in_json(unfit)["message"] == "a %d"
    endless = logging.LogRecord("grpc", logging.WARNING, "", 0, "y" * 10_000, (), None)
    assert len(in_json(endless)["message"]) == MOST_TEXT


def raised(error: Exception) -> Exception:
    """An exception that has been raised."""
    try:
        raise error
    except Exception as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("customer 4711"), "KeyError"),
        (OSError(28, "No space left on device", "/secret/4711"), "OSError: No space left on device"),
        (NotFound(reason="UNKNOWN_QUEUE", value="4711"), "acdcore.errors.NotFound: UNKNOWN_QUEUE"),
    ],
)
def test_of_an_exception_the_class_and_the_place_are_written_not_its_text(
    error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    event(logging.getLogger("acdcore.test"), logging.ERROR, "failed", exc=raised(error))
    logging.getLogger("other").error("oh", exc_info=raised(error))
    for one in caplog.records:
        told = in_json(one)
        assert told["exception"] == said
        assert re.fullmatch(r"\S*tests/test_logs\.py:\d+ in raised", told["traceback"][-1])
        text = TextFormatter().format(one)
        assert said in text.splitlines()[0]
        assert "test_logs.py" in text.splitlines()[1]
        assert "4711" not in text + json.dumps(told)


# ---------------------------------------------------------------------- documented


def event_calls(root: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every place in bindings that logs an event."""
    for path in sorted((root / "bindings").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("event", "tell"):
                yield f"{path.name}:{node.lineno}", node


def test_every_event_and_key_in_the_code_is_documented(root: Path) -> None:
    calls = [
        (where, call)
        for where, call in event_calls(root)
        if (len(call.args) > 2 and ast.unparse(call.args[1]).startswith("logging."))
        or ast.unparse(call.args[0]) == "log"
    ]
    assert len(calls) >= 10
    for where, call in calls:
        name = call.args[2]
        if isinstance(name, ast.Constant):
            assert name.value in EVENTS, where
        keys = {keyword.arg for keyword in call.keywords if keyword.arg and keyword.arg != "exc"}
        assert keys <= set(FIELDS), where


def test_nothing_in_the_code_logs_past_the_documented_events(root: Path) -> None:
    """A plain message would be a line without keys; and what it says would not be looked at by anybody."""
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((root / "bindings" / "rpc").rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\blog\.(debug|info|warning|error|critical|exception)\(", line)
    ]
    assert found == []


def test_the_page_has_every_key_and_every_event(root: Path) -> None:
    page = (root / "docs" / "logs.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", page, re.MULTILINE)
    assert rows == [*FIELDS.items(), *EVENTS.items()]


def test_the_lines_that_the_page_shows_are_those_of_one_call(root: Path) -> None:
    page = (root / "docs" / "logs.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```json\n(.*)\n```", page)
    facts = json.loads(shown)
    one = record(**{key: value for key, value in facts.items() if key not in ("time", "level", "logger", "event")})
    one.created = 1_800_000_000.25
    assert json_formatter().format(one) == shown
    assert f"```text\n{TextFormatter(80).format(one)}\n```" in page


# ---------------------------------------------------------------------- floods


class Clock:
    """Time that stands still."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_flood_of_refusals_is_a_few_lines_and_a_count() -> None:
    clock = Clock()
    limiter = Limiter(clock)
    assert [limiter.lets(refused()) for _ in range(1_000)] == [True] * BURST + [False] * (1_000 - BURST)
    assert limiter.lets(refused("QUEUE_CLOSED"))  # of another kind
    clock.now_s += 1.0
    late = refused()
    assert limiter.lets(late)
    assert in_json(late)["left_out"] == 1_000 - BURST
    assert "left_out=990" in TextFormatter().format(late)
    assert not limiter.lets(refused())
    assert limiter.summaries() == []
    clock.now_s += SUMMARY_S
    [summary] = limiter.summaries()
    assert summary.name == "left_out"
    assert summary == {"of": "refused", "method": METHOD, "reason": "UNKNOWN_QUEUE", "left_out": 1}
    assert limiter.summaries(all_of_them=True) == []


def test_lines_about_the_server_itself_and_for_debugging_are_all_written() -> None:
    limiter = Limiter(Clock())
    for _ in range(5 * BURST):
        assert limiter.lets(record("queue_closed", queue="q"))
        assert limiter.lets(record("commit_failed", logging.CRITICAL))
        assert limiter.lets(record("answered", logging.DEBUG, method=METHOD))


def test_what_other_libraries_repeat_is_limited_by_what_they_say() -> None:
    limiter = Limiter(Clock())
    said = [limiter.lets(logging.LogRecord("grpc", 40, "", 0, "lost %s", (at,), None)) for at in range(50)]
    assert said == [True] * BURST + [False] * (50 - BURST)
    assert limiter.lets(logging.LogRecord("grpc", 40, "", 0, "other", (), None))
    [summary] = limiter.summaries(all_of_them=True)
    assert summary == {"of": "message", "left_out": 50 - BURST}


def test_the_kinds_that_are_told_apart_are_bounded() -> None:
    limiter = Limiter(Clock())
    for number in range(3 * MOST_KINDS):
        limiter.lets(logging.LogRecord("grpc", 40, "", 0, f"lost {number}", (), None))
    assert len(limiter._buckets) <= MOST_KINDS


# ---------------------------------------------------------------------- output


class Pipe(io.StringIO):
    """A stream whose reader is asleep until it is woken."""

    def __init__(self) -> None:
        super().__init__()
        self.awake = threading.Event()
        self.asked = threading.Event()

    def write(self, text: str) -> int:
        self.asked.set()
        assert self.awake.wait(60)
        return super().write(text)


def test_a_reader_who_sleeps_stops_nobody_and_is_told_what_was_lost() -> None:
    pipe = Pipe()
    output = Output(pipe, json_formatter(), queue_limit=3)
    output.handle(record("serving"))
    assert pipe.asked.wait(60)  # its writing has begun, and does not end
    for _ in range(10):
        output.handle(record("queue_closed", queue="q"))
    assert output.counts.lost == 7
    pipe.awake.set()
    output.close()
    told = [json.loads(line) for line in pipe.getvalue().splitlines()]
    assert [one["event"] for one in told] == ["serving", *["queue_closed"] * 3, "lines_lost"]
    assert told[-1]["left_out"] == 7


def test_a_stream_that_is_gone_stops_nobody() -> None:
    stream = io.StringIO()
    stream.close()
    output = Output(stream, json_formatter())
    output.handle(record("serving"))
    output.close()
    assert output.counts == (0, 1)
    output.handle(record("serving"))  # after the end: nothing
    assert output.counts == (0, 1)


@pytest.mark.parametrize("style", logs.FORMATS)
def test_an_ending_log_says_what_was_left_out(style: str) -> None:
    stream = io.StringIO()
    log = logging.getLogger("acdcore.test")
    with writing(style, "info", stream):
        for _ in range(BURST + 5):
            event(log, logging.INFO, "refused", method=METHOD, reason="QUEUE_FULL", center="c")
    lines = stream.getvalue().splitlines()
    assert len(lines) == BURST + 1
    if style == "json":
        last = json.loads(lines[-1])
        assert {key: last[key] for key in ("event", "of", "left_out", "center", "reason")} == {
            "event": "left_out",
            "of": "refused",
            "left_out": 5,
            "center": "c",
            "reason": "QUEUE_FULL",
        }


@pytest.mark.parametrize(("level", "ours"), [("debug", 5), ("info", 4), ("warning", 3), ("error", 2), ("critical", 1)])
def test_the_level_is_for_us_and_others_are_heard_from_warnings_on(level: str, ours: int) -> None:
    stream = io.StringIO()
    before = logging.getLogger().level, logging.getLogger("acdcore").level, list(logging.getLogger().handlers)
    with writing("json", level, stream):
        for number in (10, 20, 30, 40, 50):
            event(logging.getLogger("acdcore.test"), number, "refused")
            logging.getLogger("other").log(number, "x")
    names = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert names.count("refused") == ours
    assert names.count("message") == min(ours, 3)
    assert before == (logging.getLogger().level, logging.getLogger("acdcore").level, logging.getLogger().handlers)


def test_a_record_that_cannot_be_written_stops_nothing() -> None:
    class Unsayable:
        def __str__(self) -> str:
            raise RuntimeError

    stream = io.StringIO()
    output = Output(stream, json_formatter())
    output.handle(record(queue=Unsayable()))
    output.handle(record(queue="q"))
    output.close()
    assert output.counts == (1, 1)


def test_levels_are_pythons_own() -> None:
    assert [logging.getLevelNamesMapping()[name.upper()] for name in LEVELS] == [10, 20, 30, 40, 50]
    makers: list[Callable[..., Any]] = [json_formatter, lambda: TextFormatter(80)]
    for make in makers:
        assert [facts_of(record("failed", level))["level"] for level in (10, 50)] == ["debug", "critical"]
        assert make().format(record("failed", 35))  # a level in between is none of ours


def test_without_the_extra_the_events_are_still_there() -> None:
    """An embedding program has its own log; only who writes JSON needs the library for it."""
    assert "pythonjsonlogger" not in Path(logs.__file__).read_text(encoding="utf-8").partition("def json_formatter")[0]
    assert sys.modules["acdcore.logs"] is logs
