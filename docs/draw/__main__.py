"""Write every picture of the guide: ``python -m docs.draw [FOLDER]``, by default into docs/pictures."""

from __future__ import annotations

import sys
from pathlib import Path

from . import agents, offers, order, overflow, work
from .canvas import Canvas

PICTURES = (*agents.PICTURES, *order.PICTURES, *work.PICTURES, *offers.PICTURES, *overflow.PICTURES)


def main(folder: Path) -> None:
    """Draw all pictures into a folder; one that is not drawn any more is left for its owner to delete."""
    folder.mkdir(parents=True, exist_ok=True)
    for draw in PICTURES:
        picture: Canvas = draw()
        (folder / f"{draw.__name__}.svg").write_text(picture.svg(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "pictures")
