"""The sheet on which figures are drawn: inches from the top left corner, text that is never markup."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from asngraph.model.roles import COLOURS, in_order, looks
from asngraph.outputs import output

INK, QUIET, RULE, BAND = "#1a1a1a", "#5a5a5a", "#b8b8b8", "#f2f4f7"
POINT = 1 / 72
_MOST_LETTERS = 300
# Matplotlib includes the first; SVG files list them all for viewers.
FONTS = ("DejaVu Sans", "Verdana", "Arial", "Helvetica")
# Characters that XML 1.0 (https://www.w3.org/TR/xml/#charsets) cannot hold, and line breaks.
_NO_XML = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class ShownFigure(Figure):
    """A figure that a notebook shows, whether or not pyplot is in use."""

    def _repr_png_(self) -> bytes:
        content: bytes = output("render")(self, "png")
        return content


class Look(NamedTuple):
    """The look of a role; colour and marker are each unique.

    Parameters
    ----------
    colour : str
        The colour, for a white background (`asngraph.model.roles.COLOURS`).
    marker : str
        A matplotlib marker.
    """

    colour: str
    marker: str


_MARKERS = {
    "circle": "o", "square": "s", "diamond": "D", "triangle": "^", "nabla": "v", "star": "*", "cross": "X", "plus": "P",
    "pentagon": "p", "left": "<", "right": ">", "ring": "8", "hexagon": "h",
}  # fmt: skip
_LOOKS = {role: Look(COLOURS[colour][0], _MARKERS[shape]) for role, (colour, shape) in looks().items()}
_OTHER = Look("#ffffff", "d")


def look_of(role: str) -> Look:
    """Return the look of a role.

    Examples
    --------
    >>> look_of("background")
    Look(colour='#c98500', marker='s')
    """
    return _LOOKS.get(role, _OTHER)


def darker(colour: str) -> str:
    """Return a darker colour, in which a thin line is visible on white.

    Examples
    --------
    >>> darker("#F0E442")
    '#a69d2e'
    """
    return "#" + "".join(f"{round(int(colour[start : start + 2], 16) * 0.69):02x}" for start in (1, 3, 5))


class Sheet:
    """A figure without axes, with positions in inches from its top left corner.

    Text is drawn literally, without mathematics, TeX or line breaks.

    Parameters
    ----------
    width : float
        The width in inches; the height is set at the end.
    """

    margin = 0.18

    def __init__(self, width: float) -> None:
        self.width = width
        self._figure = ShownFigure(figsize=(width, 1), facecolor="white")
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()

    def text(self, x: float, y: float, text: str, *, size: float = 7.5, colour: str = INK, **more: Any) -> None:
        """Write a text, vertically centred at y; `more` is passed to matplotlib's Text."""
        style: dict[str, Any] = {
            "va": "center_baseline",
            "ha": "left",
            "rotation_mode": "anchor",
            "clip_on": False,
        } | more
        self._axes.text(
            x,
            y,
            _line(text),
            fontsize=size,
            color=colour,
            fontfamily="sans-serif",
            parse_math=False,
            usetex=False,
            **style,
        )

    def marks(
        self, xs: Sequence[float], ys: Sequence[float], role: str, *, size: float = 5, hollow: bool = False
    ) -> None:
        """Draw the marker of a role at places; hollow markers are for exposures that are not members themselves."""
        look = look_of(role)
        self._axes.plot(
            xs, ys, linestyle="none", marker=look.marker, markersize=size * (1.5 if look.marker == "*" else 1),
            markerfacecolor="white" if hollow else look.colour, markeredgecolor=INK, markeredgewidth=0.5, clip_on=False,
            zorder=3,
        )  # fmt: skip

    def dots(self, xs: Sequence[float], ys: Sequence[float], *, hollow: bool = False) -> None:
        """Draw dots without a role."""
        self._axes.plot(
            xs, ys, linestyle="none", marker="o", markersize=5, markerfacecolor="white" if hollow else INK,
            markeredgecolor=INK, markeredgewidth=0.8, clip_on=False, zorder=3,
        )  # fmt: skip

    def line(
        self, xs: Sequence[float], ys: Sequence[float], *, colour: str = RULE, width: float = 0.7, **more: Any
    ) -> None:
        """Draw a line through places; `more` is passed to matplotlib's Line2D."""
        style: dict[str, Any] = {"clip_on": False, "zorder": 2, "solid_capstyle": "round"} | more
        self._axes.plot(xs, ys, color=colour, linewidth=width, **style)

    def arrow(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        *,
        colour: str = INK,
        width: float = 0.9,
        shrink: tuple[float, float] = (5, 4),
        linestyle: Any = "-",
    ) -> None:
        """Draw an arrow, shortened by `shrink` points at its start and end."""
        style = {"arrowstyle": "-|>", "color": colour, "lw": width, "linestyle": linestyle, "mutation_scale": 7}
        self._axes.annotate("", end, start, arrowprops=style | {"shrinkA": shrink[0], "shrinkB": shrink[1]})

    def box(self, x: float, y: float, width: float, height: float, colour: str = BAND) -> None:
        """Draw a filled box behind everything else, from its top left corner."""
        from matplotlib.patches import Rectangle

        self._axes.add_patch(
            Rectangle((x, y), width, height, facecolor=colour, edgecolor="none", clip_on=False, zorder=0)
        )

    def title(self, title: str, lines: Sequence[str]) -> float:
        """Write the title and its lines at the top; return the height below them."""
        self._figure.set_label(_line(title))
        room = self.width - 2 * self.margin
        y = 0.25
        for text in wrapped(title, 10, room, bold=True):
            self.text(self.margin, y, text, size=10, weight="bold")
            y += 0.2
        for line in lines:
            for text in wrapped(line, 7.5, room):
                self.text(self.margin, y, text, colour=QUIET)
                y += 0.155
        return y + 0.06

    def notes(self, y: float, lines: Sequence[str]) -> float:
        """Write notes below the figure; return the height below them."""
        for line in lines:
            for text in wrapped(line, 6.5, self.width - 2 * self.margin):
                self.text(self.margin, y, text, size=6.5, colour=QUIET)
                y += 0.135
        return y

    def legend(self, y: float, roles: Sequence[str]) -> float:
        """Draw a legend of the roles; return the height below it."""
        x = self.margin + 0.05
        for role in in_order(roles):
            width = 0.3 + text_width(role, 7)
            if x + width > self.width - self.margin and x > 0.5:
                x, y = self.margin + 0.05, y + 0.17
            self.marks([x], [y], role)
            self.text(x + 0.1, y, role, size=7)
            x += width
        return y + 0.19

    def finish(self, height: float) -> Figure:
        """Set the height of the sheet, and return the figure."""
        self._figure.set_size_inches(self.width, height)
        self._axes.set_xlim(0, self.width)
        self._axes.set_ylim(height, 0)
        return self._figure


def _line(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a text in inches.

    Parameters
    ----------
    text : str
        The text; if it is too long to be read, it is measured without its middle, as it is drawn.
    size : float
        The size of the font, in points.
    bold : bool
        Whether the font is bold.

    Returns
    -------
    float
    """
    font = FontProperties(family=FONTS[0], size=size, weight="bold" if bold else "normal")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # drawn as a box
        width, _, _ = text_to_path.get_text_width_height_descent(_line(_cut(text)), font, ismath=False)
    return float(width) * POINT


def fitted(text: str, size: float, width: float) -> str:
    """Return a text, without its middle if it is too wide.

    Examples
    --------
    >>> fitted("jw04322", 7, 1.0), fitted("jw04322001001_02102_00001_mirifushort", 7, 1.0)
    ('jw04322', 'jw043220…rifushort')
    """
    text = _cut(text)
    if not text or text_width(text, size) <= width + POINT / 10:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text_width(_without_middle(text, middle), size) <= width else (low, middle - 1)
    return _without_middle(text, low)


def _cut(text: str) -> str:
    """Return a text, cut if it is too long to be read or measured."""
    return text if len(text) <= _MOST_LETTERS else _without_middle(text, _MOST_LETTERS)


def _without_middle(text: str, kept: int) -> str:
    head = kept // 2
    return f"{text[:head]}…{text[len(text) - (kept - head) :]}"


def wrapped(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """Return a text as lines, broken after blanks, hyphens and underscores; a word that is too wide is cut.

    Examples
    --------
    >>> wrapped("jw04322001001_02102_00001_mirifushort", 7, 1.4)
    ['jw04322001001_02102_', '00001_mirifushort']
    """
    lines = [""]
    for word in re.findall(r"[^\s_-]*(?:[\s_-]|$)", _cut(text)):
        for piece in _pieces(word, size, width, bold):
            if text_width(lines[-1] + piece.rstrip(), size, bold) > width:
                lines.append("")
            lines[-1] += piece
    return [line.rstrip() for line in lines if line.strip()]


def _pieces(word: str, size: float, width: float, bold: bool) -> list[str]:
    if text_width(word, size, bold) <= width:
        return [word]
    step = max(1, int(len(word) * width / text_width(word, size, bold)) - 1)
    return [word[start : start + step] for start in range(0, len(word), step)]
