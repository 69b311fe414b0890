"""The tables of an association graph, as pandas frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from asngraph.engine.result import Decision
from asngraph.graph.elements import edges, nodes, symmetric_sets
from asngraph.graph.memberships import NO_EXPOSURE, memberships
from asngraph.graph.support_files import Support
from asngraph.model.derived_columns import Facts
from asngraph.model.relations import support_relation

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph

ASSOCIATION_COLUMNS = (
    "association", "uuid", "file", "asn_type", "rule", "level", "candidate", "candidate_type", "program", "target",
    "product", "anchor", "members",
)  # fmt: skip
SET_COLUMNS = ("relation", "group", "exposure", "candidate", "candidate_type")
EDGE_COLUMNS = ("source", "target", "relation", "rule", "candidate", "candidate_type", "group")


def exposures_table(facts: Facts, names: Sequence[str], excluded: dict[str, str]) -> pd.DataFrame:
    """Return the table of exposures (`AssociationGraph.exposures`).

    Parameters
    ----------
    facts : Facts
        The columns of the pool, and those derived from them.
    names : sequence of str
        The names of the exposures.
    excluded : dict of str to str
        File names of excluded exposures, with the reasons.

    Returns
    -------
    pandas.DataFrame
        One row for each exposure.
    """
    pool = facts.pool
    columns = {name: list(column) for name, column in pool.columns.items()}
    known = {
        "role": list(facts["role"]),
        "excluded": [excluded.get(file_name, "") for file_name in pool["filename"]],
    }
    return pd.DataFrame(known | columns, index=pd.Index(names, name="name"))


def associations_table(graph: AssociationGraph) -> pd.DataFrame:
    """Return the table of associations (`AssociationGraph.associations`).

    For a merged association, anchor and product are those of its first part.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Returns
    -------
    pandas.DataFrame
        One row for each association.
    """
    rows = [dict(node.attributes) for node in nodes(graph, ["associations"])]
    return pd.DataFrame(rows, columns=ASSOCIATION_COLUMNS)


def membership_table(graph: AssociationGraph) -> pd.DataFrame:
    """Return the table of members (`AssociationGraph.membership`).

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Returns
    -------
    pandas.DataFrame
        One row for each member.
    """
    names = graph.exposure_names
    rows = [
        (*member[:4], None if member.exposure == NO_EXPOSURE else names[member.exposure])
        for member in memberships(graph)
        if not member.represented
    ]
    return pd.DataFrame(rows, columns=("association", "product", "expname", "exptype", "exposure"))


def edges_table(graph: AssociationGraph) -> pd.DataFrame:
    """Return the table of directed edges between exposures (`AssociationGraph.edges`).

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Returns
    -------
    pandas.DataFrame
        One row for each edge.
    """
    rows = [
        (edge.source.name, edge.target.name, *edge[2:7])
        for edge in edges(graph, ["services"])
        if edge.target.kind == "exposure"
    ]
    return pd.DataFrame(rows, columns=EDGE_COLUMNS)


def sets_table(graph: AssociationGraph) -> pd.DataFrame:
    """Return the table of symmetric relations (`AssociationGraph.sets`).

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Returns
    -------
    pandas.DataFrame
        One row for each exposure of each set.
    """
    names = graph.exposure_names
    rows = [
        (each.relation, each.name, names[member], each.candidate, each.candidate_type)
        for each in symmetric_sets(graph)
        for member in each.members
    ]
    return pd.DataFrame(rows, columns=SET_COLUMNS)


def support_table(support: Sequence[Support], names: Sequence[str]) -> pd.DataFrame:
    """Return the table of auxiliary files (`AssociationGraph.support`).

    Parameters
    ----------
    support : sequence of Support
        The auxiliary files.
    names : sequence of str
        The names of the exposures.

    Returns
    -------
    pandas.DataFrame
        One row for each file and exposure.
    """
    rows = [(each.file, each.kind, support_relation(each.kind), names[each.exposure]) for each in support]
    return pd.DataFrame(rows, columns=("file", "kind", "relation", "exposure"))


def set_aside_table(decision: Decision, names: Sequence[str]) -> pd.DataFrame:
    """Return the table of associations that were set aside (`AssociationGraph.set_aside`).

    Parameters
    ----------
    decision : Decision
        The result of the engine.
    names : sequence of str
        The names of the exposures.

    Returns
    -------
    pandas.DataFrame
        One row for each association that was set aside.
    """
    kept = [decision.kept_for(each.duplicate_of) for each in decision.aside]
    rows = [
        {
            "rule": each.draft.rule.name,
            "candidate": each.draft.candidate.id,
            "anchor": names[each.draft.anchor],
            "members": len(each.draft.members),
            "reason": each.reason,
            "duplicate_of": instead.name if instead else None,
        }
        for each, instead in zip(decision.aside, kept, strict=True)
    ]
    return pd.DataFrame(rows, columns=("rule", "candidate", "anchor", "members", "reason", "duplicate_of"))
