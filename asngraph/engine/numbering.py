"""Numbers and names of associations, and merging them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from asngraph.engine.draft import Draft
from asngraph.engine.result import DecidedAssociation, Product, Request, SetAside
from asngraph.model.filenames import association_file


def number_by_creation(drafts: Iterable[Draft], level: int, request: Request) -> None:
    """Count associations as they were started, whether they are valid or not.

    With discovery the reference counts by candidate and type; without, it counts through all candidates, in level 3 by
    type and from 1, in level 2 all together and from 2 (``sequence`` in jwst.associations.lib.dms_base and
    rules_level3_base).

    Parameters
    ----------
    drafts : iterable of Draft
        Associations of one level, in the order in which they were started.
    level : int
        The level.
    request : Request
        What was asked.
    """
    numbers: Counter[tuple[str, ...]] = Counter()
    for draft in drafts:
        asn_type = draft.rule.asn_type
        key = (draft.candidate.id, asn_type) if request.discover else ((asn_type,) if level == 3 else ())
        numbers[key] += 1
        draft.sequence = numbers[key] + (level == 2 and not request.discover)


def number(drafts: Iterable[Draft]) -> None:
    """Count associations that were kept, by candidate and type."""
    numbers: Counter[tuple[str, str]] = Counter()
    for draft in drafts:
        key = draft.candidate.id, draft.rule.asn_type
        numbers[key] += 1
        draft.sequence = numbers[key]


def name(draft: Draft, request: Request, duplicate: int | None = None) -> DecidedAssociation:
    """Name an association, by its number.

    Parameters
    ----------
    draft : Draft
        The association, numbered.
    request : Request
        What was asked.
    duplicate : int, optional
        Its number as a duplicate that is written all the same.
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
    """Name the duplicates among what was set aside, to be written too, after those that were made before."""
    first = sum(each.name.startswith("dup") for each in made) + 1
    duplicates = [each.draft for each in aside if each.duplicate_of is not None]
    return [name(draft, request, place) for place, draft in enumerate(duplicates, start=first)]


def merge_level2(made: Sequence[DecidedAssociation]) -> list[DecidedAssociation]:
    """Make one association of all of level 2 that have the same candidate and type.

    Products of the same name become one, with the members that the first of them lacked. What is not of level 2 comes
    first.

    Parameters
    ----------
    made : sequence of DecidedAssociation
        All associations.
    """
    others = [each for each in made if each.draft.rule.level != 2]
    merged: dict[tuple[str, str], DecidedAssociation] = {}
    for each in made:
        if each.draft.rule.level == 2:
            key = each.draft.rule.asn_type, each.draft.candidate.id
            if key in merged:
                _merge_into(merged[key], each)
            else:
                products = [Product(name, list(members)) for name, members in each.products]
                merged[key] = DecidedAssociation(each.name, each.draft, products, list(each.merged), each.valid)
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
