"""A server without sockets: the same services, owner and journal, called by their methods' names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, NoReturn

import grpc

from acdcore.errors import AcdError
from acdcore.rpc.call_log import CallLog
from acdcore.rpc.center import Center
from acdcore.rpc.codec import DETAILS_KEY, error_of
from acdcore.rpc.owner import Owner
from acdcore.rpc.services import handlers

PACKAGE: Final = "acdcore.v1"


class Refused(Exception):
    """What a method ended with instead of an answer."""

    def __init__(self, error: AcdError) -> None:
        super().__init__(error.message)
        self.error = error


class _Context:
    """What a method sees of the transport."""

    def __init__(self, write: Callable[[bytes], Awaitable[None]], serialize: Callable[[Any], bytes]) -> None:
        self._write = write
        self._serialize = serialize

    async def write(self, message: Any) -> None:
        await self._write(self._serialize(message))

    async def abort(self, code: grpc.StatusCode, message: str, trailing: Any = ()) -> NoReturn:
        details = next((value for key, value in trailing if key == DETAILS_KEY), None)
        raise Refused(error_of(code, message, details))

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return ()

    def set_trailing_metadata(self, trailing: Any) -> None:
        """Nobody reads it."""

    def peer(self) -> str:
        return "simulated"


class _Call:
    """Which method a generic handler is asked for."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.invocation_metadata = ()


class Serving:
    """One process of the server, from start to crash."""

    def __init__(self, owner: Owner, name: str = "bank") -> None:
        self.owner = owner
        self.center = Center(name, owner)
        self._handlers: dict[str, Any] = {}
        self._generic = handlers(self.center, CallLog(name, owner._core))
        self._tasks: set[asyncio.Task[Any]] = set()
        self.is_up = True

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Do something as part of this process: it ends when the process does."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _handler(self, method: str) -> Any:
        found = self._handlers.get(method)
        if found is None:
            call = _Call(f"/{PACKAGE}.{method}")
            found = next(one for generic in self._generic if (one := generic.service(call)) is not None)
            self._handlers[method] = found
        return found

    async def answer(self, method: str, data: bytes) -> bytes:
        """Answer the bytes of a request with the bytes of its answer; raises Refused."""
        handler = self._handler(method)
        context = _Context(_nowhere, handler.response_serializer)
        response = await handler.unary_unary(handler.request_deserializer(data), context)
        answer: bytes = handler.response_serializer(response)
        return answer

    async def answer_stream(self, method: str, data: bytes, write: Callable[[bytes], Awaitable[None]]) -> None:
        """Answer a request with a stream; raises Refused."""
        handler = self._handler(method)
        await handler.unary_stream(handler.request_deserializer(data), _Context(write, handler.response_serializer))

    def crash(self) -> None:
        """End at once: whatever this process was doing, it does no more of it."""
        self.is_up = False
        for task in list(self._tasks):
            task.cancel()
        if self.owner._task is not None:
            self.owner._task.cancel()
        self.owner._cancel_timer()


async def _nowhere(_message: bytes) -> None:
    raise AssertionError("a method without a stream writes to one")
