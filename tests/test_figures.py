"""The figures of a simulation: each against the same figure counted the slow way, and their intervals."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from acdcore.sim.figures import LEVELS, Figures, Of
from acdcore.sim.figures_cells import AFTER, FiguresError
from acdcore.sim.figures_estimate import Variance, mean, ratio
from acdcore.sim.figures_export import SCHEMA, TABLES, document, flat, tables
from acdcore.sim.figures_waits import PERCENTS, percentiles
from acdcore.sim.world import WAIT_BINS, Count, Doing, Outcome, wait_bin_edges_s
from tally_builder import (
    AGENTS,
    CHANNELS,
    QUEUES,
    TARGETS_S,
    THRESHOLDS_S,
    TIERS,
    Customer,
    bin_of,
    empty_tally,
    fake_engine,
    make_world,
    tally_of,
)

pytestmark = pytest.mark.plain

HUNG_UP = (Outcome.ABANDONED, Outcome.BALKED)
WORLD = make_world()
VARIANCES: tuple[Variance, ...] = ("delta", "jackknife")

people = st.builds(
    Customer,
    arrival_s=st.floats(0.0, WORLD.horizon_s, exclude_max=True),
    queue=st.integers(0, len(QUEUES) - 1),
    tier=st.integers(0, len(TIERS) - 1),
    outcome=st.sampled_from(Outcome),
    wait_s=st.integers(0, 4_000_000).map(lambda ms: ms / 1_000),
    talk_s=st.floats(0.0, 1_000.0),
    wrap_up_s=st.floats(0.0, 100.0),
)
crowds = st.lists(people, max_size=25)


def customers_figures(*crowds: Sequence[Customer]) -> Figures:
    return Figures.of(WORLD, [tally_of(WORLD, crowd) for crowd in crowds])


def share(above: float, below: float) -> float:
    return above / below if below else math.nan


def slow_figures(crowd: Sequence[Customer], replications: int) -> dict[str, float]:
    """Count what the frame shows, customer by customer."""
    inside = [one for one in crowd if one.outcome != Outcome.SELF_SERVED]
    answered = [one for one in inside if one.outcome == Outcome.ANSWERED]
    hung_up = [one for one in inside if one.outcome in HUNG_UP]
    in_target = [one for one in answered if one.wait_s <= TARGETS_S[one.queue][one.tier]]
    soon = [one for one in hung_up if one.wait_s <= TARGETS_S[one.queue][one.tier]]
    found = {
        "offered": len(inside) / replications,
        "answered": len(answered) / replications,
        "abandoned": len(hung_up) / replications,
        "balked": sum(one.outcome == Outcome.BALKED for one in inside) / replications,
        "self_served": (len(crowd) - len(inside)) / replications,
        "service_level": share(len(in_target), len(inside)),
        "service_level_short": share(len(in_target), len(answered) + len(hung_up) - len(soon)),
        "abandon_share": share(len(hung_up), len(inside)),
        "wait_share": share(sum(one.wait_s > 0 for one in inside), len(inside)),
        "asa_s": share(sum(one.wait_s for one in answered), len(answered)),
        "wait_s": share(sum(one.wait_s for one in answered + hung_up), len(answered) + len(hung_up)),
        "abandoned_wait_s": share(sum(one.wait_s for one in hung_up), len(hung_up)),
        "aht_s": share(sum(one.talk_s + one.wrap_up_s for one in answered), len(answered)),
        "talk_s": share(sum(one.talk_s for one in answered), len(answered)),
    }
    for threshold in THRESHOLDS_S:
        soon_answered = sum(one.wait_s <= threshold for one in answered)
        soon_gone = sum(one.wait_s <= threshold for one in hung_up)
        found[f"within_{threshold:g}_s"] = share(soon_answered, len(inside))
        found[f"waits_within_{threshold:g}_s"] = share(soon_answered + soon_gone, len(inside))
    return found


def key_of(customer: Customer, level: str) -> object:
    if level == "queue":
        return QUEUES[customer.queue]
    if level == "channel":
        return CHANNELS[customer.queue]
    if level == "tier":
        return TIERS[customer.tier]
    return customer.arrival_s // WORLD.interval_s * WORLD.interval_s


@given(st.lists(crowds, min_size=1, max_size=4), st.sets(st.sampled_from(LEVELS["customers"])))
@settings(max_examples=40, deadline=None)
def test_every_figure_is_what_counting_by_hand_gives(groups: list[list[Customer]], levels: set[str]) -> None:
    by = sorted(levels)
    frame = customers_figures(*groups).frame(by)
    everybody = [one for crowd in groups for one in crowd]
    for key, row in zip(frame.index, frame.to_dict("records"), strict=True):
        wanted = key if isinstance(key, tuple) else (key,)
        members = [one for one in everybody if not by or tuple(key_of(one, level) for level in by) == wanted]
        for name, value in slow_figures(members, len(groups)).items():
            assert row[name] == pytest.approx(value, nan_ok=True), (name, key)


@given(st.lists(crowds, min_size=2, max_size=4), st.sampled_from(["queue", "tier", "channel", "interval"]))
@settings(max_examples=20, deadline=None)
def test_counts_add_up_over_every_level_and_over_replications(groups: list[list[Customer]], level: str) -> None:
    figures = customers_figures(*groups)
    whole, split = figures.frame().iloc[0], figures.frame([level]).sum()
    apart = [customers_figures(crowd).frame().iloc[0] for crowd in groups]
    for name in ("offered", "answered", "abandoned", "rejected", "expired", "unfinished", "handled"):
        assert split[name] == pytest.approx(whole[name])
        assert np.mean([one[name] for one in apart]) == pytest.approx(whole[name])
    ends = whole[["answered", "abandoned", "rejected", "expired", "unfinished"]].sum()
    assert ends == pytest.approx(whole["offered"])  # nobody is moved here, so everybody ends where he was offered


@given(crowds)
@settings(max_examples=20, deadline=None)
def test_batches_add_up_to_the_replication_they_are_of(crowd: list[Customer]) -> None:
    world = make_world(batches=4)
    batched = Figures.of(world, [tally_of(world, crowd)])
    assert (batched.method, batched.samples) == ("batches", 4)
    plain = [name for name in map(str, customers_figures(crowd).frame()) if not name.endswith(("_low", "_high"))]
    pd.testing.assert_frame_equal(batched.frame(["queue"])[plain], customers_figures(crowd).frame(["queue"])[plain])


@given(crowds, crowds, st.permutations(range(len(QUEUES))))
@settings(max_examples=20, deadline=None)
def test_figures_do_not_depend_on_the_slots_of_queues(
    one: list[Customer], two: list[Customer], order: Sequence[int]
) -> None:
    names = tuple(QUEUES[slot] for slot in order)
    queue_slots = {slot: at for at, slot in enumerate(order)}
    channel, *queues = WORLD.definitions
    definitions = (channel, *(queues[slot] for slot in order))
    targets = WORLD.target_ns[list(order)]
    world = make_world(queues=names, target_ns=targets, definitions=definitions)
    moved = [[replace(man, queue=queue_slots[man.queue]) for man in crowd] for crowd in (one, two)]
    found = Figures.of(world, [tally_of(world, crowd) for crowd in moved])
    wanted = customers_figures(one, two)
    for by in (["queue"], ["queue", "tier"], ["channel"]):
        same = wanted.frame(by)
        pd.testing.assert_frame_equal(found.frame(by).loc[same.index], same)


def test_channels_and_levels_keep_the_order_of_the_definitions() -> None:
    figures = customers_figures([])
    assert list(figures.frame(["channel"]).index) == ["voice", "email"]
    assert list(figures.frame(["channel", "queue"]).index) == [
        ("voice", "sales"), ("voice", "service"), ("email", "mail")
    ]  # fmt: skip
    assert list(figures.frame(["interval"]).index) == [0.0, 1_800.0, 3_600.0, 5_400.0, AFTER]


def test_nothing_counted_gives_no_number_and_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    figures = customers_figures([], [])
    frame = figures.frame(["queue", "interval"])
    assert frame["offered"].eq(0.0).all()
    assert frame[["service_level", "asa_s", "longest_wait_s", "aht_s", "within_10_s_high"]].isna().all(axis=None)
    assert figures.agents(["type"])["occupancy"].isna().all()
    assert figures.waits(["queue"]).isna().all(axis=None)
    assert figures.fairness()["mean"].isna().all()
    assert figures.wait_curve(["queue"])["answered_within"].isna().all()
    assert not recwarn.list


def test_the_interval_of_a_count_is_students() -> None:
    crowds_of = [[Customer(0.0, 0, 0, Outcome.ANSWERED)] * n for n in (3, 7, 8)]
    row = customers_figures(*crowds_of).frame().iloc[0]
    low, high = stats.t.interval(0.95, 2, loc=6.0, scale=stats.sem([3, 7, 8]))
    assert (row["offered"], row["offered_low"], row["offered_high"]) == pytest.approx((6.0, low, high))


def test_a_share_is_a_ratio_of_sums_with_the_linearized_interval() -> None:
    # 1 of 2, 3 of 4, and a replication that nobody came in, which says nothing of the share
    good, late = (Customer(0.0, 0, 0, Outcome.ANSWERED, wait_s) for wait_s in (1.0, 50.0))
    row = customers_figures([good, late], [good, good, good, late], []).frame(["queue"]).loc["sales"]
    residuals = np.array([1 - 2 * 4 / 6, 3 - 4 * 4 / 6])
    half = stats.t.ppf(0.975, 1) * math.sqrt(2 / 1 * np.sum((residuals / 6) ** 2))
    assert row["service_level"] == pytest.approx(4 / 6)
    assert row["service_level_low"] == pytest.approx(4 / 6 - half)
    assert row["service_level_high"] == pytest.approx(4 / 6 + half)


def test_one_value_has_no_interval_however_many_replications_say_nothing() -> None:
    good = Customer(0.0, 0, 0, Outcome.ANSWERED, 1.0)
    row = customers_figures([good], [], []).frame().iloc[0]
    assert row["service_level"] == 1.0
    assert math.isnan(row["service_level_low"]) and math.isnan(row["service_level_high"])
    alone = customers_figures([good]).frame().iloc[0]
    assert alone["offered"] == 1.0 and math.isnan(alone["offered_high"])


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=2, max_size=8))
def test_delta_and_jackknife_agree_where_the_samples_are_alike(pairs: list[tuple[int, int]]) -> None:
    above, below = (np.array(column, dtype=np.float64)[:, None] for column in zip(*pairs, strict=True))
    plain, other = ratio(above, below), ratio(above, below, "jackknife")
    np.testing.assert_allclose(plain.value, other.value)
    even = np.full_like(above, 7.0)
    for variance in VARIANCES:
        same = ratio(above, even, variance)
        np.testing.assert_allclose(same.deviation(), mean(above / 7.0).deviation(), atol=1e-12)


@pytest.mark.parametrize(
    ("samples", "evenly", "delta", "jackknife"),
    [(15, True, (0.94, 0.955), (0.94, 0.957)), (10, False, (0.915, 0.93), (0.928, 0.943))],
)
def test_intervals_of_ratios_cover_what_the_page_says(
    samples: int, evenly: bool, delta: tuple[float, float], jackknife: tuple[float, float]
) -> None:
    # shares of 0.85 of samples of 20 on average, alike or as unequal as exponential times
    draw = np.random.default_rng(1)
    sizes = np.full((samples, 20_000), 20.0) if evenly else draw.gamma(1.0, 20.0, size=(samples, 20_000))
    below = draw.poisson(sizes)
    above = draw.binomial(below, 0.85).astype(np.float64)
    for variance, (least, most) in zip(VARIANCES, (delta, jackknife), strict=True):
        low, high = ratio(above, below.astype(np.float64), variance).bounds(0.95)
        covered = float(np.mean((low <= 0.85) & (high >= 0.85)))
        assert least < covered < most, (variance, covered)


def test_longest_wait_is_the_mean_of_the_longest_of_each_replication() -> None:
    def crowd(*waits_s: float) -> list[Customer]:
        return [Customer(1_800.0 * at, 0, at % 2, Outcome.ABANDONED, wait) for at, wait in enumerate(waits_s)]

    figures = customers_figures(crowd(5, 90), crowd(10, 20, 30), [])
    assert figures.frame()["longest_wait_s"].item() == pytest.approx((90 + 30) / 2)
    assert figures.frame(["tier"]).loc["standard", "longest_wait_s"] == pytest.approx((5 + 30) / 2)
    world = make_world(batches=2)
    batched = Figures.of(world, [tally_of(world, crowd(10, 20, 30))]).frame().iloc[0]
    assert batched["longest_wait_s"] == 30.0
    assert math.isnan(batched["longest_wait_s_low"])


def test_queue_length_leaves_out_the_time_after_the_horizon_except_in_its_own_row() -> None:
    tally = empty_tally(WORLD)
    tally.queue_s[0, :, 0, 0] = [1_800.0, 3_600.0, 0.0, 0.0, 50.0]
    tally.counted_s[0, -1] = 100.0
    figures = Figures.of(WORLD, [tally])
    assert figures.frame()["queue_length"].item() == pytest.approx(5_400 / 7_200)
    assert figures.frame(["interval"])["queue_length"].tolist() == [1.0, 2.0, 0.0, 0.0, 0.5]


def test_agents_by_type_and_interval() -> None:
    tally = empty_tally(WORLD)
    spent = {Doing.IDLE: 300.0, Doing.OFFERED: 60.0, Doing.BUSY: 900.0, Doing.WRAP_UP: 180.0, Doing.AWAY: 360.0}
    for doing, seconds in spent.items():
        tally.agent_s[0, :, 1, doing] = seconds
    tally.counted_s[0, -1] = 1_800.0
    figures = Figures.of(WORLD, [tally, tally])
    row: Any = figures.agents(["type"]).loc["senior"]
    wanted = {"staffed": 1.0, "idle": 1 / 6, "offered": 1 / 30, "busy": 0.5, "wrap_up": 0.1, "away": 0.2}
    assert {name: row[name] for name in wanted} == pytest.approx(wanted)
    assert row["occupancy"] == pytest.approx(1_080 / 1_440)
    assert row["utilization"] == pytest.approx(0.6)
    assert (row["occupancy_low"], row["occupancy_high"]) == pytest.approx((0.75, 0.75))
    assert figures.agents(["type"]).loc["junior", "staffed"] == 0.0
    assert figures.agents(["interval"])["staffed"].tolist() == pytest.approx([1.0] * 5)


def test_fairness_and_each_agent() -> None:
    tallies = []
    for busy in ((100.0, 50.0), (80.0, 60.0)):
        tally = empty_tally(WORLD)
        tally.agents[1:, Doing.BUSY] = busy
        tally.agents[1:, Doing.IDLE] = 100.0 - tally.agents[1:, Doing.BUSY]
        tally.handled[1:] = (4, 2)
        tallies.append(tally)
    figures = Figures.of(WORLD, tallies)
    row: Any = figures.fairness().loc["senior"]
    assert row[["agents", "mean", "least", "greatest", "handled"]].tolist() == pytest.approx([2, 0.725, 0.55, 0.9, 3])
    assert row["sd"] == pytest.approx((np.std([1, 0.5], ddof=1) + np.std([0.8, 0.6], ddof=1)) / 2)
    assert figures.fairness().loc["junior", "agents"] == 0.0  # ann never signed in
    assert figures.fairness(())["greatest"].item() == pytest.approx(0.9)
    each = figures.each_agent()
    assert list(each.index) == list(zip(("junior", "senior", "senior"), AGENTS, strict=True))
    assert each["occupancy"].tolist() == pytest.approx([math.nan, 0.9, 0.55], nan_ok=True)
    assert each.loc[("senior", "bob"), "handled"] == 4.0


@given(st.lists(st.integers(0, 400_000), min_size=1, max_size=60), st.sampled_from(PERCENTS))
@settings(max_examples=100, deadline=None)
def test_a_percentile_is_in_the_bin_of_the_one_from_the_sorted_list(waits_ms: list[int], percent: int) -> None:
    counts = np.zeros(WAIT_BINS)
    for wait_ms in waits_ms:
        counts[bin_of(wait_ms / 1_000)] += 1
    found = percentiles(counts, [percent / 100])[0]
    exact = sorted(waits_ms)[max(0, math.ceil(percent / 100 * len(waits_ms)) - 1)] / 1_000
    edges = np.concatenate([[0.0], wait_bin_edges_s()])
    at = bin_of(exact)
    assert edges[at] - 1e-9 <= found <= edges[at + 1] + 1e-9
    assert abs(found - exact) <= max(0.001, exact / 64)


def test_waits_have_the_mean_of_percentiles_and_the_pooled_one() -> None:
    crowd_of = [[Customer(0.0, 0, 1, Outcome.ANSWERED, wait)] * n for wait, n in ((0.010, 1), (0.030, 3))]
    row: Any = customers_figures(*crowd_of).waits(["tier"]).loc["vip"]
    assert row["answered_p50_s"] == pytest.approx((0.0095 + 0.0295) / 2, abs=0.0005)
    assert row["answered_p50_s_pooled"] == pytest.approx(0.0295, abs=0.0005)
    assert row["answered_p50_s_low"] < row["answered_p50_s"] < row["answered_p50_s_high"]
    assert math.isnan(row["abandoned_p90_s"])
    assert "answered_p50_s_pooled_low" not in row


def test_the_curve_meets_the_counts_and_its_band_is_that_of_the_share() -> None:
    crowds_of = [
        [Customer(0.0, 0, 0, Outcome.ANSWERED, wait) for wait in waits] + [Customer(0.0, 0, 0, Outcome.ABANDONED, 2.0)]
        for waits in ((0.0, 5.0, 30.0), (9.0, 9.5), (1.0, 20.0, 40.0, 50.0))
    ]
    figures = customers_figures(*crowds_of)
    curve, row = figures.wait_curve(), figures.frame().iloc[0]
    split: Any = figures.wait_curve(["queue"])
    at = curve[curve.index <= 10.0].iloc[-1]
    assert at["answered_within"] == pytest.approx(row["within_10_s"])
    assert at["answered_within_low"] == pytest.approx(row["within_10_s_low"])
    assert at["answered_within_high"] == pytest.approx(row["within_10_s_high"])
    assert at["abandoned_within"] + at["answered_within"] == pytest.approx(row["waits_within_10_s"])
    assert curve.iloc[-1][["of_answered", "of_abandoned"]].tolist() == [1.0, 1.0]
    assert split.index.names == ["queue", "wait_s"]
    np.testing.assert_allclose(split.loc["sales", "answered_within"], curve["answered_within"])


def test_batches_of_alternating_and_of_drifting_load_show_it() -> None:
    world = make_world(batches=4)

    def crowd(sizes: Sequence[int]) -> list[Customer]:
        return [Customer(1_800.0 * at, 0, 0, Outcome.ANSWERED) for at, n in enumerate(sizes) for _ in range(n)]

    drifting: Any = Figures.of(world, [tally_of(world, crowd((1, 1, 9, 9)))]).batch_check()
    alternating: Any = Figures.of(world, [tally_of(world, crowd((1, 9, 1, 9)))]).batch_check()
    assert drifting.loc["offered", 0] == pytest.approx(0.25)
    assert alternating.loc["offered", 0] == pytest.approx(-0.75)
    assert math.isnan(alternating.loc["abandoned", 0])
    with pytest.raises(FiguresError, match="made of replications"):
        customers_figures([], []).batch_check()


def test_a_batch_that_did_not_count_an_interval_says_nothing_of_it() -> None:
    world = make_world(batches=2)
    tally = tally_of(world, [Customer(0.0, 0, 0, Outcome.ANSWERED)] * 6)
    tally.counted_s[:] = [[1_800.0, 900.0, 0, 0, 0], [0, 900.0, 1_800.0, 1_800.0, 0]]
    tally.customers[:, 1, 0, 0, Count.OFFERED] = [4, 8]
    frame = Figures.of(world, [tally]).frame(["interval"])
    assert frame["offered"].tolist() == [6, 12, 0, 0, 0]
    low = frame["offered_low"]
    assert math.isnan(low.iloc[0])
    half = stats.t.ppf(0.975, 1) * stats.sem([8, 16])
    assert low.iloc[1] == pytest.approx(12 - half)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Figures.of(WORLD, []), "tallies: none"),
        (lambda: Figures.of(WORLD, [empty_tally(WORLD)], 95), "confidence: 95; allowed is more than 0"),
        (lambda: Figures.of(WORLD, [empty_tally(WORLD)], variance="none"), "variance: 'none'; allowed are delta"),  # type: ignore[arg-type]
        (lambda: customers_figures([]).frame(["skill"]), r"by: \['skill'\]; allowed is any subset of queue, tier"),
        (lambda: customers_figures([]).frame(["queue", "queue"]), "each once"),
        (lambda: customers_figures([]).waits(["interval"]), "allowed is any subset of queue, tier, channel"),
        (lambda: customers_figures([]).table("skills"), "of: 'skills'; allowed is any of customers, agents"),  # type: ignore[arg-type]
        (
            lambda: Figures.of(make_world(queues=("a", "b")), [empty_tally(WORLD)]),
            r"tallies\[0\].customers: has the shape \(1, 5, 3, 2, 27\); this world's is \(1, 5, 2, 2, 27\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call: object, said: str) -> None:
    with pytest.raises(FiguresError, match=said):
        call()  # type: ignore[operator]


@pytest.fixture(scope="module")
def full() -> Figures:
    tallies = [fake_engine(make_world(number), print) for number in range(3)]
    return Figures.of(WORLD, tallies)


def test_csv_has_every_table_and_no_word_for_nothing(full: Figures, tmp_path: Path) -> None:
    paths = full.to_csv(tmp_path / "new" / "folder")
    assert {path.stem for path in paths} == {name for name, _ in tables(full)} | {"figures"}
    for name, frame in tables(full):
        text = (tmp_path / "new" / "folder" / f"{name}.csv").read_text(encoding="utf-8")
        assert "nan" not in text.lower()
        read = pd.read_csv(tmp_path / "new" / "folder" / f"{name}.csv")
        pd.testing.assert_frame_equal(read, flat(frame), check_dtype=False)
    words = pd.read_csv(tmp_path / "new" / "folder" / "figures.csv", index_col=["table", "figure"])
    assert words.loc[("customers", "service_level"), "formula"] == "answered in target / offered"


def test_parquet_reads_back_with_what_it_was_made_from(full: Figures, tmp_path: Path) -> None:
    full.to_parquet(tmp_path)
    for name, frame in tables(full):
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / f"{name}.parquet"), flat(frame), check_dtype=False)
    table = pq.read_table(tmp_path / "customers_by_interval.parquet")
    assert table.column("service_level").null_count == 1  # after the horizon
    facts = json.loads(table.schema.metadata[b"acdcore.figures"])
    assert (facts["run"]["seed"], facts["run"]["replications"]) == (42, 3)


def refuse(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


def test_json_is_what_its_schema_says(full: Figures, tmp_path: Path) -> None:
    path = full.to_json(tmp_path / "figures.json")
    read = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(read, SCHEMA)
    assert read == document(full)
    assert set(read["tables"]) == {name for name, _ in tables(full)}
    for name, table in read["tables"].items():
        known = read["figures"][name.partition("_by_")[0]]
        for column in table["columns"][len(table["levels"]) :]:
            assert column.removesuffix("_low").removesuffix("_high") in known
    by_interval = read["tables"]["customers_by_interval"]
    assert [row[0] for row in by_interval["rows"]] == [0.0, 1_800.0, 3_600.0, 5_400.0, None]
    at = by_interval["columns"].index("service_level")
    assert [row[at] for row in by_interval["rows"]][-1] is None
    assert read["targets_s"]["sales"] == {"standard": 20.0, "vip": 10.0}
    assert read["names"]["queues"][2] == {"name": "mail", "channel": "email"}


def test_every_column_is_described_and_nothing_else(full: Figures) -> None:
    for of in dict.fromkeys(of for of, _ in TABLES):
        assert list(full.table(of).estimates) == [entry.name for entry in full.described(of)]
        assert all(entry.unit and entry.formula and entry.about and entry.label for entry in full.described(of))


def test_without_intervals_there_are_no_tables_of_them() -> None:
    world = make_world(interval_s=1e30)
    names = [name for name, _ in tables(Figures.of(world, [empty_tally(world)]))]
    assert "customers_by_queue" in names
    assert not [name for name in names if "interval" in name]


def test_the_page_has_every_figure_with_its_formula(root: Path, full: Figures) -> None:
    page = (root / "docs" / "figures.md").read_text(encoding="utf-8")
    ofs: tuple[Of, ...] = ("customers", "agents", "fairness", "each_agent")
    tables_of_page = re.findall(r"^\| figure \| unit \| formula \| \|\n\|[-|]+\n((?:\|.*\n)+)", page, re.MULTILINE)
    assert len(tables_of_page) == len(ofs)
    for of, rows in zip(ofs, tables_of_page, strict=True):
        wanted = [f"| `{one.name}` | {one.unit} | {one.formula} | {one.about} |" for one in full.described(of)]
        assert rows.splitlines() == wanted


def test_the_page_has_every_field_of_the_json(root: Path) -> None:
    page = (root / "docs" / "figures.md").read_text(encoding="utf-8")
    for name, field in SCHEMA["properties"].items():
        for known in (name, *(field.get("properties", {}) if name == "run" else ())):
            assert f"`{known}`" in page, known
