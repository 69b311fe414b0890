"""The snapshot of an archive that readers see: what its writer last published."""

from __future__ import annotations

import os
from typing import Any

from asngraph.archive.catalogue import CATALOGUE, Catalogue
from asngraph.archive.damage import damage_named
from asngraph.archive.storage import Folder, Held
from asngraph.rdf.store import Opened, oxigraph


def opened(folder: str | os.PathLike[str]) -> Opened:
    """Open an archive for SPARQL, which sees the current versions of its pools, and the catalogue.

    Parameters
    ----------
    folder : path
        Its folder.

    Raises
    ------
    UsageError, AsnGraphError
        As of `asngraph.archive.reader.reading`.
    """
    store, held = open_snapshot(Folder(folder))
    with damage_named(folder):
        seen = [CATALOGUE, *Catalogue(store).graphs]
        # Where there is nothing else, all that there is: this is answered faster than a list of graphs.
        return Opened(store, None if set(seen) >= set(store.named_graphs()) else seen, held)


def open_snapshot(place: Folder) -> tuple[Any, Held]:
    """Open the store of an archive to read it.

    Parameters
    ----------
    place : Folder
        The archive's folder.

    Returns
    -------
    pyoxigraph.Store and Held
        The store, and what is to be closed after it.
    """
    ox = oxigraph()
    path, held = place.latest()
    try:
        with damage_named(place.path):
            return ox.Store.read_only(os.fspath(path)), held
    except BaseException:
        held.close()
        raise
