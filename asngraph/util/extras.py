"""Optional packages, and the extra of asngraph that brings each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from asngraph.errors import MissingExtraError


@contextmanager
def needed(extra: str, what: str) -> Iterator[None]:
    """Import an optional package in this context.

    Parameters
    ----------
    extra : str
        The extra of asngraph that brings the package.
    what : str
        What the package does, as the error begins: ``"FITS files are read by astropy"``.

    Raises
    ------
    MissingExtraError
        When the package is not installed.

    Examples
    --------
    >>> with needed("fits", "FITS files are read by astropy"):
    ...     import no_such_package
    Traceback (most recent call last):
    asngraph.errors.MissingExtraError: FITS files are read by astropy: pip install 'asngraph[fits]'
    """
    try:
        yield
    except ImportError:
        raise MissingExtraError(what, extra) from None
