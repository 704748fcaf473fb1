"""Calls of the client carry the trace that the program is in, if it is in one, as W3C's traceparent.

OpenTelemetry is not imported here: whoever has a tracer has imported it already.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def trace_metadata() -> tuple[tuple[str, str], ...]:
    """Return the metadata that carries the current span to a server; nothing where there is none."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None or not trace.get_current_span().get_span_context().is_valid:
        return ()
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return tuple(carrier.items())


class Carrying:
    """A channel whose calls carry the current span. For the generated stubs, which want no more of one."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    def unary_unary(self, *method: Any, **options: Any) -> Callable[..., Any]:
        """Return what calls a method with one answer."""
        return _carrying(self._channel.unary_unary(*method, **options))

    def unary_stream(self, *method: Any, **options: Any) -> Callable[..., Any]:
        """Return what calls a method with a stream of answers."""
        return _carrying(self._channel.unary_stream(*method, **options))


def _carrying(call: Callable[..., Any]) -> Callable[..., Any]:
    def carried(request: Any, *, timeout: float | None = None) -> Any:
        return call(request, timeout=timeout, metadata=trace_metadata() or None)

    return carried
