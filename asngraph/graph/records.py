"""The JSON document of an association."""

from __future__ import annotations

from typing import Any

from asngraph._version import __version__
from asngraph.engine.draft import PRODUCT, Draft, Member
from asngraph.engine.result import DecidedAssociation
from asngraph.model.association import Association
from asngraph.model.candidate import DISCOVERY
from asngraph.model.derived_columns import Facts

GOOD = "No known degraded exposures in association."
DEGRADED = (
    "One or more members have an error associated with them.\nDetails can be found in the member.exposerr attribute."
)


def record(made: DecidedAssociation, facts: Facts, version: str | None = None) -> Association:
    """Return an association as the document of its JSON file, with the fields of the reference implementation.

    Parameters
    ----------
    made : DecidedAssociation
        The association.
    facts : Facts
        The columns of the pool, and those derived from them.
    version : str, optional
        Its ``version_id``.

    Returns
    -------
    Association
    """
    draft = made.draft
    rule, candidate = draft.rule, draft.candidate
    pool, target = {"asn_pool": facts.pool.file_name}, {"target": target_of(draft, facts)}
    return Association(
        {
            "asn_type": rule.asn_type,
            "asn_rule": f"{'discover' if candidate is DISCOVERY else 'candidate'}_{rule.name}",
            "version_id": version,
            "code_version": f"asngraph {__version__}",
            "degraded_status": DEGRADED if draft.degraded else GOOD,
            "program": draft.program,
            "constraints": held_together_by(draft),
            "asn_id": candidate.id,
            **(pool | target if rule.level == 2 else target | pool),
            "products": [
                {"name": product.name, "members": [_member(draft, member, facts) for member in product.members]}
                for product in made.products
            ],
        },
        f"{made.name}_asn.json",
    )


def target_of(draft: Draft, facts: Facts) -> str:
    """Return the target of an association: in stage 2 the pool's ``targetid``, in stage 3 as in product names.

    Parameters
    ----------
    draft : Draft
        The association.
    facts : Facts
        The columns of the pool, and those derived from them.

    Returns
    -------
    str
        The target.
    """
    if draft.rule.level == 2:
        return facts["targetid"][draft.start]
    return draft.target


def held_together_by(draft: Draft) -> str:
    """Return a text of what the members of an association have in common, for its ``constraints``.

    Parameters
    ----------
    draft : Draft
        The association.

    Returns
    -------
    str
        The rule and the candidate, then one line for each shared value.
    """
    head = f"{draft.rule.about} ({draft.rule.name})\ncandidate: {draft.candidate.id}"
    return head + draft.edges.matcher.bound_text(draft.edges.state[draft.group])


def _member(draft: Draft, member: Member, facts: Facts) -> dict[str, Any]:
    written: dict[str, Any] = {"expname": member.expname, "exptype": member.exptype}
    if member.exposure == PRODUCT:
        return written
    written["exposerr"] = facts["exposerr"][member.exposure] if "exposerr" in facts.pool else None
    if draft.rule.level == 3:
        alone = draft.candidate is not DISCOVERY
        written["asn_candidate"] = draft.candidate.text if alone else facts["asn_candidate"][member.exposure]
    return written
