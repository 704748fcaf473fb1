"""The report is one page that needs nothing else, says everything, and draws without a complaint."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from acdcore.router.codes import SECOND_NS, ItemKind, Op, QueueField
from acdcore.router.records import Command, Item
from acdcore.sim.figures import Figures
from acdcore.sim.report import Comparison, ReportError, write_png, write_report
from acdcore.sim.report_numbers import Range, decimals_for, duration, seconds, share, with_interval
from acdcore.sim.report_png import Browser, BrowserError, browser, find_browser
from acdcore.sim.world import ALWAYS, NONE, AgentType, Behavior, Count, Doing, QueueWork, Tally, World, wait_bin_edges_s
from tally_builder import empty_tally, make_world

pytestmark = pytest.mark.plain

SECTIONS = ("figures", "day", "map", "waits", "staff", "fairness", "run")
CHARTS = ("day-counts", "day-level", "day-length", "heat-level", "heat-wait", "wait-curves", "staff-day")


def center(n_queues: int = 5, n_tiers: int = 3, n_types: int = 4) -> World:
    """Return a world of a day, in half hours, with as many queues, tiers and types of agents as are wanted."""
    names = ("orders", "complaints and returns", "billing", "technical support", "new customers")
    queues = tuple(names[q] if q < len(names) else f"line {q + 1}" for q in range(n_queues))
    agents = tuple(f"agent {number}" for number in range(6 * n_types))
    seconds_ = np.array([[20.0, 10.0, 60.0][(q + t) % 3] for q in range(n_queues) for t in range(n_tiers)])
    return make_world(
        definitions=(),
        queues=queues,
        tiers=("standard", "vip", "gold")[:n_tiers],
        agents=agents,
        behaviors=((Behavior(),) * n_tiers,) * n_queues,
        work=(QueueWork(),) * n_queues,
        types=tuple(AgentType(f"team {kind + 1}") for kind in range(n_types)),
        type_of=np.repeat(np.arange(n_types, dtype=np.int32), 6),
        handle=np.full((n_queues, n_tiers, n_types), NONE, dtype=np.int32),
        wrap_up=np.full((n_queues, n_types), NONE, dtype=np.int32),
        target_ns=(seconds_ * SECOND_NS).astype(np.int64).reshape(n_queues, n_tiers),
        horizon_s=86_400.0,
        interval_s=1_800.0,
    )


def busy_day(world: World, replication: int = 0, *, wait_mean_s: float = 18.0) -> Tally:
    """Return what a made-up day counts: two humps of customers, who wait the longer the more of them there are."""
    draw = np.random.default_rng([world.seed, replication])
    tally = empty_tally(world)
    edges = wait_bin_edges_s()
    n = world.n_intervals()
    hours = (np.arange(n) + 0.5) * min(world.interval_s, world.horizon_s) / 3_600.0
    hump = np.exp(-(((hours - 10.5) / 2.2) ** 2)) + 0.7 * np.exp(-(((hours - 16.0) / 2.0) ** 2))
    for interval, queue, tier in np.ndindex(n, len(world.queues), len(world.tiers)):
        row = tally.customers[0, interval, queue, tier]
        came = int(draw.poisson(60.0 * hump[interval] / (1 + queue) / (1 + tier)))
        waits = draw.exponential(wait_mean_s * hump[interval] * (1.0 + queue % 3) / (1.0 + tier) + 1e-3, came)
        waits *= draw.random(came) < 0.7
        gone = draw.random(came) < 1.0 - np.exp(-waits / 180.0)
        target_s = world.target_ns[queue, tier] / SECOND_NS
        talk = draw.gamma(2.0, 110.0, came)
        row[Count.OFFERED] = row[Count.OFFERS] = came
        row[Count.ANSWERED], row[Count.ABANDONED] = np.sum(~gone), np.sum(gone)
        row[Count.ANSWERED_IN_TARGET] = np.sum(~gone & (waits <= target_s))
        row[Count.ABANDONED_IN_TARGET] = np.sum(gone & (waits <= target_s))
        row[Count.WAIT_S], row[Count.ABANDONED_WAIT_S] = waits[~gone].sum(), waits[gone].sum()
        row[Count.LONGEST_WAIT_S] = waits.max(initial=0.0)
        row[Count.HANDLED], row[Count.TALK_S] = np.sum(~gone), talk[~gone].sum()
        row[Count.WRAP_UP_S] = 20.0 * row[Count.HANDLED]
        tally.queue_s[0, interval, queue, tier] = waits.sum()
        for end, some in enumerate((~gone, gone)):
            np.add.at(tally.waits[queue, tier, end], np.searchsorted(edges, waits[some]), 1)
    _staff(world, tally, draw, hump)
    return replace(tally, arrivals=int(tally.customers[..., Count.OFFERED].sum()), commands=12_345, digest=-2)


def _staff(world: World, tally: Tally, draw: np.random.Generator, hump: np.ndarray[Any, Any]) -> None:
    """Spread the handle time over the agents."""
    work = tally.customers[0, :-1, :, :, [Count.TALK_S, Count.WRAP_UP_S]].sum(axis=(2, 3))
    part = draw.dirichlet(np.full(len(world.types), 30.0))
    length = tally.counted_s[0, :-1]
    for kind in range(len(world.types)):
        talk, wrap_up = work[0] * part[kind], work[1] * part[kind]
        staffed = np.maximum(np.round(9.0 * hump + 0.4), np.ceil((talk + wrap_up) / length * 1.08))
        seconds_ = tally.agent_s[0, :-1, kind]
        seconds_[:, Doing.BUSY], seconds_[:, Doing.WRAP_UP] = talk, wrap_up
        seconds_[:, Doing.AWAY] = 0.03 * length * staffed
        seconds_[:, Doing.IDLE] = np.maximum(0.0, staffed * length - talk - wrap_up)
        members = np.flatnonzero(world.type_of == kind)
        shares = draw.dirichlet(np.full(members.size, 80.0))
        tally.agents[members] = seconds_.sum(axis=0) / members.size
        tally.agents[members, Doing.BUSY] *= members.size * shares
        tally.handled[members] = (shares * 200).astype(np.int64)


def figures_of(world: World, replications: int = 5, *, wait_mean_s: float = 18.0) -> Figures:
    """Return the figures of a few such days."""
    return Figures.of(world, [busy_day(world, number, wait_mean_s=wait_mean_s) for number in range(replications)])


class Page(HTMLParser):
    """What a page holds: its elements, and the texts of its scripts and styles."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self.texts: list[str] = []
        self.styles: list[str] = []
        self.columns: dict[str, int] = {}
        self.data: Any = None
        self._in: dict[str, str | None] = {}
        self.raw = path.read_text("utf-8")
        self.feed(self.raw)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._in = found | {"tag": tag}
        self.ids += [found["id"] or ""] if "id" in found else []
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]

    def handle_endtag(self, tag: str) -> None:
        self._in = {}

    def handle_data(self, data: str) -> None:
        tag = self._in.get("tag")
        if tag == "script" and self._in.get("type") == "application/json":
            self.data = json.loads(data, parse_constant=_refuse)
        elif tag == "script":
            self.scripts.append(data)
        elif tag == "style":
            self.styles.append(data)
        else:
            self.texts.append(data)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@pytest.fixture(scope="module")
def figures() -> Figures:
    return figures_of(center())


@pytest.fixture(scope="module")
def path(figures: Figures, tmp_path_factory: pytest.TempPathFactory) -> Path:
    slower = figures_of(center(), wait_mean_s=30.0)
    found = tmp_path_factory.mktemp("report") / "report.html"
    write_report(
        found,
        "A busy day <of> orders & more",
        figures,
        scenario_text="center: flowers  # </script> & <b>",
        comparisons=[Comparison.between("slower than now", figures, slower)],
        goal=0.8,
    )
    return found


@pytest.fixture(scope="module")
def page(path: Path) -> Page:
    return Page(path)


def test_the_page_has_every_section_and_every_link_leads_somewhere(page: Page) -> None:
    assert {*SECTIONS, "comparison", *CHARTS, "fairness-chart", "compare-0"} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    links = [address.removeprefix("#") for address in page.addresses if address.startswith("#")]
    assert [*links] == ["figures", "comparison", "day", "map", "waits", "staff", "fairness", "run"]
    assert set(links) <= set(page.ids)


def test_nothing_is_fetched_from_anywhere(page: Page) -> None:
    assert all(address.startswith("#") for address in page.addresses)
    assert "default-src 'none'" in page.raw  # and the browser is told to refuse what there might be
    own = [*page.styles, *page.texts, page.scripts[-1], json.dumps(page.data)]
    assert len(page.scripts) == 2 and "drawAll" in page.scripts[-1]
    assert not [text for text in own if re.search(r"https?:|@import|url\(|//[a-z]+\.", text)]
    assert page.raw.count("plotly.js v") == 1


def test_names_and_scenarios_are_shown_as_they_are(page: Page) -> None:
    texts = "".join(page.texts)
    assert "A busy day <of> orders & more" in texts
    assert "center: flowers  # </script> & <b>" in texts


def test_a_name_cannot_end_the_data(tmp_path: Path) -> None:
    world = replace(center(2, 1, 1), queues=("</script><script>alert(1)", "a & b"))
    path = tmp_path / "hostile.html"
    write_report(path, "t", figures_of(world, 1))
    found = Page(path)
    assert found.data["queues"] == ["</script><script>alert(1)", "a & b"]
    assert len(found.scripts) == 2


def test_equal_input_gives_equal_bytes(figures: Figures, tmp_path: Path) -> None:
    one, other = tmp_path / "one.html", tmp_path / "other.html"
    write_report(one, "t", figures, goal={"billing": 0.9})
    write_report(other, "t", figures_of(center()), goal={"billing": 0.9})
    assert one.read_bytes() == other.read_bytes()


def test_the_headline_is_what_the_figures_say(page: Page, figures: Figures) -> None:
    row, agents = figures.frame(()).iloc[0], figures.agents(()).iloc[0]
    for found, name, shown in (
        (row, "service_level", share),
        (row, "abandon_share", share),
        (row, "asa_s", seconds),
        (agents, "occupancy", share),
    ):
        what = Range(found[name], found[f"{name}_low"], found[f"{name}_high"])
        assert f'<div class="value">{shown(what)}</div>' in page.raw


def two_channels() -> World:
    """Return a center of two voice queues and one of e-mail, as definitions say it."""
    mail = (Item(ItemKind.FIELD, QueueField.CHANNEL, 1),)
    queues = ("orders", "complaints and returns", "billing")
    return replace(
        patient_mail(),
        definitions=(
            Command(Op.DEFINE_CHANNEL, SECOND_NS, name=b"email"),
            *(
                Command(Op.DEFINE_QUEUE, SECOND_NS, name=name.encode(), items=mail if name == "billing" else ())
                for name in queues
            ),
        ),
    )


def test_channels_have_headlines_of_their_own_voice_first(tmp_path: Path) -> None:
    path, figures = tmp_path / "channels.html", figures_of(two_channels(), 3)
    write_report(path, "t", figures)
    raw = path.read_text("utf-8")
    headings = [raw.index(f"<h3>{heading}</h3>") for heading in ("Voice", "Email", "All agents")]
    assert headings == sorted(headings)
    row = figures.frame(("channel",)).iloc[0]
    shown = seconds(Range(row["asa_s"], row["asa_s_low"], row["asa_s_high"]))
    assert headings[0] < raw.index(f'<div class="value">{shown}</div>') < headings[1]
    whole = figures.frame(()).iloc[0]
    mixed = seconds(Range(whole["asa_s"], whole["asa_s_low"], whole["asa_s_high"]))
    assert f'<div class="value">{mixed}</div>' not in raw


def test_goals_are_named_where_their_mark_is_explained(tmp_path: Path) -> None:
    path, figures = tmp_path / "goals.html", figures_of(two_channels(), 2)
    write_report(path, "t", figures, goal={"orders": 0.9, "billing": 0.75})
    raw = path.read_text("utf-8")
    assert "to be answered within the target: 90 % in orders; 75 % in billing (service_level of a queue" in raw
    assert "90 % in 10 s to 20 s" in raw and "75 % in 8 h" in raw
    write_report(path, "t", figures, goal=0.8)
    assert "to be answered within the target: 80 % in every queue (" in path.read_text("utf-8")


def test_the_page_says_its_dates_and_its_zone(tmp_path: Path) -> None:
    path = tmp_path / "dates.html"
    world = replace(center(1, 1, 1), start_ns=1_767_567_600 * SECOND_NS, horizon_s=172_800.0)
    write_report(path, "t", figures_of_nobody(world), zone="Europe/Berlin")
    found = Page(path)
    assert "Mon 5 Jan 2026, 00:00, to Wed 7 Jan 2026, 00:00 (Europe/Berlin)." in found.raw
    assert found.data["days"] == ["Mon 5 Jan", "Tue 6 Jan", "Wed 7 Jan"]
    assert found.data["begins_s"] == 0.0 and found.data["several_days"]
    write_report(path, "t", figures_of_nobody(world), zone="America/New_York")
    assert Page(path).data["begins_s"] == 18 * 3_600.0
    clocks = replace(world, start_ns=1_774_652_400 * SECOND_NS)  # Sat 28 Mar 2026, the day before the clocks change
    write_report(path, "t", figures_of_nobody(clocks), zone="Europe/Berlin")
    assert "to Mon 30 Mar 2026, 01:00 (Europe/Berlin). The clocks change in between" in path.read_text("utf-8")
    folded = replace(world, period_s=86_400.0)
    write_report(path, "t", figures_of_nobody(folded), zone="Europe/Berlin")
    assert Page(path).data["days"][0] == "day 1"  # several dates lie over each other


def figures_of_nobody(world: World) -> Figures:
    """Return the figures of a run to which nobody comes."""
    return Figures.of(world, [empty_tally(world)])


def test_the_day_adds_up(page: Page, figures: Figures) -> None:
    def total(queue: int, tier: int, name: str) -> float:
        [one] = [one for one in page.data["day"] if (one["queue"], one["tier"]) == (queue, tier)]
        return math.fsum(one[name])

    both = figures.frame(("queue", "tier"))
    for name in ("offered", "answered", "abandoned"):
        assert total(-1, -1, name) == pytest.approx(figures.frame(())[name].iloc[0], rel=1e-3)
        assert total(2, 1, name) == pytest.approx(both[name].loc["billing", "vip"], rel=1e-3)


def test_the_heat_map_puts_intervals_together_by_the_hour(page: Page, figures: Figures) -> None:
    heat = page.data["heat"]
    assert heat["length_s"] == [3_600.0] * 24
    counts = np.sum([tally.customers.sum(axis=(0, 3)) for tally in figures.tallies], axis=0)  # [interval, queue, count]
    queue = heat["queues"].index("billing")
    for hour in range(24):
        some = counts[2 * hour : 2 * hour + 2, 2].sum(axis=0)
        if some[Count.OFFERED] == 0:
            assert heat["level"][queue][hour] is None
            continue
        wanted = some[Count.ANSWERED_IN_TARGET] / some[Count.OFFERED]
        assert heat["level"][queue][hour] == pytest.approx(wanted, abs=2e-3)
        ended = some[Count.ANSWERED] + some[Count.ABANDONED]
        wait = (some[Count.WAIT_S] + some[Count.ABANDONED_WAIT_S]) / ended
        assert heat["wait_s"][queue][hour] == pytest.approx(wait, rel=1e-2, abs=1e-3)


def test_at_its_target_a_curve_of_waits_shows_the_service_level(page: Page, figures: Figures) -> None:
    levels = figures.frame(("queue", "tier"))["service_level"]
    world = figures.world
    tried = 0
    for curve in page.data["waits"]:
        if min(curve["queue"], curve["tier"]) < 0:
            continue
        [target_s] = curve["targets_s"]
        share_then = np.interp(target_s, curve["t_s"], curve["share"])
        wanted = levels.loc[world.queues[curve["queue"]], world.tiers[curve["tier"]]]
        assert share_then == pytest.approx(wanted, abs=0.02)
        assert curve["share"] == sorted(curve["share"])
        tried += 1
    assert tried == len(world.queues) * len(world.tiers)


def test_a_step_of_waits_is_drawn_as_a_step(tmp_path: Path) -> None:
    path, world = tmp_path / "steps.html", center(1, 1, 1)
    tally = empty_tally(world)
    edges = wait_bin_edges_s()
    tally.customers[0, 20, 0, 0, Count.OFFERED] = tally.customers[0, 20, 0, 0, Count.ANSWERED] = 100.0
    for wait_s, many in ((4.0, 64), (9.0, 36)):
        tally.waits[0, 0, 0, np.searchsorted(edges, wait_s)] = many
    write_report(path, "t", Figures.of(world, [tally]))
    [curve] = [one for one in Page(path).data["waits"] if one["queue"] == -1]
    within = np.interp([3.9, 4.1, 8.8, 9.2], curve["t_s"], curve["share"])
    assert within.tolist() == pytest.approx([0.0, 0.64, 0.64, 1.0])


def test_the_need_is_more_than_the_load(page: Page, figures: Figures) -> None:
    staff = page.data["staff"]
    assert [one["type"] for one in staff["series"]] == [-1, 0, 1, 2, 3]
    talk = np.mean([tally.customers[..., [Count.TALK_S, Count.WRAP_UP_S]].sum() for tally in figures.tallies])
    answered, offered = (figures.frame(())[name].iloc[0] for name in ("answered", "offered"))
    # whoever hung up is reckoned with the handle time of those who did not
    assert math.fsum(staff["load"]) * 1_800.0 == pytest.approx(talk * offered / answered, rel=0.02)
    for load, need in zip(staff["load"], staff["need"], strict=True):
        assert (need is None) == (load == 0.0)
        assert need is None or need > load
    for pooled, apart in zip(staff["need"], staff["need_apart"], strict=True):
        assert (pooled is None) == (apart is None)
    assert math.fsum(filter(None, staff["need_apart"])) > math.fsum(filter(None, staff["need"]))
    away = np.mean([tally.agent_s[0, :-1, :, Doing.AWAY].sum() for tally in figures.tallies]) / 1_800.0
    signed_in, ready = (math.fsum(staff["series"][0][name]) for name in ("staffed", "ready"))
    assert signed_in - ready == pytest.approx(away, rel=0.01) and away > 0.0
    assert staff["goal"] == 0.8


def test_a_missed_goal_is_marked(page: Page, figures: Figures) -> None:
    high = figures.frame(("queue", "tier"))["service_level_high"]
    missed = int((high < 0.8).sum() + (figures.frame(("queue",))["service_level_high"] < 0.8).sum())
    assert missed > 0
    assert page.raw.count('<td class="far"') == missed


def test_a_comparison_shows_differences_with_intervals(page: Page) -> None:
    [rows] = [each["rows"] for each in page.data["comparisons"]]
    assert [row["name"] for row in rows][:3] == ["all", "tier standard", "tier vip"]
    assert all(row["low"] < row["value"] < row["high"] < 0.0 and row["clear"] for row in rows)
    assert "Differences" in "".join(page.texts)


def test_without_intervals_and_replications_it_is_said_so(tmp_path: Path) -> None:
    world = replace(center(1, 1, 1), interval_s=ALWAYS)
    path = tmp_path / "plain.html"
    write_report(path, "plain", figures_of(world, 1))
    found = Page(path)
    assert set(SECTIONS) <= set(found.ids) and "comparison" not in found.ids
    texts = "".join(found.texts)
    assert "This run has no intervals" in texts
    assert "one replication without batches says nothing of its own error" in texts
    assert "±" not in texts and "nan" not in texts


def patient_mail() -> World:
    """Return a center whose last queue is promised an answer within eight hours, not seconds."""
    world = center(3, 2, 2)
    target_ns = world.target_ns.copy()
    target_ns[2] = 8 * 3_600 * SECOND_NS
    return replace(world, target_ns=target_ns)


def test_work_that_can_wait_is_no_need_of_its_interval(tmp_path: Path) -> None:
    path = tmp_path / "mail.html"
    figures = figures_of(patient_mail(), 2)
    write_report(path, "mail", figures)
    found = Page(path)
    staff = found.data["staff"]
    assert staff["later"] == ["billing"] and staff["goal"] == 0.8
    assert "Left out are queues with a target longer than an interval, as they can wait: billing." in found.raw
    # the goal and target of the busiest queue's largest tier, not a mean that nobody was promised
    assert (staff["target_s"], staff["target_of"]) == (20.0, "orders")
    whole = figures_of(replace(patient_mail(), target_ns=center(3, 2, 2).target_ns), 2)
    write_report(path, "all of it pressing", whole)
    assert sum(Page(path).data["staff"]["load"]) > sum(staff["load"])


def test_with_two_hundred_queues_the_page_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "large.html"
    write_report(path, "large", figures_of(center(200, 3, 30), 2))
    found = Page(path)
    assert len(found.data["queues"]) == 200
    assert {"heat-which", "fairness-all"} <= set(found.ids)
    assert len(json.dumps(found.data)) < 6_000_000


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"goal": 80}, "goal: 80; allowed are shares above 0 and below 1"),
        ({"goal": {"billing": 0.0}}, "goal['billing']: 0.0; allowed are shares above 0 and below 1"),
        ({"goal": {"sales": 0.8}}, "goal: no queue is called 'sales'; there are orders, "),
        ({"begins_s": -1.0}, "begins_s: -1.0; allowed are seconds after midnight, 0 or more"),
        ({"zone": "Mars/Base"}, "zone: 'Mars/Base'; allowed are names of time zones, like Europe/Berlin"),
        ({"zone": "UTC", "begins_s": 0.0}, "begins_s: 0.0 beside the zone 'UTC'; allowed is one of the two"),
        ({"begins_s": math.nan}, "begins_s: nan; allowed are seconds after midnight, 0 or more"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    figures: Figures, tmp_path: Path, wanted: dict[str, Any], message: str
) -> None:
    with pytest.raises(ReportError, match=re.escape(message)):
        write_report(tmp_path / "no.html", "t", figures, **wanted)
    assert not list(tmp_path.iterdir())


def test_a_frame_that_is_no_comparison_is_refused(figures: Figures, tmp_path: Path) -> None:
    wrong = Comparison("mine", figures.frame(("queue",)))
    with pytest.raises(ReportError, match=r"the frame of 'mine' lacks any X_diff; allowed is what compare\(\) returns"):
        write_report(tmp_path / "no.html", "t", figures, comparisons=[wrong])


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (share(Range(0.8123, 0.8043, 0.8203)), '81.2 % <span class="pm">±0.8</span>'),
        (share(Range(0.98123, 0.98083, 0.98163)), '98.12 % <span class="pm">±0.04</span>'),
        (share(Range(0.5, 0.2, 0.6)), '50.0 % <span class="pm">(20.0 to 60.0)</span>'),
        (share(Range(1.0, 1.0, 1.0)), "100 %"),
        (share(Range(math.nan)), "–"),
        (share(Range(0.031, 0.027, 0.035), sign=True), '+3.1 % <span class="pm">±0.4</span>'),
        (share(Range(-0.031), sign=True), "−3.1 %"),
        (seconds(Range(8.14, 7.64, 8.64)), '8.1 s <span class="pm">±0.5</span>'),
        (seconds(Range(420.0, 390.0, 450.0)), '420 s <span class="pm">±30</span>'),
        (seconds(Range(1_200.0, 1_170.0, 1_230.0)), '20.0 min <span class="pm">±0.5</span>'),
        (seconds(Range(12_600.0)), "3.5 h"),
        (with_interval(Range(1_234.4, 1_200.4, 1_268.4), least=0), '1,234 <span class="pm">±34</span>'),
        (with_interval(Range(0.0021, 0.0019, 0.0023)), '0.002 <span class="pm">±&lt;0.001</span>'),
        (duration(60.0), "60 s"),
        (duration(1_800.0), "30 min"),
        (duration(5_400.0), "1.5 h"),
        (duration(86_400.0), "24 h"),
        (duration(604_800.0), "7 days"),
    ],
)
def test_numbers_have_the_digits_that_their_intervals_bear(shown: str, text: str) -> None:
    assert shown == text


def test_decimals_stay_within_limits() -> None:
    assert decimals_for(Range(5.0, 4.99999, 5.00001), 1, 3) == 3
    assert decimals_for(Range(5_000.0, 4_000.0, 6_000.0), 1, 3) == 1


def test_without_a_browser_it_is_said_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, path: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("acdcore.sim.report_png.ELSEWHERE", ("~/.cache/ms-playwright/chromium-*/chrome",))
    with pytest.raises(BrowserError, match=r"no Chromium was found.*apt-get install chromium.*ACDCORE_CHROMIUM"):
        write_png(path, tmp_path / "no.png")
    monkeypatch.setenv("ACDCORE_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(BrowserError, match="ACDCORE_CHROMIUM: '/nowhere/chromium' is no program"):
        write_png(path, tmp_path / "no.png")
    assert not (tmp_path / "no.png").exists()


def test_a_program_that_is_no_browser_is_named(monkeypatch: pytest.MonkeyPatch, path: Path, tmp_path: Path) -> None:
    monkeypatch.setenv("ACDCORE_CHROMIUM", "true")
    with pytest.raises(BrowserError, match="the browser ended"):
        write_png(path, tmp_path / "no.png")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    try:
        find_browser()
    except BrowserError as error:
        pytest.skip(str(error))
    with browser() as found:
        yield found


DRAWN = "Array.from(document.querySelectorAll('.chart')).filter(one => !one.querySelector('svg')).map(one => one.id)"
OVER_THE_EDGE = """Array.from(document.querySelectorAll('.chart text, .tile, h1, h2, h3, p, select')).filter(one => {
    const box = one.getBoundingClientRect(), wide = document.documentElement.clientWidth;
    return box.width > 0 && (box.left < -1 || box.right > wide + 1); }).map(one => one.outerHTML.slice(0, 200))"""


@pytest.mark.parametrize(("width", "dark"), [(1_280, False), (400, False), (400, True)])
def test_every_chart_is_drawn_without_a_complaint(chromium: Browser, path: Path, width: int, dark: bool) -> None:
    chromium.open(path, width=width, dark=dark)
    assert chromium.evaluate(DRAWN) == []
    assert chromium.evaluate("document.documentElement.scrollWidth") <= width
    assert chromium.evaluate(OVER_THE_EDGE) == []
    assert chromium.complaints() == []
    assert chromium.requests() == [path.as_uri()]


def choose(chromium: Browser, select: str, value: str) -> None:
    """Choose an option as a person does."""
    chromium.evaluate(
        f"(() => {{ const box = document.getElementById('{select}'); box.value = '{value}';"
        "box.dispatchEvent(new Event('change')); })()"
    )


def test_a_choice_of_queue_tier_and_type_is_drawn(chromium: Browser, path: Path, page: Page) -> None:
    chromium.open(path)
    choose(chromium, "day-queue", "2")
    choose(chromium, "day-tier", "1")
    [one] = [one for one in page.data["day"] if (one["queue"], one["tier"]) == (2, 1)]
    drawn = chromium.evaluate("document.getElementById('day-counts').data[0].y")
    assert drawn == [*one["offered"], one["offered"][-1]]
    choose(chromium, "wait-queue", "busy")
    names = chromium.evaluate("document.getElementById('wait-curves').data.map(one => one.name)")
    assert names == ["orders", "complaints and returns", "billing", "technical support", "new customers"]
    choose(chromium, "staff-type", "1")
    names = chromium.evaluate("document.getElementById('staff-day').data.map(one => one.name)")
    assert names == ["busy or in wrap-up", "signed in", "ready (not on a break)"]
    assert chromium.complaints() == []


def test_each_open_time_is_drawn_to_its_end_and_no_further(chromium: Browser, tmp_path: Path) -> None:
    path, world = tmp_path / "open.html", center(1, 1, 1)
    tallies = []
    for number in range(3):
        tally = busy_day(world, number)
        tally.customers[0, [*range(16), 25, *range(36, 49)]] = 0.0  # open from 8:00 to 12:30 and from 13:00 to 18:00
        tallies.append(tally)
    write_report(path, "open", Figures.of(world, tallies), zone="UTC")
    chromium.open(path)
    level = chromium.evaluate("document.getElementById('day-level').data.map(one => ({x: one.x, y: one.y}))")
    band, line = level
    [one] = [one for one in Page(path).data["day"] if one["queue"] == -1]
    assert one["level"][16] is not None and one["level"][15] is one["level"][25] is one["level"][36] is None
    gap = line["y"].index(None)
    for x, y, first, last in (
        (line["x"][:gap], line["y"][:gap], 16, 24),
        (line["x"][gap + 1 :], line["y"][gap + 1 :], 26, 35),
    ):
        assert x == [1_800.0 * i for i in range(first, last + 2)]
        assert y == [*one["level"][first : last + 1], one["level"][last]]
    drawn = [at for at in band["x"] if at is not None]
    assert (min(drawn), max(drawn)) == (8 * 3_600.0, 18 * 3_600.0)
    assert not [at for at in drawn if 12.5 * 3_600.0 < at < 13 * 3_600.0] and band["x"].count(None) == 1
    assert chromium.complaints() == []


def test_several_days_are_named_below_their_times(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "days.html"
    world = replace(center(1, 1, 1), start_ns=1_767_567_600 * SECOND_NS, horizon_s=172_800.0)
    tally = empty_tally(world)
    tally.customers[0, :96, 0, 0, [Count.OFFERED, Count.ANSWERED, Count.ANSWERED_IN_TARGET]] = 3.0
    write_report(path, "t", Figures.of(world, [tally]), zone="Europe/Berlin")
    chromium.open(path)
    texts = chromium.evaluate("document.getElementById('day-counts').layout.xaxis.ticktext")
    assert [text for text in texts if "Jan" in text] == [f"00:00<br>{day} Jan" for day in ("Mon 5", "Tue 6", "Wed 7")]
    assert "12:00" in texts
    hover = chromium.evaluate("document.getElementById('day-counts').data[0].text")
    assert hover[0] == "Mon 5 Jan 00:00–00:30" and hover[60] == "Tue 6 Jan 06:00–06:30"
    assert chromium.complaints() == []


def test_large_tables_are_folded_searched_and_sorted(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "many.html"
    write_report(path, "many", figures_of(center(30, 1, 2), 2))
    chromium.open(path, width=400)
    bodies = "Array.from(document.querySelectorAll('#queues tbody:not(.whole)'))"
    shown = bodies + ".filter(one => !one.hidden).map(one => one.dataset.name)"
    names = chromium.evaluate(shown)
    assert len(names) == 20 and names[0] == "orders"
    chromium.evaluate("document.querySelector('[data-for=queues] button').click()")
    assert len(chromium.evaluate(shown)) == 30
    chromium.evaluate("document.querySelectorAll('#queues thead button')[2].click()")
    key = ".map(one => one.rows[0].cells[2].dataset.value)"
    levels = [float(value) for value in chromium.evaluate(bodies + key) if value]
    assert levels == sorted(levels, reverse=True) and len(levels) > 20
    chromium.evaluate(
        "(() => { const box = document.querySelector('[data-for=queues] input'); box.value = 'LINE 2';"
        "box.dispatchEvent(new Event('input')); })()"
    )
    assert sorted(chromium.evaluate(shown)) == [f"line {number}" for number in range(20, 30)]
    assert len(chromium.evaluate("document.getElementById('heat-level').data[0].z")) == 20
    choose(chromium, "heat-which", "all")
    assert len(chromium.evaluate("document.getElementById('heat-level').data[0].z")) == 30
    assert chromium.complaints() == []


def test_promises_of_seconds_and_of_hours_are_seen_together(chromium: Browser, path: Path, tmp_path: Path) -> None:
    kind = "document.getElementById('wait-curves').layout.xaxis.type"
    chromium.open(path)
    assert chromium.evaluate(kind) == "linear"
    mixed = tmp_path / "mixed.html"
    write_report(mixed, "mixed", figures_of(patient_mail(), 2))
    chromium.open(mixed, width=400)
    assert chromium.evaluate(kind) == "log"
    lines = chromium.evaluate("document.getElementById('wait-curves').layout.shapes.map(one => one.x0)")
    assert lines == [10.0, 20.0, 60.0, 28_800.0]
    labels = chromium.evaluate("document.getElementById('wait-curves').layout.annotations.map(one => one.text)")
    assert labels[0] == "10 s" and labels[-1] == "8 h"
    assert chromium.complaints() == []


def test_it_prints_on_white(chromium: Browser, path: Path) -> None:
    chromium.open(path, dark=True)
    chromium.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert chromium.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert chromium.evaluate("document.getElementById('day-level').layout.width") == 680
    chromium.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert chromium.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert chromium.complaints() == []


def test_a_picture_shows_the_whole_page(path: Path, tmp_path: Path, chromium: Browser) -> None:
    picture = tmp_path / "report.png"
    write_png(path, picture, width=400)
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    assert width == 400 and height > 3_000
