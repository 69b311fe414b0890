"""How answers are shown: as tables on a terminal, and as plain lines in a pipe. Text from a pool is never markup."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from typing import Any

import click

from asngraph.cli.streams import OutputError, output, visible


def json_text(answer: Any, indent: int | None = 2) -> str:
    """Write an answer as JSON: dataclasses and named tuples as objects."""
    return json.dumps(_plain(answer), indent=indent)


def print_json(answer: Any, indent: int | None = 2) -> None:
    """Print an answer as JSON."""
    click.echo(json_text(answer, indent))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {key: _plain(item) for key, item in asdict(value).items()}
    if hasattr(value, "_asdict"):
        return {key: _plain(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def lines(*texts: str) -> None:
    """Print lines as they are."""
    for text in texts:
        click.echo(visible(text))


def told(*texts: str) -> None:
    """Print lines about what is being made; work does not end where they cannot be printed."""
    with suppress(OutputError, OSError):
        lines(*texts)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table.

    Parameters
    ----------
    title : str
        What it shows; may be empty.
    columns : sequence of str
        The heads of its columns; all may be empty.
    rows : sequence of sequence of str
        Its cells.
    """
    if title:
        lines(title)
    if output().isatty():
        _on_terminal(columns, rows)
        return
    texts = [[visible(cell) for cell in row] for row in ([columns] if any(columns) else []) + [*rows]]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        click.echo("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _on_terminal(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=SIMPLE_HEAD, show_header=any(columns), pad_edge=False)
    for column in columns:
        shown.add_column(Text(visible(column)), overflow="fold")
    for row in rows:
        shown.add_row(*(Text(visible(cell)) for cell in row))
    Console().print(shown)
