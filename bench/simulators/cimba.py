"""Cimba, a process-oriented engine in C, by its Python binding that compiles model classes with Numba.

The model classes are in ``cimba_model.py``, which needs Cimba to be imported; compiling them is not timed.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, ClassVar

from .base import Outcome
from .models import Model


class Cimba:
    """What both ways share."""

    agents_only: ClassVar[bool]

    @classmethod
    def missing(cls) -> str | None:
        """Say whether Cimba is installed, and a version whose models are classes."""
        if not find_spec("cimba"):
            return "Cimba is not installed: pip install cimba"
        return None if find_spec("cimba.modeling") else "Cimba is too old: pip install 'cimba>=0.9'"

    @classmethod
    def cannot(cls, model: Model) -> str | None:  # noqa: ARG003
        """Say nothing: it can express everything."""
        return None

    def prepare(self, model: Model) -> None:
        """Compile, by a run of a few customers."""
        self.run(model, 100, model.seed)

    def run(self, model: Model, customers: int, seed: int) -> Outcome:
        """Simulate one replication in this thread."""
        from . import cimba_model

        center: Any = cimba_model.center_of(model, model.horizon_s(customers), agents_only=self.agents_only)
        return cimba_model.outcome_of(center, model, seed)


class Customers(Cimba):
    """A process for every customer, as its tutorial's visitors of a park."""

    name: ClassVar[str] = "cimba, customers"
    agents_only: ClassVar[bool] = False


class Agents(Cimba):
    """A process for every agent, who takes customers as numbers out of a store; so only one line can be expressed."""

    name: ClassVar[str] = "cimba, agents"
    agents_only: ClassVar[bool] = True

    @classmethod
    def cannot(cls, model: Model) -> str | None:
        """Say what it lacks."""
        return None if model.one_line else "a process waits at one store, not at those of several classes"
