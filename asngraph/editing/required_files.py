"""Which files one must have to process associations."""

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
    """The files that one must have.

    Attributes
    ----------
    names : list of str
        Their names, each once; members first, and then what serves them.
    unmade : list of str
        Those of them that are products of associations which are not at hand, so that the files of which they are
        made are not known.
    unknown : list of str
        Exposures that the pool does not have, so that what serves them is not known.
    """

    names: list[str] = field(default_factory=list)
    unmade: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def files(
    paths: Sequence[str | os.PathLike[str]],
    stage: str | None = None,
    graph: AssociationGraph | None = None,
) -> Files:
    """Name the files that one must have to process associations.

    Parameters
    ----------
    paths : sequence of path
        Files of associations, or folders of them.
    stage : str, optional
        Where to begin: with uncalibrated exposures (``uncal``), with their countrates (``rate``), or with what stage 2
        makes of them (``cal``). What associations in the same folders, or of the graph, make of others is then not to
        be had but made. By default the members are named as they are.
    graph : AssociationGraph, optional
        The graph of the pool; it adds the MSA metadata files, and knows what stage 2 needs.

    Raises
    ------
    AssociationError
        When one is no association.
    UsageError
        When there is no such file or stage.
    """
    if stage is not None and stage not in STAGES:
        raise UsageError(f"there is no stage {stage}; there are {', '.join(STAGES)}")
    named = association_files(paths)
    wanted = [read_document(path).association for path in named]
    beside = _beside(named) if stage else []
    found = _Search(stage, _makers([*wanted, *beside, *(graph or () if stage else ())])).files(wanted)
    if graph is not None:
        _add_plans(found, graph)
    return found


def uri(name: str) -> str:
    """Name a file as the archive does.

    Parameters
    ----------
    name : str
        The file, without folder.

    Raises
    ------
    AsnGraphError
        When it is no name of a file in the archive.

    Examples
    --------
    >>> uri("jw01234001001_02101_00001_nis_uncal.fits")
    'mast:JWST/product/jw01234001001_02101_00001_nis_uncal.fits'
    """
    problem = name_problem(name) or ("it has a folder or a space" if "/" in name or name.split() != [name] else None)
    if problem:
        raise AsnGraphError(f"{name!r} is no file of the archive: {problem}")
    return f"{ARCHIVE}{name}"


class _Search:
    """Goes from associations to the files of which they are made."""

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
        """Add what a product needs; products that it needs are looked at in turn, each once."""
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
        """Add what a level-2 association makes of its science exposures."""
        for member in product["members"]:
            if role_of(member["exptype"]) == Role.SCIENCE:
                self._add(member["expname"], _at_stage(file_name(member["expname"]), "cal"))

    def _add(self, name: str, wanted: str) -> None:
        """Add a file; where it is the member itself, with its folder."""
        self._names[name if file_name(name) == wanted else wanted] = None


def _at_stage(name: str, stage: str) -> str:
    """Name what there is of an exposure at a stage."""
    parsed = parse(name)
    more = "ints" if parsed.suffix.endswith("ints") and stage != "uncal" else ""
    return f"{parsed.root}_{stage}{more}.fits"


def _beside(named: Sequence[Path]) -> list[Association]:
    """Read the other associations in the same folders, of which some may make what is needed."""
    folders = dict.fromkeys(path.parent for path in named)
    others = [file for folder in folders for file in json_associations(folder) if file not in set(named)]
    return [read_document(file).association for file in others]


def _makers(associations: Iterable[Association]) -> dict[str, list[Association]]:
    """Tell which associations make a product; of equal ones only the first counts."""
    makers: dict[str, list[Association]] = {}
    for association in associations:
        for product in association.products:
            there = makers.setdefault(str(product.get("name")), [])
            if not any(product in other.products for other in there):
                there.append(association)
    return makers


def plans_of(names: Iterable[str], graph: AssociationGraph) -> list[str]:
    """Name the MSA metadata files of exposures.

    Parameters
    ----------
    names : iterable of str
        Files of exposures, at any stage.
    graph : AssociationGraph
        The graph of the pool.

    Returns
    -------
    list of str
        Each once.

    Raises
    ------
    PoolError
        When the pool names a file that leads to another folder.
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
