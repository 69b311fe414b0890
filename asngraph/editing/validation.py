"""Validate associations: their form, by JSON Schemas, and their content, which schemas cannot check."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asngraph.editing.member_checks import name_problem, of_members, of_roles
from asngraph.editing.problem import ERROR, WARNING, Problem, Where, path_of, shown
from asngraph.editing.releases import for_later, is_after_reference
from asngraph.errors import AssociationError
from asngraph.graph.records import GOOD
from asngraph.model.association import association_bytes, is_yaml, label_of, parse_yaml
from asngraph.model.column import is_defined
from asngraph.model.filenames import exposure_root, output_file, output_root, parse
from asngraph.model.pipelines import PIPELINES, Pipeline, pipeline_of, stage_of, written_by
from asngraph.model.roles import Role
from asngraph.util.json_lines import Positions, positions
from asngraph.util.lenient_json import Read, read_text

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from asngraph.model.pool import Pool


def problems(association: Mapping[str, Any], pool: Pool | None = None, *, form: bool = True) -> list[Problem]:
    """Return the problems of an association.

    Parameters
    ----------
    association : dict
        The association, in the form of its JSON.
    pool : Pool, optional
        The pool that should have its exposures.
    form : bool
        Whether to check the form by the JSON Schema; an association that was just made has it.

    Returns
    -------
    list of Problem
        In the order of the association; empty if it is valid.

    Examples
    --------
    >>> members = [{"expname": "jw1_nrs1_rate.fits", "exptype": "sceince"}]
    >>> asn = {"asn_type": "spec2", "asn_pool": "none", "products": [{"name": "jw1_nrs1", "members": members}]}
    >>> for problem in problems(asn):
    ...     print(f"{problem.path}: {problem.text}")
    $.products[0].members: no member is science; at least one must be
    $.products[0].members[0].exptype: pipelines ignore the unknown role 'sceince'; did you mean science?
    """
    return [found for found, _ in _found(association, pool, form=form)]


def problems_of_files(
    paths: Iterable[str | os.PathLike[str]], pool: Pool | None = None, release: str | None = None
) -> Iterator[list[Problem]]:
    """Yield the problems of association files, including files that two of them write.

    Parameters
    ----------
    paths : iterable of path
        The files.
    pool : Pool, optional
        The pool that should have their exposures.
    release : str, optional
        The release of jwst that should accept them (`asngraph.editing.releases`); by default 3.0.0.

    Yields
    ------
    list of Problem
        The problems of each file, with file and line.
    """
    writers: dict[str, Path] = {}
    later = is_after_reference(release)
    for path in paths:
        found, data = _of_file(Path(path), pool, writers)
        if later:
            found = for_later(found, data, Path(path))
        yield [replace(problem, file=label_of(path)) for problem in found]


def schema_of(level: int) -> dict[str, Any]:
    """Return the JSON Schema of the associations of a stage.

    Parameters
    ----------
    level : int
        The stage, 2 or 3.

    Returns
    -------
    dict

    Examples
    --------
    >>> schema_of(3)["title"]
    'Association of level 3'
    """
    return dict(json.loads(resources.files("asngraph").joinpath("schemas", f"level{level}.json").read_text("utf-8")))


def _of_file(path: Path, pool: Pool | None, writers: dict[str, Path]) -> tuple[list[Problem], Any]:
    """Return the problems of a file, and its content as far as it can be read."""
    try:
        text = association_bytes(path).decode()
    except UnicodeDecodeError:
        return [Problem("json", "is not UTF-8 text")], None
    if is_yaml(path):
        return _of_yaml(path, text, pool, writers)
    try:
        read = read_text(text)
    except RecursionError:
        return [Problem("json", "is nested too deeply for an association")], None
    except ValueError as error:
        return [Problem("json", f"is not valid JSON: {str(error).partition(';')[0]}")], None
    found = list(_of_text(read))
    if not read.taken:
        return found, None
    where = positions(read.plain) if read.plain is not None else Positions()
    found += [replace(_key_twice(place), line=line) for place, line in where.twice]
    of_data = _found(read.data, pool)
    if all(problem.kind != "form" or problem.severity != ERROR for problem, _ in of_data):
        of_data += _of_writing(read.data, path, writers)
    return found + [replace(problem, line=where.line(place)) for problem, place in of_data], read.data


def _of_yaml(path: Path, text: str, pool: Pool | None, writers: dict[str, Path]) -> tuple[list[Problem], Any]:
    """Return the problems of an association in YAML, without line numbers."""
    try:
        data = parse_yaml(text, path.name)
    except AssociationError as error:
        return [Problem("json", str(error).removeprefix(f"{path.name}: "))], None
    found = _found(data, pool)
    if all(problem.kind != "form" for problem, _ in found):
        found += _of_writing(data, path, writers)
    return [problem for problem, _ in found], data


def _key_twice(place: Where) -> Problem:
    return Problem(
        "key-twice", f"the key {shown(place[-1])} is repeated; readers use the last", path_of(place), WARNING
    )


def _of_text(read: Read) -> Iterator[Problem]:
    for fault in read.faults:
        if read.taken:
            text = (
                f"is not valid JSON: {fault.text}, in column {fault.column}; jwst 3.0.0 reads it as YAML and warns "
                "that later versions will not"
            )
            yield Problem("json", text, severity=WARNING, line=fault.line)
        else:
            yield Problem("json", f"is not valid JSON: {fault.text}, in column {fault.column}", line=fault.line)


def _of_writing(data: Mapping[str, Any], path: Path, writers: dict[str, Path]) -> Iterator[tuple[Problem, Where]]:
    """Yield the problems of files that another association writes, too; generators make such pairs of candidates."""
    pipeline = pipeline_of(data.get("asn_type"))
    if pipeline is None:
        return
    for number, product in enumerate(pipeline.worked_on(data["products"])):
        place: Where = ("products", number, "name")
        other = next((writers[file] for file in _files(pipeline, product) if file in writers), path)
        if other != path:
            file = next(file for file in _files(pipeline, product) if file in writers)
            name = other.name if other.name != path.name else str(other)
            text = f"{shown(file)} is written by {shown(name)}, too; the later run overwrites it"
            yield Problem("product-twice", text, path_of(place), WARNING), place
        for file in _files(pipeline, product):
            writers.setdefault(file, path)


def _files(pipeline: Pipeline, product: Mapping[str, Any]) -> list[str]:
    """Return the files of a product, in lower case, as on case-insensitive file systems, to compare with others."""
    members = [(member["expname"], member["exptype"]) for member in product["members"]]
    name = product.get("name")
    return [file.lower() for file in written_by(pipeline, name, members)] if name is not None else []


def _found(data: Any, pool: Pool | None, *, form: bool = True) -> list[tuple[Problem, Where]]:
    """Return the problems with their places; the content is checked only if the form is valid."""
    try:
        found = list(_of_form(data)) if form else []
        if all(problem.severity != ERROR for problem, _ in found):
            found += _of_content(data, pool)
    except RecursionError:
        found = [(Problem("form", "is nested too deeply for an association"), ())]
    return [(replace(problem, path=path_of(place)), place) for problem, place in found]


# --- Form ---------------------------------------------------------------------------------------------------------


def _of_form(data: Any) -> Iterator[tuple[Problem, Where]]:
    plain = dict(data) if isinstance(data, Mapping) else data
    level = (stage_of(plain) if isinstance(plain, dict) else None) or 3
    pipeline = _pipeline(plain) if isinstance(plain, dict) else PIPELINES[_MOST_LENIENT[level]]
    for error in sorted(_validator(level).iter_errors(plain), key=_place):
        place = tuple(error.absolute_path)
        fatal = _fatal(error, place, pipeline)
        said = _in_words(error, pipeline.asn_type if not fatal else "")
        yield Problem("form", said, severity=ERROR if fatal else WARNING), place


# The pipelines that are assumed for associations of unknown type.
_MOST_LENIENT = {2: "image2", 3: "image3"}


def _pipeline(data: Mapping[str, Any]) -> Pipeline:
    return pipeline_of(data.get("asn_type")) or PIPELINES[_MOST_LENIENT[stage_of(data) or 3]]


# Fields that pipelines do not read, or do not check.
_UNREAD = frozenset(
    ("asn_id", "asn_candidate", "code_version", "constraints", "degraded_status", "exposerr", "target", "version_id")
)


def _fatal(error: ValidationError, place: Where, pipeline: Pipeline) -> bool:
    """Return whether pipelines stop at an error of the schema."""
    key = place[-1] if place else None
    left_aside = len(place) > 1 and place[0] == "products" and place[1] != 0 and not pipeline.all_products
    if error.validator == "required":
        missing = _missing(error)
        asked = missing in pipeline.asks if missing in ("asn_id", "asn_pool", "name") else True
        return asked and not (missing == "name" and left_aside)
    if error.validator == "minLength":
        return key == "expname"
    if error.validator == "minItems":
        return not (key == "members" and left_aside)
    # tso3 requires the id to be text, unless it is null.
    return key not in _UNREAD or (key == "asn_id" and pipeline.asn_type == "tso3" and error.instance is not None)


def _missing(error: ValidationError) -> str:
    # Each missing key is a separate error.
    wanted: Any = error.validator_value
    return next(str(key) for key in wanted if error.message.startswith(repr(key)))


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


def _in_words(error: ValidationError, runs: str) -> str:
    """Return a short message for an error of the schema; that of the library would repeat the whole value."""
    wanted: Any = error.validator_value
    if error.validator == "required":
        return f"has no {_missing(error)}{f'; {runs} runs without it' if runs else ''}"
    if error.validator == "type":
        now = _JSON_NAMES.get(type(error.instance), "something else")
        types = [wanted] if isinstance(wanted, str) else wanted
        return f"is {now}, and has to be {' or '.join(_TYPES[each] for each in types)}"
    return "is empty" if error.validator in ("minItems", "minLength") else shown(error.message)


# --- Content ------------------------------------------------------------------------------------------------------


def _of_content(data: Mapping[str, Any], pool: Pool | None) -> Iterator[tuple[Problem, Where]]:
    yield from _of_type(data)
    yield from _of_status(data)
    pipeline = _pipeline(data)
    known = None if pool is None else {exposure_root(name) for name in pool["filename"]}
    for number, product in enumerate(data["products"]):
        place: Where = ("products", number)
        left_aside = number > 0 and not pipeline.all_products
        yield from _of_name(product.get("name"), pipeline, (*place, "name"))
        if left_aside and pipeline_of(data.get("asn_type")):
            text = f"{pipeline.asn_type} makes only the first product of an association, and ignores this one"
            yield Problem("product-left", text, severity=WARNING), place
        for problem, where in of_roles(product, place, pipeline):
            yield (replace(problem, severity=WARNING) if left_aside else problem), where
        yield from of_members(product["members"], place, pipeline_of(data.get("asn_type")))
        if pool is not None and known is not None:
            yield from _of_pool(product["members"], place, known, pool.name)
    yield from _of_names(pipeline, pipeline.worked_on(data["products"]))


def _of_names(pipeline: Pipeline, products: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Problem, Where]]:
    """Yield the problems of products of one association for which the pipeline makes the same files."""
    first: dict[str, int] = {}
    for number, product in enumerate(products):
        files = _files(pipeline, product)
        same = next((file for file in files if file in first), None)
        if same is not None:
            text = (
                f"the product {shown(product['name'])} is there already, as products[{first[same]}]: both are "
                f"{shown(same)}, and only the last is kept"
            )
            yield Problem("product-twice", text, severity=WARNING), ("products", number, "name")
        first |= {file: number for file in files if file not in first}


def _of_name(name: str | None, pipeline: Pipeline, place: Where) -> Iterator[tuple[Problem, Where]]:
    if name is None:
        return
    if problem := name_problem(name):
        yield problem, place
    elif stem := name if pipeline.asn_type != "wfs-image3" and output_root(name) != name else "":
        text = f"pipelines remove suffix and extension of {shown(stem)}, and make {shown(output_file(stem, 'SUFFIX'))}"
        yield Problem("name", text, severity=WARNING), place
    if pipeline.asn_type == "wfs-image3":
        try:
            name.format(suffix="wfscmb")
        except (KeyError, ValueError, IndexError, AttributeError):
            text = f"{shown(name)} has braces other than {{suffix}}; wfs-image3 replaces only {{suffix}}"
            yield Problem("name", text), place


def _of_type(data: Mapping[str, Any]) -> Iterator[tuple[Problem, Where]]:
    if pipeline_of(data.get("asn_type")) is None:
        given = f"unknown asn_type {shown(data['asn_type'])}" if "asn_type" in data else "has no asn_type"
        text = f"{given}; use one of {', '.join(PIPELINES)}. It is checked as one of stage {stage_of(data) or 3}"
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
    status = data["degraded_status"]
    if not isinstance(status, str):
        return
    says_good = status.strip().rstrip(".").lower() == GOOD.rstrip(".").lower()
    if says_good and bad:
        text = f"says that no member is degraded, but {shown(bad[0])} has an exposerr ({len(bad)} in total)"
        yield Problem("degraded", text, severity=WARNING), ("degraded_status",)
    elif not says_good and not bad and any("exposerr" in m for p in data["products"] for m in p["members"]):
        # Generators also write this for members that they removed or replaced on completion.
        text = "says that members are degraded, but none has an exposerr"
        yield Problem("degraded", text, severity=WARNING), ("degraded_status",)


def _of_pool(
    members: Sequence[Mapping[str, Any]], place: Where, known: set[str], pool: str
) -> Iterator[tuple[Problem, Where]]:
    for number, member in enumerate(members):
        expname = member["expname"]
        name = parse(expname.lower())
        # Products of associations are not in pools.
        if not name.is_product and member["exptype"].lower() != Role.SOURCECAT and name.root not in known:
            where = (*place, "members", number, "expname")
            yield Problem("not-in-pool", f"the exposure of {shown(expname)} is not in {pool}"), where
