"""The folders that SPARQL can query: an Oxigraph store, or an archive."""

from __future__ import annotations

import os
from pathlib import Path

from asngraph.archive.snapshot import opened
from asngraph.archive.storage import Folder
from asngraph.errors import AsnGraphError, UsageError
from asngraph.rdf.store import Opened, oxigraph


def is_store(folder: str | os.PathLike[str]) -> bool:
    """Return whether a folder is an archive or an Oxigraph store.

    Parameters
    ----------
    folder : path
        The folder.
    """
    return Folder(folder).is_archive or (Path(folder) / "CURRENT").is_file()


def open_store(folder: str | os.PathLike[str]) -> Opened:
    """Return an Oxigraph store or an archive, opened read-only.

    Parameters
    ----------
    folder : path
        The folder.

    Raises
    ------
    UsageError
        When the folder has no store.
    AsnGraphError
        When the store cannot be read, or pyoxigraph is not installed.
    """
    ox = oxigraph()
    if Folder(folder).is_archive:
        return opened(folder)
    # Opening a folder without a store would create one.
    if not (Path(folder) / "CURRENT").is_file():
        raise UsageError(f"{folder}: not an Oxigraph store or an archive; name the folder of one")
    try:
        return Opened(ox.Store.read_only(os.fspath(folder)))
    except (OSError, ValueError, RuntimeError) as error:
        raise AsnGraphError(f"{folder}: the store cannot be read: {error}") from None
