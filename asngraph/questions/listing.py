"""The associations of a source, one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from asngraph.graph.records import target_of
from asngraph.model.column import is_defined
from asngraph.questions.collection import AssociationCollection, AssociationRecord
from asngraph.questions.sources import Source, collect

# The optical elements, in the order in which they are told.
_OPTICS = ("filter", "pupil", "grating", "band", "channel", "fxd_slit")
# How an association file tells what its members have in common: in the lines of this package, and in those of jwst.
_SAME = re.compile(r"^same (\w+): (.+)$", re.MULTILINE)
_CONSTRAINT = re.compile(r"'sources': \[([^\]]*)\], 'value': '([^']*)'")
# A product of level 3: program and candidate, target, instrument, optics.
_PRODUCT = re.compile(r"jw\d{5}-[a-z]\d+_(?:[^_]|_id|_name)+_(?:nircam|niriss|nirspec|miri|fgs)_(.+)", re.IGNORECASE)


class Listed(NamedTuple):
    """An association in a list.

    Parameters
    ----------
    association : str
        Its name.
    file : str
        Its file, or the one that it gets.
    rule, asn_type : str
        What it is.
    candidate : str
        The id of its candidate.
    products : tuple of str
        Its products.
    target : str
        Its target, as its file has it.
    optics : str
        The optical elements that its members have in common, as far as it tells.
    members : int
        How many members it has.
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
    """List associations.

    Parameters
    ----------
    source : AssociationGraph, Pool, AssociationCollection or path
        What is asked (`asngraph.questions.collect`).

    Returns
    -------
    list of Listed
        By name.

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
    """Tell the optical elements: what binds the members, or else what the product's name says."""
    common = record.bound or dict(_bound(record.constraints))
    found = [common[name] for name in _OPTICS if name in common and is_defined(common[name])]
    if "band" not in common:  # elsewhere a channel is a group of detectors
        found = [value for value in found if value != common.get("channel")]
    found = list(dict.fromkeys(found))
    if not found and len(record.products) == 1 and (match := _PRODUCT.fullmatch(record.products[0])):
        found = [match[1]]
    return found


def _bound(constraints: str) -> Iterator[tuple[str, str]]:
    """Read what members have in common from the text that says so."""
    yield from ((name, value.lower()) for name, value in _SAME.findall(constraints))
    for sources, value in _CONSTRAINT.findall(constraints):
        yield from ((name.strip(" '\""), value.lower()) for name in sources.split(","))
