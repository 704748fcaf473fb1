"""How much memory this process may have."""

from __future__ import annotations

import os
from pathlib import Path


def memory_limit_bytes(root: Path = Path("/")) -> int:
    """Return the least of the control groups' limits and the machine's memory, in bytes; 0 where nobody says.

    Limits of control groups are read each time, as they may be changed; a process counts against those of all groups
    above its own.
    """
    limits = [*_control_groups(root)]
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" in names:
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min(limits, default=0)


def _control_groups(root: Path) -> list[int]:
    found = []
    for line in _lines(root / "proc/self/cgroup"):
        number, controllers, path = line.split(":", 2)
        if number == "0":  # version 2
            base, file = root / "sys/fs/cgroup", "memory.max"
        elif "memory" in controllers.split(","):
            base, file = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        inside = Path(path.lstrip("/"))
        for group in (inside, *inside.parents):
            found += [int(text) for text in _lines(base / group / file) if text.isdecimal()]
    return found


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
