"""A column of text, kept as whole numbers: the form in which all of asngraph computes.

A pool repeats itself: ten thousand exposures have a handful of filters. A column keeps each distinct value once, and
for each row the number of its value, so that a test on text is asked once for each value and answered for all rows by
one look-up.
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

# What a pool writes where there is no value (`_EMPTY` of jwst.associations.lib.dms_base, lower-cased).
UNDEFINED_TEXTS = frozenset({"", "null", "--", "n", "f", "false", "n/a"})
# In place of the number of a value: the row is undefined; the column does not have the value.
UNDEFINED, ABSENT = -1, -2


def is_defined(text: str) -> bool:
    """Tell whether a cell holds a value.

    Examples
    --------
    >>> is_defined("f200w"), is_defined("null"), is_defined("f")
    (True, False, False)
    """
    return text not in UNDEFINED_TEXTS


class Column:
    """One column of a table, its distinct values numbered in the order of their first appearance.

    Parameters
    ----------
    values : sequence of str
        The distinct values.
    codes : array of int32, one for each row
        Where in `values` each row's value is.

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
        """Make a column of the texts of its rows."""
        numbers: dict[str, int] = {}
        codes = [numbers.setdefault(text, len(numbers)) for text in texts]
        return cls(list(numbers), np.array(codes, dtype=np.int32))

    @classmethod
    def constant(cls, value: str, length: int) -> Column:
        """Make a column that has one value throughout."""
        return cls([value], np.zeros(length, dtype=np.int32))

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> str:
        return self.values[int(self.codes[row])]

    def __iter__(self) -> Iterator[str]:
        return map(self.values.__getitem__, self.codes.tolist())

    def take(self, rows: npt.ArrayLike) -> Column:
        """Return the column of some of the rows, by a mask or by numbers."""
        return Column(self.values, self.codes[np.asarray(rows)])

    def code(self, value: str) -> int:
        """Return the number of a value, or `ABSENT` where the column does not have it."""
        try:
            return self.values.index(value)
        except ValueError:
            return ABSENT

    def where(self, test: Callable[[str], bool]) -> Mask:
        """Mark the rows whose value passes the test; it is asked once for each distinct value."""
        passed = np.fromiter(map(test, self.values), dtype=bool, count=len(self.values))
        return passed[self.codes]

    @cached_property
    def defined(self) -> Mask:
        """Mark the rows that hold a value."""
        return self.where(is_defined)

    @cached_property
    def keys(self) -> Codes:
        """The number of each row's value, `UNDEFINED` where it has none."""
        return np.where(self.defined, self.codes, np.int32(UNDEFINED)).astype(np.int32)
