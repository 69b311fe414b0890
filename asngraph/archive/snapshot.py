"""The snapshot of an archive that readers see: the state that was last published."""

from __future__ import annotations

import os
from typing import Any

from asngraph.archive.catalogue import CATALOGUE, Catalogue
from asngraph.archive.damage import damage_named
from asngraph.archive.storage import Folder, SnapshotLock
from asngraph.rdf.store import Opened, oxigraph


def opened(folder: str | os.PathLike[str]) -> Opened:
    """Open an archive for SPARQL: the current versions of its pools, and the catalogue.

    Parameters
    ----------
    folder : path
        Its folder.

    Raises
    ------
    UsageError, AsnGraphError
        As in `asngraph.archive.reader.reading`.
    """
    store, held = open_snapshot(Folder(folder))
    with damage_named(folder):
        seen = [CATALOGUE, *Catalogue(store).graphs]
        # Without other graphs, no list: queries of all graphs are faster than those of a list.
        return Opened(store, None if set(seen) >= set(store.named_graphs()) else seen, held)


def open_snapshot(place: Folder) -> tuple[Any, SnapshotLock]:
    """Open the store of an archive for reading.

    Parameters
    ----------
    place : Folder
        The archive's folder.

    Returns
    -------
    pyoxigraph.Store and SnapshotLock
        The store, and the lock to close after it.
    """
    ox = oxigraph()
    path, held = place.latest()
    try:
        with damage_named(place.path):
            return ox.Store.read_only(os.fspath(path)), held
    except BaseException:
        held.close()
        raise
