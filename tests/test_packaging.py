"""What is shipped: a source archive that builds, a wheel that imports anywhere, headers that others can cimport."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.packaging

ROOMS = {"router": "acdcore/router", "bindings": "acdcore", "sim": "acdcore/sim", "bench": "acdcore/bench"}
NOT_SOURCE = shutil.ignore_patterns(
    ".git", ".venv*", "build", "dist", "*.egg-info", "__pycache__", "*.so", ".*_cache", ".hypothesis", ".benchmarks"
)


class Shipped(NamedTuple):
    """One build of everything: the sources, both archives, the first one unpacked, and a place that has the wheel."""

    tree: Path
    sdist: Path
    unpacked: Path
    wheel: Path
    python: Path


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command that must succeed and return what it printed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ACDCORE"))}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def new_environment(folder: Path) -> Path:
    """Make an empty virtual environment and return its interpreter."""
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def shipped(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    base = tmp_path_factory.mktemp("shipped")
    tree = base / "tree"
    shutil.copytree(root, tree, ignore=NOT_SOURCE)
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", base, cwd=tree)
    [sdist] = base.glob("*.tar.gz")
    shutil.unpack_archive(sdist, base / "unpacked")
    [unpacked] = (base / "unpacked").iterdir()
    # Whether it builds is the question here, not how fast it is afterwards.
    wheel_build: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-build-isolation",
        "--no-deps",
        "--no-index",
    ]
    run(*wheel_build, "--wheel-dir", base, unpacked, cwd=base, CFLAGS="-O0")
    [wheel] = base.glob("*.whl")
    python = new_environment(base / "clean")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-index", wheel, cwd=base)
    return Shipped(tree, sdist, unpacked, wheel, python)


def sources(tree: Path, folder: str, *suffixes: str) -> set[str]:
    """Return the files below a folder with one of these suffixes, as paths from the root."""
    return {path.relative_to(tree).as_posix() for suffix in suffixes for path in (tree / folder).rglob(f"*{suffix}")}


def test_the_source_archive_has_everything_that_builds_and_tests(shipped: Shipped) -> None:
    with tarfile.open(shipped.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"LICENSE", "MANIFEST.in", "Makefile", "README.md", "pyproject.toml", "setup.py"}
    wanted |= sources(shipped.tree, "router", ".py", ".pyi", ".pyx", ".pxd", "py.typed")
    for folder in ("bindings", "sim", "bench"):
        wanted |= sources(shipped.tree, folder, ".py", ".pyi", ".cpp", ".json", ".yaml", "py.typed")
    wanted |= sources(shipped.tree, "proto", ".proto") | sources(shipped.tree, "tests", ".py", ".txt", ".yaml", ".db")
    assert wanted - names == set()
    assert {name for name in names if name.endswith((".so", ".pyc", ".c"))} == set()


def test_the_wheel_has_modules_headers_types_and_data(shipped: Shipped) -> None:
    with zipfile.ZipFile(shipped.wheel) as archive:
        names = set(archive.namelist())
    wanted = {
        path.replace(folder, package, 1)
        for folder, package in ROOMS.items()
        for path in sources(shipped.tree, folder, ".py", ".pyi", ".pxd", ".cpp", ".json", ".yaml", "py.typed")
    }
    assert wanted - names == set()
    compiled = {Path(name).name.partition(".")[0] for name in names if name.endswith(".so")}
    assert compiled == {path.stem for folder in ROOMS for path in (shipped.tree / folder).rglob("*.pyx")}
    assert compiled
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"acdcore"}
    assert {name for name in names if name.endswith((".pyx", ".c", ".proto"))} == set()


def test_the_base_install_needs_nothing_and_works(shipped: Shipped, tmp_path: Path) -> None:
    code = """if True:
        import sys
        from importlib.metadata import requires, version
        import acdcore
        from acdcore.router import Core
        always = [need for need in requires("acdcore") if "extra ==" not in need]
        router = acdcore.Router()
        router.define_skill("stocks")
        print(acdcore.__version__ == version("acdcore"), always, isinstance(router.core, Core))
        print(acdcore.__file__.startswith(sys.prefix))
    """
    assert run(shipped.python, "-c", code, cwd=tmp_path).split("\n") == ["True [] True", "True", ""]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import acdcore; acdcore.Client", "acdcore.Client needs grpc: pip install 'acdcore[server]'"),
        ("import acdcore.config", "acdcore.config needs pydantic: pip install 'acdcore[server]'"),
        ("from acdcore.cli import main; main()", "acdcore's command line needs typer: pip install 'acdcore[server]'"),
    ],
)
def test_what_an_extra_would_bring_is_asked_for(shipped: Shipped, tmp_path: Path, code: str, message: str) -> None:
    done = subprocess.run([shipped.python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert message in done.stderr


def test_another_package_can_cimport_every_header_of_the_wheel(shipped: Shipped, tmp_path: Path) -> None:
    headers = sorted((shipped.tree / "router").glob("*.pxd"))
    assert headers
    lines = [f"cimport acdcore.router.{header.stem}" for header in headers]
    (tmp_path / "far.pyx").write_text("\n".join([*lines, "def here(): return True", ""]), encoding="utf-8")
    [site] = (shipped.python.parent.parent / "lib").glob("python*/site-packages")
    run(sys.executable, "-m", "cython", "-3", "-I", site, "far.pyx", cwd=tmp_path)
    assert (tmp_path / "far.c").stat().st_size > 0


def test_an_editable_install_compiles_in_place(shipped: Shipped, tmp_path: Path) -> None:
    """Within the sources that the wheel came from, where Cython has nothing to do again."""
    python = new_environment(tmp_path / "editable")
    [site] = [path for path in sys.path if path.endswith("site-packages") and Path(path, "setuptools").is_dir()][:1]
    install: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--no-build-isolation",
        "--no-index",
        "-e",
        ".",
    ]
    run(*install, cwd=shipped.unpacked, CFLAGS="-O0", PYTHONPATH=site)
    code = "import acdcore.router; from acdcore.router import Core; Core(); print(acdcore.router.__file__)"
    found = Path(run(python, "-c", code, cwd=tmp_path).strip())
    assert found == shipped.unpacked / "router" / "__init__.py"
    assert len(list(found.parent.glob("*.so"))) == len(list(found.parent.glob("*.pyx")))
