"""How a center's file says durations: as everywhere, see :mod:`acdcore.durations`."""

from __future__ import annotations

from ..durations import FORM, format_duration, parse_duration

__all__ = ["FORM", "format_duration", "parse_duration"]
