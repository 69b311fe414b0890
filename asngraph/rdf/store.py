"""What SPARQL is asked of: a store in memory or in a folder. This is the one place where a store is opened."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from asngraph.archive.storage import Folder
from asngraph.errors import AsnGraphError, UsageError
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
        The named graphs that queries see; without, all that there are.
    held : object, optional
        What must live as long as the store.
    """

    store: pyoxigraph.Store
    graphs: list[Any] | None = None
    held: Any = None


def store_of_quads(quads: IO[bytes]) -> Opened:
    """Make a store in memory.

    Parameters
    ----------
    quads : open binary file
        What is to be in it, as N-Quads.
    """
    ox = oxigraph()
    store = ox.Store()
    store.bulk_load(quads, format=ox.RdfFormat.N_QUADS)
    return Opened(store)


def open_store(folder: str | os.PathLike[str]) -> Opened:
    """Open a store of Oxigraph in a folder, or an archive, to read only.

    Parameters
    ----------
    folder : path
        The folder.

    Raises
    ------
    UsageError
        When there is no such store.
    AsnGraphError
        When it cannot be read, or pyoxigraph is missing.
    """
    ox = oxigraph()
    if Folder(folder).is_archive:
        from asngraph.archive.reader import opened

        return opened(folder)
    # What opens a folder that holds no store would make one there.
    if not (Path(folder) / "CURRENT").is_file():
        raise UsageError(f"{folder}: there is no store; name the folder of one")
    try:
        return Opened(ox.Store.read_only(os.fspath(folder)))
    except (OSError, ValueError, RuntimeError) as error:
        raise AsnGraphError(f"{folder}: the store cannot be read: {error}") from None


def oxigraph() -> ModuleType:
    """Return pyoxigraph.

    Raises
    ------
    MissingExtraError
        When it is missing.
    """
    with needed("rdf", "SPARQL is answered by pyoxigraph"):
        return importlib.import_module("pyoxigraph")
