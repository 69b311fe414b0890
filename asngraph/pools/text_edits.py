"""Changing cells in the text of a pool, while comments, case and white space of the rest are preserved."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping


def with_cells(text: str, cells: Mapping[tuple[int, str], str], delimiter: str = "|") -> str:
    r"""Return the text of a pool with some cells changed.

    Parameters
    ----------
    text : str
        The text of a valid pool (`asngraph.model.pool.Pool.read`).
    cells : mapping of (int, str) to str
        The new values, by line (counted from 1) and column. A column that the pool lacks is added.
    delimiter : str
        The character between cells.

    Examples
    --------
    >>> print(with_cells("# mine\nFILENAME|FILTER\nA.fits|F200W\nB.fits|F200W\n", {(4, "filter"): "f090w"}))
    # mine
    FILENAME|FILTER
    A.fits|F200W
    B.fits|f090w
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rows = [
        number for number, line in enumerate(lines) if line.strip() and not line.lstrip("\ufeff \t").startswith("#")
    ]
    header = _cells(lines[rows[0]], delimiter)
    names = [name.lstrip("\ufeff").strip().lower() for name in header]
    added = [name for name in dict.fromkeys(column for _, column in cells) if name not in names]
    place = {name: number for number, name in enumerate([*names, *added])}
    by_line: dict[int, dict[int, str]] = {}
    for (line, column), value in cells.items():
        by_line.setdefault(line - 1, {})[place[column]] = value
    for number in rows:
        more = added if number == rows[0] else ["null" for _ in added]
        if number not in by_line and not more:
            continue
        if number not in by_line:
            lines[number] += delimiter + _written(more, delimiter)
            continue
        row = [*_cells(lines[number], delimiter), *more]
        for column_number, value in by_line[number].items():
            row[column_number] = value
        lines[number] = _written(row, delimiter)
    return newline.join(lines)


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True))


def _written(row: list[str], delimiter: str) -> str:
    if row == [""]:  # which csv would quote
        return ""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="").writerow(row)
    return buffer.getvalue()
