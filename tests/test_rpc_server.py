"""The server as a process and as a neighbor: health, reflection, ports, signals, an orderly end."""

from __future__ import annotations

import asyncio
import errno
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import descriptor_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from acdcore.config import parse_center
from acdcore.errors import AcdError, DeadlineExceeded, Unavailable
from acdcore.rpc import server as server_module
from acdcore.rpc.client import Client
from acdcore.rpc.clock import SystemClock
from acdcore.rpc.owner import Group
from acdcore.rpc.ports import ListenError, check_free
from acdcore.rpc.server import Server, loop_factory, run_server, serve
from acdcore.v1 import interaction_service_pb2
from rpc_center import refusal, running, small_center

CENTER = """
center: tiny
tiers: {standard: {}}
queues: {help: {plan: [{requires: {}}], offer_timeout: 10m}}
agents: {anna: {}}
"""
LISTENING = "0A"
LOOPBACKS = ("0100007F", "0000000000000000FFFF00000100007F")
SERVICES = [f"acdcore.v1.{what}Service" for what in ("Agent", "Figure", "Interaction", "Queue")]


async def test_health_of_the_server_and_of_each_service() -> None:
    async with running() as up:
        health = health_pb2_grpc.HealthStub(up.channel)
        for name in ("", *SERVICES):
            answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        said = await refusal(health.Check(health_pb2.HealthCheckRequest(service="unheard.of")))
        assert said.code == grpc.StatusCode.NOT_FOUND


async def test_reflection_tells_the_whole_contract() -> None:
    async with running() as up:
        stub = reflection_pb2_grpc.ServerReflectionStub(up.channel)
        questions = [
            reflection_pb2.ServerReflectionRequest(list_services=""),
            reflection_pb2.ServerReflectionRequest(file_containing_symbol="acdcore.v1.AgentService"),
        ]
        call = stub.ServerReflectionInfo()
        answers = []
        for question in questions:
            await call.write(question)
            answers.append(await call.read())
        await call.done_writing()
        listed, found = answers
        assert {one.name for one in listed.list_services_response.service} == {
            *SERVICES,
            "grpc.health.v1.Health",
            "grpc.reflection.v1alpha.ServerReflection",
        }
        file = descriptor_pb2.FileDescriptorProto.FromString(found.file_descriptor_response.file_descriptor_proto[0])
        assert file.name == "acdcore/v1/agent_service.proto"


async def test_two_servers_cannot_share_a_port(capfd: pytest.CaptureFixture[str]) -> None:
    async with running() as up:
        with pytest.raises(OSError, match="cannot listen") as caught:
            await Server(small_center()).start(up.server.port)
        assert str(caught.value) == (
            f"cannot listen on 127.0.0.1:{up.server.port}: address already in use; "
            "choose another port, or 0 for a free one"
        )
        assert "bind" not in capfd.readouterr().err  # gRPC's own log was not needed


async def test_an_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(OSError, match=r"^cannot listen on 192\.0\.2\.1:0: [^;]*$"):
        await Server(small_center()).start(host="192.0.2.1")


async def test_a_metrics_port_that_is_taken_is_told_and_the_other_port_is_free_again() -> None:
    async with running() as up:
        taken = up.server.port
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
        with pytest.raises(ListenError) as caught:
            await Server(small_center()).start(port, metrics_port=taken)
        error = caught.value
        assert (error.listener, error.errno, error.address) == ("metrics", errno.EADDRINUSE, f"127.0.0.1:{taken}")
        assert str(error) == (
            f"cannot listen on 127.0.0.1:{taken} for metrics: address already in use; "
            "choose another port, or 0 for a free one"
        )
        second = Server(small_center())
        assert await second.start(port, metrics_port=0) == port
        await second.stop(0.0)


async def test_a_port_that_somebody_takes_meanwhile_is_told_and_the_page_is_gone(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async with running() as up:
        asked: list[int] = []

        def free_at_first(host: str, port: int) -> None:
            asked.append(port)
            if len(asked) > 1:
                check_free(host, port)

        monkeypatch.setattr(server_module, "check_free", free_at_first)
        late = Server(small_center())
        with pytest.raises(ListenError) as caught:
            await late.start(up.server.port, metrics_port=0)
        assert (caught.value.listener, caught.value.errno) == ("gRPC", errno.EADDRINUSE)
        assert late.metrics_port is not None
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", late.metrics_port)
        capfd.readouterr()  # gRPC's own log


async def test_only_this_machine_can_reach_it_by_default() -> None:
    async with running() as up:
        tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]  # local addresses, in hexadecimal
        if not all(table.exists() for table in tables):
            pytest.skip("this system does not tell who listens")
        lines = [line.split() for table in tables for line in table.read_text().splitlines()]
        mine = {line[1] for line in lines if line[1].endswith(f":{up.server.port:04X}") and line[3] == LISTENING}
        assert mine <= {f"{loopback}:{up.server.port:04X}" for loopback in LOOPBACKS}
        assert mine


async def test_an_orderly_end_answers_what_is_under_way() -> None:
    class Slow:
        """A committer that is slower than the wish to stop."""

        def __init__(self) -> None:
            self.arrived = asyncio.Event()
            self.go_on = asyncio.Event()

        async def commit(self, group: Group) -> None:
            self.arrived.set()
            await self.go_on.wait()

    committer = Slow()
    async with running(committer=committer) as up:
        health = health_pb2_grpc.HealthStub(up.channel)
        beat = health.Watch(health_pb2.HealthCheckRequest())
        assert (await beat.read()).status == health_pb2.HealthCheckResponse.SERVING
        stream = up.client.agent("anna").watch()
        await anext(stream)
        call = asyncio.create_task(up.client.enqueue("loans", interaction_id="last"))
        await committer.arrived.wait()
        stopping = asyncio.create_task(up.server.stop())
        assert (await beat.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        with pytest.raises(Unavailable, match="stopping"):
            await anext(stream)
        late = interaction_service_pb2.EnqueueInteractionRequest(queue="loans").SerializeToString()
        said = await refusal(up.raw("InteractionService/EnqueueInteraction", late))
        assert (said.code, said.info.reason) == (grpc.StatusCode.UNAVAILABLE, "NOT_SERVING")
        assert said.retry_delay_s is not None
        assert not call.done()
        committer.go_on.set()
        assert (await call).interaction_id == "last"
        await stopping


def test_all_that_a_stopping_server_may_wait_for_takes_ten_seconds() -> None:
    """Calls under way, their answers on the network, the last group, a snapshot's process, the journal."""
    assert server_module.GRACE_S + 3 * server_module.FLUSH_S + server_module.CLOSE_S <= 10.0


async def test_a_call_that_takes_too_long_says_so() -> None:
    class Stuck:
        """A committer that never returns."""

        async def commit(self, group: Group) -> None:
            await asyncio.Event().wait()

    async with running(committer=Stuck()) as up, Client(up.target, timeout=timedelta(milliseconds=50)) as client:
        with pytest.raises(DeadlineExceeded) as caught:
            await client.enqueue("loans")
        assert caught.value.reason == "DEADLINE_EXCEEDED"


async def test_clients_repeat_by_themselves_what_a_busy_server_could_not_take() -> None:
    async with running(inbox_limit=0) as up:
        asked = 0
        submit = up.server.owner.submit

        def counted(*work: Any) -> Any:
            nonlocal asked
            asked += 1
            if asked == 3:
                up.server.owner._inbox_limit = 10
            return submit(*work)

        up.server.owner.submit = counted  # type: ignore[method-assign, assignment]
        assert (await up.client.enqueue("loans", interaction_id="call-1")).interaction_id == "call-1"
        assert asked == 3


async def test_nobody_there() -> None:
    async with running() as up:
        target = up.target
    async with Client(target) as client:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await client.wait_until_ready(timedelta(milliseconds=50))
        with pytest.raises(Unavailable) as caught:
            await client.enqueue("loans")
        assert caught.value.reason == "NOT_SERVING"
        assert str(caught.value) == f"{target} cannot be reached: is a server running there?"
        assert isinstance(caught.value.__cause__, grpc.aio.AioRpcError)
        with pytest.raises(Unavailable, match="is a server running there"):
            await anext(client.agent("anna").watch())


# ---------------------------------------------------------------------- serve()


async def test_serve_runs_until_it_is_told() -> None:
    ready: asyncio.Future[tuple[int, int | None]] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        serve(
            parse_center(CENTER, "tiny.yaml"),
            port=0,
            metrics_port=0,
            speed=60.0,
            ready=lambda port, metrics: ready.set_result((port, metrics)),
        )
    )
    port, metrics_port = await ready
    assert metrics_port
    async with Client(f"127.0.0.1:{port}", center="tiny") as client:
        await client.agent("anna").sign_in()
        assert (await client.enqueue("help")).agent == "anna"
    signal.raise_signal(signal.SIGTERM)
    await serving
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


async def test_serve_ends_with_an_error_when_a_commit_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        """A committer without a disk."""

        async def commit(self, group: Group) -> None:
            raise OSError("no space left on device")

    monkeypatch.setattr("acdcore.rpc.owner.NullCommitter", Failing)
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    center = parse_center(CENTER, "tiny.yaml")
    serving = asyncio.create_task(
        serve(center, port=0, metrics_port=None, ready=lambda port, _: ready.set_result(port))
    )
    async with Client(f"127.0.0.1:{await ready}") as client:
        with pytest.raises(Unavailable):
            await client.agent("anna").sign_in()
    with pytest.raises(Unavailable, match="commit"):
        await serving


@contextmanager
def process(tmp_path: Path, program: str = "") -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server process, and its port."""
    center = tmp_path / "center.yaml"
    center.write_text(CENTER)
    child = subprocess.Popen(
        [sys.executable, "-c", program or START, str(center)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert child.stdout is not None
    try:
        yield child, int(re.findall(r"\d+", child.stdout.readline())[0])
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


START = """
import sys
from acdcore.config import load_center
from acdcore.rpc.server import run_server
run_server(load_center(sys.argv[1]), port=0, metrics_port=None, ready=lambda port, _: print(port, flush=True))
"""
STUCK = """
import asyncio
from acdcore.rpc import owner

class Stuck:
    async def commit(self, group):
        print("stuck", flush=True)
        await asyncio.Event().wait()

owner.NullCommitter = Stuck
"""


async def test_sigterm_ends_a_process_in_order(tmp_path: Path) -> None:
    with process(tmp_path) as (child, port):
        async with Client(f"127.0.0.1:{port}") as client:
            anna = client.agent("anna")
            await anna.sign_in()
            stream = anna.watch()
            await anext(stream)
            child.send_signal(signal.SIGTERM)
            with pytest.raises(Unavailable, match="stopping"):
                await anext(stream)
        assert await asyncio.to_thread(child.wait, 30) == 0


@pytest.mark.plain
async def test_a_second_sigterm_ends_it_at_once(tmp_path: Path) -> None:
    with process(tmp_path, STUCK + START) as (child, port):
        async with Client(f"127.0.0.1:{port}", timeout=timedelta(minutes=1)) as client:
            call = asyncio.create_task(client.agent("anna").sign_in())
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                beat = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
                await beat.read()
                assert child.stdout is not None
                assert await asyncio.to_thread(child.stdout.readline) == "stuck\n"  # an orderly end would wait for this
                child.send_signal(signal.SIGTERM)
                assert (await beat.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
                child.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(child.wait, 30) == -signal.SIGTERM
        with pytest.raises(AcdError):
            await call


def test_the_fastest_loop_that_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = loop_factory()
    if factory is not None:
        loop = factory()
        assert type(loop).__module__.startswith("uvloop")
        loop.close()
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert loop_factory() is None


def test_run_server_passes_everything_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    async def fake(center: Any, **options: Any) -> None:
        seen.update(options, center=center)

    monkeypatch.setattr(server_module, "serve", fake)
    run_server("a center", port=7)  # type: ignore[arg-type]
    assert seen == {"center": "a center", "port": 7}


def test_time_in_the_server_is_real_by_default() -> None:
    assert isinstance(Server(small_center()).owner.clock, SystemClock)


async def test_a_client_looks_each_second_for_a_server_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """GRPC's own patience grows to two minutes; what rings meanwhile would ring at nobody."""
    seen: list[dict[str, object]] = []
    real = grpc.aio.insecure_channel

    def noting(target: str, options: Sequence[tuple[str, object]]) -> grpc.aio.Channel:
        seen.append(dict(options))
        return real(target, options=options)

    monkeypatch.setattr(grpc.aio, "insecure_channel", noting)
    async with Client("127.0.0.1:1"):
        pass
    assert seen[0]["grpc.max_reconnect_backoff_ms"] == 1_000
    assert seen[0]["grpc.initial_reconnect_backoff_ms"] == 100
