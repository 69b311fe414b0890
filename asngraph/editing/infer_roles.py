"""Telling the role of a file, from its name or from its FITS header."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from asngraph.errors import HeaderError, UsageError
from asngraph.model.column import is_defined
from asngraph.model.derived_columns import ROLE_OF_EXP_TYPE, ROLE_OF_FLAG
from asngraph.model.relations import EXPTYPES
from asngraph.pools.headers import header_values, reading_headers
from asngraph.pools.keywords import cells_of, plain

# What the ends of names say: a table is a catalog of sources, and no exposure is a segmentation map or serves one.
# Where exposures are processed one by one, a combined image shows the sources of their spectra.
_ENDS = {
    ".ecsv": "sourcecat",
    "_cat.fits": "sourcecat",
    "_segm.fits": "segmap",
    "_msa.fits": "msa_plan",
    "_jit.fits": "jitter",
}
_LEVEL2_ENDS = {"_i2d.fits": "direct_image"}
_GUIDE_STAR = "_gs-"
_EXTRACTED = ("_x1d.fits", "_x1dints.fits")


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
    ends = {**_ENDS, **(_LEVEL2_ENDS if level == 2 else {})}
    for end, role in ends.items():
        if name.lower().endswith(end):
            return role
    if _GUIDE_STAR in name.lower():
        return "guide_star"
    return "background" if level == 3 and spectra_too and is_extracted(name) else "science"


def is_extracted(name: str) -> bool:
    """Tell whether a file is an extracted spectrum, by its name."""
    return name.endswith(_EXTRACTED)


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
        cells = header_cells(path, ("exp_type", "pntgtype", *ROLE_OF_FLAG))
    except (HeaderError, ValueError) as error:
        raise UsageError(f"{path}: its header cannot be read ({error}); name its exptype, as FILE,EXPTYPE") from None
    if not is_defined(cells["exp_type"]):
        raise UsageError(f"{path}: there is no EXP_TYPE in its header; name its exptype, as FILE,EXPTYPE")
    if cells["pntgtype"] != "science" and cells["pntgtype"] in EXPTYPES:
        return cells["pntgtype"]
    role = ROLE_OF_EXP_TYPE.get(cells["exp_type"], "science")
    if role != "science":
        return role
    return next((name for flag, name in ROLE_OF_FLAG.items() if cells[flag] == "t"), "science")


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
