"""C++ that is compiled when it is first needed, into a folder that goes away as soon as it is loaded."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

SHARED: Final = ("-std=c++17", "-O3", "-shared", "-fPIC")


@cache
def compiler() -> tuple[str, ...]:
    """Return the command of a C++ compiler: what CXX says, or g++, or another; nothing when there is none."""
    for command in (os.environ.get("CXX", "").split(), ["g++"], ["clang++"], ["c++"]):
        if command and (path := shutil.which(command[0])):
            return (path, *command[1:])
    return ()


def load(source: Path, flags: Sequence[str] = ()) -> tuple[ctypes.CDLL | None, str]:
    """Compile a source with these flags, too, and load it; or return None and why that cannot be."""
    program = compiler()
    if not program:
        return None, "no C++ compiler: apt-get install g++"
    with tempfile.TemporaryDirectory(prefix=f"acdcore-{source.stem}-") as folder:
        library = Path(folder) / f"{source.stem}.so"
        made = subprocess.run(
            [*program, *SHARED, *flags, str(source), "-o", str(library)], capture_output=True, text=True, check=False
        )
        if made.returncode:
            said = made.stderr.strip().splitlines() or ["it does not say why"]
            return None, f"{program[0]} cannot compile {source.name}: {said[0]}"
        return ctypes.CDLL(str(library)), ""  # it stays mapped without its file
