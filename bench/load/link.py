"""The way from one load process to the server: a few connections that all of its users share, and one call.

Calls are synchronous; gRPC's gevent support lets other users go on meanwhile. Every call is a row of Locust's
statistics. Each changing request has a request id, so that a call whose answer got lost is repeated until its
answer is known: only so can the books balance after an outage.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection
from typing import Any, Final

import gevent
import grpc
from gevent.event import Event
from locust.env import Environment

from ...errors import AcdError, DeadlineExceeded, Unavailable
from ...rpc import codec
from ...v1 import agent_service_pb2_grpc as agents_grpc
from ...v1 import figure_service_pb2_grpc as figures_grpc
from ...v1 import interaction_service_pb2_grpc as interactions_grpc
from ...v1 import queue_service_pb2_grpc as lines_grpc
from .books import Books, Note

CONNECTIONS: Final = 8
"""Of one process. Each of its users keeps to one of them."""
TIMEOUT_S: Final = 20.0
GIVE_UP_S: Final = 60.0
"""A call without an answer is repeated for so long, its last attempt aside."""
PAUSE_S: Final = 0.1
BROKEN: Final = (grpc.RpcError, ValueError)
"""What a call or a stream raises when it ends before its time; ValueError: its connection has just been closed."""
KIND: Final = "grpc"
"""Type of the rows of calls."""


class Connection:
    """One connection and the services' stubs on it."""

    def __init__(self, target: str) -> None:
        self._channel = grpc.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1)])
        self.interactions = interactions_grpc.InteractionServiceStub(self._channel)
        self.agents = agents_grpc.AgentServiceStub(self._channel)
        self.lines = lines_grpc.QueueServiceStub(self._channel)
        self.figures = figures_grpc.FigureServiceStub(self._channel)

    def watch(self, request: Any) -> Any:
        """Open an agent's stream: iterate over it, cancel it when it is not wanted any more. Raises ``BROKEN``."""
        return self.agents.WatchOffers(request)

    def close(self) -> None:
        """End the connection, and whatever is under way on it."""
        self._channel.close()


class Link:
    """A process's connections to one server. They are made when they are first used."""

    def __init__(self, environment: Environment, target: str, books: Books) -> None:
        self._environment = environment
        self._target = target
        self._books = books
        self._connections: list[Connection | None] = [None] * CONNECTIONS
        self._up = Event()
        self._up.set()
        self.generation = 0
        """Grows with every cut."""

    def connection(self, number: int) -> Connection:
        """Return the connection of a user; during an outage wait for its end."""
        self._up.wait()
        at = number % CONNECTIONS
        found = self._connections[at]
        if found is None:
            found = self._connections[at] = Connection(self._target)
        return found

    def cut(self, outage_s: float) -> None:
        """Cut every connection, calls and streams under way included; there is none again for a while."""
        self._up.clear()
        self.close()
        gevent.sleep(outage_s)
        self._up.set()

    def close(self) -> None:
        """End every connection."""
        self.generation += 1
        connections, self._connections = self._connections, [None] * CONNECTIONS
        for connection in connections:
            if connection is not None:
                connection.close()

    def call(
        self, number: int, service: str, method: str, request: Any, refusals: Collection[str] = (), wait: bool = True
    ) -> Any:
        """Call a method, repeat it until there is an answer, and return that.

        Args:
            number: of the user.
            service: ``interactions``, ``agents``, ``lines`` or ``figures``.
            method: its name, which is that of the row.
            request: what is sent; an empty request id is filled in.
            refusals: reasons that are to be expected, and are not failures.
            wait: whether it is repeated when the server cannot be reached or does not answer in time.

        Raises:
            AcdError: a refusal, expected or not, or no answer.
        """
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:
            request.request_id = str(uuid.uuid4())
        give_up = time.monotonic() + (GIVE_UP_S if wait else 0.0)
        while True:
            stub = getattr(self.connection(number), service)
            generation = self.generation
            begin = time.perf_counter()
            try:
                answer = getattr(stub, method)(request, timeout=TIMEOUT_S)
            except BROKEN as error:
                if self.generation != generation:
                    self._books.notes[Note.INTERRUPTED] += 1
                    continue
                if not isinstance(error, grpc.RpcError):
                    raise
                refusal = refused(error)
            else:
                self._tell(method, begin, answer.ByteSize(), None)
                return answer
            self._tell(method, begin, 0, None if refusal.reason in refusals else refusal)
            # CANCELLED, not by us: the server's gRPC has dropped it unread; a failure, but its fate must be known
            again = isinstance(refusal, Unavailable | DeadlineExceeded) or refusal.reason == "CANCELLED"
            if not again or time.monotonic() >= give_up:
                raise refusal
            gevent.sleep(PAUSE_S)

    def _tell(self, method: str, begin: float, size: int, refusal: AcdError | None) -> None:
        self._environment.events.request.fire(
            request_type=KIND,
            name=method,
            response_time=1000 * (time.perf_counter() - begin),
            response_length=size,
            exception=refusal,
            context={},
        )


def refused(error: Any) -> AcdError:
    """Return the AcdError that a failed call means."""
    details = next((value for key, value in error.trailing_metadata() or () if key == codec.DETAILS_KEY), None)
    return codec.error_of(error.code(), error.details() or "", details)
