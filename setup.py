"""Builds acdcore: maps the rooms to packages and compiles the router.

Metadata lives in pyproject.toml; only what has to be computed is here. Two facts shape this file:

* ``router/`` is imported as ``acdcore.router``, and so on for every room; Cython knows nothing of such a
  mapping (``package_dir``). So every header is staged under ``build/pxd`` in the layout in which it will
  be imported, before ``cythonize`` looks for it.
* ``ACDCORE_DEBUG=1`` builds with every check on, into ``build/debug``, so that the two kinds of build never
  share an object file; ``ACDCORE_SANITIZE=address,undefined`` adds the C compiler's own checks. Cython's are
  switched off in single measured functions only, never here; the debug build compiles copies of the sources
  in which those functions have them on again.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOMS = {"acdcore": "bindings", "acdcore.router": "router", "acdcore.sim": "sim", "acdcore.bench": "bench"}
DEBUG = os.environ.get("ACDCORE_DEBUG", "") not in ("", "0")
BUILD = Path("build/debug" if DEBUG else "build")
STAGE = BUILD / "pxd"
JOBS = min(4, os.cpu_count() or 1)

CHECKS = ("boundscheck", "initializedcheck")
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
    if DEBUG:
        # Python's own flags make signed overflow wrap, and the sanitizer then has nothing to say of it
        strict = "-Werror=discarded-qualifiers"  # a pointer to what must not change stays one
        exact = ["-O1", "-g", "-fno-wrapv", "-fno-omit-frame-pointer"]
        return [*exact, strict, "-UNDEBUG", "-DACDCORE_DEBUG", *sanitizers()]
    return [] if "-O" in os.environ.get("CFLAGS", "") else ["-O3"]  # a packager's own level stands


def sanitizers() -> list[str]:
    """What checks every memory access and every operation with undefined results, where it was asked for.

    The router's arrays are plain C memory, which no Cython directive guards. ``make debug`` asks for both
    and preloads the library that an uninstrumented interpreter needs for them.
    """
    wanted = os.environ.get("ACDCORE_SANITIZE", "") if DEBUG else ""
    return [f"-fsanitize={wanted}", "-fno-sanitize-recover=all"] if wanted else []


def compiled_packages() -> dict[str, str]:
    """The packages that have something to compile: the router, and what drives it from C."""
    return {package: folder for package, folder in package_dirs().items() if any(Path(folder).glob("*.pyx"))}


def extensions() -> list[Extension]:
    """One extension module for every .pyx."""
    return [
        Extension(
            f"{package}.{source.stem}",
            [source.as_posix()],
            extra_compile_args=flags(),
            extra_link_args=sanitizers(),
            **(numpys_own(source) if package == "acdcore.sim" else {}),
        )
        for package, folder in compiled_packages().items()
        for source in sorted(Path(folder).glob("*.pyx"))
    ]


def numpys_own(source: Path) -> dict[str, Any]:
    """What the simulator's modules need of NumPy: its headers, and for random variates its C functions."""
    import numpy as np

    found: dict[str, Any] = {"include_dirs": [np.get_include()]}
    if source.stem == "draw":
        folders = [Path(np.get_include()).parent / "lib", Path(np.__file__).parent / "random" / "lib"]
        found["library_dirs"] = [folder.as_posix() for folder in folders]
        found["libraries"] = ["npyrandom", "npymath"]
    return found


class BuildRouter(build_ext):
    """Turns Cython into C when modules are really built: a source archive or metadata needs none of it."""

    def build_extensions(self) -> None:
        """Stage the headers, generate the C, and compile it."""
        if self.extensions:
            self.generate()
        super().build_extensions()

    def generate(self) -> None:
        """Replace each extension's .pyx by C that is up to date."""
        from Cython.Build import cythonize

        packages = compiled_packages()
        shutil.rmtree(STAGE, ignore_errors=True)
        headers = list(stage(packages, ".pxd").values())
        copies = stage(packages, ".pyx") if DEBUG else {}
        for extension in self.extensions:
            if extension.name in copies:
                extension.sources = [copies[extension.name].as_posix()]
            extension.depends = [header.as_posix() for header in headers]
        generated = BUILD / "cython"
        c_files = [generated / Path(extension.sources[0]).with_suffix(".c") for extension in self.extensions]
        forget_stale(c_files, [Path(__file__), *headers])
        cythonized = cythonize(
            self.extensions,
            build_dir=generated.as_posix(),
            include_path=[STAGE.as_posix()],
            compiler_directives={"language_level": 3, **(dict.fromkeys(CHECKS, True) if DEBUG else {})},
            quiet=not self.verbose,
            nthreads=JOBS if len(self.extensions) > 1 and os.name != "nt" else 0,
        )
        for extension, with_c in zip(self.extensions, cythonized, strict=True):
            extension.sources = with_c.sources


setup(
    packages=sorted(package_dirs()),
    package_dir=package_dirs(),
    package_data={
        "": ["*.pxd", "*.pyi", "*.cpp", "py.typed", "**/*.yaml", "**/*.yml", "page/*"],
        "acdcore.bench.instructions": ["*.json"],
        "acdcore.ops": ["prometheus/*", "grafana/*", "systemd/*", "container/*"],
    },
    include_package_data=False,
    ext_modules=extensions(),
    cmdclass={"build_ext": BuildRouter},
    options={"build": {"build_base": BUILD.as_posix()}, "build_ext": {"parallel": str(JOBS)}},
)
