"""From a source to the collection that questions are asked of."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from asngraph.engine.draft import PRODUCT
from asngraph.engine.result import DecidedAssociation
from asngraph.errors import UsageError
from asngraph.graph.association_graph import AssociationGraph, generate
from asngraph.graph.support_files import SupportSource
from asngraph.model.association_files import no_associations, pools_in
from asngraph.model.pool import Pool
from asngraph.questions.collection import AssociationCollection, AssociationRecord, MemberRecord
from asngraph.questions.from_files import collect_path
from asngraph.rules.rule import RuleSet

# What questions are asked of: a graph, a pool, association files by the path of one or of their folder.
Source: TypeAlias = AssociationGraph | AssociationCollection | Pool | str | os.PathLike[str]


def collect(
    source: Source,
    rules: RuleSet | None = None,
    delimiter: str = "|",
    support: SupportSource | None = None,
    excluded: Mapping[str, str] | None = None,
) -> AssociationCollection:
    """Return the associations of a source, to be asked.

    Parameters
    ----------
    source : AssociationGraph, Pool, or path
        A graph; a pool or its file, of which the associations are made now; an association file; or a folder of
        association files, or one that has no association files and one pool.
    rules : RuleSet, optional
        The rules with which the associations of a pool are made, or those of files were; by default those of the
        observatory. A graph has its own.
    delimiter : str
        The character between the cells of a pool's file.
    support : path, open file or iterable of Support, optional
        Files that serve exposures of the pool, beside its MSA plans (`asngraph.graph.support_files.read_support`).
    excluded : mapping of str to str, optional
        File names of exposures of the pool that are left out, each with the reason.

    Raises
    ------
    UsageError
        When there is nothing to ask.
    AssociationError
        When an association file cannot be read; in a folder that has others it is passed over.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> collection = collect(simulate(4, ["nircam-imaging"], seed=1))
    >>> len(collection.exposures), len(collection.associations)
    (4, 5)
    """
    if isinstance(source, AssociationCollection):
        return source
    if isinstance(source, AssociationGraph):
        return _of_graph(source)
    options: dict[str, Any] = {"support": support, "excluded": excluded or {}}
    if isinstance(source, Pool):
        return _of_graph(generate(source, rules=rules, **options))
    path = Path(source)
    of_files = collect_path(path, rules)
    if of_files is not None:
        if support is not None or excluded:
            raise UsageError(f"{path} has association files; support and what is left out go with a pool")
        return of_files
    pool = _only_pool(path) if path.is_dir() else path
    return _of_graph(generate(Pool.read(pool, delimiter), rules=rules, **options))


def _only_pool(folder: Path) -> Path:
    pools = pools_in(folder)
    if len(pools) == 1:
        return pools[0]
    what = f"{len(pools)} files that could be pools" if pools else "no pool"
    raise UsageError(
        f"{no_associations(folder)}, and {what}; name a pool, an association file, or a folder of association files"
    )


def _of_graph(graph: AssociationGraph) -> AssociationCollection:
    associations = [_record(made) for made in graph.decision.made]
    return AssociationCollection(graph.pool.name, graph.exposure_names, associations, graph.decision.facts, graph)


def _record(made: DecidedAssociation) -> AssociationRecord:
    own, rule = made.draft, made.draft.rule
    return AssociationRecord(
        name=made.name,
        asn_type=rule.asn_type,
        rule=rule.name,
        level=rule.level,
        candidate=own.candidate.id,
        candidate_type=own.candidate.type,
        target=own.target,
        products=tuple(product.name for product in made.products),
        members=tuple(MemberRecord(*member) for product in made.products for member in product.members),
        anchors=tuple(part.anchor for part in made.merged),
        parts=tuple(
            tuple(
                (exptype, exposure) for _, exptype, exposure in (*part.members, *part.replaced) if exposure != PRODUCT
            )
            for part in made.merged
        ),
        behind=tuple(member.exposure for part in made.merged for member in part.replaced),
        made=made,
    )
