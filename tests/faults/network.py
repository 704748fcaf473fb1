"""A network between people and a server: it loses, repeats, delays and reorders messages, and cuts streams."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from google.protobuf.message import Message

from acdcore.errors import AcdError, DeadlineExceeded, DoorReason, Unavailable

from .serving import Refused, Serving

M = TypeVar("M", bound=Message)


@dataclass(slots=True)
class Weather:
    """How bad the network is: chances for each message, and lengths of time in seconds."""

    lost: float = 0.0
    repeated: float = 0.0
    cut_per_message: float = 0.0
    """Chance that a stream's connection breaks, for each of its messages."""
    delay_s: float = 0.001
    """The mean delay."""
    slow: float = 0.0
    """Chance that a message takes a hundred times as long."""


class Network:
    """Carries requests to whatever server is up, and its answers back."""

    def __init__(self, rng: random.Random, weather: Weather) -> None:
        self._rng = rng
        self.weather = weather
        self.server: Serving | None = None
        self.steps = 0
        """Messages that arrived somewhere."""

    def _delay_s(self) -> float:
        mean = self.weather.delay_s * (100.0 if self._rng.random() < self.weather.slow else 1.0)
        return self._rng.expovariate(1.0 / mean)

    def _later(self, callback: Callable[..., object], *args: Any) -> None:
        asyncio.get_running_loop().call_later(self._delay_s(), callback, *args)

    async def call(self, method: str, request: Message, answer_type: type[M], timeout_s: float = 2.0) -> M:
        """Call a method, as ``Service/Method``.

        Raises AcdError as a client would: what the server refused, Unavailable where no server is, DeadlineExceeded
        when no answer came in time, whatever may have become of the request.
        """
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        data = request.SerializeToString()
        for _ in range(2 if self._rng.random() < self.weather.repeated else 1):
            if self._rng.random() >= self.weather.lost:
                self._later(self._arrive, method, data, answer)
        try:
            async with asyncio.timeout(timeout_s):
                return answer_type.FromString(await answer)
        except TimeoutError:
            raise DeadlineExceeded("no answer in time", reason=DoorReason.DEADLINE_EXCEEDED) from None

    def _arrive(self, method: str, data: bytes, answer: asyncio.Future[bytes]) -> None:
        self.steps += 1
        if self.server is None:
            self._later(self._bring, answer, None, Unavailable("nobody listens", reason=DoorReason.NOT_SERVING))
            return
        self.server.spawn(self._answered(self.server, method, data, answer))

    async def _answered(self, server: Serving, method: str, data: bytes, answer: asyncio.Future[bytes]) -> None:
        outcome: bytes | None = None
        refusal: AcdError | None = None
        try:
            outcome = await server.answer(method, data)
        except Refused as refused:
            refusal = refused.error
        if self._rng.random() >= self.weather.lost:
            self._later(self._bring, answer, outcome, refusal)

    def _bring(self, answer: asyncio.Future[bytes], outcome: bytes | None, refusal: AcdError | None) -> None:
        self.steps += 1
        if answer.done():
            return  # the caller has given up, or this is the answer to a repeated message
        if outcome is not None:
            answer.set_result(outcome)
        else:
            assert refusal is not None
            answer.set_exception(refusal)

    async def stream(self, method: str, request: Message, answer_type: type[M]) -> AsyncIterator[M]:
        """Open a stream and yield its messages in order, until it is cut or ended; raises AcdError then."""
        await asyncio.sleep(self._delay_s())
        server = self.server
        if server is None:
            raise Unavailable("nobody listens", reason=DoorReason.NOT_SERVING)
        arrived: asyncio.Queue[bytes | AcdError] = asyncio.Queue()

        async def write(message: bytes) -> None:
            await asyncio.sleep(self._delay_s())
            arrived.put_nowait(message)

        async def serve() -> None:
            try:
                await server.answer_stream(method, request.SerializeToString(), write)
            except Refused as refused:
                arrived.put_nowait(refused.error)

        serving = server.spawn(serve())
        serving.add_done_callback(lambda _: arrived.put_nowait(Unavailable("cut", reason=DoorReason.NOT_SERVING)))
        try:
            while True:
                message = await arrived.get()
                self.steps += 1
                if isinstance(message, AcdError):
                    raise message
                yield answer_type.FromString(message)
                if self._rng.random() < self.weather.cut_per_message:
                    raise Unavailable("the connection broke", reason=DoorReason.NOT_SERVING)
        finally:
            serving.cancel()
