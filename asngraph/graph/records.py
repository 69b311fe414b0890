"""Writing an association down: from a subgraph to the dict of its JSON file."""

from __future__ import annotations

from typing import Any

from asngraph._version import __version__
from asngraph.engine.draft import PRODUCT, Member, Subgraph
from asngraph.engine.result import Made
from asngraph.model.association import Association
from asngraph.model.candidate import DISCOVERY
from asngraph.model.derived_columns import Facts

GOOD = "No known degraded exposures in association."
DEGRADED = (
    "One or more members have an error associated with them.\nDetails can be found in the member.exposerr attribute."
)


def record(made: Made, facts: Facts, version: str | None = None) -> Association:
    """Write an association down, as the reference does.

    Parameters
    ----------
    made : Made
        The association.
    facts : Facts
        What is known of each exposure.
    version : str, optional
        The version that it carries.

    Returns
    -------
    Association
    """
    subgraph = made.subgraph
    rule, candidate = subgraph.rule, subgraph.candidate
    pool, target = {"asn_pool": facts.pool.file_name}, {"target": target_of(subgraph, facts)}
    return Association(
        {
            "asn_type": rule.asn_type,
            "asn_rule": f"{'discover' if candidate is DISCOVERY else 'candidate'}_{rule.name}",
            "version_id": version,
            "code_version": f"asngraph {__version__}",
            "degraded_status": DEGRADED if subgraph.degraded else GOOD,
            "program": subgraph.program,
            "constraints": held_together_by(subgraph),
            "asn_id": candidate.id,
            **(pool | target if rule.level == 2 else target | pool),
            "products": [
                {"name": product.name, "members": [_member(subgraph, member, facts) for member in product.members]}
                for product in made.products
            ],
        },
        f"{made.name}_asn.json",
    )


def target_of(subgraph: Subgraph, facts: Facts) -> str:
    """Return the target: in level 2 as the pool has it, in level 3 as product names have it."""
    if subgraph.rule.level == 2:
        return facts["targetid"][subgraph.start]
    return subgraph.target


def held_together_by(subgraph: Subgraph) -> str:
    """Say in words what an association's members have in common."""
    head = f"{subgraph.rule.about} ({subgraph.rule.name})\ncandidate: {subgraph.candidate.id}"
    return head + subgraph.edges.matcher.bound_text(subgraph.edges.state[subgraph.group])


def _member(subgraph: Subgraph, member: Member, facts: Facts) -> dict[str, Any]:
    written: dict[str, Any] = {"expname": member.expname, "exptype": member.exptype}
    if member.exposure == PRODUCT:
        return written
    written["exposerr"] = facts["exposerr"][member.exposure] if "exposerr" in facts.pool else None
    if subgraph.rule.level == 3:
        alone = subgraph.candidate is not DISCOVERY
        written["asn_candidate"] = subgraph.candidate.text if alone else facts["asn_candidate"][member.exposure]
    return written
