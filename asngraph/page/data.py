"""What the page knows: the tables of a graph, packed into columns and dictionaries that JSON holds in little space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from asngraph._version import __version__
from asngraph.graph.orphans import orphans
from asngraph.model.column import UNDEFINED_TEXTS
from asngraph.model.relations import RELATIONS
from asngraph.page.layout import Layout, lay_out

if TYPE_CHECKING:
    import pandas as pd

    from asngraph.graph.association_graph import AssociationGraph

_ASSOCIATION_COLUMNS = ("asn_type", "rule", "level", "candidate", "candidate_type", "program", "target")
_SUPPORT_COLUMNS = ("file", "kind", "relation")


def page_data(graph: AssociationGraph) -> dict[str, Any]:
    """Pack a graph for its page.

    Exposures and associations are numbered in their order, and named by their numbers everywhere else.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Returns
    -------
    dict
        What JSON can hold.
    """
    layout = lay_out(graph.exposures)
    exposure_at = {name: number for number, name in enumerate(graph.exposure_names)}
    association_at = {made.name: number for number, made in enumerate(graph.decision.made)}
    return {
        "version": __version__,
        "pool": graph.pool.name,
        "notes": graph.notes,
        "exposures": _exposures(graph, layout),
        "plan": _plan(layout),
        "associations": _associations(graph, exposure_at),
        "members": _members(graph.membership, exposure_at, association_at),
        "edges": _edges(graph.edges, exposure_at, association_at),
        "relations": _relations(graph.edges),
        "undefined": sorted(UNDEFINED_TEXTS),
        "support": _support(graph.support, exposure_at),
        "setAside": _set_aside(graph.set_aside, exposure_at, association_at),
    }


def _relations(edges: pd.DataFrame) -> dict[str, Any]:
    """Say what each relation means, and whether its edges follow from the pool alone: they have no rule but it."""
    structural = set(edges["relation"][edges["relation"] == edges["rule"]])
    return {
        name: {
            "definition": relation.definition,
            "symmetric": relation.symmetric,
            "structural": name in structural,
        }
        for name, relation in RELATIONS.items()
    }


def packed(values: Sequence[Any]) -> dict[str, Any]:
    """Pack a column: each distinct value once, and for each row the number of its value.

    A column that has one value throughout needs no numbers, and one whose values hardly repeat no dictionary.

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


def _exposures(graph: AssociationGraph, layout: Layout) -> dict[str, Any]:
    table = graph.exposures
    columns = {str(name): packed(table[name].tolist()) for name in table.columns if name not in ("role", "excluded")}
    return {
        "names": graph.exposure_names,
        "role": packed(table["role"].tolist()),
        "x": layout.x.round(2).tolist(),
        "y": layout.y.round(2).tolist(),
        "columns": columns,
        "alone": {str(orphan.exposure): orphan.reason for orphan in orphans(graph)},
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


def _associations(graph: AssociationGraph, exposure_at: dict[str, int]) -> dict[str, Any]:
    table = graph.associations
    return {
        "names": table["association"].tolist(),
        "anchor": [exposure_at[name] for name in table["anchor"]],
        **{column: packed(table[column].tolist()) for column in _ASSOCIATION_COLUMNS},
    }


def _members(table: pd.DataFrame, exposure_at: dict[str, int], association_at: dict[str, int]) -> dict[str, Any]:
    """Pack the members; a member's name is that of its exposure with another ending, so only the ending is kept."""
    exposures = [exposure_at.get(name, -1) if isinstance(name, str) else -1 for name in table["exposure"]]
    names = [
        _ending(name if isinstance(name, str) else "", expname)
        for name, expname in zip(table["exposure"], table["expname"], strict=True)
    ]
    return {
        "association": [association_at[name] for name in table["association"]],
        "exposure": exposures,
        "exptype": packed(table["exptype"].tolist()),
        "product": packed(table["product"].tolist()),
        "name": packed(names),
    }


def _ending(file_name: str, expname: str) -> tuple[int, str]:
    """Say how a member's name follows from the name of its exposure: how many characters go, and what comes.

    Examples
    --------
    >>> _ending("jw1_nis_uncal.fits", "jw1_nis_cal.fits")
    (10, 'cal.fits')
    """
    differs = (at for at, (one, other) in enumerate(zip(file_name, expname, strict=False)) if one != other)
    common = next(differs, min(len(file_name), len(expname)))
    return len(file_name) - common, expname[common:]


def _edges(table: pd.DataFrame, exposure_at: dict[str, int], association_at: dict[str, int]) -> dict[str, Any]:
    """Pack the edges by relation; the group is an association's number, or below zero that of a class of exposures."""
    classes: dict[str, int] = {}
    return {
        str(relation): {
            "source": [exposure_at[name] for name in edges["source"]],
            "target": [exposure_at[name] for name in edges["target"]],
            "group": [
                association_at[group] if group in association_at else -1 - classes.setdefault(group, len(classes))
                for group in edges["group"]
            ],
        }
        for relation, edges in table.groupby("relation", sort=False)
    }


def _support(table: pd.DataFrame, exposure_at: dict[str, int]) -> dict[str, Any]:
    columns = {column: packed(table[column].tolist()) for column in _SUPPORT_COLUMNS if column in table}
    return {"exposure": [exposure_at[name] for name in table["exposure"]], **columns}


def _set_aside(table: pd.DataFrame, exposure_at: dict[str, int], association_at: dict[str, int]) -> dict[str, Any]:
    """Pack the duplicates: what was set aside because another association was kept in its place."""
    instead = [association_at.get(name, -1) if isinstance(name, str) else -1 for name in table["duplicate_of"]]
    table = table.assign(kept=instead)
    table = table[table["kept"] >= 0]
    return {
        "kept": table["kept"].tolist(),
        **{column: packed(table[column].tolist()) for column in ("rule", "candidate", "reason")},
    }
