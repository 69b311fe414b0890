"""Columns by which exposures are combined, and the groups of exposures that agree in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from asngraph.errors import UsageError
from asngraph.model.column import Column
from asngraph.model.derived_columns import Derivation
from asngraph.model.sky_positions import same_place
from asngraph.util.suggest import unknown_column

POSITION = "position"
_WITHIN = re.compile(r"(?P<number>\d+(?:\.\d*)?|\.\d+)\s*(?P<unit>deg|arcmin|arcsec|'|\")?")
_ARCSECONDS = {"deg": 3600.0, "arcmin": 60.0, "'": 60.0, "arcsec": 1.0, '"': 1.0, None: 1.0}


class Grouping(NamedTuple):
    """Columns by which exposures are combined.

    Parameters
    ----------
    columns : tuple of str
        The columns.
    within : float, optional
        The longest step between exposures of one ``position``, in arcseconds; None if it is not among the columns.
    """

    columns: tuple[str, ...]
    within: float | None = None

    @classmethod
    def parse(cls, by: str | Sequence[str]) -> Grouping:
        """Return the columns of a text such as ``target,filter`` or ``position:30arcsec,filter``, or of a list of them.

        Parameters
        ----------
        by : str or sequence of str
            The columns.

        Returns
        -------
        Grouping

        Raises
        ------
        UsageError
            When there are none, or a radius is invalid.

        Examples
        --------
        >>> Grouping.parse("filter, position:0.5arcmin")
        Grouping(columns=('filter', 'position'), within=30.0)
        """
        words = [word.strip().lower() for word in (by.split(",") if isinstance(by, str) else by)]
        columns, within = [], None
        for word in filter(None, words):
            name, _, radius = word.partition(":")
            if name == POSITION:
                within = _arcseconds(word, radius)
            elif radius:
                raise UsageError(f"{word!r}: only position has a radius, as position:30arcsec")
            columns.append(name)
        if not columns:
            raise UsageError("name the columns to combine by, such as target,filter,pupil")
        return cls(tuple(dict.fromkeys(columns)), within)

    @property
    def derived(self) -> dict[str, Derivation]:
        """The derived columns of which it consists."""
        return {} if self.within is None else {POSITION: same_place(within=self.within)}

    def check(self, known: Collection[str]) -> None:
        """Check that all columns are known.

        Parameters
        ----------
        known : collection of str
            The known columns.

        Raises
        ------
        UsageError
            When one is not; the message suggests others.
        """
        for name in self.columns:
            if name not in known:
                raise UsageError(f"`by`: {unknown_column(name, known)}")


def groups_of(columns: Sequence[Column], rows: npt.NDArray[np.intp]) -> list[npt.NDArray[np.intp]]:
    """Return the groups of rows that agree in all columns, in the order of their first rows.

    Undefined is a value like any other.

    Parameters
    ----------
    columns : sequence of Column
        The columns.
    rows : array of int
        The rows, in ascending order.

    Returns
    -------
    list of array of int
        The rows of each group, in ascending order.

    Notes
    -----
    The cost is that of sorting the rows once for each column.

    Examples
    --------
    >>> [group.tolist() for group in groups_of([Column.of("abab"), Column.of("xxxy")], np.arange(4))]
    [[0, 2], [1], [3]]
    """
    if not len(rows):
        return []
    key = np.zeros(len(rows), dtype=np.int64)
    for column in columns:
        key = np.unique(key * len(column.values) + column.codes[rows], return_inverse=True)[1]
    order = np.argsort(key, kind="stable")
    parts = np.split(rows[order], np.flatnonzero(np.diff(key[order])) + 1)
    return sorted(parts, key=lambda part: int(part[0]))


def _arcseconds(word: str, radius: str) -> float:
    match = _WITHIN.fullmatch(radius.strip())
    within = float(match["number"]) * _ARCSECONDS[match["unit"]] if match else 0.0
    if not 0 < within <= 180 * 3600:
        raise UsageError(f"{word!r}: give the longest distance between neighbours, such as position:30arcsec")
    return within
