"""What is too much for a picture is put together: the finest grouping that fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")
Key = Callable[[T], Hashable]


def finest(items: Sequence[T], keys: Sequence[Key[T]], limit: int) -> tuple[int, dict[Hashable, list[T]]]:
    """Group items by the first of the keys that makes no more groups than fit, or else by the last.

    Parameters
    ----------
    items : sequence
        What is to be shown.
    keys : sequence of callable
        What items of a group have in common, the finest first.
    limit : int
        How many groups fit.

    Returns
    -------
    (int, dict)
        Which key it was, and the groups in the order of their first item.

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
    """Find what all names begin with and end in, up to an underscore; nothing where that is hardly anything.

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
    """Return the parts with which all names begin; at least one part of each is left."""
    parts = [name[:-1] for name in names]
    different = (number for number, same in enumerate(zip(*parts, strict=False)) if len(set(same)) > 1)
    return parts[0][: next(different, min(map(len, parts)))]


def differing(name: str, ends: tuple[str, str]) -> str:
    """Leave out what a name has in common with others.

    Examples
    --------
    >>> differing("jw04322001001_02101_00001_nrs1_rate.fits", ("jw04322001001_", "_rate.fits"))
    '02101_00001_nrs1'
    """
    start, end = ends
    if name.startswith(start) and name.endswith(end) and len(name) > len(start) + len(end):
        return name[len(start) : len(name) - len(end)]
    return name


def counted(number: int, noun: str) -> str:
    """Say how many there are of something.

    Examples
    --------
    >>> counted(1, "exposure"), counted(5000, "exposure")
    ('1 exposure', '5,000 exposures')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts numbers within texts by their value.

    Examples
    --------
    >>> sorted(["o10", "o9"], key=natural)
    ['o9', 'o10']
    """
    parts = re.findall(r"0*([0-9]+)|([^0-9]+)", text)
    return tuple((0, len(digits), digits) if digits else (1, 0, other) for digits, other in parts)
