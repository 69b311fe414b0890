"""Merging of pools."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from asngraph.errors import AsnGraphError, TargetNumbersError
from asngraph.model.candidate import parse_candidates
from asngraph.model.column import Column, is_defined
from asngraph.model.pool import Pool
from asngraph.pools.from_headers import target_numbers

# The number of conflicts in a message.
_MOST = 10


class Merged(NamedTuple):
    """A merged pool.

    Parameters
    ----------
    pool : Pool
        The exposures.
    twice : int
        The number of rows that were omitted because the pool already had the exposure.
    """

    pool: Pool
    twice: int


class _Row(NamedTuple):
    source: Pool
    row: int

    @property
    def place(self) -> str:
        line = self.source.line(self.row)
        return f"{self.source.name} line {line}" if line is not None else f"{self.source.name} row {self.row + 1}"


def merge(pools: Sequence[Pool], *, renumber_targets: bool = False, name: str | None = None) -> Merged:
    """Return the union of several pools, with one row for each exposure.

    Parameters
    ----------
    pools : sequence of Pool
        The pools, whose order determines that of the exposures.
    renumber_targets : bool
        Whether targets get new numbers, by their names. Pools that were made separately from files need this.
    name : str, optional
        The name of the merged pool; by default the names of all.

    Returns
    -------
    Merged

    Raises
    ------
    AsnGraphError
        When two rows of one exposure differ in a column that both pools have, or the id of a candidate has different
        types in two pools; the message names the pools, and the lines of rows.
    TargetNumbersError
        When a target's number belongs to different targets in two pools.

    See Also
    --------
    asngraph.model.pool.Pool.together : the concatenation of pools, without checks.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> pool = simulate(4, ["niriss-imaging"], seed=1)
    >>> merged = merge([pool.take([0, 1, 2]), pool.take([2, 3])])
    >>> len(merged.pool), merged.twice
    (4, 1)
    """
    columns = list(dict.fromkeys(column for pool in pools for column in pool.columns))
    if renumber_targets:
        pools = _renumbered(pools)
    targets = list(_of_targets(pools))
    conflicts = [*_of_rows(pools), *targets, *_of_candidates(pools)]
    if conflicts:
        more = f"; and {len(conflicts) - _MOST} more" if len(conflicts) > _MOST else ""
        fault = TargetNumbersError if targets else AsnGraphError
        raise fault("the pools cannot be merged: " + "; ".join(conflicts[:_MOST]) + more)
    rows = list(_distinct(pools))
    texts = {column: [_cell(same, column) for same in rows] for column in columns}
    merged = Pool({column: Column.of(cells) for column, cells in texts.items()}, name or _joined(pools))
    return Merged(merged, sum(map(len, pools)) - len(rows))


def _joined(pools: Sequence[Pool]) -> str:
    return "+".join(dict.fromkeys(pool.name for pool in pools))


def _cell(same: Sequence[_Row], column: str) -> str:
    return next((found.source[column][found.row] for found in same if column in found.source), "null")


def _rows(pools: Sequence[Pool]) -> Iterator[tuple[str, _Row]]:
    for pool in pools:
        for row, file in enumerate(pool["filename"]):
            yield file, _Row(pool, row)


def _distinct(pools: Sequence[Pool]) -> Iterator[list[_Row]]:
    """Yield the rows of each exposure, in order of first appearance; a row without a file name is a separate one."""
    by_name: dict[str | int, list[_Row]] = {}
    for number, (file, row) in enumerate(_rows(pools)):
        by_name.setdefault(file if is_defined(file) else number, []).append(row)
    yield from by_name.values()


def _of_rows(pools: Sequence[Pool]) -> Iterator[str]:
    for same in _distinct(pools):
        first = same[0]
        for other in same[1:]:
            unlike = [
                f"{column} ({one}, {another})"
                for column in first.source.columns
                if column in other.source
                and (one := first.source[column][first.row]) != (another := other.source[column][other.row])
            ]
            if unlike:
                file = first.source["filename"][first.row]
                shown = ", ".join(unlike[:3]) + (", ..." if len(unlike) > 3 else "")
                yield f"{first.place} and {other.place}, both {file}, differ in {shown}"


def _of_targets(pools: Sequence[Pool]) -> Iterator[str]:
    """Yield a message for each number that belongs to different targets in two pools."""
    seen: dict[tuple[str, str], tuple[Pool, set[str]]] = {}
    for pool in pools:
        for (program, number), names in _target_names(pool).items():
            other, known = seen.setdefault((program, number), (pool, names))
            if not names & known:
                yield (
                    f"target {number} of program {program} is {min(known)} in {other.name} and {min(names)} in "
                    f"{pool.name}"
                )


def _of_candidates(pools: Sequence[Pool]) -> Iterator[str]:
    """Yield a message for each id whose candidates have different types in two pools."""
    seen: dict[tuple[str, str], tuple[Pool, str]] = {}
    for pool in pools:
        pairs = dict.fromkeys(zip(pool["program"], pool["asn_candidate"], strict=True))
        own = {(program, found.id): found.type for program, text in pairs for found in parse_candidates(text)}
        for (program, identifier), type_ in own.items():
            other, known = seen.setdefault((program, identifier), (pool, type_))
            if known != type_:
                yield f"{identifier} of program {program} is a {known} in {other.name} and a {type_} in {pool.name}"


def _target_names(pool: Pool) -> dict[tuple[str, str], set[str]]:
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for program, number, name in zip(pool["program"], pool["targetid"], pool["targprop"], strict=True):
        if is_defined(number) and is_defined(name):
            found[program, number].add(name)
    return found


def _renumbered(pools: Sequence[Pool]) -> list[Pool]:
    numbers = iter(target_numbers(Pool.together(pools)))
    renumbered = []
    for pool in pools:
        own = pool.take(range(len(pool)))
        own.columns["targetid"] = Column.of(next(numbers) for _ in range(len(pool)))
        renumbered.append(own)
    return renumbered
