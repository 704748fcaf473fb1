"""What one process uses of the machine, as /proc says: memory, open files, threads, processor time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """``cpu_s``: seconds of processor time since the process began, its threads and the system's work for it included.

    ``rss_mib``: resident memory in MiB. ``files``: open file descriptors.
    """

    cpu_s: float
    rss_mib: float
    files: int
    threads: int


def process_use(pid: int | None = None) -> ProcessUse:
    """Return what a process, by default this one, uses now. Raises OSError when it has ended."""
    folder = Path("/proc") / ("self" if pid is None else str(pid))
    lines = (folder / "status").read_text("ascii", "replace").splitlines()
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    if "VmRSS" not in told:  # it has ended, and nobody has asked for its exit code yet
        raise ProcessLookupError(f"process {pid} has ended")
    fields = (folder / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return ProcessUse(
        cpu_s=(int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND,
        rss_mib=int(told["VmRSS"].split()[0]) / 1024,
        files=sum(1 for _ in (folder / "fd").iterdir()),
        threads=int(told["Threads"]),
    )
