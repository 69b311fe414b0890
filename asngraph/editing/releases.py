"""What releases of jwst accept: how those after 3.0 differ from 3.0.0, whose pipelines the checks follow.

Source: the changes of the main branch of jwst since 3.0.0 (10600, 10684), as of August 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from asngraph._version import REFERENCE
from asngraph.editing.problem import ERROR, Problem
from asngraph.errors import UsageError
from asngraph.model.association import is_yaml
from asngraph.model.filenames import parse
from asngraph.model.roles import Role, role_of

_RELEASE = re.compile(r"jwst\s*==\s*(?P<major>\d+)(\.(?P<minor>\d+))?(\.[\w.+-]*)?", re.IGNORECASE)
_LAST_OLD = (3, 0)


def is_after_reference(release: str | None) -> bool:
    """Return whether a release of jwst is later than 3.0, after which fewer associations are accepted.

    Parameters
    ----------
    release : str, optional
        The release, such as ``jwst==3.1.0``, or ``jwst==main`` for what comes next.

    Raises
    ------
    UsageError
        When it is not a release.

    Examples
    --------
    >>> is_after_reference("jwst==3.0.1"), is_after_reference("jwst==3.1"), is_after_reference("jwst==main")
    (False, True, True)
    """
    if release is None:
        return False
    if release.replace(" ", "").lower() == "jwst==main":
        return True
    match = _RELEASE.fullmatch(release.strip())
    if match is None:
        reference = REFERENCE.replace(" ", "==")
        raise UsageError(f"unknown release {release!r}; write it as {reference}, or jwst==main for the next one")
    return (int(match["major"]), int(match["minor"] or 0)) > _LAST_OLD


def for_later(problems: Sequence[Problem], data: Any, path: Path) -> list[Problem]:
    """Return the problems that releases after 3.0 have with an association file.

    Parameters
    ----------
    problems : sequence of Problem
        The problems that 3.0.0 has with it.
    data : object
        Its content, as far as it can be read.
    path : path
        The file.

    Returns
    -------
    list of Problem
    """
    found: list[Problem] = []
    if is_yaml(path):
        found.append(Problem("json", "is YAML, for jwst 3.0 and older; later releases read only JSON"))
    elif path.name != "-" and not path.name.endswith(".json"):
        found.append(Problem("json", "has no extension .json, without which releases after jwst 3.0 do not read it"))
    wfss = isinstance(data, Mapping) and data.get("asn_type") == "spec3" and "wfss" in str(data.get("asn_rule")).lower()
    for problem in problems:
        if problem.kind == "json" and problem.severity != ERROR:
            text = problem.text.partition("; jwst 3.0.0")[0] + "; releases after jwst 3.0 do not read it"
            found.append(replace(problem, text=text, severity=ERROR))
        elif not (wfss and problem.kind == "stage" and "is a _x1d" in problem.text):
            found.append(problem)
    if wfss and all(problem.kind != "form" or problem.severity != ERROR for problem in problems):
        found += _of_wfss(data["products"][0]["members"])
    return found


def _of_wfss(members: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Return the problem that slitless spectra are combined from the extracted spectra of stage 2."""
    numbers = [
        number
        for number, member in enumerate(members)
        if role_of(member["exptype"]) == Role.SCIENCE and parse(member["expname"]).suffix == "cal"
    ]
    if not numbers:
        return []
    first = members[numbers[0]]["expname"]
    more = f" (and {len(numbers) - 1} more)" if len(numbers) > 1 else ""
    text = f"{first!r}{more} is a _cal; spec3 of releases after jwst 3.0 takes _x1d for slitless spectra"
    return [Problem("stage", text, f"$.products[0].members[{numbers[0]}].expname")]
