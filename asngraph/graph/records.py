"""The JSON document of an association."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from asngraph._version import __version__
from asngraph.engine.draft import PRODUCT, Draft, Member
from asngraph.engine.result import DecidedAssociation, Decision
from asngraph.model.association import Association, Rendered
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

    def members(draft: Draft, members: Sequence[Member]) -> list[dict[str, Any]]:
        return [_member(draft, member, facts) for member in members]

    return _record(made, facts, version, members)


def texts(decision: Decision, version: str | None = None) -> Iterator[str]:
    """Yield the text of each association's JSON file: that of its `record`, made in less time.

    Parameters
    ----------
    decision : Decision
        The associations.
    version : str, optional
        Their ``version_id``.
    """
    members = _MemberTexts(decision.facts)
    return (_record(made, decision.facts, version, members.text).to_json() for made in decision.made)


def _record(
    made: DecidedAssociation,
    facts: Facts,
    version: str | None,
    members: Callable[[Draft, Sequence[Member]], list[dict[str, Any]] | Rendered],
) -> Association:
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
                {"name": product.name, "members": members(draft, product.members)} for product in made.products
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


class _MemberTexts:
    """The members of associations as JSON, at the depth that they have in a file."""

    def __init__(self, facts: Facts) -> None:
        self._errors = _quoted_cells(facts, "exposerr") if "exposerr" in facts.pool else None
        self._candidates = _quoted_cells(facts, "asn_candidate")

    def text(self, draft: Draft, members: Sequence[Member]) -> Rendered:
        """Return the list of members of a product; the same as that of `_member` of each."""
        errors = self._errors
        of_all = quoted(draft.candidate.text) if draft.candidate is not DISCOVERY else ""
        parts = []
        for expname, exptype, exposure in members:
            lines = f'"expname": {quoted(expname)},{_FIELD}"exptype": {quoted(exptype)}'
            if exposure != PRODUCT:
                lines += f',{_FIELD}"exposerr": {errors[exposure] if errors is not None else "null"}'
                if draft.rule.level == 3:
                    lines += f',{_FIELD}"asn_candidate": {of_all or self._candidates[exposure]}'
            parts.append(lines)
        if not parts:
            return Rendered("[]")
        return Rendered(f"[{_MEMBER}{{{_FIELD}" + f"{_MEMBER}}},{_MEMBER}{{{_FIELD}".join(parts) + f"{_MEMBER}}}{_END}")


# Lines of a member's fields, of its braces, and of the end of the list.
_FIELD, _MEMBER, _END = "\n" + 20 * " ", "\n" + 16 * " ", "\n" + 12 * " " + "]"


def _quoted_cells(facts: Facts, name: str) -> list[str]:
    column = facts[name]
    values = [quoted(value) for value in column.values]
    return [values[code] for code in column.codes.tolist()]
