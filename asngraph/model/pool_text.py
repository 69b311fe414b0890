"""Reading the text of a pool: a strict parser whose errors name the line and the column."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePath
from typing import IO, Any, NamedTuple

import numpy as np

from asngraph.errors import FitsFilesError, PoolError
from asngraph.model.column import Codes, Column
from asngraph.model.filenames import FITS
from asngraph.util.limits import POOL, STDIN, STDIN_NAME, read_bounded, read_stream
from asngraph.util.text import counted

# Rows are converted to columns in chunks of this size, so that only the columns stay in memory.
_ROWS_AT_A_TIME = 20_000

# Characters that no cell may have: control characters, and halves of surrogate pairs.
NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


# What files that are taken for pools begin with, or are named.
_FITS_BEGINS, _GZIP_BEGINS = b"SIMPLE  =", b"\x1f\x8b"
_JSON_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{\s*[\"}]")
_ASSOCIATION = re.compile(r"_asn\.(json|ya?ml)$", re.IGNORECASE)
# The number of files in a folder that are looked at to say what it holds.
_MOST_NAMES = 10_000


class Table(NamedTuple):
    """The table of a text.

    Parameters
    ----------
    columns : dict of str to Column
        The columns.
    lines : array of int32
        The line of each row, counted from 1.
    """

    columns: dict[str, Column]
    lines: Codes


def source_text(source: str | os.PathLike[str] | IO[Any], name: str | None = None) -> tuple[str, str]:
    """Return the name and the text of a file.

    Parameters
    ----------
    source : path or open file
        The file; ``-`` is standard input.
    name : str, optional
        The name to return; by default that of the file.

    Returns
    -------
    name, text : str

    Raises
    ------
    PoolError
        When the file cannot be read, or is not UTF-8 text.
    """
    if isinstance(source, str | os.PathLike):
        name = name or (STDIN_NAME if os.fspath(source) == STDIN else PurePath(source).name)
        content = source_bytes(Path(source))
        _refuse_other_files(content, os.fspath(source))
    else:
        name = name or PurePath(str(getattr(source, "name", "in-memory"))).name
        try:
            content = read_stream(source, POOL, name)
        except OSError as error:
            raise PoolError(f"cannot be read: {error.strerror or error}", name) from None
    return name, _decoded(content, name) if isinstance(content, bytes) else content


def text_problem(text: str) -> str | None:
    """Return a message about forbidden characters in the text of a cell; None when there are none.

    Parameters
    ----------
    text : str
        The cell.
    """
    return f"{text!r} has a control character or half of a surrogate pair" if NO_TEXT.search(text) else None


def read_table(text: str, delimiter: str, source: str, *, fill: bool = True) -> Table:
    r"""Return the table of a text with a header line.

    Comment lines (``#``) and blank lines are skipped. Names and values are stripped and converted to lower case; an
    empty cell becomes ``null``.

    Parameters
    ----------
    text : str
        The whole text.
    delimiter : str
        The character between cells.
    source : str
        The name of the file, for error messages.
    fill : bool
        Whether an empty cell becomes ``null``; if not, it stays empty.

    Returns
    -------
    Table

    Raises
    ------
    PoolError
        When the text is not a valid table; the message has the line and the column.

    Notes
    -----
    The cost is linear in the number of cells; rows are converted in chunks, so that only the text and the columns are
    in memory.

    Examples
    --------
    >>> table = read_table("FILENAME | FILTER\na_uncal.fits | F200W\nb_uncal.fits |\n", "|", "pool.csv")
    >>> {name: list(column) for name, column in table.columns.items()}
    {'filename': ['a_uncal.fits', 'b_uncal.fits'], 'filter': ['f200w', 'null']}
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").lower()
    rows = _records(text, delimiter, source)
    try:
        _, header = next(rows)
    except StopIteration:
        raise PoolError("the file is empty; a pool has a header line and one line for each exposure", source) from None
    names = _names(header, source)
    coded = [_Codes() for _ in names]
    parts: list[list[list[int]]] = [[] for _ in names]
    lines: list[int] = []
    while chunk := list(islice(rows, _ROWS_AT_A_TIME)):
        for line, cells in chunk:
            if len(cells) != len(names):
                raise PoolError(_wrong_length(cells, names, delimiter), source, line)
        lines.extend(line for line, _ in chunk)
        for numbers, part, column in zip(coded, parts, zip(*(cells for _, cells in chunk), strict=True), strict=True):
            part.append([numbers[cell] for cell in column])
    if not lines:
        raise PoolError("the file has a header line, but no exposures", source)
    columns = {
        name: (_filled if fill else Column)(numbers.values_in_order, np.concatenate(list(map(_codes, part))))
        for name, numbers, part in zip(names, coded, parts, strict=True)
    }
    return Table(columns, np.array(lines, dtype=np.int32))


def _codes(numbers: list[int]) -> Codes:
    return np.array(numbers, dtype=np.int32)


def _filled(values: list[str], codes: Codes) -> Column:
    """Return a column with ``null`` in its empty cells.

    Where all values are shorter than ``null``, it is cut to the length of the longest, as in the reference, whose
    columns have a fixed width (astropy.table.Table.filled).
    """
    if "" not in values:
        return Column(values, codes)
    fill = "null"[: max(map(len, values)) or 1]
    empty, known = values.index(""), values.index(fill) if fill in values else -1
    if known < 0:
        return Column([*values[:empty], fill, *values[empty + 1 :]], codes)
    return Column.of(fill if value == "" else value for value in Column(values, codes))


class _Codes(dict[str, int]):
    """The codes of a column's cells, in order of first appearance; cells that differ only in white space share one."""

    def __init__(self) -> None:
        self.values_in_order: list[str] = []
        self._numbers: dict[str, int] = {}

    def __missing__(self, cell: str) -> int:
        value = cell.strip()
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self.values_in_order)
            self.values_in_order.append(value)
        self[cell] = number
        return number


# Text with these and without quotation marks, in lines that are shorter than the largest cell, is split in less time.
_PLAIN_DELIMITERS, _LONG = "|,;\t", csv.field_size_limit()


def _records(text: str, delimiter: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the number of its line."""
    numbered = [
        (number, line)
        for number, line in enumerate(text.split("\n"), start=1)
        if line and not line.isspace() and not line.lstrip().startswith("#")
    ]
    if len(delimiter) != 1:
        raise PoolError(f"the delimiter must be one character, not {delimiter!r}", source)
    if delimiter in _PLAIN_DELIMITERS and '"' not in text and all(len(line) < _LONG for _, line in numbered):
        yield from ((number, line.split(delimiter)) for number, line in numbered)
        return
    reader = csv.reader((line for _, line in numbered), delimiter=delimiter, skipinitialspace=True, strict=True)
    read = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            long = "field limit" in str(error)
            problem = f"a cell has more than {csv.field_size_limit():,} characters" if long else str(error)
            raise PoolError(f"{problem}; is a quotation mark missing?", source, numbered[read][0]) from None
        if reader.line_num - read != 1:
            raise PoolError("a quoted cell extends over the end of the line", source, numbered[read][0])
        yield numbered[read][0], cells
        read += 1


def _names(header: list[str], source: str) -> list[str]:
    names = [name.strip() for name in header]
    counts = Counter(names)
    for name in names if len(counts) < len(names) else ():
        if counts[name] > 1:
            raise PoolError("the column appears twice in the header; remove one of them", source, column=name or "''")
    return names


def _wrong_length(cells: list[str], names: list[str], delimiter: str) -> str:
    extra = len(cells) - len(names)
    counts = f"({len(cells)} for {counted(len(names), 'column')})"
    if extra > 0:
        first = cells[len(names)].lstrip(" ")
        return f"the row has {counted(extra, 'cell')} too many {counts}, the first of which is {first!r}"
    return (
        f"the row has {counted(-extra, 'cell')} too few {counts}, from column {names[len(cells)]} on; an empty cell "
        f"still needs its {delimiter!r}"
    )


def source_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Parameters
    ----------
    path : path
        The file; ``-`` is standard input.

    Raises
    ------
    PoolError
        When the file cannot be read, or is larger than the limit (`asngraph.util.limits.POOL`).
    """
    try:
        return read_bounded(path, POOL, streams=True)
    except FileNotFoundError:
        raise PoolError("the file does not exist", str(path)) from None
    except IsADirectoryError:
        raise _of_folder(path) from None
    except OSError as error:
        name = STDIN_NAME if os.fspath(path) == STDIN else os.fspath(path)
        raise PoolError(f"cannot be read: {error.strerror or error}", name) from None


def _of_folder(folder: Path) -> PoolError:
    """Return the error that a folder is given where a pool is required; it says what the folder holds."""
    found = (name for _, _, files in os.walk(folder) for name in files)
    names = [name.lower() for name in islice(found, _MOST_NAMES)]
    if any(name.endswith(FITS) for name in names):
        return FitsFilesError("this is a folder of FITS files; make a pool of their headers", str(folder))
    if any(_ASSOCIATION.search(name) for name in names):
        return PoolError("this is a folder of association files; name the pool that they were made from", str(folder))
    return PoolError("this is a folder; name the pool's file", str(folder))


def _refuse_other_files(content: bytes, path: str) -> None:
    if content.startswith(_FITS_BEGINS) or (content.startswith(_GZIP_BEGINS) and path.lower().endswith(FITS)):
        raise FitsFilesError("this is a FITS file; make a pool of its header", path)
    if _ASSOCIATION.search(path) or _JSON_BEGINS.match(content):
        raise PoolError("this is an association file; name the pool that it was made from", path)


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PoolError(
            f"the byte 0x{content[error.start]:02x} is not UTF-8 text; is this a pool?", name, line
        ) from None
