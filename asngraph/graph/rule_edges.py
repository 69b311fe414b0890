"""Derive which members of an association serve which of its science exposures.

Edges are stored in blocks: exposures with the same values in every column on which a relation depends serve the same
science exposures. A block of s sources and t targets has s times t edges and needs s + t numbers;
`ServiceBlock.pairs` yields them one at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from asngraph.engine.draft import PRODUCT, Draft
from asngraph.model.column import Column
from asngraph.model.derived_columns import Facts
from asngraph.model.filenames import exposure_root
from asngraph.model.relations import MEANINGS, Meaning, relation_of
from asngraph.model.roles import Role

Key = tuple[int, ...]


class ServiceBlock(NamedTuple):
    """Set of exposures that all serve the same science exposures of an association.

    Parameters
    ----------
    relation : str
        The relation (`asngraph.model.relations.RELATIONS`).
    sources, targets : tuple of int
        The rows of the exposures that serve, and of those that are served. An exposure does not serve itself. If
        there are no targets, the sources are members but serve none of the science exposures.
    """

    relation: str
    sources: tuple[int, ...]
    targets: tuple[int, ...]

    @property
    def size(self) -> int:
        """The number of pairs."""
        return len(self.sources) * len(self.targets) - len(set(self.sources) & set(self.targets))

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield the pairs of an exposure that serves and one that it serves: O(sources times targets).

        Yields
        ------
        (int, int)
            The rows of an exposure that serves, and of one that it serves.
        """
        return ((source, target) for source in self.sources for target in self.targets if source != target)


class Services:
    """Finder of the exposures that serve others, by the columns of a pool.

    Parameters
    ----------
    facts : Facts
        The columns.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._role, self._exp_type = facts["role"], facts["exp_type"]
        self._keys: dict[str, list[int]] = {}

    def of_draft(self, draft: Draft) -> list[ServiceBlock]:
        """Return the blocks of a draft, including direct images that a product represents.

        Parameters
        ----------
        draft : Draft
            The draft.

        Returns
        -------
        list of ServiceBlock
            As from `of_members`.
        """
        members = [(exptype, exposure) for _, exptype, exposure in (*draft.members, *draft.replaced)]
        return self.of_members(members)

    def of_members(self, members: Iterable[tuple[str, int]]) -> list[ServiceBlock]:
        """Return the blocks of the members of a product.

        Parameters
        ----------
        members : iterable of (str, int)
            The role and the row of each member; `PRODUCT` is ignored.

        Returns
        -------
        list of ServiceBlock
            Every exposure that is not science is a source in at least one block.
        """
        science: list[int] = []
        serving: dict[str, list[int]] = {}
        for exptype, exposure in members:
            if exposure == PRODUCT:
                continue
            if exptype == Role.SCIENCE:
                science.append(exposure)
                continue
            relation = relation_of(exptype, self._role[exposure], self._exp_type[exposure])
            serving.setdefault(relation, []).append(exposure)
        science = list(dict.fromkeys(science))
        blocks: list[ServiceBlock] = []
        for relation, exposures in serving.items():
            blocks += self._blocks(relation, list(dict.fromkeys(exposures)), science)
        return blocks

    def _blocks(self, relation: str, exposures: list[int], science: list[int]) -> Iterator[ServiceBlock]:
        meaning = MEANINGS.get(relation)
        if meaning is None:
            yield self._block(relation, exposures, science)
            return
        place = {exposure: number for number, exposure in enumerate(science)}
        served = _Served(meaning, self._classes(meaning, science))
        for key, alike in self._classes(meaning, exposures).items():
            targets = served.by(key)
            yield self._block(relation, alike, sorted(targets, key=place.__getitem__))

    @staticmethod
    def _block(relation: str, sources: Sequence[int], targets: Sequence[int]) -> ServiceBlock:
        if len(sources) == 1 and list(targets) == list(sources):
            targets = ()  # the only science exposure is the source itself
        return ServiceBlock(relation, tuple(sources), tuple(targets))

    def _classes(self, meaning: Meaning, exposures: Sequence[int]) -> dict[Key, list[int]]:
        """Group exposures by the columns on which a relation depends; for `other` also by their position."""
        columns = [self._codes(name) for name in meaning.columns]
        if meaning.other:
            columns.append(self._codes(_POSITION))
        classes: dict[Key, list[int]] = {}
        for exposure in exposures:
            classes.setdefault(tuple(column[exposure] for column in columns), []).append(exposure)
        return classes

    def _codes(self, name: str) -> list[int]:
        codes = self._keys.get(name)
        if codes is None:
            column = _positions(self._facts["filename"]) if name == _POSITION else self._facts[name]
            codes = self._keys[name] = column.keys.tolist()
        return codes


# The exposure without the detector: the part of the file name before the detector.
_POSITION = "position"


def _positions(files: Column) -> Column:
    names = Column.of(exposure_root(name).rpartition("_")[0] for name in files.values)
    return Column(names.values, names.codes[files.codes])


class _Served:
    """Science exposures, grouped by the columns on which a relation depends."""

    def __init__(self, meaning: Meaning, classes: dict[Key, list[int]]) -> None:
        self._same, self._alike = len(meaning.same), len(meaning.same) + len(meaning.alike)
        self._any = self._alike + len(meaning.any_of)
        self._other = bool(meaning.other)
        # Only groups with equal values in the required columns are compared.
        self._classes: dict[Key, list[tuple[Key, list[int]]]] = {}
        for key, exposures in classes.items():
            self._classes.setdefault(key[: self._same], []).append((key, exposures))

    def by(self, key: Key) -> list[int]:
        """Return the exposures that an exposure with a key serves."""
        if -1 in key[: self._same]:
            return []
        near = self._classes.get(key[: self._same], [])
        return [exposure for other, exposures in near if self._meets(key, other) for exposure in exposures]

    def _meets(self, one: Key, other: Key) -> bool:
        alike = _pairs(one, other, self._same, self._alike)
        any_of = list(_pairs(one, other, self._alike, self._any))
        return (
            all(a == b or -1 in (a, b) for a, b in alike)
            and (not any_of or any(a == b != -1 for a, b in any_of))
            and (not self._other or self._differs(one, other))
        )

    @staticmethod
    def _differs(one: Key, other: Key) -> bool:
        (at, position), (other_at, other_position) = one[-2:], other[-2:]
        return position != other_position if -1 in (at, other_at) else at != other_at


def _pairs(one: Key, other: Key, first: int, last: int) -> Iterator[tuple[int, int]]:
    return zip(one[first:last], other[first:last], strict=True)
