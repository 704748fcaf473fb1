"""Whoever started the server as a service is told when calls are answered, as systemd's units of type notify need."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from acdcore.cli.notify import tell_service_manager

pytestmark = pytest.mark.plain

CENTER = "center: small\nskills: [a]\nqueues: {q: {plan: [{requires: {a: 1}}]}}\nagents: {anna: {skills: {a: 5}}}\n"


def test_a_server_says_ready_when_it_answers(tmp_path: Path) -> None:
    center = tmp_path / "center.yaml"
    center.write_text(CENTER, encoding="utf-8")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        command = [sys.executable, "-m", "acdcore.cli", "serve", str(center), "--port", "0", "--no-metrics"]
        env = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env) as process:
            try:
                assert manager.recv(100) == b"READY=1"
                assert process.stdout is not None
                assert b"serving center small" in process.stdout.readline()
                process.send_signal(signal.SIGTERM)
                assert process.wait(60) == 0
            finally:
                process.kill()


@pytest.mark.parametrize("abstract", [False, True])
def test_both_kinds_of_addresses_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, abstract: bool
) -> None:
    name = f"@acdcore-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(name.replace("@", "\0") if abstract else name)
        manager.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        assert tell_service_manager("READY=1")
        assert manager.recv(100) == b"READY=1"


def test_without_a_manager_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not tell_service_manager("READY=1")


def test_a_manager_that_is_gone_is_only_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    assert not tell_service_manager("READY=1")
    assert "cannot tell the service manager READY=1" in caplog.text
