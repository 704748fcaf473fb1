"""Spans of calls: what they tell, what they do not, and that they arrive where they are sent."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
import grpc.aio
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import rpc_attributes
from opentelemetry.semconv.attributes import error_attributes, server_attributes
from opentelemetry.trace import SpanKind, StatusCode
from typer.testing import CliRunner

import acdcore
from acdcore import Client, NotFound, tracing
from acdcore.cli.app import app
from acdcore.cli.output import Exit
from acdcore.logs import json_formatter
from acdcore.rpc.carrying import trace_metadata
from acdcore.rpc.center import Center
from acdcore.tracing import EnvironmentValueError, Tracing, exporting
from acdcore.v1 import agent_service_pb2 as agents
from acdcore.v1 import interaction_service_pb2 as interactions
from rpc_center import Running, refusal, running

pytestmark = pytest.mark.plain

ENQUEUE = "acdcore.v1.InteractionService/EnqueueInteraction"
ID = "0b5cf1a2-3c4d-4e5f-8a6b-7c8d9e0f1a2b"
SECRET = "Geheim+49170"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Traced:
    """Spans that a server has made."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracing = Tracing(self.provider, "bank")

    def spans(self, kind: SpanKind | None = None) -> list[ReadableSpan]:
        """All of them, or of one kind, in the order of their end."""
        return [span for span in self._exporter.get_finished_spans() if kind in (None, span.kind)]


@pytest.fixture
def traced() -> Traced:
    return Traced()


def attributes(span: ReadableSpan) -> dict[str, object]:
    """What a span tells."""
    return dict(span.attributes or {})


async def enqueue(up: Running, *metadata: tuple[str, str], queue: str = "stocks") -> None:
    """Call with metadata of our own, and without the client."""
    request = interactions.EnqueueInteractionRequest(queue=queue, request_id=ID)
    call = up.channel.unary_unary(f"/{ENQUEUE}")
    await call(request.SerializeToString(), metadata=metadata, timeout=60)


async def test_a_call_is_a_span_and_what_it_spends_its_time_with_are_spans_in_it(traced: Traced) -> None:
    async with running(tracing=traced.tracing) as up:
        await enqueue(up)
        port = up.server.port
    inbox, router, commit, call = traced.spans()
    assert (call.name, call.kind, call.parent) == (ENQUEUE, SpanKind.SERVER, None)
    assert call.status.status_code == StatusCode.UNSET
    assert attributes(call) == {
        rpc_attributes.RPC_SYSTEM_NAME: "grpc",
        rpc_attributes.RPC_METHOD: ENQUEUE,
        rpc_attributes.RPC_RESPONSE_STATUS_CODE: "OK",
        server_attributes.SERVER_ADDRESS: "127.0.0.1",
        server_attributes.SERVER_PORT: port,
        "acdcore.center": "bank",
        "acdcore.queue": "stocks",
        "acdcore.request_id": ID,
    }
    for child in (inbox, router, commit):
        assert child.parent is not None
        assert call.context is not None
        assert (child.parent.span_id, child.kind) == (call.context.span_id, SpanKind.INTERNAL)
    assert [child.name for child in (inbox, router, commit)] == ["inbox", "router", "commit"]
    assert [attributes(child) for child in (inbox, router, commit)] == [
        {},
        {"acdcore.operation": "ENQUEUE", "acdcore.result": "OK"},
        {"acdcore.group": 1},
    ]
    times = [call.start_time, inbox.start_time, inbox.end_time, router.end_time, commit.start_time, commit.end_time]
    assert [at for at in [*times, call.end_time] if at is not None] == sorted(filter(None, [*times, call.end_time]))
    assert len(times) == len(list(filter(None, times)))


async def test_a_read_has_no_command_and_waits_for_no_commit(traced: Traced) -> None:
    async with running(tracing=traced.tracing) as up:
        await up.client.agent("anna").get()
    assert [(span.name, attributes(span)) for span in traced.spans(SpanKind.INTERNAL)] == [
        ("inbox", {}),
        ("router", {}),
    ]


async def test_the_callers_trace_goes_on(traced: Traced) -> None:
    async with running(tracing=traced.tracing) as up:
        await enqueue(up, ("traceparent", f"00-{TRACE}-{SPAN}-01"))
        await enqueue(up, ("traceparent", "00-no-trace-01"))
        await enqueue(up, ("traceparent", f"00-{TRACE}-{SPAN}-00"))  # whoever began it does not record it
    first, second = traced.spans(SpanKind.SERVER)
    assert first.parent is not None
    assert (f"{first.parent.trace_id:032x}", f"{first.parent.span_id:016x}") == (TRACE, SPAN)
    assert second.parent is None
    assert len(traced.spans()) == 2 * 4


async def test_the_client_carries_the_span_that_a_program_is_in(traced: Traced) -> None:
    assert trace_metadata() == ()
    async with running(tracing=traced.tracing) as up:
        with traced.provider.get_tracer("test").start_as_current_span("a program's") as outer:
            await up.client.enqueue("stocks")
            with pytest.raises(NotFound):
                await up.client.enqueue("nowhere")
        await up.client.enqueue("stocks")
    found = [span.parent.span_id if span.parent else None for span in traced.spans(SpanKind.SERVER)]
    assert found == [outer.get_span_context().span_id] * 2 + [None]


@pytest.mark.parametrize(
    ("options", "queue", "code", "reason", "status"),
    [
        ({}, "nowhere", "NOT_FOUND", "UNKNOWN_QUEUE", StatusCode.UNSET),
        ({}, "\n", "INVALID_ARGUMENT", "INVALID_NAME", StatusCode.UNSET),
        ({"inbox_limit": 0}, "stocks", "UNAVAILABLE", "INBOX_FULL", StatusCode.ERROR),
    ],
)
async def test_a_refusal_is_an_error_of_the_server_only_where_it_is_one(
    traced: Traced, options: dict[str, Any], queue: str, code: str, reason: str, status: StatusCode
) -> None:
    async with running(tracing=traced.tracing, **options) as up:
        await refusal(enqueue(up, queue=queue))
    [call] = traced.spans(SpanKind.SERVER)
    told = attributes(call)
    assert (told[rpc_attributes.RPC_RESPONSE_STATUS_CODE], told[error_attributes.ERROR_TYPE]) == (code, code)
    assert (told["acdcore.reason"], call.status.status_code) == (reason, status)
    assert call.events == ()


async def test_a_fault_of_ours_is_an_error_without_its_text(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr(Center, "check", broken)
    async with running(tracing=traced.tracing) as up:
        await refusal(enqueue(up))
    [call] = traced.spans()
    assert (attributes(call)["acdcore.reason"], call.status.status_code) == ("INTERNAL", StatusCode.ERROR)
    assert SECRET not in call.to_json()


async def test_a_stream_is_one_span_that_ends_with_it(traced: Traced) -> None:
    async with running(tracing=traced.tracing) as up:
        request = agents.WatchOffersRequest(agent="anna").SerializeToString()
        stream = up.channel.unary_stream("/acdcore.v1.AgentService/WatchOffers")(request)
        await stream.read()
        assert traced.spans(SpanKind.SERVER) == []
        stream.cancel()
        while not traced.spans(SpanKind.SERVER):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    [call] = traced.spans(SpanKind.SERVER)
    assert attributes(call)[rpc_attributes.RPC_RESPONSE_STATUS_CODE] == "CANCELLED"
    assert call.status.status_code == StatusCode.UNSET


async def test_spans_tell_nothing_of_customers_and_agents(traced: Traced) -> None:
    async with running(tracing=traced.tracing, log_ids=True) as up:
        anna = up.client.agent("anna")
        await anna.sign_in()
        await up.client.enqueue("stocks", interaction_id=SECRET, customer_id=SECRET, tier="vip")
        async for offer in anna.offers():
            await (await offer.accept()).complete()
            break
        for queue in (SECRET, f"{SECRET}\n"):
            await refusal(enqueue(up, queue=queue))
        await anna.sign_out(force=True)
    told = "".join(span.to_json() for span in traced.spans())
    assert len(traced.spans(SpanKind.SERVER)) >= 7
    assert SECRET not in told
    assert "anna" not in told


async def test_log_lines_name_the_span(traced: Traced, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "acdcore")
    async with running(tracing=traced.tracing) as up:
        await enqueue(up, ("traceparent", f"00-{TRACE}-{SPAN}-01"))
    [line] = [json.loads(json_formatter().format(one)) for one in caplog.records]
    [call] = traced.spans(SpanKind.SERVER)
    assert call.context is not None
    assert (line["trace_id"], line["span_id"]) == (TRACE, f"{call.context.span_id:016x}")


# ---------------------------------------------------------------------- off


def test_while_nothing_is_traced_opentelemetry_is_not_even_imported() -> None:
    code = """if True:
        import asyncio, sys
        from acdcore import Client, Router
        from acdcore.cli import app
        from acdcore.rpc.server import Server
        async def main():
            router = Router()
            router.define_tier("t")
            router.define_queue("q")
            async with Server(router) as server, Client(f"127.0.0.1:{server.port}") as client:
                await client.enqueue("q")
        asyncio.run(main())
        print([name for name in sys.modules if name.startswith("opentelemetry")])
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "[]\n"


# ---------------------------------------------------------------------- sent


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Takes spans, as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        self.taken: list[trace_service_pb2.ExportTraceServiceRequest] = []

    def Export(
        self, request: trace_service_pb2.ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> trace_service_pb2.ExportTraceServiceResponse:
        """Take some."""
        self.taken.append(request)
        return trace_service_pb2.ExportTraceServiceResponse()


@contextmanager
def collecting() -> Iterator[tuple[Collector, int]]:
    """Run a collector on a free port."""
    collector = Collector()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield collector, port
    finally:
        server.stop(0).wait()


@pytest.mark.parametrize("by_environment", [False, True])
async def test_a_served_center_sends_its_spans_to_a_collector(by_environment: bool) -> None:
    with collecting() as (collector, port):
        where, environment = f"otlp://127.0.0.1:{port}", {}
        if by_environment:
            where = "env"
            environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", "OTEL_SERVICE_NAME": "bank-2"}
        options = ("--volatile", "--port", "0", "--no-metrics", "--traces", where)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "acdcore.cli", "serve", *options),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**_without_opentelemetry(), **environment},
        )
        assert process.stdout is not None
        try:
            said = re.search(r"on 127\.0\.0\.1:(\d+)", (await process.stdout.readline()).decode())
            assert said
            async with Client(f"127.0.0.1:{said[1]}") as client:
                await client.enqueue("regular", customer_id=SECRET)
        finally:
            if process.returncode is None:
                process.terminate()
            _, err = await asyncio.wait_for(process.communicate(), 60)
        assert (process.returncode, b"opentelemetry" in err) == (0, False), err.decode()
    [resource] = [one for request in collector.taken for one in request.resource_spans]
    about = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
    assert about["service.name"] == ("bank-2" if by_environment else "acdcore")
    assert about["service.version"] == acdcore.__version__
    [scope] = resource.scope_spans
    assert [span.name for span in scope.spans] == ["inbox", "router", "commit", ENQUEUE]
    assert scope.schema_url == tracing.SCHEMA
    assert SECRET not in str(resource)


def _without_opentelemetry() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}


def test_a_collector_that_is_not_there_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:  # it listens and never answers
        monkeypatch.setattr(tracing, "FLUSH_S", 0.05)
        with exporting(f"http://127.0.0.1:{taken.getsockname()[1]}", "bank") as spans:
            spans._tracer.start_span("lost").end()
    [told] = [one for one in caplog.records if one.name == "acdcore.tracing"]
    assert (told.levelno, told.getMessage()) == (logging.WARNING, "spans_lost limit_s=0.05")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
    ],
)
def test_a_variable_that_asks_for_what_is_not_here_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(EnvironmentValueError, match=rf"^{name} is '{value}'; allowed: (otlp|grpc), or unset$"):
        exporting(None, "bank").__enter__()
    arguments = ["serve", "--volatile", "--traces", "env", "--port", "0", "--no-metrics"]
    ran = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, arguments)
    assert (ran.exit_code, f"error: {name} is '{value}'; allowed" in ran.output) == (Exit.USAGE, True)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            "127.0.0.1:4317",
            "127.0.0.1:4317; allowed: otlp://HOST:PORT, such as otlp://127.0.0.1:4317, otlps://HOST:PORT",
        ),
        ("otlp://127.0.0.1", "127.0.0.1 has no port; allowed: HOST:PORT"),
        ("otlps://:4317", ":4317 has no host; allowed: HOST:PORT"),
    ],
)
def test_a_collector_that_cannot_be_meant_is_refused(value: str, said: str) -> None:
    ran = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, ["serve", "--traces", value])
    assert ran.exit_code == Exit.USAGE
    assert f"Invalid value for '--traces': {said}" in " ".join(ran.output.replace("│", " ").split())
