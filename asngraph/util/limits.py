"""Limits on input: the most that is read of a file, and the kinds of file that are read."""

from __future__ import annotations

import errno
import os
import stat
import sys
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, NamedTuple

from asngraph.errors import UsageError

# The environment variable that replaces all limits, in MiB.
VARIABLE = "ASNGRAPH_MAX_INPUT_MIB"

# The name of standard input on the command line, and in messages.
STDIN = "-"
STDIN_NAME = "<stdin>"

_MIB = 2**20
_CHUNK = 4 * _MIB
_OWN_DESCRIPTORS = ("/dev/fd/", "/proc/self/fd/", "/dev/stdin")


class Limit(NamedTuple):
    """The largest size of a kind of file that is read.

    Parameters
    ----------
    what : str
        The kind of file, with its article.
    mebibytes : int
        The limit in MiB, unless the environment variable `VARIABLE` sets another.
    """

    what: str
    mebibytes: int

    @property
    def bytes(self) -> int:
        """The limit in bytes.

        Raises
        ------
        UsageError
            When the environment variable is not a whole number from 1 to 2^20.
        """
        given = os.environ.get(VARIABLE, "")
        if not given:
            return self.mebibytes * _MIB
        if not (given.isascii() and given.isdigit() and 0 < int(given) <= _MIB):
            raise UsageError(f"{VARIABLE}={given!r}: must be a whole number of MiB from 1 to {_MIB}")
        return int(given) * _MIB


# A pool of a million exposures takes about 1 GB.
POOL = Limit("a pool or table", 2048)
ASSOCIATION = Limit("an association file", 256)
RUN = Limit("a run file", 1024)
RULES = Limit("a rule file", 16)
QUERY = Limit("a query", 16)
RECORD = Limit("a record of an archive", 256)


class UnreadableError(OSError):
    """Exception raised when a file is not read because of its size or kind; `strerror` says why."""

    def __init__(self, problem: str, path: str | os.PathLike[str]) -> None:
        super().__init__(errno.EINVAL, problem, os.fspath(path))


def read_bounded(path: str | os.PathLike[str], limit: Limit, *, streams: bool = False) -> bytes:
    """Return the content of a file, up to a limit.

    Parameters
    ----------
    path : path
        The file.
    limit : Limit
        The largest size that is read.
    streams : bool
        Whether the file may be a pipe, or ``-`` for standard input.

    Returns
    -------
    bytes

    Raises
    ------
    OSError
        When the file cannot be read, is larger than the limit, or is not a regular file; `strerror` says why.

    See Also
    --------
    read_stream : the same for an open file.
    """
    if streams and os.fspath(path) == STDIN:
        return bytes(read_stream(standard_input(), limit, STDIN_NAME))
    with open_input(path, streams=streams) as file:
        size = os.fstat(file.fileno()).st_size
        most = limit.bytes
        if size > most:
            raise _too_large(f"it has {size:,} bytes", limit, path)
        content = file.read(size + 1) if size else b""
        if len(content) == size > 0:
            return content
        return content + bytes(read_stream(file, limit, path, len(content)))


def read_stream(file: IO[Any], limit: Limit, name: str | os.PathLike[str], already: int = 0) -> Any:
    """Return the rest of an open file, up to a limit.

    Parameters
    ----------
    file : open file
        A binary or text file.
    limit : Limit
        The largest size that is read.
    name : path
        The name of the file, for the message.
    already : int
        How much of the file has been read before.

    Returns
    -------
    bytes or str
        As the file gives it.

    Raises
    ------
    OSError
        When the file is larger than the limit.
    """
    most = limit.bytes
    parts = []
    while part := file.read(min(_CHUNK, most + 1 - already)):
        parts.append(part)
        already += len(part)
        if already > most:
            raise _too_large("it has more", limit, name)
    empty = "" if isinstance(part, str) else b""
    return empty.join(parts)


def standard_input() -> IO[bytes]:
    """Return standard input as a binary file.

    Raises
    ------
    UsageError
        When standard input is closed.
    """
    if sys.stdin is None:
        raise UsageError("standard input is closed; name a file")
    return sys.stdin.buffer


def open_input(path: str | os.PathLike[str], *, streams: bool = False) -> BufferedReader:
    """Open a file for reading; anything but a regular file is refused without blocking.

    Parameters
    ----------
    path : path
        The file.
    streams : bool
        Whether the file may also be a pipe, a terminal or the null device.

    Returns
    -------
    binary file

    Raises
    ------
    OSError
        When the file cannot be opened, or is of another kind; `strerror` says why.
    """
    # Before it is opened, since opening a device may have effects; and after, since it may have been exchanged.
    _check_sort(Path(path).stat(), path, streams=streams)
    wait = 0 if streams else getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, os.O_RDONLY | wait | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    try:
        _check_sort(os.fstat(descriptor), path, streams=streams)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def check_size(path: str | os.PathLike[str], limit: Limit) -> None:
    """Check that a file which another library reads is a regular file and not larger than a limit.

    Parameters
    ----------
    path : path
        The file.
    limit : Limit
        The largest size that may be read.

    Raises
    ------
    OSError
        As `read_bounded` does.
    """
    found = Path(path).stat()
    _check_sort(found, path, streams=False)
    if found.st_size > limit.bytes:
        raise _too_large(f"it has {found.st_size:,} bytes", limit, path)


def is_stream(path: object) -> bool:
    """Return whether a source can be read only once: standard input or a pipe.

    Parameters
    ----------
    path : object
        A path; anything else is not a stream.

    Examples
    --------
    >>> is_stream("-"), is_stream("pool.csv")
    (True, False)
    """
    if not isinstance(path, str | os.PathLike):
        return False
    return os.fspath(path) == STDIN or is_own_descriptor(path) or Path(path).is_fifo()


def is_own_descriptor(path: str | os.PathLike[str]) -> bool:
    """Return whether a path names an open file of this process, as a shell passes for ``<(...)``.

    Parameters
    ----------
    path : path
        The path.

    Examples
    --------
    >>> is_own_descriptor("/dev/fd/63"), is_own_descriptor("fd/63")
    (True, False)
    """
    return os.fspath(path).startswith(_OWN_DESCRIPTORS)


def real_path(path: str | os.PathLike[str]) -> Path:
    """Return a path with its links resolved; for links that form a loop, one of these, which cannot be opened.

    Before Python 3.13 `pathlib.Path.resolve` raises a RuntimeError for such links.
    """
    return Path(os.path.realpath(path))


def _check_sort(found: os.stat_result, path: str | os.PathLike[str], *, streams: bool) -> None:
    mode = found.st_mode
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", os.fspath(path))
    if stat.S_ISFIFO(mode):
        if not streams:
            raise UnreadableError("it is a pipe; a regular file is required", path)
    elif stat.S_ISSOCK(mode):
        raise UnreadableError("it is a socket; a regular file is required", path)
    elif not (streams and stat.S_ISCHR(mode) and _harmless(found, path)):
        raise UnreadableError("it is a device; a regular file is required", path)


def _harmless(found: os.stat_result, path: str | os.PathLike[str]) -> bool:
    """Return whether a device is a terminal of this process or the null device."""
    null = Path(os.devnull).stat()
    return (found.st_dev, found.st_rdev) == (null.st_dev, null.st_rdev) or is_own_descriptor(path)


def _too_large(size: str, limit: Limit, path: str | os.PathLike[str]) -> UnreadableError:
    return UnreadableError(
        f"{size}, and at most {limit.bytes // _MIB} MiB are read of {limit.what}; "
        f"the environment variable {VARIABLE} sets another limit, in MiB",
        path,
    )
