"""Figures of an association, an observation or a whole program, for reports; needs the extra ``plot``."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from asngraph._version import __version__
from asngraph.errors import UsageError
from asngraph.util.extras import needed

with needed("plot", "matplotlib draws the figures"):
    import matplotlib

from asngraph.plots.association import plot_association
from asngraph.plots.canvas import FONTS
from asngraph.plots.observation import plot_observation
from asngraph.plots.program import plot_program

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "format_of", "plot_association", "plot_observation", "plot_program", "render"]

# The formats of figures, each with metadata that makes its files reproducible.
FORMATS: dict[str, dict[str, str | None]] = {
    "svg": {"Date": None, "Creator": f"asngraph {__version__}"},
    "png": {"Software": f"asngraph {__version__}"},
    "pdf": {"CreationDate": None, "Creator": f"asngraph {__version__}"},
}
_MOST_DOTS = 30_000  # per side; matplotlib's limit is 65,535
_ENDINGS = ".svg, .png or .pdf"
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "asngraph",
    "pdf.fonttype": 42,
    "font.sans-serif": FONTS,
    "savefig.bbox": None,
    "savefig.facecolor": "white",
    "savefig.transparent": False,
}


def format_of(path: str | os.PathLike[str]) -> str:
    """Return the figure format of a file name.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    str
        The format, such as ``svg``.

    Raises
    ------
    UsageError
        When the extension is not that of a figure format.

    Examples
    --------
    >>> format_of("report/Program.SVG")
    'svg'
    """
    format_ = PurePath(path).suffix.removeprefix(".").lower()
    if format_ not in FORMATS:
        raise UsageError(f"{os.fspath(path)}: unknown extension for a figure; use {_ENDINGS}")
    return format_


def render(figure: Figure, format_: str = "svg") -> bytes:
    r"""Return a figure as the content of a file; the same figure gives the same bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    format_ : str
        ``svg``, with text as text, ``png`` (200 dots per inch, fewer for huge figures) or ``pdf``.

    Returns
    -------
    bytes

    Raises
    ------
    UsageError
        When the format is unknown.

    Examples
    --------
    >>> import asngraph
    >>> render(plot_program(asngraph.generate("examples/nircam_mosaic.csv")), "png")[:4]
    b'\x89PNG'
    """
    if format_ not in FORMATS:
        raise UsageError(f"unknown figure format {format_!r}; use one of {', '.join(FORMATS)}")
    buffer = io.BytesIO()
    dots = min(200, _MOST_DOTS / max(figure.get_size_inches()))
    with matplotlib.rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # drawn as a box in PNG and PDF
        figure.savefig(buffer, format=format_, dpi=dots, metadata=FORMATS[format_] | {"Title": str(figure.get_label())})
    return buffer.getvalue()
