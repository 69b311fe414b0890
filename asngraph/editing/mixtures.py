"""Doubts about new associations: exposures that are rarely processed together, and files of the wrong stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from asngraph.editing.infer_roles import header_cells
from asngraph.editing.matching_setup import keep_own_of
from asngraph.editing.member_checks import of_members
from asngraph.errors import HeaderError, MissingExtraError
from asngraph.model.column import is_defined
from asngraph.model.filenames import FITS
from asngraph.model.pipelines import PIPELINES, pipeline_of
from asngraph.model.roles import Role

# What the science exposures of a stage-3 product have in common.
_COMMON = {"program": "programs", "instrume": "instruments", "exp_type": "exposure types"}
_OPTICS = {"filter": "filters", "pupil": "pupils", "grating": "gratings"}
# The pipelines whose files every association of a stage accepts, in place of an unknown type.
_ANY = {2: "spec2", 3: "spec3"}
_MOST = 3


def doubts(products: Sequence[dict[str, Any]], level: int, asn_type: str, paths: Mapping[str, str]) -> list[str]:
    """Return what is doubtful about a new association, from the names of its files and the headers of those there.

    Parameters
    ----------
    products : sequence of dict
        The products.
    level : int
        The stage.
    asn_type : str
        The type; it may be unknown.
    paths : mapping of str to str
        The files, by their names as members; those that are not there are not read.

    Returns
    -------
    list of str
        One line for each doubt; headers are not read without astropy.

    Examples
    --------
    >>> doubts([{"name": "a", "members": [{"expname": "a_rate.fits", "exptype": "science"}]}], 3, "image3", {})
    ["'a_rate.fits' is a _rate; image3 takes _cal or _crf as science"]
    """
    pipeline = pipeline_of(asn_type) or PIPELINES[_ANY[level]]._replace(asn_type=f"stage {level}")
    found = [
        problem.text
        for product in products
        for problem, _ in of_members(product["members"], ("products", 0), pipeline)
        if problem.kind == "stage"
    ]
    there = {name: path for name, path in paths.items() if path.endswith(FITS) and Path(path).is_file()}
    try:
        if level == 3:
            found += [line for product in products for line in _mixed(product, there)]
        elif there:
            lines = keep_own_of(deepcopy(products), there)
            found += [line.replace(" is left out as ", " is of no use as ") for line in lines]
    except MissingExtraError:
        pass
    return list(dict.fromkeys(found))


def _mixed(product: Mapping[str, Any], there: Mapping[str, str]) -> Iterator[str]:
    """Yield the columns in which the science exposures of a product differ, with examples."""
    cells: dict[str, Mapping[str, str]] = {}
    for member in product["members"]:
        name = member["expname"]
        if member["exptype"] == Role.SCIENCE and name in there:
            try:
                cells[name] = header_cells(there[name], (*_COMMON, *_OPTICS))
            except (HeaderError, ValueError) as error:
                yield f"{name}: its header cannot be read ({error}), so it is not compared"
    in_bands = all(own["exp_type"] == "mir_mrs" for own in cells.values())  # a cube is made of all of them
    for column, plural in {**_COMMON, **({} if in_bands else _OPTICS)}.items():
        first: dict[str, str] = {}
        for name, own in cells.items():
            if is_defined(own[column]):
                first.setdefault(own[column], name)
        if len(first) > 1:
            shown = ", ".join(f"{value.upper()} ({name})" for value, name in list(first.items())[:_MOST])
            more = ", ..." if len(first) > _MOST else ""
            yield f"the science exposures of {product['name']} are of {len(first)} {plural}: {shown}{more}"
