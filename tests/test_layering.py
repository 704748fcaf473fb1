"""Which room may know which: the arrows of the architecture, held by walking every import and cimport."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.plain

ROOMS = {
    "router": "acdcore.router",
    "bindings": "acdcore",
    "sim": "acdcore.sim",
    "bench": "acdcore.bench",
    "tests": "tests",
}
MAY_USE = {
    "router": {"router"},
    "bindings": {"bindings", "router"},
    "sim": {"sim", "router"},
    "bench": {"bench", "sim", "bindings", "router"},
    "tests": {"tests", "bench", "sim", "bindings", "router"},
}
RULE = (
    "router imports nothing of ours, and neither clocks nor I/O; bindings and sim import router; bench and tests "
    "import everything. Two exceptions: acdcore.cli puts the parts together and may import sim and bench in functions; "
    "sim reads the same configuration as the server, by acdcore.config and what that is made of"
)
COMPOSITION_ROOT = "acdcore.cli"
CONFIGURATION = re.compile(r"^acdcore\.(config|durations|errors|ids|plans|words)(\.|$)")
"""What sim may use of bindings: how a center's file is read, and the words and errors of that."""
NOT_IN_ROUTER = re.compile(r"^(time|datetime|random|threading|asyncio|socket|logging|os|io|pathlib|secrets|uuid)(\.|$)")
CIMPORT = re.compile(r"^\s*(?:from\s+(\S+)\s+cimport\s+(.+)|cimport\s+(.+))", re.MULTILINE)
PLAIN_IMPORT = re.compile(r"^\s*(?:from\s+(\S+)\s+import\s+(.+)|import\s+(.+))", re.MULTILINE)


def room_of(module: str) -> str | None:
    """Return the room that a module belongs to, None when it is not ours."""
    for folder in ("router", "sim", "bench"):
        if module == f"acdcore.{folder}" or module.startswith(f"acdcore.{folder}."):
            return folder
    if module == "acdcore" or module.startswith("acdcore."):
        return "bindings"
    return None


def module_name(path: Path, root: Path) -> str:
    """Return the name by which a file is imported."""
    room, *inside = path.relative_to(root).with_suffix("").parts
    return ".".join([ROOMS[room], *(part for part in inside if part != "__init__")])


def absolute(target: str, module: str, *, is_package: bool) -> str:
    """Return the absolute name behind a possibly relative one."""
    dots = len(target) - len(target.lstrip("."))
    if dots == 0:
        return target
    base = module.split(".")
    base = base[: len(base) - dots + (1 if is_package else 0)]
    return ".".join([*base, *filter(None, [target[dots:]])])


def python_imports(tree: ast.AST, *, at_top: bool = True) -> Iterator[tuple[str, bool]]:
    """Yield (target, whether it runs when the module is imported) of every import statement."""
    for node in ast.iter_child_nodes(tree):
        inside = at_top and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(node, ast.Import):
            yield from ((alias.name, at_top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            stem = "." * node.level + (node.module or "")
            joint = "" if stem.endswith(".") else "."
            yield from ((f"{stem}{joint}{alias.name}", at_top) for alias in node.names)
        yield from python_imports(node, at_top=inside)


def cython_imports(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the targets of cimports and imports in Cython source."""
    text = re.sub(r"\(\s*([^)]*?)\s*\)", lambda match: " ".join(match[1].split()), text)
    for pattern in (CIMPORT, PLAIN_IMPORT):
        for match in pattern.finditer(text):
            stem, names, modules = match.groups()
            for name in (names or modules).split("#")[0].split(","):
                word = name.split(" as ")[0].strip()
                joint = "" if stem is None or stem.endswith(".") else "."
                yield (f"{stem or ''}{joint}{word}", True)


def wrong_arrows(root: Path) -> list[str]:
    """Return every import below a root that breaks the rule, as lines for a message."""
    wrong = []
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.p*")):
            if path.suffix not in (".py", ".pyx", ".pxd", ".pyi"):
                continue
            text = path.read_text(encoding="utf-8")
            module = module_name(path, root)
            is_cython = path.suffix in (".pyx", ".pxd")
            found = cython_imports(text) if is_cython else python_imports(ast.parse(text, str(path)))
            for target, at_top in found:
                name = absolute(target, module, is_package=path.stem == "__init__")
                if not allowed(room, module, name, at_top=at_top):
                    wrong.append(f"{path.relative_to(root)} must not import {name}")
    return wrong


def allowed(room: str, module: str, target: str, *, at_top: bool) -> bool:
    """Say whether a module of a room may import a target."""
    if room == "router" and NOT_IN_ROUTER.match(target):
        return False
    to = room_of(target)
    if to is None:
        return target.split(".", maxsplit=1)[0] not in ROOMS or room == "tests"
    if room == "bindings" and to in ("sim", "bench"):
        return not at_top and module.startswith(COMPOSITION_ROOT)
    if room == "sim" and CONFIGURATION.match(target):
        return True
    return to in MAY_USE[room]


def test_every_arrow_points_the_right_way(root: Path) -> None:
    wrong = wrong_arrows(root)
    assert not wrong, f"the rule: {RULE}\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("path", "line", "target"),
    [
        ("router/planted.py", "from acdcore.errors import AcdError", "acdcore.errors.AcdError"),
        ("router/planted.py", "from ..errors import AcdError", "acdcore.errors.AcdError"),
        ("router/planted.py", "import time", "time"),
        ("router/planted.py", "def f():\n    import random", "random"),
        ("router/planted.pyx", "from acdcore.sim.people cimport Person", "acdcore.sim.people.Person"),
        ("router/planted.pyx", "from ..sim cimport (\n    people,\n    staff)", "acdcore.sim.staff"),
        ("router/planted.pxd", "cimport acdcore.errors as errors", "acdcore.errors"),
        ("router/planted.pyi", "import router.codes", "router.codes"),
        ("bindings/planted.py", "import acdcore.sim", "acdcore.sim"),
        ("bindings/planted.py", "def f():\n    from .sim import trace", "acdcore.sim.trace"),
        ("bindings/cli/planted.py", "from acdcore.bench import demo", "acdcore.bench.demo"),
        ("bindings/cli/planted.py", "if True:\n    import acdcore.sim", "acdcore.sim"),
        ("sim/planted.py", "from acdcore import Client", "acdcore.Client"),
        ("sim/planted.py", "from ..configured import load_center", "acdcore.configured.load_center"),
        ("sim/planted.py", "from ..cli import app", "acdcore.cli.app"),
        ("sim/planted.py", "from acdcore.rpc import server", "acdcore.rpc.server"),
        ("sim/planted.py", "import acdcore.bench.demo", "acdcore.bench.demo"),
        ("bench/planted.py", "import router", "router"),
    ],
)
def test_a_planted_wrong_arrow_is_seen(tmp_path: Path, path: str, line: str, target: str) -> None:
    planted = tmp_path / path
    planted.parent.mkdir(parents=True)
    planted.write_text(f"{line}\n", encoding="utf-8")
    assert f"{path} must not import {target}" in wrong_arrows(tmp_path)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("router/planted.py", "from .codes import Op"),
        (
            "router/planted.pyx",
            "from .heap cimport Heap\nfrom libc.stdint cimport int64_t\ncimport acdcore.router.heap",
        ),
        ("bindings/planted.py", "from .router.codes import Op\nfrom acdcore.router import records\nimport time"),
        ("bindings/cli/planted.py", "def f():\n    from acdcore.sim import trace\n    from acdcore.bench import demo"),
        ("sim/planted.py", "import time\nfrom .people import AgentMind\nfrom ..router.codes import Op"),
        ("sim/planted.py", "from ..config import load_center\nfrom acdcore.durations import parse_duration"),
        ("bench/planted.py", "from acdcore import Client\nfrom acdcore.sim import trace"),
    ],
)
def test_a_right_arrow_is_left_alone(tmp_path: Path, path: str, line: str) -> None:
    planted = tmp_path / path
    planted.parent.mkdir(parents=True)
    planted.write_text(f"{line}\n", encoding="utf-8")
    assert wrong_arrows(tmp_path) == []


@pytest.mark.parametrize("folder", ["router", "bindings", "sim"])
def test_importing_a_folder_by_its_own_name_is_refused(root: Path, folder: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {folder}"], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"import {ROOMS[folder]}, not {folder}" in done.stderr
    assert "pip install -e ." in done.stderr


@pytest.mark.parametrize(
    "statement", ["import acdcore", "from acdcore import Router, AcdError", "import acdcore.router"]
)
def test_the_light_imports_stay_light(statement: str, tmp_path: Path) -> None:
    code = f"{statement}\nimport sys\nprint(sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(done.stdout))
    assert "acdcore" in loaded
    assert loaded.isdisjoint({"grpc", "google", "prometheus_client", "pydantic", "ruamel", "numpy", "typer", "rich"})


def test_every_public_name_is_there() -> None:
    import acdcore

    assert [name for name in acdcore.__all__ if not hasattr(acdcore, name)] == []
    assert sorted(acdcore._HOME_OF) == sorted(set(acdcore.__all__) - {"__version__"})
    assert set(acdcore.__all__) <= set(dir(acdcore))
    with pytest.raises(AttributeError, match="no attribute 'Rooter'"):
        _ = acdcore.Rooter
