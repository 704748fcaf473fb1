"""The benchmarks of single commands measure what they say: no clock decides anything here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from acdcore.bench import memory_probe
from acdcore.bench.reference_job import Shape, checksum, make_job
from acdcore.bench.tails import growth, timing
from acdcore.bench.tails.loads import center_that_grows, enqueue_many, must, reference
from acdcore.bench.tails.measure import record_full_law, record_reference
from acdcore.bench.tails.run import NEVER, Replays, Worst, in_turn, tail_of
from acdcore.bench.tails.stream import Stream
from acdcore.router import Command, Op, Result
from acdcore.router.batch import COMMAND
from acdcore.router.reference import Reference


def replayed(stream: Stream) -> tuple[int, int, int]:
    return timing.replay(stream, np.ones(len(stream), np.int64), np.ones(len(stream), np.int32))


@pytest.fixture
def small() -> Stream:
    """A hundred wait, with ids and requests, customers and timers."""
    return growth.everything(100)


def test_a_stream_is_the_same_after_it_was_kept(small: Stream, tmp_path: Path) -> None:
    small.about["results"] = "whatever"
    small.save(tmp_path)
    kept = Stream.load(tmp_path)
    assert len(kept) == len(small)
    assert kept.labels == small.labels == ["", growth.GROWS]
    assert kept.about == {"results": "whatever"}
    assert [kept.command(i) for i in range(len(kept))] == [small.command(i) for i in range(len(small))]
    assert replayed(kept) == replayed(small)


def test_a_replay_leads_to_where_the_recording_led(small: Stream) -> None:
    assert small.core is not None
    digest, state, refused = replayed(small)
    assert (state, refused) == (small.core.state_hash(), 0)
    assert timing.center_of(small).state_hash() == state
    assert (digest, state) != replayed(growth.everything(99))[:2]


def test_the_reference_router_does_the_same_with_a_stream(small: Stream) -> None:
    router = Reference()
    for number in range(len(small)):
        assert router.apply(small.command(number)).code == Result.OK
    assert router.state_hash() == replayed(small)[1]


def test_refused_commands_are_counted() -> None:
    stream = Stream()
    assert stream.apply(Command(Op.CANCEL, 0, target=1, x=2)).code != Result.OK
    assert replayed(stream)[2] == 1
    with pytest.raises(ValueError, match="CANCEL"):
        must(stream, Op.CANCEL, target=1, x=2)


def test_what_is_measured_is_what_was_labelled() -> None:
    stream = center_that_grows()
    must(stream, Op.DEFINE_QUEUE, name=b"q")
    stream.measure("one")
    enqueue_many(stream, 3, [0], [0])
    stream.measure("")
    enqueue_many(stream, 2, [0], [0])
    stream.measure("two")
    enqueue_many(stream, 1, [0], [0])
    labels, ops = np.empty(len(stream), np.int32), np.empty(len(stream), np.int32)
    stream.numbers(labels, ops)
    assert labels.tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 2]
    assert ops.tolist()[:4] == [Op.DEFINE_SKILL, Op.DEFINE_TIER, Op.DEFINE_QUEUE, Op.ENQUEUE]


@pytest.mark.parametrize("profiles", [0, 4])
def test_the_reference_job_is_everybodys(profiles: int) -> None:
    """The router's results are those of the contender that made the stream."""
    job = make_job(Shape(20, profiles, waiting=15), 400)
    stream, results = reference(job)
    assert checksum(results) == checksum(job.results)
    assert stream.core is not None
    stream.core.check_invariants()


def test_a_recording_tells_the_results_of_what_is_measured() -> None:
    stream = record_reference(Shape(10, waiting=5), 50)
    assert stream.about["results"] == checksum(make_job(Shape(10, waiting=5), 20_050).results[20_000:])
    labels, ops = np.empty(len(stream), np.int32), np.empty(len(stream), np.int32)
    stream.numbers(labels, ops)
    assert (labels > 0).sum() == 50


def test_a_recording_of_the_full_law_leads_where_its_rehearsal_led() -> None:
    stream = record_full_law(Shape(20, waiting=30), 400)
    labels, ops = np.empty(len(stream), np.int32), np.empty(len(stream), np.int32)
    stream.numbers(labels, ops)
    assert (labels > 0).sum() >= 400
    assert {Op.ENQUEUE, Op.ACCEPT, Op.COMPLETE, Op.ADVANCE} <= set(ops[labels > 0].tolist())
    _, state, refused = replayed(stream)
    assert (state, refused) == (stream.about["state"], 0)


def test_rows_are_put_on_record_as_they_are() -> None:
    stream, again = center_that_grows(), center_that_grows()
    for one in (stream, again):
        must(one, Op.DEFINE_QUEUE, name=b"q")
    enqueue_many(stream, 3, [0], [0])
    rows = np.zeros(3, np.dtype(COMMAND))
    for number in range(3):
        command = stream.command(len(stream) - 3 + number)
        for field, _ in COMMAND:
            if hasattr(command, field) and field != "items":
                rows[number][field] = getattr(command, field)
    again.append(rows.view(np.uint8))
    assert replayed(again) == replayed(stream)
    with pytest.raises(ValueError, match="whole rows"):
        again.append(rows.view(np.uint8)[:-1])
    rows["name_length"] = 1
    with pytest.raises(ValueError, match="name or items"):
        again.append(rows.view(np.uint8))


# ---------------------------------------------------------------------- figures


def test_quantiles_are_samples() -> None:
    tail = tail_of(np.arange(100_000, dtype=np.float64)[::-1].copy())
    assert (tail.p50, tail.p99, tail.p999, tail.p9999, tail.max) == (50_000, 99_000, 99_900, 99_990, 99_999)
    assert tail.mean == 49_999.5
    assert tail_of(np.array([7.0])).max == tail_of(np.array([7.0])).p50 == 7.0
    assert tail_of(np.array([])).samples == 0


def test_a_stall_hits_all_who_come_behind_it() -> None:
    gaps = np.array([5.0, 10.0, 10.0, 10.0, 100.0])
    service = np.array([1.0, 25.0, 1.0, 1.0, 2.0])
    assert in_turn(gaps, service).tolist() == [1.0, 25.0, 16.0, 7.0, 2.0]


def test_computed_latency_is_that_of_a_single_server() -> None:
    draw = np.random.default_rng(3)
    gaps, service = draw.exponential(10.0, 500), draw.exponential(8.0, 500)
    arrived = free = 0.0
    expected = []
    for gap, needs in zip(gaps, service, strict=True):
        arrived += gap
        free = max(free, arrived) + needs
        expected.append(free - arrived)
    assert np.allclose(in_turn(gaps, service), expected)


def test_planned_times_concern_the_measured_commands_only(small: Stream) -> None:
    planned = np.full(len(small), NEVER, np.int64)
    planned[-50:] = np.arange(50) * 1_000
    ticks = np.full(len(small), -7, np.int64)
    assert timing.replay_planned(small, planned, ticks) == replayed(small)[0]
    assert (ticks[:-50] == 0).all()
    assert (ticks[-50:] > 0).all()


def test_arrays_of_another_length_are_refused(small: Stream) -> None:
    with pytest.raises(ValueError, match="length"):
        timing.replay(small, np.ones(3, np.int64), np.ones(3, np.int32))
    with pytest.raises(ValueError, match="length"):
        timing.replay_planned(small, np.ones(3, np.int64), np.ones(len(small), np.int64))


def test_the_clock_is_calibrated() -> None:
    name, ticks_a_ns, own_ns = timing.clock()
    assert name in {"time-stamp counter", "CLOCK_MONOTONIC"}
    assert ticks_a_ns > 0
    assert own_ns >= 0
    assert timing.clock() == (name, ticks_a_ns, own_ns)


@pytest.mark.plain
def test_replays_in_processes_of_their_own_agree() -> None:
    with Replays(growth.waiting, 2_000) as replays:
        replays.run(2)
        replays.run(3, together=True)
        found = replays.replayed(growth.GROWS, worst=2_000)
        assert found.replays == 5
        assert found.own.samples == 2_000
        assert found.seen.samples == 10_000
        assert found.own.max <= found.seen.max
        grown = [worst for worst in found.worst if "interactions" in worst.grew]
        folder = replays._path
    assert grown
    assert not folder.exists()


# ---------------------------------------------------------------------- what happened, and what there is


def test_what_grew_is_found() -> None:
    stream = growth.waiting(3_000)
    due, grew = np.empty(len(stream), np.int32), np.empty(len(stream), np.int64)
    rows = timing.explain(stream, range(len(stream)), due, grew)
    core = timing.center_of(stream)
    assert sum(row["events"].get("INTERACTION_ENQUEUED", 0) for row in rows) == 3_000
    last = [row["grew"]["interactions"][1] for row in rows if "interactions" in row["grew"]][-1]
    assert last == memory_probe.arrays(core)["interactions"][2]
    assert (grew > 0).sum() == sum(any(":" not in name for name in row["grew"]) for row in rows)


def test_timers_that_a_command_fires_are_counted() -> None:
    stream = growth.waiting_with_timers(30)
    stream.now_ns += 2 * 86_400 * 10**9
    answer = stream.apply(Command(Op.ADVANCE, 0))
    due, grew = np.empty(len(stream), np.int32), np.empty(len(stream), np.int64)
    (row,) = timing.explain(stream, [len(stream) - 1], due, grew)
    assert row["due"] == due[-1] == answer.value == 30
    assert row["events"] == {"INTERACTION_EXPIRED": 30}


def test_the_longest_are_put_into_words() -> None:
    grew = {"timers": (1 << 20, 1 << 21), "offers": (4 << 20, 8 << 20), "lines": (100, 200)}
    worst = Worst(7, "grows", "ENQUEUE", 1e6, {"INTERACTION_ENQUEUED": 1}, 0, 3, 0, grew)
    assert worst.what() == "offers 4 MiB to 8 MiB, timers 1 MiB to 2 MiB, 3 new pages"
    quiet = Worst(7, "grows", "ADVANCE", 1e6, {"STEP_BEGAN": 40}, 40, 1, 0, {})
    assert quiet.what() == "40 timers fired, 40 STEP_BEGAN, 1 new page"
    assert Worst(7, "grows", "ADVANCE", 1e6, {}, 0, 0, 0, {}).what() == "no event"


@pytest.mark.parametrize("make", [one.make for one in growth.GROWTHS], ids=lambda make: make.__name__)
def test_whatever_grows_is_told(make: object) -> None:
    """The arrays that are told are nearly all that the C library has given: none is forgotten."""
    stream = make(3_000)  # type: ignore[operator]
    before = memory_probe.allocated()
    core = timing.center_of(stream)
    allocated = memory_probe.allocated() - before
    told = sum(bytes_ for _, _, bytes_ in memory_probe.arrays(core).values())
    if before <= 0 or allocated <= 0:
        pytest.skip("the C library does not say how much it has given")
    assert 0.8 * allocated < told < 1.05 * allocated
    assert memory_probe.arrays(core).keys() >= {"interactions", "answers: ring", "lines: links"}
