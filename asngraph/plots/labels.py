"""Labels and groups for figures: the finest grouping that fits, short names, counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")
Key = Callable[[T], Hashable]


def finest(items: Sequence[T], keys: Sequence[Key[T]], limit: int) -> tuple[int, dict[Hashable, list[T]]]:
    """Return items grouped by the first key with no more groups than fit, otherwise by the last key.

    Parameters
    ----------
    items : sequence
        The items to show.
    keys : sequence of callable
        Functions that return the group of an item, the finest first.
    limit : int
        The maximum number of groups.

    Returns
    -------
    (int, dict)
        The index of the key, and the groups in the order of their first items.

    Examples
    --------
    >>> finest(["a1", "a2", "b1"], [str, lambda item: item[0]], 2)
    (1, {'a': ['a1', 'a2'], 'b': ['b1']})
    """
    level, groups = 0, _grouped(items, keys[0])
    while len(groups) > limit and level < len(keys) - 1:
        level += 1
        groups = _grouped(items, keys[level])
    return level, groups


def _grouped(items: Sequence[T], key: Key[T]) -> dict[Hashable, list[T]]:
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def common_ends(names: Iterable[str]) -> tuple[str, str]:
    """Return the common beginning and end of names, up to an underscore; empty if they are too short.

    Examples
    --------
    >>> common_ends(["jw04322001001_02101_00001_nrs1_rate.fits", "jw04322001001_02101_00002_nrs1_rate.fits"])
    ('jw04322001001_02101_', '_nrs1_rate.fits')
    """
    several = [name.split("_") for name in set(names)]
    if len(several) < 2:
        return "", ""
    start = _shared(several)
    end = _shared([name[len(start) :][::-1] for name in several])[::-1]
    return "".join(f"{part}_" for part in start), "".join(f"_{part}" for part in end)


def _shared(names: list[list[str]]) -> list[str]:
    """Return the common first parts of all names; at least one part of each name remains."""
    parts = [name[:-1] for name in names]
    different = (number for number, same in enumerate(zip(*parts, strict=False)) if len(set(same)) > 1)
    return parts[0][: next(different, min(map(len, parts)))]


def differing(name: str, ends: tuple[str, str]) -> str:
    """Return a name without its common beginning and end.

    Examples
    --------
    >>> differing("jw04322001001_02101_00001_nrs1_rate.fits", ("jw04322001001_", "_rate.fits"))
    '02101_00001_nrs1'
    """
    start, end = ends
    if name.startswith(start) and name.endswith(end) and len(name) > len(start) + len(end):
        return name[len(start) : len(name) - len(end)]
    return name


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts numbers within texts by their value.

    Examples
    --------
    >>> sorted(["o10", "o9"], key=natural)
    ['o9', 'o10']
    """
    parts = re.findall(r"0*([0-9]+)|([^0-9]+)", text)
    return tuple((0, len(digits), digits) if digits else (1, 0, other) for digits, other in parts)
