"""Locks that keep other processes out of a folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from asngraph.errors import LockedError
from asngraph.util.staging import naming


@contextmanager
def locked(folder: str | os.PathLike[str], seconds: float = 30.0) -> Iterator[None]:
    """Keep a folder for this process, among those of the same user that ask so.

    Parameters
    ----------
    folder : path
        The folder.
    seconds : float
        How long to wait for another process.

    Raises
    ------
    LockedError
        When another process still has it.
    FileError
        When no lock can be made.

    Notes
    -----
    The lock is an empty file in the user's cache, named after the folder, so that no file is left in the folder. It
    ends with its process. Other users, and other machines with another cache, do not see it; what they change
    meanwhile is found when a file is replaced (`asngraph.editing.documents.Document.save`).
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
    """Return the folder of the locks; where the user has no cache, it is among temporary files."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or os.path.expanduser("~/.cache")  # noqa: PTH111 (raises nothing)
    try:
        folder = Path(cache, "asngraph", "locks")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    folder = Path(tempfile.gettempdir(), f"asngraph-{getattr(os, 'getuid', int)()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
