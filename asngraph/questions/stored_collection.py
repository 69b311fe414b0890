"""Collections in a file, of which a question reads the part that it needs.

The file is a ZIP archive, without compression, of JSON, lines of text and arrays of integers: reading it runs no code,
and each part has a checksum, which is compared when the part is read. Records are in blocks of `_BLOCK`.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Generic, TypeVar, cast

import numpy as np

from asngraph.errors import AsnGraphError
from asngraph.graph.association_graph import AssociationGraph
from asngraph.graph.lookup import SPELLINGS, Lookup
from asngraph.graph.structural_sets import ExposureSet, structural_sets
from asngraph.graph.support_files import Support
from asngraph.model.column import Column
from asngraph.model.derived_columns import Facts
from asngraph.model.pool import Pool
from asngraph.questions.build_order import in_order
from asngraph.questions.collection import AssociationCollection, AssociationRecord, MemberRecord
from asngraph.questions.sources import collect
from asngraph.rules.rule import RuleSet

T = TypeVar("T")

_BLOCK = 128  # records that are read at once
_DAMAGE = (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


class DamagedCollectionError(AsnGraphError):
    """Exception raised when the file of a collection cannot be read."""


def write_collection(collection: AssociationCollection, key: str, file: IO[bytes]) -> None:
    """Write the collection of a pool's graph to a file.

    Parameters
    ----------
    collection : AssociationCollection
        The collection.
    key : str
        What identifies it; it is compared when the file is opened.
    file : open binary file
        The file to write to.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in _parts(collection, key):
            archive.writestr(name, content)


def _parts(collection: AssociationCollection, key: str) -> Iterator[tuple[str, bytes]]:
    records, pool = collection.associations, collection.facts.pool
    head = {
        "key": key,
        "source": collection.source,
        "associations": len(records),
        "pool": [pool.name, list(pool.columns)],
        "serving": collection.serving,
    }
    yield "head", json.dumps(head).encode("ascii")
    yield "associations", _lines([record.name for record in records])
    for which in SPELLINGS:
        yield which, _lines(collection.lookup.spelled(which))
    for place, column in enumerate(pool.columns.values()):
        yield f"values-{place}", _lines(column.values)
        yield f"codes-{place}", _integers(column.codes)
    yield from _blocks("records", list(map(_fields, records)))
    numbers = {record.name: number for number, record in enumerate(records)}
    of_exposure = {
        exposure: [numbers[record.name] for record in some] for exposure, some in collection.of_exposure.items()
    }
    yield from _index("of_exposure", of_exposure, len(collection.exposures))
    takes = {numbers[record.name]: [numbers[maker.name] for maker in makers] for record, makers in in_order(collection)}
    yield from _index("takes", takes, len(records))
    yield from _index("used_by", _reversed(takes), len(records))
    sets = list(structural_sets(collection.facts))
    yield from _blocks("sets", sets)
    yield from _index("sets_of", _reversed({n: each.members for n, each in enumerate(sets)}), len(collection.exposures))


def _fields(record: AssociationRecord) -> list[Any]:
    return [
        record.name, record.asn_type, record.rule, record.level, record.candidate, record.candidate_type,
        record.target, record.products, record.members, record.anchors, record.parts, record.behind,
    ]  # fmt: skip


def _lines(texts: Iterable[str]) -> bytes:
    return "\n".join(texts).encode("utf-8", "surrogatepass")


def _texts(lines: bytes) -> list[str]:
    return lines.decode("utf-8", "surrogatepass").split("\n")


def _integers(numbers: Any) -> bytes:
    return np.asarray(numbers, dtype="<i4").tobytes()


def _blocks(name: str, items: Sequence[Any]) -> Iterator[tuple[str, bytes]]:
    for number, first in enumerate(range(0, len(items), _BLOCK)):
        yield f"{name}-{number}", json.dumps(items[first : first + _BLOCK]).encode("ascii")


def _index(name: str, lists: Mapping[int, Sequence[int]], count: int) -> Iterator[tuple[str, bytes]]:
    """Yield the parts of an index from numbers to lists of numbers: all lists in one, and where each begins."""
    yield f"{name}-bounds", _integers(np.cumsum([0, *(len(lists.get(number, ())) for number in range(count))]))
    yield f"{name}-numbers", _integers([item for number in range(count) for item in lists.get(number, ())])


def _reversed(lists: Mapping[int, Sequence[int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for number in sorted(lists):
        for item in dict.fromkeys(lists[number]):
            found.setdefault(item, []).append(number)
    return found


class _File:
    """The parts of a file."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._path = path
        try:
            self._archive = zipfile.ZipFile(file)
        except _DAMAGE as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> DamagedCollectionError:
        return DamagedCollectionError(f"{self._path}: cannot be read: {error}")

    def read(self, name: str) -> bytes:
        try:
            return self._archive.read(name)
        except _DAMAGE as error:
            raise self._damaged(error) from None

    def json(self, name: str) -> Any:
        try:
            return json.loads(self.read(name))
        except _DAMAGE as error:
            raise self._damaged(error) from None

    def lines(self, name: str) -> list[str]:
        return _texts(self.read(name))

    def integers(self, name: str) -> Any:
        return np.frombuffer(self.read(name), dtype="<i4").astype(np.int32)

    def index(self, name: str) -> Callable[[int], list[int]]:
        bounds, numbers = self.integers(f"{name}-bounds"), self.integers(f"{name}-numbers")
        return lambda number: numbers[bounds[number] : bounds[number + 1]].tolist()


class _Items(Sequence[T], Generic[T]):
    """Items of a file, each read when it is asked for, and then kept."""

    def __init__(self, file: _File, name: str, count: int, make: Callable[[list[Any]], T]) -> None:
        self._file, self._name, self._count, self._make = file, name, count, make
        self._blocks: dict[int, list[Any]] = {}
        self._known: dict[int, T] = {}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: Any) -> Any:
        item = self._known.get(number)
        if item is None:
            if not 0 <= number < self._count:
                raise IndexError(number)
            block, place = divmod(number, _BLOCK)
            if block not in self._blocks:
                self._blocks[block] = self._file.json(f"{self._name}-{block}")
            item = self._known[number] = self._make(self._blocks[block][place])
        return item


class _Lists(Mapping[int, list[T]]):
    """Lists of items by the number of an exposure; those without items are not in it."""

    def __init__(self, count: int, find: Callable[[int], list[T]]) -> None:
        self._count, self._find = count, find

    def __getitem__(self, number: int) -> list[T]:
        found = self._find(number) if 0 <= number < self._count else []
        if not found:
            raise KeyError(number)
        return found

    def __iter__(self) -> Iterator[int]:
        return (number for number in range(self._count) if self._find(number))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Lines(Mapping[str, list[int]]):
    """The numbers of the lines with each text; searching all of them for one is faster than an index."""

    def __init__(self, content: bytes) -> None:
        self._content = b"\n" + content + b"\n"

    def __getitem__(self, text: str) -> list[int]:
        wanted, found = f"\n{text}\n".encode("utf-8", "surrogatepass"), []
        place = -1 if "\n" in text else self._content.find(wanted)
        while place >= 0:
            found.append(self._content.count(b"\n", 0, place))
            place = self._content.find(wanted, place + 1)
        if not found:
            raise KeyError(text)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def items(self) -> ItemsView[str, list[int]]:
        """Return each text with its numbers."""
        return self._all.items()

    @cached_property
    def _all(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, line in enumerate(_texts(self._content[1:-1])):
            found.setdefault(line, []).append(number)
        return found


class _Columns(Mapping[str, Column]):
    """Columns of a pool, each read when it is asked for."""

    def __init__(self, file: _File, names: list[str]) -> None:
        self._file, self._places = file, {name: place for place, name in enumerate(names)}

    def __getitem__(self, name: str) -> Column:
        place = self._places[name]
        return Column(self._file.lines(f"values-{place}"), self._file.integers(f"codes-{place}"))

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class StoredCollection(AssociationCollection):
    """Collection of a pool's graph, of which a question reads the part that it needs.

    Parameters
    ----------
    file : open binary file
        The file that `write_collection` wrote.
    path : path
        Its path, for messages.
    key : str
        What identifies the collection.
    rules : RuleSet
        The rules that made the associations.
    find_graph : callable
        Function that returns the graph, for questions that need all of it.

    Raises
    ------
    DamagedCollectionError
        When the file is damaged or has another collection; any access to a part may raise it, too.
    """

    def __init__(
        self, file: IO[bytes], path: Path, key: str, rules: RuleSet, find_graph: Callable[[], AssociationGraph]
    ) -> None:
        self._file = _File(file, path)
        head = self._file.json("head")
        if not isinstance(head, dict) or head.get("key") != key:
            raise DamagedCollectionError(f"{path}: has another collection")
        name, columns = head["pool"]
        pool = _pool(name, _Columns(self._file, columns))
        serving = [Support(*each) for each in head["serving"]]
        names, facts = self._file.lines("exposure_names"), Facts(pool, rules.facts)
        super().__init__(head["source"], names, (), facts, rules=rules, serving=serving, find_graph=find_graph)
        self.associations = _Items(self._file, "records", head["associations"], _record)

    def whole(self) -> AssociationCollection:
        """Return the collection of the graph, which is made."""
        return collect(self.with_pool())

    @cached_property
    def lookup(self) -> Lookup:
        """The index that finds exposures and associations by name."""
        names = self._file.lines("associations") if self.associations else []
        return Lookup(self.source, self.exposures, names, self._index)

    def _index(self, spelling: str) -> Mapping[str, list[int]]:
        known = len(self.associations) if spelling.startswith("association") else len(self.exposures)
        return _Lines(self._file.read(spelling)) if known else {}

    @cached_property
    def of_exposure(self) -> Mapping[int, list[AssociationRecord]]:
        """The associations of each exposure, including those in which a product represents it."""
        index = self._file.index("of_exposure")
        return _Lists(len(self.exposures), lambda number: [self.associations[each] for each in index(number)])

    @cached_property
    def sets(self) -> Mapping[int, list[ExposureSet]]:
        """The sets of each exposure: those that follow from the pool, then those of associations."""
        index = self._file.index("sets_of")
        sets: _Items[ExposureSet] = _Items(self._file, "sets", 1 << 31, _set)

        def find(number: int) -> list[ExposureSet]:
            own = self.of_exposure.get(number, [])
            return [*(sets[each] for each in index(number)), *(s for s in self.groups_of(own) if number in s.members)]

        return _Lists(len(self.exposures), find)

    def depending_on(self, exposures: Iterable[int]) -> AssociationCollection:
        """Return a collection of the associations that depend on exposures, and of those that these depend on."""
        numbers = self._file.index("of_exposure")
        found = self._closure("used_by", {each for exposure in exposures for each in numbers(exposure)})
        records = [self.associations[number] for number in sorted(self._closure("takes", found))]
        return AssociationCollection(
            self.source, self.exposures, records, self.facts, rules=self.rules, serving=self.serving
        )

    def _closure(self, name: str, numbers: set[int]) -> set[int]:
        index, found, waiting = self._file.index(name), set(numbers), list(numbers)
        while waiting:
            fresh = set(index(waiting.pop())) - found
            found |= fresh
            waiting += fresh
        return found


def _pool(name: str, columns: Mapping[str, Column]) -> Pool:
    """Return a pool of columns that are read later; its constructor would read and check all of them."""
    pool = object.__new__(Pool)
    pool.columns, pool.name, pool.notes, pool._lines = cast(dict[str, Column], columns), name, [], None
    return pool


def _record(fields: list[Any]) -> AssociationRecord:
    name, asn_type, rule, level, candidate, candidate_type, target, products, members, anchors, parts, behind = fields
    return AssociationRecord(
        name, asn_type, rule, level, candidate, candidate_type, target,
        products=tuple(products),
        members=tuple(MemberRecord(*member) for member in members),
        anchors=tuple(anchors),
        parts=tuple(tuple((role, exposure) for role, exposure in part) for part in parts),
        behind=tuple(behind),
    )  # fmt: skip


def _set(fields: list[Any]) -> ExposureSet:
    relation, kind, name, members, parts, *candidate = fields
    return ExposureSet(relation, kind, name, tuple(members), tuple(parts), *candidate)
