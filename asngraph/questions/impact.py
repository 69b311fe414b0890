"""What depends on exposures: associations, their products, and what is made from those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asngraph.engine.completion import SEVERAL_OBSERVATIONS
from asngraph.engine.draft import PRODUCT
from asngraph.model.filenames import output_root
from asngraph.questions.build_order import in_order
from asngraph.questions.collection import Held, HeldMember, Holdings, hold, made_of
from asngraph.rules.rule import RuleSet

_ACQUISITION = "target_acquisition"
GONE, LESS, REMADE = "gone", "less", "remade"


@dataclass(frozen=True)
class Effect:
    """What becomes of an association when exposures are removed.

    Parameters
    ----------
    association : str
        The association.
    rule : str
        Its rule.
    products : tuple of str
        What it makes.
    state : str
        ``gone``: nothing valid is left of it; ``less``: it is made with fewer members; ``remade``: its members are the
        same, and one of them is a product that changes, or lacks a file that serves it.
    reason : str
        Why it is gone; empty otherwise.
    loses : tuple of str
        The members that it loses.
    because_of : tuple of str
        The associations whose products it takes and that change.
    left : mapping of str to int
        How many members it has left, by role.
    members : int
        How many it has now.
    """

    association: str
    rule: str
    products: tuple[str, ...]
    state: str
    reason: str
    loses: tuple[str, ...]
    because_of: tuple[str, ...]
    left: dict[str, int]
    members: int


def impact(source: Any, *exposures: str, rules: RuleSet | None = None) -> list[Effect]:
    """Find everything that depends on exposures, and what would be left of it if they were removed.

    Level-2 products go into level-3 associations; a level-2 association of a slitless spectrum takes the level-3 image,
    its catalog and its segmentation map.

    Parameters
    ----------
    source : AssociationGraph, Pool, Holdings or path
        What is asked (`asngraph.questions.hold`).
    *exposures : str
        The exposures; or support files, such as MSA plans, without which the exposures that they serve are processed
        otherwise.
    rules : RuleSet, optional
        The rules, as `asngraph.questions.hold` takes them.

    Returns
    -------
    list of Effect
        In the order in which things are made: nothing stands before what it is made from.

    Raises
    ------
    UsageError
        When there is no such exposure, with suggestions.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> pool = simulate(4, ["nircam-imaging"], seed=1)
    >>> [(each.association, each.state, each.left) for each in impact(pool, pool["filename"][0])]
    [('jw03201-o001_image2_00004', 'gone', {}), ('jw03201-o001_image3_00001', 'less', {'science': 3})]
    """
    holdings = hold(source, rules)
    served = {each.exposure for name in exposures for each in holdings.served_by(name)}
    removed = {holdings.exposure(name) for name in exposures if not holdings.served_by(name)}
    effects: dict[str, Effect] = {}
    for held, takes in in_order(holdings):
        upstream = [effects[each.name] for each in takes if each.name in effects]
        effect = _effect(holdings, held, removed, upstream, takes)
        if effect is None and any(held.roles(exposure) for exposure in served):
            effect = _unchanged(held)
        if effect is not None:
            effects[held.name] = effect
    return list(effects.values())


def _effect(
    holdings: Holdings, held: Held, removed: set[int], upstream: list[Effect], takes: Sequence[Held]
) -> Effect | None:
    gone_products = _without_maker(upstream, takes)
    lost = [
        member
        for member in held.members
        if (
            made_of(member.expname).lower() in gone_products
            if member.exposure == PRODUCT
            else member.exposure in removed
        )
    ]
    if not lost and not upstream:
        return None
    if lost:
        lost += _without_observation(holdings, [member for member in held.members if member not in lost])
    left = [member for member in held.members if member not in lost]
    exptypes = Counter(member.exptype for member in left)
    reason = _not_valid(holdings, held, removed, exptypes)
    if lost and any(member.exptype == "direct_image" and member.exposure == PRODUCT for member in lost):
        reason = reason or "has no direct image"
    state = GONE if reason else LESS if lost else REMADE
    return Effect(
        association=held.name,
        rule=held.rule,
        products=held.products,
        state=state,
        reason=reason,
        loses=tuple(member.expname for member in lost),
        because_of=tuple(each.association for each in upstream),
        left={} if reason else dict(exptypes),
        members=len(held.members),
    )


def _unchanged(held: Held) -> Effect:
    left = dict(Counter(member.exptype for member in held.members))
    return Effect(held.name, held.rule, held.products, REMADE, "", (), (), left, len(held.members))


def _without_observation(holdings: Holdings, left: Sequence[HeldMember]) -> list[HeldMember]:
    """List the target acquisitions that are left without an exposure of their observation, for which they are there."""
    column = holdings.observations
    if column is None:
        return []
    others = {column[each.exposure] for each in left if each.exptype != _ACQUISITION and each.exposure != PRODUCT}
    return [each for each in left if each.exptype == _ACQUISITION and column[each.exposure] not in others]


def _without_maker(upstream: list[Effect], takes: Sequence[Held]) -> set[str]:
    """Name the products that nothing makes any more."""
    gone = {each.association for each in upstream if each.state == GONE}
    made = {output for each in takes if each.name not in gone for output in each.outputs}
    return {output_root(product).lower() for each in upstream if each.state == GONE for product in each.products} - made


def _not_valid(holdings: Holdings, held: Held, removed: set[int], exptypes: Counter[str]) -> str:
    """Say why what is left is no valid association; an empty text where it is one."""
    if removed.intersection(held.anchors) and (held.level == 2 and len(held.anchors) == 1):
        return "is built around it"
    rule = holdings.rules.named(held.rule)
    needs = ("science",) if rule is None else rule.needs
    if held.level == 2 and held.candidate_type == "background":
        needs = (*needs, "background")
    for need in needs:
        if not exptypes[need]:
            return f"has no {need} left"
    if not exptypes:
        return "has no member left"
    if rule is not None and exptypes.total() < rule.members:
        return f"has fewer than {rule.members} members left"
    if rule is not None and rule.several_observations and held.candidate_type in SEVERAL_OBSERVATIONS:
        return _one_observation(holdings, held, removed)
    return ""


def _one_observation(holdings: Holdings, held: Held, removed: set[int]) -> str:
    column = holdings.observations
    if column is None:
        return ""
    left = {column[member.exposure] for member in held.members if member.exposure not in (PRODUCT, *removed)}
    return "has one observation only left" if len(left) < 2 else ""
