"""The association graph as a networkx graph, for whoever wants to walk it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asngraph.candidates import parse_candidates

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
    for exposure in exposures.to_dict("records"):
        name = exposure.pop("exposure")
        result.add_node(name, kind="exposure", **exposure)
    _add_plan(result, exposures)
    for edge in graph.edges.itertuples(index=False):
        result.add_edge(
            edge.source, edge.target, relation=edge.relation, rule=edge.rule, candidate=edge.candidate, group=edge.group
        )
    _add_associations(result, graph)
    return result


def _add_plan(result: nx.MultiDiGraph, exposures: pd.DataFrame) -> None:
    """Add the observations, targets and candidates of the exposures."""
    for exposure in exposures.to_dict("records"):
        name, program = exposure["exposure"], exposure.get("program", "null")
        for column, kind, relation in (
            ("obs_num", "observation", "in_observation"),
            ("targetid", "target", "has_target"),
        ):
            value = exposure.get(column, "null")
            if value != "null" and program != "null":
                node = f"{kind}:{program}/{value}"
                result.add_node(node, kind=kind, program=program, number=value)
                result.add_edge(name, node, relation=relation)
        for candidate in parse_candidates(exposure.get("asn_candidate", "null")):
            node = f"candidate:{program}/{candidate.id}"
            result.add_node(node, kind="candidate", program=program, id=candidate.id, type=candidate.type)
            result.add_edge(name, node, relation="has_candidate")


def _add_associations(result: nx.MultiDiGraph, graph: AssociationGraph) -> None:
    associations = graph.associations
    for row in associations.to_dict("records"):
        node, product = f"association:{row['association']}", f"product:{row['product']}"
        result.add_node(node, kind="association", **row)
        result.add_node(product, kind="product", name=row["product"])
        result.add_edge(node, product, relation="produces")
        candidate = f"candidate:{row['program'].lstrip('0')}/{row['candidate']}"
        if candidate in result:
            result.add_edge(node, candidate, relation="for_candidate")
    product_of = dict(zip(associations["association"], associations["product"], strict=True))
    for row in graph.membership.dropna(subset=["exposure"]).itertuples(index=False):
        result.add_edge(row.exposure, f"association:{row.association}", relation="member_of", exptype=row.exptype)
        result.add_edge(f"product:{product_of[row.association]}", row.exposure, relation="derived_from")
