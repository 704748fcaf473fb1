"""The same call centers simulated by several means, one module each.

A module has one contender or several: its classes that have what :class:`~.base.Contender` asks for. A new one is
written by following ``base.py``, and is added to MODULES; ``tests/test_simulators.py`` then holds it to the others.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Final, cast

from .base import Contender

MODULES: Final = ("acdcore_engine", "cpp", "cimba", "python_heapq", "simpy", "ciw")
"""In the order in which tables show them."""

PARTS: Final = ("name", "missing", "cannot", "prepare", "run")


def contenders() -> list[type[Contender]]:
    """Return all contenders, in the order of MODULES and, in one module, of their definition."""
    modules = [import_module(f".{name}", __name__) for name in MODULES]
    return [contender for module in modules for contender in _of_module(module)]


def _of_module(module: ModuleType) -> list[type[Contender]]:
    own = [value for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__]
    return [cast("type[Contender]", value) for value in own if all(hasattr(value, part) for part in PARTS)]
