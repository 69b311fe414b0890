"""What is wrong with associations: with their form, by JSON Schemas, and with what no schema can say."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asngraph.association import association_bytes, is_yaml, label_of, parse_yaml
from asngraph.columns import is_defined
from asngraph.engine.records import GOOD
from asngraph.errors import AssociationError
from asngraph.names import exposure_root, file_name
from asngraph.planning.pipelines import PIPELINES, files_of, pipeline_of, stage_of
from asngraph.positions import positions
from asngraph.questions.holdings import is_product
from asngraph.relations import EXPTYPES, support_relation

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from asngraph.pool import Pool

ERROR, WARNING = "error", "warning"

_MOST_TEXT = 60  # how much of a value a problem shows

Where = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with an association.

    Parameters
    ----------
    kind : str
        What sort of problem: ``form`` (the schema), ``json``, ``key-twice``, ``type``, ``member-twice``,
        ``no-science``, ``several-science``, ``exptype``, ``folder``, ``degraded``, ``not-in-pool``,
        ``product-twice``.
    text : str
        What is wrong, and what to do.
    path : str
        Where, as a JSON path from ``$``.
    severity : str
        ``error``, or ``warning`` for what pipelines do not mind.
    file : str
        The file, where there is one.
    line : int, optional
        Its line, counted from 1.
    """

    kind: str
    text: str
    path: str = "$"
    severity: str = ERROR
    file: str = ""
    line: int | None = None


def problems(association: Mapping[str, Any], pool: Pool | None = None) -> list[Problem]:
    """Say what is wrong with an association.

    Parameters
    ----------
    association : dict
        The association, as its JSON has it.
    pool : Pool, optional
        The pool that is to have its exposures.

    Returns
    -------
    list of Problem
        In the order of the association; empty where nothing is wrong.

    Examples
    --------
    >>> members = [{"expname": "jw1_nrs1_rate.fits", "exptype": "sceince"}]
    >>> asn = {"asn_type": "spec2", "asn_pool": "none", "products": [{"name": "jw1_nrs1", "members": members}]}
    >>> for problem in problems(asn):
    ...     print(f"{problem.path}: {problem.text}")
    $.products[0].members: no member is science; one has to be
    $.products[0].members[0].exptype: pipelines know no role 'sceince'; did you mean science?
    """
    return [found for found, _ in _found(association, pool)]


def problems_of_files(paths: Iterable[str | os.PathLike[str]], pool: Pool | None = None) -> Iterator[list[Problem]]:
    """Say what is wrong with association files: with each, and where two of them write the same file.

    Parameters
    ----------
    paths : iterable of path
        The files.
    pool : Pool, optional
        The pool that is to have their exposures.

    Yields
    ------
    list of Problem
        For each file what is wrong with it, with file and line.
    """
    writers: dict[str, str] = {}
    for path in paths:
        yield [replace(found, file=label_of(path)) for found in _of_file(Path(path), pool, writers)]


def schema_of(level: int) -> dict[str, Any]:
    """Return the JSON Schema of the associations of a level.

    Parameters
    ----------
    level : int
        2 or 3.

    Examples
    --------
    >>> schema_of(3)["title"]
    'Association of level 3'
    """
    return dict(json.loads(resources.files("asngraph").joinpath("schemas", f"level{level}.json").read_text("utf-8")))


def _of_file(path: Path, pool: Pool | None, writers: dict[str, str]) -> list[Problem]:
    try:
        text = association_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        return [Problem("json", "is no text in UTF-8")]
    if is_yaml(path):
        return _of_yaml(path, text, pool, writers)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        return [Problem("json", f"is no JSON: {error.msg}, in column {error.colno}", line=error.lineno)]
    except RecursionError:
        return [Problem("json", "is nested too deeply for an association")]
    except ValueError as error:
        return [Problem("json", f"is no JSON that can be read: {str(error).partition(';')[0]}")]
    where = positions(text)
    found = [
        Problem("key-twice", f"the key {_shown(place[-1])} comes twice; readers see the last", _path(place), line=line)
        for place, line in where.twice
    ]
    of_data = _found(data, pool)
    if all(problem.kind != "form" for problem, _ in of_data):
        of_data += _of_writing(data, path.name, writers)
    return found + [replace(problem, line=where.line(place)) for problem, place in of_data]


def _of_yaml(path: Path, text: str, pool: Pool | None, writers: dict[str, str]) -> list[Problem]:
    """Say what is wrong with an association in YAML; of what is wrong there the lines are not known."""
    try:
        data = parse_yaml(text, path.name)
    except AssociationError as error:
        return [Problem("json", str(error).removeprefix(f"{path.name}: "))]
    found = _found(data, pool)
    if all(problem.kind != "form" for problem, _ in found):
        found += _of_writing(data, path.name, writers)
    return [problem for problem, _ in found]


def _of_writing(data: Mapping[str, Any], name: str, writers: dict[str, str]) -> Iterator[tuple[Problem, Where]]:
    """Find files that another association writes as well; generators make such pairs for several candidates."""
    pipeline = pipeline_of(data.get("asn_type"))
    if pipeline is None:
        return
    for number, product in enumerate(data["products"]):
        members = [(member["expname"], member["exptype"]) for member in product["members"]]
        for file in files_of(pipeline, product["name"], members)[0]:
            other = writers.setdefault(file.lower(), name)
            if other != name:
                place: Where = ("products", number, "name")
                text = f"{_shown(file)} is written by {_shown(other)} as well; what runs last stays"
                yield Problem("product-twice", text, _path(place), WARNING), place


def _found(data: Any, pool: Pool | None) -> list[tuple[Problem, Where]]:
    """Find what is wrong, with its place; what no schema can say only where the form is right."""
    try:
        of_form = list(_of_form(data))
        found = of_form or list(_of_content(data, pool))
    except RecursionError:
        found = [(Problem("form", "is nested too deeply for an association"), ())]
    return [(replace(problem, path=_path(place)), place) for problem, place in found]


# --- What a schema says -------------------------------------------------------------------------------------------


def _of_form(data: Any) -> Iterator[tuple[Problem, Where]]:
    plain = dict(data) if isinstance(data, Mapping) else data
    level = stage_of(plain) if isinstance(plain, dict) else None
    for error in sorted(_validator(level or 3).iter_errors(plain), key=_place):
        yield Problem("form", _in_words(error)), tuple(error.absolute_path)


@cache
def _validator(level: int) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema_of(level))


def _place(error: ValidationError) -> tuple[tuple[bool, int, str], ...]:
    return tuple((isinstance(each, str), each if isinstance(each, int) else 0, str(each)) for each in error.path)


_JSON_NAMES = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}
_TYPES = {"object": "an object", "array": "a list", "string": "a text", "null": "null"}


def _in_words(error: ValidationError) -> str:
    """Say what a schema asks for; the library's own words would repeat the whole value."""
    wanted: Any = error.validator_value
    if error.validator == "required":
        # Each key that is missing is an error of its own.
        return next(f"has no {key}" for key in wanted if error.message.startswith(repr(key)))
    if error.validator == "type":
        now = _JSON_NAMES.get(type(error.instance), "something else")
        types = [wanted] if isinstance(wanted, str) else wanted
        return f"is {now}, and has to be {' or '.join(_TYPES[each] for each in types)}"
    return "is empty" if error.validator in ("minItems", "minLength") else _shown(error.message)


# --- What no schema can say ---------------------------------------------------------------------------------------


def _of_content(data: Mapping[str, Any], pool: Pool | None) -> Iterator[tuple[Problem, Where]]:
    yield from _of_type(data)
    yield from _of_status(data)
    names: dict[str, int] = {}
    known = None if pool is None else {exposure_root(name) for name in pool["filename"]}
    for number, product in enumerate(data["products"]):
        place: Where = ("products", number)
        name = product["name"]
        if "/" in name or "\\" in name:
            text = f"{_shown(name)} has a folder; a product has a plain name"
            yield Problem("folder", text), (*place, "name")
        elif folder := _name_problem(name):
            yield Problem("folder", folder), (*place, "name")
        first = names.setdefault(name.lower(), number)
        if first != number:
            text = f"the product {_shown(name)} is there already, as products[{first}]; one would replace the other"
            yield Problem("product-twice", text), (*place, "name")
        yield from _of_sciences(data, product, place)
        yield from _of_members(product["members"], place)
        if pool is not None and known is not None:
            yield from _of_pool(product["members"], place, known, pool.name)


def _of_type(data: Mapping[str, Any]) -> Iterator[tuple[Problem, Where]]:
    if pipeline_of(data.get("asn_type")) is None:
        given = (
            f"{_shown(data['asn_type'])} is no type that a pipeline has" if "asn_type" in data else "has no asn_type"
        )
        text = f"{given}; there are {', '.join(PIPELINES)}. It is checked as one of level {stage_of(data) or 3}"
        yield Problem("type", text, severity=WARNING), ("asn_type",) if "asn_type" in data else ()


def _of_status(data: Mapping[str, Any]) -> Iterator[tuple[Problem, Where]]:
    if "degraded_status" not in data:
        return
    bad = [
        member["expname"]
        for product in data["products"]
        for member in product["members"]
        if is_defined(str(member.get("exposerr") or "null").strip().lower())
    ]
    says_good = data["degraded_status"].strip().rstrip(".").lower() == GOOD.rstrip(".").lower()
    if says_good and bad:
        text = f"says that no member is degraded, but {_shown(bad[0])} has an exposerr ({len(bad)} in all)"
        yield Problem("degraded", text), ("degraded_status",)
    elif not says_good and not bad and any("exposerr" in m for p in data["products"] for m in p["members"]):
        # Generators say so of what they have left out or replaced on completion, too.
        text = "says that members are degraded, but none has an exposerr"
        yield Problem("degraded", text, severity=WARNING), ("degraded_status",)


def _of_sciences(data: Mapping[str, Any], product: Mapping[str, Any], place: Where) -> Iterator[tuple[Problem, Where]]:
    count = sum(member["exptype"].lower() == "science" for member in product["members"])
    if not count:
        yield Problem("no-science", "no member is science; one has to be"), (*place, "members")
    elif count > 1 and stage_of(data) == 2:
        text = f"{count} members are science; a product of level 2 has one, pipelines would take the first"
        yield Problem("several-science", text), (*place, "members")


def _of_members(members: Sequence[Mapping[str, Any]], place: Where) -> Iterator[tuple[Problem, Where]]:
    counts = Counter(member["expname"] for member in members)
    seen: set[str] = set()
    in_folders = [number for number, member in enumerate(members) if file_name(member["expname"]) != member["expname"]]
    for number, member in enumerate(members):
        here = (*place, "members", number)
        expname, exptype = member["expname"], member["exptype"]
        if folder := _name_problem(expname):
            yield Problem("folder", folder), (*here, "expname")
        elif number == min(in_folders, default=-1):
            others = f" (and {len(in_folders) - 1} more)" if len(in_folders) > 1 else ""
            text = (
                f"{_shown(expname)} has a folder{others}; pipelines look there only, and the file cannot be moved alone"
            )
            yield Problem("folder", text, severity=WARNING), (*here, "expname")
        if expname in seen:
            roles = " and ".join(dict.fromkeys(m["exptype"] for m in members if m["expname"] == expname))
            text = f"{_shown(expname)} is a member {counts[expname]} times ({_shown(roles, quoted=False)})"
            yield Problem("member-twice", text), (*here, "expname")
        seen.add(expname)
        if exptype.lower() not in EXPTYPES:
            text = f"pipelines know no role {_shown(exptype)}{_near(exptype)}"
            # Files that serve an exposure are members where somebody asked for that.
            severity = WARNING if support_relation(exptype.lower()) != "support_for" else ERROR
            yield Problem("exptype", text, severity=severity), (*here, "exptype")


def _near(exptype: str) -> str:
    import difflib

    near = difflib.get_close_matches(exptype[:_MOST_TEXT].lower(), sorted(EXPTYPES), n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(sorted(EXPTYPES))}"


def _of_pool(
    members: Sequence[Mapping[str, Any]], place: Where, known: set[str], pool: str
) -> Iterator[tuple[Problem, Where]]:
    for number, member in enumerate(members):
        expname = member["expname"]
        name = expname.replace("\\", "/").rpartition("/")[2].lower()
        # What is made of associations is in no pool.
        if not is_product(name) and member["exptype"].lower() != "sourcecat" and exposure_root(name) not in known:
            where = (*place, "members", number, "expname")
            yield Problem("not-in-pool", f"{_shown(expname)} is of no exposure of {pool}"), where


def _name_problem(name: str) -> str:
    if file_name(name) in ("", ".", "..") or not name.isprintable():
        return f"{_shown(name)} is no name of a file"
    return ""


# --- Words --------------------------------------------------------------------------------------------------------


def _shown(value: object, *, quoted: bool = True) -> str:
    text = str(value)
    text = text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}..."
    return repr(text) if quoted else text


def _path(place: Where) -> str:
    """Write a place as a JSON path.

    Examples
    --------
    >>> _path(("products", 0, "odd key"))
    "$.products[0]['odd key']"
    """
    parts = [
        f"[{each}]" if isinstance(each, int) else f".{each}" if each.isidentifier() else f"[{_shown(each)}]"
        for each in place
    ]
    return "$" + "".join(parts)
