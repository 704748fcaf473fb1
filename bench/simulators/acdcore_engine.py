"""acdcore's own simulator."""

from __future__ import annotations

from typing import ClassVar

from .base import Outcome
from .models import Model


class Engine:
    """The simulator of this project, on the compiled router."""

    name: ClassVar[str] = "acdcore"

    @classmethod
    def missing(cls) -> str | None:
        """Say that there is no simulator to run."""
        return "its simulator is not built yet"

    @classmethod
    def cannot(cls, model: Model) -> str | None:  # noqa: ARG003
        """Nothing of what is compared is beyond it."""
        return None

    def prepare(self, model: Model) -> None:
        """Prepare nothing."""

    def run(self, model: Model, customers: int, seed: int) -> Outcome:
        """Raise RuntimeError: it is missing."""
        raise RuntimeError(f"{self.missing()}: {model.name}, {customers} customers, seed {seed}")
