"""Temporary folders: their names, their locks, and the removal of those that killed processes left."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from contextlib import suppress
from functools import lru_cache

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

# How a file is created that must not exist, and through no link.
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
# The name of the file in a temporary folder that its process locks.
LOCK = "lock"
_HOST = hashlib.sha256(os.uname().nodename.encode() if hasattr(os, "uname") else b"").hexdigest()[:8]
_OURS = re.compile(rf"\.asngraph-{_HOST}-[0-9a-f]{{16}}\.part")


def temporary_name() -> str:
    """Return a new name for a temporary folder, which cannot be predicted."""
    return f".asngraph-{_HOST}-{secrets.token_hex(8)}.part"


def lock(descriptor: int) -> bool | None:
    """Lock an open file; return whether that succeeded, and None where there are no locks.

    Parameters
    ----------
    descriptor : int
        The open file.
    """
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def remove(beside: str, held: int = -1) -> None:
    """Remove a temporary folder, and its lock file last: without that its owner would be unknown.

    Parameters
    ----------
    beside : path
        The temporary folder.
    held : int
        Its open lock file, which is closed; negative where it is not open.
    """
    with suppress(OSError):
        for name in os.listdir(beside):  # noqa: PTH208 (as above)
            if name != LOCK:
                os.unlink(f"{beside}/{name}")  # noqa: PTH108
    if held >= 0:
        os.close(held)
    with suppress(OSError):
        os.unlink(f"{beside}/{LOCK}")  # noqa: PTH108
    with suppress(OSError):
        os.rmdir(beside)  # noqa: PTH106


def sweep(folder: str | os.PathLike[str]) -> None:
    """Remove the temporary folders of dead processes from a folder, once in each process.

    Parameters
    ----------
    folder : path
        The folder.
    """
    _sweep(os.path.abspath(folder), os.getpid())  # noqa: PTH100 (links need not be resolved)


@lru_cache(maxsize=1024)
def _sweep(folder: str, process: int) -> None:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _OURS.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    _sweep_one(entry.path)


def _sweep_one(beside: str) -> None:
    if fcntl is None or os.lstat(beside).st_uid != os.geteuid():
        return
    try:
        held = os.open(f"{beside}/{LOCK}", os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        os.rmdir(beside)  # noqa: PTH106 (it is empty, or its process would have created the lock)
        return
    if lock(held):
        remove(beside, held)
    else:
        os.close(held)


def is_staging(name: str) -> bool:
    """Return whether a folder's name is that of a temporary folder of a process of this host.

    Parameters
    ----------
    name : str
        The name of the folder.
    """
    return _OURS.fullmatch(name) is not None
