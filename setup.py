"""Builds acdcore: maps the rooms to packages and compiles the router.

Metadata lives in pyproject.toml; only what has to be computed is here. Two facts shape this file:

* The folders are not installed under their own names (``router/`` becomes ``acdcore.router``), and Cython
  does not see ``package_dir``. So every header is staged under ``build/pxd`` in the layout in which it will
  be imported, before ``cythonize`` looks for it.
* ``ACDCORE_DEBUG=1`` builds with every check on, into ``build/debug``, so that the two kinds of build never
  share an object file. Checks are switched off in single measured functions only, never here; the debug
  build compiles copies of the sources in which those functions have them on again.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from setuptools import Extension, setup

ROOMS = {"acdcore": "bindings", "acdcore.router": "router", "acdcore.sim": "sim", "acdcore.bench": "bench"}
DEBUG = os.environ.get("ACDCORE_DEBUG", "") not in ("", "0")
BUILD = Path("build/debug" if DEBUG else "build")
STAGE = BUILD / "pxd"
JOBS = min(4, os.cpu_count() or 1)

CHECKS = ("boundscheck", "initializedcheck", "nonecheck")
"""Directives that only add checks. (``cdivision`` and ``wraparound`` would change what the code means.)"""
CHECK_OFF = re.compile(rf"\b({'|'.join(CHECKS)})\s*(\(|=)\s*False\b")


def package_dirs() -> dict[str, str]:
    """Every importable package and its folder: the rooms and the packages inside them."""
    found = {}
    for room, folder in ROOMS.items():
        for marker in sorted(Path(folder).rglob("__init__.py")):
            inside = marker.parent.relative_to(folder).parts
            found[".".join((room, *inside))] = marker.parent.as_posix()
    return found


def stage(packages: dict[str, str], suffix: str) -> dict[str, Path]:
    """Copy the files of one suffix to where Cython looks for them as modules; return module name -> copy."""
    staged = {}
    for package, folder in packages.items():
        target = STAGE.joinpath(*package.split("."))
        target.mkdir(parents=True, exist_ok=True)
        (target / "__init__.pxd").touch()
        for source in sorted(Path(folder).glob(f"*{suffix}")):
            copy = target / source.name
            text = source.read_text(encoding="utf-8")
            copy.write_text(CHECK_OFF.sub(r"\1\2True", text) if DEBUG else text, encoding="utf-8")
            shutil.copystat(source, copy)
            staged[f"{package}.{source.stem}"] = copy
    return staged


def forget_stale(c_files: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Remove generated C that is older than any input: Cython's own tracking does not see through package_dir."""
    newest = max(path.stat().st_mtime for path in inputs)
    for c_file in c_files:
        if c_file.exists() and c_file.stat().st_mtime < newest:
            c_file.unlink()


def flags() -> list[str]:
    """What the C compiler is told: portable and exact (no -march=native, no -ffast-math), or fully checked."""
    if os.name == "nt":
        return ["/Od", "/UNDEBUG"] if DEBUG else ["/O2"]
    return ["-O1", "-g", "-UNDEBUG", "-DACDCORE_DEBUG"] if DEBUG else ["-O3"]


def extensions() -> list[Extension]:
    """One extension module for every .pyx in the router, compiled against the staged headers."""
    packages = {package: folder for package, folder in package_dirs().items() if package.startswith("acdcore.router")}
    sources = {
        f"{package}.{source.stem}": source
        for package, folder in packages.items()
        for source in sorted(Path(folder).glob("*.pyx"))
    }
    if not sources:
        return []
    from Cython.Build import cythonize  # only when there is something to compile

    shutil.rmtree(STAGE, ignore_errors=True)
    headers = list(stage(packages, ".pxd").values())
    if DEBUG:
        sources = stage(packages, ".pyx")
    generated = BUILD / "cython"
    forget_stale((generated / source.with_suffix(".c") for source in sources.values()), [Path(__file__), *headers])
    modules = [
        Extension(
            name,
            [source.as_posix()],
            depends=[header.as_posix() for header in headers],
            extra_compile_args=flags(),
        )
        for name, source in sources.items()
    ]
    cythonized: list[Extension] = cythonize(
        modules,
        build_dir=generated.as_posix(),
        include_path=[STAGE.as_posix()],
        compiler_directives={"language_level": 3, **(dict.fromkeys(CHECKS, True) if DEBUG else {})},
        nthreads=JOBS if len(modules) > 1 and os.name != "nt" else 0,
    )
    return cythonized


setup(
    packages=sorted(package_dirs()),
    package_dir=package_dirs(),
    package_data={"": ["*.pxd", "*.pyi", "py.typed", "**/*.yaml"]},
    include_package_data=False,
    ext_modules=extensions(),
    options={"build": {"build_base": BUILD.as_posix()}, "build_ext": {"parallel": str(JOBS)}},
)
