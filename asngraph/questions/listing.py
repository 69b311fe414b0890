"""List the associations of a source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from asngraph.graph.records import target_of
from asngraph.model.column import is_defined
from asngraph.questions.collection import AssociationCollection, AssociationRecord
from asngraph.questions.sources import Source, collect

# The columns of optical elements, in the order of the list.
_OPTICS = ("filter", "pupil", "grating", "band", "channel", "fxd_slit")
# The `constraints` of association files: as this package writes them, and as jwst does.
_SAME = re.compile(r"^same (\w+): (.+)$", re.MULTILINE)
_CONSTRAINT = re.compile(r"'sources': \[([^\]]*)\], 'value': '([^']*)'")
# A stage-3 product: program and candidate, target, instrument, optics.
_PRODUCT = re.compile(r"jw\d{5}-[a-z]\d+_(?:[^_]|_id|_name)+_(?:nircam|niriss|nirspec|miri|fgs)_(.+)", re.IGNORECASE)


class Listed(NamedTuple):
    """Entry of a list of associations.

    Parameters
    ----------
    association : str
        Its name.
    file : str
        Its file, existing or to be written.
    rule : str
        Its rule.
    asn_type : str
        Its type.
    candidate : str
        The id of its candidate.
    products : tuple of str
        Its products.
    target : str
        Its target, as in its file.
    optics : str
        The optical elements that its members have in common, as far as they are known.
    members : int
        The number of its members.
    """

    association: str
    file: str
    rule: str
    asn_type: str
    candidate: str
    products: tuple[str, ...]
    target: str
    optics: str
    members: int


def listing(source: Source) -> list[Listed]:
    """Return the list of associations.

    Parameters
    ----------
    source : AssociationGraph, Pool, AssociationCollection or path
        The associations, as for `asngraph.questions.collect`.

    Returns
    -------
    list of Listed
        Sorted by name.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> found = listing(simulate(4, ["nircam-imaging"], seed=1))[-1]
    >>> found.association, found.target, found.optics, found.members
    ('jw03201-o001_image3_00001', 't001', 'f200w clear', 4)
    """
    collection = collect(source)
    return [_listed(record, collection) for record in sorted(collection.associations, key=lambda record: record.name)]


def _listed(record: AssociationRecord, collection: AssociationCollection) -> Listed:
    target = record.target
    if record.made is not None and collection.graph is not None:
        target = target_of(record.made.draft, collection.graph.decision.facts)
    return Listed(
        record.name,
        record.file,
        record.rule,
        record.asn_type,
        record.candidate,
        record.products,
        target,
        " ".join(_optics(record)),
        len(record.members),
    )


def _optics(record: AssociationRecord) -> list[str]:
    """Return the optical elements: from the columns that bind the members, or else from the product name."""
    common = record.bound or dict(_bound(record.constraints))
    found = [common[name] for name in _OPTICS if name in common and is_defined(common[name])]
    if "band" not in common:  # elsewhere a channel is a group of detectors
        found = [value for value in found if value != common.get("channel")]
    found = list(dict.fromkeys(found))
    if not found and len(record.products) == 1 and (match := _PRODUCT.fullmatch(record.products[0])):
        found = [match[1]]
    return found


def _bound(constraints: str) -> Iterator[tuple[str, str]]:
    """Yield the columns that members have in common, and their values, from the text of `constraints`."""
    yield from ((name, value.lower()) for name, value in _SAME.findall(constraints))
    for sources, value in _CONSTRAINT.findall(constraints):
        yield from ((name.strip(" '\""), value.lower()) for name in sources.split(","))
