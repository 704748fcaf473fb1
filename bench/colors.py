"""The colors that all pictures share."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (("acdcore", "#c1121f"), ("C++", "#3a3a3a"), ("Python", "#1d6fa5"), ("", "#b26a00"))
"""A color for all contenders whose names begin with a word; the last is for whoever is left."""
INK: Final = "#444444"
"""Of words and axes."""
