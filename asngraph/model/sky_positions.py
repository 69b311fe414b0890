"""Positions on the sky: which exposures point at the same place."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise, product

import numpy as np
import numpy.typing as npt
from networkx.utils import UnionFind

from asngraph.model.column import Column
from asngraph.model.derived_columns import Derivation, Facts

# From each cell to its neighbours, each pair once and the nearest first.
_OFFSETS = sorted(
    (offset for offset in product(range(-2, 3), repeat=3) if offset > (0, 0, 0)),
    key=lambda offset: sum(number * number for number in offset),
)
# The points of a cell that are compared first, and at a time.
_FIRST, _AT_A_TIME = 4, 256


def same_place(
    ra: str = "targ_ra", dec: str = "targ_dec", *, within: float = 30.0, moving: str | None = "targtype"
) -> Derivation:
    r"""Return the function for a derived column of places on the sky, for rules that match by position.

    Exposures are at the same place when steps of at most `within` lead from one to the other. The column is undefined
    for exposures without a position and for moving targets.

    Parameters
    ----------
    ra, dec : str
        The columns of right ascension and declination, in degrees (ICRS).
    within : float
        The longest step, in arcseconds.
    moving : str, optional
        The column that is ``moving`` for moving targets; None when the pool has only fixed targets.

    Returns
    -------
    callable
        Takes the `Facts` and returns the column, for `asngraph.RuleSet`.

    See Also
    --------
    places : the same for arrays of positions.

    Examples
    --------
    >>> import io
    >>> from asngraph.model.pool import Pool
    >>> pool = Pool.read(io.StringIO("filename|targ_ra|targ_dec|targtype\na|10.0|5.0|fixed\nb|10.001|5.0|fixed\n"
    ...                              "c|11.0|5.0|fixed\nd|10.0|5.0|moving\n"))
    >>> list(same_place()(Facts(pool)))
    ['place 1', 'place 1', 'place 2', 'null']
    """

    def derive(facts: Facts) -> Column:
        longitude, latitude = (_numbers(facts[name]) for name in (ra, dec))
        known = np.isfinite(longitude) & (np.abs(latitude) <= 90)
        if moving is not None:
            known &= ~facts[moving].where(lambda text: text == "moving")
        names = ["null"] * len(known)
        rows = np.flatnonzero(known)
        for row, place in zip(rows, places(longitude[rows], latitude[rows], within), strict=True):
            names[row] = f"place {place + 1}"
        return Column.of(names)

    return derive


def places(ra: npt.ArrayLike, dec: npt.ArrayLike, within: float) -> list[int]:
    """Return the number of the place of each position: positions that short steps connect share one.

    Parameters
    ----------
    ra, dec : array of float
        Positions, in degrees.
    within : float
        The longest step, in arcseconds.

    Returns
    -------
    list of int
        The number of each position's place, from 0, in the order of first appearance.

    Notes
    -----
    Positions are sorted into cells, and only neighbouring cells that are not yet connected are compared, nearest first:
    the cost is near linear. It is quadratic in the number of distinct positions of two neighbouring cells only where
    these have no short step between them.

    Examples
    --------
    >>> places([359.9999, 0.0001, 5.0], [0.0, 0.0, 0.0], within=1.0)
    [0, 0, 1]
    """
    lon, lat = np.radians(np.asarray(ra, dtype=float)), np.radians(np.asarray(dec, dtype=float))
    if not lon.size:
        return []
    points = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
    points, position = np.unique(points, axis=0, return_inverse=True)
    step = 2 * math.sin(math.radians(within / 3600) / 2)
    # The cells are small enough that all points of one are within one step of each other.
    cells: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for number, cell in enumerate(np.floor(points * math.sqrt(3) / step).astype(np.int64).tolist()):
        cells[tuple(cell)].append(number)
    linked: UnionFind[tuple[int, ...]] = UnionFind(cells)
    for offset in _OFFSETS:
        for cell, own in cells.items():
            other = (cell[0] + offset[0], cell[1] + offset[1], cell[2] + offset[2])
            if other in cells and linked[cell] != linked[other] and _near(points[own], points[cells[other]], step):
                linked.union(cell, other)
    place_of = {
        point: number
        for number, component in enumerate(linked.to_sets())
        for cell in component
        for point in cells[cell]
    }
    first: dict[int, int] = {}
    return [first.setdefault(place_of[point], len(first)) for point in position.ravel().tolist()]


def _near(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64], step: float) -> bool:
    """Return whether any point of one cell is within a step of any point of another; most are found at once."""
    return any(
        bool((np.linalg.norm(one[start:end, None] - other[None], axis=-1) <= step).any())
        for start, end in pairwise((0, *range(_FIRST, len(one), _AT_A_TIME), len(one)))
    )


def _numbers(column: Column) -> npt.NDArray[np.float64]:
    values = np.array([_number(text) for text in column.values], dtype=float)
    numbers: npt.NDArray[np.float64] = values[column.codes]
    return numbers


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
