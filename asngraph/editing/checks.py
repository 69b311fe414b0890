"""Checks of associations that users write or change."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PureWindowsPath
from typing import Any

from asngraph.editing.problem import ERROR
from asngraph.editing.validation import problems as all_problems
from asngraph.errors import AssociationError, UsageError
from asngraph.model.association import Association
from asngraph.model.filenames import FITS, file_name
from asngraph.model.pool_text import text_problem
from asngraph.model.relations import SUPPORT_KINDS
from asngraph.model.roles import EXPTYPES, role_of
from asngraph.util.suggest import closest, did_you_mean

# Associations are much less deep; the reader of JSON and other functions are recursive.
MOST_NESTED = 60

# The extensions of members: an association from others could name any file of this machine.
_DATA = (*FITS, ".ecsv", ".asdf")
# Pipelines accept these, but ignore a part of the association.
_NEVER_MEANT = ("several-science", "member-twice")

_SEPARATOR = re.compile(r"[/\\]")
_RULE = re.compile(r"(?:candidate_|discover_)?(?:Asn_Lv|DMS_?Level)([23])", re.IGNORECASE)


def name_problem(name: str, *, allow_outside: bool = False) -> str | None:
    """Return what is wrong with a file name of a member or product, or None.

    Parameters
    ----------
    name : str
        The name.
    allow_outside : bool
        Whether it may be outside the association's folder.

    Returns
    -------
    str or None

    Examples
    --------
    >>> name_problem("../jw1_rate.fits")
    "'../jw1_rate.fits' leads out of the association's folder"
    >>> name_problem("more/jw1_rate.fits")
    """
    if not name.strip() or file_name(name) in ("", ".", ".."):
        return f"{name!r} is not a file name"
    if problem := text_problem(name):
        return problem
    if not allow_outside and leads_outside(name):
        return f"{name!r} leads out of the association's folder"
    return None


def product_problem(name: str) -> str | None:
    """Return what is wrong with a name for a product, or None.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    str or None

    Examples
    --------
    >>> product_problem("a/b")
    "'a/b' has a folder; use a name without folder"
    """
    return name_problem(name) or (f"{name!r} has a folder; use a name without folder" if "/" in name else None)


def leads_outside(name: str) -> bool:
    """Return whether a relative or absolute name leads out of its folder, on any operating system.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    bool
    """
    windows = PureWindowsPath(name)
    return name.startswith(("/", "\\", "~")) or bool(windows.drive) or ".." in _SEPARATOR.split(name)


def is_data(name: str) -> bool:
    """Return whether a file is data for pipelines, by its name.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_data("/data/jw1_cal.fits"), is_data("/etc/passwd")
    (True, False)
    """
    return name.lower().endswith(_DATA)


def refuse_hostile(data: Any, label: str, *, allow_outside: bool = False) -> None:
    """Raise an error if an association has parts of the wrong type, or unsafe names.

    Data files may be in any folder, as in associations that people write. Other files outside the association's folder
    are not meant as members.

    Parameters
    ----------
    data : Association
        An association that `asngraph.load_asn` accepts.
    label : str
        Its name in error messages.
    allow_outside : bool
        Whether members outside the association's folder may be files other than data.

    Raises
    ------
    AssociationError
        At the first fault, with its place.
    """
    for number, product in enumerate(data["products"], start=1):
        name = product.get("name")
        if name is not None:
            problem = name_problem(name) if isinstance(name, str) else f"its name must be text, not {_shown(name)}"
            if problem:
                raise AssociationError(f"{label}: product {number}: {problem}")
        for place, member in enumerate(product["members"], start=1):
            exptype = member.get("exptype")
            expname = member["expname"]
            problem = name_problem(expname, allow_outside=allow_outside or is_data(expname))
            if not isinstance(exptype, str):
                problem = f"its exptype must be text, not {_shown(exptype)}"
            if problem:
                raise AssociationError(f"{label}: product {number}, member {place}: {problem}")


def too_deep(data: Any) -> bool:
    """Return whether data are nested more deeply than any association.

    Parameters
    ----------
    data : object
        Lists and dicts, as read from JSON.

    Returns
    -------
    bool
        Whether they are nested more than `MOST_NESTED` levels deep.
    """
    level = [data]
    for _ in range(MOST_NESTED):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def problems(association: Association, *, form: bool = True) -> list[str]:
    """Return the problems that keep pipelines from processing an association (`asngraph.editing.validation`).

    Parameters
    ----------
    association : Association
        The association.
    form : bool
        Whether to check its form; an association that was just made has it.

    Returns
    -------
    list of str
        One line for each problem; empty if it is valid.

    Examples
    --------
    >>> members = [{"expname": "b.fits", "exptype": "background"}]
    >>> products = [{"name": "a", "members": members}]
    >>> problems(Association({"asn_type": "image3", "asn_pool": "none", "products": products}))
    ['$.products[0].members: no member is science; at least one must be']
    """
    # Fields that are often omitted from files made by hand are not reported after an edit.
    whole = {"asn_id": "none", "asn_pool": "none", **association}
    return [
        f"{each.path}: {each.text}"
        for each in all_problems(whole, form=form)
        if each.severity == ERROR or each.kind in _NEVER_MEANT
    ]


def known_exptype(exptype: str, also: Collection[str] = ()) -> str:
    """Return the standard spelling of an exptype.

    Parameters
    ----------
    exptype : str
        The exptype, in any case, with hyphens or underscores.
    also : collection of str
        Other valid exptypes, such as those of auxiliary files.

    Returns
    -------
    str

    Raises
    ------
    UsageError
        When the exptype is unknown, with suggestions.

    Examples
    --------
    >>> known_exptype("Background")
    'background'
    """
    if exptype in also:
        return exptype
    name = role_of(exptype.replace("-", "_"))
    if name not in EXPTYPES | SUPPORT_KINDS:
        known = sorted(EXPTYPES)
        hint = did_you_mean(closest(name, known, 2), f"there are {', '.join(known)}")
        raise UsageError(f"unknown exptype {exptype!r}; {hint}")
    return name


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
