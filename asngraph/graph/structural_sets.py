"""Symmetric relations that follow from the pool, independently of rules, as sets of exposures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from asngraph.model.candidate import CandidateColumn
from asngraph.model.column import Integers, Mask, is_defined
from asngraph.model.derived_columns import Facts


class _Class(NamedTuple):
    """Columns in which exposures must agree to be in a relation.

    Parameters
    ----------
    relation : str
        The relation.
    kind : str
        The kind of node of such a set.
    needed : tuple of str
        Columns that must be defined and equal.
    compared : tuple of str
        Columns that must be equal or all undefined.
    """

    relation: str
    kind: str
    needed: tuple[str, ...]
    compared: tuple[str, ...] = ()


_CLASSES = (
    _Class("same_target", "target", ("program", "targetid")),
    _Class("same_observation", "observation", ("program", "obs_num")),
    _Class(
        "same_optics", "optics", ("program", "targetid", "instrume"),
        ("filter", "pupil", "grating", "band", "channel", "fxd_slit"),
    ),
    _Class(
        "same_dither_pattern", "dither_pattern",
        ("program", "obs_num", "instrume", "detector", "patttype", "numdthpt"),
        ("visit", "mostilno", "filter", "pupil", "grating", "band"),
    ),
)  # fmt: skip


class ExposureSet(NamedTuple):
    """Set of exposures that have a symmetric relation.

    Parameters
    ----------
    relation : str
        The relation.
    kind, name : str
        The kind and the name of the node of the set.
    members : tuple of int
        The rows of the exposures, in the order of the pool.
    parts : tuple of int
        The part of each member, if the relation holds only between members of different parts; otherwise empty.
    candidate, candidate_type : str
        The candidate that defines the set; otherwise empty.
    """

    relation: str
    kind: str
    name: str
    members: tuple[int, ...]
    parts: tuple[int, ...] = ()
    candidate: str = ""
    candidate_type: str = ""

    def others(self, exposure: int) -> Iterator[int]:
        """Yield the members that are related to a member.

        Parameters
        ----------
        exposure : int
            The member.

        Yields
        ------
        int
            The row of an exposure.
        """
        if not self.parts:
            yield from (member for member in self.members if member != exposure)
            return
        own = {part for member, part in zip(self.members, self.parts, strict=True) if member == exposure}
        yield from (m for m, part in zip(self.members, self.parts, strict=True) if part not in own)

    @property
    def size(self) -> int:
        """The number of related pairs of members."""
        within = sum(number * (number - 1) // 2 for number in Counter(self.parts).values())
        return len(self.members) * (len(self.members) - 1) // 2 - within

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield the related pairs of members, without repetition: O(n squared) for n members.

        Yields
        ------
        (int, int)
            The rows of two exposures, in the order of the pool.
        """
        for place, one in enumerate(self.members):
            for other in range(place + 1, len(self.members)):
                if not self.parts or self.parts[place] != self.parts[other]:
                    yield one, self.members[other]


def structural_sets(facts: Facts) -> Iterator[ExposureSet]:
    """Yield the symmetric relations between exposures that follow from the pool.

    Parameters
    ----------
    facts : Facts
        The columns of the pool, and those derived from them.

    Yields
    ------
    ExposureSet
        Sets of at least two exposures: one for each target, observation, optical set-up, dither pattern and mosaic,
        and for each candidate with several observations.

    Notes
    -----
    O(n log n) for n exposures.
    """
    for each in _CLASSES:
        rows = np.flatnonzero(np.logical_and.reduce([facts[name].defined for name in each.needed]))
        if each.relation == "same_dither_pattern":
            rows = rows[_in_pattern(facts)[rows]]
        columns = (*each.needed, *each.compared)
        for members in _classes(rows, [facts[name].keys[rows] for name in columns]):
            yield ExposureSet(each.relation, each.kind, _name(facts, columns, members[0]), members)
    yield from _mosaics(facts)
    yield from _linked_observations(facts)


def program_of(facts: Facts, row: int) -> str:
    """Return the program of an exposure, in five digits.

    Parameters
    ----------
    facts : Facts
        The columns of the pool.
    row : int
        The row of the exposure.

    Returns
    -------
    str
        The program.
    """
    return f"{facts['program'][row]:0>5s}"


def _name(facts: Facts, columns: Sequence[str], row: int) -> str:
    """Return the name of a set: the values that its exposures share, the program first, '-' for undefined ones."""
    values = [facts[name][row] for name in columns[1:]]
    parts = [value if is_defined(value) else "-" for value in values]
    return "/".join([program_of(facts, row), *parts])


def _in_pattern(facts: Facts) -> Mask:
    several = facts["numdthpt"].where(lambda text: text.isdecimal() and int(text) > 1)
    return several & facts["patttype"].where(lambda text: text != "none")


def _mosaics(facts: Facts) -> Iterator[ExposureSet]:
    """Yield the mosaics: the tiles of one observation, and the observations of a mosaic candidate."""
    tiles = facts["program"].defined & facts["obs_num"].defined & facts["mostilno"].defined
    rows = np.flatnonzero(tiles)
    tile = facts["mostilno"].keys
    for members in _classes(rows, [facts["program"].keys[rows], facts["obs_num"].keys[rows]]):
        if len(np.unique(tile[list(members)])) > 1:
            yield ExposureSet("same_mosaic", "mosaic", _name(facts, ("program", "obs_num"), members[0]), members)
    for name, each in _candidate_sets(facts, "same_mosaic", "mosaic"):
        if each.candidate_type == "mosaic":
            yield each._replace(name=name)


def _linked_observations(facts: Facts) -> Iterator[ExposureSet]:
    """Yield the candidates that have several observations of a program."""
    known = facts["obs_num"].defined
    observation = facts["obs_num"].keys
    for name, each in _candidate_sets(facts, "linked_observation", "candidate"):
        if each.candidate_type == "observation":
            continue
        members = [member for member in each.members if known[member]]
        parts = observation[members].tolist()
        if len(set(parts)) > 1:
            yield each._replace(name=name, members=tuple(members), parts=tuple(parts))


def _candidate_sets(facts: Facts, relation: str, kind: str) -> Iterator[tuple[str, ExposureSet]]:
    """Yield the exposures of each candidate, separately for each program, since programs may use the same id."""
    column = CandidateColumn(facts["asn_candidate"])
    candidates = [candidate for candidate in column.all if candidate.type != "observation"]
    rows, which = column.expand(candidates)
    order = np.argsort(which, kind="stable")
    rows, which = rows[order], which[order]
    for members, number in _classes_with(rows, [which, facts["program"].keys[rows]], which):
        candidate = candidates[number]
        name = f"{program_of(facts, members[0])}/{candidate.id}"
        yield name, ExposureSet(relation, kind, name, members, (), candidate.id, candidate.type)


def _classes(rows: Integers, keys: Sequence[Integers]) -> Iterator[tuple[int, ...]]:
    """Yield the groups of two or more rows with the same keys, in order."""
    return (members for members, _ in _classes_with(rows, keys, rows))


def _classes_with(rows: Integers, keys: Sequence[Integers], value: Integers) -> Iterator[tuple[tuple[int, ...], int]]:
    if not len(rows):
        return
    numbers = _numbered(keys)
    order = np.argsort(numbers, kind="stable")
    bounds = np.flatnonzero(np.diff(numbers[order])) + 1
    classes = np.split(order, bounds)
    for places in sorted(classes, key=lambda places: int(rows[places[0]])):
        if len(places) > 1:
            yield tuple(rows[places].tolist()), int(value[places[0]])


def _numbered(keys: Sequence[Integers]) -> Integers:
    """Return a number for each row, equal for rows with the same keys."""
    number: Integers = np.zeros(len(keys[0]), dtype=np.int64)
    for each in keys:
        span = int(each.max(initial=0)) + 2
        _, number = np.unique(number * span + each + 1, return_inverse=True)
    return number
