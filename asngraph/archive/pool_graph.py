"""The graph of one pool in a store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode

from asngraph.archive.catalogue import LABEL
from asngraph.model.relations import RELATIONS
from asngraph.rdf.iris import name_of, term

if TYPE_CHECKING:
    from pyoxigraph import Store

_SUPPORTING = [name for name, each in RELATIONS.items() if each.source == "support" and each.target == "exposure"]


class PoolGraph:
    """The graph of one version of a pool.

    Parameters
    ----------
    store : pyoxigraph.Store
        The store.
    graph : pyoxigraph.NamedNode
        The named graph.
    pool : str
        The pool's name.
    """

    def __init__(self, store: Store, graph: NamedNode, pool: str) -> None:
        self._store, self.graph, self.pool = store, graph, pool

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PoolGraph) and self.graph == other.graph

    def __hash__(self) -> int:
        return hash(self.graph)

    def objects(self, subject: str, name: str) -> Iterator[Any]:
        """Yield the objects of a property of a node."""
        quads = self._store.quads_for_pattern(NamedNode(subject), NamedNode(term(name)), None, self.graph)
        return (quad.object for quad in quads)

    def iris(self, subject: str, name: str) -> Iterator[str]:
        """Yield the IRIs of the nodes at the end of a relation."""
        return (each.value for each in self.objects(subject, name))

    def subjects(self, name: str, object_: str) -> Iterator[str]:
        """Yield the IRIs of the nodes at the start of a relation to a node."""
        quads = self._store.quads_for_pattern(None, NamedNode(term(name)), NamedNode(object_), self.graph)
        return (quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode))

    def iri(self, subject: str, name: str) -> str:
        """Return the IRI of the single node at the end of a relation."""
        return next(self.iris(subject, name))

    def text(self, subject: str, name: str) -> str:
        """Return the text of a property, or an empty text."""
        return next((str(each.value) for each in self.objects(subject, name)), "")

    def concept(self, subject: str, name: str) -> str:
        """Return the value of a property with a controlled list, such as a role, or an empty text."""
        return next((name_of(each) for each in self.iris(subject, name)), "")

    def label(self, iri: str) -> str:
        """Return the label of a node."""
        quads = self._store.quads_for_pattern(NamedNode(iri), LABEL, None, self.graph)
        return next(str(quad.object.value) for quad in quads if isinstance(quad.object, Literal))

    def served(self, file: str) -> list[str]:
        """Return the IRIs of the exposures of a support file."""
        return list(dict.fromkeys(iri for name in _SUPPORTING for iri in self.iris(file, name)))

    def serving(self, exposure: str) -> list[str]:
        """Return the IRIs of the support files of an exposure."""
        return list(dict.fromkeys(iri for name in _SUPPORTING for iri in self.subjects(name, exposure)))
