"""Output of answers: tables on a terminal, plain lines in a pipe, JSON.

Text from a pool is never interpreted as markup.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import Any

import click

from asngraph.cli.streams import OutputError, output, visible

_INDENT = "    "


def json_text(answer: Any, indent: int | None = 2) -> str:
    """Return an answer as JSON, dataclasses and named tuples as objects."""
    return json.dumps(plain(answer), indent=indent)


def print_json(answer: Any, indent: int | None = 2) -> None:
    """Print an answer as JSON."""
    click.echo(json_text(answer, indent))


def plain(value: Any) -> Any:
    """Return an answer as dicts and lists that can be written as JSON.

    Properties of a dataclass that its ``ALSO_IN_JSON`` names come before its fields.
    """
    if is_dataclass(value) and not isinstance(value, type):
        names = (*getattr(value, "ALSO_IN_JSON", ()), *(field.name for field in fields(value)))
        return {name: plain(getattr(value, name)) for name in names}
    if hasattr(value, "_asdict"):
        return {key: plain(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def lines(*texts: str) -> None:
    """Print lines as they are."""
    for text in texts:
        click.echo(visible(text))


def progress_lines(*texts: str) -> None:
    """Print lines about the progress of the work, which goes on when they cannot be printed."""
    with suppress(OutputError, OSError):
        lines(*texts)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None) -> None:
    """Print a table.

    Parameters
    ----------
    title : str
        The title; may be empty.
    columns : sequence of str
        The headings of the columns; all may be empty.
    rows : sequence of sequence of str
        The cells, by row.
    width : int, optional
        The width at which rows become paragraphs where the output is not a terminal; by default lines may have any.
    """
    if title:
        lines(title)
    if output().isatty():
        _on_terminal(columns, rows)
        return
    texts = [[visible(cell) for cell in row] for row in ([columns] if any(columns) else []) + [*rows]]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    if width is not None and sum(widths) + 2 * len(widths) > width:
        for row in texts[bool(any(columns)) :]:
            click.echo("\n".join(_paragraph(columns, row, width)))
        return
    for row in texts:
        click.echo("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _on_terminal(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, or a paragraph for each row if the terminal is too narrow: names are not broken."""
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    cells = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(columns, *cells, strict=True)]
    if sum(widths) + 3 * len(widths) > console.width:
        for row in cells:
            console.print(Text("\n".join(_paragraph(columns, row, console.width))), soft_wrap=True)
        return
    shown = Table(box=SIMPLE_HEAD, show_header=any(columns), pad_edge=False)
    for column in columns:
        shown.add_column(Text(visible(column)), no_wrap=True)
    for row in cells:
        shown.add_row(*map(Text, row))
    console.print(shown)


def _paragraph(columns: Sequence[str], cells: Sequence[str], width: int) -> Iterator[str]:
    """Yield the lines of a row: the first cell, then the other cells behind the headings of their columns.

    Examples
    --------
    >>> for line in _paragraph(("association", "type", "product"), ("jw1_image3", "image3", "jw1_t001_nircam"), 30):
    ...     print(line)
    jw1_image3  type image3
        product jw1_t001_nircam
    """
    others = [f"{head} {cell}".strip() for head, cell in zip(columns[1:], cells[1:], strict=True) if cell]
    line = cells[0]
    for item in others:
        if len(line) + 2 + len(item) <= width:
            line = f"{line}  {item}"
            continue
        yield line
        *before, line = _wrapped(item, width)
        yield from before
    yield line


def _wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text, broken only between words."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=_INDENT,
        subsequent_indent=2 * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
