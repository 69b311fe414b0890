"""Which associations an exposure belongs to."""

from __future__ import annotations

from typing import Any, NamedTuple

from asngraph.engine.subgraphs import PRODUCT
from asngraph.questions.holdings import Held, hold
from asngraph.rules import RuleSet


class Belonging(NamedTuple):
    """An exposure's place in an association.

    Parameters
    ----------
    association : str
        The association's name.
    exptype : str
        The exposure's role.
    expname : str
        The member's name.
    rule : str
        The rule that made the association.
    candidate, candidate_type : str
        The candidate for which it was made.
    product : str
        The association's product.
    indirect : bool
        Whether not the exposure is a member, but the product that is made of it; or the file serves members.
    """

    association: str
    exptype: str
    expname: str
    rule: str
    candidate: str
    candidate_type: str
    product: str
    indirect: bool = False


def which(source: Any, exposure: str, *, rules: RuleSet | None = None) -> list[Belonging]:
    """Find every association that an exposure belongs to.

    Parameters
    ----------
    source : AssociationGraph, Pool, Holdings or path
        What is asked (`asngraph.questions.hold`).
    exposure : str
        The exposure, with or without path, suffix and extension; or a support file, such as an MSA plan, which belongs
        to the associations of the exposures that it serves.
    rules : RuleSet, optional
        The rules, as `asngraph.questions.hold` takes them.

    Returns
    -------
    list of Belonging
        In the order of the associations; none, where it belongs to none.

    Raises
    ------
    UsageError
        When there is no such exposure, with suggestions.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> pool = simulate(4, ["nircam-imaging"], seed=1)
    >>> [(each.association, each.exptype) for each in which(pool, pool["filename"][0])]
    [('jw03201-o001_image2_00004', 'science'), ('jw03201-o001_image3_00001', 'science')]
    """
    holdings = hold(source, rules)
    served = holdings.served_by(exposure)
    if served:
        by_name = {held.name: held for each in served for held in holdings.of_exposure.get(each.exposure, [])}
        return [
            Belonging(held.name, served[0].kind, served[0].file, *_told(held), indirect=True)
            for held in by_name.values()
        ]
    number = holdings.exposure(exposure)
    return [each for held in holdings.of_exposure.get(number, []) for each in _belongings(held, number)]


def _belongings(held: Held, exposure: int) -> list[Belonging]:
    direct = [Belonging(held.name, member.exptype, member.expname, *_told(held)) for member in held.roles(exposure)]
    if direct:
        return direct
    image = next(member for member in held.members if member.exposure == PRODUCT)
    return [Belonging(held.name, image.exptype, image.expname, *_told(held), indirect=True)]


def _told(held: Held) -> tuple[str, str, str, str]:
    return held.rule, held.candidate, held.candidate_type, ", ".join(held.products)
