"""The tables of an association graph, as pandas has them."""

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
    "association", "file", "asn_type", "rule", "level", "candidate", "candidate_type", "program", "target", "product",
    "anchor", "members",
)  # fmt: skip
SET_COLUMNS = ("relation", "group", "exposure", "candidate", "candidate_type")
EDGE_COLUMNS = ("source", "target", "relation", "rule", "candidate", "candidate_type", "group")


def exposures_table(facts: Facts, names: Sequence[str], excluded: dict[str, str]) -> pd.DataFrame:
    """Make a table of exposures, by name: role, why it was left out, and the columns of the pool."""
    pool = facts.pool
    columns = {name: list(column) for name, column in pool.columns.items()}
    known = {
        "role": list(facts["role"]),
        "excluded": [excluded.get(file_name, "") for file_name in pool["filename"]],
    }
    return pd.DataFrame(known | columns, index=pd.Index(names, name="name"))


def associations_table(graph: AssociationGraph) -> pd.DataFrame:
    """Make a table of associations; of one that was merged, anchor and product are those of its first part."""
    rows = [dict(node.attributes) for node in nodes(graph, ["associations"])]
    return pd.DataFrame(rows, columns=ASSOCIATION_COLUMNS)


def membership_table(graph: AssociationGraph) -> pd.DataFrame:
    """Make a table of members, by association and in order."""
    names = graph.exposure_names
    rows = [
        (*member[:4], None if member.exposure == NO_EXPOSURE else names[member.exposure])
        for member in memberships(graph)
        if not member.represented
    ]
    return pd.DataFrame(rows, columns=("association", "product", "expname", "exptype", "exposure"))


def edges_table(graph: AssociationGraph) -> pd.DataFrame:
    """Make a table of what serves what: one row for each exposure that serves another in an association."""
    rows = [
        (edge.source.name, edge.target.name, *edge[2:7])
        for edge in edges(graph, ["services"])
        if edge.target.kind == "exposure"
    ]
    return pd.DataFrame(rows, columns=EDGE_COLUMNS)


def sets_table(graph: AssociationGraph) -> pd.DataFrame:
    """Make a table of the sets within which symmetric relations hold: one row for each exposure of each set."""
    names = graph.exposure_names
    rows = [
        (each.relation, each.name, names[member], each.candidate, each.candidate_type)
        for each in symmetric_sets(graph)
        for member in each.members
    ]
    return pd.DataFrame(rows, columns=SET_COLUMNS)


def support_table(support: Sequence[Support], names: Sequence[str]) -> pd.DataFrame:
    """Make a table of the files that serve exposures."""
    rows = [(each.file, each.kind, support_relation(each.kind), names[each.exposure]) for each in support]
    return pd.DataFrame(rows, columns=("file", "kind", "relation", "exposure"))


def set_aside_table(decision: Decision, names: Sequence[str]) -> pd.DataFrame:
    """Make a table of the associations that were not kept, with the reason and what was kept instead."""
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
