"""A soak of some seconds through a running server, and what its verdict finds when something does not hold."""

from __future__ import annotations

import dataclasses
import math
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from acdcore.bench.command_line import program
from acdcore.bench.page_block import put_block
from acdcore.bench.process_use import process_use
from acdcore.bench.soak import __main__ as soak
from acdcore.bench.soak import verdict
from acdcore.bench.soak.books import Books, unexpected
from acdcore.bench.soak.plan import SHIFTS, SoakPlan, arrivals, center_text, changes, names_of, plan_hash
from acdcore.bench.soak.report import read_json, text_of, write_json
from acdcore.bench.soak.run import SoakResult
from acdcore.bench.soak.watch import COLUMNS, Sample, read_page, wrong_rows
from acdcore.config import lint, parse_center
from acdcore.embedded import Router
from acdcore.model import CenterFigures, Latency, QueueFigures

pytestmark = pytest.mark.plain

SOAK = (sys.executable, "-m", "acdcore.bench.soak")
SMALL = ("--rate", "20", "--cycle", "2", "--every", "0.5")
app = program(soak.main)
runner = CliRunner()


@contextmanager
def running(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Yield a small soak that has looked for the first time."""
    command = [*SOAK, *SMALL, "--out", str(folder), "--minutes", "5"]
    one = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert one.stderr is not None
        assert "adds up" in one.stderr.readline()
        yield one
    finally:
        one.kill()
        one.wait()


def test_a_soak_of_some_seconds_adds_up_and_is_shown(tmp_path: Path) -> None:
    with running(tmp_path) as one:
        samples = tmp_path / "samples.csv"
        while len(samples.read_text().splitlines()) < 8 and one.poll() is None:
            time.sleep(0.05)
        os.kill(one.pid, signal.SIGINT)
        out, err = one.communicate(timeout=200)
    assert one.returncode == 0, out + err
    assert "stopping: whoever is there is served" in err
    assert "stopped early" in out and "not judged" in out and "BROKEN" not in out
    assert max(map(len, out.splitlines())) <= 80
    result = read_json(tmp_path / "soak.json")
    assert result.holds and result.stopped
    assert result.books.changes["shift"] > 0 and result.books.changes["cut"] > 0
    assert 20 < result.books.arrived <= sum(arrival.at_s < result.seconds for arrival in arrivals(result.plan))
    assert len(samples.read_text().splitlines()) == len(result.samples) + 1 > 8
    assert (tmp_path / "soak.svg").read_text().startswith("<?xml")
    assert text_of(result) == out
    page = tmp_path / "soak.md"
    page.write_text("# A page\n\n<!-- output of: make soak HOURS=1 -->\n```text\nyesterday\n```\n")
    assert runner.invoke(app, ["--from", str(tmp_path / "soak.json"), "--page", str(page)]).exit_code == 0
    assert out in page.read_text() and "yesterday" not in page.read_text()


def test_a_server_that_dies_is_found(tmp_path: Path) -> None:
    with running(tmp_path) as one:
        [server] = Path(f"/proc/{one.pid}/task/{one.pid}/children").read_text().split()
        os.kill(int(server), signal.SIGKILL)
        out, err = one.communicate(timeout=200)
    assert one.returncode == 1, out + err
    assert re.search(r"the server answers at the end +BROKEN", out)
    assert "it ended by itself" in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--minutes", "0"), "'--minutes': 0; allowed: numbers from 0.05 to 43200"),
        (("--hours", "0"), "'--hours': 0; allowed: numbers from 0.001 to 720"),
        (("--rate", "0.5"), "'--rate': 0.5; allowed: numbers from 1 to 2000"),
        (("--from", __file__), "not a soak's result"),
    ],
)
def test_what_cannot_be_is_refused(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = runner.invoke(app, ["--out", str(tmp_path), *options])
    assert done.exit_code == 2
    assert said in done.stderr


# ---------------------------------------------------------------------- the plan


def test_the_same_seed_plans_the_same_soak() -> None:
    plan = SoakPlan(30.0, rate=20.0, cycle_s=5.0)
    assert plan_hash(plan) == plan_hash(SoakPlan(30.0, rate=20.0, cycle_s=5.0))
    assert plan_hash(plan) != plan_hash(dataclasses.replace(plan, seed=2))
    came = list(arrivals(plan))
    assert [one.number for one in came] == list(range(1, len(came) + 1))
    assert all(a.at_s <= b.at_s < 30.0 for a, b in pairwise(came))
    assert abs(len(came) / 30.0 - 20.0) < 6.0
    assert {change.what for change in changes(plan)} == {"shift", "close", "open", "cut", "sever", "twice"}


def test_its_center_is_one_that_nothing_is_to_be_said_of() -> None:
    plan = SoakPlan(60.0)
    center = parse_center(center_text(plan), "soak.yaml")
    assert lint(center) == []
    router = Router.from_center(center)
    for shift in SHIFTS:
        assert [router.agent(name).agent for name in names_of(plan, shift)] == names_of(plan, shift)


# ---------------------------------------------------------------------- the verdict

FIGURES = QueueFigures(
    queue="sales", tier="vip", target_ns=1, enqueued=9, answered=6, answered_in_target=6, abandoned=2,
    abandoned_in_target=0, completed=5, returned=0, offers_made=8, offers_accepted=6, offers_declined=1,
    offers_expired=0, offers_revoked=1, wait_ns=1, handle_ns=1, wrap_up_ns=1, waiting=1, offered=0, active=1,
    longest_wait_ns=1, wait_edges_ns=(), wait_bins=(), moved=1, moved_in=1,
)  # fmt: skip


@pytest.mark.parametrize(
    "change", [{"enqueued": 10}, {"waiting": 2}, {"moved": 0}, {"expired": 1}, {"held_now": 1}, {"offers_accepted": 7}]
)
def test_figures_that_do_not_add_up_are_found(change: dict[str, Any]) -> None:
    assert wrong_rows([FIGURES]) == []
    assert len(wrong_rows([FIGURES, dataclasses.replace(FIGURES, **change)])) == 1


def look(at_s: float, **other: Any) -> Sample:
    """Return a look of a soak in which all is well."""
    values: dict[str, Any] = dict.fromkeys(COLUMNS, 0)
    return Sample(**{**values, "at_s": at_s, "rss_mib": 100.0, "enqueue_p50_ms": 2.0, "adds_up": True, **other})


def an_hour(**grows: float) -> list[Sample]:
    """Return the looks of an hour in which some columns grow by so much, evenly."""
    base = look(0.0)
    return [
        look(at_s, **{name: getattr(base, name) + by * at_s / 3600 for name, by in grows.items()})
        for at_s in range(5, 3601, 5)
    ]


@pytest.mark.parametrize(
    ("grows", "broken"),
    [
        ({}, []),
        ({"rss_mib": 8.0}, []),
        ({"rss_mib": 20.0}, ["memory is flat"]),
        ({"files": 5.0}, []),
        ({"files": 20.0}, ["open files are flat"]),
        ({"threads": 12.0}, ["threads are flat"]),
        ({"enqueue_p50_ms": 20.0}, ["latency is flat"]),
    ],
)
def test_growth_is_found(grows: dict[str, float], broken: list[str]) -> None:
    findings = verdict.judge_growth(an_hour(**grows))
    assert [finding.rule for finding in findings if finding.holds is False] == broken
    assert all(finding.holds is not None for finding in findings)


def test_what_cannot_be_judged_is_not() -> None:
    assert {finding.holds for finding in verdict.judge_growth(an_hour()[:100])} == {None}
    assert {finding.holds for finding in verdict.judge_growth([])} == {None}
    late = [dataclasses.replace(sample, late_p99_ms=50.0, enqueue_p50_ms=sample.at_s) for sample in an_hour()]
    assert verdict.judge_growth(late)[-1].holds is None
    assert verdict.slope_an_hour(an_hour(rss_mib=7.0), lambda sample: sample.rss_mib) == pytest.approx(7.0)
    assert math.isnan(verdict.slope_an_hour([], lambda sample: sample.rss_mib))


CENTER = CenterFigures(
    center="soak", figure_ns=1, start_ns=0, commands=1, refusals=0, decisions=1, event_seq=1,
    decision_latency=Latency(1, 1, 1, 1, 1), interactions=0, agents_offline=1, agents_available=0, agents_offered=0,
    agents_busy=0, agents_wrap_up=0, agents_not_ready=0, occupancy=None, inbox=0, watchers=0, state_hash=0,
)  # fmt: skip
DONE = dataclasses.replace(FIGURES, waiting=0, active=0, completed=7, moved=1, moved_in=1)
"""Nine came in and one more from elsewhere: seven were served, two gave up, one went elsewhere."""


def balanced() -> Books:
    """Return books that agree with what the server says."""
    return Books(arrived=10, enqueued=9, refused=Counter(QUEUE_CLOSED=1), accepted=6, completed=7, cancelled=2)


def test_books_that_agree_hold() -> None:
    findings = verdict.judge_books([look(1.0)], [], balanced(), verdict.End([DONE], CENTER, True))
    assert [finding.holds for finding in findings] == [True] * len(findings)
    assert verdict.holds(findings)


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        ({"arrived": 11}, "in the server's books"),
        ({"enqueued": 8, "arrived": 9}, "in the server's books"),
        ({"completed": 6}, "ended what the server"),
        ({"accepted": 7}, "accepted offers"),
    ],
)
def test_books_that_do_not_agree_are_found(spoil: dict[str, Any], rule: str) -> None:
    books = dataclasses.replace(balanced(), **spoil)
    findings = verdict.judge_books([look(1.0)], [], books, verdict.End([DONE], CENTER, True))
    assert [rule in finding.rule for finding in findings if finding.holds is False] == [True]


def test_who_is_left_and_what_did_not_add_up_is_found() -> None:
    watched = dataclasses.replace(CENTER, watchers=1)
    looks = [look(1.0), look(2.0, adds_up=False)]
    findings = verdict.judge_books(looks, ["sales: 3"], balanced(), verdict.End([DONE], watched, False))
    broken = {finding.rule: finding.found for finding in findings if not finding.holds}
    assert list(broken) == ["every look adds up", "everybody who was in is out", "nobody is left"]
    assert broken["every look adds up"] == "1 of 2 looks; first: sales: 3"


def test_refusals_that_nothing_brings_about_are_found() -> None:
    refusals = Counter({("accept", "OFFER_EXPIRED"): 3, ("accept", "INTERNAL"): 1, ("sign_in", "UNKNOWN_AGENT"): 2})
    assert unexpected(refusals) == {"accept: INTERNAL": 1, "sign_in: UNKNOWN_AGENT": 2}
    books = Books(refusals=refusals, surprises=Counter({"ValueError: x": 1}))
    found = verdict.judge_errors([look(1.0, page_violations=2)], books, "WARNING something\nmore")
    assert [finding.holds for finding in found] == [False, False, False]
    assert found[2].found == "WARNING something"
    assert all(finding.holds for finding in verdict.judge_errors([look(1.0)], Books(), ""))


def test_a_result_can_be_read_again(tmp_path: Path) -> None:
    books = Books(arrived=3, refusals=Counter({("accept", "OFFER_EXPIRED"): 3}), changes=Counter(shift=1))
    samples = [look(1.0, offer_p50_ms=math.nan), look(2.0)]
    on = {"cpu": "a processor", "cores": 2}
    findings = verdict.judge_growth(samples)
    result = SoakResult(SoakPlan(60.0), "hash", False, "now", on, 2.0, False, books, samples, findings)
    write_json(result, tmp_path / "soak.json")
    again = read_json(tmp_path / "soak.json")
    assert again.books == books and again.findings == findings
    assert again.samples[1] == samples[1] and math.isnan(again.samples[0].offer_p50_ms)
    assert text_of(again) == text_of(result)


def test_the_page_shows_a_soak_in_which_every_rule_held(root: Path) -> None:
    page = (root / "docs" / "soak.md").read_text(encoding="utf-8")
    [shown] = re.findall(rf"<!-- output of: {soak.BLOCK} -->\n```text\n(.*?)```\n", page, re.DOTALL)
    assert shown.startswith("soak of ") and "rules hold" in shown and "BROKEN" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "](soak.svg)" in page and (root / "docs" / "soak.svg").exists()


# ---------------------------------------------------------------------- what it stands on


def test_a_page_must_have_the_block_once(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- output of: other -->\n```text\n1\n```\n")
    with pytest.raises(ValueError, match="0 blocks under <!-- output of: this --"):
        put_block(page, "this", "2\n")
    put_block(page, "other", "2\n3\n")
    assert page.read_text() == "<!-- output of: other -->\n```text\n2\n3\n```\n"


def test_what_a_process_uses_is_read(tmp_path: Path) -> None:
    before = process_use()
    with (tmp_path / "one").open("w"), (tmp_path / "other").open("w"):
        during = process_use(os.getpid())
    assert during.files == before.files + 2
    assert before.rss_mib > 1 and before.threads >= 1 and 0 <= before.cpu_s <= during.cpu_s
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    with pytest.raises(OSError):
        process_use(done.pid)


def test_a_page_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError):
        read_page("http://127.0.0.1:9/metrics")
