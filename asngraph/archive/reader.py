"""Reading an archive: the associations of an exposure, and what depends on it, in all pools."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Generic, NamedTuple, TypeVar

from asngraph.archive.catalogue import CATALOGUE, TYPE, Catalogue, Version
from asngraph.archive.collection import collect_all, collect_near
from asngraph.archive.damage import damage_named
from asngraph.archive.pool_graph import PoolGraph
from asngraph.archive.snapshot import open_snapshot
from asngraph.archive.storage import Folder
from asngraph.archive.validity import rules_of_text
from asngraph.errors import UsageError
from asngraph.graph.lookup import plain_name
from asngraph.questions import AssociationCollection, Belonging, Effect, impact, which
from asngraph.questions.which import belongings_of_support
from asngraph.rdf import iris
from asngraph.rdf.exposure_names import exposure_named
from asngraph.rdf.store import Opened, oxigraph
from asngraph.rules.rule import RuleSet

F = TypeVar("F", bound=Callable[..., Any])


T = TypeVar("T")


class InPool(NamedTuple, Generic[T]):
    """An answer with its pool.

    Parameters
    ----------
    pool : str
        The pool's name.
    answer : object
        The answer for that pool.
    """

    pool: str
    answer: T


@dataclass(frozen=True)
class ArchiveStats:
    """An archive in numbers.

    Parameters
    ----------
    pools : tuple of Version
        The current version of each pool.
    old : int
        The number of graphs that `collect` would remove.
    disk : int
        The size of the folder, in bytes.
    """

    pools: tuple[Version, ...]
    old: int
    disk: int


@contextmanager
def reading(folder: str | os.PathLike[str]) -> Iterator[View]:
    """Open an archive for reading, in the state that was last published.

    Parameters
    ----------
    folder : path
        Its folder.

    Yields
    ------
    View

    Raises
    ------
    UsageError
        When the folder is not an archive.
    AsnGraphError
        When its layout is newer, or it cannot be read.
    """
    place = Folder(folder)
    store, held = open_snapshot(place)
    try:
        yield View(place, store)
    finally:
        del store
        held.close()


def _of_store(method: F) -> F:
    """Convert errors of reading in a method of a view to `DamageError`."""

    @wraps(method)
    def reading_method(view: View, *arguments: Any) -> Any:
        with damage_named(view.folder.path):
            return method(view, *arguments)

    return reading_method  # type: ignore[return-value]


class View:
    """A read-only view of an archive; `reading` opens one.

    It does not change while others write to the archive.
    """

    def __init__(self, folder: Folder, store: Any) -> None:
        self.folder, self._store = folder, store
        self._catalogue = Catalogue(store)

    @cached_property
    def _graphs(self) -> dict[Any, str]:
        """The current versions, each with its pool."""
        return {graph: self._catalogue.pool_of(graph) for graph in self._catalogue.graphs}

    @property
    def _opened(self) -> Opened:
        return Opened(self._store, list(self._graphs))

    def near(self, *exposures: str) -> Iterator[AssociationCollection]:
        """Yield, for each pool that has all of the given exposures, the collection of their neighbourhood.

        Parameters
        ----------
        *exposures : str
            The exposures, with or without path, suffix and extension.

        Yields
        ------
        AssociationCollection
            In the order of the pools' names.

        Raises
        ------
        UsageError
            When an exposure is unknown or ambiguous.
        """
        nodes = [self._exposure(exposure) for exposure in exposures]
        graphs = [self._of(iri, "Exposure") for iri in nodes]
        for graph in sorted(graphs[0], key=lambda graph: graph.pool):
            if all(graph in others for others in graphs):
                yield collect_near(graph, nodes, self._rules_of(graph))

    @_of_store
    def only_pool(self) -> AssociationCollection:
        """Return the collection of all associations, of an archive that has one pool.

        Raises
        ------
        UsageError
            When it has none or several.
        """
        if len(self._graphs) != 1:
            raise UsageError(
                f"{self.folder.path}: the archive has {len(self._graphs)} pools, and a question here is about one; use "
                "`asngraph archive which`, `asngraph archive impact` or `asngraph sparql`, which ask all of them"
            )
        ((named, pool),) = self._graphs.items()
        graph, ox = PoolGraph(self._store, named, pool), oxigraph()
        quads = self._store.quads_for_pattern(None, TYPE, ox.NamedNode(iris.term("Exposure")), named)
        return collect_all(graph, (quad.subject.value for quad in quads), self._rules_of(graph))

    @_of_store
    def which(self, exposure: str) -> list[InPool[Belonging]]:
        """Return every association that contains an exposure.

        Parameters
        ----------
        exposure : str
            The exposure, with or without path, suffix and extension; or a support file, such as an MSA plan, which
            belongs to the associations of the exposures that it serves.

        Returns
        -------
        list of InPool
            In the order of the pools' names and the associations' names.

        Raises
        ------
        UsageError
            When an exposure is unknown or ambiguous.
        """
        name = plain_name(exposure)
        serving = sorted(self._of(iris.support(name), "Support"), key=lambda each: each.pool)
        if serving:
            return [
                InPool(graph.pool, each)
                for graph in serving
                for each in _served(graph, iris.support(name), self._rules_of(graph))
            ]
        whole = self.name(exposure)
        return [
            InPool(collection.source, each) for collection in self.near(exposure) for each in which(collection, whole)
        ]

    @_of_store
    def impact(self, *exposures: str) -> list[InPool[Effect]]:
        """Return all associations that depend on exposures, and what would remain of them without the exposures.

        Parameters
        ----------
        *exposures : str
            The exposures.

        Returns
        -------
        list of InPool
            The effects in each pool (`asngraph.questions.impact`), in the order of processing.

        Raises
        ------
        UsageError
            When an exposure is unknown or ambiguous.
        """
        by_graph: dict[PoolGraph, list[str]] = {}
        for name in exposures:
            iri = self._exposure(name)
            for graph in self._of(iri, "Exposure"):
                by_graph.setdefault(graph, []).append(iri)
        found = []
        for graph, removed in sorted(by_graph.items(), key=lambda each: each[0].pool):
            collection = collect_near(graph, removed, self._rules_of(graph), depending=True)
            # Full names, which Lookup tries first.
            names = [graph.label(iri) for iri in removed]
            found += [InPool(graph.pool, effect) for effect in impact(collection, *names)]
        return found

    def _rules_of(self, graph: PoolGraph) -> RuleSet:
        """Return the rules of a graph, with the requirements that the catalogue has."""
        return rules_of_text(self._catalogue.validity_of(graph.graph))

    @_of_store
    def name(self, exposure: str) -> str:
        """Return the full name of an exposure or a support file.

        Parameters
        ----------
        exposure : str
            The name, as for `which`.

        Returns
        -------
        str
        """
        name = plain_name(exposure)
        if self._of(iris.support(name), "Support"):
            return name
        iri = self._exposure(exposure)
        return self._of(iri, "Exposure")[0].label(iri)

    @_of_store
    def stats(self) -> ArchiveStats:
        """Describe the archive in numbers."""
        kept = {CATALOGUE, *self._graphs}
        old = sum(graph not in kept for graph in self._store.named_graphs())
        return ArchiveStats(tuple(self._catalogue.current().values()), old, self.folder.size())

    def _of(self, iri: str, class_: str) -> list[PoolGraph]:
        """Return the current graphs in which a node is of a class."""
        ox = oxigraph()
        quads = self._store.quads_for_pattern(ox.NamedNode(iri), TYPE, ox.NamedNode(iris.term(class_)), None)
        found = [quad.graph_name for quad in quads if quad.graph_name in self._graphs]
        return [PoolGraph(self._store, graph, self._graphs[graph]) for graph in found]

    def _exposure(self, name: str) -> str:
        """Return the IRI of an exposure, given with or without path, suffix and extension."""
        return iris.exposure(exposure_named(self._opened, name, str(self.folder.path)))


def collect_archive(folder: str | os.PathLike[str]) -> AssociationCollection:
    """Return the collection of a whole archive.

    Parameters
    ----------
    folder : path
        Its folder.

    Raises
    ------
    UsageError
        When the folder is not an archive, or has several pools.
    AsnGraphError
        When it cannot be read.
    """
    with reading(folder) as view:
        return view.only_pool()


def _served(graph: PoolGraph, file: str, rules: RuleSet) -> list[Belonging]:
    """Return the associations of the exposures of a support file."""
    exposures = graph.served(file)
    collection = collect_near(graph, exposures, rules)
    numbers = [collection.exposure(graph.label(iri)) for iri in exposures]
    return belongings_of_support(collection, graph.label(file), graph.concept(file, "support_kind"), numbers)
