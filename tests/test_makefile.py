"""``make`` says what it does and how long that takes, and sets up in an order that can be followed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.plain

PYTHON = """\
#!/bin/sh
# An interpreter that installs nothing: it makes its own likeness where an environment is wanted.
echo "$*" | head -n 1 >> "$LOG"
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$0" "$3/bin/acdcore"; fi
"""


def make(folder: Path, *words: str, log: Path | None = None) -> list[str]:
    """Run make, which must succeed, and return the lines that it prints."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LOG": str(log or folder / "log")}
    done = subprocess.run(["make", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.fixture
def clean(root: Path, tmp_path: Path) -> Path:
    """Return a clean checkout, as far as setting up is concerned, with an interpreter that does nothing."""
    for name in ("Makefile", "pyproject.toml", "setup.py"):
        shutil.copy(root / name, tmp_path)
    for name in ("router", "sim", "bench"):
        (tmp_path / name).mkdir()
    (tmp_path / "router" / "heap.pyx").write_text("")
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    return tmp_path


def test_help_fits_80_columns_and_says_how_long_things_take(root: Path) -> None:
    shown = make(root, "help")
    assert max(map(len, shown)) <= 80
    text = (root / "Makefile").read_text(encoding="utf-8")
    [phony] = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    targets = re.findall(r"^([a-z-]+):", text, re.MULTILINE)
    assert [line.split()[1] for line in shown if line.startswith("  make ")] == targets
    assert set(phony.split()) == set(targets)
    assert any(re.fullmatch(r"  make demo +.*: 45 s", line) for line in shown)
    assert any(re.fullmatch(r"  make test +.*: 5 minutes", line) for line in shown)
    assert any("sets up .venv, once: one to four minutes" in line for line in shown)


def test_setting_up_says_each_thing_before_it_is_done(clean: Path) -> None:
    log = clean / "log"
    assert make(clean, "demo", "PYTHON=./python", "CC=true", log=log) == [
        "Setting up, once: one to four minutes on two cores, by network and load.",
        "1/3 Making .venv ...",
        "2/3 Installing packages into it: half a minute to three ...",
        "3/3 Compiling the router: about a minute ...",
        "Demo: a bank's busy day at 1,500 times real time, 45 s ...",
    ]
    done = log.read_text().splitlines()
    assert done[-5:] == [
        "-m venv .venv",
        "-c import tomllib",
        "-m pip install -qq --disable-pip-version-check -r .venv/packages.txt",
        "-m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .",
        "demo",
    ]


def test_a_second_run_sets_up_nothing_and_a_change_of_the_router_only_compiles(clean: Path) -> None:
    log = clean / "log"
    make(clean, "build", "PYTHON=./python", "CC=true", log=log)
    log.unlink()
    again = make(clean, "test", "PYTHON=./python", "CC=true", log=log)
    assert again == ["Tests: the whole suite, about 5 minutes on two cores ..."]
    assert log.read_text() == "-m pytest -n auto --dist loadfile\n"
    log.unlink()
    now_s = (clean / ".venv" / "built").stat().st_mtime
    ages = {"pyproject.toml": 40, "setup.py": 40, ".venv/installed": 30, ".venv/built": 20, "router/heap.pyx": 10}
    for name, age_s in ages.items():
        os.utime(clean / name, (now_s - age_s, now_s - age_s))
    assert make(clean, "build", "PYTHON=./python", "CC=true", log=log) == ["Compiling the router: up to a minute ..."]
    assert log.read_text() == "setup.py -q build_ext --inplace\n"


def test_the_packages_of_every_extra_are_installed_before_anything_is_compiled(root: Path) -> None:
    [script] = re.findall(r"^define WANTED\n(.*?)^endef$", (root / "Makefile").read_text(), re.MULTILINE | re.DOTALL)
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    declared = {line for lines in extras.values() for line in lines}
    ours = {line for line in declared if line.startswith("acdcore[")}
    assert "acdcore[server,sim,tracing,bench,dev]" in ours
    assert declared - set(done.stdout.splitlines()) == ours
    assert set(done.stdout.splitlines()) < declared
    for tool in ("setuptools>=77", "cython>=3.1"):  # without these nothing is compiled
        assert tool in done.stdout.splitlines()
