"""How many instructions the router's operations take: counted by valgrind's callgrind, and by nothing else.

callgrind is slow (some fifty times), but what it counts depends neither on the clock nor on who else is at work. It
is told to collect only within the C function ``acdcore_measured``, and to write down its counts at every call of
``acdcore_counted``; both are in scenario.pyx. As starting takes longer than most operations, a process does many.
"""

from __future__ import annotations

import json
import os
import pickle
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Final

from ...router import core as core_module
from ...sim.runs import usable_processors
from ..operations import OPERATIONS
from ..reference_job import Shape, make_job

SIZES: Final = (100, 10_000)
"""Agents; as many interactions wait where agents are busy."""
JOBS: Final = ((10_000, 0), (1_000, 0), (1_000, 40))
"""Reference jobs: agents, and profiles (0: every agent has skills of their own)."""
MANY_WAITING: Final = 100_000
"""In one more reference job: then somebody waits for each of all requirements."""
JOB_EVENTS: Final = 5_000
AT_ONCE: Final = 16
"""Operations of one process. (The reference jobs have one of their own: they need NumPy, which is slow to start.)"""
LONGEST_S: Final = 600


class CannotMeasureError(Exception):
    """Nothing can be measured, or compared; the message says why, and what to do."""


@dataclass(frozen=True)
class Build:
    """What the router was made with, as far as it decides how many instructions there are.

    Attributes:
        machine: the architecture.
        compiler: the C compiler with its version and flags, as the module itself says.
        cython: its version.
        libc: name and version: it copies and clears memory.
    """

    machine: str
    compiler: str
    cython: str
    libc: str


@dataclass(frozen=True)
class Figure:
    """One operation at one size: instructions each, on the average, and the hash of the result."""

    instructions: float
    result: str


@dataclass(frozen=True)
class Task:
    """What is to be counted: an operation, or (``profiles`` is not None) a reference job, with so many agents."""

    name: str
    agents: int
    profiles: int | None = None
    waiting: int = 300
    """In a reference job."""

    @property
    def key(self) -> str:
        """What the figure is called."""
        return f"{self.name} @ {self.agents}"


def all_tasks() -> list[Task]:
    """Return everything that is to be counted: what takes longest first."""
    jobs = [
        Task(f"reference job, {f'{profiles} profiles' if profiles else 'all distinct'}", agents, profiles)
        for agents, profiles in JOBS
    ]
    jobs.insert(0, Task(f"reference job, {MANY_WAITING:,} waiting", 1_000, 0, MANY_WAITING))
    return [*jobs, *(Task(name, agents) for name in OPERATIONS for agents in SIZES)]


def this_build() -> Build:
    """Return what the router that is imported here was made with."""
    try:
        cython = version("cython")
    except PackageNotFoundError:
        cython = "not installed"
    return Build(platform.machine(), compiler_of(Path(core_module.__file__)), cython, " ".join(platform.libc_ver()))


def compiler_of(module: Path) -> str:
    """Return what a compiled module says of its compiler: with its flags, if there is debug information."""
    content = module.read_bytes()
    for pattern in (rb"GNU C\d+ [^\0]+", rb"(?:\w+ )*clang version [^\0]+", rb"GCC: [^\0]+"):
        if found := re.search(pattern, content):
            return found[0].decode("utf-8", "replace").strip()
    return "not known"


def total_of(profile: Path) -> int:
    """Return the number of instructions in a file of callgrind's.

    Raises CannotMeasureError when there is none, or not one instruction in it.
    """
    text = profile.read_text(encoding="utf-8") if profile.exists() else ""
    found = re.search(r"^totals: (\d+)$", text, re.MULTILINE)
    if not found or found[1] == "0":
        raise CannotMeasureError(
            f"callgrind counted nothing ({profile.name}): has the build no symbols? make clean build"
        )
    return int(found[1])


def figures_of(tasks: Sequence[Task], printed: str, folder: Path) -> dict[str, Figure]:
    """Return the figures of a process: what it printed, and the profiles that it left in a folder.

    Every task leaves two: the first has what came before it, the second what was measured.
    """
    lines = printed.splitlines()
    if len(lines) != len(tasks):
        raise CannotMeasureError(f"{len(lines)} of {len(tasks)} operations have been measured")
    figures = {}
    for place, (task, line) in enumerate(zip(tasks, lines, strict=True)):
        commands, result = json.loads(line)
        total = total_of(folder / f"profile.{2 * place + 2}")
        figures[task.key] = Figure(round(total / commands, 2), result)
    return figures


def environment() -> dict[str, str]:
    """Return the variables of a process in which nothing depends on chance, nor on who calls."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "VIRTUAL_ENV") if name in os.environ}
    return kept | {"LC_ALL": "C", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}


def count_some(tasks: Sequence[Task]) -> dict[str, Figure]:
    """Count some tasks in one process under callgrind; return figures by the tasks' keys."""
    with TemporaryDirectory(prefix="acdcore-instructions-") as name:
        folder = Path(name)
        options = ["--tool=callgrind", "-q", "--collect-atstart=no", "--toggle-collect=acdcore_measured"]
        options += ["--dump-after=acdcore_counted", f"--callgrind-out-file={folder / 'profile'}"]
        words = [word for task in tasks for word in (task.name, prepared(task, folder))]
        command = ["valgrind", *options, sys.executable, "-m", f"{__package__}.worker", *words]
        try:
            done = subprocess.run(
                command, env=environment(), capture_output=True, text=True, timeout=LONGEST_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise CannotMeasureError(f"not done after {LONGEST_S} s: {', '.join(task.key for task in tasks)}") from None
        if done.returncode:
            raise CannotMeasureError(f"what runs under valgrind has failed:\n{done.stderr[-2000:]}")
        return figures_of(tasks, done.stdout, folder)


def prepared(task: Task, folder: Path) -> str:
    """Return what the worker is told of a task: its agents, or the file in which a reference job has been put.

    A job is made here, as that takes its time under valgrind.
    """
    if task.profiles is None:
        return str(task.agents)
    file = folder / f"{task.agents}-{task.profiles}-{task.waiting}.job"
    file.write_bytes(pickle.dumps(make_job(Shape(task.agents, task.profiles, task.waiting), JOB_EVENTS)))
    return str(file)


def count_all(tasks: Sequence[Task], say: Callable[[int], None]) -> dict[str, Figure]:
    """Count tasks, in as many processes at a time as there are processors to use; return figures by the tasks' keys.

    ``say`` is called with the number of tasks whenever some have been done. Raises CannotMeasureError.
    """
    if not which("valgrind"):
        raise CannotMeasureError("valgrind is not installed: apt-get install valgrind")
    jobs = [task for task in tasks if task.profiles is not None]
    others = [task for task in tasks if task.profiles is None]
    parts = -(-len(others) // AT_ONCE)
    chunks = [*([jobs] if jobs else []), *(others[part::parts] for part in range(parts))]
    figures: dict[str, Figure] = {}
    with ThreadPoolExecutor(max_workers=usable_processors()) as pool:
        for done in as_completed([pool.submit(count_some, chunk) for chunk in chunks]):
            if done.exception():
                pool.shutdown(cancel_futures=True)
            figures |= done.result()
            say(len(done.result()))
    return {task.key: figures[task.key] for task in tasks}
