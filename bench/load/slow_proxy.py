"""A TCP proxy that delays what it passes on: how a distant or overloaded network would look to a client."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Final, Self

_CHUNK: Final = 64 * 1024


class SlowProxy:
    """Listens on a free port of loopback and passes everything on to a target; a context manager.

    Every byte arrives ``delay_s`` later than without it, in either direction; that may be changed at any time,
    and then holds for whatever comes from then on. Order is kept. It runs in a thread of its own.
    """

    def __init__(self, target: str, delay_s: float = 0.0) -> None:
        self._host, _, port = target.rpartition(":")
        self._port = int(port)
        self.delay_s = delay_s
        self.target = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._under_way: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        host, port = self._server.sockets[0].getsockname()
        self.target = f"{host}:{port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def _end(self) -> None:
        self._server.close()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.close()
            return
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pass_on(source, sink))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Read at once, write later: the delay does not make the connection narrower."""
        pending: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        writing = asyncio.create_task(self._write(pending, sink))
        try:
            while data := await source.read(_CHUNK):
                pending.put_nowait((self._loop.time() + self.delay_s, data))
            pending.put_nowait((self._loop.time() + self.delay_s, b""))
            await writing
        except OSError:
            pass
        finally:
            writing.cancel()
            sink.close()

    async def _write(self, pending: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                due, data = await pending.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not data:
                    return
                sink.write(data)
                await sink.drain()
