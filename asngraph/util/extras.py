"""Imports of optional packages, and the extras of asngraph that install them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from asngraph.errors import MissingExtraError


@contextmanager
def needed(extra: str, what: str) -> Iterator[None]:
    """Turn an import error in this context into a message that names the extra to install.

    Parameters
    ----------
    extra : str
        The extra of asngraph that installs the package.
    what : str
        What the package is used for; the message begins with it: ``"FITS files are read by astropy"``.

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
