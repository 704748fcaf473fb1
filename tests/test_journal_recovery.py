"""A server that ends, in whatever way, goes on where it was: through real files and a real server in this process."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from acdcore.bench import journal_recovery
from acdcore.errors import AcdError, FailedPrecondition, InvalidArgument, NotFound
from acdcore.journal import Damaged, SqliteJournal, WrongCenter
from acdcore.journal.committer import JournalCommitter
from acdcore.journal.encoding import decode, encode, take_apart
from acdcore.journal.errors import Diverged
from acdcore.journal.ledger import Ledger
from acdcore.journal.recovery import open_center, recover
from acdcore.journal.replica import Replica
from acdcore.router.codes import InteractionState, Kind, Op, Presence
from acdcore.router.records import Answer, Command
from acdcore.router.reference import Reference
from acdcore.rpc.client import Client
from acdcore.rpc.clock import ManualClock
from acdcore.rpc.server import Server
from journal_world import CENTER, START_NS, center, crashed, defined, enqueued, filled

pytestmark = pytest.mark.plain

SECOND_NS = 10**9


class Up:
    """A server with a journal, its time and a client."""

    def __init__(self, server: Server, clock: ManualClock, client: Client, committer: JournalCommitter) -> None:
        self.server = server
        self.clock = clock
        self.client = client
        self.committer = committer

    async def core(self, look: Any) -> Any:
        """Look at the router."""
        return await self.server.owner.read(lambda core, _now_ns: look(core))


@asynccontextmanager
async def serving(path: Path, text: str = CENTER, *, now_ns: int = START_NS) -> AsyncIterator[Up]:
    """Serve a center from a directory until the block ends; time stands still at ``now_ns``, or the journal's."""
    opened = open_center(path, center(text), now_ns)
    clock = ManualClock(max(now_ns, opened.core.center().now_ns))
    committer = JournalCommitter(opened.journal, opened.epoch, opened.core, digest_every=10)
    server = Server(opened.core, clock=clock, center_name="bank", committer=committer)
    await server.start()
    try:
        async with Client(f"127.0.0.1:{server.port}") as client:
            yield Up(server, clock, client, committer)
    finally:
        await server.stop(1.0)
        committer.close()


async def work(up: Up) -> None:
    """Something of everything: waiting, offered, assigned, declined, wrapping up, an agent away."""
    anna, ben = up.client.agent("anna"), up.client.agent("ben")
    await anna.sign_in()
    await ben.sign_in()
    for n in range(12):
        await up.client.enqueue("stocks" if n % 3 else "loans", interaction_id=f"call-{n}", tier="vip" if n % 4 else "")
        up.clock.move(0.25)
    [offer] = (await anna.get()).offers
    await anna.accept(offer.offer_id)
    [offer] = (await ben.get()).offers
    await ben.decline(offer.offer_id)
    up.clock.move(3)
    [offer] = (await ben.get()).offers
    assignment = await ben.accept(offer.offer_id)
    await ben.complete(assignment.interaction_id)
    await up.client.cancel("call-9")


def waiting(core: Any) -> list[tuple[str, int, int]]:
    """Return what waits, in the order of its sequence: (name, since, due)."""
    found = []
    for n in range(12):
        view = core.interaction(core.find(Kind.INTERACTION, f"call-{n}".encode()))
        if view is not None and view.state == InteractionState.WAITING:
            found.append((f"call-{n}", view.since_ns, view.due_ns))
    return found


# ---------------------------------------------------------------------- restarts


async def test_a_server_that_is_stopped_or_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    async with serving(tmp_path / "j") as up:
        await work(up)
        before = await up.core(lambda core: (core.state_hash(), waiting(core), core.center().event_seq))
        killed = crashed(tmp_path / "j", tmp_path / "killed")
    for path in (tmp_path / "j", killed):
        replica, recovery = recover(SqliteJournal(path, readonly=True))
        assert (replica.core.state_hash(), waiting(replica.core)) == before[:2]
        assert recovery.digests >= 2
        replica.core.check_invariants()
        async with serving(path, now_ns=START_NS + 10 * SECOND_NS) as up:
            after = await up.core(lambda core: (waiting(core), core.center().event_seq))
            assert after[0] == before[1]
            assert after[1] > before[2]  # it has resumed
            anna = await up.client.agent("anna").get()
            assert [one.state.name for one in anna.assignments] == ["ACTIVE"]
            await up.client.enqueue("loans", interaction_id="later")


async def test_leases_and_offers_get_time_again_after_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path / "j") as up:
        ben = up.client.agent("ben")
        await ben.sign_in()
        await up.client.enqueue("loans", interaction_id="call-1")
        [offer] = (await ben.get()).offers
    async with serving(tmp_path / "j", now_ns=START_NS + 3600 * SECOND_NS) as up:
        look = await up.client.agent("ben").get()
        assert look.presence == Presence.AVAILABLE
        assert [one.offer_id for one in look.offers] == [offer.offer_id]
        up.clock.move(19)
        assert (await up.client.agent("ben").accept(offer.offer_id)).interaction_id == "call-1"
        up.clock.move(50)
        await up.client.figures()
        look = await up.client.agent("ben").get()
        assert look.presence == Presence.OFFLINE  # nobody renewed the lease: it lapses after its grace


async def test_a_wall_clock_set_back_does_not_turn_the_journals_time_back(tmp_path: Path) -> None:
    async with serving(tmp_path / "j") as up:
        await up.client.agent("ben").sign_in()
        up.clock.move(5)
        await up.client.enqueue("loans", interaction_id="call-1")
    opened = open_center(tmp_path / "j", center(), START_NS - 3600 * SECOND_NS)
    assert opened.core.center().now_ns == START_NS + 5 * SECOND_NS
    opened.journal.close()


# ---------------------------------------------------------------------- request ids


async def test_a_request_is_answered_once_and_for_all_also_after_a_restart(tmp_path: Path) -> None:
    ids = [str(uuid.uuid4()) for _ in range(6)]
    async with serving(tmp_path / "j") as up:
        ben = up.client.agent("ben")
        await ben.sign_in(request_id=ids[0])
        first = await up.client.enqueue("loans", request_id=ids[1])
        [offer] = (await ben.get()).offers
        accepted = await ben.accept(offer.offer_id, request_id=ids[2])
        await up.client.fail(first.interaction_id, request_id=ids[3])
        await up.client.enqueue("stocks", interaction_id="s", request_id=ids[4])
        await up.client.cancel("s", request_id=ids[5])
        before = await up.core(lambda core: core.state_hash())
    async with serving(tmp_path / "j") as up:
        ben = up.client.agent("ben")
        resumed = await up.core(lambda core: core.state_hash())
        await ben.sign_in(request_id=ids[0])
        again = await up.client.enqueue("loans", request_id=ids[1])
        assert again.interaction_id == first.interaction_id
        assert (await ben.accept(offer.offer_id, request_id=ids[2])).assignment_id == accepted.assignment_id
        await up.client.fail(first.interaction_id, request_id=ids[3])
        await up.client.enqueue("stocks", interaction_id="s", request_id=ids[4])
        await up.client.cancel("s", request_id=ids[5])
        assert await up.core(lambda core: core.state_hash()) == resumed  # not one effect
        assert before != resumed
        for number in (1, 4):
            with pytest.raises(InvalidArgument) as caught:
                await up.client.enqueue("loans", interaction_id="other", request_id=ids[number])
            assert caught.value.reason == "REQUEST_MISMATCH"


async def test_a_request_that_was_never_committed_happens_once_on_its_retry(tmp_path: Path) -> None:
    number = str(uuid.uuid4())
    async with serving(tmp_path / "j") as up:
        lost = crashed(tmp_path / "j", tmp_path / "lost")  # the server dies before the commit
        await up.client.enqueue("loans", interaction_id="call-1", request_id=number)
    async with serving(lost) as up:
        with pytest.raises(NotFound):
            await up.client.get_interaction("call-1")
        await up.client.enqueue("loans", interaction_id="call-1", request_id=number)
        await up.client.enqueue("loans", interaction_id="call-1", request_id=number)
        rows = await up.client.figures()
        assert sum(row.enqueued for row in rows) == 1


async def test_killed_after_the_commit_and_before_the_answer_a_retry_gets_that_answer(tmp_path: Path) -> None:
    number = str(uuid.uuid4())
    killed: list[tuple[Path, bool]] = []
    async with serving(tmp_path / "j") as up:
        await up.client.agent("ben").sign_in()
        call = asyncio.ensure_future(up.client.enqueue("loans", request_id=number))

        def committed(_commands: int) -> None:
            killed.append((crashed(tmp_path / "j", tmp_path / f"killed-{len(killed)}"), call.done()))

        up.committer.after_commit.append(committed)
        answered = await call
        look = await up.client.agent("ben").get()
    path, was_answered = killed[0]
    assert not was_answered
    async with serving(path) as up:
        again = await up.client.enqueue("loans", request_id=number)
        assert (again.interaction_id, again.offer_ids) == (answered.interaction_id, answered.offer_ids)
        assert [one.offer_id for one in (await up.client.agent("ben").get()).offers] == [
            one.offer_id for one in look.offers
        ]
        assert sum(row.enqueued for row in await up.client.figures()) == 1


async def test_an_old_offer_after_a_restart_is_never_a_second_assignment(tmp_path: Path) -> None:
    async with serving(tmp_path / "j") as up:
        ben = up.client.agent("ben")
        await ben.sign_in()
        await up.client.enqueue("loans", interaction_id="call-1")
        [offer] = (await ben.get()).offers
        assignment = await ben.accept(offer.offer_id)
    async with serving(tmp_path / "j") as up:
        ben = up.client.agent("ben")
        assert (await ben.accept(offer.offer_id)).assignment_id == assignment.assignment_id
        with pytest.raises(AcdError):
            await up.client.agent("anna").accept(offer.offer_id)
        await ben.complete("call-1")
        with pytest.raises((NotFound, FailedPrecondition)):
            await ben.accept("o-7fffffff00000000")


# ---------------------------------------------------------------------- the center's file


async def test_a_changed_file_is_applied_through_the_journal(tmp_path: Path) -> None:
    async with serving(tmp_path / "j") as up:
        await work(up)
    changed = CENTER.replace("skills: [stocks, loans]", "skills: [spanish, loans, stocks]").replace(
        "  ben: {skills: {loans: 9}, channels: {chat: 1}}",
        "  ben: {skills: {loans: 9, spanish: 5}, channels: {chat: 1}}\n"
        "  carla: {skills: {spanish: 4}, max_open_offers: 2}",
    )
    changed = changed.replace("  loans: {target", "  spanish: {plan: [{requires: {spanish: 1}}]}\n  loans: {target")
    async with serving(tmp_path / "j", changed) as up:
        assert len(await up.core(waiting)) > 3
        ops = [Op(command.op) for command, _ in last_group(up)]
        assert ops == [Op.RESUME, Op.DEFINE_SKILL, Op.DEFINE_QUEUE, Op.DEFINE_AGENT, Op.DEFINE_AGENT]
        await up.client.agent("carla").sign_in()
        await up.client.enqueue("spanish", interaction_id="hola")
        assert (await up.client.get_interaction("hola")).agent in {"ben", "carla"}
    async with serving(tmp_path / "j", changed) as up:
        assert [Op(command.op) for command, _ in last_group(up)] == [Op.RESUME]  # nothing is said twice
    async with serving(tmp_path / "j", CENTER) as up:  # carla and the Spanish are gone again
        carla = await up.client.agent("carla").get()
        assert (carla.presence, dict(carla.skills)) == (Presence.OFFLINE, {})
        with pytest.raises(FailedPrecondition) as caught:
            await up.client.enqueue("spanish")
        assert caught.value.reason == "QUEUE_CLOSED"
    async with serving(tmp_path / "j", CENTER) as up:
        assert [Op(command.op) for command, _ in last_group(up)] == [Op.RESUME]
    async with serving(tmp_path / "j", changed) as up:  # and come back
        await up.client.agent("carla").sign_in()
        await up.client.enqueue("spanish", interaction_id="otra vez")


def last_group(up: Up) -> list[tuple[Command, Answer]]:
    """Return the last group that was committed."""
    *_, row = up.committer.journal.read(up.committer.journal.end - 1)
    return list(decode(take_apart(row.body)))


async def test_a_file_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path / "j") as up:
        await work(up)
        end = up.committer.journal.end
    too_few = CENTER.replace("settings: {lease: 60s}", "settings: {lease: 60s, max_agents: 2}").replace("ben:", "dora:")
    with pytest.raises(WrongCenter, match=r"cannot be brought in line .*nothing was changed"):
        open_center(tmp_path / "j", center(too_few), START_NS)
    with pytest.raises(WrongCenter, match="that of center 'bank', not of 'shop'"):
        open_center(tmp_path / "j", center(CENTER.replace("center: bank", "center: shop")), START_NS)
    journal = SqliteJournal(tmp_path / "j")
    assert journal.end == end
    journal.close()


# ---------------------------------------------------------------------- replay


def test_a_replay_that_differs_says_where(tmp_path: Path) -> None:
    core, first = defined()
    journal = SqliteJournal(tmp_path / "j", "bank")
    epoch = journal.take()
    journal.append(0, epoch, encode(first))
    good = [enqueued(core, 1), enqueued(core, 2)]
    journal.append(1, epoch, encode([good[0], (good[1][0], Answer(0, 77))]))
    with pytest.raises(Diverged, match=r"position 2, command 2 \(ENQUEUE\)") as caught:
        recover(journal)
    assert (caught.value.position, caught.value.number) == (2, 1)
    journal.close()
    other = SqliteJournal(tmp_path / "k", "bank")
    other.append(0, other.take(), encode(first, 1234))
    with pytest.raises(Diverged, match="position 1: the state's hash is"):
        recover(other)
    lenient = Replica(strict=False)
    for row in other.read():
        lenient.apply(row)
    assert len(lenient.diverged) == 1
    other.close()


def test_both_routers_replay_a_journal_alike(tmp_path: Path) -> None:
    journal, core = filled(tmp_path / "j", 40)
    for one in (None, Reference()):
        replica, recovery = recover(journal, one)
        assert replica.core.state_hash() == core.state_hash()
        assert recovery.digests == 9
    journal.close()


def test_what_is_known_beside_the_state_survives_as_bytes() -> None:
    ledger = Ledger()
    ledger.definitions[Kind.QUEUE]["Zoë".encode()] = "abc"
    ledger.retired.add(b"old")
    again = Ledger.unpacked(ledger.packed())
    assert (again.definitions, again.retired) == (ledger.definitions, ledger.retired)


def test_every_hash_seed_and_every_time_zone_replays_to_the_same_digest(tmp_path: Path) -> None:
    journal, core = filled(tmp_path / "j", 60)
    journal.close()
    program = (
        "import sys\nfrom acdcore.journal import SqliteJournal\nfrom acdcore.journal.recovery import recover\n"
        "replica, _ = recover(SqliteJournal(sys.argv[1], readonly=True))\n"
        "print(replica.core.state_hash(), replica.ledger.packed().hex())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "j")],
            capture_output=True, text=True, check=True, env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("0", "UTC"), ("1", "America/St_Johns"), ("4711", "Pacific/Chatham"))
    }  # fmt: skip
    assert len(said) == 1
    assert said.pop().split()[0] == str(core.state_hash())


def test_a_journal_that_lost_its_log_behind_a_snapshot_is_refused(tmp_path: Path) -> None:
    journal, _ = filled(tmp_path / "j", 5)
    journal.put_snapshot(100, b"whatever")
    journal.close()
    from acdcore.journal.replica import has_snapshots
    from acdcore.router import Core

    if not has_snapshots(Core()):
        pytest.skip("this router has no snapshots yet")
    with pytest.raises(Damaged, match=r"position 7: .*committed groups are missing"):
        open_center(tmp_path / "j", center(), START_NS)


# ---------------------------------------------------------------------- a real process


def start(path: Path, file: Path, *options: str) -> tuple[subprocess.Popen[str], str]:
    """Start ``acdcore serve`` with a journal; return it and its address."""
    command = [
        sys.executable,
        "-m",
        "acdcore.cli",
        "serve",
        str(file),
        "--data",
        str(path),
        "--port",
        "0",
        "--no-metrics",
    ]
    process = subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout is not None
    found = re.search(r"127\.0\.0\.1:\d+", process.stdout.readline())
    if found is None:
        process.wait()
        raise AssertionError(process.stderr.read() if process.stderr else "")
    return process, found[0]


def run_serve(file: Path, path: Path) -> subprocess.CompletedProcess[str]:
    """Serve until the server ends by itself."""
    command = [sys.executable, "-m", "acdcore.cli", "serve", str(file), "--data", str(path), "--port", "0"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def test_killed_without_warning_a_server_has_everything_it_answered(tmp_path: Path) -> None:
    file = tmp_path / "bank.yaml"
    file.write_text(CENTER, encoding="utf-8")
    process, target = await asyncio.to_thread(start, tmp_path / "j", file)
    answered: list[str] = []
    async with Client(target) as client:

        async def call() -> None:
            for _ in range(200):
                try:
                    answered.append((await client.enqueue("loans")).interaction_id)
                except AcdError:
                    return

        callers = asyncio.gather(*(call() for _ in range(8)))
        while len(answered) < 100:  # noqa: ASYNC110  calls are answered by another process
            await asyncio.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        await callers
    process.wait()
    second, target = await asyncio.to_thread(start, tmp_path / "j", file)
    refused = await asyncio.to_thread(run_serve, file, tmp_path / "j")
    assert refused.returncode == 5
    assert f"process {second.pid} writes to this directory" in " ".join(refused.stderr.split())
    async with Client(target) as client:
        for name in answered:
            assert (await client.get_interaction(name)).state == InteractionState.WAITING
    second.terminate()
    _, said = second.communicate(timeout=60)
    assert second.returncode == 0
    assert re.search(r"recovered .*groups=\d+", said)


def test_what_recovery_takes_is_measured_on_states_that_agree(tmp_path: Path) -> None:
    rows = journal_recovery.measure(tmp_path / "journal", 40, 200)
    states = {what.partition(":")[0]: state for what, _, _, state in rows}
    assert states["opened, from the journal alone"] == states["a snapshot is made"]
    assert [count for _, count, _, _ in rows][-2:] == ["0", f"{journal_recovery.TAIL + 1:,}"]
