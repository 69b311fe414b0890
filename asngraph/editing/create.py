"""Create associations from lists of files."""

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
from asngraph.editing.mixtures import doubts
from asngraph.errors import AsnGraphError, ProductNameError, UsageError
from asngraph.graph.records import GOOD
from asngraph.model.association import Association
from asngraph.model.filenames import FITS, parse, product_root
from asngraph.model.relations import SUPPORT_KINDS
from asngraph.model.roles import EXPTYPES, Role
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import Rule, RuleSet
from asngraph.util.atomic import write_durably

# The base classes of the reference's rules, by which its users choose the stage of an association.
BASES = {"DMS_Level3_Base": 3, "DMSLevel2bBase": 2}

# The reference's values for unknown fields.
_NO_ID, _NO_PROGRAM, _NONE = "a3001", "noprogram", "none"

_ID = re.compile(r"[oca]\d{3,5}", re.IGNORECASE)
_PROGRAM = re.compile(r"jw(\d{5})")


class Item(NamedTuple):
    """File for a new association.

    Parameters
    ----------
    path : str
        The file.
    exptype : str, optional
        Its role; inferred if not given.
    """

    path: str
    exptype: str | None = None

    @classmethod
    def parse(cls, text: str) -> Item:
        """Return the item of a text ``FILE`` or ``FILE,EXPTYPE``.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        Item

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
    """Return an association of a list of files.

    In stage 3, all files become members of one product. In stage 2, each science exposure gets its own product, and all
    other files become members of every product; an exposure that is given both as science and as background is
    background for the others. With a direct image, its catalog and segmentation map are added. If headers are read,
    exposures serve only science exposures with the same set-up (`asngraph.editing.matching_setup`).

    Parameters
    ----------
    items : sequence of Item
        The files.
    folder : path
        The folder of the association.
    product_name : str, optional
        The name of the product; required in stage 3, and in stage 2 used only if there is one science exposure.
    rule : str
        One of `BASES`, or a rule; it determines the stage and the type.
    rules : RuleSet, optional
        The known rules; by default the observatory's.
    asn_id : str, optional
        The candidate's id.
    asn_type : str, optional
        The type, such as ``image3``; by default that of the rule.
    tell : str
        The source of roles that are not given: ``name``, ``header``, or ``none`` (all are science).
    allow_outside : bool
        Whether files may be outside the association's folder.
    notify : callable, optional
        Function that is called with a line for each file that is left out because of its header, and for what is
        doubtful: files of the wrong stage and, as far as files are there, several instruments, filters or programs.

    Returns
    -------
    Association

    Raises
    ------
    UsageError
        When a name, an id or a role is invalid.
    ProductNameError
        When a stage-3 product has no name.
    AsnGraphError
        When pipelines could not process the association.

    Examples
    --------
    >>> files = [Item("a_rate.fits"), Item("b_rate.fits", "background")]
    >>> [(each["expname"], each["exptype"]) for each in create(files, rule="DMSLevel2bBase").members]
    [('a_rate.fits', 'science'), ('b_rate.fits', 'background')]
    """
    name, level, own_type = _rule(rule, rules)
    asn_id = None if asn_id is None else candidate_id(asn_id)
    known = _with_roles(items, level, tell)
    additions = [
        Addition(as_member(path, Path(folder), allow_outside=allow_outside), exptype) for path, exptype in known
    ]
    if level == 2:
        additions = _with_catalogs(additions)
    made = assemble(additions, name, level, asn_type or own_type, asn_id=asn_id, product_name=product_name)
    paths = {each.expname: path for each, (path, _) in zip(additions, known, strict=False)}
    notes = keep_own_of(made.products, paths) if tell == "header" else []
    refuse_problems(made)
    for line in [*notes, *doubts(made.products, level, made["asn_type"], paths)]:
        (notify or str)(line)
    return made


def candidate_id(text: str) -> str:
    """Return a candidate's id in lower case.

    Parameters
    ----------
    text : str
        The id.

    Raises
    ------
    UsageError
        When it is not an id.
    """
    if not _ID.fullmatch(text):
        raise UsageError(f"invalid candidate id {text!r}; use o, c or a and three to five digits, such as o001")
    return text.lower()


def assemble(
    additions: Sequence[Addition],
    rule: str,
    level: int,
    asn_type: str,
    *,
    asn_id: str | None = None,
    product_name: str | None = None,
) -> Association:
    """Return the association of members: one product in stage 3, one for each science exposure in stage 2.

    Parameters
    ----------
    additions : sequence of Addition
        The members, with their roles.
    rule : str
        The name of the rule.
    level : int
        The stage, 2 or 3.
    asn_type : str
        The type.
    asn_id : str, optional
        The candidate's id.
    product_name : str, optional
        The name of the product, as for `create`.

    Returns
    -------
    Association
        It may have problems (`refuse_problems`).

    Raises
    ------
    UsageError
        When a name or a role is invalid.
    ProductNameError
        When a stage-3 product has no name.
    """
    made = Association(_head(rule, level, asn_type, asn_id, additions))
    made["products"] = _products(additions, level, product_name)
    return made


def refuse_problems(made: Association) -> None:
    """Check that pipelines can process a new association.

    Parameters
    ----------
    made : Association
        The association.

    Raises
    ------
    AsnGraphError
        When they cannot; the message has all reasons.
    """
    names = [product["name"] for product in made.products]
    wrong = problems(made, form=False)
    wrong += [f"two products would be named {name}" for name in dict.fromkeys(names) if names.count(name) > 1]
    if wrong:
        raise AsnGraphError(f"no pipeline could process this: {'; '.join(wrong)}")


def write(association: Association, path: str | os.PathLike[str], format_: str = "json", *, replace: bool) -> None:
    """Write an association to a file.

    Parameters
    ----------
    association : Association
        The association.
    path : path
        The file.
    format_ : str
        ``json`` or ``yaml``.
    replace : bool
        Whether to replace an existing file.

    Raises
    ------
    OutputExistsError
        When the file exists and `replace` is false.
    """
    text = association.to_json() if format_ == "json" else association.to_yaml()
    write_durably(path, text.encode(), replace=replace)


def _rule(name: str, rules: RuleSet | None) -> tuple[str, int, str]:
    """Return the name, stage and type of association of a rule."""
    if name in BASES:
        return name, BASES[name], "None"
    rule: Rule | None = (observatory_rules() if rules is None else rules).named(name)
    if rule is None:
        raise UsageError(
            f"unknown rule {name}; use {' or '.join(BASES)} to choose only the stage; `asngraph rules` lists all rules"
        )
    return rule.name, rule.level, rule.asn_type


def _with_roles(items: Sequence[Item], level: int, tell: str) -> list[tuple[str, str]]:
    spectra_too = any(not is_extracted(path) and exptype in (None, "science") for path, exptype in items)
    infer: dict[str, Callable[[str], str]] = {
        "name": lambda path: role_by_name(path, level, spectra_too=spectra_too),
        "header": lambda path: role_by_header(path) if _header_has_role(path, level) else role_by_name(path, level),
        "none": lambda _: "science",
    }
    found = [(path, exptype or infer[tell](path)) for path, exptype in items]
    for path, exptype in found:
        if exptype not in EXPTYPES | SUPPORT_KINDS:
            raise UsageError(f"{path}: its header has the unknown role {exptype}; give a role, as FILE,EXPTYPE")
    return [(path, "science" if level == 2 and exptype == Role.PSF else exptype) for path, exptype in found]


def _header_has_role(path: str, level: int) -> bool:
    """Return whether the header has the role; that of a direct image or segmentation map describes its exposures."""
    return path.endswith(FITS) and role_by_name(path, level) == Role.SCIENCE


def _with_catalogs(additions: Sequence[Addition]) -> list[Addition]:
    """Add the catalog and the segmentation map of direct images, unless they are given."""
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
    """Return the fields before the products, in the order of the reference."""
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
        "asn_id": asn_id or _NO_ID,
        **({"target": _NONE} if level == 3 else {}),
        "asn_pool": _NONE,
    }


def _products(additions: Sequence[Addition], level: int, product_name: str | None) -> list[dict[str, Any]]:
    if product_name is not None and (problem := product_problem(product_name)):
        raise UsageError(f"the product's name: {problem}")
    if level == 3:
        if product_name is None:
            raise ProductNameError("a stage-3 product requires a name")
        product: dict[str, Any] = {"name": product_name, "members": []}
        done = add(Association({"products": [product]}), additions)
        if not_added := [*done.refused, *done.left]:
            raise AsnGraphError(f"{not_added[0]}; give each file once, with its role")
        return [product]
    science = {each.expname: each.more for each in additions if each.exptype == Role.SCIENCE}
    others = [each for each in additions if each.exptype != Role.SCIENCE]
    products: list[dict[str, Any]] = []
    for expname, more in science.items():
        name = product_name if product_name and len(science) == 1 else product_root(_base(expname))
        product = {"name": name, "members": [{"expname": expname, "exptype": "science", **more}]}
        refused = add(Association({"products": [product]}), others).refused
        if refused and len(science) == 1:
            raise UsageError(f"{refused[0]}; add the science exposures that it serves, or remove it")
        products.append(product)
    return products


def _base(name: str) -> str:
    return name.rpartition("/")[2]
