"""Files whose content would not change: they are found by comparing the old content with the new."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

_CHUNK = 1 << 16
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class Signature(NamedTuple):
    """What shows that a file was not replaced or written since it was compared."""

    inode: int
    size: int
    modified: int


def signature(path: str) -> Signature | None:
    """Return the signature of a file or link; None where it does not exist.

    Parameters
    ----------
    path : path
        The file.
    """
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return Signature(found.st_ino, found.st_size, found.st_mtime_ns)


def with_content(path: str, content: bytes) -> Signature | None:
    """Return the signature of a regular file that has a given content; None where it has another, or is not one.

    Parameters
    ----------
    path : path
        The file; a link is not followed.
    content : bytes
        The content.

    Notes
    -----
    The file is read only if it has the size of the content, and as far as both are equal.
    """
    with_size = _opened(path, len(content))
    if with_size is None:
        return None
    descriptor, found = with_size
    try:
        place, rest = 0, memoryview(content)
        while place < len(content):
            part = os.read(descriptor, _CHUNK)
            if not part or part != rest[place : place + len(part)]:
                return None
            place += len(part)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return found


def content_of(path: str) -> bytes | None:
    """Return the content of a regular file; None where it cannot be read, or is not one.

    Parameters
    ----------
    path : path
        The file; a link is not followed.
    """
    try:
        descriptor = os.open(path, _READ)
    except OSError:
        return None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return None
        parts, size = [], 0
        while size <= found.st_size and (part := os.read(descriptor, found.st_size - size + 1)):
            parts.append(part)
            size += len(part)
        return b"".join(parts) if size == found.st_size else None
    except OSError:
        return None
    finally:
        os.close(descriptor)


def with_content_of(path: str, other: str) -> Signature | None:
    """Return the signature of a regular file that has the content of another; None where it has not.

    Parameters
    ----------
    path : path
        The file; a link is not followed.
    other : path
        The other file.
    """
    new = signature(other)
    with_size = None if new is None else _opened(path, new.size)
    if with_size is None:
        return None
    descriptor, found = with_size
    try:
        with open(descriptor, "rb", buffering=0, closefd=False) as old, open(other, "rb", buffering=0) as staged:  # noqa: PTH123
            while part := staged.read(_CHUNK):
                if old.read(len(part)) != part:
                    return None
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return found


def with_target(path: str, target: str) -> Signature | None:
    """Return the signature of a symbolic link that has a given target; None where it has another, or is not one.

    Parameters
    ----------
    path, target : path
        The link, and the target.
    """
    try:
        return signature(path) if os.readlink(path) == target else None  # noqa: PTH115
    except OSError:
        return None


def _opened(path: str, size: int) -> tuple[int, Signature] | None:
    """Open a regular file of a size; return its descriptor and signature."""
    try:
        descriptor = os.open(path, _READ)
    except OSError:
        return None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size != size:
        os.close(descriptor)
        return None
    return descriptor, Signature(found.st_ino, found.st_size, found.st_mtime_ns)
