"""Telling the role of a file, from its name or from its FITS header."""

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

# What suffixes say: no exposure is a segmentation map or serves one.
_ROLE_OF_SUFFIX = {"cat": "sourcecat", "segm": "segmap", "msa": "msa_plan", "jit": "jitter"}


def role_by_name(name: str, level: int, *, spectra_too: bool = False) -> str:
    """Tell the role of a file from its name; it is science unless the name says otherwise.

    Parameters
    ----------
    name : str
        The name.
    level : int
        That of the association, 2 or 3.
    spectra_too : bool
        Whether other files beside extracted spectra are combined, so that those are their background.

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
    if parsed.suffix == "i2d" and level == 2:  # it shows the sources of the spectra of exposures, processed one by one
        return "direct_image"
    if is_guide_star(name):
        return "guide_star"
    return "background" if level == 3 and spectra_too and is_extracted(name) else "science"


def is_extracted(name: str) -> bool:
    """Tell whether a file is an extracted spectrum, by its name."""
    return parse(name).suffix in ("x1d", "x1dints")


def role_by_header(path: str | os.PathLike[str]) -> str:
    """Tell the role of a FITS file from its header, as the generator does from a pool.

    Parameters
    ----------
    path : path
        The file; only the header is read.

    Raises
    ------
    UsageError
        When there is no such file, or no exposure type in it.
    AsnGraphError
        When astropy is missing.
    """
    try:
        cells = header_cells(path, INPUTS_OF_FACTS["role"])
    except (HeaderError, ValueError) as error:
        raise UsageError(f"{path}: its header cannot be read ({error}); name its exptype, as FILE,EXPTYPE") from None
    if not is_defined(cells["exp_type"]):
        raise UsageError(f"{path}: there is no EXP_TYPE in its header; name its exptype, as FILE,EXPTYPE")
    if cells["pntgtype"] not in EXPTYPES:
        cells["pntgtype"] = "null"
    pool = Pool({name: Column.of([cell]) for name, cell in {**cells, "filename": str(path)}.items()}, str(path))
    return Facts(pool)["role"][0]


def header_cells(path: str | os.PathLike[str], columns: Collection[str]) -> dict[str, str]:
    """Read what a FITS file's header says, as ``asngraph pool make`` writes it into a pool.

    Parameters
    ----------
    path : path
        The file.
    columns : collection of str
        What is wanted: columns of a pool, or other keywords in lower case.

    Raises
    ------
    HeaderError
        When the header cannot be read.
    ValueError
        When a value is none that a pool can have.
    AsnGraphError
        When astropy is missing.
    """
    with reading_headers():
        values = header_values(Path(path))
        return {name: plain(values.get(name.upper())) for name in columns} | cells_of(values, columns)
