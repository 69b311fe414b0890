"""The tables of an association graph, as pandas has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import pandas as pd

from asngraph.engine.draft import PRODUCT, derived_edges
from asngraph.engine.result import Decision
from asngraph.graph.records import target_of
from asngraph.graph.structural_edges import structural_edges
from asngraph.graph.support_files import Support
from asngraph.model.derived_columns import Facts
from asngraph.model.relations import support_relation

ASSOCIATION_COLUMNS = (
    "association", "file", "asn_type", "rule", "level", "candidate", "candidate_type", "program", "target", "product",
    "anchor", "members",
)  # fmt: skip
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


def associations_table(decision: Decision, names: Sequence[str]) -> pd.DataFrame:
    """Make a table of associations; of one that was merged, anchor and product are those of its first part."""
    rows: list[dict[str, Any]] = []
    for made in decision.made:
        subgraph = made.subgraph
        rows.append(
            {
                "association": made.name,
                "file": f"{made.name}_asn.json",
                "asn_type": subgraph.rule.asn_type,
                "rule": subgraph.rule.name,
                "level": subgraph.rule.level,
                "candidate": subgraph.candidate.id,
                "candidate_type": subgraph.candidate.type,
                "program": subgraph.program,
                "target": target_of(subgraph, decision.facts),
                "product": made.products[0].name,
                "anchor": names[subgraph.anchor],
                "members": sum(len(product.members) for product in made.products),
            }
        )
    return pd.DataFrame(rows, columns=ASSOCIATION_COLUMNS)


def membership_table(decision: Decision, names: Sequence[str]) -> pd.DataFrame:
    """Make a table of members, by association and in order."""
    rows = [
        (made.name, product.name, expname, exptype, None if exposure == PRODUCT else names[exposure])
        for made in decision.made
        for product in made.products
        for expname, exptype, exposure in product.members
    ]
    return pd.DataFrame(rows, columns=("association", "product", "expname", "exptype", "exposure"))


def edges_table(decision: Decision, names: Sequence[str]) -> pd.DataFrame:
    """Make a table of the edges between exposures: those that follow from the pool, then those that rules derived."""
    rows = [
        (names[source], names[target], relation, relation, candidate.id, candidate.type, group)
        for source, target, relation, candidate, group in structural_edges(decision.facts)
    ]
    rows += [
        (names[source], names[part.anchor], relation, part.rule.name, *astuple(part.candidate), made.name)
        for made in decision.made
        for part in made.merged
        for source, relation in derived_edges(part, decision.facts)
    ]
    return pd.DataFrame(rows, columns=EDGE_COLUMNS)


def support_table(support: Sequence[Support], names: Sequence[str]) -> pd.DataFrame:
    """Make a table of the files that serve exposures."""
    rows = [(each.file, each.kind, support_relation(each.kind), names[each.exposure]) for each in support]
    return pd.DataFrame(rows, columns=("file", "kind", "relation", "exposure"))


def set_aside_table(decision: Decision, names: Sequence[str]) -> pd.DataFrame:
    """Make a table of the associations that were not kept, with the reason and what was kept instead."""
    kept = [decision.kept_for(each.duplicate_of) for each in decision.aside]
    rows = [
        {
            "rule": each.subgraph.rule.name,
            "candidate": each.subgraph.candidate.id,
            "anchor": names[each.subgraph.anchor],
            "members": len(each.subgraph.members),
            "reason": each.reason,
            "duplicate_of": instead.name if instead else None,
        }
        for each, instead in zip(decision.aside, kept, strict=True)
    ]
    return pd.DataFrame(rows, columns=("rule", "candidate", "anchor", "members", "reason", "duplicate_of"))
