"""Errors of Oxigraph as messages about damage."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from asngraph.errors import AsnGraphError, DamageError

# Errors of a store with missing or unreadable files.
_SIGNS = (OSError, RuntimeError, SyntaxError, ValueError, LookupError, StopIteration)


@contextmanager
def damage_named(folder: str | os.PathLike[str], *, writing: bool = False) -> Iterator[None]:
    """Convert errors of reading a store to `DamageError`.

    Parameters
    ----------
    folder : path
        The folder of the archive.
    writing : bool
        Whether errors of the system, such as a full disk, are passed on unchanged.

    Raises
    ------
    DamageError
    """
    try:
        yield
    except AsnGraphError:
        raise
    except _SIGNS as error:
        if writing and isinstance(error, OSError) and error.errno is not None:
            raise
        raise DamageError(folder, in_words(error)) from error


def in_words(error: BaseException) -> str:
    """Return the message of an error of Oxigraph, in one line.

    Examples
    --------
    >>> in_words(RuntimeError("Corruption: checksum mismatch"))
    'checksum mismatch'
    """
    cause = error.__cause__ if isinstance(error.__cause__, StopIteration) else error
    if isinstance(cause, StopIteration | LookupError):
        return "a statement is missing"
    text = " ".join(str(cause).split())
    while text.startswith("Corruption: "):
        text = text.removeprefix("Corruption: ")
    return text.removesuffix(".") or type(cause).__name__
