"""Memberships in associations: members with their roles, and the exposures that member products represent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from asngraph.engine.draft import PRODUCT
from asngraph.engine.result import DecidedAssociation

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph

NO_EXPOSURE = PRODUCT


class Membership(NamedTuple):
    """Membership in an association.

    Parameters
    ----------
    association, product : str
        The association, and the product of it.
    file, exptype : str
        The name of the member, and its role.
    exposure : int
        The row of the exposure in the pool; `NO_EXPOSURE` for a product or an auxiliary file.
    represented : bool
        Whether the member is a product that is made from the exposure, and not the exposure itself.
    """

    association: str
    product: str
    file: str
    exptype: str
    exposure: int
    represented: bool = False


def memberships(graph: AssociationGraph, association: str | None = None) -> Iterator[Membership]:
    """Yield the memberships in associations: members in order, then the exposures that member products represent.

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
    """Yield the associations of a graph, or only the one with a name.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    association : str, optional
        The name of the only association.

    Yields
    ------
    DecidedAssociation
    """
    return (made for made in graph.decision.made if association is None or made.name == association)
