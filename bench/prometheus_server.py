"""A real Prometheus, for tests and for pictures: its own folder and port, started and stopped with a block.

Debian's package ``prometheus`` has it, and with it ``promtool``.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

PATIENCE_S: Final = 120.0
"""How long a machine that does a great deal else may take for what takes a second."""


class Prometheus:
    """A running Prometheus, asked over HTTP."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer of its interface; ValueError with its words when it refuses."""
        query = urllib.parse.urlencode(parameters, doseq=True)
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{query}"
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
                told = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(json.load(error)["error"]) from None
        assert told["status"] == "success", told
        return told["data"]

    def query(self, expr: str, at_s: float | None = None) -> list[dict[str, Any]]:
        """Return the series that an expression has at a moment, by default now; or raise ValueError."""
        moment = {} if at_s is None else {"time": f"{at_s}"}
        found: list[dict[str, Any]] = self.get("query", query=expr, **moment)["result"]
        return found

    def between(self, expr: str, begin_s: float, end_s: float, step_s: float) -> list[dict[str, Any]]:
        """Return the series that an expression has between two moments, Unix time, at every step; or raise ValueError.

        Each has ``metric``, its labels, and ``values``, pairs of a moment and a number as text.
        """
        asked = {"query": expr, "start": f"{begin_s}", "end": f"{end_s}", "step": f"{step_s}"}
        found: list[dict[str, Any]] = self.get("query_range", **asked)["result"]
        return found

    def ready(self) -> bool:
        """Say whether it answers."""
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready") as answer:
            return bool(answer.status == 200)
        return False


def config(folder: Path, targets: Sequence[str], rules: Sequence[Path] = (), *, every: str = "200ms") -> Path:
    """Write a configuration that scrapes some addresses and evaluates some rules, both as often as said."""
    path = folder / "prometheus.yml"
    told = {
        "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
        "rule_files": [str(rule) for rule in rules],
        "scrape_configs": [{"job_name": "acdcore", "static_configs": [{"targets": list(targets)}]}],
    }
    path.write_text(json.dumps(told), encoding="utf-8")  # JSON is YAML
    return path


@contextmanager
def prometheus(configuration: Path) -> Iterator[Prometheus]:
    """Run a Prometheus of a configuration, with its data beside it, until the block ends.

    Raises FileNotFoundError where there is none.
    """
    binary = shutil.which("prometheus")
    if binary is None:
        raise FileNotFoundError("no Prometheus here: apt-get install prometheus")
    for _ in range(5):  # another process may take the port that was free a moment ago
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with (configuration.parent / "prometheus.log").open("w+b") as log:
            process = subprocess.Popen(
                [
                    binary,
                    f"--config.file={configuration}",
                    f"--storage.tsdb.path={configuration.parent / 'data'}",
                    "--storage.tsdb.retention.time=10y",
                    f"--web.listen-address=127.0.0.1:{port}",
                    "--log.level=warn",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                asked = Prometheus(port)
                deadline = time.monotonic() + PATIENCE_S
                while process.poll() is None and not asked.ready():
                    assert time.monotonic() < deadline, "Prometheus does not answer"
                    time.sleep(0.05)
                if process.poll() is None:
                    yield asked
                    return
            finally:
                process.terminate()
                process.wait(PATIENCE_S)
            log.seek(0)
            said = log.read().decode()
            assert "address already in use" in said, said
    raise AssertionError("no port for Prometheus")
