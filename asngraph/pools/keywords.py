"""Which header keywords give which columns of a pool: one table.

Sources: the JWST keyword dictionary (https://mast.stsci.edu/portal/Mashup/Clients/jwkeywords), which the schema
``core`` of stdatamodels repeats; for what no keyword holds, the defaults of ``asn_make_pool`` (`NON_HEADER_COLS` of
jwst.associations.mkpool), or what follows from other keywords (`asngraph.pools.from_headers`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from asngraph.model.column import is_defined
from asngraph.model.pool_text import text_problem

# Without these a file is no exposure of the telescope, or no rule can place it.
NEEDED = ("PROGRAM", "OBSERVTN", "INSTRUME", "DETECTOR", "EXP_TYPE")

_SET = frozenset({"t", "true", "y", "yes", "1"})
_UNSET = frozenset({"f", "false", "n", "no", "0", "none"})


def plain(value: Any) -> str:
    """Write a value as a pool has it.

    Examples
    --------
    >>> plain(" NRS1 "), plain(True), plain(7), plain(2.0), plain(None)
    ('nrs1', 't', '7', '2.0', 'null')
    """
    if value is None or type(value).__name__ == "Undefined":  # of astropy, a card without value
        return "null"
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value).strip().lower() or "null"


def flag(value: Any) -> str:
    """Write a logical value as ``t`` or ``f``, whatever way it is spelt.

    Raises
    ------
    ValueError
        When it is none.

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
    """Write a number without leading zeros, as pools do; any other text stays.

    Examples
    --------
    >>> number("001"), number(12), number("0A")
    ('1', '12', '0a')
    """
    text = plain(value)
    return str(int(text)) if text.isascii() and text.isdecimal() else text


def program(value: Any) -> str:
    """Write a program's number with five digits, as products have it.

    Raises
    ------
    ValueError
        When it is none.

    Examples
    --------
    >>> program("01075"), program(747)
    ('01075', '00747')
    """
    text = plain(value)
    if is_defined(text) and not (text.isascii() and text.isalnum() and len(text) <= 8):
        raise ValueError("is no program's number")
    return text.zfill(5) if is_defined(text) else text


def slit(value: Any) -> str:
    """Write a slit; headers have NONE where there is no slit, and pools have nothing."""
    text = plain(value)
    return "null" if text == "none" else text


def file_name(value: Any) -> str:
    """Write the name of a file that serves an exposure.

    Raises
    ------
    ValueError
        When it leads to another folder.
    """
    text = plain(value)
    if is_defined(text) and ("/" in text or "\\" in text):
        raise ValueError("leads to another folder")
    return text


class Keyword(NamedTuple):
    """Where the cells of a column come from.

    Parameters
    ----------
    column : str
        The column of the pool.
    keyword : str
        The keyword of the header.
    written : callable
        How its value is written in a pool; raises ValueError where it is none that can be.
    standard : bool
        Whether the keyword dictionary has it. What has no keyword is read all the same where a header has the pool's
        own word, and otherwise follows from other keywords, or is left out.
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

# What stands where no header says anything, and nothing follows from others (`NON_HEADER_COLS`).
DEFAULTS: Mapping[str, str] = {"pntgtype": "science", "mostilno": "1", "dithptin": "1"}


def cells_of(values: Mapping[str, Any], columns: Collection[str] | None = None) -> dict[str, str]:
    """Write the values of a header as cells of a pool.

    Parameters
    ----------
    values : mapping of str to object
        Keywords and their values.
    columns : collection of str, optional
        The columns that are wanted; by default all.

    Raises
    ------
    ValueError
        When a value can be no cell, with the keyword and what is wrong.

    Examples
    --------
    >>> cells = cells_of({"OBSERVTN": "003", "FILTER": "F200W", "BKGDTARG": False})
    >>> cells["obs_num"], cells["filter"], cells["bkgdtarg"], cells["pupil"]
    ('3', 'f200w', 'f', 'null')
    """
    cells = {}
    for each in KEYWORDS:
        if columns is not None and each.column not in columns:
            continue
        value = values.get(each.keyword)
        try:
            text = each.written(value)
        except ValueError as error:
            raise ValueError(f"{each.keyword} {str(value)[:60]!r} {error}") from None
        problem = text_problem(text)
        if problem:
            raise ValueError(f"{each.keyword} {problem[:120]}")
        cells[each.column] = text
    return cells
