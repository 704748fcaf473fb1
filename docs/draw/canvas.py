"""A sheet to draw on: text, boxes, lines and arrows as SVG, in one style for all pictures of the guide.

Lengths are pixels, y grows downward. Every picture brings its own near-white panel, so that it reads in a light and in
a dark page alike. Text that would leave the sheet or its box is refused, by an estimate of its width.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

WIDTH: Final = 740
"""Width of every picture: GitHub shows it unscaled."""
INK: Final = "#1f2328"
MUTED: Final = "#57606a"
RULE: Final = "#d0d7de"
PANEL: Final = "#fcfcfd"
FONT: Final = "Helvetica, Arial, 'Liberation Sans', sans-serif"
SIZE: Final = 13.0


class Color(NamedTuple):
    """A strong color for lines and words, and a pale one for areas."""

    name: str
    strong: str
    pale: str


BLUE: Final = Color("blue", "#0a58b8", "#dcecfd")
GREEN: Final = Color("green", "#1a7f37", "#dcf5e1")
ORANGE: Final = Color("orange", "#b04a00", "#ffead9")
GRAY: Final = Color("gray", "#6e7781", "#eceff2")
COLORS: Final = (BLUE, GREEN, ORANGE, GRAY)

_NARROW: Final = frozenset("ijlI.,:;'|![]()ft/ ")
_WIDE: Final = frozenset("mwMW%@≥≤→…—")


def text_width(text: str, size: float = SIZE, *, bold: bool = False) -> float:
    """Estimate how wide a text is in a sans-serif face, rather too wide than too narrow."""
    units = 0.0
    for letter in text:
        if letter in _NARROW:
            units += 0.30
        elif letter in _WIDE:
            units += 0.86
        elif letter.isupper():
            units += 0.70
        else:
            units += 0.555
    return units * size * (1.07 if bold else 1.0)


def number(value: float) -> str:
    """Write a coordinate, to a tenth of a pixel."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


class Canvas:
    """One picture. ``title`` is its heading and name, ``about`` what a reader who cannot see it is told."""

    def __init__(self, height: float, title: str, about: str) -> None:
        self.height = height
        self.title = title
        self.about = about
        self._parts: list[str] = []
        self._arrows: set[str] = set()
        self.text(20, 30, title, size=16, bold=True)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = SIZE,
        fill: str = INK,
        anchor: str = "start",
        bold: bool = False,
        halo: bool = False,
    ) -> None:
        """Write one line; ``y`` is its base line. ``halo`` keeps it readable over lines."""
        width = text_width(text, size, bold=bold)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        if left < 4 or left + width > WIDTH - 4 or not size < y < self.height - 4:
            raise ValueError(f"{self.title}: leaves the sheet: {text!r} at {left:.0f} to {left + width:.0f}, {y:.0f}")
        attributes = f'x="{number(x)}" y="{number(y)}"'
        attributes += "" if size == SIZE else f' font-size="{number(size)}"'
        attributes += "" if fill == INK else f' fill="{fill}"'
        attributes += "" if anchor == "start" else f' text-anchor="{anchor}"'
        attributes += ' font-weight="bold"' if bold else ""
        attributes += f' paint-order="stroke" stroke="{PANEL}" stroke-width="4"' if halo else ""
        self._parts.append(f"<text {attributes}>{escape(text)}</text>")

    def note(self, x: float, y: float, text: str, *, anchor: str = "start", fill: str = MUTED) -> None:
        """Write a remark in small letters."""
        self.text(x, y, text, size=12, fill=fill, anchor=anchor)

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "none",
        stroke: str = "none",
        round_by: float = 4,
        dash: bool = False,
    ) -> None:
        """Draw a rectangle with rounded corners."""
        dashes = ' stroke-dasharray="4 3"' if dash else ""
        self._parts.append(
            f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
            f' rx="{number(round_by)}" fill="{fill}" stroke="{stroke}"{dashes}/>'
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        lines: str | Sequence[str],
        color: Color = GRAY,
        *,
        bold: bool = False,
        size: float = SIZE,
        dash: bool = False,
    ) -> None:
        """Draw a box with centered lines; the first one is bold where there are several."""
        rows = [lines] if isinstance(lines, str) else list(lines)
        self.rect(x, y, width, height, fill=color.pale, stroke=color.strong, dash=dash)
        step = size + 4
        top = y + height / 2 - (len(rows) - 1) * step / 2 + size * 0.36
        for row, line in enumerate(rows):
            strong = bold or (row == 0 and len(rows) > 1)
            if text_width(line, size, bold=strong) > width - 4:
                raise ValueError(f"{self.title}: {line!r} does not fit its box of {width:.0f}")
            self.text(x + width / 2, top + row * step, line, size=size, anchor="middle", bold=strong)

    def line(
        self,
        points: Sequence[tuple[float, float]],
        *,
        color: str = INK,
        width: float = 1.5,
        dash: bool = False,
        arrow: bool = False,
    ) -> None:
        """Draw a line through points; with ``arrow`` it ends in a head."""
        path = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        extra = ' stroke-dasharray="5 4"' if dash else ""
        if arrow:
            self._arrows.add(color)
            extra += f' marker-end="url(#{self._marker(color)})"'
        self._parts.append(
            f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{number(width)}"'
            f' stroke-linejoin="round"{extra}/>'
        )

    def area(self, points: Sequence[tuple[float, float]], fill: str) -> None:
        """Fill a polygon."""
        path = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self._parts.append(f'<polygon points="{path}" fill="{fill}"/>')

    def dot(self, x: float, y: float, color: Color, *, radius: float = 5, hollow: bool = False) -> None:
        """Draw a dot, or a ring."""
        fill = PANEL if hollow else color.strong
        self._parts.append(
            f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" fill="{fill}"'
            f' stroke="{color.strong}" stroke-width="2"/>'
        )

    def yes(self, x: float, y: float) -> None:
        """Draw a check mark around a point."""
        self.line([(x - 5, y), (x - 1.5, y + 4), (x + 6, y - 5)], color=GREEN.strong, width=2.4)

    def no(self, x: float, y: float) -> None:
        """Draw a cross around a point."""
        self.line([(x - 4.5, y - 4.5), (x + 4.5, y + 4.5)], color=ORANGE.strong, width=2.4)
        self.line([(x - 4.5, y + 4.5), (x + 4.5, y - 4.5)], color=ORANGE.strong, width=2.4)

    def axis(self, x0: float, x1: float, y: float, ticks: Iterable[tuple[float, str]]) -> None:
        """Draw a time axis; a tick is (x, label)."""
        self.line([(x0, y), (x1, y)], color=MUTED, width=1.2, arrow=True)
        for x, label in ticks:
            self.line([(x, y - 4), (x, y + 4)], color=MUTED, width=1.2)
            self.note(x, y + 18, label, anchor="middle")

    @staticmethod
    def _marker(color: str) -> str:
        return "head-" + color.lstrip("#")

    def svg(self) -> str:
        """Return the picture as a file's text."""
        heads = "".join(
            f'<marker id="{self._marker(color)}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9"'
            f' markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10z" fill="{color}"/></marker>\n'
            for color in sorted(self._arrows)
        )
        height = number(self.height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
            f' viewBox="0 0 {WIDTH} {height}" role="img" font-family="{FONT}"'
            f' font-size="{number(SIZE)}" fill="{INK}">\n'
            f"<title>{escape(self.title)}</title>\n<desc>{escape(self.about)}</desc>\n"
            + (f"<defs>\n{heads}</defs>\n" if heads else "")
            + f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{number(self.height - 1)}" rx="8"'
            f' fill="{PANEL}" stroke="{RULE}"/>\n' + "\n".join(self._parts) + "\n</svg>\n"
        )
