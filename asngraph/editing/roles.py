"""Telling the role of a file, from its name or from its FITS header."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asngraph.errors import AsnGraphError, UsageError
from asngraph.facts import ROLE_OF_EXP_TYPE, ROLE_OF_FLAG
from asngraph.pools.headers import HeaderError, primary_header
from asngraph.relations import EXPTYPES

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

# The keywords of `asngraph.facts.ROLE_OF_FLAG` (fits_keyword in core.schema.yaml of stdatamodels).
_KEYWORDS = {"is_psf": "IS_PSF", "is_imprt": "IS_IMPRT", "bkgdtarg": "BKGDTARG"}


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
        from astropy.io import fits
    except ImportError:
        raise AsnGraphError("FITS headers are read with astropy: pip install 'asngraph[formats]'") from None
    try:
        header = fits.Header.fromstring(primary_header(Path(path)))
    except (HeaderError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no FITS file"
        raise UsageError(f"{path}: its header cannot be read ({reason}); name its exptype, as FILE,EXPTYPE") from None
    return _role(header, str(path))


def _role(header: Mapping[str, Any], label: str) -> str:
    exp_type = str(header.get("EXP_TYPE") or "").strip().lower()
    if not exp_type:
        raise UsageError(f"{label}: there is no EXP_TYPE in its header; name its exptype, as FILE,EXPTYPE")
    pointing = str(header.get("PNTGTYPE") or "science").strip().lower()
    if pointing != "science" and pointing in EXPTYPES:
        return pointing
    role = ROLE_OF_EXP_TYPE.get(exp_type, "science")
    if role != "science":
        return role
    flags = (name for flag, name in ROLE_OF_FLAG.items() if header.get(_KEYWORDS[flag]) in (True, "T", "t"))
    return next(flags, "science")
