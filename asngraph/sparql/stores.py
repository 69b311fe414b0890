"""The folders that SPARQL is asked of: a store of Oxigraph, or an archive."""

from __future__ import annotations

import os
from pathlib import Path

from asngraph.archive.snapshot import opened
from asngraph.archive.storage import Folder
from asngraph.errors import AsnGraphError, UsageError
from asngraph.rdf.store import Opened, oxigraph


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
        return opened(folder)
    # What opens a folder that holds no store would make one there.
    if not (Path(folder) / "CURRENT").is_file():
        raise UsageError(f"{folder}: there is no store; name the folder of one")
    try:
        return Opened(ox.Store.read_only(os.fspath(folder)))
    except (OSError, ValueError, RuntimeError) as error:
        raise AsnGraphError(f"{folder}: the store cannot be read: {error}") from None
