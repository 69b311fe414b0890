"""Checks of the members of an association: their names, their roles and the stages of their files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from asngraph.editing.problem import ERROR, WARNING, Problem, Where, shown
from asngraph.model.filenames import STAGES, file_name, parse
from asngraph.model.pipelines import Pipeline
from asngraph.model.relations import SUPPORT_KINDS
from asngraph.model.roles import EXPTYPES, Role, contradictory, role_of
from asngraph.util.suggest import closest, did_you_mean


def of_roles(product: Mapping[str, Any], place: Where, pipeline: Pipeline) -> Iterator[tuple[Problem, Where]]:
    """Yield the problems of a product that lacks roles that its pipeline requires.

    Parameters
    ----------
    product : mapping
        The product.
    place : tuple
        Its place in the association.
    pipeline : Pipeline
        The pipeline.

    Yields
    ------
    (Problem, tuple)
        A problem and its place.
    """
    here = (*place, "members")
    counts = Counter(member["exptype"].lower() for member in product["members"])
    science = counts["science"]
    if not science:
        yield Problem("no-science", "no member is science; at least one must be"), here
    elif place[-1] == 0 and all(member["exptype"] != Role.SCIENCE for member in product["members"]):
        text = "the role science is in capitals, which pipelines of jwst 3.0.0 do not find; write 'science'"
        yield Problem("no-science", text), here
    elif science < pipeline.sciences:
        text = f"{science} member{'s are' if science > 1 else ' is'} science; "
        text += f"{pipeline.asn_type} combines {pipeline.sciences}"
        yield Problem("no-science", text), here
    elif science > 1 and pipeline.stage == 2:
        text = f"{science} members are science; pipelines use only the first of a stage-2 product"
        yield Problem("several-science", text, severity=WARNING), here
    for role in pipeline.needs:
        if not counts[role]:
            stops = role in pipeline.stops_without
            makes = "stops" if stops else f"makes no {' or '.join(f'_{each}' for each in pipeline.makes)}"
            text = f"no member is {role}; {pipeline.asn_type} {makes} without one"
            yield Problem(f"no-{role}", text, severity=ERROR if stops else WARNING), here


def of_members(
    members: Sequence[Mapping[str, Any]], place: Where, pipeline: Pipeline | None
) -> Iterator[tuple[Problem, Where]]:
    """Yield the problems of members: names, roles, stages, and repetitions.

    Parameters
    ----------
    members : sequence of mapping
        The members of a product.
    place : tuple
        The place of the product in the association.
    pipeline : Pipeline, optional
        The pipeline, if it is known.

    Yields
    ------
    (Problem, tuple)
        A problem and its place.
    """
    roles: dict[str, list[str]] = {}
    in_folders = [number for number, member in enumerate(members) if file_name(member["expname"]) != member["expname"]]
    for number, member in enumerate(members):
        here = (*place, "members", number)
        expname, exptype = member["expname"], member["exptype"]
        if file_name(expname) in ("", ".", ".."):
            yield Problem("folder", f"{shown(expname)} is not the name of a file"), (*here, "expname")
        elif number in in_folders[:1]:
            others = f" (and {len(in_folders) - 1} more)" if len(in_folders) > 1 else ""
            text = (
                f"{shown(expname)} has a folder{others}; pipelines search only there, and the association cannot be "
                "moved without it"
            )
            yield Problem("folder", text, severity=WARNING), (*here, "expname")
        elif number not in in_folders and (problem := name_problem(expname)):
            yield problem, (*here, "expname")
        before = {role_of(role) for role in roles.setdefault(expname, [])}
        roles[expname].append(exptype)
        if role_of(exptype) in before or (before and contradictory(before | {role_of(exptype)})):
            names = " and ".join(dict.fromkeys(roles[expname]))
            text = f"{shown(expname)} is a member {len(roles[expname])} times ({shown(names, quoted=False)})"
            yield Problem("member-twice", text, severity=WARNING), (*here, "expname")
        if problem := _of_exptype(exptype, pipeline if place[-1] == 0 else None):
            yield problem, (*here, "exptype")
        if problem := _of_stage(expname, exptype, pipeline):
            yield problem, (*here, "expname")


def _of_exptype(exptype: str, pipeline: Pipeline | None) -> Problem | None:
    if pipeline is not None and pipeline.reads_patterns and not _is_pattern(exptype):
        return Problem("exptype", f"{pipeline.asn_type} stops at the role {shown(exptype)}{_near(exptype)}")
    if exptype in EXPTYPES:
        return None
    if exptype.lower() in EXPTYPES:
        text = f"{shown(exptype)} has capitals, which not all pipelines accept; write {exptype.lower()}"
    elif role_of(exptype) in EXPTYPES:
        text = f"pipelines ignore the old spelling {shown(exptype)}; write {role_of(exptype)}"
    else:
        near = "" if role_of(exptype) in SUPPORT_KINDS else _near(exptype)
        text = f"pipelines ignore the unknown role {shown(exptype)}{near}"
    return Problem("exptype", text, severity=WARNING)


def _is_pattern(exptype: str) -> bool:
    try:
        re.compile(exptype, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _of_stage(expname: str, exptype: str, pipeline: Pipeline | None) -> Problem | None:
    """Return the problem of a file whose stage the pipeline does not accept for its role, or None."""
    taken = pipeline.takes.get(role_of(exptype), ()) if pipeline is not None else ()
    stage = parse(expname).suffix
    if pipeline is None or not taken or stage not in STAGES or stage in taken:
        return None
    wanted = " or ".join(f"_{each}" for each in taken)
    text = f"{shown(expname)} is a _{stage}; {pipeline.asn_type} takes {wanted} as {role_of(exptype)}"
    return Problem("stage", text, severity=WARNING)


def _near(exptype: str) -> str:
    known = sorted(EXPTYPES)
    return "; " + did_you_mean(closest(exptype, known, 1), f"there are {', '.join(known)}")


def name_problem(name: str) -> Problem | None:
    """Return the problem of a file name of a member or product, or None.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    Problem or None
    """
    if "/" in name or "\\" in name:
        text = f"{shown(name)} has a folder; use the name of a file in the association's folder"
        return Problem("folder", text, severity=WARNING)
    if name in (".", "..") or not name.isprintable():
        fatal = name in (".", "..") or "\0" in name
        return Problem("folder", f"{shown(name)} is not a file name", severity=ERROR if fatal else WARNING)
    return None
