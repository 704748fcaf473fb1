"""The command line as people meet it: help, exit codes, and ids that cannot forge what is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import acdcore
from acdcore.bench.demo import command as bench_demo
from acdcore.cli.app import sample_center
from acdcore.cli.effective import MOST_ROWS
from acdcore.cli.output import Exit, plain
from acdcore.config import ConfigError, load_center
from acdcore.config import Queue as QueueModel
from cli_ran import VALID, ran

pytestmark = pytest.mark.plain

QUEUE_KEYS = [field.alias or name for name, field in QueueModel.model_fields.items()]


@pytest.fixture
def valid(tmp_path: Path) -> Path:
    path = tmp_path / "center.yaml"
    path.write_text(VALID, encoding="utf-8")
    return path


# ---------------------------------------------------------------------- help and usage


def test_help_says_what_there_is_and_what_exit_codes_mean() -> None:
    result = ran("--help")
    assert result.exit_code == Exit.OK
    for command in ("serve", "demo", "check", "status", "top"):
        assert re.search(rf"│ {command} +\w", result.output), command
    words = " ".join(result.output.split())
    assert "0 all is well" in words
    assert "1 the input or a center's file is invalid" in words
    assert "2 wrong usage" in words
    assert "3 no server reached" in words
    assert "4 it failed" in words
    assert "130 interrupted" in words


@pytest.mark.parametrize("command", ["serve", "demo", "check", "status", "top"])
def test_help_of_every_command_fits_80_columns(command: str) -> None:
    result = ran(command, "--help")
    assert result.exit_code == Exit.OK
    assert f"Usage: acdcore {command}" in result.output
    assert max(map(len, result.output.splitlines())) <= 80


@pytest.mark.parametrize("command", [(), ("serve",), ("demo",), ("check",), ("status",), ("top",)])
def test_flags_look_as_if_they_took_no_value(command: tuple[str, ...]) -> None:
    shown = ran(*command, "--help").output
    assert re.search(r"--help +-h +Show this message and exit\.", shown)
    flags = re.findall(r"(--(?:version|no-metrics|log-ids|strict|json|once))(?: +-\w)? +(\S+)", shown)
    assert {flag: word.istitle() for flag, word in flags} == dict.fromkeys((flag for flag, _ in flags), True)
    assert "<bool>" not in shown


def test_defaults_in_words_are_bracketed_once() -> None:
    shown = " ".join(ran("demo", "--help").output.replace("│", " ").split())
    assert "How much faster than real time. [default: 1500, with --trace 600] --seed" in shown
    assert shown.count("[default: ") == 6
    assert "(" not in shown.partition("--speed")[2]


def test_version() -> None:
    result = ran("--version")
    assert (result.exit_code, result.output) == (Exit.OK, f"acdcore {acdcore.__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("chek",),
        ("check",),
        ("check", "none.yaml"),
        ("serve", "--port", "70000"),
        ("serve", "--speed", "nan"),
        ("serve", "--speed", "0"),
        ("status", "--timeout", "-1"),
        ("status", "--timeout", "nan"),
        ("demo", "--trace", "none.csv"),
        ("demo", "--until", "25:00"),
        ("demo", "--until", "noon"),
        ("demo", "--days", "0"),
        ("demo", "--days", "2"),
        ("demo", "--speed", "nan"),
    ],
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    assert ran(*arguments).exit_code == Exit.USAGE


@pytest.mark.parametrize(
    ("arguments", "option", "said"),
    [
        (("serve", "--port", "99999"), "--port", "99999; allowed: whole numbers from 0 to 65535"),
        (("serve", "--port", "x\x1b"), "--port", "x\\x1b; allowed: whole numbers from 0 to 65535"),
        (("serve", "--metrics-port", "-1"), "--metrics-port", "-1; allowed: whole numbers from 0 to 65535"),
        (("serve", "--speed", "0"), "--speed", "0; allowed: numbers from 0.001 to 100000"),
        (("status", "--timeout", "inf"), "--timeout", "inf; allowed: numbers from 0.1 to 600"),
        (("status", "--address", "nohost"), "--address", "nohost has no port; allowed: HOST:PORT, such as 127.0.0."),
        (("status", "--address", ":50051"), "--address", ":50051 has no host; allowed: HOST:PORT"),
        (("status", "--address", "[::1]"), "--address", "[::1] has no port; allowed: HOST:PORT"),
        (("status", "--address", "::1:50051"), "--address", "::1:50051; allowed: HOST:PORT, such as 127.0.0."),
        (("status", "--address", "h:70000"), "--address", "h:70000 has no such port; allowed: HOST:PORT"),
        (("serve", "--log-format", "xml"), "--log-format", "xml; allowed: text, json"),
        (("serve", "--log-level", "INFO"), "--log-level", "INFO; allowed: debug, info, warning, error, critical"),
        (("top", "--every", "0"), "--every", "0; allowed: numbers from 0.1 to 600"),
        (("top", "--timeout", "nan"), "--timeout", "nan; allowed: numbers from 0.1 to 600"),
        (("top", "--address", "nohost"), "--address", "nohost has no port; allowed: HOST:PORT"),
        (("demo", "--until", "25:99"), "--until", "25:99; allowed: a time of day, HH:MM, up to 24:00"),
        (("demo", "--until", "07:00"), "--until", "07:00; allowed: after 07:00, when the sample bank opens, up to"),
        (("demo", "--until", "09:00", "--trace", __file__), "--until", "09:00; allowed: only without --trace"),
        (("demo", "--speed", "0"), "--speed", "0; allowed: numbers from 0.1 to 10000"),
        (("demo", "--speed", "nan"), "--speed", "nan; allowed: numbers from 0.1 to 10000"),
        (("demo", "--seed", "-1"), "--seed", "-1; allowed: whole numbers from 0"),
        (("demo", "--days", "0"), "--days", "0; allowed: whole numbers from 1"),
        (("demo", "--jobs", "1.5"), "--jobs", "1.5; allowed: whole numbers from 1"),
        (("demo", "--days", "2"), "--days", "2; allowed: only with --trace"),
        (("demo", "--day", "1999-02-30"), "--day", "1999-02-30; allowed: a date, YYYY-MM-DD, or YYMMDD of the 1900s"),
        (("demo", "--day", "990501", "--days", "1", "--trace", __file__), "--day", "990501; allowed: only without"),
    ],
)
def test_a_refused_value_is_shown_with_its_option_and_what_is_allowed(
    arguments: tuple[str, ...], option: str, said: str
) -> None:
    result = ran(*arguments)
    assert result.exit_code == Exit.USAGE
    whole = " ".join(result.output.replace("│", " ").split())
    assert f"Invalid value for '{option}': {said}" in whole


def test_an_interrupted_demo_exits_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(bench_demo, "run_demo", interrupted)
    assert ran("demo", "--until", "07:30").exit_code == 130


# ---------------------------------------------------------------------- check


def test_check_of_a_valid_file_says_so_and_shows_warnings(valid: Path) -> None:
    result = ran("check", valid)
    assert result.exit_code == Exit.OK
    assert "is valid: center [red]it's {mine}\"[/red]\n2 skills, 1 tier, 1 queue, 1 agent, 1 warning" in result.output
    assert re.search(r"1 warning\n\nWarnings \(1\)\nline  where and what *\n.*\n.*\n\nlease ", result.output)
    words = " ".join(result.output.split())
    assert "2 skills: [blink]spare no agent has this skill, and no queue asks for it: remove it" in words
    assert ran("check", "--strict", valid).exit_code == Exit.INVALID


def test_check_of_the_sample_bank_finds_nothing() -> None:
    result = ran("check", "--strict", sample_center())
    assert result.exit_code == Exit.OK
    assert "0 warnings" in result.output


def test_check_prints_the_effective_values_in_80_columns(tmp_path: Path) -> None:
    path = tmp_path / "center.yaml"
    path.write_text(
        "center: c\nsettings: {lease: 60s}\ntiers: {vip: {head_start: 90s, rank: 9}, plain: {target_factor: 2.5}}\n"
        "queues:\n  sales: {plan: [{}], target: 1m30s, priority: -5, wrap_up: 45s, max_waiting: 1234}\n"
        f"  {'long ' * 20}end: {{plan: [{{}}], target: 399d23h59m59s999ms, cool_down: 399d23h59m59s999ms}}\n"
        "agents: {anna: {}}\n",
        encoding="utf-8",
    )
    result = ran("check", path)
    lines = [line.split() for line in result.output.splitlines()]
    assert result.exit_code == Exit.OK
    assert max(map(len, result.output.splitlines()[1:])) <= 80
    assert ["lease", "1m,", "then", "1m", "of", "grace"] in lines
    assert ["occupancy", "half-life", "30m"] in lines
    assert ["vip", "9", "1m30s", "1"] in lines
    assert ["plain", "0", "0s", "2.5", "default:", "of", "customers", "without", "a", "tier"] in lines
    assert ["order", "due:", "whose", "promise", "ends", "first"] in lines
    assert ["voice", "100", "1", "nothing"] in lines
    assert ["sales", "voice", "1m30s", "-5"] in [line[:4] for line in lines]
    assert ["sales", "0s", "anybody", "1:", "anna"] in lines
    assert "".join(result.output.split()).count("399d23h59") == 2
    whole = " ".join(result.output.split())
    assert "3 tiers.plain.target_factor everybody without a tier gets this: the tier is the default" in whole
    assert ran("check", "--strict", path).exit_code == Exit.INVALID


def table_of(output: str, heading: str) -> list[str]:
    """Return the rows of a table by the beginning of its heading, several spaces as two."""
    blocks = [block.splitlines() for block in output.split("\n\n")]
    [rows] = [block for block in blocks if block[0].startswith(heading)]
    return [re.sub(" {2,}", "  ", row.strip()) for row in rows[1:]]


def plans_of(output: str) -> list[tuple[str, str, str]]:
    """Return the steps in the table of plans: (queue and after, who may serve, agents), folded cells unfolded."""
    blocks = [block.splitlines() for block in output.split("\n\n")]
    [(head, *rows)] = [block for block in blocks if re.match("queue +after", block[0])]
    words, agents = head.index("who may serve"), head.index("agents who could")
    steps: list[tuple[str, str, str]] = []
    for row in rows:
        cells = [" ".join(cell.split()) for cell in (row[:words], row[words:agents], row[agents:])]
        if not cells[0]:
            cells = [f"{above} {more}".strip() for above, more in zip(steps.pop(), cells, strict=True)]
        steps.append((cells[0], cells[1], cells[2]))
    return steps


def test_check_tells_the_whole_example(tmp_path: Path, root: Path) -> None:
    """What the file of docs/center.md comes to: each part of it in words."""
    text = (root / "docs" / "center.md").read_text(encoding="utf-8")
    path = tmp_path / "center.yaml"
    path.write_text(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[-1], encoding="utf-8")
    output = ran("check", path).output
    assert max(map(len, output.splitlines()[1:])) <= 80
    assert table_of(output, "channel") == ["voice  100  1  email", "chat  30  3  nothing", "email  20  1  nothing"]
    assert " ".join(table_of(output, "calendar")) == (
        "office  Europe/Berlin  mon-fri 08:00-18:00; sat 09:00-13:00; 2026-12-24 09:00-12:00; "
        "closed 2026-12-25, 2026-12-26"
    )
    assert table_of(output, "queue    channel")[-2:] == [
        "mail  email  1d  -10  least_occupied  0s  1d",
        "wrap-up and handling: at most",
    ]
    assert plans_of(output) == [
        ("sales 0s", "sales 5, one of (english 3 or french 3), not trainee; rather english 8", "1: anna"),
        ("30s", "sales 3", "31: anna, desk-1, desk-2, ..."),
        ("1m", "priority 10", ""),
        (
            "2m",
            (
                "one of (sales 3 or support 1); while waiting >= 5 (once open >= 2) or longest wait >= 45s or "
                "agents <= 0, and in support waiting <= 3 and longest wait <= 10s (once open <= 20s) and free >= 3 "
                "(once open >= 2)"
            ),
            "32: anna, ben, desk-1, ...",
        ),
        ("5m", "moves to support", ""),
        ("support 0s", "support 1", "31: ben, desk-1, desk-2, ..."),
        ("chat 0s", "support 1", "31: ben, desk-1, desk-2, ..."),
        ("mail 0s", "support 1", "31: ben, desk-1, desk-2, ..."),
        ("20h", "priority 0", ""),
    ]
    settings = table_of(output, "setting ")
    assert settings[:2] == ["max_skills  100  1,000", "max_reasons  20  100"]
    assert "max_steps  8  10" in settings
    assert not any(row.startswith(("max_cool_downs", "lease", "order")) for row in settings)
    assert table_of(output, "queue    rings")[:2] == [
        "sales  15s at 2  not ready  30s  4 misses  held 2m, tried again",
        "support  20s  not ready  30s  5 misses  held 5m, tried again",
    ]
    assert table_of(output, "queue    hours")[:2] == [
        "sales  office  refused  waits  200: moves to support  20m: ends",
        "support  always  refused  waits  1,000,000: refused  none",
    ]
    assert table_of(output, "queue  besides") == [
        "sales  vip: target x 0.25, head start 2m",
        "kept for the customer's last agent for 30s",
        "1 agent kept free for rank 10 until 30s past due",
    ]


def test_check_tells_the_rarer_choices(tmp_path: Path) -> None:
    path = tmp_path / "center.yaml"
    long = "a skill with a name that goes on and on and on and on and on and on and on and on and on and so forth"
    path.write_text(
        f"center: c\nsettings: {{order: proportional}}\nskills: [sales, {long}]\n"
        "channels: {chat: {exclusive_wrap_up: true}}\ntiers: {a: {}, b: {}}\n"
        "calendars: {nights: {time_zone: UTC, hours: {mon: [], sat: [22:00-06:00]}}, never: {time_zone: UTC}}\n"
        "queues:\n"
        "  q: {plan: [{}], calendar: nights, at_closing: turn_away, on_closed: wait, on_held: {move_to: r}}\n"
        "  r: {plan: [{excludes: {sales: 4}, skip_when_hopeless: false}, {when: {waiting: 3}, priority: 5}, {}],\n"
        "      tiers: {a: {target_factor: 0.5}, b: {}}, on_expiry: keep, max_offers: 1, on_held: end}\n"
        f"  auto: {{plan: [{{requires: {{{long}: 5}}}}], auto_accept: true, affinity: false, claims: false,\n"
        "      max_wait: 1h30m, on_max_wait: {move_to: q}, on_unstaffed: reject}\n"
        "agents: {anna: {}}\n",
        encoding="utf-8",
    )
    output = ran("check", path).output
    assert max(map(len, output.splitlines()[1:])) <= 80
    assert "order                proportional: whose promise is used up most\n" in output
    assert table_of(output, "channel")[1] == "chat  100  1  nothing  nothing else during wrap-up"
    assert table_of(output, "calendar") == ["nights  UTC  mon closed; sat 22:00-06:00", "never  UTC  never"]
    assert plans_of(output) == [
        ("q 0s", "anybody", "1: anna"),
        ("r 0s", "not sales 4; not skipped", "1: anna"),
        ("0s", "priority 5; while waiting >= 3", ""),
        ("0s", "nothing", ""),
        ("auto 0s", f"{long} 5", "nobody"),
    ]
    assert "\nsetting " not in output
    assert table_of(output, "queue  rings") == [
        "q  20s  not ready  30s  5 misses  moves to r",
        "r  20s  stays available  30s  1 miss  ends",
        "auto  accepted at once  not ready  30s  5 misses  held 5m, tried",
        "again",
    ]
    overflow = " ".join(" ".join(table_of(output, "queue  hours")).split())
    assert overflow.startswith("q nights, turns waits waits 1,000,000: none away refused r always refused waits")
    assert "auto always refused refused 1,000,000: 1h30m: moves to q refused" in overflow
    assert table_of(output, "queue  besides") == ["r  a: target x 0.5", "auto  no affinity", "no claims"]


def test_check_of_very_many_queues_says_how_many_more(tmp_path: Path) -> None:
    path = tmp_path / "center.yaml"
    queues = "".join(f"  q{number}: {{plan: [{{}}]}}\n" for number in range(MOST_ROWS + 7))
    path.write_text(f"center: c\nagents: {{anna: {{}}}}\nqueues:\n{queues}", encoding="utf-8")
    result = ran("check", path)
    assert f"\nq{MOST_ROWS - 1} " in result.output
    assert f"\nq{MOST_ROWS} " not in result.output
    assert result.output.count("\nand 7 more\n") == 4


def test_check_prints_every_problem_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(
        "center: c\nskills: [s, s]\nqueues:\n  q: {plan: [{requires: {t: 1}}], target: soon}\n", encoding="utf-8"
    )
    result = ran("check", path)
    assert result.exit_code == Exit.INVALID
    assert "is invalid: 3 problems" in result.output
    rows = [line.split() for line in result.output.splitlines()]
    assert ["2", "skills[1]"] in [row[:2] for row in rows]
    assert ["4", "queues.q.target"] in [row[:2] for row in rows]
    assert "(got soon)" in " ".join(result.output.split())


def test_a_long_list_of_problems_says_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(
        "center: c\nsetings: {}\nsettings: {lease: 60}\nqueues:\n"
        "  q: {plan: [{}, {after: 30}], taget: 20s, target: soon, colour: red, wrap_up: 500d}\n"
        "  r: {plan: [{}],\n   color: red}\n",
        encoding="utf-8",
    )
    result = ran("check", path)
    assert max(map(len, result.output.splitlines()[1:])) <= 80
    said = [" ".join(line.split()) for line in re.split(r"^ +(?=\d+  )", result.output, flags=re.MULTILINE)[1:]]
    assert said == [
        "2 setings is not a known field (did you mean settings?)",
        (
            "3 settings.lease needs a unit; allowed: 0s, or 1ms to 400d, as a number and a unit"
            " (ns, us, ms, s, m, h, d), such as 20s, 1m30s or 0.5h (got 60)"
        ),
        "5 queues.q.target is no duration; allowed: 0s to 400d (got soon)",
        "5 queues.q.plan[1].after needs a unit; allowed: 0s to 400d (got 30)",
        "5 queues.q.wrap_up is out of range; allowed: 0s, or 1ms to 400d (got 500d)",
        "5 queues.q.taget is not a known field (did you mean target?)",
        f"5 queues.q.colour is not a known field; allowed: {', '.join(QUEUE_KEYS)}",
        "7 queues.r.color is not a known field; allowed: as for line 5",
    ]
    with pytest.raises(ConfigError, match="as a number and a unit") as raised:
        load_center(path)
    assert str(raised.value).count("as a number and a unit") == 1
    assert [problem.message.count("as a number") for problem in raised.value.problems] == [0, 1, 1, 1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("quoted", "shown"),
    [
        (r'"\e[31mred\e[0m"', r"\x1b[31mred\x1b[0m"),
        (r'"two\nlines"', r"two\nlines"),
        (r'"\u202egnorw"', r"\u202egnorw"),
        (r'"[red]{x}\t"', r"[red]{x}\t"),
        (r'"[link=http://x]\0"', r"[link=http://x]\x00"),
    ],
)
def test_what_could_forge_the_output_is_escaped(tmp_path: Path, quoted: str, shown: str) -> None:
    path = tmp_path / "nasty.yaml"
    path.write_text(f"center: {quoted}\n", encoding="utf-8")
    result = ran("check", path)
    assert result.exit_code == Exit.INVALID
    assert shown in " ".join(result.output.split())
    assert all(letter.isprintable() for letter in result.output.replace("\n", ""))


def test_plain_text_is_never_markup() -> None:
    assert plain("[red]x[/red]").plain == "[red]x[/red]"
    assert plain("[red]x[/red]").spans == []
    assert plain("\x1b]8;;http://x\x07").plain == r"\x1b]8;;http://x\x07"


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"center: caf\xe9\n")
    result = ran("check", path)
    assert result.exit_code == Exit.INVALID
    assert "is not UTF-8" in result.output


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("# A heading\n\n**The core.** Words\n", 3, "is not valid YAML: refers to an anchor that is not defined"),
        ("center: [\n", 2, "is not valid YAML: while parsing"),
        ("Only words\n", 1, "must be a mapping of fields"),
    ],
)
def test_what_is_no_center_at_all_is_said_first(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "README.md"
    path.write_text(text, encoding="utf-8")
    result = ran("check", path)
    assert result.exit_code == Exit.INVALID
    whole = " ".join(result.output.split())
    assert f"README.md is not a center's YAML line where and what {line} {said}" in whole
