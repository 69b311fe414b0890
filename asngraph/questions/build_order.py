"""Which associations make what others take, and in which order they can be made."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from asngraph.engine.draft import PRODUCT
from asngraph.errors import AsnGraphError
from asngraph.questions.collection import Held, Holdings, made_of


def in_order(holdings: Holdings) -> Iterator[tuple[Held, list[Held]]]:
    """Yield each association with those whose products it takes, which come before it.

    Parameters
    ----------
    holdings : Holdings
        The associations.

    Raises
    ------
    AsnGraphError
        When associations are each made from the next, in a circle.

    Examples
    --------
    >>> from asngraph.questions import hold
    >>> from asngraph.simulation import simulate
    >>> [(held.asn_type, len(takes)) for held, takes in in_order(hold(simulate(2, ["nircam-imaging"], seed=1)))]
    [('image2', 0), ('image2', 0), ('image3', 2)]
    """
    makers: dict[str, list[Held]] = {}
    for held in holdings.associations:
        for output in held.outputs:
            makers.setdefault(output, []).append(held)
    by_name = {held.name: held for held in holdings.associations}
    takes = {held.name: [each for each in _makers(held, makers) if each is not held] for held in holdings.associations}
    sorter = TopologicalSorter({name: [each.name for each in some] for name, some in takes.items()})
    try:
        order = list(sorter.static_order())
    except CycleError as error:
        raise AsnGraphError(
            f"{holdings.source}: these associations are each made from the next: {', '.join(error.args[1])}"
        ) from None
    for name in order:
        yield by_name[name], takes[name]


def _makers(held: Held, makers: dict[str, list[Held]]) -> list[Held]:
    """List the associations that make what an association takes: one of level 3 takes what level 2 makes."""
    found: dict[str, Held] = {}
    for member in held.members:
        for maker in makers.get(made_of(member.expname).lower(), ()):
            if member.exposure == PRODUCT or maker.level < held.level:
                found[maker.name] = maker
    return list(found.values())
