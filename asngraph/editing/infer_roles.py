"""Infer the role of a file, from its name or from its FITS header."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from asngraph.errors import HeaderError, UsageError
from asngraph.model.column import Column, is_defined
from asngraph.model.derived_columns import INPUTS_OF_FACTS, Facts
from asngraph.model.filenames import is_guide_star, parse
from asngraph.model.pool import Pool
from asngraph.model.roles import EXPTYPES
from asngraph.pools.headers import header_values, reading_headers
from asngraph.pools.keywords import cells_of, plain

# Suffixes that determine the role of a file.
_ROLE_OF_SUFFIX = {"cat": "sourcecat", "segm": "segmap", "msa": "msa_plan", "jit": "jitter"}


def role_by_name(name: str, level: int, *, spectra_too: bool = False) -> str:
    """Return the role of a file by its name; science unless the name indicates another one.

    Parameters
    ----------
    name : str
        The name.
    level : int
        The stage of the association, 2 or 3.
    spectra_too : bool
        Whether the association has science files other than extracted spectra, which makes these background.

    Returns
    -------
    str

    Examples
    --------
    >>> role_by_name("own.ecsv", 2), role_by_name("jw1_i2d.fits", 2), role_by_name("jw1_i2d.fits", 3)
    ('sourcecat', 'direct_image', 'science')
    """
    parsed = parse(name)
    if parsed.extension == "ecsv":  # a table is a catalog of sources
        return "sourcecat"
    if parsed.suffix in _ROLE_OF_SUFFIX:
        return _ROLE_OF_SUFFIX[parsed.suffix]
    if parsed.suffix == "i2d" and level == 2:  # stage 2 uses the image to find the sources of spectra
        return "direct_image"
    if is_guide_star(name):
        return "guide_star"
    return "background" if level == 3 and spectra_too and is_extracted(name) else "science"


def is_extracted(name: str) -> bool:
    """Return whether a file is an extracted spectrum, by its name.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    bool
    """
    return parse(name).suffix in ("x1d", "x1dints")


def role_by_header(path: str | os.PathLike[str]) -> str:
    """Return the role of a FITS file by its header, as the generator derives it from a pool.

    Parameters
    ----------
    path : path
        The file; only its header is read.

    Returns
    -------
    str

    Raises
    ------
    UsageError
        When the header cannot be read, or has no exposure type.
    AsnGraphError
        When astropy is missing.
    """
    try:
        cells = header_cells(path, INPUTS_OF_FACTS["role"])
    except (HeaderError, ValueError) as error:
        raise UsageError(f"{path}: its header cannot be read ({error}); give its exptype, as FILE,EXPTYPE") from None
    if not is_defined(cells["exp_type"]):
        raise UsageError(f"{path}: its header has no EXP_TYPE; give its exptype, as FILE,EXPTYPE")
    if cells["pntgtype"] not in EXPTYPES:
        cells["pntgtype"] = "null"
    pool = Pool({name: Column.of([cell]) for name, cell in {**cells, "filename": str(path)}.items()}, str(path))
    return Facts(pool)["role"][0]


def header_cells(path: str | os.PathLike[str], columns: Collection[str]) -> dict[str, str]:
    """Return values of a FITS header, as ``asngraph pool make`` writes them into a pool.

    Parameters
    ----------
    path : path
        The file.
    columns : collection of str
        Columns of a pool, or other keywords in lower case.

    Returns
    -------
    dict of str to str
        The value of each column.

    Raises
    ------
    HeaderError
        When the header cannot be read.
    ValueError
        When a value is not allowed in a pool.
    AsnGraphError
        When astropy is missing.
    """
    with reading_headers():
        values = header_values(Path(path))
        return {name: plain(values.get(name.upper())) for name in columns} | cells_of(values, columns)
