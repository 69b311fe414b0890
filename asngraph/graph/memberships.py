"""What takes part in associations: members, each with its role, and exposures that products of members represent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from asngraph.engine.draft import PRODUCT
from asngraph.engine.result import DecidedAssociation

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph

NO_EXPOSURE = PRODUCT


class Membership(NamedTuple):
    """What takes part in an association.

    Parameters
    ----------
    association, product : str
        The association, and which of its products it serves.
    file, exptype : str
        The name of the member, and its role.
    exposure : int
        The number of the exposure; `NO_EXPOSURE` for a product, or a file that serves exposures.
    represented : bool
        Whether a product that is made of the exposure is the member, and not the exposure itself.
    """

    association: str
    product: str
    file: str
    exptype: str
    exposure: int
    represented: bool = False


def memberships(graph: AssociationGraph, association: str | None = None) -> Iterator[Membership]:
    """Yield what takes part in associations: their members in order, then what products of members represent.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    association : str, optional
        The name of the only association.

    Yields
    ------
    Membership

    Examples
    --------
    >>> import asngraph
    >>> graph = asngraph.generate(asngraph.simulate(2, ["nircam-imaging"], seed=1))
    >>> {each.exptype for each in memberships(graph)}
    {'science'}
    """
    for made in made_in(graph, association):
        for product in made.products:
            for file, exptype, exposure in product.members:
                yield Membership(made.name, product.name, file, exptype, exposure)
        for part in made.merged:
            for file, exptype, exposure in part.replaced:
                yield Membership(made.name, part.product, file, exptype, exposure, represented=True)


def made_in(graph: AssociationGraph, association: str | None = None) -> Iterator[DecidedAssociation]:
    """Yield the associations of a graph, or the only one of a name."""
    return (made for made in graph.decision.made if association is None or made.name == association)
