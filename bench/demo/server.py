"""A real server as a subprocess on loopback, started as an operator would start it and told to end."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

START_LIMIT_S: Final = 30.0
STOP_LIMIT_S: Final = 10.0


class DemoError(RuntimeError):
    """The demo could not be run, or what it counted does not add up; the message is for people."""


class DemoServer:
    """``acdcore serve`` with a center's text at ``speed`` times real time; a context manager.

    ``target`` is the address for a client, ``metrics_url`` that of the Prometheus page, empty without
    ``metrics``. ``apart``: a terminal's Ctrl-C does not reach the server, so that it can be asked and stopped
    afterwards. It keeps a journal in ``data``, none by default. Raises :class:`DemoError`, with what the server
    said, when it does not come up within ``start_limit_s``.
    """

    def __init__(
        self,
        center_text: str,
        speed: float,
        *,
        metrics: bool = False,
        apart: bool = False,
        start_limit_s: float = START_LIMIT_S,
        data: Path | None = None,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="acdcore-demo-")
        folder = Path(self._folder.name)
        (folder / "center.yaml").write_text(center_text, encoding="utf-8")
        self._errors: IO[bytes] = (folder / "stderr.txt").open("w+b")
        kept = ("--volatile",) if data is None else ("--data", str(data))
        page = ("--metrics-port", "0") if metrics else ("--no-metrics",)
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "acdcore.cli", "serve", str(folder / "center.yaml"),
             *kept, "--port", "0", *page, "--speed", f"{speed:g}", "--log-level", "warning"],
            stdout=subprocess.PIPE, stderr=self._errors, stdin=subprocess.DEVNULL, text=True,
            process_group=0 if apart else None,
        )  # fmt: skip
        self.pid = self._process.pid
        self.metrics_url = ""
        self._watchdog = threading.Timer(start_limit_s, self._process.kill)

    def __enter__(self) -> Self:
        self._watchdog.start()
        try:
            self.target = f"127.0.0.1:{self._read_port()}"
        except BaseException:
            self.__exit__(None, None, None)
            raise
        finally:
            self._watchdog.cancel()
        # whatever else it prints must not fill the pipe
        threading.Thread(target=self._drain, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()
        self._folder.cleanup()

    def kill(self) -> None:
        """End the server at once and remove its folder, for a day that nobody wants any more."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    @property
    def exit_code(self) -> int | None:
        """The server's exit code; None while it runs."""
        return self._process.poll()

    def said(self) -> str:
        """Return what the server has written to standard error so far: warnings, and worse."""
        with Path(self._errors.name).open("rb") as errors:
            return errors.read().decode("utf-8", "replace").strip()

    def _read_port(self) -> int:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = re.search(r" on 127\.0\.0\.1:(\d+)", line)
            if found:
                page = re.search(r"metrics on (http://\S+)", line)
                self.metrics_url = page[1] if page else ""
                return int(found[1])
        self._process.wait()
        raise DemoError(f"the server did not start (exit code {self._process.returncode}):\n{self.said()}")

    def _drain(self) -> None:
        assert self._process.stdout is not None
        for _ in self._process.stdout:
            pass
