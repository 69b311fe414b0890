"""Changes to an association: members that come, go or change their role, and products that get another name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from asngraph.editing.checks import known_exptype, name_problem, product_problem
from asngraph.editing.infer_roles import is_extracted, role_by_name
from asngraph.errors import OutsideFolderError, UsageError
from asngraph.graph.records import DEGRADED, GOOD
from asngraph.model.association import Association
from asngraph.model.column import is_defined
from asngraph.model.filenames import exposure_root, parse, product_root
from asngraph.model.pipelines import PIPELINES, level_of, pipeline_of
from asngraph.model.roles import Role, contradictory, role_of
from asngraph.util.limits import real_path

# What is there before any association is processed, so it is named after its exposure and not after a product.
_EXPOSURES = frozenset({"uncal", "ramp", "rate", "rateints", "dark"})

_SUFFIX = re.compile(r"_?[A-Za-z0-9-]+(_[A-Za-z0-9-]+)*")


class Addition(NamedTuple):
    """A member to be.

    Parameters
    ----------
    expname : str
        Its name.
    exptype : str, optional
        Its role; if there is none, its name tells it (`asngraph.editing.infer_roles.role_by_name`).
    more : mapping of str to object
        What else it is to carry, such as ``exposerr``.
    """

    expname: str
    exptype: str | None
    more: dict[str, Any] = {}  # noqa: RUF012 (never changed)


class Done(NamedTuple):
    """What became of a change.

    Parameters
    ----------
    changed : list of str
        What was changed, one line each.
    left : list of str
        What was not, and why.
    matched : frozenset of str
        The names, of those that were given, that were found.
    refused : list of str
        What contradicts the association, and was not changed.
    """

    changed: list[str]
    left: list[str]
    matched: frozenset[str] = frozenset()
    refused: Sequence[str] = ()


def add(association: Association, additions: Iterable[Addition], product: str | None = None) -> Done:
    """Add members.

    One that is there already in the role is not added again; nor is a calibrating exposure to the product of which it
    is the science, unless bad pixels are found with its help (``selfcal``).

    Parameters
    ----------
    association : Association
        The association; changed in place.
    additions : iterable of Addition
        What is added.
    product : str, optional
        The only product to which it is added.

    Raises
    ------
    UsageError
        When there is no such product or exptype.

    Examples
    --------
    >>> asn = Association({"products": [{"name": "a", "members": [{"expname": "a_rate.fits", "exptype": "science"}]}]})
    >>> add(asn, [Addition("b_rate.fits", "background")]).changed
    ['product a: b_rate.fits added as background']
    """
    changed: list[str] = []
    left: list[str] = []
    refused: list[str] = []
    products = _chosen(association, product)
    for each in additions:
        for chosen in products:
            exptype = _role(association, chosen, each)
            label = f"product {chosen.get('name', 'without name')}"
            there = [member["exptype"] for member in _already(chosen, each.expname)]
            roles = {role_of(known) for known in there}
            if exptype in roles or contradictory(roles | {exptype}):
                itself = len(products) > 1 and Role.SCIENCE in roles
                what = f"{label}: {each.expname} is there already, as {' and '.join(there)}"
                (left if exptype in roles or itself else refused).append(what)
                continue
            chosen["members"].append({"expname": each.expname, "exptype": exptype, **each.more})
            changed.append(f"{label}: {each.expname} added as {exptype}")
    tell_degraded(association, association.members)
    return Done(changed, left, refused=refused)


def remove(
    association: Association, names: Sequence[str], exptype: str | None = None, product: str | None = None
) -> Done:
    """Remove members.

    Parameters
    ----------
    association : Association
        The association; changed in place.
    names : sequence of str
        The members, with or without suffix; with a suffix, the one that has it goes if there is one. If none are
        named, all in the role go.
    exptype : str, optional
        The only role from which they go.
    product : str, optional
        The only product from which they go.

    Raises
    ------
    UsageError
        When there is no such product.

    Examples
    --------
    >>> asn = Association({"products": [{"name": "a", "members": [{"expname": "a_rate.fits", "exptype": "science"}]}]})
    >>> remove(asn, ["a_cal.fits"]).changed
    ['product a: a_rate.fits (science) removed']
    """
    before = association.members
    changed: list[str] = []
    matched: set[str] = set()
    for chosen, found in _found(association, names, exptype, product, matched):
        gone = {id(member) for member in found}
        chosen["members"][:] = [member for member in chosen["members"] if id(member) not in gone]
        label = f"product {chosen.get('name', 'without name')}"
        changed += [f"{label}: {member['expname']} ({member['exptype']}) removed" for member in found]
    tell_degraded(association, before)
    return Done(changed, [], frozenset(matched))


def set_exptype(association: Association, exptype: str, names: Sequence[str], product: str | None = None) -> Done:
    """Give members another role.

    Parameters
    ----------
    association : Association
        The association; changed in place.
    exptype : str
        The role.
    names : sequence of str
        The members, as `remove` takes them.
    product : str, optional
        The only product in which they get it.

    Raises
    ------
    UsageError
        When there is no such product or exptype.
    """
    role = known_exptype(exptype)
    changed, left = [], []
    matched: set[str] = set()
    for chosen, found in _found(association, names, None, product, matched):
        label = f"product {chosen.get('name', 'without name')}"
        for member in found:
            if member["exptype"] == role:
                left.append(f"{label}: {member['expname']} is {role} already")
                continue
            changed.append(f"{label}: {member['expname']} is {role} now, and was {member['exptype']}")
            member["exptype"] = role
    return Done(changed, left, frozenset(matched))


def rename_product(association: Association, old: str, new: str, *, members_only: bool = False) -> Done:
    """Give a product another name; members that are made of the product get it too.

    Parameters
    ----------
    association : Association
        The association; changed in place. It may have the product, use it, or neither.
    old, new : str
        The names, without suffix.
    members_only : bool
        Whether a product of that name keeps it.

    Raises
    ------
    UsageError
        When the new name is none, or another product has it.

    Examples
    --------
    >>> asn = Association({"products": [{"name": "spectrum", "members": [
    ...     {"expname": "field_cat.ecsv", "exptype": "sourcecat"}]}]})
    >>> rename_product(asn, "field", "deep").changed
    ['product spectrum: field_cat.ecsv is deep_cat.ecsv now']
    """
    problem = product_problem(new)
    if problem or product_root(new) != new or new.endswith((".fits", ".ecsv", ".json")):
        raise UsageError(f"{new!r} is no name of a product: {problem or 'leave suffix and extension out'}")
    names = [] if members_only else [product.get("name") for product in association.products]
    if old in names and new in names:
        raise UsageError(f"{association.file_name}: another product has the name {new!r} already")
    changed = []
    for product in association.products:
        if not members_only and product.get("name") == old:
            product["name"] = new
            changed.append(f"product {old} is {new} now")
        for member in product["members"]:
            path = PurePosixPath(member["expname"])
            if _made_of_product(path.name, old):
                member["expname"] = str(path.with_name(new + path.name.removeprefix(old)))
                label = f"product {product.get('name', 'without name')}"
                changed.append(f"{label}: {path} is {member['expname']} now")
    return Done(changed, [])


def set_suffix(
    association: Association, old: str, new: str, exptype: str | None = None, product: str | None = None
) -> Done:
    """Give members the suffix of another stage, of a pipeline or of any other tool.

    Parameters
    ----------
    association : Association
        The association; changed in place.
    old, new : str
        The suffixes, with or without ``_`` before them, such as ``cal`` and ``jhat``. Members without the old one stay.
    exptype : str, optional
        The only role whose members get it.
    product : str, optional
        The only product whose members get it.

    Raises
    ------
    UsageError
        When there is no such product, or one is no suffix.

    Examples
    --------
    >>> asn = Association({"products": [{"name": "a", "members": [{"expname": "b_cal.fits", "exptype": "science"}]}]})
    >>> set_suffix(asn, "_cal", "_align").changed
    ['product a: b_cal.fits is b_align.fits now']
    """
    for suffix in (old, new):
        if not _SUFFIX.fullmatch(suffix):
            raise UsageError(f"{suffix!r} is not a suffix; one has letters, digits, - and _, such as _cal or _jhat")
    ending = re.compile(rf"_{re.escape(old.removeprefix('_'))}(\.[A-Za-z0-9]+(\.gz)?)$")
    changed = []
    for chosen in _chosen(association, product):
        for member in chosen["members"]:
            expname = member["expname"]
            if exptype in (None, member["exptype"]) and ending.search(expname):
                member["expname"] = ending.sub(rf"_{new.removeprefix('_')}\1", expname)
                label = f"product {chosen.get('name', 'without name')}"
                changed.append(f"{label}: {expname} is {member['expname']} now")
    return Done(changed, [])


def set_type(association: Association, asn_type: str) -> Done:
    """Give an association a type that a pipeline has.

    Parameters
    ----------
    association : Association
        The association; changed in place.
    asn_type : str
        The type, such as ``image2``.

    Raises
    ------
    UsageError
        When pipelines have no such type.

    Examples
    --------
    >>> set_type(Association({"asn_type": "None", "products": []}), "image2").changed
    ['asn_type is image2 now, and was None']
    """
    pipeline = pipeline_of(asn_type)
    if pipeline is None:
        raise UsageError(f"there is no asn_type {asn_type!r}; there are {', '.join(PIPELINES)}")
    before = association.get("asn_type")
    if before == pipeline.asn_type:
        return Done([], [f"asn_type is {before} already"])
    association["asn_type"] = pipeline.asn_type
    return Done([f"asn_type is {pipeline.asn_type} now, and was {before}"], [])


def as_member(path: str, folder: Path, *, allow_outside: bool = False) -> str:
    """Name a file as a member of an association: from the folder of the association.

    Parameters
    ----------
    path : str
        The file. One that is named without folder is taken to be in that of the association.
    folder : path
        The folder of the association.
    allow_outside : bool
        Whether it may be elsewhere; its full path is then its name.

    Raises
    ------
    UsageError
        When it is elsewhere.
    """
    problem = name_problem(path, allow_outside=True)
    if problem:
        raise UsageError(problem)
    if "/" not in path.replace(os.sep, "/"):
        if problem := name_problem(path, allow_outside=allow_outside):
            raise UsageError(problem)
        return path
    place, home = Path(os.path.normpath(Path.cwd() / path)), Path(os.path.normpath(Path.cwd() / folder))
    # The file itself may be a link to anywhere; a folder of either may be one to the other.
    for file, inside in ((place, home), (real_path(place.parent) / place.name, real_path(home))):
        if file.is_relative_to(inside):
            return file.relative_to(inside).as_posix()
    if not allow_outside:
        raise OutsideFolderError(path, f"{folder}, the folder of the association; have both in one folder")
    return place.as_posix()


def _chosen(association: Association, product: str | None) -> list[dict[str, Any]]:
    if product is None:
        return association.products
    found = [each for each in association.products if each.get("name") == product]
    if not found:
        names = ", ".join(str(each.get("name")) for each in association.products[:5])
        raise UsageError(f"{association.file_name}: there is no product {product}; there are {names or 'none at all'}")
    return found


def _already(product: dict[str, Any], expname: str) -> list[dict[str, Any]]:
    """Find the members that are a file, in whatever folder and role."""
    name = PurePosixPath(expname).name
    return [each for each in product["members"] if PurePosixPath(each["expname"]).name == name]


def _role(association: Association, product: dict[str, Any], addition: Addition) -> str:
    if addition.exptype is not None:
        return known_exptype(addition.exptype)
    science = [each["expname"] for each in product["members"] if role_of(each["exptype"]) == Role.SCIENCE]
    spectra_too = any(not is_extracted(expname) for expname in science)
    return role_by_name(addition.expname, level_of(association) or 3, spectra_too=spectra_too)


def _found(
    association: Association, names: Sequence[str], exptype: str | None, product: str | None, matched: set[str]
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Find members by their names, in each product; the names that are found are put into `matched`."""
    products = _chosen(association, product)
    roles = None if exptype is None else (exptype, role_of(exptype))
    in_role = [
        [m for m in each["members"] if roles is None or m["exptype"] in roles or role_of(m["exptype"]) in roles]
        for each in products
    ]
    whole = {member["expname"] for members in in_role for member in members}
    plain = {_base(name) for name in whole}
    for chosen, members in zip(products, in_role, strict=True):
        found = [] if names else members
        for name in names:
            key = str if name in whole else _base if _base(name) in plain else exposure_root
            some = [member for member in members if key(member["expname"]) == key(name)]
            if some:
                matched.add(name)
                found += [member for member in some if all(member is not known for known in found)]
        if found:
            yield chosen, found


def _made_of_product(name: str, product: str) -> bool:
    """Tell whether a file is one that a pipeline makes of a product."""
    root, suffix, _, _ = parse(name)
    return root == product and name != product and suffix not in _EXPOSURES


def _base(name: str) -> str:
    return PurePosixPath(name).name


def tell_degraded(association: Association, before: list[dict[str, Any]]) -> None:
    """Keep true what an association says of errors of its members, as far as they tell.

    Parameters
    ----------
    association : Association
        The association; changed in place.
    before : list of dict
        The members that it had.
    """
    told = any("exposerr" in member for member in before)
    if told and association.get("degraded_status") in (GOOD, DEGRADED):
        errors = [str(member.get("exposerr") or "").lower() for member in association.members]
        association["degraded_status"] = DEGRADED if any(map(is_defined, errors)) else GOOD
