"""What the contenders that are databases share: who serves which queue, and a server of one's own for a while."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from ..reference_job import Job

START_WITHIN: Final = 30.0
"""Seconds a server may take until it answers."""
STOP_WITHIN: Final = 10.0
"""Seconds a server may take to stop before it is killed."""
LOG_TAIL: Final = 600
"""Characters of a server's log in an error message."""


class ServerError(RuntimeError):
    """A database server did not start, or went away; the message says which one, how, and what it wrote last."""


def serves(job: Job) -> list[tuple[int, int]]:
    """Return (agent, queue) for every requirement that an agent's skills meet, ascending; a queue is a requirement.

    An administrator enters this when skills change, and a database keeps it: it is no part of routing.
    """
    queues: dict[tuple[int, ...], list[int]] = {}
    for skills in set(job.skill_sets):
        has = frozenset(skills)
        queues[skills] = [queue for queue, wanted in enumerate(job.requirements) if has.issuperset(wanted)]
    return [(agent, queue) for agent, skills in enumerate(job.skill_sets) for queue in queues[skills]]


def idle_since(job: Job) -> dict[int, int]:
    """Return when each idle agent became so. Time is counted in events; the first one timed happens at 1."""
    idle = job.standing.idle
    return {agent: place - len(idle) + 1 for place, agent in enumerate(idle)}


class Server:
    """A process with a folder of its own for its data, its socket and its log; all go when it is closed.

    It is closed at the interpreter's exit at the latest. Where the machine has util-linux's ``setpriv``, the
    process also ends when the thread that started it is killed without a chance to close anything.

    Attributes:
        name: of the server, for error messages.
        folder: its own, empty at first; to be reached by nobody but its owner.
        process: once started.
        close: stops the process and removes the folder; does nothing the second time.
    """

    def __init__(self, name: str, user: str | None = None, stop_by: signal.Signals = signal.SIGTERM) -> None:
        """Make the folder. ``user`` is who owns it and runs the process; None: whoever runs this."""
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self._user, self._stop_by = user, stop_by
        self._group = None if user is None else _group(user)
        self._groups: list[int] | None = None if user is None else []
        self._undo = ExitStack()
        self.close = weakref.finalize(self, self._undo.close)
        self.folder = Path(tempfile.mkdtemp(prefix="acdcore-"))
        self._undo.callback(shutil.rmtree, self.folder, ignore_errors=True)
        if user is not None:
            shutil.chown(self.folder, user)

    def call(self, *command: str) -> None:
        """Run a command to its end, as the server's user; ServerError says how it failed."""
        if code := self._begin(command).wait():
            raise self.error(f"{Path(command[0]).name} failed with {code}")

    def start(self, command: Sequence[str], answers: Callable[[], bool]) -> None:
        """Start the process and wait until it answers; ServerError when it ends before, or takes START_WITHIN."""
        die_too = (setpriv, "--pdeathsig", "TERM") if (setpriv := shutil.which("setpriv")) else ()
        self.process = self._begin([*die_too, *command])
        self._undo.callback(_stop, self.process, self._stop_by)
        late = time.monotonic() + START_WITHIN
        while not answers():
            if self.process.poll() is not None:
                raise self.error(f"ended with {self.process.returncode} instead of starting")
            if time.monotonic() > late:
                raise self.error(f"does not answer after {START_WITHIN:.0f} s")
            time.sleep(0.02)

    def error(self, what: str) -> ServerError:
        """Return the error that says what happened and what the server wrote last."""
        log = self.folder / "log"
        written = log.read_text(encoding="utf-8", errors="replace").strip() if log.exists() else ""
        return ServerError(f"{self.name} {what}; the end of its log: {written[-LOG_TAIL:] or '(nothing)'}")

    @contextmanager
    def reached(self, *errors: type[Exception]) -> Iterator[None]:
        """Turn a client's errors into a ServerError that says whether the server is still there."""
        try:
            yield
        except errors as error:
            if self.process is not None:
                with suppress(subprocess.TimeoutExpired):  # its connections close a little before it is gone
                    self.process.wait(1.0)
            code = self.process.poll() if self.process is not None else None
            state = "is running, but its client failed" if code is None else f"ended with {code}"
            raise self.error(f"{state} ({str(error).strip()})") from error

    def _begin(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a command as the server's user, in its folder, writing to its log.

        In a session of its own: Ctrl-C is for whoever runs this, and closes the server in good order. What is
        preloaded here, such as a sanitizer, is nothing for the server: PostgreSQL would not even begin.
        """
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={name: value for name, value in os.environ.items() if name != "LD_PRELOAD"},
                user=self._user,
                group=self._group,
                extra_groups=self._groups,
                start_new_session=True,
            )


def unprivileged() -> str | None:
    """Return whom to run a server as that refuses to be run by root, or None when we are not root."""
    import pwd  # which Windows does not have

    if os.geteuid() != 0:
        return None
    return "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"


def _group(user: str) -> int:
    """Return a user's own group."""
    import pwd

    return pwd.getpwnam(user).pw_gid


def _stop(process: subprocess.Popen[bytes], by: signal.Signals) -> None:
    """End a process: by its signal first, killed when that does not do."""
    process.send_signal(by)
    try:
        process.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
