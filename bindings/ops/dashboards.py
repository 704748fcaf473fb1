"""Writes the dashboards' JSON: ``python -m acdcore.ops.dashboards [FOLDER]``, ``make dashboards`` in a clone.

It needs grafana-foundation-sdk, of exactly the version in the extra ``dev``; nothing else of acdcore does.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from .floor import floor
from .router import router

DASHBOARDS: Final = {"floor": floor, "router": router}


def text(name: str) -> str:
    """Return a dashboard as the JSON that Grafana imports: ``floor`` or ``router``."""
    return json.dumps(DASHBOARDS[name](), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main(folder: Path) -> None:
    """Write all of them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in DASHBOARDS:
        (folder / f"{name}.json").write_text(text(name), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("grafana"))
