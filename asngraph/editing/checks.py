"""What is wrong with an association that somebody wrote or changed by hand."""

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

# No association is anywhere near as deep; the reader of JSON and whoever walks through it call themselves.
MOST_NESTED = 60

# What members are. An association of others may name any file of this machine.
_DATA = (*FITS, ".ecsv", ".asdf")
# Pipelines start on these, and leave a part of what was put there aside.
_NEVER_MEANT = ("several-science", "member-twice")

_SEPARATOR = re.compile(r"[/\\]")
_RULE = re.compile(r"(?:candidate_|discover_)?(?:Asn_Lv|DMS_?Level)([23])", re.IGNORECASE)


def name_problem(name: str, *, allow_outside: bool = False) -> str | None:
    """Say what is wrong with the name of a member or product as the name of a file, if anything is.

    Parameters
    ----------
    name : str
        The name.
    allow_outside : bool
        Whether it may lead out of the folder of its association.

    Examples
    --------
    >>> name_problem("../jw1_rate.fits")
    "'../jw1_rate.fits' leads out of the association's folder"
    >>> name_problem("more/jw1_rate.fits")
    """
    if not name.strip() or file_name(name) in ("", ".", ".."):
        return f"{name!r} is no name of a file"
    if problem := text_problem(name):
        return problem
    if not allow_outside and leads_outside(name):
        return f"{name!r} leads out of the association's folder"
    return None


def product_problem(name: str) -> str | None:
    """Say what is wrong with a name that somebody gives a product, if anything is.

    Examples
    --------
    >>> product_problem("a/b")
    "'a/b' has a folder in it; a product has a plain name"
    """
    return name_problem(name) or (f"{name!r} has a folder in it; a product has a plain name" if "/" in name else None)


def leads_outside(name: str) -> bool:
    """Tell whether a name leads out of the folder in which it stands, on any system."""
    windows = PureWindowsPath(name)
    return name.startswith(("/", "\\", "~")) or bool(windows.drive) or ".." in _SEPARATOR.split(name)


def is_data(name: str) -> bool:
    """Tell whether a file is one that pipelines take, by its name.

    Examples
    --------
    >>> is_data("/data/jw1_cal.fits"), is_data("/etc/passwd")
    (True, False)
    """
    return name.lower().endswith(_DATA)


def refuse_hostile(data: Any, label: str, *, allow_outside: bool = False) -> None:
    """Refuse an association with parts of the wrong type, or with names that no member has.

    Data may be in any folder, as in associations that people write. Whatever else a name leads to outside the
    association's folder, nobody meant as a member.

    Parameters
    ----------
    data : Association
        What `asngraph.load_asn` accepts.
    label : str
        What it is called in errors.
    allow_outside : bool
        Whether members outside the association's folder may be other files than data.

    Raises
    ------
    AssociationError
        At the first such thing, with its place.
    """
    for number, product in enumerate(data["products"], start=1):
        name = product.get("name")
        if name is not None:
            problem = name_problem(name) if isinstance(name, str) else f"its name is {_shown(name)}, which is no text"
            if problem:
                raise AssociationError(f"{label}: product {number}: {problem}")
        for place, member in enumerate(product["members"], start=1):
            exptype = member.get("exptype")
            expname = member["expname"]
            problem = name_problem(expname, allow_outside=allow_outside or is_data(expname))
            if not isinstance(exptype, str):
                problem = f"its exptype is {_shown(exptype)}, which is no text"
            if problem:
                raise AssociationError(f"{label}: product {number}, member {place}: {problem}")


def too_deep(data: Any) -> bool:
    """Tell whether something is nested deeper than any association is."""
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


def problems(association: Association) -> list[str]:
    """Say what keeps pipelines from processing an association as it is meant (`asngraph.editing.validation`).

    Parameters
    ----------
    association : Association
        The association.

    Returns
    -------
    list of str
        One line for each problem; none when it is valid.

    Examples
    --------
    >>> members = [{"expname": "b.fits", "exptype": "background"}]
    >>> products = [{"name": "a", "members": members}]
    >>> problems(Association({"asn_type": "image3", "asn_pool": "none", "products": products}))
    ['$.products[0].members: no member is science; one has to be']
    """
    # What a person leaves out of a file made by hand is nothing that an edit has to be told of.
    whole = {"asn_id": "none", "asn_pool": "none", **association}
    return [
        f"{each.path}: {each.text}"
        for each in all_problems(whole)
        if each.severity == ERROR or each.kind in _NEVER_MEANT
    ]


def known_exptype(exptype: str, also: Collection[str] = ()) -> str:
    """Return an exptype as it is written, or refuse one that pipelines do not know.

    Parameters
    ----------
    exptype : str
        The exptype, in any case, with hyphens or underscores.
    also : collection of str
        Others that are at hand, such as those of files that serve an exposure.

    Raises
    ------
    UsageError
        With suggestions.

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
        raise UsageError(f"there is no exptype {exptype!r}; {hint}")
    return name


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
