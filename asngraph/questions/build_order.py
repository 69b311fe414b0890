"""The order in which associations can be processed, given that some use the products of others."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from asngraph.engine.draft import PRODUCT
from asngraph.errors import AsnGraphError
from asngraph.model.filenames import exposure_root
from asngraph.questions.collection import AssociationCollection, AssociationRecord


def in_order(collection: AssociationCollection) -> Iterator[tuple[AssociationRecord, list[AssociationRecord]]]:
    """Yield the associations in processing order, each with those whose products it uses.

    Parameters
    ----------
    collection : AssociationCollection
        The associations.

    Yields
    ------
    (AssociationRecord, list of AssociationRecord)
        An association, and those whose products it uses, which were yielded before it.

    Raises
    ------
    AsnGraphError
        When associations depend on each other in a cycle.

    Examples
    --------
    >>> from asngraph.questions import collect
    >>> from asngraph.simulation import simulate
    >>> [(record.asn_type, len(takes)) for record, takes in in_order(collect(simulate(2, ["nircam-imaging"], seed=1)))]
    [('image2', 0), ('image2', 0), ('image3', 2)]
    """
    makers: dict[str, list[AssociationRecord]] = {}
    for record in collection.associations:
        for output in record.outputs:
            makers.setdefault(output, []).append(record)
    by_name = {record.name: record for record in collection.associations}
    takes = {
        record.name: [each for each in _makers(record, makers) if each is not record]
        for record in collection.associations
    }
    sorter = TopologicalSorter({name: [each.name for each in some] for name, some in takes.items()})
    try:
        order = list(sorter.static_order())
    except CycleError as error:
        raise AsnGraphError(
            f"{collection.source}: these associations depend on each other in a cycle: {', '.join(error.args[1])}"
        ) from None
    for name in order:
        yield by_name[name], takes[name]


def _makers(record: AssociationRecord, makers: dict[str, list[AssociationRecord]]) -> list[AssociationRecord]:
    """Return the associations whose products an association uses: stage 3 uses the products of stage 2."""
    found: dict[str, AssociationRecord] = {}
    for member in record.members:
        for maker in makers.get(exposure_root(member.expname).lower(), ()):
            if member.exposure == PRODUCT or maker.level < record.level:
                found[maker.name] = maker
    return list(found.values())
