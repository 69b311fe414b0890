"""Associations from a list of files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from asngraph._version import __version__
from asngraph.editing.checks import known_exptype, problems, product_problem
from asngraph.editing.edit import Addition, add, as_member
from asngraph.editing.infer_roles import is_extracted, role_by_header, role_by_name
from asngraph.editing.matching_setup import keep_own_of
from asngraph.errors import AsnGraphError, ProductNameError, UsageError
from asngraph.graph.records import GOOD
from asngraph.model.association import Association
from asngraph.model.filenames import FITS, parse, product_root
from asngraph.model.relations import SUPPORT_KINDS
from asngraph.model.roles import EXPTYPES, Role
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import Rule, RuleSet
from asngraph.util.atomic import write_durably

# The bases of the reference's rules, by which its users name the structure of an association, and its level.
BASES = {"DMS_Level3_Base": 3, "DMSLevel2bBase": 2}

# What the reference writes where nothing is known.
_NO_ID, _NO_PROGRAM, _NONE = "a3001", "noprogram", "none"

_ID = re.compile(r"[oca]\d{3,5}", re.IGNORECASE)
_PROGRAM = re.compile(r"jw(\d{5})")


class Item(NamedTuple):
    """A file that is to be a member.

    Parameters
    ----------
    path : str
        The file.
    exptype : str, optional
        Its role; if there is none, it is told.
    """

    path: str
    exptype: str | None = None

    @classmethod
    def parse(cls, text: str) -> Item:
        """Read ``FILE`` or ``FILE,EXPTYPE``.

        Examples
        --------
        >>> Item.parse("a_rate.fits,background")
        Item(path='a_rate.fits', exptype='background')
        """
        path, comma, exptype = text.rpartition(",")
        return cls(path, known_exptype(exptype)) if comma and "." not in exptype else cls(text)


def create(
    items: Sequence[Item],
    folder: str | os.PathLike[str] = ".",
    *,
    product_name: str | None = None,
    rule: str = "DMS_Level3_Base",
    rules: RuleSet | None = None,
    asn_id: str | None = None,
    asn_type: str | None = None,
    tell: str = "name",
    allow_outside: bool = False,
    notify: Callable[[str], None] | None = None,
) -> Association:
    """Make an association of a list of files.

    In level 3 all become members of one product. In level 2 each science exposure gets a product of its own, and what
    is not science becomes a member of all products; an exposure that is named as science and as background is
    background for the others. A direct image brings the catalog and the segmentation map of its name. Where headers
    are read, exposures serve only science of their own set-up (`asngraph.editing.matching_setup`).

    Parameters
    ----------
    items : sequence of Item
        The files.
    folder : path
        The folder where the association is to be.
    product_name : str, optional
        The name of the product; in level 2 only if there is one science exposure.
    rule : str
        One of `BASES`, or a rule, which says the level and the type.
    rules : RuleSet, optional
        The rules that are known; by default those of the observatory.
    asn_id : str, optional
        The candidate's id.
    asn_type : str, optional
        The type, such as ``image3``; by default that of the rule.
    tell : str
        How the role of a file is told for which none is given: ``name``, ``header``, or ``none`` (all are science).
    allow_outside : bool
        Whether files may be in other folders than the association.
    notify : callable, optional
        Takes a line about each file that is left out because of its header, with the reason.

    Returns
    -------
    Association

    Raises
    ------
    UsageError
        When a name, an id or a role is none, or a level-3 product has no name.
    AsnGraphError
        When pipelines could not process it.

    Examples
    --------
    >>> files = [Item("a_rate.fits"), Item("b_rate.fits", "background")]
    >>> [(each["expname"], each["exptype"]) for each in create(files, rule="DMSLevel2bBase").members]
    [('a_rate.fits', 'science'), ('b_rate.fits', 'background')]
    """
    name, level, own_type = _rule(rule, rules)
    if asn_id is not None and not _ID.fullmatch(asn_id):
        raise UsageError(f"{asn_id!r} is no candidate's id; it is o, c or a and at least three digits, such as o001")
    known = _told(items, level, tell)
    additions = [
        Addition(as_member(path, Path(folder), allow_outside=allow_outside), exptype) for path, exptype in known
    ]
    if level == 2:
        additions = _with_catalogs(additions)
    made = Association(_head(name, level, asn_type or own_type, asn_id, additions))
    made["products"] = _products(additions, level, product_name)
    if tell == "header":
        paths = {each.expname: path for each, (path, _) in zip(additions, known, strict=False)}
        for line in keep_own_of(made.products, paths):
            (notify or str)(line)
    names = [product["name"] for product in made.products]
    wrong = problems(made)
    wrong += [f"two products would be called {name}" for name in dict.fromkeys(names) if names.count(name) > 1]
    if wrong:
        raise AsnGraphError(f"no pipeline could process this: {'; '.join(wrong)}")
    return made


def write(association: Association, path: str | os.PathLike[str], format_: str = "json", *, replace: bool) -> None:
    """Write an association into a file of any name.

    Parameters
    ----------
    association : Association
        The association.
    path : path
        The file.
    format_ : str
        ``json`` or ``yaml``.
    replace : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    OutputExistsError
        When there is such a file and it may not be replaced.
    """
    text = association.to_json() if format_ == "json" else association.to_yaml()
    write_durably(path, text.encode(), replace=replace)


def _rule(name: str, rules: RuleSet | None) -> tuple[str, int, str]:
    """Return a rule's name, level and type of association."""
    if name in BASES:
        return name, BASES[name], "None"
    rule: Rule | None = (observatory_rules() if rules is None else rules).named(name)
    if rule is None:
        raise UsageError(f"there is no rule {name}; {', '.join(BASES)} say the level alone, `asngraph rules` lists all")
    return rule.name, rule.level, rule.asn_type


def _told(items: Sequence[Item], level: int, tell: str) -> list[tuple[str, str]]:
    spectra_too = any(not is_extracted(path) and exptype in (None, "science") for path, exptype in items)
    ways: dict[str, Callable[[str], str]] = {
        "name": lambda path: role_by_name(path, level, spectra_too=spectra_too),
        "header": lambda path: role_by_header(path) if _told_by_header(path, level) else role_by_name(path, level),
        "none": lambda _: "science",
    }
    told = [(path, exptype or ways[tell](path)) for path, exptype in items]
    for path, exptype in told:
        if exptype not in EXPTYPES | SUPPORT_KINDS:
            raise UsageError(f"{path}: its header says {exptype}, which is no role; name one, as FILE,EXPTYPE")
    return [(path, "science" if level == 2 and exptype == Role.PSF else exptype) for path, exptype in told]


def _told_by_header(path: str, level: int) -> bool:
    """Tell whether the header says what a file is; that of a direct image or a segmentation map is of its exposures."""
    return path.endswith(FITS) and role_by_name(path, level) == Role.SCIENCE


def _with_catalogs(additions: Sequence[Addition]) -> list[Addition]:
    """Add the catalog and the segmentation map of each direct image that are not named."""
    names = {each.expname for each in additions}
    roles = {each.exptype for each in additions}
    result = list(additions)
    for each in additions:
        image = parse(each.expname)
        if each.exptype == Role.DIRECT_IMAGE and image.suffix == "i2d":
            path = PurePosixPath(each.expname)
            files = {"sourcecat": f"{image.root}_cat.ecsv", "segmap": f"{image.root}_segm.fits"}
            more = {role: str(path.with_name(name)) for role, name in files.items()}
            result += [Addition(name, role) for role, name in more.items() if role not in roles and name not in names]
    return result


def _head(rule: str, level: int, asn_type: str, asn_id: str | None, additions: Sequence[Addition]) -> dict[str, Any]:
    """Write down what stands before the products, in the order of the reference."""
    programs = {match[1] if match else None for match in (_PROGRAM.match(_base(each.expname)) for each in additions)}
    program = programs.pop() if len(programs) == 1 else None
    return {
        "asn_type": asn_type,
        "asn_rule": rule,
        "version_id": None,
        "code_version": f"asngraph {__version__}",
        "degraded_status": GOOD,
        "program": program or _NO_PROGRAM,
        "constraints": "No constraints",
        "asn_id": asn_id.lower() if asn_id else _NO_ID,
        **({"target": _NONE} if level == 3 else {}),
        "asn_pool": _NONE,
    }


def _products(additions: Sequence[Addition], level: int, product_name: str | None) -> list[dict[str, Any]]:
    if product_name is not None and (problem := product_problem(product_name)):
        raise UsageError(f"the product's name: {problem}")
    if level == 3:
        if product_name is None:
            raise ProductNameError("a level-3 product needs a name")
        product: dict[str, Any] = {"name": product_name, "members": []}
        done = add(Association({"products": [product]}), additions)
        if not_added := [*done.refused, *done.left]:
            raise AsnGraphError(f"{not_added[0]}; name each file once, in its role")
        return [product]
    science = list(dict.fromkeys(each.expname for each in additions if each.exptype == Role.SCIENCE))
    others = [each for each in additions if each.exptype != Role.SCIENCE]
    products: list[dict[str, Any]] = []
    for expname in science:
        name = product_name if product_name and len(science) == 1 else product_root(_base(expname))
        product = {"name": name, "members": [{"expname": expname, "exptype": "science"}]}
        refused = add(Association({"products": [product]}), others).refused
        if refused and len(science) == 1:
            raise UsageError(f"{refused[0]}, and there is no other science exposure that it could serve")
        products.append(product)
    return products


def _base(name: str) -> str:
    return name.rpartition("/")[2]
