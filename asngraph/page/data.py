"""The data of the page: the nodes, edges and sets of a graph, packed into columns for compact JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from asngraph._version import __version__
from asngraph.graph.elements import (
    Edge,
    Node,
    elements,
    nodes,
    service_blocks,
    symmetric_sets,
)
from asngraph.graph.memberships import Membership, memberships
from asngraph.graph.orphans import orphans
from asngraph.graph.structural_sets import ExposureSet
from asngraph.model.column import UNDEFINED_TEXTS
from asngraph.model.relations import RELATIONS
from asngraph.page.layout import Layout, lay_out

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph

_ASSOCIATION_COLUMNS = ("asn_type", "rule", "level", "candidate", "candidate_type", "program", "target")
_SET_ASIDE_COLUMNS = ("rule", "candidate", "reason")

_Numbers = Mapping[str, int]


def page_data(graph: AssociationGraph) -> dict[str, Any]:
    """Return the data of a graph for its page.

    Exposures and associations are numbered in their order; everything else refers to them by number.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Returns
    -------
    dict
        Values that can be written as JSON.
    """
    exposures = [node for node in nodes(graph, ["exposures"]) if node.key.kind == "exposure"]
    associations = [node for node in nodes(graph, ["associations"]) if node.key.kind == "association"]
    exposure_at = {node.key.name: number for number, node in enumerate(exposures)}
    association_at = {node.key.name: number for number, node in enumerate(associations)}
    names = [name for name in exposures[0].attributes if name not in ("role", "excluded")] if exposures else []
    columns = {name: [node.attributes[name] for node in exposures] for name in names}
    layout = lay_out(columns)
    alone = {str(orphan.exposure): orphan.reason for orphan in orphans(graph)}
    return {
        "version": __version__,
        "pool": graph.pool.name,
        "notes": graph.notes,
        "exposures": _exposures(exposures, columns, layout) | {"alone": alone},
        "plan": _plan(layout),
        "associations": _associations(associations, exposure_at),
        "members": _members(memberships(graph), columns["filename"], association_at),
        "services": _services(graph, association_at),
        "sets": _sets(symmetric_sets(graph), layout, association_at),
        "relations": _relations(),
        "undefined": sorted(UNDEFINED_TEXTS),
        "support": _support(elements(graph, ["support"]), exposure_at),
        "setAside": _set_aside(elements(graph, ["set_aside"]), association_at),
    }


def _relations() -> dict[str, Any]:
    """Return the definition of each relation, and whether it follows from the pool only."""
    return {
        name: {
            "definition": relation.definition,
            "symmetric": relation.symmetric,
            "structural": relation.symmetric and relation.through != "member_of",
        }
        for name, relation in RELATIONS.items()
    }


def packed(values: Sequence[Any]) -> dict[str, Any]:
    """Return a packed column: each distinct value once, and for each row the index of its value.

    A constant column has no indices, and a column with few repetitions no list of distinct values.

    Parameters
    ----------
    values : sequence
        The column.

    Returns
    -------
    dict

    Examples
    --------
    >>> packed(["a", "b", "a", "a"]), packed(["a", "a"]), packed(["a", "b"])
    ({'values': ['a', 'b'], 'codes': [0, 1, 0, 0]}, {'values': ['a']}, {'each': ['a', 'b']})
    """
    numbers: dict[Any, int] = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values]
    if len(numbers) == 1:
        return {"values": list(numbers)}
    if len(numbers) > len(codes) // 2:
        return {"each": list(values)}
    return {"values": list(numbers), "codes": codes}


def _exposures(exposures: Sequence[Node], columns: Mapping[str, list[str]], layout: Layout) -> dict[str, Any]:
    return {
        "names": [node.key.name for node in exposures],
        "role": packed([node.attributes["role"] for node in exposures]),
        "x": layout.x.round(2).tolist(),
        "y": layout.y.round(2).tolist(),
        "columns": {name: packed(values) for name, values in columns.items()},
    }


def _plan(layout: Layout) -> dict[str, Any]:
    regions = layout.regions
    return {
        "width": round(layout.width, 2),
        "height": round(layout.height, 2),
        "kind": packed([region.kind for region in regions]),
        "title": packed([region.title for region in regions]),
        "subtitle": packed([region.subtitle for region in regions]),
        "box": [[round(side, 2) for side in (region.x, region.y, region.width, region.height)] for region in regions],
    }


def _associations(associations: Sequence[Node], exposure_at: _Numbers) -> dict[str, Any]:
    known = [node.attributes for node in associations]
    return {
        "names": [node.key.name for node in associations],
        "uuid": [each["uuid"] for each in known],
        "anchor": [exposure_at[each["anchor"]] for each in known],
        **{column: packed([each[column] for each in known]) for column in _ASSOCIATION_COLUMNS},
    }


def _members(found: Iterable[Membership], files: Sequence[str], association_at: _Numbers) -> dict[str, Any]:
    """Return the packed members.

    A member's name differs from its exposure's only in the ending, and only that is stored.
    """
    members = list(found)
    names = [_ending(files[each.exposure] if each.exposure >= 0 else "", each.file) for each in members]
    return {
        "association": [association_at[each.association] for each in members],
        "exposure": [each.exposure for each in members],
        "exptype": packed([each.exptype for each in members]),
        "product": packed([each.product for each in members]),
        "name": packed(names),
        "represented": [row for row, each in enumerate(members) if each.represented],
    }


def _ending(file_name: str, expname: str) -> tuple[int, str]:
    """Return how a member's name follows from its exposure's: the number of characters to drop, and the new ending.

    Examples
    --------
    >>> _ending("jw1_nis_uncal.fits", "jw1_nis_cal.fits")
    (10, 'cal.fits')
    """
    differs = (at for at, (one, other) in enumerate(zip(file_name, expname, strict=False)) if one != other)
    common = next(differs, min(len(file_name), len(expname)))
    return len(file_name) - common, expname[common:]


def _services(graph: AssociationGraph, association_at: _Numbers) -> dict[str, Any]:
    """Return the packed services of associations, in which each source serves each target."""
    found: dict[str, list[tuple[int, tuple[int, ...], tuple[int, ...]]]] = {}
    for made, _, block in service_blocks(graph):
        found.setdefault(block.relation, []).append((association_at[made.name], block.sources, block.targets))
    return {
        relation: {
            "association": [association for association, _, _ in blocks],
            "sources": packed([sources for _, sources, _ in blocks]),
            "targets": packed([targets for _, _, targets in blocks]),
        }
        for relation, blocks in found.items()
    }


def _sets(found: Iterable[ExposureSet], layout: Layout, association_at: _Numbers) -> dict[str, Any]:
    """Return the symmetric relations as packed sets, with members in the order of the plan.

    The set of an association has the association's number instead of a name.
    """
    sets: dict[str, list[ExposureSet]] = {}
    for each in found:
        sets.setdefault(each.relation, []).append(each)
    return {relation: _packed_sets(those, layout, association_at) for relation, those in sets.items()}


def _packed_sets(sets: Sequence[ExposureSet], layout: Layout, association_at: _Numbers) -> dict[str, Any]:
    members = [tuple(layout.path(each.members)) for each in sets]
    data = {
        "name": [association_at[each.name] if each.kind == "association" else each.name for each in sets],
        "members": packed(members),
    }
    if any(each.parts for each in sets):
        parts = [dict(zip(each.members, each.parts, strict=True)) for each in sets]
        data["parts"] = packed([tuple(map(part.__getitem__, path)) for part, path in zip(parts, members, strict=True)])
    return data


def _support(found: Iterable[Node | Edge], exposure_at: _Numbers) -> dict[str, Any]:
    kinds: dict[str, str] = {}
    edges: list[Edge] = []
    for each in found:
        if isinstance(each, Edge):
            edges.append(each)
        else:
            kinds[each.key.name] = each.attributes["support_kind"]
    return {
        "exposure": [exposure_at[each.target.name] for each in edges],
        "file": packed([each.source.name for each in edges]),
        "kind": packed([kinds[each.source.name] for each in edges]),
        "relation": packed([each.relation for each in edges]),
    }


def _set_aside(found: Iterable[Node | Edge], association_at: _Numbers) -> dict[str, Any]:
    """Return the packed duplicates: associations that were set aside, with those that were kept."""
    aside: dict[str, Mapping[str, Any]] = {}
    kept: list[tuple[int, Mapping[str, Any]]] = []
    for each in found:
        if isinstance(each, Node):
            aside[each.key.name] = each.attributes
        else:
            kept.append((association_at[each.target.name], aside[each.source.name]))
    return {
        "kept": [association for association, _ in kept],
        **{column: packed([known[column] for _, known in kept]) for column in _SET_ASIDE_COLUMNS},
    }
