"""The files that are required to process associations."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asngraph.editing.checks import name_problem
from asngraph.editing.documents import association_files, json_associations, read_document
from asngraph.errors import AsnGraphError, PoolError, UsageError
from asngraph.graph.association_graph import AssociationGraph
from asngraph.graph.support_files import msa_plans
from asngraph.model.association import Association
from asngraph.model.filenames import exposure_root, file_name, parse
from asngraph.model.pipelines import level_of
from asngraph.model.roles import Role, role_of

STAGES = ("uncal", "rate", "cal")
ARCHIVE = "mast:JWST/product/"


@dataclass
class Files:
    """Required files.

    Attributes
    ----------
    names : list of str
        Their names, without repetition; members first, then auxiliary files.
    unmade : list of str
        The products among them whose associations are not available, and whose own input is therefore unknown.
    unknown : list of str
        The exposures that are not in the pool, and whose auxiliary files are therefore unknown.
    """

    names: list[str] = field(default_factory=list)
    unmade: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def files(
    paths: Sequence[str | os.PathLike[str]],
    stage: str | None = None,
    graph: AssociationGraph | None = None,
) -> Files:
    """Return the files that are required to process associations.

    Parameters
    ----------
    paths : sequence of path
        Files of associations, or folders of them.
    stage : str, optional
        The stage from which to begin: uncalibrated exposures (``uncal``), their countrates (``rate``), or their stage-2
        products (``cal``). Products that associations in the same folders or of the graph make are then replaced by
        the files that these need. By default, the members are listed as they are.
    graph : AssociationGraph, optional
        The graph of the pool, to include MSA metadata files and the input of stage 2.

    Returns
    -------
    Files

    Raises
    ------
    AssociationError
        When a file is not an association.
    UsageError
        When a file does not exist, or the stage is unknown.
    """
    if stage is not None and stage not in STAGES:
        raise UsageError(f"unknown stage {stage}; use one of {', '.join(STAGES)}")
    named = association_files(paths)
    wanted = [read_document(path).association for path in named]
    beside = _beside(named) if stage else []
    found = _Search(stage, _makers([*wanted, *beside, *(graph or () if stage else ())])).files(wanted)
    if graph is not None:
        _add_plans(found, graph)
    return found


def uri(name: str) -> str:
    """Return the URI of a file in the archive MAST.

    Parameters
    ----------
    name : str
        The file, without folder.

    Returns
    -------
    str
        The URI.

    Raises
    ------
    AsnGraphError
        When the name cannot be that of a file in the archive.

    Examples
    --------
    >>> uri("jw01234001001_02101_00001_nis_uncal.fits")
    'mast:JWST/product/jw01234001001_02101_00001_nis_uncal.fits'
    """
    problem = name_problem(name) or ("it has a folder or a space" if "/" in name or name.split() != [name] else None)
    if problem:
        raise AsnGraphError(f"{name!r} cannot be a file of the archive: {problem}")
    return f"{ARCHIVE}{name}"


class _Search:
    """Search from associations to the files from which they are made."""

    def __init__(self, stage: str | None, makers: Mapping[str, list[Association]]) -> None:
        self._stage, self._makers = stage, makers
        self._seen: set[tuple[int, str]] = set()
        self._names: dict[str, None] = {}
        self._unmade: dict[str, None] = {}

    def files(self, associations: Iterable[Association]) -> Files:
        for association in associations:
            for product in association.products:
                self._of_product(association, product)
        return Files(list(self._names), list(self._unmade))

    def _of_product(self, association: Association, product: Mapping[str, Any]) -> None:
        """Add the files that a product needs, and those of the products that it needs, without repetition."""
        waiting = [(association, product)]
        while waiting:
            current, made = waiting.pop(0)
            mark = (id(current), str(made.get("name")))
            if mark not in self._seen:
                self._seen.add(mark)
                waiting += self._needs(current, made)

    def _needs(self, association: Association, product: Mapping[str, Any]) -> Iterator[tuple[Association, Any]]:
        if self._stage == "cal" and level_of(association) == 2:
            self._calibrated(product)
            return
        for member in product["members"]:
            name = member["expname"]
            if self._stage is None:
                self._names[name] = None
                continue
            yield from self._makes(name, own=product)

    def _makes(self, name: str, own: Mapping[str, Any]) -> Iterator[tuple[Association, Any]]:
        base, parsed = file_name(name), parse(name)
        if parsed.suffix in ("uncal", "rate", "rateints"):
            self._add(name, _at_stage(base, self._stage or ""))
            return
        combined, made = parsed.is_product, parsed.root
        makers = [] if self._stage == "cal" and not combined else self._makers.get(made, [])
        for maker in makers:
            for product in maker.products:
                if product.get("name") == made and product is not own:
                    yield maker, product
        if makers:
            return
        if combined:
            self._unmade[base] = None
        as_it_is = combined or self._stage == "cal" or not parsed.of_pipeline
        self._add(name, base if as_it_is else _at_stage(base, self._stage or ""))

    def _calibrated(self, product: Mapping[str, Any]) -> None:
        """Add the products of the science exposures of a stage-2 association."""
        for member in product["members"]:
            if role_of(member["exptype"]) == Role.SCIENCE:
                self._add(member["expname"], _at_stage(file_name(member["expname"]), "cal"))

    def _add(self, name: str, wanted: str) -> None:
        """Add a file; if it is the member itself, with its folder."""
        self._names[name if file_name(name) == wanted else wanted] = None


def _at_stage(name: str, stage: str) -> str:
    """Return the file of an exposure at a stage."""
    parsed = parse(name)
    more = "ints" if parsed.suffix.endswith("ints") and stage != "uncal" else ""
    return f"{parsed.root}_{stage}{more}.fits"


def _beside(named: Sequence[Path]) -> list[Association]:
    """Return the other associations in the same folders, which may make required products."""
    folders = dict.fromkeys(path.parent for path in named)
    others = [file for folder in folders for file in json_associations(folder) if file not in set(named)]
    return [read_document(file).association for file in others]


def _makers(associations: Iterable[Association]) -> dict[str, list[Association]]:
    """Return the associations that make each product, without duplicates."""
    makers: dict[str, list[Association]] = {}
    for association in associations:
        for product in association.products:
            there = makers.setdefault(str(product.get("name")), [])
            if not any(product in other.products for other in there):
                there.append(association)
    return makers


def plans_of(names: Iterable[str], graph: AssociationGraph) -> list[str]:
    """Return the MSA metadata files of exposures.

    Parameters
    ----------
    names : iterable of str
        Files of exposures, at any stage.
    graph : AssociationGraph
        The graph of the pool.

    Returns
    -------
    list of str
        Without repetition.

    Raises
    ------
    PoolError
        When the pool names a file in another folder.
    """
    plans: dict[str, list[str]] = {}
    for plan in msa_plans(graph.pool):
        problem = name_problem(plan.file) or ("leads to another folder" if "/" in plan.file else None)
        if problem:
            raise PoolError(problem, graph.pool.name, graph.pool.line(plan.exposure), "msametfl")
        plans.setdefault(exposure_root(graph.pool["filename"][plan.exposure]), []).append(plan.file)
    return list(dict.fromkeys(file for name in names for file in plans.get(_root(name), [])))


def _add_plans(found: Files, graph: AssociationGraph) -> None:
    known = {exposure_root(name) for name in graph.pool["filename"]}
    roots = dict.fromkeys(_root(name) for name in found.names if not parse(name).is_product)
    found.unknown = [root for root in roots if root not in known]
    found.names += [file for file in plans_of(found.names, graph) if file not in found.names]


def _root(name: str) -> str:
    return exposure_root(name.lower())
