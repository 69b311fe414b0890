"""The associations that contain an exposure, or make a product."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from asngraph.engine.draft import PRODUCT
from asngraph.model.filenames import exposure_root, file_name, output_root, parse
from asngraph.questions.collection import AssociationCollection, AssociationRecord
from asngraph.questions.sources import Source, collect
from asngraph.rules.rule import RuleSet

# The role of a product in the association that makes it.
MADE = "product"

_FIELD = re.compile(r"\\\{[a-z_]+\\\}")  # a field of a product name, escaped, that pipelines fill in from the data


class Belonging(NamedTuple):
    """Membership of an exposure in an association.

    Parameters
    ----------
    association : str
        The association's name.
    exptype : str
        The exposure's role; ``product`` for a product in the association that makes it.
    expname : str
        The member's name.
    rule : str
        The rule that made the association.
    candidate : str
        The id of the candidate for which it was made.
    candidate_type : str
        The type of this candidate.
    product : str
        The association's product.
    indirect : bool
        Whether the member is a product that is made from the exposure, or the file is an auxiliary file of members.
    """

    association: str
    exptype: str
    expname: str
    rule: str
    candidate: str
    candidate_type: str
    product: str
    indirect: bool = False


_BEGINNING = re.compile(r"[^_.{]*")  # what no cut changes


def which(source: Source, exposure: str, *, rules: RuleSet | None = None) -> list[Belonging]:
    """Return the associations that contain an exposure.

    Parameters
    ----------
    source : AssociationGraph, Pool, AssociationCollection or path
        The associations, as for `asngraph.questions.collect`.
    exposure : str
        The exposure, with or without path, suffix and extension; or an auxiliary file, such as an MSA plan, which
        belongs to the associations of its exposures; or a product of an association or one of its files, such as
        ``PRODUCT_i2d.fits``, which belongs to the association that makes it and to those that use it.
    rules : RuleSet, optional
        The rules, as for `asngraph.questions.collect`.

    Returns
    -------
    list of Belonging
        Sorted by the name of the association.

    Raises
    ------
    UsageError
        When the name is that of no exposure, file or product, with suggestions.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> pool = simulate(4, ["nircam-imaging"], seed=1)
    >>> [(each.association, each.exptype) for each in which(pool, pool["filename"][0])]
    [('jw03201-o001_image2_00004', 'science'), ('jw03201-o001_image3_00001', 'science')]
    """
    collection = collect(source, rules)
    served = collection.served_by(exposure)
    if served:
        numbers = [each.exposure for each in served]
        return belongings_of_support(collection, served[0].file, served[0].kind, numbers)
    if not collection.lookup.is_exposure(exposure) and (found := _of_product(collection, exposure)):
        return found
    number = collection.exposure(exposure)
    return [each for record in collection.of_exposure.get(number, []) for each in _belongings(record, number)]


def _of_product(collection: AssociationCollection, name: str) -> list[Belonging]:
    """Return the associations that make a product, and those of which it is a member."""
    wanted = file_name(name.strip()).lower()
    known = {product.lower() for record in collection.associations for product in (*record.products, *record.inputs)}
    makes = [product for product in known if _makes(product, wanted)]
    longest = max(map(len, makes), default=0)
    products = {product for product in makes if len(product) == longest}
    roots = products | set(map(output_root, products))
    found = []
    for record in collection.associations:
        if not products.isdisjoint(map(str.lower, record.products)):
            found.append(Belonging(record.name, MADE, file_name(name.strip()), *_context(record)))
        found += [
            Belonging(record.name, member.exptype, member.expname, *_context(record))
            for member in record.members
            if member.exposure == PRODUCT
            and exposure_root(member.expname).lower() in roots
            and _is(member.expname, wanted)
        ]
    return found


def _is(expname: str, wanted: str) -> bool:
    """Return whether a member is the file in question; if that is a product, whether it is any of its files."""
    return file_name(expname).lower() == wanted or not parse(wanted).of_pipeline


@lru_cache(maxsize=1 << 16)
def _pattern(product: str) -> re.Pattern[str]:
    """Return the pattern of the names of a product's files, with any values in its fields."""
    root = _FIELD.sub("[^_]+", re.escape(product))
    return re.compile(rf"{root}(_[^/]+?)?(\.(fits|fits\.gz|ecsv|asdf|jpg))?")


def _makes(product: str, wanted: str) -> bool:
    """Return whether a file is of a product, by its name as it is written or as pipelines cut it (`m51_cal`)."""
    if not wanted.startswith(_BEGINNING.match(product)[0]):  # type: ignore[index]  # a fast path for most products
        return False
    return any(root and _pattern(root).fullmatch(wanted) for root in {product, output_root(product)})


def belongings_of_support(
    collection: AssociationCollection, file: str, kind: str, exposures: Iterable[int]
) -> list[Belonging]:
    """Return the associations of the exposures of an auxiliary file, without repetition.

    Parameters
    ----------
    collection : AssociationCollection
        The associations.
    file, kind : str
        The name and the kind of the auxiliary file.
    exposures : iterable of int
        The indices of its exposures.

    Returns
    -------
    list of Belonging
        Sorted by the name of the association.
    """
    records = {record.name: record for each in exposures for record in collection.of_exposure.get(each, ())}
    return [Belonging(name, kind, file, *_context(records[name]), indirect=True) for name in sorted(records)]


def _belongings(record: AssociationRecord, exposure: int) -> list[Belonging]:
    direct = [Belonging(record.name, each.exptype, each.expname, *_context(record)) for each in record.roles(exposure)]
    if direct:
        return direct
    image = next(member for member in record.members if member.exposure == PRODUCT)
    return [Belonging(record.name, image.exptype, image.expname, *_context(record), indirect=True)]


def _context(record: AssociationRecord) -> tuple[str, str, str, str]:
    return record.rule, record.candidate, record.candidate_type, ", ".join(record.products)
