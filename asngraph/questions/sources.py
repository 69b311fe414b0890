"""Make collections from sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from asngraph.engine.draft import PRODUCT
from asngraph.engine.result import DecidedAssociation
from asngraph.errors import UsageError
from asngraph.graph.association_graph import AssociationGraph, generate
from asngraph.graph.support_files import SupportSource
from asngraph.model.pool import Pool
from asngraph.outputs import ARCHIVE_MARKER, output
from asngraph.pools.sources import Paths, paths_of, read_source
from asngraph.questions.collection import AssociationCollection, AssociationRecord, MemberRecord
from asngraph.questions.from_files import collect_paths
from asngraph.rules.rule import RuleSet

# A source of associations: a graph, a pool, or paths: of a pool, FITS files, association files or an archive.
Source: TypeAlias = AssociationGraph | AssociationCollection | Pool | Paths


def collect(
    source: Source,
    rules: RuleSet | None = None,
    delimiter: str = "|",
    support: SupportSource | None = None,
    excluded: Mapping[str, str] | None = None,
) -> AssociationCollection:
    """Return the collection of the associations of a source.

    Parameters
    ----------
    source : AssociationGraph, Pool, path or sequence of path
        A graph; a pool or its file, from which associations are generated; FITS files, from whose headers a pool is
        made; association files; a folder of association or FITS files, in it or below, or with only one pool; or the
        folder of an archive. If a folder has association files, they are the source.
    rules : RuleSet, optional
        The rules to make the associations of a pool, or that made those of files; by default the observatory's. A
        graph has its own.
    delimiter : str
        The character between the cells of a pool's file.
    support : path, open file or sequence of Support, optional
        Auxiliary files in addition to the MSA plans of the pool (`asngraph.graph.support_files.read_support`).
    excluded : mapping of str to str, optional
        File names of exposures of the pool to leave out, with the reasons.

    Returns
    -------
    AssociationCollection

    Raises
    ------
    UsageError
        When the source has no associations, or options do not apply to it.
    AssociationError
        When an association file cannot be read; in a folder with others it is skipped.

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
    paths = paths_of(source)
    made = _of_archive(paths) or collect_paths(paths, rules)
    if made is not None:
        if support is not None or excluded:
            raise UsageError(f"{paths[0]} has associations already; `support` and `excluded` require a pool")
        return made
    pool = read_source(paths, delimiter)
    collection = _of_graph(generate(pool, rules=rules, **options))
    collection.notes = tuple(pool.notes) if pool.line(0) is None else ()  # those of a pool's file are not about files
    return collection


def _of_archive(paths: Sequence[Path]) -> AssociationCollection | None:
    """Return the collection of an archive; None for any other source."""
    archives = [path for path in paths if (path / ARCHIVE_MARKER).is_file()]
    if not archives:
        return None
    if len(paths) > 1:
        raise UsageError(f"{archives[0]} is an archive; name no other source with it")
    made: AssociationCollection = output("archive_collection")(archives[0])
    return made


def _of_graph(graph: AssociationGraph) -> AssociationCollection:
    associations = [_record(made, uuid) for made, uuid in zip(graph.decision.made, graph.uuids, strict=True)]
    return AssociationCollection(graph.pool.name, graph.exposure_names, associations, graph.decision.facts, graph)


def _record(made: DecidedAssociation, uuid: str) -> AssociationRecord:
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
        uuid=uuid,
    )
