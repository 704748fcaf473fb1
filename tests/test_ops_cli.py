"""``acdcore ops write``: what operators need, in a folder of theirs, and nothing of theirs lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

import acdcore.ops
from acdcore.cli.app import app
from acdcore.cli.output import Exit

pytestmark = pytest.mark.plain

FILES = {
    "prometheus/prometheus.yml",
    "prometheus/rules.yml",
    "grafana/floor.json",
    "grafana/router.json",
    "systemd/acdcore.service",
    "container/Containerfile",
}


def ran(*arguments: str) -> tuple[int, str]:
    """Run the command line in 80 columns; return its exit code and what it printed, errors included."""
    result = CliRunner(env={"COLUMNS": "80", "TERM": "dumb"}).invoke(app, arguments)
    return result.exit_code, result.output


def test_everything_is_written_into_a_folder_that_need_not_be_there(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "ops"
    code, said = ran("ops", "write", str(folder))
    assert code == Exit.OK
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written >= FILES
    assert all(name in said for name in written)
    assert {path: (folder / path).read_bytes() for path in written} == acdcore.ops.contents()
    for name in ("floor", "router"):
        assert json.loads((folder / "grafana" / f"{name}.json").read_text("utf-8"))["panels"]


def test_what_was_changed_is_kept_and_named_unless_forced(tmp_path: Path) -> None:
    ran("ops", "write", str(tmp_path))
    unit = tmp_path / "systemd" / "acdcore.service"
    (tmp_path / "grafana" / "floor.json").unlink()
    unit.write_text("mine", encoding="utf-8")
    code, said = ran("ops", "write", str(tmp_path))
    assert code == Exit.FAILED
    plain = said.replace("\n", "")
    assert f"{unit}: exists with another content, nothing was written; allowed: --force, or another folder" in plain
    assert unit.read_text("utf-8") == "mine"
    assert not (tmp_path / "grafana" / "floor.json").exists()
    code, said = ran("ops", "write", str(tmp_path), "--force")
    assert code == Exit.OK
    assert unit.read_bytes() == acdcore.ops.contents()["systemd/acdcore.service"]


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    ran("ops", "write", str(tmp_path))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    code, _ = ran("ops", "write", str(tmp_path))
    assert code == Exit.OK
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, said = ran("ops", "write", str(tmp_path / "file" / "below"))
    assert code == Exit.FAILED
    assert "file/below" in said.replace("\n", "")
    code, said = ran("ops", "write", str(tmp_path / "file"))
    assert code == Exit.USAGE


@pytest.mark.parametrize("command", [("ops",), ("ops", "write")])
def test_help_fits_80_columns(command: tuple[str, ...]) -> None:
    code, said = ran(*command, "--help")
    assert code == Exit.OK
    assert max(map(len, said.splitlines())) <= 80


def test_the_sample_of_prometheus_and_its_rules_are_valid(tmp_path: Path) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("needs promtool: apt-get install prometheus")
    ran("ops", "write", str(tmp_path))
    done = subprocess.run(
        ["promtool", "check", "config", "prometheus.yml"],
        cwd=tmp_path / "prometheus", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_unit_is_hardened_and_has_no_mistake(tmp_path: Path) -> None:
    """Its exposure, by systemd's own scale from 0 (none) to 10, is the one that the guide states, or less."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    ran("ops", "write", str(tmp_path))
    unit = tmp_path / "systemd" / "acdcore.service"
    scored = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=14", "--no-pager", str(unit)],
        capture_output=True, text=True, timeout=60, check=False, env=os.environ | {"SYSTEMD_COLORS": "0"},
    )  # fmt: skip
    assert scored.returncode == 0, scored.stdout[-400:] + scored.stderr
    here = unit.with_name("here.service")
    here.write_text(unit.read_text("utf-8").replace("/opt/acdcore/bin/acdcore", "/bin/true"), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(here)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
