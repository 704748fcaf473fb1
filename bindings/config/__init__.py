"""One configuration for server and simulator: a center's YAML, read, checked and turned into commands.

``load_center`` reads a file and raises :class:`ConfigError` with *everything* that is wrong, each problem
with its path, line, value and what is allowed. ``center_commands`` are the commands that define the
center in an empty router, ``opening_commands`` those that open and close its queues; ``lint`` names what is
allowed but can hardly be meant.
"""

from __future__ import annotations

try:
    import pydantic as _pydantic  # noqa: F401
    import ruamel.yaml as _yaml  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"acdcore.config needs {error.name}: pip install 'acdcore[server]'", name=error.name
    ) from None

from .definitions import center_commands
from .durations import format_duration, parse_duration
from .hours import opening_commands
from .lint import lint
from .load import ConfigError, describe, load_center, parse_center, said_once
from .models import Agent, AgentGroup, Calendar, Center, Queue, Settings, Step, Tier
from .tree import Problem

__all__ = [
    "Agent",
    "AgentGroup",
    "Calendar",
    "Center",
    "ConfigError",
    "Problem",
    "Queue",
    "Settings",
    "Step",
    "Tier",
    "center_commands",
    "describe",
    "format_duration",
    "lint",
    "load_center",
    "opening_commands",
    "parse_center",
    "parse_duration",
    "said_once",
]
