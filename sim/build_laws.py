"""The list of distributions that a world has, each once."""

from __future__ import annotations

from .laws import Law
from .world import NONE, Distribution, Shape


class Laws:
    """Turns laws into indices of a list; equal ones share an index."""

    def __init__(self) -> None:
        self._indices: dict[Distribution, int] = {}

    def of(self, law: Law | None) -> int:
        """Return the index of a law, NONE of none."""
        if law is None:
            return NONE
        if law.shape is not Shape.MIXTURE:
            return self._index(Distribution(law.shape, law.parameters, law.at_most))
        # the cut is the parts' as well, so that a mixture may be taken apart into those that are no mixtures
        figures: list[float] = []
        for share, part in law.flattened():
            figures += [share, float(self._index(Distribution(part.shape, part.parameters, part.at_most)))]
        return self._index(Distribution(Shape.MIXTURE, tuple(figures)))

    def _index(self, distribution: Distribution) -> int:
        return self._indices.setdefault(distribution, len(self._indices))

    def all(self) -> tuple[Distribution, ...]:
        """Return the list."""
        return tuple(self._indices)
