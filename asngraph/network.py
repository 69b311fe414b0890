"""The association graph as a networkx graph, for whoever wants to walk it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asngraph.candidates import parse_candidates
from asngraph.columns import is_defined

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from asngraph.graph import AssociationGraph


def to_networkx(graph: AssociationGraph) -> nx.MultiDiGraph:
    """Make a networkx graph of the tables of an association graph.

    Nodes are named ``kind:name``, an exposure by its file name alone.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes with a ``kind`` and what the tables say of them; edges with a ``relation``, and the rule, candidate and
        group where a rule derived them.
    """
    import networkx as nx

    result = nx.MultiDiGraph(pool=graph.pool.name)
    exposures = graph.exposures
    for name, exposure in zip(exposures.index, _records(exposures), strict=True):
        result.add_nodes_from([(name, exposure | {"kind": "exposure"})])
    _add_plan(result, exposures)
    for support in _records(graph.support):
        node = f"support:{support['file']}"
        result.add_node(node, kind="support", file=support["file"])
        result.add_edge(node, support["exposure"], relation=support["relation"], rule=support["relation"])
    for edge in _records(graph.edges):
        result.add_edges_from([(edge.pop("source"), edge.pop("target"), edge)])
    _add_associations(result, graph)
    return result


def _add_plan(result: nx.MultiDiGraph, exposures: pd.DataFrame) -> None:
    """Add the observations, targets and candidates of the exposures."""
    for name, exposure in zip(exposures.index, _records(exposures), strict=True):
        program = f"{exposure.get('program', 'null'):0>5s}"
        for column, kind, relation in (
            ("obs_num", "observation", "in_observation"),
            ("targetid", "target", "has_target"),
        ):
            value = exposure.get(column, "null")
            if is_defined(value):
                node = f"{kind}:{program}/{value}"
                result.add_node(node, kind=kind, program=program, number=value)
                result.add_edge(name, node, relation=relation)
        for candidate in parse_candidates(exposure.get("asn_candidate", "null")):
            node = f"candidate:{program}/{candidate.id}"
            result.add_node(node, kind="candidate", program=program, id=candidate.id, type=candidate.type)
            result.add_edge(name, node, relation="has_candidate")


def _add_associations(result: nx.MultiDiGraph, graph: AssociationGraph) -> None:
    associations = graph.associations
    for row in _records(associations):
        node, product = f"association:{row['association']}", f"product:{row['product']}"
        result.add_nodes_from([(node, row | {"kind": "association"})])
        result.add_node(product, kind="product", name=row["product"])
        result.add_edge(node, product, relation="produces")
        candidate = f"candidate:{row['program']}/{row['candidate']}"
        result.add_node(
            candidate, kind="candidate", program=row["program"], id=row["candidate"], type=row["candidate_type"]
        )
        result.add_edge(node, candidate, relation="for_candidate")
    product_of = dict(zip(associations["association"], associations["product"], strict=True))
    for member in _records(graph.membership.dropna(subset=["exposure"])):
        association, exposure = member["association"], member["exposure"]
        result.add_edge(exposure, f"association:{association}", relation="member_of", exptype=member["exptype"])
        result.add_edge(f"product:{product_of[association]}", exposure, relation="derived_from")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
