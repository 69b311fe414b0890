"""Errors of the system on writing, with the output that the user named and what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from asngraph.errors import FileError

_ADVICE = {
    errno.ENOSPC: "free some space, or name a place on another disk",
    errno.EDQUOT: "free some of your quota, or name a place on another disk",
    errno.EFBIG: "the limit for the size of files is too low (ulimit -f)",
    errno.EROFS: "name a place that is not read-only",
    errno.EACCES: "name a place where you may write",
    errno.EPERM: "name a place where you may write",
    errno.ENAMETOOLONG: "choose a shorter name",
}


@contextmanager
def naming(output: str | os.PathLike[str]) -> Iterator[None]:
    """Turn an error of the system in this context into one that names the output and says what to do.

    Parameters
    ----------
    output : path
        The file or folder that the user named.

    Raises
    ------
    FileError
        In place of any OSError except FileExistsError.
    """
    try:
        yield
    except (FileError, FileExistsError):
        raise
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "name another place")
        raised = FileError(f"{os.fspath(output)}: cannot be written: {error.strerror or error}; {advice}")
        raised.errno = error.errno
        raise raised from error
