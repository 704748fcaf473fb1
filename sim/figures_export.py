"""Figures as files: CSV, Parquet and JSON, the same tables in each.

Tables are named after what they show and their levels: ``customers``, ``customers_by_queue_interval``, ``waits``.
An empty cell is empty in CSV, null in Parquet and JSON. ``interval`` is a start in seconds; the time after the
horizon is ``inf`` in CSV and Parquet, null in JSON, which knows no infinity.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..router.codes import SECOND_NS
from .figures_cells import channels_of
from .world import ALWAYS

if TYPE_CHECKING:
    from .figures import Figures, Of

FORMAT: Final = "acdcore.figures"
FORMAT_VERSION: Final = 1
"""Raised when something that a reader relies on changes; what is added does not count."""
TABLES: Final[tuple[tuple[Of, tuple[str, ...]], ...]] = (
    ("customers", ()),
    ("customers", ("queue",)),
    ("customers", ("tier",)),
    ("customers", ("channel",)),
    ("customers", ("queue", "tier")),
    ("customers", ("interval",)),
    ("customers", ("queue", "interval")),
    ("customers", ("tier", "interval")),
    ("agents", ()),
    ("agents", ("type",)),
    ("agents", ("interval",)),
    ("agents", ("type", "interval")),
    ("fairness", ("type",)),
    ("each_agent", ()),
    ("waits", ()),
    ("waits", ("queue",)),
    ("waits", ("tier",)),
    ("waits", ("queue", "tier")),
)


def tables(figures: Figures) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the name and the frame of each table; those by interval only where there are several."""
    several = figures.world.n_intervals() > 1
    for of, by in TABLES:
        if several or "interval" not in by:
            yield "_by_".join([of, "_".join(by)] if by else [of]), figures.table(of, by).frame(figures.confidence)


def glossary(figures: Figures) -> pd.DataFrame:
    """Return unit, formula and meaning of each figure; index: table, figure."""
    rows = {
        (of, entry.name): (entry.unit, entry.formula, entry.about)
        for of in dict.fromkeys(of for of, _ in TABLES)
        for entry in figures.described(of)
    }
    index = pd.MultiIndex.from_tuples(list(rows), names=["table", "figure"])
    return pd.DataFrame(list(rows.values()), index=index, columns=["unit", "formula", "about"])


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its levels as columns."""
    return frame.reset_index() if frame.index.names != [None] else frame


def run_facts(figures: Figures) -> dict[str, Any]:
    """Return what the figures were made from; JSON has no infinity, so what does not end is None."""
    world = figures.world
    return {
        "seed": world.seed,
        "replications": len(figures.tallies),
        "samples": figures.samples,
        "method": figures.method,
        "confidence": figures.confidence,
        "variance": figures.variance,
        "horizon_s": world.horizon_s,
        "warm_up_s": world.warm_up_s,
        "interval_s": _finite(world.interval_s),
        "period_s": _finite(world.period_s),
        "arrivals": [tally.arrivals for tally in figures.tallies],
        # 64 bits are more than a double, and so more than many readers of JSON, can hold
        "digests": [f"{tally.digest & (2**64 - 1):016x}" for tally in figures.tallies],
    }


def made_by() -> dict[str, str]:
    """Return the name and the version of this program."""
    try:
        return {"name": "acdcore", "version": version("acdcore")}
    except PackageNotFoundError:  # imported from a build folder, not installed
        return {"name": "acdcore", "version": "unknown"}


def to_csv(figures: Figures, folder: Path) -> list[Path]:
    """Write a file for each table, and ``figures.csv`` with units and formulas; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, frame in [*tables(figures), ("figures", glossary(figures))]:
        path = folder / f"{name}.csv"
        flat(frame).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
        written.append(path)
    return written


def to_parquet(figures: Figures, folder: Path) -> list[Path]:
    """Write a file for each table, and ``figures.parquet``; return their paths.

    What the figures were made from is in each file's metadata, as JSON under the key ``acdcore.figures``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"format_version": FORMAT_VERSION, "made_by": made_by(), "run": run_facts(figures)}
    written = []
    for name, frame in [*tables(figures), ("figures", glossary(figures))]:
        path = folder / f"{name}.parquet"
        table = pa.Table.from_pandas(flat(frame), preserve_index=False)
        metadata = {**(table.schema.metadata or {}), FORMAT.encode(): json.dumps(facts, allow_nan=False).encode()}
        pq.write_table(table.replace_schema_metadata(metadata), path)
        written.append(path)
    return written


def to_json(figures: Figures, path: Path) -> Path:
    """Write everything into one file, as :data:`SCHEMA` says; return its path."""
    text = json.dumps(document(figures), ensure_ascii=False, allow_nan=False, indent=None, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")
    return path


def document(figures: Figures) -> dict[str, Any]:
    """Return what :func:`to_json` writes: nothing but what JSON knows."""
    world = figures.world
    channels, channel_of = channels_of(world)
    words = {
        of: {
            entry.name: {"unit": entry.unit, "formula": entry.formula, "about": entry.about}
            for entry in figures.described(of)
        }
        for of in dict.fromkeys(of for of, _ in TABLES)
    }
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "made_by": made_by(),
        "run": run_facts(figures),
        "names": {
            "queues": [
                {"name": name, "channel": channels[channel]}
                for name, channel in zip(world.queues, channel_of.tolist(), strict=True)
            ],
            "tiers": list(world.tiers),
            "types": [kind.name for kind in world.types],
            "agents": [
                {"name": name, "type": world.types[kind].name}
                for name, kind in zip(world.agents, world.type_of.tolist(), strict=True)
            ],
        },
        "targets_s": {
            queue: {tier: float(world.target_ns[q, t]) / SECOND_NS for t, tier in enumerate(world.tiers)}
            for q, queue in enumerate(world.queues)
        },
        "figures": words,
        "tables": {name: _table(frame) for name, frame in tables(figures)},
    }


def _table(frame: pd.DataFrame) -> dict[str, Any]:
    levels = [str(name) for name in frame.index.names if name is not None]
    flattened = flat(frame)
    columns = [[_plain(value) for value in flattened[column].tolist()] for column in flattened]
    return {
        "levels": levels,
        "columns": [str(column) for column in flattened],
        "rows": [list(row) for row in zip(*columns, strict=True)],
    }


def _plain(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _finite(seconds: float) -> float | None:
    return seconds if seconds < ALWAYS else None


_STRING: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_SECONDS: Final = {"type": "number", "minimum": 0}
_SECONDS_OR_NULL: Final = {"type": ["number", "null"], "exclusiveMinimum": 0}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _map(values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "The figures of a simulation",
    **_object(
        {
            "format": {"const": FORMAT},
            "format_version": {"const": FORMAT_VERSION},
            "made_by": _object({"name": _STRING, "version": _STRING}),
            "run": _object(
                {
                    "seed": {"type": "integer"},
                    "replications": {"type": "integer", "minimum": 1},
                    "samples": {"type": "integer", "minimum": 1},
                    "method": {"enum": ["replications", "batches", "one value"]},
                    "confidence": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                    "variance": {"enum": ["delta", "jackknife"]},
                    "horizon_s": _SECONDS,
                    "warm_up_s": _SECONDS,
                    "interval_s": _SECONDS_OR_NULL,
                    "period_s": _SECONDS_OR_NULL,
                    "arrivals": _list(_COUNT),
                    "digests": _list({"type": "string", "pattern": "^[0-9a-f]{16}$"}),
                }
            ),
            "names": _object(
                {
                    "queues": _list(_object({"name": _STRING, "channel": _STRING})),
                    "tiers": _list(_STRING),
                    "types": _list(_STRING),
                    "agents": _list(_object({"name": _STRING, "type": _STRING})),
                }
            ),
            "targets_s": _map(_map(_SECONDS)),
            "figures": _map(_map(_object({"unit": _STRING, "formula": _STRING, "about": _STRING}))),
            "tables": _map(
                _object(
                    {
                        "levels": _list(_STRING),
                        "columns": _list(_STRING),
                        "rows": _list(_list({"type": ["number", "string", "null"]})),
                    }
                )
            ),
        }
    ),
}
"""What :func:`to_json` writes, as a JSON Schema. A row of a table has a value for each of its columns: the levels,
then X, X_low and X_high of each figure X of ``figures[table without levels]``."""
