"""The files that come with the package, and how they get to whoever operates it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

PURPOSES: Final[Mapping[str, str]] = {
    "prometheus": "what to scrape, recording rules, alerts",
    "grafana": "dashboards, to be imported",
    "systemd": "a hardened unit for one server",
    "container": "how to build an image, and to run it",
}
"""The folders, in the order in which one needs them, and what is in them."""


class WouldOverwriteError(Exception):
    """Files are there already whose content is another; ``paths`` names them. Nothing was written."""

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__(", ".join(map(str, paths)))
        self.paths = list(paths)


def contents() -> dict[str, bytes]:
    """Return every file: its path with ``/`` below the folder that is written to, and its bytes."""
    found: dict[str, bytes] = {}
    for folder in PURPOSES:
        inside = resources.files(__package__).joinpath(folder)
        for file in sorted(inside.iterdir(), key=lambda entry: entry.name):
            if _shipped(file):
                found[f"{folder}/{file.name}"] = file.read_bytes()
    return found


def _shipped(file: Traversable) -> bool:
    return file.is_file() and not file.name.startswith((".", "_"))


def write(folder: Path, *, force: bool = False) -> list[Path]:
    """Write all files below a folder, which is made if need be, and return their paths.

    A file that is there with the same content stays as it is.

    Args:
        folder: where to.
        force: replace files that have another content.

    Raises:
        WouldOverwriteError: without ``force``, when there are such files.
        OSError: a file or folder cannot be written; those before it were.
    """
    wanted = {folder / path: data for path, data in contents().items()}
    other = [path for path, data in wanted.items() if path.exists() and path.read_bytes() != data]
    if other and not force:
        raise WouldOverwriteError(other)
    for path, data in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
    return list(wanted)
