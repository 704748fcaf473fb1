"""The open loop: what it plans, that it balances against a real server, and what it finds when something does not."""

from __future__ import annotations

import dataclasses
import json
import re
from array import array
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from acdcore.bench.command_line import program
from acdcore.bench.open_loop import run as open_loop_run
from acdcore.bench.open_loop.driver import LEGS, Step, StepTold
from acdcore.bench.open_loop.measure import OpenLoop, OpenLoopPlan, digest, step_result
from acdcore.bench.open_loop.report import as_json, short_ms, text_of
from acdcore.cli.app import app
from acdcore.model import QueueFigures

pytestmark = pytest.mark.plain

runner = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
open_loop = program(open_loop_run.main)


def test_a_real_server_serves_everybody_once(tmp_path: Path) -> None:
    page = tmp_path / "latency.md"
    page.write_text("<!-- output of: acdcore bench --open-loop -->\n```text\nold\n```\n")
    done = runner.invoke(
        open_loop,
        ["--rates", "40,80", "--seconds", "0.5", "--least", "30", "--agents", "12", "--drivers", "2",
         "--json", str(tmp_path / "a.json"), "--plot", str(tmp_path / "a.svg"), "--page", str(page)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 80
    told = json.loads((tmp_path / "a.json").read_text())
    assert told["problems"] == []
    first = told["steps"][0]
    assert first["customers"] == 30 and len(first["driver_cpu"]) == 2
    assert first["outcome"] == digest([f"step-1-{n}" for n in range(30)])
    for leg in LEGS:
        values = [first["legs_ms"][leg][name] for name in ("p50", "p90", "p99", "p99.9", "max")]
        assert values == sorted(values) and values[0] >= 0
    assert "were served once" in done.stdout and done.stdout in page.read_text()
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")
    assert (tmp_path / "latency.svg").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--rates", "fast"], "rates: fast; allowed: numbers with commas"),
        (["--rates", "50,40"], "rates: 50, 40; allowed: rising ones"),
        (["--seconds", "0"], "seconds: 0; allowed: 0.1 to 3600"),
        (["--agents", "1", "--drivers", "2"], "agents: 1; allowed: at least one for each of 2 drivers"),
    ],
)
def test_what_cannot_be_is_refused(options: list[str], said: str) -> None:
    done = runner.invoke(open_loop, options)
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--rounds", "3"], "'--rounds': it has no meaning with --open-loop"),
        (["--full-law"], "'--full-law': it has no meaning with --open-loop"),
        (["--agents", "5,6"], "allowed: one"),
        (["--agents", "100000"], "allowed: 1 to 10000"),
    ],
)
def test_acdcore_bench_refuses_what_does_not_belong(options: list[str], said: str) -> None:
    done = runner.invoke(app, ["bench", "--open-loop", *options])
    assert done.exit_code == 2
    assert said in " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.output).split())


# ---------------------------------------------------------------------- the plan


def test_the_same_seed_gives_the_same_schedule() -> None:
    step = Step(1, 100.0, 2_000, 7, 0.1)
    assert step.schedule() == step.schedule()
    assert step.schedule() != dataclasses.replace(step, seed=8).schedule()
    times, talks = zip(*step.schedule(), strict=True)
    assert list(times) == sorted(times)
    assert 0.9 < times[-1] / 1e9 / 20.0 < 1.1
    assert 0.09 < sum(talks) / len(talks) / 1e9 < 0.11


def test_each_rate_has_enough_customers() -> None:
    plan = OpenLoopPlan(rates=(50.0, 1000.0), seconds=20.0, least=4000)
    assert [plan.step(number).count for number in (1, 2)] == [4000, 20_000]
    assert plan.step(0).count < 1000


# ---------------------------------------------------------------------- the books

STEP = Step(1, 10.0, 4, 1, 0.1)
BEGIN_NS = 5_000_000_000
BEFORE = QueueFigures(
    queue="calls", tier="standard", target_ns=1, enqueued=10, answered=10, answered_in_target=10, abandoned=0,
    abandoned_in_target=0, completed=10, returned=0, offers_made=10, offers_accepted=10, offers_declined=0,
    offers_expired=0, offers_revoked=0, wait_ns=1, handle_ns=1, wrap_up_ns=0, waiting=0, offered=0, active=0,
    longest_wait_ns=0, wait_edges_ns=(), wait_bins=(),
)  # fmt: skip
AFTER = dataclasses.replace(BEFORE, enqueued=14, answered=14, completed=14, offers_made=14, offers_accepted=14)


def told() -> list[StepTold]:
    """Return what two processes saw of four customers who were served well."""
    found = []
    for names in (["step-1-0", "step-1-2"], ["step-1-1", "step-1-3"]):
        one = StepTold(enqueued=2, accepted=2, completed=names, cpu_s=0.1)
        one.last_ns = BEGIN_NS + STEP.schedule()[-1][0] + 2_000_000
        for leg in LEGS:
            one.times[leg] = array("q", [3_000_000, 1_000_000])
        found.append(one)
    return found


def test_books_that_balance_have_no_problems() -> None:
    result = step_result(STEP, told(), BEFORE, AFTER, BEGIN_NS, 0.5)
    assert result.problems == []
    assert result.keeps_up and result.done < result.planned
    assert result.outcome == digest([STEP.name(n) for n in range(4)])
    assert [result.quantile_ms("offer", share) for share in (0.25, 0.5, 0.51, 1.0)] == [1.0, 1.0, 3.0, 3.0]
    assert result.times["late"].tolist() == sorted(result.times["late"].tolist())
    shown = text_of(OpenLoop(OpenLoopPlan(), [result]))
    assert "All 4 interactions were served once" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_who_does_not_keep_up_is_named() -> None:
    late = told()
    late[1].last_ns += 10_000_000_000
    result = step_result(STEP, late, BEFORE, AFTER, BEGIN_NS, 0.5)
    assert not result.keeps_up
    assert "The server does not keep up" in text_of(OpenLoop(OpenLoopPlan(), [result]))


@pytest.mark.parametrize(
    ("spoil", "change", "said"),
    [
        (lambda one: one.completed.pop(), {}, "1 of 4 were not served to the end"),
        (lambda one: one.completed.append("step-1-0"), {}, "not served to the end, once"),
        (lambda _: None, {"enqueued": 15}, "enqueued: 4 counted here, 5 by the server"),
        (lambda one: one.times["offer"].append(1), {}, "offers heard: 5 counted here, 4 by the server"),
        (lambda _: None, {"waiting": 1}, "left: 0 counted here, 1 by the server"),
        (lambda one: one.surprises.update(["accept: INTERNAL"]), {}, "accept: INTERNAL (1)"),
    ],
)
def test_books_that_do_not_balance_are_found(spoil, change: dict[str, int], said: str) -> None:  # type: ignore[no-untyped-def]
    seen = told()
    spoil(seen[0])
    after = AFTER
    for name, value in change.items():
        after = dataclasses.replace(after, **{name: value})  # type: ignore[arg-type]  # whole numbers all
    result = step_result(STEP, seen, BEFORE, after, BEGIN_NS, 0.5)
    assert any(said in problem for problem in result.problems)
    assert "FAILED" in text_of(OpenLoop(OpenLoopPlan(), [result]))


def test_json_has_the_percentile_curves() -> None:
    result = step_result(STEP, told(), BEFORE, AFTER, BEGIN_NS, 0.5)
    [step] = as_json(OpenLoop(OpenLoopPlan(), [result]))["steps"]
    curve = step["legs_ms"]["enqueue"]["curve"]
    assert curve[0] == [0.0, 1.0] and curve[-1] == [1.0, 3.0]
    assert [share for share, _ in curve] == sorted(share for share, _ in curve)


@pytest.mark.parametrize(("value", "shown"), [(0.8234, "0.823"), (4.312, "4.31"), (35.84, "35.8"), (1204.4, "1,204")])
def test_three_digits_are_shown(value: float, shown: str) -> None:
    assert short_ms(value) == shown
    assert short_ms(np.nan) == "-"


def test_the_page_shows_what_the_command_prints(root: Path) -> None:
    page = (root / "docs" / "latency.md").read_text(encoding="utf-8")
    [shown] = re.findall(rf"<!-- output of: {open_loop_run.BLOCK} -->\n```text\n(.*?)```\n", page, re.DOTALL)
    assert "were served once" in shown and "FAILED" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "](latency.svg)" in page and (root / "docs" / "latency.svg").exists()
