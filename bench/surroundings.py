"""What a measurement ran on: the machine, and the versions of whatever took part."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from .contenders.postgres import binaries

PACKAGES: Final = ("acdcore", "numpy", "sortedcontainers", "redis", "psycopg")
"""Those of which :func:`versions` tells; it takes others beside them."""


def machine() -> dict[str, Any]:
    """Return what this runs on."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in told if line.startswith("model name")), "")
    except OSError:
        model = ""
    return {
        "cpu": model or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "load": list(os.getloadavg()) if hasattr(os, "getloadavg") else [],
    }


def versions(*besides: str) -> dict[str, str]:
    """Return the versions of whatever takes part and can be asked, and of these packages, too."""
    folder = binaries()
    found = {
        "python": f"{platform.python_implementation()} {platform.python_version()}, {platform.python_compiler()}",
        "sqlite": sqlite3.sqlite_version,
        "redis-server": first_line(shutil.which("redis-server") or "", "--version"),
        "postgres": first_line(str(folder / "postgres") if folder else "", "--version"),
    }
    for package in (*PACKAGES, *besides):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = ""
    return {name: what for name, what in found.items() if what}


def first_line(*command: str) -> str:
    """Return the first line that a command prints, "" when there is no such program or it prints nothing."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.partition("\n")[0].strip()
