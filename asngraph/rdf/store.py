"""Oxigraph stores."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from asngraph.util.extras import needed

if TYPE_CHECKING:
    import pyoxigraph


class Opened(NamedTuple):
    """A store that is open for reading.

    Parameters
    ----------
    store : pyoxigraph.Store
        The store.
    graphs : list of pyoxigraph.NamedNode, optional
        The named graphs that queries see; by default all.
    held : object, optional
        An object that must live as long as the store.
    """

    store: pyoxigraph.Store
    graphs: list[Any] | None = None
    held: Any = None


def store_of_quads(quads: IO[bytes]) -> Opened:
    """Return a store in memory.

    Parameters
    ----------
    quads : open binary file
        The content of the store, as N-Quads.

    Returns
    -------
    Opened
    """
    ox = oxigraph()
    store = ox.Store()
    store.bulk_load(quads, format=ox.RdfFormat.N_QUADS)
    return Opened(store)


def oxigraph() -> ModuleType:
    """Return pyoxigraph.

    Raises
    ------
    MissingExtraError
        When pyoxigraph is not installed.
    """
    with needed("rdf", "SPARQL is answered by pyoxigraph"):
        return importlib.import_module("pyoxigraph")
