"""The header keyword of each column of a pool.

Sources: the JWST keyword dictionary (https://mast.stsci.edu/portal/Mashup/Clients/jwkeywords), which the schema
``core`` of stdatamodels repeats; for what no keyword holds, the defaults of ``asn_make_pool`` (`NON_HEADER_COLS` of
jwst.associations.mkpool), or what follows from other keywords (`asngraph.pools.from_headers`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from asngraph.model.column import is_defined
from asngraph.model.pool_text import text_problem

# Required keywords: all exposures of the telescope have them, and rules depend on them.
NEEDED = ("PROGRAM", "OBSERVTN", "INSTRUME", "DETECTOR", "EXP_TYPE")

_SET = frozenset({"t", "true", "y", "yes", "1"})
_UNSET = frozenset({"f", "false", "n", "no", "0", "none"})


def plain(value: Any) -> str:
    """Return a value as text, as pools have it.

    Parameters
    ----------
    value : object
        The value of a keyword.

    Examples
    --------
    >>> plain(" NRS1 "), plain(True), plain(7), plain(2.0), plain(None)
    ('nrs1', 't', '7', '2.0', 'null')
    """
    if value is None or type(value).__name__ == "Undefined":  # astropy's value of a card without one
        return "null"
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value).strip().lower() or "null"


def flag(value: Any) -> str:
    """Return a logical value in any spelling as ``t``, ``f`` or ``null``.

    Parameters
    ----------
    value : object
        The value of a keyword.

    Raises
    ------
    ValueError
        When the value is not a logical value.

    Examples
    --------
    >>> flag(True), flag("TRUE"), flag(0), flag("N/A")
    ('t', 't', 'f', 'null')
    """
    text = plain(value)
    if text in _SET:
        return "t"
    if text in _UNSET:
        return "f"
    if is_defined(text):
        raise ValueError("is neither true nor false")
    return "null"


def number(value: Any) -> str:
    """Return a number without leading zeros, as pools have it; any other text is returned unchanged.

    Parameters
    ----------
    value : object
        The value of a keyword.

    Examples
    --------
    >>> number("001"), number(12), number("0A")
    ('1', '12', '0a')
    """
    text = plain(value)
    return str(int(text)) if text.isascii() and text.isdecimal() else text


def program(value: Any) -> str:
    """Return a program's number with five digits, as products have it.

    Parameters
    ----------
    value : object
        The value of a keyword.

    Raises
    ------
    ValueError
        When the value is not a program's number.

    Examples
    --------
    >>> program("01075"), program(747)
    ('01075', '00747')
    """
    text = plain(value)
    if is_defined(text) and not (text.isascii() and text.isalnum() and len(text) <= 8):
        raise ValueError("is not a program's number")
    return text.zfill(5) if is_defined(text) else text


def slit(value: Any) -> str:
    """Return a slit's name; ``null`` for NONE, which headers have without a slit.

    Parameters
    ----------
    value : object
        The value of a keyword.
    """
    text = plain(value)
    return "null" if text == "none" else text


def file_name(value: Any) -> str:
    """Return the name of an auxiliary file of an exposure.

    Parameters
    ----------
    value : object
        The value of a keyword.

    Raises
    ------
    ValueError
        When the name contains a path separator.
    """
    text = plain(value)
    if is_defined(text) and ("/" in text or "\\" in text):
        raise ValueError("leads to another folder")
    return text


class Keyword(NamedTuple):
    """A column of a pool and its keyword.

    Parameters
    ----------
    column : str
        The column of the pool.
    keyword : str
        The keyword of the header.
    written : callable
        Converts the value of the keyword to a cell; raises ValueError when the value is invalid.
    standard : bool
        Whether the keyword dictionary has the keyword. A column without a standard keyword is read from a keyword with
        the name of the column, if a header has it, and otherwise derived from other keywords, or undefined.
    """

    column: str
    keyword: str
    written: Callable[[Any], str] = plain
    standard: bool = True


def _same(*names: str, written: Callable[[Any], str] = plain, standard: bool = True) -> tuple[Keyword, ...]:
    return tuple(Keyword(name, name.upper(), written, standard) for name in names)


KEYWORDS: tuple[Keyword, ...] = (
    *_same("obs_id"),
    *_same("program", written=program),
    Keyword("obs_num", "OBSERVTN", number),
    *_same("visit", written=number),
    *_same("visit_id"),
    *_same("visitgrp", written=number),
    *_same("visitype", "seq_id", "act_id"),
    *_same("exposure", written=number),
    *_same("exp_type", "nexposur", "expcount", "instrume", "detector", "channel"),
    *_same("targetid", standard=False),
    *_same("targprop", "targname", "targtype", "targ_ra", "targ_dec", "template"),
    *_same("pntgtype", "pntg_seq", "targordn", "expspcin", "dithptin", "mostilno", standard=False),
    *_same("module", "filter", "pupil"),
    *_same("ditherid", standard=False),
    *_same("patttype", "pattstrt", "numdthpt", "pattsize", "subpxpts"),
    *_same("subpxpns", standard=False),  # the name that SUBPXPTS had before
    *_same("patt_num", "apername", "sdp_ver", "subarray", "grating"),
    *_same("fxd_slit", written=slit),
    *_same("band", "gwa_xtil", "gwa_ytil"),
    *_same("exposerr", standard=False),
    *_same("is_psf", "is_imprt", "bkgdtarg", "tsovisit", written=flag),
    *_same("msastate"),
    *_same("msametfl", written=file_name),
    *_same("opmode", "lamp", "spec_num", "spat_num"),
    *_same("dms_note", standard=False),
    *_same("exsegtot", "nints", "ngroups"),
    *_same("mtshadow", standard=False),
)

# The defaults of columns that headers lack and that cannot be derived (`NON_HEADER_COLS`).
DEFAULTS: Mapping[str, str] = {"pntgtype": "science", "mostilno": "1", "dithptin": "1"}


def cells_of(values: Mapping[str, Any], columns: Collection[str] | None = None) -> dict[str, str]:
    """Return the values of a header as cells of a pool.

    Parameters
    ----------
    values : mapping of str to object
        Keywords and their values.
    columns : collection of str, optional
        The columns to return; by default all.

    Returns
    -------
    dict of str to str
        The cell of each column.

    Raises
    ------
    ValueError
        When a value is invalid; the message has the keyword and the problem.

    Examples
    --------
    >>> cells = cells_of({"OBSERVTN": "003", "FILTER": "F200W", "BKGDTARG": False})
    >>> cells["obs_num"], cells["filter"], cells["bkgdtarg"], cells["pupil"]
    ('3', 'f200w', 'f', 'null')
    """
    cells = {}
    for entry in KEYWORDS:
        if columns is not None and entry.column not in columns:
            continue
        value = values.get(entry.keyword)
        try:
            text = entry.written(value)
        except ValueError as error:
            raise ValueError(f"{entry.keyword} {str(value)[:60]!r} {error}") from None
        problem = text_problem(text)
        if problem:
            raise ValueError(f"{entry.keyword} {problem[:120]}")
        cells[entry.column] = text
    return cells
