"""The JSON document of an association."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
    draft = made.draft
    products = [
        {"name": product.name, "members": [_member(draft, member, facts) for member in product.members]}
        for product in made.products
    ]
    return Association(_document(draft, facts, version, products), f"{made.name}_asn.json")


def texts(decision: Decision, version: str | None = None) -> Iterator[str]:
    """Yield the text of each association's JSON file: that of its `record`, made in less time.

    Parameters
    ----------
    decision : Decision
        The associations.
    version : str, optional
        Their ``version_id``.
    """
    facts, products = decision.facts, _ProductTexts(decision.facts)
    program, target = facts["program"].codes, facts["targetid"].codes
    known: dict[object, list[str]] = {}
    for made in decision.made:
        draft = made.draft
        bound = draft.edges.state[draft.group]
        key = bound, id(draft.candidate), draft.degraded, program[draft.start], target[draft.start]
        if key not in known:
            if len(known) > _MOST_KNOWN:
                known.clear()
            around = Association(_document(draft, facts, version, Rendered(_HERE))).to_json()
            known[key] = around.split(_HERE)
        before, after = known[key]
        yield before + products.text(made) + after


# In place of products; JSON has it only escaped.
_HERE = "\0"
# Associations that have all in common but their products come near each other.
_MOST_KNOWN = 1000


def _document(
    draft: Draft, facts: Facts, version: str | None, products: list[dict[str, Any]] | Rendered
) -> dict[str, Any]:
    rule, candidate = draft.rule, draft.candidate
    pool, target = {"asn_pool": facts.pool.file_name}, {"target": target_of(draft, facts)}
    return {
        "asn_type": rule.asn_type,
        "asn_rule": f"{'discover' if candidate is DISCOVERY else 'candidate'}_{rule.name}",
        "version_id": version,
        "code_version": f"asngraph {__version__}",
        "degraded_status": DEGRADED if draft.degraded else GOOD,
        "program": draft.program,
        "constraints": held_together_by(draft),
        "asn_id": candidate.id,
        **(pool | target if rule.level == 2 else target | pool),
        "products": products,
    }


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


class _ProductTexts:
    """The products of associations as JSON, at the depth that they have in a file."""

    def __init__(self, facts: Facts) -> None:
        self._errors = _quoted_cells(facts, "exposerr") if "exposerr" in facts.pool else None
        self._candidates = _quoted_cells(facts, "asn_candidate")

    def text(self, made: DecidedAssociation) -> str:
        """Return the list of products."""
        products = (
            f'"name": {quoted(product.name)},{_INDENT[12]}"members": '
            + _listed(self._members(made.draft, product.members), 12)
            for product in made.products
        )
        return _listed(products, 4)

    def _members(self, draft: Draft, members: Sequence[Member]) -> Iterator[str]:
        """Yield the fields of each member, those of `_member`."""
        errors, comma = self._errors, "," + _INDENT[20]
        candidate = quoted(draft.candidate.text) if draft.candidate is not DISCOVERY else ""
        for expname, exptype, exposure in members:
            fields = f'"expname": {quoted(expname)}{comma}"exptype": {quoted(exptype)}'
            if exposure != PRODUCT:
                fields += f'{comma}"exposerr": {errors[exposure] if errors is not None else "null"}'
                if draft.rule.level == 3:
                    fields += f'{comma}"asn_candidate": {candidate or self._candidates[exposure]}'
            yield fields


_INDENT = {width: "\n" + width * " " for width in range(0, 21, 4)}


def _listed(objects: Iterable[str], width: int) -> str:
    """Return a list of objects, whose fields are given, that begins in a line of this indent."""
    brace, field = _INDENT[width + 4], _INDENT[width + 8]
    text = f"{brace}}},{brace}{{{field}".join(objects)
    return f"[{brace}{{{field}{text}{brace}}}{_INDENT[width]}]" if text else "[]"


def _quoted_cells(facts: Facts, name: str) -> list[str]:
    column = facts[name]
    values = [quoted(value) for value in column.values]
    return [values[code] for code in column.codes.tolist()]
