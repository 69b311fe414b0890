"""Locks of folders between processes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from asngraph.errors import LockedError
from asngraph.util.output_errors import naming
from asngraph.util.user_cache import cache_folder


@contextmanager
def locked(folder: str | os.PathLike[str], seconds: float = 30.0) -> Iterator[None]:
    """Hold the lock of a folder, against other processes of the same user that use this function.

    Parameters
    ----------
    folder : path
        The folder.
    seconds : float
        How long to wait for another process.

    Raises
    ------
    LockedError
        When another process still holds the lock.
    FileError
        When the lock cannot be created.

    Notes
    -----
    The lock is an empty file in the user's cache, named after the folder, so that the folder itself stays clean. It
    is released when its process ends. Other users, and machines with another cache, do not see it; their changes are
    detected when a file is replaced (`asngraph.editing.documents.Document.save`).
    """
    place = os.path.normcase(os.path.realpath(folder))
    name = hashlib.sha256(os.fsencode(place)).hexdigest()[:32]
    with naming(folder):
        lock = FileLock(_lock_folder() / f"{name}.lock", timeout=seconds)
        try:
            lock.acquire()
        except Timeout:
            raise LockedError(
                f"{os.fspath(folder)}: another process has been working here for {seconds:g} s; try again later"
            ) from None
    try:
        yield
    finally:
        lock.release()


def _lock_folder() -> Path:
    """Return the folder of the locks: in the user's cache, or, without one, in the folder for temporary files."""
    cached = cache_folder("locks")
    if cached is not None:
        return cached
    folder = Path(tempfile.gettempdir(), f"asngraph-{getattr(os, 'getuid', int)()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
