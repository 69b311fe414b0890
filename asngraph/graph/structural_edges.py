"""Relations that follow from the pool alone, whatever the rules make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from asngraph.model.candidate import Candidate, CandidateColumn
from asngraph.model.column import Integers, Mask
from asngraph.model.derived_columns import Facts

# What exposures must share, and all have defined, to stand in a relation; what else is compared where it is defined.
_CLASSES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "same_target": (("program", "targetid"), ()),
    "same_observation": (("program", "obs_num"), ()),
    "same_optics": (("program", "targetid", "instrume"), ("filter", "pupil", "grating", "band", "channel", "fxd_slit")),
    "same_dither_pattern": (
        ("program", "obs_num", "instrume", "detector", "patttype", "numdthpt"),
        ("visit", "mostilno", "filter", "pupil", "grating", "band"),
    ),
}


class StructuralEdge(NamedTuple):
    """An edge that follows from the pool."""

    source: int
    target: int
    relation: str
    candidate: Candidate
    group: str


_NONE = Candidate("", "")


def structural_edges(facts: Facts) -> Iterator[StructuralEdge]:
    """Derive the relations of exposures that need no association.

    Each class of exposures is a star around its first exposure, n - 1 edges for n exposures; the edges of a class carry
    its name as their group.

    Parameters
    ----------
    facts : Facts
        What is known of each exposure.

    Yields
    ------
    StructuralEdge
    """
    for relation, (needed, compared) in _CLASSES.items():
        rows = np.flatnonzero(np.logical_and.reduce([facts[name].defined for name in needed]))
        if relation == "same_dither_pattern":
            rows = rows[_in_pattern(facts)[rows]]
        keys = [facts[name].keys[rows] for name in (*needed, *compared)]
        yield from _stars(relation, rows, keys)
    yield from _mosaics(facts)
    yield from _linked_observations(facts)


def _in_pattern(facts: Facts) -> Mask:
    several = facts["numdthpt"].where(lambda text: text.isdecimal() and int(text) > 1)
    return several & facts["patttype"].where(lambda text: text != "none")


def _mosaics(facts: Facts) -> Iterator[StructuralEdge]:
    """Tie the tiles of a mosaic: of one observation, and of the observations of a mosaic candidate."""
    tiles = facts["program"].defined & facts["obs_num"].defined & facts["mostilno"].defined
    rows = np.flatnonzero(tiles)
    observation = _numbered([facts["program"].keys[rows], facts["obs_num"].keys[rows]])
    tile = _numbered([observation, facts["mostilno"].keys[rows]])
    counts = np.bincount(observation[np.unique(tile, return_index=True)[1]], minlength=1) if len(rows) else np.zeros(1)
    several = counts[observation] > 1 if len(rows) else np.zeros(0, dtype=bool)
    yield from _stars("same_mosaic", rows[several], [observation[several]])
    column = CandidateColumn(facts["asn_candidate"])
    mosaics = [candidate for candidate in column.all if candidate.type == "mosaic"]
    members, which = column.expand(mosaics)
    for number, candidate in enumerate(mosaics):
        yield from _star("same_mosaic", members[which == number].tolist(), candidate)


def _linked_observations(facts: Facts) -> Iterator[StructuralEdge]:
    """Tie the first exposures of the observations that are under one candidate."""
    column = CandidateColumn(facts["asn_candidate"])
    several: Sequence[Candidate] = [candidate for candidate in column.all if candidate.type != "observation"]
    rows, which = column.expand(several)
    observation = _numbered([facts["program"].keys[rows], facts["obs_num"].keys[rows]])
    known = np.flatnonzero(facts["obs_num"].defined[rows])
    _, first = np.unique(_numbered([which[known], observation[known]]), return_index=True)
    firsts = known[first]
    for number, candidate in enumerate(several):
        own = firsts[which[firsts] == number]
        yield from _star("linked_observation", sorted(rows[own].tolist()), candidate)


def _stars(relation: str, rows: Integers, keys: Sequence[Integers]) -> Iterator[StructuralEdge]:
    if not len(rows):
        return
    numbers = _numbered(keys)
    _, first = np.unique(numbers, return_index=True)
    centre = rows[first][numbers].tolist()
    for row, target, number in zip(rows.tolist(), centre, numbers.tolist(), strict=True):
        if row != target:
            yield StructuralEdge(row, target, relation, _NONE, f"{relation} {number}")


def _star(relation: str, rows: list[int], candidate: Candidate) -> Iterator[StructuralEdge]:
    for row in rows[1:]:
        yield StructuralEdge(row, rows[0], relation, candidate, f"{relation} {candidate.id} {candidate.type}")


def _numbered(keys: Sequence[Integers]) -> Integers:
    """Give rows with the same keys the same number."""
    number: Integers = np.zeros(len(keys[0]), dtype=np.int64)
    for each in keys:
        span = int(each.max(initial=0)) + 2
        _, number = np.unique(number * span + each + 1, return_inverse=True)
    return number
