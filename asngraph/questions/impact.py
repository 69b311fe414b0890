"""What depends on exposures: associations, their products, and what is made from those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from asngraph.engine.completion import lacking
from asngraph.engine.draft import PRODUCT
from asngraph.model.column import is_defined
from asngraph.model.filenames import exposure_root, output_root
from asngraph.model.roles import Role
from asngraph.questions.build_order import in_order
from asngraph.questions.collection import AssociationCollection, AssociationRecord, MemberRecord
from asngraph.questions.sources import Source, collect
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


def impact(source: Source, *exposures: str, rules: RuleSet | None = None) -> list[Effect]:
    """Find everything that depends on exposures, and what would be left of it if they were removed.

    Level-2 products go into level-3 associations; a level-2 association of a slitless spectrum takes the level-3 image,
    its catalog and its segmentation map.

    Parameters
    ----------
    source : AssociationGraph, Pool, AssociationCollection or path
        What is asked (`asngraph.questions.collect`).
    *exposures : str
        The exposures; or support files, such as MSA plans, without which the exposures that they serve are processed
        otherwise.
    rules : RuleSet, optional
        The rules, as `asngraph.questions.collect` takes them.

    Returns
    -------
    list of Effect
        In the order in which they are made, by stage of the work and by name: each comes after those it is made from.

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
    collection = collect(source, rules)
    served = {each.exposure for name in exposures for each in collection.served_by(name)}
    removed = {collection.exposure(name) for name in exposures if not collection.served_by(name)}
    effects: dict[str, Effect] = {}
    depth: dict[str, int] = {}
    for record, takes in in_order(collection):
        depth[record.name] = 1 + max((depth[maker.name] for maker in takes), default=0)
        upstream = [effects[each.name] for each in takes if each.name in effects]
        effect = _effect(collection, record, removed, upstream, takes)
        if effect is None and any(record.roles(exposure) for exposure in served):
            effect = _unchanged(record)
        if effect is not None:
            effects[record.name] = effect
    return sorted(effects.values(), key=lambda effect: (depth[effect.association], effect.association))


def _effect(
    collection: AssociationCollection,
    record: AssociationRecord,
    removed: set[int],
    upstream: list[Effect],
    takes: Sequence[AssociationRecord],
) -> Effect | None:
    gone_products = _without_maker(upstream, takes)
    lost = [
        member
        for member in record.members
        if (
            exposure_root(member.expname).lower() in gone_products
            if member.exposure == PRODUCT
            else member.exposure in removed
        )
    ]
    if not lost and not upstream:
        return None
    if lost:
        lost += _without_observation(collection, [member for member in record.members if member not in lost])
    left = [member for member in record.members if member not in lost]
    exptypes = Counter(member.exptype for member in left)
    reason = _not_valid(collection, record, removed, [member.exptype for member in left])
    if lost and any(member.exptype == Role.DIRECT_IMAGE and member.exposure == PRODUCT for member in lost):
        reason = reason or "has no direct image"
    state = GONE if reason else LESS if lost else REMADE
    return Effect(
        association=record.name,
        rule=record.rule,
        products=record.products,
        state=state,
        reason=reason,
        loses=tuple(member.expname for member in lost),
        because_of=tuple(each.association for each in upstream),
        left={} if reason else dict(exptypes),
        members=len(record.members),
    )


def _unchanged(record: AssociationRecord) -> Effect:
    left = dict(Counter(member.exptype for member in record.members))
    return Effect(record.name, record.rule, record.products, REMADE, "", (), (), left, len(record.members))


def _without_observation(collection: AssociationCollection, left: Sequence[MemberRecord]) -> list[MemberRecord]:
    """List the target acquisitions that are left without an exposure of their observation, for which they are there."""
    column = collection.facts["obs_num"]
    others = {column[each.exposure] for each in left if each.exptype != _ACQUISITION and each.exposure != PRODUCT}
    return [each for each in left if each.exptype == _ACQUISITION and column[each.exposure] not in others]


def _without_maker(upstream: list[Effect], takes: Sequence[AssociationRecord]) -> set[str]:
    """Name the products that nothing makes any more."""
    gone = {each.association for each in upstream if each.state == GONE}
    made = {output for each in takes if each.name not in gone for output in each.outputs}
    return {output_root(product).lower() for each in upstream if each.state == GONE for product in each.products} - made


def _not_valid(
    collection: AssociationCollection, record: AssociationRecord, removed: set[int], roles: list[str]
) -> str:
    """Return why what is left is not a valid association; an empty text where it is."""
    if removed.intersection(record.anchors) and (record.level == 2 and len(record.anchors) == 1):
        return "is built around it"
    rule = collection.rules.named(record.rule)
    observations = _observations(collection, record, removed)
    reason = lacking(rule, record.level, record.candidate_type, roles, observations)
    return reason and f"{reason} left"


def _observations(collection: AssociationCollection, record: AssociationRecord, removed: set[int]) -> int | None:
    """Return the number of observations that are left; None where the names of files do not say it."""
    column = collection.facts["obs_num"]
    left = {column[member.exposure] for member in record.members if member.exposure not in (PRODUCT, *removed)}
    return len(left) if all(map(is_defined, left)) else None
