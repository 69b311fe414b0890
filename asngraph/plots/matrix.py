"""A matrix on a sheet, with vertical labels over the columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from asngraph.model.roles import Role
from asngraph.plots.canvas import BAND, INK, QUIET, Sheet, fitted, look_of, text_width

ROW_HEIGHT = 0.165
_LABEL_SIZE, _GROUP_SIZE, _TALLEST, _GAP = 6.8, 7, 1.55, 0.14


@dataclass(frozen=True)
class Column:
    """A column of a matrix.

    Parameters
    ----------
    label : str
        The label over it.
    group : str
        The label over it and the neighbouring columns of the same group.
    width : float
        The width in inches.
    role : str
        The role whose marker is over it, if any.
    """

    label: str
    group: str
    width: float
    role: str = ""


class Matrix:
    """Rows and columns on a sheet.

    Parameters
    ----------
    sheet : Sheet
        The sheet to draw on.
    x, y : float
        The left of the first column and the top of the labels, in inches.
    columns : sequence of Column
        The columns; those of a group are adjacent.
    row_count : int
        The number of rows.
    """

    def __init__(self, sheet: Sheet, x: float, y: float, columns: Sequence[Column], row_count: int) -> None:
        self._sheet, self._columns, self.row_count = sheet, columns, row_count
        self._lefts, _ = _places(x, columns)
        tallest = max((text_width(column.label, _LABEL_SIZE) for column in columns), default=0)
        marked = any(column.role for column in columns)
        self._foot = y + 0.22 + min(tallest, _TALLEST) + 0.16 * marked + 0.08
        self._draw_labels(y)

    @property
    def bottom(self) -> float:
        """The height below the last row."""
        return self._foot + ROW_HEIGHT * self.row_count

    def centre(self, column: int) -> float:
        """Return the horizontal centre of a column."""
        return self._lefts[column] + self._columns[column].width / 2

    def row(self, number: int) -> float:
        """Return the vertical centre of a row."""
        return self._foot + ROW_HEIGHT * (number + 0.5)

    def band(self, number: int, colour: str = BAND) -> None:
        """Shade a row over the whole width of the sheet."""
        margin = self._sheet.margin - 0.06
        self._sheet.box(margin, self.row(number) - ROW_HEIGHT / 2, self._sheet.width - 2 * margin, ROW_HEIGHT, colour)

    def shade(self, row: int, column: int, colour: str) -> None:
        """Fill a cell."""
        width = self._columns[column].width
        self._sheet.box(
            self._lefts[column] + 0.01, self.row(row) - ROW_HEIGHT / 2 + 0.01, width - 0.02, ROW_HEIGHT - 0.02, colour
        )

    def _draw_labels(self, y: float) -> None:
        for number, column in enumerate(self._columns):
            foot = self._foot - 0.07
            if column.role:
                self._sheet.marks([self.centre(number)], [foot - 0.04], column.role)
                foot -= 0.16
            label = fitted(column.label, _LABEL_SIZE, _TALLEST)
            self._sheet.text(self.centre(number), foot, label, size=_LABEL_SIZE, rotation=90)
            first = number == 0 or self._columns[number - 1].group != column.group
            if first and column.group:
                left = self._lefts[number]
                right = max(
                    place + each.width
                    for place, each in zip(self._lefts, self._columns, strict=True)
                    if each.group == column.group
                )
                self._sheet.text(left + 0.01, y + 0.06, column.group, size=_GROUP_SIZE, weight="bold")
                self._sheet.line([left + 0.01, right - 0.01], [y + 0.15, y + 0.15], colour=INK, width=0.6)
        self._sheet.line(
            [self._sheet.margin - 0.06, self._sheet.width - self._sheet.margin + 0.06], [self._foot] * 2, colour=QUIET
        )


def width_of(x: float, columns: Sequence[Column], least: float) -> float:
    """Return the width of a sheet for a matrix.

    Parameters
    ----------
    x : float
        The left edge of its first column.
    columns : sequence of Column
        Its columns.
    least : float
        The minimum width.
    """
    return max(least, _places(x, columns)[1] + Sheet.margin)


def _places(x: float, columns: Sequence[Column]) -> tuple[list[float], float]:
    """Return the left edge of each column, and the right edge of all; a group is as wide as its label."""
    lefts: list[float] = []
    end = x
    for group, same in groupby(columns, key=lambda column: column.group):
        start = x if not lefts else end + _GAP
        own = list(same)
        lefts += [start + before for before in accumulate((column.width for column in own[:-1]), initial=0.0)]
        end = start + max(sum(column.width for column in own), text_width(group, _GROUP_SIZE, bold=True) + 0.02)
    return lefts, end


def tint(count: int, most: int) -> str:
    """Return a colour for a count, paler for smaller counts relative to the largest.

    Examples
    --------
    >>> tint(1, 100), tint(100, 100)
    ('#d8e9f3', '#8cc0dc')
    """
    share = 0.12 + 0.33 * (count / max(most, 1)) ** 0.5
    colour = look_of(Role.SCIENCE).colour
    parts = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{round(255 + (part - 255) * share):02x}" for part in parts)
