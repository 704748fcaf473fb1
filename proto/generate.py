"""Generates the Python modules of the contract from the .proto files: ``python proto/generate.py [FOLDER]``.

FOLDER is ``bindings/v1`` of this checkout unless given. The modules are committed, so that an install needs
no compiler for them; a test generates them again and compares, so the compiler's version is pinned
(``pip install -e .[dev]``).
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
import tempfile
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMPILER = "1.85.1"
"""The version of grpcio-tools that made the committed modules; pyproject.toml pins the same."""


def generate(folder: Path) -> list[str]:
    """Write the modules of every .proto file into a folder; return their names, sorted."""
    from grpc_tools import protoc

    if version("grpcio-tools") != COMPILER:
        raise SystemExit(f"grpcio-tools {COMPILER} is needed, {version('grpcio-tools')} is installed")
    protos = sorted(path.relative_to(HERE).as_posix() for path in HERE.rglob("*.proto"))
    services = [path for path in protos if "\nservice " in (HERE / path).read_text("utf-8")]
    well_known = files("grpc_tools").joinpath("_proto")
    plugin = Path(sysconfig.get_path("scripts"), "protoc-gen-mypy_grpc")
    flags = [f"-I{HERE}", f"-I{well_known}", f"--plugin=protoc-gen-mypy_grpc={plugin}"]
    with tempfile.TemporaryDirectory() as scratch:
        for kind, inputs in (("python", protos), ("pyi", protos), ("grpc_python", services), ("mypy_grpc", services)):
            if protoc.main(["protoc", *flags, f"--{kind}_out={scratch}", *inputs]) != 0:
                raise SystemExit("protoc has failed, see above")
        made = sorted(Path(scratch, "acdcore", "v1").iterdir())
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*_pb2*"):
            old.unlink()
        for path in made:
            shutil.copyfile(path, folder / path.name)
    return [path.name for path in made]


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "bindings" / "v1"
    print("\n".join(f"{target}/{name}" for name in generate(target)))
