"""A column of text, stored as integer codes: the form in which asngraph computes.

Values repeat in a pool: ten thousand exposures have a handful of filters. A column stores each distinct value once, and
the code of its value for each row, so that a test on text runs once for each distinct value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]
Integers = npt.NDArray[np.integer[Any]]

# The texts of undefined cells (`_EMPTY` of jwst.associations.lib.dms_base, lower-cased).
UNDEFINED_TEXTS = frozenset({"", "null", "--", "n", "f", "false", "n/a"})
# In place of a code: the row is undefined; the column does not have the value.
UNDEFINED, ABSENT = -1, -2


def is_defined(text: str) -> bool:
    """Return whether a cell has a value.

    Parameters
    ----------
    text : str
        The cell, in lower case.

    Examples
    --------
    >>> is_defined("f200w"), is_defined("null"), is_defined("f")
    (True, False, False)
    """
    return text not in UNDEFINED_TEXTS


class Column:
    """One column of a table: its distinct values, and the index of the value of each row.

    Parameters
    ----------
    values : sequence of str
        The distinct values.
    codes : array of int32
        For each row, the index of its value in `values`.

    Examples
    --------
    >>> column = Column.of(["f200w", "null", "f200w"])
    >>> column[2], column.keys.tolist(), column.defined.tolist()
    ('f200w', [0, -1, 0], [True, False, True])
    """

    def __init__(self, values: Sequence[str], codes: Codes) -> None:
        self.values = list(values)
        self.codes = codes

    @classmethod
    def of(cls, texts: Iterable[str]) -> Column:
        """Return the column of some texts, one for each row; values are numbered in order of first appearance.

        Parameters
        ----------
        texts : iterable of str
            The texts of the rows.
        """
        numbers: dict[str, int] = {}
        codes = [numbers.setdefault(text, len(numbers)) for text in texts]
        return cls(list(numbers), np.array(codes, dtype=np.int32))

    @classmethod
    def constant(cls, value: str, length: int) -> Column:
        """Return a column that has one value in all rows.

        Parameters
        ----------
        value : str
            The value.
        length : int
            The number of rows.
        """
        return cls([value], np.zeros(length, dtype=np.int32))

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> str:
        return self.values[self.codes.item(row)]

    def __iter__(self) -> Iterator[str]:
        return map(self.values.__getitem__, self.codes.tolist())

    def take(self, rows: npt.ArrayLike) -> Column:
        """Return the column of some rows.

        Parameters
        ----------
        rows : array of bool or int
            A mask, or row numbers.
        """
        return Column(self.values, self.codes[np.asarray(rows)])

    def code(self, value: str) -> int:
        """Return the code of a value, or `ABSENT` when the column does not have it.

        Parameters
        ----------
        value : str
            The value.
        """
        try:
            return self.values.index(value)
        except ValueError:
            return ABSENT

    def where(self, test: Callable[[str], bool]) -> Mask:
        """Return the mask of the rows whose value passes a test.

        Parameters
        ----------
        test : callable
            Takes a value and returns a bool; it is called once for each distinct value.

        Returns
        -------
        array of bool
        """
        passed = np.fromiter(map(test, self.values), dtype=bool, count=len(self.values))
        return passed[self.codes]

    @cached_property
    def defined(self) -> Mask:
        """The mask of the rows that have a value."""
        return self.where(is_defined)

    @cached_property
    def keys(self) -> Codes:
        """The code of each row's value; `UNDEFINED` where the row is undefined."""
        return np.where(self.defined, self.codes, np.int32(UNDEFINED)).astype(np.int32)
