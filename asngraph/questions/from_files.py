"""Collections from association files: single ones, or those in folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from asngraph.engine.draft import PRODUCT
from asngraph.errors import AssociationError, PoolError, UsageError
from asngraph.graph.association_graph import AssociationGraph, generate, names_of_exposures
from asngraph.graph.support_files import msa_plans
from asngraph.model.association import Association, load_asn
from asngraph.model.association_files import FolderContent, PassedOver, is_association_file, read_folder
from asngraph.model.candidate import DISCOVERY, CandidateColumn, parse_candidates
from asngraph.model.column import Column, is_defined
from asngraph.model.derived_columns import Facts
from asngraph.model.filenames import (
    association_name,
    columns_of_name,
    exposure_root,
    parse,
)
from asngraph.model.pipelines import level_of, stage_of_names
from asngraph.model.pool import Pool
from asngraph.model.roles import OF_ASSOCIATIONS, Role, role_of
from asngraph.model.run_file import uuids_in
from asngraph.pools.sources import pool_of_names, pools_beside
from asngraph.questions.collection import AssociationCollection, AssociationRecord, MemberRecord
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import RuleSet


def collect_paths(paths: Sequence[Path], rules: RuleSet | None = None) -> AssociationCollection | None:
    """Return the associations of association files, and of those in folders and their subfolders.

    If the pool of the associations is in the folder or its parent and has all exposures, their columns are taken from
    it; otherwise from their file names.

    Parameters
    ----------
    paths : sequence of path
        The files and the folders.
    rules : RuleSet, optional
        The rules that made the associations; by default the observatory's.

    Returns
    -------
    AssociationCollection, or None
        None if there are no association files.

    Raises
    ------
    AssociationError
        When none of the files can be read.
    UsageError
        When some of the paths have association files, and others have none.
    """
    content = FolderContent([], [])
    without: list[Path] = []
    for path in paths:
        own = _content(path)
        content.associations.extend(own.associations)
        content.passed_over.extend(own.passed_over)
        without += [] if any(own) else [path]
    if content.passed_over and not content.associations:
        raise AssociationError(
            f"{paths[0]}: has no association file that can be read; {content.passed_over[0].problem}"
        )
    if not content.associations:
        return None
    if without:
        raise UsageError(f"{without[0]} has no association files, as others have; name association files only")
    folder = paths[0] if paths[0].is_dir() else paths[0].parent
    source = paths[0] if len(paths) == 1 else folder
    return _collect(source, folder, content.associations, rules, content.passed_over)


def _content(path: Path) -> FolderContent:
    if path.is_dir():
        return read_folder(path)
    return FolderContent([load_asn(path)] if is_association_file(path) else [], [])


def _collect(
    source: Path,
    folder: Path,
    read: list[Association],
    rules: RuleSet | None,
    passed_over: Sequence[PassedOver] = (),
) -> AssociationCollection:
    rules = observatory_rules() if rules is None else rules
    named = {str(each.get("asn_pool") or "") for each in read}
    pool_names = sorted(name for name in named if is_defined(name.lower()))
    pool = _pool_beside(folder, pool_names)
    exposures = _Exposures(pool)
    products = [_members(each, exposures) for each in read]
    if not exposures.all_in_pool:
        pool, exposures = None, _Exposures(None)
        products = [_members(each, exposures) for each in read]
    facts = Facts(pool or exposures.pool(folder.name), rules.facts)
    names = list(exposures.numbers) if pool is None else names_of_exposures(pool)
    types = _candidate_types(read, pool)
    records = [_record(*each, types) for each in zip(_names(read), read, products, strict=True)]
    uuids = uuids_in(folder)
    records = [replace(record, uuid=uuids.get(record.own_file, "")) for record in records] if uuids else records

    def find_graph() -> AssociationGraph:
        return generate(pool_of_names(source, folder, pool_names), rules=rules)

    return AssociationCollection(
        str(source),
        names,
        _with_images(records),
        facts,
        rules=rules,
        serving=() if pool is None else msa_plans(pool),
        folder=folder,
        passed_over=passed_over,
        find_graph=find_graph,
    )


def _pool_beside(folder: Path, names: Sequence[str]) -> Pool | None:
    """Return the pool, or None if it cannot be found or read."""
    places = pools_beside(folder, names)
    if len(places) != 1:
        return None
    try:
        return Pool.read(places[0])
    except PoolError:
        return None


def _names(read: list[Association]) -> list[str]:
    """Return a unique name for each association, from its file name."""
    names = [association_name(PurePosixPath(each.file_name).name) for each in read]
    times = Counter(names)
    return [each.file_name if times[name] > 1 else name for name, each in zip(names, read, strict=True)]


class _Exposures:
    """Index of the exposures that are members: their rows in a pool, or consecutive numbers."""

    def __init__(self, pool: Pool | None) -> None:
        self.numbers: dict[str, int] = {}
        self.all_in_pool = True
        self._pool = pool
        self._roles: dict[str, str] = {}
        for row, name in enumerate(pool["filename"] if pool is not None else ()):
            self.numbers.setdefault(exposure_root(name), row)

    def number(self, expname: str, exptype: str) -> int:
        """Return the index of an exposure."""
        root = exposure_root(expname)
        if self._pool is None:
            # The role of an exposure that is science in any association is science.
            if exptype == Role.SCIENCE or root not in self._roles:
                self._roles[root] = exptype
            return self.numbers.setdefault(root, len(self.numbers))
        self.all_in_pool = self.all_in_pool and root in self.numbers
        return self.numbers.get(root, PRODUCT)

    def pool(self, name: str) -> Pool:
        """Return a pool with the columns that follow from the names and roles of the exposures."""
        known = [columns_of_name(root) for root in self.numbers]
        columns = {
            column: Column.of(each.get(column, "null") for each in known)
            for column in ("program", "obs_num", "visit", "detector")
        }
        columns["pntgtype"] = Column.of(printable(self._roles[root]) or "null" for root in self.numbers)
        return Pool({"filename": Column.of(map(printable, self.numbers)), **columns}, name)


def printable(text: str) -> str:
    """Return a text of a file as a pool could have it, which has no control characters."""
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def _members(association: Association, exposures: _Exposures) -> list[list[MemberRecord]]:
    """Return the members of each product."""
    return [[_member(member, exposures) for member in product["members"]] for product in association.products]


def _member(member: dict[str, Any], exposures: _Exposures) -> MemberRecord:
    expname, exptype = str(member["expname"]), role_of(member.get("exptype"))
    made = parse(expname).is_product or exptype in OF_ASSOCIATIONS
    return MemberRecord(expname, exptype, PRODUCT if made else exposures.number(expname, exptype))


def _record(
    name: str, association: Association, products: list[list[MemberRecord]], types: dict[str, str]
) -> AssociationRecord:
    candidate = str(association.get("asn_id", ""))
    parts = [[(each.exptype, each.exposure) for each in members if each.exposure != PRODUCT] for members in products]
    return AssociationRecord(
        name=name,
        asn_type=str(association.get("asn_type", "")),
        rule=str(association.get("asn_rule", "")).removeprefix("candidate_").removeprefix("discover_"),
        level=level_of(association) or stage_of_names([member["expname"] for member in association.members]),
        candidate=candidate,
        candidate_type=types.get(candidate, ""),
        target=str(association.get("target", "")),
        products=tuple(str(product.get("name", "")) for product in association.products),
        members=tuple(member for members in products for member in members),
        anchors=tuple(
            next((exposure for role, exposure in part if role == Role.SCIENCE), part[0][1]) for part in parts if part
        ),
        parts=tuple(map(tuple, parts)),
        own_file=association.file_name,
        constraints=str(association.get("constraints", "")),
    )


def _with_images(records: list[AssociationRecord]) -> list[AssociationRecord]:
    """Add the exposures that member direct images represent, if the associations of these images are present."""
    makers = {product.lower(): record for record in records for product in record.products if record.level == 3}
    found = []
    for record in records:
        images = [exposure_root(each.expname).lower() for each in record.members if each.exposure == PRODUCT]
        behind = dict.fromkeys(
            exposure for name in images if name in makers for science in makers[name].science() for exposure in science
        )
        if behind:
            more = (*record.parts[0], *(("direct_image", exposure) for exposure in behind))
            record = replace(record, behind=tuple(behind), parts=(more, *record.parts[1:]))
        found.append(record)
    return found


def _candidate_types(associations: list[Association], pool: Pool | None) -> dict[str, str]:
    """Return the types of candidates: from the pool, or else from the members of stage-3 associations."""
    if pool is not None:
        known = {candidate.id: candidate.type for candidate in reversed(CandidateColumn(pool["asn_candidate"]).all)}
        return known | {DISCOVERY.id: DISCOVERY.type}
    texts = {str(member.get("asn_candidate") or "") for each in associations for member in each.members}
    found = {str(each.get("asn_id", "")): "observation" for each in associations if str(each.get("asn_id"))[:1] == "o"}
    for text in texts:
        with suppress(ValueError):  # in a file, this may be any text
            found.update((candidate.id, candidate.type) for candidate in parse_candidates(text))
    return found | {DISCOVERY.id: DISCOVERY.type}
