"""``acdcore top``: a running center, live in a terminal; frame after frame where there is none."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from time import monotonic
from typing import Final, TextIO

from rich.console import Console, Group
from rich.live import Live

from ..errors import AcdError, FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted, Unimplemented
from ..model import Queue
from ..rpc.client import Client
from .status import Standing
from .top_view import FOOT_ROWS, HEAD_ROWS, Choice, History, View, frame, pressed

DOORS_EVERY_S: Final = 10.0
"""How often queues' doors are asked for: definitions are much, and seldom change."""
REFUSED: Final = (FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted, Unimplemented)
"""What a server means. All else is its silence: one that ends cuts off what is under way, as CANCELLED."""


class Looker:
    """Asks a server for its figures, again and again, over restarts of it.

    Raises, from :meth:`look`, what a refusal raises; silence is noted, not raised, once there was an answer.
    """

    def __init__(self, address: str, timeout_s: float, clock: Callable[[], float] = monotonic) -> None:
        self.view: View | None = None
        self.choice = Choice()
        self._address = address
        self._timeout = timedelta(seconds=timeout_s)
        self._client = self._connected()
        self._clock = clock
        self._history = History()
        self._queues: list[Queue] = []
        self._doors_at_s = float("-inf")
        self._heard_at_s = clock()

    def _connected(self) -> Client:
        return Client(self._address, timeout=self._timeout)

    async def close(self) -> None:
        """Close the connection."""
        await self._client.close()

    async def begin(self) -> None:
        """Wait for the server, and look for the first time; raise Unavailable when it cannot be reached."""
        await self._client.wait_until_ready(self._timeout)
        await self._ask()

    async def look(self) -> None:
        """Look again. A server that does not answer is said to be silent, in the view."""
        try:
            await self._ask()
        except AcdError as error:
            if isinstance(error, REFUSED):
                raise
            if self.view is not None:
                self.view.silent_s = max(0.001, self._clock() - self._heard_at_s)
            await self._client.close()
            self._client = self._connected()  # at once: gRPC tries an old connection more and more seldom

    async def _ask(self) -> None:
        center, rows = await self._client.center_figures(), await self._client.figures()
        if self._clock() - self._doors_at_s >= DOORS_EVERY_S:
            self._queues = await self._client.queues()
            self._doors_at_s = self._clock()
        standing = Standing(center, self._queues, rows)
        self._history.add(standing)
        self._heard_at_s = self._clock()
        self.view = View(self._address, standing, self._history, self.choice)

    def lines(self, width: int, height: int | None) -> Group:
        """Return a frame of what was seen last."""
        assert self.view is not None
        self.view.choice = self.choice
        return Group(*frame(self.view, width, height))


class Frames(Console):
    """Where frames go. Whoever reads them from a pipe may stop when enough was seen."""

    def __init__(self) -> None:
        super().__init__(highlight=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """End without a word: that was all right."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0)


async def once(console: Console, address: str, timeout_s: float, every_s: float) -> None:
    """Print one frame, with the rates of one interval.

    Raises:
        Unavailable, DeadlineExceeded: the server cannot be reached or does not answer in time.
        AcdError: it refuses.
    """
    looker = Looker(address, timeout_s)
    try:
        await looker.begin()
        await asyncio.sleep(every_s)
        await looker.look()
        console.print(looker.lines(console.width, None))
    finally:
        await looker.close()


async def endless(console: Console, address: str, timeout_s: float, every_s: float) -> None:
    """Print frame after frame, for a file or a pipe, until somebody ends it. Raises as :func:`once`."""
    looker = Looker(address, timeout_s)
    try:
        await looker.begin()
        while True:
            console.print(looker.lines(console.width, None))
            console.print()
            console.file.flush()
            await asyncio.sleep(every_s)
            await looker.look()
    finally:
        await looker.close()


async def live(console: Console, address: str, timeout_s: float, every_s: float) -> None:
    """Show the center in a terminal until ``q`` is pressed. Raises as :func:`once`."""
    looker = Looker(address, timeout_s)
    loop = asyncio.get_running_loop()
    over, again = asyncio.Event(), asyncio.Event()

    def on_key(key: str) -> None:
        choice = pressed(looker.choice, key, max(1, console.height - HEAD_ROWS - FOOT_ROWS))
        if choice is None:
            over.set()
        else:
            looker.choice = choice
        again.set()

    try:
        await looker.begin()
        with (
            Live(console=console, screen=True, auto_refresh=False) as screen,
            _keys(loop, sys.stdin, on_key),
            _signals(loop, {signal.SIGTERM: over, signal.SIGWINCH: again}, again),
        ):
            looking = loop.create_task(looker.look())
            next_s = loop.time() + every_s
            while not over.is_set():
                if looking.done():
                    looking.result()  # a refusal ends it
                    if loop.time() >= next_s:
                        looking, next_s = loop.create_task(looker.look()), loop.time() + every_s
                        looking.add_done_callback(lambda _: again.set())
                screen.update(looker.lines(console.width, console.height), refresh=True)
                again.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(again.wait(), max(0.0, next_s - loop.time()) if looking.done() else every_s)
            looking.cancel()
    finally:
        await looker.close()


@contextlib.contextmanager
def _signals(
    loop: asyncio.AbstractEventLoop, events: dict[signal.Signals, asyncio.Event], again: asyncio.Event
) -> Iterator[None]:
    """Set events on signals, and ``again`` with each."""

    def on(event: asyncio.Event) -> None:
        event.set()
        again.set()

    for number, event in events.items():
        loop.add_signal_handler(number, on, event)
    try:
        yield
    finally:
        for number in events:
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _keys(loop: asyncio.AbstractEventLoop, stream: TextIO, on_key: Callable[[str], None]) -> Iterator[None]:
    """Hear of each key that is pressed, at once and without an echo, where the stream is a terminal."""
    if not stream.isatty():
        yield
        return
    import termios
    import tty

    number = stream.fileno()
    before = termios.tcgetattr(number)

    def ready() -> None:
        data = os.read(number, 64).decode(errors="replace")
        for key in _split(data or "q"):  # nothing to read: the terminal is gone
            on_key(key)

    tty.setcbreak(number)
    loop.add_reader(number, ready)
    try:
        yield
    finally:
        loop.remove_reader(number)
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def _split(data: str) -> Iterator[str]:
    """Split what was read into keys: letters, and sequences of an escape."""
    at = 0
    while at < len(data):
        end = at + 1
        if data.startswith("\x1b[", at):
            end = at + 2
            while end < len(data) and not data[end].isalpha() and data[end] != "~":
                end += 1
            end += 1
        yield data[at:end]
        at = end
