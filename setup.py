"""Builds acdcore: maps the rooms to packages and compiles the router.

Metadata lives in pyproject.toml; only what has to be computed is here. Two facts shape this file:

* The folders are not installed under their own names (``router/`` becomes ``acdcore.router``), and Cython
  does not see ``package_dir``. So every header is staged under ``build/pxd`` in the layout in which it will
  be imported, before ``cythonize`` looks for it.
* ``ACDCORE_DEBUG=1`` builds with every check on, into ``build/debug``, so that the two kinds of build never
  share an object file. Safety directives are switched off nowhere here: only in the function that was measured.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from setuptools import Extension, setup

ROOMS = {"acdcore": "bindings", "acdcore.router": "router", "acdcore.sim": "sim", "acdcore.bench": "bench"}
DEBUG = os.environ.get("ACDCORE_DEBUG", "") not in ("", "0")
BUILD = Path("build/debug" if DEBUG else "build")
JOBS = min(4, os.cpu_count() or 1)

CHECKS_ON = {
    "boundscheck": True,
    "wraparound": True,
    "initializedcheck": True,
    "nonecheck": True,
    "overflowcheck": True,
    "cdivision": False,
}


def package_dirs() -> dict[str, str]:
    """Every importable package and its folder: the rooms and the packages inside them."""
    found = {}
    for room, folder in ROOMS.items():
        for marker in sorted(Path(folder).rglob("__init__.py")):
            inside = marker.parent.relative_to(folder).parts
            found[".".join((room, *inside))] = marker.parent.as_posix()
    return found


def stage_headers(packages: dict[str, str]) -> tuple[Path, float]:
    """Copy every .pxd to where Cython will look for it; return that folder and the newest header's time."""
    stage = BUILD / "pxd"
    shutil.rmtree(stage, ignore_errors=True)
    newest = 0.0
    for package, folder in packages.items():
        target = stage.joinpath(*package.split("."))
        target.mkdir(parents=True, exist_ok=True)
        (target / "__init__.pxd").touch()
        for header in Path(folder).glob("*.pxd"):
            shutil.copy2(header, target / header.name)
            newest = max(newest, header.stat().st_mtime)
    return stage, newest


def extensions() -> list[Extension]:
    """One extension module for every .pyx in the router, compiled against the staged headers."""
    packages = package_dirs()
    sources = {
        f"{package}.{source.stem}": source
        for package, folder in packages.items()
        if package.startswith("acdcore.router")
        for source in sorted(Path(folder).glob("*.pyx"))
    }
    if not sources:
        return []
    from Cython.Build import cythonize  # only when there is something to compile

    stage, newest = stage_headers(packages)
    newest = max(newest, Path(__file__).stat().st_mtime)
    generated = BUILD / "cython"
    for source in sources.values():  # Cython's own tracking does not see through package_dir
        c_file = generated / source.with_suffix(".c")
        if c_file.exists() and c_file.stat().st_mtime < newest:
            c_file.unlink()
    headers = [header.as_posix() for folder in packages.values() for header in sorted(Path(folder).glob("*.pxd"))]
    windows = os.name == "nt"
    release_flags = ["/O2"] if windows else ["-O3"]
    debug_flags = ["/Od", "/UNDEBUG"] if windows else ["-O1", "-g", "-UNDEBUG"]
    modules = [
        Extension(
            name,
            [source.as_posix()],
            depends=headers,
            extra_compile_args=debug_flags if DEBUG else release_flags,
        )
        for name, source in sources.items()
    ]
    cythonized: list[Extension] = cythonize(
        modules,
        build_dir=generated.as_posix(),
        include_path=[stage.as_posix()],
        compiler_directives={"language_level": 3, **(CHECKS_ON if DEBUG else {})},
        nthreads=JOBS if len(modules) > 1 and not windows else 0,
    )
    return cythonized


setup(
    packages=sorted(package_dirs()),
    package_dir=package_dirs(),
    package_data={"": ["*.pxd", "*.pyi", "py.typed", "**/*.yaml"]},
    include_package_data=False,
    ext_modules=extensions(),
    options={"build": {"build_base": BUILD.as_posix()}, "build_ext": {"parallel": JOBS}},
    zip_safe=False,
)
