"""Numbers and names of associations, and merging those of stage 2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from asngraph.engine.draft import Draft
from asngraph.engine.result import DecidedAssociation, Product, Request, SetAside
from asngraph.model.filenames import association_file


def number_by_creation(drafts: Iterable[Draft], level: int, request: Request) -> None:
    """Assign numbers in the order in which associations were started, valid or not.

    With discovery the reference counts by candidate and type; without, it counts through all candidates, in stage 3 by
    type and from 1, in stage 2 all together and from 2 (``sequence`` in jwst.associations.lib.dms_base and
    rules_level3_base).

    Parameters
    ----------
    drafts : iterable of Draft
        Associations of one stage, in the order in which they were started.
    level : int
        The stage, 2 or 3.
    request : Request
        Whether discovery runs.
    """
    numbers: Counter[tuple[str, ...]] = Counter()
    for draft in drafts:
        asn_type = draft.rule.asn_type
        key = (draft.candidate.id, asn_type) if request.discover else ((asn_type,) if level == 3 else ())
        numbers[key] += 1
        draft.sequence = numbers[key] + (level == 2 and not request.discover)


def number(drafts: Iterable[Draft]) -> None:
    """Assign numbers by candidate and type.

    Parameters
    ----------
    drafts : iterable of Draft
        The associations that were kept, in order.
    """
    numbers: Counter[tuple[str, str]] = Counter()
    for draft in drafts:
        key = draft.candidate.id, draft.rule.asn_type
        numbers[key] += 1
        draft.sequence = numbers[key]


def name(draft: Draft, request: Request, duplicate: int | None = None) -> DecidedAssociation:
    """Return an association with its name, by its number.

    Parameters
    ----------
    draft : Draft
        The association, numbered.
    request : Request
        The version that names carry.
    duplicate : int, optional
        Its number as a duplicate that is written nevertheless.
    """
    file_name = association_file(
        draft.program,
        draft.candidate.id,
        draft.rule.asn_type,
        draft.sequence,
        version=request.version,
        duplicate=duplicate,
    )
    product = Product(draft.product, draft.members)
    return DecidedAssociation(file_name.removesuffix("_asn.json"), draft, [product], [draft])


def name_duplicates(
    aside: Sequence[SetAside], request: Request, made: Sequence[DecidedAssociation]
) -> list[DecidedAssociation]:
    """Return the duplicates among what was set aside with names of their own.

    Parameters
    ----------
    aside : sequence of SetAside
        What was set aside.
    request : Request
        The version that names carry.
    made : sequence of DecidedAssociation
        The associations so far; numbers continue after their duplicates.
    """
    first = sum(association.name.startswith("dup") for association in made) + 1
    duplicates = [set_aside.draft for set_aside in aside if set_aside.duplicate_of is not None]
    return [name(draft, request, place) for place, draft in enumerate(duplicates, start=first)]


def merge_level2(made: Sequence[DecidedAssociation]) -> list[DecidedAssociation]:
    """Merge the associations of stage 2 that have the same candidate and type.

    Products of the same name become one, with the members that the first of them lacked. Associations of stage 3 come
    first.

    Parameters
    ----------
    made : sequence of DecidedAssociation
        All associations.
    """
    others = [association for association in made if association.draft.rule.level != 2]
    merged: dict[tuple[str, str], DecidedAssociation] = {}
    for association in made:
        if association.draft.rule.level == 2:
            key = association.draft.rule.asn_type, association.draft.candidate.id
            if key in merged:
                _merge_into(merged[key], association)
            else:
                products = [Product(name, list(members)) for name, members in association.products]
                merged[key] = DecidedAssociation(
                    association.name, association.draft, products, list(association.merged), association.valid
                )
    return [*others, *merged.values()]


def _merge_into(first: DecidedAssociation, other: DecidedAssociation) -> None:
    first.merged += other.merged
    for product in other.products:
        same = [known for known in first.products if known.name == product.name]
        for known in same:
            names = {member.expname for member in known.members}
            known.members.extend(member for member in product.members if member.expname not in names)
        if not same:
            first.products.append(Product(product.name, list(product.members)))
