"""What is wrong with an association that somebody wrote or changed by hand."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import PureWindowsPath
from typing import Any

from asngraph.association import Association
from asngraph.errors import AssociationError, UsageError
from asngraph.reading import text_problem
from asngraph.relations import EXPTYPES

# No association is anywhere near as deep; the reader of JSON and whoever walks through it call themselves.
MOST_NESTED = 60

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
    if not name.strip() or name.endswith("/"):
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


def refuse_hostile(data: Any, label: str, *, allow_outside: bool = False) -> None:
    """Refuse an association with parts of the wrong type, or with names that lead elsewhere.

    Parameters
    ----------
    data : Association
        What `asngraph.load_asn` accepts.
    label : str
        What it is called in errors.
    allow_outside : bool
        Whether names of members may lead out of the folder of their association.

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
            problem = name_problem(member["expname"], allow_outside=allow_outside)
            if problem and leads_outside(member["expname"]):
                problem += "; --allow-outside takes it all the same"
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


def level_of(association: Association) -> int | None:
    """Tell whether an association is of level 2 or 3, from its rule, its type, or its members; None if none says so.

    Examples
    --------
    >>> level_of(Association({"asn_rule": "candidate_Asn_Lv2Image", "products": []}))
    2
    """
    match = _RULE.match(str(association.get("asn_rule", "")))
    if match:
        return int(match[1])
    last = str(association.get("asn_type", ""))[-1:]
    if last in ("2", "3"):
        return int(last)
    return 3 if any("asn_candidate" in member for member in association.members) else None


def problems(association: Association) -> list[str]:
    """Say what keeps pipelines from processing an association.

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
    >>> problems(Association({"products": [{"name": "a", "members": [{"expname": "b", "exptype": "background"}]}]}))
    ['product a has no science member']
    """
    if not association["products"]:
        return ["it has no product"]
    level = level_of(association)
    return [problem for product in association.products for problem in _of_product(product, level)]


def _of_product(product: dict[str, Any], level: int | None) -> Iterator[str]:
    name = product.get("name", "without name")
    roles = [str(member.get("exptype")) for member in product["members"]]
    science = roles.count("science")
    if not science:
        yield f"product {name} has no science member"
    elif science > 1 and level == 2:
        yield f"product {name} has {science} science members; a level-2 product has one"
    times = Counter(member["expname"] for member in product["members"])
    for expname, count in times.items():
        if count > 1:
            yield f"product {name} has {expname} {count} times"
    for role in sorted({role for role in roles if role.lower() not in EXPTYPES}):
        yield f"product {name} has a member of the unknown exptype {role}"


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
    name = exptype.strip().lower().replace("-", "_")
    if name not in EXPTYPES:
        near = difflib.get_close_matches(name, EXPTYPES, n=2) or sorted(EXPTYPES)
        raise UsageError(f"there is no exptype {exptype!r}; there are {', '.join(near)}")
    return name


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
