"""Changes of an association: add, remove and change members, and rename products."""

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

# The suffixes of files that exist before associations are processed; they are named after exposures, not products.
_EXPOSURES = frozenset({"uncal", "ramp", "rate", "rateints", "dark"})

_SUFFIX = re.compile(r"_?[A-Za-z0-9-]+(_[A-Za-z0-9-]+)*")


class Addition(NamedTuple):
    """Member to add.

    Parameters
    ----------
    expname : str
        Its name.
    exptype : str, optional
        Its role; if not given, inferred from its name (`asngraph.editing.infer_roles.role_by_name`).
    more : mapping of str to object
        Its other fields, such as ``exposerr``.
    """

    expname: str
    exptype: str | None
    more: dict[str, Any] = {}  # noqa: RUF012 (never changed)


class Outcome(NamedTuple):
    """Result of a change.

    Parameters
    ----------
    changed : list of str
        The changes, one line each.
    left : list of str
        The requested changes that were already in place.
    matched : frozenset of str
        The given names that were found.
    refused : list of str
        The requested changes that contradict the association, and were not made.
    """

    changed: list[str]
    left: list[str]
    matched: frozenset[str] = frozenset()
    refused: Sequence[str] = ()


def add(association: Association, additions: Iterable[Addition], product: str | None = None) -> Outcome:
    """Add members to an association.

    A member that already has the role is not added again. An exposure that serves others is not added to the product
    of which it is the science, except to find bad pixels (``selfcal``).

    Parameters
    ----------
    association : Association
        The association; changed in place.
    additions : iterable of Addition
        The members to add.
    product : str, optional
        The only product to change.

    Returns
    -------
    Outcome

    Raises
    ------
    UsageError
        When the product or an exptype is unknown.

    Examples
    --------
    >>> asn = Association({"products": [{"name": "a", "members": [{"expname": "a_rate.fits", "exptype": "science"}]}]})
    >>> add(asn, [Addition("b_rate.fits", "background")]).changed
    ['product a: b_rate.fits added as background']
    """
    changed: list[str] = []
    left: list[str] = []
    refused: list[str] = []
    products = [(chosen, _roles_of_files(chosen)) for chosen in _chosen(association, product)]
    for each in additions:
        for chosen, known in products:
            exptype = _role(association, chosen, each)
            label = f"product {chosen.get('name', 'without name')}"
            there = known.setdefault(_base(each.expname), [])
            roles = {role_of(role) for role in there}
            if exptype in roles or contradictory(roles | {exptype}):
                itself = len(products) > 1 and Role.SCIENCE in roles
                what = f"{label}: {each.expname} is there already, as {' and '.join(there)}"
                (left if exptype in roles or itself else refused).append(what)
                continue
            chosen["members"].append({"expname": each.expname, "exptype": exptype, **each.more})
            there.append(exptype)
            changed.append(f"{label}: {each.expname} added as {exptype}")
    update_degraded_status(association, association.members)
    return Outcome(changed, left, refused=refused)


def remove(
    association: Association,
    names: Sequence[str],
    exptype: str | None = None,
    product: str | None = None,
    *,
    exact: bool = False,
) -> Outcome:
    """Remove members from an association.

    Parameters
    ----------
    association : Association
        The association; changed in place.
    names : sequence of str
        The members, with or without suffix; a name with a suffix matches the member with that suffix if there is one,
        otherwise the exposure. If empty, all members in the role are removed.
    exptype : str, optional
        The only role from which members are removed.
    product : str, optional
        The only product to change.
    exact : bool
        Whether names match only members that are written in the same way.

    Returns
    -------
    Outcome

    Raises
    ------
    UsageError
        When the product is unknown.

    Examples
    --------
    >>> asn = Association({"products": [{"name": "a", "members": [{"expname": "a_rate.fits", "exptype": "science"}]}]})
    >>> remove(asn, ["a_cal.fits"]).changed
    ['product a: a_rate.fits (science) removed']
    """
    before = association.members
    changed: list[str] = []
    matched: set[str] = set()
    for chosen, found in _found(association, names, exptype, product, matched, exact=exact):
        gone = {id(member) for member in found}
        chosen["members"][:] = [member for member in chosen["members"] if id(member) not in gone]
        label = f"product {chosen.get('name', 'without name')}"
        changed += [f"{label}: {member['expname']} ({member['exptype']}) removed" for member in found]
    update_degraded_status(association, before)
    return Outcome(changed, [], frozenset(matched))


def set_exptype(association: Association, exptype: str, names: Sequence[str], product: str | None = None) -> Outcome:
    """Set the role of members.

    Parameters
    ----------
    association : Association
        The association; changed in place.
    exptype : str
        The role.
    names : sequence of str
        The members, as for `remove`.
    product : str, optional
        The only product to change.

    Returns
    -------
    Outcome

    Raises
    ------
    UsageError
        When the product or the exptype is unknown.
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
    return Outcome(changed, left, frozenset(matched))


def rename_product(association: Association, old: str, new: str, *, members_only: bool = False) -> Outcome:
    """Rename a product, and the members that are files of it.

    Parameters
    ----------
    association : Association
        The association; changed in place. It may have the product, use it, or neither.
    old, new : str
        The names, without suffix.
    members_only : bool
        Whether to rename only members, and not the product.

    Returns
    -------
    Outcome

    Raises
    ------
    UsageError
        When the new name is invalid, or another product has it.

    Examples
    --------
    >>> asn = Association({"products": [{"name": "spectrum", "members": [
    ...     {"expname": "field_cat.ecsv", "exptype": "sourcecat"}]}]})
    >>> rename_product(asn, "field", "deep").changed
    ['product spectrum: field_cat.ecsv is deep_cat.ecsv now']
    """
    problem = product_problem(new)
    if problem or product_root(new) != new or new.endswith((".fits", ".ecsv", ".json")):
        raise UsageError(f"invalid product name {new!r}: {problem or 'remove suffix and extension'}")
    names = [] if members_only else [product.get("name") for product in association.products]
    if old in names and new in names:
        raise UsageError(f"{association.file_name}: another product has the name {new!r}; choose another name")
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
    return Outcome(changed, [])


def set_suffix(
    association: Association, old: str, new: str, exptype: str | None = None, product: str | None = None
) -> Outcome:
    """Replace the suffix of members, by that of another stage or of any other tool.

    Parameters
    ----------
    association : Association
        The association; changed in place.
    old, new : str
        The suffixes, with or without leading ``_``, such as ``cal`` and ``jhat``. Members without the old suffix are
        not changed.
    exptype : str, optional
        The only role whose members are changed.
    product : str, optional
        The only product to change.

    Returns
    -------
    Outcome

    Raises
    ------
    UsageError
        When the product is unknown, or a suffix is invalid.

    Examples
    --------
    >>> asn = Association({"products": [{"name": "a", "members": [{"expname": "b_cal.fits", "exptype": "science"}]}]})
    >>> set_suffix(asn, "_cal", "_align").changed
    ['product a: b_cal.fits is b_align.fits now']
    """
    for suffix in (old, new):
        if not _SUFFIX.fullmatch(suffix):
            raise UsageError(f"invalid suffix {suffix!r}; use letters, digits, - and _, such as _cal or _jhat")
    ending = re.compile(rf"_{re.escape(old.removeprefix('_'))}(\.[A-Za-z0-9]+(\.gz)?)$")
    changed = []
    for chosen in _chosen(association, product):
        for member in chosen["members"]:
            expname = member["expname"]
            if exptype in (None, member["exptype"]) and ending.search(expname):
                member["expname"] = ending.sub(rf"_{new.removeprefix('_')}\1", expname)
                label = f"product {chosen.get('name', 'without name')}"
                changed.append(f"{label}: {expname} is {member['expname']} now")
    return Outcome(changed, [])


def set_type(association: Association, asn_type: str) -> Outcome:
    """Set the type of an association.

    Parameters
    ----------
    association : Association
        The association; changed in place.
    asn_type : str
        The type, such as ``image2``.

    Returns
    -------
    Outcome

    Raises
    ------
    UsageError
        When the type is unknown.

    Examples
    --------
    >>> set_type(Association({"asn_type": "None", "products": []}), "image2").changed
    ['asn_type is image2 now, and was None']
    """
    pipeline = pipeline_of(asn_type)
    if pipeline is None:
        raise UsageError(f"unknown asn_type {asn_type!r}; use one of {', '.join(PIPELINES)}")
    before = association.get("asn_type")
    if before == pipeline.asn_type:
        return Outcome([], [f"asn_type is {before} already"])
    association["asn_type"] = pipeline.asn_type
    return Outcome([f"asn_type is {pipeline.asn_type} now, and was {before}"], [])


def as_member(path: str, folder: Path, *, allow_outside: bool = False) -> str:
    """Return the name of a file as a member of an association: its path relative to the association's folder.

    Parameters
    ----------
    path : str
        The file; a name without folder is taken to be in the association's folder.
    folder : path
        The folder of the association.
    allow_outside : bool
        Whether it may be elsewhere; then its full path is returned.

    Returns
    -------
    str

    Raises
    ------
    UsageError
        When the name is invalid, or the file is elsewhere.
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
        otherwise = f"use one of {names}" if names else "it has no products"
        raise UsageError(f"{association.file_name}: unknown product {product}; {otherwise}")
    return found


def _roles_of_files(product: dict[str, Any]) -> dict[str, list[str]]:
    """Return the roles of the files of a product, by their names without folder."""
    roles: dict[str, list[str]] = {}
    for member in product["members"]:
        roles.setdefault(_base(member["expname"]), []).append(member["exptype"])
    return roles


def _role(association: Association, product: dict[str, Any], addition: Addition) -> str:
    if addition.exptype is not None:
        return known_exptype(addition.exptype)
    science = [each["expname"] for each in product["members"] if role_of(each["exptype"]) == Role.SCIENCE]
    spectra_too = any(not is_extracted(expname) for expname in science)
    return role_by_name(addition.expname, level_of(association) or 3, spectra_too=spectra_too)


def _found(
    association: Association,
    names: Sequence[str],
    exptype: str | None,
    product: str | None,
    matched: set[str],
    *,
    exact: bool = False,
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield products with the members that have given names; add the names that are found to `matched`."""
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
            key = str if exact or name in whole else _base if _base(name) in plain else exposure_root
            some = [member for member in members if key(member["expname"]) == key(name)]
            if some:
                matched.add(name)
                found += [member for member in some if all(member is not known for known in found)]
        if found:
            yield chosen, found


def _made_of_product(name: str, product: str) -> bool:
    """Return whether a file is one that a pipeline makes for a product."""
    root, suffix, _, _ = parse(name)
    return root == product and name != product and suffix not in _EXPOSURES


def _base(name: str) -> str:
    return PurePosixPath(name).name


def update_degraded_status(association: Association, before: list[dict[str, Any]]) -> None:
    """Update the ``degraded_status`` of an association, if its members have ``exposerr``.

    Parameters
    ----------
    association : Association
        The association; changed in place.
    before : list of dict
        The members before the change.
    """
    known = any("exposerr" in member for member in before)
    if known and association.get("degraded_status") in (GOOD, DEGRADED):
        errors = [str(member.get("exposerr") or "").lower() for member in association.members]
        association["degraded_status"] = DEGRADED if any(map(is_defined, errors)) else GOOD
