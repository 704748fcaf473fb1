"""Spans of calls, by OpenTelemetry: one for each RPC, inside it what the call spent its time with.

    acdcore.v1.InteractionService/EnqueueInteraction
      inbox     waiting for the router's owner
      router    the command in the core, and its answer made
      commit    the group's commit; everything that it caused waits for it

Off unless asked for; this module, and OpenTelemetry with it, is imported only then. What is told of a call follows
the semantic conventions for RPCs; of customers, agents and interactions nothing is told: names of queues are the only
ids that are not the server's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from time import time_ns
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from . import __version__
from .errors import AcdError
from .logs import event
from .router.codes import Op, Result
from .rpc.call_log import Call
from .rpc.codec import STATUSES

log = logging.getLogger("acdcore.tracing")

SERVICE: Final = "acdcore"
"""The service's name in traces; OTEL_SERVICE_NAME says another."""
SCHEMA: Final = "https://opentelemetry.io/schemas/1.40.0"
"""The semantic conventions whose names are used."""
FLUSH_S: Final = 2.0
"""How long an ending process waits for the last spans to be taken."""
FAULTS: Final = frozenset({"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"})
"""Statuses that are a server's errors; all others are its answers to what callers did."""
_PROTOCOL: Final = "OTEL_EXPORTER_OTLP_PROTOCOL"

Handle = Callable[[Any, Any], Awaitable[Any]]


class Stages:
    """When one piece of work came to where, in nanoseconds since 1970; 0: it never did. The owner fills it in."""

    __slots__ = ("applied_ns", "begun_ns", "commit_ns", "committed_ns", "group", "op", "put_ns", "result")

    def __init__(self) -> None:
        self.put_ns = time_ns()
        self.begun_ns = self.applied_ns = self.commit_ns = self.committed_ns = 0
        self.op = self.result = -1
        """The command and how the router answered it, -1: there was none."""
        self.group = 0
        """How many commands shared the commit."""


_STAGES: ContextVar[list[Stages] | None] = ContextVar("acdcore_stages", default=None)
"""What the call that runs in this context spends its time with; None when its span is not recorded."""


class Tracing:
    """Makes the spans of a server's calls.

    Args:
        provider: where spans go, such as a program's own.
        center: the center's name.
    """

    def __init__(self, provider: trace.TracerProvider, center: str) -> None:
        self._tracer = provider.get_tracer("acdcore", __version__, schema_url=SCHEMA)
        self._center = center
        self._propagator = TraceContextTextMapPropagator()
        self._where: dict[str, Any] = {}

    def listening(self, host: str, port: int) -> None:
        """Where the server listens, from now on told of every call."""
        self._where = {"server.address": host, "server.port": port}

    # ------------------------------------------------------------------ one call

    def around(self, method: str, handle: Handle) -> Handle:
        """Return a handler of calls that makes their spans around another one; ``method`` is its full name."""
        kind = trace.SpanKind.SERVER
        named = {"rpc.system.name": "grpc", "rpc.method": method, "acdcore.center": self._center}

        async def traced(request: Any, context: Any) -> Any:
            carrier = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
            with self._tracer.start_as_current_span(
                method,
                self._propagator.extract(carrier),
                kind,
                {**named, **self._where},
                record_exception=False,  # its text may name a customer
                set_status_on_exception=False,
            ) as span:
                if not span.is_recording():
                    return await handle(request, context)
                stages: list[Stages] = []
                _STAGES.set(stages)
                try:
                    response = await handle(request, context)
                    _answered(span, "OK")
                    return response
                except asyncio.CancelledError:
                    _answered(span, "CANCELLED")
                    raise
                finally:  # what was refused has been told by refused()
                    for one in stages:
                        self._tell(span, one)

        return traced

    def begun(self, call: Call, queue: str) -> None:
        """Name a call that has begun in its span, and its span in the call's log line."""
        span = trace.get_current_span()
        about = span.get_span_context()
        call.trace = {"trace_id": f"{about.trace_id:032x}", "span_id": f"{about.span_id:016x}"}
        span.set_attribute("acdcore.request_id", call.request_id)
        if queue:
            span.set_attribute("acdcore.queue", queue)

    def refused(self, error: AcdError) -> None:
        """Say how and why the call was refused."""
        span = trace.get_current_span()
        span.set_attribute("acdcore.reason", str(error.reason))
        _answered(span, STATUSES[type(error)].name)

    # ------------------------------------------------------------------ inside

    def stages(self) -> Stages | None:
        """Return what the owner is to fill in for work that this call gives it; None: its span is not recorded."""
        whole = _STAGES.get()
        if whole is None:
            return None
        one = Stages()
        whole.append(one)
        return one

    def _tell(self, span: trace.Span, one: Stages) -> None:
        inside = trace.set_span_in_context(span)

        def child(name: str, begin_ns: int, end_ns: int, **attributes: str | int) -> None:
            if begin_ns and end_ns:
                told = {f"acdcore.{key}": value for key, value in attributes.items()}
                self._tracer.start_span(name, inside, attributes=told, start_time=begin_ns).end(max(begin_ns, end_ns))

        child("inbox", one.put_ns, one.begun_ns)
        if one.op < 0:
            child("router", one.begun_ns, one.applied_ns)
        else:
            told = {"operation": Op(one.op).name, "result": Result(one.result).name}
            child("router", one.begun_ns, one.applied_ns, **told)
        child("commit", one.commit_ns, one.committed_ns, group=one.group)


def _answered(span: trace.Span, code: str) -> None:
    span.set_attribute("rpc.response.status_code", code)
    if code != "OK":
        span.set_attribute("error.type", code)
    if code in FAULTS:
        span.set_status(trace.StatusCode.ERROR)


# ---------------------------------------------------------------------- where spans go


class EnvironmentValueError(ValueError):
    """A variable asks for something that is not here. Its text names it, its value and what is allowed."""


def _check_environment() -> None:
    for name, allowed in (
        ("OTEL_TRACES_EXPORTER", ("otlp",)),
        (_PROTOCOL, ("grpc",)),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", ("grpc",)),
    ):
        value = os.environ.get(name)
        if value and value not in allowed:
            raise EnvironmentValueError(f"{name} is {value!r}; allowed: {', '.join(allowed)}, or unset")


@contextlib.contextmanager
def exporting(endpoint: str | None, center: str) -> Iterator[Tracing]:
    """Send spans to a collector by OTLP over gRPC until the block ends; then what is left, for a few seconds.

    Args:
        endpoint: ``http://HOST:PORT``, or ``https://`` for TLS; None: as OTEL_EXPORTER_OTLP_ENDPOINT and the other
            variables of OpenTelemetry say. Sampling, batching and resource attributes are theirs in either case.
        center: the center's name.

    Raises:
        EnvironmentValueError: a variable asks for something that is not here.
    """
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    if endpoint is None:
        _check_environment()
    resource = Resource.create({SERVICE_VERSION: __version__})
    if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: SERVICE}))
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    insecure = None if endpoint is None else endpoint.startswith("http://")
    exporter = OTLPSpanExporter(endpoint=endpoint, insecure=insecure)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        yield Tracing(provider, center)
    finally:
        ending = threading.Thread(target=provider.shutdown, name="acdcore traces", daemon=True)
        ending.start()  # it waits for a collector that does not answer for as long as half a minute
        ending.join(FLUSH_S)
        if ending.is_alive():
            event(log, logging.WARNING, "spans_lost", limit_s=FLUSH_S)
            exporter.shutdown()  # so that it stops trying
